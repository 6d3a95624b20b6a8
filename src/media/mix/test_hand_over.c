/* From passed on to mixed and back, on a steady tone: nothing is left out, heard twice or bent. And silence
 * that is said (RFC 3389) instead of sent. */
#include "harness/test.h"
#include "base/str.h"
#include "media/test_peer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define ROUNDS 8 /* a busy machine may be late in one; a fault shows in all */
#define SAY_HZ 500
#define BEND_MAX                                                                                             \
	2500 /* of a sine of 10000: more than G.711 errs, less than a jump of an eighth of a turn            \
	      */

static struct rig rig;
static struct peer peers[3];

static void hear(int leg, int other, bool is_on)
{
	struct media_command m = {
		.kind = MEDIA_HEAR, .group = 1, .leg = 100 + (uint64_t)leg, .other = 100 + (uint64_t)other};

	m.hear.is_on = is_on;
	rig_send(&rig, &m);
}

static void pump(int ms)
{
	struct peer *all[] = {&peers[0], &peers[1], &peers[2]};

	peers_pump(all, 3, ms);
}

static bool open_peers(enum sdp_codec said, enum sdp_codec heard)
{
	enum sdp_codec codecs[] = {said, heard, SDP_PCMA};

	if (rig_start(&rig, false) < 0)
		return false;
	for (int i = 0; i < 3; i++) {
		if (!peer_open(&peers[i], &rig, 100 + (uint64_t)i, codecs[i], 101, 20, SDP_SENDRECV))
			return false;
		peers[i].loudness = i == 0 ? 10000 : 1;
		peers[i].say_hz = i == 0 ? SAY_HZ : 0;
	}
	return true;
}

static void close_peers(void)
{
	for (int i = 0; i < 3; i++)
		peer_close(&peers[i]);
	rig_stop(&rig);
}

/* A sine obeys x[n+1] + x[n-1] = 2 cos(w) x[n]: the worst it does not, and the longest silence. */
static void look(const struct peer *p, float *ret_bend, int *ret_silence)
{
	double c = 2 * cos(2 * M_PI * SAY_HZ / 8000);
	int run = 0;

	*ret_bend = 0;
	*ret_silence = 0;
	for (size_t i = 1; i + 1 < p->n_samples; i++) {
		float bend = (float)fabs(p->heard[i + 1] + p->heard[i - 1] - c * p->heard[i]);
		*ret_bend = bend > *ret_bend ? bend : *ret_bend;
		run = abs(p->heard[i]) < 100 ? run + 1 : 0;
		*ret_silence = run > *ret_silence ? run : *ret_silence;
	}
}

/* Somebody else is heard beside the tone for a while, again and again. True: once all went well. */
static bool is_seamless(bool is_listening, float bend_max)
{
	float bend = 0;
	int silence = 0;

	for (int i = 0; i < ROUNDS; i++) {
		pump(260);
		peer_forget(&peers[1]);
		pump(200 + 5 * i);
		hear(1, 2, true); /* a whisper */
		pump(300);
		hear(1, 2, false);
		pump(300);
		look(&peers[1], &bend, &silence);
		if (bend <= bend_max && silence < 20 &&
			peers[1].n_gaps + peers[1].n_ts_holes + peers[1].n_ts_back == 0)
			return true;
	}
	printf("# listening %d: bent by %.0f, %d samples of silence, %d gaps, %d holes\n", is_listening, bend,
		silence, (int)peers[1].n_gaps, (int)peers[1].n_ts_holes);
	return false;
}

TEST(a_whisper_begins_and_ends_without_a_seam)
{
	for (int is_listening = 0; is_listening < 2; is_listening++) {
		CHECK(open_peers(SDP_PCMU, SDP_PCMA));
		hear(1, 0, true);
		hear(0, 1, true);
		if (is_listening) { /* both are heard mixed by somebody already */
			hear(2, 0, true);
			hear(2, 1, true);
		}
		CHECK(is_seamless(is_listening, BEND_MAX));
		close_peers();
	}
}

TEST(a_whisper_between_codecs_has_no_seam)
{
	static const enum sdp_codec pairs[][2] = {
		{SDP_PCMU, SDP_G722}, {SDP_G722, SDP_G722}, {SDP_PCMU, SDP_OPUS}, {SDP_OPUS, SDP_OPUS}};
	for (int i = 0; i < 4; i++) {
		CHECK(open_peers(pairs[i][0], pairs[i][1]));
		hear(1, 0, true);
		hear(0, 1, true);
		CHECK(is_seamless(false, BEND_MAX));
		close_peers();
	}
}

