/* SDP: what real peers say, what hostile ones say, what we answer. */
#include "harness/test.h"
#include "base/str.h"
#include "media/sdp/sdp.h"
#include "media/sdp/test_sdp_chromium.h"

#include <errno.h>
#include <stdio.h>

#define FINGERPRINT                                                                                          \
	"sha-256 "                                                                                           \
	"6B:8B:F0:65:5F:78:E2:51:3B:AC:6F:F3:3F:46:1B:35:DC:B8:5F:64:1A:24:C2:43:F0:A1:58:D0:A1:2C:19:08"

static struct sdp sdp;

static int parse(const char *text)
{
	return sdp_parse(text, strlen(text), &sdp);
}

TEST(a_phone_is_understood)
{
	CHECK_INT(
		parse("v=0\r\no=alice 2890844526 3 IN IP4 host.example\r\ns=-\r\nc=IN IP4 192.0.2.4\r\nt=0 "
		      "0\r\n"
		      "m=audio 49170 RTP/AVP 18 8 0 101\r\na=rtpmap:18 G729/8000\r\na=rtpmap:8 PCMA/8000\r\n"
		      "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=ptime:30\r\na=sendonly\r\n"),
		0);
	CHECK(sdp.has_audio && !sdp.is_webrtc);
	CHECK_STR(sdp.address, "192.0.2.4");
	CHECK_INT(sdp.port, 49170);
	CHECK_INT(sdp.n_formats, 3);
	CHECK_INT(sdp.formats[0].codec, SDP_PCMA);
	CHECK_INT(sdp.formats[1].codec, SDP_PCMU);
	CHECK_INT(sdp_telephone_event(&sdp, 8000), 101);
	CHECK_INT(sdp.ptime_ms, 30);
	CHECK_INT(sdp.direction, SDP_SENDONLY);
	CHECK(sdp.session_id == 2890844526u && sdp.session_version == 3);
	static const enum sdp_codec allowed[] = {SDP_PCMU, SDP_PCMA};
	CHECK_INT(sdp_choose(&sdp, allowed, 2).codec, SDP_PCMA);
	CHECK_INT(sdp_choose(&sdp, allowed, 1).codec, SDP_PCMU);
	CHECK_INT(sdp_choose(&sdp, allowed, 0).codec, SDP_CODEC_NONE);
}

TEST(holds_of_all_kinds_are_understood)
{
	static const struct {
		const char *session, *media, *address;
		enum sdp_direction direction;
	} rows[] = {
		{"c=IN IP4 192.0.2.1\r\n", "a=sendonly\r\n", "192.0.2.1", SDP_SENDONLY},
		{"c=IN IP4 192.0.2.1\r\na=inactive\r\n", "", "192.0.2.1", SDP_INACTIVE},
		{"c=IN IP4 192.0.2.1\r\na=inactive\r\n", "a=sendrecv\r\n", "192.0.2.1", SDP_SENDRECV},
		{"c=IN IP4 0.0.0.0\r\n", "", "0.0.0.0", SDP_SENDRECV},
		{"c=IN IP4 192.0.2.1\r\n", "c=IN IP4 0.0.0.0\r\na=recvonly\r\n", "0.0.0.0", SDP_RECVONLY},
		{"", "c=IN IP6 2001:db8::1\r\n", "2001:db8::1", SDP_SENDRECV},
		{"c=IN IP4 233.252.0.1/127\r\n", "", "233.252.0.1", SDP_SENDRECV},
		{"c=IN IP4 phone.example\r\n", "", "", SDP_SENDRECV},
	};
	char text[512];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(text, sizeof(text), "v=0\r\n%sm=audio 4000 RTP/AVP 0\r\n%s", rows[i].session,
			rows[i].media);
		CHECK_INT(parse(text), 0);
		CHECK_STR(sdp.address, rows[i].address);
		CHECK_INT(sdp.direction, rows[i].direction);
	}
}

