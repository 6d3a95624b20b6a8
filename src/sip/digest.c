/* See digest.h. The nonce is 16 hex digits of time and 48 of a keyed BLAKE2b over time and source. */
#include "sip/digest.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define TIME_HEX 16
#define MAC_BYTES 24
#define MAC_HEX 48

void digest_key_make(struct digest_key *ret_key)
{
	randombytes_buf(ret_key->at, sizeof(ret_key->at));
}

static void sign(const struct digest_key *key, const uint8_t source[16], const char *time_hex, char *ret_hex)
{
	unsigned char in[TIME_HEX + 16], mac[MAC_BYTES];

	memcpy(in, time_hex, TIME_HEX);
	memcpy(in + TIME_HEX, source, 16);
	crypto_generichash(mac, sizeof(mac), in, sizeof(in), key->at, sizeof(key->at));
	sodium_bin2hex(ret_hex, MAC_HEX + 1, mac, sizeof(mac));
}

void digest_nonce(const struct digest_key *key, const uint8_t source[16], int64_t now_s,
	char ret_nonce[DIGEST_NONCE_SIZE])
{
	snprintf(ret_nonce, DIGEST_NONCE_SIZE, "%016llx", (unsigned long long)now_s);
	sign(key, source, ret_nonce, ret_nonce + TIME_HEX);
}

enum digest_nonce_state digest_nonce_check(
	const struct digest_key *key, const uint8_t source[16], int64_t now_s, const char *nonce, size_t n)
{
	char want[MAC_HEX + 1];
	int64_t made_s = 0;

	if (n != DIGEST_NONCE_SIZE - 1)
		return DIGEST_NONCE_FORGED;
	sign(key, source, nonce, want);
	if (sodium_memcmp(want, nonce + TIME_HEX, MAC_HEX) != 0)
		return DIGEST_NONCE_FORGED;
	for (int i = 0; i < TIME_HEX; i++)
		made_s = (int64_t)((uint64_t)made_s << 4 | ch_hex(nonce[i]));
	return now_s - made_s > DIGEST_NONCE_LIFE_S || made_s > now_s ? DIGEST_NONCE_STALE
								      : DIGEST_NONCE_GOOD;
}

static void hex32(const uint8_t md[MD5_SIZE], char ret_hex[33])
{
	sodium_bin2hex(ret_hex, 33, md, MD5_SIZE);
}

void digest_ha1(const char *login, const char *realm, const char *password, char ret_ha1[33])
{
	uint8_t md[MD5_SIZE] = {0};

	(void)md5_printf(md, "%s:%s:%s", login, realm, password);
	hex32(md, ret_ha1);
}

void digest_decoy(const struct digest_key *key, const struct pl *login, char ret_ha1[33])
{
	unsigned char md[MD5_SIZE];

	crypto_generichash(
		md, sizeof(md), (const unsigned char *)login->p, login->l, key->at, sizeof(key->at));
	hex32(md, ret_ha1);
}

bool digest_is_right(const struct httpauth_digest_resp *resp, const struct pl *method, const char *ha1)
{
	char ha2[33], want[33], got[33] = "";
	uint8_t md[MD5_SIZE] = {0};

	(void)md5_printf(md, "%r:%r", method, &resp->uri);
	hex32(md, ha2);
	if (pl_isset(&resp->qop))
		(void)md5_printf(md, "%s:%r:%r:%r:%r:%s", ha1, &resp->nonce, &resp->nc, &resp->cnonce,
			&resp->qop, ha2);
	else
		(void)md5_printf(md, "%s:%r:%s", ha1, &resp->nonce, ha2);
	hex32(md, want);
	if (resp->response.l != 32)
		return false;
	for (int i = 0; i < 32; i++) /* some phones write capitals */
		got[i] = resp->response.p[i] >= 'A' && resp->response.p[i] <= 'F'
				 ? (char)(resp->response.p[i] + 32)
				 : resp->response.p[i];
	return sodium_memcmp(want, got, 32) == 0;
}
