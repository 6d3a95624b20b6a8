/* The routing engine: who gets which contact, and when. PURE: no I/O, clock, thread, randomness or log.
 *
 * route_step(state, input, now) applies one input and lists the actions that follow. Same inputs in the same
 * order with the same times give the same actions, bit for bit: that is what simulation, replay and "why this
 * agent?" stand on. The caller owns time: it passes now_ms (any monotonic millisecond clock; never going
 * back) and promises a ROUTE_TIME input no later than route_next_due().
 *
 * Words: a segment is one stay of one interaction in one queue. An offer is a segment ringing at an agent; it
 * has a deadline. The ring of a segment is how far its queue has widened the circle of those who may take it.
 *
 * Order. Among segments: higher band, then earlier rank, then lower id. Band and rank do not change while a
 * segment waits:
 *   priority = queue's + segment's
 *   band = priority, or 0 when the queue ages (age_ms > 0)
 *   rank = waiting_since - head_start
 *          + target (the segment's own, else the queue's) if the queue is ordered by due time
 *          - priority * age_ms if the queue ages: a point of priority is worth so much waiting, so that
 *            whoever waits long enough comes before any newcomer
 * A queue that is owed its share (below) comes before the others.
 *
 * Who may take a segment: an agent who serves its queue (which needs capacity on its channel) at a level its
 * ring reaches, holds what queue and segment ask (struct route_ask; the ring may relax it), is free for it,
 * did not just decline it, is not excluded from it, and is the preferred agent while the segment is patient
 * for one; and, unless it is patient for one, more than keep_free of those who meet queue, level and skills
 * are free. Free for it: available; not resting; the contacts of its channel, offered, connected or in
 * wrap-up, below the agent's capacity there; those of its queue below per_agent_max; and its load beside the
 * load of all contacts of channels it may not interrupt at most ROUTE_LOAD_MAX. Among those who may take it:
 * lower level in the queue, then fewer preferred asks unmet, then the queue's strategy, then idle longest
 * (since becoming available or since the last contact ended, with its wrap-up if it has one, or an engaged or
 * accepted one began), then lower id. An offer that fails does not change an agent's idle time.
 *
 * The rule, applied until nothing changes: the first waiting segment that anybody may take is offered to the
 * first of those who may; with ROUTE_RING_ALL to the first ROUTE_RING_ALL_MAX of them at once, one after the
 * other as long as they still may (keep_free); a reservation to one.
 *
 * Share. Each queue with share_pct > 0 is owed points, from -400 to 400, 0 at first. Whenever an offer is
 * made by order or share to an agent (ring all: to the first of them), then before it: every queue with a
 * share that has a segment waiting, patient for nobody, whose queue, level and skills the agent meets and
 * which it is free for, gains share_pct; then the offered segment's queue, if it has a share, loses 100. A
 * queue with 100 or more is owed: its segments come before all segments of queues that are not, the most owed
 * queue first, then order. Offers by preference and by hand change nothing. A configuration keeps what is
 * owed while share_pct stays above 0.
 *
 * Invariants (route_check asserts all of them; the engine asserts on the way what it can see):
 *  - a segment is offered to at most one agent (ring all: several, of whom one gets it), never after it was
 *    cancelled; offers never exceed an agent's capacity nor, when made, its load
 *  - no segment waits while somebody may take it
 *  - every offer, reservation and wrap-up has a deadline and ends
 *  - a segment whose offer failed returns to its place: its waiting clock and order key are those of its
 *    first entry
 *  - enqueued = answered + cancelled + overflowed + waiting + ringing, for every queue */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct route; /* opaque state */

#define ROUTE_ASKS_MAX 16 /* of one queue or segment */
#define ROUTE_RINGS_MAX 5
#define ROUTE_EXCLUDED_MAX 4
#define ROUTE_RING_ALL_MAX 64
#define ROUTE_CHANNELS 8
#define ROUTE_LEVEL_MAX 10 /* of a skill, and of an agent in a queue */
#define ROUTE_LOAD_MAX 100
#define ROUTE_CAPACITY_MAX 100			 /* contacts at once of one agent, per channel */
#define ROUTE_PRIORITY_MAX 1000000		 /* of a queue and of a segment, either sign */
#define ROUTE_PAST_MAX_MS INT64_C(3153600000000) /* 100 years: nobody has waited longer */
#define ROUTE_RETRY_MS 5000			 /* see ROUTE_FAILED */
#define ROUTE_EXTEND_MAX_MS (24 * 3600 * 1000)	 /* one extension of a wrap-up; and head_start_ms, age_ms */

