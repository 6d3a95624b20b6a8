/* Pictures between browsers (RFC 3550, 4585, 5104; REMB: draft-alvestrand-rmcat-remb). */
#include "media/webrtc/video.h"
#include "base/alloc.h"
#include "media/webrtc/webrtc.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#define KEPT 128	/* packets for those that lost one: about 0.7 s of 1.5 Mbit/s */
#define PACKET_MAX 1300 /* longer ones are passed on, not kept */
#define ASK_NS (300 * INT64_C(1000000))
#define PAUSE_NS SECOND_NS /* a source that begins again is asked for a whole picture */
#define REMB_DEFAULT 1500000
#define REMB_MIN 100000
#define CLOCK_HZ 90000
#define LOST_MAX 64 /* of one NACK that we look at */
#define FEEDBACK_NACK 1
#define FEEDBACK_PLI 1
#define FEEDBACK_FIR 4
#define FEEDBACK_REMB 15
#define FEEDBACK_BYTES_MAX 320

struct kept {
	uint16_t seq, n;
	bool is_there;
	uint8_t bytes[PACKET_MAX];
};

struct video {
	uint8_t payload_type; /* the browser's, both ways; 0: none */
	/* from the browser */
	uint32_t in_ssrc;
	int64_t in_ns, asked_ns; /* the last packet; the last PLI */
	uint32_t in_packets;
	/* to the browser */
	uint32_t ssrc, source_ssrc, ts_delta, ts;
	uint16_t seq_delta, seq;
	int64_t out_ns;
	uint32_t packets, bytes;
	uint32_t remb_bps; /* what it said it can take; 0: nothing */
	struct kept kept[KEPT];
};

int video_new(struct leg *leg)
{
	struct {
		uint32_t ssrc, ts;
		uint16_t seq;
	} chance;
	struct video *v = alloc_zero(sizeof(*v));

	if (!v)
		return -ENOMEM;
	leg->video = v;
	if (getrandom(&chance, sizeof(chance), 0) != sizeof(chance))
		return -EIO;
	v->ssrc = chance.ssrc && chance.ssrc != leg->out.ssrc ? chance.ssrc : leg->out.ssrc + 1;
	v->ts = chance.ts;
	v->seq = chance.seq & 0x7fff;
	return 0;
}

void video_free(struct leg *leg)
{
	alloc_free(TAKE_PTR(leg->video));
}

void video_set_remote(struct leg *leg, uint8_t payload_type)
{
	if (leg->video)
		leg->video->payload_type = payload_type & 0x7f;
}

uint32_t video_ssrc(const struct leg *leg)
{
	return leg->video ? leg->video->ssrc : 0;
}

static bool has_pictures(const struct leg *leg)
{
	return leg->video && leg->video->payload_type != 0 && leg->is_ready;
}

static bool is_sending(const struct leg *leg)
{
	return has_pictures(leg) && leg->video->in_packets > 0 &&
	       leg->thread->now_ns - leg->video->in_ns < 2 * PAUSE_NS;
}

/* Whose pictures a leg sees; NULL: nobody's. */
static struct leg *source_of(const struct leg *to)
{
	for (int i = 0; i < to->n_hears; i++)
		if (to->hears[i].leg && is_sending(to->hears[i].leg))
			return to->hears[i].leg;
	return NULL;
}

/* ---- asking a browser ---- */

static size_t put_feedback(uint8_t *p, const struct leg *leg, uint8_t type, uint8_t format, size_t n_more)
{
	p[0] = (uint8_t)(0x80 | format);
	p[1] = type;
	put_be16(p + 2, (uint16_t)((12 + n_more) / 4 - 1));
	put_be32(p + 4, leg->out.ssrc);
	put_be32(p + 8, leg->video->in_ssrc);
	return 12 + n_more;
}

/* A whole picture, please (RFC 4585 section 6.3.1). Not oftener than ASK_NS. */
static void ask_picture(struct leg *source)
{
	uint8_t p[FEEDBACK_BYTES_MAX + SRTP_ROOM];
	int64_t now_ns = source->thread->now_ns;

	if (!is_sending(source) || now_ns - source->video->asked_ns < ASK_NS)
		return;
	source->video->asked_ns = now_ns;
	webrtc_leg_send(source, p, put_feedback(p, source, RTCP_PAYLOAD_FEEDBACK, FEEDBACK_PLI, 0));
}

