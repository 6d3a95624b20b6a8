/* Chained blocks of at least BLOCK_BYTES. */
#include "base/arena.h"
#include "base/alloc.h"

#include <stdint.h>
#include <string.h>

#define BLOCK_BYTES 4096

struct arena_block {
	struct arena_block *next;
	size_t size, used;
	_Alignas(16) unsigned char data[];
};

void *arena_alloc(struct arena *a, size_t size)
{
	size_t need = (size + 15) & ~(size_t)15;
	struct arena_block *b = a->head;

	if (need < size)
		return NULL;
	if (!b || b->size - b->used < need) {
		size_t room = need > BLOCK_BYTES ? need : BLOCK_BYTES;
		b = alloc_zero(sizeof(*b) + room);
		if (!b)
			return NULL;
		b->size = room;
		b->next = a->head;
		a->head = b;
	}
	void *p = b->data + b->used;
	b->used += need;
	a->used_bytes += need;
	return p;
}

char *arena_strdup(struct arena *a, const char *s)
{
	size_t n = s ? strlen(s) + 1 : 1;
	char *copy = arena_alloc(a, n);

	if (copy && s)
		memcpy(copy, s, n); /* its NUL too */
	return copy;
}

void arena_free(struct arena *a)
{
	while (a->head) {
		struct arena_block *next = a->head->next;
		alloc_free(a->head);
		a->head = next;
	}
	a->used_bytes = 0;
}
