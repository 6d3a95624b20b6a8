/* The engine's own state: what the files of this room share, and nobody else includes.
 *
 * A waiting segment sits in its queue's tree (order, position, oldest) and in one pool: that of its need, or
 * that of the agent it prefers while its patience lasts. A need is what a segment asks for: one queue, one
 * ring, one set of asks; all segments asking the same share it, and it knows which agents meet it and which
 * of these comes first by the queue's strategy. So an arrival looks at one root and an agent who becomes free
 * at the heads of the needs it meets; nothing is scanned.
 *
 * Between two changes the state is settled: no waiting segment has a free agent that may take it. Changes
 * mark the agents and segments they touch as dirty; route_settle (match.c) restores the rule.
 *
 * Links between segments are 32-bit numbers into chunks (0: none), so that all a tree walk reads of a segment
 * is one cache line. */
#pragma once
#include "base/map.h"
#include "base/vec.h"
#include "route/route.h"

#define ROUTE_CHUNK 1024 /* segments allocated together */
#define ROUTE_NEED_ASKS (2 * ROUTE_ASKS_MAX)
#define ROUTE_NEEDS_CACHED 32 /* needs a queue remembers beside its own, beyond those in use */
#define ROUTE_DECLINES 4      /* declined segments remembered per agent; one more makes it rest */
#define ROUTE_OWED_MAX 400
#define ROUTE_OWED 100 /* from here on a queue comes before the others */

enum segment_state { SEGMENT_UNUSED, SEGMENT_WAITING, SEGMENT_OFFERED, SEGMENT_CONNECTED, SEGMENT_WRAP_UP };
enum order_kind { ORDER_QUEUE, ORDER_POOL };

struct segment {
	/* one cache line: the key (band, rank, id) and the links of both trees */
	int64_t rank_ms;
	uint64_t id;
	int64_t since_ms;
	int64_t oldest_ms;    /* ORDER_QUEUE: smallest since_ms below here */
	uint32_t child[2][2]; /* [order_kind][0 before, 1 after] */
	uint32_t n_waiting; /* ORDER_QUEUE: waiting ones below here; ringing ones keep their place but count 0
			     */
	int32_t band;
	struct need *need; /* waiting and offered */
	/* the other */
	struct queue *queue; /* NULL: outside the queues, or the queue is gone */
	struct agent *agent; /* offered, connected, wrap-up: who has it; waiting: the preferred one it is
				patient for */
	int64_t due_ms;	     /* deadline of ring, reservation or wrap-up; waiting: end of patience */
	int64_t announce_ms; /* waiting, offered: next announcement, INT64_MAX: never; else: connected since
			      */
	uint32_t self, next, prev; /* next, prev: contacts of the agent; next: list of dirty segments */
	uint32_t stay;		   /* number of this stay, never twice */
	/* Ring all: a segment rings at its first agent itself; for each other agent there is one more, a
	 * ring, which is in no tree and not found by id. */
	uint32_t also;	  /* the next ring of the same segment, 0: none; in the order they were offered */
	uint32_t primary; /* of a ring: its segment */
	uint8_t state, channel;
	uint8_t ring;
	bool is_pooled : 1;
	bool is_queued : 1;    /* in the queue's tree */
	bool is_mapped : 1;    /* found by id */
	bool is_assigned : 1;  /* offered by hand: skills do not matter */
	bool is_declined : 1;  /* some agent may have declined it */
	bool is_excluding : 1; /* some agents do not get it */
	bool is_warned : 1;
};
struct terms { /* what a segment brought along, beside it; looked at seldom */
	int32_t priority, head_start_ms, target_ms, reserve_ms;
};

struct declined {
	uint32_t stay;	   /* not the id: that may come back after its segment ended */
	uint32_t until_ms; /* the lower half: it is never far away */
};
struct membership { /* agent -> need it meets */
	uint32_t need, leaf;
};
struct agent {
	/* one cache line: what is looked at of everybody considered */
	uint64_t id;
	int64_t idle_ms;	       /* idle since */
	uint16_t used[ROUTE_CHANNELS]; /* contacts */
	uint8_t capacity[ROUTE_CHANNELS], load[ROUTE_CHANNELS], interrupts[ROUTE_CHANNELS];
	uint16_t n_wrap_up;
	uint8_t channels; /* those with a capacity */
	uint8_t n_declined;
	uint8_t indexed; /* channels under which the needs know it as free */
	bool is_available : 1, is_gone : 1, is_persistent : 1, is_dirty : 1, is_pending : 1;
	bool is_resting : 1; /* until rest_ms; ended by the timer alone, as are declines and patience */
	/* the rest */
	const uint32_t *skills; /* place in the world's skills * 16 + level; ascending */
	struct agent *successor;
	struct {
		struct membership *at;
		uint32_t len, room;
	} needs;
	/* Since the last ROUTE_RESET; less the time at which a span began that is still under way: + now is
	 * the sum */
	int64_t busy_ms, available_ms;
	struct declined declined[ROUTE_DECLINES];
	uint32_t slot, n_skills;
	uint32_t dirty_next;	  /* slot + 1 */
	uint32_t rest_ms;	  /* while is_resting, until; the lower half */
	uint32_t first, last;	  /* contacts: offered, connected, wrap-up; oldest first */
	uint32_t own_root, n_own; /* pool of segments patient for this agent */
	uint32_t timer;		  /* place of its entry in timers + 1; 0: none */
	uint32_t n_taken, occupancy_ppm, misses;
};

