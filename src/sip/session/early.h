/* Early dialogs of a call of ours: a proxy may fork the INVITE, and each telephone behind it answers with a
 * tag of its own (RFC 3261 section 12.1, 13.2.2.4). Reliable provisional responses are acknowledged here, too
 * (RFC 3262, our side calling). SIP thread. */
#pragma once
#include "sip/lib.h"
#include "media/sdp/sdp.h"

#include <stdbool.h>
#include <stdint.h>

#define EARLY_MAX 8 /* of one INVITE; what more there are is heard ringing and nothing else */

struct branch;
struct room;

struct early {
	struct sip_dialog *dlg;
	struct sdp *sdp; /* its answer; owned, or NULL */
	uint32_t rseq;	 /* of the last reliable response; 0: none */
};

/* A 101..199 to the branch's INVITE: its dialog is kept, a reliable one is acknowledged with PRACK. False: it
 * is a repetition or came out of order, and says nothing new. */
bool early_received(struct branch *b, const struct sip_msg *msg);
/* The early dialog msg belongs to, or NULL. */
struct early *early_find(struct branch *b, const struct sip_msg *msg);
/* The session description of e from now on. */
void early_set_sdp(struct early *e, const struct sdp *sdp);
/* The dialog of the 2xx in msg becomes the branch's. For sip_leg_with_contact: 0 or an errno. */
int early_establish(struct branch *b, const struct sip_msg *msg);
/* A 2xx that matches no transaction and no dialog: of another telephone behind a fork, when an earlier one
 * won already. It gets ACK and BYE. False: nobody's. */
bool early_lost(struct room *room, const struct sip_msg *msg);
/* The session descriptions are no longer needed: somebody answered. */
void early_answered(struct branch *b);
/* Frees what belongs to the branch. */
void early_free(struct branch *b);
