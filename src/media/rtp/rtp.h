/* RTP packets (RFC 3550): reading hostile ones, writing headers. Pure. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RTP_HEADER_BYTES 12
#define RTP_BUFFER_BYTES 2048
#define RTP_PACKET_MAX 1500
#define RTP_AUDIO_MAX 480 /* 60 ms of G.711 */

struct rtp {
	uint8_t payload_type;
	bool has_marker;
	uint16_t seq;
	uint32_t ts, ssrc;
	uint8_t *payload; /* inside the packet, at least RTP_HEADER_BYTES behind its start */
	size_t n;
};

/* Reads n bytes. False when it is no RTP packet (or an RTCP one, RFC 5761). */
bool rtp_parse_packet(uint8_t *packet, size_t n, struct rtp *ret_rtp);
/* Writes 12 bytes at header. */
void rtp_put_header(
	uint8_t *header, uint8_t payload_type, bool has_marker, uint16_t seq, uint32_t ts, uint32_t ssrc);

static inline uint16_t get_be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}
static inline uint32_t get_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}
static inline void put_be16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}
static inline void put_be32(uint8_t *p, uint32_t v)
{
	put_be16(p, (uint16_t)(v >> 16));
	put_be16(p + 2, (uint16_t)v);
}
