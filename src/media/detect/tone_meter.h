/* How much of one frequency is in a signal (Goertzel's algorithm), beside the level of the whole. Pure, no
 * allocation. */
#pragma once
#include <stddef.h>
#include <stdint.h>

struct tone_meter {
	double coefficient, s1, s2, energy;
	size_t n;
};

void tone_meter_start(struct tone_meter *g, int frequency_hz, int rate_hz);
void tone_meter_add(struct tone_meter *g, const int16_t *samples, size_t n);
/* tone_db: power of the frequency relative to the whole signal (0 = a pure tone); level_db: of the whole,
 * relative to a full-scale sine. Both are -120 for silence or no sample. Does not restart g. */
void tone_meter_result(const struct tone_meter *g, float *ret_tone_db, float *ret_level_db);
