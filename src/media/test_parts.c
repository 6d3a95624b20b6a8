/* The parts without sockets: laws, tones, WAV, RTP, digits, sounds, placement of recorded frames, music. */
#include "harness/test.h"
#include "base/alloc.h"
#include "base/str.h"
#include "media/detect/dtmf.h"
#include "media/detect/tone_meter.h"
#include "media/codec/law.h"
#include "media/play/loader.h"
#include "media/play/music.h"
#include "media/record/recording.h"
#include "media/record/wav.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

TEST(laws_round_trip)
{
	law_init();
	for (int law = 0; law < 2; law++)
		for (int i = 0; i < 256; i++)
			if (!(law == 0 && i == 0x7f)) /* mu-law has two zeros */
				CHECK_INT(law_encode(law, law_linear[law][i]), i);
	/* Values of the tables of ITU-T G.711. */
	CHECK_INT(law_linear[0][0x00], -32124);
	CHECK_INT(law_linear[0][0x80], 32124);
	CHECK_INT(law_linear[1][0x2a], -32256);
	CHECK_INT(law_linear[1][0xd5], 8);
	CHECK_INT(law_encode(0, 0), 0xff);
	CHECK_INT(law_encode(1, 0), 0xd5);
}

TEST(goertzel_finds_its_tone_only)
{
	struct tone_meter g;
	float tone_db, level_db;
	int16_t samples[8000];

	for (int i = 0; i < 8000; i++)
		samples[i] = (int16_t)lrint(16384 * sin(2 * M_PI * 440 * i / 8000));
	tone_meter_start(&g, 440, 8000);
	tone_meter_add(&g, samples, 8000);
	tone_meter_result(&g, &tone_db, &level_db);
	CHECK(fabsf(tone_db) < 0.1f && fabsf(level_db + 6) < 0.1f);
	tone_meter_start(&g, 1000, 8000);
	tone_meter_add(&g, samples, 8000);
	tone_meter_result(&g, &tone_db, &level_db);
	CHECK(tone_db < -60);
	tone_meter_start(&g, 1000, 8000);
	tone_meter_result(&g, &tone_db, &level_db);
	CHECK(tone_db == -120 && level_db == -120);
}

TEST(wav_headers_are_read_with_care)
{
	uint8_t h[64] = {0};
	struct wav wav = {.rate_hz = 7};

	wav_header(h, 2, 16000, 1000);
	CHECK_INT(wav_parse(h, 44, 44 + 1000, &wav), 0);
	CHECK(wav.channels == 2 && wav.rate_hz == 16000 && wav.data_bytes == 1000 && wav.data_offset == 44);
	CHECK_INT(wav_parse(h, 44, 44 + 501, &wav), 0); /* a file cut short: whole frames only */
	CHECK_INT(wav.data_bytes, 500);
	for (size_t n = 0; n < 44; n++)
		CHECK_INT(wav_parse(h, n, 1044, &wav), -EINVAL);
	h[22] = WAV_CHANNELS_MAX + 1;
	CHECK_INT(wav_parse(h, 44, 1044, &wav), -ENOTSUP);
	h[22] = 1;
	h[16] = h[17] = h[18] = h[19] = 0xff; /* a chunk of 4 GB */
	CHECK_INT(wav_parse(h, 44, 1044, &wav), -EINVAL);
}

TEST(rtp_is_parsed_within_its_bounds)
{
	uint8_t p[64] = {0x80, 0x80};
	struct rtp rtp;

	CHECK(rtp_parse_packet(p, 12, &rtp) && rtp.n == 0 && rtp.has_marker);
	CHECK(!rtp_parse_packet(p, 11, &rtp));
	p[0] = 0x8f; /* 15 CSRCs: 60 bytes more */
	CHECK(!rtp_parse_packet(p, 64, &rtp));
	p[0] = 0x90; /* extension */
	p[15] = 4;
	CHECK(rtp_parse_packet(p, 40, &rtp));
	CHECK_INT(rtp.n, 40 - 12 - 4 - 16);
	p[15] = 200;
	CHECK(!rtp_parse_packet(p, 40, &rtp));
	p[0] = 0xa0; /* padding longer than the packet */
	p[39] = 200;
	CHECK(!rtp_parse_packet(p, 40, &rtp));
	p[0] = 0x80;
	p[1] = 200; /* RTCP */
	CHECK(!rtp_parse_packet(p, 40, &rtp));
}

