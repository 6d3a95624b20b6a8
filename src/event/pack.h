/* Bytes of a fold: numbers and texts one after the other, in a frame that says what it is and whether it is
 * whole. PURE.
 *
 * A frame is four letters, the form's version, the body, and a checksum (FNV-1a, 64 bits) of all before it.
 * Numbers are LEB128, signed ones zigzag. The same values give the same bytes on every machine.
 *
 * Writing: once memory ran out, failed stays set and adds do nothing. Reading: once something did not fit,
 * failed stays set and everything reads as 0; so a reader looks at failed where a wrong value would hurt, and
 * at the end (unpack_end). */
#pragma once
#include "base/map.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pack { /* zero-initialise; release with alloc_free(at) */
	uint8_t *at;
	size_t len, room;
	bool failed;
};
/* name: four letters. */
void pack_begin(struct pack *p, const char *name, uint64_t version);
void pack_uint(struct pack *p, uint64_t value);
void pack_int(struct pack *p, int64_t value);
void pack_text(struct pack *p, const char *s); /* NULL is told from "" */
/* The keys of a map in ascending order, owned by the caller (alloc_free). 0 or -ENOMEM. */
int pack_keys(const struct map *m, uint64_t **ret_keys, size_t *ret_n);
/* How many, then each key and its value, by ascending key. */
void pack_map(struct pack *p, const struct map *m, void (*save)(struct pack *p, const void *value));
/* Adds the checksum and hands the bytes over, owned by the caller (alloc_free). 0 or -ENOMEM (p is empty
 * then). */
int pack_end(struct pack *p, uint8_t **ret_data, size_t *ret_n);

struct unpack { /* borrows the bytes */
	const uint8_t *at, *end;
	bool failed;
};
/* Checks the frame. 0, or -EINVAL: another thing, another version, or damaged. */
int unpack_begin(struct unpack *u, const uint8_t *data, size_t n, const char *name, uint64_t version);
uint64_t unpack_uint(struct unpack *u);
int64_t unpack_int(struct unpack *u);
/* A number that counts things of at least one byte each: no larger than the bytes left. */
size_t unpack_count(struct unpack *u);
/* A number within [low, high]. */
int64_t unpack_within(struct unpack *u, int64_t low, int64_t high);
/* A copy of at most max bytes without NUL inside, or NULL. 0, or -ENOMEM (a text too long is failed). */
int unpack_text(struct unpack *u, size_t max, char **ret_text);
/* What pack_map wrote: load is called for each key, ascending. 0, or what load said. */
int unpack_map(struct unpack *u, void *arg, int (*load)(struct unpack *u, void *arg, uint64_t key));
/* Everything was read and fitted: 0 or -EINVAL. */
int unpack_end(const struct unpack *u);
