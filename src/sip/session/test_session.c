/* Session timers, UPDATE and glare against a scripted peer over real sockets. */
#include "sip/test_sip.h"
#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>

static bool start(struct bed *bed, struct peer *peer, int expires_s)
{
	struct sip_config config = {.legs_max = 10, .session_expires_s = expires_s, .session_min_s = 2};

	(void)str_put(config.listen[0].address, sizeof(config.listen[0].address), "127.0.0.1");
	if (!bed_start_with(bed, &config) || !sip_peer_open(peer, bed->udp, false))
		return false;
	bed_configure(bed, peer->port, 0);
	return true;
}

/* An answered incoming call whose INVITE has more header lines; leaves the 200 in answer. */
static bool call_up(struct bed *bed, struct peer *peer, const char *id, const char *more,
	struct sip_event *ret_event, char *ret_tag, char *ret_answer)
{
	peer_request(peer, "INVITE", id, 1, "", more, "application/sdp", peer_sdp(30000, "sendrecv"));
	if (!bed_wait(bed, SIP_INCOMING, ret_event))
		return false;
	bed_command(bed, SIP_ANSWER, ret_event->leg, 0);
	if (!peer_expect(peer, "SIP/2.0 200"))
		return false;
	(void)str_put(ret_tag, 128, peer_to_tag(peer));
	if (ret_answer)
		memcpy(ret_answer, peer->in, MESSAGE_MAX);
	peer_request(peer, "ACK", id, 1, ret_tag, "", NULL, NULL);
	return bed_wait(bed, SIP_ANSWERED, ret_event);
}

static void call_out(struct bed *bed, const struct peer *peer, uint64_t leg)
{
	struct sip_command c = {.kind = SIP_CALL, .leg = leg, .sdp = bed_sdp(41000)};

	c.call.to = SIP_TO_URI;
	c.call.timeout_s = 30;
	(void)str_printf(c.call.uri, sizeof(c.call.uri), "sip:agent@127.0.0.1:%u", peer->port);
	(void)sip_send(bed->sip, &c);
}

TEST(too_short_a_session_is_answered_422_and_taken_with_more)
{
	char tag[128], answer[MESSAGE_MAX];
	struct sip_event event;
	struct peer peer;
	struct bed bed;

	CHECK(start(&bed, &peer, 0));
	peer_request(&peer, "INVITE", "s1", 1, "", "Supported: timer\r\nSession-Expires: 1\r\n",
		"application/sdp", peer_sdp(30000, "sendrecv"));
	CHECK(peer_expect(&peer, "SIP/2.0 422"));
	CHECK_STR(peer_header(&peer, "Min-SE"), "2");
	peer_request(&peer, "ACK", "s1", 1, "", "", NULL, NULL);
	CHECK(call_up(&bed, &peer, "s2",
		"k: replaces, timer\r\nRequire: timer\r\nSession-Expires: 3600;refresher=uac\r\n", &event,
		tag, answer));
	memcpy(peer.in, answer, sizeof(answer));
	CHECK_STR(peer_header(&peer, "Session-Expires"), "3600;refresher=uac");
	CHECK_STR(peer_header(&peer, "Require"), "timer");
	CHECK(strstr(peer_header(&peer, "Allow"), "UPDATE"));
	CHECK(strstr(peer_header(&peer, "Supported"), "timer"));
	/* One who knows no timers is not refused, and is not refreshed more often than we take. */
	CHECK(call_up(&bed, &peer, "s3", "Session-Expires: 1\r\n", &event, tag, answer));
	memcpy(peer.in, answer, sizeof(answer));
	CHECK_STR(peer_header(&peer, "Session-Expires"), "");
	/* A proxy asked on behalf of one who knows none: we refresh. */
	CHECK(call_up(&bed, &peer, "s4", "Session-Expires: 1800\r\n", &event, tag, answer));
	memcpy(peer.in, answer, sizeof(answer));
	CHECK_STR(peer_header(&peer, "Session-Expires"), "1800;refresher=uas");
	CHECK_STR(peer_header(&peer, "Require"), "");
	sip_peer_close(&peer);
	bed_stop(&bed);
}

