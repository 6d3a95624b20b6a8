/* UPDATE (RFC 3311), both ways: a change of media or a sign of life without a re-INVITE's three steps. SIP
 * thread. */
#pragma once
#include "sip/lib.h"

struct branch;
struct leg;

/* An UPDATE of the peer in one of branch's dialogs: answered; a change of media is told. A refused one leaves
 * the call as it was. */
void update_received(struct branch *branch, const struct sip_msg *msg);
/* Our refresh of the session timer, without SDP (RFC 4028 section 7.4). A peer that does not know UPDATE
 * after all is asked by re-INVITE instead. */
void update_refresh(struct leg *leg);
