/* See test_sip.h. */
#include "sip/test_sip.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "loop/mailbox.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/evp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define EVENTS_MAX 100000
#define ACCOUNT_HA1 "2b591320d05d3f84833bb36e9367c7a6" /* MD5 of 1001:test.example:secret */

static bool on_event(const struct sip_event *event, void *arg)
{
	struct bed *bed = arg;

	return !__atomic_load_n(&bed->is_full, __ATOMIC_RELAXED) && mailbox_send(bed->events, event) == 0;
}

bool bed_start(struct bed *bed, int legs_max)
{
	return bed_start_at(bed, "127.0.0.1", legs_max);
}

bool bed_start_at(struct bed *bed, const char *address, int legs_max)
{
	struct sip_config config = {.legs_max = legs_max};

	(void)str_put(config.listen[0].address, sizeof(config.listen[0].address), address);
	return bed_start_with(bed, &config);
}

bool bed_start_with(struct bed *bed, const struct sip_config *with)
{
	struct sip_config config = *with;
	int err;

	*bed = (struct bed){0};
	log_level_set(getenv("TEST_LOG") ? LOG_DEBUG : LOG_ERROR);
	config.n_listen = 2;
	(void)str_put(config.realm, sizeof(config.realm), "test.example");
	config.listen[1] = config.listen[0];
	config.listen[1].transport = SIP_TCP;
	err = mailbox_new(&bed->events, sizeof(struct sip_event), EVENTS_MAX);
	if (!err)
		err = sip_start(&bed->sip, &config, on_event, bed);
	if (err) {
		test_fail(__FILE__, __LINE__, "sip does not start: %s", strerror(-err));
		mailbox_free(bed->events);
		return false;
	}
	bed->udp = sip_listen_port(bed->sip, 0);
	bed->tcp = sip_listen_port(bed->sip, 1);
	return true;
}

void bed_stop(struct bed *bed)
{
	sip_stop(bed->sip, 200);
	mailbox_free(bed->events);
}

static bool wait_for(struct bed *bed, enum sip_event_kind kind, struct sip_event *ret_event, int ms)
{
	int64_t until = clock_mono_ms() + ms, left;
	struct sip_event event;

	do {
		while (mailbox_take(bed->events, &event))
			if (event.kind == kind) {
				*ret_event = event;
				return true;
			}
		left = until - clock_mono_ms();
		if (left > 0)
			mailbox_wait(bed->events, (int)left);
	} while (left > 0);
	return false;
}

bool bed_wait(struct bed *bed, enum sip_event_kind kind, struct sip_event *ret_event)
{
	return wait_for(bed, kind, ret_event, WAIT_MS);
}

bool bed_wait_ms(struct bed *bed, enum sip_event_kind kind, struct sip_event *ret_event, int ms)
{
	return wait_for(bed, kind, ret_event, ms);
}

bool bed_has(struct bed *bed, enum sip_event_kind kind, int ms)
{
	struct sip_event event;

	return wait_for(bed, kind, &event, ms);
}

void bed_configure(struct bed *bed, uint16_t trunk_port, int calls_max)
{
	struct sip_command c = {.kind = SIP_CONFIGURE};
	struct sip_directory *d = sip_directory_new(trunk_port ? 1 : 0, 1);

	if (!d)
		return;
	if (trunk_port) {
		struct sip_trunk *t = &d->trunks[0];
		t->id = 7;
		t->is_enabled = t->is_accepted_by_address = true;
		t->calls_max = calls_max;
		t->n_addresses = 1;
		(void)str_put(t->name, sizeof(t->name), "test");
		(void)str_printf(t->addresses[0], sizeof(t->addresses[0]), "127.0.0.1:%u", trunk_port);
		(void)str_printf(t->proxy, sizeof(t->proxy), "sip:127.0.0.1:%u", trunk_port);
		(void)str_put(t->login, sizeof(t->login), "trunk-login");
		(void)str_put(t->password, sizeof(t->password), "trunk-secret");
	}
	d->accounts[0].user = 42;
	(void)str_put(d->accounts[0].login, sizeof(d->accounts[0].login), "1001");
	(void)str_put(d->accounts[0].ha1_md5, sizeof(d->accounts[0].ha1_md5), ACCOUNT_HA1);
	c.directory = d;
	if (sip_send(bed->sip, &c) < 0)
		sip_directory_free(d);
	bed_settle(bed);
}

void bed_settle(struct bed *bed)
{
	struct sip_command c = {.kind = SIP_CALL, .leg = UINT64_MAX};
	struct sip_event event;

	(void)sip_send(bed->sip, &c); /* no URI: it ends at once */
	do
		if (!bed_wait(bed, SIP_ENDED, &event))
			return;
	while (event.leg != UINT64_MAX);
}

