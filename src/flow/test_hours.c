/* Opening hours: a table over zones, clock changes, midnights and holidays. */
#include "harness/test.h"
#include "base/alloc.h"
#include "flow/hours.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define OFFICE_TEHRAN                                                                                        \
	"{\"time_zone\":\"Asia/Tehran\",\"spans\":["                                                         \
	"{\"days\":[\"sat\",\"sun\",\"mon\",\"tue\",\"wed\"],\"from\":\"08:00\",\"to\":\"12:30\"},"          \
	"{\"days\":[\"sat\",\"sun\",\"mon\",\"tue\",\"wed\"],\"from\":\"13:30\",\"to\":\"17:00\"},"          \
	"{\"days\":[\"thu\"],\"from\":\"08:00\",\"to\":\"12:00\"}],"                                         \
	"\"holidays\":[{\"date\":\"2026-03-21\",\"name\":\"Nowruz\",\"spans\":[]},"                          \
	"{\"date\":\"2026-03-22\",\"spans\":[{\"from\":\"10:00\",\"to\":\"11:00\"}]}]}"
#define NIGHT_BERLIN                                                                                         \
	"{\"time_zone\":\"Europe/"                                                                           \
	"Berlin\",\"spans\":[{\"days\":[\"sat\",\"sun\"],\"from\":\"22:00\",\"to\":\"06:00\"}],"             \
	"\"holidays\":[{\"date\":\"2026-06-07\"}]}"
#define EARLY_BERLIN                                                                                         \
	"{\"time_zone\":\"Europe/"                                                                           \
	"Berlin\",\"spans\":[{\"days\":[\"sun\"],\"from\":\"01:00\",\"to\":\"02:30\"}]}"
#define ALWAYS                                                                                               \
	"{\"time_zone\":\"UTC\",\"spans\":[{\"days\":[\"sun\",\"mon\",\"tue\",\"wed\",\"thu\",\"fri\","      \
	"\"sat\"],"                                                                                          \
	"\"from\":\"00:00\",\"to\":\"24:00\"}]}"
#define OLD_TEHRAN                                                                                           \
	"{\"time_zone\":\"Asia/"                                                                             \
	"Tehran\",\"spans\":[{\"days\":[\"mon\",\"tue\",\"wed\"],\"from\":\"08:00\",\"to\":\"16:00\"}]}"

static struct hours *make(const char *text, char error[static 256])
{
	_cleanup_json_ json_t *doc = json_loads(text, 0, NULL);
	struct hours *h = NULL;

	return hours_parse(doc, &h, error) == 0 ? h : NULL;
}

/* "2026-03-29 01:00" UTC in milliseconds. */
static int64_t utc(const char *text)
{
	struct tm tm = {0};

	strptime(text, "%Y-%m-%d %H:%M", &tm);
	return (int64_t)timegm(&tm) * 1000;
}

