/* Asking somebody aside, and what comes of it: toggle, warm transfer, conference, and every end. */
#include "base/id.h"
#include "base/str.h"
#include "center/call/party.h"
#include "center/test_parts.h"

#define ASK(verb, more, ...) world_ask(&w, d.ann_page, "'" verb "','interaction':'%s'" more, __VA_ARGS__)

struct talk_of {
	uint64_t ix, customer, ann, bob; /* ids of the interaction and of legs */
};

static bool hear_each_other(const struct world *w, uint64_t a, uint64_t b)
{
	return world_hears(w, a, b) && world_hears(w, b, a);
}

static bool hear_nothing_of(const struct world *w, uint64_t a, uint64_t b)
{
	return !world_hears(w, a, b) && !world_hears(w, b, a);
}

static bool hears_music(const struct world *w, uint64_t leg)
{
	return strstr(world_plays(w, leg), "house-music.wav") != NULL;
}

/* ann talks with the customer and has asked bob. */
static struct talk_of consult(struct world *w, struct desk *d, bool is_answered)
{
	struct talk_of t = {.customer = desk_talk(w, d)};
	const char *code;

	t.ix = world_ix_id(w, t.customer);
	t.ann = world_leg_of(w, d->ann);
	code = world_ask(w, d->ann_page, "'call.consult','interaction':'%s','to':{'kind':'agent','id':'%s'}",
		ID(t.ix), ID(d->bob));
	if (!str_equal(code, ""))
		world_fail(__FILE__, __LINE__, "call.consult: %s", code ? code : "no reply");
	t.bob = world_leg_of(w, d->bob);
	if (is_answered)
		world_connect(w, d->bob_page, d->bob);
	return t;
}

static const char *party_text(struct world *w, uint64_t user, const char *role, const char *what)
{
	const json_t *call = world_push(w, user, "call"), *p;
	size_t i;

	json_array_foreach(json_object_get(call, "parties"), i,
		p) if (str_equal(jsonx_text(p, "role", ""), role)) return jsonx_text(p, what, "");
	return "(none)";
}

TEST(consult_holds_the_customer_and_rings_the_colleague)
{
	WITH_DESK(w, d);
	struct talk_of t = consult(&w, &d, false);

	CHECK(hear_nothing_of(&w, t.customer, t.ann));
	CHECK(hears_music(&w, t.customer));
	CHECK_STR(world_plays(&w, t.ann), "tone:ringback:eu");
	CHECK_STR(world_state(&w, d.ann), "hold");
	CHECK_STR(world_state(&w, d.bob), "ringing");
	CHECK(!world_agent_of(&w, d.bob)->is_available);
	CHECK_INT(world_count(&w, EVENT_SEGMENT_HELD), 1);
	const json_t *offer = world_push(&w, d.bob, "offer");
	CHECK_STR(jsonx_text(offer, "kind", ""), "consult");
	CHECK(json_is_null(json_object_get(offer, "queue")));
	CHECK_STR(jsonx_text(json_object_get(offer, "from_agent"), "name", ""), "ann");
	CHECK_STR(jsonx_text(world_push(&w, d.ann, "call"), "talking_to", ""), "consulted");
	CHECK_STR(party_text(&w, d.ann, "agent", "state"), "ringing");
	CHECK_STR(party_text(&w, d.ann, "customer", "state"), "held");

	world_connect(&w, d.bob_page, d.bob);
	CHECK(hear_each_other(&w, t.ann, t.bob));
	CHECK(hear_nothing_of(&w, t.customer, t.bob));
	CHECK_STR(world_plays(&w, t.ann), "");
	CHECK_STR(world_state(&w, d.bob), "talking");
	CHECK_INT(world_count_reason(&w, EVENT_PARTY_JOINED, "consulted"), 1);
	CHECK_STR(jsonx_text(world_push(&w, d.bob, "call"), "talking_to", ""), "consulted");
	CHECK_INT(world_count(&w, EVENT_OFFER_MADE), 1); /* of the queue; routing knows nothing of bob's */
	/* a caller meanwhile is offered to neither */
	world_call(&w, "200", "1000");
	CHECK_INT(world_count(&w, EVENT_OFFER_MADE), 1);
}

