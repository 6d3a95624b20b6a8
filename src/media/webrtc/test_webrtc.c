/* A scripted browser against the engine: ICE checks, DTLS, SRTP both ways; forged packets of each kind change
 * nothing. */
#include "harness/test.h"
#include "base/clock.h"
#include "base/str.h"
#include "media/rtp/rtcp.h"
#include "media/webrtc/dtls.h"
#include "media/webrtc/stun.h"
#include "media/test_peer.h"
#include "media/webrtc/webrtc.h"

#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <srtp2/srtp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct rig rig;
static struct peer phone;

#define PICTURE_TYPE 96
#define PICTURE_SSRC 777

struct browser {
	int fd;
	struct sockaddr_in to;
	struct media_event opened;
	struct webrtc_identity *identity;
	struct dtls *dtls;
	struct dtls_keys keys;
	bool is_keyed, is_gcm;
	srtp_t in, out;
	int n_answers, n_reports, n_bad;
	uint64_t leg;
	/* pictures */
	bool is_losing; /* pictures, on their way to it */
	int n_pictures, n_plis, n_nacks, n_lost;
	uint16_t picture_seq[64], nacked, lost;
	uint8_t picture_byte[64];
	uint32_t picture_ssrc, asked_ssrc;
	uint16_t seq;
	uint32_t ts, ssrc_heard;
	double phase;
	struct peer ear; /* only its hearing is used */
};
static struct browser browser;

static void send_raw(void *arg, const uint8_t *bytes, size_t n)
{
	struct browser *b = arg;

	(void)!sendto(b->fd, bytes, n, 0, (struct sockaddr *)&b->to, sizeof(b->to));
}

static void open_socket(struct browser *b)
{
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	b->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (bind(b->fd, (struct sockaddr *)&any, sizeof(any)) < 0)
		test_fail(__FILE__, __LINE__, "bind");
}

/* A leg, answering a browser's offer (it is actpass, then active) or offering to it. is_liar: the SDP
 * promised another certificate than the one shown. */
static bool open_leg(struct browser *b, uint64_t leg, enum sdp_setup setup, bool is_liar, uint8_t video)
{
	struct media_command c = {.kind = MEDIA_LEG_OPEN, .group = 1, .leg = leg};

	memset(b, 0, sizeof(*b));
	b->leg = leg;
	c.open.is_webrtc = true;
	c.open.has_video = video != 0;
	rig_send(&rig, &c);
	if (!rig_wait(&rig, MEDIA_LEG_OPENED, leg, &b->opened))
		return false;
	b->to = (struct sockaddr_in){.sin_family = AF_INET,
		.sin_port = htons(b->opened.opened.port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	open_socket(b);
	if (webrtc_identity_load(&b->identity, "") < 0)
		return false;
	c = (struct media_command){.kind = MEDIA_LEG_REMOTE, .group = 1, .leg = leg};
	c.remote.video_payload_type = video;
	c.remote.codec = SDP_PCMU;
	c.remote.telephone_event = 101;
	c.remote.ptime_ms = 20;
	c.remote.direction = SDP_SENDRECV;
	c.remote.setup = setup;
	str_put(c.remote.ufrag, sizeof(c.remote.ufrag), "them");
	str_put(c.remote.password, sizeof(c.remote.password), "theirpasswordtheirpassword");
	str_put(c.remote.fingerprint, sizeof(c.remote.fingerprint), dtls_fingerprint(b->identity));
	if (is_liar)
		c.remote.fingerprint[9] = c.remote.fingerprint[9] == 'A' ? 'B' : 'A';
	rig_send(&rig, &c);
	bool is_client = setup != SDP_PASSIVE;
	return dtls_new(&b->dtls, b->identity, is_client, b->opened.opened.fingerprint, send_raw, b) == 0;
}

static bool open_browser(struct browser *b, enum sdp_setup setup, bool is_liar)
{
	return open_leg(b, 201, setup, is_liar, 0);
}

static void close_browser(struct browser *b)
{
	close(b->fd);
	dtls_free(b->dtls);
	webrtc_identity_free(b->identity);
	if (b->in)
		srtp_dealloc(b->in);
	if (b->out)
		srtp_dealloc(b->out);
}

static void send_check(struct browser *b, const char *password)
{
	static const uint8_t transaction[STUN_TRANSACTION_BYTES] = {1, 2, 3};
	uint8_t packet[512];
	char name[128];

	str_printf(name, sizeof(name), "%s:them", b->opened.opened.ufrag);
	send_raw(b, packet, stun_write_request(transaction, name, password, true, packet, sizeof(packet)));
}

static srtp_t make_session(const struct dtls_keys *keys, const uint8_t *key, srtp_ssrc_type_t type)
{
	srtp_policy_t policy = {.ssrc = {.type = type}, .window_size = 128};
	uint8_t copy[30];
	srtp_t session = NULL;

	memcpy(copy, key, sizeof(copy));
	policy.key = copy;
	if (keys->is_gcm) {
		srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp);
		srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtcp);
	} else {
		srtp_crypto_policy_set_rtp_default(&policy.rtp);
		srtp_crypto_policy_set_rtcp_default(&policy.rtcp);
	}
	return srtp_create(&session, &policy) == srtp_err_status_ok ? session : NULL;
}

