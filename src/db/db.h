/* Databases, made short: one way to speak to SQLite (a file) and to PostgreSQL (a server). Connections with a
 * cache of prepared statements, errors as negative errno. One thread each.
 *
 * SQL here is what both understand. Parameters are written ?, ?1 or :name (one kind in a statement); every
 * integer has 64 bits; names that are words of SQL stand in double quotes ("user", "order", "row"); INSERT OR
 * IGNORE is ON CONFLICT DO NOTHING. INDEXED BY x and CROSS JOIN ... ON are hints for SQLite's planner, which
 * PostgreSQL does not get to see. What has no common form is a function of the same name on both sides
 * (docs/internals/store.md lists them).
 *
 * Invariant: a statement bound, stepped and read through here behaves the same on both; the store's tests run
 * on both.
 *
 * Must not know: what is in the tables. */
#pragma once
#include "base/map.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DB_PATH_MAX 512
#define DB_BUSY_MS 5000
#define DB_STATEMENTS_MAX 512 /* different texts on one connection; all are kept prepared */

struct db_backend;
struct db_statement; /* belongs to its connection's cache */

struct db {
	const struct db_backend *backend;
	void *handle;		      /* the backend's */
	struct strmap statements;     /* SQL -> db_statement; not to be touched outside this room */
	char message[256];	      /* the database's own words for the last failure; for the log only */
	char where[DB_PATH_MAX + 16]; /* without a password: for messages */
};

enum db_use {
	DB_READ,  /* must exist; changes are refused */
	DB_WRITE, /* SQLite: created when absent, WAL, synchronous=FULL. PostgreSQL: synchronous_commit=on */
};

/* Is `where` the address of a PostgreSQL server (postgres://..., postgresql://...) rather than a path? */
bool db_is_server(const char *where);
/* Opens the database. A server lets one connection of DB_WRITE in at a time (-EBUSY: another one has it; it
 * is given back with the connection). 0, -ENOENT, -EUCLEAN (not a database, damaged), -ENOTCONN (the server
 * cannot be reached), -EACCES (it refuses the login), -EINVAL (the address cannot be read), -ENOMEM, -EIO...
 * On failure db is closed and message says why. */
int db_open(struct db *db, const char *where, enum db_use use);
void db_close(struct db *db);
/* Is it PostgreSQL? For the few places where the two differ. */
bool db_is_postgres(const struct db *db);
/* The negative errno of the last failure on this connection. -ENOTCONN: the connection is lost; a commit that
 * was on its way may have happened or not. A connection of DB_READ connects anew by itself at its next
 * statement (and repeats the one at which it found out, outside of a transaction); one of DB_WRITE stays lost
 * until it is closed and opened again. */
int db_error(const struct db *db);
/* After a db_commit that failed with err: may it have happened all the same? True when the connection was
 * lost on the way, and when what was written could not be brought to the disk. */
bool db_is_in_doubt(const struct db *db, int err);
/* Statements without parameters or rows; several may follow each other. */
int db_exec(struct db *db, const char *sql);
/* A transaction for writing; the others are db_exec's. After a failed commit or statement: db_rollback, which
 * is harmless when there is none. */
int db_begin(struct db *db);
int db_commit(struct db *db);
int db_rollback(struct db *db);
bool db_in_transaction(const struct db *db);
/* How long a statement may take, in ms: 0 for ever, negative the usual again. Without it a server's
 * connection gives up after some time (-EBUSY, or -ENOTCONN when the server is silent); SQLite never does. 0
 * or -errno. */
int db_set_patience(struct db *db, int ms);

/* The prepared statement of sql, reset and without bindings; it belongs to the cache. 0 or -errno. */
int db_prepare(struct db *db, const char *sql, struct db_statement **ret_statement);
/* Steps: 1 a row, 0 done (and reset), -errno (and reset). */
int db_step(struct db *db, struct db_statement *st);
/* db_step for statements that give no row: 0 or -errno. */
int db_run(struct db *db, struct db_statement *st);
/* As db_run, but the answer is not waited for where that costs a round trip: a failure shows at the latest in
 * db_commit, or in the next call that has to wait. Within a transaction only. */
int db_run_later(struct db *db, struct db_statement *st);
/* Rows changed by the last db_run or by the statement that db_step just finished. */
int64_t db_changes(const struct db *db);
void db_reset(struct db_statement *st);
/* Prepares sql, binds integers (count of them), runs it. For the many small ones. */
int db_run_ints(struct db *db, const char *sql, int count, ...);
/* As db_run_ints, and reads the first column of the first row. 1 found, 0 no row, -errno. */
int db_read_int(struct db *db, int64_t *ret_value, const char *sql, int count, ...);

/* Binding: index from 1. Text and bytes are copied; what is no UTF-8 in a text, and a NUL, becomes U+FFFD.
 * What is not bound is NULL; each call says the parameter's type even when it binds NULL. */
void db_bind_int(struct db_statement *st, int index, int64_t value);
void db_bind_int_null(struct db_statement *st, int index);	      /* NULL where an integer is expected */
void db_bind_id(struct db_statement *st, int index, uint64_t id);     /* 0: NULL */
void db_bind_text(struct db_statement *st, int index, const char *s); /* NULL: NULL */
void db_bind_text_n(struct db_statement *st, int index, const char *s, size_t n);
void db_bind_blob(struct db_statement *st, int index, const void *data, size_t n);
/* What db_bind_text makes of a text: adds n bytes to copy in which everything that is no UTF-8, and NUL, is
 * U+FFFD. */
struct text;
void db_text_mend(struct text *copy, const char *s, size_t n);
/* Named parameters: how many, and the name (with its colon) of each. */
int db_parameters(const struct db_statement *st);
const char *db_parameter(const struct db_statement *st, int index);

/* Columns of the row just stepped to, from 0. NULL reads as 0, NULL, 0 bytes. Valid until the next step. */
int64_t db_int(struct db_statement *st, int column);
const char *db_text(struct db_statement *st, int column);
const void *db_blob(struct db_statement *st, int column);
size_t db_bytes(struct db_statement *st, int column); /* of the text or blob read before */
bool db_is_null(struct db_statement *st, int column);
