/* See bench_peers.h. The generator: peers do not speak in chorus. When a packet came is what the kernel wrote
 * down as it put it into the socket: reading waits for the frame's end, so that the generator takes little of
 * a CPU which what is measured may need, and its own rhythm is in no figure. */
#include "app/bench_peers.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/str.h"

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FRAME_MS 20
#define SLICES 20 /* of the 20 ms */
#define HEADER_BYTES 12
#define PACKET_BYTES (HEADER_BYTES + 160)
#define DELAYS_MAX 4000000
#define LATE_NS (10 * INT64_C(1000000))

static int fds[BENCH_PEERS_MAX];
static float *delays_ms;
static size_t n_delays;

int bench_read(int fd, void *bytes, size_t n)
{
	for (size_t at = 0; at < n;) {
		ssize_t got = read(fd, (char *)bytes + at, n - at);
		if (got == 0 || (got < 0 && errno != EINTR))
			return -EIO;
		at += got > 0 ? (size_t)got : 0;
	}
	return 0;
}

int bench_write(int fd, const void *bytes, size_t n)
{
	for (size_t at = 0; at < n;) {
		ssize_t put = write(fd, (const char *)bytes + at, n - at);
		if (put <= 0 && errno != EINTR)
			return -EIO;
		at += put > 0 ? (size_t)put : 0;
	}
	return 0;
}

void bench_rest_ms(int ms)
{
	struct timespec rest = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};

	nanosleep(&rest, NULL);
}

struct media_command bench_remote(uint64_t group, uint64_t leg, uint16_t port, enum sdp_codec codec)
{
	static const uint8_t types[] = {[SDP_PCMU] = 0, [SDP_PCMA] = 8, [SDP_G722] = 9, [SDP_OPUS] = 111};
	struct media_command c = {.kind = MEDIA_LEG_REMOTE, .group = group, .leg = leg};

	str_put(c.remote.address, sizeof(c.remote.address), "127.0.0.1");
	c.remote.port = port;
	c.remote.codec = codec;
	c.remote.payload_type = types[codec];
	c.remote.ptime_ms = FRAME_MS;
	c.remote.direction = SDP_SENDRECV;
	c.remote.formats[0] = (struct sdp_format){codec, types[codec], codec == SDP_OPUS ? 48000 : 8000};
	c.remote.n_formats = 1;
	return c;
}

static struct sockaddr_in loopback(uint16_t port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static uint16_t open_peer(int i)
{
	struct sockaddr_in a = loopback(0);
	socklen_t len = sizeof(a);
	int on = 1;

	fds[i] = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fds[i] < 0 || setsockopt(fds[i], SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) < 0 ||
		bind(fds[i], (struct sockaddr *)&a, sizeof(a)) < 0 ||
		getsockname(fds[i], (struct sockaddr *)&a, &len) < 0)
		return 0;
	return ntohs(a.sin_port);
}

static void put_header(uint8_t *packet, unsigned i, uint16_t seq)
{
	uint32_t ts = htonl(seq * 160u), ssrc = htonl(1000u + i);
	uint16_t number = htons(seq);

	packet[0] = 0x80;
	packet[1] = seq == 1 ? 0x80 : 0;
	memcpy(packet + 2, &number, 2);
	memcpy(packet + 4, &ts, 4);
	memcpy(packet + 8, &ssrc, 4);
}

/* The kernel's stamps are of this clock. */
static int64_t real_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static void send_one(unsigned i, uint16_t port, uint16_t seq)
{
	uint8_t packet[PACKET_BYTES];
	struct sockaddr_in to = loopback(port);
	int64_t now_ns = real_ns();

	memset(packet, 0xff, sizeof(packet));
	put_header(packet, i, seq);
	memcpy(packet + HEADER_BYTES, &now_ns, sizeof(now_ns));
	(void)!sendto(fds[i], packet, sizeof(packet), 0, (struct sockaddr *)&to, sizeof(to));
}

/* When the kernel had it; 0: it does not say. */
static int64_t stamp_ns(struct msghdr *m)
{
	struct timespec t;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS) {
			memcpy(&t, CMSG_DATA(c), sizeof(t));
			return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
		}
	return 0;
}

static void note_delay(const uint8_t *packet, int64_t came_ns)
{
	int64_t then_ns;

	memcpy(&then_ns, packet + HEADER_BYTES, sizeof(then_ns));
	if (came_ns > then_ns && came_ns - then_ns < INT64_C(1000000000) && n_delays < DELAYS_MAX)
		delays_ms[n_delays++] = (float)((double)(came_ns - then_ns) / 1e6);
}

