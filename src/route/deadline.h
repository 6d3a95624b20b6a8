/* What falls due: for segments, queues and agents. due.h keeps the times, this file says which and what
 * happens. */
#pragma once
#include "route/state.h"

/* Sets the next moment something happens to s, from its state. */
void route_segment_due(struct route *r, struct segment *s);
/* Somebody began or ceased to wait in q while it has nobody who could take anything: sets when those who wait
 * leave, if they do. */
void route_queue_due(struct route *r, struct queue *q);
/* Somebody of q->wide came or went: notes since when there is nobody. */
void route_queue_staffed(struct route *r, struct queue *q);
/* All who wait in q leave by rule, in order; room for as many actions was made. */
void route_queue_empty(struct route *r, struct queue *q, enum route_reason reason);
uint32_t route_queue_waiting(const struct route *r, const struct queue *q);
/* Whether the deadlines of q say that nobody may wait in it now. */
bool route_queue_is_left(const struct route *r, const struct queue *q);
/* What is due at r->now_ms is done, one deadline after the other, each settled. When memory for their actions
 * is out they wait for the next step. */
void route_run_deadlines(struct route *r);
/* Room in actions and segments for all that a change of a (NULL: nobody) with so many segments beside it can
 * lead to. 0 or -ENOMEM. */
int route_make_room(struct route *r, const struct agent *a, size_t segments);
