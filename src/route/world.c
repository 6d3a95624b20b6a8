/* See world.h. */
#include "route/world.h"
#include "route/ask.h"
#include "route/need.h"

#include <stdlib.h>

#define AGENTS_MAX 1000000
#define QUEUES_MAX 100000
#define AGENT_SKILLS_MAX 10000

static int check_rings(const struct route_queue *q)
{
	if (q->n_rings < 0 || q->n_rings > ROUTE_RINGS_MAX || (q->n_rings && q->rings[0].after_ms))
		return -EINVAL;
	for (int i = 0; i < q->n_rings; i++) {
		const struct route_ring *ring = &q->rings[i];
		if (ring->level < 1 || ring->level > ROUTE_LEVEL_MAX || ring->relax > ROUTE_LEVEL_MAX)
			return -EINVAL;
		if (i > 0 && (ring->after_ms <= ring[-1].after_ms || ring->level < ring[-1].level ||
				     ring->relax < ring[-1].relax))
			return -EINVAL;
	}
	return 0;
}

static bool is_between(int64_t value, int64_t min, int64_t max)
{
	return value >= min && value <= max;
}

static int check_times(const struct route_queue *q)
{
	if (q->ring_timeout_ms <= 0 || q->wrap_up_ms < 0 || q->max_wait_ms < 0 || q->announce_first_ms < 0 ||
		q->announce_every_ms < 0 || q->handle_estimate_ms < 0 || q->target_ms < 0 || q->warn_ms < 0 ||
		q->no_agents_ms < 0 || q->max_estimate_ms < 0)
		return -EINVAL;
	return is_between(q->age_ms, 0, ROUTE_EXTEND_MAX_MS) ? 0 : -EINVAL;
}

static int check_queue(const struct route_queue *q)
{
	const struct route_mix *mix = &q->mix;

	if (!q->id || (unsigned)q->channel >= ROUTE_CHANNELS || (unsigned)q->strategy >= ROUTE_STRATEGIES)
		return -EINVAL;
	if (!is_between(mix->idle, 0, 1000) || !is_between(mix->skill, 0, 1000) ||
		!is_between(mix->occupancy, 0, 1000) || !is_between(mix->contacts, 0, 1000))
		return -EINVAL;
	if (!is_between(q->priority, -ROUTE_PRIORITY_MAX, ROUTE_PRIORITY_MAX) || q->capacity < 0 ||
		!is_between(q->share_pct, 0, 100) || q->per_agent_max < 0 || q->keep_free < 0 ||
		q->misses_max < 0)
		return -EINVAL;
	if (check_times(q) < 0 || check_rings(q) < 0)
		return -EINVAL;
	return route_asks_check(q->asks, q->n_asks);
}

