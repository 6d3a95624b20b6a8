/* PostgreSQL behind db.h: the same words, the same answers, the same errors as SQLite gives; and what only a
 * server can do to its clients. */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/str.h"
#include "db/db.h"
#include "harness/test.h"
#include "store/pg_fixture.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void shut(struct db *db)
{
	db_close(db);
}
#define WITH_SERVER(db, url)                                                                                 \
	char url[PG_FIXTURE_URL_MAX];                                                                        \
	__attribute__((cleanup(shut))) struct db db = {0};                                                   \
	if (!pg_fixture_database(url))                                                                       \
		return;                                                                                      \
	CHECK_INT(db_open(&db, url, DB_WRITE), 0)
#define WITH_READER(reader, url)                                                                             \
	__attribute__((cleanup(shut))) struct db reader = {0};                                               \
	CHECK_INT(db_open(&reader, url, DB_READ), 0)

static int64_t number(struct db *db, const char *sql)
{
	int64_t v = -1;

	db_read_int(db, &v, sql, 0);
	return v;
}

TEST(values_come_back_as_they_went_in)
{
	WITH_SERVER(db, url);
	struct db_statement *st;
	unsigned char bytes[256];

	for (int i = 0; i < 256; i++)
		bytes[i] = (unsigned char)i;
	CHECK_INT(db_exec(&db, "CREATE TABLE t (id BIGINT PRIMARY KEY, n BIGINT, s TEXT, b BYTEA)"), 0);
	CHECK_INT(db_prepare(&db, "INSERT INTO t (id, n, s, b) VALUES (?, ?, ?, ?)", &st), 0);
	db_bind_int(st, 1, 1);
	db_bind_int(st, 2, INT64_MIN);
	db_bind_text(st, 3, "it's \xd9\x85\xd8\xb1\xda\xa9\xd8\xb2 \\ \"?\"");
	db_bind_blob(st, 4, bytes, sizeof(bytes));
	CHECK_INT(db_run(&db, st), 0);
	CHECK_INT(db_changes(&db), 1);
	CHECK_INT(db_prepare(&db, "INSERT INTO t (id, n, s, b) VALUES (?, ?, ?, ?)", &st), 0);
	db_bind_int(st, 1, 2); /* the others: NULL */
	CHECK_INT(db_run(&db, st), 0);
	CHECK_INT(db_prepare(&db, "INSERT INTO t (id, n, s, b) VALUES (?, ?, ?, ?)", &st), 0);
	db_bind_int(st, 1, 3);
	db_bind_int_null(st, 2);
	db_bind_text(st, 3, "");
	db_bind_blob(st, 4, "", 0);
	CHECK_INT(db_run(&db, st), 0);
	CHECK_INT(db_prepare(&db, "SELECT n, s, b, n < 0 FROM t ORDER BY id", &st), 0);
	CHECK_INT(db_step(&db, st), 1);
	CHECK(db_int(st, 0) == INT64_MIN && db_int(st, 3) == 1);
	CHECK_STR(db_text(st, 1), "it's \xd9\x85\xd8\xb1\xda\xa9\xd8\xb2 \\ \"?\"");
	CHECK(memcmp(db_blob(st, 2), bytes, sizeof(bytes)) == 0 && db_bytes(st, 2) == sizeof(bytes));
	CHECK(memcmp(db_blob(st, 2), bytes, sizeof(bytes)) == 0 && db_bytes(st, 1) == strlen(db_text(st, 1)));
	CHECK_INT(db_step(&db, st), 1);
	CHECK(db_is_null(st, 0) && db_is_null(st, 1) && db_is_null(st, 2) && db_int(st, 0) == 0);
	CHECK(db_text(st, 1) == NULL && db_blob(st, 2) == NULL && db_bytes(st, 2) == 0);
	CHECK_INT(db_step(&db, st), 1);
	CHECK(db_is_null(st, 0) && !db_is_null(st, 1) && !db_is_null(st, 2) && db_bytes(st, 2) == 0);
	CHECK_INT(db_step(&db, st), 0);
}

