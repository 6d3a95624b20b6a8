/* The outward stream of a leg.
 *
 * Invariants: sequence numbers never jump except by what the relayed source lost; timestamps never run
 * backwards; a change of source carries the marker bit, its timestamp advanced by the time that really
 * passed. */
#include "media/out.h"
#include "media/codec/half_band.h"
#include "media/leg.h"

#include <assert.h>
#include <string.h>

#define JUMP_SECONDS_MAX 10
#define LATE_PACKETS_MAX 100
#define PAUSE_NS (100 * INT64_C(1000000))
#define JOIN_NS (300 * INT64_C(1000000)) /* the longest a hand-over takes */

void out_interrupt(struct leg *to)
{
	to->out.is_anchored = to->out.is_repacking = to->out.is_joined = false;
	to->out.n_repack = 0;
	to->has_spoken = false;
}

void out_hand_over(struct leg *to)
{
	to->out.is_anchored = to->out.is_repacking = false;
	to->out.is_joined = true;
}

/* The timestamp of a spurt that begins now. */
static uint32_t spurt_ts(struct leg *to, int64_t now_ns)
{
	struct out_stream *out = &to->out;
	int64_t gap_ns = out->next_ns > 0 ? now_ns - out->next_ns : 0;

	if (out->is_joined && gap_ns < JOIN_NS)
		gap_ns = 0;
	out->is_joined = false;
	return out->next_ts + (gap_ns > 0 ? leg_units(to, gap_ns) : 0);
}

static void note_sent(struct leg *to, uint32_t ts, uint32_t units, int64_t now_ns)
{
	struct out_stream *out = &to->out;

	out->next_ts = ts + units;
	out->next_ns = now_ns + leg_units_ns(to, units);
	out->last_ns = now_ns;
}

/* Maps the source's numbers to ours. False: a packet older than the switch, which must not be sent. */
static bool map_numbers(
	struct leg *to, const struct rtp *rtp, int64_t now_ns, uint16_t *ret_seq, bool *ret_is_start)
{
	struct out_stream *out = &to->out;
	int32_t jump_max = JUMP_SECONDS_MAX * to->clock_hz;
	bool is_same = out->is_anchored && out->source_ssrc == rtp->ssrc;
	uint16_t seq = (uint16_t)(rtp->seq + out->seq_delta);
	uint32_t ts = rtp->ts + out->ts_delta;

	if (is_same) {
		int32_t ts_step = (int32_t)(ts - out->next_ts);
		int16_t seq_step = (int16_t)(seq - out->seq);
		if ((int32_t)(rtp->ts - out->anchor_ts) < 0 && seq_step > -LATE_PACKETS_MAX && seq_step < 0)
			return false;
		is_same = ts_step < jump_max && ts_step > -jump_max && seq_step < LATE_PACKETS_MAX &&
			  seq_step > -LATE_PACKETS_MAX;
	}
	*ret_is_start = !is_same;
	if (!is_same) {
		out->is_anchored = true;
		out->source_ssrc = rtp->ssrc;
		out->anchor_ts = rtp->ts;
		seq = (uint16_t)(out->seq + 1);
		out->seq_delta = (uint16_t)(seq - rtp->seq);
		out->ts_delta = spurt_ts(to, now_ns) - rtp->ts;
	}
	*ret_seq = seq;
	return true;
}

void out_relay_other(struct leg *to, struct rtp *rtp, uint8_t payload_type, uint32_t units, int64_t now_ns)
{
	struct out_stream *out = &to->out;
	bool is_start;
	uint16_t seq;

	if (!map_numbers(to, rtp, now_ns, &seq, &is_start))
		return;
	uint32_t ts = rtp->ts + out->ts_delta;
	uint8_t *packet = rtp->payload - RTP_HEADER_BYTES;
	rtp_put_header(packet, payload_type, is_start || rtp->has_marker, seq, ts, out->ssrc);
	out->is_repacking = false;
	to->has_spoken = false;
	if ((int16_t)(seq - out->seq) > 0)
		out->seq = seq;
	if ((int32_t)(ts + units - out->next_ts) > 0 || is_start)
		note_sent(to, ts, units, now_ns);
	leg_transmit(to, packet, RTP_HEADER_BYTES + rtp->n);
}

