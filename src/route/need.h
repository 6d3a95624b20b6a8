/* Needs: what segments ask for, and which agents meet it; of these, the longest idle one.
 * Agents are kept in a tournament per need (a complete binary tree over the members, each node the better of
 * its children): longest idle first, then lowest id. */
#pragma once
#include "route/state.h"

/* Sorts by skill; a skill asked for twice keeps the higher level. Returns how many remain. */
int route_skills_normalise(struct route_skill *skills, int n);
/* Whether an agent's skills (sorted) hold all n asked for (sorted) at their level or above. */
bool route_skills_hold(const struct agent *a, const struct route_skill *asked, int n);

/* The need of q on channel with n_own (normalised) skills beside the queue's; NULL: not there yet. */
struct need *route_need_find(
	const struct world *w, struct queue *q, uint8_t channel, const struct route_skill *own, int n_own);
/* Makes it. 0 or -ENOMEM (nothing changed). O(agents of the queue). */
int route_need_add(struct world *w, struct queue *q, uint8_t channel, const struct route_skill *own,
	int n_own, struct need **ret_need);
/* Forgets the longest unused needs of q until it has room for one more, as far as they are not in use. */
void route_need_make_room(struct world *w, struct queue *q);
void route_need_free(struct need *n);
/* Whether a is among those who meet n. O(needs of the agent). */
bool route_need_is_met(const struct need *n, const struct agent *a);

/* a becomes known as free under the channels of mask, or no longer. The key in w->keys may change only while
 * it is not. */
void route_free_add(struct world *w, struct agent *a, uint8_t mask);
void route_free_remove(struct world *w, struct agent *a, uint8_t mask);
/* The longest idle free agent who meets the need of s and did not just decline s, or NULL. O(log n). */
struct agent *route_free_best(const struct world *w, const struct need *n, const struct segment *s);

/* A waiting segment enters or leaves the pool of its need. O(log n). */
void route_need_insert(struct route *r, struct segment *s);
void route_need_remove(struct route *r, struct segment *s);
/* Recomputes the head after the tree moved here as a whole. */
void route_need_set_head(struct route *r, struct need *n);
