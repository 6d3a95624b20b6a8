/* Encoding a stream in frames of 20 ms. */
#include "media/codec/encoder.h"
#include "base/alloc.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

int encoder_add_codecs(struct encoder *e, uint32_t codecs)
{
	for (int i = 0; i < SDP_CODECS; i++) {
		const struct codec *c = codecs & 1u << i ? codec_get((enum sdp_codec)i) : NULL;
		if (!c || c->encoder_bytes == 0 || e->states[i])
			continue;
		e->states[i] = alloc_zero(c->encoder_bytes);
		if (!e->states[i] || c->encoder_init(e->states[i]) < 0)
			return -ENOMEM;
	}
	return 0;
}

int encoder_new(struct encoder **ret_encoder, uint32_t codecs)
{
	struct encoder *e = alloc_zero(sizeof(*e));
	int err = e ? encoder_add_codecs(e, codecs) : -ENOMEM;

	if (err < 0) {
		encoder_free(e);
		return err;
	}
	*ret_encoder = e;
	return 0;
}

void encoder_free(struct encoder *e)
{
	for (int i = 0; e && i < SDP_CODECS; i++)
		alloc_free(e->states[i]);
	alloc_free(e);
}

void encoder_start(struct encoder *e, enum sdp_codec codec)
{
	const struct codec *c = codec_get(codec);

	assert(c && (c->encoder_bytes == 0 || e->states[codec]));
	if (e->states[codec])
		c->encoder_init(e->states[codec]);
	e->codec = c;
	e->n_waiting = 0;
}

void encoder_go_on(struct encoder *e, enum sdp_codec codec)
{
	if (!e->codec || e->codec->codec != codec)
		encoder_start(e, codec);
	e->n_waiting = 0;
}

int encoder_add(struct encoder *e, const int16_t *samples, int n, int *taken, uint8_t *ret_bytes)
{
	int frame = e->codec->rate_hz / 1000 * CODEC_FRAME_MS;
	int piece = frame - e->n_waiting < n - *taken ? frame - e->n_waiting : n - *taken;
	const int16_t *from = samples + *taken;

	*taken += piece;
	if (piece < frame) {
		memcpy(e->waiting + e->n_waiting, from, (size_t)piece * sizeof(*from));
		e->n_waiting += piece;
		if (e->n_waiting < frame)
			return 0;
		from = e->waiting;
		e->n_waiting = 0;
	}
	int bytes = e->codec->encode(e->states[e->codec->codec], from, frame, ret_bytes);
	return bytes > 0 ? bytes : 0;
}
