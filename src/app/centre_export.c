/* Writes the configuration as files that `markaz apply` takes: references by name, no secrets, no
 * machine-made fields. */
#include "app/centre_files.h"
#include "base/id.h"
#include "base/map.h"
#include "base/str.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define TENANT 1

/* id text -> "@label" for every row of every resource. */
static int collect(struct store_reader *reader, json_t *lists, json_t *labels)
{
	for (int i = 0; resources[i]; i++) {
		json_t *all = json_array(), *row;
		uint64_t after = 0;
		size_t n = 0, k;
		do {
			_cleanup_json_ json_t *rows = NULL;
			int err = store_list(reader, resources[i], TENANT, after, 1000, NULL, false, &rows);
			if (err)
				return err < 0 ? err : -EIO;
			n = json_array_size(rows);
			json_array_foreach(rows, k, row)
			{
				char at[160];
				str_printf(at, sizeof(at), "@%s",
					jsonx_text(row, centre_key_field(resources[i]), ""));
				after = jsonx_id(row, "id");
				json_object_set_new(labels, jsonx_text(row, "id", ""), json_string(at));
			}
			json_array_extend(all, rows);
		} while (n == 1000);
		json_object_set_new(lists, resources[i]->path, all);
	}
	return 0;
}

/* Ids become names, everywhere. */
static json_t *named(const json_t *value, const json_t *labels)
{
	const char *s = json_string_value(value), *key;
	json_t *copy, *part;
	size_t i;

	if (s) {
		json_t *label = json_object_get(labels, s);
		return label ? json_incref(label) : json_incref((json_t *)value);
	}
	if (json_is_array(value)) {
		copy = json_array();
		json_array_foreach(value, i, part) json_array_append_new(copy, named(part, labels));
		return copy;
	}
	if (!json_is_object(value))
		return json_incref((json_t *)value);
	copy = json_object();
	json_object_foreach((json_t *)value, key, part) json_object_set_new(copy, key, named(part, labels));
	return copy;
}

static json_t *row_for_file(const struct resource *r, const json_t *row, const json_t *labels)
{
	json_t *out = json_object();

	for (int i = 0; i < r->n_fields; i++) {
		const struct field *f = &r->fields[i];
		json_t *v = json_object_get(row, f->name);
		if (v && !json_is_null(v) && f->type != FIELD_SECRET && !f->is_read_only)
			json_object_set_new(out, f->name, named(v, labels));
	}
	return out;
}

static int write_file(const char *folder, const char *name, const json_t *value)
{
	char path[512];

	if (str_printf(path, sizeof(path), "%s/%s.json", folder, name) < 0)
		return -ENAMETOOLONG;
	if (json_dump_file(value, path, JSON_INDENT(2) | JSON_PRESERVE_ORDER) < 0) {
		fprintf(stderr, "markaz export: %s cannot be written: %s\n", path, strerror(errno));
		return -EIO;
	}
	return 0;
}

int centre_export(struct store_reader *reader, const char *folder)
{
	_cleanup_json_ json_t *lists = json_object(), *labels = json_object();
	int err = collect(reader, lists, labels);

	if (mkdir(folder, 0750) < 0 && errno != EEXIST) {
		fprintf(stderr, "markaz export: %s: %s\n", folder, strerror(errno));
		return -EIO;
	}
	for (int i = 0; resources[i] && err == 0; i++) {
		_cleanup_json_ json_t *out = json_array();
		size_t k;
		json_t *row;
		json_array_foreach(json_object_get(lists, resources[i]->path), k, row)
			json_array_append_new(out, row_for_file(resources[i], row, labels));
		if (json_array_size(out))
			err = write_file(folder, resources[i]->path, out);
	}
	return err;
}
