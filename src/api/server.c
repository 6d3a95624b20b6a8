/* The service thread: libwebsockets' loop, the queue of exchanges, start and stop.
 *
 * Invariants: only the service thread touches sockets, connections and clients; a number in `asked` names a
 * connection that waits for exactly that exchange. Must not know: what any route does. */
#include "api/server.h"
#include "api/problem.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "loop/cert_live.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#define RETRY_US 100000
#define OUTPUTS_PER_TURN 2000 /* then sockets get their turn */
#define HEADER_BYTES_MAX 8192

static int on_lws(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len);

static const struct lws_protocols protocols[] = {
	{"markaz", on_lws, 0, 65536, 0, NULL, 0}, {NULL, NULL, 0, 0, 0, NULL, 0}};
/* A silent client is asked after 20 s and gone after 60. */
static const lws_retry_bo_t idle_policy = {.secs_since_valid_ping = 20, .secs_since_valid_hangup = 60};

void api_wake(struct api *a)
{
	if (atomic_exchange(&a->is_woken, true))
		return;
	pthread_mutex_lock(&a->context_mutex);
	if (a->context)
		lws_cancel_service(a->context);
	pthread_mutex_unlock(&a->context_mutex);
}

bool api_on_output(const struct center_output *out, void *arg)
{
	struct api *a = arg;

	if (mailbox_send(a->outputs, out) < 0)
		return false;
	api_wake(a);
	return true;
}

void api_on_commit(uint64_t last_seq, void *arg)
{
	struct api *a = arg;

	(void)last_seq; /* store_visible_seq says it, and never less */
	if (atomic_load(&a->n_parked) > 0 || atomic_load(&a->n_streams) > 0)
		api_wake(a);
}

/* --- the queue of exchanges
 * -------------------------------------------------------------------------------------------- */
static void give(struct api *a, struct worker *w, struct exchange *x)
{
	w->is_busy = true;
	w->asked = x->number;
	atomic_store(&w->is_unwanted, false);
	/* An idle worker's mailbox is empty. */
	if (mailbox_send(w->jobs, &x) < 0)
		__builtin_trap();
	atomic_store_explicit(&a->counters.waiting, a->waiting.len, memory_order_relaxed);
}

void api_unwanted(struct api *a, uint64_t number)
{
	for (int i = 0; i < a->n_workers; i++)
		if (a->workers[i].is_busy && a->workers[i].asked == number)
			atomic_store(&a->workers[i].is_unwanted, true);
}

bool api_submit(struct api *a, struct exchange *x)
{
	for (int i = 0; i < a->n_workers; i++)
		if (!a->workers[i].is_busy) {
			give(a, &a->workers[i], x);
			return true;
		}
	return a->waiting.len < WAITING_MAX && VEC_PUSH(&a->waiting, (struct waiting){x}) == 0;
}

static void take_answers(struct api *a)
{
	struct done d;

	while (mailbox_take(a->done, &d)) {
		struct exchange *x = d.exchange;
		struct connection *c = map_remove(&a->asked, x->number);

		a->workers[d.worker].is_busy = false;
		if (a->waiting.len > 0) {
			struct exchange *next = a->waiting.at[0].exchange;
			VEC_REMOVE(&a->waiting, 0);
			give(a, &a->workers[d.worker], next);
		}
		for (int i = 0; i < x->response.n_effects; i++)
			ws_effect(a, x->who.tenant, &x->response.effects[i]);
		if (c && x->wait.is_stream)
			ws_events_on_answer(c, x);
		else if (c && x->wait.is_waiting)
			event_wait_park(c, x);
		else if (c)
			http_on_answer(c, x);
		else
			exchange_free(x);
	}
}

static void take_outputs(struct api *a)
{
	struct center_output out;

	for (int i = 0; i < OUTPUTS_PER_TURN; i++) {
		if (!mailbox_take(a->outputs, &out))
			return;
		ws_spread(a, &out);
	}
	api_wake(a);
}

static void on_woken(struct api *a)
{
	if (!atomic_exchange(&a->is_woken, false))
		return;
	mailbox_clear(a->done);
	mailbox_clear(a->outputs);
	take_answers(a);
	take_outputs(a);
	event_wait_look(a);
	ws_events_look(a);
	ws_retry(a);
}

/* --- connections
 * ------------------------------------------------------------------------------------------------------- */
