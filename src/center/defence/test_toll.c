/* What calls outside may cost: countries, prices, meters, the night. */
#include "center/defence/toll.h"
#include "harness/test.h"

#include <errno.h>
#include <string.h>

#define DAY INT64_C(1763769600000) /* some midnight */

static const struct dial_rules iran = {.country = "98", .national = "0", .international = "00"};

static struct toll_now at(int hours, int minutes)
{
	return (struct toll_now){DAY + (hours * 60 + minutes) * INT64_C(60000), DAY};
}

TEST(prices_and_times_are_read)
{
	static const char *const bad[] = {
		"", "=1", "+44", "+44=", "+44=x", "+44=-1", "+44=0.", "+44=0.0005", "x44=1", "+=1"};
	char prefix[DIAL_NUMBER_MAX];
	int64_t milli = 0;
	int minutes = 0;

	CHECK_INT(toll_cost_parse("+44=0.05", prefix, sizeof(prefix), &milli), 0);
	CHECK_STR(prefix, "+44");
	CHECK_INT(milli, 50);
	CHECK_INT(toll_cost_parse("0098=12", prefix, sizeof(prefix), &milli), 0);
	CHECK_INT(milli, 12000);
	CHECK_INT(toll_cost_parse("+882=3.125", prefix, sizeof(prefix), &milli), 0);
	CHECK_INT(milli, 3125);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK_INT(toll_cost_parse(bad[i], prefix, sizeof(prefix), &milli), -EINVAL);
	CHECK_INT(toll_time_parse("22:30", &minutes), 0);
	CHECK_INT(minutes, 22 * 60 + 30);
	CHECK_INT(toll_time_parse("24:00", &minutes), 0);
	CHECK_INT(minutes, 0);
	CHECK_INT(toll_time_parse("24:01", &minutes), -EINVAL);
	CHECK_INT(toll_time_parse("7:00", &minutes), -EINVAL);
	CHECK_INT(toll_time_parse("07:60", &minutes), -EINVAL);
	CHECK_INT(toll_time_parse("0x:00", &minutes), -EINVAL);
}

TEST(the_own_country_and_the_allowed_ones_may_be_called)
{
	static const char *const countries[] = {"+971", "0044"};
	struct toll_rules rules = {.is_abroad_restricted = true, .countries = countries, .n_countries = 2};
	static const struct dial_rules nowhere = {0};

	CHECK(toll_is_country_allowed(&rules, &iran, "+98211234567"));
	CHECK(toll_is_country_allowed(&rules, &iran, "+9714123"));
	CHECK(toll_is_country_allowed(&rules, &iran, "+44207123"));
	CHECK(toll_is_country_allowed(&rules, &iran, "1818")); /* a short one of the own country */
	CHECK(!toll_is_country_allowed(&rules, &iran, "+88213300001"));
	CHECK(!toll_is_country_allowed(&rules, &iran, "+9"));
	CHECK(toll_is_country_allowed(&rules, &nowhere, "+88213300001")); /* nobody knows what abroad is */
	rules.is_abroad_restricted = false;
	CHECK(toll_is_country_allowed(&rules, &iran, "+88213300001"));
}

TEST(the_longest_prefix_has_the_price)
{
	static const struct toll_cost costs[] = {{"+44", 50}, {"+447", 200}, {"+98", 1}};
	const struct toll_rules rules = {.costs = costs, .n_costs = 3};

	CHECK_INT(toll_price(&rules, &iran, "+442071234"), 50);
	CHECK_INT(toll_price(&rules, &iran, "+447712345"), 200);
	CHECK_INT(toll_price(&rules, &iran, "+49301234"), 0);
}

TEST(meters_forget_what_is_older_than_an_hour_and_the_day_at_midnight)
{
	struct toll_meter m = {0};
	struct toll_now now = at(10, 0);

	toll_count_call(&m, &now);
	toll_count_cost(&m, &now, 500);
	now = at(10, 30);
	toll_count_call(&m, &now);
	CHECK_INT(toll_calls_hour(&m, &now), 2);
	now = at(10, 59);
	CHECK_INT(toll_calls_hour(&m, &now), 2);
	now = at(11, 0);
	CHECK_INT(toll_calls_hour(&m, &now), 1);
	CHECK_INT(toll_cost_hour(&m, &now), 0);
	CHECK_INT(toll_cost_day(&m, &now), 500);
	now = at(15, 0);
	CHECK_INT(toll_calls_hour(&m, &now), 0);
	now = (struct toll_now){DAY + 86400000 + 1, DAY + 86400000};
	CHECK_INT(toll_cost_day(&m, &now), 0);
	now = at(1, 0); /* the clock was set back: nothing stays for ever */
	CHECK_INT(toll_calls_hour(&m, &now), 0);
}

TEST(each_limit_says_which_one_it_was)
{
	const struct toll_rules rules = {.cost_max_hour = 5000,
		.cost_max_day = 20000,
		.user_cost_max_day = 3000,
		.user_calls_max_hour = 4,
		.night_from = 22 * 60,
		.night_until = 7 * 60,
		.night_calls_max_hour = 2};
	struct toll_rules strict = rules;
	struct toll_meter user = {0}, house = {0};
	struct toll_running none = {0}, some = {.user = 3000, .house = 3000};
	struct toll_now noon = at(12, 0), night = at(23, 0), early = at(6, 59), seven = at(7, 0);
	int64_t count = -1;

	CHECK_INT(toll_judge(&rules, &user, &house, &none, &noon, &count), TOLL_FINE);
	CHECK(toll_is_night(&rules, &night) && toll_is_night(&rules, &early) &&
		!toll_is_night(&rules, &seven));
	for (int i = 0; i < 2; i++)
		toll_count_call(&user, &night);
	CHECK_INT(toll_judge(&rules, &user, &house, &none, &night, &count), TOLL_STOP_CALLS_NIGHT);
	CHECK_INT(count, 2);
	strict.night_calls_max_hour = 0;
	CHECK_INT(toll_judge(&strict, NULL, &house, &none, &night, &count), TOLL_NIGHT);
	memset(&user, 0, sizeof(user));
	for (int i = 0; i < 4; i++)
		toll_count_call(&user, &noon);
	CHECK_INT(toll_judge(&rules, &user, &house, &none, &noon, &count), TOLL_STOP_CALLS_HOUR);
	memset(&user, 0, sizeof(user));
	CHECK_INT(toll_judge(&rules, &user, &house, &some, &noon, &count), TOLL_STOP_COST_USER);
	CHECK_INT(count, 3000);
	CHECK_INT(toll_judge(&rules, NULL, &house, &some, &noon, &count), TOLL_FINE);
	toll_count_cost(&house, &noon, 2000);
	CHECK_INT(toll_judge(&rules, NULL, &house, &some, &noon, &count), TOLL_STOP_COST_HOUR);
	for (int hour = 13; hour < 17; hour++) {
		noon = at(hour, 30);
		toll_count_cost(&house, &noon, 4500);
	}
	CHECK_INT(toll_judge(&rules, NULL, &house, &none, &noon, &count), TOLL_STOP_COST_DAY);
	CHECK_INT(count, 20000);
}
