/* See explain.h. Kept of a decision: the chosen one, then whom it beat directly (the runners-up of the
 * tournament, the second-best among them), then the others of the queue, as many as fit. Bounded: an offer
 * costs the same in a queue of 10 and of 10,000 agents. */
#include "route/explain.h"
#include "route/match.h"
#include "route/need.h"

static enum route_verdict verdict_of(const struct route *r, const struct agent *a, const struct segment *s)
{
	if (!a->is_available)
		return ROUTE_NOT_AVAILABLE;
	if (a->is_resting)
		return ROUTE_RESTING;
	if (a->used[s->channel] >= a->capacity[s->channel] || !route_agent_has_load_for(a, s->channel))
		return a->n_wrap_up ? ROUTE_IN_WRAP_UP : ROUTE_AT_CAPACITY;
	if (route_queue_is_full_for(r, s->queue, a))
		return ROUTE_AT_CAPACITY;
	if (route_is_excluded(r, a, s))
		return ROUTE_EXCLUDED;
	return route_is_barred(r, a, s) ? ROUTE_RESTING : ROUTE_OUTRANKED;
}

struct who { /* somebody considered */
	const struct agent *a;
	const struct member *m; /* its place in the need; NULL: does not meet it */
	int level;		/* at which it serves the queue; 0: not at all */
};

static void add(const struct route *r, struct route_decision *d, const struct segment *s, struct who who,
	enum route_verdict verdict)
{
	bool is_free = verdict == ROUTE_CHOSEN || verdict == ROUTE_OUTRANKED;

	if (d->n_candidates == ROUTE_CANDIDATES_MAX)
		return;
	d->candidates[d->n_candidates++] = (struct route_candidate){.agent = who.a->id,
		.verdict = verdict,
		.level = (uint8_t)who.level,
		.unmet = who.m ? who.m->unmet : 0,
		.key = is_free && who.m ? route_need_key(s->need, who.m, who.a) : 0,
		.idle_ms = is_free ? r->now_ms - who.a->idle_ms : 0};
}

/* Whether the candidate was added before the fillers. */
static bool is_listed(const struct route_decision *d, int n, uint64_t agent)
{
	for (int i = 0; i < n; i++)
		if (d->candidates[i].agent == agent)
			return true;
	return false;
}

static void add_member(
	const struct route *r, struct route_decision *d, const struct segment *s, uint32_t place)
{
	const struct member *m = &s->need->members[place];
	const struct agent *a = &r->w.agents[m->agent];

	add(r, d, s, (struct who){a, m, m->level}, verdict_of(r, a, s));
}

static void add_runners_up(
	const struct route *r, struct route_decision *d, const struct segment *s, const struct member *chosen)
{
	const struct need *n = s->need;
	uint32_t node = 1, own = chosen ? (uint32_t)(chosen - n->members) + 1 : 0;

	if (!n->n_free || n->best[1] != own)
		return;
	while (node < n->n_members) {
		bool is_left = n->best[2 * node] == own;
		uint32_t beaten = n->best[2 * node + is_left];
		if (beaten)
			add_member(r, d, s, beaten - 1);
		node = 2 * node + !is_left;
	}
}

static void add_rest(const struct route *r, struct route_decision *d, const struct segment *s)
{
	const struct need *n = s->need;
	int listed = d->n_candidates;

	for (uint32_t i = 0; i < n->n_members && i < ROUTE_CANDIDATES_MAX;
		i++) /* spread over memory: ask for all at once */
		__builtin_prefetch(&r->w.agents[n->members[i].agent]);

	for (uint32_t i = 0; i < n->n_members && d->n_candidates < ROUTE_CANDIDATES_MAX; i++)
		if (!is_listed(d, listed, r->w.agents[n->members[i].agent].id))
			add_member(r, d, s, i);
	for (uint32_t i = 0; i < n->n_lacks && i < ROUTE_CANDIDATES_MAX; i++) {
		const struct serving *v = &s->queue->serving[n->lacks[i]];
		const struct agent *a = &r->w.agents[v->agent];
		bool is_reached = route_need_is_reached(n, v);
		enum route_verdict why = is_reached ? ROUTE_LACKS_SKILL : ROUTE_NOT_REACHED;
		if (!is_listed(d, listed, a->id))
			add(r, d, s, (struct who){a, NULL, v->level},
				a->capacity[s->channel] ? why : ROUTE_AT_CAPACITY);
	}
}

static const struct member *member_of(const struct need *n, const struct agent *a)
{
	for (size_t i = 0; i < a->needs.len; i++)
		if (a->needs.at[i].need == n->index)
			return &n->members[a->needs.at[i].leaf];
	return NULL;
}

static int level_of(const struct queue *q, const struct agent *a)
{
	uint32_t place = route_serving_place(q, a);

	return place == UINT32_MAX ? 0 : q->serving[place].level;
}

uint64_t route_explain_record(
	struct route *r, const struct segment *s, const struct agent *a, enum route_how how)
{
	uint64_t number = ++r->n_decisions;

	if (!r->n_kept)
		return number;
	struct route_decision *d = &r->decisions[number % r->n_kept];
	const struct member *m = member_of(s->need, a);
	d->number = number;
	d->segment = s->id;
	d->queue = s->queue->set.id;
	d->agent = a->id;
	d->config_version = r->w.version;
	d->at_ms = r->now_ms;
	d->waited_ms = r->now_ms - s->since_ms;
	d->how = how;
	d->strategy = s->queue->set.strategy;
	d->priority = s->queue->set.priority + route_terms(r, s)->priority;
	d->ring = s->ring;
	d->n_candidates = 0;
	add(r, d, s, (struct who){a, m, m ? m->level : level_of(s->queue, a)}, ROUTE_CHOSEN);
	if (how == ROUTE_BY_ORDER || how == ROUTE_BY_SHARE)
		add_runners_up(r, d, s, m);
	add_rest(r, d, s);
	d->n_considered = (int)(s->need->n_members + s->need->n_lacks);
	return number;
}

int route_explain(const struct route *r, uint64_t decision, struct route_decision *ret_decision)
{
	if (!decision || !r->n_kept || r->decisions[decision % r->n_kept].number != decision)
		return -ENOENT;
	*ret_decision = r->decisions[decision % r->n_kept];
	return 0;
}
