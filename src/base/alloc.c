/* Counting, failable allocation. Invariant: live = successful allocations - frees of non-NULL pointers. */
#include "base/alloc.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define LARGE_PAGE ((size_t)2 << 20)

static atomic_int_fast64_t live;
static _Thread_local int64_t fail_in = -1;
static _Thread_local int failed;

static int must_fail(void)
{
	if (fail_in < 0)
		return 0;
	if (fail_in > 0) {
		fail_in--;
		return 0;
	}
	failed = 1;
	errno = ENOMEM;
	return 1;
}

static void *counted(void *p)
{
	if (p)
		atomic_fetch_add_explicit(&live, 1, memory_order_relaxed);
	return p;
}

/* A block that is walked at random costs a miss of the address cache at nearly every step when its pages are
 * small; the kernel gives it large ones when asked. */
static void *with_large_pages(void *p, size_t size)
{
	uintptr_t from = ((uintptr_t)p + LARGE_PAGE - 1) & ~(uintptr_t)(LARGE_PAGE - 1);
	uintptr_t to = ((uintptr_t)p + size) & ~(uintptr_t)(LARGE_PAGE - 1);

	if (p && size >= ALLOC_LARGE && from < to) {
		int before = errno; /* not given is not an error */
		(void)madvise((void *)from, to - from, MADV_HUGEPAGE);
		errno = before;
	}
	return p;
}

void *alloc_zero(size_t size)
{
	return must_fail() ? NULL : with_large_pages(counted(calloc(1, size ? size : 1)), size);
}

void *alloc_array(size_t n, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(n, size, &total)) {
		errno = ENOMEM;
		return NULL;
	}
	return alloc_zero(total);
}

void *alloc_resize(void *p, size_t size)
{
	if (must_fail())
		return NULL;
	if (!p)
		return counted(malloc(size ? size : 1));
	return with_large_pages(realloc(p, size ? size : 1), size);
}

char *alloc_strdup(const char *s)
{
	return s ? alloc_dup(s, strlen(s) + 1) : NULL;
}

void *alloc_dup(const void *p, size_t n)
{
	void *copy = alloc_zero(n);

	if (copy && n)
		memcpy(copy, p, n);
	return copy;
}

void alloc_free(void *p)
{
	if (!p)
		return;
	atomic_fetch_sub_explicit(&live, 1, memory_order_relaxed);
	free(p);
}

int64_t alloc_live(void)
{
	return atomic_load_explicit(&live, memory_order_relaxed);
}

void alloc_fail_at(int64_t n)
{
	fail_in = n;
	failed = 0;
}

int alloc_has_failed(void)
{
	return failed;
}
