/* Symmetric RTP with a lock.
 *
 * The first believed source is locked by connecting the socket: from then on the kernel drops all others, and
 * sending costs no route lookup. A source is believed at once when it is the signalled one (or none was
 * signalled); a stranger must send some packets in sequence while nothing comes from there. When the locked
 * source falls silent the lock opens: the same address or the same SSRC may come back at once (a NAT
 * rebinding), a stranger only after a longer silence. */
#include "media/rtp/source.h"
#include "base/str.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define SILENT_NS (300 * INT64_C(1000000))
#define STRANGER_NS (2 * SECOND_NS)
#define CONSECUTIVE_NEEDED 4
#define PORT_TRIES_MAX 512 /* a bind of a taken port costs microseconds of audio */
#define RECEIVE_BUFFER_BYTES (128 * 1024)

static int bind_port(int family, const char *address, uint16_t port)
{
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
		fd = bind_port(t->media->family, config->bind_address, port);
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

void source_close(struct leg *leg)
{
	if (leg->fd >= 0)
		close(leg->fd);
	leg->fd = -1;
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

bool source_accept(struct leg *leg, const struct endpoint *from, const struct rtp *rtp, int64_t now_ns)
{
	struct source_lock *lock = &leg->lock;

	if (!leg->has_remote)
		return false;
	if (endpoint_equal(from, &leg->remote))
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

void source_watch(struct leg *leg, int64_t now_ns)
{
	if (leg->lock.is_locked && now_ns - leg->in.last_ns > SILENT_NS)
		open_lock(leg, now_ns);
}

void source_send(struct leg *leg, const uint8_t *packet, size_t n)
{
	const struct endpoint *to = leg->lock.was_locked ? &leg->lock.source : &leg->remote;

	/* A packet the kernel refuses (full buffer, an ICMP error of an earlier one) is a lost packet, as on
	 * any network. */
	if (leg->lock.is_locked)
		(void)!send(leg->fd, packet, n, MSG_DONTWAIT | MSG_NOSIGNAL);
	else if (to->len > 0)
		(void)!sendto(leg->fd, packet, n, MSG_DONTWAIT | MSG_NOSIGNAL, &to->any, to->len);
}
