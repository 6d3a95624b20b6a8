/* Who hears whom, over real sockets: one way, several at once, in every codec, with loss and delay; sounds
 * over them. Every path is checked by tones in both directions. */
#include "harness/test.h"
#include "base/str.h"
#include "media/record/wav.h"
#include "media/test_peer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PEERS 30
static struct rig rig;
static struct peer peers[PEERS];
static const enum sdp_codec voices[] = {SDP_PCMU, SDP_PCMA, SDP_G722, SDP_OPUS};
#define VOICES 4

static void command(enum media_command_kind kind, int leg, int other)
{
	struct media_command m = {
		.kind = kind, .group = 1, .leg = 100 + (uint64_t)leg, .other = 100 + (uint64_t)other};

	rig_send(&rig, &m);
}

static void hear_at(int leg, int other, bool is_on, int gain_db)
{
	struct media_command m = {
		.kind = MEDIA_HEAR, .group = 1, .leg = 100 + (uint64_t)leg, .other = 100 + (uint64_t)other};

	m.hear.is_on = is_on;
	m.hear.gain_db = (int8_t)gain_db;
	rig_send(&rig, &m);
}

static void hear(int leg, int other, bool is_on)
{
	hear_at(leg, other, is_on, 0);
}

static void play(int leg, uint64_t ref, const char *path, bool is_looped, enum media_layer layer)
{
	struct media_command m = {.kind = MEDIA_PLAY, .group = 1, .leg = 100 + (uint64_t)leg, .ref = ref};

	str_put(m.play.list[0].path, MEDIA_PATH_MAX, path);
	m.play.n = 1;
	m.play.is_looped = is_looped;
	m.play.layer = layer;
	rig_send(&rig, &m);
}

/* n peers; peer i says 400 + 130 i Hz in its codec (the last given for all the rest). */
static bool open_peers(int n, const enum sdp_codec *codecs, int n_codecs)
{
	if (rig_start(&rig, false) < 0)
		return false;
	for (int i = 0; i < n; i++) {
		enum sdp_codec codec = codecs[i < n_codecs ? i : n_codecs - 1];
		if (!peer_open(&peers[i], &rig, 100 + (uint64_t)i, codec, 101, 20, SDP_SENDRECV))
			return false;
		peers[i].say_hz = 400 + 130 * i;
	}
	return true;
}

static void close_peers(int n)
{
	for (int i = 0; i < n; i++)
		peer_close(&peers[i]);
	rig_stop(&rig);
}

static void pump(int n, int ms)
{
	struct peer *all[PEERS];

	for (int i = 0; i < n; i++)
		all[i] = &peers[i];
	peers_pump(all, n, ms);
}

static void forget(int n)
{
	for (int i = 0; i < n; i++)
		peer_forget(&peers[i]);
}

/* dB of peer `said` in what `heard` heard in the last ms. */
static float tone(int heard, int said, int ms)
{
	return peer_tone_db(&peers[heard], peers[said].say_hz, ms);
}

/* Pumps until each of the n pairs {heard, said} is heard at db or more: a busy machine may need another try.
 */
static bool are_heard(int n_peers, const int (*pairs)[2], int n, float db)
{
	for (int i = 0; i < 10; i++) {
		int n_good = 0;
		pump(n_peers, 400);
		for (int k = 0; k < n; k++)
			n_good += tone(pairs[k][0], pairs[k][1], 300) > db;
		if (n_good == n)
			return true;
	}
	for (int k = 0; k < n; k++)
		printf("# %d hears %d: %.1f dB\n", pairs[k][0], pairs[k][1],
			tone(pairs[k][0], pairs[k][1], 300));
	return false;
}

