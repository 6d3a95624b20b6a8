/* Invariants: columns are in order of their names on both sides, keys in the order of the primary key; a text
 * key compares by its bytes on both. */
#include "store/copy/copy_table.h"
#include "base/alloc.h"
#include "base/str.h"

#include <errno.h>
#include <string.h>

#define INSERT_ROWS 40 /* of one statement */

/* --- which tables
 * ----------------------------------------------------------------------------------------------------------
 */
static const char sqlite_tables[] = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE "
				    "'sqlite~_%' ESCAPE '~' ORDER BY name";
static const char postgres_tables[] =
	"SELECT c.relname::text FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE "
	"n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY "
	"c.relname::text COLLATE \"C\"";
static const char sqlite_columns[] = "SELECT name, upper(type), pk FROM pragma_table_info(?1) ORDER BY name";
static const char postgres_columns[] =
	"SELECT a.attname::text, upper(format_type(a.atttypid, NULL)), coalesce((SELECT k.place FROM "
	"pg_index AS i, "
	"unnest(i.indkey::int2[]) WITH ORDINALITY AS k(number, place) WHERE i.indrelid = a.attrelid AND "
	"i.indisprimary AND k.number = a.attnum), 0)::bigint FROM pg_attribute AS a JOIN pg_class AS c ON "
	"c.oid = "
	"a.attrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname = current_schema() AND "
	"c.relname::text = ?1 AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attname::text COLLATE \"C\"";

static bool is_ours(const char *name)
{
	return str_equal(name, "schema_migration") || str_equal(name, "copy_state") ||
	       str_equal(name, "copy_change");
}

static enum copy_kind kind_of(const char *type)
{
	if (str_equal(type, "INTEGER") || str_equal(type, "BIGINT"))
		return COPY_INT;
	if (str_equal(type, "TEXT"))
		return COPY_TEXT;
	return str_equal(type, "BLOB") || str_equal(type, "BYTEA") ? COPY_BLOB : 0;
}

static int add_column(struct copy_table *t, struct db_statement *st)
{
	int64_t place = db_int(st, 2);
	struct copy_column *c = &t->columns[t->n_columns];

	if (t->n_columns == COPY_COLUMNS_MAX || place < 0 || place > COPY_KEYS_MAX)
		return -ENOTSUP;
	c->kind = kind_of(db_text(st, 1));
	if (!c->kind || str_put(c->name, sizeof(c->name), db_text(st, 0)) < 0)
		return -ENOTSUP;
	if (place > 0) {
		t->keys[place - 1] = t->n_columns;
		t->n_keys++;
	}
	t->n_columns++;
	return 0;
}

static int read_columns(struct db *db, struct copy_table *t)
{
	struct db_statement *st;
	int err = db_prepare(db, db_is_postgres(db) ? postgres_columns : sqlite_columns, &st), step;

	if (err < 0)
		return err;
	db_bind_text(st, 1, t->name);
	while ((step = db_step(db, st)) == 1 && err == 0)
		err = add_column(t, st);
	if (step == 1)
		db_reset(st);
	t->is_appended = str_equal(t->name, "event");
	if (err == 0 && step == 0 && t->n_keys == 0)
		err = -ENOTSUP;
	return err < 0 ? err : step < 0 ? step : 0;
}

static int read_names(struct db *db, struct copy_tables *t)
{
	struct db_statement *st;
	int err = db_prepare(db, db_is_postgres(db) ? postgres_tables : sqlite_tables, &st), step;

	if (err < 0)
		return err;
	while ((step = db_step(db, st)) == 1 && err == 0) {
		if (is_ours(db_text(st, 0)))
			continue;
		err = t->n == COPY_TABLES_MAX ? -ENOTSUP
					      : str_put(t->at[t->n].name, COPY_NAME_MAX, db_text(st, 0));
		t->n += err == 0;
	}
	if (step == 1)
		db_reset(st);
	return err < 0 ? -ENOTSUP : step;
}

int copy_tables_read(struct db *db, struct copy_tables *ret_tables, char ret_why[static COPY_WHY_SIZE])
{
	struct copy_tables t = {.at = alloc_array(COPY_TABLES_MAX, sizeof(struct copy_table))};
	int err = t.at ? read_names(db, &t) : -ENOMEM;

	if (err < 0)
		str_printf(ret_why, COPY_WHY_SIZE, "the list of tables cannot be read: %s", db->message);
	for (int i = 0; i < t.n && err == 0; i++) {
		err = read_columns(db, &t.at[i]);
		if (err == -ENOTSUP)
			str_printf(ret_why, COPY_WHY_SIZE,
				"table %s has no primary key or columns of a kind that is not known: it is "
				"not "
				"Markaz's own. Move it to another database",
				t.at[i].name);
		else if (err < 0)
			str_printf(ret_why, COPY_WHY_SIZE, "table %s: %s", t.at[i].name, db->message);
	}
	if (err < 0) {
		copy_tables_free(&t);
		return err;
	}
	*ret_tables = t;
	return 0;
}

