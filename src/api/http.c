/* HTTP on the service thread: reading requests as libwebsockets gives them, writing answers.
 *
 * Invariants: a connection has at most one exchange: being read (c->exchange, not answered), with a worker
 * (c->waiting_for), or being written (c->exchange, answered). From the moment a request is complete until its
 * answer is written nothing more is read from its connection (hold_reading), and no request is ever read from
 * bytes that came along with an earlier one: the library misreads those (see came_with_more). Must not know:
 * what any route does. */
#include "api/problem.h"
#include "api/server.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHUNK_BYTES 32768
#define HEAD_BYTES 8192
#define LAST_ANSWER_BYTES 8192 /* what a socket takes at once, beside the head */
#define ASK_AGAIN_MAX 8	       /* see came_with_more */
#define ASK_AGAIN_US 1000

const int64_t histogram_us[HISTOGRAM_BUCKETS] = {1000, 5000, 10000, 50000, 100000, 500000, 1000000, 5000000};

/* One of these is written at a time: the service thread's own. */
static unsigned char chunk[LWS_PRE + CHUNK_BYTES];

void http_count(struct api *a, const struct exchange *x)
{
	struct api_counters *n = &a->counters;
	int64_t us = clock_mono_ns() / 1000 - x->began_us;
	int class = x->response.status / 100, bucket = 0;

	while (bucket < HISTOGRAM_BUCKETS && us > histogram_us[bucket])
		bucket++;
	atomic_fetch_add_explicit(
		&n->by_status[class >= 1 && class <= 5 ? class : 5], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&n->latency[bucket], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&n->latency_sum_us, (uint64_t)us, memory_order_relaxed);
	log_debug("api", 0, "request %llu: method %d %s from %s: %d in %lld us",
		(unsigned long long)x->number, x->request.method, x->request.path, x->request.address,
		x->response.status, (long long)us);
}

/* --- writing
 * -----------------------------------------------------------------------------------------------------------
 */
static bool add_header(
	struct lws *wsi, const char *name, const char *value, size_t n, unsigned char **p, unsigned char *end)
{
	return lws_add_http_header_by_name(
		       wsi, (const unsigned char *)name, (const unsigned char *)value, (int)n, p, end) == 0;
}

static bool add_text(
	struct lws *wsi, const char *name, const char *value, unsigned char **p, unsigned char *end)
{
	return add_header(wsi, name, value, strlen(value), p, end);
}

/* The lines of text as headers. */
static bool add_lines(struct lws *wsi, const struct text *lines, unsigned char **p, unsigned char *end)
{
	for (const char *s = lines->data; s && *s;) {
		char name[64];
		const char *colon = strchr(s, ':'), *stop = strchr(s, '\n');

		if (str_put_n(name, sizeof(name), s, (size_t)(colon + 1 - s)) < 0)
			return false;
		if (!add_header(wsi, name, colon + 2, (size_t)(stop - colon - 2), p, end))
			return false;
		s = stop + 1;
	}
	return true;
}

static bool add_security(struct lws *wsi, const struct request *rq, unsigned char **p, unsigned char *end)
{
	static const char *const fixed[][2] = {
		{"X-Content-Type-Options:", "nosniff"},
		{"Referrer-Policy:", "same-origin"},
		{"Permissions-Policy:",
			"microphone=(self), camera=(self), display-capture=(self), geolocation=()"},
		{"Cross-Origin-Opener-Policy:", "same-origin"},
		{"Cross-Origin-Resource-Policy:", "same-origin"},
		{"Content-Security-Policy:",
			"default-src 'self'; script-src 'self'; style-src 'self' "
			"'unsafe-inline'; img-src 'self' data: blob:; "
			"font-src 'self' data:; media-src 'self' blob:; frame-src 'self' blob:; connect-src "
			"'self'; worker-src 'self' blob:; object-src 'none'; "
			"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"},
	};

	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		if (!add_text(wsi, fixed[i][0], fixed[i][1], p, end))
			return false;
	return !rq->is_secure || add_text(wsi, "Strict-Transport-Security:", "max-age=31536000", p, end);
}

static size_t length_of(const struct response *r)
{
	return r->fd >= 0 || r->source.arg ? (size_t)r->length : r->body_len;
}

