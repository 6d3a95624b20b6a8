/* Reading a fold: sums over periods and groups. Shared helpers of both sides stand here too. */
#include "event/kpi_fold.h"

#include <string.h>

int64_t kpi_floor_index(int64_t ms)
{
	return ms >= 0 ? ms / KPI_INTERVAL_MS : -((-ms + KPI_INTERVAL_MS - 1) / KPI_INTERVAL_MS);
}

/* The first interval with index >= wanted. */
size_t kpi_lower_bound(const struct row *r, int64_t wanted)
{
	size_t low = 0, high = r->intervals.len;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (r->intervals.at[middle].index < wanted)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void kpi_add_time(struct kpi_counts *c, enum state state, int64_t ms)
{
	if (state == STATE_OFFLINE)
		return;
	c->logged_in_ms += ms;
	switch (state) {
	case STATE_READY:
		c->available_ms += ms;
		break;
	case STATE_BREAK:
		c->break_ms += ms;
		break;
	case STATE_RINGING:
		c->ring_ms += ms;
		break;
	case STATE_TALKING:
		c->talk_ms += ms;
		break;
	case STATE_HOLD:
		c->hold_ms += ms;
		break;
	case STATE_WRAP_UP:
		c->acw_ms += ms;
		break;
	case STATE_NOT_RESPONDING:
		c->not_responding_ms += ms;
		break;
	case STATE_OFFLINE:
		break;
	}
}

int64_t kpi_balance(const struct kpi_counts *c)
{
	return c->offered - c->answered - c->abandoned - c->overflowed_out;
}

static void add_counts(struct kpi_counts *to, const struct kpi_counts *c)
{
	int64_t max = to->wait_max_ms > c->wait_max_ms ? to->wait_max_ms : c->wait_max_ms;
	int64_t *a = (int64_t *)to;
	const int64_t *b = (const int64_t *)c;

	_Static_assert(sizeof(*to) % sizeof(int64_t) == 0, "counters are all of one type");
	for (size_t i = 0; i < sizeof(*to) / sizeof(int64_t); i++)
		a[i] += b[i];
	to->wait_max_ms = max;
}

/* Sums a row over [first, last) and sets the waiting at its edges. */
static void sum_queue(const struct row *r, int64_t first, int64_t last, struct kpi_counts *c)
{
	struct kpi_counts sum = {0};
	int64_t at_start = r->forgotten_waiting;

	VEC_EACH(&r->intervals, i)
	{
		if (r->intervals.at[i].index >= last)
			break;
		if (r->intervals.at[i].index < first)
			at_start += kpi_balance(&r->intervals.at[i].c);
		else
			add_counts(&sum, &r->intervals.at[i].c);
	}
	sum.waiting_at_start = at_start;
	sum.waiting_now = at_start + kpi_balance(&sum);
	add_counts(c, &sum);
}

/* The open state of an agent, from its beginning to now, cut to the period. */
static void add_open_state(
	const struct row *r, int64_t from_ms, int64_t to_ms, int64_t now_ms, struct kpi_counts *c)
{
	int64_t start = r->since_ms > from_ms ? r->since_ms : from_ms;

	if (r->state != STATE_OFFLINE && start < to_ms && now_ms - r->since_ms <= STATE_MS_MAX)
		kpi_add_time(c, r->state, to_ms - start);
}

static void sum_agent(const struct row *r, int64_t first, int64_t last, int64_t now_ms, struct kpi_counts *c)
{
	int64_t end = last * KPI_INTERVAL_MS;

	for (size_t i = kpi_lower_bound(r, first); i < r->intervals.len && r->intervals.at[i].index < last;
		i++)
		add_counts(c, &r->intervals.at[i].c);
	add_open_state(r, first * KPI_INTERVAL_MS, end < now_ms ? end : now_ms, now_ms, c);
}

static void period(int64_t from_ms, int64_t to_ms, int64_t *ret_first, int64_t *ret_last)
{
	/* Bounded so that edges can be multiplied back; the year 100,000 is far enough. */
	const int64_t far = INT64_C(3093527980800000);

	from_ms = from_ms < -far ? -far : from_ms > far ? far : from_ms;
	to_ms = to_ms < -far ? -far : to_ms > far ? far : to_ms;
	*ret_first = kpi_floor_index(from_ms);
	*ret_last = kpi_floor_index(to_ms + KPI_INTERVAL_MS - 1);
}

int kpi_queue_counts(const struct kpi_fold *f, uint64_t queue, int64_t from_ms, int64_t to_ms, int64_t now_ms,
	struct kpi_counts *ret_counts)
{
	struct kpi_counts c = {0};
	int64_t first, last;
	const struct row *r;

	(void)now_ms; /* queues have no open times: a wait counts when it is over */
	period(from_ms, to_ms, &first, &last);
	if (queue) {
		r = map_get(&f->queues, queue);
		if (r)
			sum_queue(r, first, last, &c);
	} else {
		for (size_t i = 0; (r = map_next(&f->queues, &i));)
			sum_queue(r, first, last, &c);
		sum_queue(&f->house, first, last, &c);
	}
	*ret_counts = c;
	return 0;
}

int kpi_agent_counts(const struct kpi_fold *f, uint64_t agent, int64_t from_ms, int64_t to_ms, int64_t now_ms,
	struct kpi_counts *ret_counts)
{
	struct kpi_counts c = {0};
	int64_t first, last;
	const struct row *r;

	period(from_ms, to_ms, &first, &last);
	if (agent) {
		r = map_get(&f->agents, agent);
		if (r)
			sum_agent(r, first, last, now_ms, &c);
	} else {
		for (size_t i = 0; (r = map_next(&f->agents, &i));)
			sum_agent(r, first, last, now_ms, &c);
	}
	*ret_counts = c;
	return 0;
}

static void merge_waits(const struct row *r, int64_t first, int64_t last, uint64_t *merged)
{
	for (size_t i = kpi_lower_bound(r, first); i < r->intervals.len && r->intervals.at[i].index < last;
		i++)
		histogram_merge(&r->intervals.at[i].waits, merged);
}

int kpi_house_counts(const struct kpi_fold *f, int64_t from_ms, int64_t to_ms, int64_t now_ms,
	struct kpi_counts *ret_counts)
{
	struct kpi_counts agents;
	int err = kpi_queue_counts(f, 0, from_ms, to_ms, now_ms, ret_counts);

	if (err == 0)
		err = kpi_agent_counts(f, 0, from_ms, to_ms, now_ms, &agents);
	if (err < 0)
		return err;
	ret_counts->ring_ms = agents.ring_ms;
	ret_counts->logged_in_ms = agents.logged_in_ms;
	ret_counts->available_ms = agents.available_ms;
	ret_counts->break_ms = agents.break_ms;
	ret_counts->not_responding_ms = agents.not_responding_ms;
	return 0;
}

int64_t kpi_wait_percentile(
	const struct kpi_fold *f, uint64_t queue, int64_t from_ms, int64_t to_ms, double share)
{
	uint64_t merged[HISTOGRAM_BUCKETS] = {0};
	int64_t first, last;
	const struct row *r;

	period(from_ms, to_ms, &first, &last);
	if (queue) {
		r = map_get(&f->queues, queue);
		if (r)
			merge_waits(r, first, last, merged);
	} else {
		for (size_t i = 0; (r = map_next(&f->queues, &i));)
			merge_waits(r, first, last, merged);
	}
	return histogram_percentile(merged, share);
}

static void row_forget(struct row *r, int64_t before)
{
	size_t n = kpi_lower_bound(r, before);

	for (size_t i = 0; i < n; i++) {
		r->forgotten_waiting += kpi_balance(&r->intervals.at[i].c);
		histogram_free(&r->intervals.at[i].waits);
	}
	if (n)
		memmove(r->intervals.at, r->intervals.at + n,
			(r->intervals.len - n) * sizeof(*r->intervals.at));
	r->intervals.len -= n;
}

void kpi_forget_before(struct kpi_fold *f, int64_t wall_ms)
{
	int64_t before = kpi_floor_index(wall_ms);
	struct row *r;

	for (size_t i = 0; (r = map_next(&f->queues, &i));)
		row_forget(r, before);
	for (size_t i = 0; (r = map_next(&f->agents, &i));) {
		r->forgotten_waiting = 0;
		row_forget(r, before);
	}
	row_forget(&f->house, before);
}
