/* See reach.h. */
#include "api/reach.h"
#include "api/problem.h"
#include "api/server.h"
#include "base/id.h"
#include "base/log.h"
#include "base/str.h"

#include <string.h>

bool reach_is_limited(const struct exchange *x)
{
	return x->who.permissions & MAY_SEE_TEAMS;
}

void reach_teams(const struct exchange *x, char ret_teams[static REACH_TEXT_MAX])
{
	char id[32];
	size_t used = 1, i;
	json_t *team;

	(void)str_put(ret_teams, REACH_TEXT_MAX, ",");
	_cleanup_json_ json_t *list = json_copy(json_object_get(x->who.row, "supervised_teams"));
	if (list && jsonx_id(x->who.row, "team"))
		json_array_append(list, json_object_get(x->who.row, "team"));
	json_array_foreach(list, i, team)
	{
		uint64_t n;
		if (!json_is_string(team) || id_parse(json_string_value(team), &n) < 0)
			continue;
		(void)str_printf(id, sizeof(id), "%llu,", (unsigned long long)n);
		if (str_put(ret_teams + used, REACH_TEXT_MAX - used, id) == 0)
			used += strlen(id);
	}
}

/* teams: of reach_teams. */
static bool is_theirs(struct exchange *x, uint64_t agent, const char *teams)
{
	_cleanup_json_ json_t *row = NULL;
	char text[40];

	if (!agent)
		return false;
	if (agent == x->who.user)
		return true;
	if (store_get(x->reader, resource_by_name("user"), x->who.tenant, agent, false, &row) != 0 ||
		!jsonx_id(row, "team"))
		return false;
	(void)str_printf(text, sizeof(text), ",%llu,", (unsigned long long)jsonx_id(row, "team"));
	return strstr(teams, text) != NULL;
}

bool reach_has_agent(struct exchange *x, uint64_t agent)
{
	char teams[REACH_TEXT_MAX];

	if (!reach_is_limited(x))
		return true;
	reach_teams(x, teams);
	return is_theirs(x, agent, teams);
}

static bool has_one(struct exchange *x, const json_t *list, const char *key, const char *teams)
{
	const json_t *row;
	size_t i;

	json_array_foreach(list, i, row) if (is_theirs(x, jsonx_id(row, key), teams)) return true;
	return false;
}

bool reach_has_contact(struct exchange *x, const json_t *interaction)
{
	char teams[REACH_TEXT_MAX];

	if (!reach_is_limited(x))
		return true;
	reach_teams(x, teams);
	return is_theirs(x, jsonx_id(interaction, "agent"), teams) ||
	       has_one(x, json_object_get(interaction, "segments"), "agent", teams) ||
	       has_one(x, json_object_get(interaction, "parties"), "user", teams);
}

void reach_filter(struct exchange *x, json_t *list, const char *key)
{
	char teams[REACH_TEXT_MAX];

	if (!reach_is_limited(x))
		return;
	reach_teams(x, teams);
	for (size_t i = json_array_size(list); i-- > 0;)
		if (!is_theirs(x, jsonx_id(json_array_get(list, i), key), teams))
			json_array_remove(list, i);
}

bool reach_lets_change(struct exchange *x, uint64_t id, const char *what)
{
	_cleanup_json_ json_t *contact = NULL;
	struct store_actor actor = actor_of(x);

	if (!reach_is_limited(x))
		return true;
	int result = store_interaction(x->reader, x->who.tenant, id, &contact);
	if (result == 0 && reach_has_contact(x, contact))
		return true;
	_cleanup_json_ json_t *details = json_pack("{s:s}", "mode", what);
	int err = result == 0 ? store_note_audit(x->api->parts.store, &actor, "supervision_refused",
					"interaction", id, details)
			      : 0;
	if (err < 0)
		log_warn("api", 0, "an entry of the audit log could not be written: error %d", err);
	problem_store(x, result == 0 ? STORE_NOT_FOUND : result, NULL);
	return false;
}
