/* The commit mark: one row that every transaction of the writer changes (table store_mark). When a commit's
 * outcome is not known, the row says whether it happened; and it says whether somebody else wrote.
 *
 * Invariant: number and last_seq in the row are those of the last transaction that happened. */
#pragma once
#include "db/db.h"

#include <stdint.h>

#define MARK_OWNER_BYTES 16

struct mark {
	uint64_t run, number, last_seq;
	unsigned char owner[MARK_OWNER_BYTES]; /* the installation */
};

/* Makes the row ours: a new run, number 0, last_seq the log's end (never less than a mark said before). Own
 * transaction. On success *ret_mark is the row. The writer's thread, or the one that opens. 0 or -errno. */
int mark_begin(struct db *db, struct mark *ret_mark);
/* Inside a transaction: it is number `number` of run, and last_seq the log's end. 0; -ESTALE: the row is
 * somebody else's, who writes this database too; -errno. */
int mark_set(struct db *db, uint64_t run, uint64_t number, uint64_t last_seq);
/* What the row says. 0; -ENOENT: there is none (this is not our database); -errno. */
int mark_read(struct db *db, struct mark *ret_mark);
