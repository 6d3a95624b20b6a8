/* Calls against a scripted peer over real sockets. */
#include "sip/test_sip.h"
#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>

/* An incoming call on the trunk, up to SIP_INCOMING. */
static bool call_in(struct bed *bed, struct peer *peer, const char *id, struct sip_event *ret_event)
{
	peer_request(peer, "INVITE", id, 1, "", "", "application/sdp", peer_sdp(30000, "sendrecv"));
	return bed_wait(bed, SIP_INCOMING, ret_event);
}

/* An answered incoming call; the dialog's tag. */
static bool call_up(struct bed *bed, struct peer *peer, const char *id, struct sip_event *ret_event,
	char *ret_tag, size_t size)
{
	if (!call_in(bed, peer, id, ret_event))
		return false;
	bed_command(bed, SIP_ANSWER, ret_event->leg, 0);
	if (!peer_expect(peer, "SIP/2.0 200"))
		return false;
	(void)str_put(ret_tag, size, peer_to_tag(peer));
	peer_request(peer, "ACK", id, 1, ret_tag, "", NULL, NULL);
	return bed_wait(bed, SIP_ANSWERED, ret_event);
}

static void answered_and_hung_up(bool is_tcp)
{
	struct sip_event event;
	struct peer peer;
	struct bed bed;
	char tag[128];

	CHECK(bed_start(&bed, 10));
	CHECK(sip_peer_open(&peer, is_tcp ? bed.tcp : bed.udp, is_tcp));
	bed_configure(&bed, peer.port, 0);
	CHECK(call_in(&bed, &peer, "in1", &event));
	CHECK_INT(event.trunk, 7);
	CHECK_STR(event.from_number, "1001");
	CHECK_STR(event.from_name, "Ali \"Q\"");
	CHECK_STR(event.to_number, "5000");
	CHECK_STR(event.call_id, "in1");
	CHECK(event.has_sdp && event.sdp.port == 30000);
	CHECK(peer_expect(&peer, "SIP/2.0 100"));
	bed_command(&bed, SIP_RING, event.leg, 0);
	CHECK(peer_expect(&peer, "SIP/2.0 180"));
	bed_command(&bed, SIP_PROGRESS, event.leg, 0);
	CHECK(peer_expect(&peer, "SIP/2.0 183"));
	CHECK(strstr(peer.in, "m=audio 40000 RTP/AVP 0 101"));
	bed_command(&bed, SIP_ANSWER, event.leg, 0);
	CHECK(peer_expect(&peer, "SIP/2.0 200"));
	CHECK(strstr(peer_header(&peer, "Contact"), "<sip:127.0.0.1:"));
	CHECK(peer_expect(&peer, "SIP/2.0 200")); /* repeated until the ACK */
	(void)str_put(tag, sizeof(tag), peer_to_tag(&peer));
	peer_request(&peer, "ACK", "in1", 1, tag, "", NULL, NULL);
	CHECK(bed_wait(&bed, SIP_ANSWERED, &event));
	peer_request(&peer, "BYE", "in1", 2, tag, "Reason: Q.850;cause=16;text=\"bye\"\r\n", NULL, NULL);
	CHECK(bed_wait(&bed, SIP_ENDED, &event));
	CHECK(event.is_remote && event.code == 0);
	CHECK_STR(event.reason, "normal");
	CHECK_STR(event.text, "Q.850;cause=16;text=\"bye\"");
	CHECK(peer_expect_for(&peer, "SIP/2.0 200", "BYE"));
	CHECK(!bed_has(&bed, SIP_ENDED, 50));
	sip_peer_close(&peer);
	bed_stop(&bed);
}

TEST(incoming_call_is_answered_and_hung_up_by_the_peer_over_udp)
{
	answered_and_hung_up(false);
}

TEST(incoming_call_is_answered_and_hung_up_by_the_peer_over_tcp)
{
	answered_and_hung_up(true);
}

