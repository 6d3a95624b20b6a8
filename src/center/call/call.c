/* An interaction while it lasts and at its end: what happens when a side leaves.
 *
 * Invariant: every interaction that began (EVENT_INTERACTION_STARTED) ends in exactly one
 * EVENT_INTERACTION_ENDED, after whatever segment, offer, hold, party and recording of it was open got its
 * own closing event. */
#include "base/id.h"
#include "base/log.h"
#include "base/str.h"
#include "center/call/call_headers.h"
#include "center/dial/dial.h"
#include "center/record/fork.h"
#include "center/record/mailbox.h"
#include "center/features/consult.h"
#include "center/features/lines.h"
#include "center/features/park.h"
#include "center/call/party.h"
#include "center/features/pull.h"
#include "center/state.h"

#include <string.h>

/* --- while it lasts
 * -------------------------------------------------------------------------------------------------- */

void call_set_chosen(struct interaction *ix, const char *node, const char *label, const char *digits)
{
	struct chosen *chosen;

	if (ix->n_chosen == CENTER_CHOSEN_MAX)
		return;
	chosen = &ix->chosen[ix->n_chosen++];
	str_put(chosen->node, sizeof(chosen->node), node);
	str_put(chosen->label, sizeof(chosen->label), label);
	str_put(chosen->digits, sizeof(chosen->digits), digits);
}

void call_digit(struct interaction *ix, char digit)
{
	if (ix->is_ending)
		return;
	if (ix->mailbox)
		mailbox_call_digit(ix, digit);
	else if (ix->stage == STAGE_QUEUED && ix->exit_digit && digit == ix->exit_digit &&
		 !ix->segment.is_answered) {
		struct segment *s = &ix->segment;
		int64_t wait_ms = ix->center->now_ms - s->queued_mono;
		segment_cancel(ix, "withdrawn");
		emit(ix->center, &(struct event){.type = EVENT_SEGMENT_OVERFLOWED,
					 .interaction = ix->id,
					 .segment = s->id,
					 .queue = s->queue,
					 .wait_ms = wait_ms,
					 .reason = "caller_pressed"});
		s->id = 0;
		play_stop(ix);
		flow_feed_result(ix, FLOW_QUEUE_ENDED, "caller_pressed");
	} else if (ix->stage == STAGE_FLOW && ix->run) {
		flow_feed(ix, &(struct flow_input){.kind = FLOW_DIGIT, .digit = digit});
	}
}

void call_enqueue_again(struct interaction *ix, uint64_t queue, int64_t waiting_since_ms)
{
	/* The run still stands at the queue node it came through: its exits go on being right for the new
	 * stay. */
	ix->exit_digit = 0;
	segment_begin(ix, queue, NULL, waiting_since_ms, 0);
}

void call_agent_left(struct interaction *ix, const char *reason)
{
	if (ix->center->snapshot->is_conference_kept && call_leave_to_others(ix, reason))
		return;
	parties_leave(ix, reason);
	segment_end_talk(ix, reason);
	if (ix->lead)
		party_leave(ix->lead, reason);
	if (ix->run && !ix->is_ending) {
		ix->stage = STAGE_FLOW;
		flow_feed_result(ix, FLOW_AGENT_ENDED, "ended");
	} else if (!ix->is_ending) {
		call_end(ix, "agent_hung_up", 0);
	}
}

void call_agent_lost(struct interaction *ix)
{
	uint64_t queue = ix->last_queue;

	call_leg_hang_up(ix->agent_leg, 0, "media_lost");
	if (ix->stage != STAGE_TALKING)
		return;
	parties_leave(ix, "agent_lost");
	segment_end_talk(ix, "agent_lost");
	if (ix->lead)
		party_leave(ix->lead, "agent_lost");
	if (queue)
		call_enqueue_again(ix, queue, ix->first_queued_mono);
	else
		call_end(ix, "agent_lost", 0);
}

