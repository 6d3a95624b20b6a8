/* The engine against the plain model of its rules (model/), action by action, on random but repeatable
 * histories; and against itself: the same inputs give the same actions. */
#include "harness/test.h"
#include "base/alloc.h"
#include "base/vec.h"
#include "route/model/model_roll.h"
#include "route/save.h"

#include <stdio.h>
#include <stdlib.h>

#define SEEDS 300
#define STEPS 500
#define EXPLAINED 16 /* decisions kept */

static bool is_same(const struct route_action *a, const struct route_action *b)
{
	return a->kind == b->kind && a->reason == b->reason && a->segment == b->segment &&
	       a->agent == b->agent && a->queue == b->queue && a->decision == b->decision &&
	       a->due_ms == b->due_ms && a->position == b->position && a->estimate_ms == b->estimate_ms;
}

static const char *const kinds[] = {"?", "OFFER", "WITHDRAW", "NOT_RESPONDING", "WRAP_UP", "WRAP_UP_OVER",
	"OVERFLOW", "REFUSED", "ANNOUNCE", "RESERVE", "WARN"};
static const char *const reasons[ROUTE_REASONS] = {"", " DEADLINE", " CANCELLED", " RECONFIGURED",
	" QUEUE_FULL", " UNKNOWN_QUEUE", " DUPLICATE", " NOT_FREE", " AGENT_GONE", " DONE", " NO_MEMORY",
	" NOT_WAITING", " ANSWERED_ELSEWHERE", " NO_AGENTS", " CLOSED", " ESTIMATE_TOO_LONG"};
static const char *const inputs[] = {"?", "TIME", "CONFIGURE", "AVAILABLE", "ENQUEUE", "CANCEL", "ACCEPTED",
	"FAILED", "ENDED", "WRAP_UP_EXTEND", "WRAP_UP_DONE", "ENGAGE", "ASSIGN", "OPEN", "RESET"};

static void print(const char *who, const struct route_action *at, size_t n)
{
	printf("# %s:%s\n", who, n ? "" : " nothing");
	for (size_t i = 0; i < n; i++)
		printf("#   %s%s segment %llu agent %llu queue %llu decision %llu due %lld position %d "
		       "estimate %lld\n",
			kinds[at[i].kind], reasons[at[i].reason], (unsigned long long)at[i].segment,
			(unsigned long long)at[i].agent, (unsigned long long)at[i].queue,
			(unsigned long long)at[i].decision, (long long)at[i].due_ms, at[i].position,
			(long long)at[i].estimate_ms);
}

static void print_input(uint64_t seed, int at, const struct route_input *in, int64_t now)
{
	printf("# seed %llu step %d at %lld: %s segment %llu agent %llu queue %llu%s fail %d since %lld "
	       "priority %d head start %d target %d preferred %llu for %d reserve %d asks %d excluded %d\n",
		(unsigned long long)seed, at, (long long)now, inputs[in->kind],
		(unsigned long long)in->segment, (unsigned long long)in->agent, (unsigned long long)in->queue,
		in->is_available ? " available" : "", in->fail, (long long)in->waiting_since_ms, in->priority,
		in->head_start_ms, in->target_ms, (unsigned long long)in->preferred_agent,
		in->preferred_patience_ms, in->reserve_ms, in->n_asks, in->n_excluded);
}

static bool is_same_list(const struct route_action *a, size_t n_a, const struct route_action *b, size_t n_b)
{
	bool is_equal = n_a == n_b;

	for (size_t i = 0; is_equal && i < n_a; i++)
		is_equal = is_same(&a[i], &b[i]);
	if (!is_equal) {
		print("engine", a, n_a);
		print("model (or its twin)", b, n_b);
	}
	return is_equal;
}

