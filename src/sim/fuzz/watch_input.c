/* What each input must be answered and do, by route.h. */
#include "sim/fuzz/watch_parts.h"

static const char refusals[] = "refusals_are_right";

static bool is_ask_fine(const struct route_ask *asks, int i)
{
	if (!asks[i].skill || asks[i].level < 1 || asks[i].level > ROUTE_LEVEL_MAX ||
		asks[i].kind > ROUTE_NOT)
		return false;
	for (int k = 0; k < i; k++)
		if (asks[i].any && asks[k].any == asks[i].any && asks[k].kind != asks[i].kind)
			return false;
	return true;
}

bool watch_are_asks_fine(const struct route_ask *asks, int n)
{
	if (n < 0 || n > ROUTE_ASKS_MAX)
		return false;
	for (int i = 0; i < n; i++)
		if (!is_ask_fine(asks, i))
			return false;
	return true;
}

static bool is_enqueue_fine(const struct route_input *in)
{
	if (!in->segment || in->n_excluded < 0 || in->n_excluded > ROUTE_EXCLUDED_MAX)
		return false;
	if (in->priority < -ROUTE_PRIORITY_MAX || in->priority > ROUTE_PRIORITY_MAX)
		return false;
	if (in->head_start_ms < 0 || in->head_start_ms > ROUTE_EXTEND_MAX_MS || in->target_ms < 0 ||
		in->reserve_ms < 0 || in->preferred_patience_ms < 0)
		return false;
	return watch_are_asks_fine(in->asks, in->n_asks);
}

static int refuse(struct watch *w, const struct route_input *in, enum route_reason reason)
{
	watch_expect(w, refusals,
		(struct route_action){ROUTE_REFUSED, reason, .segment = in->segment, .agent = in->agent,
			.queue = in->queue});
	return 0;
}

static int64_t first_announcement(const struct watch *w, const struct watch_queue *q)
{
	int32_t after = q->set.announce_first_ms ? q->set.announce_first_ms : q->set.announce_every_ms;

	return after ? w->now_ms + after : NEVER;
}

static bool is_excluded(const struct route_input *in, uint64_t agent)
{
	for (int i = 0; i < in->n_excluded; i++)
		if (in->excluded[i] == agent)
			return true;
	return false;
}

static void prefer(struct watch *w, struct watch_segment *s)
{
	struct watch_agent *a = watch_agent_of(w, s->in.preferred_agent);

	if (!a || !a->is_available || is_excluded(&s->in, a->set.id) ||
		!(watch_meets(w, s) & watch_bit(w, a)))
		return;
	s->is_patient = true;
	s->patience_ms = w->now_ms + s->in.preferred_patience_ms;
	if (!s->in.preferred_patience_ms && !watch_takers(w, s))
		s->is_patient = false;
}

static struct watch_segment as_entered(
	const struct watch *w, const struct watch_queue *q, const struct route_input *in)
{
	struct watch_segment s = {.in = *in, .announce_ms = first_announcement(w, q)};

	s.in.config = NULL;
	s.since_ms = in->waiting_since_ms < w->now_ms ? in->waiting_since_ms : w->now_ms;
	if (s.since_ms < w->now_ms - ROUTE_PAST_MAX_MS)
		s.since_ms = w->now_ms - ROUTE_PAST_MAX_MS;
	while (s.ring + 1 < q->set.n_rings && s.since_ms + q->set.rings[s.ring + 1].after_ms <= w->now_ms)
		s.ring++;
	return s;
}

static int waiting_in(const struct watch *w, uint64_t queue)
{
	int n = 0;

	VEC_EACH(&w->segments, i)
	n += w->segments.at[i].in.queue == queue && !w->segments.at[i].is_ringing;
	return n;
}

/* The estimated wait at the place s would have, from the engine's for the last place: it grows with the
 * position (route/estimate.h). -1 unknown, also to us: a division was rounded, or the engine tells 0 as
 * agents are free. */
static int64_t estimate_for(struct watch *w, const struct watch_segment *s)
{
	int waiting = waiting_in(w, s->in.queue), before = 0;

	VEC_EACH(&w->segments, i)
	{
		const struct watch_segment *o = &w->segments.at[i];
		before += o->in.queue == s->in.queue && !o->is_ringing && watch_is_ranked_before(w, o, s);
	}
	if (w->seen->estimate_ms <= 0)
		return w->seen->estimate_ms;
	return w->seen->estimate_ms * (before + 1) / (waiting + 1);
}

/* Whether the newcomer s waits too long to be taken. */
static bool is_too_long(struct watch *w, const struct watch_queue *q, const struct watch_segment *s)
{
	int64_t estimate = estimate_for(w, s), max = q->set.max_estimate_ms;
	const struct route_action *came = w->seen->n ? &w->seen->at[0] : NULL;

	if (!max || w->seen->estimate_ms < 0)
		return false;
	if (w->seen->estimate_ms == 0 || (estimate >= max - 1 && estimate <= max + 1))
		return came && came->kind == ROUTE_REFUSED && came->reason == ROUTE_ESTIMATE_TOO_LONG;
	return estimate > max;
}

