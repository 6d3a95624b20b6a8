/* `markaz sim`: a scenario file over the real routing engine. */
#include "app/commands.h"
#include "base/str.h"
#include "sim/centre.h"
#include "sim/report.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define FILE_MAX ((size_t)16 * 1024 * 1024)

static const char usage_text[] =
	"markaz sim SCENARIO.json [--seed N] [--runs N] [--json]      (SCENARIO.json may be - for standard "
	"input)\n\n"
	"Simulates a centre over the real routing engine and says how its queues and people fare, with 99 %\n"
	"intervals. The same file and seed give the same output. --runs N repeats it with the seeds N, "
	"N+1...\n"
	"and puts all runs together (at most 1000). --json prints one JSON object instead of a table.\n\n"
	"  {\"duration_h\": 1000, \"warmup_h\": 10,\n"
	"   \"queues\": [{\"id\": \"sales\", \"arrivals_per_h\": 200, \"aht_s\": 180, \"patience_s\": "
	"120}],\n"
	"   \"agents\": [{\"count\": 12, \"queues\": [\"sales\"]}]}\n\n"
	"all     duration_h, warmup_h (before it, not counted), queues, agents, comment\n"
	"queue   id, arrivals_per_h (number, or 24 or 168 of them, by hour), aht_s, aht_dist (exp lognormal "
	"const),\n"
	"        aht_cv, patience_s (null: everybody stays), service_level_s, short_abandon_s, priority, "
	"skills\n"
	"        {\"name\": level}, preferred_skills, channel, strategy, mix, is_by_due, age_s, share_pct, "
	"rings\n"
	"        [{after_s, level, relax}], per_agent_max, keep_free, ring_timeout_s, misses_max, "
	"wrap_up_s,\n"
	"        target_s, max_wait_s, max_estimate_s, no_agents_s, capacity\n"
	"agents  count, queues [\"id\" or {id, level, position}], skills, shift [from, to] or several, days "
	"[0..6],\n"
	"        capacity {\"chat\": 3}, load, answer_delay_s, no_answer_pct, back_after_s\n\n"
	"docs/simulation.md explains every field; examples/simulation has scenarios to start from.\n";

struct sim_options {
	const char *path;
	int64_t seed, runs;
	bool is_json;
};

/* 0, or 2 after saying what is wrong. */
static int read_options(int argc, char **argv, struct sim_options *ret_options)
{
	struct sim_options o = {.seed = 1, .runs = 1};

	for (int i = 1; i < argc; i++) {
		bool is_seed = str_equal(argv[i], "--seed"), is_runs = str_equal(argv[i], "--runs");
		const char *number = i + 1 < argc ? argv[i + 1] : "";

		if (str_equal(argv[i], "--json")) {
			o.is_json = true;
		} else if (is_seed || is_runs) {
			if (str_to_int(number, is_runs, is_runs ? SIM_RUNS_MAX : INT64_MAX - SIM_RUNS_MAX,
				    is_runs ? &o.runs : &o.seed) < 0) {
				fprintf(stderr, "markaz sim: %s wants a whole number from %d on%s\n", argv[i],
					is_runs, is_runs ? ", at most 1000" : "");
				return 2;
			}
			i++;
		} else if (!o.path && (argv[i][0] != '-' || str_equal(argv[i], "-"))) {
			o.path = argv[i];
		} else {
			fprintf(stderr, "markaz sim: what is \"%s\"? See markaz sim --help\n", argv[i]);
			return 2;
		}
	}
	if (!o.path) {
		fputs(usage_text, stderr);
		return 2;
	}
	*ret_options = o;
	return 0;
}

/* The whole file into *text; 0, or 1 after saying why not. */
static int read_file(const char *path, struct text *text)
{
	FILE *f = str_equal(path, "-") ? stdin : fopen(path, "rb");
	char buffer[65536];
	int failed = 0;

	if (!f) {
		fprintf(stderr, "markaz sim: %s: %s\n", path, strerror(errno));
		return 1;
	}
	for (size_t n; !failed && (n = fread(buffer, 1, sizeof(buffer), f)) > 0;) {
		text_add_n(text, buffer, n);
		failed = text->failed || text->len > FILE_MAX;
	}
	if (failed)
		fprintf(stderr, "markaz sim: %s: larger than a scenario may be (16 MB)\n", path);
	else if (ferror(f) && (failed = 1))
		fprintf(stderr, "markaz sim: %s: %s\n", path, strerror(errno));
	if (f != stdin)
		fclose(f);
	return failed;
}

static const char *number(char *ret_text, size_t size, const char *format, double value)
{
	if (isnan(value))
		return "-";
	str_printf(ret_text, size, format, value);
	return ret_text;
}

static const char *span(char *ret_text, size_t size, const struct interval *v, double factor)
{
	if (isnan(v->low))
		return "-";
	str_printf(ret_text, size, "%.1f..%.1f%s", v->low * factor, v->high * factor,
		v->is_correlated ? "!" : "");
	return ret_text;
}

