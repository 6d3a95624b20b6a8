/* Dice and agenda: what a simulation stands on. */
#include "harness/test.h"
#include "sim/agenda.h"
#include "sim/dice.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

TEST(the_generator_is_xoshiro256_starstar)
{
	/* From the state 1, 2, 3, 4 the reference program gives these (they can be checked by hand: 2 * 5
	 * rotated by 7 is 1280, times 9 is 11520; then s[1] is 0; ...). */
	struct dice d = {.state = {1, 2, 3, 4}};

	CHECK(dice_bits(&d) == 11520);
	CHECK(dice_bits(&d) == 0);
	CHECK(dice_bits(&d) == 1509978240);
	CHECK(dice_bits(&d) == UINT64_C(1215971899390074240));
}

TEST(a_seed_is_a_run)
{
	struct dice a, b, c;

	dice_seed(&a, 7);
	dice_seed(&b, 7);
	dice_seed(&c, 8);
	for (int i = 0; i < 100; i++) {
		uint64_t bits = dice_bits(&a);
		CHECK(bits == dice_bits(&b));
		CHECK(bits != dice_bits(&c));
	}
}

TEST(streams_do_not_depend_on_throws_made_before)
{
	struct dice d, early, late, other;

	dice_seed(&d, 7);
	early = dice_split(&d, 3);
	dice_bits(&d);
	late = dice_split(&d, 3);
	other = dice_split(&d, 4);
	for (int i = 0; i < 100; i++) {
		uint64_t bits = dice_bits(&early);
		CHECK(bits == dice_bits(&late));
		CHECK(bits != dice_bits(&other) && bits != dice_bits(&d));
	}
}

TEST(every_face_is_equally_likely)
{
	struct dice d;
	long faces[7] = {0};

	dice_seed(&d, 1);
	for (int i = 0; i < 70000; i++)
		faces[dice_roll(&d, 7)]++;
	for (int i = 0; i < 7; i++)
		CHECK(labs(faces[i] - 10000) < 400); /* four standard deviations */
	for (int i = 0; i < 100; i++) {
		CHECK(dice_roll(&d, 1) == 0);
		CHECK(dice_roll(&d, UINT64_MAX) < UINT64_MAX);
	}
}

/* Mean and coefficient of variation of n throws. */
static void moments(double (*throw)(struct dice *), double *ret_mean, double *ret_cv)
{
	struct dice d;
	double sum = 0, squares = 0;
	const int n = 200000;

	dice_seed(&d, 2);
	for (int i = 0; i < n; i++) {
		double x = throw(&d);
		sum += x;
		squares += x * x;
	}
	*ret_mean = sum / n;
	*ret_cv = sqrt(squares / n - (sum / n) * (sum / n)) / (sum / n);
}
static double throw_exponential(struct dice *d)
{
	return dice_exponential(d, 180);
}
static double throw_lognormal(struct dice *d)
{
	return dice_lognormal(d, 180, 0.5);
}

TEST(distributions_have_the_moments_asked_for)
{
	double mean, cv;

	moments(throw_exponential, &mean, &cv);
	CHECK(fabs(mean - 180) < 1.7 && fabs(cv - 1) < 0.02);
	moments(throw_lognormal, &mean, &cv);
	CHECK(fabs(mean - 180) < 0.9 && fabs(cv - 0.5) < 0.01);
	moments(dice_unit, &mean, &cv);
	CHECK(fabs(mean - 0.5) < 0.003 && fabs(cv - 1 / sqrt(3)) < 0.003);
}

TEST_OOM(the_agenda_is_in_order_of_time_then_entry)
{
	struct agenda g = {0};
	struct agenda_entry e, last = {.at_ms = -1};
	struct dice d;

	dice_seed(&d, 3);
	for (uint64_t i = 0; i < 500; i++)
		if (agenda_add(&g, (int64_t)dice_roll(&d, 50), 1, i, 0) < 0) {
			agenda_free(&g);
			return;
		}
	for (int i = 0; i < 500; i++) {
		int64_t due = agenda_due(&g);
		CHECK(agenda_take(&g, &e));
		CHECK(e.at_ms == due);
		CHECK(e.at_ms > last.at_ms || (e.at_ms == last.at_ms && e.a > last.a));
		last = e;
	}
	CHECK(!agenda_take(&g, &e));
	CHECK(agenda_due(&g) == INT64_MAX);
	CHECK(e.a == last.a);
	agenda_free(&g);
}
