/* One leg of a call: what the signalling and the media rooms know of it, what its media carries and how good
 * it is.
 *
 * Invariants: a leg lives while has_sip or has_media; a room too far behind is asked again until it takes
 * what is owed.
 *
 * Centre thread only. */
#pragma once
#include "center/center.h"
#include "loop/timers.h"

/* LEG_FORK: to a recorder of others; see fork.h. */
enum leg_role { LEG_CUSTOMER = 1, LEG_AGENT, LEG_OUTSIDE, LEG_SUPERVISOR, LEG_FORK };
struct dial_way;
struct fork;
struct interaction;
struct party;
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
	struct dial_way *way;	  /* over trunks: see dial_trunk.h; owned, or NULL */
	uint64_t trunk;		  /* the last it went over, or came in by; 0: none */
	bool is_on_trunk;	  /* counted among the trunk's channels */
	int64_t came_in_mono;
	char *offer_sdp; /* browser: what we offered; owned */
	/* what a room too far behind did not take; said again until it does */
	struct timer retry_timer;
	bool owes_answer, owes_hang_up, owes_close;
	int hang_up_code;
};

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
/* What an incoming call lacks of the encryption its trunk, or its user's telephone, must have:
 * "tls_required", "srtp_required", or NULL. */
const char *call_secrecy_missing(struct center *c, const struct sip_event *e);
/* What was agreed with the peer; SDP_CODEC_NONE before. */
enum sdp_codec call_leg_codec(const struct leg *leg);
/* Our side of the SDP from what the media engine opened: what we offer, or what answers leg->remote. */
void call_leg_local_sdp(struct leg *leg, const struct media_event *opened);
/* The offer of a call that another trunk refused: encrypted as leg->call's trunk wants it. */
void call_leg_offer_again(struct leg *leg, uint64_t failed_trunk);
/* Tells the media engine what leg->remote says. */
void call_leg_set_remote(struct leg *leg);

/* call/keys.c: how keys come and go, after the peer's media was agreed; keys by signalling; keys heard, and
 * those the engine wants sent by signalling. */
void keys_agreed(struct leg *leg);
void keys_on_sip(struct leg *leg, const struct sip_event *e);
void keys_on_media(struct leg *leg, const struct media_event *e);
