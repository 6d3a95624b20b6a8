/* Segments: a caller's stay in a queue. Feeds route/ and performs what it decides. Every segment that was
 * queued gets exactly one of answered, abandoned, overflowed; an answered one also gets its end. */
#include "base/id.h"
#include "base/log.h"
#include "base/str.h"
#include "center/call/party.h"
#include "center/routing/routing_log.h"
#include "center/routing/rules.h"
#include "center/state.h"
#include "center/work/entry.h"
#include "center/work/work.h"
#include "flow/phrase.h"

#include <errno.h>

static void announce(struct center *c, const struct route_action *a)
{
	struct interaction *ix = map_get(&c->segments, a->segment);
	const struct queue *q = snapshot_queue(c->snapshot, a->queue);
	char text[FLOW_TEXT_MAX];

	if (!ix || !q || ix->stage != STAGE_QUEUED || ix->ringing)
		return;
	int64_t estimate = q->is_estimate_announced ? a->estimate_ms : -1;
	bool has_status = (q->is_position_announced || q->is_estimate_announced) &&
			  phrase_queue_status(ix->language, q->is_position_announced ? a->position : 0,
				  estimate, text, sizeof(text)) >= 0;
	if (!has_status && q->n_announcements == 0)
		return;
	uint64_t prompt =
		q->n_announcements ? q->announcements[ix->n_announced++ % (unsigned)q->n_announcements] : 0;
	emit(c, &(struct event){.type = EVENT_ANNOUNCED,
			.interaction = ix->id,
			.segment = a->segment,
			.queue = a->queue,
			.number = a->position,
			.duration_ms = estimate});
	play_announcement(ix, has_status ? text : "", prompt);
}

static const char *overflow_result(enum route_reason reason)
{
	switch (reason) {
	case ROUTE_QUEUE_FULL:
		return "full";
	case ROUTE_NO_AGENTS:
		return "no_agents";
	case ROUTE_ESTIMATE_TOO_LONG:
		return "too_long";
	case ROUTE_CLOSED:
	case ROUTE_UNKNOWN_QUEUE: /* so it counts in the flow's guard against circles, too */
		return "closed";
	default:
		return "overflow";
	}
}

/* The queue gave the caller back: by its rules, or because it could not take them. */
static void left_by_rule(struct interaction *ix, const char *result)
{
	struct center *c = ix->center;
	uint64_t segment = ix->segment.id;

	map_remove(&c->segments, segment);
	ix->segment.is_in_route = false;
	live_wait_ends(ix);
	offers_stop(ix, "withdrawn");
	emit(c, &(struct event){.type = EVENT_SEGMENT_OVERFLOWED,
			.interaction = ix->id,
			.segment = segment,
			.queue = ix->segment.queue,
			.wait_ms = c->now_ms - ix->segment.queued_mono,
			.reason = result});
	ix->segment.id = 0;
	play_stop(ix);
	flow_feed_result(ix, FLOW_QUEUE_ENDED, result);
}

static void withdraw(struct agent *a, const struct route_action *action)
{
	/* Perhaps it ended a moment ago, or another caller rings by now. */
	if (!a->offer.is_on || a->offer.party || a->interaction->segment.id != action->segment)
		return;
	switch (action->reason) {
	case ROUTE_DEADLINE:
		offer_withdraw(a, "no_answer");
		break;
	case ROUTE_CANCELLED:
		offer_withdraw(a, "caller_gone");
		break;
	case ROUTE_ANSWERED_ELSEWHERE:
		offer_withdraw(a, "answered_elsewhere");
		break;
	case ROUTE_AGENT_GONE:
		offer_withdraw(a, agent_is_reachable(a) ? "withdrawn" : "unreachable");
		break;
	default:
		offer_withdraw(a, "withdrawn");
		break;
	}
}

/* The wait comes near the service level's time: said in the log and, by the queue's new view, on the wall. */
static void warn(struct interaction *ix, const struct route_action *a)
{
	struct center *c = ix->center;

	ix->segment.is_near_target = true;
	emit(c, &(struct event){.type = EVENT_SEGMENT_NEAR_TARGET,
			.interaction = ix->id,
			.segment = a->segment,
			.queue = a->queue,
			.wait_ms = c->now_ms - ix->segment.queued_mono,
			.duration_ms = a->due_ms > c->now_ms ? a->due_ms - c->now_ms : 0});
}

/* Nothing here asks for reservations yet: whatever one was made for, no agent is held for nobody. */
static void release_reserved(struct center *c, const struct route_action *a)
{
	log_warn("center", 0, "an agent was reserved for nobody: released");
	route_feed(c, &(struct route_input){.kind = ROUTE_CANCEL, .segment = a->segment, .queue = a->queue});
}

