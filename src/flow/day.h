/* Where a day begins in a time zone, and what time it is there. Pure: the zone's rules come from ICU's data.
 */
#pragma once
#include <stdint.h>

/* Wall time of the last midnight (or the first moment of the day where a clock change skips midnight) at or
 * before wall_ms in the IANA zone; unknown zones read as UTC. */
int64_t day_start(const char *time_zone, int64_t wall_ms);

struct day_time {			    /* what a clock on the wall of the zone shows, Gregorian */
	int year, month, day, hour, minute; /* month, day from 1 */
	int weekday;			    /* 1: Monday ... 7: Sunday */
};
/* Unknown zones read as UTC. */
void day_time(const char *time_zone, int64_t wall_ms, struct day_time *ret_time);
