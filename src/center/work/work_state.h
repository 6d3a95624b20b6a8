/* What the files of work share and nobody else sees: the contact itself, its offers, what remains to be done
 * after it, and who waits for an answer until it is on disk. */
#pragma once
#include "center/work/entry.h"
#include "center/work/work.h"

#define WORK_AWAITED_MAX 20000	/* answers waiting for the disk; beyond it nothing new is taken */
#define WORK_RATES_MAX 1024	/* users of the API counted at once */
#define WORK_RESTORED_SLICE 500 /* said at once; a start does not wait for the others */
#define WORK_RESTORED_EVERY_MS 10
#define WORK_FACTS_MESSAGES 100 /* shown to an agent at once; older ones are asked for */

enum work_stage {
	WORK_RESTORED = 1, /* taken back after a restart, routing not told yet */
	WORK_WAITING,	   /* in its queue; perhaps it rings */
	WORK_OPEN,	   /* with an agent */
	WORK_ENDED,	   /* being forgotten */
};
/* One contact. Kept small: 100,000 of them wait in memory. */
struct work {
	uint64_t id, segment, queue, agent, customer, preferred;
	uint64_t key; /* of the request that opened it, until it is in its queue */
	struct center *center;
	int64_t started_wall, queued_mono, since_mono, answered_mono; /* since: its place in the order */
	int32_t target_ms, priority, patience_ms, n_messages;
	uint8_t channel, stage, kind; /* enum route_channel, enum work_stage, enum work_kind */
	bool is_vip, is_near_target, is_in_route;
	uint16_t name_at, to_at;   /* in texts */
	struct queue_view *view;   /* in whose list of waits it is; NULL: in none */
	struct work *prev, *next;  /* there; or among the contacts of its agent */
	struct work_offer *offers; /* ringing, in the order made */
	char *entry;		   /* what routing was told; owned */
	uint64_t disposition;	   /* chosen while open */
	char *notes;		   /* owned; NULL: none */
	char texts[];		   /* from, name, to: three texts, each with its NUL */
};
struct work_offer {
	struct work *work;
	struct agent *agent;
	int64_t made_mono, due_ms;
	struct work_offer *next, *agent_next; /* of the contact; of the agent */
};
/* After-contact work: the contact may be elsewhere by now, or ended. */
struct work_wrap {
	struct agent *agent;
	uint64_t interaction, segment, queue, disposition;
	int64_t since_mono, until_mono;
	bool is_on, is_extended;
	char *notes;
	json_t *facts; /* of the contact as it was, for the screen */
	struct work_wrap *next;
};
struct work_awaited { /* an answer that is given once seq is on disk */
	uint64_t seq;
	json_t *json;
	center_json_handler *on_json; /* NULL: a reply to a client */
	void *arg;
	uint64_t client;
	struct lookup *lookup; /* instead of all that: asked of the loader then; owned */
};
struct work_rate {
	uint64_t user;
	int64_t second;
	int n;
};
struct work_wish {
	struct center_work ask; /* its texts and rows owned */
	center_json_handler *on_json;
	void *arg;
};
struct work_room {
	struct center *center;
	struct map by_id, by_segment;
	VEC(struct work_awaited) awaited; /* from first_awaited on, by seq */
	size_t first_awaited;
	_Atomic size_t n_awaited; /* the same number for the store's thread */
	VEC(struct work_rate) rates;
	struct interaction *probe; /* what rules and enqueue.c are shown of a contact that enters */
	uint64_t last_seq;	   /* of the event just emitted */
	uint64_t queued_seq;	   /* of the last segment.queued */
	uint64_t opened;
	VEC(uint64_t) restored; /* of which it is still to be said that they went on, from n_said on */
	size_t n_said;
	struct timer restored_timer;
};

static inline const char *work_from(const struct work *w)
{
	return w->texts;
}
static inline const char *work_name(const struct work *w)
{
	return w->texts + w->name_at;
}
static inline const char *work_to(const struct work *w)
{
	return w->texts + w->to_at;
}
/* emit, and remembers the event's number as the last one. */
void work_emit(struct center *c, struct event *e);

