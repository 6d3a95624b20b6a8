/* A windowed transform of 256 points each 20 ms, radix two, in place: 0.5 million operations a second. */
#include "media/detect/spectrum.h"

#include <math.h>
#include <string.h>

#define LINE_HZ (8000.0F / SPECTRUM_N)
#define LINES (SPECTRUM_N / 2)
#define LOBE 2 /* lines each side that the window spreads a pure tone over */
#define SIDE 8 /* lines each side where a voice's next harmonics are */
#define LOW_LINE 8
#define HIGH_LINE 118
#define PROGRESS_LOW 10
#define PROGRESS_HIGH 21

void spectrum_start(struct spectrum *s)
{
	memset(s, 0, sizeof(*s));
	for (int i = 0; i < SPECTRUM_N; i++)
		s->window[i] = (float)(0.5 - 0.5 * cos(2 * M_PI * i / SPECTRUM_N));
	for (int i = 0; i < SPECTRUM_N / 2; i++) {
		s->cosine[i] = (float)cos(2 * M_PI * i / SPECTRUM_N);
		s->sine[i] = (float)-sin(2 * M_PI * i / SPECTRUM_N);
	}
}

static unsigned reversed(unsigned i)
{
	unsigned r = 0;

	for (unsigned bit = 1; bit < SPECTRUM_N; bit <<= 1, i >>= 1)
		r = r << 1 | (i & 1);
	return r;
}

/* Cooley and Tukey's butterflies of one width. */
static void butterflies(const struct spectrum *s, float *re, float *im, int half)
{
	int step = SPECTRUM_N / (2 * half);

	for (int base = 0; base < SPECTRUM_N; base += 2 * half)
		for (int k = 0; k < half; k++) {
			int a = base + k, b = a + half;
			float c = s->cosine[k * step], d = s->sine[k * step];
			float x = re[b] * c - im[b] * d, y = re[b] * d + im[b] * c;
			re[b] = re[a] - x;
			im[b] = im[a] - y;
			re[a] += x;
			im[a] += y;
		}
}

static void powers(const struct spectrum *s, float ret_power[LINES])
{
	float re[SPECTRUM_N], im[SPECTRUM_N] = {0};

	for (unsigned i = 0; i < SPECTRUM_N; i++)
		re[reversed(i)] = s->samples[i] * s->window[i];
	for (int half = 1; half < SPECTRUM_N; half *= 2)
		butterflies(s, re, im, half);
	for (int i = 0; i < LINES; i++)
		ret_power[i] = re[i] * re[i] + im[i] * im[i];
}

static float sum(const float *power, int from, int to)
{
	float total = 0;

	for (int i = from < 0 ? 0 : from; i <= to && i < LINES; i++)
		total += power[i];
	return total;
}

static float peak_hz(const float *power, int peak)
{
	/* A Hann window's lobe is close to a parabola in the logarithm. */
	float left = logf(power[peak - 1] + 1e-12F), mid = logf(power[peak] + 1e-12F),
	      right = logf(power[peak + 1] + 1e-12F), bend = left - 2 * mid + right;
	float shift = bend < -1e-6F ? 0.5F * (left - right) / bend : 0;

	return LINE_HZ * ((float)peak + shift);
}

void spectrum_add(
	struct spectrum *s, const int16_t samples[static SPECTRUM_HOP], struct spectrum_frame *ret_frame)
{
	float power[LINES];
	int peak = LOW_LINE;

	memmove(s->samples, s->samples + SPECTRUM_HOP, sizeof(s->samples) - SPECTRUM_HOP * sizeof(float));
	for (int i = 0; i < SPECTRUM_HOP; i++)
		s->samples[SPECTRUM_N - SPECTRUM_HOP + i] = (float)samples[i] / 32768.0F;
	powers(s, power);
	for (int i = LOW_LINE; i <= HIGH_LINE; i++)
		if (power[i] > power[peak])
			peak = i;
	float all = sum(power, LOW_LINE, HIGH_LINE), lobe = sum(power, peak - LOBE, peak + LOBE),
	      beside = sum(power, peak - SIDE, peak + SIDE) - lobe;
	/* A full-scale sine gives N^2 / 16 in its lobe's middle and 1.5 times that over the lobe. */
	float level = all / (1.5F * SPECTRUM_N * SPECTRUM_N / 16);
	struct spectrum_frame frame = {.level_db = SPECTRUM_FLOOR_DB};
	if (level > 1e-9F) {
		frame.level_db = 10 * log10f(level);
		frame.peak_hz = peak_hz(power, peak);
		frame.peak_share = fminf(lobe / all, 1);
		frame.side_share = beside / lobe;
		frame.progress_share = sum(power, PROGRESS_LOW - 1, PROGRESS_HIGH + 1) / all;
	}
	*ret_frame = frame;
}
