/* Keys in every form on both sides of a bridge and in a mix: RFC 4733, tones, and signalling (SIP INFO). */
#include "harness/test.h"
#include "base/str.h"
#include "media/detect/test_corpus.h"
#include "media/test_peer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define KEYS "0123456789*#ABCD"
#define N_KEYS 16
#define DOWN 5	     /* frames a key is down... */
#define PERIOD 11    /* ...in so many */
#define LAST_DOWN 15 /* the last key is held */
#define STEPS ((N_KEYS - 1) * PERIOD + 2 * LAST_DOWN)
#define LATE_STEPS 250 /* so much longer a busy machine may take */
#define EXACT_MIN 12   /* keys of right length: while the test is kept from running, the engine goes on */

enum way { EVENTS, TONES, SIGNALS, WAYS };
static const char *const names[] = {"rfc4733", "tones", "info"};

static struct rig rig;
static struct peer from[WAYS * WAYS], to[WAYS * WAYS];
static char heard[WAYS * WAYS][2 * N_KEYS];
static uint16_t heard_ms[WAYS * WAYS][2 * N_KEYS];

static void flag(enum media_command_kind kind, uint64_t leg, bool is_on)
{
	struct media_command m = {.kind = kind, .group = 1, .leg = leg};

	m.flag.is_on = is_on;
	rig_send(&rig, &m);
}

static void hear(uint64_t leg, uint64_t other)
{
	struct media_command m = {.kind = MEDIA_HEAR, .group = 1, .leg = leg, .other = other};

	m.hear.is_on = true;
	rig_send(&rig, &m);
}

static bool open_one(struct peer *p, uint64_t leg, enum way way)
{
	if (!peer_open(
		    p, &rig, leg, leg % 2 ? SDP_PCMA : SDP_PCMU, way == EVENTS ? 101 : 0, 20, SDP_SENDRECV))
		return false;
	p->loudness = 1; /* nothing to be heard but keys */
	p->say_hz = 0;
	if (way == TONES)
		flag(MEDIA_DTMF_DETECT, leg, true);
	if (way == SIGNALS)
		flag(MEDIA_DTMF_BY_SIGNALLING, leg, true);
	return true;
}

static void press_by_signal(struct peer *p, char digit, int ms)
{
	struct media_command m = {.kind = MEDIA_DTMF_PRESSED, .group = 1, .leg = p->leg};

	m.dtmf.digits[0] = digit;
	m.dtmf.duration_ms = (uint16_t)ms;
	rig_send(&rig, &m);
}

/* 20 ms of a peer that presses all keys, one after another. */
static void press_step(struct peer *p, enum way way, int step)
{
	int i = step / PERIOD < N_KEYS ? step / PERIOD : N_KEYS - 1, at = step - i * PERIOD;
	int down = i == N_KEYS - 1 ? LAST_DOWN : DOWN;
	char digit[2] = {KEYS[i], 0};

	if (way == SIGNALS && at == down)
		press_by_signal(p, digit[0], down * TICK_MS);
	if (way == TONES && at == 0) {
		p->keys = (struct dtmf_out){0};
		dtmf_out_add(&p->keys, digit, (uint16_t)(down * TICK_MS));
	}
	p->is_silent = way == EVENTS && at < down;
	uint32_t ts = p->ts;
	peer_send_frame(p);
	if (p->is_silent) /* of the key's beginning */
		for (int k = at == down - 1 ? 3 : 1; k > 0; k--)
			peer_send_event(p, dtmf_code(digit[0]), (at + 1) * 160, at == down - 1,
				ts - (uint32_t)at * 160, at == 0);
	peer_read(p);
}

static void wait_for_step(int64_t start_ns, int step)
{
	struct timespec now, rest = {0};

	clock_gettime(CLOCK_MONOTONIC, &now);
	int64_t ns = start_ns + step * TICK_NS - (now.tv_sec * SECOND_NS + now.tv_nsec);
	rest.tv_nsec = ns > 0 ? ns : 0;
	nanosleep(&rest, NULL);
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * SECOND_NS + now.tv_nsec;
}

static void add_heard(int k, char digit, uint16_t ms)
{
	size_t n = strlen(heard[k]);

	if (digit && n + 1 < sizeof(heard[k])) {
		heard_ms[k][n] = ms;
		heard[k][n] = digit;
	}
}

