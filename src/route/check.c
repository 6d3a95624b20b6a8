/* Every invariant of the state, asserted from scratch. */
#include "route/due.h"
#include "route/match.h"
#include "route/need.h"
#include "route/order.h"
#include "route/ring.h"

#include <assert.h>

static void check_offer(const struct route *r, const struct agent *a, struct segment *ring)
{
	const struct segment *s = route_ring_segment(r, ring);

	assert(a->is_available && !a->is_gone && a->used[ring->channel] <= a->capacity[ring->channel]);
	assert(s->state == SEGMENT_OFFERED && s->is_mapped && s->id == ring->id && s->need == ring->need &&
		s->queue == ring->queue);
	if (ring == s)
		return;
	while (s->also && s->also != ring->self)
		s = route_segment(r, s->also);
	assert(s->also == ring->self);
}

static void check_contacts(const struct route *r, const struct agent *a)
{
	uint32_t used[ROUTE_CHANNELS] = {0}, wraps = 0, before = 0;

	for (uint32_t i = a->first; i; before = i, i = route_segment(r, i)->next) {
		struct segment *s = route_segment(r, i);
		assert(s->agent == a && s->prev == before && s->state >= SEGMENT_OFFERED);
		/* every offer and wrap-up ends */
		assert(route_due_is_set(r, s) == (s->state != SEGMENT_CONNECTED && !s->primary));
		wraps += s->state == SEGMENT_WRAP_UP;
		used[s->channel]++;
		if (s->state == SEGMENT_OFFERED)
			check_offer(r, a, s);
	}
	assert(before == a->last && wraps == a->n_wrap_up);
	for (int c = 0; c < ROUTE_CHANNELS; c++)
		assert(used[c] == a->used[c]);
}

static bool is_in_tournament(const struct route *r, const struct agent *a, const struct need *n)
{
	return a->indexed & 1u << n->channel && !route_queue_is_full_for(r, n->queue, a);
}

static void check_agent(const struct route *r, const struct agent *a)
{
	uint32_t own = 0;

	assert(&r->w.agents[a->slot] == a && !a->is_dirty && !a->is_pending);
	assert(a->indexed == route_agent_free_mask(a));
	check_contacts(r, a);
	for (size_t i = 0; i < a->needs.len; i++) {
		const struct need *n = r->w.needs.at[a->needs.at[i].need];
		uint32_t leaf = a->needs.at[i].leaf;
		assert(n->members[leaf].agent == a->slot);
		assert(n->best[n->n_members + leaf] == (is_in_tournament(r, a, n) ? leaf + 1 : 0));
	}
	for (const struct segment *s = route_order_first(r, ORDER_POOL, a->own_root); s;
		s = route_order_next(r, ORDER_POOL, a->own_root, s), own++)
		assert(s->agent == a && s->state == SEGMENT_WAITING && s->is_pooled &&
			!route_agent_for(r, s));
	assert(own == a->n_own && (!own || a->is_available));
}

/* Whether member a of n comes before b, by the rules of route.h. */
static bool is_before(
	const struct route *r, const struct need *n, const struct member *a, const struct member *b)
{
	const struct agent *aa = &r->w.agents[a->agent], *ab = &r->w.agents[b->agent];
	int64_t ka = route_need_key(n, a, aa), kb = route_need_key(n, b, ab);

	if (a->level != b->level)
		return a->level < b->level;
	if (a->unmet != b->unmet)
		return a->unmet < b->unmet;
	if (ka != kb)
		return ka < kb;
	return aa->idle_ms != ab->idle_ms ? aa->idle_ms < ab->idle_ms : aa->id < ab->id;
}

static void check_members(const struct route *r, const struct need *n)
{
	uint32_t n_free = 0, available = 0, best = 0;

	for (uint32_t i = 0; i < n->n_members; i++) {
		const struct agent *a = &r->w.agents[n->members[i].agent];
		available += a->is_available;
		if (!is_in_tournament(r, a, n))
			continue;
		n_free++;
		if (!best || is_before(r, n, &n->members[i], &n->members[best - 1]))
			best = i + 1;
	}
	assert(n_free == n->n_free && available == n->n_available && !n->is_pending);
	assert(!n->n_members || n->best[1] == best);
}

static void check_need(const struct route *r, const struct need *n)
{
	const struct segment *first = route_order_first(r, ORDER_POOL, n->root);
	const struct head *h = &r->w.heads.at[n->index];
	uint32_t excluding = 0;

	check_members(r, n);
	assert(h->first == (first ? first->self : 0) && h->channel == n->channel);
	assert(!first || (h->id == first->id && h->band == first->band && h->rank_ms == first->rank_ms));
	for (const struct segment *s = first; s; s = route_order_next(r, ORDER_POOL, n->root, s)) {
		assert(s->need == n && !s->agent && s->is_pooled && s->state == SEGMENT_WAITING);
		assert(s->ring == n->ring && !s->also && !s->primary);
		assert(!route_agent_for(r, s)); /* nobody waits beside a free agent */
		excluding += s->is_excluding;
	}
	assert(excluding == n->n_excluding && h->is_excluding == (excluding > 0));
}

static void check_queue(const struct route *r, const struct queue *q)
{
	uint32_t waiting = 0, offered = 0;
	int64_t oldest = INT64_MAX;

	assert((q->nobody_ms != INT64_MAX) == !q->wide->n_available);
	assert(q->owed >= -ROUTE_OWED_MAX && q->owed <= ROUTE_OWED_MAX);

	for (const struct segment *s = route_order_first(r, ORDER_QUEUE, q->root); s;
		s = route_order_next(r, ORDER_QUEUE, q->root, s)) {
		assert(s->queue == q && s->is_queued && s->is_mapped && map_get(&r->segment_of, s->id) == s);
		assert(s->need && s->need->queue == q);
		assert(s->state == SEGMENT_WAITING ? s->is_pooled
						   : s->state == SEGMENT_OFFERED && !s->is_pooled);
		if (s->state == SEGMENT_WAITING)
			assert(route_order_rank(r, q->root, s) == waiting);
		waiting += s->state == SEGMENT_WAITING;
		offered += s->state == SEGMENT_OFFERED;
		if (s->since_ms < oldest)
			oldest = s->since_ms;
	}
	assert(offered == q->n_offered);
	assert(!q->root || (route_segment(r, q->root)->n_waiting == waiting));
	assert(!q->root || (route_segment(r, q->root)->oldest_ms == oldest));
	assert(q->n_enqueued == q->n_answered + q->n_cancelled + q->n_overflowed + waiting + offered);
}

void route_check(const struct route *r)
{
	assert(!r->dirty_agents && !r->dirty_segments);
	for (uint32_t i = 0; i < r->w.n_agents; i++)
		check_agent(r, &r->w.agents[i]);
	VEC_EACH(&r->w.needs, i)
	if (r->w.needs.at[i])
		check_need(r, r->w.needs.at[i]);
	for (uint32_t i = 0; i < r->w.n_queues; i++)
		check_queue(r, &r->w.queues[i]);
	for (size_t i = 1; i < r->timers.len; i++)
		assert(r->timers.at[i].due_ms >= r->timers.at[(i - 1) / 4].due_ms);
}
