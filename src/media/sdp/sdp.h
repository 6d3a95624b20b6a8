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
#define SDP_CODECS_MAX 12
#define SDP_CRYPTOS_MAX 4
#define SDP_KEY_MAX 46 /* key and salt of the longest suite, and a little room */

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

/* How the profile of the m-line says the media travels. SDP_CLEAR with cryptos or a fingerprint is an offer
 * of opportunistic encryption (RFC 8643). */
enum sdp_security { SDP_CLEAR, SDP_SDES, SDP_DTLS };

struct sdp_format {
	enum sdp_codec codec;
	uint8_t payload_type;
	uint32_t clock_hz; /* of its timestamps; 0: the codec's own (sdp_clock_hz) */
};
/* One a=crypto line (RFC 4568). Secret. */
struct sdp_crypto {
	uint32_t tag;
	enum sdp_suite suite;
	uint8_t key[SDP_KEY_MAX]; /* master key, then master salt: sdp_suite_bytes */
};

/* A fax line over UDPTL: m=image (T.38 annex D). In place of the audio, or beside it. */
struct sdp_t38 {
	bool is_there;
	int index; /* which m-line, from 0 */
	char address[64];
	uint16_t port;
	uint8_t version;
	uint32_t bit_rate_max; /* 0: not said */
	uint16_t datagram_max; /* what the side takes; 0: not said */
	bool is_redundancy;    /* earlier packets once more in each (T38FaxUdpEC) */
};

/* One side's view of the audio, plus what is needed to answer the m-lines around it. */
struct sdp {
	/* audio */
	bool has_audio;
	int audio_index;  /* which m-line, from 0 */
	char address[64]; /* IPv4 or IPv6 literal; "" or "0.0.0.0" = none (old-style hold) */
	/* Ours when writing: in place of address for those who speak IPv6; browsers get both. "": one for all
	 */
	char address_v6[64];
	bool is_v6_wanted; /* ours when writing: such a peer. An answer goes by the offer's own address first
			    */
	uint16_t port;
	enum sdp_direction direction;
	uint16_t ptime_ms;			   /* 20 when not said; 10..60 */
	struct sdp_format formats[SDP_CODECS_MAX]; /* in order of preference, only those we know */
	int n_formats;
	/* Answers name the first common codec only, with its telephone-event: what is agreed is what is sent.
	 */
	bool is_narrow;
	uint16_t rtcp_port; /* a=rtcp (RFC 3605); 0: port + 1, or port when has_rtcp_mux */
	enum sdp_security security;
	struct sdp_crypto cryptos[SDP_CRYPTOS_MAX]; /* theirs: those we could use, in their order. Ours: what
						       is offered, or the one that answers */
	int n_cryptos;
	/* is_webrtc: a browser, with ICE and DTLS. A telephone with DTLS has a fingerprint and a setup alone
	 */
	bool is_webrtc, has_rtcp_mux, has_bundle;
	char mid[32], ufrag[64], password[128], fingerprint[128]; /* "sha-256 AB:CD:..." */
	enum sdp_setup setup;
	uint32_t ssrc; /* ours when writing */
	char cname[32];
	/* Pictures of a browser (VP8, RFC 7741). Theirs: the first line that offers it. Ours: what is offered
	 * or answered, under ssrc */
	struct sdp_video {
		bool is_there;
		int index;
		char mid[32];
		enum sdp_direction direction;
		uint8_t payload_type;
		uint32_t ssrc;
	} video;
	/* every m-line as it came: "video", "application"..., protocol, first format, and its mid */
	struct sdp_mline {
		char media[16], protocol[32], format[32], mid[32];
	} mlines[SDP_MLINES_MAX];
	int n_mlines;
	uint64_t session_id, session_version; /* o= line; when writing */
	/* Fax. Theirs: t38. Ours: is_t38_ready: an offer of T.38 is answered with our port; is_t38_wanted:
	 * what we offer is T.38 alone, in the place of the audio (RFC 3264 section 8.3.3). */
	struct sdp_t38 t38;
	bool is_t38_ready, is_t38_wanted;
};

/* Whether local's answer to remote is T.38: it was offered and we are ready for it. */
static inline bool sdp_is_t38_agreed(const struct sdp *local, const struct sdp *remote)
{
	return local->is_t38_ready && remote->t38.is_there;
}

/* Why a text was refused, for the log and the peer (488 with a Warning). */
enum sdp_error {
	SDP_OK = 0,
	SDP_TOO_LONG = 1,
	SDP_MALFORMED,
	SDP_TOO_MANY_MLINES,
	SDP_NO_AUDIO,
	SDP_NO_COMMON_CODEC
};

/* Reads n bytes of SDP: some audio, or T.38 (has_audio false). 0, or a positive sdp_error; *ret_sdp is
 * untouched on failure. Unknown lines are ignored. */
int sdp_parse(const char *text, size_t n, struct sdp *ret_sdp);
/* Writes an offer, or an answer when remote is not NULL (one m-line per remote m-line, all but the audio with
 * port 0, direction answered per RFC 3264 section 6.1). 0 or -E2BIG. */
int sdp_write(const struct sdp *local, const struct sdp *remote, char *ret_text, size_t size);
/* Whether the answer to remote would accept its audio: a voice in common, and the encryption it demands. */
bool sdp_can_answer(const struct sdp *local, const struct sdp *remote);
/* The first audio codec of remote that is in allowed (n of them), and its payload type; SDP_CODEC_NONE when
 * none. */
struct sdp_format sdp_choose(const struct sdp *remote, const enum sdp_codec *allowed, int n);
/* The payload type of telephone-event that goes with an audio clock (RFC 4733 section 2.1): the one of that
 * clock, else the one of 8000 Hz, or 0. clock_hz 0: 8000. */
uint8_t sdp_telephone_event(const struct sdp *sdp, uint32_t clock_hz);
/* The payload type of comfort noise in sdp (RFC 3389), or 0. */
uint8_t sdp_comfort_noise(const struct sdp *sdp);
/* The RTP clock of a format: 48000 for Opus, 8000 for all others (G.722, too: RFC 3551 section 4.5.2). */
uint32_t sdp_clock_hz(struct sdp_format format);
/* Whether it carries voice (not key presses, not noise). */
bool sdp_is_audio(enum sdp_codec codec);
/* "PCMU", "opus"...; "" for none. */
const char *sdp_codec_name(enum sdp_codec codec);
/* The first crypto line of remote whose suite we carry out; NULL when there is none. */
const struct sdp_crypto *sdp_choose_crypto(const struct sdp *remote);
/* Bytes of key and salt together; 0 for no suite. */
size_t sdp_suite_bytes(enum sdp_suite suite);
const char *sdp_error_text(int error);