TEST(a_forbidden_number_is_called_by_its_name)
{
	WITH_WORLD(w);
	struct desk d;
	(void)fixture_update(&w.store, "setting", 1, "{\"forbidden_prefixes\":[\"0909\"]}", NULL);
	CHECK(desk_open(&w, &d));
	uint64_t ix = world_ix_id(&w, desk_talk(&w, &d));
	CHECK_STR(ASK("call.consult", ",'to':{'kind':'number','number':'0909123'}", ID(ix)),
		"number_not_allowed");
	CHECK_STR(ASK("call.transfer", ",'to':{'kind':'number','number':'0909123'}", ID(ix)),
		"number_not_allowed");
	CHECK_STR(ASK("call.consult", ",'to':{'kind':'number','number':'anna'}", ID(ix)), "invalid_number");
}

TEST(toggle_and_return)
{
	WITH_DESK(w, d);
	struct talk_of t = consult(&w, &d, true);

	CHECK_STR(ASK("call.toggle", "", ID(t.ix)), "");
	CHECK(hear_each_other(&w, t.customer, t.ann) && hear_nothing_of(&w, t.ann, t.bob));
	CHECK(hears_music(&w, t.bob) && !hears_music(&w, t.customer));
	CHECK_INT(world_count(&w, EVENT_SEGMENT_RESUMED), 1);
	CHECK_STR(ASK("call.toggle", "", ID(t.ix)), "");
	CHECK(hear_each_other(&w, t.bob, t.ann) && hears_music(&w, t.customer));
	CHECK_STR(ASK("call.hold", "", ID(t.ix)), "");
	CHECK(hear_nothing_of(&w, t.ann, t.bob) && hears_music(&w, t.customer) && hears_music(&w, t.bob));
	CHECK_STR(jsonx_text(world_push(&w, d.ann, "call"), "talking_to", ""), "nobody");
	CHECK_STR(ASK("call.resume", "", ID(t.ix)), "");
	CHECK(hear_each_other(&w, t.bob, t.ann) && hears_music(&w, t.customer));
	world_pass(&w, 5000);
	CHECK_STR(ASK("call.return", "", ID(t.ix)), "");
	CHECK(hear_each_other(&w, t.customer, t.ann) && !hears_music(&w, t.customer));
	CHECK_STR(world_state(&w, d.bob), "ready");
	CHECK(world_agent_of(&w, d.bob)->is_available);
	const struct logged *left = world_last(&w, EVENT_PARTY_LEFT);
	CHECK_STR(left->reason, "returned");
	CHECK_INT(left->e.duration_ms, 5000);
	CHECK_INT(left->e.agent == d.bob, 1);
	CHECK_STR(ASK("call.return", "", ID(t.ix)), "no_consult");
	CHECK_STR(ASK("call.toggle", "", ID(t.ix)), "no_consult");
	CHECK_STR(jsonx_text(world_push(&w, d.bob, "call"), "state", ""), "ended");
}

