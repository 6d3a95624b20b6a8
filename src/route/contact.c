/* See contact.h. Invariant: used[c] of an agent is the number of its contacts of
 * channel c (offered, connected, in wrap-up), n_wrap_up that of its contacts in wrap-up. */
#include "route/contact.h"
#include "route/deadline.h"
#include "route/due.h"
#include "route/estimate.h"
#include "route/match.h"
#include "route/order.h"
#include "route/ring.h"

#include <assert.h>

size_t route_agent_room(const struct agent *a)
{
	size_t contacts = 0;

	for (int c = 0; c < ROUTE_CHANNELS; c++)
		contacts += a->capacity[c] > a->used[c] ? a->capacity[c] : a->used[c];
	return 8 + contacts + a->n_wrap_up + (size_t)a->n_own + a->needs.len;
}

struct segment *route_contact_find(
	const struct route *r, const struct agent *a, uint64_t segment, enum segment_state state)
{
	for (uint32_t i = a->first; i; i = route_segment(r, i)->next)
		if (route_segment(r, i)->id == segment && route_segment(r, i)->state == state)
			return route_segment(r, i);
	return NULL;
}

void route_contact_append(struct route *r, struct agent *a, struct segment *s)
{
	if (!a->first)
		a->busy_ms -= r->now_ms;
	s->agent = a;
	s->next = 0;
	s->prev = a->last;
	if (a->last)
		route_segment(r, a->last)->next = s->self;
	else
		a->first = s->self;
	a->last = s->self;
}

void route_set_idle(struct route *r, struct agent *a)
{
	int64_t busy = a->busy_ms + (a->first ? r->now_ms : 0);
	int64_t available = a->available_ms + (a->is_available ? r->now_ms : 0);
	int64_t ppm = available > 0 ? busy * 1000000 / available : 0;

	a->idle_ms = r->now_ms;
	a->occupancy_ppm = ppm > UINT32_MAX ? UINT32_MAX : (uint32_t)ppm;
}

void route_new_day(struct route *r, struct agent *a)
{
	route_agent_touch(r, a);
	a->busy_ms = a->first ? -r->now_ms : 0;
	a->available_ms = a->is_available ? -r->now_ms : 0;
	a->occupancy_ppm = a->n_taken = 0;
}

static void detach(struct route *r, struct segment *s)
{
	struct agent *a = s->agent;

	route_agent_touch(r, a);
	if (s->next)
		route_segment(r, s->next)->prev = s->prev;
	else
		a->last = s->prev;
	if (s->prev)
		route_segment(r, s->prev)->next = s->next;
	else
		a->first = s->next;
	if (!a->first)
		a->busy_ms += r->now_ms;
	a->used[s->channel]--;
	if (s->state == SEGMENT_WRAP_UP)
		a->n_wrap_up--;
	s->agent = NULL;
	s->next = s->prev = 0;
}

static void forget(struct route *r, struct segment *s)
{
	if (s->is_mapped)
		map_remove(&r->segment_of, s->id);
	if (s->is_excluding)
		alloc_free(map_remove(&r->exclusion_of, (uint64_t)s->stay + 1));
	route_due_segment(r, s, INT64_MAX);
	route_segment_free(r, s);
}

/* Out of pool, queue and need; the state may be anything after. */
static void leave_queue(struct route *r, struct segment *s)
{
	route_unpool(r, s);
	route_order_remove(r, ORDER_QUEUE, &s->queue->root, s);
	s->is_queued = false;
	s->need->n_segments--;
	s->need = NULL;
	if (s->queue->nobody_ms != INT64_MAX)
		route_queue_due(r, s->queue);
}

static struct route_action about(
	const struct segment *s, enum route_action_kind kind, enum route_reason reason)
{
	return (struct route_action){kind, reason, .segment = s->id, .agent = s->agent ? s->agent->id : 0,
		.queue = s->queue ? s->queue->set.id : 0};
}

void route_overflow(struct route *r, struct segment *s, enum route_reason reason)
{
	struct route_action over = about(s, ROUTE_OVERFLOW, reason);

	assert(s->state == SEGMENT_WAITING);
	over.agent = 0;
	route_act(r, over);
	s->queue->n_overflowed++;
	leave_queue(r, s);
	forget(r, s);
}

/* One of several rings of a segment ends: its agent is rid of it. False: it is the only one. */
static bool stop_ring(struct route *r, struct segment *ring)
{
	ring = route_ring_cut(r, ring);
	if (!ring)
		return false;
	detach(r, ring);
	route_segment_free(r, ring);
	return true;
}

