/* A recording session (RFC 7866) against a scripted recorder: what the INVITE says, what the answer means,
 * re-INVITEs both ways. */
#include "sip/test_sip.h"
#include "base/str.h"
#include "sip/siprec_sdp.h"

#include <stdio.h>

static const char answer_sdp[] = "v=0\r\no=srs 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
				 "m=audio 31000 RTP/AVP 0\r\na=label:1\r\na=recvonly\r\n"
				 "m=audio 31002 RTP/AVP 0\r\na=label:2\r\na=recvonly\r\n";

static struct siprec *session(const char *metadata, enum sdp_direction direction)
{
	struct siprec *s = siprec_new();

	if (!s)
		return NULL;
	s->second = bed_sdp(42002);
	s->second.direction = direction;
	(void)str_put(s->labels[0], sizeof(s->labels[0]), "1");
	(void)str_put(s->labels[1], sizeof(s->labels[1]), "2");
	(void)str_put(s->metadata, sizeof(s->metadata), metadata);
	return s;
}

static void send_with(struct bed *bed, struct sip_command *c)
{
	if (!c->siprec || sip_send(bed->sip, c) < 0)
		siprec_free(c->siprec);
}

static void call_recorder(struct bed *bed, const struct peer *peer)
{
	struct sip_command c = {
		.kind = SIP_CALL, .leg = 700, .sdp = bed_sdp(42000), .call = {.timeout_s = 20}};

	c.sdp.direction = SDP_SENDONLY;
	c.siprec = session("<recording>one</recording>", SDP_SENDONLY);
	(void)str_printf(c.call.uri, sizeof(c.call.uri), "sip:srs@127.0.0.1:%u", peer->port);
	(void)str_put(c.call.from_number, sizeof(c.call.from_number), "markaz");
	send_with(bed, &c);
}

static bool bring_up(struct bed *bed, struct peer *peer, struct sip_event *ret_event)
{
	if (!bed_start(bed, 10) || !sip_peer_open(peer, bed->udp, false))
		return false;
	call_recorder(bed, peer);
	if (!peer_expect(peer, "INVITE sip:srs@127.0.0.1"))
		return false;
	peer_answer(peer, 200, "OK", "", "application/sdp", answer_sdp);
	return bed_wait(bed, SIP_ANSWERED, ret_event) && peer_expect(peer, "ACK ");
}

TEST(the_invite_says_who_records_whom)
{
	struct sip_event event;
	struct peer peer;
	struct bed bed;

	CHECK(bed_start(&bed, 10));
	CHECK(sip_peer_open(&peer, bed.udp, false));
	call_recorder(&bed, &peer);
	CHECK(peer_expect(&peer, "INVITE sip:srs@127.0.0.1"));
	CHECK_STR(peer_header(&peer, "Require"), "siprec");
	CHECK(strstr(peer_header(&peer, "Contact"), ">;+sip.src"));
	CHECK(str_starts_with(peer_header(&peer, "Content-Type"), "multipart/mixed;boundary="));
	char *first = strstr(peer.in, "m=audio 42000 RTP/AVP 0 101\r\n");
	char *second = strstr(peer.in, "m=audio 42002 RTP/AVP 0 101\r\n");
	CHECK(first && second && first < second);
	CHECK(strstr(first, "a=label:1\r\n") < second && strstr(second, "a=label:2\r\n"));
	CHECK(strstr(first, "a=sendonly") < second && strstr(second, "a=sendonly"));
	char *xml = strstr(second, "Content-Type: application/rs-metadata+xml\r\n");
	CHECK(xml &&
		strstr(xml,
			"Content-Disposition: recording-session\r\n\r\n<recording>one</recording>\r\n--"));
	/* one session line for both */
	CHECK(!strstr(strstr(peer.in, "v=0") + 3, "v=0"));
	peer_answer(&peer, 486, "Busy Here", "", NULL, NULL);
	CHECK(bed_wait(&bed, SIP_ENDED, &event));
	CHECK_STR(event.reason, "busy");
	sip_peer_close(&peer);
	bed_stop(&bed);
}

TEST(both_lines_of_the_answer_are_told_and_pauses_go_out)
{
	struct sip_command c = {.kind = SIP_REINVITE, .leg = 700, .sdp = bed_sdp(42000)};
	struct sip_event event;
	struct peer peer;
	struct bed bed;

	CHECK(bring_up(&bed, &peer, &event));
	CHECK_INT(event.sdp.port, 31000);
	CHECK_INT(event.second.port, 31002);
	CHECK_STR(event.second.address, "127.0.0.1");
	CHECK_INT(event.second.format.codec, SDP_PCMU);
	c.sdp.direction = SDP_INACTIVE;
	c.siprec = session("<recording>two</recording>", SDP_INACTIVE);
	send_with(&bed, &c);
	CHECK(peer_expect(&peer, "INVITE "));
	CHECK(strstr(peer.in, "a=inactive") && !strstr(peer.in, "a=sendonly"));
	CHECK(strstr(peer.in, "<recording>two</recording>"));
	CHECK_STR(peer_header(&peer, "Require"), "siprec");
	peer_answer(&peer, 200, "OK", "", "application/sdp", answer_sdp);
	CHECK(bed_wait(&bed, SIP_REINVITED, &event));
	CHECK_INT(event.second.port, 31002);
	bed_command(&bed, SIP_HANG_UP, 700, 0);
	CHECK(peer_expect(&peer, "BYE "));
	peer_answer(&peer, 200, "OK", "", NULL, NULL);
	sip_peer_close(&peer);
	bed_stop(&bed);
}

TEST(a_refused_second_line_is_told_as_port_zero)
{
	struct sip_event event;
	struct peer peer;
	struct bed bed;

	CHECK(bed_start(&bed, 10));
	CHECK(sip_peer_open(&peer, bed.udp, false));
	call_recorder(&bed, &peer);
	CHECK(peer_expect(&peer, "INVITE "));
	peer_answer(&peer, 200, "OK", "", "application/sdp", peer_sdp(31000, "recvonly"));
	CHECK(bed_wait(&bed, SIP_ANSWERED, &event));
	CHECK_INT(event.sdp.port, 31000);
	CHECK_INT(event.second.port, 0);
	sip_peer_close(&peer);
	bed_stop(&bed);
}

TEST(lines_are_cut_out_of_hostile_text)
{
	static const char *const bad[] = {"", "v=0\r\n", "m=audio", "m=audio \r\nm=audio \r\n",
		"m=\nm=\nm=audio 1\n", "v=0\r\nm=audio 1 RTP/AVP 0\r\n"};
	struct sdp sdp;

	CHECK_INT(siprec_sdp_read(answer_sdp, strlen(answer_sdp), 0, &sdp), 0);
	CHECK_INT(sdp.port, 31000);
	CHECK_INT(siprec_sdp_read(answer_sdp, strlen(answer_sdp), 1, &sdp), 0);
	CHECK_INT(sdp.port, 31002);
	CHECK_INT(siprec_sdp_read(answer_sdp, strlen(answer_sdp), 2, &sdp), SDP_NO_AUDIO);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		CHECK(siprec_sdp_read(bad[i], strlen(bad[i]), 1, &sdp) > 0);
	CHECK_INT(sdp.port, 31002);
}
