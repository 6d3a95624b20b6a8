/* See snapshots.h. */
#include "store/log/snapshots.h"
#include "base/alloc.h"
#include "base/vec.h"
#include "store/log/log.h"
#include "store/write/writer.h"

#include <errno.h>
#include <string.h>

/* --- writing
 * ---------------------------------------------------------------------------------------------------------
 */

struct wish {
	struct store_request rq; /* first: run gets it */
	const struct store_snapshot *head;
	const uint8_t *data; /* of this part */
	size_t n;
	int64_t part, parts;
	bool has_pruned; /* a part of no snapshot was there, and is gone */
};

/* One part that belongs to no snapshot (any more): like writing, removing goes a little at a time. */
static int run_prune(struct store *s, struct store_request *rq)
{
	struct wish *w = (struct wish *)rq;
	struct db_statement *st;
	int err = db_prepare(&s->db,
		"SELECT seq, part FROM snapshot_part WHERE seq NOT IN (SELECT seq FROM snapshot) LIMIT 1",
		&st);

	w->has_pruned = false;
	if (err == 0)
		err = db_step(&s->db, st);
	if (err <= 0)
		return err;
	int64_t seq = db_int(st, 0), part = db_int(st, 1);
	db_reset(st);
	w->has_pruned = true;
	return db_run_ints(&s->db, "DELETE FROM snapshot_part WHERE seq = ? AND part = ?", 2, seq, part);
}

/* What a crash, or the snapshot before the last two, left. */
static int prune(struct store *s, struct wish *w)
{
	int err;

	do {
		w->rq = (struct store_request){.run = run_prune};
		err = writer_ask(s, &w->rq);
	} while (err == 0 && w->has_pruned);
	return err;
}

static int run_part(struct store *s, struct store_request *rq)
{
	const struct wish *w = (const struct wish *)rq;
	struct db_statement *st;
	int64_t seq = (int64_t)w->head->seq, is_there = 0;
	int err = 0;

	if (w->part == 0)
		err = db_read_int(&s->db, &is_there, "SELECT 1 FROM snapshot WHERE seq = ?", 1, seq);
	if (err != 0)
		return err < 0 ? err : -EALREADY;
	err = db_prepare(&s->db, "INSERT INTO snapshot_part (seq, part, data) VALUES (?, ?, ?)", &st);
	if (err < 0)
		return err;
	db_bind_int(st, 1, seq);
	db_bind_int(st, 2, w->part);
	db_bind_blob(st, 3, w->data, w->n);
	return db_run(&s->db, st);
}

static int run_head(struct store *s, struct store_request *rq)
{
	const struct wish *w = (const struct wish *)rq;
	int64_t seq = (int64_t)w->head->seq, parts = 0;
	int err = db_read_int(&s->db, &parts, "SELECT count(*) FROM snapshot_part WHERE seq = ?", 1, seq);

	if (err < 0)
		return err;
	if (parts != w->parts) /* snapshots_forget came between */
		return -ECANCELED;
	err = db_run_ints(&s->db, "INSERT INTO snapshot (seq, event_ms, bytes, parts) VALUES (?, ?, ?, ?)", 4,
		seq, w->head->event_ms, (int64_t)w->head->bytes, w->parts);
	if (err < 0)
		return err;
	return db_run_ints(&s->db,
		"DELETE FROM snapshot WHERE seq NOT IN (SELECT seq FROM snapshot ORDER BY seq DESC LIMIT ?)",
		1, (int64_t)SNAPSHOTS_KEPT);
}

int store_snapshot_write(struct store *s, const struct store_snapshot *head, const uint8_t *data)
{
	struct wish w = {.head = head,
		.parts = (int64_t)((head->bytes + SNAPSHOT_PART_BYTES - 1) / SNAPSHOT_PART_BYTES)};
	int err = head->bytes > SNAPSHOT_BYTES_MAX ? -E2BIG : prune(s, &w);

	for (; w.part < w.parts && err == 0; w.part++) {
		size_t at = (size_t)w.part * SNAPSHOT_PART_BYTES, left = head->bytes - at;
		w.rq = (struct store_request){.run = run_part};
		w.data = data + at;
		w.n = left < SNAPSHOT_PART_BYTES ? left : SNAPSHOT_PART_BYTES;
		err = writer_ask(s, &w.rq);
	}
	if (err < 0)
		return err;
	w.rq = (struct store_request){.run = run_head};
	err = writer_ask(s, &w.rq);
	return err < 0 ? err : prune(s, &w);
}

static int forget_parts_of_none(struct db *db)
{
	return db_exec(db, "DELETE FROM snapshot_part WHERE seq NOT IN (SELECT seq FROM snapshot)");
}

static int run_forget_after(struct store *s, struct store_request *rq)
{
	const struct wish *w = (const struct wish *)rq;
	int err = db_run_ints(&s->db, "DELETE FROM snapshot WHERE seq > ?", 1, (int64_t)w->head->seq);

	return err < 0 ? err : forget_parts_of_none(&s->db);
}

int store_snapshots_forget_after(struct store *s, uint64_t seq)
{
	struct store_snapshot head = {.seq = seq};
	struct wish w = {.rq.run = run_forget_after, .head = &head};

	return writer_ask(s, &w.rq);
}