TEST(warm_transfer_gives_the_call_to_the_colleague)
{
	WITH_DESK(w, d);
	struct talk_of t = consult(&w, &d, true);

	CHECK_STR(ASK("call.complete", "", ID(t.ix)), "");
	CHECK(hear_each_other(&w, t.customer, t.bob) && !hears_music(&w, t.customer));
	CHECK_STR(world_last(&w, EVENT_SEGMENT_ENDED)->reason, "transfer");
	CHECK_STR(world_last(&w, EVENT_INTERACTION_TRANSFERRED)->reason, "agent");
	CHECK_STR(world_state(&w, d.ann), "wrap_up");
	CHECK_STR(world_state(&w, d.bob), "talking");
	CHECK_INT(world_ix(&w, t.customer)->lead->user == d.bob, 1);
	CHECK_INT(world_count(&w, EVENT_SEGMENT_QUEUED), 1);
	/* bob has all that comes with a call: hold, asking ann in turn is refused (wrap-up) */
	CHECK_STR(world_ask(&w, d.bob_page, "'call.hold','interaction':'%s'", ID(t.ix)), "");
	CHECK(hears_music(&w, t.customer));
	CHECK_STR(world_state(&w, d.bob), "hold");
	CHECK_STR(world_ask(&w, d.bob_page, "'call.resume','interaction':'%s'", ID(t.ix)), "");
	CHECK_INT(world_count(&w, EVENT_SEGMENT_HELD), 1); /* only the segment's own are events */
	CHECK_STR(
		world_ask(&w, d.bob_page, "'call.consult','interaction':'%s','to':{'kind':'agent','id':'%s'}",
			ID(t.ix), ID(d.ann)),
		"agent_not_free");
	CHECK_STR(ASK("call.hold", "", ID(t.ix)), "not_yours");
	world_pass(&w, 7000);
	CHECK_STR(world_ask(&w, d.bob_page, "'call.hang_up','interaction':'%s'", ID(t.ix)), "");
	CHECK_STR(world_last(&w, EVENT_PARTY_LEFT)->reason, "agent");
	CHECK_INT(world_last(&w, EVENT_PARTY_LEFT)->e.duration_ms, 7000);
	CHECK_INT(world_count(&w, EVENT_INTERACTION_ENDED), 1);
	CHECK_STR(world_state(&w, d.bob), "ready");
}

TEST(transfer_while_it_still_rings)
{
	for (int answers = 0; answers < 2; answers++) {
		WITH_DESK(w, d);
		struct talk_of t = consult(&w, &d, false);

		CHECK_STR(ASK("call.complete", "", ID(t.ix)), "");
		CHECK_STR(world_state(&w, d.ann), "wrap_up");
		CHECK_STR(world_plays(&w, t.customer), "tone:ringback:eu");
		if (answers) {
			world_connect(&w, d.bob_page, d.bob);
			CHECK(hear_each_other(&w, t.customer, t.bob));
			CHECK_STR(world_plays(&w, t.customer), "");
			continue;
		}
		world_pass(&w, PARTY_RING_MS);
		CHECK_STR(world_last(&w, EVENT_PARTY_LEFT)->reason, "no_answer");
		/* back at the head of the queue, where ann has been idle the longer */
		CHECK_INT(world_count(&w, EVENT_SEGMENT_QUEUED), 2);
		CHECK_STR(world_state(&w, d.ann), "ringing");
		world_connect(&w, d.ann_page, d.ann);
		CHECK_INT(world_count(&w, EVENT_SEGMENT_ANSWERED), 2);
	}
}

TEST(the_colleague_does_not_answer)
{
	static const char *const reasons[] = {"declined", "no_answer", "unreachable"};
	for (int how = 0; how < 3; how++) {
		WITH_DESK(w, d);
		struct talk_of t = consult(&w, &d, false);

		if (how == 0)
			CHECK_STR(
				world_ask(&w, d.bob_page, "'call.decline','interaction':'%s'", ID(t.ix)), "");
		else if (how == 1)
			world_pass(&w, PARTY_RING_MS);
		else
			world_page_closes(&w, d.bob_page);
		CHECK_STR(world_last(&w, EVENT_PARTY_LEFT)->reason, reasons[how]);
		CHECK_INT(world_last(&w, EVENT_PARTY_LEFT)->e.duration_ms, 0);
		/* the customer is not thrown at the agent: still on hold, and the screen says why */
		CHECK(hears_music(&w, t.customer) && hear_nothing_of(&w, t.customer, t.ann));
		const json_t *call = world_push(&w, d.ann, "call");
		CHECK_STR(jsonx_text(call, "state", ""), "held");
		CHECK_STR(jsonx_text(call, "reason", ""), reasons[how]);
		CHECK_STR(ASK("call.resume", "", ID(t.ix)), "");
		CHECK(hear_each_other(&w, t.customer, t.ann));
		CHECK_INT(world_count(&w, EVENT_OFFER_MADE), 1);
	}
}

