/* Calls through the whole centre: queue, agent, hold, transfers, and every side leaving at every moment.
 * After each the log is checked (world_close). */
#include "base/id.h"
#include "base/str.h"
#include "center/test_parts.h"

/* --- one agent at a time
 * ----------------------------------------------------------------------------------------------- */

TEST(call_to_a_static_contact)
{
	WITH_WORLD(w);
	uint64_t carl = world_agent(&w, "carl", ALWAYS_AT_URI);
	CHECK(carl && world_start(&w));
	uint64_t leg = world_call(&w, "+989121234567", "1000");
	struct sip_command *call = world_sip_command(&w, SIP_CALL);

	CHECK(call);
	CHECK_STR(call->call.uri, "sip:carl@192.0.2.50");
	CHECK_STR(call->call.from_number, "+989121234567");
	CHECK_STR(world_state(&w, carl), "ringing");
	world_pass(&w, 2000);
	world_sip(&w, SIP_ANSWERED, call->leg, 200);
	CHECK_STR(world_state(&w, carl), "talking");
	CHECK_INT(world_last(&w, EVENT_SEGMENT_ANSWERED)->e.wait_ms, 2000);
	CHECK(world_media_command(&w, MEDIA_BRIDGE));
	CHECK(world_media_command(&w, MEDIA_RECORD)->record.is_stereo);
	world_pass(&w, 30000);
	world_sip(&w, SIP_ENDED, leg, 0);
	CHECK_STR(world_last(&w, EVENT_INTERACTION_ENDED)->reason, "customer_hung_up");
	CHECK_INT(world_last(&w, EVENT_SEGMENT_ENDED)->e.talk_ms, 30000);
	CHECK_STR(world_state(&w, carl), "wrap_up");
	world_pass(&w, 10000);
	CHECK_STR(world_state(&w, carl), "ready");
}

TEST(a_contact_is_not_among_its_own_earlier_ones)
{
	WITH_WORLD(w);
	CHECK(world_agent(&w, "carl", ALWAYS_AT_URI) && world_start(&w));
	w.is_loader_silent = true; /* the look-up comes after this very contact is on disk */
	uint64_t leg = world_call(&w, "+989121234567", "1000");
	uint64_t later = fixture_append(&w.store, &(struct event){.type = EVENT_CONFIG_CHANGED});
	CHECK(later && fixture_wait(&w.store, later));
	w.is_loader_silent = false;
	world_run(&w);
	CHECK(world_ix(&w, leg)->is_lookup_done);
	CHECK_INT(json_array_size(world_ix(&w, leg)->history), 0);
}

TEST(browser_is_connected_only_when_its_audio_is)
{
	WITH_DESK(w, d);
	uint64_t leg = world_call(&w, "100", "1000");
	json_t *offer = world_push(&w, d.ann, "offer");

	CHECK(offer);
	CHECK(jsonx_text(offer, "sdp", NULL));
	CHECK_STR(world_answer(&w, d.ann_page, d.ann), "");
	CHECK_STR(world_state(&w, d.ann), "ringing");
	CHECK(!world_media_command(&w, MEDIA_BRIDGE));
	world_media(&w, MEDIA_LEG_READY, world_leg_of(&w, d.ann));
	CHECK_STR(world_state(&w, d.ann), "talking");
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
	CHECK_STR(world_state(&w, d.ann), "not_responding");
	CHECK_STR(world_state(&w, d.bob), "ringing");
}

TEST(declined_goes_to_the_next)
{
	WITH_DESK(w, d);
	uint64_t leg = world_call(&w, "100", "1000");

	CHECK_STR(
		world_ask(&w, d.ann_page, "'call.decline','interaction':'%s'", ID(world_ix_id(&w, leg))), "");
	CHECK_STR(world_state(&w, d.ann), "ready");
	CHECK_STR(world_state(&w, d.bob), "ringing");
	CHECK_STR(world_ask(&w, d.ann_page, "'call.decline','interaction':'%s'", ID(world_ix_id(&w, leg))),
		"not_yours");
	CHECK_STR(world_answer(&w, d.ann_page, d.ann), "not_yours");
	world_connect(&w, d.bob_page, d.bob);
	CHECK_STR(world_state(&w, d.bob), "talking");
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
		CHECK_STR(world_state(&w, dan), cases[i].state);
		world_sip(&w, SIP_ENDED, leg, 0);
		world_pass(&w, 6000);
	}
}

