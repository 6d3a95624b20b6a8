/* Trunks as the caller's side: how long a silent one may cost, limits, emergencies, registration that fails,
 * and the test a person asks for. */
#include "sip/test_sip.h"
#include "base/clock.h"
#include "base/str.h"
#include "sip/limit.h"

#include <stdlib.h>

#define TRUNK 9

static struct sip_trunk *make(struct sip_directory **ret_directory, uint16_t port)
{
	struct sip_directory *d = sip_directory_new(1, 0);

	if (!d)
		abort();
	d->trunks[0].id = TRUNK;
	d->trunks[0].is_enabled = true;
	(void)str_put(d->trunks[0].name, sizeof(d->trunks[0].name), "provider");
	(void)str_put(d->trunks[0].login, sizeof(d->trunks[0].login), "user9");
	(void)str_put(d->trunks[0].password, sizeof(d->trunks[0].password), "secret9");
	(void)str_printf(d->trunks[0].proxy, sizeof(d->trunks[0].proxy), "sip:127.0.0.1:%u", port);
	*ret_directory = d;
	return &d->trunks[0];
}

static void configure(struct bed *bed, struct sip_directory *d)
{
	struct sip_command c = {.kind = SIP_CONFIGURE, .directory = d};

	(void)sip_send(bed->sip, &c);
}

static struct sip_command call_of(uint64_t leg)
{
	struct sip_command c = {.kind = SIP_CALL,
		.leg = leg,
		.sdp = bed_sdp(40000),
		.call = {.to = SIP_TO_TRUNK, .trunk = TRUNK, .timeout_s = 60}};

	(void)str_put(c.call.uri, sizeof(c.call.uri), "+98211234567");
	(void)str_put(c.call.from_number, sizeof(c.call.from_number), "+98219");
	return c;
}

static void call(struct bed *bed, uint64_t leg)
{
	struct sip_command c = call_of(leg);

	(void)sip_send(bed->sip, &c);
}

TEST(a_silent_trunk_costs_what_it_may_and_the_leg_can_call_again)
{
	struct sip_directory *d;
	struct sip_event event;
	struct peer peer;
	struct bed bed;

	CHECK(bed_start(&bed, 10));
	CHECK(sip_peer_open(&peer, bed.udp, false));
	make(&d, peer.port)->first_answer_ms = 300;
	configure(&bed, d);
	char first[256] = "";
	int64_t since_ms = clock_mono_ms();
	call(&bed, 77);
	CHECK(bed_wait(&bed, SIP_ENDED, &event));
	CHECK(event.leg == 77 && event.code == 408);
	CHECK_STR(event.reason, "unreachable");
	CHECK(clock_mono_ms() - since_ms < 8000); /* the protocol's own patience is 32 s, ours elsewhere 8 */
	call(&bed, 77);				  /* the same leg, to somebody who answers now */
	for (;;) {				  /* those of the first call come before */
		CHECK(peer_expect(&peer, "INVITE "));
		if (!first[0])
			(void)str_put(first, sizeof(first), peer_header(&peer, "Call-ID"));
		if (!str_equal(first, peer_header(&peer, "Call-ID")))
			break;
	}
	bed_stop(&bed);
	sip_peer_close(&peer);
}

TEST(a_trunk_that_said_trying_may_take_its_time)
{
	struct sip_directory *d;
	struct sip_event event;
	struct peer peer;
	struct bed bed;

	CHECK(bed_start(&bed, 10));
	CHECK(sip_peer_open(&peer, bed.udp, false));
	make(&d, peer.port)->first_answer_ms = 400;
	configure(&bed, d);
	call(&bed, 77);
	CHECK(peer_expect(&peer, "INVITE "));
	peer_answer(&peer, 100, "Trying", "", NULL, NULL);
	CHECK(!bed_has(&bed, SIP_ENDED, 700));
	peer_answer(&peer, 486, "Busy", "", NULL, NULL);
	CHECK(bed_wait(&bed, SIP_ENDED, &event));
	CHECK_INT(event.code, 486);
	bed_stop(&bed);
	sip_peer_close(&peer);
}

static bool is_limited(struct bed *bed, uint64_t leg, enum sip_refusal why)
{
	struct sip_event event;

	call(bed, leg);
	return bed_wait(bed, SIP_ENDED, &event) && event.leg == leg && event.code == 503 &&
	       event.refusal == why && !event.is_remote;
}

