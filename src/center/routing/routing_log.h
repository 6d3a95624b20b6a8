/* Writing the routing log: each input of the engine with what it decided (replay/record.h), in batches, to
 * the store; and now and then the whole engine, so that a replay need not begin at the start of the server.
 * The centre's thread only.
 *
 * Invariant: what was handed to the store is, from each start or checkpoint on, without a gap. When the log
 * cannot go on (memory, a disk that refuses for long), it ends there and says so once; the centre goes on
 * without, and the next checkpoint begins the log anew. */
#pragma once
#include "route/route.h"

#define ROUTING_LOG_FLUSH_MS 200		    /* at most so much is lost in a crash */
#define ROUTING_LOG_PART_BYTES 16384		    /* handed on at once from here on */
#define ROUTING_LOG_BYTES_MAX (32 << 20)	    /* kept while the store refuses */
#define ROUTING_LOG_CHECKPOINT_MS (6 * 3600 * 1000) /* and after each ROUTE_RESET: a day can begin there */

struct store;
struct routing_log;

/* A log of a new run whose engine is empty, or -ENOMEM. now_ms: the engine's clock; wall_ms: UTC then. */
int routing_log_new(struct routing_log **ret_log, struct store *store, int64_t now_ms, int64_t wall_ms);
/* Frees it; what was not flushed is lost (the store may be closed already). NULL is fine. */
void routing_log_free(struct routing_log *log);
/* What route_step(input, now_ms) just answered. */
void routing_log_input(struct routing_log *log, const struct route_input *input, int64_t now_ms,
	int64_t wall_ms, int rc, const struct route_actions *actions);
/* When routing_log_run is wanted; INT64_MAX: never. */
int64_t routing_log_due(const struct routing_log *log);
/* Does what is due: hands on what waits, writes a checkpoint of the engine. */
void routing_log_run(struct routing_log *log, const struct route *route, int64_t now_ms, int64_t wall_ms);
/* Hands on what waits, if the store takes it. */
void routing_log_flush(struct routing_log *log, int64_t now_ms);
