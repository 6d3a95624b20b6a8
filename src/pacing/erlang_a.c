/* Erlang A: M/M/N+M.
 *
 * With mu = 1/AHT, gamma = 1/patience, N agents: who comes and finds all busy and j waiting waits for j + 1
 * departures from the line before him. While i are before him, those leave at rate N mu + i gamma, and he
 * himself at gamma. So with c = N mu / gamma:
 *   P(answered | j)  = c / (c + j + 1)
 *   E(wait | answered, j) = sum over i = 0..j of 1 / (gamma (c + i + 1)), because how long a stage lasts does
 *                      not depend on how it ends
 *   P(wait > t | answered, j) = I_y(c + 1, j + 1), y = exp(-gamma t): a sum of exponentials with rates gamma
 *                      (c + 1 .. c + j + 1) is the time until of so many something is left, so exp(-gamma *
 *                      sum) is a product of Beta(c + i, 1), which is Beta(c + 1, j + 1)
 *   P(the agents would need longer than t | j) = I_y(c, j + 1), and he stays so long with probability y.
 * The regularised beta functions are built up from I_y(a, 1) = y^a and I_y(a, b + 1) = I_y(a, b) + term(b),
 * where all terms are positive (nothing cancels) and are kept as logarithms (nothing underflows).
 *
 * The numbers waiting: p(N + j) = p(N) * product over i = 1..j of lambda / (N mu + i gamma), and the states
 * below N weigh p(N) (1 / B - 1), B being Erlang's first formula. All sums are of positive terms. */
#include "pacing/erlang_a.h"

#include <errno.h>

/* I_y(a, b) for b = 1, 2, 3... */
struct beta {
	double a, b, sum;
	double log_term, log_rest; /* of the next term; of 1 - y */
};

static struct beta beta_start(double a, double log_y, double log_rest)
{
	return (struct beta){a, 1, exp(a * log_y), a * log_y + log_rest + log(a), log_rest};
}

static void beta_next(struct beta *x)
{
	x->sum += exp(x->log_term);
	x->log_term += x->log_rest + log((x->a + x->b) / (x->b + 1));
	x->b++;
}

#define BIG 1e200

static void scale(struct erlang_a *s, double by)
{
	double *sums[] = {
		&s->none, &s->wait, &s->queue, &s->served, &s->served_wait_s, &s->served_late, &s->late};

	for (unsigned i = 0; i < sizeof(sums) / sizeof(sums[0]); i++)
		*sums[i] *= by;
}

int erlang_a_sum(const struct erlang *e, double t_s, struct erlang_a *ret_sums)
{
	double gamma = 1 / e->patience_s, rate = e->arrivals_per_h / 3600,
	       c = e->agents * e->patience_s / e->aht_s;
	double log_y = -gamma * t_s,
	       log_rest = log(-expm1(log_y)); /* -inf for t = 0: then nothing is added */
	struct beta served_late = beta_start(c + 1, log_y, log_rest), late = beta_start(c, log_y, log_rest);
	struct erlang_a s = {.none = 1 / erlang_b(e->arrivals_per_h / 3600 * e->aht_s, e->agents) - 1};
	double weight = 1,
	       wait_s = 0; /* weight: of N + j, with that of N as 1; wait_s: E(wait | answered, j) */

	for (int j = 0;; j++) {
		double answered = c / (c + j + 1);
		wait_s += e->patience_s / (c + j + 1);
		s.wait += weight;
		s.queue += weight * j;
		s.served += weight * answered;
		s.served_wait_s += weight * answered * wait_s;
		s.served_late += weight * answered * served_late.sum;
		s.late += weight * late.sum * exp(log_y);
		double ratio = rate / (gamma * (c + j + 1));
		/* From here on the rest is at most a geometric series; its sum in the weights is beyond the
		 * last digit. */
		if (ratio < 1 && weight * ratio / (1 - ratio) * (j + 1) < 1e-18 * s.wait)
			break;
		if (j == ERLANG_TERMS_MAX)
			return -ERANGE;
		weight *= ratio;
		beta_next(&served_late);
		beta_next(&late);
		if (weight > BIG) {
			scale(&s, 1 / BIG);
			weight /= BIG;
		}
	}
	scale(&s, 1 / (s.none + s.wait));
	*ret_sums = s;
	return 0;
}
