/* Calls through the whole centre: queue, agent, hold, transfers, recordings, and every side leaving at every
 * moment. After each the log is checked (world_close). */
#include "base/id.h"
#include "base/str.h"
#include "center/test_parts.h"

#define WITH_WORLD(w)                                                                                        \
	__attribute__((cleanup(world_close))) struct world w;                                                \
	if (!world_open(&w))                                                                                 \
	return

static const char always_uri[] =
	",\"device\":\"uri\",\"device_uri\":\"sip:carl@192.0.2.50\",\"is_always_ready\":true";

/* Two browser agents; ann has been idle the longer. */
struct desk {
	uint64_t ann, bob, ann_page, bob_page;
};

static bool desk_open(struct world *w, struct desk *d)
{
	*d = (struct desk){.ann = world_agent(w, "ann", ""), .bob = world_agent(w, "bob", "")};
	if (!world_start(w))
		return false;
	d->ann_page = world_ready(w, d->ann);
	world_pass(w, 1);
	d->bob_page = world_ready(w, d->bob);
	return d->ann && d->bob;
}

#define WITH_DESK(w, d)                                                                                      \
	WITH_WORLD(w);                                                                                       \
	struct desk d;                                                                                       \
	if (!desk_open(&w, &d))                                                                              \
	return

static const char *state(struct world *w, uint64_t user)
{
	const struct agent *a = world_agent_of(w, user);

	return a ? a->state : "(none)";
}

#define ID(id) id_text((id), (char[ID_TEXT_SIZE]){0})

static void finish_playing(struct world *w, uint64_t leg)
{
	struct interaction *ix = world_ix(w, leg);
	struct media_event over = {
		.kind = MEDIA_PLAY_ENDED, .leg = leg, .group = ix ? ix->id : 0, .ref = ix ? ix->play.ref : 0};

	center_on_media(&over, w->center);
	world_run(w);
}

/* --- one agent at a time
 * ----------------------------------------------------------------------------------------------- */

TEST(call_to_a_static_contact)
{
	WITH_WORLD(w);
	uint64_t carl = world_agent(&w, "carl", always_uri);
	CHECK(carl && world_start(&w));
	uint64_t leg = world_call(&w, "+989121234567", "1000");
	struct sip_command *call = world_sip_command(&w, SIP_CALL);

	CHECK(call);
	CHECK_STR(call->call.uri, "sip:carl@192.0.2.50");
	CHECK_STR(call->call.from_number, "+989121234567");
	CHECK_STR(state(&w, carl), "ringing");
	world_pass(&w, 2000);
	world_sip(&w, SIP_ANSWERED, call->leg, 200);
	CHECK_STR(state(&w, carl), "talking");
	CHECK_INT(world_last(&w, EVENT_SEGMENT_ANSWERED)->e.wait_ms, 2000);
	CHECK(world_media_command(&w, MEDIA_BRIDGE));
	CHECK(world_media_command(&w, MEDIA_RECORD)->record.is_stereo);
	world_pass(&w, 30000);
	world_sip(&w, SIP_ENDED, leg, 0);
	CHECK_STR(world_last(&w, EVENT_INTERACTION_ENDED)->reason, "customer_hung_up");
	CHECK_INT(world_last(&w, EVENT_SEGMENT_ENDED)->e.talk_ms, 30000);
	CHECK_STR(state(&w, carl), "wrap_up");
	world_pass(&w, 10000);
	CHECK_STR(state(&w, carl), "ready");
}

TEST(browser_is_connected_only_when_its_audio_is)
{
	WITH_DESK(w, d);
	uint64_t leg = world_call(&w, "100", "1000");
	json_t *offer = world_push(&w, d.ann, "offer");

	CHECK(offer);
	CHECK(jsonx_text(offer, "sdp", NULL));
	CHECK_STR(world_answer(&w, d.ann_page, d.ann), "");
	CHECK_STR(state(&w, d.ann), "ringing");
	CHECK(!world_media_command(&w, MEDIA_BRIDGE));
	world_media(&w, MEDIA_LEG_READY, world_ix(&w, leg)->agent_leg->id);
	CHECK_STR(state(&w, d.ann), "talking");
	CHECK_STR(jsonx_text(world_push(&w, d.ann, "offer_ended"), "reason", ""), "answered");
	CHECK_STR(jsonx_text(world_push(&w, d.ann, "call"), "state", ""), "connected");
	CHECK_STR(
		world_ask(&w, d.ann_page, "'call.hang_up','interaction':'%s'", ID(world_ix_id(&w, leg))), "");
	CHECK_STR(world_last(&w, EVENT_INTERACTION_ENDED)->reason, "agent_hung_up");
	CHECK(!world_ix(&w, leg));
}

TEST(browser_whose_audio_never_comes_is_no_answer)
{
	WITH_DESK(w, d);
	world_call(&w, "100", "1000");
	CHECK_STR(world_answer(&w, d.ann_page, d.ann), "");
	world_pass(&w, 5000);
	CHECK_INT(world_count_reason(&w, EVENT_OFFER_ENDED, "no_answer"), 1);
	CHECK_STR(state(&w, d.ann), "not_responding");
	CHECK_STR(state(&w, d.bob), "ringing");
}