/* Why a newcomer is not taken; ROUTE_NO_REASON: it is. */
static enum route_reason refusal(struct watch *w, const struct watch_queue *q, struct watch_segment *s)
{
	if (s->since_ms < w->now_ms)
		return ROUTE_NO_REASON;
	if (!q->is_open)
		return ROUTE_CLOSED;
	if (q->set.is_left_without_agents && q->nobody_ms != NEVER &&
		q->nobody_ms + q->set.no_agents_ms <= w->now_ms)
		return ROUTE_NO_AGENTS;
	if (watch_takers(w, s))
		return ROUTE_NO_REASON;
	if (q->set.capacity && waiting_in(w, q->set.id) >= q->set.capacity)
		return ROUTE_QUEUE_FULL;
	return is_too_long(w, q, s) ? ROUTE_ESTIMATE_TOO_LONG : ROUTE_NO_REASON;
}

static bool may_be_given(const struct watch_agent *a, enum route_channel channel)
{
	return a && !a->is_gone && a->is_available && watch_has_room(a, channel);
}

/* The connected contact the segment itself became (an agent may have engaged in it, too). */
static struct watch_contact *connected(struct watch *w, uint64_t segment, struct watch_agent **ret_agent)
{
	for (int i = 0; i < w->n_agents; i++)
		for (int k = 0; k < w->agents[i].n_contacts; k++) {
			struct watch_contact *c = &w->agents[i].contacts[k];
			if (c->segment != segment || c->state != WATCH_CONNECTED || !c->is_found_by_id)
				continue;
			*ret_agent = &w->agents[i];
			return c;
		}
	return NULL;
}

static bool is_known(struct watch *w, uint64_t segment)
{
	struct watch_agent *a;

	return watch_segment_of(w, segment) || connected(w, segment, &a);
}

static int enqueue(struct watch *w, const struct route_input *in)
{
	struct watch_queue *q = watch_queue_of(w, in->queue);
	struct watch_agent *a = in->agent ? watch_agent_of(w, in->agent) : NULL;

	if (!is_enqueue_fine(in))
		return -EINVAL;
	if (!q)
		return refuse(w, in, ROUTE_UNKNOWN_QUEUE);
	if (in->channel != q->set.channel)
		return -EINVAL;
	if (is_known(w, in->segment))
		return refuse(w, in, ROUTE_DUPLICATE);
	struct watch_segment s = as_entered(w, q, in);
	prefer(w, &s);
	enum route_reason reason = refusal(w, q, &s);
	if (reason)
		return refuse(w, in, reason);
	if (VEC_PUSH(&w->segments, s) < 0)
		watch_fail(w, "memory", "out of memory");
	q->entered++;
	if (may_be_given(a, in->channel))
		watch_offer_by_hand(w, &w->segments.at[w->segments.len - 1], a);
	return 0;
}

static int cancel(struct watch *w, const struct route_input *in)
{
	struct watch_segment *s = watch_segment_of(w, in->segment);
	struct watch_agent *a;
	struct watch_contact *c;

	if (!s && (c = connected(w, in->segment, &a))) {
		watch_ended(w, a, c);
		return 0;
	}
	if (!s)
		return -ENOENT;
	watch_queue_of(w, s->in.queue)->cancelled++;
	while (!w->is_failed && (c = watch_ringing(w, in->segment, &a))) {
		watch_expect(w, "never_offered_when_gone",
			(struct route_action){ROUTE_WITHDRAW, ROUTE_CANCELLED, .segment = in->segment,
				.agent = a->set.id, .queue = c->queue});
		watch_contact_remove(w, a, c);
	}
	watch_leave(w, s);
	return 0;
}

static int of_contact(struct watch *w, const struct route_input *in)
{
	struct watch_agent *a = watch_agent_of(w, in->agent);
	enum watch_state state = in->kind == ROUTE_ENDED ? WATCH_CONNECTED : WATCH_RINGING;
	struct watch_contact *c = a ? watch_contact_of(a, in->segment, state) : NULL;

	if (!c)
		return -ENOENT;
	if (in->kind == ROUTE_FAILED)
		watch_failed(w, a, c, in->fail);
	else if (in->kind == ROUTE_ACCEPTED)
		watch_accepted(w, a, c);
	else
		watch_ended(w, a, c);
	return 0;
}

static void extend(struct watch *w, struct watch_agent *a, struct watch_contact *c, int32_t duration_ms)
{
	if (w->now_ms + duration_ms > c->due_ms)
		c->due_ms = w->now_ms + duration_ms;
	watch_expect(w, "everything_ends",
		(struct route_action){ROUTE_WRAP_UP, .segment = c->segment, .agent = a->set.id,
			.queue = c->queue, .due_ms = c->due_ms});
}

