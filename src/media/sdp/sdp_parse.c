/* Reading SDP. The text is a stranger's: every length is bounded, every number checked, what is not
 * understood is passed over. Session-level attributes are the defaults of each m-line (RFC 8866
 * section 5.13). */
#include "media/sdp/sdp.h"
#include "media/sdp/sdp_text.h"

#include <arpa/inet.h>

#define FORMATS_SEEN_MAX 64
#define PTIME_MIN_MS 10
#define PTIME_MAX_MS 60
#define PTIME_DEFAULT_MS 20

/* What a section (the session, then each m-line) says. */
struct section {
	char address[64];
	enum sdp_direction direction;
	enum sdp_setup setup;
	char ufrag[64], password[128], fingerprint[128], mid[32], cname[32];
	uint16_t ptime_ms;
	uint32_t ssrc;
	bool has_rtcp_mux;
	uint8_t vp8; /* its payload type; 0: not named */
	uint16_t rtcp_port;
	struct sdp_crypto cryptos[SDP_CRYPTOS_MAX];
	int n_cryptos;
	struct sdp_t38 t38;
	/* m-line */
	uint16_t port;
	struct sdp_format formats[FORMATS_SEEN_MAX];
	int n_formats;
};

struct reader {
	struct sdp sdp;
	struct section session, media;
	bool is_in_media, has_version;
	int error;
};

/* c=IN IP4 192.0.2.1[/ttl]. A host name counts as no address: the peer is then known when it is heard. */
static bool read_connection(struct section *to, struct span value)
{
	char address[64];
	unsigned char binary[16];

	next_word(&value);
	struct span family = next_word(&value), rest = next_word(&value);
	struct span literal = cut(&rest, '/');
	bool is_v6 = span_is(family, "IP6");

	if (!is_v6 && !span_is(family, "IP4"))
		return false;
	to->address[0] = 0;
	if (copy(address, sizeof(address), literal) &&
		inet_pton(is_v6 ? AF_INET6 : AF_INET, address, binary) == 1)
		str_put(to->address, sizeof(to->address), address);
	return true;
}

static bool read_rtpmap(struct section *to, struct span value)
{
	struct span number = next_word(&value), coding = next_word(&value);
	uint64_t payload_type;

	if (!to_number(number, 127, &payload_type))
		return false;
	if (span_is(coding, "VP8/90000") && to->vp8 == 0)
		to->vp8 = (uint8_t)payload_type;
	for (int i = 0; i < to->n_formats; i++)
		if (to->formats[i].payload_type == payload_type)
			to->formats[i] = sdp_format_read((uint8_t)payload_type, coding);
	return true;
}

static void read_rtcp(struct section *to, struct span value)
{
	uint64_t port;

	if (to_number(next_word(&value), 65535, &port))
		to->rtcp_port = (uint16_t)port;
}

static void read_crypto(struct section *to, struct span value)
{
	if (to->n_cryptos < SDP_CRYPTOS_MAX && sdp_crypto_read(value, &to->cryptos[to->n_cryptos]))
		to->n_cryptos++;
}

static void read_ptime(struct section *to, struct span value)
{
	uint64_t ms;

	/* "20.0" and the like: the whole part counts. Absurd values mean nothing. */
	if (to_number(cut(&value, '.'), 1000, &ms) && ms >= PTIME_MIN_MS && ms <= PTIME_MAX_MS)
		to->ptime_ms = (uint16_t)(ms / 10 * 10);
}

static void read_setup(struct section *to, struct span value)
{
	if (span_is(value, "actpass"))
		to->setup = SDP_ACTPASS;
	else if (span_is(value, "active"))
		to->setup = SDP_ACTIVE;
	else if (span_is(value, "passive"))
		to->setup = SDP_PASSIVE;
}

static bool read_direction(struct section *to, struct span name)
{
	static const char *const names[] = {"sendrecv", "sendonly", "recvonly", "inactive"};

	for (int i = 0; i < 4; i++)
		if (span_is(name, names[i])) {
			to->direction = (enum sdp_direction)i;
			return true;
		}
	return false;
}

static bool read_ssrc(struct section *to, struct span value)
{
	struct span number = next_word(&value), attribute = next_word(&value);
	struct span name = cut(&attribute, ':');
	uint64_t ssrc;

	if (!to_number(number, UINT32_MAX, &ssrc))
		return false;
	if (to->ssrc == 0)
		to->ssrc = (uint32_t)ssrc;
	/* Longer names are legal and of no use to us: they are cut. */
	if (span_is(name, "cname") && to->ssrc == ssrc)
		(void)copy(to->cname, sizeof(to->cname), attribute);
	return true;
}

static bool read_fingerprint(struct section *to, struct span value)
{
	bool is_sha256 = value.n > 8 && strncasecmp(value.at, "sha-256 ", 8) == 0;

	if (!is_sha256 || to->fingerprint[0] != 0)
		return true;
	return copy(to->fingerprint, sizeof(to->fingerprint), value);
}

