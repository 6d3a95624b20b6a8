/* Scenario files: what is read, and what is refused with which words. */
#include "harness/test.h"
#include "sim/scenario.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>

static const char whole[] =
	"{\"duration_h\": 24, \"warmup_h\": 1, \"queues\": ["
	"{\"id\": \"a\", \"arrivals_per_h\": 100, \"aht_s\": 60, \"skills\": {\"persian\": 5}, "
	"\"patience_s\": 90,"
	" \"rings\": [{\"after_s\": 0, \"level\": 1}, {\"after_s\": 30, \"level\": 2, \"relax\": 2}], "
	"\"wrap_up_s\": 7.5,"
	" \"aht_dist\": \"lognormal\", \"strategy\": \"most_skilled\", \"no_agents_s\": 5},"
	"{\"id\": \"b\", \"channel\": \"chat\", \"arrivals_per_h\": "
	"[0,0,0,0,0,0,0,0,9,9,9,9,9,9,9,9,9,9,0,0,0,0,0,0],"
	" \"aht_s\": 300, \"preferred_skills\": {\"vip\": 1, \"persian\": 2}, \"is_by_due\": true}],"
	" \"agents\": [{\"count\": 3, \"queues\": [\"b\", {\"id\": \"a\", \"level\": 2}], \"skills\": "
	"{\"vip\": 4,"
	" \"persian\": 7}, \"shift\": [22, 6], \"days\": [0, 6], \"capacity\": {\"chat\": 3}},"
	"{\"count\": 0, \"queues\": []}]}";

TEST_OOM(a_whole_scenario_is_read)
{
	char why[SCENARIO_WHY_SIZE] = "";
	struct scenario s;
	int err = scenario_parse_text(whole, strlen(whole), &s, why);

	if (err == -ENOMEM)
		return;
	CHECK_STR(why, "");
	CHECK_INT(err, 0);
	CHECK_INT(s.queues.len, 2);
	CHECK_INT(s.n_agents, 3);
	CHECK(s.has_profile);
	const struct scenario_queue *a = &s.queues.at[0], *b = &s.queues.at[1];
	CHECK(a->arrivals_per_h[167] == 100 && a->patience_s == 90 && a->aht_dist == SCENARIO_LOGNORMAL);
	CHECK(a->set.wrap_up_ms == 7500 && a->set.strategy == ROUTE_MOST_SKILLED && a->set.n_rings == 2);
	CHECK(a->set.rings[1].after_ms == 30000 && a->set.rings[1].level == 2 && a->set.rings[1].relax == 2);
	CHECK(a->set.n_asks == 1 && a->set.asks[0].level == 5 && a->set.is_left_without_agents);
	CHECK(a->set.ring_timeout_ms == 20000 && a->service_level_s == 20 && a->short_abandon_s == 5);
	CHECK(b->arrivals_per_h[24 + 8] == 9 && b->arrivals_per_h[24 + 7] == 0 && isinf(b->patience_s));
	CHECK(b->set.channel == ROUTE_CHAT && b->set.is_by_due && b->set.target_ms == 20000);
	const struct scenario_group *g = &s.groups.at[0];
	CHECK(g->serves.len == 2 && g->serves.at[0].queue == 1 && g->serves.at[0].level == 2);
	CHECK(g->skills.len == 2 && g->skills.at[0].skill == a->set.asks[0].skill &&
		g->skills.at[0].level == 7);
	CHECK(g->capacity[ROUTE_CHAT] == 3 && g->load[ROUTE_CHAT] == 33 && g->load[ROUTE_VOICE] == 100);
	/* From 22 on days 0 and 6, till 6 the next morning; day 6's morning is day 0 again. */
	CHECK(!scenario_is_there(g, 21 * 60 + 59) && scenario_is_there(g, 22 * 60) &&
		scenario_is_there(g, 29 * 60));
	CHECK(!scenario_is_there(g, 30 * 60) && !scenario_is_there(g, 46 * 60));
	CHECK(scenario_is_there(g, 0) && scenario_is_there(g, (7 * 24 + 5) * 60));
	scenario_free(&s);
}

