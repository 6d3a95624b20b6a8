/* A new configuration, by route.h's paragraph on ROUTE_CONFIGURE: who leaves, what is withdrawn, what stays.
 */
#include "sim/fuzz/watch_parts.h"

#include <assert.h>

static bool is_within(int64_t value, int64_t least, int64_t most)
{
	return value >= least && value <= most;
}

static bool are_rings_fine(const struct route_queue *q)
{
	if (!is_within(q->n_rings, 0, ROUTE_RINGS_MAX))
		return false;
	for (int i = 0; i < q->n_rings; i++) {
		const struct route_ring *ring = &q->rings[i], *before = i ? ring - 1 : NULL;
		if (!is_within(ring->level, 1, ROUTE_LEVEL_MAX) || ring->relax > ROUTE_LEVEL_MAX)
			return false;
		if (!before && ring->after_ms)
			return false;
		if (before && (ring->after_ms <= before->after_ms || ring->level < before->level ||
				      ring->relax < before->relax))
			return false;
	}
	return true;
}

static bool are_times_fine(const struct route_queue *q)
{
	const int32_t times[] = {q->wrap_up_ms, q->target_ms, q->warn_ms, q->max_wait_ms, q->no_agents_ms,
		q->max_estimate_ms, q->announce_first_ms, q->announce_every_ms, q->handle_estimate_ms};

	for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++)
		if (times[i] < 0)
			return false;
	return q->ring_timeout_ms > 0 && is_within(q->age_ms, 0, ROUTE_EXTEND_MAX_MS);
}

static bool is_mix_fine(const struct route_mix *m)
{
	return is_within(m->idle, 0, 1000) && is_within(m->skill, 0, 1000) &&
	       is_within(m->occupancy, 0, 1000) && is_within(m->contacts, 0, 1000);
}

static bool is_queue_fine(const struct route_queue *q)
{
	if (!q->id || (unsigned)q->channel >= ROUTE_CHANNELS || (unsigned)q->strategy >= ROUTE_STRATEGIES)
		return false;
	if (!is_within(q->priority, -ROUTE_PRIORITY_MAX, ROUTE_PRIORITY_MAX) ||
		!is_within(q->share_pct, 0, 100))
		return false;
	if (q->per_agent_max < 0 || q->keep_free < 0 || q->misses_max < 0 || q->capacity < 0)
		return false;
	return is_mix_fine(&q->mix) && are_times_fine(q) && are_rings_fine(q) &&
	       watch_are_asks_fine(q->asks, q->n_asks);
}

static bool is_agent_fine(const struct route_agent *a)
{
	for (int c = 0; c < ROUTE_CHANNELS; c++)
		if (a->capacity[c] < 0 || a->capacity[c] > ROUTE_CAPACITY_MAX || a->load[c] < 0 ||
			a->load[c] > ROUTE_LOAD_MAX)
			return false;
	for (int i = 0; i < a->n_skills; i++)
		if (a->skills[i].level < 1 || a->skills[i].level > ROUTE_LEVEL_MAX ||
			(i && a->skills[i].skill <= a->skills[i - 1].skill))
			return false;
	for (int i = 0; i < a->n_serves; i++)
		if (a->serves[i].level < 1 || a->serves[i].level > ROUTE_LEVEL_MAX ||
			(i && a->serves[i].queue <= a->serves[i - 1].queue))
			return false;
	return a->id != 0;
}

static bool is_config_fine(const struct route_config *c)
{
	if (!c)
		return false;
	for (int i = 0; i < c->n_queues; i++) {
		if (!is_queue_fine(&c->queues[i]))
			return false;
		for (int k = 0; k < i; k++)
			if (c->queues[k].id == c->queues[i].id)
				return false;
	}
	for (int i = 0; i < c->n_agents; i++) {
		if (!is_agent_fine(&c->agents[i]))
			return false;
		for (int k = 0; k < i; k++)
			if (c->agents[k].id == c->agents[i].id)
				return false;
	}
	return true;
}

static const struct route_queue *queue_in(const struct route_config *c, uint64_t id)
{
	for (int i = 0; i < c->n_queues; i++)
		if (c->queues[i].id == id)
			return &c->queues[i];
	return NULL;
}

static const struct route_agent *agent_in(const struct route_config *c, uint64_t id)
{
	for (int i = 0; i < c->n_agents; i++)
		if (c->agents[i].id == id)
			return &c->agents[i];
	return NULL;
}