TEST(every_codec_reaches_every_other_and_back)
{
	for (int i = 0; i < VOICES; i++)
		for (int k = i; k < VOICES; k++) {
			enum sdp_codec pair[] = {voices[i], voices[k]};
			CHECK(open_peers(2, pair, 2));
			command(MEDIA_BRIDGE, 0, 1);
			pump(2, 450);
			for (int side = 0; side < 2; side++) {
				struct peer *p = &peers[side];
				if (tone(side, 1 - side, 300) < -1)
					printf("# %s hears %s: %.1f dB\n", sdp_codec_name(pair[side]),
						sdp_codec_name(pair[1 - side]), tone(side, 1 - side, 300));
				CHECK(tone(side, 1 - side, 300) > -1);
				CHECK_INT(p->n_gaps + p->n_ssrcs + p->n_ts_back, 0);
			}
			close_peers(2);
		}
}

TEST(a_hearer_is_not_heard)
{
	CHECK(open_peers(3, voices, 1));
	command(MEDIA_BRIDGE, 0, 1);
	pump(3, 200);
	hear(2, 0, true); /* the third hears one side alone */
	pump(3, 300);
	forget(3);
	pump(3, 500);
	CHECK(tone(2, 0, 300) > -1);
	CHECK(tone(0, 1, 300) > -1 && tone(1, 0, 300) > -1);
	hear(2, 1, true); /* both sides: a listening supervisor */
	pump(3, 300);
	forget(3);
	pump(3, 500);
	CHECK(tone(2, 0, 300) > -5 && tone(2, 1, 300) > -5);
	CHECK(tone(0, 1, 300) > -1 && tone(1, 0, 300) > -1);
	hear(0, 2, true); /* whispers to the first */
	pump(3, 300);
	forget(3);
	pump(3, 500);
	CHECK(tone(0, 2, 300) > -5 && tone(0, 1, 300) > -5);
	CHECK(tone(1, 0, 300) > -1 && tone(1, 2, 300) < -30);
	hear(0, 2, false);
	hear(2, 0, false);
	hear(2, 1, false);
	pump(3, 200);
	forget(3);
	pump(3, 400);
	CHECK_INT(peers[2].n_heard, 0);
	CHECK(tone(0, 1, 300) > -1 && tone(1, 0, 300) > -1);
	for (int i = 0; i < 3; i++)
		CHECK_INT(peers[i].n_ssrcs + peers[i].n_ts_back, 0);
	close_peers(3);
}

TEST(a_bridge_parts_those_it_replaces_and_keeps_who_listens)
{
	CHECK(open_peers(4, voices, 1));
	command(MEDIA_BRIDGE, 0, 1);
	hear(3, 0, true);
	pump(4, 200);
	command(MEDIA_BRIDGE, 0, 2);
	pump(4, 100);
	forget(4);
	pump(4, 400);
	CHECK(tone(0, 2, 200) > -1 && tone(2, 0, 200) > -1 && tone(3, 0, 200) > -1);
	CHECK_INT(peers[1].n_heard, 0);
	command(MEDIA_UNBRIDGE, 0, 0);
	pump(4, 100);
	forget(4);
	pump(4, 200);
	for (int i = 0; i < 4; i++)
		CHECK_INT(peers[i].n_heard, 0);
	close_peers(4);
}

TEST(three_of_three_codecs_confer)
{
	static const enum sdp_codec mixed[] = {SDP_PCMA, SDP_G722, SDP_OPUS};

	CHECK(open_peers(3, mixed, 3));
	for (int i = 0; i < 3; i++)
		for (int k = 0; k < 3; k++)
			if (i != k)
				hear(i, k, true);
	static const int pairs[][2] = {{0, 1}, {0, 2}, {1, 0}, {1, 2}, {2, 0}, {2, 1}};
	CHECK(are_heard(3, pairs, 6, -6));
	for (int i = 0; i < 3; i++) {
		int x = (i + 1) % 3, y = (i + 2) % 3;
		CHECK(tone(i, x, 300) > -6 && tone(i, y, 300) > -6);
		CHECK(tone(i, i, 300) < -15);
		CHECK_INT(peers[i].n_gaps + peers[i].n_ssrcs + peers[i].n_ts_back, 0);
	}
	close_peers(3);
}

