/* A year of a centre of 200 seats over the real engine: how long it takes. One JSON object a line.
 *
 *   bench_year SCENARIO.json */
#include "base/alloc.h"
#include "sim/centre.h"

#include <stdio.h>
#include <time.h>

/* Of this process alone, whoever else runs on the machine. */
static double cpu_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void line(
	const char *name, double value, const char *unit, double target, bool is_met, const char *more)
{
	printf("{\"name\":\"%s\",\"value\":%.4g,\"unit\":\"%s\",\"reference\":null,\"target\":%g,\"met\":%s%"
	       "s}\n",
		name, value, unit, target, is_met ? "true" : "false", more);
}

static int64_t contacts_of(const struct tally *t)
{
	int64_t n = 0;

	for (size_t i = 0; i < t->n_queues * (size_t)tally_batches(t); i++)
		n += t->contacts[i].offered;
	return n;
}

int main(int argc, char **argv)
{
	char why[SCENARIO_WHY_SIZE], more[200];
	json_error_t error;
	struct scenario s;
	struct tally t;
	json_t *doc = argc > 1 ? json_load_file(argv[1], JSON_REJECT_DUPLICATES, &error) : NULL;

	if (!doc || scenario_parse(doc, &s, why) < 0) {
		fprintf(stderr, "bench_year: %s\n", doc ? why : argc > 1 ? error.text : "which scenario?");
		return 1;
	}
	json_decref(doc);
	double start = cpu_s();
	if (tally_new(&t, &s, 1) < 0 || sim_centre_run(&s, 1, 0, &t) < 0) {
		fprintf(stderr, "bench_year: the simulation failed\n");
		return 1;
	}
	double seconds = cpu_s() - start, speed = (double)t.inputs / seconds;
	snprintf(more, sizeof(more),
		",\"hours\":%g,\"queues\":%zu,\"agents\":%d,\"contacts\":%lld,\"inputs\":%llu", s.duration_h,
		s.queues.len, s.n_agents, (long long)contacts_of(&t), (unsigned long long)t.inputs);
	line("year_simulated", seconds, "s", 60, seconds <= 60, more);
	line("year_inputs", speed, "inputs_per_s", 1e6, speed >= 1e6, "");
	tally_free(&t);
	scenario_free(&s);
	return 0;
}