TEST(cancel_ends_the_call_at_once)
{
	struct sip_event event;
	struct peer peer;
	struct bed bed;

	CHECK(bed_start(&bed, 10));
	CHECK(sip_peer_open(&peer, bed.udp, false));
	bed_configure(&bed, peer.port, 0);
	CHECK(call_in(&bed, &peer, "c1", &event));
	bed_command(&bed, SIP_RING, event.leg, 0);
	CHECK(peer_expect(&peer, "SIP/2.0 180"));
	peer_request(&peer, "CANCEL", "c1", 1, "", "", NULL, NULL);
	CHECK(bed_wait(&bed, SIP_ENDED, &event));
	CHECK_STR(event.reason, "cancelled");
	CHECK(event.is_remote);
	CHECK(peer_expect_for(&peer, "SIP/2.0 487", "INVITE"));
	peer_request(&peer, "ACK", "c1", 1, "", "", NULL, NULL);
	/* the answer that crossed it is no longer possible, and harmless */
	bed_command(&bed, SIP_ANSWER, event.leg, 0);
	CHECK(!bed_has(&bed, SIP_ENDED, 50));
	sip_peer_close(&peer);
	bed_stop(&bed);
}

TEST(our_hang_up_sends_bye_and_rejection_a_final_answer)
{
	struct sip_event event;
	struct peer peer;
	struct bed bed;
	char tag[128];

	CHECK(bed_start(&bed, 10));
	CHECK(sip_peer_open(&peer, bed.udp, false));
	bed_configure(&bed, peer.port, 0);
	CHECK(call_up(&bed, &peer, "h1", &event, tag, sizeof(tag)));
	bed_command(&bed, SIP_HANG_UP, event.leg, 0);
	CHECK(bed_wait(&bed, SIP_ENDED, &event));
	CHECK(!event.is_remote);
	CHECK_STR(event.reason, "normal");
	CHECK(peer_expect(&peer, "BYE "));
	CHECK(strstr(peer_header(&peer, "To"), "tag=f-h1"));
	peer_answer(&peer, 200, "OK", "", NULL, NULL);
	CHECK(call_in(&bed, &peer, "h2", &event));
	bed_command(&bed, SIP_REJECT, event.leg, 486);
	CHECK(peer_expect(&peer, "SIP/2.0 486"));
	CHECK(bed_wait(&bed, SIP_ENDED, &event));
	CHECK_STR(event.reason, "busy");
	sip_peer_close(&peer);
	bed_stop(&bed);
}

TEST(hang_up_before_the_ack_waits_for_it_with_the_bye)
{
	struct sip_event event;
	struct peer peer;
	struct bed bed;

	CHECK(bed_start(&bed, 10));
	CHECK(sip_peer_open(&peer, bed.udp, false));
	bed_configure(&bed, peer.port, 0);
	CHECK(call_in(&bed, &peer, "b1", &event));
	bed_command(&bed, SIP_ANSWER, event.leg, 0);
	CHECK(peer_expect(&peer, "SIP/2.0 200"));
	bed_command(&bed, SIP_HANG_UP, event.leg, 0);
	CHECK(bed_wait(&bed, SIP_ENDED, &event));
	CHECK(peer_expect(&peer, "SIP/2.0 200"));
	peer_request(&peer, "ACK", "b1", 1, peer_to_tag(&peer), "", NULL, NULL);
	CHECK(peer_expect(&peer, "BYE "));
	peer_answer(&peer, 200, "OK", "", NULL, NULL);
	sip_peer_close(&peer);
	bed_stop(&bed);
}

static void call_out(struct bed *bed, const struct peer *peer, uint64_t leg, int timeout_s)
{
	struct sip_command c = {.kind = SIP_CALL, .leg = leg, .sdp = bed_sdp(41000)};

	c.call.to = SIP_TO_URI;
	c.call.timeout_s = timeout_s;
	(void)str_printf(c.call.uri, sizeof(c.call.uri), "sip:agent@127.0.0.1:%u", peer->port);
	(void)str_put(c.call.from_number, sizeof(c.call.from_number), "+98211234");
	(void)str_put(c.call.from_name, sizeof(c.call.from_name), "Reza \"the\" K");
	(void)sip_send(bed->sip, &c);
}

