/* The life of a contact of an agent, as route.h tells it: each way it can end, what must be said then, and
 * what it does to the agent. */
#include "sim/fuzz/watch_parts.h"

#include <assert.h>

static const char ends[] = "everything_ends";

void watch_count_time(struct watch *w, struct watch_agent *a)
{
	int64_t passed = w->now_ms - a->counted_ms;

	if (a->n_contacts)
		a->busy_ms += passed;
	if (a->is_available)
		a->available_ms += passed;
	a->counted_ms = w->now_ms;
}

void watch_set_idle(struct watch *w, struct watch_agent *a)
{
	watch_count_time(w, a);
	a->occupied_ppm = a->available_ms ? a->busy_ms * 1000000 / a->available_ms : 0;
	if (a->occupied_ppm > UINT32_MAX)
		a->occupied_ppm = UINT32_MAX;
	a->idle_ms = w->now_ms;
}

struct watch_contact *watch_contact_of(struct watch_agent *a, uint64_t segment, enum watch_state state)
{
	for (int i = 0; i < a->n_contacts; i++)
		if (a->contacts[i].segment == segment && a->contacts[i].state == state)
			return &a->contacts[i];
	return NULL;
}

struct watch_contact *watch_contact_add(struct watch *w, struct watch_agent *a, struct watch_contact c)
{
	assert(a->n_contacts < WATCH_CONTACTS);
	watch_count_time(w, a);
	a->contacts[a->n_contacts] = c;
	return &a->contacts[a->n_contacts++];
}

void watch_contact_remove(struct watch *w, struct watch_agent *a, struct watch_contact *c)
{
	int i = (int)(c - a->contacts);

	watch_count_time(w, a);
	memmove(c, c + 1, (size_t)(a->n_contacts - i - 1) * sizeof(*c));
	a->n_contacts--;
}

static struct route_action about(const struct watch_agent *a, const struct watch_contact *c,
	enum route_action_kind kind, enum route_reason reason)
{
	return (struct route_action){
		kind, reason, .segment = c->segment, .agent = a->set.id, .queue = c->queue, .due_ms = 0};
}

void watch_leave(struct watch *w, struct watch_segment *s)
{
	for (int i = 0; i < w->n_agents; i++)
		VEC_EACH(&w->agents[i].declines, k)
	if (w->agents[i].declines.at[k].segment == s->in.segment)
		w->agents[i].declines.at[k].segment = 0;
	VEC_REMOVE(&w->segments, s - w->segments.at);
}

void watch_overflow(struct watch *w, struct watch_segment *s, enum route_reason reason)
{
	watch_expect(w, reason == ROUTE_DEADLINE ? ends : "books_balance",
		(struct route_action){
			ROUTE_OVERFLOW, reason, .segment = s->in.segment, .queue = s->in.queue});
	watch_queue_of(w, s->in.queue)->overflowed++;
	watch_leave(w, s);
}

struct watch_contact *watch_ringing(struct watch *w, uint64_t segment, struct watch_agent **ret_agent)
{
	struct watch_contact *first = NULL;

	for (int i = 0; i < w->n_agents; i++) {
		struct watch_contact *c = watch_contact_of(&w->agents[i], segment, WATCH_RINGING);
		if (!c || (first && first->order < c->order))
			continue;
		first = c;
		*ret_agent = &w->agents[i];
	}
	return first;
}

/* The contact c, an offer, is over without connection: the segment waits again, once nobody else rings. */
static void release(struct watch *w, struct watch_agent *a, struct watch_contact *c)
{
	struct watch_segment *s = watch_segment_of(w, c->segment);
	const struct watch_queue *q = watch_queue_of(w, s->in.queue);
	struct watch_agent *other;

	watch_contact_remove(w, a, c);
	if (watch_ringing(w, s->in.segment, &other))
		return;
	s->is_ringing = false;
	if (q->set.max_wait_ms && s->since_ms + q->set.max_wait_ms <= w->now_ms)
		watch_overflow(w, s, ROUTE_DEADLINE);
	else if (!q->is_open && q->set.is_left_when_closed)
		watch_overflow(w, s, ROUTE_CLOSED);
}

void watch_withdraw(struct watch *w, struct watch_agent *a, struct watch_contact *c, enum route_reason reason)
{
	watch_expect(w, ends, about(a, c, ROUTE_WITHDRAW, reason));
	release(w, a, c);
}

void watch_withdraw_all(struct watch *w, struct watch_agent *a, enum route_reason reason)
{
	for (int i = 0; i < a->n_contacts;)
		if (a->contacts[i].state == WATCH_RINGING)
			watch_withdraw(w, a, &a->contacts[i], reason);
		else
			i++;
}

static void rest(struct watch *w, struct watch_agent *a)
{
	a->is_resting = true;
	a->rest_ms = w->now_ms + ROUTE_RETRY_MS;
}

