/* Puts a folder of centre files into the store. */
#include "app/centre_files.h"
#include "base/alloc.h"
#include "base/id.h"
#include "base/str.h"
#include "flow/flow.h"
#include "flow/hours.h"
#include "rule/names.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PATH_LENGTH 512
#define PAGE 1000 /* rows a list gives at once */

struct applying {
	struct rows_target *target;
	const char *folder;
	const struct centre_variables *variables;
	struct centre_counts *counts;
	json_t *cache; /* resource -> label -> row */
	int problems;
};

static void problem(struct applying *a, const char *file, const char *row, const char *what)
{
	fprintf(stderr, "markaz apply: %s%s%s: %s\n", file, *row ? ": " : "", row, what);
	a->problems++;
}

/* --- references by name
 * ---------------------------------------------------------------------------------------------- */

/* All rows of a resource by label, read once; borrowed from the cache. */
static json_t *rows_of(struct applying *a, const struct resource *r)
{
	json_t *known = json_object_get(a->cache, r->name), *row;
	uint64_t after = 0;
	size_t n = 0, i;

	if (known)
		return known;
	known = json_object();
	json_object_set_new(a->cache, r->name, known);
	do {
		_cleanup_json_ json_t *rows = NULL;
		if (rows_target_list(a->target, r, after, &rows) != 0)
			break;
		n = json_array_size(rows);
		json_array_foreach(rows, i, row)
		{
			json_object_set(known, jsonx_text(row, centre_key_field(r), ""), row);
			after = jsonx_id(row, "id");
		}
	} while (n == PAGE);
	return known;
}

static json_t *row_by_label(struct applying *a, const struct resource *r, const char *label)
{
	json_t *row = json_object_get(rows_of(a, r), label);

	return row ? json_incref(row) : NULL;
}

/* The one row of a single resource, whatever its label. */
static json_t *only_row(struct applying *a, const struct resource *r)
{
	json_t *known = rows_of(a, r), *row = json_object_iter_value(json_object_iter(known));

	return row ? json_incref(row) : NULL;
}

/* "@name" -> the id's text, new; anything else is passed as it is. NULL after saying what is missing. */
static json_t *resolved(struct applying *a, const char *resource, json_t *value, const char *file)
{
	const char *s = json_string_value(value);
	_cleanup_json_ json_t *row = NULL;
	const struct resource *r = resource_by_name(resource);
	char what[300];

	if (!s || s[0] != '@' || !r)
		return json_incref(value);
	row = row_by_label(a, r, s + 1);
	if (row)
		return json_incref(json_object_get(row, "id"));
	str_printf(what, sizeof(what), "there is no %s called \"%s\"", resource, s + 1);
	problem(a, file, "", what);
	return NULL;
}

static void resolve_list(struct applying *a, const char *resource, json_t *list, const char *file)
{
	size_t i;
	json_t *v;

	json_array_foreach(list, i, v)
	{
		json_t *id = json_is_object(v) ? NULL : resolved(a, resource, v, file);
		if (json_is_object(v) && (id = resolved(a, resource, json_object_get(v, "skill"), file)))
			json_object_set_new(v, "skill", id);
		else if (id)
			json_array_set_new(list, i, id);
	}
}

/* In a flow document a field is named after the resource it means; a queue's rings have lists of teams and
 * agents. */
static void resolve_document(struct applying *a, json_t *value, const char *file)
{
	static const struct {
		const char *key, *resource;
	} names[] = {{"queue", "queue"}, {"hours", "hours"}, {"prompt", "prompt"}, {"flow", "flow"},
		{"user", "user"}, {"skill", "skill"}, {"extension", "extension"},
		{"ring_group", "ring_group"}, {"deliver_to", "queue"}};
	const char *key;
	json_t *part;
	size_t i;
	void *next;

	json_array_foreach(value, i, part) resolve_document(a, part, file);
	json_object_foreach_safe(value, next, key, part)
	{
		resolve_document(a, part, file);
		if (json_is_array(part) && str_equal(key, "teams"))
			resolve_list(a, "team", part, file);
		else if (json_is_array(part) && str_equal(key, "agents"))
			resolve_list(a, "user", part, file);
		for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++) {
			json_t *id = str_equal(key, names[k].key) && json_is_string(part)
					     ? resolved(a, names[k].resource, part, file)
					     : NULL;
			if (id)
				json_object_set_new(value, key, id);
		}
	}
}

