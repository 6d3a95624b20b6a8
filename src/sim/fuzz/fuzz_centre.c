/* See fuzz_centre.h. One throw a statement where order matters: the same centre under every compiler. */
#include "sim/fuzz/fuzz_centre.h"

#include <string.h>

static int pick(struct dice *d, int from, int to)
{
	return from + (int)dice_roll(d, (uint64_t)(to - from + 1));
}

int32_t fuzz_span(struct dice *d, const struct fuzz_style *style, int32_t max_ms)
{
	return (int32_t)dice_roll(d, (uint64_t)(max_ms / style->grid_ms + 1)) * style->grid_ms;
}

void fuzz_style_roll(struct dice *d, struct fuzz_style *ret_style)
{
	static const int grids[] = {1, 10, 100, 500, 1000};
	static const enum route_channel channels[] = {
		ROUTE_VOICE, ROUTE_VOICE, ROUTE_CHAT, ROUTE_EMAIL, ROUTE_TASK};
	struct fuzz_style *s = ret_style;

	*s = (struct fuzz_style){.n_queues = dice_one_in(d, 4) ? 1 : pick(d, 1, FUZZ_QUEUES)};
	s->n_agents = dice_one_in(d, 3) ? pick(d, 1, 3) : pick(d, 1, FUZZ_AGENTS);
	s->grid_ms = grids[dice_roll(d, 5)];
	bool is_voice_only = dice_one_in(d, 2);
	for (int i = 0; i <= FUZZ_QUEUES; i++)
		s->channel[i] = is_voice_only ? ROUTE_VOICE : channels[dice_roll(d, 5)];
	s->has_skills = !dice_one_in(d, 3);
	s->has_rings = dice_one_in(d, 2);
	s->has_order = dice_one_in(d, 2);
	s->has_shares = dice_one_in(d, 3);
	s->has_policies = dice_one_in(d, 2);
	s->has_ring_all = dice_one_in(d, 4);
	s->has_load = !is_voice_only && dice_one_in(d, 2);
	s->is_extreme = dice_one_in(d, 8);
	s->strategy = (enum route_strategy)dice_roll(d, ROUTE_STRATEGIES + 1);
	if (s->strategy == ROUTE_RING_ALL && !s->has_ring_all)
		s->strategy = ROUTE_STRATEGIES;
}

int fuzz_asks_roll(struct dice *d, struct route_ask *asks, int n_max)
{
	int n = pick(d, 0, dice_one_in(d, 12) ? 2 * n_max + 2 : n_max);

	for (int i = 0; i < n; i++) {
		struct route_ask *a = &asks[i];
		*a = (struct route_ask){.skill = 11 + dice_roll(d, FUZZ_SKILLS)};
		a->level = (uint8_t)pick(d, 1, dice_one_in(d, 3) ? 10 : 5);
		a->kind = (uint8_t)dice_roll(d, 6);
		a->kind = a->kind > ROUTE_NOT ? ROUTE_REQUIRED : a->kind;
		a->any = dice_one_in(d, 3) ? (uint8_t)pick(d, 1, 2) : 0;
		for (int k = 0; k < i; k++)
			if (a->any && asks[k].any == a->any)
				a->kind = asks[k].kind;
	}
	return n;
}

static void roll_rings(struct dice *d, const struct fuzz_style *style, struct route_queue *q)
{
	q->n_rings = pick(d, 1, 4);
	for (int i = 0; i < q->n_rings; i++) {
		const struct route_ring *before = i ? &q->rings[i - 1] : NULL;
		struct route_ring *r = &q->rings[i];
		*r = (struct route_ring){.level = 1};
		if (!before) {
			r->level = (uint8_t)pick(d, 1, 2);
			r->relax = dice_one_in(d, 4);
			continue;
		}
		r->after_ms = before->after_ms + style->grid_ms + fuzz_span(d, style, 4000);
		r->level = (uint8_t)pick(d, before->level, before->level + 1);
		r->relax = (uint8_t)(before->relax + (dice_one_in(d, 2) ? pick(d, 0, 3) : 0));
		if (dice_one_in(d, 8) || r->relax > ROUTE_LEVEL_MAX)
			r->relax = ROUTE_LEVEL_MAX;
	}
}

