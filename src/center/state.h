/* The centre's private state: what is shared by the files of this room and by nobody else. Everything here
 * belongs to the centre thread, except where a comment says otherwise. */
#pragma once
#include "base/map.h"
#include "base/vec.h"
#include "center/agent.h"
#include "center/call/interaction.h"
#include "center/call/leg.h"
#include "center/center.h"
#include "center/config/snapshot.h"
#include "center/keys.h"
#include "center/live.h"
#include "center/message.h"
#include "center/record/record.h"
#include "event/kpi.h"
#include "event/ledger.h"
#include "loop/mailbox.h"
#include "loop/timers.h"

#include <pthread.h>
#include <stdatomic.h>

#define CENTER_MAILBOX_MAX 200000
#define AUDIO_GRACE_MS 15000 /* a page that is being reloaded is back well within it */
#define LOOKUP_LIMIT_MS 400
#define TENANT 1

struct ring_turn { /* of a ring group: who is first next time */
	uint64_t group;
	unsigned turn;
};
struct defence;
struct outgoing;
struct outliving; /* recover/outlive.h */
struct center {
	struct center_parts parts;
	struct request_keys keys; /* of contacts and calls that other systems asked for */
	uint64_t last_seq;	  /* of the newest event */
	struct mailbox *mailbox, *loader_mailbox;
	pthread_t thread, loader;
	bool has_thread, has_loader;
	struct folder *folder; /* makes the snapshots of the log */
	atomic_bool is_stopping;
	struct snapshot *snapshot;
	struct route *route;
	struct routing_log *routing_log;
	struct route_actions route_actions; /* of the step just made */
	VEC(struct route_action) pending;   /* decided, not yet performed; in the order decided */
	bool is_performing;
	struct kpi_fold *fold;
	struct timers timers;
	bool has_text_queues; /* some queue is for contacts without a telephone */
	struct timer reroute_timer;
	struct timer forget_timer, minute_timer, alive_timer;
	bool is_silent;		/* the sign of life cannot be given */
	int64_t day_start_wall; /* midnight of the day routing counts */
	struct map interactions, legs, agents, clients, queue_views, trunk_views;
	struct map visitors; /* client -> struct visitor */
	struct strmap visitors_by_token;
	VEC(struct ring_turn) ring_turns;
	struct map phones;	/* user or extension -> struct phone (call/phones.h) */
	struct map plays;	/* play ref -> interaction */
	struct map speeches;	/* speech ref -> interaction */
	struct map segments;	/* segment -> interaction */
	struct map recordings;	/* recording not yet ended -> interaction */
	struct map faxes;	/* document -> struct fax: machines that run */
	struct map fax_jobs;	/* document -> struct fax_job: to be sent */
	int n_faxes_out;	/* of those, on the line */
	struct map mailboxes;	/* owner of messages -> struct mailbox */
	struct map restored;	/* agent -> struct restored; emptied when applied */
	struct work_room *work; /* contacts without a telephone */
	uint64_t next_ref, config_version;
	int64_t now_ms;		  /* monotonic, of the input being handled */
	int64_t (*mono_ns)(void); /* the clocks; tests bring their own */
	int64_t (*wall_ms)(void);
	int64_t drain_deadline_ms;
	bool is_draining, is_all_dirty;
	json_t *alarms;			    /* that are on: for who comes later; NULL: never heard of any */
	json_t *record_alarm, *fork_alarms; /* the recorder's own; of others, record/fork_alarm.h; or NULL */
	struct defence *defence;	    /* bans and stops; defence/defence.h */
	struct outgoing *outgoing;	    /* calls outside and their cost; defence/outgoing.h */
	bool is_key_asked;		    /* the recording key is old, another one was asked for */
	int64_t live_due_ms, all_due_ms;
	int n_live;
	/* Calls go on without us (recover/outlive.h): whose notes are to be written; found at the start */
	bool is_outliving, is_outlive_entered;
	VEC(uint64_t) changed_calls;
	VEC(struct outliving *) outliving;
	/* From recover to recover_voicemails. */
	VEC(struct cut_voicemail *) cut_voicemails;
	VEC(struct interaction *) parked; /* in order of parking */
	VEC(struct party *) supervisors;  /* in all calls */
	bool has_leavers;		  /* an agent who is none any more may be forgotten by now */
	VEC(uint64_t) gone_agents, gone_queues, gone_trunks; /* to tell the live view */
	char music_path[MEDIA_PATH_MAX];
	_Atomic uint64_t total_calls, total_blocked, total_inputs, input_us_max, count_active, count_waiting,
		count_works, count_available, mos[CENTER_MOS_BUCKETS + 1], mos_sum_x100;
	atomic_bool is_ready, has_rules; /* rules: the configuration holds business rules */
};

