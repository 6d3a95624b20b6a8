/* Reading rows, events and the audit log. Every call is one statement or a few; none leaves a read
 * transaction open. */
#include "base/alloc.h"
#include "base/id.h"
#include "base/str.h"
#include "store/people/person.h"
#include "store/rows/rows.h"
#include "store/where.h"
#include "store/write/writer.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define AUDIT_LIMIT_MAX 1000

int store_reader_open(struct store_reader **ret_reader, const char *directory)
{
	char where[STORE_WHERE_MAX];
	struct store_reader *rd = alloc_zero(sizeof(*rd));
	int err = rd ? 0 : -ENOMEM;

	if (err == 0)
		err = store_where(directory, where);
	if (err == 0)
		err = str_put(rd->directory, sizeof(rd->directory), directory) < 0 ? -ENAMETOOLONG : 0;
	if (err == 0)
		err = secret_key_load(directory, false, rd->key);
	if (rd)
		rd->moves = store_where_moves();
	if (err == 0)
		err = db_open(&rd->db, where, DB_READ);
	if (err < 0) {
		alloc_free(rd);
		return err;
	}
	*ret_reader = rd;
	return 0;
}

int store_reader_follow(struct store_reader *rd)
{
	char where[STORE_WHERE_MAX];
	unsigned moves = store_where_moves();
	struct db fresh;

	if (rd->moves == moves)
		return 0;
	int err = store_where(rd->directory, where);
	if (err == 0)
		err = db_open(&fresh, where, DB_READ);
	if (err < 0)
		return err;
	db_close(&rd->db);
	rd->db = fresh;
	rd->moves = moves;
	return 0;
}

void store_reader_close(struct store_reader *rd)
{
	if (!rd)
		return;
	if (rd->archive_first)
		db_close(&rd->archive);
	db_close(&rd->db);
	person_reader_begin(rd);
	alloc_free(rd->persons);
	sodium_memzero(rd->key, sizeof(rd->key));
	alloc_free(rd);
}

int store_get(struct store_reader *rd, const struct resource *r, uint64_t tenant, uint64_t id,
	bool with_secrets, json_t **ret_row)
{
	int err = store_reader_follow(rd);

	return err < 0 ? err : rows_read(&rd->db, r, tenant ? tenant : 1, id, with_secrets, rd->key, ret_row);
}

int store_list(struct store_reader *rd, const struct resource *r, uint64_t tenant, uint64_t after, int limit,
	const char *search, bool with_secrets, json_t **ret_rows)
{
	int err = store_reader_follow(rd);

	return err < 0 ? err
		       : rows_list(&rd->db, r, tenant ? tenant : 1, after, limit,
				 str_is_blank(search) ? NULL : search, with_secrets, rd->key, ret_rows);
}

static int set_json(json_t *row, const char *key, const char *text)
{
	json_t *v = text ? json_loads(text, JSON_DECODE_ANY, NULL) : json_null();

	return json_object_set_new(row, key, v) < 0 ? -ENOMEM : 0;
}

static json_t *audit_json(struct db_statement *st)
{
	json_t *row = json_object();
	int err = jsonx_set_int(row, "id", db_int(st, 0));

	if (err == 0)
		err = rows_set_time(row, "at", db_int(st, 1));
	if (err == 0)
		err = jsonx_set_id(row, "user", (uint64_t)db_int(st, 2));
	if (err == 0)
		err = jsonx_set_text(row, "user_name", db_text(st, 3));
	if (err == 0)
		err = jsonx_set_text(row, "address", db_text(st, 4));
	if (err == 0)
		err = jsonx_set_text(row, "agent", db_text(st, 5));
	if (err == 0)
		err = jsonx_set_text(row, "resource", db_text(st, 6));
	if (err == 0)
		err = jsonx_set_id(row, "row", (uint64_t)db_int(st, 7));
	if (err == 0)
		err = jsonx_set_text(row, "action", db_text(st, 8));
	if (err == 0)
		err = set_json(row, "before", db_text(st, 9));
	if (err == 0)
		err = set_json(row, "after", db_text(st, 10));
	if (err < 0) {
		json_decref(row);
		row = NULL;
	}
	return row;
}

int store_audit(struct store_reader *rd, uint64_t tenant, uint64_t before, int limit, json_t **ret_rows)
{
	_cleanup_json_ json_t *rows = json_array();
	struct db_statement *st;
	int err = db_prepare(&rd->db,
		"SELECT audit.id, at_ms, audit.\"user\", \"user\".name, address, agent, resource, \"row\", "
		"action, before, "
		"after FROM audit "
		"LEFT JOIN \"user\" ON \"user\".id = audit.\"user\" WHERE audit.tenant = ?1 AND audit.id < "
		"?2 "
		"ORDER BY audit.id DESC LIMIT ?3",
		&st);

	if (err < 0)
		return err;
	db_bind_int(st, 1, tenant ? (int64_t)tenant : 1);
	db_bind_int(st, 2, before && before < INT64_MAX ? (int64_t)before : INT64_MAX);
	db_bind_int(st, 3, limit < 0 ? 0 : limit > AUDIT_LIMIT_MAX ? AUDIT_LIMIT_MAX : limit);
	while ((err = db_step(&rd->db, st)) == 1)
		if (json_array_append_new(rows, audit_json(st)) < 0) {
			db_reset(st);
			return -ENOMEM;
		}
	if (err == 0)
		*ret_rows = json_incref(rows);
	return err;
}
