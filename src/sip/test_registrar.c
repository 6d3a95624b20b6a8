/* Telephones: several contacts, those that come back elsewhere, whether they answer, digests, and what a
 * restart keeps. */
#include "sip/test_sip.h"
#include "base/str.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define USER 42
#define INSTANCE "\"<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>\""

static void hash(const EVP_MD *md, const char *text, char *ret_hex)
{
	unsigned char out[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	EVP_Digest(text, strlen(text), out, &n, md, NULL);
	for (unsigned i = 0; i < n; i++)
		(void)snprintf(ret_hex + 2 * i, 3, "%02x", out[i]);
}

/* Puts accounts 1001 and 1002, both of user 42, in force: password "secret", kept for MD5 and, where asked,
 * for SHA-256. */
static void configure(struct bed *bed, const char *password, bool has_sha256)
{
	struct sip_command c = {.kind = SIP_CONFIGURE};
	struct sip_directory *d = sip_directory_new(0, 2);

	for (int i = 0; i < 2; i++) {
		struct sip_account *a = &d->accounts[i];
		char text[128];
		a->user = USER;
		(void)str_printf(a->login, sizeof(a->login), "100%d", i + 1);
		(void)str_printf(text, sizeof(text), "%s:test.example:%s", a->login, password);
		hash(EVP_md5(), text, a->ha1_md5);
		if (has_sha256)
			hash(EVP_sha256(), text, a->ha1_sha256);
	}
	c.directory = d;
	if (sip_send(bed->sip, &c) < 0)
		sip_directory_free(d);
}

static void send_register(struct peer *p, int cseq, const char *contact, const char *more)
{
	peer_send(p,
		"REGISTER sip:test.example SIP/2.0\r\nVia: SIP/2.0/%s "
		"127.0.0.1:%u;branch=z9hG4bK-r%u-%d;rport\r\n"
		"Max-Forwards: 70\r\nFrom: <sip:1001@test.example>;tag=r\r\nTo: <sip:1001@test.example>\r\n"
		"Call-ID: reg-%u\r\nCSeq: %d REGISTER\r\nContact: %s\r\n%sContent-Length: 0\r\n\r\n",
		p->is_tcp ? "TCP" : "UDP", p->port, p->port, cseq, p->port, cseq, contact, more);
}

static bool do_register(struct peer *p, int cseq, const char *contact, const char *more)
{
	char headers[1500];

	send_register(p, cseq, contact, more);
	if (!peer_expect_for(p, "SIP/2.0 401", "REGISTER"))
		return false;
	(void)str_printf(
		headers, sizeof(headers), "%s%s", more, bed_authorize(p, "1001", "secret", "REGISTER"));
	send_register(p, cseq + 1, contact, headers);
	return peer_expect_for(p, "SIP/2.0 200", "REGISTER");
}

static const char *contact_of(const struct peer *p, const char *more)
{
	static char text[512];

	(void)str_printf(text, sizeof(text), "<sip:1001@127.0.0.1:%u>%s", p->port, more);
	return text;
}

static void call_user(struct bed *bed, uint64_t leg)
{
	struct sip_command c = {.kind = SIP_CALL, .leg = leg, .sdp = bed_sdp(41000)};

	c.call.to = SIP_TO_USER;
	c.call.user = USER;
	(void)sip_send(bed->sip, &c);
}

static int count_of(const char *text, const char *what)
{
	int n = 0;

	for (const char *p = strstr(text, what); p; p = strstr(p + 1, what))
		n++;
	return n;
}

/* RFC 5626 section 6: the device is known by its instance, each of its ways to us by its reg-id. */
TEST(a_phone_that_comes_back_elsewhere_takes_its_old_place)
{
	struct sip_event event;
	struct peer before, after;
	struct bed bed;

	CHECK(bed_start(&bed, 10) && sip_peer_open(&before, bed.udp, false));
	CHECK(sip_peer_open(&after, bed.udp, false));
	configure(&bed, "secret", false);
	CHECK(do_register(&before, 1, contact_of(&before, ";reg-id=1;+sip.instance=" INSTANCE),
		"Supported: path, outbound\r\n"));
	CHECK_STR(peer_header(&before, "Require"), "outbound");
	CHECK(atoi(peer_header(&before, "Flow-Timer")) > 0);
	CHECK(strstr(before.in, ";+sip.instance=" INSTANCE) && strstr(before.in, ";reg-id=1"));
	CHECK(bed_wait(&bed, SIP_REGISTRATION, &event) && event.count == 1);
	/* another way of the same device stands beside it, its old way is replaced */
	CHECK(do_register(&after, 1, contact_of(&after, ";reg-id=2;+sip.instance=" INSTANCE), ""));
	CHECK_STR(peer_header(&after, "Require"), "");
	CHECK(bed_wait(&bed, SIP_REGISTRATION, &event) && event.count == 2);
	CHECK(do_register(&after, 3, contact_of(&after, ";reg-id=1;+sip.instance=" INSTANCE), ""));
	CHECK_INT(count_of(after.in, "\r\nContact: "), 2);
	CHECK(!strstr(after.in, contact_of(&before, "")));
	call_user(&bed, 600); /* and it rings once */
	CHECK(peer_expect(&after, "INVITE "));
	peer_answer(&after, 486, "Busy Here", "", NULL, NULL);
	CHECK(bed_wait(&bed, SIP_ENDED, &event) && event.code == 486);
	/* without reg-id, as most phones do it */
	CHECK(do_register(&before, 10, contact_of(&before, ";+sip.instance=\"<urn:uuid:2>\""), ""));
	CHECK_INT(count_of(before.in, "\r\nContact: "), 3);
	CHECK(do_register(&after, 10, "<sip:1001@127.0.0.1:9>;+sip.instance=\"<urn:uuid:2>\"", ""));
	CHECK_INT(count_of(after.in, "\r\nContact: "), 3);
	CHECK(!strstr(after.in, contact_of(&before, "")));
	sip_peer_close(&before);
	sip_peer_close(&after);
	bed_stop(&bed);
}

TEST(a_register_is_carried_out_whole_or_not_at_all)
{
	struct peer phone;
	struct bed bed;

	CHECK(bed_start(&bed, 10) && sip_peer_open(&phone, bed.udp, false));
	configure(&bed, "secret", false);
	CHECK(do_register(&phone, 1, "<sip:1001@127.0.0.1:6001>;q=0.3, <sip:1001@127.0.0.1:6002>;q=1.0", ""));
	CHECK(strstr(phone.in, ":6001>;expires=") && strstr(phone.in, ";q=0.300") &&
		strstr(phone.in, ":6002>"));
	/* the second is too brief: the first stays as it was, and 6003 does not come */
	send_register(&phone, 3, "<sip:1001@127.0.0.1:6003>, <sip:1001@127.0.0.1:6001>;expires=5", "");
	CHECK(peer_expect_for(&phone, "SIP/2.0 401", "REGISTER"));
	char login[1024];
	(void)str_put(login, sizeof(login), bed_authorize(&phone, "1001", "secret", "REGISTER"));
	send_register(&phone, 4, "<sip:1001@127.0.0.1:6003>, <sip:1001@127.0.0.1:6001>;expires=5", login);
	CHECK(peer_expect_for(&phone, "SIP/2.0 423", "REGISTER"));
	CHECK_STR(peer_header(&phone, "Min-Expires"), "60");
	CHECK(do_register(&phone, 10, "<sip:1001@127.0.0.1:6001>;expires=0", ""));
	CHECK(!strstr(phone.in, ":6001>") && strstr(phone.in, ":6002>") && !strstr(phone.in, ":6003>"));
	/* an hour at most, and what came through a proxy goes back through it */
	CHECK(do_register(
		&phone, 20, "<sip:1001@10.0.0.9>;expires=999999", "Path: <sip:127.0.0.1:5999;lr>\r\n"));
	CHECK(strstr(phone.in, "<sip:1001@10.0.0.9>;expires=3600") ||
		strstr(phone.in, "<sip:1001@10.0.0.9>;expires=3599"));
	CHECK_STR(peer_header(&phone, "Path"), "<sip:127.0.0.1:5999;lr>");
	sip_peer_close(&phone);
	bed_stop(&bed);
}

/* Answers the challenge for the algorithm in the peer's last message, with this nc. "" when there is none. */
static const char *authorize(const struct peer *p, const char *algorithm, const char *password, unsigned nc)
{
	const EVP_MD *md = str_equal(algorithm, "MD5") ? EVP_md5() : EVP_sha256();
	static char line[1024];
	char nonce[128], text[512], ha1[65], ha2[65], response[65];
	const char *at = strstr(p->in, "algorithm="), *end;

	while (at && strncmp(at + 10, algorithm, strlen(algorithm)) != 0)
		at = strstr(at + 1, "algorithm=");
	while (at && at > p->in && strncmp(at, "nonce=\"", 7) != 0)
		at--;
	end = at ? strchr(at + 7, '"') : NULL;
	line[0] = '\0';
	if (!end || str_put_n(nonce, sizeof(nonce), at + 7, (size_t)(end - at - 7)) < 0)
		return line;
	(void)str_printf(text, sizeof(text), "1001:test.example:%s", password);
	hash(md, text, ha1);
	hash(md, "REGISTER:sip:test.example", ha2);
	(void)str_printf(text, sizeof(text), "%s:%s:%08x:cc:auth:%s", ha1, nonce, nc, ha2);
	hash(md, text, response);
	(void)str_printf(line, sizeof(line),
		"Authorization: Digest username=\"1001\", realm=\"test.example\", nonce=\"%s\", "
		"uri=\"sip:test.example\", algorithm=%s, qop=auth, nc=%08x, cnonce=\"cc\", "
		"response=\"%s\"\r\n",
		nonce, algorithm, nc, response);
	return line;
}

TEST(both_digests_are_offered_the_stronger_first)
{
	struct peer phone;
	struct bed bed;

	CHECK(bed_start(&bed, 10) && sip_peer_open(&phone, bed.udp, false));
	configure(&bed, "secret", true);
	for (int i = 0; i < 2; i++) {
		send_register(&phone, 10 * i + 1, contact_of(&phone, ""), "");
		CHECK(peer_expect_for(&phone, "SIP/2.0 401", "REGISTER"));
		CHECK_INT(count_of(phone.in, "WWW-Authenticate: Digest"), 2);
		CHECK(strstr(phone.in, "algorithm=SHA-256") < strstr(phone.in, "algorithm=MD5"));
		send_register(&phone, 10 * i + 2, contact_of(&phone, ""),
			authorize(&phone, i ? "MD5" : "SHA-256", "secret", 1));
		CHECK(peer_expect_for(&phone, "SIP/2.0 200", "REGISTER"));
	}
	send_register(&phone, 30, contact_of(&phone, ""), "");
	CHECK(peer_expect_for(&phone, "SIP/2.0 401", "REGISTER"));
	send_register(&phone, 31, contact_of(&phone, ""), authorize(&phone, "SHA-256", "Secret", 1));
	CHECK(peer_expect_for(&phone, "SIP/2.0 403", "REGISTER"));
	/* a password that was kept for MD5 only: nobody is offered the other, or it would show whose it is */
	configure(&bed, "secret", false);
	bed_settle(&bed);
	send_register(&phone, 40, contact_of(&phone, ""), "");
	CHECK(peer_expect_for(&phone, "SIP/2.0 401", "REGISTER"));
	CHECK_INT(count_of(phone.in, "WWW-Authenticate: Digest"), 1);
	sip_peer_close(&phone);
	bed_stop(&bed);
}

TEST(a_phone_that_gives_up_at_the_sight_of_sha256_is_offered_md5_alone)
{
	struct peer phone;
	struct bed bed;

	CHECK(bed_start(&bed, 10) && sip_peer_open(&phone, bed.udp, false));
	configure(&bed, "secret", true);
	for (int i = 1; i <= 3; i++) { /* it comes back without an answer */
		send_register(&phone, i, contact_of(&phone, ""), "User-Agent: Old phone\r\n");
		CHECK(peer_expect_for(&phone, "SIP/2.0 401", "REGISTER"));
		CHECK_INT(count_of(phone.in, "WWW-Authenticate: Digest"), i < 3 ? 2 : 1);
	}
	static const char *const known[] = {"baresip v1.0.0 (x86_64/linux)", "SIPp"};
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		char agent[64];
		(void)str_printf(agent, sizeof(agent), "User-Agent: %s\r\n", known[i]);
		send_register(&phone, 9 + (int)i, contact_of(&phone, ""), agent);
		CHECK(peer_expect_for(&phone, "SIP/2.0 401", "REGISTER"));
		CHECK_INT(count_of(phone.in, "WWW-Authenticate: Digest"), 1);
	}
	/* the next phone is not punished for it */
	send_register(&phone, 11, contact_of(&phone, ""), "User-Agent: New phone\r\n");
	CHECK(peer_expect_for(&phone, "SIP/2.0 401", "REGISTER"));
	CHECK_INT(count_of(phone.in, "WWW-Authenticate: Digest"), 2);
	sip_peer_close(&phone);
	bed_stop(&bed);
}

