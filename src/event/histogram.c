/* See histogram.h. */
#include "event/histogram.h"

static int bucket_of(int64_t ms)
{
	if (ms < 0)
		ms = 0;
	if (ms > HISTOGRAM_MAX_MS)
		ms = HISTOGRAM_MAX_MS;
	if (ms < 128)
		return (int)ms;
	int shift = 63 - __builtin_clzll((unsigned long long)ms) - 6; /* leaves the top seven bits */
	return 128 + (shift - 1) * 64 + (int)((ms >> shift) - 64);
}

/* The middle of a bucket. */
static int64_t value_of(int bucket)
{
	if (bucket < 128)
		return bucket;
	int shift = (bucket - 128) / 64 + 1;
	int64_t top = (bucket - 128) % 64 + 64;
	return (top << shift) + (INT64_C(1) << (shift - 1));
}

int histogram_add(struct histogram *h, int64_t ms)
{
	uint16_t bucket = (uint16_t)bucket_of(ms);
	size_t i = h->entries.len;

	while (i > 0 && h->entries.at[i - 1].bucket >= bucket)
		i--;
	if (i < h->entries.len && h->entries.at[i].bucket == bucket) {
		h->entries.at[i].count++;
		return 0;
	}
	if (!VEC_RESERVE(&h->entries, h->entries.len + 1))
		return -ENOMEM;
	memmove(&h->entries.at[i + 1], &h->entries.at[i], (h->entries.len - i) * sizeof(*h->entries.at));
	h->entries.len++;
	h->entries.at[i] = (struct histogram_entry){.bucket = bucket, .count = 1};
	return 0;
}

void histogram_free(struct histogram *h)
{
	VEC_FREE(&h->entries);
}

void histogram_merge(const struct histogram *h, uint64_t *counts)
{
	VEC_EACH(&h->entries, i)
	counts[h->entries.at[i].bucket] += h->entries.at[i].count;
}

int64_t histogram_percentile(const uint64_t *counts, double share)
{
	uint64_t total = 0, seen = 0;

	for (int i = 0; i < HISTOGRAM_BUCKETS; i++)
		total += counts[i];
	if (total == 0)
		return -1;
	double wanted = share * (double)total;
	uint64_t rank = wanted <= 1 ? 1 : wanted >= (double)total ? total : (uint64_t)wanted;
	if ((double)rank < wanted)
		rank++;
	for (int i = 0; i < HISTOGRAM_BUCKETS; i++) {
		seen += counts[i];
		if (seen >= rank)
			return value_of(i);
	}
	return -1;
}
