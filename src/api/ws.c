/* WebSocket clients: requests to the centre, outputs to browsers.
 *
 * Invariants: a client is in `clients` and in its user's chain from ws_on_open to ws_on_close, and exactly
 * then the centre knows of it; a frame is shared by all it is queued for and freed with the last. One
 * client's slowness costs only itself: past BACKLOG_BYTES_MAX it is closed. Must not know: what requests
 * mean. */
#include "api/problem.h"
#include "api/server.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGE_BYTES_MAX 65536
#define BACKLOG_BYTES_MAX ((size_t)4 * 1024 * 1024)
#define REQUESTS_BURST 100
#define REQUESTS_PER_S 50
#define REFUSALS_MAX 500 /* a client that goes on after this many refusals is closed */
#define RECHECK_US (60 * LWS_USEC_PER_SEC)
#define CLOSE_TIMEOUT_S 3
#define FRAMES_PER_TURN 16
#define VISITS_PATH "/api/v1/visit"
#define VISIT_NUMBER_MAX 64
#define CLOSE_SIGNED_OUT 4401
#define CLOSE_RIGHTS_ENDED 4403
#define CLOSE_TRY_LATER 1013

struct frame {
	int refs;
	size_t len;
	unsigned char data[]; /* LWS_PRE bytes for the library, then the text */
};
struct queued {
	struct frame *frame;
};
struct client {
	uint64_t id;
	struct who who; /* row is NULL */
	struct connection *connection;
	struct client *next_of_user;
	char token[128];
	json_t *body;		  /* owned until the centre has it: {"name","login"} */
	VEC(struct queued) queue; /* from head on */
	size_t head, queued_bytes;
	struct text received;
	int64_t refilled_ms;
	int allowance_ms, refusals; /* rate: one request costs 1000 / REQUESTS_PER_S */
	bool is_live, is_closing, is_known;
	bool is_visitor; /* a customer who calls from a page: nobody's user, no session
			    (center/call/visitor.c) */
	int close_code;
	char close_reason[64];
};

/* --- frames
 * ------------------------------------------------------------------------------------------------------------
 */
static struct frame *frame_new(const char *text)
{
	size_t len = strlen(text);
	struct frame *f = alloc_zero(sizeof(*f) + LWS_PRE + len);

	if (!f)
		return NULL;
	f->refs = 1;
	f->len = len;
	memcpy(f->data + LWS_PRE, text, len);
	return f;
}

static void frame_unref(struct frame *f)
{
	if (f && --f->refs == 0)
		alloc_free(f);
}

static void drop_queue(struct client *k)
{
	for (size_t i = k->head; i < k->queue.len; i++)
		frame_unref(k->queue.at[i].frame);
	VEC_FREE(&k->queue);
	k->head = k->queued_bytes = 0;
}

/* Closes with a code, as soon as the socket takes it; in any case soon. */
static void close_client(struct client *k, int code, const char *reason)
{
	if (k->is_closing)
		return;
	k->is_closing = true;
	k->close_code = code;
	str_put(k->close_reason, sizeof(k->close_reason), reason);
	drop_queue(k);
	lws_set_timeout(k->connection->wsi, PENDING_TIMEOUT_CLOSE_SEND, CLOSE_TIMEOUT_S);
	lws_callback_on_writable(k->connection->wsi);
}

/* Queues f for k (a reference of its own). */
static void push_frame(struct client *k, struct frame *f)
{
	if (k->is_closing)
		return;
	if (k->queued_bytes + f->len > BACKLOG_BYTES_MAX || VEC_PUSH(&k->queue, (struct queued){f}) < 0) {
		atomic_fetch_add_explicit(&k->connection->api->counters.ws_dropped, 1, memory_order_relaxed);
		log_info("api", 0, "client %llu of user %llu does not read: closed",
			(unsigned long long)k->id, (unsigned long long)k->who.user);
		close_client(k, CLOSE_TRY_LATER, "you do not read fast enough");
		return;
	}
	f->refs++;
	k->queued_bytes += f->len;
	lws_callback_on_writable(k->connection->wsi);
}

static void push_text(struct client *k, const char *text)
{
	struct frame *f = frame_new(text);

	if (f)
		push_frame(k, f);
	else
		close_client(k, CLOSE_TRY_LATER, "the server is short of memory");
	frame_unref(f);
}

