/* SRTP by libsrtp2. */
#include "media/rtp/srtp.h"
#include "base/alloc.h"
#include "media/rtp/rtcp.h"

#include <errno.h>
#include <pthread.h>
#include <srtp2/srtp.h>
#include <string.h>

#define REPLAY_WINDOW 1024

_Static_assert(SRTP_PAIR_TRAILER_MAX >= SRTP_MAX_TAG_LEN + 4, "an RTCP packet gets a tag and an index");

struct srtp_pair {
	srtp_t in, out;
	enum sdp_suite suite;
	uint8_t local[SDP_KEY_MAX], remote[SDP_KEY_MAX];
};

static void init(void)
{
	srtp_init();
}

static void set_suite(srtp_policy_t *policy, enum sdp_suite suite)
{
	switch (suite) {
	case SDP_AES_CM_128_HMAC_SHA1_32: /* its RTCP keeps the long tag (RFC 4568 section 6.2.2) */
		srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32(&policy->rtp);
		srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy->rtcp);
		break;
	case SDP_AEAD_AES_128_GCM:
		srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy->rtp);
		srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy->rtcp);
		break;
	case SDP_AEAD_AES_256_GCM:
		srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy->rtp);
		srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy->rtcp);
		break;
	default:
		srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy->rtp);
		srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy->rtcp);
		break;
	}
}

static int result(srtp_err_status_t status)
{
	return status == srtp_err_status_ok ? 0 : status == srtp_err_status_alloc_fail ? -ENOMEM : -EPROTO;
}

static int make(struct srtp_pair *pair, const struct srtp_keys *keys)
{
	uint8_t copy[SDP_KEY_MAX] = {0};
	/* A packet sent twice is one sent again on purpose (NACK). */
	srtp_policy_t policy = {.window_size = REPLAY_WINDOW, .allow_repeat_tx = 1, .key = copy};

	set_suite(&policy, keys->suite);
	memcpy(copy, keys->remote, sdp_suite_bytes(keys->suite));
	policy.ssrc.type = ssrc_any_inbound;
	int err = result(srtp_create(&pair->in, &policy));
	memcpy(copy, keys->local, sdp_suite_bytes(keys->suite));
	policy.ssrc.type = ssrc_specific;
	if (err == 0)
		err = result(srtp_create(&pair->out, NULL));
	for (int i = 0; i < keys->n_ssrcs && err == 0; i++) {
		policy.ssrc.value = keys->ssrcs[i];
		err = result(srtp_add_stream(pair->out, &policy));
	}
	explicit_bzero(copy, sizeof(copy));
	return err;
}

int srtp_pair_new(struct srtp_pair **ret_pair, const struct srtp_keys *keys)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	if (keys->suite == SDP_SUITE_NONE)
		return -EINVAL;
	struct srtp_pair *pair = alloc_zero(sizeof(*pair));
	if (!pair)
		return -ENOMEM;
	pthread_once(&once, init);
	int err = make(pair, keys);
	if (err < 0) {
		srtp_pair_free(pair);
		return err;
	}
	pair->suite = keys->suite;
	memcpy(pair->local, keys->local, sdp_suite_bytes(keys->suite));
	memcpy(pair->remote, keys->remote, sdp_suite_bytes(keys->suite));
	*ret_pair = pair;
	return 0;
}

bool srtp_pair_has(const struct srtp_pair *pair, const struct srtp_keys *keys)
{
	size_t n = sdp_suite_bytes(keys->suite);

	return pair->suite == keys->suite && memcmp(pair->local, keys->local, n) == 0 &&
	       memcmp(pair->remote, keys->remote, n) == 0;
}

void srtp_pair_free(struct srtp_pair *pair)
{
	if (!pair)
		return;
	if (pair->in)
		srtp_dealloc(pair->in);
	if (pair->out)
		srtp_dealloc(pair->out);
	explicit_bzero(pair, sizeof(*pair));
	alloc_free(pair);
}

enum srtp_verdict srtp_pair_in(struct srtp_pair *pair, uint8_t *packet, size_t *n)
{
	int len = (int)*n;
	srtp_err_status_t status = rtcp_is_rtcp(packet, *n) ? srtp_unprotect_rtcp(pair->in, packet, &len)
							    : srtp_unprotect(pair->in, packet, &len);

	if (status == srtp_err_status_replay_fail || status == srtp_err_status_replay_old)
		return SRTP_REPLAYED;
	if (status != srtp_err_status_ok || len < 0)
		return SRTP_FORGED;
	*n = (size_t)len;
	return SRTP_GOOD;
}

bool srtp_pair_out(struct srtp_pair *pair, uint8_t *packet, size_t *n)
{
	int len = (int)*n;
	srtp_err_status_t status = rtcp_is_rtcp(packet, *n) ? srtp_protect_rtcp(pair->out, packet, &len)
							    : srtp_protect(pair->out, packet, &len);

	if (status != srtp_err_status_ok)
		return false;
	*n = (size_t)len;
	return true;
}
