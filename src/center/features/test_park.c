/* Parked calls: slots, picking up from a screen and from a telephone, coming back. */
#include "base/id.h"
#include "base/str.h"
#include "center/features/park.h"
#include "center/call/party.h"
#include "center/test_parts.h"

static const char *park(struct world *w, struct desk *d, uint64_t ix)
{
	return world_ask(w, d->ann_page, "'call.park','interaction':'%s'", ID(ix));
}

TEST(park_and_pick_up)
{
	WITH_DESK(w, d);
	uint64_t customer = desk_talk(&w, &d), ix = world_ix_id(&w, customer);

	CHECK_STR(world_ask(&w, d.bob_page, "'call.pick_up','slot':'71'"), "not_parked");
	CHECK_STR(park(&w, &d, ix), "");
	CHECK_STR(jsonx_text(world_reply(&w), "slot", ""), "71");
	CHECK(strstr(world_plays(&w, customer), "house-music.wav"));
	CHECK_STR(world_state(&w, d.ann), "wrap_up");
	CHECK_STR(world_last(&w, EVENT_SEGMENT_ENDED)->reason, "parked");
	CHECK_STR(world_last(&w, EVENT_CALL_PARKED)->name, "71");
	const json_t *list = json_object_get(world_push(&w, d.bob, "parked"), "parked");
	CHECK_INT(json_array_size(list), 1);
	CHECK_STR(jsonx_text(json_array_get(list, 0), "number", ""), "100");
	CHECK_STR(jsonx_text(json_object_get(json_array_get(list, 0), "parked_by"), "name", ""), "ann");
	world_pass(&w, 3000);
	CHECK_STR(world_ask(&w, d.bob_page, "'call.pick_up','slot':'71'"), "");
	CHECK_STR(world_state(&w, d.bob), "ringing");
	CHECK(json_is_true(json_object_get(world_push(&w, d.bob, "offer"), "is_auto_answer")));
	world_connect(&w, d.bob_page, d.bob);
	CHECK(world_hears(&w, customer, world_leg_of(&w, d.bob)));
	CHECK_STR(world_plays(&w, customer), "");
	CHECK_STR(world_last(&w, EVENT_CALL_RETRIEVED)->reason, "picked_up");
	CHECK_INT(world_last(&w, EVENT_CALL_RETRIEVED)->e.duration_ms, 3000);
	CHECK_INT(json_array_size(json_object_get(world_push(&w, d.bob, "parked"), "parked")), 0);
	CHECK_INT(world_count(&w, EVENT_SEGMENT_QUEUED), 1);
	/* and parked again, by whoever has it now */
	CHECK_STR(world_ask(&w, d.bob_page, "'call.park','interaction':'%s','slot':'75'", ID(ix)), "");
	CHECK_STR(world_ask(&w, d.bob_page, "'parked.list'"), "");
	CHECK_STR(
		jsonx_text(json_array_get(json_object_get(world_reply(&w), "parked"), 0), "slot", ""), "75");
}

TEST(slots_are_taken_once)
{
	WITH_DESK(w, d);
	uint64_t customer = desk_talk(&w, &d), ix = world_ix_id(&w, customer);

	CHECK_INT(fixture_update(&w.store, "setting", 1, "{\"park_first\":5,\"park_last\":5}", NULL), 0);
	world_configure(&w);
	CHECK_STR(world_ask(&w, d.ann_page, "'call.park','interaction':'%s','slot':'71'", ID(ix)),
		"slot_taken");
	CHECK_STR(
		world_ask(&w, d.ann_page, "'call.park','interaction':'%s','slot':'x'", ID(ix)), "slot_taken");
	CHECK_STR(world_state(&w, d.ann), "talking");
	CHECK_STR(park(&w, &d, ix), "");
	world_call(&w, "200", "1000"); /* ann is in wrap-up */
	world_connect(&w, d.bob_page, d.bob);
	ix = world_agent_of(&w, d.bob)->interaction->id;
	CHECK_STR(world_ask(&w, d.bob_page, "'call.park','interaction':'%s'", ID(ix)), "slot_taken");
}