static void drain(int i, struct peers_answer *a)
{
	uint8_t packet[2048];
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(struct timespec))];
	} control;
	struct iovec v = {packet, sizeof(packet)};

	for (;;) {
		struct msghdr m = {.msg_iov = &v,
			.msg_iovlen = 1,
			.msg_control = &control,
			.msg_controllen = sizeof(control)};
		ssize_t n = recvmsg(fds[i], &m, 0);
		if (n <= 0)
			return;
		if (n < HEADER_BYTES || (packet[1] & 0x7f) >= 72) /* RTCP */
			continue;
		a->received++;
		if (n == PACKET_BYTES)
			note_delay(packet, stamp_ns(&m));
	}
}

static int by_size(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return (x > y) - (x < y);
}

/* Until next_ns; whether it was long past. */
static bool rest_until(int64_t next_ns)
{
	int64_t left_ns = next_ns - clock_mono_ns();
	struct timespec rest = {.tv_nsec = left_ns > 0 ? left_ns : 0};

	nanosleep(&rest, NULL);
	return left_ns < -LATE_NS;
}

static void generate(const struct peers_order *o, struct peers_answer *ret_answer)
{
	struct peers_answer a = {0}, old = {0};
	int64_t next_ns = clock_mono_ns();
	int per_slice = (o->n + SLICES - 1) / SLICES;

	for (int i = 0; i < o->n; i++)
		drain(i, &old); /* of a run before */
	n_delays = 0;
	for (int frame = 1; frame <= o->run_ms / FRAME_MS; frame++)
		for (int slice = 0; slice < SLICES; slice++) {
			int end = (slice + 1) * per_slice < o->n ? (slice + 1) * per_slice : o->n;
			for (int i = slice * per_slice; i < end; i++) {
				send_one((unsigned)i, o->ports[i], (uint16_t)frame);
				a.sent++;
			}
			/* What came in the last 20 ms, of these alone. */
			for (int i = slice * per_slice; i < end; i++)
				drain((i + o->n / 2) % o->n, &a);
			next_ns += FRAME_MS * INT64_C(1000000) / SLICES;
			a.is_late |= rest_until(next_ns);
		}
	bench_rest_ms(100);
	for (int i = 0; i < o->n; i++)
		drain(i, &a);
	qsort(delays_ms, n_delays, sizeof(*delays_ms), by_size);
	if (n_delays > 0) {
		a.delay_p50_ms = (double)delays_ms[n_delays / 2];
		a.delay_p99_ms = (double)delays_ms[n_delays * 99 / 100];
		a.delay_max_ms = (double)delays_ms[n_delays - 1];
	}
	*ret_answer = a;
}

static void run_peers(int in, int out)
{
	static struct peers_order order;
	static uint16_t ports[BENCH_PEERS_MAX];
	struct rlimit files;
	struct peers_answer answer;

	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	delays_ms = alloc_array(DELAYS_MAX, sizeof(*delays_ms));
	for (int i = 0; i < BENCH_PEERS_MAX; i++)
		ports[i] = open_peer(i);
	if (!delays_ms || bench_write(out, ports, sizeof(ports)) < 0)
		_exit(1);
	while (bench_read(in, &order, sizeof(order)) == 0) {
		generate(&order, &answer);
		if (bench_write(out, &answer, sizeof(answer)) < 0)
			break;
	}
	_exit(0);
}

/* A child that ends with us even when we are killed. */
static int start(struct bench_child *child, void (*run)(int in, int out))
{
	int down[2], up[2];

	if (pipe(down) < 0)
		return -errno;
	if (pipe(up) < 0)
		return -errno;
	child->pid = fork();
	if (child->pid < 0)
		return -errno;
	if (child->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(down[1]);
		close(up[0]);
		run(down[0], up[1]);
		_exit(0);
	}
	close(down[0]);
	close(up[1]);
	child->to = down[1];
	child->from = up[0];
	return 0;
}

int bench_peers_start(struct bench_child *child, uint16_t ret_ports[BENCH_PEERS_MAX])
{
	int err = start(child, run_peers);

	return err < 0 ? err : bench_read(child->from, ret_ports, BENCH_PEERS_MAX * sizeof(*ret_ports));
}

void bench_child_stop(struct bench_child *child)
{
	if (child->pid <= 0)
		return;
	close(child->to);
	close(child->from);
	kill(child->pid, SIGKILL); /* a sibling may hold its pipe open */
	waitpid(child->pid, NULL, 0);
	child->pid = 0;
}

/* ---- the far engine ---- */

static struct far_leg far_legs[BENCH_FAR_MAX];
static _Atomic int n_open, n_closed;
static struct far_answer far_sum;
static char far_folder[MEDIA_PATH_MAX - 16];

