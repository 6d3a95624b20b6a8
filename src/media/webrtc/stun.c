/* STUN messages. Attributes are walked with every length checked; what is unknown and comprehension-optional
 * is skipped. */
#include "media/webrtc/stun.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#define HEADER_BYTES 20
#define COOKIE 0x2112a442u
#define FINGERPRINT_XOR 0x5354554eu
#define BINDING_REQUEST 0x0001
#define BINDING_SUCCESS 0x0101
#define ATTRIBUTES_MAX 32
#define HMAC_BYTES 20

enum {
	ATTRIBUTE_USERNAME = 0x0006,
	ATTRIBUTE_INTEGRITY = 0x0008,
	ATTRIBUTE_XOR_MAPPED = 0x0020,
	ATTRIBUTE_PRIORITY = 0x0024,
	ATTRIBUTE_USE_CANDIDATE = 0x0025,
	ATTRIBUTE_FINGERPRINT = 0x8028,
	ATTRIBUTE_CONTROLLING = 0x802a,
};

static uint32_t crc32_of(const uint8_t *bytes, size_t n)
{
	uint32_t crc = 0xffffffffu;

	for (size_t i = 0; i < n; i++) {
		crc ^= bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return ~crc;
}

/* HMAC over the message up to MESSAGE-INTEGRITY, its length field as if that were the last attribute. */
static bool integrity(
	const uint8_t *packet, size_t offset, const char *password, uint8_t ret_hmac[static HMAC_BYTES])
{
	uint8_t copy[RTP_PACKET_MAX];
	unsigned n = 0;

	if (offset > sizeof(copy))
		return false;
	memcpy(copy, packet, offset);
	put_be16(copy + 2, (uint16_t)(offset + 4 + HMAC_BYTES - HEADER_BYTES));
	return HMAC(EVP_sha1(), password, (int)strlen(password), copy, offset, ret_hmac, &n) &&
	       n == HMAC_BYTES;
}

static bool read_attribute(const uint8_t *packet, size_t at, size_t bytes, struct stun_request *r)
{
	const uint8_t *value = packet + at + 4;

	switch (get_be16(packet + at)) {
	case ATTRIBUTE_USERNAME:
		if (bytes == 0 || bytes > STUN_USERNAME_MAX || memchr(value, 0, bytes))
			return false;
		memcpy(r->username, value, bytes);
		r->username[bytes] = 0;
		return true;
	case ATTRIBUTE_USE_CANDIDATE:
		r->has_use_candidate = true;
		return true;
	case ATTRIBUTE_INTEGRITY:
		if (bytes != HMAC_BYTES)
			return false;
		r->integrity_offset = at;
		return true;
	default:
		return true;
	}
}

bool stun_read(const uint8_t *packet, size_t n, struct stun_request *ret_request)
{
	struct stun_request r = {0};
	size_t at = HEADER_BYTES;

	if (n < HEADER_BYTES || n > RTP_PACKET_MAX || get_be16(packet) != BINDING_REQUEST ||
		get_be16(packet + 2) != n - HEADER_BYTES || n % 4 != 0 || get_be32(packet + 4) != COOKIE)
		return false;
	memcpy(r.transaction, packet + 8, sizeof(r.transaction));
	for (int i = 0; i < ATTRIBUTES_MAX && at + 4 <= n; i++) {
		size_t bytes = get_be16(packet + at + 2), padded = (bytes + 3) / 4 * 4;
		if (padded > n - at - 4)
			return false;
		if (get_be16(packet + at) == ATTRIBUTE_FINGERPRINT) {
			bool is_right = bytes == 4 && at + 8 == n &&
					(crc32_of(packet, at) ^ FINGERPRINT_XOR) == get_be32(packet + at + 4);
			if (!is_right || r.integrity_offset == 0 || r.username[0] == 0)
				return false;
			*ret_request = r;
			return true;
		}
		/* Behind MESSAGE-INTEGRITY only FINGERPRINT counts. */
		if (r.integrity_offset == 0 && !read_attribute(packet, at, bytes, &r))
			return false;
		at += 4 + padded;
	}
	return false;
}

bool stun_is_authentic(const uint8_t *packet, const struct stun_request *request, const char *password)
{
	uint8_t hmac[HMAC_BYTES];

	return integrity(packet, request->integrity_offset, password, hmac) &&
	       CRYPTO_memcmp(hmac, packet + request->integrity_offset + 4, HMAC_BYTES) == 0;
}

static uint8_t *put_attribute(uint8_t *p, uint16_t type, const void *value, size_t n)
{
	size_t padded = (n + 3) / 4 * 4;

	put_be16(p, type);
	put_be16(p + 2, (uint16_t)n);
	memset(p + 4, 0, padded);
	if (n > 0)
		memcpy(p + 4, value, n);
	return p + 4 + padded;
}

/* Appends MESSAGE-INTEGRITY and FINGERPRINT and sets the length. Returns the whole length, 0 on failure. */
static size_t seal(uint8_t *packet, uint8_t *end, const char *password)
{
	uint8_t hmac[HMAC_BYTES], fingerprint[4];

	if (!integrity(packet, (size_t)(end - packet), password, hmac))
		return 0;
	end = put_attribute(end, ATTRIBUTE_INTEGRITY, hmac, sizeof(hmac));
	put_be16(packet + 2, (uint16_t)(end - packet + 8 - HEADER_BYTES));
	put_be32(fingerprint, crc32_of(packet, (size_t)(end - packet)) ^ FINGERPRINT_XOR);
	end = put_attribute(end, ATTRIBUTE_FINGERPRINT, fingerprint, sizeof(fingerprint));
	return (size_t)(end - packet);
}

static void put_header(uint8_t *packet, uint16_t type, const uint8_t *transaction)
{
	put_be16(packet, type);
	put_be16(packet + 2, 0);
	put_be32(packet + 4, COOKIE);
	memcpy(packet + 8, transaction, STUN_TRANSACTION_BYTES);
}

/* XOR-MAPPED-ADDRESS; an IPv4 address mapped into IPv6 is written as IPv4. */
static size_t mapped_address(const struct endpoint *from, const uint8_t *packet, uint8_t ret_value[static 20])
{
	static const uint8_t v4_prefix[12] = {[10] = 0xff, [11] = 0xff};
	const uint8_t *address = (const uint8_t *)&from->v4.sin_addr;
	size_t n = 4;

	if (from->any.sa_family == AF_INET6) {
		address = from->v6.sin6_addr.s6_addr;
		if (memcmp(address, v4_prefix, sizeof(v4_prefix)) == 0)
			address += sizeof(v4_prefix);
		else
			n = 16;
	}
	ret_value[0] = 0;
	ret_value[1] = n == 4 ? 1 : 2;
	put_be16(ret_value + 2, (uint16_t)(ntohs(from->v4.sin_port) ^ (COOKIE >> 16)));
	/* Cookie and transaction stand in a row in the header: the key of the XOR. */
	for (size_t i = 0; i < n; i++)
		ret_value[4 + i] = address[i] ^ packet[4 + i];
	return 4 + n;
}

size_t stun_write_answer(const struct stun_request *request, const struct endpoint *from,
	const char *password, uint8_t ret_packet[static STUN_ANSWER_MAX])
{
	uint8_t value[20];

	put_header(ret_packet, BINDING_SUCCESS, request->transaction);
	size_t n = mapped_address(from, ret_packet, value);
	uint8_t *end = put_attribute(ret_packet + HEADER_BYTES, ATTRIBUTE_XOR_MAPPED, value, n);
	return seal(ret_packet, end, password);
}

size_t stun_write_request(const uint8_t transaction[static STUN_TRANSACTION_BYTES], const char *username,
	const char *password, bool is_nominating, uint8_t *ret_packet, size_t size)
{
	static const uint8_t priority[4] = {0x6e, 0, 1, 0xff}, tie_breaker[8] = {1, 2, 3, 4, 5, 6, 7, 8};
	size_t n = strlen(username);

	if (n > STUN_USERNAME_MAX || HEADER_BYTES + n + 80 > size)
		return 0;
	put_header(ret_packet, BINDING_REQUEST, transaction);
	uint8_t *end = put_attribute(ret_packet + HEADER_BYTES, ATTRIBUTE_USERNAME, username, n);
	end = put_attribute(end, ATTRIBUTE_PRIORITY, priority, sizeof(priority));
	end = put_attribute(end, ATTRIBUTE_CONTROLLING, tie_breaker, sizeof(tie_breaker));
	if (is_nominating)
		end = put_attribute(end, ATTRIBUTE_USE_CANDIDATE, NULL, 0);
	return seal(ret_packet, end, password);
}
