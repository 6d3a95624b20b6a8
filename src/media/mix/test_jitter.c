/* The jitter buffer and the voice above it, in time that is only counted: ten minutes of a peer whose clock
 * is off, jitter, loss, bursts and another order; concealment by itself; and setting up a mix with too little
 * memory. */
#include "harness/test.h"
#include "media/codec/law.h"
#include "media/codec/plc.h"
#include "media/leg.h"
#include "media/mix/hear.h"
#include "media/mix/voice.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MINUTES 10
#define PENDING 64 /* packets on their way at once */

struct road {
	const char *name;
	int ppm;		       /* how much faster than ours the peer's clock is */
	int jitter_ms;		       /* each packet is late by 0 to so much, evenly */
	int loss_percent, late_one_in; /* late_one_in: one in so many comes behind its follower; 0: none */
	bool has_bursts;	       /* each ten seconds nothing comes for 300 ms, then all at once */
	/* what may come of it */
	double late_share_max, delay_ms_max, filled_share_max;
};
struct outcome {
	double late_share, delay_ms, worst_ms, filled_share;
};

static uint32_t chance = 1;

static int roll(int below)
{
	chance = chance * 1664525u + 1013904223u;
	return below > 0 ? (int)((chance >> 8) % (uint32_t)below) : 0;
}

struct packet {
	double at_ms;
	uint16_t seq;
	uint32_t ts;
};

static void deliver(struct voice *v, const struct packet *p)
{
	static uint8_t bytes[160];

	memset(bytes, 0x90 + p->seq % 16, sizeof(bytes));
	voice_packet(v, &(struct jitter_in){.ssrc = 7,
				.ts = p->ts,
				.seq = p->seq,
				.kind = SDP_PCMU,
				.clock_khz = 8,
				.bytes = bytes,
				.n = sizeof(bytes)});
}

/* Gives the voice all that arrived by now, the earliest first. */
static void deliver_until(struct voice *v, struct packet *pending, int *n, double now_ms)
{
	for (;;) {
		int first = -1;
		for (int i = 0; i < *n; i++)
			if (pending[i].at_ms <= now_ms &&
				(first < 0 || pending[i].at_ms < pending[first].at_ms))
				first = i;
		if (first < 0)
			return;
		deliver(v, &pending[first]);
		pending[first] = pending[--*n];
	}
}

static double arrival(const struct road *r, double said_ms, uint16_t seq)
{
	double at_ms = said_ms + roll(r->jitter_ms * 100 + 1) / 100.0;
	double in_round = fmod(said_ms, 10000);

	if (r->late_one_in && seq % r->late_one_in == 0)
		at_ms += 25;
	if (r->has_bursts && in_round > 5000 && in_round < 5300)
		at_ms += 5300 - in_round;
	return at_ms;
}

static struct outcome travel(const struct road *r)
{
	struct packet pending[PENDING];
	struct outcome o = {0};
	struct voice *v = NULL;
	int n = 0, n_filled = 0, n_ticks = MINUTES * 60 * 50, n_said = 0;
	double said_ms = 0, period_ms = 20 / (1 + r->ppm / 1e6), sum_ms = 0;

	chance = 11;
	if (voice_new(&v, 0) < 0)
		abort();
	for (int tick = 1; tick <= n_ticks; tick++) {
		for (; said_ms <= tick * 20.0 && n < PENDING; said_ms += period_ms, n_said++)
			if (roll(100) >= r->loss_percent)
				pending[n++] = (struct packet){arrival(r, said_ms, (uint16_t)n_said),
					(uint16_t)n_said, (uint32_t)n_said * 160};
		deliver_until(v, pending, &n, tick * 20.0);
		voice_tick(v, (uint64_t)tick);
		double waiting_ms = jitter_waiting_ms(&v->jitter) + v->n_fifo / 8.0;
		sum_ms += waiting_ms;
		o.worst_ms = waiting_ms > o.worst_ms ? waiting_ms : o.worst_ms;
		n_filled += v->dry_ms > 0;
	}
	o.late_share = 100.0 * (double)v->jitter.late / n_said;
	o.delay_ms = sum_ms / n_ticks;
	o.filled_share = 100.0 * n_filled / n_ticks;
	voice_free(v);
	return o;
}

