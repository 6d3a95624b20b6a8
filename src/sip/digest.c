/* See digest.h. The nonce is 8 hex digits of time, 8 of chance (no two phones may get the same one, or one's
 * login would look like the other's again) and 48 of a keyed BLAKE2b over both and the source. */
#include "sip/digest.h"
#include "base/str.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define TIME_HEX 8
#define HEAD_HEX 16
#define MAC_BYTES 24
#define MAC_HEX 48

void digest_key_make(struct digest_key *ret_key)
{
	randombytes_buf(ret_key->at, sizeof(ret_key->at));
}

static void sign(const struct digest_key *key, const uint8_t source[16], const char *head_hex, char *ret_hex)
{
	unsigned char in[HEAD_HEX + 16], mac[MAC_BYTES];

	memcpy(in, head_hex, HEAD_HEX);
	memcpy(in + HEAD_HEX, source, 16);
	crypto_generichash(mac, sizeof(mac), in, sizeof(in), key->at, sizeof(key->at));
	sodium_bin2hex(ret_hex, MAC_HEX + 1, mac, sizeof(mac));
}

void digest_nonce(const struct digest_key *key, const uint8_t source[16], int64_t now_s,
	char ret_nonce[DIGEST_NONCE_SIZE])
{
	snprintf(ret_nonce, DIGEST_NONCE_SIZE, "%08x%08x", (unsigned)now_s, randombytes_random());
	sign(key, source, ret_nonce, ret_nonce + HEAD_HEX);
}

enum digest_nonce_state digest_nonce_check(
	const struct digest_key *key, const uint8_t source[16], int64_t now_s, const char *nonce, size_t n)
{
	char want[MAC_HEX + 1];
	int64_t made_s = 0;

	if (n != DIGEST_NONCE_SIZE - 1)
		return DIGEST_NONCE_FORGED;
	sign(key, source, nonce, want);
	if (sodium_memcmp(want, nonce + HEAD_HEX, MAC_HEX) != 0)
		return DIGEST_NONCE_FORGED;
	for (int i = 0; i < TIME_HEX; i++)
		made_s = (int64_t)((uint64_t)made_s << 4 | ch_hex(nonce[i]));
	return now_s - made_s > DIGEST_NONCE_LIFE_S || made_s > now_s ? DIGEST_NONCE_STALE
								      : DIGEST_NONCE_GOOD;
}

enum algorithm { MD5, SHA256 };
#define HEX_MAX 65

static size_t hex_length(enum algorithm algorithm)
{
	return algorithm == SHA256 ? 2 * crypto_hash_sha256_BYTES : 2 * MD5_SIZE;
}

/* The hash of mb as lower-case hex; mb is emptied. */
static void hash(enum algorithm algorithm, struct mbuf *mb, char ret_hex[HEX_MAX])
{
	uint8_t md[crypto_hash_sha256_BYTES];

	if (algorithm == SHA256)
		crypto_hash_sha256(md, mb->buf, mb->end);
	else
		md5(mb->buf, mb->end, md);
	sodium_bin2hex(ret_hex, HEX_MAX, md, hex_length(algorithm) / 2);
	sodium_memzero(mb->buf, mb->end);
	mbuf_rewind(mb);
}

void digest_ha1(const char *login, const char *realm, const char *password, struct digest_ha1 *ret_ha1)
{
	struct mbuf *mb = mbuf_alloc(256);
	char hex[HEX_MAX];

	*ret_ha1 = (struct digest_ha1){0};
	if (!mb)
		return;
	if (mbuf_printf(mb, "%s:%s:%s", login, realm, password) == 0) {
		hash(MD5, mb, hex);
		(void)str_put(ret_ha1->md5, sizeof(ret_ha1->md5), hex);
	}
	if (mbuf_printf(mb, "%s:%s:%s", login, realm, password) == 0) {
		hash(SHA256, mb, hex);
		(void)str_put(ret_ha1->sha256, sizeof(ret_ha1->sha256), hex);
	}
	mem_deref(mb);
}

