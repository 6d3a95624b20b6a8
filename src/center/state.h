/* The centre's private state: what is shared by the files of this room and by nobody else. Everything here
 * belongs to the centre thread, except where a comment says otherwise. */
#pragma once
#include "base/map.h"
#include "base/vec.h"
#include "center/call/hearing.h"
#include "center/center.h"
#include "center/config/snapshot.h"
#include "center/keys.h"
#include "event/kpi.h"
#include "event/ledger.h"
#include "loop/mailbox.h"
#include "loop/timers.h"

#include <pthread.h>
#include <stdatomic.h>

#define CENTER_MAILBOX_MAX 200000
#define CENTER_CHOSEN_MAX 8
#define CENTER_PLAY_PARTS_MAX (MEDIA_PLAYLIST_MAX)
#define LIVE_FLUSH_MS 50
#define LIVE_WAITS_MAX 50
#define CLIENT_GRACE_MS 60000
#define AUDIO_GRACE_MS 15000 /* a page that is being reloaded is back well within it */
#define LOOKUP_LIMIT_MS 400
#define VOICEMAIL_SHORT_MS 1500 /* below it nothing was said */
#define TENANT 1

/* --- messages into the centre's thread
 * ------------------------------------------------------------------------------- */
enum message_kind {
	MESSAGE_INPUT = 1, /* struct center_input */
	MESSAGE_SIP,	   /* struct sip_event */
	MESSAGE_MEDIA,	   /* struct media_event */
	MESSAGE_SPEECH,	   /* struct speech_result */
	MESSAGE_SNAPSHOT,  /* struct snapshot, owned */
	MESSAGE_LOOKUP,	   /* struct lookup, owned */
	MESSAGE_FIGURES,   /* struct figures_wish, owned */
	MESSAGE_RECORD,	   /* struct record_wish, owned */
	MESSAGE_DIAL,	   /* struct dial_ask, owned */
	MESSAGE_DECISIONS, /* struct decisions_wish, owned */
	MESSAGE_FAILURES,  /* struct failures_wish, owned */
	MESSAGE_MAIL,	   /* struct mail_wish, owned */
	MESSAGE_WORK,	   /* struct work_wish, owned: see work_state.h */
	MESSAGE_FAX,	   /* struct fax_wish, owned: see fax/fax.h */
	MESSAGE_COMMITTED, /* no body: something awaited may be on disk */
};
struct message {
	enum message_kind kind;
	void *body; /* owned, alloc_free unless said otherwise */
};
struct figures_wish {
	uint64_t tenant;
	int64_t from_ms, to_ms;
	center_json_handler *on_json;
	void *arg;
};
struct dial_ask {
	struct center_dial ask;
	center_json_handler *on_json;
	void *arg;
};
struct record_wish {
	uint64_t interaction;
	char act[16];
	center_json_handler *on_json;
	void *arg;
};
struct failures_wish {
	center_json_handler *on_json;
	void *arg;
};
struct decisions_wish {
	int n;
	struct center_decision list[CENTER_DECISIONS_MAX];
	center_json_handler *on_json;
	void *arg;
};
/* What the loader thread is asked for, and brings back: who calls, and their earlier contacts. */
struct lookup {
	bool is_config; /* load a snapshot instead */
	uint64_t interaction;
	char number[SIP_NUMBER_MAX];
	int64_t asked_ms;	    /* wall */
	bool wants_past;	    /* for business rules */
	json_t *customer, *history; /* result; NULL when none */
	json_t *past;		    /* see rules_past */
	uint64_t last_agent;	    /* who talked to the caller last; 0: nobody lately */
	uint64_t customer_id;	    /* it is this row, whoever has the number; 0: by number */
	uint64_t auditor; /* this user supervised `interaction` of last_agent: only written down, as `number`
			   */
	uint64_t reader;  /* this user wants the messages of the interaction instead; 0: no */
	int64_t before;	  /* only messages with a lower number; 0: the newest */
	json_t *messages; /* result */
	struct {	  /* about messages people left, if kind is one; see record/mailbox.h */
		enum { MAIL_NOT, MAIL_COUNTS, MAIL_LIST, MAIL_SOUND } kind;
		uint64_t owners[STORE_BOXES_MAX]; /* COUNTS: one, 0: all; LIST */
		int n_owners;
		char path[128]; /* SOUND: below recordings/ */
		int err;	/* result: 0 or -errno */
		json_t *rows;	/* result: see store.h */
		int fd;		/* result of SOUND: a WAV file in memory; -1: none */
	} mail;
};

