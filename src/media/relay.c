/* The way of a packet through the engine. The hot path: no allocation, lock or log.
 *
 * A packet is decoded at most once here (the leg's ear), for all that need samples at once: detectors, taps,
 * and hearers of another codec. Who hears the leg mixed gets it from the leg's voice at the tick (mix/). */
#include "media/relay.h"
#include "media/fax/fax.h"
#include "media/leg.h"
#include "media/mix/hear.h"
#include "media/mix/hush.h"
#include "media/mix/mixer.h"
#include "media/out.h"
#include "media/record/recorder.h"
#include "media/rtp/report.h"

#include <string.h>

#define SAME_PRESS_NS (500 * INT64_C(1000000))
#define CONCEAL_PACKETS_MAX 3
#define CONCEAL_MS_MAX 60

/* Some peers send both the event and its tone. */
static bool is_event_of(const struct dtmf_in *in, char digit, int64_t now_ns)
{
	return in->is_active ||
	       (in->last_digit == digit && in->reported_ns > 0 && now_ns - in->reported_ns < SAME_PRESS_NS);
}

void relay_press(struct leg *leg, struct dtmf_press press, bool is_inband)
{
	int64_t now_ns = leg->thread->now_ns;

	if (press.digit == 0)
		return;
	for (int i = 0; i < leg->n_heard_by; i++)
		dtmf_out_release(&leg->heard_by[i]->dtmf_out, leg->id, press.duration_ms);
	if (is_inband && is_event_of(&leg->dtmf_in, press.digit, now_ns))
		return;
	struct media_event e = {.kind = MEDIA_DTMF, .group = leg->group, .leg = leg->id};
	e.dtmf.digit = press.digit;
	e.dtmf.is_inband = is_inband;
	e.dtmf.duration_ms = press.duration_ms;
	engine_event(leg->thread->media, &e);
}

/* A copy of the packet with room for a header before its payload: sending ciphers and rewrites in place. */
static struct rtp copy_of(struct leg *leg, const struct rtp *rtp)
{
	struct rtp copy = *rtp;

	copy.payload = leg->thread->copy + RTP_HEADER_BYTES;
	memcpy(copy.payload, rtp->payload, rtp->n);
	return copy;
}

/* A key press of leg reaches to: as the packet that came where that is possible, else made anew as an event
 * or as a tone. */
static void pass_digit(struct leg *leg, struct leg *to, const struct rtp *rtp, bool is_new)
{
	if (!to->is_ready || !to->can_send || rtp->n < DTMF_EVENT_BYTES)
		return;
	if (to->telephone_event != 0 && to->event_clock_hz == leg->event_clock_hz &&
		to->clock_hz == leg->clock_hz && to->n_hears == 1) {
		struct rtp copy = copy_of(leg, rtp);
		if (mixer_passes(to))
			out_relay_other(to, &copy, to->telephone_event, get_be16(copy.payload + 2),
				leg->thread->now_ns);
	} else if (is_new) {
		dtmf_out_hold(&to->dtmf_out, leg->dtmf_in.digit, leg->id);
	}
}

static void digit_event(struct leg *leg, struct rtp *rtp)
{
	struct dtmf_press before;
	bool is_new;
	struct dtmf_press press = dtmf_in_packet(&leg->dtmf_in, rtp, leg->thread->now_ns, &before, &is_new);

	relay_press(leg, before, false);
	if (is_new && !leg->is_muted)
		recorder_pressed(leg, leg->thread->now_ns);
	leg->ear_seq = (uint16_t)(rtp->seq + 1);
	for (int i = 0; i < leg->n_heard_by && !leg->is_muted; i++)
		pass_digit(leg, leg->heard_by[i], rtp, is_new);
	relay_press(leg, press, false);
}

void relay_signalled(struct leg *leg, const char *digits, uint16_t duration_ms)
{
	const struct tone_key *tone = &leg->tone_key;
	int64_t now_ns = leg->thread->now_ns;
	bool is_tone = tone->digit == digits[0] && now_ns - tone->heard_ns < SAME_PRESS_NS;

	if (leg->is_muted || is_tone || is_event_of(&leg->dtmf_in, digits[0], now_ns))
		return;
	recorder_pressed(leg, leg->thread->now_ns);
	for (int i = 0; i < leg->n_heard_by; i++)
		dtmf_out_add(&leg->heard_by[i]->dtmf_out, digits, duration_ms);
}

