/* Rows of resources between SQL and JSON, driven by the descriptor. Used by the writer and the readers. */
#pragma once
#include "resource/resource.h"
#include "db/db.h"

/* The column of a field: its name, except that a telephone's password is kept as sip_ha1. */
const char *rows_column(const struct resource *r, const struct field *f);
/* One row. key: for encrypted secrets, NULL when they are not asked for. 0, 2 (STORE_NOT_FOUND), -errno. */
int rows_read(struct db *db, const struct resource *r, uint64_t tenant, uint64_t id, bool with_secrets,
	const unsigned char *key, json_t **ret_row);
/* See store_list. */
int rows_list(struct db *db, const struct resource *r, uint64_t tenant, uint64_t after, int limit,
	const char *search, bool with_secrets, const unsigned char *key, json_t **ret_rows);
/* Every field but secrets from value (complete). 0 or -errno. */
int rows_insert(struct db *db, const struct resource *r, uint64_t tenant, uint64_t id, int64_t now_ms,
	const json_t *value);
int rows_update(struct db *db, const struct resource *r, uint64_t tenant, uint64_t id, int64_t now_ms,
	const json_t *value);
/* Sets one secret's column to text (NULL: none). */
int rows_set_secret(
	struct db *db, const struct resource *r, const struct field *f, uint64_t id, const char *text);
/* Whether another row of the tenant holds the same value: 1 yes, 0 no, -errno. */
int rows_has_other(struct db *db, const struct resource *r, const struct field *f, uint64_t tenant,
	uint64_t id, const json_t *value);
/* Whether a row of resource named name with this id exists. 1, 0, -errno. */
int rows_exists(struct db *db, const char *name, uint64_t tenant, uint64_t id);
/* Another row of r whose field f refers to id: 1 and its label, 0, -errno. */
int rows_find_user_of(struct db *db, const struct resource *r, const struct field *f, uint64_t tenant,
	uint64_t id, char *ret_label, size_t size);
/* Sets key to UTC milliseconds (docs/protocol.md); 0 ms or less: null. 0 or -ENOMEM. */
int rows_set_time(json_t *obj, const char *key, int64_t ms);
