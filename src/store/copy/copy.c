/* See copy.h. Phases of a copying; copy_open.c begins and ends, copy_table.c knows tables and rows,
 * copy_watch.c how changes are noted. */
#include "store/copy/copy.h"
#include "base/str.h"
#include "store/copy/copy_inside.h"
#include "store/log/partition.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <string.h>

int copy_failed(struct copy *c, const struct db *db, int err, const struct copy_table *t)
{
	if (err < 0 && !c->why[0])
		str_printf(c->why, sizeof(c->why), "%s%s%s: %s", db->where, t ? ", table " : "",
			t ? t->name : "", db->message[0] ? db->message : strerror(-err));
	return err;
}

const char *copy_why(const struct copy *c)
{
	return c->why;
}

static void tell(const struct copy *c, const char *phase, const struct copy_table *t, uint64_t rows)
{
	if (c->on_progress)
		c->on_progress(phase, t->name, rows, c->arg);
}

/* --- copying
 * --------------------------------------------------------------------------------------------------------------
 */
static int begin_snapshot(struct copy *c)
{
	int err = db_exec(&c->from,
		db_is_postgres(&c->from) ? "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" : "BEGIN");

	/* The first look decides which moment it is. */
	if (err == 0)
		copy_number(&c->from, "SELECT max(number) FROM schema_migration");
	return copy_failed(c, &c->from, err, NULL);
}

static void swap_keys(struct copy_key *a, struct copy_key *b)
{
	struct copy_key was = *a;

	*a = *b;
	*b = was;
}

/* The number a key of one number is. */
static int64_t number_of_key(const struct copy_key *k)
{
	uint64_t v = 0;

	for (size_t i = 1; i <= 8; i++)
		v = v << 8 | k->bytes.at[i];
	return (int64_t)v;
}

/* On a server the log lies in blocks, which have to be there before their rows. */
static int make_blocks(struct copy *c, const struct copy_table *t, const struct copy_key *last)
{
	if (!t->is_appended || !db_is_postgres(&c->to))
		return 0;
	int64_t block = number_of_key(last) / PARTITION_EVENTS + 1;
	if (block == c->block)
		return 0;
	/* The first page may begin in an earlier one; what has no block lies in the rest, which is no harm.
	 */
	int err = partition_ahead(&c->to, (uint64_t)number_of_key(last));
	if (err == 0)
		c->block = block;
	return copy_failed(c, &c->to, err, t);
}

/* One transaction at the target: rows behind *after, which moves on. */
static int copy_page(struct copy *c, const struct copy_table *t, struct copy_key *after, bool *ret_end)
{
	struct copy_key last = {0};
	int err = copy_failed(c, &c->from, copy_read(&c->from, t, after, &c->batch, ret_end), t);

	if (err < 0 || c->batch.starts.len == 0)
		return err;
	err = copy_key_of(t, &c->batch, c->batch.starts.len - 1, &last);
	if (err == 0)
		err = make_blocks(c, t, &last);
	if (err == 0)
		err = db_begin(&c->to);
	if (err == 0 && c->is_ahead)
		err = copy_remove_range(&c->to, t, after, &last);
	if (err == 0)
		err = copy_write(&c->to, t, &c->batch);
	if (err == 0)
		err = db_commit(&c->to);
	if (err < 0)
		db_rollback(&c->to);
	else
		swap_keys(after, &last);
	copy_key_free(&last);
	return err;
}

static int copy_table_rows(struct copy *c, const struct copy_table *t)
{
	struct copy_key after = {0};
	uint64_t rows = 0;
	bool is_end = false;
	int err = c->is_resumed ? copy_failed(c, &c->to, copy_last_key(&c->to, t, &after), t) : 0;

	while (err == 0 && !is_end) {
		err = copy_page(c, t, &after, &is_end);
		/* A name that changed hands meanwhile: the row that gave it away first. */
		for (int tries = 0; err == -EEXIST && c->is_watching && tries < COPY_REPAIRS_MAX; tries++) {
			uint64_t changed;
			err = copy_catch_up(c, &changed);
			if (err == 0)
				err = copy_page(c, t, &after, &is_end);
		}
		copy_failed(c, &c->to, err, t);
		rows += c->batch.starts.len;
		tell(c, "copy", t, rows);
	}
	copy_key_free(&after);
	return err;
}

