/* See bench_relay.h. */
#include "app/bench_relay.h"
#include "app/bench_peers.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define EVENTS_MAX 256
#define LOOK_MS 200

struct relay_leg {
	int fd;
	struct relay_leg *other;
	struct sockaddr_in peer;
};
static struct relay_leg legs[BENCH_PEERS_MAX];

static struct sockaddr_in loopback(uint16_t port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static void *run(void *arg)
{
	struct bench_relay *relay = arg;
	struct epoll_event events[EVENTS_MAX];
	uint8_t packet[2048];

	while (!atomic_load(&relay->is_over)) {
		int n = epoll_wait(relay->epoll_fd, events, EVENTS_MAX, LOOK_MS);
		for (int i = 0; i < n; i++) {
			struct relay_leg *leg = events[i].data.ptr;
			struct sockaddr_in from;
			socklen_t len = sizeof(from);
			ssize_t got =
				recvfrom(leg->fd, packet, sizeof(packet), 0, (struct sockaddr *)&from, &len);
			if (got > 0)
				(void)!sendto(leg->other->fd, packet, (size_t)got, 0,
					(struct sockaddr *)&leg->other->peer, sizeof(leg->other->peer));
		}
	}
	return NULL;
}

static int open_leg(struct bench_relay *relay, int i, uint16_t peer_port, uint16_t *ret_port)
{
	struct sockaddr_in a = loopback(0);
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct epoll_event readable = {.events = EPOLLIN, .data.ptr = &legs[i]};

	if (fd < 0)
		return -errno;
	legs[i] = (struct relay_leg){fd, &legs[i ^ 1], loopback(peer_port)};
	relay->n = i + 1;
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 ||
		getsockname(fd, (struct sockaddr *)&a, &len) < 0 ||
		epoll_ctl(relay->epoll_fd, EPOLL_CTL_ADD, fd, &readable) < 0)
		return -errno;
	*ret_port = ntohs(a.sin_port);
	return 0;
}

static void close_all(struct bench_relay *relay)
{
	for (int i = 0; i < relay->n; i++)
		close(legs[i].fd);
	close(relay->epoll_fd);
}

int bench_relay_start(struct bench_relay *relay, const uint16_t *peer_ports, int n, uint16_t *ret_ports)
{
	int err = 0;

	*relay = (struct bench_relay){.epoll_fd = epoll_create1(EPOLL_CLOEXEC)};
	for (int i = 0; i < n && err == 0; i++)
		err = open_leg(relay, i, peer_ports[i], &ret_ports[i]);
	if (err == 0)
		err = -pthread_create(&relay->thread, NULL, run, relay);
	if (err < 0)
		close_all(relay);
	return err;
}

void bench_relay_stop(struct bench_relay *relay)
{
	atomic_store(&relay->is_over, true);
	pthread_join(relay->thread, NULL);
	close_all(relay);
}
