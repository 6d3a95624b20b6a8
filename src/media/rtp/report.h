/* What is known about a leg's two streams: counted packet by packet, told to the peer and heard from it by
 * RTCP (RFC 3550 section 6), judged by the E-model, and watched for their end. On the leg's audio thread.
 *
 * Invariant: nothing a peer says in RTCP changes anything but the figures here; a forged BYE ends nothing. */
#pragma once
#include "media/engine.h"

void report_begin(struct leg *leg);
/* One RTP packet of the believed peer. The hot path. */
void report_count(struct leg *leg, const struct rtp *rtp);
/* One RTCP packet of the believed peer, in clear. */
void report_read(struct leg *leg, const uint8_t *packet, size_t n);
/* Each second: our reports (RFC 3550 section 6.3: five seconds, randomised), LEG_LOST, QUALITY. */
void report_second(struct leg *leg, int64_t now_ns);
/* Says that our stream ends. */
void report_bye(struct leg *leg);
/* All figures since the beginning. */
void report_stats(const struct leg *leg, struct media_stats *ret_stats);