int copy_rows(struct copy *c)
{
	int err = 0;

	for (int i = 0; i < c->tables.n && err == 0; i++)
		err = copy_table_rows(c, &c->tables.at[i]);
	return err;
}

/* --- changes
 * ---------------------------------------------------------------------------------------------------------------
 */
/* Makes the target's row of this key what the source's is. */
static int apply_one(struct copy *c, const struct copy_table *t, const struct copy_key *key)
{
	copy_batch_clear(&c->batch);
	int err = copy_failed(c, &c->from, copy_read_one(&c->from, t, key, &c->batch), t);

	if (err == 0)
		err = copy_failed(c, &c->to, copy_remove_one(&c->to, t, key), t);
	if (err == 0)
		err = copy_failed(c, &c->to, copy_write(&c->to, t, &c->batch), t);
	return err;
}

/* Unique columns may change hands: what is changed goes first everywhere, then comes back. */
static int apply_changes(struct copy *c, const struct watch_changes *w)
{
	int err = db_begin(&c->to);

	for (size_t i = 0; i < w->list.len && err == 0; i++)
		err = copy_failed(c, &c->to, copy_remove_one(&c->to, w->list.at[i].table, &w->list.at[i].key),
			w->list.at[i].table);
	for (size_t i = 0; i < w->list.len && err == 0; i++)
		err = apply_one(c, w->list.at[i].table, &w->list.at[i].key);
	if (err == 0)
		err = copy_failed(c, &c->to, db_commit(&c->to), NULL);
	if (err < 0)
		db_rollback(&c->to);
	return err;
}

/* Rows of tables that only grow. */
static int append(struct copy *c, const struct copy_table *t, uint64_t *rows)
{
	struct copy_key *after = &c->ends[t - c->tables.at];
	bool is_end = false;
	int err = 0;

	if (after->bytes.len == 0)
		err = copy_failed(c, &c->to, copy_last_key(&c->to, t, after), t);
	while (err == 0 && !is_end) {
		err = copy_failed(c, &c->to, copy_page(c, t, after, &is_end), t);
		*rows += c->batch.starts.len;
	}
	return err;
}

/* late: the keys are kept, to be compared. */
static int catch_up(struct copy *c, struct watch_changes *late, uint64_t *ret_rows)
{
	struct watch_changes w = {0};
	uint64_t rows = 0;
	int err = 0;

	for (int i = 0; i < c->tables.n && err == 0; i++)
		if (c->tables.at[i].is_appended)
			err = append(c, &c->tables.at[i], &rows);
	while (err == 0 && c->is_watching) {
		err = copy_failed(c, &c->from, watch_read(&c->from, &c->tables, &c->noted, &w), NULL);
		if (err < 0 || w.list.len == 0)
			break;
		err = apply_changes(c, &w);
		rows += w.list.len;
		if (err == 0 && late)
			err = watch_move(late, &w);
		copy_watch_free(&w);
	}
	copy_watch_free(&w);
	*ret_rows = rows;
	return err;
}

/* In a snapshot, so that a name is with one row only. */
int copy_catch_up(struct copy *c, uint64_t *ret_rows)
{
	int err = begin_snapshot(c);

	c->is_ahead = true;
	if (err == 0)
		err = catch_up(c, NULL, ret_rows);
	db_rollback(&c->from);
	return err;
}

/* --- proof
 * -----------------------------------------------------------------------------------------------------------------
 */
static bool is_same_page(const struct copy *c)
{
	const struct copy_batch *a = &c->batch, *b = &c->other;

	return a->starts.len == b->starts.len && a->bytes.len == b->bytes.len &&
	       (a->bytes.len == 0 || memcmp(a->bytes.at, b->bytes.at, a->bytes.len) == 0);
}

