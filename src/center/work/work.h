/* Contacts without a telephone (channels chat, email, message, task): opened by another system through the
 * API, routed by the same engine as calls, taken by agents on their pages, written in by both sides.
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

struct work;
struct work_wish;
struct work_wrap;

#define WORK_MAX 200000		      /* open contacts in the centre */
#define WORK_TEXT_MAX EVENT_TEXT_MAX  /* bytes of one message */
#define WORK_MESSAGES_MAX 10000	      /* of one contact */
#define WORK_RATE_MAX 2000	      /* openings, messages and ends of one user of the API in a second */
#define WORK_GRACE_MS (5 * 60 * 1000) /* an agent's contacts stay while nobody sits there */

/* --- after a restart: recover.c calls the first, config_apply the others
 * ------------------------------------------------------------------------------------------------ */
/* Takes back a contact that the log holds open: waiting at its place (o->segment set, not is_answered), or
 * with its agent (is_answered). To be called before the first config_apply, once for each contact whose
 * channel is not "voice", in any order; routing hears of all of them in works_enter, which also writes
 * EVENT_SEGMENT_RESTORED. What o says is copied.
 *
 * The caller has closed before what is not taken back: offers that rang (EVENT_OFFER_ENDED, system_restart),
 * a hold and wrap-ups. It writes no closing event for a contact that is taken.
 *
 * 0; -EINVAL: this contact cannot go on (in no queue, unknown channel, damaged entry): the caller closes it
 * as it closes a call; -ENOBUFS above WORK_MAX; -ENOMEM. */
int work_restore(struct center *c, const struct ledger_contact *o);
/* Tells routing of the contacts taken back: they wait where they waited, and are with whom they were. Whose
 * queue or agent is gone by now goes on as if that had just happened. Harmless when there are none. */
void works_enter(struct center *c);

/* --- what came by telephone and is worked off without one
 * ----------------------------------------------------------------------------------------------- */
/* For routing they are messages (capacity, queues of channel message); everywhere else they are called by
 * their own name ("voicemail", "fax") as their channel. */
enum work_kind { WORK_PLAIN, WORK_VOICEMAIL, WORK_FAX, WORK_KINDS };
struct work_delivery {
	enum work_kind kind; /* not WORK_PLAIN */
	uint64_t attached;   /* the recording, or the document */
	int64_t amount;	     /* its milliseconds, or pages */
	uint64_t queue;	     /* of channel message; its opening hours do not matter: a message waits for the
				morning */
	const char *from, *name, *to; /* borrowed; from: the caller's number */
	const json_t *customer;	      /* the row of whom it is from; borrowed; NULL: unknown */
	const json_t *past;	      /* see rules_past; borrowed; may be NULL */
	uint64_t last_agent;
	int priority;
};
/* Opens it as a contact of its own, through rules and routing. Centre thread. NULL and its interaction's id;
 * or the error's code: "not_found" (no such queue), "wrong_channel", "too_many", "no_memory". */
const char *work_deliver(struct center *c, const struct work_delivery *d, uint64_t *ret_interaction);

/* --- hooks of the other files
 * -------------------------------------------------------------------------------------------------- */
/* Makes and frees the room; -ENOMEM. */
int work_room_new(struct center *c);
void work_room_free(struct center *c);
struct work *work_get(const struct center *c, uint64_t interaction);
/* Performs what routing decided about a contact of this room. False: it is not of this room. */
bool work_perform(struct center *c, const struct route_action *a);
/* By hand, as segment_assign. NULL, or the error's code. */
const char *work_assign(struct work *w, struct agent *a, uint64_t by, const char *reason);
uint64_t work_queue(const struct work *w);
bool work_is_waiting(const struct work *w);

/* What an agent does on the page; NULL or the error's code. agent_* of them look at whose contact it is. */
const char *work_accept(struct work *w, struct agent *a);
const char *work_decline(struct work *w, struct agent *a);
const char *work_agent_writes(struct work *w, struct agent *a, const char *text);
const char *work_agent_ends(struct work *w, struct agent *a);
const char *work_transfer(struct work *w, struct agent *a, const json_t *to);
/* The newest messages, or those before number `before` (0: the newest), are pushed as work_messages. */
const char *work_agent_reads(struct work *w, struct agent *a, int64_t before);
/* The contact's wrap-up at this agent, or NULL; what the requests of wrap-up do with it. */
struct work_wrap *work_wrap_at(const struct agent *a, uint64_t interaction);
const char *work_wrap_extend(struct work_wrap *wrap);
const char *work_wrap_finish(struct work_wrap *wrap);
/* Where disposition and notes of a contact with this agent, or in its wrap-up, are kept; false: not the
 * agent's. */
bool work_notes_of(struct agent *a, uint64_t interaction, uint64_t **ret_disposition, char ***ret_notes);

/* What happens to agents: */
int work_count(const struct agent *a); /* open contacts */
/* Called whenever an agent's presence or pages changed: begins or ends the grace. */
void works_agent_changed(struct agent *a);
/* No page is open any more: what rings here goes on. */
void works_page_gone(struct agent *a);
/* Who is none any more: everything goes back at once. */
void works_return(struct agent *a, const char *reason);
void works_agent_free(struct agent *a);

/* Requests of the API, one at a time. Takes what the wish owns. */
void work_wish_handle(struct center *c, struct work_wish *wish);
/* Releases a wish nobody will handle: whoever asked hears that there is no answer. */
void work_wish_free(struct work_wish *wish);
/* Says to whom it may concern that something is on disk. */
void work_acknowledge(struct center *c);
/* Somebody waits for the disk. */
bool work_is_awaiting(const struct center *c);
/* Any thread: was told of a commit. */
void work_on_commit(struct center *c);
/* A reply to a client that waits until everything emitted so far is on disk. Takes the reply. */
void work_reply_later(struct center *c, uint64_t client, json_t *reply);

/* JSON for screens: rows of waits, hello's lists, what the loader found. */
json_t *works_waits_json(struct center *c, uint64_t queue);
json_t *works_json(const struct agent *a);
json_t *works_offers_json(const struct agent *a);
json_t *works_wraps_json(const struct agent *a);
void work_messages_push(struct center *c, struct lookup *found);
