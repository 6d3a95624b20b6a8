/* The routing engine: who gets which contact, and when. PURE: no I/O, clock, thread, randomness or log.
 *
 * route_step(state, input, now) applies one input and lists the actions that follow. Same inputs in the same
 * order with the same times give the same actions, bit for bit: that is what simulation, replay and "why this
 * agent?" stand on. The caller owns time: it passes now_ms (any monotonic millisecond clock; never going
 * back) and promises a ROUTE_TIME input no later than route_next_due().
 *
 * Words: a segment is one stay of one interaction in one queue. An offer is a segment ringing at an agent; it
 * has a deadline. An agent is free for a channel while available, below capacity and not in wrap-up.
 *
 *
 * Order. Among segments: higher priority (queue's plus segment's), then earlier waiting_since, then lower id.
 * Among agents: idle longest (since becoming available or since the last contact or wrap-up ended, or an
 * engaged one began), then lower id. An offer that fails does not change an agent's idle time. The rule,
 * applied until nothing changes: the first waiting segment that anybody may take is offered to the one who is
 * first among those who may. An agent may take a segment when it serves the queue, holds every skill of queue
 * and segment at the level asked or above, is free on the channel, did not just decline it, and is the
 * preferred agent while the segment is patient for one.
 *
 * Invariants (route_check asserts all of them; the engine asserts on the way what it can see):
 *  - a segment is offered to at most one agent, never after it was cancelled; offers never exceed an agent's
 * capacity
 *  - no segment waits while an agent who may take it is free
 *  - every offer and every wrap-up has a deadline and ends
 *  - a segment whose offer failed returns to its place: its waiting clock and order key are those of its
 * first entry
 *  - enqueued = answered + cancelled + overflowed + waiting + ringing, for every queue */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct route; /* opaque state */

#define ROUTE_SKILLS_MAX 16 /* required by one queue or segment */
#define ROUTE_CHANNELS 8
#define ROUTE_LEVEL_MAX 10
#define ROUTE_CAPACITY_MAX 100		       /* contacts at once of one agent, per channel */
#define ROUTE_PRIORITY_MAX 1000000	       /* of a queue and of a segment, either sign */
#define ROUTE_RETRY_MS 5000		       /* see ROUTE_FAILED */
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
	int32_t ring_timeout_ms; /* above 0: every offer ends */
	int32_t wrap_up_ms;	 /* 0: none */
	/* From waiting_since; 0: none. Then ROUTE_OVERFLOW; a segment ringing at that moment rings on, and
	 * overflows if the offer fails. */
	int32_t max_wait_ms;
	/* Counted from the entry, while waiting; what falls due during ringing is said once if the offer
	 * fails. first 0: the first comes after every; every 0: only the first; both 0: never. */
	int32_t announce_first_ms, announce_every_ms;
	int32_t handle_estimate_ms; /* used for estimates until real ones exist; 0: unknown */
	/* Most waiting (ringing ones do not count); 0: no limit. Beyond it an ENQUEUE is refused, unless an
	 * agent is free for it, or its waiting_since is in the past: a place that is being kept is never
	 * refused. */
	int capacity;
};

struct route_agent {
	uint64_t id;
	int capacity[ROUTE_CHANNELS];	  /* contacts at once per channel; voice 1 */
	const struct route_skill *skills; /* any number, sorted by skill */
	int n_skills;
	const uint64_t *queues; /* queues this agent serves, sorted; those not in the config are ignored */
	int n_queues;
	/* A missed offer does not make this agent not-responding (always-ready static contacts); see
	 * ROUTE_FAILED. */
	bool is_persistent;
};

struct route_config { /* borrowed for the call; the engine keeps its own copy */
	uint64_t version;
	const struct route_queue *queues;
	int n_queues;
	const struct route_agent *agents;
	int n_agents;
};

