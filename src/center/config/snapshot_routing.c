/* See snapshot_routing.h. Invariant: whatever the rows say, what is filled in is a configuration that routing
 * takes; descriptors and store keep rows within it, and what an older version stored is cut to it here. */
#include "center/config/snapshot_routing.h"
#include "base/alloc.h"
#include "base/log.h"
#include "base/str.h"
#include "resource/expression.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const channels[] = {[ROUTE_VOICE] = "voice",
	[ROUTE_CHAT] = "chat",
	[ROUTE_EMAIL] = "email",
	[ROUTE_MESSAGE] = "message",
	[ROUTE_TASK] = "task"};
#define N_CHANNELS (int)(sizeof(channels) / sizeof(channels[0]))

/* The index of word in list (n texts), 0 when it is none of them. */
static int index_of(const char *word, const char *const *list, int n)
{
	for (int i = 0; i < n; i++)
		if (str_equal(list[i], word))
			return i;
	return 0;
}

static int bounded(const json_t *row, const char *key, int fallback, int max)
{
	int64_t n = jsonx_int(row, key, fallback);

	return n < 0 ? 0 : n > max ? max : (int)n;
}

/* Seconds of the row in milliseconds, a day at most. */
static int32_t span_ms(const json_t *row, const char *key, int fallback)
{
	return bounded(row, key, fallback, ROUTE_EXTEND_MAX_MS / 1000) * 1000;
}

/* --- capacity
 * ---------------------------------------------------------------------------------------------------------
 */

static uint8_t channel_set(const json_t *list)
{
	unsigned set = 0;
	size_t i;
	json_t *v;

	json_array_foreach(list, i, v) for (int k = 0; k < N_CHANNELS;
					    k++) if (str_equal(channels[k], json_string_value(v))) set |=
		1u << k;
	return (uint8_t)set;
}

void snapshot_capacity(const json_t *row, struct capacity *ret_capacity)
{
	static const struct {
		int max, load;
		uint8_t interrupts;
	} usual[] = {[ROUTE_VOICE] = {1, 100, 1 << ROUTE_EMAIL | 1 << ROUTE_TASK},
		[ROUTE_CHAT] = {4, 25, 0},
		[ROUTE_EMAIL] = {5, 20, 0},
		[ROUTE_MESSAGE] = {4, 25, 0},
		[ROUTE_TASK] = {5, 20, 0}};
	struct capacity c = {0};
	char key[32];

	for (int k = 0; k < N_CHANNELS; k++) {
		str_printf(key, sizeof(key), "%s_max", channels[k]);
		c.max[k] = bounded(row, key, usual[k].max, k == ROUTE_VOICE ? 1 : ROUTE_CAPACITY_MAX);
		str_printf(key, sizeof(key), "%s_load", channels[k]);
		c.load[k] = bounded(row, key, usual[k].load, ROUTE_LOAD_MAX);
		str_printf(key, sizeof(key), "%s_interrupts", channels[k]);
		const json_t *list = json_object_get(row, key);
		c.interrupts[k] = list ? channel_set(list) : usual[k].interrupts;
	}
	*ret_capacity = c;
}

/* --- a queue's rule
 * --------------------------------------------------------------------------------------------------- */

static uint64_t skill_called(const char *name, void *arg)
{
	const struct snapshot *s = arg;

	for (int i = 0; i < s->n_skills; i++)
		if (str_equal_nocase(s->skills[i].name, name))
			return s->skills[i].id;
	return 0;
}

static void add_asks(const struct snapshot *s, const json_t *row, struct route_queue *rule)
{
	static const uint8_t kinds[] = {[ASK_REQUIRED] = ROUTE_REQUIRED,
		[ASK_FIXED] = ROUTE_FIXED,
		[ASK_PREFERRED] = ROUTE_PREFERRED,
		[ASK_NOT] = ROUTE_NOT};
	struct ask asks[ASKS_MAX];
	struct ask_error error;
	size_t i;
	json_t *v;

	json_array_foreach(json_object_get(row, "skills"), i, v)
	{
		int level = bounded(v, "level", 1, ROUTE_LEVEL_MAX);
		uint64_t skill = jsonx_id(v, "skill");
		if (skill && rule->n_asks < ROUTE_ASKS_MAX)
			rule->asks[rule->n_asks++] = (struct route_ask){.skill = skill,
				.level = (uint8_t)(level ? level : 1),
				.kind = ROUTE_REQUIRED};
	}
	int n = ask_parse(
		jsonx_text(row, "skill_expression", NULL), skill_called, (void *)(uintptr_t)s, asks, &error);
	if (n < 0)
		log_error("center", 0, "queue %s is routed without its skill expression: column %d: %s",
			jsonx_text(row, "name", ""), error.column, error.message);
	for (int k = 0; k < n && rule->n_asks < ROUTE_ASKS_MAX; k++) {
		assert(asks[k].kind < sizeof(kinds));
		rule->asks[rule->n_asks++] =
			(struct route_ask){asks[k].skill, asks[k].level, asks[k].any, kinds[asks[k].kind]};
	}
}