int snapshots_forget(struct db *db)
{
	int err = db_exec(db, "DELETE FROM snapshot");

	return err < 0 ? err : db_exec(db, "DELETE FROM snapshot_part");
}

/* --- reading
 * ---------------------------------------------------------------------------------------------------------
 */

int store_snapshots(struct store_reader *rd, struct store_snapshot ret_heads[static SNAPSHOTS_KEPT])
{
	struct db_statement *st;
	int n = 0,
	    err = db_prepare(&rd->db,
		    "SELECT seq, event_ms, bytes FROM snapshot WHERE bytes > 0 ORDER BY seq DESC LIMIT ?",
		    &st);

	if (err < 0)
		return err;
	db_bind_int(st, 1, SNAPSHOTS_KEPT);
	while ((err = db_step(&rd->db, st)) == 1)
		if (n < SNAPSHOTS_KEPT)
			ret_heads[n++] = (struct store_snapshot){.seq = (uint64_t)db_int(st, 0),
				.event_ms = db_int(st, 1),
				.bytes = (size_t)db_int(st, 2)};
	return err < 0 ? err : n;
}

int store_snapshot_read(struct store_reader *rd, const struct store_snapshot *head, uint8_t **ret_data)
{
	struct db_statement *st;
	size_t at = 0;
	int err;

	if (head->bytes > SNAPSHOT_BYTES_MAX)
		return -EUCLEAN;
	_cleanup_alloc_ uint8_t *data = alloc_zero(head->bytes);
	if (!data)
		return -ENOMEM;
	err = db_prepare(&rd->db, "SELECT data FROM snapshot_part WHERE seq = ? ORDER BY part", &st);
	if (err < 0)
		return err;
	db_bind_int(st, 1, (int64_t)head->seq);
	while ((err = db_step(&rd->db, st)) == 1) {
		const void *part = db_blob(st, 0);
		size_t n = db_bytes(st, 0);
		if (!part || n > head->bytes - at) {
			db_reset(st);
			return -EUCLEAN;
		}
		memcpy(data + at, part, n);
		at += n;
	}
	if (err < 0)
		return err;
	if (at != head->bytes)
		return -EUCLEAN;
	*ret_data = TAKE_PTR(data);
	return 0;
}

struct first {
	uint64_t seq;
	int64_t at_ms;
};

static bool on_first(const struct log_row *row, void *arg)
{
	*(struct first *)arg = (struct first){row->seq, row->at_ms};
	return false;
}

int store_snapshot_fits(struct store_reader *rd, const struct store_snapshot *head)
{
	struct first first = {0};
	int err = log_rows(rd, head->seq, 1, on_first, &first);

	if (err < 0)
		return err;
	if (first.seq == head->seq)
		return first.at_ms == head->event_ms;
	return first.seq == head->seq + 1; /* all before it was removed as too old: the snapshot knows it */
}

/* --- what a start without a snapshot reads
 * --------------------------------------------------------------------------------- */

int store_open_contacts(struct store_reader *rd, struct store_open_contact **ret_list, size_t *ret_n)
{
	VEC(struct store_open_contact) list = {0};
	struct db_statement *st;
	int err = db_prepare(
		&rd->db, "SELECT id, started_ms FROM interaction WHERE ended_ms IS NULL ORDER BY id", &st);

	if (err < 0)
		return err;
	while ((err = db_step(&rd->db, st)) == 1) {
		struct store_open_contact o = {(uint64_t)db_int(st, 0), db_int(st, 1)};
		if ((err = VEC_PUSH(&list, o)) < 0) {
			db_reset(st);
			break;
		}
	}
	if (err < 0) {
		VEC_FREE(&list);
		return err;
	}
	*ret_list = list.at;
	*ret_n = list.len;
	return 0;
}

struct events_of {
	struct store_reader *rd;
	uint64_t before_seq;
	store_event_handler *on_event;
	void *arg;
	int err;
};

static bool on_row_of(const struct log_row *row, void *arg)
{
	struct events_of *r = arg;
	struct arena arena = {0};
	struct event e;

	if (row->seq >= r->before_seq)
		return false;
	r->err = log_decode(r->rd, row, &arena, &e);
	if (r->err == -EUCLEAN) { /* said; the others still tell most of it */
		r->err = 0;
		arena_free(&arena);
		return true;
	}
	bool wants_more = r->err == 0 && r->on_event(&e, r->arg);
	arena_free(&arena);
	return wants_more;
}

int store_events_of(struct store_reader *rd, const struct store_open_contact *contact, uint64_t before_seq,
	store_event_handler *on_event, void *arg)
{
	struct events_of r = {.rd = rd, .before_seq = before_seq, .on_event = on_event, .arg = arg};
	int err = log_rows_of(rd, contact->id, contact->started_ms, STORE_EVENTS_LIMIT_MAX, on_row_of, &r);

	return r.err < 0 ? r.err : err;
}

int store_last_seq(struct store_reader *rd, uint64_t *ret_seq)
{
	int64_t last = 0;
	int err = db_read_int(&rd->db, &last, "SELECT coalesce(max(seq), 0) FROM event", 0);

	if (err < 0)
		return err;
	*ret_seq = (uint64_t)last;
	return 0;
}