/* WORK_PLAIN for every other name. */
enum work_kind work_kind_of(const char *channel);
/* The channel as people call it: its kind's, else routing's. */
const char *work_channel_name(const struct work *w);
/* Into its queue, or where rules move it; e: since when, whose, what is attached. w may be gone afterwards.
 * The number of the event that says so: with it the contact is whole in the log, so it stands for the
 * request. ask: customer, past and last_agent are looked at. */
uint64_t work_enter(struct work *w, const struct center_work *ask, struct entry *e);

/* --- work.c
 * ------------------------------------------------------------------------------------------------------------
 */
/* A contact without a segment, in the maps. NULL when memory is out. */
struct work *work_new(struct center *c, uint64_t id, const char *from, const char *name, const char *to);
/* Out of all lists and maps, and freed. */
void work_free(struct work *w);
/* Into a queue with e: a new segment with its event, among the waits. parted: why the agent who has it parts
 * from it now (work_part), NULL: nobody has. The new segment's event is written before the old one's end:
 * wherever the log is cut, the contact is in one place. False: it had to end, w is gone. */
bool work_line_up(struct work *w, const struct entry *e, uint64_t queue, const char *parted);
/* What follows: routing hears of it. by_hand: an agent who gets it at once if free. w may be gone afterwards:
 * the queue's rules may end it. */
void work_tell_routing(struct work *w, const struct entry *e, uint64_t by_hand);
/* Both. */
void work_move(struct work *w, const struct entry *e, uint64_t queue, uint64_t by_hand, const char *parted);
/* The agent is not there any more: back to its queue at the place it had. w may be gone afterwards. */
void work_return(struct work *w, const char *reason);
/* Ends it from any stage and frees it. reason: "customer_closed", "agent_closed", ... */
void work_end(struct work *w, const char *reason);
/* What the queue's waits show. */
void work_wait_begins(struct work *w);
void work_wait_ends(struct work *w);

/* --- work_offer.c
 * ------------------------------------------------------------------------------------------------------ */
struct work_offer *work_offer_of(const struct work *w, const struct agent *a);
void work_offer_begin(struct work *w, const struct route_action *a);
/* routing knows: it said so */
void work_offer_withdraw(struct agent *a, const struct route_action *action);
/* At everybody; routing is told by the caller. */
void work_offers_stop(struct work *w, const char *reason);

/* --- work_talk.c
 * ------------------------------------------------------------------------------------------------------- */
/* With its agent from now on: first in the agent's list. */
void work_join(struct work *w, struct agent *a);
/* The agent's part is over: its events, wrap-up, routing. The contact is in no place then. reason:
 * "customer", "agent", "transfer", "agent_lost". */
void work_part(struct work *w, const char *reason);
/* A message of the agent (its id) or the customer (0) with the request's key (0: none). 0; or an error code's
 * text. */
const char *work_write(struct work *w, uint64_t agent, uint64_t key, const char *text);
struct work_wrap *work_wrap_of(const struct agent *a, uint64_t segment);
void work_wrap_begin(struct work_wrap *wrap, int64_t due_ms);
void work_wrap_over(struct work_wrap *wrap, const char *reason);
void work_wrap_free(struct work_wrap *wrap);

/* --- work_ask.c
 * -------------------------------------------------------------------------------------------------------- */
/* Gives json (owned; an answer or a reply) once everything emitted so far is on disk. */
void work_await_lookup(struct center *c, struct lookup *lookup); /* takes it */
void work_await(struct center *c, json_t *json, center_json_handler *on_json, void *arg, uint64_t client);

/* --- work_screen.c
 * ----------------------------------------------------------------------------------------------------- */
json_t *work_facts_json(const struct work *w);
json_t *work_wrap_json(const struct work_wrap *wrap);
void work_push(struct work *w);
void work_push_ended(struct work *w, const char *reason);
void work_offer_push(const struct work_offer *o);
/* The loader reads the newest messages (or those before one) and pushes them to the user. */
void work_messages_ask(struct center *c, const struct work *w, uint64_t user, int64_t before);
