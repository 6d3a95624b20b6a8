/* Parked calls: a customer waits in a numbered slot, with music, until somebody picks them up from a screen
 * or by dialling the slot. After the setting park_return_s the one who parked it is rung; when they do not
 * answer, the customer goes to the head of the queue they came from. Centre thread. */
#pragma once
#include "center/state.h"

#define PARK_SLOTS_MAX 1000
#define PARK_RETURNS_MAX 3 /* a call that came from no queue: then it ends */

/* The lead parks the call and is done with it. slot: its number, NULL: the first free one. */
const char *park_call(struct interaction *ix, const char *slot, int *ret_slot);
/* The call parked in that slot; NULL. */
struct interaction *park_at(struct center *c, const char *slot);
/* An agent takes a parked call: their device rings, or answers by itself, and the call is theirs once it is
 * up. */
const char *park_take(struct interaction *ix, struct agent *a);
/* A registered telephone of ours dialled the slot: the leg of e becomes the taker's. NULL, or an error's code
 * (then the leg is still the caller's to refuse). */
const char *park_pick_up(struct center *c, const char *slot, const struct sip_event *e);
/* The call leaves its slot: by: who has it now (0: nobody). Nothing when it is not parked. */
void park_over(struct interaction *ix, uint64_t by, const char *reason);

json_t *parked_json(struct center *c); /* as docs/protocol.md has it */
json_t *park_slot_json(const struct interaction *ix);
