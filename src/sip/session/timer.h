/* Session timers (RFC 4028): a call whose other side vanished without BYE ends by itself, and each side that
 * agreed to it says from time to time that it is still there. SIP thread. */
#pragma once
#include "sip/lib.h"

#include <stdbool.h>
#include <stdint.h>

#define SESSION_EXPIRES_S 1800 /* what we ask for; RFC 4028 section 4 */
#define SESSION_MIN_S 90       /* less is answered 422; section 5 */
#define SESSION_MAX_S 86400
#define SESSION_LINES_MAX 160

struct leg;
struct room;

struct session {
	struct tmr tmr;
	int interval_s;	     /* agreed; 0: no timer */
	int min_s;	     /* the largest Min-SE the peer has told */
	int tries;	     /* refreshes in a row that were not carried out */
	bool is_ours;	     /* we refresh */
	bool takes_update;   /* the peer's Allow names UPDATE */
	bool is_refresh_due; /* the next re-INVITE only refreshes: its SDP is the one before */
};

/* What a message of the peer says of itself (Allow): whether it takes UPDATE. */
void session_learn(struct leg *leg, const struct sip_msg *msg);
/* Whether the request asks for less than our minimum; then it was answered 422 with Min-SE. */
bool session_is_too_short(struct room *room, const struct sip_msg *msg);
/* The header lines of an INVITE or UPDATE of ours; "" for a request within a call that has no timer. */
void session_ask(const struct leg *leg, char ret_lines[static SESSION_LINES_MAX]);
/* The header lines of our 2xx to the peer's INVITE or UPDATE; what is agreed there is in force from now on
 * (section 9). */
void session_answer(struct leg *leg, const struct sip_msg *msg, char ret_lines[static SESSION_LINES_MAX]);
/* The peer's 2xx to an INVITE or UPDATE of ours (section 7.2). */
void session_agreed(struct leg *leg, const struct sip_msg *msg);
/* The peer answered 422: whether asking again with its Min-SE makes sense (section 7.3). */
bool session_may_ask_again(struct leg *leg, const struct sip_msg *msg);
/* What was agreed before goes on: of a leg that was made again. */
void session_go_on(struct leg *leg);
/* A refresh of ours was not carried out, but the peer is there: the next try is due in time. */
void session_put_off(struct leg *leg);
