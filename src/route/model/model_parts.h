/* Tests only: what the files of the plain model share. Functions about one file's subject stand under its
 * name; "may", "meets", "free" mean what route.h says. */
#pragma once
#include "route/model/model.h"

#define EACH_SEGMENT(m, s)                                                                                   \
	for (struct model_segment *s = (m)->segments; s < (m)->segments + (m)->n_segments; s++)
#define EACH_CONTACT(m, c)                                                                                   \
	for (struct model_contact *c = (m)->contacts; c < (m)->contacts + (m)->n_contacts; c++)
#define EACH_AGENT(m, a) for (struct model_agent *a = (m)->agents; a < (m)->agents + (m)->n_agents; a++)
#define EACH_QUEUE(m, q) for (struct model_queue *q = (m)->queues; q < (m)->queues + (m)->n_queues; q++)

/* model_match.c */
struct model_queue *model_queue_of(struct model *m, uint64_t id);
/* Also one who is gone but still has contacts. */
struct model_agent *model_agent_of(struct model *m, uint64_t id);
struct model_agent *model_known_agent(struct model *m, uint64_t id);
/* Queue, level and skills at the segment's ring. */
bool model_meets(struct model *m, const struct model_segment *s, const struct model_agent *a);
/* Could ever take a segment of the queue that asks nothing of its own. */
bool model_could_take(const struct model_queue *q, const struct model_agent *a);
/* How the agent serves the queue, or NULL. */
const struct route_serves *model_serves(const struct model_queue *q, const struct model_agent *a);
struct route_ring model_ring_of(const struct model_queue *q, int ring);
/* How many asks (preferred ones, or all others) do not hold; alternatives count as one, with their first. */
int model_unmet(
	const struct model_agent *a, const struct route_ask *asks, int n, int relax, bool is_preferred);
int64_t model_key(const struct model_queue *q, const struct model_segment *s, const struct model_agent *a);
bool model_has_declined(const struct model_segment *s, const struct model_agent *a);
bool model_is_excluded(const struct model_segment *s, const struct model_agent *a);
bool model_is_free(struct model *m, const struct model_agent *a, const struct model_queue *q);
/* Room for one more on that channel, whatever the queue. */
bool model_has_room(struct model *m, const struct model_agent *a, int channel);
struct model_agent *model_best_agent(struct model *m, const struct model_segment *s);
bool model_is_before(struct model *m, const struct model_segment *a, const struct model_segment *b);
void model_offer(struct model *m, struct model_segment *s, struct model_agent *a, bool is_by_hand);
void model_settle(struct model *m);

/* model_why.c: what stands before decision m->n_decisions is carried out. */
void model_note_decision(
	struct model *m, const struct model_segment *s, const struct model_agent *a, bool is_by_hand);

/* model_contacts.c */
void model_act(struct model *m, struct route_action a);
void model_act_on(struct model *m, const struct model_contact *c, enum route_action_kind kind,
	enum route_reason reason);
struct model_contact *model_add_contact(struct model *m, struct model_contact c);
struct model_contact *model_contact_of(struct model *m, uint64_t id, uint64_t agent, enum model_state state);
/* The agent's (or, agent 0, the stay's) oldest contact of that state, or NULL. */
struct model_contact *model_oldest(struct model *m, uint64_t agent, uint64_t stay, enum model_state state);
/* Whether a contact may stand beside the agent's others: capacity, load, and the queue's limit. */
bool model_fits(struct model *m, const struct model_agent *a, const struct model_contact *c, bool is_limited);
void model_leave(struct model *m, struct model_segment *s, enum route_reason reason);
/* Everybody who waits in the queue leaves it, in order. */
void model_leave_all(struct model *m, uint64_t queue, enum route_reason reason);
void model_withdraw(struct model *m, struct model_contact *c, enum route_reason reason);
void model_set_idle(struct model *m, struct model_agent *a);
void model_set_available(struct model *m, struct model_agent *a, bool is_available);
void model_end(struct model *m, struct model_contact *c);
void model_over(struct model *m, struct model_contact *c, enum route_reason reason);
int model_accepted(struct model *m, const struct route_input *in);
int model_failed(struct model *m, const struct route_input *in);
int model_wrap_up(struct model *m, const struct route_input *in);
int model_engage(struct model *m, const struct route_input *in);
void model_contact_due(struct model *m, struct model_contact *c);

/* model_views.c */
struct model_segment *model_segment_of(struct model *m, uint64_t id);
struct model_segment *model_stay_of(struct model *m, uint64_t stay);
int model_waiting(struct model *m, uint64_t queue);
int model_rank(struct model *m, const struct model_segment *s);
int64_t model_wait_of(struct model *m, const struct model_queue *q, int position, int64_t now_ms);
/* Whether, and since when, nobody could be available for the queue's segments too long. */
int64_t model_alone_due(const struct model_queue *q);
int64_t model_segment_due(struct model *m, const struct model_segment *s);
int64_t model_agent_due(const struct model_agent *a);
int64_t model_queue_due(struct model *m, const struct model_queue *q);
int64_t model_target(const struct model_queue *q, const struct model_segment *s);
/* Notes queues nobody is available for any more. */
void model_note_alone(struct model *m);
bool model_is_alone(struct model *m, const struct model_queue *q);

/* model_configure.c */
int model_configure(struct model *m, const struct route_config *c);
