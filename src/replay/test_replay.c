/* Random days through the engine, recorded, replayed: identical, whatever happened; an altered record is
 * found and named. */
#include "base/alloc.h"
#include "base/str.h"
#include "harness/test.h"
#include "route/model/model_roll.h"
#include "replay/replay.h"
#include "route/save.h"
#include "route/words.h"

#include <errno.h>
#include <stdlib.h>

#define STEPS 400
#define WALL INT64_C(1795300000000)

struct day {
	struct record_writer *w;
	struct record_bytes bytes;
	uint64_t decisions;
	int checkpoint_every;	/* steps; 0: none */
	size_t checkpoints[64]; /* where they are in bytes */
	int n_checkpoints;
};

/* The engine as the beginning of a new part of the run. */
static int write_checkpoint(struct day *day, const struct route *r, uint64_t run, int64_t now)
{
	struct route_copy copy;
	struct route_bytes state = {0};
	struct route_actions none = {0};
	int err = route_config_of(r, &copy);

	if (err < 0)
		return err;
	struct route_input in = {.kind = ROUTE_CONFIGURE, .config = &copy.config};
	day->checkpoints[day->n_checkpoints++ % 64] = day->bytes.len;
	err = route_save(r, &state);
	if (err == 0)
		err = record_run(day->w, run, "test", now, WALL + now, &day->bytes);
	if (err == 0)
		err = record_input(day->w, &in, now, 0, &none, &day->bytes);
	if (err == 0)
		err = record_state(day->w, state.at, state.len, route_digest(r), &day->bytes);
	route_bytes_free(&state);
	route_copy_free(&copy);
	return err;
}

/* One run of a server: its inputs are those the model finds sensible. */
static int record_day(struct day *day, uint64_t seed, uint64_t run)
{
	struct dice d = {seed * UINT64_C(0x9e3779b97f4a7c15) + 1};
	struct model *m = calloc(1, sizeof(*m));
	struct roll_config config;
	struct route_actions out = {0};
	struct route *r = NULL;
	uint64_t next = 0;
	int64_t now = 7000;
	int err = m ? route_new(&r, 4) : -ENOMEM;

	if (err == 0)
		err = record_run(day->w, run, "test", now, WALL + now, &day->bytes);
	for (int i = 0; i < STEPS && err == 0; i++) {
		struct route_input in = {.kind = ROUTE_CONFIGURE, .config = &config.c};
		now += model_roll(&d, 3) ? 0 : model_roll(&d, 2000);
		if (i % 100 == 0)
			model_roll_config(&d, &config, (uint64_t)i);
		else
			model_roll_input(&d, m, &in, &next);
		int rc = route_step(r, &in, now, &out);
		model_step(m, &in, now);
		err = record_input(day->w, &in, now, rc, &out, &day->bytes);
		if (err == 0 && day->checkpoint_every &&
			i % day->checkpoint_every == day->checkpoint_every - 1)
			err = write_checkpoint(day, r, run, now);
		for (size_t k = 0; k < out.len; k++)
			day->decisions += out.at[k].kind == ROUTE_OFFER || out.at[k].kind == ROUTE_RESERVE;
	}
	route_free(r);
	route_actions_free(&out);
	free(m);
	return err;
}

static void day_free(struct day *day)
{
	record_writer_free(day->w);
	record_bytes_free(&day->bytes);
}
#define _cleanup_day_ __attribute__((cleanup(day_free)))

static void replay_freep(struct replay **p)
{
	replay_free(*p);
}
#define _cleanup_replay_ __attribute__((cleanup(replay_freep)))

