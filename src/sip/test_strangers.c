/* Registrations, strangers, limits, and messages no peer should send. */
#include "sip/test_sip.h"
#include "base/str.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void send_register(
	struct peer *peer, int cseq, const char *login, const char *contact, const char *more)
{
	peer_send(peer,
		"REGISTER sip:test.example SIP/2.0\r\nVia: SIP/2.0/UDP "
		"127.0.0.1:%u;branch=z9hG4bK-r%d-%s;rport\r\n"
		"Max-Forwards: 70\r\nFrom: <sip:%s@test.example>;tag=r\r\nTo: <sip:%s@test.example>\r\n"
		"Call-ID: reg-%u\r\nCSeq: %d REGISTER\r\nContact: %s\r\n%sContent-Length: 0\r\n\r\n",
		peer->port, cseq, login, login, login, peer->port, cseq, contact, more);
}

/* Registers contact; the final status is in peer->in. */
static bool do_register(struct peer *peer, int cseq, const char *login, const char *password,
	const char *contact, const char *more)
{
	char headers[1500];

	send_register(peer, cseq, login, contact, more);
	if (!peer_expect_for(peer, "SIP/2.0 401", "REGISTER"))
		return false;
	(void)str_printf(
		headers, sizeof(headers), "%s%s", more, bed_authorize(peer, login, password, "REGISTER"));
	send_register(peer, cseq + 1, login, contact, headers);
	return peer_expect_for(peer, "SIP/2.0 ", "REGISTER");
}

TEST(a_phone_registers_is_called_and_leaves)
{
	struct sip_command c = {.kind = SIP_CALL, .leg = 500, .sdp = bed_sdp(41000)};
	struct sip_event event;
	struct peer phone;
	struct bed bed;

	CHECK(bed_start(&bed, 10));
	CHECK(sip_peer_open(&phone, bed.udp, false));
	bed_configure(&bed, 0, 0);
	/* behind NAT: its Contact is an address we cannot reach */
	CHECK(do_register(&phone, 1, "1001", "secret", "<sip:1001@10.11.12.13:5060>;expires=120", ""));
	CHECK(strstr(phone.in, "SIP/2.0 200") == phone.in);
	CHECK(strstr(peer_header(&phone, "Contact"), "<sip:1001@10.11.12.13:5060>;expires=1"));
	CHECK(bed_wait(&bed, SIP_REGISTRATION, &event));
	CHECK(event.user == 42 && event.count == 1);
	c.call.to = SIP_TO_USER;
	c.call.user = 42;
	c.call.is_auto_answer = true;
	CHECK_INT(sip_send(bed.sip, &c), 0);
	CHECK(peer_expect(&phone, "INVITE sip:1001@127.0.0.1"));
	CHECK(strstr(phone.in, "answer-after=0"));
	peer_answer(&phone, 200, "OK", "", "application/sdp", peer_sdp(32000, "sendrecv"));
	CHECK(bed_wait(&bed, SIP_ANSWERED, &event));
	CHECK_INT(event.user, 42);
	CHECK(peer_expect(&phone, "ACK "));
	CHECK(do_register(&phone, 10, "1001", "secret", "*", "Expires: 0\r\n"));
	CHECK(strstr(phone.in, "SIP/2.0 200") == phone.in);
	CHECK(bed_wait(&bed, SIP_REGISTRATION, &event));
	CHECK_INT(event.count, 0);
	sip_peer_close(&phone);
	bed_stop(&bed);
}

