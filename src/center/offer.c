/* Ringing an agent and connecting: in the browser, on a registered phone, or at any URI or number. An offer
 * ends exactly once: answered, declined, no_answer, unreachable, busy, caller_gone or withdrawn; the screen
 * and the log hear of each. */
#include "base/id.h"
#include "base/log.h"
#include "base/str.h"
#include "center/state.h"

#include <stdio.h>
#include <stdlib.h>

#define OUTGOING_LIMIT_S 180 /* the engine's own deadline is shorter; this one is the net below it */

static const struct trunk *default_trunk(const struct snapshot *s)
{
	for (int i = 0; i < s->n_trunks; i++)
		if (s->trunks[i].is_enabled && s->trunks[i].has_proxy)
			return &s->trunks[i];
	return NULL;
}

/* Fills in where to call: a SIP URI as it is, anything else as a number through the first trunk that can
 * dial. */
bool call_target(struct center *c, const char *target, struct sip_command *cmd)
{
	const struct trunk *trunk;

	str_put(cmd->call.uri, sizeof(cmd->call.uri), target);
	if (str_starts_with(target, "sip:") || str_starts_with(target, "sips:")) {
		cmd->call.to = SIP_TO_URI;
		return true;
	}
	trunk = default_trunk(c->snapshot);
	if (!trunk)
		return false;
	cmd->call.to = SIP_TO_TRUNK;
	cmd->call.trunk = trunk->id;
	return true;
}

static bool prepare_call(struct interaction *ix, struct agent *a, struct leg *leg)
{
	const struct user *u = snapshot_user(ix->center->snapshot, a->user);
	struct sip_command *cmd = alloc_zero(sizeof(*cmd));

	if (!cmd)
		return false;
	leg->call = cmd;
	cmd->kind = SIP_CALL;
	cmd->call.timeout_s = OUTGOING_LIMIT_S;
	cmd->call.is_auto_answer = u && u->is_auto_answer;
	str_put(cmd->call.from_number, sizeof(cmd->call.from_number), ix->from);
	str_put(cmd->call.from_name, sizeof(cmd->call.from_name), ix->from_name);
	if (a->device == DEVICE_PHONE) {
		cmd->call.to = SIP_TO_USER;
		cmd->call.user = a->user;
		return true;
	}
	return call_target(ix->center, a->device_uri, cmd);
}

void offer_start(struct interaction *ix, uint64_t agent, uint64_t decision, int64_t due_ms)
{
	struct center *c = ix->center;
	struct agent *a = agent_get(c, agent);
	struct segment *s = &ix->segment;
	bool is_browser = a && a->device == DEVICE_BROWSER;
	struct leg *leg;

	s->agent = agent;
	s->is_offered = true;
	s->offered_mono = c->now_ms;
	ix->offer_due_ms = due_ms;
	emit(c, &(struct event){.type = EVENT_OFFER_MADE,
			.interaction = ix->id,
			.segment = s->id,
			.queue = s->queue,
			.agent = agent,
			.number = (int64_t)decision});
	if (a && a->interaction) { /* never two at once, whatever routing thinks */
		offer_failed(ix, ROUTE_BUSY);
		return;
	}
	leg = a ? call_leg_new(ix, LEG_AGENT, is_browser ? LEG_BROWSER : LEG_SIP, 0) : NULL;
	if (!leg) {
		offer_failed(ix, ROUTE_UNREACHABLE);
		return;
	}
	ix->agent_leg = leg;
	leg->user = agent;
	a->interaction = ix;
	leg->has_media = true; /* so that a failed preparation takes the ordinary way out */
	if (!is_browser && !prepare_call(ix, a, leg)) {
		leg->has_media = false;
		offer_failed(ix, ROUTE_UNREACHABLE);
		return;
	}
	call_leg_open(leg);
	agent_refresh(a);
	if (!is_browser)
		push_user(c, agent, offer_json(ix));
}

void offer_to_browser(struct interaction *ix)
{
	struct leg *leg = ix->agent_leg;
	char text[SDP_TEXT_MAX];

	if (sdp_write(&leg->local, NULL, text, sizeof(text)) < 0 || !(leg->offer_sdp = alloc_strdup(text))) {
		call_agent_lost(ix);
		return;
	}
	leg->state = LEG_INVITED;
	if (ix->stage == STAGE_TALKING)
		push_user(ix->center, leg->user,
			json_pack(
				"{s:s,s:o,s:s}", "on", "media", "interaction", json_id(ix->id), "sdp", text));
	else
		push_user(ix->center, leg->user, offer_json(ix));
}

