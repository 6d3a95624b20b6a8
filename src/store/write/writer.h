/* Inside of struct store: what the public calls and the writer thread share. Only files of this room include
 * it. */
#pragma once
#include "base/vec.h"
#include "loop/mailbox.h"
#include "db/checkpoint.h"
#include "db/db.h"
#include "store/write/mark.h"
#include "store/rows/secret.h"
#include "store/write/spool.h"
#include "store/store.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

#define STORE_REQUESTS_MAX 1024	  /* writers waiting for an answer */
#define STORE_BATCH_EVENTS 2048	  /* events of one transaction */
#define STORE_BATCH_REQUESTS 64	  /* requests of one transaction */
#define STORE_RETRY_MS 500	  /* between attempts while the database refuses */
#define STORE_RETRY_MS_MAX 5000	  /* it doubles up to this while the server cannot be reached */
#define STORE_GATHER_MS 5	  /* from the start of one commit to that of the next, while there is work */
#define STORE_LOG_PARTS_MAX 20000 /* parts of the routing log accepted and not yet written */
#define STORE_CLOSE_ATTEMPTS 3	  /* of the last commit at closing, before events are given up (logged) */
#define STORE_CLOSE_MS 10000	  /* to empty the spool at closing; the rest stays in it for the next start */
#define STORE_DOUBT_MS 10000	  /* a caller whose commit's outcome is not known waits so long for it */
#define STORE_PATIENCE_MS 5000	  /* a caller waits so long for the spool to be emptied */
#define STORE_TEND_MS 20	  /* between two steps of making or cleaning the spool */
#define STORE_TEND_AGAIN_MS 60000 /* after one that failed */
#define STORE_HOLD_MAX_MS 120000  /* a hold ends by itself */
#define STORE_SLOW_US 1000000	  /* a commit that takes longer makes the store "slow" */
#define STORE_SLOW_MS 30000	  /* for so long after it */

struct pending { /* an accepted event, one block with copies of its texts behind it */
	struct event e;
	char *data;	      /* encoded */
	struct pending *next; /* of store_request.more */
	bool is_of_request;   /* tells of a change that is in the same transaction, or did not happen */
};
/* A copy of e that borrows nothing, or NULL. */
struct pending *pending_new(const struct event *e);
void pending_free(struct pending *p);

struct log_part {		 /* accepted bytes of the routing log; see store_route_log_append */
	uint64_t run, after_seq; /* after_seq: of the last event before it */
	int64_t at_ms;
	bool is_start;
	uint32_t records;
	size_t n;
	uint8_t data[];
};

/* A change asked for by a thread that waits for it. Lives on that thread's stack until done is posted. run is
 * called on the writer thread inside a savepoint: 0 keeps what it did, everything else (store_result or
 * -errno) undoes it. */
struct store_request {
	int (*run)(struct store *s, struct store_request *rq);
	int result;
	sem_t done;
	struct pending *event; /* made by run: config.changed, goes into the same transaction */
	struct pending *more;  /* and further ones of an erasure, by their next */
	/* rows */
	const struct resource *resource;
	uint64_t id, tenant, user;
	int64_t if_version;
	const json_t *value;
	const struct store_actor *actor;
	const char *password_hash; /* of value's "password", when there is one */
	json_t *row;
	struct issues *issues;
	const void *arg; /* of run, borrowed */
	/* tokens and facts */
	const char *text[2];
	const unsigned char *hash;
	int64_t expires_ms;
};
/* Hands rq to the writer and waits. Its result, or -ENOBUFS when too many wait. */
int writer_ask(struct store *s, struct store_request *rq);
/* For moving to another database. Any thread but the writer. store_hold blocks until everything accepted
 * before is in the database; from then on the writer leaves that alone: events go to the spool, rows are
 * refused with -EBUSY, parts of the routing log wait in memory. 0; -EALREADY; -ENOSPC: there is no spool to
 * take events meanwhile; -ETIMEDOUT: the database does not get there within STORE_HOLD_MAX_MS; -ENOBUFS. A
 * hold ends by itself after STORE_HOLD_MAX_MS, as if released.
 * store_release: the writer closes its database, opens the one that the directory names now, empties the
 * spool into it and goes on. 0 when rows are accepted again, -ENOENT when nothing is held, or why it cannot
 * be opened (then it is tried again and again, as after any loss). */
