/* See need.h. Invariants: members[i].membership and agents[].needs[].leaf point at each other; best[n_members
 * + i] is i + 1 while that agent is in the tournament, else 0. Members are in order of agent ids. */
#include "route/need.h"
#include "route/ask.h"
#include "route/match.h"
#include "route/order.h"

#include <assert.h>

static bool is_ask_before(const struct route_ask *a, const struct route_ask *b)
{
	if (a->any != b->any)
		return a->any < b->any;
	if (a->kind != b->kind)
		return a->kind < b->kind;
	return a->skill != b->skill ? a->skill < b->skill : a->level < b->level;
}

void route_asks_sort(struct route_ask *asks, int n)
{
	for (int i = 1; i < n; i++) { /* insertion: at most ROUTE_ASKS_MAX of them */
		struct route_ask ask = asks[i];
		int at = i;
		for (; at > 0 && is_ask_before(&ask, &asks[at - 1]); at--)
			asks[at] = asks[at - 1];
		asks[at] = ask;
	}
}

static uint64_t mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ (h >> 29);
}

static uint64_t hash_of(const struct queue *q, uint8_t ring, const struct route_ask *own, int n_own)
{
	uint64_t h = mix(mix(1, q->set.id), ring);

	for (int i = 0; i < n_own; i++)
		h = mix(mix(h, own[i].skill),
			(uint64_t)own[i].level << 16 | (uint64_t)own[i].any << 8 | own[i].kind);
	return h ? h : 1;
}

static bool is_asking(
	const struct need *n, const struct queue *q, uint8_t ring, const struct route_ask *own, int n_own)
{
	if (n->queue != q || n->ring != ring || n->n_own != n_own)
		return false;
	for (int i = 0; i < n_own; i++)
		if (n->own[i].skill != own[i].skill || n->own[i].level != own[i].level ||
			n->own[i].any != own[i].any || n->own[i].kind != own[i].kind)
			return false;
	return true;
}

struct need *route_need_find(
	const struct world *w, struct queue *q, uint8_t ring, const struct route_ask *own, int n_own)
{
	if (q->base && is_asking(q->base, q, ring, own, n_own))
		return q->base;
	struct need *n = map_get(&w->need_of, hash_of(q, ring, own, n_own));
	while (n && !is_asking(n, q, ring, own, n_own))
		n = n->same_hash;
	return n;
}

uint8_t route_ring_at(const struct queue *q, int64_t waited_ms)
{
	int ring = 0;

	while (ring + 1 < q->set.n_rings && waited_ms >= q->set.rings[ring + 1].after_ms)
		ring++;
	return (uint8_t)ring;
}

void route_need_free(struct need *n)
{
	if (!n)
		return;
	alloc_free(n->members);
	alloc_free(n->best);
	alloc_free(n);
}

static void need_freep(struct need **n)
{
	route_need_free(*n);
}
#define _cleanup_need_ __attribute__((cleanup(need_freep)))

bool route_need_is_reached(const struct need *n, const struct serving *v)
{
	const struct route_queue *set = &n->queue->set;

	return !set->n_rings || v->level <= set->rings[n->ring].level;
}