static void key_up(struct browser *b)
{
	if (b->is_keyed || dtls_export(b->dtls, &b->keys) < 0)
		return;
	b->is_keyed = true;
	b->out = make_session(&b->keys, b->keys.local, ssrc_any_outbound);
	b->in = make_session(&b->keys, b->keys.remote, ssrc_any_inbound);
}

static void hear_wishes(struct browser *b, const uint8_t *packet, size_t n)
{
	struct rtcp_part part;
	size_t at = 0;

	while (rtcp_next(packet, n, &at, &part)) {
		if (part.n >= 8 && part.count == 1 && part.type == RTCP_PAYLOAD_FEEDBACK) {
			b->n_plis++;
			b->asked_ssrc = get_be32(part.body + 4);
		}
		if (part.n >= 12 && part.count == 1 && part.type == RTCP_TRANSPORT_FEEDBACK) {
			b->n_nacks++;
			b->nacked = get_be16(part.body + 8);
		}
	}
}

static void see(struct browser *b, const struct rtp *rtp)
{
	int i = b->n_pictures++ % 64;

	b->picture_seq[i] = rtp->seq;
	b->picture_byte[i] = rtp->n > 0 ? rtp->payload[0] : 0;
	b->picture_ssrc = rtp->ssrc;
}

static void hear_media(struct browser *b, uint8_t *packet, int n)
{
	bool is_rtcp = packet[1] >= 192 && packet[1] <= 223;
	struct rtp rtp;

	if (!b->in)
		return;
	if (is_rtcp) {
		bool is_good = srtp_unprotect_rtcp(b->in, packet, &n) == srtp_err_status_ok;
		b->n_reports += is_good;
		if (is_good)
			hear_wishes(b, packet, (size_t)n);
		return;
	}
	if (b->is_losing && (packet[1] & 0x7f) == PICTURE_TYPE) {
		b->n_lost++;
		b->lost = get_be16(packet + 2);
		return;
	}
	if (srtp_unprotect(b->in, packet, &n) != srtp_err_status_ok ||
		!rtp_parse_packet(packet, (size_t)n, &rtp)) {
		b->n_bad++;
		return;
	}
	if (rtp.payload_type == PICTURE_TYPE) {
		see(b, &rtp);
		return;
	}
	b->ssrc_heard = rtp.ssrc;
	for (size_t i = 0; i < rtp.n; i++)
		if (b->ear.n_samples < sizeof(b->ear.heard) / 2)
			b->ear.heard[b->ear.n_samples++] = law_linear[0][rtp.payload[i]];
}

static void read_browser(struct browser *b)
{
	uint8_t packet[RTP_BUFFER_BYTES];
	ssize_t n;

	while ((n = recv(b->fd, packet, sizeof(packet), 0)) > 0) {
		if (packet[0] < 4)
			b->n_answers += get_be16(packet) == 0x0101;
		else if (packet[0] >= 128)
			hear_media(b, packet, (int)n);
		else if (dtls_step(b->dtls, packet, (size_t)n) == DTLS_DONE)
			key_up(b);
	}
}

