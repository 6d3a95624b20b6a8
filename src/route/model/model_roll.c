/* See model_roll.h. One roll a statement: the same dice under every compiler. */
#include "route/model/model_roll.h"

#include <string.h>

uint32_t model_roll(struct dice *d, uint32_t n)
{
	d->state ^= d->state >> 12;
	d->state ^= d->state << 25;
	d->state ^= d->state >> 27;
	return (uint32_t)((d->state * UINT64_C(0x2545f4914f6cdd1d)) >> 33) % n;
}

static bool one_in(struct dice *d, uint32_t n)
{
	return model_roll(d, n) == 0;
}

static int up_to(struct dice *d, int n) /* 1..n */
{
	return 1 + (int)model_roll(d, (uint32_t)n);
}

/* Up to n_max asks; now and then several are alternatives. */
static int roll_asks(struct dice *d, struct route_ask *asks, int n_max)
{
	static const uint8_t kinds[] = {
		ROUTE_REQUIRED, ROUTE_REQUIRED, ROUTE_FIXED, ROUTE_PREFERRED, ROUTE_PREFERRED, ROUTE_NOT};
	int n = (int)model_roll(d, (uint32_t)n_max + 1);

	for (int i = 0; i < n; i++) {
		asks[i].skill = 1 + model_roll(d, ROLL_SKILLS);
		asks[i].level = (uint8_t)up_to(d, 6);
		asks[i].kind = kinds[model_roll(d, 6)];
		asks[i].any = one_in(d, 3) ? 1 + asks[i].kind : 0; /* alternatives are of one kind */
	}
	return n;
}

static void roll_order(struct dice *d, struct route_queue *q)
{
	q->priority = up_to(d, 3) - 2;
	q->strategy =
		one_in(d, 3) ? ROUTE_LONGEST_IDLE : (enum route_strategy)model_roll(d, ROUTE_STRATEGIES);
	q->mix.idle = up_to(d, 3) - 1;
	q->mix.skill = up_to(d, 1001) - 1;
	q->mix.occupancy = up_to(d, 20) - 1;
	q->mix.contacts = up_to(d, 3) - 1;
	q->is_by_due = one_in(d, 3);
	q->age_ms = one_in(d, 3) ? up_to(d, 4000) : 0;
	q->share_pct = one_in(d, 2) ? (int)model_roll(d, 101) : 0;
	if (one_in(d, 2))
		q->target_ms = up_to(d, 8000);
	if (one_in(d, 2))
		q->warn_ms = up_to(d, 5000);
	if (one_in(d, 4))
		q->keep_free = up_to(d, 2);
	if (one_in(d, 4))
		q->per_agent_max = up_to(d, 2);
}

static void roll_rings(struct dice *d, struct route_queue *q)
{
	static const int relax[] = {0, 0, 1, 2, 4, ROUTE_LEVEL_MAX};
	int after_ms = 0, level = 1, at = 0;

	q->n_rings = one_in(d, 2) ? up_to(d, ROUTE_RINGS_MAX) : 0;
	for (int i = 0; i < q->n_rings; i++) {
		q->rings[i].after_ms = after_ms;
		q->rings[i].level = (uint8_t)level;
		q->rings[i].relax = (uint8_t)relax[at];
		after_ms += up_to(d, 4000);
		level += (int)model_roll(d, 2);
		at = at < 5 ? at + (int)model_roll(d, 2) : at;
	}
}

static void roll_limits(struct dice *d, struct route_queue *q)
{
	if (one_in(d, 3))
		q->max_wait_ms = 1000 + up_to(d, 20000);
	if (one_in(d, 2))
		q->announce_first_ms = up_to(d, 3000);
	if (one_in(d, 2))
		q->announce_every_ms = 300 + up_to(d, 3000);
	if (one_in(d, 2))
		q->handle_estimate_ms = up_to(d, 3000);
	if (one_in(d, 3))
		q->capacity = up_to(d, 6);
	if (one_in(d, 4))
		q->max_estimate_ms = up_to(d, 4000);
	q->is_left_without_agents = one_in(d, 4);
	q->no_agents_ms = one_in(d, 3) ? 0 : up_to(d, 4000);
	q->is_left_when_closed = one_in(d, 2);
}

