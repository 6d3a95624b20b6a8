/* Tests only: what the two files of the naive model share. */
#pragma once
#include "route/model.h"

#define EACH_SEGMENT(m, s)                                                                                   \
	for (struct model_segment *s = (m)->segments; s < (m)->segments + (m)->n_segments; s++)
#define EACH_AGENT(m, a) for (struct model_agent *a = (m)->agents; a < (m)->agents + (m)->n_agents; a++)

bool model_is_fit(struct model *m, const struct model_segment *s, const struct model_agent *a);
void model_overflow(struct model *m, struct model_segment *s, enum route_reason reason);
void model_contact_over(struct model *m, struct model_segment *s, enum route_reason reason);
bool model_is_before(struct model *m, const struct model_segment *a, const struct model_segment *b);
int model_used(const struct model *m, uint64_t agent, int channel);
struct model_queue *model_queue_of(struct model *m, uint64_t id);
struct model_agent *model_known_agent(struct model *m, uint64_t id);
void model_withdraw(struct model *m, struct model_segment *s, enum route_reason reason);
int model_count(const struct model *m, uint64_t agent, enum model_state state, int channel);
struct model_agent *model_agent_of(struct model *m, uint64_t id);
int model_configure(struct model *m, const struct route_config *c);
