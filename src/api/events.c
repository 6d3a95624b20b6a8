/* The event log for other programs: CloudEvents in order and without a gap, resumed by the last sequence.
 *
 * Invariants: only what is committed is given; what is given begins right after what was asked for, or the
 * answer says 410; the sequence to go on with covers everything looked at, whether it was chosen or not. An
 * exchange that waits is not answered here: x->wait says so. Must not know: sockets. */
#include "api/handlers.h"
#include "api/problem.h"
#include "api/server.h"
#include "base/clock.h"

#include <errno.h>
#include <string.h>

#define EVENTS_DEFAULT 100
#define EVENTS_MAX 1000
#define EVENTS_SCAN_MAX 20000 /* looked at for one answer, when only some types are wanted */
#define EVENTS_BYTES_MAX ((size_t)4 * 1024 * 1024) /* of one answer, about */
#define STREAM_BYTES_MAX ((size_t)256 * 1024)	   /* of one batch over a WebSocket */
#define EVENT_BYTES 600				   /* of one event without its texts, about */
#define WAIT_MAX_S 60

struct batch {
	struct exchange *x;
	uint64_t from;		/* the first to look at; 0: the first kept */
	uint64_t first, looked; /* seq of the first and last looked at; 0: none */
	json_t *list;
	size_t bytes;
	bool is_gap, has_failed, has_more;
};

static size_t bytes_of(const struct event *e)
{
	const char *const texts[] = {e->reason, e->from, e->to, e->name, e->text};
	size_t n = EVENT_BYTES;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		n += texts[i] ? strlen(texts[i]) : 0;
	return n;
}

static bool is_for(const struct exchange *x, const struct event *e)
{
	return (e->tenant ? e->tenant : DEFAULT_TENANT) == x->who.tenant &&
	       event_is_chosen(x->wait.types, e->type);
}

static bool on_event(const struct event *e, void *arg)
{
	struct batch *b = arg;

	if (!b->first)
		b->first = e->seq;
	/* The numbers have no gap: where one is missing, a part of the log was removed. */
	b->is_gap = b->looked ? e->seq != b->looked + 1 : b->from && e->seq != b->from;
	if (b->is_gap)
		return false;
	if (is_for(b->x, e)) {
		size_t bytes = bytes_of(e);
		size_t max = b->x->wait.is_stream ? STREAM_BYTES_MAX : EVENTS_BYTES_MAX;
		if (json_array_size(b->list) > 0 && b->bytes + bytes > max) {
			b->has_more = true;
			return false;
		}
		b->has_failed = json_array_append_new(b->list, event_to_cloudevent(e)) < 0;
		if (b->has_failed)
			return false;
		b->bytes += bytes;
	}
	b->looked = e->seq;
	b->has_more = json_array_size(b->list) == (size_t)b->x->wait.limit;
	return !b->has_more;
}

/* "Link: <...>; rel="next"": the same question, from where this answer ends. */
static void add_next(struct exchange *x, uint64_t next)
{
	const struct event_wait *w = &x->wait;
	struct text *h = &x->response.headers;
	const char *comma = "&types=";

	reply_header(x, "Markaz-Next-After-Seq", "%llu", (unsigned long long)next);
	text_printf(h, "Link: </api/v1/events?after_seq=%llu&limit=%d&wait_s=%d", (unsigned long long)next,
		w->limit, w->wait_s);
	for (int t = 0; t < EVENT_TYPES_MAX && w->types != EVENT_TYPES_ALL; t++) {
		if (!event_is_chosen(w->types, (enum event_type)t))
			continue;
		text_printf(h, "%s%s", comma, event_name((enum event_type)t));
		comma = ",";
	}
	text_add(h, ">; rel=\"next\"\n");
}

static void answer(struct exchange *x, json_t *list, uint64_t next)
{
	add_next(x, next);
	reply_json(x, 200, list);
	if (x->response.body)
		x->response.content_type = "application/cloudevents-batch+json";
}

void events_answer_none(struct exchange *x)
{
	x->wait.is_waiting = false;
	answer(x, json_array(), x->wait.seen);
}

/* Reads the arguments; false: answered. *ret_from: the first sequence to look at, 0: the first kept. */
static bool read_arguments(struct exchange *x, uint64_t *ret_from)
{
	struct event_wait *w = &x->wait;
	int64_t after, limit, wait_s;
	char unknown[64];

	if (!argument_int(x, "after_seq", 0, INT64_MAX - 1, -1, &after) ||
		!argument_int(x, "limit", 1, EVENTS_MAX, EVENTS_DEFAULT, &limit) ||
		!argument_int(x, "wait_s", 0, WAIT_MAX_S, 0, &wait_s))
		return false;
	if (event_types_parse(query_get(&x->request.query, "types"), &w->types, unknown, sizeof(unknown)) <
		0) {
		problem(x, PROBLEM_INVALID,
			"types: there is no event type \"%s\"; docs/events.md names them all. Separate "
			"several by commas.",
			unknown);
		return false;
	}
	w->limit = (int)limit;
	w->wait_s = (int)wait_s;
	if (!w->deadline_ms)
		w->deadline_ms = clock_mono_ms() + wait_s * 1000;
	/* Woken: what lies before was looked at already. */
	*ret_from = w->rounds > 0 ? w->seen + 1 : (uint64_t)(after + 1);
	w->seen = *ret_from ? *ret_from - 1 : 0;
	return true;
}

static void say_gone(struct exchange *x, const struct batch *b)
{
	uint64_t kept = b->looked ? b->looked : b->first;

	x->wait.first = kept;
	reply_header(x, "Markaz-First-Seq", "%llu", (unsigned long long)kept);
	problem(x, PROBLEM_LOG_GONE,
		"The log begins with %llu: what follows %llu is not kept any more. Go on with "
		"after_seq=%llu, "
		"or restore what you need from a backup.",
		(unsigned long long)kept, (unsigned long long)b->from - 1, (unsigned long long)kept - 1);
}

static void conclude(struct exchange *x, struct batch *b)
{
	struct event_wait *w = &x->wait;
	bool has_scanned_enough = b->looked && b->looked - b->first + 1 >= EVENTS_SCAN_MAX;

	if (b->looked)
		w->seen = b->looked;
	w->has_more = b->has_more || has_scanned_enough;
	if (!w->is_stream && json_array_size(b->list) == 0 && !has_scanned_enough && w->wait_s > 0 &&
		clock_mono_ms() < w->deadline_ms) {
		w->is_waiting = true;
		return;
	}
	answer(x, TAKE_PTR(b->list), w->seen);
}

void events_get(struct exchange *x)
{
	struct batch b = {.x = x, .from = x->wait.from};

	if (!x->wait.is_stream && !read_arguments(x, &b.from))
		return;
	b.list = json_array();
	int err = b.list ? store_events(x->reader, b.from, EVENTS_SCAN_MAX, on_event, &b) : -ENOMEM;
	if (err == 0 && b.has_failed)
		err = -ENOMEM;
	/* An unreadable event must not hide those before it. */
	if (err == -EUCLEAN && b.looked)
		err = 0;
	if (err < 0)
		problem_store(x, err, NULL);
	else if (b.is_gap && !b.looked)
		say_gone(x, &b);
	else
		conclude(x, &b);
	json_decref(b.list);
}
