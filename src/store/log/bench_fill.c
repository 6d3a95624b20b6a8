/* Fills the log of a data directory with the calls of a year, quickly, so that starts of an old centre can be
 * measured: the database makes the rows itself, without a fsync. Nobody else may have it open.
 *
 * usage: bench_fill DIRECTORY EVENTS [WAITING QUEUE]
 *
 * EVENTS: events of answered calls, as the centre writes them (14 a call), ending now. WAITING: chats that
 * wait in queue QUEUE, opened during the last minutes and never answered. */
#include "base/clock.h"
#include "base/id.h"
#include "base/str.h"
#include "db/db.h"
#include "store/where.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PER_CALL 14
#define CALLS_AT_ONCE 50000
#define CALL_SPAN_MS (365 * INT64_C(86400000))
#define FIRST_ID (INT64_C(1) << 40)

/* ?1 first seq, ?2 first call, ?3 calls, ?4 ms of the first, ?5 ms from call to call. Numbers: c the call, k
 * which of its events. What a call's event says depends on k alone, and on c for the ids. */
static const char events_sql[] =
	"WITH RECURSIVE c(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM c WHERE n + 1 < ?3), "
	"k(k) AS (SELECT 0 UNION ALL SELECT k + 1 FROM k WHERE k < 13) "
	"INSERT INTO event (seq, at_ms, type, interaction, data) SELECT ?1 + n * 14 + k, ?4 + n * ?5 + k * "
	"9000, "
	"CASE k WHEN 0 THEN 10 WHEN 1 THEN 11 WHEN 2 THEN 20 WHEN 3 THEN 22 WHEN 4 THEN 40 WHEN 5 THEN 23 "
	"WHEN 6 "
	"THEN 24 WHEN 7 THEN 40 WHEN 8 THEN 29 WHEN 9 THEN 15 WHEN 10 THEN 30 WHEN 11 THEN 40 WHEN 12 THEN "
	"31 ELSE "
	"40 END, "
	"CASE WHEN k IN (4, 7, 11, 13) THEN 0 ELSE ?2 + n END, "
	"CASE k "
	"WHEN 0 THEN '{\"t\":1,\"i\":' || (?2 + n) || ',\"r\":77,\"y\":\"inbound\",\"f\":\"+98912' || "
	"(1000000 + (?2 + "
	"n) % 8999999) || '\",\"o\":\"1000\",\"x\":\"voice\"}' "
	"WHEN 1 THEN '{\"t\":1,\"i\":' || (?2 + n) || ',\"r\":31,\"v\":3}' "
	"WHEN 2 THEN '{\"t\":1,\"i\":' || (?2 + n) || ',\"s\":' || (?2 * 2 + n) || ',\"q\":' || (500 + n % "
	"20) || '}' "
	"WHEN 3 THEN '{\"t\":1,\"i\":' || (?2 + n) || ',\"s\":' || (?2 * 2 + n) || ',\"q\":' || (500 + n % "
	"20) || "
	"',\"a\":' || (9000 + n % 400) || ',\"v\":' || n || '}' "
	"WHEN 5 THEN '{\"t\":1,\"i\":' || (?2 + n) || ',\"s\":' || (?2 * 2 + n) || ',\"q\":' || (500 + n % "
	"20) || "
	"',\"a\":' || (9000 + n % 400) || ',\"g\":4000,\"y\":\"answered\"}' "
	"WHEN 6 THEN '{\"t\":1,\"i\":' || (?2 + n) || ',\"s\":' || (?2 * 2 + n) || ',\"q\":' || (500 + n % "
	"20) || "
	"',\"a\":' || (9000 + n % 400) || ',\"w\":' || (1000 + n % 60000) || ',\"g\":4000}' "
	"WHEN 8 THEN '{\"t\":1,\"i\":' || (?2 + n) || ',\"s\":' || (?2 * 2 + n) || ',\"q\":' || (500 + n % "
	"20) || "
	"',\"a\":' || (9000 + n % 400) || ',\"k\":' || (20000 + n % 300000) || ',\"y\":\"customer\"}' "
	"WHEN 9 THEN '{\"t\":1,\"i\":' || (?2 + n) || ',\"d\":240000,\"y\":\"customer_hung_up\"}' "
	"WHEN 10 THEN '{\"t\":1,\"i\":' || (?2 + n) || ',\"s\":' || (?2 * 2 + n) || ',\"q\":' || (500 + n % "
	"20) || "
	"',\"a\":' || (9000 + n % 400) || ',\"d\":30000}' "
	"WHEN 12 THEN '{\"t\":1,\"i\":' || (?2 + n) || ',\"s\":' || (?2 * 2 + n) || ',\"q\":' || (500 + n % "
	"20) || "
	"',\"a\":' || (9000 + n % 400) || ',\"c\":9000,\"y\":\"done\"}' "
	"ELSE '{\"t\":1,\"a\":' || (9000 + n % 400) || ',\"d\":9000,\"y\":\"' || CASE k WHEN 4 THEN "
	"'ringing' WHEN 7 "
	"THEN 'talking' WHEN 11 THEN 'wrap_up' ELSE 'ready' END || '\",\"m\":\"ready\"}' END "
	"FROM c, k ORDER BY n, k";
