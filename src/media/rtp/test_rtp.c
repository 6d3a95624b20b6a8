/* RTCP, quality and SRTP as parts; then whole legs with hostile company: who is heard, who is not, and what
 * stays as it was. */
#include "harness/test.h"
#include "base/str.h"
#include "media/rtp/quality.h"
#include "media/rtp/rtcp.h"
#include "media/rtp/srtp.h"
#include "media/test_peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <unistd.h>

/* ---- parts ---- */

TEST(reports_survive_writing_and_reading)
{
	struct rtcp_sender sender = {.ntp = UINT64_C(0x0123456789abcdef), .ts = 7, .packets = 8, .bytes = 9},
			   s;
	struct rtcp_block block = {.ssrc = 5,
				  .fraction = 128,
				  .lost = -3,
				  .seq_high = 70000,
				  .jitter = 11,
				  .last_sr = 12,
				  .delay_since_sr = 13},
			  b;
	uint8_t p[RTCP_PACKET_MAX];
	struct rtcp_part part;
	uint32_t ssrc = 0;
	size_t at = 0, n = rtcp_put_report(p, 99, &sender, &block, "a-name-of-ours");

	n += rtcp_put_bye(p + n, 99);
	CHECK(rtcp_is_rtcp(p, n) && n % 4 == 0);
	CHECK(rtcp_next(p, n, &at, &part) && part.type == RTCP_SENDER_REPORT && part.count == 1);
	CHECK(rtcp_read_sender(&part, &ssrc, &s) && ssrc == 99 && s.ntp == sender.ntp && s.ts == 7 &&
		s.packets == 8 && s.bytes == 9);
	CHECK(rtcp_read_block(&part, 0, &b) && b.ssrc == 5 && b.fraction == 128 && b.lost == -3 &&
		b.seq_high == 70000 && b.jitter == 11 && b.last_sr == 12 && b.delay_since_sr == 13);
	CHECK(!rtcp_read_block(&part, 1, &b));
	CHECK(rtcp_next(p, n, &at, &part) && part.type == RTCP_DESCRIPTION && part.count == 1);
	CHECK(memcmp(part.body + 4, "\1\16a-name-of-ours\0", 17) == 0);
	CHECK(rtcp_next(p, n, &at, &part) && part.type == RTCP_BYE);
	CHECK(!rtcp_next(p, n, &at, &part) && at == n);
	n = rtcp_put_report(p, 99, NULL, NULL, "");
	at = 0;
	CHECK(rtcp_next(p, n, &at, &part) && part.type == RTCP_RECEIVER_REPORT && part.count == 0);
	CHECK(!rtcp_read_sender(&part, &ssrc, &s) && !rtcp_read_block(&part, 0, &b));
}

TEST(reports_that_lie_about_their_length_end_there)
{
	static const uint8_t rows[][12] = {
		{0x81, 201, 0, 7, 0, 0, 0, 1, 0, 0, 0, 2},   /* longer than what came */
		{0x9f, 201, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2},   /* 31 blocks promised, none there */
		{0xa0, 200, 0, 2, 0, 0, 0, 1, 0, 0, 0, 255}, /* more padding than packet */
		{0x40, 200, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0},   /* version 1 */
		{0x80, 200, 255, 255, 0, 0, 0, 1, 0, 0, 0, 0},
	};
	struct rtcp_part part;
	struct rtcp_block b;
	struct rtcp_sender s;
	uint32_t ssrc;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t at = 0;
		bool has = rtcp_next(rows[i], sizeof(rows[i]), &at, &part);
		CHECK(has == (i == 1));
		CHECK(!has || (!rtcp_read_block(&part, 0, &b) && !rtcp_read_sender(&part, &ssrc, &s)));
	}
}

