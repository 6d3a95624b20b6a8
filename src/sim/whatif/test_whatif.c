/* What if: a day made by the simulator, recorded, and lived again: unchanged it is like itself, with more
 * people it is better, with fewer worse; patience is estimated as Kaplan and Meier do; what is wrong with a
 * change is said. The simulator's calls of route_step pass through here (--wrap) and are recorded on their
 * way. */
#include "base/alloc.h"
#include "base/jsonx.h"
#include "harness/test.h"
#include "route/save.h"
#include "sim/centre.h"
#include "sim/whatif/whatif_parts.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define WALL INT64_C(1795300000000)
#define HOUR_MS 3600000

static struct {
	bool is_on;
	struct record_writer *writer;
	struct record_bytes bytes;
	uint64_t inputs;
	uint64_t run;		   /* of this day, less one */
	int64_t later_ms;	   /* than WALL */
	uint64_t checkpoint_every; /* inputs; 0: never */
	size_t checkpoints[64];	   /* where in bytes */
	int n_checkpoints;
} tap;

static void write_checkpoint(const struct route *r, int64_t now_ms)
{
	struct route_copy copy;
	struct route_bytes state = {0};
	struct route_actions none = {0};

	tap.checkpoints[tap.n_checkpoints++] = tap.bytes.len;
	if (route_config_of(r, &copy) < 0 || route_save(r, &state) < 0)
		abort();
	struct route_input in = {.kind = ROUTE_CONFIGURE, .config = &copy.config};
	if (record_run(tap.writer, tap.run + 1, "test", now_ms, WALL + tap.later_ms + now_ms, &tap.bytes) <
			0 ||
		record_input(tap.writer, &in, now_ms, 0, &none, &tap.bytes) < 0 ||
		record_state(tap.writer, state.at, state.len, route_digest(r), &tap.bytes) < 0)
		abort();
	route_bytes_free(&state);
	route_copy_free(&copy);
}

int __real_route_step(
	struct route *r, const struct route_input *input, int64_t now_ms, struct route_actions *actions);
int __wrap_route_step(
	struct route *r, const struct route_input *input, int64_t now_ms, struct route_actions *actions);

int __wrap_route_step(
	struct route *r, const struct route_input *input, int64_t now_ms, struct route_actions *actions)
{
	int rc = __real_route_step(r, input, now_ms, actions);

	if (!tap.is_on)
		return rc;
	if (tap.inputs == 0 && record_run(tap.writer, tap.run + 1, "test", now_ms,
				       WALL + tap.later_ms + now_ms, &tap.bytes) < 0)
		abort();
	if (record_input(tap.writer, input, now_ms, rc, actions, &tap.bytes) < 0)
		abort();
	tap.inputs++;
	if (tap.checkpoint_every && tap.inputs % tap.checkpoint_every == 0 && tap.n_checkpoints < 64)
		write_checkpoint(r, now_ms);
	return rc;
}

static void tap_free(void)
{
	record_writer_free(tap.writer);
	record_bytes_free(&tap.bytes);
	memset(&tap, 0, sizeof(tap));
}

/* Two queues, 18 agents, 8 hours; nobody has too many. */
static const char day_text[] =
	"{\"duration_h\":8,\"warmup_h\":0,\"queues\":["
	"{\"id\":\"sales\",\"arrivals_per_h\":150,\"aht_s\":180,\"patience_s\":120,\"wrap_up_s\":15},"
	"{\"id\":\"support\",\"arrivals_per_h\":90,\"aht_s\":240,\"patience_s\":180,\"skills\":{\"tech\":2}}]"
	","
	"\"agents\":[{\"count\":9,\"queues\":[\"sales\"],\"answer_delay_s\":2},"
	"{\"count\":9,\"queues\":[\"sales\",\"support\"],\"skills\":{\"tech\":4},\"answer_delay_s\":4,"
	"\"no_answer_pct\":4,\"back_after_s\":60}]}";

