/* The way of a packet through the engine. The hot path: no allocation, lock or log. */
#include "media/relay.h"
#include "media/fax/fax.h"
#include "media/leg.h"
#include "media/out.h"
#include "media/record/recorder.h"
#include "media/rtp/report.h"

#include <string.h>

#define SAME_PRESS_NS (500 * INT64_C(1000000))
#define STATIC_PCMU 0
#define STATIC_PCMA 8

void relay_press(struct leg *leg, struct dtmf_press press, bool is_inband)
{
	int64_t now_ns = leg->thread->now_ns;
	struct dtmf_in *in = &leg->dtmf_in;

	if (press.digit == 0)
		return;
	/* Some peers send both the event and its tone. */
	if (is_inband && (in->is_active || (in->last_digit == press.digit && in->reported_ns > 0 &&
						   now_ns - in->reported_ns < SAME_PRESS_NS)))
		return;
	struct media_event e = {.kind = MEDIA_DTMF, .group = leg->group, .leg = leg->id};
	e.dtmf.digit = press.digit;
	e.dtmf.is_inband = is_inband;
	e.dtmf.duration_ms = press.duration_ms;
	engine_event(leg->thread->media, &e);
}

/* Where what the leg says goes now; NULL: nowhere. */
static struct leg *listener(struct leg *leg)
{
	struct leg *to = leg->bridge;
	bool is_free = to && to->is_ready && to->can_send && !to->dtmf_out.is_on &&
		       (!to->player.is_on || to->player.is_loading);

	return is_free ? to : NULL;
}

static void digit_event(struct leg *leg, struct rtp *rtp)
{
	struct dtmf_press before;
	bool is_new;
	struct leg *to = leg->is_muted ? NULL : leg->bridge;
	struct dtmf_press press = dtmf_in_packet(&leg->dtmf_in, rtp, leg->thread->now_ns, &before, &is_new);

	relay_press(leg, before, false);
	relay_press(leg, press, false);
	if (is_new && !leg->is_muted)
		recorder_pressed(leg, leg->thread->now_ns);
	if (!to || !to->is_ready || !to->can_send)
		return;
	if (to->telephone_event != 0) {
		if (listener(leg))
			out_relay_event(to, rtp, leg->thread->now_ns);
	} else if (is_new) {
		char digit[2] = {leg->dtmf_in.digit, 0};
		dtmf_out_add(&to->dtmf_out, digit, 0);
	}
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

static void analyse(struct leg *leg, const struct rtp *rtp, int law)
{
	int16_t samples[RTP_AUDIO_MAX];

	law_decode_n(law, rtp->payload, samples, rtp->n);
	if (leg->fax)
		fax_heard(leg, samples, rtp->n, rtp->ts);
	if (leg->tone.is_on)
		measure_tone(leg, samples, rtp->n);
	if (leg->inband)
		relay_press(leg, dtmf_inband_add(leg->inband, samples, (int)rtp->n), true);
}

static void audio(struct leg *leg, struct rtp *rtp, int law)
{
	int64_t now_ns = leg->thread->now_ns;

	if (rtp->n == 0 || rtp->n > RTP_AUDIO_MAX || !leg->can_receive)
		return;
	if (leg->tone.is_on || leg->inband || leg->fax)
		analyse(leg, rtp, law);
	if (leg->is_muted || leg->fax)
		return;
	recorder_heard(leg, rtp, law, now_ns);
	struct leg *to = listener(leg);
	if (to)
		out_relay_audio(to, rtp, law, now_ns);
}

void relay_packet(struct leg *leg, const struct rtp *packet)
{
	struct rtp rtp = *packet;

	counter_add(&leg->thread->counters.packets_in, 1);
	report_count(leg, &rtp);
	/* Peers may use any law they offered at any time; the static numbers say which. */
	if (leg->telephone_event != 0 && rtp.payload_type == leg->telephone_event)
		digit_event(leg, &rtp);
	else if (rtp.payload_type == leg->payload_type)
		audio(leg, &rtp, leg->law);
	else if (rtp.payload_type == STATIC_PCMU || rtp.payload_type == STATIC_PCMA)
		audio(leg, &rtp, rtp.payload_type == STATIC_PCMA);
}
