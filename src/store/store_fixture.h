/* What the store's tests share: a fresh directory, short ways to make rows and events, comparison of JSON. */
#pragma once
#include "db/db.h"
#include "harness/test.h"
#include "store/store.h"

#include <stdint.h>

/* With MARKAZ_TEST_STORE=postgres in the environment every fixture's rows are in a PostgreSQL database of its
 * own, on a server of the test program's own (pg_fixture.h). */
struct fixture {
	char directory[256];
	struct store *store;
	struct store_reader *reader;
};
/* A store in a new directory under /tmp. False after a reported failure. */
bool fixture_open(struct fixture *f);
/* Opens the store and its reader again after fixture_shut. */
bool fixture_reopen(struct fixture *f);
void fixture_shut(struct fixture *f);
/* Shuts and removes the directory. */
void fixture_remove(struct fixture *f);
/* Makes a row from JSON text, checked as the API would; its id, or 0. issues (may be NULL) gets what was
 * wrong. */
uint64_t fixture_create(struct fixture *f, const char *resource, const char *text, struct issues *issues);
/* store_update with JSON text; its result. */
int fixture_update(
	struct fixture *f, const char *resource, uint64_t id, const char *text, struct issues *issues);
/* Appends and returns the number, or 0. */
uint64_t fixture_append(struct fixture *f, const struct event *e);
/* Opens the fixture's database beside the store. 0 or as db_open. */
int fixture_db(const struct fixture *f, struct db *db, enum db_use use);
/* The first column of the first row of a statement, or -1. */
int64_t fixture_int(const struct fixture *f, const char *sql);
/* Carries SQL out beside the store, which may be open, as somebody with the database's password would. 0 or
 * -errno. */
int fixture_exec(const struct fixture *f, const char *sql);
/* The store is shut: its directory has an empty database again, and no spool. False after a reported failure.
 */
bool fixture_empty(struct fixture *f);
/* Is this the run on PostgreSQL? */
bool fixture_is_postgres(void);
/* Waits until seq is durable. */
bool fixture_wait(struct fixture *f, uint64_t seq);
