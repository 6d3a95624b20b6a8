/* Who may take what, and who comes first: route.h's paragraphs "Order" and "Who may take a segment" and the
 * strategies, sentence by sentence. */
#include "sim/fuzz/watch_parts.h"

uint32_t watch_bit(const struct watch *w, const struct watch_agent *a)
{
	return UINT32_C(1) << (a - w->agents);
}

const struct route_serves *watch_serving(const struct watch_agent *a, uint64_t queue)
{
	for (int i = 0; i < a->set.n_serves; i++)
		if (a->serves[i].queue == queue)
			return &a->serves[i];
	return NULL;
}

static int held(const struct watch_agent *a, uint64_t skill)
{
	for (int i = 0; i < a->set.n_skills; i++)
		if (a->skills[i].skill == skill)
			return a->skills[i].level;
	return 0;
}

static bool holds(const struct watch_agent *a, const struct route_ask *ask, int relax)
{
	int level = ask->level;

	if (ask->kind == ROUTE_NOT)
		return held(a, ask->skill) < level;
	if (ask->kind == ROUTE_REQUIRED) {
		if (relax == ROUTE_LEVEL_MAX)
			return true;
		level = level - relax < 1 ? 1 : level - relax;
	}
	return held(a, ask->skill) >= level;
}

/* Whether ask i holds, or one of its alternatives does. */
static bool is_one_held(const struct watch_agent *a, const struct route_ask *asks, int n, int i, int relax)
{
	if (!asks[i].any)
		return holds(a, &asks[i], relax);
	for (int k = 0; k < n; k++)
		if (asks[k].any == asks[i].any && holds(a, &asks[k], relax))
			return true;
	return false;
}

static bool is_first_of_any(const struct route_ask *asks, int i)
{
	for (int k = 0; k < i && asks[i].any; k++)
		if (asks[k].any == asks[i].any)
			return false;
	return true;
}

/* Asks of that kind (or of any other) not held; alternatives count once. */
static int unmet(
	const struct watch_agent *a, const struct route_ask *asks, int n, int relax, bool is_preferred)
{
	int count = 0;

	for (int i = 0; i < n; i++)
		if ((asks[i].kind == ROUTE_PREFERRED) == is_preferred && is_first_of_any(asks, i))
			count += !is_one_held(a, asks, n, i, relax);
	return count;
}

static int relax_of(const struct watch_queue *q, int ring)
{
	return q->set.n_rings ? q->set.rings[ring].relax : 0;
}

bool watch_is_met(
	const struct watch_agent *a, const struct watch_queue *q, int ring, const struct route_input *in)
{
	const struct route_serves *serves = watch_serving(a, q->set.id);
	int relax = relax_of(q, ring);

	if (a->is_gone || !serves || !a->set.capacity[q->set.channel] ||
		(q->set.n_rings && serves->level > q->set.rings[ring].level))
		return false;
	return !unmet(a, q->set.asks, q->set.n_asks, relax, false) &&
	       (!in || !unmet(a, in->asks, in->n_asks, relax, false));
}

/* Load on a of contacts which one of this channel may not interrupt. */
static int load_beside(const struct watch_agent *a, enum route_channel channel)
{
	int load = 0;

	for (int i = 0; i < a->n_contacts; i++)
		if (!(a->set.interrupts[channel] & 1u << a->contacts[i].channel))
			load += a->set.load[a->contacts[i].channel];
	return load;
}

bool watch_has_room(const struct watch_agent *a, enum route_channel channel)
{
	int n = 0;

	for (int i = 0; i < a->n_contacts; i++)
		n += a->contacts[i].channel == channel;
	return n < a->set.capacity[channel] &&
	       a->set.load[channel] + load_beside(a, channel) <= ROUTE_LOAD_MAX;
}

static bool interrupts(const struct watch_agent *a, enum route_channel one, enum route_channel other)
{
	return a->set.interrupts[one] & 1u << other;
}

bool watch_fits(const struct watch_agent *a, const struct watch_contact *c)
{
	int n = 0, load = 0;

	for (int i = 0; i < a->n_contacts; i++) {
		const struct watch_contact *o = &a->contacts[i];
		n += o->channel == c->channel;
		if (o == c ||
			(!interrupts(a, c->channel, o->channel) && !interrupts(a, o->channel, c->channel)))
			load += a->set.load[o->channel];
	}
	return n <= a->set.capacity[c->channel] && load <= ROUTE_LOAD_MAX;
}

bool watch_is_free(const struct watch *w, const struct watch_agent *a, const struct watch_queue *q)
{
	int of_queue = 0;

	(void)w;
	if (a->is_gone || !a->is_available || a->is_resting || !watch_has_room(a, q->set.channel))
		return false;
	for (int i = 0; i < a->n_contacts; i++)
		of_queue += a->contacts[i].queue == q->set.id;
	return !q->set.per_agent_max || of_queue < q->set.per_agent_max;
}

uint32_t watch_meets(struct watch *w, struct watch_segment *s)
{
	const struct watch_queue *q = watch_queue_of(w, s->in.queue);

	if (s->is_computed)
		return s->meets;
	s->meets = 0;
	for (int i = 0; i < w->n_agents; i++)
		if (watch_is_met(&w->agents[i], q, s->ring, &s->in))
			s->meets |= watch_bit(w, &w->agents[i]);
	s->is_computed = true;
	return s->meets;
}

static bool is_excluded(const struct watch_segment *s, uint64_t agent)
{
	for (int i = 0; i < s->in.n_excluded; i++)
		if (s->in.excluded[i] == agent)
			return true;
	return false;
}