TEST(all_phones_of_a_user_ring_and_the_first_answer_wins)
{
	struct sip_command c = {.kind = SIP_CALL, .leg = 501, .sdp = bed_sdp(41000)};
	struct sip_event event;
	struct peer desk, soft;
	struct bed bed;

	CHECK(bed_start(&bed, 10));
	CHECK(sip_peer_open(&desk, bed.udp, false));
	CHECK(sip_peer_open(&soft, bed.udp, false));
	bed_configure(&bed, 0, 0);
	CHECK(do_register(&desk, 1, "1001", "secret", "<sip:desk@127.0.0.1:1>", ""));
	CHECK(do_register(&soft, 1, "1001", "secret", "<sip:soft@127.0.0.1:2>", ""));
	c.call.to = SIP_TO_USER;
	c.call.user = 42;
	CHECK_INT(sip_send(bed.sip, &c), 0);
	CHECK(peer_expect(&desk, "INVITE sip:desk@"));
	CHECK(peer_expect(&soft, "INVITE sip:soft@"));
	peer_answer(&desk, 180, "Ringing", "", NULL, NULL);
	CHECK(bed_wait(&bed, SIP_RINGING, &event));
	peer_answer(&soft, 200, "OK", "", "application/sdp", peer_sdp(32000, "sendrecv"));
	CHECK(bed_wait(&bed, SIP_ANSWERED, &event));
	CHECK(peer_expect(&desk, "CANCEL "));
	sip_peer_close(&desk);
	sip_peer_close(&soft);
	bed_stop(&bed);
}

TEST(a_phone_whose_connection_is_gone_is_forgotten_when_called)
{
	struct sip_command c = {.kind = SIP_CALL, .leg = 502, .sdp = bed_sdp(41000)};
	struct sip_event event;
	struct peer phone;
	struct bed bed;

	CHECK(bed_start(&bed, 10));
	CHECK(sip_peer_open(&phone, bed.tcp, true));
	bed_configure(&bed, 0, 0);
	CHECK(do_register(&phone, 1, "1001", "secret", "<sip:1001@127.0.0.1:1;transport=tcp>", ""));
	CHECK(bed_wait(&bed, SIP_REGISTRATION, &event));
	CHECK_INT(event.count, 1);
	sip_peer_close(&phone);
	c.call.to = SIP_TO_USER;
	c.call.user = 42;
	CHECK_INT(sip_send(bed.sip, &c), 0);
	CHECK(bed_wait(&bed, SIP_REGISTRATION, &event));
	CHECK_INT(event.count, 0);
	CHECK(bed_wait(&bed, SIP_ENDED, &event));
	CHECK_STR(event.reason, "unreachable");
	bed_stop(&bed);
}

TEST(wrong_passwords_and_unknown_logins_look_alike_and_are_blocked)
{
	struct sip_event event;
	struct peer phone;
	struct bed bed;
	char first[MESSAGE_MAX];

	CHECK(bed_start(&bed, 10));
	CHECK(sip_peer_open(&phone, bed.udp, false));
	bed_configure(&bed, 0, 0);
	CHECK(do_register(&phone, 1, "1001", "wrong", "<sip:a@127.0.0.1:1>", ""));
	(void)str_put_n(first, sizeof(first), phone.in, strcspn(phone.in, "\r\n"));
	CHECK_STR(first, "SIP/2.0 403 Forbidden");
	CHECK(bed_wait(&bed, SIP_REFUSED, &event));
	CHECK_INT(event.refusal, SIP_REFUSED_AUTH);
	CHECK(do_register(&phone, 3, "nobody", "secret", "<sip:a@127.0.0.1:1>", ""));
	CHECK(strncmp(phone.in, first, strlen(first)) == 0);
	for (int i = 2; i < 10; i++)
		CHECK(do_register(&phone, 3 + 2 * i, "1001", "wrong", "<sip:a@127.0.0.1:1>", ""));
	CHECK(do_register(&phone, 40, "1001", "secret", "<sip:a@127.0.0.1:1>", "")); /* right, but too late */
	CHECK(strstr(phone.in, "SIP/2.0 403") == phone.in);
	CHECK(!bed_has(&bed, SIP_REGISTRATION, 50));
	sip_peer_close(&phone);
	bed_stop(&bed);
}

