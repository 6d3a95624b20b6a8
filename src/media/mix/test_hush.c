/* Silence that is told (RFC 3389) instead of sent: to whom, when, how often, and how it ends. */
#include "harness/test.h"
#include "base/str.h"
#include "media/test_peer.h"

#include <string.h>

#define SAY_HZ 500
#define FIRST 100 /* leg of the first peer */

static struct rig rig;
static struct peer peers[3];

static void hear(int leg, int other, bool is_on)
{
	struct media_command m = {.kind = MEDIA_HEAR,
		.group = 1,
		.leg = FIRST + (uint64_t)leg,
		.other = FIRST + (uint64_t)other};

	m.hear.is_on = is_on;
	rig_send(&rig, &m);
}

static void mute(int leg, bool is_on)
{
	struct media_command m = {.kind = MEDIA_MUTE, .group = 1, .leg = FIRST + (uint64_t)leg};

	m.flag.is_on = is_on;
	rig_send(&rig, &m);
}

static void pump(int ms)
{
	struct peer *all[] = {&peers[0], &peers[1], &peers[2]};

	peers_pump(all, 3, ms);
}

/* What the second peer agreed to. */
static void agree(bool is_agreed, bool is_sent)
{
	struct media_command c = {.kind = MEDIA_LEG_REMOTE, .group = 1, .leg = FIRST + 1};

	str_put(c.remote.address, MEDIA_ADDRESS_MAX, "127.0.0.1");
	c.remote.port = peers[1].port;
	c.remote.codec = SDP_PCMU;
	c.remote.telephone_event = 101;
	c.remote.comfort_noise = is_agreed ? 13 : 0;
	c.remote.is_noise_sent = is_sent;
	c.remote.ptime_ms = 20;
	c.remote.direction = SDP_SENDRECV;
	rig_send(&rig, &c);
}

static bool open_peers(enum sdp_codec said)
{
	if (rig_start(&rig, false) < 0)
		return false;
	for (int i = 0; i < 3; i++) {
		if (!peer_open(&peers[i], &rig, FIRST + (uint64_t)i, i == 0 ? said : SDP_PCMU, 101, 20,
			    SDP_SENDRECV))
			return false;
		peers[i].say_hz = i == 0 ? SAY_HZ : 900;
	}
	agree(true, true);
	return true;
}

static void close_peers(void)
{
	for (int i = 0; i < 3; i++)
		peer_close(&peers[i]);
	rig_stop(&rig);
}

/* The tone is there, and the stream was whole all the time. */
static bool is_heard_whole(const struct peer *p)
{
	return peer_tone_db(p, SAY_HZ, 150) > -1 && p->n_gaps + p->n_ssrcs + p->n_ts_back == 0;
}

/* In a second of silence: told at once, then every 400 ms; on a busy machine ticks come late,
 * never early. */
#define SILENCE_MS 1000
static bool is_told(const struct peer *p)
{
	return p->n_noises >= 2 && p->n_noises <= 4 && p->noise_dbov == 70;
}

TEST(the_silence_of_a_muted_agent_is_told)
{
	CHECK(open_peers(SDP_PCMU));
	hear(1, 0, true);
	pump(300);
	peer_forget(&peers[1]);
	mute(0, true);
	pump(SILENCE_MS);
	CHECK(is_told(&peers[1]));
	CHECK(peers[1].n_heard - peers[1].n_noises <= 3); /* under way when it began */
	CHECK_INT(peers[1].n_marked, 0);
	mute(0, false);
	pump(400);
	CHECK(is_heard_whole(&peers[1]));
	CHECK_INT(peers[1].n_marked, 1); /* a new spurt, by the clock */
	int64_t n_noises = peers[1].n_noises;
	pump(500);
	CHECK_INT(peers[1].n_noises, n_noises);
	close_peers();
}

TEST(who_did_not_agree_is_told_nothing)
{
	static const bool rows[][2] = {{false, true}, {true, false}};

	for (int i = 0; i < 2; i++) {
		CHECK(open_peers(SDP_PCMU));
		agree(rows[i][0], rows[i][1]);
		hear(1, 0, true);
		pump(100);
		peer_forget(&peers[1]);
		mute(0, true);
		pump(700);
		hear(1, 0, false);
		pump(700);
		CHECK_INT(peers[1].n_noises, 0);
		close_peers();
	}
}

TEST(who_hears_nobody_is_told_so_and_keys_come_through)
{
	struct media_command keys = {.kind = MEDIA_DTMF_SEND, .group = 1, .leg = FIRST + 1};

	CHECK(open_peers(SDP_PCMU));
	pump(200);
	peer_forget(&peers[1]);
	pump(SILENCE_MS);
	CHECK(is_told(&peers[1]) && peers[1].n_heard == peers[1].n_noises);
	str_put(keys.dtmf.digits, sizeof(keys.dtmf.digits), "19");
	keys.dtmf.duration_ms = 100;
	rig_send(&rig, &keys);
	pump(800);
	CHECK_STR(peers[1].digits, "19");
	CHECK_INT(peers[1].n_gaps + peers[1].n_ts_back, 0);
	close_peers();
}

