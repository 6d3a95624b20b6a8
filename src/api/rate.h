/* How often something may happen per key (an address, a login): a counter per fixed window. Plain data, one
 * owner; time is a parameter. The table is bounded: when it is full of live windows the oldest gives way. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#define RATES_SLOTS 4096

struct rate_slot {
	uint64_t key; /* hash of the text; 0 = free */
	int64_t since_ms;
	int32_t n;
};
struct rates {
	int32_t n_max;
	int64_t window_ms;
	uint64_t seed[2]; /* hostile keys must not be able to collide on purpose */
	struct rate_slot slots[RATES_SLOTS];
};

/* n_max times per window_ms. */
void rates_init(struct rates *l, int32_t n_max, int64_t window_ms);
/* Counts one more for key. 0, or the milliseconds until the window of an exhausted key is over. */
int64_t rates_take(struct rates *l, const char *key, int64_t now_ms);
/* Whether key is exhausted, without counting: 0 or milliseconds as above. */
int64_t rates_check(const struct rates *l, const char *key, int64_t now_ms);
/* Takes one back: it turned out harmless. */
void rates_give_back(struct rates *l, const char *key);
/* The key starts anew (a right password). */
void rates_forget(struct rates *l, const char *key);
