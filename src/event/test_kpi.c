/* The fold against the worked examples of docs/kpi.md and against a slow, obvious second implementation. */
#include "harness/test.h"
#include "base/jsonx.h"
#include "event/histogram.h"
#include "event/kpi.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define NINE INT64_C(1764406800000) /* 2025-11-29T09:00:00Z, an interval's edge */
#define DAY (INT64_C(1) * 24 * 3600 * 1000)
#define CHECK_NEAR(got, want)                                                                                \
	do {                                                                                                 \
		if (fabs((got) - (want)) > 0.00005)                                                          \
			test_fail(__FILE__, __LINE__, "%s is %f, wanted %f", #got, (double)(got),            \
				(double)(want));                                                             \
	} while (0)

static uint64_t next_segment;

/* One whole segment of queue 1: waits wait_ms and leaves by `type`. 0 or -ENOMEM. */
static int one(struct kpi_fold *f, int64_t at_ms, int64_t wait_ms, enum event_type type)
{
	uint64_t id = ++next_segment;
	struct event in = {
		.type = EVENT_SEGMENT_QUEUED, .at_ms = at_ms, .interaction = id, .segment = id, .queue = 1};
	struct event out = {.type = type,
		.at_ms = at_ms + wait_ms,
		.interaction = id,
		.segment = id,
		.queue = 1,
		.agent = 9,
		.wait_ms = wait_ms};
	int err = kpi_apply(f, &in);

	return err < 0 ? err : kpi_apply(f, &out);
}

static double level(const struct kpi_counts *c, enum kpi_service_level variant)
{
	double v = -1;

	kpi_service_level(c, variant, &v);
	return v;
}

/* Three segments of one agent: one with two consults and a conference, handed over warm; one with a consult,
 * handed over blind; one without. Only of segments that ended, and none of what a crash cut off. */
TEST(consults_belong_to_the_segment_that_ended)
{
	static const struct event ends[] = {
		{.consults = 2, .consult_ms = 7000, .conferences = 2, .reason = "transfer", .name = "warm"},
		{.consults = 1, .consult_ms = 500, .reason = "transfer", .name = "blind"},
		{.reason = "customer", .name = "warm"}}; /* no transfer: the name says nothing */
	struct kpi_fold *f;
	struct kpi_counts c;

	CHECK_INT(kpi_new(&f), 0);
	for (int i = 0; i < 3; i++) {
		CHECK_INT(one(f, NINE, 1000, EVENT_SEGMENT_ANSWERED), 0);
		struct event e = ends[i];
		e.type = EVENT_SEGMENT_ENDED;
		e.at_ms = NINE + 60000;
		e.interaction = e.segment = next_segment;
		CHECK_INT(kpi_apply(f, &e), 0);
	}
	for (int who = 0; who < 2; who++) {
		if (who == 0)
			kpi_queue_counts(f, 1, NINE, NINE + 1, NINE + 1, &c);
		else
			kpi_agent_counts(f, 9, NINE, NINE + 1, NINE + 1, &c);
		CHECK_INT(c.consults, 3);
		CHECK_INT(c.consulted, 2);
		CHECK_INT(c.consult_ms, 7500);
		CHECK_INT(c.conferenced, 1);
		CHECK_INT(c.transferred, 2);
		CHECK_INT(c.transferred_warm, 1);
	}
	_cleanup_json_ json_t *json = kpi_to_json(&c);
	CHECK_NEAR(json_real_value(json_object_get(json, "consult_rate")), 2.0 / 3);
	CHECK_INT(jsonx_int(json, "consult_ms", -1), 7500);
	kpi_free(f);
}

