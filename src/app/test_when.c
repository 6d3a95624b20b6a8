/* Points in time as people write them. */
#include "app/when.h"
#include "harness/test.h"

#include <errno.h>

#define NOW INT64_C(1795341600000) /* 2026-11-22T10:00:00Z */

static int64_t at(const char *text, bool is_end)
{
	int64_t ms = -1;

	return when_parse(text, NOW, is_end, &ms) == 0 ? ms : -1;
}

TEST(times_in_utc_and_with_offsets)
{
	when_set_zone("Asia/Tehran");
	CHECK_INT(at("2026-11-22T10:00Z", false), NOW);
	CHECK_INT(at("2026-11-22T10:00:00.250Z", false), NOW + 250);
	CHECK_INT(at("2026-11-22T10:00:00,5Z", true), NOW + 500);
	CHECK_INT(at("2026-11-22T13:30+03:30", false), NOW);
	CHECK_INT(at("2026-11-22 05:00:00-0500", false), NOW);
	CHECK_INT(at("now", false), NOW);
}

TEST(local_times_and_words)
{
	when_set_zone("Asia/Tehran"); /* UTC+3:30 */
	CHECK_INT(at("2026-11-22T13:30", false), NOW);
	CHECK_INT(at("2026-11-22", false), NOW - 48600000); /* 13 h 30 min */
	CHECK_INT(at("2026-11-22", true), NOW - 48600000 + 86400000);
	CHECK_INT(at("today", false), NOW - 48600000);
	CHECK_INT(at("today", true), NOW);
	CHECK_INT(at("yesterday", false), NOW - 48600000 - 86400000);
	CHECK_INT(at("yesterday", true), NOW - 48600000);
	char text[WHEN_TEXT_SIZE];
	CHECK_STR(when_text(NOW + 7, text), "2026-11-22 13:30:00.007");
	when_set_zone("Europe/Berlin"); /* 25 hours */
	CHECK_INT(at("2026-10-25", true) - at("2026-10-25", false), 25 * 3600000);
}

TEST(what_is_no_time_is_refused)
{
	static const char *const wrong[] = {"", "2026", "2026-13-01", "2026-02-30", "2026-11-22T",
		"2026-11-22T25:00", "2026-11-22T10:60", "2026-11-22T10:00X", "2026-11-22T10:00+3",
		"2026-11-22T10:00Zz", "tomorrow", "2026-11-22T10:00+03:30:", "20261122", "-2026-11-22"};

	when_set_zone("UTC");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		int64_t ms = 77;
		CHECK_INT(when_parse(wrong[i], NOW, false, &ms), -EINVAL);
		CHECK_INT(ms, 77);
	}
}
