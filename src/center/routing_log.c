/* See routing_log.h. */
#include "center/routing_log.h"
#include "base/alloc.h"
#include "base/id.h"
#include "base/log.h"
#include "base/vec.h"
#include "route/record.h"
#include "store/store.h"

#include <errno.h>
#include <string.h>

#define CLOCK_SLACK_MS 20 /* the wall clock may be off by so much before the log says so */
#define RETRY_MS 1000
#define RESERVED_BYTES (4 * ROUTING_LOG_PART_BYTES) /* ordinary inputs find room when memory is short */

struct routing_log {
	struct store *store;
	struct record_writer *writer;
	struct record_bytes bytes; /* whole records, not yet handed on */
	uint32_t records;
	uint64_t run;
	int64_t offset_ms; /* wall = engine's clock + offset, as last written */
	int64_t due_ms, first_wall_ms;
	bool is_start; /* bytes begin the run */
	bool is_over;  /* nothing is added any more */
};

static void give_up(struct routing_log *log, int err)
{
	log->is_over = true;
	log_error("center", 0,
		"the routing log ends here until the next start: %s. Calls are not affected; replay and old "
		"explanations end here",
		err == -ENOBUFS ? "the disk has refused it for too long" : strerror(-err));
}

int routing_log_new(struct routing_log **ret_log, struct store *store, int64_t now_ms, int64_t wall_ms)
{
	struct routing_log *log = alloc_zero(sizeof(*log));
	int err = log ? record_writer_new(&log->writer) : -ENOMEM;

	if (err == 0 && !VEC_RESERVE(&log->bytes, RESERVED_BYTES))
		err = -ENOMEM;
	if (err == 0) {
		log->store = store;
		log->run = id_new();
		log->offset_ms = wall_ms - now_ms;
		log->first_wall_ms = wall_ms;
		log->due_ms = now_ms + ROUTING_LOG_FLUSH_MS;
		log->is_start = true;
		err = record_run(log->writer, log->run, MARKAZ_VERSION, now_ms, wall_ms, &log->bytes);
		log->records = 1;
	}
	if (err < 0) {
		routing_log_free(log);
		return err;
	}
	*ret_log = log;
	return 0;
}

void routing_log_free(struct routing_log *log)
{
	if (!log)
		return;
	record_writer_free(log->writer);
	record_bytes_free(&log->bytes);
	alloc_free(log);
}

/* The first record of a part: says what the wall clock is, when it moved. */
static int begin_part(struct routing_log *log, int64_t now_ms, int64_t wall_ms)
{
	int64_t off = wall_ms - now_ms - log->offset_ms;

	log->first_wall_ms = wall_ms;
	log->due_ms = now_ms + ROUTING_LOG_FLUSH_MS;
	if (off <= CLOCK_SLACK_MS && off >= -CLOCK_SLACK_MS)
		return 0;
	int err = record_clock(log->writer, now_ms, wall_ms, &log->bytes);
	if (err == 0) {
		log->offset_ms = wall_ms - now_ms;
		log->records++;
	}
	return err;
}

void routing_log_input(struct routing_log *log, const struct route_input *input, int64_t now_ms,
	int64_t wall_ms, int rc, const struct route_actions *actions)
{
	int err = 0;

	if (!log || log->is_over)
		return;
	if (log->bytes.len == 0)
		err = begin_part(log, now_ms, wall_ms);
	if (err == 0)
		err = record_input(log->writer, input, now_ms, rc, actions, &log->bytes);
	if (err == 0)
		log->records++;
	if (err == 0 && log->bytes.len > ROUTING_LOG_BYTES_MAX)
		err = -ENOBUFS;
	if (err < 0)
		give_up(log, err);
	else if (log->bytes.len >= ROUTING_LOG_PART_BYTES && log->due_ms > now_ms)
		log->due_ms = now_ms;
}

int64_t routing_log_due(const struct routing_log *log)
{
	return log && log->bytes.len ? log->due_ms : INT64_MAX;
}

void routing_log_flush(struct routing_log *log, int64_t now_ms)
{
	if (!log || log->bytes.len == 0)
		return;
	int err = store_route_log_append(log->store, log->run, log->first_wall_ms, log->is_start,
		log->records, log->bytes.at, log->bytes.len);
	if (err < 0) { /* the bytes wait, up to their limit */
		log->due_ms = now_ms + RETRY_MS;
		return;
	}
	log->bytes.len = 0;
	log->records = 0;
	log->is_start = false;
}