static int check_agent(const struct route_agent *a)
{
	if (!a->id || a->n_skills < 0 || a->n_skills > AGENT_SKILLS_MAX || a->n_serves < 0 ||
		a->n_serves > QUEUES_MAX)
		return -EINVAL;
	for (int c = 0; c < ROUTE_CHANNELS; c++)
		if (!is_between(a->capacity[c], 0, ROUTE_CAPACITY_MAX) ||
			!is_between(a->load[c], 0, ROUTE_LOAD_MAX))
			return -EINVAL;
	for (int i = 0; i < a->n_serves; i++)
		if (!a->serves[i].queue || !is_between(a->serves[i].level, 1, ROUTE_LEVEL_MAX) ||
			(i > 0 && a->serves[i - 1].queue >= a->serves[i].queue))
			return -EINVAL;
	for (int i = 0; i < a->n_skills; i++)
		if (!a->skills[i].skill || !is_between(a->skills[i].level, 1, ROUTE_LEVEL_MAX) ||
			(i > 0 && a->skills[i - 1].skill >= a->skills[i].skill))
			return -EINVAL;
	return 0;
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
		alloc_free(w->agents[i].needs.at);
	VEC_EACH(&w->needs, i)
	route_need_free(w->needs.at[i]);
	VEC_FREE(&w->needs);
	VEC_FREE(&w->heads);
	map_free(&w->agent_of);
	map_free(&w->queue_of);
	map_free(&w->need_of);
	alloc_free(w->agents);
	alloc_free(w->queues);
	alloc_free(w->skills);
	alloc_free(w->serving);
	alloc_free(w->turns);
	alloc_free(w->skill_ids);
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
		q->slot = i;
		q->nobody_ms = INT64_MAX;
		w->is_sharing |= q->set.share_pct > 0;
		w->is_ringing_all |= q->set.strategy == ROUTE_RING_ALL;
		if (map_get(&w->queue_of, q->set.id))
			return -EINVAL;
		if (map_put(&w->queue_of, q->set.id, q) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int compare_ids(const void *a, const void *b)
{
	uint64_t ia = *(const uint64_t *)a, ib = *(const uint64_t *)b;

	return ia < ib ? -1 : ia > ib;
}

/* Every skill somebody holds, once, in order. n: of all agents together. */
static int make_skill_ids(const struct route_config *c, struct world *w, size_t n)
{
	size_t at = 0;

	w->skill_ids = array_new(n, sizeof(*w->skill_ids));
	if (!w->skill_ids)
		return -ENOMEM;
	for (int i = 0; i < c->n_agents; i++)
		for (int k = 0; k < c->agents[i].n_skills; k++)
			w->skill_ids[at++] = c->agents[i].skills[k].skill;
	qsort(w->skill_ids, at, sizeof(*w->skill_ids), compare_ids);
	for (size_t i = 0; i < at; i++)
		if (i == 0 || w->skill_ids[i] != w->skill_ids[w->n_skills - 1])
			w->skill_ids[w->n_skills++] = w->skill_ids[i];
	uint64_t *fitting =
		alloc_resize(w->skill_ids, (w->n_skills ? w->n_skills : 1) * sizeof(*w->skill_ids));
	if (fitting)
		w->skill_ids = fitting;
	return 0;
}

static void copy_agents(const struct route_config *c, struct world *w)
{
	uint32_t *skills = w->skills;

	for (int i = 0; i < c->n_agents; i++) {
		const struct route_agent *from = &c->agents[i];
		struct agent *a = &w->agents[i];
		a->id = from->id;
		a->is_persistent = from->is_persistent;
		a->skills = skills;
		a->n_skills = (uint32_t)from->n_skills;
		a->slot = (uint32_t)i; /* for now: where the config has it */
		for (int k = 0; k < from->n_skills; k++)
			*skills++ = route_skill_place(w, from->skills[k].skill) * 16 +
				    (uint32_t)from->skills[k].level;
		for (int ch = 0; ch < ROUTE_CHANNELS; ch++) {
			a->capacity[ch] = (uint8_t)from->capacity[ch];
			a->load[ch] = (uint8_t)from->load[ch];
			a->interrupts[ch] = from->interrupts[ch];
			a->channels |= (uint8_t)((from->capacity[ch] > 0) << ch);
		}
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
	w->skills = array_new(skills, sizeof(*w->skills));
	if (!w->agents || !w->skills || make_skill_ids(c, w, skills) < 0)
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

static size_t count_serving(const struct route_config *c, struct world *w)
{
	size_t n = 0;

	for (uint32_t i = 0; i < w->n_agents; i++) {
		const struct route_agent *from = w->agents[i].is_gone ? NULL : &c->agents[w->agents[i].slot];
		for (int k = 0; from && k < from->n_serves; k++) {
			struct queue *q = map_get(&w->queue_of, from->serves[k].queue);
			if (q)
				q->n_serving++, n++;
		}
	}
	return n;
}

static int make_turns(struct world *w)
{
	size_t n = 0;

	for (uint32_t i = 0; i < w->n_queues; i++)
		n += w->queues[i].set.strategy == ROUTE_ROUND_ROBIN ? w->queues[i].n_serving : 0;
	w->turns = array_new(n, sizeof(*w->turns));
	if (!w->turns)
		return -ENOMEM;
	n = 0;
	for (uint32_t i = 0; i < w->n_queues; i++) {
		if (w->queues[i].set.strategy != ROUTE_ROUND_ROBIN)
			continue;
		w->queues[i].turns = &w->turns[n];
		n += w->queues[i].n_serving;
	}
	return 0;
}

/* Lists per queue the agents who serve it; afterwards slot is the agent's own place. */
static int make_serving(const struct route_config *c, struct world *w)
{
	size_t n = count_serving(c, w), at = 0;

	w->serving = array_new(n, sizeof(*w->serving));
	if (!w->serving)
		return -ENOMEM;
	for (uint32_t i = 0; i < w->n_queues; i++) {
		w->queues[i].serving = &w->serving[at];
		at += w->queues[i].n_serving;
	}
	if (make_turns(w) < 0)
		return -ENOMEM;
	for (uint32_t i = 0; i < w->n_queues; i++)
		w->queues[i].n_serving = 0;
	for (uint32_t i = 0; i < w->n_agents; i++) {
		const struct route_agent *from = w->agents[i].is_gone ? NULL : &c->agents[w->agents[i].slot];
		for (int k = 0; from && k < from->n_serves; k++) {
			const struct route_serves *v = &from->serves[k];
			struct queue *q = map_get(&w->queue_of, v->queue);
			if (q)
				q->serving[q->n_serving++] = (struct serving){
					.agent = i, .position = v->position, .level = v->level};
		}
		w->agents[i].slot = i;
	}
	return 0;
}

/* The needs every queue has whatever its segments ask: of its first and of its last ring. */
static int make_own_needs(struct world *w, struct queue *q)
{
	int last = q->set.n_rings ? q->set.n_rings - 1 : 0;

	if (route_need_add(w, q, 0, NULL, 0, &q->base) < 0)
		return -ENOMEM;
	q->wide = q->base;
	if (last && route_need_add(w, q, (uint8_t)last, NULL, 0, &q->wide) < 0)
		return -ENOMEM;
	q->base->is_permanent = q->wide->is_permanent = true;
	return 0;
}

/* The queue of that id, unless it is for another channel: then it is a new one. */
static struct queue *successor_of(const struct world *w, const struct queue *old)
{
	struct queue *q = map_get(&w->queue_of, old->set.id);

	return q && q->set.channel == old->set.channel ? q : NULL;
}

/* The need of the new world for those who wait in n of the old one. */
static int make_successor(struct world *w, struct need *n)
{
	struct queue *q = successor_of(w, n->queue);

	if (!q)
		return 0;
	int last = q->set.n_rings ? q->set.n_rings - 1 : 0;
	uint8_t ring = n->ring < last ? n->ring : (uint8_t)last;
	n->successor = route_need_find(w, q, ring, n->own, n->n_own);
	return n->successor ? 0 : route_need_add(w, q, ring, n->own, n->n_own, &n->successor);
}

static int make_needs(struct world *old, struct world *w)
{
	for (uint32_t i = 0; i < w->n_queues; i++)
		if (make_own_needs(w, &w->queues[i]) < 0)
			return -ENOMEM;
	VEC_EACH(&old->needs, i)
	{
		struct need *n = old->needs.at[i];
		if (n)
			n->successor = NULL;
		if (n && n->n_segments && make_successor(w, n) < 0)
			return -ENOMEM;
	}
	for (uint32_t i = 0; i < old->n_queues; i++)
		old->queues[i].successor = successor_of(w, &old->queues[i]);
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