static bool has_declined(const struct watch_agent *a, uint64_t segment)
{
	VEC_EACH(&a->declines, i)
	if (a->declines.at[i].segment == segment)
		return true;
	return false;
}

uint32_t watch_takers(struct watch *w, struct watch_segment *s)
{
	const struct watch_queue *q = watch_queue_of(w, s->in.queue);
	uint32_t meets = watch_meets(w, s), takers = 0;
	int free_ones = 0;

	for (int i = 0; i < w->n_agents; i++) {
		const struct watch_agent *a = &w->agents[i];
		uint32_t bit = watch_bit(w, a);
		if (!(meets & bit) || !watch_is_free(w, a, q))
			continue;
		free_ones++;
		if (is_excluded(s, a->set.id) || has_declined(a, s->in.segment))
			continue;
		if (!s->is_patient || a->set.id == s->in.preferred_agent)
			takers |= bit;
	}
	return s->is_patient || free_ones > q->set.keep_free ? takers : 0;
}

/* The sum of the levels of all skills asked; one asked twice counts twice. */
static int64_t skill_sum(
	const struct watch_agent *a, const struct watch_queue *q, const struct route_input *in)
{
	int64_t sum = 0;

	for (int i = 0; i < q->set.n_asks; i++)
		sum += q->set.asks[i].kind == ROUTE_NOT ? 0 : held(a, q->set.asks[i].skill);
	for (int i = 0; i < in->n_asks; i++)
		sum += in->asks[i].kind == ROUTE_NOT ? 0 : held(a, in->asks[i].skill);
	return sum;
}

static int64_t turn_of(const struct watch_agent *a, uint64_t queue)
{
	for (int i = 0; i < WATCH_SERVES; i++)
		if (a->turns[i].queue == queue)
			return (int64_t)a->turns[i].decision;
	return 0;
}

static int64_t mixed_key(
	const struct watch_agent *a, const struct watch_queue *q, const struct route_input *in)
{
	const struct route_mix *m = &q->set.mix;

	return m->idle * (a->idle_ms / 1000) - m->skill * skill_sum(a, q, in) +
	       m->occupancy * (a->occupied_ppm / 10000) + m->contacts * (int64_t)a->accepted;
}

static int64_t key_of(const struct watch_agent *a, const struct watch_queue *q, const struct route_input *in)
{
	switch (q->set.strategy) {
	case ROUTE_LONGEST_IDLE:
		return a->idle_ms;
	case ROUTE_LEAST_OCCUPIED:
		return a->occupied_ppm;
	case ROUTE_MOST_SKILLED:
		return -skill_sum(a, q, in);
	case ROUTE_FEWEST_CONTACTS:
		return a->accepted;
	case ROUTE_ROUND_ROBIN:
		return turn_of(a, q->set.id);
	case ROUTE_TOP_DOWN:
		return watch_serving(a, q->set.id)->position;
	case ROUTE_WEIGHTED:
		return mixed_key(a, q, in);
	case ROUTE_RING_ALL:
	case ROUTE_STRATEGIES:
		break;
	}
	return 0;
}

static int preferred_unmet(
	const struct watch_agent *a, const struct watch_queue *q, const struct route_input *in)
{
	return unmet(a, q->set.asks, q->set.n_asks, 0, true) + unmet(a, in->asks, in->n_asks, 0, true);
}

bool watch_is_agent_before(struct watch *w, const struct watch_segment *s, const struct watch_agent *a,
	const struct watch_agent *b)
{
	const struct watch_queue *q = watch_queue_of(w, s->in.queue);
	int level_a = watch_serving(a, q->set.id)->level, level_b = watch_serving(b, q->set.id)->level;

	if (level_a != level_b)
		return level_a < level_b;
	int unmet_a = preferred_unmet(a, q, &s->in), unmet_b = preferred_unmet(b, q, &s->in);
	if (unmet_a != unmet_b)
		return unmet_a < unmet_b;
	int64_t key_a = key_of(a, q, &s->in), key_b = key_of(b, q, &s->in);
	if (key_a != key_b)
		return key_a < key_b;
	return a->idle_ms != b->idle_ms ? a->idle_ms < b->idle_ms : a->set.id < b->set.id;
}

static int64_t band_of(const struct watch_queue *q, const struct watch_segment *s)
{
	return q->set.age_ms ? 0 : (int64_t)q->set.priority + s->in.priority;
}

static int64_t rank_of(const struct watch_queue *q, const struct watch_segment *s)
{
	int64_t priority = (int64_t)q->set.priority + s->in.priority,
		rank = s->since_ms - s->in.head_start_ms;

	if (q->set.is_by_due)
		rank += s->in.target_ms ? s->in.target_ms : q->set.target_ms;
	return rank - priority * q->set.age_ms;
}

bool watch_is_ranked_before(struct watch *w, const struct watch_segment *a, const struct watch_segment *b)
{
	const struct watch_queue *qa = watch_queue_of(w, a->in.queue), *qb = watch_queue_of(w, b->in.queue);

	if (band_of(qa, a) != band_of(qb, b))
		return band_of(qa, a) > band_of(qb, b);
	if (rank_of(qa, a) != rank_of(qb, b))
		return rank_of(qa, a) < rank_of(qb, b);
	return a->in.segment < b->in.segment;
}

bool watch_is_segment_before(struct watch *w, const struct watch_segment *a, const struct watch_segment *b)
{
	int owed_a = watch_queue_of(w, a->in.queue)->owed, owed_b = watch_queue_of(w, b->in.queue)->owed;

	owed_a = owed_a >= 100 ? owed_a : 0;
	owed_b = owed_b >= 100 ? owed_b : 0;
	return owed_a != owed_b ? owed_a > owed_b : watch_is_ranked_before(w, a, b);
}
