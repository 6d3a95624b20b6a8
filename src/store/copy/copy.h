/* Copies everything one database holds into another: SQLite and PostgreSQL, either way, while the source may
 * be written to; and proves that both hold the same.
 *
 * The order of things:
 *   copy_open, [copy_watch when somebody writes to the source], copy_rows, copy_prove, and while nobody
 * writes any more copy_finish. copy_close ends it at any point; the source is then as it was.
 *
 * How rows that change meanwhile are found: copy_watch makes triggers in the source which note the keys of
 * changed rows in a table of their own (copy_change). copy_prove reads the source in ONE snapshot: it applies
 * what was noted up to there, then reads every row on both sides, each from its own database, and compares
 * counts and checksums; where a range of keys differs it is copied again and compared again. copy_finish
 * applies what was noted since and compares each of those rows. So equality is proven for every row, and only
 * the last few are compared while writing rests.
 *
 * Invariants: the source's own tables are never changed; a target has a table copy_state until copy_forget
 * takes it away, after it became the place of the rows: a copying that was killed at any point can be gone on
 * with. One thread.
 *
 * Must not know: what the tables mean. */
#pragma once
#include "db/db.h"

#include <stdbool.h>
#include <stdint.h>

#define COPY_WHY_SIZE 400
#define COPY_ROWS_MAX 2000		 /* read at once, compared as one range, written in one transaction */
#define COPY_BYTES_MAX ((size_t)4 << 20) /* the same in bytes, about */
#define COPY_TABLES_MAX 128
#define COPY_COLUMNS_MAX 128
#define COPY_REPAIRS_MAX 3 /* times a range of keys is copied again before it counts as different */
#define COPY_TOTAL_BYTES 16

struct copy;

struct copy_totals { /* of all tables, the same on both sides */
	uint64_t tables, rows;
	unsigned char sum[COPY_TOTAL_BYTES]; /* over each table's name, count and checksum */
	uint64_t repaired;		     /* ranges copied again */
	uint64_t late;			     /* rows applied and compared by copy_finish */
};
/* Called now and then: rows done of a table in this phase ("copy", "prove", "finish"). */
typedef void copy_progress(const char *phase, const char *table, uint64_t rows, void *arg);

/* Opens both, brings the target's schema to the newest, empties what its migrations put there. from must have
 * the newest schema. The target must hold nothing, or be an unfinished copy of this very source, which is
 * then gone on with. on_progress may be NULL. 0; -EEXIST (the target holds something else), -EUCLEAN, -ESTALE
 * (the source has an older schema: let a server start on it once), -errno; with a sentence in ret_why, which
 * holds no password. */
int copy_open(struct copy **ret_copy, const char *from, const char *to, copy_progress *on_progress, void *arg,
	char ret_why[static COPY_WHY_SIZE]);
/* Lets the source note its changes from now on. Needed when a server runs on it. 0 or -errno. */
int copy_watch(struct copy *c);
/* Copies all rows, table by table in the order of keys. 0, -errno. Can be gone on with after a failure. */
int copy_rows(struct copy *c);
/* Applies what was noted so far. *ret_rows: how many rows. 0, -errno. */
int copy_catch_up(struct copy *c, uint64_t *ret_rows);
/* Proves equality for one moment of the source, see above. 0; -EUCLEAN: they differ (copy_why names table and
 * keys); -errno. */
int copy_prove(struct copy *c);
/* Only while nobody writes to the source: applies and compares the rest, sets the target's counters, marks
 * it as finished. Then the target is a whole database. 0, -EUCLEAN, -errno (the target stays unfinished). */
int copy_finish(struct copy *c, struct copy_totals *ret_totals);
/* Words for the last failure, without a password. */
const char *copy_why(const struct copy *c);
/* Ends it; the source notes nothing any more. */
void copy_close(struct copy *c);

/* One snapshot of `from`, copied to `to`, proven and finished: for backups and where nobody writes. from may
 * be written to meanwhile. As copy_open. */
int copy_snapshot(const char *from, const char *to, copy_progress *on_progress, void *arg,
	struct copy_totals *ret_totals, char ret_why[static COPY_WHY_SIZE]);
/* Whether the database holds a copy that was not finished. */
bool copy_is_unfinished(struct db *db);
/* Takes away what a copying left: in a source when it was killed, in a target that is used now (after the
 * move, and at each start). 0 or -errno. */
int copy_forget(const char *where);