TEST(outgoing_call_rings_is_answered_and_hung_up)
{
	struct sip_event event;
	struct peer peer;
	struct bed bed;

	CHECK(bed_start(&bed, 10));
	CHECK(sip_peer_open(&peer, bed.udp, false));
	call_out(&bed, &peer, 900, 30);
	CHECK(peer_expect(&peer, "INVITE sip:agent@127.0.0.1"));
	CHECK(strstr(peer_header(&peer, "From"), "\"Reza \\\"the\\\" K\" <sip:+98211234@"));
	CHECK(strstr(peer.in, "m=audio 41000 "));
	peer_answer(&peer, 180, "Ringing", "", NULL, NULL);
	CHECK(bed_wait(&bed, SIP_RINGING, &event));
	CHECK(!event.has_sdp);
	peer_answer(&peer, 200, "OK", "", "application/sdp", peer_sdp(31000, "sendrecv"));
	CHECK(bed_wait(&bed, SIP_ANSWERED, &event));
	CHECK(event.leg == 900 && event.has_sdp && event.sdp.port == 31000);
	char answer[MESSAGE_MAX];
	memcpy(answer, peer.in, sizeof(answer));
	CHECK(peer_expect(&peer, "ACK sip:peer@127.0.0.1"));
	memcpy(peer.in, answer, sizeof(answer));
	peer_answer(&peer, 200, "OK", "", "application/sdp", peer_sdp(31000, "sendrecv"));
	CHECK(peer_expect(&peer, "ACK ")); /* the first was lost: again */
	bed_command(&bed, SIP_HANG_UP, 900, 0);
	CHECK(bed_wait(&bed, SIP_ENDED, &event));
	CHECK(peer_expect(&peer, "BYE sip:peer@127.0.0.1"));
	peer_answer(&peer, 200, "OK", "", NULL, NULL);
	sip_peer_close(&peer);
	bed_stop(&bed);
}

TEST(outgoing_call_refused_says_why)
{
	static const struct {
		int code;
		const char *cause;
	} cases[] = {
		{486, "busy"}, {603, "declined"}, {480, "no_answer"}, {404, "unreachable"}, {500, "error"}};
	struct sip_event event;
	struct peer peer;
	struct bed bed;

	CHECK(bed_start(&bed, 10));
	CHECK(sip_peer_open(&peer, bed.udp, false));
	for (int i = 0; i < 5; i++) {
		call_out(&bed, &peer, (uint64_t)(100 + i), 30);
		CHECK(peer_expect(&peer, "INVITE "));
		peer_answer(&peer, cases[i].code, "No", "", NULL, NULL);
		CHECK(bed_wait(&bed, SIP_ENDED, &event));
		CHECK_INT(event.code, cases[i].code);
		CHECK_STR(event.reason, cases[i].cause);
		CHECK(event.is_remote);
		CHECK(peer_expect(&peer, "ACK "));
	}
	sip_peer_close(&peer);
	bed_stop(&bed);
}

TEST(hang_up_while_ringing_cancels_and_a_crossing_answer_gets_bye)
{
	struct sip_event event;
	struct peer peer;
	struct bed bed;
	char invite[MESSAGE_MAX];

	CHECK(bed_start(&bed, 10));
	CHECK(sip_peer_open(&peer, bed.udp, false));
	call_out(&bed, &peer, 901, 30);
	CHECK(peer_expect(&peer, "INVITE "));
	memcpy(invite, peer.in, sizeof(invite));
	peer_answer(&peer, 180, "Ringing", "", NULL, NULL);
	CHECK(bed_wait(&bed, SIP_RINGING, &event));
	bed_command(&bed, SIP_HANG_UP, 901, 0);
	CHECK(bed_wait(&bed, SIP_ENDED, &event));
	CHECK_STR(event.reason, "cancelled");
	CHECK(peer_expect(&peer, "CANCEL "));
	peer_answer(&peer, 200, "OK", "", NULL, NULL);
	memcpy(peer.in, invite, sizeof(invite));
	peer_answer(&peer, 200, "OK", "", "application/sdp", peer_sdp(31000, "sendrecv"));
	CHECK(peer_expect(&peer, "ACK "));
	CHECK(peer_expect(&peer, "BYE "));
	peer_answer(&peer, 200, "OK", "", NULL, NULL);
	CHECK(!bed_has(&bed, SIP_ANSWERED, 50));
	sip_peer_close(&peer);
	bed_stop(&bed);
}

