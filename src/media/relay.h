/* The way of a packet through the engine: from the peer to the bridge, the recordings, the detectors. */
#pragma once
#include "media/engine.h"

/* One packet of the leg's believed peer, in clear. May rewrite it in place. */
void relay_packet(struct leg *leg, const struct rtp *rtp);
/* To `to`, which hears leg as it is: the packets that wait in leg's voice, at once. */
void relay_waiting(struct leg *leg, struct leg *to);
/* A tick in which leg's peer is silent by its own word (leg->is_in_noise): its noise, for those who hear it
 * as it is and did not agree to make such noise themselves. */
void relay_noise(struct leg *leg);
/* Keys the peer pressed and told by signalling (SIP INFO): to all who hear the leg. Those just heard as
 * events or tones are the same keys. */
void relay_signalled(struct leg *leg, const char *digits, uint16_t duration_ms);
/* A finished key press of the peer. */
void relay_press(struct leg *leg, struct dtmf_press press, bool is_inband);
