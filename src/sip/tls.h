/* SIP over TLS: 1.2 and later, the certificate of cert_live.h, and what certificates peers show. A peer is
 * asked for one where sip_config.client_ca_path names the authorities we believe; one that is not theirs ends
 * the handshake, none at all does not: whether it was needed is decided by who calls (registrar, trunk). */
#pragma once
#include "sip/room.h"

/* The room's TLS, made at the first call. 0 or -errno, logged. */
int sip_tls_start(struct room *room);
void sip_tls_stop(struct room *room);
/* Whether msg came over TLS from a peer who showed a certificate of those we believe; name: and it is for
 * this name (subject alternative name or common name, RFC 5922 section 7); "": whatever its name. */
bool sip_tls_is_certified(const struct room *room, const struct sip_msg *msg, const char *name);