enum route_input_kind {
	ROUTE_TIME = 1, /* only time passed */
	/* Atomic. Waiting segments keep place and clock. A queue that is gone: its segments (ringing ones
	 * after WITHDRAW) overflow, RECONFIGURED, in their order. An agent who is gone, has no longer the
	 * queue, skill or capacity: its offers are withdrawn, RECONFIGURED. Connected contacts are kept by
	 * whoever has them until ENDED (somebody gone has no wrap-up then); a running wrap-up ends only when
	 * its agent is gone. */
	ROUTE_CONFIGURE,
	/* agent can take contacts (presence ready and reachable) or not (is_available). Not: its offers are
	 * withdrawn, AGENT_GONE; its contacts and wrap-ups go on. A new agent starts as not available. */
	ROUTE_AVAILABLE,
	/* A segment enters its queue, on the queue's channel (another: -EINVAL). preferred_agent gets it
	 * alone for preferred_patience_ms (0: only if free at once), as long as that agent is available and
	 * may take it. agent (0: none) gets it by hand in the same step, as with ROUTE_ASSIGN, if free now (a
	 * blind transfer); otherwise it waits like any other. */
	ROUTE_ENQUEUE,
	/* The segment leaves: abandoned, or taken out by its flow; its offer is withdrawn. Of a connected
	   one: as ENDED. */
	ROUTE_CANCEL,
	ROUTE_ACCEPTED, /* the offered agent is connected; -ENOENT when the offer is not (or no longer) that
			   agent's */
	/* The offer failed, the segment is back at its place.
	 * NO_ANSWER, UNREACHABLE: as when ring_timeout passes: NOT_RESPONDING, the agent is not available. A
	 * persistent agent stays available, but is not offered this segment for ROUTE_RETRY_MS (UNREACHABLE:
	 * nothing at all). DECLINED, WITHDRAWN: the agent stays available, but is not offered this segment
	 * for ROUTE_RETRY_MS. One who declined more than four within that time rests: is offered nothing for
	 * ROUTE_RETRY_MS. BUSY: the agent rests. */
	ROUTE_FAILED,
	ROUTE_ENDED,	      /* handling of segment by agent ended; wrap-up starts if the queue has one */
	ROUTE_WRAP_UP_EXTEND, /* to duration_ms from now, never to earlier than before; segment 0: each of the
				 agent's */
	ROUTE_WRAP_UP_DONE,   /* segment 0: each of the agent's */
	/* Agent took a contact outside the queues (direct call): occupies capacity until ROUTE_ENDED. segment
	 * names the contact (it need not be one the engine knows); queue 0, or the queue it is counted and
	 * wrapped up in (contacts restored after a restart). A fact, so never refused for capacity; offers
	 * which no longer fit are withdrawn, NOT_FREE. */
	ROUTE_ENGAGE,
	/* A supervisor or the agent picked this waiting segment for agent. By hand: neither queue, skills,
	 * patience nor an earlier decline matter, but the agent must be available, out of wrap-up and below
	 * capacity. Then an offer like any other. */
	ROUTE_ASSIGN,
};

enum route_fail { ROUTE_DECLINED = 1, ROUTE_NO_ANSWER, ROUTE_UNREACHABLE, ROUTE_BUSY, ROUTE_WITHDRAWN };

struct route_input {
	enum route_input_kind kind;
	uint64_t segment, agent, queue;
	bool is_available;
	enum route_fail fail;
	int32_t duration_ms;
	/* ENQUEUE: segment, queue and: */
	enum route_channel channel; /* ENGAGE too */
	int priority;		    /* added to the queue's */
	int64_t waiting_since_ms;   /* normally now; earlier when a place is kept (transfer back, restart);
				       later reads as now */
	struct route_skill skills[ROUTE_SKILLS_MAX]; /* asked for beside the queue's own */
	int n_skills;
	uint64_t preferred_agent;
	int32_t preferred_patience_ms;
	const struct route_config *config; /* CONFIGURE */
};

