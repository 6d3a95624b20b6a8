/* Messages of contacts without a telephone, and the keys of requests that were carried out: both folded from
 * the log (fold.c), read here. */
#include "base/str.h"
#include "store/rows/rows.h"
#include "store/write/writer.h"

#include <errno.h>

#define MESSAGES_LIMIT_MAX 1000

static json_t *message_json(struct db_statement *st)
{
	json_t *row = json_object();
	int err = jsonx_set_int(row, "number", db_int(st, 0));

	if (err == 0)
		err = jsonx_set_int(row, "seq", db_int(st, 1));
	if (err == 0)
		err = jsonx_set_int(row, "at", db_int(st, 2));
	if (err == 0)
		err = jsonx_set_id(row, "agent", (uint64_t)db_int(st, 3));
	if (err == 0)
		err = jsonx_set_text(row, "text", db_is_null(st, 4) ? "" : db_text(st, 4)); /* erased */
	if (err == 0)
		return row;
	json_decref(row);
	return NULL;
}

int store_messages(struct store_reader *rd, uint64_t tenant, uint64_t interaction, int64_t before, int limit,
	json_t **ret_rows)
{
	_cleanup_json_ json_t *rows = json_array();
	struct db_statement *st;
	int err = db_prepare(&rd->db,
		"SELECT number, seq, at_ms, agent, text FROM message WHERE interaction = ? AND tenant = ? "
		"AND "
		"number < ? ORDER BY number DESC LIMIT ?",
		&st);

	if (err < 0)
		return err;
	db_bind_int(st, 1, (int64_t)interaction);
	db_bind_int(st, 2, tenant ? (int64_t)tenant : 1);
	db_bind_int(st, 3, before > 0 ? before : INT64_MAX);
	db_bind_int(st, 4, limit > MESSAGES_LIMIT_MAX ? MESSAGES_LIMIT_MAX : limit);
	while ((err = db_step(&rd->db, st)) == 1) {
		json_t *row = message_json(st);
		if (!row || json_array_insert_new(rows, 0, row) < 0) { /* read backwards, shown forwards */
			db_reset(st);
			return -ENOMEM;
		}
	}
	if (err == 0)
		*ret_rows = json_incref(rows);
	return err;
}

int store_contact_key(struct store_reader *rd, uint64_t key, int64_t since_ms, struct store_key *ret_key)
{
	struct db_statement *st;
	int err = db_prepare(&rd->db,
		"SELECT interaction, seq, number FROM contact_key WHERE \"key\" = ? AND at_ms >= ?", &st);

	if (err < 0)
		return err;
	db_bind_int(st, 1, (int64_t)key);
	db_bind_int(st, 2, since_ms);
	err = db_step(&rd->db, st);
	if (err != 1)
		return err < 0 ? err : STORE_NOT_FOUND;
	*ret_key = (struct store_key){.interaction = (uint64_t)db_int(st, 0),
		.seq = (uint64_t)db_int(st, 1),
		.number = db_int(st, 2)};
	db_reset(st);
	return 0;
}
