/* What a leg offers and answers: which codecs, in which order, and what the media engine is told of the
 * result.
 *
 * Invariants: an answer names one voice, the first of the peer's that we have (its preference counts, RFC
 * 3264 section 6.1); an offer begins with what the other side of the call already speaks, so that nothing has
 * to be transcoded when both can do without. Nobody else in the centre knows codecs. */
#include "base/str.h"
#include "center/state.h"

#include <string.h>
#include <sys/random.h>

#define EVENT_BROWSER 126 /* the numbers browsers use themselves */
#define EVENT_BROWSER_WIDE 110
#define VIDEO_TYPE 96
#define EVENT_PHONE 101
#define EVENT_PHONE_WIDE 100

/* All voices we carry, under the numbers we offer them with. */
static const struct sdp_format voices[] = {
	{SDP_OPUS, 111, 48000}, {SDP_G722, 9, 8000}, {SDP_PCMA, 8, 8000}, {SDP_PCMU, 0, 8000}};
#define N_VOICES 4

static struct sdp_format chosen(const struct sdp *remote)
{
	enum sdp_codec ours[N_VOICES];
	int n = 0;

	for (int i = 0; i < N_VOICES; i++)
		if (media_speaks(voices[i].codec))
			ours[n++] = voices[i].codec;
	return sdp_choose(remote, ours, n);
}

bool call_can_talk(const struct sdp *remote)
{
	return chosen(remote).codec != SDP_CODEC_NONE;
}

enum sdp_codec call_leg_codec(const struct leg *leg)
{
	return leg && leg->remote.has_audio ? chosen(&leg->remote).codec : SDP_CODEC_NONE;
}

static void add(struct sdp *to, struct sdp_format f)
{
	for (int i = 0; i < to->n_formats; i++)
		if (to->formats[i].codec == f.codec && to->formats[i].clock_hz == f.clock_hz)
			return;
	if (to->n_formats < SDP_CODECS_MAX)
		to->formats[to->n_formats++] = f;
}

/* What may be heard on such a leg, best first. Opus is offered where it is at home: to browsers, and to a
 * telephone when the other side speaks it. An answer takes it from anybody. */
static bool is_wanted(const struct leg *leg, enum sdp_codec codec, bool is_offer, enum sdp_codec other)
{
	if (!media_speaks(codec))
		return false;
	if (!is_offer || codec == other || codec == SDP_PCMA || codec == SDP_PCMU)
		return true;
	return (codec == SDP_OPUS) == (leg->kind == LEG_BROWSER);
}

static void add_formats(const struct leg *leg, struct sdp *l)
{
	bool is_offer = !leg->remote.has_audio, is_browser = leg->kind == LEG_BROWSER;
	const struct leg *customer = leg->interaction->customer;
	enum sdp_codec other = customer == leg ? SDP_CODEC_NONE : call_leg_codec(customer);

	for (int i = 0; i < N_VOICES; i++)
		if (voices[i].codec == other && is_wanted(leg, other, is_offer, other))
			add(l, voices[i]);
	for (int i = 0; i < N_VOICES; i++)
		if (is_wanted(leg, voices[i].codec, is_offer, other))
			add(l, voices[i]);
	/* Silence suppression is asked for only where that is wished; a telephone that does it anyway may say
	 * so. */
	bool is_noise_wanted = !is_offer || leg->interaction->center->parts.is_noise_offered;
	if (is_noise_wanted && !is_browser && media_speaks(SDP_COMFORT_NOISE))
		add(l, (struct sdp_format){SDP_COMFORT_NOISE, 13, 8000});
	bool has_wide = false;
	for (int i = 0; i < l->n_formats; i++)
		has_wide |= l->formats[i].codec == SDP_OPUS;
	if (has_wide)
		add(l, (struct sdp_format){SDP_TELEPHONE_EVENT,
			       is_browser ? EVENT_BROWSER_WIDE : EVENT_PHONE_WIDE, 48000});
	add(l, (struct sdp_format){SDP_TELEPHONE_EVENT, is_browser ? EVENT_BROWSER : EVENT_PHONE, 8000});
}

/* --- encryption of telephones and trunks (RFC 4568, 5763, 8643) --- */

static bool is_invited_to_dtls(const struct sdp *remote)
{
	return remote->security == SDP_DTLS ||
	       (remote->security == SDP_CLEAR && remote->n_cryptos == 0 && remote->fingerprint[0] &&
		       remote->setup != SDP_SETUP_NONE);
}

static bool is_secret(const struct sdp *remote)
{
	return remote->security == SDP_SDES || remote->n_cryptos > 0 || is_invited_to_dtls(remote);
}

