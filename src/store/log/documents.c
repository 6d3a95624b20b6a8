/* Documents: faxes that came, and those sent or waiting to be; folded from the log (fold.c), read here. */
#include "base/id.h"
#include "base/str.h"
#include "store/rows/rows.h"
#include "store/write/writer.h"

#include <errno.h>
#include <time.h>

#define DOCUMENTS_LIMIT_MAX 1000
#define COLUMNS                                                                                              \
	"id, direction, state, from_number, to_number, name, pages, pages_done, tries, reason, details, "    \
	"interaction, queue, \"user\", created_ms, ended_ms, next_try_ms, path IS NOT NULL"

void store_document_path(uint64_t id, char ret_path[static STORE_DOCUMENT_PATH_MAX])
{
	char day[16], text[ID_TEXT_SIZE];
	time_t made = (time_t)(id_wall_ms(id) / 1000);
	struct tm tm;

	gmtime_r(&made, &tm);
	strftime(day, sizeof(day), "%Y/%m/%d", &tm);
	(void)str_printf(ret_path, STORE_DOCUMENT_PATH_MAX, "documents/%s/%s.tif", day, id_text(id, text));
}

static const char *text_at(struct db_statement *st, int k)
{
	return db_is_null(st, k) ? NULL : db_text(st, k);
}

/* What the last call said of itself: it was written by us, as JSON. */
static int add_details(json_t *row, const char *text)
{
	_cleanup_json_ json_t *said = text ? json_loads(text, 0, NULL) : NULL;
	const json_t *rate = json_object_get(said, "bit_rate");

	if (jsonx_set_text(row, "result", jsonx_text(said, "result", NULL)) < 0 ||
		jsonx_set_text(row, "station", jsonx_text(said, "station", NULL)) < 0)
		return -ENOMEM;
	return json_object_set_new(
		       row, "bit_rate", rate ? json_integer(json_integer_value(rate)) : json_null()) < 0
		       ? -ENOMEM
		       : 0;
}

static json_t *document_json(struct db_statement *st)
{
	static const char *const texts[] = {"direction", "state", "from", "to", "name"};
	static const char *const numbers[] = {"pages", "pages_done", "tries"};
	static const char *const ids[] = {"interaction", "queue", "user"};
	static const char *const times[] = {"created_at", "ended_at", "next_try_at"};
	json_t *row = json_object();
	int err = jsonx_set_id(row, "id", (uint64_t)db_int(st, 0));

	for (int i = 0; i < 5 && err == 0; i++)
		err = jsonx_set_text(row, texts[i], text_at(st, 1 + i));
	for (int i = 0; i < 3 && err == 0; i++)
		err = jsonx_set_int(row, numbers[i], db_int(st, 6 + i));
	if (err == 0)
		err = jsonx_set_text(row, "reason", text_at(st, 9));
	if (err == 0)
		err = add_details(row, text_at(st, 10));
	for (int i = 0; i < 3 && err == 0; i++)
		err = jsonx_set_id(row, ids[i], (uint64_t)db_int(st, 11 + i));
	for (int i = 0; i < 3 && err == 0; i++)
		err = rows_set_time(row, times[i], db_int(st, 14 + i));
	if (err == 0)
		err = jsonx_set_bool(row, "has_file", db_int(st, 17) != 0);
	if (err == 0)
		return row;
	json_decref(row);
	return NULL;
}

int store_document(struct store_reader *rd, uint64_t tenant, uint64_t id, json_t **ret_row)
{
	struct db_statement *st;
	int err = db_prepare(&rd->db, "SELECT " COLUMNS " FROM document WHERE id = ? AND tenant = ?", &st);

	if (err < 0)
		return err;
	db_bind_int(st, 1, (int64_t)id);
	db_bind_int(st, 2, tenant ? (int64_t)tenant : 1);
	err = db_step(&rd->db, st);
	if (err != 1)
		return err < 0 ? err : STORE_NOT_FOUND;
	json_t *row = document_json(st);
	db_reset(st);
	if (!row)
		return -ENOMEM;
	*ret_row = row;
	return 0;
}

int store_documents(struct store_reader *rd, const struct store_documents_query *q, json_t **ret_rows)
{
	_cleanup_json_ json_t *rows = json_array();
	struct db_statement *st;
	int err = db_prepare(&rd->db,
		"SELECT " COLUMNS
		" FROM document WHERE tenant = ?1 AND id < ?2 AND (?3 = '' OR direction = ?3) "
		"AND (?4 = '' OR state = ?4) AND (?5 = 0 OR \"user\" = ?5) ORDER BY id DESC LIMIT ?6",
		&st);

	if (err < 0)
		return err;
	db_bind_int(st, 1, q->tenant ? (int64_t)q->tenant : 1);
	db_bind_int(st, 2, q->before ? (int64_t)q->before : INT64_MAX);
	db_bind_text(st, 3, q->direction ? q->direction : "");
	db_bind_text(st, 4, q->state ? q->state : "");
	db_bind_int(st, 5, (int64_t)q->user);
	db_bind_int(st, 6, q->limit > DOCUMENTS_LIMIT_MAX ? DOCUMENTS_LIMIT_MAX : q->limit);
	while ((err = db_step(&rd->db, st)) == 1) {
		json_t *row = document_json(st);
		if (!row || json_array_append_new(rows, row) < 0) {
			db_reset(st);
			return -ENOMEM;
		}
	}
	if (err == 0)
		*ret_rows = json_incref(rows);
	return err;
}
