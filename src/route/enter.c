/* See enter.h. */
#include "route/enter.h"
#include "route/ask.h"
#include "route/contact.h"
#include "route/deadline.h"
#include "route/estimate.h"
#include "route/match.h"
#include "route/need.h"
#include "route/order.h"

struct agent *route_agent_of(const struct route *r, uint64_t id)
{
	struct agent *a = map_get(&r->w.agent_of, id);

	return a && !a->is_gone ? a : NULL;
}

int route_refuse(struct route *r, const struct route_input *in, enum route_reason reason)
{
	route_act(r, (struct route_action){ROUTE_REFUSED, reason, .segment = in->segment, .agent = in->agent,
			     .queue = in->queue});
	return 0;
}

bool route_may_be_given(const struct segment *s, const struct agent *a)
{
	if (!a || !a->is_available || a->used[s->channel] >= a->capacity[s->channel])
		return false;
	return route_agent_has_load_for(a, s->channel);
}

void route_give(struct route *r, struct segment *s, struct agent *a)
{
	route_agent_touch(r, a);
	route_offer(r, s, a, ROUTE_BY_HAND);
}

void route_rank(const struct route *r, struct segment *s)
{
	const struct route_queue *set = &s->queue->set;
	const struct terms *t = route_terms(r, s);
	int64_t priority = (int64_t)set->priority + t->priority;
	int64_t rank = s->since_ms - t->head_start_ms;

	if (set->is_by_due)
		rank += t->target_ms ? t->target_ms : set->target_ms;
	s->band = set->age_ms ? 0 : (int32_t)priority;
	s->rank_ms = rank - priority * set->age_ms;
}

static int check_enqueue(const struct route_input *in)
{
	if (!in->segment || in->preferred_patience_ms < 0 || in->reserve_ms < 0 || in->target_ms < 0 ||
		in->head_start_ms < 0 || in->head_start_ms > ROUTE_EXTEND_MAX_MS)
		return -EINVAL;
	if (in->priority < -ROUTE_PRIORITY_MAX || in->priority > ROUTE_PRIORITY_MAX)
		return -EINVAL;
	if (in->n_excluded < 0 || in->n_excluded > ROUTE_EXCLUDED_MAX)
		return -EINVAL;
	return route_asks_check(in->asks, in->n_asks);
}

static int64_t since_of(const struct route *r, const struct route_input *in)
{
	int64_t first = r->now_ms - ROUTE_PAST_MAX_MS;

	if (in->waiting_since_ms < first)
		return first;
	return in->waiting_since_ms < r->now_ms ? in->waiting_since_ms : r->now_ms;
}

/* The need of what is asked, made when it is new; NULL when memory is out. */
static struct need *need_for(struct route *r, struct queue *q, const struct route_input *in)
{
	struct route_ask own[ROUTE_ASKS_MAX];
	int64_t waited_ms = r->now_ms - since_of(r, in);

	memcpy(own, in->asks, (size_t)in->n_asks * sizeof(*own));
	route_asks_sort(own, in->n_asks);
	return route_need_get(r, q, route_ring_at(q, waited_ms), own, in->n_asks);
}

static int64_t first_announcement(const struct queue *q, int64_t now_ms)
{
	int32_t after = q->set.announce_first_ms ? q->set.announce_first_ms : q->set.announce_every_ms;

	return after ? route_later(now_ms, after) : INT64_MAX;
}

static void prefer(struct route *r, struct segment *s, const struct route_input *in)
{
	struct agent *a = in->preferred_agent ? route_agent_of(r, in->preferred_agent) : NULL;

	if (!a || !a->is_available || !route_need_is_met(s->need, a) || route_is_barred(r, a, s))
		return;
	s->agent = a;
	s->due_ms = route_later(r->now_ms, in->preferred_patience_ms);
	if (!in->preferred_patience_ms && !route_agent_for(r, s))
		s->agent = NULL;
}

