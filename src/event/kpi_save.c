/* A fold as bytes and back; see kpi.h. Counters that are 0 take no room: an interval says in one number which
 * of them follow. Rows and segments go by ascending id, so that equal folds are equal bytes.
 *
 * Which of an interaction's open segments comes first is not kept: they all end together, and sums know no
 * order. */
#include "base/alloc.h"
#include "event/kpi_fold.h"
#include "event/pack.h"

#include <errno.h>
#include <string.h>

#define KPI_NAME "MKPI"
#define KPI_VERSION 1
#define COUNTERS (sizeof(struct kpi_counts) / sizeof(int64_t))
#define TIME_MAX (INT64_C(1) << 60)
#define INDEX_MAX (TIME_MAX / KPI_INTERVAL_MS)
_Static_assert(COUNTERS <= 64, "one bit each");

static void save_interval(struct pack *p, const struct interval *i, int64_t before)
{
	int64_t values[COUNTERS];
	uint64_t set = 0, bucket = 0;

	memcpy(values, &i->c, sizeof(values));
	for (size_t k = 0; k < COUNTERS; k++)
		set |= (uint64_t)(values[k] != 0) << k;
	pack_int(p, i->index - before);
	pack_uint(p, set);
	for (size_t k = 0; k < COUNTERS; k++)
		if (values[k])
			pack_int(p, values[k]);
	pack_uint(p, i->waits.entries.len);
	VEC_EACH(&i->waits.entries, k)
	{
		const struct histogram_entry *e = &i->waits.entries.at[k];
		pack_uint(p, e->bucket - bucket);
		pack_uint(p, e->count);
		bucket = e->bucket;
	}
}

static void save_row(struct pack *p, const void *value)
{
	const struct row *r = value;
	int64_t before = 0;

	pack_int(p, r->short_abandon_ms);
	pack_int(p, r->service_level_ms);
	pack_int(p, r->forgotten_waiting);
	pack_uint(p, r->state);
	pack_int(p, r->since_ms);
	pack_uint(p, r->intervals.len);
	VEC_EACH(&r->intervals, i)
	{
		save_interval(p, &r->intervals.at[i], before);
		before = r->intervals.at[i].index;
	}
}

static void save_segment(struct pack *p, const void *value)
{
	const struct segment *s = value;

	pack_uint(p, s->queue);
	pack_uint(p, s->agent);
	pack_uint(p, s->interaction);
	pack_int(p, s->queued_ms);
	pack_uint(p, s->is_waiting);
	pack_uint(p, (uint64_t)s->n_estimates);
	for (int i = 0; i < s->n_estimates; i++) {
		pack_int(p, s->estimates[i].at_ms);
		pack_int(p, s->estimates[i].estimate_ms);
	}
}

int kpi_save(const struct kpi_fold *f, uint8_t **ret_data, size_t *ret_n)
{
	struct pack p = {0};

	pack_begin(&p, KPI_NAME, KPI_VERSION);
	pack_uint(&p, COUNTERS);
	pack_int(&p, f->last_ms);
	save_row(&p, &f->house);
	pack_map(&p, &f->queues, save_row);
	pack_map(&p, &f->agents, save_row);
	pack_map(&p, &f->segments, save_segment);
	return pack_end(&p, ret_data, ret_n);
}

/* --- loading
 * ---------------------------------------------------------------------------------------------------------
 */

static int load_waits(struct unpack *u, struct histogram *h)
{
	size_t n = unpack_count(u);
	uint64_t bucket = 0;

	if (n > HISTOGRAM_BUCKETS)
		u->failed = true;
	if (u->failed || n == 0)
		return 0;
	if (!VEC_RESERVE(&h->entries, n))
		return -ENOMEM;
	for (size_t i = 0; i < n && !u->failed; i++) {
		uint64_t step = unpack_uint(u), count = unpack_uint(u);
		bucket += step;
		if ((i > 0 && step == 0) || step >= HISTOGRAM_BUCKETS || bucket >= HISTOGRAM_BUCKETS ||
			count > UINT32_MAX)
			u->failed = true;
		else
			h->entries.at[h->entries.len++] = (struct histogram_entry){
				.bucket = (uint16_t)bucket, .count = (uint32_t)count};
	}
	return 0;
}

