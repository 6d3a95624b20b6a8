/* Events in, history out: the log, the tables folded from it, and what people search for. */
#include "db/sqlite.h"
#include "store/pg_fixture.h"
#include "store/store_fixture.h"
#include "base/str.h"
#include "store/write/writer.h"

#include <errno.h>
#include <stdio.h>

#define T0 INT64_C(1764406800000)
#define WITH_STORE(f)                                                                                        \
	__attribute__((cleanup(fixture_remove))) struct fixture f;                                           \
	if (!fixture_open(&f))                                                                               \
	return

static bool append_all(struct fixture *f, const struct event *events, size_t n)
{
	uint64_t seq = 0;

	for (size_t i = 0; i < n; i++)
		seq = fixture_append(f, &events[i]);
	return fixture_wait(f, seq);
}
#define APPEND(f, ...)                                                                                       \
	({                                                                                                   \
		const struct event _events[] = {__VA_ARGS__};                                                \
		append_all(f, _events, sizeof(_events) / sizeof(_events[0]));                                \
	})

static struct event start(uint64_t id, int64_t at_ms, const char *from)
{
	return (struct event){.type = EVENT_INTERACTION_STARTED,
		.at_ms = at_ms,
		.tenant = 1,
		.interaction = id,
		.from = from,
		.to = "100",
		.reason = "inbound",
		.text = "voice"};
}

static struct event ended(uint64_t id, int64_t at_ms, const char *reason)
{
	return (struct event){.type = EVENT_INTERACTION_ENDED,
		.at_ms = at_ms,
		.tenant = 1,
		.interaction = id,
		.reason = reason,
		.duration_ms = 500};
}

static bool count_in_order(const struct event *e, void *arg)
{
	uint64_t *next = arg;

	if (e->seq != *next)
		return false;
	(*next)++;
	return e->seq != 7;
}

TEST(numbers_have_no_gap_and_go_on_after_a_restart)
{
	WITH_STORE(f);
	uint64_t next = 1, seq = 0;

	for (int i = 0; i < 5; i++) {
		struct event e = {
			.type = EVENT_SYSTEM_STARTED, .at_ms = T0 + i * INT64_C(1000), .text = "\u0646"};
		CHECK_INT(fixture_append(&f, &e), i + 1);
	}
	fixture_shut(&f);
	CHECK(fixture_reopen(&f));
	CHECK_INT(store_durable_seq(f.store), 5);
	for (int i = 5; i < 9; i++) {
		struct event e = {.type = EVENT_SYSTEM_STARTED, .at_ms = T0 + i * INT64_C(1000)};
		seq = fixture_append(&f, &e);
	}
	CHECK_INT(seq, 9);
	CHECK(fixture_wait(&f, 9));
	CHECK_INT(store_events(f.reader, 1, 100, count_in_order, &next), 0);
	CHECK_INT(next, 8); /* stopped by the handler at 7 */
	CHECK_INT(store_seq_at(f.reader, T0), 1);
	CHECK_INT(store_seq_at(f.reader, T0 + 3500), 5);
	CHECK_INT(store_seq_at(f.reader, T0 + 8000), 9);
	CHECK_INT(store_seq_at(f.reader, T0 + 8001), 0);
}

