/* Messages left for people, extensions and ring groups: rows of recordings with an owner, folded from the log
 * (fold.c), read here. A message whose sound is gone, or that its owner removed, is none. */
#include "base/str.h"
#include "store/rows/rows.h"
#include "store/write/writer.h"

#include <errno.h>

#define LIMIT_MAX 1000
#define IS_MESSAGE                                                                                           \
	"r.kind = 'voicemail' AND r.path IS NOT NULL AND r.removed_ms IS NULL AND r.duration_ms IS NOT "     \
	"NULL "
/* Of a fixed length, so that one statement serves all. */
#define OWNERS "r.owner IN (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16) "
_Static_assert(STORE_BOXES_MAX == 16, "as many as OWNERS has places");

static json_t *message_json(struct db_statement *st)
{
	json_t *row = json_object();
	int err = jsonx_set_id(row, "id", (uint64_t)db_int(st, 0));

	if (err == 0)
		err = jsonx_set_id(row, "interaction", (uint64_t)db_int(st, 1));
	if (err == 0)
		err = jsonx_set_id(row, "owner", (uint64_t)db_int(st, 2));
	if (err == 0)
		err = rows_set_time(row, "left_at", db_int(st, 3));
	if (err == 0)
		err = jsonx_set_int(row, "duration_ms", db_int(st, 4));
	if (err == 0)
		err = rows_set_time(row, "heard_at", db_int(st, 5));
	if (err == 0)
		err = jsonx_set_text(row, "path", db_text(st, 6));
	if (err == 0)
		err = jsonx_set_text(row, "from", db_is_null(st, 7) ? NULL : db_text(st, 7));
	if (err == 0)
		err = jsonx_set_text(row, "name", db_is_null(st, 8) ? NULL : db_text(st, 8));
	if (err == 0)
		return row;
	json_decref(row);
	return NULL;
}

static int rows_of(struct store_reader *rd, struct db_statement *st, json_t *(*make)(struct db_statement *),
	json_t **ret)
{
	_cleanup_json_ json_t *rows = json_array();
	int err;

	while ((err = db_step(&rd->db, st)) == 1) {
		json_t *row = make(st);
		if (!row || json_array_append_new(rows, row) < 0) {
			db_reset(st);
			return -ENOMEM;
		}
	}
	if (err == 0)
		*ret = json_incref(rows);
	return err;
}

int store_voicemails(struct store_reader *rd, const struct store_voicemails_query *q, json_t **ret_rows)
{
	struct db_statement *st;
	int err = db_prepare(&rd->db,
		"SELECT r.id, r.interaction, r.owner, r.started_ms, r.duration_ms, coalesce(r.heard_ms, 0), "
		"r.path, "
		"i.from_number, i.name FROM recording AS r LEFT JOIN interaction AS i ON i.id = "
		"r.interaction "
		"WHERE " OWNERS "AND r.tenant = ?17 AND r.id < ?18 AND " IS_MESSAGE
		"AND (?19 = 0 OR (?19 = 1 AND r.heard_ms IS NULL) OR (?19 = 2 AND r.heard_ms IS NOT NULL)) "
		"ORDER BY r.id DESC LIMIT ?20",
		&st);

	if (err < 0)
		return err;
	for (int i = 0; i < STORE_BOXES_MAX; i++)
		db_bind_int(st, i + 1, i < q->n_owners ? (int64_t)q->owners[i] : -1);
	db_bind_int(st, 17, q->tenant ? (int64_t)q->tenant : 1);
	db_bind_int(st, 18, q->before ? (int64_t)q->before : INT64_MAX);
	db_bind_int(st, 19, q->which);
	db_bind_int(st, 20, q->limit > LIMIT_MAX ? LIMIT_MAX : q->limit);
	return rows_of(rd, st, message_json, ret_rows);
}

static json_t *count_json(struct db_statement *st)
{
	json_t *row = json_object();
	int err = jsonx_set_id(row, "owner", (uint64_t)db_int(st, 0));

	if (err == 0)
		err = jsonx_set_int(row, "unheard", db_int(st, 1) - db_int(st, 2));
	if (err == 0)
		err = jsonx_set_int(row, "heard", db_int(st, 2));
	if (err == 0)
		return row;
	json_decref(row);
	return NULL;
}

int store_voicemail_counts(struct store_reader *rd, uint64_t tenant, uint64_t owner, json_t **ret_rows)
{
	struct db_statement *st;
	int err = db_prepare(&rd->db,
		"SELECT r.owner, count(*), count(r.heard_ms) FROM recording AS r WHERE r.owner IS NOT NULL "
		"AND "
		"r.tenant = ?1 AND (?2 = 0 OR r.owner = ?2) AND " IS_MESSAGE "GROUP BY r.owner",
		&st);

	if (err < 0)
		return err;
	db_bind_int(st, 1, tenant ? (int64_t)tenant : 1);
	db_bind_int(st, 2, (int64_t)owner);
	return rows_of(rd, st, count_json, ret_rows);
}
