/* See contact.h. Invariant: used[c] of an agent is the number of its offered and connected contacts of
 * channel c, n_wrap_up that of its contacts in wrap-up. */
#include "route/contact.h"
#include "route/due.h"
#include "route/estimate.h"
#include "route/match.h"
#include "route/order.h"

#include <assert.h>

size_t route_agent_room(const struct agent *a)
{
	size_t contacts = 0;

	for (int c = 0; c < ROUTE_CHANNELS; c++)
		contacts += a->capacity[c] > a->used[c] ? a->capacity[c] : a->used[c];
	return 8 + 3 * contacts + a->n_wrap_up + 2 * (size_t)a->n_own;
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
	s->agent = a;
	s->next = 0;
	s->prev = a->last;
	if (a->last)
		route_segment(r, a->last)->next = s->self;
	else
		a->first = s->self;
	a->last = s->self;
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
	if (s->state == SEGMENT_WRAP_UP)
		a->n_wrap_up--;
	else
		a->used[s->channel]--;
	if (s->state == SEGMENT_OFFERED)
		s->queue->n_offered--;
	s->agent = NULL;
	s->next = s->prev = 0;
}

static void forget(struct route *r, struct segment *s)
{
	if (s->is_mapped)
		map_remove(&r->segment_of, s->id);
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

void route_release(struct route *r, struct segment *s)
{
	int32_t limit = s->queue->set.max_wait_ms;

	assert(s->state == SEGMENT_OFFERED);
	detach(r, s);
	s->is_assigned = false;
	route_order_count(r, s->queue->root, s, SEGMENT_WAITING);
	if (limit && route_later(s->since_ms, limit) <= r->now_ms)
		route_overflow(r, s, ROUTE_DEADLINE);
	else
		route_segment_touch(r, s);
}

void route_withdraw(struct route *r, struct segment *s, enum route_reason reason)
{
	route_act(r, about(s, ROUTE_WITHDRAW, reason));
	route_release(r, s);
}

void route_set_agent_due(struct route *r, struct agent *a)
{
	int64_t due = a->is_resting ? a->rest_ms : INT64_MAX;

	for (int i = 0; i < a->n_declined; i++)
		if (a->declined[i].until_ms < due)
			due = a->declined[i].until_ms;
	route_due_agent(r, a, due);
}

void route_rest(struct route *r, struct agent *a)
{
	route_agent_touch(r, a);
	a->is_resting = true;
	a->rest_ms = route_later(r->now_ms, ROUTE_RETRY_MS);
	route_set_agent_due(r, a);
}

void route_note_declined(struct route *r, struct segment *s)
{
	struct agent *a = s->agent;

	s->is_declined = true;
	if (a->n_declined == ROUTE_DECLINES) { /* the oldest is forgotten: it ends before the rest does */
		route_rest(r, a);
		memmove(&a->declined[0], &a->declined[1], (ROUTE_DECLINES - 1) * sizeof(a->declined[0]));
		a->n_declined--;
	}
	a->declined[a->n_declined++] = (struct declined){s->stay, route_later(r->now_ms, ROUTE_RETRY_MS)};
	route_set_agent_due(r, a);
}

void route_agent_time(struct route *r, struct agent *a)
{
	int kept = 0;

	route_agent_touch(r, a);
	for (int i = 0; i < a->n_declined; i++)
		if (a->declined[i].until_ms > r->now_ms)
			a->declined[kept++] = a->declined[i];
	a->n_declined = (uint8_t)kept;
	if (a->rest_ms <= r->now_ms)
		a->is_resting = false;
	route_set_agent_due(r, a);
}

void route_missed(struct route *r, struct segment *s)
{
	struct agent *a = s->agent;

	if (a->is_persistent) {
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

void route_set_available(struct route *r, struct agent *a, bool is_available)
{
	if (a->is_available == is_available)
		return;
	route_agent_touch(r, a);
	a->is_available = is_available;
	for (size_t i = 0; i < a->needs.len; i++)
		r->w.needs.at[a->needs.at[i].need]->n_available += is_available ? 1u : UINT32_MAX;
	if (is_available) {
		r->w.keys[a->slot].idle_ms = r->now_ms;
		return;
	}
	for (uint32_t i = a->first, next; i; i = next) {
		next = route_segment(r, i)->next;
		if (route_segment(r, i)->state == SEGMENT_OFFERED)
			route_withdraw(r, route_segment(r, i), ROUTE_AGENT_GONE);
	}
	while (a->own_root)
		route_drop_preference(r, route_order_first(r, ORDER_POOL, a->own_root));
}

void route_connect(struct route *r, struct segment *s)
{
	struct queue *q = s->queue;

	assert(s->state == SEGMENT_OFFERED);
	route_agent_touch(r, s->agent);
	r->w.keys[s->agent->slot].idle_ms = r->now_ms;
	leave_queue(r, s);
	s->state = SEGMENT_CONNECTED;
	s->from_ms = r->now_ms;
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
		route_estimate_handled(s->queue, r->now_ms - s->from_ms);
	detach(r, s);
	r->w.keys[a->slot].idle_ms = r->now_ms;
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
	s->agent->used[s->channel]--;
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
		route_act(r, about(s, ROUTE_WITHDRAW, ROUTE_CANCELLED));
		detach(r, s);
	}
	leave_queue(r, s);
	forget(r, s);
}
