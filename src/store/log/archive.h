/* Old months of the event log, each in a file of its own below <data>/archives/: an SQLite database with the
 * rows as they were and a manifest, never changed once it is there. What lies in archives comes before
 * everything in the table `event`.
 *
 * Invariants: a file is whole, checked and on the disk before the table `archive` names it; events leave the
 * table only when that row is committed; so at every moment, after any crash, each event is where log.h looks
 * for it, and is found once. The newest event always stays in the table. Both databases use the same files.
 */
#pragma once
#include "db/db.h"
#include "store/store.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define ARCHIVE_NAME_MAX 64
#define ARCHIVE_HASH_SIZE 65
#define ARCHIVE_WHY_SIZE 300
#define ARCHIVE_BATCH 5000 /* rows copied or deleted at a time */

struct archive {
	uint64_t first_seq, last_seq, events;
	int64_t first_ms, last_ms, bytes; /* times: the earliest and latest of its events */
	char name[ARCHIVE_NAME_MAX], checksum[ARCHIVE_HASH_SIZE];
};

/* The first archive that holds an event from seq on: 1 found, 0 none, -errno. */
int archive_find(struct db *db, uint64_t seq, struct archive *ret_archive);
/* Opens its file for reading. 0; -EUCLEAN (it is not there, or none of ours; logged with what to do); -errno.
 */
int archive_open(struct db *ret_db, const char *directory, const struct archive *a);
/* Reads the whole file and compares it with what the table says. 0; -EUCLEAN with the reason in ret_why;
 * -errno. */
int archive_verify(const char *directory, const struct archive *a, char ret_why[static ARCHIVE_WHY_SIZE]);

/* One piece of the work of putting away what is older than `months` whole months (UTC) before now_ms: a month
 * written, or some rows deleted. Not on the writer's or the centre's thread; one caller at a time. Ends
 * early, with nothing half done, when *should_stop becomes true. 1 there is more, 0 done, -errno. */
int archive_step(
	struct store *s, struct store_reader *rd, int months, int64_t now_ms, const atomic_bool *should_stop);
/* Deletes the oldest archive with everything in it: the log then begins later. 1 deleted, 0 there is none,
 * -errno. Blocks as store_create does. */
int archive_drop_oldest(struct store *s, struct store_reader *rd, struct archive *ret_archive);

/* All of them, the oldest first; stops when on_archive returns false. 0 or -errno. */
typedef bool archive_handler(const struct archive *a, void *arg);
int archive_each(struct store_reader *rd, archive_handler *on_archive, void *arg);

/* A thread that puts away what is due: some time after the start, then every hour. */
struct archiver;
#define ARCHIVER_FIRST_MS 60000
#define ARCHIVER_EVERY_MS 3600000
/* months as archive_step's, at least 1. directory is the store's; copied. 0 or -errno. */
int archiver_start(struct archiver **ret_archiver, struct store *s, const char *directory, int months);
/* Before the store closes; NULL is fine. */
void archiver_stop(struct archiver *a);
