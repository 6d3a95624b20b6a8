/* What a recorder answers: two audio lines, read one at a time, and our answer to them. */
#include "sip/siprec_sdp.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sdp local = {.has_audio = true,
		.address = "192.0.2.1",
		.port = 40000,
		.direction = SDP_SENDONLY,
		.is_narrow = true,
		.formats = {{SDP_PCMA, 8, 8000}, {SDP_PCMU, 0, 8000}},
		.n_formats = 2};
	struct sdp remote[SIPREC_STREAMS];
	const struct sdp *const ours[SIPREC_STREAMS] = {&local, &local};
	const struct sdp *const theirs[SIPREC_STREAMS] = {&remote[0], &remote[1]};
	char labels[SIPREC_STREAMS][16] = {"1", "2"}, text[SDP_TEXT_MAX];

	for (int i = 0; i < SIPREC_STREAMS; i++)
		if (siprec_sdp_read((const char *)data, size, i, &remote[i]) != 0)
			return 0;
	if (siprec_sdp_write(ours, theirs, labels, text, sizeof(text)) == 0 &&
		siprec_sdp_read(text, strlen(text), 0, &remote[0]) == SDP_MALFORMED)
		abort();
	return 0;
}
