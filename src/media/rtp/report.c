/* Reception figures, reports, quality. */
#include "media/rtp/report.h"
#include "base/clock.h"
#include "media/leg.h"
#include "media/rtp/quality.h"
#include "media/rtp/rtcp.h"
#include "media/rtp/source.h"
#include "media/webrtc/video.h"
#include "media/webrtc/webrtc.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/random.h>

#define SEQ_JUMP_MAX 3000
#define REPORT_NS (5 * SECOND_NS)
#define WINDOW_NS (5 * SECOND_NS)
#define JUDGED_PACKETS_MIN 50 /* a second: less says nothing */
#define BUFFER_MS_MIN 20.0
#define WAITING_FACTOR 10 /* nobody hears the leg (hold, queue): it may be silent so much longer */

static uint32_t clock_hz(const struct leg *leg)
{
	return leg->clock_hz ? leg->clock_hz : 8000;
}

static uint32_t chance(void)
{
	uint32_t n = 0;

	return getrandom(&n, sizeof(n), GRND_NONBLOCK) == sizeof(n) ? n : 0x80000000u;
}

/* Half to one and a half of the interval, so that reports of many legs do not march in step. */
static int64_t randomised(int64_t interval_ns)
{
	return interval_ns / 2 + (int64_t)((double)interval_ns * chance() / 4294967296.0);
}

void report_begin(struct leg *leg)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
	struct leg_report *r = &leg->report;
	int64_t now_ns = leg->thread->now_ns;

	for (size_t i = 0; i < sizeof(r->name) - 1; i++)
		r->name[i] = letters[chance() & 31];
	r->wall_offset_ns = clock_wall_ms() * 1000000 - now_ns;
	r->due_ns = now_ns; /* at once, so that the peer can put sound and picture together */
	r->window_ns = now_ns;
	r->alive_ns = now_ns;
}

/* ---- counting ---- */

/* RFC 3550 A.1, A.3, A.8, in short: loss from extended sequence numbers, jitter from transit times. */
void report_count(struct leg *leg, const struct rtp *rtp)
{
	struct in_stream *in = &leg->in;
	int64_t now_ns = leg->thread->now_ns, hz = clock_hz(leg);
	int64_t transit = now_ns / 1000 * hz / 1000000 - (int64_t)rtp->ts;
	int16_t step = (int16_t)(rtp->seq - (uint16_t)in->seq_high);

	in->last_ns = now_ns;
	in->packets++;
	in->bytes += rtp->n + RTP_HEADER_BYTES;
	leg->is_lost = false;
	if (!in->is_started || in->ssrc != rtp->ssrc || step > SEQ_JUMP_MAX || step < -SEQ_JUMP_MAX) {
		uint64_t expected = in->is_started ? (uint64_t)(in->seq_high - in->seq_first) + 1 : 0;
		if (expected > in->packets_of_source)
			in->lost_before += expected - in->packets_of_source;
		in->is_started = true;
		in->ssrc = rtp->ssrc;
		in->seq_first = in->seq_high = rtp->seq | 0x10000;
		in->packets_of_source = 0;
		in->transit = transit;
		leg->report.expected_before = leg->report.received_before = 0;
	} else if (step > 0) {
		in->seq_high += (uint32_t)step;
		in->gaps += step > 1;
	}
	in->packets_of_source++;
	int32_t d = (int32_t)(transit - in->transit);
	in->transit = transit;
	if (rtp->payload_type != leg->telephone_event && d < hz && d > -hz)
		in->jitter += ((d < 0 ? -d : d) - in->jitter) / 16;
}

static uint64_t expected_of_source(const struct in_stream *in)
{
	return in->is_started ? (uint64_t)(uint32_t)(in->seq_high - in->seq_first) + 1 : 0;
}

static uint64_t lost_in(const struct leg *leg)
{
	const struct in_stream *in = &leg->in;
	uint64_t expected = expected_of_source(in);

	return in->lost_before + (expected > in->packets_of_source ? expected - in->packets_of_source : 0);
}

/* ---- judging ---- */

static double jitter_us(const struct leg *leg)
{
	return leg->in.jitter * 1e6 / clock_hz(leg);
}

/* Half the round trip, the packet itself, and what a buffer against this jitter holds. */
static double delay_ms(const struct leg *leg)
{
	double buffer_ms = 2 * jitter_us(leg) / 1000;

	return leg->report.rtt_us / 2000.0 + leg->ptime_ms +
	       (buffer_ms < BUFFER_MS_MIN ? BUFFER_MS_MIN : buffer_ms);
}

