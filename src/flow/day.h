/* Where a day begins in a time zone. Pure: the zone's rules come from ICU's data. */
#pragma once
#include <stdint.h>

/* Wall time of the last midnight (or the first moment of the day where a clock change skips midnight) at or
 * before wall_ms in the IANA zone; unknown zones read as UTC. */
int64_t day_start(const char *time_zone, int64_t wall_ms);
