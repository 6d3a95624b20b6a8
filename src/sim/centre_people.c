/* Agents come and go, and what is needed before the first one does. */
#include "sim/centre_parts.h"

#include <math.h>

#define MINUTE_MS 60000

static void set_available(struct sim_centre *c, uint64_t id)
{
	struct sim_agent *a = &c->agents[id - 1];
	bool is_available = a->is_on_shift && !a->is_away;

	if (a->is_available == is_available)
		return;
	sim_agent_account(c, a);
	a->is_available = is_available;
	sim_centre_step(
		c, &(struct route_input){.kind = ROUTE_AVAILABLE, .agent = id, .is_available = is_available});
	sim_centre_settle(c);
}

/* First minute after this one at which the group comes or goes; -1: never. */
static int64_t next_change(const struct scenario_group *g, int64_t minute)
{
	if (!g->is_always_there)
		for (int i = 1; i <= SCENARIO_MINUTES_OF_WEEK; i++)
			if (scenario_is_there(g, minute + i) != scenario_is_there(g, minute))
				return minute + i;
	return -1;
}

void sim_people_shift(struct sim_centre *c, size_t group)
{
	const struct scenario_group *g = &c->s->groups.at[group];
	int64_t minute = c->now_ms / MINUTE_MS, next = next_change(g, minute);
	bool is_there = scenario_is_there(g, minute);
	uint64_t first = 1;

	for (size_t i = 0; i < group; i++)
		first += (uint64_t)c->s->groups.at[i].count;
	for (uint64_t id = first; id < first + (uint64_t)g->count; id++) {
		c->agents[id - 1].is_on_shift = is_there;
		set_available(c, id);
	}
	if (next >= 0)
		sim_centre_plan(c, next * MINUTE_MS, SHIFT, group, 0);
}

void sim_people_back(struct sim_centre *c, uint64_t agent)
{
	c->agents[agent - 1].is_away = false;
	set_available(c, agent);
}

static int configure(struct sim_centre *c)
{
	const struct scenario *s = c->s;
	struct route_queue *queues = alloc_array(s->queues.len, sizeof(*queues));
	struct route_agent *agents = alloc_array((size_t)s->n_agents, sizeof(*agents));
	int n = 0, err = queues && agents ? 0 : -ENOMEM;

	for (size_t i = 0; err == 0 && i < s->queues.len; i++)
		queues[i] = s->queues.at[i].set;
	for (size_t i = 0; err == 0 && i < s->groups.len; i++)
		for (int k = 0; k < s->groups.at[i].count; k++, n++) {
			const struct scenario_group *g = &s->groups.at[i];
			agents[n] = (struct route_agent){.id = (uint64_t)n + 1,
				.skills = g->skills.at,
				.n_skills = (int)g->skills.len,
				.serves = g->serves.at,
				.n_serves = (int)g->serves.len};
			memcpy(agents[n].capacity, g->capacity, sizeof(g->capacity));
			memcpy(agents[n].load, g->load, sizeof(g->load));
			c->agents[n].group = (uint32_t)i;
		}
	if (err == 0) {
		struct route_config config = {1, queues, (int)s->queues.len, agents, s->n_agents};
		err = route_step(
			c->r, &(struct route_input){.kind = ROUTE_CONFIGURE, .config = &config}, 0, &c->out);
	}
	alloc_free(queues);
	alloc_free(agents);
	return err;
}

int sim_centre_open(struct sim_centre *c, uint64_t seed)
{
	struct dice dice;
	int err;

	dice_seed(&dice, seed);
	c->people = dice_split(&dice, 0);
	c->agents = alloc_array((size_t)c->s->n_agents, sizeof(*c->agents));
	c->queues = alloc_array(c->s->queues.len, sizeof(*c->queues));
	if (!c->agents || !c->queues)
		return -ENOMEM;
	VEC_EACH(&c->s->queues, i)
	{
		const struct scenario_queue *q = &c->s->queues.at[i];
		c->queues[i] = (struct sim_queue){.demand.dice = dice_split(&dice, 2 * i + 1),
			.customers = dice_split(&dice, 2 * i + 2),
			.in_time_ms = llround(q->service_level_s * 1000),
			.short_ms = llround(q->short_abandon_s * 1000)};
	}
	err = route_new(&c->r, 0);
	return err < 0 ? err : configure(c);
}