TEST(thirty_confer_and_hear_who_talks)
{
	for (int round = 0; round < 2; round++) {
		enum sdp_codec codec = round == 0 ? SDP_PCMA : SDP_OPUS;
		CHECK(open_peers(PEERS, &codec, 1));
		for (int i = 0; i < PEERS; i++) {
			peers[i].loudness = 8000;
			peers[i].is_silent = i >= 2; /* two talk, the rest are there */
			for (int k = 0; k < PEERS; k++)
				if (i != k)
					hear(i, k, true);
		}
		static const int pairs[][2] = {{0, 1}, {1, 0}, {29, 0}, {29, 1}, {7, 0}, {7, 1}};
		CHECK(are_heard(PEERS, pairs, 6, -10));
		CHECK(tone(0, 0, 400) < -12);
		CHECK_INT(peers[29].n_ssrcs + peers[29].n_ts_back, 0);
		close_peers(PEERS);
	}
}

TEST(a_gain_is_heard_as_such)
{
	CHECK(open_peers(3, voices, 1));
	hear(2, 0, true);
	hear_at(2, 1, true, -12);
	pump(3, 800);
	float difference = tone(2, 0, 400) - tone(2, 1, 400);
	CHECK(difference > 10 && difference < 14);
	close_peers(3);
}

/* Level of hz over 100 ms that end ms before now, relative to a full tone of ours. */
static float level_at(const struct peer *p, int hz, int ms)
{
	struct tone_meter g;
	float tone_db, level_db;
	size_t n = 800, end = p->n_samples - (size_t)ms * 8;

	tone_meter_start(&g, hz, LAW_RATE_HZ);
	tone_meter_add(&g, p->heard + end - n, n);
	tone_meter_result(&g, &tone_db, &level_db);
	return tone_db + level_db;
}

TEST(speech_ducks_the_music_and_lets_it_rise_again)
{
	static const enum sdp_codec both[] = {SDP_PCMU, SDP_OPUS};

	CHECK(open_peers(2, both, 2));
	for (int i = 0; i < 2; i++)
		play(i, 1, "tone:600", true, MEDIA_LAYER_MUSIC);
	pump(2, 500);
	float full[2] = {level_at(&peers[0], 600, 50), level_at(&peers[1], 600, 50)};
	for (int i = 0; i < 2; i++)
		play(i, 2, "tone:1500:900", false, MEDIA_LAYER_SPEECH);
	pump(2, 700);
	for (int i = 0; i < 2; i++) {
		float ducked = level_at(&peers[i], 600, 50) - full[i];
		CHECK(ducked > -21 && ducked < -15);
		CHECK(level_at(&peers[i], 1500, 50) > full[i] - 2);
	}
	pump(2, 900);
	for (int i = 0; i < 2; i++) {
		CHECK(fabsf(level_at(&peers[i], 600, 50) - full[i]) < 1);
		CHECK(peer_tone_db(&peers[i], 1500, 200) < -30);
		CHECK_INT(peers[i].n_gaps + peers[i].n_ssrcs + peers[i].n_ts_back, 0);
	}
	close_peers(2);
}

/* A file of 16 kHz with a tone of 1 kHz and, above what 8 kHz can carry, one of 5.5. */
static bool write_wide(char ret_path[static MEDIA_PATH_MAX])
{
	static int16_t samples[16000];
	uint8_t header[WAV_HEADER_BYTES];

	for (int i = 0; i < 16000; i++)
		samples[i] = (int16_t)lrint(
			8000 * sin(2 * M_PI * 1000 * i / 16000) + 8000 * sin(2 * M_PI * 5500 * i / 16000));
	str_printf(ret_path, MEDIA_PATH_MAX, "%s/wide.wav", rig.folder);
	wav_header(header, 1, 16000, sizeof(samples));
	FILE *f = fopen(ret_path, "wb");
	bool is_done =
		f && fwrite(header, sizeof(header), 1, f) == 1 && fwrite(samples, sizeof(samples), 1, f) == 1;
	if (f)
		fclose(f);
	return is_done;
}

