/* The parts that need no socket: address matching, throttling, digest, identities. */
#include "sip/digest.h"
#include "sip/registrations.h"
#include "base/clock.h"
#include "base/str.h"
#include "sip/identity.h"
#include "sip/match.h"
#include "sip/throttle.h"
#include "harness/test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static int a, b, c, d, e;

static int add(struct match *m, const char *text, void *value)
{
	struct match_rule rule;
	int err = sip_match_parse(text, &rule);

	if (err)
		return err;
	rule.value = value;
	return sip_match_add(m, &rule);
}

static void *find(const struct match *m, const char *text)
{
	struct match_rule rule;

	if (sip_match_parse(text, &rule) < 0)
		return NULL;
	return sip_match_find(m, rule.address, rule.port);
}

TEST_OOM(the_most_exact_address_wins)
{
	static const char *const rules[] = {
		"192.0.2.0/24", "192.0.2.7", "192.0.2.7:5062", "2001:db8::/32", "10.0.0.0/8"};
	static void *const values[] = {&a, &b, &c, &d, &e};
	struct match m = {0};
	struct match_rule rule;

	for (int i = 0; i < 5; i++)
		if (add(&m, rules[i], values[i]) == -ENOMEM) {
			sip_match_free(&m);
			return;
		}
	sip_match_seal(&m);
	CHECK(find(&m, "192.0.2.7:5062") == &c);
	CHECK(find(&m, "192.0.2.7:5060") == &b);
	CHECK(find(&m, "192.0.2.8:5062") == &a);
	CHECK(find(&m, "[2001:db8:1::9]:5060") == &d);
	CHECK(find(&m, "10.255.0.1") == &e);
	CHECK(find(&m, "192.0.3.7:5062") == NULL);
	CHECK(find(&m, "2001:db9::1") == NULL);
	CHECK_INT(sip_match_parse("192.0.2.7:5070", &rule), 0);
	CHECK(sip_match_has_address(&m, rule.address));
	CHECK_INT(sip_match_parse("172.16.0.1", &rule), 0);
	CHECK(!sip_match_has_address(&m, rule.address));
	sip_match_free(&m);
}

TEST(bad_addresses_are_refused)
{
	static const char *const bad[] = {"", "host", "192.0.2.7/33", "192.0.2.7:0", "192.0.2.7:65536",
		"192.0.2.7/", "192.0.2.7:x", "[2001:db8::1", "[2001:db8::1]x", "2001:db8::/129", "1.2.3",
		"1.2.3.4/24/1"};
	struct match_rule rule;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK_INT(sip_match_parse(bad[i], &rule), -EINVAL);
}

TEST(a_flood_is_dropped_and_forgiven)
{
	static const struct throttle_address bad = {{1}}, good = {{2}};
	struct throttle *t = sip_throttle_new();

	CHECK(t);
	for (int i = 0; i <= THROTTLE_SCORE_MAX; i++) {
		CHECK(!sip_throttle_is_exceeded(t, &bad, 1000));
		sip_throttle_add(t, &bad, 1000);
	}
	CHECK(sip_throttle_is_exceeded(t, &bad, 1000));
	CHECK(!sip_throttle_is_exceeded(t, &good, 1000));
	CHECK(!sip_throttle_is_exceeded(t, &bad, 2000));
	sip_throttle_free(t);
}

TEST(ten_wrong_passwords_block_for_a_minute)
{
	static const struct throttle_address bad = {{1}};
	struct throttle *t = sip_throttle_new();

	CHECK(t);
	for (int i = 0; i < THROTTLE_FAILURES_MAX - 1; i++)
		sip_throttle_login_failed(t, &bad, 100000 + i);
	CHECK(!sip_throttle_login_is_blocked(t, &bad, 100100));
	sip_throttle_login_succeeded(t, &bad, 100100);
	for (int i = 0; i < THROTTLE_FAILURES_MAX; i++)
		sip_throttle_login_failed(t, &bad, 100200 + i);
	CHECK(sip_throttle_login_is_blocked(t, &bad, 100300));
	CHECK(!sip_throttle_login_is_blocked(t, &bad, 100300 + THROTTLE_BLOCK_MS));
	sip_throttle_free(t);
}

TEST(many_sources_do_not_lift_a_block)
{
	static const struct throttle_address bad = {{1}};
	struct throttle *t = sip_throttle_new();
	struct throttle_address other = {{3}};

	CHECK(t);
	for (int i = 0; i < THROTTLE_FAILURES_MAX; i++)
		sip_throttle_login_failed(t, &bad, 100000);
	for (int i = 0; i < 50000; i++) {
		memcpy(other.at + 4, &i, sizeof(i));
		sip_throttle_add(t, &other, 100001);
	}
	CHECK(sip_throttle_login_is_blocked(t, &bad, 100002));
	sip_throttle_free(t);
}

