/* SQLite, made short: connections with a cache of prepared statements, and errors as negative errno. One
 * thread each. */
#pragma once
#include "base/map.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#define DB_PATH_MAX 512
#define DB_BUSY_MS 5000
#define DB_STATEMENTS_MAX 512 /* different texts on one connection; all are kept prepared */

struct db {
	sqlite3 *handle;
	struct strmap statements; /* SQL -> sqlite3_stmt; not to be touched outside db.c */
};

/* Opens path. is_writer: creates it, WAL, synchronous=FULL; otherwise it must exist and is only read.
 * 0, -ENOENT, -EUCLEAN (not a database, damaged), -ENOMEM, -EIO... On failure db is closed. */
int db_open(struct db *db, const char *path, bool is_writer);
void db_close(struct db *db);
/* The negative errno of the last failure on this connection. */
int db_error(const struct db *db);
/* Statements without parameters or rows; several may follow each other. */
int db_exec(struct db *db, const char *sql);
/* The prepared statement of sql, reset and without bindings; it belongs to the cache. 0 or -errno. */
int db_prepare(struct db *db, const char *sql, sqlite3_stmt **ret_statement);
/* Steps: 1 a row, 0 done (and reset), -errno (and reset). */
int db_step(struct db *db, sqlite3_stmt *st);
/* db_step for statements that give no row: 0 or -errno. */
int db_run(struct db *db, sqlite3_stmt *st);
/* Prepares sql, binds integers (count of them), runs it. For the many small ones. */
int db_run_ints(struct db *db, const char *sql, int count, ...);
/* As db_run_ints, and reads the first column of the first row. 1 found, 0 no row, -errno. */
int db_read_int(struct db *db, int64_t *ret_value, const char *sql, int count, ...);
/* NULL and "0 means none" made short. Text is copied. */
void db_bind_text(sqlite3_stmt *st, int index, const char *s);
void db_bind_id(sqlite3_stmt *st, int index, uint64_t id);
/* The text of a column, or NULL. Valid until the next step. */
const char *db_text(sqlite3_stmt *st, int column);
/* 0 or negative errno of an SQLite result code; system_errno when the code is an I/O error. */
int db_errno(int code, int system_errno);
