/* What the kernel and the clock see of a leg: marks on the wire, both families on one socket, ports that run
 * out, peers that fall silent. */
#include "harness/test.h"
#include "base/str.h"
#include "media/rtp/rtcp.h"
#include "media/test_peer.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#define EXPEDITED 46

static struct rig rig;

/* ---- marks ---- */

static int marked_socket(int family, uint16_t *ret_port)
{
	struct endpoint at = {.len = sizeof(at.v6)};
	int one = 1, fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct timeval limit = {.tv_sec = 5};

	if (endpoint_parse(&at, family, family == AF_INET ? "127.0.0.1" : "::1", 0) < 0 ||
		bind(fd, &at.any, at.len) < 0 || getsockname(fd, &at.any, &at.len) < 0)
		test_fail(__FILE__, __LINE__, "bind: %s", strerror(errno));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (family == AF_INET)
		setsockopt(fd, IPPROTO_IP, IP_RECVTOS, &one, sizeof(one));
	else
		setsockopt(fd, IPPROTO_IPV6, IPV6_RECVTCLASS, &one, sizeof(one));
	*ret_port = ntohs(at.v4.sin_port); /* the port lies at the same place in both families */
	return fd;
}

/* Some machines have none: what is about it cannot be seen there. */
static bool has_ipv6(void)
{
	struct endpoint at;
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool is_there =
		fd >= 0 && endpoint_parse(&at, AF_INET6, "::1", 0) == 0 && bind(fd, &at.any, at.len) == 0;

	if (fd >= 0)
		close(fd);
	if (!is_there)
		printf("# no IPv6 on this machine\n");
	return is_there;
}

static int mark_of(const struct cmsghdr *c)
{
	if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TOS)
		return *CMSG_DATA(c);
	if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_TCLASS) {
		int class;
		memcpy(&class, CMSG_DATA(c), sizeof(class));
		return class;
	}
	return -1;
}

/* The DSCP of the next packet of a kind that arrives; -1: none within the socket's limit. */
static int next_mark(int fd, bool is_report)
{
	uint8_t packet[RTP_BUFFER_BYTES], control[256];

	for (int i = 0; i < 500; i++) {
		struct iovec part = {packet, sizeof(packet)};
		struct msghdr m = {.msg_iov = &part,
			.msg_iovlen = 1,
			.msg_control = control,
			.msg_controllen = sizeof(control)};
		ssize_t n = recvmsg(fd, &m, 0);
		if (n < 0)
			return -1;
		if (rtcp_is_rtcp(packet, (size_t)n) != is_report)
			continue;
		for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c))
			if (mark_of(c) >= 0)
				return mark_of(c) >> 2;
	}
	return -1;
}

/* A leg that plays a tone to a socket of family; RTP and RTCP share it. */
static void play_to(uint64_t id, const char *address, uint16_t port)
{
	struct media_command c = {.kind = MEDIA_LEG_OPEN, .group = 1, .leg = id};
	struct media_event e;

	rig_send(&rig, &c);
	CHECK(rig_wait(&rig, MEDIA_LEG_OPENED, id, &e));
	c = (struct media_command){.kind = MEDIA_LEG_REMOTE, .group = 1, .leg = id};
	str_put(c.remote.address, sizeof(c.remote.address), address);
	c.remote.port = port;
	c.remote.codec = SDP_PCMA;
	c.remote.payload_type = 8;
	c.remote.ptime_ms = 20;
	c.remote.is_rtcp_mux = true;
	rig_send(&rig, &c);
	c = (struct media_command){.kind = MEDIA_PLAY, .group = 1, .leg = id, .ref = id};
	str_put(c.play.list[0].path, MEDIA_PATH_MAX, "tone:440");
	c.play.n = 1;
	c.play.is_looped = true;
	rig_send(&rig, &c);
}