enum route_channel { ROUTE_VOICE, ROUTE_CHAT, ROUTE_EMAIL, ROUTE_MESSAGE, ROUTE_TASK };
enum route_strategy {	    /* the strategy's key of an agent who is free; lower goes first */
	ROUTE_LONGEST_IDLE, /* idle since */
	/* busy time (with any contact: offered, connected, in wrap-up) in parts per million of the time
	 * available, both since the last ROUTE_RESET, as they were when its idle time was last set; 0 before
	 * there is any; at most 2^32 - 1 (contacts go on while one is not available) */
	ROUTE_LEAST_OCCUPIED,
	/* minus the sum of the levels held, over all asks of queue and segment as written, except ROUTE_NOT
	 */
	ROUTE_MOST_SKILLED,
	ROUTE_FEWEST_CONTACTS, /* contacts accepted from queues since the last ROUTE_RESET */
	/* number of the last decision that offered it a contact of this queue (by hand, too, if it serves
	 * it); 0: none. A queue whose strategy becomes this one starts with none */
	ROUTE_ROUND_ROBIN,
	ROUTE_RING_ALL, /* 0: the order in which they are listed */
	ROUTE_TOP_DOWN, /* its position in the queue */
	/* mix.idle * idle since in whole seconds - mix.skill * sum of levels held + mix.occupancy * whole per
	 * cent occupied + mix.contacts * contacts accepted; so one second idle weighs as much as one level,
	 * one per cent, one contact. What is not whole is cut off towards 0 */
	ROUTE_WEIGHTED,
	ROUTE_STRATEGIES
};

struct route_skill {
	uint64_t skill;
	int level; /* 1..10: proficiency held */
};
enum route_ask_kind {
	ROUTE_REQUIRED,	 /* held at level or above; rings relax it */
	ROUTE_FIXED,	 /* the same, never relaxed (a language) */
	ROUTE_PREFERRED, /* wanted, not required: fewer unmet go first */
	ROUTE_NOT,	 /* held below level, or not at all */
};
/* Asks all hold, except that of those of one list (the queue's, the segment's) with the same any (not 0) one
 * is enough. So every expression of "and" and "or" over skills can be asked (as a conjunction of
 * alternatives; docs/routing.md shows the text form). Alternatives are of one kind. */
struct route_ask {
	uint64_t skill;
	uint8_t level; /* 1..10 */
	uint8_t any;
	uint8_t kind;
};
/* From after_ms of waiting on; set when the segment enters, then by a deadline while it waits. Each ring
 * reaches at least as far as the one before. */
struct route_ring {
	int32_t after_ms; /* the first: 0; ascending */
	uint8_t level;	  /* agents who serve the queue at this level or below may take it */
	uint8_t relax;	  /* levels taken off each REQUIRED ask (not below 1); ROUTE_LEVEL_MAX: not asked any
			     more */
};
struct route_mix {
	int32_t idle, skill, occupancy, contacts; /* 0..1000 each */
};

struct route_queue {
	uint64_t id;
	enum route_channel channel;
	enum route_strategy strategy;
	struct route_mix mix; /* ROUTE_WEIGHTED */
	int priority;	      /* higher first across queues competing for an agent; default 0 */
	bool is_by_due;	      /* ordered by due time: nearest breach of the target first */
	int32_t age_ms;	      /* see Order; 0: priorities never age */
	int share_pct;	      /* 0..100; see Share */
	struct route_ask asks[ROUTE_ASKS_MAX];
	int n_asks;
	struct route_ring rings[ROUTE_RINGS_MAX]; /* none: everybody who serves it, from the start */
	int n_rings;
	int per_agent_max; /* contacts of this queue one agent has at once; 0: as many as capacity allows */
	int keep_free;	   /* outbound and other work that can wait: see "who may take" */
	int32_t ring_timeout_ms; /* above 0: every offer ends */
	/* Offers missed in a row (of any queue, until one is accepted or the agent becomes available) that
	 * make an agent not-responding; 0: none does (but it counts). */
	int misses_max;
	int32_t wrap_up_ms; /* 0: none */
	/* Service target, from waiting_since (0: none), and how long before it ROUTE_WARN is said (0: never):
	 * once a stay, then or as soon after as the segment waits. */
	int32_t target_ms, warn_ms;
	/* From waiting_since; 0: none. Then ROUTE_OVERFLOW; a segment ringing at that moment rings on, and
	 * overflows if the offer fails. */
	int32_t max_wait_ms;
	/* Whoever waits leaves (OVERFLOW, NO_AGENTS), and who comes is refused, once nobody who could ever
	 * take a segment that asks nothing of its own (last ring, any level it reaches) has been available
	 * for no_agents_ms. Counted from the moment the last of them went, or the queue came. Who waits
	 * leaves whenever that is so: a kept place that comes in, one whose offer failed. */
	bool is_left_without_agents;
	int32_t no_agents_ms;
	/* ROUTE_OPEN with is_available false: whoever waits at that moment leaves, CLOSED; a segment ringing
	 * rings on, and leaves if the offer fails. */
	bool is_left_when_closed;
	/* Longest estimated wait, from the position it would have, at which a newcomer is taken; 0: any.
	 * Beyond it: REFUSED, ESTIMATE_TOO_LONG. Who would wait nobody knows how long is taken. */
	int32_t max_estimate_ms;
	/* Counted from the entry, while waiting; what falls due during ringing is said once if the offer
	 * fails. first 0: the first comes after every; every 0: only the first; both 0: never. */
	int32_t announce_first_ms, announce_every_ms;
	int32_t handle_estimate_ms; /* used for estimates until real ones exist; 0: unknown */
	/* Most waiting (ringing ones do not count); 0: no limit. Beyond it an ENQUEUE is refused.
	 * All refusals of newcomers (capacity, estimate, no agents, closed; looked at in the order closed, no
	 * agents, capacity, estimate): not when somebody may take it now (capacity and estimate), and never
	 * when its waiting_since is in the past: a place that is being kept is never refused. */
	int capacity;
};