TEST(absurd_numbers_are_refused_or_read_as_the_usual)
{
	static const struct {
		const char *line;
		int ptime_ms;
	} rows[] = {{"0", 20}, {"4000000000", 20}, {"-20", 20}, {"9", 20}, {"61", 20}, {"20.0", 20},
		{"10", 10}, {"45", 40}, {"", 20}, {"x", 20}};
	char text[512];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(text, sizeof(text), "v=0\nm=audio 4000 RTP/AVP 0\na=ptime:%s\n", rows[i].line);
		CHECK_INT(parse(text), 0);
		CHECK_INT(sdp.ptime_ms, rows[i].ptime_ms);
	}
	CHECK_INT(parse("v=0\nm=audio 65536 RTP/AVP 0\n"), SDP_MALFORMED);
	CHECK_INT(parse("v=0\nm=audio -1 RTP/AVP 0\n"), SDP_MALFORMED);
	CHECK_INT(parse("v=0\nm=audio 99999999999999999999999 RTP/AVP 0\n"), SDP_MALFORMED);
	CHECK_INT(parse("v=0\nm=audio 4000 RTP/AVP\n"), SDP_MALFORMED);
	CHECK_INT(parse("v=0\nm=audio\n"), SDP_MALFORMED);
	CHECK_INT(parse("v=1\nm=audio 4000 RTP/AVP 0\n"), SDP_MALFORMED);
	CHECK_INT(parse("hello"), SDP_MALFORMED);
	CHECK_INT(parse(""), SDP_MALFORMED);
	CHECK_INT(sdp_parse("v=0\n\0m=audio 4000 RTP/AVP 0\n", 30, &sdp), SDP_MALFORMED);
}

TEST(what_has_no_audio_for_us_says_so)
{
	CHECK_INT(parse("v=0\n"), SDP_NO_AUDIO);
	CHECK_INT(parse("v=0\nm=audio 0 RTP/AVP 0\n"), SDP_NO_AUDIO);
	CHECK_INT(parse("v=0\nm=video 4000 RTP/AVP 96\n"), SDP_NO_AUDIO);
	CHECK_INT(parse("v=0\nm=audio 4000 RTP/SAVP 0\n"), SDP_NO_AUDIO);
	CHECK_INT(parse("v=0\nm=audio 4000 RTP/AVP 18 101\na=rtpmap:101 telephone-event/8000\n"),
		SDP_NO_COMMON_CODEC);
	CHECK_INT(parse("v=0\nm=audio 4000 RTP/AVP 0\na=rtpmap:0 PCMU/16000\n"), SDP_NO_COMMON_CODEC);
	/* The encrypted offer first, a plain one behind it: the plain one is ours. */
	CHECK_INT(parse("v=0\nm=audio 4000 RTP/SAVP 0\nm=audio 4002 RTP/AVP 8\n"), 0);
	CHECK_INT(sdp.audio_index, 1);
	CHECK_INT(sdp.port, 4002);
}

TEST(failure_leaves_the_output_alone)
{
	memset(&sdp, 0x5a, sizeof(sdp));
	CHECK(parse("v=0\nm=audio 0 RTP/AVP 0\n") != 0);
	CHECK_INT(sdp.port, 0x5a5a);
}

TEST(a_flood_of_lines_is_refused)
{
	static char text[SDP_TEXT_MAX + 100];
	size_t n = (size_t)snprintf(text, sizeof(text), "v=0\n");

	for (int i = 0; i < 200; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "m=audio 4000 RTP/AVP 0\n");
	CHECK_INT(sdp_parse(text, n, &sdp), SDP_TOO_MANY_MLINES);
	memset(text, 'a', sizeof(text));
	CHECK_INT(sdp_parse(text, SDP_TEXT_MAX + 1, &sdp), SDP_TOO_LONG);
	/* A line of 7,900 formats. */
	n = (size_t)snprintf(text, sizeof(text), "v=0\nm=audio 4000 RTP/AVP 0");
	while (n < SDP_TEXT_MAX - 4)
		n += (size_t)snprintf(text + n, sizeof(text) - n, " 8");
	CHECK_INT(sdp_parse(text, n, &sdp), 0);
	CHECK_INT(sdp.n_formats, SDP_CODECS_MAX);
	/* Names longer than any real one. */
	n = (size_t)snprintf(text, sizeof(text), "v=0\na=ice-ufrag:");
	memset(text + n, 'u', 300);
	memcpy(text + n + 300, "\nm=audio 9 RTP/AVP 0\n", 22);
	CHECK_INT(sdp_parse(text, n + 321, &sdp), SDP_MALFORMED);
}

static struct sdp our_browser_side(void)
{
	struct sdp local = {.has_audio = true,
		.address = "192.0.2.10",
		.port = 40000,
		.is_webrtc = true,
		.ptime_ms = 20,
		.formats = {{SDP_PCMU, 0}, {SDP_PCMA, 8}, {SDP_TELEPHONE_EVENT, 126}},
		.n_formats = 3,
		.ufrag = "ourufrag",
		.password = "ourpasswordourpasswordourpasswor",
		.fingerprint = FINGERPRINT,
		.ssrc = 4242,
		.cname = "markaz",
		.session_id = 1,
		.session_version = 1};
	return local;
}

