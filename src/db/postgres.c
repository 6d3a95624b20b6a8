/* PostgreSQL behind db.h: the connection, transactions, the pipeline. See postgres.h for the invariants.
 *
 * libpq is used without blocking: what is sent is followed by a wait of our own with an end, so that a server
 * that is silent (stopped, unreachable) costs a named time and not the thread. After such a silence the
 * connection counts as lost, because an answer that comes later could be taken for that of the next
 * statement. */
#include "db/postgres.h"
#include "base/alloc.h"
#include "base/clock.h"

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

/* --- failures */

/* Message into db->message, on one line and without the password. */
static void keep_message(struct db *db, const char *message)
{
	const struct pg *pg = pg_of(db);

	if (pg && pg->password && *pg->password && strstr(message, pg->password))
		message = "the server refused (its words are not shown, because they hold the password)";
	str_put(db->message, sizeof(db->message), message);
	for (char *p = db->message; *p; p++)
		if (*p == '\n' || *p == '\t')
			*p = p[1] ? ' ' : '\0';
}

static int lost(struct db *db, const char *why)
{
	struct pg *pg = pg_of(db);

	pg->is_lost = true;
	pg->is_begun = false;
	pg->n_sent = 0;
	if (pg->active) { /* its rows will not come */
		struct pg_statement *s = pg->active->handle;
		s->is_running = false;
		pg->active = NULL;
	}
	keep_message(db, why);
	return pg->error = -ENOTCONN;
}

int pg_failed(struct db *db, PGresult *r)
{
	struct pg *pg = pg_of(db);
	const char *state = r ? PQresultErrorField(r, PG_DIAG_SQLSTATE) : NULL;
	const char *primary = r ? PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY) : NULL;
	int err;

	if (PQstatus(pg->conn) == CONNECTION_BAD || (!r && pg->is_lost)) {
		char words[256];
		str_put(words, sizeof(words), primary ? primary : PQerrorMessage(pg->conn));
		err = pg->is_lost ? -ENOTCONN : lost(db, words);
	} else {
		keep_message(db, primary ? primary : PQerrorMessage(pg->conn));
		err = pg_errno(state);
	}
	PQclear(r);
	if (!pg->transaction_error)
		pg->transaction_error = err;
	return pg->error = err;
}

/* --- waiting */

static int64_t deadline_of(const struct pg *pg)
{
	return pg->patience_ms ? clock_mono_ms() + pg->patience_ms + PG_GRACE_MS : INT64_MAX;
}

/* Waits for the socket. False: not before the deadline. */
static bool wait_socket(const struct pg *pg, short events, int64_t deadline)
{
	struct pollfd p = {.fd = PQsocket(pg->conn), .events = events};

	for (;;) {
		int64_t left = deadline - clock_mono_ms();
		int n = poll(&p, 1, left <= 0 ? 0 : left > 60000 ? 60000 : (int)left);
		if (n > 0)
			return true;
		if (n < 0 && errno != EINTR)
			return false;
		if (clock_mono_ms() >= deadline)
			return false;
	}
}

PGresult *pg_result(struct db *db)
{
	struct pg *pg = pg_of(db);
	int64_t deadline = deadline_of(pg);

	for (;;) {
		int unsent = PQflush(pg->conn);
		if (unsent < 0) /* what the server said before it went is still to be read */
			PQconsumeInput(pg->conn);
		if (!PQisBusy(pg->conn))
			return PQgetResult(pg->conn);
		if (!wait_socket(pg, (short)(POLLIN | (unsent > 0 ? POLLOUT : 0)), deadline)) {
			lost(db, "the server has not answered in time");
			return NULL;
		}
		if (!PQconsumeInput(pg->conn) && PQstatus(pg->conn) == CONNECTION_BAD)
			return PQgetResult(pg->conn);
	}
}

