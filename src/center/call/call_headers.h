/* What the caller's INVITE said beside who calls (Diversion, User-to-User, X- headers...): kept with the
 * call, told to its flow and rules as variables (docs/sip.md), and passed on where the call is forwarded to.
 * Centre thread. */
#pragma once
#include "center/call/interaction.h"

/* Keeps a copy when it says anything; without memory it says nothing. */
void call_headers_keep(struct interaction *ix, const struct sip_event *e);
/* As variables of ix->run: call.* and header.*. */
void call_headers_tell(struct interaction *ix);
/* Into a SIP_CALL that carries the caller on to somebody outside. */
void call_headers_pass(const struct interaction *ix, struct sip_command *cmd);
void call_headers_free(struct interaction *ix);