TEST(open_or_closed_and_until_when)
{
	static const struct {
		const char *doc, *at;
		bool is_open;
		const char *until;
	} cases[] = {
		/* Tehran is UTC+3:30 all year since 2023. 2026-11-21 is a Saturday. */
		{OFFICE_TEHRAN, "2026-11-21 04:29", false, "2026-11-21 04:30"},
		{OFFICE_TEHRAN, "2026-11-21 04:30", true, "2026-11-21 09:00"},
		{OFFICE_TEHRAN, "2026-11-21 09:00", false, "2026-11-21 10:00"},
		{OFFICE_TEHRAN, "2026-11-21 13:29", true, "2026-11-21 13:30"},
		{OFFICE_TEHRAN, "2026-11-26 08:30", false,
			"2026-11-28 04:30"}, /* Thursday noon to Saturday */
		{OFFICE_TEHRAN, "2026-03-19 09:00", false, "2026-03-22 06:30"}, /* over Nowruz */
		{OFFICE_TEHRAN, "2026-03-22 07:00", true, "2026-03-22 07:30"},
		{OFFICE_TEHRAN, "2026-03-22 08:00", false, "2026-03-23 04:30"},
		/* Until 2022 Iran had summer time: 2022-03-22 00:00 forward, 2022-09-22 00:00 back. */
		{OLD_TEHRAN, "2022-03-16 12:31", false, "2022-03-21 04:30"},
		{OLD_TEHRAN, "2022-03-21 12:31", false, "2022-03-22 03:30"},
		{OLD_TEHRAN, "2022-09-21 11:29", true, "2022-09-21 11:30"},
		{OLD_TEHRAN, "2022-09-21 11:30", false, "2022-09-26 04:30"},
		/* Berlin forward on 2026-03-29 01:00 UTC (02:00 -> 03:00), back on 2026-10-25 01:00 UTC
		   (03:00 -> 02:00). */
		{NIGHT_BERLIN, "2026-03-28 20:59", false, "2026-03-28 21:00"},
		{NIGHT_BERLIN, "2026-03-28 21:00", true, "2026-03-29 04:00"},
		{NIGHT_BERLIN, "2026-03-29 04:00", false, "2026-03-29 20:00"},
		{NIGHT_BERLIN, "2026-10-24 20:00", true, "2026-10-25 05:00"},
		/* A night before a holiday ends in its morning; the holiday's own night does not begin. */
		{NIGHT_BERLIN, "2026-06-07 03:00", true, "2026-06-07 04:00"},
		{NIGHT_BERLIN, "2026-06-07 04:00", false, "2026-06-13 20:00"},
		/* 02:30 does not exist in spring: the jump closes. In autumn it comes twice. */
		{EARLY_BERLIN, "2026-03-29 00:30", true, "2026-03-29 01:00"},
		{EARLY_BERLIN, "2026-10-25 00:00", true, "2026-10-25 00:30"},
		{EARLY_BERLIN, "2026-10-25 00:30", false, "2026-10-25 01:00"},
		{EARLY_BERLIN, "2026-10-25 01:00", true, "2026-10-25 01:30"},
		{EARLY_BERLIN, "2026-10-25 01:30", false, "2026-11-01 00:00"},
		{ALWAYS, "2026-11-21 23:59", true, NULL},
	};
	char error[256];

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct hours *h = make(cases[i].doc, error);
		CHECK(h);
		int64_t at = utc(cases[i].at), until = hours_next_change(h, at);
		bool is_open = hours_is_open(h, at);
		int64_t want = cases[i].until ? utc(cases[i].until) : INT64_MAX;
		if (is_open != cases[i].is_open || until != want)
			printf("# case %zu, %s: open %d, until %lld (wanted %lld)\n", i, cases[i].at, is_open,
				(long long)until, (long long)want);
		hours_free(h);
		CHECK(is_open == cases[i].is_open && until == want);
	}
}

/* The change found by arithmetic against the slow truth: asking each minute, over both clock changes of a
 * year. */
TEST(the_next_change_is_where_the_state_changes)
{
	static const char *const docs[] = {OFFICE_TEHRAN, NIGHT_BERLIN, EARLY_BERLIN, OLD_TEHRAN};
	static const char *const starts[] = {
		"2026-03-28 00:00", "2026-10-24 00:00", "2022-03-20 00:00", "2022-09-20 00:00"};
	char error[256];

	for (size_t d = 0; d < 4; d++)
		for (size_t k = 0; k < 4; k++) {
			struct hours *h = make(docs[d], error);
			int64_t from = utc(starts[k]), next = hours_next_change(h, from);
			bool is_open = hours_is_open(h, from), is_right = true;
			for (int64_t at = from; at < from + INT64_C(2) * 86400000; at += 60000) {
				if (at == next) {
					is_open = !is_open;
					next = hours_next_change(h, at);
				}
				is_right = is_right && hours_is_open(h, at) == is_open;
			}
			hours_free(h);
			CHECK(is_right);
		}
}

