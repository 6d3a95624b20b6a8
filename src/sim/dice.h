/* Chance with a seed: the same seed gives the same throws, always. No globals, no clock.
 *
 * The generator is xoshiro256** (Blackman and Vigna, "Scrambled linear pseudorandom number generators",
 * 2021), seeded through SplitMix64 (Steele, Lea, Flood 2014). Not for secrets. Pure; any thread, one owner a
 * struct. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct dice {
	uint64_t state[4];
	uint64_t seed; /* what dice_split starts from, so that streams do not depend on throws made before */
};

/* Every seed is fine, 0 too. */
void dice_seed(struct dice *d, uint64_t seed);
/* 64 random bits. */
uint64_t dice_bits(struct dice *d);
/* A whole number 0..n-1, each equally likely; n >= 1 (asserted). */
uint64_t dice_roll(struct dice *d, uint64_t n);
/* true once in n throws on average; n >= 1. */
bool dice_one_in(struct dice *d, uint64_t n);
/* A number between 0 and 1, both excluded; multiples of 2^-53. */
double dice_unit(struct dice *d);
/* Exponentially distributed with this mean (> 0), in the mean's unit. */
double dice_exponential(struct dice *d, double mean);
/* Log-normally distributed with this mean (> 0) and coefficient of variation cv (standard deviation / mean,
 * >= 0). */
double dice_lognormal(struct dice *d, double mean, double cv);
/* An independent generator: the same seed and stream number give the same one, whatever d threw meanwhile. So
 * each caller of a simulation can have its own, and two runs with other staff meet the same customers. */
struct dice dice_split(const struct dice *d, uint64_t stream);