static bool is_same_counts(const struct route *r, const struct model *m, uint64_t queue)
{
	struct route_queue_counts a = {0}, b = {0};

	if (route_queue_counts(r, queue, &a) == model_counts(m, queue, &b) && a.waiting == b.waiting &&
		a.offered == b.offered && a.connected == b.connected &&
		a.agents_available == b.agents_available && a.agents_free == b.agents_free &&
		a.oldest_waiting_since_ms == b.oldest_waiting_since_ms && a.is_open == b.is_open &&
		a.owed == b.owed)
		return true;
	printf("# queue %llu, engine (model): waiting %d (%d) offered %d (%d) connected %d (%d) available %d "
	       "(%d) free %d (%d) oldest %lld (%lld) open %d (%d) owed %d (%d)\n",
		(unsigned long long)queue, a.waiting, b.waiting, a.offered, b.offered, a.connected,
		b.connected, a.agents_available, b.agents_available, a.agents_free, b.agents_free,
		(long long)a.oldest_waiting_since_ms, (long long)b.oldest_waiting_since_ms, a.is_open,
		b.is_open, a.owed, b.owed);
	return false;
}

static bool is_same_number(const char *what, uint64_t id, int64_t engine, int64_t model)
{
	if (engine != model)
		printf("# %s of %llu: engine %lld, model %lld\n", what, (unsigned long long)id,
			(long long)engine, (long long)model);
	return engine == model;
}

