/* The parsers of ours, with the rows of the RFCs and with nonsense. */
#include "harness/test.h"
#include "api/exchange.h"
#include "api/http_parts.h"
#include "base/alloc.h"
#include "api/rate.h"

#include <errno.h>
#include <stdlib.h>

TEST(queries_are_split_decoded_and_bounded)
{
	struct query q = {0};

	CHECK_INT(query_parse(&q, "a=1&b=x%20y+z&c&=d&&e=%d9%81", 28), 0);
	CHECK_STR(query_get(&q, "a"), "1");
	CHECK_STR(query_get(&q, "b"), "x y z");
	CHECK_STR(query_get(&q, "c"), "");
	CHECK_STR(query_get(&q, "e"), "\u0641");
	CHECK(!query_get(&q, "f"));
	CHECK_INT(query_parse(&q, "a=%", 3), -EINVAL);
	CHECK_INT(query_parse(&q, "a=%4", 4), -EINVAL);
	CHECK_INT(query_parse(&q, "a=%zz", 5), -EINVAL);
	CHECK_INT(query_parse(&q, "a=%00", 5), -EINVAL);
	CHECK_INT(query_parse(&q, "a=%c0%af", 8), -EINVAL);
	struct query full = {0};
	for (int i = 0; i < QUERY_ARGUMENTS_MAX; i++)
		CHECK_INT(query_add(&full, "k=v", 3), 0);
	CHECK_INT(query_add(&full, "k=v", 3), -E2BIG);
	CHECK_INT(query_add(&(struct query){0}, "k=v\0w", 5), -EINVAL);
}

TEST(cookies_are_found_by_their_whole_name)
{
	char v[16];

	CHECK_INT(cookie_get("a=1; markaz_session=abc; b=2", "markaz_session", v, sizeof(v)), 0);
	CHECK_STR(v, "abc");
	CHECK_INT(cookie_get("xmarkaz_session=abc", "markaz_session", v, sizeof(v)), -ENOENT);
	CHECK_INT(cookie_get("markaz_session_2=abc", "markaz_session", v, sizeof(v)), -ENOENT);
	CHECK_INT(cookie_get("markaz_session=\"quoted\" ;", "markaz_session", v, sizeof(v)), 0);
	CHECK_STR(v, "quoted");
	CHECK_INT(cookie_get("markaz_session=0123456789abcdef", "markaz_session", v, sizeof(v)), -E2BIG);
	CHECK_INT(cookie_get(NULL, "a", v, sizeof(v)), -ENOENT);
	CHECK_INT(cookie_get(";;; ;=;", "a", v, sizeof(v)), -ENOENT);
}

TEST(ranges_follow_rfc_9110)
{
	int64_t a = -1, b = -1;

	CHECK_INT(range_parse("bytes=0-499", 10000, &a, &b), RANGE_PART);
	CHECK(a == 0 && b == 499);
	CHECK_INT(range_parse("bytes=9500-", 10000, &a, &b), RANGE_PART);
	CHECK(a == 9500 && b == 9999);
	CHECK_INT(range_parse("bytes=-500", 10000, &a, &b), RANGE_PART);
	CHECK(a == 9500 && b == 9999);
	CHECK_INT(range_parse("bytes=-50000", 10000, &a, &b), RANGE_PART);
	CHECK(a == 0 && b == 9999);
	CHECK_INT(range_parse("bytes=9999-20000", 10000, &a, &b), RANGE_PART);
	CHECK(a == 9999 && b == 9999);
	CHECK_INT(range_parse("bytes=10000-", 10000, &a, &b), RANGE_UNSATISFIABLE);
	CHECK_INT(range_parse("bytes=-0", 10000, &a, &b), RANGE_UNSATISFIABLE);
	CHECK_INT(range_parse("bytes=0-0", 0, &a, &b), RANGE_UNSATISFIABLE);
	const char *const whole[] = {"", "bytes=", "bytes=-", "bytes=5-4", "bytes=a-b", "lines=1-2",
		"bytes=0-1,3-4", "bytes=--5", "bytes=99999999999999999999-", "bytes=1-2x", "bytes=1"};
	for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++)
		CHECK_INT(range_parse(whole[i], 10000, &a, &b), RANGE_WHOLE);
	CHECK_INT(range_parse(NULL, 10000, &a, &b), RANGE_WHOLE);
}