static bool has_length(const struct response *r)
{
	return r->status != 204 && r->status != 304 && r->status >= 200;
}

/* Whether the library keeps bytes that came in one read with this request. It must not go on to them: a head
 * read from there is given again as the first bytes of its own body, which in 4.1 never ends. The connection
 * then closes after this answer, as RFC 9112 9.3.2 allows; the client sends the rest again.
 *
 * The library has no question for this. Version 4.3 shows it by what it then polls for: when reading is
 * allowed again and bytes are kept, it asks to be called back as writable. Version 4.1 says whether anything
 * waits that may be read now, on any connection; while others have bytes waiting inside TLS it may say yes
 * for them: ask again a little later. Reading is held before and after. */
static bool came_with_more(struct connection *c)
{
	c->polls_out = false;
	lws_rx_flow_control(c->wsi, 1);
#if LWS_LIBRARY_VERSION_NUMBER >= 4003000
	bool has_more = c->polls_out;
#else
	bool has_more = lws_service_adjust_timeout(lws_get_context(c->wsi), 1000, 0) == 0;
#endif
	lws_rx_flow_control(c->wsi, 0);
	return has_more;
}

/* Writes status line and headers. 0 or -1. */
static int write_head(struct connection *c, struct exchange *x)
{
	unsigned char buffer[LWS_PRE + HEAD_BYTES], *start = buffer + LWS_PRE, *p = start,
						    *end = buffer + sizeof(buffer) - 1;
	struct response *r = &x->response;
	char number[24], length[24];
	bool is_ok = lws_add_http_header_status(
			     c->wsi, (unsigned)r->status | LWSAHH_FLAG_NO_SERVER_NAME, &p, end) == 0;

	str_printf(number, sizeof(number), "%llu", (unsigned long long)x->number);
	str_printf(length, sizeof(length), "%zu", length_of(r));
	is_ok = is_ok && !r->headers.failed && add_text(c->wsi, "X-Request-Id:", number, &p, end) &&
		add_security(c->wsi, &x->request, &p, end) && add_lines(c->wsi, &r->headers, &p, end);
	if (is_ok && (!r->headers.data || !strstr(r->headers.data, "Cache-Control")))
		is_ok = add_text(c->wsi, "Cache-Control:", "no-store", &p, end);
	if (is_ok && r->content_type)
		is_ok = add_text(c->wsi, "Content-Type:", r->content_type, &p, end);
	if (is_ok && has_length(r))
		is_ok = add_text(c->wsi, "Content-Length:", length, &p, end);
	if (is_ok && x->must_close)
		is_ok = add_text(c->wsi, "Connection:", "close", &p, end);
	x->is_started = true;
	return is_ok && lws_finalize_write_http_header(c->wsi, start, &p, end) == 0 ? 0 : -1;
}

static bool has_body(const struct exchange *x)
{
	return !x->request.is_head && has_length(&x->response) && length_of(&x->response) > 0;
}

/* Fills chunk with the next bytes of the body; how many, or -1. */
static ssize_t next_chunk(struct exchange *x)
{
	struct response *r = &x->response;
	size_t n = length_of(r) - x->written;

	if (n > CHUNK_BYTES)
		n = CHUNK_BYTES;
	if (r->source.arg)
		return r->source.read(r->source.arg, r->offset + (int64_t)x->written, chunk + LWS_PRE, n);
	if (r->fd >= 0)
		return pread(r->fd, chunk + LWS_PRE, n, r->offset + (int64_t)x->written);
	memcpy(chunk + LWS_PRE, (unsigned char *)r->body + x->written, n);
	return (ssize_t)n;
}

/* Writes one piece. 1: more to come, 0: all written, -1: close. */
static int write_piece(struct connection *c, struct exchange *x)
{
	ssize_t n = next_chunk(x);

	/* A file that shrank under us cannot be finished honestly: only closing tells the peer. */
	if (n <= 0)
		return -1;
	bool is_last = x->written + (size_t)n == length_of(&x->response);
	if (lws_write(c->wsi, chunk + LWS_PRE, (size_t)n, is_last ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP) <
		n)
		return -1;
	x->written += (size_t)n;
	atomic_fetch_add_explicit(&c->api->counters.bytes_out, (uint64_t)n, memory_order_relaxed);
	return is_last ? 0 : 1;
}

