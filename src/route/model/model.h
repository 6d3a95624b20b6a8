/* Tests only: the routing rules of route.h again, written down as plainly as possible (arrays, scans, no
 * state that could be derived), to compare the engine with. Shares nothing with it but route.h.
 *
 * model.c           inputs and deadlines
 * model_match.c     who comes first, who may take it, who gets it; shares
 * model_contacts.c  the life of a contact: offered, connected, in wrap-up, over
 * model_why.c       what each decision was made from
 * model_views.c     positions, counts, estimates, what is due next
 * model_configure.c a new configuration */
#pragma once
#include "route/route.h"

#define MODEL_AGENTS 64
#define MODEL_QUEUES 16
#define MODEL_SEGMENTS 1024
#define MODEL_CONTACTS 1024
#define MODEL_ACTIONS 4096
#define MODEL_DECLINES 4
#define MODEL_DECISIONS 64

enum model_state { MODEL_FREE, MODEL_WAITING, MODEL_OFFERED, MODEL_CONNECTED, MODEL_WRAP_UP };

struct model_agent {
	struct route_agent set; /* its lists are the two below */
	struct route_skill skills[16];
	struct route_serves serves[MODEL_QUEUES];
	bool is_gone, is_available, is_resting;
	int misses, accepted;
	int64_t idle_ms, rest_ms, busy_ms, ready_ms; /* the last two: since the last reset */
	int64_t occupied_ppm;			     /* when idle_ms was set */
	struct {
		uint64_t stay;
		int64_t until_ms;
	} declined[MODEL_DECLINES];
	int n_declined;
	struct {
		uint64_t queue, decision;
	} robin[MODEL_QUEUES];
	int n_robin;
};
struct model_queue {
	struct route_queue set;
	bool is_open, was_backlogged;
	int owed;
	int64_t alone_ms; /* since when nobody has been available who could ever take one */
	int64_t departed_ms, interval_ms, handle_ms, n_intervals, n_handled;
	long enqueued, answered, cancelled, overflowed;
};
struct model_segment { /* waiting, ringing (MODEL_OFFERED) or connected */
	enum model_state state;
	uint64_t id, queue, preferred;
	uint64_t stay; /* number of this stay, never twice */
	int ring;
	bool is_warned;
	int64_t since_ms, announce_ms, patience_ms;
	struct route_input in; /* as it entered */
};
struct model_contact { /* one at one agent: offered, connected or in wrap-up */
	enum model_state state;
	uint64_t id, agent, queue;
	uint64_t stay; /* 0: engaged */
	uint64_t nth;  /* order in which agents got their contacts */
	int channel;
	bool has_queue, is_by_hand, is_reserved;
	int64_t due_ms, from_ms;
};
enum model_bar { /* what keeps an agent from a segment; several may at once */
	MODEL_AWAY = 1,
	MODEL_RESTS = 2, /* or has just declined it */
	MODEL_EXCLUDED = 4,
	MODEL_UNSKILLED = 8,
	MODEL_UNREACHED = 16,
	MODEL_FULL = 32,
};
struct model_candidate {
	uint64_t agent;
	unsigned int bars;
	int level, unmet;
	int64_t key, idle_ms;
};
struct model_decision {
	uint64_t number, segment, queue, agent;
	enum route_how how;
	enum route_strategy strategy;
	int priority, ring, n;
	int64_t waited_ms;
	struct model_candidate candidates[MODEL_AGENTS]; /* all who serve the queue */
};
struct model {
	uint64_t version, n_decisions, nth, n_stays;
	int64_t now_ms;
	struct model_agent agents[MODEL_AGENTS];
	struct model_queue queues[MODEL_QUEUES];
	struct model_segment segments[MODEL_SEGMENTS];
	struct model_contact contacts[MODEL_CONTACTS];
	int n_agents, n_queues, n_segments, n_contacts; /* the last two: ever used at once */
	struct model_decision decisions[MODEL_DECISIONS];
	struct route_action out[MODEL_ACTIONS];
	int n_out;
};

int model_step(struct model *m, const struct route_input *in, int64_t now_ms);
int64_t model_next_due(const struct model *m);
int model_position(const struct model *m, uint64_t segment);
int64_t model_estimate(const struct model *m, uint64_t segment, int64_t now_ms);
int64_t model_queue_estimate(const struct model *m, uint64_t queue, int64_t now_ms);
int model_counts(const struct model *m, uint64_t queue, struct route_queue_counts *ret_counts);
/* Whether a waiting segment and an agent who may take it stand beside each other. */
bool model_is_unsettled(const struct model *m);
/* What should always be true of the model itself: deadlines ahead, books that balance. NULL, or what is not.
 */
const char *model_wrong(const struct model *m);
/* One of the last MODEL_DECISIONS decisions, or NULL. */
const struct model_decision *model_why(const struct model *m, uint64_t decision);
