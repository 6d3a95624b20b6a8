/* What a leg's peer is sent, made from linear samples: the encoders of the codecs it may be given, and
 * samples waiting for a whole frame. Must not know: legs, packet headers, time. */
#pragma once
#include "media/codec/codec.h"

struct encoder {
	const struct codec *codec; /* in use; NULL: none yet */
	void *states[SDP_CODECS];
	int16_t waiting[CODEC_WIDE_FRAME]; /* less than a frame */
	int n_waiting;
};

/* codecs: bit 1 << sdp_codec for each it must encode. 0 or -ENOMEM. */
int encoder_new(struct encoder **ret_encoder, uint32_t codecs);
/* NULL is fine. */
void encoder_free(struct encoder *e);
/* Makes what is not there yet. 0 or -ENOMEM. */
int encoder_add_codecs(struct encoder *e, uint32_t codecs);
/* A new stream, or another codec (one it has). */
void encoder_start(struct encoder *e, enum sdp_codec codec);
/* The same after a pause: the state of a codec that goes on is kept, since the peer's decoder kept its own (a
 * G.722 encoder that begins anew cracks there). */
void encoder_go_on(struct encoder *e, enum sdp_codec codec);
/* Takes samples at the codec's rate until a frame is whole: *taken moves on; returns the frame's bytes in
 * ret_bytes (CODEC_BYTES_MAX), 0 when more is needed. */
int encoder_add(struct encoder *e, const int16_t *samples, int n, int *taken, uint8_t *ret_bytes);
