/* The schema, step by step, forward only. */
#pragma once
#include "db/db.h"

struct migration {
	int number;
	const char *name;
	const char *sqlite, *postgres; /* SQL; postgres is NULL before its first schema */
};
extern const struct migration migrations[]; /* ends with number 0; made from src/store/migrations/
					     * by embed.py */

/* Brings the schema to the last migration (up_to 0) or to up_to (tests), each in a transaction of its own.
 * 0, -EUCLEAN when the file is damaged, is another program's or a newer version's (logged, with what to do),
 * -errno. */
int migrate(struct db *db, const char *path, int up_to);
