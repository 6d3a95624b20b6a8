/* Bans, floods and scanners: the mechanisms by themselves, and what a stranger on a socket notices. */
#include "sip/bans.h"
#include "sip/flood.h"
#include "sip/match.h"
#include "sip/test_sip.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

/* --- mechanisms --- */

TEST(a_ban_is_of_an_address_or_a_network_and_ends)
{
	struct bans *b = sip_bans_new();
	struct match_rule one, net, other;

	CHECK(b);
	CHECK_INT(sip_match_parse("192.0.2.7", &one), 0);
	CHECK_INT(sip_match_parse("198.51.100.0/24", &net), 0);
	CHECK_INT(sip_match_parse("198.51.100.77", &other), 0);
	CHECK(!sip_bans_has(b, one.address, 0));
	sip_bans_put(b, one.address, one.bits, 1000, 0);
	sip_bans_put(b, net.address, net.bits, 2000, 0);
	CHECK(sip_bans_has(b, one.address, 999));
	CHECK(!sip_bans_has(b, one.address, 1000));
	CHECK(sip_bans_has(b, other.address, 1999));
	CHECK(sip_bans_lift(b, net.address, net.bits));
	CHECK(!sip_bans_lift(b, net.address, net.bits));
	CHECK(!sip_bans_has(b, other.address, 1));
	sip_bans_free(b);
}

/* Against a plain array, with more bans than there is room for. */
TEST(many_bans_are_what_was_put_and_lifted)
{
	enum { N = 3000 };
	struct bans *b = sip_bans_new();
	static bool is_on[N];
	unsigned seed = 7;

	CHECK(b);
	for (int step = 0; step < 30000; step++) {
		int i = rand_r(&seed) % N;
		uint8_t address[16] = {0x20, 1, (uint8_t)(i >> 8), (uint8_t)i};
		if (rand_r(&seed) % 3) {
			sip_bans_put(b, address, 128, 1000000, step);
			is_on[i] = true;
		} else {
			CHECK_INT(sip_bans_lift(b, address, 128), is_on[i]);
			is_on[i] = false;
		}
	}
	for (int i = 0; i < N; i++) {
		uint8_t address[16] = {0x20, 1, (uint8_t)(i >> 8), (uint8_t)i};
		CHECK_INT(sip_bans_has(b, address, 40000), is_on[i]);
	}
	for (int i = 0; i < 3 * BANS_MAX; i++) {
		uint8_t address[16] = {0x30, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i};
		sip_bans_put(b, address, 128, 2000000 + i, 40000);
		CHECK(sip_bans_has(b, address, 40000));
	}
	sip_bans_free(b);
}

static int passed(struct flood *f, const struct flood_limits *limits, const struct throttle_address *a,
	bool is_known, int n, int64_t now_ms)
{
	int fine = 0;

	for (int i = 0; i < n; i++)
		fine += sip_flood_is_fine(f, limits, FLOOD_PACKETS, a, is_known, now_ms);
	return fine;
}

TEST(a_source_gets_what_it_may_and_its_network_what_that_may)
{
	static const struct flood_limits limits = {.address = {10, 5}, .network = {30, 15}, .known_times = 4};
	static const struct flood_limits none = {.known_times = 1};
	struct throttle_address a[4];
	struct flood *f = sip_flood_new();

	CHECK(f);
	for (int i = 0; i < 4; i++) {
		memset(&a[i], 0, sizeof(a[i]));
		a[i].at[10] = a[i].at[11] = 0xff;
		a[i].at[12] = 192;
		a[i].at[15] = (uint8_t)(1 + i);
	}
	CHECK_INT(passed(f, &limits, &a[0], false, 100, 1000), 20); /* two seconds' worth at once */
	CHECK_INT(passed(f, &limits, &a[0], false, 100, 1500), 5);
	CHECK_INT(passed(f, &limits, &a[1], false, 100, 1500), 20);
	CHECK_INT(passed(f, &limits, &a[2], false, 100, 1500), 20);
	CHECK_INT(passed(f, &limits, &a[3], false, 100, 1500), 10); /* the network has had 65 + 10 by now */
	CHECK_INT(
		passed(f, &limits, &a[3], true, 1000, 9000), 80); /* known: four times as much, no network */
	CHECK_INT(passed(f, &none, &a[3], false, 1000, 9000), 1000);
	CHECK(sip_flood_is_fine(f, &limits, FLOOD_REQUESTS, &a[0], false, 1500)); /* a bucket of its own */
	sip_flood_free(f);
}