static void perform(struct center *c, const struct route_action *a)
{
	struct interaction *ix = map_get(&c->segments, a->segment);
	struct agent *agent = a->agent ? agent_get(c, a->agent) : NULL;

	if (work_perform(c, a))
		return;
	switch (a->kind) {
	case ROUTE_OFFER:
		if (ix)
			offer_start(ix, a);
		break;
	case ROUTE_WITHDRAW:
		if (agent)
			withdraw(agent, a);
		break;
	case ROUTE_NOT_RESPONDING:
		if (agent)
			agent_set_presence(agent, PRESENCE_NOT_RESPONDING, 0);
		break;
	case ROUTE_WRAP_UP:
		if (agent && agent->wrap_up.segment == a->segment)
			wrap_up_begin(agent, a->segment, a->queue, a->due_ms);
		break;
	case ROUTE_WRAP_UP_OVER:
		if (agent && agent->wrap_up.segment == a->segment)
			wrap_up_over(agent, a->reason == ROUTE_DEADLINE ? "limit" : "done");
		break;
	case ROUTE_OVERFLOW:
		if (ix && !ix->segment.is_answered)
			left_by_rule(ix, overflow_result(a->reason));
		break;
	case ROUTE_REFUSED: /* ASSIGN: whoever asked was told, and nothing changed */
		if (ix && !ix->segment.is_answered && a->reason != ROUTE_NOT_FREE &&
			a->reason != ROUTE_NOT_WAITING)
			left_by_rule(ix, overflow_result(a->reason));
		break;
	case ROUTE_ANNOUNCE:
		announce(c, a);
		break;
	case ROUTE_WARN:
		if (ix && ix->stage == STAGE_QUEUED)
			warn(ix, a);
		break;
	case ROUTE_RESERVE:
		release_reserved(c, a);
		break;
	}
}

/* Lets the engine decide and keeps what it decided for perform_pending. *ret_refused (may be NULL): why the
 * input was not taken. Returns what route_step said. */
static int decide(struct center *c, const struct route_input *input, enum route_reason *ret_refused)
{
	int err = route_step(c->route, input, c->now_ms, &c->route_actions);

	routing_log_input(c->routing_log, input, c->now_ms, center_wall(c), err, &c->route_actions);
	if (err < 0 && err != -ENOENT)
		log_error(
			"center", 0, "routing refused an input of kind %d: error %d", (int)input->kind, err);
	if (input->queue)
		live_queue_changed(c, input->queue);
	for (size_t i = 0; err == 0 && i < c->route_actions.len; i++) {
		const struct route_action *a = &c->route_actions.at[i];
		if (VEC_PUSH(&c->pending, *a) < 0)
			log_error("center", 0, "memory is out: a decision of routing is not performed");
		if (ret_refused && a->kind == ROUTE_REFUSED && a->segment == input->segment)
			*ret_refused = a->reason;
	}
	return err;
}

static void perform_pending(struct center *c)
{
	if (c->is_performing)
		return;
	c->is_performing = true;
	for (size_t i = 0; i < c->pending.len; i++) {
		struct route_action a = c->pending.at[i]; /* the list may grow and move */
		perform(c, &a);
	}
	c->pending.len = 0;
	c->is_performing = false;
}

int route_feed(struct center *c, const struct route_input *input)
{
	int err = decide(c, input, NULL);

	perform_pending(c);
	return err;
}

const char *segment_assign(struct interaction *ix, struct agent *a, uint64_t by, const char *reason)
{
	struct segment *s = &ix->segment;

	if (ix->stage != STAGE_QUEUED || !s->is_in_route || ix->ringing)
		return "not_waiting";
	if (a->interaction)
		return "agent_not_free";
	return segment_assign_to(ix->center, &(struct event){.type = EVENT_SEGMENT_ASSIGNED,
						     .interaction = ix->id,
						     .segment = s->id,
						     .queue = s->queue,
						     .agent = a->user,
						     .ref = by,
						     .reason = reason});
}

const char *segment_assign_to(struct center *c, struct event *e)
{
	enum route_reason refused = ROUTE_NO_REASON;

	int err = decide(c,
		&(struct route_input){
			.kind = ROUTE_ASSIGN, .segment = e->segment, .agent = e->agent, .queue = e->queue},
		&refused);
	if (err == 0 && refused == ROUTE_NO_REASON)
		emit(c, e);
	perform_pending(c);
	if (err == 0 && refused == ROUTE_NO_REASON)
		return NULL;
	return err == -ENOMEM || refused == ROUTE_NO_MEMORY	? "no_memory"
	       : err == -ENOENT || refused == ROUTE_NOT_WAITING ? "not_waiting"
								: "agent_not_free";
}

