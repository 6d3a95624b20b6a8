/* A scenario run over the real routing engine: a discrete-event simulation in virtual milliseconds.
 *
 * Callers arrive (Poisson), wait with a patience of their own, are offered to agents by route_step, handled,
 * and gone; agents come and go by shifts, answer after a delay or not at all. What happens next is the
 * agenda's first entry or the engine's next deadline, whichever is earlier; at the same millisecond the
 * agenda first.
 *
 * Times are drawn in continuous time and rounded to the nearest millisecond. A rounding shifts an event by
 * half a millisecond at most and with mean 0, so figures are biased by less than a millisecond; that matters
 * only if handling times of a few milliseconds were simulated.
 *
 * One seed is one run. Every contact's handling time and patience come from its queue's own stream in order
 * of arrival: a run with other agents or rules meets the same customers. Pure. */
#pragma once
#include "sim/dice.h"
#include "sim/tally.h"

#define SIM_CONTACTS_MAX (1 << 20) /* at once; more: the queues grow for ever */
#define SIM_RUN_ON_H 48		   /* simulated after the window until its contacts have ended */

/* Runs s as run number `run` (0..tally's n_runs - 1) with this seed and adds to *tally. 0, -ENOMEM, -EINVAL
 * (the engine refuses the configuration) or -ENOSPC (SIM_CONTACTS_MAX). */
int sim_centre_run(const struct scenario *s, uint64_t seed, int run, struct tally *tally);
