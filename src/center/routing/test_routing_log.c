/* What the centre wrote into the routing log, decided again by another engine: identical, over crashes and
 * configurations; an altered row is found and named. */
#include "base/log.h"
#include "center/routing/old_decisions.h"
#include "center/routing/routing_log.h"
#include "center/test_parts.h"
#include "replay/record.h"
#include "replay/replay.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static struct replay *replay_of(struct world *w)
{
	struct replay *p = NULL;

	if (replay_new(&p, &(struct replay_options){0}) < 0)
		abort();
	if (!world_replay(w, p))
		test_fail(__FILE__, __LINE__, "the routing log cannot be read");
	return p;
}

static void replay_freep(struct replay **p)
{
	replay_free(*p);
}
#define _cleanup_replay_ __attribute__((cleanup(replay_freep)))

TEST(calls_replay_identically)
{
	WITH_DESK(w, d);

	CHECK_STR(world_ask(&w, d.bob_page, "'agent.offline'"), ""); /* every call is ann's */
	for (int i = 0; i < 5; i++) {
		uint64_t leg = desk_talk(&w, &d);
		world_sip(&w, SIP_ENDED, leg, 0);
		world_pass(&w, 60000);
	}
	_cleanup_replay_ struct replay *p = replay_of(&w);
	const struct replay_result *s = replay_result(p);
	CHECK_INT(s->runs, 1);
	CHECK_INT(s->runs_different, 0);
	CHECK(s->inputs > 20);
	CHECK_INT(s->decisions, world_count(&w, EVENT_OFFER_MADE));
	CHECK_STR(s->program, MARKAZ_VERSION);
}

TEST(each_start_is_a_run_of_its_own)
{
	WITH_DESK(w, d);

	for (int i = 0; i < 3; i++) {
		desk_talk(&w, &d);
		world_pass(&w, 1000); /* the log is on its way; the call is cut off */
		world_crash(&w);
		CHECK(world_start(&w));
		d.ann_page = world_ready(&w, d.ann);
		d.bob_page = world_ready(&w, d.bob);
	}
	_cleanup_replay_ struct replay *p = replay_of(&w);
	CHECK_INT(replay_result(p)->runs, 4);
	CHECK_INT(replay_result(p)->runs_different, 0);
	CHECK(replay_result(p)->decisions >= 3);
}

TEST(an_altered_row_is_found_and_named)
{
	WITH_DESK(w, d);
	struct record_writer *writer = NULL;
	struct record_bytes bytes = {0};
	struct route_actions none = {0};
	struct route_input in = {.kind = ROUTE_ENQUEUE, .segment = 4711, .queue = 1};

	desk_talk(&w, &d);
	world_pass(&w, 1000);
	/* A run nobody lived: it says an unknown queue took the caller. */
	CHECK_INT(record_writer_new(&writer), 0);
	CHECK_INT(record_run(writer, 99, "0.0.9", 0, 1795300000000, &bytes), 0);
	CHECK_INT(record_input(writer, &in, 1, 0, &none, &bytes), 0);
	CHECK_INT(store_route_log_append(w.store.store, 99, 1795300000000, true, 2, bytes.at, bytes.len), 0);
	record_writer_free(writer);
	record_bytes_free(&bytes);
	_cleanup_replay_ struct replay *p = replay_of(&w);
	const struct replay_result *s = replay_result(p);
	CHECK_INT(s->runs, 2);
	CHECK_INT(s->runs_different, 1);
	CHECK_INT(s->difference.record.run, 99);
	CHECK_INT(s->difference.record.input.segment, 4711);
	CHECK_INT(s->difference.number, 1);
	CHECK_STR(s->difference.record.program, "0.0.9");
	CHECK_INT(s->difference.actions[0].kind, ROUTE_REFUSED);
}

/* What logging an input costs, beside making the decision: counted, not asserted on time. */
TEST(an_input_takes_few_bytes)
{
	WITH_DESK(w, d);
	uint64_t rows = 0;

	CHECK_STR(world_ask(&w, d.bob_page, "'agent.offline'"), "");
	for (int i = 0; i < 50; i++) {
		uint64_t leg = desk_talk(&w, &d);
		world_sip(&w, SIP_ENDED, leg, 0);
		world_pass(&w, 60000);
	}
	size_t bytes = world_log_bytes(&w, &rows);
	_cleanup_replay_ struct replay *p = replay_of(&w);
	uint64_t inputs = replay_result(p)->inputs;
	printf("# %zu bytes in %llu rows for %llu inputs\n", bytes, (unsigned long long)rows,
		(unsigned long long)inputs);
	CHECK(inputs > 200 && bytes < inputs * 30);
}

