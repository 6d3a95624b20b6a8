/* Memory: the one door to the heap for our own rooms.
 *
 * Every allocation of ours passes here so that a test can let the n-th one fail (alloc_fail_at) and count
 * what leaks (alloc_live). In production the doors are malloc and free with a relaxed counter beside them. */
#pragma once
#include <stddef.h>
#include <stdint.h>

#define ALLOC_LARGE                                                                                          \
	((size_t)4 << 20) /* bytes from which on large pages are asked for (Linux, MADV_HUGEPAGE) */

/* Zeroed memory of size bytes, or NULL (errno ENOMEM). Release with alloc_free. Any thread. */
void *alloc_zero(size_t size);
/* As alloc_zero for n objects of size bytes; NULL when n * size overflows. */
void *alloc_array(size_t n, size_t size);
/* Grows or shrinks p; new bytes are not zeroed. NULL leaves p valid and untouched. */
void *alloc_resize(void *p, size_t size);
/* A copy of s (NULL gives NULL), or NULL when memory is out. */
char *alloc_strdup(const char *s);
/* A copy of n bytes. */
void *alloc_dup(const void *p, size_t n);
/* NULL is fine. */
void alloc_free(void *p);

/* Blocks handed out and not yet freed, over all threads. */
int64_t alloc_live(void);
/* Tests only: the n-th allocation of this thread from now on (0 = the next) and all after it fail; negative:
 * none fail. */
void alloc_fail_at(int64_t n);
/* Tests only: whether a failure was injected since the last alloc_fail_at. */
int alloc_has_failed(void);

static inline void alloc_freep(void *pp)
{
	alloc_free(*(void **)pp);
	*(void **)pp = NULL;
}
#define _cleanup_alloc_ __attribute__((cleanup(alloc_freep)))
/* Hands a pointer on: the variable becomes NULL and the cleanup attribute has nothing to do. */
#define TAKE_PTR(p)                                                                                          \
	({                                                                                                   \
		__typeof__(p) _taken = (p);                                                                  \
		(p) = NULL;                                                                                  \
		_taken;                                                                                      \
	})