static void ask_again(struct leg *source, const uint16_t *lost, int n)
{
	uint8_t p[FEEDBACK_BYTES_MAX + SRTP_ROOM];

	for (int i = 0; i < n; i++) {
		put_be16(p + 12 + i * 4, lost[i]);
		put_be16(p + 14 + i * 4, 0);
	}
	webrtc_leg_send(
		source, p, put_feedback(p, source, RTCP_TRANSPORT_FEEDBACK, FEEDBACK_NACK, (size_t)n * 4));
}

/* ---- packets ---- */

static void send_picture(struct leg *to, const uint8_t *bytes, size_t n)
{
	uint8_t packet[RTP_PACKET_MAX + SRTP_ROOM];

	memcpy(packet, bytes, n);
	webrtc_leg_send(to, packet, n);
}

static void keep(struct video *v, uint16_t seq, const uint8_t *packet, size_t n)
{
	struct kept *k = &v->kept[seq % KEPT];

	k->is_there = n <= PACKET_MAX;
	if (!k->is_there)
		return;
	k->seq = seq;
	k->n = (uint16_t)n;
	memcpy(k->bytes, packet, n);
}

/* The same source goes on by the same distance, so that its losses are seen; another one joins where we are.
 */
static void follow(struct leg *to, struct leg *source, const struct rtp *rtp)
{
	struct video *v = to->video;
	int64_t now_ns = to->thread->now_ns, paused_ns = now_ns - v->out_ns;

	if (v->source_ssrc == rtp->ssrc && paused_ns < PAUSE_NS)
		return;
	if (v->source_ssrc != rtp->ssrc) {
		uint32_t ms = v->out_ns ? (uint32_t)(paused_ns / 1000000) : 0;
		v->source_ssrc = rtp->ssrc;
		v->seq_delta = (uint16_t)(v->seq + 1 - rtp->seq);
		v->ts_delta = v->ts + (ms > 60000 ? 60000 : ms) * (CLOCK_HZ / 1000) - rtp->ts;
	}
	ask_picture(source);
}

static void pass_on(struct leg *to, struct leg *source, const struct rtp *rtp)
{
	struct video *v = to->video;
	uint8_t *packet = to->thread->build;
	size_t n = RTP_HEADER_BYTES + rtp->n;

	if (n > RTP_PACKET_MAX)
		return;
	follow(to, source, rtp);
	uint16_t seq = (uint16_t)(rtp->seq + v->seq_delta);
	uint32_t ts = rtp->ts + v->ts_delta;
	rtp_put_header(packet, v->payload_type, rtp->has_marker, seq, ts, v->ssrc);
	memcpy(packet + RTP_HEADER_BYTES, rtp->payload, rtp->n);
	if ((int16_t)(seq - v->seq) > 0) {
		v->seq = seq;
		v->ts = ts;
	}
	v->out_ns = to->thread->now_ns;
	v->packets++;
	v->bytes += (uint32_t)rtp->n;
	keep(v, seq, packet, n);
	counter_add(&to->thread->counters.packets_out, 1);
	webrtc_leg_send(to, packet, n);
}

bool video_packet(struct leg *leg, struct rtp *rtp)
{
	struct video *v = leg->video;

	if (!v || v->payload_type == 0 || rtp->payload_type != v->payload_type)
		return false;
	v->in_ssrc = rtp->ssrc;
	v->in_packets++;
	v->in_ns = leg->thread->now_ns;
	counter_add(&leg->thread->counters.packets_in, 1);
	for (int i = 0; i < leg->n_heard_by; i++) {
		struct leg *to = leg->heard_by[i];
		if (has_pictures(to) && source_of(to) == leg)
			pass_on(to, leg, rtp);
	}
	return true;
}

/* ---- what a browser says ---- */