static void check_marks(const char *bind_address, int dscp)
{
	struct media_config config = rig_config();
	bool is_both = strchr(bind_address, ':') != NULL;
	uint16_t old_port, new_port;

	str_put(config.bind_address, sizeof(config.bind_address), bind_address);
	config.dscp = dscp;
	CHECK_INT(rig_start_with(&rig, config, false), 0);
	int old = marked_socket(AF_INET, &old_port);
	play_to(1, "127.0.0.1", old_port);
	CHECK_INT(next_mark(old, false), dscp);
	if (is_both) {
		int new = marked_socket(AF_INET6, &new_port);
		play_to(2, "::1", new_port);
		CHECK_INT(next_mark(new, false), dscp);
		rig_send(&rig, &(struct media_command){.kind = MEDIA_LEG_CLOSE, .group = 1, .leg = 2});
		CHECK_INT(next_mark(new, true), dscp); /* the end, by RTCP */
		close(new);
	}
	rig_send(&rig, &(struct media_command){.kind = MEDIA_LEG_CLOSE, .group = 1, .leg = 1});
	CHECK_INT(next_mark(old, true), dscp);
	close(old);
	rig_stop(&rig);
}

TEST(sound_and_reports_are_marked_in_both_families)
{
	check_marks("127.0.0.1", EXPEDITED);
	check_marks("127.0.0.1", 0);
	if (!has_ipv6())
		return;
	check_marks("::", EXPEDITED);
	check_marks("::", 0);
}

/* ---- addresses ---- */

TEST(what_peers_are_told_of_us)
{
	static const struct {
		const char *bound, *told, *told_v6, *address, *address_v6;
	} rows[] = {
		{"127.0.0.1", "", "", "127.0.0.1", ""},
		{"127.0.0.1", "203.0.113.5", "", "203.0.113.5", ""},
		{"127.0.0.1", "203.0.113.5", "2001:db8::5", "203.0.113.5", ""}, /* it hears no IPv6 */
		{"::1", "", "", "::1", ""},
		{"::1", "2001:db8::5", "", "2001:db8::5", ""},
		{"::", "203.0.113.5", "2001:db8::5", "203.0.113.5", "2001:db8::5"},
	};
	struct media_event e;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct media_config config = rig_config();
		if (strchr(rows[i].bound, ':') && !has_ipv6())
			continue;
		str_put(config.bind_address, sizeof(config.bind_address), rows[i].bound);
		str_put(config.advertised_address, sizeof(config.advertised_address), rows[i].told);
		str_put(config.advertised_address_v6, sizeof(config.advertised_address_v6), rows[i].told_v6);
		CHECK_INT(rig_start_with(&rig, config, false), 0);
		rig_send(&rig, &(struct media_command){.kind = MEDIA_LEG_OPEN, .group = 1, .leg = 1});
		CHECK(rig_wait(&rig, MEDIA_LEG_OPENED, 1, &e));
		CHECK_STR(e.opened.address, rows[i].address);
		CHECK_STR(e.opened.address_v6, rows[i].address_v6);
		rig_stop(&rig);
	}
	struct media_config config = rig_config();
	struct media *media = NULL;
	str_put(config.advertised_address_v6, sizeof(config.advertised_address_v6), "203.0.113.5");
	CHECK_INT(media_start(&media, &config, rig_event, &rig), -EINVAL);
}

/* ---- ports ---- */

static int open_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	int n = 0;

	for (struct dirent *entry = folder ? readdir(folder) : NULL; entry; entry = readdir(folder))
		n += entry->d_name[0] != '.';
	if (folder)
		closedir(folder);
	return n;
}

static bool is_free(uint16_t port)
{
	struct endpoint at;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	bool is_bound =
		endpoint_parse(&at, AF_INET, "127.0.0.1", port) == 0 && bind(fd, &at.any, at.len) == 0;
	close(fd);
	return is_bound;
}

/* The first of eight ports in a row nobody has, below those the kernel hands out; another run of this test
 * looks elsewhere. */
static uint16_t free_range(void)
{
	for (int i = 0; i < 100; i++) {
		uint16_t first = (uint16_t)(30000 + (getpid() + i) % 100 * 20);
		int n = 0;
		while (n < 8 && is_free((uint16_t)(first + n)))
			n++;
		if (n == 8)
			return first;
	}
	test_fail(__FILE__, __LINE__, "no free ports");
	return 0;
}

