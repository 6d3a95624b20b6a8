/* History: interactions as people look for them, newest first, page by page.
 *
 * A page is found through an index whatever the filter: (tenant, started), (queue, started), (agent, started)
 * or (tenant, number, started). Only a search for a part of a name has to look at rows one by one, and then
 * looks at no more than the newest HISTORY_SCAN_MAX of the other filters' result. */
#include "base/alloc.h"
#include "base/arena.h"
#include "base/id.h"
#include "base/number.h"
#include "base/str.h"
#include "resource/letters.h"
#include "store/log/fold.h"
#include "store/log/history_parties.h"
#include "store/log/log.h"
#include "store/rows/rows.h"
#include "store/write/writer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define HISTORY_LIMIT_MAX 1000
#define HISTORY_SCAN_MAX 200000
#define HISTORY_DIGITS_MIN 4 /* a search of at least so many digits is one for the end of a number */
#define INTERACTION_EVENTS_MAX 2000
#define INTERACTION_MESSAGES_MAX 1000 /* the newest; the others by store_messages */

#define COLUMNS                                                                                              \
	"i.id, i.channel, i.direction, i.from_number, i.to_number, i.name, i.started_ms, i.ended_ms, "       \
	"i.duration_ms, "                                                                                    \
	"i.reason, i.result, i.queue, i.agent, i.wait_ms, i.talk_ms, i.hold_ms, i.acw_ms, i.disposition, "   \
	"i.recordings > 0, i.chosen, i.sip_code, i.trunk, i.is_erased, i.is_kept"

enum column_kind { IS_ID, IS_TEXT, IS_TIME, IS_INT, IS_BOOL, IS_JSON };
struct column {
	const char *name;
	enum column_kind kind;
};
static const struct column columns[] = {{"id", IS_ID}, {"channel", IS_TEXT}, {"direction", IS_TEXT},
	{"from", IS_TEXT}, {"to", IS_TEXT}, {"name", IS_TEXT}, {"started_at", IS_TIME}, {"ended_at", IS_TIME},
	{"duration_ms", IS_INT}, {"reason", IS_TEXT}, {"result", IS_TEXT}, {"queue", IS_ID}, {"agent", IS_ID},
	{"wait_ms", IS_INT}, {"talk_ms", IS_INT}, {"hold_ms", IS_INT}, {"acw_ms", IS_INT},
	{"disposition", IS_ID}, {"has_recording", IS_BOOL}, {"chosen", IS_JSON}, {"sip_code", IS_INT},
	{"trunk", IS_ID}, {"is_erased", IS_BOOL}, {"is_kept", IS_BOOL}, {NULL, IS_ID}};

static int set_column(json_t *row, const struct column *c, struct db_statement *st, int k)
{
	bool is_null = db_is_null(st, k);
	const char *text;
	json_t *parsed;

	switch (c->kind) {
	case IS_ID:
		return jsonx_set_id(row, c->name, (uint64_t)db_int(st, k));
	case IS_TEXT:
		return jsonx_set_text(row, c->name, db_text(st, k));
	case IS_TIME:
		return rows_set_time(row, c->name, db_int(st, k));
	case IS_INT:
		return is_null ? jsonx_set_text(row, c->name, NULL)
			       : jsonx_set_int(row, c->name, db_int(st, k));
	case IS_BOOL:
		return jsonx_set_bool(row, c->name, db_int(st, k) != 0);
	case IS_JSON:
		text = db_text(st, k);
		parsed = text ? json_loads(text, JSON_DECODE_ANY, NULL) : json_null();
		return json_object_set_new(row, c->name, parsed) < 0 ? -ENOMEM : 0;
	}
	return -EINVAL;
}

static int row_of(struct db_statement *st, const struct column *c, json_t **ret_row)
{
	_cleanup_json_ json_t *row = json_object();
	int err = row ? 0 : -ENOMEM;

	for (int k = 0; c[k].name && err == 0; k++)
		err = set_column(row, &c[k], st, k);
	if (err == 0)
		*ret_row = json_incref(row);
	return err;
}