static enum route_channel channel_of(uint64_t queue)
{
	static const enum route_channel channels[] = {ROUTE_VOICE, ROUTE_VOICE, ROUTE_CHAT, ROUTE_EMAIL};

	return channels[queue % 4];
}

static void roll_queue(struct dice *d, struct route_queue *q, uint64_t id)
{
	*q = (struct route_queue){
		.id = id, .channel = one_in(d, 3) ? (enum route_channel)model_roll(d, 3) : channel_of(id)};
	q->ring_timeout_ms = 1000 + (int)model_roll(d, 40) * 100;
	q->misses_max = (int)model_roll(d, 3);
	if (one_in(d, 2))
		q->wrap_up_ms = up_to(d, 3000);
	roll_order(d, q);
	roll_rings(d, q);
	roll_limits(d, q);
	if (one_in(d, 2))
		q->n_asks = roll_asks(d, q->asks, 2);
}

static void roll_skills(struct dice *d, struct roll_config *c, int i)
{
	int n = 0;

	for (uint64_t skill = 1; skill <= ROLL_SKILLS; skill++)
		if (!one_in(d, 3)) {
			c->skills[i][n].skill = skill;
			c->skills[i][n++].level = up_to(d, ROUTE_LEVEL_MAX);
		}
	c->agents[i].n_skills = n;
}

static void roll_serves(struct dice *d, struct roll_config *c, int i)
{
	int n = 0;

	for (uint64_t q = 1; q <= ROLL_QUEUES; q++) /* some of them unknown to this config */
		if (one_in(d, 2)) {
			c->serves[i][n].queue = q;
			c->serves[i][n].level = (uint8_t)(one_in(d, 2) ? 1 : up_to(d, 4));
			c->serves[i][n++].position = (uint16_t)model_roll(d, 5);
		}
	c->agents[i].n_serves = n;
}

static void roll_agent(struct dice *d, struct roll_config *c, int i, uint64_t id)
{
	struct route_agent *a = &c->agents[i];

	*a = (struct route_agent){.id = id};
	roll_skills(d, c, i);
	roll_serves(d, c, i);
	a->capacity[ROUTE_VOICE] = one_in(d, 8) ? 0 : 1;
	a->capacity[ROUTE_CHAT] = (int)model_roll(d, 5);
	a->capacity[ROUTE_EMAIL] = (int)model_roll(d, 4);
	if (!one_in(d, 3)) {
		a->load[ROUTE_VOICE] = 100;
		a->load[ROUTE_CHAT] = 30;
		a->load[ROUTE_EMAIL] = 20;
	}
	if (one_in(d, 2))
		a->interrupts[ROUTE_VOICE] = 1 << ROUTE_EMAIL;
	if (one_in(d, 4))
		a->interrupts[ROUTE_CHAT] = (uint8_t)model_roll(d, 8);
	a->is_persistent = one_in(d, 5);
}

static void point(struct roll_config *c, uint64_t version)
{
	c->c.version = version;
	c->c.queues = c->queues;
	c->c.agents = c->agents;
	for (int i = 0; i < c->c.n_agents; i++) {
		c->agents[i].skills = c->skills[i];
		c->agents[i].serves = c->serves[i];
	}
}

void model_roll_config(struct dice *d, struct roll_config *c, uint64_t version)
{
	memset(c, 0, sizeof(*c));
	for (uint64_t id = 1; id <= ROLL_QUEUES; id++)
		if (!one_in(d, 4))
			roll_queue(d, &c->queues[c->c.n_queues++], id);
	for (uint64_t id = 101; id <= 100 + ROLL_AGENTS; id++)
		if (!one_in(d, 4)) {
			roll_agent(d, c, c->c.n_agents, id);
			c->c.n_agents++;
		}
	for (int i = c->c.n_queues - 1; i > 0; i--) { /* any order */
		int k = (int)model_roll(d, (uint32_t)i + 1);
		struct route_queue swap = c->queues[i];
		c->queues[i] = c->queues[k];
		c->queues[k] = swap;
	}
	point(c, version);
}

