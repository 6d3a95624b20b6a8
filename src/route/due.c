/* See due.h. A binary heap ordered by (due, agents before segments, id, holder): total, so that two deadlines
 * of the same millisecond fire in the same order in every run. */
#include "route/due.h"

static uint64_t holder(const struct route *r, const struct timer *t)
{
	const struct segment *s = t->ref & TIMER_AGENT ? NULL : route_segment(r, t->ref);

	return s && s->agent ? s->agent->id : 0;
}

static bool is_before(const struct route *r, const struct timer *a, const struct timer *b)
{
	if (a->due_ms != b->due_ms)
		return a->due_ms < b->due_ms;
	if ((a->ref ^ b->ref) & TIMER_AGENT)
		return a->ref & TIMER_AGENT;
	if (a->id != b->id)
		return a->id < b->id;
	return holder(r, a) < holder(r, b); /* two agents engaged in one contact */
}

static void put(struct route *r, size_t i, struct timer t)
{
	r->timers.at[i] = t;
	if (t.ref & TIMER_AGENT)
		r->w.agents[t.ref & ~TIMER_AGENT].timer = (uint32_t)i + 1;
	else
		route_segment(r, t.ref)->timer = (uint32_t)i + 1;
}

static void rise(struct route *r, size_t i, struct timer t)
{
	while (i > 0 && is_before(r, &t, &r->timers.at[(i - 1) / 2])) {
		put(r, i, r->timers.at[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	put(r, i, t);
}

static void sink(struct route *r, size_t i, struct timer t)
{
	size_t child;

	while ((child = 2 * i + 1) < r->timers.len) {
		if (child + 1 < r->timers.len && is_before(r, &r->timers.at[child + 1], &r->timers.at[child]))
			child++;
		if (!is_before(r, &r->timers.at[child], &t))
			break;
		put(r, i, r->timers.at[child]);
		i = child;
	}
	put(r, i, t);
}

static void place(struct route *r, size_t i, struct timer t)
{
	if (i > 0 && is_before(r, &t, &r->timers.at[(i - 1) / 2]))
		rise(r, i, t);
	else
		sink(r, i, t);
}

/* timer: where the entry is + 1; the owner's field is set by put. */
static void set(struct route *r, uint32_t *timer, struct timer t)
{
	if (t.due_ms != INT64_MAX && !*timer) {
		r->timers.len++;
		rise(r, r->timers.len - 1, t);
	} else if (t.due_ms != INT64_MAX) {
		place(r, *timer - 1, t);
	} else if (*timer) {
		size_t i = *timer - 1;
		struct timer last = r->timers.at[--r->timers.len];
		*timer = 0;
		if (i < r->timers.len)
			place(r, i, last);
	}
}

int route_due_reserve(struct route *r, size_t n)
{
	return VEC_RESERVE(&r->timers, n) ? 0 : -ENOMEM;
}

void route_due_segment(struct route *r, struct segment *s, int64_t due_ms)
{
	if (s->timer && r->timers.at[s->timer - 1].due_ms == due_ms)
		return;
	set(r, &s->timer, (struct timer){due_ms, s->id, s->self});
}

void route_due_agent(struct route *r, struct agent *a, int64_t due_ms)
{
	if (a->timer && r->timers.at[a->timer - 1].due_ms == due_ms)
		return;
	set(r, &a->timer, (struct timer){due_ms, a->id, TIMER_AGENT | a->slot});
}

void route_due_clear(struct route *r)
{
	for (size_t i = 0; i < r->timers.len; i++)
		if (r->timers.at[i].ref & TIMER_AGENT)
			r->w.agents[r->timers.at[i].ref & ~TIMER_AGENT].timer = 0;
		else
			route_segment(r, r->timers.at[i].ref)->timer = 0;
	r->timers.len = 0;
}
