/* Offers: the rule of route.h applied to the books until nothing changes, each offer expected of the engine
 * in its turn; and the shares that are counted with it. */
#include "sim/fuzz/watch_parts.h"

#include <assert.h>

/* The decisions an owed queue may be passed over in while somebody could have taken from it (stated only for
 * shares that can all be kept, that is of 100 in all; K queues with a share).
 *
 * Each of them adds share_pct to what the queue is owed, so after 500 / share_pct of them it is owed (from
 * -400 to 100). From there on it is passed over only for queues owed at least as much. What the others are
 * owed in all, at most 400 each, falls by at least share_pct with each such decision: they gain 100 -
 * share_pct together and lose 100. So that can happen 400 * (K - 1) / share_pct times before none of them is
 * owed more; twice that for what they gain while somebody who may not take from them decides. */
static int bound(const struct watch *w, const struct watch_queue *q)
{
	int k = 0, all = 0;

	for (int i = 0; i < w->n_queues; i++) {
		k += w->queues[i].set.share_pct > 0;
		all += w->queues[i].set.share_pct;
	}
	if (all > 100 || !q->set.share_pct)
		return 0;
	return (500 + 800 * (k - 1)) / q->set.share_pct + k + 1;
}

static bool has_waiting_for(
	struct watch *w, const struct watch_queue *q, const struct watch_agent *a, bool may_take)
{
	VEC_EACH(&w->segments, i)
	{
		struct watch_segment *s = &w->segments.at[i];
		if (s->in.queue != q->set.id || s->is_ringing || s->is_patient)
			continue;
		if ((may_take ? watch_takers(w, s) : watch_meets(w, s)) & watch_bit(w, a))
			return true;
	}
	return false;
}

static int clamp(int owed)
{
	return owed > 400 ? 400 : owed < -400 ? -400 : owed;
}

/* Before the offer of s to a by order or share. */
static void count_share(struct watch *w, const struct watch_segment *s, const struct watch_agent *a)
{
	struct watch_queue *chosen = watch_queue_of(w, s->in.queue);

	for (int i = 0; i < w->n_queues; i++) {
		struct watch_queue *q = &w->queues[i];
		if (!q->set.share_pct || !watch_is_free(w, a, q) || !has_waiting_for(w, q, a, false))
			continue;
		q->owed = clamp(q->owed + q->set.share_pct);
		if (q == chosen || !has_waiting_for(w, q, a, true))
			continue;
		q->passed_over++;
		if (bound(w, q) && q->passed_over > bound(w, q))
			watch_fail(w, "nobody_starves",
				"queue %llu with a share of %d %% was passed over %d times in a row",
				(unsigned long long)q->set.id, q->set.share_pct, q->passed_over);
	}
	if (chosen->set.share_pct)
		chosen->owed = clamp(chosen->owed - 100);
}

static void take_turn(struct watch *w, struct watch_agent *a, uint64_t queue)
{
	struct watch_turn *t = NULL;

	for (int i = 0; i < WATCH_SERVES && !t; i++)
		if (a->turns[i].queue == queue)
			t = &a->turns[i];
	for (int i = 0; i < WATCH_SERVES && !t; i++)
		if (!a->turns[i].queue)
			t = &a->turns[i];
	assert(t);
	*t = (struct watch_turn){queue, w->decision};
}

static int64_t after(int64_t a, int64_t ms)
{
	return a + ms;
}

/* The offer itself, expected and written down. */
static void offer(
	struct watch *w, struct watch_segment *s, struct watch_agent *a, enum watch_how how, bool is_new)
{
	const struct watch_queue *q = watch_queue_of(w, s->in.queue);
	bool is_reserve = s->in.reserve_ms > 0;
	int64_t due = after(w->now_ms, is_reserve ? s->in.reserve_ms : q->set.ring_timeout_ms);
	const char *invariant = "nobody_waits_while_someone_may_take_it";

