/* Several agents ring for one caller: a browser, a registered phone and an address. The first to answer gets
 * the caller, everybody else stops at once, and every end is in the log (world_close checks it). */
#include "base/id.h"
#include "base/str.h"
#include "center/test_parts.h"

struct trio {
	uint64_t ann, bob, carl, ann_page, bob_page, bob_leg, carl_leg, leg;
};

static uint64_t call_leg_to(struct world *w, const char *uri, uint64_t user)
{
	for (size_t i = w->sip.len; i-- > 0;) {
		const struct sip_command *cmd = &w->sip.at[i];
		if (cmd->kind == SIP_CALL && (user ? cmd->call.to == SIP_TO_USER && cmd->call.user == user
						   : str_equal(cmd->call.uri, uri)))
			return cmd->leg;
	}
	return 0;
}

/* Ann in her browser, Bob at his phone, Carl at an address, all ready; nobody calls yet. */
static bool trio_open(struct world *w, struct trio *t, const char *queue)
{
	*t = (struct trio){.ann = world_agent(w, "ann", ""),
		.bob = world_agent(w, "bob", ",\"device\":\"phone\""),
		.carl = world_agent(w, "carl", ALWAYS_AT_URI)};
	if (fixture_update(&w->store, "queue", w->support, queue, NULL) != 0 || !world_start(w))
		return false;
	t->ann_page = world_ready(w, t->ann);
	t->bob_page = world_ready(w, t->bob);
	struct sip_event registered = {.kind = SIP_REGISTRATION, .user = t->bob, .count = 1};
	center_on_sip(&registered, w->center);
	world_pass(w, 1);
	return t->ann && t->bob && t->carl;
}

static void trio_call(struct world *w, struct trio *t)
{
	t->leg = world_call(w, "100", "1000");
	t->bob_leg = call_leg_to(w, "", t->bob);
	t->carl_leg = call_leg_to(w, "sip:carl@192.0.2.50", 0);
}

#define WITH_TRIO(w, t, queue)                                                                               \
	WITH_WORLD(w);                                                                                       \
	struct trio t;                                                                                       \
	if (!trio_open(&w, &t, queue))                                                                       \
		return;                                                                                      \
	trio_call(&w, &t)
#define ALL "{\"strategy\":\"ring_all\"}"

static int hang_ups(struct world *w, uint64_t leg)
{
	int n = 0;

	VEC_EACH(&w->sip, i)
	n += w->sip.at[i].kind == SIP_HANG_UP && w->sip.at[i].leg == leg;
	return n;
}

static const char *offer_end(struct world *w, uint64_t user)
{
	const json_t *j = world_push(w, user, "offer_ended");

	return j ? jsonx_text(j, "reason", "") : "(none)";
}

TEST(everybody_rings_and_the_first_gets_the_caller)
{
	WITH_TRIO(w, t, ALL);
	CHECK_INT(world_count(&w, EVENT_OFFER_MADE), 3);
	CHECK_STR(world_state(&w, t.ann), "ringing");
	CHECK_STR(world_state(&w, t.bob), "ringing");
	CHECK_STR(world_state(&w, t.carl), "ringing");
	CHECK(t.bob_leg && t.carl_leg);
	CHECK(world_push(&w, t.ann, "offer") && world_push(&w, t.bob, "offer"));
	world_pass(&w, 2000);
	world_sip(&w, SIP_ANSWERED, t.bob_leg, 200);
	CHECK_STR(world_state(&w, t.bob), "talking");
	CHECK_STR(world_state(&w, t.ann), "ready");
	CHECK_STR(world_state(&w, t.carl), "ready");
	CHECK_STR(offer_end(&w, t.bob), "answered");
	CHECK_STR(offer_end(&w, t.ann), "answered_elsewhere");
	CHECK_INT(hang_ups(&w, t.carl_leg), 1);
	CHECK_INT(hang_ups(&w, t.bob_leg), 0);
	CHECK_INT(world_count_reason(&w, EVENT_OFFER_ENDED, "answered_elsewhere"), 2);
	CHECK_INT(world_count_reason(&w, EVENT_OFFER_ENDED, "answered"), 1);
	CHECK_INT((int64_t)world_last(&w, EVENT_SEGMENT_ANSWERED)->e.agent, (int64_t)t.bob);
	CHECK_INT(world_last(&w, EVENT_SEGMENT_ANSWERED)->e.ring_ms, 2000);
	CHECK(world_media_command(&w, MEDIA_BRIDGE)->other == t.bob_leg);
	CHECK_INT(world_ix(&w, t.leg)->n_legs, 2); /* the caller's and Bob's */
	world_check_alive(&w);
	/* Nobody is blamed, and the talk ends like any other. */
	world_sip(&w, SIP_ENDED, t.leg, 0);
	CHECK_STR(world_state(&w, t.bob), "wrap_up");
	CHECK_STR(world_state(&w, t.ann), "ready");
}

