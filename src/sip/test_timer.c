/* The timer wheel, and the proof that libre itself runs on it. */
#include "sip/interpose.h"
#include "sip/lib.h"
#include "base/clock.h"
#include "harness/test.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

#define MANY 100000

static struct tmr many[MANY];
static int n_fired;
static uint64_t last_due;
static bool is_out_of_order;

static void pass(void)
{
	struct timespec ts = {.tv_nsec = 1000000};

	nanosleep(&ts, NULL);
	tmr_poll(NULL);
}

static void on_fired(void *arg)
{
	struct tmr *t = arg;

	n_fired++; /* a delay of 0 fires with those of 1 ms */
	is_out_of_order |= t->jfs + 1 < last_due || t->jfs > tmr_jiffies();
	last_due = t->jfs;
}

TEST(the_library_uses_our_functions)
{
	CHECK(interpose_is_in_force());
	CHECK(dlsym(RTLD_DEFAULT, "tmr_poll") == (void *)tmr_poll);
	CHECK(dlsym(RTLD_DEFAULT, "tmr_next_timeout") == (void *)tmr_next_timeout);
	CHECK(dlsym(RTLD_DEFAULT, "tmr_cancel") == (void *)tmr_cancel);
	CHECK(dlsym(RTLD_NEXT, "tmr_start") != (void *)tmr_start);
}

/* A sorted list needs minutes of CPU for this; the limit is generous for a slow machine under a sanitizer. */
TEST(a_hundred_thousand_timers_cost_next_to_nothing)
{
	int64_t before = clock_mono_ms();

	for (int round = 0; round < 3; round++)
		for (int i = 0; i < MANY; i++)
			tmr_start(&many[i], 1000 + (uint64_t)rand() % 32000, on_fired, &many[i]);
	for (int i = 0; i < MANY; i++) {
		CHECK(tmr_isrunning(&many[i]));
		CHECK(tmr_get_expire(&many[i]) <= 33000);
		tmr_cancel(&many[i]);
		CHECK(!tmr_isrunning(&many[i]));
	}
	CHECK_INT(tmr_next_timeout(NULL), 0);
	CHECK(clock_mono_ms() - before < 5000);
}

TEST(timers_fire_once_in_order_and_never_early)
{
	static const uint64_t delays[] = {0, 1, 2, 200, 255, 256, 257, 300, 511, 512, 513, 600};
	int n = sizeof(delays) / sizeof(delays[0]);

	n_fired = 0;
	last_due = 0;
	is_out_of_order = false;
	for (int i = n - 1; i >= 0; i--)
		tmr_start(&many[i], delays[i], on_fired, &many[i]);
	CHECK(tmr_next_timeout(NULL) >= 1 && tmr_next_timeout(NULL) <= 2);
	tmr_start(&many[n], 100000, on_fired, &many[n]);
	for (int64_t until = clock_mono_ms() + 10000; n_fired < n && clock_mono_ms() < until;)
		pass();
	CHECK_INT(n_fired, n);
	CHECK(!is_out_of_order);
	CHECK(tmr_isrunning(&many[n]));
	tmr_cancel(&many[n]);
}

static struct tmr self;
static int n_self;

static void again(void *arg)
{
	n_self++;
	tmr_cancel(arg); /* a sibling due in the same tick */
	if (n_self < 3)
		tmr_start(&self, 0, again, arg);
}

TEST(handlers_may_set_and_cancel)
{
	struct tmr *victim = &many[0];

	n_fired = 0;
	tmr_start(&self, 5, again, victim);
	tmr_start(victim, 5, on_fired, victim);
	for (int64_t until = clock_mono_ms() + 10000; n_self < 3 && clock_mono_ms() < until;)
		pass();
	CHECK_INT(n_self, 3);
	CHECK_INT(n_fired, 0);
	CHECK_INT(tmr_next_timeout(NULL), 0);
}

TEST(distant_timers_are_kept)
{
	uint64_t year_ms = UINT64_C(365) * 86400 * 1000;

	tmr_start(&many[0], year_ms, on_fired, &many[0]);
	tmr_start(&many[1], 70000, on_fired, &many[1]);
	CHECK(tmr_next_timeout(NULL) > 0 && tmr_next_timeout(NULL) <= 70000);
	tmr_cancel(&many[1]);
	CHECK(tmr_get_expire(&many[0]) > year_ms - 1000);
	tmr_cancel(&many[0]);
	CHECK_INT(tmr_next_timeout(NULL), 0);
}
