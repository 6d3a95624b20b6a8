/* resource_check: a value against its descriptor. The value comes from people: every complaint is an issue,
 * nothing asserts.
 *
 * Invariant: a value without issues holds only known fields, each of its type and in its canonical form. */
#include "base/alloc.h"
#include "base/id.h"
#include "base/str.h"
#include "resource/letters.h"
#include "resource/resource.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LIST_DEFAULT_MAX 1000
#define ELEMENT_LETTERS_MAX 256
#define TEXTS_LETTERS_MAX 4000

struct place { /* where we are in the value, for messages */
	const struct field *field;
	char pointer[96];
	struct issues *issues;
};

static json_t *out_of_memory(struct place *p)
{
	issue_add(p->issues, p->pointer, "no_memory", "The server is short of memory: try again later");
	return NULL;
}

static json_t *wrong_type(struct place *p, const char *wanted)
{
	issue_add(p->issues, p->pointer, "wrong_type", "Must be %s", wanted);
	return NULL;
}

static bool is_choice(const char *const *choices, const char *s)
{
	for (; *choices; choices++)
		if (strcmp(*choices, s) == 0)
			return true;
	return false;
}

static json_t *not_a_choice(struct place *p)
{
	char list[160] = "";
	size_t used = 0;

	for (int i = 0; p->field->choices[i] && used < sizeof(list); i++)
		used += (size_t)snprintf(
			list + used, sizeof(list) - used, "%s%s", i ? ", " : "", p->field->choices[i]);
	issue_add(p->issues, p->pointer, "not_a_choice", "Must be one of: %s", list);
	return NULL;
}

/* A trimmed text in its form with min..max letters; JSON null for an empty one where min is 0. */
static json_t *check_text(struct place *p, const json_t *v, int64_t min, int64_t max)
{
	if (!json_is_string(v))
		return wrong_type(p, "a text");
	size_t n = json_string_length(v);
	_cleanup_alloc_ char *s = alloc_zero(n + 1);
	if (!s)
		return out_of_memory(p);
	letters_trim(json_string_value(v), n, s);
	if (letters_have_controls(s, p->field->form == FORM_PROSE)) {
		issue_add(p->issues, p->pointer, "bad_letter", "Holds a control character: remove it");
		return NULL;
	}
	const char *wrong = *s ? letters_to_form(s, p->field->form) : NULL;
	if (wrong) {
		issue_add(p->issues, p->pointer, "bad_form", "%s", wrong);
		return NULL;
	}
	int64_t count = (int64_t)letters_count(s);
	if (count == 0 && !p->field->is_required && p->field->type == FIELD_TEXT)
		return json_null();
	if (count < min || (count == 0 && p->field->is_required)) {
		issue_add(p->issues, p->pointer, count ? "too_short" : "required",
			"At least %" PRId64 " letters", min ? min : 1);
		return NULL;
	}
	if (max && count > max) {
		issue_add(p->issues, p->pointer, "too_long", "At most %" PRId64 " letters, not %" PRId64, max,
			count);
		return NULL;
	}
	json_t *out = json_string(s);
	return out ? out : out_of_memory(p);
}

static json_t *check_int(struct place *p, const json_t *v)
{
	int64_t n = 0;

	if (json_is_string(v)) { /* "۲۰" from a form */
		char s[64];
		int err = str_put(s, sizeof(s), json_string_value(v));
		letters_fold_digits(s);
		if (err < 0 || str_to_int(s, INT64_MIN, INT64_MAX, &n) < 0)
			return wrong_type(p, "a whole number");
	} else if (json_is_integer(v)) {
		n = json_integer_value(v);
	} else {
		return wrong_type(p, "a whole number");
	}
	if (n < p->field->min || n > p->field->max) {
		issue_add(p->issues, p->pointer, "out_of_range", "Must be between %" PRId64 " and %" PRId64,
			p->field->min, p->field->max);
		return NULL;
	}
	json_t *out = json_integer(n);
	return out ? out : out_of_memory(p);
}

static json_t *check_ref(struct place *p, json_t *v)
{
	uint64_t id;

	if (!json_is_string(v) || id_parse(json_string_value(v), &id) < 0)
		return wrong_type(p, "the id of a row (13 letters and digits)");
	return json_incref(v);
}

