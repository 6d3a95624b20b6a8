/* The one UDP socket for all browsers of a thread: reads in batches, sorts (RFC 7983), sends what a pass
 * collected at once.
 *
 * Until STUN vouched for it, an address belongs to no leg: what comes from there is dropped without a trace
 * but a counter. */
#include "base/alloc.h"
#include "base/str.h"
#include "media/rtp/source.h"
#include "media/webrtc/handshake.h"
#include "media/webrtc/webrtc_leg.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define BATCH 64
#define BATCHES_PER_WAKE 8
#define OUT_BYTES 1600
#define BUFFER_BYTES (4 << 20)

struct webrtc_port {
	int fd;
	uint16_t port;
	struct strmap by_ufrag;
	struct map by_address;
	uint64_t seed;
	/* in */
	struct mmsghdr in[BATCH];
	struct iovec in_parts[BATCH];
	struct endpoint in_from[BATCH];
	uint8_t in_bytes[BATCH][RTP_BUFFER_BYTES];
	/* out */
	int n_out;
	struct mmsghdr out[BATCH];
	struct iovec out_parts[BATCH];
	struct endpoint out_to[BATCH];
	uint8_t out_bytes[BATCH][OUT_BYTES];
};

/* An address as a map key. IPv6 is folded under a secret seed; the leg's own address is compared after a
 * find. */
static uint64_t key_of(const struct webrtc_port *p, const struct endpoint *e)
{
	uint64_t words[2], key = p->seed;

	if (e->any.sa_family == AF_INET)
		return (uint64_t)e->v4.sin_addr.s_addr << 16 | e->v4.sin_port | UINT64_C(1) << 63;
	memcpy(words, &e->v6.sin6_addr, sizeof(words));
	for (int i = 0; i < 2; i++)
		key = (key ^ words[i]) * UINT64_C(0x9e3779b97f4a7c15), key ^= key >> 29;
	key = (key ^ e->v6.sin6_port) * UINT64_C(0xbf58476d1ce4e5b9);
	return (key ^ key >> 32) | 1;
}

