/* The world around the engine: callers who come and give up, agents who answer late, twice or never, phones
 * that fail, supervisors, administrators, and the clock. It is asked for the next input and shown what the
 * engine answered; everything in it comes from dice. Pure. */
#pragma once
#include "sim/agenda.h"
#include "sim/fuzz/fuzz_centre.h"
#include "sim/fuzz/watch.h"

struct fuzz_world {
	struct dice dice;
	struct fuzz_style style;
	struct fuzz_centre centre;
	struct agenda agenda;
	int64_t now_ms;
	uint64_t last_segment;
	int arrival_ms, handle_ms, patience_ms, answer_ms; /* means */
	int trouble, chaos; /* per cent: offers that go wrong; inputs out of nowhere */
	bool is_late;	    /* deadlines are sometimes overslept */
	bool is_leaping;    /* the machine was asleep for weeks, now and then */
};
struct fuzz_input { /* an input with its time; config is in *centre, NULL: not a CONFIGURE */
	struct route_input in;
	int64_t now_ms;
	struct fuzz_centre *centre; /* owned */
};

/* 0 or -ENOMEM. Release with fuzz_world_free. */
int fuzz_world_new(struct fuzz_world *ret_world, uint64_t seed);
void fuzz_world_free(struct fuzz_world *o);
/* The next input; due_ms: what route_next_due says; watch: what there is to be about. 0 or -ENOMEM. The
 * centre in it is the caller's (alloc_free). */
int fuzz_world_next(
	struct fuzz_world *o, int64_t due_ms, const struct watch *watch, struct fuzz_input *ret_input);
/* What the engine answered to it: agents and callers act on it. 0 or -ENOMEM. */
int fuzz_world_see(
	struct fuzz_world *o, const struct route_input *in, int rc, const struct route_actions *actions);
