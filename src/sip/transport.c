/* Listeners: sockets with room for a burst, addresses that peers can reach, and the tap that drops what a
 * flooding stranger sends before it is parsed. */
#include "sip/directory.h"
#include "sip/room.h"
#include "sip/tls.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#define RECEIVE_BUFFER (4 << 20)
#define LOCAL_LIFE_MS 30000

void transport_address(const struct sa *sa, uint8_t ret_address[16])
{
	memset(ret_address, 0, 16);
	if (sa_af(sa) == AF_INET6) {
		sa_in6(sa, ret_address);
	} else {
		uint32_t v4 = htonl(sa_in(sa));
		ret_address[10] = ret_address[11] = 0xff;
		memcpy(ret_address + 12, &v4, 4);
	}
}

struct throttle_address transport_source(const struct sa *sa)
{
	static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
	struct throttle_address a;

	transport_address(sa, a.at);
	if (memcmp(a.at, mapped, sizeof(mapped)) != 0)
		memset(a.at + 8, 0, 8);
	return a;
}

void transport_text(const struct sa *sa, char *ret_text, size_t size)
{
	if (re_snprintf(ret_text, size, "%J", sa) < 0)
		ret_text[size - 1] = '\0';
}

bool transport_is_v6(const struct sa *sa)
{
	struct in6_addr address;

	if (sa_af(sa) != AF_INET6)
		return false;
	sa_in6(sa, address.s6_addr);
	return !IN6_IS_ADDR_V4MAPPED(&address);
}

static bool is_loopback(const struct sa *sa)
{
	return sa_af(sa) == AF_INET ? (sa_in(sa) >> 24) == 127 : sa_is_loopback(sa);
}

/* Which of our addresses the kernel would send from. */
static int ask_kernel(const struct sa *remote, struct sa *ret_local)
{
	struct sockaddr_storage name;
	socklen_t n = sizeof(name);
	int fd = socket(sa_af(remote), SOCK_DGRAM | SOCK_CLOEXEC, 0), err = 0;

	if (fd < 0)
		return -errno;
	if (connect(fd, &remote->u.sa, remote->len) < 0 || getsockname(fd, (struct sockaddr *)&name, &n) < 0)
		err = -errno;
	else
		err = -sa_set_sa(ret_local, (struct sockaddr *)&name);
	close(fd);
	return err;
}

static int local_for(struct room *room, const struct sa *remote, struct sa *ret_local)
{
	struct local_entry *e = &room->locals[sa_hash(remote, SA_ADDR) % LOCAL_CACHE];
	int64_t now_ms = clock_mono_ms();
	struct sa to = *remote;
	int err;

	if (e->until_ms > now_ms && sa_cmp(&e->remote, remote, SA_ADDR)) {
		*ret_local = e->local;
		return 0;
	}
	if (!sa_port(&to))
		sa_set_port(&to, SIP_PORT);
	err = ask_kernel(&to, ret_local);
	if (err < 0)
		return err;
	*e = (struct local_entry){.remote = *remote, .local = *ret_local, .until_ms = now_ms + LOCAL_LIFE_MS};
	return 0;
}

static void correct_local(struct sa *local, enum sip_transp tp, const struct sa *remote, void *arg)
{
	struct room *room = arg;
	uint16_t port = sa_port(local);
	struct sa better;
	int err = -ENOENT;

	(void)tp;
	bool is_v6 = transport_is_v6(remote);
	const char *told = is_v6 && room->config.advertised_address_v6[0] ? room->config.advertised_address_v6
									  : room->config.advertised_address;
	if (told[0] && !strchr(told, ':') == !is_v6 && !is_loopback(remote))
		err = sa_set_str(&better, told, port);
	if (err && sa_is_any(local))
		err = local_for(room, remote, &better);
	if (err)
		return;
	sa_set_port(&better, port);
	*local = better;
}

void transport_contact(struct room *room, enum sip_transp tp, const struct sa *local, const struct sa *remote,
	char *ret_contact, size_t size)
{
	struct sa laddr;

	sa_init(&laddr, AF_INET);
	if (local && tp == SIP_TRANSP_UDP) {
		laddr = *local;
		correct_local(&laddr, tp, remote, room);
	} else {
		(void)sip_transp_laddr(room->stack, &laddr, tp, remote);
	}
	if (re_snprintf(ret_contact, size, "<sip:%J%s>", &laddr, sip_transp_param(tp)) < 0)
		ret_contact[size - 1] = '\0';
}