static void on_far_event(const struct media_event *e, void *arg)
{
	(void)arg;
	if (e->kind == MEDIA_LEG_OPENED) {
		struct far_leg *leg = &far_legs[e->leg - 1];
		leg->port = e->opened.port;
		str_put(leg->fingerprint, sizeof(leg->fingerprint), e->opened.fingerprint);
		atomic_fetch_add(&n_open, 1);
	} else if (e->kind == MEDIA_LEG_FAILED) {
		atomic_fetch_add(&n_open, 1);
	} else if (e->kind == MEDIA_LEG_CLOSED) { /* one thread closes them all */
		far_sum.sent += e->stats.packets_out;
		far_sum.received += e->stats.packets_in;
		far_sum.lost += e->stats.lost;
		atomic_fetch_add(&n_closed, 1);
	}
}

static bool wait_for(const _Atomic int *n, int wanted)
{
	for (int i = 0; i < 1000 && atomic_load(n) < wanted; i++)
		bench_rest_ms(5);
	return atomic_load(n) >= wanted;
}

static void far_command(struct media *media, const struct media_command *c)
{
	for (int i = 0; i < 5000 && media_send(media, c) < 0; i++)
		bench_rest_ms(1);
}

static void far_talk(struct media *media, const struct far_order *o)
{
	for (int i = 0; i < o->n; i++) {
		struct media_command c = bench_remote(1, (uint64_t)i + 1, o->ours[i].port, o->codec);
		if (o->is_dtls) {
			c.remote.srtp = MEDIA_SRTP_DTLS;
			c.remote.setup = SDP_PASSIVE;
			c.remote.is_rtcp_mux = true;
			str_put(c.remote.fingerprint, sizeof(c.remote.fingerprint), o->ours[i].fingerprint);
		}
		far_command(media, &c);
		c = (struct media_command){.kind = MEDIA_PLAY, .group = 1, .leg = (uint64_t)i + 1, .ref = 1};
		str_put(c.play.list[0].path, MEDIA_PATH_MAX, "tone:440");
		c.play.n = 1;
		c.play.is_looped = true;
		c.play.layer = MEDIA_LAYER_MUSIC;
		far_command(media, &c);
	}
}

static int far_session(struct media *media, int in, int out, struct far_order *o)
{
	n_open = n_closed = 0;
	far_sum = (struct far_answer){0};
	memset(far_legs, 0, sizeof(far_legs));
	for (int i = 0; i < o->n; i++)
		far_command(media, &(struct media_command){.kind = MEDIA_LEG_OPEN,
					   .group = 1,
					   .leg = (uint64_t)i + 1,
					   .open = {.is_dtls = o->is_dtls}});
	if (!wait_for(&n_open, o->n) || bench_write(out, far_legs, sizeof(far_legs)) < 0 ||
		bench_read(in, o, sizeof(*o)) < 0) /* again, with our ports filled in */
		return -EIO;
	far_talk(media, o);
	bench_rest_ms(o->run_ms);
	for (int i = 0; i < o->n; i++)
		far_command(media,
			&(struct media_command){.kind = MEDIA_LEG_CLOSE, .group = 1, .leg = (uint64_t)i + 1});
	wait_for(&n_closed, o->n);
	return bench_write(out, &far_sum, sizeof(far_sum));
}

static void run_far(int in, int out)
{
	struct media_config config = {.bind_address = "127.0.0.1",
		.rtp_port_min = BENCH_FAR_PORT_MIN,
		.rtp_port_max = BENCH_FAR_PORT_MAX,
		.threads = 1,
		.legs_max = BENCH_FAR_MAX};
	static struct far_order order;
	struct media *media = NULL;

	str_printf(config.certificate_path, sizeof(config.certificate_path), "%s/far.pem", far_folder);
	while (bench_read(in, &order, sizeof(order)) == 0) {
		if (!media && media_start(&media, &config, on_far_event, NULL) < 0)
			_exit(1);
		if (far_session(media, in, out, &order) < 0)
			break;
	}
	media_stop(media);
	_exit(0);
}

int bench_far_start(struct bench_child *child, const char *folder)
{
	str_put(far_folder, sizeof(far_folder), folder);
	return start(child, run_far);
}

int bench_far_open(
	struct bench_child *child, const struct far_order *order, struct far_leg ret_legs[BENCH_FAR_MAX])
{
	int err = bench_write(child->to, order, sizeof(*order));

	return err < 0 ? err : bench_read(child->from, ret_legs, BENCH_FAR_MAX * sizeof(*ret_legs));
}
