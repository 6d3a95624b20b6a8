/* Counting what an engine was told and decided, in the words of docs/kpi.md. See whatif_parts.h. */
#include "base/alloc.h"
#include "base/jsonx.h"
#include "sim/whatif/whatif_parts.h"

#include <stdlib.h>

#define SERVICE_LEVEL_MS 18000 /* where neither a rule nor the queue says */
#define SHORT_ABANDON_MS 5000

uint64_t pair_key(uint64_t a, uint64_t b)
{
	uint64_t h =
		a * UINT64_C(0x9e3779b97f4a7c15) ^ (b + UINT64_C(0x7f4a7c15)) * UINT64_C(0xbf58476d1ce4e5b9);

	h = (h ^ (h >> 29)) * UINT64_C(0x94d049bb133111eb);
	h ^= h >> 32;
	return h ? h : 1;
}

static void *place(size_t i)
{
	return (void *)(uintptr_t)(i + 1);
}

/* The place of an id, or -1. */
static int64_t at(const struct map *m, uint64_t id)
{
	return id ? (int64_t)(uintptr_t)map_get(m, id) - 1 : -1;
}

static struct queue_figures *queue_of(struct figures *f, uint64_t id)
{
	int64_t i = at(&f->queue_at, id);

	if (i >= 0)
		return &f->queues.at[i];
	if (!id || VEC_PUSH(&f->queues, (struct queue_figures){.queue = id}) < 0 ||
		map_put(&f->queue_at, id, place(f->queues.len - 1)) < 0) {
		f->is_short |= id != 0;
		return NULL;
	}
	return &f->queues.at[f->queues.len - 1];
}

static struct figures_agent *agent_of(struct figures *f, uint64_t id)
{
	int64_t i = at(&f->agent_at, id);

	if (i >= 0)
		return &f->agents.at[i];
	if (!id || VEC_PUSH(&f->agents, (struct figures_agent){.id = id}) < 0 ||
		map_put(&f->agent_at, id, place(f->agents.len - 1)) < 0) {
		f->is_short |= id != 0;
		return NULL;
	}
	return &f->agents.at[f->agents.len - 1];
}

/* Books the agent's time up to now. */
static void book(const struct figures *f, struct figures_agent *a, int64_t now_ms)
{
	int64_t from = a->since_ms > f->options->from_ms ? a->since_ms : f->options->from_ms;
	int64_t to = now_ms < f->options->to_ms ? now_ms : f->options->to_ms;

	a->since_ms = now_ms;
	if (to <= from)
		return;
	if (a->n_contacts > 0)
		a->busy_ms += to - from;
	else if (a->is_available)
		a->idle_ms += to - from;
}

static void set_available(struct figures *f, uint64_t agent, bool is_available, int64_t now_ms)
{
	struct figures_agent *a = agent_of(f, agent);

	if (!a)
		return;
	book(f, a, now_ms);
	a->is_available = is_available;
}

static void hold(struct figures *f, uint64_t agent, uint64_t segment, int64_t now_ms)
{
	struct figures_agent *a = agent_of(f, agent);
	uint64_t key = pair_key(agent, segment);

	if (!a || map_get(&f->held, key))
		return;
	if (map_put(&f->held, key, f) < 0) {
		f->is_short = true;
		return;
	}
	book(f, a, now_ms);
	a->n_contacts++;
}

static void let_go(struct figures *f, uint64_t agent, uint64_t segment, int64_t now_ms)
{
	struct figures_agent *a = agent_of(f, agent);

	if (!a || !map_remove(&f->held, pair_key(agent, segment)))
		return;
	book(f, a, now_ms);
	a->n_contacts--;
}

static struct stay *stay_of(struct figures *f, uint64_t segment)
{
	int64_t i = at(&f->stay_at, segment);

	return i >= 0 ? &f->stays.at[i] : NULL;
}

static void enter(struct figures *f, const struct route_input *in, int64_t now_ms)
{
	bool is_counted = now_ms >= f->options->from_ms && now_ms < f->options->to_ms;
	struct queue_figures *q = queue_of(f, in->queue);

	if (!q || VEC_PUSH(&f->stays, (struct stay){in->queue, 0, now_ms, is_counted, false}) < 0 ||
		map_put(&f->stay_at, in->segment, place(f->stays.len - 1)) < 0) {
		f->is_short = true;
		return;
	}
	q->offered += is_counted;
}