/* Bounds of late %, added ms and filled in %; a lost packet is always filled in. */
static const struct road roads[] = {
	{"even", 0, 0, 0, 0, false, 0, 1, 0.1},
	{"fast clock", 200, 0, 0, 0, false, 0, 10, 0.1},
	{"slow clock", -200, 0, 0, 0, false, 0, 10, 0.2},
	{"jitter 60 ms, fast", 200, 60, 0, 0, false, 0.5, 50, 0.5},
	{"jitter 60 ms, slow", -200, 60, 0, 0, false, 0.5, 50, 0.5},
	{"loss 5 %", 0, 10, 5, 0, false, 0.5, 40, 6},
	{"loss 20 %", 0, 10, 20, 0, false, 0.5, 40, 22},
	{"another order", 0, 5, 0, 7, false, 0.5, 40, 0.5},
	{"bursts", 0, 5, 0, 0, true, 0.5, 90, 4},
};

TEST(ten_minutes_on_bad_roads)
{
	codec_init();
	for (size_t i = 0; i < sizeof(roads) / sizeof(roads[0]); i++) {
		const struct road *r = &roads[i];
		struct outcome o = travel(r);
		printf("# %s: %.3f %% late, %.0f ms added (at worst %.0f), %.2f %% filled in\n", r->name,
			o.late_share, o.delay_ms, o.worst_ms, o.filled_share);
		CHECK(o.late_share <= r->late_share_max);
		CHECK(o.delay_ms <= r->delay_ms_max);
		CHECK(o.filled_share <= r->filled_share_max);
		CHECK(o.worst_ms <= JITTER_DELAY_MS_MAX + 400);
	}
}

static struct jitter_in in_of(uint16_t seq, uint32_t ts)
{
	static const uint8_t bytes[160];

	return (struct jitter_in){
		.ssrc = 7, .ts = ts, .seq = seq, .kind = SDP_PCMU, .clock_khz = 8, .bytes = bytes, .n = 160};
}

TEST(a_pause_is_no_loss)
{
	struct jitter j = {0};
	struct jitter_in in = in_of(65535, 1000), peeked;

	jitter_start(&j);
	jitter_push(&j, &in);
	CHECK(jitter_peek(&j, 0, &peeked) && peeked.seq == 65535 && peeked.ts == 1000 && peeked.n == 160);
	CHECK_INT(jitter_pop(&j).result, JITTER_PACKET);
	jitter_played(&j, 20);
	in = in_of(0, 1000 + 160 + 480); /* the next number, 60 ms later */
	jitter_push(&j, &in);
	struct jitter_out out = jitter_pop(&j);
	CHECK_INT(out.result, JITTER_PAUSE);
	CHECK_INT(out.gap_ms, 60);
	CHECK_INT(jitter_pop(&j).result, JITTER_PACKET);
	jitter_played(&j, 20);
	in = in_of(2, 1000 + 2 * 160 + 480 + 160); /* one number is missing */
	jitter_push(&j, &in);
	CHECK(!jitter_peek(&j, 0, &peeked) && jitter_peek(&j, 1, &peeked));
	CHECK(!jitter_peek(&j, -1, &peeked) && !jitter_peek(&j, JITTER_PACKETS, &peeked));
	out = jitter_pop(&j);
	CHECK_INT(out.result, JITTER_LOST);
	CHECK_INT(out.gap_ms, 20);
	CHECK(out.bytes != NULL); /* the packet behind it, for codecs that can use it */
	CHECK_INT(j.lost, 1);
	CHECK_INT(jitter_pop(&j).result, JITTER_PACKET);
	CHECK_INT(jitter_pop(&j).result, JITTER_NOTHING);
	in = in_of(1, 1000);
	jitter_push(&j, &in);
	CHECK_INT(j.late, 1);
}

static double level_db(const int16_t *samples, int n)
{
	double sum = 1e-9;

	for (int i = 0; i < n; i++)
		sum += (double)samples[i] * samples[i];
	return 10 * log10(sum / n / 32768 / 32768);
}

/* The greatest step between samples of a sine of amplitude 8000, twice over: more is a click. */
static int step_max(int hz, int rate_hz)
{
	return (int)(2 * 8000 * 2 * M_PI * hz / rate_hz) + 200;
}

