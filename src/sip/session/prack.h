/* Reliable provisional responses of ours (RFC 3262, our side called): repeated until their PRACK. SIP thread.
 */
#pragma once
#include "sip/lib.h"

#include <stdbool.h>
#include <stdint.h>

struct leg;

struct reliable {	 /* of an incoming call not answered yet */
	struct mbuf *mb; /* the response without PRACK so far; NULL: none */
	struct tmr tmr;
	int64_t since_ms;
	uint32_t interval_ms, rseq;
	bool is_supported, is_required; /* what the INVITE said of 100rel */
	bool has_sdp, is_offer;		/* the response on its way: with SDP; which is our offer */
	bool is_next, is_next_with_sdp; /* another provisional response waits for that PRACK */
	bool is_answer_due;		/* so does the 200 (section 3: not before SDP was acknowledged) */
};

/* What the INVITE says of 100rel. */
void prack_learn(struct leg *leg, const struct sip_msg *msg);
/* Whether a provisional response (with SDP or without) has to be sent reliably. */
bool prack_is_due(const struct leg *leg, bool has_sdp);
/* Lines for the next reliable response: Require and RSeq. */
void prack_lines(struct leg *leg, char *ret_lines, size_t size);
/* It was sent as mb (taken over): repeated from now on. */
void prack_await(struct leg *leg, struct mbuf *mb, bool has_sdp);
/* PRACK of the peer. */
void prack_received(struct leg *leg, const struct sip_msg *msg);
/* A final response was sent, or the leg is over: nothing is repeated any more. */
void prack_stop(struct leg *leg);