/* --- at the socket --- */

/* Trunk 7 at 127.0.0.9 (nobody of the test), account 1001, and these defences. */
static void configure(struct bed *bed, const struct sip_defence *defence, const char *allowed)
{
	struct sip_command c = {.kind = SIP_CONFIGURE, .directory = sip_directory_new(1, 1)};
	struct sip_trunk *t = &c.directory->trunks[0];

	t->id = 7;
	t->is_enabled = t->is_accepted_by_address = true;
	t->n_addresses = 1;
	(void)str_put(t->name, sizeof(t->name), "far");
	(void)str_put(t->addresses[0], sizeof(t->addresses[0]), "127.0.0.9");
	c.directory->accounts[0].user = 42;
	(void)str_put(c.directory->accounts[0].login, 64, "1001");
	(void)str_put(c.directory->accounts[0].ha1_md5, 33, "2b591320d05d3f84833bb36e9367c7a6");
	c.directory->defence = *defence;
	if (allowed) {
		(void)str_put(c.directory->defence.allowed[0], 64, allowed);
		c.directory->defence.n_allowed = 1;
	}
	if (sip_send(bed->sip, &c) < 0)
		sip_directory_free(c.directory);
	bed_settle(bed);
}

static void ask(struct peer *peer, const char *id, int cseq, const char *more)
{
	peer_request(peer, "OPTIONS", id, cseq, "", more, NULL, NULL);
}

/* Signs in n times with a wrong password; the last answer's first line, or "" when there was none. */
static void fail(struct peer *peer, int n, const char *id, const char *login)
{
	char auth[1024];

	for (int i = 0; i < n; i++) {
		peer_request(peer, "REGISTER", id, 2 * i + 1, "", "", NULL, NULL);
		CHECK(peer_expect_for(peer, "SIP/2.0 401", "REGISTER"));
		(void)str_put(auth, sizeof(auth), bed_authorize(peer, login, "wrong", "REGISTER"));
		peer_request(peer, "REGISTER", id, 2 * i + 2, "", auth, NULL, NULL);
		CHECK(peer_expect_for(peer, "SIP/2.0 403", "REGISTER"));
	}
}

TEST(wrong_passwords_earn_a_ban_which_can_be_lifted)
{
	static const struct sip_defence defence = {.failures_max = 3, .ban_s = 600};
	struct sip_command lift = {.kind = SIP_BAN, .ban = {.address = "127.0.0.1"}};
	struct sip_event event;
	struct peer peer;
	struct bed bed;

	CHECK(bed_start(&bed, 10));
	CHECK(sip_peer_open(&peer, bed.udp, false));
	configure(&bed, &defence, NULL);
	fail(&peer, 3, "a", "1001");
	CHECK(bed_wait(&bed, SIP_BANNED, &event));
	CHECK_STR(event.source, "127.0.0.1");
	CHECK_INT(event.count, 3);
	ask(&peer, "quiet", 1, "");
	CHECK(bed_wait(&bed, SIP_REFUSED, &event));
	while (event.refusal != SIP_REFUSED_BANNED)
		CHECK(bed_wait(&bed, SIP_REFUSED, &event));
	CHECK(event.count >= 1);
	CHECK_INT(sip_send(bed.sip, &lift), 0);
	bed_settle(&bed);
	ask(&peer, "loud", 1, "");
	CHECK(peer_expect(&peer, "SIP/2.0 200"));
	CHECK(strstr(peer_header(&peer, "Call-ID"), "loud")); /* the other one was never answered */
	sip_peer_close(&peer);
	bed_stop(&bed);
}

