/* See ring.h. Only the segment itself has a deadline and is found by id; it is always the first of those
 * still ringing in the order they were offered. */
#include "route/ring.h"
#include "route/contact.h"

#include <assert.h>

int route_ring_add(struct route *r, struct segment *s, struct agent *a)
{
	struct segment *ring = route_segment_new(r), *last = s;

	if (!ring)
		return -ENOMEM;
	ring->id = s->id;
	ring->stay = s->stay; /* who declines one ring declined the segment */
	ring->state = SEGMENT_OFFERED;
	ring->channel = s->channel;
	ring->queue = s->queue;
	ring->need = s->need;
	ring->since_ms = s->since_ms;
	ring->primary = s->self;
	while (last->also)
		last = route_segment(r, last->also);
	last->also = ring->self;
	route_contact_append(r, a, ring);
	a->used[ring->channel]++;
	return 0;
}

struct segment *route_ring_segment(const struct route *r, struct segment *ring)
{
	return ring->primary ? route_segment(r, ring->primary) : ring;
}

/* a and b, contacts of different agents, change places. */
static void trade_places(struct route *r, struct segment *a, struct segment *b)
{
	struct segment *pair[2] = {a, b};
	struct agent *agent = a->agent;
	uint32_t next = a->next, prev = a->prev;

	a->agent = b->agent;
	a->next = b->next;
	a->prev = b->prev;
	b->agent = agent;
	b->next = next;
	b->prev = prev;
	for (int i = 0; i < 2; i++) {
		struct segment *s = pair[i];
		if (s->next)
			route_segment(r, s->next)->prev = s->self;
		else
			s->agent->last = s->self;
		if (s->prev)
			route_segment(r, s->prev)->next = s->self;
		else
			s->agent->first = s->self;
	}
}

void route_ring_promote(struct route *r, struct segment *ring)
{
	trade_places(r, ring, route_ring_segment(r, ring));
}

struct segment *route_ring_cut(struct route *r, struct segment *ring)
{
	struct segment *s = route_ring_segment(r, ring), *before = s;

	if (!s->also)
		return NULL;
	if (ring == s) {
		ring = route_segment(r, s->also);
		trade_places(r, s, ring);
	}
	while (before->also != ring->self)
		before = route_segment(r, before->also);
	before->also = ring->also;
	ring->also = ring->primary = 0;
	return ring;
}
