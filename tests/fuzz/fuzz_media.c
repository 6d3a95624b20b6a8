/* Packets and files of strangers: RTP, RFC 4733, STUN, WAV, and voices of all codecs through decoder and
 * jitter buffer. The first byte says which. */
#include "media/detect/dtmf.h"
#include "media/mix/voice.h"
#include "media/webrtc/stun.h"
#include "media/record/wav.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_rtp(uint8_t *packet, size_t n)
{
	struct dtmf_in in = {0};
	struct dtmf_press before;
	struct rtp rtp;
	bool is_new;

	if (!rtp_parse_packet(packet, n, &rtp))
		return;
	if (rtp.payload < packet + RTP_HEADER_BYTES || rtp.payload + rtp.n > packet + n)
		abort();
	for (int i = 0; i < 3; i++, rtp.ts += 160)
		dtmf_in_packet(&in, &rtp, i, &before, &is_new);
}

static void fuzz_stun(const uint8_t *packet, size_t n)
{
	struct stun_request request;

	if (!stun_read(packet, n, &request))
		return;
	if (strlen(request.username) > STUN_USERNAME_MAX || request.integrity_offset + 24 > n)
		abort();
	stun_is_authentic(packet, &request, "password");
}

/* Packets of a voice: a head of 6 bytes each (codec, length, sequence step, timestamp step), then its
 * payload, and a tick behind each. */
static void fuzz_voice(const uint8_t *bytes, size_t n)
{
	static const uint8_t kinds[] = {SDP_PCMU, SDP_PCMA, SDP_G722, SDP_OPUS, SDP_COMFORT_NOISE};
	struct jitter_in in = {.ssrc = 1};
	struct voice *v;
	uint64_t tick = 0;

	codec_init();
	if (voice_new(&v, 1u << SDP_OPUS) < 0)
		return;
	while (n >= 6) {
		size_t room = n - 6, want = (size_t)bytes[1] * 6;
		in.kind = kinds[bytes[0] % sizeof(kinds)];
		in.ssrc += bytes[0] > 250;
		in.clock_khz = in.kind == SDP_OPUS ? 48 : 8;
		in.seq = (uint16_t)(in.seq + (bytes[2] << 8 | bytes[3]));
		in.ts += (uint32_t)bytes[4] << 16 | (uint32_t)bytes[5] << 4;
		in.bytes = bytes + 6;
		in.n = want < room ? want : room;
		voice_packet(v, &in);
		voice_tick(v, ++tick);
		voice_frame(v, CODEC_NARROW_HZ);
		voice_frame(v, CODEC_WIDE_HZ);
		if (v->n_fifo < 0 || v->n_fifo > VOICE_FIFO || v->jitter.n_packets < 0 ||
			v->jitter.n_packets > JITTER_PACKETS)
			abort();
		bytes += 6 + in.n;
		n -= 6 + in.n;
	}
	voice_free(v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy;
	struct wav wav;

	if (size < 1)
		return 0;
	size_t n = size - 1;
	copy = malloc(n + 1); /* of its exact size: reading over the end shows */
	if (!copy)
		return 0;
	memcpy(copy, data + 1, n);
	if (data[0] % 4 == 0)
		fuzz_rtp(copy, n);
	else if (data[0] % 4 == 1)
		fuzz_stun(copy, n);
	else if (data[0] % 4 == 2)
		fuzz_voice(copy, n);
	else if (wav_parse(copy, n, n, &wav) == 0 &&
		 (wav.data_offset + wav.data_bytes > n || wav.frame_bytes == 0))
		abort();
	free(copy);
	return 0;
}