TEST_OOM(the_worked_example)
{
	static const int answered[] = {2, 4, 12, 19, 20, 21, 40, 95}, abandoned[] = {3, 4, 18, 60};
	struct kpi_fold *f;
	struct kpi_counts c;
	int err = kpi_new(&f);

	if (err < 0)
		return;
	for (int i = 0; i < 8 && err == 0; i++)
		err = one(f, NINE, answered[i] * INT64_C(1000), EVENT_SEGMENT_ANSWERED);
	for (int i = 0; i < 4 && err == 0; i++)
		err = one(f, NINE, abandoned[i] * INT64_C(1000), EVENT_SEGMENT_ABANDONED);
	if (err == 0)
		err = one(f, NINE, 120000, EVENT_SEGMENT_OVERFLOWED);
	if (err == 0) {
		kpi_queue_counts(f, 1, NINE, NINE + 1, NINE + 1, &c);
		CHECK_INT(c.offered, 13);
		CHECK_INT(c.answered, 8);
		CHECK_INT(c.abandoned, 4);
		CHECK_INT(c.short_abandoned, 2);
		CHECK_INT(c.overflowed_out, 1);
		CHECK_INT(c.wait_answered_ms / 8, 26625);
		CHECK_INT(c.wait_all_ms / 8, 52250);
		CHECK_INT(c.wait_max_ms, 120000);
		CHECK_NEAR(level(&c, KPI_SL_ANSWERED), 0.625);
		CHECK_NEAR(level(&c, KPI_SL_ABANDON_POSITIVE), 0.66667);
		CHECK_NEAR(level(&c, KPI_SL_STRICT), 0.41667);
		CHECK_NEAR(level(&c, KPI_SL_DEFAULT), 0.5);
		CHECK_NEAR(level(&c, KPI_SL_FLOW), 0.38462);
		CHECK_NEAR(level(&c, KPI_SL_EARLY_OUT), 0.55556);
		CHECK(llabs(kpi_wait_percentile(f, 1, NINE, NINE + 1, 0) - 2000) <= 20);
	}
	kpi_free(f);
}

TEST(the_second_check)
{
	struct kpi_counts c = {.answered = 80,
		.answered_in_level = 70,
		.abandoned = 20,
		.abandoned_in_level = 8,
		.short_abandoned = 5,
		.overflowed_out = 10};

	CHECK_NEAR(level(&c, KPI_SL_ANSWERED), 0.875);
	CHECK_NEAR(level(&c, KPI_SL_ABANDON_POSITIVE), 0.78);
	CHECK_NEAR(level(&c, KPI_SL_STRICT), 0.70);
	CHECK_NEAR(level(&c, KPI_SL_DEFAULT), 0.73684);
	CHECK_NEAR(level(&c, KPI_SL_FLOW), 0.63636);
	CHECK_NEAR(level(&c, KPI_SL_EARLY_OUT), 0.76087);
}

TEST(figures_carry_the_names_of_the_api)
{
	struct kpi_counts c = {.offered = 13,
		.answered = 8,
		.abandoned = 4,
		.short_abandoned = 2,
		.talk_ms = 800,
		.acw_ms = 80};
	_cleanup_json_ json_t *j = kpi_to_json(&c);
	const char *name;
	json_t *v;

	CHECK_NEAR(json_real_value(json_object_get(j, "abandon_rate")), 0.18182);
	CHECK_NEAR(json_real_value(json_object_get(j, "aht")), 110.0);
	CHECK(json_is_null(json_object_get(j, "occupancy")));
	CHECK(json_is_null(json_object_get(j, "blocked_rate")));
	CHECK_INT(json_object_size(json_object_get(j, "service_levels")), 6);
	json_object_foreach(j, name, v) CHECK(strcmp(name, "service_levels") == 0 || kpi_definition(name));
	CHECK_STR(kpi_definition("sl_default"), "A_T / (A + B - B_s)");
	CHECK(kpi_definition("nonsense") == NULL && kpi_definition(NULL) == NULL);
}

TEST(rules_apply_from_now_on)
{
	struct kpi_fold *f;
	struct kpi_counts c;

	CHECK_INT(kpi_new(&f), 0);
	CHECK_INT(one(f, NINE, 9000, EVENT_SEGMENT_ANSWERED), 0);
	CHECK_INT(kpi_set_rule(f,
			  &(struct kpi_queue_rule){
				  .queue = 1, .short_abandon_ms = 0, .service_level_ms = 5000}),
		0);
	CHECK_INT(one(f, NINE, 9000, EVENT_SEGMENT_ANSWERED), 0);
	CHECK_INT(one(f, NINE, 1, EVENT_SEGMENT_ABANDONED), 0);
	kpi_queue_counts(f, 0, NINE, NINE + 1, NINE, &c);
	CHECK_INT(c.answered, 2);
	CHECK_INT(c.answered_in_level, 1);
	CHECK_INT(c.short_abandoned, 0);
	kpi_free(f);
}

