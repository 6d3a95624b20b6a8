/* See match.h. The one rule (stated in route.h): the first waiting segment in order that somebody may take
 * goes to the longest idle of those who may; and again, until none is left. When one agent or one segment
 * changed, which is nearly always, the rule comes down to one look; many changes at once go through a heap of
 * pools. */
#include "route/match.h"
#include "route/contact.h"
#include "route/due.h"
#include "route/explain.h"
#include "route/need.h"
#include "route/order.h"

#include <assert.h>

int route_room(struct route *r, size_t n)
{
	return VEC_RESERVE(r->out, r->out->len + n) ? 0 : -ENOMEM;
}

void route_act(struct route *r, struct route_action action)
{
	assert(r->out->len < r->out->room);
	r->out->at[r->out->len++] = action;
}

uint8_t route_agent_free_mask(const struct agent *a)
{
	uint8_t mask = 0;

	if (!a->is_available || a->is_gone || a->n_wrap_up || a->is_resting)
		return 0;
	for (int c = 0; c < ROUTE_CHANNELS; c++)
		if (a->used[c] < a->capacity[c])
			mask |= (uint8_t)(1u << c);
	return mask;
}

void route_agent_touch(struct route *r, struct agent *a)
{
	route_free_remove(&r->w, a, a->indexed);
	if (a->is_dirty)
		return;
	a->is_dirty = true;
	a->dirty_next = r->dirty_agents;
	r->dirty_agents = a;
}

void route_segment_touch(struct route *r, struct segment *s)
{
	assert(s->state == SEGMENT_WAITING && !s->is_pooled);
	s->next = r->dirty_segments;
	r->dirty_segments = s->self;
}

struct agent *route_agent_for(const struct route *r, const struct segment *s)
{
	if (!s->agent)
		return route_free_best(&r->w, s->need, s);
	bool is_free = route_agent_free_mask(s->agent) & 1u << s->channel;
	return is_free && !route_declined(s->agent, s) ? s->agent : NULL;
}

static void pool(struct route *r, struct segment *s)
{
	if (s->agent) {
		route_order_insert(r, ORDER_POOL, &s->agent->own_root, s);
		s->agent->n_own++;
	} else {
		route_need_insert(r, s);
	}
	s->is_pooled = true;
	route_segment_due(r, s);
}

void route_unpool(struct route *r, struct segment *s)
{
	if (!s->is_pooled)
		return;
	if (s->agent) {
		route_order_remove(r, ORDER_POOL, &s->agent->own_root, s);
		s->agent->n_own--;
	} else {
		route_need_remove(r, s);
	}
	s->is_pooled = false;
}

static int64_t sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

void route_segment_due(struct route *r, struct segment *s)
{
	int64_t due = INT64_MAX;

	if (s->state == SEGMENT_OFFERED || s->state == SEGMENT_WRAP_UP) {
		due = s->due_ms;
	} else if (s->state == SEGMENT_WAITING) {
		due = s->announce_ms;
		if (s->queue->set.max_wait_ms)
			due = sooner(due, route_later(s->since_ms, s->queue->set.max_wait_ms));
		if (s->agent)
			due = sooner(due, s->patience_ms);
	}
	route_due_segment(r, s, due);
}

void route_offer(struct route *r, struct segment *s, struct agent *a, enum route_how how)
{
	assert(s->state == SEGMENT_WAITING && a->used[s->channel] < a->capacity[s->channel]);
	uint64_t decision = route_explain_record(r, s, a, how);

	route_unpool(r, s);
	if (s->is_queued)
		route_order_count(r, s->queue->root, s, SEGMENT_OFFERED);
	s->state = SEGMENT_OFFERED;
	s->is_assigned = how == ROUTE_BY_HAND;
	s->due_ms = route_later(r->now_ms, s->queue->set.ring_timeout_ms);
	route_contact_append(r, a, s);
	a->used[s->channel]++;
	s->queue->n_offered++;
	route_free_remove(&r->w, a, (uint8_t)(a->indexed & ~route_agent_free_mask(a)));
	route_segment_due(r, s);
	route_act(r, (struct route_action){ROUTE_OFFER, .segment = s->id, .agent = a->id,
			     .queue = s->queue->set.id, .decision = decision, .due_ms = s->due_ms});
}

/* The first in a pool that a may take under the channels of mask; at most ROUTE_DECLINES are passed over as
 * declined. */
static struct segment *first_own(const struct route *r, const struct agent *a, uint8_t mask)
{
	struct segment *s = route_order_first(r, ORDER_POOL, a->own_root);

	while (s && !(mask & 1u << s->channel))
		s = route_order_next(r, ORDER_POOL, a->own_root, s);
	return s;
}

static bool is_head_before(const struct head *a, const struct head *b)
{
	if (a->priority != b->priority)
		return a->priority > b->priority;
	if (a->since_ms != b->since_ms)
		return a->since_ms < b->since_ms;
	return a->id < b->id;
}

static struct head head_of(const struct segment *s)
{
	return (struct head){s->since_ms, s->id, s->priority, s->self, s->channel};
}

/* The first waiting segment a may take under the channels of mask, or NULL. O(needs of the agent). */
static struct segment *segment_for(const struct route *r, const struct agent *a, uint8_t mask)
{
	struct segment *s = first_own(r, a, mask);
	struct head best = s ? head_of(s) : (struct head){0};