/* dB of 5.5 kHz beside 1 kHz in the last 400 ms of what a wideband peer heard. */
static float treble_db(const struct peer *p)
{
	struct tone_meter high, low;
	float high_db, low_db, level;

	tone_meter_start(&high, 5500, CODEC_WIDE_HZ);
	tone_meter_start(&low, 1000, CODEC_WIDE_HZ);
	if (p->n_wide < 6400)
		return -120;
	tone_meter_add(&high, p->wide + p->n_wide - 6400, 6400);
	tone_meter_add(&low, p->wide + p->n_wide - 6400, 6400);
	tone_meter_result(&high, &high_db, &level);
	tone_meter_result(&low, &low_db, &level);
	return high_db - low_db;
}

TEST(a_wide_file_is_wide_to_who_can_hear_it_from_one_decode)
{
	static const enum sdp_codec three[] = {SDP_PCMU, SDP_G722, SDP_OPUS};
	char path[MEDIA_PATH_MAX];
	struct media_totals totals;
	bool is_good = false;

	CHECK(open_peers(3, three, 3));
	CHECK(write_wide(path));
	for (int i = 0; i < 3; i++)
		play(i, 1, path, true, MEDIA_LAYER_MUSIC);
	for (int i = 0; i < 10 && !is_good; i++) {
		pump(3, 500);
		is_good = treble_db(&peers[1]) > -6 && treble_db(&peers[2]) > -6;
	}
	CHECK(is_good);
	CHECK(peer_tone_db(&peers[0], 1000, 300) > -1); /* nothing folded into 8 kHz */
	media_totals(rig.media, &totals);
	CHECK_INT(totals.sounds, 1);
	CHECK_INT(totals.sound_bytes, 8000 * 6);
	close_peers(3);
}

/* One second of 500 Hz, then one of 900: who comes later hears the same, or from its beginning. */
TEST(a_playlist_is_a_station_or_begins_for_each)
{
	static const enum sdp_codec law[] = {SDP_PCMU};

	for (int is_from_start = 0; is_from_start < 2; is_from_start++) {
		bool is_right = false;
		for (int round = 0; round < 4 && !is_right; round++) {
			struct media_command m = {.kind = MEDIA_PLAY, .group = 1, .ref = 1};
			m.play.n = 3;
			str_put(m.play.list[0].path, MEDIA_PATH_MAX, "tone:500");
			str_put(m.play.list[1].path, MEDIA_PATH_MAX, "/nowhere/at-all.wav"); /* left out */
			str_put(m.play.list[2].path, MEDIA_PATH_MAX, "tone:900");
			m.play.is_looped = true;
			m.play.is_from_start = is_from_start;
			m.play.layer = MEDIA_LAYER_MUSIC;
			CHECK(open_peers(2, law, 1));
			m.leg = 100;
			rig_send(&rig, &m);
			pump(2, 700);
			m.leg = 101;
			rig_send(&rig, &m);
			pump(2, 300);
			int same = 0;
			for (int i = 0; i < 3; i++) {
				pump(2, 240);
				bool is_high[2] = {peer_tone_db(&peers[0], 900, 40) > -3,
					peer_tone_db(&peers[1], 900, 40) > -3};
				same += is_high[0] == is_high[1];
			}
			is_right = is_from_start ? same < 3 : same == 3;
			close_peers(2);
		}
		CHECK(is_right);
	}
}

