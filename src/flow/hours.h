/* Opening hours: several spans a day, holidays, any IANA time zone. Pure: the zone's rules come from ICU's
 * data.
 *
 * Document: {"time_zone":"Asia/Tehran","spans":[{"days":["sat","sun"],"from":"08:00","to":"12:30"},...],
 * "holidays":[{"date":"2026-03-21","name":"Nowruz","spans":[]}]}. A span may cross midnight ("22:00" to
 * "06:00"), "to" may be "24:00". A holiday's spans replace that date's. */
#pragma once
#include "base/jsonx.h"

#include <stdbool.h>
#include <stdint.h>

struct hours; /* immutable */

/* 0, -EINVAL with a sentence in ret_error (what to do), -ENOMEM. */
int hours_parse(const json_t *doc, struct hours **ret_hours, char ret_error[static 256]);
void hours_free(struct hours *h);
bool hours_is_open(const struct hours *h, int64_t wall_ms);
/* When the present state (open or closed) ends next, or INT64_MAX when not within 400 days. */
int64_t hours_next_change(const struct hours *h, int64_t wall_ms);