TEST(silent_frames_of_a_sound_are_told_after_a_while)
{
	struct media_command play = {.kind = MEDIA_PLAY, .group = 1, .leg = FIRST + 1, .ref = 3};
	struct media_event e;

	CHECK(open_peers(SDP_PCMU));
	str_put(play.play.list[0].path, MEDIA_PATH_MAX, "tone:500:300");
	str_put(play.play.list[1].path, MEDIA_PATH_MAX, "silence:100"); /* between words */
	str_put(play.play.list[2].path, MEDIA_PATH_MAX, "tone:500:300");
	str_put(play.play.list[3].path, MEDIA_PATH_MAX, "silence:1000");
	str_put(play.play.list[4].path, MEDIA_PATH_MAX, "tone:500:1000");
	play.play.n = 5;
	rig_send(&rig, &play);
	for (int i = 0; i < 250 && peers[1].n_samples == 0; i++)
		pump(20);
	peer_forget(&peers[1]);
	pump(500);
	CHECK_INT(peers[1].n_noises, 0);
	pump(1400);
	CHECK(is_told(&peers[1]));
	pump(400);
	CHECK(is_heard_whole(&peers[1]));
	CHECK(rig_wait(&rig, MEDIA_PLAY_ENDED, FIRST + 1, &e));
	CHECK_INT(e.reason, 0);
	close_peers();
}

/* Nobody says anything in a mix: told; and the recording of it lasts as long as it does. */
TEST(a_silent_mix_is_told_and_its_recording_lasts)
{
	struct media_command record = {.kind = MEDIA_RECORD, .group = 1, .leg = FIRST + 1, .ref = 9};
	struct media_event e;

	CHECK(open_peers(SDP_PCMU));
	hear(1, 0, true);
	hear(1, 2, true);
	peers[2].loudness = 1;
	str_printf(record.record.path, sizeof(record.record.path), "%s/mix.wav", rig.folder);
	record.record.is_stereo = true;
	rig_send(&rig, &record);
	CHECK(rig_wait(&rig, MEDIA_RECORD_STARTED, FIRST + 1, &e));
	pump(600);
	CHECK(peer_tone_db(&peers[1], SAY_HZ, 150) > -1);
	peer_forget(&peers[1]);
	mute(0, true);
	mute(2, true);
	pump(600); /* what waits is said, then silence has to last */
	int64_t n_heard = peers[1].n_heard - peers[1].n_noises;
	pump(SILENCE_MS);
	CHECK(peers[1].n_noises >= 2 && peers[1].n_noises <= 7);
	CHECK_INT(peers[1].n_heard - peers[1].n_noises, n_heard);
	mute(0, false);
	pump(500);
	CHECK(is_heard_whole(&peers[1]));
	record.kind = MEDIA_RECORD_STOP;
	rig_send(&rig, &record);
	CHECK(rig_wait(&rig, MEDIA_RECORD_ENDED, FIRST + 1, &e));
	CHECK(e.record.duration_ms > 2500 && e.record.lost_ms == 0);
	close_peers();
}

static void send_noise(struct peer *p, uint8_t dbov)
{
	uint8_t packet[RTP_HEADER_BYTES + 1];
	struct sockaddr_in to = {.sin_family = AF_INET,
		.sin_port = htons(p->engine_port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	rtp_put_header(packet, 13, false, p->seq++, p->ts, p->ssrc);
	packet[RTP_HEADER_BYTES] = dbov;
	(void)sendto(p->fd, packet, sizeof(packet), 0, (struct sockaddr *)&to, sizeof(to));
}

TEST(noise_of_another_clock_is_told_and_not_made)
{
	CHECK(open_peers(SDP_OPUS));
	hear(1, 0, true);
	pump(400);
	CHECK(peer_tone_db(&peers[1], SAY_HZ, 150) > -1);
	peers[0].is_silent = true;
	send_noise(&peers[0], 40);
	pump(100);
	peer_forget(&peers[1]);
	pump(1000);
	CHECK(peers[1].n_noises >= 1 && peers[1].n_noises <= 4);
	CHECK_INT(peers[1].n_heard, peers[1].n_noises);
	CHECK_INT(peers[1].noise_dbov, 40);
	send_noise(&peers[0], 55);
	pump(500);
	CHECK_INT(peers[1].noise_dbov, 55);
	peers[0].is_silent = false;
	pump(400);
	CHECK(is_heard_whole(&peers[1]));
	close_peers();
}
