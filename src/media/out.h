/* What a leg sends: one continuous RTP stream (own SSRC, sequence numbers, timestamps) made of relayed
 * packets, sounds, digits and silence. On the leg's audio thread. */
#pragma once
#include "media/engine.h"

/* Passes a packet of the bridge on: headers rewritten in place, law converted when in_law differs, other
 * packet durations repacked. The packet's payload must have RTP_HEADER_BYTES before it in its buffer. */
void out_relay_audio(struct leg *to, struct rtp *rtp, int in_law, int64_t now_ns);
/* Passes a telephone-event packet on under the peer's payload type. */
void out_relay_event(struct leg *to, struct rtp *rtp, int64_t now_ns);
/* n bytes in the leg's own law. is_start: a new spurt (marker bit, timestamp by the clock). */
void out_audio(struct leg *to, const uint8_t *bytes, size_t n, bool is_start, int64_t now_ns);
/* One frame of silence, to keep the path open. */
void out_silence(struct leg *to, int64_t now_ns);
/* One tick of digits. False when none is being sent. */
bool out_digits(struct leg *to, int64_t now_ns);
/* The source changes: the next packet starts a new spurt. */
void out_interrupt(struct leg *to);
