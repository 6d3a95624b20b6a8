/* Business rules in the centre: loaded with the snapshot, run for every contact about to enter a queue, what
 * they said told to routing, and written down. What a contact does without rules it does when they fail. */
#pragma once
#include "base/jsonx.h"
#include "route/route.h"

#include <stdbool.h>
#include <stdint.h>

struct day_time;
struct interaction;
struct rules; /* of one snapshot */
struct store_reader;

/* Reads and compiles the active rules. A rule that cannot be used is logged and left out. *ret_rules is NULL
 * when there are none. 0 or -errno. Loader thread. */
int rules_load(struct store_reader *reader, uint64_t tenant, struct rules **ret_rules);
/* NULL is fine. */
void rules_free(struct rules *rules);

/* Keeps what is known of failures of those rules that are the same as before. Either may be NULL. */
void rules_inherit(struct rules *rules, const struct rules *old);
/* See center_rule_failures; rules may be NULL. NULL when memory is out. */
json_t *rules_failures(const struct rules *rules);

/* Earlier contacts of a number in short, for the facts: {"contacts_at", "abandoned_at", "last_at", "agent",
 * "queue", "disposition", "result"}; without the contact itself. NULL when nothing is known. Loader thread.
 */
json_t *rules_past(struct store_reader *reader, uint64_t tenant, const char *number, uint64_t interaction,
	int64_t now_ms);

/* The facts of a contact about to enter queue at this time on the wall. NULL when memory is out. Centre
 * thread. */
json_t *rules_facts(const struct interaction *ix, uint64_t queue, const struct day_time *now);

/* Centre thread, in this order, for one contact entering queue: */
/* Runs the rules. The queue to enter: what a rule says where it may move the contact (is_movable), else
 * queue. */
uint64_t rules_run(struct interaction *ix, uint64_t queue, bool is_movable);
/* Adds what they said to *in. */
void rules_fill(struct interaction *ix, struct route_input *in);
/* Writes down which rules applied; after EVENT_SEGMENT_QUEUED. wanted: the queue before the rules. */
void rules_log(struct interaction *ix, uint64_t wanted);