/* A tone begins: those who have another way for keys, or hear a mix, get the key made anew; the others hear
 * the tone itself. */
static void inband_begins(struct leg *leg, char digit)
{
	if (leg->is_muted || is_event_of(&leg->dtmf_in, digit, leg->thread->now_ns))
		return;
	leg->tone_key = (struct tone_key){digit, leg->thread->now_ns};
	for (int i = 0; i < leg->n_heard_by; i++) {
		struct leg *to = leg->heard_by[i];
		if (to->telephone_event != 0 || to->is_key_signalled || hear_needs_mix(to))
			dtmf_out_hold(&to->dtmf_out, digit, leg->id);
	}
}

static void find_keys(struct leg *leg, const int16_t *samples, int n)
{
	char before = dtmf_inband_down(leg->inband);
	struct dtmf_press press = dtmf_inband_add(leg->inband, samples, n);
	char now = dtmf_inband_down(leg->inband);

	relay_press(leg, press, true);
	if (now && (now != before || press.digit))
		inband_begins(leg, now);
}

static void measure_tone(struct leg *leg, const int16_t *samples, size_t n)
{
	struct tone_measure *m = &leg->tone;

	tone_meter_add(&m->meter, samples, n);
	if (m->meter.n < LAW_RATE_HZ)
		return;
	struct media_event e = {.kind = MEDIA_TONE, .group = leg->group, .leg = leg->id};
	tone_meter_result(&m->meter, &e.tone.tone_db, &e.tone.level_db);
	tone_meter_start(&m->meter, m->frequency_hz, LAW_RATE_HZ);
	m->reported_ns = leg->thread->now_ns;
	engine_event(leg->thread->media, &e);
}

static bool is_law(enum sdp_codec codec)
{
	return codec == SDP_PCMU || codec == SDP_PCMA;
}

/* Whether packets of this codec may be sent to `to` as they are. */
static bool is_passable(const struct leg *to, enum sdp_codec codec)
{
	return to->codec == codec || (is_law(to->codec) && is_law(codec));
}

/* Whether anybody needs what the leg says as samples, now. */
static bool needs_ear(const struct leg *leg, enum sdp_codec codec)
{
	if (leg->tone.is_on || leg->inband || leg->taps)
		return true;
	for (int i = 0; i < leg->n_heard_by; i++)
		if (!is_passable(leg->heard_by[i], codec) && mixer_passes(leg->heard_by[i]))
			return true;
	return false;
}

static void detect(struct leg *leg, const int16_t *samples, int n)
{
	if (leg->tone.is_on)
		measure_tone(leg, samples, (size_t)n);
	if (leg->inband)
		find_keys(leg, samples, n);
	for (const struct tap *tap = leg->taps; tap; tap = tap->next)
		tap->on_samples(tap->arg, samples, n, leg->thread->now_ns);
}

/* What the ear just made goes to detectors and to those who hear the leg in another codec. */
static void ear_result(struct leg *leg, enum sdp_codec codec, bool is_pause)
{
	int16_t narrow[CODEC_SAMPLES_MAX], wide[CODEC_SAMPLES_MAX];
	int n_narrow = 0, n_wide = 0;
	int64_t now_ns = leg->thread->now_ns;

	if (leg->tone.is_on || leg->inband || leg->taps) {
		n_narrow = decoder_narrow(leg->ear, narrow);
		detect(leg, narrow, n_narrow);
	}
	for (int i = 0; i < leg->n_heard_by && !leg->is_muted; i++) {
		struct leg *to = leg->heard_by[i];
		if (is_passable(to, codec) || !mixer_passes(to))
			continue;
		if (is_pause)
			to->has_spoken = false;
		if (codec_get(to->codec)->rate_hz == CODEC_WIDE_HZ) {
			n_wide = n_wide ? n_wide : decoder_wide(leg->ear, wide);
			out_samples(to, wide, n_wide, now_ns);
		} else {
			n_narrow = n_narrow ? n_narrow : decoder_narrow(leg->ear, narrow);
			out_samples(to, narrow, n_narrow, now_ns);
		}
	}
}

