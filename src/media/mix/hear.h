/* The hearing graph: who hears whom. On the legs' audio thread, when a command is carried out.
 *
 * Invariants: b is in a->hears <=> a is in b->heard_by; nobody hears itself; both lists are bounded by
 * MEDIA_HEARS_MAX; a leg somebody may hear mixed has a voice. */
#pragma once
#include "media/engine.h"

/* leg hears other with gain, or not any more. 0; -EINVAL: itself or a gain out of range; -ENOBUFS: too many;
 * -ENOMEM. */
int hear_set(struct leg *leg, struct leg *other, bool is_on, int gain_db);
/* Both stop hearing all others (and those they heard stop hearing them), then hear each other. 0 or -ENOMEM.
 */
int hear_pair(struct leg *a, struct leg *b);
/* leg hears nobody and is heard by nobody. */
void hear_nobody(struct leg *leg);
/* Makes the voices that are needed now, drops those that are not: after a play began, or a codec changed. 0
 * or -ENOMEM. */
int hear_plan(struct leg *leg);
/* The same after leg's peer got its codecs. */
int hear_plan_around(struct leg *leg);
/* The codecs whose packets may come from leg, as bits for decoder_new. */
uint32_t hear_codecs(const struct leg *leg);
/* Whether leg, with what it hears now, cannot be served by passing packets on. */
bool hear_needs_mix(const struct leg *leg);
