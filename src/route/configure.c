/* See configure.h. The new world is built beside the old one, with all memory the change can need; from then
 * on nothing can fail. What no longer holds (a queue gone, an agent gone, unfit or over capacity) is ended in
 * the old world, in order of queue and agent id; then everything that lives on is pointed at the new one.
 * Waiting segments of a queue keep their order unless its rules of order changed, so whole trees move. */
#include "route/configure.h"
#include "route/contact.h"
#include "route/deadline.h"
#include "route/due.h"
#include "route/enter.h"
#include "route/match.h"
#include "route/need.h"
#include "route/order.h"
#include "route/world.h"

static void end_queue(struct route *r, struct queue *q)
{
	struct segment *s;

	while ((s = route_order_first(r, ORDER_QUEUE, q->root))) {
		q->set.max_wait_ms = 0; /* the reason is this change, not the limit */
		q->set.is_left_when_closed = false;
		while (s->state == SEGMENT_OFFERED) {
			route_withdraw(r, s, ROUTE_RECONFIGURED);
			r->dirty_segments = 0;
		}
		route_overflow(r, s, ROUTE_RECONFIGURED);
	}
}

/* Who is withdrawn leaves by the rules of the new world. */
static void leave_by(struct queue *q)
{
	q->set.max_wait_ms = q->successor->set.max_wait_ms;
	q->set.is_left_when_closed = q->successor->set.is_left_when_closed;
}

static bool may_ring(const struct segment *s, const struct agent *a)
{
	if (a->is_gone || !a->capacity[s->channel])
		return false;
	return s->is_assigned || route_need_is_met(s->need->successor, a);
}

/* Whether the offer of s fits beside a's other contacts by the limits next has; if they are the same ones it
 * has been allowed already. */
static bool fits(const struct segment *s, const struct agent *a, struct agent *next)
{
	if (!memcmp(a->capacity, next->capacity, sizeof(a->capacity)) &&
		!memcmp(a->load, next->load, sizeof(a->load)) &&
		!memcmp(a->interrupts, next->interrupts, sizeof(a->interrupts)))
		return true;
	memcpy(next->used, a->used, sizeof(next->used));
	return route_agent_fits(next, s->channel);
}

/* Ends what the agent of the new world (NULL: none) may not go on with. */
static void end_contacts(struct route *r, struct agent *a, struct agent *next)
{
	for (uint32_t i = a->first, after; i; i = after) {
		struct segment *s = route_segment(r, i);
		after = s->next;
		if (s->state == SEGMENT_OFFERED && (!may_ring(s, next) || !fits(s, a, next)))
			route_withdraw(r, s, ROUTE_RECONFIGURED);
		else if (s->state == SEGMENT_WRAP_UP && next->is_gone)
			route_contact_over(r, s, ROUTE_RECONFIGURED);
	}
}

/* Segments patient for an agent become dirty, and stay patient only if that still makes sense. */
static void unpool_own(struct route *r, struct agent *a)
{
	struct segment *s;

	while ((s = route_order_first(r, ORDER_POOL, a->own_root))) {
		struct agent *next = a->successor;
		route_unpool(r, s);
		bool is_kept = next && !next->is_gone && route_need_is_met(s->need->successor, next);
		s->agent = is_kept ? next : NULL;
		route_segment_touch(r, s);
	}
}

static bool is_order_kept(const struct queue *q)
{
	const struct route_queue *old = &q->set, *set = &q->successor->set;

	if (old->age_ms != set->age_ms || old->is_by_due != set->is_by_due)
		return false;
	return !set->is_by_due || old->target_ms == set->target_ms;
}

static void move_turns(const struct world *old, const struct queue *q)
{
	struct queue *next = q->successor;

	for (uint32_t i = 0; q->turns && next->turns && i < q->n_serving; i++) {
		const struct agent *a = old->agents[q->serving[i].agent].successor;
		uint32_t place = a ? route_serving_place(next, a) : UINT32_MAX;
		if (place != UINT32_MAX)
			next->turns[place] = q->turns[i];
	}
}

static void move_queue(struct queue *q)
{
	struct queue *next = q->successor;

	next->n_offered = q->n_offered;
	next->n_connected = q->n_connected;
	next->nobody_ms = q->nobody_ms;
	next->owed = next->set.share_pct ? q->owed : 0;
	next->counted = q->counted;
	next->is_closed = q->is_closed;
	next->departed_ms = q->departed_ms;
	next->interval_ms = q->interval_ms;
	next->handle_ms = q->handle_ms;
	next->n_intervals = q->n_intervals;
	next->n_handled = q->n_handled;
	next->was_backlogged = q->was_backlogged;
	next->n_enqueued = q->n_enqueued;
	next->n_answered = q->n_answered;
	next->n_cancelled = q->n_cancelled;
	next->n_overflowed = q->n_overflowed;
}

