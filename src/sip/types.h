/* The plain data of the SIP room: what goes in (commands, configuration) and what comes out (events). Split
 * from sip.h so that the room's own files can have it beside libre's headers, which declare another struct
 * sip and sip_send. */
#pragma once
#include "media/sdp/sdp.h"
#include "sip/flood.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct media;

#define SIP_URI_MAX 256
#define SIP_NUMBER_MAX 64
#define SIP_NAME_MAX 128
#define SIP_TRUNKS_MAX 256
#define SIP_ADDRESSES_MAX 16
#define SIP_UUI_MAX 264 /* 128 octets in hex, and the encoding's name */

enum sip_transport { SIP_UDP, SIP_TCP, SIP_TLS };

struct sip_listen {
	char address[64]; /* literal; "0.0.0.0", "::" */
	uint16_t port;
	enum sip_transport transport;
};

struct sip_config { /* fixed for the life of the thread */
	struct sip_listen listen[8];
	int n_listen;
	char advertised_address[64];	/* Contact, Via: "" = what the kernel says */
	char advertised_address_v6[64]; /* the same to peers who speak IPv6 */
	char certificate_path[256];	/* TLS: chain + key (PEM) */
	char realm[64];			/* registrar's digest realm */
	char user_agent[64];
	char dns_servers[4][64]; /* address or address:port; none: the system's resolvers */
	int dscp;		 /* of what we send (RFC 4594: 24, CS3); 0: none */
	int legs_max;		 /* beyond it: 503 with Retry-After, counted */
	/* Session timers (RFC 4028): what we ask for, and the least we take. 0: 1800, 90 */
	int session_expires_s, session_min_s;
	char client_ca_path[256]; /* authorities (PEM) whose client certificates TLS peers are asked for; "":
				     not */
	int needs_phone_certificate;  /* telephones register and call over TLS with such a certificate only; 0
					 or 1 */
	int qualify_interval_s;	      /* OPTIONS to each registered contact so often; 0: never */
	char registrations_path[256]; /* file that keeps contacts over a restart; "": none */
	struct media *media;	      /* keeps what dialogs are made again from; NULL: nothing is kept */
	/* There are dialogs to be made again: what comes for unknown ones is not answered before
	   SIP_RESTORED, or some seconds */
	bool is_restoring;
};

/* Trunks and phone accounts: replaced as a whole; live legs and registrations that still make sense stay. */
struct sip_trunk {
	uint64_t id;
	char name[SIP_NAME_MAX];
	enum sip_transport transport;
	bool is_accepted_by_address, is_accepted_by_digest, is_registered_outwards;
	char addresses[SIP_ADDRESSES_MAX][64]; /* "192.0.2.7", "192.0.2.0/24", "192.0.2.7:5062" */
	int n_addresses;
	char proxy[SIP_URI_MAX]; /* where calls and REGISTER go: "sip:host:port"; "" = inbound only */
	char login[64], password[128];
	char caller_id[SIP_NUMBER_MAX]; /* default From for outbound */
	int calls_max;			/* 0: no limit; beyond it 503 + counted */
	int calls_per_second;		/* begun, both ways; 0: no limit */
	int register_expires_s;		/* what we ask for; 0: the usual */
	int register_retry_s;		/* RFC 5626 section 4.5's base-time; 0: the usual */
	int first_answer_ms;	/* nothing heard of a call of ours by then: unreachable; 0: the usual */
	int qualify_interval_s; /* 0: never */
	bool is_enabled;
	bool is_identity_ignored; /* its P-Asserted-Identity (RFC 3325) is not believed */
};
struct sip_account { /* a phone that may register */
	uint64_t user;
	char login[64];
	bool needs_tls;	     /* registers and calls over TLS only */
	char ha1_md5[33];    /* MD5(login:realm:password), lower-case hex */
	char ha1_sha256[65]; /* the same by SHA-256; "": the password was stored before there was one */
};
/* What strangers may do, and who never counts as one; see guard.h. Nothing set: no limits, no bans. */
#define SIP_ALLOWED_MAX 64
struct sip_defence {
	struct flood_limits flood;
	int failures_max; /* wrong passwords of a source within an hour before it is banned; 0: never */
	int ban_s;	  /* at once; whoever hears SIP_BANNED may make it longer */
	char allowed[SIP_ALLOWED_MAX][64]; /* addresses and networks, as of trunks */
	int n_allowed;
};
struct sip_directory {
	struct sip_trunk *trunks;
	int n_trunks;
	struct sip_account *accounts;
	int n_accounts;
	/* of the tenant, over all its trunks; 0: no limit */
	int calls_max, calls_per_second;
	struct sip_defence defence;
};