TEST(limits_hold_calls_back_but_no_emergency)
{
	struct sip_directory *d;
	struct sip_event event;
	struct peer peer;
	struct bed bed;

	CHECK(bed_start(&bed, 10));
	CHECK(sip_peer_open(&peer, bed.udp, false));
	make(&d, peer.port)->calls_max = 1;
	configure(&bed, d);
	call(&bed, 1);
	CHECK(peer_expect(&peer, "INVITE "));
	peer_answer(&peer, 100, "Trying", "", NULL, NULL);
	CHECK(is_limited(&bed, 2, SIP_REFUSED_TRUNK_LIMIT));
	struct sip_command emergency = call_of(3);
	emergency.call.is_emergency = true;
	(void)str_put(emergency.call.uri, sizeof(emergency.call.uri), "112");
	(void)sip_send(bed.sip, &emergency);
	CHECK(peer_expect(&peer, "INVITE sip:112@"));
	peer_answer(&peer, 486, "Busy", "", NULL, NULL);
	CHECK(bed_wait(&bed, SIP_ENDED, &event) && event.leg == 3);
	/* the tenant's, over all trunks */
	make(&d, peer.port)->calls_max = 5;
	d->calls_max = 1;
	configure(&bed, d);
	CHECK(is_limited(&bed, 4, SIP_REFUSED_TENANT_LIMIT));
	bed_stop(&bed);
	sip_peer_close(&peer);
}

TEST(calls_per_second_are_limited_both_ways)
{
	struct sip_directory *d;
	struct sip_event event;
	struct peer peer;
	struct bed bed;

	CHECK(bed_start(&bed, 10));
	CHECK(sip_peer_open(&peer, bed.udp, false));
	struct sip_trunk *t = make(&d, peer.port);
	t->calls_per_second = 1;
	t->is_accepted_by_address = true;
	t->n_addresses = 1;
	(void)str_put(t->addresses[0], sizeof(t->addresses[0]), "127.0.0.1");
	configure(&bed, d);
	bed_settle(&bed);
	call(&bed, 1);
	CHECK(is_limited(&bed, 2, SIP_REFUSED_RATE));
	peer_request(&peer, "INVITE", "in1", 1, "", "", "application/sdp", peer_sdp(30000, "sendrecv"));
	CHECK(bed_wait(&bed, SIP_REFUSED, &event));
	CHECK(event.refusal == SIP_REFUSED_RATE && event.trunk == TRUNK);
	bed_stop(&bed);
	sip_peer_close(&peer);
}

TEST(a_bucket_of_calls_fills_with_time)
{
	struct limit_rate rate = {0};

	CHECK(limit_rate_has(&rate, 0, 5));
	for (int i = 0; i < 3; i++) {
		CHECK(limit_rate_has(&rate, 3, 1000));
		limit_rate_take(&rate, 3, 1000);
	}
	CHECK(!limit_rate_has(&rate, 3, 1000));
	CHECK(!limit_rate_has(&rate, 3, 1300));
	CHECK(limit_rate_has(&rate, 3, 1334));
	limit_rate_take(&rate, 3, 1334); /* an emergency takes, too */
	limit_rate_take(&rate, 3, 1334);
	CHECK(!limit_rate_has(&rate, 3, 1400));
	CHECK(limit_rate_has(&rate, 3, 2400));
	limit_rate_take(&rate, 3, 900); /* a clock that jumped back breaks nothing */
	CHECK(rate.used_ms >= 0);
	CHECK(limit_rate_has(&rate, 3, 1000000000000));
}

TEST(who_registers_waits_longer_each_time_and_by_chance)
{
	CHECK_INT(limit_wait_ms(0, 30, 0), 15000);
	CHECK_INT(limit_wait_ms(0, 30, 1000), 30000);
	CHECK_INT(limit_wait_ms(1, 30, 1000), 60000);
	CHECK_INT(limit_wait_ms(5, 30, 1000), 960000);
	CHECK_INT(limit_wait_ms(6, 30, 1000), 1800000);
	CHECK_INT(limit_wait_ms(1000000, 30, 1000), 1800000);
	CHECK_INT(limit_wait_ms(0, 0, 1000), 30000);
}