static struct frame *pop_frame(struct client *k)
{
	struct frame *f = k->queue.at[k->head++].frame;

	k->queued_bytes -= f->len;
	if (k->head == k->queue.len) {
		k->head = k->queue.len = 0;
	} else if (k->head >= 256 && k->head * 2 > k->queue.len) {
		memmove(k->queue.at, k->queue.at + k->head,
			(k->queue.len - k->head) * sizeof(k->queue.at[0]));
		k->queue.len -= k->head;
		k->head = 0;
	}
	return f;
}

int ws_on_writable(struct connection *c)
{
	struct client *k = c->client;

	if (k->is_closing) {
		lws_close_reason(c->wsi, (enum lws_close_status)k->close_code,
			(unsigned char *)k->close_reason, strlen(k->close_reason));
		return -1;
	}
	for (int i = 0; i < FRAMES_PER_TURN && k->head < k->queue.len && !lws_send_pipe_choked(c->wsi); i++) {
		struct frame *f = pop_frame(k);
		int n = lws_write(c->wsi, f->data + LWS_PRE, f->len, LWS_WRITE_TEXT);

		frame_unref(f);
		if (n < 0)
			return -1;
		atomic_fetch_add_explicit(&c->api->counters.ws_out, 1, memory_order_relaxed);
	}
	if (k->head < k->queue.len)
		lws_callback_on_writable(c->wsi);
	else
		ws_events_on_written(c);
	return 0;
}

/* --- coming and going
 * -------------------------------------------------------------------------------------------------- */
static void client_free(struct client *k)
{
	drop_queue(k);
	text_free(&k->received);
	json_decref(k->body);
	sodium_memzero(k->token, sizeof(k->token));
	alloc_free(k);
}

static struct client *client_new(struct connection *c, const struct request *rq, const struct who *who)
{
	struct client *k = alloc_zero(sizeof(*k));

	if (!k)
		return NULL;
	k->connection = c;
	k->who = *who;
	k->who.row = NULL;
	k->allowance_ms = REQUESTS_BURST * 1000 / REQUESTS_PER_S;
	k->refilled_ms = clock_mono_ms();
	k->is_visitor = who->permissions == MAY_VISIT;
	if (k->is_visitor) {
		unsigned char random[16];
		char token[2 * sizeof(random) + 1];
		randombytes_buf(random, sizeof(random));
		sodium_bin2hex(token, sizeof(token), random, sizeof(random));
		k->body = json_pack("{s:s, s:s}", "number", query_get(&rq->query, "number"), "token", token);
	} else {
		str_put(k->token, sizeof(k->token), rq->token);
		k->body = json_pack("{s:s, s:s}", "name", jsonx_text(who->row, "name", ""), "login",
			jsonx_text(who->row, "login", ""));
	}
	if (k->body)
		return k;
	client_free(k);
	return NULL;
}

/* A customer without any account. Whether the number may be called from a page is the centre's to say. */
static bool may_visit(struct api *a, struct exchange *x)
{
	const char *number = query_get(&x->request.query, "number");

	if (!number || !number[0] || strlen(number) >= VISIT_NUMBER_MAX) {
		problem(x, PROBLEM_INVALID, "Say which number is called: /api/v1/visit?number=...");
		return false;
	}
	if (a->visitors >= a->config.clients_max / 2) {
		problem(x, PROBLEM_UNAVAILABLE,
			"Too many people call at the moment. Try again in a few minutes.");
		return false;
	}
	if (rates_take(&a->visits, x->request.address, clock_mono_ms()) > 0) {
		problem(x, PROBLEM_RATE_LIMITED, "Too many calls from your address. Try again in a minute.");
		return false;
	}
	x->who = (struct who){.tenant = 1, .permissions = MAY_VISIT};
	return true;
}

