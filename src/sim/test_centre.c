/* The simulated centre: its books, its people, and that a seed is a run. Small hand-checked cases; what long
 * runs come to is in test_theory.c. */
#include "harness/test.h"
#include "sim/centre.h"
#include "sim/report.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>

struct outcome {
	struct scenario s;
	struct tally t;
	int rc;
};

static void outcome_free(struct outcome *o)
{
	scenario_free(&o->s);
	tally_free(&o->t);
}
#define _cleanup_outcome_ __attribute__((cleanup(outcome_free)))

static struct outcome run_seeds(const char *json, uint64_t seed, int runs)
{
	struct outcome o = {0};
	char why[SCENARIO_WHY_SIZE];

	o.rc = scenario_parse_text(json, strlen(json), &o.s, why);
	if (o.rc == 0)
		o.rc = tally_new(&o.t, &o.s, runs);
	for (int i = 0; o.rc == 0 && i < runs; i++)
		o.rc = sim_centre_run(&o.s, seed + (uint64_t)i, i, &o.t);
	return o;
}

static struct outcome run(const char *json)
{
	return run_seeds(json, 1, 1);
}

static bool is_balanced(const struct tally_contacts *c)
{
	return c->offered == c->answered + c->abandoned + c->overflowed_out + c->unfinished;
}

#define TWO_QUEUES(duration, more)                                                                           \
	"{\"duration_h\": " duration ", \"warmup_h\": 1, \"queues\": ["                                      \
	"{\"id\": \"a\", \"arrivals_per_h\": 60, \"aht_s\": 120, \"patience_s\": 60, \"skills\": {\"x\": "   \
	"2}" more "}, {\"id\": \"b\", \"arrivals_per_h\": 30, \"aht_s\": 240, \"aht_dist\": \"lognormal\","  \
	" \"patience_s\": 300, \"priority\": 1}], \"agents\": ["                                             \
	"{\"count\": 2, \"queues\": [\"a\", \"b\"], \"skills\": {\"x\": 3}},"                                \
	" {\"count\": 2, \"queues\": [\"b\"]}]}"

TEST(a_seed_is_a_run)
{
	_cleanup_outcome_ struct outcome a = run_seeds(TWO_QUEUES("20", ""), 7, 1);
	_cleanup_outcome_ struct outcome b = run_seeds(TWO_QUEUES("20", ""), 7, 1);
	_cleanup_outcome_ struct outcome other = run_seeds(TWO_QUEUES("20", ""), 8, 1);
	json_t *x = sim_report(&a.s, &a.t, 7), *y = sim_report(&b.s, &b.t, 7),
	       *z = sim_report(&other.s, &other.t, 7);

	CHECK(a.rc == 0 && x && y && z);
	CHECK(json_equal(x, y));
	CHECK(!json_equal(x, z));
	json_decref(x);
	json_decref(y);
	json_decref(z);
}

TEST(the_report_has_every_figure_by_its_name)
{
	static const char *const names[] = {"offered", "answered", "abandoned", "short_abandoned",
		"overflowed_out", "refused", "unfinished", "service_level", "service_levels", "abandon_rate",
		"asa_s", "aht_s", "occupancy", "wait_p50_s", "wait_p90_s", "wait_p99_s", "agents", "ci99",
		"lag1", "ci99_too_narrow"};
	static const char *const of_all[] = {"seed", "runs", "duration_h", "warmup_h", "simulated_s",
		"inputs", "batches", "batch_s", "queues", "all"};
	static const char *const intervals[] = {"service_level", "asa_s", "occupancy", "abandon_rate"};
	_cleanup_outcome_ struct outcome o = run(TWO_QUEUES("20", ""));
	json_t *doc = sim_report(&o.s, &o.t, 1), *b = json_array_get(json_object_get(doc, "queues"), 1);

	CHECK(o.rc == 0 && json_array_size(json_object_get(doc, "queues")) == 2);
	for (unsigned i = 0; i < sizeof(of_all) / sizeof(of_all[0]); i++)
		CHECK(json_object_get(doc, of_all[i]));
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		CHECK(json_object_get(b, names[i]));
		CHECK(json_object_get(json_object_get(doc, "all"), names[i]));
	}
	CHECK_STR(json_string_value(json_object_get(b, "id")), "b");
	CHECK(!json_object_get(b, "theory")); /* agents who serve both queues are no Erlang */
	for (unsigned i = 0; i < sizeof(intervals) / sizeof(intervals[0]); i++) {
		json_t *pair = json_object_get(json_object_get(b, "ci99"), intervals[i]);
		double value = json_real_value(json_object_get(b, intervals[i]));
		CHECK(json_real_value(json_array_get(pair, 0)) <= value);
		CHECK(json_real_value(json_array_get(pair, 1)) >= value);
	}
	json_decref(doc);
}

