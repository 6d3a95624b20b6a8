/* Calls outside under the limits of toll.h: who asks to make one, what those under way cost, and the stop
 * when it is too much. Emergency numbers are never asked about.
 *
 * The meters live in memory: after a restart an hour begins anew, but what is stopped stays stopped.
 *
 * Centre thread only. */
#pragma once
#include "center/defence/toll.h"
#include "center/state.h"

/* Why the user (0: nobody of ours) may not call this number (as judged) now; NULL: they may. Crossing a limit
 * stops them. "country_not_allowed", "not_at_night", "calls_stopped". */
const char *outgoing_refusal(struct center *c, uint64_t user, const char *number);
/* The user calls somebody outside. */
void outgoing_count(struct center *c, uint64_t user);
/* The leg calls the number on the user's account; it was answered; it is over. For any leg: those that cost
 * nothing are not remembered. */
void outgoing_begun(struct center *c, uint64_t leg, uint64_t user, const char *number);
void outgoing_answered(struct center *c, uint64_t leg);
void outgoing_ended(struct center *c, uint64_t leg);
/* A stop of the subject (a user's id, or DEFENCE_HOUSE) was lifted: its meters begin anew. */
void outgoing_forgive(struct center *c, const char *subject);
void outgoing_free(struct center *c);