/* All rows of a statement as an array. */
static int rows_of(struct db *db, struct db_statement *st, const struct column *c, json_t **ret_rows)
{
	_cleanup_json_ json_t *rows = json_array();
	int err;

	while ((err = db_step(db, st)) == 1) {
		json_t *row = NULL;
		int bad = row_of(st, c, &row);
		if (bad == 0 && json_array_append_new(rows, row) < 0)
			bad = -ENOMEM;
		if (bad < 0) {
			db_reset(st);
			return bad;
		}
	}
	if (err == 0)
		*ret_rows = json_incref(rows);
	return err;
}

/* How a search is carried out. */
struct search {
	char key[NUMBER_KEY_SIZE]; /* the end of a number, reversed: through the index */
	char *pattern;		   /* LIKE, within the newest HISTORY_SCAN_MAX */
};

static int read_search(const char *text, struct search *ret_search)
{
	_cleanup_alloc_ char *s = alloc_strdup(text);
	_cleanup_text_ struct text pattern = {0};

	if (!s)
		return -ENOMEM;
	letters_fold_digits(s);
	*ret_search = (struct search){0};
	if (strspn(s, "+0123456789 -()") == strlen(s)) {
		number_key(s, ret_search->key);
		if (strlen(ret_search->key) >= HISTORY_DIGITS_MIN) {
			/* "0912..." finds "+98912...": the national prefix says nothing about the end. */
			if (strlen(ret_search->key) > NUMBER_TAIL)
				ret_search->key[NUMBER_TAIL] = '\0';
			return 0;
		}
		ret_search->key[0] = '\0';
	}
	text_add(&pattern, "%");
	for (const char *p = s; *p; p++) {
		if (strchr("%_\\", *p))
			text_add(&pattern, "\\");
		text_add_n(&pattern, p, 1);
	}
	text_add(&pattern, "%");
	if (pattern.failed)
		return -ENOMEM;
	ret_search->pattern = TAKE_PTR(pattern.data);
	return 0;
}

/* Parameters of all these: ?1 tenant, ?2 queue, ?3 agent, ?4 from, ?5 to, ?6 and ?7 the cursor's start and
 * id, ?8 result, ?9 number key, ?10 its end, ?11 LIKE, ?12 direction, ?13 limit; with teams: ?14 or_agent,
 * ?15 teams. */
#define WINDOW(start, id) start " >= ?4 AND " start " < ?5 AND (" start ", " id ") < (?6, ?7)"

/* An agent of these teams, or that one, had it. The index still gives the order: the newest first. */
static void add_teams(struct text *sql, const struct store_history_query *q)
{
	if (q->teams)
		text_add(sql,
			" AND (i.agent = ?14 OR EXISTS (SELECT 1 FROM \"user\" AS u WHERE u.id = i.agent "
			"AND ?15 LIKE '%,' || u.team || ',%') OR EXISTS (SELECT 1 FROM segment AS m "
			"CROSS JOIN \"user\" AS u ON u.id = m.agent WHERE m.interaction = i.id AND "
			"(m.agent = ?14 OR ?15 LIKE '%,' || u.team || ',%')))");
}

/* Interactions with a segment in the queue, of the agent, or both; each once: by its last such segment. */
static void add_segments(struct text *sql, const struct store_history_query *q, const struct search *search)
{
	text_printf(sql,
		" FROM segment AS s INDEXED BY %s CROSS JOIN interaction AS i ON i.id = s.interaction WHERE ",
		q->agent ? "segment_by_agent" : "segment_by_queue");
	if (q->queue)
		text_add(sql, "s.queue = ?2 AND ");
	if (q->agent)
		text_add(sql, "s.agent = ?3 AND ");
	text_add(sql, WINDOW("s.interaction_started_ms", "s.interaction"));
	text_printf(sql,
		" AND NOT EXISTS (SELECT 1 FROM segment AS t WHERE t.interaction = s.interaction AND t.id > "
		"s.id%s%s)",
		q->queue ? " AND t.queue = ?2" : "", q->agent ? " AND t.agent = ?3" : "");
	text_add(sql, " AND i.tenant = ?1");
	if (q->result)
		text_add(sql, " AND i.result = ?8");
	if (q->direction)
		text_add(sql, " AND i.direction = ?12");
	if (search->key[0])
		text_add(sql, " AND i.number_key >= ?9 AND i.number_key < ?10");
	add_teams(sql, q);
	text_add(sql, " ORDER BY s.interaction_started_ms DESC, s.interaction DESC");
}

