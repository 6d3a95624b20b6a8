/* See copy.h. Phases of a copying; copy_table.c knows tables and rows, copy_watch.c how changes are noted. */
#include "store/copy.h"
#include "base/alloc.h"
#include "base/str.h"
#include "store/copy_inside.h"
#include "store/migrate.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

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

/* --- opening
 * ---------------------------------------------------------------------------------------------------------------
 */
static int64_t number_of(struct db *db, const char *sql)
{
	int64_t n = 0;

	return db_read_int(db, &n, sql, 0) == 1 ? n : 0;
}

static bool has_table(struct db *db, const char *name)
{
	struct db_statement *st;
	int err = db_prepare(db,
		db_is_postgres(db) ? "SELECT 1 FROM information_schema.tables WHERE table_schema = "
				     "current_schema() AND table_name = ?1"
				   : "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?1",
		&st);

	if (err < 0)
		return false;
	db_bind_text(st, 1, name);
	err = db_step(db, st);
	if (err == 1)
		db_reset(st);
	return err == 1;
}

static bool is_copy(struct db *db)
{
	return has_table(db, "copy_state");
}

bool copy_is_finished(struct db *db)
{
	return is_copy(db) && number_of(db, "SELECT count(*) FROM copy_state WHERE name = 'finished'") > 0;
}

bool copy_is_unfinished(struct db *db)
{
	return is_copy(db) && !copy_is_finished(db);
}

static bool is_empty(struct db *db)
{
	return number_of(db, db_is_postgres(db) ? "SELECT count(*) FROM information_schema.tables WHERE "
						  "table_schema = current_schema()"
						: "SELECT count(*) FROM sqlite_master") == 0;
}

/* A schema that no server ever worked on: we were killed while making it. */
static bool is_untouched(struct db *db)
{
	return !is_copy(db) && has_table(db, "schema_migration") &&
	       (!has_table(db, "event") || number_of(db, "SELECT count(*) FROM event") == 0) &&
	       (!has_table(db, "store_mark") || number_of(db, "SELECT count(*) FROM store_mark") == 0);
}

/* Which centre the rows are of; "" before a server was on them. */
static void read_identity(struct db *db, char out[static COPY_IDENTITY_SIZE])
{
	struct db_statement *st;

	out[0] = '\0';
	if (!has_table(db, "store_mark") || db_prepare(db, "SELECT installation FROM store_mark", &st) < 0)
		return;
	if (db_step(db, st) == 1) {
		str_put(out, COPY_IDENTITY_SIZE, db_text(st, 0));
		db_reset(st);
	}
}

/* An unfinished copy may be gone on with only when it is of the same centre. */
static int check_target(struct copy *c)
{
	char found[COPY_IDENTITY_SIZE] = "";
	struct db_statement *st;

	if (is_empty(&c->to) || is_untouched(&c->to))
		return 0;
	if (!is_copy(&c->to)) {
		str_printf(c->why, sizeof(c->why), "%s is not empty: give an empty database", c->to.where);
		return -EEXIST;
	}
	if (db_prepare(&c->to, "SELECT value FROM copy_state WHERE name = 'of'", &st) == 0 &&
		db_step(&c->to, st) == 1) {
		str_put(found, sizeof(found), db_text(st, 0));
		db_reset(st);
	}
	c->is_resumed = c->is_ahead = true;
	if (str_equal(found, c->identity))
		return 0;
	str_printf(c->why, sizeof(c->why),
		"%s holds an unfinished copy of another centre: give an empty database", c->to.where);
	return -EEXIST;
}

/* Before the first row: from here on nobody takes the target for a whole database. */
static int mark_target(struct copy *c)
{
	struct db_statement *st;
	int err = db_exec(
		&c->to, "CREATE TABLE IF NOT EXISTS copy_state (name TEXT PRIMARY KEY, value TEXT NOT NULL)");

	if (err == 0)
		err = db_prepare(&c->to,
			"INSERT INTO copy_state (name, value) VALUES ('of', ?1) ON CONFLICT DO NOTHING", &st);
	if (err == 0) {
		db_bind_text(st, 1, c->identity);
		err = db_run(&c->to, st);
	}
	/* One that was finished and not moved to is unfinished again. */
	if (err == 0)
		err = db_exec(&c->to, "DELETE FROM copy_state WHERE name = 'finished'");
	return err;
}

