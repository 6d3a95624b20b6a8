/* See checkpoint.h. A PASSIVE checkpoint waits for nobody and stops nobody; but while commits go on there is
 * always a rest it did not move, and a log with a rest is never begun anew by SQLite. So, when the log has
 * grown long, passive moves make the rest small, the writer gives way between two transactions, and a RESTART
 * moves only that. A log that grows faster than it can be moved is stopped the same way, whatever the rest.
 */
#include "db/checkpoint.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "loop/mailbox.h"
#include "db/sqlite.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define WAKE_MAX 8	     /* messages: two wake-ups and the last one at most */
#define WAIT_STEP_NS 200000  /* between two looks at a lock */
#define PASSIVE_ROUNDS 3     /* before a restart: each leaves what was committed during it */
#define SMALL_REST_PAGES 256 /* 1 MB: few enough for the writer to wait */

enum amount { NOTHING, SOME, MUCH, NEVER }; /* in the log and not moved */

struct wake {
	bool is_last;
};

struct checkpointer {
	char path[DB_PATH_MAX + 16];
	struct db *writer;
	struct db db; /* the thread's */
	struct mailbox *mailbox;
	pthread_t thread;
	atomic_int amount;	 /* raised by the writer, lowered by the thread */
	atomic_int pages, moved; /* of the log: all; those already in the database file */
	atomic_int error;
	_Atomic(atomic_int *) told;
	atomic_uint_fast64_t moves, restarts, stall_us_max;
	atomic_bool is_turn_wanted; /* by the thread: the writer is not to begin a transaction */
	atomic_bool is_moving;	    /* the thread is at it */
	atomic_bool is_resting; /* the thread is not to be waited for: the last move failed, or it ended */
	atomic_bool is_parked;	/* the writer waits for one of the two to end */

	/* The thread's alone. */
	int64_t wait_until_ms; /* monotonic: for a lock */
};

/* In the log and not in the database file. Fewer pages than were moved: it was begun anew meanwhile. */
static int rest_of(const struct checkpointer *c)
{
	int pages = atomic_load(&c->pages), moved = atomic_load(&c->moved);

	return pages < moved ? pages : pages - moved;
}

/* On the writer's thread, after each commit. */
static int on_committed(void *arg, sqlite3 *db, const char *name, int pages)
{
	struct checkpointer *c = arg;

	(void)db, (void)name;
	if (pages < atomic_exchange(&c->pages, pages))
		atomic_store(&c->moved, 0);
	int amount = rest_of(c) >= CHECKPOINT_PAGES ? MUCH : SOME;
	if (amount > atomic_load(&c->amount)) {
		atomic_store(&c->amount, amount);
		(void)mailbox_send(c->mailbox, &(struct wake){0}); /* full: it is awake anyway */
	}
	return SQLITE_OK;
}

/* Pages come faster than they can be moved: the writer waits for the move that is under way, or that begins
 * as soon as the thread is given a processor. Never for one that was in vain: a reader or a full disk in the
 * way must not stop it. */
static bool is_way_wanted(const struct checkpointer *c)
{
	if (atomic_load(&c->is_turn_wanted))
		return true;
	if (atomic_load(&c->pages) < CHECKPOINT_LOG_PAGES_MAX || atomic_load(&c->is_resting))
		return false;
	return atomic_load(&c->is_moving) || atomic_load(&c->amount) == MUCH;
}

void checkpointer_give_way(struct checkpointer *c)
{
	if (!c || !is_way_wanted(c))
		return;
	atomic_store(&c->is_parked, true);
	while (is_way_wanted(c))
		nanosleep(&(struct timespec){.tv_nsec = WAIT_STEP_NS}, NULL);
	atomic_store(&c->is_parked, false);
}

/* Asked again while a lock is held by somebody else: 0 gives up. From when the writer waits it is a matter of
 * milliseconds. */
static int on_busy(void *arg, int count)
{
	struct checkpointer *c = arg;
	int64_t now = clock_mono_ms();

	(void)count;
	if (atomic_load(&c->is_parked) && c->wait_until_ms > now + CHECKPOINT_STALL_MS)
		c->wait_until_ms = now + CHECKPOINT_STALL_MS;
	if (now >= c->wait_until_ms)
		return 0;
	nanosleep(&(struct timespec){.tv_nsec = WAIT_STEP_NS}, NULL);
	return 1;
}

/* 0, -EBUSY when a reader or a transaction is in the way, -errno. What SQLite calls the log's length is what
 * it was when the move began. */
static int move(struct checkpointer *c, int mode)
{
	int pages = 0, moved = 0, before = atomic_load(&c->moved);

	c->wait_until_ms = clock_mono_ms() + CHECKPOINT_LOCK_MS;
	int code = sqlite3_wal_checkpoint_v2(sqlite_handle(&c->db), NULL, mode, &pages, &moved);
	if (code != SQLITE_OK)
		return db_error(&c->db);
	atomic_fetch_add(&c->moves, 1);
	atomic_store(&c->moved, moved);
	return moved < pages && moved == before ? -EBUSY : 0;
}

/* Begins the log anew; the writer waits. */
static int restart(struct checkpointer *c)
{
	atomic_store(&c->is_turn_wanted, true);
	int64_t start = clock_mono_ns();
	int err = move(c, SQLITE_CHECKPOINT_RESTART);
	uint64_t took_us = (uint64_t)(clock_mono_ns() - start) / 1000;
	atomic_store(&c->is_turn_wanted, false);
	if (took_us > atomic_load(&c->stall_us_max))
		atomic_store(&c->stall_us_max, took_us);
	if (err == 0)
		atomic_fetch_add(&c->restarts, 1);
	return err;
}

