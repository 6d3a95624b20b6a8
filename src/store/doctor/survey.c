/* See survey.h. */
#include "store/doctor/survey.h"
#include "base/alloc.h"
#include "base/arena.h"
#include "base/str.h"
#include "event/event.h"
#include "store/migrate.h"

#include <errno.h>
#include <strings.h>

#define SCHEMA_ROOT 1
#define ROOTS_MAX 1000 /* more than that is noise */

/* --- the file's schema
 * ------------------------------------------------------------------------------------------------
 */
static bool is_text(const struct salvage_value *v, const char *word)
{
	return v->kind == SALVAGE_TEXT && v->n == strlen(word) && memcmp(v->data, word, v->n) == 0;
}

/* Rows of sqlite_schema: type, name, table, root page, text. */
static bool is_schema_row(const struct salvage_row *row)
{
	const struct salvage_value *v = row->values;

	return row->n == 5 && row->has_key && v[1].kind == SALVAGE_TEXT && v[1].n < SURVEY_NAME_MAX &&
	       v[2].kind == SALVAGE_TEXT && v[3].kind == SALVAGE_INT &&
	       (is_text(&v[0], "table") || is_text(&v[0], "index") || is_text(&v[0], "trigger") ||
		       is_text(&v[0], "view"));
}

static int on_schema_row(const struct salvage_row *row, void *arg)
{
	struct survey *v = arg;
	struct survey_root t = {0};

	if (!is_schema_row(row) || row->values[3].number < 2 || row->values[3].number > PAGES_COUNT_MAX ||
		v->roots.len == ROOTS_MAX)
		return 0;
	str_put_n(t.name, sizeof(t.name), (const char *)row->values[1].data, row->values[1].n);
	t.root = (uint32_t)row->values[3].number;
	return VEC_PUSH(&v->roots, t);
}

static int count_strange(const struct salvage_row *row, void *arg)
{
	int *strange = arg;

	*strange += !is_schema_row(row);
	return 0;
}

/* The schema's own tree; where that is damaged, pages that look like it. */
static int read_schema(struct survey *v)
{
	struct salvage *s = &v->salvage;
	int err = salvage_tree(s, SCHEMA_ROOT, NULL, on_schema_row, v);

	if (s->losses.len == 0)
		return err;
	for (uint32_t page = 2; page <= s->f.count && err == 0; page++) {
		int strange = 0;
		if (!salvage_is_left(s, page))
			continue;
		err = salvage_page(s, page, false, count_strange, &strange);
		if (err == 0 && strange == 0)
			err = salvage_page(s, page, true, on_schema_row, v);
	}
	return err;
}

static uint32_t root_of(const struct survey *v, const char *name)
{
	VEC_EACH(&v->roots, i)
	if (str_equal(v->roots.at[i].name, name))
		return v->roots.at[i].root;
	return 0;
}

static int on_migration(const struct salvage_row *row, void *arg)
{
	struct survey *v = arg;

	if (row->has_key && row->n == 2 && row->key > 0 && row->key < 10000) {
		v->is_schema_known = true;
		v->schema = row->key > v->schema ? (int)row->key : v->schema;
	}
	return 0;
}

static int read_version(struct survey *v)
{
	uint32_t root = root_of(v, "schema_migration");
	int known = 0, err = root ? salvage_tree(&v->salvage, root, NULL, on_migration, v) : 0;

	while (migrations[known].number)
		known++;
	if (!v->is_schema_known || v->schema > known)
		v->schema = known;
	return err;
}

/* --- the model
 * --------------------------------------------------------------------------------------------------------
 */
static enum survey_type type_of(const char *type)
{
	if (strcasecmp(type, "BLOB") == 0 || strcasecmp(type, "BYTEA") == 0)
		return SURVEY_BLOB;
	return strcasecmp(type, "TEXT") == 0 ? SURVEY_TEXT : SURVEY_INT;
}

/* Columns as a row of the file has them: in order, but without row keys those of the primary key come first.
 */
static int read_columns(struct db *model, struct survey_table *t)
{
	struct db_statement *st;
	int err = db_prepare(model,
		"SELECT name, type, \"notnull\", pk, (SELECT max(pk) FROM pragma_table_info(?1)), "
		"dflt_value FROM "
		"pragma_table_info(?1) ORDER BY CASE WHEN ?2 OR pk = 0 THEN 1000 ELSE pk END, cid",
		&st);

	if (err < 0)
		return err;
	db_bind_text(st, 1, t->name);
	db_bind_int(st, 2, t->is_keyed);
	while ((err = db_step(model, st)) == 1) {
		if (t->n_columns == SURVEY_COLUMNS_MAX) {
			db_reset(st);
			return -E2BIG;
		}
		struct survey_column *c = &t->columns[t->n_columns++];
		str_put(c->name, sizeof(c->name), db_text(st, 0));
		c->type = type_of(db_text(st, 1));
		c->is_key = t->is_keyed && db_int(st, 3) == 1 && db_int(st, 4) == 1 &&
			    strcasecmp(db_text(st, 1), "INTEGER") == 0;
		c->is_required = db_int(st, 2) != 0;
		/* Columns were added behind, never as required ones without a default. */
		if (t->n_columns == 1 || (c->is_required && db_is_null(st, 5)))
			t->n_first = t->n_columns;
	}
	return err;
}