TEST(a_beep_is_added_to_what_is_heard)
{
	struct media_event e;

	for (int i = 0; i < VOICES; i++) {
		CHECK(open_peers(2, &voices[i], 1));
		command(MEDIA_BRIDGE, 0, 1);
		pump(2, 300);
		play(0, 5, "tone:1700", true, MEDIA_LAYER_OVER);
		static const int both_ways[][2] = {{0, 1}, {1, 0}};
		float beep_db = -120, voice_db = -120;
		for (int k = 0; k < 10 && (beep_db < -6 || voice_db < -6); k++) {
			pump(2, 400);
			beep_db = peer_tone_db(&peers[0], 1700, 300);
			voice_db = tone(0, 1, 300);
		}
		CHECK(beep_db > -6 && voice_db > -6);
		CHECK(tone(1, 0, 200) > -1);
		struct media_command stop = {.kind = MEDIA_PLAY_STOP, .group = 1, .leg = 100};
		stop.play.layer = MEDIA_LAYER_OVER;
		rig_send(&rig, &stop);
		CHECK(rig_wait(&rig, MEDIA_PLAY_ENDED, 100, &e));
		CHECK_INT(e.ref, 5);
		CHECK(are_heard(2, both_ways, 2, -1));
		CHECK(peer_tone_db(&peers[0], 1700, 200) < -30);
		CHECK_INT(peers[0].n_ssrcs + peers[0].n_ts_back, 0);
		close_peers(2);
	}
}

TEST(loss_and_delay_are_bridged_over)
{
	for (int i = 0; i < VOICES; i++) {
		enum sdp_codec three[] = {voices[i], voices[i], SDP_PCMU};
		CHECK(open_peers(3, three, 3));
		/* The third hears both: mixed. */
		hear(2, 0, true);
		hear(2, 1, true);
		pump(3, 300);
		peers[1].is_silent = true;
		peers[0].loss_percent = 10;
		peers[0].delay_every = 7; /* one in seven comes behind its follower */
		static const int pairs[][2] = {{2, 0}};
		CHECK(are_heard(3, pairs, 1, -3));
		CHECK_INT(peers[2].n_gaps + peers[2].n_ssrcs + peers[2].n_ts_back, 0);
		close_peers(3);
	}
}

TEST(a_cut_of_two_seconds_ends)
{
	CHECK(open_peers(3, voices, 1));
	hear(2, 0, true);
	hear(2, 1, true);
	hear(0, 2, true);
	pump(3, 300);
	peers[0].is_silent = true;
	pump(3, 2000); /* its timestamps go on */
	CHECK(tone(2, 0, 300) < -20 && tone(2, 1, 300) > -1);
	peers[0].is_silent = false;
	static const int pairs[][2] = {{2, 0}, {2, 1}};
	CHECK(are_heard(3, pairs, 2, -6));
	CHECK_INT(peers[2].n_gaps + peers[2].n_ssrcs + peers[2].n_ts_back, 0);
	close_peers(3);
}

TEST(the_codec_may_change_in_mid_call)
{
	struct media_command m = {.kind = MEDIA_LEG_REMOTE, .group = 1, .leg = 101};

	CHECK(open_peers(2, voices, 1));
	command(MEDIA_BRIDGE, 0, 1);
	pump(2, 300);
	/* The peer starts to speak A-law without a word: a static payload type says it all. */
	peers[0].law = 1;
	peers[0].codec = SDP_PCMA;
	pump(2, 300);
	CHECK(tone(1, 0, 200) > -1);
	/* A re-INVITE: the second becomes an Opus phone. */
	CHECK(encoder_new(&peers[1].encoder, 1u << SDP_OPUS) == 0);
	CHECK(decoder_new(&peers[1].decoder, 1u << SDP_OPUS) == 0);
	encoder_start(peers[1].encoder, SDP_OPUS);
	peers[1].codec = SDP_OPUS;
	str_put(m.remote.address, sizeof(m.remote.address), "127.0.0.1");
	m.remote.port = peers[1].port;
	m.remote.codec = SDP_OPUS;
	m.remote.payload_type = 111;
	m.remote.ptime_ms = 20;
	m.remote.direction = SDP_SENDRECV;
	rig_send(&rig, &m);
	pump(2, 100);
	peer_forget(&peers[1]);
	pump(2, 600);
	CHECK(tone(1, 0, 300) > -1 && tone(0, 1, 300) > -1);
	CHECK_INT(peers[1].last_pt, 111);
	CHECK_INT(peers[1].n_ssrcs + peers[1].n_gaps, 0);
	close_peers(2);
}
