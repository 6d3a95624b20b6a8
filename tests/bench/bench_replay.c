/* A day of 100,000 contacts, made by the simulator over the real engine, written as a routing log, and
 * decided again: from memory, and from the database as `markaz replay` does. One JSON object a line.
 *
 * The simulator's calls of route_step pass through here (--wrap) and are recorded on their way. */
#include "base/alloc.h"
#include "base/vec.h"
#include "replay/record.h"
#include "replay/replay.h"
#include "sim/centre.h"
#include "sim/whatif/whatif.h"
#include "store/store.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define CONTACTS_WANTED 100000
#define WALL INT64_C(1795300000000)
#define PART_BYTES 16384

static const char scenario_text[] =
	"{\"duration_h\":24,\"warmup_h\":0,\"queues\":["
	"{\"id\":\"q1\",\"arrivals_per_h\":900,\"aht_s\":170,\"patience_s\":300,\"wrap_up_s\":20},"
	"{\"id\":\"q2\",\"arrivals_per_h\":800,\"aht_s\":180,\"patience_s\":300,\"skills\":{\"a\":3},\"wrap_"
	"up_s\":20},"
	"{\"id\":\"q3\",\"arrivals_per_h\":700,\"aht_s\":190,\"patience_s\":200,\"skills\":{\"b\":2}},"
	"{\"id\":\"q4\",\"arrivals_per_h\":600,\"aht_s\":200,\"patience_s\":300,\"strategy\":\"most_"
	"skilled\","
	"\"skills\":{\"a\":1}},"
	"{\"id\":\"q5\",\"arrivals_per_h\":500,\"aht_s\":210,\"patience_s\":400,\"priority\":5},"
	"{\"id\":\"q6\",\"arrivals_per_h\":350,\"aht_s\":160,\"patience_s\":300,\"is_by_due\":true},"
	"{\"id\":\"q7\",\"arrivals_per_h\":200,\"aht_s\":150,\"patience_s\":300},"
	"{\"id\":\"q8\",\"arrivals_per_h\":130,\"aht_s\":240,\"patience_s\":300,\"share_pct\":10}],"
	"\"agents\":["
	"{\"count\":90,\"queues\":[\"q1\",\"q2\",\"q3\",\"q4\"],\"skills\":{\"a\":5,\"b\":5},\"answer_delay_"
	"s\":3},"
	"{\"count\":80,\"queues\":[\"q1\",\"q2\",\"q5\"],\"skills\":{\"a\":4},\"answer_delay_s\":3},"
	"{\"count\":70,\"queues\":[\"q3\",\"q4\",\"q6\",\"q7\"],\"skills\":{\"a\":2,\"b\":3},\"answer_delay_"
	"s\":3},"
	"{\"count\":40,\"queues\":[\"q5\",\"q6\",\"q7\",\"q8\"],\"answer_delay_s\":3}]}";

static struct {
	bool is_on;
	struct record_writer *writer;
	struct record_bytes bytes;
	VEC(size_t) parts; /* where each begins */
	uint64_t inputs;
	double write_s;
} tap;

/* Of this thread alone, whoever else runs on the machine. */
static double cpu_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
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
	if (tap.parts.len == 0 || tap.bytes.len - tap.parts.at[tap.parts.len - 1] >= PART_BYTES)
		(void)VEC_PUSH(&tap.parts, tap.bytes.len);
	if (tap.inputs == 0 && record_run(tap.writer, 1, "bench", now_ms, WALL + now_ms, &tap.bytes) < 0)
		abort();
	if (record_input(tap.writer, input, now_ms, rc, actions, &tap.bytes) < 0)
		abort();
	tap.inputs++;
	return rc;
}

static void put(const char *name, double value, const char *unit, double target, const char *more)
{
	printf("{\"name\":\"%s\",\"value\":%.4g,\"unit\":\"%s\",\"reference\":null,\"target\":", name, value,
		unit);
	if (target > 0)
		printf("%g,\"met\":%s%s}\n", target, value <= target ? "true" : "false", more);
	else
		printf("null,\"met\":null%s}\n", more);
}

static int64_t simulate_day(void)
{
	struct scenario s;
	struct tally t;
	char why[SCENARIO_WHY_SIZE];
	int64_t contacts = 0;

	if (scenario_parse_text(scenario_text, strlen(scenario_text), &s, why) < 0 ||
		tally_new(&t, &s, 1) < 0) {
		fprintf(stderr, "bench_replay: %s\n", why);
		exit(1);
	}
	if (record_writer_new(&tap.writer) < 0)
		exit(1);
	tap.is_on = true;
	if (sim_centre_run(&s, 7, 0, &t) < 0)
		exit(1);
	tap.is_on = false;
	for (size_t i = 0; i < t.n_queues * (size_t)tally_batches(&t); i++)
		contacts += t.contacts[i].offered;
	tally_free(&t);
	scenario_free(&s);
	return contacts;
}

static struct replay *replay_open(void)
{
	struct replay *p = NULL;

	if (replay_new(&p, &(struct replay_options){0}) < 0)
		exit(1);
	return p;
}

static void report(struct replay *p, const char *name, double seconds, int64_t contacts)
{
	const struct replay_result *s = replay_result(p);
	char more[200];

	snprintf(more, sizeof(more),
		",\"contacts\":%lld,\"inputs\":%llu,\"decisions\":%llu,\"is_identical\":%s",
		(long long)contacts, (unsigned long long)s->inputs, (unsigned long long)s->decisions,
		s->runs_different == 0 && s->inputs == tap.inputs ? "true" : "false");
	put(name, seconds, "s", 2, more);
	replay_free(p);
}

