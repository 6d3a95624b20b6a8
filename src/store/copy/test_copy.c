/* Copying between databases: every table filled with odd rows, both ways, with changes meanwhile, over kill
 * -9, and that a difference is found. What arrives is compared by a program of its own (Python's sqlite3). */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "harness/test.h"
#include "store/copy/copy.h"
#include "store/copy/copy_table.h"
#include "store/migrate.h"
#include "store/pg_fixture.h"

#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROWS 60
#define EVENTS 5000

static char folder[64];
static uint64_t dice_state;

static void shut(struct db *db)
{
	db_close(db);
}
#define _cleanup_db_ __attribute__((cleanup(shut)))

static int remove_one(const char *name, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(name);
}

static bool make_folder(void)
{
	log_level_set(LOG_ERROR);
	str_put(folder, sizeof(folder), "/tmp/test_copy.XXXXXX");
	dice_state = 88172645463325252u;
	return mkdtemp(folder) != NULL;
}

static void remove_folder(void)
{
	if (str_starts_with(folder, "/tmp/test_copy."))
		nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static const char *at(const char *name)
{
	static char paths[8][128];
	static int next;
	char *path = paths[next++ % 8];

	snprintf(path, 128, "%s/%s", folder, name);
	return path;
}

static uint64_t dice(void)
{
	dice_state ^= dice_state << 13;
	dice_state ^= dice_state >> 7;
	dice_state ^= dice_state << 17;
	return dice_state;
}

/* --- filling
 * -----------------------------------------------------------------------------------------------------------
 */
/* Everything Unicode has but NUL and surrogates comes by. */
static void odd_text(struct text *t, int row, bool may_be_long)
{
	static uint32_t letter = 1;
	int n = may_be_long && row % 17 == 0 ? 20000 : (int)(dice() % 40);

	text_free(t);
	text_printf(t, "%d'\"\\%%;--", row);
	for (int i = 0; i < n; i++) {
		uint32_t c = letter;
		char b[4] = {0};
		letter = letter >= 0x10ffff ? 1 : letter + (letter > 0x3000 ? 61 : 1);
		if (letter >= 0xd800 && letter <= 0xdfff)
			letter = 0xe000;
		if (c < 0x80)
			text_add_n(t, (b[0] = (char)c, b), 1);
		else if (c < 0x800)
			text_add_n(t, (b[0] = (char)(0xc0 | c >> 6), b[1] = (char)(0x80 | (c & 63)), b), 2);
		else if (c < 0x10000)
			text_add_n(t,
				(b[0] = (char)(0xe0 | c >> 12), b[1] = (char)(0x80 | (c >> 6 & 63)),
					b[2] = (char)(0x80 | (c & 63)), b),
				3);
		else
			text_add_n(t,
				(b[0] = (char)(0xf0 | c >> 18), b[1] = (char)(0x80 | (c >> 12 & 63)),
					b[2] = (char)(0x80 | (c >> 6 & 63)), b[3] = (char)(0x80 | (c & 63)),
					b),
				4);
	}
}

static bool is_key(const struct copy_table *t, int column)
{
	for (int k = 0; k < t->n_keys; k++)
		if (t->keys[k] == column)
			return true;
	return false;
}

/* Names have an index, and an index has a limit (2,704 bytes on PostgreSQL; resources have lower ones). */
static bool may_be_long(const char *column)
{
	static const char *const long_ones[] = {
		"data", "text", "document", "notes", "chosen", "before", "after"};

	for (size_t i = 0; i < sizeof(long_ones) / sizeof(long_ones[0]); i++)
		if (str_equal(column, long_ones[i]))
			return true;
	return false;
}

static void bind_odd(
	struct db_statement *st, const struct copy_table *t, int column, int row, bool may_be_null)
{
	_cleanup_text_ struct text text = {0};
	unsigned char bytes[300];
	const int64_t ints[] = {0, 1, -1, INT64_MAX, INT64_MIN, (int64_t)dice()};

	if (may_be_null && !is_key(t, column) && dice() % 4 == 0)
		return;
	switch (t->columns[column].kind) {
	case COPY_INT:
		db_bind_int(st, column + 1,
			is_key(t, column) ? row + 1
			: may_be_null	  ? ints[dice() % 6]
					  : (int64_t)dice());
		break;
	case COPY_TEXT:
		odd_text(&text, row, may_be_long(t->columns[column].name));
		db_bind_text(st, column + 1, text.data);
		break;
	case COPY_BLOB:
		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = (unsigned char)(i + (size_t)row * 7);
		db_bind_blob(st, column + 1, bytes, row % 300 + 1u);
		break;
	}
}

static int insert_odd(struct db *db, const struct copy_table *t, int row, bool may_be_null)
{
	_cleanup_text_ struct text sql = {0};
	struct db_statement *st;

	text_printf(&sql, "INSERT INTO \"%s\" (", t->name);
	for (int i = 0; i < t->n_columns; i++)
		text_printf(&sql, "%s\"%s\"", i ? ", " : "", t->columns[i].name);
	text_add(&sql, ") VALUES (");
	for (int i = 0; i < t->n_columns; i++)
		text_add(&sql, i ? ", ?" : "?");
	text_add(&sql, ")");
	int err = db_prepare(db, sql.data, &st);
	for (int i = 0; i < t->n_columns && err == 0; i++)
		bind_odd(st, t, i, row, may_be_null);
	return err < 0 ? err : db_run(db, st);
}

static int fill_table(struct db *db, const struct copy_table *t)
{
	int rows = str_equal(t->name, "store_mark") ? 1
		   : str_equal(t->name, "event")    ? EVENTS
						    : ROWS,
	    err = 0;
	char sql[128];

	snprintf(sql, sizeof(sql), "DELETE FROM \"%s\"", t->name);
	err = db_exec(db, sql);
	for (int i = 0; i < rows && err == 0; i++) {
		err = insert_odd(db, t, i, true);
		if (err == -EEXIST)
			err = insert_odd(db, t, i, false);
	}
	if (err < 0)
		printf("# %s: %s\n", t->name, db->message);
	return err;
}

/* A source with rows in every table there is. */
static bool make_source(const char *path)
{
	_cleanup_db_ struct db db = {0};
	struct copy_tables tables = {0};
	char why[COPY_WHY_SIZE] = "";
	int err = db_open(&db, path, DB_WRITE);

	if (err == 0)
		err = migrate(&db, path, 0);
	if (err == 0)
		err = copy_tables_read(&db, &tables, why);
	if (err == 0)
		err = db_begin(&db);
	for (int i = 0; i < tables.n && err == 0; i++)
		err = fill_table(&db, &tables.at[i]);
	if (err == 0)
		err = db_commit(&db);
	if (err < 0)
		printf("# source: %d %s %s\n", err, why, db.message);
	else
		printf("# %d tables filled\n", tables.n);
	copy_tables_free(&tables);
	return err == 0;
}

/* Compares two SQLite files row by row. */
static bool is_same_file(const char *a, const char *b)
{
	static const char program[] =
		"import sqlite3, sys\n"
		"a, b = (sqlite3.connect(p) for p in sys.argv[1:3])\n"
		"names = lambda c: sorted(r[0] for r in c.execute(\"select name from sqlite_master where "
		"type='table' and name not like 'sqlite_%' and name <> 'schema_migration'\"))\n"
		"if names(a) != names(b): sys.exit('# tables: %s' % (set(names(a)) ^ set(names(b))))\n"
		"total = 0\n"
		"for t in names(a):\n"
		"    cols = sorted(r[1] for r in a.execute('pragma table_info(\"%s\")' % t))\n"
		"    q = 'select %s from \"%s\"' % (', '.join('\"%s\"' % c for c in cols), t)\n"
		"    x, y = sorted(a.execute(q), key=repr), sorted(b.execute(q), key=repr)\n"
		"    total += len(x)\n"
		"    if x != y: sys.exit('# table %s: %d and %d rows, %s' % (t, len(x), len(y), [p for p in "
		"zip(x, "
		"y) if p[0] != p[1]][:1]))\n"
		"print('# %d rows are the same' % total)\n"
		"left = [r[0] for c in (a, b) for r in c.execute(\"select name from sqlite_master where name "
		"like "
		"'copy~_%' escape '~'\")]\n"
		"if left: sys.exit('# left behind: %s' % left)\n";
	int status = -1;

	fflush(stdout);
	pid_t child = fork();
	if (child == 0) {
		dup2(1, 2);
		execlp("python3", "python3", "-c", program, a, b, NULL);
		_exit(127);
	}
	return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

static int snapshot(const char *from, const char *to, struct copy_totals *totals)
{
	char why[COPY_WHY_SIZE] = "";
	int err = copy_snapshot(from, to, NULL, NULL, totals, why);

	if (err < 0)
		printf("# %d: %s\n", err, why);
	return err;
}

/* --- whole
 * -------------------------------------------------------------------------------------------------------------
 */
TEST(every_table_goes_to_the_server_and_back)
{
	char url[PG_FIXTURE_URL_MAX];
	struct copy_totals out = {0}, back = {0};

	CHECK(make_folder() && pg_fixture_database(url));
	CHECK(make_source(at("a.db")));
	CHECK_INT(snapshot(at("a.db"), url, &out), 0);
	CHECK_INT(snapshot(url, at("b.db"), &back), 0);
	printf("# %llu tables, %llu rows\n", (unsigned long long)out.tables, (unsigned long long)out.rows);
	CHECK(out.rows > EVENTS && out.rows == back.rows && out.tables == back.tables);
	CHECK(memcmp(out.sum, back.sum, sizeof(out.sum)) == 0);
	CHECK(is_same_file(at("a.db"), at("b.db")));
	remove_folder();
}

/* What is no UTF-8 arrives as what can be written anywhere. */
TEST(broken_texts_do_not_stop_a_copy)
{
	char url[PG_FIXTURE_URL_MAX];
	_cleanup_db_ struct db db = {0};
	struct copy_totals totals = {0};
	int64_t n = 0;

	CHECK(make_folder() && pg_fixture_database(url));
	CHECK(make_source(at("a.db")));
	CHECK_INT(db_open(&db, at("a.db"), DB_WRITE), 0);
	CHECK_INT(db_exec(&db, "UPDATE note SET text = CAST(x'41ff42' AS TEXT) WHERE seq = 1; UPDATE note "
			       "SET text = "
			       "CAST(x'410042' AS TEXT) WHERE seq = 2"),
		0);
	db_close(&db);
	CHECK_INT(snapshot(at("a.db"), url, &totals), 0);
	CHECK_INT(db_open(&db, url, DB_READ), 0);
	CHECK_INT(db_read_int(&db, &n,
			  "SELECT count(*) FROM note WHERE text = 'A\xef\xbf\xbd"
			  "B'",
			  0),
		1);
	CHECK_INT(n, 2);
	remove_folder();
}

TEST(a_target_that_holds_something_is_refused)
{
	char url[PG_FIXTURE_URL_MAX], why[COPY_WHY_SIZE];
	_cleanup_db_ struct db db = {0};
	struct copy_totals totals;
	struct copy *c = NULL;

	CHECK(make_folder() && pg_fixture_database(url));
	CHECK(make_source(at("a.db")));
	CHECK_INT(db_open(&db, url, DB_WRITE), 0);
	CHECK_INT(db_exec(&db, "CREATE TABLE somebody_elses (id BIGINT PRIMARY KEY)"), 0);
	db_close(&db);
	CHECK_INT(copy_snapshot(at("a.db"), url, NULL, NULL, &totals, why), -EEXIST);
	CHECK(strstr(why, "is not empty"));
	/* An unfinished copy of another centre, too; and nobody copies from an unfinished one. */
	CHECK_INT(copy_open(&c, at("a.db"), at("b.db"), NULL, NULL, why), 0);
	copy_close(c);
	CHECK_INT(db_open(&db, at("a.db"), DB_WRITE), 0);
	CHECK_INT(db_exec(&db, "UPDATE store_mark SET installation = 'another'"), 0);
	db_close(&db);
	CHECK_INT(copy_snapshot(at("a.db"), at("b.db"), NULL, NULL, &totals, why), -EEXIST);
	CHECK(strstr(why, "another centre"));
	CHECK_INT(copy_snapshot(at("b.db"), at("c.db"), NULL, NULL, &totals, why), -EUCLEAN);
	CHECK(strstr(why, "unfinished"));
	remove_folder();
}

/* --- changes meanwhile
 * -------------------------------------------------------------------------------------------------------
 */
struct editor { /* writes to the source while it is copied */
	struct db db;
	int calls, next_seq;
};

static void edit(struct editor *e)
{
	char sql[1200];
	int k = e->calls++;

	snprintf(sql, sizeof(sql),
		"BEGIN IMMEDIATE; UPDATE skill SET name = 'free' || id || '-%d' WHERE id = %d;"
		"UPDATE skill SET name = 'taken%d' WHERE id = %d; UPDATE skill SET name = 'x%d' WHERE id = "
		"%d;"
		"DELETE FROM team WHERE id = %d; UPDATE team SET id = id + 1000 WHERE id = %d;"
		"UPDATE interaction SET reason = 'edited %d' WHERE id %% 7 = %d; UPDATE fact SET value = "
		"'f%d';"
		"INSERT INTO event (seq, at_ms, type, interaction, data) VALUES (%d, 1, 2, 3, 'late');"
		"DELETE FROM flow_version WHERE flow = %d; UPDATE event SET data = 'sealed %d' WHERE seq = "
		"%d;"
		"INSERT INTO customer_number (key, tenant, customer) VALUES ('k%d', 1, 2); COMMIT",
		k, k % ROWS + 1, k, (k + 1) % ROWS + 1, k, (k + 2) % ROWS + 1, k % ROWS + 1,
		(k + 5) % ROWS + 1, k, k % 7, k, e->next_seq++, k % ROWS + 1, k, k % EVENTS + 1, k);
	if (db_exec(&e->db, sql) < 0)
		printf("# edit: %s\n", e->db.message);
	/* A name goes from one row to a later one. */
	if (k == 3)
		db_exec(&e->db, "BEGIN IMMEDIATE; UPDATE skill SET name = 'gone' WHERE id = 1; INSERT INTO "
				"skill (id, "
				"created_ms, updated_ms, name) SELECT 5000, 1, 1, 'moving'; COMMIT");
}

static void on_progress(const char *phase, const char *table, uint64_t rows, void *arg)
{
	(void)phase;
	(void)table;
	(void)rows;
	edit(arg);
}

static void copy_with_changes(const char *from, const char *to)
{
	struct editor e = {.next_seq = EVENTS + 1};
	struct copy_totals totals = {0};
	char why[COPY_WHY_SIZE] = "";
	struct copy *c = NULL;
	uint64_t rows = 0;

	CHECK_INT(db_open(&e.db, from, DB_WRITE), 0);
	CHECK_INT(copy_open(&c, from, to, on_progress, &e, why), 0);
	CHECK_INT(copy_watch(c), 0);
	int err = copy_rows(c);
	for (int i = 0; i < 3 && err == 0; i++) {
		edit(&e);
		err = copy_catch_up(c, &rows);
	}
	if (err == 0)
		err = copy_prove(c);
	for (int i = 0; i < 5; i++)
		edit(&e);
	if (err == 0)
		err = copy_finish(c, &totals);
	if (err < 0)
		printf("# %d: %s\n", err, copy_why(c));
	printf("# %d edits, %llu rows compared at the end, %llu ranges repaired\n", e.calls,
		(unsigned long long)totals.late, (unsigned long long)totals.repaired);
	copy_close(c);
	db_close(&e.db);
	CHECK_INT(err, 0);
	CHECK(totals.late > 5);
	CHECK_INT(totals.repaired, 0);
}

TEST(what_changes_meanwhile_arrives)
{
	char url[PG_FIXTURE_URL_MAX];
	struct copy_totals totals;

	CHECK(make_folder() && pg_fixture_database(url));
	CHECK(make_source(at("a.db")));
	copy_with_changes(at("a.db"), url);
	CHECK_INT(snapshot(url, at("b.db"), &totals), 0);
	CHECK(is_same_file(at("a.db"), at("b.db")));
	/* And from the server to a file. */
	CHECK(pg_fixture_database(url));
	CHECK_INT(snapshot(at("a.db"), url, &totals), 0);
	_cleanup_db_ struct db there = {0};
	struct copy *c = NULL;
	char why[COPY_WHY_SIZE] = "";
	CHECK_INT(copy_open(&c, url, at("c.db"), NULL, NULL, why), 0);
	CHECK_INT(copy_watch(c), 0);
	CHECK_INT(copy_rows(c), 0);
	CHECK_INT(db_open(&there, url, DB_WRITE), 0);
	static const char changes[] =
		"UPDATE skill SET name = 'there' WHERE id = 9; DELETE FROM customer_number WHERE "
		"customer = 2; UPDATE fact SET value = 'z' WHERE value LIKE 'f%'";
	CHECK_INT(db_exec(&there, changes), 0);
	CHECK_INT(copy_prove(c), 0);
	/* A month that is put away leaves no note of its rows. */
	CHECK_INT(db_exec(&there,
			  "SET session_replication_role = replica; DELETE FROM event WHERE seq < 700; SET "
			  "session_replication_role = origin"),
		0);
	CHECK_INT(db_exec(&there,
			  "UPDATE interaction SET name = NULL WHERE id < 9; INSERT INTO event (seq, at_ms, "
			  "type, interaction, data) VALUES (99999, 1, 2, 3, 'late')"),
		0);
	CHECK_INT(copy_finish(c, &totals), 0);
	CHECK(totals.late >= 9);
	copy_close(c);
	db_close(&there);
	CHECK_INT(copy_forget(at("c.db")), 0);
	CHECK_INT(db_open(&there, at("a.db"), DB_WRITE), 0);
	CHECK_INT(db_exec(&there, changes), 0);
	CHECK_INT(db_exec(&there, "DELETE FROM event WHERE seq < 700"), 0);
	CHECK_INT(db_exec(&there,
			  "UPDATE interaction SET name = NULL WHERE id < 9; INSERT INTO event (seq, at_ms, "
			  "type, interaction, data) VALUES (99999, 1, 2, 3, 'late')"),
		0);
	CHECK(is_same_file(at("a.db"), at("c.db")));
	remove_folder();
}

/* --- kill -9, and differences
 * ----------------------------------------------------------------------------------------------
 */
static void die_later(const char *phase, const char *table, uint64_t rows, void *arg)
{
	int *left = arg;

	(void)phase;
	(void)table;
	(void)rows;
	if (--*left <= 0)
		raise(SIGKILL);
}

TEST(a_copying_that_is_killed_is_gone_on_with)
{
	char url[PG_FIXTURE_URL_MAX], why[COPY_WHY_SIZE] = "";
	struct copy_totals totals = {0};
	int status, lives = 0;

	CHECK(make_folder() && pg_fixture_database(url));
	CHECK(make_source(at("a.db")));
	for (int left = 5; left < 60; left += 9) {
		fflush(stdout);
		pid_t child = fork();
		if (child == 0) {
			struct copy *c = NULL;
			int n = left;
			if (copy_open(&c, at("a.db"), url, die_later, &n, why) == 0 && copy_watch(c) == 0 &&
				copy_rows(c) == 0 && copy_prove(c) == 0 && copy_finish(c, &totals) == 0)
				_exit(0);
			_exit(1);
		}
		CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status));
		lives++;
		usleep(50000); /* until the server noticed that it is gone */
	}
	struct copy *c = NULL;
	int err = -EBUSY;
	for (int i = 0; i < 50 && err == -EBUSY; i++) {
		err = copy_open(&c, at("a.db"), url, NULL, NULL, why);
		usleep(err == -EBUSY ? 100000 : 0);
	}
	CHECK_INT(err, 0);
	CHECK_INT(copy_rows(c), 0);
	CHECK_INT(copy_prove(c), 0);
	CHECK_INT(copy_finish(c, &totals), 0);
	copy_close(c);
	/* The triggers of the killed ones. */
	CHECK_INT(copy_forget(at("a.db")), 0);
	CHECK_INT(snapshot(url, at("b.db"), &totals), 0);
	CHECK(is_same_file(at("a.db"), at("b.db")));
	printf("# %d lives\n", lives);
	remove_folder();
}

