/* Calls that begin with us: an agent dials, another system dials for an agent, a telephone of the house
 * dials; and ringing people who take no contacts from queues: colleagues, extensions, ring groups, for them
 * and for callers.
 *
 * Two shapes. A call an agent makes is led by the agent (ix->lead); whoever is called becomes its customer,
 * the first party. In a call somebody else makes (a caller from outside, an extension, a flow) the caller is
 * the customer, and an agent who answers becomes the lead.
 *
 * Invariants: routing knows nothing of these calls but that the agent is not available meanwhile (party.h,
 * n_aside), and the wrap-up of one made on a queue's behalf. No segment, so no figure of a queue. Every
 * number outside goes through dial_outside: nobody calls what dial_rules.h forbids, and no number is shown
 * that is not in the caller ids.
 *
 * Centre thread only. */
#pragma once
#include "center/state.h"

#define RING_TARGETS_MAX 72
#define DIAL_TRUNKS_MAX 16 /* tried for one number */
#define DIAL_DEPTH_MAX 5   /* forwards and what follows them in one call */
#define DIAL_AGENT_RING_MS 30000
#define DIAL_OUTSIDE_RING_MS 60000
#define DIAL_TONE_MS 2500 /* a telephone hears for so long why it failed */

enum place_kind { PLACE_NONE, PLACE_USER, PLACE_EXTENSION, PLACE_GROUP, PLACE_NUMBER };
struct place { /* whom a call is for */
	enum place_kind kind;
	uint64_t id;		      /* user, extension, group */
	char number[DIAL_NUMBER_MAX]; /* PLACE_NUMBER: as judged */
	bool is_emergency;
};
struct shown { /* what the called side sees */
	char number[SIP_NUMBER_MAX], name[SIP_NAME_MAX];
	bool is_withheld;
};
struct dial { /* of an interaction; ix->dial */
	struct place to;
	uint64_t agent;	    /* who made it and leads it; 0: the customer is the caller */
	uint64_t user;	    /* whose rights and number count; 0: nobody's of ours */
	uint64_t queue;	    /* on whose behalf; 0: none */
	uint64_t caller_id; /* chosen; 0: by the rules */
	uint64_t segment;   /* engaged in routing for its wrap-up; 0: not */
	const char *how;    /* call.dialled's reason: static */
	uint64_t tried[DIAL_TRUNKS_MAX];
	int n_tried, depth;
	int64_t dialled_mono;
	bool is_answered, is_for_flow; /* for_flow: a flow waits for FLOW_TRANSFER_ENDED */
	struct {		       /* who rings, in order; see dial_ring.c */
		struct place at[RING_TARGETS_MAX];
		int n, next;
		bool is_all;
		int64_t ring_ms;
		const char *worst; /* why it came to nothing: static */
	} ring;
};

struct dial_wish {
	struct agent *agent;
	struct place to;
	uint64_t caller_id, queue, customer;
	uint64_t key; /* of the request that asked for it; 0: none */
	const char *how;
	const struct sip_event *phone; /* the INVITE of the agent's telephone, which made the call; NULL: the
					  device is rung first */
};

/* --- dial.c: calls led by agents
 * ----------------------------------------------------------------------------------------------------------
 */
/* Makes the call: the agent's device first, then whom it is for. NULL and the interaction's id; or an error's
 * code (docs/protocol.md), then nothing happened. */
const char *dial_begin(struct center *c, const struct dial_wish *wish, uint64_t *ret_interaction);
/* Whom a text means that somebody dialled: an extension, ring group or colleague, else a number outside.
 * NULL, or "invalid_number", "number_not_allowed". */
const char *dial_place(struct center *c, const char *dialled, struct place *ret_place);
/* Of {"kind":"number|agent|extension|ring_group","number"|"id"}. NULL, or the error's code. */
const char *dial_place_of_json(struct center *c, const json_t *to, struct place *ret_place);
/* The trunk for a judged number and what is shown on it, beside those tried, by d's user, queue and choice
 * (NULL: by the trunk's rules alone). NULL, or "no_trunk", "caller_id_not_allowed". */
const char *dial_route(struct center *c, const struct place *to, const struct dial *d,
	const struct trunk **ret_trunk, struct shown *ret_shown);
/* Fills in cmd for a number outside over the first trunk that fits, with rules; from stays the caller's
 * business. user: on whose account, 0: the house's. NULL, or "invalid_number", "number_not_allowed",
 * "no_trunk", or what outgoing_refusal says. */
const char *dial_target(struct center *c, uint64_t user, const char *number, struct sip_command *cmd);
/* Calls p's number outside over the next trunk. NULL, or the error's code (p is as it was). */
const char *dial_outside(struct party *p, const struct place *to, int64_t ring_ms);
/* Somebody answered as p, who is the customer of a call that an agent leads. */
void dial_answered(struct party *p);
/* It came to nothing: a telephone hears why, then the call ends. reason: "busy", "no_answer", "rejected",
 * "failed". */
void dial_failed(struct interaction *ix, const char *reason);
/* The customer was looked up. */
void dial_looked_up(struct interaction *ix);
/* The agent who led the call is leaving it: the wrap-up of a call on a queue's behalf. */
void dial_agent_left(struct interaction *ix, struct agent *a);
void dial_free(struct interaction *ix);
/* An interaction of ours without parties; its events are the caller's. NULL: no memory. */
struct interaction *dial_interaction(struct center *c, enum direction direction);
/* Why nothing new may begin now; NULL: it may. */
const char *dial_refusal(struct center *c);
/* The stable word of the log for why a party did not answer. */
const char *dial_reason(const struct party *p, const char *reason);

/* --- dial_ring.c: ringing people
 * ---------------------------------------------------------------------------------------------------------
 */
/* Rings at whom ix->dial->to means. What follows comes by itself: an answer, a forward, voicemail, a queue,
 * the end. */
void ring_begin(struct interaction *ix);
/* The same for a caller of ours, whose leg is open now. */
void ring_caller(struct interaction *ix);
/* A caller (the customer) is led to an extension or ring group: by a number, or by a flow, which then waits
 * for FLOW_TRANSFER_ENDED. */
void ring_for_caller(struct interaction *ix, struct place to, bool is_for_flow);

/* --- dial_phone.c: what telephones of the house dial
 * --------------------------------------------------------------------------------------------------------------
 */
/* The INVITE of a registered telephone that dialled no number of ours. True: it is taken (or refused) here.
 */
bool phone_dials(struct center *c, const struct sip_event *e);
/* A feature code was carried out: its telephone has a port and hears so. */
void phone_feature_begin(struct interaction *ix);

/* --- dial_people.c: requests of screens and of other systems
 * ------------------------------------------------------------------------------------------------------------
 */
/* The reply of dial.options. */
json_t *dial_options(struct center *c, const struct agent *a);
/* What directory.list says of extensions and ring groups, at most max of each; search: part of name or
 * number. */
void dial_directory(struct center *c, const char *search, size_t max, json_t *reply);
