/* See deadline.h. A waiting segment has one entry among the deadlines: the earliest of all that may come. */
#include "route/deadline.h"
#include "route/contact.h"
#include "route/due.h"
#include "route/estimate.h"
#include "route/match.h"
#include "route/need.h"
#include "route/order.h"

enum what { WHAT_OVERFLOW, WHAT_PATIENCE, WHAT_RING, WHAT_WARN, WHAT_ANNOUNCE };

static void earlier(int64_t *due_ms, enum what *what, int64_t at_ms, enum what then)
{
	if (at_ms >= *due_ms)
		return;
	*due_ms = at_ms;
	*what = then;
}

static int32_t target_of(const struct route *r, const struct segment *s)
{
	int32_t own = route_terms(r, s)->target_ms;

	return own ? own : s->queue->set.target_ms;
}

/* The first thing that will happen to a waiting segment. */
static int64_t next_of_waiting(const struct route *r, const struct segment *s, enum what *ret_what)
{
	const struct route_queue *set = &s->queue->set;
	int64_t due = INT64_MAX;

	if (set->max_wait_ms)
		earlier(&due, ret_what, route_later(s->since_ms, set->max_wait_ms), WHAT_OVERFLOW);
	if (s->agent)
		earlier(&due, ret_what, s->due_ms, WHAT_PATIENCE);
	if (s->ring + 1 < set->n_rings)
		earlier(&due, ret_what, route_later(s->since_ms, set->rings[s->ring + 1].after_ms),
			WHAT_RING);
	if (set->warn_ms && !s->is_warned) {
		int32_t target = target_of(r, s);
		if (target)
			earlier(&due, ret_what, route_later(s->since_ms, (int64_t)target - set->warn_ms),
				WHAT_WARN);
	}
	earlier(&due, ret_what, s->announce_ms, WHAT_ANNOUNCE);
	return due;
}

void route_segment_due(struct route *r, struct segment *s)
{
	enum what what;

	if (s->state == SEGMENT_WAITING)
		route_due_segment(r, s, next_of_waiting(r, s, &what));
	else if (s->state == SEGMENT_CONNECTED || s->primary)
		route_due_segment(r, s, INT64_MAX);
	else
		route_due_segment(r, s, s->due_ms);
}

uint32_t route_queue_waiting(const struct route *r, const struct queue *q)
{
	return q->root ? route_segment(r, q->root)->n_waiting : 0;
}

bool route_queue_is_left(const struct route *r, const struct queue *q)
{
	return q->set.is_left_without_agents && q->nobody_ms != INT64_MAX &&
	       route_later(q->nobody_ms, q->set.no_agents_ms) <= r->now_ms;
}

void route_queue_due(struct route *r, struct queue *q)
{
	bool is_left =
		q->set.is_left_without_agents && q->nobody_ms != INT64_MAX && route_queue_waiting(r, q);

	route_due_queue(r, q, is_left ? route_later(q->nobody_ms, q->set.no_agents_ms) : INT64_MAX);
}

void route_queue_staffed(struct route *r, struct queue *q)
{
	if (q->wide->n_available)
		q->nobody_ms = INT64_MAX;
	else if (q->nobody_ms == INT64_MAX)
		q->nobody_ms = r->now_ms;
	route_queue_due(r, q);
}

void route_queue_empty(struct route *r, struct queue *q, enum route_reason reason)
{
	struct segment *s = route_order_first(r, ORDER_QUEUE, q->root), *next;

	for (; s; s = next) {
		next = route_order_next(r, ORDER_QUEUE, q->root, s);
		if (s->state == SEGMENT_WAITING)
			route_overflow(r, s, reason);
	}
}

static void announce(struct route *r, struct segment *s)
{
	const struct queue *q = s->queue;
	int64_t every = q->set.announce_every_ms;
	uint32_t position = route_order_rank(r, q->root, s) + 1;

	route_act(r, (struct route_action){ROUTE_ANNOUNCE, .segment = s->id, .queue = q->set.id,
			     .position = (int)position,
			     .estimate_ms = route_estimate_wait(q, position, r->now_ms)});
	if (every) /* those missed while ringing are not made up for */
		s->announce_ms += every * (1 + (r->now_ms - s->announce_ms) / every);
	else
		s->announce_ms = INT64_MAX;
	route_segment_due(r, s);
}