static int bind_port(struct audio_thread *t, struct webrtc_port *p)
{
	const struct media *media = t->media;
	struct endpoint local;
	int size = BUFFER_BYTES, off = 0;
	int err = endpoint_parse(&local, media->family, media->config.bind_address, p->port);

	if (err < 0)
		return err;
	p->fd = socket(media->family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (p->fd < 0)
		return -errno;
	/* FORCE needs a privilege; without it the system's limit counts. */
	if (setsockopt(p->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		setsockopt(p->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (setsockopt(p->fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) < 0)
		setsockopt(p->fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	if (media->family == AF_INET6)
		setsockopt(p->fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	source_mark(p->fd, media->family, media->config.dscp);
	return bind(p->fd, &local.any, local.len) < 0 ? -errno : 0;
}

int webrtc_port_open(struct audio_thread *t)
{
	struct webrtc_port *p = alloc_zero(sizeof(*p));

	if (!p)
		return -ENOMEM;
	t->webrtc = p;
	p->fd = -1;
	p->port = (uint16_t)(t->media->config.webrtc_port + t->index);
	if (getrandom(&p->seed, sizeof(p->seed), 0) != sizeof(p->seed))
		return -EIO;
	for (int i = 0; i < BATCH; i++) {
		p->in_parts[i] = (struct iovec){p->in_bytes[i], RTP_BUFFER_BYTES};
		p->in[i].msg_hdr = (struct msghdr){
			.msg_name = &p->in_from[i].any, .msg_iov = &p->in_parts[i], .msg_iovlen = 1};
	}
	return bind_port(t, p);
}

int webrtc_port_fd(const struct audio_thread *t)
{
	return t->webrtc->fd;
}

uint16_t webrtc_port_number(const struct audio_thread *t)
{
	return t->webrtc->port;
}

void webrtc_port_close(struct audio_thread *t)
{
	struct webrtc_port *p = t->webrtc;

	if (!p)
		return;
	if (p->fd >= 0)
		close(p->fd);
	strmap_free(&p->by_ufrag);
	map_free(&p->by_address);
	alloc_free(p);
	t->webrtc = NULL;
}

int webrtc_port_add(struct leg *leg)
{
	return strmap_put(&leg->thread->webrtc->by_ufrag, leg->webrtc->ufrag, leg);
}

static void forget_address(struct leg *leg)
{
	struct webrtc_port *p = leg->thread->webrtc;

	if (leg->webrtc->peer_key != 0 && map_get(&p->by_address, leg->webrtc->peer_key) == leg)
		map_remove(&p->by_address, leg->webrtc->peer_key);
	leg->webrtc->peer_key = 0;
}

void webrtc_port_remove(struct leg *leg)
{
	struct webrtc_port *p = leg->thread->webrtc;

	if (strmap_get(&p->by_ufrag, leg->webrtc->ufrag) == leg)
		strmap_remove(&p->by_ufrag, leg->webrtc->ufrag);
	forget_address(leg);
}

int webrtc_port_move(struct leg *leg, const struct endpoint *to)
{
	struct webrtc_port *p = leg->thread->webrtc;
	uint64_t key = key_of(p, to);
	int err = map_put(&p->by_address, key, leg);

	if (err < 0)
		return err;
	if (leg->webrtc->peer_key != key)
		forget_address(leg);
	leg->webrtc->peer_key = key;
	leg->webrtc->peer = *to;
	return 0;
}

static struct leg *leg_at(struct webrtc_port *p, const struct endpoint *from)
{
	struct leg *leg = map_get(&p->by_address, key_of(p, from));

	return leg && endpoint_equal(from, &leg->webrtc->peer) ? leg : NULL;
}

static void on_stun(struct audio_thread *t, uint8_t *packet, size_t n, const struct endpoint *from)
{
	struct stun_request request;
	char ufrag[32];

	if (!stun_read(packet, n, &request)) {
		counter_add(&t->counters.stun_rejected, 1);
		return;
	}
	const char *colon = strchr(request.username, ':');
	size_t n_ufrag = colon ? (size_t)(colon - request.username) : 0;
	struct leg *leg = NULL;
	if (n_ufrag > 0 && str_put_n(ufrag, sizeof(ufrag), request.username, n_ufrag) == 0)
		leg = strmap_get(&t->webrtc->by_ufrag, ufrag);
	if (leg)
		webrtc_on_stun(leg, packet, &request, from);
	else
		counter_add(&t->counters.stun_rejected, 1);
}

static void on_datagram(struct audio_thread *t, uint8_t *packet, size_t n, const struct endpoint *from)
{
	if (n < 12 || n > RTP_PACKET_MAX)
		return;
	if (packet[0] < 4) {
		on_stun(t, packet, n, from);
		return;
	}
	bool is_dtls = packet[0] >= 20 && packet[0] <= 63, is_media = packet[0] >= 128 && packet[0] <= 191;
	struct leg *leg = is_dtls || is_media ? leg_at(t->webrtc, from) : NULL;
	if (!leg) {
		if (is_media)
			counter_add(&t->counters.srtp_rejected, 1);
		return;
	}
	if (is_dtls)
		handshake_read(leg, packet, n);
	else
		webrtc_on_media(leg, packet, n);
}

void webrtc_port_readable(struct audio_thread *t)
{
	struct webrtc_port *p = t->webrtc;

	for (int round = 0; round < BATCHES_PER_WAKE; round++) {
		for (int i = 0; i < BATCH; i++)
			p->in[i].msg_hdr.msg_namelen = sizeof(p->in_from[i].v6);
		int n = recvmmsg(p->fd, p->in, BATCH, MSG_DONTWAIT, NULL);
		for (int i = 0; i < n; i++) {
			p->in_from[i].len = p->in[i].msg_hdr.msg_namelen;
			on_datagram(t, p->in_bytes[i], p->in[i].msg_len, &p->in_from[i]);
		}
		if (n < BATCH)
			return;
	}
}

void webrtc_port_flush(struct audio_thread *t)
{
	struct webrtc_port *p = t->webrtc;
	int sent = 0;

	if (!p)
		return;
	while (sent < p->n_out) {
		int n = sendmmsg(
			p->fd, p->out + sent, (unsigned)(p->n_out - sent), MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		/* What the kernel refuses is a lost packet; those behind it still go. */
		sent += n > 0 ? n : 1;
	}
	p->n_out = 0;
}

void webrtc_port_send(struct audio_thread *t, const struct endpoint *to, const uint8_t *bytes, size_t n)
{
	struct webrtc_port *p = t->webrtc;

	if (to->len == 0 || n > OUT_BYTES)
		return;
	if (p->n_out == BATCH)
		webrtc_port_flush(t);
	int i = p->n_out++;
	memcpy(p->out_bytes[i], bytes, n);
	p->out_to[i] = *to;
	p->out_parts[i] = (struct iovec){p->out_bytes[i], n};
	p->out[i].msg_hdr = (struct msghdr){.msg_name = &p->out_to[i].any,
		.msg_namelen = p->out_to[i].len,
		.msg_iov = &p->out_parts[i],
		.msg_iovlen = 1};
}
