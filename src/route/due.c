/* See due.h. A heap of four children a node, ordered by (due, agents, queues, segments, id, holder, stay):
 * total, so that two deadlines of the same millisecond fire in the same order in every run. */
#include "route/due.h"
#include "route/contact.h"

#include <assert.h>

#define CHILDREN 4

static bool is_tie_before(const struct route *r, uint32_t a, uint32_t b)
{
	if (a & b & (TIMER_AGENT | TIMER_QUEUE)) /* slots are in order of ids */
		return a < b;
	if ((a | b) & (TIMER_AGENT | TIMER_QUEUE))
		return a > b; /* agents, then queues, then segments */
	const struct segment *sa = route_segment(r, a), *sb = route_segment(r, b);
	if (sa->id != sb->id)
		return sa->id < sb->id;
	uint64_t ia = sa->agent ? sa->agent->id : 0, ib = sb->agent ? sb->agent->id : 0;
	if (ia != ib) /* two agents in one contact */
		return ia < ib;
	return sa->stay < sb->stay; /* two wrap-ups of one id that came back */
}

static bool is_before(const struct route *r, const struct timer *a, const struct timer *b)
{
	return a->due_ms != b->due_ms ? a->due_ms < b->due_ms : is_tie_before(r, a->ref, b->ref);
}

static uint32_t *place_of(const struct route *r, uint32_t ref)
{
	if (ref & TIMER_AGENT)
		return &r->w.agents[ref & ~TIMER_AGENT].timer;
	return ref & TIMER_QUEUE ? &r->w.queues[ref & ~TIMER_QUEUE].timer : &r->places.at[ref];
}

static void put(struct route *r, size_t i, struct timer t)
{
	r->timers.at[i] = t;
	*place_of(r, t.ref) = (uint32_t)i + 1;
}

static void rise(struct route *r, size_t i, struct timer t)
{
	while (i > 0 && is_before(r, &t, &r->timers.at[(i - 1) / CHILDREN])) {
		put(r, i, r->timers.at[(i - 1) / CHILDREN]);
		i = (i - 1) / CHILDREN;
	}
	put(r, i, t);
}

static void sink(struct route *r, size_t i, struct timer t)
{
	size_t first;

	while ((first = CHILDREN * i + 1) < r->timers.len) {
		size_t end = first + CHILDREN < r->timers.len ? first + CHILDREN : r->timers.len,
		       best = first;
		for (size_t k = first + 1; k < end; k++)
			if (is_before(r, &r->timers.at[k], &r->timers.at[best]))
				best = k;
		if (!is_before(r, &r->timers.at[best], &t))
			break;
		put(r, i, r->timers.at[best]);
		i = best;
	}
	put(r, i, t);
}

static void move(struct route *r, size_t i, struct timer t)
{
	if (i > 0 && is_before(r, &t, &r->timers.at[(i - 1) / CHILDREN]))
		rise(r, i, t);
	else
		sink(r, i, t);
}

static void set(struct route *r, struct timer t)
{
	uint32_t *place = place_of(r, t.ref);
	size_t i = *place;

	if (i && r->timers.at[i - 1].due_ms == t.due_ms)
		return;
	if (t.due_ms != INT64_MAX && !i) {
		assert(r->timers.len < r->timers.room);
		r->timers.len++;
		rise(r, r->timers.len - 1, t);
	} else if (t.due_ms != INT64_MAX) {
		move(r, i - 1, t);
	} else if (i) {
		struct timer last = r->timers.at[--r->timers.len];
		*place = 0;
		if (i - 1 < r->timers.len)
			move(r, i - 1, last);
	}
}

int route_due_reserve(struct route *r, size_t n)
{
	size_t numbers = r->chunks.len * ROUTE_CHUNK + 1;

	if (!VEC_RESERVE(&r->timers, n) || !VEC_RESERVE(&r->places, numbers))
		return -ENOMEM;
	if (r->places.len < numbers)
		memset(&r->places.at[r->places.len], 0, (numbers - r->places.len) * sizeof(*r->places.at));
	r->places.len = numbers;
	return 0;
}

void route_due_segment(struct route *r, struct segment *s, int64_t due_ms)
{
	set(r, (struct timer){due_ms, s->self});
}

void route_due_agent(struct route *r, struct agent *a, int64_t due_ms)
{
	set(r, (struct timer){due_ms, TIMER_AGENT | a->slot});
}

void route_due_queue(struct route *r, struct queue *q, int64_t due_ms)
{
	set(r, (struct timer){due_ms, TIMER_QUEUE | q->slot});
}

bool route_due_is_set(const struct route *r, const struct segment *s)
{
	return r->places.at[s->self] != 0;
}

void route_due_clear(struct route *r)
{
	for (size_t i = 0; i < r->timers.len; i++)
		*place_of(r, r->timers.at[i].ref) = 0;
	r->timers.len = 0;
}

/* Equal ones are together at the top of a heap. */
static size_t room_below(const struct route *r, size_t i, int64_t due_ms)
{
	size_t room = 0;

	if (i >= r->timers.len || r->timers.at[i].due_ms != due_ms || !(r->timers.at[i].ref & TIMER_AGENT))
		return 0;
	for (size_t k = 1; k <= CHILDREN; k++)
		room += room_below(r, CHILDREN * i + k, due_ms);
	return room + route_agent_room(&r->w.agents[r->timers.at[i].ref & ~TIMER_AGENT]);
}

size_t route_due_agents_room(const struct route *r)
{
	return r->timers.len ? room_below(r, 0, r->timers.at[0].due_ms) : 0;
}
