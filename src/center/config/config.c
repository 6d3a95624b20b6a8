/* Applies a configuration snapshot: to routing (atomically, with a version), to trunks and phones, to the KPI
 * rules, and to the agents known here. Contacts on their way keep what they started with. */
#include "base/log.h"
#include "base/str.h"
#include "center/features/scope.h"
#include "center/defence/defence.h"
#include "center/record/mailbox.h"
#include "center/record/fork_alarm.h"
#include "center/routing/rules.h"
#include "center/recover/outlive.h"
#include "center/state.h"
#include "center/work/work.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define REROUTE_MS 1000 /* pages come and go many at a time: routing hears of them together */

/* Whether anybody reads what is written to this agent: a page is open, or will be before a contact comes.
 * Nobody sits at the page of a static contact. */
static bool reads_texts(const struct agent *a, const struct user *u)
{
	return !u->is_always_ready && (!a || a->device == DEVICE_BROWSER || a->n_clients > 0);
}

static void apply_routing(struct center *c, const struct snapshot *s)
{
	struct route_config config = {.version = ++c->config_version};
	struct route_queue *queues = alloc_array((size_t)s->n_queues, sizeof(*queues));
	struct route_agent *agents = alloc_array((size_t)s->n_users, sizeof(*agents));
	int n = 0;

	if (queues && agents) {
		c->has_text_queues = false;
		for (int i = 0; i < s->n_queues; i++) {
			queues[i] = s->queues[i].rule;
			c->has_text_queues |= queues[i].channel != ROUTE_VOICE;
		}
		for (int i = 0; i < s->n_users; i++) {
			const struct user *u = &s->users[i];
			if (!u->is_agent || !u->is_active)
				continue;
			agents[n] = (struct route_agent){.id = u->id,
				.skills = u->skills,
				.n_skills = u->n_skills,
				.serves = u->serves,
				.n_serves = u->n_serves,
				.is_persistent = u->is_always_ready};
			memcpy(agents[n].capacity, u->capacity.max, sizeof(agents[n].capacity));
			memcpy(agents[n].load, u->capacity.load, sizeof(agents[n].load));
			memcpy(agents[n].interrupts, u->capacity.interrupts, sizeof(agents[n].interrupts));
			struct agent *a = agent_get(c, u->id);
			bool is_read = reads_texts(a, u);
			for (int k = ROUTE_VOICE + 1; !is_read && k < ROUTE_CHANNELS; k++)
				agents[n].capacity[k] = 0;
			if (a)
				a->reads_texts = is_read;
			n++;
		}
		config.queues = queues;
		config.n_queues = s->n_queues;
		config.agents = agents;
		config.n_agents = n;
		route_feed(c, &(struct route_input){.kind = ROUTE_CONFIGURE, .config = &config});
	}
	alloc_free(queues);
	alloc_free(agents);
}

static void reroute(struct timer *t, int64_t now_ms)
{
	struct center *c = (struct center *)((char *)t - offsetof(struct center, reroute_timer));

	(void)now_ms;
	apply_routing(c, c->snapshot);
}

void config_page_changed(struct agent *a)
{
	struct center *c = a->center;
	const struct user *u = snapshot_user(c->snapshot, a->user);

	if (u && c->has_text_queues && reads_texts(a, u) != a->reads_texts &&
		!timer_is_set(&c->reroute_timer))
		timer_set(&c->timers, &c->reroute_timer, c->now_ms + REROUTE_MS, reroute);
}

void config_apply_rules(struct center *c, const struct snapshot *s)
{
	for (int i = 0; i < s->n_queues; i++)
		kpi_set_rule(c->fold, &(struct kpi_queue_rule){s->queues[i].id, s->queues[i].short_abandon_ms,
					      s->queues[i].service_level_ms});
}

static void apply_sip(struct center *c, struct snapshot *s)
{
	struct sip_command cmd = {.kind = SIP_CONFIGURE, .directory = TAKE_PTR(s->directory)};

	if (cmd.directory && sip_send(c->parts.sip, &cmd) < 0) {
		log_error("center", 0,
			"the SIP thread is too far behind: trunks and phones keep their old settings");
		sip_directory_free(cmd.directory);
	}
}

/* Who was deleted, disabled or lost the role keeps the contact at hand and is forgotten after it. */
static void retire_agents(struct center *c)
{
	struct agent *a;

	for (size_t i = 0; (a = map_next(&c->agents, &i));)
		if (!agent_is_employed(a)) {
			agent_set_presence(a, PRESENCE_OFFLINE, 0);
			works_return(a, "agent_gone");
			c->has_leavers = true;
		}
}

