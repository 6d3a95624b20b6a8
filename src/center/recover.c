/* After a start: today's figures are folded from the log, and what a crash left open is closed with reason
 * system_restart. What is open is read from the same events, so nothing is missing and nothing doubled: the
 * closing events are ordinary events, appended once. */
#include "base/arena.h"
#include "base/id.h"
#include "base/log.h"
#include "base/str.h"
#include "center/alive.h"
#include "center/state.h"

#include <errno.h>
#include <limits.h>

#define PAGE 5000
#define REPLAY_MS (25 * 3600 * 1000LL)		/* a day and its longest night */
#define REPLAY_MAX_MS (14 * 24 * 3600 * 1000LL) /* how far back an open contact is looked for */

/* What an event opened and none closed yet. */
struct open_offer {
	uint64_t agent;
	int64_t made_ms;
};
struct open_contact {
	uint64_t interaction, segment, queue, agent; /* segment 0: in none */
	int64_t started_ms, queued_ms, answered_ms, held_ms, hold_ms;
	int64_t holds;
	bool is_answered;
	VEC(struct open_offer) offers; /* ringing now */
};
struct open_recording {
	uint64_t id, interaction;
	char path[MEDIA_PATH_MAX];
	bool is_voicemail;
};
struct open_wrap_up {
	uint64_t interaction, segment, queue, agent;
	int64_t started_ms;
};
struct replay {
	struct center *c;
	uint64_t last_seq;
	int64_t last_ms; /* wall time of the last event */
	int err;
	struct map contacts, recordings, wrap_ups; /* by interaction; recording; agent */
};

/* --- what each event leaves open
 * ------------------------------------------------------------------------------------- */

static void remember_agent(struct replay *r, const struct event *e)
{
	struct restored *a = map_get(&r->c->restored, e->agent);

	if (!a) {
		a = alloc_zero(sizeof(*a));
		if (!a || (r->err = map_put(&r->c->restored, e->agent, a)) < 0) {
			r->err = -ENOMEM;
			alloc_free(a);
			return;
		}
	}
	a->agent = e->agent;
	a->break_reason = e->ref;
	str_put(a->state, sizeof(a->state), e->reason);
	a->at_ms = e->at_ms;
}

/* The entry under key, made when absent; NULL when memory is out (r->err says so) or key is 0. */
static void *entry(struct replay *r, struct map *m, uint64_t key, size_t size)
{
	void *p = map_get(m, key);

	if (p || !key)
		return p;
	p = alloc_zero(size);
	if (p && map_put(m, key, p) == 0)
		return p;
	alloc_free(p);
	r->err = -ENOMEM;
	return NULL;
}

static void contact_begins(struct replay *r, const struct event *e)
{
	struct open_contact *o = entry(r, &r->contacts, e->interaction, sizeof(*o));

	if (!o)
		return;
	VEC_FREE(&o->offers);
	*o = (struct open_contact){.interaction = e->interaction, .started_ms = e->at_ms};
}

static void contact_free(struct open_contact *o)
{
	if (o)
		VEC_FREE(&o->offers);
	alloc_free(o);
}

static void offer_ends(struct open_contact *o, uint64_t agent)
{
	VEC_EACH(&o->offers, i)
	if (o->offers.at[i].agent == agent) {
		o->offers.at[i] = o->offers.at[--o->offers.len];
		return;
	}
}

static void segment_event(struct replay *r, struct open_contact *o, const struct event *e)
{
	switch (e->type) {
	case EVENT_SEGMENT_QUEUED:
		VEC_FREE(&o->offers);
		*o = (struct open_contact){.interaction = o->interaction,
			.started_ms = o->started_ms,
			.segment = e->segment,
			.queue = e->queue,
			.queued_ms = e->at_ms};
		break;
	case EVENT_OFFER_MADE:
		if (VEC_PUSH(&o->offers, ((struct open_offer){e->agent, e->at_ms})) < 0)
			r->err = -ENOMEM;
		break;
	case EVENT_OFFER_ENDED:
		offer_ends(o, e->agent);
		break;
	case EVENT_SEGMENT_ANSWERED:
		o->is_answered = true;
		o->agent = e->agent;
		o->answered_ms = e->at_ms;
		break;
	case EVENT_SEGMENT_HELD:
		o->held_ms = e->at_ms;
		o->holds++;
		break;
	case EVENT_SEGMENT_RESUMED:
		o->held_ms = 0;
		o->hold_ms += e->hold_ms;
		break;
	case EVENT_SEGMENT_ABANDONED:
	case EVENT_SEGMENT_OVERFLOWED:
	case EVENT_SEGMENT_ENDED:
		o->segment = 0;
		break;
	default:
		break;
	}
}

