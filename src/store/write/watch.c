/* A thread that looks at the store and its disk once a second and raises alarms. A thread of its own, because
 * whoever else could look may be the one that hangs; and by the clock, because nobody tells of a disk that
 * fills. See store.h. */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "store/write/alarms.h"
#include "store/write/writer.h"

#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>

#define EVERY_MS 1000
#define STOP_MESSAGES 1

struct watch {
	struct store *store;
	struct mailbox *mailbox;
	pthread_t thread;
	store_alarm_handler *on_alarms;
	void *arg;
	struct alarms alarms; /* the thread's */
	bool is_untold;
};

static const char *reason_of(int err)
{
	switch (err) {
	case -ENOSPC:
	case -EDQUOT:
	case -EFBIG:
		return "disk_full";
	case -EROFS:
	case -EACCES:
		return "read_only";
	case -ENOTCONN:
	case -ETIMEDOUT:
	case -EAGAIN:
		return "unreachable";
	case -ESTALE:
		return "other_writer";
	default:
		return "failing";
	}
}

int store_alarms(const struct store *s, struct store_alarm_view ret_list[static STORE_ALARMS])
{
	int n = 0;

	for (int i = 0; i < STORE_ALARMS; i++) {
		int64_t since_ms = atomic_load(&s->alarm_since_ms[i]);
		int err = i == STORE_ALARM_NOT_WRITING	? atomic_load(&s->error)
			  : i == STORE_ALARM_CHECKPOINT ? atomic_load(&s->checkpoint_error)
			  : i == STORE_ALARM_NO_SPOOL	? atomic_load(&s->spool_error)
							: 0;
		if (since_ms)
			ret_list[n++] = (struct store_alarm_view){
				.alarm = i, .since_ms = since_ms, .reason = err ? reason_of(err) : NULL};
	}
	return n;
}

/* Only what nobody else says: the writer and the checkpoints have words of their own for the others. */
static void say(const struct watch *w, const struct alarms *before, const struct disk_room *disk)
{
	static const enum store_alarm ours[] = {
		STORE_ALARM_SPOOL_FILLING, STORE_ALARM_DISK_LOW, STORE_ALARM_SLOW};

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		bool is_on = w->alarms.since_ms[ours[i]] != 0;
		if (is_on == (before->since_ms[ours[i]] != 0))
			continue;
		if (is_on)
			log_warn("store", 0, "alarm %s (%llu MB of %llu free on the disk of %s)",
				store_alarm_name(ours[i]), (unsigned long long)disk->free_bytes >> 20,
				(unsigned long long)disk->bytes >> 20, w->store->directory);
		else
			log_info("store", 0, "alarm %s is over", store_alarm_name(ours[i]));
	}
}

static void look(struct watch *w)
{
	struct store *s = w->store;
	struct alarms before = w->alarms;
	struct store_health h;
	struct disk_room disk = {0};
	struct statvfs fs;

	if (statvfs(s->directory, &fs) == 0)
		disk = (struct disk_room){.bytes = (uint64_t)fs.f_blocks * fs.f_frsize,
			.free_bytes = (uint64_t)fs.f_bavail * fs.f_frsize};
	atomic_store(&s->disk_bytes, disk.bytes);
	atomic_store(&s->disk_free_bytes, disk.free_bytes);
	store_health(s, &h);
	if (alarms_step(&w->alarms, &h, &disk, clock_wall_ms())) {
		for (int i = 0; i < STORE_ALARMS; i++)
			atomic_store(&s->alarm_since_ms[i], w->alarms.since_ms[i]);
		say(w, &before, &disk);
		w->is_untold = true;
	}
	if (w->is_untold && w->on_alarms)
		w->is_untold = !w->on_alarms(w->arg);
}

static void *watch_main(void *watch)
{
	struct watch *w = watch;
	char stop;

	pthread_setname_np(pthread_self(), "store watch");
	while (!mailbox_take(w->mailbox, &stop)) {
		look(w);
		mailbox_wait(w->mailbox, EVERY_MS);
	}
	return NULL;
}

int store_watch(struct store *s, store_alarm_handler *on_alarms, void *arg)
{
	struct watch *w = alloc_zero(sizeof(*w));
	int err = w ? mailbox_new(&w->mailbox, 1, STOP_MESSAGES) : -ENOMEM;

	if (err == 0) {
		w->store = s;
		w->on_alarms = on_alarms;
		w->arg = arg;
		err = -pthread_create(&w->thread, NULL, watch_main, w);
	}
	if (err < 0) {
		if (w)
			mailbox_free(w->mailbox);
		alloc_free(w);
		return err;
	}
	s->watch = w;
	return 0;
}

void store_watch_stop(struct store *s)
{
	struct watch *w = s->watch;

	if (!w)
		return;
	(void)mailbox_send(w->mailbox, "");
	pthread_join(w->thread, NULL);
	mailbox_free(w->mailbox);
	alloc_free(w);
	s->watch = NULL;
}
