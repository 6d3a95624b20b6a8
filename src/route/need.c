/* See need.h. Invariants: members[i].membership and agents[].needs[].leaf point at each other; best[n_members
 * + i] is the slot + 1 of member i while the agent is indexed under the need's channel, else 0. */
#include "route/need.h"
#include "route/order.h"

#include <assert.h>

int route_skills_normalise(struct route_skill *skills, int n)
{
	int kept = 0;

	for (int i = 0; i < n; i++) { /* insertion: at most ROUTE_NEED_SKILLS of them */
		struct route_skill s = skills[i];
		int at = kept;
		while (at > 0 && skills[at - 1].skill > s.skill)
			at--;
		if (at > 0 && skills[at - 1].skill == s.skill) {
			if (s.level > skills[at - 1].level)
				skills[at - 1].level = s.level;
			continue;
		}
		memmove(&skills[at + 1], &skills[at], (size_t)(kept - at) * sizeof(*skills));
		skills[at] = s;
		kept++;
	}
	return kept;
}

bool route_skills_hold(const struct agent *a, const struct route_skill *asked, int n)
{
	uint32_t at = 0;

	for (int i = 0; i < n; i++) {
		while (at < a->n_skills && a->skills[at].skill < asked[i].skill)
			at++;
		if (at == a->n_skills || a->skills[at].skill != asked[i].skill ||
			a->skills[at].level < asked[i].level)
			return false;
	}
	return true;
}

static uint64_t mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ (h >> 29);
}

static uint64_t hash_of(const struct queue *q, uint8_t channel, const struct route_skill *own, int n_own)
{
	uint64_t h = mix(mix(1, q->set.id), channel);

	for (int i = 0; i < n_own; i++)
		h = mix(mix(h, own[i].skill), (uint64_t)own[i].level);
	return h ? h : 1;
}

static bool is_asking(const struct need *n, const struct queue *q, uint8_t channel,
	const struct route_skill *own, int n_own)
{
	if (n->queue != q || n->channel != channel || n->n_own != n_own)
		return false;
	for (int i = 0; i < n_own; i++)
		if (n->own[i].skill != own[i].skill || n->own[i].level != own[i].level)
			return false;
	return true;
}