static bool opens(uint64_t id, struct media_event *ret_event)
{
	rig_send(&rig, &(struct media_command){.kind = MEDIA_LEG_OPEN, .group = 1, .leg = id});
	for (int i = 0; i < 1000; i++, usleep(5000)) {
		if (rig_poll(&rig, MEDIA_LEG_OPENED, id, ret_event))
			return true;
		if (rig_poll(&rig, MEDIA_LEG_FAILED, id, ret_event))
			return false;
	}
	test_fail(__FILE__, __LINE__, "no answer for leg %d", (int)id);
	return false;
}

TEST(ports_that_run_out_are_refused_and_come_back)
{
	struct media_config config = rig_config();
	struct media_totals totals;
	struct media_event e;
	int before = open_descriptors();

	config.rtp_port_min = free_range();
	config.rtp_port_max = (uint16_t)(config.rtp_port_min + 7); /* four even ones */
	CHECK_INT(rig_start_with(&rig, config, false), 0);
	int idle = open_descriptors();
	for (int round = 0; round < 3; round++) {
		for (uint64_t id = 1; id <= 4; id++)
			CHECK(opens(id, &e) && e.opened.port % 2 == 0);
		for (uint64_t id = 5; id <= 20; id++) {
			CHECK(!opens(id, &e));
			CHECK_INT(e.reason, -EMFILE);
		}
		media_totals(rig.media, &totals);
		CHECK_INT(totals.legs_open, 4);
		for (uint64_t id = 1; id <= 4; id++) {
			rig_send(&rig,
				&(struct media_command){.kind = MEDIA_LEG_CLOSE, .group = 1, .leg = id});
			CHECK(rig_wait(&rig, MEDIA_LEG_CLOSED, id, &e));
		}
		CHECK_INT(open_descriptors(), idle);
	}
	rig_stop(&rig);
	CHECK_INT(open_descriptors(), before);
}

/* ---- silence ---- */

TEST(a_peer_that_falls_silent_is_lost_and_one_that_reports_is_not)
{
	struct media_config config = rig_config();
	struct peer a, b, c;
	struct peer *all[] = {&a, &b, &c};
	struct media_event e;
	uint8_t report[RTCP_PACKET_MAX];
	bool is_lost = false;

	config.rtp_timeout_s = 1;
	CHECK_INT(rig_start_with(&rig, config, false), 0);
	CHECK(peer_open(&a, &rig, 1, SDP_PCMA, 101, 20, SDP_SENDRECV) &&
		peer_open(&b, &rig, 2, SDP_PCMA, 101, 20, SDP_SENDRECV) &&
		peer_open(&c, &rig, 3, SDP_PCMA, 101, 20, SDP_SENDRECV));
	rig_send(&rig, &(struct media_command){.kind = MEDIA_BRIDGE, .group = 1, .leg = 1, .other = 2});
	rig_send(
		&rig, &(struct media_command){
			      .kind = MEDIA_HEAR, .group = 1, .leg = 1, .other = 3, .hear = {.is_on = true}});
	peers_pump(all, 3, 300);
	a.is_silent = b.is_silent = true;
	size_t n = rtcp_put_report(report, b.ssrc, NULL, NULL, "peer");
	for (int i = 0; i < 100 && !is_lost; i++) {
		struct sockaddr_in to = {.sin_family = AF_INET,
			.sin_port = htons(b.engine_port),
			.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
		(void)!sendto(b.fd, report, n, 0, (struct sockaddr *)&to, sizeof(to));
		peers_pump(all, 3, 100);
		is_lost = rig_poll(&rig, MEDIA_LEG_LOST, 1, &e);
	}
	CHECK(is_lost);
	CHECK(!rig_poll(&rig, MEDIA_LEG_LOST, 2, &e) && !rig_poll(&rig, MEDIA_LEG_LOST, 3, &e));
	/* Told once, and a voice that comes back is heard. */
	a.is_silent = false;
	peer_forget(&b);
	peers_pump(all, 3, 1500);
	CHECK(!rig_poll(&rig, MEDIA_LEG_LOST, 1, &e) && b.n_heard > 20);
	for (int i = 0; i < 3; i++)
		peer_close(all[i]);
	rig_stop(&rig);
}
