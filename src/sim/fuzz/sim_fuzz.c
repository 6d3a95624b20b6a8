/* sim_fuzz: random centres around the routing engine, one a seed, each judged after every input.
 *
 * Ends with 0 when nothing was found, 1 with seed, step, invariant, the last inputs and the command that
 * repeats it, 2 for wrong usage. What a run does and which invariants there are:
 * docs/internals/simulation.md. */
#include "sim/fuzz/fuzz.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#define SEED_SECONDS 60 /* a run that takes more of the processor hangs */

static const char usage[] =
	"usage: sim_fuzz [--seeds A..B] [--steps N] [--verbose] [--shrink] [--no-check] [--until NAME] "
	"[--json]\n"
	"  --seeds A..B  which runs (default 1..100); one number: that run\n"
	"  --steps N     inputs of a run (default 400)\n"
	"  --verbose     tell every input and action\n"
	"  --shrink      of a failed run, look for a shorter history that fails the same way, and tell all "
	"of it\n"
	"  --no-check    without the engine's own check of its state (route_check)\n"
	"  --until NAME  go on over faults of other invariants until that one fails (tests/mutations)\n"
	"  --json        end with one line of figures\n";

struct settings {
	int64_t from, to, steps;
	bool is_verbose, is_shrunk, is_unchecked, is_json;
	const char *until; /* NULL: the first fault ends it */
};
static volatile int step;
static uint64_t seed;
static struct settings settings = {1, 100, FUZZ_STEPS, false, false, false, false, NULL};

static void say_where(const char *invariant, const char *what)
{
	printf("FAILED seed %" PRIu64 " step %d invariant %s\n%s\n", seed, step, invariant, what);
	printf("again: sim_fuzz --seeds %" PRIu64 "..%" PRIu64 " --steps %" PRId64 "%s --verbose\n", seed,
		seed, settings.steps, settings.is_unchecked ? " --no-check" : "");
}

/* An assertion of the engine, or a run without end. We are on our way out: printing is worth the risk. */
static void on_signal(int number)
{
	signal(SIGABRT, SIG_DFL);
	if (number == SIGABRT)
		say_where(
			"engine_asserts", "the engine found itself in a state that must not be (see above)");
	else if (number == SIGVTALRM)
		say_where("a_step_ends", "a minute was not enough for this run, or for this input of it");
	else
		say_where("engine_crashes", "a signal that kills");
	fflush(stdout);
	_exit(1);
}

static int read_seeds(const char *text, struct settings *s)
{
	char first[32];
	const char *dots = strstr(text, "..");
	size_t n = dots ? (size_t)(dots - text) : strlen(text);

	if (str_put_n(first, sizeof(first), text, n) < 0 || str_to_int(first, 0, INT64_MAX - 1, &s->from) < 0)
		return -1;
	s->to = s->from;
	return dots && str_to_int(dots + 2, s->from, INT64_MAX - 1, &s->to) < 0 ? -1 : 0;
}

static int read_arguments(int argc, char **argv, struct settings *s)
{
	for (int i = 1; i < argc; i++) {
		const char *value = i + 1 < argc ? argv[i + 1] : "";
		if (!strcmp(argv[i], "--verbose"))
			s->is_verbose = true;
		else if (!strcmp(argv[i], "--shrink"))
			s->is_shrunk = true;
		else if (!strcmp(argv[i], "--no-check"))
			s->is_unchecked = true;
		else if (!strcmp(argv[i], "--json"))
			s->is_json = true;
		else if (!strcmp(argv[i], "--until") && value[0])
			s->until = argv[++i];
		else if (!strcmp(argv[i], "--seeds") && read_seeds(value, s) == 0)
			i++;
		else if (!strcmp(argv[i], "--steps") && str_to_int(value, 1, FUZZ_STEPS_MAX, &s->steps) == 0)
			i++;
		else
			return -1;
	}
	return 0;
}

/* Whether it passed. */
static bool run_one(struct fuzz_report *ret_report)
{
	struct text trace = {0};
	struct fuzz_options options = {.seed = seed,
		.steps = (int)settings.steps,
		.is_checked = !settings.is_unchecked,
		.is_shrunk = settings.is_shrunk,
		.trace = settings.is_verbose ? &trace : NULL,
		.step = &step};
	int err = fuzz_run(&options, ret_report);

	if (trace.data)
		fputs(trace.data, stdout);
	text_free(&trace);
	if (err) {
		printf("sim_fuzz: out of memory at seed %" PRIu64 "\n", seed);
		return false;
	}
	if (!ret_report->has_failed || (settings.until && strcmp(ret_report->invariant, settings.until) != 0))
		return true;
	step = ret_report->step;
	printf("%s:\n%s", settings.is_shrunk ? "a short history" : "the last inputs",
		ret_report->history.data ? ret_report->history.data : "");
	say_where(ret_report->invariant, ret_report->what);
	return false;
}

int main(int argc, char **argv)
{
	uint64_t inputs = 0, actions = 0, replays = 0;
	bool has_passed = true;

	if (read_arguments(argc, argv, &settings) < 0) {
		fputs(usage, stderr);
		return 2;
	}
	signal(SIGABRT, on_signal);
	signal(SIGSEGV, on_signal);
	signal(SIGVTALRM, on_signal);
	for (seed = (uint64_t)settings.from; has_passed && seed <= (uint64_t)settings.to; seed++) {
		struct fuzz_report report;
		if (!settings.is_shrunk)
			setitimer(ITIMER_VIRTUAL, &(struct itimerval){.it_value = {SEED_SECONDS, 0}}, NULL);
		has_passed = run_one(&report);
		inputs += report.n_inputs;
		actions += report.n_actions;
		replays += report.n_replays;
		text_free(&report.history);
	}
	if (settings.is_json)
		printf("{\"seeds\":%" PRId64 ",\"inputs\":%" PRIu64 ",\"actions\":%" PRIu64
		       ",\"replays\":%" PRIu64 ",\"failures\":%d}\n",
			settings.to - settings.from + 1, inputs, actions, replays, !has_passed);
	else if (has_passed)
		printf("%" PRId64 " seeds, %" PRIu64 " inputs, %" PRIu64 " actions, %" PRIu64
		       " replays: nothing found\n",
			settings.to - settings.from + 1, inputs, actions, replays);
	return has_passed ? 0 : 1;
}
