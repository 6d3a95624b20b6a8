/* The plain model: who comes first, who may take it, who gets it. See model.h; the rules are route.h's. */
#include "route/model/model_parts.h"

struct model_agent *model_agent_of(struct model *m, uint64_t id)
{
	EACH_AGENT(m, a)
	if (a->set.id == id)
		return a;
	return NULL;
}

struct model_agent *model_known_agent(struct model *m, uint64_t id)
{
	struct model_agent *a = model_agent_of(m, id);

	return a && !a->is_gone ? a : NULL;
}

struct model_queue *model_queue_of(struct model *m, uint64_t id)
{
	EACH_QUEUE(m, q)
	if (q->set.id == id)
		return q;
	return NULL;
}

/* The level at which the agent holds a skill; 0: not at all. */
static int held(const struct model_agent *a, uint64_t skill)
{
	for (int i = 0; i < a->set.n_skills; i++)
		if (a->skills[i].skill == skill)
			return a->skills[i].level;
	return 0;
}

static bool holds(const struct model_agent *a, const struct route_ask *ask, int relax)
{
	int level = ask->level;

	if (ask->kind == ROUTE_NOT)
		return held(a, ask->skill) < level;
	if (ask->kind == ROUTE_REQUIRED && relax == ROUTE_LEVEL_MAX)
		return true;
	if (ask->kind == ROUTE_REQUIRED)
		level = level - relax < 1 ? 1 : level - relax;
	return held(a, ask->skill) >= level;
}

/* How many asks (preferred ones, or all others) do not hold; alternatives count as one, with their first. */
int model_unmet(
	const struct model_agent *a, const struct route_ask *asks, int n, int relax, bool is_preferred)
{
	int n_unmet = 0;

	for (int i = 0; i < n; i++) {
		bool is_first = true, is_met = holds(a, &asks[i], relax);
		if ((asks[i].kind == ROUTE_PREFERRED) != is_preferred)
			continue;
		for (int k = 0; asks[i].any && k < n; k++) {
			if (k == i || asks[k].any != asks[i].any)
				continue;
			is_first &= k > i;
			is_met |= holds(a, &asks[k], relax);
		}
		n_unmet += is_first && !is_met;
	}
	return n_unmet;
}

const struct route_serves *model_serves(const struct model_queue *q, const struct model_agent *a)
{
	if (a->is_gone || !a->set.capacity[q->set.channel])
		return NULL;
	for (int i = 0; i < a->set.n_serves; i++)
		if (a->serves[i].queue == q->set.id)
			return &a->serves[i];
	return NULL;
}

struct route_ring model_ring_of(const struct model_queue *q, int ring)
{
	return q->set.n_rings ? q->set.rings[ring] : (struct route_ring){0, ROUTE_LEVEL_MAX, 0};
}

bool model_meets(struct model *m, const struct model_segment *s, const struct model_agent *a)
{
	const struct model_queue *q = model_queue_of(m, s->queue);
	struct route_ring ring = model_ring_of(q, s->ring);
	const struct route_serves *at = model_serves(q, a);

	return at && at->level <= ring.level &&
	       !model_unmet(a, q->set.asks, q->set.n_asks, ring.relax, false) &&
	       !model_unmet(a, s->in.asks, s->in.n_asks, ring.relax, false);
}

bool model_could_take(const struct model_queue *q, const struct model_agent *a)
{
	struct route_ring last = model_ring_of(q, q->set.n_rings ? q->set.n_rings - 1 : 0);
	const struct route_serves *at = model_serves(q, a);

	return at && at->level <= last.level &&
	       !model_unmet(a, q->set.asks, q->set.n_asks, last.relax, false);
}

bool model_has_room(struct model *m, const struct model_agent *a, int channel)
{
	int n = 0, load = a->set.load[channel];

	EACH_CONTACT(m, c)
	{
		if (c->state == MODEL_FREE || c->agent != a->set.id)
			continue;
		n += c->channel == channel;
		if (!(a->set.interrupts[channel] & 1 << c->channel))
			load += a->set.load[c->channel];
	}
	return n < a->set.capacity[channel] && load <= ROUTE_LOAD_MAX;
}

bool model_is_free(struct model *m, const struct model_agent *a, const struct model_queue *q)
{
	int n = 0;

	if (a->is_gone || !a->is_available || a->is_resting)
		return false;
	EACH_CONTACT(m, c)
	n += c->state != MODEL_FREE && c->agent == a->set.id && c->has_queue && c->queue == q->set.id;
	return (!q->set.per_agent_max || n < q->set.per_agent_max) &&
	       model_has_room(m, a, (int)q->set.channel);
}