static int exclude(struct route *r, struct segment *s, const struct route_input *in)
{
	struct exclusion *e = in->n_excluded ? alloc_zero(sizeof(*e)) : NULL;

	if (!in->n_excluded)
		return 0;
	if (!e || map_put(&r->exclusion_of, (uint64_t)s->stay + 1, e) < 0) {
		alloc_free(e);
		return -ENOMEM;
	}
	memcpy(e->agents, in->excluded, (size_t)in->n_excluded * sizeof(*e->agents));
	s->is_excluding = true;
	return 0;
}

static int fill_segment(struct route *r, struct segment *s, struct queue *q, const struct route_input *in)
{
	*route_terms(r, s) = (struct terms){in->priority, in->head_start_ms, in->target_ms, in->reserve_ms};
	s->id = in->segment;
	s->since_ms = since_of(r, in);
	s->queue = q;
	s->channel = (uint8_t)in->channel;
	s->ring = s->need->ring;
	s->state = SEGMENT_WAITING;
	s->announce_ms = first_announcement(q, r->now_ms);
	route_rank(r, s);
	if (exclude(r, s, in) < 0)
		return -ENOMEM;
	prefer(r, s, in);
	return 0;
}

/* Why a newcomer is not taken, or ROUTE_NO_REASON. */
static enum route_reason reason_against(const struct route *r, const struct queue *q, const struct segment *s)
{
	const struct route_queue *set = &q->set;

	if (s->since_ms < r->now_ms) /* keeps its place */
		return ROUTE_NO_REASON;
	if (q->is_closed)
		return ROUTE_CLOSED;
	if (route_queue_is_left(r, q))
		return ROUTE_NO_AGENTS;
	if ((!set->capacity && !set->max_estimate_ms) || route_agent_for(r, s))
		return ROUTE_NO_REASON;
	if (set->capacity && route_queue_waiting(r, q) >= (uint32_t)set->capacity)
		return ROUTE_QUEUE_FULL;
	if (set->max_estimate_ms &&
		route_estimate_wait(q, route_order_rank(r, q->root, s) + 1, r->now_ms) > set->max_estimate_ms)
		return ROUTE_ESTIMATE_TOO_LONG;
	return ROUTE_NO_REASON;
}

static int drop(struct route *r, struct segment *s, const struct route_input *in, enum route_reason reason)
{
	if (s->is_excluding)
		alloc_free(map_remove(&r->exclusion_of, (uint64_t)s->stay + 1));
	r->n_stays--; /* as if it had never been: it was the newest */
	route_segment_free(r, s);
	return route_refuse(r, in, reason);
}

static int admit(struct route *r, struct queue *q, const struct route_input *in, struct segment *s)
{
	if (fill_segment(r, s, q, in) < 0)
		return drop(r, s, in, ROUTE_NO_MEMORY);
	enum route_reason reason = reason_against(r, q, s);
	if (reason)
		return drop(r, s, in, reason);
	if (map_put(&r->segment_of, s->id, s) < 0)
		return drop(r, s, in, ROUTE_NO_MEMORY);
	s->is_mapped = s->is_queued = true;
	s->need->n_segments++;
	q->n_enqueued++;
	route_order_insert(r, ORDER_QUEUE, &q->root, s);
	route_segment_touch(r, s);
	return 0;
}

int route_enqueue(struct route *r, const struct route_input *in)
{
	struct queue *q = map_get(&r->w.queue_of, in->queue);

	if (check_enqueue(in) < 0)
		return -EINVAL;
	if (!q)
		return route_refuse(r, in, ROUTE_UNKNOWN_QUEUE);
	if (in->channel != q->set.channel)
		return -EINVAL;
	if (map_get(&r->segment_of, in->segment))
		return route_refuse(r, in, ROUTE_DUPLICATE);
	struct need *n = need_for(r, q, in);
	struct segment *s = n ? route_segment_new(r) : NULL;
	if (!s)
		return route_refuse(r, in, ROUTE_NO_MEMORY);
	s->need = n;
	int err = admit(r, q, in, s);
	struct agent *a = in->agent ? route_agent_of(r, in->agent) : NULL;
	if (a && map_get(&r->segment_of, in->segment) == s && route_may_be_given(s, a)) {
		r->dirty_segments = s->next; /* touched last: it has a place already */
		route_give(r, s, a);
	}
	return err;
}
