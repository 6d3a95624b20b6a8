/* Reliable provisional responses and forked calls against a scripted peer over real sockets. */
#include "sip/test_sip.h"
#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>

static bool start(struct bed *bed, struct peer *peer)
{
	if (!bed_start(bed, 10) || !sip_peer_open(peer, bed->udp, false))
		return false;
	bed_configure(bed, peer->port, 0);
	return true;
}

static void call_out(struct bed *bed, const struct peer *peer, uint64_t leg)
{
	struct sip_command c = {.kind = SIP_CALL, .leg = leg, .sdp = bed_sdp(41000)};

	c.call.to = SIP_TO_URI;
	c.call.timeout_s = 30;
	(void)str_printf(c.call.uri, sizeof(c.call.uri), "sip:agent@127.0.0.1:%u", peer->port);
	(void)sip_send(bed->sip, &c);
}

/* PRACK for the reliable response in peer->in. */
static void prack(struct peer *peer, const char *id, int cseq, const char *type, const char *body)
{
	char rack[64], tag[128];

	(void)str_put(tag, sizeof(tag), peer_to_tag(peer));
	(void)str_printf(rack, sizeof(rack), "RAck: %s 1 INVITE\r\n", peer_header(peer, "RSeq"));
	peer_request(peer, "PRACK", id, cseq, tag, rack, type, body);
}

TEST(a_reliable_183_is_repeated_until_prack_and_the_200_says_nothing_new)
{
	struct sip_event event;
	char tag[128], rseq[32];
	struct peer peer;
	struct bed bed;

	CHECK(start(&bed, &peer));
	peer_request(&peer, "INVITE", "r1", 1, "", "Supported: 100rel\r\n", "application/sdp",
		peer_sdp(30000, "sendrecv"));
	CHECK(bed_wait(&bed, SIP_INCOMING, &event));
	bed_command(&bed, SIP_RING, event.leg, 0);
	CHECK(peer_expect(&peer, "SIP/2.0 180"));
	CHECK_STR(peer_header(&peer, "RSeq"), ""); /* nothing depends on it */
	bed_command(&bed, SIP_PROGRESS, event.leg, 0);
	CHECK(peer_expect(&peer, "SIP/2.0 183"));
	(void)str_put(rseq, sizeof(rseq), peer_header(&peer, "RSeq"));
	CHECK(atoi(rseq) > 0 && strstr(peer_header(&peer, "Require"), "100rel"));
	CHECK(strstr(peer.in, "m=audio 40000"));
	CHECK(peer_expect(&peer, "SIP/2.0 183")); /* once more, the same */
	CHECK_STR(peer_header(&peer, "RSeq"), rseq);
	(void)str_put(tag, sizeof(tag), peer_to_tag(&peer));
	bed_command(&bed, SIP_ANSWER, event.leg, 0); /* waits for the PRACK */
	bed_settle(&bed);
	peer_request(&peer, "PRACK", "r1", 2, tag, "RAck: 1 1 INVITE\r\n", NULL, NULL);
	CHECK(peer_expect_for(&peer, "SIP/2.0 481", "PRACK"));
	peer_request(&peer, "PRACK", "r1", 3, tag, "RAck: nonsense\r\n", NULL, NULL);
	CHECK(peer_expect_for(&peer, "SIP/2.0 481", "PRACK"));
	CHECK(peer_expect(&peer, "SIP/2.0 183"));
	prack(&peer, "r1", 4, NULL, NULL);
	CHECK(peer_expect_for(&peer, "SIP/2.0 200", "PRACK"));
	CHECK(peer_expect_for(&peer, "SIP/2.0 200", "INVITE"));
	CHECK_STR(peer_header(&peer, "Content-Length"), "0");
	peer_request(&peer, "ACK", "r1", 1, tag, "", NULL, NULL);
	CHECK(bed_wait(&bed, SIP_ANSWERED, &event));
	sip_peer_close(&peer);
	bed_stop(&bed);
}

