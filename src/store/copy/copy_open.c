/* Beginning and ending a copying: what the source must be, what the target may hold, whose unfinished copy it
 * is. */
#include "base/alloc.h"
#include "base/str.h"
#include "store/copy/copy_inside.h"
#include "store/migrate.h"

#include <errno.h>
#include <string.h>

/* --- opening
 * ---------------------------------------------------------------------------------------------------------------
 */
int64_t copy_number(struct db *db, const char *sql)
{
	int64_t n = 0;

	return db_read_int(db, &n, sql, 0) == 1 ? n : 0;
}

static bool has_table(struct db *db, const char *name)
{
	struct db_statement *st;
	int err = db_prepare(db,
		db_is_postgres(db) ? "SELECT 1 FROM information_schema.tables WHERE table_schema = "
				     "current_schema() AND table_name = ?1"
				   : "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?1",
		&st);

	if (err < 0)
		return false;
	db_bind_text(st, 1, name);
	err = db_step(db, st);
	if (err == 1)
		db_reset(st);
	return err == 1;
}

static bool is_copy(struct db *db)
{
	return has_table(db, "copy_state");
}

bool copy_is_finished(struct db *db)
{
	return is_copy(db) && copy_number(db, "SELECT count(*) FROM copy_state WHERE name = 'finished'") > 0;
}

bool copy_is_unfinished(struct db *db)
{
	return is_copy(db) && !copy_is_finished(db);
}

static bool is_empty(struct db *db)
{
	return copy_number(db, db_is_postgres(db) ? "SELECT count(*) FROM information_schema.tables WHERE "
						    "table_schema = current_schema()"
						  : "SELECT count(*) FROM sqlite_master") == 0;
}

/* A schema that no server ever worked on: we were killed while making it. */
static bool is_untouched(struct db *db)
{
	return !is_copy(db) && has_table(db, "schema_migration") &&
	       (!has_table(db, "event") || copy_number(db, "SELECT count(*) FROM event") == 0) &&
	       (!has_table(db, "store_mark") || copy_number(db, "SELECT count(*) FROM store_mark") == 0);
}

/* Which centre the rows are of; "" before a server was on them. */
static void read_identity(struct db *db, char out[static COPY_IDENTITY_SIZE])
{
	struct db_statement *st;

	out[0] = '\0';
	if (!has_table(db, "store_mark") || db_prepare(db, "SELECT installation FROM store_mark", &st) < 0)
		return;
	if (db_step(db, st) == 1) {
		str_put(out, COPY_IDENTITY_SIZE, db_text(st, 0));
		db_reset(st);
	}
}

/* An unfinished copy may be gone on with only when it is of the same centre. */
static int check_target(struct copy *c)
{
	char found[COPY_IDENTITY_SIZE] = "";
	struct db_statement *st;

	if (is_empty(&c->to) || is_untouched(&c->to))
		return 0;
	if (!is_copy(&c->to)) {
		str_printf(c->why, sizeof(c->why), "%s is not empty: give an empty database", c->to.where);
		return -EEXIST;
	}
	if (db_prepare(&c->to, "SELECT value FROM copy_state WHERE name = 'of'", &st) == 0 &&
		db_step(&c->to, st) == 1) {
		str_put(found, sizeof(found), db_text(st, 0));
		db_reset(st);
	}
	c->is_resumed = c->is_ahead = true;
	if (str_equal(found, c->identity))
		return 0;
	str_printf(c->why, sizeof(c->why),
		"%s holds an unfinished copy of another centre: give an empty database", c->to.where);
	return -EEXIST;
}

/* Before the first row: from here on nobody takes the target for a whole database. */
static int mark_target(struct copy *c)
{
	struct db_statement *st;
	int err = db_exec(
		&c->to, "CREATE TABLE IF NOT EXISTS copy_state (name TEXT PRIMARY KEY, value TEXT NOT NULL)");

	if (err == 0)
		err = db_prepare(&c->to,
			"INSERT INTO copy_state (name, value) VALUES ('of', ?1) ON CONFLICT DO NOTHING", &st);
	if (err == 0) {
		db_bind_text(st, 1, c->identity);
		err = db_run(&c->to, st);
	}
	/* One that was finished and not moved to is unfinished again. */
	if (err == 0)
		err = db_exec(&c->to, "DELETE FROM copy_state WHERE name = 'finished'");
	return err;
}

