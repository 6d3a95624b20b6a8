/* The process dies: what the engine must be when it is made again, of the routing log from its beginning or
 * of a checkpoint, and that it goes on as the first would have. */
#include "sim/fuzz/fuzz_parts.h"
#include "route/save.h"

#define TWIN_INPUTS 40 /* inputs both engines are fed afterwards */

/* The twin answers the same; after a while it is the engine. */
void fuzz_step_twin(struct fuzz *f, const struct fuzz_input *input, int rc)
{
	int twin_rc = route_step(f->twin, &input->in, input->now_ms, &f->twin_out);

	if (twin_rc != rc || record_hash(&f->twin_out) != record_hash(&f->out))
		fuzz_fail(f, "replay_is_equal", "an engine made of the log answers otherwise");
	if (route_digest(f->twin) != route_digest(f->route))
		fuzz_fail(f, "replay_is_equal",
			"an engine made of the log has another digest after an input more");
	if (--f->twin_left > 0)
		return;
	route_free(f->route);
	f->route = TAKE_PTR(f->twin);
}

/* Feeds the whole log to r; what it answers must be what was written. */
static int replay(struct fuzz *f, struct route *r, struct record_reader *reader)
{
	struct record record;
	size_t at = 0;
	int got;

	while ((got = record_next(reader, f->log.at, f->log.len, &at, &record)) > 0) {
		if (record.kind != RECORD_INPUT)
			continue;
		int rc = route_step(r, &record.input, record.now_ms, &f->twin_out);
		if (rc == -ENOMEM)
			return rc;
		if (rc != record.rc || record_hash(&f->twin_out) != record.hash)
			fuzz_fail(f, "replay_is_equal", "the log replayed gives other actions");
	}
	if (got < 0 && got != -ENOMEM)
		fuzz_fail(f, "replay_is_equal", "the log cannot be read");
	return got == -ENOMEM ? got : 0;
}

static void compare(struct fuzz *f, const struct route *r)
{
	struct route_queue_counts a, b;

	if (route_digest(r) != route_digest(f->route))
		fuzz_fail(f, "replay_is_equal", "an engine made of the log has another digest");
	if (route_next_due(r) != route_next_due(f->route))
		fuzz_fail(f, "replay_is_equal", "an engine made of the log has another next deadline");
	for (uint64_t q = 1; q <= FUZZ_QUEUES; q++) {
		int rc_a = route_queue_counts(f->route, q, &a), rc_b = route_queue_counts(r, q, &b);
		if (rc_a != rc_b ||
			(rc_a == 0 && (a.waiting != b.waiting || a.offered != b.offered || a.owed != b.owed ||
					      a.connected != b.connected || a.agents_free != b.agents_free)))
			fuzz_fail(f, "replay_is_equal", "an engine made of the log counts otherwise");
	}
}

/* r becomes what the engine is, by way of the checkpoint of a routing log. */
static int restore(struct fuzz *f, struct route *r)
{
	struct route_copy copy = {0};
	struct route_bytes bytes = {0};
	int err = route_config_of(f->route, &copy);

	if (!err)
		err = route_save(f->route, &bytes);
	if (!err) {
		struct route_input in = {.kind = ROUTE_CONFIGURE, .config = &copy.config};
		err = route_step(r, &in, f->last_ms, &f->twin_out);
	}
	if (!err)
		err = route_load(r, bytes.at, bytes.len);
	route_bytes_free(&bytes);
	route_copy_free(&copy);
	if (err && err != -ENOMEM) {
		fuzz_fail(f, "replay_is_equal", "the checkpoint cannot be read");
		return 0;
	}
	return err;
}

int fuzz_crash(struct fuzz *f, bool has_checkpoint)
{
	struct record_reader *reader = NULL;
	struct route *r = NULL;
	int err = route_new(&r, 8);

	if (!err)
		err = record_reader_new(&reader);
	if (!err)
		err = has_checkpoint ? restore(f, r) : replay(f, r, reader);
	if (!err)
		compare(f, r);
	f->report->n_replays++;
	record_reader_free(reader);
	route_free(f->twin);
	f->twin = r;
	f->twin_left = TWIN_INPUTS;
	return err;
}