static const struct whatif_rule *rule_of(const struct figures *f, uint64_t queue)
{
	for (int i = 0; i < f->options->n_rules; i++)
		if (f->options->rules[i].queue == queue)
			return &f->options->rules[i];
	return NULL;
}

/* The stay's waiting is over; NULL when it does not count or was over. */
static struct queue_figures *end_wait(struct figures *f, uint64_t segment, struct stay **ret_stay)
{
	struct stay *s = stay_of(f, segment);

	if (!s || s->is_over)
		return NULL;
	s->is_over = true;
	*ret_stay = s;
	return s->is_counted ? queue_of(f, s->queue) : NULL;
}

static void answered(struct figures *f, uint64_t segment, int64_t now_ms)
{
	struct stay *s;
	struct queue_figures *q = end_wait(f, segment, &s);
	const struct whatif_rule *rule = q ? rule_of(f, q->queue) : NULL;

	if (!q)
		return;
	int64_t wait = now_ms - s->at_ms;
	q->answered++;
	q->wait_ms += wait;
	q->in_time += wait <= (rule ? rule->service_level_ms : SERVICE_LEVEL_MS);
	if (VEC_PUSH(&q->waits, (int32_t)(wait > INT32_MAX ? INT32_MAX : wait)) < 0)
		f->is_short = true;
}

static void abandoned(struct figures *f, uint64_t segment, int64_t now_ms)
{
	struct stay *s;
	struct queue_figures *q = end_wait(f, segment, &s);
	const struct whatif_rule *rule = q ? rule_of(f, q->queue) : NULL;

	if (!q)
		return;
	q->abandoned++;
	q->short_abandoned += now_ms - s->at_ms < (rule ? rule->short_abandon_ms : SHORT_ABANDON_MS);
}

static void overflowed(struct figures *f, uint64_t segment)
{
	struct stay *s;
	struct queue_figures *q = end_wait(f, segment, &s);

	if (q)
		q->overflowed++;
}

static void configure(struct figures *f, const struct route_config *c)
{
	f->serves.len = f->pairs.len = 0;
	for (int i = 0; i < c->n_queues; i++)
		queue_of(f, c->queues[i].id);
	for (int i = 0; i < c->n_agents; i++)
		for (int k = 0; k < c->agents[i].n_serves; k++)
			if (VEC_PUSH(&f->serves, c->agents[i].serves[k]) < 0 ||
				VEC_PUSH(&f->pairs, c->agents[i].id) < 0)
				f->is_short = true;
}

/* What the input itself changed. */
static void take_input(struct figures *f, const struct route_input *in, int64_t now_ms)
{
	struct stay *s = stay_of(f, in->segment);

	switch (in->kind) {
	case ROUTE_CONFIGURE:
		configure(f, in->config);
		break;
	case ROUTE_AVAILABLE:
		set_available(f, in->agent, in->is_available, now_ms);
		break;
	case ROUTE_ENQUEUE:
		enter(f, in, now_ms);
		break;
	case ROUTE_CANCEL:
		if (s && s->agent)
			let_go(f, s->agent, in->segment, now_ms);
		abandoned(f, in->segment, now_ms);
		break;
	case ROUTE_ACCEPTED:
		if (s)
			s->agent = in->agent;
		answered(f, in->segment, now_ms);
		break;
	case ROUTE_FAILED:
	case ROUTE_ENDED: /* a wrap-up that follows takes it again */
		let_go(f, in->agent, in->segment, now_ms);
		break;
	case ROUTE_ENGAGE:
		hold(f, in->agent, in->segment, now_ms);
		break;
	default:
		break;
	}
}

void whatif_figures_step(struct figures *f, const struct route_input *in, int64_t now_ms, int rc,
	const struct route_actions *actions)
{
	if (rc == 0)
		take_input(f, in, now_ms);
	for (size_t i = 0; i < actions->len; i++) {
		const struct route_action *a = &actions->at[i];
		switch (a->kind) {
		case ROUTE_OFFER:
		case ROUTE_RESERVE:
		case ROUTE_WRAP_UP:
			hold(f, a->agent, a->segment, now_ms);
			break;
		case ROUTE_WITHDRAW:
		case ROUTE_WRAP_UP_OVER:
			let_go(f, a->agent, a->segment, now_ms);
			break;
		case ROUTE_NOT_RESPONDING:
			set_available(f, a->agent, false, now_ms);
			break;
		case ROUTE_OVERFLOW:
		case ROUTE_REFUSED:
			if (in->kind != ROUTE_ASSIGN || a->kind == ROUTE_OVERFLOW)
				overflowed(f, a->segment);
			break;
		default:
			break;
		}
	}
}

