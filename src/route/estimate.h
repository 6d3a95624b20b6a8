/* How long the p-th of a queue will wait.
 *
 * While a queue is backlogged, agents take from it at its real rate, whatever else they serve. So its
 * departures (answers) are timed: the interval between two answers counts when somebody was waiting after the
 * first of them. From ROUTE_ESTIMATE_SAMPLES intervals on, kept as a running mean with weight 1/8 for the
 * newest (1/n for the first ones), wait(p) = p * interval, unless the last answer is more than 8 intervals
 * ago (the rate has changed: under a memoryless service that happens by chance once in 3000). Otherwise, from
 * the handling time (connection to end of wrap-up, running mean; before ROUTE_ESTIMATE_SAMPLES of them the
 * queue's handle_estimate_ms) and the agents available for the queue now (last ring), wait(p) = p * handle /
 * agents, which is what p departures of N busy servers take on average (Little's law at the servers: N /
 * handle a second). Unknown (-1) while no agent is available or neither is known. */
#pragma once
#include "route/state.h"

/* A segment of q was answered just now. */
void route_estimate_departure(struct route *r, struct queue *q);
/* A contact of q took handle_ms in all. */
void route_estimate_handled(struct queue *q, int64_t handle_ms);
/* The wait still ahead of the one at position (1 = next) of q, ms; -1 unknown. */
int64_t route_estimate_wait(const struct queue *q, uint32_t position, int64_t now_ms);