TEST(one_call_from_ring_to_wrap_up)
{
	WITH_STORE(f);
	_cleanup_json_ json_t *i = NULL, *rec = NULL;

	CHECK(APPEND(&f, start(10, T0, "+989123456789"),
		{.type = EVENT_FLOW_CHOSE,
			.at_ms = T0 + 10,
			.interaction = 10,
			.name = "menu",
			.text = "\u0641\u0631\u0648\u0634",
			.reason = "1"},
		{.type = EVENT_FLOW_CHOSE,
			.at_ms = T0 + 11,
			.interaction = 10,
			.name = "menu2",
			.reason = "**"},
		{.type = EVENT_SEGMENT_QUEUED,
			.at_ms = T0 + 20,
			.interaction = 10,
			.segment = 20,
			.queue = 30,
			.name = "Zahra"},
		{.type = EVENT_RECORDING_STARTED,
			.at_ms = T0 + 30,
			.interaction = 10,
			.ref = 50,
			.text = "a/b.wav"},
		{.type = EVENT_SEGMENT_ANSWERED,
			.at_ms = T0 + 40,
			.interaction = 10,
			.segment = 20,
			.queue = 30,
			.agent = 40,
			.wait_ms = 20,
			.ring_ms = 5},
		{.type = EVENT_SEGMENT_ENDED,
			.at_ms = T0 + 90,
			.interaction = 10,
			.segment = 20,
			.queue = 30,
			.agent = 40,
			.talk_ms = 45,
			.hold_ms = 5,
			.number = 1,
			.reason = "customer"},
		{.type = EVENT_RECORDING_ENDED,
			.at_ms = T0 + 90,
			.interaction = 10,
			.ref = 50,
			.duration_ms = 60,
			.number = 960},
		ended(10, T0 + 91, "customer_hung_up"),
		{.type = EVENT_WRAP_UP_ENDED,
			.at_ms = T0 + 99,
			.interaction = 10,
			.segment = 20,
			.queue = 30,
			.agent = 40,
			.acw_ms = 8,
			.ref = 60,
			.text = "notes"},
		{.type = EVENT_NOTE_WRITTEN,
			.at_ms = T0 + 100,
			.interaction = 10,
			.agent = 40,
			.text = "more"}));
	CHECK_INT(store_interaction(f.reader, 1, 10, &i), 0);
	CHECK_STR(jsonx_text(i, "result", NULL), "answered");
	CHECK_STR(jsonx_text(i, "reason", NULL), "customer_hung_up");
	CHECK_STR(jsonx_text(i, "name", NULL), "Zahra");
	CHECK_INT(jsonx_int(i, "started_at", 0), INT64_C(1764406800000));
	CHECK(jsonx_id(i, "queue") == 30 && jsonx_id(i, "agent") == 40 && jsonx_id(i, "disposition") == 60);
	CHECK(jsonx_int(i, "wait_ms", 0) == 20 && jsonx_int(i, "talk_ms", 0) == 45 &&
		jsonx_int(i, "hold_ms", 0) == 5);
	CHECK(jsonx_int(i, "acw_ms", 0) == 8 && jsonx_int(i, "duration_ms", 0) == 500 &&
		jsonx_bool(i, "has_recording", false));
	CHECK_STR(json_string_value(json_array_get(json_object_get(i, "chosen"), 0)),
		"\u0641\u0631\u0648\u0634");
	CHECK_STR(json_string_value(json_array_get(json_object_get(i, "chosen"), 1)), "**");
	CHECK_INT(json_array_size(json_object_get(i, "events")), 11);
	CHECK_STR(jsonx_text(json_array_get(json_object_get(i, "events"), 0), "type", NULL),
		"interaction.started");
	const json_t *segment = json_array_get(json_object_get(i, "segments"), 0);
	CHECK_STR(jsonx_text(segment, "notes", NULL), "notes");
	CHECK(jsonx_int(segment, "ring_ms", 0) == 5 && jsonx_int(segment, "holds", 0) == 1);
	CHECK_STR(jsonx_text(json_array_get(json_object_get(i, "notes"), 0), "text", NULL), "more");
	CHECK_INT(store_recording(f.reader, 1, 50, &rec), 0);
	CHECK_STR(jsonx_text(rec, "path", NULL), "a/b.wav");
	CHECK(jsonx_id(rec, "interaction") == 10 && jsonx_int(rec, "duration_ms", 0) == 60);
	CHECK_INT(store_recording(f.reader, 1, 51, &rec), STORE_NOT_FOUND);
	CHECK_INT(store_interaction(f.reader, 2, 10, &rec), STORE_NOT_FOUND);
}

static const char *result_of(struct fixture *f, uint64_t id, char *ret_result, size_t size)
{
	_cleanup_json_ json_t *i = NULL;

	ret_result[0] = '\0';
	if (store_interaction(f->reader, 1, id, &i) == 0)
		str_put(ret_result, size, jsonx_text(i, "result", "none"));
	return ret_result;
}

