/* A call as the centre holds it: its parties, its stay in a queue, and what is under way for
 * it. Plain data, shared by the files of this room.
 *
 * Centre thread only. */
#pragma once
#include "base/vec.h"
#include "center/call/hearing.h"
#include "center/call/leg.h"
#include "center/config/snapshot.h"
#include "center/record/record.h"

#define CENTER_CHOSEN_MAX 8
#define CENTER_PLAY_PARTS_MAX (MEDIA_PLAYLIST_MAX)

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
	struct leg *leg;	       /* NULL: it is gone, or being replaced */
	struct leg *other_line;	       /* of its telephone, on hold there; see lines.h */
	bool is_on_second, is_awaited; /* awaited: the customer hears music until its telephone resumes */
	struct leg *next_leg;	       /* the call is being pulled to this one; see pull.h */
	enum leg_kind device;	       /* of its legs, also while it has none */
	uint64_t user;		       /* 0: nobody of ours */
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
	int64_t aside_since, aside_ms; /* the lead speaks aside with whom they asked; so far */
	int consults, conferences;
	const char *transfer; /* how it ends when it ends by one; static */
	int priority, holds;
	bool is_in_route, is_answered, is_near_target;
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
	struct sip_headers *headers; /* what its INVITE said beside; NULL: nothing. See call_headers.h */
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
	char *entry; /* what routing was told of the segment (work/entry.h), where calls outlive us; owned */
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
