/* See order.h. Invariant: a parent's weight is at least its children's; weights are a bijection of ids, so
 * never equal. Recursion is as deep as the tree: about 2 ln n, 25 for 100,000 segments. */
#include "route/order.h"

static uint64_t weight(uint64_t id) /* the finaliser of splitmix64 (Steele, Lea, Flood 2014) */
{
	id = (id ^ (id >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	id = (id ^ (id >> 27)) * UINT64_C(0x94d049bb133111eb);
	return id ^ (id >> 31);
}

bool route_order_before(const struct segment *a, const struct segment *b)
{
	if (a->band != b->band)
		return a->band > b->band;
	if (a->rank_ms != b->rank_ms)
		return a->rank_ms < b->rank_ms;
	return a->id < b->id;
}

static void pull(const struct route *r, struct segment *s)
{
	s->n_waiting = s->state == SEGMENT_WAITING;
	s->oldest_ms = s->since_ms;
	for (int side = 0; side < 2; side++) {
		if (!s->child[ORDER_QUEUE][side])
			continue;
		const struct segment *c = route_segment(r, s->child[ORDER_QUEUE][side]);
		s->n_waiting += c->n_waiting;
		if (c->oldest_ms < s->oldest_ms)
			s->oldest_ms = c->oldest_ms;
	}
}

/* Cuts the tree at root into those before s and those after. */
static void split(const struct route *r, enum order_kind kind, uint32_t root, const struct segment *s,
	uint32_t ret_parts[2])
{
	if (!root) {
		ret_parts[0] = ret_parts[1] = 0;
		return;
	}
	struct segment *t = route_segment(r, root);
	int side = !route_order_before(t, s); /* where t goes */
	uint32_t parts[2];

	split(r, kind, t->child[kind][!side], s, parts);
	t->child[kind][!side] = parts[side];
	if (kind == ORDER_QUEUE)
		pull(r, t);
	ret_parts[side] = root;
	ret_parts[!side] = parts[!side];
}

static uint32_t merge(const struct route *r, enum order_kind kind, uint32_t a, uint32_t b)
{
	if (!a || !b)
		return a ? a : b;
	struct segment *sa = route_segment(r, a), *sb = route_segment(r, b);
	bool is_a_up = weight(sa->id) > weight(sb->id);
	struct segment *up = is_a_up ? sa : sb;

	if (is_a_up)
		up->child[kind][1] = merge(r, kind, up->child[kind][1], b);
	else
		up->child[kind][0] = merge(r, kind, a, up->child[kind][0]);
	if (kind == ORDER_QUEUE)
		pull(r, up);
	return up->self;
}

void route_order_insert(const struct route *r, enum order_kind kind, uint32_t *root, struct segment *s)
{
	uint64_t own = weight(s->id);

	while (*root) {
		struct segment *t = route_segment(r, *root);
		if (weight(t->id) < own)
			break;
		if (kind == ORDER_QUEUE) {
			t->n_waiting += s->state == SEGMENT_WAITING;
			if (s->since_ms < t->oldest_ms)
				t->oldest_ms = s->since_ms;
		}
		root = &t->child[kind][route_order_before(t, s)];
	}
	split(r, kind, *root, s, s->child[kind]);
	if (kind == ORDER_QUEUE)
		pull(r, s);
	*root = s->self;
}

static uint32_t remove_below(const struct route *r, enum order_kind kind, uint32_t root, struct segment *s)
{
	if (root == s->self)
		return merge(r, kind, s->child[kind][0], s->child[kind][1]);
	struct segment *t = route_segment(r, root);
	int side = route_order_before(t, s);

	t->child[kind][side] = remove_below(r, kind, t->child[kind][side], s);
	if (kind == ORDER_QUEUE)
		pull(r, t);
	return root;
}

void route_order_remove(const struct route *r, enum order_kind kind, uint32_t *root, struct segment *s)
{
	*root = remove_below(r, kind, *root, s);
	s->child[kind][0] = s->child[kind][1] = 0;
}

struct segment *route_order_first(const struct route *r, enum order_kind kind, uint32_t root)
{
	struct segment *s = NULL;

	while (root) {
		s = route_segment(r, root);
		root = s->child[kind][0];
	}
	return s;
}

struct segment *route_order_next(
	const struct route *r, enum order_kind kind, uint32_t root, const struct segment *s)
{
	struct segment *next = NULL;

	while (root) {
		struct segment *t = route_segment(r, root);
		bool is_after = route_order_before(s, t);
		if (is_after)
			next = t;
		root = t->child[kind][!is_after];
	}
	return next;
}

void route_order_count(const struct route *r, uint32_t root, struct segment *s, enum segment_state state)
{
	uint32_t change = (uint32_t)(state == SEGMENT_WAITING) - (uint32_t)(s->state == SEGMENT_WAITING);

	s->state = (uint8_t)state;
	while (change) {
		struct segment *t = route_segment(r, root);
		t->n_waiting += change;
		if (t == s)
			break;
		root = t->child[ORDER_QUEUE][route_order_before(t, s)];
	}
}

uint32_t route_order_rank(const struct route *r, uint32_t root, const struct segment *s)
{
	uint32_t before = 0;

	while (root) {
		const struct segment *t = route_segment(r, root);
		uint32_t left = t->child[ORDER_QUEUE][0];
		if (t != s && !route_order_before(t, s)) {
			root = left;
			continue;
		}
		before += left ? route_segment(r, left)->n_waiting : 0;
		if (t == s)
			break;
		before += t->state == SEGMENT_WAITING;
		root = t->child[ORDER_QUEUE][1];
	}
	return before;
}

void route_order_move(const struct route *r, enum order_kind kind, uint32_t *from, uint32_t *to)
{
	if (!*from)
		return;
	struct segment *s = route_segment(r, *from);
	uint32_t before = s->child[kind][0], after = s->child[kind][1];

	*from = 0;
	s->child[kind][0] = s->child[kind][1] = 0;
	route_order_insert(r, kind, to, s);
	route_order_move(r, kind, &before, to);
	route_order_move(r, kind, &after, to);
}
