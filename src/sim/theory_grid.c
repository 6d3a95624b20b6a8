/* See theory_grid.h. How long a point is simulated: a queue forgets its past in about AHT / (N (1 -
 * sqrt(rho))^2) seconds (the relaxation time of M/M/N), and a batch should be tens of those long. In contacts
 * that is independent of N: 30 batches of 50 such times are 1500 rho / (1 - sqrt(rho))^2 contacts. */
#include "sim/theory_grid.h"
#include "base/str.h"
#include "sim/centre.h"

#include <math.h>

#define AHT_S 180
#define IN_TIME_S 20
#define SHORT_S 5

const struct theory_point theory_points[] = {
	/* Erlang C */
	{1, 0.5, INFINITY, 1e5},
	{1, 0.7, INFINITY, 1.5e5},
	{1, 0.8, INFINITY, 2.5e5},
	{1, 0.9, INFINITY, 6e5},
	{2, 0.5, INFINITY, 1e5},
	{2, 0.7, INFINITY, 1.5e5},
	{2, 0.9, INFINITY, 6e5},
	{5, 0.6, INFINITY, 1.5e5},
	{5, 0.8, INFINITY, 2.5e5},
	{5, 0.9, INFINITY, 6e5},
	{10, 0.7, INFINITY, 1.5e5},
	{10, 0.8, INFINITY, 2.5e5},
	{10, 0.9, INFINITY, 6e5},
	{10, 0.95, INFINITY, 1.2e6},
	{20, 0.8, INFINITY, 2.5e5},
	{20, 0.9, INFINITY, 6e5},
	{50, 0.85, INFINITY, 3e5},
	{50, 0.9, INFINITY, 6e5},
	{50, 0.95, INFINITY, 1.2e6},
	{100, 0.9, INFINITY, 6e5},
	{100, 0.95, INFINITY, 1.2e6},
	{150, 0.95, INFINITY, 1.2e6},
	/* Erlang A */
	{1, 0.8, 180, 2e5},
	{1, 1.2, 60, 2e5},
	{2, 0.9, 120, 2e5},
	{5, 0.9, 90, 2e5},
	{5, 1.1, 300, 3e5},
	{10, 0.8, 60, 2e5},
	{10, 0.95, 180, 3e5},
	{20, 0.9, 60, 2e5},
	{20, 1.05, 120, 3e5},
	{50, 0.95, 60, 3e5},
	{50, 1.0, 180, 3e5},
	{100, 0.95, 120, 3e5},
	{100, 1.02, 60, 3e5},
	{150, 0.95, 240, 3e5},
};
const int theory_n_points = sizeof(theory_points) / sizeof(theory_points[0]);
const char *const theory_names[THEORY_FIGURES] = {"service level", "ASA", "occupancy", "abandon rate"};

struct erlang theory_load(const struct theory_point *p)
{
	return (struct erlang){p->occupancy * p->agents * 3600 / AHT_S, AHT_S, p->patience_s, p->agents};
}

/* What the formulas say, in the simulator's figures. */
static int expect(const struct erlang *e, double *ret_expected)
{
	struct erlang_target target = {ERLANG_SL_DEFAULT, IN_TIME_S, SHORT_S, 0};
	struct erlang_within soon;
	struct erlang_result r;
	int err = erlang_solve(e, &r);

	if (err == 0)
		err = erlang_service_level(e, &target, &ret_expected[THEORY_SERVICE_LEVEL]);
	if (err == 0)
		err = erlang_within(e, SHORT_S, &soon);
	if (err < 0)
		return err;
	ret_expected[THEORY_ASA] = r.asa_s;
	ret_expected[THEORY_OCCUPANCY] = r.occupancy;
	ret_expected[THEORY_ABANDON_RATE] = (r.abandon - soon.abandoned) / (1 - soon.abandoned);
	return 0;
}

/* The scenario's file, so that the whole way of a user's scenario is what is measured. */
static int scenario_of(
	const struct theory_point *p, double length, const char *settings, struct scenario *ret_scenario)
{
	struct erlang e = theory_load(p);
	double hours = p->contacts * length / e.arrivals_per_h;
	char patience[32] = "null", why[SCENARIO_WHY_SIZE], json[1024];

	if (isfinite(p->patience_s))
		str_printf(patience, sizeof(patience), "%g", p->patience_s);
	str_printf(json, sizeof(json),
		"{\"duration_h\": %.6f, \"warmup_h\": %.6f, \"queues\": [{\"id\": \"q\", \"arrivals_per_h\": "
		"%.17g,"
		" \"aht_s\": %d, \"patience_s\": %s, \"service_level_s\": %d, \"short_abandon_s\": %d%s}],"
		" \"agents\": [{\"count\": %d, \"queues\": [\"q\"]}]}",
		hours, hours / 20, e.arrivals_per_h, AHT_S, patience, IN_TIME_S, SHORT_S, settings,
		p->agents);
	return scenario_parse_text(json, strlen(json), ret_scenario, why);
}

static void judge(const struct sim_figures *f, const struct sim_figures *far, struct theory_comparison *c)
{
	static const enum sim_interval of[THEORY_FIGURES] = {
		SIM_SERVICE_LEVEL, SIM_ASA, SIM_OCCUPANCY, SIM_ABANDON_RATE};

	for (int i = 0; i < c->n; i++) {
		const struct interval *wide = &far->intervals[of[i]];
		c->got[i] = f->intervals[of[i]];
		c->is_outside[i] = !(c->expected[i] >= c->got[i].low && c->expected[i] <= c->got[i].high);
		c->is_far_outside[i] = !(c->expected[i] >= wide->low && c->expected[i] <= wide->high);
	}
}

int theory_compare_with(const struct theory_point *p, const struct erlang *other, double length,
	uint64_t seed, const char *settings, struct theory_comparison *ret_comparison)
{
	struct theory_comparison c = {.n = isinf(p->patience_s) ? THEORY_OCCUPANCY + 1 : THEORY_FIGURES};
	struct scenario s;
	struct tally t;
	int err = expect(other, c.expected);

	if (err == 0)
		err = scenario_of(p, length, settings, &s);
	if (err < 0)
		return err;
	err = tally_new(&t, &s, 1);
	if (err == 0) {
		err = sim_centre_run(&s, seed, 0, &t);
		struct sim_figures f = sim_figures(&s, &t, 0, 0.99), far = sim_figures(&s, &t, 0, 0.9999);
		judge(&f, &far, &c);
		c.inputs = t.inputs;
		tally_free(&t);
	}
	scenario_free(&s);
	if (err == 0)
		*ret_comparison = c;
	return err;
}

int theory_compare(const struct theory_point *p, double length, uint64_t seed, const char *settings,
	struct theory_comparison *ret_comparison)
{
	struct erlang e = theory_load(p);

	return theory_compare_with(p, &e, length, seed, settings, ret_comparison);
}
