/* Invariant: every schema made here is a valid JSON Schema 2020-12 as OpenAPI 3.1 uses it. */
#include "api/schema.h"
#include "base/str.h"

#include <ctype.h>
#include <string.h>

#define TYPE_MAX 256
#define ID_PATTERN "^[0-9a-hjkmnp-tv-z]{13}$"

json_t *schema_ref(const char *name)
{
	char ref[96];

	str_printf(ref, sizeof(ref), "#/components/schemas/%s", name);
	return json_pack("{s:s}", "$ref", ref);
}

/* =a|b|c */
static json_t *choices(const char *list)
{
	json_t *values = json_array();

	for (const char *p = list; *p;) {
		size_t n = strcspn(p, "|");
		json_array_append_new(values, json_stringn(p, n));
		p += n + (p[n] == '|');
	}
	return json_pack("{s:s, s:o}", "type", "string", "enum", values);
}

static json_t *simple(const char *type)
{
	if (strcmp(type, "id") == 0)
		return json_pack("{s:s, s:s}", "type", "string", "pattern", ID_PATTERN);
	if (strcmp(type, "int") == 0)
		return json_pack("{s:s, s:s}", "type", "integer", "format", "int64");
	if (strcmp(type, "num") == 0)
		return json_pack("{s:s}", "type", "number");
	if (strcmp(type, "bool") == 0)
		return json_pack("{s:s}", "type", "boolean");
	if (strcmp(type, "text") == 0)
		return json_pack("{s:s}", "type", "string");
	if (strcmp(type, "any") == 0)
		return json_object();
	if (!isupper((unsigned char)type[0]))
		__builtin_trap(); /* a mistake in our own notation */
	return schema_ref(type);
}

/* The same schema, or null. */
static json_t *or_null(json_t *schema)
{
	json_t *type = json_object_get(schema, "type"), *values = json_object_get(schema, "enum");

	if (!type)
		return json_pack("{s:[o, {s:s}]}", "anyOf", schema, "type", "null");
	if (values)
		json_array_append_new(values, json_null());
	json_object_set_new(schema, "type", json_pack("[O, s]", type, "null"));
	return schema;
}

json_t *schema_type(const char *type)
{
	char inner[TYPE_MAX];
	size_t n = strlen(type);

	if (n == 0 || str_put(inner, sizeof(inner), type) < 0)
		__builtin_trap();
	if (inner[n - 1] == '?') {
		inner[n - 1] = '\0';
		return or_null(schema_type(inner));
	}
	if (inner[0] == '[' || inner[0] == '{') {
		inner[n - 1] = '\0';
		return inner[0] == '['
			       ? json_pack("{s:s, s:o}", "type", "array", "items", schema_type(inner + 1))
			       : json_pack("{s:s, s:o}", "type", "object", "additionalProperties",
					 schema_type(inner + 1));
	}
	return inner[0] == '=' ? choices(inner + 1) : simple(inner);
}

static json_t *object_of(json_t *properties, json_t *required)
{
	return json_pack("{s:s, s:o, s:o}", "type", "object", "properties", properties, "required", required);
}

json_t *schema_object(const char *notation)
{
	json_t *properties = json_object(), *required = json_array();

	for (const char *p = notation; *p;) {
		char word[TYPE_MAX];
		size_t n = strcspn(p, " ");
		if (str_put_n(word, sizeof(word), p, n) < 0)
			__builtin_trap();
		char *colon = strchr(word, ':');
		if (!colon || colon == word)
			__builtin_trap();
		bool is_optional = colon[-1] == '?';
		colon[is_optional ? -1 : 0] = '\0';
		json_object_set_new(properties, word, schema_type(colon + 1));
		if (!is_optional)
			json_array_append_new(required, json_string(word));
		p += n + strspn(p + n, " ");
	}
	return object_of(properties, required);
}

void schema_name(const char *resource, const char *suffix, char ret_name[static 64])
{
	size_t n = 0;
	bool is_first = true;

	for (const char *p = resource; *p && n < 40; p++) {
		if (*p != '_')
			ret_name[n++] = (char)(is_first ? toupper((unsigned char)*p) : *p);
		is_first = *p == '_';
	}
	str_put(ret_name + n, 64 - n, suffix);
}