/* --- calls
 * -----------------------------------------------------------------------------------------------------------
 */
/* LEG_FORK: to a recorder of others; see fork.h. */
enum leg_role { LEG_CUSTOMER = 1, LEG_AGENT, LEG_OUTSIDE, LEG_SUPERVISOR, LEG_FORK };
struct fork;
enum leg_kind { LEG_SIP, LEG_BROWSER };
enum leg_state {
	LEG_OPENING,  /* media has been asked for a port */
	LEG_INVITED,  /* ringing at the peer (outgoing), or at us (incoming) */
	LEG_ANSWERED, /* signalling is through, audio path not yet proven (browser) */
	LEG_UP,
	LEG_CLOSING, /* hung up by us; waits for SIP_ENDED / MEDIA_LEG_CLOSED */
};
struct leg {
	uint64_t id;
	enum leg_role role;
	enum leg_kind kind;
	enum leg_state state;
	struct interaction *interaction;
	struct party *party;	 /* whose leg it is; NULL: it rings for a queue, or was let go */
	struct fork *fork;	 /* LEG_FORK: whose it is; NULL once let go */
	uint64_t user;		 /* LEG_AGENT, LEG_SUPERVISOR */
	bool has_media, has_sip; /* which rooms still know it */
	bool has_video;		 /* a browser's: camera and screen may be shown */
	bool takes_keys;	 /* by SIP INFO: it says so, or sends them so */
	bool is_incoming;	 /* a telephone called us to be a party of a call under way */
	int64_t opened_mono;
	int mos_x100; /* of the last seconds; 0: not known */
	struct sdp local, remote;
	struct sip_command *call; /* outgoing SIP leg: the call to make once media is open; owned */
	char *offer_sdp;	  /* browser: what we offered; owned */
	/* what a room too far behind did not take; said again until it does */
	struct timer retry_timer;
	bool owes_answer, owes_hang_up, owes_close;
	int hang_up_code;
};

/* Who is in a call: see party.h. */
enum party_role { PARTY_CUSTOMER = 1, PARTY_AGENT, PARTY_OUTSIDE, PARTY_EXTENSION, PARTY_SUPERVISOR };
enum party_state { PARTY_RINGING = 1, PARTY_CONNECTED };
struct party;
/* What follows when something happens to a party that was asked into a call: each feature (consult, park,
 * dialling) has its own. Every handler must end in party_leave, or in the party's staying. */
