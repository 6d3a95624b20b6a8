/* What a call's audio costs: the engine beside a bare UDP relay, in one run on one machine.
 *
 * A child process plays all peers (its CPU is not counted): 100 calls are 200 sockets, each sending a G.711
 * packet every 20 ms, spread over the time. The relay is the plain loop anyone would write first: epoll,
 * recvfrom, sendto. It is measured before and after the engine, so that a busy machine shows. Prints one JSON
 * object a line. As `bench_media relay N` it is the relay alone, for peers that are programs of their own. */
#include "base/clock.h"
#include "base/str.h"
#include "media/engine.h"
#include "media/play/music.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CALLS 100
#define PEERS (2 * CALLS)
#define SLICES 10 /* of the 20 ms: peers do not speak in chorus */
#define WARM_MS 1000
#define MEASURE_MS 5000
#define ALONE_PORT 16000 /* below those the kernel gives away by itself */
#define PACKET_BYTES (RTP_HEADER_BYTES + 160)

struct order { /* to the generator */
	int n_peers, run_ms;
	uint16_t ports[PEERS];
};
struct answer {
	int64_t sent, received;
};

static uint16_t local_port(int fd)
{
	struct sockaddr_in a = {0};
	socklen_t len = sizeof(a);

	getsockname(fd, (struct sockaddr *)&a, &len);
	return ntohs(a.sin_port);
}

static struct sockaddr_in loopback(uint16_t port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

/* port 0: any */
static int open_udp(uint16_t port)
{
	struct sockaddr_in own = loopback(port);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&own, sizeof(own)) < 0) {
		perror("bench_media: socket");
		exit(1);
	}
	return fd;
}

static void rest_ms(int ms)
{
	struct timespec rest = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};

	nanosleep(&rest, NULL);
}

static void read_whole(int fd, void *bytes, size_t n)
{
	for (size_t at = 0; at < n;) {
		ssize_t got = read(fd, (char *)bytes + at, n - at);
		if (got <= 0)
			_exit(1);
		at += (size_t)got;
	}
}

static void write_whole(int fd, const void *bytes, size_t n)
{
	if (write(fd, bytes, n) != (ssize_t)n)
		_exit(1);
}

/* ---- the generator ---- */

static int peer_fds[PEERS];
static uint16_t peer_ports[PEERS];

static void send_one(int i, uint16_t port, uint16_t seq)
{
	uint8_t packet[PACKET_BYTES];
	struct sockaddr_in to = loopback(port);

	memset(packet, 0xff, sizeof(packet));
	rtp_put_header(packet, 0, seq == 1, seq, seq * 160u, 1000u + (unsigned)i);
	(void)!sendto(peer_fds[i], packet, sizeof(packet), 0, (struct sockaddr *)&to, sizeof(to));
}

static void drain(int i, struct answer *a)
{
	uint8_t packet[RTP_BUFFER_BYTES];

	while (recv(peer_fds[i], packet, sizeof(packet), 0) > 0)
		a->received++;
}

/* Each peer reads once a frame. How late packets come is measured by `markaz bench voice`. */
static void generate(const struct order *o, struct answer *ret_answer)
{
	struct answer a = {0};
	int64_t next_ns = clock_mono_ns();
	int per_slice = (o->n_peers + SLICES - 1) / SLICES;

	for (int frame = 1; frame <= o->run_ms / TICK_MS; frame++)
		for (int slice = 0; slice < SLICES; slice++) {
			for (int i = slice * per_slice; i < (slice + 1) * per_slice && i < o->n_peers; i++) {
				send_one(i, o->ports[i], (uint16_t)frame);
				a.sent++;
				drain((i + o->n_peers / 2) % o->n_peers, &a);
			}
			next_ns += TICK_NS / SLICES;
			int64_t left_ns = next_ns - clock_mono_ns();
			struct timespec rest = {.tv_nsec = left_ns > 0 ? left_ns : 0};
			nanosleep(&rest, NULL);
		}
	rest_ms(100);
	for (int i = 0; i < o->n_peers; i++)
		drain(i, &a);
	*ret_answer = a;
}

static void run_generator(int in, int out)
{
	struct order o;
	struct answer a;

	for (int i = 0; i < PEERS; i++) {
		peer_fds[i] = open_udp(0);
		peer_ports[i] = local_port(peer_fds[i]);
	}
	write_whole(out, peer_ports, sizeof(peer_ports));
	for (;;) {
		read_whole(in, &o, sizeof(o)); /* ends the process when the parent is gone */
		generate(&o, &a);
		write_whole(out, &a, sizeof(a));
	}
}

/* ---- measuring ---- */

static int to_generator, from_generator;

