/* The writer thread.
 *
 * Invariant: a recording is freed only after the audio thread let go of it (RECORDER_LEFT), or when all audio
 * threads are gone. */
#include "media/record/recorder.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/str.h"
#include "media/leg.h"
#include "media/record/recorder_parts.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <sys/statvfs.h>

#define MESSAGES_MAX 65536
#define CYCLE_MS 200
#define CYCLES_PER_MARK 5 /* a dead process leaves out a second at most */
#define CYCLES_PER_SYNC                                                                                      \
	15 /* a power cut three. Each sync holds up those of the event log on the same disk                  \
	    */
#define JITTER_NS (200 * INT64_C(1000000)) /* how late a frame may come and still be placed */
#define SYNC_BUDGET_NS (150 * INT64_C(1000000))

struct entry {
	struct recording *recording;
	uint64_t cycle_marked, cycle_synced;
};
struct recorder {
	struct media *media;
	pthread_t thread;
	struct mailbox *messages;
	VEC(struct entry) entries;
	uint64_t cycle;
	int alarm; /* what the disk said, as it was reported; 0: all is well */
	_Atomic uint64_t dropped;
	_Atomic int64_t beat_ms; /* when the last round ended, or the next began; 0: there is
				   nothing to do */
	_Atomic bool is_stalled;
};

static void report(struct recorder *w, const struct recording *r, enum media_event_kind kind, int reason)
{
	struct media_event e = {
		.kind = kind, .group = r->group, .leg = r->leg, .ref = r->ref, .reason = reason};

	e.record.duration_ms = recording_duration_ms(r);
	e.record.bytes = r->sink.bytes;
	e.record.lost_ms = recording_lost_ms(r);
	memcpy(e.record.hash, r->hash, sizeof(e.record.hash));
	engine_event(w->media, &e);
}

/* The disk refuses (negative), or does not any more (0): said once each. */
static void alarm_of(struct recorder *w, int err)
{
	struct media_event e = {.kind = MEDIA_RECORD_ALARM, .reason = err};

	if ((err < 0) == (w->alarm < 0))
		return;
	w->alarm = err;
	engine_event(w->media, &e);
}

/* Ends a recording once: no more is written, the owner is told. */
static void finish(struct recorder *w, struct recording *r, int reason)
{
	if (atomic_load(&r->is_ended))
		return;
	atomic_store(&r->is_ended, true);
	int err = recording_end(r);
	alarm_of(w, err);
	report(w, r, MEDIA_RECORD_ENDED, reason < 0 ? reason : err < 0 ? err : reason);
}

static void refuse(struct recorder *w, const struct recorder_message *m, int err)
{
	const struct media_command *c = &m->command;
	struct note note = {.kind = NOTE_RECORDING_GONE, .leg = c->leg, .ref = c->ref};
	struct media_event e = {
		.kind = MEDIA_RECORD_ENDED, .group = c->group, .leg = c->leg, .ref = c->ref, .reason = err};

	if (err == -ENOSPC || err == -EDQUOT || err == -EIO || err == -EROFS)
		alarm_of(w, err);
	mailbox_send(m->thread->notes, &note);
	engine_event(w->media, &e);
}

/* A recording is not begun on a disk that is nearly full: the rest is for the log and for calls under way. */
static int check_reserve(const struct media_command *c)
{
	char folder[MEDIA_PATH_MAX];
	struct statvfs fs;

	if (c->record.disk_reserve_mb <= 0)
		return 0;
	str_put(folder, sizeof(folder), c->record.path);
	for (;;) {
		char *slash = strrchr(folder, '/');
		if (!slash || slash == folder)
			return 0;
		*slash = 0;
		if (statvfs(folder, &fs) == 0)
			break;
		if (errno != ENOENT)
			return -errno;
	}
	return (uint64_t)fs.f_bavail * fs.f_frsize >> 20 < (uint64_t)c->record.disk_reserve_mb ? -ENOSPC : 0;
}

