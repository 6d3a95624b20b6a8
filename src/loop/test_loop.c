/* Mailboxes and timers. */
#include "harness/test.h"
#include "base/vec.h"
#include "loop/mailbox.h"
#include "loop/timers.h"

#include <errno.h>
#include <pthread.h>

TEST_OOM(mailbox_keeps_order_and_refuses_when_full)
{
	struct mailbox *m;
	int v = 0, taken = 0;

	if (mailbox_new(&m, sizeof(int), 200) < 0)
		return;
	for (int i = 0; i < 50; i++)
		if (mailbox_send(m, &i) < 0)
			goto out;
	for (; taken < 20; taken++)
		CHECK(mailbox_take(m, &v) && v == taken);
	for (int i = 50; i < 220; i++)
		if (mailbox_send(m, &i) < 0)
			goto out;
	CHECK_INT(mailbox_send(m, &v), -ENOBUFS);
	for (; taken < 220; taken++)
		CHECK(mailbox_take(m, &v) && v == taken);
	CHECK(!mailbox_take(m, &v));
out:
	mailbox_free(m);
}

#define SENDERS 4
#define EACH 20000

static void *send_many(void *arg)
{
	for (int i = 1; i <= EACH; i++)
		while (mailbox_send(arg, &i) == -ENOBUFS)
			sched_yield();
	return NULL;
}

TEST(mailbox_loses_nothing_between_threads)
{
	struct mailbox *m;
	pthread_t senders[SENDERS];
	int64_t sum = 0, n = 0;
	int v;

	CHECK_INT(mailbox_new(&m, sizeof(int), 128), 0);
	for (int i = 0; i < SENDERS; i++)
		pthread_create(&senders[i], NULL, send_many, m);
	while (n < (int64_t)SENDERS * EACH) {
		mailbox_wait(m, -1);
		while (mailbox_take(m, &v)) {
			sum += v;
			n++;
		}
	}
	for (int i = 0; i < SENDERS; i++)
		pthread_join(senders[i], NULL);
	CHECK_INT(sum, (int64_t)SENDERS * EACH * (EACH + 1) / 2);
	mailbox_free(m);
}

static int64_t fired[8];
static int n_fired;
static struct timer *victim;
static struct timers ts;

static void note(struct timer *t, int64_t now_ms)
{
	(void)now_ms;
	if (victim)
		timer_cancel(&ts, victim);
	victim = NULL;
	fired[n_fired++] = t->due_ms;
}

TEST_OOM(timers_fire_in_order_and_can_be_cancelled_by_each_other)
{
	struct timer t[6] = {0};
	static const int64_t due[] = {50, 10, 40, 20, 30, 60};

	n_fired = 0;
	for (int i = 0; i < 6; i++)
		if (timer_set(&ts, &t[i], due[i], note) < 0)
			goto out;
	timer_cancel(&ts, &t[4]);
	victim = &t[3];
	CHECK_INT(timers_next(&ts), 10);
	timers_run(&ts, 45);
	CHECK_INT(n_fired, 2);
	CHECK(fired[0] == 10 && fired[1] == 40);
	CHECK(timer_is_set(&t[0]) && !timer_is_set(&t[3]));
	CHECK_INT(timer_set(&ts, &t[0], 70, note), 0);
	timers_run(&ts, 100);
	CHECK(fired[2] == 60 && fired[3] == 70);
	CHECK_INT(timers_next(&ts), INT64_MAX);
out:
	victim = NULL;
	timers_free(&ts);
}
