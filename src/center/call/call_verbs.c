/* What a person's page asks of their call: the verbs call.*, parked.* (docs/protocol.md). Who may is checked
 * before by request.c; what it means is consult.c's, park.c's, pull.c's and talk.c's. */
#include "base/log.h"
#include "base/str.h"
#include "center/features/consult.h"
#include "center/dial/dial.h"
#include "center/features/park.h"
#include "center/call/party.h"
#include "center/features/pull.h"
#include "center/request.h"

#include <string.h>

const char *request_take_sdp(const struct request *r, struct leg *leg)
{
	const char *sdp = jsonx_text(r->body, "sdp", NULL);
	int err;

	if (leg->state != LEG_INVITED)
		return "not_ringing";
	if (!sdp)
		return "sdp_missing";
	err = sdp_parse(sdp, strlen(sdp), &leg->remote);
	if (err || !call_can_talk(&leg->remote)) {
		log_warn("center", leg->interaction->id, "a browser's SDP answer is unusable: %s",
			sdp_error_text(err ? err : SDP_NO_COMMON_CODEC));
		return "sdp_invalid";
	}
	leg->state = LEG_ANSWERED;
	call_leg_set_remote(leg);
	return NULL;
}

static struct party *own_party(const struct request *r)
{
	return party_of_user(r->ix, r->agent->user);
}

static const char *do_answer(struct request *r)
{
	const struct party *p = own_party(r);
	struct leg *leg = r->agent->offer.is_on ? r->agent->offer.leg : p ? p->leg : NULL;

	if (!leg || leg->kind != LEG_BROWSER)
		return "answer_on_device";
	return request_take_sdp(r, leg);
}

/* Audio again in mid-call, or the call pulled to this page. */
static const char *do_media(struct request *r)
{
	const struct party *p = own_party(r);
	struct leg *leg = r->agent->offer.is_on ? r->agent->offer.leg : p ? p->leg : NULL;

	if (p && p->next_leg && p->next_leg->kind == LEG_BROWSER && p->next_leg->state == LEG_INVITED)
		leg = p->next_leg;
	if (!leg || leg->kind != LEG_BROWSER)
		return "not_connected";
	return request_take_sdp(r, leg);
}

static const char *do_decline(struct request *r)
{
	if (!r->agent->offer.is_on)
		return "not_ringing";
	offer_failed(r->agent, ROUTE_DECLINED);
	return NULL;
}

static const char *do_hold(struct request *r)
{
	return talk_hold(r->ix, true);
}

static const char *do_resume(struct request *r)
{
	return talk_hold(r->ix, false);
}

static const char *do_mute(struct request *r)
{
	struct party *p = own_party(r);

	if (!p || p->state != PARTY_CONNECTED || r->ix->stage != STAGE_TALKING)
		return "not_connected";
	return talk_mute(p, jsonx_bool(r->body, "on", true));
}

static const char *do_record(struct request *r)
{
	return record_act(r->ix, jsonx_text(r->body, "act", ""), r->agent->user, "agent");
}

static const char *do_dtmf(struct request *r)
{
	return talk_dtmf(r->ix, jsonx_text(r->body, "digits", NULL));
}

/* The lead ends the call for the agents; whoever was asked into it leaves it to the others. */
static const char *do_hang_up(struct request *r)
{
	struct party *p = own_party(r);

	if (p && p->role == PARTY_CUSTOMER && p->state == PARTY_CONNECTED) {
		call_end(r->ix, "customer_hung_up", 0); /* a colleague who was called, or leaves a message */
		return NULL;
	}
	if (r->ix->stage != STAGE_TALKING || !p || p->state != PARTY_CONNECTED)
		return "not_connected";
	if (p == r->ix->lead)
		call_agent_left(r->ix, "agent");
	else
		party_gone(p, "hung_up");
	return NULL;
}

static const char *do_transfer(struct request *r)
{
	return talk_transfer(r->ix, json_object_get(r->body, "to"));
}

static const char *do_consult(struct request *r)
{
	return consult_call(r->ix, json_object_get(r->body, "to"));
}

static const char *do_toggle(struct request *r)
{
	return consult_toggle(r->ix);
}

static const char *do_complete(struct request *r)
{
	return consult_complete(r->ix);
}