TEST(ends_of_a_consult)
{
	enum { CUSTOMER, CONSULTED, AGENT_HANGS_UP, AGENT_LOST, ENDS };
	for (int who = 0; who < ENDS; who++) {
		WITH_DESK(w, d);
		struct talk_of t = consult(&w, &d, true);

		switch (who) {
		case CUSTOMER: /* the call is over for everybody */
			world_sip(&w, SIP_ENDED, t.customer, 0);
			CHECK_INT(world_count(&w, EVENT_INTERACTION_ENDED), 1);
			CHECK_STR(world_state(&w, d.ann), "wrap_up");
			CHECK_STR(world_state(&w, d.bob), "ready");
			break;
		case CONSULTED:
			CHECK_STR(
				world_ask(&w, d.bob_page, "'call.hang_up','interaction':'%s'", ID(t.ix)), "");
			CHECK(hears_music(&w, t.customer));
			CHECK_STR(jsonx_text(world_push(&w, d.ann, "call"), "reason", ""), "hung_up");
			CHECK_STR(world_state(&w, d.bob), "ready");
			CHECK_STR(ASK("call.resume", "", ID(t.ix)), "");
			CHECK(hear_each_other(&w, t.customer, t.ann));
			break;
		case AGENT_HANGS_UP: /* behind nobody is left: as without a consult */
			CHECK_STR(ASK("call.hang_up", "", ID(t.ix)), "");
			CHECK_INT(world_count(&w, EVENT_INTERACTION_ENDED), 1);
			CHECK_STR(world_state(&w, d.bob), "ready");
			break;
		default: /* the page is gone for good: the customer goes to the head of the queue */
			world_page_closes(&w, d.ann_page);
			world_media(&w, MEDIA_LEG_LOST, t.ann);
			CHECK(hear_nothing_of(&w, t.customer, t.ann));
			world_pass(&w, AUDIO_GRACE_MS);
			CHECK_INT(world_count(&w, EVENT_SEGMENT_QUEUED), 2);
			CHECK_STR(world_last(&w, EVENT_PARTY_LEFT)->reason, "agent_lost");
		}
	}
}

