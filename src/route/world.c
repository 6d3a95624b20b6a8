/* See world.h. */
#include "route/world.h"
#include "route/need.h"

#include <stdlib.h>

#define AGENTS_MAX 1000000
#define QUEUES_MAX 100000
#define AGENT_SKILLS_MAX 10000

static int check_skills(const struct route_skill *skills, int n, bool is_sorted)
{
	for (int i = 0; i < n; i++)
		if (!skills[i].skill || skills[i].level < 1 || skills[i].level > ROUTE_LEVEL_MAX ||
			(is_sorted && i > 0 && skills[i - 1].skill >= skills[i].skill))
			return -EINVAL;
	return 0;
}

static int check_queue(const struct route_queue *q)
{
	if (!q->id || (unsigned)q->channel >= ROUTE_CHANNELS || q->strategy != ROUTE_LONGEST_IDLE)
		return -EINVAL;
	if (q->priority < -ROUTE_PRIORITY_MAX || q->priority > ROUTE_PRIORITY_MAX || q->capacity < 0)
		return -EINVAL;
	if (q->ring_timeout_ms <= 0 || q->wrap_up_ms < 0 || q->max_wait_ms < 0 || q->announce_first_ms < 0 ||
		q->announce_every_ms < 0 || q->handle_estimate_ms < 0)
		return -EINVAL;
	if (q->n_skills < 0 || q->n_skills > ROUTE_SKILLS_MAX)
		return -EINVAL;
	return check_skills(q->skills, q->n_skills, false);
}

static int check_agent(const struct route_agent *a)
{
	if (!a->id || a->n_skills < 0 || a->n_skills > AGENT_SKILLS_MAX || a->n_queues < 0 ||
		a->n_queues > QUEUES_MAX)
		return -EINVAL;
	for (int c = 0; c < ROUTE_CHANNELS; c++)
		if (a->capacity[c] < 0 || a->capacity[c] > ROUTE_CAPACITY_MAX)
			return -EINVAL;
	for (int i = 0; i < a->n_queues; i++)
		if (!a->queues[i] || (i > 0 && a->queues[i - 1] >= a->queues[i]))
			return -EINVAL;
	return check_skills(a->skills, a->n_skills, true);
}

int route_config_check(const struct route_config *c)
{
	if (!c || c->n_queues < 0 || c->n_queues > QUEUES_MAX || c->n_agents < 0 || c->n_agents > AGENTS_MAX)
		return -EINVAL;
	for (int i = 0; i < c->n_queues; i++)
		if (check_queue(&c->queues[i]) < 0)
			return -EINVAL;
	for (int i = 0; i < c->n_agents; i++)
		if (check_agent(&c->agents[i]) < 0)
			return -EINVAL;
	return 0;
}

void route_world_free(struct world *w)
{
	for (uint32_t i = 0; i < w->n_agents; i++)
		VEC_FREE(&w->agents[i].needs);
	VEC_EACH(&w->needs, i)
	route_need_free(w->needs.at[i]);
	VEC_FREE(&w->needs);
	VEC_FREE(&w->heads);
	map_free(&w->agent_of);
	map_free(&w->queue_of);
	map_free(&w->need_of);
	alloc_free(w->agents);
	alloc_free(w->keys);
	alloc_free(w->queues);
	alloc_free(w->skills);
	alloc_free(w->serving);
	*w = (struct world){0};
}

static int compare_agents(const void *a, const void *b)
{
	uint64_t ia = ((const struct agent *)a)->id, ib = ((const struct agent *)b)->id;

	return ia < ib ? -1 : ia > ib;
}

static int compare_queues(const void *a, const void *b)
{
	uint64_t ia = ((const struct queue *)a)->set.id, ib = ((const struct queue *)b)->set.id;

	return ia < ib ? -1 : ia > ib;
}

/* An array may be empty, but a block is a block. */
static void *array_new(size_t n, size_t size)
{
	return alloc_array(n ? n : 1, size);
}

static int make_queues(const struct route_config *c, struct world *w)
{
	w->queues = array_new((size_t)c->n_queues, sizeof(*w->queues));
	if (!w->queues)
		return -ENOMEM;
	w->n_queues = (uint32_t)c->n_queues;
	for (uint32_t i = 0; i < w->n_queues; i++)
		w->queues[i].set = c->queues[i];
	qsort(w->queues, w->n_queues, sizeof(*w->queues), compare_queues);
	for (uint32_t i = 0; i < w->n_queues; i++) {
		struct queue *q = &w->queues[i];
		q->set.n_skills = route_skills_normalise(q->set.skills, q->set.n_skills);
		if (map_get(&w->queue_of, q->set.id))
			return -EINVAL;
		if (map_put(&w->queue_of, q->set.id, q) < 0)
			return -ENOMEM;
	}
	return 0;
}

static void copy_agents(const struct route_config *c, struct world *w)
{
	size_t skills = 0;

	for (int i = 0; i < c->n_agents; i++) {
		const struct route_agent *from = &c->agents[i];
		struct agent *a = &w->agents[i];
		a->id = from->id;
		a->is_persistent = from->is_persistent;
		a->skills = &w->skills[skills];
		a->n_skills = (uint32_t)from->n_skills;
		a->slot = (uint32_t)i; /* for now: where the config has it */
		if (from->n_skills)
			memcpy(&w->skills[skills], from->skills,
				(size_t)from->n_skills * sizeof(*from->skills));
		skills += (size_t)from->n_skills;
		for (int ch = 0; ch < ROUTE_CHANNELS; ch++)
			a->capacity[ch] = (uint16_t)from->capacity[ch];
	}
}

