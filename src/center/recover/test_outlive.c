/* Calls that outlive the centre: a media process goes on with their legs, the next start with the calls. */
#include "base/str.h"
#include "center/recover/outlive.h"
#include "center/test_parts.h"

static bool open_outliving(struct world *w, struct desk *d)
{
	w->is_outliving = w->has_restored = true;
	return desk_open(w, d);
}

static bool restart(struct world *w, struct desk *d)
{
	world_crash(w);
	world_forget(w);
	world_away(700);
	if (!world_start(w))
		return false;
	d->ann_page = world_page(w, d->ann, ~0u);
	d->bob_page = world_page(w, d->bob, ~0u);
	world_run(w);
	return true;
}

TEST(two_who_talk_go_on_and_end_once)
{
	WITH_WORLD(w);
	struct desk d;

	CHECK(open_outliving(&w, &d));
	uint64_t leg = desk_talk(&w, &d), id = world_ix_id(&w, leg);
	uint64_t recording = world_ix(&w, leg)->recording.id;
	CHECK(recording != 0);
	world_crash(&w);
	world_forget(&w);
	world_away(700);
	CHECK(world_start(&w));
	struct interaction *ix = world_ix(&w, leg);
	CHECK(ix && ix->id == id);
	CHECK_INT(ix->stage, STAGE_TALKING);
	CHECK(ix->lead && ix->lead->user == d.ann);
	CHECK(world_agent_of(&w, d.ann)->interaction == ix);
	CHECK_STR(world_state(&w, d.ann), "talking");
	CHECK(world_hears(&w, leg, ix->agent_leg->id) && world_hears(&w, ix->agent_leg->id, leg));
	CHECK(!world_media_command(&w, MEDIA_BRIDGE) && !world_media_command(&w, MEDIA_UNBRIDGE));
	CHECK(world_sip_command(&w, SIP_RESTORE) && world_sip_command(&w, SIP_RESTORE)->leg == leg);
	CHECK(world_sip_command(&w, SIP_RESTORED) != NULL);
	CHECK_INT(world_count(&w, EVENT_SEGMENT_RESTORED), 1);
	CHECK_INT(world_count(&w, EVENT_INTERACTION_ENDED), 0);
	CHECK_INT(world_count(&w, EVENT_RECORDING_ENDED), 0);
	CHECK(ix->recording.is_running && ix->recording.id == recording);
	world_sip(&w, SIP_ENDED, leg, 0);
	world_run(&w);
	CHECK_INT(world_count_reason(&w, EVENT_INTERACTION_ENDED, "customer_hung_up"), 1);
	CHECK_INT(world_count(&w, EVENT_SEGMENT_ENDED), 1);
	CHECK_INT(world_count(&w, EVENT_RECORDING_ENDED), 1);
}

TEST(a_call_on_hold_is_on_hold_afterwards)
{
	WITH_WORLD(w);
	struct desk d;

	CHECK(open_outliving(&w, &d));
	uint64_t leg = desk_talk(&w, &d);
	char id[ID_TEXT_SIZE];
	id_text(world_ix_id(&w, leg), id);
	CHECK_STR(world_ask(&w, d.ann_page, "'call.hold','interaction':'%s'", id), "");
	world_pass(&w, 1000);
	CHECK(restart(&w, &d));
	struct interaction *ix = world_ix(&w, leg);
	CHECK(ix && ix->segment.held_since && ix->talk == TALK_NOBODY && ix->music);
	CHECK_STR(world_ask(&w, d.ann_page, "'call.resume','interaction':'%s'", id), "");
	CHECK_INT(world_count(&w, EVENT_SEGMENT_RESUMED), 1);
	CHECK_INT(world_count(&w, EVENT_SEGMENT_HELD), 1);
}

TEST(who_waits_keeps_place_clock_and_music)
{
	WITH_WORLD(w);
	struct desk d;

	CHECK(open_outliving(&w, &d));
	CHECK_STR(world_ask(&w, d.ann_page, "'agent.offline'"), "");
	CHECK_STR(world_ask(&w, d.bob_page, "'agent.offline'"), "");
	uint64_t first = world_call(&w, "100", "1000");
	world_pass(&w, 5000);
	uint64_t second = world_call(&w, "200", "1000");
	world_pass(&w, 2000);
	world_sip(&w, SIP_ANSWERED, first, 200);
	world_sip(&w, SIP_ANSWERED, second, 200);
	CHECK(restart(&w, &d));
	struct interaction *a = world_ix(&w, first), *b = world_ix(&w, second);
	CHECK(a && b && a->stage == STAGE_QUEUED && b->stage == STAGE_QUEUED);
	CHECK(a->segment.queued_mono < b->segment.queued_mono);
	CHECK(a->music && !world_media_command(&w, MEDIA_PLAY)); /* it never stopped */
	CHECK_INT(world_count(&w, EVENT_SEGMENT_OVERFLOWED) + world_count(&w, EVENT_SEGMENT_ABANDONED), 0);
	CHECK_STR(world_ask(&w, d.ann_page, "'agent.ready'"), "");
	world_run(&w);
	CHECK(a->ringing && a->ringing->user == d.ann && !b->ringing);
}

TEST(an_offer_that_rang_is_made_again)
{
	WITH_WORLD(w);
	struct desk d;

	CHECK(open_outliving(&w, &d));
	uint64_t leg = world_call(&w, "100", "1000");
	CHECK(world_ix(&w, leg)->ringing && world_ix(&w, leg)->ringing->user == d.ann);
	CHECK(restart(&w, &d));
	CHECK(world_ix(&w, leg) && world_ix(&w, leg)->stage == STAGE_QUEUED);
	CHECK_INT(world_count_reason(&w, EVENT_OFFER_ENDED, "system_restart"), 1);
	world_pass(&w, 100);
	CHECK(world_ix(&w, leg)->ringing != NULL);
	CHECK_INT(world_count(&w, EVENT_SEGMENT_QUEUED), 1);
}

TEST(a_call_whose_leg_is_gone_ends_as_without_a_media_process)
{
	WITH_WORLD(w);
	struct desk d;

	CHECK(open_outliving(&w, &d));
	uint64_t leg = desk_talk(&w, &d), agent = world_leg_of(&w, d.ann);
	VEC_EACH(&w.outlived, i)
	if (w.outlived.at[i].leg == agent)
		w.outlived.at[i].leg = 999;
	CHECK(restart(&w, &d));
	CHECK(!world_ix(&w, leg));
	CHECK_INT(world_count_reason(&w, EVENT_INTERACTION_ENDED, "system_restart"), 1);
	CHECK_INT(w.outlived.len, 0); /* and nothing of it goes on */
}