static double cpu_seconds(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

/* Percent of a core over the middle of a run. */
static double measure(const uint16_t *ports, int n_peers, struct answer *ret_answer)
{
	struct order o = {.n_peers = n_peers, .run_ms = WARM_MS + MEASURE_MS + 500};

	memcpy(o.ports, ports, sizeof(o.ports[0]) * (size_t)n_peers);
	write_whole(to_generator, &o, sizeof(o));
	rest_ms(WARM_MS);
	double cpu = cpu_seconds();
	int64_t start_ns = clock_mono_ns();
	rest_ms(MEASURE_MS);
	cpu = cpu_seconds() - cpu;
	double wall = (double)(clock_mono_ns() - start_ns) / 1e9;
	read_whole(from_generator, ret_answer, sizeof(*ret_answer));
	return 100 * cpu / wall;
}

/* ---- the bare relay ---- */

struct relay_leg {
	int fd;
	struct relay_leg *other;
	struct sockaddr_in peer;
};
static struct relay_leg relay_legs[PEERS];
static _Atomic bool is_relay_over;

static void *run_relay(void *arg)
{
	int epoll_fd = *(int *)arg;
	struct epoll_event events[256];
	uint8_t packet[RTP_BUFFER_BYTES];

	while (!atomic_load(&is_relay_over)) {
		int n = epoll_wait(epoll_fd, events, 256, 200);
		for (int i = 0; i < n; i++) {
			struct relay_leg *leg = events[i].data.ptr;
			struct sockaddr_in from;
			socklen_t len = sizeof(from);
			ssize_t got =
				recvfrom(leg->fd, packet, sizeof(packet), 0, (struct sockaddr *)&from, &len);
			if (got <= 0)
				continue;
			leg->peer = from;
			(void)!sendto(leg->other->fd, packet, (size_t)got, 0,
				(struct sockaddr *)&leg->other->peer, sizeof(leg->other->peer));
		}
	}
	return NULL;
}

static void open_relay_leg(int epoll_fd, int i, uint16_t port, uint16_t peer_port)
{
	struct relay_leg *leg = &relay_legs[i];
	struct epoll_event readable = {.events = EPOLLIN, .data.ptr = leg};

	*leg = (struct relay_leg){open_udp(port), &relay_legs[i ^ 1], loopback(peer_port)};
	epoll_ctl(epoll_fd, EPOLL_CTL_ADD, leg->fd, &readable);
}

/* `bench_media relay N`: a relay of N legs between peers who find it by its ports, until it is ended. The odd
 * ports are nobody's: that is where peers send their reports. */
static int run_relay_alone(int n)
{
	int epoll_fd = epoll_create1(EPOLL_CLOEXEC);

	if (epoll_fd < 0 || n < 2 || n > PEERS || n % 2 != 0)
		return 2;
	printf("{\"ports\":[");
	for (int i = 0; i < n; i++) {
		uint16_t port = (uint16_t)(ALONE_PORT + 2 * i);
		open_relay_leg(epoll_fd, i, port, 0);
		printf("%s%u", i ? "," : "", port);
	}
	printf("]}\n");
	fflush(stdout);
	run_relay(&epoll_fd);
	return 0;
}

static double measure_relay(struct answer *ret_answer)
{
	int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	uint16_t ports[PEERS];
	pthread_t thread;

	for (int i = 0; i < PEERS; i++) {
		open_relay_leg(epoll_fd, i, 0, peer_ports[i]);
		ports[i] = local_port(relay_legs[i].fd);
	}
	atomic_store(&is_relay_over, false);
	pthread_create(&thread, NULL, run_relay, &epoll_fd);
	double percent = measure(ports, PEERS, ret_answer);
	atomic_store(&is_relay_over, true);
	pthread_join(thread, NULL);
	for (int i = 0; i < PEERS; i++)
		close(relay_legs[i].fd);
	close(epoll_fd);
	return percent;
}

/* ---- the engine ---- */

static _Atomic int n_opened, n_failed;
static uint16_t engine_ports[PEERS];

static void on_event(const struct media_event *event, void *arg)
{
	(void)arg;
	if (event->kind == MEDIA_LEG_OPENED) {
		engine_ports[event->leg - 1] = event->opened.port;
		atomic_fetch_add(&n_opened, 1);
	}
	if (event->kind == MEDIA_LEG_FAILED || (event->kind == MEDIA_RECORD_ENDED && event->reason < 0) ||
		(event->kind == MEDIA_PLAY_ENDED && event->reason < 0))
		atomic_fetch_add(&n_failed, 1);
}

static void send_command(struct media *media, const struct media_command *c)
{
	while (media_send(media, c) < 0)
		rest_ms(1);
}

static struct media *open_legs(int n)
{
	struct media_config config = {.bind_address = "127.0.0.1",
		.rtp_port_min = 30000,
		.rtp_port_max = 39998,
		.threads = 1,
		.legs_max = PEERS};
	struct media *media = NULL;

	atomic_store(&n_opened, 0);
	if (media_start(&media, &config, on_event, NULL) < 0) {
		fprintf(stderr, "bench_media: the engine does not start\n");
		exit(1);
	}
	for (int i = 0; i < n; i++) {
		struct media_command c = {.kind = MEDIA_LEG_OPEN, .group = 1, .leg = (uint64_t)i + 1};
		send_command(media, &c);
		c.kind = MEDIA_LEG_REMOTE;
		str_put(c.remote.address, sizeof(c.remote.address), "127.0.0.1");
		c.remote.port = peer_ports[i];
		c.remote.codec = SDP_PCMU;
		c.remote.telephone_event = 101;
		c.remote.ptime_ms = 20;
		c.remote.direction = SDP_SENDRECV;
		send_command(media, &c);
	}
	while (atomic_load(&n_opened) < n)
		rest_ms(5);
	return media;
}

static double measure_calls(const char *folder, struct answer *ret_answer)
{
	struct media *media = open_legs(PEERS);

	for (int i = 0; i < PEERS; i += 2) {
		struct media_command c = {
			.kind = MEDIA_BRIDGE, .group = 1, .leg = (uint64_t)i + 1, .other = (uint64_t)i + 2};
		send_command(media, &c);
		if (!folder)
			continue;
		c.kind = MEDIA_RECORD;
		c.other = 0;
		c.ref = (uint64_t)i + 1;
		c.record.is_stereo = true;
		c.record.limit_ms = c.record.silence_limit_ms = 0;
		str_printf(c.record.path, sizeof(c.record.path), "%s/%d.wav", folder, i);
		send_command(media, &c);
	}
	double percent = measure(engine_ports, PEERS, ret_answer);
	media_stop(media);
	return percent;
}

static double measure_music(const char *folder, struct answer *ret_answer)
{
	struct media *media = open_legs(CALLS);
	char path[MEDIA_PATH_MAX];

	str_printf(path, sizeof(path), "%s/music.wav", folder);
	if (media_music_write(path, 0) < 0)
		exit(1);
	for (int i = 0; i < CALLS; i++) {
		struct media_command c = {.kind = MEDIA_PLAY, .group = 1, .leg = (uint64_t)i + 1, .ref = 1};
		str_put(c.play.list[0].path, MEDIA_PATH_MAX, path);
		c.play.n = 1;
		c.play.is_looped = true;
		send_command(media, &c);
	}
	double percent = measure(engine_ports, CALLS, ret_answer);
	media_stop(media);
	return percent;
}

static void print(const char *name, double value, double reference, double target, const char *more)
{
	printf("{\"name\":\"%s\",\"value\":%.2f,\"unit\":\"%% of a core per "
	       "100\",\"reference\":%.2f,\"target\":%.2f,"
	       "\"met\":%s%s}\n",
		name, value, reference, target, value <= target ? "true" : "false", more);
	fflush(stdout);
}

static const char *describe(const struct answer *a, int streams_out)
{
	static char text[160];
	double lost = a->sent > 0 ? 100 * (1 - (double)a->received / ((double)a->sent * streams_out)) : 0;

	str_printf(text, sizeof(text), ",\"lost_percent\":%.3f", lost);
	return text;
}

int main(int argc, char **argv)
{
	char folder[] = "/tmp/markaz-bench-XXXXXX", command[64];
	int down[2], up[2];
	struct answer first, bridged, second, recorded, music;

	if (argc == 3 && str_equal(argv[1], "relay"))
		return run_relay_alone((int)strtol(argv[2], NULL, 10));
	if (pipe(down) < 0 || pipe(up) < 0 || !mkdtemp(folder))
		return 1;
	pid_t child = fork();
	if (child == 0) {
		close(down[1]);
		close(up[0]);
		run_generator(down[0], up[1]);
	}
	close(down[0]);
	close(up[1]);
	to_generator = down[1];
	from_generator = up[0];
	read_whole(from_generator, peer_ports, sizeof(peer_ports));
	double relay_first = measure_relay(&first);
	double calls = measure_calls(NULL, &bridged);
	double calls_recorded = measure_calls(folder, &recorded);
	double relay_second = measure_relay(&second);
	double waiting = measure_music(folder, &music);
	double relay = (relay_first + relay_second) / 2;
	print("media_relay_bare_first", relay_first, relay, relay_first, describe(&first, 1));
	print("media_relay_bare_second", relay_second, relay, relay_second, describe(&second, 1));
	print("media_bridged", calls, relay, 1.3 * relay, describe(&bridged, 1));
	print("media_recorded", calls_recorded, relay, 1.6 * relay, describe(&recorded, 1));
	print("media_music_waiting", waiting, relay, 5, "");
	close(to_generator);
	waitpid(child, NULL, 0);
	str_printf(command, sizeof(command), "rm -rf '%s'", folder);
	if (system(command) != 0 || atomic_load(&n_failed) > 0)
		return 1;
	return 0;
}