/* The end of ringing, whatever its reason: event, screen, leg, agent. */
static void offer_over(struct interaction *ix, const char *reason)
{
	struct center *c = ix->center;
	struct segment *s = &ix->segment;
	struct agent *a = agent_get(c, s->agent);
	struct leg *leg = ix->agent_leg;

	s->is_offered = false;
	emit(c, &(struct event){.type = EVENT_OFFER_ENDED,
			.interaction = ix->id,
			.segment = s->id,
			.queue = s->queue,
			.agent = s->agent,
			.ring_ms = c->now_ms - s->offered_mono,
			.reason = reason});
	push_user(c, s->agent,
		json_pack("{s:s,s:o,s:s}", "on", "offer_ended", "interaction", json_id(ix->id), "reason",
			reason));
	if (str_equal(reason, "answered"))
		return;
	ix->agent_leg = NULL;
	if (leg && !leg->has_media && !leg->has_sip)
		call_leg_gone(leg);
	else
		call_leg_hang_up(leg, 0, reason);
	if (a && a->interaction == ix) {
		a->interaction = NULL;
		agent_refresh(a);
	}
}

void offer_stop(struct interaction *ix, const char *reason)
{
	if (ix->segment.is_offered)
		offer_over(ix, reason);
}

static const char *const fail_text[] = {[ROUTE_DECLINED] = "declined",
	[ROUTE_NO_ANSWER] = "no_answer",
	[ROUTE_UNREACHABLE] = "unreachable",
	[ROUTE_BUSY] = "busy",
	[ROUTE_WITHDRAWN] = "withdrawn"};

void offer_failed(struct interaction *ix, enum route_fail fail)
{
	struct segment *s = &ix->segment;
	uint64_t agent = s->agent;

	if (!s->is_offered)
		return;
	offer_over(ix, fail_text[fail]);
	route_feed(ix->center, &(struct route_input){.kind = ROUTE_FAILED,
				       .segment = s->id,
				       .agent = agent,
				       .queue = s->queue,
				       .fail = fail});
}

/* --- audio that comes back in mid-call ---- */

void offer_audio_again(struct agent *a)
{
	struct interaction *ix = a->interaction;
	struct leg *leg;

	if (!ix || ix->stage != STAGE_TALKING || a->device != DEVICE_BROWSER)
		return;
	if (ix->agent_leg && ix->agent_leg->kind != LEG_BROWSER)
		return;
	call_leg_hang_up(ix->agent_leg, 0, "reconnect");
	leg = call_leg_new(ix, LEG_AGENT, LEG_BROWSER, 0);
	ix->agent_leg = leg;
	if (!leg)
		return;
	leg->user = a->user;
	call_leg_open(leg);
}

static void audio_grace_over(struct timer *t, int64_t now_ms)
{
	struct interaction *ix =
		(struct interaction *)((char *)t - offsetof(struct interaction, audio_timer));

	(void)now_ms;
	log_warn("center", ix->id, "the agent's page did not bring its audio back");
	call_agent_lost(ix);
}

void offer_audio_lost(struct interaction *ix)
{
	struct center *c = ix->center;
	struct agent *a = agent_get(c, ix->segment.agent);

	if (ix->stage != STAGE_TALKING || !a || ix->agent_leg->kind != LEG_BROWSER) {
		call_agent_lost(ix);
		return;
	}
	if (!timer_is_set(&ix->audio_timer) &&
		timer_set(&c->timers, &ix->audio_timer, c->now_ms + AUDIO_GRACE_MS, audio_grace_over) < 0) {
		call_agent_lost(ix);
		return;
	}
	call_leg_hang_up(ix->agent_leg, 0, "media_lost");
	if (a->n_clients > 0)
		offer_audio_again(a);
}

/* A browser that came back in mid-call (page reloaded) has its audio again. */
static void reconnected(struct interaction *ix)
{
	ix->agent_leg->state = LEG_UP;
	timer_cancel(&ix->center->timers, &ix->audio_timer);
	if (ix->is_muted)
		call_leg_send_media(
			ix->agent_leg, &(struct media_command){.kind = MEDIA_MUTE, .flag = {.is_on = true}});
	if (!ix->segment.held_since)
		call_leg_send_media(ix->customer,
			&(struct media_command){.kind = MEDIA_BRIDGE, .other = ix->agent_leg->id});
	call_push(ix);
}

void offer_connected(struct interaction *ix)
{
	struct center *c = ix->center;
	struct segment *s = &ix->segment;
	struct agent *a = agent_get(c, s->agent);

	if (ix->stage == STAGE_TALKING) {
		reconnected(ix);
		return;
	}
	if (!s->is_offered || ix->is_ending)
		return;
	if (route_feed(c,
		    &(struct route_input){
			    .kind = ROUTE_ACCEPTED, .segment = s->id, .agent = s->agent, .queue = s->queue}) <
		0) {
		/* Too late: the engine has given the caller to somebody else, or is about to. */
		offer_failed(ix, ROUTE_WITHDRAWN);
		return;
	}
	offer_over(ix, "answered");
	live_wait_ends(ix);
	ix->agent_leg->state = LEG_UP;
	ix->stage = STAGE_TALKING;
	s->is_answered = true;
	s->answered_mono = c->now_ms;
	emit(c, &(struct event){.type = EVENT_SEGMENT_ANSWERED,
			.interaction = ix->id,
			.segment = s->id,
			.queue = s->queue,
			.agent = s->agent,
			.wait_ms = c->now_ms - s->queued_mono,
			.ring_ms = c->now_ms - s->offered_mono});
	play_stop(ix);
	call_leg_send_media(
		ix->customer, &(struct media_command){.kind = MEDIA_BRIDGE, .other = ix->agent_leg->id});
	record_begin(ix);
	if (a)
		agent_refresh(a);
	call_push(ix);
}

