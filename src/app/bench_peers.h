/* The other ends of `markaz bench voice`: child processes, so that their CPU time is not counted as ours.
 *
 * peers: plain sockets that each send a G.711 packet every 20 ms with the time inside, and see how late what
 * comes back is. far: a second media engine, for peers with another codec or with encryption. Both are forked
 * before the process has any thread, take orders through a pipe, and end when the pipe does. */
#pragma once
#include "media/media.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define BENCH_PEERS_MAX 1200
#define BENCH_FAR_MAX 200
#define BENCH_FAR_PORT_MIN 45000 /* of the far engine */
#define BENCH_FAR_PORT_MAX 48998

struct bench_child {
	pid_t pid;
	int to, from; /* pipes */
};

struct peers_order {
	int n, run_ms;
	uint16_t ports[BENCH_PEERS_MAX]; /* where peer i sends to */
};
struct peers_answer {
	int64_t sent, received;
	double delay_p50_ms, delay_p99_ms, delay_max_ms;
	bool is_late; /* the generator itself could not keep pace: the figures are its own */
};
/* Ports of all peers. 0 or -errno. */
int bench_peers_start(struct bench_child *child, uint16_t ret_ports[BENCH_PEERS_MAX]);

struct far_leg { /* one end as the other sees it */
	uint16_t port;
	char fingerprint[128];
};
struct far_order {
	int n, run_ms;
	enum sdp_codec codec;
	bool is_dtls;
	struct far_leg ours[BENCH_FAR_MAX];
};
struct far_answer { /* after run_ms */
	uint64_t sent, received, lost;
};
/* folder: for its certificate. */
int bench_far_start(struct bench_child *child, const char *folder);
/* Two steps: what its legs are reachable at, then (after the order was sent again with our ports) the result.
 * 0 or -EIO. */
int bench_far_open(
	struct bench_child *child, const struct far_order *order, struct far_leg ret_legs[BENCH_FAR_MAX]);

/* Whole structs through the pipes; -EIO when the other side is gone. */
int bench_read(int fd, void *bytes, size_t n);
int bench_write(int fd, const void *bytes, size_t n);
void bench_child_stop(struct bench_child *child);
void bench_rest_ms(int ms);
/* The media command that tells leg who its peer on loopback is. */
struct media_command bench_remote(uint64_t group, uint64_t leg, uint16_t port, enum sdp_codec codec);
