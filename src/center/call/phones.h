/* The telephones of users and extensions as sip/ tells of them: whether a call can be sent to one, and if
 * not, why. What sip/ says is kept as it is said; nothing here asks. */
#pragma once
#include "center/state.h"

#define PHONE_WHY_SIZE 20

struct phone {
	int reachable, contacts;  /* of its registrations */
	int rtt_ms;		  /* of the newest, 0: not known */
	char why[PHONE_WHY_SIZE]; /* the last word of sip/types.h, SIP_REGISTRATION */
	char program[64];	  /* what the newest says it is */
	char source[64];	  /* "address:port" of the newest */
};

/* SIP_REGISTRATION: kept, and told to the agent whose telephone it is. */
void phones_on_registration(struct center *c, const struct sip_event *e);
bool phones_is_reachable(const struct center *c, uint64_t user);
/* Why nothing can ring at the agent's device: no_page, no_address, not_registered, unregistered, expired,
 * removed, connection_closed or no_answer. NULL: something can. */
const char *phones_why_not(const struct agent *a);
/* {contacts, reachable, rtt_ms, program, source}, or null for who has no telephone. A new reference. */
json_t *phones_json(const struct center *c, uint64_t user);
void phones_free(struct center *c);