/* Half of all sockets for one address, except for proxies and this machine itself, behind which many people
 * stand. */
static bool is_too_many(struct api *a, const char *peer, intptr_t n)
{
	if (address_is_loopback(peer) || address_listed(a->config.trusted_proxies, peer))
		return false;
	return n >= (a->config.clients_max + 1) / 2 + SOCKETS_SPARE;
}

/* Counts a new connection; false: refuse it. */
static bool count_in(struct api *a, struct connection *c)
{
	intptr_t n = (intptr_t)strmap_get(&a->peers, c->peer);

	if (a->sockets >= a->config.clients_max + SOCKETS_SPARE || is_too_many(a, c->peer, n))
		return false;
	if (strmap_put(&a->peers, c->peer, (void *)(n + 1)) < 0)
		return false;
	a->sockets++;
	c->is_counted = true;
	atomic_store_explicit(&a->counters.sockets, (uint64_t)a->sockets, memory_order_relaxed);
	return true;
}

static void count_out(struct api *a, struct connection *c)
{
	intptr_t n = (intptr_t)strmap_get(&a->peers, c->peer);

	if (!c->is_counted)
		return;
	if (n <= 1)
		strmap_remove(&a->peers, c->peer);
	else
		strmap_put(&a->peers, c->peer, (void *)(n - 1)); /* the key exists: no memory is needed */
	a->sockets--;
	atomic_store_explicit(&a->counters.sockets, (uint64_t)a->sockets, memory_order_relaxed);
}

