/* See db.h. */
#include "store/db.h"
#include "store/customers.h"
#include "base/log.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>

int db_errno(int code, int system_errno)
{
	switch (code & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return 0;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return -EUCLEAN;
	case SQLITE_READONLY:
		return -EROFS;
	case SQLITE_CONSTRAINT:
		return -EEXIST;
	case SQLITE_CANTOPEN:
		return system_errno ? -system_errno : -ENOENT;
	case SQLITE_IOERR:
		/* A full disk shows itself here too, when the shared-memory file cannot grow. */
		return code == SQLITE_IOERR_SHMSIZE || system_errno == ENOSPC ? -ENOSPC : -EIO;
	default:
		return -EIO;
	}
}

int db_error(const struct db *db)
{
	int code = sqlite3_extended_errcode(db->handle),
	    err = db_errno(code, sqlite3_system_errno(db->handle));

	return err ? err : -EIO;
}

int db_exec(struct db *db, const char *sql)
{
	return sqlite3_exec(db->handle, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : db_error(db);
}

int db_open(struct db *db, const char *path, bool is_writer)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (is_writer ? SQLITE_OPEN_CREATE : 0);

	*db = (struct db){0};
	if (sqlite3_open_v2(path, &db->handle, flags, NULL) != SQLITE_OK) {
		int err = db->handle ? db_error(db) : -ENOMEM;
		db_close(db);
		return err;
	}
	sqlite3_extended_result_codes(db->handle, 1);
	sqlite3_busy_timeout(db->handle, DB_BUSY_MS);
	int err = db_exec(
		db, is_writer ? "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY;"
				"PRAGMA cache_size=-16000; PRAGMA trusted_schema=OFF;"
			      : "PRAGMA query_only=ON; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-8000;"
				"PRAGMA trusted_schema=OFF;");
	if (err == 0)
		err = customers_add_function(db);
	if (err < 0)
		db_close(db);
	return err;
}

static void drop_statements(struct db *db)
{
	const char *sql;
	sqlite3_stmt *st;

	for (size_t i = 0; (st = strmap_next(&db->statements, &i, &sql));)
		sqlite3_finalize(st);
	strmap_free(&db->statements);
	db->statements = (struct strmap){0};
}

void db_close(struct db *db)
{
	drop_statements(db);
	if (db->handle)
		sqlite3_close(db->handle);
	db->handle = NULL;
}

int db_prepare(struct db *db, const char *sql, sqlite3_stmt **ret_statement)
{
	sqlite3_stmt *st = strmap_get(&db->statements, sql);

	if (st) {
		sqlite3_reset(st);
		sqlite3_clear_bindings(st);
		*ret_statement = st;
		return 0;
	}
	assert(db->statements.len <
		DB_STATEMENTS_MAX); /* texts come from templates: their number does not grow with use */
	if (sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &st, NULL) != SQLITE_OK) {
		int err = db_error(db);
		log_error("store", 0, "statement refused: %s (%.200s)", sqlite3_errmsg(db->handle), sql);
		return err;
	}
	int err = strmap_put(&db->statements, sql, st);
	if (err < 0) {
		sqlite3_finalize(st);
		return err;
	}
	*ret_statement = st;
	return 0;
}

int db_step(struct db *db, sqlite3_stmt *st)
{
	int code = sqlite3_step(st);

	if (code == SQLITE_ROW)
		return 1;
	int err = code == SQLITE_DONE ? 0 : db_error(db);
	sqlite3_reset(st);
	return err;
}

int db_run(struct db *db, sqlite3_stmt *st)
{
	int err = db_step(db, st);

	if (err > 0) {
		sqlite3_reset(st);
		err = 0;
	}
	return err;
}

static int prepare_ints(struct db *db, sqlite3_stmt **ret_statement, const char *sql, int count, va_list ap)
{
	int err = db_prepare(db, sql, ret_statement);

	for (int i = 1; i <= count && err == 0; i++)
		sqlite3_bind_int64(*ret_statement, i, va_arg(ap, int64_t));
	return err;
}

int db_run_ints(struct db *db, const char *sql, int count, ...)
{
	sqlite3_stmt *st;
	va_list ap;

	va_start(ap, count);
	int err = prepare_ints(db, &st, sql, count, ap);
	va_end(ap);
	return err < 0 ? err : db_run(db, st);
}

int db_read_int(struct db *db, int64_t *ret_value, const char *sql, int count, ...)
{
	sqlite3_stmt *st;
	va_list ap;

	va_start(ap, count);
	int err = prepare_ints(db, &st, sql, count, ap);
	va_end(ap);
	if (err == 0)
		err = db_step(db, st);
	if (err == 1) {
		*ret_value = sqlite3_column_int64(st, 0);
		sqlite3_reset(st);
	}
	return err;
}

void db_bind_text(sqlite3_stmt *st, int index, const char *s)
{
	if (s)
		sqlite3_bind_text(st, index, s, -1, SQLITE_TRANSIENT);
	else
		sqlite3_bind_null(st, index);
}

void db_bind_id(sqlite3_stmt *st, int index, uint64_t id)
{
	if (id)
		sqlite3_bind_int64(st, index, (int64_t)id);
	else
		sqlite3_bind_null(st, index);
}

const char *db_text(sqlite3_stmt *st, int column)
{
	return (const char *)sqlite3_column_text(st, column);
}
