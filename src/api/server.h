/* The inside of the api room: what the service thread (server.c, http.c, ws.c) and the workers (worker.c)
 * share.
 *
 * Three kinds of threads: ONE service thread owns every socket, connection, client and the queue of waiting
 * exchanges; workers own the exchange they were given; foreign threads (the centre's) only post outputs.
 * Everything crosses in mailboxes. */
#pragma once
#include "api/api.h"
#include "api/auth.h"
#include "api/exchange.h"
#include "api/rate.h"
#include "api/routes.h"
#include "base/map.h"
#include "base/vec.h"
#include "loop/mailbox.h"

#include <libwebsockets.h>
#include <pthread.h>
#include <stdatomic.h>

#define WORKERS_MAX 32
#define WAITING_MAX 512				     /* exchanges waiting for a worker; beyond it 503 */
#define OUTPUTS_MAX 65536			     /* centre's outputs not yet spread */
#define BODIES_BYTES_MAX ((size_t)256 * 1024 * 1024) /* request bodies in memory at once */
#define HEADER_TIMEOUT_S 10			     /* for a whole request head */
#define KEEPALIVE_S 30
#define WRITE_TIMEOUT_S 30    /* without progress of a response */
#define ANSWER_TIMEOUT_S 120  /* for a worker */
#define BODY_TIMEOUT_MS 20000 /* for a body, and a second more per BODY_RATE bytes */
#define BODY_RATE 65536
#define SOCKETS_SPARE 64 /* over clients_max, so that a 503 can be said */
#define HISTOGRAM_BUCKETS 8
#define VISITS_PER_ADDRESS 20 /* a minute */
#define OPUS_AT_ONCE 2	      /* recordings made Opus on request; fewer than workers */
#define WATCH_US 500000	      /* how often it is seen whether who asked is still there */
#define EVENT_READERS_MAX 256 /* that wait for events at once; beyond it 503 */

struct client;

struct connection { /* one TCP connection; opaque user data of its wsi */
	struct api *api;
	struct lws *wsi;
	char peer[64];
	struct exchange *exchange; /* being read, or answered; owned */
	uint64_t waiting_for;	   /* number of the exchange a worker owns; 0: none */
	struct exchange *parked;   /* waits for events (event_wait.c); owned */
	bool is_answering;	   /* counted in api.answering */
	size_t body_expected, body_charged;
	int64_t body_deadline_ms;
	struct client *client;	  /* after the upgrade; owned */
	struct ws_stream *stream; /* it reads the event log (ws_events.c); owned */
	bool is_counted;
	bool polls_out; /* the library last asked to hear when it can write */
};

struct worker {
	struct api *api;
	int index;
	pthread_t thread;
	struct mailbox *jobs; /* struct exchange *; NULL: stop */
	struct store_reader *reader;
	bool is_busy;
	uint64_t asked;		 /* service thread: the exchange it has */
	atomic_bool is_unwanted; /* nobody waits for that any more */
};
struct waiting {
	struct exchange *exchange;
};
struct done { /* from a worker */
	struct exchange *exchange;
	int worker;
};

struct api_counters {			   /* for /metrics; relaxed atomics, written by the service thread */
	atomic_uint_fast64_t by_status[6]; /* [2]: 2xx... */
	atomic_uint_fast64_t latency[HISTOGRAM_BUCKETS + 1], latency_sum_us, bytes_out, refused,
		login_failures;
	atomic_uint_fast64_t ws_in, ws_out, ws_dropped, sockets, clients, waiting;
};
extern const int64_t histogram_us[HISTOGRAM_BUCKETS];

struct api {
	struct api_config config;
	struct cert_live *certificate; /* of the secure listener */
	struct api_parts parts;
	struct routes routes;
	struct auth auth;
	struct api_counters counters;
	struct mailbox *outputs;       /* struct center_output */
	struct mailbox *done;	       /* struct done */
	pthread_mutex_t context_mutex; /* foreign threads wake the loop while api_stop may be ending it */
	struct lws_context *context;
	struct lws_vhost *plain, *secure;
	pthread_t thread;
	bool is_running;
	atomic_bool is_woken, is_stopping;
	int64_t stop_by_ms;
	struct worker workers[WORKERS_MAX];
	int n_workers;
	atomic_uint opus_places; /* bits: recordings being made Opus on request (recording_opus.c) */

	/* service thread only */
	struct store_reader *reader; /* to let sockets in */
	VEC(struct waiting) waiting;
	struct map asked;		 /* exchange number -> connection */
	struct map clients;		 /* client id -> client */
	struct map by_user;		 /* user id -> first client of the user */
	VEC(struct center_input) unsent; /* CLIENT_CLOSED the centre could not take yet */
	struct strmap peers;		 /* address -> number of connections, as a pointer */
	uint64_t exchanges, client_ids;
	size_t bodies_bytes;
	int visitors;			 /* clients that are customers on a page */
	struct rates visits;		 /* new ones by address */
	int sockets, answering;		 /* answering: answers there and not written yet */
	VEC(struct connection *) parked; /* in order of arrival; at most EVENT_READERS_MAX */
	atomic_int n_parked;		 /* the same number for the store's thread */
	VEC(struct connection *)
	streams;	      /* that read events over their WebSocket; at most EVENT_READERS_MAX */
	atomic_int n_streams; /* the same number for the store's thread */
	bool is_closing;
};

