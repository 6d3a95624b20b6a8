/* jansson with defaults. */
#include "base/jsonx.h"
#include "base/id.h"

#include <errno.h>

const char *jsonx_text(const json_t *obj, const char *key, const char *fallback)
{
	const char *s = json_string_value(json_object_get(obj, key));

	return s ? s : fallback;
}

int64_t jsonx_int(const json_t *obj, const char *key, int64_t fallback)
{
	const json_t *v = json_object_get(obj, key);

	return json_is_integer(v) ? json_integer_value(v) : fallback;
}

bool jsonx_bool(const json_t *obj, const char *key, bool fallback)
{
	const json_t *v = json_object_get(obj, key);

	return json_is_boolean(v) ? json_is_true(v) : fallback;
}

uint64_t jsonx_id(const json_t *obj, const char *key)
{
	uint64_t id = 0;
	const char *s = jsonx_text(obj, key, NULL);

	return s && id_parse(s, &id) == 0 ? id : 0;
}

static int set(json_t *obj, const char *key, json_t *value)
{
	return json_object_set_new(obj, key, value) < 0 ? -ENOMEM : 0;
}

int jsonx_set_id(json_t *obj, const char *key, uint64_t id)
{
	char text[ID_TEXT_SIZE];

	return set(obj, key, id ? json_string(id_text(id, text)) : json_null());
}

int jsonx_set_text(json_t *obj, const char *key, const char *value)
{
	return set(obj, key, value ? json_string(value) : json_null());
}

int jsonx_set_int(json_t *obj, const char *key, int64_t value)
{
	return set(obj, key, json_integer(value));
}

int jsonx_set_bool(json_t *obj, const char *key, bool value)
{
	return set(obj, key, json_boolean(value));
}

char *jsonx_dump(const json_t *j)
{
	return json_dumps(j, JSON_COMPACT | JSON_ENCODE_ANY);
}