/* G.107 Annex B, table B.1; and what its formulas give for delay and loss. */
TEST(the_e_model_gives_the_published_values)
{
	static const double mos[][2] = {
		{90, 4.34}, {80, 4.03}, {70, 3.60}, {60, 3.10}, {50, 2.58}, {0, 1}, {100, 4.5}};
	struct quality best = {.codec = SDP_PCMA, .burst_ratio = 1};

	for (size_t i = 0; i < sizeof(mos) / sizeof(mos[0]); i++)
		CHECK(fabs(quality_mos(mos[i][0]) - mos[i][1]) < 0.007);
	CHECK(fabs(quality_r(&best) - 93.2) < 0.001);
	CHECK(fabs(quality_mos(93.2) - 4.41) < 0.005);
	/* Idd at 400 ms: 25 ((1+2^6)^(1/6) - 3 (1+(2/3)^6)^(1/6) + 2). */
	CHECK(fabs(quality_r(&(struct quality){SDP_PCMU, 0, 1, 400}) - (93.2 - 24.07)) < 0.05);
	CHECK(fabs(quality_r(&(struct quality){SDP_PCMU, 0, 1, 100}) - 93.2) < 0.001);
	/* G.711 with concealment, 5 % at random: 95 * 5 / 30.1. */
	CHECK(fabs(quality_r(&(struct quality){SDP_PCMU, 0.05, 1, 0}) - (93.2 - 15.78)) < 0.01);
	/* The same loss in bursts is worse; all lost is silence. */
	CHECK(quality_r(&(struct quality){SDP_PCMU, 0.05, 2, 0}) < 93.2 - 15.78);
	CHECK(quality_mos(quality_r(&(struct quality){SDP_PCMU, 1, 1, 1000})) < 1.5);
	for (double r = -5; r < 110; r += 0.5)
		CHECK(quality_mos(r) >= 1 && quality_mos(r) <= 4.5);
	CHECK(fabs(quality_burst_ratio(1000, 50, 50) - 1) < 0.001);
	CHECK(fabs(quality_burst_ratio(1000, 50, 10) - 4.75) < 0.001);
	CHECK(quality_burst_ratio(0, 0, 0) == 1);
}

static void fill_key(uint8_t *key, uint8_t seed)
{
	for (uint8_t i = 0; i < SDP_KEY_MAX; i++)
		key[i] = (uint8_t)(i * 7 + seed);
}

TEST(all_suites_cipher_both_ways_and_refuse_what_is_forged)
{
	uint8_t a[SDP_KEY_MAX], b[SDP_KEY_MAX], packet[256], copy[256];
	uint32_t ssrc = 4711;

	fill_key(a, 1);
	fill_key(b, 2);
	for (int suite = SDP_AES_CM_128_HMAC_SHA1_80; suite <= SDP_AEAD_AES_256_GCM; suite++) {
		struct srtp_pair *ours = NULL, *theirs = NULL;
		struct srtp_keys keys = {(enum sdp_suite)suite, a, b, &ssrc, 1},
				 mirrored = {(enum sdp_suite)suite, b, a, &ssrc, 1};
		CHECK_INT(srtp_pair_new(&ours, &keys), 0);
		CHECK_INT(srtp_pair_new(&theirs, &mirrored), 0);
		CHECK(srtp_pair_has(ours, &keys) && !srtp_pair_has(ours, &mirrored));
		size_t n = 12 + 20;
		memset(packet, 0x55, sizeof(packet));
		rtp_put_header(packet, 8, false, 1, 160, ssrc);
		CHECK(srtp_pair_out(ours, packet, &n) && n > 32 && n <= 32 + SRTP_PAIR_TRAILER_MAX);
		memcpy(copy, packet, n);
		size_t sent = n;
		packet[n - 1] ^= 1;
		CHECK_INT(srtp_pair_in(theirs, packet, &n), SRTP_FORGED);
		memcpy(packet, copy, sent);
		n = sent;
		CHECK_INT(srtp_pair_in(theirs, packet, &n), SRTP_GOOD);
		CHECK(n == 32 && packet[12] == 0x55 && packet[31] == 0x55);
		n = sent;
		CHECK_INT(srtp_pair_in(theirs, copy, &n), SRTP_REPLAYED);
		n = rtcp_put_report(packet, ssrc, NULL, NULL, "x");
		sent = n;
		CHECK(srtp_pair_out(ours, packet, &n) && n > sent);
		CHECK_INT(srtp_pair_in(theirs, packet, &n), SRTP_GOOD);
		CHECK(n == sent);
		/* Another source than the one announced cannot be sent under. */
		rtp_put_header(packet, 8, false, 1, 160, ssrc + 1);
		n = 32;
		CHECK(!srtp_pair_out(ours, packet, &n));
		srtp_pair_free(ours);
		srtp_pair_free(theirs);
	}
	CHECK_INT(srtp_pair_new(&(struct srtp_pair *){0}, &(struct srtp_keys){0}), -EINVAL);
}