/* Documents have shapes of their own. */
static const char *document_type(const struct resource *r, const struct field *f)
{
	if (strcmp(r->name, "flow") == 0)
		return "FlowDocument";
	if (strcmp(f->name, "spans") == 0)
		return "[HoursSpan]";
	if (strcmp(f->name, "holidays") == 0)
		return "[Holiday]";
	if (strcmp(f->name, "rings") == 0)
		return "[QueueRing]";
	return "any";
}

static json_t *words(const char *const *list)
{
	json_t *values = json_array();

	for (; *list; list++)
		json_array_append_new(values, json_string(*list));
	return values;
}

static void set_bounds(json_t *schema, const char *min, const char *max, const struct field *f)
{
	if (f->min)
		json_object_set_new(schema, min, json_integer(f->min));
	if (f->max && f->max < INT64_MAX)
		json_object_set_new(schema, max, json_integer(f->max));
}

static json_t *list_schema(const struct field *f)
{
	json_t *item = f->choices ? json_pack("{s:s, s:o}", "type", "string", "enum", words(f->choices))
				  : schema_type(f->type == FIELD_REFS	  ? "id"
						: f->type == FIELD_SKILLS ? "SkillLevel"
									  : "text");
	json_t *schema = json_pack("{s:s, s:o}", "type", "array", "items", item);

	set_bounds(schema, "minItems", "maxItems", f);
	return schema;
}

static json_t *field_schema(const struct resource *r, const struct field *f)
{
	json_t *schema = NULL;

	switch (f->type) {
	case FIELD_TEXT:
	case FIELD_SECRET:
		schema = schema_type("text");
		set_bounds(schema, "minLength", "maxLength", f);
		break;
	case FIELD_INT:
		schema = schema_type("int");
		set_bounds(schema, "minimum", "maximum", f);
		break;
	case FIELD_BOOL:
		return schema_type("bool");
	case FIELD_CHOICE:
		schema = json_pack("{s:s, s:o}", "type", "string", "enum", words(f->choices));
		break;
	case FIELD_REF:
		schema = schema_type("id");
		break;
	case FIELD_TEXTS:
		return schema_ref("Texts");
	case FIELD_REFS:
	case FIELD_SKILLS:
	case FIELD_LIST:
		return list_schema(f);
	case FIELD_JSON:
		return schema_type(document_type(r, f));
	}
	return f->is_required || (f->fallback && f->type != FIELD_SECRET) ? schema : or_null(schema);
}

static void add_field(json_t *properties, json_t *required, const struct resource *r, const struct field *f,
	enum schema_use use)
{
	char name[80];
	bool is_row = use == SCHEMA_ROW, is_secret = f->type == FIELD_SECRET;

	if (f->is_read_only && !is_row)
		return;
	str_printf(name, sizeof(name), "%s%s", is_row && is_secret ? "has_" : "", f->name);
	json_t *schema = is_row && is_secret ? schema_type("bool") : field_schema(r, f);
	if (f->doc)
		json_object_set_new(schema, "description", json_string(f->doc));
	if (f->fallback && use == SCHEMA_CREATE)
		json_object_set_new(schema, "default", json_loads(f->fallback, JSON_DECODE_ANY, NULL));
	json_object_set_new(properties, name, schema);
	if (is_row || (use == SCHEMA_CREATE && f->is_required && !f->fallback))
		json_array_append_new(required, json_string(name));
}

json_t *schema_resource(const struct resource *r, enum schema_use use)
{
	json_t *properties = json_object(), *required = json_array();
	static const char *const made[] = {"id", "version", "created_at", "updated_at"};

	for (size_t i = 0; use == SCHEMA_ROW && i < 4; i++) {
		json_object_set_new(properties, made[i], schema_type(i ? "int" : "id"));
		json_array_append_new(required, json_string(made[i]));
	}
	for (int i = 0; i < r->n_fields; i++)
		add_field(properties, required, r, &r->fields[i], use);
	json_t *schema = object_of(properties, required);
	if (r->doc)
		json_object_set_new(schema, "description", json_string(r->doc));
	return schema;
}

json_t *schema_like(const json_t *value)
{
	if (json_is_object(value)) {
		json_t *properties = json_object(), *required = json_array(), *part;
		const char *name;
		json_object_foreach((json_t *)value, name, part)
		{
			json_object_set_new(properties, name, schema_like(part));
			json_array_append_new(required, json_string(name));
		}
		return object_of(properties, required);
	}
	if (json_is_null(value) || json_is_real(value))
		return schema_type("num?");
	return schema_type(json_is_string(value) ? "text" : json_is_boolean(value) ? "bool" : "int");
}