	if (how == WATCH_BY_SHARE || (how == WATCH_BY_ORDER && q->set.age_ms))
		invariant = "nobody_starves";
	else if (how == WATCH_BY_HAND)
		invariant = "refusals_are_right";
	uint64_t number = w->at < w->seen->n ? w->seen->at[w->at].decision : 0;
	watch_expect(w, invariant,
		(struct route_action){is_reserve ? ROUTE_RESERVE : ROUTE_OFFER, .segment = s->in.segment,
			.agent = a->set.id, .queue = s->in.queue, .due_ms = due});
	if (number < w->decision + is_new)
		watch_fail(w, "order_respected", "the decision's number is %llu after %llu",
			(unsigned long long)number, (unsigned long long)w->decision);
	w->decision = number;
	watch_contact_add(w, a,
		(struct watch_contact){.segment = s->in.segment,
			.queue = s->in.queue,
			.state = WATCH_RINGING,
			.channel = s->in.channel,
			.is_found_by_id = true,
			.is_by_hand = how == WATCH_BY_HAND,
			.due_ms = due,
			.order = ++w->n_offers});
	if (q->set.strategy == ROUTE_ROUND_ROBIN && watch_serving(a, s->in.queue))
		take_turn(w, a, s->in.queue);
	s->is_ringing = true;
	s->is_patient = false;
}

void watch_offer_by_hand(struct watch *w, struct watch_segment *s, struct watch_agent *a)
{
	offer(w, s, a, WATCH_BY_HAND, true);
}

/* Of the set, the first for s. */
static struct watch_agent *first_agent(struct watch *w, const struct watch_segment *s, uint32_t set)
{
	struct watch_agent *best = NULL;

	for (int i = 0; i < w->n_agents; i++) {
		struct watch_agent *a = &w->agents[i];
		if (set & watch_bit(w, a) && (!best || watch_is_agent_before(w, s, a, best)))
			best = a;
	}
	return best;
}

static void decide(struct watch *w, struct watch_segment *s)
{
	const struct watch_queue *q = watch_queue_of(w, s->in.queue);
	uint32_t takers = watch_takers(w, s);
	struct watch_agent *a = first_agent(w, s, takers);
	enum watch_how how = s->is_patient    ? WATCH_BY_PREFERENCE
			     : q->owed >= 100 ? WATCH_BY_SHARE
					      : WATCH_BY_ORDER;
	bool is_all = q->set.strategy == ROUTE_RING_ALL && !s->is_patient && !s->in.reserve_ms;

	if (how != WATCH_BY_PREFERENCE)
		count_share(w, s, a);
	watch_queue_of(w, s->in.queue)->passed_over = 0;
	offer(w, s, a, how, true);
	for (int n = 1; is_all && n < ROUTE_RING_ALL_MAX && !w->is_failed; n++) {
		takers &= ~watch_bit(w, a);
		a = watch_takers(w, s) & takers ? first_agent(w, s, takers) : NULL; /* keep_free stay free */
		if (!a)
			break;
		offer(w, s, a, how, false);
	}
}

void watch_settle(struct watch *w)
{
	while (!w->is_failed) {
		struct watch_segment *best = NULL;
		VEC_EACH(&w->segments, i)
		{
			struct watch_segment *s = &w->segments.at[i];
			if (!s->is_ringing && (!best || watch_is_segment_before(w, s, best)) &&
				watch_takers(w, s))
				best = s;
		}
		if (!best)
			return;
		decide(w, best);
	}
}

const char *watch_wrong_offer(struct watch *w, const struct route_action *action)
{
	struct watch_segment *s = watch_segment_of(w, action->segment);
	struct watch_agent *a = watch_agent_of(w, action->agent);

	if (!s)
		return "never_offered_when_gone";
	if (s->is_ringing)
		return "offered_to_one_at_most";
	const struct watch_queue *q = watch_queue_of(w, s->in.queue);
	if (a && !watch_is_free(w, a, q) && a->is_available && !a->is_resting)
		return "capacity_never_exceeded";
	if (!a || !(watch_takers(w, s) & watch_bit(w, a)))
		return "order_respected";
	return NULL;
}
