/* A centre as files: a folder with one JSON list per resource (queues.json, users.json...) and
 * flows/NAME.json. References are written by name ("@support"); {"repeat":"200","as":"i", ...} makes 200 rows
 * with ${i} counting from 1; ${name} is replaced by
 * --set name=value. A row whose label exists already is updated: applying twice changes nothing. */
#pragma once
#include "app/control.h"
#include "base/jsonx.h"
#include "store/store.h"

#define CENTRE_VARIABLES_MAX 32
#define CENTRE_REPEAT_MAX 100000

struct centre_variable {
	const char *name, *value; /* borrowed */
};
struct centre_variables {
	struct centre_variable at[CENTRE_VARIABLES_MAX];
	int n;
};

/* Applies the folder through target. 0, or -errno / -EINVAL after saying every problem on standard error with
 * file and row. Counts what it did. */
struct centre_counts {
	int created, updated, unchanged;
};
int centre_apply(struct rows_target *target, const char *folder, const struct centre_variables *variables,
	struct centre_counts *ret_counts);
/* Writes everything of the tenant into folder (made when absent). Secrets are left out. 0 or -errno after
 * saying why. */
int centre_export(struct store_reader *reader, const char *folder);

/* The field rows are known by in files: people by their login (names may be shared), the rest by their label.
 */
const char *centre_key_field(const struct resource *r);

/* Replaces ${name} in all texts of value and expands "repeat" in a list. Pure. 0, -EINVAL with ret_error,
 * -ENOMEM. */
int centre_expand(const json_t *rows, const struct centre_variables *variables, json_t **ret_rows,
	char ret_error[static 200]);
