/* Ringing agents and connecting one of them: in the browser, on a registered phone, or at any URI or number.
 *
 * Invariants: whoever rings for a caller is in its list and nowhere else (agent.offer.is_on,
 * agent.interaction); an offer ends exactly once, and the screen and the log hear of each end. With ring all
 * the first to be connected gets the caller, and all others end in the same moment. */
#include "base/log.h"
#include "base/str.h"
#include "center/dial/dial.h"
#include "center/call/party.h"
#include "center/features/pull.h"
#include "center/features/supervise.h"
#include "center/state.h"

#include <stdio.h>
#include <stdlib.h>

#define OUTGOING_LIMIT_S 180 /* the engine's own deadline is shorter; this one is the net below it */

const char *call_target_of(struct center *c, uint64_t user, const char *target, struct sip_command *cmd)
{
	if (!str_starts_with(target, "sip:") && !str_starts_with(target, "sips:"))
		return dial_target(c, user, target, cmd);
	str_put(cmd->call.uri, sizeof(cmd->call.uri), target);
	cmd->call.to = SIP_TO_URI;
	return NULL;
}

const char *call_target(struct center *c, const char *target, struct sip_command *cmd)
{
	return call_target_of(c, 0, target, cmd);
}

bool offer_is_auto(const struct agent *a)
{
	const struct interaction *ix = a->interaction;
	const struct user *u = snapshot_user(a->center->snapshot, a->user);
	const struct queue *q =
		ix && !a->offer.party ? snapshot_queue(a->center->snapshot, ix->segment.queue) : NULL;

	return (u && u->is_auto_answer) || (q && q->is_auto_answer) ||
	       (a->offer.party && a->offer.party->kind && a->offer.party->kind->is_auto);
}

/* Nobody heard it ring: a beep says that somebody is on the line. */
static void beep(struct leg *leg)
{
	struct media_command cmd = {.kind = MEDIA_PLAY,
		.ref = leg->interaction->center->next_ref++,
		.play = {.n = 1, .layer = MEDIA_LAYER_OVER}};

	str_put(cmd.play.list[0].path, MEDIA_PATH_MAX, "tone:beep");
	call_leg_send_media(leg, &cmd);
}

static bool prepare_call(struct interaction *ix, struct agent *a, struct leg *leg)
{
	struct sip_command *cmd = alloc_zero(sizeof(*cmd));

	if (!cmd)
		return false;
	leg->call = cmd;
	cmd->kind = SIP_CALL;
	cmd->call.timeout_s = OUTGOING_LIMIT_S;
	cmd->call.is_auto_answer = offer_is_auto(a);
	str_put(cmd->call.from_number, sizeof(cmd->call.from_number), ix->from);
	str_put(cmd->call.from_name, sizeof(cmd->call.from_name), ix->from_name);
	if (a->device == DEVICE_PHONE) {
		cmd->call.to = SIP_TO_USER;
		cmd->call.user = a->user;
		return true;
	}
	return call_target(ix->center, a->device_uri, cmd) == NULL;
}

struct agent *offer_of(const struct leg *leg)
{
	struct agent *a = leg->user ? map_get(&leg->interaction->center->agents, leg->user) : NULL;

	return a && a->offer.is_on && a->offer.leg == leg ? a : NULL;
}

static void say_ended(struct interaction *ix, uint64_t agent, int64_t ring_ms, const char *reason)
{
	emit(ix->center, &(struct event){.type = EVENT_OFFER_ENDED,
				 .interaction = ix->id,
				 .segment = ix->segment.id,
				 .queue = ix->segment.queue,
				 .agent = agent,
				 .ring_ms = ring_ms,
				 .reason = reason});
}

static const char *const fail_text[] = {[ROUTE_DECLINED] = "declined",
	[ROUTE_NO_ANSWER] = "no_answer",
	[ROUTE_UNREACHABLE] = "unreachable",
	[ROUTE_BUSY] = "busy",
	[ROUTE_WITHDRAWN] = "withdrawn"};

