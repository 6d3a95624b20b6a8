/* Follows the event log and writes queue_log. A failure to read or write is tried again; nothing is left out.
 *
 * Invariants: w->q is the fold of all events up to w->done; w->lines are the lines of those behind the file's
 * seq, up to w->done. */
#include "app/queue_log.h"
#include "base/alloc.h"
#include "base/log.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define TENANT 1
#define PAGE 2000
#define GATHER_MS 200 /* from a wake-up to writing: so many lines share one write */
#define RETRY_MS 2000
#define LINES_BYTES_MAX ((size_t)1024 * 1024) /* of one write, about */

struct queue_log_follower {
	struct store *store;
	struct store_reader *reader;
	struct queue_log q;
	struct queue_log_names names;
	struct queue_log_file file;
	struct text lines;
	uint64_t done;
	bool is_discarding; /* what is told was written before */
	bool wants_names, has_failed;
	int err; /* of queue_log_event */
	int wake;
	bool has_thread;
	pthread_t thread;
	atomic_bool is_stopping;
};

static void say(struct queue_log_follower *w, int err, const char *what)
{
	if (!w->has_failed)
		log_error("app", 0, "queue_log: %s: %s. It is tried again; nothing is lost", what,
			strerror(-err));
	w->has_failed = true;
}

static bool on_event(const struct event *e, void *arg)
{
	struct queue_log_follower *w = arg;

	if (w->is_discarding && e->seq > w->file.seq)
		return false;
	w->err = queue_log_event(&w->q, e, &w->lines);
	if (w->err < 0)
		return false;
	w->done = e->seq;
	w->wants_names = w->wants_names || e->type == EVENT_CONFIG_CHANGED;
	if (w->is_discarding)
		text_free(&w->lines);
	return w->lines.len < LINES_BYTES_MAX && !w->wants_names;
}

/* Reads one piece. 0, -errno. */
static int tell(struct queue_log_follower *w)
{
	int err = store_events(w->reader, w->done + 1, PAGE, on_event, w);

	return err < 0 ? err : w->err;
}

static int load_names(struct queue_log_follower *w)
{
	int err = queue_log_names_load(&w->names, w->reader, TENANT);

	if (err == 0)
		w->wants_names = false;
	return err;
}

/* The state of what the file already has, anew. */
static int rebuild(struct queue_log_follower *w)
{
	int err = load_names(w);
	uint64_t before;

	queue_log_free(&w->q);
	text_free(&w->lines);
	w->q = (struct queue_log){.names = &w->names};
	w->done = w->file.from ? w->file.from - 1 : 0;
	w->err = 0;
	w->is_discarding = true;
	do {
		before = w->done;
		w->wants_names = false;
		if (err == 0)
			err = tell(w);
	} while (err == 0 && w->done > before && w->done < w->file.seq);
	w->is_discarding = false;
	if (err == 0)
		w->done = w->file.seq;
	else
		w->err = err; /* again, before anything is written */
	return err;
}

/* Writes what there is. 0: all of it; -errno. */
static int follow(struct queue_log_follower *w)
{
	uint64_t before;
	int err = w->err < 0 ? rebuild(w) : 0;

	do {
		before = w->file.seq;
		if (err == 0 && w->wants_names)
			err = load_names(w);
		if (err == 0 && w->done == w->file.seq)
			err = tell(w);
		if (err == 0 && w->done > w->file.seq)
			err = queue_log_file_add(&w->file, w->lines.data, w->lines.len, w->done,
				queue_log_from(&w->q, w->done + 1));
		if (err == 0)
			text_free(&w->lines);
	} while (err == 0 && w->file.seq > before);
	return err;
}

/* Waits for the next time; true: go on. */
static bool await(struct queue_log_follower *w, int timeout_ms)
{
	struct pollfd p = {.fd = w->wake, .events = POLLIN};
	uint64_t n;

	poll(&p, 1, timeout_ms);
	if (read(w->wake, &n, sizeof(n)) < 0 && errno != EAGAIN)
		return false;
	return !atomic_load(&w->is_stopping);
}

static void once(struct queue_log_follower *w)
{
	int err = queue_log_file_reopen(&w->file);

	if (err == 0)
		err = follow(w);
	if (err < 0)
		say(w, err, w->file.path);
	else
		w->has_failed = false;
}

static void *run(void *arg)
{
	struct queue_log_follower *w = arg;

	pthread_setname_np(pthread_self(), "queue_log");
	once(w);
	while (await(w, w->has_failed ? RETRY_MS : -1)) {
		if (!atomic_load(&w->is_stopping))
			nanosleep(&(struct timespec){.tv_nsec = GATHER_MS * 1000000L}, NULL);
		once(w);
	}
	once(w);
	return NULL;
}

static void release(struct queue_log_follower *w)
{
	queue_log_free(&w->q);
	queue_log_names_free(&w->names);
	text_free(&w->lines);
	queue_log_file_close(&w->file);
	store_reader_close(w->reader);
	if (w->wake >= 0)
		close(w->wake);
	alloc_free(w);
}

int queue_log_start(struct queue_log_follower **ret_follower, const char *directory, const char *path,
	struct store *store)
{
	struct queue_log_follower *w = alloc_zero(sizeof(*w));
	bool is_new = false;

	if (!w)
		return -ENOMEM;
	w->store = store;
	w->file.fd = -1;
	w->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	int err = w->wake < 0 ? -errno : store_reader_open(&w->reader, directory);
	if (err == 0)
		err = queue_log_file_open(&w->file, path, directory, &is_new);
	if (err == 0 && is_new) {
		/* Remembered before the first line: what follows is never taken for the past. */
		uint64_t seq = store_visible_seq(store);
		err = queue_log_file_add(&w->file, "", 0, seq, seq + 1);
	}
	w->err = -EAGAIN; /* the first look rebuilds */
	if (err == 0)
		err = -pthread_create(&w->thread, NULL, run, w);
	if (err < 0) {
		release(w);
		return err;
	}
	*ret_follower = w;
	return 0;
}

void queue_log_wake(struct queue_log_follower *w)
{
	if (w)
		eventfd_write(w->wake, 1);
}

void queue_log_stop(struct queue_log_follower *w)
{
	if (!w)
		return;
	atomic_store(&w->is_stopping, true);
	queue_log_wake(w);
	pthread_join(w->thread, NULL);
	release(w);
}
