/* What one leg says, in step with the tick: jitter buffer, decoder, concealment. Made for a leg while
 * somebody hears it mixed; decoded once for all who do.
 *
 * The delay adapts between one packet and JITTER_DELAY_MS_MAX: it grows when the buffer runs dry and is cut,
 * 20 ms at a time and blended, when for some seconds more than needed was waiting.
 *
 * Must not know: legs, who hears. */
#pragma once
#include "media/codec/decoder.h"
#include "media/mix/jitter.h"

#define VOICE_FIFO (CODEC_SAMPLES_MAX + 2 * CODEC_WIDE_FRAME)

struct voice {
	struct jitter jitter;
	struct decoder *decoder;
	int rate_hz; /* of the samples waiting */
	int16_t fifo[VOICE_FIFO];
	int n_fifo;
	int dry_ms;		 /* in a row */
	int least_ms, n_watched; /* least waiting in this window of ticks */
	/* this tick */
	uint64_t tick;
	bool has_sound; /* not silent: belongs in a sum */
	bool has_wide, has_narrow;
	int16_t frame[CODEC_WIDE_FRAME]; /* at rate_hz */
	int16_t narrow[CODEC_NARROW_FRAME], wide[CODEC_WIDE_FRAME];
	struct half_band up, down;
	/* talking or not, for large conferences */
	float floor; /* level of the background */
	int hang_ticks;
	bool is_talking;
};

/* codecs as for decoder_new. 0 or -ENOMEM. */
int voice_new(struct voice **ret_voice, uint32_t codecs);
/* NULL is fine. */
void voice_free(struct voice *v);
/* Goes on where a decoder of the same packets is. */
void voice_follow(struct voice *v, const struct decoder *ear);
/* Forgets what waits: the next packet is the first. */
void voice_restart(struct voice *v);
/* A packet of the leg: audio, or SDP_COMFORT_NOISE. */
void voice_packet(struct voice *v, const struct jitter_in *in);
/* Makes the frame of this tick; a second time for the same tick does nothing. */
void voice_tick(struct voice *v, uint64_t tick);
/* The frame of this tick at 8 kHz (CODEC_NARROW_FRAME) or 16 kHz (CODEC_WIDE_FRAME). */
const int16_t *voice_frame(struct voice *v, int rate_hz);
/* Whether anything came lately. */
static inline bool voice_is_alive(const struct voice *v)
{
	return v->n_fifo > 0 || v->jitter.n_packets > 0;
}