void segment_begin(struct interaction *ix, uint64_t queue, const struct flow_action *a,
	int64_t waiting_since_ms, uint64_t by_hand)
{
	struct center *c = ix->center;
	uint64_t wanted = queue;

	/* Rules move whom a flow sends; who was put into this queue by a person stays there. */
	queue = rules_run(ix, queue, a && !by_hand);
	const struct queue *q = snapshot_queue(c->snapshot, queue);
	struct route_input in = {.kind = ROUTE_ENQUEUE,
		.queue = queue,
		.agent = by_hand,
		.channel = ROUTE_VOICE,
		.waiting_since_ms = waiting_since_ms};

	ix->stage = STAGE_QUEUED;
	ix->segment = (struct segment){.id = id_new(), .queue = queue, .queued_mono = c->now_ms};
	ix->last_queue = queue;
	if (!ix->first_queued_mono)
		ix->first_queued_mono = c->now_ms;
	in.segment = ix->segment.id;
	enqueue_fill(ix, q, a, &in);
	rules_fill(ix, &in);
	enqueue_remember(ix, q, &in);
	if (c->is_outliving) { /* a restart says it again */
		alloc_free(ix->entry);
		ix->entry = entry_encode(&(struct entry){.in = in});
	}
	emit(c, &(struct event){.type = EVENT_SEGMENT_QUEUED,
			.interaction = ix->id,
			.segment = in.segment,
			.queue = queue,
			.number = ix->segment.priority,
			.name = ix->from_name});
	rules_log(ix, wanted);
	bool is_new = waiting_since_ms >= c->now_ms; /* else a place is kept: never turned away */
	if (map_put(&c->segments, in.segment, ix) < 0 || !q) {
		left_by_rule(ix, "closed");
		return;
	}
	ix->segment.is_in_route = true;
	live_wait_begins(ix);
	if (is_new)
		play_entry(ix);
	else
		play_music(ix);
	if (route_feed(c, &in) < 0 && ix->segment.id == in.segment)
		left_by_rule(
			ix, "overflow"); /* memory, or a queue of another channel: nobody is left waiting */
}

void segment_cancel(struct interaction *ix, const char *why)
{
	struct segment *s = &ix->segment;

	map_remove(&ix->center->segments, s->id);
	live_wait_ends(ix);
	offers_stop(ix, why);
	if (s->is_in_route)
		route_feed(ix->center,
			&(struct route_input){.kind = ROUTE_CANCEL, .segment = s->id, .queue = s->queue});
	s->is_in_route = false;
}

void segment_leave(struct interaction *ix, const char *reason)
{
	struct segment *s = &ix->segment;
	int64_t wait_ms = ix->center->now_ms - s->queued_mono;
	bool is_customer = str_starts_with(reason, "customer");

	segment_cancel(ix, is_customer ? "caller_gone" : "withdrawn");
	emit(ix->center,
		&(struct event){.type = is_customer ? EVENT_SEGMENT_ABANDONED : EVENT_SEGMENT_OVERFLOWED,
			.interaction = ix->id,
			.segment = s->id,
			.queue = s->queue,
			.wait_ms = wait_ms,
			.reason = is_customer ? NULL : reason});
	s->id = 0;
}

void segment_end_talk(struct interaction *ix, const char *reason)
{
	struct segment *s = &ix->segment;
	struct center *c = ix->center;
	struct agent *agent = agent_get(c, s->agent);
	uint64_t queue = s->queue, id = s->id;

	if (!id || !s->is_answered)
		return;
	if (s->held_since) {
		s->hold_ms += c->now_ms - s->held_since;
		emit(c, &(struct event){.type = EVENT_SEGMENT_RESUMED,
				.interaction = ix->id,
				.segment = id,
				.queue = queue,
				.agent = s->agent,
				.hold_ms = c->now_ms - s->held_since});
		s->held_since = 0;
	}
	talk_count_aside(ix, false);
	emit(c, &(struct event){.type = EVENT_SEGMENT_ENDED,
			.interaction = ix->id,
			.segment = id,
			.queue = queue,
			.agent = s->agent,
			.talk_ms = c->now_ms - s->answered_mono - s->hold_ms,
			.hold_ms = s->hold_ms,
			.number = s->holds,
			.consults = s->consults,
			.consult_ms = s->aside_ms,
			.conferences = s->conferences,
			.name = str_equal(reason, "transfer") ? s->transfer : NULL,
			.reason = reason});
	record_stop(ix);
	map_remove(&c->segments, id);
	str_put(ix->end_reason, sizeof(ix->end_reason), reason);
	s->id = 0;
	call_push_ended(ix, agent);
	if (ix->lead && ix->lead->user == s->agent)
		party_leave(ix->lead, reason);
	if (agent) {
		agent->interaction = NULL;
		wrap_up_prepare(agent, ix, id, queue);
		route_feed(
			c, &(struct route_input){
				   .kind = ROUTE_ENDED, .segment = id, .agent = agent->user, .queue = queue});
		agent_refresh(agent);
	}
}
