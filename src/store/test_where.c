/* Which database a directory names, and the event log's blocks on a server. */
#include "base/log.h"
#include "base/str.h"
#include "store/log/partition.h"
#include "store/pg_fixture.h"
#include "store/store_fixture.h"
#include "store/where.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define URL "postgres://markaz:secret@db.example/markaz?sslmode=verify-full"

static void remove_directory(struct fixture *f)
{
	fixture_remove(f);
}
#define WITH_DIRECTORY(f)                                                                                    \
	__attribute__((cleanup(remove_directory))) struct fixture f = {                                      \
		.directory = "/tmp/markaz-where-XXXXXX"};                                                    \
	CHECK(mkdtemp(f.directory))

static bool write_line(const struct fixture *f, const char *name, const char *text, size_t n)
{
	char path[300];

	str_printf(path, sizeof(path), "%s/%s", f->directory, name);
	FILE *file = fopen(path, "w");
	return file && fwrite(text, 1, n, file) == n && fclose(file) == 0;
}

TEST(a_directory_says_where_its_rows_are)
{
	WITH_DIRECTORY(f);
	char where[STORE_WHERE_MAX], path[300];
	struct stat st;

	CHECK_INT(store_where(f.directory, where), 0);
	str_printf(path, sizeof(path), "%s/markaz.db", f.directory);
	CHECK_STR(where, path);
	CHECK_INT(store_where_set(f.directory, URL), 0);
	CHECK_INT(store_where(f.directory, where), 0);
	CHECK_STR(where, URL);
	str_printf(path, sizeof(path), "%s/database", f.directory);
	CHECK_INT(stat(path, &st), 0);
	CHECK_INT(st.st_mode & 0777, 0600);
	CHECK_INT(store_where_set(f.directory, "/var/lib/x.db"), -EINVAL);
	CHECK_INT(store_where_set(f.directory, "postgres://a/b\npostgres://c/d"), -EINVAL);
	CHECK_INT(store_where(f.directory, where), 0);
	CHECK_STR(where, URL);
}

TEST(a_file_that_names_nothing_is_refused)
{
	WITH_DIRECTORY(f);
	char where[STORE_WHERE_MAX] = "untouched", large[STORE_WHERE_MAX + 100];
	static const struct {
		const char *text;
		size_t n;
	} bad[] = {{"", 0}, {"\n", 1}, {"mysql://a/b\n", 12}, {"postgres://a/b\npostgres://c/d\n", 30},
		{"postgres://a\0b/c\n", 17}, {"/var/lib/markaz.db\n", 19}};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK(write_line(&f, "database", bad[i].text, bad[i].n));
		CHECK_INT(store_where(f.directory, where), -EUCLEAN);
	}
	memset(large, 'a', sizeof(large));
	memcpy(large, "postgres://", 11);
	CHECK(write_line(&f, "database", large, sizeof(large)));
	CHECK_INT(store_where(f.directory, where), -EUCLEAN);
	CHECK_STR(where, "untouched");
	CHECK(write_line(
		&f, "database", "postgres://a/b", 14)); /* without a line end: as an editor may leave it */
	CHECK_INT(store_where(f.directory, where), 0);
	CHECK_STR(where, "postgres://a/b");
}

TEST(the_configuration_does_not_move_a_centre_behind_its_back)
{
	WITH_DIRECTORY(f);
	char where[STORE_WHERE_MAX];

	CHECK_INT(store_where_agree(f.directory, ""), 0);
	CHECK_INT(store_where_agree(f.directory, "sqlite:x"), -EINVAL);
	CHECK_INT(store_where_agree(f.directory, URL), 0); /* new: it is written */
	CHECK_INT(store_where(f.directory, where), 0);
	CHECK_STR(where, URL);
	CHECK_INT(store_where_agree(f.directory, URL), 0);
	CHECK_INT(store_where_agree(f.directory, NULL), 0); /* the directory knows */
	CHECK_INT(store_where_agree(f.directory, "postgres://other/markaz"), -EEXIST);
	CHECK(fixture_empty(&f));
	char path[300];
	str_printf(path, sizeof(path), "%s/database", f.directory);
	CHECK_INT(unlink(path), 0);
	CHECK(write_line(&f, "markaz.db", "x", 1));
	CHECK_INT(store_where_agree(f.directory, URL), -EEXIST); /* rows are there already */
	CHECK_INT(access(path, F_OK), -1);
}

