/* See track.h. */
#include "media/record/track.h"
#include "media/codec/law.h"

#define JUMP_S 2	 /* a timestamp further off its arrival than this is a new beginning */
#define DRIFT_FRAMES 100 /* arrivals are judged once per so many frames */
#define DRIFT_PER_S 200	 /* 1/200 s = 5 ms */
#define SEEN_MAX 64

/* Samples of the RTP clock a second (RFC 3551: G.722 counts 8000 though it has 16000). */
static int clock_hz(enum sdp_codec codec)
{
	const struct codec *c = codec_get(codec);

	return c ? c->clock_hz : LAW_RATE_HZ;
}

void track_forget(struct track *t)
{
	decoder_free(t->decoder);
	*t = (struct track){0};
}

/* Whether this number was taken already; one too old to know counts as taken. */
static bool is_repeated(struct track *t, uint16_t seq)
{
	int16_t ahead = (int16_t)(seq - t->seq_high);

	if (ahead > 0) {
		t->seen = ahead >= SEEN_MAX ? 0 : t->seen << ahead;
		t->seq_high = seq;
		t->seen |= 1;
		return false;
	}
	if (ahead <= -SEEN_MAX)
		return true;
	uint64_t bit = UINT64_C(1) << -ahead;
	bool was = t->seen & bit;
	t->seen |= bit;
	return was;
}

static void begin_anew(struct track *t, const struct frame *f)
{
	t->place =
		(struct placement){.is_started = true, .ssrc = f->ssrc, .base_ts = f->ts, .base_at = f->at};
	t->seq_high = f->seq;
	t->seen = 1;
}

/* Over each window of frames the least delay is measured; when it wandered off by more than a few
 * milliseconds (skewed clocks), the placement moves by as much. */
int64_t track_place(struct track *t, const struct frame *f, int rate_hz)
{
	struct placement *p = &t->place;
	int64_t drift_max = rate_hz / DRIFT_PER_S, jump_max = (int64_t)JUMP_S * rate_hz;
	int64_t step = (int64_t)(int32_t)(f->ts - p->base_ts) * rate_hz / clock_hz((enum sdp_codec)f->codec);
	int64_t position = p->base_at + step, late = f->at - position;

	if (!p->is_started || p->ssrc != f->ssrc || late > jump_max || late < -jump_max) {
		begin_anew(t, f);
		return f->at;
	}
	if (is_repeated(t, f->seq))
		return -1;
	p->base_ts = f->ts;
	p->base_at = position;
	if (p->n == 0 || late < p->earliest)
		p->earliest = late;
	/* Ahead of its arrival nothing can have been said: that is corrected at once. */
	if (late < -drift_max || ++p->n == DRIFT_FRAMES) {
		if (p->earliest > drift_max || p->earliest < -drift_max)
			p->base_at += p->earliest;
		p->n = 0;
	}
	return position;
}

/* Twice the rate, with the mean of its neighbours between two samples. */
static size_t rise(struct track *t, const int16_t *samples, size_t n, int16_t *ret_samples)
{
	for (size_t i = 0; i < n; i++) {
		ret_samples[2 * i] = (int16_t)((t->last + samples[i]) / 2);
		ret_samples[2 * i + 1] = t->last = samples[i];
	}
	return 2 * n;
}

/* Anything but G.711, by the engine's own decoder; made when it is first needed. */
static size_t decode_other(
	struct track *t, const struct frame *f, const uint8_t *payload, int rate_hz, int16_t *ret_samples)
{
	enum sdp_codec codec = (enum sdp_codec)f->codec;

	if (!codec_get(codec))
		return 0; /* comfort noise: silence will do */
	if (t->decoder && !decoder_takes(t->decoder, codec)) {
		decoder_free(t->decoder);
		t->decoder = NULL;
	}
	if (!t->decoder && decoder_new(&t->decoder, 1u << codec) < 0)
		return 0;
	if (decoder_packet(t->decoder, codec, payload, f->n) < 0)
		return 0;
	int n = rate_hz == CODEC_WIDE_HZ ? decoder_wide(t->decoder, ret_samples)
					 : decoder_narrow(t->decoder, ret_samples);
	return n > 0 ? (size_t)n : 0;
}

size_t track_decode(
	struct track *t, const struct frame *f, const uint8_t *payload, int rate_hz, int16_t *ret_samples)
{
	int16_t narrow[TRACK_SAMPLES_MAX / 2];
	size_t n = f->n;

	if (f->codec != SDP_PCMU && f->codec != SDP_PCMA)
		return decode_other(t, f, payload, rate_hz, ret_samples);
	if (n > TRACK_SAMPLES_MAX / 2)
		return 0;
	if (rate_hz == LAW_RATE_HZ) {
		law_decode_n(law_index((enum sdp_codec)f->codec), payload, ret_samples, n);
		return n;
	}
	law_decode_n(law_index((enum sdp_codec)f->codec), payload, narrow, n);
	return rise(t, narrow, n, ret_samples);
}