/* Whether the upgrade may go on; otherwise x is answered. */
static bool may_enter(struct connection *c, struct exchange *x)
{
	struct request *rq = &x->request;
	struct api *a = c->api;

	if (!http_read_head(c, x))
		return false;
	bool is_visit = str_equal(rq->path, VISITS_PATH);

	if (!str_equal(rq->path, "/api/v1/ws") && !is_visit) {
		problem(x, PROBLEM_NOT_FOUND, "The WebSocket is at /api/v1/ws.");
		return false;
	}
	if (rq->origin[0] && !origin_is_same(rq->origin, rq->host)) {
		problem(x, PROBLEM_FORBIDDEN, "Pages of other origins may not connect.");
		return false;
	}
	if (a->is_closing || a->sockets > a->config.clients_max) {
		problem(x, PROBLEM_UNAVAILABLE,
			"The server has too many connections. Try again in a few seconds.");
		return false;
	}
	if (is_visit)
		return may_visit(a, x);
	int result = rq->token[0] ? auth_find(&a->auth, a->reader, rq->token, &x->who) : STORE_NOT_FOUND;
	if (result < 0)
		problem_store(x, result, NULL);
	else if (result > 0)
		problem(x, PROBLEM_UNAUTHENTICATED, "Sign in, or send a valid token.");
	return result == 0;
}

int ws_on_upgrade(struct connection *c)
{
	_cleanup_exchange_ struct exchange *x = exchange_new(c->api, ++c->api->exchanges);

	if (!x || c->exchange || c->waiting_for || c->client)
		return -1;
	x->began_us = clock_mono_ns() / 1000;
	if (!may_enter(c, x))
		return http_refuse(c, x);
	c->client = client_new(c, &x->request, &x->who);
	return c->client ? 0 : -1;
}

/* What the centre has to know of k. */
static struct center_input input_of(const struct client *k, enum center_input_kind kind)
{
	return (struct center_input){.kind = kind,
		.client = {.id = k->id,
			.user = k->who.user,
			.tenant = k->who.tenant,
			.permissions = k->who.permissions}};
}

/* Pushes to a user reach all of that user's clients; a visitor is nobody's. */
static int chain(struct api *a, struct client *k)
{
	if (k->is_visitor) {
		a->visitors++;
		return 0;
	}
	struct client *first = map_get(&a->by_user, k->who.user);
	if (map_put(&a->by_user, k->who.user, k) < 0)
		return -1;
	k->next_of_user = first;
	return 0;
}

static void touch(struct client *k)
{
	if (!k->is_visitor)
		auth_touch(&k->connection->api->auth, k->who.token);
}

int ws_on_open(struct connection *c)
{
	struct client *k = c->client;
	struct api *a = c->api;

	k->id = ++a->client_ids;
	struct center_input in = input_of(k, CENTER_CLIENT_OPENED);
	in.body = k->body;
	if (map_put(&a->clients, k->id, k) < 0)
		return -1;
	if (chain(a, k) < 0) {
		map_remove(&a->clients, k->id);
		return -1;
	}
	k->is_known = true;
	atomic_store_explicit(&a->counters.clients, a->clients.len, memory_order_relaxed);
	if (center_send(a->parts.center, &in) < 0) {
		close_client(k, CLOSE_TRY_LATER, "the server is overloaded");
		return 0;
	}
	k->body = NULL;
	touch(k);
	lws_set_timer_usecs(c->wsi, RECHECK_US);
	return 0;
}

static void unchain(struct api *a, struct client *k)
{
	struct client *first = map_get(&a->by_user, k->who.user);

	if (k->is_visitor) {
		a->visitors--;
		return;
	}
	if (first == k) {
		if (k->next_of_user)
			map_put(&a->by_user, k->who.user,
				k->next_of_user); /* the key exists: no memory is needed */
		else
			map_remove(&a->by_user, k->who.user);
		return;
	}
	while (first->next_of_user != k)
		first = first->next_of_user;
	first->next_of_user = k->next_of_user;
}

void ws_on_close(struct connection *c)
{
	struct client *k;
	struct api *a = c->api;

	ws_events_forget(c);
	k = TAKE_PTR(c->client);
	if (k->is_known) {
		struct center_input in = input_of(k, CENTER_CLIENT_CLOSED);
		map_remove(&a->clients, k->id);
		unchain(a, k);
		atomic_store_explicit(&a->counters.clients, a->clients.len, memory_order_relaxed);
		touch(k);
		/* The centre must hear of it, or the agent would stay: kept until its mailbox has room. */
		if (!k->body && (a->unsent.len > 0 || center_send(a->parts.center, &in) < 0) &&
			VEC_PUSH(&a->unsent, in) < 0)
			log_error("api", 0,
				"out of memory: the centre will not hear that client %llu is gone",
				(unsigned long long)k->id);
	}
	client_free(k);
}