TEST(a_registration_that_fails_is_tried_again)
{
	struct sip_directory *d;
	struct sip_event event;
	struct peer peer;
	struct bed bed;

	CHECK(bed_start(&bed, 10));
	CHECK(sip_peer_open(&peer, bed.udp, false));
	struct sip_trunk *t = make(&d, peer.port);
	t->is_registered_outwards = true;
	t->register_retry_s = 1;
	t->register_expires_s = 60;
	configure(&bed, d);
	CHECK(peer_expect(&peer, "REGISTER "));
	peer_answer(&peer, 503, "Away", "", NULL, NULL);
	CHECK(bed_wait(&bed, SIP_TRUNK_STATE, &event));
	CHECK(!event.is_up && event.registration == SIP_REGISTRATION_FAILED);
	CHECK_STR(event.reason, "registration answered with 503: the other side has no time");
	CHECK(peer_expect(&peer, "REGISTER ")); /* by our clock: libre's own would take half a minute */
	CHECK(strstr(peer.in, "xpires: 60") || strstr(peer.in, "xpires=60"));
	peer_answer(&peer, 423, "Too Brief", "Min-Expires: 120\r\n", NULL, NULL);
	CHECK(peer_expect(&peer, "REGISTER "));
	CHECK(strstr(peer.in, "xpires: 120") || strstr(peer.in, "xpires=120"));
	peer_answer(&peer, 200, "OK", "Expires: 120\r\n", NULL, NULL);
	CHECK(bed_wait(&bed, SIP_TRUNK_STATE, &event));
	CHECK(event.is_up && event.registration == SIP_REGISTRATION_UP);
	bed_stop(&bed);
	sip_peer_close(&peer);
}

TEST(a_refused_password_is_said_in_words)
{
	struct sip_directory *d;
	struct sip_event event;
	struct peer peer;
	struct bed bed;

	CHECK(bed_start(&bed, 10));
	CHECK(sip_peer_open(&peer, bed.udp, false));
	struct sip_trunk *t = make(&d, peer.port);
	t->is_registered_outwards = true;
	configure(&bed, d);
	bool is_told = false;
	for (int64_t until_ms = clock_mono_ms() + WAIT_MS; !is_told && clock_mono_ms() < until_ms;) {
		if (peer_receive(&peer, 20)) /* libre offers it more than once */
			peer_answer(&peer, 401, "Auth",
				"WWW-Authenticate: Digest realm=\"p\", nonce=\"n\"\r\n", NULL, NULL);
		is_told = bed_wait_ms(&bed, SIP_TRUNK_STATE, &event, 20);
	}
	CHECK(is_told);
	CHECK(event.registration == SIP_REGISTRATION_FAILED);
	CHECK_STR(event.reason, "registration answered with 401: wrong login or password");
	bed_stop(&bed);
	sip_peer_close(&peer);
}

TEST(a_person_tests_a_trunk)
{
	struct sip_command c = {.kind = SIP_TRUNK_TEST, .leg = 5, .trunk = TRUNK};
	struct sip_directory *d;
	struct sip_event event;
	struct peer peer;
	struct bed bed;

	CHECK(bed_start(&bed, 10));
	CHECK(sip_peer_open(&peer, bed.udp, false));
	make(&d, peer.port);
	configure(&bed, d);
	(void)sip_send(bed.sip, &c);
	CHECK(peer_expect(&peer, "OPTIONS "));
	peer_answer(&peer, 200, "OK", "", NULL, NULL);
	CHECK(bed_wait(&bed, SIP_TRUNK_TESTED, &event));
	CHECK(event.leg == 5 && event.code == 200 && event.count >= 0);
	CHECK_STR(event.reason, "answered with 200");
	c.trunk = 1234;
	(void)sip_send(bed.sip, &c);
	CHECK(bed_wait(&bed, SIP_TRUNK_TESTED, &event));
	CHECK_STR(event.reason, "no such trunk in force");
	c.trunk = TRUNK;
	(void)sip_send(bed.sip, &c);
	CHECK(peer_expect(&peer, "OPTIONS "));
	bed_stop(&bed); /* under way: told and freed */
	sip_peer_close(&peer);
}