static void recording_begins(struct replay *r, const struct event *e)
{
	struct open_recording *o = entry(r, &r->recordings, e->ref, sizeof(*o));

	if (!o)
		return;
	o->id = e->ref;
	o->interaction = e->interaction;
	o->is_voicemail = str_equal(e->reason, "voicemail");
	str_put(o->path, sizeof(o->path), e->text);
}

static void wrap_up_begins(struct replay *r, const struct event *e)
{
	struct open_wrap_up *o = entry(r, &r->wrap_ups, e->agent, sizeof(*o));

	if (o)
		*o = (struct open_wrap_up){e->interaction, e->segment, e->queue, e->agent, e->at_ms};
}

static void follow(struct replay *r, const struct event *e)
{
	struct open_contact *o = map_get(&r->contacts, e->interaction);

	switch (e->type) {
	case EVENT_AGENT_STATE:
		remember_agent(r, e);
		break;
	case EVENT_INTERACTION_STARTED:
		contact_begins(r, e);
		break;
	case EVENT_INTERACTION_ENDED:
		contact_free(map_remove(&r->contacts, e->interaction));
		break;
	case EVENT_RECORDING_STARTED:
		recording_begins(r, e);
		break;
	case EVENT_RECORDING_ENDED:
		alloc_free(map_remove(&r->recordings, e->ref));
		break;
	case EVENT_WRAP_UP_STARTED:
		wrap_up_begins(r, e);
		break;
	case EVENT_WRAP_UP_ENDED:
		alloc_free(map_remove(&r->wrap_ups, e->agent));
		break;
	default:
		if (o && e->segment && (e->type == EVENT_SEGMENT_QUEUED || e->segment == o->segment))
			segment_event(r, o, e);
		break;
	}
}

static bool on_event(const struct event *e, void *arg)
{
	struct replay *r = arg;

	r->err = kpi_apply(r->c->fold, e);
	r->last_seq = e->seq;
	r->last_ms = e->at_ms;
	if (r->err == 0)
		follow(r, e);
	return r->err == 0;
}

static int replay_from(struct replay *r, struct store_reader *reader, int64_t from_ms)
{
	uint64_t seq = store_seq_at(reader, from_ms);

	while (seq) {
		r->last_seq = 0;
		int err = store_events(reader, seq, PAGE, on_event, r);
		if (err < 0 || r->err < 0)
			return err < 0 ? err : r->err;
		if (!r->last_seq)
			break;
		seq = r->last_seq + 1;
	}
	return 0;
}

/* --- closing it
 * ------------------------------------------------------------------------------------------------------ */

static int64_t since(int64_t at, int64_t now)
{
	return at && at < now ? now - at : 0;
}

static void close_segment(struct center *c, const struct open_contact *o, int64_t now)
{
	struct event e = {.interaction = o->interaction,
		.segment = o->segment,
		.queue = o->queue,
		.reason = "system_restart"};
	int64_t held = since(o->held_ms, now), hold_ms = o->hold_ms + held;

	VEC_EACH(&o->offers, i)
	{
		e.type = EVENT_OFFER_ENDED;
		e.agent = o->offers.at[i].agent;
		e.ring_ms = since(o->offers.at[i].made_ms, now);
		emit(c, &e);
	}
	e.ring_ms = 0;
	if (!o->is_answered) {
		e.type = EVENT_SEGMENT_OVERFLOWED;
		e.agent = 0;
		e.wait_ms = since(o->queued_ms, now);
		emit(c, &e);
		return;
	}
	e.agent = o->agent;
	if (o->held_ms)
		emit(c, &(struct event){.type = EVENT_SEGMENT_RESUMED,
				.interaction = o->interaction,
				.segment = o->segment,
				.queue = o->queue,
				.agent = o->agent,
				.hold_ms = held});
	e.type = EVENT_SEGMENT_ENDED;
	e.hold_ms = hold_ms;
	e.number = o->holds;
	e.talk_ms = since(o->answered_ms, now) - hold_ms;
	if (e.talk_ms < 0)
		e.talk_ms = 0;
	emit(c, &e);
}

