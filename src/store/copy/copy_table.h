/* What copy.c knows of a table: its columns by name, and rows as bytes that are the same whichever database
 * they come from. Inside of the copier. */
#pragma once
#include "base/vec.h"
#include "db/db.h"
#include "store/copy/copy.h"

#define COPY_NAME_MAX 64
#define COPY_KEYS_MAX 4

enum copy_kind { COPY_INT = 1, COPY_TEXT = 2, COPY_BLOB = 3 };

struct copy_column {
	char name[COPY_NAME_MAX];
	enum copy_kind kind;
};
struct copy_table {
	char name[COPY_NAME_MAX];
	struct copy_column columns[COPY_COLUMNS_MAX]; /* by name */
	int n_columns;
	int keys[COPY_KEYS_MAX]; /* columns of the primary key, in its order */
	int n_keys;
	bool is_appended; /* rows come only behind the last key: no noting of new ones */
};
struct copy_tables {
	struct copy_table *at;
	int n;
};
/* The tables of a database but the schema's own list and ours, by name. Every one has a primary key. 0,
 * -ENOTSUP (a table without a key, too many columns; ret_why), -errno. */
int copy_tables_read(struct db *db, struct copy_tables *ret_tables, char ret_why[static COPY_WHY_SIZE]);
void copy_tables_free(struct copy_tables *t);
/* Whether both have the same tables with the same columns and keys; ret_why names the difference. */
bool copy_tables_equal(
	const struct copy_tables *a, const struct copy_tables *b, char ret_why[static COPY_WHY_SIZE]);

/* Rows in canonical form, one after the other: per column, in order of names, a byte 0 (NULL), 1 (integer: 8
 * bytes, big-endian), 2 (text) or 3 (bytes): 4 bytes of length, big-endian, and what is in it. */
struct copy_batch {
	VEC(uint8_t) bytes;
	VEC(size_t) starts; /* of each row */
};
void copy_batch_clear(struct copy_batch *b);
void copy_batch_free(struct copy_batch *b);
/* Row i of b, n bytes. */
const uint8_t *copy_batch_row(const struct copy_batch *b, size_t i, size_t *ret_n);

/* A key: the canonical form of its columns. len 0: before everything. */
struct copy_key {
	VEC(uint8_t) bytes;
};
void copy_key_free(struct copy_key *k);
/* The key of row i. 0 or -ENOMEM. */
int copy_key_of(const struct copy_table *t, const struct copy_batch *b, size_t i, struct copy_key *ret_key);
/* For people: (12, abc). */
void copy_key_text(const struct copy_key *k, char *out, size_t size);

/* Reads rows behind `after` in order of the key, at most COPY_ROWS_MAX and about COPY_BYTES_MAX. *ret_end:
 * there are no more. 0 or -errno. */
int copy_read(struct db *db, const struct copy_table *t, const struct copy_key *after,
	struct copy_batch *ret_batch, bool *ret_end);
/* The highest key; empty when there are no rows. 0 or -errno. */
int copy_last_key(struct db *db, const struct copy_table *t, struct copy_key *ret_key);
/* Adds the row with this key to the batch, if there is one. 0 or -errno. */
int copy_read_one(
	struct db *db, const struct copy_table *t, const struct copy_key *key, struct copy_batch *batch);
/* Writes rows into the target, inside a transaction. 0 or -errno (-EEXIST: a key is there). */
int copy_write(struct db *db, const struct copy_table *t, const struct copy_batch *batch);
/* Removes the row of this key. 0 or -errno. */
int copy_remove_one(struct db *db, const struct copy_table *t, const struct copy_key *key);
/* Removes rows behind `after` up to and with `last` (NULL: to the end). 0 or -errno. */
int copy_remove_range(
	struct db *db, const struct copy_table *t, const struct copy_key *after, const struct copy_key *last);
