/* One frame of telephone audio looked at: how loud, how much of it is one tone, how much lies where call
 * progress tones lie. Pure, no allocation; tables are part of the state, so that any thread may have one. */
#pragma once
#include <stddef.h>
#include <stdint.h>

#define SPECTRUM_N 256	 /* samples in a window: 32 ms, 31.25 Hz a line */
#define SPECTRUM_HOP 160 /* samples between two windows: one frame of 20 ms */
#define SPECTRUM_FLOOR_DB (-90)

struct spectrum {
	float window[SPECTRUM_N], cosine[SPECTRUM_N / 2], sine[SPECTRUM_N / 2];
	float samples[SPECTRUM_N]; /* the last window, oldest first */
};

struct spectrum_frame {
	float level_db;	  /* 250..3700 Hz (mains hum is left out), relative to a full-scale sine */
	float peak_hz;	  /* the strongest line, between lines by parabola */
	float peak_share; /* of all power, in the main lobe of the strongest line: 1 is a pure tone */
	float side_share; /* what lies right beside that lobe, relative to it: a voice has its harmonics there
			   */
	float progress_share; /* of all power, 310..660 Hz: where ringing and busy tones of all countries lie
			       */
};

void spectrum_start(struct spectrum *s);
/* Looks at the next 160 samples of 8 kHz audio (with 96 before them). */
void spectrum_add(
	struct spectrum *s, const int16_t samples[static SPECTRUM_HOP], struct spectrum_frame *ret_frame);
