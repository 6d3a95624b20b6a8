/* Guaranteed shares: what queues are owed (route.h, Share). */
#pragma once
#include "route/state.h"

/* Points of s's queue if it is owed, else 0: who is owed more comes first. */
int route_share_owed(const struct segment *s);
/* s is about to be offered to a, by order or share: counts who gains and who has been paid. s may be in a
 * pool or not; a is as it was before the offer. O(needs of the agent). */
void route_share_count(struct route *r, const struct segment *s, const struct agent *a);
