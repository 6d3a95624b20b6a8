/* What routing was told of a contact when it entered its queue, as JSON text: EVENT_SEGMENT_QUEUED carries
 * it, so that a restart can say it again. Nothing in it is a person's text: ids, numbers and levels only.
 * Pure.
 *
 * Must not know: contacts, queues, the engine's state. */
#pragma once
#include "route/route.h"

#include <stdbool.h>
#include <stdint.h>

#define ENTRY_AMOUNT_MAX INT64_C(2147483647)

#define ENTRY_TEXT_MAX 4000 /* bytes entry_decode looks at; entry_encode makes less */

struct entry {
	/* Of these: priority, head_start_ms, target_ms, asks, excluded, preferred_agent and its patience. */
	struct route_input in;
	int64_t since_ms;  /* wall: it counts as waiting since then, through transfers that keep the place */
	uint64_t customer; /* row of whom it is from; 0: unknown */
	bool is_vip;
	uint64_t attached; /* what was brought: a recording (voicemail), a document (fax); 0: nothing */
	int64_t amount;	   /* of it: milliseconds; pages */
};

/* The text, released with alloc_free; NULL when memory is out. What is zero is left out. */
char *entry_encode(const struct entry *e);
/* The inverse. Fields nobody knows are ignored. 0; -EINVAL (not such a text, or values routing would not
 * take); -ENOMEM. text may be NULL: an entry that says nothing. Fuzzed. */
int entry_decode(const char *text, struct entry *ret_entry);