/* The folded tables of the same calls: ?1 first call, ?2 calls, ?3, ?4 as above. */
static const char interactions_sql[] =
	"WITH RECURSIVE c(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM c WHERE n + 1 < ?2) "
	"INSERT INTO interaction (id, tenant, channel, direction, from_number, to_number, number_key, "
	"started_ms, "
	"ended_ms, reason, duration_ms, result, queue, agent, wait_ms, talk_ms) "
	"SELECT ?1 + n, 1, 'voice', 'inbound', '+98912' || (1000000 + (?1 + n) % 8999999), '1000', "
	"CAST(1000000 + (?1 + n) % 8999999 AS TEXT), ?3 + n * ?4, ?3 + n * ?4 + 240000, 'customer_hung_up', "
	"240000, "
	"'answered', 500 + n % 20, 9000 + n % 400, 1000 + n % 60000, 20000 + n % 300000 FROM c";
static const char segments_sql[] =
	"WITH RECURSIVE c(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM c WHERE n + 1 < ?2) "
	"INSERT INTO segment (id, interaction, interaction_started_ms, queue, agent, result, queued_ms, "
	"answered_ms, "
	"ended_ms, wait_ms, talk_ms) SELECT ?1 * 2 + n, ?1 + n, ?3 + n * ?4, 500 + n % 20, 9000 + n % 400, "
	"'answered', "
	"?3 + n * ?4, ?3 + n * ?4, ?3 + n * ?4 + 240000, 1000 + n % 60000, 20000 + n % 300000 FROM c";
/* ?1 first seq, ?2 first contact, ?3 contacts, ?4 ms of the first, ?5 queue */
static const char waiting_events_sql[] =
	"WITH RECURSIVE c(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM c WHERE n + 1 < ?3), k(k) AS (VALUES "
	"(0), (1)) "
	"INSERT INTO event (seq, at_ms, type, interaction, data) SELECT ?1 + n * 2 + k, ?4 + n, CASE k WHEN "
	"0 THEN 10 "
	"ELSE 20 END, ?2 + n, CASE k WHEN 0 THEN '{\"t\":1,\"i\":' || (?2 + n) || "
	"',\"y\":\"inbound\",\"f\":\"visitor-' || n || '\",\"m\":\"Visitor ' || n || '\",\"x\":\"chat\"}' "
	"ELSE '{\"t\":1,\"i\":' || (?2 + n) || ',\"s\":' || (?2 * 2 + n) || ',\"q\":' || ?5 || '}' END "
	"FROM c, k ORDER BY n, k";
static const char waiting_rows_sql[] =
	"WITH RECURSIVE c(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM c WHERE n + 1 < ?2) "
	"INSERT INTO interaction (id, tenant, channel, direction, from_number, name, started_ms, queue) "
	"SELECT ?1 + n, 1, 'chat', 'inbound', 'visitor-' || n, 'Visitor ' || n, ?3 + n, ?4 FROM c";
static const char waiting_segments_sql[] =
	"WITH RECURSIVE c(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM c WHERE n + 1 < ?2) "
	"INSERT INTO segment (id, interaction, interaction_started_ms, queue, queued_ms) "
	"SELECT ?1 * 2 + n, ?1 + n, ?3 + n, ?4, ?3 + n FROM c";