static int check_source(struct copy *c)
{
	int64_t known = 0, has = copy_number(&c->from, "SELECT max(number) FROM schema_migration");

	while (migrations[known].number)
		known++;
	if (copy_is_unfinished(&c->from)) {
		str_printf(c->why, sizeof(c->why), "%s is itself an unfinished copy", c->from.where);
		return -EUCLEAN;
	}
	if (has == known)
		return 0;
	str_printf(c->why, sizeof(c->why),
		has < known
			? "%s has schema %lld, this version needs %lld: let a server of this version start "
			  "on it once"
			: "%s has schema %lld, this version knows %lld: install the newer version",
		c->from.where, (long long)has, (long long)known);
	return has < known ? -ESTALE : -EUCLEAN;
}

/* What migrations put into a new database goes. */
static int empty_target(struct copy *c)
{
	const struct copy_key start = {0};
	int err = db_begin(&c->to);

	for (int i = 0; i < c->tables.n && err == 0; i++)
		err = copy_remove_range(&c->to, &c->tables.at[i], &start, NULL);
	return err == 0 ? db_commit(&c->to) : err;
}

static int open_target(struct copy *c, const char *to)
{
	struct copy_tables there = {0};
	int err = db_open(&c->to, to, DB_WRITE);

	if (err < 0)
		return copy_failed(c, &c->to, err, NULL);
	/* Until it is finished it is worth nothing: no commit has to wait for the disk. */
	db_exec(&c->to,
		db_is_postgres(&c->to) ? "SET synchronous_commit = off" : "PRAGMA synchronous = NORMAL");
	db_set_patience(&c->to, 0);
	err = check_target(c);
	if (err == 0)
		err = migrate(&c->to, c->to.where, 0);
	if (err == 0)
		err = mark_target(c);
	if (err == 0)
		err = copy_tables_read(&c->to, &there, c->why);
	if (err == 0 && !copy_tables_equal(&c->tables, &there, c->why))
		err = -EUCLEAN;
	copy_tables_free(&there);
	if (err == 0 && !c->is_resumed)
		err = empty_target(c);
	return copy_failed(c, &c->to, err, NULL);
}

int copy_open(struct copy **ret_copy, const char *from, const char *to, copy_progress *on_progress, void *arg,
	char ret_why[static COPY_WHY_SIZE])
{
	struct copy *c = alloc_zero(sizeof(*c));
	int err;

	if (!c)
		return -ENOMEM;
	c->on_progress = on_progress;
	c->arg = arg;
	err = copy_failed(c, &c->from, db_open(&c->from, from, DB_READ), NULL);
	if (err == 0) {
		db_set_patience(&c->from, 0);
		err = check_source(c);
	}
	if (err == 0)
		err = copy_tables_read(&c->from, &c->tables, c->why);
	if (err == 0) {
		read_identity(&c->from, c->identity);
		err = open_target(c, to);
	}
	if (err < 0) {
		str_put(ret_why, COPY_WHY_SIZE, c->why);
		copy_close(c);
		return err;
	}
	*ret_copy = c;
	return 0;
}

void copy_close(struct copy *c)
{
	if (!c)
		return;
	if (c->from.handle) {
		db_rollback(&c->from);
		if (c->is_watching)
			copy_watch_end(&c->from);
	}
	db_close(&c->from);
	if (c->to.handle)
		db_rollback(&c->to);
	db_close(&c->to);
	for (int i = 0; i < COPY_TABLES_MAX; i++)
		copy_key_free(&c->ends[i]);
	copy_tables_free(&c->tables);
	copy_batch_free(&c->batch);
	copy_batch_free(&c->other);
	alloc_free(c);
}

int copy_watch(struct copy *c)
{
	int err = watch_begin(&c->from, &c->tables);

	c->is_watching = err == 0;
	return copy_failed(c, &c->from, err, NULL);
}