TEST(a_chromium_offer_is_answered_line_for_line)
{
	char text[SDP_TEXT_MAX];
	struct sdp local = our_browser_side();

	CHECK_INT(parse(chromium_offer), 0);
	CHECK(sdp.is_webrtc && sdp.has_bundle && sdp.has_rtcp_mux);
	CHECK_STR(sdp.mid, "0");
	CHECK_STR(sdp.ufrag, "s2/K");
	CHECK_STR(sdp.password, "/aMncb9hUdQ9SGRWtnyLHBFp");
	CHECK(str_starts_with(sdp.fingerprint, "sha-256 F1:48:08:36:13:A2") &&
		strlen(sdp.fingerprint) == 103);
	CHECK_STR(sdp.cname, "Sfr2a8zB3ME/otHY");
	CHECK(sdp.ssrc == 1071405750u);
	CHECK_INT(sdp.setup, SDP_ACTPASS);
	CHECK_INT(sdp.n_mlines, 3);
	CHECK_INT(sdp_telephone_event(&sdp, 8000), 126);
	struct sdp offer = sdp;
	CHECK_INT(sdp_write(&local, &offer, text, sizeof(text)), 0);
	CHECK(strstr(text, "m=audio 40000 UDP/TLS/RTP/SAVPF 0 8 126\r\n"));
	CHECK(strstr(text, "m=video 0 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\n"));
	CHECK(strstr(text, "m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:2\r\n"));
	CHECK(strstr(text, "a=group:BUNDLE 0\r\n") && strstr(text, "a=ice-lite\r\n"));
	CHECK(strstr(text, "a=setup:passive\r\n") && strstr(text, "a=rtcp-mux\r\n"));
	CHECK(strstr(
		text, "a=candidate:1 1 udp 2130706431 192.0.2.10 40000 typ host\r\na=end-of-candidates\r\n"));
	CHECK(strstr(text, "a=ssrc:4242 cname:markaz\r\n"));
	/* Our own answer reads back. */
	CHECK_INT(parse(text), 0);
	CHECK_INT(sdp.n_mlines, 3);
	CHECK_INT(sdp.port, 40000);
	CHECK_INT(sdp.setup, SDP_PASSIVE);
}

TEST(a_chromium_answer_is_understood)
{
	CHECK_INT(parse(chromium_answer), 0);
	CHECK(sdp.is_webrtc && sdp.has_rtcp_mux && sdp.has_bundle && sdp.n_mlines == 1);
	CHECK_INT(sdp.setup, SDP_ACTIVE);
	CHECK_STR(sdp.ufrag, "IGGd");
	CHECK_INT(sdp.n_formats, 3);
	CHECK_INT(sdp_telephone_event(&sdp, 8000), 126);
	CHECK_INT(sdp.direction, SDP_SENDRECV);
}

TEST(our_own_offers_read_back)
{
	char text[SDP_TEXT_MAX];
	struct sdp local = our_browser_side();

	CHECK_INT(sdp_write(&local, NULL, text, sizeof(text)), 0);
	CHECK(strstr(text, "a=setup:actpass\r\n") && strstr(text, "a=group:BUNDLE 0\r\n"));
	CHECK_INT(parse(text), 0);
	CHECK(sdp.is_webrtc && sdp.has_rtcp_mux);
	local.is_webrtc = false;
	local.mid[0] = 0;
	local.direction = SDP_SENDONLY;
	str_put(local.address, sizeof(local.address), "2001:db8::7");
	CHECK_INT(sdp_write(&local, NULL, text, sizeof(text)), 0);
	CHECK_INT(parse(text), 0);
	CHECK_STR(sdp.address, "2001:db8::7");
	CHECK_INT(sdp.direction, SDP_SENDONLY);
	CHECK(!sdp.is_webrtc && sdp.n_mlines == 1);
	CHECK_INT(sdp_write(&local, NULL, text, 100), -E2BIG);
}