/* What each hearer made of it, in its own way. */
static void collect(int k, enum way way)
{
	struct dtmf_inband *inband = NULL;
	struct media_event e;

	memset(heard[k], 0, sizeof(heard[k]));
	for (size_t i = 0; way == EVENTS && to[k].digits[i]; i++)
		add_heard(k, to[k].digits[i], to[k].digit_ms[i]);
	while (way == SIGNALS && rig_poll(&rig, MEDIA_DTMF_OUT, to[k].leg, &e))
		add_heard(k, e.dtmf.digit, e.dtmf.duration_ms);
	if (way != TONES || dtmf_inband_new(&inband) < 0)
		return;
	for (size_t i = 0; i + 160 <= to[k].n_samples; i += 160) {
		struct dtmf_press p = dtmf_inband_add(inband, to[k].heard + i, 160);
		add_heard(k, p.digit, p.duration_ms);
	}
	dtmf_inband_free(inband);
}

/* Samples of sound a hearer got that has another way for keys. */
static int count_leaked(const struct peer *p)
{
	int n = 0;

	for (size_t i = 0; i < p->n_samples; i++)
		n += abs(p->heard[i]) > 500;
	return n;
}

static void check_pair(int k)
{
	enum way said = (enum way)(k / WAYS), got = (enum way)(k % WAYS);

	collect(k, got);
	if (strcmp(heard[k], KEYS) != 0)
		printf("# %s to %s: %s\n", names[said], names[got], heard[k]);
	CHECK_STR(heard[k], KEYS);
	int n_exact = 0;
	for (int i = 0; i < N_KEYS; i++) {
		int want = (i == N_KEYS - 1 ? LAST_DOWN : DOWN) * TICK_MS;
		if (abs(heard_ms[k][i] - want) > 45)
			printf("# %s to %s: key %c %d ms\n", names[said], names[got], KEYS[i],
				heard_ms[k][i]);
		CHECK(heard_ms[k][i] >= want - 45);
		n_exact += heard_ms[k][i] <= want + 45;
	}
	CHECK(n_exact >= EXACT_MIN);
	CHECK_INT(to[k].n_gaps + to[k].n_ssrcs + to[k].n_ts_back, 0);
	int leaked = count_leaked(&to[k]);
	if (said == TONES && got != TONES)
		printf("# %s to %s: %.1f ms of each tone are heard\n", names[said], names[got],
			(double)leaked / N_KEYS / 8 * 1.15);
	if (got != TONES)
		CHECK(leaked <= N_KEYS * 60 * 8); /* one packet more than the detector needs */
}

/* Whether a peer with events got all keys, and so the others soon will. */
static bool is_done(const struct peer *p, int step)
{
	return strlen(p->digits) == N_KEYS ? step >= STEPS : step >= STEPS + LATE_STEPS;
}

TEST(keys_cross_a_bridge_from_every_form_to_every_other)
{
	CHECK_INT(rig_start(&rig, false), 0);
	for (int k = 0; k < WAYS * WAYS; k++) {
		CHECK(open_one(&from[k], 100 + 2 * (uint64_t)k, (enum way)(k / WAYS)));
		CHECK(open_one(&to[k], 101 + 2 * (uint64_t)k, (enum way)(k % WAYS)));
		struct media_command m = {
			.kind = MEDIA_BRIDGE, .group = 1, .leg = from[k].leg, .other = to[k].leg};
		rig_send(&rig, &m);
	}
	int64_t start_ns = now_ns();
	for (int step = 0, n_rest = 15; n_rest > 0; step++) {
		n_rest -= is_done(&to[0], step) && is_done(&to[3], step) && is_done(&to[6], step);
		wait_for_step(start_ns, step);
		for (int k = 0; k < WAYS * WAYS; k++) {
			press_step(&from[k], (enum way)(k / WAYS), step);
			peer_send_frame(&to[k]);
			peer_read(&to[k]);
		}
	}
	for (int k = 0; k < WAYS * WAYS; k++)
		check_pair(k);
	for (int k = 0; k < WAYS * WAYS; k++) {
		peer_close(&from[k]);
		peer_close(&to[k]);
	}
	rig_stop(&rig);
}

/* Presses all keys once into a mix. True: each of the hearers got them all, and next to nothing of the tones.
 */
static bool cross_mix(void)
{
	bool is_good = rig_start(&rig, false) == 0 && open_one(&from[0], 200, TONES) &&
		       open_one(&from[1], 201, EVENTS); /* is there, and says nothing */

	for (int k = 0; k < WAYS; k++) {
		is_good = is_good && open_one(&to[k], 210 + (uint64_t)k, (enum way)k);
		hear(to[k].leg, 200);
		hear(to[k].leg, 201);
	}
	int64_t start_ns = now_ns();
	for (int step = 0, n_rest = 15; n_rest > 0; step++) {
		n_rest -= is_done(&to[EVENTS], step);
		wait_for_step(start_ns, step);
		if (step < 5)
			peer_send_frame(&from[0]);
		else
			press_step(&from[0], TONES, step - 5);
		peer_send_frame(&from[1]);
		for (int k = 0; k < WAYS; k++)
			peer_read(&to[k]);
	}
	for (int k = 0; k < WAYS; k++) {
		collect(k, (enum way)k);
		is_good = is_good && strcmp(heard[k], KEYS) == 0;
		is_good = is_good && (k == TONES || count_leaked(&to[k]) <= N_KEYS * 20 * 8);
		peer_close(&to[k]);
	}
	peer_close(&from[0]);
	peer_close(&from[1]);
	rig_stop(&rig);
	return is_good;
}

