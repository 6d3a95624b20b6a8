/* The DTLS handshake of a leg. */
#include "media/webrtc/handshake.h"
#include "base/alloc.h"
#include "base/str.h"
#include "media/leg.h"
#include "media/rtp/srtp.h"
#include "media/webrtc/dtls.h"
#include "media/webrtc/video.h"

#include <errno.h>
#include <string.h>

#define DATAGRAMS_MAX 200
#define LIMIT_NS (30 * SECOND_NS)

struct handshake {
	char fingerprint[DTLS_FINGERPRINT_MAX]; /* the peer's, from its SDP */
	enum sdp_setup peer_setup;
	struct dtls *dtls;
	int64_t started_ns, due_ns; /* due: the next retransmission; 0: none */
	int n_datagrams;
	bool has_failed;
};

static void fail(struct leg *leg, int err)
{
	if (leg->handshake->has_failed)
		return;
	leg->handshake->has_failed = true;
	leg->handshake->due_ns = 0;
	engine_leg_event(leg, leg->is_ready ? MEDIA_LEG_LOST : MEDIA_LEG_FAILED, 0, err);
}

static void send_dtls(void *arg, const uint8_t *bytes, size_t n)
{
	leg_send_raw(arg, bytes, n);
}

int handshake_remote(struct leg *leg, enum sdp_setup peer_setup, const char *fingerprint)
{
	struct handshake *h = leg->handshake;

	if (!h && !(h = leg->handshake = alloc_zero(sizeof(*h))))
		return -ENOMEM;
	if (h->dtls && str_equal_nocase(h->fingerprint, fingerprint) && !h->has_failed)
		return 0;
	if (str_put(h->fingerprint, sizeof(h->fingerprint), fingerprint) < 0 || !fingerprint[0])
		return -EINVAL;
	dtls_free(TAKE_PTR(h->dtls));
	srtp_pair_free(TAKE_PTR(leg->srtp));
	h->has_failed = false;
	h->peer_setup = peer_setup;
	return 0;
}

void handshake_start(struct leg *leg)
{
	struct handshake *h = leg->handshake;

	if (!h || h->dtls || h->has_failed)
		return;
	bool is_client = h->peer_setup == SDP_PASSIVE;
	int err = dtls_new(&h->dtls, leg->thread->media->identity, is_client, h->fingerprint, send_dtls, leg);
	if (err < 0) {
		fail(leg, err);
		return;
	}
	h->started_ns = leg->thread->now_ns;
	h->n_datagrams = 0;
	if (is_client)
		handshake_read(leg, NULL, 0);
}

static void key_up(struct leg *leg)
{
	uint32_t ssrcs[] = {leg->out.ssrc, video_ssrc(leg)};
	struct dtls_keys keys;
	int err = dtls_export(leg->handshake->dtls, &keys);

	if (err == 0)
		err = srtp_pair_new(&leg->srtp,
			&(struct srtp_keys){
				.suite = keys.is_gcm ? SDP_AEAD_AES_128_GCM : SDP_AES_CM_128_HMAC_SHA1_80,
				.local = keys.local,
				.remote = keys.remote,
				.ssrcs = ssrcs,
				.n_ssrcs = leg->video ? 2 : 1});
	explicit_bzero(&keys, sizeof(keys));
	if (err < 0)
		fail(leg, err);
	else
		leg_ready(leg);
}

void handshake_read(struct leg *leg, const uint8_t *packet, size_t n)
{
	struct handshake *h = leg->handshake;

	if (!h || !h->dtls || h->has_failed)
		return;
	if (!leg->srtp && ++h->n_datagrams > DATAGRAMS_MAX) {
		fail(leg, -EPROTO);
		return;
	}
	int result = dtls_step(h->dtls, packet, n);
	if (result < 0 || result == DTLS_CLOSED) {
		fail(leg, result < 0 ? result : -ECONNRESET);
		return;
	}
	if (result == DTLS_DONE && !leg->srtp)
		key_up(leg);
	int ms = dtls_timeout_ms(h->dtls);
	h->due_ns = ms < 0 || h->has_failed ? 0 : leg->thread->now_ns + ms * INT64_C(1000000) + 1;
}

void handshake_tick(struct leg *leg, int64_t now_ns)
{
	struct handshake *h = leg->handshake;

	if (!h || h->due_ns == 0 || h->has_failed)
		return;
	if (now_ns - h->started_ns > LIMIT_NS)
		fail(leg, -ETIMEDOUT);
	else if (now_ns >= h->due_ns)
		handshake_read(leg, NULL, 0);
}

bool handshake_has_failed(const struct leg *leg)
{
	return leg->handshake && leg->handshake->has_failed;
}

void handshake_free(struct leg *leg)
{
	if (leg->handshake)
		dtls_free(leg->handshake->dtls);
	alloc_free(TAKE_PTR(leg->handshake));
}
