/* A scenario: a centre as a file describes it, with its demand and its people. Plain data, checked: whatever
 * scenario_parse lets through can be simulated. docs/simulation.md explains each field to users. Pure. */
#pragma once
#include "base/vec.h"
#include "route/route.h"

#include <jansson.h>

#define SCENARIO_HOURS_MAX (24.0 * 366 * 10) /* of the warm-up, and of what is measured */
#define SCENARIO_QUEUES_MAX 500
#define SCENARIO_GROUPS_MAX 2000
#define SCENARIO_AGENTS_MAX 100000
#define SCENARIO_SKILLS_MAX 1000
#define SCENARIO_SERVES_MAX 500		       /* queues of one group */
#define SCENARIO_RATE_MAX 1e6		       /* arrivals an hour of one queue */
#define SCENARIO_ARRIVALS_MAX 1e9	       /* expected in all, over the whole run */
#define SCENARIO_SECONDS_MAX (7.0 * 24 * 3600) /* any duration given in seconds */
#define SCENARIO_NAME_SIZE 65
#define SCENARIO_HOURS_OF_WEEK (24 * 7)
#define SCENARIO_MINUTES_OF_WEEK (60 * SCENARIO_HOURS_OF_WEEK)
#define SCENARIO_WHY_SIZE 400

enum scenario_dist { SCENARIO_EXP, SCENARIO_LOGNORMAL, SCENARIO_CONST };

struct scenario_queue {
	char id[SCENARIO_NAME_SIZE];
	/* By hour of the week, beginning with the first hour of the first day. */
	double arrivals_per_h[SCENARIO_HOURS_OF_WEEK];
	enum scenario_dist aht_dist;
	double aht_s, aht_cv; /* time with the contact, without wrap-up; cv: log-normal only */
	double patience_s;    /* mean; INFINITY: everybody stays */
	double service_level_s, short_abandon_s;
	struct route_queue set; /* its id: place in queues + 1 */
};
struct scenario_group { /* agents alike */
	int count;
	VEC(struct route_serves) serves; /* sorted by queue */
	VEC(struct route_skill) skills;	 /* sorted by skill */
	int capacity[ROUTE_CHANNELS], load[ROUTE_CHANNELS];
	double answer_delay_s;
	double no_answer_pct; /* of offers that ring out */
	double back_after_s;  /* how long one stays away who did not respond */
	bool is_always_there;
	uint8_t there[(SCENARIO_MINUTES_OF_WEEK + 7) /
		      8]; /* bit by minute of the week, see scenario_is_there */
};
struct scenario {
	double duration_h, warmup_h;
	VEC(struct scenario_queue) queues;
	VEC(struct scenario_group) groups;
	VEC(char *) skills; /* skill's id: place + 1 */
	int n_agents;
	bool has_profile; /* demand or staff change with the hour */
};

/* Reads a scenario. 0, -ENOMEM, or -EINVAL with a sentence in ret_why that names the JSON pointer and says
 * what would be right. Release with scenario_free. */
int scenario_parse(const json_t *doc, struct scenario *ret_scenario, char ret_why[static SCENARIO_WHY_SIZE]);
/* The same from a text; the sentence then may also be about JSON's grammar, with line and column. */
int scenario_parse_text(
	const char *text, size_t len, struct scenario *ret_scenario, char ret_why[static SCENARIO_WHY_SIZE]);
void scenario_free(struct scenario *s);

/* Whether the group's shift covers this minute; minute 0 is the first of the simulated time. */
bool scenario_is_there(const struct scenario_group *g, int64_t minute);