void model_roll_edit(struct dice *d, struct roll_config *c, uint64_t version)
{
	struct route_queue *q = c->c.n_queues ? &c->queues[model_roll(d, (uint32_t)c->c.n_queues)] : NULL;
	int i = c->c.n_agents ? (int)model_roll(d, (uint32_t)c->c.n_agents) : -1;

	switch (model_roll(d, 6)) {
	case 0:
		if (q)
			roll_order(d, q);
		break;
	case 1:
		if (q)
			roll_rings(d, q);
		break;
	case 2:
		if (q)
			roll_limits(d, q);
		break;
	case 3:
		if (i >= 0)
			roll_skills(d, c, i);
		break;
	case 4:
		if (i >= 0)
			roll_serves(d, c, i);
		break;
	default:
		if (i >= 0)
			roll_agent(d, c, i, c->agents[i].id);
	}
	point(c, version);
}

const struct model_segment *model_roll_segment(struct dice *d, const struct model *m, enum model_state state)
{
	uint32_t n = 0, at;

	for (int i = 0; i < m->n_segments; i++)
		n += m->segments[i].state == state;
	if (!n)
		return NULL;
	at = model_roll(d, n);
	for (int i = 0; i < m->n_segments; i++)
		if (m->segments[i].state == state && at-- == 0)
			return &m->segments[i];
	return NULL;
}

static uint64_t roll_agent_id(struct dice *d) /* one or two of them unknown */
{
	return 100 + model_roll(d, ROLL_AGENTS + 2);
}

static void roll_available(struct dice *d, struct route_input *in)
{
	in->kind = ROUTE_AVAILABLE;
	in->agent = roll_agent_id(d);
	in->is_available = !one_in(d, 5);
}

/* The input is about a random contact of that state; if there is none mostly about something else. */
static void about_contact(
	struct dice *d, const struct model *m, struct route_input *in, enum model_state state)
{
	uint32_t n = 0, at;

	for (int i = 0; i < m->n_contacts; i++)
		n += m->contacts[i].state == state;
	if (!n && !one_in(d, 8))
		roll_available(d, in);
	if (!n)
		return;
	at = model_roll(d, n);
	for (int i = 0; i < m->n_contacts; i++)
		if (m->contacts[i].state == state && at-- == 0) {
			in->segment = m->contacts[i].id;
			in->agent = m->contacts[i].agent;
		}
}

static void about_segment(
	struct dice *d, const struct model *m, struct route_input *in, enum model_state state)
{
	const struct model_segment *s = model_roll_segment(d, m, state);

	if (s)
		in->segment = s->id;
}

static void roll_enqueue(struct dice *d, const struct model *m, struct route_input *in, uint64_t *next)
{
	int64_t now = m->now_ms;

	in->kind = ROUTE_ENQUEUE;
	in->agent = one_in(d, 6) ? roll_agent_id(d) : 0;
	in->segment = one_in(d, 20) ? 1 + model_roll(d, (uint32_t)*next + 1) : ++*next;
	in->queue = 1 + model_roll(d, ROLL_QUEUES);
	in->channel = channel_of(in->queue);
	for (int i = 0; i < m->n_queues; i++)
		if (m->queues[i].set.id == in->queue)
			in->channel = m->queues[i].set.channel;
	in->priority = one_in(d, 4) ? up_to(d, 5) - 3 : 0;
	in->head_start_ms = one_in(d, 6) ? up_to(d, 4000) : 0;
	in->target_ms = one_in(d, 6) ? up_to(d, 8000) : 0;
	in->waiting_since_ms = now;
	if (one_in(d, 5))
		in->waiting_since_ms += 500 - up_to(d, 6000);
	in->n_asks = one_in(d, 3) ? roll_asks(d, in->asks, 3) : 0;
	in->n_excluded = one_in(d, 6) ? up_to(d, ROUTE_EXCLUDED_MAX) : 0;
	for (int i = 0; i < in->n_excluded; i++)
		in->excluded[i] = 101 + model_roll(d, ROLL_AGENTS);
	if (one_in(d, 4)) {
		in->preferred_agent = roll_agent_id(d);
		in->preferred_patience_ms = one_in(d, 3) ? 0 : up_to(d, 4000);
	}
	in->reserve_ms = one_in(d, 8) ? up_to(d, 5000) : 0;
}