TEST(an_allowed_address_is_never_banned)
{
	static const struct sip_defence defence = {.failures_max = 2, .ban_s = 600};
	struct sip_command ban = {.kind = SIP_BAN, .ban = {.address = "127.0.0.0/8", .seconds = 600}};
	struct peer peer;
	struct bed bed;

	CHECK(bed_start(&bed, 10));
	CHECK(sip_peer_open(&peer, bed.udp, false));
	configure(&bed, &defence, "127.0.0.0/30");
	fail(&peer, 4, "a", "nobody");
	CHECK_INT(sip_send(bed.sip, &ban), 0);
	bed_settle(&bed);
	ask(&peer, "loud", 1, "");
	CHECK(peer_expect(&peer, "SIP/2.0 200"));
	configure(&bed, &defence, NULL);
	CHECK_INT(sip_send(bed.sip, &ban), 0);
	bed_settle(&bed);
	ask(&peer, "quiet", 1, "");
	CHECK(!peer_receive(&peer, 100));
	sip_peer_close(&peer);
	bed_stop(&bed);
}

TEST(who_sends_too_much_is_not_heard_until_it_is_less)
{
	static const struct sip_defence defence = {
		.flood = {.address = {5, 0}, .network = {100, 0}, .known_times = 100}};
	struct sip_event event;
	struct peer peer;
	int answers = 0;
	struct bed bed;

	CHECK(bed_start(&bed, 10));
	CHECK(sip_peer_open(&peer, bed.udp, false));
	configure(&bed, &defence, NULL);
	for (int i = 0; i < 60; i++)
		ask(&peer, "many", i + 1, "");
	CHECK(bed_wait(&bed, SIP_REFUSED, &event));
	CHECK_INT(event.refusal, SIP_REFUSED_FLOOD);
	while (peer_receive(&peer, 50))
		answers++;
	CHECK(answers >= 10 && answers < 40);
	for (int i = 0; i < 200; i++) { /* the bucket fills again by itself */
		ask(&peer, "later", i + 1, "");
		if (peer_receive(&peer, 100))
			break;
	}
	CHECK(strstr(peer.in, "later"));
	sip_peer_close(&peer);
	bed_stop(&bed);
}

TEST(requests_over_a_connection_are_counted_too)
{
	static const struct sip_defence defence = {
		.flood = {.address = {0, 5}, .network = {0, 0}, .known_times = 1}};
	struct sip_event event;
	struct peer peer;
	int answers = 0;
	struct bed bed;

	CHECK(bed_start(&bed, 10));
	CHECK(sip_peer_open(&peer, bed.tcp, true));
	configure(&bed, &defence, NULL);
	for (int i = 0; i < 60; i++)
		ask(&peer, "many", i + 1, "");
	CHECK(bed_wait(&bed, SIP_REFUSED, &event));
	CHECK_INT(event.refusal, SIP_REFUSED_FLOOD);
	while (peer_receive(&peer, 50))
		answers++;
	CHECK(answers >= 10 && answers < 40);
	sip_peer_close(&peer);
	bed_stop(&bed);
}

TEST(scanners_hear_nothing)
{
	static const struct sip_defence defence = {0};
	struct peer peer;
	struct bed bed;

	CHECK(bed_start(&bed, 10));
	CHECK(sip_peer_open(&peer, bed.udp, false));
	configure(&bed, &defence, NULL);
	ask(&peer, "scan", 1, "User-Agent: friendly-scanner\r\n");
	ask(&peer, "phone", 1, "User-Agent: Yealink SIP-T46\r\n");
	CHECK(peer_expect(&peer, "SIP/2.0 200"));
	CHECK(strstr(peer_header(&peer, "Call-ID"), "phone"));
	sip_peer_close(&peer);
	bed_stop(&bed);
}