TEST(an_unknown_requirement_is_named_among_known_ones)
{
	struct peer peer;
	struct bed bed;

	CHECK(start(&bed, &peer, 0));
	peer_request(&peer, "INVITE", "q1", 1, "", "Require: timer, levitation\r\n", "application/sdp",
		peer_sdp(30000, "sendrecv"));
	CHECK(peer_expect(&peer, "SIP/2.0 420"));
	CHECK_STR(peer_header(&peer, "Unsupported"), "levitation");
	sip_peer_close(&peer);
	bed_stop(&bed);
}

TEST(a_session_the_peer_does_not_refresh_ends_with_its_reason)
{
	struct sip_event event;
	struct peer peer;
	struct bed bed;
	char tag[128];

	CHECK(start(&bed, &peer, 0));
	CHECK(call_up(&bed, &peer, "e1", "Supported: timer\r\nSession-Expires: 2;refresher=uac\r\n", &event,
		tag, NULL));
	/* A refresh by UPDATE keeps it. */
	peer_request(&peer, "UPDATE", "e1", 2, tag,
		"Supported: timer\r\nSession-Expires: 3;refresher=uac\r\n", NULL, NULL);
	CHECK(peer_expect_for(&peer, "SIP/2.0 200", "UPDATE"));
	CHECK_STR(peer_header(&peer, "Session-Expires"), "3;refresher=uac");
	CHECK(strstr(peer_header(&peer, "Contact"), "<sip:127.0.0.1:"));
	CHECK(bed_wait(&bed, SIP_ENDED, &event));
	CHECK_INT(event.code, 408);
	CHECK_STR(event.reason, "unreachable");
	CHECK_STR(event.text, "session timer expired");
	CHECK(!event.is_remote);
	CHECK(peer_expect(&peer, "BYE "));
	CHECK(strstr(peer_header(&peer, "Reason"), "session timer expired"));
	sip_peer_close(&peer);
	bed_stop(&bed);
}

TEST(we_refresh_by_update_and_a_refusal_ends_nothing)
{
	struct sip_event event;
	struct peer peer;
	struct bed bed;
	char tag[128];

	CHECK(start(&bed, &peer, 0));
	CHECK(call_up(&bed, &peer, "u1",
		"Supported: timer\r\nAllow: INVITE, ACK, BYE, UPDATE\r\nSession-Expires: "
		"2;refresher=uas\r\n",
		&event, tag, NULL));
	CHECK(peer_expect(&peer, "UPDATE sip:1001@127.0.0.1"));
	CHECK_STR(peer_header(&peer, "Session-Expires"), "2;refresher=uac");
	CHECK_STR(peer_header(&peer, "Content-Length"), "0");
	CHECK(strstr(peer_header(&peer, "Contact"), "<sip:127.0.0.1:"));
	peer_answer(&peer, 488, "No", "", NULL, NULL);
	CHECK(peer_expect(&peer, "UPDATE "));
	peer_answer(&peer, 200, "OK", "Session-Expires: 2;refresher=uac\r\nRequire: timer\r\n", NULL, NULL);
	CHECK(peer_expect(&peer, "UPDATE "));
	peer_answer(&peer, 422, "Too Small", "Min-SE: 4\r\n", NULL, NULL);
	CHECK(peer_expect(&peer, "UPDATE "));
	CHECK_STR(peer_header(&peer, "Session-Expires"), "4;refresher=uac");
	CHECK_STR(peer_header(&peer, "Min-SE"), "4");
	peer_answer(&peer, 481, "Gone", "", NULL, NULL);
	CHECK(bed_wait(&bed, SIP_ENDED, &event));
	CHECK_STR(event.reason, "unreachable");
	sip_peer_close(&peer);
	bed_stop(&bed);
}

