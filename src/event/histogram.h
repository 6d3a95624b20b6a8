/* A mergeable log-scale histogram of durations, relative error below 0.8 %. Whole numbers only, so that it is
 * the same on every machine: below 128 ms exact, above it 64 buckets to each doubling. Pure. */
#pragma once
#include "base/vec.h"

#include <stdint.h>

#define HISTOGRAM_MAX_MS ((INT64_C(1) << 35) - 1) /* 397 days; longer ones count as this */
#define HISTOGRAM_BUCKETS (128 + 64 * 28)

struct histogram_entry {
	uint16_t bucket;
	uint32_t count;
};
struct histogram { /* only buckets in use, ascending */
	VEC(struct histogram_entry) entries;
};
/* 0 or -ENOMEM. */
int histogram_add(struct histogram *h, int64_t ms);
void histogram_free(struct histogram *h);
/* Adds h to an array of HISTOGRAM_BUCKETS counts. */
void histogram_merge(const struct histogram *h, uint64_t *counts);
/* The value that `share` (0..1, nearest rank) of the counted lie at or below; -1 when nothing was counted. */
int64_t histogram_percentile(const uint64_t *counts, double share);
