/* The tick of what is heard.
 *
 * Invariant: a frame is encoded by the mouth of one leg of those that hear the same, and it stays the same
 * one as long as it can, so that each hearer's decoder follows one encoder. */
#include "media/mix/mixer.h"
#include "media/mix/hear.h"
#include "media/mix/hush.h"
#include "media/out.h"
#include "media/play/player.h"
#include "media/relay.h"

#include <string.h>

#define DUCKED 0.126f		     /* -18 dB */
#define DUCK_STEP (TICK_MS / 200.0f) /* from whole to ducked in 200 ms */
#define CROWD 5			     /* legs heard at once from which on only those who talk are added */
#define LIMIT 32000
#define ALIVE_NS (100 * INT64_C(1000000)) /* who sent nothing for longer has nothing to hand over */
#define HAND_OVER_TICKS 10		  /* what waits in a voice others hear */
#define HAND_OVER_FRESH_TICKS 4		  /* the longest packets, and a tick */
#define LIMIT_RELEASE 0.1f		  /* of the way back, a tick */

bool mixer_passes(const struct leg *leg)
{
	return leg->n_hears == 1 && leg->hears[0].gain == 1 && !leg->is_mixing && leg->hand.ticks == 0 &&
	       !leg->feed && !leg->fax && leg->is_ready && leg->can_send && !leg->dtmf_out.is_on &&
	       !player_is_heard(leg, MEDIA_LAYER_SPEECH) && !player_is_heard(leg, MEDIA_LAYER_MUSIC);
}

static int rate_of(const struct leg *leg)
{
	return codec_get(leg->codec)->rate_hz;
}

/* ---- sums ---- */

static void add_frame(int32_t *sum, const int16_t *samples, int n, float gain)
{
	if (gain == 1) {
		for (int i = 0; i < n; i++)
			sum[i] += samples[i];
		return;
	}
	int32_t fixed = (int32_t)(gain * 4096);
	for (int i = 0; i < n; i++)
		sum[i] += samples[i] * fixed / 4096;
}

/* With a gain that moves evenly from one value to another. */
static void add_ramp(int32_t *sum, const int16_t *samples, int n, float from, float to)
{
	float gain = from, step = (to - from) / (float)n;

	for (int i = 0; i < n; i++, gain += step)
		sum[i] += (int32_t)((float)samples[i] * gain);
}

/* Loud sums are turned down, not cut: at once, over some samples, and slowly back. */
static void limit(struct leg *leg, const int32_t *sum, int n, int16_t *ret_samples)
{
	int32_t peak = 0;
	const float before = leg->mix.limit;
	float after = before + (1 - before) * LIMIT_RELEASE;

	for (int i = 0; i < n; i++)
		peak = sum[i] > peak ? sum[i] : -sum[i] > peak ? -sum[i] : peak;
	if ((float)peak * after > LIMIT)
		after = (float)LIMIT / (float)peak;
	if (before > 0.999f && after > 0.999f) {
		leg->mix.limit = 1;
		for (int i = 0; i < n; i++)
			ret_samples[i] = (int16_t)sum[i];
		return;
	}
	const int ramp = n / 10;
	for (int i = 0; i < n; i++) {
		float gain = i < ramp ? before + (after - before) * (float)i / (float)ramp : after;
		float x = (float)sum[i] * gain;
		ret_samples[i] = (int16_t)(x > 32767 ? 32767 : x < -32768 ? -32768 : x);
	}
	leg->mix.limit = after;
}

/* Whether what `h` says belongs in the sum of leg at this tick. */
static bool is_audible(const struct leg *leg, const struct heard *h)
{
	const struct voice *v = h->leg->voice;

	return v && v->has_sound && (leg->n_hears < CROWD || v->is_talking);
}

static void add_legs(const struct leg *leg, int32_t *sum, int n)
{
	for (int i = 0; i < leg->n_hears; i++) {
		const struct heard *h = &leg->hears[i];
		if (is_audible(leg, h))
			add_frame(sum, voice_frame(h->leg->voice, rate_of(leg)), n, h->gain);
	}
}

/* ---- layers ---- */

