/* SDP of strangers: what parses must be writable as an answer, and that answer must parse again. */
#include "media/sdp/sdp.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct sdp remote, again;
	static char text[SDP_TEXT_MAX];
	struct sdp local = {.address = "192.0.2.1",
		.port = 4000,
		.formats = {{SDP_PCMU, 0}, {SDP_PCMA, 8}, {SDP_TELEPHONE_EVENT, 101}, {SDP_OPUS, 111},
			{SDP_G722, 9}, {SDP_COMFORT_NOISE, 13}},
		.n_formats = 6,
		.cryptos = {{.tag = 1, .suite = SDP_AES_CM_128_HMAC_SHA1_80}},
		.n_cryptos = 1,
		.fingerprint = "sha-256 00"};

	if (sdp_parse((const char *)data, size, &remote) != SDP_OK)
		return 0;
	if (remote.n_mlines > SDP_MLINES_MAX || remote.n_formats > SDP_CODECS_MAX || remote.ptime_ms < 10 ||
		remote.ptime_ms > 60 || (!remote.has_audio && !remote.t38.is_there))
		abort();
	/* An answer reads back, unless it refuses all lines for want of a codec in common. */
	for (int i = 0; i < 3; i++) {
		local.is_narrow = i == 1;
		local.is_t38_ready = i == 2;
		if (!remote.has_audio && i < 2)
			continue; /* nothing but T.38, and we are not ready for it: refused before */
		if (!sdp_can_answer(&local, &remote) && !sdp_is_t38_agreed(&local, &remote))
			continue;
		if (sdp_write(&local, &remote, text, sizeof(text)) == 0 &&
			sdp_parse(text, strlen(text), &again) != SDP_OK)
			abort();
	}
	return 0;
}
