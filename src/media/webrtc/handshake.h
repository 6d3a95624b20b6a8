/* The DTLS handshake of a leg, a browser's or a telephone's (RFC 5763, 5764): its end is leg->srtp.
 *
 * Invariant: keys come only from a handshake whose certificate has the fingerprint of the SDP. On the leg's
 * audio thread. */
#pragma once
#include "media/engine.h"

/* What the peer's SDP said. Another fingerprint than before ends the old keys and begins anew; the same one
 * changes nothing. 0, -ENOMEM, -EINVAL (no sha-256 fingerprint). */
int handshake_remote(struct leg *leg, enum sdp_setup peer_setup, const char *fingerprint);
/* Begins, once there is somebody to send to; does nothing when it runs already. */
void handshake_start(struct leg *leg);
/* A datagram of the peer. */
void handshake_read(struct leg *leg, const uint8_t *packet, size_t n);
/* Each tick: retransmissions and the time limit. */
void handshake_tick(struct leg *leg, int64_t now_ns);
bool handshake_has_failed(const struct leg *leg);
void handshake_free(struct leg *leg);
