/* A browser's leg: ICE-lite answers, and SRTP both ways under the keys of its handshake.
 *
 * Invariant: peer is only ever set by an authenticated STUN request. */
#include "media/webrtc/webrtc_leg.h"
#include "base/alloc.h"
#include "base/str.h"
#include "media/leg.h"
#include "media/relay.h"
#include "media/rtp/report.h"
#include "media/rtp/rtcp.h"
#include "media/rtp/srtp.h"
#include "media/webrtc/handshake.h"
#include "media/webrtc/video.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

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
	leg->port = webrtc_port_number(leg->thread);
	return webrtc_port_add(leg);
}

void webrtc_leg_free(struct leg *leg)
{
	struct webrtc *w = leg->webrtc;

	if (!w)
		return;
	webrtc_port_remove(leg);
	explicit_bzero(w->password, sizeof(w->password));
	alloc_free(w);
	leg->webrtc = NULL;
}

void webrtc_leg_describe(const struct leg *leg, struct media_event *ret_event)
{
	const struct webrtc *w = leg->webrtc;

	str_put(ret_event->opened.ufrag, sizeof(ret_event->opened.ufrag), w->ufrag);
	str_put(ret_event->opened.password, sizeof(ret_event->opened.password), w->password);
}

int webrtc_leg_remote(struct leg *leg, const struct media_command *c)
{
	struct webrtc *w = leg->webrtc;
	bool has_all = c->remote.ufrag[0] && c->remote.fingerprint[0];

	if (!has_all)
		return leg->has_remote ? 0 : -EINVAL; /* a renegotiation may repeat nothing */
	int err = handshake_remote(leg, c->remote.setup, c->remote.fingerprint);
	if (err < 0)
		return err;
	str_put(w->peer_ufrag, sizeof(w->peer_ufrag), c->remote.ufrag);
	video_set_remote(leg, c->remote.video_payload_type);
	leg->has_remote = true;
	if (w->peer.len > 0)
		handshake_start(leg);
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
	if (leg->has_remote)
		handshake_start(leg);
}

/* ---- SRTP ---- */

void webrtc_on_media(struct leg *leg, uint8_t *packet, size_t n)
{
	struct rtp rtp;

	if (!leg->srtp)
		return;
	enum srtp_verdict verdict = srtp_pair_in(leg->srtp, packet, &n);
	if (verdict != SRTP_GOOD) {
		leg->rejected++;
		if (verdict == SRTP_FORGED)
			counter_add(&leg->thread->counters.srtp_rejected, 1);
		return;
	}
	leg->in.last_ns = leg->thread->now_ns;
	if (rtcp_is_rtcp(packet, n))
		report_read(leg, packet, n);
	else if (rtp_parse_packet(packet, n, &rtp) && !video_packet(leg, &rtp))
		relay_packet(leg, &rtp);
}

void webrtc_leg_send(struct leg *leg, uint8_t *packet, size_t n)
{
	if (leg->srtp && !handshake_has_failed(leg) && srtp_pair_out(leg->srtp, packet, &n))
		webrtc_port_send(leg->thread, &leg->webrtc->peer, packet, n);
}

void webrtc_leg_send_raw(struct leg *leg, const uint8_t *bytes, size_t n)
{
	webrtc_port_send(leg->thread, &leg->webrtc->peer, bytes, n);
}