TEST(directions_are_answered_as_the_rfc_says)
{
	static const enum sdp_direction answers[4][4] = {
		/* offered: sendrecv, sendonly, recvonly, inactive; by what we want */
		{SDP_SENDRECV, SDP_RECVONLY, SDP_SENDONLY, SDP_INACTIVE},
		{SDP_SENDONLY, SDP_INACTIVE, SDP_SENDONLY, SDP_INACTIVE},
		{SDP_RECVONLY, SDP_RECVONLY, SDP_INACTIVE, SDP_INACTIVE},
		{SDP_INACTIVE, SDP_INACTIVE, SDP_INACTIVE, SDP_INACTIVE},
	};
	char text[SDP_TEXT_MAX];
	struct sdp local = {.port = 4000, .formats = {{SDP_PCMA, 8}}, .n_formats = 1, .address = "192.0.2.1"};

	for (int ours = 0; ours < 4; ours++)
		for (int theirs = 0; theirs < 4; theirs++) {
			CHECK_INT(parse("v=0\nc=IN IP4 192.0.2.2\nm=audio 5000 RTP/AVP 0 8\n"), 0);
			struct sdp offer = sdp;
			offer.direction = (enum sdp_direction)theirs;
			local.direction = (enum sdp_direction)ours;
			CHECK_INT(sdp_write(&local, &offer, text, sizeof(text)), 0);
			CHECK_INT(parse(text), 0);
			CHECK_INT(sdp.direction, answers[ours][theirs]);
			CHECK_INT(sdp.n_formats, 1);
			CHECK_INT(sdp.formats[0].codec, SDP_PCMA);
		}
}

static const enum sdp_codec all[] = {SDP_OPUS, SDP_G722, SDP_PCMA, SDP_PCMU};

TEST(all_our_codecs_are_read_with_their_clocks)
{
	CHECK_INT(parse(chromium_offer), 0);
	CHECK_INT(sdp.n_formats, 7);
	struct sdp_format f = sdp_choose(&sdp, all, 4);
	CHECK(f.codec == SDP_OPUS && f.payload_type == 111 && f.clock_hz == 48000);
	f = sdp_choose(&sdp, all + 1, 3);
	CHECK(f.codec == SDP_G722 && f.payload_type == 9 && f.clock_hz == 8000);
	CHECK_INT(sdp_telephone_event(&sdp, 48000), 110);
	CHECK_INT(sdp_telephone_event(&sdp, 8000), 126);
	CHECK_INT(sdp_comfort_noise(&sdp), 13);
	/* A phone with Opus and key presses of the old clock alone. */
	CHECK_INT(parse("v=0\nm=audio 4000 RTP/AVP 96 101\na=rtpmap:96 OPUS/48000/2\na=rtpmap:101 "
			"telephone-event/8000\n"),
		0);
	CHECK_INT(sdp_choose(&sdp, all, 4).codec, SDP_OPUS);
	CHECK_INT(sdp_telephone_event(&sdp, 48000), 101);
	/* What only sounds like ours. */
	CHECK_INT(parse("v=0\nm=audio 4000 RTP/AVP 96\na=rtpmap:96 opus/48000\n"), SDP_NO_COMMON_CODEC);
	CHECK_INT(parse("v=0\nm=audio 4000 RTP/AVP 96\na=rtpmap:96 G722/16000\n"), SDP_NO_COMMON_CODEC);
	CHECK_INT(parse("v=0\nm=audio 4000 RTP/AVP 13 101\na=rtpmap:101 telephone-event/8000\n"),
		SDP_NO_COMMON_CODEC);
}

TEST(a_narrow_answer_names_one_voice_and_its_keys)
{
	char text[SDP_TEXT_MAX];
	struct sdp local = our_browser_side(), offer;

	local.formats[0] = (struct sdp_format){SDP_G722, 9};
	local.formats[1] = (struct sdp_format){SDP_OPUS, 111};
	local.formats[2] = (struct sdp_format){SDP_TELEPHONE_EVENT, 126};
	local.is_narrow = true;
	CHECK_INT(parse(chromium_offer), 0);
	offer = sdp;
	CHECK_INT(sdp_write(&local, &offer, text, sizeof(text)), 0);
	CHECK(strstr(text, "m=audio 40000 UDP/TLS/RTP/SAVPF 111 110\r\n"));
	CHECK(strstr(text, "a=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10;useinbandfec=1\r\n"));
	CHECK(strstr(text, "a=rtpmap:110 telephone-event/48000\r\n"));
	CHECK_INT(parse("v=0\nm=audio 4000 RTP/AVP 18 9 8 101 13\na=rtpmap:101 telephone-event/8000\n"), 0);
	offer = sdp;
	local.is_webrtc = false;
	CHECK_INT(sdp_write(&local, &offer, text, sizeof(text)), 0);
	CHECK(strstr(text, "m=audio 40000 RTP/AVP 9 101\r\n"));
	local.formats[local.n_formats++] = (struct sdp_format){SDP_COMFORT_NOISE, 13};
	CHECK_INT(sdp_write(&local, &offer, text, sizeof(text)), 0);
	CHECK(strstr(text, "m=audio 40000 RTP/AVP 9 13 101\r\n"));
	local.n_formats = 0;
	CHECK_INT(sdp_write(&local, &offer, text, sizeof(text)), 0);
	CHECK(strstr(text, "m=audio 0 RTP/AVP 0\r\n"));
}