static void record_day(void)
{
	struct scenario s;
	struct tally t;
	char why[SCENARIO_WHY_SIZE];

	if (scenario_parse_text(day_text, strlen(day_text), &s, why) < 0 || tally_new(&t, &s, 1) < 0 ||
		(!tap.writer && record_writer_new(&tap.writer) < 0)) {
		printf("# %s\n", why);
		abort();
	}
	tap.is_on = true;
	if (sim_centre_run(&s, 11, 0, &t) < 0)
		abort();
	tap.is_on = false;
	tally_free(&t);
	scenario_free(&s);
}

/* Names as the database would give them: the agents of the configuration are agent0, agent1... */
static struct whatif_name agents[64];
static const struct whatif_name queues[] = {{1, "sales"}, {2, "support"}}, skills[] = {{1, "tech"}};
static char agent_names[64][24];

static struct whatif_options options(void)
{
	struct record_reader *rd;
	struct record r;
	size_t at = 0;
	int n = 0;

	if (record_reader_new(&rd) < 0)
		abort();
	while (n == 0 && record_next(rd, tap.bytes.at, tap.bytes.len, &at, &r) == 1)
		for (; r.input.config && n < r.input.config->n_agents && n < 64; n++) {
			snprintf(agent_names[n], sizeof(agent_names[n]), "agent%d", n);
			agents[n] = (struct whatif_name){r.input.config->agents[n].id, agent_names[n]};
		}
	record_reader_free(rd);
	return (struct whatif_options){.from_ms = WALL + HOUR_MS,
		.to_ms = WALL + 8 * (int64_t)HOUR_MS,
		.seed = 5,
		.agents = agents,
		.n_agents = n,
		.queues = queues,
		.n_queues = 2,
		.skills = skills,
		.n_skills = 1};
}

/* The report of a change in JSON, with ' for "; NULL: *ret_err and why. */
static json_t *what_if_from(size_t from, const char *change, int *ret_err, char why[static WHATIF_WHY_SIZE])
{
	struct whatif_options o = options();
	struct whatif *w = NULL;
	json_t *report = NULL, *doc;
	char text[1000];
	size_t n = strlen(change);

	for (size_t i = 0; i <= n && n < sizeof(text); i++)
		text[i] = change[i] == '\'' ? '"' : change[i];
	doc = json_loads(text, 0, NULL);
	int err = whatif_new(&w, &o);
	if (err == 0 && whatif_feed(w, tap.bytes.at + from, tap.bytes.len - from, NULL) < 0)
		err = -EIO;
	if (err == 0)
		err = whatif_change(w, doc, why);
	if (err == 0)
		err = whatif_run(w, &report);
	whatif_free(w);
	json_decref(doc);
	*ret_err = err;
	return report;
}

static json_t *what_if(const char *change, int *ret_err, char why[static WHATIF_WHY_SIZE])
{
	return what_if_from(0, change, ret_err, why);
}

static double figure(const json_t *report, const char *column, const char *name)
{
	const json_t *all = json_object_get(report, "all");

	return json_number_value(json_object_get(json_object_get(all, column), name));
}

static bool is_near(double a, double b, double within)
{
	if (fabs(a - b) > within)
		printf("# %g is not near %g\n", a, b);
	return fabs(a - b) <= within;
}

TEST(an_unchanged_day_is_like_itself)
{
	char why[WHATIF_WHY_SIZE];
	int err;

	record_day();
	_cleanup_json_ json_t *r = what_if("{}", &err, why), *again = what_if("{}", &err, why);
	tap_free();
	CHECK_INT(err, 0);
	CHECK(json_equal(r, again)); /* one seed, one answer */
	CHECK(json_is_true(json_object_get(r, "is_identical")));
	CHECK(json_equal(json_object_get(json_object_get(r, "all"), "unchanged"),
		json_object_get(json_object_get(r, "all"), "changed")));
	char *text = json_dumps(json_object_get(r, "all"), 0);
	printf("# %s\n", text);
	free(text);
	double offered = figure(r, "recorded", "offered");
	CHECK(offered > 1500);
	CHECK(is_near(figure(r, "unchanged", "offered"), offered, 0));
	CHECK(is_near(figure(r, "unchanged", "answered"), figure(r, "recorded", "answered"), offered * 0.01));
	CHECK(is_near(figure(r, "unchanged", "service_level"), figure(r, "recorded", "service_level"), 0.03));
	CHECK(is_near(figure(r, "unchanged", "asa_s"), figure(r, "recorded", "asa_s"), 1));
	CHECK(is_near(figure(r, "unchanged", "occupancy"), figure(r, "recorded", "occupancy"), 0.02));
	CHECK_INT(json_array_size(json_object_get(r, "queues")), 2);
}

