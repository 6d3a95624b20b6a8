/* SQLite behind db.h: a file, its write-ahead log beside it. */
#include "db/sqlite.h"
#include "base/disk.h"
#include "base/jsonx.h"
#include "base/number.h"
#include "base/str.h"
#include "db/backend.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOG_HEADER_BYTES 32
#define LOG_FRAME_BYTES 24 /* before each page */

sqlite3 *sqlite_handle(const struct db *db)
{
	return db->handle;
}

static sqlite3_stmt *statement(const struct db_statement *st)
{
	return st->handle;
}

int sqlite_errno(int code, int system_errno)
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
		if (code == SQLITE_IOERR_SHMSIZE || system_errno == ENOSPC || system_errno == EDQUOT)
			return -ENOSPC;
		return system_errno == EROFS ? -EROFS : -EIO;
	default:
		return -EIO;
	}
}

/* A commit writes its pages, syncs the log, then lists them in the index. When one of the last two fails, a
 * start may find the commit in the log: it was not refused. */
static bool is_in_doubt(const struct db *db)
{
	int code = sqlite3_extended_errcode(sqlite_handle(db));

	return (code & 0xff) == SQLITE_NOMEM || ((code & 0xff) == SQLITE_IOERR && code != SQLITE_IOERR_WRITE);
}

static int error(const struct db *db)
{
	sqlite3 *handle = sqlite_handle(db);
	int err = sqlite_errno(sqlite3_extended_errcode(handle), sqlite3_system_errno(handle));

	return err ? err : -EIO;
}

/* Keeps the words of the last failure; its errno. */
static int failed(struct db *db)
{
	str_put(db->message, sizeof(db->message), sqlite3_errmsg(db->handle));
	return error(db);
}

static int exec(struct db *db, const char *sql)
{
	return sqlite3_exec(db->handle, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : failed(db);
}

/* The SQL function number_key: base/number.h. */
static void call_number_key(sqlite3_context *context, int n, sqlite3_value **values)
{
	char key[NUMBER_KEY_SIZE];

	(void)n;
	number_tail_key((const char *)sqlite3_value_text(values[0]), key);
	sqlite3_result_text(context, key, -1, SQLITE_TRANSIENT);
}

/* greatest(a, b) and least(a, b), as PostgreSQL has them: NULL only when both are. arg: not NULL for the
 * least. */
static void call_greatest(sqlite3_context *context, int n, sqlite3_value **values)
{
	bool wants_least = sqlite3_user_data(context) != NULL;

	(void)n;
	if (sqlite3_value_type(values[0]) == SQLITE_NULL || sqlite3_value_type(values[1]) == SQLITE_NULL) {
		sqlite3_result_value(context, values[sqlite3_value_type(values[0]) == SQLITE_NULL]);
		return;
	}
	bool is_first_less = sqlite3_value_int64(values[0]) < sqlite3_value_int64(values[1]);
	sqlite3_result_value(context, values[is_first_less != wants_least]);
}

/* json_append(list, item, most): the JSON array of texts with one more, unless it has `most` already. */
static void call_json_append(sqlite3_context *context, int n, sqlite3_value **values)
{
	const char *text = (const char *)sqlite3_value_text(values[0]);
	_cleanup_json_ json_t *list = text ? json_loads(text, 0, NULL) : NULL;
	const char *item = (const char *)sqlite3_value_text(values[1]);

	(void)n;
	if (!json_is_array(list) || json_array_size(list) >= (size_t)sqlite3_value_int64(values[2]) ||
		json_array_append_new(list, item ? json_string(item) : json_null()) < 0) {
		sqlite3_result_value(context, values[0]);
		return;
	}
	char *longer = jsonx_dump(list);
	if (longer)
		sqlite3_result_text(context, longer, -1, SQLITE_TRANSIENT);
	else
		sqlite3_result_error_nomem(context);
	free(longer);
}

/* What SQL shares with PostgreSQL and SQLite does not bring (docs/internals/store.md). */
static int add_functions(sqlite3 *handle)
{
	static const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
	static char least;
	static const struct {
		const char *name;
		int parameters;
		void *arg;
		void (*call)(sqlite3_context *, int, sqlite3_value **);
	} functions[] = {{"number_key", 1, NULL, call_number_key}, {"greatest", 2, NULL, call_greatest},
		{"least", 2, &least, call_greatest}, {"json_append", 3, NULL, call_json_append}};

	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
		if (sqlite3_create_function(handle, functions[i].name, functions[i].parameters, flags,
			    functions[i].arg, functions[i].call, NULL, NULL) != SQLITE_OK)
			return -ENOMEM;
	return 0;
}

static int open_file(struct db *db, const char *path, enum db_use use)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (use == DB_WRITE ? SQLITE_OPEN_CREATE : 0);
	sqlite3 *handle = NULL;
	int code = sqlite3_open_v2(path, &handle, flags, NULL);

	db->handle = handle;
	str_put(db->where, sizeof(db->where), path);
	if (!handle)
		return -ENOMEM;
	if (code != SQLITE_OK)
		return failed(db);
	sqlite3_extended_result_codes(handle, 1);
	sqlite3_busy_timeout(handle, DB_BUSY_MS);
	/* The writer appends: it needs the newest pages, and what it cached of older ones only grew. The
	 * kernel has them all. */
	int err = exec(
		db, use == DB_WRITE
			    ? "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA "
			      "temp_store=MEMORY;"
			      "PRAGMA cache_size=-2000; PRAGMA trusted_schema=OFF; PRAGMA secure_delete=ON;"
			    : "PRAGMA query_only=ON; PRAGMA temp_store=MEMORY; PRAGMA "
			      "cache_size=-8000;"
			      "PRAGMA trusted_schema=OFF;");
	return err < 0 ? err : add_functions(handle);
}

