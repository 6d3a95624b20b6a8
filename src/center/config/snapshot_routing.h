/* The part of a snapshot that routing is told: rules of queues, who serves them at which level, capacities.
 * Any thread; all of it lives in the snapshot's arena. */
#pragma once
#include "center/config/snapshot.h"

/* The capacity a profile's row gives; NULL: what somebody without a profile has (as a new profile's row). */
void snapshot_capacity(const json_t *row, struct capacity *ret_capacity);
/* Fills q->rule from the queue's row (its lists of people stay for snapshot_serves). The skills must be in
 * the snapshot. */
void snapshot_rule(const struct snapshot *s, const json_t *row, struct queue *q);
/* Who serves which queue, at which level and position, once all users and queues are there. 0 or -ENOMEM. */
int snapshot_serves(struct snapshot *s);