/* What no database keeps in a text must not stop the log. */
TEST(a_text_that_is_none_is_kept_as_well_as_it_can_be)
{
	WITH_SERVER(db, url);
	struct db_statement *st;

	CHECK_INT(db_exec(&db, "CREATE TABLE t (s TEXT)"), 0);
	CHECK_INT(db_prepare(&db, "INSERT INTO t (s) VALUES (?)", &st), 0);
	db_bind_text_n(st, 1, "a\0b\xff\xd9\x85\xe2\x82", 8);
	CHECK_INT(db_run(&db, st), 0);
	CHECK_INT(db_prepare(&db, "SELECT s FROM t", &st), 0);
	CHECK_INT(db_step(&db, st), 1);
	CHECK_STR(db_text(st, 0), "a\xef\xbf\xbd"
				  "b\xef\xbf\xbd\xd9\x85\xef\xbf\xbd\xef\xbf\xbd");
	db_reset(st);
}

TEST(statements_may_be_stepped_in_turn)
{
	WITH_SERVER(db, url);
	struct db_statement *outer, *inner;
	int64_t sum = 0;

	CHECK_INT(db_prepare(&db, "SELECT g FROM generate_series(1, 1000) AS g", &outer), 0);
	while (db_step(&db, outer) == 1) {
		CHECK_INT(db_prepare(&db, "SELECT h * ?1 FROM generate_series(1, 3) AS h", &inner), 0);
		db_bind_int(inner, 1, db_int(outer, 0));
		while (db_step(&db, inner) == 1)
			sum += db_int(inner, 0);
	}
	CHECK_INT(sum, 6 * 500500);
	/* Left in the middle. */
	CHECK_INT(db_prepare(&db, "SELECT g FROM generate_series(1, 1000) AS g", &outer), 0);
	CHECK_INT(db_step(&db, outer), 1);
	db_reset(outer);
	CHECK_INT(number(&db, "SELECT 7"), 7);
}

TEST(names_numbers_and_kinds_of_parameters)
{
	WITH_SERVER(db, url);
	struct db_statement *st;

	CHECK_INT(db_exec(&db, "CREATE TABLE t (a BIGINT, b TEXT, c BIGINT); CREATE INDEX by_a ON t (a)"), 0);
	CHECK_INT(
		db_prepare(&db, "INSERT INTO t (a, b, c) SELECT :at, :name, :at WHERE :at IS NOT NULL", &st),
		0);
	CHECK_INT(db_parameters(st), 2);
	CHECK_STR(db_parameter(st, 2), ":name");
	db_bind_int(st, 1, 5);
	db_bind_text(st, 2, NULL);
	CHECK_INT(db_run(&db, st), 0);
	/* Hints go; gaps, doubles and what the statement does not name are fine. */
	CHECK_INT(
		db_prepare(&db,
			"SELECT t.a FROM t INDEXED BY by_a CROSS JOIN t AS u ON u.a = t.a -- ? :x\n"
			"WHERE t.a = ?3 AND t.c = ?3 AND (t.b IS NULL OR t.b = ?5) AND '?' <> ':x' LIMIT ?6",
			&st),
		0);
	db_bind_int(st, 1, 1);
	db_bind_int(st, 3, 5);
	db_bind_text(st, 5, "x");
	db_bind_int(st, 6, 10);
	db_bind_int(st, 9, 10);
	CHECK_INT(db_step(&db, st), 1);
	CHECK_INT(db_int(st, 0), 5);
	db_reset(st);
	/* The kind of a parameter may change from run to run. */
	for (int i = 0; i < 4; i++) {
		CHECK_INT(db_prepare(&db, "SELECT count(*) FROM t WHERE CAST(?1 AS TEXT) = '5'", &st), 0);
		if (i % 2)
			db_bind_int(st, 1, 5);
		else
			db_bind_text(st, 1, "5");
		CHECK_INT(db_step(&db, st), 1);
		CHECK_INT(db_int(st, 0), 1);
		db_reset(st);
	}
}

