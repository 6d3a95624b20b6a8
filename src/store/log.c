/* See log.h. */
#include "store/log.h"
#include "base/log.h"

#include <errno.h>

struct reading {
	log_row_handler *on_row;
	void *arg;
	uint64_t last; /* seq of the last row given; 0: none */
	int64_t n;     /* rows given */
	bool is_over;
};

/* All rows of a statement that selects seq, at_ms, type, data. */
static int give(struct db *db, struct db_statement *st, struct reading *r)
{
	int err;

	while ((err = db_step(db, st)) == 1) {
		struct log_row row = {.seq = (uint64_t)db_int(st, 0),
			.at_ms = db_int(st, 1),
			.type = (enum event_type)db_int(st, 2),
			.data = db_text(st, 3)};
		row.n = row.data ? db_bytes(st, 3) : 0;
		row.data = row.data ? row.data : "";
		r->last = row.seq;
		r->n++;
		if (!r->on_row(&row, r->arg)) {
			r->is_over = true;
			db_reset(st);
			return 0;
		}
	}
	return err;
}

static int give_from(struct db *db, uint64_t from_seq, int64_t limit, struct reading *r)
{
	struct db_statement *st;
	int err = db_prepare(
		db, "SELECT seq, at_ms, type, data FROM event WHERE seq >= ? ORDER BY seq LIMIT ?", &st);

	if (err < 0)
		return err;
	db_bind_int(st, 1, from_seq > INT64_MAX ? INT64_MAX : (int64_t)from_seq);
	db_bind_int(st, 2, limit);
	return give(db, st, r);
}

int log_rows(struct store_reader *rd, uint64_t from_seq, int64_t limit, log_row_handler *on_row, void *arg)
{
	struct reading r = {.on_row = on_row, .arg = arg};

	return give_from(&rd->db, from_seq, limit < 0 ? 0 : limit, &r);
}

int log_rows_of(struct store_reader *rd, uint64_t interaction, int64_t started_ms, int64_t limit,
	log_row_handler *on_row, void *arg)
{
	struct reading r = {.on_row = on_row, .arg = arg};
	struct db_statement *st;
	int err = db_prepare(&rd->db,
		"SELECT seq, at_ms, type, data FROM event WHERE interaction = ? AND interaction <> 0 ORDER "
		"BY seq LIMIT ?",
		&st);

	(void)started_ms;
	if (err < 0)
		return err;
	db_bind_int(st, 1, (int64_t)interaction);
	db_bind_int(st, 2, limit);
	return give(&rd->db, st, &r);
}

int log_decode(
	struct store_reader *rd, const struct log_row *row, struct arena *arena, struct event *ret_event)
{
	struct event e = {.seq = row->seq, .at_ms = row->at_ms, .type = row->type};
	int err = event_decode(row->data, row->n, arena, &e);

	(void)rd;
	if (err == -EINVAL) {
		log_error("store", 0, "event %llu cannot be read", (unsigned long long)row->seq);
		return -EUCLEAN;
	}
	if (err == 0)
		*ret_event = e;
	return err;
}

struct event_reading {
	struct store_reader *rd;
	store_event_handler *on_event;
	void *arg;
	int err;
};

static bool on_event_row(const struct log_row *row, void *arg)
{
	struct event_reading *r = arg;
	struct arena arena = {0};
	struct event e;

	r->err = log_decode(r->rd, row, &arena, &e);
	bool wants_more = r->err == 0 && r->on_event(&e, r->arg);
	arena_free(&arena);
	return wants_more;
}

int store_events(
	struct store_reader *rd, uint64_t from_seq, int limit, store_event_handler *on_event, void *arg)
{
	struct event_reading r = {.rd = rd, .on_event = on_event, .arg = arg};
	int err = log_rows(rd, from_seq, limit > STORE_EVENTS_LIMIT_MAX ? STORE_EVENTS_LIMIT_MAX : limit,
		on_event_row, &r);

	return r.err < 0 ? r.err : err;
}

static int at_of(struct store_reader *rd, int64_t seq, int64_t *ret_at_ms)
{
	int err = db_read_int(&rd->db, ret_at_ms, "SELECT at_ms FROM event WHERE seq = ?", 1, seq);

	return err == 1 ? 0 : err < 0 ? err : -ENOENT;
}

/* The log is in order of time (but for steps of the wall clock) and has no gaps: halving needs no index. */
uint64_t store_seq_at(struct store_reader *rd, int64_t at_ms)
{
	int64_t low = 1, last = 0, at = 0;

	if (db_read_int(&rd->db, &last, "SELECT coalesce(max(seq), 0) FROM event", 0) < 0)
		return 0;
	int64_t high = last + 1;
	while (low < high) {
		int64_t middle = low + (high - low) / 2;
		if (at_of(rd, middle, &at) < 0)
			return 0;
		if (at < at_ms)
			low = middle + 1;
		else
			high = middle;
	}
	return low <= last ? (uint64_t)low : 0;
}
