/* Midnight by ICU's calendar arithmetic. */
#include "flow/day.h"

#include <unicode/ucal.h>
#include <unicode/ustring.h>

#define DAY_MS (24 * 3600 * INT64_C(1000))
#define ZONE_MAX 64

static int64_t utc_midnight(int64_t wall_ms)
{
	return wall_ms - (wall_ms % DAY_MS + DAY_MS) % DAY_MS;
}

int64_t day_start(const char *time_zone, int64_t wall_ms)
{
	static const UCalendarDateFields fields[] = {
		UCAL_HOUR_OF_DAY, UCAL_MINUTE, UCAL_SECOND, UCAL_MILLISECOND};
	UErrorCode status = U_ZERO_ERROR;
	UChar zone[ZONE_MAX];
	UCalendar *calendar;
	double midnight;

	if (!time_zone || !*time_zone)
		return utc_midnight(wall_ms);
	u_strFromUTF8(zone, ZONE_MAX, NULL, time_zone, -1, &status);
	calendar = ucal_open(zone, -1, "en", UCAL_GREGORIAN, &status);
	if (U_FAILURE(status))
		return utc_midnight(wall_ms);
	ucal_setMillis(calendar, (double)wall_ms, &status);
	for (int i = 0; i < 4; i++)
		ucal_set(calendar, fields[i], 0);
	midnight = ucal_getMillis(calendar, &status);
	ucal_close(calendar);
	return U_FAILURE(status) ? utc_midnight(wall_ms) : (int64_t)midnight;
}

void day_time(const char *time_zone, int64_t wall_ms, struct day_time *ret_time)
{
	static const UCalendarDateFields fields[] = {
		UCAL_YEAR, UCAL_MONTH, UCAL_DATE, UCAL_HOUR_OF_DAY, UCAL_MINUTE, UCAL_DAY_OF_WEEK};
	UErrorCode status = U_ZERO_ERROR;
	UChar zone[ZONE_MAX];
	UCalendar *calendar;
	int value[6] = {1970, 0, 1, 0, 0, UCAL_THURSDAY};

	u_strFromUTF8(zone, ZONE_MAX, NULL, time_zone && *time_zone ? time_zone : "UTC", -1, &status);
	calendar = ucal_open(zone, -1, "en", UCAL_GREGORIAN, &status);
	if (U_SUCCESS(status))
		ucal_setMillis(calendar, (double)wall_ms, &status);
	for (int i = 0; i < 6 && U_SUCCESS(status); i++)
		value[i] = ucal_get(calendar, fields[i], &status);
	if (calendar)
		ucal_close(calendar);
	/* ICU counts months from 0, and days of the week from Sunday, 1. */
	*ret_time = (struct day_time){value[0], value[1] + 1, value[2], value[3], value[4],
		value[5] == UCAL_SUNDAY ? 7 : value[5] - 1};
}
