/* Decoding a stream. */
#include "media/codec/decoder.h"
#include "base/alloc.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#define NOISE_DBOV_MAX 90 /* quieter is nothing */

static int make_state(struct decoder *d, enum sdp_codec codec)
{
	const struct codec *c = codec_get(codec);

	if (!c || c->decoder_bytes == 0)
		return 0;
	d->states[codec] = alloc_zero(c->decoder_bytes);
	if (!d->states[codec])
		return -ENOMEM;
	return c->decoder_init(d->states[codec]);
}

int decoder_new(struct decoder **ret_decoder, uint32_t codecs)
{
	struct decoder *d = alloc_zero(sizeof(*d));
	int err = d ? 0 : -ENOMEM;

	codecs |= 1u << SDP_G722;
	for (int codec = 0; codec < SDP_CODECS && err == 0; codec++)
		if (codecs & 1u << codec)
			err = make_state(d, (enum sdp_codec)codec);
	if (err < 0) {
		decoder_free(d);
		return err;
	}
	d->chance = 1;
	*ret_decoder = d;
	return 0;
}

void decoder_free(struct decoder *d)
{
	for (int codec = 0; d && codec < SDP_CODECS; codec++)
		alloc_free(d->states[codec]);
	alloc_free(d);
}

void decoder_reset(struct decoder *d)
{
	for (int codec = 0; codec < SDP_CODECS; codec++)
		if (d->states[codec])
			codec_get((enum sdp_codec)codec)->decoder_init(d->states[codec]);
	d->codec = NULL;
	d->is_noise = false;
	d->n = 0;
}

bool decoder_takes(const struct decoder *d, enum sdp_codec codec)
{
	const struct codec *c = codec_get(codec);

	return c && (c->decoder_bytes == 0 || d->states[codec]);
}

int decoder_packet(struct decoder *d, enum sdp_codec codec, const uint8_t *bytes, size_t n)
{
	if (!decoder_takes(d, codec))
		return -ENOTSUP;
	const struct codec *c = codec_get(codec);
	if (c != d->codec) {
		if (d->states[codec])
			c->decoder_init(d->states[codec]);
		if (!d->codec || d->codec->rate_hz != c->rate_hz)
			plc_start(&d->plc, c->rate_hz);
		d->codec = c;
	}
	int made = n > 0 ? c->decode(d->states[codec], bytes, n, d->samples) : -EINVAL;
	if (made <= 0)
		return -EINVAL;
	d->n = made;
	d->is_noise = false;
	if (!c->conceal)
		plc_heard(&d->plc, d->samples, made);
	return 0;
}

/* White noise of the level asked for: a telephone's ear does not tell its colour at these levels. */
static void make_noise(struct decoder *d, int n)
{
	for (int i = 0; i < n; i++) {
		d->chance = d->chance * 1664525u + 1013904223u;
		d->samples[i] = (int16_t)(((int32_t)(d->chance >> 16) - 32768) * d->noise_level / 32768);
	}
	d->n = n;
}

int decoder_conceal(struct decoder *d, int ms, const uint8_t *next, size_t n_next)
{
	if (!d->codec || ms < 1 || ms > CODEC_PACKET_MS_MAX)
		return -EINVAL;
	const struct codec *c = d->codec;
	int n = c->rate_hz / 1000 * ms;

	if (d->is_noise) {
		make_noise(d, n);
		return 0;
	}
	if (c->conceal) {
		int made = c->conceal(d->states[c->codec], next, n_next, d->samples, n);
		if (made < 0)
			memset(d->samples, 0, (size_t)n * sizeof(*d->samples));
	} else {
		plc_lost(&d->plc, d->samples, n);
	}
	d->n = n;
	return 0;
}

/* States of spandsp and libopus are flat memory without pointers into themselves (opus_decoder.h promises
 * it). */
void decoder_follow(struct decoder *d, const struct decoder *from)
{
	for (int codec = 0; codec < SDP_CODECS; codec++)
		if (d->states[codec] && from->states[codec])
			memcpy(d->states[codec], from->states[codec],
				codec_get((enum sdp_codec)codec)->decoder_bytes);
	d->codec = from->codec && decoder_takes(d, from->codec->codec) ? from->codec : NULL;
	d->plc = from->plc;
	d->up = from->up;
	d->down = from->down;
	d->is_noise = from->is_noise;
	d->noise_level = from->noise_level;
}

void decoder_expect(struct decoder *d, enum sdp_codec codec)
{
	if (d->codec || !decoder_takes(d, codec))
		return;
	d->codec = codec_get(codec);
	plc_start(&d->plc, d->codec->rate_hz);
}

void decoder_noise(struct decoder *d, const uint8_t *bytes, size_t n)
{
	static const int16_t amplitudes[] = {32767, 18426, 10362, 5827, 3277, 1843, 1036, 583, 328, 184, 104,
		58, 33, 18, 10, 6, 3, 2, 1}; /* every 5 dB */
	int dbov = n > 0 ? bytes[0] & 0x7f : NOISE_DBOV_MAX;

	if (dbov > NOISE_DBOV_MAX)
		dbov = NOISE_DBOV_MAX;
	/* Nobody's silence is loud: a peer that says so means to hurt. */
	if (dbov < 30)
		dbov = 30;
	d->noise_level = amplitudes[dbov / 5];
	d->is_noise = true;
}

int decoder_narrow(struct decoder *d, int16_t *ret_samples)
{
	if (d->codec && d->codec->rate_hz == CODEC_WIDE_HZ) {
		half_band_down(&d->down, d->samples, d->n / 2, ret_samples);
		return d->n / 2;
	}
	memcpy(ret_samples, d->samples, (size_t)d->n * sizeof(*ret_samples));
	return d->n;
}

int decoder_wide(struct decoder *d, int16_t *ret_samples)
{
	if (d->codec && d->codec->rate_hz == CODEC_NARROW_HZ) {
		half_band_up(&d->up, d->samples, d->n, ret_samples);
		return 2 * d->n;
	}
	memcpy(ret_samples, d->samples, (size_t)d->n * sizeof(*ret_samples));
	return d->n;
}
