/* The event log over a WebSocket: a reader says where to go on, batches of CloudEvents follow as fast as they
 * are read (docs/events.md).
 *
 * Invariants: a stream has at most one batch in memory, with a worker or in its client's queue, and the next
 * is read only when that one was written to the socket (and, when asked for, acknowledged): who reads slowly
 * gets less often, never more at once. Batches join without a gap: each begins behind what the one before
 * looked at. Every look asks anew for the permission. Service thread. Must not know: what events are. */
#include "api/problem.h"
#include "api/server.h"
#include "base/alloc.h"
#include "base/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PAUSE_MS 100		    /* between two looks of a reader that is at the end of the log */
#define RETRY_MS 50		    /* when too much waits for a worker */
#define QUEUE_MAX (WAITING_MAX / 2) /* exchanges waiting for a worker: others have their turn first */
#define BATCH_DEFAULT 100
#define BATCH_MAX 1000

enum step {
	STEP_WAITING, /* at the end of the log, or for a worker */
	STEP_READING, /* with a worker */
	STEP_WRITING, /* the batch is in the client's queue */
	STEP_ACK,     /* written; the reader has not said yet that it is done with it */
};
struct ws_stream {
	struct connection *connection;
	lws_sorted_usec_list_t timer;
	const struct route *route;
	json_t *re; /* the request's id; owned */
	uint64_t types, seen;
	int limit;
	enum step step;
	bool is_anywhere; /* no after_seq: from the first event that is kept */
	bool wants_ack, is_acknowledged;
	int64_t not_before_ms; /* of the next look, monotonic */
	char token[128];
};

static void count(struct api *a)
{
	atomic_store(&a->n_streams, (int)a->streams.len);
}

void ws_events_forget(struct connection *c)
{
	struct ws_stream *s = TAKE_PTR(c->stream);
	struct api *a = c->api;

	if (!s)
		return;
	VEC_EACH(&a->streams, i)
	if (a->streams.at[i] == c) {
		VEC_REMOVE(&a->streams, i);
		break;
	}
	count(a);
	lws_sul_schedule(a->context, 0, &s->timer, NULL, LWS_SET_TIMER_USEC_CANCEL);
	json_decref(s->re);
	memset(s->token, 0, sizeof(s->token));
	alloc_free(s);
}

/* Ends the stream and says why. first_seq 0: not that. */
static void end(struct connection *c, const char *code, const char *message, uint64_t first_seq)
{
	_cleanup_json_ json_t *push =
		json_pack("{s:s, s:O, s:I, s:{s:s, s:s}}", "on", "events_ended", "re", c->stream->re,
			"after_seq", (json_int_t)c->stream->seen, "error", "code", code, "message", message);

	if (push && first_seq)
		json_object_set_new(push, "first_seq", json_integer((json_int_t)first_seq));
	ws_events_forget(c);
	ws_push_json(c, push);
}

static void on_timer(struct lws_sorted_usec_list *timer);

static void look_in(struct ws_stream *s, int64_t in_ms)
{
	lws_sul_schedule(
		s->connection->api->context, 0, &s->timer, on_timer, (in_ms < 1 ? 1 : in_ms) * LWS_US_PER_MS);
}

/* Gives a look to a worker. False: not now, or memory is out. */
static bool submit(struct connection *c)
{
	struct ws_stream *s = c->stream;
	struct api *a = c->api;
	struct exchange *x = a->waiting.len < QUEUE_MAX ? exchange_new(a, ++a->exchanges) : NULL;

	if (!x)
		return false;
	x->began_us = clock_mono_ns() / 1000;
	x->route = s->route;
	x->request.method = METHOD_GET;
	str_put(x->request.path, sizeof(x->request.path), s->route->path);
	str_put(x->request.token, sizeof(x->request.token), s->token);
	x->wait = (struct event_wait){.is_stream = true,
		.from = s->is_anywhere && !s->seen ? 0 : s->seen + 1,
		.seen = s->seen,
		.types = s->types,
		.limit = s->limit};
	if (map_put(&a->asked, x->number, c) < 0 || !api_submit(a, x)) {
		map_remove(&a->asked, x->number);
		exchange_free(x);
		return false;
	}
	c->waiting_for = x->number;
	s->step = STEP_READING;
	return true;
}