struct party_kind {
	const char *name;		       /* party.joined's reason: "consulted" */
	const char *offer;		       /* the offer's kind on the screen: "consult" */
	void (*on_connected)(struct party *p); /* answered: it is PARTY_CONNECTED, its leg is up */
	void (*on_failed)(struct party *p, const char *reason); /* it will not answer */
	void (*on_ended)(struct party *p, const char *reason);	/* it hung up, or its audio is lost */
	/* what answered, asked by call_detect; may be NULL */
	void (*on_detected)(struct party *p, enum media_detected what);
	void (*on_leave)(struct party *p, const char *reason); /* however it leaves; NULL: nothing to do */
	bool is_auto; /* answered without asking: they asked for it themselves */
};
struct party {
	uint64_t id; /* of its first leg */
	enum party_role role;
	enum party_state state;
	const struct party_kind *kind; /* NULL: the customer; whom a queue or a flow connected */
	struct interaction *interaction;
	struct leg *leg;      /* NULL: it is gone, or being replaced */
	struct leg *next_leg; /* the call is being pulled to this one; see pull.h */
	enum leg_kind device; /* of its legs, also while it has none */
	uint64_t user;	      /* 0: nobody of ours */
	char number[SIP_NUMBER_MAX], name[SIP_NAME_MAX];
	int64_t since_mono, connected_mono; /* connected_mono 0: not yet */
	bool is_back, is_muted;		    /* see hearing.h */
	bool is_silent;			    /* muted itself */
	bool holds_agent;		    /* counted in its agent's n_aside */
	bool is_logged;			    /* party.joined was said, party.left is owed */
	bool is_early;		  /* rings, and what its line says (ringback, "number changed") is heard */
	bool has_rung;		  /* the other side said that it rings */
	enum party_role shown;	  /* as which it shows on screens; 0: its role */
	int sip_code;		  /* with which its leg failed; 0: not by SIP */
	enum hearing_mode mode;	  /* PARTY_SUPERVISOR */
	enum hearing_sound sound; /* played to it; the customer's is ix->play */
	struct timer timer;	  /* of its ringing; then of audio that is lost, or of a pull */
	struct party *next;	  /* in order of joining */
};
enum direction { DIRECTION_INBOUND, DIRECTION_OUTBOUND, DIRECTION_INTERNAL };

enum stage {
	STAGE_NEW, /* media opening, caller being looked up */
	STAGE_FLOW,
	STAGE_QUEUED,  /* waiting, perhaps an agent rings */
	STAGE_TALKING, /* with an agent, perhaps on hold */
	STAGE_OUTSIDE, /* being connected, or connected, to a number outside; or an agent is being rung to
			  whom the call was handed over */
	STAGE_PARKED,  /* nobody has the call; somebody may be on the way to it */
	STAGE_ENDED,
};
struct chosen {
	char node[FLOW_NAME_MAX], label[128], digits[FLOW_DIGITS_MAX + 1];
};
struct segment {
	uint64_t id, queue, agent; /* agent: answered by */
	int64_t queued_mono, answered_mono, held_since, hold_ms;
	/* As routing was told it: since when it counts as waiting, and what the live view shows of it. */
	int64_t waiting_since_mono, target_mono, patient_until_mono;
	uint64_t preferred;
	int priority, holds;
	bool is_in_route, is_answered, is_near_target;
};
struct recording {
	uint64_t id;
	bool is_running, is_stopping, is_voicemail;
	bool is_paused; /* nothing that is said now may be kept by anybody */
	int64_t started_mono, paused_mono;
	const char *paused_by; /* agent, flow, api or digits; static */
	uint64_t queue, owner; /* of a voicemail: whose it is: a queue's, or a person's, extension's or ring
				  group's */
	uint64_t
		deliver_to; /* a queue of channel message in which it is worked off; 0: as the settings say */
};
/* A message somebody left, and whom for. All texts and rows are borrowed; NULL: not known. */
struct voicemail {
	uint64_t interaction, recording;
	uint64_t queue, owner, deliver_to; /* as in struct recording */
	int64_t duration_ms;
	const char *from, *name, *to;
	const json_t *customer, *past;
	uint64_t last_agent;
};
/* One that a crash cut off: made whole again, and not yet given to whom it is for (recover.c). */
struct cut_voicemail {
	struct voicemail mail; /* its texts are those below */
	bool is_left, is_delivered;
	char path[LEDGER_TEXT_MAX], from[LEDGER_TEXT_MAX], name[LEDGER_TEXT_MAX], to[LEDGER_TEXT_MAX];
};
/* A customer who calls from a page (call/visitor.c). Without a client the socket was lost: for a while
 * another one may take the call over by the token. */
