/* Statements of PostgreSQL: prepared at their first run, with the types that were bound then; rows as they
 * come.
 *
 * Invariant: at most one statement has rows on the connection (pg->active); before anything else is sent,
 * they are taken into memory (parked). So statements may be stepped in turn, as with SQLite, and a single
 * large result is never in memory as a whole. */
#include "base/alloc.h"
#include "db/postgres.h"

#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* From the server's catalogue; these never change (src/include/catalog/pg_type.dat). */
#define BOOL_OID 16
#define BYTEA_OID 17
#define INT8_OID 20
#define TEXT_OID 25

static struct pg_statement *statement(const struct db_statement *st)
{
	return st->handle;
}

int pg_prepare(struct db_statement *st)
{
	struct pg_statement *s = alloc_zero(sizeof(*s));

	if (!s)
		return -ENOMEM;
	st->handle = s;
	int err = pg_sql_read(&s->sql, st->sql);
	size_t n = s->sql.parameters.len;
	if (err < 0 || n == 0)
		return err;
	s->values = alloc_array(n, sizeof(*s->values));
	s->lengths = alloc_array(n, sizeof(*s->lengths));
	s->formats = alloc_array(n, sizeof(*s->formats));
	s->types = alloc_array(n, sizeof(*s->types));
	s->prepared = alloc_array(n, sizeof(*s->prepared));
	return s->values && s->lengths && s->formats && s->types && s->prepared ? 0 : -ENOMEM;
}

void pg_finalize(struct db_statement *st)
{
	struct pg_statement *s = statement(st);

	pg_reset(st);
	pg_sql_free(&s->sql);
	VEC_FREE(&s->parked);
	alloc_free(s->values);
	alloc_free(s->lengths);
	alloc_free(s->formats);
	alloc_free(s->types);
	alloc_free(s->prepared);
	alloc_free(s);
}

/* --- binding */

static struct pg_parameter *parameter(struct db_statement *st, int index, enum pg_kind kind, bool is_null)
{
	struct pg_statement *s = statement(st);

	assert(index >= 1);
	if ((size_t)index > s->sql.parameters.len)
		return NULL; /* bound for a form of the statement that does not name it */
	struct pg_parameter *p = &s->sql.parameters.at[index - 1];
	p->kind = kind;
	p->is_null = is_null;
	return p;
}

void pg_bind_int(struct db_statement *st, int index, bool is_null, int64_t value)
{
	struct pg_parameter *p = parameter(st, index, PG_INT, is_null);
	uint64_t wire = htobe64((uint64_t)value);

	if (p)
		memcpy(p->integer, &wire, sizeof(wire));
}

static void bind_bytes(struct db_statement *st, int index, enum pg_kind kind, const void *data, size_t n)
{
	struct pg_parameter *p = parameter(st, index, kind, data == NULL);

	if (!p || !data)
		return;
	if (n + 1 > p->room) {
		char *grown = alloc_resize(p->data, n + 1);
		if (!grown) {
			st->has_failed = true;
			return;
		}
		p->data = grown;
		p->room = n + 1;
	}
	memcpy(p->data, data, n);
	p->data[n] = '\0';
	statement(st)->lengths[index - 1] = (int)n;
}

void pg_bind_text(struct db_statement *st, int index, const char *s, size_t n)
{
	bind_bytes(st, index, PG_TEXT, s, n);
}

void pg_bind_blob(struct db_statement *st, int index, const void *data, size_t n)
{
	bind_bytes(st, index, PG_BLOB, data, n);
}

void pg_clear(struct db_statement *st)
{
	struct pg_statement *s = statement(st);

	for (size_t i = 0; i < s->sql.parameters.len; i++) {
		s->sql.parameters.at[i].kind = PG_UNBOUND;
		s->sql.parameters.at[i].is_null = true;
	}
}

int pg_parameters(const struct db_statement *st)
{
	return (int)statement(st)->sql.parameters.len;
}

const char *pg_parameter_name(const struct db_statement *st, int index)
{
	return statement(st)->sql.parameters.at[index - 1].name;
}

/* --- sending */