TEST(two_answer_in_the_same_moment)
{
	for (int order = 0; order < 8; order++) {
		WITH_TRIO(w, t, ALL);
		struct sip_event ok = {.kind = SIP_ANSWERED, .has_sdp = true};
		uint64_t first = order & 1 ? t.bob_leg : t.carl_leg,
			 second = order & 1 ? t.carl_leg : t.bob_leg;
		w.is_sip_silent = order & 2;
		w.is_media_silent = order & 4;
		ok.sdp = world_ix(&w, t.leg)->customer->remote;
		ok.leg = first;
		center_on_sip(&ok, w.center);
		ok.leg = second;
		center_on_sip(&ok, w.center);
		world_run(&w);
		CHECK_INT(world_count(&w, EVENT_SEGMENT_ANSWERED), 1);
		CHECK_INT((int64_t)world_last(&w, EVENT_SEGMENT_ANSWERED)->e.agent,
			(int64_t)(order & 1 ? t.bob : t.carl));
		CHECK_INT(hang_ups(&w, second), 1);
		CHECK_INT(hang_ups(&w, first), 0);
		CHECK_INT(world_count_reason(&w, EVENT_OFFER_ENDED, "answered_elsewhere"), 2);
		world_check_alive(&w);
		w.is_sip_silent = w.is_media_silent = false;
	}
}

TEST(a_browser_whose_audio_comes_too_late_hears_that_somebody_else_has_it)
{
	WITH_TRIO(w, t, ALL);
	CHECK_STR(world_answer(&w, t.ann_page, t.ann), "");
	uint64_t ann_leg = world_leg_of(&w, t.ann);
	world_sip(&w, SIP_ANSWERED, t.carl_leg, 200);
	CHECK_STR(offer_end(&w, t.ann), "answered_elsewhere");
	world_media(&w, MEDIA_LEG_READY, ann_leg);
	CHECK_STR(world_state(&w, t.carl), "talking");
	CHECK_STR(world_state(&w, t.ann), "ready");
	CHECK_INT(world_count(&w, EVENT_SEGMENT_ANSWERED), 1);
	CHECK_STR(world_answer(&w, t.ann_page, t.ann), "not_yours");
}

TEST(the_browser_wins)
{
	WITH_TRIO(w, t, ALL);
	world_connect(&w, t.ann_page, t.ann);
	CHECK_STR(world_state(&w, t.ann), "talking");
	CHECK_INT(hang_ups(&w, t.bob_leg), 1);
	CHECK_INT(hang_ups(&w, t.carl_leg), 1);
	CHECK_STR(offer_end(&w, t.bob), "answered_elsewhere");
	/* What the losers' phones still say comes too late and changes nothing. */
	world_sip(&w, SIP_ANSWERED, t.bob_leg, 200);
	world_sip(&w, SIP_ENDED, t.carl_leg, 486);
	CHECK_STR(world_state(&w, t.bob), "ready");
	CHECK_INT(world_count(&w, EVENT_SEGMENT_ANSWERED), 1);
	world_check_alive(&w);
}

TEST(the_caller_hangs_up_on_all_of_them)
{
	WITH_TRIO(w, t, ALL);
	world_pass(&w, 1000);
	world_sip(&w, SIP_ENDED, t.leg, 0);
	CHECK_INT(world_count_reason(&w, EVENT_OFFER_ENDED, "caller_gone"), 3);
	CHECK_INT(world_count(&w, EVENT_SEGMENT_ABANDONED), 1);
	CHECK_INT(hang_ups(&w, t.bob_leg), 1);
	CHECK_INT(hang_ups(&w, t.carl_leg), 1);
	CHECK_STR(world_state(&w, t.ann), "ready");
	CHECK_STR(world_state(&w, t.carl), "ready");
	CHECK_INT(w.center->legs.len, 0);
}

TEST(who_declines_stops_and_the_others_ring_on)
{
	WITH_TRIO(w, t, ALL);
	const char *ix = ID(world_ix_id(&w, t.leg));

	CHECK_STR(world_ask(&w, t.ann_page, "'call.decline','interaction':'%s'", ix), "");
	CHECK_STR(world_state(&w, t.ann), "ready");
	CHECK_STR(world_state(&w, t.bob), "ringing");
	CHECK_STR(world_state(&w, t.carl), "ringing");
	world_sip(&w, SIP_ENDED, t.carl_leg, 486);
	CHECK_STR(world_state(&w, t.carl), "ready");
	CHECK_STR(world_state(&w, t.bob), "ringing");
	CHECK_INT(world_count(&w, EVENT_OFFER_MADE), 3);
	world_sip(&w, SIP_ANSWERED, t.bob_leg, 200);
	CHECK_STR(world_state(&w, t.bob), "talking");
	CHECK_INT(world_count_reason(&w, EVENT_OFFER_ENDED, "answered_elsewhere"), 0);
}

