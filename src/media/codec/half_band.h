/* Between 8 and 16 kHz: a half-band filter of 47 taps, up and down. Pure; no allocation. */
#pragma once
#include <stdint.h>

#define HALF_BAND_PAIRS 12
#define HALF_BAND_N_MAX 960 /* narrow samples a call: 120 ms */

struct half_band {
	int16_t past[4 * HALF_BAND_PAIRS]; /* the last samples that came in */
};

/* n samples of 8 kHz to 2n of 16 kHz. */
void half_band_up(struct half_band *h, const int16_t *narrow, int n, int16_t *ret_wide);
/* 2n samples of 16 kHz to n of 8 kHz. */
void half_band_down(struct half_band *h, const int16_t *wide, int n, int16_t *ret_narrow);