struct route_serves { /* an agent serves a queue */
	uint64_t queue;
	uint8_t level;	   /* 1..10; 1: the first line, higher ones help when the ring reaches them */
	uint16_t position; /* ROUTE_TOP_DOWN */
};
struct route_agent {
	uint64_t id;
	int capacity[ROUTE_CHANNELS]; /* contacts at once per channel; voice 1 */
	int load[ROUTE_CHANNELS];     /* 0..100, of one contact */
	/* By channel: set of channels (1 << channel) whose contacts do not stand in the way of a new one of
	 * this channel. */
	uint8_t interrupts[ROUTE_CHANNELS];
	const struct route_skill *skills; /* any number, sorted by skill */
	int n_skills;
	const struct route_serves *serves; /* sorted by queue; queues not in the config are ignored */
	int n_serves;
	/* Never made not-responding by a missed offer (always-ready static contacts); see ROUTE_FAILED. */
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
	/* Atomic. Waiting segments keep their waiting clock, and their order as far as the queue's rules of
	 * order stayed. A queue that is gone (one that is for another channel now is gone, and a
	 * new one has its id): its segments (ringing ones after WITHDRAW) overflow,
	 * RECONFIGURED, in their order. An agent who is gone, has no longer
	 * the queue, level or skills, or whose capacity, load or interrupts changed so that it does not fit
	 * any more: its offers are withdrawn, RECONFIGURED, the oldest first. A segment keeps its ring (or
	 * has the queue's last, if there are fewer now). Connected contacts are kept by whoever has them
	 * until ENDED (somebody gone has no wrap-up then); a running wrap-up ends only when its agent is
	 * gone. */
	ROUTE_CONFIGURE,
	/* agent can take contacts (presence ready and reachable) or not (is_available). Not: its offers are
	 * withdrawn, AGENT_GONE; its contacts and wrap-ups go on. A new agent starts as not available. */
	ROUTE_AVAILABLE,
	/* A segment enters its queue, on the queue's channel (another: -EINVAL). preferred_agent gets it
	 * alone for preferred_patience_ms (0: only if free at once), as long as that agent is available and
	 * meets queue, level and skills of the ring, and is not excluded, and until it was offered to
	 * anybody. agent (0: none) gets it by hand in the same step, as with ROUTE_ASSIGN, if free now (a
	 * blind transfer); otherwise it waits like any other. */
	ROUTE_ENQUEUE,
	/* The segment leaves: abandoned, or taken out by its flow; its offers are withdrawn. Of a connected
	   one: as ENDED. */
	ROUTE_CANCEL,
	ROUTE_ACCEPTED, /* the offered agent is connected; -ENOENT when the offer is not (or no longer) that
			   agent's. Others it rings at are withdrawn, ANSWERED_ELSEWHERE */
	/* The offer failed; the segment is back at its place (ring all: once no other agent rings).
	 * NO_ANSWER, UNREACHABLE: as when ring_timeout passes: a miss. With the queue's misses_max of them
	 * NOT_RESPONDING: the agent is not available. Otherwise, and always if persistent, it stays
	 * available, but is not offered this segment for ROUTE_RETRY_MS (persistent and UNREACHABLE: nothing
	 * at all). DECLINED, WITHDRAWN: the agent stays available, but is not offered this segment for
	 * ROUTE_RETRY_MS. One who declined (or missed) more than four within that time rests: is offered
	 * nothing for ROUTE_RETRY_MS. BUSY: the agent rests. A reservation: the same, but never a miss
	 * (NO_ANSWER and UNREACHABLE read as WITHDRAWN). */
	ROUTE_FAILED,
	ROUTE_ENDED,	      /* handling of segment by agent ended; wrap-up starts if the queue has one */
	ROUTE_WRAP_UP_EXTEND, /* to duration_ms from now, never to earlier than before; segment 0: each of the
				 agent's */
	ROUTE_WRAP_UP_DONE,   /* segment 0: each of the agent's */
	/* Agent took a contact outside the queues (direct call): occupies capacity and load until
	 * ROUTE_ENDED. segment names the contact (it need not be one the engine knows); queue 0, or the queue
	 * it is counted and wrapped up in (contacts restored after a restart). A fact, so never refused for
	 * capacity; offers which no longer fit are withdrawn, NOT_FREE, the newest first (capacity;
	 * per_agent_max if not by hand; load beside that of contacts of which neither may interrupt the
	 * other). */
	ROUTE_ENGAGE,
	/* A supervisor or the agent picked this waiting segment for agent. By hand: neither queue, skills,
	 * level, patience, keep_free, per_agent_max, exclusion nor an earlier decline matter, but the agent
	 * must be available and free for the channel (resting does not matter). Then an offer like any other.
	 */
	ROUTE_ASSIGN,
	ROUTE_OPEN,  /* queue takes newcomers (is_available, as at first) or not: they are refused, CLOSED */
	ROUTE_RESET, /* a new day: counts and times behind fewest contacts and least occupied start again */
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
	int32_t head_start_ms;	    /* counts as waited in the order only (VIP, business value); 0.. */
	int32_t target_ms;	    /* instead of the queue's service target; 0: the queue's */
	int64_t waiting_since_ms;   /* normally now; earlier when a place is kept (transfer back, restart);
				       later reads as now, earlier than ROUTE_PAST_MAX_MS ago as that */
	struct route_ask asks[ROUTE_ASKS_MAX]; /* beside the queue's own */
	int n_asks;
	uint64_t excluded[ROUTE_EXCLUDED_MAX]; /* agents who do not get it (repeat complaint) */
	int n_excluded;
	uint64_t preferred_agent;
	int32_t preferred_patience_ms;
	/* Above 0: a reservation for a campaign call or a call-back. It waits like any segment; then RESERVE
	 * instead of OFFER, and the agent is held for so long. ACCEPTED connects; past its time it leaves:
	 * WITHDRAW and OVERFLOW, DEADLINE, no fault of the agent's. */
	int32_t reserve_ms;
	const struct route_config *config; /* CONFIGURE */
};

