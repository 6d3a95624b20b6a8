/* What INVITEs say beside who calls whom: read from peers, and written for ours. */
#include "sip/session/headers.h"
#include "harness/test.h"
#include "base/str.h"

#include <stdlib.h>

/* An INVITE with these lines, read. */
static struct sip_headers read_lines(const char *lines)
{
	struct mbuf *mb = mbuf_alloc(4096);
	struct sip_headers h = {.n_attributes = -1};
	struct sip_msg *msg;

	(void)mbuf_printf(mb,
		"INVITE sip:5000@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK1\r\n"
		"From: <sip:1@a>;tag=1\r\nTo: <sip:2@a>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n%s"
		"Content-Length: 0\r\n\r\n",
		lines);
	mb->pos = 0;
	if (sip_msg_decode(&msg, mb) == 0) {
		headers_read(msg, &h);
		mem_deref(msg);
	}
	mem_deref(mb);
	return h;
}

TEST(the_number_first_called_is_found)
{
	static const struct {
		const char *lines, *from, *reason;
	} cases[] = {
		{"Diversion: <sip:+98211@x>;reason=user-busy;counter=1\r\n", "+98211", "user-busy"},
		{"Diversion: \"A, B\" <sip:300@x>;reason=no-answer\r\nDiversion: "
		 "<sip:200@x>;reason=unconditional\r\n",
			"200", "unconditional"},
		{"Diversion: <sip:300@x>;reason=no-answer, <sip:100@x>;reason=user-busy\r\n", "100",
			"user-busy"},
		{"History-Info: <sip:400@x?Reason=SIP%3Bcause%3D302>;index=1, <sip:5000@y>;index=1.1\r\n",
			"400", ""},
		{"History-Info: <sip:401@x>;index=1\r\nHistory-Info: <sip:5000@y>;index=1.1\r\n", "401", ""},
		{"History-Info: <sip:5000@x>;index=1\r\n", "", ""},
		{"Diversion: nonsense <<\r\n", "", ""},
		{"", "", ""},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct sip_headers h = read_lines(cases[i].lines);
		CHECK_STR(h.diverted_from, cases[i].from);
		CHECK_STR(h.diversion_reason, cases[i].reason);
	}
}

TEST(privacy_and_what_others_pass_on)
{
	struct sip_headers h = read_lines("Privacy: critical;id\r\nUser-to-User: 00FA08;encoding=hex\r\n"
					  "Reason: SIP;cause=302;text=\"moved\"\r\n"
					  "Referred-By: <sip:boss@x>\r\n");

	CHECK(h.is_private);
	CHECK_STR(h.uui, "00FA08;encoding=hex");
	CHECK_STR(h.reason, "SIP;cause=302;text=\"moved\"");
	CHECK_STR(h.referred_by, "<sip:boss@x>");
	CHECK(!read_lines("Privacy: none\r\n").is_private);
	CHECK(!read_lines("Privacy: identity-less\r\n").is_private);
	CHECK(read_lines("Privacy: user\r\n").is_private);
}

TEST(x_headers_become_attributes_within_their_bounds)
{
	char lines[4096] = "X-Customer-Id: 42\r\nx-customer-id: 43\r\nX-: no\r\nX-Bad.Name: no\r\n"
			   "X-This-Name-Is-Longer-Than-Anybody-Needs: no\r\nX-Text: \x01 a \x7f b\r\n";
	struct sip_headers h = read_lines(lines);

	CHECK_INT(h.n_attributes, 2);
	CHECK_STR(h.attributes[0].name, "x_customer_id");
	CHECK_STR(h.attributes[0].value, "42");
	CHECK_STR(h.attributes[1].name, "x_text");
	CHECK_STR(h.attributes[1].value, " a  b");
	lines[0] = '\0';
	for (int i = 0; i < 50; i++) {
		size_t n = strlen(lines);
		(void)str_printf(lines + n, sizeof(lines) - n, "X-A%d: v%d\r\n", i, i);
	}
	h = read_lines(lines);
	CHECK_INT(h.n_attributes, SIP_ATTRIBUTES_MAX);
	CHECK_STR(h.attributes[SIP_ATTRIBUTES_MAX - 1].value, "v7");
}

TEST(what_goes_out_is_safe_to_write)
{
	struct sip_command c = {.kind = SIP_CALL};
	char lines[HEADERS_OUT_MAX];

	headers_write(&c, "here", lines);
	CHECK_STR(lines, "");
	(void)str_put(c.call.diverted_from, sizeof(c.call.diverted_from), "+98 21>");
	(void)str_put(c.call.uui, sizeof(c.call.uui), "00FA08;encoding=hex");
	headers_write(&c, "here", lines);
	CHECK_STR(lines, "Diversion: <sip:+9821%3E@here>;reason=unconditional;counter=1\r\n"
			 "User-to-User: 00FA08;encoding=hex\r\n");
	(void)str_put(c.call.uui, sizeof(c.call.uui), "a\r\nX: b");
	c.call.diverted_from[0] = '\0';
	headers_write(&c, "here", lines);
	CHECK_STR(lines, "");
}