static bool open_on_server(struct fixture *f)
{
	char url[PG_FIXTURE_URL_MAX];

	return pg_fixture_database(url) && store_where_set(f->directory, url) == 0 && fixture_reopen(f);
}

static int64_t blocks(const struct fixture *f)
{
	return fixture_int(f, "SELECT count(*) FROM pg_inherits WHERE inhparent = to_regclass('event')");
}

static bool append_some(struct fixture *f, int n)
{
	uint64_t seq = 0;

	for (int i = 0; i < n; i++)
		seq = fixture_append(f, &(struct event){.type = EVENT_SYSTEM_STARTED, .at_ms = 1000 + i});
	return fixture_wait(f, seq);
}

TEST(blocks_of_the_log_are_made_ahead_and_taken_off_whole)
{
	WITH_DIRECTORY(f);
	struct db db;
	bool has_more = false;

	CHECK(open_on_server(&f));
	CHECK_INT(blocks(&f), 3); /* event_0, event_1, event_rest */
	CHECK(append_some(&f, 10));
	CHECK_INT(fixture_int(&f, "SELECT count(*) FROM event_0"), 10);
	/* A log that is older than its blocks, and one event beyond them all. */
	CHECK_INT(fixture_exec(&f,
			  "INSERT INTO event (seq, at_ms, type, interaction, data) VALUES (4999999, 1, 1, 0, "
			  "'{}'), (5000000, 1, 1, 0, '{}'), (10000001, 1, 1, 0, '{}')"),
		0);
	CHECK_INT(fixture_int(&f, "SELECT count(*) FROM event_rest"), 1);
	fixture_shut(&f);
	CHECK_INT(fixture_db(&f, &db, DB_WRITE), 0);
	CHECK_INT(partition_ahead(&db, 10000001), 0);
	CHECK_INT(partition_ahead(&db, 10000001), 0);
	CHECK_INT(blocks(&f), 5);
	CHECK_INT(fixture_int(&f, "SELECT count(*) FROM event_2"), 1); /* moved */
	CHECK_INT(fixture_int(&f, "SELECT count(*) FROM event_rest"), 0);
	CHECK_INT(fixture_int(&f, "SELECT count(*) FROM pg_indexes WHERE tablename = 'event_2'"), 2);
	/* Up to the middle of the second block: the first goes at once, of the second only what is old. */
	CHECK_INT(db_begin(&db), 0);
	CHECK_INT(partition_remove(&db, 5000001, 100, &has_more), 0);
	CHECK_INT(db_commit(&db), 0);
	CHECK(has_more);
	CHECK_INT(blocks(&f), 4);
	CHECK_INT(fixture_int(&f, "SELECT min(seq) FROM event"), 5000000);
	CHECK_INT(db_begin(&db), 0);
	CHECK_INT(partition_remove(&db, 5000001, 100, &has_more), 0);
	CHECK_INT(db_commit(&db), 0);
	CHECK(!has_more);
	db_close(&db);
	CHECK_INT(fixture_int(&f, "SELECT min(seq) FROM event"), 10000001);
	/* Without any block at all the log goes on. */
	CHECK_INT(fixture_exec(&f, "DROP TABLE event_1, event_2, event_3"), 0);
	CHECK(fixture_reopen(&f));
	CHECK(append_some(&f, 10));
}

/* Who reads the table for long (pg_dump) delays a block, not the writer. */
TEST(a_block_that_cannot_be_made_now_stops_nothing)
{
	WITH_DIRECTORY(f);
	struct db reader, db;

	CHECK(open_on_server(&f));
	fixture_shut(&f);
	CHECK_INT(fixture_exec(&f, "DROP TABLE event_0, event_1"), 0);
	CHECK_INT(fixture_db(&f, &reader, DB_READ), 0);
	CHECK_INT(db_exec(&reader, "BEGIN; SELECT count(*) FROM event"), 0);
	CHECK_INT(fixture_db(&f, &db, DB_WRITE), 0);
	CHECK_INT(partition_ahead(&db, 1), -EBUSY);
	CHECK(!db_in_transaction(&db));
	db_close(&db);
	CHECK(fixture_reopen(&f));
	CHECK(append_some(&f, 10));
	CHECK_INT(fixture_int(&f, "SELECT count(*) FROM event_rest"), 10);
	db_close(&reader);
	fixture_shut(&f);
	CHECK(fixture_reopen(&f));
	CHECK_INT(fixture_int(&f, "SELECT count(*) FROM event_0"), 10);
}
