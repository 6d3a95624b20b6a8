/* What writer and reader of the routing log share: the table of ids, the lists of fields. See record.h. Only
 * record*.c include it. */
#pragma once
#include "replay/record.h"

#define RECORD_IDS 8192 /* a power of two; their places take two bytes */

struct record_ids {
	uint64_t seen[RECORD_IDS]; /* at the place its hash says; 0: none yet */
	uint64_t last;		   /* the last one written in full */
};
/* The place of id in seen. */
static inline size_t record_ids_place(uint64_t id)
{
	return (size_t)((id * UINT64_C(0x9e3779b97f4a7c15)) >> 51);
}
_Static_assert(RECORD_IDS == 1 << (64 - 51), "the hash gives a place in the table");

/* How a member of a struct is written. */
enum record_type { RECORD_ID, RECORD_U64, RECORD_INT, RECORD_BYTE, RECORD_BOOL };
struct record_field {
	uint16_t offset;
	uint16_t type; /* enum record_type */
};
/* In the order they are written, which never changes: new fields go to the end. */
extern const struct record_field record_queue_fields[];
extern const size_t record_n_queue_fields;
/* The plain fields of an input that most inputs do not have; each has a bit in its mask. */
extern const struct record_field record_input_fields[];
extern const size_t record_n_input_fields;

/* The mask of an input: what follows. The first seven are the usual ones: one byte. */
enum record_bit {
	RECORD_HAS_SEGMENT,
	RECORD_HAS_AGENT,
	RECORD_HAS_QUEUE,
	RECORD_IS_AVAILABLE,
	RECORD_HAS_RC,
	RECORD_HAS_ACTIONS,
	RECORD_HAS_SINCE,
	RECORD_HAS_ASKS,
	RECORD_HAS_EXCLUDED,
	RECORD_HAS_CONFIG,
	RECORD_FIRST_FIELD, /* + index in record_input_fields */
};
/* Bits of an agent. */
enum { RECORD_AGENT_PERSISTENT = 1, RECORD_AGENT_AS_BEFORE = 2 /* capacity, load and interrupts */ };
#define RECORD_QUEUE_MIN                                                                                     \
	16 /* bytes a queue has at least, an agent: so that few bytes are never many rows                    \
	    */
#define RECORD_AGENT_MIN 4