TEST(how_a_contact_went)
{
	WITH_STORE(f);
	char r[32];

	CHECK(APPEND(&f, start(1, T0, "1"), ended(1, T0 + 1, "flow_ended"), start(2, T0, "1"),
		{.type = EVENT_SEGMENT_QUEUED, .at_ms = T0, .interaction = 2, .segment = 2, .queue = 3},
		{.type = EVENT_SEGMENT_ABANDONED,
			.at_ms = T0,
			.interaction = 2,
			.segment = 2,
			.queue = 3,
			.wait_ms = 4},
		ended(2, T0 + 1, "customer_hung_up"), start(3, T0, "1"),
		{.type = EVENT_SEGMENT_QUEUED, .at_ms = T0, .interaction = 3, .segment = 3, .queue = 3},
		{.type = EVENT_SEGMENT_OVERFLOWED,
			.at_ms = T0,
			.interaction = 3,
			.segment = 3,
			.queue = 3,
			.wait_ms = 4},
		start(4, T0, "1"),
		{.type = EVENT_VOICEMAIL_LEFT,
			.at_ms = T0,
			.interaction = 4,
			.queue = 3,
			.ref = 70,
			.duration_ms = 9},
		start(5, T0, "1"),
		{.type = EVENT_SEGMENT_QUEUED, .at_ms = T0 + 5, .interaction = 5, .segment = 5, .queue = 3}));
	CHECK_STR(result_of(&f, 1, r, sizeof(r)), "ended_in_flow");
	CHECK_STR(result_of(&f, 2, r, sizeof(r)), "abandoned");
	CHECK_STR(result_of(&f, 3, r, sizeof(r)), "overflowed");
	CHECK_STR(result_of(&f, 4, r, sizeof(r)), "voicemail");
	/* What a crash left open is found, and closed by one event. */
	_cleanup_json_ json_t *open = NULL, *none = NULL, *five = NULL;
	CHECK_INT(store_open_interactions(f.reader, &open), 0);
	CHECK_INT(json_array_size(open), 3);
	CHECK_STR(jsonx_text(json_array_get(json_object_get(json_array_get(open, 2), "segments"), 0),
			  "result", NULL),
		"waiting");
	CHECK(APPEND(&f, ended(3, T0 + 9, "system_restart"), ended(4, T0 + 9, "system_restart"),
		ended(5, T0 + 9, "system_restart")));
	CHECK_INT(store_open_interactions(f.reader, &none), 0);
	CHECK_INT(json_array_size(none), 0);
	CHECK_STR(result_of(&f, 5, r, sizeof(r)), "abandoned");
	CHECK_INT(store_interaction(f.reader, 1, 5, &five), 0);
	CHECK_INT(jsonx_int(json_array_get(json_object_get(five, "segments"), 0), "wait_ms", -1), 4);
}

TEST(events_that_fit_nothing_do_not_stop_the_log)
{
	WITH_STORE(f);

	CHECK(APPEND(&f, {.type = EVENT_SEGMENT_QUEUED, .at_ms = T0},
		{.type = EVENT_SEGMENT_ANSWERED, .at_ms = T0, .segment = 5},
		{.type = EVENT_RECORDING_STARTED, .at_ms = T0},
		{.type = EVENT_VOICEMAIL_LEFT, .at_ms = T0, .interaction = 9},
		{.type = EVENT_NOTE_WRITTEN, .at_ms = T0},
		{.type = EVENT_INTERACTION_STARTED, .at_ms = T0, .interaction = 1},
		{.type = EVENT_INTERACTION_STARTED, .at_ms = T0, .interaction = 1, .from = "\xff\xfe"},
		{.type = EVENT_FLOW_CHOSE, .at_ms = T0, .interaction = 1},
		{.type = 12345, .at_ms = T0, .text = "future"}, ended(1, T0 - 5000, NULL)));
	CHECK_INT(store_durable_seq(f.store), 10);
}

/* --- looking for contacts
 * --------------------------------------------------------------------------------------------- */
static bool fill(struct fixture *f, int n)
{
	uint64_t seq = 0;
	char from[32], name[64];

	for (int i = 1; i <= n; i++) {
		uint64_t id = (uint64_t)i;
		snprintf(from, sizeof(from), "+98912%07d", i % 10);
		snprintf(name, sizeof(name), "\u0632\u0647\u0631\u0627 %d", i);
		struct event s = start(id, T0 + i / 2 * INT64_C(1000), from); /* two at the same moment */
		struct event q = {.type = EVENT_SEGMENT_QUEUED,
			.at_ms = s.at_ms,
			.interaction = id,
			.segment = id,
			.queue = 1 + i % 3,
			.name = name};
		struct event again = {.type = EVENT_SEGMENT_QUEUED,
			.at_ms = s.at_ms,
			.interaction = id,
			.segment = 1000 + id,
			.queue = 1 + i % 3};
		struct event a = {.type = EVENT_SEGMENT_ANSWERED,
			.at_ms = s.at_ms,
			.interaction = id,
			.segment = id,
			.queue = 1 + i % 3,
			.agent = 90 + i % 2};
		fixture_append(f, &s);
		fixture_append(f, &q);
		seq = fixture_append(f, &again);
		if (i % 5)
			seq = fixture_append(f, &a);
	}
	return fixture_wait(f, seq);
}