/* Packets of a source that only ever sends rubbish are dropped unread; those of a trunk never. */
static bool is_wanted(const struct sa *source, void *arg)
{
	struct room *room = arg;
	struct throttle_address from = transport_source(source);
	uint8_t address[16];

	if (!guard_is_packet_wanted(room, source))
		return false;
	if (!sip_throttle_is_exceeded(room->throttle, &from, clock_mono_ms()))
		return true;
	transport_address(source, address);
	return sip_match_has_address(&room->directory->addresses, address);
}

static void on_malformed(const struct sa *source, void *arg)
{
	room_malformed(arg, source);
}

static const enum sip_transp libre_transport[] = {
	[SIP_UDP] = SIP_TRANSP_UDP, [SIP_TCP] = SIP_TRANSP_TCP, [SIP_TLS] = SIP_TRANSP_TLS};

/* libre sets SO_REUSEADDR, so that a second server would silently share a UDP port: a probe without it finds
 * out. It also finds a free port when 0 is asked for. */
static int probe(const struct sip_listen *listen, struct sa *address)
{
	struct sockaddr_storage name;
	socklen_t n = sizeof(name);
	int fd = socket(sa_af(address),
		    (listen->transport == SIP_UDP ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0),
	    one = 1, err = 0;

	if (fd < 0)
		return -errno;
	if (listen->transport != SIP_UDP) /* connections of the last run in TIME_WAIT are no reason to fail */
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, &address->u.sa, address->len) < 0 || getsockname(fd, (struct sockaddr *)&name, &n) < 0)
		err = -errno;
	else
		err = -sa_set_sa(address, (struct sockaddr *)&name);
	close(fd);
	return err;
}

static void widen_buffer(struct udp_sock *sock, const struct sip_listen *listen)
{
	int size = RECEIVE_BUFFER, got = 0,
	    fd = udp_sock_fd(sock, strchr(listen->address, ':') ? AF_INET6 : AF_INET);
	socklen_t n = sizeof(got);

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &got, &n) == 0 && got < RECEIVE_BUFFER)
		log_warn("sip", 0,
			"UDP receive buffer is %d bytes instead of %d, bursts of calls may be lost: raise "
			"net.core.rmem_max",
			got, RECEIVE_BUFFER);
}

/* Where marking is not allowed, calls go on unmarked. Connections over TCP and TLS are the system's to mark.
 */
static void mark(struct udp_sock *sock, const struct sip_listen *listen, int dscp)
{
	bool is_v6 = strchr(listen->address, ':') != NULL;
	int class = dscp << 2, fd = udp_sock_fd(sock, is_v6 ? AF_INET6 : AF_INET);

	if (dscp != 0 && is_v6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &class, sizeof(class));
	if (dscp != 0)
		(void)setsockopt(fd, IPPROTO_IP, IP_TOS, &class, sizeof(class));
}

static int listen_one(struct room *room, int i)
{
	const struct sip_listen *l = &room->config.listen[i];
	struct sa address;
	int err = sa_set_str(&address, l->address, l->port);

	if (err)
		return -err;
	err = probe(l, &address);
	if (!err && l->transport == SIP_TLS)
		err = sip_tls_start(room);
	if (err)
		return err;
	room->taps[i] = (struct udp_tap){.is_wanted = is_wanted, .on_malformed = on_malformed, .arg = room};
	interpose_udp(l->transport == SIP_UDP ? &room->taps[i] : NULL);
	interpose_wildcard(sa_is_any(&address));
	if (sa_is_any(&address)) /* only to get past libre's check */
		(void)sa_set_str(
			&address, sa_af(&address) == AF_INET6 ? "::1" : "127.0.0.1", sa_port(&address));
	err = sip_transp_add(room->stack, libre_transport[l->transport], &address, room->tls);
	interpose_udp(NULL);
	interpose_wildcard(false);
	if (err)
		return -err;
	if (room->taps[i].sock) {
		widen_buffer(room->taps[i].sock, l);
		mark(room->taps[i].sock, l, room->config.dscp);
	}
	room->ports[i] = sa_port(&address);
	return 0;
}

int transport_start(struct room *room)
{
	static const char *const names[] = {"UDP", "TCP", "TLS"};

	interpose_local_address(correct_local, room);
	for (int i = 0; i < room->config.n_listen; i++) {
		const struct sip_listen *l = &room->config.listen[i];
		int err = listen_one(room, i);
		if (err < 0) {
			log_error("sip", 0, "cannot listen on %s %s port %u: %s", names[l->transport],
				l->address, l->port, strerror(-err));
			return err;
		}
		log_info("sip", 0, "listening on %s %s port %u", names[l->transport], l->address,
			room->ports[i]);
	}
	return 0;
}
