/* Segments live in chunks that never move (trees and lists link them by number) and are reused. */
#include "route/contact.h"
#include "route/due.h"

#include <assert.h>

#define CHUNKS_LARGE 32 /* 4 MB of segments */

_Static_assert(sizeof(struct segment) <= 128, "two cache lines a segment");

/* How many chunks come next: few while there are few, then so many that the block gets large pages. */
static size_t chunks_next(const struct route *r)
{
	return r->chunks.len < CHUNKS_LARGE ? 1 : CHUNKS_LARGE;
}

static void add_chunk(struct route *r, struct segment *chunk, struct terms *terms)
{
	uint32_t base = (uint32_t)r->chunks.len * ROUTE_CHUNK;

	r->chunks.at[r->chunks.len++] = chunk;
	r->terms.at[r->terms.len++] = terms;
	for (uint32_t i = ROUTE_CHUNK; i-- > 0;) {
		chunk[i].self = base + i + 1;
		chunk[i].next = r->unused;
		r->unused = chunk[i].self;
	}
}

static int add_chunks(struct route *r)
{
	size_t n = chunks_next(r);

	if (!VEC_RESERVE(&r->chunks, r->chunks.len + n) || !VEC_RESERVE(&r->blocks, r->blocks.len + 2) ||
		!VEC_RESERVE(&r->terms, r->terms.len + n))
		return -ENOMEM;
	char *block = alloc_zero(n * ROUTE_CHUNK * sizeof(struct segment) + 63);
	struct terms *terms = block ? alloc_array(n * ROUTE_CHUNK, sizeof(*terms)) : NULL;
	if (!terms) {
		alloc_free(block);
		return -ENOMEM;
	}
	struct segment *first = (struct segment *)(void *)(block + (64 - (uintptr_t)block % 64) % 64);
	r->blocks.at[r->blocks.len++] = block;
	r->blocks.at[r->blocks.len++] = terms;
	for (size_t i = 0; i < n; i++)
		add_chunk(r, first + i * ROUTE_CHUNK, terms + i * ROUTE_CHUNK);
	return 0;
}

int route_segments_reserve(struct route *r, size_t n)
{
	while (r->chunks.len * ROUTE_CHUNK - r->n_segments < n)
		if (r->chunks.len * ROUTE_CHUNK >= ROUTE_SEGMENTS_MAX || add_chunks(r) < 0)
			return -ENOMEM;
	return route_due_reserve(r, (size_t)r->n_segments + n + r->w.n_agents + r->w.n_queues);
}

struct segment *route_segment_new(struct route *r)
{
	if (!r->unused && (r->chunks.len * ROUTE_CHUNK >= ROUTE_SEGMENTS_MAX || add_chunks(r) < 0))
		return NULL;
	if (route_due_reserve(r, (size_t)r->n_segments + 1 + r->w.n_agents + r->w.n_queues) < 0)
		return NULL;
	struct segment *s = route_segment(r, r->unused);
	uint32_t self = s->self;
	r->unused = s->next;
	r->n_segments++;
	*s = (struct segment){
		.self = self, .stay = ++r->n_stays, .announce_ms = INT64_MAX, .due_ms = INT64_MAX};
	*route_terms(r, s) = (struct terms){0};
	return s;
}

void route_segment_free(struct route *r, struct segment *s)
{
	assert(!route_due_is_set(r, s) && !s->is_pooled);
	s->state = SEGMENT_UNUSED;
	s->next = r->unused;
	r->unused = s->self;
	r->n_segments--;
}
