/* Who is in a call. The customer, the agent who has it (the lead), whoever was asked into it: colleagues,
 * numbers outside, extensions, supervisors. A party has at most one live leg, and keeps its place when the
 * leg is replaced (a page reloaded, the call pulled to another device).
 *
 * Invariants: at most HEARING_PARTIES_MAX in a call; the first is the customer; ix->lead is one of them with
 * role PARTY_AGENT, or NULL; party.joined is followed by exactly one party.left. The customer and the agent
 * whom a queue connected are told of by interaction and segment events instead.
 *
 * Centre thread only. */
#pragma once
#include "center/state.h"

#define PARTY_RING_MS 30000 /* of whoever is asked into a call */

/* A new party at the end of the list, ringing. NULL: memory is out, or the call is full. */
struct party *party_new(struct interaction *ix, enum party_role role, const struct party_kind *kind);
/* Borrowed copies of what people know it by; NULL leaves it. */
void party_call_it(struct party *p, const char *number, const char *name);
/* leg becomes the party's; leg NULL: it has none now. */
void party_set_leg(struct party *p, struct leg *leg);
/* Writes party.joined with the kind's name. */
void party_say_joined(struct party *p);
/* It is in the conversation now (state, clock; screens and the media engine are told). No handler is called.
 */
void party_connect(struct party *p);
/* It has the call from now on; the lead before stays a party or was let go before. Takes connected_mono if it
 * has none. */
void party_lead(struct party *p);
/* p takes the place of the customer, as the first party; who was the customer leaves without a word. Of the
 * lead: the call has none then. */
void party_make_customer(struct party *p);
/* The end of p, in any state: its offer, leg and event are closed, its agent is free again, screens are told.
 * p is freed. No handler is called. */
void party_leave(struct party *p, const char *reason);
/* Everybody but the customer and the lead leaves. */
void parties_leave(struct interaction *ix, const char *reason);
/* Frees all that is left without a word: the interaction is being freed. */
void parties_free(struct interaction *ix);

/* Rings at an agent's device as this party: NULL, or the error's code for the reply (then p is still there,
 * without a leg). The agent is busy from now on; no queue offers them anything. is_auto: the page answers by
 * itself, a phone is asked to. */
const char *party_ring_agent(struct party *p, struct agent *a, int64_t ring_ms);
/* Dials: cmd (SIP_CALL without sdp; owned, freed on failure) is sent once the leg has a port. As above. */
const char *party_dial(struct party *p, struct sip_command *cmd, int64_t ring_ms);

/* A telephone of ours called to be p: its leg is answered as soon as it has a port. NULL, or an error's code.
 */
const char *party_take_incoming(struct party *p, const struct sip_event *e);

/* What its leg says, told by offer.c, signal.c and call_leg.c. */
void party_answered(struct party *p);
void party_gone(struct party *p, const char *reason); /* failed while ringing, ended when connected */

struct party *party_of_user(const struct interaction *ix, uint64_t user); /* NULL: not in it */
struct party *party_customer(const struct interaction *ix);
/* By its id as screens write it; NULL. */
struct party *party_by_id(const struct interaction *ix, uint64_t id);
bool party_is_up(const struct party *p);
/* Nobody heard p before: the agent it is belongs to this call until party_leave, and no queue offers them
 * anything. */
void party_hold_agent(struct party *p, struct agent *a);
void party_release_agent(struct party *p);
/* How many members beside the customer are connected in front. */
int parties_in_front(const struct interaction *ix);
/* The first who stands behind; NULL. */
struct party *party_behind(const struct interaction *ix);

/* All but `user` as screens see them (docs/protocol.md, PARTY). */
json_t *parties_json(const struct interaction *ix, uint64_t user);
/* "customer", "consulted", "everybody", "nobody": whom the lead speaks with. */
const char *party_talking_to(const struct interaction *ix);
