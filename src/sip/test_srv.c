/* A trunk whose proxy is a name: SRV by a scripted DNS server on loopback, priorities and weights, targets
 * that are silent or refuse, what is kept of answers. */
#include "sip/test_sip.h"
#include "base/clock.h"
#include "base/str.h"
#include "loop/mailbox.h"
#include "sip/srv_list.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* --- a DNS server: SRV of anything is the list, A of anything 127.0.0.1 */

struct dns {
	int fd;
	uint16_t port;
	pthread_t thread;
	struct {
		uint16_t port, priority, weight;
	} srv[4];
	int n;
	atomic_int n_srv; /* questions */
	atomic_bool is_over, is_silent;
};

static size_t put16(uint8_t *at, unsigned v)
{
	at[0] = (uint8_t)(v >> 8);
	at[1] = (uint8_t)v;
	return 2;
}

static size_t put_record(uint8_t *at, unsigned type, unsigned length)
{
	size_t n = put16(at, 0xc00c); /* the name asked */

	n += put16(at + n, type);
	n += put16(at + n, 1);
	n += put16(at + n, 0);
	n += put16(at + n, 60);
	return n + put16(at + n, length);
}

/* The answer to the question in q, behind it. */
static size_t answer(struct dns *d, uint8_t *q, size_t n)
{
	size_t end = 12;
	unsigned count = 0;

	while (end < n && q[end])
		end += q[end] + 1u;
	unsigned type = (unsigned)q[end + 1] << 8 | q[end + 2];
	size_t at = end + 5;
	q[2] = 0x81;
	q[3] = 0x80;
	if (type == 33) {
		atomic_fetch_add(&d->n_srv, 1);
		for (int i = 0; i < d->n; i++, count++) {
			char host[8] = {2, 't', (char)('0' + i), 4, 't', 'e', 's', 't'};
			at += put_record(q + at, 33, 6 + sizeof(host) + 1);
			at += put16(q + at, d->srv[i].priority);
			at += put16(q + at, d->srv[i].weight);
			at += put16(q + at, d->srv[i].port);
			memcpy(q + at, host, sizeof(host));
			q[at + sizeof(host)] = 0;
			at += sizeof(host) + 1;
		}
	} else if (type == 1) {
		static const uint8_t loopback[] = {127, 0, 0, 1};
		at += put_record(q + at, 1, 4);
		memcpy(q + at, loopback, 4);
		at += 4;
		count = 1;
	}
	put16(q + 6, count);
	put16(q + 8, 0);
	put16(q + 10, 0);
	return at;
}

static void *serve(void *arg)
{
	struct dns *d = arg;
	struct sockaddr_in from;
	uint8_t buffer[2048];

	while (!atomic_load(&d->is_over)) {
		socklen_t size = sizeof(from);
		ssize_t n = recvfrom(d->fd, buffer, 512, 0, (struct sockaddr *)&from, &size);
		if (n > 16 && !atomic_load(&d->is_silent))
			(void)sendto(d->fd, buffer, answer(d, buffer, (size_t)n), 0, (struct sockaddr *)&from,
				size);
	}
	return NULL;
}

static bool dns_open(struct dns *d)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(at);

	d->fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (d->fd < 0 || bind(d->fd, (struct sockaddr *)&at, size) < 0 ||
		getsockname(d->fd, (struct sockaddr *)&at, &size) < 0)
		return false;
	d->port = ntohs(at.sin_port);
	return pthread_create(&d->thread, NULL, serve, d) == 0;
}

static void dns_close(struct dns *d)
{
	struct sockaddr_in at = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(d->port)};

	atomic_store(&d->is_over, true);
	(void)sendto(d->fd, "", 1, 0, (struct sockaddr *)&at, sizeof(at));
	pthread_join(d->thread, NULL);
	close(d->fd);
}

/* --- the trunk */

