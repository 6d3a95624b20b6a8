/* See flood.h. Two four-way set-associative tables under a random hash key; the source seen longest ago gives
 * up its place, and with it only what it had used up: an attacker with that many addresses is met by the
 * networks' buckets. */
#include "sip/flood.h"
#include "base/alloc.h"

#include <sodium.h>
#include <string.h>

#define SETS 2048
#define WAYS 4

struct source {
	struct throttle_address address;
	bool is_used;
	int64_t seen_ms;
	int64_t used_milli[FLOOD_KINDS]; /* taken out and not yet filled up again, as of seen_ms */
	int64_t filled_ms[FLOOD_KINDS];
};
struct flood {
	unsigned char key[crypto_shorthash_KEYBYTES];
	struct source addresses[SETS][WAYS], networks[SETS][WAYS];
};

struct flood *sip_flood_new(void)
{
	struct flood *f = alloc_zero(sizeof(*f));

	if (f)
		randombytes_buf(f->key, sizeof(f->key));
	return f;
}

void sip_flood_free(struct flood *f)
{
	alloc_free(f);
}

static struct throttle_address network_of(const struct throttle_address *a)
{
	static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
	struct throttle_address network = *a;

	if (memcmp(a->at, mapped, sizeof(mapped)) == 0)
		network.at[15] = 0;
	else
		memset(network.at + 6, 0, 10);
	return network;
}

static struct source *touch(
	struct flood *f, struct source table[][WAYS], const struct throttle_address *a, int64_t now_ms)
{
	unsigned char out[crypto_shorthash_BYTES];
	struct source *set, *victim;
	uint64_t h;

	crypto_shorthash(out, a->at, sizeof(a->at), f->key);
	memcpy(&h, out, sizeof(h));
	set = table[h % SETS];
	victim = &set[0];
	for (int i = 0; i < WAYS; i++) {
		if (set[i].is_used && memcmp(&set[i].address, a, sizeof(*a)) == 0) {
			set[i].seen_ms = now_ms;
			return &set[i];
		}
		if (victim->is_used && (!set[i].is_used || set[i].seen_ms < victim->seen_ms))
			victim = &set[i];
	}
	*victim = (struct source){.address = *a, .is_used = true, .seen_ms = now_ms};
	return victim;
}

/* What is dropped takes nothing out: a source that keeps to its limit again is heard again at once. */
static bool take(struct source *s, enum flood_kind kind, int64_t per_s, int64_t now_ms)
{
	int64_t used;

	if (per_s == 0)
		return true;
	used = s->used_milli[kind] - (now_ms - s->filled_ms[kind]) * per_s;
	s->filled_ms[kind] = now_ms;
	s->used_milli[kind] = used > 0 ? used : 0;
	if (s->used_milli[kind] + 1000 > per_s * FLOOD_BURST_S * 1000)
		return false;
	s->used_milli[kind] += 1000;
	return true;
}

bool sip_flood_is_fine(struct flood *f, const struct flood_limits *limits, enum flood_kind kind,
	const struct throttle_address *source, bool is_known, int64_t now_ms)
{
	int64_t per_s = limits->address[kind];

	if (is_known)
		per_s *= limits->known_times;
	if (!take(touch(f, f->addresses, source, now_ms), kind, per_s, now_ms))
		return false;
	if (is_known)
		return true;
	const struct throttle_address network = network_of(source);
	return take(touch(f, f->networks, &network, now_ms), kind, limits->network[kind], now_ms);
}