struct visitor {
	struct center *center;
	uint64_t client;
	char number[SIP_NUMBER_MAX], token[65];
	struct interaction *interaction; /* NULL: not begun */
	json_t *start_request;		 /* to be answered once the leg is open; owned */
	const char *state;		 /* told last; static */
	struct timer grace;
};
struct interaction {
	uint64_t id, trunk, number_id, trunk_number;
	struct center *center;
	enum route_channel channel; /* voice, but for what work.c shows to rules and enqueue.c */
	enum stage stage;
	int64_t started_mono, started_wall, first_queued_mono;
	char from[SIP_NUMBER_MAX], from_name[SIP_NAME_MAX], to[SIP_NUMBER_MAX];
	char language[12];
	enum direction direction;
	struct party *parties; /* in order of joining; the customer first */
	int n_parties;
	struct party *lead;	     /* who has the call: an agent, or NULL */
	enum talk talk, talk_before; /* with whom the lead speaks; what it was before TALK_NOBODY */
	VEC(struct hear) heard;	     /* as the media engine was told; see hear.c */
	struct timer hear_timer;     /* the engine was too far behind to be told */
	struct leg *customer, *agent_leg, *outside; /* agent_leg: the lead's, not of those it rings at */
	struct visitor *visitor;		    /* calls from a page; or NULL */
	struct agent *ringing;	      /* the first of those it rings at; the others follow by offer.next */
	int n_legs;		      /* including those that are closing */
	int n_recordings;	      /* started and not yet ended; a running fax counts, too */
	struct mailbox_call *mailbox; /* somebody of ours hears their messages; owned */
	struct fax *fax;	      /* the customer's leg is a fax machine; see fax.h */
	uint64_t fax_document;	      /* the call is made to send this */
	struct dial *dial; /* of a call that begins with us, or rings people outside the queues; owned */
	struct flow_run *run;
	unsigned run_epoch; /* grows whenever run is replaced */
	struct timer flow_timer, lookup_timer;
	struct timer pause_timer, beep_timer; /* of its recording */
	bool is_answered, is_lookup_done, is_media_open, is_started, is_ending;
	json_t *customer_row, *history, *past; /* past: see rules_past; NULL when no rule could ask */
	struct chosen chosen[CENTER_CHOSEN_MAX];
	int n_chosen;
	struct segment segment;
	struct queue_view *wait_view; /* in whose list of waits this one is, or NULL */
	struct interaction *wait_prev, *wait_next;
	char exit_digit;
	struct recording recording;
	struct fork *forks;   /* recorders of others that get this call */
	unsigned n_announced; /* prompts of queues, heard so far */
	uint64_t music;	      /* ref of what loops under all speech; 0: none */
	/* speaking: one list at a time; parts wait for speech */
	struct {
		uint64_t ref;				/* of the media play; 0: nothing of ours plays */
		uint64_t speech[CENTER_PLAY_PARTS_MAX]; /* refs still awaited; 0: ready */
		struct media_source list[CENTER_PLAY_PARTS_MAX];
		int n, awaited;
		bool is_announcement, is_flow;
		bool is_sounding; /* the engine plays something to the customer, perhaps an older list */
	} play;
	uint64_t last_agent; /* who talked to this customer last, within 7 days */
	struct {
		int slot; /* 0: not parked */
		uint64_t by;
		int64_t since_mono;
		int returns; /* how often it was brought back to who parked it */
		struct timer timer;
	} park;
	uint64_t last_queue;	 /* of the newest segment; 0: it was in no queue yet */
	uint64_t transfer_queue; /* a transfer outside that fails comes back here */
	bool is_outside_up;
	uint64_t disposition; /* chosen by the agent while talking */
	char *notes;
	char end_reason[48];
};

/* --- people
 * ----------------------------------------------------------------------------------------------------------
 */
