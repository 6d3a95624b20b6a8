/* The contacts of an account: telephones that registered and where they are reached. Invariants: a binding
 * belongs to one account and lives at one address until it is freed, so that its timers and requests may
 * point at it; account->bindings holds them in the order of their last REGISTER, the newest last; every
 * change of how many can be reached is told as SIP_REGISTRATION, with why. */
#pragma once
#include "sip/room.h"

#define BINDINGS_MAX 10
#define INSTANCE_MAX 80 /* "<urn:uuid:...>" with room */
#define AGENT_MAX 64	/* of what a phone says it is */
#define Q_MAX 1000	/* q=1.0 */

struct account;

struct contact { /* what a REGISTER says about one */
	char uri[SIP_URI_MAX];
	char path[SIP_URI_MAX]; /* RFC 3327; "" = none */
	char call_id[CALL_ID_MAX];
	char instance[INSTANCE_MAX]; /* +sip.instance (RFC 5626), "" = not told */
	char user_agent[AGENT_MAX];
	uint32_t reg_id; /* RFC 5626; 0 = not told */
	int q;		 /* thousandths; Q_MAX when not told */
	struct sa source;
	enum sip_transp tp;
	uint32_t cseq;
	int64_t expires_ms; /* monotonic */
};
struct binding {
	struct contact at;
	struct account *account;
	/* qualify.c */
	bool is_unreachable; /* it did not answer OPTIONS; no call is sent there */
	bool has_answered;   /* OPTIONS, since it registered or the server started */
	int n_missed;
	int64_t rtt_us, asked_ns; /* of the last answer; 0: none yet */
	struct tmr tmr_qualify, tmr_silent;
	struct sip_request *probe;
	struct sip_keepalive *flow; /* tells when the connection it registered over closes */
};

/* contact.c */

/* A new binding for the account, not among its others yet; NULL when memory is out. */
struct binding *contact_new(struct account *account, const struct contact *at);
void contact_free(struct binding *b);
/* Takes binding i out of the account and frees it. Tells nothing. */
void contact_remove(struct account *account, int i);
/* Frees all of the account's; tells nothing. */
void contact_remove_all(struct account *account);
/* Moves the bindings of from to the end of to, as they are. */
void contact_carry(struct account *to, struct account *from);
/* Where a request to the phone goes: the address it registered from, whatever its Contact says (it may be
 * behind NAT); behind a proxy (Path) its Contact. 0 or -EINVAL. */
int contact_target(const struct binding *b, char *ret_uri, size_t size);
/* Whether the phone's Contact names another address than the one its REGISTER came from. */
bool contact_is_behind_nat(const struct binding *b);
/* Tells SIP_REGISTRATION. why: a word of sip/types.h. */
void contact_tell(struct account *account, const char *why);
/* The connection the binding registered over closed: it is forgotten, but not before the caller returned. */
void contact_connection_closed(struct binding *b);
/* The user's phones a call rings at, over all logins: reachable ones, the highest q first, the newest first
 * among equals; of several ways to one device one. How many. */
int contact_to_ring(const struct room *room, uint64_t user, struct binding *ret_bindings[BINDINGS_MAX]);

/* Forgets expired contacts and tells SIP_REGISTRATION when the number changed; sets the next look. */
void registrar_expire(struct account *account);
void registrar_kick(struct room *room, uint64_t user);
/* The contact registered from source cannot be reached (its connection is gone): it is forgotten. */
void registrar_forget(struct room *room, uint64_t user, const struct sa *source);
/* Contacts of the user over all logins that calls can be sent to. */
int registrar_count(const struct room *room, uint64_t user);
/* Whether the account has a live contact that registered from this address (any port). */
bool registrar_is_here(const struct account *account, const struct sa *source);

/* qualify.c */

/* Asks the phone (OPTIONS) from now on, first after wait_ms; again at once when it was unreachable. Does
 * nothing when the room's configuration says never. */
void qualify_start(struct binding *b, uint64_t wait_ms);
/* A while between 0 and max_ms, so that not all are asked in one burst. */
uint64_t qualify_spread(uint64_t max_ms);
void qualify_stop(struct binding *b);

/* registrar.c */

/* REGISTER (RFC 3261 section 10). */
void registrar_received(struct room *room, const struct sip_msg *msg);

/* login.c */
struct trunk;
enum login_result { LOGIN_NONE, LOGIN_STALE, LOGIN_WRONG, LOGIN_BLOCKED, LOGIN_ACCOUNT, LOGIN_TRUNK };
struct login {
	enum login_result result;
	struct account *account;
	struct trunk *trunk;
};
/* Checks the (Proxy-)Authorization of msg against accounts and, with has_trunks, trunks accepted by digest.
 */
struct login registrar_login(struct room *room, const struct sip_msg *msg, bool has_trunks);
/* Answers 401 with a fresh nonce: SHA-256 first, then MD5 (RFC 8760), SHA-256 only where everybody's
 * password is kept for it and the phone is not one that gives up at the sight of it. */
void registrar_challenge(struct room *room, const struct sip_msg *msg, bool is_stale);
