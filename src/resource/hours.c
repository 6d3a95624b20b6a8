/* When the house is open. Whether the time zone exists is for those to say who know ICU. */
#include "base/str.h"
#include "resource/descriptors.h"
#include "resource/letters.h"

#include <stdio.h>
#include <string.h>

#define SPANS_MAX 100
#define HOLIDAYS_MAX 1000

static const struct field fields[] = {
	{"name", FIELD_TEXT, .is_required = true, .is_unique = true, .min = 1, .max = 100,
		.doc = "What people call these hours."},
	{"time_zone", FIELD_TEXT, .is_required = true, .min = 1, .max = 64,
		.doc = "IANA time zone, like Asia/Tehran."},
	{"spans", FIELD_JSON, .fallback = "[]",
		.doc = "When it is open: [{\"days\": [\"sat\", ...], \"from\": \"08:00\", \"to\": "
		       "\"12:30\"}, ...]."},
	{"holidays", FIELD_JSON, .fallback = "[]",
		.doc = "Dates with other hours: [{\"date\": \"2026-03-21\", \"name\": ..., \"spans\": []}, "
		       "...]."},
};

/* Minutes of "HH:MM" ("24:00" too), or -1. */
static int minutes(const json_t *v)
{
	const char *s = json_string_value(v);
	int h, m, n = 0;

	if (!s || strlen(s) != 5 || strspn(s, "0123456789:") != 5 ||
		sscanf(s, "%2d:%2d%n", &h, &m, &n) != 2 || n != 5)
		return -1;
	return m < 60 && (h < 24 || (h == 24 && m == 0)) ? h * 60 + m : -1;
}

static bool is_date(const char *s)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int y, m, d, n = 0;

	if (!s || strlen(s) != 10 || strspn(s, "0123456789-") != 10 ||
		sscanf(s, "%4d-%2d-%2d%n", &y, &m, &d, &n) != 3 || n != 10)
		return false;
	bool is_leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
	return y >= 1970 && m >= 1 && m <= 12 && d >= 1 && d <= days[m - 1] + (m == 2 && is_leap);
}

static bool are_days(const json_t *list)
{
	static const char *const names[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
	size_t i;
	json_t *day;

	json_array_foreach(list, i, day)
	{
		bool is_known = false;
		for (size_t k = 0; k < 7; k++)
			is_known |= str_equal(json_string_value(day), names[k]);
		if (!is_known)
			return false;
	}
	return json_is_array(list) && i > 0 && i <= 7;
}

/* A span of a week day (with days) or of a date (without). */
static void check_span(json_t *span, bool has_days, const char *pointer, struct issues *issues)
{
	char folded[2][8];
	static const char *const ends[] = {"from", "to"};

	for (int k = 0; k < 2; k++) { /* "۰۸:۰۰" */
		char wide[32];
		if (str_put(wide, sizeof(wide), jsonx_text(span, ends[k], "")) < 0)
			continue;
		letters_fold_digits(wide);
		if (str_put(folded[k], sizeof(folded[k]), wide) == 0 && *wide)
			jsonx_set_text(span, ends[k], folded[k]);
	}
	int from = minutes(json_object_get(span, "from")), to = minutes(json_object_get(span, "to"));
	if (has_days && !are_days(json_object_get(span, "days")))
		issue_add(issues, pointer, "bad_days",
			"\"days\" lists some of mon, tue, wed, thu, fri, sat, sun");
	if (from < 0 || to < 0 || from == 24 * 60 || from == to)
		issue_add(issues, pointer, "bad_time",
			"\"from\" and \"to\" are two different times like \"08:00\"; \"to\" may be "
			"\"24:00\"");
}

static void check_spans(const json_t *spans, bool has_days, const char *base, struct issues *issues)
{
	char pointer[96];
	size_t i;
	json_t *span;

	if (!json_is_array(spans) || json_array_size(spans) > SPANS_MAX) {
		issue_add(issues, base, "wrong_type", "Must be a list of at most %d spans", SPANS_MAX);
		return;
	}
	json_array_foreach(spans, i, span)
	{
		snprintf(pointer, sizeof(pointer), "%.70s/%zu", base, i);
		check_span(span, has_days, pointer, issues);
	}
}

static void check_holidays(const json_t *holidays, struct issues *issues)
{
	char pointer[96];
	size_t i;
	json_t *day;

	if (!json_is_array(holidays) || json_array_size(holidays) > HOLIDAYS_MAX) {
		issue_add(issues, "/holidays", "wrong_type", "Must be a list of at most %d dates",
			HOLIDAYS_MAX);
		return;
	}
	json_array_foreach(holidays, i, day)
	{
		snprintf(pointer, sizeof(pointer), "/holidays/%zu", i);
		const json_t *spans = json_object_get(day, "spans");
		char date[32];
		if (str_put(date, sizeof(date), jsonx_text(day, "date", "")) == 0 && *date) {
			letters_fold_digits(date);
			jsonx_set_text(day, "date", date);
		}
		if (!is_date(jsonx_text(day, "date", NULL)))
			issue_add(issues, pointer, "bad_date", "\"date\" is a date like \"2026-03-21\"");
		if (spans) {
			snprintf(pointer, sizeof(pointer), "/holidays/%zu/spans", i);
			check_spans(spans, false, pointer, issues);
		}
	}
}

static void check(json_t *value, struct issues *issues)
{
	const json_t *spans = json_object_get(value, "spans"), *holidays = json_object_get(value, "holidays");

	if (spans)
		check_spans(spans, true, "/spans", issues);
	if (holidays)
		check_holidays(holidays, issues);
}
const struct resource resource_hours = {.name = "hours",
	.path = "hours",
	.doc = "Opening hours with holidays.",
	FIELDS(fields),
	.read = MAY_READ_CONFIG,
	.write = MAY_CHANGE_CONFIG,
	.check = check,
	.label_field = "name"};