TEST(answer_without_a_codec_is_unreachable)
{
	WITH_WORLD(w);
	CHECK(world_agent(&w, "carl", ALWAYS_AT_URI) && world_start(&w));
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
	uint64_t carl = world_agent(&w, "carl", ALWAYS_AT_URI);
	CHECK(carl && world_start(&w));
	uint64_t leg = world_call(&w, "100", "1000"), agent_leg = world_sip_command(&w, SIP_CALL)->leg;

	world_pass(&w, 1000);
	world_sip(&w, SIP_ENDED, leg, 0);
	CHECK_INT(world_sip_command(&w, SIP_HANG_UP)->leg, agent_leg);
	CHECK_STR(world_last(&w, EVENT_OFFER_ENDED)->reason, "caller_gone");
	CHECK_INT(world_last(&w, EVENT_SEGMENT_ABANDONED)->e.wait_ms, 1000);
	CHECK_STR(world_state(&w, carl), "ready");
}

/* Every order of the agent's 200 and the caller's BYE, with and without sip/ having said a word between. */
TEST(caller_hangs_up_in_the_moment_of_the_answer)
{
	for (int order = 0; order < 8; order++) {
		WITH_WORLD(w);
		uint64_t carl = world_agent(&w, "carl", ALWAYS_AT_URI);
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
		CHECK_STR(world_state(&w, carl), "ready");
	}
}

TEST(too_late_an_answer_gives_the_caller_back)
{
	WITH_WORLD(w);
	uint64_t carl = world_agent(&w, "carl", ALWAYS_AT_URI);
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
	CHECK_STR(world_state(&w, carl), "ringing");
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
	world_finish_playing(&w, leg);
	CHECK_INT(world_count(&w, EVENT_RECORDING_STARTED), 1);
	/* hangs up while speaking: the message is kept */
	world_sip(&w, SIP_ENDED, leg, 0);
	CHECK_INT(world_count(&w, EVENT_VOICEMAIL_LEFT), 1);
	CHECK_INT(world_last(&w, EVENT_VOICEMAIL_LEFT)->e.queue == w.support, 1);
	CHECK_INT(world_count(&w, EVENT_SEGMENT_OVERFLOWED), 1);
}

/* --- while talking
 * ----------------------------------------------------------------------------------------------------- */

TEST(hold_mute_and_digits)
{
	WITH_DESK(w, d);
	uint64_t leg = desk_talk(&w, &d);
	const char *ix = ID(world_ix_id(&w, leg));

	CHECK_STR(world_ask(&w, d.ann_page, "'call.hold','interaction':'%s'", ix), "");
	CHECK_STR(world_state(&w, d.ann), "hold");
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
	uint64_t leg = desk_talk(&w, &d);
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
	CHECK_STR(world_state(&w, d.bob), "ringing");
}

TEST(page_reloaded_in_mid_call_gets_audio_again)
{
	WITH_DESK(w, d);
	uint64_t leg = desk_talk(&w, &d);
	uint64_t old = world_ix(&w, leg)->agent_leg->id;

	CHECK_STR(world_ask(&w, d.ann_page, "'call.mute','interaction':'%s','on':true",
			  ID(world_ix_id(&w, leg))),
		"");
	world_page_closes(&w, d.ann_page);
	CHECK_STR(world_state(&w, d.ann), "talking");
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
	CHECK_STR(world_state(&w, d.bob), "ringing");
}