/* Makes the target's rows in the source's page what they should be. */
static int repair(struct copy *c, const struct copy_table *t, const struct copy_key *after, bool is_end)
{
	struct copy_key last = {0};
	bool has_last = !is_end && c->batch.starts.len > 0;
	int err = has_last ? copy_key_of(t, &c->batch, c->batch.starts.len - 1, &last) : 0;

	if (err == 0)
		err = db_begin(&c->to);
	if (err == 0)
		err = copy_remove_range(&c->to, t, after, has_last ? &last : NULL);
	if (err == 0)
		err = copy_write(&c->to, t, &c->batch);
	if (err == 0)
		err = db_commit(&c->to);
	copy_failed(c, &c->to, err, t);
	if (err < 0)
		db_rollback(&c->to);
	copy_key_free(&last);
	c->totals.repaired++;
	return err;
}

static int differs(struct copy *c, const struct copy_table *t, const struct copy_key *after)
{
	char from[100];

	copy_key_text(after, from, sizeof(from));
	str_printf(c->why, sizeof(c->why),
		"table %s: the rows behind key (%s) are not the same on both sides: %zu and %zu rows",
		t->name, from, c->batch.starts.len, c->other.starts.len);
	return -EUCLEAN;
}

/* One range of keys on both sides; repaired when it differs. */
static int prove_page(struct copy *c, const struct copy_table *t, struct copy_key *after, bool *ret_end)
{
	bool is_end_there = false;

	for (int tries = 0;; tries++) {
		int err = copy_failed(c, &c->from, copy_read(&c->from, t, after, &c->batch, ret_end), t);
		if (err == 0)
			err = copy_failed(
				c, &c->to, copy_read(&c->to, t, after, &c->other, &is_end_there), t);
		if (err < 0)
			return err;
		if (is_same_page(c) && *ret_end == is_end_there)
			return c->batch.starts.len > 0
				       ? copy_key_of(t, &c->batch, c->batch.starts.len - 1, after)
				       : 0;
		if (tries == COPY_REPAIRS_MAX)
			return differs(c, t, after);
		err = repair(c, t, after, *ret_end);
		if (err < 0)
			return err;
	}
}

/* Both sides' checksums are made each of its own rows; that they are one is the proof. */
static int prove_table(struct copy *c, const struct copy_table *t)
{
	crypto_generichash_state here, there;
	unsigned char a[COPY_TOTAL_BYTES], b[COPY_TOTAL_BYTES];
	struct copy_key after = {0};
	uint64_t rows = 0, rows_there = 0;
	bool is_end = false;
	int err = 0;

	crypto_generichash_init(&here, NULL, 0, sizeof(a));
	crypto_generichash_init(&there, NULL, 0, sizeof(b));
	while (err == 0 && !is_end) {
		err = prove_page(c, t, &after, &is_end);
		if (err < 0)
			break;
		crypto_generichash_update(&here, c->batch.bytes.at, c->batch.bytes.len);
		crypto_generichash_update(&there, c->other.bytes.at, c->other.bytes.len);
		rows += c->batch.starts.len;
		rows_there += c->other.starts.len;
		tell(c, "prove", t, rows);
	}
	crypto_generichash_final(&here, a, sizeof(a));
	crypto_generichash_final(&there, b, sizeof(b));
	if (err == 0 && (rows != rows_there || memcmp(a, b, sizeof(a)) != 0))
		err = differs(c, t, &after);
	if (err == 0) {
		c->totals.rows += rows;
		c->totals.tables++;
		crypto_generichash_update(&c->sum, (const unsigned char *)t->name, strlen(t->name) + 1);
		crypto_generichash_update(&c->sum, (const unsigned char *)&rows, sizeof(rows));
		crypto_generichash_update(&c->sum, a, sizeof(a));
	}
	/* Behind the proven part only new rows follow. */
	if (err == 0 && t->is_appended) {
		copy_key_free(&c->ends[t - c->tables.at]);
		c->ends[t - c->tables.at] = after;
		return 0;
	}
	copy_key_free(&after);
	return err;
}

