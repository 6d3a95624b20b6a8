/* What an agent does with a connected call: hold, mute, digits, blind transfer; and calls to the outside for
 * transfers. */
#include "base/id.h"
#include "base/log.h"
#include "base/str.h"
#include "center/state.h"

#include <string.h>

#define OUTSIDE_RING_S 45

const char *talk_hold(struct interaction *ix, bool is_on)
{
	struct segment *s = &ix->segment;
	struct center *c = ix->center;
	struct agent *a = agent_get(c, s->agent);

	if (ix->stage != STAGE_TALKING)
		return "not_connected";
	if (is_on == (s->held_since != 0))
		return NULL;
	if (is_on) {
		s->held_since = c->now_ms;
		s->holds++;
		call_leg_send_media(ix->customer, &(struct media_command){.kind = MEDIA_UNBRIDGE});
		play_music(ix);
		emit(c, &(struct event){.type = EVENT_SEGMENT_HELD,
				.interaction = ix->id,
				.segment = s->id,
				.queue = s->queue,
				.agent = s->agent});
	} else {
		int64_t hold_ms = c->now_ms - s->held_since;
		bool is_audible = ix->agent_leg && ix->agent_leg->state == LEG_UP;
		s->hold_ms += hold_ms;
		s->held_since = 0;
		play_stop(ix);
		if (is_audible) /* else the page is reloading: bridged when its audio is back */
			call_leg_send_media(ix->customer,
				&(struct media_command){.kind = MEDIA_BRIDGE, .other = ix->agent_leg->id});
		emit(c, &(struct event){.type = EVENT_SEGMENT_RESUMED,
				.interaction = ix->id,
				.segment = s->id,
				.queue = s->queue,
				.agent = s->agent,
				.hold_ms = hold_ms});
	}
	if (a)
		agent_refresh(a);
	call_push(ix);
	return NULL;
}

const char *talk_mute(struct interaction *ix, bool is_on)
{
	if (ix->stage != STAGE_TALKING)
		return "not_connected";
	ix->is_muted = is_on;
	if (ix->agent_leg)
		call_leg_send_media(
			ix->agent_leg, &(struct media_command){.kind = MEDIA_MUTE, .flag = {.is_on = is_on}});
	call_push(ix);
	return NULL;
}

const char *talk_dtmf(struct interaction *ix, const char *digits)
{
	struct media_command cmd = {.kind = MEDIA_DTMF_SEND, .dtmf = {.duration_ms = 160}};

	if (ix->stage != STAGE_TALKING)
		return "not_connected";
	if (!digits || !*digits || strspn(digits, "0123456789*#ABCD") != strlen(digits) ||
		str_put(cmd.dtmf.digits, sizeof(cmd.dtmf.digits), digits) < 0)
		return "invalid_digits";
	call_leg_send_media(ix->customer, &cmd);
	return NULL;
}

/* --- transfers
 * ------------------------------------------------------------------------------------------------------- */

static void transferred(struct interaction *ix, const char *kind, const char *to, uint64_t target)
{
	emit(ix->center, &(struct event){.type = EVENT_INTERACTION_TRANSFERRED,
				 .interaction = ix->id,
				 .segment = ix->segment.id,
				 .queue = ix->segment.queue,
				 .agent = ix->segment.agent,
				 .reason = kind,
				 .to = to,
				 .ref = target});
	call_leg_send_media(ix->customer, &(struct media_command){.kind = MEDIA_UNBRIDGE});
	segment_end_talk(ix, "transfer");
}

static const char *to_agent(struct interaction *ix, uint64_t target)
{
	struct center *c = ix->center;
	struct agent *a = agent_get(c, target);
	uint64_t queue = ix->segment.queue;

	const struct user *u = snapshot_user(c->snapshot, target);

	if (!a || !u)
		return "not_found";
	if (!a->is_available || a->interaction || a->wrap_up.is_on || target == ix->segment.agent)
		return "agent_not_free";
	transferred(ix, "agent", u->name, target);
	/* Whoever does not answer loses the caller to the queue, at the place earned. */
	segment_begin(ix, queue, NULL, ix->first_queued_mono, target);
	return NULL;
}