TEST(who_requires_100rel_gets_each_provisional_response_after_the_other)
{
	struct sip_event event;
	char tag[128];
	struct peer peer;
	struct bed bed;
	int first;

	CHECK(start(&bed, &peer));
	peer_request(&peer, "INVITE", "q1", 1, "", "Require: 100rel\r\n", "application/sdp",
		peer_sdp(30000, "sendrecv"));
	CHECK(bed_wait(&bed, SIP_INCOMING, &event));
	bed_command(&bed, SIP_RING, event.leg, 0);
	bed_command(&bed, SIP_PROGRESS, event.leg, 0);
	CHECK(peer_expect(&peer, "SIP/2.0 180"));
	first = atoi(peer_header(&peer, "RSeq"));
	(void)str_put(tag, sizeof(tag), peer_to_tag(&peer));
	CHECK(peer_expect(&peer, "SIP/2.0 180")); /* not 183 yet */
	prack(&peer, "q1", 2, NULL, NULL);
	CHECK(peer_expect(&peer, "SIP/2.0 183"));
	CHECK_INT(atoi(peer_header(&peer, "RSeq")), first + 1);
	CHECK(strstr(peer.in, "m=audio 40000"));
	prack(&peer, "q1", 3, NULL, NULL);
	CHECK(peer_expect_for(&peer, "SIP/2.0 200", "PRACK"));
	/* All is agreed: the early call can be changed by UPDATE, and CANCEL still ends it. */
	peer_request(&peer, "UPDATE", "q1", 4, tag, "", "application/sdp", peer_sdp(30006, "sendonly"));
	CHECK(bed_wait(&bed, SIP_REINVITED, &event));
	CHECK_INT(event.sdp.port, 30006);
	CHECK(peer_expect_for(&peer, "SIP/2.0 200", "UPDATE"));
	CHECK(strstr(peer.in, "a=recvonly"));
	peer_request(&peer, "CANCEL", "q1", 1, "", "", NULL, NULL);
	CHECK(bed_wait(&bed, SIP_ENDED, &event));
	CHECK_STR(event.reason, "cancelled");
	CHECK(peer_expect_for(&peer, "SIP/2.0 487", "INVITE"));
	sip_peer_close(&peer);
	bed_stop(&bed);
}

TEST(an_offer_in_the_183_is_answered_in_the_prack)
{
	struct sip_event event;
	char tag[128];
	struct peer peer;
	struct bed bed;

	CHECK(start(&bed, &peer));
	peer_request(&peer, "INVITE", "o1", 1, "", "Require: 100rel\r\n", NULL, NULL);
	CHECK(bed_wait(&bed, SIP_INCOMING, &event));
	CHECK(!event.has_sdp);
	bed_command(&bed, SIP_RING, event.leg, 0); /* would have to carry an offer: not sent */
	bed_command(&bed, SIP_PROGRESS, event.leg, 0);
	CHECK(peer_expect(&peer, "SIP/2.0 18"));
	CHECK(strstr(peer.in, "SIP/2.0 183") && strstr(peer.in, "m=audio 40000"));
	(void)str_put(tag, sizeof(tag), peer_to_tag(&peer));
	prack(&peer, "o1", 2, "application/sdp", peer_sdp(30008, "sendrecv"));
	CHECK(bed_wait(&bed, SIP_REINVITED, &event));
	CHECK_INT(event.sdp.port, 30008);
	CHECK(peer_expect_for(&peer, "SIP/2.0 200", "PRACK"));
	CHECK_STR(peer_header(&peer, "Content-Length"), "0");
	bed_command(&bed, SIP_ANSWER, event.leg, 0);
	CHECK(peer_expect_for(&peer, "SIP/2.0 200", "INVITE"));
	CHECK_STR(peer_header(&peer, "Content-Length"), "0");
	peer_request(&peer, "ACK", "o1", 1, tag, "", NULL, NULL);
	CHECK(bed_wait(&bed, SIP_ANSWERED, &event));
	CHECK(!event.has_sdp);
	sip_peer_close(&peer);
	bed_stop(&bed);
}