static void say(struct browser *b, int hz)
{
	uint8_t packet[RTP_BUFFER_BYTES];
	int n = RTP_HEADER_BYTES + 160;

	if (!b->out)
		return;
	rtp_put_header(packet, 0, false, b->seq++, b->ts, 4711);
	b->ts += 160;
	for (int i = 0; i < 160; i++, b->phase += 2 * M_PI * hz / 8000)
		packet[RTP_HEADER_BYTES + i] = law_encode(0, (int16_t)lrint(9000 * sin(b->phase)));
	if (srtp_protect(b->out, packet, &n) == srtp_err_status_ok)
		send_raw(b, packet, (size_t)n);
}

/* The handshake, with the browser's own retransmissions. True when both sides are through. */
static bool connect_browser(struct browser *b, bool is_client)
{
	struct media_event e;

	for (int i = 0; i < 250; i++) {
		if (i % 25 == 0)
			send_check(b, b->opened.opened.password);
		if (i > 0 && is_client && (i == 2 || dtls_timeout_ms(b->dtls) == 0))
			dtls_step(b->dtls, NULL, 0);
		usleep(4000);
		read_browser(b);
		if (b->is_keyed && rig_poll(&rig, MEDIA_LEG_READY, b->leg, &e))
			return true;
	}
	return false;
}

/* Both talk for ms; the phone says 440 Hz, the browser 1000 Hz. */
static void talk(int ms)
{
	struct peer *one[] = {&phone};

	for (int at = 0; at < ms; at += TICK_MS) {
		say(&browser, 1000);
		peers_pump(one, 1, TICK_MS);
		usleep(TICK_MS * 1000 - 1000);
		read_browser(&browser);
	}
}

static bool open_call(enum sdp_setup setup)
{
	if (rig_start(&rig, true) < 0 || !open_browser(&browser, setup, false))
		return false;
	if (!connect_browser(&browser, setup != SDP_PASSIVE) ||
		!peer_open(&phone, &rig, 101, SDP_PCMA, 101, 20, SDP_SENDRECV))
		return false;
	phone.say_hz = 440;
	struct media_command c = {.kind = MEDIA_BRIDGE, .group = 1, .leg = 201, .other = 101};
	rig_send(&rig, &c);
	return true;
}

static void close_call(void)
{
	close(phone.fd);
	close_browser(&browser);
	rig_stop(&rig);
}

TEST(a_browser_and_a_phone_hear_each_other)
{
	CHECK(open_call(SDP_ACTPASS));
	CHECK(browser.keys.is_gcm);
	talk(1200);
	CHECK(peer_tone_db(&phone, 1000, 400) > -1);
	CHECK(peer_tone_db(&browser.ear, 440, 400) > -1);
	CHECK(browser.ssrc_heard == browser.opened.opened.ssrc);
	CHECK_INT(browser.n_bad, 0);
	CHECK(browser.n_reports >= 1);
	close_call();
}

TEST(the_engine_can_be_the_dtls_client)
{
	CHECK(open_call(SDP_PASSIVE));
	talk(600);
	CHECK(peer_tone_db(&phone, 1000, 200) > -1);
	close_call();
}

TEST(a_wrong_fingerprint_ends_in_a_failure)
{
	struct media_event e;

	CHECK(rig_start(&rig, true) == 0);
	CHECK(open_browser(&browser, SDP_ACTPASS, true));
	CHECK(!connect_browser(&browser, true));
	CHECK(rig_wait(&rig, MEDIA_LEG_FAILED, 201, &e));
	CHECK_INT(e.reason, -EPROTO);
	close_browser(&browser);
	rig_stop(&rig);
}

/* A stranger on another port, with everything but the secrets. */
TEST(forged_packets_change_nothing)
{
	struct browser thief;
	struct media_totals before, after;
	uint8_t packet[200];

	CHECK(open_call(SDP_ACTPASS));
	talk(400);
	memset(&thief, 0, sizeof(thief));
	thief.to = browser.to;
	thief.opened = browser.opened;
	open_socket(&thief);
	media_totals(rig.media, &before);
	for (int i = 0; i < 50; i++) {
		send_check(&thief, "not the password of this session");
		for (size_t k = 0; k < sizeof(packet); k++)
			packet[k] = (uint8_t)random();
		packet[0] = (uint8_t)(i % 3 == 0 ? 0x80 : i % 3 == 1 ? 22 : 0);
		send_raw(&thief, packet, sizeof(packet));
		/* From the browser's own address as well: a forged source. */
		packet[0] = 0x80;
		packet[1] = 0;
		send_raw(&browser, packet, sizeof(packet));
		packet[0] = 22;
		send_raw(&browser, packet, sizeof(packet));
	}
	browser.ear.n_samples = 0;
	peer_forget(&phone);
	talk(800);
	media_totals(rig.media, &after);
	CHECK(after.stun_rejected >= before.stun_rejected + 50);
	CHECK(after.srtp_rejected >= before.srtp_rejected + 50);
	read_browser(&thief);
	CHECK_INT(thief.n_answers, 0);
	CHECK(peer_tone_db(&phone, 1000, 400) > -1);
	CHECK(peer_tone_db(&browser.ear, 440, 400) > -1);
	close(thief.fd);
	close_call();
}

