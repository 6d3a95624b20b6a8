/* See history_parties.h. */
#include "store/log/history_parties.h"
#include "base/str.h"

#include <errno.h>

static json_t *or_null(const json_t *object, const char *name)
{
	json_t *value = json_object_get(object, name);

	return json_incref(value ? value : json_null());
}

static json_t *party(json_t *id, const char *role, json_t *joined_at)
{
	return json_pack("{s:o,s:s,s:n,s:n,s:n,s:o,s:n,s:n}", "id", id, "role", role, "user", "name",
		"number", "joined_at", joined_at, "left_at", "reason");
}

static void add_customer(json_t *list, const json_t *whole)
{
	json_t *row = party(or_null(whole, "id"), "customer", or_null(whole, "started_at"));

	json_object_set_new(row, "name", or_null(whole, "name"));
	json_object_set_new(row, "number", or_null(whole, "from"));
	json_object_set_new(row, "left_at", or_null(whole, "ended_at"));
	json_object_set_new(row, "reason", or_null(whole, "reason"));
	json_array_append_new(list, row);
}

static const char *role_of(const json_t *data)
{
	if (str_equal(jsonx_text(data, "reason", ""), "supervisor"))
		return "supervisor";
	return jsonx_text(data, "agent", NULL) ? "agent" : "outside";
}

static void joined(json_t *list, const json_t *event, const json_t *data)
{
	json_t *row = party(or_null(data, "party"), role_of(data), or_null(event, "at"));

	json_object_set_new(row, "user", or_null(data, "agent"));
	json_object_set_new(row, "name", or_null(data, "name"));
	json_object_set_new(row, "number", or_null(data, "to"));
	json_array_append_new(list, row);
}

static void answered(json_t *list, const json_t *event, const json_t *data)
{
	json_t *row = party(or_null(data, "segment"), "agent", or_null(event, "at"));

	json_object_set_new(row, "user", or_null(data, "agent"));
	json_array_append_new(list, row);
}

/* The party or segment that this event ends. */
static void left(json_t *list, const json_t *event, const json_t *id, const char *reason)
{
	json_t *row;
	size_t i;

	json_array_foreach(list, i, row)
	{
		if (!id || !json_equal(json_object_get(row, "id"), id))
			continue;
		json_object_set_new(row, "left_at", or_null(event, "at"));
		json_object_set_new(row, "reason", reason ? json_string(reason) : json_null());
	}
}

static void follow(json_t *list, const json_t *event)
{
	const char *type = jsonx_text(event, "type", "");
	const json_t *data = json_object_get(event, "data");
	const char *reason = jsonx_text(data, "reason", NULL);

	if (str_equal(type, "party.joined"))
		joined(list, event, data);
	else if (str_equal(type, "party.left"))
		left(list, event, json_object_get(data, "party"), reason);
	else if (str_equal(type, "segment.answered"))
		answered(list, event, data);
	else if (str_equal(type, "segment.ended"))
		left(list, event, json_object_get(data, "segment"), reason);
}

int history_add_parties(json_t *whole)
{
	json_t *list = json_array(), *event;
	size_t i;

	if (str_equal(jsonx_text(whole, "channel", ""), "voice")) {
		add_customer(list, whole);
		json_array_foreach(json_object_get(whole, "events"), i, event) follow(list, event);
	}
	return json_object_set_new(whole, "parties", list) < 0 ? -ENOMEM : 0;
}