static int make_agents(const struct route_config *c, const struct world *old, struct world *w)
{
	size_t n = (size_t)c->n_agents, skills = 0;

	for (int i = 0; i < c->n_agents; i++)
		skills += (size_t)c->agents[i].n_skills;
	for (uint32_t i = 0; i < old->n_agents; i++)
		n += old->agents[i].first != 0; /* room for all of them, though most come back */
	w->agents = array_new(n, sizeof(*w->agents));
	w->keys = array_new(n, sizeof(*w->keys));
	w->skills = array_new(skills, sizeof(*w->skills));
	if (!w->agents || !w->keys || !w->skills)
		return -ENOMEM;
	w->n_agents = (uint32_t)c->n_agents;
	copy_agents(c, w);
	return 0;
}

/* Those who are gone but have contacts, until these end. */
static int keep_gone(const struct world *old, struct world *w)
{
	for (uint32_t i = 0; i < w->n_agents; i++) {
		if (map_get(&w->agent_of, w->agents[i].id))
			return -EINVAL;
		if (map_put(&w->agent_of, w->agents[i].id, &w->agents[i]) < 0)
			return -ENOMEM;
	}
	for (uint32_t i = 0; i < old->n_agents; i++)
		if (old->agents[i].first && !map_get(&w->agent_of, old->agents[i].id))
			w->agents[w->n_agents++] =
				(struct agent){.id = old->agents[i].id, .slot = UINT32_MAX, .is_gone = true};
	return 0;
}

/* Lists per queue the agents who serve it; afterwards slot is the agent's own place. */
static int make_serving(const struct route_config *c, struct world *w)
{
	size_t n = 0, at = 0;

	for (uint32_t i = 0; i < w->n_agents; i++) {
		const struct route_agent *from = w->agents[i].is_gone ? NULL : &c->agents[w->agents[i].slot];
		for (int k = 0; from && k < from->n_queues; k++) {
			struct queue *q = map_get(&w->queue_of, from->queues[k]);
			if (q)
				q->n_serving++, n++;
		}
	}
	w->serving = array_new(n, sizeof(*w->serving));
	if (!w->serving)
		return -ENOMEM;
	for (uint32_t i = 0; i < w->n_queues; i++) {
		w->queues[i].serving = &w->serving[at];
		at += w->queues[i].n_serving;
		w->queues[i].n_serving = 0;
	}
	for (uint32_t i = 0; i < w->n_agents; i++) {
		const struct route_agent *from = w->agents[i].is_gone ? NULL : &c->agents[w->agents[i].slot];
		for (int k = 0; from && k < from->n_queues; k++) {
			struct queue *q = map_get(&w->queue_of, from->queues[k]);
			if (q)
				w->serving[q->serving - w->serving + q->n_serving++] = i;
		}
		w->agents[i].slot = i;
		w->keys[i].id = w->agents[i].id;
	}
	return 0;
}

static int make_needs(struct world *old, struct world *w)
{
	for (uint32_t i = 0; i < w->n_queues; i++) {
		struct queue *q = &w->queues[i];
		if (route_need_add(w, q, (uint8_t)q->set.channel, NULL, 0, &q->base) < 0)
			return -ENOMEM;
	}
	VEC_EACH(&old->needs, i)
	{
		struct need *n = old->needs.at[i];
		if (!n)
			continue;
		n->successor = NULL;
		if (!n->n_segments)
			continue;
		struct queue *q = map_get(&w->queue_of, n->queue->set.id);
		n->successor = q ? route_need_find(w, q, n->channel, n->own, n->n_own) : NULL;
		if (q && !n->successor &&
			route_need_add(w, q, n->channel, n->own, n->n_own, &n->successor) < 0)
			return -ENOMEM;
	}
	for (uint32_t i = 0; i < old->n_queues; i++)
		old->queues[i].successor = map_get(&w->queue_of, old->queues[i].set.id);
	for (uint32_t i = 0; i < old->n_agents; i++)
		old->agents[i].successor = map_get(&w->agent_of, old->agents[i].id);
	return 0;
}

static void world_freep(struct world *w)
{
	route_world_free(w);
}

int route_world_new(const struct route_config *c, struct world *old, struct world *ret_world)
{
	__attribute__((cleanup(world_freep))) struct world w = {.version = c->version};
	int rc;

	if ((rc = make_queues(c, &w)) < 0 || (rc = make_agents(c, old, &w)) < 0 ||
		(rc = keep_gone(old, &w)) < 0)
		return rc;
	qsort(w.agents, w.n_agents, sizeof(*w.agents), compare_agents);
	map_free(&w.agent_of);
	for (uint32_t i = 0; i < w.n_agents; i++)
		if (map_put(&w.agent_of, w.agents[i].id, &w.agents[i]) < 0)
			return -ENOMEM;
	if ((rc = make_serving(c, &w)) < 0 || (rc = make_needs(old, &w)) < 0)
		return rc;
	*ret_world = w;
	w = (struct world){0};
	return 0;
}
