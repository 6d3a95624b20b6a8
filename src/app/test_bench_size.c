/* How many agents a machine carries: the arithmetic. */
#include "harness/test.h"
#include "app/bench_size.h"

static const struct size_wish wish = {
	.calls_per_hour = 12, .talk_s = 180, .recorded_percent = 100, .cpu_percent = 70};
static const struct size_cost cost = {
	.pass = 0.1, .recorded = 0.12, .encrypted = 0.14, .opus = 0.6, .waiting = 0.04};

TEST(cpu_binds_a_small_machine)
{
	struct size_machine m = {.cores = 2, .ports = 100000, .files = 1000000};
	struct size_result r;

	size_machine(&wish, &cost, &m, &r);
	CHECK(r.talking > 0.599 && r.talking < 0.601);
	/* 0.6 x 0.12 % each: 140 % / 0.072 % */
	CHECK_INT(r.agents, 1944);
	CHECK_STR(r.binds, "cpu");
}

TEST(ports_and_descriptors_bind_before)
{
	struct size_machine m = {.cores = 64, .ports = 5000, .files = 1000000};
	struct size_result r;

	size_machine(&wish, &cost, &m, &r);
	CHECK_INT(r.agents, 2500);
	CHECK_STR(r.binds, "ports");
	m.files = 1256;
	size_machine(&wish, &cost, &m, &r);
	CHECK_INT(r.agents, 200); /* two legs of two descriptors, and a recording */
	CHECK_STR(r.binds, "files");
}

TEST(shares_count_as_they_say)
{
	struct size_machine m = {.cores = 2, .ports = 100000, .files = 1000000};
	struct size_wish w = wish;
	struct size_result plain, more;

	size_machine(&w, &cost, &m, &plain);
	w.encrypted_percent = 50;
	size_machine(&w, &cost, &m, &more);
	CHECK(more.audio > plain.audio * 1.08 && more.audio < plain.audio * 1.09);
	w = wish;
	w.opus_percent = 100;
	size_machine(&w, &cost, &m, &more);
	CHECK(more.agents * 5 < plain.agents);
	w = wish;
	w.calls_per_hour = 1000; /* nobody talks more than all the time */
	size_machine(&w, &cost, &m, &more);
	CHECK(more.talking <= 1);
}

TEST(a_cost_of_nothing_is_no_division_by_it)
{
	struct size_machine m = {.cores = 2, .ports = 0, .files = 10};
	struct size_cost none = {0};
	struct size_result r;

	size_machine(&wish, &none, &m, &r);
	CHECK_INT(r.agents, 0);
}
