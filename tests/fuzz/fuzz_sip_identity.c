/* What we read out of other people's SIP messages: identities, numbers, addresses, digests, and contacts kept
 * on disk. Links the sip room. */
#include "sip/digest.h"
#include "sip/identity.h"
#include "sip/match.h"
#include "sip/session/headers.h"
#include "sip/session/replaces.h"
#include "sip/registrations.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_message(const uint8_t *data, size_t size)
{
	char number[SIP_NUMBER_MAX], name[SIP_NAME_MAX], text[SIP_URI_MAX];
	struct digest_ha1 ha1 = {"0123456789abcdef0123456789abcdef", ""};
	struct digest_counts counts = {0};
	struct mbuf *mb = mbuf_alloc(size + 1);
	struct httpauth_digest_resp resp;
	struct sip_msg *msg;

	if (!mb)
		return;
	(void)mbuf_write_mem(mb, data, size);
	mb->pos = 0;
	if (sip_msg_decode(&msg, mb) == 0) {
		const struct sip_hdr *hdr = sip_msg_hdr(msg, SIP_HDR_AUTHORIZATION);
		struct sip_headers headers;
		headers_read(msg, &headers);
		identity_caller(msg, true, number, name);
		identity_caller(msg, false, number, name);
		identity_number(&msg->uri, number, sizeof(number));
		identity_text(&msg->callid, text, sizeof(text));
		if (hdr && httpauth_digest_response_decode(&resp, &hdr->val) == 0)
			(void)digest_is_right(&resp, &msg->met, &ha1);
		(void)digest_is_first_use(&counts, &resp);
		mem_deref(msg);
	}
	mem_deref(mb);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), out[200];
	struct match_rule rule;
	struct replaces replaces;
	struct pl value;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	(void)sip_match_parse(text, &rule);
	pl_set_str(&value, text);
	for (int i = 0; i < 2; i++)
		if (replaces_parse(&value, i == 1, &replaces))
			identity_text(&replaces.call_id, out, sizeof(out));
	(void)identity_is_uri(text);
	identity_user(text, out, sizeof(out));
	identity_quote(text, out, sizeof(out));
	struct contact at;
	bool is_reachable;
	(void)registrations_parse(text, 1000, &at, &is_reachable);
	free(text);
	read_message(data, size);
	return 0;
}