static int load_interval(struct unpack *u, struct row *r, int64_t *before)
{
	int64_t values[COUNTERS] = {0}, step = unpack_within(u, -INDEX_MAX, INDEX_MAX);
	struct interval i = {.index = *before + step};
	uint64_t set = unpack_uint(u);

	if (i.index < -INDEX_MAX || i.index > INDEX_MAX || (r->intervals.len > 0 && step <= 0) ||
		(COUNTERS < 64 && set >> COUNTERS))
		u->failed = true;
	for (size_t k = 0; k < COUNTERS; k++)
		if (set >> k & 1)
			values[k] = unpack_int(u);
	memcpy(&i.c, values, sizeof(values));
	*before = i.index;
	if (u->failed)
		return 0;
	if (VEC_PUSH(&r->intervals, i) < 0)
		return -ENOMEM;
	return load_waits(u, &r->intervals.at[r->intervals.len - 1].waits);
}

static int load_row(struct unpack *u, struct row *r)
{
	int64_t before = 0;
	int err = 0;

	r->short_abandon_ms = (int32_t)unpack_within(u, INT32_MIN, INT32_MAX);
	r->service_level_ms = (int32_t)unpack_within(u, INT32_MIN, INT32_MAX);
	r->forgotten_waiting = unpack_int(u);
	uint64_t state = unpack_uint(u);
	r->since_ms = unpack_within(u, -TIME_MAX, TIME_MAX);
	size_t n = unpack_count(u);
	if (state > STATE_NOT_RESPONDING)
		u->failed = true;
	if (u->failed)
		return 0;
	r->state = (enum state)state;
	for (size_t i = 0; i < n && err == 0 && !u->failed; i++)
		err = load_interval(u, r, &before);
	return err;
}

static int load_row_value(struct unpack *u, void *map, uint64_t id)
{
	struct row *r = alloc_zero(sizeof(*r));

	if (!r)
		return -ENOMEM;
	r->id = id;
	if (map_put(map, id, r) < 0) {
		alloc_free(r);
		return -ENOMEM;
	}
	return load_row(u, r);
}

static int load_segment(struct unpack *u, void *fold, uint64_t id)
{
	struct kpi_fold *f = fold;
	struct segment *s = alloc_zero(sizeof(*s));

	if (!s || map_put(&f->segments, id, s) < 0) {
		alloc_free(s);
		return -ENOMEM;
	}
	s->id = id;
	s->queue = unpack_uint(u);
	s->agent = unpack_uint(u);
	s->interaction = unpack_uint(u);
	s->queued_ms = unpack_within(u, -TIME_MAX, TIME_MAX);
	uint64_t is_waiting = unpack_uint(u), n = unpack_uint(u);
	if (is_waiting > 1 || n > ESTIMATES_MAX || !s->queue)
		u->failed = true;
	s->is_waiting = is_waiting == 1;
	for (uint64_t i = 0; i < n && !u->failed; i++) {
		s->estimates[i].at_ms = unpack_within(u, -TIME_MAX, TIME_MAX);
		s->estimates[i].estimate_ms = unpack_within(u, -TIME_MAX, TIME_MAX);
		s->n_estimates++;
	}
	s->next = map_get(&f->interactions, s->interaction);
	return s->interaction ? map_put(&f->interactions, s->interaction, s) : 0;
}

int kpi_load(struct kpi_fold *f, const uint8_t *data, size_t n)
{
	struct unpack u;
	int err = unpack_begin(&u, data, n, KPI_NAME, KPI_VERSION);

	if (err < 0)
		return err;
	if (unpack_uint(&u) != COUNTERS)
		return -EINVAL;
	f->last_ms = unpack_within(&u, -TIME_MAX, TIME_MAX);
	err = load_row(&u, &f->house);
	if (err == 0)
		err = unpack_map(&u, &f->queues, load_row_value);
	if (err == 0)
		err = unpack_map(&u, &f->agents, load_row_value);
	if (err == 0)
		err = unpack_map(&u, f, load_segment);
	return err < 0 ? err : unpack_end(&u);
}
