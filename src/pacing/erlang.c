/* Erlang B and C, and what is asked of all three. */
#include "pacing/erlang.h"
#include "pacing/erlang_a.h"

#include <assert.h>
#include <errno.h>

double erlang_b(double load, int n)
{
	double b = 1;

	assert(load >= 0 && isfinite(load) && n >= 0 && n <= ERLANG_AGENTS_MAX);
	for (int i = 1; i <= n; i++)
		b = load * b / (i + load * b);
	return b;
}

double erlang_c(double load, int n)
{
	double b = erlang_b(load, n);

	return load >= n ? 1 : b / (1 - load / n * (1 - b));
}

static bool is_sound(const struct erlang *e)
{
	return isfinite(e->arrivals_per_h) && e->arrivals_per_h >= 0 && isfinite(e->aht_s) && e->aht_s > 0 &&
	       isfinite(e->arrivals_per_h * e->aht_s) && e->patience_s > 0 && e->agents > 0 &&
	       e->agents <= ERLANG_AGENTS_MAX;
}

static double load_of(const struct erlang *e)
{
	return e->arrivals_per_h / 3600 * e->aht_s;
}

static int check(const struct erlang *e)
{
	if (!is_sound(e))
		return -EINVAL;
	return isinf(e->patience_s) && load_of(e) >= e->agents ? -EDOM : 0;
}

int erlang_solve(const struct erlang *e, struct erlang_result *ret_result)
{
	struct erlang_result res = {.load = load_of(e)};
	double rate = e->arrivals_per_h / 3600;
	struct erlang_a a;
	int err = check(e);

	if (err < 0)
		return err;
	if (rate == 0) {
		*ret_result = res;
		return 0;
	}
	if (isinf(e->patience_s)) {
		res.wait = erlang_c(res.load, e->agents);
		res.asa_s = res.wait_s = res.wait * e->aht_s / (e->agents - res.load);
		res.queue = rate * res.wait_s;
		res.occupancy = res.load / e->agents;
	} else {
		err = erlang_a_sum(e, 0, &a);
		if (err < 0)
			return err;
		res.wait = a.wait;
		res.queue = a.queue;
		res.wait_s = a.queue / rate;		      /* Little */
		res.abandon = a.queue / e->patience_s / rate; /* each who waits leaves at rate 1 / patience */
		res.asa_s = a.served_wait_s / (a.none + a.served);
		res.occupancy = res.load * (a.none + a.served) / e->agents;
	}
	*ret_result = res;
	return 0;
}

int erlang_within(const struct erlang *e, double t_s, struct erlang_within *ret_within)
{
	struct erlang_within w = {1, 0};
	struct erlang_a a;
	int err = check(e);

	if (err < 0 || !(t_s >= 0))
		return err < 0 ? err : -EINVAL;
	if (e->arrivals_per_h > 0 && isinf(e->patience_s)) {
		w.answered =
			1 - erlang_c(load_of(e), e->agents) * exp(-(e->agents - load_of(e)) * t_s / e->aht_s);
	} else if (e->arrivals_per_h > 0) {
		err = erlang_a_sum(e, t_s, &a);
		if (err < 0)
			return err;
		w.answered = a.none + a.served - a.served_late;
		w.abandoned = fmax(0, a.wait - a.late - (a.served - a.served_late));
	}
	*ret_within = w;
	return 0;
}

int erlang_service_level(const struct erlang *e, const struct erlang_target *target, double *ret_level)
{
	struct erlang_result all;
	struct erlang_within in, soon;
	int err = erlang_solve(e, &all);

	if (err == 0)
		err = erlang_within(e, target->within_s, &in);
	if (err == 0)
		err = erlang_within(e, target->short_s, &soon);
	if (err < 0)
		return err;
	switch (target->variant) {
	case ERLANG_SL_ANSWERED:
		*ret_level = in.answered / (1 - all.abandon);
		return 0;
	case ERLANG_SL_ABANDON_POSITIVE:
		*ret_level = in.answered + in.abandoned;
		return 0;
	case ERLANG_SL_STRICT:
		*ret_level = in.answered;
		return 0;
	case ERLANG_SL_DEFAULT:
		*ret_level = in.answered / (1 - soon.abandoned);
		return 0;
	case ERLANG_SL_EARLY_OUT:
		*ret_level = in.answered / (1 - in.abandoned);
		return 0;
	}
	return -EINVAL;
}

/* 1 when n agents reach the target, 0 when not; too few for a stable queue do not. */
static int reaches(const struct erlang *e, const struct erlang_target *target, int n)
{
	struct erlang with = *e;
	double level;
	int err;

	with.agents = n;
	err = erlang_service_level(&with, target, &level);
	if (err < 0)
		return err == -EDOM ? 0 : err;
	return level >= target->level;
}

int erlang_agents_for(const struct erlang *e, const struct erlang_target *target, int *ret_agents)
{
	int too_few = 0, enough = 1, is_enough;

	if (!(target->level > 0 && target->level < 1))
		return -EINVAL;
	while ((is_enough = reaches(e, target, enough)) == 0) {
		if (enough == ERLANG_AGENTS_MAX)
			return -ERANGE;
		too_few = enough;
		enough = enough > ERLANG_AGENTS_MAX / 2 ? ERLANG_AGENTS_MAX : enough * 2;
	}
	while (is_enough >= 0 && enough - too_few > 1) {
		int middle = too_few + (enough - too_few) / 2;

		is_enough = reaches(e, target, middle);
		*(is_enough > 0 ? &enough : &too_few) = middle;
	}
	if (is_enough < 0)
		return is_enough;
	*ret_agents = enough;
	return 0;
}
