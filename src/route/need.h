/* Needs: what segments ask for, and which agents meet it; of these, the first free one by the queue's
 * strategy. Agents are kept in a tournament per need (a complete binary tree over the members, each node the
 * better of its children): lower level, then fewer preferred asks unmet, then the strategy's key, then
 * longest idle, then lowest id. A member's key is taken when it enters the tournament: nothing it is made of
 * may change before it is out again. */
#pragma once
#include "route/state.h"

/* Sorts into one order for all lists that are the same. */
void route_asks_sort(struct route_ask *asks, int n);
/* The need of q at ring with n_own (sorted) asks beside the queue's; NULL: not there yet. */
struct need *route_need_find(
	const struct world *w, struct queue *q, uint8_t ring, const struct route_ask *own, int n_own);
/* Makes it. 0 or -ENOMEM (nothing changed). O(agents of the queue). */
int route_need_add(struct world *w, struct queue *q, uint8_t ring, const struct route_ask *own, int n_own,
	struct need **ret_need);
/* The same, found or made, with place kept for settling. NULL: memory is out. */
struct need *route_need_get(
	struct route *r, struct queue *q, uint8_t ring, const struct route_ask *own, int n_own);
/* Forgets the longest unused needs of q until it has room for one more, as far as they are not in use. */
void route_need_make_room(struct world *w, struct queue *q);
void route_need_free(struct need *n);
/* The ring of q for one who waits since waited_ms. */
uint8_t route_ring_at(const struct queue *q, int64_t waited_ms);
/* Whether a is among those who meet n. O(needs of the agent). */
bool route_need_is_met(const struct need *n, const struct agent *a);

/* Whether the ring of n reaches the level at which v serves. */
bool route_need_is_reached(const struct need *n, const struct serving *v);
/* The place of a among those who serve q, or UINT32_MAX. O(log n). */
uint32_t route_serving_place(const struct queue *q, const struct agent *a);
/* The key of member m, who is a, by the queue's strategy: lower comes first. */
int64_t route_need_key(const struct need *n, const struct member *m, const struct agent *a);

/* Whether a has as many contacts of q as one agent may have. */
bool route_queue_is_full_for(const struct route *r, const struct queue *q, const struct agent *a);
/* The same: more than it may have. */
bool route_queue_is_over_for(const struct route *r, const struct queue *q, const struct agent *a);
/* a becomes known as free under the channels of mask, or no longer. */
void route_free_add(struct route *r, struct agent *a, uint8_t mask);
void route_free_remove(struct route *r, struct agent *a, uint8_t mask);
/* The first free agent who meets n and may be offered s, or NULL. keep_free is not looked at. O(log n). */
struct agent *route_free_best(const struct route *r, const struct need *n, const struct segment *s);

/* A waiting segment enters or leaves the pool of its need. O(log n). */
void route_need_insert(struct route *r, struct segment *s);
void route_need_remove(struct route *r, struct segment *s);
/* Recomputes the head after the tree moved here as a whole. */
void route_need_set_head(struct route *r, struct need *n);