TEST(unanswered_in_time_is_no_answer)
{
	struct sip_event event;
	struct peer peer;
	struct bed bed;

	CHECK(bed_start(&bed, 10));
	CHECK(sip_peer_open(&peer, bed.udp, false));
	call_out(&bed, &peer, 902, 1);
	CHECK(peer_expect(&peer, "INVITE "));
	peer_answer(&peer, 180, "Ringing", "", NULL, NULL);
	CHECK(bed_wait(&bed, SIP_ENDED, &event));
	CHECK_INT(event.code, 408);
	CHECK_STR(event.reason, "no_answer");
	CHECK(peer_expect(&peer, "CANCEL "));
	sip_peer_close(&peer);
	bed_stop(&bed);
}

TEST(trunk_call_answers_the_digest_challenge)
{
	struct sip_command c = {.kind = SIP_CALL, .leg = 903, .sdp = bed_sdp(41000)};
	struct sip_event event;
	struct peer peer;
	struct bed bed;

	CHECK(bed_start(&bed, 10));
	CHECK(sip_peer_open(&peer, bed.udp, false));
	bed_configure(&bed, peer.port, 1);
	c.call.to = SIP_TO_TRUNK;
	c.call.trunk = 7;
	(void)str_put(c.call.uri, sizeof(c.call.uri), "021 55#");
	CHECK_INT(sip_send(bed.sip, &c), 0);
	CHECK(peer_expect(&peer, "INVITE sip:02155%23@127.0.0.1"));
	peer_answer(&peer, 407, "Auth",
		"Proxy-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\"\r\n", NULL, NULL);
	CHECK(peer_expect(&peer, "ACK "));
	CHECK(peer_expect(&peer, "INVITE "));
	CHECK(strstr(peer_header(&peer, "Proxy-Authorization"), "username=\"trunk-login\""));
	CHECK(!strstr(peer.in, "trunk-secret"));
	c.leg = 904; /* one more than calls_max */
	CHECK_INT(sip_send(bed.sip, &c), 0);
	CHECK(bed_wait(&bed, SIP_ENDED, &event));
	CHECK(event.leg == 904 && event.code == 503);
	peer_answer(&peer, 200, "OK", "", "application/sdp", peer_sdp(31000, "sendrecv"));
	CHECK(bed_wait(&bed, SIP_ANSWERED, &event));
	CHECK_INT(event.trunk, 7);
	sip_peer_close(&peer);
	bed_stop(&bed);
}

TEST(a_call_that_cannot_start_ends_all_the_same)
{
	struct sip_command c = {.kind = SIP_CALL, .leg = 905, .sdp = bed_sdp(41000)};
	struct sip_event event;
	struct bed bed;

	CHECK(bed_start(&bed, 10));
	c.call.to = SIP_TO_URI;
	(void)str_put(c.call.uri, sizeof(c.call.uri), "sip:a@b\r\nX: y");
	CHECK_INT(sip_send(bed.sip, &c), 0);
	CHECK(bed_wait(&bed, SIP_ENDED, &event));
	CHECK_INT(event.code, 484);
	c.call.to = SIP_TO_USER;
	c.call.user = 42;
	CHECK_INT(sip_send(bed.sip, &c), 0);
	CHECK(bed_wait(&bed, SIP_ENDED, &event));
	CHECK_INT(event.code, 480);
	c.call.to = SIP_TO_TRUNK;
	CHECK_INT(sip_send(bed.sip, &c), 0);
	CHECK(bed_wait(&bed, SIP_ENDED, &event));
	CHECK_INT(event.code, 503);
	bed_stop(&bed);
}

