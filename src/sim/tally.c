/* See tally.h. */
#include "sim/tally.h"

#include <math.h>

#define HOUR_MS 3600000.0
#define BATCHES 30

/* With a profile every batch should see the same hours: whole weeks, else whole days, when the window divides
 * so. Otherwise, and without a profile, thirty. */
static int choose_batches(const struct scenario *s)
{
	static const double units[] = {24 * 7, 24};

	for (int u = 0; s->has_profile && u < 2; u++) {
		double n = s->duration_h / units[u];
		if (n != floor(n))
			continue;
		for (int b = TALLY_BATCHES_MIN; b <= TALLY_BATCHES_MAX; b++)
			if (fmod(n, b) == 0)
				return b;
	}
	return BATCHES;
}

int tally_new(struct tally *ret_tally, const struct scenario *s, int n_runs)
{
	struct tally t = {.from_ms = llround(s->warmup_h * HOUR_MS), .n_runs = n_runs};

	t.n_batches = choose_batches(s);
	t.batch_ms = llround(s->duration_h * HOUR_MS / t.n_batches);
	t.n_queues = s->queues.len;
	t.n_groups = s->groups.len;
	t.contacts = alloc_array(t.n_queues * (size_t)tally_batches(&t), sizeof(*t.contacts));
	t.time = alloc_array(t.n_groups * (size_t)tally_batches(&t), sizeof(*t.time));
	t.waits = alloc_array(t.n_queues * HISTOGRAM_BUCKETS, sizeof(*t.waits));
	t.columns = alloc_array((size_t)tally_batches(&t) * TALLY_COLUMNS, sizeof(*t.columns));
	if (!t.contacts || !t.time || !t.waits || !t.columns || histogram_add(&t.scratch, 0) < 0) {
		tally_free(&t);
		return -ENOMEM;
	}
	*ret_tally = t;
	return 0;
}

void tally_free(struct tally *t)
{
	alloc_free(t->contacts);
	alloc_free(t->time);
	alloc_free(t->waits);
	alloc_free(t->columns);
	histogram_free(&t->scratch);
	*t = (struct tally){0};
}

int tally_batch(const struct tally *t, int64_t at_ms)
{
	int64_t batch = at_ms < t->from_ms ? -1 : (at_ms - t->from_ms) / t->batch_ms;

	return batch < t->n_batches ? (int)batch : -1;
}

void tally_spend(struct tally *t, size_t group, int run, int64_t from_ms, int64_t to_ms, bool is_busy)
{
	struct tally_time *times = &t->time[group * (size_t)tally_batches(t) + (size_t)(run * t->n_batches)];
	int64_t end = t->from_ms + t->n_batches * t->batch_ms;

	if (from_ms < t->from_ms)
		from_ms = t->from_ms;
	if (to_ms > end)
		to_ms = end;
	while (from_ms < to_ms) {
		int64_t batch = (from_ms - t->from_ms) / t->batch_ms;
		int64_t edge = t->from_ms + (batch + 1) * t->batch_ms, until = to_ms < edge ? to_ms : edge;
		*(is_busy ? &times[batch].busy_ms : &times[batch].idle_ms) += until - from_ms;
		from_ms = until;
	}
}

/* The scratch histogram holds one entry: the bucket the wait belongs in. It never grows. */
void tally_wait(struct tally *t, size_t queue, int64_t wait_ms)
{
	t->scratch.entries.len = 0;
	histogram_add(&t->scratch, wait_ms);
	t->waits[queue * HISTOGRAM_BUCKETS + t->scratch.entries.at[0].bucket]++;
}