static bool has_enough_free(struct model *m, const struct model_segment *s, const struct model_queue *q)
{
	int n = 0;

	if (!q->set.keep_free)
		return true;
	EACH_AGENT(m, a)
	n += model_meets(m, s, a) && model_is_free(m, a, q);
	return n > q->set.keep_free;
}

bool model_has_declined(const struct model_segment *s, const struct model_agent *a)
{
	for (int i = 0; i < a->n_declined; i++)
		if (a->declined[i].stay == s->stay)
			return true;
	return false;
}

bool model_is_excluded(const struct model_segment *s, const struct model_agent *a)
{
	for (int i = 0; i < s->in.n_excluded; i++)
		if (s->in.excluded[i] == a->set.id)
			return true;
	return false;
}

static bool may_take(struct model *m, const struct model_segment *s, const struct model_agent *a)
{
	const struct model_queue *q = model_queue_of(m, s->queue);

	if ((s->preferred && s->preferred != a->set.id) || !model_meets(m, s, a) || !model_is_free(m, a, q))
		return false;
	if (model_has_declined(s, a) || model_is_excluded(s, a))
		return false;
	return s->preferred || has_enough_free(m, s, q);
}

static int64_t skill_sum(const struct model_agent *a, const struct route_ask *asks, int n)
{
	int64_t sum = 0;

	for (int i = 0; i < n; i++)
		sum += asks[i].kind != ROUTE_NOT ? held(a, asks[i].skill) : 0;
	return sum;
}

int64_t model_key(const struct model_queue *q, const struct model_segment *s, const struct model_agent *a)
{
	int64_t skill = skill_sum(a, q->set.asks, q->set.n_asks) + skill_sum(a, s->in.asks, s->in.n_asks);
	const struct route_mix *mix = &q->set.mix;

	switch (q->set.strategy) {
	case ROUTE_LEAST_OCCUPIED:
		return a->occupied_ppm;
	case ROUTE_MOST_SKILLED:
		return -skill;
	case ROUTE_FEWEST_CONTACTS:
		return a->accepted;
	case ROUTE_ROUND_ROBIN:
		for (int i = 0; i < a->n_robin; i++)
			if (a->robin[i].queue == q->set.id)
				return (int64_t)a->robin[i].decision;
		return 0;
	case ROUTE_TOP_DOWN:
		return model_serves(q, a)->position;
	case ROUTE_WEIGHTED:
		return mix->idle * (a->idle_ms / 1000) - mix->skill * skill +
		       mix->occupancy * (a->occupied_ppm / 10000) + mix->contacts * (int64_t)a->accepted;
	case ROUTE_RING_ALL:
		return 0;
	default:
		return a->idle_ms;
	}
}

static bool is_better(struct model *m, const struct model_segment *s, const struct model_agent *a,
	const struct model_agent *b)
{
	const struct model_queue *q = model_queue_of(m, s->queue);
	int unmet_a = model_unmet(a, q->set.asks, q->set.n_asks, 0, true) +
		      model_unmet(a, s->in.asks, s->in.n_asks, 0, true);
	int unmet_b = model_unmet(b, q->set.asks, q->set.n_asks, 0, true) +
		      model_unmet(b, s->in.asks, s->in.n_asks, 0, true);
	int64_t key_a = model_key(q, s, a), key_b = model_key(q, s, b);

	if (model_serves(q, a)->level != model_serves(q, b)->level)
		return model_serves(q, a)->level < model_serves(q, b)->level;
	if (unmet_a != unmet_b)
		return unmet_a < unmet_b;
	if (key_a != key_b)
		return key_a < key_b;
	return a->idle_ms != b->idle_ms ? a->idle_ms < b->idle_ms : a->set.id < b->set.id;
}

struct model_agent *model_best_agent(struct model *m, const struct model_segment *s)
{
	struct model_agent *best = NULL;

	EACH_AGENT(m, a)
	if (may_take(m, s, a) && (!best || is_better(m, s, a, best)))
		best = a;
	return best;
}

static int64_t priority(const struct model_queue *q, const struct model_segment *s)
{
	return (int64_t)q->set.priority + s->in.priority;
}

static int64_t rank(const struct model_queue *q, const struct model_segment *s)
{
	int64_t rank = s->since_ms - s->in.head_start_ms;

	if (q->set.is_by_due)
		rank += model_target(q, s);
	return rank - priority(q, s) * q->set.age_ms;
}

bool model_is_before(struct model *m, const struct model_segment *a, const struct model_segment *b)
{
	const struct model_queue *qa = model_queue_of(m, a->queue), *qb = model_queue_of(m, b->queue);
	int64_t band_a = qa->set.age_ms ? 0 : priority(qa, a), band_b = qb->set.age_ms ? 0 : priority(qb, b);

	if (band_a != band_b)
		return band_a > band_b;
	return rank(qa, a) != rank(qb, b) ? rank(qa, a) < rank(qb, b) : a->id < b->id;
}