static int run(struct db *db, const char *sql, const int64_t *values, int n)
{
	struct db_statement *st;
	int err = db_prepare(db, sql, &st);

	for (int i = 0; err == 0 && i < n; i++)
		db_bind_int(st, i + 1, values[i]);
	return err < 0 ? err : db_run(db, st);
}
#define RUN(db, sql, ...)                                                                                    \
	run(db, sql, (const int64_t[]){__VA_ARGS__},                                                         \
		(int)(sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t)))

/* One transaction of calls. */
static int fill_calls(struct db *db, int64_t seq, int64_t call, int64_t n, int64_t from_ms, int64_t step_ms)
{
	int err = db_begin(db);

	if (err == 0)
		err = RUN(db, events_sql, seq, FIRST_ID + call, n, from_ms + call * step_ms, step_ms);
	if (err == 0)
		err = RUN(db, interactions_sql, FIRST_ID + call, n, from_ms + call * step_ms, step_ms);
	if (err == 0)
		err = RUN(db, segments_sql, FIRST_ID + call, n, from_ms + call * step_ms, step_ms);
	return err < 0 ? err : db_commit(db);
}

static int fill_waiting(struct db *db, int64_t seq, int64_t n, int64_t queue, int64_t from_ms)
{
	int64_t first = FIRST_ID * 2;
	int err = db_begin(db);

	if (err == 0)
		err = RUN(db, waiting_events_sql, seq, first, n, from_ms, queue);
	if (err == 0)
		err = RUN(db, waiting_rows_sql, first, n, from_ms, queue);
	if (err == 0)
		err = RUN(db, waiting_segments_sql, first, n, from_ms, queue);
	return err < 0 ? err : db_commit(db);
}

static int fill(struct db *db, int64_t events, int64_t waiting, int64_t queue)
{
	int64_t calls = events / PER_CALL, step_ms = calls ? CALL_SPAN_MS / calls : 0, last = 0;
	int64_t now = clock_wall_ms(), from_ms = now - CALL_SPAN_MS - 3600000;
	int err = db_read_int(db, &last, "SELECT coalesce(max(seq), 0) FROM event", 0);

	/* Time goes on through the whole log. */
	if (err >= 0 && calls)
		err = db_run_ints(db, "UPDATE event SET at_ms = ?", 1, from_ms);
	for (int64_t call = 0; err >= 0 && call < calls; call += CALLS_AT_ONCE) {
		int64_t n = calls - call < CALLS_AT_ONCE ? calls - call : CALLS_AT_ONCE;
		err = fill_calls(db, last + 1, call, n, from_ms, step_ms);
		last += n * PER_CALL;
		if (call / CALLS_AT_ONCE % 10 == 0)
			fprintf(stderr, "bench_fill: %" PRId64 " of %" PRId64 " events\n", last, events);
	}
	if (err >= 0 && waiting)
		err = fill_waiting(db, last + 1, waiting, queue, now - 600000);
	return err < 0 ? err : 0;
}

int main(int argc, char **argv)
{
	char where[STORE_WHERE_MAX];
	int64_t events = 0, waiting = 0;
	uint64_t queue = 0;
	struct db db;

	if (argc < 3 || str_to_int(argv[2], 0, INT64_MAX, &events) < 0 ||
		(argc > 4 &&
			(str_to_int(argv[3], 0, INT64_MAX, &waiting) < 0 || id_parse(argv[4], &queue) < 0))) {
		fprintf(stderr, "usage: bench_fill DIRECTORY EVENTS [WAITING QUEUE]\n");
		return 2;
	}
	int err = store_where(argv[1], where);
	if (err == 0)
		err = db_open(&db, where, DB_WRITE);
	if (err < 0) {
		fprintf(stderr, "bench_fill: %s: %s\n", argv[1], strerror(-err));
		return 1;
	}
	err = db_exec(&db, db_is_postgres(&db) ? "SET synchronous_commit = off" : "PRAGMA synchronous = OFF");
	if (err == 0)
		err = fill(&db, events, waiting, (int64_t)queue);
	if (err == 0 && !db_is_postgres(&db))
		err = db_exec(&db, "PRAGMA wal_checkpoint(TRUNCATE)");
	if (err < 0)
		fprintf(stderr, "bench_fill: %s: %s\n", strerror(-err), db.message);
	db_close(&db);
	return err < 0;
}
