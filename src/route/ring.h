/* Ring all: one segment ringing at several agents (state.h: also, primary). */
#pragma once
#include "route/state.h"

/* s, which rings at its first agent, rings at a, too. 0 or -ENOMEM. */
int route_ring_add(struct route *r, struct segment *s, struct agent *a);
/* The segment a ring belongs to: itself, or its primary. */
struct segment *route_ring_segment(const struct route *r, struct segment *ring);
/* Of several rings of a segment, this one is to end alone: makes sure that it is not the segment itself
 * (which takes the place of the next agent), takes it from the others and returns it: a contact of its agent
 * that is in no tree. NULL: it is the only one. */
struct segment *route_ring_cut(struct route *r, struct segment *ring);
/* Makes the segment itself ring where ring does (ring becomes the one that was at its agent). */
void route_ring_promote(struct route *r, struct segment *ring);
