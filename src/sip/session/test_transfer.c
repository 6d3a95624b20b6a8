/* REFER both ways and INVITE with Replaces against a scripted peer over real sockets. */
#include "sip/test_sip.h"
#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>

static bool start(struct bed *bed, struct peer *peer)
{
	if (!bed_start(bed, 20) || !sip_peer_open(peer, bed->udp, false))
		return false;
	bed_configure(bed, peer->port, 0);
	return true;
}

static bool call_up(struct bed *bed, struct peer *peer, const char *id, uint64_t *ret_leg, char *ret_tag)
{
	struct sip_event event;

	peer_request(peer, "INVITE", id, 1, "", "", "application/sdp", peer_sdp(30000, "sendrecv"));
	if (!bed_wait(bed, SIP_INCOMING, &event))
		return false;
	*ret_leg = event.leg;
	bed_command(bed, SIP_ANSWER, event.leg, 0);
	if (!peer_expect_for(peer, "SIP/2.0 200", "INVITE"))
		return false;
	(void)str_put(ret_tag, 128, peer_to_tag(peer));
	peer_request(peer, "ACK", id, 1, ret_tag, "", NULL, NULL);
	return bed_wait(bed, SIP_ANSWERED, &event);
}

static void invite_replacing(struct peer *peer, const char *id, const char *replaces)
{
	char line[512];

	(void)str_printf(line, sizeof(line), "Replaces: %s\r\n", replaces);
	peer_request(peer, "INVITE", id, 1, "", line, "application/sdp", peer_sdp(30100, "sendrecv"));
}

TEST(another_dialog_takes_the_place_of_one_and_the_leg_goes_on)
{
	char tag[128], new_tag[128], replaces[300];
	struct sip_event event;
	struct peer peer;
	struct bed bed;
	uint64_t leg;

	CHECK(start(&bed, &peer));
	CHECK(call_up(&bed, &peer, "old", &leg, tag));
	(void)str_printf(replaces, sizeof(replaces), "old;to-tag=%s;from-tag=f-old", tag);
	invite_replacing(&peer, "new", replaces);
	CHECK(bed_wait(&bed, SIP_REINVITED, &event));
	CHECK(event.leg == leg && event.sdp.port == 30100);
	CHECK_STR(event.from_number, "1001");
	CHECK_STR(event.call_id, "new");
	/* Over UDP the BYE of the old one may come before or after the 200 of the new one. */
	CHECK(peer_expect(&peer, "SIP/2.0 200"));
	(void)str_put(new_tag, sizeof(new_tag), peer_to_tag(&peer));
	CHECK(strcmp(new_tag, tag) != 0);
	CHECK(peer_expect(&peer, "BYE "));
	CHECK_STR(peer_header(&peer, "Call-ID"), "old");
	peer_answer(&peer, 200, "OK", "", NULL, NULL);
	peer_request(&peer, "ACK", "new", 1, new_tag, "", NULL, NULL);
	peer_request(&peer, "BYE", "old", 2, tag, "", NULL, NULL);
	CHECK(!bed_has(&bed, SIP_ENDED, 50)); /* crossing goodbyes of the old one end nothing */
	peer_request(&peer, "UPDATE", "new", 2, new_tag, "", "application/sdp", peer_sdp(30102, "sendonly"));
	CHECK(bed_wait(&bed, SIP_REINVITED, &event));
	CHECK(event.leg == leg && event.sdp.port == 30102 && !event.from_number[0]);
	peer_request(&peer, "BYE", "new", 3, new_tag, "", NULL, NULL);
	CHECK(bed_wait(&bed, SIP_ENDED, &event));
	CHECK(event.leg == leg);
	sip_peer_close(&peer);
	bed_stop(&bed);
}

