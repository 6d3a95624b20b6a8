/* Calls sent to a recorder of others (SIPREC, RFC 7866): beside the call runs a recording session, one dialog
 * with two audio lines; line 1 is what the customer says, line 2 what everybody of the house says.
 *
 * Invariants: a fork never changes what the call's parties hear, and its failure never ends a call; while the
 * call is held, consults or is paused, what is said is not sent (the lines are inactive and the engine is
 * told not to hear); fork.started is followed by one fork.ended. Two legs of the interaction belong to a
 * fork: the first carries the dialog.
 *
 * Centre thread only. */
#pragma once
#include "center/call/hearing.h"
#include "center/state.h"

#define FORKS_MAX 2 /* recorders a call is sent to at once */

/* After anything about the call's parties changed: begins what is due, and tells recorders what is new. */
void fork_update(struct interaction *ix);
/* Adds what the forks' legs hear behind the n pairs of the call; returns how many there are then. */
int fork_hears(const struct interaction *ix, struct hear *pairs, int n, int max);
/* What media/ and sip/ say of a leg with role LEG_FORK. */
void fork_on_media(struct leg *leg, const struct media_event *e);
void fork_on_sip(struct leg *leg, const struct sip_event *e);
/* A leg of it is forgotten. */
void fork_forget_leg(struct leg *leg);
/* The call is over: all recording sessions end. */
void forks_end(struct interaction *ix, const char *reason);
/* Frees all that is left without a word. */
void forks_free(struct interaction *ix);
