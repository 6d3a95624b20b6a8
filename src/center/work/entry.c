/* See entry.h. */
#include "center/work/entry.h"
#include "base/alloc.h"
#include "base/id.h"
#include "base/jsonx.h"
#include "base/str.h"

#include <errno.h>
#include <string.h>

/* --- writing
 * ------------------------------------------------------------------------------------------------------------
 */

static void add_int(struct text *t, const char *key, int64_t value)
{
	if (value)
		text_printf(t, "%s\"%s\":%lld", t->len > 1 ? "," : "", key, (long long)value);
}

static void add_id(struct text *t, const char *key, uint64_t id)
{
	char text[ID_TEXT_SIZE];

	if (id)
		text_printf(t, "%s\"%s\":\"%s\"", t->len > 1 ? "," : "", key, id_text(id, text));
}

static void add_asks(struct text *t, const struct route_input *in)
{
	char id[ID_TEXT_SIZE];

	for (int i = 0; i < in->n_asks; i++) {
		const struct route_ask *a = &in->asks[i];
		text_printf(t, "%s[\"%s\",%d,%d,%d]",
			i	     ? ","
			: t->len > 1 ? ",\"asks\":["
				     : "\"asks\":[",
			id_text(a->skill, id), a->level, a->any, a->kind);
	}
	if (in->n_asks)
		text_add(t, "]");
}

static void add_excluded(struct text *t, const struct route_input *in)
{
	char id[ID_TEXT_SIZE];

	for (int i = 0; i < in->n_excluded; i++)
		text_printf(t, "%s\"%s\"",
			i	     ? ","
			: t->len > 1 ? ",\"excluded\":["
				     : "\"excluded\":[",
			id_text(in->excluded[i], id));
	if (in->n_excluded)
		text_add(t, "]");
}

char *entry_encode(const struct entry *e)
{
	const struct route_input *in = &e->in;
	struct text t = {0};

	text_add(&t, "{");
	add_int(&t, "since", e->since_ms);
	add_id(&t, "customer", e->customer);
	add_int(&t, "is_vip", e->is_vip);
	add_id(&t, "attached", e->attached);
	add_int(&t, "amount", e->amount);
	add_int(&t, "priority", in->priority);
	add_int(&t, "head_start_ms", in->head_start_ms);
	add_int(&t, "target_ms", in->target_ms);
	add_id(&t, "preferred", in->preferred_agent);
	add_int(&t, "patience_ms", in->preferred_patience_ms);
	add_asks(&t, in);
	add_excluded(&t, in);
	text_add(&t, "}");
	if (t.failed) {
		text_free(&t);
		return NULL;
	}
	/* It is kept as long as the contact waits: no byte more than it has. */
	char *exact = alloc_dup(t.data, t.len + 1);
	text_free(&t);
	return exact;
}

/* --- reading
 * ------------------------------------------------------------------------------------------------------------
 */

static bool read_int(const json_t *j, const char *key, int64_t min, int64_t max, int64_t *ret_value)
{
	const json_t *v = json_object_get(j, key);
	int64_t n = v ? json_integer_value(v) : 0;

	if ((v && !json_is_integer(v)) || n < min || n > max)
		return false;
	*ret_value = n;
	return true;
}

static bool read_int32(const json_t *j, const char *key, int32_t min, int32_t max, int32_t *ret_value)
{
	int64_t n;

	if (!read_int(j, key, min, max, &n))
		return false;
	*ret_value = (int32_t)n;
	return true;
}

static bool read_id(const json_t *v, uint64_t *ret_id)
{
	return json_is_string(v) && id_parse(json_string_value(v), ret_id) == 0;
}

static bool read_optional_id(const json_t *j, const char *key, uint64_t *ret_id)
{
	const json_t *v = json_object_get(j, key);

	return !v || read_id(v, ret_id);
}

static bool read_small(const json_t *v, int min, int max, uint8_t *ret_value)
{
	if (!json_is_integer(v) || json_integer_value(v) < min || json_integer_value(v) > max)
		return false;
	*ret_value = (uint8_t)json_integer_value(v);
	return true;
}

static bool read_asks(const json_t *list, struct route_input *in)
{
	size_t i;
	json_t *v;

	if (!list)
		return true;
	if (!json_is_array(list) || json_array_size(list) > ROUTE_ASKS_MAX)
		return false;
	json_array_foreach(list, i, v)
	{
		struct route_ask *a = &in->asks[in->n_asks++];
		if (!json_is_array(v) || !read_id(json_array_get(v, 0), &a->skill) ||
			!read_small(json_array_get(v, 1), 1, ROUTE_LEVEL_MAX, &a->level) ||
			!read_small(json_array_get(v, 2), 0, UINT8_MAX, &a->any) ||
			!read_small(json_array_get(v, 3), ROUTE_REQUIRED, ROUTE_NOT, &a->kind))
			return false;
	}
	return true;
}

static bool read_excluded(const json_t *list, struct route_input *in)
{
	size_t i;
	json_t *v;

	if (!list)
		return true;
	if (!json_is_array(list) || json_array_size(list) > ROUTE_EXCLUDED_MAX)
		return false;
	json_array_foreach(list, i, v)
	{
		if (!read_id(v, &in->excluded[in->n_excluded++]))
			return false;
	}
	return true;
}

static bool read_all(const json_t *j, struct entry *e)
{
	struct route_input *in = &e->in;
	int64_t vip = 0;
	int32_t priority = 0;
	bool is_fine = json_is_object(j) && read_int(j, "since", 0, INT64_MAX / 2, &e->since_ms) &&
		       read_optional_id(j, "customer", &e->customer) && read_int(j, "is_vip", 0, 1, &vip) &&
		       read_optional_id(j, "attached", &e->attached) &&
		       read_int(j, "amount", 0, ENTRY_AMOUNT_MAX, &e->amount) &&
		       read_int32(j, "priority", -ROUTE_PRIORITY_MAX, ROUTE_PRIORITY_MAX, &priority) &&
		       read_int32(j, "head_start_ms", 0, ROUTE_EXTEND_MAX_MS, &in->head_start_ms) &&
		       read_int32(j, "target_ms", 0, INT32_MAX, &in->target_ms) &&
		       read_optional_id(j, "preferred", &in->preferred_agent) &&
		       read_int32(j, "patience_ms", 0, INT32_MAX, &in->preferred_patience_ms) &&
		       read_asks(json_object_get(j, "asks"), in) &&
		       read_excluded(json_object_get(j, "excluded"), in);

	e->is_vip = vip != 0;
	in->priority = priority;
	return is_fine;
}

int entry_decode(const char *text, struct entry *ret_entry)
{
	struct entry e = {0};
	json_error_t error;
	size_t n = text ? strnlen(text, ENTRY_TEXT_MAX + 1) : 0;

	if (!text) {
		*ret_entry = e;
		return 0;
	}
	if (n > ENTRY_TEXT_MAX)
		return -EINVAL;
	_cleanup_json_ json_t *j = json_loadb(text, n, JSON_REJECT_DUPLICATES, &error);
	if (!j)
		return json_error_code(&error) == json_error_out_of_memory ? -ENOMEM : -EINVAL;
	if (!read_all(j, &e))
		return -EINVAL;
	*ret_entry = e;
	return 0;
}