TEST(failures_have_their_numbers_and_end_nothing_else)
{
	WITH_SERVER(db, url);

	CHECK_INT(db_exec(&db, "CREATE TABLE t (a BIGINT PRIMARY KEY)"), 0);
	CHECK_INT(db_run_ints(&db, "INSERT INTO t VALUES (?)", 1, INT64_C(1)), 0);
	CHECK_INT(db_run_ints(&db, "INSERT INTO t VALUES (?)", 1, INT64_C(1)), -EEXIST);
	CHECK(strstr(db.message, "duplicate key"));
	CHECK_INT(db_error(&db), -EEXIST);
	CHECK_INT(db_exec(&db, "SELEKT"), -EIO);
	CHECK_INT(db_run_ints(&db, "SELECT 1 / ?", 1, INT64_C(0)), -EINVAL);
	CHECK_INT(number(&db, "SELECT count(*) FROM t"), 1);
	/* Within a transaction: nothing of it remains, and the commit says so. */
	CHECK_INT(db_begin(&db), 0);
	CHECK_INT(db_run_ints(&db, "INSERT INTO t VALUES (?)", 1, INT64_C(2)), 0);
	CHECK_INT(db_run_ints(&db, "INSERT INTO t VALUES (?)", 1, INT64_C(2)), -EEXIST);
	CHECK(db_in_transaction(&db));
	CHECK_INT(db_commit(&db), -EEXIST);
	CHECK_INT(db_rollback(&db), 0);
	CHECK(!db_in_transaction(&db));
	CHECK_INT(number(&db, "SELECT count(*) FROM t"), 1);
	/* A savepoint limits the loss. */
	CHECK_INT(db_begin(&db), 0);
	CHECK_INT(db_run_ints(&db, "INSERT INTO t VALUES (?)", 1, INT64_C(3)), 0);
	CHECK_INT(db_exec(&db, "SAVEPOINT request"), 0);
	CHECK_INT(db_run_ints(&db, "INSERT INTO t VALUES (?)", 1, INT64_C(3)), -EEXIST);
	CHECK_INT(db_exec(&db, "ROLLBACK TO request; RELEASE request"), 0);
	CHECK_INT(db_commit(&db), 0);
	CHECK_INT(number(&db, "SELECT count(*) FROM t"), 2);
}

TEST(later_statements_fail_at_the_commit_at_the_latest)
{
	WITH_SERVER(db, url);
	WITH_READER(reader, url);
	struct db_statement *st;

	CHECK_INT(db_exec(&db, "CREATE TABLE t (a BIGINT PRIMARY KEY, b TEXT)"), 0);
	for (int round = 0; round < 3; round++) {
		CHECK_INT(db_begin(&db), 0);
		for (int i = 0; i < 5000; i++) {
			CHECK_INT(db_prepare(&db, "INSERT INTO t VALUES (?, ?)", &st), 0);
			db_bind_int(st, 1, round == 1 && i == 2500 ? 1 : round * 10000 + i);
			db_bind_text(
				st, 2, "some text of an event that takes some room on its way to the server");
			int err = db_run_later(&db, st);
			CHECK(err == 0 || (round == 1 && i > 2500 && err == -EEXIST));
			if (err < 0)
				break;
		}
		CHECK(db_in_transaction(&db));
		CHECK_INT(db_commit(&db), round == 1 ? -EEXIST : 0);
		CHECK_INT(db_rollback(&db), 0);
	}
	CHECK_INT(number(&reader, "SELECT count(*) FROM t"), 10000);
	/* An empty transaction is one, too. */
	CHECK_INT(db_begin(&db), 0);
	CHECK(db_in_transaction(&db));
	CHECK_INT(db_commit(&db), 0);
	CHECK(!db_in_transaction(&db));
	/* Both ways mixed. */
	CHECK_INT(db_begin(&db), 0);
	CHECK_INT(db_prepare(&db, "INSERT INTO t VALUES (?, ?)", &st), 0);
	db_bind_int(st, 1, 77777);
	CHECK_INT(db_run_later(&db, st), 0);
	CHECK_INT(number(&db, "SELECT count(*) FROM t WHERE a = 77777"), 1);
	CHECK_INT(db_rollback(&db), 0);
	CHECK_INT(number(&db, "SELECT count(*) FROM t WHERE a = 77777"), 0);
}