static void roll_order(struct dice *d, const struct fuzz_style *style, struct route_queue *q)
{
	q->priority = pick(d, -1, 1);
	q->is_by_due = dice_one_in(d, 3);
	q->age_ms = dice_one_in(d, 2) ? fuzz_span(d, style, 3000) : 0;
	q->target_ms = dice_one_in(d, 2) ? fuzz_span(d, style, 8000) : 0;
	q->warn_ms = dice_one_in(d, 2) ? fuzz_span(d, style, 4000) : 0;
}

static void roll_policy(struct dice *d, const struct fuzz_style *style, struct route_queue *q)
{
	q->max_wait_ms = dice_one_in(d, 3) ? style->grid_ms + fuzz_span(d, style, 15000) : 0;
	q->is_left_without_agents = dice_one_in(d, 3);
	q->no_agents_ms = dice_one_in(d, 2) ? fuzz_span(d, style, 3000) : 0;
	q->is_left_when_closed = dice_one_in(d, 2);
	q->max_estimate_ms = dice_one_in(d, 3) ? 1 + fuzz_span(d, style, 8000) : 0;
	q->capacity = dice_one_in(d, 3) ? pick(d, 1, 5) : 0;
	q->handle_estimate_ms = dice_one_in(d, 2) ? 1 + fuzz_span(d, style, 3000) : 0;
	q->announce_first_ms = dice_one_in(d, 2) ? fuzz_span(d, style, 3000) : 0;
	q->announce_every_ms = dice_one_in(d, 2) ? fuzz_span(d, style, 3000) : 0;
	q->keep_free = dice_one_in(d, 3) ? pick(d, 1, 3) : 0;
	q->per_agent_max = dice_one_in(d, 3) ? pick(d, 1, 2) : 0;
}

/* As far as it goes. */
static void roll_extremes(struct dice *d, struct route_queue *q)
{
	if (dice_one_in(d, 3))
		q->priority = dice_one_in(d, 2) ? ROUTE_PRIORITY_MAX : -ROUTE_PRIORITY_MAX;
	if (dice_one_in(d, 3))
		q->age_ms = ROUTE_EXTEND_MAX_MS;
	if (dice_one_in(d, 4))
		q->ring_timeout_ms = INT32_MAX;
	if (dice_one_in(d, 4))
		q->wrap_up_ms = INT32_MAX;
	if (dice_one_in(d, 4))
		q->max_wait_ms = INT32_MAX;
	if (dice_one_in(d, 4))
		q->target_ms = INT32_MAX;
	if (dice_one_in(d, 4))
		q->announce_every_ms = dice_one_in(d, 2) ? INT32_MAX : 1;
	if (dice_one_in(d, 4))
		q->mix.idle = 1000;
}

static void roll_queue(struct dice *d, const struct fuzz_style *style, struct route_queue *q, uint64_t id)
{
	*q = (struct route_queue){.id = id, .channel = style->channel[id], .strategy = style->strategy};
	q->ring_timeout_ms = style->grid_ms + fuzz_span(d, style, 3000);
	q->misses_max = pick(d, 0, 2);
	q->wrap_up_ms = dice_one_in(d, 2) ? fuzz_span(d, style, 3000) : 0;
	if (style->strategy == ROUTE_STRATEGIES)
		q->strategy = (enum route_strategy)dice_roll(d, ROUTE_STRATEGIES);
	if (q->strategy == ROUTE_RING_ALL && !style->has_ring_all)
		q->strategy = ROUTE_LONGEST_IDLE;
	q->mix.idle = pick(d, 0, 2);
	q->mix.skill = pick(d, 0, 3);
	q->mix.occupancy = pick(d, 0, 2);
	q->mix.contacts = pick(d, 0, 2);
	if (style->has_skills && dice_one_in(d, 2))
		q->n_asks = fuzz_asks_roll(d, q->asks, 2);
	if (style->has_rings && !dice_one_in(d, 4))
		roll_rings(d, style, q);
	if (style->has_order)
		roll_order(d, style, q);
	if (style->has_policies)
		roll_policy(d, style, q);
	if (style->is_extreme)
		roll_extremes(d, q);
	if (style->has_shares && !dice_one_in(d, 3))
		q->share_pct = pick(d, 1, dice_one_in(d, 4) ? 100 : 30);
}

static void roll_skills(struct dice *d, struct fuzz_centre *c, int i)
{
	c->agents[i].n_skills = 0;
	for (uint64_t skill = 11; skill < 11 + FUZZ_SKILLS; skill++) {
		if (dice_one_in(d, 3))
			continue;
		c->skills[i][c->agents[i].n_skills++] = (struct route_skill){skill, pick(d, 1, 10)};
	}
}