/* ---- legs ---- */

static struct rig rig;

static void bridge(uint64_t a, uint64_t b)
{
	rig_send(&rig, &(struct media_command){.kind = MEDIA_BRIDGE, .group = 1, .leg = a, .other = b});
}

static int udp_socket(uint16_t *ret_port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 ||
		getsockname(fd, (struct sockaddr *)&a, &len) < 0)
		test_fail(__FILE__, __LINE__, "bind");
	*ret_port = ntohs(a.sin_port);
	return fd;
}

static void send_from(int fd, uint16_t port, const uint8_t *packet, size_t n)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	(void)!sendto(fd, packet, n, 0, (struct sockaddr *)&to, sizeof(to));
}

static struct media_stats close_leg(struct peer *p)
{
	struct media_event e = {0};

	rig_send(&rig, &(struct media_command){.kind = MEDIA_LEG_CLOSE, .group = 1, .leg = p->leg});
	rig_wait(&rig, MEDIA_LEG_CLOSED, p->leg, &e);
	close(p->fd);
	return e.stats;
}

/* Answers a sender report as a peer does, so that the round trip is known, and counts what else came. */
struct reporter {
	int fd;
	uint16_t port;
	uint32_t about; /* whose packets we report of */
	int n_reports, n_byes, n_names;
	struct rtcp_block of_ours;
	uint32_t last_sr;
};

static void answer_report(struct reporter *r, uint16_t to)
{
	struct rtcp_block block = {.ssrc = r->about, .fraction = 64, .jitter = 80, .last_sr = r->last_sr};
	uint8_t p[RTCP_PACKET_MAX];

	send_from(r->fd, to, p, rtcp_put_report(p, 1, NULL, &block, "peer"));
}

static void read_reports(struct reporter *r, const uint8_t *packet, size_t n)
{
	struct rtcp_sender s;
	struct rtcp_part part;
	size_t at = 0;

	r->n_reports++;
	while (rtcp_next(packet, n, &at, &part)) {
		if (rtcp_read_sender(&part, &r->about, &s))
			r->last_sr = rtcp_ntp_middle(s.ntp);
		rtcp_read_block(&part, 0, &r->of_ours);
		r->n_byes += part.type == RTCP_BYE;
		r->n_names += part.type == RTCP_DESCRIPTION;
	}
}

static void poll_reports(struct reporter *r)
{
	uint8_t packet[RTP_BUFFER_BYTES];
	ssize_t n;

	while ((n = recv(r->fd, packet, sizeof(packet), 0)) > 0)
		read_reports(r, packet, (size_t)n);
}

