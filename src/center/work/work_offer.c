/* A contact without a telephone rings at agents' pages, and one of them takes it.
 *
 * Invariants: an offer is in its contact's list and in its agent's, or in neither; it ends exactly once, and
 * the screen and the log hear of it. An agent may have several ringing, beside a call. Only a page can take
 * one: who has none open is asked later. */
#include "base/log.h"
#include "base/str.h"
#include "center/work/work_state.h"

struct work_offer *work_offer_of(const struct work *w, const struct agent *a)
{
	struct work_offer *o = w->offers;

	while (o && o->agent != a)
		o = o->next;
	return o;
}

static void say_ended(struct work *w, uint64_t agent, int64_t ring_ms, const char *reason)
{
	emit(w->center, &(struct event){.type = EVENT_OFFER_ENDED,
				.interaction = w->id,
				.segment = w->segment,
				.queue = w->queue,
				.agent = agent,
				.ring_ms = ring_ms,
				.reason = reason});
}

static void tell_failed(
	struct center *c, uint64_t segment, uint64_t queue, uint64_t agent, enum route_fail fail)
{
	route_feed(c, &(struct route_input){.kind = ROUTE_FAILED,
			      .segment = segment,
			      .agent = agent,
			      .queue = queue,
			      .fail = fail});
}

static void unlink_offer(struct work_offer *o)
{
	struct work_offer **p = &o->work->offers;

	while (*p != o)
		p = &(*p)->next;
	*p = o->next;
	p = &o->agent->work_offers;
	while (*p != o)
		p = &(*p)->agent_next;
	*p = o->agent_next;
}

static void link_offer(struct work_offer *o)
{
	struct work_offer **p = &o->work->offers;

	while (*p)
		p = &(*p)->next;
	*p = o;
	p = &o->agent->work_offers;
	while (*p)
		p = &(*p)->agent_next;
	*p = o;
}

/* The end of ringing at one agent: event, screen; o is freed. */
static void over(struct work_offer *o, const char *reason)
{
	struct agent *a = o->agent;
	struct work *w = o->work;
	struct center *c = w->center;

	unlink_offer(o);
	say_ended(w, a->user, c->now_ms - o->made_mono, reason);
	push_user(c, a->user,
		json_pack("{s:s,s:o,s:s}", "on", "work_offer_ended", "interaction", json_id(w->id), "reason",
			reason));
	alloc_free(o);
	agent_refresh(a);
}

void work_offer_begin(struct work *w, const struct route_action *action)
{
	struct center *c = w->center;
	struct agent *a = agent_get(c, action->agent);
	struct work_offer *o = a && a->n_clients > 0 ? alloc_zero(sizeof(*o)) : NULL;
	uint64_t id = w->id;

	emit(c, &(struct event){.type = EVENT_OFFER_MADE,
			.interaction = id,
			.segment = w->segment,
			.queue = w->queue,
			.agent = action->agent,
			.number = (int64_t)action->decision});
	if (!o) {
		/* No page to show it on is no fault of whoever sits at a telephone: asked again later. */
		say_ended(w, action->agent, 0, "unreachable");
		tell_failed(c, w->segment, w->queue, action->agent, a ? ROUTE_DECLINED : ROUTE_UNREACHABLE);
		return;
	}
	*o = (struct work_offer){.work = w, .agent = a, .made_mono = c->now_ms, .due_ms = action->due_ms};
	link_offer(o);
	agent_refresh(a);
	work_offer_push(o);
	work_messages_ask(c, w, a->user, 0);
	const struct user *u = snapshot_user(c->snapshot, a->user);
	if (u && u->is_auto_answer && work_get(c, id) == w && work_offer_of(w, a))
		(void)work_accept(w, a);
}

void work_offer_withdraw(struct agent *a, const struct route_action *action)
{
	static const char *const texts[ROUTE_REASONS] = {[ROUTE_DEADLINE] = "no_answer",
		[ROUTE_CANCELLED] = "caller_gone",
		[ROUTE_ANSWERED_ELSEWHERE] = "answered_elsewhere"};
	struct work_offer *o = a->work_offers;
	const char *reason = texts[action->reason];

	while (o && o->work->segment != action->segment)
		o = o->agent_next;
	if (!o)
		return;
	if (action->reason == ROUTE_AGENT_GONE)
		reason = agent_is_reachable(a) ? "withdrawn" : "unreachable";
	over(o, reason ? reason : "withdrawn");
}

void work_offers_stop(struct work *w, const char *reason)
{
	while (w->offers)
		over(w->offers, reason);
}

static void fail(struct work_offer *o, enum route_fail why, const char *reason)
{
	struct center *c = o->work->center;
	uint64_t segment = o->work->segment, queue = o->work->queue, agent = o->agent->user;

	over(o, reason);
	tell_failed(c, segment, queue, agent, why);
}

const char *work_decline(struct work *w, struct agent *a)
{
	struct work_offer *o = work_offer_of(w, a);

	if (!o)
		return "not_ringing";
	fail(o, ROUTE_DECLINED, "declined");
	return NULL;
}

void works_page_gone(struct agent *a)
{
	/* Each failing may lead to others; the list is looked at anew. Bounded by the agent's capacity:
	 * nothing new rings where no page is. */
	while (a->work_offers)
		fail(a->work_offers, ROUTE_DECLINED, "unreachable");
}

const char *work_accept(struct work *w, struct agent *a)
{
	struct work_offer *o = work_offer_of(w, a);
	struct center *c = w->center;
	uint64_t segment = w->segment;

	if (!o)
		return "not_ringing";
	int64_t ring_ms = c->now_ms - o->made_mono;
	if (route_feed(c, &(struct route_input){.kind = ROUTE_ACCEPTED,
				  .segment = segment,
				  .agent = a->user,
				  .queue = w->queue}) < 0) {
		/* Too late: routing has given it to somebody else, or is about to. */
		if ((o = work_offer_of(w, a)))
			fail(o, ROUTE_WITHDRAWN, "withdrawn");
		return "not_ringing";
	}
	/* What followed was not about this contact but for others it rang at. */
	w->agent = a->user;
	w->stage = WORK_OPEN;
	w->answered_mono = c->now_ms;
	work_wait_ends(w);
	work_join(w, a);
	if ((o = work_offer_of(w, a)))
		over(o, "answered");
	work_emit(c, &(struct event){.type = EVENT_SEGMENT_ANSWERED,
			     .interaction = w->id,
			     .segment = segment,
			     .queue = w->queue,
			     .agent = a->user,
			     .wait_ms = c->now_ms - w->queued_mono,
			     .ring_ms = ring_ms});
	work_offers_stop(w, "answered_elsewhere");
	agent_refresh(a);
	work_push(w);
	return NULL;
}

const char *work_assign(struct work *w, struct agent *a, uint64_t by, const char *reason)
{
	struct center *c = w->center;

	if (w->stage != WORK_WAITING || w->offers)
		return "not_waiting";
	return segment_assign_to(c, &(struct event){.type = EVENT_SEGMENT_ASSIGNED,
					    .interaction = w->id,
					    .segment = w->segment,
					    .queue = w->queue,
					    .agent = a->user,
					    .ref = by,
					    .reason = reason});
}