int pg_finish(struct db *db)
{
	struct pg *pg = pg_of(db);
	PGresult *r;
	int err = 0;

	while ((r = pg_result(db))) {
		ExecStatusType status = PQresultStatus(r);
		if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)
			pg->changes = strtoll(PQcmdTuples(r), NULL, 10);
		if (status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE) {
			int failed = pg_failed(db, r);
			err = err ? err : failed;
			if (pg->is_lost)
				break;
		} else {
			PQclear(r);
		}
	}
	return pg->is_lost ? -ENOTCONN : err;
}

/* --- the pipeline */

/* Forgets that a statement is prepared, because its preparation failed or was never reached. */
static void not_prepared(struct db_statement *st)
{
	((struct pg_statement *)st->handle)->generation = 0;
}

/* The answer to one thing sent. 0 or its failure. */
static int one_answer(struct db *db, struct db_statement *prepares, bool is_commit)
{
	struct pg *pg = pg_of(db);
	PGresult *r;
	int err = 0;

	while ((r = pg_result(db))) {
		ExecStatusType status = PQresultStatus(r);
		if (status == PGRES_FATAL_ERROR) {
			err = pg_failed(db, r);
			if (pg->is_lost)
				return err;
			continue;
		}
		if (status == PGRES_PIPELINE_ABORTED)
			err = pg->transaction_error ? pg->transaction_error : -EIO;
		else if (is_commit && strcmp(PQcmdStatus(r), "COMMIT") != 0)
			err = pg->transaction_error ? pg->transaction_error : -EIO;
		PQclear(r);
	}
	if (err < 0 && prepares)
		not_prepared(prepares);
	return pg->is_lost ? -ENOTCONN : err;
}

int pg_leave_pipeline(struct db *db)
{
	struct pg *pg = pg_of(db);
	int err = 0;

	if (pg->is_lost)
		return -ENOTCONN;
	if (PQpipelineStatus(pg->conn) == PQ_PIPELINE_OFF)
		return 0;
	if (!PQpipelineSync(pg->conn))
		return pg_failed(db, NULL);
	for (size_t i = 0; i < pg->n_sent && !pg->is_lost; i++) {
		int one = one_answer(db, pg->sent[i].prepares, pg->sent[i].is_commit);
		err = err ? err : one;
	}
	if (pg->is_lost)
		return -ENOTCONN;
	pg->n_sent = 0;
	PGresult *sync = pg_result(db);
	if (!sync || PQresultStatus(sync) != PGRES_PIPELINE_SYNC)
		return sync ? pg_failed(db, sync) : lost(db, "the server's answers are out of step");
	PQclear(sync);
	if (!PQexitPipelineMode(pg->conn))
		return lost(db, PQerrorMessage(pg->conn));
	return err;
}

int pg_enter_pipeline(struct db *db)
{
	struct pg *pg = pg_of(db);
	int err = 0;

	if (pg->is_lost)
		return -ENOTCONN;
	pg_park(db);
	if (pg->n_sent + 4 > PG_PIPELINE_MAX)
		err = pg_leave_pipeline(db);
	if (err < 0)
		return err;
	if (PQpipelineStatus(pg->conn) == PQ_PIPELINE_OFF && !PQenterPipelineMode(pg->conn))
		return pg_failed(db, NULL);
	if (!pg->is_begun)
		return 0;
	pg->is_begun = false;
	if (!PQsendQueryParams(pg->conn, "BEGIN", 0, NULL, NULL, NULL, NULL, 0))
		return pg_failed(db, NULL);
	pg->sent[pg->n_sent].prepares = NULL;
	pg->sent[pg->n_sent++].is_commit = false;
	return 0;
}

/* --- statements without parameters, transactions */

static int exec_now(struct db *db, const char *sql)
{
	struct pg *pg = pg_of(db);

	return PQsendQuery(pg->conn, sql) ? pg_finish(db) : pg_failed(db, NULL);
}

