/* RTCP of strangers: every part handed out lies inside the packet; reading ends; what we write reads back. */
#include "media/rtp/rtcp.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rtcp_sender sender;
	struct rtcp_block block = {0};
	struct rtcp_part part;
	uint8_t text[RTCP_PACKET_MAX];
	uint32_t ssrc;
	size_t at = 0, n_parts = 0;

	(void)rtcp_is_rtcp(data, size);
	while (rtcp_next(data, size, &at, &part)) {
		if (part.body < data || part.body + part.n > data + size || at > size || ++n_parts > size / 4)
			abort();
		bool is_sender = rtcp_read_sender(&part, &ssrc, &sender);
		for (int i = 0; rtcp_read_block(&part, i, &block); i++)
			if (i >= 31)
				abort();
		size_t written = rtcp_put_report(text, 1, is_sender ? &sender : NULL, &block, "name"),
		       again = 0;
		if (written > sizeof(text) || !rtcp_next(text, written, &again, &part))
			abort();
	}
	return 0;
}