TEST(who_does_not_know_update_is_refreshed_by_reinvite_with_the_same_sdp)
{
	struct sip_event event;
	char first[64], answer[MESSAGE_MAX], tag[128];
	struct peer peer;
	struct bed bed;
	const char *o;

	CHECK(start(&bed, &peer, 0));
	CHECK(call_up(&bed, &peer, "i1",
		"Supported: timer\r\nAllow: INVITE, ACK, BYE, UPDATE\r\nSession-Expires: "
		"2;refresher=uas\r\n",
		&event, tag, answer));
	o = strstr(answer, "\r\no=");
	CHECK(o);
	(void)str_put_n(first, sizeof(first), o + 2, strcspn(o + 2, "\r"));
	CHECK(peer_expect(&peer, "UPDATE "));
	peer_answer(&peer, 501, "Not Implemented", "", NULL, NULL);
	CHECK(peer_expect(&peer, "INVITE "));
	CHECK(strstr(peer.in, first)); /* nothing changed: the version says so */
	CHECK_STR(peer_header(&peer, "Session-Expires"), "2;refresher=uac");
	peer_answer(&peer, 200, "OK", "Session-Expires: 2;refresher=uac\r\n", "application/sdp",
		peer_sdp(30000, "sendrecv"));
	CHECK(peer_expect(&peer, "ACK "));
	CHECK(peer_expect(&peer, "INVITE "));
	peer_answer(&peer, 486, "Busy", "", NULL, NULL);
	CHECK(peer_expect(&peer, "ACK "));
	CHECK(peer_expect(&peer, "INVITE ")); /* the call goes on, and is asked about again */
	sip_peer_close(&peer);
	bed_stop(&bed);
}

TEST(our_calls_ask_for_a_timer_and_take_a_larger_minimum)
{
	struct sip_event event;
	struct peer peer;
	struct bed bed;

	CHECK(start(&bed, &peer, 100));
	call_out(&bed, &peer, 900);
	CHECK(peer_expect(&peer, "INVITE "));
	CHECK_STR(peer_header(&peer, "Session-Expires"), "100");
	CHECK_STR(peer_header(&peer, "Min-SE"), "2");
	peer_answer(&peer, 422, "Session Interval Too Small", "Min-SE: 200\r\n", NULL, NULL);
	CHECK(peer_expect(&peer, "ACK "));
	CHECK(peer_expect(&peer, "INVITE "));
	CHECK_STR(peer_header(&peer, "Session-Expires"), "200");
	CHECK_STR(peer_header(&peer, "Min-SE"), "200");
	/* The peer refreshes, and it does not: less than the least we take is no reason to hurry. */
	peer_answer(&peer, 200, "OK", "Session-Expires: 1;refresher=uas\r\n", "application/sdp",
		peer_sdp(31000, "sendrecv"));
	CHECK(peer_expect(&peer, "ACK "));
	CHECK(bed_wait(&bed, SIP_ANSWERED, &event));
	CHECK(bed_wait(&bed, SIP_ENDED, &event));
	CHECK_STR(event.text, "session timer expired");
	call_out(&bed, &peer, 901);
	CHECK(peer_expect(&peer, "INVITE "));
	peer_answer(&peer, 422, "Session Interval Too Small", "Min-SE: 50\r\n", NULL, NULL);
	CHECK(bed_wait(&bed, SIP_ENDED, &event)); /* makes no sense: asked enough already */
	CHECK_INT(event.code, 422);
	sip_peer_close(&peer);
	bed_stop(&bed);
}