TEST(entity_tags_are_lists_and_versions)
{
	int64_t v = 0;

	CHECK(etag_list_has("\"a\", W/\"b\",\"c\"", "b"));
	CHECK(etag_list_has("*", "anything"));
	CHECK(!etag_list_has("\"a", "a"));
	CHECK(!etag_list_has("a", "a"));
	CHECK(!etag_list_has(NULL, "a"));
	CHECK_INT(etag_version("\"7\"", &v), 0);
	CHECK_INT(v, 7);
	CHECK_INT(etag_version("*", &v), -ENOENT);
	CHECK_INT(etag_version("", &v), -ENOENT);
	CHECK_INT(etag_version("\"7", &v), -EINVAL);
	CHECK_INT(etag_version("\"-1\"", &v), -EINVAL);
	CHECK_INT(etag_version("\"0\"", &v), -EINVAL);
}

TEST(gzip_is_taken_only_when_said)
{
	CHECK(accepts_gzip("br, gzip;q=0.5"));
	CHECK(accepts_gzip("GZIP"));
	CHECK(!accepts_gzip("gzip;q=0"));
	CHECK(!accepts_gzip("gzipped, br"));
	CHECK(!accepts_gzip(NULL));
}

TEST(addresses_are_listed_by_block)
{
	char a[64] = "::ffff:192.0.2.1";

	address_unmap(a);
	CHECK_STR(a, "192.0.2.1");
	CHECK(address_listed("10.0.0.0/8, 192.0.2.0/31", a));
	CHECK(!address_listed("192.0.2.2/31", a));
	CHECK(address_listed("2001:db8::/33", "2001:db8:7fff::1"));
	CHECK(!address_listed("2001:db8::/33", "2001:db8:8000::1"));
	CHECK(!address_listed("0.0.0.0/0", "::1"));
	CHECK(!address_listed("nonsense,10.0.0.0/99,/8,", "10.0.0.1"));
	CHECK(address_is_loopback("127.9.9.9") && address_is_loopback("::1") &&
		!address_is_loopback("128.0.0.1"));
}

TEST(the_client_is_the_last_address_no_proxy_of_ours_wrote)
{
	char a[64];

	CHECK_INT(forwarded_for("198.51.100.9, 203.0.113.7, 10.0.0.2", "10.0.0.0/8", a, sizeof(a)), 0);
	CHECK_STR(a, "203.0.113.7");
	CHECK_INT(forwarded_for("10.0.0.3,10.0.0.2", "10.0.0.0/8", a, sizeof(a)), -ENOENT);
	CHECK_INT(forwarded_for("203.0.113.7, evil", "10.0.0.0/8", a, sizeof(a)), -ENOENT);
	CHECK_INT(forwarded_for("", "10.0.0.0/8", a, sizeof(a)), -ENOENT);
}

TEST(origins_must_name_our_host)
{
	CHECK(origin_is_same("https://markaz.example:8443", "markaz.example:8443"));
	CHECK(origin_is_same("http://MARKAZ.example", "markaz.EXAMPLE"));
	CHECK(!origin_is_same("https://evil.example", "markaz.example"));
	CHECK(!origin_is_same("https://markaz.example.evil.example", "markaz.example"));
	CHECK(!origin_is_same("null", "markaz.example"));
	CHECK(!origin_is_same("https://", ""));
}

TEST(rates_count_per_key_and_window)
{
	struct rates *r = calloc(1, sizeof(*r));

	rates_init(r, 3, 1000);
	for (int i = 0; i < 3; i++)
		CHECK_INT(rates_take(r, "a", 100), 0);
	CHECK_INT(rates_take(r, "a", 600), 500);
	CHECK_INT(rates_check(r, "a", 600), 500);
	CHECK_INT(rates_take(r, "b", 600), 0);
	rates_give_back(r, "a");
	CHECK_INT(rates_take(r, "a", 600), 0);
	CHECK_INT(rates_take(r, "a", 600), 500);
	rates_give_back(r, "unknown");
	rates_forget(r, "a");
	CHECK_INT(rates_take(r, "a", 600), 0);
	CHECK_INT(rates_take(r, "a", 5000), 0);
	CHECK_INT(rates_check(r, "a", 5000), 0);
	free(r);
}

TEST_OOM(an_exchange_without_memory_answers_nothing_wrong)
{
	_cleanup_exchange_ struct exchange *x = exchange_new(NULL, 7);

	if (!x)
		return;
	reply_header(x, "X-One", "%d", 1);
	reply_header(x, "X-Two", "a\r\nb");
	x->request.body = alloc_dup("{}", 3);
	x->request.body_len = x->request.body ? 2 : 0;
	_cleanup_json_ json_t *body = body_object(x);
	CHECK(body || x->response.status == 422);
	reply_json(x, 200, json_pack("{s:i}", "a", 1));
	CHECK_INT(x->response.status, 200);
	CHECK(x->response.headers.failed || strstr(x->response.headers.data, "X-Two: a  b\n"));
	reply_json(x, 200, NULL);
	CHECK_INT(x->response.status, 503);
}
