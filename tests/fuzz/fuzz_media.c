/* Packets and files of strangers: RTP, RFC 4733, STUN, WAV. The first byte says which. */
#include "media/detect/dtmf.h"
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
	if (data[0] % 3 == 0)
		fuzz_rtp(copy, n);
	else if (data[0] % 3 == 1)
		fuzz_stun(copy, n);
	else if (wav_parse(copy, n, n, &wav) == 0 &&
		 (wav.data_offset + wav.data_bytes > n || wav.frame_bytes == 0))
		abort();
	free(copy);
	return 0;
}