TEST(a_decision_no_longer_kept_is_derived_anew)
{
	WITH_DESK(w, d);
	struct center_decision wish[2];
	_cleanup_json_ json_t *found = NULL, *nothing = NULL;
	uint64_t rows;
	int64_t at_ms = w.center->wall_ms();

	desk_talk(&w, &d);
	const struct logged *offer = world_last(&w, EVENT_OFFER_MADE);
	CHECK(offer);
	wish[0] = (struct center_decision){(uint64_t)offer->e.number, offer->e.segment};
	wish[1] = (struct center_decision){(uint64_t)offer->e.number + 100, offer->e.segment};
	CHECK(world_log_bytes(&w, &rows) > 0); /* it is in the database */
	CHECK_INT(old_decisions(w.store.reader, at_ms, wish, 2, &found), 0);
	CHECK_INT(json_array_size(found), 1);
	const json_t *one = json_array_get(found, 0);
	CHECK_INT(jsonx_id(one, "agent"), d.ann);
	CHECK_INT(jsonx_id(one, "queue"), w.support);
	CHECK_INT(jsonx_int(one, "n_considered", 0), 2);
	CHECK_STR(jsonx_text(json_array_get(json_object_get(one, "candidates"), 0), "verdict", ""), "chosen");
	wish[0].segment++; /* another start's */
	CHECK_INT(old_decisions(w.store.reader, at_ms, wish, 1, &nothing), 0);
	CHECK_INT(json_array_size(nothing), 0);
}

static bool feed_row(const struct store_log_row *row, void *arg)
{
	return replay_feed(arg, row->data, row->n, NULL) == 0;
}

TEST(a_new_day_begins_with_a_checkpoint_in_mid_call)
{
	WITH_DESK(w, d);
	uint64_t leg = desk_talk(&w, &d), rows, id;

	CHECK_INT(route_feed(w.center, &(struct route_input){.kind = ROUTE_RESET}), 0);
	int64_t midnight = w.center->wall_ms();
	world_pass(&w, 5000);
	world_sip(&w, SIP_ENDED, leg, 0);
	world_pass(&w, 60000);
	world_call(&w, "100", "1000");
	world_pass(&w, 2000);
	_cleanup_replay_ struct replay *all = replay_of(&w), *later = NULL;
	CHECK_INT(replay_result(all)->runs, 2); /* the start and the checkpoint */
	CHECK_INT(replay_result(all)->runs_different, 0);
	/* From the checkpoint alone: the call that was under way ends, the wrap-up too, the next one rings.
	 */
	CHECK(world_log_bytes(&w, &rows) > 0);
	CHECK_INT(store_route_log_start(w.store.reader, midnight + 1000, &id), 0);
	CHECK(id > 1);
	CHECK_INT(replay_new(&later, &(struct replay_options){0}), 0);
	CHECK_INT(store_route_log(w.store.reader, id, feed_row, later), 0);
	const struct replay_result *s = replay_result(later);
	CHECK_INT(s->runs, 1);
	CHECK_INT(s->runs_different, 0);
	CHECK_INT(s->decisions, 1);
	CHECK(s->inputs >= 4);
}

/* A disk that refuses for very long: the log ends, and begins anew with a checkpoint. */
TEST(a_log_with_a_gap_begins_anew)
{
	WITH_DESK(w, d);
	struct routing_log *log = NULL;
	struct route_actions none = {0};
	struct route_input in = {.kind = ROUTE_TIME, .segment = d.ann};
	const int64_t now = 1000, wall = 1795300000000;

	CHECK_INT(routing_log_new(&log, NULL, now, wall), 0);
	world_log = (struct world_log){.is_refusing = true};
	for (int i = 0; i < 100; i++)
		routing_log_input(log, &in, now + i, wall + i, 0, &none);
	CHECK(routing_log_due(log) <= now + ROUTING_LOG_FLUSH_MS);
	routing_log_run(log, w.center->route, now + 200, wall + 200);
	CHECK(routing_log_due(log) > now + 200 && routing_log_due(log) <= now + 5000); /* again soon */
	for (int i = 0; i < ROUTING_LOG_BYTES_MAX / 5; i++)
		routing_log_input(log, &in, now + 200, wall + 200, 0, &none);
	CHECK_INT(world_log.parts, 0);
	world_log.is_refusing = false;
	routing_log_run(log, w.center->route, now + 3000, wall + 3000);
	CHECK_INT(world_log.parts, 1); /* what there was before the gap */
	CHECK(world_log.bytes > ROUTING_LOG_BYTES_MAX);
	routing_log_input(log, &in, now + 4000, wall + 4000, 0, &none);
	CHECK_INT(world_log.starts, 1); /* nothing is added behind a gap */
	routing_log_run(log, w.center->route, routing_log_due(log), wall + 70000);
	CHECK_INT(world_log.starts, 2);
	routing_log_input(log, &in, now + 71000, wall + 71000, 0, &none);
	routing_log_run(log, w.center->route, now + 72000, wall + 72000);
	CHECK_INT(world_log.starts, 2);
	CHECK_INT(world_log.parts, 3);
	routing_log_free(log);
}
