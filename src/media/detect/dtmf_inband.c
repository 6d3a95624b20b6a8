/* In-band DTMF: spandsp's receiver, with the length of each press counted in samples. */
#include "base/alloc.h"
#include "media/detect/dtmf.h"

#include <errno.h>
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wstrict-prototypes"
#include <spandsp.h>
#pragma GCC diagnostic pop

struct dtmf_inband {
	dtmf_rx_state_t *receiver;
	int64_t heard, started; /* samples */
	char digit;
	struct dtmf_press press;
};

#define CONFIRM_SAMPLES 204 /* spandsp reports a digit after two blocks of 102 samples */

static void on_state(void *arg, int code, int level, int delay)
{
	struct dtmf_inband *inband = arg;

	(void)level;
	(void)delay;
	if (inband->digit) {
		inband->press.digit = inband->digit;
		inband->press.duration_ms = (uint16_t)((inband->heard - inband->started) / 8);
	}
	inband->digit = (char)(code > 0 ? code : 0);
	inband->started = inband->heard > CONFIRM_SAMPLES ? inband->heard - CONFIRM_SAMPLES : 0;
}

int dtmf_inband_new(struct dtmf_inband **ret_inband)
{
	_cleanup_alloc_ struct dtmf_inband *inband = alloc_zero(sizeof(*inband));

	if (!inband)
		return -ENOMEM;
	inband->receiver = dtmf_rx_init(NULL, NULL, NULL);
	if (!inband->receiver)
		return -ENOMEM;
	dtmf_rx_set_realtime_callback(inband->receiver, on_state, inband);
	*ret_inband = TAKE_PTR(inband);
	return 0;
}

struct dtmf_press dtmf_inband_add(struct dtmf_inband *inband, const int16_t *samples, int n)
{
	struct dtmf_press press;

	inband->heard += n;
	dtmf_rx(inband->receiver, samples, n);
	press = inband->press;
	inband->press = (struct dtmf_press){0};
	return press;
}

char dtmf_inband_down(const struct dtmf_inband *inband)
{
	return inband->digit;
}

void dtmf_inband_free(struct dtmf_inband *inband)
{
	if (!inband)
		return;
	dtmf_rx_free(inband->receiver);
	alloc_free(inband);
}