TEST(declined_goes_to_the_next)
{
	WITH_DESK(w, d);
	uint64_t leg = world_call(&w, "100", "1000");

	CHECK_STR(
		world_ask(&w, d.ann_page, "'call.decline','interaction':'%s'", ID(world_ix_id(&w, leg))), "");
	CHECK_STR(state(&w, d.ann), "ready");
	CHECK_STR(state(&w, d.bob), "ringing");
	CHECK_STR(world_ask(&w, d.ann_page, "'call.decline','interaction':'%s'", ID(world_ix_id(&w, leg))),
		"not_yours");
	CHECK_STR(world_answer(&w, d.ann_page, d.ann), "not_yours");
	world_connect(&w, d.bob_page, d.bob);
	CHECK_STR(state(&w, d.bob), "talking");
}

TEST(device_failures_mean_what_they_say)
{
	static const struct {
		int code;
		const char *reason, *state;
	} cases[] = {{486, "busy", "ready"}, {603, "declined", "ready"}, {408, "no_answer", "not_responding"},
		{480, "unreachable", "not_responding"}, {404, "unreachable", "not_responding"}};
	WITH_WORLD(w);
	uint64_t dan = world_agent(&w, "dan", ",\"device\":\"phone\"");
	CHECK(dan && world_start(&w));
	uint64_t page = world_ready(&w, dan);
	struct sip_event registered = {.kind = SIP_REGISTRATION, .user = dan, .count = 1};
	center_on_sip(&registered, w.center);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		world_forget(&w);
		CHECK_STR(world_ask(&w, page, "'agent.ready'"), "");
		uint64_t leg = world_call(&w, "100", "1000");
		struct sip_command *call = world_sip_command(&w, SIP_CALL);
		CHECK(call && call->call.to == SIP_TO_USER && call->call.user == dan);
		world_sip(&w, SIP_ENDED, call->leg, cases[i].code);
		CHECK_STR(world_last(&w, EVENT_OFFER_ENDED)->reason, cases[i].reason);
		CHECK_STR(state(&w, dan), cases[i].state);
		world_sip(&w, SIP_ENDED, leg, 0);
		world_pass(&w, 6000);
	}
}

TEST(answer_without_a_codec_is_unreachable)
{
	WITH_WORLD(w);
	CHECK(world_agent(&w, "carl", always_uri) && world_start(&w));
	world_call(&w, "100", "1000");
	struct sip_event e = {.kind = SIP_ANSWERED, .leg = world_sip_command(&w, SIP_CALL)->leg, .code = 200};
	center_on_sip(&e, w.center);
	world_run(&w);
	CHECK_STR(world_last(&w, EVENT_OFFER_ENDED)->reason, "unreachable");
	CHECK_INT(world_count(&w, EVENT_SEGMENT_ANSWERED), 0);
}

/* --- the caller leaves
 * ------------------------------------------------------------------------------------------------- */

TEST(caller_hangs_up_while_it_rings)
{
	WITH_WORLD(w);
	uint64_t carl = world_agent(&w, "carl", always_uri);
	CHECK(carl && world_start(&w));
	uint64_t leg = world_call(&w, "100", "1000"), agent_leg = world_sip_command(&w, SIP_CALL)->leg;

	world_pass(&w, 1000);
	world_sip(&w, SIP_ENDED, leg, 0);
	CHECK_INT(world_sip_command(&w, SIP_HANG_UP)->leg, agent_leg);
	CHECK_STR(world_last(&w, EVENT_OFFER_ENDED)->reason, "caller_gone");
	CHECK_INT(world_last(&w, EVENT_SEGMENT_ABANDONED)->e.wait_ms, 1000);
	CHECK_STR(state(&w, carl), "ready");
}

/* Every order of the agent's 200 and the caller's BYE, with and without sip/ having said a word between. */
TEST(caller_hangs_up_in_the_moment_of_the_answer)
{
	for (int order = 0; order < 8; order++) {
		WITH_WORLD(w);
		uint64_t carl = world_agent(&w, "carl", always_uri);
		CHECK(carl && world_start(&w));
		uint64_t leg = world_call(&w, "100", "1000"), other = world_sip_command(&w, SIP_CALL)->leg;
		struct sip_event bye = {.kind = SIP_ENDED, .leg = leg, .is_remote = true};
		struct sip_event ok = {.kind = SIP_ANSWERED, .leg = other, .has_sdp = true};
		ok.sdp = world_ix(&w, leg)->customer->remote;
		w.is_sip_silent = order & 1;
		w.is_media_silent = order & 2;
		center_on_sip(order & 4 ? &ok : &bye, w.center);
		center_on_sip(order & 4 ? &bye : &ok, w.center);
		world_run(&w);
		CHECK_INT(world_count(&w, EVENT_SEGMENT_ANSWERED), order & 4 ? 1 : 0);
		CHECK_INT(world_count(&w, EVENT_SEGMENT_ABANDONED), order & 4 ? 0 : 1);
		CHECK_INT(world_sip_command(&w, SIP_HANG_UP)->leg, other);
		world_pass(&w, 11000);
		CHECK_STR(state(&w, carl), "ready");
	}
}