/* --- for the screen
 * -------------------------------------------------------------------------------------------------- */

json_t *json_id(uint64_t id)
{
	char text[ID_TEXT_SIZE];

	return id ? json_string(id_text(id, text)) : json_null();
}

static json_t *customer_json(const struct interaction *ix)
{
	const json_t *row = ix->customer_row;

	return json_pack("{s:s,s:s,s:o,s:b,s:s}", "number", ix->from, "name", ix->from_name, "id",
		json_id(jsonx_id(row, "id")), "is_vip", jsonx_bool(row, "is_vip", false), "notes",
		jsonx_text(row, "notes", ""));
}

static json_t *chosen_json(const struct interaction *ix)
{
	json_t *list = json_array();

	for (int i = 0; i < ix->n_chosen; i++)
		json_array_append_new(list, json_pack("{s:s,s:s,s:s}", "node", ix->chosen[i].node, "label",
						    ix->chosen[i].label, "digits", ix->chosen[i].digits));
	return list;
}

/* What an agent should know about the caller, ringing or talking. */
static json_t *facts_json(const struct interaction *ix)
{
	const struct queue *q = snapshot_queue(ix->center->snapshot, ix->segment.queue);
	json_t *history = ix->history ? json_incref(ix->history) : json_array();

	return json_pack("{s:o,s:o,s:o,s:s,s:{s:o,s:s},s:o,s:o}", "interaction", json_id(ix->id), "segment",
		json_id(ix->segment.id), "customer", customer_json(ix), "number", ix->to, "queue", "id",
		json_id(ix->segment.queue), "name", q ? q->name : "", "chosen", chosen_json(ix), "history",
		history);
}

static int64_t wall_of(const struct center *c, int64_t mono_ms)
{
	return center_wall(c) - (c->now_ms - mono_ms);
}

json_t *offer_json(struct interaction *ix)
{
	struct center *c = ix->center;
	const struct user *u = snapshot_user(c->snapshot, ix->segment.agent);
	static const char *const devices[] = {"browser", "phone", "uri"};
	struct agent *a = agent_get(c, ix->segment.agent);
	const char *sdp = ix->agent_leg ? ix->agent_leg->offer_sdp : NULL;
	json_t *j = facts_json(ix);

	json_object_set_new(j, "on", json_string("offer"));
	json_object_set_new(j, "deadline_at", json_integer(wall_of(c, ix->offer_due_ms)));
	json_object_set_new(j, "device", json_string(devices[a ? a->device : DEVICE_BROWSER]));
	json_object_set_new(j, "sdp", sdp ? json_string(sdp) : json_null());
	json_object_set_new(j, "wait_ms", json_integer(c->now_ms - ix->segment.queued_mono));
	json_object_set_new(j, "is_auto_answer", json_boolean(u && u->is_auto_answer));
	return j;
}

static json_t *call_state_json(struct interaction *ix, const char *state, const char *reason)
{
	struct center *c = ix->center;
	struct segment *s = &ix->segment;
	json_t *j = facts_json(ix);

	json_object_set_new(j, "on", json_string("call"));
	json_object_set_new(j, "state", json_string(state));
	json_object_set_new(j, "is_muted", json_boolean(ix->is_muted));
	json_object_set_new(j, "is_recording", json_boolean(ix->recording.is_running));
	json_object_set_new(j, "connected_at",
		s->answered_mono ? json_integer(wall_of(c, s->answered_mono)) : json_null());
	json_object_set_new(
		j, "held_at", s->held_since ? json_integer(wall_of(c, s->held_since)) : json_null());
	json_object_set_new(j, "reason", reason ? json_string(reason) : json_null());
	return j;
}

json_t *call_json(struct interaction *ix)
{
	return call_state_json(ix, ix->segment.held_since ? "held" : "connected", NULL);
}

void call_push(struct interaction *ix)
{
	push_user(ix->center, ix->segment.agent, call_json(ix));
}

void call_push_ended(struct interaction *ix, struct agent *agent)
{
	if (agent)
		push_user(ix->center, agent->user, call_state_json(ix, "ended", ix->end_reason));
}
