/* Who gets what: offers, and the settling after every change. */
#pragma once
#include "route/state.h"

/* Channels a can take a contact on now. */
uint8_t route_agent_free_mask(const struct agent *a);
/* Whether a's load allows one contact more on channel. */
bool route_agent_has_load_for(const struct agent *a, uint8_t channel);
/* Whether the contact a already has on this channel fits beside its others: within capacity, and within load,
 * where contacts one of which may interrupt the other do not count against each other. */
bool route_agent_fits(const struct agent *a, uint8_t channel);
/* Whether s may not be offered to a whatever else holds: a declined it just now, is excluded from it, or it
 * rings there. */
bool route_is_barred(const struct route *r, const struct agent *a, const struct segment *s);
/* Whether s excludes a. */
bool route_is_excluded(const struct route *r, const struct agent *a, const struct segment *s);
/* Something about a may change: the needs forget it until the next route_settle. Call it before the change.
 */
void route_agent_touch(struct route *r, struct agent *a);
/* s became waiting (state SEGMENT_WAITING, in no pool): route_settle offers it or puts it into its pool. */
void route_segment_touch(struct route *r, struct segment *s);
/* Who would get s now (its preferred agent or the first by strategy), or NULL. */
struct agent *route_agent_for(const struct route *r, const struct segment *s);
/* Puts a waiting segment into the pool where it is found when somebody becomes free. */
void route_pool(struct route *r, struct segment *s);
/* Takes a waiting segment out of the pool it is in, if any. */
void route_unpool(struct route *r, struct segment *s);
/* s starts to ring at a (ring all: at others, too), or a is reserved for it. Appends ROUTE_OFFER or
 * ROUTE_RESERVE. s is waiting; a is free on its channel. */
void route_offer(struct route *r, struct segment *s, struct agent *a, enum route_how how);
/* Matches everything touched: repeatedly the first waiting segment anybody may take goes to the first who
 * may. */
void route_settle(struct route *r);

/* Room for n more actions: 0 or -ENOMEM. Appending after that cannot fail. */
int route_room(struct route *r, size_t n);
void route_act(struct route *r, struct route_action action);