/* A response to the INVITE in invite from one of several telephones behind a fork. */
static void fork_answers(
	struct peer *peer, const char *invite, const char *tag, int code, const char *more, const char *body)
{
	memcpy(peer->in, invite, MESSAGE_MAX);
	peer_send(peer,
		"SIP/2.0 %d Fine\r\nVia: %s\r\nFrom: %s\r\nTo: %s;tag=%s\r\nCall-ID: %s\r\nCSeq: "
		"%s\r\nContact: "
		"<sip:%s@127.0.0.1:%u>\r\n%s%sContent-Length: %zu\r\n\r\n%s",
		code, peer_header(peer, "Via"), peer_header(peer, "From"), peer_header(peer, "To"), tag,
		peer_header(peer, "Call-ID"), peer_header(peer, "CSeq"), tag, peer->port, more,
		body ? "Content-Type: application/sdp\r\n" : "", body ? strlen(body) : 0, body ? body : "");
}

TEST(reliable_responses_are_acknowledged_once_and_in_order)
{
	char invite[MESSAGE_MAX], cseq[32], rack[64];
	struct sip_event event;
	struct peer peer;
	struct bed bed;

	CHECK(start(&bed, &peer));
	call_out(&bed, &peer, 900);
	CHECK(peer_expect(&peer, "INVITE "));
	CHECK(strstr(peer_header(&peer, "Supported"), "100rel"));
	memcpy(invite, peer.in, sizeof(invite));
	(void)str_put(cseq, sizeof(cseq), peer_header(&peer, "CSeq"));
	fork_answers(&peer, invite, "a", 183, "Require: 100rel\r\nRSeq: 77\r\n", peer_sdp(31000, "sendrecv"));
	CHECK(bed_wait(&bed, SIP_RINGING, &event));
	CHECK(event.has_sdp && event.sdp.port == 31000);
	CHECK(peer_expect(&peer, "PRACK sip:a@127.0.0.1"));
	(void)str_printf(rack, sizeof(rack), "77 %s", cseq);
	CHECK_STR(peer_header(&peer, "RAck"), rack);
	CHECK(atoi(peer_header(&peer, "CSeq")) == atoi(cseq) + 1);
	peer_answer(&peer, 200, "OK", "", NULL, NULL);
	/* Repeated, and one too early: neither says anything. */
	fork_answers(&peer, invite, "a", 183, "Require: 100rel\r\nRSeq: 77\r\n", peer_sdp(31000, "sendrecv"));
	fork_answers(&peer, invite, "a", 180, "Require: 100rel\r\nRSeq: 79\r\n", NULL);
	fork_answers(&peer, invite, "a", 180, "Require: 100rel\r\nRSeq: 78\r\n", NULL);
	CHECK(peer_expect(&peer, "PRACK "));
	(void)str_printf(rack, sizeof(rack), "78 %s", cseq);
	CHECK_STR(peer_header(&peer, "RAck"), rack);
	peer_answer(&peer, 200, "OK", "", NULL, NULL);
	/* What the early call plays changes by UPDATE; the 200 has no SDP any more. */
	memcpy(peer.in, invite, sizeof(invite));
	peer_send(&peer,
		"UPDATE sip:x@127.0.0.1:%u SIP/2.0\r\nVia: SIP/2.0/UDP "
		"127.0.0.1:%u;branch=z9hG4bK-u1;rport\r\nFrom: <sip:a@127.0.0.1>;tag=a\r\nTo: "
		"%s\r\nCall-ID: %s\r\nCSeq: 5 UPDATE\r\nContact: <sip:a@127.0.0.1:%u>\r\nContent-Type: "
		"application/sdp\r\nContent-Length: %zu\r\n\r\n%s",
		bed.udp, peer.port, peer_header(&peer, "From"), peer_header(&peer, "Call-ID"), peer.port,
		strlen(peer_sdp(31002, "sendrecv")), peer_sdp(31002, "sendrecv"));
	CHECK(bed_wait(&bed, SIP_RINGING, &event));
	CHECK(event.has_sdp && event.sdp.port == 31002);
	CHECK(peer_expect_for(&peer, "SIP/2.0 200", "UPDATE"));
	CHECK(strstr(peer.in, "m=audio 41000"));
	fork_answers(&peer, invite, "a", 200, "", NULL);
	CHECK(bed_wait(&bed, SIP_ANSWERED, &event));
	CHECK(event.has_sdp && event.sdp.port == 31002);
	CHECK(peer_expect(&peer, "ACK sip:a@127.0.0.1"));
	bed_command(&bed, SIP_HANG_UP, 900, 0);
	CHECK(peer_expect(&peer, "BYE "));
	CHECK(atoi(peer_header(&peer, "CSeq")) > atoi(cseq) + 2);
	peer_answer(&peer, 200, "OK", "", NULL, NULL);
	sip_peer_close(&peer);
	bed_stop(&bed);
}

