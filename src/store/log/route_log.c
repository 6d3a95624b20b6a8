/* The routing log's table: bytes the centre hands on, gathered into rows. What they say is replay/record.h's
 * affair; here they are whole records, nothing more.
 *
 * Invariants: rows are in the order of the calls of store_route_log_append; a row holds whole parts of one
 * run; only the first part of a row may be a start; no part is written before an event appended earlier. */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "store/write/writer.h"

#include <errno.h>
#include <string.h>

#define PRUNE_ROWS 64	       /* removed in one transaction: some 4 MB at most */
#define PRUNE_AGAIN_MS 1000    /* while there is more of them */
#define STEP_MS 3600000	       /* the wall clock was set by more */
#define PRUNE_EVERY_MS 3600000 /* else */
#define PAGE_ROWS 50	       /* read in one statement */
#define DAY_MS INT64_C(86400000)

int store_route_log_append(struct store *s, uint64_t run, int64_t at_ms, bool is_start, uint32_t records,
	const void *data, size_t n)
{
	if (n > STORE_LOG_BACKLOG_MAX)
		return -E2BIG;
	if (atomic_load(&s->log_bytes) + n > STORE_LOG_BACKLOG_MAX ||
		atomic_load(&s->log_parts) >= STORE_LOG_PARTS_MAX)
		return -ENOBUFS;
	struct message m = {.part = alloc_zero(sizeof(struct log_part) + n)};
	if (!m.part)
		return -ENOMEM;
	m.part->run = run;
	m.part->at_ms = at_ms;
	m.part->is_start = is_start;
	m.part->records = records;
	m.part->n = n;
	memcpy(m.part->data, data, n);
	atomic_fetch_add(&s->log_bytes, n);
	atomic_fetch_add(&s->log_parts, 1);
	pthread_mutex_lock(&s->order);
	m.part->after_seq = s->next_seq - 1;
	int err = mailbox_send(s->mailbox, &m);
	pthread_mutex_unlock(&s->order);
	if (err < 0) {
		atomic_fetch_sub(&s->log_bytes, n);
		atomic_fetch_sub(&s->log_parts, 1);
		alloc_free(m.part);
	}
	return err;
}

void store_route_log_keep(struct store *s, int days)
{
	atomic_store(&s->log_days, days);
}

static int write_row(
	struct store *s, const struct log_part *first, uint32_t records, const void *data, size_t n)
{
	struct db_statement *st;
	int err = db_prepare(&s->db,
		"INSERT INTO route_log (run, at_ms, is_start, records, data) VALUES (?, ?, ?, ?, ?)", &st);

	if (err < 0)
		return err;
	db_bind_int(st, 1, (int64_t)first->run);
	db_bind_int(st, 2, first->at_ms);
	db_bind_int(st, 3, first->is_start);
	db_bind_int(st, 4, records);
	db_bind_blob(st, 5, data, n);
	err = db_run(&s->db, st);
	return err;
}

/* How many parts from the first on make the next row, and their size. */
static size_t row_of(const struct store *s, size_t from, size_t to, size_t *ret_bytes)
{
	const struct log_part *first = s->log.at[from];
	size_t n = 1, bytes = first->n;

	while (from + n < to) {
		const struct log_part *p = s->log.at[from + n];
		if (p->is_start || p->run != first->run || bytes + p->n > STORE_LOG_ROW_BYTES)
			break;
		bytes += p->n;
		n++;
	}
	*ret_bytes = bytes;
	return n;
}

int route_log_write(struct store *s, uint64_t last_seq, size_t *ret_parts)
{
	size_t end = 0, bytes = 0;
	int err = 0;

	while (end < s->log.len && s->log.at[end]->after_seq <= last_seq)
		end++;
	for (size_t i = 0; i < end && err == 0;) {
		const struct log_part *first = s->log.at[i];
		size_t n = row_of(s, i, end, &bytes);
		uint32_t records = 0;
		if (n == 1 || !VEC_RESERVE(&s->log_row, bytes)) { /* without memory: a row each */
			err = write_row(s, first, first->records, first->data, first->n);
			i++;
			continue;
		}
		s->log_row.len = 0;
		for (size_t k = 0; k < n; k++, i++) {
			const struct log_part *p = s->log.at[i];
			memcpy(s->log_row.at + s->log_row.len, p->data, p->n);
			s->log_row.len += p->n;
			records += p->records;
		}
		err = write_row(s, first, records, s->log_row.at, s->log_row.len);
	}
	*ret_parts = end;
	return err;
}

void route_log_written(struct store *s, size_t n_parts)
{
	if (n_parts == 0)
		return;
	for (size_t i = 0; i < n_parts; i++) {
		atomic_fetch_sub(&s->log_bytes, s->log.at[i]->n);
		atomic_fetch_sub(&s->log_parts, 1);
		alloc_free(s->log.at[i]);
	}
	memmove(s->log.at, s->log.at + n_parts, (s->log.len - n_parts) * sizeof(*s->log.at));
	s->log.len -= n_parts;
}