TEST(a_login_that_was_listened_to_is_worth_nothing)
{
	struct peer phone;
	struct bed bed;
	char login[1024];

	CHECK(bed_start(&bed, 10) && sip_peer_open(&phone, bed.udp, false));
	configure(&bed, "secret", true);
	send_register(&phone, 1, contact_of(&phone, ""), "");
	CHECK(peer_expect_for(&phone, "SIP/2.0 401", "REGISTER"));
	(void)str_put(login, sizeof(login), authorize(&phone, "SHA-256", "secret", 1));
	send_register(&phone, 2, contact_of(&phone, ""), login);
	CHECK(peer_expect_for(&phone, "SIP/2.0 200", "REGISTER"));
	send_register(&phone, 3, "<sip:thief@127.0.0.1:6666>", login); /* the same nonce and nc again */
	CHECK(peer_expect_for(&phone, "SIP/2.0 401", "REGISTER"));
	CHECK(strstr(peer_header(&phone, "WWW-Authenticate"), "stale=true"));
	sip_peer_close(&phone);
	bed_stop(&bed);
}

/* --- whether they answer */

/* Takes messages until an OPTIONS came, and answers it. */
static bool answer_options(struct peer *p)
{
	if (!peer_expect(p, "OPTIONS "))
		return false;
	peer_answer(p, 200, "OK", "", NULL, NULL);
	return true;
}

