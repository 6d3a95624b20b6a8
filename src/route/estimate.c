/* See estimate.h. Whole milliseconds throughout: the same inputs give the same numbers on every machine. */
#include "route/estimate.h"

#define SAMPLES_MIN 5
#define MEAN_OVER 8
#define STALE_INTERVALS 8

static void mean_add(int64_t *mean, uint32_t *n, int64_t value)
{
	if (*n < MEAN_OVER)
		(*n)++;
	*mean += (value - *mean) / (int64_t)*n;
}

void route_estimate_departure(struct route *r, struct queue *q)
{
	if (q->was_backlogged)
		mean_add(&q->interval_ms, &q->n_intervals, r->now_ms - q->departed_ms);
	q->departed_ms = r->now_ms;
	q->was_backlogged = q->root && route_segment(r, q->root)->n_waiting > 0;
}

void route_estimate_handled(struct queue *q, int64_t handle_ms)
{
	mean_add(&q->handle_ms, &q->n_handled, handle_ms);
}

int64_t route_estimate_wait(const struct queue *q, uint32_t position, int64_t now_ms)
{
	int64_t n = q->wide->n_available;
	int64_t handle = q->n_handled >= SAMPLES_MIN ? q->handle_ms : q->set.handle_estimate_ms;

	if (!n)
		return -1;
	if (q->n_intervals >= SAMPLES_MIN && now_ms - q->departed_ms <= STALE_INTERVALS * q->interval_ms)
		return position * q->interval_ms;
	if (!handle)
		handle = q->handle_ms;
	return handle ? position * handle / n : -1;
}
