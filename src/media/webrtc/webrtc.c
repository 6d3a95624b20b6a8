/* A browser's leg: ICE-lite answers, the DTLS handshake, SRTP both ways.
 *
 * Invariants: peer is only ever set by an authenticated STUN request; packets are only deciphered with keys
 * exported from a handshake whose certificate has the fingerprint of the SDP. */
#include "media/webrtc/webrtc_leg.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/str.h"
#include "media/leg.h"
#include "media/relay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define HANDSHAKE_DATAGRAMS_MAX 200
#define HANDSHAKE_NS (30 * SECOND_NS)
#define REPORT_NS (5 * SECOND_NS)
#define REPORT_ROOM 128
#define NTP_OFFSET_S UINT64_C(2208988800)

static void random_text(char *ret_text, size_t n)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint8_t bytes[64];

	if (getrandom(bytes, n, 0) != (ssize_t)n)
		abort(); /* without chance there is no secrecy */
	for (size_t i = 0; i < n; i++)
		ret_text[i] = letters[bytes[i] & 63];
	ret_text[n] = 0;
}

int webrtc_leg_new(struct leg *leg)
{
	if (!leg->thread->webrtc)
		return -ENOTSUP;
	struct webrtc *w = alloc_zero(sizeof(*w));
	if (!w)
		return -ENOMEM;
	leg->webrtc = w;
	random_text(w->ufrag, 12);
	random_text(w->password, 32);
	random_text(w->cname, 16);
	leg->port = webrtc_port_number(leg->thread);
	return webrtc_port_add(leg);
}

void webrtc_leg_free(struct leg *leg)
{
	struct webrtc *w = leg->webrtc;

	if (!w)
		return;
	webrtc_port_remove(leg);
	dtls_free(w->dtls);
	if (w->inbound)
		srtp_dealloc(w->inbound);
	if (w->outbound)
		srtp_dealloc(w->outbound);
	explicit_bzero(w->password, sizeof(w->password));
	alloc_free(w);
	leg->webrtc = NULL;
}

void webrtc_leg_describe(const struct leg *leg, struct media_event *ret_event)
{
	const struct webrtc *w = leg->webrtc;

	str_put(ret_event->opened.ufrag, sizeof(ret_event->opened.ufrag), w->ufrag);
	str_put(ret_event->opened.password, sizeof(ret_event->opened.password), w->password);
	str_put(ret_event->opened.fingerprint, sizeof(ret_event->opened.fingerprint),
		dtls_fingerprint(leg->thread->media->identity));
}

static void fail(struct leg *leg, int err)
{
	if (leg->webrtc->has_failed)
		return;
	leg->webrtc->has_failed = true;
	leg->webrtc->due_ns = 0;
	engine_leg_event(leg, leg->is_ready ? MEDIA_LEG_LOST : MEDIA_LEG_FAILED, 0, err);
}

static void send_dtls(void *arg, const uint8_t *bytes, size_t n)
{
	struct leg *leg = arg;

	webrtc_port_send(leg->thread, &leg->webrtc->peer, bytes, n);
}

/* Once the peer's parameters and a vouched address are known. */
static void start_handshake(struct leg *leg)
{
	struct webrtc *w = leg->webrtc;
	bool is_client = w->peer_setup == SDP_PASSIVE;

	if (w->dtls || w->has_failed || !leg->has_remote || w->peer.len == 0)
		return;
	int err = dtls_new(&w->dtls, leg->thread->media->identity, is_client, w->fingerprint, send_dtls, leg);
	if (err < 0) {
		fail(leg, err);
		return;
	}
	w->started_ns = leg->thread->now_ns;
	w->n_datagrams = 0;
	if (is_client)
		webrtc_on_dtls(leg, NULL, 0);
}