struct need *route_need_find(
	const struct world *w, struct queue *q, uint8_t channel, const struct route_skill *own, int n_own)
{
	if (q->base && is_asking(q->base, q, channel, own, n_own))
		return q->base;
	struct need *n = map_get(&w->need_of, hash_of(q, channel, own, n_own));
	while (n && !is_asking(n, q, channel, own, n_own))
		n = n->same_hash;
	return n;
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

/* Fills in the members; room for their memberships is made, but the agents do not know of the need yet. */
static int find_members(struct world *w, struct need *n)
{
	const struct queue *q = n->queue;
	struct member *members = alloc_array(q->n_serving ? q->n_serving : 1, sizeof(*members));

	if (!members)
		return -ENOMEM;
	n->members = members;
	for (uint32_t i = 0; i < q->n_serving; i++) {
		struct agent *a = &w->agents[q->serving[i]];
		if (!a->capacity[n->channel] || !route_skills_hold(a, n->full, n->n_full)) {
			if (n->n_lacks < ROUTE_CANDIDATES_MAX)
				n->lacks[n->n_lacks] = a->slot;
			n->n_lacks++;
			continue;
		}
		if (!VEC_RESERVE(&a->needs, a->needs.len + 1))
			return -ENOMEM;
		members[n->n_members++] = (struct member){.agent = a->slot};
	}
	struct member *fitting = alloc_resize(members, (n->n_members ? n->n_members : 1) * sizeof(*members));
	if (fitting)
		n->members = fitting;
	n->best = alloc_array(2 * (size_t)n->n_members + 1, sizeof(*n->best));
	return n->best ? 0 : -ENOMEM;
}

static uint32_t better(const struct world *w, uint32_t a, uint32_t b)
{
	if (!a || !b)
		return a ? a : b;
	const struct agent_key *ka = &w->keys[a - 1], *kb = &w->keys[b - 1];
	if (ka->idle_ms != kb->idle_ms)
		return ka->idle_ms < kb->idle_ms ? a : b;
	return ka->id < kb->id ? a : b;
}

static void join(struct world *w, struct need *n)
{
	for (uint32_t i = 0; i < n->n_members; i++) {
		struct agent *a = &w->agents[n->members[i].agent];
		n->members[i].membership = (uint32_t)a->needs.len;
		a->needs.at[a->needs.len++] = (struct membership){n->index, i};
		n->n_available += a->is_available;
		if (a->indexed & 1u << n->channel) {
			n->best[n->n_members + i] = a->slot + 1;
			n->n_free++;
		}
	}
	for (uint32_t k = n->n_members; k-- > 1;)
		n->best[k] = better(w, n->best[2 * k], n->best[2 * k + 1]);
}

/* A place in needs and heads: the first free one, so that memberships of others stay right. */
static int take_place(struct world *w, struct need *n)
{
	size_t i = 0;

	if (n->queue->base) /* a queue's own needs come first and never go: no free place among them */
		for (i = w->n_queues; i < w->needs.len && w->needs.at[i]; i++)
			;
	else
		i = w->needs.len;
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

int route_need_add(struct world *w, struct queue *q, uint8_t channel, const struct route_skill *own,
	int n_own, struct need **ret_need)
{
	_cleanup_need_ struct need *n = alloc_zero(sizeof(*n));

	if (!n)
		return -ENOMEM;
	*n = (struct need){.queue = q, .channel = channel, .n_own = n_own};
	for (int i = 0; i < n_own; i++)
		n->own[i] = n->full[i] = own[i];
	memcpy(n->full + n_own, q->set.skills, (size_t)q->set.n_skills * sizeof(*n->full));
	n->n_full = route_skills_normalise(n->full, n_own + q->set.n_skills);
	n->hash = hash_of(q, channel, own, n_own);
	if (find_members(w, n) < 0 || take_place(w, n) < 0)
		return -ENOMEM;
	n->same_hash = map_get(&w->need_of, n->hash);
	if (map_put(&w->need_of, n->hash, n) < 0)
		return -ENOMEM;
	w->needs.at[n->index] = n;
	w->heads.at[n->index] = (struct head){.channel = channel};
	n->used = ++w->n_uses;
	q->n_needs++;
	join(w, n);
	*ret_need = TAKE_PTR(n);
	return 0;
}

static void leave(struct world *w, struct need *n)
{
	for (uint32_t i = 0; i < n->n_members; i++) {
		struct agent *a = &w->agents[n->members[i].agent];
		uint32_t at = n->members[i].membership;
		struct membership last = a->needs.at[--a->needs.len];
		if (at == a->needs.len)
			continue;
		a->needs.at[at] = last;
		w->needs.at[last.need]->members[last.leaf].membership = at;
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
	n->queue->n_needs--;
	route_need_free(n);
}

void route_need_make_room(struct world *w, struct queue *q)
{
	while (q->n_needs > ROUTE_NEEDS_CACHED) {
		struct need *oldest = NULL;
		for (size_t i = w->n_queues; i < w->needs.len; i++) {
			struct need *n = w->needs.at[i];
			if (n && n->queue == q && !n->n_segments && (!oldest || n->used < oldest->used))
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

static void set_leaf(struct world *w, struct need *n, uint32_t leaf, uint32_t value)
{
	uint32_t k = n->n_members + leaf;

	n->best[k] = value;
	while ((k /= 2) >= 1) {
		uint32_t winner = better(w, n->best[2 * k], n->best[2 * k + 1]);
		if (n->best[k] == winner)
			break;
		n->best[k] = winner;
	}
}

static void set_free(struct world *w, struct agent *a, uint8_t mask, bool is_free)
{
	if (!mask)
		return;
	for (size_t i = 0; i < a->needs.len; i++) {
		struct membership m = a->needs.at[i];
		if (!(mask & 1u << w->heads.at[m.need].channel))
			continue;
		struct need *n = w->needs.at[m.need];
		set_leaf(w, n, m.leaf, is_free ? a->slot + 1 : 0);
		n->n_free += is_free ? 1u : UINT32_MAX;
	}
}

void route_free_add(struct world *w, struct agent *a, uint8_t mask)
{
	mask &= (uint8_t)~a->indexed;
	set_free(w, a, mask, true);
	a->indexed |= mask;
}

void route_free_remove(struct world *w, struct agent *a, uint8_t mask)
{
	mask &= a->indexed;
	set_free(w, a, mask, false);
	a->indexed &= (uint8_t)~mask;
}

static uint32_t best_below(
	const struct world *w, const struct need *n, uint32_t node, const struct segment *s)
{
	uint32_t winner = n->best[node];

	if (!winner || !route_declined(&w->agents[winner - 1], s))
		return winner;
	if (node >= n->n_members)
		return 0;
	return better(w, best_below(w, n, 2 * node, s), best_below(w, n, 2 * node + 1, s));
}

struct agent *route_free_best(const struct world *w, const struct need *n, const struct segment *s)
{
	uint32_t winner = n->n_free ? best_below(w, n, 1, s) : 0;

	return winner ? &w->agents[winner - 1] : NULL;
}

static void set_head(struct route *r, struct need *n, const struct segment *s)
{
	struct head *h = &r->w.heads.at[n->index];

	*h = s ? (struct head){s->since_ms, s->id, s->priority, s->self, n->channel}
	       : (struct head){.channel = n->channel};
}

void route_need_insert(struct route *r, struct segment *s)
{
	struct need *n = s->need;
	uint32_t first = r->w.heads.at[n->index].first;

	route_order_insert(r, ORDER_POOL, &n->root, s);
	if (!first || route_order_before(s, route_segment(r, first)))
		set_head(r, n, s);
}

void route_need_remove(struct route *r, struct segment *s)
{
	struct need *n = s->need;

	route_order_remove(r, ORDER_POOL, &n->root, s);
	if (r->w.heads.at[n->index].first == s->self)
		route_need_set_head(r, n);
}

void route_need_set_head(struct route *r, struct need *n)
{
	set_head(r, n, route_order_first(r, ORDER_POOL, n->root));
}
