/* What a peer says, made linear: decodes packets of any of the codecs it may use, conceals what is lost,
 * makes comfort noise (RFC 3389), and gives both 8 and 16 kHz.
 *
 * One decoder follows one stream in order; states of all codecs of the leg are made with it, so that a change
 * of payload type costs nothing. Must not know: legs, packet headers, time. */
#pragma once
#include "media/codec/codec.h"
#include "media/codec/half_band.h"
#include "media/codec/plc.h"

struct decoder {
	const struct codec *codec; /* of the last packet; NULL: none yet */
	void *states[SDP_CODECS];  /* of codecs that need one; NULL: not made */
	struct plc plc;		   /* of codecs without own concealment */
	struct half_band up, down;
	bool is_noise;	 /* comfort noise, not loss, fills the gaps */
	int noise_level; /* amplitude of it */
	uint32_t chance;
	int16_t samples[CODEC_SAMPLES_MAX]; /* the last result */
	int n;				    /* samples of it, at codec->rate_hz */
};

/* codecs: bit 1 << sdp_codec for each it must decode (G.711 and G.722 are always ready). 0 or -ENOMEM. */
int decoder_new(struct decoder **ret_decoder, uint32_t codecs);
/* NULL is fine. */
void decoder_free(struct decoder *d);
/* A new stream begins: nothing is remembered. */
void decoder_reset(struct decoder *d);
/* Whether packets of this codec can be decoded. */
bool decoder_takes(const struct decoder *d, enum sdp_codec codec);
/* The result is in samples and n. 0; -EINVAL: nothing can be made of the bytes (conceal instead); -ENOTSUP.
 */
int decoder_packet(struct decoder *d, enum sdp_codec codec, const uint8_t *bytes, size_t n);
/* ms (10..60) of what is missing; next: the packet behind it, or NULL. 0, or -EINVAL before any packet. */
int decoder_conceal(struct decoder *d, int ms, const uint8_t *next, size_t n_next);
/* d goes on where `from` is: what both can decode, concealment and noise. */
void decoder_follow(struct decoder *d, const struct decoder *from);
/* What the stream will speak, where nothing was decoded yet: noise before any packet has a rate. */
void decoder_expect(struct decoder *d, enum sdp_codec codec);
/* A comfort noise packet: from now on gaps are noise of its level. */
void decoder_noise(struct decoder *d, const uint8_t *bytes, size_t n);
/* The last result at another rate: samples written (at most CODEC_SAMPLES_MAX). Once for each result and
 * rate. */
int decoder_narrow(struct decoder *d, int16_t *ret_samples);
int decoder_wide(struct decoder *d, int16_t *ret_samples);