TEST(nonces_are_signed_bound_and_expire)
{
	struct digest_key key, other;
	char nonce[DIGEST_NONCE_SIZE];
	uint8_t here[16] = {1}, there[16] = {2};

	digest_key_make(&key);
	digest_key_make(&other);
	digest_nonce(&key, here, 1000, nonce);
	CHECK_INT(strlen(nonce), DIGEST_NONCE_SIZE - 1);
	CHECK_INT(digest_nonce_check(&key, here, 1010, nonce, strlen(nonce)), DIGEST_NONCE_GOOD);
	CHECK_INT(digest_nonce_check(&key, here, 1001 + DIGEST_NONCE_LIFE_S, nonce, strlen(nonce)),
		DIGEST_NONCE_STALE);
	CHECK_INT(digest_nonce_check(&key, there, 1010, nonce, strlen(nonce)), DIGEST_NONCE_FORGED);
	CHECK_INT(digest_nonce_check(&other, here, 1010, nonce, strlen(nonce)), DIGEST_NONCE_FORGED);
	CHECK_INT(digest_nonce_check(&key, here, 1010, nonce, strlen(nonce) - 1), DIGEST_NONCE_FORGED);
	nonce[15]++;
	CHECK_INT(digest_nonce_check(&key, here, 1010, nonce, strlen(nonce)), DIGEST_NONCE_FORGED);
}

/* The worked example of RFC 2617 section 3.5. */
TEST(digest_agrees_with_the_rfc)
{
	static const char header[] = "Digest username=\"Mufasa\", realm=\"testrealm@host.com\", "
				     "nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", uri=\"/dir/index.html\", "
				     "qop=auth, nc=00000001, "
				     "cnonce=\"0a4f113b\", response=\"6629fae49393a05397450978507c4ef1\"";
	struct httpauth_digest_resp resp;
	struct pl pl = PL(header), get = PL("GET"), put = PL("PUT");
	struct digest_ha1 ha1;

	CHECK_INT(httpauth_digest_response_decode(&resp, &pl), 0);
	digest_ha1("Mufasa", "testrealm@host.com", "Circle Of Life", &ha1);
	CHECK_STR(ha1.md5, "939e7578ed9e3c518a452acee763bce9");
	CHECK(digest_is_right(&resp, &get, &ha1));
	CHECK(!digest_is_right(&resp, &put, &ha1));
	digest_ha1("Mufasa", "testrealm@host.com", "circle of life", &ha1);
	CHECK(!digest_is_right(&resp, &get, &ha1));
}