TEST(two_want_the_same)
{
	WITH_DESK(w, d);
	uint64_t customer = desk_talk(&w, &d), ix = world_ix_id(&w, customer);

	CHECK_STR(park(&w, &d, ix), "");
	CHECK_STR(world_ask(&w, d.ann_page, "'wrap_up.finish','interaction':'%s'", ID(ix)), "");
	CHECK_STR(world_ask(&w, d.ann_page, "'call.pick_up','interaction':'%s'", ID(ix)), "");
	CHECK_STR(world_ask(&w, d.ann_page, "'call.pick_up','interaction':'%s'", ID(ix)), "busy");
	CHECK_STR(world_ask(&w, d.bob_page, "'call.pick_up','interaction':'%s'", ID(ix)), "");
	world_connect(&w, d.bob_page, d.bob);
	CHECK_STR(world_state(&w, d.ann), "ready");
	CHECK_STR(jsonx_text(world_push(&w, d.ann, "offer_ended"), "reason", ""), "answered_elsewhere");
	CHECK(world_hears(&w, customer, world_leg_of(&w, d.bob)));
	CHECK_INT(world_count(&w, EVENT_CALL_RETRIEVED), 1);
}

TEST(nobody_comes)
{
	for (int answers = 0; answers < 2; answers++) {
		WITH_DESK(w, d);
		uint64_t customer = desk_talk(&w, &d), ix = world_ix_id(&w, customer);

		CHECK_STR(world_ask(&w, d.bob_page, "'agent.break'"), "");
		CHECK_STR(park(&w, &d, ix), "");
		CHECK_STR(world_ask(&w, d.ann_page, "'wrap_up.finish','interaction':'%s'", ID(ix)), "");
		world_pass(&w, 120000);
		CHECK_STR(world_state(&w, d.ann), "ringing");
		CHECK_STR(jsonx_text(world_push(&w, d.ann, "offer"), "kind", ""), "park_return");
		if (answers) {
			world_connect(&w, d.ann_page, d.ann);
			CHECK_STR(world_last(&w, EVENT_CALL_RETRIEVED)->reason, "returned");
			CHECK(world_hears(&w, customer, world_leg_of(&w, d.ann)));
			continue;
		}
		world_pass(&w, 20000);
		CHECK_STR(world_last(&w, EVENT_CALL_RETRIEVED)->reason, "queue");
		CHECK_INT(world_count(&w, EVENT_SEGMENT_QUEUED), 2);
		CHECK_INT(world_count(&w, EVENT_OFFER_MADE), 2); /* ann again, as a queue's call */
	}
}

TEST(the_customer_gives_up)
{
	WITH_DESK(w, d);
	uint64_t customer = desk_talk(&w, &d);

	CHECK_STR(park(&w, &d, world_ix_id(&w, customer)), "");
	CHECK_STR(world_ask(&w, d.bob_page, "'call.pick_up','slot':'71'"), "");
	world_sip(&w, SIP_ENDED, customer, 0);
	CHECK_STR(world_state(&w, d.bob), "ready");
	CHECK_STR(world_last(&w, EVENT_CALL_RETRIEVED)->reason, "customer_hung_up");
	CHECK_INT(world_count(&w, EVENT_INTERACTION_ENDED), 1);
}

/* A telephone of ours dials the slot: its leg becomes the one who has the call. */
TEST(picked_up_by_dialling)
{
	WITH_DESK(w, d);
	uint64_t door = fixture_create(
		&w.store, "user", "{\"login\":\"door\",\"name\":\"Door\",\"roles\":[\"supervisor\"]}", NULL);
	world_configure(&w);
	uint64_t customer = desk_talk(&w, &d);
	struct sip_event e = {.kind = SIP_INCOMING,
		.leg = 4000,
		.user = door,
		.has_sdp = true,
		.sdp = {.has_audio = true, .port = 9, .n_formats = 1, .formats = {{SDP_PCMU, 0}}}};

	CHECK_STR(park_pick_up(w.center, "71", &e), "not_parked");
	CHECK_STR(park_pick_up(w.center, NULL, &e), "not_parked");
	CHECK_STR(park(&w, &d, world_ix_id(&w, customer)), "");
	e.has_sdp = false;
	CHECK_STR(park_pick_up(w.center, "71", &e), "unreachable");
	e.has_sdp = true;
	CHECK(park_pick_up(w.center, "71", &e) == NULL);
	world_run(&w);
	CHECK_INT(world_sip_command(&w, SIP_ANSWER)->leg, 4000);
	CHECK(world_hears(&w, customer, 4000) && world_hears(&w, 4000, customer));
	CHECK_STR(world_state(&w, door), "talking");
	world_sip(&w, SIP_ENDED, 4000, 0);
	CHECK_INT(world_count(&w, EVENT_INTERACTION_ENDED), 1);
	world_run(&w);
	CHECK(!world_agent_of(&w, door)); /* takes no contacts: forgotten */
}