TEST(registrations_have_bounds)
{
	struct sip_event event;
	struct peer phone;
	struct bed bed;
	char contact[64];

	CHECK(bed_start(&bed, 10));
	CHECK(sip_peer_open(&phone, bed.udp, false));
	bed_configure(&bed, 0, 0);
	CHECK(do_register(&phone, 1, "1001", "secret", "<sip:a@127.0.0.1:1>;expires=5", ""));
	CHECK(strstr(phone.in, "SIP/2.0 423") == phone.in);
	CHECK_STR(peer_header(&phone, "Min-Expires"), "60");
	CHECK(do_register(&phone, 3, "1001", "secret", "<sip:a@127.0.0.1:1>;expires=99999999", ""));
	CHECK(strstr(phone.in, "expires=3600") || strstr(phone.in, "expires=3599"));
	for (int i = 0; i < 15; i++) {
		(void)str_printf(contact, sizeof(contact), "<sip:a%d@127.0.0.1:1>", i);
		CHECK(do_register(&phone, 10 + 2 * i, "1001", "secret", contact, ""));
	}
	event.count = 0;
	while (event.count < 10)
		CHECK(bed_wait(&bed, SIP_REGISTRATION, &event));
	CHECK(!bed_has(&bed, SIP_REGISTRATION, 50));
	sip_peer_close(&phone);
	bed_stop(&bed);
}

TEST(a_registered_phone_calls_after_its_digest)
{
	struct sip_event event;
	struct peer phone;
	struct bed bed;

	CHECK(bed_start(&bed, 10));
	CHECK(sip_peer_open(&phone, bed.udp, false));
	bed_configure(&bed, 0, 0);
	CHECK(do_register(&phone, 1, "1001", "secret", "<sip:1001@127.0.0.1:1>", ""));
	peer_request(&phone, "INVITE", "p1", 1, "", "", "application/sdp", peer_sdp(30000, "sendrecv"));
	CHECK(peer_expect_for(&phone, "SIP/2.0 401", "INVITE"));
	char auth[1024];
	(void)str_put(auth, sizeof(auth), bed_authorize(&phone, "1001", "secret", "INVITE"));
	peer_request(&phone, "ACK", "p1", 1, "", "", NULL, NULL);
	peer_request(&phone, "INVITE", "p1", 2, "", auth, "application/sdp", peer_sdp(30000, "sendrecv"));
	CHECK(bed_wait(&bed, SIP_INCOMING, &event));
	CHECK(event.user == 42 && event.trunk == 0);
	CHECK_STR(event.to_number, "5000");
	sip_peer_close(&phone);
	bed_stop(&bed);
}

TEST(strangers_and_limits_get_their_answer_and_are_counted)
{
	struct sip_event event;
	struct peer stranger, trunk;
	struct bed bed;

	CHECK(bed_start(&bed, 2));
	CHECK(sip_peer_open(&stranger, bed.udp, false));
	CHECK(sip_peer_open(&trunk, bed.udp, false));
	bed_configure(&bed, trunk.port, 1);
	peer_request(&stranger, "INVITE", "s1", 1, "", "", "application/sdp", peer_sdp(30000, "sendrecv"));
	CHECK(peer_expect(&stranger, "SIP/2.0 403"));
	CHECK(bed_wait(&bed, SIP_REFUSED, &event));
	CHECK(event.refusal == SIP_REFUSED_STRANGER && event.code == 403 && event.trunk == 0);
	CHECK_STR(event.to_number, "5000");
	CHECK(strncmp(event.source, "127.0.0.1:", 10) == 0);
	peer_request(&trunk, "INVITE", "t1", 1, "", "", "application/sdp", peer_sdp(30000, "sendrecv"));
	CHECK(bed_wait(&bed, SIP_INCOMING, &event));
	peer_request(&trunk, "INVITE", "t2", 1, "", "", "application/sdp", peer_sdp(30000, "sendrecv"));
	CHECK(peer_expect(&trunk, "SIP/2.0 503"));
	CHECK(peer_header(&trunk, "Retry-After")[0]);
	CHECK(bed_wait(&bed, SIP_REFUSED, &event));
	CHECK(event.refusal == SIP_REFUSED_TRUNK_LIMIT && event.trunk == 7);
	bed_configure(&bed, trunk.port, 0); /* a new directory does not lose the live call */
	peer_request(&trunk, "INVITE", "t3", 1, "", "", "application/sdp", peer_sdp(30000, "sendrecv"));
	CHECK(bed_wait(&bed, SIP_INCOMING, &event));
	peer_request(&trunk, "INVITE", "t4", 1, "", "", "application/sdp", peer_sdp(30000, "sendrecv"));
	CHECK(peer_expect(&trunk, "SIP/2.0 503"));
	CHECK(bed_wait(&bed, SIP_REFUSED, &event));
	CHECK_INT(event.refusal, SIP_REFUSED_LIMIT);
	sip_peer_close(&stranger);
	sip_peer_close(&trunk);
	bed_stop(&bed);
}