static uint16_t judge(const struct leg *leg, uint64_t received, uint64_t lost, uint64_t gaps)
{
	uint64_t expected = received + lost;

	if (expected < JUDGED_PACKETS_MIN)
		return 0;
	struct quality q = {.codec = leg->codec,
		.loss = (double)lost / (double)expected,
		.burst_ratio = quality_burst_ratio(expected, lost, gaps),
		.delay_ms = delay_ms(leg)};
	return (uint16_t)lrint(quality_mos(quality_r(&q)) * 100);
}

void report_stats(const struct leg *leg, struct media_stats *ret_stats)
{
	const struct in_stream *in = &leg->in;

	*ret_stats = (struct media_stats){.packets_in = in->packets,
		.packets_out = leg->out.packets,
		.lost = lost_in(leg),
		.bytes_in = in->bytes,
		.bytes_out = leg->out.bytes,
		.jitter_us = (uint32_t)jitter_us(leg),
		.rtt_us = leg->report.rtt_us,
		.remote_jitter_us = leg->report.remote_jitter_us,
		.remote_lost_permille = leg->report.remote_lost_permille,
		.mos_x100 = judge(leg, in->packets, lost_in(leg), in->gaps),
		.rejected = leg->rejected,
		.codec = leg->codec};
}

static void quality_window(struct leg *leg, int64_t now_ns)
{
	struct leg_report *r = &leg->report;
	struct media_event e = {.kind = MEDIA_QUALITY, .group = leg->group, .leg = leg->id};
	uint64_t lost = lost_in(leg);

	if (now_ns - r->window_ns < WINDOW_NS)
		return;
	r->window_ns = now_ns;
	report_stats(leg, &e.stats);
	/* A packet that comes late was lost in an earlier window; this one then lost none. */
	e.stats.mos_x100 = judge(leg, leg->in.packets - r->packets_at,
		lost > r->lost_at ? lost - r->lost_at : 0, leg->in.gaps - r->gaps_at);
	r->packets_at = leg->in.packets;
	r->lost_at = lost;
	r->gaps_at = leg->in.gaps;
	if (r->is_wanted)
		engine_event(leg->thread->media, &e);
}

/* ---- what the peer says ---- */

static void read_block(struct leg *leg, const struct rtcp_block *b)
{
	struct leg_report *r = &leg->report;
	int64_t now_ns = leg->thread->now_ns;

	if (b->ssrc != leg->out.ssrc)
		return;
	r->remote_lost_permille = (uint16_t)(b->fraction * 1000 / 256);
	r->remote_jitter_us = (uint32_t)((double)b->jitter * 1e6 / clock_hz(leg));
	if (b->last_sr == 0 || r->sent_sr == 0 || b->last_sr != r->sent_sr)
		return; /* of an earlier report, or of none of ours */
	int64_t delay_ns = (int64_t)b->delay_since_sr * SECOND_NS / 65536,
		rtt_ns = now_ns - r->sent_sr_ns - delay_ns;
	if (rtt_ns < 60 * SECOND_NS && rtt_ns > -SECOND_NS / 100)
		r->rtt_us = rtt_ns < 1000 ? 1 : (uint32_t)(rtt_ns / 1000);
}

void report_read(struct leg *leg, const uint8_t *packet, size_t n)
{
	struct leg_report *r = &leg->report;
	struct rtcp_sender sender;
	struct rtcp_block block;
	struct rtcp_part part;
	uint32_t ssrc;

	r->alive_ns = leg->thread->now_ns;
	for (size_t at = 0; rtcp_next(packet, n, &at, &part);) {
		if (rtcp_read_sender(&part, &ssrc, &sender) &&
			(!leg->in.is_started || ssrc == leg->in.ssrc)) {
			r->heard_sr = rtcp_ntp_middle(sender.ntp);
			r->heard_sr_ns = leg->thread->now_ns;
		}
		for (int i = 0; rtcp_read_block(&part, i, &block); i++)
			read_block(leg, &block);
		if (leg->video)
			video_feedback(leg, &part);
	}
}

/* ---- what we say ---- */

static struct rtcp_block block_of(struct leg *leg, int64_t now_ns)
{
	const struct in_stream *in = &leg->in;
	struct leg_report *r = &leg->report;
	uint32_t expected = (uint32_t)expected_of_source(in), received = (uint32_t)in->packets_of_source;
	int64_t lost = (int64_t)expected - received;
	uint32_t expected_now = expected - r->expected_before, received_now = received - r->received_before;
	struct rtcp_block b = {
		.ssrc = in->ssrc, .seq_high = in->seq_high - 0x10000, .jitter = (uint32_t)in->jitter};

