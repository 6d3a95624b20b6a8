/* One seed, one run: a random centre around the real engine, watched (watch.h), crashed and replayed.
 *
 * The engine under test is made anew, fed `steps` inputs of fuzz_input.h and then a drain: time passes,
 * whoever waits or talks goes, and every deadline left comes. After every input the observer judges it. Now
 * and then the process "dies": a second engine is made of the routing log (replay/record.h) alone; it must
 * have the same digest, deadline and counts, and goes on beside the first with the same answers until it
 * takes its place. Pure. */
#pragma once
#include "base/str.h"
#include "sim/fuzz/fuzz_input.h"

#define FUZZ_STEPS 400 /* inputs of a run unless told otherwise */
#define FUZZ_STEPS_MAX 1000000
#define FUZZ_SHOWN 20 /* inputs shown of a failed run */

struct fuzz_options {
	uint64_t seed;
	int steps;
	bool is_checked; /* route_check after every input */
	bool is_late;	 /* for fuzz_shrink: the run oversleeps deadlines */
	bool is_shrunk;	 /* look for a shorter history that fails the same way */
	/* Tests: changes what the engine answered, before anybody sees it. NULL: nothing. */
	void (*falsify)(struct route_actions *actions);
	struct text *trace; /* NULL, or where everything is told as it happens */
	volatile int *step; /* NULL, or where the number of the input under way is kept */
};
struct fuzz_report {
	uint64_t n_inputs, n_actions, n_replays;
	bool has_failed;
	int step; /* at which input, 0 the first */
	char invariant[48], what[400];
	struct text history; /* of a failed run: its last inputs, or all when shrunk; text_free */
};

/* Runs it: 0 (also when an invariant failed: ret_report) or -ENOMEM. */
int fuzz_run(const struct fuzz_options *options, struct fuzz_report *ret_report);