/* --- server.c: any thread
 * ---------------------------------------------------------------------------------------------- */
/* Makes the service thread look into its mailboxes soon. */
void api_wake(struct api *a);
/* Service thread: hands an exchange to a worker or lets it wait. Takes it; false (not taken): too many wait.
 */
bool api_submit(struct api *a, struct exchange *x);

/* Service thread: nobody waits for this exchange any more; whoever works on it may stop. */
void api_unwanted(struct api *a, uint64_t number);

/* --- worker.c
 * ----------------------------------------------------------------------------------------------------------
 */
int worker_start(struct worker *w);
void worker_stop(struct worker *w);

/* --- http.c: service thread
 * -------------------------------------------------------------------------------------------- */
/* A request's head is there. The value for lws's callback. */
int http_on_request(struct connection *c);
int http_on_body(struct connection *c, const void *data, size_t n);
int http_on_body_complete(struct connection *c);
int http_on_writable(struct connection *c);
/* The moment answer_later asked for: writes the answer, or its beginning. */
int http_on_timer(struct connection *c);
/* Reads method, path, arguments and headers of the request at c->wsi. Answers x (with a problem) and returns
 * false when they are no good. */
bool http_read_head(struct connection *c, struct exchange *x);
/* Writes the whole (small) answer at once; the connection then closes. Returns -1 for lws. */
int http_refuse(struct connection *c, struct exchange *x);
void http_count(struct api *a, const struct exchange *x);
/* A worker is done with the exchange of c. */
void http_on_answer(struct connection *c, struct exchange *x);
/* Releases what the connection holds of an exchange. */
void http_release(struct connection *c);

/* --- events.c
 * ---------------------------------------------------------------------------------------------------------
 */
/* Answers with no events: the wait is over. The thread that owns the exchange. */
void events_answer_none(struct exchange *x);

/* --- event_wait.c: service thread
 * ------------------------------------------------------------------------------------- */
/* A handler said that x of c waits. Takes x: it is answered later. */
void event_wait_park(struct connection *c, struct exchange *x);
/* Something was committed: whoever waits for it is given to a worker. */
void event_wait_look(struct api *a);
/* The value for lws's callback. */
int event_wait_on_timer(struct connection *c);
/* The connection is gone or done: frees what it parked. */
void event_wait_forget(struct connection *c);
/* Answers all that wait: the server stops. */
void event_wait_end(struct api *a);

/* --- files.c: service thread
 * ------------------------------------------------------------------------------------------- */
/* Answers x with a file of the screens. */
void files_answer(struct exchange *x, const char *directory);

/* --- ws.c: service thread
 * ---------------------------------------------------------------------------------------------- */
/* May this upgrade go on? 0: yes (c->client is made), 1: refused and answered, -1: hang up. */
int ws_on_upgrade(struct connection *c);
int ws_on_open(struct connection *c);
int ws_on_message(struct connection *c, const void *data, size_t n);
int ws_on_writable(struct connection *c);
int ws_on_timer(struct connection *c);
void ws_on_close(struct connection *c);
/* Spreads one output of the centre; the text is released. */
void ws_spread(struct api *a, struct center_output *out);
void ws_effect(struct api *a, uint64_t tenant, const struct effect *e);
/* Close frames to everybody. */
void ws_close_all(struct api *a, int code, const char *reason);
/* For ws_events.c: queues a text for the client of c (copied). False: it is being closed. */
bool ws_push(struct connection *c, const char *text);
/* The same; json NULL: memory is out, the client is closed. */
void ws_push_json(struct connection *c, const json_t *json);
/* Answers request with an error. */
void ws_refuse(struct connection *c, const json_t *request, const char *code, const char *message);

/* --- ws_events.c: service thread
 * ------------------------------------------------------------------------------------------------ */
/* A request about the event log (events, events.ack, events.stop) of a client who may; token is its own.
 * False: it is another one. */
bool ws_events_request(struct connection *c, const char *what, const json_t *request, const char *token);
/* A worker looked for the stream of c. Takes x. */
void ws_events_on_answer(struct connection *c, struct exchange *x);
/* All that was queued for the client was written. */
void ws_events_on_written(struct connection *c);
/* Something was committed. */
void ws_events_look(struct api *a);
/* The stream of c, if any, is over. */
void ws_events_forget(struct connection *c);
/* Tries again what the centre could not take. */
void ws_retry(struct api *a);
