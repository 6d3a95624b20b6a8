/* What the files of the copier share. */
#pragma once
#include "store/copy/copy_table.h"

#include <sodium.h>

#define COPY_IDENTITY_SIZE 80
#define WATCH_PAGE 1000000 /* changes read at once */

struct copy {
	struct db from, to;
	struct copy_tables tables;
	copy_progress *on_progress;
	void *arg;
	char why[COPY_WHY_SIZE], identity[COPY_IDENTITY_SIZE];
	bool is_resumed, is_watching, is_proven;
	bool is_ahead;			/* rows may lie at the target behind the place that is copied */
	struct copy_batch batch, other; /* of the source, of the target */
	struct copy_key
		ends[COPY_TABLES_MAX]; /* of tables that only grow: the last key copied; empty: not known */
	int64_t block;		       /* of the log at the target that was made last, from 1; 0: none yet */
	int64_t noted;		       /* changes up to here were applied */
	crypto_generichash_state sum;
	struct copy_totals totals;
};
/* Whether the database is a copy that was finished (and not yet, or only just, moved to). */
bool copy_is_finished(struct db *db);
/* The first column of the first row; 0 when there is none or it cannot be read. */
int64_t copy_number(struct db *db, const char *sql);
/* Keeps the database's words for err (once) and returns it. t may be NULL. */
int copy_failed(struct copy *c, const struct db *db, int err, const struct copy_table *t);

/* --- copy_watch.c: changes noted by the source itself
 * ---------------------------------------------------------------------------- */
struct watch_change {
	const struct copy_table *table;
	struct copy_key key;
};
struct watch_changes {
	VEC(struct watch_change) list;
};
/* Makes table copy_change and the triggers; what an earlier copying left goes first. 0 or -errno. */
int watch_begin(struct db *db, const struct copy_tables *tables);
/* The next changes behind *noted, which moves on; each row once. 0 (none: an empty list), -ESTALE (the noting
 * was ended by somebody else), -errno. */
int watch_read(
	struct db *db, const struct copy_tables *tables, int64_t *noted, struct watch_changes *ret_changes);
/* Puts all of w behind those of to; w is empty then. 0 or -ENOMEM. */
int watch_move(struct watch_changes *to, struct watch_changes *w);
void copy_watch_free(struct watch_changes *w);
/* Takes everything away. 0 or -errno. */
int copy_watch_end(struct db *db);