int webrtc_leg_remote(struct leg *leg, const struct media_command *c)
{
	struct webrtc *w = leg->webrtc;
	bool has_all = c->remote.ufrag[0] && c->remote.fingerprint[0];

	if (!has_all)
		return leg->has_remote ? 0 : -EINVAL; /* a renegotiation may repeat nothing */
	/* A renegotiation of the same session changes neither keys nor path. */
	if (leg->has_remote && str_equal_nocase(w->fingerprint, c->remote.fingerprint) && !w->has_failed) {
		str_put(w->peer_ufrag, sizeof(w->peer_ufrag), c->remote.ufrag);
		return 0;
	}
	dtls_free(TAKE_PTR(w->dtls));
	if (w->inbound)
		srtp_dealloc(TAKE_PTR(w->inbound));
	if (w->outbound)
		srtp_dealloc(TAKE_PTR(w->outbound));
	w->has_failed = false;
	str_put(w->peer_ufrag, sizeof(w->peer_ufrag), c->remote.ufrag);
	str_put(w->fingerprint, sizeof(w->fingerprint), c->remote.fingerprint);
	w->peer_setup = c->remote.setup;
	leg->has_remote = true;
	start_handshake(leg);
	return 0;
}

/* ---- STUN ---- */

/* "ours:theirs"; theirs is checked once it is known. */
static bool is_right_name(const struct webrtc *w, const char *username)
{
	size_t n = strlen(w->ufrag);

	return strncmp(username, w->ufrag, n) == 0 && username[n] == ':' &&
	       (w->peer_ufrag[0] == 0 || strcmp(username + n + 1, w->peer_ufrag) == 0);
}

void webrtc_on_stun(
	struct leg *leg, uint8_t *packet, const struct stun_request *request, const struct endpoint *from)
{
	struct webrtc *w = leg->webrtc;
	uint8_t answer[STUN_ANSWER_MAX];

	if (!is_right_name(w, request->username) || !stun_is_authentic(packet, request, w->password)) {
		counter_add(&leg->thread->counters.stun_rejected, 1);
		return;
	}
	leg->in.last_ns = leg->thread->now_ns;
	leg->is_lost = false;
	bool is_chosen = request->has_use_candidate || w->peer.len == 0;
	if (is_chosen && !endpoint_equal(from, &w->peer) && webrtc_port_move(leg, from) < 0)
		return;
	size_t n = stun_write_answer(request, from, w->password, answer);
	if (n > 0)
		webrtc_port_send(leg->thread, from, answer, n);
	start_handshake(leg);
}

/* ---- DTLS ---- */

static int make_srtp(
	srtp_t *ret_session, const struct dtls_keys *keys, const uint8_t *key, srtp_ssrc_type_t type)
{
	srtp_policy_t policy = {.ssrc = {.type = type}, .window_size = 1024, .allow_repeat_tx = 1};
	uint8_t copy[sizeof(keys->local)];

	if (keys->is_gcm) {
		srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp);
		srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtcp);
	} else {
		srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtp);
		srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtcp);
	}
	memcpy(copy, key, sizeof(copy));
	policy.key = copy;
	srtp_err_status_t status = srtp_create(ret_session, &policy);
	explicit_bzero(copy, sizeof(copy));
	return status == srtp_err_status_ok ? 0 : -EPROTO;
}

static void key_up(struct leg *leg)
{
	struct webrtc *w = leg->webrtc;
	struct dtls_keys keys;
	int err = dtls_export(w->dtls, &keys);

	if (err == 0)
		err = make_srtp(&w->inbound, &keys, keys.remote, ssrc_any_inbound);
	if (err == 0)
		err = make_srtp(&w->outbound, &keys, keys.local, ssrc_any_outbound);
	explicit_bzero(&keys, sizeof(keys));
	if (err < 0)
		fail(leg, err);
	else
		leg_ready(leg);
}

static void set_due(struct leg *leg)
{
	int ms = dtls_timeout_ms(leg->webrtc->dtls);

	leg->webrtc->due_ns = ms < 0 ? 0 : leg->thread->now_ns + ms * INT64_C(1000000) + 1;
}

void webrtc_on_dtls(struct leg *leg, const uint8_t *packet, size_t n)
{
	struct webrtc *w = leg->webrtc;

	if (!w->dtls || w->has_failed)
		return;
	if (!w->outbound && ++w->n_datagrams > HANDSHAKE_DATAGRAMS_MAX) {
		fail(leg, -EPROTO);
		return;
	}
	int result = dtls_step(w->dtls, packet, n);
	if (result < 0) {
		fail(leg, result);
		return;
	}
	if (result == DTLS_CLOSED) {
		fail(leg, -ECONNRESET);
		return;
	}
	if (result == DTLS_DONE && !w->outbound)
		key_up(leg);
	set_due(leg);
}

