/* The books held against what the engine says of itself in public: counts, positions, the next deadline. */
#include "sim/fuzz/watch_parts.h"

static void count(struct watch *w, const struct watch_queue *q, struct route_queue_counts *ret)
{
	int last = q->set.n_rings ? q->set.n_rings - 1 : 0;

	*ret = (struct route_queue_counts){
		.oldest_waiting_since_ms = NEVER, .is_open = q->is_open, .owed = q->owed};
	VEC_EACH(&w->segments, i)
	{
		const struct watch_segment *s = &w->segments.at[i];
		if (s->in.queue != q->set.id)
			continue;
		ret->offered += s->is_ringing;
		ret->waiting += !s->is_ringing;
		if (s->since_ms < ret->oldest_waiting_since_ms)
			ret->oldest_waiting_since_ms = s->since_ms;
	}
	for (int i = 0; i < w->n_agents; i++) {
		const struct watch_agent *a = &w->agents[i];
		for (int k = 0; k < a->n_contacts; k++)
			ret->connected +=
				a->contacts[k].state == WATCH_CONNECTED && a->contacts[k].queue == q->set.id;
		if (!a->is_available || !watch_is_met(a, q, last, NULL))
			continue;
		ret->agents_available++;
		ret->agents_free += watch_is_free(w, a, q);
	}
}

static void same(struct watch *w, const char *invariant, const struct watch_queue *q, const char *what,
	int64_t said, int64_t counted)
{
	if (said != counted)
		watch_fail(w, invariant, "queue %llu: %s is %lld; counted %lld",
			(unsigned long long)q->set.id, what, (long long)said, (long long)counted);
}

static void look_at_queue(struct watch *w, const struct route *r, const struct watch_queue *q)
{
	struct route_queue_counts said, mine;
	static const char books[] = "books_balance";

	if (route_queue_counts(r, q->set.id, &said) < 0) {
		watch_fail(w, books, "queue %llu is not known", (unsigned long long)q->set.id);
		return;
	}
	count(w, q, &mine);
	same(w, books, q, "waiting", said.waiting, mine.waiting);
	same(w, books, q, "offered", said.offered, mine.offered);
	same(w, books, q, "connected", said.connected, mine.connected);
	same(w, books, q, "agents_available", said.agents_available, mine.agents_available);
	same(w, books, q, "agents_free", said.agents_free, mine.agents_free);
	same(w, books, q, "oldest_waiting_since_ms", said.oldest_waiting_since_ms,
		mine.oldest_waiting_since_ms);
	same(w, "refusals_are_right", q, "is_open", said.is_open, mine.is_open);
	same(w, "nobody_starves", q, "owed", said.owed, mine.owed);
	same(w, books, q, "entered - answered - cancelled - overflowed",
		q->entered - q->answered - q->cancelled - q->overflowed, said.waiting + said.offered);
}

static void look_at_positions(struct watch *w, const struct route *r)
{
	VEC_EACH(&w->segments, i)
	{
		const struct watch_segment *s = &w->segments.at[i];
		int mine = !s->is_ringing;
		for (size_t k = 0; mine && k < w->segments.len; k++) {
			const struct watch_segment *o = &w->segments.at[k];
			mine += o != s && !o->is_ringing && o->in.queue == s->in.queue &&
				watch_is_ranked_before(w, o, s);
		}
		int said = route_position(r, s->in.segment);
		if (said != mine)
			watch_fail(w, "order_respected", "segment %llu: position is %d; counted %d",
				(unsigned long long)s->in.segment, said, mine);
	}
}

const struct watch_fault *watch_look(struct watch *w, const struct route *r)
{
	for (int i = 0; i < w->n_queues; i++)
		look_at_queue(w, r, &w->queues[i]);
	look_at_positions(w, r);
	int64_t said = route_next_due(r), mine = watch_next_due(w);
	if (said > mine)
		watch_fail(w, "everything_ends", "the next deadline is %lld; expected %lld at the latest",
			(long long)said, (long long)mine);
	if (said <= w->now_ms)
		watch_fail(w, "everything_ends", "the next deadline is %lld, which has passed already",
			(long long)said);
	return w->is_failed ? &w->fault : NULL;
}

const struct watch_fault *watch_end(struct watch *w, const struct route *r)
{
	for (int i = 0; i < w->n_agents; i++)
		for (int k = 0; k < w->agents[i].n_contacts; k++) {
			const struct watch_contact *c = &w->agents[i].contacts[k];
			if (c->state != WATCH_CONNECTED)
				watch_fail(w, "everything_ends", "segment %llu still %s at agent %llu",
					(unsigned long long)c->segment,
					c->state == WATCH_RINGING ? "rings" : "is in wrap-up",
					(unsigned long long)w->agents[i].set.id);
		}
	return w->is_failed ? &w->fault : watch_look(w, r);
}
