/* See rows.h. Statements are made from the descriptor; their number is bounded by the number of descriptors.
 */
#include "store/rows/rows.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "base/str.h"
#include "store/rows/secret.h"
#include "store/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_FIELD 4 /* id, version, created_ms, updated_ms come before */

const char *rows_column(const struct resource *r, const struct field *f)
{
	bool has_phone = str_equal(r->name, "user") || str_equal(r->name, "extension");

	return has_phone && str_equal(f->name, "sip_password") ? "sip_ha1" : f->name;
}

int rows_set_time(json_t *obj, const char *key, int64_t ms)
{
	return ms > 0 ? jsonx_set_int(obj, key, ms) : jsonx_set_text(obj, key, NULL);
}

static void add_columns(struct text *sql, const struct resource *r)
{
	text_add(sql, "SELECT id, version, created_ms, updated_ms");
	for (int i = 0; i < r->n_fields; i++)
		text_printf(sql, ", \"%s\"", rows_column(r, &r->fields[i]));
	text_printf(sql, " FROM \"%s\"", r->name);
}

static int prepare(struct db *db, struct text *sql, struct db_statement **ret_statement)
{
	return sql->failed ? -ENOMEM : db_prepare(db, sql->data, ret_statement);
}

static json_t *column_json(struct db_statement *st, int column, const struct field *f)
{
	const char *s;
	char id[ID_TEXT_SIZE];
	json_t *parsed;

	if (db_is_null(st, column)) {
		if (f->type == FIELD_REFS || f->type == FIELD_SKILLS || f->type == FIELD_LIST)
			return json_array();
		return f->type == FIELD_TEXTS ? json_object() : json_null();
	}
	switch (f->type) {
	case FIELD_INT:
		return json_integer(db_int(st, column));
	case FIELD_BOOL:
		return json_boolean(db_int(st, column));
	case FIELD_REF:
		return json_string(id_text((uint64_t)db_int(st, column), id));
	case FIELD_TEXT:
	case FIELD_CHOICE:
	case FIELD_SECRET:
		return json_string(db_text(st, column));
	case FIELD_REFS:
	case FIELD_SKILLS:
	case FIELD_TEXTS:
	case FIELD_LIST:
	case FIELD_JSON:
		s = db_text(st, column);
		parsed = s ? json_loads(s, JSON_DECODE_ANY, NULL) : NULL;
		return parsed;
	}
	return NULL;
}

/* What stands for a telephone's password: MD5 as sip_ha1, SHA-256 (null in rows of before) as sip_ha256. */
static int set_telephone_secret(json_t *row, const char *kept)
{
	char md5[SECRET_HA1_MD5 + 1];
	bool has_both = kept && strlen(kept) > SECRET_HA1_MD5;

	if (has_both)
		str_put_n(md5, sizeof(md5), kept, SECRET_HA1_MD5);
	return jsonx_set_text(row, "sip_ha1", has_both ? md5 : kept) < 0 ||
			       jsonx_set_text(row, "sip_ha256", has_both ? kept + SECRET_HA1_MD5 + 1 : NULL) <
				       0
		       ? -ENOMEM
		       : 0;
}

/* has_<name>, and under the column's name what is kept, when asked for. */
static int set_secret(json_t *row, struct db_statement *st, int column, const struct resource *r,
	const struct field *f, const unsigned char *key)
{
	char name[80];
	const char *kept = db_text(st, column);

	str_printf(name, sizeof(name), "has_%s", f->name);
	if (jsonx_set_bool(row, name, kept != NULL) < 0)
		return -ENOMEM;
	if (!key)
		return 0;
	if (str_equal(rows_column(r, f), "sip_ha1"))
		return set_telephone_secret(row, kept);
	if (!str_equal(r->name, "trunk") || !kept)
		return jsonx_set_text(row, rows_column(r, f), kept);
	_cleanup_alloc_ char *clear = secret_decrypt(key, kept);
	if (!clear)
		log_error("store", 0,
			"a trunk's password cannot be decrypted: secret.key is not the one it was stored "
			"with. "
			"Enter the password again");
	return jsonx_set_text(row, rows_column(r, f), clear);
}

static int row_json(
	struct db_statement *st, const struct resource *r, const unsigned char *key, json_t **ret_row)
{
	_cleanup_json_ json_t *row = json_object();
	int err = row ? jsonx_set_id(row, "id", (uint64_t)db_int(st, 0)) : -ENOMEM;

	if (err == 0)
		err = jsonx_set_int(row, "version", db_int(st, 1));
	if (err == 0)
		err = rows_set_time(row, "created_at", db_int(st, 2));
	if (err == 0)
		err = rows_set_time(row, "updated_at", db_int(st, 3));
	for (int i = 0; i < r->n_fields && err == 0; i++) {
		const struct field *f = &r->fields[i];
		if (f->type == FIELD_SECRET)
			err = set_secret(row, st, FIRST_FIELD + i, r, f, key);
		else if (json_object_set_new(row, f->name, column_json(st, FIRST_FIELD + i, f)) < 0)
			err = -ENOMEM;
	}
	if (err == 0)
		*ret_row = TAKE_PTR(row);
	return err;
}