TEST(too_late_an_answer_gives_the_caller_back)
{
	WITH_WORLD(w);
	uint64_t carl = world_agent(&w, "carl", always_uri);
	CHECK(carl && world_start(&w));
	uint64_t leg = world_call(&w, "100", "1000"), other = world_sip_command(&w, SIP_CALL)->leg;
	struct route_actions actions = {0};
	struct route_input gone = {.kind = ROUTE_FAILED,
		.segment = world_ix(&w, leg)->segment.id,
		.agent = carl,
		.fail = ROUTE_DECLINED};

	/* behind the centre's back, as a deadline in the same millisecond would */
	CHECK_INT(route_step(w.center->route, &gone, world_now(), &actions), 0);
	route_actions_free(&actions);
	world_sip(&w, SIP_ANSWERED, other, 200);
	CHECK_INT(world_count(&w, EVENT_SEGMENT_ANSWERED), 0);
	CHECK_INT(world_sip_command(&w, SIP_HANG_UP)->leg, other);
	CHECK(world_ix(&w, leg));
	CHECK_INT(world_ix(&w, leg)->stage, STAGE_QUEUED);
	world_pass(&w, 6000);
	CHECK_STR(state(&w, carl), "ringing");
}

TEST(key_that_leaves_the_queue_counts_once)
{
	WITH_WORLD(w);
	char text[512];
	snprintf(text, sizeof(text),
		"{\"name\":\"f\",\"document\":{\"format\":1,\"language\":\"en\",\"start\":\"q\",\"nodes\":{"
		"\"q\":{\"type\":\"queue\",\"queue\":\"%s\",\"exit_digit\":\"9\",\"overflow\":\"m\","
		"\"caller_pressed\":\"m\"},\"m\":{\"type\":\"voicemail\",\"queue\":\"%s\",\"next\":\"e\"},"
		"\"e\":{\"type\":\"hang_up\"}}}}",
		ID(w.support), ID(w.support));
	uint64_t flow = fixture_create(&w.store, "flow", text, NULL);
	snprintf(text, sizeof(text), "{\"number\":\"2000\",\"flow\":\"%s\"}", ID(flow));
	CHECK(flow && fixture_create(&w.store, "number", text, NULL) && world_start(&w));
	uint64_t leg = world_call(&w, "100", "2000");

	CHECK_INT(world_ix(&w, leg)->stage, STAGE_QUEUED);
	struct media_event key = {
		.kind = MEDIA_DTMF, .leg = leg, .group = world_ix_id(&w, leg), .dtmf = {.digit = '9'}};
	center_on_media(&key, w.center);
	world_run(&w);
	CHECK_STR(world_last(&w, EVENT_SEGMENT_OVERFLOWED)->reason, "caller_pressed");
	finish_playing(&w, leg);
	CHECK_INT(world_count(&w, EVENT_RECORDING_STARTED), 1);
	/* hangs up while speaking: the message is kept */
	world_sip(&w, SIP_ENDED, leg, 0);
	CHECK_INT(world_count(&w, EVENT_VOICEMAIL_LEFT), 1);
	CHECK_INT(world_last(&w, EVENT_VOICEMAIL_LEFT)->e.queue == w.support, 1);
	CHECK_INT(world_count(&w, EVENT_SEGMENT_OVERFLOWED), 1);
}

/* --- while talking
 * ----------------------------------------------------------------------------------------------------- */

static uint64_t talk(struct world *w, struct desk *d)
{
	uint64_t leg = world_call(w, "100", "1000");

	world_connect(w, d->ann_page, d->ann);
	return leg;
}

TEST(hold_mute_and_digits)
{
	WITH_DESK(w, d);
	uint64_t leg = talk(&w, &d);
	const char *ix = ID(world_ix_id(&w, leg));

	CHECK_STR(world_ask(&w, d.ann_page, "'call.hold','interaction':'%s'", ix), "");
	CHECK_STR(state(&w, d.ann), "hold");
	CHECK(world_media_command(&w, MEDIA_UNBRIDGE));
	CHECK(world_media_command(&w, MEDIA_PLAY)->play.is_looped);
	CHECK_STR(world_ask(&w, d.ann_page, "'call.hold','interaction':'%s'", ix), "");
	world_pass(&w, 3000);
	CHECK_STR(world_ask(&w, d.ann_page, "'call.resume','interaction':'%s'", ix), "");
	CHECK_INT(world_last(&w, EVENT_SEGMENT_RESUMED)->e.hold_ms, 3000);
	CHECK_STR(world_ask(&w, d.ann_page, "'call.mute','interaction':'%s','on':true", ix), "");
	CHECK(world_media_command(&w, MEDIA_MUTE)->flag.is_on);
	CHECK_STR(world_ask(&w, d.ann_page, "'call.dtmf','interaction':'%s','digits':'12#'", ix), "");
	CHECK_STR(world_media_command(&w, MEDIA_DTMF_SEND)->dtmf.digits, "12#");
	CHECK_STR(world_ask(&w, d.ann_page, "'call.dtmf','interaction':'%s','digits':'12x'", ix),
		"invalid_digits");
	CHECK_STR(world_ask(&w, d.ann_page, "'call.hold','interaction':'%s'", ix), "");
	world_pass(&w, 500);
	world_sip(&w, SIP_ENDED, leg, 0);
	CHECK_INT(world_last(&w, EVENT_SEGMENT_ENDED)->e.hold_ms, 3500);
	CHECK_INT(world_last(&w, EVENT_SEGMENT_ENDED)->e.talk_ms, 0);
	CHECK_INT(world_last(&w, EVENT_SEGMENT_ENDED)->e.number, 2);
}

