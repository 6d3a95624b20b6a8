/* One number for a whole state. Sums over things in no order (segments are found through a hash), so each is
 * mixed by itself first. What can be told from the rest (trees, tournaments, counts) does not go in. */
#include "route/state.h"

static uint64_t mix(uint64_t h, uint64_t v) /* the finaliser of splitmix64 (Steele, Lea, Flood 2014) */
{
	h = (h ^ v) + UINT64_C(0x9e3779b97f4a7c15);
	h = (h ^ (h >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	h = (h ^ (h >> 27)) * UINT64_C(0x94d049bb133111eb);
	return h ^ (h >> 31);
}

static uint64_t of_segment(const struct route *r, const struct segment *s)
{
	const struct terms *t = route_terms(r, s);
	uint64_t h = mix(mix(s->id, (uint64_t)s->since_ms), (uint64_t)(s->is_queued ? s->rank_ms : 0));

	h = mix(mix(h, (uint64_t)(s->is_queued ? s->band : 0)), s->stay);
	h = mix(mix(h, s->queue ? s->queue->set.id : 0), s->agent ? s->agent->id : 0);
	h = mix(mix(h, (uint64_t)s->due_ms), (uint64_t)s->announce_ms);
	h = mix(h, (uint64_t)s->state << 32 | (uint64_t)s->channel << 24 | (uint64_t)s->ring << 16 |
			   (uint64_t)s->is_assigned << 3 | (uint64_t)s->is_declined << 2 |
			   (uint64_t)s->is_excluding << 1 | s->is_warned);
	const struct exclusion *e = s->is_excluding ? map_get(&r->exclusion_of, (uint64_t)s->stay + 1) : NULL;
	for (int i = 0; e && i < ROUTE_EXCLUDED_MAX; i++)
		h = mix(h, e->agents[i]);
	h = mix(h, s->need ? s->need->hash : 0);
	h = mix(mix(h, (uint64_t)t->priority), (uint64_t)t->head_start_ms);
	return mix(mix(h, (uint64_t)t->target_ms), (uint64_t)t->reserve_ms);
}

static uint64_t of_agent(const struct route *r, const struct agent *a)
{
	uint64_t h = mix(mix(a->id, (uint64_t)a->idle_ms), a->is_resting ? a->rest_ms : 0);

	h = mix(h, (uint64_t)a->is_available << 2 | (uint64_t)a->is_gone << 1 | a->is_resting);
	h = mix(mix(h, (uint64_t)a->busy_ms), (uint64_t)a->available_ms);
	h = mix(mix(mix(h, a->n_taken), a->occupancy_ppm), a->misses);
	for (int i = 0; i < a->n_declined; i++)
		h = mix(mix(h, a->declined[i].stay), a->declined[i].until_ms);
	for (uint32_t i = a->first; i; i = route_segment(r, i)->next)
		h = mix(h, of_segment(r, route_segment(r, i)));
	return h;
}

static uint64_t of_queue(const struct route *r, const struct queue *q)
{
	uint64_t h = mix(mix(q->set.id, (uint64_t)q->nobody_ms), (uint64_t)q->owed);

	h = mix(mix(mix(h, q->is_closed), (uint64_t)q->departed_ms), (uint64_t)q->interval_ms);
	h = mix(mix(mix(h, (uint64_t)q->handle_ms), q->n_intervals), q->n_handled);
	h = mix(mix(mix(h, q->was_backlogged), q->n_enqueued), q->n_answered);
	h = mix(mix(h, q->n_cancelled), q->n_overflowed);
	for (uint32_t i = 0; q->turns && i < q->n_serving; i++)
		h = mix(mix(h, r->w.agents[q->serving[i].agent].id), q->turns[i]);
	return h;
}

uint64_t route_digest(const struct route *r)
{
	uint64_t sum = mix(mix(mix(1, r->w.version), r->n_decisions), r->n_stays);
	const struct segment *s;

	for (size_t i = 0; (s = map_next(&r->segment_of, &i));)
		sum += of_segment(r, s);
	for (uint32_t i = 0; i < r->w.n_agents; i++)
		sum += of_agent(r, &r->w.agents[i]);
	for (uint32_t i = 0; i < r->w.n_queues; i++)
		sum += of_queue(r, &r->w.queues[i]);
	VEC_EACH(&r->timers, i)
	sum += mix(2, (uint64_t)r->timers.at[i].due_ms);
	return sum;
}