static bool is_served_before(struct model *m, const struct model_segment *a, const struct model_segment *b)
{
	int owed_a = model_queue_of(m, a->queue)->owed, owed_b = model_queue_of(m, b->queue)->owed;

	owed_a = owed_a >= 100 ? owed_a : 0;
	owed_b = owed_b >= 100 ? owed_b : 0;
	return owed_a != owed_b ? owed_a > owed_b : model_is_before(m, a, b);
}

static bool has_one_for(struct model *m, const struct model_queue *q, const struct model_agent *a)
{
	EACH_SEGMENT(m, s)
	if (s->state == MODEL_WAITING && s->queue == q->set.id && !s->preferred && model_meets(m, s, a))
		return model_is_free(m, a, q);
	return false;
}

static void note_share(struct model *m, const struct model_segment *s, const struct model_agent *a)
{
	EACH_QUEUE(m, q)
	if (q->set.share_pct && has_one_for(m, q, a)) {
		q->owed += q->set.share_pct;
		q->owed = q->owed > 400 ? 400 : q->owed;
	}
	EACH_QUEUE(m, q)
	if (q->set.share_pct && q->set.id == s->queue) {
		q->owed -= 100;
		q->owed = q->owed < -400 ? -400 : q->owed;
	}
}

static void note_robin(struct model_agent *a, const struct model_queue *q, uint64_t decision)
{
	if (!model_serves(q, a))
		return;
	for (int i = 0; i < a->n_robin; i++)
		if (a->robin[i].queue == q->set.id) {
			a->robin[i].decision = decision;
			return;
		}
	a->robin[a->n_robin].queue = q->set.id;
	a->robin[a->n_robin++].decision = decision;
}

/* An offer as part of the decision made last. */
static void ring(struct model *m, struct model_segment *s, struct model_agent *a, bool is_by_hand)
{
	struct model_queue *q = model_queue_of(m, s->queue);
	bool is_reserved = s->in.reserve_ms > 0;
	struct model_contact c = {MODEL_OFFERED, .id = s->id, .agent = a->set.id, .queue = s->queue,
		.stay = s->stay, .channel = (int)q->set.channel, .has_queue = true, .is_by_hand = is_by_hand,
		.is_reserved = is_reserved,
		.due_ms = m->now_ms + (is_reserved ? s->in.reserve_ms : q->set.ring_timeout_ms)};

	model_add_contact(m, c);
	if (q->set.strategy == ROUTE_ROUND_ROBIN)
		note_robin(a, q, m->n_decisions);
	s->state = MODEL_OFFERED;
	s->preferred = 0;
	model_act(m, (struct route_action){is_reserved ? ROUTE_RESERVE : ROUTE_OFFER, .segment = s->id,
			     .agent = a->set.id, .queue = s->queue, .decision = m->n_decisions,
			     .due_ms = c.due_ms});
}

/* Everybody who may take it, best first; each looked at with those before already ringing (keep_free). */
static void ring_all(struct model *m, struct model_segment *s)
{
	bool is_taken[MODEL_AGENTS] = {false};

	for (int n = 0; n < ROUTE_RING_ALL_MAX; n++) {
		struct model_agent *next = NULL;
		EACH_AGENT(m, a)
		if (!is_taken[a - m->agents] && may_take(m, s, a) && (!next || is_better(m, s, a, next)))
			next = a;
		if (!next)
			return;
		is_taken[next - m->agents] = true;
		ring(m, s, next, false);
	}
}

void model_offer(struct model *m, struct model_segment *s, struct model_agent *a, bool is_by_hand)
{
	bool is_by_order = !is_by_hand && !s->preferred;

	m->n_decisions++;
	model_note_decision(m, s, a, is_by_hand);
	if (is_by_order)
		note_share(m, s, a);
	if (is_by_order && !s->in.reserve_ms && model_queue_of(m, s->queue)->set.strategy == ROUTE_RING_ALL)
		ring_all(m, s);
	else
		ring(m, s, a, is_by_hand);
}

void model_settle(struct model *m)
{
	for (;;) {
		struct model_segment *first = NULL;
		EACH_SEGMENT(m, s)
		if (s->state == MODEL_WAITING && (!first || is_served_before(m, s, first)) &&
			model_best_agent(m, s))
			first = s;
		if (!first)
			return;
		model_offer(m, first, model_best_agent(m, first), false);
	}
}

bool model_is_unsettled(const struct model *m)
{
	struct model *w = (struct model *)m;

	EACH_SEGMENT(w, s)
	if (s->state == MODEL_WAITING && model_best_agent(w, s))
		return true;
	return false;
}
