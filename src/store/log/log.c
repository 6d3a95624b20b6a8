/* See log.h. */
#include "store/log/log.h"
#include "base/log.h"
#include "store/log/archive.h"
#include "store/people/person.h"

#include <errno.h>

#define STEP_BACK_MS (INT64_C(48) * 3600 * 1000) /* a wall clock is not set back further than that */

struct reading {
	log_row_handler *on_row;
	void *arg;
	uint64_t wanted; /* the first row must have this number; 0: any */
	uint64_t last;	 /* seq of the last row given; 0: none */
	int64_t left;	 /* rows that may still be given */
	bool is_over, is_late;
};

#define ROW_SQL "SELECT seq, at_ms, type, interaction, data FROM event "

/* All rows of such a statement. When the first is not the wanted one, none is given: is_late. */
static int give(struct db *db, struct db_statement *st, struct reading *r)
{
	int err;

	while ((err = db_step(db, st)) == 1) {
		struct log_row row = {.seq = (uint64_t)db_int(st, 0),
			.at_ms = db_int(st, 1),
			.type = (enum event_type)db_int(st, 2),
			.interaction = (uint64_t)db_int(st, 3),
			.data = db_text(st, 4)};
		row.n = row.data ? db_bytes(st, 4) : 0;
		row.data = row.data ? row.data : "";
		r->is_late = r->wanted && row.seq != r->wanted;
		if (!r->is_late) {
			r->wanted = 0;
			r->last = row.seq;
			r->is_over = !r->on_row(&row, r->arg) || --r->left == 0;
		}
		if (r->is_late || r->is_over) {
			db_reset(st);
			return 0;
		}
	}
	return err;
}

static int give_from(struct db *db, uint64_t from_seq, struct reading *r)
{
	struct db_statement *st;
	int err = db_prepare(db, ROW_SQL "WHERE seq >= ? ORDER BY seq LIMIT ?", &st);

	if (err < 0)
		return err;
	db_bind_int(st, 1, from_seq > INT64_MAX ? INT64_MAX : (int64_t)from_seq);
	db_bind_int(st, 2, r->left);
	return give(db, st, r);
}

int log_rows_in(struct db *db, uint64_t from_seq, int64_t limit, log_row_handler *on_row, void *arg)
{
	struct reading r = {.on_row = on_row, .arg = arg, .left = limit};

	return limit <= 0 ? 0 : give_from(db, from_seq, &r);
}

/* The reader keeps the file it read last open: a log is read page by page. */
static int open_archive(struct store_reader *rd, const struct archive *a)
{
	if (rd->archive_first == a->first_seq)
		return 0;
	if (rd->archive_first)
		db_close(&rd->archive);
	rd->archive_first = 0;
	int err = archive_open(&rd->archive, rd->directory, a);
	if (err == 0)
		rd->archive_first = a->first_seq;
	return err;
}

int log_rows(struct store_reader *rd, uint64_t from_seq, int64_t limit, log_row_handler *on_row, void *arg)
{
	struct reading r = {.on_row = on_row, .arg = arg, .left = limit};
	struct archive a;
	uint64_t next = from_seq;
	bool is_tried = false;

	person_reader_begin(rd);
	while (r.left > 0 && !r.is_over) {
		int found = archive_find(&rd->db, next, &a);
		if (found < 0)
			return found;
		/* Rows may be put away between the look for an archive and the look at the table: then the
		 * table begins late, and there is a new archive. */
		r.wanted = found || is_tried ? 0 : next;
		int err = found ? open_archive(rd, &a) : 0;
		if (err == 0)
			err = give_from(found ? &rd->archive : &rd->db, next, &r);
		if (err < 0 || (!found && !r.is_late))
			return err;
		is_tried = r.is_late;
		next = found ? a.last_seq + 1 : next;
	}
	return 0;
}

static int give_of(struct db *db, uint64_t interaction, uint64_t from_seq, struct reading *r)
{
	struct db_statement *st;
	int err = db_prepare(db,
		ROW_SQL "WHERE interaction = ? AND interaction <> 0 AND seq >= ? ORDER BY seq LIMIT ?", &st);

	if (err < 0)
		return err;
	db_bind_int(st, 1, (int64_t)interaction);
	db_bind_int(st, 2, (int64_t)from_seq);
	db_bind_int(st, 3, r->left);
	return give(db, st, r);
}

static int give_all_of(struct store_reader *rd, uint64_t interaction, int64_t started_ms, struct reading *r)
{
	struct archive a;
	uint64_t next = 0;
	int found, err = 0;

	for (; (found = archive_find(&rd->db, next, &a)) == 1 && !r->is_over; next = a.last_seq + 1) {
		if (a.last_ms < started_ms - STEP_BACK_MS)
			continue;
		err = open_archive(rd, &a);
		if (err == 0)
			err = give_of(&rd->archive, interaction, 0, r);
		if (err < 0)
			return err;
	}
	return found < 0 ? found : r->is_over ? 0 : give_of(&rd->db, interaction, next, r);
}

