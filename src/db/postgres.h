/* Inside of db/: what the files of the PostgreSQL backend share. postgres.c has the connection, transactions
 * and the pipeline; postgres_statement.c the statements; postgres_sql.c the words (pure).
 *
 * Invariants: nothing here waits for ever (PG_*_MS); a connection that is lost stays lost until a reader
 * opens it anew by itself, or the writer's owner does (db_open); no password reaches db->message or
 * db->where. */
#pragma once
#include "base/str.h"
#include "base/vec.h"
#include "db/backend.h"

#include <libpq-fe.h>

#define PG_CONNECT_MS 5000 /* for a connection, unless the address says otherwise (connect_timeout) */
#define PG_READ_MS 60000   /* for a statement of a reader */
#define PG_WRITE_MS 10000  /* for a statement of the writer, its commit included */
#define PG_GRACE_MS 3000   /* the server ends a statement by itself this much earlier than we give it up */
#define PG_LOCK_MS 5000	   /* as DB_BUSY_MS */
#define PG_WRITER_WAIT_MS 2000			   /* for the lock of the one writer */
#define PG_REOPEN_MS 500			   /* between attempts of a reader to connect anew */
#define PG_PIPELINE_MAX 1024			   /* statements on their way without an answer */
#define PG_PARAMETERS_MAX 32000			   /* of one statement; the protocol's own limit is 65535 */
#define PG_WRITER_LOCK INT64_C(0x4d41524b415a0001) /* advisory lock: "MARKAZ", 1 */

enum pg_kind { PG_UNBOUND, PG_INT, PG_TEXT, PG_BLOB };

struct pg_parameter {
	enum pg_kind kind;
	bool is_null, is_used; /* is_used: the SQL names it */
	char *name;	       /* with its colon, or NULL */
	unsigned char integer[8];
	char *data; /* text and bytes: ours, grows */
	size_t room;
};

/* SQL in PostgreSQL's words. */
struct pg_sql {
	char *text;
	VEC(struct pg_parameter) parameters;
};
/* ?, ?1, :name become $1...; INDEXED BY x goes, CROSS JOIN becomes JOIN (both are hints for SQLite's
 * planner); what stands in quotes and comments stays. Pure. 0, -ENOMEM, -E2BIG (too many parameters). */
int pg_sql_read(struct pg_sql *ret_sql, const char *sql);
void pg_sql_free(struct pg_sql *sql);
/* The negative errno of an SQLSTATE (five characters, or NULL). Pure. */
int pg_errno(const char *sqlstate);
/* Decodes \x0a0b... of n characters in place; the number of bytes, or n when it is no such text. Pure. */
size_t pg_bytes_decode(char *s, size_t n);

struct pg_statement {
	struct pg_sql sql;
	char name[24];
	unsigned generation; /* of the connection it is prepared on; 0: on none */
	const char **values; /* as libpq wants them: one array each */
	int *lengths, *formats;
	Oid *types;
	enum pg_kind *prepared; /* kinds it was prepared with */
	bool is_running, is_parked, has_row;
	PGresult *row;		/* the present one */
	VEC(PGresult *) parked; /* rows taken off the connection because another statement needed it */
	size_t next_parked;
	int end;	  /* what comes after the parked rows */
	uint64_t decoded; /* bytea columns of the present row that are bytes already */
};

struct pg {
	PGconn *conn;
	enum db_use use;
	char *url;
	char *password; /* only to keep it out of messages */
	unsigned generation;
	bool is_lost;
	int64_t reopened_ms; /* last attempt, monotonic */
	int patience_ms;     /* 0: none */
	int error, transaction_error;
	int64_t changes;
	bool is_begun; /* BEGIN is due before the next statement */
	unsigned names;
	struct db_statement *active; /* its rows still come */
	bool is_active_in_transaction;
	struct {
		struct db_statement *prepares; /* NULL: runs something */
		bool is_commit;
	} sent[PG_PIPELINE_MAX + 4]; /* without an answer yet */
	size_t n_sent;
};

static inline struct pg *pg_of(const struct db *db)
{
	return db->handle;
}

/* Keeps the words and the errno of a failure; clears r (may be NULL: the connection's own failure). -errno.
 */
int pg_failed(struct db *db, PGresult *r);
/* The next result of what was sent, waiting no longer than the patience. NULL: no more, or lost (is_lost). */
PGresult *pg_result(struct db *db);
/* Reads and forgets results up to the end; the first failure. */
int pg_finish(struct db *db);
/* Before something new is sent and waited for: takes the rows of a running statement off the connection,
 * collects the pipeline's answers, begins the transaction that is due. 0 or -errno. */
int pg_settle(struct db *db);
/* The same for something sent without waiting: enters the pipeline. */
int pg_enter_pipeline(struct db *db);
/* Collects the answers of the pipeline. 0 or the first failure. */
int pg_leave_pipeline(struct db *db);
/* A reader's connection is opened anew when it is lost. 0 or -errno. */
int pg_ready(struct db *db);
/* postgres_statement.c: takes the rows that still come for pg->active into memory. */
void pg_park(struct db *db);

int pg_prepare(struct db_statement *st);
void pg_finalize(struct db_statement *st);
void pg_reset(struct db_statement *st);
void pg_clear(struct db_statement *st);
int pg_step(struct db_statement *st);
int pg_run_later(struct db_statement *st);
void pg_bind_int(struct db_statement *st, int index, bool is_null, int64_t value);
void pg_bind_text(struct db_statement *st, int index, const char *s, size_t n);
void pg_bind_blob(struct db_statement *st, int index, const void *data, size_t n);
int pg_parameters(const struct db_statement *st);
const char *pg_parameter_name(const struct db_statement *st, int index);
int64_t pg_get_int(struct db_statement *st, int column);
const char *pg_get_text(struct db_statement *st, int column);
const void *pg_get_blob(struct db_statement *st, int column);
size_t pg_get_bytes(struct db_statement *st, int column);
bool pg_is_null(struct db_statement *st, int column);