TEST(a_listener_on_every_address_writes_one_that_works)
{
	struct sip_event event;
	struct peer peer, tcp;
	struct bed bed;
	char want[64];

	CHECK(bed_start_at(&bed, "0.0.0.0", 10));
	CHECK(sip_peer_open(&peer, bed.udp, false));
	bed_configure(&bed, peer.port, 0);
	CHECK(call_in(&bed, &peer, "w1", &event));
	bed_command(&bed, SIP_RING, event.leg, 0);
	CHECK(peer_expect(&peer, "SIP/2.0 180"));
	(void)str_printf(want, sizeof(want), "<sip:127.0.0.1:%u>", bed.udp);
	CHECK_STR(peer_header(&peer, "Contact"), want);
	call_out(&bed, &peer, 910, 5);
	CHECK(peer_expect(&peer, "INVITE "));
	CHECK_STR(peer_header(&peer, "Contact"), want);
	CHECK(strstr(peer_header(&peer, "Via"), "127.0.0.1:"));
	CHECK(sip_peer_open(&tcp, bed.tcp, true));
	peer_request(&tcp, "OPTIONS", "w2", 1, "", "", NULL, NULL);
	CHECK(peer_expect(&tcp, "SIP/2.0 200"));
	sip_peer_close(&tcp);
	sip_peer_close(&peer);
	bed_stop(&bed);
}

TEST(a_call_offered_without_sdp_gets_its_answer_with_the_ack)
{
	struct sip_event event;
	struct peer peer;
	struct bed bed;
	char tag[128];

	CHECK(bed_start(&bed, 10));
	CHECK(sip_peer_open(&peer, bed.udp, false));
	bed_configure(&bed, peer.port, 0);
	peer_request(&peer, "INVITE", "n1", 1, "", "", NULL, NULL);
	CHECK(bed_wait(&bed, SIP_INCOMING, &event));
	CHECK(!event.has_sdp);
	bed_command(&bed, SIP_ANSWER, event.leg, 0);
	CHECK(peer_expect(&peer, "SIP/2.0 200"));
	CHECK(strstr(peer.in, "m=audio 40000"));
	(void)str_put(tag, sizeof(tag), peer_to_tag(&peer));
	peer_request(&peer, "ACK", "n1", 1, tag, "", "application/sdp", peer_sdp(30010, "sendrecv"));
	CHECK(bed_wait(&bed, SIP_ANSWERED, &event));
	CHECK(event.has_sdp && event.sdp.port == 30010);
	sip_peer_close(&peer);
	bed_stop(&bed);
}

TEST(stopping_hangs_up_live_calls)
{
	struct sip_event event;
	struct peer peer;
	struct bed bed;
	char tag[128];

	CHECK(bed_start(&bed, 10));
	CHECK(sip_peer_open(&peer, bed.udp, false));
	bed_configure(&bed, peer.port, 0);
	CHECK(call_up(&bed, &peer, "z1", &event, tag, sizeof(tag)));
	CHECK(call_in(&bed, &peer, "z2", &event));
	bed_stop(&bed);
	CHECK(peer_expect(&peer, "BYE "));
	sip_peer_close(&peer);
}

