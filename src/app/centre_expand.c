/* Variables and repeats of centre files. Pure. */
#include "app/centre_files.h"
#include "base/alloc.h"
#include "base/str.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *value_of(const struct centre_variables *v, const char *name, size_t n)
{
	for (int i = v->n - 1; i >= 0; i--)
		if (strlen(v->at[i].name) == n && strncmp(v->at[i].name, name, n) == 0)
			return v->at[i].value;
	return NULL;
}

static int fill(const char *s, const struct centre_variables *v, struct text *out, char *ret_error)
{
	while (*s) {
		const char *open = strstr(s, "${"), *close = open ? strchr(open, '}') : NULL, *value;
		if (!close) {
			text_add(out, s);
			break;
		}
		value = value_of(v, open + 2, (size_t)(close - open - 2));
		if (!value)
			return str_printf(ret_error, 200, "%.*s has no value: give --set %.*s=...",
				       (int)(close - open + 1), open, (int)(close - open - 2), open + 2),
			       -EINVAL;
		text_add_n(out, s, (size_t)(open - s));
		text_add(out, value);
		s = close + 1;
	}
	return out->failed ? -ENOMEM : 0;
}

/* A copy of value with every text filled; NULL after setting *err. */
static json_t *filled(const json_t *value, const struct centre_variables *v, int *err, char *ret_error)
{
	_cleanup_text_ struct text out = {0};
	json_t *copy, *part;
	const char *key;
	size_t i;

	if (json_is_string(value)) {
		int failed = fill(json_string_value(value), v, &out, ret_error);
		if (failed)
			*err = failed; /* the first text that fails stays said, whatever follows it */
		return failed ? NULL : json_string(out.data ? out.data : "");
	}
	if (json_is_array(value)) {
		copy = json_array();
		json_array_foreach(value, i, part)
			json_array_append_new(copy, filled(part, v, err, ret_error));
		return copy;
	}
	if (!json_is_object(value))
		return json_deep_copy(value);
	copy = json_object();
	json_object_foreach(
		(json_t *)value, key, part) if (!str_equal(key, "repeat") && !str_equal(key, "as"))
		json_object_set_new(copy, key, filled(part, v, err, ret_error));
	return copy;
}

static int repeated(const json_t *row, const struct centre_variables *variables, json_t *out, char *ret_error)
{
	struct centre_variables v = *variables;
	_cleanup_text_ struct text count = {0};
	int64_t n;
	char number[24];
	int err = fill(jsonx_text(row, "repeat", ""), variables, &count, ret_error);

	if (err < 0)
		return err;
	if (str_to_int(count.data, 0, CENTRE_REPEAT_MAX, &n) < 0)
		return str_printf(ret_error, 200, "repeat wants a whole number up to %d, not \"%s\"",
			       CENTRE_REPEAT_MAX, count.data ? count.data : ""),
		       -EINVAL;
	if (v.n == CENTRE_VARIABLES_MAX)
		return str_printf(ret_error, 200, "too many variables"), -EINVAL;
	v.at[v.n++] = (struct centre_variable){jsonx_text(row, "as", "i"), number};
	for (int64_t i = 1; i <= n && err == 0; i++) {
		snprintf(number, sizeof(number), "%lld", (long long)i);
		json_t *copy = filled(row, &v, &err, ret_error);
		if (err)
			json_decref(copy);
		else
			json_array_append_new(out, copy);
	}
	return err;
}

int centre_expand(const json_t *rows, const struct centre_variables *variables, json_t **ret_rows,
	char ret_error[static 200])
{
	_cleanup_json_ json_t *out = json_array();
	size_t i;
	json_t *row;
	int err = out ? 0 : -ENOMEM;

	if (!json_is_array(rows))
		return str_printf(ret_error, 200, "the file must hold a list: [ {...}, ... ]"), -EINVAL;
	json_array_foreach(rows, i, row)
	{
		if (err < 0)
			break;
		if (json_object_get(row, "repeat")) {
			err = repeated(row, variables, out, ret_error);
			continue;
		}
		json_t *copy = filled(row, variables, &err, ret_error);
		if (err)
			json_decref(copy);
		else
			json_array_append_new(out, copy);
	}
	if (err < 0)
		return err;
	*ret_rows = TAKE_PTR(out);
	return 0;
}

const char *centre_key_field(const struct resource *r)
{
	return resource_field(r, "roles") ? "login" : r->label_field;
}
