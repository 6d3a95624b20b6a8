/* Everything that can still be read of a damaged database file, brought into a new one: row by row, page by
 * page, with a list of what is missing. SQLite only (a server has its own tools and backups).
 *
 * Invariants: the source is never written to; a row is taken as a whole or not at all, and only when it can
 * be what its table holds; no event is made up: a number that was lost stays free, and the new database knows
 * (fact "lost_events"), so that doctor and backup tell old losses from new ones.
 *
 * After the rows the folded tables are compared with the log (refold.h) and mended from it. */
#pragma once
#include "base/vec.h"
#include "db/db.h"

#include <stdbool.h>
#include <stdint.h>

#define RESCUE_WHY_SIZE 400
#define RESCUE_NAME_MAX 64
#define RESCUE_FACT "lost_events" /* JSON: [[first,last],...] */

struct rescue_gap { /* events that are lost, first and last among them */
	uint64_t first, last;
};
struct rescue_table {
	char name[RESCUE_NAME_MAX];
	uint64_t rows;			/* in the new database */
	uint64_t pages_lost, rows_lost; /* pages that could not be read; rows on whole pages that could not */
};
struct rescue_page {
	uint32_t page;
	char table[RESCUE_NAME_MAX]; /* or index */
	const char *why;	     /* constant */
};
struct rescue_report {
	uint64_t events, first_seq, last_seq; /* in the new database */
	uint64_t known_seq;		      /* there were events up to here, at least */
	bool is_log_damaged;		      /* the database's log (-wal) had damaged frames */
	bool is_start_known;		      /* not: events before first_seq may be lost too */
	uint64_t archives_mended;	      /* damaged ones, replaced by what can be read of them */
	uint64_t mended;		      /* contacts whose history was folded anew */
	uint64_t unclear_pages;		      /* with rows that fit several tables: not taken */
	VEC(struct rescue_gap) gaps;
	VEC(struct rescue_table) tables; /* that had rows or lost some */
	VEC(struct rescue_page) pages;	 /* damaged */
};
struct rescue_watch { /* on_step may be NULL */
	void (*on_step)(const char *what, uint64_t done, uint64_t all, void *arg);
	void *arg;
};

/* Reads directory/markaz.db and its log, and writes the new database to the file at target, which must not
 * exist. No server may run on either.
 * On failure target is removed. 0; -ENOENT; -EUCLEAN (not a page of it can be read); -errno, with a sentence
 * in ret_why. The report is the caller's (rescue_report_free). */
int rescue_database(const char *directory, const char *target, const struct rescue_watch *watch,
	struct rescue_report *ret_report, char ret_why[static RESCUE_WHY_SIZE]);
void rescue_report_free(struct rescue_report *r);
/* Once the new database is target/markaz.db and copies of (or second names for) the archives lie beside it:
 * damaged ones are replaced by files with what can be read of directory's, and what is missing joins the
 * report's gaps. 0 or -errno. */
int rescue_archives(const char *directory, const char *target, const struct rescue_watch *watch,
	struct rescue_report *report, char ret_why[static RESCUE_WHY_SIZE]);
/* The last step, once the new database is directory/markaz.db and secret.key lies beside it: contacts whose
 * history is missing or older than the log are folded anew (report.mended). Where events are lost, a history
 * that says more than what is left of the log stays. 0 or -errno. */
int rescue_mend(const char *directory, const struct rescue_watch *watch, struct rescue_report *report,
	char ret_why[static RESCUE_WHY_SIZE]);

/* Numbers between first and last, both included, that a rescue listed as lost. 0 or -errno; no list: none. */
int rescue_known_losses(struct db *db, uint64_t first, uint64_t last, uint64_t *ret_lost);
