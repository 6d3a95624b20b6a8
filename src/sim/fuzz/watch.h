/* The observer of the routing engine: it is shown every input and the actions that came of it, keeps its own
 * books of them, and says which promise of route/route.h was broken, if one was.
 *
 * It reads the rules again, plainly: lists and loops over everybody, nothing clever, and nothing taken from
 * the engine or its model. It sees the engine from outside only: actions, counts, positions, next deadline.
 *
 * The invariants it watches, by the name a fault carries (docs/internals/simulation.md states them):
 *   capacity_never_exceeded, offered_to_one_at_most, never_offered_when_gone,
 *   nobody_waits_while_someone_may_take_it, order_respected, books_balance, everything_ends, nobody_starves,
 *   refusals_are_right, said_in_time (announcements and warnings).
 * replay_is_equal is watched by fuzz.c, which has a second engine.
 *
 * Pure; one owner. */
#pragma once
#include "route/route.h"

#define WATCH_QUEUES 16	  /* queues known at once */
#define WATCH_AGENTS 32	  /* agents known at once, those gone with a contact left included */
#define WATCH_SERVES 16	  /* queues of one agent */
#define WATCH_SKILLS 16	  /* of one agent */
#define WATCH_CONTACTS 64 /* of one agent */

struct watch;
struct watch_fault {
	const char *invariant;
	char what[400]; /* what was seen and what was expected, in words */
};
struct watch_seen { /* one step of the engine */
	const struct route_input *in;
	int64_t now_ms;
	int rc;
	const struct route_action *at;
	size_t n;
	/* Before the step: what route_queue_estimate answered for the input's queue at now_ms. The refusal of
	 * long waits is judged by what the engine says in public, not by a second estimate. */
	int64_t estimate_ms;
};

/* An observer of an engine just made, or -ENOMEM. Release with watch_free. */
int watch_new(struct watch **ret_watch);
void watch_free(struct watch *w);
/* One step: NULL, or the first fault found (owned by w, which is of no further use). A centre beyond the
 * maxima above is a programming error. */
const struct watch_fault *watch_step(struct watch *w, const struct watch_seen *seen);
/* Asks the engine in public whether its counts, positions and next deadline are those of the books. */
const struct watch_fault *watch_look(struct watch *w, const struct route *r);
/* After everybody went away and time passed over every deadline: whether anything rings, is reserved, in
 * wrap-up. */
const struct watch_fault *watch_end(struct watch *w, const struct route *r);

/* What the makers of a history may want to know, so that their inputs are about something. */
enum watch_state { WATCH_WAITING = 1, WATCH_RINGING, WATCH_CONNECTED, WATCH_WRAP_UP };
struct watch_pick {
	uint64_t segment, agent, queue; /* agent 0: waiting; queue 0: none */
	enum route_channel channel;
	int64_t since_ms; /* waiting since; connected: 0 */
};
/* The nth (0..) segment that waits, or contact in another state, in a fixed order. false: there is no nth. */
bool watch_pick(const struct watch *w, enum watch_state state, size_t nth, struct watch_pick *ret_pick);
size_t watch_count(const struct watch *w, enum watch_state state);
/* When the next deadline is, by the books; INT64_MAX: never. */
int64_t watch_next_due(const struct watch *w);