TEST(of_a_forked_call_the_first_answer_wins_and_the_others_get_ack_and_bye)
{
	char invite[MESSAGE_MAX];
	struct sip_event event;
	struct peer peer;
	struct bed bed;

	CHECK(start(&bed, &peer));
	call_out(&bed, &peer, 901);
	CHECK(peer_expect(&peer, "INVITE "));
	memcpy(invite, peer.in, sizeof(invite));
	fork_answers(&peer, invite, "a", 183, "", peer_sdp(31000, "sendrecv"));
	CHECK(bed_wait(&bed, SIP_RINGING, &event));
	CHECK_INT(event.sdp.port, 31000);
	fork_answers(&peer, invite, "b", 183, "Require: 100rel\r\nRSeq: 5\r\n", peer_sdp(31010, "sendrecv"));
	CHECK(bed_wait(&bed, SIP_RINGING, &event));
	CHECK_INT(event.sdp.port, 31010);
	CHECK(peer_expect(&peer, "PRACK sip:b@"));
	peer_answer(&peer, 200, "OK", "", NULL, NULL);
	fork_answers(&peer, invite, "a", 200, "", peer_sdp(31002, "sendrecv"));
	CHECK(bed_wait(&bed, SIP_ANSWERED, &event));
	CHECK_INT(event.sdp.port, 31002);
	CHECK(peer_expect(&peer, "ACK sip:a@"));
	for (int i = 0; i < 2; i++) { /* one we heard ringing, one we never heard of */
		char tag[2] = {(char)('b' + i), '\0'}, start_with[16];
		fork_answers(&peer, invite, tag, 200, "", peer_sdp(31012, "sendrecv"));
		(void)str_printf(start_with, sizeof(start_with), "ACK sip:%s@", tag);
		CHECK(peer_expect(&peer, start_with));
		CHECK(strstr(peer_header(&peer, "To"), tag));
		(void)str_printf(start_with, sizeof(start_with), "BYE sip:%s@", tag);
		CHECK(peer_expect(&peer, start_with));
		peer_answer(&peer, 200, "OK", "", NULL, NULL);
		fork_answers(&peer, invite, tag, 200, "", peer_sdp(31012, "sendrecv"));
		CHECK(peer_expect(&peer, "ACK ")); /* the first was lost */
	}
	CHECK(!bed_has(&bed, SIP_ENDED, 50));
	bed_command(&bed, SIP_HANG_UP, 901, 0);
	CHECK(peer_expect(&peer, "BYE sip:a@"));
	peer_answer(&peer, 200, "OK", "", NULL, NULL);
	sip_peer_close(&peer);
	bed_stop(&bed);
}