TEST(media_we_cannot_do_is_refused_clearly)
{
	struct sip_event event;
	struct peer peer;
	struct bed bed;

	CHECK(bed_start(&bed, 10));
	CHECK(sip_peer_open(&peer, bed.udp, false));
	bed_configure(&bed, peer.port, 0);
	peer_request(&peer, "INVITE", "m1", 1, "", "", "application/sdp", "v=0\r\nm=audio\r\n");
	CHECK(peer_expect(&peer, "SIP/2.0 488"));
	CHECK(bed_wait(&bed, SIP_REFUSED, &event));
	CHECK_INT(event.refusal, SIP_REFUSED_SDP);
	peer_request(&peer, "INVITE", "m2", 1, "", "", "text/plain", "hello");
	CHECK(peer_expect(&peer, "SIP/2.0 415"));
	sip_peer_close(&peer);
	bed_stop(&bed);
}

TEST(options_and_protocol_errors_get_the_right_code)
{
	struct peer peer;
	struct bed bed;

	CHECK(bed_start(&bed, 10));
	CHECK(sip_peer_open(&peer, bed.udp, false));
	bed_configure(&bed, peer.port, 0);
	peer_request(&peer, "OPTIONS", "o1", 1, "", "", NULL, NULL);
	CHECK(peer_expect(&peer, "SIP/2.0 200"));
	CHECK(strstr(peer_header(&peer, "Allow"), "INVITE"));
	peer_request(&peer, "SUBSCRIBE", "o2", 1, "", "Event: presence\r\n", NULL, NULL);
	CHECK(peer_expect(&peer, "SIP/2.0 405"));
	CHECK(peer_header(&peer, "Allow")[0]);
	peer_request(&peer, "BYE", "o3", 1, "nodialog", "", NULL, NULL);
	CHECK(peer_expect(&peer, "SIP/2.0 481"));
	peer_request(&peer, "INVITE", "o4", 1, "", "Require: precondition\r\n", "application/sdp",
		peer_sdp(30000, "sendrecv"));
	CHECK(peer_expect(&peer, "SIP/2.0 420"));
	CHECK_STR(peer_header(&peer, "Unsupported"), "precondition");
	static const struct {
		const char *line, *max_forwards, *cseq, *length, *want;
	} bad[] = {
		{"INVITE sip:a@b SIP/7.0", "70", "1 INVITE", "0", "SIP/2.0 505"},
		{"INVITE sip:a@b SIP/2.0", "0", "1 INVITE", "0", "SIP/2.0 483"},
		{"INVITE sip:a@b SIP/2.0", "70", "1 BYE", "0", "SIP/2.0 400"},
		{"INVITE sip:a@b SIP/2.0", "70", "1 INVITE", "-5", "SIP/2.0 400"},
		{"INVITE sip:a@b SIP/2.0", "70", "1 INVITE", "9999", "SIP/2.0 400"},
		{"INVITE sip:a@b SIP/2.0", "x", "1 INVITE", "0", "SIP/2.0 400"},
		{"INVITE nobody:a@b SIP/2.0", "70", "1 INVITE", "0", "SIP/2.0 416"},
	};
	for (int i = 0; i < 7; i++) {
		peer_send(&peer,
			"%s\r\nVia: SIP/2.0/UDP 127.0.0.1:%u;branch=z9hG4bK-e%d;rport\r\nMax-Forwards: %s\r\n"
			"From: <sip:a@b>;tag=e%d\r\nTo: <sip:c@d>\r\nCall-ID: e%d\r\nCSeq: "
			"%s\r\nContent-Length: %s\r\n\r\n",
			bad[i].line, peer.port, i, bad[i].max_forwards, i, i, bad[i].cseq, bad[i].length);
		CHECK(peer_expect(&peer, bad[i].want));
	}
	sip_peer_close(&peer);
	bed_stop(&bed);
}

/* After RFC 4475: what is odd but legal is served, what is broken is refused, and nothing is taken for
 * something else. */
