/* See interval.h. */
#include "sim/interval.h"

#include <assert.h>
#include <math.h>

/* Probability of |T| < t: finite sums, one for odd and one for even df. */
static double student_within(double t, int df)
{
	double angle = atan(t / sqrt(df)), c = cos(angle), term = df % 2 ? c : 1, sum = term;

	if (df == 1)
		return angle * M_2_PI;
	for (int k = df % 2 ? 3 : 2; k <= df - 2; k += 2) {
		term *= c * c * (k - 1) / k;
		sum += term;
	}
	return df % 2 ? M_2_PI * (angle + sin(angle) * sum) : sin(angle) * sum;
}

double interval_student(double level, int df)
{
	double low = 0, high = 1;

	assert(level > 0 && level < 1 && df >= 1);
	while (student_within(high, df) < level)
		high *= 2;
	for (int i = 0; i < 100; i++) {
		double middle = (low + high) / 2;
		*(student_within(middle, df) < level ? &low : &high) = middle;
	}
	return high;
}

struct interval interval_of_ratio(const double *x, const double *y, int n, double level)
{
	double sum_x = 0, sum_y = 0, squares = 0, products = 0, before = 0;

	assert(n >= 2);
	for (int i = 0; i < n; i++) {
		sum_x += x[i];
		sum_y += y[i];
	}
	if (!(sum_y > 0))
		return (struct interval){NAN, NAN, NAN, NAN, false};
	struct interval result = {.value = sum_x / sum_y};
	for (int i = 0; i < n; i++) {
		double residual = x[i] - result.value * y[i];
		squares += residual * residual;
		products += before * residual;
		before = residual;
	}
	double deviation =
		sqrt(squares / (n - 1) * n) / sum_y; /* of the ratio: of a batch's mean, over sqrt(n) */
	double half = interval_student(level, n - 1) * deviation;

	result.low = result.value - half;
	result.high = result.value + half;
	result.lag1 = squares > 0 ? products / squares : 0;
	/* Of independent batches lag1 is about normal with mean -1/n and variance 1/n. */
	result.is_correlated = result.lag1 > -1.0 / n + 2.326 / sqrt(n);
	return result;
}

struct interval interval_of_share(const double *x, const double *y, int n, double level)
{
	struct interval result = interval_of_ratio(x, y, n, level);
	double sum_y = 0, open;

	for (int i = 0; i < n; i++)
		sum_y += y[i];
	open = sum_y > 0 ? -expm1(log((1 - level) / 2) / sum_y) : 0;
	if (result.value <= 0)
		result.high = fmax(result.high, open);
	if (result.value >= 1)
		result.low = fmin(result.low, 1 - open);
	if (result.low < 0)
		result.low = 0;
	if (result.high > 1)
		result.high = 1;
	return result;
}