static void roll_engage(struct dice *d, struct route_input *in, uint64_t *next)
{
	in->kind = ROUTE_ENGAGE;
	in->agent = roll_agent_id(d);
	in->segment = one_in(d, 4) ? 1 + model_roll(d, (uint32_t)*next + 1) : 100000 + ++*next;
	in->channel = (enum route_channel)model_roll(d, 3);
	in->queue = one_in(d, 2) ? 0 : 1 + model_roll(d, ROLL_QUEUES);
}

static void roll_rare(struct dice *d, const struct model *m, struct route_input *in)
{
	static const enum model_state states[] = {MODEL_WAITING, MODEL_OFFERED, MODEL_CONNECTED};

	switch (model_roll(d, 8)) {
	case 0:
		in->kind = ROUTE_RESET;
		break;
	case 1:
	case 2:
	case 3:
		in->kind = ROUTE_OPEN;
		in->queue = 1 + model_roll(d, ROLL_QUEUES);
		in->is_available = !one_in(d, 3);
		break;
	default:
		in->kind = ROUTE_ASSIGN;
		about_segment(d, m, in, states[one_in(d, 3) ? model_roll(d, 3) : 0]);
		in->agent = roll_agent_id(d);
	}
}

static void roll_wrap_up(struct dice *d, const struct model *m, struct route_input *in)
{
	in->kind = one_in(d, 3) ? ROUTE_WRAP_UP_EXTEND : ROUTE_WRAP_UP_DONE;
	about_contact(d, m, in, MODEL_WRAP_UP);
	if (in->kind == ROUTE_AVAILABLE)
		return;
	in->duration_ms = (int)model_roll(d, 3000);
	if (one_in(d, 2))
		in->segment = 0;
}

void model_roll_input(struct dice *d, const struct model *m, struct route_input *ret_in, uint64_t *next)
{
	static const enum model_state states[] = {MODEL_WAITING, MODEL_OFFERED, MODEL_CONNECTED};
	struct route_input *in = ret_in;

	*in = (struct route_input){.kind = ROUTE_TIME};
	switch (model_roll(d, 18)) {
	case 0:
	case 1:
	case 2:
	case 3:
	case 4:
		roll_enqueue(d, m, in, next);
		break;
	case 5:
	case 6:
	case 7:
		in->kind = ROUTE_ACCEPTED;
		about_contact(d, m, in, MODEL_OFFERED);
		break;
	case 8:
	case 9:
		in->kind = ROUTE_FAILED;
		about_contact(d, m, in, MODEL_OFFERED);
		in->fail = one_in(d, 3) ? ROUTE_DECLINED : (enum route_fail)up_to(d, ROUTE_WITHDRAWN);
		break;
	case 10:
	case 11:
		in->kind = ROUTE_ENDED;
		about_contact(d, m, in, MODEL_CONNECTED);
		break;
	case 12:
		in->kind = ROUTE_CANCEL;
		about_segment(d, m, in, states[model_roll(d, 3)]);
		break;
	case 13:
		roll_wrap_up(d, m, in);
		break;
	case 14:
		roll_rare(d, m, in);
		break;
	case 15:
		if (one_in(d, 2))
			roll_engage(d, in, next);
		else
			roll_available(d, in);
		break;
	default:
		roll_available(d, in);
	}
}
