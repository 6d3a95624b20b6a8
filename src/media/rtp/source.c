/* Symmetric RTP with a lock.
 *
 * The first believed source is locked by connecting the socket: from then on the kernel drops all others, and
 * sending costs no route lookup. A source is believed at once when it is the signalled one (or none was
 * signalled); a stranger must send some packets in sequence while nothing comes from there. When the locked
 * source falls silent the lock opens: the same address or the same SSRC may come back at once (a NAT
 * rebinding), a stranger only after a longer silence.
 *
 * An address can be forged where the network lets it, so the stream's SSRC counts, too: another one under the
 * right address is heard only once the known one has paused, and the known one may come back any time.
 *
 * Where keys were agreed nothing of this is needed: a packet is decided by its tag alone, before anything
 * else is looked at, and its sender is believed at once. */
#include "media/rtp/source.h"
#include "base/alloc.h"
#include "base/str.h"
#include "media/fax/fax.h"
#include "media/leg.h"
#include "media/relay.h"
#include "media/rtp/report.h"
#include "media/rtp/rtcp.h"
#include "media/rtp/srtp.h"
#include "media/webrtc/handshake.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SILENT_NS (300 * INT64_C(1000000))
#define STRANGER_NS (2 * SECOND_NS)
#define CONSECUTIVE_NEEDED 4
#define PORT_TRIES_MAX 512 /* a bind of a taken port costs microseconds of audio */
#define RECEIVE_BUFFER_BYTES (128 * 1024)
#define PAUSE_NS (60 * INT64_C(1000000)) /* of the known SSRC before another is heard */

void source_mark(int fd, int family, int dscp)
{
	int class = dscp << 2;

	if (dscp == 0)
		return;
	/* An IPv6 socket sends to mapped IPv4 addresses, too. Where marking is not allowed calls go on
	 * unmarked. */
	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &class, sizeof(class));
	setsockopt(fd, IPPROTO_IP, IP_TOS, &class, sizeof(class));
}

