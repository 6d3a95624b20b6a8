/* Concealing lost frames of codecs that have no way of their own: the last pitch period is repeated and fades
 * out (the idea of ITU-T G.711 Appendix I), at any rate. Pure; no allocation. */
#pragma once
#include <stdint.h>

#define PLC_HISTORY 640 /* samples: 40 ms at 16 kHz */
#define PLC_PITCH_MAX 240
#define PLC_FADE_MS 60 /* silence from here on */

struct plc {
	int rate_hz;
	int n_lost; /* samples concealed in a row; 0: the last frame was real */
	int pitch, at;
	int16_t history[PLC_HISTORY];  /* the last real samples, newest at the end */
	int16_t period[PLC_PITCH_MAX]; /* what is repeated */
};

void plc_start(struct plc *plc, int rate_hz);
/* n real samples; behind a loss their beginning is blended with what was made up. May change them. */
void plc_heard(struct plc *plc, int16_t *samples, int n);
/* n samples for what is missing. */
void plc_lost(struct plc *plc, int16_t *ret_samples, int n);