static void print_row(const char *id, const struct sim_figures *f)
{
	char t[10][32];
#define N(i, format, value) number(t[i], sizeof(t[i]), format, value)
#define S(i, which, factor) span(t[i], sizeof(t[i]), &f->intervals[which], factor)
	printf("%-16.16s %10lld %10lld %9lld %6s %-13s %7s %-15s %6s %-13s %6s %7s %7s %7s\n", id,
		(long long)f->sum.offered, (long long)f->sum.answered, (long long)f->sum.abandoned,
		N(0, "%.1f", f->levels[SIM_SL_DEFAULT] * 100), S(1, SIM_SERVICE_LEVEL, 100),
		N(2, "%.1f", f->asa_s), S(3, SIM_ASA, 1), N(4, "%.1f", f->occupancy * 100),
		S(5, SIM_OCCUPANCY, 100), N(6, "%.0f", f->aht_s), N(7, "%.1f", f->wait_p50_s),
		N(8, "%.1f", f->wait_p90_s), N(9, "%.1f", f->wait_p99_s));
#undef N
#undef S
}

static void print_rest(const char *id, const struct sim_figures *f)
{
	const struct tally_contacts *c = &f->sum;

	if (c->overflowed_out || c->refused || c->unfinished)
		printf("%s: %lld overflowed, %lld refused, %lld still waiting at the end\n", id,
			(long long)c->overflowed_out, (long long)c->refused, (long long)c->unfinished);
}

static void print_table(const struct scenario *s, const struct tally *t)
{
	struct sim_figures f;
	bool is_narrow = false;

	printf("%-16s %10s %10s %9s %6s %-13s %7s %-15s %6s %-13s %6s %7s %7s %7s\n", "queue", "offered",
		"answered", "abandoned", "SL %", "(99 %)", "ASA s", "(99 %)", "occ %", "(99 %)", "AHT s",
		"p50 s", "p90 s", "p99 s");
	for (int q = 0; q < (int)s->queues.len; q++) {
		f = sim_figures(s, t, q, 0.99);
		print_row(s->queues.at[q].id, &f);
		for (int i = 0; i < SIM_INTERVALS; i++)
			is_narrow = is_narrow || f.intervals[i].is_correlated;
	}
	f = sim_figures(s, t, SIM_ALL, 0.99);
	print_row("all", &f);
	for (int q = 0; q < (int)s->queues.len; q++) {
		f = sim_figures(s, t, q, 0.99);
		print_rest(s->queues.at[q].id, &f);
	}
	if (is_narrow)
		printf("!: the batches depend on each other, so the true interval is wider; simulate "
		       "longer.\n");
	printf("%.0f hours simulated, %llu inputs to the routing engine, %d batches of %.4g hours.\n",
		(double)t->simulated_ms / 3600000, (unsigned long long)t->inputs, tally_batches(t),
		(double)t->batch_ms / 3600000);
}

static bool print_json(const struct scenario *s, const struct tally *t, uint64_t seed)
{
	json_t *doc = sim_report(s, t, seed);
	bool is_fine = doc && json_dumpf(doc, stdout, JSON_COMPACT | JSON_REAL_PRECISION(9)) == 0;

	json_decref(doc);
	printf("\n");
	return is_fine;
}

static int print(const struct scenario *s, const struct tally *t, const struct sim_options *o)
{
	bool is_fine = true;

	if (o->is_json)
		is_fine = print_json(s, t, (uint64_t)o->seed);
	else
		print_table(s, t);
	if (fflush(stdout) == 0 && !ferror(stdout) && is_fine)
		return 0;
	fprintf(stderr, "markaz sim: the result could not be written: %s\n",
		strerror(errno ? errno : ENOMEM));
	return 1;
}

static int simulate(const struct scenario *s, const struct sim_options *o)
{
	struct tally tally;
	int err = tally_new(&tally, s, (int)o->runs);

	for (int run = 0; err == 0 && run < o->runs; run++) {
		err = sim_centre_run(s, (uint64_t)(o->seed + run), run, &tally);
		if (err < 0)
			tally_free(&tally);
	}
	if (err == 0) {
		err = print(s, &tally, o);
		tally_free(&tally);
		return err;
	}
	fprintf(stderr, "markaz sim: %s\n",
		err == -ENOSPC ? "more than a million contacts at once: the queues grow for ever. Give them "
				 "patience_s "
				 "or max_wait_s, or more agents"
		: err == -EINVAL ? "the routing engine refuses this combination of settings"
				 : "memory is out");
	return 1;
}

int sim_main(int argc, char **argv)
{
	_cleanup_text_ struct text text = {0};
	char why[SCENARIO_WHY_SIZE];
	struct sim_options options;
	struct scenario s;
	int err;

	if (argc > 1 && (str_equal(argv[1], "--help") || str_equal(argv[1], "-h")))
		return printf("%s", usage_text), 0;
	err = read_options(argc, argv, &options);
	if (err == 0)
		err = read_file(options.path, &text);
	if (err)
		return err;
	if (scenario_parse_text(text.data ? text.data : "", text.len, &s, why) < 0) {
		fprintf(stderr, "markaz sim: %s: %s\n", options.path, why);
		return 1;
	}
	err = simulate(&s, &options);
	scenario_free(&s);
	return err;
}
