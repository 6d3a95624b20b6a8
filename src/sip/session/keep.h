/* Dialogs that outlive this process. With each leg the media process keeps a note of its dialog (media_keep);
 * the next process makes the dialog again from it: same Call-ID, tags and route set, CSeq behind every one
 * used before. Nothing is said to the peer but an OPTIONS that asks whether it still has the call.
 *
 * Kept are confirmed dialogs of calls; those still being set up, and recording sessions, end with their
 * process. SIP thread, but for keep_read. */
#pragma once
#include "sip/lib.h"
#include "sip/types.h"

#include <stdbool.h>
#include <stddef.h>

struct branch;
struct leg;
struct room;

/* A message made b's dialog (is_new), or changed where its requests go. */
void keep_learn(struct branch *b, const struct sip_msg *msg, bool is_new);
/* The leg's dialog, or what was agreed in it, is another than before. */
void keep_leg(struct leg *leg);
/* Makes the leg of a note again (SIP_RESTORE). What cannot be made is told as SIP_ENDED. */
void keep_restore(struct room *room, uint64_t leg, const void *note, size_t n);
