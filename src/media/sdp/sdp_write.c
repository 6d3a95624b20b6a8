/* Writing SDP: an offer of one audio line, or the answer to a remote offer, line for line. */
#include "media/sdp/sdp.h"
#include "media/sdp/sdp_text.h"
#include "base/str.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* RFC 8445 section 5.1.2.1: host, component 1. IPv6 first (RFC 8421 section 4), where both ways are there. */
#define CANDIDATE_PRIORITY 2130706431u
#define CANDIDATE_PRIORITY_SECOND 2130706175u

static const char *const setups[] = {"", "actpass", "active", "passive"};

static const char *const directions[] = {"sendrecv", "sendonly", "recvonly", "inactive"};

struct writer {
	char *text;
	size_t size, len;
	bool is_full;
};

__attribute__((format(printf, 2, 3))) static void put(struct writer *w, const char *format, ...)
{
	va_list ap;

	if (w->is_full)
		return;
	va_start(ap, format);
	int n = vsnprintf(w->text + w->len, w->size - w->len, format, ap);
	va_end(ap);
	w->is_full = n < 0 || (size_t)n >= w->size - w->len;
	if (!w->is_full)
		w->len += (size_t)n;
}

static const char *family(const char *address)
{
	return strchr(address, ':') ? "IP6" : "IP4";
}

/* Whether the peer speaks IPv6: by the address it gave; one on hold (0.0.0.0) or without any by what is known
 * otherwise. */
static bool is_v6(const struct sdp *local, const struct sdp *remote)
{
	if (remote && remote->address[0] && !str_equal(remote->address, "0.0.0.0"))
		return strchr(remote->address, ':') != NULL;
	return local->is_v6_wanted;
}

static const char *address_of(const struct sdp *local, const struct sdp *remote)
{
	if (local->address_v6[0] && !local->is_webrtc && is_v6(local, remote))
		return local->address_v6;
	return local->address[0] ? local->address : "0.0.0.0";
}

/* RFC 3264 section 6.1: we may send what the other side receives, and receive what it sends. */
static enum sdp_direction answer_direction(enum sdp_direction ours, enum sdp_direction theirs)
{
	bool can_send = (ours == SDP_SENDRECV || ours == SDP_SENDONLY) &&
			(theirs == SDP_SENDRECV || theirs == SDP_RECVONLY);
	bool can_receive = (ours == SDP_SENDRECV || ours == SDP_RECVONLY) &&
			   (theirs == SDP_SENDRECV || theirs == SDP_SENDONLY);

	if (can_send)
		return can_receive ? SDP_SENDRECV : SDP_SENDONLY;
	return can_receive ? SDP_RECVONLY : SDP_INACTIVE;
}

static enum sdp_setup our_setup(const struct sdp *local, const struct sdp *remote)
{
	if (!remote)
		return local->setup == SDP_SETUP_NONE ? SDP_ACTPASS : local->setup;
	if (local->setup == SDP_ACTIVE || local->setup == SDP_PASSIVE)
		return local->setup;
	return remote->setup == SDP_PASSIVE ? SDP_ACTIVE : SDP_PASSIVE;
}

static bool has_format(const struct sdp *sdp, struct sdp_format f)
{
	for (int i = 0; i < sdp->n_formats; i++)
		if (sdp->formats[i].codec == f.codec && sdp_clock_hz(sdp->formats[i]) == sdp_clock_hz(f))
			return true;
	return false;
}

static bool has_codec(const struct sdp *sdp, enum sdp_codec codec)
{
	for (int i = 0; i < sdp->n_formats; i++)
		if (sdp->formats[i].codec == codec)
			return true;
	return false;
}

/* The first voice both sides have, and what goes with it: key presses, and noise beside narrow-band voice. */
static int choose_narrow(const struct sdp *local, const struct sdp *remote,
	struct sdp_format ret_formats[static SDP_CODECS_MAX])
{
	int n = 0;