static json_t *check_skill(struct place *p, json_t *v)
{
	const json_t *level = json_object_get(v, "level");
	json_t *skill = json_object_get(v, "skill");

	if (!json_is_object(v) || !skill || !json_is_integer(level) || json_object_size(v) != 2)
		return wrong_type(p, "{\"skill\": id, \"level\": 1 to 10}");
	if (json_integer_value(level) < 1 || json_integer_value(level) > 10) {
		issue_add(p->issues, p->pointer, "out_of_range", "The level must be between 1 and 10");
		return NULL;
	}
	json_t *ref = check_ref(p, skill);
	if (!ref)
		return NULL;
	json_decref(ref);
	return json_incref(v);
}

static json_t *check_element(struct place *p, json_t *v)
{
	json_t *out;

	if (p->field->type == FIELD_REFS)
		return check_ref(p, v);
	if (p->field->type == FIELD_SKILLS)
		return check_skill(p, v);
	out = check_text(p, v, 1, ELEMENT_LETTERS_MAX);
	if (out && p->field->choices && !is_choice(p->field->choices, json_string_value(out))) {
		json_decref(out);
		return not_a_choice(p);
	}
	return out;
}

static bool is_double(const json_t *list, const json_t *v)
{
	const json_t *a = json_is_object(v) ? json_object_get(v, "skill") : v;
	size_t i;
	json_t *other;

	json_array_foreach(list, i, other)
	{
		const json_t *b = json_is_object(other) ? json_object_get(other, "skill") : other;
		if (json_equal(a, b))
			return true;
	}
	return false;
}

static json_t *check_list(struct place *p, json_t *v)
{
	int64_t max = p->field->max ? p->field->max : LIST_DEFAULT_MAX, n = (int64_t)json_array_size(v);
	int before = p->issues->n;
	_cleanup_json_ json_t *out = json_array();
	struct place element = *p;

	if (!json_is_array(v))
		return wrong_type(p, "a list");
	if (n < p->field->min || n > max) {
		issue_add(p->issues, p->pointer, n > max ? "too_many" : "required",
			"Must have %" PRId64 " to %" PRId64 " entries", p->field->min, max);
		return NULL;
	}
	for (size_t i = 0; i < (size_t)n; i++) {
		snprintf(element.pointer, sizeof(element.pointer), "/%s/%zu", p->field->name, i);
		_cleanup_json_ json_t *checked = check_element(&element, json_array_get(v, i));
		if (!checked)
			continue;
		if (is_double(out, checked))
			issue_add(p->issues, element.pointer, "double", "Is in the list already: remove it");
		else if (json_array_append(out, checked) < 0)
			return out_of_memory(p);
	}
	if (p->issues->n > before || !out)
		return out ? NULL : out_of_memory(p);
	return TAKE_PTR(out);
}

static json_t *check_texts(struct place *p, json_t *v)
{
	static const char *const languages[] = {"fa", "ar", "zh", "en", NULL};
	int before = p->issues->n;
	_cleanup_json_ json_t *out = json_object();
	struct place one = *p;
	const char *language;
	json_t *s;

	if (!json_is_object(v))
		return wrong_type(
			p, "texts by language: {\"fa\": ..., \"ar\": ..., \"zh\": ..., \"en\": ...}");
	json_object_foreach(v, language, s)
	{
		if (!is_choice(languages, language)) {
			issue_add(
				p->issues, p->pointer, "unknown_language", "Languages are fa, ar, zh and en");
			continue;
		}
		snprintf(one.pointer, sizeof(one.pointer), "/%s/%s", p->field->name, language);
		if (json_is_null(s))
			continue;
		json_t *checked = check_text(&one, s, 0, p->field->max ? p->field->max : TEXTS_LETTERS_MAX);
		if (checked && json_string_length(checked) == 0)
			json_decref(checked);
		else if (checked && json_object_set_new(out, language, checked) < 0)
			return out_of_memory(p);
	}
	if (p->issues->n > before || !out)
		return out ? NULL : out_of_memory(p);
	return TAKE_PTR(out);
}

