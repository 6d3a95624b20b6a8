/* Erlang B, C and A against published values, against each other at their limits, and A against a second way
 * to the same figures. */
#include "harness/test.h"
#include "pacing/erlang.h"

#include <errno.h>

static bool is_near(double got, double want, double tolerance)
{
	return fabs(got - want) <= tolerance;
}

/* To the last digit printed there. */
#define CHECK_NEAR(got, want, tolerance)                                                                     \
	do {                                                                                                 \
		double _g = (got), _w = (want);                                                              \
		if (!is_near(_g, _w, (tolerance))) {                                                         \
			test_fail(__FILE__, __LINE__, "%s is %.10g, wanted %.10g", #got, _g, _w);            \
			return;                                                                              \
		}                                                                                            \
	} while (0)

TEST(erlang_b_agrees_with_published_tables)
{
	/* Westbay's Erlang calculator manual, "How much traffic?": 15 lines carry 8.108 E at 1 % blocking. */
	CHECK_NEAR(erlang_b(8.108, 15), 0.01, 0.000005);
	/* Wolfram's documentation: 30 lines, 25 E, "approximately 0.05". */
	CHECK_NEAR(erlang_b(25, 30), 0.0526, 0.00005);
	/* The usual Erlang B tables (ITU-D SG 2 Teletraffic Engineering Handbook): 1 % blocking. */
	CHECK_NEAR(erlang_b(4.461, 10), 0.01, 0.000005);
	CHECK_NEAR(erlang_b(84.06, 100), 0.01, 0.00001);
	/* By hand: B(2, 2) = (4/2) / (1 + 2 + 4/2). */
	CHECK_NEAR(erlang_b(2, 2), 0.4, 1e-15);
	CHECK_NEAR(erlang_b(0, 3), 0, 0);
	CHECK_NEAR(erlang_b(3, 0), 1, 0);
}

TEST(erlang_c_agrees_with_published_examples)
{
	struct erlang e = {.arrivals_per_h = 200, .aht_s = 180, .patience_s = INFINITY, .agents = 14};
	struct erlang_result r;
	struct erlang_within w;

	/* Call Centre Helper, "Erlang C formula made simple": 100 calls in half an hour, 3 minutes each, 14
	 * agents: P(wait) 17.4 %, 88.8 % within 20 s, ASA 7.8 s, occupancy 71.4 %. */
	CHECK_INT(erlang_solve(&e, &r), 0);
	CHECK_INT(erlang_within(&e, 20, &w), 0);
	CHECK_NEAR(r.load, 10, 1e-12);
	CHECK_NEAR(r.wait, 0.174, 0.0005);
	CHECK_NEAR(w.answered, 0.888, 0.0005);
	CHECK_NEAR(r.asa_s, 7.8, 0.05);
	CHECK_NEAR(r.occupancy, 0.714, 0.0005);
	/* Tanner, "The Erlang-C formula" (mitan.co.uk): 360 calls in half an hour, 4 minutes each, 55 agents:
	 * P(wait) 0.239, mean wait 8.18 s, occupancy 0.873. */
	e = (struct erlang){720, 240, INFINITY, 55};
	CHECK_INT(erlang_solve(&e, &r), 0);
	CHECK_NEAR(r.wait, 0.239, 0.0005);
	CHECK_NEAR(r.wait_s, 8.18, 0.005);
	CHECK_NEAR(r.occupancy, 0.873, 0.0005);
	/* M/M/1: P(wait) = rho, mean wait = rho / (1 - rho) services. */
	e = (struct erlang){54, 60, INFINITY, 1};
	CHECK_INT(erlang_solve(&e, &r), 0);
	CHECK_NEAR(r.wait, 0.9, 1e-12);
	CHECK_NEAR(r.asa_s, 540, 1e-9);
	CHECK_NEAR(r.queue, 8.1, 1e-9);
}

TEST(erlang_a_agrees_with_published_examples)
{
	/* Mandelbaum and Zeltyn, "The Palm/Erlang-A Queue" (2005), after Garnett, Mandelbaum and Reiman
	 * (2002): 48 calls a minute, 1 minute each, 50 agents. Erlang C: mean wait 20.8 s, queue 17,
	 * occupancy 96 %. Patience 2 minutes: 3.1 % abandon, mean wait 3.7 s, 90th percentile 12.5 s, queue
	 * 3, occupancy 93
	 * %. */
	struct erlang e = {2880, 60, INFINITY, 50};
	struct erlang_result r;
	struct erlang_within w;

	CHECK_INT(erlang_solve(&e, &r), 0);
	CHECK_NEAR(r.wait_s, 20.8, 0.05);
	CHECK_NEAR(r.queue, 17, 0.5);
	CHECK_NEAR(r.occupancy, 0.96, 0.0005);
	e.patience_s = 120;
	CHECK_INT(erlang_solve(&e, &r), 0);
	CHECK_INT(erlang_within(&e, 12.5, &w), 0);
	CHECK_NEAR(r.abandon, 0.031, 0.0005);
	CHECK_NEAR(r.wait_s, 3.7, 0.05);
	CHECK_NEAR(r.queue, 3, 0.05);
	CHECK_NEAR(r.occupancy, 0.93, 0.005);
	CHECK_NEAR(w.answered + w.abandoned, 0.9, 0.002);
}

/* The same figures another way: the density of the wait offered to who comes (how long the agents would need
 * to reach one who stays) is proportional to exp(lambda H(x) - N mu x), H the integral of the patience's
 * survival function (Baccelli and Hebuterne 1981; Zeltyn and Mandelbaum 2005 for M/M/n+G). Integrated by
 * Simpson's rule. */
struct offered_wait {
	double none, answered, answered_wait_s, answered_late;
};

static struct offered_wait integrate(const struct erlang *e, double t_s)
{
	double rate = e->arrivals_per_h / 3600, none = 0, term = 1;
	struct offered_wait o = {0};
	const int steps = 400000;
	double span = 40 * e->patience_s, h = span / steps, mass = 0;

	/* States below N relative to that of N - 1, which is what the density at 0 stands beside. */
	for (int k = e->agents - 1; k >= 0; k--) {
		none += term;
		term *= k / (rate * e->aht_s);
	}
	for (int i = 0; i <= steps; i++) {
		double x = i * h, stays = exp(-x / e->patience_s);
		double density = rate * exp(rate * e->patience_s * (1 - stays) - e->agents / e->aht_s * x);
		double weight = h / 3 * (i == 0 || i == steps ? 1 : i % 2 ? 4 : 2) * density;
		mass += weight;
		o.answered += weight * stays;
		o.answered_wait_s += weight * stays * x;
		if (x > t_s)
			o.answered_late += weight * stays;
	}
	o.none = none / (none + mass);
	o.answered /= none + mass;
	o.answered_wait_s /= none + mass;
	o.answered_late /= none + mass;
	return o;
}

TEST(erlang_a_agrees_with_the_integral_of_the_offered_wait)
{
	static const struct erlang loads[] = {
		{10, 180, 60, 1},
		{30, 180, 90, 1},
		{200, 180, 60, 8},
		{200, 180, 300, 12},
		{2880, 60, 120, 50},
		{4000, 60, 30, 50},
		{2200, 180, 120, 100},
		{1900, 180, 600, 100},
	};

	for (unsigned i = 0; i < sizeof(loads) / sizeof(loads[0]); i++) {
		struct erlang_result r;
		struct erlang_within w;
		struct offered_wait o = integrate(&loads[i], 20);

		CHECK_INT(erlang_solve(&loads[i], &r), 0);
		CHECK_INT(erlang_within(&loads[i], 20, &w), 0);
		CHECK_NEAR(1 - r.wait, o.none, 1e-6);
		CHECK_NEAR(1 - r.abandon, o.none + o.answered, 1e-6);
		CHECK_NEAR(r.asa_s, o.answered_wait_s / (o.none + o.answered), 1e-5 * (1 + r.asa_s));
		CHECK_NEAR(w.answered, o.none + o.answered - o.answered_late, 2e-4);
	}
}

TEST(what_must_be_consistent_is)
{
	for (int n = 1; n <= 4096; n *= 4) {
		struct erlang e = {n * 20 * 0.97, 180, 120, n};
		struct erlang_result r;
		struct erlang_within now, soon, late, ever;

		CHECK_INT(erlang_solve(&e, &r), 0);
		CHECK_INT(erlang_within(&e, 0, &now), 0);
		CHECK_INT(erlang_within(&e, 5, &soon), 0);
		CHECK_INT(erlang_within(&e, 60, &late), 0);
		CHECK_INT(erlang_within(&e, 1e7, &ever), 0);
		CHECK_NEAR(now.answered, 1 - r.wait, 1e-12);
		CHECK_NEAR(now.abandoned, 0, 1e-12);
		CHECK(now.answered < soon.answered && soon.answered < late.answered);
		CHECK(0 < soon.abandoned && soon.abandoned < late.abandoned);
		CHECK_NEAR(ever.answered + ever.abandoned, 1, 1e-12);
		CHECK_NEAR(ever.abandoned, r.abandon, 1e-12);
		/* Little, with the waits of those who left making up the rest. */
		CHECK(r.asa_s > 0 && r.asa_s < 120);
		CHECK_NEAR(r.occupancy, r.load * (1 - r.abandon) / n, 1e-12);
	}
}

TEST(much_patience_is_erlang_c_and_none_is_erlang_b)
{
	struct erlang e = {480, 180, 1e9, 26}, c = e;
	struct erlang_result a, r;
	struct erlang_within wa, wc;

	c.patience_s = INFINITY;
	CHECK_INT(erlang_solve(&e, &a), 0);
	CHECK_INT(erlang_solve(&c, &r), 0);
	CHECK_INT(erlang_within(&e, 20, &wa), 0);
	CHECK_INT(erlang_within(&c, 20, &wc), 0);
	CHECK_NEAR(a.wait, r.wait, 1e-5);
	CHECK_NEAR(a.asa_s, r.asa_s, 1e-3);
	CHECK_NEAR(wa.answered, wc.answered, 1e-5);
	CHECK(a.abandon < 1e-6);
	e.patience_s = 1e-6;
	CHECK_INT(erlang_solve(&e, &a), 0);
	CHECK_NEAR(a.abandon, erlang_b(24, 26), 1e-6);
}

TEST(very_many_agents_wait_for_work)
{
	struct erlang e = {2000, 180, INFINITY, 100};
	struct erlang_result r;
	double wait = 1.1;

	e.arrivals_per_h = 1900;
	for (; e.agents <= ERLANG_AGENTS_MAX; e.agents *= 10) {
		CHECK_INT(erlang_solve(&e, &r), 0);
		CHECK(r.wait < wait || r.wait < 1e-300);
		wait = r.wait;
	}
	CHECK(wait < 1e-300);
	/* Ten thousand agents for 9,900 erlangs: nothing over- or underflows. Halfin and Whitt (1981): with
	 * beta = (N - a) / sqrt(N) = 1, P(wait) tends to 1 / (1 + beta Phi(beta) / phi(beta)) = 0.2234. */
	CHECK_NEAR(erlang_c(9900, 10000), 0.2234, 0.004);
	e = (struct erlang){9900 * 20, 180, 120, 10000};
	CHECK_INT(erlang_solve(&e, &r), 0);
	CHECK(r.wait > 0.1 && r.wait < 0.2234 && r.abandon < 0.01);
	/* Overloaded far beyond the agents: the rest leaves. */
	e = (struct erlang){100000, 180, 60, 100};
	CHECK_INT(erlang_solve(&e, &r), 0);
	CHECK_NEAR(r.abandon, 0.98, 1e-6);
	CHECK_NEAR(r.occupancy, 1, 1e-9);
}

TEST(the_least_number_of_agents_is_found)
{
	struct erlang e = {200, 180, INFINITY, 0};
	struct erlang_target target = {ERLANG_SL_DEFAULT, 20, 5, 0.80};
	int n = 0, with_patience = 0;
	double level;

	/* The published example again: 13 agents give 79.6 %, 14 give 88.8 %. */
	CHECK_INT(erlang_agents_for(&e, &target, &n), 0);
	CHECK_INT(n, 14);
	target.level = 0.79;
	CHECK_INT(erlang_agents_for(&e, &target, &n), 0);
	CHECK_INT(n, 13);
	for (double rate = 1; rate < 1e5; rate *= 7) {
		e = (struct erlang){rate, 240, INFINITY, 0};
		target.level = 0.9;
		CHECK_INT(erlang_agents_for(&e, &target, &n), 0);
		e.agents = n;
		CHECK_INT(erlang_service_level(&e, &target, &level), 0);
		CHECK(level >= 0.9);
		e.agents = n - 1;
		CHECK(n == 1 || erlang_service_level(&e, &target, &level) == -EDOM || level < 0.9);
		e.patience_s = 60;
		CHECK_INT(erlang_agents_for(&e, &target, &with_patience), 0);
		CHECK(with_patience <= n);
	}
}

TEST(variants_stand_in_the_order_they_must)
{
	struct erlang e = {250, 180, 60, 11};
	double level[5];

	for (int v = 0; v < 5; v++)
		CHECK_INT(erlang_service_level(
				  &e, &(struct erlang_target){(enum erlang_variant)v, 20, 5, 0}, &level[v]),
			0);
	CHECK(level[ERLANG_SL_STRICT] < level[ERLANG_SL_DEFAULT]);
	CHECK(level[ERLANG_SL_DEFAULT] < level[ERLANG_SL_EARLY_OUT]);
	CHECK(level[ERLANG_SL_STRICT] < level[ERLANG_SL_ANSWERED]);
	CHECK(level[ERLANG_SL_STRICT] < level[ERLANG_SL_ABANDON_POSITIVE]);
	e.patience_s = INFINITY;
	e.agents = 14;
	for (int v = 0; v < 5; v++)
		CHECK_INT(erlang_service_level(
				  &e, &(struct erlang_target){(enum erlang_variant)v, 20, 5, 0}, &level[v]),
			0);
	for (int v = 1; v < 5; v++)
		CHECK_NEAR(level[v], level[0], 1e-15);
}

TEST(what_cannot_be_solved_is_refused)
{
	struct erlang_result r = {.load = 7};
	static const struct erlang bad[] = {
		{-1, 180, INFINITY, 1},
		{NAN, 180, INFINITY, 1},
		{INFINITY, 180, 60, 1},
		{10, 0, 60, 1},
		{10, NAN, 60, 1},
		{10, 180, 0, 1},
		{10, 180, NAN, 1},
		{10, 180, 60, 0},
		{10, 180, 60, ERLANG_AGENTS_MAX + 1},
		{1e300, 1e300, 60, 1},
	};
	struct erlang e = {200, 180, INFINITY, 10};
	int n = 5;

	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK_INT(erlang_solve(&bad[i], &r), -EINVAL);
	CHECK_INT(erlang_solve(&e, &r), -EDOM);
	CHECK(r.load == 7);
	e.arrivals_per_h = 1e9;
	CHECK_INT(erlang_agents_for(&e, &(struct erlang_target){ERLANG_SL_STRICT, 20, 5, 0.8}, &n), -ERANGE);
	CHECK_INT(erlang_agents_for(&e, &(struct erlang_target){ERLANG_SL_STRICT, 20, 5, 1}, &n), -EINVAL);
	CHECK_INT(n, 5);
	e = (struct erlang){0, 180, 60, 3};
	CHECK_INT(erlang_solve(&e, &r), 0);
	CHECK(r.wait == 0 && r.asa_s == 0 && r.occupancy == 0);
}