static const char *to_number(struct interaction *ix, const char *number)
{
	struct sip_command probe = {0};

	if (str_is_blank(number) || strlen(number) >= SIP_URI_MAX)
		return "invalid_number";
	if (!call_target(ix->center, number, &probe))
		return "no_trunk";
	ix->transfer_queue = ix->segment.queue;
	transferred(ix, "number", number, 0);
	outside_call(ix, number, OUTSIDE_RING_S);
	return NULL;
}

const char *talk_transfer(struct interaction *ix, const json_t *to)
{
	const char *kind = jsonx_text(to, "kind", "");
	uint64_t id = jsonx_id(to, "id");
	const struct queue *q = snapshot_queue(ix->center->snapshot, id);

	if (ix->stage != STAGE_TALKING)
		return "not_connected";
	if (str_equal(kind, "agent"))
		return to_agent(ix, id);
	if (str_equal(kind, "number"))
		return to_number(ix, jsonx_text(to, "number", NULL));
	if (!str_equal(kind, "queue"))
		return "invalid_target";
	if (!q)
		return "not_found";
	if (!queue_is_open(ix->center, q))
		return "queue_closed";
	transferred(ix, "queue", q->name, id);
	call_enqueue_again(ix, id, ix->center->now_ms);
	return NULL;
}

/* --- the outside
 * ----------------------------------------------------------------------------------------------------- */

void outside_call(struct interaction *ix, const char *target, int timeout_s)
{
	struct leg *leg = call_leg_new(ix, LEG_OUTSIDE, LEG_SIP, 0);
	struct sip_command *cmd = leg ? alloc_zero(sizeof(*cmd)) : NULL;
	struct media_command tone = {
		.kind = MEDIA_PLAY, .ref = ix->center->next_ref++, .play = {.n = 1, .is_looped = true}};

	ix->stage = STAGE_OUTSIDE;
	ix->outside = leg;
	if (leg)
		leg->call = cmd;
	if (!cmd || !call_target(ix->center, target, cmd)) {
		log_warn("center", ix->id, "no trunk can dial out: a transfer outside fails");
		if (leg)
			call_leg_gone(leg);
		outside_on_ended(ix, NULL);
		return;
	}
	cmd->kind = SIP_CALL;
	cmd->call.timeout_s = timeout_s > 0 ? timeout_s : OUTSIDE_RING_S;
	str_put(cmd->call.from_number, sizeof(cmd->call.from_number), ix->from);
	str_put(cmd->call.from_name, sizeof(cmd->call.from_name), ix->from_name);
	call_answer(ix);
	play_forget(ix);
	str_put(tone.play.list[0].path, MEDIA_PATH_MAX, "tone:ringback:eu");
	ix->play.is_sounding = true;
	call_leg_send_media(ix->customer, &tone);
	call_leg_open(leg);
}

void outside_on_answered(struct interaction *ix)
{
	ix->outside->state = LEG_UP;
	play_stop(ix);
	call_leg_send_media(
		ix->customer, &(struct media_command){.kind = MEDIA_BRIDGE, .other = ix->outside->id});
	ix->is_outside_up = true;
	ix->transfer_queue = 0;
}

void outside_on_ended(struct interaction *ix, const struct sip_event *e)
{
	bool was_up = ix->is_outside_up;

	ix->outside = NULL;
	ix->is_outside_up = false;
	if (ix->is_ending)
		return;
	if (was_up) {
		call_end(ix, "outside_hung_up", 0);
		return;
	}
	play_stop(ix);
	if (ix->transfer_queue) {
		/* The agent let go, the number did not answer: back to the queue it came from, at the place
		 * earned. */
		uint64_t queue = ix->transfer_queue;
		ix->transfer_queue = 0;
		call_enqueue_again(ix, queue, ix->first_queued_mono);
		return;
	}
	flow_feed_result(ix, FLOW_TRANSFER_ENDED,
		e && (e->code == 486 || e->code == 600)	  ? "busy"
		: e && (e->code == 408 || e->code == 487) ? "no_answer"
							  : "failed");
}