static int check_source(struct copy *c)
{
	int64_t known = 0, has = number_of(&c->from, "SELECT max(number) FROM schema_migration");

	while (migrations[known].number)
		known++;
	if (copy_is_unfinished(&c->from)) {
		str_printf(c->why, sizeof(c->why), "%s is itself an unfinished copy", c->from.where);
		return -EUCLEAN;
	}
	if (has == known)
		return 0;
	str_printf(c->why, sizeof(c->why),
		has < known
			? "%s has schema %lld, this version needs %lld: let a server of this version start "
			  "on it once"
			: "%s has schema %lld, this version knows %lld: install the newer version",
		c->from.where, (long long)has, (long long)known);
	return has < known ? -ESTALE : -EUCLEAN;
}

/* What migrations put into a new database goes. */
static int empty_target(struct copy *c)
{
	const struct copy_key start = {0};
	int err = db_begin(&c->to);

	for (int i = 0; i < c->tables.n && err == 0; i++)
		err = copy_remove_range(&c->to, &c->tables.at[i], &start, NULL);
	return err == 0 ? db_commit(&c->to) : err;
}

static int open_target(struct copy *c, const char *to)
{
	struct copy_tables there = {0};
	int err = db_open(&c->to, to, DB_WRITE);

	if (err < 0)
		return copy_failed(c, &c->to, err, NULL);
	/* Until it is finished it is worth nothing: no commit has to wait for the disk. */
	db_exec(&c->to,
		db_is_postgres(&c->to) ? "SET synchronous_commit = off" : "PRAGMA synchronous = NORMAL");
	db_set_patience(&c->to, 0);
	err = check_target(c);
	if (err == 0)
		err = migrate(&c->to, c->to.where, 0);
	if (err == 0)
		err = mark_target(c);
	if (err == 0)
		err = copy_tables_read(&c->to, &there, c->why);
	if (err == 0 && !copy_tables_equal(&c->tables, &there, c->why))
		err = -EUCLEAN;
	copy_tables_free(&there);
	if (err == 0 && !c->is_resumed)
		err = empty_target(c);
	return copy_failed(c, &c->to, err, NULL);
}

int copy_open(struct copy **ret_copy, const char *from, const char *to, copy_progress *on_progress, void *arg,
	char ret_why[static COPY_WHY_SIZE])
{
	struct copy *c = alloc_zero(sizeof(*c));
	int err;

	if (!c)
		return -ENOMEM;
	c->on_progress = on_progress;
	c->arg = arg;
	err = copy_failed(c, &c->from, db_open(&c->from, from, DB_READ), NULL);
	if (err == 0) {
		db_set_patience(&c->from, 0);
		err = check_source(c);
	}
	if (err == 0)
		err = copy_tables_read(&c->from, &c->tables, c->why);
	if (err == 0) {
		read_identity(&c->from, c->identity);
		err = open_target(c, to);
	}
	if (err < 0) {
		str_put(ret_why, COPY_WHY_SIZE, c->why);
		copy_close(c);
		return err;
	}
	*ret_copy = c;
	return 0;
}

void copy_close(struct copy *c)
{
	if (!c)
		return;
	if (c->from.handle) {
		db_rollback(&c->from);
		if (c->is_watching)
			watch_end(&c->from);
	}
	db_close(&c->from);
	if (c->to.handle)
		db_rollback(&c->to);
	db_close(&c->to);
	for (int i = 0; i < COPY_TABLES_MAX; i++)
		copy_key_free(&c->ends[i]);
	copy_tables_free(&c->tables);
	copy_batch_free(&c->batch);
	copy_batch_free(&c->other);
	alloc_free(c);
}

int copy_watch(struct copy *c)
{
	int err = watch_begin(&c->from, &c->tables);

	c->is_watching = err == 0;
	return copy_failed(c, &c->from, err, NULL);
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
		number_of(&c->from, "SELECT max(number) FROM schema_migration");
	return copy_failed(c, &c->from, err, NULL);
}

static void swap_keys(struct copy_key *a, struct copy_key *b)
{
	struct copy_key was = *a;

	*a = *b;
	*b = was;
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
		watch_free(&w);
	}
	watch_free(&w);
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
	/* What was written without waiting is on the disk before this is. */
	if (err == 0)
		err = db_exec(&c->to,
			db_is_postgres(&c->to) ? "ANALYZE" : "PRAGMA wal_checkpoint(TRUNCATE); ANALYZE");
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
		if (c->tables.at[i].is_appended)
			err = compare_appended(c, &c->tables.at[i], &ends[i]);
	if (err == 0)
		err = conclude(c, "INSERT INTO copy_state (name, value) VALUES ('finished', '1')");
	watch_free(&late);
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