void copy_tables_free(struct copy_tables *t)
{
	alloc_free(t->at);
	*t = (struct copy_tables){0};
}

static bool is_same_table(const struct copy_table *a, const struct copy_table *b)
{
	if (!str_equal(a->name, b->name) || a->n_columns != b->n_columns || a->n_keys != b->n_keys)
		return false;
	for (int i = 0; i < a->n_columns; i++)
		if (!str_equal(a->columns[i].name, b->columns[i].name) ||
			a->columns[i].kind != b->columns[i].kind)
			return false;
	return memcmp(a->keys, b->keys, sizeof(a->keys[0]) * (size_t)a->n_keys) == 0;
}

bool copy_tables_equal(
	const struct copy_tables *a, const struct copy_tables *b, char ret_why[static COPY_WHY_SIZE])
{
	for (int i = 0; i < a->n || i < b->n; i++) {
		if (i < a->n && i < b->n && is_same_table(&a->at[i], &b->at[i]))
			continue;
		str_printf(ret_why, COPY_WHY_SIZE, "table %s is not made the same way on both sides",
			i < a->n ? a->at[i].name : b->at[i].name);
		return false;
	}
	return true;
}

/* --- rows as bytes
 * -------------------------------------------------------------------------------------------------------
 */
void copy_batch_clear(struct copy_batch *b)
{
	b->bytes.len = b->starts.len = 0;
}

void copy_batch_free(struct copy_batch *b)
{
	VEC_FREE(&b->bytes);
	VEC_FREE(&b->starts);
}

void copy_key_free(struct copy_key *k)
{
	VEC_FREE(&k->bytes);
}

const uint8_t *copy_batch_row(const struct copy_batch *b, size_t i, size_t *ret_n)
{
	size_t end = i + 1 < b->starts.len ? b->starts.at[i + 1] : b->bytes.len;

	*ret_n = end - b->starts.at[i];
	return b->bytes.at + b->starts.at[i];
}

/* Value at p: how long it is in canonical form. */
static size_t value_len(const uint8_t *p)
{
	if (*p == 0)
		return 1;
	if (*p == COPY_INT)
		return 9;
	return 5 + ((size_t)p[1] << 24 | (size_t)p[2] << 16 | (size_t)p[3] << 8 | p[4]);
}

static int64_t value_int(const uint8_t *p)
{
	uint64_t v = 0;

	for (int i = 1; i <= 8; i++)
		v = v << 8 | p[i];
	return (int64_t)v;
}

static bool put(struct copy_batch *b, const void *data, size_t n)
{
	if (!VEC_RESERVE(&b->bytes, b->bytes.len + n))
		return false;
	if (n)
		memcpy(b->bytes.at + b->bytes.len, data, n);
	b->bytes.len += n;
	return true;
}

