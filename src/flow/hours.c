/* Opening hours on the wall clock of a time zone. Between two changes of the zone's offset, local time is UTC
 * plus a constant, so all questions are integer arithmetic inside such a stretch; ICU is asked only for
 * offsets and for where they change. An hour that happens twice in autumn is open both times; an hour that is
 * skipped in spring does not happen.
 *
 * A span belongs to the day it begins on: a night shift before a holiday ends in the holiday's morning as it
 * should. */
#include "flow/hours.h"
#include "base/alloc.h"
#include "base/str.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/ucal.h>
#include <unicode/ustring.h>

#define SPANS_MAX 100
#define DAY_SPANS_MAX 24
#define HOLIDAYS_MAX 1000
#define ZONE_MAX 64
#define MINUTE_MS INT64_C(60000)
#define DAY_MS INT64_C(86400000)
#define HORIZON_DAYS 400
#define WALL_MS_MAX INT64_C(253402300799999) /* the year 9999 */

struct span {
	int from, to; /* minutes from the day's start; above 1440 when it crosses midnight */
};
struct day {
	struct span spans[DAY_SPANS_MAX];
	int n;
};
struct holiday {
	int64_t date; /* days since 1970-01-01 */
	struct day day;
};
struct hours {
	UCalendar *calendar;	  /* never changed: each question works on a clone */
	struct day week[7];	  /* 0 = Sunday */
	struct holiday *holidays; /* sorted by date */
	size_t n_holidays;
};

static const char *const day_names[7] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

/* Dates: proleptic Gregorian, days since 1970-01-01. */

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static int64_t date_of(int year, int month, int day)
{
	/* Years begin in March, so that the leap day is the last of its year. */
	int y = year - (month <= 2), m = (month + 9) % 12;
	int64_t era = floor_div(y, 400), in_era = y - era * 400;

	return era * 146097 + in_era * 365 + in_era / 4 - in_era / 100 + (153 * m + 2) / 5 + day - 1 - 719468;
}

static int weekday(int64_t date)
{
	return (int)(((date + 4) % 7 + 7) % 7);
}

static bool read_digits(const char *s, size_t n, int *ret)
{
	*ret = 0;
	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		*ret = *ret * 10 + (s[i] - '0');
	}
	return true;
}

static int read_time(const json_t *v, int max, int *ret_minutes, char *ret_error)
{
	const char *s = json_string_value(v);
	int h, m;

	if (s && strlen(s) == 5 && s[2] == ':' && read_digits(s, 2, &h) && read_digits(s + 3, 2, &m) &&
		m < 60 && h * 60 + m <= max) {
		*ret_minutes = h * 60 + m;
		return 0;
	}
	str_printf(ret_error, 256, "A time is written \"HH:MM\", from \"00:00\" to \"%s\"",
		max == 1440 ? "24:00" : "23:59");
	return -EINVAL;
}

static int add_span(struct day *day, const json_t *v, char *ret_error)
{
	struct span span;
	int err;

	if (day->n == DAY_SPANS_MAX) {
		str_printf(ret_error, 256, "A day has at most %d spans", DAY_SPANS_MAX);
		return -EINVAL;
	}
	err = read_time(json_object_get(v, "from"), 1439, &span.from, ret_error);
	if (err == 0)
		err = read_time(json_object_get(v, "to"), 1440, &span.to, ret_error);
	if (err < 0)
		return err;
	if (span.from == span.to) {
		str_put(ret_error, 256,
			"A span begins and ends at the same time; a whole day is \"00:00\" to \"24:00\"");
		return -EINVAL;
	}
	if (span.to < span.from)
		span.to += 1440;
	day->spans[day->n++] = span;
	return 0;
}

static int day_index(const char *name)
{
	for (int i = 0; name && i < 7; i++)
		if (str_equal(name, day_names[i]))
			return i;
	return -1;
}

static int read_week_span(struct hours *h, const json_t *v, char *ret_error)
{
	const json_t *days = json_object_get(v, "days");
	unsigned seen = 0;

	if (json_array_size(days) == 0) {
		str_put(ret_error, 256, "Each span needs \"days\", for example [\"sat\", \"sun\"]");
		return -EINVAL;
	}
	for (size_t i = 0; i < json_array_size(days); i++) {
		int d = day_index(json_string_value(json_array_get(days, i)));
		if (d < 0 || seen >> d & 1) {
			str_put(ret_error, 256,
				"Days are sun, mon, tue, wed, thu, fri and sat, each once in a span");
			return -EINVAL;
		}
		seen |= 1u << d;
		int err = add_span(&h->week[d], v, ret_error);
		if (err < 0)
			return err;
	}
	return 0;
}