static int make(struct recorder *w, const struct recorder_message *m, struct recording **ret_recording)
{
	const struct media_command *c = &m->command;
	struct recording *r = NULL;
	struct recording_wish wish = {.path = c->record.path,
		.channels = c->record.n_channels  ? c->record.n_channels
			    : c->record.is_stereo ? 2
						  : 1,
		.rate_hz = m->rate_hz,
		.is_masked = c->record.is_digits_masked,
		.key = c->record.is_encrypted ? c->record.key : NULL,
		.key_id = c->record.key_id};
	int err = wish.channels > MEDIA_CHANNELS_MAX ? -EINVAL : check_reserve(c);

	if (err == 0)
		err = recording_new(&r, &wish);
	if (err == 0)
		err = VEC_PUSH(&w->entries,
			(struct entry){.recording = r, .cycle_marked = w->cycle, .cycle_synced = w->cycle});
	if (err < 0) {
		recording_free(r);
		return err;
	}
	r->thread = m->thread;
	r->group = c->group;
	r->leg = c->leg;
	r->ref = c->ref;
	r->started_ns = m->at_ns;
	r->limit = c->record.limit_ms > 0 ? (int64_t)c->record.limit_ms * r->rate_hz / 1000 : 0;
	r->silence_limit =
		c->record.silence_limit_ms > 0 ? (int64_t)c->record.silence_limit_ms * r->rate_hz / 1000 : 0;
	*ret_recording = r;
	return 0;
}

static void begin(struct recorder *w, const struct recorder_message *m)
{
	struct recording *r;
	int err = make(w, m, &r);

	if (err < 0) {
		refuse(w, m, err);
		return;
	}
	struct note note = {.kind = NOTE_RECORDING_READY, .leg = r->leg, .ref = r->ref, .recording = r};
	if (mailbox_send(r->thread->notes, &note) < 0) {
		w->entries.len--;
		recording_free(r);
		refuse(w, m, -ENOBUFS);
		return;
	}
	report(w, r, MEDIA_RECORD_STARTED, 0);
}

static int64_t position_at(const struct recording *r, int64_t at_ns)
{
	return (at_ns - r->started_ns) / 1000 * r->rate_hz / 1000000;
}

static void left(struct recorder *w, struct recording *r, int64_t at_ns)
{
	if (!atomic_load(&r->is_ended)) {
		int err = recording_advance(r, position_at(r, at_ns));
		finish(w, r, err == 1 ? err : 0);
	}
	VEC_EACH(&w->entries, i)
	if (w->entries.at[i].recording == r) {
		VEC_REMOVE(&w->entries, i);
		break;
	}
	recording_free(r);
}

static void end_by_itself(struct recorder *w, struct recording *r, int reason)
{
	struct note note = {.kind = NOTE_RECORDING_GONE, .leg = r->leg, .ref = r->ref, .recording = r};

	finish(w, r, reason);
	mailbox_send(r->thread->notes, &note);
}

static void sync_some(struct recorder *w, int64_t until_ns, int *err)
{
	VEC_EACH(&w->entries, i)
	{
		struct entry *e = &w->entries.at[i];
		if (atomic_load_explicit(&e->recording->is_ended, memory_order_relaxed) ||
			w->cycle - e->cycle_synced < CYCLES_PER_SYNC)
			continue;
		if (clock_mono_ns() > until_ns)
			return;
		e->cycle_synced = w->cycle;
		int failed = recording_sync(e->recording);
		*err = failed < 0 ? failed : *err;
	}
}

/* The audio threads saw us hanging and said so; now it is over. */
static void beat(struct recorder *w)
{
	struct media_event e = {.kind = MEDIA_RECORD_ALARM, .reason = w->alarm};

	atomic_store(&w->beat_ms, w->entries.len > 0 ? clock_mono_ms() : 0);
	if (atomic_exchange(&w->is_stalled, false))
		engine_event(w->media, &e);
}

/* All rings into their files; each second the headers, now and then the disk. A slow disk delays syncs, never
 * the rings; what a disk refuses is lost and counted, the recordings go on. */