TEST(torture_messages_of_rfc_4475)
{
	struct sip_event event;
	struct peer peer;
	struct bed bed;

	CHECK(bed_start(&bed, 10));
	CHECK(sip_peer_open(&peer, bed.udp, false));
	bed_configure(&bed, peer.port, 0);
	/* 3.1.1.1 a short tortuous INVITE: folded lines, compact and odd-case names, unknown parameters and
	 * headers */
	peer_send(&peer,
		"INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0\r\n"
		"TO :\r\n sip:vivekg@chair-dnrc.example.com ;   tag-less   = 1918181833n\r\n"
		"from   : \"J Rosenberg \\\\\\\"\"       <sip:jdrosen@example.com>\r\n  ;\r\n  tag = "
		"98asjd8\r\n"
		"MaX-fOrWaRdS: 0068\r\nCall-ID: wsinv.ndaksdj@192.0.2.1\r\nContent-Length   : 0\r\n"
		"cseq: 0009\r\n  INVITE\r\nVia  : SIP  /   2.0\r\n /UDP\r\n    "
		"127.0.0.1:%u;branch=390skdjuw;rport\r\ns :\r\n"
		"NewFangledHeader:   newfangled value\r\n continued newfangled "
		"value\r\nUnknownHeaderWithUnusualValue: ;;,,;;,;\r\n"
		"m:\"Quoted string \\\"\\\"\" <sip:jdrosen@127.0.0.1:%u> ; newparam =\r\n      newvalue "
		";\r\n  secondparam ; q = 0.33\r\n"
		"\r\n",
		peer.port, peer.port);
	/* the library may refuse what it cannot read; it may not fall over it or answer nonsense */
	while (peer_receive(&peer, 200))
		CHECK(strncmp(peer.in, "SIP/2.0 ", 8) == 0);
	while (bed_has(&bed, SIP_INCOMING, 0))
		;
	/* 3.1.1.3 escapes in the user part are data */
	peer_send(&peer,
		"INVITE sip:sips%%3Auser%%40example.com@example.net SIP/2.0\r\nTo: "
		"sip:%%75se%%72@example.com\r\n"
		"From: <sip:I%%20have%%20spaces@example.net>;tag=938\r\nMax-Forwards: 87\r\nCall-ID: "
		"esc01\r\nCSeq: 1 INVITE\r\n"
		"Via: SIP/2.0/UDP 127.0.0.1:%u;branch=z9hG4bKesc;rport\r\nContact: "
		"<sip:cal%%6Cer@127.0.0.1:%u>\r\n"
		"Content-Length: 0\r\n\r\n",
		peer.port, peer.port);
	CHECK(bed_wait(&bed, SIP_INCOMING, &event));
	CHECK_STR(event.to_number, "sips:user@example.com");
	CHECK_STR(event.from_number, "I have spaces");
	CHECK(!event.has_sdp);
	/* 3.1.2.4 request scalar fields with overlarge values */
	peer_send(&peer,
		"REGISTER sip:example.com SIP/2.0\r\nVia: SIP/2.0/UDP "
		"127.0.0.1:%u;branch=z9hG4bKbig;rport\r\n"
		"To: <sip:user@example.com>\r\nFrom: <sip:user@example.com>;tag=239\r\nCall-ID: scalar02\r\n"
		"CSeq: 36893488147419103232 REGISTER\r\nMax-Forwards: 300\r\nExpires: "
		"1000000000000000000000000000000000000\r\n"
		"Contact: <sip:user@host129.example.com>;expires=280297596632815\r\nContent-Length: "
		"0\r\n\r\n",
		peer.port);
	CHECK(peer_expect(&peer, "SIP/2.0 400"));
	/* 3.3.1 a request without its essential headers; then still a good one is served */
	peer_send(&peer,
		"INVITE sip:user@example.com SIP/2.0\r\nCSeq: 193942 INVITE\r\nVia: SIP/2.0/UDP "
		"127.0.0.1:%u;branch=z9hG4bKinsuf\r\n"
		"Content-Length: 0\r\n\r\n",
		peer.port);
	peer_request(&peer, "OPTIONS", "alive", 1, "", "", NULL, NULL);
	CHECK(peer_expect(&peer, "SIP/2.0 200"));
	sip_peer_close(&peer);
	bed_stop(&bed);
}

