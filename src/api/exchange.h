/* One HTTP exchange: a request read by the service thread, answered by a handler on a worker, written by the
 * service thread. The exchange has one owner at a time and travels by pointer; nothing in it is shared. */
#pragma once
#include "api/http_parts.h"
#include "base/jsonx.h"
#include "base/str.h"
#include "resource/resource.h"
#include "store/store.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define REQUEST_PATH_MAX 512
#define PATH_PARAMETERS_MAX 2
#define EFFECTS_MAX 4
#define PAGE_MAX 200
#define PAGE_DEFAULT 50

struct api;
struct route;

enum method {
	METHOD_GET = 1 << 0, /* HEAD too */
	METHOD_POST = 1 << 1,
	METHOD_PUT = 1 << 2,
	METHOD_PATCH = 1 << 3,
	METHOD_DELETE = 1 << 4,
};
struct request {
	enum method method;
	bool is_head, is_secure; /* secure: TLS here, or at a trusted proxy */
	bool has_own_header;	 /* X-Markaz: what another origin cannot send */
	bool is_bearer, takes_gzip;
	bool is_forwarded; /* some proxy, trusted or not, passed it on */
	char path[REQUEST_PATH_MAX], parameter[PATH_PARAMETERS_MAX][64];
	char peer[64], address[64]; /* of the socket; of the client (behind trusted proxies) */
	char agent[128], host[256], origin[256];
	char token[128];	   /* cookie or bearer; "" none */
	char idempotency_key[256]; /* "": none; one that does not fit reads as "\n" */
	char if_match[64], if_none_match[256], if_range[64], range[128];
	struct query query;
	unsigned char *body; /* owned, NUL-terminated; NULL: none */
	size_t body_len, body_size;
};

/* What the service thread does with sockets once the response is ready. */
enum effect_kind { EFFECT_PUSH = 1, EFFECT_CLOSE_TOKEN, EFFECT_CLOSE_USER };
struct effect {
	enum effect_kind kind;
	uint64_t id;	/* token or user */
	char text[160]; /* PUSH: JSON to every client of the tenant */
};
/* A body that is made as it goes out: a recording that is deciphered or decoded. On the service thread: each
 * piece must be quick. */
struct body_source {
	ssize_t (*read)(void *arg, int64_t offset, void *buffer, size_t n); /* 0 and less: it cannot go on */
	void (*free)(void *arg);
	void *arg; /* NULL: there is none */
};
struct response {
	int status;		  /* 0: not answered yet */
	const char *content_type; /* static text; NULL: no body */
	struct text headers;	  /* "Name: value\n" lines */
	void *body;		  /* owned: malloc'ed, released with free() */
	size_t body_len;
	int fd;			   /* -1, or an open file: `length` bytes from `offset` are the body */
	struct body_source source; /* as fd */
	int64_t offset, length;
	struct effect effects[EFFECTS_MAX];
	int n_effects;
};
struct who { /* all zero: nobody */
	uint64_t user, tenant, token;
	unsigned permissions;
	bool is_session; /* a browser's cookie, not a program's token */
	json_t *row;	 /* owned: the user */
};
/* A reader of the event log that may wait for more (GET /events): the handler fills it, and the service
 * thread keeps the exchange while is_waiting (event_wait.c), then gives it to a worker again. */
struct event_wait {
	bool is_waiting; /* the handler's answer: not yet */
	bool is_stream;	 /* asked by ws_events.c: from, seen, types and limit are set, every look is answered
			  */
	bool has_more;	 /* the answer ended before the log did */
	uint64_t seen;	 /* nothing for this reader up to here */
	uint64_t from;	 /* is_stream: the first to look at; 0: the first kept */
	uint64_t first;	 /* with 410: where the log begins */
	uint64_t types;
	int limit, wait_s, rounds;
	int64_t deadline_ms, not_before_ms, alive_at_ms; /* monotonic; of event_wait.c */
};
struct exchange {
	struct api *api;
	uint64_t number; /* the request id */
	int64_t began_us;
	const struct route *route;
	struct request request;
	struct response response;
	struct who who;
	struct store_reader *reader; /* the worker's, while a handler runs */
	struct event_wait wait;
	bool must_close;		/* the connection cannot be used again */
	size_t written;			/* service thread: bytes of the body sent */
	bool is_started;		/* service thread: head sent */
	const atomic_bool *is_unwanted; /* while a handler runs: nobody waits for the answer any more */
	int asked_again;		/* service thread: what else came with the request */
};

/* A new, empty exchange or NULL. */
struct exchange *exchange_new(struct api *api, uint64_t number);
void exchange_free(struct exchange *x);
static inline void exchange_freep(struct exchange **x)
{
	exchange_free(*x);
}
#define _cleanup_exchange_ __attribute__((cleanup(exchange_freep)))

/* --- for handlers; each answers at most once, the last answer wins
 * ------------------------------------------------------ */
/* Adds a response header. */
void reply_header(struct exchange *x, const char *name, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Answers with JSON; takes the reference (NULL: memory is out, answers 503). */
void reply_json(struct exchange *x, int status, json_t *json);
void reply_empty(struct exchange *x, int status);
/* Answers with a malloc'ed text or bytes; takes it. */
void reply_bytes(struct exchange *x, int status, const char *content_type, void *body, size_t len);
/* Answers with a file: ETag, Last-Modified-free, If-None-Match, Range and If-Range honoured. 0; -errno when
 * it cannot be opened (nothing answered). etag: without quotes. */
/* The same with a source of total bytes, which is taken over whatever happens. */
void reply_source(struct exchange *x, const struct body_source *source, int64_t total,
	const char *content_type, const char *etag);
/* The same without pieces and without a name to compare: it was made for this answer. */
void reply_whole(
	struct exchange *x, const struct body_source *source, int64_t total, const char *content_type);
int reply_file(struct exchange *x, const char *path, const char *content_type, const char *etag);
/* After the response the service thread does this. At most EFFECTS_MAX. */
void reply_effect(struct exchange *x, enum effect_kind kind, uint64_t id, const char *text);

/* An argument as integer in [min, max]: fallback when absent; on nonsense answers 422 and returns false. */
bool argument_int(
	struct exchange *x, const char *name, int64_t min, int64_t max, int64_t fallback, int64_t *ret_value);
/* An argument as id: 0 when absent; on nonsense answers 422 and returns false. */
bool argument_id(struct exchange *x, const char *name, uint64_t *ret_id);
/* limit= and cursor= of a list. */
bool argument_page(struct exchange *x, int *ret_limit, uint64_t *ret_cursor);
/* The id in the path; answers 404 and returns false when it is none. */
bool parameter_id(struct exchange *x, int index, uint64_t *ret_id);
/* The body as a JSON object: a new reference, or NULL (422 answered). */
json_t *body_object(struct exchange *x);
/* {"items": rows, "next_cursor": id of the last row when it is full}; takes rows. */
void reply_page(struct exchange *x, json_t *rows, int limit);
/* The actor for the audit log. */
struct store_actor actor_of(const struct exchange *x);