static int prove(struct copy *c)
{
	int err = 0;

	c->totals = (struct copy_totals){.repaired = c->totals.repaired};
	crypto_generichash_init(&c->sum, NULL, 0, COPY_TOTAL_BYTES);
	for (int i = 0; i < c->tables.n && err == 0; i++)
		err = prove_table(c, &c->tables.at[i]);
	if (err == 0)
		crypto_generichash_final(&c->sum, c->totals.sum, sizeof(c->totals.sum));
	c->is_proven = err == 0;
	return err;
}

int copy_prove(struct copy *c)
{
	uint64_t rows;
	int err = begin_snapshot(c);

	if (err == 0)
		err = catch_up(c, NULL, &rows);
	if (err == 0)
		err = prove(c);
	db_rollback(&c->from);
	/* Now, while nobody waits for it. Plans for a file are made without. */
	if (err == 0 && db_is_postgres(&c->to))
		err = copy_failed(c, &c->to, db_exec(&c->to, "ANALYZE"), NULL);
	return err;
}

/* --- the end
 * ---------------------------------------------------------------------------------------------------------------
 */
/* Every row that changed since the proof, read again from both. */
static int compare_late(struct copy *c, const struct watch_changes *late)
{
	int err = 0;

	for (size_t i = 0; i < late->list.len && err == 0; i++) {
		const struct watch_change *w = &late->list.at[i];
		copy_batch_clear(&c->batch);
		copy_batch_clear(&c->other);
		err = copy_failed(
			c, &c->from, copy_read_one(&c->from, w->table, &w->key, &c->batch), w->table);
		if (err == 0)
			err = copy_failed(
				c, &c->to, copy_read_one(&c->to, w->table, &w->key, &c->other), w->table);
		if (err == 0 && !is_same_page(c))
			err = differs(c, w->table, &w->key);
	}
	return err;
}

/* And the new rows of the tables that only grow, behind what the proof saw. */
static int compare_appended(struct copy *c, const struct copy_table *t, struct copy_key *after)
{
	bool is_end = false, is_end_there;
	int err = 0;

	while (err == 0 && !is_end) {
		err = copy_failed(c, &c->from, copy_read(&c->from, t, after, &c->batch, &is_end), t);
		if (err == 0)
			err = copy_failed(
				c, &c->to, copy_read(&c->to, t, after, &c->other, &is_end_there), t);
		if (err == 0 && !is_same_page(c))
			err = differs(c, t, after);
		c->totals.late += err == 0 ? c->batch.starts.len : 0;
		if (err == 0 && c->batch.starts.len > 0)
			err = copy_key_of(t, &c->batch, c->batch.starts.len - 1, after);
	}
	return err;
}

/* Old months leave the log whole, without a note of each row: they go at the target too. */
static int trim(struct copy *c, const struct copy_table *t)
{
	struct copy_key start = {0}, first = {0};
	bool is_end;
	int err = copy_failed(c, &c->from, copy_read(&c->from, t, &start, &c->batch, &is_end), t);

	if (err == 0 && c->batch.starts.len > 0)
		err = copy_key_of(t, &c->batch, 0, &first);
	if (err == 0 && first.bytes.len > 0) {
		uint64_t before = (uint64_t)number_of_key(&first) - 1;
		for (int i = 8; i >= 1; i--, before >>= 8)
			first.bytes.at[i] = (uint8_t)before;
	}
	if (err == 0)
		err = copy_failed(
			c, &c->to, copy_remove_range(&c->to, t, &start, first.bytes.len ? &first : NULL), t);
	copy_key_free(&first);
	return err;
}