static int of_wrap_up(struct watch *w, const struct route_input *in)
{
	struct watch_agent *a = watch_agent_of(w, in->agent);
	bool is_extended = in->kind == ROUTE_WRAP_UP_EXTEND;
	int found = 0;

	if (is_extended && (in->duration_ms <= 0 || in->duration_ms > ROUTE_EXTEND_MAX_MS))
		return -EINVAL;
	for (int i = 0; a && i < a->n_contacts;) {
		struct watch_contact *c = &a->contacts[i];
		bool is_it = c->state == WATCH_WRAP_UP && (!in->segment || c->segment == in->segment);
		found += is_it;
		if (is_it && !is_extended) {
			watch_wrap_up_over(w, a, c, ROUTE_DONE);
			continue;
		}
		if (is_it)
			extend(w, a, c, in->duration_ms);
		i++;
	}
	return found ? 0 : -ENOENT;
}

/* Whether a may keep the offer c now that it engaged elsewhere. */
static bool still_fits(struct watch *w, const struct watch_agent *a, const struct watch_contact *c)
{
	const struct watch_queue *q = watch_queue_of(w, c->queue);
	int of_queue = 0;

	for (int i = 0; i < a->n_contacts; i++)
		of_queue += a->contacts[i].queue == c->queue;
	if (!c->is_by_hand && q->set.per_agent_max && of_queue > q->set.per_agent_max)
		return false;
	return watch_fits(a, c);
}

static int engage(struct watch *w, const struct route_input *in)
{
	struct watch_agent *a = watch_agent_of(w, in->agent);
	struct watch_queue *q = in->queue ? watch_queue_of(w, in->queue) : NULL;

	if (!in->segment || (unsigned)in->channel >= ROUTE_CHANNELS)
		return -EINVAL;
	if (!a || a->is_gone || (in->queue && !q))
		return -ENOENT;
	if (watch_contact_of(a, in->segment, WATCH_CONNECTED) ||
		watch_contact_of(a, in->segment, WATCH_RINGING))
		return refuse(w, in, ROUTE_DUPLICATE);
	watch_contact_add(w, a,
		(struct watch_contact){.segment = in->segment,
			.queue = in->queue,
			.state = WATCH_CONNECTED,
			.channel = in->channel,
			.due_ms = NEVER});
	watch_set_idle(w, a);
	for (int i = a->n_contacts - 1; i >= 0 && !w->is_failed; i--)
		if (a->contacts[i].state == WATCH_RINGING && !still_fits(w, a, &a->contacts[i]))
			watch_withdraw(w, a, &a->contacts[i], ROUTE_NOT_FREE);
	return 0;
}

static int assign(struct watch *w, const struct route_input *in)
{
	struct watch_segment *s = watch_segment_of(w, in->segment);
	struct watch_agent *a = watch_agent_of(w, in->agent);

	if ((!s && !is_known(w, in->segment)) || !a || a->is_gone)
		return -ENOENT;
	if (!s || s->is_ringing)
		return refuse(w, in, ROUTE_NOT_WAITING);
	if (!may_be_given(a, s->in.channel))
		return refuse(w, in, ROUTE_NOT_FREE);
	watch_offer_by_hand(w, s, a);
	return 0;
}

static int open_or_close(struct watch *w, const struct route_input *in)
{
	struct watch_queue *q = watch_queue_of(w, in->queue);

	if (!q)
		return -ENOENT;
	q->is_open = in->is_available;
	while (!q->is_open && q->set.is_left_when_closed && !w->is_failed) {
		struct watch_segment *first = NULL;
		VEC_EACH(&w->segments, i)
		{
			struct watch_segment *s = &w->segments.at[i];
			if (!s->is_ringing && s->in.queue == q->set.id &&
				(!first || watch_is_ranked_before(w, s, first)))
				first = s;
		}
		if (!first)
			break;
		watch_overflow(w, first, ROUTE_CLOSED);
	}
	return 0;
}

static int reset(struct watch *w)
{
	for (int i = 0; i < w->n_agents; i++) {
		struct watch_agent *a = &w->agents[i];
		a->accepted = 0;
		a->busy_ms = a->available_ms = a->occupied_ppm = 0;
		a->counted_ms = w->now_ms;
	}
	return 0;
}

static int available(struct watch *w, const struct route_input *in)
{
	struct watch_agent *a = watch_agent_of(w, in->agent);

	if (!a || a->is_gone)
		return -ENOENT;
	watch_set_available(w, a, in->is_available);
	return 0;
}

int watch_apply(struct watch *w, const struct route_input *in)
{
	switch (in->kind) {
	case ROUTE_TIME:
		return 0;
	case ROUTE_CONFIGURE:
		return watch_configure(w, in->config);
	case ROUTE_AVAILABLE:
		return available(w, in);
	case ROUTE_ENQUEUE:
		return enqueue(w, in);
	case ROUTE_CANCEL:
		return cancel(w, in);
	case ROUTE_ACCEPTED:
	case ROUTE_FAILED:
	case ROUTE_ENDED:
		return of_contact(w, in);
	case ROUTE_WRAP_UP_EXTEND:
	case ROUTE_WRAP_UP_DONE:
		return of_wrap_up(w, in);
	case ROUTE_ENGAGE:
		return engage(w, in);
	case ROUTE_ASSIGN:
		return assign(w, in);
	case ROUTE_OPEN:
		return open_or_close(w, in);
	case ROUTE_RESET:
		return reset(w);
	}
	return -EINVAL;
}
