/* A ring of records between an audio thread and the fax thread: one writes, one reads, nobody waits. A full
 * ring refuses. */
#pragma once
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define FAX_RING_BYTES 65536 /* about four seconds of sound; a power of two */
#define FAX_RECORD_MAX 2048

enum fax_record_kind { FAX_RECORD_SOUND = 1, FAX_RECORD_GAP, FAX_RECORD_PACKET };
struct fax_record {
	uint16_t kind, n; /* n: bytes that follow; GAP: samples, nothing follows */
};

struct fax_ring {
	_Atomic uint32_t head, tail; /* bytes ever written, ever read */
	uint8_t bytes[FAX_RING_BYTES];
};

static inline void fax_ring_copy_in(struct fax_ring *r, uint32_t at, const void *p, size_t n)
{
	size_t from = at % FAX_RING_BYTES, first = FAX_RING_BYTES - from < n ? FAX_RING_BYTES - from : n;

	memcpy(r->bytes + from, p, first);
	memcpy(r->bytes, (const uint8_t *)p + first, n - first);
}

static inline void fax_ring_copy_out(const struct fax_ring *r, uint32_t at, void *ret, size_t n)
{
	size_t from = at % FAX_RING_BYTES, first = FAX_RING_BYTES - from < n ? FAX_RING_BYTES - from : n;

	memcpy(ret, r->bytes + from, first);
	memcpy((uint8_t *)ret + first, r->bytes, n - first);
}

/* The writer's side. False: no room, nothing written. */
static inline bool fax_ring_push(struct fax_ring *r, enum fax_record_kind kind, const void *p, size_t n)
{
	uint32_t head = atomic_load_explicit(&r->head, memory_order_relaxed);
	uint32_t used = head - atomic_load_explicit(&r->tail, memory_order_acquire);
	struct fax_record record = {(uint16_t)kind, (uint16_t)n};
	size_t n_bytes = kind == FAX_RECORD_GAP ? 0 : n;

	if (n > UINT16_MAX || n_bytes > FAX_RECORD_MAX || FAX_RING_BYTES - used < sizeof(record) + n_bytes)
		return false;
	fax_ring_copy_in(r, head, &record, sizeof(record));
	if (n_bytes > 0)
		fax_ring_copy_in(r, head + (uint32_t)sizeof(record), p, n_bytes);
	atomic_store_explicit(&r->head, head + (uint32_t)(sizeof(record) + n_bytes), memory_order_release);
	return true;
}

/* The reader's side: the oldest record, its bytes in ret (FAX_RECORD_MAX). False: empty. */
static inline bool fax_ring_pop(struct fax_ring *r, struct fax_record *ret_record, void *ret)
{
	uint32_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);

	if (tail == atomic_load_explicit(&r->head, memory_order_acquire))
		return false;
	fax_ring_copy_out(r, tail, ret_record, sizeof(*ret_record));
	size_t n_bytes = ret_record->kind == FAX_RECORD_GAP ? 0 : ret_record->n;
	fax_ring_copy_out(r, tail + (uint32_t)sizeof(*ret_record), ret, n_bytes);
	atomic_store_explicit(
		&r->tail, tail + (uint32_t)(sizeof(*ret_record) + n_bytes), memory_order_release);
	return true;
}

/* Bytes waiting. Either side. */
static inline uint32_t fax_ring_used(const struct fax_ring *r)
{
	return atomic_load_explicit(&r->head, memory_order_acquire) -
	       atomic_load_explicit(&r->tail, memory_order_acquire);
}
