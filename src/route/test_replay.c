/* The engine against the plain model of its rules (model.c), action by action, on random but repeatable
 * histories; and against itself: the same inputs give the same actions. */
#include "harness/test.h"
#include "base/alloc.h"
#include "base/vec.h"
#include "route/model.h"

#include <stdio.h>
#include <stdlib.h>

#define SEEDS 300
#define STEPS 500

struct dice {
	uint64_t state;
};

static uint32_t roll(struct dice *d, uint32_t n) /* 0..n-1; xorshift64* (Vigna 2016) */
{
	d->state ^= d->state >> 12;
	d->state ^= d->state << 25;
	d->state ^= d->state >> 27;
	return (uint32_t)((d->state * UINT64_C(0x2545f4914f6cdd1d)) >> 33) % n;
}

struct config { /* one random configuration and what it points at */
	struct route_config c;
	struct route_queue queues[6];
	struct route_agent agents[10];
	struct route_skill skills[10][5];
	uint64_t serves[10][6];
};

static int roll_skills(struct dice *d, struct route_skill *skills, int n_max, int level_max)
{
	int n = 0;

	for (uint64_t skill = 1; skill <= 5 && n < n_max; skill++)
		if (roll(d, 3) == 0)
			skills[n++] = (struct route_skill){skill, 1 + (int)roll(d, (uint32_t)level_max)};
	return n;
}

static void roll_queue(struct dice *d, struct route_queue *q, uint64_t id)
{
	*q = (struct route_queue){.id = id,
		.channel = id % 3 == 0 ? ROUTE_CHAT : ROUTE_VOICE,
		.ring_timeout_ms = 500 + (int)roll(d, 20) * 100};
	q->priority = (int)roll(d, 3) - 1;
	if (roll(d, 2))
		q->wrap_up_ms = 1 + (int)roll(d, 3000);
	if (roll(d, 3) == 0)
		q->max_wait_ms = 1000 + (int)roll(d, 20000);
	if (roll(d, 2))
		q->announce_first_ms = 1 + (int)roll(d, 3000);
	if (roll(d, 2))
		q->announce_every_ms = 300 + (int)roll(d, 3000);
	if (roll(d, 2))
		q->handle_estimate_ms = 1 + (int)roll(d, 3000);
	if (roll(d, 3) == 0)
		q->capacity = 1 + (int)roll(d, 6);
	if (roll(d, 2))
		q->n_skills = roll_skills(d, q->skills, 1, 5);
}

static void roll_agent(struct dice *d, struct config *c, int i, uint64_t id)
{
	struct route_agent *a = &c->agents[i];

	*a = (struct route_agent){.id = id, .skills = c->skills[i], .queues = c->serves[i]};
	a->n_skills = roll_skills(d, c->skills[i], 5, 10);
	for (uint64_t q = 1; q <= 6; q++)
		if (roll(d, 2))
			c->serves[i][a->n_queues++] = q; /* some of them unknown to this config */
	a->capacity[ROUTE_VOICE] = roll(d, 8) ? 1 : 0;
	a->capacity[ROUTE_CHAT] = (int)roll(d, 4);
	a->is_persistent = roll(d, 5) == 0;
}

static void roll_config(struct dice *d, struct config *c, uint64_t version)
{
	*c = (struct config){.c = {.version = version}};
	for (uint64_t id = 1; id <= 6; id++)
		if (roll(d, 4))
			roll_queue(d, &c->queues[c->c.n_queues++], id);
	for (uint64_t id = 101; id <= 110; id++)
		if (roll(d, 4))
			roll_agent(d, c, c->c.n_agents, id), c->c.n_agents++;
	for (int i = c->c.n_queues - 1; i > 0; i--) { /* any order */
		int k = (int)roll(d, (uint32_t)i + 1);
		struct route_queue swap = c->queues[i];
		c->queues[i] = c->queues[k];
		c->queues[k] = swap;
	}
	c->c.queues = c->queues;
	c->c.agents = c->agents;
}

/* A random contact of that state from the model, or NULL. */
static const struct model_segment *roll_segment(struct dice *d, const struct model *m, enum model_state state)
{
	uint32_t n = 0, at;

	for (int i = 0; i < m->n_segments; i++)
		n += m->segments[i].state == state;
	if (!n)
		return NULL;
	at = roll(d, n);
	for (int i = 0; i < m->n_segments; i++)
		if (m->segments[i].state == state && at-- == 0)
			return &m->segments[i];
	return NULL;
}