	b.lost = (int32_t)(lost > 0x7fffff ? 0x7fffff : lost < -0x800000 ? -0x800000 : lost);
	if (expected_now > received_now && expected_now > 0)
		b.fraction = (uint8_t)((uint64_t)(expected_now - received_now) * 255 / expected_now);
	r->expected_before = expected;
	r->received_before = received;
	if (r->heard_sr_ns) {
		b.last_sr = r->heard_sr;
		b.delay_since_sr = (uint32_t)((now_ns - r->heard_sr_ns) / 1000 * 65536 / 1000000);
	}
	return b;
}

static void transmit(struct leg *leg, uint8_t *packet, size_t n)
{
	if (leg->is_webrtc)
		webrtc_leg_send(leg, packet, n);
	else
		source_send_report(leg, packet, n);
}

static size_t write_report(struct leg *leg, uint8_t *packet, int64_t now_ns)
{
	struct leg_report *r = &leg->report;
	struct out_stream *out = &leg->out;
	uint64_t wall_ns = (uint64_t)(now_ns + r->wall_offset_ns);
	struct rtcp_sender s = {.packets = (uint32_t)out->packets,
		.bytes = (uint32_t)(out->bytes - out->packets * RTP_HEADER_BYTES)};
	struct rtcp_block block;
	bool is_sender = out->packets != r->packets_reported, has_block = leg->in.is_started;

	if (is_sender) {
		s.ntp = rtcp_ntp(wall_ns);
		s.ts = out->next_ts + (uint32_t)((now_ns - out->next_ns) / 1000 * clock_hz(leg) / 1000000);
		r->packets_reported = out->packets;
		r->sent_sr = rtcp_ntp_middle(s.ntp);
		r->sent_sr_ns = now_ns;
	}
	if (has_block)
		block = block_of(leg, now_ns);
	return rtcp_put_report(packet, out->ssrc, is_sender ? &s : NULL, has_block ? &block : NULL, r->name);
}

static void say(struct leg *leg, int64_t now_ns)
{
	uint8_t packet[RTCP_PACKET_MAX + SRTP_ROOM];

	if (!leg->is_ready || now_ns < leg->report.due_ns)
		return;
	leg->report.due_ns = now_ns + randomised(REPORT_NS);
	transmit(leg, packet, write_report(leg, packet, now_ns));
}

void report_bye(struct leg *leg)
{
	uint8_t packet[RTCP_PACKET_MAX + SRTP_ROOM];

	if (!leg->is_ready)
		return;
	size_t n = write_report(leg, packet, leg->thread->now_ns);
	transmit(leg, packet, n + rtcp_put_bye(packet + n, leg->out.ssrc));
}

/* ---- the end of a stream ---- */

static bool is_heard(const struct leg *leg)
{
	return leg->n_heard_by > 0;
}

/* Whom nobody hears may be silent long; who never said a word may be so for ever; a browser proves itself by
 * its checks all the time (RFC 7675). */
static void watch(struct leg *leg, int64_t now_ns)
{
	struct leg_report *r = &leg->report;
	int64_t limit_ns = leg->thread->media->rtp_timeout_ns;
	bool has_begun_to_be_heard = is_heard(leg) && !r->was_heard;
	bool is_expected = leg->is_ready &&
			   (leg->is_webrtc || (leg->can_receive && (is_heard(leg) || leg->in.packets > 0)));

	r->was_heard = is_heard(leg);
	if (!is_expected || has_begun_to_be_heard)
		r->alive_ns = now_ns;
	if (!leg->is_webrtc && !is_heard(leg))
		limit_ns *= WAITING_FACTOR;
	int64_t last_ns = leg->in.last_ns > r->alive_ns ? leg->in.last_ns : r->alive_ns;
	if (leg->is_lost || now_ns - last_ns <= limit_ns)
		return;
	leg->is_lost = true;
	engine_leg_event(leg, MEDIA_LEG_LOST, 0, -ETIMEDOUT);
}

void report_second(struct leg *leg, int64_t now_ns)
{
	watch(leg, now_ns);
	say(leg, now_ns);
	quality_window(leg, now_ns);
	if (leg->video)
		video_second(leg, now_ns);
}