static int state(struct kpi_fold *f, int64_t at_ms, const char *name)
{
	struct event e = {.type = EVENT_AGENT_STATE, .at_ms = at_ms, .agent = 5, .reason = name};

	return kpi_apply(f, &e);
}

TEST_OOM(agent_time_is_cut_at_interval_edges)
{
	struct kpi_fold *f;
	struct kpi_counts c;
	int err = kpi_new(&f);

	if (err < 0)
		return;
	err = state(f, NINE - 60000, "ready"); /* one minute before the edge */
	err = err < 0 ? err : state(f, NINE + KPI_INTERVAL_MS + 1000, "talking");
	err = err < 0 ? err : state(f, NINE + KPI_INTERVAL_MS + 5000, "break");
	if (err == 0) {
		kpi_agent_counts(f, 5, NINE - 1, NINE, NINE + DAY, &c);
		CHECK_INT(c.available_ms, 60000);
		kpi_agent_counts(f, 5, NINE, NINE + 1, NINE + DAY, &c);
		CHECK_INT(c.available_ms, KPI_INTERVAL_MS);
		CHECK_INT(c.talk_ms, 0);
		/* The open break counts up to now, and no further than the period. */
		kpi_agent_counts(f, 5, NINE, NINE + 2 * KPI_INTERVAL_MS, NINE + KPI_INTERVAL_MS + 8000, &c);
		CHECK_INT(c.available_ms, KPI_INTERVAL_MS + 1000);
		CHECK_INT(c.talk_ms, 4000);
		CHECK_INT(c.break_ms, 3000);
		CHECK_INT(c.logged_in_ms, KPI_INTERVAL_MS + 8000);
		kpi_agent_counts(f, 0, NINE, NINE + 2 * KPI_INTERVAL_MS, NINE + DAY, &c);
		CHECK_INT(c.logged_in_ms, 2 * KPI_INTERVAL_MS);
	}
	kpi_free(f);
}

TEST(the_house_has_its_agents_time)
{
	struct kpi_fold *f;
	struct kpi_counts c;
	_cleanup_json_ json_t *j = NULL;

	CHECK_INT(kpi_new(&f), 0);
	CHECK_INT(state(f, NINE, "ready"), 0);
	CHECK_INT(one(f, NINE + 60000, 4000, EVENT_SEGMENT_ANSWERED), 0);
	CHECK_INT(state(f, NINE + 60000, "talking"), 0);
	CHECK_INT(kpi_house_counts(f, NINE, NINE + 1, NINE + 61000, &c), 0);
	CHECK_INT(c.answered, 1);
	CHECK_INT(c.available_ms, 60000);
	CHECK_INT(c.logged_in_ms, 61000);
	j = kpi_to_json(&c);
	CHECK(json_is_number(json_object_get(j, "occupancy")));
	kpi_free(f);
}

TEST(a_clock_that_is_set_neither_doubles_time_nor_fills_memory)
{
	struct kpi_fold *f;
	struct kpi_counts c;

	CHECK_INT(kpi_new(&f), 0);
	CHECK_INT(state(f, 1000, "ready"), 0);
	CHECK_INT(state(f, NINE, "talking"), 0);
	CHECK_INT(state(f, NINE - 5000, "hold"), 0);
	CHECK_INT(state(f, NINE + 2000, "offline"), 0);
	kpi_agent_counts(f, 5, 0, NINE + DAY, NINE + DAY, &c);
	CHECK_INT(c.available_ms, 0);
	CHECK_INT(c.logged_in_ms, 2000);
	kpi_free(f);
}

