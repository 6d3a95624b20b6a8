/* See save.h. Numbers are zigzag LEB128. Segments go one after the other, waiting ones and contacts alike,
 * each ring of a ring all behind its segment; agents then name their contacts by the place in that list, so
 * their order is kept. */
#include "route/save_form.h"

#include "base/map.h"

static int put(struct route_bytes *out, int64_t value)
{
	uint64_t v = ((uint64_t)value << 1) ^ (uint64_t)(value >> 63);

	if (!VEC_RESERVE(out, out->len + 10))
		return -ENOMEM;
	for (; v >= 0x80; v >>= 7)
		out->at[out->len++] = (uint8_t)(v | 0x80);
	out->at[out->len++] = (uint8_t)v;
	return 0;
}

static int put_all(struct route_bytes *out, const int64_t *values, int n)
{
	for (int i = 0; i < n; i++)
		if (put(out, values[i]) < 0)
			return -ENOMEM;
	return 0;
}
#define PUT(out, ...)                                                                                        \
	put_all(out, (const int64_t[]){__VA_ARGS__},                                                         \
		(int)(sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t)))

static int put_asked(struct route_bytes *out, const struct route *r, const struct segment *s)
{
	const struct exclusion *e = s->is_excluding ? map_get(&r->exclusion_of, (uint64_t)s->stay + 1) : NULL;

	if (PUT(out, s->need ? s->need->n_own : 0) < 0)
		return -ENOMEM;
	for (int i = 0; s->need && i < s->need->n_own; i++) {
		const struct route_ask *ask = &s->need->own[i];
		if (PUT(out, (int64_t)ask->skill, ask->level, ask->any, ask->kind) < 0)
			return -ENOMEM;
	}
	for (int i = 0; s->is_excluding && i < ROUTE_EXCLUDED_MAX; i++)
		if (PUT(out, e ? (int64_t)e->agents[i] : 0) < 0)
			return -ENOMEM;
	return 0;
}

static int put_segment(struct route_bytes *out, const struct route *r, const struct segment *s)
{
	const struct terms *t = route_terms(r, s);
	int flags = s->is_mapped * SAVED_MAPPED | s->is_assigned * SAVED_ASSIGNED |
		    s->is_declined * SAVED_DECLINED | s->is_excluding * SAVED_EXCLUDING |
		    s->is_warned * SAVED_WARNED | (s->primary != 0) * SAVED_RING;
	bool is_patient = s->state == SEGMENT_WAITING && s->agent;

	if (PUT(out, (int64_t)s->id, s->state, flags, s->channel, s->ring, s->stay,
		    s->queue ? (int64_t)s->queue->set.id : 0, s->since_ms, s->due_ms, s->announce_ms,
		    is_patient ? (int64_t)s->agent->id : 0) < 0)
		return -ENOMEM;
	if (PUT(out, t->priority, t->head_start_ms, t->target_ms, t->reserve_ms) < 0)
		return -ENOMEM;
	return s->primary ? 0 : put_asked(out, r, s);
}

struct places { /* of segments in the list, by their number */
	uint32_t *at;
	uint32_t n;
};

