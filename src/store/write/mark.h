/* The commit mark: one row that every transaction of the writer changes (table store_mark). When a commit's
 * outcome is not known, the row says whether it happened; and it says whether somebody else wrote.
 *
 * Invariant: number and last_seq in the row are those of the last transaction that happened. */
#pragma once
#include "db/db.h"

#include <stdint.h>

#define MARK_OWNER_BYTES 16

/* Of the log's wall times. Within a stretch no event is more than MARK_JITTER_MS earlier than one before it.
 */
#define MARK_JITTER_MS 1000
struct mark_clock {
	int64_t max_ms, stretch_ms; /* the latest time of all events; of those since the last step back */
};
struct mark {
	uint64_t run, number, last_seq;
	struct mark_clock clock;
	unsigned char owner[MARK_OWNER_BYTES]; /* the installation */
};

/* Makes the row ours: a new run, number 0, last_seq the log's end (never less than a mark said before). Own
 * transaction. On success *ret_mark is the row. The writer's thread, or the one that opens. 0 or -errno. */
int mark_begin(struct db *db, struct mark *ret_mark);
/* Inside a transaction: it is what *mark says (run, number, last_seq, clock). 0; -ESTALE: the row is somebody
 * else's, who writes this database too; -errno. */
int mark_set(struct db *db, const struct mark *mark);
/* Inside a transaction: the event seq of at_ms goes into the log. Where the clock was set back this is
 * written down (table clock_step), so that times are found on both sides of it. 0 or -errno. */
int mark_time(struct db *db, struct mark_clock *clock, uint64_t seq, int64_t at_ms);
/* What the row says. 0; -ENOENT: there is none (this is not our database); -errno. */
int mark_read(struct db *db, struct mark *ret_mark);
