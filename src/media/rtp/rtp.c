/* RTP packets. Lengths inside a packet are the sender's word: each is checked against what arrived. */
#include "media/rtp/rtp.h"

bool rtp_parse_packet(uint8_t *packet, size_t n, struct rtp *ret_rtp)
{
	if (n < RTP_HEADER_BYTES || n > RTP_PACKET_MAX || packet[0] >> 6 != 2)
		return false;
	if (packet[1] >= 192 && packet[1] <= 223)
		return false;
	size_t at = RTP_HEADER_BYTES + (size_t)(packet[0] & 0x0f) * 4;
	if (packet[0] & 0x10) {
		if (at + 4 > n)
			return false;
		at += 4 + (size_t)get_be16(packet + at + 2) * 4;
	}
	if (at > n)
		return false;
	size_t padding = packet[0] & 0x20 ? packet[n - 1] : 0;
	if (padding > n - at)
		return false;
	*ret_rtp = (struct rtp){.payload_type = packet[1] & 0x7f,
		.has_marker = packet[1] >> 7,
		.seq = get_be16(packet + 2),
		.ts = get_be32(packet + 4),
		.ssrc = get_be32(packet + 8),
		.payload = packet + at,
		.n = n - at - padding};
	return true;
}

void rtp_put_header(
	uint8_t *header, uint8_t payload_type, bool has_marker, uint16_t seq, uint32_t ts, uint32_t ssrc)
{
	header[0] = 0x80;
	header[1] = (uint8_t)(payload_type | (has_marker ? 0x80 : 0));
	put_be16(header + 2, seq);
	put_be32(header + 4, ts);
	put_be32(header + 8, ssrc);
}