TEST(reports_go_both_ways_beside_rtp_and_the_line_is_judged)
{
	struct peer a, b;
	struct reporter r = {0};
	struct media_event e;

	CHECK_INT(rig_start(&rig, false), 0);
	r.fd = udp_socket(&r.port);
	CHECK(peer_open(&a, &rig, 1, SDP_PCMA, 101, 20, SDP_SENDRECV) &&
		peer_open(&b, &rig, 2, SDP_PCMA, 101, 20, SDP_SENDRECV));
	struct media_command c = {.kind = MEDIA_LEG_REMOTE, .group = 1, .leg = 1};
	str_put(c.remote.address, sizeof(c.remote.address), "127.0.0.1");
	c.remote.port = a.port;
	c.remote.codec = SDP_PCMA;
	c.remote.payload_type = 8;
	c.remote.telephone_event = 101;
	c.remote.ptime_ms = 20;
	c.remote.rtcp_port = r.port;
	rig_send(&rig, &c);
	rig_send(&rig, &(struct media_command){
			       .kind = MEDIA_QUALITY_REPORT, .group = 1, .leg = 1, .flag = {.is_on = true}});
	bridge(1, 2);
	struct peer *both[] = {&a, &b};
	for (int i = 0; i < 40 && r.n_reports == 0; i++) {
		a.seq = (uint16_t)(a.seq + (i % 5 == 0)); /* every tenth packet is lost on the way */
		peers_pump(both, 2, 200);
		poll_reports(&r);
	}
	CHECK(r.n_reports >= 1 && r.last_sr != 0 && r.n_names >= 1);
	CHECK(r.of_ours.ssrc == a.ssrc && r.of_ours.lost > 0 && r.of_ours.fraction > 0);
	answer_report(&r, (uint16_t)(a.engine_port + 1));
	bool is_told = false;
	for (int i = 0; i < 40 && !is_told; i++) {
		peers_pump(both, 2, 200);
		is_told = rig_poll(&rig, MEDIA_QUALITY, 1, &e);
	}
	CHECK(is_told);
	CHECK(e.stats.rtt_us > 0 && e.stats.remote_lost_permille == 250 && e.stats.remote_jitter_us == 10000);
	struct media_stats stats = close_leg(&a);
	CHECK(stats.lost > 0 && stats.mos_x100 > 300 && stats.mos_x100 < 440 && stats.codec == SDP_PCMA);
	poll_reports(&r);
	CHECK_INT(r.n_byes, 1);
	stats = close_leg(&b);
	CHECK(stats.lost == 0 && stats.mos_x100 >= 440);
	close(r.fd);
	rig_stop(&rig);
}

/* A stream that is locked on hears nobody else, whatever they know of it. */
TEST(packets_of_others_change_nothing)
{
	struct peer a, b;
	uint16_t port;
	uint8_t packet[RTP_BUFFER_BYTES];

	CHECK_INT(rig_start(&rig, false), 0);
	int fd = udp_socket(&port);
	CHECK(peer_open(&a, &rig, 1, SDP_PCMA, 101, 20, SDP_SENDRECV) &&
		peer_open(&b, &rig, 2, SDP_PCMA, 101, 20, SDP_SENDRECV));
	bridge(1, 2);
	a.say_hz = 600;
	b.say_hz = 900;
	struct peer *both[] = {&a, &b};
	/* Before the first packet of the right peer: one packet of a stranger is not enough. */
	rtp_put_header(packet, 8, true, 100, 160, 999);
	memset(packet + 12, 0x2a, 160);
	send_from(fd, a.engine_port, packet, 172);
	peers_pump(both, 2, 400);
	peer_forget(&b);
	peer_forget(&a);
	for (int i = 0; i < 50; i++) {
		/* A stranger with the right SSRC and the next sequence number; one with its own; the right
		 * address with another SSRC; a forged end. */
		rtp_put_header(packet, 8, false, a.seq, a.ts, a.ssrc);
		send_from(fd, a.engine_port, packet, 172);
		rtp_put_header(packet, 8, false, (uint16_t)i, (uint32_t)i * 160, 999);
		send_from(fd, a.engine_port, packet, 172);
		send_from(a.fd, a.engine_port, packet, 172);
		send_from(fd, (uint16_t)(a.engine_port + 1), packet, rtcp_put_bye(packet, a.ssrc));
		send_from(fd, a.engine_port, packet, rtcp_put_bye(packet, a.ssrc));
		memset(packet + 12, 0x2a, 160);
		peers_pump(both, 2, 20);
	}
	CHECK(peer_tone_db(&b, 600, 800) > -1 && peer_tone_db(&a, 900, 800) > -1);
	CHECK_INT(b.n_ssrcs + b.n_gaps + a.n_gaps, 0);
	close(fd);
	struct media_stats stats = close_leg(&a);
	CHECK(stats.rejected >= 50 && stats.lost == 0);
	close_leg(&b);
	rig_stop(&rig);
}