/* Collects bytes until the peer's packet duration is full. */
static void collect(struct leg *to, const uint8_t *bytes, size_t n, int64_t now_ns)
{
	struct out_stream *out = &to->out;
	size_t want = (size_t)to->ptime_ms * 8, at = 0;

	assert(out->n_repack + n <= sizeof(out->repack));
	memcpy(out->repack + out->n_repack, bytes, n);
	out->n_repack += n;
	for (; out->n_repack - at >= want; at += want) {
		out_audio(to, out->repack + at, want, (uint32_t)want, out->must_start, now_ns);
		out->must_start = false;
	}
	out->n_repack -= at;
	memmove(out->repack, out->repack + at, out->n_repack);
}

/* Repacks what is relayed. Late and lost packets start afresh. */
static void repack(struct leg *to, const struct rtp *rtp, int64_t now_ns)
{
	struct out_stream *out = &to->out;
	bool is_same = out->is_repacking && out->repack_ssrc == rtp->ssrc;

	if (is_same && (int32_t)(rtp->ts - out->repack_ts) < 0)
		return;
	if (!is_same || rtp->ts != out->repack_ts) {
		out->n_repack = out->is_joined ? out->n_repack : 0;
		out->must_start = true;
	}
	out->repack_ssrc = rtp->ssrc;
	out->repack_ts = rtp->ts + (uint32_t)rtp->n;
	to->has_spoken = false;
	collect(to, rtp->payload, rtp->n, now_ns);
	out->is_repacking = true;
}

void out_relay_audio(struct leg *to, struct rtp *rtp, enum sdp_codec codec, int64_t now_ns)
{
	if (codec == SDP_OPUS) {
		out_relay_other(
			to, rtp, to->payload_type, codec_packet_units(codec, rtp->payload, rtp->n), now_ns);
		return;
	}
	assert(rtp->n <= RTP_PACKET_MAX);
	if (codec != to->codec)
		law_convert(law_index(codec), law_index(to->codec), rtp->payload, rtp->payload, rtp->n);
	if (rtp->n == (size_t)to->ptime_ms * 8 && to->out.n_repack == 0)
		out_relay_other(to, rtp, to->payload_type, (uint32_t)rtp->n, now_ns);
	else
		repack(to, rtp, now_ns);
}

void out_audio(struct leg *to, const uint8_t *bytes, size_t n, uint32_t units, bool is_start, int64_t now_ns)
{
	struct out_stream *out = &to->out;
	uint8_t *packet = to->thread->build;
	uint32_t ts = is_start ? spurt_ts(to, now_ns) : out->next_ts;

	rtp_put_header(packet, to->payload_type, is_start, ++out->seq, ts, out->ssrc);
	memcpy(packet + RTP_HEADER_BYTES, bytes, n);
	out->is_anchored = out->is_repacking = false;
	note_sent(to, ts, units, now_ns);
	leg_transmit(to, packet, RTP_HEADER_BYTES + n);
}

void out_frame(struct leg *to, const uint8_t *bytes, size_t n, int64_t now_ns)
{
	struct out_stream *out = &to->out;
	/* A pause is a new spurt, too: its length is real time. */
	bool is_start = !to->has_spoken || (now_ns - out->next_ns > PAUSE_NS && !out->is_joined);

	to->has_spoken = true;
	if (!codec_get(to->codec)->is_octets) {
		out_audio(to, bytes, n, (uint32_t)to->clock_hz / 1000 * TICK_MS, is_start, now_ns);
		return;
	}
	if (is_start) {
		out->n_repack = out->is_joined ? out->n_repack : 0;
		out->must_start = true;
	}
	collect(to, bytes, n, now_ns);
}

void out_samples(struct leg *to, const int16_t *samples, int n, int64_t now_ns)
{
	uint8_t bytes[CODEC_BYTES_MAX];

	if (to->is_mouth_stale)
		encoder_start(to->mouth, to->codec);
	else if (!to->has_spoken)
		encoder_go_on(to->mouth, to->codec);
	to->is_mouth_stale = false;
	for (int taken = 0; taken < n;) {
		int made = encoder_add(to->mouth, samples, n, &taken, bytes);
		if (made > 0)
			out_frame(to, bytes, (size_t)made, now_ns);
	}
}

void out_narrow(struct leg *to, const int16_t *samples, int n, int64_t now_ns)
{
	int16_t wide[2 * CODEC_NARROW_FRAME];

	if (codec_get(to->codec)->rate_hz == CODEC_NARROW_HZ) {
		out_samples(to, samples, n, now_ns);
		return;
	}
	for (int at = 0; at < n; at += CODEC_NARROW_FRAME) {
		int piece = n - at < CODEC_NARROW_FRAME ? n - at : CODEC_NARROW_FRAME;
		half_band_up(&to->up, samples + at, piece, wide);
		out_samples(to, wide, 2 * piece, now_ns);
	}
}