/* Reads on if there may be something. */
static void look(struct connection *c)
{
	struct ws_stream *s = c->stream;
	int64_t now = clock_mono_ms();

	if (s->step != STEP_WAITING || store_visible_seq(c->api->parts.store) <= s->seen)
		return;
	if (now < s->not_before_ms)
		look_in(s, s->not_before_ms - now);
	else if (!submit(c))
		look_in(s, RETRY_MS);
}

static void on_timer(struct lws_sorted_usec_list *timer)
{
	look(lws_container_of(timer, struct ws_stream, timer)->connection);
}

void ws_events_look(struct api *a)
{
	VEC_EACH(&a->streams, i)
	look(a->streams.at[i]);
}

/* {"on":"events","re":..,"next_after_seq":..,"events":[...]}: the list is text already. */
static bool push_batch(struct connection *c, const struct exchange *x)
{
	struct text frame = {0};
	char *re = json_dumps(c->stream->re, JSON_ENCODE_ANY | JSON_COMPACT);

	if (re)
		text_printf(&frame, "{\"on\":\"events\",\"re\":%s,\"next_after_seq\":%llu,\"events\":", re,
			(unsigned long long)x->wait.seen);
	text_add_n(&frame, x->response.body, x->response.body_len);
	text_add(&frame, "}");
	bool is_pushed = re && !frame.failed && ws_push(c, frame.data);
	free(re);
	text_free(&frame);
	return is_pushed;
}

static void on_refused(struct connection *c, const struct exchange *x)
{
	if (x->response.status == 410)
		end(c, "log_gone",
			"What follows after_seq is not kept any more. Go on from first_seq - 1, or restore "
			"what "
			"you need from a backup.",
			x->wait.first);
	else if (x->response.status == 401 || x->response.status == 403)
		end(c, "forbidden", "Your rights do not include the log any more.", 0);
	else
		end(c, "unavailable",
			"The log cannot be read now. Ask again from after_seq in a few seconds.", 0);
}

void ws_events_on_answer(struct connection *c, struct exchange *x)
{
	struct ws_stream *s = c->stream;
	bool is_empty = x->response.body_len <= 2; /* "[]" */

	c->waiting_for = 0;
	if (!s) {
		exchange_free(x);
		return;
	}
	if (x->response.status != 200) {
		on_refused(c, x);
	} else if (is_empty) {
		/* Nothing chosen among what was looked at: go on behind it. */
		s->not_before_ms = x->wait.has_more ? 0 : clock_mono_ms() + PAUSE_MS;
		s->seen = x->wait.seen;
		s->step = STEP_WAITING;
		look(c);
	} else if (!push_batch(c, x)) {
		end(c, "unavailable", "The server is short of memory. Ask again in a few seconds.", 0);
	} else {
		s->not_before_ms = x->wait.has_more ? 0 : clock_mono_ms() + PAUSE_MS;
		s->seen = x->wait.seen;
		s->step = STEP_WRITING;
		s->is_acknowledged = !s->wants_ack;
	}
	exchange_free(x);
}

static void go_on(struct connection *c)
{
	c->stream->step = STEP_WAITING;
	look(c);
}

void ws_events_on_written(struct connection *c)
{
	struct ws_stream *s = c->stream;

	if (s && s->step == STEP_WRITING && s->is_acknowledged)
		go_on(c);
	else if (s && s->step == STEP_WRITING)
		s->step = STEP_ACK;
}

/* --- requests
 * ----------------------------------------------------------------------------------------------------------
 */
static void reply_ok(struct connection *c, const json_t *request)
{
	_cleanup_json_ json_t *reply = json_pack("{s:O, s:b}", "re", json_object_get(request, "id"), "ok", 1);

	ws_push_json(c, reply);
}