int log_rows_of(struct store_reader *rd, uint64_t interaction, int64_t started_ms, int64_t limit,
	log_row_handler *on_row, void *arg)
{
	struct reading r = {.on_row = on_row, .arg = arg, .left = limit};
	person_reader_begin(rd);
	/* One moment of the database: rows may be put away meanwhile. */
	int err =
		db_exec(&rd->db, db_is_postgres(&rd->db) ? "BEGIN ISOLATION LEVEL REPEATABLE READ" : "BEGIN");

	if (err == 0 && limit > 0)
		err = give_all_of(rd, interaction, started_ms, &r);
	db_rollback(&rd->db);
	return err;
}

uint64_t store_first_seq(struct store_reader *rd)
{
	struct archive a;
	int64_t first = 0;

	if (archive_find(&rd->db, 0, &a) == 1)
		return a.first_seq;
	return db_read_int(&rd->db, &first, "SELECT coalesce(min(seq), 0) FROM event", 0) == 1
		       ? (uint64_t)first
		       : 0;
}

int log_decode(
	struct store_reader *rd, const struct log_row *row, struct arena *arena, struct event *ret_event)
{
	struct event e = {.seq = row->seq, .at_ms = row->at_ms, .type = row->type};
	int err = event_decode(row->data, row->n, arena, &e);

	if (err == -EINVAL) {
		log_error("store", 0, "event %llu cannot be read", (unsigned long long)row->seq);
		return -EUCLEAN;
	}
	if (err == 0 && e.person)
		err = person_open_event(rd, arena, &e);
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
	int err = store_reader_follow(rd);

	if (err < 0)
		return err;
	err = log_rows(rd, from_seq, limit > STORE_EVENTS_LIMIT_MAX ? STORE_EVENTS_LIMIT_MAX : limit,
		on_event_row, &r);

	return r.err < 0 ? r.err : err;
}

static bool take_time(const struct log_row *row, void *arg)
{
	*(int64_t *)arg = row->at_ms;
	return false;
}

static int at_of(struct store_reader *rd, int64_t seq, int64_t *ret_at_ms)
{
	return log_rows(rd, (uint64_t)seq, 1, take_time, ret_at_ms);
}

#define PAGE 1000 /* events read at a time: usually the first of them is it */

struct finding {
	int64_t at_ms;
	uint64_t seq; /* 0: not yet */
};

static bool find_time(const struct log_row *row, void *arg)
{
	struct finding *f = arg;

	if (row->at_ms >= f->at_ms)
		f->seq = row->seq;
	return f->seq == 0;
}

/* The stretch of the log in which the first event at or after at_ms lies, by where the clock was set back.
 * 0 or -errno. */
static int stretch_of(struct store_reader *rd, int64_t at_ms, int64_t *ret_first, int64_t *ret_end)
{
	int64_t step = 0, last = 0;
	int err = db_read_int(&rd->db, &last, "SELECT coalesce(max(seq), 0) FROM event", 0);

	*ret_first = (int64_t)store_first_seq(rd);
	*ret_end = last + 1;
	/* The first step before which it had been so late already. */
	if (err >= 0)
		err = db_read_int(&rd->db, &step,
			"SELECT seq FROM clock_step WHERE max_ms >= ? ORDER BY seq LIMIT 1", 1, at_ms);
	if (err == 1 && step < *ret_end)
		*ret_end = step;
	if (err >= 0)
		err = db_read_int(&rd->db, &step,
			"SELECT seq FROM clock_step WHERE seq < ? ORDER BY seq DESC LIMIT 1", 1, *ret_end);
	if (err == 1 && step > *ret_first)
		*ret_first = step;
	return err < 0 ? err : 0;
}

/* Within a stretch times never fall back by more than MARK_JITTER_MS: halving by a time so much earlier ends
 * at or before the event looked for, and little is left to read. No index is needed. */
uint64_t store_seq_at(struct store_reader *rd, int64_t at_ms)
{
	struct finding f = {.at_ms = at_ms};
	int64_t low, end, at = 0;

	if (stretch_of(rd, at_ms, &low, &end) < 0)
		return 0;
	int64_t high = end;
	while (low < high) {
		int64_t middle = low + (high - low) / 2;
		if (at_of(rd, middle, &at) < 0)
			return 0;
		if (at < at_ms - MARK_JITTER_MS)
			low = middle + 1;
		else
			high = middle;
	}
	for (int err = 0; low > 0 && low < end && f.seq == 0 && err == 0; low += PAGE)
		err = log_rows(rd, (uint64_t)low, PAGE, find_time, &f);
	return f.seq;
}
