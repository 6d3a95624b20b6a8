/* A run under way, shared by fuzz.c and fuzz_shrink.c. */
#pragma once
#include "base/vec.h"
#include "replay/record.h"
#include "sim/fuzz/fuzz.h"

typedef VEC(struct fuzz_input) fuzz_inputs;
struct fuzz {
	const struct fuzz_options *options;
	struct route *route, *twin; /* twin: made by a replay, not yet alone */
	int twin_left;		    /* inputs until it is */
	struct watch *watch;
	struct route_actions out, twin_out;
	struct record_writer *writer;
	struct record_bytes log;
	int64_t last_ms;
	struct fuzz_report *report;
};

int fuzz_begin(struct fuzz *f, const struct fuzz_options *options, struct fuzz_report *report);
void fuzz_end(struct fuzz *f);
/* One input, judged. 0, -ENOMEM; the report says whether it failed. */
int fuzz_take(struct fuzz *f, const struct fuzz_input *input);
/* The process dies and is made again: of its log, or of a checkpoint. 0 or -ENOMEM. */
int fuzz_crash(struct fuzz *f, bool has_checkpoint);
/* The engine made again was given the input, too: it answers the same, and after a while it is the engine. */
void fuzz_step_twin(struct fuzz *f, const struct fuzz_input *input, int rc);
/* The first fault is the one reported. */
void fuzz_fail(struct fuzz *f, const char *invariant, const char *what);
/* A shorter list that fails by the same invariant; in place. 0 or -ENOMEM. */
int fuzz_shrink(fuzz_inputs *inputs, const struct fuzz_options *options, struct fuzz_report *report);