void whatif_figures_cut(struct figures *f, int64_t now_ms, bool is_restart)
{
	VEC_EACH(&f->agents, i)
	{
		struct figures_agent *a = &f->agents.at[i];
		book(f, a, now_ms);
		if (is_restart) {
			a->is_available = false;
			a->n_contacts = 0;
		}
	}
	if (!is_restart)
		return;
	map_free(&f->held);
	VEC_EACH(&f->stays, i)
	{
		struct stay *s = &f->stays.at[i];
		struct queue_figures *q = s->is_counted && !s->is_over ? queue_of(f, s->queue) : NULL;
		s->is_over = true;
		if (q)
			q->overflowed++;
	}
}

void whatif_figures_free(struct figures *f)
{
	VEC_EACH(&f->queues, i)
	VEC_FREE(&f->queues.at[i].waits);
	VEC_FREE(&f->queues);
	VEC_FREE(&f->stays);
	VEC_FREE(&f->agents);
	VEC_FREE(&f->serves);
	VEC_FREE(&f->pairs);
	map_free(&f->queue_at);
	map_free(&f->stay_at);
	map_free(&f->agent_at);
	map_free(&f->held);
}

/* --- figures out
 * ---------------------------------------------------------------------------------------------------
 */
static int by_size(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return (x > y) - (x < y);
}

static json_t *ratio(double above, double below)
{
	return below > 0 ? json_real(above / below) : json_null();
}

/* Nearest rank, in seconds. */
static json_t *percentile(const int32_t *sorted, size_t n, double p)
{
	size_t i = (size_t)(p * (double)n);

	return n ? json_real(sorted[i < n ? i : n - 1] / 1000.0) : json_null();
}

static void add_time(const struct figures *f, uint64_t queue, struct queue_figures *sum)
{
	for (size_t i = 0; queue && i < f->serves.len; i++) {
		int64_t a = f->serves.at[i].queue == queue ? at(&f->agent_at, f->pairs.at[i]) : -1;
		if (a >= 0) {
			sum->busy_ms += f->agents.at[a].busy_ms;
			sum->idle_ms += f->agents.at[a].idle_ms;
		}
	}
	for (size_t i = 0; !queue && i < f->agents.len; i++) {
		sum->busy_ms += f->agents.at[i].busy_ms;
		sum->idle_ms += f->agents.at[i].idle_ms;
	}
}

json_t *whatif_figures_json(const struct figures *f, uint64_t queue)
{
	struct queue_figures sum = {0};
	bool is_whole = true;

	VEC_EACH(&f->queues, i)
	{
		const struct queue_figures *q = &f->queues.at[i];
		if (queue && q->queue != queue)
			continue;
		sum.offered += q->offered;
		sum.answered += q->answered;
		sum.in_time += q->in_time;
		sum.abandoned += q->abandoned;
		sum.short_abandoned += q->short_abandoned;
		sum.overflowed += q->overflowed;
		sum.wait_ms += q->wait_ms;
		VEC_EACH(&q->waits, k)
		is_whole &= VEC_PUSH(&sum.waits, q->waits.at[k]) == 0;
	}
	add_time(f, queue, &sum);
	if (sum.waits.len)
		qsort(sum.waits.at, sum.waits.len, sizeof(*sum.waits.at), by_size);
	json_t *o = json_pack("{s:I,s:I,s:I,s:I,s:I,s:o,s:o,s:o,s:o,s:o,s:o}", "offered",
		(json_int_t)sum.offered, "answered", (json_int_t)sum.answered, "abandoned",
		(json_int_t)sum.abandoned, "overflowed_out", (json_int_t)sum.overflowed, "short_abandoned",
		(json_int_t)sum.short_abandoned, "service_level",
		ratio((double)sum.in_time, (double)(sum.answered + sum.abandoned - sum.short_abandoned)),
		"asa_s", ratio((double)sum.wait_ms / 1000, (double)sum.answered), "wait_p50_s",
		percentile(sum.waits.at, sum.waits.len, 0.5), "wait_p90_s",
		percentile(sum.waits.at, sum.waits.len, 0.9), "wait_p99_s",
		percentile(sum.waits.at, sum.waits.len, 0.99), "occupancy",
		ratio((double)sum.busy_ms, (double)(sum.busy_ms + sum.idle_ms)));
	VEC_FREE(&sum.waits);
	if (is_whole && !f->is_short)
		return o;
	json_decref(o);
	return NULL;
}
