/* What a start needs to know of the past: what is open (the ledger) and the figures of these days (the fold
 * of the KPIs), read from the newest good snapshot and the events after it. Without a snapshot: from the last
 * 25 hours of the log, and whatever is still open from before, contact by contact through the log's index. So
 * a start takes as long as the traffic since, never as long as the log is old.
 *
 * The centre's start (recover.c) and the thread that makes the snapshots (folder.c) use the same functions:
 * what is saved is what a start would have folded. An event that cannot be read is left out (the store says
 * which) and the rest is folded: one torn page shall not keep a centre closed. */
#pragma once
#include "event/kpi.h"
#include "event/ledger.h"
#include "store/log/snapshots.h"

#include <stdatomic.h>

#define RECALL_KEPT_MS (INT64_C(49) * 3600 * 1000) /* figures in memory: today and yesterday, anywhere */
#define RECALL_WITHOUT_MS                                                                                    \
	(INT64_C(25) * 3600 * 1000) /* read without a snapshot: a day and its longest night                  \
				     */
/* A snapshot with more events behind it is used only if none of them is older than RECALL_WITHOUT_MS: the log
 * alone is read faster then. */
#define RECALL_BEHIND_MAX 300000
#define RECALL_UNREADABLE_MAX 10000 /* events left out before the log is given up */
#define RECALL_STRAYS_MAX 1000000

struct recall {
	struct ledger ledger;
	struct kpi_fold *fold;
	uint64_t next; /* the event to read next */
	/* Seen since the caller set it to false: a person was erased; a queue was changed, so that the rules
	 * of the figures may be others. */
	bool has_erased, has_new_rules;
	/* Open in the history and unknown to the log, by id; only without a snapshot. */
	VEC(struct store_open_contact) strays;
	bool has_newer; /* a snapshot of events this log does not have was left alone */
	uint64_t unreadable;
	struct store_snapshot snapshot; /* that it was read from; all 0: from the log */
	uint64_t followed;		/* events read behind it, or without one */
};
/* Reads it. p is zeroed or freed before. 0; -ENOMEM; -errno of the store. recall_free in any case. */
int recall_read(struct recall *p, struct store_reader *rd, int64_t now_ms);
/* Folds the events since, at most max of them; *is_stopping (NULL: never) ends it early. The number of events
 * folded, or -errno: after -ENOMEM p is good for recall_free only. */
int64_t recall_follow(struct recall *p, struct store_reader *rd, int64_t max, const atomic_bool *is_stopping);
/* Short abandons and service levels as the queues have them now, for the events folded from here on. */
int recall_set_rules(struct recall *p, struct store_reader *rd);
/* As bytes for a snapshot, owned by the caller (alloc_free), and of which event. 0; -EAGAIN: there was no
 * event since the last unreadable one, or none at all; -ENOMEM. */
int recall_save(const struct recall *p, struct store_snapshot *ret_head, uint8_t **ret_data);
void recall_free(struct recall *p);