/* Pages through everything q finds; the number of rows, or -1 when one is doubled or out of order. */
static int page_through(struct fixture *f, struct store_history_query q)
{
	uint64_t last = UINT64_MAX;
	int n = 0;

	for (;;) {
		_cleanup_json_ json_t *rows = NULL;
		if (store_history(f->reader, &q, &rows) != 0)
			return -1;
		if (json_array_size(rows) == 0)
			return n;
		for (size_t i = 0; i < json_array_size(rows); i++, n++) {
			q.before = jsonx_id(json_array_get(rows, i), "id");
			if (q.before >= last)
				return -1;
			last = q.before;
		}
	}
}

TEST(history_is_found_by_queue_agent_number_time_and_name)
{
	WITH_STORE(f);
	_cleanup_json_ json_t *rows = NULL, *strangers = NULL;

	CHECK(fill(&f, 60));
	CHECK_INT(page_through(&f, (struct store_history_query){.limit = 7}), 60);
	CHECK_INT(page_through(&f, (struct store_history_query){.limit = 7, .queue = 1}), 20);
	CHECK_INT(page_through(&f, (struct store_history_query){.limit = 3, .agent = 90}), 24);
	CHECK_INT(page_through(&f, (struct store_history_query){.limit = 3, .agent = 90, .queue = 1}), 8);
	CHECK_INT(page_through(&f, (struct store_history_query){.limit = 4, .search = "09120000003"}), 6);
	CHECK_INT(page_through(
			  &f, (struct store_history_query){.limit = 4, .search = "\u06f0\u06f0\u06f0\u06f3"}),
		6);
	CHECK_INT(page_through(&f, (struct store_history_query){.limit = 4, .search = "\u0627 12"}), 1);
	CHECK_INT(page_through(&f, (struct store_history_query){.limit = 4, .search = "%"}), 0);
	CHECK_INT(
		page_through(&f, (struct store_history_query){.limit = 4, .search = "0003", .queue = 1}), 2);
	CHECK_INT(
		page_through(&f,
			(struct store_history_query){.limit = 9, .from_ms = T0 + 10000, .to_ms = T0 + 20000}),
		20);
	CHECK_INT(page_through(&f, (struct store_history_query){.limit = 9, .result = "answered"}), 48);
	CHECK_INT(page_through(&f,
			  (struct store_history_query){
				  .limit = 9, .result = "answered", .direction = "inbound", .search = "000"}),
		page_through(
			&f, (struct store_history_query){.limit = 9, .result = "answered", .search = "000"}));
	CHECK_INT(page_through(
			  &f, (struct store_history_query){.limit = 9, .direction = "inbound", .queue = 1}),
		page_through(&f, (struct store_history_query){.limit = 9, .queue = 1}));
	CHECK_INT(page_through(&f, (struct store_history_query){.limit = 9, .direction = "outbound"}), 0);
	CHECK_INT(page_through(
			  &f, (struct store_history_query){.limit = 9, .direction = "outbound", .queue = 1}),
		0);
	CHECK_INT(
		page_through(&f, (struct store_history_query){.limit = 9, .result = "answered", .queue = 1}),
		16);
	CHECK_INT(page_through(
			  &f, (struct store_history_query){.limit = 2, .search = "\u0632\u0647", .queue = 1}),
		20);
	CHECK_INT(page_through(&f, (struct store_history_query){.limit = 9, .tenant = 2}), 0);
	CHECK_INT(page_through(&f, (struct store_history_query){.limit = 9, .before = 999}), 0);
	CHECK_INT(store_history_of_number(f.reader, 1, "00989120000003", 4, &rows), 0);
	CHECK_INT(json_array_size(rows), 4);
	CHECK_INT(jsonx_id(json_array_get(rows, 0), "id"), 53);
	CHECK_INT(store_history_of_number(f.reader, 1, "anonymous", 4, &strangers), 0);
	CHECK_INT(json_array_size(strangers), 0);
}

/* Every shape of a history query, as it is really prepared: none sorts or walks a whole table. Those with a
 * name to look for sort what is left of a bounded number of rows. */
