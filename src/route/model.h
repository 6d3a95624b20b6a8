/* Tests only: the routing rules again, written down as plainly as possible (arrays, scans, sorting by hand),
 * to compare the engine with. Shares nothing with it but route.h. */
#pragma once
#include "route/route.h"

#define MODEL_AGENTS 64
#define MODEL_QUEUES 16
#define MODEL_SEGMENTS 1024
#define MODEL_DECLINES 4

enum model_state { MODEL_FREE, MODEL_WAITING, MODEL_OFFERED, MODEL_CONNECTED, MODEL_WRAP_UP };

struct model_agent {
	uint64_t id, queues[MODEL_QUEUES];
	struct route_skill skills[16];
	int n_skills, n_queues, capacity[ROUTE_CHANNELS];
	bool is_persistent, is_gone, is_available, is_resting;
	int64_t idle_ms, rest_ms;
	struct {
		uint64_t stay;
		int64_t until_ms;
	} declined[MODEL_DECLINES];
	int n_declined;
};
struct model_queue {
	struct route_queue set;
	int64_t departed_ms, interval_ms, handle_ms, n_intervals, n_handled;
	bool was_backlogged;
	long enqueued, answered, cancelled, overflowed;
};
struct model_segment {
	enum model_state state;
	bool is_mapped, is_assigned, has_queue;
	uint64_t id, queue, agent, preferred;
	int channel, own_priority, n_skills;
	struct route_skill skills[ROUTE_SKILLS_MAX];
	int64_t since_ms, due_ms, announce_ms, patience_ms, from_ms;
	uint64_t stay; /* number of this stay, never twice */
	uint64_t nth;  /* order in which agents got their contacts */
};
struct model {
	uint64_t version, n_decisions, nth, n_stays;
	int64_t now_ms;
	struct model_agent agents[MODEL_AGENTS];
	struct model_queue queues[MODEL_QUEUES];
	struct model_segment segments[MODEL_SEGMENTS];
	int n_agents, n_queues, n_segments; /* n_segments: ever used at once */
	struct route_action out[4096];
	int n_out;
};

int model_step(struct model *m, const struct route_input *in, int64_t now_ms);
int64_t model_next_due(const struct model *m);
int model_position(const struct model *m, uint64_t segment);
int64_t model_estimate(const struct model *m, uint64_t segment, int64_t now_ms);
int model_counts(const struct model *m, uint64_t queue, struct route_queue_counts *ret_counts);
/* Whether a waiting segment and a free agent stand beside each other. */
bool model_is_unsettled(const struct model *m);
