/* REFER (RFC 3515), both ways: what a peer asks us to do with its calls, and what we ask a peer to do. SIP
 * thread. */
#pragma once
#include "sip/lib.h"
#include "sip/types.h"

#include <stdbool.h>

struct leg;

struct refer {
	/* of the peer, accepted, its outcome owed */
	bool is_open, is_told; /* is_told: with NOTIFY (not with Refer-Sub: false, RFC 4488) */
	char contact[128];
	struct tmr tmr;
	/* of ours */
	struct sip_request *request;
	bool is_asked; /* the outcome is awaited */
};

/* REFER of the peer: answered, and told as SIP_REFERRED. Refer-To with Replaces is taken when it means
 * another dialog of the same peer with us. */
void refer_received(struct leg *leg, const struct sip_msg *msg);
/* Tells the peer how its REFER ended (sipfrag), once. */
void refer_done(struct leg *leg, int code, const char *text);
/* Asks the peer to call uri instead; how it went is told as SIP_TRANSFERRED. */
void refer_start(struct leg *leg, const struct sip_command *command);
/* NOTIFY of the peer about our REFER. */
void refer_notified(struct leg *leg, const struct sip_msg *msg);
/* The leg is over. */
void refer_stop(struct leg *leg);