struct sdp bed_sdp(uint16_t port)
{
	struct sdp s = {
		.has_audio = true, .port = port, .ptime_ms = 20, .direction = SDP_SENDRECV, .n_formats = 2};

	s.formats[0] = (struct sdp_format){SDP_PCMU, 0};
	s.formats[1] = (struct sdp_format){SDP_TELEPHONE_EVENT, 101};
	(void)str_put(s.address, sizeof(s.address), "127.0.0.1");
	return s;
}

void bed_command(struct bed *bed, enum sip_command_kind kind, uint64_t leg, int code)
{
	struct sip_command c = {.kind = kind, .leg = leg, .code = code, .sdp = bed_sdp(40000)};

	(void)sip_send(bed->sip, &c);
}

/* The peer */

bool sip_peer_open(struct peer *peer, uint16_t to_port, bool is_tcp)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof(a);

	*peer = (struct peer){.is_tcp = is_tcp, .to_port = to_port};
	peer->fd = socket(AF_INET, is_tcp ? SOCK_STREAM : SOCK_DGRAM, 0);
	if (peer->fd < 0 || bind(peer->fd, (struct sockaddr *)&a, sizeof(a)) < 0)
		return false;
	if (getsockname(peer->fd, (struct sockaddr *)&a, &n) < 0)
		return false;
	peer->port = ntohs(a.sin_port);
	a.sin_port = htons(to_port);
	return to_port == 0 || connect(peer->fd, (struct sockaddr *)&a, sizeof(a)) == 0;
}

void sip_peer_close(struct peer *peer)
{
	close(peer->fd);
}

void peer_send_n(struct peer *peer, const void *data, size_t n)
{
	while (send(peer->fd, data, n, MSG_NOSIGNAL) < 0 && errno == EINTR)
		;
}

void peer_send(struct peer *peer, const char *format, ...)
{
	char text[MESSAGE_MAX];
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	peer_send_n(peer, text, (size_t)n);
}

/* One message off the front of rest. */
static bool take_tcp(struct peer *peer)
{
	char *end = strstr(peer->rest, "\r\n\r\n"), *length;
	size_t n;

	if (!end)
		return false;
	length = strstr(peer->rest, "Content-Length:");
	n = (size_t)(end + 4 - peer->rest) + (length && length < end ? (size_t)atoi(length + 15) : 0);
	if (n > peer->n_rest)
		return false;
	memcpy(peer->in, peer->rest, n);
	peer->in[n] = '\0';
	peer->n_rest -= n;
	memmove(peer->rest, peer->rest + n, peer->n_rest + 1);
	return true;
}

bool peer_receive(struct peer *peer, int ms)
{
	int64_t until = clock_mono_ms() + ms, left;
	struct pollfd p = {.fd = peer->fd, .events = POLLIN};

	if (peer->is_tcp && take_tcp(peer))
		return true;
	while ((left = until - clock_mono_ms()) > 0 && poll(&p, 1, (int)left) > 0) {
		char *to = peer->is_tcp ? peer->rest + peer->n_rest : peer->in;
		size_t room = peer->is_tcp ? MESSAGE_MAX - 1 - peer->n_rest : MESSAGE_MAX - 1;
		ssize_t n = recv(peer->fd, to, room, 0);
		if (n <= 0)
			return false;
		to[n] = '\0';
		if (!peer->is_tcp)
			return true;
		peer->n_rest += (size_t)n;
		if (take_tcp(peer))
			return true;
	}
	return false;
}

bool peer_expect(struct peer *peer, const char *start)
{
	return peer_expect_for(peer, start, "");
}

bool peer_expect_for(struct peer *peer, const char *start, const char *method)
{
	int64_t until = clock_mono_ms() + WAIT_MS, left;

	while ((left = until - clock_mono_ms()) > 0 && peer_receive(peer, (int)left))
		if (strncmp(peer->in, start, strlen(start)) == 0 && strstr(peer_header(peer, "CSeq"), method))
			return true;
	printf("# no \"%s\" for %s; last was: %.60s\n", start, method, peer->in);
	return false;
}

const char *peer_header(const struct peer *peer, const char *name)
{
	static char values[8][1024];
	static int next;
	char *value = values[next++ & 7], line[64];
	const char *at;

	(void)snprintf(line, sizeof(line), "\r\n%s: ", name);
	at = strstr(peer->in, line);
	value[0] = '\0';
	if (at)
		(void)str_put_n(
			value, sizeof(values[0]), at + strlen(line), strcspn(at + strlen(line), "\r\n"));
	return value;
}

