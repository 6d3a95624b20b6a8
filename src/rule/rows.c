/* See rows.h. */
#include "rule/rows.h"
#include "base/vec.h"

#include <stdlib.h>

static int by_position(const void *a, const void *b)
{
	const json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
	int64_t p = jsonx_int(x, "position", 0), q = jsonx_int(y, "position", 0);

	if (p == q) {
		p = (int64_t)jsonx_id(x, "id");
		q = (int64_t)jsonx_id(y, "id");
	}
	return p < q ? -1 : p > q;
}

int rule_rows_active(const json_t *rows, struct rule rules[static RULES_MAX])
{
	VEC(json_t *) list = {0};
	size_t i;
	json_t *row;

	json_array_foreach(rows, i, row)
	{
		if (jsonx_bool(row, "is_active", true) && VEC_PUSH(&list, row) < 0) {
			VEC_FREE(&list);
			return -ENOMEM;
		}
	}
	if (list.len)
		qsort(list.at, list.len, sizeof(*list.at), by_position);
	for (i = 0; i < list.len && i < RULES_MAX; i++)
		rules[i] = (struct rule){.id = jsonx_id(list.at[i], "id"),
			.name = jsonx_text(list.at[i], "name", ""),
			.text = jsonx_text(list.at[i], "text", ""),
			.version = jsonx_int(list.at[i], "version", 1)};
	int n = (int)list.len;
	VEC_FREE(&list);
	return n;
}