static void resolve_row(struct applying *a, const struct resource *r, json_t *row, const char *file)
{
	for (int i = 0; i < r->n_fields; i++) {
		const struct field *f = &r->fields[i];
		json_t *v = json_object_get(row, f->name);
		if (!v)
			continue;
		if (f->type == FIELD_REF) {
			json_t *id = resolved(a, f->ref, v, file);
			if (id)
				json_object_set_new(row, f->name, id);
		} else if (f->type == FIELD_REFS || f->type == FIELD_SKILLS) {
			resolve_list(a, f->type == FIELD_SKILLS ? "skill" : f->ref, v, file);
		} else if (f->type == FIELD_JSON) {
			resolve_document(a, v, file);
		}
	}
}

/* --- one row
 * ---------------------------------------------------------------------------------------------------------
 */

static void say_issues(struct applying *a, const struct issues *issues, const char *file, const char *label)
{
	char what[360];

	for (int i = 0; i < issues->n; i++) {
		str_printf(what, sizeof(what), "%s: %s", issues->at[i].pointer, issues->at[i].message);
		problem(a, file, label, what);
	}
}

static bool is_flow_good(struct applying *a, const json_t *row, const char *file, const char *label)
{
	struct flow_issues issues = {0};
	struct flow *flow = NULL;
	int err = flow_parse(json_object_get(row, "document"), 0, 1, &flow, &issues);
	char what[400];

	for (size_t i = 0; i < issues.len && err == -EINVAL; i++)
		if (!issues.at[i].is_warning) {
			str_printf(what, sizeof(what), "node \"%s\" %s: %s", issues.at[i].node,
				issues.at[i].field, issues.at[i].message);
			problem(a, file, label, what);
		}
	flow_issues_free(&issues);
	flow_unref(flow);
	return err == 0;
}

static bool are_hours_good(struct applying *a, const json_t *row, const char *file, const char *label)
{
	struct hours *hours = NULL;
	char error[256];
	int err = hours_parse(row, &hours, error);

	hours_free(hours);
	if (err < 0)
		problem(a, file, label, error);
	return err == 0;
}

static int add_names(struct applying *a, struct rule_book *book)
{
	static const char *const resource_of[] = {
		[RULE_QUEUE] = "queue", [RULE_SKILL] = "skill", [RULE_AGENT] = "user"};
	const char *key;
	json_t *row;

	for (int kind = 0; kind <= RULE_AGENT; kind++)
		json_object_foreach(rows_of(a, resource_by_name(resource_of[kind])), key, row)
		{
			int err = rule_book_add(book, (enum rule_name_kind)kind, row);
			if (err < 0)
				return err;
		}
	return 0;
}

static bool is_rule_good(struct applying *a, const json_t *row, const char *file, const char *label)
{
	const char *text = jsonx_text(row, "text", NULL);
	struct rule_issues issues = {0};
	struct rule_book *book = NULL;
	int err = text ? rule_book_new(&book) : 0;
	char what[300];

	if (book && err == 0)
		err = add_names(a, book);
	if (book && err == 0) {
		struct rule_names names = rule_book_names(book);
		err = rule_check(text, &names, &issues);
	}
	rule_book_free(book);
	for (int i = 0; i < issues.n; i++) {
		str_printf(what, sizeof(what), "line %d: %s", issues.at[i].line, issues.at[i].message);
		problem(a, file, label, what);
	}
	if (err < 0)
		problem(a, file, label, strerror(-err));
	return err == 0 && issues.n == 0;
}

/* Whether every field of value says what the row says already (secrets never do). */
static bool is_same(const json_t *row, json_t *value)
{
	const char *key;
	json_t *v;

	json_object_foreach(value, key, v) if (!json_equal(v, json_object_get(row, key))) return false;
	return true;
}

/* The key as the store will keep it: trimmed, folded. */
static void key_of_row(const struct resource *r, const json_t *value, char *ret_key, size_t size)
{
	const char *name = centre_key_field(r);
	_cleanup_json_ json_t *only = json_object();
	struct issues issues = {0};

	json_object_set(only, name, json_object_get(value, name));
	_cleanup_json_ json_t *copy = json_deep_copy(only);
	if (copy && resource_check(r, copy, false, &issues))
		str_put(ret_key, size, jsonx_text(copy, name, ""));
	else
		str_put(ret_key, size, jsonx_text(value, name, ""));
}