/* Digits out of one machine into the other, packets of each kind lost. */
TEST(digits_survive_lost_packets)
{
	static const int lost_every[] = {0, 2, 3, 5};
	struct dtmf_press before;

	for (size_t k = 0; k < 4; k++) {
		struct dtmf_out out = {0};
		struct dtmf_in in = {0};
		char got[16] = "";
		int n_packets = 0;
		CHECK_INT(dtmf_out_add(&out, "19x#", 100), 3);
		for (int tick = 0; out.is_on && tick < 100; tick++) {
			uint8_t payload[DTMF_EVENT_BYTES];
			uint16_t samples;
			enum dtmf_step step = dtmf_out_event(&out, payload, &samples);
			int copies = step == DTMF_STEP_END				 ? 3
				     : step == DTMF_STEP_FIRST || step == DTMF_STEP_MORE ? 1
											 : 0;
			struct rtp rtp = {.ts = (uint32_t)out.n * 5000u * UINT32_MAX,
				.ssrc = 5,
				.payload = payload,
				.n = 4};
			if (step == DTMF_STEP_END)
				rtp.ts = (uint32_t)(out.n + 1) * 5000u * UINT32_MAX;
			for (int i = 0; i < copies; i++) {
				bool is_new;
				if (lost_every[k] && ++n_packets % lost_every[k] == 0)
					continue;
				struct dtmf_press p =
					dtmf_in_packet(&in, &rtp, tick * TICK_NS, &before, &is_new);
				CHECK_INT(before.digit, 0);
				if (p.digit) {
					CHECK_INT(p.duration_ms, 100);
					got[strlen(got)] = p.digit;
				}
			}
		}
		CHECK_STR(got, "19#");
	}
}

TEST(inband_tones_of_all_keys_are_told_apart)
{
	static const char keys[] = "0123456789*#ABCD";
	struct dtmf_inband *inband = NULL;
	struct dtmf_out out = {0};
	int16_t samples[160];
	char got[32] = "";

	CHECK_INT(dtmf_inband_new(&inband), 0);
	CHECK_INT(dtmf_out_add(&out, keys, 80), 16);
	for (int i = 0; i < 200; i++) {
		if (!dtmf_out_tone(&out, samples, 160))
			memset(samples, 0, sizeof(samples));
		struct dtmf_press p = dtmf_inband_add(inband, samples, 160);
		if (p.digit && strlen(got) < 31)
			got[strlen(got)] = p.digit;
	}
	dtmf_inband_free(inband);
	CHECK_STR(got, keys);
}

TEST_OOM(sounds_are_rendered_or_refused)
{
	int16_t *samples = NULL;
	size_t n = 0;
	int err = sound_render("tone:ringback:eu", &samples, &n);

	if (err == -ENOMEM)
		return;
	CHECK_INT(err, 0);
	CHECK_INT(n, 40000);
	alloc_free(samples);
	static const char *const wrong[] = {"tone:", "tone:x", "tone:0", "tone:99999",
		"tone:440:", "tone:440:0", "tone:440:9999999", "silence:", "silence:-1",
		"silence:99999999999", "tone:ringback:mars", ""};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		CHECK_INT(sound_render(wrong[i], &samples, &n), -EINVAL);
}

TEST_OOM(a_sound_file_is_read_or_the_memory_is_given_back)
{
	char path[] = "/tmp/markaz-sound-XXXXXX";
	int16_t *samples = NULL;
	uint8_t file[44 + 3200] = {0};
	size_t n = 0;
	int fd = mkstemp(path);

	wav_header(file, 1, 16000, 3200);
	CHECK(fd >= 0 && write(fd, file, sizeof(file)) == (ssize_t)sizeof(file));
	close(fd);
	int err = sound_read_wav(path, &samples, &n);
	unlink(path);
	if (err == -ENOMEM)
		return;
	CHECK_INT(err, 0);
	CHECK(n >= 795 && n <= 805);
	alloc_free(samples);
	CHECK_INT(sound_read_wav("/tmp", &samples, &n), -EINVAL);
	CHECK_INT(sound_read_wav("/dev/null", &samples, &n), -EINVAL);
}

/* An hour of both channels from peers whose clocks are 100 ppm fast and slow, with jitter: a click said by
 * both at the same moment each 10 s stays together. */