#define KEY_A "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"
#define KEY_B "PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR"

TEST(sdes_is_read_and_answered_with_its_tag)
{
	char text[SDP_TEXT_MAX], want[256];
	struct sdp local = {.port = 4000,
		.formats = {{SDP_PCMA, 8}},
		.n_formats = 1,
		.address = "192.0.2.1",
		.has_rtcp_mux = true};

	CHECK_INT(
		parse("v=0\nc=IN IP4 192.0.2.2\nm=audio 5000 RTP/SAVP 8\na=crypto:1 F8_128_HMAC_SHA1_80 "
		      "inline:" KEY_A "\na=crypto:7 AES_CM_128_HMAC_SHA1_80 inline:" KEY_A
		      "|2^20\na=crypto:8 AES_CM_128_HMAC_SHA1_32 inline:" KEY_B
		      "|2^20|1:4\na=crypto:9 AES_CM_128_HMAC_SHA1_32 inline:" KEY_B
		      "\na=crypto:10 AES_CM_128_HMAC_SHA1_32 inline:" KEY_B " UNENCRYPTED_SRTP\na=crypto:11 "
		      "AEAD_AES_128_GCM inline:" KEY_A "\n"),
		0);
	CHECK_INT(sdp.security, SDP_SDES);
	CHECK_INT(sdp.n_cryptos, 2);
	CHECK_INT(sdp.cryptos[0].tag, 7);
	CHECK_INT(sdp.cryptos[0].suite, SDP_AES_CM_128_HMAC_SHA1_80);
	CHECK(memcmp(sdp.cryptos[0].key, "YS__semctl () {\t220;}\n}\nunles", 30) == 0 ||
		sdp.cryptos[0].key[0] == 'Y');
	CHECK_INT(sdp.cryptos[1].tag, 9);
	struct sdp offer = sdp;
	/* Without a key of ours the line is refused, never answered in the clear. */
	CHECK_INT(sdp_write(&local, &offer, text, sizeof(text)), 0);
	CHECK(strstr(text, "m=audio 0 RTP/SAVP 8\r\n"));
	local.n_cryptos = 1;
	local.cryptos[0] = (struct sdp_crypto){.tag = 1, .suite = SDP_AES_CM_128_HMAC_SHA1_80};
	for (uint8_t i = 0; i < 30; i++)
		local.cryptos[0].key[i] = i;
	CHECK_INT(sdp_write(&local, &offer, text, sizeof(text)), 0);
	CHECK(strstr(text, "m=audio 4000 RTP/SAVP 8\r\n"));
	str_printf(want, sizeof(want), "a=crypto:7 AES_CM_128_HMAC_SHA1_80 inline:%s\r\n",
		"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd");
	CHECK(strstr(text, want));
	CHECK(!strstr(text, "rtcp-mux"));
	CHECK_INT(parse(text), 0);
	CHECK(memcmp(sdp.cryptos[0].key, local.cryptos[0].key, 30) == 0);
}

TEST(suites_of_all_lengths_survive_writing_and_reading)
{
	char text[SDP_TEXT_MAX];

	for (int suite = SDP_AES_CM_128_HMAC_SHA1_80; suite <= SDP_AEAD_AES_256_GCM; suite++) {
		struct sdp local = {.port = 4000,
			.formats = {{SDP_PCMA, 8}},
			.n_formats = 1,
			.address = "192.0.2.1",
			.security = SDP_SDES,
			.n_cryptos = 1};
		local.cryptos[0] = (struct sdp_crypto){.tag = 3, .suite = (enum sdp_suite)suite};
		memset(local.cryptos[0].key, 0xfb, sdp_suite_bytes((enum sdp_suite)suite));
		CHECK_INT(sdp_write(&local, NULL, text, sizeof(text)), 0);
		CHECK(strstr(text, "m=audio 4000 RTP/SAVP 8\r\n"));
		CHECK_INT(parse(text), 0);
		CHECK_INT(sdp.security, SDP_SDES);
		CHECK_INT(sdp.cryptos[0].suite, suite);
		CHECK(memcmp(sdp.cryptos[0].key, local.cryptos[0].key, sizeof(sdp.cryptos[0].key)) == 0);
	}
}

