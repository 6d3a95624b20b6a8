/* SDES (RFC 4568): a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:<base64 of key and salt>|2^31
 *
 * Keys pass through here in the clear; nothing of this file is ever logged. What changes how packets look
 * beyond the suite itself (a master key identifier, session parameters) is not done, and such a line is
 * passed over, as the RFC asks (sections 6.1, 6.3). */
#include "media/sdp/sdp.h"
#include "media/sdp/sdp_text.h"

#include <stdio.h>

static const struct {
	const char *name;
	size_t bytes; /* key and salt */
} suites[] = {
	[SDP_SUITE_NONE] = {"", 0},
	[SDP_AES_CM_128_HMAC_SHA1_80] = {"AES_CM_128_HMAC_SHA1_80", 30},
	[SDP_AES_CM_128_HMAC_SHA1_32] = {"AES_CM_128_HMAC_SHA1_32", 30},
	[SDP_AEAD_AES_128_GCM] = {"AEAD_AES_128_GCM", 28},
	[SDP_AEAD_AES_256_GCM] = {"AEAD_AES_256_GCM", 44},
};
#define SUITES (sizeof(suites) / sizeof(suites[0]))

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t sdp_suite_bytes(enum sdp_suite suite)
{
	return suites[suite].bytes;
}

static int value_of(char c)
{
	const char *at = c ? strchr(letters, c) : NULL;

	return at ? (int)(at - letters) : -1;
}

/* Exactly n bytes; padding may be there or not. */
static bool decode(struct span text, uint8_t *ret_bytes, size_t n)
{
	uint32_t bits = 0;
	size_t n_bits = 0, len = 0;

	while (text.n > 0 && text.at[text.n - 1] == '=')
		text.n--;
	if (text.n != (n * 8 + 5) / 6)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		int v = value_of(text.at[i]);
		if (v < 0)
			return false;
		bits = bits << 6 | (uint32_t)v;
		n_bits += 6;
		if (n_bits >= 8 && len < n) {
			n_bits -= 8;
			ret_bytes[len++] = (uint8_t)(bits >> n_bits);
		}
	}
	return len == n;
}

static void encode(const uint8_t *bytes, size_t n, char *ret_text)
{
	size_t at = 0;

	for (size_t i = 0; i < n; i += 3) {
		size_t left = n - i;
		uint32_t v = (uint32_t)bytes[i] << 16 | (left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) |
			     (left > 2 ? bytes[i + 2] : 0);
		ret_text[at++] = letters[v >> 18];
		ret_text[at++] = letters[v >> 12 & 63];
		ret_text[at++] = left > 1 ? letters[v >> 6 & 63] : '=';
		ret_text[at++] = left > 2 ? letters[v & 63] : '=';
	}
	ret_text[at] = 0;
}

static enum sdp_suite suite_of(struct span name)
{
	for (size_t i = 1; i < SUITES; i++)
		if (span_is(name, suites[i].name))
			return (enum sdp_suite)i;
	return SDP_SUITE_NONE;
}

bool sdp_crypto_read(struct span value, struct sdp_crypto *ret_crypto)
{
	struct span tag = next_word(&value), name = next_word(&value), params = next_word(&value);
	struct span session = next_word(&value);
	struct sdp_crypto crypto = {.suite = suite_of(name)};
	uint64_t number;

	if (crypto.suite == SDP_SUITE_NONE || session.n > 0 || !to_number(tag, 999999999, &number))
		return false;
	struct span method = cut(&params, ':'), key = cut(&params, '|');
	/* What may follow is a lifetime ("2^31"); "1:4" is an MKI; ";inline:" a second key. */
	if (!span_is(method, "inline") || (params.n > 0 && memchr(params.at, ':', params.n)))
		return false;
	if (!decode(key, crypto.key, suites[crypto.suite].bytes))
		return false;
	crypto.tag = (uint32_t)number;
	*ret_crypto = crypto;
	return true;
}

void sdp_crypto_text(const struct sdp_crypto *crypto, char ret_text[static SDP_CRYPTO_TEXT_MAX])
{
	char key[80];

	encode(crypto->key, suites[crypto->suite].bytes, key);
	snprintf(ret_text, SDP_CRYPTO_TEXT_MAX, "%u %s inline:%s", (unsigned)crypto->tag,
		suites[crypto->suite].name, key);
	explicit_bzero(key, sizeof(key));
}

const struct sdp_crypto *sdp_choose_crypto(const struct sdp *remote)
{
	return remote->n_cryptos > 0 ? &remote->cryptos[0] : NULL;
}