	for (int i = 0; i < remote->n_formats && n == 0; i++)
		if (sdp_is_audio(remote->formats[i].codec) && has_format(local, remote->formats[i]))
			ret_formats[n++] = remote->formats[i];
	if (n == 0)
		return 0;
	uint32_t clock_hz = sdp_clock_hz(ret_formats[0]);
	uint8_t event = sdp_telephone_event(remote, clock_hz), noise = sdp_comfort_noise(remote);
	if (noise && has_codec(local, SDP_COMFORT_NOISE) && clock_hz == 8000)
		ret_formats[n++] = (struct sdp_format){SDP_COMFORT_NOISE, noise, 8000};
	for (int i = 0; event && has_codec(local, SDP_TELEPHONE_EVENT) && i < remote->n_formats; i++)
		if (remote->formats[i].codec == SDP_TELEPHONE_EVENT &&
			remote->formats[i].payload_type == event) {
			ret_formats[n++] = remote->formats[i];
			break;
		}
	return n;
}

/* The formats to write: ours, or in an answer those of the offer that are ours, under the offer's numbers. */
static int choose_formats(const struct sdp *local, const struct sdp *remote,
	struct sdp_format ret_formats[static SDP_CODECS_MAX])
{
	const struct sdp *from = remote ? remote : local;
	int n = 0, n_audio = 0;

	if (remote && local->is_narrow)
		return choose_narrow(local, remote, ret_formats);
	for (int i = 0; i < from->n_formats; i++) {
		if (!has_format(local, from->formats[i]))
			continue;
		ret_formats[n++] = from->formats[i];
		n_audio += sdp_is_audio(from->formats[i].codec);
	}
	return n_audio > 0 ? n : 0;
}

static void put_formats(struct writer *w, const struct sdp_format *formats, int n)
{
	for (int i = 0; i < n; i++) {
		const struct sdp_format *f = &formats[i];
		put(w, "a=rtpmap:%u %s/%u%s\r\n", f->payload_type, sdp_codec_name(f->codec),
			(unsigned)sdp_clock_hz(*f), f->codec == SDP_OPUS ? "/2" : "");
		if (f->codec == SDP_TELEPHONE_EVENT)
			put(w, "a=fmtp:%u 0-15\r\n", f->payload_type);
		else if (f->codec == SDP_OPUS)
			put(w, "a=fmtp:%u minptime=10;useinbandfec=1\r\n", f->payload_type);
	}
}

/* How an answer is encrypted: as the offer's profile demands, or as it invites to (RFC 8643) and we can. */
static enum sdp_security answer_security(const struct sdp *local, const struct sdp *remote)
{
	if (remote->security != SDP_CLEAR)
		return remote->security;
	if (remote->n_cryptos > 0 && local->n_cryptos > 0)
		return SDP_SDES;
	return remote->fingerprint[0] && remote->setup != SDP_SETUP_NONE && local->security == SDP_DTLS
		       ? SDP_DTLS
		       : SDP_CLEAR;
}

/* Whether we have what the profile of the offer demands. */
static bool can_secure(const struct sdp *local, const struct sdp *remote)
{
	enum sdp_security s = answer_security(local, remote);

	return s == SDP_CLEAR || (s == SDP_SDES ? local->n_cryptos > 0 : local->fingerprint[0] != 0);
}

bool sdp_can_answer(const struct sdp *local, const struct sdp *remote)
{
	struct sdp_format formats[SDP_CODECS_MAX];

	if (sdp_is_t38_agreed(local, remote))
		return true;
	return choose_formats(local, remote, formats) > 0 && can_secure(local, remote);
}

/* The answer to a=crypto carries the tag of the line it answers (RFC 4568 section 5.1.2). */
static void put_crypto_answer(struct writer *w, const struct sdp *local, const struct sdp *remote)
{
	struct sdp_crypto answer = local->cryptos[0];
	char text[SDP_CRYPTO_TEXT_MAX];

	for (int i = remote->n_cryptos - 1; i >= 0; i--)
		if (remote->cryptos[i].suite == answer.suite)
			answer.tag = remote->cryptos[i].tag;
	sdp_crypto_text(&answer, text);
	put(w, "a=crypto:%s\r\n", text);
	explicit_bzero(text, sizeof(text));
	explicit_bzero(&answer, sizeof(answer));
}

