/* See match.h. The one rule (stated in route.h): the first waiting segment in order that somebody may take
 * goes to the longest idle of those who may; and again, until none is left. When one agent or one segment
 * changed, which is nearly always, the rule comes down to one look; many changes at once go through a heap of
 * pools. */
#include "route/match.h"
#include "route/contact.h"
#include "route/explain.h"
#include "route/need.h"
#include "route/order.h"
#include "route/ring.h"
#include "route/share.h"
#include "route/deadline.h"

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

/* Load of a's contacts that stand in the way of one more on channel. */
static int load_beside(const struct agent *a, int channel)
{
	int load = 0;

	for (int c = 0; c < ROUTE_CHANNELS; c++)
		if (!(a->interrupts[channel] & 1u << c))
			load += a->used[c] * a->load[c];
	return load;
}

bool route_agent_has_load_for(const struct agent *a, uint8_t channel)
{
	return load_beside(a, channel) + a->load[channel] <= ROUTE_LOAD_MAX;
}

uint8_t route_agent_free_mask(const struct agent *a)
{
	uint8_t mask = 0;

	if (!a->is_available || a->is_gone || a->is_resting)
		return 0;
	for (unsigned left = a->channels; left; left &= left - 1) {
		int c = __builtin_ctz(left);
		if (a->used[c] < a->capacity[c] && route_agent_has_load_for(a, (uint8_t)c))
			mask |= (uint8_t)(1u << c);
	}
	return mask;
}

bool route_agent_fits(const struct agent *a, uint8_t channel)
{
	int load = a->load[channel];

	for (int c = 0; c < ROUTE_CHANNELS; c++) {
		int others = a->used[c] - (c == channel);
		bool is_beside = a->interrupts[channel] & 1u << c || a->interrupts[c] & 1u << channel;
		if (!is_beside)
			load += others * a->load[c];
	}
	return a->used[channel] <= a->capacity[channel] && load <= ROUTE_LOAD_MAX;
}

static bool is_declined(const struct agent *a, const struct segment *s)
{
	for (int i = 0; i < a->n_declined; i++)
		if (a->declined[i].stay == s->stay)
			return true;
	return false;
}

bool route_is_excluded(const struct route *r, const struct agent *a, const struct segment *s)
{
	const struct exclusion *e = s->is_excluding ? map_get(&r->exclusion_of, (uint64_t)s->stay + 1) : NULL;

	for (int i = 0; e && i < ROUTE_EXCLUDED_MAX; i++)
		if (e->agents[i] == a->id)
			return true;
	return false;
}

bool route_is_barred(const struct route *r, const struct agent *a, const struct segment *s)
{
	if (s->is_declined && is_declined(a, s))
		return true;
	if (route_is_excluded(r, a, s))
		return true;
	return s->state == SEGMENT_OFFERED && route_contact_find(r, a, s->id, SEGMENT_OFFERED);
}

void route_agent_touch(struct route *r, struct agent *a)
{
	route_free_remove(r, a, a->indexed);
	if (a->is_dirty)
		return;
	a->is_dirty = true;
	a->dirty_next = r->dirty_agents;
	r->dirty_agents = a->slot + 1;
}

void route_segment_touch(struct route *r, struct segment *s)
{
	assert(s->state == SEGMENT_WAITING && !s->is_pooled);
	s->next = r->dirty_segments;
	r->dirty_segments = s->self;
	if (s->queue->nobody_ms != INT64_MAX)
		route_queue_due(r, s->queue);
}

/* Whether its queue keeps back all who are free. */
static bool is_kept_back(const struct need *n)
{
	return n->n_free <= (uint32_t)n->queue->set.keep_free;
}

struct agent *route_agent_for(const struct route *r, const struct segment *s)
{
	struct agent *a = s->agent;

	if (!a)
		return is_kept_back(s->need) ? NULL : route_free_best(r, s->need, s);
	bool is_free = route_agent_free_mask(a) & 1u << s->channel;
	return is_free && !route_is_barred(r, a, s) && !route_queue_is_full_for(r, s->queue, a) ? a : NULL;
}

void route_pool(struct route *r, struct segment *s)
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

/* What of a changes for the needs by the offer of something of q. */
static void refresh_free(struct route *r, struct agent *a, const struct queue *q)
{
	uint8_t before = a->indexed, after = route_agent_free_mask(a);
	bool is_key_new = q->set.strategy == ROUTE_ROUND_ROBIN || q->set.per_agent_max;

	route_free_remove(r, a, is_key_new ? before : (uint8_t)(before & ~after));
	if (is_key_new)
		route_free_add(r, a, before & after);
}

static void take_turn(struct queue *q, const struct agent *a, uint64_t decision)
{
	uint32_t place = route_serving_place(q, a);

	if (place != UINT32_MAX)
		q->turns[place] = decision;
}

static void act_offer(struct route *r, const struct segment *s, const struct agent *a, uint64_t decision)
{
	bool is_reservation = route_terms(r, s)->reserve_ms > 0;

	route_act(r, (struct route_action){is_reservation ? ROUTE_RESERVE : ROUTE_OFFER, .segment = s->id,
			     .agent = a->id, .queue = s->queue->set.id, .decision = decision,
			     .due_ms = s->due_ms});
}