TEST(audio_lost_in_mid_call_is_offered_again)
{
	WITH_DESK(w, d);
	uint64_t leg = desk_talk(&w, &d);
	uint64_t old = world_ix(&w, leg)->agent_leg->id;

	/* The page closes its connection before its socket, as browsers do; another page of hers is open. */
	uint64_t other = world_page(&w, d.ann, ~0u);
	world_forget(&w);
	world_media(&w, MEDIA_LEG_LOST, old);
	CHECK(world_push(&w, d.ann, "media") != NULL);
	CHECK(world_ix(&w, leg)->agent_leg->id != old);
	world_page_closes(&w, d.ann_page);
	CHECK_STR(world_answer(&w, other, d.ann), "");
	world_media(&w, MEDIA_LEG_READY, world_ix(&w, leg)->agent_leg->id);
	world_pass(&w, AUDIO_GRACE_MS * 2);
	CHECK_STR(world_state(&w, d.ann), "talking");
	CHECK_INT(world_count(&w, EVENT_SEGMENT_ENDED), 0);
	/* lost once more, and the caller hangs up meanwhile */
	world_media(&w, MEDIA_LEG_LOST, world_ix(&w, leg)->agent_leg->id);
	world_sip(&w, SIP_ENDED, leg, 0);
	world_pass(&w, AUDIO_GRACE_MS * 2);
	CHECK_INT(world_count(&w, EVENT_SEGMENT_ENDED), 1);
}

TEST(agent_lost_puts_the_caller_at_the_head)
{
	WITH_DESK(w, d);
	uint64_t leg = desk_talk(&w, &d);

	world_page_closes(&w, d.bob_page);
	world_pass(&w, 60000);
	CHECK_STR(world_state(&w, d.bob), "offline");
	uint64_t second = world_call(&w, "200", "1000");
	world_page_closes(&w, d.ann_page);
	world_media(&w, MEDIA_LEG_LOST, world_ix(&w, leg)->agent_leg->id);
	CHECK_STR(world_state(&w, d.ann), "talking");
	world_pass(&w, AUDIO_GRACE_MS - 1);
	CHECK_STR(world_state(&w, d.ann), "talking");
	world_pass(&w, 1);
	CHECK_STR(world_last(&w, EVENT_SEGMENT_ENDED)->reason, "agent_lost");
	CHECK_STR(world_state(&w, d.ann), "wrap_up");
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
	uint64_t ringing = world_leg_of(&w, d.ann);
	/* declined before its audio was open, then no port: the next one rings on */
	CHECK_STR(
		world_ask(&w, d.ann_page, "'call.decline','interaction':'%s'", ID(world_ix_id(&w, leg))), "");
	CHECK_STR(world_state(&w, d.bob), "ringing");
	world_media(&w, MEDIA_LEG_FAILED, ringing);
	CHECK_INT(world_ix(&w, leg)->stage, STAGE_QUEUED);
	CHECK_STR(world_state(&w, d.bob), "ringing");
	world_media(&w, MEDIA_LEG_FAILED, world_leg_of(&w, d.bob));
	CHECK_STR(world_state(&w, d.bob), "not_responding");
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

static void media_fails(struct world *w, uint64_t leg, int reason)
{
	struct media_event e = {
		.kind = MEDIA_LEG_FAILED, .leg = leg, .group = world_ix_id(w, leg), .reason = reason};

	center_on_media(&e, w->center);
	world_run(w);
}

TEST(why_there_is_no_audio_is_told_and_what_was_opened_is_closed)
{
	static const struct {
		bool is_open;
		int reason;
		const char *why;
	} rows[] = {{false, -EMFILE, "no_ports"}, {false, -ENOBUFS, "no_media"}, {true, -EINVAL, "bad_sdp"},
		{true, -EPROTO, "no_encryption"}, {true, -ETIMEDOUT, "no_encryption"},
		{true, -ENOMEM, "no_media"}};
	WITH_WORLD(w);
	CHECK(world_start(&w));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		w.is_media_silent = !rows[i].is_open;
		uint64_t leg = world_call(&w, "100", "1000");
		world_forget(&w);
		media_fails(&w, leg, rows[i].reason);
		CHECK_STR(world_last(&w, EVENT_INTERACTION_ENDED)->reason, rows[i].why);
		struct media_command *close = world_media_command(&w, MEDIA_LEG_CLOSE);
		CHECK(!close == !rows[i].is_open && (!close || close->leg == leg));
		CHECK(!world_ix(&w, leg));
	}
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
	uint64_t leg = desk_talk(&w, &d);

	CHECK_STR(transfer(&w, &d, leg, "agent", "id", ID(d.ann)), "agent_not_free");
	CHECK_STR(transfer(&w, &d, leg, "agent", "id", ID(12345)), "not_found");
	CHECK_STR(transfer(&w, &d, leg, "agent", "id", ID(d.bob)), "");
	CHECK_STR(world_state(&w, d.ann), "wrap_up");
	CHECK_STR(world_state(&w, d.bob), "ringing");
	world_connect(&w, d.bob_page, d.bob);
	CHECK_STR(world_state(&w, d.bob), "talking");
	world_pass(&w, 11000);
	CHECK_STR(world_state(&w, d.ann), "ready");
	world_sip(&w, SIP_ENDED, leg, 0);
	CHECK_INT(world_count(&w, EVENT_SEGMENT_ANSWERED), 2);
	CHECK_INT(world_count(&w, EVENT_RECORDING_ENDED), 2);
}

