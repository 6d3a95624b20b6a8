/* The grid of test_theory.c with several seeds: how often the formulas lie outside the
 * simulation's own intervals. One JSON object a line.
 *
 *   bench_theory [length [seeds]]     length: times the test's contacts (1); seeds: runs of the grid (5) */
#include "sim/theory_grid.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Of this process alone, whoever else runs on the machine. */
static double cpu_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Probability of k or more of n with probability p each. */
static double at_least(int k, int n, double p)
{
	double term = pow(1 - p, n), sum = 0;

	for (int i = 0; i < k; i++) {
		sum += term;
		term *= (double)(n - i) / (i + 1) * p / (1 - p);
	}
	return 1 - sum;
}

int main(int argc, char **argv)
{
	bool is_loud = argc > 3 && strcmp(argv[3], "--verbose") == 0;
	double length = argc > 1 ? atof(argv[1]) : 1, start = cpu_s();
	int seeds = argc > 2 ? atoi(argv[2]) : 5, compared = 0, outside = 0, far = 0, narrow = 0;
	struct theory_comparison c;
	uint64_t inputs = 0;

	for (int seed = 1; seed <= seeds; seed++)
		for (int i = 0; i < theory_n_points; i++) {
			const struct theory_point *p = &theory_points[i];
			if (theory_compare(p, length, (uint64_t)(1000 * seed + i), "", &c) < 0)
				return 1;
			inputs += c.inputs;
			compared += c.n;
			for (int k = 0; k < c.n; k++) {
				outside += c.is_outside[k];
				far += c.is_far_outside[k];
				narrow += c.got[k].is_correlated;
				if (is_loud || c.is_far_outside[k])
					fprintf(stderr,
						"%d agents, %g, %g s: %s %.6g, %.6g..%.6g lag1 %.2f%s\n",
						p->agents, p->occupancy, p->patience_s, theory_names[k],
						c.expected[k], c.got[k].low, c.got[k].high, c.got[k].lag1,
						c.is_outside[k] ? " OUTSIDE" : "");
			}
		}
	double seconds = cpu_s() - start;
	printf("{\"name\":\"theory_outside_99\",\"value\":%.3f,\"unit\":\"percent_of_comparisons\","
	       "\"reference\":1,"
	       "\"target\":2,\"met\":%s,\"points\":%d,\"compared\":%d,\"outside\":%d,\"chance_of_so_many\":%."
	       "3f,"
	       "\"outside_9999\":%d,\"correlated\":%d}\n",
		100.0 * outside / compared, 100.0 * outside / compared <= 2 && far == 0 ? "true" : "false",
		theory_n_points, compared, outside, at_least(outside, compared, 0.01), far, narrow);
	printf("{\"name\":\"theory_speed\",\"value\":%.0f,\"unit\":\"inputs_per_s\",\"reference\":null,"
	       "\"target\":1000000,"
	       "\"met\":%s,\"inputs\":%llu,\"seconds\":%.2f}\n",
		(double)inputs / seconds, (double)inputs / seconds >= 1e6 ? "true" : "false",
		(unsigned long long)inputs, seconds);
	return 0;
}