/* What only means something below an m-line. */
static bool read_media_attribute(struct reader *r, struct section *to, struct span name, struct span value)
{
	if (span_is(name, "mid"))
		return copy(to->mid, sizeof(to->mid), value) &&
		       copy(r->sdp.mlines[r->sdp.n_mlines - 1].mid, sizeof(to->mid), value);
	if (span_is(name, "rtpmap"))
		return read_rtpmap(to, value);
	if (span_is(name, "ssrc"))
		return read_ssrc(to, value);
	if (span_is(name, "ptime"))
		read_ptime(to, value);
	else if (span_is(name, "rtcp-mux"))
		to->has_rtcp_mux = true;
	else if (span_is(name, "rtcp"))
		read_rtcp(to, value);
	else if (span_is(name, "crypto"))
		read_crypto(to, value);
	return true;
}

static bool read_attribute(struct reader *r, struct section *to, struct span value)
{
	struct span name = cut(&value, ':');

	if (read_direction(to, name))
		return true;
	if (span_is(name, "ice-ufrag"))
		return copy(to->ufrag, sizeof(to->ufrag), value);
	if (span_is(name, "ice-pwd"))
		return copy(to->password, sizeof(to->password), value);
	if (span_is(name, "fingerprint"))
		return read_fingerprint(to, value);
	if (span_is(name, "setup"))
		read_setup(to, value);
	else if (span_is(name, "group"))
		r->sdp.has_bundle |= value.n >= 6 && strncasecmp(value.at, "BUNDLE", 6) == 0;
	return !r->is_in_media || sdp_t38_attribute(&to->t38, name, value) ||
	       sdp_t38_correction(&to->t38, name, value) || read_media_attribute(r, to, name, value);
}

/* How media under a profile travels, from what else the section says. False: not for us. */
static bool read_security(const struct section *m, const char *protocol, enum sdp_security *ret_security)
{
	bool is_clear = str_equal_nocase(protocol, "RTP/AVP") || str_equal_nocase(protocol, "RTP/AVPF");
	bool is_secure = str_equal_nocase(protocol, "RTP/SAVP") || str_equal_nocase(protocol, "RTP/SAVPF");
	bool is_dtls = str_equal_nocase(protocol, "UDP/TLS/RTP/SAVPF") ||
		       str_equal_nocase(protocol, "UDP/TLS/RTP/SAVP");

	/* Before RFC 5764 had its own names, browsers said RTP/SAVPF and gave a fingerprint. */
	is_dtls |= is_secure && m->n_cryptos == 0 && m->fingerprint[0];
	if (!is_clear && !is_dtls && (!is_secure || m->n_cryptos == 0))
		return false;
	*ret_security = is_dtls ? SDP_DTLS : is_secure ? SDP_SDES : SDP_CLEAR;
	return true;
}

static void take_video(struct sdp *sdp, const struct section *m, const struct sdp_mline *line)
{
	enum sdp_security security;

	if (sdp->video.is_there || m->vp8 == 0 || !str_equal_nocase(line->media, "video") ||
		!read_security(m, line->protocol, &security) || security != SDP_DTLS)
		return;
	sdp->video = (struct sdp_video){.is_there = true,
		.index = sdp->n_mlines - 1,
		.direction = m->direction,
		.payload_type = m->vp8,
		.ssrc = m->ssrc};
	str_put(sdp->video.mid, sizeof(sdp->video.mid), m->mid);
}

/* Takes the section just read as the audio when it is the first usable one. */
static void end_section(struct reader *r)
{
	struct sdp *sdp = &r->sdp;
	const struct section *m = &r->media;

	if (!r->is_in_media || m->port == 0)
		return;
	const struct sdp_mline *line = &sdp->mlines[sdp->n_mlines - 1];
	if (!sdp->t38.is_there) {
		struct sdp_t38 t38 = m->t38;
		if (sdp_t38_take(&t38, line, m->address, m->port, sdp->n_mlines - 1))
			sdp->t38 = t38;
	}
	take_video(sdp, m, line);
	if (sdp->has_audio)
		return;
	if (!str_equal_nocase(line->media, "audio") || !read_security(m, line->protocol, &sdp->security))
		return;
	sdp->has_audio = true;
	sdp->is_webrtc = sdp->security == SDP_DTLS && m->ufrag[0];
	sdp->audio_index = sdp->n_mlines - 1;
	sdp->port = m->port;
	sdp->direction = m->direction;
	sdp->ptime_ms = m->ptime_ms;
	sdp->setup = m->setup;
	sdp->ssrc = m->ssrc;
	sdp->has_rtcp_mux = m->has_rtcp_mux;
	sdp->rtcp_port = m->rtcp_port;
	sdp->n_cryptos = m->n_cryptos;
	memcpy(sdp->cryptos, m->cryptos, sizeof(sdp->cryptos));
	str_put(sdp->address, sizeof(sdp->address), m->address);
	str_put(sdp->mid, sizeof(sdp->mid), m->mid);
	str_put(sdp->ufrag, sizeof(sdp->ufrag), m->ufrag);
	str_put(sdp->password, sizeof(sdp->password), m->password);
	str_put(sdp->fingerprint, sizeof(sdp->fingerprint), m->fingerprint);
	str_put(sdp->cname, sizeof(sdp->cname), m->cname);
	for (int i = 0; i < m->n_formats && sdp->n_formats < SDP_CODECS_MAX; i++)
		if (m->formats[i].codec != SDP_CODEC_NONE)
			sdp->formats[sdp->n_formats++] = m->formats[i];
}

