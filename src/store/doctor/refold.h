/* The folded tables against the log: one contact's events folded anew into an empty database in memory, and
 * compared with the rows that people read. What an erasure or retention blanked is no difference.
 *
 * Works over both databases: the fold in memory is SQLite's. */
#pragma once
#include "db/db.h"
#include "store/store.h"

#define REFOLD_WHY_SIZE 300
#define REFOLD_EVENTS_MAX 100000 /* of one contact */

enum refold_result {
	REFOLD_SAME,
	REFOLD_LESS, /* the tables miss a row, or an end, that the log has */
	REFOLD_DIFFERS,
	REFOLD_UNKNOWN, /* the log does not have the contact's beginning (any more) */
};
struct refold {
	struct store_reader *rd; /* the caller's */
	struct db model;
};

/* 0 or -errno. It must stay where it is. One thread, the reader's. */
int refold_open(struct refold *r, struct store_reader *rd);
void refold_close(struct refold *r);
/* On REFOLD_LESS and REFOLD_DIFFERS ret_why names the table and column. A server may write meanwhile.
 * 0; -EUCLEAN (an event cannot be read); -errno. */
int refold_check(struct refold *r, uint64_t interaction, enum refold_result *ret_result,
	char ret_why[static REFOLD_WHY_SIZE]);
/* Replaces the contact's rows in db by what the log says; in the caller's transaction. */
int refold_write(struct refold *r, uint64_t interaction, struct db *db);