static int finish(struct connection *c)
{
	bool must_close = c->exchange->must_close || c->api->is_closing;

	http_count(c->api, c->exchange);
	http_release(c);
	if (must_close)
		return -1;
	lws_rx_flow_control(c->wsi, 1);
	return lws_http_transaction_completed(c->wsi) ? -1 : 0;
}

/* Writes the next part of the answer. 1: more to come, 0: all written, -1: close. */
static int write_next(struct connection *c, struct exchange *x)
{
	if (x->is_started)
		return write_piece(c, x);
	if (write_head(c, x) < 0)
		return -1;
	return has_body(x) ? 1 : 0;
}

int http_on_writable(struct connection *c)
{
	struct exchange *x = c->exchange;

	if (!x || !x->response.status)
		return 0;
	int more = write_next(c, x);
	if (more < 0)
		return -1;
	if (more == 0)
		return finish(c);
	lws_set_timeout(c->wsi, PENDING_TIMEOUT_HTTP_CONTENT, WRITE_TIMEOUT_S);
	lws_callback_on_writable(c->wsi);
	return 0;
}

/* A worker takes long. Nothing is read meanwhile, so the library does not see that the peer hung up. */
static int watch_peer(struct connection *c)
{
	struct pollfd p = {.fd = lws_get_socket_fd(lws_get_network_wsi(c->wsi)), .events = POLLRDHUP};

	if (poll(&p, 1, 0) == 1)
		api_unwanted(c->api, c->waiting_for);
	else
		lws_set_timer_usecs(c->wsi, WATCH_US);
	return 0;
}

int http_on_timer(struct connection *c)
{
	struct exchange *x = c->exchange;

	if (c->parked)
		return event_wait_on_timer(c);
	if (c->waiting_for)
		return watch_peer(c);
	if (!x || !x->response.status)
		return 0;
	bool has_more = came_with_more(c);
	if (has_more && x->asked_again < ASK_AGAIN_MAX) {
		x->asked_again++;
		lws_set_timer_usecs(c->wsi, ASK_AGAIN_US);
		return 0;
	}
	x->must_close = x->must_close || has_more;
	if (x->must_close && length_of(&x->response) > LAST_ANSWER_BYTES) {
		text_free(&x->response.headers);
		problem(x, PROBLEM_MALFORMED, "Send the next request only after this one was answered.");
	}
	if (length_of(&x->response) <= CHUNK_BYTES || x->must_close) {
		int more = 1;
		while (more > 0)
			more = write_next(c, x);
		return more < 0 ? -1 : finish(c);
	}
	/* The library calls back when the socket can take more only while it may also read. */
	lws_rx_flow_control(c->wsi, 1);
	return http_on_writable(c);
}

int http_refuse(struct connection *c, struct exchange *x)
{
	x->must_close = true;
	if (write_head(c, x) == 0)
		while (has_body(x) && write_piece(c, x) > 0)
			;
	http_count(c->api, x);
	return -1;
}

/* Stops reading until the answer goes out. Version 4.1 of the library would otherwise spin on bytes it does
 * not take now, version 4.3 closes the connection because of them, answered or not. */
static void hold_reading(struct connection *c)
{
	lws_rx_flow_control(c->wsi, 0);
}

/* The answer of c->exchange is there: it goes out once the library has put away what it read. */
static int answer_later(struct connection *c)
{
	hold_reading(c);
	if (!c->is_answering)
		c->api->answering++;
	c->is_answering = true;
	lws_set_timeout(c->wsi, PENDING_TIMEOUT_HTTP_CONTENT, WRITE_TIMEOUT_S);
	lws_set_timer_usecs(c->wsi, 1);
	return 0;
}

void http_on_answer(struct connection *c, struct exchange *x)
{
	c->waiting_for = 0;
	c->exchange = x;
	answer_later(c);
}

void http_release(struct connection *c)
{
	struct api *a = c->api;

	event_wait_forget(c);
	if (c->is_answering)
		a->answering--;
	c->is_answering = false;
	a->bodies_bytes -= c->body_charged;
	c->body_charged = 0;
	if (c->waiting_for) {
		api_unwanted(a, c->waiting_for);
		map_remove(&a->asked, c->waiting_for);
	}
	c->waiting_for = 0;
	exchange_free(c->exchange);
	c->exchange = NULL;
}