TEST(conference_and_what_its_lead_may)
{
	WITH_DESK(w, d);
	struct talk_of t = consult(&w, &d, false);

	CHECK_STR(ASK("call.conference", "", ID(t.ix)), "not_connected");
	world_connect(&w, d.bob_page, d.bob);
	CHECK_STR(ASK("call.conference", "", ID(t.ix)), "");
	CHECK(hear_each_other(&w, t.customer, t.ann) && hear_each_other(&w, t.customer, t.bob) &&
		hear_each_other(&w, t.ann, t.bob));
	CHECK_STR(jsonx_text(world_push(&w, d.ann, "call"), "talking_to", ""), "everybody");
	CHECK_STR(world_state(&w, d.ann), "talking");
	CHECK_STR(ASK("call.conference", "", ID(t.ix)), "no_consult");

	/* one more, outside */
	CHECK_STR(ASK("call.consult", ",'to':{'kind':'number','number':'777'}", ID(t.ix)), "");
	CHECK_STR(ASK("call.consult", ",'to':{'kind':'number','number':'778'}", ID(t.ix)),
		"already_consulting");
	uint64_t outside = world_sip_command(&w, SIP_CALL)->leg;
	world_sip(&w, SIP_ANSWERED, outside, 200);
	CHECK(hear_each_other(&w, t.ann, outside) && hear_each_other(&w, t.customer, t.bob));
	CHECK(hear_nothing_of(&w, t.ann, t.customer) && hear_nothing_of(&w, outside, t.customer));
	CHECK(!hears_music(&w, t.customer)); /* they have each other */
	CHECK_STR(ASK("call.conference", "", ID(t.ix)), "");
	CHECK(hear_each_other(&w, outside, t.customer) && hear_each_other(&w, outside, t.bob));

	const struct interaction *ix = world_ix(&w, t.customer);
	uint64_t party = ix->parties->next->next->next->id;
	CHECK_STR(ASK("call.mute_party", ",'party':'%s','on':true", ID(t.ix), ID(party)), "");
	CHECK(!world_hears(&w, t.customer, outside) && world_hears(&w, outside, t.customer));
	CHECK_STR(ASK("call.mute_party", ",'party':'%s','on':false", ID(t.ix), ID(party)), "");
	CHECK(world_hears(&w, t.customer, outside));
	CHECK_STR(ASK("call.mute_party", ",'party':'%s'", ID(t.ix), ID(4711)), "not_a_party");
	CHECK_STR(ASK("call.drop", ",'party':'%s'", ID(t.ix), ID(ix->parties->id)), "not_a_party");
	CHECK_STR(ASK("call.drop", ",'party':'%s'", ID(t.ix), ID(ix->lead->id)), "not_a_party");
	CHECK_STR(ASK("call.drop", ",'party':'%s'", ID(t.ix), ID(party)), "");
	CHECK_STR(world_last(&w, EVENT_PARTY_LEFT)->reason, "dropped");
	CHECK_STR(world_sip_command(&w, SIP_HANG_UP)->leg == outside ? "outside" : "another", "outside");
	CHECK(hear_each_other(&w, t.customer, t.bob));

	/* those asked into it may leave, and mute themselves; the rest is the lead's */
	CHECK_STR(world_ask(&w, d.bob_page, "'call.hold','interaction':'%s'", ID(t.ix)), "not_yours");
	CHECK_STR(world_ask(&w, d.bob_page, "'call.park','interaction':'%s'", ID(t.ix)), "not_yours");
	CHECK_STR(world_ask(&w, d.bob_page, "'call.mute','interaction':'%s','on':true", ID(t.ix)), "");
	CHECK_INT(world_media_command(&w, MEDIA_MUTE)->leg == t.bob, 1);
	CHECK_STR(world_ask(&w, d.bob_page, "'call.hang_up','interaction':'%s'", ID(t.ix)), "");
	CHECK(hear_each_other(&w, t.customer, t.ann));
	CHECK_STR(jsonx_text(world_push(&w, d.ann, "call"), "talking_to", ""), "customer");
}

TEST(the_lead_leaves_a_conference)
{
	for (int kept = 0; kept < 2; kept++) {
		WITH_DESK(w, d);
		struct talk_of t = consult(&w, &d, true);

		CHECK_INT(fixture_update(&w.store, "setting", 1,
				  kept ? "{\"is_conference_kept\":true}" : "{\"is_conference_kept\":false}",
				  NULL),
			0);
		world_configure(&w);
		CHECK_STR(ASK("call.conference", "", ID(t.ix)), "");
		CHECK_STR(ASK("call.hang_up", "", ID(t.ix)), "");
		CHECK_STR(world_state(&w, d.ann), "wrap_up");
		CHECK_INT(world_count(&w, EVENT_INTERACTION_ENDED), !kept);
		if (kept)
			CHECK(hear_each_other(&w, t.customer, t.bob));
		CHECK_STR(world_state(&w, d.bob), kept ? "talking" : "ready");
	}
}

