/* The routing engine: who gets which contact, and when. PURE: no I/O, clock, thread, randomness or log.
 *
 * route_step(state, input, now) applies one input and lists the actions that follow. Same inputs in the same order with
 * the same times give the same actions, bit for bit: that is what simulation, replay and "why this agent?" stand on.
 * The caller owns time: it passes now_ms (any monotonic millisecond clock; never going back) and promises a
 * ROUTE_TIME input no later than route_next_due().
 *
 * Words: a segment is one stay of one interaction in one queue. An offer is a segment ringing at an agent; it has a
 * deadline. An agent is free for a channel while available, below capacity and not in wrap-up.
 *
 * Invariants (asserted after each step in debug builds and by the simulator):
 *  - a segment is offered to at most one agent, never after it was cancelled; capacity is never exceeded
 *  - no waiting segment while an eligible agent is free
 *  - every offer and every wrap-up has a deadline and ends
 *  - a segment whose offer failed returns to its place: its waiting clock and order key are those of its first entry
 *  - enqueued = answered + cancelled + overflowed + waiting */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct route; /* opaque state */

#define ROUTE_SKILLS_MAX 16  /* required by one queue or segment */
#define ROUTE_CHANNELS 8
#define ROUTE_LEVEL_MAX 10
#define ROUTE_CAPACITY_MAX 100		    /* contacts at once of one agent, per channel */
#define ROUTE_PRIORITY_MAX 1000000	    /* of a queue and of a segment, either sign */
#define ROUTE_RETRY_MS 5000		    /* see ROUTE_FAILED */
#define ROUTE_EXTEND_MAX_MS (24 * 3600 * 1000) /* one extension of a wrap-up */

enum route_channel { ROUTE_VOICE, ROUTE_CHAT, ROUTE_EMAIL, ROUTE_MESSAGE, ROUTE_TASK };
enum route_strategy { ROUTE_LONGEST_IDLE = 0 }; /* more to come; unknown values are refused */

struct route_skill {
	uint64_t skill;
	int level; /* 1..10: minimum asked for, or proficiency held */
};

struct route_queue {
	uint64_t id;
	enum route_channel channel;
	enum route_strategy strategy;
	int priority; /* higher first across queues competing for an agent; default 0 */
	struct route_skill skills[ROUTE_SKILLS_MAX];
	int n_skills;
	int32_t ring_timeout_ms, wrap_up_ms; /* wrap_up_ms 0: none */
	int32_t max_wait_ms;		      /* 0: none; then ROUTE_OVERFLOW */
	int32_t announce_first_ms, announce_every_ms; /* 0: never */
	int32_t handle_estimate_ms;	      /* used for estimates until real ones exist */
	int capacity;			      /* most waiting; 0: no limit; beyond it ENQUEUE is refused */
};

struct route_agent {
	uint64_t id;
	int capacity[ROUTE_CHANNELS]; /* contacts at once per channel; voice 1 */
	const struct route_skill *skills; /* any number, sorted by skill */
	int n_skills;
	const uint64_t *queues; /* queues this agent serves, sorted */
	int n_queues;
	bool is_persistent; /* a missed offer does not make this agent not-responding (always-ready static contacts) */
};

struct route_config { /* borrowed for the call; the engine keeps its own copy */
	uint64_t version;
	const struct route_queue *queues;
	int n_queues;
	const struct route_agent *agents;
	int n_agents;
};

enum route_input_kind {
	ROUTE_TIME = 1,	     /* only time passed */
	ROUTE_CONFIGURE,     /* atomically; waiting segments keep place and clock, those of a vanished queue overflow */
	ROUTE_AVAILABLE,     /* agent can take contacts (presence ready and reachable) or not (is_available) */
	ROUTE_ENQUEUE,	     /* a segment enters its queue */
	ROUTE_CANCEL,	     /* the segment leaves: abandoned, or taken out by its flow; its offer is withdrawn */
	ROUTE_ACCEPTED,	     /* the offered agent is connected */
	ROUTE_FAILED,	     /* the offer failed: declined, no answer at the device, unreachable, busy */
	ROUTE_ENDED,	     /* handling of segment by agent ended; wrap-up starts if the queue has one */
	ROUTE_WRAP_UP_EXTEND, /* duration_ms from now */
	ROUTE_WRAP_UP_DONE,
	ROUTE_ENGAGE,	     /* agent took a contact outside the queues (direct call): occupies capacity until ROUTE_ENDED */
	ROUTE_ASSIGN,	     /* a supervisor or the agent picked this waiting segment for agent, if free */
};

enum route_fail { ROUTE_DECLINED = 1, ROUTE_NO_ANSWER, ROUTE_UNREACHABLE, ROUTE_BUSY, ROUTE_WITHDRAWN };

struct route_input {
	enum route_input_kind kind;
	uint64_t segment, agent, queue;
	bool is_available;
	enum route_fail fail;
	int32_t duration_ms;
	/* ENQUEUE */
	enum route_channel channel; /* ENGAGE too */
	int priority;		    /* added to the queue's */
	int64_t waiting_since_ms;   /* normally now; earlier when a place is kept (transfer back, restart) */
	struct route_skill skills[ROUTE_SKILLS_MAX]; /* asked for beside the queue's own */
	int n_skills;
	uint64_t preferred_agent;
	int32_t preferred_patience_ms;
	const struct route_config *config; /* CONFIGURE */
};

