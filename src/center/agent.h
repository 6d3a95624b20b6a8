/* People: who takes contacts, what rings at them, and what remains to be done after a contact.
 *
 * Centre thread only. */
#pragma once
#include "center/call/leg.h"
#include "center/config/snapshot.h"
#include "loop/timers.h"

#define CLIENT_GRACE_MS 60000

struct interaction;
struct work;
struct work_offer;
struct work_wrap;

enum presence { PRESENCE_OFFLINE, PRESENCE_READY, PRESENCE_BREAK, PRESENCE_NOT_RESPONDING };
struct wrap_up {
	bool is_on, is_extended;
	bool is_outbound; /* of a call on a queue's behalf: in no figure of the queue */
	uint64_t interaction, segment, queue, disposition;
	int64_t since_mono, until_mono;
	char *notes;
	json_t *facts; /* the call's facts for the screen */
};
/* A caller ringing at one agent. With the strategy ring all several agents ring for one caller; an agent
 * rings for one. */
struct offer {
	bool is_on;
	struct leg *leg; /* NULL: there is none (any more) */
	struct party
		*party; /* it rings as a party of the call, routing knows nothing of it; NULL: for a queue */
	int64_t made_mono, due_ms;
	struct agent *next; /* who rings for the same caller */
};
struct agent {
	uint64_t user;
	struct center *center;
	enum presence presence;
	uint64_t break_reason;
	bool has_next_break;
	uint64_t next_break_reason;
	enum device device;
	char device_uri[SIP_URI_MAX];
	int n_clients, n_contacts; /* open sockets; live registrations */
	bool is_available;	   /* as last told to route/ */
	bool reads_texts;	   /* the same; see config_page_changed */
	bool is_counted;	   /* among the reachable of its queues, for the live view */
	int n_aside; /* calls that routing knows nothing of: while in one, no queue offers anything */
	struct interaction *interaction; /* ringing here (offer.is_on), or with this agent */
	struct offer offer;
	struct wrap_up wrap_up;
	/* beside the call: contacts without a telephone; see work_state.h */
	struct work *works;		/* open with this agent */
	struct work_offer *work_offers; /* ringing here */
	struct work_wrap *work_wraps;
	struct timer work_grace; /* set while nobody sits there; then they go back to their queues */
	char state[16];
	int64_t state_since_mono, state_since_wall;
	struct timer grace;
	bool is_dirty;
};
/* What the log said last about an agent before this start. */
struct restored {
	uint64_t agent, break_reason;
	char state[16];
	int64_t at_ms;
};

/* agent.c */
struct agent *agent_get(struct center *c, uint64_t user);
/* The same for a person who takes no contacts but has a call: offline, and forgotten after it. */
struct agent *agent_make(struct center *c, uint64_t user);
/* Whether the configuration (still) has this person take contacts. */
bool agent_is_employed(const struct agent *a);
/* Something rings, is open or wraps up here: a break, and leaving for good, wait for its end. */
bool agent_is_busy(const struct agent *a);
/* Forgets those who are none any more and have nothing left to finish. */
void agents_reap(struct center *c);
void agent_free(struct agent *a);
/* How many pages a person has open, agent or not. */
int client_pages(const struct center *c, uint64_t user);
void agent_set_presence(struct agent *a, enum presence p, uint64_t break_reason);
void agent_refresh(struct agent *a); /* state, availability, pushes after anything changed */
/* Sets a browser agent without any open page offline when none opens within the grace period. */
void agent_wait_for_client(struct agent *a);
bool agent_is_reachable(const struct agent *a);
json_t *agent_json(const struct agent *a);
void agent_push(struct agent *a);
/* Remembers the call's facts for the wrap-up that route/ may start next. */
void wrap_up_prepare(struct agent *a, struct interaction *ix, uint64_t segment, uint64_t queue);
void wrap_up_begin(struct agent *a, uint64_t segment, uint64_t queue, int64_t due_ms);
void wrap_up_over(struct agent *a, const char *reason);
json_t *wrap_up_json(const struct agent *a);
/* What was prepared is not wanted: routing knows no wrap-up here. */
void wrap_up_forget(struct agent *a);
