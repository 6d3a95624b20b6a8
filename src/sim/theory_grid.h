/* The simulator beside the formulas: load points, and what both say of them. For test_theory.c and
 * bench_theory.c. */
#pragma once
#include "pacing/erlang.h"
#include "sim/report.h"

struct theory_point {
	int agents;
	double occupancy;  /* offered: load / agents; above 1 only with patience */
	double patience_s; /* INFINITY: Erlang C */
	double contacts;   /* simulated, about */
};
extern const struct theory_point theory_points[];
extern const int theory_n_points;

enum theory_figure {
	THEORY_SERVICE_LEVEL,
	THEORY_ASA,
	THEORY_OCCUPANCY,
	THEORY_ABANDON_RATE,
	THEORY_FIGURES
};
extern const char *const theory_names[THEORY_FIGURES];

struct theory_comparison {
	int n; /* figures compared: without patience nobody abandons */
	double expected[THEORY_FIGURES];
	struct interval got[THEORY_FIGURES];
	bool is_outside[THEORY_FIGURES];     /* of the interval asked for */
	bool is_far_outside[THEORY_FIGURES]; /* of the 99.99 % interval */
	uint64_t inputs;
};
/* Simulates the point times `length` contacts; "settings" is more of the queue's JSON ("" or ",
 * \"keep_free\": 1"). 0 or a negative errno. */
int theory_compare(const struct theory_point *p, double length, uint64_t seed, const char *settings,
	struct theory_comparison *ret_comparison);
/* The same, held against what the formulas say of another load: to show that a wrong formula is seen. */
int theory_compare_with(const struct theory_point *p, const struct erlang *other, double length,
	uint64_t seed, const char *settings, struct theory_comparison *ret_comparison);
struct erlang theory_load(const struct theory_point *p);