/* Whether the second hears the first's tone clearly, within some seconds. */
static bool is_heard_soon(struct peer **both, int hz)
{
	for (int i = 0; i < 15; i++) {
		peer_forget(both[1]);
		peers_pump(both, 2, 400);
		if (peer_tone_db(both[1], hz, 300) > -1)
			return true;
	}
	return false;
}

TEST(a_peer_that_really_changes_its_source_is_heard_again)
{
	struct peer a, b;

	CHECK_INT(rig_start(&rig, false), 0);
	CHECK(peer_open(&a, &rig, 1, SDP_PCMA, 101, 20, SDP_SENDRECV) &&
		peer_open(&b, &rig, 2, SDP_PCMA, 101, 20, SDP_SENDRECV));
	bridge(1, 2);
	a.say_hz = 600;
	b.is_silent = true;
	struct peer *both[] = {&a, &b};
	peers_pump(both, 2, 300);
	a.ssrc += 1000; /* another sender behind the same address, as a transfer behind a gateway */
	a.seq = 7;
	CHECK(is_heard_soon(both, 600));
	/* Another address: the lock opens when the old one is silent. */
	close(a.fd);
	a.fd = udp_socket(&a.port);
	CHECK(is_heard_soon(both, 600));
	close_leg(&a);
	close_leg(&b);
	rig_stop(&rig);
}

/* ---- legs with keys ---- */

struct secret {
	struct peer peer; /* only its socket, ports and stream */
	struct srtp_pair *keys;
};

static bool open_secret(struct secret *s)
{
	struct media_command c = {.kind = MEDIA_LEG_REMOTE, .group = 1, .leg = 1};
	uint8_t a[SDP_KEY_MAX], b[SDP_KEY_MAX];

	memset(s, 0, sizeof(*s));
	fill_key(a, 1);
	fill_key(b, 2);
	if (!peer_open(&s->peer, &rig, 1, SDP_PCMA, 101, 20, SDP_SENDRECV))
		return false;
	str_put(c.remote.address, sizeof(c.remote.address), "127.0.0.1");
	c.remote.port = s->peer.port;
	c.remote.codec = SDP_PCMA;
	c.remote.payload_type = 8;
	c.remote.ptime_ms = 20;
	c.remote.is_rtcp_mux = true;
	c.remote.srtp = MEDIA_SRTP_SDES;
	c.remote.suite = SDP_AES_CM_128_HMAC_SHA1_80;
	memcpy(c.remote.local_key, a, sizeof(c.remote.local_key));
	memcpy(c.remote.remote_key, b, sizeof(c.remote.remote_key));
	rig_send(&rig, &c);
	rig_send(&rig, &c); /* a re-INVITE with the same keys forgets nothing */
	struct srtp_keys keys = {c.remote.suite, b, a, &s->peer.ssrc, 1};
	return srtp_pair_new(&s->keys, &keys) == 0;
}

/* The next frame of the peer; ret_packet has it as it goes out. */
static size_t secret_frame(struct secret *s, uint8_t *ret_packet)
{
	size_t n = RTP_HEADER_BYTES + 160;

	rtp_put_header(ret_packet, 8, false, s->peer.seq++, s->peer.ts, s->peer.ssrc);
	s->peer.ts += 160;
	for (int i = 0; i < 160; i++, s->peer.phase += 2 * M_PI * 700 / 8000)
		ret_packet[RTP_HEADER_BYTES + i] = law_encode(1, (int16_t)lrint(9000 * sin(s->peer.phase)));
	return srtp_pair_out(s->keys, ret_packet, &n) ? n : 0;
}

