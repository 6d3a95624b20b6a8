/* The filter: windowed sinc (Kaiser, beta 6), every second tap but the middle one is zero; flat to 3.3 kHz,
 * half at 4 kHz, 60 dB down from 4.7 kHz. */
#include "media/codec/half_band.h"

#include <assert.h>
#include <string.h>

/* Taps 1, 3, 5... from the middle, times 32768; the middle one is 16384. */
static const int16_t taps[HALF_BAND_PAIRS] = {
	10384, -3332, 1851, -1175, 779, -518, 338, -213, 127, -69, 33, -13};

static int16_t clip(int32_t x)
{
	return (int16_t)(x > 32767 ? 32767 : x < -32768 ? -32768 : x);
}

void half_band_up(struct half_band *h, const int16_t *narrow, int n, int16_t *ret_wide)
{
	enum { PAST = 2 * HALF_BAND_PAIRS };
	int16_t line[PAST + HALF_BAND_N_MAX];

	assert(n <= HALF_BAND_N_MAX);
	memcpy(line, h->past, PAST * sizeof(*line));
	memcpy(line + PAST, narrow, (size_t)n * sizeof(*line));
	for (int i = 0; i < n; i++) {
		/* The middle lies between line[i + PAIRS] and the sample before it. */
		const int16_t *after = line + i + HALF_BAND_PAIRS + 1, *before = after - 1;
		int32_t sum = 0;
		for (int k = 0; k < HALF_BAND_PAIRS; k++)
			sum += taps[k] * (after[k] + before[-k]);
		ret_wide[2 * i] = *before;
		ret_wide[2 * i + 1] = clip((sum + (1 << 13)) >> 14);
	}
	memcpy(h->past, line + n, PAST * sizeof(*line));
}

void half_band_down(struct half_band *h, const int16_t *wide, int n, int16_t *ret_narrow)
{
	enum { PAST = 4 * HALF_BAND_PAIRS };
	int16_t line[PAST + 2 * HALF_BAND_N_MAX];

	assert(n <= HALF_BAND_N_MAX);
	memcpy(line, h->past, PAST * sizeof(*line));
	memcpy(line + PAST, wide, 2 * (size_t)n * sizeof(*line));
	for (int i = 0; i < n; i++) {
		const int16_t *middle = line + 2 * i + 2 * HALF_BAND_PAIRS;
		int32_t sum = 16384 * middle[0];
		for (int k = 0; k < HALF_BAND_PAIRS; k++)
			sum += taps[k] * (middle[2 * k + 1] + middle[-2 * k - 1]);
		ret_narrow[i] = clip((sum + (1 << 14)) >> 15);
	}
	memcpy(h->past, line + 2 * n, PAST * sizeof(*line));
}
