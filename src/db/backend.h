/* What a database has to be able to do. Inside of db/: sqlite.c and postgres.c fill it in, db.c calls it.
 * Contracts are those of db.h. */
#pragma once
#include "db/db.h"

struct db_statement {
	struct db *db;
	char *sql;	 /* as asked for */
	void *handle;	 /* the backend's */
	bool has_failed; /* a value could not be bound for want of memory: db_step says so */
};

struct db_backend {
	int (*open)(struct db *db, const char *where, enum db_use use);
	void (*close)(struct db *db);		    /* its statements are finalized already */
	int (*ready)(struct db *db);		    /* before a statement; may be NULL */
	int (*set_patience)(struct db *db, int ms); /* may be NULL */
	int (*error)(const struct db *db);
	bool (*is_in_doubt)(const struct db *db); /* may be NULL: the errno says it all */
	int (*exec)(struct db *db, const char *sql);
	const char *begin; /* SQL */
	bool (*in_transaction)(const struct db *db);
	int (*prepare)(struct db_statement *st); /* fills in handle */
	void (*finalize)(struct db_statement *st);
	void (*reset)(struct db_statement *st);
	void (*clear)(struct db_statement *st); /* its bindings */
	int (*step)(struct db_statement *st);
	int (*run_later)(struct db_statement *st);
	int64_t (*changes)(const struct db *db);
	void (*bind_int)(struct db_statement *st, int index, bool is_null, int64_t value);
	void (*bind_text)(struct db_statement *st, int index, const char *s, size_t n); /* s NULL: NULL */
	void (*bind_blob)(struct db_statement *st, int index, const void *data, size_t n);
	int (*parameters)(const struct db_statement *st);
	const char *(*parameter)(const struct db_statement *st, int index);
	int64_t (*get_int)(struct db_statement *st, int column);
	const char *(*get_text)(struct db_statement *st, int column);
	const void *(*get_blob)(struct db_statement *st, int column);
	size_t (*get_bytes)(struct db_statement *st, int column);
	bool (*is_null)(struct db_statement *st, int column);
};
extern const struct db_backend sqlite_backend, postgres_backend;
