/* Scenario files: whatever is read must be simulated without a crash, and the routing engine must take its
 * configuration. Only small ones are simulated, and only for minutes. */
#include "sim/centre.h"
#include "sim/report.h"

#include <errno.h>
#include <stdlib.h>

#define AGENTS_MAX 200
#define QUEUES_MAX 4
#define RATE_MAX 100

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_small(const struct scenario *s)
{
	if (s->n_agents > AGENTS_MAX || s->queues.len > QUEUES_MAX || s->groups.len > AGENTS_MAX)
		return false;
	VEC_EACH(&s->queues, i)
	for (int h = 0; h < SCENARIO_HOURS_OF_WEEK; h++)
		if (s->queues.at[i].arrivals_per_h[h] > RATE_MAX)
			return false;
	return true;
}

static void simulate(struct scenario *s)
{
	struct tally t;
	int err;

	s->duration_h = 0.2;
	if (s->warmup_h > 1)
		s->warmup_h = 1;
	if (tally_new(&t, s, 1) < 0)
		return;
	err = sim_centre_run(s, 1, 0, &t);
	json_decref(sim_report(s, &t, 1));
	tally_free(&t);
	if (err == -EINVAL)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char why[SCENARIO_WHY_SIZE];
	struct scenario s;

	if (scenario_parse_text((const char *)data, size, &s, why) < 0)
		return 0;
	if (is_small(&s))
		simulate(&s);
	scenario_free(&s);
	return 0;
}
