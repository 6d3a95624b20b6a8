/* Packet-loss concealment by pitch repetition. */
#include "media/codec/plc.h"

#include <string.h>

#define PITCH_HZ_MAX 400
#define PITCH_HZ_MIN 66
#define FULL_MS 15 /* as loud as before; then it fades */
#define BLEND_MS 4

void plc_start(struct plc *plc, int rate_hz)
{
	*plc = (struct plc){.rate_hz = rate_hz};
}

/* How alike the last 10 ms are to what was `lag` samples before them. */
static float likeness(const struct plc *plc, int lag, int step)
{
	const int16_t *end = plc->history + PLC_HISTORY;
	int n = plc->rate_hz / 100;
	float product = 0, power = 1;

	for (int i = n; i > 0; i -= step) {
		float a = end[-i], b = end[-i - lag];
		product += a * b;
		power += b * b;
	}
	return product > 0 ? product * product / power : 0;
}

static void find_pitch(struct plc *plc)
{
	int step = plc->rate_hz / 8000, shortest = plc->rate_hz / PITCH_HZ_MAX;
	int longest = plc->rate_hz / PITCH_HZ_MIN;
	float best = -1;

	if (longest > PLC_PITCH_MAX)
		longest = PLC_PITCH_MAX;
	for (int lag = shortest; lag <= longest; lag++) {
		float is = likeness(plc, lag, step);
		if (is > best * 1.001f) {
			best = is;
			plc->pitch = lag;
		}
	}
	/* The end of the period flows into its beginning. */
	const int16_t *end = plc->history + PLC_HISTORY;
	int blend = plc->pitch / 4;
	memcpy(plc->period, end - plc->pitch, (size_t)plc->pitch * sizeof(*plc->period));
	for (int i = 0; i < blend; i++) {
		int at = plc->pitch - blend + i;
		int before = end[-plc->pitch - blend + i];
		plc->period[at] = (int16_t)((plc->period[at] * (blend - i) + before * i) / blend);
	}
	plc->at = 0;
}

static int16_t made_up(struct plc *plc)
{
	int full = plc->rate_hz / 1000 * FULL_MS, end = plc->rate_hz / 1000 * PLC_FADE_MS;
	int gain = plc->n_lost <= full	? 4096
		   : plc->n_lost >= end ? 0
					: 4096 * (end - plc->n_lost) / (end - full);
	int16_t sample = (int16_t)(plc->period[plc->at] * gain / 4096);

	plc->at = plc->at + 1 == plc->pitch ? 0 : plc->at + 1;
	plc->n_lost++;
	return sample;
}

static void remember(struct plc *plc, const int16_t *samples, int n)
{
	if (n > PLC_HISTORY) {
		samples += n - PLC_HISTORY;
		n = PLC_HISTORY;
	}
	memmove(plc->history, plc->history + n, (size_t)(PLC_HISTORY - n) * sizeof(*samples));
	memcpy(plc->history + PLC_HISTORY - n, samples, (size_t)n * sizeof(*samples));
}

void plc_heard(struct plc *plc, int16_t *samples, int n)
{
	int blend = plc->rate_hz / 1000 * BLEND_MS;

	for (int i = 0; plc->n_lost > 0 && i < blend && i < n; i++)
		samples[i] = (int16_t)((samples[i] * (i + 1) + made_up(plc) * (blend - i)) / (blend + 1));
	plc->n_lost = 0;
	remember(plc, samples, n);
}

void plc_lost(struct plc *plc, int16_t *ret_samples, int n)
{
	if (plc->n_lost == 0)
		find_pitch(plc);
	if (plc->n_lost > plc->rate_hz / 1000 * PLC_FADE_MS) {
		memset(ret_samples, 0, (size_t)n * sizeof(*ret_samples));
		return;
	}
	for (int i = 0; i < n; i++)
		ret_samples[i] = made_up(plc);
}