TEST(agent_without_a_leg_can_still_resume_and_transfer)
{
	WITH_DESK(w, d);
	uint64_t leg = talk(&w, &d);
	const char *ix = ID(world_ix_id(&w, leg));

	CHECK_STR(world_ask(&w, d.ann_page, "'call.hold','interaction':'%s'", ix), "");
	world_ix(&w, leg)->agent_leg->state = LEG_UP;
	struct leg *lost = world_ix(&w, leg)->agent_leg;
	call_leg_hang_up(lost, 0, "test");
	world_ix(&w, leg)->agent_leg = NULL;
	world_run(&w);
	CHECK_STR(world_ask(&w, d.ann_page, "'call.resume','interaction':'%s'", ix), "");
	CHECK_STR(world_ask(&w, d.ann_page, "'call.mute','interaction':'%s','on':true", ix), "");
	CHECK_STR(world_ask(&w, d.ann_page,
			  "'call.transfer','interaction':'%s','to':{'kind':'queue','id':'%s'}", ix,
			  ID(w.support)),
		"");
	CHECK_STR(state(&w, d.bob), "ringing");
}

TEST(page_reloaded_in_mid_call_gets_audio_again)
{
	WITH_DESK(w, d);
	uint64_t leg = talk(&w, &d);
	uint64_t old = world_ix(&w, leg)->agent_leg->id;

	CHECK_STR(world_ask(&w, d.ann_page, "'call.mute','interaction':'%s','on':true",
			  ID(world_ix_id(&w, leg))),
		"");
	world_page_closes(&w, d.ann_page);
	CHECK_STR(state(&w, d.ann), "talking");
	world_pass(&w, 1000);
	world_forget(&w);
	d.ann_page = world_page(&w, d.ann, ~0u);
	json_t *hello = NULL;
	VEC_EACH(&w.said, i)
	if (str_equal(jsonx_text(w.said.at[i].body, "on", ""), "hello"))
		hello = w.said.at[i].body;
	CHECK_INT(json_array_size(json_object_get(hello, "calls")), 1);
	json_t *again = world_push(&w, d.ann, "media");
	CHECK(again && jsonx_text(again, "sdp", NULL));
	CHECK(world_ix(&w, leg)->agent_leg->id != old);
	CHECK_STR(world_answer(&w, d.ann_page, d.ann), "");
	world_media(&w, MEDIA_LEG_READY, world_ix(&w, leg)->agent_leg->id);
	CHECK(world_media_command(&w, MEDIA_BRIDGE)->other == world_ix(&w, leg)->agent_leg->id);
	CHECK(world_media_command(&w, MEDIA_MUTE)->leg == world_ix(&w, leg)->agent_leg->id);
	CHECK_INT(world_count(&w, EVENT_SEGMENT_ANSWERED), 1);
	/* again, and this time no port is left: the caller goes back to the head of the queue */
	world_page_closes(&w, d.ann_page);
	w.is_media_silent = true;
	d.ann_page = world_page(&w, d.ann, ~0u);
	struct media_event failed = {.kind = MEDIA_LEG_FAILED,
		.leg = world_ix(&w, leg)->agent_leg->id,
		.group = world_ix_id(&w, leg),
		.reason = -24};
	center_on_media(&failed, w.center);
	world_run(&w);
	CHECK_STR(world_last(&w, EVENT_SEGMENT_ENDED)->reason, "agent_lost");
	CHECK_STR(state(&w, d.bob), "ringing");
}

TEST(agent_lost_puts_the_caller_at_the_head)
{
	WITH_DESK(w, d);
	uint64_t leg = talk(&w, &d);

	world_page_closes(&w, d.bob_page);
	world_pass(&w, 60000);
	CHECK_STR(state(&w, d.bob), "offline");
	uint64_t second = world_call(&w, "200", "1000");
	world_media(&w, MEDIA_LEG_LOST, world_ix(&w, leg)->agent_leg->id);
	CHECK_STR(world_last(&w, EVENT_SEGMENT_ENDED)->reason, "agent_lost");
	CHECK_STR(state(&w, d.ann), "wrap_up");
	CHECK_INT(route_position(w.center->route, world_ix(&w, leg)->segment.id), 1);
	CHECK_INT(route_position(w.center->route, world_ix(&w, second)->segment.id), 2);
	world_media(&w, MEDIA_LEG_LOST, leg); /* and the caller's audio, too */
	CHECK_STR(world_last(&w, EVENT_INTERACTION_ENDED)->reason, "media_lost");
}

