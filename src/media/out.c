/* The outward stream of a leg.
 *
 * Invariants: sequence numbers never jump except by what the relayed source lost; timestamps never run
 * backwards; a change of source carries the marker bit, its timestamp advanced by the time that really
 * passed. */
#include "media/out.h"
#include "media/leg.h"

#include <assert.h>
#include <string.h>

#define JUMP_SAMPLES_MAX (10 * LAW_RATE_HZ)
#define LATE_PACKETS_MAX 100

void out_interrupt(struct leg *to)
{
	to->out.is_anchored = to->out.is_repacking = false;
	to->out.n_repack = 0;
}

/* The timestamp of a spurt that begins now. */
static uint32_t spurt_ts(const struct out_stream *out, int64_t now_ns)
{
	int64_t gap_ns = out->next_ns > 0 ? now_ns - out->next_ns : 0;

	return out->next_ts + (gap_ns > 0 ? (uint32_t)(gap_ns / SAMPLE_NS) : 0);
}

static void note_sent(struct out_stream *out, uint32_t ts, uint32_t samples, int64_t now_ns)
{
	out->next_ts = ts + samples;
	out->next_ns = now_ns + samples * SAMPLE_NS;
	out->last_ns = now_ns;
}

/* Maps the source's numbers to ours. False: a packet older than the switch, which must not be sent. */
static bool map_numbers(
	struct out_stream *out, const struct rtp *rtp, int64_t now_ns, uint16_t *ret_seq, bool *ret_is_start)
{
	bool is_same = out->is_anchored && out->source_ssrc == rtp->ssrc;
	uint16_t seq = (uint16_t)(rtp->seq + out->seq_delta);
	uint32_t ts = rtp->ts + out->ts_delta;

	if (is_same) {
		int32_t ts_step = (int32_t)(ts - out->next_ts);
		int16_t seq_step = (int16_t)(seq - out->seq);
		if ((int32_t)(rtp->ts - out->anchor_ts) < 0 && seq_step > -LATE_PACKETS_MAX && seq_step < 0)
			return false;
		is_same = ts_step < JUMP_SAMPLES_MAX && ts_step > -JUMP_SAMPLES_MAX &&
			  seq_step < LATE_PACKETS_MAX && seq_step > -LATE_PACKETS_MAX;
	}
	*ret_is_start = !is_same;
	if (!is_same) {
		out->is_anchored = true;
		out->source_ssrc = rtp->ssrc;
		out->anchor_ts = rtp->ts;
		seq = (uint16_t)(out->seq + 1);
		out->seq_delta = (uint16_t)(seq - rtp->seq);
		out->ts_delta = spurt_ts(out, now_ns) - rtp->ts;
	}
	*ret_seq = seq;
	return true;
}

static void pass_on(struct leg *to, struct rtp *rtp, uint8_t payload_type, uint32_t samples, int64_t now_ns)
{
	struct out_stream *out = &to->out;
	bool is_start;
	uint16_t seq;

	if (!map_numbers(out, rtp, now_ns, &seq, &is_start))
		return;
	uint32_t ts = rtp->ts + out->ts_delta;
	uint8_t *packet = rtp->payload - RTP_HEADER_BYTES;
	rtp_put_header(packet, payload_type, is_start || rtp->has_marker, seq, ts, out->ssrc);
	out->is_repacking = false;
	if ((int16_t)(seq - out->seq) > 0)
		out->seq = seq;
	if ((int32_t)(ts + samples - out->next_ts) > 0 || is_start)
		note_sent(out, ts, samples, now_ns);
	leg_transmit(to, packet, RTP_HEADER_BYTES + rtp->n);
}

