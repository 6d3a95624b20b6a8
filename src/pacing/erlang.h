/* How many people a load needs, and how long it waits for those there are: the formulas of Erlang B, Erlang C
 * and Erlang A (Palm's), exact up to rounding for up to ERLANG_AGENTS_MAX agents. PURE.
 *
 * Assumptions: Poisson arrivals, exponential handling times, one queue served in order of arrival by equal
 * agents; Erlang B: who finds nobody free is gone; Erlang C: everybody waits; Erlang A: everybody waits at
 * most a patience of his own, exponentially distributed.
 *
 * Sources: B and C: docs/kpi.md and any textbook (Cooper, Introduction to Queueing Theory, 1981). A: birth
 * and death equations, Mandelbaum and Zeltyn, "The Palm/Erlang-A Queue", 2005, section 3; the law of the
 * waiting time is derived in erlang_a.c. */
#pragma once
#include <math.h>
#include <stdbool.h>

#define ERLANG_AGENTS_MAX 100000
#define ERLANG_TERMS_MAX 5000000 /* of the sum over those waiting; more is refused with -ERANGE */

/* Probability that all n agents are busy when load erlangs (arrivals a second times handling seconds) are
 * offered and nobody waits. load >= 0 and finite, 0 <= n <= ERLANG_AGENTS_MAX (asserted). O(n). */
double erlang_b(double load, int n);
/* Probability of having to wait when everybody does; 1 when load >= n (the queue grows for ever). O(n). */
double erlang_c(double load, int n);

struct erlang {
	double arrivals_per_h;
	double aht_s;	   /* mean handling time, wrap-up included */
	double patience_s; /* mean; INFINITY: everybody waits (Erlang C) */
	int agents;
};
struct erlang_result {
	double load;	  /* erlangs offered */
	double wait;	  /* probability of waiting, of all who come */
	double abandon;	  /* part of those who come who leave before an answer; 0 without patience */
	double asa_s;	  /* mean wait of those answered */
	double wait_s;	  /* mean wait of all, until answered or gone */
	double queue;	  /* mean number waiting */
	double occupancy; /* of the agents */
};
/* 0; -EINVAL (a number negative, not finite, or above its limit; aht_s and agents must be above 0); -EDOM: as
 * many or more erlangs than agents and infinite patience: the queue grows for ever; -ERANGE: the sum is too
 * long (patience of days on an overloaded queue). */
int erlang_solve(const struct erlang *e, struct erlang_result *ret_result);

/* Of all who come: how many are answered, and how many have left, within t. */
struct erlang_within {
	double answered, abandoned;
};
/* The same errors; t_s >= 0. Exact. */
int erlang_within(const struct erlang *e, double t_s, struct erlang_within *ret_within);

/* The variants of docs/kpi.md without overflow; all exact. Without patience they are one number. */
enum erlang_variant {
	ERLANG_SL_ANSWERED,	    /* A_T / A */
	ERLANG_SL_ABANDON_POSITIVE, /* (A_T + B_T) / (A + B) */
	ERLANG_SL_STRICT,	    /* A_T / (A + B) */
	ERLANG_SL_DEFAULT,	    /* A_T / (A + B - B_s), B_s: left within short_s */
	ERLANG_SL_EARLY_OUT,	    /* A_T / (A + B - B_T) */
};
struct erlang_target {
	enum erlang_variant variant;
	double within_s; /* T */
	double short_s;	 /* ERLANG_SL_DEFAULT only */
	double level;	 /* wanted: above 0, below 1 (erlang_agents_for) */
};
/* The service level for the target's variant and times; errors as above. */
int erlang_service_level(const struct erlang *e, const struct erlang_target *target, double *ret_level);
/* The least number of agents whose service level reaches target->level; e->agents is not read. Errors as
 * above; -ERANGE also when ERLANG_AGENTS_MAX are not enough. O(n log n). */
int erlang_agents_for(const struct erlang *e, const struct erlang_target *target, int *ret_agents);