static void warn(struct route *r, struct segment *s)
{
	s->is_warned = true;
	route_act(r, (struct route_action){ROUTE_WARN, .segment = s->id, .queue = s->queue->set.id,
			     .due_ms = route_later(s->since_ms, target_of(r, s))});
	route_segment_due(r, s);
}

/* s waits in the next ring from now on. 0 or -ENOMEM. */
static int widen(struct route *r, struct segment *s)
{
	uint8_t ring = (uint8_t)(s->ring + 1);
	struct need *n = route_need_get(r, s->queue, ring, s->need->own, s->need->n_own);

	if (!n)
		return -ENOMEM;
	route_unpool(r, s);
	s->need->n_segments--;
	s->need = n;
	n->n_segments++;
	s->ring = ring;
	route_segment_touch(r, s);
	return 0;
}

static int waiting_time(struct route *r, struct segment *s)
{
	enum what what = WHAT_ANNOUNCE;

	next_of_waiting(r, s, &what);
	switch (what) {
	case WHAT_OVERFLOW:
		route_overflow(r, s, ROUTE_DEADLINE);
		return 0;
	case WHAT_PATIENCE:
		route_drop_preference(r, s);
		return 0;
	case WHAT_RING:
		return widen(r, s);
	case WHAT_WARN:
		warn(r, s);
		return 0;
	case WHAT_ANNOUNCE:
		announce(r, s);
		return 0;
	}
	return 0;
}

static int segment_time(struct route *r, struct segment *s)
{
	if (s->state == SEGMENT_WAITING)
		return waiting_time(r, s);
	if (s->state == SEGMENT_WRAP_UP)
		route_contact_over(r, s, ROUTE_DEADLINE);
	else if (route_terms(r, s)->reserve_ms)
		route_reservation_over(r, s);
	else
		route_ring_out(r, s);
	return 0;
}

static void queue_time(struct route *r, struct queue *q)
{
	route_queue_empty(r, q, ROUTE_NO_AGENTS);
	route_queue_due(r, q);
}

int route_make_room(struct route *r, const struct agent *a, size_t segments)
{
	size_t contacts = segments + (a ? route_agent_room(a) : 0);

	if (r->w.is_ringing_all && route_segments_reserve(r, ROUTE_RING_ALL_MAX * (contacts + 1)) < 0)
		return -ENOMEM;
	return route_room(r, 8 + contacts * (r->w.is_ringing_all ? 3 + ROUTE_RING_ALL_MAX : 3) +
				     (r->w.is_ringing_all ? ROUTE_RING_ALL_MAX : 0));
}

/* Makes room for what falls due for ref. 0 or -ENOMEM. */
static int make_room_for(struct route *r, uint32_t ref)
{
	if (ref & TIMER_QUEUE)
		return route_make_room(r, NULL, route_queue_waiting(r, &r->w.queues[ref & ~TIMER_QUEUE]));
	size_t rings = 0;
	for (struct segment *s = route_segment(r, ref);; s = route_segment(r, s->also)) {
		rings += 1 + (s->agent ? route_agent_room(s->agent) : 0);
		if (!s->also)
			break;
	}
	return route_make_room(r, NULL, rings);
}

/* The deadlines of all agents that fall due at the moment of the first: who declined together may be offered
 * the next together (ring all). 0 or -ENOMEM: nothing happened. */
static int agents_time(struct route *r)
{
	int64_t due_ms = r->timers.at[0].due_ms;

	if (route_make_room(r, NULL, route_due_agents_room(r)) < 0)
		return -ENOMEM;
	while (r->timers.len && r->timers.at[0].due_ms == due_ms && r->timers.at[0].ref & TIMER_AGENT)
		route_agent_time(r, &r->w.agents[r->timers.at[0].ref & ~TIMER_AGENT], due_ms);
	return 0;
}

static int next_time(struct route *r)
{
	uint32_t ref = r->timers.at[0].ref;

	if (ref & TIMER_AGENT)
		return agents_time(r);
	if (make_room_for(r, ref) < 0)
		return -ENOMEM;
	if (ref & TIMER_QUEUE) {
		queue_time(r, &r->w.queues[ref & ~TIMER_QUEUE]);
		return 0;
	}
	return segment_time(r, route_segment(r, ref));
}

void route_run_deadlines(struct route *r)
{
	int rc = 0;

	while (rc == 0 && r->timers.len && r->timers.at[0].due_ms <= r->now_ms) {
		rc = next_time(r);
		route_settle(r);
	}
}
