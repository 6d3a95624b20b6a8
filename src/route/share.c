/* See share.h. */
#include "route/share.h"
#include "route/match.h"
#include "route/need.h"

int route_share_owed(const struct segment *s)
{
	return s->queue->owed >= ROUTE_OWED ? s->queue->owed : 0;
}

static void gain(struct queue *q, uint64_t decision)
{
	if (!q->set.share_pct || q->counted == decision)
		return;
	q->counted = decision;
	q->owed += q->set.share_pct;
	if (q->owed > ROUTE_OWED_MAX)
		q->owed = ROUTE_OWED_MAX;
}

void route_share_count(struct route *r, const struct segment *s, const struct agent *a)
{
	uint64_t decision = r->n_decisions + 1;
	uint8_t mask;

	if (!r->w.is_sharing)
		return;
	mask = route_agent_free_mask(a);
	for (size_t i = 0; i < a->needs.len; i++) {
		const struct head *h = &r->w.heads.at[a->needs.at[i].need];
		if (!h->is_sharing || !h->first || !(mask & 1u << h->channel))
			continue;
		struct queue *q = r->w.needs.at[a->needs.at[i].need]->queue;
		if (!route_queue_is_full_for(r, q, a))
			gain(q, decision);
	}
	gain(s->queue, decision);
	if (s->queue->set.share_pct && (s->queue->owed -= 100) < -ROUTE_OWED_MAX)
		s->queue->owed = -ROUTE_OWED_MAX;
}