TEST(media_that_fails_late_hurts_nobody_else)
{
	WITH_DESK(w, d);
	w.is_media_silent = true;
	uint64_t leg = world_call(&w, "100", "1000");
	struct media_event opened = {.kind = MEDIA_LEG_OPENED, .leg = leg, .group = world_ix_id(&w, leg)};
	center_on_media(&opened, w.center);
	world_run(&w);
	uint64_t ringing = world_ix(&w, leg)->agent_leg->id;
	/* declined before its audio was open, then no port: the next one rings on */
	CHECK_STR(
		world_ask(&w, d.ann_page, "'call.decline','interaction':'%s'", ID(world_ix_id(&w, leg))), "");
	CHECK_STR(state(&w, d.bob), "ringing");
	world_media(&w, MEDIA_LEG_FAILED, ringing);
	CHECK_INT(world_ix(&w, leg)->stage, STAGE_QUEUED);
	CHECK_STR(state(&w, d.bob), "ringing");
	world_media(&w, MEDIA_LEG_FAILED, world_ix(&w, leg)->agent_leg->id);
	CHECK_STR(state(&w, d.bob), "not_responding");
	world_media(&w, MEDIA_LEG_FAILED, leg);
	CHECK_STR(world_last(&w, EVENT_INTERACTION_ENDED)->reason, "no_media");
}

TEST(no_port_for_the_caller)
{
	WITH_WORLD(w);
	CHECK(world_start(&w));
	w.is_media_silent = true;
	uint64_t leg = world_call(&w, "100", "1000");
	world_media(&w, MEDIA_LEG_FAILED, leg);
	CHECK_STR(world_last(&w, EVENT_INTERACTION_ENDED)->reason, "no_media");
	CHECK_INT(world_sip_command(&w, SIP_HANG_UP)->code, 503);
}

/* --- transfers
 * ---------------------------------------------------------------------------------------------------------
 */

static const char *transfer(
	struct world *w, struct desk *d, uint64_t leg, const char *kind, const char *field, const char *value)
{
	return world_ask(w, d->ann_page, "'call.transfer','interaction':'%s','to':{'kind':'%s','%s':'%s'}",
		ID(world_ix_id(w, leg)), kind, field, value);
}

TEST(transfer_to_an_agent)
{
	WITH_DESK(w, d);
	uint64_t leg = talk(&w, &d);

	CHECK_STR(transfer(&w, &d, leg, "agent", "id", ID(d.ann)), "agent_not_free");
	CHECK_STR(transfer(&w, &d, leg, "agent", "id", ID(12345)), "not_found");
	CHECK_STR(transfer(&w, &d, leg, "agent", "id", ID(d.bob)), "");
	CHECK_STR(state(&w, d.ann), "wrap_up");
	CHECK_STR(state(&w, d.bob), "ringing");
	world_connect(&w, d.bob_page, d.bob);
	CHECK_STR(state(&w, d.bob), "talking");
	world_pass(&w, 11000);
	CHECK_STR(state(&w, d.ann), "ready");
	world_sip(&w, SIP_ENDED, leg, 0);
	CHECK_INT(world_count(&w, EVENT_SEGMENT_ANSWERED), 2);
	CHECK_INT(world_count(&w, EVENT_RECORDING_ENDED), 2);
}

TEST(transfer_to_an_agent_who_does_not_answer)
{
	WITH_DESK(w, d);
	uint64_t leg = talk(&w, &d);

	CHECK_STR(transfer(&w, &d, leg, "agent", "id", ID(d.bob)), "");
	uint64_t second = world_call(&w, "200", "1000");
	world_pass(&w, 11000);
	CHECK_STR(state(&w, d.ann), "ringing"); /* the second caller has her */
	world_connect(&w, d.ann_page, d.ann);
	world_pass(&w, 14000);
	/* nobody took it for 25 s: first in the queue, by the clock of its first entry */
	CHECK_INT(world_count_reason(&w, EVENT_OFFER_ENDED, "no_answer"), 1);
	CHECK(world_ix(&w, leg)->segment.is_in_route);
	CHECK_INT(world_ix(&w, second)->stage, STAGE_TALKING);
	CHECK_STR(state(&w, d.bob), "ringing");
}

TEST(caller_hangs_up_during_a_transfer_to_an_agent)
{
	WITH_DESK(w, d);
	uint64_t leg = talk(&w, &d);

	CHECK_STR(transfer(&w, &d, leg, "agent", "id", ID(d.bob)), "");
	world_sip(&w, SIP_ENDED, leg, 0);
	CHECK_STR(state(&w, d.bob), "ready");
	CHECK_STR(world_last(&w, EVENT_OFFER_ENDED)->reason, "caller_gone");
	CHECK_INT(world_count(&w, EVENT_SEGMENT_ABANDONED), 1);
}

TEST(transfer_to_an_agent_whose_page_closes)
{
	WITH_DESK(w, d);
	uint64_t leg = talk(&w, &d);

	CHECK_STR(transfer(&w, &d, leg, "agent", "id", ID(d.bob)), "");
	world_page_closes(&w, d.bob_page);
	CHECK_STR(world_last(&w, EVENT_OFFER_ENDED)->reason, "unreachable");
	CHECK_INT(route_position(w.center->route, world_ix(&w, leg)->segment.id), 1);
	world_pass(&w, 10000);
	CHECK_STR(state(&w, d.ann), "ringing");
}

