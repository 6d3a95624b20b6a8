/* See bans.h. Open addressing under a random hash key. Invariants: at most BANS_MAX entries in twice as many
 * slots; n_of_bits counts the entries of each length; no lookup passes a free slot (entries are moved back
 * when one goes). */
#include "sip/bans.h"
#include "base/alloc.h"

#include <sodium.h>
#include <string.h>

#define SLOTS (2 * BANS_MAX)

struct key {
	uint8_t address[16];
	uint8_t bits; /* 0: nothing here; a ban of everybody there is not */
};
struct ban {
	struct key key;
	int64_t until_ms;
};
struct bans {
	unsigned char secret[crypto_shorthash_KEYBYTES];
	int n, n_of_bits[129];
	struct ban slots[SLOTS];
};

struct bans *sip_bans_new(void)
{
	struct bans *b = alloc_zero(sizeof(*b));

	if (b)
		randombytes_buf(b->secret, sizeof(b->secret));
	return b;
}

void sip_bans_free(struct bans *b)
{
	alloc_free(b);
}

static struct key key_of(const uint8_t address[16], int bits)
{
	struct key key = {.bits = (uint8_t)bits};

	memcpy(key.address, address, 16);
	for (int i = 0, left = bits; i < 16; i++, left -= 8)
		if (left < 8)
			key.address[i] &= left <= 0 ? 0 : (uint8_t)(0xff << (8 - left));
	return key;
}

static size_t home_of(const struct bans *b, const struct key *key)
{
	unsigned char in[17], out[crypto_shorthash_BYTES];
	uint64_t h;

	memcpy(in, key->address, 16);
	in[16] = key->bits;
	crypto_shorthash(out, in, sizeof(in), b->secret);
	memcpy(&h, out, sizeof(h));
	return h % SLOTS;
}

/* Where the key is, or the free slot where it would be. */
static size_t find(const struct bans *b, const struct key *key)
{
	size_t i = home_of(b, key);

	while (b->slots[i].key.bits && memcmp(&b->slots[i].key, key, sizeof(*key)) != 0)
		i = (i + 1) % SLOTS;
	return i;
}

static void take_out(struct bans *b, size_t hole)
{
	b->n--;
	b->n_of_bits[b->slots[hole].key.bits]--;
	for (size_t i = (hole + 1) % SLOTS; b->slots[i].key.bits; i = (i + 1) % SLOTS) {
		size_t home = home_of(b, &b->slots[i].key);
		bool may_move = hole <= i ? home <= hole || home > i : home <= hole && home > i;
		if (!may_move)
			continue;
		b->slots[hole] = b->slots[i];
		hole = i;
	}
	b->slots[hole] = (struct ban){0};
}

/* Makes room: everything that is over goes, or else what ends first. */
static void tidy(struct bans *b, int64_t now_ms)
{
	size_t first = SLOTS;

	for (size_t i = 0; i < SLOTS;) {
		if (b->slots[i].key.bits && b->slots[i].until_ms <= now_ms) {
			take_out(b, i); /* another may stand here now */
			continue;
		}
		i++;
	}
	for (size_t i = 0; i < SLOTS && b->n >= BANS_MAX; i++)
		if (b->slots[i].key.bits &&
			(first == SLOTS || b->slots[i].until_ms < b->slots[first].until_ms))
			first = i;
	if (first < SLOTS)
		take_out(b, first);
}

void sip_bans_put(struct bans *b, const uint8_t address[16], int bits, int64_t until_ms, int64_t now_ms)
{
	struct key key = key_of(address, bits);
	size_t i = find(b, &key);

	if (bits <= 0 || bits > 128)
		return;
	if (!b->slots[i].key.bits) {
		if (b->n >= BANS_MAX)
			tidy(b, now_ms);
		i = find(b, &key);
		b->n++;
		b->n_of_bits[bits]++;
	}
	b->slots[i] = (struct ban){key, until_ms};
}

bool sip_bans_lift(struct bans *b, const uint8_t address[16], int bits)
{
	struct key key = key_of(address, bits);
	size_t i = find(b, &key);

	if (bits <= 0 || !b->slots[i].key.bits)
		return false;
	take_out(b, i);
	return true;
}

bool sip_bans_has(const struct bans *b, const uint8_t address[16], int64_t now_ms)
{
	for (int bits = 128, left = b->n; bits > 0 && left > 0; bits--) {
		if (!b->n_of_bits[bits])
			continue;
		left -= b->n_of_bits[bits];
		const struct key key = key_of(address, bits);
		const struct ban *ban = &b->slots[find(b, &key)];
		if (ban->key.bits && ban->until_ms > now_ms)
			return true;
	}
	return false;
}