/* What makes an outgoing call a recording session (RFC 7866): a second audio line, labels for both, and the
 * metadata beside the SDP. Plain data on the heap; made by siprec_new, released by siprec_free or passed on
 * with SIP_CALL and SIP_REINVITE. */
#define SIPREC_METADATA_MAX 16384
#define SIPREC_STREAMS 2
struct siprec {
	struct sdp second; /* ours; the command's sdp is the first */
	char labels[SIPREC_STREAMS][16];
	char metadata[SIPREC_METADATA_MAX]; /* application/rs-metadata+xml */
};

enum sip_command_kind {
	SIP_CALL = 1,	/* new outgoing leg */
	SIP_RING,	/* 180 without SDP */
	SIP_PROGRESS,	/* 183 with SDP (early media) */
	SIP_ANSWER,	/* 200 with SDP */
	SIP_REJECT,	/* code, reason text */
	SIP_HANG_UP,	/* CANCEL, BYE or a final answer, whichever fits the leg's state; reason header (RFC
			   3326) */
	SIP_REINVITE,	/* new local SDP (hold, resume, new address) */
	SIP_DTMF_INFO,	/* application/dtmf-relay for peers without RFC 4733 */
	SIP_CONFIGURE,	/* new directory; ownership passes */
	SIP_KICK,	/* user: forget the registrations of user */
	SIP_MESSAGES,	/* what the lamps of a user's telephones show (RFC 3842) */
	SIP_TRUNK_TEST, /* OPTIONS over trunk, whatever state it is in; leg: told again with the outcome */
	SIP_BAN,	/* ban: not heard any more for so long; or heard again */
	SIP_REFER,	/* asks the peer to call refer.uri instead (RFC 3515) -> SIP_TRANSFERRED */
	SIP_REFERRED_DONE, /* code, reason: how the REFER of the peer ended */
	SIP_RESTORE,	   /* the dialog of a leg that outlived the process: restore */
	SIP_RESTORED,	   /* all of them were said: requests of unknown dialogs get 481 from now on */
	SIP_LOCAL, /* sdp answers the peer's re-INVITEs from now on (ready for T.38, or not any more) */
};

enum sip_target_kind { SIP_TO_URI, SIP_TO_USER, SIP_TO_TRUNK };

