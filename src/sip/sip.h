/* The SIP side: trunks, registrar and call legs on one thread of its own (libre underneath). Like media, it
 * is reached in messages only and knows nothing of queues or agents: a leg is one INVITE dialog.
 *
 * The room's promises: every leg that was announced (SIP_INCOMING) or asked for (SIP_CALL) ends in exactly
 * one SIP_ENDED; a CANCEL crossing a 200 is followed by BYE; a refused re-INVITE never ends a good call;
 * strangers, unknown trunks and floods get the correct answer and one counted SIP_REFUSED each, never a leg.
 */
#pragma once
#include "sip/types.h"

struct sip; /* opaque */

/* Starts the thread and its listeners. 0 or -errno (-EADDRINUSE names the listener in the log). */
int sip_start(struct sip **ret_sip, const struct sip_config *config, sip_event_handler *on_event, void *arg);
/* Any thread. 0 or -ENOBUFS (nothing taken, directory still the caller's). */
int sip_send(struct sip *sip, const struct sip_command *command) __asm__(
	"markaz_sip_send"); /* libre has a sip_send */
/* Graceful: no new calls (503), live legs get BYE, registrations outwards are withdrawn; at most timeout_ms.
 * Joins. */
void sip_stop(struct sip *sip, int timeout_ms);
/* Which port listener i got (port 0 asks for a free one). */
uint16_t sip_listen_port(const struct sip *sip, int i);