/* Changes a few bytes of a good message, the same way for the same seed. */
static size_t mutate(char *text, size_t n, unsigned *seed)
{
	int changes = 1 + rand_r(seed) % 6;

	for (int i = 0; i < changes && n > 8; i++) {
		size_t at = (size_t)rand_r(seed) % n, len;
		switch (rand_r(seed) % 4) {
		case 0:
			text[at] = (char)rand_r(seed);
			break;
		case 1:
			text[at] = "\r\n:;<>\"@, \0%=/-9"[rand_r(seed) % 16];
			break;
		case 2:
			n = at;
			break;
		default:
			len = (size_t)rand_r(seed) % 40;
			if (at + len < n) {
				memmove(text + at, text + at + len, n - at - len);
				n -= len;
			}
		}
	}
	return n;
}

TEST(ten_thousand_mutated_messages_and_it_still_answers)
{
	static const char *const methods[] = {
		"INVITE", "OPTIONS", "REGISTER", "BYE", "INFO", "ACK", "CANCEL", "REFER"};
	struct peer peer, trunk;
	struct bed bed;
	unsigned seed = 20261121;
	struct sip_event event;

	CHECK(bed_start(&bed, 200));
	CHECK(sip_peer_open(&peer, bed.udp, false));
	CHECK(sip_peer_open(&trunk, bed.udp, false));
	bed_configure(&bed, trunk.port, 0);
	for (int i = 0; i < 10000; i++) {
		struct peer *from = i & 1 ? &peer : &trunk;
		char text[2048];
		int n = snprintf(text, sizeof(text),
			"%s sip:5000@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP "
			"127.0.0.1:%u;branch=z9hG4bK-g%d;rport\r\n"
			"Max-Forwards: 70\r\nFrom: \"G\" <sip:g@x>;tag=g%d\r\nTo: <sip:5000@x>%s\r\nCall-ID: "
			"g%d\r\n"
			"CSeq: %d %s\r\nContact: <sip:g@127.0.0.1:%u>\r\nContent-Type: application/sdp\r\n"
			"Content-Length: %zu\r\n\r\n%s",
			methods[i % 8], from->port, i, i / 3, i % 5 ? "" : ";tag=1", i / 3, i, methods[i % 8],
			from->port, strlen(peer_sdp(30000, "sendrecv")), peer_sdp(30000, "sendrecv"));
		peer_send_n(from, text, mutate(text, (size_t)n, &seed));
		while (peer_receive(from, 0) && i % 50 != 0)
			;
	}
	/* all that became legs is rejected, and a good call goes through */
	while (bed_has(&bed, SIP_INCOMING, 0))
		;
	bool is_answered = false;
	for (int i = 0; i < 50 && !is_answered; i++) {
		char id[32];
		(void)snprintf(id, sizeof(id), "after-%d", i);
		peer_request(&trunk, "OPTIONS", id, 1, "", "", NULL, NULL);
		for (int64_t k = 0; k < 200 && !is_answered && peer_receive(&trunk, 100); k++)
			is_answered = strncmp(trunk.in, "SIP/2.0 200", 11) == 0 && strstr(trunk.in, id);
	}
	CHECK(is_answered);
	CHECK(bed_wait(&bed, SIP_REFUSED, &event));
	sip_peer_close(&peer);
	sip_peer_close(&trunk);
	bed_stop(&bed);
}

TEST(garbage_over_tcp_closes_that_connection_only)
{
	struct peer bad, good;
	struct bed bed;
	char noise[4096];
	unsigned seed = 5;

	CHECK(bed_start(&bed, 10));
	CHECK(sip_peer_open(&bad, bed.tcp, true));
	CHECK(sip_peer_open(&good, bed.tcp, true));
	bed_configure(&bed, good.port, 0);
	for (size_t i = 0; i < sizeof(noise); i++)
		noise[i] = (char)rand_r(&seed);
	for (int i = 0; i < 40; i++)
		peer_send_n(&bad, noise, sizeof(noise));
	peer_request(&good, "OPTIONS", "g", 1, "", "", NULL, NULL);
	CHECK(peer_expect(&good, "SIP/2.0 200"));
	sip_peer_close(&bad);
	sip_peer_close(&good);
	bed_stop(&bed);
}