/* s, which rings at one agent, rings at all others who may take it. */
static void ring_others(struct route *r, struct segment *s, uint64_t decision)
{
	struct agent *a;

	for (int n = 1; n < ROUTE_RING_ALL_MAX && !is_kept_back(s->need); n++) {
		a = route_free_best(r, s->need, s);
		if (!a)
			break;
		int rc = route_ring_add(r, s, a);
		assert(rc == 0); /* route_make_room saw to it */
		(void)rc;
		refresh_free(r, a, s->queue);
		act_offer(r, s, a, decision);
	}
}

void route_offer(struct route *r, struct segment *s, struct agent *a, enum route_how how)
{
	int32_t reserve_ms = route_terms(r, s)->reserve_ms;
	struct queue *q = s->queue;

	assert(s->state == SEGMENT_WAITING);
	if (how == ROUTE_BY_ORDER || how == ROUTE_BY_SHARE)
		route_share_count(r, s, a);
	uint64_t decision = route_explain_record(r, s, a, how);

	route_unpool(r, s);
	if (s->is_queued)
		route_order_count(r, q->root, s, SEGMENT_OFFERED);
	s->state = SEGMENT_OFFERED;
	s->is_assigned = how == ROUTE_BY_HAND;
	s->due_ms = route_later(r->now_ms, reserve_ms ? reserve_ms : q->set.ring_timeout_ms);
	route_contact_append(r, a, s);
	a->used[s->channel]++;
	q->n_offered++;
	if (q->nobody_ms != INT64_MAX) /* an agent beyond the last ring, by hand */
		route_queue_due(r, q);
	if (q->turns)
		take_turn(q, a, decision);
	refresh_free(r, a, q);
	route_segment_due(r, s);
	act_offer(r, s, a, decision);
	if (q->set.strategy == ROUTE_RING_ALL && !reserve_ms &&
		(how == ROUTE_BY_ORDER || how == ROUTE_BY_SHARE))
		ring_others(r, s, decision);
}

/* Whether a, which is free under mask, may take s of its own pool, or of a need it meets. */
static bool may_take(const struct route *r, const struct agent *a, uint8_t mask, const struct segment *s)
{
	return mask & 1u << s->channel && !route_is_barred(r, a, s) &&
	       !route_queue_is_full_for(r, s->queue, a);
}

static bool is_segment_before(const struct segment *a, const struct segment *b)
{
	int owed_a = route_share_owed(a), owed_b = route_share_owed(b);

	return owed_a != owed_b ? owed_a > owed_b : route_order_before(a, b);
}

/* The first of a's own pool that it may take under mask. Without shares the pool is in order. */
static struct segment *first_own(const struct route *r, const struct agent *a, uint8_t mask)
{
	struct segment *first = NULL, *s = route_order_first(r, ORDER_POOL, a->own_root);

	for (; s; s = route_order_next(r, ORDER_POOL, a->own_root, s)) {
		if (!may_take(r, a, mask, s) || (first && !is_segment_before(s, first)))
			continue;
		first = s;
		if (!r->w.is_sharing)
			break;
	}
	return first;
}

static bool is_head_before(const struct head *a, const struct head *b)
{
	if (a->band != b->band)
		return a->band > b->band;
	if (a->rank_ms != b->rank_ms)
		return a->rank_ms < b->rank_ms;
	return a->id < b->id;
}

/* The first segment waiting in a need that a may take; at most ROUTE_DECLINES and those that exclude it are
 * passed over. */
static struct segment *first_of_need(
	const struct route *r, const struct agent *a, const struct head *h, size_t need)
{
	struct segment *s = route_segment(r, h->first);

	if (!a->n_declined && !h->is_excluding)
		return s;
	while (s && route_is_barred(r, a, s))
		s = route_order_next(r, ORDER_POOL, r->w.needs.at[need]->root, s);
	return s;
}

/* As segment_for, where queues have shares. */
static struct segment *segment_by_share(const struct route *r, const struct agent *a, uint8_t mask)
{
	struct segment *best = NULL;

	for (size_t i = 0; i < a->needs.len; i++) {
		const struct head *h = &r->w.heads.at[a->needs.at[i].need];
		if (!h->first || !(mask & 1u << h->channel))
			continue;
		struct segment *s = first_of_need(r, a, h, a->needs.at[i].need);
		if (s && (!best || is_segment_before(s, best)))
			best = s;
	}
	return best;
}

/* The first waiting segment a may take under the channels of mask, or NULL. O(needs of the agent). */
static struct segment *segment_for(const struct route *r, const struct agent *a, uint8_t mask)
{
	if (r->w.is_sharing)
		return segment_by_share(r, a, mask);
	struct head best = {0};
	for (size_t i = 0; i < a->needs.len; i++) {
		const struct head *h = &r->w.heads.at[a->needs.at[i].need];
		if (!h->first || !(mask & 1u << h->channel) || (best.first && !is_head_before(h, &best)))
			continue;
		const struct segment *s = first_of_need(r, a, h, a->needs.at[i].need);
		if (!s)
			continue;
		struct head found = {.rank_ms = s->rank_ms, .id = s->id, .band = s->band, .first = s->self};
		if (!best.first || is_head_before(&found, &best))
			best = found;
	}
	return best.first ? route_segment(r, best.first) : NULL;
}