static void move_agent(struct route *r, struct agent *a, struct world *w)
{
	struct agent *next = a->successor;

	next->idle_ms = a->idle_ms;
	next->busy_ms = a->first ? -r->now_ms : 0; /* who comes back starts anew */
	next->first = a->first;
	next->last = a->last;
	memcpy(next->used, a->used, sizeof(next->used));
	next->n_wrap_up = a->n_wrap_up;
	if (!next->is_gone && !a->is_gone) { /* somebody gone has contacts, nothing else */
		next->is_available = a->is_available;
		next->is_resting = a->is_resting;
		next->rest_ms = a->rest_ms;
		next->busy_ms = a->busy_ms;
		next->available_ms = a->available_ms;
		next->n_taken = a->n_taken;
		next->occupancy_ppm = a->occupancy_ppm;
		next->misses = a->misses;
		memcpy(next->declined, a->declined, sizeof(next->declined));
		next->n_declined = a->n_declined;
	}
	for (size_t i = 0; i < next->needs.len; i++)
		w->needs.at[next->needs.at[i].need]->n_available += next->is_available;
	for (uint32_t i = a->first; i; i = route_segment(r, i)->next) {
		struct segment *s = route_segment(r, i);
		s->agent = next;
		if (s->queue && !s->is_queued)
			s->queue = s->queue->successor;
		if (s->primary)
			s->need = s->need->successor;
	}
}

static void move_segments(struct route *r)
{
	struct segment *s;

	for (size_t i = 0; (s = map_next(&r->segment_of, &i));) /* order does not matter here */
		if (s->is_queued) {
			s->queue = s->queue->successor;
			s->need = s->need->successor;
			s->need->n_segments++;
			s->ring = s->need->ring;
			route_rank(r, s);
		}
}

static void move_tree(const struct route *r, enum order_kind kind, uint32_t *from, uint32_t *to, bool is_kept)
{
	if (is_kept && !*to) {
		*to = *from;
		return;
	}
	route_order_move(r, kind, from, to);
}

static void move_trees(struct route *r)
{
	for (uint32_t i = 0; i < r->w.n_queues; i++) {
		struct queue *q = &r->w.queues[i];
		if (q->successor)
			move_tree(r, ORDER_QUEUE, &q->root, &q->successor->root, is_order_kept(q));
	}
	VEC_EACH(&r->w.needs, i)
	{
		struct need *n = r->w.needs.at[i];
		if (!n || !n->successor)
			continue;
		n->successor->n_excluding += n->n_excluding;
		move_tree(r, ORDER_POOL, &n->root, &n->successor->root, is_order_kept(n->queue));
	}
}

static void move_all(struct route *r, struct world *w)
{
	for (uint32_t i = 0; i < r->w.n_queues; i++) {
		if (!r->w.queues[i].successor)
			continue;
		move_queue(&r->w.queues[i]);
		move_turns(&r->w, &r->w.queues[i]);
	}
	for (uint32_t i = 0; i < r->w.n_agents; i++)
		if (r->w.agents[i].successor)
			move_agent(r, &r->w.agents[i], w);
	move_segments(r);
	move_trees(r);
}

/* Deadlines, heads and marks of the new world. */
static void start(struct route *r)
{
	struct segment *s;

	VEC_EACH(&r->w.needs, i)
	if (r->w.needs.at[i]) {
		r->w.heads.at[i].is_excluding = r->w.needs.at[i]->n_excluding > 0;
		route_need_set_head(r, r->w.needs.at[i]);
	}
	for (uint32_t i = 0; i < r->w.n_queues; i++)
		route_queue_staffed(r, &r->w.queues[i]);
	for (size_t i = 0; (s = map_next(&r->segment_of, &i));)
		route_segment_due(r, s);
	for (uint32_t i = 0; i < r->w.n_agents; i++) {
		struct agent *a = &r->w.agents[i];
		for (uint32_t k = a->first; k; k = route_segment(r, k)->next)
			route_segment_due(r, route_segment(r, k));
		route_set_agent_due(r, a);
		route_agent_touch(r, a);
	}
}

/* Offers the change can lead to: each takes a place at an agent. */
static size_t places(const struct world *w)
{
	size_t n = 0;

	for (uint32_t i = 0; i < w->n_agents; i++)
		for (int c = 0; c < ROUTE_CHANNELS; c++)
			n += w->agents[i].capacity[c];
	return n;
}

static int make_room(struct route *r, const struct world *w)
{
	size_t needs = w->needs.len, agents = w->n_agents;
	size_t offers = w->is_ringing_all ? places(w) : 0;

	if (offers && route_segments_reserve(r, offers) < 0)
		return -ENOMEM;
	if (route_room(r, 8 + 3 * (size_t)r->n_segments + offers) < 0 ||
		!VEC_RESERVE(&r->work, needs + agents))
		return -ENOMEM;
	return route_due_reserve(r, (size_t)r->n_segments + offers + agents + w->n_queues);
}

int route_configure(struct route *r, const struct route_config *c)
{
	struct world next;
	int rc = route_config_check(c);

	if (rc < 0 || (rc = route_world_new(c, &r->w, &next)) < 0)
		return rc;
	if (make_room(r, &next) < 0) {
		route_world_free(&next);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < r->w.n_queues; i++)
		if (!r->w.queues[i].successor)
			end_queue(r, &r->w.queues[i]);
	for (uint32_t i = 0; i < r->w.n_queues; i++)
		if (r->w.queues[i].successor)
			leave_by(&r->w.queues[i]);
	for (uint32_t i = 0; i < r->w.n_agents; i++)
		if (r->w.agents[i].successor)
			end_contacts(r, &r->w.agents[i], r->w.agents[i].successor);
	for (uint32_t i = 0; i < r->w.n_agents; i++)
		unpool_own(r, &r->w.agents[i]);
	route_due_clear(r);
	move_all(r, &next);
	r->dirty_agents = 0; /* marks of the old world */
	route_world_free(&r->w);
	r->w = next;
	start(r);
	return 0;
}
