/* The scenario as a whole; its parts are in scenario_queues.c, scenario_agents.c and scenario_skills.c. */
#include "sim/scenario.h"
#include "base/str.h"
#include "sim/scenario_read.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define WHOLE(member) offsetof(struct scenario, member)
static const struct scenario_field fields_of_all[] = {
	{"duration_h", scenario_read_double, WHOLE(duration_h), 0.01, SCENARIO_HOURS_MAX, true, NULL},
	{"warmup_h", scenario_read_double, WHOLE(warmup_h), 0, SCENARIO_HOURS_MAX, false, NULL},
	{"queues", scenario_read_queues, 0, 0, 0, true, NULL},
	{"agents", scenario_read_later, 0, 0, 0, true, NULL}, /* afterwards: they name queues */
	{"comment", scenario_read_later, 0, 0, 0, false, NULL},
	{0},
};

static int check_size(struct scenario_reader *r)
{
	double a_week = 0, expected;

	VEC_EACH(&r->s->queues, i)
	for (int h = 0; h < SCENARIO_HOURS_OF_WEEK; h++)
		a_week += r->s->queues.at[i].arrivals_per_h[h];
	expected = a_week / SCENARIO_HOURS_OF_WEEK * (r->s->duration_h + r->s->warmup_h);
	if (expected <= SCENARIO_ARRIVALS_MAX)
		return 0;
	return scenario_refuse(r, "about %.3g contacts would arrive, more than %g: shorten duration_h",
		expected, SCENARIO_ARRIVALS_MAX);
}

int scenario_parse(const json_t *doc, struct scenario *ret_scenario, char ret_why[static SCENARIO_WHY_SIZE])
{
	struct scenario s = {0};
	struct scenario_reader r = {.s = &s, .why = ret_why};
	int err = scenario_read_object(&r, doc, fields_of_all, &s);

	if (err == 0) {
		scenario_enter(&r, "agents");
		err = scenario_read_groups(&r, json_object_get(doc, "agents"));
	}
	if (err == 0) {
		scenario_leave(&r, 0);
		err = check_size(&r);
	}
	if (err < 0) {
		if (err == -ENOMEM)
			str_put(ret_why, SCENARIO_WHY_SIZE, "memory is out");
		scenario_free(&s);
		return err;
	}
	*ret_scenario = s;
	return 0;
}

int scenario_parse_text(
	const char *text, size_t len, struct scenario *ret_scenario, char ret_why[static SCENARIO_WHY_SIZE])
{
	json_error_t error;
	json_t *doc = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
	int err;

	if (!doc) {
		str_printf(ret_why, SCENARIO_WHY_SIZE, "not JSON: line %d, column %d: %s", error.line,
			error.column, error.text);
		return -EINVAL;
	}
	err = scenario_parse(doc, ret_scenario, ret_why);
	json_decref(doc);
	return err;
}

void scenario_free(struct scenario *s)
{
	VEC_EACH(&s->groups, i)
	{
		VEC_FREE(&s->groups.at[i].serves);
		VEC_FREE(&s->groups.at[i].skills);
	}
	VEC_EACH(&s->skills, i)
	alloc_free(s->skills.at[i]);
	VEC_FREE(&s->groups);
	VEC_FREE(&s->queues);
	VEC_FREE(&s->skills);
}

bool scenario_is_there(const struct scenario_group *g, int64_t minute)
{
	int64_t m = minute % SCENARIO_MINUTES_OF_WEEK;

	return g->is_always_there || (g->there[m / 8] >> (m % 8) & 1);
}