/* Checkpoints on the way change nothing; a log that begins with one gives nearly the same. */
TEST(a_day_can_begin_at_a_checkpoint)
{
	char why[WHATIF_WHY_SIZE];
	int err;

	record_day();
	_cleanup_json_ json_t *plain = what_if("{}", &err, why);
	tap_free();
	CHECK_INT(err, 0);
	tap.checkpoint_every = 300;
	record_day();
	_cleanup_json_ json_t *whole = what_if("{}", &err, why);
	CHECK_INT(err, 0);
	/* The last one before the period. */
	int i = 0;
	while (i + 1 < tap.n_checkpoints && tap.checkpoints[i + 1] < tap.bytes.len / 9)
		i++;
	_cleanup_json_ json_t *later = what_if_from(tap.checkpoints[i], "{}", &err, why);
	tap_free();
	CHECK_INT(err, 0);
	CHECK(json_equal(plain, whole));
	CHECK(json_is_true(json_object_get(later, "is_identical")));
	CHECK(json_integer_value(json_object_get(later, "simulated_from")) >
		json_integer_value(json_object_get(whole, "simulated_from")));
	static const char *const names[] = {"offered", "answered", "abandoned", "asa_s", "service_level"};
	for (size_t k = 0; k < 5; k++)
		CHECK(is_near(
			figure(later, "recorded", names[k]), figure(plain, "recorded", names[k]), 1e-9));
	CHECK(is_near(figure(later, "recorded", "occupancy"), figure(plain, "recorded", "occupancy"), 0.005));
	CHECK(is_near(figure(later, "unchanged", "answered"), figure(plain, "unchanged", "answered"), 20));
	CHECK(is_near(figure(later, "unchanged", "service_level"),
		figure(plain, "unchanged", "service_level"), 0.03));
}

/* The server started anew between two days; the log goes on. */
TEST(two_runs_are_one_period)
{
	char why[WHATIF_WHY_SIZE];
	struct whatif_options o;
	struct whatif *w = NULL;
	json_t *report = NULL;

	record_day();
	size_t one = tap.bytes.len;
	tap.inputs = 0;
	tap.run++;
	tap.later_ms = 12 * (int64_t)HOUR_MS;
	record_day();
	o = options();
	o.to_ms = WALL + 20 * (int64_t)HOUR_MS;
	int err = whatif_new(&w, &o);
	if (err == 0 && whatif_feed(w, tap.bytes.at, one, NULL) == 0 &&
		whatif_feed(w, tap.bytes.at + one, tap.bytes.len - one, NULL) >= 0)
		err = whatif_run(w, &report);
	whatif_free(w);
	_cleanup_json_ json_t *both = report, *first = what_if("{}", &err, why);
	tap_free();
	CHECK(both && first);
	CHECK(json_is_true(json_object_get(both, "is_identical")));
	double offered = figure(both, "recorded", "offered");
	CHECK(offered > 1.9 * figure(first, "recorded", "offered"));
	CHECK(is_near(figure(both, "unchanged", "offered"), offered, 0));
	CHECK(is_near(
		figure(both, "unchanged", "answered"), figure(both, "recorded", "answered"), offered * 0.01));
	CHECK(is_near(figure(both, "unchanged", "occupancy"), figure(both, "recorded", "occupancy"), 0.02));
	CHECK(is_near(figure(both, "unchanged", "asa_s"), figure(both, "recorded", "asa_s"), 1));
}

