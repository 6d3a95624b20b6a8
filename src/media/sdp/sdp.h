/* SDP (RFC 8866) offer/answer (RFC 3264) as plain structs. Pure: no I/O, clock or allocation.
 *
 * The parser takes hostile text and fills a bounded struct; the writer makes the text. Audio is the one
 * medium carried here; every other m-line is remembered only to be answered with port 0 in its place. Used by
 * sip/ for phones and trunks and by center/ for browsers (JSEP subset: BUNDLE, rtcp-mux, ICE-lite, DTLS-SRTP;
 * RFC 8829, 8839, 8842). */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SDP_TEXT_MAX 8192
#define SDP_MLINES_MAX 32
#define SDP_CODECS_MAX 8

enum sdp_codec {
	SDP_CODEC_NONE,
	SDP_PCMU,
	SDP_PCMA,
	SDP_TELEPHONE_EVENT,
	SDP_G722,
	SDP_OPUS,
	SDP_COMFORT_NOISE,
};
#define SDP_CODECS 7 /* how many the enum has */
/* SRTP protection profiles of a=crypto (RFC 4568, 7714). */
enum sdp_suite {
	SDP_SUITE_NONE,
	SDP_AES_CM_128_HMAC_SHA1_80,
	SDP_AES_CM_128_HMAC_SHA1_32,
	SDP_AEAD_AES_128_GCM,
	SDP_AEAD_AES_256_GCM
};
enum sdp_direction { SDP_SENDRECV, SDP_SENDONLY, SDP_RECVONLY, SDP_INACTIVE };
enum sdp_setup { SDP_SETUP_NONE, SDP_ACTPASS, SDP_ACTIVE, SDP_PASSIVE };

struct sdp_format {
	enum sdp_codec codec;
	uint8_t payload_type;
};

/* One side's view of the audio, plus what is needed to answer the m-lines around it. */
struct sdp {
	/* audio */
	bool has_audio;
	int audio_index;  /* which m-line, from 0 */
	char address[64]; /* IPv4 or IPv6 literal; "" or "0.0.0.0" = none (old-style hold) */
	uint16_t port;
	enum sdp_direction direction;
	uint16_t ptime_ms;			   /* 20 when not said; 10..60 */
	struct sdp_format formats[SDP_CODECS_MAX]; /* in order of preference, only those we know */
	int n_formats;
	/* WebRTC; is_webrtc when the profile is UDP/TLS/RTP/SAVPF */
	bool is_webrtc, has_rtcp_mux, has_bundle;
	char mid[32], ufrag[64], password[128], fingerprint[128]; /* "sha-256 AB:CD:..." */
	enum sdp_setup setup;
	uint32_t ssrc; /* ours when writing */
	char cname[32];
	/* every m-line as it came: "video", "application"..., protocol, first format, and its mid */
	struct sdp_mline {
		char media[16], protocol[32], format[32], mid[32];
	} mlines[SDP_MLINES_MAX];
	int n_mlines;
	uint64_t session_id, session_version; /* o= line; when writing */
};

/* Why a text was refused, for the log and the peer (488 with a Warning). */
enum sdp_error {
	SDP_OK = 0,
	SDP_TOO_LONG = 1,
	SDP_MALFORMED,
	SDP_TOO_MANY_MLINES,
	SDP_NO_AUDIO,
	SDP_NO_COMMON_CODEC
};

/* Reads n bytes of SDP. 0, or a positive sdp_error; *ret_sdp is untouched on failure. Unknown lines are
 * ignored. */
int sdp_parse(const char *text, size_t n, struct sdp *ret_sdp);
/* Writes an offer, or an answer when remote is not NULL (one m-line per remote m-line, all but the audio with
 * port 0, direction answered per RFC 3264 section 6.1). 0 or -E2BIG. */
int sdp_write(const struct sdp *local, const struct sdp *remote, char *ret_text, size_t size);
/* The first audio codec of remote that is in allowed (n of them), and its payload type; SDP_CODEC_NONE when
 * none. */
struct sdp_format sdp_choose(const struct sdp *remote, const enum sdp_codec *allowed, int n);
/* The payload type of telephone-event in sdp, or 0. */
uint8_t sdp_telephone_event(const struct sdp *sdp);
const char *sdp_error_text(int error);