TEST(update_changes_the_media_and_every_way_to_hold_is_answered_in_kind)
{
	static const struct {
		const char *theirs, *ours;
	} cases[] = {{"sendonly", "a=recvonly"}, {"inactive", "a=inactive"}, {"recvonly", "a=sendonly"},
		{"sendrecv", "a=sendrecv"}};
	struct sip_event event;
	struct peer peer;
	struct bed bed;
	char tag[128];
	int cseq = 2;

	CHECK(start(&bed, &peer, 0));
	CHECK(call_up(&bed, &peer, "h1", "", &event, tag, NULL));
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		peer_request(&peer, "UPDATE", "h1", cseq++, tag, "", "application/sdp",
			peer_sdp(30002, cases[i].theirs));
		CHECK(bed_wait(&bed, SIP_REINVITED, &event));
		CHECK_INT(event.sdp.port, 30002);
		CHECK(peer_expect_for(&peer, "SIP/2.0 200", "UPDATE"));
		CHECK(strstr(peer.in, cases[i].ours));
		peer_request(&peer, "INVITE", "h1", cseq, tag, "", "application/sdp",
			peer_sdp(30004, cases[i].theirs));
		CHECK(bed_wait(&bed, SIP_REINVITED, &event));
		CHECK(peer_expect_for(&peer, "SIP/2.0 200", "INVITE"));
		CHECK(strstr(peer.in, cases[i].ours));
		peer_request(&peer, "ACK", "h1", cseq++, tag, "", NULL, NULL);
	}
	peer_request(&peer, "UPDATE", "h1", cseq++, tag, "", "application/sdp",
		"v=0\r\no=- 1 9 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\nm=audio 30002 "
		"RTP/AVP "
		"0\r\n");
	CHECK(bed_wait(&bed, SIP_REINVITED, &event));
	CHECK(!event.sdp.address[0] || strcmp(event.sdp.address, "0.0.0.0") == 0);
	CHECK(peer_expect_for(&peer, "SIP/2.0 200", "UPDATE"));
	peer_request(&peer, "UPDATE", "h1", cseq++, tag, "", "application/sdp",
		"v=0\r\no=- 1 10 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 30002 "
		"RTP/AVP "
		"18\r\n");
	CHECK(peer_expect_for(&peer, "SIP/2.0 488", "UPDATE"));
	CHECK(!bed_has(&bed, SIP_ENDED, 50));
	sip_peer_close(&peer);
	bed_stop(&bed);
}

TEST(update_before_the_answer_is_told_to_come_again)
{
	struct sip_event event;
	struct peer peer;
	struct bed bed;
	char tag[128];

	CHECK(start(&bed, &peer, 0));
	peer_request(&peer, "INVITE", "p1", 1, "", "", "application/sdp", peer_sdp(30000, "sendrecv"));
	CHECK(bed_wait(&bed, SIP_INCOMING, &event));
	bed_command(&bed, SIP_RING, event.leg, 0);
	CHECK(peer_expect(&peer, "SIP/2.0 180"));
	(void)str_put(tag, sizeof(tag), peer_to_tag(&peer));
	peer_request(&peer, "UPDATE", "p1", 2, tag, "", "application/sdp", peer_sdp(30002, "sendrecv"));
	CHECK(peer_expect_for(&peer, "SIP/2.0 500", "UPDATE"));
	CHECK(peer_header(&peer, "Retry-After")[0]);
	bed_command(&bed, SIP_ANSWER, event.leg, 0);
	CHECK(peer_expect_for(&peer, "SIP/2.0 200", "INVITE"));
	peer_request(&peer, "ACK", "p1", 1, tag, "", NULL, NULL);
	CHECK(bed_wait(&bed, SIP_ANSWERED, &event));
	sip_peer_close(&peer);
	bed_stop(&bed);
}