/* The first row that must stay: the start that the first kept day needs. */
static int first_kept(struct db *db, int64_t cutoff_ms, int64_t *ret_id)
{
	int64_t id = 0;

	*ret_id = 0;
	/* Everything after the last start before the first kept one may reach into a kept day. By number, not
	 * by time: the clock may have been set back. */
	int err = db_read_int(db, &id,
		"SELECT max(id) FROM route_log WHERE is_start = 1 AND id < coalesce((SELECT min(id) FROM "
		"route_log "
		"WHERE is_start = 1 AND at_ms >= ?), 9223372036854775807)",
		1, cutoff_ms);
	if (err == 1)
		*ret_id = id;
	return err < 0 ? err : 0;
}

void route_log_prune(struct store *s)
{
	int64_t now_ms = clock_mono_ms(), wall_ms = clock_wall_ms(), keep = 0;

	if (now_ms < s->log_prune_ms)
		return;
	s->log_prune_ms = now_ms + PRUNE_EVERY_MS;
	/* A clock set by hours may be set right again: nothing is removed by it before somebody had a day to
	 * see it. */
	int64_t offset_ms = wall_ms - now_ms, by_ms = offset_ms - s->log_clock_ms;
	bool is_stepped = s->log_clock_ms != 0 && (by_ms > STEP_MS || by_ms < -STEP_MS);
	s->log_clock_ms = offset_ms;
	if (is_stepped) {
		s->log_prune_ms = now_ms + DAY_MS;
		return;
	}
	int64_t cutoff_ms = (wall_ms / DAY_MS - atomic_load(&s->log_days)) * DAY_MS;
	int err = first_kept(&s->db, cutoff_ms, &keep);
	if (err == 0 && keep > 0)
		err = db_run_ints(&s->db,
			"DELETE FROM route_log WHERE id IN (SELECT id FROM route_log WHERE id < ? ORDER BY "
			"id LIMIT "
			"?)",
			2, keep, (int64_t)PRUNE_ROWS);
	if (err < 0)
		log_warn("store", 0, "old days of the routing log could not be removed: %s", strerror(-err));
	else if (keep > 0 && db_changes(&s->db) == PRUNE_ROWS)
		s->log_prune_ms = now_ms + PRUNE_AGAIN_MS;
}

/* One page of rows, so that no reader holds the log file open for long. 1 there may be more, 0 done, -errno.
 */
static int read_page(struct store_reader *rd, uint64_t *from_id, store_log_handler *on_row, void *arg)
{
	struct db_statement *st;
	int n = 0;
	int err = db_prepare(&rd->db,
		"SELECT id, run, at_ms, is_start, records, data FROM route_log WHERE id >= ? ORDER BY id "
		"LIMIT ?",
		&st);

	if (err < 0)
		return err;
	db_bind_int(st, 1, *from_id > INT64_MAX ? INT64_MAX : (int64_t)*from_id);
	db_bind_int(st, 2, PAGE_ROWS);
	while ((err = db_step(&rd->db, st)) == 1) {
		struct store_log_row row = {.id = (uint64_t)db_int(st, 0),
			.run = (uint64_t)db_int(st, 1),
			.at_ms = db_int(st, 2),
			.is_start = db_int(st, 3) != 0,
			.records = (uint32_t)db_int(st, 4),
			.data = db_blob(st, 5),
			.n = (size_t)db_bytes(st, 5)};
		n++;
		*from_id = row.id + 1;
		if (!on_row(&row, arg)) {
			db_reset(st);
			return 0;
		}
	}
	return err < 0 ? err : n == PAGE_ROWS;
}

int store_route_log(struct store_reader *rd, uint64_t from_id, store_log_handler *on_row, void *arg)
{
	int err;

	while ((err = read_page(rd, &from_id, on_row, arg)) == 1)
		;
	return err;
}

int store_route_log_start(struct store_reader *rd, int64_t at_ms, uint64_t *ret_id)
{
	int64_t id = 0;
	int err = db_read_int(&rd->db, &id,
		"SELECT id FROM route_log WHERE is_start = 1 AND at_ms <= ? ORDER BY at_ms DESC, id DESC "
		"LIMIT 1",
		1, at_ms);

	if (err == 0)
		err = db_read_int(&rd->db, &id,
			"SELECT id FROM route_log WHERE is_start = 1 ORDER BY at_ms, id LIMIT 1", 0);
	if (err < 0)
		return err;
	if (err == 0)
		return STORE_NOT_FOUND;
	*ret_id = (uint64_t)id;
	return 0;
}