int store_hold(struct store *s);
int store_release(struct store *s);

struct message { /* exactly one is set; none: close */
	struct pending *event;
	struct store_request *request, *hold, *release;
	struct log_part *part;
	bool is_wake; /* look around: the spool is wished otherwise, the database is open again */
};
struct store {
	char directory[DB_PATH_MAX];
	int lock_fd;
	struct db db; /* the writer thread's, once it runs */
	struct checkpointer *checkpointer;
	unsigned char key[SECRET_KEY_BYTES];
	struct mailbox *mailbox;
	pthread_t thread;
	bool is_running;
	store_commit_handler *on_commit;
	void *arg;

	/* Numbers are given and messages sent in one step, so that the order of numbers is the order of
	 * arrival. The centre holds this for one mailbox_send; the writer only when a changed row needs a
	 * number of its own. */
	pthread_mutex_t order;
	uint64_t next_seq; /* under order */

	atomic_uint_fast64_t backlog, durable, visible, events, commits, commit_us_max, commit_us_sum;
	atomic_uint_fast64_t commit_us[STORE_HISTOGRAM + 1]; /* how many took so long; see store_commit_us */
	atomic_uint_fast64_t log_bytes, log_parts; /* of the routing log, accepted and not yet written */
	atomic_uint_fast64_t spool_wish;	   /* bytes of the file to be kept ready; 0: none */
	atomic_uint_fast64_t spool_bytes, spool_bytes_max, spool_events, spool_rate; /* rate: bytes/s */
	atomic_int spool_error;		     /* of making or writing it */
	atomic_int_fast64_t commit_begun_ms; /* monotonic, of one under way; 0: none */
	atomic_int_fast64_t slow_until_ms;   /* monotonic */
	atomic_int_fast64_t error_since_ms;  /* wall */
	atomic_int log_days;
	atomic_int error, last_error, checkpoint_error;
	atomic_bool is_held, is_spool_full;
	struct watch *watch; /* watch.c; NULL: nobody looks */
	atomic_int_fast64_t alarm_since_ms[STORE_ALARMS];
	atomic_uint_fast64_t disk_bytes, disk_free_bytes;

	/* The writer thread's alone. */
	VEC(struct pending *) waiting; /* in order of seq */
	VEC(struct store_request *) asked;
	VEC(struct log_part *) log; /* in order */
	VEC(uint8_t) log_row;	    /* where parts are put together */
	int64_t log_prune_ms;	    /* when old days are looked for again, monotonic */
	int64_t log_clock_ms;	    /* the wall clock less the monotonic one then */
	bool is_closing;
	int64_t begun_ms; /* the last commit, monotonic */

	/* pressure.c; the writer's too. All times monotonic. */
	struct spool *spool;
	VEC(struct pending *) from_spool; /* of the transaction at hand */
	uint64_t blocks_until; /* of the event log: looked at again from this number on (partition.c) */
	int64_t blocks_retry_ms;
	struct mark mark;      /* ours, as of the last transaction */
	bool is_open;	       /* db may be used by the writer */
	bool is_lost;	       /* it has to be opened anew */
	bool is_opening;       /* the opener thread has it */
	atomic_bool is_opened; /* by the opener, when it is done */
	int open_error;	       /* and how; with what the mark said: */
	struct mark opened_mark;
	pthread_t opener;
	bool is_unknown;		      /* the last failure was in a commit that may have happened */
	VEC(struct store_request *) doubtful; /* answered when that is known */
	uint64_t doubt_number;
	size_t doubt_parts; /* of the routing log, in that transaction */
	int doubt_error;
	int64_t doubt_until_ms, retry_ms, retry_step_ms, spool_retry_ms, tend_ms, patience_ms;
	int64_t close_until_ms;
	int close_attempts;
	struct store_request *hold, *release; /* who asked for it and waits */
	int64_t move_held_ms;		      /* move.c, the control thread: held since, monotonic; 0: not */
	uint64_t hold_seq;		      /* what has to be in the database before */
	int64_t held_until_ms, rate_ms;
	uint64_t rate_bytes;