static void read_formats(struct section *to, struct span value)
{
	uint64_t payload_type;

	for (struct span word = next_word(&value); word.n > 0; word = next_word(&value)) {
		if (to->n_formats == FORMATS_SEEN_MAX || !to_number(word, 127, &payload_type))
			continue;
		to->formats[to->n_formats++] = sdp_format_static((uint8_t)payload_type);
	}
}

/* m=audio 49170[/n] RTP/AVP 0 8 101 */
static int read_mline(struct reader *r, struct span value)
{
	struct sdp *sdp = &r->sdp;
	uint64_t port;

	end_section(r);
	if (sdp->n_mlines == SDP_MLINES_MAX)
		return SDP_TOO_MANY_MLINES;
	struct sdp_mline *line = &sdp->mlines[sdp->n_mlines++];
	struct span media = next_word(&value), port_word = next_word(&value), protocol = next_word(&value);
	struct span formats = value, first = next_word(&value);
	if (!to_number(cut(&port_word, '/'), 65535, &port) || media.n == 0 || protocol.n == 0 || first.n == 0)
		return SDP_MALFORMED;
	if (!copy(line->media, sizeof(line->media), media) ||
		!copy(line->protocol, sizeof(line->protocol), protocol) ||
		!copy(line->format, sizeof(line->format), first))
		return SDP_MALFORMED;
	r->is_in_media = true;
	r->media = r->session;
	r->media.port = (uint16_t)port;
	read_formats(&r->media, formats);
	return SDP_OK;
}

/* o=<user> <session id> <version> ... */
static void read_origin(struct reader *r, struct span value)
{
	next_word(&value);
	struct span id = next_word(&value), version = next_word(&value);

	/* Some peers write no numbers here; nothing depends on them. */
	(void)to_number(id, UINT64_MAX, &r->sdp.session_id);
	(void)to_number(version, UINT64_MAX, &r->sdp.session_version);
}

static int read_line(struct reader *r, struct span line)
{
	struct section *to = r->is_in_media ? &r->media : &r->session;

	if (line.n == 0)
		return SDP_OK;
	if (line.n < 2 || line.at[1] != '=')
		return SDP_MALFORMED;
	struct span value = {line.at + 2, line.n - 2};
	if (!r->has_version) {
		r->has_version = true;
		return line.at[0] == 'v' && span_is(value, "0") ? SDP_OK : SDP_MALFORMED;
	}
	switch (line.at[0]) {
	case 'o':
		read_origin(r, value);
		return SDP_OK;
	case 'c':
		return read_connection(to, value) ? SDP_OK : SDP_MALFORMED;
	case 'm':
		return read_mline(r, value);
	case 'a':
		return read_attribute(r, to, value) ? SDP_OK : SDP_MALFORMED;
	default:
		return SDP_OK;
	}
}

int sdp_parse(const char *text, size_t n, struct sdp *ret_sdp)
{
	struct reader r = {.sdp = {.ptime_ms = PTIME_DEFAULT_MS}, .session = {.ptime_ms = PTIME_DEFAULT_MS}};
	struct span rest = {text, n};

	if (n > SDP_TEXT_MAX)
		return SDP_TOO_LONG;
	if (n == 0 || memchr(text, 0, n))
		return SDP_MALFORMED;
	while (rest.n > 0) {
		struct span line = cut(&rest, '\n');
		if (line.n > 0 && line.at[line.n - 1] == '\r')
			line.n--;
		int err = read_line(&r, line);
		if (err != SDP_OK)
			return err;
	}
	end_section(&r);
	if (!r.sdp.has_audio && !r.sdp.t38.is_there)
		return SDP_NO_AUDIO;
	int n_audio = 0;
	for (int i = 0; i < r.sdp.n_formats; i++)
		n_audio += sdp_is_audio(r.sdp.formats[i].codec);
	if (n_audio == 0 && !r.sdp.t38.is_there)
		return SDP_NO_COMMON_CODEC;
	*ret_sdp = r.sdp;
	return SDP_OK;
}
