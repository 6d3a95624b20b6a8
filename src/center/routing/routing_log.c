/* See routing_log.h. */
#include "center/routing/routing_log.h"
#include "base/alloc.h"
#include "base/id.h"
#include "base/log.h"
#include "base/vec.h"
#include "replay/record.h"
#include "route/save.h"
#include "store/store.h"

#include <errno.h>
#include <string.h>

#define CLOCK_SLACK_MS 20 /* the wall clock may be off by so much before the log says so */
#define RETRY_MS 1000
#define CHECKPOINT_RETRY_MS 60000
#define RESERVED_BYTES (4 * ROUTING_LOG_PART_BYTES) /* ordinary inputs find room when memory is short */

struct routing_log {
	struct store *store;
	struct record_writer *writer;
	struct record_bytes bytes; /* whole records, not yet handed on */
	uint32_t records;
	uint64_t run;
	int64_t offset_ms; /* wall = engine's clock + offset, as last written */
	int64_t due_ms, first_wall_ms, checkpoint_ms;
	bool is_start; /* bytes begin the run */
	bool is_over;  /* nothing is added until the next checkpoint */
};

static void give_up(struct routing_log *log, int64_t now_ms, int err)
{
	log->is_over = true;
	log->checkpoint_ms = now_ms + CHECKPOINT_RETRY_MS;
	log_error("center", 0,
		"the routing log has a gap from here on: %s. Calls are not affected; what routing does until "
		"the "
		"log begins anew can be neither replayed nor explained later",
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
		log->checkpoint_ms = now_ms + ROUTING_LOG_CHECKPOINT_MS;
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
		give_up(log, now_ms, err);
	else if (log->bytes.len >= ROUTING_LOG_PART_BYTES && log->due_ms > now_ms)
		log->due_ms = now_ms;
	if (input->kind == ROUTE_RESET && rc == 0 && !log->is_over)
		log->checkpoint_ms = now_ms;
}

int64_t routing_log_due(const struct routing_log *log)
{
	if (!log)
		return INT64_MAX;
	return log->bytes.len && log->due_ms < log->checkpoint_ms ? log->due_ms : log->checkpoint_ms;
}

/* The engine as it is, as the beginning of a new part. */
static int write_engine(const struct routing_log *log, const struct route *route, int64_t now_ms,
	int64_t wall_ms, struct record_writer *writer, struct record_bytes *out)
{
	struct route_copy copy = {0};
	struct route_bytes state = {0};
	struct route_actions none = {0};
	int err = VEC_RESERVE(out, RESERVED_BYTES) ? route_config_of(route, &copy) : -ENOMEM;

	if (err < 0)
		return err;
	struct route_input in = {.kind = ROUTE_CONFIGURE, .config = &copy.config};
	err = route_save(route, &state);
	if (err == 0)
		err = record_run(writer, log->run, MARKAZ_VERSION, now_ms, wall_ms, out);
	if (err == 0)
		err = record_input(writer, &in, now_ms, 0, &none, out);
	if (err == 0)
		err = record_state(writer, state.at, state.len, route_digest(route), out);
	route_bytes_free(&state);
	route_copy_free(&copy);
	return err;
}

/* Only when everything before it is handed on: a start begins a row. What fails here leaves the log as it
 * was. */
static void checkpoint(struct routing_log *log, const struct route *route, int64_t now_ms, int64_t wall_ms)
{
	struct record_writer *writer = NULL;
	struct record_bytes bytes = {0};

	log->checkpoint_ms = now_ms + CHECKPOINT_RETRY_MS;
	routing_log_flush(log, now_ms);
	if (log->bytes.len || record_writer_new(&writer) < 0)
		return;
	if (write_engine(log, route, now_ms, wall_ms, writer, &bytes) < 0) {
		record_writer_free(writer);
		record_bytes_free(&bytes);
		return;
	}
	record_writer_free(log->writer);
	record_bytes_free(&log->bytes);
	log->writer = writer;
	log->bytes = bytes;
	log->records = 3;
	log->is_start = true;
	if (log->is_over)
		log_info("center", 0, "the routing log begins anew");
	log->is_over = false;
	log->offset_ms = wall_ms - now_ms;
	log->first_wall_ms = wall_ms;
	log->due_ms = now_ms;
	log->checkpoint_ms = now_ms + ROUTING_LOG_CHECKPOINT_MS;
	routing_log_flush(log, now_ms);
}

void routing_log_run(struct routing_log *log, const struct route *route, int64_t now_ms, int64_t wall_ms)
{
	if (!log)
		return;
	if (log->checkpoint_ms <= now_ms)
		checkpoint(log, route, now_ms, wall_ms);
	if (log->bytes.len && log->due_ms <= now_ms)
		routing_log_flush(log, now_ms);
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