TEST(a_restart_closes_what_was_open)
{
	struct kpi_fold *f;
	struct kpi_counts c;
	struct event talking = {
		.type = EVENT_SEGMENT_QUEUED, .at_ms = NINE, .interaction = 1, .segment = 1, .queue = 1};
	struct event waiting = {.type = EVENT_SEGMENT_QUEUED,
		.at_ms = NINE + 4000,
		.interaction = 2,
		.segment = 2,
		.queue = 1};
	struct event answered = {.type = EVENT_SEGMENT_ANSWERED,
		.at_ms = NINE + 3000,
		.interaction = 1,
		.segment = 1,
		.queue = 1,
		.agent = 5,
		.wait_ms = 3000};
	struct event started = {.type = EVENT_SYSTEM_STARTED, .at_ms = NINE + 60000};

	CHECK_INT(kpi_new(&f), 0);
	CHECK_INT(state(f, NINE, "ready"), 0);
	CHECK_INT(kpi_apply(f, &talking), 0);
	CHECK_INT(kpi_apply(f, &answered), 0);
	CHECK_INT(kpi_apply(f, &waiting), 0);
	CHECK_INT(kpi_apply(f, &started), 0);
	for (uint64_t i = 1; i <= 2; i++) {
		struct event ended = {.type = EVENT_INTERACTION_ENDED,
			.at_ms = NINE + 60001,
			.interaction = i,
			.reason = "system_restart"};
		CHECK_INT(kpi_apply(f, &ended), 0);
	}
	kpi_queue_counts(f, 1, NINE, NINE + 1, NINE + DAY, &c);
	CHECK_INT(c.waiting_now, 0);
	CHECK_INT(c.answered, 1);
	CHECK_INT(c.handled, 1);
	CHECK_INT(c.abandoned, 1);
	CHECK_INT(c.wait_all_ms, 3000 + 56001);
	kpi_agent_counts(f, 5, NINE, NINE + 1, NINE + DAY, &c);
	CHECK_INT(c.available_ms, 4000); /* to the last event before the restart */
	kpi_free(f);
}

/* How long the system was down is in the event: time of the states before, and again after it. */
TEST(states_go_on_after_a_restart_without_the_time_in_between)
{
	struct kpi_fold *f;
	struct kpi_counts c;
	struct event started = {.type = EVENT_SYSTEM_STARTED, .at_ms = NINE + 600000, .duration_ms = 500000};
	struct event written = {.type = EVENT_CONFIG_CHANGED, .at_ms = NINE + 599000};

	CHECK_INT(kpi_new(&f), 0);
	CHECK_INT(state(f, NINE, "ready"), 0);
	CHECK_INT(kpi_apply(f, &written), 0);
	CHECK_INT(kpi_apply(f, &started), 0);
	CHECK_INT(state(f, NINE + 630000, "break"), 0);
	kpi_agent_counts(f, 5, NINE, NINE + 1, NINE + DAY, &c);
	CHECK_INT(c.available_ms, 100000 + 30000);
	kpi_free(f);
}

