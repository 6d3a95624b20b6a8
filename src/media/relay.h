/* The way of a packet through the engine: from the peer to the bridge, the recordings, the detectors. */
#pragma once
#include "media/engine.h"

/* One packet of the leg's believed peer, in clear. May rewrite it in place. */
void relay_packet(struct leg *leg, const struct rtp *rtp);
/* Keys the peer pressed and told by signalling (SIP INFO): to all who hear the leg. Those just heard as
 * events or tones are the same keys. */
void relay_signalled(struct leg *leg, const char *digits, uint16_t duration_ms);
/* A finished key press of the peer. */
void relay_press(struct leg *leg, struct dtmf_press press, bool is_inband);