static struct watch_segment *first_in(struct watch *w, uint64_t queue)
{
	struct watch_segment *first = NULL;

	VEC_EACH(&w->segments, i)
	{
		struct watch_segment *s = &w->segments.at[i];
		if (s->in.queue == queue && (!first || watch_is_ranked_before(w, s, first)))
			first = s;
	}
	return first;
}

/* The queue is gone: its segments leave, in order; contacts of it are nobody's. */
static void empty_queue(struct watch *w, uint64_t queue)
{
	struct watch_segment *s;
	struct watch_contact *c;
	struct watch_agent *a;

	for (int i = 0; i < w->n_agents; i++)
		for (int k = 0; k < w->agents[i].n_contacts; k++)
			w->agents[i].contacts[k].is_orphan |= w->agents[i].contacts[k].queue == queue;
	while (!w->is_failed && (s = first_in(w, queue))) {
		while (!w->is_failed && (c = watch_ringing(w, s->in.segment, &a))) {
			watch_expect(w, "everything_ends",
				(struct route_action){ROUTE_WITHDRAW, ROUTE_RECONFIGURED,
					.segment = c->segment, .agent = a->set.id, .queue = queue});
			watch_contact_remove(w, a, c);
		}
		watch_overflow(w, s, ROUTE_RECONFIGURED);
	}
}

static void forget_turns_in(struct watch *w, uint64_t queue)
{
	for (int i = 0; i < w->n_agents; i++)
		for (int k = 0; k < WATCH_SERVES; k++)
			if (w->agents[i].turns[k].queue == queue)
				w->agents[i].turns[k] = (struct watch_turn){0};
}

/* A queue for another channel is another queue, whatever its id. */
static bool is_there(const struct route_config *c, const struct watch_queue *q)
{
	const struct route_queue *next = queue_in(c, q->set.id);

	return next && next->channel == q->set.channel;
}

/* In order of their ids, as they leave in. */
static void drop_queues(struct watch *w, const struct route_config *c)
{
	for (;;) {
		int gone = -1;
		for (int i = 0; i < w->n_queues; i++)
			if (!is_there(c, &w->queues[i]) &&
				(gone < 0 || w->queues[i].set.id < w->queues[gone].set.id))
				gone = i;
		if (gone < 0)
			return;
		empty_queue(w, w->queues[gone].set.id);
		forget_turns_in(w, w->queues[gone].set.id);
		w->queues[gone] = w->queues[--w->n_queues];
	}
}

static void set_queues(struct watch *w, const struct route_config *c)
{
	for (int i = 0; i < c->n_queues; i++) {
		struct watch_queue *q = watch_queue_of(w, c->queues[i].id);
		if (!q) {
			assert(w->n_queues < WATCH_QUEUES);
			q = &w->queues[w->n_queues++];
			*q = (struct watch_queue){.is_open = true, .nobody_ms = NEVER};
		}
		if (q->set.strategy != c->queues[i].strategy)
			forget_turns_in(w, q->set.id);
		q->set = c->queues[i];
		q->passed_over = 0;
		if (!q->set.share_pct)
			q->owed = 0;
	}
	VEC_EACH(&w->segments, i)
	{
		struct watch_segment *s = &w->segments.at[i];
		const struct watch_queue *q = watch_queue_of(w, s->in.queue);
		if (s->ring >= q->set.n_rings)
			s->ring = q->set.n_rings ? q->set.n_rings - 1 : 0;
	}
}

static void forget_turns(struct watch *w, struct watch_agent *a)
{
	for (int i = 0; i < WATCH_SERVES; i++)
		if (a->is_gone || !watch_serving(a, a->turns[i].queue) ||
			!watch_queue_of(w, a->turns[i].queue))
			a->turns[i] = (struct watch_turn){0};
}

static void set_agent(struct watch_agent *a, const struct route_agent *set)
{
	assert(set->n_skills <= WATCH_SKILLS && set->n_serves <= WATCH_SERVES);
	a->is_limited_anew = memcmp(a->set.capacity, set->capacity, sizeof(set->capacity)) ||
			     memcmp(a->set.load, set->load, sizeof(set->load)) ||
			     memcmp(a->set.interrupts, set->interrupts, sizeof(set->interrupts));
	a->set = *set;
	if (set->n_skills)
		memcpy(a->skills, set->skills, (size_t)set->n_skills * sizeof(*a->skills));
	if (set->n_serves)
		memcpy(a->serves, set->serves, (size_t)set->n_serves * sizeof(*a->serves));
	a->set.skills = NULL;
	a->set.serves = NULL;
	a->is_gone = false;
}