enum presence { PRESENCE_OFFLINE, PRESENCE_READY, PRESENCE_BREAK, PRESENCE_NOT_RESPONDING };
struct wrap_up {
	bool is_on, is_extended;
	bool is_outbound; /* of a call on a queue's behalf: in no figure of the queue */
	uint64_t interaction, segment, queue, disposition;
	int64_t since_mono, until_mono;
	char *notes;
	json_t *facts; /* the call's facts for the screen */
};
/* A caller ringing at one agent. With the strategy ring all several agents ring for one caller; an agent
 * rings for one. */
struct offer {
	bool is_on;
	struct leg *leg; /* NULL: there is none (any more) */
	struct party
		*party; /* it rings as a party of the call, routing knows nothing of it; NULL: for a queue */
	int64_t made_mono, due_ms;
	struct agent *next; /* who rings for the same caller */
};
struct agent {
	uint64_t user;
	struct center *center;
	enum presence presence;
	uint64_t break_reason;
	bool has_next_break;
	uint64_t next_break_reason;
	enum device device;
	char device_uri[SIP_URI_MAX];
	int n_clients, n_contacts; /* open sockets; live registrations */
	bool is_available;	   /* as last told to route/ */
	bool reads_texts;	   /* the same; see config_page_changed */
	bool is_counted;	   /* among the reachable of its queues, for the live view */
	int n_aside; /* calls that routing knows nothing of: while in one, no queue offers anything */
	struct interaction *interaction; /* ringing here (offer.is_on), or with this agent */
	struct offer offer;
	struct wrap_up wrap_up;
	/* beside the call: contacts without a telephone; see work_state.h */
	struct work *works;		/* open with this agent */
	struct work_offer *work_offers; /* ringing here */
	struct work_wrap *work_wraps;
	struct timer work_grace; /* set while nobody sits there; then they go back to their queues */
	char state[16];
	int64_t state_since_mono, state_since_wall;
	struct timer grace;
	bool is_dirty;
};
struct ring_turn { /* of a ring group: who is first next time */
	uint64_t group;
	unsigned turn;
};
/* What the log said last about an agent before this start. */
struct restored {
	uint64_t agent, break_reason;
	char state[16];
	int64_t at_ms;
};
struct queue_view { /* what the live view needs to know about a queue beyond route/ */
	uint64_t id;
	bool is_dirty;
	bool is_closed;	   /* as last told to route/ */
	int n_reachable;   /* people who serve it and can be reached, whatever their presence */
	int64_t widens_ms; /* when somebody shown waiting is due for the next ring; monotonic */
	struct interaction *first_wait, *last_wait; /* waiting or ringing, in order of entry */
	struct work *first_work, *last_work;	    /* the same, in a queue of another channel */
};
struct client {
	struct center_client who;
	bool is_live, is_known; /* known: the configuration had this user at some time */
};
struct trunk_view {
	uint64_t id;
	bool is_up, is_known, is_dirty;
	char reason[64];
	int calls;
};

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
	struct map phones;	/* user or extension with a registered telephone -> itself */
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
	bool is_key_asked;		    /* the recording key is old, another one was asked for */
	int64_t live_due_ms, all_due_ms;
	int n_live;
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
/* call/keys.c: how keys come and go, after the peer's media was agreed; keys by signalling; keys heard, and
 * those the engine wants sent by signalling. */
void keys_agreed(struct leg *leg);
void keys_on_sip(struct leg *leg, const struct sip_event *e);
void keys_on_media(struct leg *leg, const struct media_event *e);
/* The agent's device vanished in mid-call: the caller goes to the head of the queue again. */
void call_agent_lost(struct interaction *ix);
/* A leg of an agent that can carry no call (any more), ringing or in the call. */
void call_leg_lost(struct leg *leg);
void call_set_chosen(struct interaction *ix, const char *node, const char *label, const char *digits);
/* A transfer, or an agent lost, puts the caller into `queue`; waiting_since_ms is the place kept. */
void call_enqueue_again(struct interaction *ix, uint64_t queue, int64_t waiting_since_ms);

