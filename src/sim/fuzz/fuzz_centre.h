/* Random centres: configurations of the routing engine with every setting of route.h, small and skewed, so
 * that things collide; and changes of one. The same dice give the same centre. Pure. */
#pragma once
#include "route/route.h"
#include "sim/dice.h"

#define FUZZ_QUEUES 8  /* ids 1..8 */
#define FUZZ_AGENTS 20 /* ids 101..120 */
#define FUZZ_SKILLS 5  /* ids 11..15 */

struct fuzz_style {		/* what a run is about; rolled once */
	int n_queues, n_agents; /* at most */
	int grid_ms;		/* all spans are multiples of it: the coarser, the more happens at once */
	enum route_channel channel[FUZZ_QUEUES + 1];
	bool has_skills, has_rings, has_order, has_shares, has_policies, has_ring_all, has_load;
	bool is_extreme;	      /* settings at the ends of what is allowed */
	enum route_strategy strategy; /* ROUTE_STRATEGIES: mixed */
};
/* A centre that can be kept beside others: all in it points into it (see fuzz_centre_seal). */
struct fuzz_centre {
	struct route_config config;
	struct route_queue queues[FUZZ_QUEUES];
	struct route_agent agents[FUZZ_AGENTS];
	struct route_skill skills[FUZZ_AGENTS][FUZZ_SKILLS];
	struct route_serves serves[FUZZ_AGENTS][FUZZ_QUEUES];
	int n_queues, n_agents;
};

void fuzz_style_roll(struct dice *d, struct fuzz_style *ret_style);
void fuzz_centre_roll(struct dice *d, const struct fuzz_style *style, struct fuzz_centre *ret_centre);
/* One to three changes: queues, agents, skills, rings, capacities added, removed, altered. */
void fuzz_centre_change(struct dice *d, const struct fuzz_style *style, struct fuzz_centre *c);
/* Something in it that CONFIGURE must refuse. */
void fuzz_centre_break(struct dice *d, struct fuzz_centre *c);
/* Takes the queue or agent with this id out. */
void fuzz_centre_without(struct fuzz_centre *c, uint64_t id);
/* Makes all pointers in c point into c: after copying one. */
void fuzz_centre_seal(struct fuzz_centre *c);
/* 0..max_ms, on the style's grid. */
int32_t fuzz_span(struct dice *d, const struct fuzz_style *style, int32_t max_ms);
int fuzz_asks_roll(struct dice *d, struct route_ask *asks, int n_max);
