/* The plain model: what each decision was made from. See model.h. */
#include "route/model/model_parts.h"

static struct model_candidate candidate(struct model *m, const struct model_queue *q,
	const struct model_segment *s, const struct model_agent *a, int level)
{
	struct route_ring ring = model_ring_of(q, s->ring);
	struct model_candidate c = {.agent = a->set.id, .level = level};
	struct model_agent rested = *a;

	c.unmet = model_unmet(a, q->set.asks, q->set.n_asks, 0, true) +
		  model_unmet(a, s->in.asks, s->in.n_asks, 0, true);
	c.idle_ms = m->now_ms - a->idle_ms;
	c.bars |= a->is_available ? 0 : MODEL_AWAY;
	c.bars |= a->is_resting || model_has_declined(s, a) ? MODEL_RESTS : 0;
	c.bars |= model_is_excluded(s, a) ? MODEL_EXCLUDED : 0;
	if (model_unmet(a, q->set.asks, q->set.n_asks, ring.relax, false) ||
		model_unmet(a, s->in.asks, s->in.n_asks, ring.relax, false))
		c.bars |= MODEL_UNSKILLED;
	c.bars |= level > ring.level ? MODEL_UNREACHED : 0;
	rested.is_available = true;
	rested.is_resting = false;
	c.bars |= model_is_free(m, &rested, q) ? 0 : MODEL_FULL;
	c.key = model_serves(q, a) ? model_key(q, s, a) : 0;
	return c;
}

void model_note_decision(
	struct model *m, const struct model_segment *s, const struct model_agent *a, bool is_by_hand)
{
	const struct model_queue *q = model_queue_of(m, s->queue);
	struct model_decision *d = &m->decisions[m->n_decisions % MODEL_DECISIONS];

	*d = (struct model_decision){.number = m->n_decisions,
		.segment = s->id,
		.queue = s->queue,
		.agent = a->set.id,
		.how = is_by_hand	? ROUTE_BY_HAND
		       : s->preferred	? ROUTE_BY_PREFERENCE
		       : q->owed >= 100 ? ROUTE_BY_SHARE
					: ROUTE_BY_ORDER,
		.strategy = q->set.strategy,
		.priority = q->set.priority + s->in.priority,
		.ring = s->ring,
		.waited_ms = m->now_ms - s->since_ms};
	EACH_AGENT(m, b)
	for (int i = 0; i < b->set.n_serves && !b->is_gone; i++)
		if (b->serves[i].queue == s->queue)
			d->candidates[d->n++] = candidate(m, q, s, b, b->serves[i].level);
}

const struct model_decision *model_why(const struct model *m, uint64_t decision)
{
	const struct model_decision *d = &m->decisions[decision % MODEL_DECISIONS];

	return decision && d->number == decision ? d : NULL;
}