TEST(a_difference_is_repaired_or_named)
{
	_cleanup_db_ struct db there = {0};
	struct copy_totals totals = {0};
	char why[COPY_WHY_SIZE] = "";
	struct copy *c = NULL;

	CHECK(make_folder());
	CHECK(make_source(at("a.db")));
	CHECK_INT(copy_open(&c, at("a.db"), at("b.db"), NULL, NULL, why), 0);
	CHECK_INT(copy_rows(c), 0);
	CHECK_INT(db_open(&there, at("b.db"), DB_WRITE), 0);
	CHECK_INT(db_exec(&there,
			  "UPDATE event SET data = data || '.' WHERE seq = 2500; DELETE FROM skill WHERE id "
			  "= 7;"
			  "INSERT INTO team (id, created_ms, updated_ms, name) VALUES (7777, 1, 1, 'new')"),
		0);
	CHECK_INT(copy_prove(c), 0);
	CHECK_INT(copy_finish(c, &totals), 0);
	CHECK_INT(totals.repaired, 3);
	copy_close(c);
	/* Finished and not moved to: it can be gone on with; moved to: its mark goes. */
	CHECK_INT(copy_open(&c, at("a.db"), at("b.db"), NULL, NULL, why), 0);
	CHECK_INT(copy_rows(c), 0);
	CHECK_INT(copy_prove(c), 0);
	CHECK_INT(copy_forget(at("b.db")), 0);
	CHECK(copy_is_unfinished(&there));
	CHECK_INT(copy_finish(c, &totals), 0);
	copy_close(c);
	CHECK_INT(copy_forget(at("b.db")), 0);
	CHECK(is_same_file(at("a.db"), at("b.db")));
	/* One that cannot be repaired: the target changes what it is given. */
	CHECK_INT(copy_open(&c, at("a.db"), at("c.db"), NULL, NULL, why), 0);
	db_close(&there);
	CHECK_INT(db_open(&there, at("c.db"), DB_WRITE), 0);
	CHECK_INT(db_exec(&there, "CREATE TRIGGER spoil AFTER INSERT ON note BEGIN UPDATE note SET agent = 5 "
				  "WHERE seq = "
				  "NEW.seq AND seq = 20; END"),
		0);
	CHECK_INT(copy_rows(c), 0);
	CHECK_INT(copy_prove(c), -EUCLEAN);
	printf("# %s\n", copy_why(c));
	CHECK(strstr(copy_why(c), "table note"));
	copy_close(c);
	CHECK(copy_is_unfinished(&there));
	remove_folder();
}