void route_release(struct route *r, struct segment *s)
{
	int32_t limit = s->queue->set.max_wait_ms;

	assert(s->state == SEGMENT_OFFERED);
	if (stop_ring(r, s))
		return;
	detach(r, s);
	s->queue->n_offered--;
	s->is_assigned = false;
	route_order_count(r, s->queue->root, s, SEGMENT_WAITING);
	if (limit && route_later(s->since_ms, limit) <= r->now_ms)
		route_overflow(r, s, ROUTE_DEADLINE);
	else if (s->queue->is_closed && s->queue->set.is_left_when_closed)
		route_overflow(r, s, ROUTE_CLOSED);
	else
		route_segment_touch(r, s);
}

void route_withdraw(struct route *r, struct segment *s, enum route_reason reason)
{
	route_act(r, about(s, ROUTE_WITHDRAW, reason));
	route_release(r, s);
}

void route_reservation_over(struct route *r, struct segment *s)
{
	route_act(r, about(s, ROUTE_WITHDRAW, ROUTE_DEADLINE));
	detach(r, s);
	s->queue->n_offered--;
	route_order_count(r, s->queue->root, s, SEGMENT_WAITING);
	route_overflow(r, s, ROUTE_DEADLINE);
}

void route_ring_out(struct route *r, struct segment *s)
{
	bool is_last;

	do {
		is_last = !s->also; /* else s is at the next agent afterwards */
		route_act(r, about(s, ROUTE_WITHDRAW, ROUTE_DEADLINE));
		route_missed(r, s);
	} while (!is_last);
}

/* The whole time whose lower half is until_ms: of a rest or a decline, so ROUTE_RETRY_MS ahead at most; right
 * as long as it is not 49 days ago. */
static int64_t whole_ms(const struct route *r, uint32_t until_ms)
{
	uint32_t ahead = until_ms - (uint32_t)r->now_ms;

	return ahead <= ROUTE_RETRY_MS ? r->now_ms + ahead : r->now_ms - (uint32_t)-ahead;
}

void route_set_agent_due(struct route *r, struct agent *a)
{
	int64_t due = a->is_resting ? whole_ms(r, a->rest_ms) : INT64_MAX;

	for (int i = 0; i < a->n_declined; i++)
		if (whole_ms(r, a->declined[i].until_ms) < due)
			due = whole_ms(r, a->declined[i].until_ms);
	route_due_agent(r, a, due);
}

void route_rest(struct route *r, struct agent *a)
{
	route_agent_touch(r, a);
	a->is_resting = true;
	a->rest_ms = (uint32_t)(r->now_ms + ROUTE_RETRY_MS);
	route_set_agent_due(r, a);
}

void route_note_declined(struct route *r, struct segment *s)
{
	struct agent *a = s->agent;

	route_ring_segment(r, s)->is_declined = true;
	if (a->n_declined == ROUTE_DECLINES) { /* the oldest is forgotten: it ends before the rest does */
		route_rest(r, a);
		memmove(&a->declined[0], &a->declined[1], (ROUTE_DECLINES - 1) * sizeof(a->declined[0]));
		a->n_declined--;
	}
	a->declined[a->n_declined++] = (struct declined){s->stay, (uint32_t)(r->now_ms + ROUTE_RETRY_MS)};
	route_set_agent_due(r, a);
}

void route_agent_time(struct route *r, struct agent *a, int64_t due_ms)
{
	int kept = 0;

	route_agent_touch(r, a);
	for (int i = 0; i < a->n_declined; i++)
		if (whole_ms(r, a->declined[i].until_ms) > due_ms)
			a->declined[kept++] = a->declined[i];
	a->n_declined = (uint8_t)kept;
	if (a->is_resting && whole_ms(r, a->rest_ms) <= due_ms)
		a->is_resting = false;
	route_set_agent_due(r, a);
}

void route_missed(struct route *r, struct segment *s)
{
	struct agent *a = s->agent;
	uint32_t most = (uint32_t)s->queue->set.misses_max;

	a->misses++;
	if (a->is_persistent || !most || a->misses < most) {
		route_note_declined(r, s);
		route_release(r, s);
		return;
	}
	route_act(r, about(s, ROUTE_NOT_RESPONDING, ROUTE_NO_REASON));
	route_release(r, s);
	route_set_available(r, a, false);
}