TEST(books_balance)
{
	static const char *const settings[] = {"", ", \"max_wait_s\": 20", ", \"capacity\": 2",
		", \"wrap_up_s\": 10", ", \"strategy\": \"ring_all\"", ", \"max_estimate_s\": 30",
		", \"share_pct\": 50", ", \"rings\": [{\"after_s\": 0}, {\"after_s\": 10, \"relax\": 10}]",
		", \"patience_s\": null"};

	for (unsigned i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		char json[1500];
		snprintf(json, sizeof(json), TWO_QUEUES("50", "%s"), settings[i]);
		if (i + 1 == sizeof(settings) / sizeof(settings[0])) /* a field may stand there only once */
			snprintf(json, sizeof(json), "%s",
				"{\"duration_h\": 50, \"queues\": [{\"id\": \"a\", \"arrivals_per_h\": 60, "
				"\"aht_s\": 60}],"
				" \"agents\": [{\"count\": 2, \"queues\": [\"a\"]}]}");
		_cleanup_outcome_ struct outcome o = run(json);
		CHECK_INT(o.rc, 0);
		for (int q = SIM_ALL; q < (int)o.s.queues.len; q++) {
			struct sim_figures f = sim_figures(&o.s, &o.t, q, 0.99);
			CHECK(is_balanced(&f.sum));
			CHECK(f.sum.offered > 1000 || i == 2 || q >= 0);
			CHECK(f.sum.answered_in_time <= f.sum.answered &&
				f.sum.short_abandoned <= f.sum.abandoned);
			CHECK(f.occupancy > 0 && f.occupancy <= 1);
			CHECK(f.wait_p50_s <= f.wait_p90_s && f.wait_p90_s <= f.wait_p99_s);
		}
	}
}

TEST(agents_kept_busy_are_fully_occupied_and_time_is_not_lost)
{
	/* Always somebody waiting: one agent, 2 erlangs, patience long. */
	_cleanup_outcome_ struct outcome o =
		run("{\"duration_h\": 100, \"warmup_h\": 5, \"queues\": [{\"id\": \"q\","
		    " \"arrivals_per_h\": 60, \"aht_s\": 120, \"aht_dist\": \"const\","
		    " \"patience_s\": 3600}], \"agents\": [{\"count\": 1, \"queues\": [\"q\"]}]}");
	struct sim_figures f;
	int64_t time = 0;

	CHECK_INT(o.rc, 0);
	f = sim_figures(&o.s, &o.t, 0, 0.99);
	CHECK(f.occupancy == 1);
	CHECK(f.aht_s == 120);
	for (int b = 0; b < tally_batches(&o.t); b++)
		time += o.t.time[b].busy_ms + o.t.time[b].idle_ms;
	CHECK_INT(time, 100 * 3600 * 1000);
	/* 30 an hour are answered; about 60 an hour arrive. */
	CHECK(f.sum.answered > 2900 && f.sum.answered < 3200);
}

TEST(nobody_there_answers_nobody)
{
	_cleanup_outcome_ struct outcome o = run("{\"duration_h\": 2, \"queues\": [{\"id\": \"q\", "
						 "\"arrivals_per_h\": 60, \"aht_s\": 120}], \"agents\": []}");
	struct sim_figures f;

	CHECK_INT(o.rc, 0);
	f = sim_figures(&o.s, &o.t, 0, 0.99);
	CHECK(f.sum.offered > 80 && f.sum.unfinished == f.sum.offered && is_balanced(&f.sum));
	CHECK(isnan(f.asa_s) && isnan(f.occupancy) && isnan(f.levels[SIM_SL_DEFAULT]));
	json_t *doc = sim_report(&o.s, &o.t, 1);
	CHECK(json_is_null(json_object_get(json_object_get(doc, "all"), "asa_s")));
	json_decref(doc);
}

TEST(shifts_bring_and_take_people)
{
	/* Open from 8 to 16 on five days of seven, one contact a minute around the clock, who leaves at once
	 * if nobody is there. */
	_cleanup_outcome_ struct outcome o =
		run("{\"duration_h\": 336, \"queues\": [{\"id\": \"q\", \"arrivals_per_h\": 60, \"aht_s\": "
		    "30, \"aht_dist\": \"const\","
		    " \"max_wait_s\": 0.001}], \"agents\": [{\"count\": 20, \"queues\": [\"q\"], \"shift\": "
		    "[8, 16], \"days\": [0, 1, 2,"
		    " 3, 4]}]}");
	struct sim_figures f;
	int64_t time = 0;

	CHECK_INT(o.rc, 0);
	f = sim_figures(&o.s, &o.t, 0, 0.99);
	for (int b = 0; b < tally_batches(&o.t); b++)
		time += o.t.time[b].busy_ms + o.t.time[b].idle_ms;
	/* 20 agents, 10 days, 8 hours; the last contacts of a day may take half a minute longer. */
	CHECK(time >= INT64_C(20) * 80 * 3600000 && time < INT64_C(20) * 80 * 3600000 + 10 * 20 * 30000);
	CHECK(f.sum.answered > 4500 && f.sum.answered < 5100); /* 4800 */
	CHECK(f.sum.overflowed_out == f.sum.offered - f.sum.answered);
}