TEST(forged_packets_change_nothing_on_a_leg_with_keys)
{
	uint8_t packet[RTP_BUFFER_BYTES], forged[RTP_BUFFER_BYTES];
	struct secret s;
	struct peer b;
	uint16_t port;

	CHECK_INT(rig_start(&rig, false), 0);
	int stranger = udp_socket(&port), n_clear = 0;
	CHECK(open_secret(&s) && peer_open(&b, &rig, 2, SDP_PCMA, 101, 20, SDP_SENDRECV));
	bridge(1, 2);
	struct peer *other[] = {&b};
	for (int i = 0; i < 60; i++) {
		size_t n = secret_frame(&s, packet);
		memcpy(forged, packet, n);
		forged[n - 1] ^= 1; /* a wrong tag, from the right address and from a stranger's, before the
				       right one */
		send_from(s.peer.fd, s.peer.engine_port, forged, n);
		send_from(stranger, s.peer.engine_port, forged, n);
		put_be32(forged + 8, 4711); /* another source */
		send_from(s.peer.fd, s.peer.engine_port, forged, n);
		rtp_put_header(forged, 8, false, s.peer.seq, s.peer.ts, s.peer.ssrc); /* in the clear */
		send_from(s.peer.fd, s.peer.engine_port, forged, 172);
		send_from(s.peer.fd, s.peer.engine_port, forged, rtcp_put_bye(forged, s.peer.ssrc));
		send_from(s.peer.fd, s.peer.engine_port, packet, n);
		send_from(s.peer.fd, s.peer.engine_port, packet, n); /* replayed */
		peers_pump(other, 1, 20);
	}
	for (int i = 0; i < 250 && b.n_heard < 60; i++)
		peers_pump(other, 1, 20); /* what still waits in the socket of a slow machine */
	CHECK(peer_tone_db(&b, 700, 800) > -1);
	CHECK_INT(b.n_ssrcs + b.n_gaps, 0);
	/* What the engine says to the peer is ciphered, every packet of it. */
	ssize_t n_in;
	int n_good = 0;
	while ((n_in = recv(s.peer.fd, packet, sizeof(packet), 0)) > 0) {
		size_t n = (size_t)n_in;
		enum srtp_verdict v = srtp_pair_in(s.keys, packet, &n);
		n_good += v == SRTP_GOOD;
		n_clear += v != SRTP_GOOD;
	}
	CHECK(n_good > 30);
	CHECK_INT(n_clear, 0);
	struct media_stats stats = close_leg(&s.peer);
	CHECK_INT(stats.packets_in, 60);
	CHECK_INT(stats.lost, 0);
	CHECK(stats.rejected >= 60 * 5);
	close_leg(&b);
	close(stranger);
	srtp_pair_free(s.keys);
	rig_stop(&rig);
}

TEST(a_leg_that_must_have_keys_and_gets_none_fails)
{
	struct media_command c = {.kind = MEDIA_LEG_REMOTE, .group = 1, .leg = 1};
	struct media_event e;
	struct peer a;

	CHECK_INT(rig_start(&rig, false), 0);
	CHECK(peer_open(&a, &rig, 1, SDP_PCMA, 101, 20, SDP_SENDRECV));
	c.remote.codec = SDP_PCMA;
	c.remote.payload_type = 8;
	c.remote.srtp = MEDIA_SRTP_SDES;
	rig_send(&rig, &c);
	CHECK(rig_wait(&rig, MEDIA_LEG_FAILED, 1, &e) && e.reason == -EINVAL);
	c.remote.srtp = MEDIA_SRTP_DTLS;
	rig_send(&rig, &c);
	CHECK(rig_wait(&rig, MEDIA_LEG_FAILED, 1, &e) && e.reason == -EINVAL);
	close_leg(&a);
	rig_stop(&rig);
}