static int add_table(struct survey *v, const char *name, bool is_keyed, uint32_t root)
{
	struct survey_table t = {.is_keyed = is_keyed, .root = root_of(v, name)};

	str_put(t.name, sizeof(t.name), name);
	t.is_found = t.root != 0;
	if (!t.root)
		t.root = root;
	int err = read_columns(&v->model, &t);
	return err < 0 ? err : VEC_PUSH(&v->tables, t);
}

static int read_model(struct survey *v)
{
	struct db_statement *st;
	int err = db_open(&v->model, ":memory:", DB_WRITE);

	if (err == 0)
		err = migrate(&v->model, ":memory:", v->schema);
	if (err == 0)
		err = db_prepare(&v->model,
			"SELECT m.name, NOT l.wr, m.rootpage FROM sqlite_master AS m JOIN pragma_table_list "
			"AS l ON l.name = m.name WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\\_%' "
			"ESCAPE "
			"'\\' AND m.name <> 'schema_migration' ORDER BY m.rootpage",
			&st);
	while (err == 0 && (err = db_step(&v->model, st)) == 1) {
		err = add_table(v, db_text(st, 0), db_int(st, 1) != 0, (uint32_t)db_int(st, 2));
		if (err < 0)
			db_reset(st);
	}
	return err;
}

struct probe {
	const struct survey_table *table;
	int fitting, others;
};

static int on_probe(const struct salvage_row *row, void *arg)
{
	struct probe *p = arg;

	if (survey_fits(p->table, row))
		p->fitting++;
	else
		p->others++;
	return 0;
}

/* A root that is only guessed must hold a leaf with nothing but fitting rows. Larger tables are found page by
 * page (rescue.c). */
static int check_guesses(struct survey *v)
{
	int err = 0;

	for (size_t i = 0; i < v->tables.len && err == 0; i++) {
		struct survey_table *t = &v->tables.at[i];
		struct probe p = {.table = t};
		if (t->is_found)
			continue;
		if (t->is_keyed && salvage_is_left(&v->salvage, t->root))
			err = salvage_page(&v->salvage, t->root, false, on_probe, &p);
		if (!p.fitting || p.others)
			t->root = 0;
	}
	return err;
}

int survey_open(struct survey *v, const char *path)
{
	struct pages *pages = NULL;
	int err = pages_open(&pages, path);

	*v = (struct survey){0}; /* in its place: statements know where their database is */
	if (err == 0)
		err = salvage_open(&v->salvage, pages);
	if (err < 0)
		return err;
	err = read_schema(v);
	if (err == 0)
		err = read_version(v);
	if (err == 0)
		err = read_model(v);
	if (err == 0)
		err = check_guesses(v);
	if (err < 0)
		survey_close(v);
	return err;
}

void survey_close(struct survey *v)
{
	salvage_close(&v->salvage);
	if (v->model.backend)
		db_close(&v->model);
	VEC_FREE(&v->tables);
	VEC_FREE(&v->roots);
	*v = (struct survey){0};
}

/* --- rows
 * -----------------------------------------------------------------------------------------------------------
 */
static bool value_fits(const struct survey_column *c, const struct salvage_value *value)
{
	if (c->is_key)
		return value->kind == SALVAGE_NULL;
	switch (value->kind) {
	case SALVAGE_NULL:
		return !c->is_required;
	case SALVAGE_INT:
		return c->type == SURVEY_INT;
	case SALVAGE_TEXT:
		return c->type == SURVEY_TEXT &&
		       (value->n == 0 || str_is_utf8((const char *)value->data, value->n));
	case SALVAGE_BLOB:
		return c->type == SURVEY_BLOB;
	case SALVAGE_REAL:
		break;
	}
	return false;
}

/* at_ms, type, interaction and data go together: the last says the third once more. */
static bool is_event(const struct salvage_row *row)
{
	const struct salvage_value *v = row->values;
	struct arena arena = {0};
	struct event e = {0};

	if (row->n < 5 || row->key < 1 || v[2].number < 1)
		return false;
	int err = event_decode((const char *)v[4].data, v[4].n, &arena, &e);
	arena_free(&arena);
	return err == 0 && (int64_t)e.interaction == v[3].number;
}

bool survey_fits(const struct survey_table *t, const struct salvage_row *row)
{
	if (row->has_key != t->is_keyed || row->n < t->n_first || row->n > t->n_columns)
		return false;
	for (int i = 0; i < row->n; i++)
		if (!value_fits(&t->columns[i], &row->values[i]))
			return false;
	return !str_equal(t->name, "event") || is_event(row);
}

const char *survey_name(const struct survey *v, uint32_t root)
{
	VEC_EACH(&v->roots, i)
	if (v->roots.at[i].root == root)
		return v->roots.at[i].name;
	VEC_EACH(&v->tables, k)
	if (v->tables.at[k].root == root)
		return v->tables.at[k].name;
	return root == SCHEMA_ROOT ? "schema" : "unknown";
}

const struct survey_table *survey_table(const struct survey *v, const char *name)
{
	VEC_EACH(&v->tables, i)
	if (str_equal(v->tables.at[i].name, name))
		return &v->tables.at[i];
	return NULL;
}