TEST(mistakes_are_explained)
{
	static const char *const bad[] = {
		"[]",
		"{}",
		"{\"time_zone\":\"Mars/Base\",\"spans\":[]}",
		"{\"time_zone\":\"GMT+25\",\"spans\":[]}",
		"{\"time_zone\":\"\\u0645\",\"spans\":[]}",
		"{\"time_zone\":\"UTC\"}",
		"{\"time_zone\":\"UTC\",\"spans\":[7]}",
		"{\"time_zone\":\"UTC\",\"spans\":[{\"from\":\"08:00\",\"to\":\"09:00\"}]}",
		"{\"time_zone\":\"UTC\",\"spans\":[{\"days\":[\"day\"],\"from\":\"08:00\",\"to\":\"09:00\"}]"
		"}",
		"{\"time_zone\":\"UTC\",\"spans\":[{\"days\":[\"mon\",\"mon\"],\"from\":\"08:00\",\"to\":"
		"\"09:00\"}]}",
		"{\"time_zone\":\"UTC\",\"spans\":[{\"days\":[\"mon\"],\"from\":\"8:00\",\"to\":\"09:00\"}]}",
		"{\"time_zone\":\"UTC\",\"spans\":[{\"days\":[\"mon\"],\"from\":\"24:00\",\"to\":\"09:00\"}]"
		"}",
		"{\"time_zone\":\"UTC\",\"spans\":[{\"days\":[\"mon\"],\"from\":\"08:60\",\"to\":\"09:00\"}]"
		"}",
		"{\"time_zone\":\"UTC\",\"spans\":[{\"days\":[\"mon\"],\"from\":\"08:00\",\"to\":\"24:01\"}]"
		"}",
		"{\"time_zone\":\"UTC\",\"spans\":[{\"days\":[\"mon\"],\"from\":\"08:00\",\"to\":\"08:00\"}]"
		"}",
		"{\"time_zone\":\"UTC\",\"spans\":[],\"holidays\":7}",
		"{\"time_zone\":\"UTC\",\"spans\":[],\"holidays\":[{\"date\":\"2026-02-29\"}]}",
		"{\"time_zone\":\"UTC\",\"spans\":[],\"holidays\":[{\"date\":\"2026-13-01\"}]}",
		"{\"time_zone\":\"UTC\",\"spans\":[],\"holidays\":[{\"date\":\"21.3.2026\"}]}",
		"{\"time_zone\":\"UTC\",\"spans\":[],\"holidays\":[{\"date\":\"2026-03-21\",\"spans\":7}]}",
		"{\"time_zone\":\"UTC\",\"spans\":[],\"holidays\":[{\"date\":\"2026-03-21\"},{\"date\":"
		"\"2026-03-21\"}]}",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char error[256] = "";
		struct hours *h = make(bad[i], error);
		if (h || !error[0])
			printf("# %s\n", bad[i]);
		hours_free(h);
		CHECK(!h && error[0]);
	}
}

TEST(far_times_do_no_harm)
{
	static const int64_t times[] = {INT64_MIN, -1, 0, INT64_C(1) << 60, INT64_MAX};
	char error[256];
	struct hours *h = make(OFFICE_TEHRAN, error);

	for (size_t i = 0; i < 5; i++) {
		hours_is_open(h, times[i]);
		hours_next_change(h, times[i]);
	}
	hours_free(h);
	h = make("{\"time_zone\":\"UTC\",\"spans\":[]}", error);
	CHECK(h && !hours_is_open(h, 0));
	CHECK_INT(hours_next_change(h, 0), INT64_MAX);
	hours_free(h);
}

TEST_OOM(hours_survive_lack_of_memory)
{
	char error[256];
	struct hours *h = make(OFFICE_TEHRAN, error);

	hours_free(h);
}
