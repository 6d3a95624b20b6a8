/* The books of watch.c, shared by its files. Nothing here is for anybody else. */
#pragma once
#include "sim/fuzz/watch.h"
#include "base/vec.h"

struct watch_contact {		 /* of an agent: offered (reserved), connected, in wrap-up; oldest first */
	uint64_t segment, queue; /* queue 0: none, or gone */
	enum watch_state state;	 /* RINGING, CONNECTED, WRAP_UP */
	enum route_channel channel;
	bool is_found_by_id; /* the segment's own: CANCEL ends it */
	bool is_by_hand;
	bool is_orphan; /* its queue goes in the CONFIGURE under way */
	int64_t due_ms;
	uint64_t order; /* of offers: the how manieth it was */
};
struct watch_decline {
	uint64_t segment; /* 0: it left since */
	int64_t until_ms;
};
struct watch_turn { /* who was offered something of a queue when, for round robin */
	uint64_t queue, decision;
};
struct watch_agent {
	struct route_agent set;
	struct route_skill skills[WATCH_SKILLS];
	struct route_serves serves[WATCH_SERVES];
	bool is_gone, is_available, is_resting;
	bool is_limited_anew; /* in the CONFIGURE under way: other capacities, loads or interruptions */
	int64_t idle_ms, rest_ms;
	int misses, accepted;
	/* least occupied: sums until `counted_ms`, and their ratio when idle_ms was last set */
	int64_t busy_ms, available_ms, counted_ms, occupied_ppm;
	struct watch_turn turns[WATCH_SERVES];
	VEC(struct watch_decline) declines;
	struct watch_contact contacts[WATCH_CONTACTS];
	int n_contacts;
};
struct watch_queue {
	struct route_queue set;
	bool is_open;
	int owed;
	int64_t nobody_ms; /* since when nobody who could take a plain segment is available; INT64_MAX: some
			      are */
	int passed_over;   /* see watch_bound */
	int64_t entered, answered, cancelled, overflowed; /* the engine's books hold for one stay of the queue
							     in the configuration */
};
struct watch_segment {
	struct route_input in; /* as it entered */
	int64_t since_ms;
	bool is_ringing;
	bool is_patient;
	int64_t patience_ms;
	int ring;
	int64_t announce_ms;
	bool is_warned;
	uint32_t meets; /* agents (by place) who meet queue, level and skills now; see watch_meets */
	bool is_computed;
};

enum watch_how { WATCH_BY_ORDER, WATCH_BY_SHARE, WATCH_BY_PREFERENCE, WATCH_BY_HAND };

struct watch {
	int64_t now_ms;
	uint64_t decision; /* the last seen */
	uint64_t n_offers;
	struct watch_queue queues[WATCH_QUEUES];
	int n_queues;
	struct watch_agent agents[WATCH_AGENTS]; /* by id, ascending */
	int n_agents;
	VEC(struct watch_segment) segments; /* waiting and ringing */
	const struct watch_seen *seen;
	size_t at; /* actions of the step accounted for */
	struct watch_fault fault;
	bool is_failed;
};

#define NEVER INT64_MAX

