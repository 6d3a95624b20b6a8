/* Workers: one exchange at a time each, so that a slow one (a password hash, a big list) delays nobody while
 * others are free. */
#include "api/server.h"
#include "base/log.h"

#include <errno.h>
#include <string.h>

/* A job and the stop message fit; more is never sent. */
#define JOBS_MAX 2

static void *worker_main(void *arg)
{
	struct worker *w = arg;

	pthread_setname_np(pthread_self(), "worker");
	for (;;) {
		struct exchange *x;

		mailbox_wait(w->jobs, -1);
		while (mailbox_take(w->jobs, &x)) {
			if (!x)
				return NULL;
			x->reader = w->reader;
			x->is_unwanted = &w->is_unwanted;
			dispatch(x);
			x->reader = NULL;
			x->is_unwanted = NULL;
			struct done d = {.exchange = x, .worker = w->index};
			/* One per worker at most is under way: the mailbox has room for all of them. */
			if (mailbox_send(w->api->done, &d) < 0)
				__builtin_trap();
			api_wake(w->api);
		}
	}
}

int worker_start(struct worker *w)
{
	int err = store_reader_open(&w->reader, w->api->config.data_directory);

	if (err == 0)
		err = mailbox_new(&w->jobs, sizeof(struct exchange *), JOBS_MAX);
	if (err == 0)
		err = -pthread_create(&w->thread, NULL, worker_main, w);
	if (err == 0)
		return 0;
	mailbox_free(w->jobs);
	store_reader_close(w->reader);
	w->jobs = NULL;
	w->reader = NULL;
	return err;
}

void worker_stop(struct worker *w)
{
	struct exchange *stop = NULL;

	if (!w->jobs)
		return;
	atomic_store(&w->is_unwanted, true);
	while (mailbox_send(w->jobs, &stop) < 0)
		sched_yield();
	pthread_join(w->thread, NULL);
	mailbox_free(w->jobs);
	store_reader_close(w->reader);
	w->jobs = NULL;
	w->reader = NULL;
}
