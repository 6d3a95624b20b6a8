/* Whether the event log is without a gap: archives, then the table `event`. Numbers that a rescue listed as
 * lost (rescue.h) are no gap. Both databases. */
#pragma once
#include "db/db.h"

#include <stdint.h>

struct sequence {
	uint64_t first, last, events;		/* of the table; first is 1 more than last when it is empty */
	uint64_t archived_first, archived_last; /* 0: there are no archives */
	uint64_t archived_events;
	uint64_t lost;			      /* known losses */
	uint64_t missing;		      /* numbers that are nowhere, and nobody knows why */
	uint64_t missing_first, missing_last; /* the first stretch of them; may hold known losses too */
};

/* Counts; takes as long as the table is large. 0 or -errno. */
int sequence_read(struct db *db, struct sequence *ret_sequence);