/* --- watch.c --- */
void watch_fail(struct watch *w, const char *invariant, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The engine's next action must be this one (decision, position and estimate aside); otherwise the fault is
 * named `invariant`, or what the action that came instead breaks by itself. */
void watch_expect(struct watch *w, const char *invariant, struct route_action want);
struct watch_queue *watch_queue_of(struct watch *w, uint64_t id);
struct watch_agent *watch_agent_of(struct watch *w, uint64_t id); /* those gone too */
struct watch_segment *watch_segment_of(struct watch *w, uint64_t id);

/* --- watch_who.c: who may take what --- */
uint32_t watch_bit(const struct watch *w, const struct watch_agent *a);
const struct route_serves *watch_serving(const struct watch_agent *a, uint64_t queue);
/* Whether the agent meets the asks of queue and segment (in: NULL asks nothing) at this ring of the queue. */
bool watch_is_met(
	const struct watch_agent *a, const struct watch_queue *q, int ring, const struct route_input *in);
/* Whether a could have c, one of its contacts, beside the others: capacity and load, whoever came first. */
bool watch_fits(const struct watch_agent *a, const struct watch_contact *c);
bool watch_has_room(const struct watch_agent *a, enum route_channel channel);
bool watch_is_free(const struct watch *w, const struct watch_agent *a, const struct watch_queue *q);
uint32_t watch_meets(struct watch *w, struct watch_segment *s);
/* Set of the agents who may take s now. */
uint32_t watch_takers(struct watch *w, struct watch_segment *s);
/* Whether a comes before b for s. */
bool watch_is_agent_before(struct watch *w, const struct watch_segment *s, const struct watch_agent *a,
	const struct watch_agent *b);
bool watch_is_segment_before(struct watch *w, const struct watch_segment *a, const struct watch_segment *b);
/* The same, shares aside: the order kept by positions. */
bool watch_is_ranked_before(struct watch *w, const struct watch_segment *a, const struct watch_segment *b);

/* --- watch_offer.c --- */
/* Offers until nothing changes. */
void watch_settle(struct watch *w);
void watch_offer_by_hand(struct watch *w, struct watch_segment *s, struct watch_agent *a);
/* What is wrong with this OFFER or RESERVE by itself; NULL: nothing. */
const char *watch_wrong_offer(struct watch *w, const struct route_action *a);

/* --- watch_contact.c: the life of contacts; names as in route.h --- */
void watch_set_idle(struct watch *w, struct watch_agent *a);
void watch_count_time(struct watch *w, struct watch_agent *a);
struct watch_contact *watch_contact_of(struct watch_agent *a, uint64_t segment, enum watch_state state);
struct watch_contact *watch_contact_add(struct watch *w, struct watch_agent *a, struct watch_contact c);
/* The first made of the segment's offers still ringing, and whose it is; NULL: none. */
struct watch_contact *watch_ringing(struct watch *w, uint64_t segment, struct watch_agent **ret_agent);
void watch_contact_remove(struct watch *w, struct watch_agent *a, struct watch_contact *c);
void watch_leave(struct watch *w, struct watch_segment *s);
void watch_overflow(struct watch *w, struct watch_segment *s, enum route_reason reason);
/* The offer of c to a is withdrawn; s is back at its place if nobody else rings. */
void watch_withdraw(
	struct watch *w, struct watch_agent *a, struct watch_contact *c, enum route_reason reason);
void watch_withdraw_all(struct watch *w, struct watch_agent *a, enum route_reason reason);
void watch_failed(struct watch *w, struct watch_agent *a, struct watch_contact *c, enum route_fail fail);
/* The ring timed out. */
void watch_missed(struct watch *w, struct watch_agent *a, struct watch_contact *c);
void watch_accepted(struct watch *w, struct watch_agent *a, struct watch_contact *c);
void watch_ended(struct watch *w, struct watch_agent *a, struct watch_contact *c);
void watch_wrap_up_over(
	struct watch *w, struct watch_agent *a, struct watch_contact *c, enum route_reason reason);
void watch_set_available(struct watch *w, struct watch_agent *a, bool is_available);
/* Preferences for agents who are no longer there for it end. */
void watch_check_patience(struct watch *w);
/* Since when queues are without agents, after anything about agents changed. */
void watch_check_staffing(struct watch *w);

/* --- watch_due.c: deadlines --- */
void watch_run_deadlines(struct watch *w);

/* --- watch_input.c: inputs --- */
/* What the input must answer; applied when 0. */
int watch_apply(struct watch *w, const struct route_input *in);
/* Whether asks are well-formed. */
bool watch_are_asks_fine(const struct route_ask *asks, int n);
/* --- watch_config.c --- */
int watch_configure(struct watch *w, const struct route_config *c);
/* Those gone from the configuration whose last contact ended. */
void watch_forget_gone(struct watch *w);