struct sip_command {
	enum sip_command_kind kind;
	uint64_t leg, interaction; /* interaction: for logs */
	int code;
	char reason[64];
	struct sdp sdp;	       /* CALL, PROGRESS, ANSWER, REINVITE: ours, addresses and formats filled in */
	struct siprec *siprec; /* CALL, REINVITE: of a recording session, or NULL; ownership passes */
	union {
		struct {
			enum sip_target_kind to;
			char uri[SIP_URI_MAX]; /* SIP_TO_URI; SIP_TO_TRUNK: the number to dial */
			uint64_t user;	/* SIP_TO_USER: all current registrations ring (forked by us, first
					   answer wins) */
			uint64_t trunk; /* SIP_TO_TRUNK */
			char from_number[SIP_NUMBER_MAX], from_name[SIP_NAME_MAX];
			int timeout_s;	     /* no final answer by then: SIP_ENDED with code 408 */
			bool is_auto_answer; /* Alert-Info / Call-Info answer-after=0 */
			bool is_withheld; /* the called side shall not see from_number: From is anonymous, the
					     number goes as P-Asserted-Identity with Privacy: id (RFC 3323,
					     3325)
					   */
			char number[SIP_NUMBER_MAX];   /* SIP_TO_TRUNK: the number before the trunk's rules;
							  the owner's, sip/ does not look at it */
			char asserted[SIP_NUMBER_MAX]; /* P-Asserted-Identity (RFC 3325); "": none but for
							  is_withheld */
			bool is_emergency;	       /* no limit holds it back */
			char diverted_from[SIP_NUMBER_MAX]; /* a forwarded call: whom it was for (RFC 5806) */
			char uui[SIP_UUI_MAX];		    /* User-to-User (RFC 7433), as it came */
		} call;
		struct {
			char digit;
			uint16_t duration_ms;
		} dtmf;
		struct {
			char uri[SIP_URI_MAX];
			char by[SIP_NUMBER_MAX]; /* Referred-By (RFC 3892): a number of ours */
		} refer;
		struct sip_directory *directory;
		struct { /* SIP_RESTORE: the note media_keep kept; by alloc, ownership passes */
			void *note;
			size_t n;
		} restore;
		uint64_t user;
		uint64_t trunk; /* SIP_TRUNK_TEST */
		struct {
			char address[64]; /* as of a trunk, without a port */
			int seconds;	  /* 0: the ban is lifted */
		} ban;
		struct {
			uint64_t user;
			int unheard, heard;
		} messages;
	};
};

enum sip_event_kind {
	SIP_INCOMING = 1, /* a call on a trunk, or from a registered phone (trunk 0, user set) */
	SIP_RINGING,	  /* outgoing leg: 180/183; has_sdp when early media came */
	SIP_ANSWERED,	  /* 200 with the peer's SDP (outgoing), or ACK received for ours (incoming) */
	/* REINVITED: with from_number when another peer took the place of the leg's (RFC 3891) */
	SIP_REINVITED, /* the media changed, apply sdp: the peer's re-INVITE (already answered in kind) or its
			  answer to ours */
	SIP_DTMF,      /* by INFO: digit */
	SIP_DTMF_REFUSED, /* a key of ours by INFO was not taken: digit, duration_ms, code */
	SIP_ENDED,	  /* code (SIP, or 0 for a plain BYE), reason, is_remote: the peer did it */
	SIP_REFERRED, /* the peer asks for a transfer (RFC 3515): to uri; or, with other, to whom it speaks in
			 that leg (RFC 3891). Already answered 202; text: Referred-By (RFC 3892). Its outcome
			 is owed: SIP_REFERRED_DONE, or the leg's end */
	SIP_TRANSFERRED, /* how our REFER goes: code (below 200: not over yet), text */
	SIP_REFUSED, /* attempts that never became a leg: why, code, from, to, source, trunk or 0. count says
			how many this stands for: malformed messages are summed up, at most one event a second
		      */
	SIP_REGISTRATION, /* the telephones of user: count that calls can be sent to, contacts registered,
			     uri, source, rtt_ms and text (User-Agent) of the newest, reason: registered,
			     unregistered, expired, removed, connection_closed, no_answer, answers,
			     answers_again, restored */
	SIP_TRUNK_STATE,  /* trunk, is_up (qualify / registration), registration, reason: told when either
			     changes, or why */
	SIP_BANNED,	  /* source (an address without a port) is not heard any more: reason, count: of
			     wrong passwords */
	SIP_TRUNK_TESTED, /* trunk, leg as asked; code 0: nothing came; count: milliseconds; reason: in words
			   */
};

enum sip_refusal {
	SIP_REFUSED_STRANGER = 1, /* no trunk, no account: 403 */
	SIP_REFUSED_AUTH,	  /* wrong digest: 403 after the challenge */
	SIP_REFUSED_TRUNK_LIMIT,  /* 503 */
	SIP_REFUSED_LIMIT,	  /* legs_max: 503 */
	SIP_REFUSED_MEDIA,	  /* 488: no codec in common */
	SIP_REFUSED_SDP,	  /* 488 / 415: no session description, or one nothing can be done with */
	SIP_REFUSED_MALFORMED,	  /* 400, or dropped when it cannot be answered */
	SIP_REFUSED_RATE,	  /* the trunk's calls per second: 503 */
	SIP_REFUSED_TENANT_LIMIT, /* calls, or calls per second, of all trunks together: 503 */
	SIP_REFUSED_BANNED,	  /* dropped: its source is banned; summed up */
	SIP_REFUSED_FLOOD,	  /* dropped: too many of its source, or of a scanner; summed up */
};

