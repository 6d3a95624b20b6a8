/* Inside of whatif: what its files share.
 *
 *   whatif_day.c      the recorded period: from records to demand
 *   whatif_figures.c  counting, the same for what was recorded and for what is simulated
 *   whatif_draw.c     what is not known about a contact: drawn from what is
 *   whatif_change.c   the change, read and applied to a configuration
 *   whatif_run.c      the simulation
 *   whatif.c          the whole, and the report */
#pragma once
#include "base/arena.h"
#include "base/map.h"
#include "base/vec.h"
#include "sim/agenda.h"
#include "sim/dice.h"
#include "sim/whatif/whatif.h"

/* --- figures ------------------------------------------------------------------------------------------- */
struct queue_figures {
	uint64_t queue;
	int64_t offered, answered, in_time, abandoned, short_abandoned, overflowed, wait_ms;
	VEC(int32_t) waits;	  /* of those answered */
	int64_t busy_ms, idle_ms; /* of the agents who serve it */
};
struct stay {		       /* a contact as the figures see it */
	uint64_t queue, agent; /* agent: who answered */
	int64_t at_ms;
	bool is_counted, is_over; /* entered in the period; answered, abandoned or overflowed */
};
struct figures_agent {
	uint64_t id;
	bool is_available;
	int n_contacts;
	int64_t since_ms, busy_ms, idle_ms;
};
struct figures {
	const struct whatif_options *options;
	VEC(struct queue_figures) queues;
	VEC(struct stay) stays;
	VEC(struct figures_agent) agents;
	VEC(struct route_serves) serves;	/* who serves what in the last configuration; */
	VEC(uint64_t) pairs;			/* the agent of each of these */
	struct map queue_at, stay_at, agent_at; /* id -> place + 1 */
	struct map held;			/* agent and segment -> something */
	bool is_short;				/* memory ran out: the figures are not whole */
};
/* One input as the engine answered it at wall time now_ms. */
void whatif_figures_step(struct figures *f, const struct route_input *in, int64_t now_ms, int rc,
	const struct route_actions *actions);
/* The engine died, or the period is over: who is under way counts as it stands. */
void whatif_figures_cut(struct figures *f, int64_t now_ms, bool is_restart);
void whatif_figures_free(struct figures *f);
/* {"offered",...}; queue 0: all. */
json_t *whatif_figures_json(const struct figures *f, uint64_t queue);

/* --- the day ------------------------------------------------------------------------------------------- */
enum outcome { OUT_OPEN, OUT_LEFT, OUT_OVERFLOWED, OUT_ENDED, OUT_CUT };
struct contact {
	struct route_input in;		 /* as it entered */
	int64_t at_ms, waited_before_ms; /* since = at - waited before */
	int64_t answered_ms, over_ms;	 /* wall; 0: not */
	uint64_t agent;
	int64_t wrap_from_ms;
	int32_t wrap_ms; /* -1: none seen */
	enum outcome outcome;
	bool is_wrap_limit; /* its wrap-up ended by the limit */
	bool is_known;	    /* false: a free place */
};
struct engaged { /* a contact outside the queues */
	uint64_t segment, agent, queue;
	enum route_channel channel;
	int64_t end_ms;
};
struct
try { /* what became of one offer */
	uint32_t contact;
	uint64_t agent;
	int32_t delay_ms;
	enum route_fail fail; /* 0: answered; ROUTE_NO_ANSWER: rang out */
};
#define GIVEN_RESTART 0
struct given { /* what the simulated engine is told when, whatever it decides */
	int64_t at_ms;
	uint64_t order;
	int kind;     /* enum route_input_kind, or GIVEN_RESTART */
	uint32_t ref; /* CONFIGURE, ENQUEUE, ASSIGN, ENGAGE: place in its list */
	uint64_t who; /* AVAILABLE, ASSIGN: agent; OPEN: queue */
	bool is_available;
};
struct person { /* an agent in the log */
	uint64_t id;
	bool is_available, is_missing; /* as told; after a missed offer, not yet back */
	int64_t missing_ms;	       /* since when */
	VEC(uint32_t) tries;	       /* places in day.tries, sorted out once all is read */
};
struct day {
	VEC(struct contact) contacts;
	VEC(uint32_t) free_places;
	VEC(struct engaged) engaged;
	VEC(struct try) tries;
	VEC(struct given) given;
	VEC(struct route_config) configs; /* owned by the arena */
	VEC(struct person) people;
	VEC(int32_t) backs;			      /* how long people were away after a missed offer */
	VEC(uint64_t) closed;			      /* queues closed now */
	struct map contact_at, person_at, engaged_at; /* engaged: agent and segment */
	struct map offered;	   /* segment and agent -> time offered, relative to start_ms, + 1 */
	struct arena arena, spare; /* spare: the configuration before the period's */
	struct route_config now;   /* before the period: in force */
	int64_t start_ms;	   /* the simulation's beginning; INT64_MAX: not begun */
	int64_t last_ms;
	int err;
};
/* One number for two: collisions are as likely as lightning. Never 0. */
uint64_t pair_key(uint64_t a, uint64_t b);
void day_run(struct day *d, const struct whatif_options *o, int64_t now_ms);
void day_step(struct day *d, const struct whatif_options *o, const struct record *r, int64_t now_ms,
	const struct route_actions *actions);