const char *call_secrecy_missing(struct center *c, const struct sip_event *e)
{
	const struct trunk *trunk = map_get(&c->snapshot->trunk_by_id, e->trunk);
	const struct user *user = snapshot_user(c->snapshot, e->user);
	enum srtp_mode mode = trunk ? trunk->srtp : user ? user->srtp : SRTP_OFF;

	if (mode == SRTP_REQUIRED_TLS && !e->is_tls)
		return "tls_required";
	/* Who offers nothing gets our offer, and that one demands it. */
	return mode >= SRTP_REQUIRED && e->has_sdp && !is_secret(&e->sdp) ? "srtp_required" : NULL;
}

static void add_key(struct sdp *l, uint32_t tag, enum sdp_suite suite)
{
	struct sdp_crypto *crypto = &l->cryptos[l->n_cryptos];
	size_t n = sdp_suite_bytes(suite);

	*crypto = (struct sdp_crypto){.tag = tag, .suite = suite};
	if (getrandom(crypto->key, n, 0) == (ssize_t)n)
		l->n_cryptos++;
}

static void offer_secrecy(const struct leg *leg, struct sdp *l)
{
	const struct snapshot *s = leg->interaction->center->snapshot;
	const struct trunk *trunk = NULL;
	const struct user *user = NULL;

	if (leg->call && leg->call->call.to == SIP_TO_TRUNK)
		trunk = map_get(&s->trunk_by_id, leg->call->call.trunk);
	else if (leg->call && leg->call->call.to == SIP_TO_USER)
		user = snapshot_user(s, leg->call->call.user);
	else if (leg->role == LEG_CUSTOMER)
		trunk = map_get(&s->trunk_by_id, leg->interaction->trunk);
	enum srtp_mode mode = trunk ? trunk->srtp : user ? user->srtp : SRTP_OFF;
	if (mode == SRTP_OFF)
		return;
	/* Keys in an SDP that travels in the clear keep no secret: a trunk that demands one shakes hands
	 * instead. */
	if (mode >= SRTP_REQUIRED && trunk && !trunk->is_tls) {
		l->security = SDP_DTLS;
		l->setup = SDP_ACTPASS;
		return;
	}
	l->security = mode >= SRTP_REQUIRED ? SDP_SDES : SDP_CLEAR;
	add_key(l, 1, SDP_AEAD_AES_256_GCM);
	add_key(l, 2, SDP_AEAD_AES_128_GCM);
	add_key(l, 3, SDP_AES_CM_128_HMAC_SHA1_80);
}

void call_leg_offer_again(struct leg *leg, uint64_t failed_trunk)
{
	const struct snapshot *s = leg->interaction->center->snapshot;
	const struct trunk *was = map_get(&s->trunk_by_id, failed_trunk);
	const struct trunk *next = map_get(&s->trunk_by_id, leg->call->call.trunk);

	if (was && next && was->srtp == next->srtp && was->is_tls == next->is_tls)
		return;
	leg->local.security = SDP_CLEAR;
	leg->local.setup = SDP_SETUP_NONE;
	leg->local.n_cryptos = 0;
	offer_secrecy(leg, &leg->local);
	leg->call->sdp = leg->local;
}

static void answer_secrecy(const struct sdp *remote, struct sdp *l)
{
	const struct sdp_crypto *crypto = sdp_choose_crypto(remote);

	if (is_invited_to_dtls(remote)) {
		l->security = SDP_DTLS;
		l->setup = remote->setup == SDP_PASSIVE ? SDP_ACTIVE : SDP_PASSIVE;
	} else if (crypto) {
		l->security = remote->security;
		add_key(l, crypto->tag, crypto->suite);
	}
}

/* The keys both sides named, into the command. What was promised and does not fit fails there: never in the
 * clear. */
static void agree_secrecy(const struct leg *leg, struct media_command *cmd)
{
	const struct sdp *l = &leg->local, *r = &leg->remote;

	if (l->security == SDP_DTLS) {
		bool has_it = r->fingerprint[0] && r->security != SDP_SDES;
		cmd->remote.srtp = has_it || r->security != SDP_CLEAR ? MEDIA_SRTP_DTLS : MEDIA_SRTP_SDES;
		return;
	}
	if (l->security == SDP_CLEAR && (l->n_cryptos == 0 || r->n_cryptos == 0))
		return;
	cmd->remote.srtp = MEDIA_SRTP_SDES;
	for (int i = 0; i < r->n_cryptos * l->n_cryptos && cmd->remote.suite == SDP_SUITE_NONE; i++) {
		const struct sdp_crypto *theirs = &r->cryptos[i / l->n_cryptos],
					*ours = &l->cryptos[i % l->n_cryptos];
		if (theirs->suite != ours->suite)
			continue;
		cmd->remote.suite = ours->suite;
		memcpy(cmd->remote.local_key, ours->key, sizeof(cmd->remote.local_key));
		memcpy(cmd->remote.remote_key, theirs->key, sizeof(cmd->remote.remote_key));
	}
}

