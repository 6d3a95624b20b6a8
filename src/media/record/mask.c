/* See mask.h. Goertzel's algorithm at the eight frequencies over blocks of 12.75 ms; a block in which one low
 * and one high tone hold most of the energy might be a key, two such blocks in a row are one. */
#include "media/record/mask.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define BLOCK_PER_8K 102
#define ENERGY_SHARE 0.6	  /* of the block, in the two strongest */
#define LEVEL_MIN (100.0 * 100.0) /* mean square; about -50 dBFS */
#define TWIST_MAX 25.0		  /* one tone over the other, as energy: 14 dB */

/* The four low tones, or the four high ones, at once: this runs over every sample recorded. */
typedef float quad __attribute__((vector_size(16)));

static const double tones[MASK_TONES] = {697, 770, 852, 941, 1209, 1336, 1477, 1633};

static void begin_block(struct mask *m, int64_t position)
{
	m->n = 0;
	m->sum = 0;
	memset(m->state, 0, sizeof(m->state));
	m->begin = position;
}

static double strongest(const double *energy)
{
	double max = 0;

	for (int i = 0; i < MASK_TONES / 2; i++)
		max = energy[i] > max ? energy[i] : max;
	return max;
}

static bool might_be_key(const struct mask *m)
{
	double energy[MASK_TONES];

	if (m->sum / m->n < LEVEL_MIN)
		return false;
	for (int i = 0; i < MASK_TONES; i++) {
		double c = m->coefficient[i], a = m->state[0][i], b = m->state[1][i];
		energy[i] = (a * a + b * b - c * a * b) * 2 / m->n; /* as the sum of squares of that tone */
	}
	double low = strongest(energy), high = strongest(energy + MASK_TONES / 2);
	return low + high > ENERGY_SHARE * m->sum && low < TWIST_MAX * high && high < TWIST_MAX * low;
}

static void end_block(struct mask *m, struct mask_span *span)
{
	bool is_tone = might_be_key(m);
	int64_t end = m->begin + m->n;

	if (is_tone && !m->was_tone)
		m->tone_from = m->begin;
	if (is_tone && m->was_tone) {
		int64_t from = m->tone_from - (int64_t)MASK_BEFORE_MS * m->rate_hz / 1000;
		int64_t to = end + (int64_t)MASK_AFTER_MS * m->rate_hz / 1000;
		span->from = span->to <= span->from || from < span->from ? from : span->from;
		span->to = to > span->to ? to : span->to;
	}
	m->was_tone = is_tone;
}

static void tune(struct mask *m, int rate_hz)
{
	m->rate_hz = rate_hz;
	m->n = 0;
	for (int i = 0; i < MASK_TONES; i++)
		m->coefficient[i] = (float)(2 * cos(2 * M_PI * tones[i] / rate_hz));
}

static quad load(const float *at)
{
	quad q;

	memcpy(&q, at, sizeof(q));
	return q;
}

static void store(float *at, quad q)
{
	memcpy(at, &q, sizeof(q));
}

/* n samples of one block. The sample less the state before comes first: only c * last waits for the round
 * before. */
static void filter(struct mask *m, const int16_t *samples, size_t n)
{
	const quad low_c = load(m->coefficient), high_c = load(m->coefficient + 4);
	quad low = load(m->state[0]), high = load(m->state[0] + 4);
	quad low_before = load(m->state[1]), high_before = load(m->state[1] + 4);
	int64_t sum = 0;

	for (size_t k = 0; k < n; k++) {
		float sample = samples[k];
		quad x = {sample, sample, sample, sample};
		quad low_next = (x - low_before) + low_c * low;
		quad high_next = (x - high_before) + high_c * high;
		low_before = low;
		low = low_next;
		high_before = high;
		high = high_next;
		sum += samples[k] * samples[k];
	}
	store(m->state[0], low);
	store(m->state[0] + 4, high);
	store(m->state[1], low_before);
	store(m->state[1] + 4, high_before);
	m->sum += (double)sum;
	m->n += (int)n;
}

struct mask_span mask_add(struct mask *m, int rate_hz, int64_t position, const int16_t *samples, size_t n)
{
	struct mask_span span = {0};
	int block = BLOCK_PER_8K * (rate_hz / 8000);

	assert(block > 0);
	if (m->rate_hz != rate_hz)
		tune(m, rate_hz);
	if (m->n == 0 || position != m->begin + m->n)
		begin_block(m, position);
	for (size_t k = 0; k < n;) {
		size_t left = (size_t)(block - m->n), run = n - k < left ? n - k : left;
		filter(m, samples + k, run);
		k += run;
		if (m->n == block) {
			end_block(m, &span);
			begin_block(m, position + (int64_t)k);
		}
	}
	return span;
}
