/* Customers: when they come, and how long they take. */
#include "sim/centre_parts.h"

#include <math.h>

#define HOUR_MS 3600000.0
#define LAST_H (2 * SCENARIO_HOURS_MAX + SIM_RUN_ON_H) /* nothing is simulated beyond */

/* A Poisson process whose rate changes at whole hours: an exponential unit of "expected arrivals" is used up
 * hour by hour, each at its own rate. */
int64_t sim_demand_next(struct sim_demand *d, const struct scenario_queue *q)
{
	double need = dice_exponential(&d->dice, 1);

	while (d->at_h < LAST_H) {
		double hour = floor(d->at_h);
		double rate = q->arrivals_per_h[(int64_t)hour % SCENARIO_HOURS_OF_WEEK];
		double left = (hour + 1 - d->at_h) * rate;

		if (need < left) {
			d->at_h += need / rate;
			return llround(d->at_h * HOUR_MS);
		}
		need -= left;
		d->at_h = hour + 1;
	}
	return INT64_MAX;
}

int64_t sim_demand_handle_ms(const struct scenario_queue *q, struct dice *dice)
{
	double seconds = q->aht_s;

	if (q->aht_dist == SCENARIO_EXP)
		seconds = dice_exponential(dice, q->aht_s);
	else if (q->aht_dist == SCENARIO_LOGNORMAL)
		seconds = dice_lognormal(dice, q->aht_s, q->aht_cv);
	return llround(seconds * 1000);
}
