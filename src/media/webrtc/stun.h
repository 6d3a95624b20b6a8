/* STUN binding requests and answers (RFC 8489), as an ICE-lite agent needs them. Pure but for the HMAC. */
#pragma once
#include "media/engine.h"

#define STUN_TRANSACTION_BYTES 12
#define STUN_ANSWER_MAX 128
#define STUN_USERNAME_MAX 512

struct stun_request {
	uint8_t transaction[STUN_TRANSACTION_BYTES];
	char username[STUN_USERNAME_MAX + 1];
	bool has_use_candidate;
	size_t integrity_offset; /* where MESSAGE-INTEGRITY begins */
};

/* Reads a binding request with USERNAME, MESSAGE-INTEGRITY and a right FINGERPRINT. False for anything else.
 */
bool stun_read(const uint8_t *packet, size_t n, struct stun_request *ret_request);
/* Whether MESSAGE-INTEGRITY was made with password (short-term credential). Compares in constant time. */
bool stun_is_authentic(const uint8_t *packet, const struct stun_request *request, const char *password);
/* The success answer: XOR-MAPPED-ADDRESS, MESSAGE-INTEGRITY, FINGERPRINT. Returns its length, 0 on failure.
 */
size_t stun_write_answer(const struct stun_request *request, const struct endpoint *from,
	const char *password, uint8_t ret_packet[static STUN_ANSWER_MAX]);
/* A request, for scripted peers: USERNAME, ICE-CONTROLLING, USE-CANDIDATE when asked, MESSAGE-INTEGRITY,
 * FINGERPRINT. Returns its length; 0 when the name is too long. */
size_t stun_write_request(const uint8_t transaction[static STUN_TRANSACTION_BYTES], const char *username,
	const char *password, bool is_nominating, uint8_t *ret_packet, size_t size);