static void add_interactions(
	struct text *sql, const struct store_history_query *q, const struct search *search)
{
	/* The planner has no statistics to see that a number is rarer than a month. */
	text_printf(sql, " FROM interaction AS i INDEXED BY %s WHERE i.tenant = ?1 AND ",
		search->key[0] ? "interaction_by_number"
		: q->result    ? "interaction_by_result"
			       : "interaction_by_start");
	if (search->key[0])
		text_add(sql, "i.number_key >= ?9 AND i.number_key < ?10 AND ");
	if (q->result)
		text_add(sql, "i.result = ?8 AND ");
	if (q->direction)
		text_add(sql, "i.direction = ?12 AND ");
	text_add(sql, WINDOW("i.started_ms", "i.id"));
	add_teams(sql, q);
	text_add(sql, " ORDER BY i.started_ms DESC, i.id DESC");
}

static int prepare_history(struct db *db, const struct store_history_query *q, const struct search *search,
	struct db_statement **ret_statement)
{
	_cleanup_text_ struct text sql = {0};

	text_add(&sql, search->pattern ? "SELECT " COLUMNS " FROM (SELECT i.id AS id" : "SELECT " COLUMNS);
	if (q->queue || q->agent)
		add_segments(&sql, q, search);
	else
		add_interactions(&sql, q, search);
	if (search->pattern)
		text_printf(&sql,
			" LIMIT %d) AS k CROSS JOIN interaction AS i ON i.id = k.id WHERE "
			"lower(i.name) LIKE lower(?11) ESCAPE '\\' OR "
			"lower(i.from_number) LIKE lower(?11) ESCAPE '\\' OR "
			"lower(i.to_number) LIKE lower(?11) ESCAPE '\\' "
			"ORDER BY i.started_ms DESC, i.id DESC",
			HISTORY_SCAN_MAX);
	text_add(&sql, " LIMIT ?13");
	return sql.failed ? -ENOMEM : db_prepare(db, sql.data, ret_statement);
}

/* Where the page before ended. A cursor that is no interaction any more starts at the top of nothing. */
static int read_cursor(struct db *db, uint64_t before, int64_t *ret_started)
{
	*ret_started = INT64_MAX;
	if (!before)
		return 0;
	int err = db_read_int(
		db, ret_started, "SELECT started_ms FROM interaction WHERE id = ?", 1, (int64_t)before);
	return err < 0 ? err : err == 1 ? 0 : STORE_NOT_FOUND;
}

static void bind_history(struct db_statement *st, const struct store_history_query *q,
	const struct search *search, int64_t started)
{
	char end[NUMBER_KEY_SIZE + 1];

	db_bind_int(st, 1, q->tenant ? (int64_t)q->tenant : 1);
	db_bind_int(st, 2, (int64_t)q->queue);
	db_bind_int(st, 3, (int64_t)q->agent);
	db_bind_int(st, 4, q->from_ms ? q->from_ms : INT64_MIN);
	db_bind_int(st, 5, q->to_ms ? q->to_ms : INT64_MAX);
	db_bind_int(st, 6, started);
	db_bind_int(st, 7, q->before ? (int64_t)q->before : INT64_MAX);
	db_bind_text(st, 8, q->result);
	str_printf(end, sizeof(end), "%s:", search->key); /* ':' follows '9' */
	db_bind_text(st, 9, search->key);
	db_bind_text(st, 10, end);
	db_bind_text(st, 11, search->pattern);
	db_bind_text(st, 12, q->direction);
	db_bind_int(st, 13, q->limit < 1 ? 50 : q->limit > HISTORY_LIMIT_MAX ? HISTORY_LIMIT_MAX : q->limit);
	if (!q->teams)
		return;
	db_bind_int(st, 14, (int64_t)q->or_agent);
	db_bind_text(st, 15, q->teams);
}