TEST(a_transfer_back_opens_a_new_segment)
{
	struct kpi_fold *f;
	struct kpi_counts c;
	struct event events[] = {
		{.type = EVENT_INTERACTION_STARTED, .at_ms = NINE, .interaction = 1, .reason = "inbound"},
		{.type = EVENT_CONTACT_BLOCKED, .at_ms = NINE},
		{.type = EVENT_SEGMENT_QUEUED, .at_ms = NINE, .interaction = 1, .segment = 1, .queue = 1},
		{.type = EVENT_ANNOUNCED,
			.at_ms = NINE + 100,
			.interaction = 1,
			.segment = 1,
			.queue = 1,
			.duration_ms = 1000},
		{.type = EVENT_ANNOUNCED,
			.at_ms = NINE + 200,
			.interaction = 1,
			.segment = 1,
			.queue = 1,
			.duration_ms = -1},
		{.type = EVENT_OFFER_MADE, .at_ms = NINE + 300, .segment = 1, .queue = 1, .agent = 5},
		{.type = EVENT_OFFER_ENDED,
			.at_ms = NINE + 500,
			.segment = 1,
			.queue = 1,
			.agent = 5,
			.ring_ms = 200,
			.reason = "no_answer"},
		{.type = EVENT_SEGMENT_ANSWERED,
			.at_ms = NINE + 600,
			.interaction = 1,
			.segment = 1,
			.queue = 1,
			.agent = 6,
			.wait_ms = 600},
		{.type = EVENT_SEGMENT_ENDED,
			.at_ms = NINE + 900,
			.interaction = 1,
			.segment = 1,
			.queue = 1,
			.agent = 6,
			.talk_ms = 200,
			.hold_ms = 100,
			.number = 1,
			.reason = "transfer"},
		{.type = EVENT_SEGMENT_QUEUED,
			.at_ms = NINE + 900,
			.interaction = 1,
			.segment = 2,
			.queue = 1},
		{.type = EVENT_SEGMENT_QUEUED,
			.at_ms = NINE + 900,
			.interaction = 1,
			.segment = 2,
			.queue = 1}, /* doubled */
		{.type = EVENT_WRAP_UP_ENDED,
			.at_ms = NINE + 950,
			.segment = 1,
			.queue = 1,
			.agent = 6,
			.acw_ms = 50},
		{.type = EVENT_SEGMENT_ABANDONED,
			.at_ms = NINE + 990,
			.interaction = 1,
			.segment = 2,
			.queue = 1,
			.wait_ms = 90},
		{.type = EVENT_SEGMENT_ABANDONED,
			.at_ms = NINE + 990,
			.interaction = 1,
			.segment = 2,
			.queue = 1,
			.wait_ms = 90},
		{.type = 9999, .at_ms = NINE + 990},
	};

	CHECK_INT(kpi_new(&f), 0);
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		CHECK_INT(kpi_apply(f, &events[i]), 0);
	kpi_queue_counts(f, 0, NINE, NINE + 1, NINE + DAY, &c);
	CHECK(c.offered == 2 && c.answered == 1 && c.abandoned == 1 && c.transferred == 1 && c.held == 1 &&
		c.handled == 1);
	CHECK(c.talk_ms == 200 && c.hold_ms == 100 && c.acw_ms == 50 && c.ring_ms == 200);
	CHECK(c.offers == 1 && c.offers_missed == 1 && c.attempts == 2 && c.blocked == 1);
	CHECK_INT(c.announced, 1);
	CHECK_INT(c.announced_error_ms, 500 - 1000);
	CHECK_INT(c.announced_error_abs_ms, 500);
	kpi_agent_counts(f, 6, NINE, NINE + 1, NINE, &c);
	CHECK(c.answered == 1 && c.handled == 1 && c.offers == 0);
	kpi_free(f);
}

/* --- random logs against the obvious way
 * ------------------------------------------------------------------------------ */