TEST(outside_numbers_stay_by_themselves)
{
	WITH_DESK(w, d);
	uint64_t customer = desk_talk(&w, &d), ix = world_ix_id(&w, customer), outside[2];

	for (int i = 0; i < 2; i++) {
		CHECK_STR(ASK("call.consult", ",'to':{'kind':'number','number':'777'}", ID(ix)), "");
		outside[i] = world_sip_command(&w, SIP_CALL)->leg;
		world_sip(&w, SIP_ANSWERED, outside[i], 200);
		CHECK_STR(ASK("call.conference", "", ID(ix)), "");
	}
	CHECK_STR(ASK("call.complete", "", ID(ix)), "");
	CHECK(hear_each_other(&w, customer, outside[0]) && hear_each_other(&w, outside[1], outside[0]));
	CHECK_STR(world_state(&w, d.ann), "wrap_up");
	world_sip(&w, SIP_ENDED, outside[0], 0);
	CHECK(hear_each_other(&w, customer, outside[1]));
	CHECK_INT(world_count(&w, EVENT_INTERACTION_ENDED), 0);
	world_sip(&w, SIP_ENDED, outside[1], 0);
	CHECK_INT(world_count_reason(&w, EVENT_INTERACTION_ENDED, "outside_hung_up"), 1);
}

TEST(warm_transfer_outside_that_rings_comes_back)
{
	WITH_DESK(w, d);
	uint64_t customer = desk_talk(&w, &d), ix = world_ix_id(&w, customer);

	CHECK_STR(ASK("call.consult", ",'to':{'kind':'number','number':'777'}", ID(ix)), "");
	uint64_t outside = world_sip_command(&w, SIP_CALL)->leg;
	CHECK_STR(ASK("call.complete", "", ID(ix)), "");
	CHECK_STR(world_plays(&w, customer), "tone:ringback:eu");
	world_sip(&w, SIP_ENDED, outside, 486);
	CHECK_STR(world_last(&w, EVENT_PARTY_LEFT)->reason, "busy");
	CHECK_INT(world_count(&w, EVENT_SEGMENT_QUEUED), 2);
	CHECK_STR(world_state(&w, d.bob), "ringing");
}

TEST(whom_one_can_ask)
{
	WITH_DESK(w, d);
	uint64_t desk2 = fixture_create(&w.store, "user",
		"{\"login\":\"door\",\"name\":\"Door\",\"roles\":[\"supervisor\"],\"extension\":\"42\"}",
		NULL);
	world_configure(&w);
	uint64_t customer = desk_talk(&w, &d), ix = world_ix_id(&w, customer);
	static const struct {
		const char *to, *code;
	} bad[] = {{"{}", "invalid_target"}, {"{'kind':'cat'}", "invalid_target"},
		{"{'kind':'agent','id':'0000000000001'}", "not_found"},
		{"{'kind':'queue','id':'0000000000001'}", "not_found"},
		{"{'kind':'number'}", "invalid_number"}, {"{'kind':'number','number':''}", "invalid_number"},
		{"{'kind':'extension'}", "not_found"}, {"{'kind':'extension','number':'99'}", "not_found"}};

	CHECK(desk2);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK_STR(ASK("call.consult", ",'to':%s", ID(ix), bad[i].to), bad[i].code);
	CHECK_STR(
		ASK("call.consult", ",'to':{'kind':'agent','id':'%s'}", ID(ix), ID(d.ann)), "agent_not_free");
	CHECK_INT(world_ix(&w, customer)->n_parties, 2);
	CHECK(hear_each_other(&w, customer, world_leg_of(&w, d.ann)));
	CHECK_INT(world_count(&w, EVENT_PARTY_JOINED), 0);
	/* a queue: whoever of it is free */
	CHECK_STR(ASK("call.consult", ",'to':{'kind':'queue','id':'%s'}", ID(ix), ID(w.support)), "");
	CHECK_STR(world_state(&w, d.bob), "ringing");
	CHECK_STR(ASK("call.return", "", ID(ix)), "");
	/* an extension of somebody who takes no contacts: their telephone */
	CHECK_STR(ASK("call.consult", ",'to':{'kind':'extension','number':'42'}", ID(ix)), "");
	CHECK_INT(world_sip_command(&w, SIP_CALL)->call.to, SIP_TO_USER);
	CHECK_INT(world_sip_command(&w, SIP_CALL)->call.user == desk2, 1);
	CHECK_STR(ASK("call.return", "", ID(ix)), "");
	world_page_closes(&w, d.bob_page);
	CHECK_STR(ASK("call.consult", ",'to':{'kind':'queue','id':'%s'}", ID(ix), ID(w.support)),
		"agent_not_free");
}