TEST(nobody_answers_and_all_are_not_responding_but_static_contacts)
{
	WITH_TRIO(w, t, ALL);
	world_pass(&w, 5000);
	CHECK_INT(world_count_reason(&w, EVENT_OFFER_ENDED, "no_answer"), 3);
	CHECK_STR(world_state(&w, t.ann), "not_responding");
	CHECK_STR(world_state(&w, t.bob), "not_responding");
	CHECK_INT(world_ix(&w, t.leg)->stage, STAGE_QUEUED);
	world_pass(&w, 5100); /* Carl is asked again after a while */
	CHECK_STR(world_state(&w, t.carl), "ringing");
	CHECK_INT(world_count(&w, EVENT_OFFER_MADE), 4);
}

TEST(a_miss_is_no_fault_where_the_queue_says_so)
{
	WITH_TRIO(w, t, "{\"strategy\":\"ring_all\",\"misses_max\":0}");
	world_pass(&w, 5000);
	CHECK_STR(world_state(&w, t.ann), "ready");
	CHECK_STR(world_state(&w, t.bob), "ready");
	world_pass(&w, 5000);
	CHECK_INT(world_count(&w, EVENT_OFFER_MADE), 6); /* and all are asked again after a while */
}

TEST(a_second_caller_gets_those_who_are_set_free)
{
	WITH_TRIO(w, t, ALL);
	uint64_t second = world_call(&w, "200", "1000");

	CHECK(!world_ix(&w, second)->ringing);
	world_sip(&w, SIP_ANSWERED, t.bob_leg, 200);
	CHECK_STR(world_state(&w, t.ann), "ringing");
	CHECK_STR(world_state(&w, t.carl), "ringing");
	CHECK(world_agent_of(&w, t.ann)->interaction == world_ix(&w, second));
	CHECK(world_agent_of(&w, t.carl)->interaction == world_ix(&w, second));
	world_check_alive(&w);
	world_connect(&w, t.ann_page, t.ann);
	CHECK_STR(world_state(&w, t.ann), "talking");
	CHECK_STR(world_state(&w, t.carl), "ready");
	CHECK_STR(world_state(&w, t.bob), "talking");
}

TEST(a_page_that_closes_stops_its_own_ringing_only)
{
	WITH_TRIO(w, t, ALL);
	world_page_closes(&w, t.ann_page);
	CHECK_INT(world_count_reason(&w, EVENT_OFFER_ENDED, "unreachable"), 1);
	CHECK_STR(world_state(&w, t.bob), "ringing");
	t.ann_page = world_page(&w, t.ann, ~0u);
	world_check_alive(&w);
	world_sip(&w, SIP_ANSWERED, t.carl_leg, 200);
	CHECK_STR(world_state(&w, t.carl), "talking");
}

TEST(the_configuration_takes_one_of_them_out)
{
	WITH_TRIO(w, t, ALL);
	char text[128];

	snprintf(text, sizeof(text), "{\"agents\":[\"%s\",\"%s\"]}", ID(t.ann), ID(t.bob));
	CHECK_INT(fixture_update(&w.store, "queue", w.support, text, NULL), 0);
	world_configure(&w);
	CHECK_STR(world_state(&w, t.carl), "ready");
	CHECK_INT(hang_ups(&w, t.carl_leg), 1);
	CHECK_STR(world_state(&w, t.bob), "ringing");
	world_check_alive(&w);
	world_connect(&w, t.ann_page, t.ann);
	CHECK_STR(world_state(&w, t.ann), "talking");
}

TEST(ringing_at_many_survives_a_crash)
{
	WITH_TRIO(w, t, ALL);
	world_crash(&w);
	w.has_restored = true;
	CHECK(world_start(&w));
	CHECK_INT(world_count_reason(&w, EVENT_OFFER_ENDED, "system_restart"), 3);
	CHECK_INT(world_count_reason(&w, EVENT_SEGMENT_OVERFLOWED, "system_restart"), 1);
	CHECK_INT(world_count_reason(&w, EVENT_INTERACTION_ENDED, "system_restart"), 1);
}

TEST(ringing_at_many_without_a_port_for_one)
{
	WITH_WORLD(w);
	struct trio t;
	if (!trio_open(&w, &t, ALL))
		return;
	w.is_media_silent = true;
	t.leg = world_call(&w, "100", "1000");
	struct media_event opened = {.kind = MEDIA_LEG_OPENED, .leg = t.leg, .group = world_ix_id(&w, t.leg)};
	center_on_media(&opened, w.center);
	world_run(&w);
	uint64_t bob = world_leg_of(&w, t.bob);
	CHECK(bob);
	world_media(&w, MEDIA_LEG_FAILED, bob);
	CHECK_INT(world_count_reason(&w, EVENT_OFFER_ENDED, "unreachable"), 1);
	CHECK_STR(world_state(&w, t.ann), "ringing");
	CHECK_STR(world_state(&w, t.carl), "ringing");
	w.is_media_silent = false;
	world_sip(&w, SIP_ENDED, t.leg, 0);
	world_catch_up(&w);
}