static int reserve_membership(struct agent *a)
{
	if (a->needs.len < a->needs.room)
		return 0;
	uint32_t room = a->needs.len + a->needs.len / 4 + 1; /* hardly ever more than the queues it serves */
	struct membership *grown = alloc_resize(a->needs.at, room * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	a->needs.at = grown;
	a->needs.room = room;
	return 0;
}

/* Fills in the members; room for their memberships is made, but the agents do not know of the need yet. */
static int find_members(struct world *w, struct need *n)
{
	const struct queue *q = n->queue;
	struct member *members = alloc_array(q->n_serving ? q->n_serving : 1, sizeof(*members));
	int relax = q->set.n_rings ? q->set.rings[n->ring].relax : 0;
	struct asks asks;

	if (!members)
		return -ENOMEM;
	n->members = members;
	route_asks_find(w, n->full, n->n_full, &asks);
	for (uint32_t i = 0; i < q->n_serving; i++) {
		struct agent *a = &w->agents[q->serving[i].agent];
		if (!a->capacity[n->channel] || !route_need_is_reached(n, &q->serving[i]) ||
			!route_asks_hold(a, &asks, relax)) {
			if (n->n_lacks < ROUTE_CANDIDATES_MAX)
				n->lacks[n->n_lacks] = i;
			n->n_lacks++;
			continue;
		}
		if (reserve_membership(a) < 0)
			return -ENOMEM;
		members[n->n_members++] = (struct member){.agent = a->slot,
			.level = q->serving[i].level,
			.unmet = (uint8_t)route_asks_unmet(a, &asks),
			.score = (uint16_t)route_asks_score(a, &asks)};
	}
	struct member *fitting = alloc_resize(members, (n->n_members ? n->n_members : 1) * sizeof(*members));
	if (fitting)
		n->members = fitting;
	n->best = alloc_array(2 * (size_t)n->n_members + 1, sizeof(*n->best));
	return n->best ? 0 : -ENOMEM;
}

uint32_t route_serving_place(const struct queue *q, const struct agent *a)
{
	uint32_t low = 0, high = q->n_serving;

	while (low < high) {
		uint32_t mid = (low + high) / 2;
		if (q->serving[mid].agent < a->slot)
			low = mid + 1;
		else
			high = mid;
	}
	return low < q->n_serving && q->serving[low].agent == a->slot ? low : UINT32_MAX;
}

/* a and b: places of members + 1, 0: nobody. */
static uint32_t better(const struct world *w, const struct need *n, uint32_t a, uint32_t b)
{
	if (!a || !b)
		return a ? a : b;
	const struct member *ma = &n->members[a - 1], *mb = &n->members[b - 1];
	if (ma->level != mb->level)
		return ma->level < mb->level ? a : b;
	if (ma->unmet != mb->unmet)
		return ma->unmet < mb->unmet ? a : b;
	if (ma->key != mb->key)
		return ma->key < mb->key ? a : b;
	if (n->queue->set.strategy != ROUTE_LONGEST_IDLE) {
		int64_t ia = w->agents[ma->agent].idle_ms, ib = w->agents[mb->agent].idle_ms;
		if (ia != ib)
			return ia < ib ? a : b;
	}
	return a < b ? a : b;
}

static int64_t weighted_key(const struct route_mix *mix, const struct member *m, const struct agent *a)
{
	return mix->idle * (a->idle_ms / 1000) - (int64_t)mix->skill * m->score +
	       (int64_t)mix->occupancy * (a->occupancy_ppm / 10000) + (int64_t)mix->contacts * a->n_taken;
}

int64_t route_need_key(const struct need *n, const struct member *m, const struct agent *a)
{
	const struct queue *q = n->queue;

	switch (q->set.strategy) {
	case ROUTE_LONGEST_IDLE:
	case ROUTE_STRATEGIES:
		return a->idle_ms;
	case ROUTE_LEAST_OCCUPIED:
		return a->occupancy_ppm;
	case ROUTE_MOST_SKILLED:
		return -(int64_t)m->score;
	case ROUTE_FEWEST_CONTACTS:
		return a->n_taken;
	case ROUTE_ROUND_ROBIN:
		return (int64_t)q->turns[route_serving_place(q, a)];
	case ROUTE_RING_ALL:
		return 0;
	case ROUTE_TOP_DOWN:
		return q->serving[route_serving_place(q, a)].position;
	case ROUTE_WEIGHTED:
		return weighted_key(&q->set.mix, m, a);
	}
	return 0;
}

static int contacts_of(const struct route *r, const struct queue *q, const struct agent *a)
{
	int n = 0;

	for (uint32_t i = a->first; i; i = route_segment(r, i)->next)
		n += route_segment(r, i)->queue == q;
	return n;
}

bool route_queue_is_full_for(const struct route *r, const struct queue *q, const struct agent *a)
{
	return q->set.per_agent_max && contacts_of(r, q, a) >= q->set.per_agent_max;
}

bool route_queue_is_over_for(const struct route *r, const struct queue *q, const struct agent *a)
{
	return q->set.per_agent_max && contacts_of(r, q, a) > q->set.per_agent_max;
}

/* Agents learn of the need. Those known as free are in its tournament from now on, unless they have enough of
 * the queue: every other need of that queue tells. */
static void join(struct world *w, struct need *n)
{
	for (uint32_t i = 0; i < n->n_members; i++) {
		struct agent *a = &w->agents[n->members[i].agent];
		a->needs.at[a->needs.len++] = (struct membership){n->index, i};
		n->n_available += a->is_available;
	}
}

/* The tournament of a new need. */
static void start_tournament(struct route *r, struct need *n)
{
	for (uint32_t i = 0; i < n->n_members; i++) {
		const struct agent *a = &r->w.agents[n->members[i].agent];
		if (!(a->indexed & 1u << n->channel) || route_queue_is_full_for(r, n->queue, a))
			continue;
		n->members[i].key = route_need_key(n, &n->members[i], a);
		n->best[n->n_members + i] = i + 1;
		n->n_free++;
	}
	for (uint32_t k = n->n_members; k-- > 1;)
		n->best[k] = better(&r->w, n, n->best[2 * k], n->best[2 * k + 1]);
}

static void set_head_of_none(struct world *w, const struct need *n)
{
	const struct route_queue *set = &n->queue->set;

	w->heads.at[n->index] = (struct head){.channel = n->channel,
		.is_intricate = set->keep_free || set->per_agent_max || set->strategy == ROUTE_RING_ALL,
		.is_sharing = set->share_pct > 0};
}

/* A place in needs and heads: the first free one. */
static int take_place(struct world *w, struct need *n)
{
	size_t i = w->free_from;

	while (i < w->needs.len && w->needs.at[i])
		i++;
	if (i == w->needs.len) {
		if (!VEC_RESERVE(&w->needs, i + 1) || !VEC_RESERVE(&w->heads, i + 1))
			return -ENOMEM;
		w->needs.at[i] = NULL;
		w->heads.at[i] = (struct head){0};
		w->needs.len = w->heads.len = i + 1;
	}
	n->index = (uint32_t)i;
	return 0;
}

static void fill(struct need *n, const struct route_ask *own, int n_own)
{
	const struct route_queue *set = &n->queue->set;

	n->n_own = n_own;
	for (int i = 0; i < n_own; i++)
		n->own[i] = own[i];
	memcpy(n->full, set->asks, (size_t)set->n_asks * sizeof(*own));
	n->n_full = set->n_asks + n_own;
	for (int i = 0; i < n_own; i++) {
		struct route_ask *ask = &n->full[set->n_asks + i];
		uint8_t taken = 0;
		*ask = own[i];
		if (!ask->any) /* alternatives of the queue and of the segment are not each other's */
			continue;
		for (int k = 0; k < set->n_asks; k++)
			taken = set->asks[k].any > taken ? set->asks[k].any : taken;
		ask->any = (uint8_t)(ask->any + taken);
	}
}

int route_need_add(struct world *w, struct queue *q, uint8_t ring, const struct route_ask *own, int n_own,
	struct need **ret_need)
{
	_cleanup_need_ struct need *n = alloc_zero(sizeof(*n));

	if (!n)
		return -ENOMEM;
	n->queue = q;
	n->channel = (uint8_t)q->set.channel;
	n->ring = ring;
	fill(n, own, n_own);
	n->hash = hash_of(q, ring, own, n_own);
	if (find_members(w, n) < 0 || take_place(w, n) < 0)
		return -ENOMEM;
	n->same_hash = map_get(&w->need_of, n->hash);
	if (map_put(&w->need_of, n->hash, n) < 0)
		return -ENOMEM;
	w->needs.at[n->index] = n;
	w->free_from = n->index + 1;
	set_head_of_none(w, n);
	n->used = ++w->n_uses;
	q->n_needs++;
	join(w, n);
	*ret_need = TAKE_PTR(n);
	return 0;
}

struct need *route_need_get(
	struct route *r, struct queue *q, uint8_t ring, const struct route_ask *own, int n_own)
{
	struct need *n = route_need_find(&r->w, q, ring, own, n_own);

	if (!n) {
		route_need_make_room(&r->w, q);
		if (!VEC_RESERVE(&r->work, r->w.needs.len + 1 + r->w.n_agents) ||
			route_need_add(&r->w, q, ring, own, n_own, &n) < 0)
			return NULL;
		start_tournament(r, n);
	}
	n->used = ++r->w.n_uses;
	return n;
}

static void leave(struct world *w, struct need *n)
{
	for (uint32_t i = 0; i < n->n_members; i++) {
		struct agent *a = &w->agents[n->members[i].agent];
		uint32_t at = 0;
		while (a->needs.at[at].need != n->index)
			at++;
		a->needs.at[at] = a->needs.at[--a->needs.len];
	}
}

static void forget(struct world *w, struct need *n)
{
	struct need *first = map_get(&w->need_of, n->hash);

	if (first == n && !n->same_hash) {
		map_remove(&w->need_of, n->hash);
	} else if (first == n) {
		map_remove(&w->need_of, n->hash);
		int rc = map_put(
			&w->need_of, n->hash, n->same_hash); /* in the place just left: takes no memory */
		assert(rc == 0);
		(void)rc;
	} else {
		while (first->same_hash != n)
			first = first->same_hash;
		first->same_hash = n->same_hash;
	}
	leave(w, n);
	w->needs.at[n->index] = NULL;
	w->heads.at[n->index] = (struct head){0};
	if (n->index < w->free_from)
		w->free_from = n->index;
	n->queue->n_needs--;
	route_need_free(n);
}

void route_need_make_room(struct world *w, struct queue *q)
{
	while (q->n_needs > ROUTE_NEEDS_CACHED) {
		struct need *oldest = NULL;
		for (size_t i = 0; i < w->needs.len; i++) {
			struct need *n = w->needs.at[i];
			if (n && n->queue == q && !n->n_segments && !n->is_permanent &&
				(!oldest || n->used < oldest->used))
				oldest = n;
		}
		if (!oldest)
			return;
		forget(w, oldest);
	}
}

bool route_need_is_met(const struct need *n, const struct agent *a)
{
	for (size_t i = 0; i < a->needs.len; i++)
		if (a->needs.at[i].need == n->index)
			return true;
	return false;
}

static void set_leaf(struct route *r, struct need *n, uint32_t leaf, uint32_t value)
{
	uint32_t k = n->n_members + leaf;

	if (n->best[k] == value)
		return;
	n->n_free += value ? 1u : UINT32_MAX;
	n->best[k] = value;
	while ((k /= 2) >= 1) {
		uint32_t winner = better(&r->w, n, n->best[2 * k], n->best[2 * k + 1]);
		if (n->best[k] == winner)
			break;
		n->best[k] = winner;
	}
}

void route_free_add(struct route *r, struct agent *a, uint8_t mask)
{
	mask &= (uint8_t)~a->indexed;
	a->indexed |= mask;
	for (size_t i = 0; mask && i < a->needs.len; i++) {
		struct membership m = a->needs.at[i];
		if (!(mask & 1u << r->w.heads.at[m.need].channel))
			continue;
		struct need *n = r->w.needs.at[m.need];
		if (route_queue_is_full_for(r, n->queue, a))
			continue;
		n->members[m.leaf].key = route_need_key(n, &n->members[m.leaf], a);
		set_leaf(r, n, m.leaf, m.leaf + 1);
	}
}

void route_free_remove(struct route *r, struct agent *a, uint8_t mask)
{
	mask &= a->indexed;
	a->indexed &= (uint8_t)~mask;
	for (size_t i = 0; mask && i < a->needs.len; i++) {
		struct membership m = a->needs.at[i];
		if (mask & 1u << r->w.heads.at[m.need].channel)
			set_leaf(r, r->w.needs.at[m.need], m.leaf, 0);
	}
}

static uint32_t best_below(
	const struct route *r, const struct need *n, uint32_t node, const struct segment *s)
{
	uint32_t winner = n->best[node];

	if (!winner || !route_is_barred(r, &r->w.agents[n->members[winner - 1].agent], s))
		return winner;
	if (node >= n->n_members)
		return 0;
	return better(&r->w, n, best_below(r, n, 2 * node, s), best_below(r, n, 2 * node + 1, s));
}

struct agent *route_free_best(const struct route *r, const struct need *n, const struct segment *s)
{
	uint32_t winner = n->n_free ? best_below(r, n, 1, s) : 0;

	return winner ? &r->w.agents[n->members[winner - 1].agent] : NULL;
}

static void set_head(struct route *r, struct need *n, const struct segment *s)
{
	struct head *h = &r->w.heads.at[n->index];

	h->first = s ? s->self : 0;
	if (!s)
		return;
	h->rank_ms = s->rank_ms;
	h->id = s->id;
	h->band = s->band;
}

void route_need_insert(struct route *r, struct segment *s)
{
	struct need *n = s->need;
	uint32_t first = r->w.heads.at[n->index].first;

	route_order_insert(r, ORDER_POOL, &n->root, s);
	n->n_excluding += s->is_excluding;
	if (s->is_excluding)
		r->w.heads.at[n->index].is_excluding = true;
	if (!first || route_order_before(s, route_segment(r, first)))
		set_head(r, n, s);
}

void route_need_remove(struct route *r, struct segment *s)
{
	struct need *n = s->need;

	route_order_remove(r, ORDER_POOL, &n->root, s);
	n->n_excluding -= s->is_excluding;
	r->w.heads.at[n->index].is_excluding = n->n_excluding > 0;
	if (r->w.heads.at[n->index].first == s->self)
		route_need_set_head(r, n);
}

void route_need_set_head(struct route *r, struct need *n)
{
	set_head(r, n, route_order_first(r, ORDER_POOL, n->root));
}
