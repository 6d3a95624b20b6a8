/* The bare relay that the engine is measured beside: the plain loop anyone would write first. One thread. */
#pragma once
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

struct bench_relay {
	pthread_t thread;
	int epoll_fd, n;
	atomic_bool is_over;
};
/* Peers 2k and 2k+1 hear each other: n sockets, whose ports come back. 0 or -errno. */
int bench_relay_start(struct bench_relay *relay, const uint16_t *peer_ports, int n, uint16_t *ret_ports);
void bench_relay_stop(struct bench_relay *relay);
