/* Segments entering their queue, and being given by hand. */
#pragma once
#include "route/state.h"

/* ROUTE_ENQUEUE; the result of route_step. */
int route_enqueue(struct route *r, const struct route_input *in);
/* Band and rank of s by its queue's rules (route.h, Order). */
void route_rank(const struct route *r, struct segment *s);
/* Whether a may be given s by hand; a may be NULL. */
bool route_may_be_given(const struct segment *s, const struct agent *a);
/* Offers a waiting segment, in no pool, by hand. */
void route_give(struct route *r, struct segment *s, struct agent *a);
/* The agent of that id who is in the config, or NULL. */
struct agent *route_agent_of(const struct route *r, uint64_t id);
int route_refuse(struct route *r, const struct route_input *in, enum route_reason reason); /* 0 */
