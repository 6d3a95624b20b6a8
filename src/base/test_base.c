/* Strings, ids, maps, vectors, arenas. */
#include "harness/test.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/jsonx.h"
#include "base/map.h"
#include "base/str.h"
#include "base/vec.h"

#include <errno.h>
#include <stdio.h>

TEST(str_put_never_cuts_inside_a_letter)
{
	char small[4];

	CHECK_INT(str_put(small, sizeof(small), "ab"), 0);
	CHECK_STR(small, "ab");
	CHECK_INT(str_put(small, sizeof(small), "\u0645\u0631\u06a9\u0632"), -E2BIG);
	CHECK_STR(small, "\u0645");
	CHECK_INT(str_put(small, sizeof(small), NULL), 0);
	CHECK_STR(small, "");
}

TEST(str_to_int_takes_whole_numbers_in_range)
{
	int64_t v = 7;

	CHECK_INT(str_to_int("-12", -20, 20, &v), 0);
	CHECK_INT(v, -12);
	CHECK_INT(str_to_int("21", -20, 20, &v), -ERANGE);
	CHECK_INT(str_to_int("99999999999999999999", INT64_MIN, INT64_MAX, &v), -ERANGE);
	CHECK_INT(str_to_int(" 1", 0, 9, &v), -EINVAL);
	CHECK_INT(str_to_int("1x", 0, 9, &v), -EINVAL);
	CHECK_INT(str_to_int("", 0, 9, &v), -EINVAL);
	CHECK_INT(v, -12);
}

TEST(utf8_is_checked_strictly)
{
	CHECK(str_is_utf8("\u0645\u0631\u06a9\u0632 \U0001F600", 13));
	CHECK(!str_is_utf8("\xc0\xaf", 2));
	CHECK(!str_is_utf8("\xed\xa0\x80", 3));
	CHECK(!str_is_utf8("\xf4\x90\x80\x80", 4));
	CHECK(!str_is_utf8("\xe2\x82", 2));
	CHECK(!str_is_utf8("a\0b", 3));
}

TEST_OOM(text_grows_and_remembers_failure)
{
	_cleanup_text_ struct text t = {0};

	for (int i = 0; i < 200; i++)
		text_printf(&t, "%d,", i % 10);
	if (t.failed)
		return;
	CHECK_INT(t.len, 400);
	CHECK_STR(t.data + 394, "7,8,9,");
}

TEST(ids_are_ordered_and_survive_a_clock_that_steps_back)
{
	struct id_gen gen = {0};
	uint64_t a = id_next(&gen, INT64_C(1800000000000), 5);
	uint64_t b = id_next(&gen, INT64_C(1800000000000), 5);
	uint64_t c = id_next(&gen, INT64_C(1700000000000), 9);
	uint64_t back = 0;
	char text[ID_TEXT_SIZE];

	CHECK(a < b && b < c);
	CHECK_INT(id_wall_ms(a), INT64_C(1800000000000));
	CHECK_INT(id_parse(id_text(b, text), &back), 0);
	CHECK(back == b);
	CHECK_INT(id_parse("0000000000000", &back), -EINVAL);
	CHECK_INT(id_parse("8000000000000", &back), -EINVAL);
	CHECK_INT(id_parse("short", &back), -EINVAL);
	CHECK_INT(id_parse("00000000000u0", &back), -EINVAL);
}

TEST_OOM(map_holds_what_was_put)
{
	struct map m = {0};
	static int values[600];
	size_t i = 0, n = 0;

	for (uint64_t k = 1; k < 600; k++)
		if (map_put(&m, k * 64, &values[k]) < 0) {
			map_free(&m);
			return;
		}
	for (uint64_t k = 1; k < 600; k += 2)
		CHECK(map_remove(&m, k * 64) == &values[k]);
	for (uint64_t k = 1; k < 600; k++)
		CHECK(map_get(&m, k * 64) == (k % 2 ? NULL : (void *)&values[k]));
	while (map_next(&m, &i))
		n++;
	CHECK_INT(n, 299);
	CHECK(map_remove(&m, 1) == NULL);
	map_free(&m);
}

TEST(map_replaces_without_needing_memory)
{
	struct map m = {0};
	static int values[9];

	for (uint64_t k = 1; k <= 8; k++)
		CHECK_INT(map_put(&m, k, &values[k]), 0);
	alloc_fail_at(0); /* the table is full by its own rule: a ninth key would have to grow it */
	CHECK_INT(map_put(&m, 8, &values[0]), 0);
	CHECK_INT(map_put(&m, 9, &values[0]), -ENOMEM);
	alloc_fail_at(-1);
	CHECK(map_get(&m, 8) == &values[0]);
	CHECK_INT(m.len, 8);
	map_free(&m);
}

TEST_OOM(strmap_holds_what_was_put)
{
	struct strmap m = {0};
	static int values[100];
	char key[16];

	for (int k = 0; k < 100; k++) {
		snprintf(key, sizeof(key), "key-%d", k);
		if (strmap_put(&m, key, &values[k]) < 0) {
			strmap_free(&m);
			return;
		}
	}
	for (int k = 0; k < 100; k += 3) {
		snprintf(key, sizeof(key), "key-%d", k);
		CHECK(strmap_remove(&m, key) == &values[k]);
	}
	for (int k = 0; k < 100; k++) {
		snprintf(key, sizeof(key), "key-%d", k);
		CHECK(strmap_get(&m, key) == (k % 3 ? (void *)&values[k] : NULL));
	}
	strmap_free(&m);
}

TEST_OOM(vec_keeps_order)
{
	VEC(int) v = {0};

	for (int i = 0; i < 20; i++)
		if (VEC_PUSH(&v, i) < 0) {
			VEC_FREE(&v);
			return;
		}
	VEC_REMOVE(&v, 3);
	CHECK_INT(v.len, 19);
	CHECK_INT(v.at[3], 4);
	CHECK_INT(v.at[18], 19);
	VEC_FREE(&v);
}

TEST_OOM(arena_gives_aligned_zeroed_memory)
{
	struct arena a = {0};

	for (size_t n = 1; n < 9000; n = n * 3) {
		unsigned char *p = arena_alloc(&a, n);
		if (!p)
			break;
		CHECK((uintptr_t)p % 16 == 0 && p[0] == 0 && p[n - 1] == 0);
		memset(p, 0xff, n);
	}
	char *s = arena_strdup(&a, "hello");
	CHECK(!s || strcmp(s, "hello") == 0);
	arena_free(&a);
}

TEST(clock_text_is_rfc_3339)
{
	char text[CLOCK_TEXT_SIZE];

	CHECK_STR(clock_text(INT64_C(1764403200007), text), "2025-11-29T08:00:00.007Z");
}