TEST(a_phone_that_falls_silent_is_not_called_until_it_answers_again)
{
	struct sip_config config = {.legs_max = 10, .qualify_interval_s = 1};
	struct sip_event event;
	struct peer phone;
	struct bed bed;

	(void)str_put(config.listen[0].address, sizeof(config.listen[0].address), "127.0.0.1");
	CHECK(bed_start_with(&bed, &config) && sip_peer_open(&phone, bed.udp, false));
	configure(&bed, "secret", false);
	CHECK(do_register(&phone, 1, contact_of(&phone, ""), "User-Agent: Desk phone 7\r\n"));
	CHECK(bed_wait(&bed, SIP_REGISTRATION, &event) && event.count == 1);
	CHECK_STR(event.reason, "registered");
	CHECK_STR(event.text, "Desk phone 7");
	CHECK(answer_options(&phone));
	CHECK(bed_wait(&bed, SIP_REGISTRATION, &event) && event.count == 1 && event.rtt_ms > 0);
	CHECK_STR(event.reason, "answers");
	CHECK(bed_wait(&bed, SIP_REGISTRATION, &event)); /* nobody answers any more */
	CHECK_STR(event.reason, "no_answer");
	CHECK_INT(event.count, 0);
	CHECK_INT(event.contacts, 1);
	call_user(&bed, 700);
	CHECK(bed_wait(&bed, SIP_ENDED, &event) && event.code == 480);
	do
		CHECK(answer_options(&phone));
	while (!bed_has(&bed, SIP_REGISTRATION, 100));
	call_user(&bed, 701);
	CHECK(peer_expect(&phone, "INVITE "));
	peer_answer(&phone, 486, "Busy Here", "", NULL, NULL);
	CHECK(bed_wait(&bed, SIP_ENDED, &event) && event.code == 486);
	sip_peer_close(&phone);
	bed_stop(&bed);
}