void out_silence(struct leg *to, int64_t now_ns)
{
	static const int16_t silence[3 * CODEC_WIDE_FRAME];
	int rate_hz = codec_get(to->codec)->rate_hz;

	to->has_spoken = false;
	to->out.n_repack = 0;
	out_samples(to, silence, rate_hz / 1000 * (to->ptime_ms > TICK_MS ? 60 : TICK_MS), now_ns);
	out_interrupt(to);
}

void out_noise(struct leg *to, uint8_t level, int64_t now_ns)
{
	struct out_stream *out = &to->out;
	uint8_t *packet = to->thread->build;

	out_interrupt(to);
	out->n_repack = 0;
	uint32_t ts = spurt_ts(to, now_ns);
	rtp_put_header(packet, to->comfort_noise, false, ++out->seq, ts, out->ssrc);
	packet[RTP_HEADER_BYTES] = level & 0x7f;
	note_sent(to, ts, 0, now_ns);
	leg_transmit(to, packet, RTP_HEADER_BYTES + 1);
}

/* All packets of one key carry the timestamp of its beginning (RFC 4733 section 2.5.1.2). */
static void send_event(
	struct leg *to, enum dtmf_step step, const uint8_t *payload, uint16_t samples, int64_t now_ns)
{
	struct out_stream *out = &to->out;
	uint8_t *packet = to->thread->build;
	int copies = step == DTMF_STEP_END ? DTMF_END_PACKETS : 1;
	bool is_first = step == DTMF_STEP_FIRST || samples <= TICK_MS * 8;

	if (is_first)
		note_sent(to, spurt_ts(to, now_ns), 0, now_ns);
	for (int i = 0; i < copies; i++) {
		rtp_put_header(
			packet, to->telephone_event, is_first && i == 0, ++out->seq, out->next_ts, out->ssrc);
		memcpy(packet + RTP_HEADER_BYTES, payload, DTMF_EVENT_BYTES);
		leg_transmit(to, packet, RTP_HEADER_BYTES + DTMF_EVENT_BYTES);
	}
	out->last_ns = now_ns;
	if (step == DTMF_STEP_END)
		note_sent(to, out->next_ts, leg_units(to, samples * SAMPLE_NS), now_ns - samples * SAMPLE_NS);
}

/* Told when the key is up, when its length is known. */
static bool signal_digits(struct leg *to)
{
	struct media_event e = {.kind = MEDIA_DTMF_OUT, .group = to->group, .leg = to->id};
	uint8_t payload[DTMF_EVENT_BYTES];
	uint16_t samples = 0;

	out_interrupt(to);
	if (dtmf_out_event(&to->dtmf_out, payload, &samples) == DTMF_STEP_END) {
		e.dtmf.digit = dtmf_letter(payload[0]);
		e.dtmf.duration_ms = samples / 8;
		engine_event(to->thread->media, &e);
	}
	return to->dtmf_out.is_on;
}

bool out_digits(struct leg *to, int64_t now_ns)
{
	uint8_t payload[DTMF_EVENT_BYTES];
	uint16_t samples = 0;

	if (!to->dtmf_out.is_on || !to->is_ready || !to->can_send)
		return false;
	if (to->telephone_event != 0) {
		enum dtmf_step step = dtmf_out_event(&to->dtmf_out, payload, &samples);
		out_interrupt(to);
		if (step == DTMF_STEP_NONE || step == DTMF_STEP_GAP)
			return to->dtmf_out.is_on;
		/* The length counts in the event's own clock; 16 bits of it (RFC 4733 section 2.3.5). */
		uint32_t units = samples * (uint32_t)(to->event_clock_hz / LAW_RATE_HZ);
		put_be16(payload + 2, (uint16_t)(units < UINT16_MAX ? units : UINT16_MAX));
		send_event(to, step, payload, samples, now_ns);
		return to->dtmf_out.is_on;
	}
	if (to->is_key_signalled)
		return signal_digits(to);
	int16_t linear[CODEC_NARROW_FRAME];
	if (!dtmf_out_tone(&to->dtmf_out, linear, CODEC_NARROW_FRAME))
		return false;
	if (to->out.is_anchored || to->out.is_repacking)
		out_interrupt(to);
	out_narrow(to, linear, CODEC_NARROW_FRAME, now_ns);
	return true;
}
