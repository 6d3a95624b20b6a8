/* See folder.h. */
#include "center/recover/folder.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "center/recover/recall.h"
#include "loop/mailbox.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define FOLDER_NICE 10

struct folder {
	struct store *store;
	char directory[DB_PATH_MAX];
	struct mailbox *mailbox; /* a message: stop */
	pthread_t thread;
	bool has_thread;
	atomic_bool is_stopping;
	/* its thread's */
	struct store_reader *reader;
	struct recall past;
	bool is_read, is_warned, is_wanted; /* wanted: whatever the others say */
	uint64_t events;		    /* folded since the last snapshot */
	uint64_t saved_seq;
	size_t saved_bytes;
	int64_t first_ms;    /* monotonic: of the first event since the last snapshot */
	int64_t followed_ms; /* monotonic: when the log was looked at last */
	int64_t retry_ms;    /* monotonic: nothing before */
};

int folder_new(struct folder **ret_folder, struct store *store, const char *directory)
{
	struct folder *f = alloc_zero(sizeof(*f));

	if (!f)
		return -ENOMEM;
	f->store = store;
	int err = str_put(f->directory, sizeof(f->directory), directory) < 0 ? -ENAMETOOLONG : 0;
	if (err == 0)
		err = mailbox_new(&f->mailbox, 1, 1);
	if (err < 0) {
		alloc_free(f);
		return err;
	}
	*ret_folder = f;
	return 0;
}

/* Everything is read anew, later. */
static void let_go(struct folder *f)
{
	recall_free(&f->past);
	store_reader_close(TAKE_PTR(f->reader));
	f->is_read = false;
	f->events = 0;
}

void folder_free(struct folder *f)
{
	if (!f)
		return;
	let_go(f);
	mailbox_free(f->mailbox);
	alloc_free(f);
}

uint64_t folder_saved(const struct folder *f)
{
	return f->saved_seq;
}

/* Said once until it works again. */
static void failed(struct folder *f, int err, int64_t mono_ms, const char *what)
{
	f->retry_ms = mono_ms + FOLDER_RETRY_MS;
	if (!f->is_warned)
		log_warn("center", 0, "%s: %s. No snapshots meanwhile: a restart would take longer", what,
			strerror(-err));
	f->is_warned = true;
}

static int read_all(struct folder *f, int64_t mono_ms, int64_t wall_ms)
{
	int err = store_reader_open(&f->reader, f->directory);

	if (err == 0)
		err = recall_read(&f->past, f->reader, wall_ms);
	if (err < 0) {
		let_go(f);
		return err;
	}
	f->is_read = true;
	f->is_wanted = f->past.has_erased;
	/* What had to be read now the next start shall not read again. */
	f->events = f->past.followed;
	f->saved_seq = f->past.snapshot.seq;
	f->saved_bytes = f->past.snapshot.bytes;
	f->first_ms = f->followed_ms = mono_ms;
	return 0;
}

static int follow(struct folder *f, int64_t mono_ms)
{
	int moved = store_reader_follow(f->reader);
	int64_t n = moved < 0 ? moved : recall_follow(&f->past, f->reader, INT64_MAX, &f->is_stopping);

	if (n < 0)
		return (int)n;
	if (n > 0 && f->events == 0)
		f->first_ms = mono_ms;
	f->events += (uint64_t)n;
	f->followed_ms = mono_ms;
	f->is_wanted |= f->past.has_erased;
	f->past.has_erased = false;
	int err = f->past.has_new_rules ? recall_set_rules(&f->past, f->reader) : 0;
	f->past.has_new_rules = f->past.has_new_rules && err < 0;
	return err;
}

static bool is_due(const struct folder *f, int64_t mono_ms)
{
	if (f->is_wanted || f->events >= SNAPSHOT_EVENTS)
		return true;
	return f->events > 0 && mono_ms - f->first_ms >= SNAPSHOT_MS &&
	       f->events * SNAPSHOT_EVENT_BYTES >= f->saved_bytes;
}

static int save(struct folder *f)
{
	_cleanup_alloc_ uint8_t *data = NULL;
	struct store_snapshot head;

	kpi_forget_before(f->past.fold, f->past.ledger.last_ms - RECALL_KEPT_MS);
	int err = recall_save(&f->past, &head, &data);
	if (err == 0)
		err = store_snapshot_write(f->store, &head, data);
	if (err < 0 && err != -EALREADY)
		return err;
	log_debug("center", 0, "snapshot of event %" PRIu64 ": %zu bytes, %zu contacts open", head.seq,
		head.bytes, f->past.ledger.contacts.len);
	f->saved_seq = head.seq;
	f->saved_bytes = head.bytes;
	f->events = 0;
	f->is_wanted = false;
	return 0;
}

/* A snapshot, unless there is a reason to make it later. */
static void save_now(struct folder *f, int64_t mono_ms)
{
	int err = save(f);

	if (err == 0)
		f->is_warned = false;
	else if (err == -ECANCELED) /* a person was erased meanwhile: the log says so in a moment */
		f->is_wanted = true;
	else if (err != -EAGAIN)
		failed(f, err, mono_ms, "a snapshot could not be written");
}

void folder_turn(struct folder *f, int64_t mono_ms, int64_t wall_ms)
{
	if (mono_ms < f->retry_ms)
		return;
	int err = f->is_read ? 0 : read_all(f, mono_ms, wall_ms);
	if (err < 0) {
		failed(f, err, mono_ms, "the log could not be read");
		return;
	}
	uint64_t last = store_visible_seq(f->store),
		 ahead = last >= f->past.next ? last + 1 - f->past.next : 0;
	if (ahead >= FOLDER_EVENTS || (ahead > 0 && mono_ms - f->followed_ms >= FOLDER_MS) || f->is_wanted)
		err = follow(f, mono_ms);
	if (err < 0) {
		let_go(f);
		failed(f, err, mono_ms, "the log could not be read");
		return;
	}
	if (is_due(f, mono_ms))
		save_now(f, mono_ms);
}

static void *folder_run(void *arg)
{
	struct folder *f = arg;
	char stop;

	pthread_setname_np(pthread_self(), "folder");
	setpriority(PRIO_PROCESS, (id_t)gettid(), FOLDER_NICE); /* behind everybody else's work */
	while (!mailbox_take(f->mailbox, &stop)) {
		folder_turn(f, clock_mono_ms(), clock_wall_ms());
		mailbox_wait(f->mailbox, FOLDER_TURN_MS);
	}
	atomic_store(&f->is_stopping, false);
	if (f->is_read && follow(f, clock_mono_ms()) == 0 && f->events >= SNAPSHOT_LAST_EVENTS)
		save_now(f, clock_mono_ms());
	return NULL;
}

int folder_start(struct folder **ret_folder, struct store *store, const char *directory)
{
	struct folder *f = NULL;
	int err = folder_new(&f, store, directory);

	if (err < 0)
		return err;
	if ((err = -pthread_create(&f->thread, NULL, folder_run, f)) < 0) {
		folder_free(f);
		return err;
	}
	f->has_thread = true;
	*ret_folder = f;
	return 0;
}

void folder_stop(struct folder *f)
{
	char stop = 1;

	if (!f)
		return;
	atomic_store(&f->is_stopping, true);
	mailbox_send(f->mailbox, &stop);
	if (f->has_thread)
		pthread_join(f->thread, NULL);
	folder_free(f);
}