/* The canonical form of one value that is not null: a new reference; NULL after an issue. */
static json_t *check_value(struct place *p, json_t *v)
{
	const struct field *f = p->field;

	switch (f->type) {
	case FIELD_TEXT:
		return check_text(p, v, f->min, f->max);
	case FIELD_SECRET:
		if (!json_is_string(v))
			return wrong_type(p, "a text");
		if ((int64_t)letters_count(json_string_value(v)) < f->min) {
			issue_add(p->issues, p->pointer, "too_short", "At least %" PRId64 " letters", f->min);
			return NULL;
		}
		if ((int64_t)letters_count(json_string_value(v)) > f->max) {
			issue_add(p->issues, p->pointer, "too_long", "At most %" PRId64 " letters", f->max);
			return NULL;
		}
		return json_incref(v);
	case FIELD_INT:
		return check_int(p, v);
	case FIELD_BOOL:
		return json_is_boolean(v) ? json_incref(v) : wrong_type(p, "true or false");
	case FIELD_CHOICE:
		if (!json_is_string(v) || !is_choice(f->choices, json_string_value(v)))
			return not_a_choice(p);
		return json_incref(v);
	case FIELD_REF:
		return check_ref(p, v);
	case FIELD_REFS:
	case FIELD_SKILLS:
	case FIELD_LIST:
		return check_list(p, v);
	case FIELD_TEXTS:
		return check_texts(p, v);
	case FIELD_JSON:
		return json_is_object(v) || json_is_array(v) ? json_incref(v) : wrong_type(p, "a document");
	}
	return NULL;
}

/* What stands for "nothing given": the fallback, an empty list, or null. */
static json_t *fallback_of(const struct field *f)
{
	if (f->fallback)
		return json_loads(f->fallback, JSON_DECODE_ANY, NULL);
	if (f->type == FIELD_REFS || f->type == FIELD_SKILLS || f->type == FIELD_LIST)
		return json_array();
	if (f->type == FIELD_TEXTS)
		return json_object();
	if (f->type == FIELD_BOOL)
		return json_false();
	return json_null();
}

static void check_field(const struct field *f, json_t *value, bool is_create, struct issues *issues)
{
	struct place p = {.field = f, .issues = issues};
	json_t *v = json_object_get(value, f->name), *out;

	snprintf(p.pointer, sizeof(p.pointer), "/%s", f->name);
	if (f->is_read_only) {
		json_object_del(value, f->name);
		return;
	}
	if (!v && !is_create)
		return;
	if (v && !json_is_null(v)) {
		out = check_value(&p, v);
		if (!out)
			return;
	} else if (f->is_required && !f->fallback) {
		issue_add(issues, p.pointer, "required", "Is required");
		return;
	} else if (f->type == FIELD_SECRET && !v) {
		return;
	} else {
		out = fallback_of(f);
	}
	if (!out || json_object_set_new(value, f->name, out) < 0)
		out_of_memory(&p);
}

/* Names the server puts into every row; screens may send a row back as they got it. */
static bool is_made_by_server(const struct resource *r, const char *key)
{
	static const char *const made[] = {"id", "version", "created_at", "updated_at", NULL};

	if (is_choice(made, key))
		return true;
	if (!str_starts_with(key, "has_"))
		return false;
	const struct field *f = resource_field(r, key + 4);
	return f && f->type == FIELD_SECRET;
}

static void check_keys(const struct resource *r, json_t *value, struct issues *issues)
{
	const char *key;
	json_t *v;
	void *next;

	json_object_foreach_safe(value, next, key, v)
	{
		if (is_made_by_server(r, key) && !resource_field(r, key)) {
			json_object_del(value, key);
		} else if (!resource_field(r, key)) {
			char pointer[96];
			snprintf(pointer, sizeof(pointer), "/%.60s", key);
			issue_add(issues, pointer, "unknown_field", "A %s has no such field: remove it",
				r->name);
		}
	}
}

bool resource_check(const struct resource *r, json_t *value, bool is_create, struct issues *issues)
{
	int before = issues->n;

	if (!json_is_object(value)) {
		issue_add(issues, "", "wrong_type", "Must be an object with the fields of a %s", r->name);
		return false;
	}
	check_keys(r, value, issues);
	if (is_create && r->preset)
		r->preset(value);
	for (int i = 0; i < r->n_fields; i++)
		check_field(&r->fields[i], value, is_create, issues);
	if (issues->n == before && r->check)
		r->check(value, issues);
	return issues->n == before;
}