	for (size_t i = 0; i < a->needs.len; i++) {
		struct head h = r->w.heads.at[a->needs.at[i].need];
		if (!h.first || !(mask & 1u << h.channel) || (best.first && !is_head_before(&h, &best)))
			continue;
		const struct need *n = a->n_declined ? r->w.needs.at[a->needs.at[i].need] : NULL;
		while (n && h.first && route_declined(a, route_segment(r, h.first))) {
			s = route_order_next(r, ORDER_POOL, n->root, route_segment(r, h.first));
			h = s ? head_of(s) : (struct head){0};
		}
		if (h.first && (!best.first || is_head_before(&h, &best)))
			best = h;
	}
	return best.first ? route_segment(r, best.first) : NULL;
}

static enum route_how how_of(const struct segment *s)
{
	return s->agent ? ROUTE_BY_PREFERENCE : ROUTE_BY_ORDER;
}

static void settle_agent(struct route *r, struct agent *a)
{
	uint8_t mask;

	while ((mask = route_agent_free_mask(a))) {
		struct segment *s = segment_for(r, a, mask);
		if (!s)
			break;
		route_offer(r, s, a, how_of(s));
	}
	route_free_add(&r->w, a, mask);
}

static void settle_segment(struct route *r, struct segment *s)
{
	struct agent *a = route_agent_for(r, s);

	if (a)
		route_offer(r, s, a, how_of(s));
	else
		pool(r, s);
}

/* The first segment of a pool that somebody may take. Passed over are only those which every free agent just
 * declined. */
static struct segment *first_matched(const struct route *r, const struct work *w)
{
	if (w->agent)
		return first_own(r, w->agent, route_agent_free_mask(w->agent));
	if (!w->need->n_free)
		return NULL;
	struct segment *s = route_order_first(r, ORDER_POOL, w->need->root);
	while (s && !route_agent_for(r, s))
		s = route_order_next(r, ORDER_POOL, w->need->root, s);
	return s;
}

static void work_sink(struct route *r, size_t i)
{
	struct work w = r->work.at[i];
	size_t child;

	while ((child = 2 * i + 1) < r->work.len) {
		if (child + 1 < r->work.len &&
			route_order_before(r->work.at[child + 1].s, r->work.at[child].s))
			child++;
		if (!route_order_before(r->work.at[child].s, w.s))
			break;
		r->work.at[i] = r->work.at[child];
		i = child;
	}
	r->work.at[i] = w;
}

static void work_add(struct route *r, struct need *n, struct agent *a)
{
	struct work w = {n, a, NULL};

	if (n ? n->is_pending : a->is_pending || !a->own_root)
		return;
	w.s = first_matched(r, &w);
	if (!w.s)
		return;
	if (n)
		n->is_pending = true;
	else
		a->is_pending = true;
	assert(r->work.len < r->work.room);
	r->work.at[r->work.len++] = w;
}

/* Everything dirty goes to its place, and the pools this concerns are listed. */
static void work_collect(struct route *r)
{
	struct agent *agents = r->dirty_agents;
	uint32_t segments = r->dirty_segments;

	for (struct agent *a = agents; a; a = a->dirty_next)
		route_free_add(&r->w, a, route_agent_free_mask(a));
	for (uint32_t i = segments, next; i; i = next) {
		next = route_segment(r, i)->next;
		pool(r, route_segment(r, i));
	}
	for (struct agent *a = agents; a; a = a->dirty_next) {
		work_add(r, NULL, a);
		for (size_t i = 0; i < a->needs.len; i++)
			if (r->w.heads.at[a->needs.at[i].need].first)
				work_add(r, r->w.needs.at[a->needs.at[i].need], NULL);
	}
	for (uint32_t i = segments; i; i = route_segment(r, i)->next)
		work_add(r, route_segment(r, i)->agent ? NULL : route_segment(r, i)->need,
			route_segment(r, i)->agent);
}

static void settle_many(struct route *r)
{
	r->work.len = 0;
	work_collect(r);
	for (size_t i = r->work.len / 2; i-- > 0;)
		work_sink(r, i);
	while (r->work.len) {
		struct work *top = &r->work.at[0];
		struct segment *s = first_matched(r, top);
		if (s && s == top->s) {
			route_offer(r, s, route_agent_for(r, s), how_of(s));
			s = first_matched(r, top);
		}
		top->s = s;
		if (!s) {
			if (top->need)
				top->need->is_pending = false;
			else
				top->agent->is_pending = false;
			*top = r->work.at[--r->work.len];
		}
		if (r->work.len)
			work_sink(r, 0);
	}
}

void route_settle(struct route *r)
{
	struct agent *a = r->dirty_agents;
	struct segment *s = r->dirty_segments ? route_segment(r, r->dirty_segments) : NULL;

	if (a && !s && !a->dirty_next)
		settle_agent(r, a);
	else if (s && !a && !s->next)
		settle_segment(r, s);
	else if (a || s)
		settle_many(r);
	while (r->dirty_agents) {
		r->dirty_agents->is_dirty = false;
		r->dirty_agents = r->dirty_agents->dirty_next;
	}
	r->dirty_segments = 0;
}
