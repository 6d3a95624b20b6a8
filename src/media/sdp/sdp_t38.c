/* T.38 in SDP: m=image ... udptl t38 and its attributes (ITU-T T.38 annex D, RFC 3362). Old and odd spellings
 * are taken; what is not said has the standard's default. */
#include "media/sdp/sdp.h"
#include "media/sdp/sdp_text.h"

#include <stdio.h>

#define DATAGRAM_MAX 1400

bool sdp_t38_attribute(struct sdp_t38 *t38, struct span name, struct span value)
{
	uint64_t n = 0;
	bool is_number = to_number(cut(&value, ' '), 1000000000, &n);

	if (span_is(name, "T38FaxVersion"))
		t38->version = is_number && n < 16 ? (uint8_t)n : 0;
	else if (span_is(name, "T38MaxBitRate") || span_is(name, "T38FaxMaxRate"))
		t38->bit_rate_max = is_number ? (uint32_t)n : 0;
	else if (span_is(name, "T38FaxMaxDatagram") || span_is(name, "T38MaxDatagram"))
		t38->datagram_max = is_number && n <= DATAGRAM_MAX ? (uint16_t)n : 0;
	else
		return false;
	return true;
}

bool sdp_t38_correction(struct sdp_t38 *t38, struct span name, struct span value)
{
	if (!span_is(name, "T38FaxUdpEC"))
		return false;
	t38->is_redundancy = span_is(value, "t38UDPRedundancy");
	return true;
}

bool sdp_t38_take(
	struct sdp_t38 *t38, const struct sdp_mline *line, const char *address, uint16_t port, int index)
{
	if (t38->is_there || port == 0 || !str_equal_nocase(line->media, "image") ||
		!str_equal_nocase(line->protocol, "udptl") || !str_equal_nocase(line->format, "t38"))
		return false;
	t38->is_there = true;
	t38->port = port;
	t38->index = index;
	str_put(t38->address, sizeof(t38->address), address);
	return true;
}

void sdp_t38_text(const struct sdp *local, char ret_text[static SDP_T38_TEXT_MAX])
{
	/* 400 bytes hold a packet of the fastest fax and three repeats; gateways take it as the usual number.
	 */
	(void)str_printf(ret_text, SDP_T38_TEXT_MAX,
		"m=image %u udptl t38\r\n"
		"a=T38FaxVersion:0\r\n"
		"a=T38MaxBitRate:14400\r\n"
		"a=T38FaxRateManagement:transferredTCF\r\n"
		"a=T38FaxMaxBuffer:2000\r\n"
		"a=T38FaxMaxDatagram:400\r\n"
		"a=T38FaxUdpEC:t38UDPRedundancy\r\n",
		local->port);
}