void ws_retry(struct api *a)
{
	size_t n = 0;

	while (n < a->unsent.len && center_send(a->parts.center, &a->unsent.at[n]) == 0)
		n++;
	if (n == 0)
		return;
	memmove(a->unsent.at, a->unsent.at + n, (a->unsent.len - n) * sizeof(a->unsent.at[0]));
	a->unsent.len -= n;
}

int ws_on_timer(struct connection *c)
{
	struct client *k = c->client;
	struct who who = {0};
	struct api *a = c->api;

	if (k->is_visitor)
		return 0;
	touch(k);
	/* Signed out elsewhere, expired, disabled by a command: the store knows. Its own trouble ends
	 * nobody's work. */
	int result = auth_find(&a->auth, a->reader, k->token, &who);
	json_decref(who.row);
	if (result > 0)
		close_client(k, CLOSE_SIGNED_OUT, "the session is over");
	else if (result == 0 && who.permissions != k->who.permissions)
		close_client(k, CLOSE_RIGHTS_ENDED, "your rights changed");
	ws_retry(a);
	lws_set_timer_usecs(c->wsi, RECHECK_US);
	return 0;
}

/* --- requests
 * ----------------------------------------------------------------------------------------------------------
 */
static void refuse(struct client *k, const json_t *request, const char *code, const char *message)
{
	json_t *re = json_object_get(request, "id");
	_cleanup_json_ json_t *reply = json_pack("{s:O, s:b, s:{s:s, s:s}}", "re", re ? re : json_null(),
		"ok", 0, "error", "code", code, "message", message);
	char *text = reply ? jsonx_dump(reply) : NULL;

	if (text)
		push_text(k, text);
	free(text);
}

bool ws_push(struct connection *c, const char *text)
{
	push_text(c->client, text);
	return !c->client->is_closing;
}

void ws_push_json(struct connection *c, const json_t *json)
{
	char *text = json ? jsonx_dump(json) : NULL;

	if (text)
		push_text(c->client, text);
	else
		close_client(c->client, CLOSE_TRY_LATER, "the server is short of memory");
	free(text);
}

void ws_refuse(struct connection *c, const json_t *request, const char *code, const char *message)
{
	refuse(c->client, request, code, message);
}

/* Takes one from the client's allowance; false: it asks too much. */
static bool is_within_rate(struct client *k)
{
	int64_t now = clock_mono_ms();
	int64_t allowance = k->allowance_ms + (now - k->refilled_ms);
	int max = REQUESTS_BURST * 1000 / REQUESTS_PER_S, cost = 1000 / REQUESTS_PER_S;

	k->refilled_ms = now;
	k->allowance_ms = (int)(allowance < max ? allowance : max);
	if (k->allowance_ms < cost)
		return false;
	k->allowance_ms -= cost;
	return true;
}

/* The permissions of which a request needs one; 0: everybody's. The centre has the last word on what it
 * means. */
static unsigned permission_for(const char *what)
{
	if (str_starts_with(what, "visit."))
		return MAY_VISIT;
	if (str_equal(what, "events") || str_starts_with(what, "events."))
		return MAY_SEE_HISTORY;
	if (str_starts_with(what, "live."))
		return MAY_SEE_LIVE;
	if (str_equal(what, "agent.set") || str_equal(what, "queue.assign"))
		return MAY_STEER_AGENTS;
	if (str_equal(what, "directory.list"))
		return MAY_HANDLE | MAY_SEE_LIVE | MAY_DIAL;
	if (str_starts_with(what, "supervise."))
		return MAY_SUPERVISE;
	/* Whoever took a call over has it, an agent or not. */
	if (str_starts_with(what, "call.") || str_starts_with(what, "wrap_up.") ||
		str_starts_with(what, "notes.") || str_equal(what, "parked.list"))
		return MAY_HANDLE | MAY_SUPERVISE;
	return MAY_HANDLE;
}

static void handle(struct client *k, json_t *request)
{
	const json_t *id = json_object_get(request, "id");
	const char *what = jsonx_text(request, "do", NULL);
	struct center_input in = input_of(k, CENTER_REQUEST);

	if (!json_is_object(request) || !what || !(json_is_integer(id) || json_is_string(id))) {
		refuse(k, request, "invalid",
			"Send a JSON object with \"id\" (number or text) and \"do\" (text).");
		return;
	}
	if (!(k->who.permissions & permission_for(what))) {
		refuse(k, request, "forbidden", "Your roles do not include this. Ask an administrator.");
		return;
	}
	if (ws_events_request(k->connection, what, request, k->token))
		return;
	in.body = json_incref(request);
	if (center_send(k->connection->api->parts.center, &in) < 0) {
		json_decref(in.body);
		refuse(k, request, "overloaded", "The server is overloaded. Try again in a moment.");
	}
}

