/* SRTP (RFC 3711, 7714) of one leg, both directions, keyed by SDES or by DTLS.
 *
 * Invariant: nothing about a stream changes before a packet's tag was found right. */
#pragma once
#include "media/sdp/sdp.h"

#define SRTP_PAIR_TRAILER_MAX 32 /* what protecting adds at most: tag and, for RTCP, the index */

struct srtp_pair;
enum srtp_verdict { SRTP_GOOD, SRTP_REPLAYED, SRTP_FORGED };

struct srtp_keys {
	enum sdp_suite suite;
	const uint8_t *local, *remote; /* key, then salt: sdp_suite_bytes of each */
	const uint32_t *ssrcs;	       /* all we shall send under */
	int n_ssrcs;
};

/* Keys are copied, and wiped with the pair. 0, -ENOMEM, -EPROTO (the library refuses the suite), -EINVAL (no
 * suite). Sending allocates nothing later; receiving does once for each new source that proved itself. */
int srtp_pair_new(struct srtp_pair **ret_pair, const struct srtp_keys *keys);
/* Whether it was made with these keys. */
bool srtp_pair_has(const struct srtp_pair *pair, const struct srtp_keys *keys);
/* NULL is fine. */
void srtp_pair_free(struct srtp_pair *pair);
/* Deciphers in place; *n becomes the clear length. RTP and RTCP are told apart by their type (RFC 5761). */
enum srtp_verdict srtp_pair_in(struct srtp_pair *pair, uint8_t *packet, size_t *n);
/* Ciphers in place, with room for SRTP_PAIR_TRAILER_MAX bytes behind it. False when it cannot be sent. */
bool srtp_pair_out(struct srtp_pair *pair, uint8_t *packet, size_t *n);
