/* Moves what the write-ahead log holds into the database file, beside the writer: a thread and a connection
 * of its own, so that no commit waits for it.
 *
 * Invariants: everything here is repeatable and may fail at any point, because the log keeps what is not
 * moved; no commit waits while pages are moved, except for the short last part before the log is begun anew
 * (for readers at most CHECKPOINT_STALL_MS), and when pages come faster than the disk can move them.
 *
 * Must not know: what is in the tables. */
#pragma once
#include "db/db.h"

#include <stdatomic.h>
#include <stdint.h>

#define CHECKPOINT_PAGES 4096	       /* 16 MB not yet moved: moved now */
#define CHECKPOINT_AFTER_MS 3000       /* less than that: moved this long after the first of it */
#define CHECKPOINT_LOG_PAGES 16384     /* 64 MB: the log is begun anew when little of it is not moved */
#define CHECKPOINT_LOG_PAGES_MAX 32768 /* 128 MB: the writer waits until they are moved */
#define CHECKPOINT_STALL_MS 10	       /* while the writer waits: for readers, before giving up this time */
#define CHECKPOINT_LOCK_MS 1000	       /* while it does not: for the transaction it is at */
#define CHECKPOINT_RETRY_MS 1000       /* after a move that failed or that a reader held up */
#define CHECKPOINT_KEPT_BYTES (INT64_C(64) << 20) /* of the log's file, once begun anew */

struct checkpointer;

struct checkpoint_figures {
	uint64_t moves, restarts, stall_us_max; /* stall: the longest the writer may have waited */
	int error;				/* -errno of the last move, 0 when fine */
};

/* Starts the thread for the database at path (copied); writer's own checkpoints end here. Call before the
 * writer's first commit. 0, -ENOMEM, -errno. */
int checkpointer_start(struct checkpointer **ret_checkpointer, const char *path, struct db *writer);
/* Ends the thread after the move it is at, and forgets writer: only once that commits no more. NULL is fine.
 */
void checkpointer_stop(struct checkpointer *c);
/* Between two transactions, on the writer's thread: waits while the log is begun anew or has become too
 * long. NULL is fine. */
void checkpointer_give_way(struct checkpointer *c);
/* Keeps the error of the last move (0 when fine) in *error, too, which outlives the checkpointer: for who
 * wants to know without having it. NULL is fine. */
void checkpointer_tell(struct checkpointer *c, atomic_int *error);
/* Any thread. */
void checkpointer_figures(const struct checkpointer *c, struct checkpoint_figures *ret_figures);
