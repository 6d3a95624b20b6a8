/* Decisions that routing keeps no more, derived anew from the routing log: the recorded inputs are decided
 * again by a fresh engine, and that one is asked why. Reads only the database; blocks for as long as the log
 * is long (about a second for each 100,000 contacts since the last start): for workers. */
#pragma once
#include "center/center.h"
#include "route/route.h"
#include "store/store.h"

#define OLD_DECISIONS_BYTES_MAX (256 * 1024 * 1024) /* of the log that is read for one question */

/* at_ms: wall time at which the contact began. The decisions named (as for center_decisions) that the log
 * still has and this engine makes again, oldest first, as a JSON array like that of center_decisions; the
 * caller owns it. 0 (the array may be empty), -ENOMEM, -EIO... */
int old_decisions(struct store_reader *rd, int64_t at_ms, const struct center_decision *list, int n,
	json_t **ret_decisions);
/* One decision in the words of docs/protocol.md, without "rules"; wall_ms: when. NULL: out of memory. */
json_t *decision_json(const struct route_decision *d, int64_t wall_ms);