/* center.c */
/* Recovers and applies the configuration: the first half of center_start, before any thread runs. */
int center_prepare(struct center *c, const struct center_parts *parts);
/* One round: what waits in the mailbox (bounded), then what is due. Centre thread. */
void center_turn(struct center *c);
/* Drained: the thread may end. At the deadline it ends what still lives, and a second later it is over
 * anyway. */
bool center_is_over(struct center *c);
/* When center_turn is wanted at the latest though no message came; monotonic. */
int64_t center_next_due(const struct center *c);
/* One question to the loader, answered by a message; takes ownership. Loader thread. */
void center_loader_answer(struct center *c, struct store_reader *reader, struct lookup *ask);
int64_t center_wall(const struct center *c);
void center_loader_ask(struct center *c, struct lookup *ask); /* takes ownership */
/* Fills in who has ask->number, and their earlier contacts. Whoever owns the reader. */
void center_look_up(struct store_reader *reader, struct lookup *ask);
void center_post(struct center *c, enum message_kind kind, void *body);

/* emit.c: one event into the log and today's figures */
void emit(struct center *c, struct event *e);

/* config.c */
void config_apply(struct center *c, struct snapshot *snapshot);
/* Takes rights away from open pages whose users have them no more. */
void config_apply_clients(struct center *c);
/* The agent's pages came or went, or the device changed: an agent at a telephone is asked to take contacts
 * without one only while a page is open. Routing hears of it within a second. */
void config_page_changed(struct agent *a);
/* The rules of the figures; before the log is folded, too. */
void config_apply_rules(struct center *c, const struct snapshot *snapshot);

/* visitor.c: customers who call from a page */
void visitor_input(struct center *c, const struct center_input *in);
/* The customer's leg is open: the page gets its answer. Nothing for other calls. */
void visitor_answer(struct interaction *ix);
/* Tells the page how the call stands, when that changed. Nothing for other calls. */
void visitor_push(struct interaction *ix);
void visitors_free(struct center *c);

/* signal.c: what sip/ says */
/* Texts of strangers go into JSON and onto screens: bytes that are no UTF-8 and control characters become
 * "?", in place, so that no later writer has to ask. Marks of direction stay; screens isolate names. */
void call_clean_text(char *s);
void signal_on_sip(struct center *c, struct sip_event *e); /* cleans the texts in place */

/* incoming.c: an interaction begins */
void incoming_call(struct center *c, const struct sip_event *e);
/* A call to number begins: the interaction with its customer leg, not opened yet. NULL: no calls are taken;
 * *ret_why: "draining", "store_overloaded", "no_memory". */
struct interaction *incoming_begin(
	struct center *c, const struct sip_event *e, const struct number *number, const char **ret_why);
void incoming_refused(struct center *c, const struct sip_event *e);
/* Says no to a call that has just come: the answer, the log, and the count of blocked ones. */
void incoming_refuse(struct center *c, const struct sip_event *e, int code, const char *reason);
/* Looks up who ix->from is (customer: this row; 0: whoever has the number). */
void call_ask_who(struct interaction *ix, uint64_t customer);
void call_begin(struct interaction *ix); /* media open and caller looked up: start the flow */
void call_answer(struct interaction *ix);
void call_media_opened(struct interaction *ix);
void call_flow_timer(struct interaction *ix);

/* call.c: what happens when a side leaves, and the end */
void call_end(struct interaction *ix, const char *reason, int sip_code);
/* Frees the interaction once it ended and no leg of it is known anywhere. */
void call_forget_if_over(struct interaction *ix);
/* Frees it and its legs whatever their state: only when the centre itself ends. */
void call_free(struct interaction *ix);
/* The agent's side is gone and the caller stayed: the flow's "after" exit, or the end of the call. */
void call_agent_left(struct interaction *ix, const char *reason);
void call_digit(struct interaction *ix, char digit);
/* The agent's device vanished in mid-call: the caller goes to the head of the queue again. */
void call_agent_lost(struct interaction *ix);
/* A leg of an agent that can carry no call (any more), ringing or in the call. */
void call_leg_lost(struct leg *leg);
void call_set_chosen(struct interaction *ix, const char *node, const char *label, const char *digits);
/* A transfer, or an agent lost, puts the caller into `queue`; waiting_since_ms is the place kept. */
void call_enqueue_again(struct interaction *ix, uint64_t queue, int64_t waiting_since_ms);