void call_leg_lost(struct leg *leg)
{
	struct agent *ringing = offer_of(leg);

	if (leg->party && leg == leg->party->next_leg)
		pull_failed(leg->party);
	else if (lines_ended(leg))
		call_leg_hang_up(leg, 0, "media_lost");
	else if (ringing)
		offer_failed(ringing, ROUTE_UNREACHABLE);
	else if (leg->party && leg->party->kind && leg->party != leg->interaction->lead)
		party_gone(leg->party, leg->party->state == PARTY_RINGING ? "unreachable" : "media_lost");
	else if (leg == leg->interaction->agent_leg)
		call_agent_lost(leg->interaction);
}

/* --- ending
 * ----------------------------------------------------------------------------------------------------------
 */

void call_end(struct interaction *ix, const char *reason, int sip_code)
{
	struct center *c = ix->center;

	if (ix->is_ending)
		return;
	ix->is_ending = true;
	timer_cancel(&c->timers, &ix->flow_timer);
	timer_cancel(&c->timers, &ix->lookup_timer);
	timer_cancel(&c->timers, &ix->hear_timer);
	record_forget(ix);
	str_put(ix->end_reason, sizeof(ix->end_reason), reason);
	ix->n_legs++; /* held while the last leg may go inside this call */
	forks_end(ix, reason);
	parties_leave(ix, reason);
	park_over(ix, 0, reason);
	if (ix->segment.id && ix->segment.is_answered)
		segment_end_talk(ix, str_starts_with(reason, "customer") ? "customer" : reason);
	else if (ix->segment.id)
		segment_leave(ix, reason);
	if (ix->lead)
		party_leave(ix->lead, reason);
	play_forget(ix);
	record_stop(ix);
	call_leg_hang_up(ix->agent_leg, 0, reason);
	struct party *customer = party_customer(ix);
	if (customer && (customer->is_logged || customer->user))
		party_leave(customer, reason); /* one of ours, or dialled by us */
	emit(c, &(struct event){.type = EVENT_INTERACTION_ENDED,
			.interaction = ix->id,
			.duration_ms = c->now_ms - ix->started_mono,
			.reason = reason,
			.number = sip_code});
	atomic_fetch_sub_explicit(&c->count_active, 1, memory_order_relaxed);
	live_trunk_calls(c, ix->trunk, -1);
	ix->stage = STAGE_ENDED;
	visitor_push(ix);
	call_leg_hang_up(ix->customer, ix->is_answered ? 0 : sip_code, reason);
	ix->n_legs--;
	call_forget_if_over(ix);
}

void call_forget_if_over(struct interaction *ix)
{
	if (ix->is_ending && ix->n_legs == 0 && ix->n_recordings == 0)
		call_free(ix);
}

static void leg_drop(struct center *c, struct leg *leg)
{
	map_remove(&c->legs, leg->id);
	timer_cancel(&c->timers, &leg->retry_timer);
	alloc_free(leg->call);
	alloc_free(leg->way);
	alloc_free(leg->offer_sdp);
	alloc_free(leg);
}

void call_free(struct interaction *ix)
{
	struct center *c = ix->center;
	struct leg *leg;

	for (size_t i = 0; ix->n_legs > 0 && (leg = map_next(&c->legs, &i));)
		if (leg->interaction == ix) {
			leg_drop(c, leg);
			i = 0;
		}
	timer_cancel(&c->timers, &ix->flow_timer);
	timer_cancel(&c->timers, &ix->lookup_timer);
	timer_cancel(&c->timers, &ix->park.timer);
	timer_cancel(&c->timers, &ix->hear_timer);
	record_forget(ix);
	live_wait_ends(ix);
	forks_free(ix);
	parties_free(ix);
	if (ix->visitor)
		ix->visitor->interaction = NULL;
	VEC_FREE(&ix->heard);
	map_remove(&c->interactions, ix->id);
	dial_free(ix);
	mailbox_call_free(ix);
	flow_run_free(ix->run);
	call_headers_free(ix);
	json_decref(ix->customer_row);
	json_decref(ix->history);
	json_decref(ix->past);
	alloc_free(ix->notes);
	alloc_free(ix->entry);
	alloc_free(ix);
}