TEST(answers_take_their_time_or_fail)
{
	/* Every second offer rings out after 10 s; the agent is away for a minute, the caller waits for the
	 * next. */
	_cleanup_outcome_ struct outcome o =
		run("{\"duration_h\": 100, \"queues\": [{\"id\": \"q\", \"arrivals_per_h\": 30, \"aht_s\": "
		    "60, \"ring_timeout_s\": 10}],"
		    " \"agents\": [{\"count\": 10, \"queues\": [\"q\"], \"answer_delay_s\": 4, "
		    "\"no_answer_pct\": 50}]}");
	struct sim_figures f;

	CHECK_INT(o.rc, 0);
	f = sim_figures(&o.s, &o.t, 0, 0.99);
	CHECK(f.sum.answered == f.sum.offered);
	/* 4 s, and 10 s more for each failure: on average one. Hardly anybody waits for anything else. */
	CHECK(fabs(f.wait_p50_s - 4) < 0.05 || f.wait_p50_s > 13.9);
	CHECK(f.asa_s > 13 && f.asa_s < 16);
}

TEST(chats_are_handled_side_by_side)
{
	/* 2.5 erlangs of chats for one agent who can have three. */
	_cleanup_outcome_ struct outcome o =
		run("{\"duration_h\": 200, \"queues\": [{\"id\": \"q\", \"channel\": \"chat\", "
		    "\"arrivals_per_h\": 30, \"aht_s\": 300,"
		    " \"max_wait_s\": 0.001}], \"agents\": [{\"count\": 1, \"queues\": [\"q\"], "
		    "\"capacity\": {\"chat\": 3}}]}");
	struct sim_figures f;
	double lost;

	CHECK_INT(o.rc, 0);
	f = sim_figures(&o.s, &o.t, 0, 0.99);
	/* Erlang B with three servers (the one millisecond of waiting is nothing). */
	lost = (double)f.sum.overflowed_out / (double)f.sum.offered;
	CHECK(fabs(lost - erlang_b(2.5, 3)) < 0.02);
	/* Busy with one chat at least: 1 - P(0), P(0) = 1 / (1 + 2.5 + 3.125 + 2.604). */
	CHECK(fabs(f.occupancy - (1 - 1 / 9.229)) < 0.02);
}

TEST(other_staff_meets_the_same_customers)
{
#define STAFF(n)                                                                                             \
	"{\"duration_h\": 50, \"queues\": [{\"id\": \"q\", \"arrivals_per_h\": 60, \"aht_s\": 60}], "        \
	"\"agents\": [{\"count\": " n ", \"queues\": [\"q\"]}]}"
	_cleanup_outcome_ struct outcome few = run(STAFF("2"));
	_cleanup_outcome_ struct outcome many = run(STAFF("5"));
	struct sim_figures f = sim_figures(&few.s, &few.t, 0, 0.99),
			   m = sim_figures(&many.s, &many.t, 0, 0.99);

	CHECK(f.sum.offered == m.sum.offered && f.sum.handle_ms == m.sum.handle_ms);
	CHECK(f.asa_s > m.asa_s);
}

TEST(runs_are_put_together)
{
	_cleanup_outcome_ struct outcome three = run_seeds(TWO_QUEUES("20", ""), 5, 3);
	int64_t offered = 0;

	CHECK_INT(three.rc, 0);
	for (uint64_t i = 0; i < 3; i++) {
		_cleanup_outcome_ struct outcome one = run_seeds(TWO_QUEUES("20", ""), 5 + i, 1);
		offered += sim_figures(&one.s, &one.t, SIM_ALL, 0.99).sum.offered;
	}
	CHECK_INT(sim_figures(&three.s, &three.t, SIM_ALL, 0.99).sum.offered, offered);
}

TEST(queues_that_grow_for_ever_are_refused)
{
	_cleanup_outcome_ struct outcome o =
		run("{\"duration_h\": 100, \"queues\": [{\"id\": \"q\", \"arrivals_per_h\": 100000,"
		    " \"aht_s\": 60}], \"agents\": []}");

	CHECK_INT(o.rc, -ENOSPC);
}

TEST_OOM(memory_may_run_out_anywhere)
{
	_cleanup_outcome_ struct outcome o = run(TWO_QUEUES("0.5", ", \"wrap_up_s\": 5"));
	json_t *doc;

	CHECK(o.rc == 0 || o.rc == -ENOMEM);
	if (o.rc < 0)
		return;
	doc = sim_report(&o.s, &o.t, 1);
	CHECK(doc);
	json_decref(doc);
}
