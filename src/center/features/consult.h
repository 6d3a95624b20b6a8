/* Asking somebody aside: consult calls, what they can become (warm transfer, conference), and a conference
 * its lead leaves. Functions an agent reaches return NULL or the error's code. Centre thread.
 *
 * What happens at the ends:
 * - the customer hangs up: the call is over for everybody;
 * - whoever was asked does not answer, or hangs up: the customer stays on hold until the agent takes them
 * back (the screen says why);
 * - the agent's device is lost: whoever was asked is let go, the customer goes to the head of the queue;
 * - the agent leaves a conference: the others stay (setting is_conference_kept), with the first agent among
 *   them as the lead. */
#pragma once
#include "center/state.h"

/* to: {"kind":"agent|queue|number|extension", ...}. The customer hears music meanwhile. */
const char *consult_call(struct interaction *ix, const json_t *to);
/* To whom the lead does not speak now. */
const char *consult_toggle(struct interaction *ix);
/* The lead leaves; the customer goes on with who was asked, also while it still rings. Without a consult: a
 * conference goes on without the lead. */
const char *consult_complete(struct interaction *ix);
/* Whoever was asked is let go, back to the customer. */
const char *consult_return(struct interaction *ix);
/* Whoever was asked is taken into the conversation. */
const char *consult_conference(struct interaction *ix);
const char *consult_drop(struct interaction *ix, uint64_t party);
const char *consult_mute(struct interaction *ix, uint64_t party, bool is_on);
/* Calls and leaves in one: a transfer without asking, for a call that has no queue to come back to. */
const char *consult_blind(struct interaction *ix, const json_t *to);
/* The lead leaves the others to themselves; false: there is nobody but the customer, nothing was done. */
bool call_leave_to_others(struct interaction *ix, const char *reason);
/* p, who is connected, has the call from now on. */
void call_continue_with(struct party *p);
/* The lead goes with reason, p has the call. */
void call_hand_over(struct party *p, const char *reason);
/* An agent with nothing to do whom one may ring. */
bool agent_is_free(const struct agent *a);