/* call_leg.c */
struct leg *call_leg_new(struct interaction *ix, enum leg_role role, enum leg_kind kind, uint64_t id);
void call_leg_open(struct leg *leg);
void call_leg_hang_up(struct leg *leg, int code, const char *reason);
void call_leg_gone(struct leg *leg); /* forgets it once neither sip nor media know it */
void call_leg_send_media(struct leg *leg, struct media_command *cmd);
void call_leg_send_sip(struct leg *leg, struct sip_command *cmd);
/* As call_leg_send_sip, but a room too far behind is the caller's business: false, nothing taken. */
bool call_leg_try_sip(struct leg *leg, struct sip_command *cmd);
void call_leg_on_media(struct center *c, const struct media_event *e);

/* detect.c: who or what answered (docs/detection.md). The verdict is in the log (call.detected) and goes to
 * on_detected of the leg's party: once, then again for each beep of a machine. limit_ms: by then it is said;
 * 0: 5 s. is_tones_only: busy, number gone and fax, whoever speaks. */
void call_detect(struct leg *leg, int32_t limit_ms, bool is_tones_only);
void detect_on_media(struct leg *leg, const struct media_event *e);
/* quality.c */
extern const int quality_mos_x100[CENTER_MOS_BUCKETS]; /* upper bounds of the histogram */
void quality_begin(struct leg *leg);		       /* its media is up */
void quality_told(struct leg *leg, const struct media_stats *stats);
void quality_ended(struct leg *leg, const struct media_stats *stats);
/* What the customer's line sounds like now (MOS), or null. */
json_t *quality_mos_json(const struct interaction *ix);

/* leg_sdp.c */
/* Whether the peer named a voice we carry. */
bool call_can_talk(const struct sdp *remote);
/* Whether an incoming call is as encrypted as its trunk, or its user's telephone, must be. */
bool call_is_secret_enough(struct center *c, const struct sip_event *e);
/* What was agreed with the peer; SDP_CODEC_NONE before. */
enum sdp_codec call_leg_codec(const struct leg *leg);
/* Our side of the SDP from what the media engine opened: what we offer, or what answers leg->remote. */
void call_leg_local_sdp(struct leg *leg, const struct media_event *opened);
/* Tells the media engine what leg->remote says. */
void call_leg_set_remote(struct leg *leg);

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

/* agent.c */
struct agent *agent_get(struct center *c, uint64_t user);
/* The same for a person who takes no contacts but has a call: offline, and forgotten after it. */
struct agent *agent_make(struct center *c, uint64_t user);
/* Whether the configuration (still) has this person take contacts. */
bool agent_is_employed(const struct agent *a);
/* Something rings, is open or wraps up here: a break, and leaving for good, wait for its end. */
bool agent_is_busy(const struct agent *a);
/* Forgets those who are none any more and have nothing left to finish. */
void agents_reap(struct center *c);
void agent_free(struct agent *a);
/* How many pages a person has open, agent or not. */
int client_pages(const struct center *c, uint64_t user);
void agent_set_presence(struct agent *a, enum presence p, uint64_t break_reason);
void agent_refresh(struct agent *a); /* state, availability, pushes after anything changed */
/* Sets a browser agent without any open page offline when none opens within the grace period. */
void agent_wait_for_client(struct agent *a);
bool agent_is_reachable(const struct agent *a);
json_t *agent_json(const struct agent *a);
void agent_push(struct agent *a);
/* Remembers the call's facts for the wrap-up that route/ may start next. */
void wrap_up_prepare(struct agent *a, struct interaction *ix, uint64_t segment, uint64_t queue);
void wrap_up_begin(struct agent *a, uint64_t segment, uint64_t queue, int64_t due_ms);
void wrap_up_over(struct agent *a, const char *reason);
json_t *wrap_up_json(const struct agent *a);
/* What was prepared is not wanted: routing knows no wrap-up here. */
void wrap_up_forget(struct agent *a);

