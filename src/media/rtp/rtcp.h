/* RTCP (RFC 3550 section 6, RFC 4585, RFC 5104): reading hostile packets part by part, writing ours. Pure.
 *
 * A part's length is the sender's word; rtcp_next never hands out a byte that did not arrive. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RTCP_SENDER_REPORT 200
#define RTCP_RECEIVER_REPORT 201
#define RTCP_DESCRIPTION 202
#define RTCP_BYE 203
#define RTCP_TRANSPORT_FEEDBACK 205 /* count 1: NACK, 15: transport-wide congestion control */
#define RTCP_PAYLOAD_FEEDBACK 206   /* count 1: PLI, 4: FIR, 15: REMB */
#define RTCP_BLOCK_BYTES 24
#define RTCP_PACKET_MAX 256 /* what we write */
#define RTCP_NAME_MAX 40

struct rtcp_part {
	uint8_t type, count; /* count: report blocks, sources, or the feedback message's type */
	const uint8_t *body; /* behind the four bytes of its head */
	size_t n;	     /* without padding */
};
struct rtcp_block { /* what one hears of another (RFC 3550 section 6.4.1) */
	uint32_t ssrc;
	uint8_t fraction; /* lost since the last report, in 256ths */
	int32_t lost;	  /* since the beginning */
	uint32_t seq_high, jitter, last_sr, delay_since_sr;
};
struct rtcp_sender {
	uint64_t ntp;
	uint32_t ts, packets, bytes;
};

/* Whether n bytes look like RTCP rather than RTP (RFC 5761 section 4). */
bool rtcp_is_rtcp(const uint8_t *packet, size_t n);
/* The next part of a compound packet; *at begins at 0. False at its end, or where it stops making sense. */
bool rtcp_next(const uint8_t *packet, size_t n, size_t *at, struct rtcp_part *ret_part);
/* The i-th block of a report. False when it has fewer. */
bool rtcp_read_block(const struct rtcp_part *part, int i, struct rtcp_block *ret_block);
/* The sender's part of a sender report. False when it is none. */
bool rtcp_read_sender(const struct rtcp_part *part, uint32_t *ret_ssrc, struct rtcp_sender *ret_sender);

/* A report (sender NULL: a receiver report; block NULL: none) and our name, as each compound packet begins.
 * Returns the bytes written; packet has room for RTCP_PACKET_MAX. name is at most RTCP_NAME_MAX long. */
size_t rtcp_put_report(uint8_t *packet, uint32_t ssrc, const struct rtcp_sender *sender,
	const struct rtcp_block *block, const char *name);
/* The end of ssrc. Returns the bytes written. */
size_t rtcp_put_bye(uint8_t *packet, uint32_t ssrc);
/* Time since 1970 as NTP writes it (RFC 5905): seconds since 1900, and their fractions. */
static inline uint64_t rtcp_ntp(uint64_t wall_ns)
{
	uint64_t second = UINT64_C(1000000000);

	return (wall_ns / second + UINT64_C(2208988800)) << 32 | ((wall_ns % second) << 32) / second;
}
/* The middle 32 bits of an NTP time, as reports quote it. */
static inline uint32_t rtcp_ntp_middle(uint64_t ntp)
{
	return (uint32_t)(ntp >> 16);
}
