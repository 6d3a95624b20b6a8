/* Midnight in zones with clock changes, far offsets, and unknown names. */
#include "flow/day.h"
#include "harness/test.h"

TEST(day_starts_at_the_zones_midnight)
{
	/* 2026-03-29T10:00:00Z in Berlin is 12:00 CEST; the day began at 00:00 CET = 2026-03-28T23:00Z */
	CHECK_INT(day_start("Europe/Berlin", INT64_C(1774778400000)), INT64_C(1774738800000));
	/* Tehran, +03:30 */
	CHECK_INT(day_start("Asia/Tehran", INT64_C(1774778400000)), INT64_C(1774729800000));
	CHECK_INT(day_start("UTC", INT64_C(1774778400000)), INT64_C(1774742400000));
	CHECK_INT(day_start("", INT64_C(1774778400000)), INT64_C(1774742400000));
	CHECK_INT(day_start("Asia/Taipei", INT64_C(1774742400000)), INT64_C(1774713600000));
}

TEST(the_time_on_the_wall)
{
	struct day_time t;

	/* 2026-03-29T10:00:00Z, a Sunday: 12:00 in Berlin since that morning, 13:30 in Tehran */
	day_time("Europe/Berlin", INT64_C(1774778400000), &t);
	CHECK(t.year == 2026 && t.month == 3 && t.day == 29 && t.hour == 12 && t.minute == 0 &&
		t.weekday == 7);
	day_time("Asia/Tehran", INT64_C(1774778400000), &t);
	CHECK(t.hour == 13 && t.minute == 30 && t.day == 29);
	/* 21:00 of the day before, Saturday, in Hawaii; midnight and Monday on Kiritimati */
	day_time("Pacific/Honolulu", INT64_C(1774767600000), &t);
	CHECK(t.hour == 21 && t.day == 28 && t.weekday == 6);
	day_time("Pacific/Kiritimati", INT64_C(1774778400000), &t);
	CHECK(t.hour == 0 && t.day == 30 && t.weekday == 1);
	day_time("", INT64_C(1774778400000), &t);
	CHECK(t.hour == 10 && t.weekday == 7);
	day_time("Mars/Olympus", INT64_C(1774778400000), &t);
	CHECK(t.hour == 10 && t.day == 29);
}

TEST(the_first_moment_of_a_day_is_its_own_start)
{
	CHECK_INT(day_start("UTC", INT64_C(1774742400000)), INT64_C(1774742400000));
	CHECK_INT(day_start("UTC", INT64_C(1774742399999)), INT64_C(1774656000000));
}