TEST(readers_change_nothing_and_writers_are_alone)
{
	WITH_SERVER(db, url);
	WITH_READER(reader, url);
	struct db second;

	CHECK_INT(db_exec(&reader, "CREATE TABLE t (a BIGINT)"), -EROFS);
	CHECK_INT(db_open(&second, url, DB_WRITE), -EBUSY);
	CHECK_STR(second.message, "another server writes to this database: stop that one first");
	db_close(&db);
	db = (struct db){0};
	CHECK_INT(db_open(&second, url, DB_WRITE), 0); /* the server may take a moment to notice */
	db_close(&second);
}

TEST(what_cannot_be_opened_says_why_and_no_password)
{
	char url[PG_FIXTURE_URL_MAX], tcp[PG_FIXTURE_URL_MAX];
	struct db db;

	if (!pg_fixture_database(url))
		return;
	pg_fixture_tcp(url, tcp);
	CHECK_INT(db_open(&db, tcp, DB_READ), 0);
	db_close(&db);
	CHECK_INT(db_open(&db, "postgres://a:hidden@127.0.0.1:1/x", DB_WRITE), -ENOTCONN);
	CHECK(!strstr(db.message, "hidden") && !strstr(db.where, "hidden") && *db.message);
	CHECK_STR(db.where, "postgres://a@127.0.0.1:1/x");
	CHECK_INT(db_open(&db, "postgres://a:hidden@:::/x?sslmode=hidden&y", DB_WRITE), -EINVAL);
	CHECK(!strstr(db.message, "hidden") && *db.message);
	char other[PG_FIXTURE_URL_MAX];
	str_printf(other, sizeof(other), "postgres://nobody:hidden@%s", strstr(tcp, "@") + 1);
	CHECK_INT(db_open(&db, other, DB_WRITE), -EACCES);
	CHECK(!strstr(db.message, "hidden"));
	CHECK(pg_fixture_sql("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0"));
	str_printf(other, sizeof(other), "%.*s/latin", (int)(strrchr(tcp, '/') - tcp), tcp);
	CHECK_INT(db_open(&db, other, DB_WRITE), -EINVAL);
	CHECK(strstr(db.message, "UTF8"));
	str_printf(other, sizeof(other), "%.*s/absent", (int)(strrchr(tcp, '/') - tcp), tcp);
	CHECK_INT(db_open(&db, other, DB_WRITE), -ENOENT);
}

static bool ends_with_in(struct db *db, const char *sql, int err, int64_t ms)
{
	int64_t start = clock_mono_ms();
	int got = db_exec(db, sql);

	return got == err && clock_mono_ms() - start < ms;
}

TEST(a_server_that_hangs_costs_a_named_time)
{
	WITH_SERVER(db, url);

	CHECK_INT(db_set_patience(&db, 300), 0);
	CHECK(ends_with_in(&db, "SELECT pg_sleep(30)", -EBUSY, 3000));
	CHECK_INT(number(&db, "SELECT 1"), 1);
	CHECK_INT(db_set_patience(&db, -1), 0);
	CHECK_INT(number(&db,
			  "SELECT CAST(setting AS BIGINT) FROM pg_settings WHERE name = 'statement_timeout'"),
		10000);
	CHECK_INT(db_set_patience(&db, 200), 0);
	CHECK_INT(db_begin(&db), 0);
	CHECK_INT(number(&db, "SELECT 1"), 1);
	pg_fixture_freeze(true);
	CHECK(ends_with_in(&db, "COMMIT", -ENOTCONN, 8000));
	pg_fixture_freeze(false);
	CHECK(!db_in_transaction(&db));
	CHECK_INT(db_rollback(&db), 0);
	CHECK_INT(db_exec(&db, "SELECT 1"), -ENOTCONN); /* a writer stays lost until it is opened again */
}

