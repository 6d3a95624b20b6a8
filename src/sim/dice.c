/* xoshiro256** and what is made from it. */
#include "sim/dice.h"

#include <assert.h>
#include <math.h>

#define GOLDEN UINT64_C(0x9e3779b97f4a7c15)

/* SplitMix64's finaliser: a bijection in which every bit of z changes about half of the result's. */
static uint64_t mix(uint64_t z)
{
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static uint64_t rotate(uint64_t x, int by)
{
	return (x << by) | (x >> (64 - by));
}

void dice_seed(struct dice *d, uint64_t seed)
{
	d->seed = seed;
	for (unsigned i = 0; i < 4; i++)
		d->state[i] = mix(seed + (i + 1) * GOLDEN); /* never all zero: four different inputs */
}

uint64_t dice_bits(struct dice *d)
{
	uint64_t *s = d->state;
	uint64_t bits = rotate(s[1] * 5, 7) * 9, t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotate(s[3], 45);
	return bits;
}

/* Lemire, "Fast random integer generation in an interval" (2019): multiply, and throw again in the few cases
 * that would make small numbers likelier. */
uint64_t dice_roll(struct dice *d, uint64_t n)
{
	assert(n > 0);
	unsigned __int128 product = (unsigned __int128)dice_bits(d) * n;

	if ((uint64_t)product < n) {
		uint64_t least = -n % n;
		while ((uint64_t)product < least)
			product = (unsigned __int128)dice_bits(d) * n;
	}
	return (uint64_t)(product >> 64);
}

bool dice_one_in(struct dice *d, uint64_t n)
{
	return dice_roll(d, n) == 0;
}

double dice_unit(struct dice *d)
{
	return ((double)(dice_bits(d) >> 12) + 0.5) * 0x1p-52;
}

double dice_exponential(struct dice *d, double mean)
{
	return -mean * log(dice_unit(d));
}

double dice_lognormal(struct dice *d, double mean, double cv)
{
	double variance = log1p(cv * cv); /* of the logarithm */
	double radius = sqrt(-2 * log(dice_unit(d))),
	       angle = 2 * M_PI * dice_unit(d); /* Box and Muller 1958 */

	return mean * exp(sqrt(variance) * radius * cos(angle) - variance / 2);
}

struct dice dice_split(const struct dice *d, uint64_t stream)
{
	struct dice split;

	dice_seed(&split, mix(mix(d->seed + GOLDEN) ^ (stream * GOLDEN + 1)));
	return split;
}
