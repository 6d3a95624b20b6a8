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

TEST(the_first_moment_of_a_day_is_its_own_start)
{
	CHECK_INT(day_start("UTC", INT64_C(1774742400000)), INT64_C(1774742400000));
	CHECK_INT(day_start("UTC", INT64_C(1774742399999)), INT64_C(1774656000000));
}