void webrtc_leg_tick(struct leg *leg, int64_t now_ns)
{
	struct webrtc *w = leg->webrtc;

	if (w->due_ns == 0 || w->has_failed)
		return;
	if (now_ns - w->started_ns > HANDSHAKE_NS)
		fail(leg, -ETIMEDOUT);
	else if (now_ns >= w->due_ns)
		webrtc_on_dtls(leg, NULL, 0);
}

/* ---- SRTP ---- */

void webrtc_on_media(struct leg *leg, uint8_t *packet, size_t n)
{
	struct webrtc *w = leg->webrtc;
	bool is_rtcp = packet[1] >= 192 && packet[1] <= 223;
	struct rtp rtp;
	int len = (int)n;

	if (!w->inbound)
		return;
	srtp_err_status_t status = is_rtcp ? srtp_unprotect_rtcp(w->inbound, packet, &len)
					   : srtp_unprotect(w->inbound, packet, &len);
	if (status == srtp_err_status_replay_fail || status == srtp_err_status_replay_old)
		return;
	if (status != srtp_err_status_ok) {
		counter_add(&leg->thread->counters.srtp_rejected, 1);
		return;
	}
	leg->in.last_ns = leg->thread->now_ns;
	/* Reports tell us nothing we act on. */
	if (!is_rtcp && rtp_parse_packet(packet, (size_t)len, &rtp))
		relay_packet(leg, &rtp);
}

void webrtc_leg_send(struct leg *leg, uint8_t *packet, size_t n)
{
	struct webrtc *w = leg->webrtc;
	int len = (int)n;

	if (!w->outbound || w->has_failed || srtp_protect(w->outbound, packet, &len) != srtp_err_status_ok)
		return;
	webrtc_port_send(leg->thread, &w->peer, packet, (size_t)len);
}

/* A sender report and our name (RFC 3550 sections 6.4.1, 6.5), so that the browser can tell time and loss. */
static void send_report(struct leg *leg, int64_t now_ns)
{
	struct webrtc *w = leg->webrtc;
	uint8_t p[REPORT_ROOM + SRTP_MAX_TRAILER_LEN + 4] = {0};
	int64_t wall_ms = clock_wall_ms();
	size_t name_bytes = strlen(w->cname), sdes_bytes = (8 + 2 + name_bytes + 1 + 3) / 4 * 4;

	p[0] = 0x80;
	p[1] = 200;
	put_be16(p + 2, 6);
	put_be32(p + 4, leg->out.ssrc);
	put_be32(p + 8, (uint32_t)((uint64_t)wall_ms / 1000 + NTP_OFFSET_S));
	put_be32(p + 12, (uint32_t)(((uint64_t)(wall_ms % 1000) << 32) / 1000));
	put_be32(p + 16, leg->out.next_ts + (uint32_t)((now_ns - leg->out.next_ns) / SAMPLE_NS));
	put_be32(p + 20, (uint32_t)leg->out.packets);
	put_be32(p + 24, (uint32_t)leg->out.bytes);
	uint8_t *s = p + 28;
	s[0] = 0x81;
	s[1] = 202;
	put_be16(s + 2, (uint16_t)(sdes_bytes / 4 - 1));
	put_be32(s + 4, leg->out.ssrc);
	s[8] = 1;
	s[9] = (uint8_t)name_bytes;
	memcpy(s + 10, w->cname, name_bytes);
	int len = (int)(28 + sdes_bytes);
	if (srtp_protect_rtcp(w->outbound, p, &len) == srtp_err_status_ok)
		webrtc_port_send(leg->thread, &w->peer, p, (size_t)len);
}

void webrtc_leg_housekeeping(struct leg *leg, int64_t now_ns)
{
	struct webrtc *w = leg->webrtc;

	if (!w->outbound || w->has_failed || leg->out.packets == 0 || now_ns - w->report_ns < REPORT_NS)
		return;
	w->report_ns = now_ns;
	send_report(leg, now_ns);
}
