/* See explain.h. Kept of a decision: the chosen one, then whom it beat directly (the runners-up of the
 * tournament, the second-best among them), then the others of the queue, as many as fit. Bounded: an offer
 * costs the same in a queue of 10 and of 10,000 agents. */
#include "route/explain.h"

static enum route_verdict verdict_of(const struct agent *a, const struct segment *s)
{
	if (!a->is_available)
		return ROUTE_NOT_AVAILABLE;
	if (a->n_wrap_up)
		return ROUTE_IN_WRAP_UP;
	if (a->used[s->channel] >= a->capacity[s->channel])
		return ROUTE_AT_CAPACITY;
	if (a->is_resting || route_declined(a, s))
		return ROUTE_RESTING;
	return ROUTE_OUTRANKED;
}

static void add(
	const struct route *r, struct route_decision *d, const struct agent *a, enum route_verdict verdict)
{
	bool is_free = verdict == ROUTE_CHOSEN || verdict == ROUTE_OUTRANKED;

	if (d->n_candidates < ROUTE_CANDIDATES_MAX)
		d->candidates[d->n_candidates++] = (struct route_candidate){r->w.keys[a - r->w.agents].id,
			verdict, is_free ? r->now_ms - r->w.keys[a - r->w.agents].idle_ms : 0};
}

/* Whether the candidate was added before the fillers. */
static bool is_listed(const struct route_decision *d, int n, uint64_t agent)
{
	for (int i = 0; i < n; i++)
		if (d->candidates[i].agent == agent)
			return true;
	return false;
}

static void add_runners_up(const struct route *r, struct route_decision *d, const struct need *n,
	const struct segment *s, const struct agent *chosen)
{
	uint32_t node = 1;

	if (!n->n_free || n->best[1] != chosen->slot + 1)
		return;
	while (node < n->n_members) {
		bool is_left = n->best[2 * node] == chosen->slot + 1;
		uint32_t beaten = n->best[2 * node + is_left];
		if (beaten)
			add(r, d, &r->w.agents[beaten - 1], verdict_of(&r->w.agents[beaten - 1], s));
		node = 2 * node + !is_left;
	}
}

static void add_rest(
	const struct route *r, struct route_decision *d, const struct need *n, const struct segment *s)
{
	int listed = d->n_candidates;

	for (uint32_t i = 0; i < n->n_members && i < ROUTE_CANDIDATES_MAX;
		i++) /* spread over memory: ask for all at once */
		__builtin_prefetch(&r->w.agents[n->members[i].agent].capacity);

	for (uint32_t i = 0; i < n->n_members && d->n_candidates < ROUTE_CANDIDATES_MAX; i++) {
		const struct agent *a = &r->w.agents[n->members[i].agent];
		if (!is_listed(d, listed, r->w.keys[a - r->w.agents].id))
			add(r, d, a, verdict_of(a, s));
	}
	for (uint32_t i = 0; i < n->n_lacks && d->n_candidates < ROUTE_CANDIDATES_MAX; i++) {
		const struct agent *a = &r->w.agents[n->lacks[i]];
		if (!is_listed(d, listed, r->w.keys[a - r->w.agents].id))
			add(r, d, a, a->capacity[s->channel] ? ROUTE_LACKS_SKILL : ROUTE_AT_CAPACITY);
	}
}

uint64_t route_explain_record(
	struct route *r, const struct segment *s, const struct agent *a, enum route_how how)
{
	uint64_t number = ++r->n_decisions;

	if (!r->n_kept)
		return number;
	struct route_decision *d = &r->decisions[number % r->n_kept];
	d->number = number;
	d->segment = s->id;
	d->queue = s->queue->set.id;
	d->agent = a->id;
	d->config_version = r->w.version;
	d->at_ms = r->now_ms;
	d->waited_ms = r->now_ms - s->since_ms;
	d->how = how;
	d->n_candidates = 0;
	add(r, d, a, ROUTE_CHOSEN);
	if (how == ROUTE_BY_ORDER)
		add_runners_up(r, d, s->need, s, a);
	add_rest(r, d, s->need, s);
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