static bool is_same_view(struct dice *d, const struct route *r, const struct model *m)
{
	uint64_t queue = 1 + model_roll(d, ROLL_QUEUES);
	enum model_state state = model_roll(d, 3) ? MODEL_WAITING : MODEL_OFFERED;
	const struct model_segment *s = model_roll_segment(d, m, state);
	int64_t at = m->now_ms + model_roll(d, 3000);

	if (s && !(is_same_number("position", s->id, route_position(r, s->id), model_position(m, s->id)) &&
			 is_same_number("estimate", s->id, route_estimate(r, s->id, at),
				 model_estimate(m, s->id, at))))
		return false;
	return is_same_counts(r, m, queue) &&
	       is_same_number("estimate for a newcomer", queue, route_queue_estimate(r, queue, at),
		       model_queue_estimate(m, queue, at)) &&
	       is_same_number("next due", 0, route_next_due(r), model_next_due(m));
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

	uint64_t before = route_digest(p->r);
	alloc_fail_at(model_roll(d, in->kind == ROUTE_CONFIGURE ? 150 : 6));
	int rc = route_step(p->r, in, now, &p->out);
	bool has_failed = alloc_has_failed();
	alloc_fail_at(-1);
	route_check(p->r);
	if (rc == -ENOMEM && has_failed) {
		if (route_digest(p->r) != before)
			printf("# a step that met no memory changed something\n");
		return route_digest(p->r) == before ? route_step(p->r, in, now, &p->out) : rc;
	}
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

static const char *const verdicts[ROUTE_VERDICTS] = {"?", "chosen", "outranked", "lacks skill",
	"not available", "at capacity", "in wrap-up", "resting", "excluded", "not reached"};
static const unsigned int bar_of[ROUTE_VERDICTS] = {[ROUTE_LACKS_SKILL] = MODEL_UNSKILLED,
	[ROUTE_NOT_AVAILABLE] = MODEL_AWAY,
	[ROUTE_AT_CAPACITY] = MODEL_FULL,
	[ROUTE_IN_WRAP_UP] = MODEL_FULL,
	[ROUTE_RESTING] = MODEL_RESTS,
	[ROUTE_EXCLUDED] = MODEL_EXCLUDED,
	[ROUTE_NOT_REACHED] = MODEL_UNREACHED};

static void print_decision(const struct pair *p, uint64_t number)
{
	const struct model_decision *w = model_why(p->m, number);
	struct route_decision d;

	if (route_explain(p->r, number, &d) == 0) {
		printf("# engine's decision %llu: segment %llu to %llu, how %d strategy %d ring %d priority "
		       "%d\n",
			(unsigned long long)number, (unsigned long long)d.segment,
			(unsigned long long)d.agent, d.how, d.strategy, d.ring, d.priority);
		for (int i = 0; i < d.n_candidates; i++)
			printf("#   agent %llu: %s level %d unmet %d key %lld idle for %lld\n",
				(unsigned long long)d.candidates[i].agent, verdicts[d.candidates[i].verdict],
				d.candidates[i].level, d.candidates[i].unmet, (long long)d.candidates[i].key,
				(long long)d.candidates[i].idle_ms);
	}
	if (w) {
		printf("# model's decision %llu: segment %llu to %llu, how %d strategy %d ring %d priority "
		       "%d\n",
			(unsigned long long)number, (unsigned long long)w->segment,
			(unsigned long long)w->agent, w->how, w->strategy, w->ring, w->priority);
		for (int i = 0; i < w->n; i++)
			printf("#   agent %llu: bars %u level %d unmet %d key %lld idle for %lld\n",
				(unsigned long long)w->candidates[i].agent, w->candidates[i].bars,
				w->candidates[i].level, w->candidates[i].unmet,
				(long long)w->candidates[i].key, (long long)w->candidates[i].idle_ms);
	}
}

/* What the first action they disagree about was decided from, on both sides. */
static void print_why(const struct pair *p)
{
	size_t n = p->out.len > (size_t)p->m->n_out ? p->out.len : (size_t)p->m->n_out;

	for (size_t i = 0; i < n; i++) {
		bool has_engine = i < p->out.len, has_model = i < (size_t)p->m->n_out;
		if (has_engine && has_model && is_same(&p->out.at[i], &p->m->out[i]))
			continue;
		print_decision(p, has_engine && p->out.at[i].decision ? p->out.at[i].decision
				  : has_model			      ? p->m->out[i].decision
								      : 0);
		return;
	}
}

static bool is_same_candidate(const struct route_candidate *c, const struct model_candidate *w)
{
	bool is_able = c->verdict == ROUTE_CHOSEN || c->verdict == ROUTE_OUTRANKED;

	if (c->level != w->level || is_able != !w->bars)
		return false;
	if (!is_able)
		return w->bars & bar_of[c->verdict];
	return c->unmet == w->unmet && c->key == w->key && c->idle_ms == w->idle_ms;
}

/* Whether the engine explains a decision by what the model made it from. */
static bool is_same_why(const struct pair *p, uint64_t number)
{
	const struct model_decision *w = model_why(p->m, number);
	struct route_decision d;
	int n_chosen = 0;

	if (!w || route_explain(p->r, number, &d) < 0)
		return p->m->n_decisions - number >= EXPLAINED;
	if (d.segment != w->segment || d.queue != w->queue || d.agent != w->agent || d.how != w->how ||
		d.strategy != w->strategy || d.priority != w->priority || d.ring != w->ring ||
		d.waited_ms != w->waited_ms || d.at_ms != p->m->now_ms || d.config_version != p->m->version)
		return false;
	for (int i = 0; i < d.n_candidates; i++) {
		const struct model_candidate *k = NULL;
		n_chosen += d.candidates[i].verdict == ROUTE_CHOSEN;
		for (int n = 0; n < w->n; n++)
			k = w->candidates[n].agent == d.candidates[i].agent ? &w->candidates[n] : k;
		if (d.how != ROUTE_BY_HAND && (!k || !is_same_candidate(&d.candidates[i], k)))
			return false;
	}
	return n_chosen >= 1 && (d.how == ROUTE_BY_HAND || d.n_considered == w->n);
}

static bool is_explained(const struct pair *p)
{
	for (size_t i = 0; i < p->out.len; i++)
		if (p->out.at[i].decision && !is_same_why(p, p->out.at[i].decision)) {
			print_decision(p, p->out.at[i].decision);
			return false;
		}
	return true;
}

static bool step(struct pair *p, struct dice *d, struct route_input *in, int64_t now)
{
	uint64_t before = route_digest(p->r);
	int rc = p->is_short ? starved_step(p, d, in, now) : route_step(p->r, in, now, &p->out);
	int want = model_step(p->m, in, now);

	if (rc < 0 &&
		!is_same_number("state after an error", 0, (int64_t)route_digest(p->r), (int64_t)before))
		return false;
	if (!is_same_number("result", 0, rc, want) ||
		!is_same_list(p->out.at, p->out.len, p->m->out, rc < 0 ? 0 : (size_t)p->m->n_out)) {
		print_why(p);
		return false;
	}
	if (route_step(p->twin, in, now, &p->twin_out) != rc ||
		!is_same_list(p->out.at, p->out.len, p->twin_out.at, p->twin_out.len))
		return false;
	route_check(p->r);
	if (!is_same_number(
		    "state (and its twin's)", 0, (int64_t)route_digest(p->r), (int64_t)route_digest(p->twin)))
		return false;
	const char *wrong = model_wrong(p->m);
	if (wrong)
		printf("# the model itself: %s\n", wrong);
	return !wrong && (p->is_short || is_explained(p)) && is_same_view(d, p->r, p->m);
}

static int64_t roll_wait(struct dice *d)
{
	uint32_t kind = model_roll(d, 10);

	if (kind < 4)
		return 0;
	if (model_roll(d, 400) ==
		0) /* a clock that leaps by weeks, within what 32 bits of milliseconds tell */
		return INT64_C(86400000) * model_roll(d, 40);
	return model_roll(d, kind < 9 ? 300 : 6000);
}

/* The twin is written down and goes on as the engine that was made of it. */
static bool be_reborn(struct pair *p)
{
	struct route_copy copy;
	struct route_bytes bytes;
	struct route *born;

	if (route_config_of(p->twin, &copy) < 0 || route_save(p->twin, &bytes) < 0 || route_new(&born, 0) < 0)
		abort();
	int rc = route_step(born, &(struct route_input){.kind = ROUTE_CONFIGURE, .config = &copy.config},
		INT64_MIN, &p->twin_out);
	if (rc == 0)
		rc = route_load(born, bytes.at, bytes.len);
	bool is_same = is_same_number("loading", 0, rc, 0) &&
		       is_same_number("state after loading", 0, (int64_t)route_digest(born),
			       (int64_t)route_digest(p->twin));
	if (is_same)
		route_check(born);
	route_copy_free(&copy);
	route_bytes_free(&bytes);
	route_free(p->twin);
	p->twin = born;
	return is_same;
}

/* The step at which the two disagreed, or -1. */
static int run(struct pair *p, uint64_t seed)
{
	struct dice d = {seed * UINT64_C(0x9e3779b97f4a7c15) + 1};
	struct roll_config config;
	int64_t now = model_roll(&d, 2) ? 0 : -5000;
	uint64_t next = 0;

	p->m->now_ms = INT64_MIN;
	for (int i = 0; i < STEPS; i++) {
		struct route_input in = {.kind = ROUTE_CONFIGURE, .config = &config.c};
		now += roll_wait(&d);
		uint32_t kind = model_roll(&d, 60);
		if (i == 0 || kind == 0)
			model_roll_config(&d, &config, (uint64_t)i);
		else if (kind == 1)
			model_roll_edit(&d, &config, (uint64_t)i);
		else
			model_roll_input(&d, p->m, &in, &next);
		if (getenv("ROUTE_MODEL_TRACE"))
			print_input(seed, i, &in, now);
		if (!step(p, &d, &in, now) || (i % 37 == 36 && !be_reborn(p))) {
			print_input(seed, i, &in, now);
			return i;
		}
		if (getenv("ROUTE_MODEL_TRACE"))
			print("both", p->out.at, p->out.len);
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
		if (!p.m || route_new(&p.r, EXPLAINED) < 0 || route_new(&p.twin, 0) < 0)
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

/* ROUTE_MODEL_SEED=N runs only that seed, ROUTE_MODEL_TRACE=1 prints every input and what followed. */
TEST(the_engine_does_what_the_rules_say_and_the_same_again)
{
	const char *only = getenv("ROUTE_MODEL_SEED");
	uint64_t seed = only ? strtoull(only, NULL, 10) : 0;

	CHECK_INT(run_seeds(only ? seed : 1, only ? seed : SEEDS, false), 0);
}

TEST(a_step_that_met_no_memory_can_be_repeated)
{
	CHECK_INT(run_seeds(1001, 1000 + SEEDS / 4, true), 0);
}