/* Rights only shrink here; more come with the next connection. A person who is gone is shown out, once the
 * contact at hand is over. */
void config_apply_clients(struct center *c)
{
	struct client *client;

	for (size_t i = 0; (client = map_next(&c->clients, &i));) {
		const struct user *u = snapshot_user(c->snapshot, client->who.user);
		const struct agent *a = map_get(&c->agents, client->who.user);
		struct center_output close = {
			.kind = CENTER_CLOSE_CLIENT, .to = client->who.id, .tenant = TENANT};
		if (a && agent_is_busy(a))
			continue;
		if (u && u->is_active) {
			client->is_known = true;
			client->who.permissions &= u->permissions;
		} else if (client->is_known) { /* else: somebody newer than this snapshot */
			client->who.permissions = 0;
			c->parts.on_output(&close, c->parts.on_output_arg);
		}
	}
}

/* Static contacts are at work from the start; people whose device was changed elsewhere get the new one. */
static void apply_agents(struct center *c, const struct snapshot *s)
{
	for (int i = 0; i < s->n_users; i++) {
		const struct user *u = &s->users[i];
		struct agent *a = agent_get(c, u->id);
		if (!a || !agent_is_employed(a))
			continue;
		if (!a->interaction && !a->n_clients) {
			a->device = u->device;
			str_put(a->device_uri, sizeof(a->device_uri), u->device_uri);
		}
		if (u->is_always_ready && a->presence == PRESENCE_OFFLINE)
			agent_set_presence(a, PRESENCE_READY, 0);
	}
}

/* After a restart people are what they were: their browsers and phones come back by themselves within the
 * grace period. */
static void restore_agents(struct center *c)
{
	struct restored *r;

	for (size_t i = 0; (r = map_next(&c->restored, &i)); alloc_free(r)) {
		struct agent *a = agent_get(c, r->agent);
		if (str_equal(r->state, "offline"))
			continue;
		if (!a) { /* deleted while the server was down: nobody else ends this state */
			emit(c, &(struct event){.type = EVENT_AGENT_STATE,
					.agent = r->agent,
					.reason = "offline",
					.name = r->state,
					.duration_ms = center_wall(c) - r->at_ms});
			continue;
		}
		str_put(a->state, sizeof(a->state), r->state);
		a->state_since_wall = r->at_ms;
		a->state_since_mono = c->now_ms - (center_wall(c) - r->at_ms);
		if (str_equal(r->state, "break"))
			agent_set_presence(a, PRESENCE_BREAK, r->break_reason);
		else if (str_equal(r->state, "not_responding"))
			a->presence = PRESENCE_NOT_RESPONDING;
		else
			agent_set_presence(a, PRESENCE_READY, 0);
		agent_wait_for_client(a);
	}
	map_free(&c->restored);
}

/* Somebody who could have recorded a greeting is in old and in new no more. */
static bool has_lost_owners(const struct snapshot *old, const struct snapshot *new)
{
	for (int i = 0; i < old->n_users; i++)
		if (!snapshot_user(new, old->users[i].id))
			return true;
	for (int i = 0; i < old->n_extensions; i++)
		if (!snapshot_extension(new, old->extensions[i].id))
			return true;
	return false;
}

void config_apply(struct center *c, struct snapshot *snapshot)
{
	struct snapshot *old = c->snapshot;

	c->snapshot = snapshot;
	c->is_key_asked = false;
	config_apply_rules(c, snapshot);
	atomic_store(&c->has_rules, snapshot->rules != NULL);
	apply_routing(c, snapshot);
	works_enter(c);
	opening_check(c);
	apply_sip(c, snapshot);
	outlive_enter(c);
	restore_agents(c);
	retire_agents(c);
	apply_agents(c, snapshot);
	config_apply_clients(c);
	scope_changed(c, old);
	fork_alarm_configured(c);
	defence_configured(c);
	live_reap(c);
	live_recount_reachable(c);
	for (int i = 0; i < snapshot->n_queues; i++)
		live_queue_changed(c, snapshot->queues[i].id);
	if (!old || has_lost_owners(old, snapshot))
		mailbox_tidy_greetings(c, !old);
	rules_inherit(snapshot->rules, old ? old->rules : NULL);
	snapshot_free(old);
	if (c->parts.on_sealed)
		c->parts.on_sealed(0, c->parts.on_sealed_arg);
	log_info("center", 0, "configuration %llu in force: %d queues, %d users, %d numbers, %d trunks",
		(unsigned long long)c->config_version, snapshot->n_queues, snapshot->n_users,
		snapshot->n_numbers, snapshot->n_trunks);
}
