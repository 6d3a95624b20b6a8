/* The sockets of a plain RTP leg and whom it listens to (symmetric RTP, RFC 4961, with a lock against
 * injection). On the leg's audio thread. */
#pragma once
#include "media/engine.h"

#define SOURCE_REPORTS_TAG 1 /* added to the leg's address: what epoll says of the second socket */

/* Binds an even port of the configured range. 0, -EMFILE when none is free, -errno. */
int source_open(struct leg *leg);
void source_close(struct leg *leg);
/* The signalled address; len 0: wait until the peer is heard. A changed one opens the lock. */
void source_set_remote(struct leg *leg, const struct endpoint *remote);
/* Where the peer wants RTCP: on the same port (RFC 5761), or beside it (port 0: RTP's + 1). After
 * source_set_remote. */
void source_set_reports(struct leg *leg, bool is_mux, uint16_t port);
/* Keys, or the promise of them, as the SDP agreed. 0, -ENOMEM, -EINVAL, -EPROTO. */
int source_set_security(struct leg *leg, const struct media_command *c);
/* What waits on the socket, one datagram. */
void source_readable(struct leg *leg);
void source_reports_readable(struct leg *leg);
/* Each tick: opens the lock of a source gone silent so that a changed address can be learnt. */
void source_watch(struct leg *leg, int64_t now_ns);
/* Ciphers in place where that was agreed; room of SRTP_ROOM behind n. */
void source_send(struct leg *leg, uint8_t *packet, size_t n);
void source_send_report(struct leg *leg, uint8_t *packet, size_t n);
/* As it is. */
void source_send_raw(struct leg *leg, const uint8_t *bytes, size_t n);
/* Marks what a socket sends (RFC 2474); dscp 0: not at all. */
void source_mark(int fd, int family, int dscp);