TEST(hang_up_of_a_replaced_call_waits_for_the_ack_too)
{
	char tag[128], replaces[300];
	struct sip_event event;
	struct peer peer;
	struct bed bed;
	uint64_t leg;

	CHECK(start(&bed, &peer));
	CHECK(call_up(&bed, &peer, "old", &leg, tag));
	(void)str_printf(replaces, sizeof(replaces), "old;from-tag=f-old;to-tag=%s", tag);
	invite_replacing(&peer, "new", replaces);
	CHECK(bed_wait(&bed, SIP_REINVITED, &event));
	bed_command(&bed, SIP_HANG_UP, leg, 0);
	CHECK(bed_wait(&bed, SIP_ENDED, &event));
	CHECK(peer_expect(&peer, "SIP/2.0 200"));
	(void)str_put(tag, sizeof(tag), peer_to_tag(&peer));
	CHECK(peer_expect(&peer, "SIP/2.0 200"));
	peer_request(&peer, "ACK", "new", 1, tag, "", NULL, NULL);
	do
		CHECK(peer_expect(&peer, "BYE "));
	while (strcmp(peer_header(&peer, "Call-ID"), "new") != 0);
	sip_peer_close(&peer);
	bed_stop(&bed);
}

TEST(replaces_is_refused_as_the_rfc_says)
{
	char tag[128], replaces[300];
	struct sip_event event;
	struct peer peer, stranger;
	struct bed bed;
	uint64_t leg;

	CHECK(start(&bed, &peer));
	CHECK(sip_peer_open(&stranger, bed.udp, false));
	CHECK(call_up(&bed, &peer, "old", &leg, tag));
	invite_replacing(&peer, "r1", "nobody;to-tag=a;from-tag=b");
	CHECK(peer_expect(&peer, "SIP/2.0 481"));
	invite_replacing(&peer, "r2", "old;to-tag=a");
	CHECK(peer_expect(&peer, "SIP/2.0 400"));
	(void)str_printf(replaces, sizeof(replaces), "old;to-tag=%s;from-tag=f-old;early-only", tag);
	invite_replacing(&peer, "r3", replaces);
	CHECK(peer_expect(&peer, "SIP/2.0 486"));
	replaces[strlen(replaces) - strlen(";early-only")] = '\0';
	invite_replacing(&stranger, "r4", replaces);
	CHECK(peer_expect(&stranger, "SIP/2.0 40")); /* 401 or 403: nobody we know */
	(void)str_printf(tag, sizeof(tag), "Replaces: %s\r\n", replaces);
	peer_request(&peer, "OPTIONS", "r5", 1, "", tag, NULL, NULL);
	CHECK(peer_expect(&peer, "SIP/2.0 400"));
	peer_request(&peer, "INVITE", "off", 1, "", "", "application/sdp", peer_sdp(30000, "sendrecv"));
	CHECK(bed_wait(&bed, SIP_INCOMING, &event));
	bed_command(&bed, SIP_RING, event.leg, 0);
	CHECK(peer_expect(&peer, "SIP/2.0 180"));
	(void)str_printf(tag, sizeof(tag), "off;to-tag=%s;from-tag=f-off", peer_to_tag(&peer));
	invite_replacing(&peer, "r6", tag); /* early, and not begun by us */
	CHECK(peer_expect(&peer, "SIP/2.0 481"));
	bed_command(&bed, SIP_HANG_UP, leg, 0);
	CHECK(peer_expect(&peer, "BYE "));
	invite_replacing(&peer, "r7", replaces); /* over already */
	CHECK(peer_expect(&peer, "SIP/2.0 603"));
	sip_peer_close(&stranger);
	sip_peer_close(&peer);
	bed_stop(&bed);
}

