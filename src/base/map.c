/* Open-addressing maps with backward-shift deletion (no tombstones). Invariant: every key is reachable from
 * its home slot without crossing an empty one. */
#include "base/map.h"
#include "base/alloc.h"

#include <errno.h>
#include <pthread.h>
#include <sodium.h>
#include <stdbool.h>
#include <string.h>

static size_t home(uint64_t key, size_t size)
{
	uint64_t h = key * UINT64_C(0x9e3779b97f4a7c15);

	return (size_t)(h >> 32) & (size - 1);
}

static size_t find(const struct map *m, uint64_t key)
{
	size_t i = home(key, m->size);

	while (m->slots[i].key && m->slots[i].key != key)
		i = (i + 1) & (m->size - 1);
	return i;
}

void *map_get(const struct map *m, uint64_t key)
{
	return m->size && key ? m->slots[find(m, key)].value : NULL;
}

static int map_grow(struct map *m)
{
	struct map next = {.len = m->len, .size = m->size ? m->size * 2 : 16};

	next.slots = alloc_array(next.size, sizeof(*next.slots));
	if (!next.slots)
		return -ENOMEM;
	for (size_t i = 0; i < m->size; i++)
		if (m->slots[i].key)
			next.slots[find(&next, m->slots[i].key)] = m->slots[i];
	alloc_free(m->slots);
	*m = next;
	return 0;
}

int map_put(struct map *m, uint64_t key, void *value)
{
	bool is_new = !map_get(m, key);

	if (is_new && m->len * 2 >= m->size && map_grow(m) < 0)
		return -ENOMEM;
	m->slots[find(m, key)] = (struct map_slot){key, value};
	m->len += is_new;
	return 0;
}

void *map_remove(struct map *m, uint64_t key)
{
	if (!m->size || !key)
		return NULL;
	size_t hole = find(m, key), mask = m->size - 1;
	void *value = m->slots[hole].value;
	if (!m->slots[hole].key)
		return NULL;
	for (size_t i = (hole + 1) & mask; m->slots[i].key; i = (i + 1) & mask) {
		size_t h = home(m->slots[i].key, m->size);
		if (((i - h) & mask) >= ((i - hole) & mask)) {
			m->slots[hole] = m->slots[i];
			hole = i;
		}
	}
	m->slots[hole] = (struct map_slot){0};
	m->len--;
	return value;
}

void map_free(struct map *m)
{
	alloc_free(m->slots);
	*m = (struct map){0};
}

void *map_next(const struct map *m, size_t *i)
{
	while (*i < m->size) {
		const struct map_slot *slot = &m->slots[(*i)++];
		if (slot->key)
			return slot->value;
	}
	return NULL;
}

static unsigned char hash_key[crypto_shorthash_KEYBYTES];

static void make_hash_key(void)
{
	randombytes_buf(hash_key, sizeof(hash_key));
}

static uint64_t str_hash(const char *key)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	unsigned char out[crypto_shorthash_BYTES];
	uint64_t h;

	pthread_once(&once, make_hash_key);
	crypto_shorthash(out, (const unsigned char *)key, strlen(key), hash_key);
	memcpy(&h, out, sizeof(h));
	return h;
}

static size_t strfind(const struct strmap *m, const char *key, uint64_t hash)
{
	size_t i = hash & (m->size - 1);

	while (m->slots[i].key && (m->slots[i].hash != hash || strcmp(m->slots[i].key, key) != 0))
		i = (i + 1) & (m->size - 1);
	return i;
}

void *strmap_get(const struct strmap *m, const char *key)
{
	return m->size && key ? m->slots[strfind(m, key, str_hash(key))].value : NULL;
}

static int strmap_grow(struct strmap *m)
{
	struct strmap next = {.len = m->len, .size = m->size ? m->size * 2 : 16};

	next.slots = alloc_array(next.size, sizeof(*next.slots));
	if (!next.slots)
		return -ENOMEM;
	for (size_t i = 0; i < m->size; i++)
		if (m->slots[i].key)
			next.slots[strfind(&next, m->slots[i].key, m->slots[i].hash)] = m->slots[i];
	alloc_free(m->slots);
	*m = next;
	return 0;
}

int strmap_put(struct strmap *m, const char *key, void *value)
{
	uint64_t hash = str_hash(key);
	bool is_new = !strmap_get(m, key);

	if (is_new && m->len * 2 >= m->size && strmap_grow(m) < 0)
		return -ENOMEM;
	struct strmap_slot *slot = &m->slots[strfind(m, key, hash)];
	if (!slot->key) {
		char *copy = alloc_strdup(key);
		if (!copy)
			return -ENOMEM;
		*slot = (struct strmap_slot){copy, hash, NULL};
		m->len++;
	}
	slot->value = value;
	return 0;
}

void *strmap_remove(struct strmap *m, const char *key)
{
	if (!m->size || !key)
		return NULL;
	size_t hole = strfind(m, key, str_hash(key)), mask = m->size - 1;
	void *value = m->slots[hole].value;
	if (!m->slots[hole].key)
		return NULL;
	alloc_free(m->slots[hole].key);
	for (size_t i = (hole + 1) & mask; m->slots[i].key; i = (i + 1) & mask) {
		size_t h = m->slots[i].hash & mask;
		if (((i - h) & mask) >= ((i - hole) & mask)) {
			m->slots[hole] = m->slots[i];
			hole = i;
		}
	}
	m->slots[hole] = (struct strmap_slot){0};
	m->len--;
	return value;
}

void strmap_free(struct strmap *m)
{
	for (size_t i = 0; i < m->size; i++)
		alloc_free(m->slots[i].key);
	alloc_free(m->slots);
	*m = (struct strmap){0};
}

void *strmap_next(const struct strmap *m, size_t *i, const char **ret_key)
{
	while (*i < m->size) {
		const struct strmap_slot *slot = &m->slots[(*i)++];
		if (slot->key) {
			*ret_key = slot->key;
			return slot->value;
		}
	}
	return NULL;
}