static void from_memory(int64_t contacts)
{
	struct replay *p = replay_open();
	double start = cpu_s();

	if (replay_feed(p, tap.bytes.at, tap.bytes.len, NULL) < 0)
		exit(1);
	report(p, "replay_memory", cpu_s() - start, contacts);
}

static bool feed(const struct store_log_row *row, void *arg)
{
	return replay_feed(arg, row->data, row->n, NULL) == 0;
}

static void fill_store(const char *folder)
{
	struct store *s;

	if (store_open(&s, folder, NULL, NULL) < 0)
		exit(1);
	VEC_EACH(&tap.parts, i)
	{
		size_t from = tap.parts.at[i];
		size_t to = i + 1 < tap.parts.len ? tap.parts.at[i + 1] : tap.bytes.len;
		while (store_route_log_append(s, 1, WALL, i == 0, 1, tap.bytes.at + from, to - from) < 0)
			usleep(1000);
	}
	store_close(s);
}

static void empty_folder(const char *folder)
{
	DIR *d = opendir(folder);
	const struct dirent *e;
	char path[600];

	while (d && (e = readdir(d))) {
		snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
		if (e->d_name[0] != '.')
			unlink(path);
	}
	if (d)
		closedir(d);
	rmdir(folder);
}

static void from_database(int64_t contacts)
{
	char folder[] = "/tmp/markaz-bench-replay-XXXXXX";
	struct store_reader *rd;
	uint64_t id;

	if (!mkdtemp(folder))
		exit(1);
	fill_store(folder);
	struct replay *p = replay_open();
	double start = cpu_s();
	if (store_reader_open(&rd, folder) < 0 || store_route_log_start(rd, INT64_MAX, &id) != 0 ||
		store_route_log(rd, id, feed, p) < 0)
		exit(1);
	store_reader_close(rd);
	report(p, "replay_database", cpu_s() - start, contacts);
	empty_folder(folder);
}

/* The day simulated twice from its log, once with five agents more. */
static void what_if(int64_t contacts)
{
	const struct whatif_name agents[] = {{1, "one"}};
	const struct whatif_options o = {.from_ms = WALL,
		.to_ms = WALL + INT64_C(86400000),
		.seed = 1,
		.agents = agents,
		.n_agents = 1};
	struct whatif *w;
	json_t *report, *change = json_pack("{s:[{s:i,s:s}]}", "agents", "add", 5, "like", "one");
	char why[WHATIF_WHY_SIZE], more[100];
	double start = cpu_s();

	if (whatif_new(&w, &o) < 0 || whatif_feed(w, tap.bytes.at, tap.bytes.len, NULL) < 0 ||
		whatif_change(w, change, why) < 0 || whatif_run(w, &report) < 0)
		exit(1);
	double seconds = cpu_s() - start;
	const json_t *all = json_object_get(report, "all");
	snprintf(more, sizeof(more), ",\"contacts\":%lld,\"asa_recorded_s\":%.3g,\"asa_simulated_s\":%.3g",
		(long long)contacts,
		json_number_value(json_object_get(json_object_get(all, "recorded"), "asa_s")),
		json_number_value(json_object_get(json_object_get(all, "unchanged"), "asa_s")));
	put("replay_what_if", seconds, "s", 0, more);
	json_decref(report);
	json_decref(change);
	whatif_free(w);
}

/* What writing the log costs an input: everything read, and the same written once more. */
static void cost_of_writing(void)
{
	struct record_reader *rd;
	struct record_bytes out = {0};
	struct route_action actions[2] = {{.kind = ROUTE_OFFER}, {.kind = ROUTE_WRAP_UP}};
	struct record r;
	double read_s, both_s;
	char more[100];

	for (int pass = 0; pass < 2; pass++) {
		size_t at = 0;
		double start = cpu_s();
		if (record_reader_new(&rd) < 0)
			exit(1);
		while (record_next(rd, tap.bytes.at, tap.bytes.len, &at, &r) == 1) {
			struct route_actions list = {.at = actions, .len = r.n_actions < 2 ? r.n_actions : 2};
			if (pass == 1 && r.kind == RECORD_INPUT &&
				record_input(tap.writer, &r.input, r.now_ms, r.rc, &list, &out) < 0)
				exit(1);
			if (out.len > PART_BYTES)
				out.len = 0;
		}
		record_reader_free(rd);
		*(pass ? &both_s : &read_s) = cpu_s() - start;
	}
	record_bytes_free(&out);
	snprintf(more, sizeof(more), ",\"bytes_per_input\":%.3g", (double)tap.bytes.len / (double)tap.inputs);
	put("route_log_input", (both_s - read_s) / (double)tap.inputs * 1e9, "ns_per_input", 1000, more);
}

int main(void)
{
	int64_t contacts = simulate_day();

	if (contacts < CONTACTS_WANTED)
		fprintf(stderr, "bench_replay: only %lld contacts\n", (long long)contacts);
	from_memory(contacts);
	from_database(contacts);
	what_if(contacts);
	cost_of_writing();
	record_writer_free(tap.writer);
	record_bytes_free(&tap.bytes);
	VEC_FREE(&tap.parts);
	return 0;
}
