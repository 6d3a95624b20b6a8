/* Who or what answered: a person, a machine, a tone of the network, a fax. Pure: samples in, a verdict out;
 * no clock, no allocation, some 10,000 operations a frame of 20 ms. How it decides, and how often it errs:
 * docs/detection.md.
 *
 * A state is plain data of about 6 KB and may be forgotten at any time. It never says two verdicts but
 * MACHINE, and then BEEP for each beep. */
#pragma once
#include "media/detect/amd_tones.h"
#include "media/detect/spectrum.h"
#include "media/media.h"

#define AMD_FRAME_MS 20
#define AMD_LIMIT_DEFAULT_MS 5000
#define AMD_LIMIT_MAX_MS 30000
#define AMD_FRAMES_MAX (AMD_LIMIT_MAX_MS / AMD_FRAME_MS)
#define AMD_WAITING_MAX 4
#define AMD_BEEP_WAIT_MS 90000 /* so long a machine's beep is waited for */

struct amd_verdict {
	enum media_detected what; /* 0: none yet */
	int32_t after_ms;	  /* of audio since the start */
	uint8_t percent;	  /* how sure */
};

/* What is heard of a voice so far, in frames. */
struct amd_speech {
	int n_words; /* stretches of voice with pauses between */
	int first, last, voiced, longest_pause;
};

struct amd {
	struct spectrum spectrum;
	struct tones tones;
	int32_t limit_ms;
	bool is_tones_only, is_decided, is_over;
	enum media_detected decided;
	int64_t n_frames;
	int8_t level_db[AMD_FRAMES_MAX]; /* of each frame; AMD_TONE and AMD_HOLE beside real levels */
	int n_levels;
	int16_t part[SPECTRUM_HOP];
	int n_part;
	struct amd_verdict waiting[AMD_WAITING_MAX]; /* to be told; what finds no room is lost */
	int n_waiting;
};

/* limit_ms: by then it says what it thinks; 0: AMD_LIMIT_DEFAULT_MS, more than AMD_LIMIT_MAX_MS is cut to it.
 * is_tones_only: speech is not judged; busy, congestion, SIT and fax tones are. */
void amd_start(struct amd *a, int32_t limit_ms, bool is_tones_only);
/* Takes n samples of 8 kHz audio. Returns a verdict when there is one (one a call; the next call has the
 * next). Time without audio (silence suppression, loss) must be fed as zeroes. */
struct amd_verdict amd_add(struct amd *a, const int16_t *samples, size_t n);
/* Nothing more will come of it. */
bool amd_is_over(const struct amd *a);
/* The voice as it looks now, over all that was heard. Tests. */
void amd_speech_now(const struct amd *a, struct amd_speech *ret_speech);
