/* What a leg sends: one continuous RTP stream (own SSRC, sequence numbers, timestamps) made of relayed
 * packets, sounds, digits and silence. On the leg's audio thread. */
#pragma once
#include "media/engine.h"

/* Passes a packet of the leg heard on: headers rewritten in place, G.711 law converted, other packet
 * durations repacked. codec is the packet's: to's own, or the other G.711. The payload must have
 * RTP_HEADER_BYTES before it in its buffer. */
void out_relay_audio(struct leg *to, struct rtp *rtp, enum sdp_codec codec, int64_t now_ns);
/* Passes a packet that is no audio on under another payload type, units of the RTP clock long: key presses,
 * comfort noise. */
void out_relay_other(struct leg *to, struct rtp *rtp, uint8_t payload_type, uint32_t units, int64_t now_ns);
/* One packet of n bytes in the leg's own codec. is_start: a new spurt (marker bit, timestamp by the clock).
 */
void out_audio(struct leg *to, const uint8_t *bytes, size_t n, uint32_t units, bool is_start, int64_t now_ns);
/* 20 ms in the leg's own codec, sent in packets of the duration the peer asked for. */
void out_frame(struct leg *to, const uint8_t *bytes, size_t n, int64_t now_ns);
/* Any number of linear samples at the rate of the leg's codec, encoded by the leg's mouth. */
void out_samples(struct leg *to, const int16_t *samples, int n, int64_t now_ns);
/* The same at 8 kHz. */
void out_narrow(struct leg *to, const int16_t *samples, int n, int64_t now_ns);
/* One frame of silence, to keep the path open. */
void out_silence(struct leg *to, int64_t now_ns);
/* Tells the peer that it is silent from now on and how that sounds, in -dBov (RFC 3389): one packet of
 * comfort noise of level 0..127. What comes next is a new spurt. */
void out_noise(struct leg *to, uint8_t level, int64_t now_ns);
/* One tick of digits. False when none is being sent. */
bool out_digits(struct leg *to, int64_t now_ns);
/* The same sound goes on another way (passed on, mixed): what comes next follows what was sent. */
void out_hand_over(struct leg *to);
/* The source changes: the next packet starts a new spurt. */
void out_interrupt(struct leg *to);