static int read_date(const json_t *v, int64_t *ret_date, char *ret_error)
{
	static const int lengths[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	const char *s = json_string_value(v);
	int year, month, day;

	if (s && strlen(s) == 10 && s[4] == '-' && s[7] == '-' && read_digits(s, 4, &year) &&
		read_digits(s + 5, 2, &month) && read_digits(s + 8, 2, &day) && month >= 1 && month <= 12 &&
		day >= 1 && day <= lengths[month - 1]) {
		bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
		if (month != 2 || day < 29 || is_leap) {
			*ret_date = date_of(year, month, day);
			return 0;
		}
	}
	str_put(ret_error, 256, "A holiday's \"date\" is a day of the calendar written \"YYYY-MM-DD\"");
	return -EINVAL;
}

static int read_holiday(struct holiday *holiday, const json_t *v, char *ret_error)
{
	const json_t *spans = json_object_get(v, "spans");
	int err = read_date(json_object_get(v, "date"), &holiday->date, ret_error);

	if (err < 0)
		return err;
	if (spans && !json_is_array(spans)) {
		str_put(ret_error, 256, "A holiday's \"spans\" is a list; [] means closed all day");
		return -EINVAL;
	}
	for (size_t i = 0; i < json_array_size(spans); i++) {
		err = add_span(&holiday->day, json_array_get(spans, i), ret_error);
		if (err < 0)
			return err;
	}
	return 0;
}

static int by_date(const void *a, const void *b)
{
	const struct holiday *x = a, *y = b;

	return (x->date > y->date) - (x->date < y->date);
}

static int read_holidays(struct hours *h, const json_t *list, char *ret_error)
{
	size_t n = json_array_size(list);

	if (!list || (json_is_array(list) && n == 0))
		return 0;
	if (!json_is_array(list) || n > HOLIDAYS_MAX) {
		str_printf(ret_error, 256, "\"holidays\" is a list of at most %d dates; delete past ones",
			HOLIDAYS_MAX);
		return -EINVAL;
	}
	h->holidays = alloc_array(n, sizeof(*h->holidays));
	if (!h->holidays)
		return -ENOMEM;
	h->n_holidays = n;
	for (size_t i = 0; i < n; i++) {
		int err = read_holiday(&h->holidays[i], json_array_get(list, i), ret_error);
		if (err < 0)
			return err;
	}
	qsort(h->holidays, n, sizeof(*h->holidays), by_date);
	for (size_t i = 1; i < n; i++)
		if (h->holidays[i].date == h->holidays[i - 1].date) {
			str_put(ret_error, 256,
				"A date stands twice among the holidays: put all its spans into one entry");
			return -EINVAL;
		}
	return 0;
}

static int open_zone(struct hours *h, const char *zone, char *ret_error)
{
	UChar name[ZONE_MAX], canonical[ZONE_MAX];
	UErrorCode status = U_ZERO_ERROR;
	UBool is_known = false;
	bool is_plain = zone && *zone && strlen(zone) < ZONE_MAX;

	for (const char *p = zone; is_plain && *p; p++)
		is_plain = *p > 0x20 && *p < 0x7f;
	if (is_plain) {
		u_charsToUChars(zone, name, (int32_t)strlen(zone) + 1);
		ucal_getCanonicalTimeZoneID(name, -1, canonical, ZONE_MAX, &is_known, &status);
	}
	if (!is_plain || U_FAILURE(status) || !is_known) {
		str_put(ret_error, 256,
			"\"time_zone\" is a name of the IANA list, for example \"Asia/Tehran\"");
		return status == U_MEMORY_ALLOCATION_ERROR ? -ENOMEM : -EINVAL;
	}
	h->calendar = ucal_open(name, -1, "en_US", UCAL_GREGORIAN, &status);
	return U_FAILURE(status) ? -ENOMEM : 0;
}

static int read_document(struct hours *h, const json_t *doc, char *ret_error)
{
	const json_t *spans = json_object_get(doc, "spans");
	int err = open_zone(h, jsonx_text(doc, "time_zone", NULL), ret_error);

	if (err < 0)
		return err;
	if (!json_is_array(spans) || json_array_size(spans) > SPANS_MAX) {
		str_printf(ret_error, 256,
			"\"spans\" is a list of at most %d like {\"days\": [\"sat\"], \"from\": \"08:00\", "
			"\"to\": \"12:30\"}",
			SPANS_MAX);
		return -EINVAL;
	}
	for (size_t i = 0; i < json_array_size(spans); i++) {
		err = read_week_span(h, json_array_get(spans, i), ret_error);
		if (err < 0)
			return err;
	}
	return read_holidays(h, json_object_get(doc, "holidays"), ret_error);
}

int hours_parse(const json_t *doc, struct hours **ret_hours, char ret_error[static 256])
{
	struct hours *h = alloc_zero(sizeof(*h));
	char error[256] = "";

	if (!h)
		return -ENOMEM;
	int err = read_document(h, doc, error);
	if (err < 0) {
		if (err == -EINVAL)
			str_put(ret_error, 256, error);
		hours_free(h);
		return err;
	}
	*ret_hours = h;
	return 0;
}

void hours_free(struct hours *h)
{
	if (!h)
		return;
	if (h->calendar)
		ucal_close(h->calendar);
	alloc_free(h->holidays);
	alloc_free(h);
}

/* A stretch of constant offset: [its point asked for, end_ms). */
struct stretch {
	int64_t offset_ms, end_ms;
};

/* False when ICU has no memory for a clone. */
static bool stretch_at(const struct hours *h, int64_t wall_ms, struct stretch *ret)
{
	UErrorCode status = U_ZERO_ERROR;
	UCalendar *c = ucal_clone(h->calendar, &status);
	UDate change = 0;

	if (U_FAILURE(status))
		return false;
	ucal_setMillis(c, (UDate)wall_ms, &status);
	ret->offset_ms = ucal_get(c, UCAL_ZONE_OFFSET, &status) + ucal_get(c, UCAL_DST_OFFSET, &status);
	bool has_change = ucal_getTimeZoneTransitionDate(c, UCAL_TZ_TRANSITION_NEXT, &change, &status);
	ret->end_ms = has_change && change < (UDate)WALL_MS_MAX ? (int64_t)change : INT64_MAX;
	ucal_close(c);
	return U_SUCCESS(status);
}

static const struct day *day_at(const struct hours *h, int64_t date)
{
	struct holiday key = {.date = date};
	const struct holiday *holiday = NULL;

	if (h->n_holidays > 0)
		holiday = bsearch(&key, h->holidays, h->n_holidays, sizeof(*h->holidays), by_date);
	return holiday ? &holiday->day : &h->week[weekday(date)];
}

static bool is_open_local(const struct hours *h, int64_t local_ms)
{
	int64_t date = floor_div(local_ms, DAY_MS);

	for (int64_t d = date - 1; d <= date; d++) {
		const struct day *day = day_at(h, d);
		int64_t in_day = local_ms - d * DAY_MS;
		for (int i = 0; i < day->n; i++)
			if (in_day >= day->spans[i].from * MINUTE_MS && in_day < day->spans[i].to * MINUTE_MS)
				return true;
	}
	return false;
}

static int64_t clamp(int64_t wall_ms)
{
	return wall_ms < -WALL_MS_MAX ? -WALL_MS_MAX : wall_ms > WALL_MS_MAX ? WALL_MS_MAX : wall_ms;
}

bool hours_is_open(const struct hours *h, int64_t wall_ms)
{
	struct stretch s;

	wall_ms = clamp(wall_ms);
	return stretch_at(h, wall_ms, &s) && is_open_local(h, wall_ms + s.offset_ms);
}

/* The first edge of a span of date in (from, end) at which the state differs from is_open; INT64_MAX: none.
 */
static int64_t day_change(const struct hours *h, int64_t date, int64_t from, int64_t end, bool is_open)
{
	const struct day *day = day_at(h, date);
	int64_t first = INT64_MAX;

	for (int i = 0; i < 2 * day->n; i++) {
		const struct span *span = &day->spans[i / 2];
		int64_t edge = date * DAY_MS + (i % 2 ? span->to : span->from) * MINUTE_MS;
		if (edge > from && edge < end && edge < first && is_open_local(h, edge) != is_open)
			first = edge;
	}
	return first;
}

/* The same over all days. Nothing but an edge can be a change inside a stretch. */
static int64_t local_change(const struct hours *h, int64_t from, int64_t end, bool is_open)
{
	for (int64_t date = floor_div(from, DAY_MS) - 1; date * DAY_MS < end; date++) {
		int64_t first = day_change(h, date, from, end, is_open);
		/* The next day may begin a span before this day's last one ends. */
		int64_t next = day_change(h, date + 1, from, end, is_open);
		if (first != INT64_MAX || next != INT64_MAX)
			return first < next ? first : next;
	}
	return INT64_MAX;
}

int64_t hours_next_change(const struct hours *h, int64_t wall_ms)
{
	struct stretch s;
	int64_t at = clamp(wall_ms), limit = at + HORIZON_DAYS * DAY_MS;

	if (!stretch_at(h, at, &s))
		return INT64_MAX;
	bool is_open = is_open_local(h, at + s.offset_ms);
	while (at < limit) {
		int64_t end = s.end_ms < limit ? s.end_ms : limit;
		int64_t change = local_change(h, at + s.offset_ms, end + s.offset_ms, is_open);
		if (change != INT64_MAX)
			return change - s.offset_ms;
		if (end >= limit || !stretch_at(h, end, &s))
			break;
		if (is_open_local(h, end + s.offset_ms) != is_open)
			return end;
		at = end;
	}
	return INT64_MAX;
}
