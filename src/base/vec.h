/* A growing array of any type: VEC(struct foo) list = {0}; VEC_PUSH(&list, foo) -> 0 or -ENOMEM; list.at[i],
 * list.len. Release with VEC_FREE. Elements move when it grows: keep indices or ids, not pointers. */
#pragma once
#include "base/alloc.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define VEC(type)                                                                                            \
	struct {                                                                                             \
		type *at;                                                                                    \
		size_t len, room;                                                                            \
	}

static inline bool vec_grow(void **at, size_t *room, size_t need, size_t size)
{
	size_t n = *room ? *room : 8, bytes;

	while (n < need)
		n *= 2;
	if (n == *room)
		return true;
	if (__builtin_mul_overflow(n, size, &bytes))
		return false;
	void *grown = alloc_resize(*at, bytes);
	if (!grown)
		return false;
	*at = grown;
	*room = n;
	return true;
}

/* Room for at least n elements in all; false when memory is out. */
#define VEC_RESERVE(v, n) vec_grow((void **)&(v)->at, &(v)->room, (n), sizeof(*(v)->at))
#define VEC_PUSH(v, ...) (VEC_RESERVE(v, (v)->len + 1) ? ((v)->at[(v)->len++] = (__VA_ARGS__), 0) : -ENOMEM)
/* Removes element i, keeping the order of the rest. */
#define VEC_REMOVE(v, i)                                                                                     \
	(memmove(&(v)->at[i], &(v)->at[(i) + 1], ((v)->len - (size_t)(i)-1) * sizeof(*(v)->at)), (v)->len--)
#define VEC_FREE(v) (alloc_free((v)->at), (v)->at = NULL, (v)->len = (v)->room = 0)
#define VEC_EACH(v, i) for (size_t i = 0; i < (v)->len; i++)