TEST(transfer_to_a_number)
{
	WITH_DESK(w, d);
	uint64_t leg = talk(&w, &d);

	CHECK_STR(transfer(&w, &d, leg, "number", "number", "+98215550"), "");
	struct sip_command *call = world_sip_command(&w, SIP_CALL);
	CHECK(call && call->call.to == SIP_TO_TRUNK);
	CHECK_STR(state(&w, d.ann), "wrap_up");
	world_sip(&w, SIP_ANSWERED, call->leg, 200);
	CHECK_INT(world_media_command(&w, MEDIA_BRIDGE)->other, call->leg);
	world_sip(&w, SIP_ANSWERED, call->leg, 200); /* twice is no harm */
	world_sip(&w, SIP_ENDED, call->leg, 0);
	CHECK_STR(world_last(&w, EVENT_INTERACTION_ENDED)->reason, "outside_hung_up");
}

TEST(transfer_to_a_number_that_fails_comes_back)
{
	static const int codes[] = {486, 404, 408};
	WITH_DESK(w, d);

	CHECK_STR(world_ask(&w, d.bob_page, "'agent.break'"), "");
	for (int i = 0; i < 3; i++) {
		uint64_t leg = talk(&w, &d);
		CHECK_STR(transfer(&w, &d, leg, "number", "number", "sip:x@192.0.2.8"), "");
		world_sip(&w, SIP_ENDED, world_sip_command(&w, SIP_CALL)->leg, codes[i]);
		CHECK_INT(world_ix(&w, leg)->stage, STAGE_QUEUED);
		CHECK_INT(route_position(w.center->route, world_ix(&w, leg)->segment.id), 1);
		world_sip(&w, SIP_ENDED, leg, 0);
		world_pass(&w, 11000);
	}
}

TEST(phone_transfers_by_refer)
{
	WITH_WORLD(w);
	uint64_t dan = world_agent(&w, "dan", ",\"device\":\"phone\"");
	uint64_t eve = world_agent(&w, "eve", ",\"extension\":\"204\"");
	CHECK(dan && eve && world_start(&w));
	struct sip_event e = {.kind = SIP_REGISTRATION, .user = dan, .count = 1};
	center_on_sip(&e, w.center);
	world_ready(&w, dan);
	world_pass(&w, 5);
	world_ready(&w, eve);
	uint64_t leg = world_call(&w, "100", "1000");
	struct sip_event refer = {.kind = SIP_REFERRED, .leg = world_sip_command(&w, SIP_CALL)->leg};
	(void)str_put(refer.uri, sizeof(refer.uri), "sip:204@192.0.2.1;user=phone");
	world_sip(&w, SIP_ANSWERED, refer.leg, 200);
	CHECK_STR(state(&w, dan), "talking");
	center_on_sip(&refer, w.center);
	world_run(&w);
	CHECK_STR(state(&w, dan), "wrap_up");
	CHECK_STR(state(&w, eve), "ringing");
	CHECK(world_ix(&w, leg));
}

/* --- recordings, speech, music
 * ----------------------------------------------------------------------------------------- */

TEST(recording_that_ends_after_the_call)
{
	WITH_DESK(w, d);
	uint64_t leg = talk(&w, &d);

	w.is_recorder_silent = true;
	CHECK_STR(transfer(&w, &d, leg, "agent", "id", ID(d.bob)), "");
	world_connect(&w, d.bob_page, d.bob);
	world_sip(&w, SIP_ENDED, leg, 0);
	CHECK_INT(world_count(&w, EVENT_INTERACTION_ENDED), 1);
	CHECK_INT(w.center->interactions.len, 1);
	CHECK_INT(world_count(&w, EVENT_RECORDING_STARTED), 2);
	CHECK_INT(world_count(&w, EVENT_RECORDING_ENDED), 0);
}

TEST(music_stops_when_the_agent_answers_during_a_late_announcement)
{
	WITH_WORLD(w);
	uint64_t ann = world_agent(&w, "ann", "");
	CHECK(ann && world_start(&w));
	uint64_t leg = world_call(&w, "100", "1000");

	CHECK(world_media_command(&w, MEDIA_PLAY)->play.is_looped);
	w.speech = SPEECH_ASKS;
	world_pass(&w, 15500); /* the announcement is being spoken, the music still plays */
	CHECK_INT(world_count(&w, EVENT_ANNOUNCED), 1);
	CHECK_INT(w.spoken.len, 1);
	uint64_t page = world_ready(&w, ann);
	world_forget(&w);
	world_connect(&w, page, ann);
	CHECK(world_media_command(&w, MEDIA_PLAY_STOP));
	/* the speech comes now: nobody hears it */
	struct speech_result late = {.ref = w.spoken.at[0], .path = "/speech/late.wav"};
	center_on_speech(&late, w.center);
	world_run(&w);
	CHECK(!world_media_command(&w, MEDIA_PLAY));
	world_sip(&w, SIP_ENDED, leg, 0);
}

TEST(announcement_that_cannot_be_spoken)
{
	WITH_WORLD(w);
	CHECK(world_start(&w));
	uint64_t leg = world_call(&w, "100", "1000");

	w.speech = SPEECH_ASKS;
	world_pass(&w, 15500);
	CHECK_INT(w.spoken.len, 1);
	struct speech_result failed = {.ref = w.spoken.at[0], .error = -5};
	world_forget(&w);
	center_on_speech(&failed, w.center);
	center_on_speech(&failed, w.center);
	world_run(&w);
	CHECK(world_media_command(&w, MEDIA_PLAY)->play.is_looped); /* music again */
	w.speech = SPEECH_FULL;
	world_forget(&w);
	world_pass(&w, 46000);
	CHECK(world_media_command(&w, MEDIA_PLAY)->play.is_looped);
	world_sip(&w, SIP_ENDED, leg, 0);
}

