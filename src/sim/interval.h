/* Confidence intervals from batch means: a long run is cut into batches, each gives its own figure, and what
 * they differ by says how far the figure of the whole may be from the truth. Pure.
 *
 * A figure is a ratio of two sums (answered in time / offered; seconds waited / answered). Its variance is
 * that of the batches' residuals x - R y (the delta method for ratio estimators: Cochran, Sampling
 * Techniques, 1977, section 6; Law, Simulation Modeling and Analysis, section 9.5.3 for batch means), its
 * quantile Student's with one degree of freedom less than batches. That holds when batches are long enough
 * not to depend on each other: lag1, the correlation of each batch's residual with the next one's, tells. */
#pragma once
#include <stdbool.h>

struct interval {
	double value, low, high; /* NAN: nothing was counted */
	double lag1;
	/* lag1 is larger than it would be by chance (once in a hundred): the batches are too short, so the
	 * interval is too narrow. Simulate longer. */
	bool is_correlated;
};

/* Of sum(x) / sum(y) over n >= 2 batches (asserted), two-sided at this level (0.99). All NAN when sum(y) is
 * 0. */
struct interval interval_of_ratio(const double *x, const double *y, int n, double level);
/* The same for a share of whole things: within 0..1, and when no batch differs (all were answered in time) as
 * wide as that many trials without the other outcome leave open: 1 - p^(1/sum(y)) with p = (1 - level) / 2.
 */
struct interval interval_of_share(const double *x, const double *y, int n, double level);
/* Student's quantile: |T| with df degrees of freedom is below it with probability level. df >= 1, 0 < level <
 * 1 (asserted). Abramowitz and Stegun 26.7.3, 26.7.4. */
double interval_student(double level, int df);