static int bad_plans;
static int on_statement(unsigned kind, void *arg, void *statement, void *unused)
{
	sqlite3_stmt *st;
	const char *sql = sqlite3_sql(statement);
	char text[4096];

	(void)unused;
	if (kind != SQLITE_TRACE_STMT || strncmp(sql, "SELECT", 6) != 0)
		return 0;
	snprintf(text, sizeof(text), "EXPLAIN QUERY PLAN %s", sql);
	if (sqlite3_prepare_v2(arg, text, -1, &st, NULL) != SQLITE_OK)
		bad_plans += 1000;
	while (sqlite3_step(st) == SQLITE_ROW) {
		const char *detail = (const char *)sqlite3_column_text(st, 3);
		bool is_bounded =
			strstr(sql, "LIKE") || strstr(sql, "number_key") || strstr(sql, "interaction = ?");
		/* Walking a partial index is what it is for. */
		bool walks = strstr(detail, "SCAN") && !strstr(detail, "USING") && !strstr(detail, "SCAN k");
		if (walks || (strstr(detail, "TEMP B-TREE") && !is_bounded)) {
			printf("# %s: %s\n", detail, sql);
			bad_plans++;
		}
	}
	sqlite3_finalize(st);
	return 0;
}

/* Every shape of a question for history, once. */
static bool ask_everything(struct fixture *f)
{
	static const char *const results[] = {NULL, "voicemail"}, *const searches[] = {NULL, "0912000", "za"};
	_cleanup_json_ json_t *open = NULL, *one = NULL, *of_number = NULL;
	int err = 0;

	for (int i = 0; i < 48 && err == 0; i++) {
		struct store_history_query q = {.queue = i & 1,
			.agent = i & 2 ? 90 : 0,
			.result = results[i / 4 % 2],
			.search = searches[i / 8 % 3],
			.before = i < 24 ? 9 : 0};
		_cleanup_json_ json_t *rows = NULL;
		err = store_history(f->reader, &q, &rows);
	}
	return err == 0 && store_open_interactions(f->reader, &open) == 0 &&
	       store_interaction(f->reader, 1, 5, &one) == 0 &&
	       store_history_of_number(f->reader, 1, "+989120000003", 5, &of_number) == 0;
}

static void check_file_plans(struct fixture *f)
{
	sqlite3 *second;
	char path[300];

	snprintf(path, sizeof(path), "%s/markaz.db", f->directory);
	CHECK_INT(sqlite3_open(path, &second), SQLITE_OK);
	bad_plans = 0;
	sqlite3_trace_v2(sqlite_handle(&f->reader->db), SQLITE_TRACE_STMT, on_statement, second);
	bool is_answered = ask_everything(f);
	sqlite3_close(second);
	CHECK(is_answered);
	CHECK_INT(bad_plans, 0);
}

/* A server has statistics, and needs rows to have some: a month of a middling centre. */
static const char many_rows[] =
	"INSERT INTO interaction (id, tenant, channel, direction, from_number, to_number, name, number_key, "
	"started_ms, "
	"ended_ms, result) SELECT 100000 + i, 1, 'voice', 'inbound', '+98912' || (1000000 + i % 5000), "
	"'100', "
	"'name ' || i, "
	"reverse('98912' || (1000000 + i % 5000)), 1764406800000 + i * 1000, 1764406800000 + i * 1000 + 500, "
	"CASE WHEN i % "
	"100 = 0 THEN 'voicemail' ELSE 'answered' END FROM generate_series(1, 30000) AS i;"
	"INSERT INTO segment (id, tenant, interaction, interaction_started_ms, queue, agent, result, "
	"queued_ms) SELECT 100000 "
	"+ i, 1, 100000 + i, 1764406800000 + i * 1000, 1 + i % 20, 90 + i % 200, 'answered', 1764406800000 + "
	"i "
	"* 1000 FROM "
	"generate_series(1, 30000) AS i;"
	"INSERT INTO event (seq, at_ms, type, interaction, data) SELECT 1000 + i, 1, 1, 100000 + i / 10, "
	"'{}' "
	"FROM "
	"generate_series(1, 30000) AS i;"
	"ANALYZE";

