/* What happens when: the events of a simulation in order of time, then of entry, so that ties are the same in
 * every run. A heap; it grows but never shrinks, and once grown neither adding nor taking allocates.
 * Zero-initialise; release with agenda_free. Pure. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AGENDA_MAX (64u * 1024 * 1024) /* entries at once */

struct agenda_entry {
	int64_t at_ms;
	uint64_t order; /* number of its entry; set by agenda_add */
	uint64_t a, b;	/* the caller's: whom it concerns */
	int kind;	/* the caller's: what happens */
};
struct agenda {
	struct agenda_entry *at;
	size_t len, room;
	uint64_t n_added;
};

/* 0, -ENOMEM, or -ENOSPC beyond AGENDA_MAX. O(log n). */
int agenda_add(struct agenda *g, int64_t at_ms, int kind, uint64_t a, uint64_t b);
/* When the next one happens; INT64_MAX: nothing left. */
int64_t agenda_due(const struct agenda *g);
/* Takes the next one out. false: nothing left, *ret_entry untouched. O(log n). */
bool agenda_take(struct agenda *g, struct agenda_entry *ret_entry);
/* Forgets all entries and keeps the memory. */
void agenda_clear(struct agenda *g);
void agenda_free(struct agenda *g);
