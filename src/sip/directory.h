/* The trunks and accounts in force, found by hash: by id, by source address, by login, by user. Replaced as a
 * whole by SIP_CONFIGURE; what still makes sense is carried over (live calls' counts, states, registrations).
 */
#pragma once
#include "sip/limit.h"
#include "sip/contact.h"
#include "sip/room.h"

struct trunk {
	struct sip_trunk config;
	struct room *room;
	int n_calls;
	struct limit_rate rate;
	bool is_up, has_state;
	char why[96]; /* as told last */
	int n_missed;
	/* qualify */
	bool has_probed, is_answering;
	struct tmr tmr_qualify, tmr_silent;
	struct sip_request *probe;
	/* registration outwards */
	struct sipreg *registration;
	enum sip_registration state;
	int n_register_failed;	/* in a row */
	int register_expires_s; /* 423 raised it; 0: as configured */
	enum sip_registration state_told;
	uint64_t register_wait_ms;
	struct tmr tmr_register;
};

struct account { /* its contacts: contact.h */
	struct sip_account config;
	struct room *room;
	struct account *next_of_user; /* several logins may belong to one user */
	struct binding *bindings[BINDINGS_MAX];
	int n_bindings;
	struct tmr tmr_expiry;
	struct digest_counts counts; /* of the nonces its phones use */
};

struct directory {
	struct map trunks;	    /* id -> struct trunk */
	struct strmap trunk_logins; /* of trunks accepted by digest */
	struct match addresses;	    /* of trunks accepted by address */
	struct map users;	    /* user -> first struct account */
	struct strmap logins;	    /* login -> struct account */
	/* of the tenant */
	int calls_max, calls_per_second, n_calls;
	struct limit_rate rate;
	bool has_sha256; /* every account's password is kept for SHA-256, too */
};

/* Takes config over and puts it in force. 0, or -ENOMEM (the old one stays; config is freed all the same). */
int sip_directory_configure(struct room *room, struct sip_directory *config);
/* Withdraws registrations and forgets every trunk and account; room.directory stays, empty. */
void sip_directory_clear(struct room *room);
struct trunk *sip_directory_trunk(const struct room *room, uint64_t id);
/* The enabled trunk accepted by the address, or NULL. */
struct trunk *sip_directory_trunk_at(const struct room *room, const struct sa *source);
/* An account of user, or NULL; others follow at next_of_user. */
struct account *sip_directory_user(const struct room *room, uint64_t user);
/* Whether one more call of the trunk may begin now: 0, or which limit forbids it; ret_text: in words, static.
 */
enum sip_refusal sip_directory_limit(struct room *room, struct trunk *trunk, const char **ret_text);
/* A call of the trunk begins, and counts until sip_directory_call_ended. */
void sip_directory_call_begins(struct room *room, struct trunk *trunk);
/* A call of the trunk (0: none) is over. */
void sip_directory_call_ended(struct room *room, uint64_t trunk);

/* trunk.c */

/* Starts what config asks for: qualify and registration. Stops what ran before. */
void sip_trunk_start(struct trunk *trunk);
void sip_trunk_stop(struct trunk *trunk);
/* One of the two things a trunk knows of its other side has changed, or why: told when there is news. */
void sip_trunk_tell(struct trunk *trunk, const char *why);
/* OPTIONS now, apart from the regular ones; the outcome is told as SIP_TRUNK_TESTED with ref. */
void sip_trunk_test(struct room *room, uint64_t trunk, uint64_t ref);

/* Ends those under way. */
void sip_trunk_tests_end(struct room *room);

/* outward.c: our registration at a trunk (RFC 3261 section 10, RFC 5626 section 4.5) */

void outward_start(struct trunk *trunk);
/* Withdraws it. */
void outward_stop(struct trunk *trunk);
/* "sip:number@proxy;transport=x": 0 or -EINVAL (no proxy, or it is no SIP URI). */
int sip_trunk_uri(const struct trunk *trunk, const char *number, char *ret_uri, size_t size);