TEST(channels_stay_in_step_over_an_hour)
{
	char folder[] = "/tmp/markaz-hour-XXXXXX", path[64];
	struct recording *r = NULL;
	uint8_t bytes[160];
	int64_t clicks[2] = {0, 0}, worst = 0;
	unsigned chance = 7;

	law_init();
	CHECK(mkdtemp(folder));
	str_printf(path, sizeof(path), "%s/hour.wav", folder);
	struct recording_wish wish = {.path = path, .channels = 2, .rate_hz = LAW_RATE_HZ};
	CHECK_INT(recording_new(&r, &wish), 0);
	memset(bytes, law_silence[0], sizeof(bytes));
	int64_t said[2] = {0}; /* frames so far */
	for (int64_t tick = 0; tick < 3600 * 50; tick++) {
		for (int turn = 0; turn < 4;
			turn++) { /* whose clock is fast says two at times, the other none */
			int channel = turn % 2;
			double skew = channel ? 1 + 100e-6 : 1 - 100e-6; /* real ns of one nominal */
			if ((double)said[channel] * skew > (double)tick)
				continue;
			int64_t frame = said[channel]++;
			chance = chance * 1664525u + 1013904223u;
			int64_t jitter_ns = (chance >> 16) % 30000000;
			int64_t said_ns = (int64_t)((double)frame * 20e6 * skew);
			/* The click of the second in which this frame is said, in real time. */
			int64_t second = said_ns / SECOND_NS;
			int64_t offset = (second * SECOND_NS + SECOND_NS / 2 - said_ns) / SAMPLE_NS;
			bool has_click = second % 10 == 5 && offset >= 0 && offset < 160;
			if (has_click)
				bytes[offset] = law_encode(0, 20000);
			struct frame f = {.at = (said_ns + 20000000 + jitter_ns) / SAMPLE_NS,
				.leg = 1,
				.ts = (uint32_t)frame * 160u,
				.ssrc = 1,
				.seq = (uint16_t)frame,
				.n = sizeof(bytes),
				.channel = (uint8_t)channel,
				.codec = SDP_PCMU};
			CHECK(recording_push(r, &f, bytes));
			if (has_click)
				bytes[offset] = law_silence[0];
		}
		if (tick % 10 == 9)
			CHECK_INT(recording_advance(r, tick * 160 - 1600), 0);
	}
	CHECK_INT(recording_sync(r), 0);
	recording_free(r);
	FILE *f = fopen(path, "rb");
	int16_t pair[2];
	int n_clicks = 0;
	fseek(f, WAV_HEADER_BYTES, SEEK_SET);
	for (int64_t at = 0; fread(pair, sizeof(pair), 1, f) == 1; at++)
		for (int channel = 0; channel < 2; channel++)
			if (pair[channel] > 10000) {
				clicks[channel] = at;
				int64_t apart = llabs(clicks[0] - clicks[1]);
				if (apart < 8000) {
					worst = apart > worst ? apart : worst;
					n_clicks++;
				}
			}
	fclose(f);
	unlink(path);
	rmdir(folder);
	CHECK(n_clicks > 250);
	CHECK(worst <= 160); /* 20 ms */
}

TEST(music_is_even_and_joins_itself)
{
	char folder[] = "/tmp/markaz-music-XXXXXX", path[64];

	CHECK(mkdtemp(folder));
	for (int style = 0; style < MUSIC_STYLES; style++) {
		int16_t *s = NULL;
		size_t n = 0;
		double energy = 0, quietest = 1e18, loudest = 0;
		int peak = 0;
		str_printf(path, sizeof(path), "%s/%d.wav", folder, style);
		CHECK_INT(media_music_write(path, style), 0);
		CHECK_INT(sound_read_wav(path, &s, &n), 0);
		CHECK(n > 55 * 8000 && n < 75 * 8000);
		for (size_t at = 0; at + 16000 <= n; at += 16000) {
			double part = 0;
			for (size_t i = at; i < at + 16000; i++) {
				part += (double)s[i] * s[i];
				peak = abs(s[i]) > peak ? abs(s[i]) : peak;
			}
			energy += part;
			quietest = part < quietest ? part : quietest;
			loudest = part > loudest ? part : loudest;
		}
		double level_db = 10 * log10(energy / (double)(n / 16000 * 16000)) - 20 * log10(32768);
		CHECK(level_db > -21.5 && level_db < -18.5);
		CHECK(peak < 24000);
		CHECK(10 * log10(loudest / quietest) < 9);
		/* The step over the seam is no larger than steps inside. */
		CHECK(abs(s[0] - s[n - 1]) < 6000);
		alloc_free(s);
		unlink(path);
	}
	rmdir(folder);
	CHECK_INT(media_music_write("/nonexistent/x.wav", 0), -ENOENT);
}