static void note_declined(struct watch *w, struct watch_agent *a, uint64_t segment)
{
	if (a->declines.len >= 4)
		rest(w, a);
	if (VEC_PUSH(&a->declines, (struct watch_decline){segment, w->now_ms + ROUTE_RETRY_MS}) < 0)
		watch_fail(w, "memory", "out of memory");
}

void watch_missed(struct watch *w, struct watch_agent *a, struct watch_contact *c)
{
	const struct watch_queue *q = watch_queue_of(w, c->queue);

	a->misses++;
	if (a->set.is_persistent || !q->set.misses_max || a->misses < q->set.misses_max) {
		note_declined(w, a, c->segment);
		release(w, a, c);
		return;
	}
	watch_expect(w, ends, about(a, c, ROUTE_NOT_RESPONDING, ROUTE_NO_REASON));
	release(w, a, c);
	watch_set_available(w, a, false);
}

void watch_failed(struct watch *w, struct watch_agent *a, struct watch_contact *c, enum route_fail fail)
{
	const struct watch_segment *s = watch_segment_of(w, c->segment);

	if (s->in.reserve_ms && (fail == ROUTE_NO_ANSWER || fail == ROUTE_UNREACHABLE))
		fail = ROUTE_WITHDRAWN;
	if (fail == ROUTE_BUSY || (fail == ROUTE_UNREACHABLE && a->set.is_persistent))
		rest(w, a);
	if (fail == ROUTE_NO_ANSWER || fail == ROUTE_UNREACHABLE) {
		watch_missed(w, a, c);
		return;
	}
	if (fail != ROUTE_BUSY)
		note_declined(w, a, c->segment);
	release(w, a, c);
}

void watch_accepted(struct watch *w, struct watch_agent *a, struct watch_contact *c)
{
	uint64_t segment = c->segment;
	struct watch_agent *other;
	struct watch_contact *rings;

	c->state = WATCH_CONNECTED;
	c->due_ms = NEVER;
	watch_queue_of(w, c->queue)->answered++;
	watch_set_idle(w, a);
	a->accepted++;
	a->misses = 0;
	while ((rings = watch_ringing(w, segment, &other)) && !w->is_failed) {
		watch_expect(w, "offered_to_one_at_most",
			about(other, rings, ROUTE_WITHDRAW, ROUTE_ANSWERED_ELSEWHERE));
		watch_contact_remove(w, other, rings);
	}
	watch_leave(w, watch_segment_of(w, segment));
}

void watch_ended(struct watch *w, struct watch_agent *a, struct watch_contact *c)
{
	const struct watch_queue *q = c->queue ? watch_queue_of(w, c->queue) : NULL;

	if (!q || !q->set.wrap_up_ms || a->is_gone) {
		watch_contact_remove(w, a, c);
		watch_set_idle(w, a);
		return;
	}
	c->state = WATCH_WRAP_UP;
	c->due_ms = w->now_ms + q->set.wrap_up_ms;
	struct route_action wrap = about(a, c, ROUTE_WRAP_UP, ROUTE_NO_REASON);
	wrap.due_ms = c->due_ms;
	watch_expect(w, ends, wrap);
}

void watch_wrap_up_over(
	struct watch *w, struct watch_agent *a, struct watch_contact *c, enum route_reason reason)
{
	watch_expect(w, ends, about(a, c, ROUTE_WRAP_UP_OVER, reason));
	watch_contact_remove(w, a, c);
	watch_set_idle(w, a);
}

void watch_set_available(struct watch *w, struct watch_agent *a, bool is_available)
{
	if (a->is_available == is_available)
		return;
	watch_count_time(w, a);
	a->is_available = is_available;
	if (is_available) {
		a->misses = 0;
		watch_set_idle(w, a);
		return;
	}
	watch_withdraw_all(w, a, ROUTE_AGENT_GONE);
}

void watch_check_patience(struct watch *w)
{
	VEC_EACH(&w->segments, i)
	{
		struct watch_segment *s = &w->segments.at[i];
		const struct watch_agent *a = s->is_patient ? watch_agent_of(w, s->in.preferred_agent) : NULL;
		if (s->is_patient && (!a || !a->is_available || !(watch_meets(w, s) & watch_bit(w, a))))
			s->is_patient = false;
	}
}

void watch_check_staffing(struct watch *w)
{
	for (int i = 0; i < w->n_queues; i++) {
		struct watch_queue *q = &w->queues[i];
		int last = q->set.n_rings ? q->set.n_rings - 1 : 0;
		bool is_staffed = false;
		for (int k = 0; k < w->n_agents && !is_staffed; k++)
			is_staffed = w->agents[k].is_available && watch_is_met(&w->agents[k], q, last, NULL);
		if (is_staffed)
			q->nobody_ms = NEVER;
		else if (q->nobody_ms == NEVER)
			q->nobody_ms = w->now_ms;
	}
}