TEST(hold_by_the_peer_is_answered_in_kind_and_told)
{
	struct sip_event event;
	struct peer peer;
	struct bed bed;
	char tag[128];

	CHECK(bed_start(&bed, 10));
	CHECK(sip_peer_open(&peer, bed.udp, false));
	bed_configure(&bed, peer.port, 0);
	CHECK(call_up(&bed, &peer, "r1", &event, tag, sizeof(tag)));
	peer_request(&peer, "INVITE", "r1", 2, tag, "", "application/sdp", peer_sdp(30002, "sendonly"));
	CHECK(bed_wait(&bed, SIP_REINVITED, &event));
	CHECK(event.sdp.port == 30002 && event.sdp.direction == SDP_SENDONLY);
	CHECK(peer_expect(&peer, "SIP/2.0 200"));
	CHECK(strstr(peer.in, "a=recvonly"));
	peer_request(&peer, "ACK", "r1", 2, tag, "", NULL, NULL);
	peer_request(&peer, "INVITE", "r1", 3, tag, "", "application/sdp", "v=0\r\nnonsense\r\n");
	CHECK(peer_expect_for(&peer, "SIP/2.0 488", "INVITE"));
	peer_request(&peer, "ACK", "r1", 3, "", "", NULL, NULL);
	CHECK(!bed_has(&bed, SIP_ENDED, 50)); /* a refused change ends nothing */
	sip_peer_close(&peer);
	bed_stop(&bed);
}

TEST(our_reinvite_survives_491_and_refusal)
{
	struct sip_event event;
	struct peer peer;
	struct bed bed;
	char tag[128];

	CHECK(bed_start(&bed, 10));
	CHECK(sip_peer_open(&peer, bed.udp, false));
	bed_configure(&bed, peer.port, 0);
	CHECK(call_up(&bed, &peer, "m1", &event, tag, sizeof(tag)));
	bed_command(&bed, SIP_REINVITE, event.leg, 0);
	CHECK(peer_expect(&peer, "INVITE "));
	peer_answer(&peer, 491, "Request Pending", "", NULL, NULL);
	CHECK(peer_expect(&peer, "ACK "));
	CHECK(peer_expect(&peer, "INVITE "));
	peer_answer(&peer, 200, "OK", "", "application/sdp", peer_sdp(30004, "sendrecv"));
	CHECK(peer_expect(&peer, "ACK "));
	CHECK(bed_wait(&bed, SIP_REINVITED, &event));
	CHECK_INT(event.sdp.port, 30004);
	bed_command(&bed, SIP_REINVITE, event.leg, 0);
	CHECK(peer_expect(&peer, "INVITE "));
	peer_answer(&peer, 488, "No", "", NULL, NULL);
	CHECK(peer_expect(&peer, "ACK "));
	CHECK(!bed_has(&bed, SIP_ENDED, 50));
	sip_peer_close(&peer);
	bed_stop(&bed);
}

#define T38_BODY                                                                                             \
	"v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=image 30010 udptl "      \
	"t38\r\n"

TEST(t38_is_refused_until_we_are_ready_then_answered)
{
	struct sip_command c = {.kind = SIP_LOCAL};
	struct sip_event event;
	struct peer peer;
	struct bed bed;
	char tag[128];

	CHECK(bed_start(&bed, 10));
	CHECK(sip_peer_open(&peer, bed.udp, false));
	bed_configure(&bed, peer.port, 0);
	CHECK(call_up(&bed, &peer, "t1", &event, tag, sizeof(tag)));
	peer_request(&peer, "INVITE", "t1", 2, tag, "", "application/sdp", T38_BODY);
	CHECK(peer_expect_for(&peer, "SIP/2.0 488", "INVITE"));
	peer_request(&peer, "ACK", "t1", 2, "", "", NULL, NULL);
	c.leg = event.leg;
	c.sdp = bed_sdp(20000);
	c.sdp.is_t38_ready = true;
	CHECK_INT(sip_send(bed.sip, &c), 0);
	bed_settle(&bed);
	peer_request(&peer, "INVITE", "t1", 3, tag, "", "application/sdp", T38_BODY);
	CHECK(bed_wait(&bed, SIP_REINVITED, &event));
	CHECK(event.sdp.t38.is_there && event.sdp.t38.port == 30010);
	CHECK(peer_expect_for(&peer, "SIP/2.0 200", "INVITE"));
	CHECK(strstr(peer.in, "m=image 20000 udptl t38"));
	peer_request(&peer, "ACK", "t1", 3, tag, "", NULL, NULL);
	sip_peer_close(&peer);
	bed_stop(&bed);
}

