/* The simulation over the real engine agrees with Erlang C and Erlang A; and when it should not, it does not.
 *
 * The grid has 36 load points: 22 of Erlang C (service level, ASA and occupancy of each), 14 of Erlang A (and
 * abandonment): 122 comparisons, each with the run's own 99 % interval. By chance about 1.2 of them lie
 * outside; six or more would come once in 700 grids (binomial), so that is the bound. The seeds are fixed, so
 * the outcome is, too: with these NONE of the 122 is outside the 99 % interval, and none may be outside
 * the 99.99 % interval.
 * `./run bench theory` runs the same grid with more seeds. */
#include "harness/test.h"
#include "sim/theory_grid.h"

#include <stdio.h>

#define SEED 1000
/* A sanitizer makes the engine ten times slower and looks for other mistakes than these: there the longest
 * points are left out. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SANITIZED true
#elif defined(__has_feature)
#define IS_SANITIZED (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#else
#define IS_SANITIZED false
#endif
#define CONTACTS_SANITIZED_MAX 2.5e5
#define OUTSIDE_MAX 5

static void report(const struct theory_point *p, const struct theory_comparison *c)
{
	for (int k = 0; k < c->n; k++)
		if (c->is_outside[k])
			printf("# %d agents, occupancy %g, patience %g s: %s is %.6g by the formulas, "
			       "simulated %.6g..%.6g "
			       "(99 %%)\n",
				p->agents, p->occupancy, p->patience_s, theory_names[k], c->expected[k],
				c->got[k].low, c->got[k].high);
}

TEST(simulation_agrees_with_erlang_c_and_a)
{
	int compared = 0, outside = 0, far = 0, with_patience = 0;
	struct theory_comparison c;

	for (int i = 0; i < theory_n_points; i++) {
		const struct theory_point *p = &theory_points[i];
		if (IS_SANITIZED && p->contacts > CONTACTS_SANITIZED_MAX)
			continue;
		CHECK_INT(theory_compare(p, 1, SEED + (uint64_t)i, "", &c), 0);
		report(p, &c);
		with_patience += isfinite(p->patience_s);
		compared += c.n;
		for (int k = 0; k < c.n; k++) {
			outside += c.is_outside[k];
			far += c.is_far_outside[k];
		}
	}
	printf("# %d points, %d comparisons, %d outside 99 %%, %d outside 99.99 %%\n", theory_n_points,
		compared, outside, far);
	CHECK(theory_n_points >= 30);
	CHECK(IS_SANITIZED || with_patience >= 12);
	CHECK(outside <= OUTSIDE_MAX);
	CHECK_INT(far, 0);
}

/* How many of a comparison's figures are outside even the 99.99 % interval. */
static int far_outside(const struct theory_comparison *c)
{
	int n = 0;

	for (int k = 0; k < c->n; k++)
		n += c->is_far_outside[k];
	return n;
}

/* The point with these agents and patience of the grid. */
static const struct theory_point *point(int agents, double occupancy, double patience_s)
{
	for (int i = 0; i < theory_n_points; i++)
		if (theory_points[i].agents == agents && theory_points[i].occupancy == occupancy &&
			theory_points[i].patience_s == patience_s)
			return &theory_points[i];
	return NULL;
}

TEST(a_formula_of_another_load_is_caught)
{
	const struct theory_point *p = point(10, 0.8, INFINITY);
	struct theory_comparison c;
	struct erlang wrong;

	CHECK(p);
	wrong = theory_load(p);
	CHECK_INT(theory_compare_with(p, &wrong, 1, SEED, "", &c), 0);
	CHECK_INT(far_outside(&c), 0);
	wrong.agents = 11;
	CHECK_INT(theory_compare_with(p, &wrong, 1, SEED, "", &c), 0);
	CHECK_INT(far_outside(&c), 3);
	wrong = theory_load(p);
	wrong.aht_s *= 1.03;
	CHECK_INT(theory_compare_with(p, &wrong, 1, SEED, "", &c), 0);
	CHECK(far_outside(&c) >= 1);
	p = point(10, 0.95, 180);
	CHECK(p);
	wrong = theory_load(p);
	wrong.patience_s *= 1.3;
	CHECK_INT(theory_compare_with(p, &wrong, 1, SEED, "", &c), 0);
	CHECK(far_outside(&c) >= 2);
}

TEST(an_engine_that_leaves_agents_idle_is_caught)
{
	const struct theory_point *p = point(10, 0.8, INFINITY);
	struct theory_comparison c;

	/* One agent always kept back: callers wait while somebody is free. */
	CHECK(p);
	CHECK_INT(theory_compare(p, 1, SEED, ", \"keep_free\": 1", &c), 0);
	CHECK(c.is_far_outside[THEORY_SERVICE_LEVEL] && c.is_far_outside[THEORY_ASA]);
	/* Four seconds of wrap-up the formulas know nothing of. */
	CHECK_INT(theory_compare(p, 1, SEED, ", \"wrap_up_s\": 4", &c), 0);
	CHECK(c.is_far_outside[THEORY_OCCUPANCY]);
}

TEST(who_is_chosen_does_not_matter_to_the_formulas)
{
	static const char *const settings[] = {", \"strategy\": \"least_occupied\"",
		", \"strategy\": \"round_robin\"", ", \"strategy\": \"fewest_contacts\"",
		", \"strategy\": \"top_down\"", ", \"strategy\": \"ring_all\"",
		", \"strategy\": \"weighted\"", ", \"is_by_due\": true", ", \"age_s\": 60, \"priority\": 3"};
	const struct theory_point *p = point(10, 0.8, INFINITY);
	struct theory_comparison c;

	CHECK(p);
	for (unsigned i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		CHECK_INT(theory_compare(p, 0.5, SEED, settings[i], &c), 0);
		report(p, &c);
		CHECK_INT(far_outside(&c), 0);
	}
}