/* Everything is read: puts it in order. 0 or -ENOMEM. */
int day_close(struct day *d, const struct whatif_options *o);
void day_free(struct day *d);
struct person *day_person(struct day *d, uint64_t agent); /* NULL: unknown */

/* --- draws --------------------------------------------------------------------------------------------- */
struct survival { /* Kaplan-Meier of one queue: steps at times, S falls */
	int32_t at_ms;
	double left;
};
struct queue_past {
	uint64_t queue;
	VEC(struct survival) patience;
	VEC(int32_t) handles;
	VEC(int32_t) wraps;   /* -1: ended by the limit */
	int n_left, n_stayed; /* those whose patience is known, and those where it is censored */
};
struct past {
	const struct day *day;
	struct dice dice;
	VEC(struct queue_past) queues;
	struct map queue_at; /* id -> place + 1 */
	struct map try_of;   /* contact's place and agent -> place in day.tries + 1 */
};
int past_new(struct past *p, const struct day *day, uint64_t seed);
void past_free(struct past *p);
/* Kaplan and Meier 1958: n observations, time and whether the event was seen. Sorts them. Steps to *ret. */
struct observed {
	int32_t ms;
	bool is_seen;
};
typedef VEC(struct survival) survival_list;
int past_estimate(struct observed *list, size_t n, survival_list *ret_steps);
/* Milliseconds; patience INT64_MAX: for ever. */
int64_t past_patience(const struct past *p, uint32_t contact);
int64_t past_handle(const struct past *p, uint32_t contact);
/* -1: until the limit. */
int64_t past_wrap(const struct past *p, uint32_t contact);
/* What agent (who answers as `like` does) makes of an offer of this contact. */
struct try past_try(const struct past *p, uint32_t contact, uint64_t agent, uint64_t like);
int64_t past_back(const struct past *p, uint64_t agent, int64_t at_ms);

/* --- the change ---------------------------------------------------------------------------------------- */
struct added {
	uint64_t id, like;
};
struct agent_edit {
	uint64_t id;
	bool is_removed, has_serves, has_skills;
	const struct route_serves *serves; /* in the change's arena, as the lists of an agent are */
	const struct route_skill *skills;
	int n_serves, n_skills;
};
struct queue_edit {
	uint64_t id;
	const json_t *settings;
};
struct change { /* zeroed: none */
	const struct whatif_options *options;
	struct arena arena;
	VEC(struct added) added;
	VEC(struct agent_edit) agents;
	VEC(struct queue_edit) queues;
};
#define ADDED_ID (UINT64_C(1) << 62) /* ids of agents added begin here: above all others */
int change_read(struct change *c, const json_t *doc, const struct whatif_options *o,
	char why[static WHATIF_WHY_SIZE]);
/* The changed configuration, in the arena. 0 or -ENOMEM. */
int change_apply(const struct change *c, const struct route_config *from, struct arena *arena,
	struct route_config *ret_to);
void change_free(struct change *c);

/* --- the simulation ------------------------------------------------------------------------------------ */
/* The day with a change, counted into *f. 0, -ENOMEM, -EINVAL (the engine refuses a configuration). */
int whatif_simulate(const struct day *d, const struct past *p, const struct change *c,
	const struct whatif_options *o, struct figures *f);
