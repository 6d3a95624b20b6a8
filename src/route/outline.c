/* See outline.h. */
#include "route/outline.h"
#include "route/order.h"
#include "route/state.h"

/* A segment that waits or rings, as it entered. */
static struct route_input entry_of(const struct route *r, const struct segment *s)
{
	const struct terms *t = route_terms(r, s);
	const struct exclusion *e = s->is_excluding ? map_get(&r->exclusion_of, (uint64_t)s->stay + 1) : NULL;
	struct route_input in = {.kind = ROUTE_ENQUEUE,
		.segment = s->id,
		.queue = s->queue->set.id,
		.channel = s->channel,
		.priority = t->priority,
		.head_start_ms = t->head_start_ms,
		.target_ms = t->target_ms,
		.reserve_ms = t->reserve_ms,
		.waiting_since_ms = s->since_ms};

	for (int i = 0; s->need && i < s->need->n_own; i++)
		in.asks[in.n_asks++] = s->need->own[i];
	for (int i = 0; e && i < ROUTE_EXCLUDED_MAX; i++)
		if (e->agents[i])
			in.excluded[in.n_excluded++] = e->agents[i];
	if (s->state == SEGMENT_WAITING && s->agent && s->due_ms > r->now_ms) {
		in.preferred_agent = s->agent->id;
		in.preferred_patience_ms =
			(int32_t)(s->due_ms - r->now_ms > INT32_MAX ? INT32_MAX : s->due_ms - r->now_ms);
	}
	return in;
}

static void tell_queue(
	const struct route *r, const struct queue *q, route_outline_handler *on_input, void *arg)
{
	for (const struct segment *s = route_order_first(r, ORDER_QUEUE, q->root); s;
		s = route_order_next(r, ORDER_QUEUE, q->root, s)) {
		struct route_input in = entry_of(r, s);
		on_input(&in, arg);
	}
}

static void tell_contacts(
	const struct route *r, const struct agent *a, route_outline_handler *on_input, void *arg)
{
	for (uint32_t k = a->first; k; k = route_segment(r, k)->next) {
		const struct segment *s = route_segment(r, k);
		if (s->state != SEGMENT_CONNECTED)
			continue;
		on_input(&(struct route_input){.kind = ROUTE_ENGAGE,
				 .segment = s->id,
				 .agent = a->id,
				 .queue = s->queue ? s->queue->set.id : 0,
				 .channel = s->channel},
			arg);
	}
}

void route_outline(const struct route *r, route_outline_handler *on_input, void *arg)
{
	for (uint32_t i = 0; i < r->w.n_queues; i++)
		if (r->w.queues[i].is_closed)
			on_input(&(struct route_input){.kind = ROUTE_OPEN, .queue = r->w.queues[i].set.id},
				arg);
	for (uint32_t i = 0; i < r->w.n_agents; i++)
		if (r->w.agents[i].is_available)
			on_input(&(struct route_input){.kind = ROUTE_AVAILABLE,
					 .agent = r->w.agents[i].id,
					 .is_available = true},
				arg);
	for (uint32_t i = 0; i < r->w.n_agents; i++)
		tell_contacts(r, &r->w.agents[i], on_input, arg);
	for (uint32_t i = 0; i < r->w.n_queues; i++)
		tell_queue(r, &r->w.queues[i], on_input, arg);
}