static void close_recording(struct center *c, const struct open_recording *o)
{
	char path[PATH_MAX];
	int64_t duration_ms = 0;
	int err;

	str_printf(path, sizeof(path), "%s/recordings/%s", c->parts.data_directory, o->path);
	err = media_recording_repair(path, &duration_ms);
	if (err < 0)
		log_error("center", o->interaction, "recording %s cannot be made whole: error %d", path, err);
	emit(c, &(struct event){.type = EVENT_RECORDING_ENDED,
			.interaction = o->interaction,
			.ref = o->id,
			.duration_ms = duration_ms,
			.reason = "system_restart"});
	if (err == 0 && o->is_voicemail && duration_ms >= VOICEMAIL_SHORT_MS)
		emit(c, &(struct event){.type = EVENT_VOICEMAIL_LEFT,
				.interaction = o->interaction,
				.ref = o->id,
				.duration_ms = duration_ms});
}

/* When the process died: not before its last event, nor before its last sign of life. */
static int64_t died_at(const struct replay *r, int64_t now)
{
	int64_t sign = alive_last(r->c->parts.data_directory), died = sign > r->last_ms ? sign : r->last_ms;

	return died > 0 && died < now ? died : now;
}

/* What was open lasted until the process died; it is closed now. Contacts close in order of their ids. */
static void close_open(struct replay *r, const json_t *rows, int64_t now)
{
	struct center *c = r->c;
	struct open_recording *recording;
	struct open_wrap_up *w;
	size_t i;
	json_t *row;

	for (i = 0; (w = map_next(&r->wrap_ups, &i));)
		emit(c, &(struct event){.type = EVENT_WRAP_UP_ENDED,
				.interaction = w->interaction,
				.segment = w->segment,
				.queue = w->queue,
				.agent = w->agent,
				.acw_ms = since(w->started_ms, now),
				.reason = "system_restart"});
	json_array_foreach(rows, i, row)
	{
		uint64_t id = jsonx_id(row, "id");
		const struct open_contact *o = map_get(&r->contacts, id);
		if (o && o->segment)
			close_segment(c, o, now);
	}
	for (i = 0; (recording = map_next(&r->recordings, &i));)
		close_recording(c, recording);
	json_array_foreach(rows, i, row)
		emit(c, &(struct event){.type = EVENT_INTERACTION_ENDED,
				.interaction = jsonx_id(row, "id"),
				.duration_ms = since(jsonx_int(row, "started_at", 0), now),
				.reason = "system_restart"});
	if (json_array_size(rows))
		log_warn("center", 0, "%zu contacts were cut off by the last stop: ended with system_restart",
			json_array_size(rows));
}

static void free_all(struct map *m)
{
	void *p;

	for (size_t i = 0; (p = map_next(m, &i));)
		alloc_free(p);
	map_free(m);
}

int recover(struct center *c)
{
	struct store_reader *reader;
	struct replay r = {.c = c};
	_cleanup_json_ json_t *open = NULL;
	int64_t now = center_wall(c), from = now - REPLAY_MS, oldest;
	int err = store_reader_open(&reader, c->parts.data_directory);

	if (err < 0)
		return err;
	err = store_open_interactions(reader, &open);
	/* Rows come in the order of their ids, so the first is the oldest. */
	oldest = jsonx_int(json_array_get(open, 0), "started_at", from);
	if (oldest < from)
		from = oldest > now - REPLAY_MAX_MS ? oldest : now - REPLAY_MAX_MS;
	if (err == 0)
		err = replay_from(&r, reader, from);
	store_reader_close(reader);
	if (err == 0)
		close_open(&r, open, died_at(&r, now));
	struct open_contact *o;
	for (size_t i = 0; (o = map_next(&r.contacts, &i));)
		contact_free(o);
	map_free(&r.contacts);
	free_all(&r.recordings);
	free_all(&r.wrap_ups);
	return err;
}