/* --- reading
 * -----------------------------------------------------------------------------------------------------------
 */
/* Gives c->exchange to a worker. */
static int ask_worker(struct connection *c)
{
	struct api *a = c->api;
	struct exchange *x = c->exchange;

	if (map_put(&a->asked, x->number, c) < 0 || !api_submit(a, x)) {
		map_remove(&a->asked, x->number);
		problem(x, PROBLEM_UNAVAILABLE, "The server is overloaded. Try again in a few seconds.");
		return answer_later(c);
	}
	c->waiting_for = x->number;
	c->exchange = NULL;
	hold_reading(c);
	lws_set_timeout(c->wsi, PENDING_TIMEOUT_HTTP_CONTENT, ANSWER_TIMEOUT_S);
	lws_set_timer_usecs(c->wsi, WATCH_US);
	return 0;
}

/* Whether the head holds this header, be it empty. */
static bool is_there(struct lws *wsi, enum lws_token_indexes token)
{
	char text[2];

	return lws_hdr_total_length(wsi, token) > 0 ||
	       lws_hdr_copy_fragment(wsi, text, sizeof(text), token, 0) >= 0;
}

/* The length of the body to come; -1 when it is no good (answered). */
static int64_t body_length(struct connection *c, struct exchange *x)
{
	char text[32];
	int64_t length = 0;
	bool has_body_method = x->request.method & (METHOD_POST | METHOD_PUT | METHOD_PATCH);

	if (is_there(c->wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING)) {
		problem(x, PROBLEM_LENGTH,
			"Send the body with Content-Length; chunked bodies are not taken.");
		return -1;
	}
	if (!is_there(c->wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH)) {
		if (!has_body_method)
			return 0;
		problem(x, PROBLEM_LENGTH, "Send the body with Content-Length.");
		return -1;
	}
	if (lws_hdr_copy(c->wsi, text, sizeof(text), WSI_TOKEN_HTTP_CONTENT_LENGTH) <= 0 || text[0] == '-' ||
		str_to_int(text, 0, INT64_C(1) << 40, &length) < 0) {
		problem(x, PROBLEM_MALFORMED, "Content-Length must be one whole number.");
		return -1;
	}
	return length;
}

/* Whether the route takes a body this long and there is room for it. */
static bool may_send_body(struct connection *c, struct exchange *x, int64_t length)
{
	size_t max = x->route ? x->route->body_max : 0;

	if (length > (int64_t)max) {
		if (max)
			problem(x, PROBLEM_TOO_LARGE, "At most %zu bytes are taken here.", max);
		else
			problem(x, PROBLEM_TOO_LARGE, "No body is taken here.");
		return false;
	}
	if (length > 0 && c->api->bodies_bytes + (size_t)length > BODIES_BYTES_MAX) {
		problem(x, PROBLEM_UNAVAILABLE, "Too many uploads at once. Try again in a few seconds.");
		return false;
	}
	return true;
}

static bool is_api_path(const char *path)
{
	return str_starts_with(path, "/api/") || str_equal(path, "/api") || str_equal(path, "/metrics") ||
	       str_equal(path, "/healthz") || str_equal(path, "/readyz");
}

static void answer_unknown(struct exchange *x, enum route_result result, unsigned allowed)
{
	if (result == ROUTE_UNKNOWN) {
		problem(x, PROBLEM_NOT_FOUND,
			"There is no such address in the API; /api/v1/openapi.json lists all.");
		return;
	}
	reply_header(x, "Allow", "%s%s%s%s%s", allowed & METHOD_GET ? "GET, HEAD" : "",
		allowed & METHOD_POST ? (allowed & METHOD_GET ? ", POST" : "POST") : "",
		allowed & METHOD_PUT ? (allowed & (METHOD_GET | METHOD_POST) ? ", PUT" : "PUT") : "",
		allowed & METHOD_PATCH ? ", PATCH" : "", allowed & METHOD_DELETE ? ", DELETE" : "");
	problem(x, PROBLEM_METHOD, "Use one of the methods in the Allow header.");
}