void call_leg_local_sdp(struct leg *leg, const struct media_event *opened)
{
	struct sdp *l = &leg->local;

	*l = (struct sdp){.has_audio = true,
		.port = opened->opened.port,
		.ptime_ms = 20,
		.ssrc = opened->opened.ssrc,
		.has_rtcp_mux = true,
		.is_narrow = true,
		.session_id = leg->id,
		.session_version = 1};
	str_put(l->address, sizeof(l->address), opened->opened.address);
	str_put(l->address_v6, sizeof(l->address_v6), opened->opened.address_v6);
	add_formats(leg, l);
	str_put(l->fingerprint, sizeof(l->fingerprint), opened->opened.fingerprint);
	if (leg->kind != LEG_BROWSER) {
		if (leg->remote.has_audio)
			answer_secrecy(&leg->remote, l);
		else
			offer_secrecy(leg, l);
		return;
	}
	if (opened->opened.video_ssrc)
		l->video = (struct sdp_video){
			.is_there = true, .payload_type = VIDEO_TYPE, .ssrc = opened->opened.video_ssrc};
	l->is_webrtc = l->has_bundle = true;
	l->security = SDP_DTLS;
	l->setup = SDP_ACTPASS;
	str_put(l->mid, sizeof(l->mid), "0");
	str_put(l->cname, sizeof(l->cname), "markaz");
	str_put(l->ufrag, sizeof(l->ufrag), opened->opened.ufrag);
	str_put(l->password, sizeof(l->password), opened->opened.password);
}

/* What we may do is the mirror of what the peer said it does. */
static enum sdp_direction mirrored(enum sdp_direction d)
{
	return d == SDP_SENDONLY ? SDP_RECVONLY : d == SDP_RECVONLY ? SDP_SENDONLY : d;
}

/* Of what the peer named only what is ours, too: the rest must not be sent, and need not be understood. */
static void add_agreed(const struct leg *leg, struct media_command *cmd)
{
	for (int i = 0; i < leg->remote.n_formats; i++) {
		struct sdp_format f = leg->remote.formats[i];
		if (sdp_is_audio(f.codec) && !media_speaks(f.codec))
			continue;
		f.clock_hz = sdp_clock_hz(f);
		cmd->remote.formats[cmd->remote.n_formats++] = f;
	}
}

void call_leg_set_remote(struct leg *leg)
{
	struct sdp_format format = chosen(&leg->remote);
	struct media_command cmd = {.kind = MEDIA_LEG_REMOTE,
		.remote = {.port = leg->remote.port,
			.codec = format.codec,
			.payload_type = format.payload_type,
			.telephone_event = sdp_telephone_event(&leg->remote, sdp_clock_hz(format)),
			.comfort_noise = leg->kind == LEG_BROWSER ? 0 : sdp_comfort_noise(&leg->remote),
			.is_noise_sent = leg->interaction->center->parts.is_noise_offered,
			.ptime_ms = leg->remote.ptime_ms,
			.direction = mirrored(leg->remote.direction),
			.setup = leg->remote.setup,
			.is_rtcp_mux = leg->remote.has_rtcp_mux,
			.rtcp_port = leg->remote.rtcp_port}};

	if (leg->has_video && leg->remote.video.is_there)
		cmd.remote.video_payload_type = leg->remote.video.payload_type;
	add_agreed(leg, &cmd);
	if (leg->kind == LEG_SIP)
		agree_secrecy(leg, &cmd);
	str_put(cmd.remote.address, sizeof(cmd.remote.address), leg->remote.address);
	str_put(cmd.remote.ufrag, sizeof(cmd.remote.ufrag), leg->remote.ufrag);
	str_put(cmd.remote.password, sizeof(cmd.remote.password), leg->remote.password);
	str_put(cmd.remote.fingerprint, sizeof(cmd.remote.fingerprint), leg->remote.fingerprint);
	call_leg_send_media(leg, &cmd);
	explicit_bzero(cmd.remote.local_key, sizeof(cmd.remote.local_key));
	explicit_bzero(cmd.remote.remote_key, sizeof(cmd.remote.remote_key));
	keys_agreed(leg);
}
