/* The unit-test harness.
 *
 *   TEST(map_removes) { CHECK(map_get(&m, 1) == NULL); }          plain
 *   TEST_OOM(map_grows) { ... if (err == -ENOMEM) return; ... }   run again with allocation 0, 1, 2...
 * failing, until a run meets no failure; every run must leak nothing Each program: TESTS is collected by
 * constructor; harness.c has main. Options: --list, NAME (substring). After every test alloc_live() must be
 * what it was before. The last line is "N passed, N failed". */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct test_case {
	const char *name;
	void (*run)(void);
	bool is_swept;
	struct test_case *next;
};
void test_register(struct test_case *t);
void test_fail(const char *file, int line, const char *what, ...) __attribute__((format(printf, 3, 4)));

#define TEST_DEFINE(ident, swept)                                                                            \
	static void test_##ident(void);                                                                      \
	__attribute__((constructor)) static void test_add_##ident(void)                                      \
	{                                                                                                    \
		static struct test_case t = {#ident, test_##ident, swept, NULL};                             \
		test_register(&t);                                                                           \
	}                                                                                                    \
	static void test_##ident(void)
#define TEST(ident) TEST_DEFINE(ident, false)
#define TEST_OOM(ident) TEST_DEFINE(ident, true)

/* A failed check is reported and leaves the test function. */
#define CHECK(cond)                                                                                          \
	do {                                                                                                 \
		if (!(cond)) {                                                                               \
			test_fail(__FILE__, __LINE__, "%s", #cond);                                          \
			return;                                                                              \
		}                                                                                            \
	} while (0)
#define CHECK_INT(got, want)                                                                                 \
	do {                                                                                                 \
		long long _g = (long long)(got), _w = (long long)(want);                                     \
		if (_g != _w) {                                                                              \
			test_fail(__FILE__, __LINE__, "%s is %lld, wanted %lld", #got, _g, _w);              \
			return;                                                                              \
		}                                                                                            \
	} while (0)
#define CHECK_STR(got, want)                                                                                 \
	do {                                                                                                 \
		const char *_g = (got), *_w = (want);                                                        \
		if (!_g || strcmp(_g, _w) != 0) {                                                            \
			test_fail(__FILE__, __LINE__, "%s is \"%s\", wanted \"%s\"", #got,                   \
				_g ? _g : "(null)", _w);                                                     \
			return;                                                                              \
		}                                                                                            \
	} while (0)
