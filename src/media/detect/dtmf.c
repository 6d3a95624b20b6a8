/* RFC 4733 events in and out as state machines, and the two tones of a key. */
#include "media/detect/dtmf.h"
#include "media/engine.h"

#include <math.h>
#include <string.h>

#define LOST_END_NS (200 * INT64_C(1000000))
#define VOLUME_DBM0 10 /* of events we send: -10 dBm0 */

static const char letters[] = "0123456789*#ABCD";

int dtmf_code(char digit)
{
	if (digit >= 'a' && digit <= 'd')
		digit = (char)(digit - 'a' + 'A');
	const char *at = digit ? strchr(letters, digit) : NULL;

	return at ? (int)(at - letters) : -1;
}

char dtmf_letter(int code)
{
	return (char)(code >= 0 && code < 16 ? letters[code] : 0);
}

static struct dtmf_press complete(struct dtmf_in *in)
{
	int khz = in->clock_hz > 0 ? in->clock_hz / 1000 : 8;
	struct dtmf_press press = {.digit = in->digit, .duration_ms = (uint16_t)(in->duration / khz)};

	in->is_active = false;
	in->has_ended = true;
	in->last_digit = in->digit;
	in->reported_ns = in->last_ns;
	return press;
}

struct dtmf_press dtmf_in_packet(struct dtmf_in *in, const struct rtp *rtp, int64_t now_ns,
	struct dtmf_press *ret_before, bool *ret_is_new)
{
	struct dtmf_press none = {0};

	*ret_before = none;
	*ret_is_new = false;
	if (rtp->n < DTMF_EVENT_BYTES || rtp->payload[0] > 15)
		return none;
	bool is_known = (in->is_active || in->has_ended) && in->ssrc == rtp->ssrc;
	/* Late packets of an older press and copies of one already reported. */
	if (is_known && ((int32_t)(rtp->ts - in->ts) < 0 || (rtp->ts == in->ts && in->has_ended)))
		return none;
	if (!is_known || rtp->ts != in->ts) {
		if (in->is_active)
			*ret_before = complete(in);
		in->is_active = true;
		in->has_ended = false;
		in->digit = dtmf_letter(rtp->payload[0]);
		in->ts = rtp->ts;
		in->ssrc = rtp->ssrc;
		in->duration = 0;
		*ret_is_new = true;
	}
	uint16_t duration = get_be16(rtp->payload + 2);
	if (duration > in->duration)
		in->duration = duration;
	in->last_ns = now_ns;
	return rtp->payload[1] & 0x80 ? complete(in) : none;
}

struct dtmf_press dtmf_in_tick(struct dtmf_in *in, int64_t now_ns)
{
	struct dtmf_press none = {0};

	return in->is_active && now_ns - in->last_ns > LOST_END_NS ? complete(in) : none;
}

/* As a whole number of ticks. */
static uint16_t duration_within_bounds(uint16_t duration_ms)
{
	if (duration_ms < DTMF_MIN_MS)
		duration_ms = DTMF_MIN_MS;
	if (duration_ms > DTMF_MAX_MS)
		duration_ms = DTMF_MAX_MS;
	return (uint16_t)((duration_ms + TICK_MS - 1) / TICK_MS * TICK_MS);
}

static bool put(struct dtmf_out *out, char digit, uint16_t duration_ms, bool is_held)
{
	if (dtmf_code(digit) < 0 || out->n == DTMF_QUEUE_MAX)
		return false;
	out->digits[out->n] = dtmf_letter(dtmf_code(digit));
	out->is_held[out->n] = is_held;
	out->durations_ms[out->n++] = duration_ms;
	out->is_on = true;
	return true;
}

int dtmf_out_add(struct dtmf_out *out, const char *digits, uint16_t duration_ms)
{
	int taken = 0;

	dtmf_out_release(out, out->held_by, DTMF_DEFAULT_MS);
	duration_ms = duration_within_bounds(duration_ms ? duration_ms : DTMF_DEFAULT_MS);
	for (; *digits && out->n < DTMF_QUEUE_MAX; digits++)
		taken += put(out, *digits, duration_ms, false);
	return taken;
}

