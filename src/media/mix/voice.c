/* One leg's voice at the tick. */
#include "media/mix/voice.h"
#include "base/alloc.h"

#include <errno.h>
#include <string.h>

#define TICK_MS CODEC_FRAME_MS
#define CONCEAL_MS_MAX 60 /* then silence */
#define WATCH_TICKS 150	  /* 3 s */
#define SPARE_MS 40	  /* always that much waiting: 20 of it are not needed */
#define SILENT_LEVEL 8	  /* mean amplitude: below -70 dBFS nobody hears it */
#define TALK_FACTOR 2.5f  /* louder than the background by 8 dB */
#define TALK_LEVEL_MIN 60
#define HANG_TICKS 25

int voice_new(struct voice **ret_voice, uint32_t codecs)
{
	struct voice *v = alloc_zero(sizeof(*v));
	int err = v ? decoder_new(&v->decoder, codecs) : -ENOMEM;

	if (err < 0) {
		voice_free(v);
		return err;
	}
	jitter_start(&v->jitter);
	v->rate_hz = CODEC_NARROW_HZ;
	v->least_ms = JITTER_DELAY_MS_MAX;
	*ret_voice = v;
	return 0;
}

void voice_free(struct voice *v)
{
	if (v)
		decoder_free(v->decoder);
	alloc_free(v);
}

void voice_follow(struct voice *v, const struct decoder *ear)
{
	decoder_follow(v->decoder, ear);
	v->up = ear->up;
	v->down = ear->down;
}

void voice_restart(struct voice *v)
{
	jitter_start(&v->jitter);
	v->n_fifo = v->dry_ms = 0;
}

void voice_packet(struct voice *v, const struct jitter_in *in)
{
	jitter_push(&v->jitter, in);
}

/* Adds the decoder's result. A change of rate throws away what waits: some milliseconds, once. */
static int take_result(struct voice *v)
{
	struct decoder *d = v->decoder;
	int room = VOICE_FIFO - v->n_fifo, n = d->n < room ? d->n : room;

	if (d->codec->rate_hz != v->rate_hz) {
		v->rate_hz = d->codec->rate_hz;
		v->n_fifo = 0;
		n = d->n;
	}
	memcpy(v->fifo + v->n_fifo, d->samples, (size_t)n * sizeof(*v->fifo));
	v->n_fifo += n;
	return d->n / (v->rate_hz / 1000);
}

static bool conceal(struct voice *v, int ms, const uint8_t *next, size_t n_next)
{
	if (decoder_conceal(v->decoder, ms, next, n_next) < 0)
		return false;
	take_result(v);
	return true;
}

static void take_packet(struct voice *v, const struct jitter_out *o)
{
	int ms = v->jitter.frame_ms;

	if (o->kind == SDP_COMFORT_NOISE) {
		decoder_noise(v->decoder, o->bytes, o->n);
		jitter_played(&v->jitter, 0);
		return;
	}
	int err = decoder_packet(v->decoder, (enum sdp_codec)o->kind, o->bytes, o->n);
	if (err == 0)
		ms = take_result(v);
	else
		conceal(v, ms, NULL, 0); /* broken is as good as lost */
	jitter_played(&v->jitter, ms);
}

/* The peer said nothing (silence suppression): nothing is missing. */
static void pause(struct voice *v, int ms)
{
	int n = v->rate_hz / 1000 * ms;

	if (v->decoder->is_noise) {
		conceal(v, ms, NULL, 0);
		return;
	}
	if (n > VOICE_FIFO - v->n_fifo)
		n = VOICE_FIFO - v->n_fifo;
	memset(v->fifo + v->n_fifo, 0, (size_t)n * sizeof(*v->fifo));
	v->n_fifo += n;
}

/* Takes from the buffer until n samples wait. */
static void fill(struct voice *v, int frames)
{
	for (int i = 0; i < JITTER_PACKETS; i++) {
		int n = v->rate_hz / 1000 * TICK_MS * frames;
		if (v->n_fifo >= n)
			return;
		struct jitter_out o = jitter_pop(&v->jitter);
		if (o.result == JITTER_NOTHING)
			return;
		if (o.result == JITTER_PACKET)
			take_packet(v, &o);
		else if (o.result == JITTER_PAUSE)
			pause(v, o.gap_ms < CONCEAL_MS_MAX ? o.gap_ms : CONCEAL_MS_MAX);
		else
			conceal(v, o.gap_ms < CONCEAL_MS_MAX ? o.gap_ms : CONCEAL_MS_MAX, o.bytes, o.n);
	}
}