int store_history(struct store_reader *rd, const struct store_history_query *q, json_t **ret_rows)
{
	struct search search = {0};
	int64_t started;
	struct db_statement *st;
	int err = read_cursor(&rd->db, q->before, &started);

	if (err == STORE_NOT_FOUND) {
		*ret_rows = json_array();
		return *ret_rows ? 0 : -ENOMEM;
	}
	if (err == 0 && !str_is_blank(q->search))
		err = read_search(q->search, &search);
	if (err == 0)
		err = prepare_history(&rd->db, q, &search, &st);
	if (err == 0) {
		bind_history(st, q, &search, started);
		err = rows_of(&rd->db, st, columns, ret_rows);
	}
	alloc_free(search.pattern);
	return err;
}

int store_history_of_number(
	struct store_reader *rd, uint64_t tenant, const char *number, int limit, json_t **ret_rows)
{
	char key[NUMBER_KEY_SIZE], end[NUMBER_KEY_SIZE + 1];
	struct db_statement *st;

	number_key(number, key);
	bool is_long = strlen(key) >= NUMBER_TAIL;
	if (is_long)
		key[NUMBER_TAIL] = '\0';
	/* A long number is the same with any prefix; a short one (an extension) or a name only when it is
	 * equal. */
	int err = db_prepare(&rd->db,
		is_long ? "SELECT " COLUMNS " FROM interaction AS i INDEXED BY interaction_by_number WHERE "
			  "tenant = ?1 AND number_key >= ?2 AND number_key < ?3 "
			  "ORDER BY started_ms DESC, id DESC LIMIT ?4"
		: *key	? "SELECT " COLUMNS " FROM interaction AS i INDEXED BY interaction_by_number WHERE "
			  "tenant = ?1 AND number_key = ?2 AND ?3 <> '' "
			  "ORDER BY started_ms DESC, id DESC LIMIT ?4"
			: "SELECT " COLUMNS
			 " FROM interaction AS i WHERE tenant = ?1 AND ?2 <> ?3 AND 1 = 0 LIMIT ?4",
		&st);

	if (err < 0)
		return err;
	str_printf(end, sizeof(end), "%s:", key);
	db_bind_int(st, 1, tenant ? (int64_t)tenant : 1);
	db_bind_text(st, 2, key);
	db_bind_text(st, 3, end);
	db_bind_int(st, 4, limit < 0 ? 0 : limit > HISTORY_LIMIT_MAX ? HISTORY_LIMIT_MAX : limit);
	return rows_of(&rd->db, st, columns, ret_rows);
}

/* Rows that belong to one interaction. */
static int rows_of_interaction(
	struct db *db, const char *sql, uint64_t id, const struct column *c, json_t **ret_rows)
{
	struct db_statement *st;
	int err = db_prepare(db, sql, &st);

	if (err < 0)
		return err;
	db_bind_int(st, 1, (int64_t)id);
	return rows_of(db, st, c, ret_rows);
}

static int add_part(
	struct db *db, json_t *whole, const char *name, const char *sql, uint64_t id, const struct column *c)
{
	json_t *rows = NULL;
	int err = rows_of_interaction(db, sql, id, c, &rows);

	if (err == 0 && json_object_set_new(whole, name, rows) < 0)
		err = -ENOMEM;
	return err;
}

static const struct column segment_columns[] = {{"id", IS_ID}, {"queue", IS_ID}, {"agent", IS_ID},
	{"result", IS_TEXT}, {"queued_at", IS_TIME}, {"answered_at", IS_TIME}, {"ended_at", IS_TIME},
	{"reason", IS_TEXT}, {"wait_ms", IS_INT}, {"ring_ms", IS_INT}, {"talk_ms", IS_INT},
	{"hold_ms", IS_INT}, {"acw_ms", IS_INT}, {"holds", IS_INT}, {"disposition", IS_ID},
	{"notes", IS_TEXT}, {NULL, IS_ID}};
#define SEGMENT_SQL                                                                                          \
	"SELECT id, queue, agent, result, queued_ms, answered_ms, ended_ms, reason, wait_ms, ring_ms, "      \
	"talk_ms, "                                                                                          \
	"hold_ms, acw_ms, holds, disposition, notes FROM segment WHERE interaction = ? ORDER BY queued_ms, " \
	"id"