static bool add_layer(struct leg *leg, enum media_layer layer, int32_t *sum, int n, float from, float to)
{
	int16_t samples[CODEC_WIDE_FRAME];

	if (!player_is_heard(leg, layer))
		return false;
	if (!player_samples(&leg->players[layer], rate_of(leg), samples)) {
		player_stop(leg, layer, 0);
		return false;
	}
	if (from == 1 && to == 1)
		add_frame(sum, samples, n, 1);
	else
		add_ramp(sum, samples, n, from, to);
	return true;
}

/* The music's gain moves towards where speech wants it. */
static float move_duck(struct leg *leg, bool is_ducked)
{
	float want = is_ducked ? DUCKED : 1, step = DUCK_STEP * (1 - DUCKED);

	if (leg->duck > want)
		leg->duck = leg->duck - step > want ? leg->duck - step : want;
	else
		leg->duck = leg->duck + step < want ? leg->duck + step : want;
	return leg->duck;
}

/* ---- one leg ---- */

static bool is_law_silence(const struct leg *leg, const uint8_t *bytes)
{
	const uint8_t silence = law_silence[law_index(leg->codec)];

	for (int i = 0; hush_is_agreed(leg) && i < CODEC_NARROW_FRAME; i++)
		if (bytes[i] != silence)
			return false;
	return hush_is_agreed(leg);
}

/* One sound and nothing else, for a peer that speaks G.711: its bytes as they are. */
static bool play_alone(struct leg *leg, enum media_layer layer, int64_t now_ns)
{
	uint8_t bytes[CODEC_NARROW_FRAME];

	if (!player_law(&leg->players[layer], law_index(leg->codec), bytes)) {
		player_stop(leg, layer, 0);
		return false;
	}
	if (leg->can_send && !hush_takes(leg, is_law_silence(leg, bytes)))
		out_frame(leg, bytes, sizeof(bytes), now_ns);
	return true;
}

static bool is_alone(const struct leg *leg, enum media_layer layer)
{
	for (int other = 0; other < MEDIA_LAYERS; other++)
		if (other != (int)layer && player_is_heard(leg, (enum media_layer)other))
			return false;
	return player_is_heard(leg, layer) && (layer == MEDIA_LAYER_SPEECH || leg->duck == 1) &&
	       (leg->codec == SDP_PCMU || leg->codec == SDP_PCMA);
}

/* The samples of this tick. False: nothing of ours is heard. */
static bool make_sum(struct leg *leg, int16_t *ret_samples, int n)
{
	int32_t sum[CODEC_WIDE_FRAME] = {0};
	bool has_speech = add_layer(leg, MEDIA_LAYER_SPEECH, sum, n, 1, 1);
	float before = leg->duck, after = move_duck(leg, has_speech);
	bool has_music = add_layer(leg, MEDIA_LAYER_MUSIC, sum, n, before, after);

	if (!has_music)
		leg->duck = 1;
	bool has_legs = !has_speech && !has_music && leg->is_mixing;
	if (has_legs)
		add_legs(leg, sum, n);
	bool has_over = add_layer(leg, MEDIA_LAYER_OVER, sum, n, 1, 1);
	if (!has_speech && !has_music && !has_legs && !has_over)
		return false;
	limit(leg, sum, n, ret_samples);
	return true;
}

/* Whether the voice of whom leg heard is past what was passed on, and has more. */
static bool is_taken_over(const struct leg *leg)
{
	const struct voice *v = NULL;

	for (int i = 0; i < leg->n_hears; i++)
		if (leg->hears[i].leg->id == leg->hand.leg)
			v = leg->hears[i].leg->voice;
	return !v || (v->jitter.is_started && voice_is_alive(v) &&
			     (int16_t)(v->jitter.next_seq - leg->hand.seq) > 0);
}

void mixer_hand_over(struct leg *leg, const struct leg *from)
{
	struct voice *v = from->voice;
	bool is_in_use = v && v->tick + 1 >= leg->thread->tick;

	if (v && !is_in_use)
		voice_restart(v);
	if (v && !is_in_use && from->is_ear_started)
		voice_follow(v, from->ear);
	leg->hand = (struct hand_over){.leg = from->id,
		.seq = (uint16_t)from->in.seq_high,
		.ticks = leg->thread->now_ns - from->in.last_ns > ALIVE_NS ? 0
			 : is_in_use					   ? HAND_OVER_TICKS
									   : HAND_OVER_FRESH_TICKS};
	out_hand_over(leg);
}

