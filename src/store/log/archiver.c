/* The thread that puts old months away: see archive.h. It sleeps nearly always, and ends within one batch of
 * rows when told to. */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "loop/mailbox.h"
#include "store/log/archive.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

struct archiver {
	struct store *store;
	char directory[DB_PATH_MAX];
	int months;
	struct mailbox *mailbox; /* only to be woken for the end */
	atomic_bool should_stop;
	pthread_t thread;
};

static void put_away(struct archiver *a)
{
	struct store_reader *rd;
	int err = store_reader_open(&rd, a->directory);

	if (err == 0) {
		while (!atomic_load(&a->should_stop) &&
			(err = archive_step(a->store, rd, a->months, clock_wall_ms(), &a->should_stop)) == 1)
			;
		store_reader_close(rd);
	}
	if (err < 0)
		log_warn("store", 0,
			"old months could not be put away: %s. Nothing is lost; it is tried again in an hour",
			strerror(-err));
}

static void *archiver_main(void *arg)
{
	struct archiver *a = arg;
	int64_t due = clock_mono_ms() + ARCHIVER_FIRST_MS, left;

	pthread_setname_np(pthread_self(), "archiver");
	while (!atomic_load(&a->should_stop)) {
		left = due - clock_mono_ms();
		if (left > 0) {
			mailbox_wait(a->mailbox, (int)left);
			continue;
		}
		put_away(a);
		due = clock_mono_ms() + ARCHIVER_EVERY_MS;
	}
	return NULL;
}

static void release(struct archiver *a)
{
	mailbox_free(a->mailbox);
	alloc_free(a);
}

int archiver_start(struct archiver **ret_archiver, struct store *s, const char *directory, int months)
{
	struct archiver *a = alloc_zero(sizeof(*a));

	if (!a)
		return -ENOMEM;
	a->store = s;
	a->months = months;
	int err = str_put(a->directory, sizeof(a->directory), directory) < 0 ? -ENAMETOOLONG : 0;
	if (err == 0)
		err = mailbox_new(&a->mailbox, 1, 1);
	if (err == 0)
		err = -pthread_create(&a->thread, NULL, archiver_main, a);
	if (err < 0) {
		release(a);
		return err;
	}
	*ret_archiver = a;
	return 0;
}

void archiver_stop(struct archiver *a)
{
	if (!a)
		return;
	atomic_store(&a->should_stop, true);
	(void)mailbox_send(a->mailbox, "");
	pthread_join(a->thread, NULL);
	release(a);
}