void digest_decoy(const struct digest_key *key, const struct pl *login, struct digest_ha1 *ret_ha1)
{
	unsigned char md[crypto_hash_sha256_BYTES];

	crypto_generichash(
		md, sizeof(md), (const unsigned char *)login->p, login->l, key->at, sizeof(key->at));
	sodium_bin2hex(ret_ha1->sha256, sizeof(ret_ha1->sha256), md, sizeof(md));
	sodium_bin2hex(ret_ha1->md5, sizeof(ret_ha1->md5), md, MD5_SIZE);
}

/* What the response had to be. False when memory is out. */
static bool expected(enum algorithm algorithm, const struct httpauth_digest_resp *resp,
	const struct pl *method, const char *ha1, char ret_hex[HEX_MAX])
{
	struct mbuf *mb = mbuf_alloc(512);
	char ha2[HEX_MAX];
	int err;

	if (!mb)
		return false;
	err = mbuf_printf(mb, "%r:%r", method, &resp->uri);
	hash(algorithm, mb, ha2);
	if (pl_isset(&resp->qop))
		err |= mbuf_printf(mb, "%s:%r:%r:%r:%r:%s", ha1, &resp->nonce, &resp->nc, &resp->cnonce,
			&resp->qop, ha2);
	else
		err |= mbuf_printf(mb, "%s:%r:%s", ha1, &resp->nonce, ha2);
	hash(algorithm, mb, ret_hex);
	mem_deref(mb);
	return !err;
}

bool digest_is_right(
	const struct httpauth_digest_resp *resp, const struct pl *method, const struct digest_ha1 *ha1)
{
	enum algorithm algorithm = resp->response.l == hex_length(SHA256) ? SHA256 : MD5;
	const char *kept = algorithm == SHA256 ? ha1->sha256 : ha1->md5;
	size_t n = hex_length(algorithm);
	char want[HEX_MAX], got[HEX_MAX] = "";

	if (!expected(algorithm, resp, method, kept, want) || resp->response.l != n || !kept[0])
		return false;
	for (size_t i = 0; i < n; i++) /* some phones write capitals */
		got[i] = resp->response.p[i] >= 'A' && resp->response.p[i] <= 'F'
				 ? (char)(resp->response.p[i] + 32)
				 : resp->response.p[i];
	return sodium_memcmp(want, got, n) == 0;
}

/* nc as a number; what is none counts as 1, like no qop at all. */
static uint32_t count_of(const struct httpauth_digest_resp *resp)
{
	uint32_t n = pl_isset(&resp->qop) && resp->nc.l <= 8 ? pl_x32(&resp->nc) : 1;

	return n ? n : 1;
}

bool digest_is_first_use(struct digest_counts *counts, const struct httpauth_digest_resp *resp)
{
	uint32_t n = count_of(resp);

	for (int i = 0; i < DIGEST_COUNTS_MAX; i++) {
		if (pl_strcmp(&resp->nonce, counts->at[i].nonce) != 0)
			continue;
		uint32_t highest = counts->at[i].highest;
		if (n > highest) {
			counts->at[i].seen = n - highest < 64 ? counts->at[i].seen << (n - highest) | 1 : 1;
			counts->at[i].highest = n;
			return true;
		}
		uint64_t bit = highest - n < 64 ? UINT64_C(1) << (highest - n) : 0;
		bool is_first = bit && !(counts->at[i].seen & bit);
		counts->at[i].seen |= bit;
		return is_first;
	}
	int at = counts->next;
	counts->next = (at + 1) % DIGEST_COUNTS_MAX;
	(void)str_put_n(counts->at[at].nonce, sizeof(counts->at[at].nonce), resp->nonce.p, resp->nonce.l);
	counts->at[at].highest = n;
	counts->at[at].seen = 1;
	return true;
}