TEST(greeting_then_music_of_the_house)
{
	WITH_WORLD(w);
	uint64_t greeting =
		fixture_create(&w.store, "prompt", "{\"name\":\"g\",\"texts\":{\"en\":\"Welcome\"}}", NULL);
	uint64_t music = fixture_create(&w.store, "prompt", "{\"name\":\"m\",\"kind\":\"music\"}", NULL);
	_cleanup_json_ json_t *row = NULL, *settings = NULL, *audio = json_pack("{s:i}", "audio_ms", 9000);
	struct issues issues = {0};
	char text[128];

	CHECK_INT(
		store_update(w.store.store, resource_by_name("prompt"), music, 0, audio, NULL, &row, &issues),
		0);
	CHECK_INT(
		store_list(w.store.reader, resource_by_name("setting"), 1, 0, 1, NULL, false, &settings), 0);
	snprintf(text, sizeof(text), "{\"music\":\"%s\"}", ID(music));
	CHECK_INT(
		fixture_update(&w.store, "setting", jsonx_id(json_array_get(settings, 0), "id"), text, NULL),
		0);
	snprintf(text, sizeof(text), "{\"greeting\":\"%s\"}", ID(greeting));
	CHECK_INT(fixture_update(&w.store, "queue", w.support, text, NULL), 0);
	CHECK(world_start(&w));
	uint64_t leg = world_call(&w, "100", "1000");

	CHECK_STR(world_media_command(&w, MEDIA_PLAY)->play.list[0].path, "/speech/7.wav");
	CHECK(!world_media_command(&w, MEDIA_PLAY)->play.is_looped);
	struct media_event over = {.kind = MEDIA_PLAY_ENDED,
		.leg = leg,
		.group = world_ix_id(&w, leg),
		.ref = world_media_command(&w, MEDIA_PLAY)->ref};
	center_on_media(&over, w.center);
	world_run(&w);
	CHECK(world_media_command(&w, MEDIA_PLAY)->play.is_looped);
	CHECK(strstr(world_media_command(&w, MEDIA_PLAY)->play.list[0].path, ID(music)));
	world_forget(&w);
	center_on_media(&over, w.center); /* told twice: the music goes on */
	world_run(&w);
	CHECK(!world_media_command(&w, MEDIA_PLAY));
}

TEST(after_exit_goes_on_and_voicemail_works_there)
{
	WITH_WORLD(w);
	char text[512];
	snprintf(text, sizeof(text),
		"{\"name\":\"f\",\"document\":{\"format\":1,\"language\":\"en\",\"start\":\"q\",\"nodes\":{"
		"\"q\":{\"type\":\"queue\",\"queue\":\"%s\",\"overflow\":\"e\",\"after\":\"m\"},"
		"\"m\":{\"type\":\"voicemail\",\"queue\":\"%s\",\"next\":\"e\"},\"e\":{\"type\":\"hang_up\"}}"
		"}}",
		ID(w.support), ID(w.support));
	uint64_t flow = fixture_create(&w.store, "flow", text, NULL);
	snprintf(text, sizeof(text), "{\"number\":\"2000\",\"flow\":\"%s\"}", ID(flow));
	CHECK(flow && fixture_create(&w.store, "number", text, NULL));
	CHECK(world_agent(&w, "carl", always_uri) && world_start(&w));
	uint64_t leg = world_call(&w, "100", "2000");

	world_sip(&w, SIP_ANSWERED, world_sip_command(&w, SIP_CALL)->leg, 200);
	w.is_recorder_silent = true; /* the call's recording is still being closed */
	world_sip(&w, SIP_ENDED, world_sip_command(&w, SIP_CALL)->leg, 0);
	CHECK(world_ix(&w, leg));
	finish_playing(&w, leg);
	CHECK_INT(world_count(&w, EVENT_RECORDING_STARTED), 2);
	CHECK_STR(world_last(&w, EVENT_RECORDING_STARTED)->reason, "voicemail");
	struct media_event over = {.kind = MEDIA_RECORD_ENDED,
		.group = world_ix_id(&w, leg),
		.ref = world_last(&w, EVENT_RECORDING_STARTED)->e.ref,
		.reason = 2,
		.record = {.duration_ms = 9000}};
	center_on_media(&over, w.center);
	center_on_media(&over, w.center);
	world_run(&w);
	CHECK_INT(world_count(&w, EVENT_VOICEMAIL_LEFT), 1);
	CHECK_STR(world_last(&w, EVENT_INTERACTION_ENDED)->reason, "flow_ended");
	for (int i = 0; i < WORLD_RECORDINGS_MAX; i++)
		if (w.recording[i].ref == over.ref)
			w.recording[i].ref = 0;
}

/* --- refused at the door
 * ----------------------------------------------------------------------------------------------- */

