/* What ends by itself: states whose deadline is half a minute away. A suite of its own, for it waits in real
 * time. */
#include "sip/test_sip.h"
#include "base/clock.h"
#include "base/str.h"

#define PROTOCOL_MS 45000 /* 64*T1 and some */

static bool wait_ended(struct bed *bed, struct sip_event *ret_event)
{
	for (int64_t until = clock_mono_ms() + PROTOCOL_MS; clock_mono_ms() < until;)
		if (bed_wait(bed, SIP_ENDED, ret_event))
			return true;
	return false;
}

TEST(without_ack_or_any_answer_a_leg_still_ends)
{
	struct sip_command c = {.kind = SIP_CALL, .leg = 77, .sdp = bed_sdp(41000)};
	struct sip_event event;
	struct peer peer, silent;
	struct bed bed;
	int64_t start;

	CHECK(bed_start(&bed, 10));
	CHECK(sip_peer_open(&peer, bed.udp, false));
	CHECK(sip_peer_open(&silent, bed.udp, false));
	bed_configure(&bed, peer.port, 0);
	/* a peer silent from the start is given up early */
	c.call.to = SIP_TO_URI;
	c.call.timeout_s = 60;
	(void)str_printf(c.call.uri, sizeof(c.call.uri), "sip:a@127.0.0.1:%u", silent.port);
	start = clock_mono_ms();
	CHECK_INT(sip_send(bed.sip, &c), 0);
	/* and a caller who never acknowledges */
	peer_request(&peer, "INVITE", "noack", 1, "", "", "application/sdp", peer_sdp(30000, "sendrecv"));
	CHECK(bed_wait(&bed, SIP_INCOMING, &event));
	uint64_t leg = event.leg;
	bed_command(&bed, SIP_ANSWER, leg, 0);
	CHECK(wait_ended(&bed, &event));
	CHECK_INT(event.leg, 77);
	CHECK_STR(event.reason, "unreachable");
	CHECK(clock_mono_ms() - start < 15000);
	CHECK(wait_ended(&bed, &event));
	CHECK(event.leg == leg);
	CHECK_STR(event.reason, "unreachable");
	CHECK(peer_expect(&peer, "BYE "));
	sip_peer_close(&peer);
	sip_peer_close(&silent);
	bed_stop(&bed);
}
