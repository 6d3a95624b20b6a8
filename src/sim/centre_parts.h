/* Inside of centre.c: what its files share. */
#pragma once
#include "sim/agenda.h"
#include "sim/centre.h"

#define SLOT_BITS 20 /* of a segment's id: the contact's place; above it the number of its arrival */
#define NO_SLOT UINT32_MAX
_Static_assert(SIM_CONTACTS_MAX == 1 << SLOT_BITS, "a place fits its bits");

enum happening {    /* agenda_entry.kind; a and b */
	ARRIVES,    /* queue's place */
	GIVES_UP,   /* segment */
	ANSWERS,    /* segment; agent << 32 | decision */
	ENDS,	    /* segment; agent */
	SHIFT,	    /* group's place: its shift begins or ends */
	COMES_BACK, /* agent who did not respond */
};

struct contact {
	uint64_t id; /* 0: not in use */
	int64_t arrived_ms, handle_ms;
	uint32_t decision; /* of its latest offer: older answers are void */
	uint32_t next_unused;
	uint16_t queue;
	int16_t batch; /* -1: arrived outside the window */
	bool is_talking;
};
struct sim_agent {	  /* its id: place + 1 */
	int64_t since_ms; /* accounted until then */
	uint32_t group;
	int n_contacts;
	bool is_available;	   /* as the engine was told */
	bool is_on_shift, is_away; /* away: did not respond, and is not back yet */
};
struct sim_demand {
	struct dice dice;
	double at_h; /* of the latest arrival */
};
struct sim_queue {
	struct sim_demand demand;
	struct dice customers;
	int64_t in_time_ms, short_ms;
};
struct answer {
	uint64_t segment, agent;
};

struct sim_centre {
	const struct scenario *s;
	struct tally *tally;
	int run, err; /* err: the first that ends the run */
	struct route *r;
	struct route_actions out;
	struct agenda agenda;
	VEC(struct contact) contacts;
	VEC(struct answer) answers; /* due at once, in order of the offers */
	struct sim_agent *agents;
	struct sim_queue *queues;
	uint32_t unused; /* list of free contacts */
	uint64_t n_arrived;
	int64_t n_counted; /* contacts of the window not ended yet */
	int64_t now_ms, give_up_ms;
	struct dice people;
	struct tally_contacts uncounted; /* those outside the window, for the same code */
};

/* Engine, agents and queues of c->s; 0, -ENOMEM, -EINVAL. What was made is in c in any case. */
int sim_centre_open(struct sim_centre *c, uint64_t seed);
/* One input now; the actions that follow are carried out. The engine's result. */
int sim_centre_step(struct sim_centre *c, const struct route_input *in);
/* Agents who answer at once do so. */
void sim_centre_settle(struct sim_centre *c);
void sim_centre_plan(struct sim_centre *c, int64_t at_ms, enum happening kind, uint64_t a, uint64_t b);

/* Puts the agent's time since the last call down as busy or idle. Before either changes. */
void sim_agent_account(struct sim_centre *c, struct sim_agent *a);
/* The group's shift begins, ends or (at the start) stands: agents follow, the next change is planned. */
void sim_people_shift(struct sim_centre *c, size_t group);
/* An agent who did not respond is back. */
void sim_people_back(struct sim_centre *c, uint64_t agent);

/* When the queue's next contact arrives, ms; INT64_MAX: never. */
int64_t sim_demand_next(struct sim_demand *d, const struct scenario_queue *q);
int64_t sim_demand_handle_ms(const struct scenario_queue *q, struct dice *dice);