static void roll_serves(struct dice *d, const struct fuzz_style *style, struct fuzz_centre *c, int i)
{
	c->agents[i].n_serves = 0;
	for (uint64_t queue = 1; queue <= FUZZ_QUEUES; queue++) {
		struct route_serves s = {.queue = queue, .level = 1};
		if (dice_one_in(d, 3))
			continue;
		if (style->has_rings && dice_one_in(d, 2))
			s.level = (uint8_t)pick(d, 1, 3);
		s.position = (uint16_t)pick(d, 0, 5);
		c->serves[i][c->agents[i].n_serves++] = s;
	}
}

static void roll_room(struct dice *d, const struct fuzz_style *style, struct route_agent *a)
{
	for (int k = 0; k < ROUTE_CHANNELS; k++) {
		a->capacity[k] = dice_one_in(d, 10) ? 0 : pick(d, 1, k == ROUTE_VOICE ? 1 : 4);
		a->load[k] = style->has_load ? pick(d, 0, dice_one_in(d, 3) ? 100 : 50) : 0;
		a->interrupts[k] = style->has_load && dice_one_in(d, 2) ? (uint8_t)dice_roll(d, 256) : 0;
	}
	if (dice_one_in(d, 8))
		a->capacity[ROUTE_VOICE] = 2;
}

static void roll_agent(
	struct dice *d, const struct fuzz_style *style, struct fuzz_centre *c, int i, uint64_t id)
{
	c->agents[i] = (struct route_agent){.id = id};
	roll_skills(d, c, i);
	roll_serves(d, style, c, i);
	roll_room(d, style, &c->agents[i]);
	c->agents[i].is_persistent = dice_one_in(d, 5);
}

void fuzz_centre_seal(struct fuzz_centre *c)
{
	for (int i = 0; i < c->n_agents; i++) {
		c->agents[i].skills = c->skills[i];
		c->agents[i].serves = c->serves[i];
	}
	c->config.queues = c->queues;
	c->config.n_queues = c->n_queues;
	c->config.agents = c->agents;
	c->config.n_agents = c->n_agents;
}

void fuzz_centre_roll(struct dice *d, const struct fuzz_style *style, struct fuzz_centre *ret_centre)
{
	struct fuzz_centre *c = ret_centre;

	*c = (struct fuzz_centre){.n_queues = style->n_queues, .n_agents = style->n_agents};
	for (int i = 0; i < c->n_queues; i++)
		roll_queue(d, style, &c->queues[i], (uint64_t)i + 1);
	for (int i = 0; i < c->n_agents; i++)
		roll_agent(d, style, c, i, (uint64_t)i + 101);
	for (int i = c->n_queues - 1; i > 0; i--) { /* in any order */
		int k = pick(d, 0, i);
		struct route_queue swap = c->queues[i];
		c->queues[i] = c->queues[k];
		c->queues[k] = swap;
	}
	c->config.version = 1;
	fuzz_centre_seal(c);
}

static void remove_queue(struct fuzz_centre *c, int i)
{
	c->queues[i] = c->queues[--c->n_queues];
}

static void remove_agent(struct fuzz_centre *c, int i)
{
	int last = --c->n_agents;

	c->agents[i] = c->agents[last];
	memmove(c->skills[i], c->skills[last], sizeof(c->skills[i]));
	memmove(c->serves[i], c->serves[last], sizeof(c->serves[i]));
}

static bool remove_by_id(struct fuzz_centre *c, uint64_t id)
{
	for (int i = 0; i < c->n_queues; i++)
		if (c->queues[i].id == id) {
			remove_queue(c, i);
			return true;
		}
	for (int i = 0; i < c->n_agents; i++)
		if (c->agents[i].id == id) {
			remove_agent(c, i);
			return true;
		}
	return false;
}

void fuzz_centre_without(struct fuzz_centre *c, uint64_t id)
{
	remove_by_id(c, id);
	fuzz_centre_seal(c);
}

static void add_or_remove_queue(struct dice *d, const struct fuzz_style *style, struct fuzz_centre *c)
{
	uint64_t id = 1 + dice_roll(d, FUZZ_QUEUES);

	if (!remove_by_id(c, id))
		roll_queue(d, style, &c->queues[c->n_queues++], id);
}