/* Fills in libpq's arrays. False: kinds differ from those it is prepared with. */
static bool arrange(struct pg_statement *s)
{
	bool fits = true;

	for (size_t i = 0; i < s->sql.parameters.len; i++) {
		const struct pg_parameter *p = &s->sql.parameters.at[i];
		static const Oid types[] = {0, INT8_OID, TEXT_OID, BYTEA_OID};
		/* What is neither bound nor named has no type that the server could find. */
		s->types[i] = p->kind == PG_UNBOUND && !p->is_used ? TEXT_OID : types[p->kind];
		s->formats[i] = p->kind == PG_INT || p->kind == PG_BLOB;
		s->values[i] = p->kind == PG_UNBOUND || p->is_null ? NULL
			       : p->kind == PG_INT		   ? (const char *)p->integer
								   : p->data;
		if (p->kind == PG_INT)
			s->lengths[i] = sizeof(p->integer);
		/* NULL fits where anything was; a value only where its own kind was. */
		fits = fits && (p->kind == s->prepared[i] || !s->values[i]);
	}
	return fits;
}

static int parameter_count(const struct pg_statement *s)
{
	return (int)s->sql.parameters.len;
}

static bool send_prepare(struct pg *pg, struct pg_statement *s)
{
	str_printf(s->name, sizeof(s->name), "m%u", ++pg->names);
	if (!PQsendPrepare(pg->conn, s->name, s->sql.text, parameter_count(s), s->types))
		return false;
	for (size_t i = 0; i < s->sql.parameters.len; i++)
		s->prepared[i] = s->sql.parameters.at[i].kind;
	s->generation = pg->generation;
	return true;
}

static bool is_prepared(const struct pg *pg, const struct pg_statement *s)
{
	return s->generation == pg->generation;
}

static bool send_run(struct pg *pg, struct pg_statement *s, bool fits)
{
	int n = parameter_count(s);

	if (fits)
		return PQsendQueryPrepared(pg->conn, s->name, n, s->values, s->lengths, s->formats, 0);
	return PQsendQueryParams(pg->conn, s->sql.text, n, s->types, s->values, s->lengths, s->formats, 0);
}

static int start(struct db_statement *st)
{
	struct pg *pg = pg_of(st->db);
	struct pg_statement *s = statement(st);
	int err = pg_settle(st->db);

	if (err < 0)
		return err;
	bool fits = arrange(s), is_in_transaction = db_in_transaction(st->db);
	if (!is_prepared(pg, s)) {
		err = send_prepare(pg, s) ? pg_finish(st->db) : pg_failed(st->db, NULL);
		if (err < 0) {
			s->generation = 0;
			return err;
		}
		fits = true;
	}
	if (!send_run(pg, s, fits))
		return pg_failed(st->db, NULL);
	PQsetSingleRowMode(pg->conn);
	pg->active = st;
	pg->is_active_in_transaction = is_in_transaction;
	s->is_running = true;
	return 0;
}

int pg_run_later(struct db_statement *st)
{
	struct pg *pg = pg_of(st->db);
	struct pg_statement *s = statement(st);
	int err = pg_enter_pipeline(st->db);

	if (err < 0)
		return err;
	bool fits = arrange(s);
	if (!is_prepared(pg, s)) {
		if (!send_prepare(pg, s))
			return pg_failed(st->db, NULL);
		pg->sent[pg->n_sent].prepares = st;
		pg->sent[pg->n_sent++].is_commit = false;
		fits = true;
	}
	if (!send_run(pg, s, fits))
		return pg_failed(st->db, NULL);
	pg->sent[pg->n_sent].prepares = NULL;
	pg->sent[pg->n_sent++].is_commit = false;
	return 0;
}

/* --- rows */

static void drop_row(struct pg_statement *s)
{
	if (s->has_row)
		PQclear(s->row);
	s->row = NULL;
	s->has_row = false;
	s->decoded = 0;
}

static void stop(struct db_statement *st)
{
	struct pg *pg = pg_of(st->db);
	struct pg_statement *s = statement(st);

	if (pg->active == st)
		pg->active = NULL;
	s->is_running = false;
}

/* The next row from the server: 1, with *ret_row; 0 no more, or -errno. */
static int receive(struct db_statement *st, PGresult **ret_row)
{
	struct db *db = st->db;
	struct pg *pg = pg_of(db);
	PGresult *r = pg_result(db);

	if (r && PQresultStatus(r) == PGRES_SINGLE_TUPLE) {
		*ret_row = r;
		return 1;
	}
	int err = 0;
	if (r && (PQresultStatus(r) == PGRES_TUPLES_OK || PQresultStatus(r) == PGRES_COMMAND_OK)) {
		pg->changes = strtoll(PQcmdTuples(r), NULL, 10);
		PQclear(r);
	} else {
		const char *state = r ? PQresultErrorField(r, PG_DIAG_SQLSTATE) : NULL;
		if (state && (str_equal(state, "0A000") || str_equal(state, "26000")))
			statement(st)->generation = 0; /* its tables changed: prepared anew next time */
		err = pg_failed(db, r);
	}
	stop(st);
	if (!pg->is_lost) {
		int end = pg_finish(db);
		err = err ? err : end;
	}
	return err;
}