#define QUEUE(fields)                                                                                        \
	"{\"duration_h\": 1, \"queues\": [{\"id\": \"q\", \"arrivals_per_h\": 10, \"aht_s\": 60" fields      \
	"}], \"agents\": []}"
#define AGENT(fields)                                                                                        \
	"{\"duration_h\": 1, \"queues\": [{\"id\": \"q\", \"arrivals_per_h\": 10, \"aht_s\": 60}], "         \
	"\"agents\": [{\"count\": 1, \"queues\": [\"q\"]" fields "}]}"

static const struct {
	const char *json, *why; /* the beginning of the sentence */
} refused[] = {
	{"", "not JSON: line 1"},
	{"{\"duration_h\": 1,\n \"duration_h\": 2}", "not JSON: line 2"},
	{"[]", "/: must be an object"},
	{"{}", "/: the field \"duration_h\" is missing"},
	{"{\"duration_h\": -1}", "/duration_h: must be from 0.01 to 87840, not -1"},
	{"{\"duration_h\": \"1\"}", "/duration_h: must be a number"},
	{"{\"duration_h\": 1e999}", "not JSON"},
	{"{\"duration_h\": NaN}", "not JSON"},
	{"{\"hours\": 1}", "/hours: there is no field of this name"},
	{"{\"duration_h\": 1, \"queues\": {}}", "/queues: must be a list of 1 to 500"},
	{"{\"duration_h\": 1, \"queues\": []}", "/queues: must be a list of 1 to 500"},
	{"{\"duration_h\": 1, \"queues\": [7]}", "/queues/0: must be an object"},
	{"{\"duration_h\": 1, \"queues\": [{\"id\": \"\"}]}", "/queues/0/id: must be a text"},
	{"{\"duration_h\": 1, \"queues\": [{\"id\": \"q\"}]}",
		"/queues/0: the field \"arrivals_per_h\" is missing"},
	{QUEUE(", \"aht\": 1"), "/queues/0/aht: there is no field of this name"},
	{QUEUE(", \"a~/b\": 1"), "/queues/0/a~0~1b: there is no field of this name"},
	{QUEUE(", \"patience_s\": 0"), "/queues/0/patience_s: must be from 0.001"},
	{QUEUE(", \"patience_s\": \"long\""), "/queues/0/patience_s: must be a number"},
	{QUEUE(", \"aht_dist\": \"normal\""),
		"/queues/0/aht_dist: must be one of \"exp\", \"lognormal\", \"const\""},
	{QUEUE(", \"priority\": 1.5"), "/queues/0/priority: must be a whole number"},
	{QUEUE(", \"priority\": 1e12"), "/queues/0/priority: must be from"},
	{QUEUE(", \"is_by_due\": 1"), "/queues/0/is_by_due: must be true or false"},
	{QUEUE(", \"skills\": [1]"), "/queues/0/skills: must be an object of levels"},
	{QUEUE(", \"skills\": {\"persian\": 11}"),
		"/queues/0/skills/persian: a level is a whole number from 1 to 10"},
	{QUEUE(", \"skills\": {\"\": 1}"), "/queues/0/skills/: a skill's name has 1 to 64 bytes"},
	{QUEUE(", \"rings\": [{\"after_s\": 5}]"),
		"/queues/0/rings/0: the first ring begins after 0 seconds"},
	{QUEUE(", \"rings\": [{\"after_s\": 0, \"level\": 3}, {\"after_s\": 5, \"level\": 2}]"),
		"/queues/0/rings/1: each ring begins later"},
	{QUEUE(", \"rings\": [1, 2, 3, 4, 5, 6]"), "/queues/0/rings: must be a list of at most 5 rings"},
	{"{\"duration_h\": 1, \"queues\": [{\"id\": \"q\", \"arrivals_per_h\": [1, 2], \"aht_s\": 60}], "
	 "\"agents\": []}",
		"/queues/0/arrivals_per_h: must be a number, or a list of 24"},
	{"{\"duration_h\": 1, \"queues\": [{\"id\": \"q\", \"arrivals_per_h\": 1e12, \"aht_s\": 60}], "
	 "\"agents\": []}",
		"/queues/0/arrivals_per_h: must be from 0 to 1e+06, not 1e+12"},
	{"{\"duration_h\": 87840, \"queues\": [{\"id\": \"q\", \"arrivals_per_h\": 1e6, \"aht_s\": 60}], "
	 "\"agents\": []}",
		"/: about 8.78e+10 contacts would arrive"},
	{AGENT(", \"count\": 2"), "not JSON: line 1"},
	{"{\"duration_h\": 1, \"queues\": [{\"id\": \"q\", \"arrivals_per_h\": 1, \"aht_s\": 1}], "
	 "\"agents\": [{\"count\": 1e9, \"queues\": []}]}",
		"/agents/0/count: must be from 0 to 100000, not 1e+09"},
	{"{\"duration_h\": 1, \"queues\": [{\"id\": \"q\", \"arrivals_per_h\": 1, \"aht_s\": 1}], "
	 "\"agents\": [{\"count\": 60000, \"queues\": []}, {\"count\": 60000, \"queues\": []}]}",
		"/agents/1: more than 100000 agents in all"},
	{"{\"duration_h\": 1, \"queues\": [{\"id\": \"q\", \"arrivals_per_h\": 1, \"aht_s\": 1}], "
	 "\"agents\": [{\"count\": 1, \"queues\": [\"r\"]}]}",
		"/agents/0/queues/0: there is no queue \"r\""},
	{"{\"duration_h\": 1, \"queues\": [{\"id\": \"q\", \"arrivals_per_h\": 1, \"aht_s\": 1}, {\"id\": "
	 "\"q\", "
	 "\"arrivals_per_h\": 1, \"aht_s\": 1}], \"agents\": []}",
		"/queues/1: another queue has the id \"q\""},
	{AGENT(", \"skills\": {\"x\": 0}"), "/agents/0/skills/x: a level"},
	{AGENT(", \"shift\": [8]"), "/agents/0/shift: must be two different hours"},
	{AGENT(", \"shift\": [8, 8]"), "/agents/0/shift: must be two different hours"},
	{AGENT(", \"shift\": 8"), "/agents/0/shift: must be two different hours"},
	{AGENT(", \"days\": [7]"), "/agents/0/days: must be a list of days"},
	{AGENT(", \"capacity\": {\"fax\": 1}"), "/agents/0/capacity/fax: there is no field"},
	{AGENT(", \"answer_delay_s\": 30"),
		"/agents/0: answer_delay_s (30) is longer than ring_timeout_s (20)"},
	{AGENT(", \"no_answer_pct\": 101"), "/agents/0/no_answer_pct: must be from 0 to 100"},
};

TEST(what_is_wrong_is_named_with_its_place)
{
	for (unsigned i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		char why[SCENARIO_WHY_SIZE] = "";
		struct scenario s;

		CHECK_INT(scenario_parse_text(refused[i].json, strlen(refused[i].json), &s, why), -EINVAL);
		if (strncmp(why, refused[i].why, strlen(refused[i].why)) != 0) {
			test_fail(__FILE__, __LINE__, "%s\n#   gives: %s\n#   wanted: %s", refused[i].json,
				why, refused[i].why);
			return;
		}
	}
}

TEST(the_smallest_scenario_has_the_defaults)
{
	static const char json[] = QUEUE("");
	char why[SCENARIO_WHY_SIZE];
	struct scenario s;

	CHECK_INT(scenario_parse_text(json, sizeof(json) - 1, &s, why), 0);
	CHECK(!s.has_profile && s.warmup_h == 0 && s.n_agents == 0);
	CHECK(s.queues.at[0].set.misses_max == 1 && s.queues.at[0].aht_dist == SCENARIO_EXP);
	scenario_free(&s);
}
