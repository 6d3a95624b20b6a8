/* An arena: many small allocations, one release. For a config snapshot, an HTTP request, a decision. */
#pragma once
#include <stddef.h>

struct arena {
	struct arena_block *head;
	size_t used_bytes;
};
/* Zeroed, 16-byte aligned, valid until arena_free; NULL when memory is out. */
void *arena_alloc(struct arena *a, size_t size);
/* A copy of s (NULL reads as ""). */
char *arena_strdup(struct arena *a, const char *s);
void arena_free(struct arena *a);