TEST(a_ringing_call_of_ours_is_picked_up_by_another_dialog)
{
	struct sip_command c = {.kind = SIP_CALL, .leg = 950, .sdp = bed_sdp(41000)};
	char replaces[400], ltag[64];
	struct sip_event event;
	struct peer peer;
	struct bed bed;

	CHECK(start(&bed, &peer));
	c.call.to = SIP_TO_TRUNK;
	c.call.trunk = 7;
	(void)str_put(c.call.uri, sizeof(c.call.uri), "200");
	CHECK_INT(sip_send(bed.sip, &c), 0);
	CHECK(peer_expect(&peer, "INVITE "));
	(void)str_put(ltag, sizeof(ltag), strstr(peer_header(&peer, "From"), ";tag=") + 5);
	peer_answer(&peer, 180, "Ringing", "", NULL, NULL);
	CHECK(bed_wait(&bed, SIP_RINGING, &event));
	(void)str_printf(replaces, sizeof(replaces), "%s;to-tag=%s;from-tag=peer-tag;early-only",
		peer_header(&peer, "Call-ID"), ltag);
	invite_replacing(&peer, "pick", replaces);
	CHECK(bed_wait(&bed, SIP_ANSWERED, &event));
	CHECK(event.leg == 950 && event.has_sdp && event.sdp.port == 30100);
	CHECK(peer_expect(&peer, "SIP/2.0 200"));
	peer_request(&peer, "ACK", "pick", 1, peer_to_tag(&peer), "", NULL, NULL);
	CHECK(peer_expect(&peer, "CANCEL "));
	CHECK(!bed_has(&bed, SIP_ENDED, 50));
	sip_peer_close(&peer);
	bed_stop(&bed);
}

TEST(refer_with_replaces_names_the_other_call_of_the_same_peer)
{
	char tag[128], other_tag[128], line[400];
	struct sip_event event;
	uint64_t leg, other;
	struct peer peer;
	struct bed bed;

	CHECK(start(&bed, &peer));
	CHECK(call_up(&bed, &peer, "one", &leg, tag));
	CHECK(call_up(&bed, &peer, "two@x", &other, other_tag));
	(void)str_printf(line, sizeof(line),
		"Refer-To: <sip:b@127.0.0.1?Replaces=two%%40x%%3Bto-tag%%3D%s%%3Bfrom-tag%%3Df-two%%40x>\r\n"
		"Referred-By: <sip:1001@test.example>\r\n",
		other_tag);
	peer_request(&peer, "REFER", "one", 2, tag, line, NULL, NULL);
	CHECK(bed_wait(&bed, SIP_REFERRED, &event));
	CHECK(event.leg == leg && event.other == other);
	CHECK_STR(event.uri, "sip:b@127.0.0.1");
	CHECK_STR(event.text, "<sip:1001@test.example>");
	CHECK(peer_expect(&peer, "SIP/2.0 202"));
	CHECK(peer_expect(&peer, "NOTIFY "));
	peer_answer(&peer, 200, "OK", "", NULL, NULL);
	struct sip_command done = {.kind = SIP_REFERRED_DONE, .leg = leg, .code = 603};
	(void)str_put(done.reason, sizeof(done.reason), "Decline");
	CHECK_INT(sip_send(bed.sip, &done), 0);
	CHECK(peer_expect(&peer, "NOTIFY "));
	CHECK(strstr(peer.in, "SIP/2.0 603 Decline") &&
		strstr(peer_header(&peer, "Subscription-State"), "terminated"));
	peer_answer(&peer, 200, "OK", "", NULL, NULL);
	peer_request(&peer, "REFER", "one", 3, tag,
		"Refer-To: <sip:b@127.0.0.1?Replaces=zz%3Bto-tag%3Da%3Bfrom-tag%3Db>\r\n", NULL, NULL);
	CHECK(peer_expect_for(&peer, "SIP/2.0 501", "REFER"));
	peer_request(&peer, "REFER", "one", 4, tag, "Refer-To: <sip:b@127.0.0.1?Subject=x>\r\n", NULL, NULL);
	CHECK(peer_expect_for(&peer, "SIP/2.0 501", "REFER"));
	peer_request(
		&peer, "REFER", "one", 5, tag, "Refer-To: <sip:b@127.0.0.1?Replaces=%zz>\r\n", NULL, NULL);
	CHECK(peer_expect_for(&peer, "SIP/2.0 400", "REFER"));
	/* Asked to keep quiet about it: no NOTIFY (RFC 4488). */
	peer_request(&peer, "REFER", "one", 6, tag, "Refer-To: <sip:b@127.0.0.1>\r\nRefer-Sub: false\r\n",
		NULL, NULL);
	CHECK(peer_expect_for(&peer, "SIP/2.0 202", "REFER"));
	CHECK_STR(peer_header(&peer, "Refer-Sub"), "false");
	bed_command(&bed, SIP_HANG_UP, leg, 0);
	CHECK(peer_receive(&peer, WAIT_MS));
	CHECK(strncmp(peer.in, "BYE ", 4) == 0);
	sip_peer_close(&peer);
	bed_stop(&bed);
}