bool mixer_hand_back(struct leg *leg)
{
	if (!leg->is_mixing || leg->n_hears != 1 || hear_needs_mix(leg))
		return false;
	leg->is_mixing = false;
	out_hand_over(leg);
	if (mixer_passes(leg))
		relay_waiting(leg->hears[0].leg, leg);
	return true;
}

/* Whether the legs heard are mixed from this tick on. */
static bool takes_legs(struct leg *leg)
{
	if (leg->n_hears == 0 || !hear_needs_mix(leg)) {
		leg->hand.ticks = 0;
		return false;
	}
	if (leg->is_mixing)
		return true;
	if (mixer_passes(leg)) /* a sound over it is what makes the difference */
		mixer_hand_over(leg, leg->hears[0].leg);
	if (leg->hand.ticks == 0 || is_taken_over(leg) || --leg->hand.ticks == 0) {
		leg->hand.ticks = 0;
		return true;
	}
	return false;
}

static void speak(struct leg *leg, int64_t now_ns)
{
	int16_t samples[CODEC_WIDE_FRAME];
	int n = rate_of(leg) / 1000 * TICK_MS;

	if (is_alone(leg, MEDIA_LAYER_SPEECH) && play_alone(leg, MEDIA_LAYER_SPEECH, now_ns))
		return;
	if (is_alone(leg, MEDIA_LAYER_MUSIC) && play_alone(leg, MEDIA_LAYER_MUSIC, now_ns))
		return;
	if (make_sum(leg, samples, n) && leg->can_send && !hush_takes_samples(leg, samples, n))
		out_samples(leg, samples, n, now_ns);
}

static void speak_feed(struct leg *leg, int64_t now_ns)
{
	int16_t samples[CODEC_NARROW_FRAME];

	if (!leg->feed->fill(leg->feed->arg, samples, CODEC_NARROW_FRAME))
		memset(samples, 0, sizeof(samples));
	if (leg->can_send)
		out_narrow(leg, samples, CODEC_NARROW_FRAME, now_ns);
}

static void tick_voices(struct leg *leg, uint64_t tick)
{
	for (int i = 0; i < leg->n_hears; i++)
		if (leg->hears[i].leg->voice)
			voice_tick(leg->hears[i].leg->voice, tick);
}

/* ---- the same for many ---- */

static uint64_t stir(uint64_t x)
{
	x = (x ^ x >> 31) * UINT64_C(0x9e3779b97f4a7c15);
	return x ^ x >> 29;
}

static bool is_law(const struct leg *leg)
{
	return leg->codec == SDP_PCMU || leg->codec == SDP_PCMA;
}

/* What leg hears at this tick, as a number that is the same for all that hear the same in the same codec; 0:
 * it cannot be shared. */
static uint64_t sum_key(const struct leg *leg)
{
	const struct player *music = &leg->players[MEDIA_LAYER_MUSIC];
	uint64_t key = stir((uint64_t)leg->codec + 1);

	if (!leg->can_send || player_is_heard(leg, MEDIA_LAYER_SPEECH) ||
		player_is_heard(leg, MEDIA_LAYER_OVER) || leg->duck != 1)
		return 0;
	if (player_is_heard(leg, MEDIA_LAYER_MUSIC)) {
		if (is_law(leg) || !music->is_looped)
			return 0;
		for (int i = 0; i < music->n_sounds; i++)
			key = stir(key + (uintptr_t)music->sounds[i]);
		return stir(key + music->offset * MEDIA_PLAYLIST_MAX + (uint64_t)music->index) | 1;
	}
	if (!leg->is_mixing)
		return 0;
	/* In whatever order the legs were added. */
	for (int i = 0; i < leg->n_hears; i++)
		if (is_audible(leg, &leg->hears[i]))
			key += stir(leg->hears[i].leg->id * 4096 + (uint64_t)(leg->hears[i].gain * 1000));
	return key | 1;
}