static int put_listed(
	struct route_bytes *out, const struct route *r, const struct segment *s, struct places *places)
{
	places->at[s->self] = places->n++;
	if (put_segment(out, r, s) < 0)
		return -ENOMEM;
	while (s->also) {
		s = route_segment(r, s->also);
		places->at[s->self] = places->n++;
		if (put_segment(out, r, s) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* All in the queues' trees, then the other contacts: in an order that follows from the state alone. */
static int put_segments(struct route_bytes *out, const struct route *r, struct places *places)
{
	for (uint32_t i = 0; i < r->w.n_queues; i++) {
		uint32_t root = r->w.queues[i].root;
		for (const struct segment *s = route_order_first(r, ORDER_QUEUE, root); s;
			s = route_order_next(r, ORDER_QUEUE, root, s))
			if (put_listed(out, r, s, places) < 0)
				return -ENOMEM;
	}
	for (uint32_t i = 0; i < r->w.n_agents; i++)
		for (uint32_t k = r->w.agents[i].first; k; k = route_segment(r, k)->next) {
			const struct segment *s = route_segment(r, k);
			if (s->state != SEGMENT_OFFERED && put_listed(out, r, s, places) < 0)
				return -ENOMEM;
		}
	return 0;
}

static int put_agent(
	struct route_bytes *out, const struct route *r, const struct agent *a, const struct places *places)
{
	int flags =
		a->is_available * SAVED_AVAILABLE | a->is_gone * SAVED_GONE | a->is_resting * SAVED_RESTING;
	int n = 0;

	for (uint32_t k = a->first; k; k = route_segment(r, k)->next)
		n++;
	if (PUT(out, (int64_t)a->id, flags, a->idle_ms, a->rest_ms, a->busy_ms, a->available_ms, a->n_taken,
		    a->occupancy_ppm, a->misses, a->n_declined, n) < 0)
		return -ENOMEM;
	for (int i = 0; i < a->n_declined; i++)
		if (PUT(out, a->declined[i].stay, a->declined[i].until_ms) < 0)
			return -ENOMEM;
	for (uint32_t k = a->first; k; k = route_segment(r, k)->next)
		if (PUT(out, places->at[k]) < 0)
			return -ENOMEM;
	return 0;
}

static int put_queue(struct route_bytes *out, const struct queue *q)
{
	if (PUT(out, (int64_t)q->set.id, q->nobody_ms, q->owed, q->is_closed, q->departed_ms, q->interval_ms,
		    q->handle_ms, q->n_intervals, q->n_handled, q->was_backlogged, (int64_t)q->n_enqueued,
		    (int64_t)q->n_answered, (int64_t)q->n_cancelled, (int64_t)q->n_overflowed,
		    q->turns ? q->n_serving : 0) < 0)
		return -ENOMEM;
	for (uint32_t i = 0; q->turns && i < q->n_serving; i++)
		if (PUT(out, (int64_t)q->turns[i]) < 0)
			return -ENOMEM;
	return 0;
}

static int put_state(struct route_bytes *out, const struct route *r, struct places *places)
{
	if (PUT(out, SAVED_VERSION, r->now_ms, (int64_t)r->n_decisions, r->n_stays, r->n_segments,
		    r->w.n_agents, r->w.n_queues) < 0 ||
		put_segments(out, r, places) < 0)
		return -ENOMEM;
	for (uint32_t i = 0; i < r->w.n_agents; i++)
		if (put_agent(out, r, &r->w.agents[i], places) < 0)
			return -ENOMEM;
	for (uint32_t i = 0; i < r->w.n_queues; i++)
		if (put_queue(out, &r->w.queues[i]) < 0)
			return -ENOMEM;
	return 0;
}

int route_save(const struct route *r, struct route_bytes *ret_bytes)
{
	struct route_bytes out = {0};
	struct places places = {
		.at = alloc_array(r->chunks.len * ROUTE_CHUNK + 1, sizeof(*places.at)), .n = 0};
	int rc = places.at ? put_state(&out, r, &places) : -ENOMEM;

	alloc_free(places.at);
	if (rc < 0) {
		route_bytes_free(&out);
		return rc;
	}
	*ret_bytes = out;
	return 0;
}

void route_bytes_free(struct route_bytes *bytes)
{
	VEC_FREE(bytes);
}

static void copy_agent(
	const struct route *r, const struct agent *a, struct route_agent *to, struct route_skill *skills)
{
	*to = (struct route_agent){.id = a->id,
		.skills = skills,
		.n_skills = (int)a->n_skills,
		.is_persistent = a->is_persistent};
	for (uint32_t i = 0; i < a->n_skills; i++)
		skills[i] = (struct route_skill){r->w.skill_ids[a->skills[i] / 16], (int)(a->skills[i] % 16)};
	for (int c = 0; c < ROUTE_CHANNELS; c++) {
		to->capacity[c] = a->capacity[c];
		to->load[c] = a->load[c];
		to->interrupts[c] = a->interrupts[c];
	}
}

/* The queues of each agent from the agents of each queue: two passes, so that each list is in order of
 * queues. */
static void copy_serves(const struct route *r, struct route_copy *copy)
{
	struct route_serves *at = copy->serves;

	for (uint32_t i = 0; i < r->w.n_queues; i++)
		for (uint32_t k = 0; k < r->w.queues[i].n_serving; k++)
			copy->agents[r->w.queues[i].serving[k].agent].n_serves++;
	for (uint32_t i = 0; i < r->w.n_agents; i++) {
		copy->agents[i].serves = at;
		at += copy->agents[i].n_serves;
		copy->agents[i].n_serves = 0;
	}
	for (uint32_t i = 0; i < r->w.n_queues; i++)
		for (uint32_t k = 0; k < r->w.queues[i].n_serving; k++) {
			const struct serving *v = &r->w.queues[i].serving[k];
			struct route_agent *a = &copy->agents[v->agent];
			copy->serves[a->serves - copy->serves + a->n_serves++] =
				(struct route_serves){r->w.queues[i].set.id, v->level, v->position};
		}
}

int route_config_of(const struct route *r, struct route_copy *ret_copy)
{
	size_t skills = 1, serves = 1, at = 0;
	struct route_copy copy = {0};

	for (uint32_t i = 0; i < r->w.n_agents; i++)
		skills += r->w.agents[i].n_skills;
	for (uint32_t i = 0; i < r->w.n_queues; i++)
		serves += r->w.queues[i].n_serving;
	copy.agents = alloc_array((size_t)r->w.n_agents + 1, sizeof(*copy.agents));
	copy.queues = alloc_array((size_t)r->w.n_queues + 1, sizeof(*copy.queues));
	copy.skills = alloc_array(skills, sizeof(*copy.skills));
	copy.serves = alloc_array(serves, sizeof(*copy.serves));
	if (!copy.agents || !copy.queues || !copy.skills || !copy.serves) {
		route_copy_free(&copy);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < r->w.n_queues; i++)
		copy.queues[i] = r->w.queues[i].set;
	for (uint32_t i = 0; i < r->w.n_agents; at += r->w.agents[i++].n_skills)
		copy_agent(r, &r->w.agents[i], &copy.agents[i], &copy.skills[at]);
	copy_serves(r, &copy);
	copy.config = (struct route_config){
		r->w.version, copy.queues, (int)r->w.n_queues, copy.agents, (int)r->w.n_agents};
	*ret_copy = copy;
	return 0;
}

void route_copy_free(struct route_copy *copy)
{
	alloc_free(copy->agents);
	alloc_free(copy->queues);
	alloc_free(copy->skills);
	alloc_free(copy->serves);
	*copy = (struct route_copy){0};
}