int pg_settle(struct db *db)
{
	struct pg *pg = pg_of(db);

	if (pg->is_lost)
		return -ENOTCONN;
	pg_park(db);
	int err = pg_leave_pipeline(db);
	if (err == 0 && pg->is_begun) {
		pg->is_begun = false;
		err = exec_now(db, "BEGIN");
	}
	return err;
}

/* COMMIT of a transaction in which something failed is a ROLLBACK to the server, and no failure: here it is
 * one. */
static int commit(struct db *db)
{
	struct pg *pg = pg_of(db);
	int err;

	if (pg->is_lost)
		return -ENOTCONN;
	if (pg->is_begun) { /* nothing was done in it */
		pg->is_begun = false;
		return 0;
	}
	err = pg_enter_pipeline(db);
	if (err < 0)
		return err;
	if (!PQsendQueryParams(pg->conn, "COMMIT", 0, NULL, NULL, NULL, NULL, 0))
		return pg_failed(db, NULL);
	pg->sent[pg->n_sent].prepares = NULL;
	pg->sent[pg->n_sent++].is_commit = true;
	return pg_leave_pipeline(db);
}

static int exec(struct db *db, const char *sql)
{
	struct pg *pg = pg_of(db);
	int err = pg_ready(db);

	if (err < 0)
		return err;
	if (str_equal(sql, "BEGIN")) {
		pg->is_begun = true;
		pg->transaction_error = 0;
		return 0;
	}
	if (str_equal(sql, "COMMIT"))
		return commit(db);
	bool is_rollback = str_starts_with(sql, "ROLLBACK");
	if (is_rollback && str_equal(sql, "ROLLBACK") && pg->is_begun) {
		pg->is_begun = false;
		return 0;
	}
	err = pg_settle(db);
	if (err < 0 && (!is_rollback || pg->is_lost)) /* what a rollback undoes may have failed */
		return err;
	err = exec_now(db, sql);
	if (err == 0 && is_rollback)
		pg->transaction_error = 0;
	return err;
}

static bool in_transaction(const struct db *db)
{
	const struct pg *pg = pg_of(db);

	if (!pg->conn || pg->is_lost)
		return false;
	PGTransactionStatusType status = PQtransactionStatus(pg->conn);
	return pg->is_begun || pg->n_sent > 0 || status == PQTRANS_INTRANS || status == PQTRANS_INERROR ||
	       (status == PQTRANS_ACTIVE && (!pg->active || pg->is_active_in_transaction));
}

/* --- connecting */

static const char *option_of(const PQconninfoOption *options, const char *keyword)
{
	for (const PQconninfoOption *o = options; o && o->keyword; o++)
		if (str_equal(o->keyword, keyword))
			return o->val;
	return NULL;
}

static int read_address(struct db *db, const char *url)
{
	struct pg *pg = pg_of(db);
	PQconninfoOption *options = PQconninfoParse(url, NULL); /* its own words would show the password */

	if (!options) {
		keep_message(db,
			"the address cannot be read: write postgres://USER:PASSWORD@HOST:PORT/DATABASE, "
			"with special letters as %XX");
		return -EINVAL;
	}
	const char *user = option_of(options, "user"), *host = option_of(options, "host");
	const char *port = option_of(options, "port"), *name = option_of(options, "dbname");
	const char *password = option_of(options, "password");
	str_printf(db->where, sizeof(db->where), "postgres://%s%s%s%s%s/%s", user ? user : "",
		user ? "@" : "", host ? host : "", port ? ":" : "", port ? port : "", name ? name : "");
	pg->password = password ? alloc_strdup(password) : NULL;
	bool failed = password && !pg->password;
	PQconninfoFree(options);
	return failed ? -ENOMEM : 0;
}

