/* HTTP digest for SIP (RFC 3261 section 22, RFC 2617 with qop=auth and without), server side, without state:
 * a nonce carries its time and is signed, so nothing is kept for a stranger. SHA-256 (RFC 8760) and MD5,
 * because many phones have nothing better. What a login that succeeded used is remembered, so that nobody
 * uses it again. */
#pragma once
#include "sip/lib.h"

#include <stdbool.h>
#include <stdint.h>

#define DIGEST_NONCE_SIZE 65
#define DIGEST_NONCE_LIFE_S 300

struct digest_key { /* made once per process */
	unsigned char at[32];
};
enum digest_nonce_state { DIGEST_NONCE_GOOD = 0, DIGEST_NONCE_STALE = 1, DIGEST_NONCE_FORGED };

void digest_key_make(struct digest_key *ret_key);
/* A nonce for the source (its 16 address bytes), good for DIGEST_NONCE_LIFE_S from now_s. */
void digest_nonce(const struct digest_key *key, const uint8_t source[16], int64_t now_s,
	char ret_nonce[DIGEST_NONCE_SIZE]);
enum digest_nonce_state digest_nonce_check(
	const struct digest_key *key, const uint8_t source[16], int64_t now_s, const char *nonce, size_t n);
struct digest_ha1 { /* what stands for a password; hex, "" = not kept */
	char md5[33], sha256[65];
};

/* H(login:realm:password) in lower-case hex, for both. */
void digest_ha1(const char *login, const char *realm, const char *password, struct digest_ha1 *ret_ha1);
/* Whether resp proves knowledge of ha1 for method; the length of the response says which of the two it is
 * made with. Takes the same time whatever is wrong. */
bool digest_is_right(
	const struct httpauth_digest_resp *resp, const struct pl *method, const struct digest_ha1 *ha1);
/* A ha1 nobody knows, but always the same for a login: checked for unknown logins so that they look like
 * known ones. */
void digest_decoy(const struct digest_key *key, const struct pl *login, struct digest_ha1 *ret_ha1);

#define DIGEST_COUNTS_MAX 16 /* nonces in use by the phones of one account; the oldest is forgotten */

struct digest_counts {
	struct {
		char nonce[DIGEST_NONCE_SIZE];
		uint32_t highest; /* nc */
		uint64_t seen;	  /* bit i: highest - i was used */
	} at[DIGEST_COUNTS_MAX];
	int next; /* which gives way */
};

/* Counts a response that was right: whether its nonce and nc (RFC 7616 section 3.4.5) are used for the first
 * time. Requests may overtake each other: up to 63 behind the highest are taken. Without qop a nonce is good
 * once. */
bool digest_is_first_use(struct digest_counts *counts, const struct httpauth_digest_resp *resp);
