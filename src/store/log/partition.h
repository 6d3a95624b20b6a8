/* Blocks of the event log on PostgreSQL: table event is partitioned by seq, each block of PARTITION_EVENTS a
 * table of its own (event_0, event_1...), so that old ones are taken off at once instead of row by row.
 * SQLite has one table.
 *
 * Invariant: nothing depends on a block being there: event_rest takes what has none. */
#pragma once
#include "db/db.h"

#include <stdint.h>

#define PARTITION_EVENTS INT64_C(5000000) /* never changes: blocks are known by their number */
#define PARTITION_AHEAD 2		  /* blocks made before they are needed */
#define PARTITION_LOCK_MS                                                                                    \
	200 /* how long readers may wait behind us for the table when somebody (pg_dump) holds it */

/* On the writer's connection, outside of a transaction: makes the block of seq and the next ones, those that
 * are missing. Repeatable. 0, -EBUSY (somebody uses the table: later), -errno. */
int partition_ahead(struct db *db, uint64_t seq);
/* Within a transaction of the writer: removes events before seq, whole blocks at once, at most `most` rows of
 * the block seq is in. *ret_more: there are more. On every database. 0 or -errno. */
int partition_remove(struct db *db, uint64_t before_seq, int64_t most, bool *ret_more);