const char *peer_to_tag(const struct peer *peer)
{
	static char tags[2][128];
	static int next;
	char *tag = tags[next++ & 1];
	const char *at = strstr(peer_header(peer, "To"), ";tag=");

	(void)str_put(tag, sizeof(tags[0]), at ? at + 5 : "");
	return tag;
}

void peer_request(struct peer *peer, const char *method, const char *id, int cseq, const char *to_tag,
	const char *more, const char *type, const char *body)
{
	const char *transport = peer->is_tcp ? "TCP" : "UDP";
	bool is_ack = strcmp(method, "ACK") == 0, is_cancel = strcmp(method, "CANCEL") == 0;

	peer_send(peer,
		"%s sip:5000@127.0.0.1:%u SIP/2.0\r\n"
		"Via: SIP/2.0/%s 127.0.0.1:%u;branch=z9hG4bK-%s-%d%s;rport\r\n"
		"Max-Forwards: 70\r\n"
		"From: \"Ali \\\"Q\\\"\" <sip:1001@test.example>;tag=f-%s\r\n"
		"To: <sip:5000@test.example>%s%s\r\n"
		"Call-ID: %s\r\nCSeq: %d %s\r\n"
		"Contact: <sip:1001@127.0.0.1:%u;transport=%s>\r\n"
		"%s%s%s%sContent-Length: %zu\r\n\r\n%s",
		method, peer->to_port, transport, peer->port, id, cseq, is_ack && to_tag[0] ? "-ack" : "", id,
		to_tag[0] ? ";tag=" : "", is_cancel ? "" : to_tag, id, cseq, method, peer->port, transport,
		more, type ? "Content-Type: " : "", type ? type : "", type ? "\r\n" : "",
		body ? strlen(body) : 0, body ? body : "");
}

void peer_answer(
	struct peer *peer, int code, const char *reason, const char *more, const char *type, const char *body)
{
	const char *to = peer_header(peer, "To");

	peer_send(peer,
		"SIP/2.0 %d %s\r\nVia: %s\r\nFrom: %s\r\nTo: %s%s\r\nCall-ID: %s\r\nCSeq: %s\r\n"
		"Contact: <sip:peer@127.0.0.1:%u>\r\n%s%s%s%sContent-Length: %zu\r\n\r\n%s",
		code, reason, peer_header(peer, "Via"), peer_header(peer, "From"), to,
		code > 100 && !strstr(to, ";tag=") ? ";tag=peer-tag" : "", peer_header(peer, "Call-ID"),
		peer_header(peer, "CSeq"), peer->port, more, type ? "Content-Type: " : "", type ? type : "",
		type ? "\r\n" : "", body ? strlen(body) : 0, body ? body : "");
}

const char *peer_sdp(int port, const char *direction)
{
	static char text[512];

	(void)snprintf(text, sizeof(text),
		"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
		"m=audio %d RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 "
		"telephone-event/8000\r\na=%s\r\n",
		port, direction);
	return text;
}

static void md5_hex(const char *text, char ret_hex[33])
{
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned int n = 0;

	EVP_Digest(text, strlen(text), md, &n, EVP_md5(), NULL);
	for (unsigned int i = 0; i < 16; i++)
		(void)snprintf(ret_hex + 2 * i, 3, "%02x", md[i]);
}

const char *bed_authorize(
	const struct peer *peer, const char *login, const char *password, const char *method)
{
	static char line[1024];
	char nonce[128] = "", text[512], ha1[33], ha2[33], response[33];
	const char *at = strstr(peer_header(peer, "WWW-Authenticate"), "nonce=\"");

	if (at)
		(void)str_put_n(nonce, sizeof(nonce), at + 7, strcspn(at + 7, "\""));
	(void)str_printf(text, sizeof(text), "%s:test.example:%s", login, password);
	md5_hex(text, ha1);
	(void)str_printf(text, sizeof(text), "%s:sip:test.example", method);
	md5_hex(text, ha2);
	(void)str_printf(text, sizeof(text), "%s:%s:00000001:cc:auth:%s", ha1, nonce, ha2);
	md5_hex(text, response);
	(void)str_printf(line, sizeof(line),
		"Authorization: Digest username=\"%s\", realm=\"test.example\", nonce=\"%s\", "
		"uri=\"sip:test.example\", "
		"qop=auth, nc=00000001, cnonce=\"cc\", response=\"%s\"\r\n",
		login, nonce, response);
	return line;
}