bool dtmf_out_hold(struct dtmf_out *out, char digit, uint64_t by)
{
	dtmf_out_release(out, out->held_by, DTMF_DEFAULT_MS);
	if (!put(out, digit, DTMF_MAX_MS, true))
		return false;
	out->held_by = by;
	return true;
}

void dtmf_out_release(struct dtmf_out *out, uint64_t by, uint16_t duration_ms)
{
	if (by == 0 || out->held_by != by)
		return;
	out->held_by = 0;
	out->durations_ms[out->n - 1] = duration_within_bounds(duration_ms);
}

static void next_digit(struct dtmf_out *out)
{
	out->gap_ms = out->is_held[0] ? DTMF_GAP_HELD_MS : DTMF_GAP_MS;
	if (--out->n == 0)
		out->held_by = 0;
	memmove(out->digits, out->digits + 1, (size_t)out->n);
	memmove(out->is_held, out->is_held + 1, (size_t)out->n * sizeof(out->is_held[0]));
	memmove(out->durations_ms, out->durations_ms + 1, (size_t)out->n * sizeof(out->durations_ms[0]));
	out->elapsed_ms = 0;
	out->phase[0] = out->phase[1] = 0;
}

/* Counts a pause down. True while it lasts. */
static bool is_in_gap(struct dtmf_out *out)
{
	if (out->gap_ms > 0) {
		out->gap_ms -= TICK_MS;
		return true;
	}
	if (out->n == 0)
		out->is_on = false;
	return false;
}

enum dtmf_step dtmf_out_event(
	struct dtmf_out *out, uint8_t ret_payload[static DTMF_EVENT_BYTES], uint16_t *ret_duration_samples)
{
	if (is_in_gap(out))
		return DTMF_STEP_GAP;
	if (out->n == 0)
		return DTMF_STEP_NONE;
	bool is_first = out->elapsed_ms == 0;
	out->elapsed_ms += TICK_MS;
	bool is_end = out->elapsed_ms >= out->durations_ms[0];
	*ret_duration_samples = (uint16_t)(out->elapsed_ms * 8);
	ret_payload[0] = (uint8_t)dtmf_code(out->digits[0]);
	ret_payload[1] = (uint8_t)(VOLUME_DBM0 | (is_end ? 0x80 : 0));
	put_be16(ret_payload + 2, *ret_duration_samples);
	if (!is_end)
		return is_first ? DTMF_STEP_FIRST : DTMF_STEP_MORE;
	next_digit(out);
	return DTMF_STEP_END;
}

/* Row and column frequencies of ITU-T Q.23, by event code. */
static void frequencies(int code, double ret_hz[2])
{
	static const int rows[] = {697, 770, 852, 941}, columns[] = {1209, 1336, 1477, 1633};
	static const uint8_t place[16] = {0x31, 0x00, 0x01, 0x02, 0x10, 0x11, 0x12, 0x20, 0x21, 0x22, 0x30,
		0x32, 0x03, 0x13, 0x23, 0x33};

	ret_hz[0] = rows[place[code] >> 4];
	ret_hz[1] = columns[place[code] & 0x0f];
}

bool dtmf_out_tone(struct dtmf_out *out, int16_t *ret_samples, int n)
{
	static const double amplitude[2] = {0.20, 0.25}; /* about -11 and -9 dBm0: twist within Q.24 */
	double hz[2];

	if (is_in_gap(out)) {
		memset(ret_samples, 0, (size_t)n * sizeof(*ret_samples));
		return true;
	}
	if (out->n == 0)
		return false;
	frequencies(dtmf_code(out->digits[0]), hz);
	for (int i = 0; i < n; i++) {
		double x = amplitude[0] * sin(out->phase[0]) + amplitude[1] * sin(out->phase[1]);
		ret_samples[i] = (int16_t)lrint(32767 * x);
		out->phase[0] += 2 * M_PI * hz[0] / LAW_RATE_HZ;
		out->phase[1] += 2 * M_PI * hz[1] / LAW_RATE_HZ;
	}
	out->elapsed_ms += TICK_MS;
	if (out->elapsed_ms >= out->durations_ms[0])
		next_digit(out);
	return true;
}