TEST(our_t38_is_taken_or_the_call_goes_on_as_sound)
{
	struct sip_command c = {.kind = SIP_REINVITE};
	struct sip_event event;
	struct peer peer;
	struct bed bed;
	char tag[128];

	CHECK(bed_start(&bed, 10));
	CHECK(sip_peer_open(&peer, bed.udp, false));
	bed_configure(&bed, peer.port, 0);
	CHECK(call_up(&bed, &peer, "t2", &event, tag, sizeof(tag)));
	c.leg = event.leg;
	c.sdp = bed_sdp(20000);
	c.sdp.is_t38_ready = c.sdp.is_t38_wanted = true;
	CHECK_INT(sip_send(bed.sip, &c), 0);
	CHECK(peer_expect(&peer, "INVITE "));
	CHECK(strstr(peer.in, "m=image 20000 udptl t38") && !strstr(peer.in, "m=audio"));
	peer_answer(&peer, 488, "Not Acceptable Here", "", NULL, NULL);
	CHECK(peer_expect(&peer, "ACK "));
	/* What is offered later is sound again. */
	peer_request(&peer, "INVITE", "t2", 2, tag, "", NULL, NULL);
	CHECK(peer_expect_for(&peer, "SIP/2.0 200", "INVITE"));
	CHECK(strstr(peer.in, "m=audio 20000"));
	peer_request(&peer, "ACK", "t2", 2, tag, "", "application/sdp", peer_sdp(30000, "sendrecv"));
	CHECK(bed_wait(&bed, SIP_REINVITED, &event));
	CHECK_INT(sip_send(bed.sip, &c), 0);
	CHECK(peer_expect(&peer, "INVITE "));
	peer_answer(&peer, 200, "OK", "", "application/sdp", T38_BODY);
	CHECK(peer_expect(&peer, "ACK "));
	CHECK(bed_wait(&bed, SIP_REINVITED, &event));
	CHECK(event.sdp.t38.is_there && !event.sdp.has_audio);
	sip_peer_close(&peer);
	bed_stop(&bed);
}

TEST(dtmf_by_info_both_ways)
{
	struct sip_command c = {.kind = SIP_DTMF_INFO, .dtmf = {'7', 200}};
	struct sip_event event;
	struct peer peer;
	struct bed bed;
	char tag[128];

	CHECK(bed_start(&bed, 10));
	CHECK(sip_peer_open(&peer, bed.udp, false));
	bed_configure(&bed, peer.port, 0);
	CHECK(call_up(&bed, &peer, "d1", &event, tag, sizeof(tag)));
	c.leg = event.leg;
	peer_request(
		&peer, "INFO", "d1", 2, tag, "", "application/dtmf-relay", "Signal= 5\r\nDuration= 250\r\n");
	CHECK(bed_wait(&bed, SIP_DTMF, &event));
	CHECK(event.digit == '5' && event.duration_ms == 250);
	CHECK(peer_expect_for(&peer, "SIP/2.0 200", "INFO"));
	peer_request(&peer, "INFO", "d1", 3, tag, "", "application/dtmf-relay", "Signal=11\r\n");
	CHECK(bed_wait(&bed, SIP_DTMF, &event));
	CHECK_INT(event.digit, '#');
	peer_request(&peer, "INFO", "d1", 4, tag, "", "application/dtmf", "*");
	CHECK(bed_wait(&bed, SIP_DTMF, &event));
	CHECK_INT(event.digit, '*');
	peer_request(&peer, "INFO", "d1", 5, tag, "", "application/xml", "<a/>");
	CHECK(peer_expect_for(&peer, "SIP/2.0 415", "INFO"));
	peer_request(&peer, "INFO", "d1", 6, tag, "", "application/dtmf-relay", "Signal=99\r\n");
	CHECK(peer_expect_for(&peer, "SIP/2.0 400", "INFO"));
	CHECK_INT(sip_send(bed.sip, &c), 0);
	CHECK(peer_expect(&peer, "INFO "));
	CHECK(strstr(peer.in, "Signal=7\r\nDuration=200\r\n"));
	/* The next one waits for the answer, and keeps its place. */
	c.dtmf.digit = '8';
	CHECK_INT(sip_send(bed.sip, &c), 0);
	c.dtmf.digit = '9';
	CHECK_INT(sip_send(bed.sip, &c), 0);
	peer_answer(&peer, 200, "OK", "", NULL, NULL);
	CHECK(peer_expect(&peer, "INFO "));
	CHECK(strstr(peer.in, "Signal=8\r\n"));
	peer_answer(&peer, 415, "Unsupported Media Type", "", NULL, NULL);
	CHECK(bed_wait(&bed, SIP_DTMF_REFUSED, &event));
	CHECK(event.digit == '8' && event.duration_ms == 200 && event.code == 415);
	CHECK(peer_expect(&peer, "INFO "));
	CHECK(strstr(peer.in, "Signal=9\r\n")); /* lost on the way with the call: nothing is told */
	sip_peer_close(&peer);
	bed_stop(&bed);
}

