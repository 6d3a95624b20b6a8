/* A four-way set-associative table under a random hash key. Invariant: an entry's score is what it was at
 * seen_ms; it is decayed when read. */
#include "sip/throttle.h"
#include "base/alloc.h"

#include <sodium.h>
#include <string.h>

#define SETS 1024
#define WAYS 4

struct source {
	struct throttle_address address;
	bool is_used;
	int failures, wrong;
	int64_t seen_ms, score_milli, window_ms, blocked_until_ms, wrong_since_ms, known_until_ms;
};
struct throttle {
	unsigned char key[crypto_shorthash_KEYBYTES];
	struct source sets[SETS][WAYS];
};

struct throttle *sip_throttle_new(void)
{
	struct throttle *t = alloc_zero(sizeof(*t));

	if (t)
		randombytes_buf(t->key, sizeof(t->key));
	return t;
}

void sip_throttle_free(struct throttle *t)
{
	alloc_free(t);
}

static size_t set_of(const struct throttle *t, const struct throttle_address *a)
{
	unsigned char out[crypto_shorthash_BYTES];
	uint64_t h;

	crypto_shorthash(out, a->at, sizeof(a->at), t->key);
	memcpy(&h, out, sizeof(h));
	return h % SETS;
}

static const struct source *find(const struct throttle *t, const struct throttle_address *a)
{
	const struct source *set = t->sets[set_of(t, a)];

	for (int i = 0; i < WAYS; i++)
		if (set[i].is_used && memcmp(&set[i].address, a, sizeof(*a)) == 0)
			return &set[i];
	return NULL;
}

/* The source's entry, made in place of the one seen longest ago that is not blocked (or of the oldest of
 * all). */
static struct source *touch(struct throttle *t, const struct throttle_address *a, int64_t now_ms)
{
	struct source *set = t->sets[set_of(t, a)], *victim = &set[0];

	for (int i = 0; i < WAYS; i++) {
		struct source *s = &set[i];
		bool is_blocked = s->blocked_until_ms > now_ms,
		     is_victim_blocked = victim->blocked_until_ms > now_ms;
		if (s->is_used && memcmp(&s->address, a, sizeof(*a)) == 0)
			return s;
		if (!s->is_used ||
			(is_blocked == is_victim_blocked ? s->seen_ms < victim->seen_ms : is_victim_blocked))
			victim = s;
	}
	*victim = (struct source){.address = *a, .is_used = true, .seen_ms = now_ms};
	return victim;
}

static int64_t score_milli(const struct source *s, int64_t now_ms)
{
	int64_t score = s->score_milli - (now_ms - s->seen_ms) * THROTTLE_DECAY_PER_S;

	return score > 0 ? score : 0;
}

void sip_throttle_add(struct throttle *t, const struct throttle_address *source, int64_t now_ms)
{
	struct source *s = touch(t, source, now_ms);

	s->score_milli = score_milli(s, now_ms) + 1000;
	s->seen_ms = now_ms;
}

bool sip_throttle_is_exceeded(const struct throttle *t, const struct throttle_address *source, int64_t now_ms)
{
	const struct source *s = find(t, source);

	return s && score_milli(s, now_ms) > THROTTLE_SCORE_MAX * INT64_C(1000);
}

void sip_throttle_login_failed(struct throttle *t, const struct throttle_address *source, int64_t now_ms)
{
	struct source *s = touch(t, source, now_ms);

	if (now_ms - s->window_ms >= THROTTLE_FAILURE_WINDOW_MS) {
		s->window_ms = now_ms;
		s->failures = 0;
	}
	if (++s->failures >= THROTTLE_FAILURES_MAX) {
		s->blocked_until_ms = now_ms + THROTTLE_BLOCK_MS;
		s->failures = 0;
	}
}

void sip_throttle_login_succeeded(struct throttle *t, const struct throttle_address *source, int64_t now_ms)
{
	struct source *s = touch(t, source, now_ms);

	s->failures = 0;
	s->wrong = 0;
	s->known_until_ms = now_ms + THROTTLE_KNOWN_MS;
}

bool sip_throttle_is_known(const struct throttle *t, const struct throttle_address *source, int64_t now_ms)
{
	const struct source *s = find(t, source);

	return s && s->known_until_ms > now_ms;
}

bool sip_throttle_is_over(
	struct throttle *t, const struct throttle_address *source, int wrong_max, int64_t now_ms)
{
	struct source *s = touch(t, source, now_ms);

	if (now_ms - s->wrong_since_ms >= THROTTLE_WRONG_MS) {
		s->wrong_since_ms = now_ms;
		s->wrong = 0;
	}
	if (wrong_max <= 0 || ++s->wrong < wrong_max)
		return false;
	s->wrong = 0;
	return true;
}

bool sip_throttle_login_is_blocked(
	const struct throttle *t, const struct throttle_address *source, int64_t now_ms)
{
	const struct source *s = find(t, source);

	return s && s->blocked_until_ms > now_ms;
}