/* In a mix the tone itself is heard by nobody; each gets the key in its own way. A peer that stalls in the
 * middle of a tone (a busy machine) is heard as lost packets, and those are concealed as what they were:
 * another try. */
TEST(keys_cross_a_mix)
{
	bool is_good = false;

	for (int i = 0; i < 4 && !is_good; i++)
		is_good = cross_mix();
	CHECK(is_good);
}

/* Who holds a key and goes, lets it go. */
TEST(a_key_ends_with_who_held_it)
{
	CHECK_INT(rig_start(&rig, false), 0);
	CHECK(open_one(&from[0], 300, TONES));
	CHECK(open_one(&to[0], 301, EVENTS));
	hear(301, 300);
	dtmf_out_add(&from[0].keys, "5", 5000);
	struct peer *both[] = {&from[0], &to[0]};
	for (int i = 0; i < 20 && to[0].n_events == 0; i++)
		peers_pump(both, 2, 100);
	CHECK(to[0].n_events > 0);
	peer_close(&from[0]);
	struct peer *left[] = {&to[0]};
	for (int i = 0; i < 20 && to[0].digits[0] == 0; i++)
		peers_pump(left, 1, 100);
	CHECK_STR(to[0].digits, "5");
	peer_close(&to[0]);
	rig_stop(&rig);
}

TEST(a_held_key_is_ended_by_the_next)
{
	struct dtmf_out out = {0};
	char got[8] = "";
	int ms[8] = {0};

	CHECK(dtmf_out_hold(&out, '1', 7));
	CHECK(!dtmf_out_hold(&out, 'x', 7));
	CHECK(dtmf_out_hold(&out, '2', 8));
	CHECK_INT(dtmf_out_add(&out, "3", 60), 1);
	dtmf_out_release(&out, 7, 4000); /* is not held any more */
	CHECK(dtmf_out_hold(&out, '4', 9));
	dtmf_out_release(&out, 8, 4000);
	dtmf_out_release(&out, 9, 130);
	for (int tick = 0; out.is_on && tick < 200; tick++) {
		uint8_t payload[DTMF_EVENT_BYTES];
		uint16_t samples;
		if (dtmf_out_event(&out, payload, &samples) != DTMF_STEP_END)
			continue;
		ms[strlen(got)] = samples / 8;
		got[strlen(got)] = dtmf_letter(payload[0]);
	}
	CHECK_STR(got, "1234");
	CHECK_INT(ms[0], 100);
	CHECK_INT(ms[1], 100);
	CHECK_INT(ms[2], 60);
	CHECK_INT(ms[3], 140);
	CHECK(dtmf_out_hold(&out, '5', 9)); /* nobody ever lets it go */
	int n = 0;
	for (uint8_t payload[DTMF_EVENT_BYTES]; out.is_on && n < 1000; n++) {
		uint16_t samples;
		(void)dtmf_out_event(&out, payload, &samples);
	}
	CHECK(n >= DTMF_MAX_MS / TICK_MS && n < 1000 && out.held_by == 0);
}

/* Talk-off: half an hour of greetings in four languages, on lines of several kinds, are no keys. */
TEST(speech_is_no_key)
{
	struct corpus c;
	int n_false = 0;
	double seconds = 0;

	CHECK_INT(corpus_load(&c, "detect-corpus", 1), 0);
	for (int i = 0; i < c.n; i++)
		for (int line = 0; line < LINE_KINDS; line += 2) {
			struct dtmf_inband *inband = NULL;
			struct trial t;
			CHECK_INT(trial_make(&t, &c, i, (enum line_kind)line, (uint32_t)i), 0);
			CHECK_INT(dtmf_inband_new(&inband), 0);
			for (size_t at = 0; at + 160 <= t.n; at += 160)
				n_false += dtmf_inband_add(inband, t.samples + at, 160).digit != 0;
			seconds += (double)t.n / CORPUS_RATE_HZ;
			dtmf_inband_free(inband);
			trial_free(&t);
		}
	corpus_free(&c);
	printf("# %d false keys in %.0f s of speech\n", n_false, seconds);
	CHECK(seconds > 600);
	CHECK_INT(n_false, 0);
}