static void apply_row(struct applying *a, const struct resource *r, json_t *value, const char *file)
{
	struct issues issues = {0};
	char label[200]; /* a copy: checking may replace the text it came from */
	_cleanup_json_ json_t *existing = NULL, *row = NULL;
	int result;

	key_of_row(r, value, label, sizeof(label));
	resolve_row(a, r, value, file);
	if (str_equal(r->name, "flow") && !is_flow_good(a, value, file, label))
		return;
	if (str_equal(r->name, "hours") && !are_hours_good(a, value, file, label))
		return;
	if (str_equal(r->name, "business_rule") && !is_rule_good(a, value, file, label))
		return;
	existing = r->is_single ? only_row(a, r) : row_by_label(a, r, label);
	if (!resource_check(r, value, !existing, &issues)) {
		say_issues(a, &issues, file, label);
		return;
	}
	if (existing && is_same(existing, value)) {
		a->counts->unchanged++;
		return;
	}
	if (existing)
		result = rows_target_update(a->target, r, jsonx_id(existing, "id"), value, &row, &issues);
	else
		result = rows_target_create(a->target, r, value, &row, &issues);
	if (result == 0)
		json_object_set(rows_of(a, r), jsonx_text(row, centre_key_field(r), ""), row);
	if (result == 0 && existing)
		a->counts->updated++;
	else if (result == 0)
		a->counts->created++;
	else if (issues.n)
		say_issues(a, &issues, file, label);
	else
		problem(a, file, label, result < 0 ? strerror(-result) : "could not be stored");
}

/* --- files
 * -----------------------------------------------------------------------------------------------------------
 */

static void apply_rows(struct applying *a, const struct resource *r, const json_t *rows, const char *file)
{
	_cleanup_json_ json_t *expanded = NULL;
	char error[200];
	size_t i;
	json_t *row;

	if (centre_expand(rows, a->variables, &expanded, error) < 0) {
		problem(a, file, "", error);
		return;
	}
	json_array_foreach(expanded, i, row) apply_row(a, r, row, file);
}

static json_t *read_json(struct applying *a, const char *path)
{
	json_error_t error;
	char what[300];
	json_t *j = json_load_file(path, JSON_REJECT_DUPLICATES, &error);

	if (!j) {
		str_printf(what, sizeof(what), "line %d: %s", error.line, error.text);
		problem(a, path, "", what);
	}
	return j;
}

static void apply_flow_files(struct applying *a)
{
	char folder[PATH_LENGTH], path[PATH_LENGTH];
	struct dirent **names;
	int n;

	str_printf(folder, sizeof(folder), "%s/flows", a->folder);
	n = scandir(folder, &names, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		char *dot = strrchr(names[i]->d_name, '.');
		if (str_equal(dot, ".json") &&
			str_printf(path, sizeof(path), "%s/%s", folder, names[i]->d_name) == 0) {
			_cleanup_json_ json_t *document = read_json(a, path), *rows = NULL;
			*dot = '\0';
			rows = document ? json_pack("[{s:s,s:O}]", "name", names[i]->d_name, "document",
						  document)
					: NULL;
			if (rows)
				apply_rows(a, resource_by_name("flow"), rows, path);
		}
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

int centre_apply(struct rows_target *target, const char *folder, const struct centre_variables *variables,
	struct centre_counts *ret_counts)
{
	struct applying a = {.target = target,
		.folder = folder,
		.variables = variables,
		.counts = ret_counts,
		.cache = json_object()};
	char path[PATH_LENGTH];
	int files = 0;

	*ret_counts = (struct centre_counts){0};
	for (int i = 0; resources[i]; i++) {
		if (str_equal(resources[i]->name, "flow"))
			apply_flow_files(&a);
		str_printf(path, sizeof(path), "%s/%s.json", folder, resources[i]->path);
		if (access(path, R_OK) < 0)
			continue;
		_cleanup_json_ json_t *rows = read_json(&a, path);
		files++;
		if (rows)
			apply_rows(&a, resources[i], rows, path);
	}
	if (!files)
		problem(&a, folder, "", "no centre files here (queues.json, users.json, numbers.json...)");
	json_decref(a.cache);
	return a.problems ? -EINVAL : 0;
}