TEST(transfer_to_an_agent_who_does_not_answer)
{
	WITH_DESK(w, d);
	uint64_t leg = desk_talk(&w, &d);

	CHECK_STR(transfer(&w, &d, leg, "agent", "id", ID(d.bob)), "");
	uint64_t second = world_call(&w, "200", "1000");
	world_pass(&w, 11000);
	/* he missed it like any other offer; the caller is first in the queue again, before one who came
	 * later */
	CHECK_INT(world_count_reason(&w, EVENT_OFFER_ENDED, "no_answer"), 1);
	CHECK_STR(world_state(&w, d.bob), "not_responding");
	CHECK_STR(world_state(&w, d.ann), "ringing");
	world_connect(&w, d.ann_page, d.ann);
	CHECK_INT(world_ix(&w, leg)->stage, STAGE_TALKING);
	CHECK_INT(world_ix(&w, second)->stage, STAGE_QUEUED);
}

TEST(an_agent_who_was_given_a_caller_has_a_wrap_up_too)
{
	WITH_DESK(w, d);
	uint64_t leg = desk_talk(&w, &d);

	CHECK_STR(transfer(&w, &d, leg, "agent", "id", ID(d.bob)), "");
	world_connect(&w, d.bob_page, d.bob);
	world_sip(&w, SIP_ENDED, leg, 0);
	CHECK_STR(world_state(&w, d.bob), "wrap_up");
}

TEST(caller_hangs_up_during_a_transfer_to_an_agent)
{
	WITH_DESK(w, d);
	uint64_t leg = desk_talk(&w, &d);

	CHECK_STR(transfer(&w, &d, leg, "agent", "id", ID(d.bob)), "");
	world_sip(&w, SIP_ENDED, leg, 0);
	CHECK_STR(world_state(&w, d.bob), "ready");
	CHECK_STR(world_last(&w, EVENT_OFFER_ENDED)->reason, "caller_gone");
	CHECK_INT(world_count(&w, EVENT_SEGMENT_ABANDONED), 1);
}

TEST(transfer_to_an_agent_whose_page_closes)
{
	WITH_DESK(w, d);
	uint64_t leg = desk_talk(&w, &d);

	CHECK_STR(transfer(&w, &d, leg, "agent", "id", ID(d.bob)), "");
	world_page_closes(&w, d.bob_page);
	CHECK_STR(world_last(&w, EVENT_OFFER_ENDED)->reason, "unreachable");
	CHECK_INT(route_position(w.center->route, world_ix(&w, leg)->segment.id), 1);
	world_pass(&w, 10000);
	CHECK_STR(world_state(&w, d.ann), "ringing");
}

TEST(transfer_to_a_number)
{
	WITH_DESK(w, d);
	uint64_t leg = desk_talk(&w, &d);

	CHECK_STR(transfer(&w, &d, leg, "number", "number", "+98215550"), "");
	struct sip_command *call = world_sip_command(&w, SIP_CALL);
	CHECK(call && call->call.to == SIP_TO_TRUNK);
	CHECK_STR(world_state(&w, d.ann), "wrap_up");
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
		uint64_t leg = desk_talk(&w, &d);
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
	CHECK_STR(world_state(&w, dan), "talking");
	center_on_sip(&refer, w.center);
	world_run(&w);
	CHECK_STR(world_state(&w, dan), "wrap_up");
	CHECK_STR(world_state(&w, eve), "ringing");
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
