/* The socket of a plain RTP leg and whom it listens to (symmetric RTP, RFC 4961, with a lock against
 * injection). */
#pragma once
#include "media/engine.h"

/* Binds an even port of the configured range. 0, -EMFILE when none is free, -errno. */
int source_open(struct leg *leg);
void source_close(struct leg *leg);
/* The signalled address; len 0: wait until the peer is heard. A changed one opens the lock. */
void source_set_remote(struct leg *leg, const struct endpoint *remote);
/* Whether a packet from `from` is believed; locks on to its source when it is. Only while not locked. */
bool source_accept(struct leg *leg, const struct endpoint *from, const struct rtp *rtp, int64_t now_ns);
/* Each tick: opens the lock of a source gone silent so that a changed address can be learnt. */
void source_watch(struct leg *leg, int64_t now_ns);
void source_send(struct leg *leg, const uint8_t *packet, size_t n);