TEST(readers_come_back_by_themselves_writers_do_not)
{
	WITH_SERVER(db, url);
	WITH_READER(reader, url);
	struct db_statement *st;

	CHECK_INT(db_exec(&db, "CREATE TABLE t AS SELECT 5 AS a"), 0);
	CHECK_INT(number(&reader, "SELECT a FROM t"), 5);
	pg_fixture_stop(SIGINT);
	int64_t v = 0;
	CHECK_INT(db_read_int(&reader, &v, "SELECT a FROM t", 0), -ENOTCONN);
	CHECK_INT(db_read_int(&db, &v, "SELECT a FROM t", 0), -ENOTCONN);
	CHECK_INT(db_begin(&db) < 0 ? -ENOTCONN : db_read_int(&db, &v, "SELECT a FROM t", 0), -ENOTCONN);
	CHECK(pg_fixture_start());
	usleep(600000); /* the named pause between attempts */
	CHECK_INT(number(&reader, "SELECT a FROM t"), 5);
	CHECK_INT(db_read_int(&db, &v, "SELECT a FROM t", 0), -ENOTCONN);
	db_close(&db);
	CHECK_INT(db_open(&db, url, DB_WRITE), 0);
	CHECK_INT(number(&db, "SELECT a FROM t"), 5);
	/* A restart between two calls is not even seen. */
	pg_fixture_stop(SIGQUIT);
	CHECK(pg_fixture_start());
	usleep(600000);
	CHECK_INT(db_prepare(&reader, "SELECT a FROM t", &st), 0);
	CHECK_INT(db_step(&reader, st), 1);
	CHECK_INT(db_int(st, 0), 5);
	db_reset(st);
}

/* What is read in one transaction is one moment of the database, or nothing. */
TEST(a_reader_does_not_repeat_what_belongs_to_a_transaction)
{
	WITH_SERVER(db, url);
	WITH_READER(reader, url);
	struct db_statement *outer;
	int64_t v = 0;

	CHECK_INT(db_exec(&reader, "BEGIN"), 0);
	CHECK_INT(db_prepare(&reader, "SELECT g FROM generate_series(1, 3) AS g", &outer), 0);
	CHECK_INT(db_step(&reader, outer), 1);
	CHECK(db_in_transaction(&reader));
	pg_fixture_stop(SIGQUIT);
	CHECK(pg_fixture_start());
	CHECK_INT(db_read_int(&reader, &v, "SELECT 1", 0), -ENOTCONN);
	CHECK(!db_in_transaction(&reader));
	CHECK_INT(db_rollback(&reader), 0);
	usleep(600000);
	CHECK_INT(number(&reader, "SELECT 1"), 1);
}

TEST(too_many_connections_are_a_reason_to_wait)
{
	WITH_SERVER(db, url);
	struct db all[100];
	int n = 0, err = 0;

	while (n < 100 && (err = db_open(&all[n], url, DB_READ)) == 0)
		n++;
	for (int i = 0; i < n; i++)
		db_close(&all[i]);
	CHECK(n < 100);
	CHECK_INT(err, -EAGAIN);
}

TEST_OOM(without_memory_a_statement_fails_and_nothing_leaks)
{
	char url[PG_FIXTURE_URL_MAX] = "";
	static char kept[PG_FIXTURE_URL_MAX];
	struct db db;
	struct db_statement *st;

	if (!*kept) {
		int64_t none = -1;
		alloc_fail_at(none);
		CHECK(pg_fixture_database(url));
		str_put(kept, sizeof(kept), url);
		return;
	}
	int err = db_open(&db, kept, DB_READ);
	if (err == 0) {
		err = db_prepare(&db, "SELECT :a, :b || 'x', g FROM generate_series(1, 3) AS g", &st);
		if (err == 0) {
			db_bind_int(st, 1, 1);
			db_bind_text(st, 2, "\xffsome text");
			err = db_step(&db, st);
			int64_t v;
			if (err == 1)
				err = db_read_int(&db, &v, "SELECT 1", 0); /* parks the rest */
			if (err == 1)
				err = db_step(&db, st);
		}
		db_close(&db);
	}
	if (err == -ENOMEM)
		return;
	CHECK_INT(err, 1);
}
