/* Reading the event log, wherever a part of it lies: the table of the database, or the archives (archive.h),
 * whose months come before everything in the table. Readers see one sequence. */
#pragma once
#include "base/arena.h"
#include "event/event.h"
#include "store/write/writer.h"

struct log_row { /* borrowed for the call */
	uint64_t seq;
	int64_t at_ms;
	enum event_type type;
	uint64_t interaction;
	const char *data;
	size_t n;
};
/* False stops. */
typedef bool log_row_handler(const struct log_row *row, void *arg);

/* Rows from seq on (inclusive), at most limit. 0 or -errno. */
int log_rows(struct store_reader *rd, uint64_t from_seq, int64_t limit, log_row_handler *on_row, void *arg);
/* The same from the table `event` of one database (the table alone, or an archive's file). */
int log_rows_in(struct db *db, uint64_t from_seq, int64_t limit, log_row_handler *on_row, void *arg);
/* The rows of an interaction that began at started_ms, in order, at most limit. 0 or -errno. */
int log_rows_of(struct store_reader *rd, uint64_t interaction, int64_t started_ms, int64_t limit,
	log_row_handler *on_row, void *arg);
/* The event of a row; its texts live in the arena. The only place where stored data become an event. 0,
 * -EUCLEAN (logged: it cannot be read), -ENOMEM. */
int log_decode(
	struct store_reader *rd, const struct log_row *row, struct arena *arena, struct event *ret_event);
