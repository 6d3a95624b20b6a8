/* Power of one frequency, in double so that windows of a second stay exact. */
#include "media/detect/tone_meter.h"

#include <math.h>
#include <string.h>

#define FLOOR_DB -120.0

void tone_meter_start(struct tone_meter *g, int frequency_hz, int rate_hz)
{
	memset(g, 0, sizeof(*g));
	g->coefficient = 2 * cos(2 * M_PI * frequency_hz / rate_hz);
}

void tone_meter_add(struct tone_meter *g, const int16_t *samples, size_t n)
{
	double s1 = g->s1, s2 = g->s2, energy = g->energy, coefficient = g->coefficient;

	for (size_t i = 0; i < n; i++) {
		double x = samples[i] / 32768.0, s = x + coefficient * s1 - s2;
		s2 = s1;
		s1 = s;
		energy += x * x;
	}
	g->s1 = s1;
	g->s2 = s2;
	g->energy = energy;
	g->n += n;
}

static float to_db(double ratio)
{
	double db = ratio > 0 ? 10 * log10(ratio) : FLOOR_DB;

	return (float)(db < FLOOR_DB ? FLOOR_DB : db);
}

void tone_meter_result(const struct tone_meter *g, float *ret_tone_db, float *ret_level_db)
{
	double n = (double)g->n;
	double power = g->s1 * g->s1 + g->s2 * g->s2 - g->coefficient * g->s1 * g->s2;

	/* A sine of amplitude a over n samples: power = (a n / 2)^2, energy = a^2 n / 2. */
	*ret_tone_db = g->energy > 1e-9 ? to_db(2 * power / (n * g->energy)) : (float)FLOOR_DB;
	*ret_level_db = g->n > 0 ? to_db(2 * g->energy / n) : (float)FLOOR_DB;
}
