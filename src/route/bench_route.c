/* How fast the engine is: one JSON object a line.
 *
 *   bench_route [seconds]
 *
 * The centre: queues asking one of the skills each, agents serving five queues and holding their skills,
 * every fifth segment asking one skill more; the queues start with the waiting ones in them and every agent
 * talking. Then the life of a centre goes round: a call ends, the agent wraps up and is given the next,
 * answers; a call arrives; now and then one declines, hangs up, or goes for a break. The reference is the
 * plain way, measured beside: scanning all waiting to find the next. */
#include "base/alloc.h"
#include "route/route.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SERVES 5
#define EXTRA_SKILLS 4 /* different additional skills asked per queue */

struct bench {
	struct route *r;
	struct route_actions out;
	struct route_queue *queues;
	struct route_agent *agents;
	struct route_skill *skills; /* SERVES * 2 an agent */
	struct route_serves *serves;
	uint64_t *ringing, *talking; /* by agent: segment, 0 none */
	bool *is_wrapping;
	uint32_t n_agents, n_queues, n_skills, next_agent;
	uint64_t dice, next_segment, inputs;
	int64_t now_ms;
	uint64_t *delays; /* of "agent is free" to "offer", ns */
	size_t n_delays, delays_max;
};

static uint32_t roll(struct bench *b, uint32_t n)
{
	b->dice ^= b->dice >> 12;
	b->dice ^= b->dice << 25;
	b->dice ^= b->dice >> 27;
	return (uint32_t)((b->dice * UINT64_C(0x2545f4914f6cdd1d)) >> 33) % n;
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Of this process alone: what one core does, whoever else runs on the machine. */
static uint64_t cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint32_t skill_of(const struct bench *b, uint32_t queue)
{
	return 1 + queue % b->n_skills;
}

static uint32_t extra_of(const struct bench *b, uint32_t queue, uint32_t i)
{
	return 1 + (queue * 7 + i * 131 + 500) % b->n_skills;
}

static int compare_skills(const void *a, const void *b)
{
	uint64_t sa = ((const struct route_skill *)a)->skill, sb = ((const struct route_skill *)b)->skill;

	return sa < sb ? -1 : sa > sb;
}

static int compare_ids(const void *a, const void *b)
{
	uint64_t ia = *(const uint64_t *)a, ib = *(const uint64_t *)b;

	return ia < ib ? -1 : ia > ib;
}

static int compare_serves(const void *a, const void *b)
{
	uint64_t qa = ((const struct route_serves *)a)->queue, qb = ((const struct route_serves *)b)->queue;

	return qa < qb ? -1 : qa > qb;
}

static void make_agent(struct bench *b, uint32_t i)
{
	struct route_agent *a = &b->agents[i];
	struct route_skill *skills = &b->skills[(size_t)i * SERVES * 2];
	struct route_serves *serves = &b->serves[(size_t)i * SERVES];
	int n = 0, kept = 0;

	*a = (struct route_agent){.id = 1000000 + i, .skills = skills, .serves = serves};
	a->capacity[ROUTE_VOICE] = 1;
	for (uint32_t k = 0; k < SERVES; k++) {
		uint32_t queue = (i * 3 + k * (b->n_queues / SERVES + 1)) % b->n_queues;
		serves[k] = (struct route_serves){.queue = 1 + queue, .level = 1};
		skills[n++] = (struct route_skill){skill_of(b, queue), 5 + (int)roll(b, 6)};
		skills[n++] =
			(struct route_skill){extra_of(b, queue, roll(b, EXTRA_SKILLS)), 5 + (int)roll(b, 6)};
	}
	qsort(serves, SERVES, sizeof(*serves), compare_serves);
	qsort(skills, (size_t)n, sizeof(*skills), compare_skills);
	for (int k = 0; k < SERVES; k++)
		if (k == 0 || serves[a->n_serves - 1].queue != serves[k].queue)
			serves[a->n_serves++] = serves[k];
	for (int k = 0; k < n; k++)
		if (k == 0 || skills[kept - 1].skill != skills[k].skill)
			skills[kept++] = skills[k];
	a->n_skills = kept;
}

static void take(struct bench *b)
{
	for (size_t i = 0; i < b->out.len; i++) {
		const struct route_action *a = &b->out.at[i];
		uint64_t agent = a->agent - 1000000;
		if (a->kind == ROUTE_OFFER)
			b->ringing[agent] = a->segment;
		else if (a->kind == ROUTE_WITHDRAW)
			b->ringing[agent] = 0;
		else if (a->kind == ROUTE_WRAP_UP_OVER)
			b->is_wrapping[agent] = false;
		else if (a->kind == ROUTE_WRAP_UP)
			b->is_wrapping[agent] = true;
	}
}

static void put(struct bench *b, const struct route_input *in)
{
	if (route_step(b->r, in, b->now_ms, &b->out) < 0)
		abort();
	b->inputs++;
	if (b->inputs % 10 == 0)
		b->now_ms++;
	take(b);
}

static void arrive(struct bench *b)
{
	static struct route_input in;
	uint32_t queue = roll(b, b->n_queues);

	in.kind = ROUTE_ENQUEUE;
	in.segment = ++b->next_segment;
	in.queue = 1 + queue;
	in.waiting_since_ms = b->now_ms;
	in.n_asks = roll(b, 5) == 0;
	in.asks[0] = (struct route_ask){.skill = extra_of(b, queue, roll(b, EXTRA_SKILLS)), .level = 5};
	put(b, &in);
}

static void say(struct bench *b, enum route_input_kind kind, uint64_t segment, uint32_t agent)
{
	static struct route_input in;

	in.kind = kind;
	in.segment = segment;
	in.agent = 1000000 + agent;
	in.is_available = true;
	in.fail = ROUTE_DECLINED;
	put(b, &in);
}

static void free_agent(struct bench *b, uint32_t i)
{
	uint64_t from = now_ns();

	say(b, ROUTE_WRAP_UP_DONE, 0, i);
	if (b->ringing[i] && b->n_delays < b->delays_max)
		b->delays[b->n_delays++] = now_ns() - from;
}

/* One agent's next step. */
static void work(struct bench *b)
{
	uint32_t i = b->next_agent++ % b->n_agents;

	if (b->ringing[i]) {
		uint64_t segment = b->ringing[i];
		b->ringing[i] = 0;
		if (roll(b, 50) == 0) {
			say(b, ROUTE_FAILED, segment, i);
		} else {
			say(b, ROUTE_ACCEPTED, segment, i);
			b->talking[i] = segment;
		}
	} else if (b->talking[i]) {
		say(b, ROUTE_ENDED, b->talking[i], i);
		b->talking[i] = 0;
		arrive(b);
	} else if (b->is_wrapping[i]) {
		free_agent(b, i);
	}
}

static void make(
	struct bench *b, uint32_t agents, uint32_t queues, uint32_t skills, uint32_t waiting, size_t explain)
{
	*b = (struct bench){.n_agents = agents,
		.n_queues = queues,
		.n_skills = skills,
		.dice = 7,
		.now_ms = 1000,
		.delays_max = 1000000};
	b->queues = calloc(queues, sizeof(*b->queues));
	b->agents = calloc(agents, sizeof(*b->agents));
	b->skills = calloc((size_t)agents * SERVES * 2, sizeof(*b->skills));
	b->serves = calloc((size_t)agents * SERVES, sizeof(*b->serves));
	b->ringing = calloc(agents, sizeof(*b->ringing));
	b->talking = calloc(agents, sizeof(*b->talking));
	b->is_wrapping = calloc(agents, sizeof(*b->is_wrapping));
	b->delays = calloc(b->delays_max, sizeof(*b->delays));
	if (!b->queues || !b->agents || !b->skills || !b->serves || !b->ringing || !b->talking ||
		!b->is_wrapping || !b->delays || route_new(&b->r, explain) < 0)
		abort();
	for (uint32_t i = 0; i < queues; i++)
		b->queues[i] = (struct route_queue){.id = 1 + i,
			.priority = (int)(i % 3),
			.ring_timeout_ms = 20000,
			.wrap_up_ms = 60000,
			.max_wait_ms = 100000000,
			.announce_every_ms = 100000000,
			.handle_estimate_ms = 300000,
			.misses_max = 1,
			.n_asks = 1,
			.asks = {{.skill = skill_of(b, i), .level = 5}}};
	for (uint32_t i = 0; i < agents; i++)
		make_agent(b, i);
	struct route_config config = {1, b->queues, (int)queues, b->agents, (int)agents};
	put(b, &(struct route_input){.kind = ROUTE_CONFIGURE, .config = &config});
	for (uint32_t i = 0; i < waiting; i++)
		arrive(b);
	for (uint32_t i = 0; i < agents; i++) {
		say(b, ROUTE_AVAILABLE, 0, i);
		arrive(b);
	}
}

static void unmake(struct bench *b)
{
	route_free(b->r);
	route_actions_free(&b->out);
	free(b->queues);
	free(b->agents);
	free(b->skills);
	free(b->serves);
	free(b->ringing);
	free(b->talking);
	free(b->is_wrapping);
	free(b->delays);
}

/* Inputs a second of the life described above. */
static double rate(struct bench *b, double seconds)
{
	for (uint32_t i = 0; i < b->n_agents * 3; i++) /* into its stride */
		work(b);
	b->n_delays = 0;
	uint64_t from = cpu_ns(), to = from, inputs = b->inputs;
	while ((double)(to - from) < seconds * 1e9) {
		for (int i = 0; i < 1000; i++)
			work(b);
		to = cpu_ns();
	}
	return (double)(b->inputs - inputs) * 1e9 / (double)(to - from);
}

/* The plain way to find the next for one agent: look at all who wait. Decisions a second. */
static double scan_rate(uint32_t waiting)
{
	struct plain {
		uint64_t id, queue, skill;
		int64_t since;
		int priority;
	} *all = calloc(waiting, sizeof(*all));
	uint64_t sink = 0;
	int n = 0;

	if (!all)
		abort();
	for (uint32_t i = 0; i < waiting; i++)
		all[i] = (struct plain){i + 1, i % 500, i % 1000, (int64_t)i * 7919 % 100000, (int)(i % 3)};
	uint64_t from = now_ns();
	while (now_ns() - from < 200000000u) {
		const struct plain *best = NULL;
		for (uint32_t i = 0; i < waiting; i++) {
			const struct plain *p = &all[i];
			if (p->queue % 100 == 3 &&
				(!best || p->priority > best->priority ||
					(p->priority == best->priority && p->since < best->since)))
				best = p;
		}
		sink += best ? best->id : 0;
		__asm__ volatile("" : : "r"(sink)); /* the result counts as used */
		n++;
	}
	double per_second = n * 1e9 / (double)(now_ns() - from);
	free(all);
	return per_second;
}

static void report(
	const char *name, double value, const char *unit, double reference, double target, bool is_met)
{
	printf("{\"name\":\"%s\",\"value\":%.3f,\"unit\":\"%s\",\"reference\":%.3f,\"target\":%.3f,\"met\":%"
	       "s}\n",
		name, value, unit, reference, target, is_met ? "true" : "false");
	fflush(stdout);
}

static double delay_us(struct bench *b, double q)
{
	if (!b->n_delays)
		return -1;
	qsort(b->delays, b->n_delays, sizeof(*b->delays), compare_ids);
	return (double)b->delays[(size_t)((double)(b->n_delays - 1) * q)] / 1000;
}

/* What one input costs as the centre grows, and as the line of those who wait grows. Allowed is the growth of
 * log2 n over the smallest size, times 2 for caches: a walk down a tree of 10^6 is in memory, one of 10^2 in
 * the first level cache, and that alone is a factor of 10 to 50 a step. */
static double bench_size(
	const char *of, uint32_t size, uint32_t agents, uint32_t waiting, double seconds, double first)
{
	struct bench b;
	char name[64];

	make(&b, agents, agents / 20 ? agents / 20 : 1, agents / 10, waiting, 0);
	double ns = 1e9 / rate(&b, seconds);
	double allowed = first > 0 ? first * log2(size) / log2(100) * 2 : ns;
	snprintf(name, sizeof(name), "route.ns_per_input_%u_%s", size, of);
	report(name, ns, "ns", first > 0 ? first : ns, allowed, ns <= allowed);
	unmake(&b);
	return first > 0 ? first : ns;
}

static void bench_growth(double seconds)
{
	double first = 0;

	for (uint32_t n = 100; n <= 100000; n *= 10)
		first = bench_size("agents", n, n, n * 10, seconds, first);
	first = 0;
	for (uint32_t n = 100; n <= 1000000; n *= 10)
		first = bench_size("waiting", n, 1000, n, seconds, first);
}

static size_t heap_now(void)
{
	size_t pages = 0, resident = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	if (f && fscanf(f, "%zu %zu", &pages, &resident) != 2)
		resident = 0;
	if (f)
		fclose(f);
	return resident * 4096;
}

/* Memory of one agent, who holds up to ten skills and serves five queues: with skills, queues and what it
 * meets. */
static void bench_agent_memory(void)
{
	struct bench b;
	struct route *r;
	struct route_actions out = {0};

	make(&b, 50000, 500, 1000, 0, 0);
	struct route_config config = {2, b.queues, (int)b.n_queues, b.agents, (int)b.n_agents};
	struct route_input in = {.kind = ROUTE_CONFIGURE, .config = &config};
	size_t before = heap_now();
	if (route_new(&r, 0) < 0 || route_step(r, &in, 0, &out) < 0)
		abort();
	double each = (double)(heap_now() - before) / b.n_agents;
	report("route.bytes_per_agent", each, "B", 0, 512, each <= 512);
	route_free(r);
	route_actions_free(&out);
	unmake(&b);
}

int main(int argc, char **argv)
{
	double seconds = argc > 1 ? atof(argv[1]) : 1;
	struct bench b;

	make(&b, 10000, 500, 1000, 100000, 0);
	double plain = rate(&b, seconds), scan = scan_rate(100000);
	report("route.inputs_per_s", plain, "1/s", scan, 1e6, plain >= 1e6);
	uint64_t before = heap_now(), count = 1000000;
	for (uint64_t i = 0; i < count; i++)
		arrive(&b);
	double each = (double)(heap_now() - before) / (double)count;
	report("route.bytes_per_waiting", each, "B", 0, 256, each <= 256);
	unmake(&b);
	bench_agent_memory();

	make(&b, 10000, 500, 1000, 100000, 10000);
	double explained = rate(&b, seconds);
	report("route.inputs_per_s_explained", explained, "1/s", plain, 1e6, explained >= 1e6);
	unmake(&b);

	make(&b, 5000, 50, 100, 500, 10000);
	rate(&b, seconds);
	report("route.free_to_offer_p99", delay_us(&b, 0.99), "us", delay_us(&b, 0.5), 5000,
		delay_us(&b, 0.99) <= 5000);
	unmake(&b);
	bench_growth(seconds / 2);
	return 0;
}