void pg_park(struct db *db)
{
	struct db_statement *st = pg_of(db)->active;
	PGresult *row;
	int err;

	if (!st)
		return;
	struct pg_statement *s = statement(st);
	while ((err = receive(st, &row)) == 1)
		if (s->end < 0 || VEC_PUSH(&s->parked, row) < 0) {
			PQclear(row);
			s->end = -ENOMEM;
		}
	s->end = s->end < 0 ? s->end : err;
	s->is_parked = true;
	s->is_running = true;
}

/* The next of the rows in memory. */
static int take_parked(struct pg_statement *s)
{
	if (s->next_parked < s->parked.len) {
		s->row = s->parked.at[s->next_parked++];
		s->has_row = true;
		return 1;
	}
	return s->end;
}

int pg_step(struct db_statement *st)
{
	struct pg *pg = pg_of(st->db);
	struct pg_statement *s = statement(st);
	bool is_first = !s->is_running;
	bool may_repeat = is_first && pg->use == DB_READ && !db_in_transaction(st->db);
	int err = is_first ? start(st) : 0;

	if (err == 0) {
		drop_row(s);
		err = s->is_parked ? take_parked(s) : s->is_running ? receive(st, &s->row) : -ENOTCONN;
	}
	/* A reader that finds its connection gone has lost nothing yet: once more on a new one. */
	if (err == -ENOTCONN && may_repeat && pg_ready(st->db) == 0) {
		err = start(st);
		if (err == 0)
			err = receive(st, &s->row);
	}
	if (err == 1) {
		s->has_row = true;
		return 1;
	}
	pg_reset(st);
	return err;
}

void pg_reset(struct db_statement *st)
{
	struct pg *pg = pg_of(st->db);
	struct pg_statement *s = statement(st);
	PGresult *row = NULL;

	drop_row(s);
	while (pg->active == st && receive(st, &row) == 1)
		PQclear(row);
	for (size_t i = s->next_parked; i < s->parked.len; i++)
		PQclear(s->parked.at[i]);
	s->parked.len = s->next_parked = 0;
	s->is_parked = s->is_running = false;
	s->end = 0;
}

/* --- columns */

static bool has_value(const struct pg_statement *s, int column)
{
	return s->has_row && !PQgetisnull(s->row, 0, column);
}

/* The value and its length; bytes are decoded where they stand, once. */
static const char *value(struct pg_statement *s, int column, size_t *ret_n)
{
	char *text = PQgetvalue(s->row, 0, column);
	size_t n = (size_t)PQgetlength(s->row, 0, column);

	if (PQftype(s->row, column) != BYTEA_OID) {
		*ret_n = n;
		return text;
	}
	assert(column < 64);
	if (!(s->decoded >> column & 1))
		pg_bytes_decode(text, n);
	s->decoded |= UINT64_C(1) << column;
	*ret_n = n >= 2 ? n / 2 - 1 : 0;
	return text;
}

int64_t pg_get_int(struct db_statement *st, int column)
{
	struct pg_statement *s = statement(st);

	if (!has_value(s, column))
		return 0;
	const char *text = PQgetvalue(s->row, 0, column);
	return PQftype(s->row, column) == BOOL_OID ? *text == 't' : strtoll(text, NULL, 10);
}

const char *pg_get_text(struct db_statement *st, int column)
{
	struct pg_statement *s = statement(st);
	size_t n;

	return has_value(s, column) ? value(s, column, &n) : NULL;
}

const void *pg_get_blob(struct db_statement *st, int column)
{
	return pg_get_text(st, column);
}

size_t pg_get_bytes(struct db_statement *st, int column)
{
	struct pg_statement *s = statement(st);
	size_t n = 0;

	if (has_value(s, column))
		value(s, column, &n);
	return n;
}

bool pg_is_null(struct db_statement *st, int column)
{
	return !has_value(statement(st), column);
}