/* record.c */
/* The conversation begins: recorded when the queue's rule, or that of its direction, says so. */
void record_begin(struct interaction *ix);
/* Whatever the rule says. False: it could not be begun (said in the log), or runs already. */
bool record_start(struct interaction *ix);
void record_voicemail(struct interaction *ix, const struct flow_action *a);
void record_stop(struct interaction *ix);
void record_on_media(struct center *c, const struct media_event *e);
/* The disk does not take recordings, or does again. */
void record_on_alarm(struct center *c, const struct media_event *e);

/* record_ask.c: what agents, flows and other systems may do with a recording */
enum record_rule record_rule(const struct interaction *ix);
/* act: start, stop, pause or resume; agent: whose wish it is (0: nobody of the house); by: "agent", "flow",
 * "api" or "digits" (static). NULL, or the error's code for the reply. */
const char *record_act(struct interaction *ix, const char *act, uint64_t agent, const char *by);
/* It has begun: the notice, and the beeps. */
void record_tell(struct interaction *ix);
/* It is over: what was to happen to it is off. */
void record_forget(struct interaction *ix);
void record_wished(struct center *c, const struct record_wish *w);
json_t *record_json(const struct interaction *ix); /* as CALL says it */
/* dial_people.c */
void dial_wished(struct center *c, const struct dial_ask *w);

/* voicemail.c: a message was left; EVENT_VOICEMAIL_LEFT and where it goes */
void voicemail_left(struct interaction *ix, uint64_t recording, int64_t duration_ms);
/* Where it goes alone: EVENT_VOICEMAIL_DELIVERED, once, also when its contact was opened before a crash. */
void voicemail_deliver(struct center *c, const struct voicemail *v);

/* request.c, live.c, recover.c */
void request_handle(struct center *c, struct center_input *in);
/* The reply to a request: done, or refused with a code of docs/protocol.md. A new reference. */
json_t *request_reply(const json_t *request, const char *code);
/* client.c */
void client_opened(struct center *c, struct center_input *in);
void alarms_changed(struct center *c, json_t *alarms); /* borrowed */
void client_closed(struct center *c, uint64_t client);
void push_client(struct center *c, uint64_t client, json_t *body); /* takes ownership */
void push_user(struct center *c, uint64_t user, json_t *body);
void live_queue_changed(struct center *c, uint64_t queue);
/* The view of a queue of the configuration, made when absent; NULL when there is no such queue, or no memory.
 */
struct queue_view *live_queue_view(struct center *c, uint64_t queue);
/* One row of waits, and all of a queue (at most LIVE_WAITS_MAX). */
json_t *live_waits_json(struct center *c, uint64_t queue);
/* The agent may be reached now, or not any more: the live view counts those of each queue. */
void live_count_reachable(struct agent *a);
/* Counts everybody anew after the configuration changed. */
void live_recount_reachable(struct center *c);
void live_agent_changed(struct agent *a);
/* Keeps each queue's list of waits: entered, and left (answered, given up, taken out; twice is fine). */
void live_wait_begins(struct interaction *ix);
void live_wait_ends(struct interaction *ix);
/* Forgets views of queues and trunks that the configuration no longer has. */
void live_reap(struct center *c);
/* A trunk's number of live calls grew or shrank. */
void live_trunk_calls(struct center *c, uint64_t trunk, int change);
void live_trunk(struct center *c, const struct sip_event *e);
void live_flush(struct center *c);
json_t *live_full(struct center *c);
json_t *figures_json(struct center *c, int64_t from_ms, int64_t to_ms);
int recover(struct center *c);
/* Once the configuration is in force: messages a crash cut off go to whom they were left for. */
void recover_voicemails(struct center *c);
void recover_voicemails_free(struct center *c);