static bool open_all(struct bed *bed, struct dns *dns, int first_answer_ms)
{
	struct sip_command c = {.kind = SIP_CONFIGURE, .directory = sip_directory_new(1, 0)};
	struct sip_config config = {.legs_max = 10};

	if (!c.directory || !dns_open(dns))
		return false;
	(void)str_printf(config.dns_servers[0], sizeof(config.dns_servers[0]), "127.0.0.1:%u", dns->port);
	(void)str_put(config.listen[0].address, sizeof(config.listen[0].address), "127.0.0.1");
	if (!bed_start_with(bed, &config))
		return false;
	struct sip_trunk *t = &c.directory->trunks[0];
	t->id = 9;
	t->is_enabled = true;
	t->first_answer_ms = first_answer_ms;
	(void)str_put(t->name, sizeof(t->name), "by name");
	(void)str_put(t->proxy, sizeof(t->proxy), "sip:provider.test");
	(void)sip_send(bed->sip, &c);
	return true;
}

static void call(struct bed *bed, uint64_t leg)
{
	struct sip_command c = {.kind = SIP_CALL,
		.leg = leg,
		.sdp = bed_sdp(40000),
		.call = {.to = SIP_TO_TRUNK, .trunk = 9, .timeout_s = 60}};

	(void)str_put(c.call.uri, sizeof(c.call.uri), "+98211234567");
	(void)sip_send(bed->sip, &c);
}

TEST(the_next_target_is_called_when_one_is_silent_or_says_503)
{
	struct dns dns = {.n = 3};
	struct sip_event event;
	struct peer silent, away, good;
	struct bed bed;

	CHECK(open_all(&bed, &dns, 300));
	CHECK(sip_peer_open(&silent, bed.udp, false) && sip_peer_open(&away, bed.udp, false) &&
		sip_peer_open(&good, bed.udp, false));
	dns.srv[0].port = good.port;
	dns.srv[0].priority = 30;
	dns.srv[1].port = silent.port;
	dns.srv[1].priority = 10;
	dns.srv[2].port = away.port;
	dns.srv[2].priority = 20;
	call(&bed, 1);
	CHECK(peer_expect(&silent, "INVITE sip:+98211234567@provider.test"));
	CHECK(peer_expect(&away, "INVITE sip:+98211234567@provider.test"));
	peer_answer(&away, 503, "Away", "", NULL, NULL);
	CHECK(peer_expect(&good, "INVITE sip:+98211234567@provider.test"));
	CHECK(strstr(peer_header(&good, "Route"), "t0.test"));
	peer_answer(&good, 486, "Busy", "", NULL, NULL);
	CHECK(bed_wait(&bed, SIP_ENDED, &event));
	CHECK_INT(event.code, 486);
	/* the answer is kept, and so is who failed: the good one goes first now */
	call(&bed, 2);
	CHECK(peer_expect(&good, "INVITE "));
	peer_answer(&good, 486, "Busy", "", NULL, NULL);
	CHECK(bed_wait(&bed, SIP_ENDED, &event));
	CHECK_INT(atomic_load(&dns.n_srv), 1);
	bed_stop(&bed);
	sip_peer_close(&silent);
	sip_peer_close(&away);
	sip_peer_close(&good);
	dns_close(&dns);
}

TEST(a_name_nobody_answers_for_is_unreachable)
{
	struct dns dns = {.is_silent = true};
	struct sip_event event;
	struct bed bed;

	CHECK(open_all(&bed, &dns, 300));
	int64_t since_ms = clock_mono_ms();
	call(&bed, 1);
	CHECK(bed_wait(&bed, SIP_ENDED, &event));
	CHECK_STR(event.reason, "unreachable");
	CHECK(clock_mono_ms() - since_ms < 8000);
	call(&bed, 2);
	bed_command(&bed, SIP_HANG_UP, 2, 0); /* while it is looked up */
	CHECK(bed_wait(&bed, SIP_ENDED, &event));
	bed_stop(&bed);
	dns_close(&dns);
}

static uint32_t first(uint32_t below)
{
	(void)below;
	return 0;
}

static uint32_t last(uint32_t below)
{
	return below - 1;
}

TEST(priority_goes_before_weight)
{
	struct srv_list list = {.n = 3,
		.at = {{.host = "a", .priority = 20, .weight = 100},
			{.host = "b", .priority = 10, .weight = 0},
			{.host = "c", .priority = 10, .weight = 5}}};

	srv_sort(&list, first);
	CHECK(str_equal(list.at[0].host, "b") && str_equal(list.at[1].host, "c") &&
		str_equal(list.at[2].host, "a"));
	srv_sort(&list, last);
	CHECK(str_equal(list.at[0].host, "c") && str_equal(list.at[1].host, "b") &&
		str_equal(list.at[2].host, "a"));
}