static void add_rings(const json_t *row, struct route_queue *rule)
{
	const json_t *rings = json_object_get(row, "rings");
	size_t i;
	json_t *v;

	if (json_array_size(rings) == 0)
		return;
	rule->rings[rule->n_rings++] = (struct route_ring){.level = 1};
	json_array_foreach(rings, i, v)
	{
		const struct route_ring *last = &rule->rings[rule->n_rings - 1];
		int32_t after = span_ms(v, "after_s", 0);
		int relax = bounded(v, "relax", 0, ROUTE_LEVEL_MAX);
		if (rule->n_rings == ROUTE_RINGS_MAX || after <= last->after_ms)
			return;
		rule->rings[rule->n_rings] = (struct route_ring){.after_ms = after,
			.level = (uint8_t)(rule->n_rings + 1),
			.relax = (uint8_t)(relax > last->relax ? relax : last->relax)};
		rule->n_rings++;
	}
}

void snapshot_rule(const struct snapshot *s, const json_t *row, struct queue *q)
{
	static const char *const strategies[ROUTE_STRATEGIES] = {[ROUTE_LONGEST_IDLE] = "longest_idle",
		[ROUTE_LEAST_OCCUPIED] = "least_occupied",
		[ROUTE_MOST_SKILLED] = "most_skilled",
		[ROUTE_FEWEST_CONTACTS] = "fewest_contacts",
		[ROUTE_ROUND_ROBIN] = "round_robin",
		[ROUTE_RING_ALL] = "ring_all",
		[ROUTE_TOP_DOWN] = "top_down",
		[ROUTE_WEIGHTED] = "weighted"};
	struct route_queue *rule = &q->rule;

	*rule = (struct route_queue){.id = q->id,
		.channel = (enum route_channel)index_of(jsonx_text(row, "channel", ""), channels, N_CHANNELS),
		.strategy = (enum route_strategy)index_of(
			jsonx_text(row, "strategy", ""), strategies, ROUTE_STRATEGIES),
		.mix = {.idle = bounded(row, "weight_idle", 1, 1000),
			.skill = bounded(row, "weight_skill", 60, 1000),
			.occupancy = bounded(row, "weight_occupancy", 1, 1000),
			.contacts = bounded(row, "weight_contacts", 10, 1000)},
		.priority = bounded(row, "priority", 0, ROUTE_PRIORITY_MAX),
		.is_by_due = str_equal(jsonx_text(row, "order", ""), "due"),
		.age_ms = span_ms(row, "age_s", 0),
		.share_pct = bounded(row, "share_pct", 0, 100),
		.per_agent_max = bounded(row, "per_agent_max", 0, ROUTE_CAPACITY_MAX),
		.keep_free = bounded(row, "keep_free", 0, 1000),
		.ring_timeout_ms = span_ms(row, "ring_timeout_s", 20),
		.misses_max = bounded(row, "misses_max", 1, 100),
		.wrap_up_ms = span_ms(row, "wrap_up_s", 30),
		.target_ms = span_ms(row, "service_level_s", 18),
		.warn_ms = span_ms(row, "warn_s", 0),
		.max_wait_ms = span_ms(row, "max_wait_s", 0),
		.is_left_without_agents = jsonx_bool(row, "is_left_without_agents", false),
		.no_agents_ms = span_ms(row, "no_agents_s", 60),
		.is_left_when_closed = jsonx_bool(row, "is_left_when_closed", false),
		.max_estimate_ms = span_ms(row, "max_estimate_s", 0),
		.announce_first_ms = span_ms(row, "announce_first_s", 15),
		.announce_every_ms = span_ms(row, "announce_every_s", 45),
		.handle_estimate_ms = span_ms(row, "handle_estimate_s", 180),
		.capacity = bounded(row, "capacity", 0, 100000)};
	add_asks(s, row, rule);
	add_rings(row, rule);
}

