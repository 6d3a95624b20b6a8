/* What the verbs of screens' requests have in common; request.c checks who may ask, the files that own a
 * feature bring a table of its verbs (docs/protocol.md). Centre thread. */
#pragma once
#include "center/state.h"

struct request {
	struct center *c;
	struct client *client;
	struct agent *agent;	/* NULL: this user takes no contacts */
	struct interaction *ix; /* the agent's own, when `interaction` names it */
	const json_t *body;
	json_t *reply;	     /* fields beside re and ok */
	bool waits_for_disk; /* the reply is given once what was done is durable */
};
/* NULL: done; otherwise the error's code, whose message stands in request.c. */
typedef const char *verb_handler(struct request *r);

/* CALL: the agent's own interaction, named in the request. LEAD: the same, and the agent has it (others who
 * were asked into it may only leave and mute themselves). */
enum needs { NOTHING, AGENT, CALL, LEAD };
struct verb {
	const char *name;
	enum needs needs;
	unsigned permission;
	verb_handler *handle;
};

/* Tables end with a verb without a name. */
extern const struct verb call_verbs[]; /* call/call_verbs.c */
/* Takes the SDP answer of a browser for a leg we offered to; "sdp_missing", "sdp_invalid", "not_ringing". */
const char *request_take_sdp(const struct request *r, struct leg *leg);
/* To all pages of a person, agent or not; takes ownership. */
void push_person(struct center *c, uint64_t user, json_t *body);
