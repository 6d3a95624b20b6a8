/* From counters to figures. */
#include "sim/report.h"

#include <math.h>

_Static_assert(TALLY_COLUMNS == 2 * SIM_INTERVALS, "a column for each of the sums");

const char *const sim_level_names[SIM_LEVELS] = {
	"sl_answered", "sl_abandon_positive", "sl_strict", "sl_default", "sl_flow", "sl_early_out"};

static void add(struct tally_contacts *sum, const struct tally_contacts *c)
{
	sum->offered += c->offered;
	sum->answered += c->answered;
	sum->answered_in_time += c->answered_in_time;
	sum->abandoned += c->abandoned;
	sum->abandoned_in_time += c->abandoned_in_time;
	sum->short_abandoned += c->short_abandoned;
	sum->overflowed_out += c->overflowed_out;
	sum->refused += c->refused;
	sum->unfinished += c->unfinished;
	sum->wait_ms += c->wait_ms;
	sum->handle_ms += c->handle_ms;
}

static struct tally_contacts contacts_of(const struct tally *t, int queue, int batch)
{
	struct tally_contacts sum = {0};

	for (size_t q = 0; q < t->n_queues; q++)
		if (queue == SIM_ALL || (size_t)queue == q)
			add(&sum, &t->contacts[q * (size_t)tally_batches(t) + (size_t)batch]);
	return sum;
}

static bool serves(const struct scenario_group *g, int queue)
{
	if (queue == SIM_ALL)
		return true;
	VEC_EACH(&g->serves, i)
	if (g->serves.at[i].queue == (uint64_t)queue + 1)
		return true;
	return false;
}

static struct tally_time time_of(const struct scenario *s, const struct tally *t, int queue, int batch)
{
	struct tally_time sum = {0};

	for (size_t g = 0; g < t->n_groups; g++)
		if (serves(&s->groups.at[g], queue)) {
			const struct tally_time *one = &t->time[g * (size_t)tally_batches(t) + (size_t)batch];
			sum.busy_ms += one->busy_ms;
			sum.idle_ms += one->idle_ms;
		}
	return sum;
}

static double ratio(double x, double y)
{
	return y > 0 ? x / y : NAN;
}

static void levels(const struct tally_contacts *c, double *ret_levels)
{
	double all = (double)(c->answered + c->abandoned), in_time = (double)c->answered_in_time;

	ret_levels[SIM_SL_ANSWERED] = ratio(in_time, (double)c->answered);
	ret_levels[SIM_SL_ABANDON_POSITIVE] = ratio(in_time + (double)c->abandoned_in_time, all);
	ret_levels[SIM_SL_STRICT] = ratio(in_time, all);
	ret_levels[SIM_SL_DEFAULT] = ratio(in_time, all - (double)c->short_abandoned);
	ret_levels[SIM_SL_FLOW] = ratio(in_time, all + (double)c->overflowed_out);
	ret_levels[SIM_SL_EARLY_OUT] = ratio(in_time, all - (double)c->abandoned_in_time);
}

/* The two sums whose ratio a figure is, of one batch; a figure's batches stand side by side. */
static void parts(
	const struct tally_contacts *c, const struct tally_time *t, double *x, double *y, int stride)
{
	x[SIM_SERVICE_LEVEL * stride] = (double)c->answered_in_time;
	y[SIM_SERVICE_LEVEL * stride] = (double)(c->answered + c->abandoned - c->short_abandoned);
	x[SIM_ASA * stride] = (double)c->wait_ms / 1000;
	y[SIM_ASA * stride] = (double)c->answered;
	x[SIM_OCCUPANCY * stride] = (double)t->busy_ms;
	y[SIM_OCCUPANCY * stride] = (double)(t->busy_ms + t->idle_ms);
	x[SIM_ABANDON_RATE * stride] = (double)(c->abandoned - c->short_abandoned);
	y[SIM_ABANDON_RATE * stride] = (double)(c->offered - c->short_abandoned);
}

static void intervals(const struct scenario *s, const struct tally *t, int queue, double level,
	struct interval ret_intervals[SIM_INTERVALS])
{
	int n = tally_batches(t);
	double *x = t->columns, *y = x + SIM_INTERVALS * n;

	for (int b = 0; b < n; b++) {
		struct tally_contacts c = contacts_of(t, queue, b);
		struct tally_time time = time_of(s, t, queue, b);
		parts(&c, &time, x + b, y + b, n);
	}
	for (int i = 0; i < SIM_INTERVALS; i++)
		ret_intervals[i] = i != SIM_ASA ? interval_of_share(x + i * n, y + i * n, n, level)
						: interval_of_ratio(x + i * n, y + i * n, n, level);
	if (ret_intervals[SIM_ASA].low < 0)
		ret_intervals[SIM_ASA].low = 0;
}

static double percentile_s(const uint64_t *counts, double share)
{
	int64_t ms = histogram_percentile(counts, share);

	return ms < 0 ? NAN : (double)ms / 1000;
}

static void waits(const struct tally *t, int queue, struct sim_figures *f)
{
	uint64_t counts[HISTOGRAM_BUCKETS] = {0};

	for (size_t q = 0; q < t->n_queues; q++)
		if (queue == SIM_ALL || (size_t)queue == q)
			for (int i = 0; i < HISTOGRAM_BUCKETS; i++)
				counts[i] += t->waits[q * HISTOGRAM_BUCKETS + (size_t)i];
	f->wait_p50_s = percentile_s(counts, 0.5);
	f->wait_p90_s = percentile_s(counts, 0.9);
	f->wait_p99_s = percentile_s(counts, 0.99);
}

struct sim_figures sim_figures(const struct scenario *s, const struct tally *t, int queue, double level)
{
	struct sim_figures f = {0};
	struct tally_time time = {0};

	for (int b = 0; b < tally_batches(t); b++) {
		struct tally_contacts c = contacts_of(t, queue, b);
		struct tally_time one = time_of(s, t, queue, b);
		add(&f.sum, &c);
		time.busy_ms += one.busy_ms;
		time.idle_ms += one.idle_ms;
	}
	levels(&f.sum, f.levels);
	f.abandon_rate = ratio((double)(f.sum.abandoned - f.sum.short_abandoned),
		(double)(f.sum.offered - f.sum.short_abandoned));
	f.asa_s = ratio((double)f.sum.wait_ms / 1000, (double)f.sum.answered);
	f.aht_s = ratio((double)f.sum.handle_ms / 1000, (double)f.sum.answered);
	f.occupancy = ratio((double)time.busy_ms, (double)(time.busy_ms + time.idle_ms));
	waits(t, queue, &f);
	intervals(s, t, queue, level, f.intervals);
	VEC_EACH(&s->groups, g)
	f.n_agents += serves(&s->groups.at[g], queue) ? s->groups.at[g].count : 0;
	return f;
}
