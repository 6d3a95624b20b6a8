/* One source of a recording (what one leg says): where its frames belong in time, their decoding, and keys
 * that must not be heard. Writer's thread only. */
#pragma once
#include "media/codec/decoder.h"
#include "media/record/mask.h"
#include "media/sdp/sdp.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRACK_SAMPLES_MAX 2880 /* of one frame: 60 ms at 48 kHz */

/* A frame as it lies in the ring, its encoded payload behind it. */
struct frame {
	int64_t at; /* arrival, in samples since the start of the recording */
	uint64_t leg;
	uint32_t ts, ssrc;
	uint16_t seq, n; /* n: bytes of payload */
	uint8_t channel, codec;
	bool is_key; /* no sound: a key was pressed (RFC 4733), its tone may have leaked */
};
/* Where the frames of one source belong: position = timestamp + offset. The offset follows the earliest
 * arrivals, so that jitter does not move the sound and a peer's clock that runs fast or slow does not part
 * the channels. */
struct placement {
	bool is_started;
	uint32_t ssrc, base_ts;
	int64_t base_at;
	int64_t earliest; /* least arrival minus position of this window */
	int n;		  /* frames in this window */
};
struct track {
	uint64_t leg; /* 0: unused */
	uint8_t channel;
	int64_t used_at; /* arrival of its newest frame */
	struct placement place;
	uint16_t seq_high; /* replay window: a frame heard twice is added once */
	uint64_t seen;
	int16_t last; /* the sample before, for rising to the recording's rate */
	struct mask mask;
	struct decoder *decoder; /* NULL: only G.711 was heard so far */
};
/* Frees what the track owns; it is unused then. */
void track_forget(struct track *t);

/* The position of a frame in samples of rate_hz, or negative: it was heard already. */
int64_t track_place(struct track *t, const struct frame *f, int rate_hz);
/* Decodes the frame to samples of rate_hz (room for TRACK_SAMPLES_MAX). How many; 0: not decodable. */
size_t track_decode(
	struct track *t, const struct frame *f, const uint8_t *payload, int rate_hz, int16_t *ret_samples);
