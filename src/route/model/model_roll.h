/* Tests only: random but repeatable configurations and inputs for the engine and its model. Small numbers, so
 * that things collide: six queues, ten agents, five skills, rings and deadlines of seconds. */
#pragma once
#include "route/model/model.h"

struct dice {
	uint64_t state;
};
/* 0..n-1; xorshift64* (Vigna 2016) */
uint32_t model_roll(struct dice *d, uint32_t n);

#define ROLL_QUEUES 6
#define ROLL_AGENTS 10
#define ROLL_SKILLS 5
struct roll_config { /* one random configuration and what it points at */
	struct route_config c;
	struct route_queue queues[ROLL_QUEUES];
	struct route_agent agents[ROLL_AGENTS];
	struct route_skill skills[ROLL_AGENTS][ROLL_SKILLS];
	struct route_serves serves[ROLL_AGENTS][ROLL_QUEUES];
};
void model_roll_config(struct dice *d, struct roll_config *c, uint64_t version);
/* One queue or agent of it changed a little, nothing else. */
void model_roll_edit(struct dice *d, struct roll_config *c, uint64_t version);

/* The next input, mostly a sensible one for the model's state. next: the last segment's id. */
void model_roll_input(struct dice *d, const struct model *m, struct route_input *ret_in, uint64_t *next);
/* A random segment of that state from the model, or NULL. */
const struct model_segment *model_roll_segment(struct dice *d, const struct model *m, enum model_state state);
