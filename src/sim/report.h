/* What a simulation found, in the figures of docs/kpi.md: from the tally to numbers and to JSON. Pure. */
#pragma once
#include "pacing/erlang.h"
#include "sim/interval.h"
#include "sim/tally.h"

#define SIM_ALL (-1) /* every queue together */

enum sim_level { /* service level variants, in the order of docs/kpi.md */
	SIM_SL_ANSWERED,
	SIM_SL_ABANDON_POSITIVE,
	SIM_SL_STRICT,
	SIM_SL_DEFAULT,
	SIM_SL_FLOW,
	SIM_SL_EARLY_OUT,
	SIM_LEVELS
};
extern const char *const sim_level_names[SIM_LEVELS]; /* "sl_answered"... */

enum sim_interval { SIM_SERVICE_LEVEL, SIM_ASA, SIM_OCCUPANCY, SIM_ABANDON_RATE, SIM_INTERVALS };

struct sim_figures { /* NAN: nothing to divide by */
	struct tally_contacts sum;
	double levels[SIM_LEVELS];
	double abandon_rate; /* without the short ones, as docs/kpi.md says */
	double asa_s, aht_s;
	double occupancy; /* of the agents who serve the queue, wherever they are busy */
	double wait_p50_s, wait_p90_s, wait_p99_s; /* of those answered */
	struct interval intervals[SIM_INTERVALS];  /* service_level is sl_default */
	int n_agents;				   /* who serve the queue */
};

/* Figures of a queue (its place) or of SIM_ALL; level: of the intervals, 0.99 usually. */
struct sim_figures sim_figures(const struct scenario *s, const struct tally *t, int queue, double level);

/* Whether the queue is what Erlang C or A describe: steady Poisson arrivals, exponential handling, agents who
 * serve it alone, answer at once, need no wrap-up, and nothing that turns anybody away. Then *ret_erlang says
 * which. */
bool sim_is_erlang(const struct scenario *s, int queue, struct erlang *ret_erlang);

/* Everything as one JSON object (docs/simulation.md), or NULL when memory is out. */
json_t *sim_report(const struct scenario *s, const struct tally *t, uint64_t seed);
