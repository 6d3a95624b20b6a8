/* The voices of the engine behind one table: G.711, G.722, Opus; linear samples inside.
 *
 * A codec works at 8000 or 16000 samples a second, whatever the clock of its RTP timestamps says (G.722:
 * 8000, RFC 3551 section 4.5.2; Opus: 48000, RFC 7587). States are plain memory of a known size: made when a
 * command is carried out, never per packet; no function here allocates, locks or logs, but codec_init.
 *
 * Must not know: legs, packets' headers, time. */
#pragma once
#include "media/sdp/sdp.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CODEC_NARROW_HZ 8000
#define CODEC_WIDE_HZ 16000
#define CODEC_FRAME_MS 20
#define CODEC_NARROW_FRAME 160 /* samples of one tick */
#define CODEC_WIDE_FRAME 320
#define CODEC_PACKET_MS_MAX 120 /* longest packet decoded (Opus, RFC 6716 section 2.1.4) */
#define CODEC_SAMPLES_MAX (CODEC_WIDE_HZ / 1000 * CODEC_PACKET_MS_MAX)
#define CODEC_BYTES_MAX 400 /* of one encoded frame of 20 ms */

struct codec {
	enum sdp_codec codec;
	int rate_hz;	/* of the linear samples */
	int clock_hz;	/* of RTP timestamps */
	bool is_octets; /* 8 bytes a millisecond: packets may be cut and joined anywhere */
	size_t decoder_bytes, encoder_bytes; /* state; 0: none needed */
	int (*decoder_init)(void *state);    /* 0 or -EINVAL; also resets */
	int (*encoder_init)(void *state);
	/* Samples made (0..CODEC_SAMPLES_MAX), or -EINVAL: nothing to be made of these bytes. */
	int (*decode)(void *state, const uint8_t *bytes, size_t n, int16_t *ret_samples);
	/* n samples (whole 10 ms) for what was lost; next: the packet that follows, when it is there already.
	 * NULL: the caller conceals (plc.h). */
	int (*conceal)(void *state, const uint8_t *next, size_t n_next, int16_t *ret_samples, int n);
	/* One frame of 20 ms; octet codecs take any even number of samples. Bytes written. */
	int (*encode)(void *state, const int16_t *samples, int n, uint8_t *ret_bytes);
};

/* Tables that need filling. Any number of times; before anything else here. */
void codec_init(void);
/* NULL for what is no voice. */
const struct codec *codec_get(enum sdp_codec codec);
/* How long a packet is, in units of the codec's RTP clock; 20 ms when it does not say. */
uint32_t codec_packet_units(enum sdp_codec codec, const uint8_t *bytes, size_t n);
