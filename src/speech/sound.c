/* WAV reading, resampling and levelling; see sound.h. */
#include "speech/sound.h"
#include "base/alloc.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>
#include <speex/speex_resampler.h>

#define FRAME_MS 10
#define SILENCE_RMS 60.0    /* about -55 dBFS: an engine's breath between words lies above */
#define LOUDNESS_RMS 3277.0 /* -20 dBFS */
#define PEAK_MAX 23197.0    /* -3 dBFS */
#define GAIN_MAX 10.0
#define LEAD_MS 20 /* silence left before and after */
#define TAIL_MS 100
#define FADE_MS 5
#define RESAMPLE_QUALITY 7

void sound_free(struct sound *s)
{
	alloc_free(s->samples);
	*s = (struct sound){0};
}

static unsigned le16(const uint8_t *p)
{
	return p[0] | (unsigned)p[1] << 8;
}

static uint32_t le32(const uint8_t *p)
{
	return le16(p) | (uint32_t)le16(p + 2) << 16;
}

struct format {
	unsigned channels, rate;
	const uint8_t *data;
	size_t bytes;
};

/* Walks the chunks. */
static int read_chunks(const uint8_t *p, size_t size, struct format *ret)
{
	bool has_format = false;

	if (size < 12 || memcmp(p, "RIFF", 4) != 0 || memcmp(p + 8, "WAVE", 4) != 0)
		return -EINVAL;
	for (size_t at = 12; size - at >= 8;) {
		size_t left = size - at - 8, len = le32(p + at + 4);
		const uint8_t *body = p + at + 8;
		if (memcmp(p + at, "data", 4) == 0) {
			ret->data = body;
			ret->bytes = len < left ? len : left;
			return has_format ? 0 : -EINVAL;
		}
		if (len > left)
			return -EINVAL;
		if (memcmp(p + at, "fmt ", 4) == 0) {
			if (len < 16 || le16(body) != 1 || le16(body + 14) != 16)
				return -EINVAL;
			ret->channels = le16(body + 2);
			ret->rate = le32(body + 4);
			has_format = ret->channels >= 1 && ret->channels <= 2 && ret->rate >= 8000 &&
				     ret->rate <= 48000;
		}
		at += 8 + len + (len & 1);
		if (at > size)
			break;
	}
	return -EINVAL;
}

int sound_parse_wav(const uint8_t *data, size_t size, struct sound *ret_sound)
{
	struct format f = {0};
	int err = read_chunks(data, size, &f);

	if (err < 0)
		return err;
	size_t n = f.bytes / 2 / f.channels;
	if (n > (size_t)f.rate * SOUND_SECONDS_MAX)
		return -EINVAL;
	int16_t *samples = alloc_array(n + 1, sizeof(*samples));
	if (!samples)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		const uint8_t *at = f.data + i * 2 * f.channels;
		int mixed = (int16_t)le16(at);
		if (f.channels == 2)
			mixed = (mixed + (int16_t)le16(at + 2)) / 2;
		samples[i] = (int16_t)mixed;
	}
	*ret_sound = (struct sound){.rate = (int)f.rate, .samples = samples, .n = n};
	return 0;
}

static double rms(const int16_t *samples, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (double)samples[i] * samples[i];
	return n ? sqrt(sum / (double)n) : 0;
}

static int trim(struct sound *s)
{
	size_t frame = (size_t)s->rate * FRAME_MS / 1000, first = s->n, end = 0;

	for (size_t at = 0; at < s->n; at += frame) {
		size_t n = s->n - at < frame ? s->n - at : frame;
		if (rms(s->samples + at, n) < SILENCE_RMS)
			continue;
		first = at < first ? at : first;
		end = at + n;
	}
	if (first >= end)
		return -ENODATA;
	size_t lead = (size_t)s->rate * LEAD_MS / 1000, tail = (size_t)s->rate * TAIL_MS / 1000;
	first = first > lead ? first - lead : 0;
	end = end + tail < s->n ? end + tail : s->n;
	memmove(s->samples, s->samples + first, (end - first) * sizeof(*s->samples));
	s->n = end - first;
	return 0;
}

