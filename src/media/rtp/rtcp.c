/* RTCP parts, read and written. */
#include "media/rtp/rtcp.h"
#include "media/rtp/rtp.h"

#include <assert.h>
#include <string.h>

bool rtcp_is_rtcp(const uint8_t *packet, size_t n)
{
	return n >= 8 && packet[0] >> 6 == 2 && packet[1] >= 192 && packet[1] <= 223;
}

bool rtcp_next(const uint8_t *packet, size_t n, size_t *at, struct rtcp_part *ret_part)
{
	if (*at > n || n - *at < 4 || packet[*at] >> 6 != 2)
		return false;
	const uint8_t *head = packet + *at;
	size_t bytes = ((size_t)get_be16(head + 2) + 1) * 4;
	if (bytes > n - *at)
		return false;
	size_t padding = head[0] & 0x20 && bytes > 4 ? head[bytes - 1] : 0;
	if (padding > bytes - 4)
		return false;
	*ret_part = (struct rtcp_part){
		.type = head[1], .count = head[0] & 0x1f, .body = head + 4, .n = bytes - 4 - padding};
	*at += bytes;
	return true;
}

bool rtcp_read_block(const struct rtcp_part *part, int i, struct rtcp_block *ret_block)
{
	size_t before = part->type == RTCP_SENDER_REPORT ? 24 : 4, at = before + (size_t)i * RTCP_BLOCK_BYTES;

	if ((part->type != RTCP_SENDER_REPORT && part->type != RTCP_RECEIVER_REPORT) || i >= part->count ||
		at + RTCP_BLOCK_BYTES > part->n)
		return false;
	const uint8_t *p = part->body + at;
	uint32_t lost = get_be32(p + 4) & 0xffffff;
	*ret_block = (struct rtcp_block){.ssrc = get_be32(p),
		.fraction = p[4],
		.lost = lost & 0x800000 ? (int32_t)lost - 0x1000000 : (int32_t)lost,
		.seq_high = get_be32(p + 8),
		.jitter = get_be32(p + 12),
		.last_sr = get_be32(p + 16),
		.delay_since_sr = get_be32(p + 20)};
	return true;
}

bool rtcp_read_sender(const struct rtcp_part *part, uint32_t *ret_ssrc, struct rtcp_sender *ret_sender)
{
	if (part->type != RTCP_SENDER_REPORT || part->n < 24)
		return false;
	*ret_ssrc = get_be32(part->body);
	*ret_sender = (struct rtcp_sender){
		.ntp = (uint64_t)get_be32(part->body + 4) << 32 | get_be32(part->body + 8),
		.ts = get_be32(part->body + 12),
		.packets = get_be32(part->body + 16),
		.bytes = get_be32(part->body + 20)};
	return true;
}

static void put_head(uint8_t *p, uint8_t count, uint8_t type, size_t bytes)
{
	p[0] = (uint8_t)(0x80 | count);
	p[1] = type;
	put_be16(p + 2, (uint16_t)(bytes / 4 - 1));
}

static size_t put_block(uint8_t *p, const struct rtcp_block *b)
{
	put_be32(p, b->ssrc);
	put_be32(p + 4, (uint32_t)b->lost & 0xffffff);
	p[4] = b->fraction;
	put_be32(p + 8, b->seq_high);
	put_be32(p + 12, b->jitter);
	put_be32(p + 16, b->last_sr);
	put_be32(p + 20, b->delay_since_sr);
	return RTCP_BLOCK_BYTES;
}

static size_t put_name(uint8_t *p, uint32_t ssrc, const char *name)
{
	size_t n = strlen(name), bytes = (8 + 2 + n + 1 + 3) / 4 * 4;

	memset(p, 0, bytes);
	put_head(p, 1, RTCP_DESCRIPTION, bytes);
	put_be32(p + 4, ssrc);
	p[8] = 1; /* CNAME */
	p[9] = (uint8_t)n;
	memcpy(p + 10, name, n);
	return bytes;
}

size_t rtcp_put_report(uint8_t *packet, uint32_t ssrc, const struct rtcp_sender *sender,
	const struct rtcp_block *block, const char *name)
{
	size_t n = 8;

	assert(strlen(name) <= RTCP_NAME_MAX);
	put_be32(packet + 4, ssrc);
	if (sender) {
		put_be32(packet + 8, (uint32_t)(sender->ntp >> 32));
		put_be32(packet + 12, (uint32_t)sender->ntp);
		put_be32(packet + 16, sender->ts);
		put_be32(packet + 20, sender->packets);
		put_be32(packet + 24, sender->bytes);
		n = 28;
	}
	if (block)
		n += put_block(packet + n, block);
	put_head(packet, block ? 1 : 0, sender ? RTCP_SENDER_REPORT : RTCP_RECEIVER_REPORT, n);
	return n + put_name(packet + n, ssrc, name);
}

size_t rtcp_put_bye(uint8_t *packet, uint32_t ssrc)
{
	put_head(packet, 1, RTCP_BYE, 8);
	put_be32(packet + 4, ssrc);
	return 8;
}
