/* See migrate.h. The invariant: schema_migration holds exactly the migrations whose statements were carried
 * out. */
#include "store/migrate.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"

#include <errno.h>

#define APPLICATION_ID 1296125515 /* "MARK" */
#define QUICK_CHECK_PAGES                                                                                    \
	8192 /* larger files would make the start wait; damage there shows when a page is read */

static int damaged(const char *path, const char *why)
{
	log_error("store", 0,
		"%s: %s. `markaz doctor` names what is damaged and brings away what can be read (--rescue); "
		"or restore "
		"a backup, or move it away to start with an empty database",
		path, why);
	return -EUCLEAN;
}

static int check_whole(struct db *db)
{
	struct db_statement *st;
	int64_t pages = 0;
	int err = db_read_int(db, &pages, "PRAGMA page_count", 0);

	if (err < 0 || pages == 0 || pages > QUICK_CHECK_PAGES)
		return err < 0 ? err : 0;
	err = db_prepare(db, "PRAGMA quick_check(1)", &st);
	if (err == 0)
		err = db_step(db, st);
	if (err < 0)
		return err;
	bool is_whole = err == 1 && str_equal(db_text(st, 0), "ok");
	db_reset(st);
	return is_whole ? 0 : -EUCLEAN;
}

static int check_owner(struct db *db)
{
	int64_t id = 0, tables = 0;
	int err = db_read_int(db, &id, "PRAGMA application_id", 0);

	if (err >= 0)
		err = db_read_int(db, &tables, "SELECT count(*) FROM sqlite_master", 0);
	if (err < 0)
		return err;
	return tables > 0 && id != APPLICATION_ID ? -EUCLEAN : 0;
}

static int prepare_file(struct db *db)
{
	int err = check_owner(db);

	if (err == 0)
		err = check_whole(db);
	if (err == 0)
		err = db_exec(db, "BEGIN IMMEDIATE;"
				  "PRAGMA application_id = 1296125515;"
				  "CREATE TABLE IF NOT EXISTS schema_migration (number INTEGER PRIMARY KEY, "
				  "at_ms INTEGER NOT NULL);"
				  "COMMIT");
	return err;
}

/* The mark of ours is the comment of the table of migrations; a database with other tables in it is somebody
 * else's. */
static int prepare_server(struct db *db)
{
	int64_t tables = 0, is_ours = 0;
	int err = db_read_int(db, &tables,
		"SELECT count(*) FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = "
		"CAST(current_schema() AS regnamespace)",
		0);

	if (err >= 0)
		err = db_read_int(db, &is_ours,
			"SELECT count(*) FROM pg_class WHERE oid = to_regclass('schema_migration') AND "
			"obj_description(oid, 'pg_class') = 'Markaz'",
			0);
	if (err < 0 || is_ours)
		return err < 0 ? err : 0;
	if (tables > 0)
		return -EUCLEAN;
	return db_exec(db,
		"CREATE TABLE schema_migration (number BIGINT PRIMARY KEY, at_ms BIGINT NOT NULL); "
		"COMMENT ON TABLE schema_migration IS 'Markaz'");
}

static int apply(struct db *db, const struct migration *m)
{
	const char *sql = db_is_postgres(db) ? m->postgres : m->sqlite;
	int err = sql ? db_begin(db) : 0;

	if (err < 0 || !sql)
		return err;
	err = db_exec(db, sql);
	if (err == 0)
		err = db_run_ints(db, "INSERT INTO schema_migration (number, at_ms) VALUES (?, ?)", 2,
			(int64_t)m->number, clock_wall_ms());
	if (err == 0)
		err = db_commit(db);
	if (err < 0) {
		log_error("store", 0, "migration %s failed: %s", m->name, db->message);
		db_rollback(db);
	}
	return err;
}

static int prepare_table(struct db *db, int64_t *ret_last)
{
	int err = db_is_postgres(db) ? prepare_server(db) : prepare_file(db);

	if (err == 0)
		err = db_read_int(db, ret_last, "SELECT coalesce(max(number), 0) FROM schema_migration", 0);
	return err < 0 ? err : 0;
}

int migrate(struct db *db, const char *path, int up_to)
{
	int64_t last = 0;
	int known = 0, err = prepare_table(db, &last);

	if (err == -EUCLEAN && db_is_postgres(db)) {
		log_error("store", 0,
			"%s: the database holds tables of another program. Give Markaz one of its own",
			db->where);
		return err;
	}
	if (err == -EUCLEAN)
		return damaged(path, "the file is damaged or no Markaz database");
	if (err == 0)
		err = db_set_patience(db, 0); /* an index over a large table takes its time */
	while (migrations[known].number)
		known++;
	if (err == 0 && last > known) {
		log_error("store", 0,
			"%s: made by a newer version (schema %d, this one knows %d). Install that version "
			"again",
			path, (int)last, known);
		return -EUCLEAN;
	}
	for (int i = (int)last; i < known && err == 0 && (!up_to || migrations[i].number <= up_to); i++)
		err = apply(db, &migrations[i]);
	int back = db_set_patience(db, -1);
	return err < 0 ? err : back;
}
