/* Tones a network or a machine sends: beeps, special information tones, fax tones, busy and congestion by
 * cadence. Pure, no allocation; fed one frame of 20 ms at a time.
 *
 * Sources: ITU-T E.180 and its list of national tones (Europe and Iran 425 Hz, China 450 Hz, UK 400 Hz, US
 * 480+620 Hz), E.180 3.7 for the special information tone, T.30 for CNG 1100 Hz and CED 2100 Hz, V.8 for
 * ANSam. */
#pragma once
#include "media/detect/spectrum.h"
#include "media/media.h"

#include <stdbool.h>

#define TONES_PAIRS 2 /* full cycles of on and off that make a cadence */

struct tone_run { /* one pure tone, while it lasts */
	int n, n_gap;
	float hz, level_db;
	int64_t first; /* frame */
};

struct cadence { /* call progress: on, off, on, off */
	bool is_on;
	int n, n_unsteady;
	float level_db, before_db[2];
	int on_ms[TONES_PAIRS], off_ms[TONES_PAIRS], n_pairs, this_on_ms;
};

struct tones {
	int64_t frame;
	struct tone_run run;
	struct cadence cadence;
	int sit_step;
	int64_t sit_ended, calling_ended; /* frames; 0: none */
	struct tone_run held;		  /* a beep that may be the first of a busy tone's; n 0: none */
	int64_t held_until;
	bool has_ringing; /* a ringing tone was heard */
};

struct tones_step {
	enum media_detected what; /* 0: nothing new */
	int n_tone;		  /* so many frames, this one and those before it, are a tone and no speech */
};

void tones_start(struct tones *t);
/* has_spoken: somebody (or a machine) spoke before: only then is a lone tone a machine's beep, and the fax
 * tones must be told from beeps with more care. */
struct tones_step tones_add(struct tones *t, const struct spectrum_frame *f, bool has_spoken);