enum route_action_kind {
	ROUTE_OFFER = 1,      /* ring agent with segment until due_ms */
	ROUTE_WITHDRAW,	      /* stop ringing agent: DEADLINE, CANCELLED, RECONFIGURED, AGENT_GONE, NOT_FREE
				 (engaged), ANSWERED_ELSEWHERE */
	ROUTE_NOT_RESPONDING, /* the agent missed an offer: presence goes to not_responding (already
				 unavailable here) */
	ROUTE_WRAP_UP,	      /* wrap-up of segment began or was extended; ends at due_ms */
	ROUTE_WRAP_UP_OVER,   /* it ended: DONE, DEADLINE, RECONFIGURED (the agent is gone) */
	ROUTE_OVERFLOW, /* the segment left the queue by rule: DEADLINE (max_wait), RECONFIGURED, NO_AGENTS,
			   CLOSED */
	ROUTE_REFUSED,	/* ENQUEUE or ASSIGN not taken: reason */
	ROUTE_ANNOUNCE, /* time to tell position and estimate, by the queue's announcement plan */
	ROUTE_RESERVE,	/* agent is held for segment until due_ms; nothing rings */
	ROUTE_WARN,	/* segment still waits warn_ms before its service target, which is due_ms */
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
	ROUTE_ANSWERED_ELSEWHERE,
	ROUTE_NO_AGENTS,
	ROUTE_CLOSED,
	ROUTE_ESTIMATE_TOO_LONG,
	ROUTE_REASONS
};

