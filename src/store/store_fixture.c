/* See store_fixture.h. */
#include "store/store_fixture.h"
#include "base/str.h"
#include "store/pg_fixture.h"
#include "store/where.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

bool fixture_reopen(struct fixture *f)
{
	int err = store_open(&f->store, f->directory, NULL, NULL);

	if (err == 0)
		err = store_reader_open(&f->reader, f->directory);
	if (err < 0)
		test_fail(__FILE__, __LINE__, "opening %s: %s", f->directory, strerror(-err));
	return err == 0;
}

bool fixture_is_postgres(void)
{
	return str_equal(getenv("MARKAZ_TEST_STORE"), "postgres");
}

int fixture_db(const struct fixture *f, struct db *db, enum db_use use)
{
	char where[STORE_WHERE_MAX];
	int err = store_where(f->directory, where);

	return err < 0 ? err : db_open(db, where, use);
}

int64_t fixture_int(const struct fixture *f, const char *sql)
{
	struct db db;
	int64_t v = -1;

	if (fixture_db(f, &db, DB_READ) == 0) {
		db_read_int(&db, &v, sql, 0);
		db_close(&db);
	}
	return v;
}

int fixture_exec(const struct fixture *f, const char *sql)
{
	char where[STORE_WHERE_MAX];
	struct db db = {0};
	int err = store_where(f->directory, where);

	if (err < 0)
		return err;
	/* A server's lock of the one writer is the store's. */
	err = db_open(&db, where, db_is_server(where) ? DB_READ : DB_WRITE);
	if (err == 0 && db_is_postgres(&db))
		err = db_exec(&db, "SET default_transaction_read_only = off");
	if (err == 0)
		err = db_exec(&db, sql);
	db_close(&db);
	return err;
}

/* Another empty database for the directory. */
static bool use_server(const struct fixture *f)
{
	char url[PG_FIXTURE_URL_MAX];

	if (!pg_fixture_database(url))
		return false;
	int err = store_where_set(f->directory, url);
	if (err < 0)
		test_fail(__FILE__, __LINE__, "%s/database: %s", f->directory, strerror(-err));
	return err == 0;
}

bool fixture_empty(struct fixture *f)
{
	static const char *const names[] = {"markaz.db", "markaz.db-wal", "markaz.db-shm", "spool"};
	char path[300];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		str_printf(path, sizeof(path), "%s/%s", f->directory, names[i]);
		if (unlink(path) < 0 && errno != ENOENT) {
			test_fail(__FILE__, __LINE__, "%s: %s", path, strerror(errno));
			return false;
		}
	}
	return !fixture_is_postgres() || use_server(f);
}

bool fixture_open(struct fixture *f)
{
	*f = (struct fixture){0};
	str_put(f->directory, sizeof(f->directory), "/tmp/markaz-store-XXXXXX");
	if (!mkdtemp(f->directory)) {
		test_fail(__FILE__, __LINE__, "mkdtemp: %s", strerror(errno));
		return false;
	}
	if (fixture_is_postgres() && !use_server(f))
		return false;
	return fixture_reopen(f);
}

void fixture_shut(struct fixture *f)
{
	store_reader_close(f->reader);
	store_close(f->store);
	f->reader = NULL;
	f->store = NULL;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st, (void)flag, (void)ftw;
	return remove(path);
}

void fixture_remove(struct fixture *f)
{
	fixture_shut(f);
	nftw(f->directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

uint64_t fixture_create(struct fixture *f, const char *resource, const char *text, struct issues *issues)
{
	struct issues spare = {0};
	const struct resource *r = resource_by_name(resource);
	_cleanup_json_ json_t *value = json_loads(text, 0, NULL), *row = NULL;
	static const struct store_actor actor = {
		.tenant = 1, .user = 77, .address = "127.0.0.1", .agent = "test"};

	issues = issues ? issues : &spare;
	if (!value || !resource_check(r, value, true, issues) ||
		store_create(f->store, r, value, &actor, &row, issues) != 0) {
		if (issues == &spare)
			test_fail(__FILE__, __LINE__, "creating a %s: %s %s", resource, spare.at[0].pointer,
				spare.at[0].message);
		return 0;
	}
	return jsonx_id(row, "id");
}

int fixture_update(
	struct fixture *f, const char *resource, uint64_t id, const char *text, struct issues *issues)
{
	struct issues spare = {0};
	const struct resource *r = resource_by_name(resource);
	_cleanup_json_ json_t *value = json_loads(text, 0, NULL), *row = NULL;

	issues = issues ? issues : &spare;
	if (!value || !resource_check(r, value, false, issues))
		return -EINVAL;
	return store_update(f->store, r, id, 0, value, NULL, &row, issues);
}

uint64_t fixture_append(struct fixture *f, const struct event *e)
{
	uint64_t seq = 0;
	int err = store_append(f->store, e, &seq);

	if (err < 0)
		test_fail(__FILE__, __LINE__, "append: %s", strerror(-err));
	return err < 0 ? 0 : seq;
}

bool fixture_wait(struct fixture *f, uint64_t seq)
{
	for (int i = 0; i < 20000; i++) {
		if (store_durable_seq(f->store) >= seq)
			return true;
		usleep(1000);
	}
	test_fail(__FILE__, __LINE__, "event %llu is not durable after 20 s", (unsigned long long)seq);
	return false;
}
