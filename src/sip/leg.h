/* A leg: one call as its owner sees it. Outgoing legs may have several branches (one per registration of a
 * phone), each with its own dialog; an incoming one has one. Invariants: a live leg is in room.legs, a dying
 * one (state LEG_OVER) is not and only waits for its last transactions; SIP_ENDED is told exactly once, at
 * the change to LEG_OVER or as soon after as the owner takes it; every state has a timer that ends it; a leg
 * is freed by its own timer only, never under a caller's feet. */
#pragma once
#include "sip/room.h"
#include "sip/session/keep.h"
#include "sip/session/early.h"
#include "sip/session/prack.h"
#include "sip/session/refer.h"
#include "sip/session/timer.h"

#define BRANCHES_MAX 10
#define REDIRECTS_MAX 3
#define T64_MS 32000		   /* 64*T1: how long the protocol waits for an ACK or an answer */
#define SILENT_MS 8000		   /* no answer of any kind to an INVITE: the peer is taken for dead */
#define OFFERED_MAX_MS 600000	   /* an incoming call nobody answers */
#define PROVISIONAL_EVERY_MS 60000 /* RFC 3261 13.3.1.1: repeat 18x so that proxies do not give up */
#define PING_EVERY_MS 300000	   /* OPTIONS inside a dialog: finds peers that vanished without BYE */
#define REFER_MAX_MS 60000	   /* how long a transferor is kept waiting for the outcome */
#define MODIFY_TRIES_MAX 5
#define INFO_KEYS_MAX 64

enum leg_state {
	LEG_CALLING,  /* outgoing, no final answer yet */
	LEG_OFFERED,  /* incoming, not answered yet */
	LEG_ACCEPTED, /* incoming, 200 sent, ACK awaited */
	LEG_UP,
	LEG_OVER,
};

struct leg_targets;
struct trunk;
struct branch {	      /* one dialog, or one on its way */
	struct le he; /* room.dialogs */
	struct leg *leg;
	struct sip_dialog *dlg;
	struct sip_request *invite;
	struct sip_request *bye;
	struct sip_auth *auth;
	struct sip_loopstate loops;
	int redirects;
	struct sa contact_source; /* of the registration this branch rings; not set for others */
	bool is_v6;		  /* the peer is reached over IPv6 */
	bool is_phone;		  /* behind NAT perhaps: in-dialog requests go where its answers come from */
	bool is_heard;		  /* any response at all */
	bool is_finished;	  /* final answer, or failed */
	bool has_said_bye;
	bool is_unconfirmed;	 /* took the place of another (RFC 3891), and its ACK has not come */
	struct sip_dialog *half; /* as the INVITE left, once a 2xx has come */
	struct early early[EARLY_MAX];
	int n_early;
	uint32_t half_cseq;
	uint32_t invite_cseq; /* of the last INVITE of ours that was answered 2xx */
	/* what it takes to make the dialog again; see session/keep.h */
	char *origin;
	char target[SIP_URI_MAX + 64];
	uint64_t own_tag;
	uint32_t peer_cseq;
};

struct leg {
	struct le le; /* room.all_legs */
	struct room *room;
	uint64_t id, interaction, trunk, user;
	enum leg_state state;
	bool is_outgoing;
	struct branch *branches[BRANCHES_MAX];
	int n_branches;
	struct branch *dialog; /* the one that counts; NULL while calling */

	/* outgoing */
	char *offer;	       /* our SDP as text */
	char *offer_v6;	       /* the same for branches over IPv6; NULL: no difference */
	char headers[1280];    /* more INVITE headers */
	struct siprec *siprec; /* a recording session; owned, or NULL */
	bool has_rung;
	enum sip_refusal limited;    /* a limit of ours held it back */
	struct leg_targets *targets; /* of a trunk's name; see srv_leg.c; owned, or NULL */
	int silent_ms;		     /* so long the peer may say nothing */
	int best_code;
	char best_text[64];

	/* incoming */
	struct sip_strans *st;	 /* the INVITE while unanswered */
	struct sip_msg *request; /* it */
	int provisional;	 /* 180 or 183: what is repeated */
	bool is_v6;		 /* it came over IPv6 */
	struct reliable reliable;
	bool is_offerless; /* the INVITE had no SDP: the answer comes with the ACK */

