/* A leg: its sockets, its peer, its life. Everything runs on the leg's audio thread. */
#pragma once
#include "media/engine.h"

/* Makes a leg and its socket; reports LEG_OPENED or LEG_FAILED. */
void leg_open(struct audio_thread *t, const struct media_command *c);
/* Sets what the peer said; reports LEG_READY the first time, LEG_FAILED (-EINVAL) when the address is none.
 */
void leg_set_remote(struct leg *leg, const struct media_command *c);
/* Ends all that runs on it, reports LEG_CLOSED and frees it. */
void leg_close(struct leg *leg);
struct leg *leg_find(struct audio_thread *t, uint64_t id);

/* Taps of what leg says, and who speaks to it alone (NULL: nobody any more). Both stay the caller's and must
 * be taken away before they go; a closing leg forgets them. From a command on the leg's thread. */
void leg_tap_add(struct leg *leg, struct tap *tap);
void leg_tap_remove(struct leg *leg, struct tap *tap);
void leg_feed(struct leg *leg, const struct feed *feed);
/* LEG_READY, once. */
void leg_ready(struct leg *leg);

/* Each second. */
void leg_housekeeping(struct leg *leg, int64_t now_ns);
/* Sends n bytes to the peer as they are: what ciphers itself (DTLS). */
void leg_send_raw(struct leg *leg, const uint8_t *bytes, size_t n);
/* Sends n bytes to the peer, ciphered where that was agreed. The buffer must have room for RTP_BUFFER_BYTES.
 */
void leg_transmit(struct leg *leg, uint8_t *packet, size_t n);
