/* Every invariant of the state, asserted from scratch. */
#include "route/due.h"
#include "route/match.h"
#include "route/need.h"
#include "route/order.h"

#include <assert.h>

static void check_contacts(const struct route *r, const struct agent *a)
{
	uint32_t used[ROUTE_CHANNELS] = {0}, wraps = 0, before = 0;

	for (uint32_t i = a->first; i; before = i, i = route_segment(r, i)->next) {
		const struct segment *s = route_segment(r, i);
		assert(s->agent == a && s->prev == before && s->state >= SEGMENT_OFFERED);
		assert(route_due_is_set(r, s) ==
			(s->state != SEGMENT_CONNECTED)); /* every offer and wrap-up ends */
		if (s->state == SEGMENT_WRAP_UP)
			wraps++;
		else
			used[s->channel]++;
		if (s->state == SEGMENT_OFFERED)
			assert(a->is_available && !a->is_gone &&
				a->used[s->channel] <= a->capacity[s->channel]);
	}
	assert(before == a->last && wraps == a->n_wrap_up);
	for (int c = 0; c < ROUTE_CHANNELS; c++)
		assert(used[c] == a->used[c]);
}

static void check_agent(const struct route *r, const struct agent *a)
{
	uint32_t own = 0;

	assert(&r->w.agents[a->slot] == a && r->w.keys[a->slot].id == a->id && !a->is_dirty &&
		!a->is_pending);
	assert(a->indexed == route_agent_free_mask(a));
	check_contacts(r, a);
	for (size_t i = 0; i < a->needs.len; i++) {
		const struct need *n = r->w.needs.at[a->needs.at[i].need];
		uint32_t leaf = a->needs.at[i].leaf;
		assert(n->members[leaf].agent == a->slot && n->members[leaf].membership == i);
		assert(n->best[n->n_members + leaf] == (a->indexed & 1u << n->channel ? a->slot + 1 : 0));
	}
	for (const struct segment *s = route_order_first(r, ORDER_POOL, a->own_root); s;
		s = route_order_next(r, ORDER_POOL, a->own_root, s), own++)
		assert(s->agent == a && s->state == SEGMENT_WAITING && s->is_pooled &&
			!route_agent_for(r, s));
	assert(own == a->n_own && (!own || a->is_available));
}

static void check_need(const struct route *r, const struct need *n)
{
	uint32_t n_free = 0, available = 0, longest = 0;
	const struct segment *first = route_order_first(r, ORDER_POOL, n->root);
	const struct head *h = &r->w.heads.at[n->index];

	for (uint32_t i = 0; i < n->n_members; i++) {
		const struct agent *a = &r->w.agents[n->members[i].agent];
		available += a->is_available;
		if (!(a->indexed & 1u << n->channel))
			continue;
		n_free++;
		const struct agent_key *k = &r->w.keys[a->slot],
				       *best = longest ? &r->w.keys[longest - 1] : NULL;
		if (!best || k->idle_ms < best->idle_ms || (k->idle_ms == best->idle_ms && k->id < best->id))
			longest = a->slot + 1;
	}
	assert(n_free == n->n_free && available == n->n_available && !n->is_pending);
	assert(!n->n_members || n->best[1] == longest);
	assert(h->first == (first ? first->self : 0) &&
		(!first || (h->id == first->id && h->priority == first->priority)));
	for (const struct segment *s = first; s; s = route_order_next(r, ORDER_POOL, n->root, s)) {
		assert(s->need == n && !s->agent && s->is_pooled && s->state == SEGMENT_WAITING);
		assert(!route_agent_for(r, s)); /* nobody waits beside a free agent */
	}
}

static void check_queue(const struct route *r, const struct queue *q)
{
	uint32_t waiting = 0, offered = 0;
	int64_t oldest = INT64_MAX;

	for (const struct segment *s = route_order_first(r, ORDER_QUEUE, q->root); s;
		s = route_order_next(r, ORDER_QUEUE, q->root, s)) {
		assert(s->queue == q && s->is_queued && s->is_mapped && map_get(&r->segment_of, s->id) == s);
		assert(s->need && s->need->queue == q && s->priority == q->set.priority + s->own_priority);
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