/* play.c */
void play_says(struct interaction *ix, const struct flow_action *a);
void play_music(struct interaction *ix);
/* The files of that music and where it begins, into a MEDIA_PLAY for whoever else is to hear it. */
void play_music_list(const struct interaction *ix, struct media_command *ret_play);
/* On entering a queue: its greeting, then the music. */
void play_entry(struct interaction *ix);
/* Over the music: a text ("": none), then a prompt (0: none). */
void play_announcement(struct interaction *ix, const char *text, uint64_t prompt);
void play_stop(struct interaction *ix);
void play_on_ended(struct center *c, uint64_t ref, int reason);
void play_on_speech(struct center *c, const struct speech_result *r);
void play_forget(struct interaction *ix);

/* Something to be heard: a file, else a text in the call's language. */
struct play_part {
	const char *path, *text;
};
/* Plays to the customer in place of what is spoken; its end is told to mailbox_call_played. */
void play_parts(struct interaction *ix, const struct play_part *parts, int n);

/* perform_flow.c */
void flow_feed(struct interaction *ix, const struct flow_input *input);
void flow_feed_result(struct interaction *ix, enum flow_input_kind kind, const char *result);
void flow_begin(struct interaction *ix, struct flow *flow);
/* A flow that only queues, for numbers that lead straight to a queue: a reference, or NULL when memory is
 * out. */
struct flow *flow_for_queue(uint64_t queue, const char *language);
/* A flow that takes a message for owner (a person, an extension or a ring group), after greeting (a prompt;
 * 0: a spoken text). max_ms 0: the usual length. As above. */
struct flow *flow_for_voicemail(uint64_t owner, uint64_t greeting, int32_t max_ms, const char *language);

/* perform_route.c */
/* The engine decides at once; what it decided is performed in the order decided, so inside another action it
 * is performed after that one's followers. Returns what route_step said. */
int route_feed(struct center *c, const struct route_input *input);
/* Into queue; waiting_since_ms: the place kept. by_hand: an agent who gets it at once if free (blind
 * transfer); 0: none. */
void segment_begin(struct interaction *ix, uint64_t queue, const struct flow_action *a,
	int64_t waiting_since_ms, uint64_t by_hand);
void segment_cancel(struct interaction *ix, const char *why); /* "caller_gone", "withdrawn" */
/* The caller is gone (abandoned) or the system takes it out of the queue: closing event and route told. */
void segment_leave(struct interaction *ix, const char *reason);
void segment_end_talk(struct interaction *ix, const char *reason);
/* By hand: the waiting caller is offered to a now. by: the user who did it; reason: "assign", "pick". NULL,
 * or the error's code for the reply. */
const char *segment_assign(struct interaction *ix, struct agent *a, uint64_t by, const char *reason);
/* The same for any waiting segment; e: its EVENT_SEGMENT_ASSIGNED, written when routing takes it. */
const char *segment_assign_to(struct center *c, struct event *e);

/* enqueue.c: what routing is told of a caller who enters a queue */
/* Fills in all but segment, queue, agent, channel and waiting_since_ms. q, a may be NULL. */
void enqueue_fill(const struct interaction *ix, const struct queue *q, const struct flow_action *a,
	struct route_input *in);
/* Keeps in ix->segment what the live view shows of it; after everybody had a say about *in. */
void enqueue_remember(struct interaction *ix, const struct queue *q, const struct route_input *in);

/* decisions.c: explained decisions as JSON; a new array, NULL when memory is out */
json_t *decisions_json(struct center *c, const struct decisions_wish *w);

/* opening.c: the clock on the wall: opening hours of queues, the day's end */
bool queue_is_open(const struct center *c, const struct queue *q);
/* Tells routing what opened or closed since last time, and that a new day began. */
void opening_check(struct center *c);
/* Begins to check at each minute's edge. */
void opening_start(struct center *c);

/* offer.c: ringing agents and connecting one of them. An offer ends exactly once: answered,
 * answered_elsewhere, declined, no_answer, unreachable, busy, caller_gone or withdrawn. */
