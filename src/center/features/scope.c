/* See scope.h. */
#include "center/features/scope.h"
#include "base/str.h"
#include "center/features/supervise.h"

bool scope_is_limited(const struct center *c, uint64_t user)
{
	const struct user *u = snapshot_user(c->snapshot, user);

	return !u || u->is_limited;
}

static bool has_team(const struct user *u, uint64_t team)
{
	if (!team)
		return false;
	for (int i = 0; i < u->n_teams; i++)
		if (u->teams[i] == team)
			return true;
	return u->team == team;
}

bool scope_holds(const struct center *c, uint64_t user, uint64_t agent)
{
	const struct user *u = snapshot_user(c->snapshot, user), *a = snapshot_user(c->snapshot, agent);

	if (!u)
		return false;
	return !u->is_limited || user == agent || (a && has_team(u, a->team));
}

bool scope_lets(struct center *c, uint64_t user, uint64_t agent, uint64_t interaction, const char *what)
{
	struct lookup *ask;

	if (scope_holds(c, user, agent))
		return true;
	ask = alloc_zero(sizeof(*ask));
	if (!ask)
		return false;
	ask->auditor = user;
	ask->is_refused = true;
	ask->interaction = interaction;
	ask->last_agent = agent;
	(void)str_put(ask->number, sizeof(ask->number), what);
	center_loader_ask(c, ask);
	return false;
}

/* --- the live view
 * ------------------------------------------------------------------------------------------------------- */

json_t *scope_live(struct center *c, uint64_t user, const json_t *live)
{
	json_t *copy = json_copy((json_t *)(uintptr_t)live), *agents = json_array(), *agent;
	size_t i;

	if (!copy || !agents) {
		json_decref(copy);
		json_decref(agents);
		return NULL;
	}
	json_array_foreach(json_object_get(live, "agents"), i,
		agent) if (scope_holds(c, user, jsonx_id(agent, "id"))) json_array_append(agents, agent);
	json_object_set_new(copy, "agents", agents);
	return copy;
}

/* "on", "queues" and "agents" are always there. */
static bool has_news(const json_t *live)
{
	return json_array_size(json_object_get(live, "queues")) > 0 ||
	       json_array_size(json_object_get(live, "agents")) > 0 || json_object_size(live) > 3;
}

void scope_push_live(struct center *c, const json_t *live)
{
	struct client *client;

	for (size_t i = 0; (client = map_next(&c->clients, &i));) {
		json_t *mine =
			client->is_live && client->is_limited ? scope_live(c, client->who.user, live) : NULL;
		if (mine && has_news(mine))
			push_client(c, client->who.id, mine);
		else
			json_decref(mine);
	}
}

/* --- changes
 * -------------------------------------------------------------------------------------------------------------
 */

static bool are_same(const struct user *a, const struct user *b)
{
	if (!a || !b)
		return a == b;
	if (a->team != b->team || a->is_limited != b->is_limited || a->n_teams != b->n_teams ||
		a->permissions != b->permissions)
		return false;
	for (int i = 0; i < a->n_teams; i++)
		if (a->teams[i] != b->teams[i])
			return false;
	return true;
}

static bool has_changed(const struct snapshot *old, const struct snapshot *new)
{
	if (!old || old->n_users != new->n_users)
		return true;
	for (int i = 0; i < new->n_users; i++)
		if (!are_same(&new->users[i], snapshot_user(old, new->users[i].id)))
			return true;
	return false;
}

/* Those that are not theirs (any more) are gone for this page. */
static json_t *foreign_json(struct center *c, uint64_t user, const json_t *live)
{
	json_t *list = json_array(), *agent;
	size_t i;

	json_array_foreach(
		json_object_get(live, "agents"), i, agent) if (!scope_holds(c, user, jsonx_id(agent, "id")))
		json_array_append(list, json_object_get(agent, "id"));
	return json_pack("{s:o}", "agents", list);
}

static void tell(struct center *c, struct client *client, const json_t *live)
{
	bool is_limited = scope_is_limited(c, client->who.user);
	struct center_output out = {.kind = is_limited ? CENTER_LIVE_LEAVE : CENTER_LIVE_JOIN,
		.to = client->who.id,
		.tenant = TENANT};

	if (!is_limited && !client->is_limited)
		return;
	json_t *mine = scope_live(c, client->who.user, live);
	if (mine) {
		json_object_set_new(mine, "gone", foreign_json(c, client->who.user, live));
		push_client(c, client->who.id, mine);
	}
	client->is_limited = is_limited;
	c->parts.on_output(&out, c->parts.on_output_arg);
}

void scope_changed(struct center *c, const struct snapshot *old)
{
	struct client *client;
	bool has_live = false;

	if (!has_changed(old, c->snapshot))
		return;
	supervise_look(c);
	for (size_t i = 0; (client = map_next(&c->clients, &i));)
		has_live |= client->is_live && (client->is_limited || scope_is_limited(c, client->who.user));
	_cleanup_json_ json_t *live = has_live ? live_people(c) : NULL;
	for (size_t i = 0; live && (client = map_next(&c->clients, &i));)
		if (client->is_live)
			tell(c, client, live);
}