/* Asked for until tomorrow: what nobody recorded counts on neither side. */
TEST(a_period_ends_with_the_log)
{
	struct whatif_options o;
	struct whatif *w = NULL;
	json_t *report = NULL;

	record_day();
	o = options();
	o.to_ms = WALL + 48 * (int64_t)HOUR_MS;
	int err = whatif_new(&w, &o);
	if (err == 0 && whatif_feed(w, tap.bytes.at, tap.bytes.len, NULL) >= 0)
		err = whatif_run(w, &report);
	whatif_free(w);
	_cleanup_json_ json_t *long_one = report;
	tap_free();
	CHECK_INT(err, 0);
	CHECK(figure(long_one, "unchanged", "occupancy") > 0.3);
	CHECK(is_near(
		figure(long_one, "unchanged", "occupancy"), figure(long_one, "recorded", "occupancy"), 0.02));
}

TEST(people_make_a_difference)
{
	char why[WHATIF_WHY_SIZE];
	int err;

	record_day();
	_cleanup_json_ json_t *more = what_if("{'agents':[{'add':4,'like':'agent12'}]}", &err, why);
	CHECK_INT(err, 0);
	_cleanup_json_ json_t *fewer = what_if(
		"{'agents':[{'login':'agent0','is_removed':true},{'login':'agent1','is_removed':true},"
		"{'login':'agent17','is_removed':true}]}",
		&err, why);
	CHECK_INT(err, 0);
	_cleanup_json_ json_t *rules = what_if(
		"{'queues':[{'name':'support','skills':{}},{'name':'sales','max_wait_s':30}],"
		"'agents':[{'login':'agent2','serves':['sales',{'queue':'support','level':2}],'skills':{"
		"'tech':9}}]}",
		&err, why);
	CHECK_INT(err, 0);
	tap_free();
	printf("# service level %.3f: with four more %.3f, with three fewer %.3f, asa %.1f %.1f %.1f\n",
		figure(more, "unchanged", "service_level"), figure(more, "changed", "service_level"),
		figure(fewer, "changed", "service_level"), figure(more, "unchanged", "asa_s"),
		figure(more, "changed", "asa_s"), figure(fewer, "changed", "asa_s"));
	CHECK(figure(more, "changed", "service_level") > figure(more, "unchanged", "service_level") + 0.03);
	CHECK(figure(more, "changed", "asa_s") < figure(more, "unchanged", "asa_s"));
	CHECK(figure(more, "changed", "occupancy") < figure(more, "unchanged", "occupancy"));
	CHECK(figure(fewer, "changed", "service_level") < figure(fewer, "unchanged", "service_level") - 0.03);
	CHECK(figure(fewer, "changed", "abandoned") > figure(fewer, "unchanged", "abandoned"));
	CHECK(figure(fewer, "changed", "offered") == figure(fewer, "unchanged", "offered"));
	CHECK(figure(rules, "unchanged", "overflowed_out") == 0);
	CHECK(figure(rules, "changed", "overflowed_out") > 0);
	CHECK(is_near(figure(rules, "difference", "overflowed_out"),
		figure(rules, "changed", "overflowed_out"), 0));
}