static const struct column recording_columns[] = {{"id", IS_ID}, {"interaction", IS_ID}, {"kind", IS_TEXT},
	{"path", IS_TEXT}, {"started_at", IS_TIME}, {"duration_ms", IS_INT}, {"bytes", IS_INT},
	{"reason", IS_TEXT}, {"queue", IS_ID}, {"format", IS_TEXT}, {"hash", IS_TEXT}, {"lost_ms", IS_INT},
	{"is_encrypted", IS_BOOL}, {"owner", IS_ID}, {"agent", IS_ID}, {"is_held", IS_BOOL},
	{"is_kept", IS_BOOL}, {"deleted_at", IS_TIME}, {"deleted_by", IS_ID}, {"deleted_reason", IS_TEXT},
	{"work_queue", IS_ID}, {"removed_at", IS_TIME}, {NULL, IS_ID}};
#define RECORDING_SQL                                                                                        \
	"SELECT r.id, r.interaction, r.kind, r.path, r.started_ms, r.duration_ms, r.bytes, r.reason, "       \
	"r.queue, "                                                                                          \
	"r.format, r.hash, coalesce(r.lost_ms, 0), coalesce(r.path LIKE '%.mkz', false), r.owner, i.agent, " \
	"coalesce(i.is_kept, 0) <> 0 OR coalesce(r.is_kept, 0) <> 0, coalesce(r.is_kept, 0), r.deleted_ms, " \
	"r.deleted_by, r.deleted_reason, r.work_queue, coalesce(r.removed_ms, 0) FROM recording AS r LEFT "  \
	"JOIN interaction AS i ON i.id = "                                                                   \
	"r.interaction "

static const struct column note_columns[] = {
	{"at", IS_TIME}, {"agent", IS_ID}, {"disposition", IS_ID}, {"text", IS_TEXT}, {NULL, IS_ID}};

struct timeline {
	struct store_reader *rd;
	json_t *list;
	int err;
};

static bool on_row(const struct log_row *event, void *arg)
{
	struct timeline *t = arg;
	struct arena arena = {0};
	struct event e;
	json_t *row = json_object();
	const char *name = event_name(event->type);

	t->err = log_decode(t->rd, event, &arena, &e);
	if (t->err == 0)
		t->err = jsonx_set_int(row, "seq", (int64_t)event->seq);
	if (t->err == 0)
		t->err = rows_set_time(row, "at", event->at_ms);
	if (t->err == 0)
		t->err = jsonx_set_text(row, "type", name ? name : "unknown");
	if (t->err == 0 && json_object_set_new(row, "data", event_data_to_json(&e)) < 0)
		t->err = -ENOMEM;
	arena_free(&arena);
	if (t->err == 0 && json_array_append(t->list, row) < 0)
		t->err = -ENOMEM;
	json_decref(row);
	return t->err == 0;
}

/* The interaction's events in readable form. */
static int add_events(struct store_reader *rd, uint64_t id, json_t *whole)
{
	_cleanup_json_ json_t *list = json_array();
	struct timeline t = {.rd = rd, .list = list};
	int err = list ? log_rows_of(rd, id, jsonx_int(whole, "started_at", 0), INTERACTION_EVENTS_MAX,
				 on_row, &t)
		       : -ENOMEM;

	if (err == 0)
		err = t.err;
	return err == 0 && json_object_set(whole, "events", list) < 0 ? -ENOMEM : err;
}

/* One row of "quality" from the figures of a leg.ended, as they were written. */
static json_t *quality_row(const json_t *data)
{
	const char *text = jsonx_text(data, "figures", "");
	_cleanup_json_ json_t *f = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	json_t *row = json_object();
	int64_t mos = jsonx_int(data, "mos_x100", 0), permille = jsonx_int(f, "lost_permille", 0);

	if (!row)
		return NULL;
	json_object_set(row, "leg", json_object_get(data, "leg"));
	json_object_set_new(row, "role", json_string(jsonx_text(data, "role", "")));
	json_object_set_new(row, "codec", json_string(jsonx_text(f, "codec", "")));
	json_object_set_new(row, "mos", mos ? json_real((double)mos / 100) : json_null());
	json_object_set_new(row, "lost_permille", json_integer(permille));
	json_object_set_new(row, "jitter_ms", json_integer(jsonx_int(f, "jitter_us", 0) / 1000));
	json_object_set_new(row, "rtt_ms", json_integer(jsonx_int(f, "rtt_us", 0) / 1000));
	json_object_set_new(row, "duration_ms", json_integer(jsonx_int(data, "duration_ms", 0)));
	return row;
}

