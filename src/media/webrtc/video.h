/* Pictures between browsers: camera or screen of one leg to whoever hears it, relayed and never decoded.
 *
 * A hearer sees one continuous stream of ours (own SSRC, sequence numbers, timestamps) whoever is behind it.
 * What it lacks it asks us for (NACK): we have the last packets, and ask the source for the rest. It needs a
 * whole picture to begin (PLI): the source is asked when somebody begins to look, and when somebody asks. How
 * fast the source may send is what its slowest hearer said (REMB), or REMB_DEFAULT.
 *
 * Invariant: a hearer gets pictures of one source at a time, the first it hears that has any. On the leg's
 * audio thread. */
#pragma once
#include "media/engine.h"
#include "media/rtp/rtcp.h"

/* 0 or -ENOMEM. The leg's browser may send and get pictures once video_set_remote said how. */
int video_new(struct leg *leg);
void video_free(struct leg *leg);
/* As both sides agreed; payload_type 0: no pictures. */
void video_set_remote(struct leg *leg, uint8_t payload_type);
/* What we send pictures under, for our SDP; 0: none. */
uint32_t video_ssrc(const struct leg *leg);
/* A packet of the browser, in clear. False: it is no picture. Its payload has room for a header before it. */
bool video_packet(struct leg *leg, struct rtp *rtp);
/* What the browser says of pictures: NACK, PLI, FIR, REMB. */
void video_feedback(struct leg *leg, const struct rtcp_part *part);
/* Each second: how fast the browser may send, and the clock of what we send. */
void video_second(struct leg *leg, int64_t now_ns);