static int move_all(struct checkpointer *c)
{
	int err = move(c, SQLITE_CHECKPOINT_PASSIVE);

	if (err < 0 || atomic_load(&c->pages) < CHECKPOINT_LOG_PAGES)
		return err;
	for (int i = 1; i < PASSIVE_ROUNDS && rest_of(c) > SMALL_REST_PAGES && err == 0; i++)
		err = move(c, SQLITE_CHECKPOINT_PASSIVE);
	if (err < 0 || rest_of(c) == 0)
		return err;
	/* The next move may find a smaller rest; it is not waited for without end. */
	if (rest_of(c) > SMALL_REST_PAGES && atomic_load(&c->pages) < CHECKPOINT_LOG_PAGES_MAX)
		return 0;
	return restart(c);
}

/* One message for each way it goes wrong, one when it works again. */
static void report(struct checkpointer *c, int err)
{
	int before = atomic_exchange(&c->error, err);
	atomic_int *told = atomic_load(&c->told);

	if (told)
		atomic_store(told, err);
	if (before == err)
		return;
	if (err == 0)
		log_info("store", 0, "%s: checkpoints work again", c->path);
	else
		log_error("store", 0,
			"%s: checkpoint failed: %s. Nothing is lost, but %s-wal grows until it works: free "
			"space on the disk, look at its health",
			c->path, strerror(-err), c->path);
}

/* Takes what was sent. False: the end. */
static bool drain(struct checkpointer *c)
{
	struct wake wake;

	while (mailbox_take(c->mailbox, &wake))
		if (wake.is_last)
			return false;
	return true;
}

/* Sleeps through ms, or until there is `enough`. False: the end. */
static bool wait_for(struct checkpointer *c, enum amount enough, int ms)
{
	int64_t until = clock_mono_ms() + ms, left;

	while (drain(c)) {
		if (atomic_load(&c->amount) >= (int)enough || (left = until - clock_mono_ms()) <= 0)
			return true;
		mailbox_wait(c->mailbox, (int)left);
	}
	return false;
}

static void *checkpointer_main(void *arg)
{
	struct checkpointer *c = arg;

	pthread_setname_np(pthread_self(), "checkpoint");
	for (;;) {
		if (atomic_load(&c->amount) == NOTHING)
			mailbox_wait(c->mailbox, -1);
		if (!wait_for(c, MUCH, CHECKPOINT_AFTER_MS))
			break;
		/* Before the move: what is committed from here on asks for the next one. */
		atomic_store(&c->is_moving, true);
		atomic_store(&c->amount, NOTHING);
		int err = move_all(c);
		atomic_store(&c->is_resting, err != 0);
		atomic_store(&c->is_moving, false);
		report(c, err == -EBUSY ? 0 : err);
		if (err == 0)
			continue;
		atomic_store(&c->amount, SOME);
		if (!wait_for(c, NEVER, CHECKPOINT_RETRY_MS))
			break;
		atomic_store(&c->is_resting, false);
	}
	atomic_store(&c->is_resting, true);
	return NULL;
}

static int open_connection(struct checkpointer *c)
{
	int err = db_open(&c->db, c->path, DB_WRITE);

	if (err < 0)
		return err;
	sqlite3_busy_handler(sqlite_handle(&c->db), on_busy, c);
	return db_exec(&c->db, "PRAGMA wal_autocheckpoint=0");
}

static int take_over(struct checkpointer *c)
{
	char pragma[80];

	str_printf(pragma, sizeof(pragma), "PRAGMA wal_autocheckpoint=0; PRAGMA journal_size_limit=%lld",
		(long long)CHECKPOINT_KEPT_BYTES);
	int err = db_exec(c->writer, pragma);
	if (err == 0)
		sqlite3_wal_hook(sqlite_handle(c->writer), on_committed, c);
	return err;
}

static void release(struct checkpointer *c)
{
	sqlite3_wal_hook(sqlite_handle(c->writer), NULL, NULL);
	db_close(&c->db);
	mailbox_free(c->mailbox);
	alloc_free(c);
}

int checkpointer_start(struct checkpointer **ret_checkpointer, const char *path, struct db *writer)
{
	struct checkpointer *c = alloc_zero(sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->writer = writer;
	int err = str_put(c->path, sizeof(c->path), path) < 0 ? -ENAMETOOLONG : 0;
	if (err == 0)
		err = mailbox_new(&c->mailbox, sizeof(struct wake), WAKE_MAX);
	if (err == 0)
		err = open_connection(c);
	if (err == 0)
		err = take_over(c);
	if (err == 0)
		err = -pthread_create(&c->thread, NULL, checkpointer_main, c);
	if (err < 0) {
		release(c);
		return err;
	}
	*ret_checkpointer = c;
	return 0;
}

void checkpointer_stop(struct checkpointer *c)
{
	if (!c)
		return;
	while (mailbox_send(c->mailbox, &(struct wake){.is_last = true}) < 0) /* full: it is emptying it */
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	pthread_join(c->thread, NULL);
	release(c);
}

void checkpointer_tell(struct checkpointer *c, atomic_int *error)
{
	if (!c)
		return;
	atomic_store(error, atomic_load(&c->error));
	atomic_store(&c->told, error);
}

void checkpointer_figures(const struct checkpointer *c, struct checkpoint_figures *ret_figures)
{
	*ret_figures = (struct checkpoint_figures){.moves = atomic_load(&c->moves),
		.restarts = atomic_load(&c->restarts),
		.stall_us_max = atomic_load(&c->stall_us_max),
		.error = atomic_load(&c->error)};
}