/* Decodes, having concealed a short gap before this packet. Late and doubled packets are nothing. */
static void ear_packet(struct leg *leg, const struct rtp *rtp, enum sdp_codec codec)
{
	struct decoder *ear = leg->ear;
	int16_t missing = (int16_t)(rtp->seq - leg->ear_seq);
	bool is_same = leg->is_ear_started && leg->ear_ssrc == rtp->ssrc;
	int ms = ear->codec ? ear->n / (ear->codec->rate_hz / 1000) : 0;

	if (is_same && missing < 0 && missing > -CONCEAL_PACKETS_MAX - 100)
		return;
	bool is_gap = is_same && missing > 0;
	for (int i = 0; is_gap && i < missing && missing <= CONCEAL_PACKETS_MAX && ms > 0 &&
			missing * ms <= CONCEAL_MS_MAX;
		i++) {
		bool is_last = i == missing - 1 && ear->codec->codec == codec;
		if (decoder_conceal(ear, ms, is_last ? rtp->payload : NULL, is_last ? rtp->n : 0) == 0)
			ear_result(leg, codec, false);
	}
	if (!is_same)
		decoder_reset(ear);
	leg->is_ear_started = true;
	leg->ear_ssrc = rtp->ssrc;
	leg->ear_seq = (uint16_t)(rtp->seq + 1);
	int err = decoder_packet(ear, codec, rtp->payload, rtp->n);
	if (err < 0)
		err = decoder_conceal(ear, CODEC_FRAME_MS, NULL, 0);
	if (err == 0)
		ear_result(leg, codec, !is_same || missing > CONCEAL_PACKETS_MAX);
}

/* To those who can take it as it is. The last of them gets the packet itself. */
static void pass_audio(struct leg *leg, struct rtp *rtp, enum sdp_codec codec)
{
	struct leg *last = NULL;

	for (int i = 0; i < leg->n_heard_by; i++) {
		struct leg *to = leg->heard_by[i];
		if (!is_passable(to, codec) || !mixer_passes(to))
			continue;
		if (last) {
			struct rtp copy = copy_of(leg, rtp);
			out_relay_audio(last, &copy, codec, leg->thread->now_ns);
		}
		last = to;
	}
	if (last)
		out_relay_audio(last, rtp, codec, leg->thread->now_ns);
}

static const uint8_t no_noise = 127; /* -dBov: silence */

static void to_voice(struct leg *leg, const struct rtp *rtp, enum sdp_codec codec)
{
	const struct codec *c = codec_get(codec);
	struct jitter_in in = {.ssrc = rtp->ssrc,
		.ts = rtp->ts,
		.seq = rtp->seq,
		.kind = (uint8_t)codec,
		.clock_khz = (c ? c->clock_hz : leg->clock_hz) / 1000,
		.bytes = rtp->payload,
		.n = rtp->n};

	/* The tone of a key is heard as the key made anew. */
	if (leg->inband && dtmf_inband_down(leg->inband)) {
		in.kind = SDP_COMFORT_NOISE;
		in.bytes = &no_noise;
		in.n = 1;
	}
	voice_packet(leg->voice, &in);
}

/* A modem is given what came and nothing made up; it does not go through codecs of speech. */
static void to_fax(struct leg *leg, const struct rtp *rtp, enum sdp_codec codec)
{
	int16_t samples[RTP_AUDIO_MAX];

	if (!is_law(codec) || rtp->n > RTP_AUDIO_MAX)
		return;
	law_decode_n(law_index(codec), rtp->payload, samples, rtp->n);
	fax_heard(leg, samples, rtp->n, rtp->ts);
	if (leg->tone.is_on)
		measure_tone(leg, samples, rtp->n);
}

static void audio(struct leg *leg, struct rtp *rtp, enum sdp_codec codec)
{
	if (rtp->n == 0 || !leg->can_receive)
		return;
	leg->is_in_noise = false;
	if (leg->fax) {
		to_fax(leg, rtp, codec);
		return;
	}
	if (needs_ear(leg, codec))
		ear_packet(leg, rtp, codec);
	else
		leg->is_ear_started = false;
	if (leg->is_muted)
		return;
	recorder_heard(leg, rtp, codec, leg->thread->now_ns);
	if (leg->voice)
		to_voice(leg, rtp, codec);
	pass_audio(leg, rtp, codec);
}

