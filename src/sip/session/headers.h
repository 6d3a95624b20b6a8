/* What an INVITE says beside who calls whom: forwarding, privacy, user-to-user information, X- headers; read
 * from known peers and written for ours (docs/sip.md). Pure but for the message. */
#pragma once
#include "sip/lib.h"
#include "sip/types.h"

#define HEADERS_OUT_MAX 768

/* Fills *ret_headers from an INVITE; everything in it is hostile, cut and cleaned. */
void headers_read(const struct sip_msg *msg, struct sip_headers *ret_headers);
/* The lines a SIP_CALL asks for: Diversion (RFC 5806) with host, User-to-User (RFC 7433). "" when it asks for
 * none. */
void headers_write(const struct sip_command *call, const char *host, char ret_lines[static HEADERS_OUT_MAX]);
