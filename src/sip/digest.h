/* HTTP digest for SIP (RFC 3261 section 22, RFC 2617 with qop=auth and without), server side, without state:
 * a nonce carries its time and is signed, so nothing is kept for a stranger. MD5 because that is what phones
 * and accounts have. */
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
/* MD5(login:realm:password) in lower-case hex. */
void digest_ha1(const char *login, const char *realm, const char *password, char ret_ha1[33]);
/* Whether resp proves knowledge of ha1 (32 hex digits) for method. Takes the same time whatever is wrong. */
bool digest_is_right(const struct httpauth_digest_resp *resp, const struct pl *method, const char *ha1);
/* A ha1 nobody knows, but always the same for a login: checked for unknown logins so that they look like
 * known ones. */
void digest_decoy(const struct digest_key *key, const struct pl *login, char ret_ha1[33]);