static uint64_t seed;
static uint32_t chance(uint32_t n) /* splitmix64 */
{
	uint64_t z = (seed += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (uint32_t)((z ^ (z >> 31)) % n);
}

#define SEGMENTS 400
#define QUEUES 3
struct plain {
	uint64_t queue;
	int64_t in_ms, out_ms; /* out_ms 0: still waiting */
	enum event_type how;
};

/* Waiting at a moment, by looking at each. */
static int64_t waiting_at(const struct plain *all, int n, uint64_t queue, int64_t at_ms)
{
	int64_t count = 0;

	for (int i = 0; i < n; i++)
		count += (!queue || all[i].queue == queue) && all[i].in_ms < at_ms &&
			 (!all[i].out_ms || all[i].out_ms >= at_ms);
	return count;
}

static int64_t events_in(
	const struct plain *all, int n, uint64_t queue, int64_t from, int64_t to, enum event_type how)
{
	int64_t count = 0;

	for (int i = 0; i < n; i++) {
		int64_t at = how ? all[i].out_ms : all[i].in_ms;
		count += (!queue || all[i].queue == queue) && at && at >= from && at < to &&
			 (!how || all[i].how == how);
	}
	return count;
}

/* A day of random segments, in order of time. */
static int make_day(struct kpi_fold *f, struct plain *all)
{
	static const enum event_type ways[] = {
		EVENT_SEGMENT_ANSWERED, EVENT_SEGMENT_ABANDONED, EVENT_SEGMENT_OVERFLOWED};
	int n = 0, left = SEGMENTS;

	for (int64_t at = NINE; left > 0 || chance(50); at += chance(60000)) {
		struct event e = {.at_ms = at};
		int pick = n ? (int)chance((uint32_t)n) : 0;
		if (left > 0 && chance(2)) {
			all[n] = (struct plain){.queue = 1 + chance(QUEUES), .in_ms = at};
			e.type = EVENT_SEGMENT_QUEUED;
			pick = n++;
			left--;
		} else if (n && !all[pick].out_ms) {
			all[pick].how = e.type = ways[chance(3)];
			all[pick].out_ms = at;
			e.wait_ms = at - all[pick].in_ms;
		} else {
			continue;
		}
		e.segment = (uint64_t)pick + 1;
		e.interaction = 1000 + (uint64_t)pick / 2;
		e.queue = all[pick].queue;
		if (kpi_apply(f, &e) < 0)
			return -1;
	}
	return n;
}

TEST(the_identity_holds_for_random_days_queues_and_periods)
{
	static struct plain all[SEGMENTS];

	for (seed = 1; seed < 40; seed += 3) {
		struct kpi_fold *f;
		CHECK_INT(kpi_new(&f), 0);
		int n = make_day(f, all);
		int64_t forgotten = 0;
		CHECK_INT(n, SEGMENTS);
		for (int round = 0; round < 30; round++) {
			struct kpi_counts c;
			uint64_t queue = chance(QUEUES + 1);
			int64_t from = NINE + (int64_t)chance(40) * KPI_INTERVAL_MS,
				to = from + (int64_t)chance(40) * KPI_INTERVAL_MS;
			if (round == 20) { /* forgetting the past keeps the balance of what follows */
				from = forgotten = NINE + 5 * KPI_INTERVAL_MS;
				kpi_forget_before(f, forgotten);
			}
			if (from < forgotten)
				from = forgotten;
			if (to < from)
				to = from;
			kpi_queue_counts(f, queue, from, to, NINE + 2 * (int64_t)DAY, &c);
			CHECK_INT(c.offered, events_in(all, n, queue, from, to, 0));
			CHECK_INT(c.answered, events_in(all, n, queue, from, to, EVENT_SEGMENT_ANSWERED));
			CHECK_INT(c.abandoned, events_in(all, n, queue, from, to, EVENT_SEGMENT_ABANDONED));
			CHECK_INT(c.overflowed_out,
				events_in(all, n, queue, from, to, EVENT_SEGMENT_OVERFLOWED));
			CHECK_INT(c.waiting_at_start, waiting_at(all, n, queue, from));
			CHECK_INT(c.waiting_now, waiting_at(all, n, queue, to));
			CHECK_INT(c.offered, c.answered + c.abandoned + c.overflowed_out + c.waiting_now -
						     c.waiting_at_start);
		}
		kpi_free(f);
	}
}

static int ascending(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

TEST(percentiles_are_within_one_per_cent)
{
	static int64_t values[2000];
	struct histogram parts[2] = {0};
	uint64_t counts[HISTOGRAM_BUCKETS] = {0};

	seed = 7;
	for (int i = 0; i < 2000; i++) {
		values[i] = (int64_t)chance(1u << chance(32)); /* over all magnitudes */
		CHECK_INT(histogram_add(&parts[i % 2], values[i]), 0);
	}
	CHECK_INT(histogram_percentile(counts, 0.5), -1);
	histogram_merge(&parts[0], counts);
	histogram_merge(&parts[1], counts);
	qsort(values, 2000, sizeof(values[0]), ascending);
	for (int p = 1; p <= 2000; p++) {
		int64_t want = values[p - 1], got = histogram_percentile(counts, p / 2000.0);
		CHECK(llabs(got - want) * 100 <= want);
	}
	CHECK_INT(histogram_add(&parts[0], INT64_MAX), 0);
	CHECK_INT(histogram_add(&parts[0], -5), 0);
	histogram_free(&parts[0]);
	histogram_free(&parts[1]);
}