static void close_file(struct db *db)
{
	sqlite3_close(db->handle);
}

static bool in_transaction(const struct db *db)
{
	return !sqlite3_get_autocommit(db->handle);
}

static int prepare(struct db_statement *st)
{
	sqlite3_stmt *handle = NULL;

	if (sqlite3_prepare_v3(st->db->handle, st->sql, -1, SQLITE_PREPARE_PERSISTENT, &handle, NULL) !=
		SQLITE_OK)
		return failed(st->db);
	st->handle = handle;
	return 0;
}

static void finalize(struct db_statement *st)
{
	sqlite3_finalize(statement(st));
}

static void reset(struct db_statement *st)
{
	sqlite3_reset(statement(st));
}

static void clear(struct db_statement *st)
{
	sqlite3_clear_bindings(statement(st));
}

static int step(struct db_statement *st)
{
	int code = sqlite3_step(statement(st));

	if (code == SQLITE_ROW)
		return 1;
	int err = code == SQLITE_DONE ? 0 : failed(st->db);
	sqlite3_reset(statement(st));
	return err;
}

static int64_t changes(const struct db *db)
{
	return sqlite3_changes(db->handle);
}

static void bind_int(struct db_statement *st, int index, bool is_null, int64_t value)
{
	if (is_null)
		sqlite3_bind_null(statement(st), index);
	else
		sqlite3_bind_int64(statement(st), index, value);
}

static void bind_text(struct db_statement *st, int index, const char *s, size_t n)
{
	if (s)
		sqlite3_bind_text64(statement(st), index, s, n, SQLITE_TRANSIENT, SQLITE_UTF8);
	else
		sqlite3_bind_null(statement(st), index);
}

static void bind_blob(struct db_statement *st, int index, const void *data, size_t n)
{
	sqlite3_bind_blob64(statement(st), index, data, n, SQLITE_TRANSIENT);
}

static int parameters(const struct db_statement *st)
{
	return sqlite3_bind_parameter_count(statement(st));
}

static const char *parameter(const struct db_statement *st, int index)
{
	return sqlite3_bind_parameter_name(statement(st), index);
}

static int64_t get_int(struct db_statement *st, int column)
{
	return sqlite3_column_int64(statement(st), column);
}

static const char *get_text(struct db_statement *st, int column)
{
	return (const char *)sqlite3_column_text(statement(st), column);
}

static const void *get_blob(struct db_statement *st, int column)
{
	return sqlite3_column_blob(statement(st), column);
}

static size_t get_bytes(struct db_statement *st, int column)
{
	return (size_t)sqlite3_column_bytes(statement(st), column);
}

static bool is_null(struct db_statement *st, int column)
{
	return sqlite3_column_type(statement(st), column) == SQLITE_NULL;
}

const struct db_backend sqlite_backend = {
	.open = open_file,
	.close = close_file,
	.error = error,
	.is_in_doubt = is_in_doubt,
	.exec = exec,
	.begin = "BEGIN IMMEDIATE",
	.in_transaction = in_transaction,
	.prepare = prepare,
	.finalize = finalize,
	.reset = reset,
	.clear = clear,
	.step = step,
	.changes = changes,
	.bind_int = bind_int,
	.bind_text = bind_text,
	.bind_blob = bind_blob,
	.parameters = parameters,
	.parameter = parameter,
	.get_int = get_int,
	.get_text = get_text,
	.get_blob = get_blob,
	.get_bytes = get_bytes,
	.is_null = is_null,
};

int sqlite_copy(struct db *from, const char *target)
{
	sqlite3 *to = NULL;
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
	int code = sqlite3_open_v2(target, &to, flags, NULL);

	/* The new file is whole or worthless: it needs no journal of its own. */
	if (code == SQLITE_OK)
		code = sqlite3_exec(to, "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF", NULL, NULL, NULL);
	if (code == SQLITE_OK) {
		sqlite3_backup *copy = sqlite3_backup_init(to, "main", from->handle, "main");
		if (copy) {
			sqlite3_backup_step(copy, -1);
			code = sqlite3_backup_finish(copy);
		} else {
			code = sqlite3_errcode(to);
		}
	}
	int err = to ? sqlite_errno(code, sqlite3_system_errno(to)) : -ENOMEM;
	sqlite3_close(to);
	return err;
}

void sqlite_keep_log(struct db *db)
{
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
}

static uint32_t big_endian(const uint8_t *b)
{
	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

/* How far the log reaches: its header and the frames with the header's salt, whose checksums are left to
 * SQLite. Sections 4.1 and 4.2 of its file format. 0: there is none. */
static int64_t log_bytes(int fd)
{
	uint8_t h[LOG_HEADER_BYTES], frame[LOG_FRAME_BYTES];
	int64_t end = sizeof(h);

	if (pread(fd, h, sizeof(h), 0) != (ssize_t)sizeof(h))
		return 0;
	uint32_t page = big_endian(h + 8);
	if (page < 512 || page > 65536)
		return 0;
	while (pread(fd, frame, sizeof(frame), end) == (ssize_t)sizeof(frame) &&
		memcmp(frame + 8, h + 16, 8) == 0)
		end += (int64_t)(sizeof(frame) + page);
	return end;
}

int sqlite_log_again(const char *path)
{
	char name[DB_PATH_MAX + 8];

	if (str_printf(name, sizeof(name), "%s-wal", path) < 0)
		return -ENAMETOOLONG;
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	int64_t n = log_bytes(fd);
	close(fd);
	return n > 0 ? disk_write_again(name, (uint64_t)n) : 0;
}