static int on_text(struct client *k)
{
	json_error_t error;

	touch(k);
	_cleanup_json_ json_t *request =
		json_loadb(k->received.data, k->received.len, JSON_REJECT_DUPLICATES, &error);
	k->received.len = 0;
	if (!is_within_rate(k)) {
		refuse(k, request, "rate_limited", "Too many requests. Slow down.");
		if (++k->refusals > REFUSALS_MAX)
			close_client(k, LWS_CLOSE_STATUS_POLICY_VIOLATION, "too many requests");
		return 0;
	}
	handle(k, request);
	return 0;
}

int ws_on_message(struct connection *c, const void *data, size_t n)
{
	struct client *k = c->client;

	if (k->is_closing)
		return 0;
	if (lws_frame_is_binary(c->wsi)) {
		close_client(k, LWS_CLOSE_STATUS_UNACCEPTABLE_OPCODE, "send text frames");
		return 0;
	}
	if (k->received.len + n > MESSAGE_BYTES_MAX) {
		close_client(k, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE, "at most 64 KB a message");
		return 0;
	}
	text_add_n(&k->received, data, n);
	if (k->received.failed)
		return -1;
	if (!lws_is_final_fragment(c->wsi) || lws_remaining_packet_payload(c->wsi) > 0)
		return 0;
	atomic_fetch_add_explicit(&c->api->counters.ws_in, 1, memory_order_relaxed);
	return on_text(k);
}

/* --- outputs
 * -----------------------------------------------------------------------------------------------------------
 */
static void to_user(struct api *a, uint64_t user, struct frame *f)
{
	for (struct client *k = map_get(&a->by_user, user); k; k = k->next_of_user)
		push_frame(k, f);
}

/* To everybody of the tenant, or to its live audience. */
static void to_many(struct api *a, uint64_t tenant, bool is_live_only, struct frame *f)
{
	struct client *k;

	for (size_t i = 0; (k = map_next(&a->clients, &i));)
		if ((k->who.tenant == tenant || !tenant) && !k->is_visitor && (k->is_live || !is_live_only))
			push_frame(k, f);
}

void ws_spread(struct api *a, struct center_output *out)
{
	struct client *k = map_get(&a->clients, out->to);
	struct frame *f = out->text ? frame_new(out->text) : NULL;

	free(out->text);
	out->text = NULL;
	switch (out->kind) {
	case CENTER_TO_CLIENT:
		if (k && f)
			push_frame(k, f);
		else if (k)
			close_client(k, CLOSE_TRY_LATER, "the server is short of memory");
		break;
	case CENTER_TO_USER:
		if (f)
			to_user(a, out->to, f);
		break;
	case CENTER_TO_LIVE:
		if (f)
			to_many(a, out->tenant, true, f);
		break;
	case CENTER_LIVE_JOIN:
	case CENTER_LIVE_LEAVE:
		if (k)
			k->is_live = out->kind == CENTER_LIVE_JOIN;
		break;
	case CENTER_CLOSE_CLIENT:
		if (k)
			close_client(k, CLOSE_RIGHTS_ENDED, "your rights changed");
		break;
	}
	frame_unref(f);
}

void ws_effect(struct api *a, uint64_t tenant, const struct effect *e)
{
	struct client *k;

	if (e->kind == EFFECT_CLOSE_USER) {
		for (k = map_get(&a->by_user, e->id); k; k = k->next_of_user)
			close_client(k, CLOSE_SIGNED_OUT, "sign in again");
		return;
	}
	if (e->kind == EFFECT_CLOSE_TOKEN) {
		for (size_t i = 0; (k = map_next(&a->clients, &i));)
			if (k->who.token == e->id)
				close_client(k, CLOSE_SIGNED_OUT, "you signed out");
		return;
	}
	struct frame *f = frame_new(e->text);
	if (f)
		to_many(a, tenant, false, f);
	frame_unref(f);
}

void ws_close_all(struct api *a, int code, const char *reason)
{
	struct client *k;

	for (size_t i = 0; (k = map_next(&a->clients, &i));)
		close_client(k, code, reason);
}