static void tell_failed(struct center *c, const struct segment *s, uint64_t agent, enum route_fail fail)
{
	route_feed(c, &(struct route_input){.kind = ROUTE_FAILED,
			      .segment = s->id,
			      .agent = agent,
			      .queue = s->queue,
			      .fail = fail});
}

static void begin(struct interaction *ix, struct agent *a, int64_t due_ms)
{
	bool is_browser = a->device == DEVICE_BROWSER;

	a->interaction = ix;
	a->offer = (struct offer){.is_on = true, .made_mono = ix->center->now_ms, .due_ms = due_ms};
	a->offer.leg = call_leg_new(ix, LEG_AGENT, is_browser ? LEG_BROWSER : LEG_SIP, 0);
	if (a->offer.leg)
		a->offer.leg->user = a->user;
}

static void line_up(struct interaction *ix, struct agent *a)
{
	struct agent **end = &ix->ringing;

	while (*end)
		end = &(*end)->offer.next;
	*end = a;
}

bool offer_party(struct party *p, struct agent *a, int64_t due_ms)
{
	struct interaction *ix = p->interaction;
	bool is_browser = a->device == DEVICE_BROWSER;

	begin(ix, a, due_ms);
	a->offer.party = p;
	if (!a->offer.leg || (!is_browser && !prepare_call(ix, a, a->offer.leg))) {
		struct leg *leg = a->offer.leg;
		a->offer = (struct offer){0};
		a->interaction = NULL;
		if (leg)
			call_leg_gone(leg);
		return false;
	}
	party_hold_agent(p, a);
	party_set_leg(p, a->offer.leg);
	call_leg_open(a->offer.leg);
	agent_refresh(a);
	if (!is_browser && a->offer.is_on)
		push_user(a->center, a->user, offer_json(a));
	return true;
}

void offer_start(struct interaction *ix, const struct route_action *offer)
{
	struct center *c = ix->center;
	struct agent *a = agent_get(c, offer->agent);
	bool is_browser = a && a->device == DEVICE_BROWSER;

	emit(c, &(struct event){.type = EVENT_OFFER_MADE,
			.interaction = ix->id,
			.segment = ix->segment.id,
			.queue = ix->segment.queue,
			.agent = offer->agent,
			.number = (int64_t)offer->decision});
	if (!a || a->interaction) { /* never two at once, whatever routing thinks */
		enum route_fail fail = a ? ROUTE_BUSY : ROUTE_UNREACHABLE;
		say_ended(ix, offer->agent, 0, fail_text[fail]);
		tell_failed(c, &ix->segment, offer->agent, fail);
		return;
	}
	begin(ix, a, offer->due_ms);
	line_up(ix, a);
	if (!a->offer.leg || (!is_browser && !prepare_call(ix, a, a->offer.leg))) {
		offer_failed(a, ROUTE_UNREACHABLE);
		return;
	}
	call_leg_open(a->offer.leg);
	agent_refresh(a);
	if (!is_browser && a->offer.is_on)
		push_user(c, a->user, offer_json(a));
}

void offer_to_browser(struct leg *leg)
{
	struct agent *a = offer_of(leg);
	char text[SDP_TEXT_MAX];

	if (sdp_write(&leg->local, NULL, text, sizeof(text)) < 0 || !(leg->offer_sdp = alloc_strdup(text))) {
		call_leg_lost(leg);
		return;
	}
	leg->state = LEG_INVITED;
	if (a)
		push_user(a->center, a->user, offer_json(a));
	else if (leg->role == LEG_SUPERVISOR)
		supervise_push_sdp(leg, text);
	else
		push_user(leg->interaction->center, leg->user,
			json_pack("{s:s,s:o,s:s}", "on", "media", "interaction",
				json_id(leg->interaction->id), "sdp", text));
}