TEST(a_browser_that_moves_is_followed_by_its_checks_only)
{
	CHECK(open_call(SDP_ACTPASS));
	talk(300);
	close(browser.fd);
	open_socket(&browser);
	usleep(100000); /* what was on its way arrives */
	peer_read(&phone);
	peer_forget(&phone);
	talk(300);
	CHECK_INT(phone.n_samples, 0); /* SRTP alone, from an address nobody vouched for */
	send_check(&browser, browser.opened.opened.password);
	browser.ear.n_samples = 0;
	talk(700);
	CHECK(peer_tone_db(&phone, 1000, 300) > -1);
	CHECK(peer_tone_db(&browser.ear, 440, 300) > -1);
	close_call();
}

TEST(the_certificate_is_kept)
{
	struct webrtc_identity *first = NULL, *second = NULL;
	char folder[] = "/tmp/markaz-dtls-XXXXXX", path[64];
	struct stat st;

	CHECK(mkdtemp(folder));
	str_printf(path, sizeof(path), "%s/dtls.pem", folder);
	CHECK_INT(webrtc_identity_load(&first, path), 0);
	CHECK_INT(webrtc_identity_load(&second, path), 0);
	CHECK_STR(dtls_fingerprint(first), dtls_fingerprint(second));
	CHECK(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600);
	webrtc_identity_free(first);
	webrtc_identity_free(second);
	FILE *f = fopen(path, "w");
	fputs("nonsense", f);
	fclose(f);
	CHECK_INT(webrtc_identity_load(&first, path), -EINVAL);
	unlink(path);
	rmdir(folder);
}

TEST(stun_requests_are_read_strictly)
{
	static const uint8_t transaction[STUN_TRANSACTION_BYTES] = {9};
	struct stun_request r;
	uint8_t packet[256], broken[256];
	size_t n = stun_write_request(transaction, "abc:def", "secret", true, packet, sizeof(packet));

	CHECK(n > 0 && stun_read(packet, n, &r));
	CHECK_STR(r.username, "abc:def");
	CHECK(r.has_use_candidate);
	CHECK(stun_is_authentic(packet, &r, "secret"));
	CHECK(!stun_is_authentic(packet, &r, "Secret"));
	for (size_t i = 0; i < n; i++) {
		memcpy(broken, packet, n);
		broken[i] ^= 0x10;
		CHECK(!stun_read(broken, n, &r) || !stun_is_authentic(broken, &r, "secret"));
		CHECK(!stun_read(packet, i, &r));
	}
}

/* ---- pictures ---- */

static void show(struct browser *b, uint16_t seq)
{
	uint8_t packet[RTP_BUFFER_BYTES];
	int n = RTP_HEADER_BYTES + 100;

	rtp_put_header(packet, PICTURE_TYPE, false, seq, seq * 3000u, PICTURE_SSRC);
	memset(packet + RTP_HEADER_BYTES, seq, 100);
	if (srtp_protect(b->out, packet, &n) == srtp_err_status_ok)
		send_raw(b, packet, (size_t)n);
}

/* What a browser wants of the pictures under ssrc: RFC 4585 section 6.2.1 (seq lost) or 6.3.1. */
static void wish(struct browser *b, uint32_t ssrc, uint8_t type, int seq)
{
	uint8_t p[64] = {0x81, type, 0, (uint8_t)(seq < 0 ? 2 : 3)};
	int n = seq < 0 ? 12 : 16;

	put_be32(p + 4, 4711);
	put_be32(p + 8, ssrc);
	put_be16(p + 12, (uint16_t)seq);
	if (srtp_protect_rtcp(b->out, p, &n) == srtp_err_status_ok)
		send_raw(b, p, (size_t)n);
}