void route_drop_preference(struct route *r, struct segment *s)
{
	route_unpool(r, s);
	s->agent = NULL;
	route_segment_touch(r, s);
}

static void count_available(struct route *r, const struct agent *a)
{
	for (size_t i = 0; i < a->needs.len; i++) {
		struct need *n = r->w.needs.at[a->needs.at[i].need];
		n->n_available += a->is_available ? 1u : UINT32_MAX;
		if (n == n->queue->wide)
			route_queue_staffed(r, n->queue);
	}
}

void route_set_available(struct route *r, struct agent *a, bool is_available)
{
	if (a->is_available == is_available)
		return;
	route_agent_touch(r, a);
	a->is_available = is_available;
	count_available(r, a);
	if (is_available) {
		a->misses = 0;
		a->available_ms -= r->now_ms;
		route_set_idle(r, a);
		return;
	}
	a->available_ms += r->now_ms;
	for (uint32_t i = a->first, next; i; i = next) {
		next = route_segment(r, i)->next;
		if (route_segment(r, i)->state == SEGMENT_OFFERED)
			route_withdraw(r, route_segment(r, i), ROUTE_AGENT_GONE);
	}
	while (a->own_root)
		route_drop_preference(r, route_order_first(r, ORDER_POOL, a->own_root));
}

/* The others s rings at stop, in the order they were offered; s itself stays at ring's agent. */
static void silence_others(struct route *r, struct segment *s, struct segment *ring)
{
	for (struct segment *other = s;; other = route_segment(r, other->also)) {
		if (other != ring)
			route_act(r, about(other, ROUTE_WITHDRAW, ROUTE_ANSWERED_ELSEWHERE));
		if (!other->also)
			break;
	}
	if (ring != s)
		route_ring_promote(r, ring);
	while (s->also) {
		struct segment *other = route_ring_cut(r, route_segment(r, s->also));
		detach(r, other);
		route_segment_free(r, other);
	}
}

void route_connect(struct route *r, struct segment *ring)
{
	struct segment *s = route_ring_segment(r, ring);
	struct queue *q = s->queue;

	assert(s->state == SEGMENT_OFFERED);
	silence_others(r, s, ring);
	route_agent_touch(r, s->agent);
	route_set_idle(r, s->agent);
	s->agent->n_taken++;
	s->agent->misses = 0;
	leave_queue(r, s);
	s->state = SEGMENT_CONNECTED;
	s->announce_ms = r->now_ms; /* connected since */
	q->n_offered--;
	q->n_connected++;
	q->n_answered++;
	route_estimate_departure(r, q);
	route_segment_due(r, s);
}

void route_contact_over(struct route *r, struct segment *s, enum route_reason reason)
{
	struct agent *a = s->agent;

	if (s->state == SEGMENT_WRAP_UP)
		route_act(r, about(s, ROUTE_WRAP_UP_OVER, reason));
	else if (s->queue)
		s->queue->n_connected--;
	if (s->queue)
		route_estimate_handled(s->queue, r->now_ms - s->announce_ms);
	detach(r, s);
	route_set_idle(r, a);
	forget(r, s);
}

void route_end(struct route *r, struct segment *s)
{
	assert(s->state == SEGMENT_CONNECTED);
	if (!s->queue || !s->queue->set.wrap_up_ms || s->agent->is_gone) {
		route_contact_over(r, s, ROUTE_DONE);
		return;
	}
	route_agent_touch(r, s->agent);
	s->queue->n_connected--;
	s->agent->n_wrap_up++;
	s->state = SEGMENT_WRAP_UP;
	s->due_ms = route_later(r->now_ms, s->queue->set.wrap_up_ms);
	if (s->is_mapped)
		map_remove(&r->segment_of, s->id);
	s->is_mapped = false;
	route_segment_due(r, s);
	struct route_action wrap = about(s, ROUTE_WRAP_UP, ROUTE_NO_REASON);
	wrap.due_ms = s->due_ms;
	route_act(r, wrap);
}

void route_cancel(struct route *r, struct segment *s)
{
	if (s->state == SEGMENT_CONNECTED) {
		route_end(r, s);
		return;
	}
	s->queue->n_cancelled++;
	if (s->state == SEGMENT_OFFERED) {
		do {
			route_act(r, about(s, ROUTE_WITHDRAW, ROUTE_CANCELLED));
		} while (stop_ring(r, s));
		detach(r, s);
		s->queue->n_offered--;
	}
	leave_queue(r, s);
	forget(r, s);
}