TEST(wrong_changes_are_refused_where_they_are)
{
	static const struct {
		const char *change, *why;
	} wrong[] = {
		{"[]", "/: must be an object"},
		{"{'agent':[]}", "/agent: there is no field"},
		{"{'agents':{}}", "/agents: must be a list"},
		{"{'agents':[{}]}", "/agents/0: which agent?"},
		{"{'agents':[{'login':'nobody'}]}", "/agents/0: there is no agent \"nobody\""},
		{"{'agents':[{'login':'agent0','serves':['x']}]}",
			"/agents/0/serves/0: there is no queue \"x\""},
		{"{'agents':[{'login':'agent0','serves':['sales','sales']}]}",
			"/agents/0/serves: the same queue"},
		{"{'agents':[{'login':'agent0','skills':{'tech':11}}]}",
			"/agents/0/skills/tech: must be a level"},
		{"{'agents':[{'login':'agent0','skill':{}}]}", "/agents/0/skill: there is no field"},
		{"{'agents':[{'add':2}]}", "/agents/0: say whom"},
		{"{'agents':[{'add':0,'like':'agent0'}]}", "/agents/0: \"add\" must be"},
		{"{'queues':[{'name':'sales'},{'wrap_up_s':5}]}", "/queues/1: which queue?"},
		{"{'queues':[{'name':'sales','wrap_up_s':-1}]}", "/queues/0/wrap_up_s: must be from 0"},
		{"{'queues':[{'name':'sales','strategy':'best'}]}", "/queues/0/strategy: must be one of"},
		{"{'queues':[{'name':'sales','wrapup':1}]}", "/queues/0/wrapup: there is no setting"},
		{"{'queues':[{'name':'sales','rings':[{'after_s':5}]}]}",
			"/queues/0/rings/0: the first ring"},
	};

	record_day();
	bool is_fine = true;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char why[WHATIF_WHY_SIZE] = "";
		int err;
		_cleanup_json_ json_t *r = what_if(wrong[i].change, &err, why);
		bool is_said = !r && err == -EINVAL && strncmp(why, wrong[i].why, strlen(wrong[i].why)) == 0;
		if (!is_said)
			printf("# %s: %d \"%s\"\n", wrong[i].change, err, why);
		is_fine &= is_said;
	}
	tap_free();
	CHECK(is_fine);
}

/* The remission times of Freireich et al. 1963 (6-MP group), as in every textbook of survival analysis:
 * 6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+; S(6) = 0.857, S(7) = 0.807, S(10) =
 * 0.753, S(13) = 0.690, S(16) = 0.627, S(22) = 0.538, S(23) = 0.448. */
TEST(patience_is_estimated_as_kaplan_and_meier_do)
{
	struct observed list[] = {{6, true}, {6, true}, {6, true}, {6, false}, {7, true}, {9, false},
		{10, true}, {10, false}, {11, false}, {13, true}, {16, true}, {17, false}, {19, false},
		{20, false}, {22, true}, {23, true}, {25, false}, {32, false}, {32, false}, {34, false},
		{35, false}};
	static const double left[] = {0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448};
	static const int at[] = {6, 7, 10, 13, 16, 22, 23};
	survival_list steps = {0};
	bool is_equal = past_estimate(list, 21, &steps) == 0 && steps.len == 7;

	for (size_t i = 0; is_equal && i < 7; i++)
		is_equal = steps.at[i].at_ms == at[i] && is_near(steps.at[i].left, left[i], 0.0006);
	VEC_FREE(&steps);
	CHECK(is_equal);
}

TEST(a_period_without_a_log_is_said)
{
	struct whatif_options o = {.from_ms = 1, .to_ms = 2};
	struct whatif *w = NULL;
	json_t *report = NULL;

	CHECK_INT(whatif_new(&w, &o), 0);
	int err = whatif_run(w, &report);
	whatif_free(w);
	CHECK_INT(err, -ENODATA);
	CHECK(!report);
}

/* Memory runs out at many places on the way: it is said, and nothing leaks. */
TEST(what_if_without_memory)
{
	record_day();
	int64_t live = alloc_live();
	bool is_fine = true, has_failed = true;
	for (int64_t n = 0; has_failed; n += 1 + n / 10) {
		struct whatif_options o = options();
		struct whatif *w = NULL;
		json_t *report = NULL;
		alloc_fail_at(n);
		int err = whatif_new(&w, &o);
		if (err == 0)
			err = whatif_feed(w, tap.bytes.at, tap.bytes.len, NULL);
		if (err >= 0) /* 1: the period's end was reached */
			err = whatif_run(w, &report);
		has_failed = alloc_has_failed();
		alloc_fail_at(-1);
		json_decref(report);
		whatif_free(w);
		if ((err != 0 && err != -ENOMEM) || alloc_live() != live) {
			printf("# allocation %lld: %d, %lld left\n", (long long)n, err,
				(long long)(alloc_live() - live));
			is_fine = false;
			live = alloc_live();
		}
	}
	tap_free();
	CHECK(is_fine);
}
