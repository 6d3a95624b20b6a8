/* The table of voices. G.711 by tables, G.722 by spandsp, Opus by libopus; the latter two keep their state in
 * memory of ours and allocate nothing once it is set up (proven by test_quiet.c). */
#include "media/codec/codec.h"
#include "media/codec/law.h"

#include <errno.h>
#include <opus/opus.h>
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wstrict-prototypes"
#define SPANDSP_EXPOSE_INTERNAL_STRUCTURES 1
#include <spandsp.h>
#pragma GCC diagnostic pop

#define G722_BIT_RATE 64000
#define OPUS_BIT_RATE                                                                                        \
	28000		     /* wideband speech is transparent from about 24 kbit/s (RFC 7587 section 3.1.1) \
			      */
#define OPUS_COMPLEXITY 3    /* docs/internals/media.md has the measurement */
#define OPUS_LOSS_PERCENT 10 /* what in-band FEC is dimensioned for */

static int octets_decode(int law, const uint8_t *bytes, size_t n, int16_t *ret_samples)
{
	size_t taken = n < CODEC_SAMPLES_MAX / 2 ? n : CODEC_SAMPLES_MAX / 2;

	law_decode_n(law, bytes, ret_samples, taken);
	return (int)taken;
}

static int pcmu_decode(void *state, const uint8_t *bytes, size_t n, int16_t *ret_samples)
{
	(void)state;
	return octets_decode(0, bytes, n, ret_samples);
}

static int pcma_decode(void *state, const uint8_t *bytes, size_t n, int16_t *ret_samples)
{
	(void)state;
	return octets_decode(1, bytes, n, ret_samples);
}

static int pcmu_encode(void *state, const int16_t *samples, int n, uint8_t *ret_bytes)
{
	(void)state;
	law_encode_n(0, samples, ret_bytes, (size_t)n);
	return n;
}

static int pcma_encode(void *state, const int16_t *samples, int n, uint8_t *ret_bytes)
{
	(void)state;
	law_encode_n(1, samples, ret_bytes, (size_t)n);
	return n;
}

static int wide_decoder_init(void *state)
{
	return g722_decode_init(state, G722_BIT_RATE, 0) ? 0 : -EINVAL;
}

static int wide_encoder_init(void *state)
{
	return g722_encode_init(state, G722_BIT_RATE, 0) ? 0 : -EINVAL;
}

static int wide_decode(void *state, const uint8_t *bytes, size_t n, int16_t *ret_samples)
{
	size_t taken = n < CODEC_SAMPLES_MAX / 2 ? n : CODEC_SAMPLES_MAX / 2;

	return g722_decode(state, ret_samples, bytes, (int)taken);
}

static int wide_encode(void *state, const int16_t *samples, int n, uint8_t *ret_bytes)
{
	return g722_encode(state, ret_bytes, samples, n);
}

static int opus_in_init(void *state)
{
	return opus_decoder_init(state, CODEC_WIDE_HZ, 1) == OPUS_OK ? 0 : -EINVAL;
}

static int opus_out_init(void *state)
{
	if (opus_encoder_init(state, CODEC_WIDE_HZ, 1, OPUS_APPLICATION_VOIP) != OPUS_OK)
		return -EINVAL;
	opus_encoder_ctl(state, OPUS_SET_BITRATE(OPUS_BIT_RATE));
	opus_encoder_ctl(state, OPUS_SET_COMPLEXITY(OPUS_COMPLEXITY));
	opus_encoder_ctl(state, OPUS_SET_INBAND_FEC(1));
	opus_encoder_ctl(state, OPUS_SET_PACKET_LOSS_PERC(OPUS_LOSS_PERCENT));
	opus_encoder_ctl(state, OPUS_SET_DTX(0));
	return 0;
}

static int opus_in(void *state, const uint8_t *bytes, size_t n, int16_t *ret_samples)
{
	int made = opus_decode(state, bytes, (opus_int32)n, ret_samples, CODEC_SAMPLES_MAX, 0);

	return made < 0 ? -EINVAL : made;
}

/* The next packet may carry the lost one a second time, coarsely (RFC 6716 section 2.1.7). */
static int opus_conceal(void *state, const uint8_t *next, size_t n_next, int16_t *ret_samples, int n)
{
	int made = -1;

	if (next)
		made = opus_decode(state, next, (opus_int32)n_next, ret_samples, n, 1);
	if (made < 0)
		made = opus_decode(state, NULL, 0, ret_samples, n, 0);
	return made < 0 ? -EINVAL : made;
}

static int opus_out(void *state, const int16_t *samples, int n, uint8_t *ret_bytes)
{
	int made = opus_encode(state, samples, n, ret_bytes, CODEC_BYTES_MAX);

	return made < 0 ? -EINVAL : made;
}

static struct codec codecs[] = {
	{SDP_PCMU, CODEC_NARROW_HZ, 8000, true, 0, 0, NULL, NULL, pcmu_decode, NULL, pcmu_encode},
	{SDP_PCMA, CODEC_NARROW_HZ, 8000, true, 0, 0, NULL, NULL, pcma_decode, NULL, pcma_encode},
	{SDP_G722, CODEC_WIDE_HZ, 8000, true, sizeof(g722_decode_state_t), sizeof(g722_encode_state_t),
		wide_decoder_init, wide_encoder_init, wide_decode, NULL, wide_encode},
	{SDP_OPUS, CODEC_WIDE_HZ, 48000, false, 0, 0, opus_in_init, opus_out_init, opus_in, opus_conceal,
		opus_out},
};

void codec_init(void)
{
	law_init();
}

/* The sizes of Opus are known at run time only. */
__attribute__((constructor)) static void measure_opus(void)
{
	codecs[3].decoder_bytes = (size_t)opus_decoder_get_size(1);
	codecs[3].encoder_bytes = (size_t)opus_encoder_get_size(1);
}

const struct codec *codec_get(enum sdp_codec codec)
{
	for (size_t i = 0; i < sizeof(codecs) / sizeof(codecs[0]); i++)
		if (codecs[i].codec == codec)
			return &codecs[i];
	return NULL;
}

uint32_t codec_packet_units(enum sdp_codec codec, const uint8_t *bytes, size_t n)
{
	if (codec != SDP_OPUS)
		return (uint32_t)n;
	int units = opus_packet_get_nb_samples(bytes, (opus_int32)n, 48000);

	return units > 0 ? (uint32_t)units : 48000 / 1000 * CODEC_FRAME_MS;
}