/* Waits until *count is at least n, at most so long. */
static bool reaches_in(struct browser *both, const int *count, int n, int ms)
{
	for (int i = 0; i < ms / 4 && *count < n; i++) {
		usleep(4000);
		read_browser(&both[0]);
		read_browser(&both[1]);
	}
	return *count >= n;
}

static bool reaches(struct browser *both, const int *count, int n)
{
	return reaches_in(both, count, n, 5000);
}

/* Two browsers with pictures, in a call; the first ten that shows sends are seen. Returns the number after
 * them; 0: it did not come to that. */
static uint16_t begin_pictures(struct browser *both)
{
	struct browser *shows = &both[0], *looks = &both[1];
	uint16_t seq = 1;

	if (!open_leg(shows, 201, SDP_ACTPASS, false, PICTURE_TYPE) || !connect_browser(shows, true) ||
		!open_leg(looks, 202, SDP_ACTPASS, false, PICTURE_TYPE) || !connect_browser(looks, true))
		return 0;
	rig_send(&rig, &(struct media_command){.kind = MEDIA_BRIDGE, .group = 1, .leg = 201, .other = 202});
	while (looks->n_pictures == 0 && seq < 100) { /* the call may begin behind the first ones */
		show(shows, seq++);
		(void)reaches_in(both, &looks->n_pictures, 1, 50);
	}
	for (int n = 2; n <= 10; n++) {
		show(shows, seq++);
		if (!reaches(both, &looks->n_pictures, n))
			return 0;
	}
	return seq;
}

TEST(lost_pictures_come_again_from_us_or_from_their_source)
{
	static struct browser both[2];
	struct browser *shows = &both[0], *looks = &both[1];

	CHECK_INT(rig_start(&rig, true), 0);
	uint16_t next = begin_pictures(both);
	CHECK(next > 10);
	uint32_t ssrc = looks->opened.opened.video_ssrc;
	CHECK(looks->picture_ssrc == ssrc && looks->picture_byte[9] == (uint8_t)(next - 1));
	/* Who begins to look gets a whole picture: the source is asked for one. */
	CHECK(reaches(both, &shows->n_plis, 1) && shows->asked_ssrc == PICTURE_SSRC);

	/* Lost behind us: from what we kept. A wish about somebody else's pictures is none. */
	looks->is_losing = true;
	show(shows, next);
	CHECK(reaches(both, &looks->n_lost, 1));
	looks->is_losing = false;
	wish(looks, ssrc + 1, RTCP_TRANSPORT_FEEDBACK, looks->lost);
	CHECK(!reaches_in(both, &looks->n_pictures, 11, 100));
	wish(looks, ssrc, RTCP_TRANSPORT_FEEDBACK, looks->lost);
	CHECK(reaches(both, &looks->n_pictures, 11));
	CHECK_INT(looks->picture_seq[10], looks->lost);
	CHECK_INT(looks->picture_byte[10], (uint8_t)next);

	/* Lost before us: the source is asked, by its own number. */
	show(shows, (uint16_t)(next + 2));
	CHECK(reaches(both, &looks->n_pictures, 12));
	CHECK_INT((uint16_t)(looks->picture_seq[11] - looks->picture_seq[10]), 2);
	wish(looks, ssrc, RTCP_TRANSPORT_FEEDBACK, (uint16_t)(looks->picture_seq[11] - 1));
	CHECK(reaches(both, &shows->n_nacks, 1));
	CHECK_INT(shows->nacked, (uint16_t)(next + 1));

	/* A whole picture, please: passed on, but not each time somebody asks. */
	int before = shows->n_plis;
	usleep(320000);
	show(shows, (uint16_t)(next + 3));
	CHECK(reaches(both, &looks->n_pictures, 13));
	for (int i = 0; i < 20; i++)
		wish(looks, ssrc, RTCP_PAYLOAD_FEEDBACK, -1);
	CHECK(reaches(both, &shows->n_plis, before + 1));
	CHECK(shows->n_plis <= before + 3);
	close_browser(shows);
	close_browser(looks);
	rig_stop(&rig);
}