enum sip_registration {		 /* ours at a trunk */
	SIP_REGISTRATION_NONE,	 /* not asked for */
	SIP_REGISTRATION_TRYING, /* no answer yet */
	SIP_REGISTRATION_UP,
	SIP_REGISTRATION_FAILED, /* it is tried again */
};

/* What an INVITE says beside who calls whom (docs/sip.md): cleaned, cut to fit, "" when it says nothing. */
#define SIP_ATTRIBUTES_MAX 8
#define SIP_ATTRIBUTE_NAME_MAX 32
struct sip_attribute {
	char name[SIP_ATTRIBUTE_NAME_MAX], value[96]; /* of X- headers: "x_customer_id" */
};
struct sip_headers {
	char diverted_from[SIP_NUMBER_MAX]; /* the number first called: Diversion (RFC 5806), History-Info
					       (RFC 7044) */
	char diversion_reason[24];	    /* "user-busy" */
	char uui[SIP_UUI_MAX];		    /* User-to-User (RFC 7433), as it came */
	char reason[64];		    /* RFC 3326 */
	char referred_by[64];		    /* RFC 3892 */
	bool is_private;		    /* Privacy (RFC 3323, 3325): the caller wishes not to be known */
	struct sip_attribute attributes[SIP_ATTRIBUTES_MAX];
	int n_attributes;
};

struct sip_event {
	enum sip_event_kind kind;
	uint64_t leg, trunk, user;
	uint64_t other; /* REFERRED: the leg whose other side is meant; 0: uri is */
	int code;
	bool is_remote, has_sdp, is_up;
	enum sip_registration registration;
	bool is_tls;		  /* INCOMING: it came over TLS */
	bool takes_keys;	  /* INCOMING, ANSWERED (outgoing): the peer says it takes keys by INFO */
	enum sip_refusal refusal; /* REFUSED; ENDED: a limit of ours held the call back, or 0 */
	char digit;
	uint16_t duration_ms;
	int count;	 /* REGISTRATION: reachable contacts; REFUSED: attempts */
	int contacts;	 /* REGISTRATION: registered, reachable or not */
	int rtt_ms;	 /* REGISTRATION: of the last OPTIONS, rounded up; 0: none was answered yet */
	char reason[96]; /* ENDED: one of the stable causes "busy" "no_answer" "declined" "unreachable"
			    "cancelled" "normal" "error"; TRUNK_STATE and REFUSED: why, in words */
	char text[64];	 /* ENDED: the peer's Reason header or reason phrase, or "" */
	char from_number[SIP_NUMBER_MAX], from_name[SIP_NAME_MAX], to_number[SIP_NUMBER_MAX];
	char uri[SIP_URI_MAX]; /* REFERRED: target; REGISTRATION: contact */
	char source[64];       /* "address:port" the request came from */
	char call_id[128];
	struct sip_headers headers; /* INCOMING */
	struct sdp sdp;
	struct { /* the second audio line of a recording session; port 0: refused */
		char address[64];
		uint16_t port;
		struct sdp_format format;
		enum sdp_direction direction;
	} second;
};

/* Called on the SIP thread: only post to a mailbox. A false return (mailbox full) makes the room refuse new
 * calls with 503 and end the leg concerned. */
typedef bool sip_event_handler(const struct sip_event *event, void *arg);

/* A directory with room for so many; released by sip_directory_free or passed on with SIP_CONFIGURE. */
struct sip_directory *sip_directory_new(int n_trunks, int n_accounts);
void sip_directory_free(struct sip_directory *d);
/* NULL when memory is out. */
struct siprec *siprec_new(void);
void siprec_free(struct siprec *siprec);