/* The five characters after the severity in the verbose words of a refused login: "FATAL:  28P01: ...". */
static int connect_errno(const char *message)
{
	char state[6] = "";

	for (const char *p = strstr(message, ":  "); p; p = strstr(p + 1, ":  ")) {
		size_t n = 0;
		while (n < 5 && (isdigit((unsigned char)p[3 + n]) || isupper((unsigned char)p[3 + n])))
			n++;
		if (n == 5 && p[8] == ':')
			str_put_n(state, sizeof(state), p + 3, 5);
	}
	int err = *state ? pg_errno(state) : -ENOTCONN;
	return err == -EIO ? -ENOTCONN : err;
}

static int connect_timeout_ms(const PGconn *conn)
{
	PQconninfoOption *options = PQconninfo((PGconn *)conn);
	const char *text = option_of(options, "connect_timeout");
	int64_t s = 0;

	if (!text || str_to_int(text, 1, 3600, &s) < 0)
		s = PG_CONNECT_MS / 1000;
	PQconninfoFree(options);
	return (int)s * 1000;
}

/* What every connection of ours has, unless the address says otherwise. */
static PGconn *start_connecting(const char *url)
{
	static const char *const names[] = {"application_name", "client_encoding", "keepalives_idle",
		"keepalives_interval", "keepalives_count", "tcp_user_timeout", "dbname", NULL};
	const char *values[] = {"markaz", "UTF8", "10", "5", "3", "15000", url, NULL};

	return PQconnectStartParams(names, values, 1);
}

static int connect_now(struct db *db)
{
	struct pg *pg = pg_of(db);

	PQfinish(pg->conn);
	pg->conn = start_connecting(pg->url);
	if (!pg->conn)
		return -ENOMEM;
	PQsetErrorVerbosity(pg->conn, PQERRORS_VERBOSE);
	int64_t deadline = clock_mono_ms() + connect_timeout_ms(pg->conn);
	PostgresPollingStatusType status =
		PQstatus(pg->conn) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
	while (status != PGRES_POLLING_OK && status != PGRES_POLLING_FAILED) {
		if (!wait_socket(pg, status == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline)) {
			keep_message(db, "the server cannot be reached in time");
			return -ENOTCONN;
		}
		status = PQconnectPoll(pg->conn);
	}
	if (status == PGRES_POLLING_FAILED) {
		keep_message(db, PQerrorMessage(pg->conn));
		return connect_errno(PQerrorMessage(pg->conn));
	}
	PQsetErrorVerbosity(pg->conn, PQERRORS_DEFAULT);
	PQsetnonblocking(pg->conn, 1);
	pg->is_lost = pg->is_begun = false;
	pg->transaction_error = 0;
	pg->n_sent = 0;
	pg->active = NULL;
	pg->generation++;
	return 0;
}

static int set_limits(struct db *db)
{
	const struct pg *pg = pg_of(db);
	char sql[320];

	/* A server that keeps the lock of a writer it cannot hear any more has to find that out soon. */
	str_printf(sql, sizeof(sql),
		"SET statement_timeout = %d; SET lock_timeout = %d; SET tcp_keepalives_idle = 10; "
		"SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3; %s",
		pg->patience_ms, PG_LOCK_MS,
		pg->use == DB_WRITE ? "SET synchronous_commit = on; SET default_transaction_read_only = off"
				    : "SET default_transaction_read_only = on");
	return exec_now(db, sql);
}

/* One writer a database, whatever machine it runs on. The lock goes with the connection. */
static int take_writer_lock(struct db *db)
{
	char sql[80];

	/* The server takes a moment to see that the one before is gone. */
	str_printf(sql, sizeof(sql), "SET lock_timeout = %d", PG_WRITER_WAIT_MS);
	int err = exec_now(db, sql);
	str_printf(sql, sizeof(sql), "SELECT pg_advisory_lock(%lld)", (long long)PG_WRITER_LOCK);
	if (err == 0)
		err = exec_now(db, sql);
	if (err == -EBUSY)
		keep_message(db, "another server writes to this database: stop that one first");
	str_printf(sql, sizeof(sql), "SET lock_timeout = %d", PG_LOCK_MS);
	return err < 0 ? err : exec_now(db, sql);
}