static void fragment(struct peer *peer, const char *tag, int cseq, const char *state, const char *body)
{
	char more[128];

	(void)str_printf(more, sizeof(more), "Event: refer\r\nSubscription-State: %s\r\n", state);
	peer_request(peer, "NOTIFY", "t1", cseq, tag, more, "message/sipfrag;version=2.0", body);
}

TEST(our_refer_is_followed_to_its_end)
{
	struct sip_command c = {.kind = SIP_REFER};
	struct sip_event event;
	struct peer peer;
	struct bed bed;
	char tag[128];

	CHECK(start(&bed, &peer));
	CHECK(call_up(&bed, &peer, "t1", &c.leg, tag));
	fragment(&peer, tag, 2, "active", "SIP/2.0 100 Trying\r\n"); /* nobody asked */
	CHECK(peer_expect_for(&peer, "SIP/2.0 481", "NOTIFY"));
	(void)str_put(c.refer.uri, sizeof(c.refer.uri), "sip:+9821555@192.0.2.9");
	(void)str_put(c.refer.by, sizeof(c.refer.by), "1000");
	CHECK_INT(sip_send(bed.sip, &c), 0);
	CHECK(peer_expect(&peer, "REFER "));
	CHECK_STR(peer_header(&peer, "Refer-To"), "<sip:+9821555@192.0.2.9>");
	CHECK_STR(peer_header(&peer, "Referred-By"), "<sip:1000@test.example>");
	peer_answer(&peer, 202, "Accepted", "", NULL, NULL);
	fragment(&peer, tag, 3, "active;expires=60", "SIP/2.0 180 Ringing\r\n");
	CHECK(bed_wait(&bed, SIP_TRANSFERRED, &event));
	CHECK_INT(event.code, 180);
	CHECK(peer_expect_for(&peer, "SIP/2.0 200", "NOTIFY"));
	fragment(&peer, tag, 4, "terminated;reason=noresource", "SIP/2.0 200 OK\r\n");
	CHECK(bed_wait(&bed, SIP_TRANSFERRED, &event));
	CHECK_INT(event.code, 200);
	CHECK_INT(sip_send(bed.sip, &c), 0);
	CHECK(peer_expect(&peer, "REFER "));
	peer_answer(&peer, 603, "Decline", "", NULL, NULL);
	CHECK(bed_wait(&bed, SIP_TRANSFERRED, &event));
	CHECK_INT(event.code, 603);
	CHECK(!bed_has(&bed, SIP_ENDED, 50));
	(void)str_put(c.refer.uri, sizeof(c.refer.uri), "not an address");
	CHECK_INT(sip_send(bed.sip, &c), 0);
	CHECK(bed_wait(&bed, SIP_TRANSFERRED, &event));
	CHECK_INT(event.code, 400);
	CHECK_INT(sip_send(bed.sip, &c), 0);
	sip_peer_close(&peer);
	bed_stop(&bed);
}
