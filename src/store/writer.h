/* Inside of struct store: what the public calls and the writer thread share. Only files of this room include
 * it. */
#pragma once
#include "base/vec.h"
#include "loop/mailbox.h"
#include "db/checkpoint.h"
#include "db/db.h"
#include "store/secret.h"
#include "store/store.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

#define STORE_REQUESTS_MAX 1024	  /* writers waiting for an answer */
#define STORE_BATCH_EVENTS 2048	  /* events of one transaction */
#define STORE_BATCH_REQUESTS 64	  /* requests of one transaction */
#define STORE_RETRY_MS 500	  /* between attempts while the disk refuses */
#define STORE_GATHER_MS 5	  /* from the start of one commit to that of the next, while there is work */
#define STORE_LOG_PARTS_MAX 20000 /* parts of the routing log accepted and not yet written */
#define STORE_CLOSE_ATTEMPTS 3	  /* of the last commit at closing, before events are given up (logged) */

struct pending { /* an accepted event, one block with copies of its texts behind it */
	struct event e;
	char *data;	      /* encoded */
	struct pending *next; /* of store_request.more */
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

struct message { /* exactly one is set; none: close */
	struct pending *event;
	struct store_request *request;
	struct log_part *part;
};
struct store {
	char directory[DB_PATH_MAX], path[DB_PATH_MAX + 16];
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

	atomic_uint_fast64_t backlog, durable, events, commits, commit_us_max;
	atomic_uint_fast64_t log_bytes, log_parts; /* of the routing log, accepted and not yet written */
	atomic_int log_days;
	atomic_int error;

	/* The writer thread's alone. */
	VEC(struct pending *) waiting; /* in order of seq */
	VEC(struct store_request *) asked;
	VEC(struct log_part *) log; /* in order */
	VEC(uint8_t) log_row;	    /* where parts are put together */
	int64_t log_prune_ms;	    /* when old days are looked for again, monotonic */
	bool is_closing;
	int64_t begun_ms;	 /* the last commit, monotonic */
	struct persons *persons; /* person.c; NULL: none at hand yet */
};
/* The writer thread. */
void *writer_main(void *store);
/* route_log.c, on the writer's thread. Inside the transaction: writes the first parts whose events up to
 * last_seq are written, *ret_parts of them. 0 or -errno. */
int route_log_write(struct store *s, uint64_t last_seq, size_t *ret_parts);
/* They are durable: forgets them. */
void route_log_written(struct store *s, size_t n_parts);
/* Between transactions: removes some of what is too old, if it is time to. */
void route_log_prune(struct store *s);
/* A request's run functions for rows. */
int changes_create(struct store *s, struct store_request *rq);
int changes_update(struct store *s, struct store_request *rq);
int changes_delete(struct store *s, struct store_request *rq);

struct store_reader {
	struct db db;
	char directory[DB_PATH_MAX];
	struct db archive;	/* the one read last (log.c); open while archive_first is not 0 */
	uint64_t archive_first; /* its first seq */
	unsigned char key[SECRET_KEY_BYTES];
	struct persons *persons; /* person.c; NULL: none at hand yet */
};