/* The end of ringing at one agent, whatever its reason: event, screen, leg, agent. */
static void over(struct agent *a, const char *reason)
{
	struct interaction *ix = a->interaction;
	struct offer o = a->offer;
	struct agent **p = &ix->ringing;

	while (!o.party && *p != a)
		p = &(*p)->offer.next;
	if (!o.party)
		*p = o.next;
	a->offer = (struct offer){0};
	if (!o.party)
		say_ended(ix, a->user, a->center->now_ms - o.made_mono, reason);
	push_user(a->center, a->user,
		json_pack("{s:s,s:o,s:s}", "on", "offer_ended", "interaction", json_id(ix->id), "reason",
			reason));
	if (str_equal(reason, "answered") || o.party)
		return;
	a->interaction = NULL;
	call_leg_hang_up(o.leg, 0, reason);
	agent_refresh(a);
}

void offer_party_over(struct agent *a, const char *reason)
{
	over(a, reason);
}

void offer_withdraw(struct agent *a, const char *reason)
{
	if (a->offer.is_on && !a->offer.party)
		over(a, reason);
}

void offers_stop(struct interaction *ix, const char *reason)
{
	while (ix->ringing)
		over(ix->ringing, reason);
}

void offer_failed(struct agent *a, enum route_fail fail)
{
	struct interaction *ix = a->interaction;

	if (!a->offer.is_on)
		return;
	if (a->offer.party) {
		party_gone(a->offer.party, fail_text[fail]);
		return;
	}
	struct segment was =
		ix->segment; /* the caller may be in another one when the agent's new state was told */
	ix->n_legs++;	     /* keeps the interaction while its consequences run */
	over(a, fail_text[fail]);
	tell_failed(a->center, &was, a->user, fail);
	ix->n_legs--;
	call_forget_if_over(ix);
}

static void answered(struct interaction *ix, struct agent *a, struct party *p)
{
	struct center *c = ix->center;
	struct segment *s = &ix->segment;
	int64_t ring_ms = c->now_ms - a->offer.made_mono;
	bool is_auto = offer_is_auto(a);
	const struct user *u = snapshot_user(c->snapshot, a->user);

	s->agent = a->user;
	p->user = a->user;
	party_call_it(p, u ? u->extension : NULL, u ? u->name : NULL);
	party_set_leg(p, a->offer.leg);
	party_lead(p);
	party_connect(p);
	over(a, "answered");
	live_wait_ends(ix);
	ix->stage = STAGE_TALKING;
	s->is_answered = true;
	s->answered_mono = c->now_ms;
	emit(c, &(struct event){.type = EVENT_SEGMENT_ANSWERED,
			.interaction = ix->id,
			.segment = s->id,
			.queue = s->queue,
			.agent = s->agent,
			.wait_ms = c->now_ms - s->queued_mono,
			.ring_ms = ring_ms});
	play_stop(ix);
	hear_apply(ix);
	if (is_auto)
		beep(ix->agent_leg);
	record_begin(ix);
	agent_refresh(a);
	call_push(ix);
}

void offer_connected(struct leg *leg)
{
	struct interaction *ix = leg->interaction;
	struct segment *s = &ix->segment;
	struct agent *a = offer_of(leg);

	if (ix->is_ending)
		return;
	if (!a && leg->party && leg == leg->party->next_leg) {
		pull_connected(leg->party);
		return;
	}
	if (!a && leg->party) {
		party_answered(leg->party);
		return;
	}
	if (!a)
		return;
	if (a->offer.party) {
		struct party *asked = a->offer.party;
		over(a, "answered");
		party_answered(asked);
		return;
	}
	struct party *p = party_new(ix, PARTY_AGENT, NULL);
	if (!p) {
		offer_failed(a, ROUTE_UNREACHABLE);
		return;
	}
	if (route_feed(ix->center,
		    &(struct route_input){
			    .kind = ROUTE_ACCEPTED, .segment = s->id, .agent = a->user, .queue = s->queue}) <
		0) {
		/* Too late: the engine has given the caller to somebody else, or is about to. */
		party_leave(p, "withdrawn");
		offer_failed(a, ROUTE_WITHDRAWN);
		return;
	}
	answered(ix, a, p);
	/* Routing says so too; but no agent may go on ringing because that comes a moment later. */
	offers_stop(ix, "answered_elsewhere");
}