static const char *do_return(struct request *r)
{
	return consult_return(r->ix);
}

static const char *do_conference(struct request *r)
{
	return consult_conference(r->ix);
}

static const char *do_drop(struct request *r)
{
	return consult_drop(r->ix, jsonx_id(r->body, "party"));
}

static const char *do_mute_party(struct request *r)
{
	return consult_mute(r->ix, jsonx_id(r->body, "party"), jsonx_bool(r->body, "on", true));
}

static const char *do_pull(struct request *r)
{
	struct party *p = own_party(r);

	return p ? pull_start(p, jsonx_text(r->body, "device", "")) : "not_connected";
}

/* --- calls that begin with us
 * ------------------------------------------------------------------------------------------------------------
 */

static const char *do_dial(struct request *r)
{
	struct dial_wish wish = {.agent = r->agent,
		.caller_id = jsonx_id(r->body, "caller_id"),
		.queue = jsonx_id(r->body, "queue"),
		.customer = jsonx_id(r->body, "customer")};
	const char *why = dial_place_of_json(r->c, json_object_get(r->body, "to"), &wish.to);
	uint64_t id;

	wish.how = wish.to.kind == PLACE_NUMBER ? "manual" : "internal";
	if (!why)
		why = dial_begin(r->c, &wish, &id);
	if (!why)
		json_object_set_new(r->reply, "interaction", json_id(id));
	return why;
}

static const char *do_dial_options(struct request *r)
{
	_cleanup_json_ json_t *options = dial_options(r->c, r->agent);

	json_object_update(r->reply, options);
	return NULL;
}

/* --- parked calls
 * ------------------------------------------------------------------------------------------------------------
 */

static const char *do_park(struct request *r)
{
	const char *slot = jsonx_text(r->body, "slot", NULL);
	int taken = 0;
	const char *why = park_call(r->ix, slot, &taken);

	if (!why)
		json_object_set_new(r->reply, "slot", json_sprintf("%d", taken));
	return why;
}

static const char *do_pick_up(struct request *r)
{
	uint64_t id = jsonx_id(r->body, "interaction");
	struct interaction *ix =
		id ? map_get(&r->c->interactions, id) : park_at(r->c, jsonx_text(r->body, "slot", NULL));

	if (!ix || !ix->park.slot)
		return "not_parked";
	return park_take(ix, r->agent);
}

static const char *do_parked(struct request *r)
{
	json_object_set_new(r->reply, "parked", parked_json(r->c));
	return NULL;
}

#define AGENTS (MAY_HANDLE | MAY_SUPERVISE) /* a supervisor who took over has a call, too */
const struct verb call_verbs[] = {
	{"call.answer", CALL, AGENTS, do_answer},
	{"call.media", CALL, AGENTS, do_media},
	{"call.decline", CALL, AGENTS, do_decline},
	{"call.hold", LEAD, AGENTS, do_hold},
	{"call.resume", LEAD, AGENTS, do_resume},
	{"call.mute", CALL, AGENTS, do_mute},
	{"call.dtmf", LEAD, AGENTS, do_dtmf},
	{"call.record", LEAD, AGENTS, do_record},
	{"call.hang_up", CALL, AGENTS, do_hang_up},
	{"call.transfer", LEAD, AGENTS, do_transfer},
	{"call.consult", LEAD, AGENTS, do_consult},
	{"call.toggle", LEAD, AGENTS, do_toggle},
	{"call.complete", LEAD, AGENTS, do_complete},
	{"call.return", LEAD, AGENTS, do_return},
	{"call.conference", LEAD, AGENTS, do_conference},
	{"call.drop", LEAD, AGENTS, do_drop},
	{"call.mute_party", LEAD, AGENTS, do_mute_party},
	{"call.park", LEAD, AGENTS, do_park},
	{"call.dial", AGENT, MAY_DIAL, do_dial},
	{"dial.options", AGENT, MAY_DIAL, do_dial_options},
	{"call.pick_up", AGENT, MAY_HANDLE, do_pick_up},
	{"call.pull", CALL, AGENTS, do_pull},
	{"parked.list", NOTHING, AGENTS, do_parked},
	{NULL, NOTHING, 0, NULL},
};