TEST(telephones_with_dtls_and_invitations_to_encrypt)
{
	char text[SDP_TEXT_MAX];
	struct sdp local = {.port = 4000,
		.formats = {{SDP_PCMA, 8}},
		.n_formats = 1,
		.address = "192.0.2.1",
		.security = SDP_DTLS,
		.has_rtcp_mux = true,
		.fingerprint = FINGERPRINT};

	CHECK_INT(parse("v=0\nc=IN IP4 192.0.2.2\na=fingerprint:" FINGERPRINT
			"\nm=audio 5000 UDP/TLS/RTP/SAVP 8\na=setup:actpass\na=rtcp-mux\n"),
		0);
	CHECK(sdp.security == SDP_DTLS && !sdp.is_webrtc);
	struct sdp offer = sdp;
	CHECK_INT(sdp_write(&local, &offer, text, sizeof(text)), 0);
	CHECK(strstr(text, "m=audio 4000 UDP/TLS/RTP/SAVP 8\r\n"));
	CHECK(strstr(text, "a=fingerprint:" FINGERPRINT "\r\na=setup:passive\r\n") &&
		strstr(text, "a=rtcp-mux\r\n"));
	CHECK(!strstr(text, "ice"));
	/* RFC 8643: RTP/AVP with keys. */
	CHECK_INT(parse("v=0\nc=IN IP4 192.0.2.2\nm=audio 5000 RTP/AVP 8\na=crypto:1 AES_CM_128_HMAC_SHA1_80 "
			"inline:" KEY_A "\na=rtcp:5003\n"),
		0);
	CHECK(sdp.security == SDP_CLEAR && sdp.n_cryptos == 1 && sdp.rtcp_port == 5003);
	offer = sdp;
	local.security = SDP_CLEAR;
	CHECK_INT(sdp_write(&local, &offer, text, sizeof(text)), 0);
	CHECK(strstr(text, "RTP/AVP 8") && !strstr(text, "a=crypto"));
	local.cryptos[0] = offer.cryptos[0];
	local.n_cryptos = 1;
	CHECK_INT(sdp_write(&local, &offer, text, sizeof(text)), 0);
	CHECK(strstr(text, "RTP/AVP 8") && strstr(text, "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" KEY_A));
}

TEST(pictures_are_offered_and_answered_in_the_bundle)
{
	char text[SDP_TEXT_MAX];
	struct sdp local = our_browser_side(), offer;

	CHECK_INT(parse(chromium_offer), 0);
	offer = sdp;
	CHECK(offer.video.is_there && offer.video.index == 1 && offer.video.payload_type == 96);
	CHECK_STR(offer.video.mid, "1");
	local.video = (struct sdp_video){.is_there = true, .payload_type = 120, .ssrc = 777};
	CHECK_INT(sdp_write(&local, &offer, text, sizeof(text)), 0);
	CHECK(strstr(text, "a=group:BUNDLE 0 1\r\n"));
	CHECK(strstr(text, "m=video 40000 UDP/TLS/RTP/SAVPF 96\r\n") &&
		strstr(text, "a=rtpmap:96 VP8/90000\r\n"));
	CHECK(strstr(text, "a=rtcp-fb:96 nack pli\r\na=sendrecv\r\n"));
	CHECK(strstr(text, "a=msid:markaz video\r\na=ssrc:777 cname:markaz\r\n"));
	CHECK(strstr(text, "m=application 0 "));
	CHECK_INT(parse(text), 0);
	CHECK(sdp.video.is_there && sdp.video.ssrc == 777);
	/* A browser that only looks gets pictures and sends none. */
	offer.video.direction = SDP_RECVONLY;
	CHECK_INT(sdp_write(&local, &offer, text, sizeof(text)), 0);
	CHECK_INT(parse(text), 0);
	CHECK_INT(sdp.video.direction, SDP_SENDONLY);
	/* Our own offer: below the audio, without a port of its own. */
	CHECK_INT(sdp_write(&local, NULL, text, sizeof(text)), 0);
	CHECK(strstr(text, "a=group:BUNDLE 0 1\r\n") && strstr(text, "m=video 0 UDP/TLS/RTP/SAVPF 120\r\n"));
	CHECK(strstr(text, "a=mid:1\r\na=bundle-only\r\n"));
	/* Telephones get none, whatever the centre thinks. */
	local.is_webrtc = false;
	local.video.is_there = true;
	CHECK_INT(sdp_write(&local, &offer, text, sizeof(text)), 0);
	CHECK(strstr(text, "m=video 0 "));
}