TEST(refer_is_accepted_and_the_transferor_told_how_it_went)
{
	struct sip_event event;
	struct peer peer;
	struct bed bed;
	char tag[128];

	CHECK(bed_start(&bed, 10));
	CHECK(sip_peer_open(&peer, bed.udp, false));
	bed_configure(&bed, peer.port, 0);
	CHECK(call_up(&bed, &peer, "x1", &event, tag, sizeof(tag)));
	peer_request(&peer, "REFER", "x1", 2, tag, "Refer-To: <sip:2002@test.example>\r\n", NULL, NULL);
	CHECK(bed_wait(&bed, SIP_REFERRED, &event));
	CHECK_STR(event.uri, "sip:2002@test.example");
	CHECK_STR(event.to_number, "2002");
	CHECK(peer_expect(&peer, "SIP/2.0 202"));
	CHECK(peer_expect(&peer, "NOTIFY "));
	CHECK(strstr(peer.in, "SIP/2.0 100 Trying"));
	peer_answer(&peer, 200, "OK", "", NULL, NULL);
	bed_command(&bed, SIP_HANG_UP, event.leg, 0);
	CHECK(peer_expect(&peer, "NOTIFY "));
	CHECK(strstr(peer.in, "SIP/2.0 200 OK") &&
		strstr(peer_header(&peer, "Subscription-State"), "terminated"));
	CHECK(peer_expect(&peer, "BYE "));
	sip_peer_close(&peer);
	bed_stop(&bed);
}

TEST(a_full_owner_refuses_calls_and_hears_of_the_end_later)
{
	struct sip_event event;
	struct peer peer;
	struct bed bed;
	char tag[128];

	CHECK(bed_start(&bed, 10));
	CHECK(sip_peer_open(&peer, bed.udp, false));
	bed_configure(&bed, peer.port, 0);
	CHECK(call_up(&bed, &peer, "f1", &event, tag, sizeof(tag)));
	__atomic_store_n(&bed.is_full, true, __ATOMIC_RELAXED);
	peer_request(&peer, "INVITE", "f2", 1, "", "", "application/sdp", peer_sdp(30000, "sendrecv"));
	CHECK(peer_expect(&peer, "SIP/2.0 503"));
	peer_request(&peer, "BYE", "f1", 2, tag, "", NULL, NULL);
	CHECK(peer_expect_for(&peer, "SIP/2.0 200", "BYE"));
	__atomic_store_n(&bed.is_full, false, __ATOMIC_RELAXED);
	CHECK(bed_wait(&bed, SIP_ENDED, &event));
	CHECK(!bed_has(&bed, SIP_ENDED, 50));
	sip_peer_close(&peer);
	bed_stop(&bed);
}