static void roll_enqueue(struct dice *d, struct route_input *in, int64_t now, uint64_t *next)
{
	in->kind = ROUTE_ENQUEUE;
	in->agent = roll(d, 6) ? 0 : 100 + roll(d, 12);
	in->segment = roll(d, 20) ? ++*next : 1 + roll(d, (uint32_t)*next + 1);
	in->queue = 1 + roll(d, 6);
	in->channel = in->queue % 3 == 0 ? ROUTE_CHAT : ROUTE_VOICE;
	in->priority = roll(d, 4) ? 0 : (int)roll(d, 5) - 2;
	in->waiting_since_ms = roll(d, 5) ? now : now - (int)roll(d, 4000);
	if (roll(d, 3) == 0)
		in->n_skills = roll_skills(d, in->skills, 3, 6);
	if (roll(d, 4) == 0) {
		in->preferred_agent = 100 + roll(d, 12);
		in->preferred_patience_ms = roll(d, 3) ? (int)roll(d, 4000) : 0;
	}
}

static void about(struct route_input *in, enum route_input_kind kind, const struct model_segment *s)
{
	in->kind = kind;
	if (s) {
		in->segment = s->id;
		in->agent = s->agent;
	}
}

static void roll_input(struct dice *d, const struct model *m, struct route_input *in, uint64_t *next)
{
	static const enum model_state states[] = {
		MODEL_WAITING, MODEL_OFFERED, MODEL_CONNECTED, MODEL_WRAP_UP};

	*in = (struct route_input){.kind = ROUTE_TIME, .agent = 100 + roll(d, 12)};
	switch (roll(d, 16)) {
	case 0:
	case 1:
	case 2:
	case 3:
		roll_enqueue(d, in, m->now_ms, next);
		break;
	case 4:
	case 5:
	case 6:
		about(in, ROUTE_ACCEPTED, roll_segment(d, m, MODEL_OFFERED));
		break;
	case 7:
		about(in, ROUTE_FAILED, roll_segment(d, m, MODEL_OFFERED));
		in->fail = roll(d, 2) ? ROUTE_DECLINED : (enum route_fail)(1 + roll(d, 5));
		break;
	case 8:
	case 9:
		about(in, ROUTE_ENDED, roll_segment(d, m, MODEL_CONNECTED));
		break;
	case 10:
		about(in, ROUTE_CANCEL, roll_segment(d, m, states[roll(d, 4)]));
		break;
	case 11:
		about(in, roll(d, 3) ? ROUTE_WRAP_UP_DONE : ROUTE_WRAP_UP_EXTEND,
			roll_segment(d, m, MODEL_WRAP_UP));
		in->duration_ms = (int)roll(d, 3000);
		in->segment = roll(d, 2) ? in->segment : 0;
		break;
	case 12:
		in->kind = ROUTE_ENGAGE; /* one roll a statement: the same dice under every compiler */
		in->segment = 100000 + ++*next;
		in->channel = roll(d, 2) ? ROUTE_VOICE : ROUTE_CHAT;
		in->queue = roll(d, 2) ? 0 : 1 + roll(d, 6);
		break;
	case 13:
		about(in, ROUTE_ASSIGN, roll_segment(d, m, states[roll(d, 8) % 5 % 4]));
		in->agent = 100 + roll(d, 12);
		break;
	default:
		in->kind = ROUTE_AVAILABLE;
		in->is_available = roll(d, 4) != 0;
	}
}

static bool is_same(const struct route_action *a, const struct route_action *b)
{
	return a->kind == b->kind && a->reason == b->reason && a->segment == b->segment &&
	       a->agent == b->agent && a->queue == b->queue && a->decision == b->decision &&
	       a->due_ms == b->due_ms && a->position == b->position && a->estimate_ms == b->estimate_ms;
}

static void print(const char *who, const struct route_action *at, size_t n)
{
	for (size_t i = 0; i < n; i++)
		printf("# %s: kind %d reason %d segment %llu agent %llu queue %llu decision %llu due %lld "
		       "position %d "
		       "estimate %lld\n",
			who, at[i].kind, at[i].reason, (unsigned long long)at[i].segment,
			(unsigned long long)at[i].agent, (unsigned long long)at[i].queue,
			(unsigned long long)at[i].decision, (long long)at[i].due_ms, at[i].position,
			(long long)at[i].estimate_ms);
}

static bool is_same_list(const struct route_action *a, size_t n_a, const struct route_action *b, size_t n_b)
{
	bool is_equal = n_a == n_b;

	for (size_t i = 0; is_equal && i < n_a; i++)
		is_equal = is_same(&a[i], &b[i]);
	if (!is_equal) {
		print("engine", a, n_a);
		print("other", b, n_b);
	}
	return is_equal;
}

static bool is_same_view(struct dice *d, const struct route *r, const struct model *m)
{
	uint64_t queue = 1 + roll(d, 6);
	struct route_queue_counts a = {0}, b = {0};
	const struct model_segment *s = roll_segment(d, m, roll(d, 3) ? MODEL_WAITING : MODEL_OFFERED);
	int64_t at = m->now_ms + roll(d, 3000);

	if (route_queue_counts(r, queue, &a) != model_counts(m, queue, &b))
		return false;
	if (a.waiting != b.waiting || a.offered != b.offered || a.connected != b.connected ||
		a.agents_available != b.agents_available || a.agents_free != b.agents_free ||
		a.oldest_waiting_since_ms != b.oldest_waiting_since_ms)
		return false;
	if (s && (route_position(r, s->id) != model_position(m, s->id) ||
			 route_estimate(r, s->id, at) != model_estimate(m, s->id, at)))
		return false;
	if (route_next_due(r) != model_next_due(m))
		printf("# due %lld, wanted %lld\n", (long long)route_next_due(r),
			(long long)model_next_due(m));
	return route_next_due(r) == model_next_due(m);
}

