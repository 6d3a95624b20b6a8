/* See lines.h. */
#include "center/features/lines.h"
#include "base/log.h"
#include "base/str.h"
#include "center/call/party.h"
#include "center/features/consult.h"

static struct leg *second_line(const struct party *p)
{
	return p->is_on_second ? p->leg : p->other_line;
}

bool lines_is_other(const struct leg *leg)
{
	return leg->party && leg == leg->party->other_line;
}

/* What is played to the line in use is of no use on the other. */
static void stop_sound(struct party *p)
{
	if (p->sound != SOUND_NONE && p->leg)
		call_leg_send_media(p->leg, &(struct media_command){.kind = MEDIA_PLAY_STOP,
						    .play = {.layer = MEDIA_LAYER_MUSIC}});
	p->sound = SOUND_NONE;
}

static void use_line(struct party *p, struct leg *leg, bool is_second)
{
	stop_sound(p);
	p->leg = leg;
	p->is_on_second = is_second;
	p->interaction->agent_leg = leg;
}

static json_t *target(const struct place *to)
{
	switch (to->kind) {
	case PLACE_USER:
		return json_pack("{s:s,s:o}", "kind", "agent", "id", json_id(to->id));
	case PLACE_EXTENSION:
		return json_pack("{s:s,s:s}", "kind", "extension", "number", to->number);
	case PLACE_NUMBER:
		return json_pack("{s:s,s:s}", "kind", "number", "number", to->number);
	default:
		return NULL;
	}
}

const char *lines_dial(struct agent *a, const struct sip_event *e, const struct place *to)
{
	struct interaction *ix = a->interaction;
	struct party *p = ix ? ix->lead : NULL;
	_cleanup_json_ json_t *whom = target(to);
	const char *why;
	struct leg *leg;

	if (!p || p->user != a->user || ix->stage != STAGE_TALKING || !party_is_up(p) ||
		p->leg->kind != LEG_SIP || p->other_line || p->next_leg)
		return "busy";
	if (!whom)
		return "invalid_target";
	if ((why = consult_call(ix, whom)))
		return why;
	leg = call_leg_new(ix, LEG_AGENT, LEG_SIP, e->leg);
	if (!leg) {
		(void)consult_return(ix);
		return "no_memory";
	}
	leg->user = a->user;
	leg->remote = e->sdp;
	leg->takes_keys = e->takes_keys;
	leg->has_sip = leg->is_incoming = true;
	leg->state = LEG_INVITED;
	leg->party = p;
	p->other_line = leg;
	call_leg_open(leg);
	return NULL;
}

void lines_up(struct leg *leg)
{
	struct party *p = leg->party;

	if (leg->state != LEG_ANSWERED || p->is_on_second)
		return;
	leg->state = LEG_UP;
	p->other_line = p->leg;
	use_line(p, leg, true);
	hear_apply(p->interaction);
	call_push(p->interaction);
}

static bool is_open(const struct leg *leg)
{
	return leg->remote.direction == SDP_SENDRECV && leg->remote.address[0] &&
	       !str_equal(leg->remote.address, "0.0.0.0");
}

void lines_reinvited(struct leg *leg)
{
	struct party *p = leg->party;
	struct interaction *ix = leg->interaction;

	if (!p || p != ix->lead || !is_open(leg))
		return;
	if (leg == p->other_line && leg->state == LEG_UP) {
		p->other_line = p->leg;
		use_line(p, leg, !p->is_on_second);
		talk_with(ix, p->is_on_second ? TALK_BACK : TALK_FRONT);
	} else if (leg == p->leg && p->is_awaited) {
		p->is_awaited = false;
		talk_with(ix, TALK_FRONT);
	}
}

/* Back on the first line, where the telephone keeps the customer on hold until its user comes back to it. */
static void go_home(struct party *p)
{
	struct interaction *ix = p->interaction;

	if (p->is_on_second)
		use_line(p, p->other_line, false);
	p->other_line = NULL;
	if (ix->is_ending || !p->leg)
		return;
	p->is_awaited = !is_open(p->leg);
	talk_with(ix, p->is_awaited ? TALK_NOBODY : TALK_FRONT);
}

bool lines_ended(struct leg *leg)
{
	struct party *p = leg->party;
	struct interaction *ix = leg->interaction;

	if (!p || !p->other_line || p != ix->lead)
		return false;
	if (leg == p->leg && !p->is_on_second)
		return false; /* the customer was hung up: the agent leaves, and the second line with them */
	if (leg != second_line(p)) {
		leg->party = NULL;
		p->other_line = NULL;
		call_agent_left(ix, "agent");
		return true;
	}
	leg->party = NULL;
	if (party_behind(ix))
		(void)consult_return(ix);
	go_home(p);
	return true;
}

void lines_forget_second(struct party *p)
{
	struct leg *leg = p ? second_line(p) : NULL;

	if (!p || !p->other_line)
		return;
	leg->party = NULL;
	go_home(p);
	call_leg_hang_up(leg, 0, "consult_over");
}

const char *lines_join(struct leg *leg, struct leg *other)
{
	struct interaction *ix = leg->interaction;
	struct party *p = leg->party;

	if (!p || p != ix->lead || !other || other->party != p || other == leg)
		return "not_joinable";
	return consult_complete(ix);
}
