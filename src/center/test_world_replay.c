/* The routing log of a world, read as `markaz replay` reads it. See test_parts.h. */
#include "center/routing/routing_log.h"
#include "center/test_parts.h"
#include "replay/replay.h"

#include <errno.h>

struct world_log world_log;

int __real_store_route_log_append(struct store *s, uint64_t run, int64_t at_ms, bool is_start,
	uint32_t records, const void *data, size_t n);
int __wrap_store_route_log_append(struct store *s, uint64_t run, int64_t at_ms, bool is_start,
	uint32_t records, const void *data, size_t n);

int __wrap_store_route_log_append(struct store *s, uint64_t run, int64_t at_ms, bool is_start,
	uint32_t records, const void *data, size_t n)
{
	if (world_log.is_refusing)
		return -ENOBUFS;
	world_log.parts++;
	world_log.starts += is_start;
	world_log.bytes += n;
	return s ? __real_store_route_log_append(s, run, at_ms, is_start, records, data, n) : 0;
}

/* Everything decided so far is in the database. */
static bool wait_for_log(struct world *w)
{
	struct event e = {.type = EVENT_SYSTEM_STARTED, .at_ms = 1};

	if (w->center)
		routing_log_flush(w->center->routing_log, world_now());
	if (!w->center || !w->store.store)
		return false;
	emit(w->center, &e); /* written after what was handed on before it */
	return e.seq && fixture_wait(&w->store, e.seq);
}

static bool feed(const struct store_log_row *row, void *arg)
{
	struct replay *p = arg;
	size_t at = 0;
	int err = replay_feed(p, row->data, row->n, &at);

	if (err < 0)
		world_fail(__FILE__, __LINE__, "row %llu of the routing log fails at byte %zu of %zu: %d",
			(unsigned long long)row->id, at, row->n, err);
	return err == 0;
}

bool world_replay(struct world *w, struct replay *p)
{
	return wait_for_log(w) && store_route_log(w->store.reader, 0, feed, p) == 0;
}

static bool add(const struct store_log_row *row, void *arg)
{
	size_t *sums = arg;

	sums[0] += row->n;
	sums[1]++;
	return true;
}

size_t world_log_bytes(struct world *w, uint64_t *ret_rows)
{
	size_t sums[2] = {0};

	if (!wait_for_log(w) || store_route_log(w->store.reader, 0, add, sums) < 0)
		return 0;
	*ret_rows = sums[1];
	return sums[0];
}

void world_check_replay(struct world *w)
{
	struct replay *p = NULL;

	if (replay_new(&p, &(struct replay_options){0}) < 0 || !world_replay(w, p))
		world_fail(__FILE__, __LINE__, "the routing log cannot be replayed");
	const struct replay_result *s = p ? replay_result(p) : NULL;
	if (s && (s->runs_different || s->inputs == 0))
		world_fail(__FILE__, __LINE__,
			"replay differs at input %llu of run %llu: kind %d, recorded %d with %u actions, now "
			"%d with %u",
			(unsigned long long)s->difference.number,
			(unsigned long long)s->difference.record.run, (int)s->difference.record.input.kind,
			s->difference.record.rc, s->difference.record.n_actions, s->difference.rc,
			s->difference.n_actions);
	replay_free(p);
}
