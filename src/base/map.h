/* Hash maps: from a 64-bit id, or from a string, to a pointer. Open addressing, linear probing, load <= 1/2.
 *
 * Zero-initialise; release with map_free / strmap_free (values stay the caller's). The iteration order is
 * that of the table: code whose result must be reproducible iterates something else. String keys are hashed
 * with SipHash under a random key, so that hostile keys cannot collide on purpose. */
#pragma once
#include <stddef.h>
#include <stdint.h>

struct map_slot {
	uint64_t key; /* 0 = empty */
	void *value;
};
struct map {
	struct map_slot *slots;
	size_t len, size; /* size: 0 or a power of two */
};

/* The value of key, or NULL. key 0 is never present. */
void *map_get(const struct map *m, uint64_t key);
/* Sets key (not 0) to value (not NULL): 0 or -ENOMEM (the map unchanged). */
int map_put(struct map *m, uint64_t key, void *value);
/* Removes key and returns its value, or NULL. */
void *map_remove(struct map *m, uint64_t key);
void map_free(struct map *m);
/* for (size_t i = 0; (value = map_next(&m, &i));) - do not change the map inside. */
void *map_next(const struct map *m, size_t *i);

struct strmap_slot {
	char *key; /* NULL = empty; owned */
	uint64_t hash;
	void *value;
};
struct strmap {
	struct strmap_slot *slots;
	size_t len, size;
};
void *strmap_get(const struct strmap *m, const char *key);
int strmap_put(struct strmap *m, const char *key, void *value);
void *strmap_remove(struct strmap *m, const char *key);
void strmap_free(struct strmap *m);
void *strmap_next(const struct strmap *m, size_t *i, const char **ret_key);
