/* What the engine decided, decided again: feeds a routing log (record.h) to a real engine and compares every
 * answer with the one recorded. PURE.
 *
 * Bytes come in as they were written, in pieces of whole records. A RUN record starts an empty engine, or the
 * one its STATE describes: a checkpoint. Whoever comes to a checkpoint from before it also sees whether it
 * says what the engine had become. At the first answer of a run that differs from the recorded one the run is
 * left alone until the next RUN: what follows a difference says nothing.
 *
 * Must not know where the bytes are kept. */
#pragma once
#include "replay/record.h"

struct replay;

struct replay_step { /* one input of the period, just made; borrowed for the call */
	const struct record *record;
	const struct route_actions *actions; /* as decided now */
	struct route *route;		     /* to be asked, not to be stepped */
	uint64_t number;		     /* of the input in its run, from 1 */
};
typedef void replay_handler(const struct replay_step *step, void *arg);

struct replay_options {		/* zeroes: everything, nobody listens */
	int64_t from_ms, to_ms; /* UTC, to_ms excluded and 0 for no end: what is counted and listened to */
	size_t explain_max;	/* decisions that can be asked for in on_step; 0: 64 */
	replay_handler *on_step;
	void *arg;
};

#define REPLAY_ACTIONS_MAX 8
struct replay_difference {
	struct record record; /* the input with what was recorded, without its configuration; or the STATE */
	uint64_t number;      /* of the input in its run, from 1 */
	int rc;		      /* what is answered now */
	uint32_t hash, n_actions;
	struct route_action actions[REPLAY_ACTIONS_MAX]; /* the first of them */
};
struct replay_result {
	uint64_t runs;		 /* parts of the log (starts, checkpoints) with inputs of the period */
	uint64_t runs_different; /* of those */
	uint64_t inputs, decisions,
		actions;	   /* of the period, up to a difference; decisions: offers, reservations */
	int64_t first_ms, last_ms; /* wall time of the first and last of them; 0: none */
	char program[RECORD_PROGRAM_SIZE];   /* version that wrote the last of them */
	struct replay_difference difference; /* of the first run that has one */
};

/* 0 or -ENOMEM. options are copied. Release with replay_free. */
int replay_new(struct replay **ret_replay, const struct replay_options *options);
void replay_free(struct replay *p);
/* Feeds n bytes of whole records. 0: more is wanted; 1: the end of the period is reached, nothing more is
 * needed; -EINVAL: no routing log, or a torn one (*ret_at: where in data; the next RUN can be fed);
 * -ENOTSUP: of a newer version; -ENOMEM. */
int replay_feed(struct replay *p, const uint8_t *data, size_t n, size_t *ret_at);
/* What came out so far. Borrowed. */
const struct replay_result *replay_result(const struct replay *p);
