/* Fax legs: the fax thread runs all machines (files, memory, modems), the audio threads only move sound and
 * packets to and from it in rings.
 *
 * A leg with a fax line is nothing else: what it hears of others, plays and digits are not sent. A second
 * MEDIA_FAX replaces the first without an event (sound gave way to T.38). */
#pragma once
#include "media/engine.h"

#define FAX_LINES_MAX 64 /* machines at once; beyond it FAX_ENDED with -ENOBUFS */

struct fax_room;
struct fax_line;

int fax_start(struct fax_room **ret_room, struct media *media);
/* Ends all machines (FAX_ENDED is told) and joins the thread. Audio threads are gone. NULL is fine. */
void fax_stop(struct fax_room *room);

/* Audio thread: command FAX, a leg's end. */
void fax_begin(struct leg *leg, const struct media_command *c);
void fax_leave(struct leg *leg);
/* Audio thread, leg->fax set: whether its packets are UDPTL. */
bool fax_is_t38(const struct leg *leg);
/* Audio thread, leg->fax set: linear samples of the peer with their RTP timestamp (8 kHz clock); a datagram;
 * one tick of 20 ms. Never block, allocate or log. */
void fax_heard(struct leg *leg, const int16_t *samples, size_t n, uint32_t ts);
void fax_datagram(struct leg *leg, const uint8_t *packet, size_t n);
void fax_tick(struct leg *leg, int64_t now_ns);
