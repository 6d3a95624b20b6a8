/* Invariant: a key lives in one of the PROBES slots after its hash. */
#include "api/rate.h"

#include <sodium.h>
#include <string.h>

#define PROBES 8

_Static_assert(sizeof(((struct rates *)0)->seed) == crypto_shorthash_KEYBYTES, "the seed is a SipHash key");

void rates_init(struct rates *l, int32_t n_max, int64_t window_ms)
{
	memset(l, 0, sizeof(*l));
	l->n_max = n_max;
	l->window_ms = window_ms;
	randombytes_buf(l->seed, sizeof(l->seed));
}

static uint64_t hash(const struct rates *l, const char *key)
{
	uint64_t h;

	crypto_shorthash(
		(unsigned char *)&h, (const unsigned char *)key, strlen(key), (const unsigned char *)l->seed);
	return h ? h : 1;
}

static struct rate_slot *find(const struct rates *l, uint64_t h)
{
	for (unsigned i = 0; i < PROBES; i++) {
		const struct rate_slot *s = &l->slots[(h + i) % RATES_SLOTS];
		if (s->key == h)
			return (struct rate_slot *)s;
	}
	return NULL;
}

/* A slot for a new key: a free one, else the one whose window began first. */
static struct rate_slot *claim(struct rates *l, uint64_t h)
{
	struct rate_slot *best = NULL;

	for (unsigned i = 0; i < PROBES; i++) {
		struct rate_slot *s = &l->slots[(h + i) % RATES_SLOTS];
		if (!s->key)
			return s;
		if (!best || s->since_ms < best->since_ms)
			best = s;
	}
	return best;
}

static bool is_over(const struct rates *l, const struct rate_slot *s, int64_t now_ms)
{
	return now_ms - s->since_ms >= l->window_ms;
}

int64_t rates_check(const struct rates *l, const char *key, int64_t now_ms)
{
	const struct rate_slot *s = find(l, hash(l, key));

	if (!s || is_over(l, s, now_ms) || s->n < l->n_max)
		return 0;
	return l->window_ms - (now_ms - s->since_ms);
}

int64_t rates_take(struct rates *l, const char *key, int64_t now_ms)
{
	uint64_t h = hash(l, key);
	struct rate_slot *s = find(l, h);

	if (!s || is_over(l, s, now_ms)) {
		s = s ? s : claim(l, h);
		*s = (struct rate_slot){.key = h, .since_ms = now_ms};
	}
	if (s->n >= l->n_max)
		return l->window_ms - (now_ms - s->since_ms);
	s->n++;
	return 0;
}

void rates_give_back(struct rates *l, const char *key)
{
	struct rate_slot *s = find(l, hash(l, key));

	if (s && s->n > 0)
		s->n--;
}

void rates_forget(struct rates *l, const char *key)
{
	struct rate_slot *s = find(l, hash(l, key));

	if (s)
		s->n = 0;
}
