/* The thread that makes snapshots: it follows the log behind the commits with a reader of its own, folds it
 * with the very functions a start uses (recall.h), and hands the fold to the store. The centre's thread knows
 * nothing of it and pays nothing for it.
 *
 * One is made after SNAPSHOT_EVENTS events, or SNAPSHOT_MS after the first event since the last one; a large
 * one not before it pays (SNAPSHOT_EVENT_BYTES: it is no larger than what was logged since), but after
 * SNAPSHOT_EVENTS always; at once when a person was erased, which forgot all of them; and at the end.
 * Whatever fails is tried again later: without snapshots a start is slower, never wrong. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#define SNAPSHOT_EVENTS 100000
#define SNAPSHOT_MS 60000
#define SNAPSHOT_EVENT_BYTES 256 /* a saved fold may take so much for each event since the last one */
#define SNAPSHOT_LAST_EVENTS 200 /* at the end: fewer are read by the next start as fast */
#define FOLDER_TURN_MS 1000	 /* how often it looks */
#define FOLDER_EVENTS 2000	 /* events folded at once; fewer wait up to FOLDER_MS */
#define FOLDER_MS 10000
#define FOLDER_RETRY_MS 30000 /* after a failure */

struct folder;
struct store;

/* Begins to follow the log of the store in this directory. 0, -ENOMEM or -errno of the thread. */
int folder_start(struct folder **ret_folder, struct store *store, const char *directory);
/* Makes a last one, if it is worth it, and ends. NULL is fine. */
void folder_stop(struct folder *f);

/* The same without a thread, for tests: a round at these moments (monotonic, wall). */
int folder_new(struct folder **ret_folder, struct store *store, const char *directory);
void folder_turn(struct folder *f, int64_t mono_ms, int64_t wall_ms);
void folder_free(struct folder *f);
/* Of the last snapshot made by this folder: its event; 0: none yet. */
uint64_t folder_saved(const struct folder *f);