	/* a 2xx of ours (INVITE or re-INVITE) until its ACK */
	struct {
		struct mbuf *mb;
		struct sip_msg *msg;
		struct tmr tmr;
		int64_t since_ms;
		uint32_t interval_ms;
		bool is_offer; /* the 2xx carried an offer */
	} unacked;

	/* re-INVITE of ours */
	struct sip_request *modify;
	struct tmr tmr_modify;
	bool is_modify_wanted;
	int modify_tries;
	struct session session;
	struct sip_request *update; /* of ours, on its way */

	struct sip_request *ping;
	struct info_keys {
		struct sip_request *request; /* of the first; libre clears it */
		char digits[INFO_KEYS_MAX];
		uint16_t durations_ms[INFO_KEYS_MAX];
		int n;
	} keys;					 /* waiting to be sent by INFO */
	struct sdp local, remote, remote_second; /* second: of a recording session */
	bool has_local, has_remote;
	bool is_agreed; /* incoming, not answered yet: offer and answer went through all the same (RFC 3262)
			 */
	struct refer refer;

	struct tmr tmr; /* the state's deadline; in LEG_OVER: when to look whether all is done */
	int64_t answer_until_ms, over_until_ms;

	bool is_ended_told;
	int ended_code;
	char ended_cause[16], ended_text[64];
	bool is_ended_remote;
};

/* leg.c */

/* A new live leg. 0, -ENOMEM, or -EEXIST when the id is taken. */
int sip_leg_new(struct leg **ret_leg, struct room *room, uint64_t id, enum leg_state state);
/* One more branch, in no hash yet: 0 or -ENOMEM / -ENOSPC. */
int sip_leg_add_branch(struct leg *leg, struct branch **ret_branch);
/* Makes the branch's dialog findable by Call-ID. */
void sip_leg_index(struct branch *branch);
/* The branch whose dialog msg belongs to (RFC 3261 section 12), or NULL. */
struct branch *sip_leg_find(struct room *room, const struct sip_msg *msg);
/* An event of this leg, with everything but kind and ids zero. */
void sip_leg_event(const struct leg *leg, enum sip_event_kind kind, struct sip_event *ret_event);
/* Tells it; when the owner's mailbox is full the call is given up (SIP_HANG_UP 503) and false returned. */
bool sip_leg_tell(struct leg *leg, const struct sip_event *event);
/* The leg is over: tells SIP_ENDED and leaves it to die. Sends nothing to the peer. cause NULL: from the
 * code. */
void sip_leg_end(struct leg *leg, int code, const char *cause, const char *text, bool is_remote);
/* Ends the leg towards the peer too, whatever fits its state: CANCEL, a final answer, or BYE. */
void sip_leg_hang_up(struct leg *leg, int code, const char *cause, const char *text);
/* Call whenever something a dying leg waits for is done. */
void sip_leg_look(struct leg *leg);
/* The stable cause for a SIP status code. */
const char *sip_leg_cause(int code);
/* Frees every leg at once; the stack is closing. */
void sip_leg_free_all(struct room *room);
/* Our SDP for leg as text: an offer, or the answer to remote. 0 or -errno. */
int sip_leg_sdp_text(struct leg *leg, const struct sdp *remote, char *ret_text, size_t size);
/* Reads the SDP body of msg: 0, -ENOENT (no body), or a positive sdp_error / -EPROTONOSUPPORT (another
 * content type). */
int sip_leg_sdp_read(const struct sip_msg *msg, struct sdp *ret_sdp);
/* A phone behind NAT writes an address into Contact that we cannot reach: with is_phone, and no Record-Route,
 * msg's Contact is shown to create() as the address the message came from. Returns what create returned. */
int sip_leg_with_contact(const struct sip_msg *msg, bool is_phone,
	int (*create)(struct branch *, const struct sip_msg *), struct branch *branch);
/* The dialog is established: keep-alive pings start. */
void sip_leg_up(struct leg *leg);

/* connect.c */
void connect_start(struct room *room, const struct sip_command *command);
void connect_cancel(struct leg *leg, const struct branch *except);
/* One more branch to target, by way of route (NULL: straight). 0 or -errno. */
int connect_add(struct leg *leg, const struct sip_command *command, const struct trunk *trunk,
	const char *target, const char *route);