/* The worked example of RFC 7616 section 3.9.1, by SHA-256 and by MD5. */
TEST(digest_by_sha256_agrees_with_the_rfc)
{
	static const char *const responses[] = {
		"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
		"8ca523f5e9506fed4657c9700eebdbec"};
	struct pl get = PL("GET"), pl;
	struct httpauth_digest_resp resp;
	struct digest_ha1 ha1, other;
	char header[512];

	digest_ha1("Mufasa", "http-auth@example.org", "Circle of Life", &ha1);
	digest_ha1("Mufasa", "http-auth@example.org", "Circle of life", &other);
	for (int i = 0; i < 2; i++) {
		(void)snprintf(header, sizeof(header),
			"Digest username=\"Mufasa\", realm=\"http-auth@example.org\", "
			"uri=\"/dir/index.html\", "
			"nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", nc=00000001, "
			"cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\", qop=auth, response=\"%s\"",
			responses[i]);
		pl_set_str(&pl, header);
		CHECK_INT(httpauth_digest_response_decode(&resp, &pl), 0);
		CHECK(digest_is_right(&resp, &get, &ha1));
		CHECK(!digest_is_right(&resp, &get, &other));
	}
	ha1.sha256[0] = '\0'; /* a password stored before */
	CHECK(digest_is_right(&resp, &get, &ha1));
	resp.response = (struct pl)PL("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	CHECK(!digest_is_right(&resp, &get, &ha1));
}

static struct httpauth_digest_resp counted(const char *nonce, const char *nc)
{
	struct httpauth_digest_resp resp = {.qop = PL("auth")};

	pl_set_str(&resp.nonce, nonce);
	pl_set_str(&resp.nc, nc);
	if (!nc[0])
		resp.qop = (struct pl){0};
	return resp;
}

TEST(a_digest_is_good_once)
{
	static const struct {
		const char *nonce, *nc;
		bool is_first;
	} uses[] = {{"a", "00000001", true}, {"a", "00000001", false}, {"a", "00000003", true},
		{"a", "00000002", true}, {"a", "00000002", false}, {"b", "00000001", true},
		{"a", "00000100", true}, {"a", "00000003", false}, {"a", "000000c1", true},
		{"a", "000000c0", false}, {"c", "", true}, {"c", "", false}, {"c", "00000001", false},
		{"d", "zz", true}, {"d", "000000001", false}};
	struct digest_counts counts = {0};
	char nonce[16];

	for (size_t i = 0; i < sizeof(uses) / sizeof(uses[0]); i++) {
		struct httpauth_digest_resp resp = counted(uses[i].nonce, uses[i].nc);
		CHECK_INT(digest_is_first_use(&counts, &resp), uses[i].is_first);
	}
	for (int i = 0; i < 3 * DIGEST_COUNTS_MAX; i++) { /* more phones than we keep count of */
		(void)snprintf(nonce, sizeof(nonce), "n%d", i);
		struct httpauth_digest_resp resp = counted(nonce, "00000001");
		CHECK(digest_is_first_use(&counts, &resp) && !digest_is_first_use(&counts, &resp));
	}
}

static void number_of(const char *text, char *ret_number)
{
	struct uri uri;
	struct pl pl;

	ret_number[0] = '\0';
	pl_set_str(&pl, text);
	if (uri_decode(&uri, &pl) == 0)
		identity_number(&uri, ret_number, SIP_NUMBER_MAX);
}

TEST(numbers_are_read_from_uris)
{
	char number[SIP_NUMBER_MAX];

	number_of("sip:+98211234;phone-context=x@host", number);
	CHECK_STR(number, "+98211234");
	number_of("sip:%2B98%00%0a@host", number);
	CHECK_STR(number, "+98??");
	number_of("tel:+1-201-555-0123", number);
	CHECK_STR(number, "+1-201-555-0123");
	number_of("sip:host", number);
	CHECK_STR(number, "");
	number_of("sip:%ff%fe@host", number);
	CHECK_STR(number, "??");
}

TEST(nothing_can_be_smuggled_into_a_request)
{
	char text[64];

	CHECK(identity_is_uri("sip:a@192.0.2.1:5060;transport=tcp"));
	CHECK(!identity_is_uri("sip:a@b>\r\nX: y"));
	CHECK(!identity_is_uri("sip:a b@c"));
	CHECK(!identity_is_uri("http://x"));
	CHECK(!identity_is_uri(""));
	identity_user("1\r\n2>\"@;:", text, sizeof(text));
	CHECK_STR(text, "12%3E%22%40%3B%3A");
	identity_quote("a\"b\\c\r\nd", text, sizeof(text));
	CHECK_STR(text, "a\\\"b\\\\cd");
}

TEST(lines_of_kept_registrations_are_read_with_care)
{
	static const char good[] =
		"9000\t0\t127.0.0.1:5062\t7\t1\t500\t1\tsip:a@b\t\tid\t<urn:uuid:1>\tPhone 1";
	static const char *const bad[] = {"", "9000",
		"9000\t0\t127.0.0.1:5062\t7\t1\t500\t1\tsip:a@b\t\tid\t",
		"9000\t9\t127.0.0.1:5062\t7\t1\t500\t1\tsip:a@b\t\tid\t\t",
		"9000\t0\tnowhere\t7\t1\t500\t1\tsip:a@b\t\tid\t\t",
		"9000\t0\t127.0.0.1:5062\t-7\t1\t500\t1\tsip:a@b\t\tid\t\t",
		"9000\t0\t127.0.0.1:5062\t7\t1\t5000\t1\tsip:a@b\t\tid\t\t",
		"9000\t0\t127.0.0.1:5062\t7\t1\t500\t1\t\t\tid\t\t",
		"9000\t0\t127.0.0.1:5062\t7\t1\t500\t1\tsip:a@b\t\tid\t\t\tmore",
		"1000\t0\t127.0.0.1:5062\t7\t1\t500\t1\tsip:a@b\t\tid\t\t"};
	char line[200];
	struct contact at;
	bool is_reachable = false;

	(void)str_put(line, sizeof(line), good);
	CHECK_INT(registrations_parse(line, 2000, &at, &is_reachable), 0);
	CHECK(is_reachable && at.reg_id == 1 && at.q == 500 && at.cseq == 7 && sa_port(&at.source) == 5062);
	CHECK_STR(at.uri, "sip:a@b");
	CHECK_STR(at.user_agent, "Phone 1");
	int64_t left_ms = at.expires_ms - clock_mono_ms();
	CHECK(left_ms > 0 && left_ms <= 7000);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		(void)str_put(line, sizeof(line), bad[i]);
		CHECK(registrations_parse(line, 2000, &at, &is_reachable) < 0);
	}
}