/* Those of the packets it lacks that we still have go out again; the others are asked of the source. */
static void resend(struct leg *leg, const uint8_t *list, size_t n)
{
	struct video *v = leg->video;
	struct leg *source = source_of(leg);
	uint16_t unknown[LOST_MAX];
	int n_unknown = 0, n_seen = 0;

	for (size_t at = 0; at + 4 <= n; at += 4) {
		uint32_t bits = (uint32_t)get_be16(list + at + 2) << 1 | 1;
		for (uint16_t k = 0; k < 17 && n_seen < LOST_MAX; k++) {
			if (!(bits >> k & 1))
				continue;
			uint16_t seq = (uint16_t)(get_be16(list + at) + k);
			const struct kept *kept = &v->kept[seq % KEPT];
			n_seen++;
			if (kept->is_there && kept->seq == seq)
				send_picture(leg, kept->bytes, kept->n);
			else
				unknown[n_unknown++] = (uint16_t)(seq - v->seq_delta);
		}
	}
	if (source && n_unknown > 0)
		ask_again(source, unknown, n_unknown);
}

/* Bits per second: six bits of exponent, eighteen of mantissa, behind "REMB" and a count. */
static uint32_t read_remb(const struct rtcp_part *part)
{
	if (part->n < 16 || memcmp(part->body + 8, "REMB", 4) != 0)
		return 0;
	uint32_t word = get_be32(part->body + 12);
	uint64_t bps = (uint64_t)(word & 0x3ffff) << (word >> 18 & 0x3f & 31);
	return bps > UINT32_MAX ? UINT32_MAX : (uint32_t)bps;
}

void video_feedback(struct leg *leg, const struct rtcp_part *part)
{
	if (!has_pictures(leg) || part->n < 8)
		return;
	bool is_ours = get_be32(part->body + 4) == leg->video->ssrc;
	if (part->type == RTCP_TRANSPORT_FEEDBACK && part->count == FEEDBACK_NACK && is_ours) {
		resend(leg, part->body + 8, part->n - 8);
	} else if (part->type == RTCP_PAYLOAD_FEEDBACK && part->count == FEEDBACK_REMB) {
		leg->video->remb_bps = read_remb(part);
	} else if (part->type == RTCP_PAYLOAD_FEEDBACK &&
		   ((part->count == FEEDBACK_PLI && is_ours) || part->count == FEEDBACK_FIR)) {
		struct leg *source = source_of(leg);
		if (source)
			ask_picture(source);
	}
}

/* ---- each second ---- */

static uint32_t rate_for(const struct leg *leg)
{
	uint32_t bps = 0;

	for (int i = 0; i < leg->n_heard_by; i++) {
		const struct leg *to = leg->heard_by[i];
		uint32_t its = has_pictures(to) && to->video->remb_bps ? to->video->remb_bps : 0;
		if (its && (!bps || its < bps))
			bps = its;
	}
	bps = bps ? bps : REMB_DEFAULT;
	return bps < REMB_MIN ? REMB_MIN : bps;
}

static void say_rate(struct leg *leg)
{
	uint8_t p[FEEDBACK_BYTES_MAX + SRTP_ROOM];
	uint32_t bps = rate_for(leg), exponent = 0;

	while (bps >> exponent > 0x3ffff)
		exponent++;
	size_t n = put_feedback(p, leg, RTCP_PAYLOAD_FEEDBACK, FEEDBACK_REMB, 12);
	put_be32(p + 8, 0); /* the media source is in the list */
	memcpy(p + 12, "REMB", 4);
	put_be32(p + 16, 1u << 24 | exponent << 18 | bps >> exponent);
	put_be32(p + 20, leg->video->in_ssrc);
	webrtc_leg_send(leg, p, n);
}

/* The sender report ties our pictures' clock to our sound's, so that lips and words belong together. */
static void say_clock(struct leg *leg, int64_t now_ns)
{
	struct video *v = leg->video;
	uint8_t p[RTCP_PACKET_MAX + SRTP_ROOM];
	struct rtcp_sender s = {.ntp = rtcp_ntp((uint64_t)(now_ns + leg->report.wall_offset_ns)),
		.ts = v->ts + (uint32_t)((now_ns - v->out_ns) / 1000000 * (CLOCK_HZ / 1000)),
		.packets = v->packets,
		.bytes = v->bytes};

	webrtc_leg_send(leg, p, rtcp_put_report(p, v->ssrc, &s, NULL, leg->report.name));
}

void video_second(struct leg *leg, int64_t now_ns)
{
	if (is_sending(leg))
		say_rate(leg);
	if (has_pictures(leg) && leg->video->packets > 0 && now_ns - leg->video->out_ns < SECOND_NS)
		say_clock(leg, now_ns);
}
