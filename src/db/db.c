/* See db.h. The cache of statements, and the way to the backend. */
#include "db/db.h"
#include "base/alloc.h"
#include "base/log.h"
#include "base/str.h"
#include "db/backend.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>

bool db_is_server(const char *where)
{
	return str_starts_with(where, "postgres://") || str_starts_with(where, "postgresql://");
}

int db_open(struct db *db, const char *where, enum db_use use)
{
	*db = (struct db){.backend = db_is_server(where) ? &postgres_backend : &sqlite_backend};
	int err = db->backend->open(db, where, use);
	if (err < 0)
		db_close(db);
	return err;
}

static void statement_free(struct db_statement *st)
{
	if (st->handle)
		st->db->backend->finalize(st);
	alloc_free(st->sql);
	alloc_free(st);
}

void db_close(struct db *db)
{
	struct db_statement *st;
	const char *sql;

	for (size_t i = 0; (st = strmap_next(&db->statements, &i, &sql));)
		statement_free(st);
	strmap_free(&db->statements);
	db->statements = (struct strmap){0};
	if (db->handle)
		db->backend->close(db);
	db->handle = NULL;
}

bool db_is_postgres(const struct db *db)
{
	return db->backend != &sqlite_backend;
}

int db_error(const struct db *db)
{
	return db->backend->error(db);
}

bool db_is_in_doubt(const struct db *db, int err)
{
	return err == -ENOTCONN || err == -EIO || err == -ETIMEDOUT ||
	       (err < 0 && db->backend->is_in_doubt && db->backend->is_in_doubt(db));
}

int db_exec(struct db *db, const char *sql)
{
	return db->backend->exec(db, sql);
}

int db_begin(struct db *db)
{
	return db_exec(db, db->backend->begin);
}

int db_commit(struct db *db)
{
	return db_exec(db, "COMMIT");
}

int db_rollback(struct db *db)
{
	return db_in_transaction(db) ? db_exec(db, "ROLLBACK") : 0;
}

bool db_in_transaction(const struct db *db)
{
	return db->backend->in_transaction(db);
}

int db_set_patience(struct db *db, int ms)
{
	return db->backend->set_patience ? db->backend->set_patience(db, ms) : 0;
}

int db_prepare(struct db *db, const char *sql, struct db_statement **ret_statement)
{
	struct db_statement *st = strmap_get(&db->statements, sql);
	int err = db->backend->ready ? db->backend->ready(db) : 0;

	if (err < 0)
		return err;
	if (st) {
		db_reset(st);
		db->backend->clear(st);
		st->has_failed = false;
		*ret_statement = st;
		return 0;
	}
	assert(db->statements.len <
		DB_STATEMENTS_MAX); /* texts come from templates: their number does not grow with use */
	st = alloc_zero(sizeof(*st));
	if (!st)
		return -ENOMEM;
	st->db = db;
	st->sql = alloc_strdup(sql);
	err = st->sql ? db->backend->prepare(st) : -ENOMEM;
	if (err < 0)
		log_error("store", 0, "statement refused: %s (%.200s)", db->message, sql);
	else
		err = strmap_put(&db->statements, sql, st);
	if (err < 0) {
		statement_free(st);
		return err;
	}
	*ret_statement = st;
	return 0;
}

int db_step(struct db *db, struct db_statement *st)
{
	return st->has_failed ? -ENOMEM : db->backend->step(st);
}

int db_run(struct db *db, struct db_statement *st)
{
	int err = db_step(db, st);

	if (err > 0) {
		db_reset(st);
		err = 0;
	}
	return err;
}

int db_run_later(struct db *db, struct db_statement *st)
{
	if (st->has_failed)
		return -ENOMEM;
	return db->backend->run_later ? db->backend->run_later(st) : db_run(db, st);
}

int64_t db_changes(const struct db *db)
{
	return db->backend->changes(db);
}

void db_reset(struct db_statement *st)
{
	st->db->backend->reset(st);
}

static int prepare_ints(
	struct db *db, struct db_statement **ret_statement, const char *sql, int count, va_list ap)
{
	int err = db_prepare(db, sql, ret_statement);

	for (int i = 1; i <= count && err == 0; i++)
		db_bind_int(*ret_statement, i, va_arg(ap, int64_t));
	return err;
}

int db_run_ints(struct db *db, const char *sql, int count, ...)
{
	struct db_statement *st;
	va_list ap;

	va_start(ap, count);
	int err = prepare_ints(db, &st, sql, count, ap);
	va_end(ap);
	return err < 0 ? err : db_run(db, st);
}

int db_read_int(struct db *db, int64_t *ret_value, const char *sql, int count, ...)
{
	struct db_statement *st;
	va_list ap;

	va_start(ap, count);
	int err = prepare_ints(db, &st, sql, count, ap);
	va_end(ap);
	if (err == 0)
		err = db_step(db, st);
	if (err == 1) {
		*ret_value = db_int(st, 0);
		db_reset(st);
	}
	return err;
}

void db_bind_int(struct db_statement *st, int index, int64_t value)
{
	st->db->backend->bind_int(st, index, false, value);
}

void db_bind_int_null(struct db_statement *st, int index)
{
	st->db->backend->bind_int(st, index, true, 0);
}

void db_bind_id(struct db_statement *st, int index, uint64_t id)
{
	st->db->backend->bind_int(st, index, id == 0, (int64_t)id);
}

void db_text_mend(struct text *copy, const char *s, size_t n)
{
	for (size_t i = 0, k; i < n; i += k) {
		for (k = 1; k <= 4 && i + k <= n && !str_is_utf8(s + i, k);)
			k++;
		if (k <= 4 && i + k <= n) {
			text_add_n(copy, s + i, k);
		} else {
			text_add(copy, "\xef\xbf\xbd");
			k = 1;
		}
	}
}

void db_bind_text(struct db_statement *st, int index, const char *s)
{
	db_bind_text_n(st, index, s, s ? strlen(s) : 0);
}

/* A text that one of the databases refuses would block the log behind the event it came in. */
void db_bind_text_n(struct db_statement *st, int index, const char *s, size_t n)
{
	_cleanup_text_ struct text copy = {0};

	if (s && !str_is_utf8(s, n)) {
		db_text_mend(&copy, s, n);
		st->has_failed = st->has_failed || copy.failed;
		s = copy.failed ? NULL : copy.data;
		n = copy.len;
	}
	st->db->backend->bind_text(st, index, s, n);
}

void db_bind_blob(struct db_statement *st, int index, const void *data, size_t n)
{
	st->db->backend->bind_blob(st, index, data, n);
}

int db_parameters(const struct db_statement *st)
{
	return st->db->backend->parameters(st);
}

const char *db_parameter(const struct db_statement *st, int index)
{
	return st->db->backend->parameter(st, index);
}

int64_t db_int(struct db_statement *st, int column)
{
	return st->db->backend->get_int(st, column);
}

const char *db_text(struct db_statement *st, int column)
{
	return st->db->backend->get_text(st, column);
}

const void *db_blob(struct db_statement *st, int column)
{
	return st->db->backend->get_blob(st, column);
}

size_t db_bytes(struct db_statement *st, int column)
{
	return st->db->backend->get_bytes(st, column);
}

bool db_is_null(struct db_statement *st, int column)
{
	return st->db->backend->is_null(st, column);
}
