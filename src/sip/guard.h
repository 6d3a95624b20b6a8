/* Who is heard on this thread, before anything else is thought about them: bans, floods, scanners; and who
 * earns a ban.
 *
 * Only what cannot be forged leads to a ban: a wrong digest over a nonce that was sent to that very address.
 * A UDP packet's source can be anybody's, so packets alone are dropped while they are too many, and
 * forgotten.
 *
 * Never banned, and given more room before packets are dropped: addresses of trunks, and those the settings
 * allow. Addresses from where somebody signed in lately get the same room, but may be banned. */
#pragma once
#include "sip/bans.h"
#include "sip/flood.h"
#include "sip/lib.h"
#include "sip/match.h"
#include "sip/types.h"

struct room;
struct guard {
	struct flood *flood;
	struct bans *bans;
	struct match allowed;
	struct sip_defence defence;
	int n_dropped[2]; /* told and forgotten, soon at first, then once a minute: for a ban, for a flood */
	int64_t quiet_until_ms;
	char last_dropped[2][64];
	struct tmr tmr_tell;
};
#define GUARD_TELL_MS 1000
#define GUARD_TELL_AGAIN_MS 60000

/* 0 or -ENOMEM. */
int guard_start(struct room *room);
void guard_stop(struct room *room);
/* New limits and a new list of allowed addresses. */
void guard_configure(struct room *room, const struct sip_defence *defence);
/* A packet, before it is parsed; a connection that is about to be opened. False: drop it, say nothing. */
bool guard_is_packet_wanted(struct room *room, const struct sa *source);
/* A request of any transport. False: drop it. */
bool guard_is_request_wanted(struct room *room, const struct sip_msg *msg);
/* A wrong digest over a nonce of ours from this source (see above), even if it was not looked at any more. */
void guard_login_failed(struct room *room, const struct sa *source);
/* SIP_BAN. */
void guard_ban(struct room *room, const struct sip_command *command);