/* What a telephone needs to know beside the codecs. */
static void put_phone_part(struct writer *w, const struct sdp *local, const struct sdp *remote)
{
	enum sdp_security s = remote ? answer_security(local, remote) : local->security;
	char text[SDP_CRYPTO_TEXT_MAX];

	if (remote ? remote->has_rtcp_mux && local->has_rtcp_mux : local->has_rtcp_mux)
		put(w, "a=rtcp-mux\r\n");
	for (int i = 0; !remote && s != SDP_DTLS && i < local->n_cryptos; i++) {
		sdp_crypto_text(&local->cryptos[i], text);
		put(w, "a=crypto:%s\r\n", text);
		explicit_bzero(text, sizeof(text));
	}
	if (remote && s == SDP_SDES)
		put_crypto_answer(w, local, remote);
	if (s == SDP_DTLS)
		put(w, "a=fingerprint:%s\r\na=setup:%s\r\n", local->fingerprint,
			setups[our_setup(local, remote)]);
}

/* A host without IPv6 has its loopback still: no browser elsewhere is told of that. */
static bool is_v6_candidate(const struct sdp *local)
{
	return local->address_v6[0] &&
	       (!str_equal(local->address_v6, "::1") || str_starts_with(local->address, "127."));
}

static void put_browser_part(struct writer *w, const struct sdp *local, const struct sdp *remote)
{
	put(w, "a=rtcp-mux\r\n");
	put(w, "a=ice-ufrag:%s\r\na=ice-pwd:%s\r\n", local->ufrag, local->password);
	put(w, "a=fingerprint:%s\r\na=setup:%s\r\n", local->fingerprint, setups[our_setup(local, remote)]);
	bool is_second = is_v6_candidate(local);
	if (is_second)
		put(w, "a=candidate:2 1 udp %u %s %u typ host\r\n", CANDIDATE_PRIORITY, local->address_v6,
			local->port);
	put(w, "a=candidate:1 1 udp %u %s %u typ host\r\na=end-of-candidates\r\n",
		is_second ? CANDIDATE_PRIORITY_SECOND : CANDIDATE_PRIORITY, address_of(local, remote),
		local->port);
}

static void put_source(struct writer *w, const struct sdp *local, uint32_t ssrc, const char *track)
{
	if (ssrc == 0)
		return;
	put(w, "a=msid:markaz %s\r\n", track);
	put(w, "a=ssrc:%" PRIu32 " cname:%s\r\n", ssrc, local->cname[0] ? local->cname : "markaz");
	put(w, "a=ssrc:%" PRIu32 " msid:markaz %s\r\n", ssrc, track);
}

static void put_audio(struct writer *w, const struct sdp *local, const struct sdp *remote, const char *mid)
{
	struct sdp_format formats[SDP_CODECS_MAX];
	int n = choose_formats(local, remote, formats);
	bool is_webrtc = local->is_webrtc;
	static const char *const profiles[] = {"RTP/AVP", "RTP/SAVP", "UDP/TLS/RTP/SAVP"};
	const char *profile = is_webrtc ? "UDP/TLS/RTP/SAVPF" : profiles[local->security];

	if (remote)
		profile = remote->mlines[remote->audio_index].protocol;
	if (n == 0 || local->port == 0 || (remote && !can_secure(local, remote))) {
		put(w, "m=audio 0 %s %u\r\n", profile, n > 0 ? formats[0].payload_type : 0);
		if (mid[0])
			put(w, "a=mid:%s\r\n", mid);
		return;
	}
	put(w, "m=audio %u %s", local->port, profile);
	for (int i = 0; i < n; i++)
		put(w, " %u", formats[i].payload_type);
	put(w, "\r\n");
	if (is_webrtc)
		put(w, "c=IN %s %s\r\n", family(address_of(local, remote)), address_of(local, remote));
	if (mid[0])
		put(w, "a=mid:%s\r\n", mid);
	put_formats(w, formats, n);
	put(w, "a=ptime:%u\r\n", local->ptime_ms ? local->ptime_ms : 20);
	enum sdp_direction direction =
		remote ? answer_direction(local->direction, remote->direction) : local->direction;
	put(w, "a=%s\r\n", directions[direction]);
	if (is_webrtc) {
		put_browser_part(w, local, remote);
		put_source(w, local, local->ssrc, "audio");
	} else {
		put_phone_part(w, local, remote);
	}
}

#define VIDEO_MID "1" /* in our offers */

/* Whether pictures are said yes to, or offered. */
static bool has_video(const struct sdp *local, const struct sdp *remote)
{
	bool is_ours = local->is_webrtc && local->video.is_there && local->port != 0;

	return is_ours && (!remote || (remote->video.is_there && remote->has_bundle && remote->video.mid[0]));
}

