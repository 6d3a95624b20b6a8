/* Finds the tones of telephone keys (ITU-T Q.23) in what is said, so that a recording may leave them out
 * (PCI DSS 3.3.1). It errs to the safe side: what might be a key is one. Pure. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MASK_TONES 8

struct mask {
	int rate_hz, n; /* samples of this block so far */
	double sum;	/* of squares */
	float state[2][MASK_TONES], coefficient[MASK_TONES];
	int64_t begin;	   /* position of the block */
	bool was_tone;	   /* the block before might have been a key */
	int64_t tone_from; /* position where it began */
};
struct mask_span {
	int64_t from, to; /* positions; empty when to <= from */
};

/* Looks at n samples that begin at `position` (in samples of rate_hz). The span that must not be heard so
 * far, with a guard of 60 ms before (the tone's beginning, which no detector is sure of) and 40 ms behind. */
struct mask_span mask_add(struct mask *m, int rate_hz, int64_t position, const int16_t *samples, size_t n);
#define MASK_BEFORE_MS 60
#define MASK_AFTER_MS 40
