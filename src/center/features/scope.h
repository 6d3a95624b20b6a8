/* Whose calls a supervisor sees, hears and enters: everybody's, or those of the own team and of the teams
 * listed with the person (user.supervises, user.supervised_teams; docs/calls.md). Asked on every path:
 * requests, telephone codes, the live view. What it speaks of is whom an agent belongs to now, and who asks
 * now.
 *
 * Invariant: whoever is limited gets no push about an agent of another team; a supervision whose call goes to
 * such an agent ends.
 *
 * Centre thread only. */
#pragma once
#include "center/state.h"

/* Not everybody's. Of somebody the configuration does not have (yet): limited. */
bool scope_is_limited(const struct center *c, uint64_t user);
/* May `user` deal with what this agent does? One's own is always one's own. */
bool scope_holds(const struct center *c, uint64_t user, uint64_t agent);
/* As above for a supervisor who asks: false is written down (audit log: supervision_refused). interaction,
 * agent: 0 for none. */
bool scope_lets(struct center *c, uint64_t user, uint64_t agent, uint64_t interaction, const char *what);

/* A copy of a live object (live.subscribe's reply, the push "live") with those agents alone; NULL: memory is
 * out. */
json_t *scope_live(struct center *c, uint64_t user, const json_t *live);
/* Sends the push to those subscribers who are limited; the others have it from the audience. */
void scope_push_live(struct center *c, const json_t *live);
/* The configuration may have changed whom somebody sees, or supervises: subscribers are told what is theirs
 * now, supervisions that are not allowed any more end. */
void scope_changed(struct center *c, const struct snapshot *old);