TEST(errors_have_words)
{
	for (int i = SDP_OK; i <= SDP_NO_COMMON_CODEC; i++)
		CHECK(strlen(sdp_error_text(i)) > 5);
}

/* ---- T.38 ---- */

#define T38_OFFER                                                                                            \
	"v=0\r\no=- 1 2 IN IP4 198.51.100.7\r\ns=-\r\nc=IN IP4 198.51.100.7\r\nt=0 0\r\n"                    \
	"m=image 40002 udptl t38\r\na=T38FaxVersion:3\r\na=T38MaxBitRate:14400\r\n"                          \
	"a=T38FaxRateManagement:transferredTCF\r\na=T38FaxFillBitRemoval:0\r\na=T38FaxMaxBuffer:262\r\n"     \
	"a=T38FaxMaxDatagram:176\r\na=T38FaxUdpEC:t38UDPRedundancy\r\n"

TEST(t38_is_read_and_answered_when_we_are_ready)
{
	struct sdp remote, again,
		local = {.address = "192.0.2.1", .port = 4000, .formats = {{SDP_PCMA, 8}}, .n_formats = 1};
	char text[SDP_TEXT_MAX];

	CHECK_INT(sdp_parse(T38_OFFER, strlen(T38_OFFER), &remote), SDP_OK);
	CHECK(!remote.has_audio && remote.t38.is_there && remote.t38.port == 40002);
	CHECK_STR(remote.t38.address, "198.51.100.7");
	CHECK(remote.t38.version == 3 && remote.t38.bit_rate_max == 14400 && remote.t38.datagram_max == 176);
	CHECK(remote.t38.is_redundancy);
	CHECK(!sdp_can_answer(&local, &remote));
	local.is_t38_ready = true;
	CHECK(sdp_can_answer(&local, &remote));
	CHECK_INT(sdp_write(&local, &remote, text, sizeof(text)), 0);
	CHECK(strstr(text, "m=image 4000 udptl t38\r\n") && strstr(text, "T38FaxUdpEC:t38UDPRedundancy"));
	CHECK_INT(sdp_parse(text, strlen(text), &again), SDP_OK);
	CHECK(again.t38.is_there && again.t38.port == 4000);
}

TEST(t38_beside_audio_takes_its_place_only_when_we_are_ready)
{
	const char *both = "v=0\nc=IN IP4 198.51.100.7\nm=audio 30000 RTP/AVP 8\nm=image 30002 udptl t38\n";
	const char *fallback = "v=0\nc=IN IP4 198.51.100.7\nm=audio 0 RTP/AVP 8\nm=image 30002 UDPTL "
			       "T38\na=T38FaxUdpEC:t38UDPFEC\na=t38maxbitrate: junk\n";
	struct sdp remote,
		local = {.address = "192.0.2.1", .port = 4000, .formats = {{SDP_PCMA, 8}}, .n_formats = 1};
	char text[SDP_TEXT_MAX];

	CHECK_INT(sdp_parse(both, strlen(both), &remote), SDP_OK);
	CHECK(remote.has_audio && remote.t38.is_there);
	CHECK_INT(sdp_write(&local, &remote, text, sizeof(text)), 0);
	CHECK(strstr(text, "m=audio 4000 ") && strstr(text, "m=image 0 udptl t38"));
	local.is_t38_ready = true;
	CHECK_INT(sdp_write(&local, &remote, text, sizeof(text)), 0);
	CHECK(strstr(text, "m=audio 0 ") && strstr(text, "m=image 4000 udptl t38"));
	CHECK_INT(sdp_parse(fallback, strlen(fallback), &remote), SDP_OK);
	CHECK(!remote.has_audio && remote.t38.is_there && !remote.t38.is_redundancy &&
		remote.t38.bit_rate_max == 0);
	CHECK_INT(parse("v=0\nm=image 0 udptl t38\n"), SDP_NO_AUDIO);
}

TEST(what_we_offer_is_t38_alone)
{
	struct sdp again, local = {.address = "192.0.2.1",
				  .port = 4000,
				  .formats = {{SDP_PCMA, 8}},
				  .n_formats = 1,
				  .is_t38_ready = true,
				  .is_t38_wanted = true};
	char text[SDP_TEXT_MAX];

	CHECK_INT(sdp_write(&local, NULL, text, sizeof(text)), 0);
	CHECK(!strstr(text, "m=audio"));
	CHECK_INT(sdp_parse(text, strlen(text), &again), SDP_OK);
	CHECK(again.t38.is_there && again.t38.index == 0 && again.t38.datagram_max == 400);
}

