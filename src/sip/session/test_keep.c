/* A dialog that outlives its process: noted by one stack, made again by another one on another port. What the
 * media process would keep is kept here. */
#include "sip/test_sip.h"
#include "sip/sip_note.h"
#include "base/alloc.h"
#include "base/str.h"
#include "media/media.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct sip_note kept; /* the newest */

/* In place of the engine's. */
int media_keep(struct media *media, uint64_t leg, enum media_note note, const void *bytes, size_t n)
{
	(void)media;
	(void)leg;
	pthread_mutex_lock(&mutex);
	int err = note == MEDIA_NOTE_SIP ? sip_note_read(bytes, n, &kept) : -EINVAL;
	pthread_mutex_unlock(&mutex);
	return err;
}

static struct sip_note note(void)
{
	pthread_mutex_lock(&mutex);
	struct sip_note n = kept;
	pthread_mutex_unlock(&mutex);
	return n;
}

static bool start(struct bed *bed, struct peer *peer, bool is_restoring)
{
	static int anything;
	struct sip_config config = {
		.legs_max = 10, .media = (struct media *)(void *)&anything, .is_restoring = is_restoring};

	(void)str_put(config.listen[0].address, sizeof(config.listen[0].address), "127.0.0.1");
	if (!bed_start_with(bed, &config))
		return false;
	if (!is_restoring && !sip_peer_open(peer, bed->udp, false))
		return false;
	if (is_restoring && peer->port) { /* the same telephone talks to the next one */
		struct sockaddr_in to = {.sin_family = AF_INET,
			.sin_port = htons(bed->udp),
			.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
		peer->to_port = bed->udp;
		if (connect(peer->fd, (struct sockaddr *)&to, sizeof(to)) < 0)
			return false;
	}
	bed_configure(bed, peer->port, 0);
	return true;
}

static void restore(struct bed *bed, const struct sip_note *n)
{
	struct sip_command c = {.kind = SIP_RESTORE, .leg = n->leg, .interaction = 5};

	c.restore.note = alloc_dup(n, sizeof(*n));
	c.restore.n = sizeof(*n);
	(void)sip_send(bed->sip, &c);
	c = (struct sip_command){.kind = SIP_RESTORED};
	(void)sip_send(bed->sip, &c);
}

static bool call_in(
	struct bed *bed, struct peer *peer, const char *id, struct sip_event *ret_event, char *ret_tag)
{
	char route[80];

	(void)str_printf(route, sizeof(route), "Record-Route: <sip:127.0.0.1:%u;lr>\r\n", peer->port);
	peer_request(peer, "INVITE", id, 1, "", route, "application/sdp", peer_sdp(30000, "sendrecv"));
	if (!bed_wait(bed, SIP_INCOMING, ret_event))
		return false;
	bed_command(bed, SIP_ANSWER, ret_event->leg, 0);
	if (!peer_expect(peer, "SIP/2.0 200"))
		return false;
	(void)str_put(ret_tag, 128, peer_to_tag(peer));
	peer_request(peer, "ACK", id, 1, ret_tag, "", NULL, NULL);
	return bed_wait(bed, SIP_ANSWERED, ret_event);
}

static long cseq_of(const struct peer *peer)
{
	return strtol(peer_header(peer, "CSeq"), NULL, 10);
}

TEST(an_incoming_call_goes_on_in_the_next_process)
{
	struct bed first, next;
	struct sip_event event;
	struct peer peer;
	char tag[128], from[160];

	CHECK(start(&first, &peer, false));
	CHECK(call_in(&first, &peer, "k1", &event, tag));
	uint64_t leg = event.leg;
	bed_settle(&first);
	struct sip_note n = note();
	CHECK(n.leg == leg && n.trunk == 7 && !n.is_outgoing && n.has_local && n.has_remote);
	CHECK(start(&next, &peer, true));
	/* A BYE that comes too early is not refused: it comes again. */
	peer_request(&peer, "BYE", "unknown", 2, tag, "", NULL, NULL);
	peer_request(&peer, "OPTIONS", "behind", 1, "", "", NULL, NULL);
	CHECK(peer_receive(&peer, WAIT_MS));
	CHECK_STR(peer_header(&peer, "CSeq"), "1 OPTIONS");
	restore(&next, &n);
	CHECK(peer_receive(&peer, WAIT_MS));
	CHECK(str_starts_with(peer.in, "OPTIONS "));
	CHECK(cseq_of(&peer) > (long)n.cseq);
	(void)str_put(from, sizeof(from), peer_header(&peer, "From"));
	CHECK(strstr(from, tag));
	CHECK(strstr(peer_header(&peer, "Route"), ";lr>"));
	peer_answer(&peer, 200, "OK", "", NULL, NULL);
	peer_request(&peer, "BYE", "unknown", 3, tag, "", NULL, NULL);
	CHECK(peer_expect(&peer, "SIP/2.0 481")); /* all that are there are there now */
	/* ours */
	struct sip_command c = {.kind = SIP_REINVITE, .leg = leg, .sdp = bed_sdp(40002)};
	CHECK_INT(sip_send(next.sip, &c), 0);
	CHECK(peer_expect(&peer, "INVITE "));
	CHECK(strstr(peer.in, "m=audio 40002 "));
	peer_answer(&peer, 200, "OK", "", "application/sdp", peer_sdp(30000, "sendrecv"));
	CHECK(peer_expect(&peer, "ACK "));
	CHECK(bed_wait(&next, SIP_REINVITED, &event));
	CHECK(event.leg == leg);
	CHECK(note().cseq > n.cseq); /* noted again */
	/* theirs */
	peer_request(&peer, "BYE", "k1", 2, tag, "", NULL, NULL);
	CHECK(peer_expect(&peer, "SIP/2.0 200"));
	CHECK(bed_wait(&next, SIP_ENDED, &event));
	CHECK(event.leg == leg && event.is_remote);
	sip_peer_close(&peer);
	bed_stop(&next);
	bed_stop(&first);
}

TEST(an_outgoing_call_goes_on_in_the_next_process)
{
	struct bed first, next;
	struct sip_event event;
	struct peer peer;
	char id[128];

	CHECK(start(&first, &peer, false));
	struct sip_command c = {.kind = SIP_CALL, .leg = 77, .sdp = bed_sdp(41000)};
	c.call.to = SIP_TO_URI;
	c.call.timeout_s = 30;
	(void)str_printf(c.call.uri, sizeof(c.call.uri), "sip:agent@127.0.0.1:%u", peer.port);
	CHECK_INT(sip_send(first.sip, &c), 0);
	CHECK(peer_expect(&peer, "INVITE "));
	(void)str_put(id, sizeof(id), peer_header(&peer, "Call-ID"));
	peer_answer(&peer, 200, "OK", "", "application/sdp", peer_sdp(30000, "sendrecv"));
	CHECK(peer_expect(&peer, "ACK "));
	CHECK(bed_wait(&first, SIP_ANSWERED, &event));
	bed_settle(&first);
	struct sip_note n = note();
	CHECK(n.leg == 77 && n.is_outgoing);
	CHECK(start(&next, &peer, true));
	restore(&next, &n);
	CHECK(peer_expect(&peer, "OPTIONS "));
	CHECK_STR(peer_header(&peer, "Call-ID"), id);
	CHECK(cseq_of(&peer) > (long)n.cseq);
	/* The peer left meanwhile: it is known at once. */
	peer_answer(&peer, 481, "Call Does Not Exist", "", NULL, NULL);
	CHECK(bed_wait(&next, SIP_ENDED, &event));
	CHECK(event.leg == 77);
	CHECK_STR(event.reason, "unreachable");
	sip_peer_close(&peer);
	bed_stop(&next);
	bed_stop(&first);
}

TEST(a_note_that_is_none_ends_its_leg)
{
	struct bed bed;
	struct sip_event event;
	struct peer peer = {0};
	struct sip_note n = {.bytes = sizeof(n), .leg = 9};

	CHECK(start(&bed, &peer, true));
	restore(&bed, &n); /* nothing of a dialog in it */
	CHECK(bed_wait(&bed, SIP_ENDED, &event));
	CHECK(event.leg == 9);
	n.bytes--;
	n.leg = 10;
	restore(&bed, &n); /* of another program */
	CHECK(bed_wait(&bed, SIP_ENDED, &event));
	CHECK(event.leg == 10);
	bed_stop(&bed);
}

/* Each time a dialog is made again its CSeq jumps, within the 16 bits it can begin with. */
TEST(dialogs_begin_so_low_that_they_can_be_made_again_many_times)
{
	struct bed bed;
	struct sip_event event;
	struct peer peer;
	char tag[128], id[8];

	CHECK(start(&bed, &peer, false));
	for (int i = 0; i < 8; i++) {
		struct sip_command c = {.kind = SIP_CALL, .leg = 700 + (uint64_t)i, .sdp = bed_sdp(41000)};
		c.call.to = SIP_TO_URI;
		c.call.timeout_s = 30;
		(void)str_printf(c.call.uri, sizeof(c.call.uri), "sip:agent@127.0.0.1:%u", peer.port);
		CHECK_INT(sip_send(bed.sip, &c), 0);
		CHECK(peer_expect(&peer, "INVITE "));
		CHECK(cseq_of(&peer) <= 0x3fff);
		peer_answer(&peer, 486, "Busy Here", "", NULL, NULL);
		CHECK(bed_wait(&bed, SIP_ENDED, &event));
		(void)str_printf(id, sizeof(id), "low%d", i);
		CHECK(call_in(&bed, &peer, id, &event, tag));
		bed_settle(&bed);
		CHECK(note().leg == event.leg && note().cseq <= 0x3fff);
	}
	sip_peer_close(&peer);
	bed_stop(&bed);
}