enum route_action_kind {
	ROUTE_OFFER = 1,     /* ring agent with segment until due_ms */
	ROUTE_WITHDRAW,	     /* stop ringing agent: reason says why (NO_ANSWER deadline, cancelled, reconfigured) */
	ROUTE_NOT_RESPONDING, /* the agent missed an offer: presence goes to not_responding (already unavailable here) */
	ROUTE_WRAP_UP,	     /* wrap-up of segment began or was extended; ends at due_ms */
	ROUTE_WRAP_UP_OVER,  /* it ended (done, or its deadline passed) */
	ROUTE_OVERFLOW,	     /* the segment left the queue by rule: reason */
	ROUTE_REFUSED,	     /* ENQUEUE or ASSIGN not taken: reason */
	ROUTE_ANNOUNCE,	     /* time to tell position and estimate (also on request of the queue's announcement plan) */
};

enum route_reason {
	ROUTE_NO_REASON = 0,
	ROUTE_DEADLINE,	  /* ring or wait limit passed */
	ROUTE_CANCELLED,
	ROUTE_RECONFIGURED,
	ROUTE_QUEUE_FULL,
	ROUTE_UNKNOWN_QUEUE,
	ROUTE_DUPLICATE,
	ROUTE_NOT_FREE, /* ASSIGN: agent not free or not eligible */
	ROUTE_AGENT_GONE,
	ROUTE_DONE,
	ROUTE_NO_MEMORY,
	ROUTE_NOT_WAITING, /* ASSIGN: already ringing or connected */
};

struct route_action {
	enum route_action_kind kind;
	enum route_reason reason;
	uint64_t segment, agent, queue;
	uint64_t decision; /* OFFER: number to ask route_explain for */
	int64_t due_ms;	   /* OFFER, WRAP_UP */
	int position;	   /* ANNOUNCE: 1 = next */
	int64_t estimate_ms; /* ANNOUNCE: -1 when unknown */
};

struct route_actions { /* grows as needed; reuse between steps; route_actions_free at the end */
	struct route_action *at;
	size_t len, room;
};

/* A new, empty engine, or -ENOMEM. explain_max: decisions kept for route_explain. */
int route_new(struct route **ret_route, size_t explain_max);
void route_free(struct route *r);
/* Applies one input. Appends to *actions (cleared first). 0, -EINVAL (malformed config or unknown kind: nothing changed),
 * -ENOENT (unknown agent or segment: nothing changed), -ENOMEM (nothing changed, except that ENQUEUE answers REFUSED). */
int route_step(struct route *r, const struct route_input *input, int64_t now_ms, struct route_actions *actions);
/* When ROUTE_TIME is due at the latest; INT64_MAX for never. */
int64_t route_next_due(const struct route *r);
void route_actions_free(struct route_actions *a);

/* Position (1 = next; 0 = not waiting) and estimated wait (-1 = unknown) of a waiting segment. O(log n). */
int route_position(const struct route *r, uint64_t segment);
int64_t route_estimate(const struct route *r, uint64_t segment, int64_t now_ms);

/* The estimate for one who entered the queue now; -1 when unknown. */
int64_t route_queue_estimate(const struct route *r, uint64_t queue, int64_t now_ms);

struct route_queue_counts {
	int waiting, offered, connected, agents_available, agents_free;
	int64_t oldest_waiting_since_ms; /* INT64_MAX when none waits */
};
int route_queue_counts(const struct route *r, uint64_t queue, struct route_queue_counts *ret_counts);

enum route_verdict {
	ROUTE_CHOSEN = 1,
	ROUTE_OUTRANKED,
	ROUTE_LACKS_SKILL,
	ROUTE_NOT_AVAILABLE,
	ROUTE_AT_CAPACITY,
	ROUTE_IN_WRAP_UP,
	ROUTE_RESTING, /* declined this segment just now, or rests; see ROUTE_FAILED */
};
enum route_how {
	ROUTE_BY_ORDER = 1,  /* the queue's strategy */
	ROUTE_BY_PREFERENCE, /* the preferred agent was free in time */
	ROUTE_BY_HAND,	     /* ROUTE_ASSIGN */
};
struct route_candidate {
	uint64_t agent;
	enum route_verdict verdict;
	int64_t idle_ms; /* of those who were free; else 0 */
};
#define ROUTE_CANDIDATES_MAX 32
struct route_decision {
	uint64_t number, segment, queue, agent, config_version;
	int64_t at_ms, waited_ms;
	enum route_how how;
	struct route_candidate candidates[ROUTE_CANDIDATES_MAX];
	int n_candidates, n_considered; /* considered may exceed those kept */
};
/* Asserts every invariant of the state; O(n log n), for tests and the simulator. The engine asserts what it can see on the
 * way by itself, always. */
void route_check(const struct route *r);

/* One kept decision: who was considered and why the winner won. 0 or -ENOENT (too old, never made). */
int route_explain(const struct route *r, uint64_t decision, struct route_decision *ret_decision);