static bool put_bytes(struct copy_batch *b, enum copy_kind kind, const void *data, size_t n)
{
	uint8_t head[5] = {
		(uint8_t)kind, (uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n};

	return n <= UINT32_MAX && put(b, head, 5) && put(b, data, n);
}

/* What is no UTF-8 counts as what the target makes of it. */
static bool put_text(struct copy_batch *b, const char *s, size_t n)
{
	_cleanup_text_ struct text mended = {0};

	if (str_is_utf8(s, n))
		return put_bytes(b, COPY_TEXT, s, n);
	db_text_mend(&mended, s, n);
	return !mended.failed && put_bytes(b, COPY_TEXT, mended.data, mended.len);
}

static bool put_value(struct copy_batch *b, struct db_statement *st, int column, enum copy_kind kind)
{
	uint8_t number[9] = {COPY_INT};

	if (db_is_null(st, column))
		return put(b, "", 1);
	if (kind == COPY_INT) {
		uint64_t v = (uint64_t)db_int(st, column);
		for (int i = 8; i >= 1; i--, v >>= 8)
			number[i] = (uint8_t)v;
		return put(b, number, 9);
	}
	if (kind == COPY_TEXT) {
		const char *s = db_text(st, column);
		return put_text(b, s ? s : "", db_bytes(st, column));
	}
	const void *data = db_blob(st, column);
	return put_bytes(b, COPY_BLOB, data, db_bytes(st, column));
}

static int put_row(struct copy_batch *b, const struct copy_table *t, struct db_statement *st)
{
	if (VEC_PUSH(&b->starts, b->bytes.len) < 0)
		return -ENOMEM;
	for (int i = 0; i < t->n_columns; i++)
		if (!put_value(b, st, i, t->columns[i].kind))
			return -ENOMEM;
	return 0;
}

int copy_key_of(const struct copy_table *t, const struct copy_batch *b, size_t i, struct copy_key *ret_key)
{
	const uint8_t *at[COPY_COLUMNS_MAX], *p;
	size_t n;

	p = copy_batch_row(b, i, &n);
	for (int k = 0; k < t->n_columns; k++) {
		at[k] = p;
		p += value_len(p);
	}
	ret_key->bytes.len = 0;
	for (int k = 0; k < t->n_keys; k++) {
		const uint8_t *v = at[t->keys[k]];
		size_t len = value_len(v);
		if (!VEC_RESERVE(&ret_key->bytes, ret_key->bytes.len + len))
			return -ENOMEM;
		memcpy(ret_key->bytes.at + ret_key->bytes.len, v, len);
		ret_key->bytes.len += len;
	}
	return 0;
}

void copy_key_text(const struct copy_key *k, char *out, size_t size)
{
	struct text text = {0};
	const uint8_t *p = k->bytes.at, *end = p + k->bytes.len;

	for (; p && p < end; p += value_len(p)) {
		text_add(&text, text.len ? ", " : "");
		if (*p == COPY_INT)
			text_printf(&text, "%lld", (long long)value_int(p));
		else if (*p == COPY_TEXT)
			text_add_n(&text, (const char *)p + 5, value_len(p) - 5 < 40 ? value_len(p) - 5 : 40);
	}
	str_put_n(out, size, text.data ? text.data : "", text.data ? strnlen(text.data, size - 1) : 0);
	text_free(&text);
}

/* --- statements
 * ----------------------------------------------------------------------------------------------------------
 */
static void add_columns(struct text *sql, const struct copy_table *t)
{
	for (int i = 0; i < t->n_columns; i++)
		text_printf(sql, "%s\"%s\"", i ? ", " : "", t->columns[i].name);
}

/* The key's columns, separated by commas; text by its bytes. */
static void add_keys(struct text *sql, const struct db *db, const struct copy_table *t)
{
	for (int i = 0; i < t->n_keys; i++) {
		const struct copy_column *c = &t->columns[t->keys[i]];
		text_printf(sql, "%s\"%s\"%s", i ? ", " : "", c->name,
			c->kind == COPY_TEXT && db_is_postgres(db) ? " COLLATE \"C\"" : "");
	}
}

static void add_marks(struct text *sql, int n)
{
	for (int i = 0; i < n; i++)
		text_add(sql, i ? ", ?" : "?");
}

/* (k1, k2) <how> (?, ?) */
static void add_condition(struct text *sql, const struct db *db, const struct copy_table *t, const char *how)
{
	text_add(sql, "(");
	add_keys(sql, db, t);
	text_printf(sql, ") %s (", how);
	add_marks(sql, t->n_keys);
	text_add(sql, ")");
}

static int prepare(struct db *db, struct text *sql, struct db_statement **ret_statement)
{
	int err = sql->failed ? -ENOMEM : db_prepare(db, sql->data, ret_statement);

	text_free(sql);
	return err;
}

/* Binds the n values at p from parameter `first` on; where the next one is. */
static const uint8_t *bind(
	struct db_statement *st, int first, const uint8_t *p, int n, const struct copy_column *columns)
{
	for (int i = 0; i < n; i++, p += value_len(p)) {
		size_t len = value_len(p) - 5;
		if (*p == COPY_INT)
			db_bind_int(st, first + i, value_int(p));
		else if (*p == COPY_TEXT)
			db_bind_text_n(st, first + i, (const char *)p + 5, len);
		else if (*p == COPY_BLOB)
			db_bind_blob(st, first + i, p + 5, len);
		else if (columns && columns[i].kind == COPY_INT)
			db_bind_int_null(st, first + i);
		else if (columns && columns[i].kind == COPY_TEXT)
			db_bind_text(st, first + i, NULL);
		/* bytes that are NULL: not bound is NULL */
	}
	return p;
}

int copy_read(struct db *db, const struct copy_table *t, const struct copy_key *after,
	struct copy_batch *ret_batch, bool *ret_end)
{
	bool is_first = after->bytes.len == 0;
	struct text sql = {0};
	struct db_statement *st;
	int step = 0;

	copy_batch_clear(ret_batch);
	text_add(&sql, "SELECT ");
	add_columns(&sql, t);
	text_printf(&sql, " FROM \"%s\"%s", t->name, is_first ? "" : " WHERE ");
	if (!is_first)
		add_condition(&sql, db, t, ">");
	text_add(&sql, " ORDER BY ");
	add_keys(&sql, db, t);
	text_printf(&sql, " LIMIT %d", COPY_ROWS_MAX);
	int err = prepare(db, &sql, &st);
	if (err < 0)
		return err;
	if (!is_first)
		bind(st, 1, after->bytes.at, t->n_keys, NULL);
	while (ret_batch->bytes.len < COPY_BYTES_MAX && err == 0 && (step = db_step(db, st)) == 1)
		err = put_row(ret_batch, t, st);
	if (step == 1)
		db_reset(st);
	*ret_end = step == 0 && ret_batch->starts.len < COPY_ROWS_MAX;
	return err < 0 ? err : step < 0 ? step : 0;
}

int copy_last_key(struct db *db, const struct copy_table *t, struct copy_key *ret_key)
{
	struct copy_batch one = {0};
	struct text sql = {0};
	struct db_statement *st;

	ret_key->bytes.len = 0;
	text_add(&sql, "SELECT ");
	add_columns(&sql, t);
	text_printf(&sql, " FROM \"%s\" ORDER BY ", t->name);
	for (int i = 0; i < t->n_keys; i++)
		text_printf(&sql, "%s\"%s\"%s DESC", i ? ", " : "", t->columns[t->keys[i]].name,
			t->columns[t->keys[i]].kind == COPY_TEXT && db_is_postgres(db) ? " COLLATE \"C\""
										       : "");
	text_add(&sql, " LIMIT 1");
	int err = prepare(db, &sql, &st);
	if (err == 0)
		err = db_step(db, st);
	if (err == 1) {
		err = put_row(&one, t, st);
		db_reset(st);
	}
	if (err == 0 && one.starts.len > 0)
		err = copy_key_of(t, &one, 0, ret_key);
	copy_batch_free(&one);
	return err;
}

int copy_read_one(
	struct db *db, const struct copy_table *t, const struct copy_key *key, struct copy_batch *batch)
{
	struct text sql = {0};
	struct db_statement *st;

	text_add(&sql, "SELECT ");
	add_columns(&sql, t);
	text_printf(&sql, " FROM \"%s\" WHERE ", t->name);
	add_condition(&sql, db, t, "=");
	int err = prepare(db, &sql, &st);
	if (err < 0)
		return err;
	bind(st, 1, key->bytes.at, t->n_keys, NULL);
	err = db_step(db, st);
	if (err == 1) {
		err = put_row(batch, t, st);
		db_reset(st);
	}
	return err;
}

static int prepare_insert(
	struct db *db, const struct copy_table *t, int rows, struct db_statement **ret_statement)
{
	struct text sql = {0};

	text_printf(&sql, "INSERT INTO \"%s\" (", t->name);
	add_columns(&sql, t);
	text_add(&sql, ") VALUES ");
	for (int i = 0; i < rows; i++) {
		text_add(&sql, i ? ", (" : "(");
		add_marks(&sql, t->n_columns);
		text_add(&sql, ")");
	}
	return prepare(db, &sql, ret_statement);
}

int copy_write(struct db *db, const struct copy_table *t, const struct copy_batch *batch)
{
	struct db_statement *st;
	int err = 0;
	size_t n, done = 0;

	while (done < batch->starts.len && err == 0) {
		int rows = batch->starts.len - done >= INSERT_ROWS ? INSERT_ROWS : 1;
		err = prepare_insert(db, t, rows, &st);
		for (int i = 0; i < rows && err == 0; i++)
			bind(st, 1 + i * t->n_columns, copy_batch_row(batch, done + (size_t)i, &n),
				t->n_columns, t->columns);
		if (err == 0)
			err = db_run_later(db, st);
		done += (size_t)rows;
	}
	return err;
}

int copy_remove_one(struct db *db, const struct copy_table *t, const struct copy_key *key)
{
	struct text sql = {0};
	struct db_statement *st;

	text_printf(&sql, "DELETE FROM \"%s\" WHERE ", t->name);
	add_condition(&sql, db, t, "=");
	int err = prepare(db, &sql, &st);
	if (err < 0)
		return err;
	bind(st, 1, key->bytes.at, t->n_keys, NULL);
	return db_run_later(db, st);
}

int copy_remove_range(
	struct db *db, const struct copy_table *t, const struct copy_key *after, const struct copy_key *last)
{
	struct text sql = {0};
	struct db_statement *st;
	bool has_after = after->bytes.len > 0;

	text_printf(&sql, "DELETE FROM \"%s\"%s", t->name, has_after || last ? " WHERE " : "");
	if (has_after)
		add_condition(&sql, db, t, ">");
	text_add(&sql, has_after && last ? " AND " : "");
	if (last)
		add_condition(&sql, db, t, "<=");
	int err = prepare(db, &sql, &st);
	if (err < 0)
		return err;
	if (has_after)
		bind(st, 1, after->bytes.at, t->n_keys, NULL);
	if (last)
		bind(st, 1 + (has_after ? t->n_keys : 0), last->bytes.at, t->n_keys, NULL);
	return db_run(db, st);
}