/* Collects payload until the peer's packet duration is full. Late and lost packets start afresh. */
static void repack(struct leg *to, struct rtp *rtp, int64_t now_ns)
{
	struct out_stream *out = &to->out;
	size_t want = (size_t)to->ptime_ms * 8, at = 0;
	bool is_same = out->is_repacking && out->repack_ssrc == rtp->ssrc;

	if (is_same && (int32_t)(rtp->ts - out->repack_ts) < 0)
		return;
	if (!is_same || rtp->ts != out->repack_ts) {
		out->n_repack = 0;
		out->must_start = true;
	}
	out->repack_ssrc = rtp->ssrc;
	out->repack_ts = rtp->ts + (uint32_t)rtp->n;
	memcpy(out->repack + out->n_repack, rtp->payload, rtp->n);
	out->n_repack += rtp->n;
	for (; out->n_repack - at >= want; at += want) {
		out_audio(to, out->repack + at, want, out->must_start, now_ns);
		out->must_start = false;
	}
	out->is_repacking = true;
	out->n_repack -= at;
	memmove(out->repack, out->repack + at, out->n_repack);
}

void out_relay_audio(struct leg *to, struct rtp *rtp, int in_law, int64_t now_ns)
{
	assert(rtp->n <= RTP_AUDIO_MAX);
	law_convert(in_law, to->law, rtp->payload, rtp->payload, rtp->n);
	if (rtp->n == (size_t)to->ptime_ms * 8 && to->out.n_repack == 0)
		pass_on(to, rtp, to->payload_type, (uint32_t)rtp->n, now_ns);
	else
		repack(to, rtp, now_ns);
}

void out_relay_event(struct leg *to, struct rtp *rtp, int64_t now_ns)
{
	if (rtp->n < DTMF_EVENT_BYTES)
		return;
	pass_on(to, rtp, to->telephone_event, get_be16(rtp->payload + 2), now_ns);
}

void out_audio(struct leg *to, const uint8_t *bytes, size_t n, bool is_start, int64_t now_ns)
{
	struct out_stream *out = &to->out;
	uint8_t *packet = to->thread->build;
	uint32_t ts = is_start ? spurt_ts(out, now_ns) : out->next_ts;

	rtp_put_header(packet, to->payload_type, is_start, ++out->seq, ts, out->ssrc);
	memcpy(packet + RTP_HEADER_BYTES, bytes, n);
	out->is_anchored = out->is_repacking = false;
	note_sent(out, ts, (uint32_t)n, now_ns);
	leg_transmit(to, packet, RTP_HEADER_BYTES + n);
}

void out_silence(struct leg *to, int64_t now_ns)
{
	uint8_t bytes[RTP_AUDIO_MAX];

	memset(bytes, law_silence[to->law], sizeof(bytes));
	out_audio(to, bytes, (size_t)to->ptime_ms * 8, true, now_ns);
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
		note_sent(out, spurt_ts(out, now_ns), 0, now_ns);
	for (int i = 0; i < copies; i++) {
		rtp_put_header(
			packet, to->telephone_event, is_first && i == 0, ++out->seq, out->next_ts, out->ssrc);
		memcpy(packet + RTP_HEADER_BYTES, payload, DTMF_EVENT_BYTES);
		leg_transmit(to, packet, RTP_HEADER_BYTES + DTMF_EVENT_BYTES);
	}
	out->last_ns = now_ns;
	if (step == DTMF_STEP_END)
		note_sent(out, out->next_ts, samples, now_ns - samples * SAMPLE_NS);
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
		if (step != DTMF_STEP_NONE && step != DTMF_STEP_GAP)
			send_event(to, step, payload, samples, now_ns);
		return to->dtmf_out.is_on;
	}
	int16_t linear[TICK_MS * 8];
	uint8_t bytes[TICK_MS * 8];
	bool is_start = to->out.is_anchored || to->out.is_repacking || to->out.next_ns < now_ns - TICK_NS;
	if (!dtmf_out_tone(&to->dtmf_out, linear, TICK_MS * 8))
		return false;
	law_encode_n(to->law, linear, bytes, sizeof(bytes));
	out_audio(to, bytes, sizeof(bytes), is_start, now_ns);
	return true;
}
