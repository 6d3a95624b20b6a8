/* What an agent does with a connected call: hold, mute, digits, blind transfer. */
#include "base/id.h"
#include "base/log.h"
#include "base/str.h"
#include "center/features/consult.h"
#include "center/call/party.h"
#include "center/state.h"

#include <string.h>

/* The customer stays without the lead, or has them back. Without a segment only the screens hear of it. */
static void customer_held(struct interaction *ix, bool is_on)
{
	struct segment *s = &ix->segment;
	struct center *c = ix->center;
	struct event e = {.type = is_on ? EVENT_SEGMENT_HELD : EVENT_SEGMENT_RESUMED,
		.interaction = ix->id,
		.segment = s->id,
		.queue = s->queue,
		.agent = s->agent};

	if (is_on == (s->held_since != 0))
		return;
	if (is_on) {
		s->held_since = c->now_ms;
		s->holds++;
	} else {
		e.hold_ms = c->now_ms - s->held_since;
		s->hold_ms += e.hold_ms;
		s->held_since = 0;
	}
	if (s->id && s->is_answered)
		emit(c, &e);
}

void talk_count_aside(struct interaction *ix, bool is_going_on)
{
	struct segment *s = &ix->segment;
	const struct party *behind = party_behind(ix);
	bool is_on = is_going_on && ix->talk == TALK_BACK && behind && behind->state == PARTY_CONNECTED;

	if (is_on == (s->aside_since != 0))
		return;
	if (!is_on)
		s->aside_ms += ix->center->now_ms - s->aside_since;
	s->aside_since = is_on ? ix->center->now_ms : 0;
}

void talk_with(struct interaction *ix, enum talk talk)
{
	struct agent *a = ix->lead ? map_get(&ix->center->agents, ix->lead->user) : NULL;

	if (ix->talk != TALK_NOBODY)
		ix->talk_before = ix->talk;
	ix->talk = talk;
	hear_apply(ix);
	customer_held(ix, talk != TALK_FRONT);
	talk_count_aside(ix, true);
	if (a)
		agent_refresh(a);
	call_push(ix);
}

const char *talk_hold(struct interaction *ix, bool is_on)
{
	if (ix->stage != STAGE_TALKING || !ix->lead)
		return "not_connected";
	if (is_on != (ix->talk == TALK_NOBODY))
		talk_with(ix, is_on ? TALK_NOBODY : ix->talk_before);
	return NULL;
}

const char *talk_mute(struct party *p, bool is_on)
{
	p->is_silent = is_on;
	if (p->leg)
		call_leg_send_media(
			p->leg, &(struct media_command){.kind = MEDIA_MUTE, .flag = {.is_on = is_on}});
	call_push(p->interaction);
	return NULL;
}

const char *talk_dtmf(struct interaction *ix, const char *digits)
{
	struct media_command cmd = {.kind = MEDIA_DTMF_SEND, .dtmf = {.duration_ms = 160}};
	const struct party *behind = party_behind(ix);
	struct leg *to = ix->talk == TALK_BACK && behind ? behind->leg : ix->customer;

	if (ix->stage != STAGE_TALKING || !to)
		return "not_connected";
	if (!digits || !*digits || strspn(digits, "0123456789*#ABCD") != strlen(digits) ||
		str_put(cmd.dtmf.digits, sizeof(cmd.dtmf.digits), digits) < 0)
		return "invalid_digits";
	call_leg_send_media(to, &cmd);
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
				 .agent = ix->lead ? ix->lead->user : 0,
				 .reason = kind,
				 .to = to,
				 .ref = target});
	parties_leave(ix, "transfer");
	ix->segment.transfer = "blind";
	segment_end_talk(ix, "transfer");
	if (ix->lead)
		party_leave(ix->lead, "transfer");
}

static const char *to_agent(struct interaction *ix, uint64_t target)
{
	struct center *c = ix->center;
	struct agent *a = agent_get(c, target);
	uint64_t queue = ix->last_queue;
	const struct user *u = snapshot_user(c->snapshot, target);

	if (!a || !u)
		return "not_found";
	if (!a->is_available || a->interaction || a->wrap_up.is_on || target == ix->lead->user)
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
	const char *why = call_target_of(ix->center, ix->lead ? ix->lead->user : 0, number, &probe);
	if (why)
		return why;
	ix->transfer_queue = ix->last_queue;
	transferred(ix, "number", number, 0);
	outside_call(ix, number, OUTSIDE_RING_S);
	return NULL;
}

const char *talk_transfer(struct interaction *ix, const json_t *to)
{
	const char *kind = jsonx_text(to, "kind", "");
	uint64_t id = jsonx_id(to, "id");
	const struct queue *q = snapshot_queue(ix->center->snapshot, id);

	if (ix->stage != STAGE_TALKING || !ix->lead)
		return "not_connected";
	if (str_equal(kind, "agent") && !ix->last_queue) /* no queue to come back to: asked, and let go */
		return consult_blind(ix, to);
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