static bool takes_noise(const struct leg *to, const struct leg *from)
{
	return to->comfort_noise != 0 && to->clock_hz == from->clock_hz;
}

void relay_noise(struct leg *leg)
{
	int16_t samples[CODEC_SAMPLES_MAX];
	bool is_made = false;

	for (int i = 0; i < leg->n_heard_by && !leg->is_muted; i++) {
		struct leg *to = leg->heard_by[i];
		if (takes_noise(to, leg) || hush_tells_noise_of(to, leg) || !mixer_passes(to))
			continue;
		if (!is_made && decoder_conceal(leg->ear, CODEC_FRAME_MS, NULL, 0) < 0)
			return;
		is_made = true;
		int n = codec_get(to->codec)->rate_hz == CODEC_WIDE_HZ ? decoder_wide(leg->ear, samples)
								       : decoder_narrow(leg->ear, samples);
		out_samples(to, samples, n, leg->thread->now_ns);
	}
}

void relay_waiting(struct leg *leg, struct leg *to)
{
	struct jitter_in in;
	bool is_deaf = leg->voice && !leg->is_ear_started; /* else the ear had these packets already */

	if (is_deaf) {
		struct voice *v = leg->voice;
		decoder_follow(leg->ear, v->decoder);
		leg->ear->up = v->up;
		leg->ear->down = v->down;
		leg->is_ear_started = v->jitter.is_started;
		leg->ear_ssrc = v->jitter.ssrc;
		leg->ear_seq = v->jitter.next_seq;
	}
	for (int i = 0; leg->voice && !leg->is_muted && i < JITTER_PACKETS; i++) {
		if (!jitter_peek(&leg->voice->jitter, i, &in) || in.kind == SDP_COMFORT_NOISE)
			continue;
		enum sdp_codec codec = (enum sdp_codec)in.kind;
		struct rtp rtp = {.ssrc = in.ssrc, .ts = in.ts, .seq = in.seq, .n = in.n};
		rtp.payload = leg->thread->copy + RTP_HEADER_BYTES;
		memcpy(rtp.payload, in.bytes, in.n);
		if (is_passable(to, codec))
			out_relay_audio(to, &rtp, codec, leg->thread->now_ns);
		else if (is_deaf)
			ear_packet(leg, &rtp, codec);
	}
}

/* RFC 3389: passed on where it was agreed, too; made audible where the leg is decoded. */
static void comfort_noise(struct leg *leg, struct rtp *rtp)
{
	if (rtp->n == 0 || !leg->can_receive)
		return;
	decoder_expect(leg->ear, leg->codec);
	decoder_noise(leg->ear, rtp->payload, rtp->n);
	leg->is_in_noise = true;
	leg->noise_dbov = rtp->payload[0] & 0x7f;
	leg->ear_seq = (uint16_t)(rtp->seq + 1);
	if (leg->is_muted)
		return;
	recorder_heard(leg, rtp, SDP_COMFORT_NOISE, leg->thread->now_ns);
	if (leg->voice)
		to_voice(leg, rtp, SDP_COMFORT_NOISE);
	for (int i = 0; i < leg->n_heard_by; i++) {
		struct leg *to = leg->heard_by[i];
		if (!takes_noise(to, leg) || !mixer_passes(to))
			continue;
		struct rtp copy = copy_of(leg, rtp);
		out_relay_other(to, &copy, to->comfort_noise, 0, leg->thread->now_ns);
	}
}

void relay_packet(struct leg *leg, const struct rtp *packet)
{
	struct rtp rtp = *packet;

	counter_add(&leg->thread->counters.packets_in, 1);
	if (!leg->has_remote)
		return;
	report_count(leg, &rtp);
	enum sdp_codec codec = (enum sdp_codec)leg->codec_of[rtp.payload_type];
	if (leg->telephone_event != 0 && rtp.payload_type == leg->telephone_event)
		digit_event(leg, &rtp);
	else if (codec == SDP_COMFORT_NOISE)
		comfort_noise(leg, &rtp);
	else if (codec_get(codec))
		audio(leg, &rtp, codec);
}
