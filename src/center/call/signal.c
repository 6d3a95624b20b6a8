/* What sip/ says of legs, phones and trunks, and whose business it is. Texts of strangers are cleaned here.
 */
#include "base/log.h"
#include "base/str.h"
#include "center/defence/defence.h"
#include "center/defence/outgoing.h"
#include "center/fax/fax.h"
#include "center/record/fork.h"
#include "center/call/party.h"
#include "center/dial/dial_trunk.h"
#include "center/call/phones.h"
#include "center/features/lines.h"
#include "center/features/pull.h"
#include "center/record/mailbox.h"
#include "center/state.h"

#include <string.h>

static void leg_unusable(struct leg *leg)
{
	if (leg->role == LEG_AGENT || leg->party)
		call_leg_lost(leg);
	else
		call_leg_hang_up(leg, 0, "no_common_codec");
}

/* The caller's INVITE had no SDP: the ACK brings the answer to our offer (RFC 3261 section 13.2.1). */
static void customer_answered(struct leg *leg, const struct sip_event *e)
{
	if (!e->has_sdp || !call_can_talk(&e->sdp)) {
		call_end(leg->interaction, "no_common_codec", 0);
		return;
	}
	leg->remote = e->sdp;
	call_leg_set_remote(leg);
}

static void on_answered(struct leg *leg, const struct sip_event *e)
{
	struct interaction *ix = leg->interaction;

	if (leg->state == LEG_CLOSING)
		return;
	leg->takes_keys = leg->takes_keys || e->takes_keys;
	if (lines_is_other(leg)) {
		lines_up(leg);
		return;
	}
	if (leg->is_incoming && leg->party) { /* the ACK */
		if (leg->state == LEG_ANSWERED)
			party_answered(leg->party);
		return;
	}
	if (leg->role == LEG_CUSTOMER) {
		leg->state = LEG_UP;
		if (!leg->remote.has_audio)
			customer_answered(leg, e);
		return;
	}
	if (leg->state == LEG_UP)
		return; /* told twice */
	dial_was_answered(leg);
	if (!e->has_sdp || !call_can_talk(&e->sdp)) {
		log_warn("center", ix->id, "the called side answered without a codec we speak");
		leg_unusable(leg);
		return;
	}
	leg->remote = e->sdp;
	leg->state = LEG_ANSWERED;
	call_leg_set_remote(leg);
	if (leg->role == LEG_AGENT)
		offer_connected(leg);
	else if (leg->party)
		party_answered(leg->party);
}

/* Early media (RFC 3960): what the other side's line says is heard by whoever called. */
static void on_ringing(struct leg *leg, const struct sip_event *e)
{
	struct party *p = leg->party;

	dial_rang(leg, e);
	if (!p || leg->state == LEG_CLOSING || p->state != PARTY_RINGING)
		return;
	p->has_rung = true;
	if (!leg->interaction->dial || p->is_back || !e->has_sdp || !call_can_talk(&e->sdp))
		return;
	/* Forked, or updated: whoever spoke last is heard. The same once more says nothing. */
	if (p->is_early && leg->remote.port == e->sdp.port && str_equal(leg->remote.address, e->sdp.address))
		return;
	leg->remote = e->sdp;
	call_leg_set_remote(leg);
	p->is_early = true;
	hear_apply(leg->interaction);
}

static enum route_fail failure_of(const struct sip_event *e)
{
	switch (e->code) {
	case 486:
	case 600:
		return ROUTE_BUSY;
	case 603:
	case 403:
		return ROUTE_DECLINED;
	case 408:
	case 487:
		return ROUTE_NO_ANSWER;
	default:
		return ROUTE_UNREACHABLE;
	}
}

/* The stable word for why a leg that rang will not be answered. */
static const char *failure_text(const struct sip_event *e)
{
	static const char *const texts[] = {[ROUTE_BUSY] = "busy",
		[ROUTE_DECLINED] = "declined",
		[ROUTE_NO_ANSWER] = "no_answer",
		[ROUTE_UNREACHABLE] = "unreachable"};

	return texts[failure_of(e)];
}

static void on_ended(struct leg *leg, const struct sip_event *e)
{
	struct interaction *ix = leg->interaction;
	bool was_closing = leg->state == LEG_CLOSING, is_agent = leg == ix->agent_leg;
	bool was_up = leg->state == LEG_ANSWERED || leg->state == LEG_UP;
	struct agent *ringing = offer_of(leg);
	struct party *party = leg->party;

	if (dial_again(leg, e))
		return;
	dial_trunk_left(leg);
	leg->has_sip = false;
	if (party)
		party->sip_code = e->code;
	ix->n_legs++; /* keeps the interaction while its consequences run */
	leg->state = LEG_CLOSING;
	hear_forget_leg(ix, leg->id);
	if (leg->has_media && !was_closing)
		call_leg_send_media(leg, &(struct media_command){.kind = MEDIA_LEG_CLOSE});
	if (leg->role == LEG_CUSTOMER && !was_closing)
		call_end(ix, e->is_remote ? "customer_hung_up" : "customer_lost", e->code);
	else if (!was_closing && lines_ended(leg))
		hear_apply(ix);
	else if (party && leg == party->next_leg && !was_closing)
		pull_failed(party);
	else if (is_agent && !was_closing && was_up && ix->stage == STAGE_TALKING)
		call_agent_left(ix, "agent");
	else if (party && party->kind && !was_closing)
		party_gone(party, party->state == PARTY_RINGING ? failure_text(e) : "hung_up");
	else if (ringing && !was_closing)
		offer_failed(ringing, failure_of(e));
	call_leg_gone(leg);
	ix->n_legs--;
	call_forget_if_over(ix);
}