TEST(a_phone_whose_connection_closes_is_gone_at_once)
{
	struct sip_event event;
	struct peer phone;
	struct bed bed;

	CHECK(bed_start(&bed, 10) && sip_peer_open(&phone, bed.tcp, true));
	configure(&bed, "secret", false);
	CHECK(do_register(&phone, 1, contact_of(&phone, ";transport=tcp"), ""));
	CHECK(bed_wait(&bed, SIP_REGISTRATION, &event) && event.count == 1);
	sip_peer_close(&phone);
	CHECK(bed_wait(&bed, SIP_REGISTRATION, &event));
	CHECK_INT(event.count, 0);
	CHECK_STR(event.reason, "connection_closed");
	bed_stop(&bed);
}

/* --- what a restart keeps */

static bool bed_start_kept(struct bed *bed, const char *path, uint16_t port)
{
	struct sip_config config = {.legs_max = 10};

	config.listen[0].port = port;
	(void)str_put(config.registrations_path, sizeof(config.registrations_path), path);
	(void)str_put(config.listen[0].address, sizeof(config.listen[0].address), "127.0.0.1");
	return bed_start_with(bed, &config);
}

TEST(registrations_survive_a_restart)
{
	char folder[] = "/tmp/markaz-registrations-XXXXXX", path[64], beside[80];
	struct sip_event event;
	struct stat st;
	struct peer phone;
	struct bed bed;

	CHECK(mkdtemp(folder));
	(void)str_printf(path, sizeof(path), "%s/registrations", folder);
	(void)str_printf(beside, sizeof(beside), "%s.killed", path);
	CHECK(bed_start_kept(&bed, path, 0) && sip_peer_open(&phone, bed.udp, false));
	configure(&bed, "secret", false);
	CHECK(do_register(
		&phone, 1, contact_of(&phone, ";expires=300;q=0.5;reg-id=1;+sip.instance=" INSTANCE), ""));
	CHECK(bed_wait(&bed, SIP_REGISTRATION, &event));
	uint16_t port = bed.udp;
	for (int i = 0; i < 1000 && (stat(path, &st) < 0 || st.st_size == 0);
		i++) /* what a kill would leave */
		usleep(10000);
	CHECK(stat(path, &st) == 0 && st.st_size > 0 && (st.st_mode & 0777) == 0600);
	CHECK(rename(path, beside) == 0);
	bed_stop(&bed);
	CHECK(stat(path, &st) == 0); /* and what an ordered stop leaves */
	for (int i = 0; i < 2; i++) {
		CHECK(bed_start_kept(&bed, path, port));
		configure(&bed, "secret", false);
		CHECK(bed_wait(&bed, SIP_REGISTRATION, &event) && event.count == 1);
		CHECK_STR(event.reason, "restored");
		call_user(&bed, 800);
		CHECK(peer_expect(&phone, "INVITE sip:1001@127.0.0.1"));
		peer_answer(&phone, 486, "Busy Here", "", NULL, NULL);
		CHECK(bed_wait(&bed, SIP_ENDED, &event));
		bed_stop(&bed);
		CHECK(i || rename(beside, path) == 0);
	}
	/* with another password it is somebody else's */
	CHECK(bed_start_kept(&bed, path, port));
	configure(&bed, "changed", false);
	call_user(&bed, 801);
	CHECK(bed_wait(&bed, SIP_ENDED, &event) && event.code == 480);
	bed_stop(&bed);
	sip_peer_close(&phone);
	unlink(path);
	rmdir(folder);
}
