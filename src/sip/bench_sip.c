/* A trivial back-to-back user agent on the room's own interface: every call that comes in is called out to
 * one URI, the answer and the hang-up pass through. No media. What is left is the cost of signalling.
 *
 *   bench_sip PORT URI SECONDS
 *
 * Runs for SECONDS, then prints one JSON line: calls answered, CPU seconds, CPU seconds per 1000 calls.
 * Trunk: 127.0.0.1. */
#include "sip/sip.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/map.h"
#include "base/str.h"
#include "loop/mailbox.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define EVENTS_MAX 200000
#define LEGS_MAX 50000

struct pair {
	uint64_t in, out;
};
struct bench {
	struct sip *sip;
	struct mailbox *events;
	struct map pairs; /* by either leg */
	const char *uri;
	int n_incoming, n_answered, n_failed, n_refused;
};

static bool on_event(const struct sip_event *event, void *arg)
{
	struct bench *b = arg;

	return mailbox_send(b->events, event) == 0;
}

static void command(struct bench *b, enum sip_command_kind kind, uint64_t leg, const struct sdp *sdp)
{
	struct sip_command c = {.kind = kind, .leg = leg};

	if (sdp)
		c.sdp = *sdp;
	if (sip_send(b->sip, &c) < 0)
		b->n_failed++;
}

static struct sdp our_sdp(void)
{
	struct sdp s = {
		.has_audio = true, .port = 40000, .ptime_ms = 20, .direction = SDP_SENDRECV, .n_formats = 1};

	s.formats[0].codec = SDP_PCMU;
	(void)str_put(s.address, sizeof(s.address), "127.0.0.1");
	return s;
}

static void incoming(struct bench *b, const struct sip_event *event)
{
	struct sip_command c = {.kind = SIP_CALL, .leg = id_new(), .sdp = our_sdp()};
	struct pair *pair = calloc(1, sizeof(*pair));

	if (!pair)
		return;
	b->n_incoming++;
	*pair = (struct pair){event->leg, c.leg};
	if (map_put(&b->pairs, pair->in, pair) < 0 || map_put(&b->pairs, pair->out, pair) < 0)
		abort();
	c.call.to = SIP_TO_URI;
	c.call.timeout_s = 30;
	(void)str_put(c.call.uri, sizeof(c.call.uri), b->uri);
	(void)str_put(c.call.from_number, sizeof(c.call.from_number), event->from_number);
	command(b, SIP_RING, event->leg, NULL);
	if (sip_send(b->sip, &c) < 0)
		b->n_failed++;
}

static void ended(struct bench *b, const struct sip_event *event)
{
	struct pair *pair = map_remove(&b->pairs, event->leg);
	uint64_t other;

	if (!pair)
		return;
	other = pair->in == event->leg ? pair->out : pair->in;
	if (event->code != 0)
		b->n_failed++;
	if (map_get(&b->pairs, other))
		command(b, SIP_HANG_UP, other, NULL);
	else
		free(pair);
}

static void handle(struct bench *b, const struct sip_event *event)
{
	struct pair *pair = map_get(&b->pairs, event->leg);
	struct sdp sdp = our_sdp();

	switch (event->kind) {
	case SIP_INCOMING:
		incoming(b, event);
		break;
	case SIP_ANSWERED:
		if (pair && event->leg == pair->out)
			command(b, SIP_ANSWER, pair->in, &sdp);
		else
			b->n_answered++;
		break;
	case SIP_ENDED:
		ended(b, event);
		break;
	case SIP_REFUSED:
		b->n_refused += event->count;
		break;
	default:
		break;
	}
}

static int start(struct bench *b, uint16_t port)
{
	struct sip_config config = {.n_listen = 1, .legs_max = LEGS_MAX};
	struct sip_command c = {.kind = SIP_CONFIGURE, .directory = sip_directory_new(1, 0)};
	struct sip_trunk *trunk;
	int err;

	if (!c.directory)
		return -ENOMEM;
	(void)str_put(config.listen[0].address, sizeof(config.listen[0].address), "127.0.0.1");
	config.listen[0].port = port;
	trunk = &c.directory->trunks[0];
	trunk->id = 1;
	trunk->is_enabled = trunk->is_accepted_by_address = true;
	trunk->n_addresses = 1;
	(void)str_put(trunk->addresses[0], sizeof(trunk->addresses[0]), "127.0.0.0/8");
	err = mailbox_new(&b->events, sizeof(struct sip_event), EVENTS_MAX);
	if (!err)
		err = sip_start(&b->sip, &config, on_event, b);
	if (!err)
		err = sip_send(b->sip, &c);
	return err;
}

static double cpu_s(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

int main(int argc, char **argv)
{
	struct bench b = {0};
	struct sip_event event;
	int64_t until, port = 0, seconds = 0;
	double before;

	if (argc != 4 || str_to_int(argv[1], 1, 65535, &port) < 0 ||
		str_to_int(argv[3], 1, 3600, &seconds) < 0) {
		(void)fprintf(stderr, "usage: bench_sip PORT URI SECONDS\n");
		return 2;
	}
	b.uri = argv[2];
	if (start(&b, (uint16_t)port) < 0)
		return 1;
	before = cpu_s();
	until = clock_mono_ms() + seconds * 1000;
	while (clock_mono_ms() < until) {
		mailbox_wait(b.events, 100);
		while (mailbox_take(b.events, &event))
			handle(&b, &event);
	}
	double used = cpu_s() - before;
	printf("{\"name\":\"sip_two_dialogs\",\"value\":%.3f,\"unit\":\"cpu_s_per_1000_calls\",\"answered\":%"
	       "d,\"incoming\":%d,"
	       "\"failed\":%d,\"refused\":%d,\"cpu_s\":%.2f,\"target\":0.75,\"met\":%s}\n",
		b.n_answered ? used * 1000 / b.n_answered : 0, b.n_answered, b.n_incoming, b.n_failed,
		b.n_refused, used,
		b.n_answered && used * 1000 / b.n_answered <= 0.75 && b.n_failed == 0 ? "true" : "false");
	sip_stop(b.sip, 1000);
	mailbox_free(b.events);
	return 0;
}
