/* How much of one frequency is in a signal (Goertzel's algorithm), beside the level of the whole. Pure, no
 * allocation. */
#pragma once
#include <stddef.h>
#include <stdint.h>

struct goertzel {
	double coefficient, s1, s2, energy;
	size_t n;
};

void goertzel_start(struct goertzel *g, int frequency_hz, int rate_hz);
void goertzel_add(struct goertzel *g, const int16_t *samples, size_t n);
/* tone_db: power of the frequency relative to the whole signal (0 = a pure tone); level_db: of the whole,
 * relative to a full-scale sine. Both are -120 for silence or no sample. Does not restart g. */
void goertzel_result(const struct goertzel *g, float *ret_tone_db, float *ret_level_db);