struct route_action {
	enum route_action_kind kind;
	enum route_reason reason;
	uint64_t segment, agent, queue;
	uint64_t decision;   /* OFFER, RESERVE: number to ask route_explain for; one for all of a ring all */
	int64_t due_ms;	     /* OFFER, RESERVE, WRAP_UP, WARN */
	int position;	     /* ANNOUNCE: 1 = next */
	int64_t estimate_ms; /* ANNOUNCE: -1 when unknown */
};

struct route_actions { /* grows as needed; reuse between steps; route_actions_free at the end */
	struct route_action *at;
	size_t len, room;
};

/* A new, empty engine, or -ENOMEM. explain_max: decisions kept for route_explain; their
 * memory (about 1.1 KB each) is taken at once. */
int route_new(struct route **ret_route, size_t explain_max);
void route_free(struct route *r);
/* Applies one input, then every deadline that has passed, in order of time; at the same time those of agents,
 * then of queues, then of segments, each by id (one id twice: by agent, then the older first). So an agent
 * who answers in the moment the ring times out has answered. What falls due for a waiting segment takes its
 * place by its own time; at the same time: overflow, end of patience, next ring, warning, announcement. After
 * each deadline the rule is applied; those of agents at one time count as one. Lists what follows in *actions
 * (cleared first). now_ms (between -2^60 and 2^60) earlier than before reads as before. 0; or, with nothing
 * changed and no actions: -EINVAL (malformed input or config, unknown kind), -ENOENT (no such agent or queue,
 * or no such segment in the state the input is about), -ENOMEM. An ENQUEUE for which memory is out answers
 * REFUSED, NO_MEMORY if it still can. Deadlines whose actions find no memory stay due. Cost: O(log n) in
 * waiting segments and agents, times the needs (queue, ring and skill combinations in use) of one agent. */
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
	int waiting, offered, connected;   /* offered: ringing, not counted as waiting */
	int agents_available, agents_free; /* of those who could take one that asks nothing of its own, at the
					      last ring; available: busy or not */
	int64_t oldest_waiting_since_ms;   /* of waiting and ringing ones; INT64_MAX: none */
	bool is_open;
	int owed; /* see Share */
};
/* 0 or -ENOENT. O(1). */
int route_queue_counts(const struct route *r, uint64_t queue, struct route_queue_counts *ret_counts);

enum route_verdict {
	ROUTE_CHOSEN = 1,
	ROUTE_OUTRANKED,
	ROUTE_LACKS_SKILL,
	ROUTE_NOT_AVAILABLE,
	ROUTE_AT_CAPACITY, /* contacts or load, or per_agent_max */
	ROUTE_IN_WRAP_UP,
	ROUTE_RESTING,	   /* declined this segment just now, or rests; see ROUTE_FAILED */
	ROUTE_EXCLUDED,	   /* by the segment */
	ROUTE_NOT_REACHED, /* serves the queue at a level the ring does not reach yet */
	ROUTE_VERDICTS
};
enum route_how {
	ROUTE_BY_ORDER = 1,  /* the queue's strategy */
	ROUTE_BY_PREFERENCE, /* the preferred agent was free in time */
	ROUTE_BY_HAND,	     /* ROUTE_ASSIGN */
	ROUTE_BY_SHARE,	     /* the queue was owed its share */
};
struct route_candidate {
	uint64_t agent;
	enum route_verdict verdict;
	uint8_t level, unmet; /* level at which it serves the queue (0: not); preferred asks unmet, of those
				 who meet */
	int64_t key;	 /* the strategy's, of those who meet queue, level and skills and were free; else 0 */
	int64_t idle_ms; /* of those who were free; else 0 */
};
#define ROUTE_CANDIDATES_MAX 32
struct route_decision {
	uint64_t number, segment, queue, agent, config_version;
	int64_t at_ms, waited_ms;
	enum route_how how;
	enum route_strategy strategy;
	int priority; /* queue's plus segment's */
	int ring;     /* 0: the first */
	struct route_candidate candidates[ROUTE_CANDIDATES_MAX];
	int n_candidates, n_considered; /* considered may exceed those kept */
};
/* Asserts every invariant of the state; O(n log n), for tests and the simulator. The engine asserts what it
 * can see on the way by itself, always. */
void route_check(const struct route *r);
/* A number that is equal for equal states and hardly ever for others: every segment, agent, queue, deadline
 * and estimate goes into it. O(n). */
uint64_t route_digest(const struct route *r);

/* One kept decision: who was considered and why the winner won. 0 or -ENOENT (too old, never made). */
int route_explain(const struct route *r, uint64_t decision, struct route_decision *ret_decision);