TEST(calls_that_are_refused)
{
	WITH_WORLD(w);
	CHECK(world_start(&w));
	world_call(&w, "100", "9999");
	CHECK_INT(world_sip_command(&w, SIP_REJECT)->code, 404);
	CHECK_STR(world_last(&w, EVENT_CONTACT_BLOCKED)->reason, "unknown_number");
	struct sip_event strange = {.kind = SIP_INCOMING, .leg = 99, .trunk = w.trunk, .has_sdp = true};
	(void)str_put(strange.to_number, sizeof(strange.to_number), "1000");
	strange.sdp.has_audio = true;
	center_on_sip(&strange, w.center);
	world_run(&w);
	CHECK_INT(world_sip_command(&w, SIP_REJECT)->code, 488);
	w.is_store_full = true;
	world_call(&w, "100", "1000");
	CHECK_INT(world_sip_command(&w, SIP_REJECT)->code, 503);
	CHECK_STR(world_last(&w, EVENT_CONTACT_BLOCKED)->reason, "store_overloaded");
	w.is_store_full = false;
	CHECK(world_ix(&w, world_call(&w, "100", "1000")));
	CHECK_INT(world_count(&w, EVENT_INTERACTION_STARTED), 1);
}

TEST(hostile_names_reach_nobody_as_they_came)
{
	static const char *const names[] = {"\xff\xfe\xc0\x80", "\xe2\x82", "a\x01\x1b[31m\r\nVia: x",
		"\xed\xa0\x80 surrogate",
		"\xf0\x9f\x98\x80 \xe2\x80\xae"
		"rtl",
		"\"><script>", "\xc3"};
	WITH_DESK(w, d);

	world_ask(&w, d.ann_page, "'live.subscribe'");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct sip_event e = {
			.kind = SIP_INCOMING, .leg = w.next_leg++, .trunk = w.trunk, .has_sdp = true};
		memset(e.from_name, 'x', sizeof(e.from_name) - 1);
		memcpy(e.from_name, names[i], strlen(names[i]));
		memcpy(e.from_name + sizeof(e.from_name) - 3, "\xe2\x82", 3); /* cut inside a letter */
		(void)str_put(e.from_number, sizeof(e.from_number), "\xf0\x28\x8c\x28");
		(void)str_put(e.to_number, sizeof(e.to_number), "1000");
		e.sdp = (struct sdp){.has_audio = true, .n_formats = 1, .formats = {{SDP_PCMU, 0}}};
		center_on_sip(&e, w.center);
		world_pass(&w, 1100);
		struct interaction *ix = world_ix(&w, e.leg);
		CHECK(ix && str_is_utf8(ix->from_name, strlen(ix->from_name)));
		CHECK_STR(ix->from, "?(?(");
		CHECK(world_push(&w, d.ann, "offer"));
		world_sip(&w, SIP_ENDED, e.leg, 0);
	}
}

TEST(caller_who_is_looked_up_late_is_served)
{
	WITH_WORLD(w);
	CHECK(world_start(&w));
	w.is_loader_silent = true;
	uint64_t leg = world_call(&w, "100", "1000");
	CHECK_INT(world_ix(&w, leg)->stage, STAGE_NEW);
	world_pass(&w, 500);
	CHECK_INT(world_ix(&w, leg)->stage, STAGE_QUEUED);
	w.is_loader_silent = false;
	world_run(&w);
	uint64_t gone = 0;
	w.is_loader_silent = true;
	gone = world_call(&w, "100", "1000");
	world_sip(&w, SIP_ENDED, gone, 0);
	w.is_loader_silent = false;
	world_run(&w);
	CHECK(world_ix(&w, leg));
}

TEST(rooms_that_are_too_far_behind)
{
	WITH_DESK(w, d);
	w.is_media_full = true;
	world_call(&w, "100", "1000");
	CHECK_STR(world_last(&w, EVENT_INTERACTION_ENDED)->reason, "no_media");
	w.is_media_full = false;
	w.is_sip_full = true; /* the answer is lost, then said again */
	uint64_t leg = world_call(&w, "100", "1000");
	CHECK(!world_sip_command(&w, SIP_ANSWER));
	w.is_sip_full = false;
	world_pass(&w, 200);
	CHECK(world_sip_command(&w, SIP_ANSWER));
	world_connect(&w, d.ann_page, d.ann);
	w.is_sip_full = w.is_media_full = true; /* so is the hanging up */
	CHECK_STR(
		world_ask(&w, d.ann_page, "'call.hang_up','interaction':'%s'", ID(world_ix_id(&w, leg))), "");
	CHECK(w.center->interactions.len > 0);
	w.is_sip_full = w.is_media_full = false;
	world_pass(&w, 400);
	CHECK_INT(w.center->interactions.len, 0);
	/* an agent's phone that cannot be called */
	CHECK_STR(world_ask(&w, d.bob_page, "'agent.device','device':'uri','device_uri':'sip:b@192.0.2.3'"),
		"");
	w.is_sip_full = true;
	leg = world_call(&w, "100", "1000");
	CHECK_STR(world_last(&w, EVENT_OFFER_ENDED)->reason, "unreachable");
	w.is_sip_full = false;
	world_pass(&w, 200);
	CHECK(world_ix(&w, leg)->is_answered);
}