static void on_connected(struct api *a, struct lws *wsi)
{
	struct connection *c = alloc_zero(sizeof(*c));

	if (!c || a->is_closing) {
		alloc_free(c);
		lws_set_timeout(wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
		return;
	}
	c->api = a;
	c->wsi = wsi;
	lws_get_peer_simple(wsi, c->peer, sizeof(c->peer));
	address_unmap(c->peer);
	lws_set_opaque_user_data(wsi, c);
	if (!count_in(a, c)) {
		atomic_fetch_add_explicit(&a->counters.refused, 1, memory_order_relaxed);
		lws_set_timeout(wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
	}
}

static void on_gone(struct api *a, struct lws *wsi)
{
	struct connection *c = lws_get_opaque_user_data(wsi);

	if (!c)
		return;
	lws_set_opaque_user_data(wsi, NULL);
	if (c->client)
		ws_on_close(c);
	http_release(c);
	count_out(a, c);
	alloc_free(c);
}

/* Asks the library for the header: when it refused the upgrade itself, version 4.1 calls back all the same,
 * with a pointer into a header table that is already freed. */
static bool is_websocket(struct lws *wsi)
{
	char text[16];

	return lws_hdr_total_length(wsi, WSI_TOKEN_UPGRADE) > 0 &&
	       lws_hdr_copy(wsi, text, sizeof(text), WSI_TOKEN_UPGRADE) > 0 &&
	       strcasecmp(text, "websocket") == 0;
}

static int on_lws(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	struct api *a = lws_context_user(lws_get_context(wsi));
	struct connection *c;

	(void)user;
	switch (reason) {
	case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
		on_woken(a);
		return 0;
	case LWS_CALLBACK_OPENSSL_LOAD_EXTRA_SERVER_VERIFY_CERTS: /* user: the SSL_CTX of the secure one */
		return a->certificate ? 0
				      : cert_live_new(&a->certificate, user, "api",
						a->config.certificate_path, a->config.key_path);
	case LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED:
		on_connected(a, wsi);
		return 0;
	case LWS_CALLBACK_WSI_DESTROY:
		on_gone(a, wsi);
		return 0;
	default:
		break;
	}
	/* The library also calls back for sockets of its own and for ones it never announced. */
	c = a && wsi ? lws_get_opaque_user_data(wsi) : NULL;
	switch (reason) {
	case LWS_CALLBACK_HTTP:
		return c ? http_on_request(c) : -1;
	case LWS_CALLBACK_HTTP_BODY:
		return c ? http_on_body(c, in, len) : -1;
	case LWS_CALLBACK_HTTP_BODY_COMPLETION:
		return c ? http_on_body_complete(c) : -1;
	case LWS_CALLBACK_HTTP_WRITEABLE:
		return c ? http_on_writable(c) : -1;
	case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
		return c && is_websocket(wsi) ? ws_on_upgrade(c) : -1;
	case LWS_CALLBACK_ESTABLISHED:
		return c && c->client ? ws_on_open(c) : -1;
	case LWS_CALLBACK_RECEIVE:
		return c && c->client ? ws_on_message(c, in, len) : -1;
	case LWS_CALLBACK_SERVER_WRITEABLE:
		return c && c->client ? ws_on_writable(c) : -1;
	case LWS_CALLBACK_CHANGE_MODE_POLL_FD:
		if (c)
			c->polls_out = (((const struct lws_pollargs *)in)->events & LWS_POLLOUT) != 0;
		return 0;
	case LWS_CALLBACK_TIMER:
		return !c ? 0 : c->client ? ws_on_timer(c) : http_on_timer(c);
	case LWS_CALLBACK_CLOSED:
		if (c && c->client)
			ws_on_close(c);
		return 0;
	default:
		return 0;
	}
}

/* --- start and stop
 * ---------------------------------------------------------------------------------------------------- */
static void on_lws_log(int level, const char *line)
{
	size_t n = strcspn(line, "\n");

	/* What the library calls an error is mostly a peer's mistake: worth a look when debugging. */
	log_write(level & LLL_ERR ? LOG_INFO : LOG_DEBUG, "api", 0, "libwebsockets: %.*s", (int)n, line);
}

static void begin_close(struct api *a)
{
	a->is_closing = true;
	event_wait_end(a);
	ws_close_all(a, LWS_CLOSE_STATUS_GOINGAWAY, "the server restarts");
}

static void *service_main(void *arg)
{
	struct api *a = arg;

	pthread_setname_np(pthread_self(), "http");
	for (;;) {
		if (atomic_load(&a->is_stopping) && !a->is_closing)
			begin_close(a);
		if (a->is_closing && ((a->asked.len == 0 && a->answering == 0 && a->clients.len == 0) ||
					     clock_mono_ms() >= a->stop_by_ms))
			break;
		if (lws_service(a->context, 0) < 0)
			break;
	}
	return NULL;
}

static struct lws_vhost *listen_on(struct api *a, uint16_t port, bool is_secure)
{
	const struct api_config *config = &a->config;
	bool is_any = !config->address[0] || strcmp(config->address, "0.0.0.0") == 0 ||
		      strcmp(config->address, "::") == 0;
	struct lws_context_creation_info info = {.port = port,
		.iface = is_any ? NULL : config->address,
		.protocols = protocols,
		.vhost_name = is_secure ? "secure" : "plain",
		.timeout_secs = HEADER_TIMEOUT_S,
		.timeout_secs_ah_idle = HEADER_TIMEOUT_S,
		.keepalive_timeout = KEEPALIVE_S,
		.retry_and_idle_policy = &idle_policy,
		.options = LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND | LWS_SERVER_OPTION_VALIDATE_UTF8,
		/* Only HTTP/1.1: in version 4.1 the library loses headers it has no name for over HTTP/2. */
		.alpn = "http/1.1"};

	if (is_any && strcmp(config->address, "0.0.0.0") == 0)
		info.options |= LWS_SERVER_OPTION_DISABLE_IPV6;
	if (is_secure) {
		info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
		info.ssl_cert_filepath = config->certificate_path;
		info.ssl_private_key_filepath = config->key_path;
		info.ssl_options_set = SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1 | SSL_OP_NO_RENEGOTIATION;
	}
	struct lws_vhost *vhost = lws_create_vhost(a->context, &info);
	if (!vhost)
		log_error("api", 0, "cannot listen on %s port %u: is it taken%s?",
			is_any ? "any address" : config->address, port,
			is_secure ? ", are certificate and key readable" : "");
	return vhost;
}

static int make_context(struct api *a)
{
	struct lws_context_creation_info info = {
		.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
			   (a->config.https_port ? LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT : 0),
		.user = a,
		.port = CONTEXT_PORT_NO_LISTEN,
		.max_http_header_data = HEADER_BYTES_MAX,
		.max_http_header_pool =
			(unsigned short)(a->config.clients_max < 60000 ? a->config.clients_max + SOCKETS_SPARE
								       : 60000),
		.gid = (gid_t)-1,
		.uid = (uid_t)-1};

	/* fd_limit_per_thread stays 0: with a limit of its own the library searches its sockets one by one.
	 */
	lws_set_log_level(LLL_ERR | LLL_WARN, on_lws_log);
	a->context = lws_create_context(&info);
	if (!a->context)
		return -ENOMEM;
	if (a->config.http_port && !(a->plain = listen_on(a, a->config.http_port, false)))
		return -EADDRINUSE;
	if (a->config.https_port && !(a->secure = listen_on(a, a->config.https_port, true)))
		return -EADDRINUSE;
	return 0;
}

int api_new(struct api **ret_api)
{
	struct api *a = alloc_zero(sizeof(*a));
	int err;

	if (!a)
		return -ENOMEM;
	auth_init(&a->auth);
	rates_init(&a->visits, VISITS_PER_ADDRESS, 60000);
	pthread_mutex_init(&a->context_mutex, NULL);
	err = mailbox_new(&a->outputs, sizeof(struct center_output), OUTPUTS_MAX);
	if (err == 0)
		err = mailbox_new(&a->done, sizeof(struct done), WORKERS_MAX);
	if (err < 0) {
		api_free(a);
		return err;
	}
	*ret_api = a;
	return 0;
}

int api_start(struct api *a, const struct api_config *config, const struct api_parts *parts)
{
	a->config = *config;
	a->parts = *parts;
	a->config.workers = config->workers < 1		    ? 1
			    : config->workers > WORKERS_MAX ? WORKERS_MAX
							    : config->workers;
	a->config.clients_max = config->clients_max < 16 ? 16 : config->clients_max;
	routes_fill(&a->routes);
	int err = store_reader_open(&a->reader, config->data_directory);
	if (err == 0)
		err = make_context(a);
	for (; err == 0 && a->n_workers < a->config.workers; a->n_workers += err == 0) {
		struct worker *w = &a->workers[a->n_workers];
		w->api = a;
		w->index = a->n_workers;
		err = worker_start(w);
	}
	if (err == 0)
		err = -pthread_create(&a->thread, NULL, service_main, a);
	a->is_running = err == 0;
	if (err < 0)
		log_error("api", 0, "the HTTP server did not start: %s", strerror(-err));
	return err;
}

uint16_t api_http_port(const struct api *a)
{
	int port = a->plain ? lws_get_vhost_listen_port(a->plain) : 0;

	return port > 0 ? (uint16_t)port : 0;
}

/* Ends workers and closes all sockets; the centre hears of each client. No thread of ours is left then. */
static void shut_down(struct api *a)
{
	struct lws_context *context;

	for (int i = 0; i < a->n_workers; i++)
		worker_stop(&a->workers[i]);
	pthread_mutex_lock(&a->context_mutex);
	context = TAKE_PTR(a->context);
	pthread_mutex_unlock(&a->context_mutex);
	if (context)
		lws_context_destroy(context);
	cert_live_free(TAKE_PTR(a->certificate));
	store_reader_close(TAKE_PTR(a->reader));
}

void api_stop(struct api *a, int timeout_ms)
{
	if (!a->is_running)
		return;
	a->stop_by_ms = clock_mono_ms() + timeout_ms;
	atomic_store(&a->is_stopping, true);
	/* The loop sleeps for minutes: wake it until it noticed, and at its deadline. */
	while (pthread_tryjoin_np(a->thread, NULL) != 0) {
		struct timespec pause = {.tv_nsec = 5000000};
		lws_cancel_service(a->context);
		nanosleep(&pause, NULL);
	}
	a->is_running = false;
	shut_down(a);
}

void api_free(struct api *a)
{
	struct center_output out;
	struct done d;

	if (!a)
		return;
	api_stop(a, 0);
	shut_down(a);
	while (a->done && mailbox_take(a->done, &d))
		exchange_free(d.exchange);
	while (a->outputs && mailbox_take(a->outputs, &out))
		free(out.text);
	VEC_EACH(&a->waiting, i)
	exchange_free(a->waiting.at[i].exchange);
	VEC_EACH(&a->unsent, i)
	json_decref(a->unsent.at[i].body);
	VEC_FREE(&a->waiting);
	VEC_FREE(&a->parked);
	VEC_FREE(&a->streams);
	VEC_FREE(&a->unsent);
	map_free(&a->asked);
	map_free(&a->clients);
	map_free(&a->by_user);
	strmap_free(&a->peers);
	mailbox_free(a->outputs);
	mailbox_free(a->done);
	auth_done(&a->auth);
	pthread_mutex_destroy(&a->context_mutex);
	alloc_free(a);
}