	struct persons *persons; /* person.c; NULL: none at hand yet */
};
/* The writer thread. */
void *writer_main(void *store);
/* The events a request made go with it. */
void writer_drop_events(struct store_request *rq);
/* writer.c, for its parts: everything in the mailbox into our lists. False when memory is short: the rest
 * stays in the mailbox. */
bool writer_drain(struct store *s);
void writer_answer(struct store_request *rq, int result);
/* Forgets the first n_events that wait, and the first n_requests. */
void writer_forget(struct store *s, size_t n_events, size_t n_requests);

/* batch.c: one transaction of what waits, with as many requests as fit (none while is_pressed). 0 or -errno,
 * after which everything is told and remembered. */
int batch_write(struct store *s);
/* One transaction of what lies in the spool. The same. */
int batch_empty_spool(struct store *s);
/* Events up to last are in the database: callers, figures and readers hear of it. */
void batch_visible(struct store *s, uint64_t last);

/* append.c, the only place that writes event rows and folds them: n events, in order, inside the
 * transaction; *clock goes on with their times. 0 or -errno. */
int append_events(struct store *s, struct pending *const *list, size_t n, struct mark_clock *clock);

/* pressure.c, what happens while the database does not take writes. */
bool pressure_is_on(const struct store *s); /* events go to the spool, rows are refused */
/* The database refused (err): from now on it is so. */
void pressure_begin(struct store *s, int err);
/* It took a transaction. */
void pressure_end(struct store *s);
/* What waits goes into the spool, as far as it can take it. */
void pressure_spool(struct store *s);
/* Refuses all requests that wait. */
void pressure_refuse(struct store *s, int err);
/* The opener, the doubtful, holds: what is due. */
void pressure_look(struct store *s, int64_t now_ms);
/* Makes and cleans the spool, a step at a time. */
void pressure_tend(struct store *s, int64_t now_ms);
/* When pressure_look, pressure_tend or another attempt are due, monotonic; INT64_MAX: never. */
int64_t pressure_due(const struct store *s);
/* The spool's figures for other threads. */
void pressure_figures(struct store *s);
/* Keeps the first n_requests, whose outcome is not known, until it is; err: what they hear if nothing
 * happened. */
void pressure_doubt(struct store *s, size_t n_requests, size_t n_parts, int err);
/* Ends the opener, answers whoever waits still. After the thread's last round. */
void pressure_stop(struct store *s);

/* connect.c: opens the database of the directory, brings it to the present schema, makes the mark ours,
 * empties the spool. Before the writer runs. 0 or -errno (logged where a sentence helps). */
int connect_first(struct store *s);
/* Closes what is open, opens it anew and looks at the mark. 0; -ESTALE (somebody else wrote, or it went back
 * in time); -errno. Any thread that has db for itself. *ret_mark on success. */
int connect_again(struct store *s, struct mark *ret_mark);
/* route_log.c, on the writer's thread. Inside the transaction: writes the first parts whose events up to
 * last_seq are written, *ret_parts of them. 0 or -errno. */
int route_log_write(struct store *s, uint64_t last_seq, size_t *ret_parts);
/* They are durable: forgets them. */
void route_log_written(struct store *s, size_t n_parts);
/* Between transactions: removes some of what is too old, if it is time to. */
void route_log_prune(struct store *s);
/* partition.c: between transactions, makes the log's next blocks ahead, if it is time to. */
void partition_look(struct store *s);
/* A request's run functions for rows. */
int changes_create(struct store *s, struct store_request *rq);
int changes_update(struct store *s, struct store_request *rq);
int changes_delete(struct store *s, struct store_request *rq);

struct store_reader {
	struct db db;
	unsigned moves; /* store_where_moves when db was opened */
	char directory[DB_PATH_MAX];
	struct db archive;	/* the one read last (log.c); open while archive_first is not 0 */
	uint64_t archive_first; /* its first seq */
	unsigned char key[SECRET_KEY_BYTES];
	struct persons *persons; /* person.c; NULL: none at hand yet */
};
