/* What is wrong with the store and its disk, from their figures: alarms that are raised, last, and end. No
 * file, no clock, no thread.
 *
 * Invariant: an alarm that flickers around its limit is raised once: it ends well below where it began. */
#pragma once
#include "store/store.h"

#define ALARM_FILLING_PCT 50	  /* of the spool: raised above, */
#define ALARM_FILLING_OVER_PCT 25 /* ended below */
#define ALARM_DISK_LOW_PCT 5	  /* of the disk free: raised below, and below ... bytes, */
#define ALARM_DISK_LOW_BYTES (UINT64_C(5) << 30)
#define ALARM_DISK_OVER_PCT 120 /* of that limit: ended above */

struct alarms {
	int64_t since_ms[STORE_ALARMS]; /* wall; 0: not raised */
};
struct disk_room {
	uint64_t bytes, free_bytes; /* bytes 0: not known, nothing is said about it */
};
/* Goes on to how things are at now_ms (wall). Whether the list changed. */
bool alarms_step(
	struct alarms *a, const struct store_health *h, const struct disk_room *disk, int64_t now_ms);
