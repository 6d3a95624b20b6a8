/* Contacts of the past and the audit log, read as the store keeps them. Agents see only their own contacts.
 */
#include "api/history.h"
#include "api/handlers.h"
#include "api/problem.h"
#include "api/recordings.h"
#include "api/reach.h"
#include "api/server.h"
#include "base/id.h"

#include <string.h>

/* Whether the person may see everybody's contacts. */
static bool sees_all(const struct exchange *x)
{
	return x->who.permissions & MAY_SEE_HISTORY;
}

static bool is_result(const char *s)
{
	static const char *const results[] = {"answered", "abandoned", "voicemail", "fax", "overflowed",
		"ended_in_flow", "no_answer", "busy", "rejected", "failed"};

	for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++)
		if (strcmp(results[i], s) == 0)
			return true;
	return false;
}

static bool is_direction(const char *s)
{
	return str_equal(s, "inbound") || str_equal(s, "outbound") || str_equal(s, "internal");
}

void interactions_list(struct exchange *x)
{
	struct store_history_query q = {.tenant = x->who.tenant};
	char teams[REACH_TEXT_MAX];
	json_t *rows = NULL;

	if (!argument_page(x, &q.limit, &q.before) ||
		!argument_int(x, "from_at", 0, INT64_MAX / 2, 0, &q.from_ms) ||
		!argument_int(x, "to_at", 0, INT64_MAX / 2, 0, &q.to_ms) ||
		!argument_id(x, "queue", &q.queue) || !argument_id(x, "agent", &q.agent))
		return;
	q.search = query_get(&x->request.query, "search");
	q.result = query_get(&x->request.query, "result");
	q.search = str_is_blank(q.search) ? NULL : q.search;
	q.result = str_is_blank(q.result) ? NULL : q.result;
	if (q.result && !is_result(q.result)) {
		problem(x, PROBLEM_INVALID,
			"result must be answered, abandoned, voicemail, fax, overflowed, ended_in_flow, "
			"no_answer, busy, rejected or failed.");
		return;
	}
	q.direction = query_get(&x->request.query, "direction");
	q.direction = str_is_blank(q.direction) ? NULL : q.direction;
	if (q.direction && !is_direction(q.direction)) {
		problem(x, PROBLEM_INVALID, "direction must be inbound, outbound or internal.");
		return;
	}
	if (reach_is_limited(x)) {
		reach_teams(x, teams);
		q.teams = teams;
		q.or_agent = x->who.user;
	} else if (!sees_all(x)) {
		q.agent = x->who.user;
	}
	int result = store_history(x->reader, &q, &rows);
	if (result != 0)
		problem_store(x, result, NULL);
	else
		reply_page(x, rows, q.limit);
}

/* Whether the agent took part in the contact, or an agent of a team they supervise. */
static bool is_own(struct exchange *x, const json_t *interaction)
{
	const json_t *segments = json_object_get(interaction, "segments");
	json_t *segment, *party;
	size_t i;

	if (jsonx_id(interaction, "agent") == x->who.user)
		return true;
	json_array_foreach(json_object_get(interaction, "parties"), i,
		party) if (jsonx_id(party, "user") == x->who.user) return true;
	json_array_foreach(segments, i, segment) if (jsonx_id(segment, "agent") == x->who.user) return true;
	return reach_is_limited(x) && reach_has_contact(x, interaction);
}

/* A row of a list that speaks of a supervisor in the call; ids: of the parties that are. */
static bool is_of_supervisor(const json_t *row, const json_t *ids)
{
	const char *type = jsonx_text(row, "type", "");
	const json_t *data = json_object_get(row, "data");
	const char *party = jsonx_text(data, "party", "");

	if (str_equal(jsonx_text(row, "role", ""), "supervisor") ||
		str_equal(jsonx_text(data, "role", ""), "supervisor"))
		return true;
	return str_equal(type, "supervision.changed") ||
	       (str_starts_with(type, "party.") && json_object_get(ids, party));
}

/* Agents are told of supervision while they talk, as the settings say; their history does not tell more. */
static void hide_supervision(json_t *interaction)
{
	static const char *const lists[] = {"parties", "quality", "events"};
	_cleanup_json_ json_t *ids = json_object();
	json_t *party;
	size_t i;

	json_array_foreach(json_object_get(interaction, "parties"), i,
		party) if (str_equal(jsonx_text(party, "role", ""), "supervisor"))
		json_object_set_new(ids, jsonx_text(party, "id", ""), json_true());
	for (int k = 0; k < 3; k++) {
		json_t *list = json_object_get(interaction, lists[k]);
		for (i = json_array_size(list); i-- > 0;)
			if (is_of_supervisor(json_array_get(list, i), ids))
				json_array_remove(list, i);
	}
}

/* Whoever opens contacts without a telephone sees all of these: they stand between us and the customers. */
static bool is_opened_for_others(const struct exchange *x, const json_t *interaction)
{
	return (x->who.permissions & MAY_OPEN_CONTACTS) &&
	       !str_equal(jsonx_text(interaction, "channel", "voice"), "voice");
}

json_t *history_contact(struct exchange *x)
{
	json_t *interaction = NULL;
	uint64_t id;

	if (!parameter_id(x, 0, &id))
		return NULL;
	int result = store_interaction(x->reader, x->who.tenant, id, &interaction);
	/* What one may not see looks like what does not exist. */
	if (result == 0 && !sees_all(x) && !is_own(x, interaction) && !is_opened_for_others(x, interaction)) {
		json_decref(interaction);
		result = STORE_NOT_FOUND;
	}
	if (result == 0 && !sees_all(x) && !reach_is_limited(x))
		hide_supervision(interaction);
	if (result == 0)
		return interaction;
	problem_store(x, result, NULL);
	return NULL;
}

void interactions_get(struct exchange *x)
{
	json_t *interaction = history_contact(x);

	if (!interaction)
		return;
	recordings_complete(x, json_object_get(interaction, "recordings"));
	recordings_mark(interaction);
	reply_json(x, 200, interaction);
}

void audit_list(struct exchange *x)
{
	json_t *rows = NULL;
	int64_t limit, before;

	if (!argument_int(x, "limit", 1, PAGE_MAX, PAGE_DEFAULT, &limit) ||
		!argument_int(x, "cursor", 1, INT64_MAX, 0, &before))
		return;
	int result = store_audit(x->reader, x->who.tenant, (uint64_t)before, (int)limit, &rows);
	if (result != 0) {
		problem_store(x, result, NULL);
		return;
	}
	/* Audit entries are numbered, not named by ids: the cursor is the last number, as text. */
	size_t n = json_array_size(rows);
	json_t *last = n > 0 ? json_object_get(json_array_get(rows, n - 1), "id") : NULL;
	char cursor[32] = "";
	if (n >= (size_t)limit && json_is_integer(last))
		str_printf(cursor, sizeof(cursor), "%lld", (long long)json_integer_value(last));
	else if (n >= (size_t)limit && json_is_string(last))
		str_put(cursor, sizeof(cursor), json_string_value(last));
	reply_json(x, 200,
		json_pack("{s:o, s:o}", "items", rows, "next_cursor",
			cursor[0] ? json_string(cursor) : json_null()));
}