TEST(recorded_days_replay_identically)
{
	for (uint64_t seed = 1; seed <= 40; seed++) {
		_cleanup_day_ struct day day = {0};
		_cleanup_replay_ struct replay *p = NULL;
		CHECK_INT(record_writer_new(&day.w), 0);
		for (uint64_t run = 1; run <= 3; run++)
			CHECK_INT(record_day(&day, seed * 10 + run, run), 0);
		CHECK_INT(replay_new(&p, &(struct replay_options){0}), 0);
		CHECK_INT(replay_feed(p, day.bytes.at, day.bytes.len, NULL), 0);
		const struct replay_result *s = replay_result(p);
		CHECK_INT(s->runs_different, 0);
		CHECK_INT(s->runs, 3);
		CHECK_INT(s->inputs, 3 * STEPS);
		CHECK_INT(s->decisions, day.decisions);
		CHECK_STR(s->program, "test");
		CHECK(s->first_ms >= WALL + 7000);
	}
}

TEST(a_run_can_begin_at_any_checkpoint)
{
	for (uint64_t seed = 50; seed < 70; seed++) {
		_cleanup_day_ struct day day = {.checkpoint_every = 41};
		CHECK_INT(record_writer_new(&day.w), 0);
		CHECK_INT(record_day(&day, seed, 7), 0);
		CHECK_INT(day.n_checkpoints, STEPS / 41);
		for (int i = -1; i < day.n_checkpoints; i++) {
			_cleanup_replay_ struct replay *p = NULL;
			size_t from = i < 0 ? 0 : day.checkpoints[i];
			CHECK_INT(replay_new(&p, &(struct replay_options){0}), 0);
			CHECK_INT(replay_feed(p, day.bytes.at + from, day.bytes.len - from, NULL), 0);
			const struct replay_result *s = replay_result(p);
			CHECK_INT(s->runs_different, 0);
			CHECK_INT(s->runs, day.n_checkpoints - i);
			CHECK_INT(s->inputs, STEPS - (i + 1) * 41 + (day.n_checkpoints - (i < 0 ? 0 : i)));
		}
	}
}

TEST(a_checkpoint_that_lies_is_found)
{
	_cleanup_day_ struct day day = {0}, lie = {0};
	_cleanup_replay_ struct replay *p = NULL;
	struct route *other = NULL;

	CHECK_INT(record_writer_new(&day.w), 0);
	CHECK_INT(record_writer_new(&lie.w), 0);
	CHECK_INT(record_day(&day, 80, 7), 0);
	CHECK_INT(route_new(&other, 1), 0); /* an empty engine, said to be that of the same run */
	int err = write_checkpoint(&lie, other, 7, 999999);
	route_free(other);
	CHECK_INT(err, 0);
	CHECK_INT(replay_new(&p, &(struct replay_options){0}), 0);
	CHECK_INT(replay_feed(p, day.bytes.at, day.bytes.len, NULL), 0);
	CHECK_INT(replay_feed(p, lie.bytes.at, lie.bytes.len, NULL), 0);
	CHECK_INT(replay_result(p)->runs_different, 1);
	CHECK_INT(replay_result(p)->difference.record.kind, RECORD_STATE);
}

/* Where record number n begins. */
static size_t place_of(const struct day *day, size_t n)
{
	struct record_reader *rd = NULL;
	struct record r;
	size_t at = 0;

	if (record_reader_new(&rd) < 0)
		abort();
	while (n-- > 0 && record_next(rd, day->bytes.at, day->bytes.len, &at, &r) == 1)
		;
	record_reader_free(rd);
	return at;
}

struct heard {
	uint64_t steps, explained, last_decision;
	int64_t first_ms;
};

static void hear(const struct replay_step *step, void *arg)
{
	struct heard *h = arg;
	struct route_decision d;

	h->steps++;
	h->first_ms = h->first_ms ? h->first_ms : step->record->wall_ms;
	for (size_t i = 0; i < step->actions->len; i++) {
		const struct route_action *a = &step->actions->at[i];
		if (a->kind == ROUTE_OFFER && route_explain(step->route, a->decision, &d) == 0 &&
			d.segment == a->segment)
			h->explained++;
	}
}