int rows_read(struct db *db, const struct resource *r, uint64_t tenant, uint64_t id, bool with_secrets,
	const unsigned char *key, json_t **ret_row)
{
	_cleanup_text_ struct text sql = {0};
	struct db_statement *st;

	add_columns(&sql, r);
	text_add(&sql, " WHERE id = ? AND tenant = ?");
	int err = prepare(db, &sql, &st);
	if (err < 0)
		return err;
	db_bind_int(st, 1, (int64_t)id);
	db_bind_int(st, 2, (int64_t)tenant);
	err = db_step(db, st);
	if (err <= 0)
		return err < 0 ? err : STORE_NOT_FOUND;
	err = row_json(st, r, with_secrets ? key : NULL, ret_row);
	db_reset(st);
	return err;
}

/* %, _ and \ stand for themselves in what people search for. */
static char *like_pattern(const char *search)
{
	_cleanup_text_ struct text t = {0};

	text_add(&t, "%");
	for (const char *p = search; *p; p++) {
		if (strchr("%_\\", *p))
			text_add(&t, "\\");
		text_add_n(&t, p, 1);
	}
	text_add(&t, "%");
	return t.failed ? NULL : TAKE_PTR(t.data);
}

int rows_list(struct db *db, const struct resource *r, uint64_t tenant, uint64_t after, int limit,
	const char *search, bool with_secrets, const unsigned char *key, json_t **ret_rows)
{
	_cleanup_text_ struct text sql = {0};
	_cleanup_json_ json_t *rows = json_array();
	_cleanup_alloc_ char *pattern = search ? like_pattern(search) : NULL;
	struct db_statement *st;

	if (!rows || (search && !pattern))
		return -ENOMEM;
	add_columns(&sql, r);
	text_add(&sql, " WHERE tenant = ?1 AND id > ?2");
	if (search)
		text_printf(&sql, " AND lower(\"%s\") LIKE lower(?4) ESCAPE '\\'", r->label_field);
	text_add(&sql, " ORDER BY id LIMIT ?3");
	int err = prepare(db, &sql, &st);
	if (err < 0)
		return err;
	db_bind_int(st, 1, (int64_t)tenant);
	db_bind_int(st, 2, (int64_t)after);
	db_bind_int(st, 3, limit < 0 ? 0 : limit > 1000 ? 1000 : limit);
	if (search)
		db_bind_text(st, 4, pattern);
	while ((err = db_step(db, st)) == 1) {
		json_t *row = NULL;
		int bad = row_json(st, r, with_secrets ? key : NULL, &row);
		if (bad == 0 && json_array_append_new(rows, row) < 0)
			bad = -ENOMEM;
		if (bad < 0) {
			db_reset(st);
			return bad;
		}
	}
	if (err == 0)
		*ret_rows = TAKE_PTR(rows);
	return err;
}

/* Binds the value of a field that is no secret. */
static int bind_value(struct db_statement *st, int index, const struct field *f, const json_t *v)
{
	uint64_t id = 0;

	if (!v || json_is_null(v)) {
		if (f->type == FIELD_INT || f->type == FIELD_BOOL || f->type == FIELD_REF)
			db_bind_int_null(st, index);
		else
			db_bind_text(st, index, NULL);
		return 0;
	}
	switch (f->type) {
	case FIELD_INT:
		db_bind_int(st, index, json_integer_value(v));
		return 0;
	case FIELD_BOOL:
		db_bind_int(st, index, json_is_true(v));
		return 0;
	case FIELD_REF:
		if (!json_is_string(v) || id_parse(json_string_value(v), &id) < 0)
			return -EINVAL;
		db_bind_id(st, index, id);
		return 0;
	case FIELD_TEXT:
	case FIELD_CHOICE:
		db_bind_text(st, index, json_string_value(v));
		return 0;
	default:
		break;
	}
	char *text = jsonx_dump(v);
	if (!text)
		return -ENOMEM;
	db_bind_text(st, index, text);
	free(text);
	return 0;
}

static int bind_fields(struct db_statement *st, int first, const struct resource *r, const json_t *value)
{
	int err = 0;

	for (int i = 0; i < r->n_fields && err == 0; i++)
		if (r->fields[i].type != FIELD_SECRET)
			err = bind_value(
				st, first++, &r->fields[i], json_object_get(value, r->fields[i].name));
	return err;
}

