/* What lies where in a database file that may be damaged: its tables, found by the schema it holds, by what
 * is left of the schema, or by where a new database of the same version has them; and what a row of each must
 * look like. Reads only; needs no SQLite for the file itself.
 *
 * Must not know: what to do about it (doctor.c names it, rescue.c brings the rows away). */
#pragma once
#include "db/db.h"
#include "db/salvage.h"

#define SURVEY_NAME_MAX 64
#define SURVEY_COLUMNS_MAX 128

enum survey_type { SURVEY_INT, SURVEY_TEXT, SURVEY_BLOB };
struct survey_column {
	char name[SURVEY_NAME_MAX];
	enum survey_type type;
	bool is_key;	  /* kept as the row's key */
	bool is_required; /* not NULL */
};
struct survey_table {
	char name[SURVEY_NAME_MAX];
	uint32_t root; /* 0: not found */
	bool is_found; /* the file's schema says so; not: a guess that its rows bear out */
	bool is_keyed; /* a table with row keys, not WITHOUT ROWID */
	int n_columns; /* in the order of the file */
	int n_first;   /* a row has at least so many */
	struct survey_column columns[SURVEY_COLUMNS_MAX];
};
struct survey_root {
	char name[SURVEY_NAME_MAX];
	uint32_t root;
};
struct survey {
	struct salvage salvage;
	struct db model; /* an empty database of the same version, in memory */
	int schema;	 /* the version; is_schema_known: as the file says, else the newest */
	bool is_schema_known;
	VEC(struct survey_table) tables; /* of the model; schema_migration and SQLite's own are not in it */
	VEC(struct survey_root) roots;	 /* of tables and indexes, as the file's schema says */
};

/* Opens the file at path with the log beside it. 0; -ENOENT; -EUCLEAN (too short for a single page); -ENOMEM;
 * -errno. It must stay where it is. One thread. */
int survey_open(struct survey *v, const char *path);
void survey_close(struct survey *v);
/* Whether the row can be one of the table: number and kind of its columns; text is UTF-8; an event of the log
 * can be read. */
bool survey_fits(const struct survey_table *t, const struct salvage_row *row);
/* The table or index whose tree has this root; "schema" for 1. */
const char *survey_name(const struct survey *v, uint32_t root);
const struct survey_table *survey_table(const struct survey *v, const char *name);