/* A sequence: a whole number, or the same as text (as CloudEvents ids are). */
static bool read_seq(const json_t *request, const char *key, int64_t fallback, int64_t *ret_seq)
{
	const json_t *v = json_object_get(request, key);
	int64_t seq = fallback;

	if (json_is_integer(v))
		seq = json_integer_value(v);
	else if (v && (!json_is_string(v) || str_to_int(json_string_value(v), 0, INT64_MAX - 1, &seq) < 0))
		return false;
	if (seq < 0 || seq == INT64_MAX)
		return false;
	*ret_seq = seq;
	return true;
}

/* NULL, or what is wrong with it. */
static const char *read_request(struct ws_stream *s, const json_t *request)
{
	int64_t after = 0, limit = jsonx_int(request, "limit", BATCH_DEFAULT);
	char unknown[64];

	if (!read_seq(request, "after_seq", 0, &after))
		return "after_seq is the last sequence you have: a whole number, 0 or more.";
	if (limit < 1 || limit > BATCH_MAX)
		return "limit is the most events of one batch: 1 to 1000.";
	if (event_types_parse(jsonx_text(request, "types", NULL), &s->types, unknown, sizeof(unknown)) < 0)
		return "types holds a name that no event type has; docs/events.md names them all. Separate "
		       "several by commas.";
	s->seen = (uint64_t)after;
	s->limit = (int)limit;
	s->wants_ack = json_is_true(json_object_get(request, "ack"));
	s->is_anywhere = !json_object_get(request, "after_seq");
	s->is_acknowledged = true;
	return NULL;
}

static const struct route *events_route(struct api *a)
{
	struct request rq = {.method = METHOD_GET, .path = "/api/v1/events"};
	const struct route *route = NULL;
	unsigned allowed;

	return routes_find(&a->routes, &rq, &route, &allowed) == ROUTE_FOUND ? route : NULL;
}

static void begin(struct connection *c, const json_t *request, const char *token)
{
	struct api *a = c->api;

	if (c->stream) {
		ws_refuse(c, request, "busy",
			"This connection reads events already. Send events.stop first, or open another.");
		return;
	}
	if (a->streams.len == EVENT_READERS_MAX) {
		ws_refuse(c, request, "overloaded",
			"Too many programs read events. Try again in a few seconds.");
		return;
	}
	struct ws_stream *s = alloc_zero(sizeof(*s));
	const char *wrong = s ? read_request(s, request) : NULL;
	if (!s || wrong || VEC_PUSH(&a->streams, c) < 0) {
		ws_refuse(c, request, wrong ? "invalid" : "no_memory",
			wrong ? wrong : "The server is short of memory. Try again in a few seconds.");
		alloc_free(s);
		return;
	}
	s->connection = c;
	s->route = events_route(a);
	s->re = json_incref(json_object_get(request, "id"));
	str_put(s->token, sizeof(s->token), token);
	c->stream = s;
	count(a);
	reply_ok(c, request);
	/* After the number was set: what is committed from now on wakes us, what was before is seen here. */
	if (!submit(c))
		look_in(s, RETRY_MS);
}

static void acknowledge(struct connection *c, const json_t *request)
{
	struct ws_stream *s = c->stream;
	int64_t seq;

	if (!s || !s->wants_ack || s->is_acknowledged) {
		ws_refuse(c, request, "invalid", "No batch waits for an acknowledgement.");
		return;
	}
	if (!read_seq(request, "after_seq", -1, &seq) || (uint64_t)seq != s->seen) {
		ws_refuse(c, request, "invalid", "after_seq must be next_after_seq of the last batch.");
		return;
	}
	s->is_acknowledged = true;
	reply_ok(c, request);
	if (s->step == STEP_ACK)
		go_on(c);
}

bool ws_events_request(struct connection *c, const char *what, const json_t *request, const char *token)
{
	if (str_equal(what, "events")) {
		begin(c, request, token);
	} else if (str_equal(what, "events.ack")) {
		acknowledge(c, request);
	} else if (str_equal(what, "events.stop")) {
		ws_events_forget(c);
		reply_ok(c, request);
	} else {
		return false;
	}
	return true;
}
