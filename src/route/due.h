/* Deadlines: one heap, in it at most one entry per segment, agent and queue: the next moment something
 * happens to it. */
#pragma once
#include "route/state.h"

/* Room for n deadlines in all, and for every segment there is memory for: 0 or -ENOMEM. Setting one never
 * allocates after that. */
int route_due_reserve(struct route *r, size_t n);
/* Sets, moves or (INT64_MAX) takes away the deadline. O(log n). */
void route_due_segment(struct route *r, struct segment *s, int64_t due_ms);
void route_due_agent(struct route *r, struct agent *a, int64_t due_ms);
void route_due_queue(struct route *r, struct queue *q, int64_t due_ms);
/* Whether s has one. */
bool route_due_is_set(const struct route *r, const struct segment *s);
/* What the agents whose deadlines come first, all at one moment, can lead to: the sum of route_agent_room. */
size_t route_due_agents_room(const struct route *r);
/* Forgets all of them. */
void route_due_clear(struct route *r);