static void write_for(const char *remote_text, bool is_wanted, const char *expected)
{
	struct sdp remote, local = {.has_audio = true,
				   .address = "192.0.2.1",
				   .address_v6 = "2001:db8::1",
				   .is_v6_wanted = is_wanted,
				   .port = 4000,
				   .formats = {{SDP_PCMA, 8}},
				   .n_formats = 1};
	char text[SDP_TEXT_MAX];

	if (remote_text && sdp_parse(remote_text, strlen(remote_text), &remote) != SDP_OK)
		test_fail(__FILE__, __LINE__, "%s", remote_text);
	CHECK_INT(sdp_write(&local, remote_text ? &remote : NULL, text, sizeof(text)), 0);
	if (!strstr(text, expected))
		test_fail(__FILE__, __LINE__, "no %s in %s", expected, text);
}

TEST(everybody_is_told_an_address_of_their_family)
{
	write_for("v=0\nc=IN IP6 2001:db8::9\nm=audio 9 RTP/AVP 8\n", false, "c=IN IP6 2001:db8::1\r\n");
	write_for("v=0\nc=IN IP4 192.0.2.9\nm=audio 9 RTP/AVP 8\n", true, "c=IN IP4 192.0.2.1\r\n");
	/* On hold in the old way, and by a name: what is known otherwise counts. */
	write_for("v=0\nc=IN IP4 0.0.0.0\nm=audio 9 RTP/AVP 8\n", true, "c=IN IP6 2001:db8::1\r\n");
	write_for("v=0\nc=IN IP4 phone.example\nm=audio 9 RTP/AVP 8\n", false, "c=IN IP4 192.0.2.1\r\n");
	write_for(NULL, true, "c=IN IP6 2001:db8::1\r\n");
	write_for(NULL, false, "c=IN IP4 192.0.2.1\r\n");

	struct sdp browser = {.has_audio = true,
		.is_webrtc = true,
		.address = "192.0.2.1",
		.address_v6 = "2001:db8::1",
		.port = 4000,
		.formats = {{SDP_OPUS, 111}},
		.n_formats = 1};
	char text[SDP_TEXT_MAX];
	CHECK_INT(sdp_write(&browser, NULL, text, sizeof(text)), 0);
	CHECK(strstr(text, " udp 2130706431 2001:db8::1 4000 typ host\r\n"));
	CHECK(strstr(text, " udp 2130706175 192.0.2.1 4000 typ host\r\n"));
	/* No browser elsewhere is told of our loopback. */
	str_put(browser.address_v6, sizeof(browser.address_v6), "::1");
	CHECK_INT(sdp_write(&browser, NULL, text, sizeof(text)), 0);
	CHECK(strstr(text, " udp 2130706431 192.0.2.1 4000 typ host\r\n") && !strstr(text, "::1"));
}

TEST(pictures_of_another_kind_alone_are_declined_and_the_sound_is_taken)
{
	struct sdp remote, local = {.has_audio = true,
				   .is_webrtc = true,
				   .address = "192.0.2.1",
				   .port = 4000,
				   .fingerprint = FINGERPRINT,
				   .formats = {{SDP_OPUS, 111, 48000}},
				   .n_formats = 1,
				   .video = {.is_there = true, .payload_type = 96, .ssrc = 5}};
	const char *text = "v=0\na=group:BUNDLE 0 1\na=fingerprint:" FINGERPRINT
			   "\na=ice-ufrag:abcd\na=ice-pwd:abcdefghijklmnopqrstuv\na=setup:actpass\n"
			   "m=audio 9 UDP/TLS/RTP/SAVPF 111\na=mid:0\na=rtpmap:111 opus/48000/2\na=rtcp-mux\n"
			   "m=video 9 UDP/TLS/RTP/SAVPF 102 103\na=mid:1\na=rtpmap:102 H264/90000\n"
			   "a=fmtp:102 packetization-mode=1;profile-level-id=42e01f\na=rtpmap:103 rtx/90000\n"
			   "a=fmtp:103 apt=102\n";
	char answer[SDP_TEXT_MAX];

	CHECK_INT(sdp_parse(text, strlen(text), &remote), SDP_OK);
	CHECK(remote.has_audio && !remote.video.is_there);
	CHECK_INT(sdp_write(&local, &remote, answer, sizeof(answer)), 0);
	CHECK(strstr(answer, "m=audio 4000 ") && strstr(answer, "m=video 0 UDP/TLS/RTP/SAVPF 102\r\n"));
	CHECK(!strstr(answer, "rtx"));
}