/* Bundled with the audio: in an offer it has no port of its own (RFC 9143 section 7.2.1). */
static void put_video(struct writer *w, const struct sdp *local, const struct sdp *remote)
{
	uint8_t type = remote ? remote->video.payload_type : local->video.payload_type;
	enum sdp_direction direction =
		remote ? answer_direction(local->video.direction, remote->video.direction)
		       : local->video.direction;

	put(w, "m=video %u UDP/TLS/RTP/SAVPF %u\r\nc=IN %s %s\r\n", remote ? local->port : 0, type,
		family(address_of(local, remote)), address_of(local, remote));
	put(w, "a=mid:%s\r\n", remote ? remote->video.mid : VIDEO_MID);
	if (!remote)
		put(w, "a=bundle-only\r\n");
	put(w, "a=rtpmap:%u VP8/90000\r\n", type);
	put(w, "a=rtcp-fb:%u goog-remb\r\na=rtcp-fb:%u ccm fir\r\n", type, type);
	put(w, "a=rtcp-fb:%u nack\r\na=rtcp-fb:%u nack pli\r\na=%s\r\n", type, type, directions[direction]);
	put_browser_part(w, local, remote);
	put_source(w, local, local->video.ssrc, "video");
}

static void put_session(
	struct writer *w, const struct sdp *local, const struct sdp *remote, const char *video_mid)
{
	const char *bundle_mid = local->mid[0] ? local->mid : "0";
	bool is_webrtc = local->is_webrtc;
	const char *address = address_of(local, remote);

	put(w, "v=0\r\no=markaz %" PRIu64 " %" PRIu64 " IN %s %s\r\ns=-\r\n", local->session_id,
		local->session_version, family(address), address);
	if (!is_webrtc)
		put(w, "c=IN %s %s\r\n", family(address), address);
	put(w, "t=0 0\r\n");
	if (!is_webrtc)
		return;
	if (remote)
		bundle_mid = remote->has_bundle ? remote->mid : "";
	if (bundle_mid[0])
		put(w, "a=group:BUNDLE %s%s%s\r\n", bundle_mid, video_mid[0] ? " " : "", video_mid);
	put(w, "a=ice-lite\r\na=msid-semantic: WMS markaz\r\n");
}

static void put_t38(struct writer *w, const struct sdp *local, const char *mid)
{
	char text[SDP_T38_TEXT_MAX];

	sdp_t38_text(local, text);
	put(w, "%s", text);
	if (mid[0])
		put(w, "a=mid:%s\r\n", mid);
}

static void put_answer(struct writer *w, const struct sdp *local, const struct sdp *remote)
{
	bool with_video = has_video(local, remote);

	put_session(w, local, remote, with_video ? remote->video.mid : "");
	for (int i = 0; i < remote->n_mlines; i++) {
		const struct sdp_mline *line = &remote->mlines[i];
		if (sdp_is_t38_agreed(local, remote) && i == remote->t38.index) {
			put_t38(w, local, line->mid);
			continue;
		}
		if (remote->has_audio && i == remote->audio_index && !sdp_is_t38_agreed(local, remote)) {
			put_audio(w, local, remote, remote->mid);
			continue;
		}
		if (with_video && i == remote->video.index) {
			put_video(w, local, remote);
			continue;
		}
		put(w, "m=%s 0 %s %s\r\n", line->media, line->protocol, line->format);
		if (line->mid[0])
			put(w, "a=mid:%s\r\n", line->mid);
	}
}

int sdp_write(const struct sdp *local, const struct sdp *remote, char *ret_text, size_t size)
{
	char text[SDP_TEXT_MAX];
	struct writer w = {.text = text, .size = sizeof(text)};
	const char *mid = local->mid[0] || !local->is_webrtc ? local->mid : "0";

	if (remote) {
		put_answer(&w, local, remote);
	} else {
		put_session(&w, local, NULL, has_video(local, NULL) ? VIDEO_MID : "");
		if (local->is_t38_wanted)
			put_t38(&w, local, local->mid);
		else
			put_audio(&w, local, NULL, mid);
		if (has_video(local, NULL))
			put_video(&w, local, NULL);
	}
	if (w.is_full || w.len >= size)
		return -E2BIG;
	memcpy(ret_text, text, w.len + 1);
	return 0;
}