/* Finds the route; answers and returns false when there is none or nobody signed in may reach it. */
static bool find_route(struct connection *c, struct exchange *x)
{
	unsigned allowed = 0;
	enum route_result result = routes_find(&c->api->routes, &x->request, &x->route, &allowed);

	if (result != ROUTE_FOUND) {
		answer_unknown(x, result, allowed);
		return false;
	}
	/* Nobody's body is read before a token was at least shown. */
	if (x->route->access != ACCESS_PUBLIC && x->route->access != ACCESS_OWN && !x->request.token[0]) {
		problem(x, PROBLEM_UNAUTHENTICATED, "Sign in, or send a valid token.");
		return false;
	}
	return true;
}

/* The whole head is good and routed: what follows? */
static int go_on(struct connection *c, int64_t length)
{
	struct exchange *x = c->exchange;

	if (length == 0) {
		/* With an explicit length of 0 the library announces no body. */
		return ask_worker(c);
	}
	c->body_expected = (size_t)length;
	c->body_charged = (size_t)length;
	c->api->bodies_bytes += (size_t)length;
	c->body_deadline_ms = clock_mono_ms() + BODY_TIMEOUT_MS + length / BODY_RATE * 1000;
	lws_set_timeout(c->wsi, PENDING_TIMEOUT_HTTP_CONTENT, BODY_TIMEOUT_MS / 1000);
	x->request.body_len = 0;
	return 0;
}

int http_on_request(struct connection *c)
{
	struct api *a = c->api;

	/* A second request before the first was answered would need order kept: the library does not do this,
	 * so neither do we. */
	if (c->exchange || c->waiting_for || c->parked)
		return -1;
	struct exchange *x = exchange_new(a, ++a->exchanges);
	if (!x)
		return -1;
	x->began_us = clock_mono_ns() / 1000;
	c->exchange = x;
	if (!http_read_head(c, x))
		return http_refuse(c, x);
	if (a->is_closing || a->sockets > a->config.clients_max) {
		problem(x, PROBLEM_UNAVAILABLE,
			"The server has too many connections. Try again in a few seconds.");
		return http_refuse(c, x);
	}
	int64_t length = body_length(c, x);
	if (length < 0)
		return http_refuse(c, x);
	if (!is_api_path(x->request.path)) {
		if (length > 0 || x->request.method != METHOD_GET) {
			answer_unknown(x, ROUTE_OTHER_METHOD, METHOD_GET);
			return http_refuse(c, x);
		}
		files_answer(x, a->config.web_directory);
		return answer_later(c);
	}
	if (!find_route(c, x) || !may_send_body(c, x, length))
		return length > 0 ? http_refuse(c, x) : answer_later(c);
	return go_on(c, length);
}

int http_on_body(struct connection *c, const void *data, size_t n)
{
	struct exchange *x = c->exchange;

	if (!x || x->response.status)
		return 0;
	struct request *rq = &x->request;
	/* Version 4.3 also gives what came after the body. */
	bool has_more = n > c->body_expected - rq->body_len;
	if (has_more)
		n = c->body_expected - rq->body_len;
	if (clock_mono_ms() > c->body_deadline_ms) {
		problem(x, PROBLEM_TIMEOUT, "The body came too slowly.");
		return http_refuse(c, x);
	}
	if (rq->body_len + n + 1 > rq->body_size) {
		size_t size = rq->body_size ? rq->body_size * 2 : 4096;
		while (size < rq->body_len + n + 1)
			size *= 2;
		unsigned char *grown = alloc_resize(rq->body, size);
		if (!grown) {
			problem(x, PROBLEM_UNAVAILABLE,
				"The server is short of memory. Try again in a few seconds.");
			return http_refuse(c, x);
		}
		rq->body = grown;
		rq->body_size = size;
	}
	memcpy(rq->body + rq->body_len, data, n);
	rq->body_len += n;
	rq->body[rq->body_len] = '\0';
	if (!has_more)
		return 0;
	/* The library now waits for the end of a body that has ended. */
	x->must_close = true;
	return ask_worker(c);
}

int http_on_body_complete(struct connection *c)
{
	if (!c->exchange || c->exchange->response.status)
		return 0;
	return ask_worker(c);
}