TEST(a_lost_frame_is_filled_in_without_a_click_and_long_loss_fades)
{
	static const int rates[] = {8000, 16000}, tones[] = {120, 200, 333};

	for (int k = 0; k < 6; k++) {
		int rate_hz = rates[k / 3], hz = tones[k % 3], n = rate_hz / 50, worst = 0;
		int16_t line[320 * 12];
		struct plc plc;
		plc_start(&plc, rate_hz);
		for (int frame = 0; frame < 12; frame++) {
			int16_t *out = line + frame * n;
			bool is_lost = frame == 4 || (frame >= 6 && frame < 10);
			for (int i = 0; i < n; i++)
				out[i] =
					(int16_t)lrint(8000 * sin(2 * M_PI * hz * (frame * n + i) / rate_hz));
			if (is_lost)
				plc_lost(&plc, out, n);
			else
				plc_heard(&plc, out, n);
		}
		for (int i = 1; i < 6 * n; i++)
			worst = abs(line[i] - line[i - 1]) > worst ? abs(line[i] - line[i - 1]) : worst;
		CHECK(worst <= step_max(hz, rate_hz));
		double full = level_db(line, n), filled = level_db(line + 4 * n, n);
		CHECK(filled > full - 3 && filled < full + 1.5);
		CHECK(level_db(line + 8 * n, n) < full - 6);
		CHECK(level_db(line + 9 * n, n) < -80); /* 60 ms are over */
		CHECK(level_db(line + 11 * n, n) > full - 1);
	}
}

TEST(there_is_nothing_to_fill_in_before_anything_was_heard)
{
	int16_t samples[320];
	struct plc plc;

	for (int rate_hz = 8000; rate_hz <= 16000; rate_hz *= 2) {
		plc_start(&plc, rate_hz);
		for (int i = 0; i < 10; i++) {
			memset(samples, 0x55, sizeof(samples));
			plc_lost(&plc, samples, rate_hz / 50);
			CHECK(level_db(samples, rate_hz / 50) < -80);
		}
	}
}

static void make_leg(struct leg *leg, struct audio_thread *t, uint64_t id, enum sdp_codec codec)
{
	*leg = (struct leg){.id = id,
		.thread = t,
		.fd = -1,
		.rtcp_fd = -1,
		.codec = codec,
		.clock_hz = codec_get(codec)->clock_hz,
		.has_remote = true,
		.duck = 1,
		.mix = {.limit = 1},
		.ptime_ms = 20};
	leg->codec_of[96] = (uint8_t)codec;
}

/* Three in a mix, somebody leaves, comes back, a bridge: what cannot be had is said, nothing leaks, and the
 * graph stays whole. */
TEST_OOM(a_mix_is_set_up_or_refused)
{
	static struct audio_thread t;
	static struct leg legs[3];
	int err = 0;

	codec_init();
	for (int i = 0; i < 3; i++)
		make_leg(&legs[i], &t, 1 + (uint64_t)i, i == 0 ? SDP_OPUS : i == 1 ? SDP_G722 : SDP_PCMA);
	for (int i = 0; i < 3; i++)
		for (int k = 0; k < 3; k++)
			if (i != k && err == 0)
				err = hear_set(&legs[i], &legs[k], true, 0);
	CHECK(err == 0 || err == -ENOMEM);
	if (err == 0) {
		for (int i = 0; i < 3; i++)
			CHECK(legs[i].voice && legs[i].n_hears == 2 && legs[i].n_heard_by == 2);
		err = hear_set(&legs[0], &legs[1], false, 0);
		CHECK(err == 0 && legs[0].n_hears == 1);
		err = hear_set(&legs[0], &legs[1], true, -6);
		CHECK(err == 0 || err == -ENOMEM);
		err = hear_pair(&legs[0], &legs[2]);
		CHECK(err == 0 || err == -ENOMEM);
	}
	for (int i = 0; i < 3; i++) {
		for (int k = 0; k < legs[i].n_hears; k++) {
			const struct leg *other = legs[i].hears[k].leg;
			int n = 0;
			for (int m = 0; m < other->n_heard_by; m++)
				n += other->heard_by[m] == &legs[i];
			CHECK_INT(n, 1);
		}
		hear_nobody(&legs[i]);
	}
	for (int i = 0; i < 3; i++) {
		CHECK(!legs[i].voice && legs[i].n_hears == 0 && legs[i].n_heard_by == 0);
		voice_free(legs[i].voice);
	}
}
