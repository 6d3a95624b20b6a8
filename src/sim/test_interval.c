/* Intervals: Student's quantiles, and that they cover what they promise to. */
#include "harness/test.h"
#include "sim/dice.h"
#include "sim/interval.h"

#include <math.h>

#define BATCHES 30

TEST(student_agrees_with_the_tables)
{
	/* Any table of Student's distribution, two-sided. */
	CHECK(fabs(interval_student(0.95, 1) - 12.706) < 0.0005);
	CHECK(fabs(interval_student(0.99, 2) - 9.925) < 0.0005);
	CHECK(fabs(interval_student(0.95, 10) - 2.228) < 0.0005);
	CHECK(fabs(interval_student(0.99, 19) - 2.861) < 0.0005);
	CHECK(fabs(interval_student(0.99, 29) - 2.756) < 0.0005);
	CHECK(fabs(interval_student(0.999, 29) - 3.659) < 0.0005);
	CHECK(fabs(interval_student(0.99, 1000) - 2.581) < 0.0005);
}

TEST(a_hand_made_interval_is_right)
{
	/* y = 1 each: the plain mean of 1, 2, 3 with standard error sqrt(1/3). */
	double x[] = {1, 2, 3}, y[] = {1, 1, 1};
	struct interval v = interval_of_ratio(x, y, 3, 0.95);

	CHECK(fabs(v.value - 2) < 1e-12);
	CHECK(fabs(v.high - v.low - 2 * 4.3027 / sqrt(3)) < 1e-3);
	CHECK(fabs(v.lag1 - 0) < 1e-12);
}

/* Ratios of random sums whose true ratio is 2: how many of 4000 intervals miss it. */
static int misses(double level)
{
	struct dice d;
	int n = 0;

	dice_seed(&d, 11);
	for (int run = 0; run < 4000; run++) {
		double x[BATCHES], y[BATCHES];
		for (int i = 0; i < BATCHES; i++) {
			y[i] = 50 + 50 * dice_unit(&d);
			x[i] = 2 * y[i] + 20 * (dice_unit(&d) + dice_unit(&d) - 1);
		}
		struct interval v = interval_of_ratio(x, y, BATCHES, level);
		n += v.low > 2 || v.high < 2;
	}
	return n;
}

TEST(intervals_cover_what_they_promise)
{
	int ninety_nine = misses(0.99), ninety = misses(0.9);

	CHECK(ninety_nine > 15 && ninety_nine < 70); /* 40 on average */
	CHECK(ninety > 330 && ninety < 470);	     /* 400 */
}

TEST(batches_that_depend_on_each_other_are_seen)
{
	double x[BATCHES], y[BATCHES], before = 0;
	struct dice d;
	int seen = 0, by_chance = 0;

	dice_seed(&d, 12);
	for (int run = 0; run < 200; run++) {
		for (int i = 0; i < BATCHES; i++) {
			y[i] = 1;
			x[i] = before = 0.9 * before + dice_unit(&d) - 0.5;
		}
		seen += interval_of_ratio(x, y, BATCHES, 0.99).is_correlated;
		for (int i = 0; i < BATCHES; i++)
			x[i] = dice_unit(&d);
		by_chance += interval_of_ratio(x, y, BATCHES, 0.99).is_correlated;
	}
	CHECK(seen > 180);
	CHECK(by_chance < 10);
}

TEST(nothing_counted_is_no_figure)
{
	double x[2] = {0}, y[2] = {0}, all[2] = {50, 50};

	CHECK(isnan(interval_of_ratio(x, y, 2, 0.99).value));
	CHECK(isnan(interval_of_share(x, y, 2, 0.99).low));
	/* All of a hundred in time: up to 5.2 % might not be; none of them: the same. */
	CHECK(fabs(interval_of_share(all, all, 2, 0.99).low - pow(0.005, 0.01)) < 1e-9);
	CHECK(interval_of_share(all, all, 2, 0.99).high == 1);
	CHECK(fabs(interval_of_share(x, all, 2, 0.99).high - (1 - pow(0.005, 0.01))) < 1e-9);
	CHECK(interval_of_share(x, all, 2, 0.99).low == 0);
}