/* What its legs sounded like, from the events read before. */
static int add_quality(json_t *whole)
{
	json_t *list = json_array(), *event;
	size_t i;

	json_array_foreach(json_object_get(whole, "events"), i,
		event) if (str_equal(jsonx_text(event, "type", ""), "leg.ended"))
		json_array_append_new(list, quality_row(json_object_get(event, "data")));
	return json_object_set_new(whole, "quality", list) < 0 ? -ENOMEM : 0;
}

static int add_messages(struct store_reader *rd, uint64_t tenant, uint64_t id, json_t *whole)
{
	json_t *rows = NULL;
	int err = store_messages(rd, tenant, id, 0, INTERACTION_MESSAGES_MAX, &rows);

	return err < 0 ? err : json_object_set_new(whole, "messages", rows) < 0 ? -ENOMEM : 0;
}

int store_interaction(struct store_reader *rd, uint64_t tenant, uint64_t id, json_t **ret_interaction)
{
	_cleanup_json_ json_t *whole = NULL;
	struct db_statement *st;
	int err = db_prepare(
		&rd->db, "SELECT " COLUMNS " FROM interaction AS i WHERE id = ? AND tenant = ?", &st);

	if (err < 0)
		return err;
	db_bind_int(st, 1, (int64_t)id);
	db_bind_int(st, 2, tenant ? (int64_t)tenant : 1);
	err = db_step(&rd->db, st);
	if (err != 1)
		return err < 0 ? err : STORE_NOT_FOUND;
	err = row_of(st, columns, &whole);
	db_reset(st);
	if (err == 0)
		err = add_part(&rd->db, whole, "segments", SEGMENT_SQL, id, segment_columns);
	if (err == 0)
		err = add_part(&rd->db, whole, "recordings",
			RECORDING_SQL "WHERE r.interaction = ? ORDER BY r.started_ms, r.id", id,
			recording_columns);
	if (err == 0)
		err = add_part(&rd->db, whole, "notes",
			"SELECT at_ms, agent, disposition, text FROM note WHERE interaction = ? ORDER BY seq",
			id, note_columns);
	if (err == 0)
		err = add_messages(rd, tenant, id, whole);
	if (err == 0)
		err = add_events(rd, id, whole);
	if (err == 0)
		err = add_quality(whole);
	if (err == 0)
		err = history_add_parties(whole);
	if (err == 0)
		*ret_interaction = json_incref(whole);
	return err;
}

int store_recording(struct store_reader *rd, uint64_t tenant, uint64_t id, json_t **ret_recording)
{
	struct db_statement *st;
	int err = db_prepare(&rd->db, RECORDING_SQL "WHERE r.id = ? AND r.tenant = ?", &st);

	if (err < 0)
		return err;
	db_bind_int(st, 1, (int64_t)id);
	db_bind_int(st, 2, tenant ? (int64_t)tenant : 1);
	err = db_step(&rd->db, st);
	if (err != 1)
		return err < 0 ? err : STORE_NOT_FOUND;
	err = row_of(st, recording_columns, ret_recording);
	db_reset(st);
	return err;
}

int store_open_interactions(struct store_reader *rd, json_t **ret_rows)
{
	_cleanup_json_ json_t *rows = NULL;
	struct db_statement *st;
	size_t i;
	json_t *row;
	int err = db_prepare(
		&rd->db, "SELECT " COLUMNS " FROM interaction AS i WHERE ended_ms IS NULL ORDER BY id", &st);

	if (err == 0)
		err = rows_of(&rd->db, st, columns, &rows);
	json_array_foreach(rows, i, row)
	{
		if (err == 0)
			err = add_part(
				&rd->db, row, "segments", SEGMENT_SQL, jsonx_id(row, "id"), segment_columns);
		if (err == 0)
			err = add_part(&rd->db, row, "recordings",
				RECORDING_SQL
				"WHERE r.interaction = ? AND r.duration_ms IS NULL ORDER BY r.id",
				jsonx_id(row, "id"), recording_columns);
	}
	if (err == 0)
		*ret_rows = json_incref(rows);
	return err;
}