static int keep_ends(struct copy *c, struct copy_key *ret_ends)
{
	for (int i = 0; i < c->tables.n; i++) {
		const struct copy_key *k = &c->ends[i];
		if (!VEC_RESERVE(&ret_ends[i].bytes, k->bytes.len + 1))
			return -ENOMEM;
		if (k->bytes.len)
			memcpy(ret_ends[i].bytes.at, k->bytes.at, k->bytes.len);
		ret_ends[i].bytes.len = k->bytes.len;
	}
	return 0;
}

/* Counters that give numbers go on behind the highest. */
static int set_counters(struct copy *c)
{
	struct db_statement *st;
	int err = db_prepare(&c->to,
		"SELECT 'SELECT setval(pg_get_serial_sequence(' || quote_literal(table_name) || ', ' || "
		"quote_literal(column_name) || '), greatest((SELECT coalesce(max(' || "
		"quote_ident(column_name) "
		"|| '), 0) FROM ' || quote_ident(table_name) || '), 1))' FROM information_schema.columns "
		"WHERE "
		"table_schema = current_schema() AND is_identity = 'YES'",
		&st);
	char statements[8][400];
	int n = 0, step = 0;

	if (err < 0)
		return err;
	while (n < 8 && (step = db_step(&c->to, st)) == 1)
		str_put(statements[n++], sizeof(statements[0]), db_text(st, 0));
	if (step == 1)
		db_reset(st);
	for (int i = 0; i < n && err == 0; i++)
		err = db_exec(&c->to, statements[i]);
	return err < 0 ? err : step < 0 ? step : 0;
}

/* last: what becomes of the mark. */
static int conclude(struct copy *c, const char *last)
{
	int err = db_is_postgres(&c->to) ? set_counters(c) : 0;

	if (err == 0)
		err = db_exec(&c->to,
			db_is_postgres(&c->to) ? "SET synchronous_commit = on" : "PRAGMA synchronous = FULL");
	if (err == 0)
		err = db_exec(&c->to, last);
	/* What was written without waiting is on the disk with this. */
	if (err == 0 && !db_is_postgres(&c->to))
		err = db_exec(&c->to, "PRAGMA wal_checkpoint(TRUNCATE)");
	return copy_failed(c, &c->to, err, NULL);
}

int copy_finish(struct copy *c, struct copy_totals *ret_totals)
{
	struct copy_key ends[COPY_TABLES_MAX] = {0};
	struct watch_changes late = {0};
	uint64_t rows = 0;
	int err = keep_ends(c, ends);

	assert(c->is_proven);
	if (err == 0)
		err = catch_up(c, &late, &rows);
	if (err == 0)
		err = compare_late(c, &late);
	c->totals.late += late.list.len;
	for (int i = 0; i < c->tables.n && err == 0; i++)
		if (c->tables.at[i].is_appended) {
			err = compare_appended(c, &c->tables.at[i], &ends[i]);
			if (err == 0)
				err = trim(c, &c->tables.at[i]);
		}
	if (err == 0)
		err = conclude(c, "INSERT INTO copy_state (name, value) VALUES ('finished', '1')");
	copy_watch_free(&late);
	for (int i = 0; i < c->tables.n; i++)
		copy_key_free(&ends[i]);
	if (err == 0)
		*ret_totals = c->totals;
	return err;
}

int copy_snapshot(const char *from, const char *to, copy_progress *on_progress, void *arg,
	struct copy_totals *ret_totals, char ret_why[static COPY_WHY_SIZE])
{
	struct copy *c = NULL;
	int err = copy_open(&c, from, to, on_progress, arg, ret_why);

	if (err < 0)
		return err;
	err = begin_snapshot(c);
	if (err == 0)
		err = copy_rows(c);
	if (err == 0)
		err = prove(c);
	if (err == 0)
		err = conclude(c, "DROP TABLE copy_state");
	db_rollback(&c->from);
	if (err == 0)
		*ret_totals = c->totals;
	else
		str_put(ret_why, COPY_WHY_SIZE, c->why);
	copy_close(c);
	return err;
}
