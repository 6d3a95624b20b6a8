/* See dial.h: what screens ask of dialling, and calls other systems have an agent make. */
#include "center/dial/dial.h"
#include "base/str.h"
#include "center/call/phones.h"
#include "center/work/work_state.h"

#include <string.h>

static bool may_choose(const struct caller_id *n, const struct user *u)
{
	for (int i = 0; i < n->n_teams; i++)
		if (n->teams[i] == u->team)
			return true;
	return n->n_teams == 0;
}

json_t *dial_options(struct center *c, const struct agent *a)
{
	const struct snapshot *s = c->snapshot;
	const struct user *u = snapshot_user(s, a->user);
	json_t *caller_ids = json_array(), *queues = json_array();

	for (int i = 0; u && i < s->n_caller_ids; i++)
		if (may_choose(&s->caller_ids[i], u))
			json_array_append_new(caller_ids,
				json_pack("{s:o,s:s,s:s,s:b}", "id", json_id(s->caller_ids[i].id), "number",
					s->caller_ids[i].number, "name", s->caller_ids[i].name, "is_withheld",
					s->caller_ids[i].is_withheld));
	for (int i = 0; u && i < u->n_serves; i++) {
		const struct queue *q = snapshot_queue(s, u->serves[i].queue);
		if (q && q->rule.channel == ROUTE_VOICE)
			json_array_append_new(
				queues, json_pack("{s:o,s:s}", "id", json_id(q->id), "name", q->name));
	}
	return json_pack("{s:o,s:o}", "caller_ids", caller_ids, "queues", queues);
}

static bool fits(const char *search, const char *name, const char *number)
{
	return strcasestr(name, search) || strstr(number, search);
}

static const char *state_of(struct center *c, const struct extension *e)
{
	const struct agent *a = e->user ? map_get(&c->agents, e->user) : NULL;
	bool has_phone = e->user || phones_is_reachable(c, e->id);
	const struct interaction *ix;

	if (a)
		return a->interaction ? "busy" : agent_is_reachable(a) ? "free" : "unreachable";
	for (size_t i = 0; (ix = map_next(&c->interactions, &i));)
		for (const struct party *p = ix->parties; p; p = p->next)
			if (p->number[0] && str_equal(p->number, e->number))
				return "busy";
	return has_phone ? "free" : "unreachable";
}

void dial_directory(struct center *c, const char *search, size_t max, json_t *reply)
{
	const struct snapshot *s = c->snapshot;
	json_t *extensions = json_array(), *groups = json_array();

	for (int i = 0; i < s->n_extensions && json_array_size(extensions) < max; i++) {
		const struct extension *e = &s->extensions[i];
		if (e->is_active && fits(search, e->name, e->number))
			json_array_append_new(
				extensions, json_pack("{s:o,s:s,s:s,s:s}", "id", json_id(e->id), "name",
						    e->name, "number", e->number, "state", state_of(c, e)));
	}
	for (int i = 0; i < s->n_groups && json_array_size(groups) < max; i++) {
		const struct ring_group *g = &s->groups[i];
		if (g->is_active && fits(search, g->name, g->number))
			json_array_append_new(groups, json_pack("{s:o,s:s,s:s}", "id", json_id(g->id), "name",
							      g->name, "number", g->number));
	}
	json_object_set_new(reply, "extensions", extensions);
	json_object_set_new(reply, "ring_groups", groups);
}

/* --- other systems
 * ----------------------------------------------------------------------------------------------------------
 */

static const char *carry_out(struct center *c, const struct center_dial *ask, uint64_t *ret_interaction)
{
	struct agent *a = agent_get(c, ask->agent);
	struct dial_wish wish = {.agent = a,
		.caller_id = ask->caller_id,
		.queue = ask->queue,
		.customer = ask->customer,
		.key = ask->key,
		.how = "click"};

	if (!a || !agent_is_employed(a))
		return "not_an_agent";
	const char *why = dial_place(c, ask->to, &wish.to);
	return why ? why : dial_begin(c, &wish, ret_interaction);
}

void dial_wished(struct center *c, const struct dial_ask *w)
{
	const struct request_key *before = keys_find(&c->keys, w->ask.key);
	uint64_t id = 0;
	const char *why = NULL;

	if (!before)
		why = carry_out(c, &w->ask, &id);
	else if (keys_is_other(before, w->ask.body))
		why = "key_reused";
	else
		id = before->interaction;
	if (!id) { /* else it has begun, if only to fail at once: the log says so */
		w->on_json(json_pack("{s:s}", "code", why), w->arg);
		return;
	}
	if (!before)
		keys_put(&c->keys, c->now_ms,
			&(struct request_key){.key = w->ask.key, .interaction = id, .body = w->ask.body});
	/* Whoever hears of the call may rely on it: after a crash the same key still names it. */
	work_await(c, json_pack("{s:o}", "interaction", json_id(id)), w->on_json, w->arg, 0);
}
