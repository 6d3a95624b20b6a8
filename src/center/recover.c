/* After a start: today's figures are folded from the log, and what a crash left open is closed with reason
 * system_restart. Nothing is missing and nothing doubled: the closing events are ordinary events, appended
 * once. */
#include "base/arena.h"
#include "base/id.h"
#include "base/log.h"
#include "base/str.h"
#include "center/state.h"

#include <errno.h>
#include <limits.h>

#define PAGE 5000

struct replay {
	struct center *c;
	uint64_t last_seq;
	int err;
};

static void remember_agent(struct center *c, const struct event *e)
{
	struct restored *r = map_get(&c->restored, e->agent);

	if (!r) {
		r = alloc_zero(sizeof(*r));
		if (!r || map_put(&c->restored, e->agent, r) < 0) {
			alloc_free(r);
			return;
		}
	}
	r->agent = e->agent;
	r->break_reason = e->ref;
	str_put(r->state, sizeof(r->state), e->reason);
	r->at_ms = e->at_ms;
}

static bool on_event(const struct event *e, void *arg)
{
	struct replay *r = arg;

	r->err = kpi_apply(r->c->fold, e);
	r->last_seq = e->seq;
	if (e->type == EVENT_AGENT_STATE)
		remember_agent(r->c, e);
	return r->err == 0;
}

static int fold_today(struct center *c, struct store_reader *reader, int64_t from_ms)
{
	struct replay r = {.c = c};
	uint64_t seq = store_seq_at(reader, from_ms);

	while (seq) {
		r.last_seq = 0;
		int err = store_events(reader, seq, PAGE, on_event, &r);
		if (err < 0 || r.err < 0)
			return err < 0 ? err : r.err;
		if (!r.last_seq)
			break;
		seq = r.last_seq + 1;
	}
	return 0;
}

static int64_t since(const json_t *row, const char *key, int64_t now)
{
	int64_t at = jsonx_int(row, key, 0);

	return at && at < now ? now - at : 0;
}

static void close_segment(struct center *c, uint64_t interaction, const json_t *s, int64_t now)
{
	uint64_t id = jsonx_id(s, "id"), queue = jsonx_id(s, "queue"), agent = jsonx_id(s, "agent");
	const char *state = jsonx_text(s, "state", "");

	if (str_equal(state, "offered"))
		emit(c, &(struct event){.type = EVENT_OFFER_ENDED,
				.interaction = interaction,
				.segment = id,
				.queue = queue,
				.agent = agent,
				.ring_ms = since(s, "offered_at", now),
				.reason = "system_restart"});
	if (str_equal(state, "answered"))
		emit(c, &(struct event){.type = EVENT_SEGMENT_ENDED,
				.interaction = interaction,
				.segment = id,
				.queue = queue,
				.agent = agent,
				.talk_ms = since(s, "answered_at", now),
				.reason = "system_restart"});
	else if (str_equal(state, "wrap_up"))
		emit(c, &(struct event){.type = EVENT_WRAP_UP_ENDED,
				.interaction = interaction,
				.segment = id,
				.queue = queue,
				.agent = agent,
				.acw_ms = since(s, "ended_at", now),
				.reason = "system_restart"});
	else
		emit(c, &(struct event){.type = EVENT_SEGMENT_OVERFLOWED,
				.interaction = interaction,
				.segment = id,
				.queue = queue,
				.wait_ms = since(s, "queued_at", now),
				.reason = "system_restart"});
}

static void close_recording(struct center *c, uint64_t interaction, const json_t *r)
{
	char path[PATH_MAX];
	int64_t duration_ms = 0;
	int err;

	str_printf(
		path, sizeof(path), "%s/recordings/%s", c->parts.data_directory, jsonx_text(r, "path", ""));
	err = media_recording_repair(path, &duration_ms);
	if (err < 0)
		log_error("center", interaction, "recording %s cannot be made whole: error %d", path, err);
	emit(c, &(struct event){.type = EVENT_RECORDING_ENDED,
			.interaction = interaction,
			.ref = jsonx_id(r, "id"),
			.duration_ms = duration_ms,
			.reason = "system_restart"});
}

/* The moment the crash happened is not known; the log's last event is the last moment we do know. */
static void close_open(struct center *c, const json_t *rows, int64_t now)
{
	size_t i, k;
	json_t *row, *part;

	json_array_foreach(rows, i, row)
	{
		uint64_t id = jsonx_id(row, "id");
		json_array_foreach(json_object_get(row, "segments"), k, part) close_segment(c, id, part, now);
		json_array_foreach(json_object_get(row, "recordings"), k, part) close_recording(c, id, part);
		if (!jsonx_int(row, "ended_at", 0))
			emit(c, &(struct event){.type = EVENT_INTERACTION_ENDED,
					.interaction = id,
					.duration_ms = since(row, "started_at", now),
					.reason = "system_restart"});
	}
	if (json_array_size(rows))
		log_warn("center", 0, "%zu contacts were cut off by the last stop: ended with system_restart",
			json_array_size(rows));
}

int recover(struct center *c)
{
	struct store_reader *reader;
	_cleanup_json_ json_t *open = NULL;
	int64_t now = center_wall(c);
	int err = store_reader_open(&reader, c->parts.data_directory);

	if (err < 0)
		return err;
	err = fold_today(c, reader, now - 25 * 3600 * 1000LL);
	if (err == 0)
		err = store_open_interactions(reader, &open);
	store_reader_close(reader);
	if (err < 0)
		return err;
	close_open(c, open, now);
	return 0;
}
