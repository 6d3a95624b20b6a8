/* MEDIA_DETECT through the engine: what a peer sends, and what it does not send, over real sockets. */
#include "harness/test.h"
#include "media/detect/amd.h"
#include "media/test_peer.h"

static struct rig rig;
static struct peer peer;

static bool open_line(bool is_tones_only, int limit_ms)
{
	if (rig_start(&rig, false) < 0 || !peer_open(&peer, &rig, 1, SDP_PCMA, 0, 20, SDP_SENDRECV))
		return false;
	rig_send(&rig, &(struct media_command){.kind = MEDIA_DETECT,
			       .group = 1,
			       .leg = 1,
			       .detect = {.limit_ms = limit_ms, .is_tones_only = is_tones_only}});
	return true;
}

static void close_line(void)
{
	peer_close(&peer);
	rig_stop(&rig);
}

static void say(int hz, int ms)
{
	struct peer *all[] = {&peer};

	peer.say_hz = hz;
	peer.is_silent = hz == 0;
	peers_pump(all, 1, ms);
}

/* No cadence here: what arrives late on a busy machine must not matter. */
TEST(an_answering_fax_machine_is_heard_after_a_pause_without_packets)
{
	struct media_event e;
	bool is_told = false;

	CHECK(open_line(true, 30000));
	say(0, 300);
	for (int i = 0; i < 20 && !is_told; i++) {
		say(2100, 500);
		is_told = rig_poll(&rig, MEDIA_DETECTED, 1, &e);
	}
	CHECK(is_told);
	CHECK_INT(e.detected.what, MEDIA_FAX_ANSWERING);
	CHECK(e.detected.percent > 50 && e.detected.after_ms >= 700);
	close_line();
}

TEST(a_peer_that_sends_nothing_is_silence_at_the_limit)
{
	struct media_event e;

	CHECK(open_line(false, 700));
	CHECK(rig_wait(&rig, MEDIA_DETECTED, 1, &e));
	CHECK_INT(e.detected.what, MEDIA_SILENCE);
	CHECK_INT(e.detected.after_ms, 700);
	close_line();
}

TEST(asking_anew_begins_anew_and_a_leg_that_is_gone_is_unsure)
{
	struct media_event e;

	CHECK(open_line(false, 30000));
	say(0, 60);
	rig_send(&rig, &(struct media_command){
			       .kind = MEDIA_DETECT, .group = 1, .leg = 1, .detect = {.limit_ms = 200}});
	CHECK(rig_wait(&rig, MEDIA_DETECTED, 1, &e));
	CHECK_INT(e.detected.what, MEDIA_SILENCE);
	rig_send(&rig, &(struct media_command){.kind = MEDIA_DETECT, .group = 1, .leg = 99});
	CHECK(rig_wait(&rig, MEDIA_DETECTED, 99, &e));
	CHECK_INT(e.detected.what, MEDIA_UNSURE);
	close_line();
}