TEST(a_beep_over_a_voice_leaves_it_whole)
{
	struct media_command play = {.kind = MEDIA_PLAY, .group = 1, .leg = 101, .ref = 3};
	struct media_event e;
	float bend = 0;
	int silence = 0, i;

	CHECK(open_peers(SDP_PCMA, SDP_PCMA));
	hear(1, 0, true);
	str_put(play.play.list[0].path, MEDIA_PATH_MAX, "silence:200"); /* adds nothing */
	play.play.n = 1;
	play.play.layer = MEDIA_LAYER_OVER;
	for (i = 0; i < ROUNDS; i++) {
		pump(200 + 5 * i);
		peer_forget(&peers[1]);
		rig_send(&rig, &play);
		pump(500);
		CHECK(rig_wait(&rig, MEDIA_PLAY_ENDED, 101, &e));
		look(&peers[1], &bend, &silence);
		if (bend <= BEND_MAX && silence < 20 && peers[1].n_gaps + peers[1].n_ts_holes == 0)
			break;
	}
	CHECK(i < ROUNDS);
	close_peers();
}

static void send_noise(struct peer *p, int dbov)
{
	uint8_t packet[RTP_HEADER_BYTES + 1];
	struct sockaddr_in to = {.sin_family = AF_INET,
		.sin_port = htons(p->engine_port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	rtp_put_header(packet, 13, false, p->seq++, p->ts, p->ssrc);
	packet[RTP_HEADER_BYTES] = (uint8_t)dbov;
	(void)sendto(p->fd, packet, sizeof(packet), 0, (struct sockaddr *)&to, sizeof(to));
}

/* Mean square of the last ms of what p heard, in dB of full scale. */
static float loudness_db(const struct peer *p, int ms)
{
	double sum = 1e-9;
	size_t n = (size_t)ms * 8 < p->n_samples ? (size_t)ms * 8 : p->n_samples;

	for (size_t i = p->n_samples - n; i < p->n_samples; i++)
		sum += (double)p->heard[i] * p->heard[i];
	return n == 0 ? -120 : (float)(10 * log10(sum / (double)n / 32768 / 32768));
}

/* The peer falls silent by its own word. Who agreed to such noise is told so; who did not hears it, whole: no
 * number is missing, and nothing counts as lost. */
TEST(comfort_noise_is_told_or_made)
{
	struct media_command remote = {.kind = MEDIA_LEG_REMOTE, .group = 1, .leg = 102};
	struct media_command close_leg = {.kind = MEDIA_LEG_CLOSE, .group = 1, .leg = 100};
	struct media_event e;
	float made_db = -120;

	CHECK(open_peers(SDP_PCMU, SDP_PCMU));
	str_put(remote.remote.address, MEDIA_ADDRESS_MAX, "127.0.0.1");
	remote.remote.port = peers[2].port;
	remote.remote.codec = SDP_PCMA;
	remote.remote.payload_type = 8;
	remote.remote.comfort_noise = 13;
	remote.remote.ptime_ms = 20;
	remote.remote.direction = SDP_SENDRECV;
	rig_send(&rig, &remote);
	hear(1, 0, true);
	hear(2, 0, true);
	pump(300);
	for (int i = 0; i < 20 && !(made_db > -46 && made_db < -34); i++) {
		peer_forget(&peers[1]);
		peers[0].is_silent = true;
		send_noise(&peers[0], 40);
		pump(400);
		made_db = loudness_db(&peers[1], 200);
		send_noise(&peers[0], 40);
		pump(40);
		peers[0].is_silent = false;
		pump(100);
	}
	CHECK(made_db > -46 && made_db < -34); /* of -40 dBov, which a full square wave is */
	CHECK(peers[1].n_noises == 0 && peers[2].n_noises >= 2);
	pump(200);
	CHECK(peer_tone_db(&peers[1], SAY_HZ, 150) > -1);
	for (int i = 1; i < 3; i++)
		CHECK_INT(peers[i].n_gaps + peers[i].n_ssrcs + peers[i].n_ts_back, 0);
	rig_send(&rig, &close_leg);
	CHECK(rig_wait(&rig, MEDIA_LEG_CLOSED, 100, &e));
	CHECK_INT(e.stats.lost, 0);
	close_peers();
}