TEST(a_conference_is_full)
{
	WITH_DESK(w, d);
	uint64_t customer = desk_talk(&w, &d), ix = world_ix_id(&w, customer);

	for (int i = 2; i < HEARING_PARTIES_MAX; i++) {
		CHECK_STR(ASK("call.consult", ",'to':{'kind':'number','number':'777'}", ID(ix)), "");
		world_sip(&w, SIP_ANSWERED, world_sip_command(&w, SIP_CALL)->leg, 200);
		CHECK_STR(ASK("call.conference", "", ID(ix)), "");
	}
	CHECK_INT(w.hears.len, HEARING_MAX);
	CHECK_STR(ASK("call.consult", ",'to':{'kind':'number','number':'777'}", ID(ix)), "too_many_parties");
}

TEST(the_engine_is_too_far_behind)
{
	WITH_DESK(w, d);
	struct talk_of t = consult(&w, &d, true);

	w.is_media_full = true;
	CHECK_STR(ASK("call.toggle", "", ID(t.ix)), "");
	CHECK(hear_each_other(&w, t.ann, t.bob));
	w.is_media_full = false;
	world_pass(&w, 300);
	CHECK(hear_each_other(&w, t.ann, t.customer) && hear_nothing_of(&w, t.ann, t.bob));
}

/* A page of the one asked is reloaded: audio anew, in the place it had. */
TEST(who_was_asked_reloads_the_page)
{
	WITH_DESK(w, d);
	struct talk_of t = consult(&w, &d, true);

	world_page_closes(&w, d.bob_page);
	d.bob_page = world_page(&w, d.bob, ~0u);
	uint64_t leg = world_leg_of(&w, d.bob);
	CHECK(leg && leg != t.bob);
	world_media_up(&w, d.bob_page, d.bob, "media", leg);
	CHECK(hear_each_other(&w, t.ann, leg));
	CHECK_INT(world_count(&w, EVENT_PARTY_JOINED), 1);
}

/* --- another device
 * ------------------------------------------------------------------------------------------------ */

TEST(a_call_moves_to_the_telephone_and_back)
{
	WITH_DESK(w, d);
	uint64_t customer = desk_talk(&w, &d), ix = world_ix_id(&w, customer), old = world_leg_of(&w, d.ann);

	CHECK_STR(ASK("call.pull", ",'device':'moon'", ID(ix)), "invalid_device");
	CHECK_STR(ASK("call.pull", ",'device':'phone'", ID(ix)), "");
	CHECK_STR(ASK("call.pull", ",'device':'phone'", ID(ix)), "busy");
	uint64_t phone = world_sip_command(&w, SIP_CALL)->leg;
	CHECK(world_sip_command(&w, SIP_CALL)->call.is_auto_answer);
	CHECK(hear_each_other(&w, customer, old)); /* nothing is cut before the new one is there */
	world_sip(&w, SIP_ANSWERED, phone, 200);
	CHECK(hear_each_other(&w, customer, phone) && hear_nothing_of(&w, customer, old));
	CHECK_INT(world_leg_of(&w, d.ann) == phone, 1);
	CHECK_STR(world_last(&w, EVENT_CALL_MOVED)->reason, "phone");
	CHECK_INT(world_count(&w, EVENT_SEGMENT_HELD), 0);

	CHECK_STR(ASK("call.pull", ",'device':'browser'", ID(ix)), "");
	uint64_t page = world_ix(&w, customer)->lead->next_leg->id;
	world_media_up(&w, d.ann_page, d.ann, "media", page);
	CHECK(hear_each_other(&w, customer, page));
	CHECK_STR(world_sip_command(&w, SIP_HANG_UP)->leg == phone ? "phone" : "another", "phone");
	CHECK_STR(world_state(&w, d.ann), "talking");
}