void offer_start(struct interaction *ix, const struct route_action *offer);
/* The agent at whom this leg rings; NULL: it does not ring. */
struct agent *offer_of(const struct leg *leg);
/* Rings at an agent who is free as a party of the call; false: there is no leg (the agent is as before). */
bool offer_party(struct party *p, struct agent *a, int64_t due_ms);
/* The end of a party's ringing, told by party.c. */
void offer_party_over(struct agent *a, const char *reason);
void offer_withdraw(struct agent *a, const char *reason); /* routing knows: it said so */
void offers_stop(
	struct interaction *ix, const char *reason); /* at everybody; routing is told by the caller */
void offer_failed(struct agent *a, enum route_fail fail);
/* The leg can be heard and hears: the offer is answered, or (a page reloaded) the call goes on. */
void offer_connected(struct leg *leg);
void offer_to_browser(struct leg *leg); /* its media is open: ring with our SDP */
/* The device answers by itself: by the person's setting, the queue's, or because the agent asked for the
 * call. */
bool offer_is_auto(const struct agent *a);
/* Whom a URI or number means. NULL, or why it cannot be called: as dial_target. */
const char *call_target(struct center *c, const char *target, struct sip_command *cmd);
/* The same on the account of a user, whose calls outside may be stopped. */
const char *call_target_of(struct center *c, uint64_t user, const char *target, struct sip_command *cmd);

/* hear.c: tells the media engine who hears whom, by hearing.h; the only place that sends HEAR, BRIDGE and
 * UNBRIDGE. To be called after anything that hearing.h looks at has changed. Music and ringback too. */
void hear_apply(struct interaction *ix);
/* What hearing.h says of the call as it stands; returns how many pairs. */
int hear_wanted(const struct interaction *ix, struct hear *ret_pairs, int max);
/* The leg was closed: the engine forgot whom it heard and who heard it. */
void hear_forget_leg(struct interaction *ix, uint64_t leg);

/* audio.c: audio that is lost and comes back in mid-call */
/* Offers an agent's page fresh audio for the call under way (a page reloaded, or its connection lost).
 * Nothing when there is no such call. */
void audio_again(struct agent *a);
/* A party's leg has lost its audio. A browser is given AUDIO_GRACE_MS to bring it back, the others waiting in
 * the call; any other device, or a browser that stays away, has left: when it was the lead, the customer goes
 * to the head of the queue. */
void audio_lost(struct party *p);
void audio_back(struct party *p);

/* screen.c: contacts as screens see them */
json_t *json_id(uint64_t id); /* text, or null for 0 */
json_t *offer_json(struct agent *a);
const char *call_direction(const struct interaction *ix); /* "inbound", "outbound", "internal" */
/* As `user` sees it. */
json_t *call_json(struct interaction *ix, uint64_t user);
/* To everybody of ours who is in the call. */
void call_push(struct interaction *ix);
/* To the lead alone, with why whom they asked is not there (any more). */
void call_push_reason(struct interaction *ix, const char *reason);
void call_push_ended(struct interaction *ix, struct agent *agent);

/* talk.c: what an agent does with a call; each returns an error code text for the reply, or NULL */
const char *talk_hold(struct interaction *ix, bool is_on);
/* The lead speaks with those in front, behind, or with nobody; the customer's hold is counted and told. */
void talk_with(struct interaction *ix, enum talk talk);
/* The clock of what is spoken aside runs while the lead speaks with whom they asked; to be called when that
 * may have changed. is_going_on: false when the segment ends. */
void talk_count_aside(struct interaction *ix, bool is_going_on);
/* p mutes itself. */
const char *talk_mute(struct party *p, bool is_on);
const char *talk_dtmf(struct interaction *ix, const char *digits);
const char *talk_transfer(struct interaction *ix, const json_t *to);

/* outside.c */
/* The customer hears somebody being rung. */
void play_ringback(struct interaction *ix);
#define OUTSIDE_RING_S 45
void outside_call(struct interaction *ix, const char *target, int timeout_s);
/* Nobody of ours is in the call any more: the customer goes on with p (and whoever else is in front), ringing
 * or connected. A number that does not answer brings the customer back to transfer_queue. */
void outside_take(struct party *p);

/* dial_people.c */
void dial_wished(struct center *c, const struct dial_ask *w);

/* request.c, live.c, recover.c */
void request_handle(struct center *c, struct center_input *in);
/* The reply to a request: done, or refused with a code of docs/protocol.md. A new reference. */
json_t *request_reply(const json_t *request, const char *code);
int recover(struct center *c);
/* Once the configuration is in force: messages a crash cut off go to whom they were left for. */
void recover_voicemails(struct center *c);
void recover_voicemails_free(struct center *c);