TEST(glare_is_491_for_both_and_the_peers_next_try_is_taken)
{
	char ours[MESSAGE_MAX], tag[128];
	struct sip_event event;
	struct peer peer;
	struct bed bed;

	CHECK(start(&bed, &peer, 0));
	call_out(&bed, &peer, 910); /* we made the Call-ID: our next try waits longer than the peer's */
	CHECK(peer_expect(&peer, "INVITE "));
	memcpy(ours, peer.in, sizeof(ours));
	peer_answer(&peer, 200, "OK", "", "application/sdp", peer_sdp(31000, "sendrecv"));
	CHECK(peer_expect(&peer, "ACK "));
	CHECK(bed_wait(&bed, SIP_ANSWERED, &event));
	bed_command(&bed, SIP_REINVITE, 910, 0);
	CHECK(peer_expect(&peer, "INVITE "));
	memcpy(ours, peer.in, sizeof(ours));
	(void)str_put(tag, sizeof(tag), strstr(peer_header(&peer, "From"), ";tag=") + 5);
	for (int i = 0; i < 2; i++) {
		const char *method = i ? "UPDATE" : "INVITE";
		memcpy(peer.in, ours, sizeof(ours));
		peer_send(&peer,
			"%s sip:x@127.0.0.1:%u SIP/2.0\r\nVia: SIP/2.0/UDP "
			"127.0.0.1:%u;branch=z9hG4bK-g%d;rport\r\n"
			"From: <sip:peer@127.0.0.1>;tag=peer-tag\r\nTo: "
			"<sip:x@test.example>;tag=%s\r\nCall-ID: "
			"%s\r\nCSeq: %d %s\r\nContact: <sip:peer@127.0.0.1:%u>\r\nContent-Type: "
			"application/sdp\r\nContent-Length: %zu\r\n\r\n%s",
			method, bed.udp, peer.port, i, tag, peer_header(&peer, "Call-ID"), i + 1, method,
			peer.port, strlen(peer_sdp(31002, "sendrecv")), peer_sdp(31002, "sendrecv"));
		CHECK(peer_expect_for(&peer, "SIP/2.0 491", method));
	}
	memcpy(peer.in, ours, sizeof(ours));
	peer_answer(&peer, 491, "Request Pending", "", NULL, NULL);
	CHECK(peer_expect(&peer, "ACK "));
	/* The peer's turn comes first, and is taken while ours waits. */
	memcpy(peer.in, ours, sizeof(ours));
	peer_send(&peer,
		"UPDATE sip:x@127.0.0.1:%u SIP/2.0\r\nVia: SIP/2.0/UDP "
		"127.0.0.1:%u;branch=z9hG4bK-g9;rport\r\n"
		"From: <sip:peer@127.0.0.1>;tag=peer-tag\r\nTo: <sip:x@test.example>;tag=%s\r\nCall-ID: "
		"%s\r\nCSeq: 9 UPDATE\r\nContact: <sip:peer@127.0.0.1:%u>\r\nContent-Type: "
		"application/sdp\r\nContent-Length: %zu\r\n\r\n%s",
		bed.udp, peer.port, tag, peer_header(&peer, "Call-ID"), peer.port,
		strlen(peer_sdp(31004, "sendrecv")), peer_sdp(31004, "sendrecv"));
	CHECK(peer_expect_for(&peer, "SIP/2.0 200", "UPDATE"));
	CHECK(bed_wait(&bed, SIP_REINVITED, &event));
	CHECK_INT(event.sdp.port, 31004);
	CHECK(peer_expect(&peer, "INVITE "));
	peer_answer(&peer, 200, "OK", "", "application/sdp", peer_sdp(31006, "sendrecv"));
	CHECK(bed_wait(&bed, SIP_REINVITED, &event));
	CHECK_INT(event.sdp.port, 31006);
	sip_peer_close(&peer);
	bed_stop(&bed);
}

TEST(options_says_what_we_speak_and_message_is_refused_clearly)
{
	struct peer peer;
	struct bed bed;

	CHECK(start(&bed, &peer, 0));
	peer_request(&peer, "OPTIONS", "o1", 1, "", "", NULL, NULL);
	CHECK(peer_expect(&peer, "SIP/2.0 200"));
	CHECK(strstr(peer_header(&peer, "Allow"), "UPDATE"));
	CHECK(strstr(peer_header(&peer, "Supported"), "timer"));
	CHECK(strstr(peer_header(&peer, "Accept"), "application/sdp"));
	peer_request(&peer, "MESSAGE", "o2", 1, "", "", "text/plain", "hello");
	CHECK(peer_expect(&peer, "SIP/2.0 405"));
	CHECK(strstr(peer_header(&peer, "Allow"), "INVITE"));
	sip_peer_close(&peer);
	bed_stop(&bed);
}