struct head { /* the first waiting segment of a need: all an agent who becomes free has to look at */
	int64_t rank_ms;
	uint64_t id;
	int32_t band;
	uint32_t first; /* 0: none waits */
	uint8_t channel;
	bool is_excluding; /* some segment of the pool may exclude agents */
	bool is_intricate; /* keep_free, per_agent_max or ring all: a look at the head is not enough */
	bool is_sharing;   /* the queue has a guaranteed share */
};
struct member {	     /* need -> agent who meets it */
	int64_t key; /* the strategy's, while in the tournament */
	uint32_t agent;
	uint16_t score; /* sum of the levels held */
	uint8_t level, unmet;
};
struct serving { /* queue -> agent who serves it */
	uint32_t agent;
	uint16_t position;
	uint8_t level;
};
struct need {
	struct queue *queue;
	struct need *successor, *same_hash;
	uint64_t hash;
	uint32_t root, n_segments; /* n_segments: waiting and offered ones asking this */
	uint32_t index;
	uint64_t used; /* order of last use */
	struct member *members;
	uint32_t *best; /* tournament: [1] the first free member + 1; [n_members + i] i + 1 while i is free */
	uint32_t n_members, n_available, n_free;
	uint32_t n_excluding; /* in the pool */
	uint32_t lacks[ROUTE_CANDIDATES_MAX],
		n_lacks; /* places in serving of those who do not meet it: first ones, and all */
	uint8_t channel, ring;
	bool is_pending, is_permanent;
	int n_own, n_full;
	struct route_ask own[ROUTE_ASKS_MAX];	/* asked for by the segment; sorted */
	struct route_ask full[ROUTE_NEED_ASKS]; /* with the queue's */
};

struct queue {
	struct route_queue set;
	struct need *base; /* first ring, of a segment that asks nothing beside the queue's own */
	struct need *wide; /* the same, last ring */
	struct queue *successor;
	struct serving *serving; /* by slot of the agent */
	uint64_t *turns;	 /* of the same; NULL: not ROUTE_ROUND_ROBIN */
	uint32_t n_serving, n_needs;
	uint32_t slot, timer; /* timer: as an agent's */
	uint32_t root;
	uint32_t n_offered, n_connected;
	int64_t nobody_ms; /* since when nobody of wide is available; INT64_MAX: somebody is */
	int32_t owed;
	bool is_closed;
	uint64_t counted; /* the decision whose share was counted last */
	/* for estimates, see estimate.c */
	int64_t departed_ms, interval_ms, handle_ms;
	uint32_t n_intervals, n_handled;
	bool was_backlogged;
	/* enqueued = answered + cancelled + overflowed + waiting + offered */
	uint64_t n_enqueued, n_answered, n_cancelled, n_overflowed;
};

struct world { /* what one CONFIGURE makes */
	uint64_t version;
	struct agent *agents; /* by id, ascending */
	uint32_t n_agents;
	struct queue *queues; /* by id, ascending */
	uint32_t n_queues;
	bool is_sharing, is_ringing_all;	/* some queue is */
	struct map agent_of, queue_of, need_of; /* need_of: by hash, chained */
	uint64_t *skill_ids;			/* ascending */
	uint32_t n_skills;
	uint32_t *skills; /* of the agents */
	struct serving *serving;
	uint64_t *turns;
	VEC(struct need *) needs; /* NULL: free place */
	VEC(struct head) heads;	  /* by need */
	uint64_t n_uses;
	size_t free_from; /* no free place in needs before it */
};

struct timer {
	int64_t due_ms;
	uint32_t ref; /* segment number, or TIMER_AGENT | slot, or TIMER_QUEUE | slot */
};
#define TIMER_AGENT 0x80000000u
#define TIMER_QUEUE 0x40000000u
#define ROUTE_SEGMENTS_MAX 0x3f000000u

struct work {		     /* a pool with something to match, during settling */
	struct need *need;   /* or */
	struct agent *agent; /* own pool */
	struct segment *s;   /* its first that somebody may take */
};
struct exclusion { /* of one segment */
	uint64_t agents[ROUTE_EXCLUDED_MAX];
};

struct route {
	struct world w;
	struct map segment_of;
	struct map exclusion_of; /* by stay of the segment + 1 */
	VEC(struct segment *) chunks;
	VEC(struct terms *) terms; /* of the same segments */
	VEC(void *) blocks;	   /* chunks and terms as allocated (the chunks are aligned by hand) */
	VEC(struct timer) timers;
	VEC(uint32_t)
	places; /* of a segment's entry in timers, by its number; kept apart so that a heap stays in the cache
		 */
	VEC(struct work) work;
	uint32_t unused, n_segments; /* unused: list of free segments; n_segments: in use */
	uint32_t dirty_agents;	     /* slot + 1 */
	uint32_t dirty_segments;
	uint64_t n_decisions;
	uint32_t n_stays;
	struct route_decision *decisions; /* ring of n_kept */
	size_t n_kept;
	/* of the running step */
	int64_t now_ms;
	struct route_actions *out;
};

static inline struct segment *route_segment(const struct route *r, uint32_t number)
{
	return &r->chunks.at[(number - 1) / ROUTE_CHUNK][(number - 1) % ROUTE_CHUNK];
}
static inline struct terms *route_terms(const struct route *r, const struct segment *s)
{
	return &r->terms.at[(s->self - 1) / ROUTE_CHUNK][(s->self - 1) % ROUTE_CHUNK];
}
static inline int64_t route_later(int64_t a, int64_t b)
{
	int64_t sum;

	return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}