/* Who comes back is new, but has the contacts left from before. */
static void begin_anew(struct watch *w, struct watch_agent *a)
{
	struct watch_agent fresh = {.counted_ms = w->now_ms, .n_contacts = a->n_contacts};

	VEC_FREE(&a->declines);
	fresh.set.id = a->set.id;
	memcpy(fresh.contacts, a->contacts, sizeof(fresh.contacts));
	*a = fresh;
}

static void add_agent(struct watch *w, const struct route_agent *set)
{
	int at = w->n_agents;

	assert(w->n_agents < WATCH_AGENTS);
	while (at > 0 && w->agents[at - 1].set.id > set->id)
		at--;
	memmove(&w->agents[at + 1], &w->agents[at], (size_t)(w->n_agents - at) * sizeof(*w->agents));
	w->n_agents++;
	w->agents[at] = (struct watch_agent){.counted_ms = w->now_ms};
	set_agent(&w->agents[at], set);
}

static void set_agents(struct watch *w, const struct route_config *c)
{
	for (int i = 0; i < w->n_agents; i++) {
		struct watch_agent *a = &w->agents[i];
		const struct route_agent *set = agent_in(c, a->set.id);
		if (set) {
			if (a->is_gone)
				begin_anew(w, a);
			set_agent(a, set);
		} else {
			watch_count_time(w, a);
			a->is_gone = true;
			a->is_available = a->is_resting = false;
			VEC_FREE(&a->declines);
		}
		forget_turns(w, a);
	}
	for (int i = 0; i < c->n_agents; i++)
		if (!watch_agent_of(w, c->agents[i].id))
			add_agent(w, &c->agents[i]);
	VEC_EACH(&w->segments, i)
	w->segments.at[i].is_computed = false;
}

/* Whether a may not keep the offer c under the new configuration. */
static bool is_unfit(struct watch *w, const struct watch_agent *a, const struct watch_contact *c)
{
	struct watch_segment *s = watch_segment_of(w, c->segment);

	if (a->is_gone || (a->is_limited_anew && !watch_fits(a, c)))
		return true;
	return !c->is_by_hand && !(watch_meets(w, s) & watch_bit(w, a));
}

static void withdraw_unfit(struct watch *w, struct watch_agent *a)
{
	for (int i = 0; i < a->n_contacts && !w->is_failed;) {
		struct watch_contact *c = &a->contacts[i];
		if (c->state == WATCH_RINGING && is_unfit(w, a, c))
			watch_withdraw(w, a, c, ROUTE_RECONFIGURED);
		else if (c->state == WATCH_WRAP_UP && a->is_gone)
			watch_wrap_up_over(w, a, c, ROUTE_RECONFIGURED);
		else
			i++;
	}
}

void watch_forget_gone(struct watch *w)
{
	for (int i = 0; i < w->n_agents;) {
		struct watch_agent *a = &w->agents[i];
		if (!a->is_gone || a->n_contacts) {
			i++;
			continue;
		}
		VEC_FREE(&a->declines);
		memmove(a, a + 1, (size_t)(w->n_agents - i - 1) * sizeof(*a));
		w->n_agents--;
		VEC_EACH(&w->segments, k)
		w->segments.at[k].is_computed = false;
	}
}

/* Contacts of a queue that is gone are of no queue. */
static void forget_queues(struct watch *w)
{
	for (int i = 0; i < w->n_agents; i++)
		for (int k = 0; k < w->agents[i].n_contacts; k++) {
			struct watch_contact *c = &w->agents[i].contacts[k];
			c->queue = c->is_orphan ? 0 : c->queue;
			c->is_orphan = false;
		}
}

int watch_configure(struct watch *w, const struct route_config *c)
{
	if (!is_config_fine(c))
		return -EINVAL;
	drop_queues(w, c);
	set_queues(w, c);
	set_agents(w, c);
	for (int i = 0; i < w->n_agents; i++)
		withdraw_unfit(w, &w->agents[i]);
	forget_queues(w);
	return 0;
}