struct pair {
	struct route *r, *twin;
	struct model *m;
	struct route_actions out, twin_out;
	bool is_short; /* of memory: the first try of each step of r meets a failing allocation */
};

/* With memory running out on the way, and then again with enough: together they must do what one undisturbed
 * step does. */
static int starved_step(struct pair *p, struct dice *d, struct route_input *in, int64_t now)
{
	struct route_actions rest = {0};

	alloc_fail_at(roll(d, in->kind == ROUTE_CONFIGURE ? 150 : 6));
	int rc = route_step(p->r, in, now, &p->out);
	bool has_failed = alloc_has_failed();
	alloc_fail_at(-1);
	route_check(p->r);
	if (rc == -ENOMEM && has_failed)
		return route_step(p->r, in, now, &p->out);
	if (!has_failed || rc < 0)
		return rc;
	if (p->out.len && p->out.at[0].reason == ROUTE_NO_MEMORY) { /* an answer; nothing but time passed */
		VEC_REMOVE(&p->out, 0);
		*in = (struct route_input){.kind = ROUTE_TIME};
	}
	rc = route_step(
		p->r, &(struct route_input){.kind = ROUTE_TIME}, now, &rest); /* deadlines left over */
	for (size_t i = 0; i < rest.len; i++)
		if (VEC_PUSH(&p->out, rest.at[i]) < 0)
			abort();
	route_actions_free(&rest);
	return rc;
}

static bool step(struct pair *p, struct dice *d, struct route_input *in, int64_t now)
{
	int rc = p->is_short ? starved_step(p, d, in, now) : route_step(p->r, in, now, &p->out);
	int want = model_step(p->m, in, now);

	if (rc != want) {
		printf("# input %d: %d, wanted %d\n", in->kind, rc, want);
		return false;
	}
	if (!is_same_list(p->out.at, p->out.len, p->m->out, rc < 0 ? 0 : (size_t)p->m->n_out))
		return false;
	if (route_step(p->twin, in, now, &p->twin_out) != rc ||
		!is_same_list(p->out.at, p->out.len, p->twin_out.at, p->twin_out.len))
		return false;
	route_check(p->r);
	return !model_is_unsettled(p->m) && is_same_view(d, p->r, p->m);
}

/* The step at which the two disagreed, or -1. */
static int run(struct pair *p, uint64_t seed)
{
	struct dice d = {seed * UINT64_C(0x9e3779b97f4a7c15) + 1};
	struct config config;
	int64_t now = roll(&d, 2) ? 0 : -5000;
	uint64_t next = 0;

	p->m->now_ms = INT64_MIN;
	for (int i = 0; i < STEPS; i++) {
		struct route_input in;
		uint32_t wait = roll(&d, 10);
		now += wait < 4 ? 0 : wait < 9 ? roll(&d, 300) : roll(&d, 6000);
		if (i == 0 || roll(&d, 60) == 0) {
			roll_config(&d, &config, (uint64_t)i);
			in = (struct route_input){.kind = ROUTE_CONFIGURE, .config = &config.c};
		} else {
			roll_input(&d, p->m, &in, &next);
		}
		if (!step(p, &d, &in, now)) {
			printf("# seed %llu step %d: input kind %d segment %llu agent %llu queue %llu at "
			       "%lld\n",
				(unsigned long long)seed, i, in.kind, (unsigned long long)in.segment,
				(unsigned long long)in.agent, (unsigned long long)in.queue, (long long)now);
			return i;
		}
	}
	return -1;
}

/* The first seed that failed, or 0. */
static uint64_t run_seeds(uint64_t from, uint64_t to, bool is_short)
{
	bool has_failed = false;
	uint64_t seed;

	for (seed = from; seed <= to && !has_failed; seed++) {
		struct pair p = {.m = calloc(1, sizeof(*p.m)), .is_short = is_short};
		if (!p.m || route_new(&p.r, 16) < 0 || route_new(&p.twin, 0) < 0)
			abort();
		has_failed = run(&p, seed) >= 0;
		route_free(p.r);
		route_free(p.twin);
		route_actions_free(&p.out);
		route_actions_free(&p.twin_out);
		free(p.m);
	}
	return has_failed ? seed - 1 : 0;
}

TEST(the_engine_does_what_the_rules_say_and_the_same_again)
{
	CHECK_INT(run_seeds(1, SEEDS, false), 0);
}

TEST(a_step_that_met_no_memory_can_be_repeated)
{
	CHECK_INT(run_seeds(1001, 1000 + SEEDS / 4, true), 0);
}
