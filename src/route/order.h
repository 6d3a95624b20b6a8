/* Waiting segments in order: band (higher first), then rank, then id. Treaps whose shape depends
 * on the ids alone, so that replays build the same trees. ORDER_QUEUE trees know sizes and the oldest;
 * ORDER_POOL trees only order. */
#pragma once
#include "route/state.h"

/* Whether a comes before b. */
bool route_order_before(const struct segment *a, const struct segment *b);
/* Puts s into the tree at *root, or takes it out (it must be in). O(log n). */
void route_order_insert(const struct route *r, enum order_kind kind, uint32_t *root, struct segment *s);
void route_order_remove(const struct route *r, enum order_kind kind, uint32_t *root, struct segment *s);
/* The first, or the one after s (which need not be in the tree); NULL: none. O(log n). */
struct segment *route_order_first(const struct route *r, enum order_kind kind, uint32_t root);
struct segment *route_order_next(
	const struct route *r, enum order_kind kind, uint32_t root, const struct segment *s);
/* ORDER_QUEUE: s, which is in the tree, changes between waiting (counted) and offered (not). */
void route_order_count(const struct route *r, uint32_t root, struct segment *s, enum segment_state state);
/* Takes every segment out of the tree at *from, whose keys may have changed, and puts it into the tree at
 * *to. O(n log n). */
void route_order_move(const struct route *r, enum order_kind kind, uint32_t *from, uint32_t *to);
/* ORDER_QUEUE: waiting segments before s, which need not be in the tree. */
uint32_t route_order_rank(const struct route *r, uint32_t root, const struct segment *s);