/* --- who serves it
 * ---------------------------------------------------------------------------------------------------- */

struct service {       /* of one user in the queue being looked at */
	uint8_t level; /* 0: none */
	uint16_t position;
};
struct serving {
	struct snapshot *s;
	int *rank; /* of each user among all by name */
	struct service *services;
};

static int by_name(const void *a, const void *b)
{
	const struct user *x = *(const struct user *const *)a, *y = *(const struct user *const *)b;
	int order = strcmp(x->name, y->name);

	return order ? order : x->id < y->id ? -1 : x->id > y->id;
}

static int rank_users(struct serving *g)
{
	struct snapshot *s = g->s;
	_cleanup_alloc_ const struct user **sorted = alloc_array((size_t)s->n_users + 1, sizeof(*sorted));

	if (!sorted)
		return -ENOMEM;
	for (int i = 0; i < s->n_users; i++)
		sorted[i] = &s->users[i];
	qsort(sorted, (size_t)s->n_users, sizeof(*sorted), by_name);
	for (int i = 0; i < s->n_users; i++)
		g->rank[sorted[i] - s->users] = i;
	return 0;
}

static void set_service(struct serving *g, int user, int level, int position)
{
	struct service *v = &g->services[user];

	if (v->level || !g->s->users[user].is_agent)
		return;
	v->level = (uint8_t)level;
	v->position = (uint16_t)(position > UINT16_MAX ? UINT16_MAX : position);
}

/* People in the order of their list, then members of the teams by name. */
static void add_level(struct serving *g, const struct ring *r, int level)
{
	const struct snapshot *s = g->s;

	for (int i = 0; i < r->n_agents; i++) {
		const struct user *u = snapshot_user(s, r->agents[i]);
		if (u)
			set_service(g, (int)(u - s->users), level, i + 1);
	}
	for (int i = 0; i < s->n_users && r->n_teams; i++)
		for (int k = 0; k < r->n_teams; k++)
			if (s->users[i].team && s->users[i].team == r->teams[k])
				set_service(g, i, level, r->n_agents + 1 + g->rank[i]);
}

static void serve_queue(struct serving *g, const struct queue *q)
{
	struct snapshot *s = g->s;
	struct ring base = {q->teams, q->agents, q->n_teams, q->n_agents};

	memset(g->services, 0, (size_t)s->n_users * sizeof(*g->services));
	if (!q->n_teams && !q->n_agents)
		for (int i = 0; i < s->n_users; i++)
			set_service(g, i, 1, g->rank[i] + 1);
	add_level(g, &base, 1);
	for (int r = 0; r + 1 < q->rule.n_rings; r++)
		add_level(g, &q->rings[r], r + 2);
}

static int by_queue(const void *a, const void *b)
{
	const struct route_serves *x = a, *y = b;

	return x->queue < y->queue ? -1 : x->queue > y->queue;
}

/* Twice over all queues: first to count, then, with room made, to fill in. */
static int serve_all(struct serving *g)
{
	struct snapshot *s = g->s;

	for (int pass = 0; pass < 2; pass++) {
		for (int k = 0; k < s->n_queues; k++) {
			serve_queue(g, &s->queues[k]);
			for (int i = 0; i < s->n_users; i++) {
				struct user *u = &s->users[i];
				if (g->services[i].level && pass)
					u->serves[u->n_serves] = (struct route_serves){s->queues[k].id,
						g->services[i].level, g->services[i].position};
				u->n_serves += g->services[i].level > 0;
			}
		}
		for (int i = 0; i < s->n_users && !pass; i++) {
			struct user *u = &s->users[i];
			u->serves = arena_alloc(&s->arena, ((size_t)u->n_serves + 1) * sizeof(*u->serves));
			if (!u->serves)
				return -ENOMEM;
			u->n_serves = 0;
		}
	}
	for (int i = 0; i < s->n_users; i++)
		qsort(s->users[i].serves, (size_t)s->users[i].n_serves, sizeof(struct route_serves),
			by_queue);
	return 0;
}

int snapshot_serves(struct snapshot *s)
{
	struct serving g = {.s = s};
	_cleanup_alloc_ int *rank = alloc_array((size_t)s->n_users + 1, sizeof(*rank));
	_cleanup_alloc_ struct service *services = alloc_array((size_t)s->n_users + 1, sizeof(*services));

	if (!rank || !services)
		return -ENOMEM;
	g.rank = rank;
	g.services = services;
	int err = rank_users(&g);
	return err < 0 ? err : serve_all(&g);
}