static int bind_port(const struct media *media, uint16_t port)
{
	const char *address = media->config.bind_address;
	int family = media->family;
	struct endpoint local;
	int err = endpoint_parse(&local, family, address, port);
	int size = RECEIVE_BUFFER_BYTES, off = 0;

	if (err < 0)
		return err;
	int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	source_mark(fd, family, media->config.dscp);
	if (bind(fd, &local.any, local.len) < 0) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

int source_open(struct leg *leg)
{
	struct audio_thread *t = leg->thread;
	const struct media_config *config = &t->media->config;
	int first = config->rtp_port_min + (config->rtp_port_min & 1);
	int n_ports = (config->rtp_port_max - first) / 2 + 1;
	int fd = -EMFILE;

	/* Round robin: a port rests as long as possible before its next call. */
	for (int i = 0; i < n_ports && i < PORT_TRIES_MAX && fd < 0; i++) {
		uint16_t port = (uint16_t)(first + t->next_port % n_ports * 2);
		t->next_port = (uint16_t)((t->next_port + 1) % n_ports);
		fd = bind_port(t->media, port);
		if (fd < 0 && fd != -EADDRINUSE && fd != -EACCES)
			return fd;
		leg->port = port;
	}
	if (fd < 0)
		return -EMFILE;
	struct epoll_event readable = {.events = EPOLLIN, .data.ptr = leg};
	leg->fd = fd;
	return epoll_ctl(t->epoll_fd, EPOLL_CTL_ADD, fd, &readable) < 0 ? -errno : 0;
}

static void close_reports(struct leg *leg)
{
	if (leg->rtcp_fd >= 0)
		close(leg->rtcp_fd);
	leg->rtcp_fd = -1;
}

void source_close(struct leg *leg)
{
	close_reports(leg);
	if (leg->fd >= 0)
		close(leg->fd);
	leg->fd = -1;
}

/* Whom the leg believes in: who was locked on, or who was signalled. */
static const struct endpoint *believed(const struct leg *leg)
{
	return leg->lock.was_locked ? &leg->lock.source : &leg->remote;
}

/* recv and send of the C library may end a thread that is cancelled, which costs them two locked instructions
 * a packet; nobody cancels ours. */
static ssize_t plain_receive(int fd, uint8_t *packet, struct endpoint *ret_from)
{
	return syscall(SYS_recvfrom, fd, packet, RTP_BUFFER_BYTES, MSG_DONTWAIT,
		ret_from ? &ret_from->any : NULL, ret_from ? &ret_from->len : NULL);
}

static ssize_t plain_send(int fd, const uint8_t *packet, size_t n, const struct endpoint *to)
{
	return syscall(SYS_sendto, fd, packet, n, MSG_DONTWAIT | MSG_NOSIGNAL, to ? &to->any : NULL,
		to ? to->len : 0);
}

/* ---- RTCP beside RTP ---- */

void source_set_reports(struct leg *leg, bool is_mux, uint16_t port)
{
	struct endpoint to = leg->remote;

	if (is_mux) {
		close_reports(leg);
		leg->lock.reports.len = 0;
		return;
	}
	if (to.len > 0) /* the port lies at the same place in both families */
		to.v4.sin_port = htons(port ? port : (uint16_t)(ntohs(to.v4.sin_port) + 1));
	leg->lock.reports = to;
	if (leg->rtcp_fd >= 0)
		return;
	/* Without the port a call goes on without reports. */
	int fd = bind_port(leg->thread->media, (uint16_t)(leg->port + 1));
	if (fd < 0)
		return;
	leg->rtcp_fd = fd;
	struct epoll_event readable = {.events = EPOLLIN, .data.ptr = (char *)leg + SOURCE_REPORTS_TAG};
	if (epoll_ctl(leg->thread->epoll_fd, EPOLL_CTL_ADD, fd, &readable) < 0)
		close_reports(leg);
}

/* A report that arrived from somewhere, on either socket. False: forged, or of a stranger. */
static bool take_report(struct leg *leg, uint8_t *packet, size_t n, const struct endpoint *from)
{
	if (leg->srtp ? srtp_pair_in(leg->srtp, packet, &n) != SRTP_GOOD
		      : leg->is_secure || !endpoint_same_host(from, believed(leg)))
		return false;
	report_read(leg, packet, n);
	return true;
}

void source_reports_readable(struct leg *leg)
{
	struct endpoint from = {.len = sizeof(from.v6)};
	uint8_t *packet = leg->thread->packet;
	ssize_t n = plain_receive(leg->rtcp_fd, packet, &from);

	if (n < 0 || !rtcp_is_rtcp(packet, (size_t)n))
		return;
	if (take_report(leg, packet, (size_t)n, &from))
		leg->lock.reports = from;
	else
		leg->rejected++;
}

/* ---- keys ---- */

int source_set_security(struct leg *leg, const struct media_command *c)
{
	struct srtp_keys keys = {.suite = c->remote.suite,
		.local = c->remote.local_key,
		.remote = c->remote.remote_key,
		.ssrcs = &leg->out.ssrc,
		.n_ssrcs = 1};
	struct srtp_pair *pair = NULL;
	int err = 0;

	leg->is_secure = c->remote.srtp != MEDIA_SRTP_NONE;
	if (c->remote.srtp == MEDIA_SRTP_DTLS)
		return handshake_remote(leg, c->remote.setup, c->remote.fingerprint);
	if (c->remote.srtp == MEDIA_SRTP_SDES) {
		/* The same keys again must not forget what was already received under them. */
		if (leg->srtp && srtp_pair_has(leg->srtp, &keys))
			return 0;
		err = srtp_pair_new(&pair, &keys);
	}
	srtp_pair_free(leg->srtp);
	leg->srtp = pair;
	return err;
}

static void open_lock(struct leg *leg, int64_t now_ns)
{
	struct sockaddr nobody = {.sa_family = AF_UNSPEC};

	if (leg->lock.is_locked)
		connect(leg->fd, &nobody, sizeof(nobody));
	leg->lock.is_locked = false;
	leg->lock.n_consecutive = 0;
	leg->lock.unlocked_ns = now_ns;
}

void source_set_remote(struct leg *leg, const struct endpoint *remote)
{
	if (leg->remote.len > 0 && endpoint_equal(remote, &leg->remote) && leg->lock.was_locked)
		return;
	if (leg->lock.is_locked && endpoint_equal(remote, &leg->lock.source))
		return;
	open_lock(leg, leg->thread->now_ns);
	leg->lock.was_locked = false;
	leg->remote = *remote;
}

static bool lock_on(struct leg *leg, const struct endpoint *from, const struct rtp *rtp)
{
	if (connect(leg->fd, &from->any, from->len) < 0)
		return false;
	leg->lock.is_locked = leg->lock.was_locked = true;
	leg->lock.source = *from;
	leg->lock.ssrc = rtp->ssrc;
	leg->lock.ssrc_ns = leg->thread->now_ns;
	return true;
}

/* Counts packets in sequence from one stranger. */
static bool is_persistent(struct source_lock *lock, const struct endpoint *from, const struct rtp *rtp)
{
	bool is_next = lock->n_consecutive > 0 && endpoint_equal(from, &lock->candidate) &&
		       rtp->ssrc == lock->candidate_ssrc && (uint16_t)(rtp->seq - lock->candidate_seq) == 1;

	lock->n_consecutive = is_next ? lock->n_consecutive + 1 : 1;
	lock->candidate = *from;
	lock->candidate_ssrc = rtp->ssrc;
	lock->candidate_seq = rtp->seq;
	return lock->n_consecutive >= CONSECUTIVE_NEEDED;
}

static bool accept_stranger(struct leg *leg, const struct endpoint *from, const struct rtp *rtp)
{
	struct source_lock *lock = &leg->lock;
	int64_t now_ns = leg->thread->now_ns;

	if (!leg->has_remote)
		return false;
	if (leg->srtp || endpoint_equal(from, &leg->remote))
		return lock_on(leg, from, rtp);
	if (!lock->was_locked)
		return (leg->remote.len == 0 || is_persistent(lock, from, rtp)) && lock_on(leg, from, rtp);
	if (endpoint_equal(from, &lock->source))
		return lock_on(leg, from, rtp);
	bool is_known = rtp->ssrc == lock->ssrc || endpoint_same_host(from, &lock->source);
	if (!is_persistent(lock, from, rtp))
		return false;
	return (is_known || now_ns - lock->unlocked_ns > STRANGER_NS) && lock_on(leg, from, rtp);
}

/* Whether a packet of the right address is of the stream known, or of one that follows it. */
static bool is_same_voice(struct leg *leg, const struct rtp *rtp)
{
	struct source_lock *lock = &leg->lock;
	int64_t pause_ns = leg->thread->now_ns - lock->ssrc_ns;

	if (leg->srtp)
		return true;
	if (rtp->ssrc != lock->ssrc && pause_ns < PAUSE_NS)
		return false;
	if (rtp->ssrc != lock->ssrc && pause_ns < STRANGER_NS)
		return true; /* on probation: the known one may still come back */
	lock->ssrc = rtp->ssrc;
	lock->ssrc_ns = leg->thread->now_ns;
	return true;
}

void source_watch(struct leg *leg, int64_t now_ns)
{
	if (leg->lock.is_locked && now_ns - leg->in.last_ns > SILENT_NS)
		open_lock(leg, now_ns);
}

static ssize_t receive(struct leg *leg, struct endpoint *ret_from)
{
	uint8_t *packet = leg->thread->packet;

	if (leg->lock.is_locked) {
		*ret_from = leg->lock.source;
		return plain_receive(leg->fd, packet, NULL);
	}
	ret_from->len = sizeof(ret_from->v6);
	return plain_receive(leg->fd, packet, ret_from);
}

/* DTLS proves the peer at its end, so that its first words may come from anywhere (NAT); the signalled host
 * has the better right. */
static void take_handshake(struct leg *leg, const uint8_t *packet, size_t n, const struct endpoint *from)
{
	if (!leg->handshake || (leg->srtp && !endpoint_equal(from, believed(leg)) && leg->lock.was_locked))
		return;
	if (leg->lock.keyed.len > 0 && !endpoint_equal(from, &leg->lock.keyed) &&
		!endpoint_same_host(from, &leg->remote))
		return;
	leg->lock.keyed = *from;
	handshake_start(leg);
	handshake_read(leg, packet, n);
	if (leg->srtp)
		leg_ready(leg);
}

static void take_media(struct leg *leg, uint8_t *packet, size_t n, const struct endpoint *from)
{
	struct rtp rtp;

	if (leg->srtp ? srtp_pair_in(leg->srtp, packet, &n) != SRTP_GOOD : leg->is_secure) {
		leg->rejected++;
		return;
	}
	if (!rtp_parse_packet(packet, n, &rtp))
		return;
	if ((!leg->lock.is_locked && !accept_stranger(leg, from, &rtp)) || !is_same_voice(leg, &rtp)) {
		leg->rejected++;
		return;
	}
	relay_packet(leg, &rtp);
}

/* UDPTL has nothing to know a stranger by: it is believed from the host that was signalled, and from anywhere
 * when none was. */
static bool is_fax_peer(const struct leg *leg, const struct endpoint *from)
{
	return leg->has_remote && (leg->remote.len == 0 || endpoint_same_host(from, &leg->remote));
}

/* One packet a wake-up is the rule; epoll tells again when more wait. */
void source_readable(struct leg *leg)
{
	uint8_t *packet = leg->thread->packet;
	struct endpoint from;
	ssize_t n = receive(leg, &from);

	if (leg->fax && fax_is_t38(leg)) {
		if (n > 0 && (leg->lock.is_locked || is_fax_peer(leg, &from)))
			fax_datagram(leg, packet, (size_t)n);
		return;
	}
	if (n < 8)
		return;
	if (packet[0] >= 20 && packet[0] <= 63)
		take_handshake(leg, packet, (size_t)n, &from);
	else if (!rtcp_is_rtcp(packet, (size_t)n))
		take_media(leg, packet, (size_t)n, &from);
	else if (!take_report(leg, packet, (size_t)n, &from))
		leg->rejected++;
}

/* ---- sending ---- */

static void send_to(int fd, const uint8_t *packet, size_t n, const struct endpoint *to)
{
	/* A packet the kernel refuses (full buffer) is a lost packet, as on any network. An ICMP error of an
	 * earlier one is told once, in place of sending: it must not cost this packet. */
	for (int i = 0; i < 2; i++) {
		ssize_t sent = plain_send(fd, packet, n, to);
		if (sent >= 0 || errno != ECONNREFUSED)
			return;
	}
}

void source_send_raw(struct leg *leg, const uint8_t *bytes, size_t n)
{
	const struct endpoint *to = leg->lock.was_locked  ? &leg->lock.source
				    : leg->lock.keyed.len ? &leg->lock.keyed
							  : &leg->remote;

	if (leg->lock.is_locked)
		send_to(leg->fd, bytes, n, NULL);
	else if (to->len > 0)
		send_to(leg->fd, bytes, n, to);
}

void source_send(struct leg *leg, uint8_t *packet, size_t n)
{
	if (leg->srtp ? srtp_pair_out(leg->srtp, packet, &n) : !leg->is_secure)
		source_send_raw(leg, packet, n);
}

void source_send_report(struct leg *leg, uint8_t *packet, size_t n)
{
	if (leg->rtcp_fd < 0) {
		source_send(leg, packet, n);
		return;
	}
	/* Never to a host that is no longer the peer's. */
	bool is_his = leg->lock.reports.len > 0 && endpoint_same_host(&leg->lock.reports, believed(leg));
	if (is_his && (leg->srtp ? srtp_pair_out(leg->srtp, packet, &n) : !leg->is_secure))
		send_to(leg->rtcp_fd, packet, n, &leg->lock.reports);
}