TEST(an_altered_record_is_found_and_named)
{
	_cleanup_day_ struct day day = {0};
	_cleanup_replay_ struct replay *p = NULL;
	struct record_bytes altered = {0};
	struct route_actions none = {0};

	CHECK_INT(record_writer_new(&day.w), 0);
	CHECK_INT(record_day(&day, 5, 1), 0);
	size_t second = day.bytes.len;
	CHECK_INT(record_day(&day, 6, 2), 0);
	CHECK_INT(record_day(&day, 7, 3), 0);
	/* Behind the configuration of run 2 an input nobody gave. */
	struct record_writer *w = NULL;
	struct route_input in = {.kind = ROUTE_ENQUEUE, .segment = 999999, .queue = 77777};
	CHECK_INT(record_writer_new(&w), 0);
	CHECK_INT(record_run(w, 2, "older", 7000, WALL + 7000, &altered), 0);
	CHECK_INT(record_input(w, &in, 7100, 0, &none, &altered), 0); /* in truth it is refused */
	record_writer_free(w);
	CHECK_INT(replay_new(&p, &(struct replay_options){0}), 0);
	CHECK_INT(replay_feed(p, day.bytes.at, second, NULL), 0);
	CHECK_INT(replay_feed(p, altered.at, altered.len, NULL), 0);
	size_t third = place_of(&day, 2 * (STEPS + 1));
	CHECK_INT(replay_feed(p, day.bytes.at + third, day.bytes.len - third, NULL), 0);
	record_bytes_free(&altered);
	const struct replay_result *s = replay_result(p);
	CHECK_INT(s->runs, 3);
	CHECK_INT(s->runs_different, 1);
	CHECK_INT(s->difference.number, 1);
	CHECK_INT(s->difference.record.run, 2);
	CHECK_INT(s->difference.record.wall_ms, WALL + 7100);
	CHECK_INT(s->difference.record.input.segment, 999999);
	CHECK_INT(s->difference.n_actions, 1);
	CHECK_STR(route_action_word(s->difference.actions[0].kind), "refused");
	CHECK_STR(s->difference.record.program, "older");
	CHECK_INT(s->inputs, 2 * STEPS + 1);
}

TEST(a_period_is_counted_and_explained)
{
	_cleanup_day_ struct day day = {0};
	_cleanup_replay_ struct replay *all = NULL, *part = NULL;
	struct heard h = {0};

	CHECK_INT(record_writer_new(&day.w), 0);
	CHECK_INT(record_day(&day, 8, 1), 0);
	CHECK_INT(replay_new(&all, &(struct replay_options){.on_step = hear, .arg = &h, .explain_max = 500}),
		0);
	CHECK_INT(replay_feed(all, day.bytes.at, day.bytes.len, NULL), 0);
	const struct replay_result *s = replay_result(all);
	CHECK_INT(h.steps, STEPS);
	CHECK(h.explained > 10);
	struct replay_options o = {.from_ms = s->first_ms + (s->last_ms - s->first_ms) / 3,
		.to_ms = s->last_ms - (s->last_ms - s->first_ms) / 3,
		.on_step = hear,
		.arg = &h};
	h = (struct heard){0};
	CHECK_INT(replay_new(&part, &o), 0);
	CHECK_INT(replay_feed(part, day.bytes.at, day.bytes.len, NULL), 1);
	s = replay_result(part);
	CHECK(s->inputs > 0 && s->inputs < STEPS && s->first_ms >= o.from_ms && s->last_ms < o.to_ms);
	CHECK_INT(h.steps, s->inputs);
	CHECK_INT(h.first_ms, s->first_ms);
}

TEST_OOM(replay_without_memory)
{
	_cleanup_day_ struct day day = {0};
	_cleanup_replay_ struct replay *p = NULL;
	static uint8_t *bytes;
	static size_t n;

	if (!bytes) { /* once, with memory */
		alloc_fail_at(-1);
		if (record_writer_new(&day.w) < 0 || record_day(&day, 9, 1) < 0)
			abort();
		bytes = malloc(n = day.bytes.len);
		if (!bytes)
			abort();
		memcpy(bytes, day.bytes.at, n);
		alloc_fail_at(0);
	}
	int err = replay_new(&p, &(struct replay_options){0});
	if (err == 0)
		err = replay_feed(p, bytes, n, NULL);
	if (err == -ENOMEM)
		return;
	CHECK_INT(err, 0);
}