static void add_or_remove_agent(struct dice *d, const struct fuzz_style *style, struct fuzz_centre *c)
{
	uint64_t id = 101 + dice_roll(d, FUZZ_AGENTS);

	if (remove_by_id(c, id))
		return;
	roll_agent(d, style, c, c->n_agents, id);
	c->n_agents++;
}

void fuzz_centre_change(struct dice *d, const struct fuzz_style *style, struct fuzz_centre *c)
{
	int n = pick(d, 1, 3);

	for (int i = 0; i < n; i++) {
		int q = c->n_queues ? (int)dice_roll(d, (uint64_t)c->n_queues) : -1;
		int a = c->n_agents ? (int)dice_roll(d, (uint64_t)c->n_agents) : -1;
		switch (dice_roll(d, 8)) {
		case 0:
			add_or_remove_queue(d, style, c);
			break;
		case 1:
		case 2:
			if (q >= 0)
				roll_queue(d, style, &c->queues[q], c->queues[q].id);
			if (q >= 0 && dice_one_in(d, 10))
				c->queues[q].channel = (enum route_channel)dice_roll(d, 5);
			break;
		case 3:
			add_or_remove_agent(d, style, c);
			break;
		case 4:
			if (a >= 0)
				roll_skills(d, c, a);
			break;
		case 5:
			if (a >= 0)
				roll_serves(d, style, c, a);
			break;
		case 6:
			if (a >= 0)
				roll_room(d, style, &c->agents[a]);
			break;
		default: /* the same again: nothing may change */
			break;
		}
	}
	c->config.version++;
	fuzz_centre_seal(c);
}

static void break_queue(struct dice *d, struct fuzz_centre *c, struct route_queue *q)
{
	int32_t *times[] = {&q->wrap_up_ms, &q->target_ms, &q->warn_ms, &q->max_wait_ms, &q->no_agents_ms,
		&q->max_estimate_ms, &q->announce_first_ms, &q->announce_every_ms, &q->handle_estimate_ms,
		&q->ring_timeout_ms, &q->age_ms, &q->mix.skill};

	switch (dice_roll(d, 8)) {
	case 0:
		q->ring_timeout_ms = 0;
		break;
	case 1:
		q->share_pct = 101;
		break;
	case 2:
		q->n_rings = ROUTE_RINGS_MAX + 1;
		break;
	case 3:
		q->strategy = ROUTE_STRATEGIES;
		break;
	case 4:
		q->n_rings = 1;
		q->rings[0].after_ms = 1;
		break;
	case 5:
		*times[dice_roll(d, sizeof(times) / sizeof(*times))] = -1;
		break;
	case 6:
		q->n_asks = 1;
		q->asks[0] = (struct route_ask){
			.skill = dice_one_in(d, 2) ? 11 : 0, .kind = ROUTE_NOT + 1, .level = 1};
		break;
	default: /* one id twice */
		if (c->n_queues < FUZZ_QUEUES)
			c->queues[c->n_queues++] = *q;
		else
			q->id = 0;
	}
}

static void break_agent(struct dice *d, struct fuzz_centre *c, int i)
{
	struct route_agent *a = &c->agents[i];
	int channel = pick(d, 0, ROUTE_CHANNELS - 1);

	switch (dice_roll(d, 5)) {
	case 0:
		a->capacity[channel] = dice_one_in(d, 2) ? -1 : ROUTE_CAPACITY_MAX + 1;
		break;
	case 1:
		a->load[channel] = dice_one_in(d, 2) ? -1 : ROUTE_LOAD_MAX + 1;
		break;
	case 2: /* not in order */
		a->n_skills = 2;
		c->skills[i][0] = c->skills[i][1] = (struct route_skill){11, 1};
		break;
	case 3:
		a->n_serves = 1;
		c->serves[i][0] = (struct route_serves){.queue = 1, .level = dice_one_in(d, 2) ? 0 : 11};
		break;
	default:
		a->id = 0;
	}
}

void fuzz_centre_break(struct dice *d, struct fuzz_centre *c)
{
	if (c->n_queues && dice_one_in(d, 2))
		break_queue(d, c, &c->queues[dice_roll(d, (uint64_t)c->n_queues)]);
	else if (c->n_agents)
		break_agent(d, c, (int)dice_roll(d, (uint64_t)c->n_agents));
}