/* The oldest n samples leave the queue. */
static void shift(struct voice *v, int n)
{
	v->n_fifo -= n;
	memmove(v->fifo, v->fifo + n, (size_t)v->n_fifo * sizeof(*v->fifo));
}

/* Two frames blended into one: 20 ms less delay, without a click. */
static void shorten(struct voice *v)
{
	int n = v->rate_hz / 1000 * TICK_MS;

	fill(v, 2);
	if (v->n_fifo < 2 * n)
		return;
	for (int i = 0; i < n; i++)
		v->fifo[n + i] = (int16_t)((v->fifo[i] * (n - i) + v->fifo[n + i] * i) / n);
	shift(v, n);
}

/* The more was always there, the sooner it is believed to be too much: after a burst the delay is gone in
 * seconds.
 */
static int watch_ticks(int least_ms)
{
	return least_ms >= 3 * SPARE_MS	  ? WATCH_TICKS / 6
	       : least_ms >= 2 * SPARE_MS ? WATCH_TICKS / 3
					  : WATCH_TICKS;
}

static void watch_delay(struct voice *v)
{
	int waiting_ms = jitter_waiting_ms(&v->jitter) + v->n_fifo / (v->rate_hz / 1000);

	if (waiting_ms < v->least_ms)
		v->least_ms = waiting_ms;
	if (waiting_ms <= JITTER_DELAY_MS_MAX && ++v->n_watched < watch_ticks(v->least_ms))
		return;
	if (v->least_ms >= SPARE_MS || waiting_ms > JITTER_DELAY_MS_MAX)
		shorten(v);
	v->n_watched = 0;
	v->least_ms = JITTER_DELAY_MS_MAX;
}

/* Nothing, or too little, is waiting. */
static void make_up(struct voice *v, int n)
{
	int missing_ms = (n - v->n_fifo) / (v->rate_hz / 1000);

	/* A stream that sends longer packets than a tick is not dry between them. */
	v->dry_ms += missing_ms;
	jitter_dry(&v->jitter, missing_ms);
	bool is_noise = v->decoder->is_noise;
	if ((v->dry_ms <= CONCEAL_MS_MAX || is_noise) && missing_ms > 0)
		conceal(v, missing_ms, NULL, 0);
}

static void judge(struct voice *v, int n)
{
	int64_t sum = 0;

	for (int i = 0; i < n; i++)
		sum += v->frame[i] < 0 ? -v->frame[i] : v->frame[i];
	float level = (float)sum / (float)n;
	v->has_sound = level > SILENT_LEVEL;
	/* The background: falls at once, rises by 3 dB in ten seconds. */
	v->floor = level < v->floor ? level : v->floor * 1.0007f + 0.01f;
	bool is_loud = level > TALK_LEVEL_MIN && level > v->floor * TALK_FACTOR;
	v->hang_ticks = is_loud ? HANG_TICKS : v->hang_ticks > 0 ? v->hang_ticks - 1 : 0;
	v->is_talking = v->hang_ticks > 0;
}

void voice_tick(struct voice *v, uint64_t tick)
{
	if (v->tick == tick)
		return;
	v->tick = tick;
	v->has_wide = v->has_narrow = false;
	watch_delay(v);
	fill(v, 1);
	int n = v->rate_hz / 1000 * TICK_MS;
	if (v->n_fifo < n)
		make_up(v, n);
	else
		v->dry_ms = 0;
	n = v->rate_hz / 1000 * TICK_MS; /* the same, or as it became */
	if (v->n_fifo < n) {
		memset(v->fifo + v->n_fifo, 0, (size_t)(n - v->n_fifo) * sizeof(*v->fifo));
		v->n_fifo = n;
	}
	memcpy(v->frame, v->fifo, (size_t)n * sizeof(*v->frame));
	shift(v, n);
	judge(v, n);
}

const int16_t *voice_frame(struct voice *v, int rate_hz)
{
	if (rate_hz == v->rate_hz)
		return v->frame;
	if (rate_hz == CODEC_WIDE_HZ) {
		if (!v->has_wide)
			half_band_up(&v->up, v->frame, CODEC_NARROW_FRAME, v->wide);
		v->has_wide = true;
		return v->wide;
	}
	if (!v->has_narrow)
		half_band_down(&v->down, v->frame, CODEC_NARROW_FRAME, v->narrow);
	v->has_narrow = true;
	return v->narrow;
}
