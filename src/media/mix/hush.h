/* What a leg sends while it has nothing to say: comfort noise (RFC 3389) instead of silent frames, to a peer
 * that agreed to it and where the owner wishes it (leg->is_noise_sent).
 *
 * Invariants: noise is told only of silence that is known (nobody is heard, who is heard is muted or cannot
 * be heard, the sum or the sound is nothing but zeros): a source that merely stopped is left alone, its
 * packets may be late. Keys, fax machines and sounds that begin within the tick go first. What leg says, and
 * so every mix and recording, is untouched. On the leg's audio thread: no allocation, lock or log. */
#pragma once
#include "media/engine.h"

/* Whether noise may be told to leg at all: its peer and its owner agreed, and the voice has noise's clock. */
static inline bool hush_is_agreed(const struct leg *leg)
{
	return leg->is_noise_sent && leg->comfort_noise != 0 && leg->clock_hz == 8000;
}
/* A frame of ours for leg is made, silent or not. True: it must not be sent, silence lasts and is told. */
bool hush_takes(struct leg *leg, bool is_silent);
/* Whether n samples are nothing but zeros. */
bool hush_is_silence(const int16_t *samples, int n);
/* The same as hush_takes, of n samples, looked at only where it matters. */
bool hush_takes_samples(struct leg *leg, const int16_t *samples, int n);
/* The end of a tick: tells the noise when silence begins, changes its level, or goes on. */
void hush_tick(struct leg *leg, int64_t now_ns);
/* Whether noise of `from` is told to leg by the above, neither passed on nor made. */
bool hush_tells_noise_of(const struct leg *leg, const struct leg *from);