static enum route_how how_of(const struct segment *s)
{
	if (s->agent)
		return ROUTE_BY_PREFERENCE;
	return route_share_owed(s) ? ROUTE_BY_SHARE : ROUTE_BY_ORDER;
}

/* Whether something waits for a that one look cannot decide: others may be free for it, too, or a may have
 * enough of it. */
static bool is_intricate(const struct route *r, const struct agent *a)
{
	if (a->own_root)
		return true;
	for (size_t i = 0; i < a->needs.len; i++) {
		const struct head *h = &r->w.heads.at[a->needs.at[i].need];
		if (h->first && h->is_intricate)
			return true;
	}
	return false;
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
	route_free_add(r, a, mask);
}

static void settle_segment(struct route *r, struct segment *s)
{
	struct agent *a = route_agent_for(r, s);

	if (a)
		route_offer(r, s, a, how_of(s));
	else
		route_pool(r, s);
}

/* The first segment of a pool that somebody may take. Passed over are only those which every free agent just
 * declined. */
static struct segment *first_matched(const struct route *r, const struct work *w)
{
	if (w->agent)
		return first_own(r, w->agent, route_agent_free_mask(w->agent));
	if (!w->need->n_free || is_kept_back(w->need))
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
			is_segment_before(r->work.at[child + 1].s, r->work.at[child].s))
			child++;
		if (!is_segment_before(r->work.at[child].s, w.s))
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

static struct agent *dirty_agent(const struct route *r, uint32_t place)
{
	return place ? &r->w.agents[place - 1] : NULL;
}

/* Everything dirty goes to its place, and the pools this concerns are listed. */
static void work_collect(struct route *r)
{
	uint32_t segments = r->dirty_segments;

	for (struct agent *a = dirty_agent(r, r->dirty_agents); a; a = dirty_agent(r, a->dirty_next))
		route_free_add(r, a, route_agent_free_mask(a));
	for (uint32_t i = segments, next; i; i = next) {
		next = route_segment(r, i)->next;
		route_pool(r, route_segment(r, i));
	}
	for (struct agent *a = dirty_agent(r, r->dirty_agents); a; a = dirty_agent(r, a->dirty_next)) {
		work_add(r, NULL, a);
		for (size_t i = 0; i < a->needs.len; i++)
			if (r->w.heads.at[a->needs.at[i].need].first)
				work_add(r, r->w.needs.at[a->needs.at[i].need], NULL);
	}
	for (uint32_t i = segments; i; i = route_segment(r, i)->next)
		work_add(r, route_segment(r, i)->agent ? NULL : route_segment(r, i)->need,
			route_segment(r, i)->agent);
}

static void work_order(struct route *r)
{
	for (size_t i = r->work.len / 2; i-- > 0;)
		work_sink(r, i);
}

static void work_forget(struct work *w)
{
	if (w->need)
		w->need->is_pending = false;
	else
		w->agent->is_pending = false;
}

/* What is owed has changed, and with it the order: each pool's first is looked up again. */
static void work_renew(struct route *r)
{
	size_t kept = 0;

	VEC_EACH(&r->work, i)
	{
		struct work *w = &r->work.at[i];
		w->s = first_matched(r, w);
		if (w->s)
			r->work.at[kept++] = *w;
		else
			work_forget(w);
	}
	r->work.len = kept;
	work_order(r);
}

static void settle_many(struct route *r)
{
	r->work.len = 0;
	work_collect(r);
	work_order(r);
	while (r->work.len) {
		struct work *top = &r->work.at[0];
		struct segment *s = first_matched(r, top);
		bool is_offered = s && s == top->s;
		if (is_offered)
			route_offer(r, s, route_agent_for(r, s), how_of(s));
		if (is_offered && r->w.is_sharing) {
			work_renew(r);
			continue;
		}
		top->s = is_offered ? first_matched(r, top) : s;
		if (!top->s) {
			work_forget(top);
			*top = r->work.at[--r->work.len];
		}
		if (r->work.len)
			work_sink(r, 0);
	}
}

void route_settle(struct route *r)
{
	struct agent *a = dirty_agent(r, r->dirty_agents);
	struct segment *s = r->dirty_segments ? route_segment(r, r->dirty_segments) : NULL;

	if (a && !s && !a->dirty_next && !is_intricate(r, a))
		settle_agent(r, a);
	else if (s && !a && !s->next)
		settle_segment(r, s);
	else if (a || s)
		settle_many(r);
	for (a = dirty_agent(r, r->dirty_agents); a; a = dirty_agent(r, a->dirty_next))
		a->is_dirty = false;
	r->dirty_agents = 0;
	r->dirty_segments = 0;
}
