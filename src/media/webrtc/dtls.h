/* DTLS by OpenSSL over datagrams handed in and out, just far enough to key SRTP (RFC 5764). */
#pragma once
#include "media/engine.h"

#define DTLS_FINGERPRINT_MAX 128

struct webrtc_identity; /* certificate, key, SSL_CTX */
/* "sha-256 AB:CD:..." of our certificate. */
const char *dtls_fingerprint(const struct webrtc_identity *identity);

struct dtls;
typedef void dtls_send_handler(void *arg, const uint8_t *bytes, size_t n);

/* What SRTP needs: 16-byte keys and salts of both directions. */
struct dtls_keys {
	bool is_gcm; /* else AES128_CM_SHA1_80 */
	size_t salt_bytes;
	uint8_t local[30], remote[30]; /* key, then salt */
};

enum dtls_result { DTLS_MORE = 0, DTLS_DONE = 1, DTLS_CLOSED = 2 };

/* fingerprint: the peer's, from SDP. 0; -ENOMEM; -EINVAL (not a sha-256 fingerprint). The handshake starts
 * with dtls_step. */
int dtls_new(struct dtls **ret_dtls, struct webrtc_identity *identity, bool is_client,
	const char *fingerprint, dtls_send_handler *send, void *arg);
void dtls_free(struct dtls *d);
/* Takes a datagram (n may be 0: start, or a time-out is due) and drives the handshake. DTLS_MORE, DTLS_DONE
 * once the keys are there and the peer's certificate is the promised one, DTLS_CLOSED after its close,
 * -EPROTO on failure. */
int dtls_step(struct dtls *d, const uint8_t *bytes, size_t n);
/* Milliseconds until dtls_step wants a call with n 0; -1: none. */
int dtls_timeout_ms(struct dtls *d);
/* After DTLS_DONE. 0 or -EPROTO. */
int dtls_export(struct dtls *d, struct dtls_keys *ret_keys);