/* Lines of the server's log that say so of a table that grows. */
static int walks_in(const char *path)
{
	static const char *const tables[] = {
		"Seq Scan on interaction", "Seq Scan on segment", "Seq Scan on event_0"};
	char line[1000];
	FILE *log = fopen(path, "r");
	int n = log ? 0 : -1, plans = 0;
	bool is_search = false; /* for a part of a name: through as many rows as a bound allows */

	while (log && fgets(line, sizeof(line), log)) {
		bool begins = strstr(line, "plan:") != NULL;
		plans += begins;
		is_search = !begins && (is_search || strstr(line, "LIKE"));
		for (int i = 0; i < 3; i++)
			if (strstr(line, tables[i]) && !is_search) {
				printf("# %s", line);
				n++;
			}
	}
	if (log)
		fclose(log);
	return plans >= 20 ? n : -2;
}

static void check_server_plans(struct fixture *f)
{
	char path[300];

	CHECK_INT(fixture_exec(f, many_rows), 0);
	CHECK_INT(db_exec(&f->reader->db, "LOAD 'auto_explain'; SET log_min_messages = log; "
					  "SET auto_explain.log_min_duration = 0"),
		0);
	CHECK(ask_everything(f));
	snprintf(path, sizeof(path), "%s/log", pg_fixture_directory());
	CHECK_INT(walks_in(path), 0);
}

TEST(history_uses_its_indexes)
{
	WITH_STORE(f);

	CHECK(fill(&f, 10));
	if (fixture_is_postgres())
		check_server_plans(&f);
	else
		check_file_plans(&f);
}

/* --- who was in a call
 * ----------------------------------------------------------------------------------------------------------
 */

TEST(parties_of_a_call)
{
	WITH_STORE(f);
	static const struct event events[] = {
		{.type = EVENT_INTERACTION_STARTED,
			.at_ms = T0,
			.interaction = 7,
			.from = "100",
			.name = "Mia",
			.text = "voice",
			.reason = "inbound"},
		{.type = EVENT_SEGMENT_QUEUED, .at_ms = T0 + 1, .interaction = 7, .segment = 8, .queue = 9},
		{.type = EVENT_SEGMENT_ANSWERED,
			.at_ms = T0 + 2,
			.interaction = 7,
			.segment = 8,
			.queue = 9,
			.agent = 20},
		{.type = EVENT_PARTY_JOINED,
			.at_ms = T0 + 3,
			.interaction = 7,
			.ref = 30,
			.agent = 21,
			.reason = "consulted"},
		{.type = EVENT_PARTY_JOINED,
			.at_ms = T0 + 4,
			.interaction = 7,
			.ref = 31,
			.to = "555",
			.reason = "consulted"},
		{.type = EVENT_PARTY_JOINED,
			.at_ms = T0 + 5,
			.interaction = 7,
			.ref = 32,
			.agent = 22,
			.reason = "supervisor"},
		{.type = EVENT_PARTY_LEFT, .at_ms = T0 + 6, .interaction = 7, .ref = 31, .reason = "busy"},
		{.type = EVENT_SEGMENT_ENDED,
			.at_ms = T0 + 7,
			.interaction = 7,
			.segment = 8,
			.queue = 9,
			.agent = 20,
			.reason = "transfer"},
	};
	static const struct {
		const char *role, *reason, *number;
		bool has_left;
	} want[] = {{"customer", NULL, "100", false}, {"agent", "transfer", NULL, true},
		{"agent", "consulted", NULL, false}, {"outside", "busy", "555", true},
		{"supervisor", "supervisor", NULL, false}};
	_cleanup_json_ json_t *whole = NULL;
	struct store_reader *rd;

	CHECK(append_all(&f, events, sizeof(events) / sizeof(events[0])));
	CHECK_INT(store_reader_open(&rd, f.directory), 0);
	int err = store_interaction(rd, 1, 7, &whole);
	store_reader_close(rd);
	CHECK_INT(err, 0);
	const json_t *list = json_object_get(whole, "parties");
	CHECK_INT(json_array_size(list), 5);
	for (size_t i = 0; i < 5; i++) {
		const json_t *p = json_array_get(list, i);
		CHECK_STR(jsonx_text(p, "role", ""), want[i].role);
		CHECK_INT(json_is_integer(json_object_get(p, "left_at")), want[i].has_left);
		if (want[i].has_left)
			CHECK_STR(jsonx_text(p, "reason", ""), want[i].reason);
		if (want[i].number)
			CHECK_STR(jsonx_text(p, "number", ""), want[i].number);
	}
}