static void cycle(struct recorder *w)
{
	int64_t now_ns = clock_mono_ns();
	int worst = 0;

	w->cycle++;
	VEC_EACH(&w->entries, i)
	{
		struct entry *e = &w->entries.at[i];
		struct recording *r = e->recording;
		if (atomic_load_explicit(&r->is_ended, memory_order_relaxed))
			continue;
		int err = recording_advance(r, position_at(r, now_ns - JITTER_NS));
		if (err == 0 && w->cycle - e->cycle_marked >= CYCLES_PER_MARK) {
			e->cycle_marked = w->cycle;
			err = recording_mark(r);
		}
		if (err > 0)
			end_by_itself(w, r, err);
		else
			worst = err < 0 ? err : worst;
	}
	sync_some(w, now_ns + SYNC_BUDGET_NS, &worst);
	if (w->entries.len > 0)
		alarm_of(w, worst);
}

static void *run(void *arg)
{
	struct recorder *w = arg;
	_cleanup_alloc_ struct recorder_message *m = alloc_zero(sizeof(*m));
	int64_t next_ms = clock_mono_ms() + CYCLE_MS;

	pthread_setname_np(pthread_self(), "recorder");
	for (;;) {
		while (m && mailbox_take(w->messages, m)) {
			if (m->kind == RECORDER_STOP)
				return NULL;
			if (m->kind == RECORDER_BEGIN)
				begin(w, m);
			else
				left(w, m->recording, m->at_ns);
			sodium_memzero(m, sizeof(*m)); /* it may hold a key */
		}
		int64_t now_ms = clock_mono_ms();
		if (now_ms >= next_ms) {
			cycle(w);
			next_ms = now_ms + CYCLE_MS;
		}
		beat(w);
		mailbox_wait(w->messages,
			w->entries.len > 0 ? (int)(next_ms - now_ms > 0 ? next_ms - now_ms : 0) : -1);
		/* Whatever comes now touches the disk: the first recording's file is made. */
		atomic_store(&w->beat_ms, clock_mono_ms());
	}
}

int recorder_start(struct recorder **ret_recorder, struct media *media)
{
	struct recorder *w = alloc_zero(sizeof(*w));

	if (!w)
		return -ENOMEM;
	w->media = media;
	int err = mailbox_new(&w->messages, sizeof(struct recorder_message), MESSAGES_MAX);
	if (err == 0)
		err = -pthread_create(&w->thread, NULL, run, w);
	if (err < 0) {
		mailbox_free(w->messages);
		alloc_free(w);
		return err;
	}
	*ret_recorder = w;
	return 0;
}

void recorder_stop(struct recorder *w)
{
	struct recorder_message stop = {.kind = RECORDER_STOP};

	if (!w)
		return;
	while (mailbox_send(w->messages, &stop) < 0)
		sched_yield();
	pthread_join(w->thread, NULL);
	while (w->entries.len > 0)
		left(w, w->entries.at[0].recording, clock_mono_ns());
	VEC_FREE(&w->entries);
	mailbox_free(w->messages);
	alloc_free(w);
}

uint64_t recorder_dropped(const struct recorder *w)
{
	return atomic_load_explicit(&w->dropped, memory_order_relaxed);
}

void recorder_count_dropped(struct recorder *w)
{
	atomic_fetch_add_explicit(&w->dropped, 1, memory_order_relaxed);
}

int recorder_send(struct recorder *w, const struct recorder_message *m)
{
	return mailbox_send(w->messages, m);
}

void recorder_watch(struct recorder *w, int64_t now_ms)
{
	struct media_event e = {.kind = MEDIA_RECORD_ALARM, .reason = -ETIMEDOUT};
	int64_t beat_ms = atomic_load_explicit(&w->beat_ms, memory_order_relaxed);

	if (beat_ms != 0 && now_ms - beat_ms > RECORDER_STALL_MS && !atomic_exchange(&w->is_stalled, true))
		engine_event(w->media, &e);
}