/* Finds the place of leg's sum, or makes it. Who encoded for most at the last tick goes on doing so. */
static void join_sum(struct leg *leg)
{
	struct audio_thread *t = leg->thread;
	uint64_t key = sum_key(leg);

	leg->mix.place = -1;
	for (unsigned i = 0; key != 0 && i < 8; i++) {
		int place = (int)((key + i) % MIX_SUMS);
		struct mix_sum *s = &t->sums[place];
		if (s->tick != t->tick)
			*s = (struct mix_sum){.tick = t->tick, .key = key, .leader = leg};
		else if (s->key != key)
			continue;
		if (leg->mix.n_led > s->leader->mix.n_led)
			s->leader = leg;
		s->n++;
		leg->mix.place = place;
		return;
	}
}

/* The frame of a sum, by its leader's mouth. */
static void encode_sum(struct leg *leader)
{
	int16_t samples[CODEC_WIDE_FRAME];
	struct encoder *mouth = leader->mouth;
	int n = rate_of(leader) / 1000 * TICK_MS, taken = 0;

	leader->mix.tick = leader->thread->tick;
	leader->mix.n = 0;
	if (leader->is_mouth_stale)
		encoder_start(mouth, leader->codec);
	else if (!leader->has_spoken || mouth->n_waiting > 0)
		encoder_go_on(mouth, leader->codec);
	leader->is_mouth_stale = false;
	if (!make_sum(leader, samples, n))
		return;
	leader->mix.is_silent = hush_is_silence(samples, n);
	leader->mix.n = (size_t)encoder_add(mouth, samples, n, &taken, leader->mix.bytes);
}

static void speak_shared(struct leg *leg, int64_t now_ns)
{
	const struct mix_sum *s = &leg->thread->sums[leg->mix.place];
	struct leg *leader = s->leader;

	if (leader->mix.tick != leg->thread->tick)
		encode_sum(leader);
	if (leg != leader) {
		leg->is_mouth_stale = true;
		if (player_is_heard(leg, MEDIA_LAYER_MUSIC))
			player_skip(&leg->players[MEDIA_LAYER_MUSIC]);
	}
	leg->mix.n_led = leg == leader ? s->n : 0;
	if (leader->mix.n > 0 && !hush_takes(leg, leader->mix.is_silent))
		out_frame(leg, leader->mix.bytes, leader->mix.n, now_ns);
}

static void prepare(struct leg *leg)
{
	leg->mix.place = -1;
	if (!leg->is_ready || leg->fax)
		return;
	(void)mixer_hand_back(leg);
	bool was_mixing = leg->is_mixing;
	leg->is_mixing = takes_legs(leg);
	if (leg->is_mixing)
		tick_voices(leg, leg->thread->tick);
	if (was_mixing && !leg->is_mixing)
		out_interrupt(leg);
	if (!leg->feed && !leg->dtmf_out.is_on)
		join_sum(leg);
	if (leg->mix.place < 0)
		leg->mix.n_led = 0;
}

static void tick_hearing(struct leg *leg, int64_t now_ns)
{
	if (!leg->is_ready || leg->fax)
		return;
	if (leg->dtmf_out.is_on && out_digits(leg, now_ns)) {
		leg->has_spoken = leg->has_spoken && leg->telephone_event == 0;
		return; /* what plays waits */
	}
	if (leg->feed)
		speak_feed(leg, now_ns);
	else if (leg->mix.place >= 0)
		speak_shared(leg, now_ns);
	else if (leg->is_mixing || player_is_heard(leg, MEDIA_LAYER_SPEECH) ||
		 player_is_heard(leg, MEDIA_LAYER_MUSIC) ||
		 (player_is_heard(leg, MEDIA_LAYER_OVER) && leg->hand.ticks == 0))
		speak(leg, now_ns);
}

void mixer_tick(struct audio_thread *t)
{
	VEC_EACH(&t->legs, k)
	{
		if (t->legs.at[k]->is_in_noise)
			relay_noise(t->legs.at[k]);
		prepare(t->legs.at[k]);
	}
	VEC_EACH(&t->legs, k)
	{
		tick_hearing(t->legs.at[k], t->now_ns);
		hush_tick(t->legs.at[k], t->now_ns);
	}
}