int rows_insert(struct db *db, const struct resource *r, uint64_t tenant, uint64_t id, int64_t now_ms,
	const json_t *value)
{
	_cleanup_text_ struct text sql = {0};
	struct db_statement *st;

	text_printf(&sql, "INSERT INTO \"%s\" (id, tenant, created_ms, updated_ms", r->name);
	for (int i = 0; i < r->n_fields; i++)
		if (r->fields[i].type != FIELD_SECRET)
			text_printf(&sql, ", \"%s\"", r->fields[i].name);
	text_add(&sql, ") VALUES (?1, ?2, ?3, ?3");
	for (int i = 0; i < r->n_fields; i++)
		if (r->fields[i].type != FIELD_SECRET)
			text_add(&sql, ", ?");
	text_add(&sql, ")");
	int err = prepare(db, &sql, &st);
	if (err < 0)
		return err;
	db_bind_int(st, 1, (int64_t)id);
	db_bind_int(st, 2, (int64_t)tenant);
	db_bind_int(st, 3, now_ms);
	err = bind_fields(st, 4, r, value);
	return err < 0 ? err : db_run(db, st);
}

int rows_update(struct db *db, const struct resource *r, uint64_t tenant, uint64_t id, int64_t now_ms,
	const json_t *value)
{
	_cleanup_text_ struct text sql = {0};
	struct db_statement *st;

	text_printf(&sql, "UPDATE \"%s\" SET version = version + 1, updated_ms = ?3", r->name);
	for (int i = 0, n = 4; i < r->n_fields; i++)
		if (r->fields[i].type != FIELD_SECRET)
			text_printf(&sql, ", \"%s\" = ?%d", r->fields[i].name, n++);
	text_add(&sql, " WHERE id = ?1 AND tenant = ?2");
	int err = prepare(db, &sql, &st);
	if (err < 0)
		return err;
	db_bind_int(st, 1, (int64_t)id);
	db_bind_int(st, 2, (int64_t)tenant);
	db_bind_int(st, 3, now_ms);
	err = bind_fields(st, 4, r, value);
	return err < 0 ? err : db_run(db, st);
}

int rows_set_secret(
	struct db *db, const struct resource *r, const struct field *f, uint64_t id, const char *text)
{
	_cleanup_text_ struct text sql = {0};
	struct db_statement *st;

	text_printf(&sql, "UPDATE \"%s\" SET \"%s\" = ?1 WHERE id = ?2", r->name, rows_column(r, f));
	int err = prepare(db, &sql, &st);
	if (err < 0)
		return err;
	db_bind_text(st, 1, text);
	db_bind_int(st, 2, (int64_t)id);
	return db_run(db, st);
}

/* Steps once: 1 when there is a row (its first column copied as text), 0, -errno. */
static int step_label(struct db *db, struct db_statement *st, char *ret_label, size_t size)
{
	int err = db_step(db, st);

	if (err == 1) {
		if (ret_label)
			str_put(ret_label, size, db_text(st, 0));
		db_reset(st);
	}
	return err;
}

int rows_has_other(struct db *db, const struct resource *r, const struct field *f, uint64_t tenant,
	uint64_t id, const json_t *value)
{
	_cleanup_text_ struct text sql = {0};
	struct db_statement *st;

	text_printf(&sql, "SELECT 1 FROM \"%s\" WHERE tenant = ?1 AND \"%s\" = ?2 AND id <> ?3 LIMIT 1",
		r->name, f->name);
	int err = prepare(db, &sql, &st);
	if (err < 0)
		return err;
	db_bind_int(st, 1, (int64_t)tenant);
	err = bind_value(st, 2, f, value);
	db_bind_int(st, 3, (int64_t)id);
	return err < 0 ? err : step_label(db, st, NULL, 0);
}

int rows_exists(struct db *db, const char *name, uint64_t tenant, uint64_t id)
{
	_cleanup_text_ struct text sql = {0};
	struct db_statement *st;

	text_printf(&sql, "SELECT 1 FROM \"%s\" WHERE id = ?1 AND tenant = ?2", name);
	int err = prepare(db, &sql, &st);
	if (err < 0)
		return err;
	db_bind_int(st, 1, (int64_t)id);
	db_bind_int(st, 2, (int64_t)tenant);
	return step_label(db, st, NULL, 0);
}

int rows_find_user_of(struct db *db, const struct resource *r, const struct field *f, uint64_t tenant,
	uint64_t id, char *ret_label, size_t size)
{
	_cleanup_text_ struct text sql = {0};
	char text[ID_TEXT_SIZE], quoted[ID_TEXT_SIZE + 2];
	struct db_statement *st;

	text_printf(&sql, "SELECT \"%s\" FROM \"%s\" WHERE tenant = ?1 AND id <> ?3 AND ", r->label_field,
		r->name);
	if (f->type == FIELD_REF)
		text_printf(&sql, "\"%s\" = ?2 LIMIT 1", f->name);
	else /* lists and documents hold ids as quoted text and nothing else looks like one */
		text_printf(&sql, "instr(\"%s\", ?2) > 0 LIMIT 1", f->name);
	int err = prepare(db, &sql, &st);
	if (err < 0)
		return err;
	db_bind_int(st, 1, (int64_t)tenant);
	str_printf(quoted, sizeof(quoted), "\"%s\"", id_text(id, text));
	db_bind_int(st, 3, (int64_t)id);
	if (f->type == FIELD_REF)
		db_bind_int(st, 2, (int64_t)id);
	else
		db_bind_text(st, 2, quoted);
	return step_label(db, st, ret_label, size);
}