static void on_reinvited(struct leg *leg, const struct sip_event *e)
{
	if (leg->state == LEG_CLOSING || !e->has_sdp || fax_reinvited(leg, &e->sdp) ||
		!call_can_talk(&e->sdp))
		return;
	leg->remote = e->sdp;
	call_leg_set_remote(leg);
	if (leg->party && e->from_number[0]) { /* another peer took the place (RFC 3891) */
		party_call_it(leg->party, e->from_number, e->from_name);
		call_push(leg->interaction);
	}
	lines_reinvited(leg);
}

/* Whom a phone means by what it dialled: a colleague's extension, a number of ours that leads to a queue, or
 * an address as it is. */
static json_t *refer_target(struct center *c, const char *uri)
{
	const char *at = strchr(uri, ':');
	char user[SIP_NUMBER_MAX];
	size_t n = at ? strcspn(at + 1, "@;?>") : 0;

	if (n > 0 && str_put_n(user, sizeof(user), at + 1, n) == 0) {
		const struct user *colleague = strmap_get(&c->snapshot->user_by_extension, user);
		const struct number *number = snapshot_number(c->snapshot, user, 0);
		if (colleague)
			return json_pack("{s:s,s:o}", "kind", "agent", "id", json_id(colleague->id));
		if (number && number->queue)
			return json_pack("{s:s,s:o}", "kind", "queue", "id", json_id(number->queue));
	}
	return json_pack("{s:s,s:s}", "kind", "number", "number", uri);
}

/* A phone transfers the call it is in: the same as the agent's blind transfer on the screen, or, when it
 * names its other line, as the end of a consult call. */
static void on_referred(struct leg *leg, const struct sip_event *e)
{
	struct interaction *ix = leg->interaction;
	struct sip_command done = {.kind = SIP_REFERRED_DONE, .code = 603, .reason = "Decline"};
	_cleanup_json_ json_t *to = e->other ? NULL : refer_target(ix->center, e->uri);
	bool is_leads = leg->party && leg->party == ix->lead;
	const char *why = "not_joinable";

	if (e->other)
		why = lines_join(leg, map_get(&ix->center->legs, e->other));
	else if (is_leads && to)
		why = talk_transfer(ix, to);
	if (!why)
		return; /* its leg is hung up, which says 200 */
	log_warn("center", ix->id, "a phone's transfer to %s is not possible: %s", e->uri, why);
	call_leg_send_sip(leg, &done);
}

void call_clean_text(char *s)
{
	while (*s) {
		unsigned char lead = (unsigned char)*s;
		size_t n = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
		if (lead < 0x20 || lead == 0x7f || strnlen(s, n) < n || !str_is_utf8(s, n)) {
			*s++ = '?';
			continue;
		}
		s += n;
	}
}

void signal_on_sip(struct center *c, struct sip_event *e)
{
	call_clean_text(e->from_number);
	call_clean_text(e->from_name);
	call_clean_text(e->to_number);
	call_clean_text(e->uri);
	call_clean_text(e->reason);
	call_clean_text(e->text);
	call_clean_text(e->source);

	struct leg *leg = e->leg ? map_get(&c->legs, e->leg) : NULL;

	switch (e->kind) {
	case SIP_INCOMING:
		dial_normalise(c, e);
		incoming_call(c, e);
		return;
	case SIP_REFUSED:
		incoming_refused(c, e);
		return;
	case SIP_BANNED:
		defence_banned(c, e);
		return;
	case SIP_REGISTRATION:
		phones_on_registration(c, e);
		return;
	case SIP_TRUNK_STATE:
		live_trunk(c, e);
		return;
	case SIP_TRUNK_TESTED:
		trunk_tested(c, e);
		return;
	default:
		break;
	}
	if (e->kind == SIP_ANSWERED)
		outgoing_answered(c, e->leg);
	else if (e->kind == SIP_ENDED)
		outgoing_ended(c, e->leg);
	if (!leg)
		return; /* it ended a moment ago */
	if (leg->role == LEG_FORK)
		fork_on_sip(leg, e);
	else if (e->kind == SIP_ANSWERED)
		on_answered(leg, e);
	else if (e->kind == SIP_RINGING)
		on_ringing(leg, e);
	else if (e->kind == SIP_ENDED)
		on_ended(leg, e);
	else if (e->kind == SIP_REINVITED)
		on_reinvited(leg, e);
	else if (e->kind == SIP_DTMF || e->kind == SIP_DTMF_REFUSED)
		keys_on_sip(leg, e);
	else if (e->kind == SIP_REFERRED)
		on_referred(leg, e);
}