/* Notices ("relation exists, skipping") are of no use to anybody here. */
static void ignore_notice(void *arg, const PGresult *r)
{
	(void)arg, (void)r;
}

static int open_connection(struct db *db)
{
	struct pg *pg = pg_of(db);
	int err = connect_now(db);

	if (err < 0)
		return pg->error = err;
	PQsetNoticeReceiver(pg->conn, ignore_notice, NULL);
	if (!str_equal(PQparameterStatus(pg->conn, "server_encoding"), "UTF8")) {
		keep_message(db, "the database must have the encoding UTF8 (createdb --encoding=UTF8 "
				 "--template=template0)");
		return pg->error = -EINVAL;
	}
	err = set_limits(db);
	if (err == 0 && pg->use == DB_WRITE)
		err = take_writer_lock(db);
	return pg->error = err;
}

static int open_server(struct db *db, const char *url, enum db_use use)
{
	struct pg *pg = alloc_zero(sizeof(*pg));

	if (!pg)
		return -ENOMEM;
	db->handle = pg;
	pg->use = use;
	pg->patience_ms = use == DB_WRITE ? PG_WRITE_MS : PG_READ_MS;
	pg->url = alloc_strdup(url);
	int err = pg->url ? read_address(db, url) : -ENOMEM;
	return err < 0 ? pg->error = err : open_connection(db);
}

int pg_ready(struct db *db)
{
	struct pg *pg = pg_of(db);

	if (!pg->is_lost)
		return 0;
	if (pg->use == DB_WRITE || clock_mono_ms() - pg->reopened_ms < PG_REOPEN_MS)
		return pg->error = -ENOTCONN;
	pg->reopened_ms = clock_mono_ms();
	int err = open_connection(db);
	if (err < 0)
		pg->is_lost = true;
	return err;
}

static void close_server(struct db *db)
{
	struct pg *pg = pg_of(db);

	PQfinish(pg->conn);
	if (pg->password)
		explicit_bzero(pg->password, strlen(pg->password));
	if (pg->url)
		explicit_bzero(pg->url, strlen(pg->url));
	alloc_free(pg->password);
	alloc_free(pg->url);
	alloc_free(pg);
}

static int error(const struct db *db)
{
	const struct pg *pg = pg_of(db);

	return pg && pg->error ? pg->error : -EIO;
}

static int64_t changes(const struct db *db)
{
	return pg_of(db)->changes;
}

static int set_patience(struct db *db, int ms)
{
	struct pg *pg = pg_of(db);
	char sql[64];
	int err = pg_settle(db);

	if (err < 0)
		return err;
	pg->patience_ms = ms < 0 ? (pg->use == DB_WRITE ? PG_WRITE_MS : PG_READ_MS) : ms;
	str_printf(sql, sizeof(sql), "SET statement_timeout = %d", pg->patience_ms);
	return exec_now(db, sql);
}

const struct db_backend postgres_backend = {
	.open = open_server,
	.close = close_server,
	.ready = pg_ready,
	.error = error,
	.exec = exec,
	.begin = "BEGIN",
	.in_transaction = in_transaction,
	.set_patience = set_patience,
	.prepare = pg_prepare,
	.finalize = pg_finalize,
	.reset = pg_reset,
	.clear = pg_clear,
	.step = pg_step,
	.run_later = pg_run_later,
	.changes = changes,
	.bind_int = pg_bind_int,
	.bind_text = pg_bind_text,
	.bind_blob = pg_bind_blob,
	.parameters = pg_parameters,
	.parameter = pg_parameter_name,
	.get_int = pg_get_int,
	.get_text = pg_get_text,
	.get_blob = pg_get_blob,
	.get_bytes = pg_get_bytes,
	.is_null = pg_is_null,
};