static int resample(struct sound *s)
{
	int err = 0;

	if (s->rate == SOUND_RATE)
		return 0;
	size_t room = s->n * SOUND_RATE / (size_t)s->rate + 64;
	SpeexResamplerState *r =
		speex_resampler_init(1, (spx_uint32_t)s->rate, SOUND_RATE, RESAMPLE_QUALITY, &err);
	if (!r)
		return -ENOMEM;
	/* The filter's delay: skipped at the front, and as many zeros pushed after the end. */
	speex_resampler_skip_zeros(r);
	size_t delay = (size_t)speex_resampler_get_input_latency(r);
	int16_t *in = alloc_array(s->n + delay, sizeof(*in)),
		*out = in ? alloc_array(room, sizeof(*out)) : NULL;
	if (!out) {
		alloc_free(in);
		speex_resampler_destroy(r);
		return -ENOMEM;
	}
	memcpy(in, s->samples, s->n * sizeof(*in));
	spx_uint32_t n_in = (spx_uint32_t)(s->n + delay), n_out = (spx_uint32_t)room;
	speex_resampler_process_int(r, 0, in, &n_in, out, &n_out);
	speex_resampler_destroy(r);
	alloc_free(in);
	alloc_free(s->samples);
	*s = (struct sound){.rate = SOUND_RATE, .samples = out, .n = n_out};
	return 0;
}

/* Loudness of what is spoken, not of the pauses. */
static double spoken_rms(const struct sound *s)
{
	size_t frame = SOUND_RATE * FRAME_MS / 1000, n_spoken = 0;
	double sum = 0;

	for (size_t at = 0; at + frame <= s->n; at += frame) {
		double r = rms(s->samples + at, frame);
		if (r < SILENCE_RMS * 4)
			continue;
		sum += r * r;
		n_spoken++;
	}
	return n_spoken ? sqrt(sum / (double)n_spoken) : rms(s->samples, s->n);
}

static void level(struct sound *s)
{
	double loudness = spoken_rms(s), gain = loudness > 0 ? LOUDNESS_RMS / loudness : 1;
	size_t fade = SOUND_RATE * FADE_MS / 1000;

	if (gain > GAIN_MAX)
		gain = GAIN_MAX;
	for (size_t i = 0; i < s->n; i++) {
		size_t edge = i < s->n - 1 - i ? i : s->n - 1 - i;
		double v = s->samples[i] * gain, size = fabs(v);
		/* A soft knee above half the limit: single peaks must not hold the whole sentence down. */
		if (size > PEAK_MAX / 2)
			v = copysign(PEAK_MAX / 2 * (1 + tanh(size / (PEAK_MAX / 2) - 1)), v);
		if (edge < fade)
			v = v * (double)edge / (double)fade;
		s->samples[i] = (int16_t)lrint(v);
	}
}

int sound_prepare(struct sound *s)
{
	int err = trim(s);

	if (err == 0)
		err = resample(s);
	if (err < 0)
		return err;
	if (s->n == 0)
		return -ENODATA;
	level(s);
	return 0;
}

static void put32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

void sound_wav_header(size_t n, uint8_t ret_header[static SOUND_WAV_HEADER])
{
	static const uint8_t start[] = {'R', 'I', 'F', 'F', 0, 0, 0, 0, 'W', 'A', 'V', 'E', 'f', 'm', 't',
		' ', 16, 0, 0, 0, 1, 0, 1, 0};
	static const uint8_t middle[] = {2, 0, 16, 0, 'd', 'a', 't', 'a'};
	uint32_t bytes = (uint32_t)(n * 2);

	memset(ret_header, 0, SOUND_WAV_HEADER);
	memcpy(ret_header, start, sizeof(start));
	put32(ret_header + 4, 36 + bytes);
	put32(ret_header + 24, SOUND_RATE);
	put32(ret_header + 28, SOUND_RATE * 2);
	memcpy(ret_header + 32, middle, sizeof(middle));
	put32(ret_header + 40, bytes);
}
