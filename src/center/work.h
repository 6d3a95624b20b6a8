/* Contacts without a telephone (channels chat, email, message, task): opened by another system through the API,
 * routed by the same engine as calls, taken by agents on their pages, written in by both sides.
 *
 * A contact here is an interaction whose whole state is its events: waiting ones and those with an agent
 * outlive a restart (work_restore). While it waits it costs a few hundred bytes and no timer. An agent may
 * have several at once, beside a call.
 *
 * Invariants: a contact is in exactly one place: waiting (ringing or not), with one agent, or ended and
 * forgotten; its segment is known to routing from work_open, or works_enter after a restart, until it ends.
 * Everything here belongs to the centre thread. Calls are call.c's. */
#pragma once
#include "center/state.h"
#include "event/ledger.h"

#define WORK_MAX 200000			/* open contacts in the centre */
#define WORK_TEXT_MAX EVENT_TEXT_MAX	/* bytes of one message */
#define WORK_MESSAGES_MAX 10000		/* of one contact */
#define WORK_RATE_MAX 2000		/* openings, messages and ends of one user of the API in a second */
#define WORK_GRACE_MS (5 * 60 * 1000)	/* an agent's contacts stay while nobody sits there */

/* --- after a restart: recover.c calls the first, config_apply the others
 * ------------------------------------------------------------------------------------------------ */
/* Takes back a contact that the log holds open: waiting at its place (o->segment set, not is_answered), or with
 * its agent (is_answered). To be called before the first config_apply, once for each contact whose channel is
 * not "voice", in any order; routing hears of all of them in works_enter, which also writes
 * EVENT_SEGMENT_RESTORED. What o says is copied.
 *
 * The caller has closed before what is not taken back: offers that rang (EVENT_OFFER_ENDED, system_restart),
 * a hold and wrap-ups. It writes no closing event for a contact that is taken.
 *
 * 0; -EINVAL: this contact cannot go on (in no queue, unknown channel, damaged entry): the caller closes it as
 * it closes a call; -ENOBUFS above WORK_MAX; -ENOMEM. */
int work_restore(struct center *c, const struct ledger_contact *o);
/* Tells routing of the contacts taken back: they wait where they waited, and are with whom they were. Whose
 * queue or agent is gone by now goes on as if that had just happened. Harmless when there are none. */
void works_enter(struct center *c);
