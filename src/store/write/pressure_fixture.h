/* What tests of the store under pressure share: files that fail or are slow as the test says, events, waits.
 *
 * The file calls of the whole program (and of SQLite in it) go through here: the executable defines them. */
#pragma once
#include "store/store_fixture.h"

#include <stdbool.h>
#include <stdint.h>

/* From now on writes and syncs of files whose path holds `part` fail with these errno (0: they work). NULL:
 * all is well again. */
void fail_files(const char *part, int at_write, int at_sync);
/* As fail_files for both, but only the one call after n that work. */
void fail_files_once(const char *part, int error, int n);
/* Only the next sync fails. */
void fail_sync_once(const char *part, int error);
/* Each sync takes so long. */
void slow_files(const char *part, int ms);

/* What a power cut could take from the database, by the worst that disks are known to do: after a sync that
 * failed, what was written before it is safe only once it is written again and synced; a file cut short is
 * long again until it is synced. */
struct files_at_risk {
	bool is_log_cut;    /* the log was cut and not synced since */
	bool was_log_moved; /* into the database's file, while part of it was lost to such a sync */
};
/* From now on; and what it is at this moment. */
void watch_files(void);
struct files_at_risk files_at_risk(void);
/* Watched: the log beside the directory's database, as it is, counts as lost to a sync that failed (to
 * another process, say). */
void lose_log(const char *directory);

/* An open store with a spool of so many megabytes (0: none) in a fresh directory. */
bool pressure_open(struct fixture *f, int spool_mb);
void pressure_close(struct fixture *f);
#define WITH_PRESSURE(f, mb)                                                                                 \
	__attribute__((cleanup(pressure_close))) struct fixture f;                                           \
	CHECK(pressure_open(&f, mb))
/* Asks for the spool and waits until it is there. */
bool keep_spool(struct fixture *f, int megabytes);
/* One event with n in it. */
#define EVENT_OF(n)                                                                                          \
	((struct event){.type = EVENT_NOTE_WRITTEN,                                                          \
		.at_ms = 1700000000000 + (n),                                                                \
		.interaction = 7,                                                                            \
		.number = (n),                                                                               \
		.text = "a customer's words"})
/* Appends n events, the first with number `from`; the last one's seq, or 0 after a reported failure. */
uint64_t append_some(struct fixture *f, int from, int n);
/* Wait, 20 s at most; a failure is reported. */
bool wait_visible(struct fixture *f, uint64_t seq);
bool wait_state(struct fixture *f, enum store_state state);
/* Until a change of a row is refused (fact "refused"). */
bool wait_refused(struct fixture *f);
/* Until seq is durable or the store is stuck. */
void wait_settled(struct fixture *f, uint64_t seq);
/* In the database: 1..last, each once, as appended. */
bool log_is_whole(struct fixture *f, uint64_t last);
bool spool_holds(const struct fixture *f, const char *text);
int64_t read_int(const struct fixture *f, const char *sql);
/* Fills the disk with this file. */
bool fill_disk(const char *path);