TEST(a_port_in_use_is_said)
{
	struct sip_config config = {.n_listen = 1, .legs_max = 1};
	struct sip *second = NULL;
	struct bed bed;

	CHECK(bed_start(&bed, 10));
	(void)str_put(config.listen[0].address, sizeof(config.listen[0].address), "127.0.0.1");
	config.listen[0].port = bed.udp;
	CHECK_INT(sip_start(&second, &config, NULL, NULL), -EADDRINUSE);
	config.listen[0].transport = SIP_TCP;
	config.listen[0].port = bed.tcp;
	CHECK_INT(sip_start(&second, &config, NULL, NULL), -EADDRINUSE);
	(void)str_put(config.listen[0].address, sizeof(config.listen[0].address), "nowhere");
	CHECK_INT(sip_start(&second, &config, NULL, NULL), -EINVAL);
	bed_stop(&bed);
}

/* RFC 3842: a telephone that registers is told unasked, one that subscribes in its dialog. */
TEST(the_lamp_of_a_telephone_shows_what_waits)
{
	struct sip_command c = {.kind = SIP_MESSAGES, .messages = {.user = 42, .unheard = 2, .heard = 1}};
	struct peer phone;
	struct bed bed;
	char auth[1024];

	CHECK(bed_start(&bed, 10));
	CHECK(sip_peer_open(&phone, bed.udp, false));
	bed_configure(&bed, 0, 0);
	CHECK(do_register(&phone, 1, "1001", "secret", "<sip:1001@10.11.12.13:5060>;expires=120", ""));
	CHECK_INT(sip_send(bed.sip, &c), 0);
	CHECK(peer_expect(&phone, "NOTIFY "));
	CHECK_STR(peer_header(&phone, "Event"), "message-summary");
	CHECK(strstr(phone.in, "Messages-Waiting: yes\r\n") &&
		strstr(phone.in, "Voice-Message: 2/1 (0/0)\r\n"));
	peer_answer(&phone, 200, "OK", "", NULL, NULL);
	peer_request(&phone, "SUBSCRIBE", "w1", 1, "", "Event: message-summary\r\n", NULL, NULL);
	CHECK(peer_expect_for(&phone, "SIP/2.0 401", "SUBSCRIBE"));
	(void)str_put(auth, sizeof(auth), "Event: message-summary\r\nExpires: 600\r\n");
	(void)str_put(auth + strlen(auth), sizeof(auth) - strlen(auth),
		bed_authorize(&phone, "1001", "secret", "SUBSCRIBE"));
	peer_request(&phone, "SUBSCRIBE", "w1", 2, "", auth, NULL, NULL);
	CHECK(peer_expect_for(&phone, "SIP/2.0 200", "SUBSCRIBE"));
	CHECK(peer_expect(&phone, "NOTIFY "));
	CHECK(strstr(phone.in, "Voice-Message: 2/1"));
	CHECK(str_starts_with(peer_header(&phone, "Subscription-State"), "active"));
	peer_answer(&phone, 200, "OK", "", NULL, NULL);
	c.messages.unheard = c.messages.heard = 0;
	CHECK_INT(sip_send(bed.sip, &c), 0);
	CHECK(peer_expect(&phone, "NOTIFY "));
	CHECK(strstr(phone.in, "Messages-Waiting: no\r\n"));
	peer_answer(&phone, 200, "OK", "", NULL, NULL);
	peer_request(&phone, "SUBSCRIBE", "w2", 1, "", "Event: message-summary\r\n", NULL, NULL);
	CHECK(peer_expect_for(&phone, "SIP/2.0 401", "SUBSCRIBE"));
	(void)str_put(auth, sizeof(auth), "Event: message-summary\r\n");
	(void)str_put(auth + strlen(auth), sizeof(auth) - strlen(auth),
		bed_authorize(&phone, "1001", "wrong", "SUBSCRIBE"));
	peer_request(&phone, "SUBSCRIBE", "w2", 2, "", auth, NULL, NULL);
	CHECK(peer_expect_for(&phone, "SIP/2.0 403", "SUBSCRIBE"));
	sip_peer_close(&phone);
	bed_stop(&bed);
}
