/* Runs the registered tests; see test.h. */
#include "harness/test.h"
#include "base/alloc.h"

#include <stdarg.h>
#include <stdio.h>

#define SWEEP_MAX 5000

static struct test_case *first, **last = &first;
static bool has_failed;

void test_register(struct test_case *t)
{
	*last = t;
	last = &t->next;
}

void test_fail(const char *file, int line, const char *what, ...)
{
	va_list ap;

	va_start(ap, what);
	printf("# %s:%d: ", file, line);
	vprintf(what, ap);
	printf("\n");
	va_end(ap);
	has_failed = true;
}

/* One execution with allocation fail_at and all after it failing (-1: none). Whether a failure was met. */
static bool run_once(const struct test_case *t, int64_t fail_at)
{
	int64_t before = alloc_live();

	alloc_fail_at(fail_at);
	t->run();
	bool was_injected = alloc_has_failed();
	alloc_fail_at(-1);
	if (alloc_live() != before)
		test_fail(t->name, 0, "%lld blocks leaked", (long long)(alloc_live() - before));
	if (has_failed && fail_at >= 0)
		test_fail(t->name, 0, "when allocation %lld fails", (long long)fail_at);
	return was_injected;
}

static bool run(const struct test_case *t)
{
	has_failed = false;
	run_once(t, -1);
	for (int64_t n = 0; t->is_swept && !has_failed; n++)
		if (n == SWEEP_MAX)
			test_fail(t->name, 0, "more than %d allocations: make the test smaller", SWEEP_MAX);
		else if (!run_once(t, n))
			break;
	printf("%s - %s\n", has_failed ? "not ok" : "ok", t->name);
	fflush(stdout);
	return !has_failed;
}

int main(int argc, char **argv)
{
	int passed = 0, failed = 0;

	for (struct test_case *t = first; t; t = t->next) {
		if (argc > 1 && strcmp(argv[1], "--list") == 0) {
			printf("%s\n", t->name);
			continue;
		}
		if (argc > 1 && !strstr(t->name, argv[1]))
			continue;
		if (run(t))
			passed++;
		else
			failed++;
	}
	printf("%d passed, %d failed\n", passed, failed);
	return failed > 0;
}
