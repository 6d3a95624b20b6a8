/* The second line of an agent's telephone: whoever dials on it while talking asks somebody aside, as
 * call.consult does on a screen, and a REFER with Replaces (RFC 3891) hands the call over, as call.complete
 * does.
 *
 * Invariants: both lines are legs of one party, the lead of one interaction; it speaks with the customer on
 * the first and with whom it asked on the second; p->leg is the one in use, p->other_line the one it keeps on
 * hold. When the one asked is gone, so is the second line.
 *
 * Centre thread only. */
#pragma once
#include "center/dial/dial.h"

/* The agent's telephone dialled in the middle of its call: NULL, or an error's code, then nothing happened.
 */
const char *lines_dial(struct agent *a, const struct sip_event *e, const struct place *to);
/* Whether leg is one of two lines, and not the one in use. */
bool lines_is_other(const struct leg *leg);
/* The second line is through. */
void lines_up(struct leg *leg);
/* The telephone changed what it sends on leg: it turns to another line, or comes back from hold. */
void lines_reinvited(struct leg *leg);
/* The telephone hung up one of its two lines, or it is lost. True: that is all that ended. */
bool lines_ended(struct leg *leg);
/* Nobody is asked aside any more. */
void lines_forget_second(struct party *p);
/* The telephone wants to join what it speaks on leg and on other: NULL, or an error's code. */
const char *lines_join(struct leg *leg, struct leg *other);