TEST(a_device_that_does_not_answer_changes_nothing)
{
	for (int how = 0; how < 2; how++) {
		WITH_DESK(w, d);
		uint64_t customer = desk_talk(&w, &d), ix = world_ix_id(&w, customer),
			 old = world_leg_of(&w, d.ann);

		CHECK_STR(ASK("call.pull", ",'device':'phone'", ID(ix)), "");
		if (how)
			world_sip(&w, SIP_ENDED, world_sip_command(&w, SIP_CALL)->leg, 486);
		else
			world_pass(&w, PARTY_RING_MS);
		CHECK(hear_each_other(&w, customer, old));
		CHECK_INT(world_count(&w, EVENT_CALL_MOVED), 0);
		CHECK_STR(ASK("call.hang_up", "", ID(ix)), "");
		CHECK_STR(ASK("call.pull", ",'device':'phone'", ID(ix)), "not_yours");
	}
}

/* What the figures are folded from: how often somebody was asked, how long they spoke aside, how it ended. */
TEST(a_segment_says_what_its_agent_asked_others)
{
	WITH_DESK(w, d);
	struct talk_of t = consult(&w, &d, false);
	struct kpi_counts n;

	world_pass(&w, 3000); /* it rings: nobody speaks yet */
	world_connect(&w, d.bob_page, d.bob);
	world_pass(&w, 5000);
	CHECK_STR(ASK("call.toggle", "", ID(t.ix)), ""); /* with the customer again */
	world_pass(&w, 2000);
	CHECK_STR(ASK("call.toggle", "", ID(t.ix)), "");
	world_pass(&w, 1000);
	CHECK_STR(ASK("call.conference", "", ID(t.ix)), "");
	world_pass(&w, 4000);
	CHECK_STR(ASK("call.complete", "", ID(t.ix)), "");
	const struct logged *l = world_last(&w, EVENT_SEGMENT_ENDED);
	CHECK_INT(l->e.consults, 1);
	CHECK_INT(l->e.consult_ms, 6000);
	CHECK_INT(l->e.conferences, 1);
	CHECK_INT(l->e.hold_ms, 9000); /* the ringing, and what was spoken aside */
	CHECK_STR(l->reason, "transfer");
	CHECK_STR(l->name, "warm");
	kpi_queue_counts(w.center->fold, w.support, 0, center_wall(w.center), center_wall(w.center), &n);
	CHECK(n.consults == 1 && n.consulted == 1 && n.consult_ms == 6000 && n.conferenced == 1);
	CHECK(n.transferred == 1 && n.transferred_warm == 1);
	kpi_agent_counts(w.center->fold, d.ann, 0, center_wall(w.center), center_wall(w.center), &n);
	CHECK(n.consults == 1 && n.consult_ms == 6000 && n.transferred_warm == 1);
	kpi_agent_counts(w.center->fold, d.bob, 0, center_wall(w.center), center_wall(w.center), &n);
	CHECK(n.consults == 0 && n.transferred == 0);
}

TEST(a_blind_transfer_asks_nobody)
{
	for (int is_ringing = 0; is_ringing < 2; is_ringing++) {
		WITH_DESK(w, d);
		if (is_ringing) { /* asked, but let go before they answered */
			struct talk_of t = consult(&w, &d, false);
			CHECK_STR(ASK("call.complete", "", ID(t.ix)), "");
		} else {
			uint64_t ix = world_ix_id(&w, desk_talk(&w, &d));
			CHECK_STR(ASK("call.transfer", ",'to':{'kind':'queue','id':'%s'}", ID(ix),
					  ID(w.support)),
				"");
		}
		const struct logged *l = world_last(&w, EVENT_SEGMENT_ENDED);
		CHECK_INT(l->e.consults, is_ringing);
		CHECK_INT(l->e.consult_ms, 0);
		CHECK_STR(l->name, "blind");
	}
}