enum route_action_kind {
	ROUTE_OFFER = 1,      /* ring agent with segment until due_ms */
	ROUTE_WITHDRAW,	      /* stop ringing agent: DEADLINE, CANCELLED, RECONFIGURED, AGENT_GONE, NOT_FREE
				 (engaged) */
	ROUTE_NOT_RESPONDING, /* the agent missed an offer: presence goes to not_responding (already
				 unavailable here) */
	ROUTE_WRAP_UP,	      /* wrap-up of segment began or was extended; ends at due_ms */
	ROUTE_WRAP_UP_OVER,   /* it ended: DONE, DEADLINE, RECONFIGURED (the agent is gone) */
	ROUTE_OVERFLOW,	      /* the segment left the queue by rule: DEADLINE (max_wait), RECONFIGURED */
	ROUTE_REFUSED,	      /* ENQUEUE or ASSIGN not taken: reason */
	ROUTE_ANNOUNCE,	      /* time to tell position and estimate, by the queue's announcement plan */
};

enum route_reason {
	ROUTE_NO_REASON = 0,
	ROUTE_DEADLINE, /* ring or wait limit passed */
	ROUTE_CANCELLED,
	ROUTE_RECONFIGURED,
	ROUTE_QUEUE_FULL,
	ROUTE_UNKNOWN_QUEUE,
	ROUTE_DUPLICATE,
	ROUTE_NOT_FREE, /* ASSIGN: the agent cannot take it now; WITHDRAW: the agent engaged elsewhere */
	ROUTE_AGENT_GONE,
	ROUTE_DONE,
	ROUTE_NO_MEMORY,
	ROUTE_NOT_WAITING, /* ASSIGN: already ringing or connected */
};

struct route_action {
	enum route_action_kind kind;
	enum route_reason reason;
	uint64_t segment, agent, queue;
	uint64_t decision;   /* OFFER: number to ask route_explain for */
	int64_t due_ms;	     /* OFFER, WRAP_UP */
	int position;	     /* ANNOUNCE: 1 = next */
	int64_t estimate_ms; /* ANNOUNCE: -1 when unknown */
};

struct route_actions { /* grows as needed; reuse between steps; route_actions_free at the end */
	struct route_action *at;
	size_t len, room;
};

/* A new, empty engine, or -ENOMEM. explain_max: decisions kept for route_explain. */
int route_new(struct route **ret_route, size_t explain_max);
void route_free(struct route *r);
/* Applies one input, then every deadline that has passed (in order of time, then id): an agent who answers in
 * the moment the ring times out has answered. Lists what follows in *actions (cleared first). now_ms earlier
 * than before reads as before. 0; or, with nothing changed and no actions: -EINVAL (malformed input or
 * config, unknown kind), -ENOENT (no such agent, or no such segment in the state the input is about),
 * -ENOMEM. An ENQUEUE for which memory is out answers REFUSED, NO_MEMORY if it still can. Deadlines whose
 * actions find no memory stay due. Cost: O(log n) in waiting segments and agents, times the needs (queue and
 * skill combinations in use) of one agent. */
int route_step(
	struct route *r, const struct route_input *input, int64_t now_ms, struct route_actions *actions);
/* When ROUTE_TIME is due at the latest; INT64_MAX for never. */
int64_t route_next_due(const struct route *r);
void route_actions_free(struct route_actions *a);

/* Position in its queue (1 = next; 0 = not waiting: unknown, ringing, connected) and estimated wait still
 * ahead (-1 = unknown; formula: estimate.h) of a waiting segment. O(log n). */
int route_position(const struct route *r, uint64_t segment);
int64_t route_estimate(const struct route *r, uint64_t segment, int64_t now_ms);

/* The estimate for one who would enter the queue now, asking nothing special: 0 when an agent is free for it;
 * -1 unknown. */
int64_t route_queue_estimate(const struct route *r, uint64_t queue, int64_t now_ms);

struct route_queue_counts {
	int waiting, offered, connected; /* offered: ringing, not counted as waiting */
	int agents_available,
		agents_free; /* of those who serve it with the queue's own skills; available: busy or not */
	int64_t oldest_waiting_since_ms; /* of waiting and ringing ones; INT64_MAX: none */
};
/* 0 or -ENOENT. O(1). */
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
/* Asserts every invariant of the state; O(n log n), for tests and the simulator. The engine asserts what it
 * can see on the way by itself, always. */
void route_check(const struct route *r);

/* One kept decision: who was considered and why the winner won. 0 or -ENOENT (too old, never made). */
int route_explain(const struct route *r, uint64_t decision, struct route_decision *ret_decision);