/* The peer has leg->silent_ms from now on to say anything. */
void connect_await(struct leg *leg);
/* The branch is given up: cancelled as soon as that may be; an answer that crosses it gets ACK and BYE. */
void connect_give_up(struct branch *branch);
/* ACK for the branch's INVITE that was answered 2xx with CSeq cseq. */
void connect_ack(struct branch *branch, uint32_t cseq);
/* libre's credentials callback; arg: struct leg. */
int connect_credentials(char **user, char **password, const char *realm, void *arg);
/* Writes Contact into a request that is about to leave; arg: struct branch. */
int connect_on_send(
	enum sip_transp tp, const struct sa *src, const struct sa *dst, struct mbuf *mb, void *arg);

/* accept.c */
void accept_invite(struct room *room, const struct sip_msg *msg);
void accept_ring(struct leg *leg, int code, const struct sip_command *command);
void accept_answer(struct leg *leg, const struct sip_command *command);
/* What waited for a PRACK: the 200, or the next provisional response. */
void accept_go_on(struct leg *leg, bool is_final, bool has_sdp);
void accept_reject(struct leg *leg, int code, const char *reason);
/* A 2xx of ours waits for its ACK from now on. Takes mb over. */
void accept_await_ack(struct leg *leg, struct mbuf *mb, const struct sip_msg *msg, bool is_offer);
void accept_acked(struct leg *leg, const struct sip_msg *msg);
void accept_forget_unacked(struct leg *leg);

/* siprec.c: what a recording session says differently (RFC 7866). All others' legs have no leg->siprec. */

/* The Content-Type of the leg's offers. */
void siprec_content_type(const struct leg *leg, char *ret_type, size_t size);
/* The body of an offer: sdp itself, or sdp and metadata as multipart/mixed (RFC 7866 section 9.1). On the
 * heap, by alloc; NULL when memory is out. */
char *siprec_body(const struct leg *leg, const char *sdp);
/* As sip_leg_sdp_text for two audio lines. */
int siprec_sdp_text(struct leg *leg, const struct sdp *remote, char *ret_text, size_t size);
/* Reads the second audio line of msg's SDP into the leg and the event. */
void siprec_read_second(struct leg *leg, const struct sip_msg *msg, struct sip_event *event);

/* info.c */

/* An INFO of the peer: answered, and keys told. */
void info_received(struct leg *leg, const struct sip_msg *msg);
/* Whether the sender of msg says that it takes keys by INFO (Accept: application/dtmf-relay). */
bool info_takes_keys(const struct sip_msg *msg);
/* Sends a key behind those still on their way; more than INFO_KEYS_MAX are dropped. duration_ms 0: the usual.
 * What the peer refuses is told as SIP_DTMF_REFUSED. */
void info_send_key(struct leg *leg, char digit, int duration_ms);

/* modify.c */
void modify_received(struct leg *leg, const struct sip_msg *msg);
/* Takes siprec over. */
void modify_start(struct leg *leg, const struct sdp *sdp, struct siprec *siprec);
/* Reads the offer in msg into the leg and *event; err: what sip_leg_sdp_read said of it. False: 488 was sent.
 */
bool modify_take_offer(struct leg *leg, const struct sip_msg *msg, int err, struct sip_event *event);
/* A re-INVITE that changes nothing (RFC 4028 section 7.4). */
void modify_refresh(struct leg *leg);
/* Our SDP from now on; nothing is sent. */
void modify_local(struct leg *leg, const struct sdp *sdp);

/* dialog.c */
/* The dialog of a call from us, or of the INVITE msg. Its CSeq begins low: each time it is made again in
 * another process (session/keep.h) it jumps, within 16 bits. 0 or an errno of libre. */
int dialog_new(
	struct branch *branch, const char *target, const char *name, const char *from, const char **routes);
int dialog_accept(struct branch *branch, const struct sip_msg *msg);
void dialog_request(struct branch *branch, const struct sip_msg *msg);
void dialog_bye(struct branch *branch, int code, const char *text);
void dialog_ping(struct leg *leg);
