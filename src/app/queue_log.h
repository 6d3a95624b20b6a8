/* Asterisk's queue_log, made from the event log: one line a happening,
 *   epoch|callid|queue|member|event|arguments
 * as app_queue of Asterisk 12 and later writes it, so that tools that read such files read ours
 * (docs/events.md says which event becomes which line). Calls only: other channels have no line.
 *
 * queue_log_event is pure: the same events and names give the same lines. What lies in a name between two '|'
 * is made harmless ('|' and control characters become '_'). */
#pragma once
#include "base/map.h"
#include "base/str.h"
#include "event/event.h"
#include "store/store.h"

#include <stdbool.h>

#define QUEUE_LOG_MEMBERS_MAX 4096 /* lines of one agent coming or going: one for each queue */

/* Names of today; ids without one are written as ids. */
struct queue_log_names {
	json_t *queues, *users, *breaks; /* arrays of rows; owned */
	struct map by_id;		 /* id -> row (borrowed) */
};
/* Reads them; those there were are released. 0 or -errno (unchanged then). One thread. */
int queue_log_names_load(struct queue_log_names *n, struct store_reader *rd, uint64_t tenant);
void queue_log_names_free(struct queue_log_names *n);

/* What is open. Zero-initialise; release with queue_log_free. */
struct queue_log {
	struct map calls; /* interaction -> struct queue_log_call */
	const struct queue_log_names *names;
};
/* Takes the next event in order; lines of it, each with its newline, are added to out. 0 or -ENOMEM (nothing
 * to be used further then). */
int queue_log_event(struct queue_log *q, const struct event *e, struct text *out);
/* The sequence from which on all events have to be told again to get this state: that of the oldest call that
 * is open, or `next` when there is none. */
uint64_t queue_log_from(const struct queue_log *q, uint64_t next);
void queue_log_free(struct queue_log *q);

/* --- the file: queue_log_file.c. Lines and the place in the log it is made of, exactly once
 * ----------------------------------------------------------------------------------------------- */
/* A file that others may rename (logrotate) or empty at any time, and beside the data a small state: which
 * file, how long, made of the log up to where. What was written behind the state's length is cut off at
 * opening: it is written again. */
struct queue_log_file {
	char path[256], state[256];
	int fd; /* -1: not open */
	int64_t length;
	uint64_t seq, from; /* everything up to seq is in it; tell from `from` on to go on */
};
/* Opens or creates; reads the state in directory. A state of another path counts as none: is_new then, seq
 * and from are 0. 0 or -errno. */
int queue_log_file_open(struct queue_log_file *f, const char *path, const char *directory, bool *ret_is_new);
/* Appends n bytes, makes them durable, then remembers seq and from. When the file was renamed or removed,
 * they go into a new one of the old name. n 0: only remembers. 0 or -errno (nothing counts as written; try
 * again). */
int queue_log_file_add(struct queue_log_file *f, const char *lines, size_t n, uint64_t seq, uint64_t from);
/* Closes and makes anew a file that was renamed. 0 or -errno. */
int queue_log_file_reopen(struct queue_log_file *f);
void queue_log_file_close(struct queue_log_file *f);

/* --- the follower: queue_log_follow.c. A thread of its own
 * ----------------------------------------------------------------------------------------------- */
struct queue_log_follower;
/* Writes the log to path from where it ended (a new file: from now on). 0 or -errno. */
int queue_log_start(struct queue_log_follower **ret_follower, const char *directory, const char *path,
	struct store *store);
/* Any thread: there may be more, or the file was renamed; cheap. NULL: nothing. */
void queue_log_wake(struct queue_log_follower *w);
/* Writes what is durable, then ends. NULL: nothing. */
void queue_log_stop(struct queue_log_follower *w);
