/* The writer thread, and the audio threads' side of recordings.
 *
 * Invariant: a recording is freed only after the audio thread let go of it (MESSAGE_LEFT), or when all audio
 * threads are gone. */
#include "media/record/recorder.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/str.h"
#include "media/leg.h"
#include "media/record/recording.h"

#include <errno.h>
#include <string.h>

#define MESSAGES_MAX 65536
#define CYCLE_MS 200
#define CYCLES_PER_SYNC 5
#define JITTER_SAMPLES (LAW_RATE_HZ / 5) /* how late a frame may come and still be placed */
#define SYNC_BUDGET_NS (150 * INT64_C(1000000))

enum message_kind { MESSAGE_BEGIN = 1, MESSAGE_LEFT, MESSAGE_STOP };
struct message {
	enum message_kind kind;
	struct audio_thread *thread;
	struct recording *recording;  /* LEFT */
	int64_t at_ns;		      /* BEGIN: position 0; LEFT: the end */
	struct media_command command; /* BEGIN */
};
struct entry {
	struct recording *recording;
	uint64_t cycle_synced;
};
struct recorder {
	struct media *media;
	pthread_t thread;
	struct mailbox *messages;
	VEC(struct entry) entries;
	uint64_t cycle;
	_Atomic uint64_t dropped;
};

/* ---- the writer ---- */

static void report(struct recorder *w, const struct recording *r, enum media_event_kind kind, int reason)
{
	struct media_event e = {
		.kind = kind, .group = r->group, .leg = r->leg, .ref = r->ref, .reason = reason};

	e.record.duration_ms = r->written * 1000 / LAW_RATE_HZ;
	e.record.bytes = r->written * 2 * (r->is_stereo ? 2 : 1) + WAV_HEADER_BYTES;
	engine_event(w->media, &e);
}

/* Ends a recording once: no more is written, the owner is told. */
static void finish(struct recorder *w, struct recording *r, int reason)
{
	if (atomic_load(&r->is_ended))
		return;
	atomic_store(&r->is_ended, true);
	int err = recording_sync(r);
	report(w, r, MEDIA_RECORD_ENDED, reason < 0 ? reason : err < 0 ? err : reason);
}

static void refuse(struct recorder *w, const struct message *m, int err)
{
	const struct media_command *c = &m->command;
	struct note note = {.kind = NOTE_RECORDING_GONE, .leg = c->leg, .ref = c->ref};
	struct media_event e = {
		.kind = MEDIA_RECORD_ENDED, .group = c->group, .leg = c->leg, .ref = c->ref, .reason = err};

	mailbox_send(m->thread->notes, &note);
	engine_event(w->media, &e);
}

static void begin(struct recorder *w, const struct message *m)
{
	const struct media_command *c = &m->command;
	struct recording *r = NULL;
	int err = recording_new(&r, c->record.path, c->record.is_stereo);

	if (err == 0)
		err = VEC_PUSH(&w->entries, (struct entry){.recording = r, .cycle_synced = w->cycle});
	if (err < 0) {
		recording_free(r);
		refuse(w, m, err);
		return;
	}
	r->thread = m->thread;
	r->group = c->group;
	r->leg = c->leg;
	r->ref = c->ref;
	r->started_ns = m->at_ns;
	r->limit = c->record.limit_ms > 0 ? (int64_t)c->record.limit_ms * 8 : 0;
	r->silence_limit = c->record.silence_limit_ms > 0 ? (int64_t)c->record.silence_limit_ms * 8 : 0;
	struct note note = {.kind = NOTE_RECORDING_READY, .leg = c->leg, .ref = c->ref, .recording = r};
	if (mailbox_send(r->thread->notes, &note) < 0) {
		w->entries.len--;
		recording_free(r);
		refuse(w, m, -ENOBUFS);
		return;
	}
	report(w, r, MEDIA_RECORD_STARTED, 0);
}

static void left(struct recorder *w, struct recording *r, int64_t at_ns)
{
	if (!atomic_load(&r->is_ended)) {
		int err = recording_advance(r, (at_ns - r->started_ns) / SAMPLE_NS);
		finish(w, r, err < 0 || err == 1 ? err : 0);
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

/* All rings into their files; each second the headers and the disk. A slow disk delays syncs, never the
 * rings. */
static void cycle(struct recorder *w)
{
	int64_t now_ns = clock_mono_ns(), sync_until_ns = now_ns + SYNC_BUDGET_NS;

	w->cycle++;
	VEC_EACH(&w->entries, i)
	{
		struct recording *r = w->entries.at[i].recording;
		if (atomic_load_explicit(&r->is_ended, memory_order_relaxed))
			continue;
		int err = recording_advance(r, (now_ns - r->started_ns) / SAMPLE_NS - JITTER_SAMPLES);
		if (err != 0)
			end_by_itself(w, r, err);
	}
	VEC_EACH(&w->entries, i)
	{
		struct entry *e = &w->entries.at[i];
		if (atomic_load_explicit(&e->recording->is_ended, memory_order_relaxed) ||
			w->cycle - e->cycle_synced < CYCLES_PER_SYNC)
			continue;
		if (clock_mono_ns() > sync_until_ns)
			break;
		e->cycle_synced = w->cycle;
		int err = recording_sync(e->recording);
		if (err < 0)
			end_by_itself(w, e->recording, err);
	}
}

static void *run(void *arg)
{
	struct recorder *w = arg;
	_cleanup_alloc_ struct message *m = alloc_zero(sizeof(*m));
	int64_t next_ms = clock_mono_ms() + CYCLE_MS;

	pthread_setname_np(pthread_self(), "recorder");
	for (;;) {
		while (m && mailbox_take(w->messages, m)) {
			if (m->kind == MESSAGE_STOP)
				return NULL;
			if (m->kind == MESSAGE_BEGIN)
				begin(w, m);
			else
				left(w, m->recording, m->at_ns);
		}
		int64_t now_ms = clock_mono_ms();
		if (now_ms >= next_ms) {
			cycle(w);
			next_ms = now_ms + CYCLE_MS;
		}
		mailbox_wait(w->messages,
			w->entries.len > 0 ? (int)(next_ms - now_ms > 0 ? next_ms - now_ms : 0) : -1);
	}
}

int recorder_start(struct recorder **ret_recorder, struct media *media)
{
	struct recorder *w = alloc_zero(sizeof(*w));

	if (!w)
		return -ENOMEM;
	w->media = media;
	int err = mailbox_new(&w->messages, sizeof(struct message), MESSAGES_MAX);
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
	struct message stop = {.kind = MESSAGE_STOP};

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

/* ---- audio threads ---- */

static void refused(struct leg *leg, uint64_t ref, int err)
{
	engine_leg_event(leg, MEDIA_RECORD_ENDED, ref, err);
}

void recorder_begin(struct leg *leg, const struct media_command *c)
{
	struct leg_recording *slot = NULL;
	struct message m = {
		.kind = MESSAGE_BEGIN, .thread = leg->thread, .at_ns = leg->thread->now_ns, .command = *c};

	for (int i = 0; i < LEG_RECORDINGS_MAX; i++) {
		if (leg->recordings[i].state == RECORDING_NONE)
			slot = &leg->recordings[i];
		else if (leg->recordings[i].ref == c->ref) {
			refused(leg, c->ref, -EEXIST);
			return;
		}
	}
	int err = slot ? mailbox_send(leg->thread->media->recorder->messages, &m) : -ENOBUFS;
	if (err < 0) {
		refused(leg, c->ref, err);
		return;
	}
	*slot = (struct leg_recording){.state = RECORDING_PENDING, .ref = c->ref, .other = c->other};
}

static void name_right(struct leg *leg, const struct leg_recording *slot, bool is_added)
{
	struct leg *other = slot->other ? leg_find(leg->thread, slot->other) : NULL;

	for (int i = 0; other && i < LEG_RECORDINGS_MAX; i++)
		if (other->right_of[i] == (is_added ? NULL : slot->recording)) {
			other->right_of[i] = is_added ? slot->recording : NULL;
			return;
		}
}

static bool let_go(struct audio_thread *t, struct recording *r)
{
	struct message m = {.kind = MESSAGE_LEFT, .recording = r, .at_ns = t->now_ns};

	return mailbox_send(t->media->recorder->messages, &m) == 0;
}

static void leave(struct leg *leg, struct leg_recording *slot)
{
	if (slot->state == RECORDING_ON)
		name_right(leg, slot, false);
	slot->state = RECORDING_LEAVING;
	if (let_go(leg->thread, slot->recording))
		*slot = (struct leg_recording){0};
}

static struct leg_recording *find_slot(struct leg *leg, uint64_t ref)
{
	for (int i = 0; leg && i < LEG_RECORDINGS_MAX; i++)
		if (leg->recordings[i].state != RECORDING_NONE && leg->recordings[i].ref == ref)
			return &leg->recordings[i];
	return NULL;
}

void recorder_end(struct leg *leg, uint64_t ref)
{
	struct leg_recording *slot = find_slot(leg, ref);

	if (slot && slot->state == RECORDING_PENDING)
		slot->state = RECORDING_CANCELLED;
	else if (slot && slot->state == RECORDING_ON)
		leave(leg, slot);
}

void recorder_note(struct audio_thread *t, const struct note *note)
{
	struct leg *leg = leg_find(t, note->leg);
	struct leg_recording *slot = find_slot(leg, note->ref);

	if (note->kind == NOTE_RECORDING_GONE) {
		if (slot && slot->recording == note->recording && slot->state == RECORDING_ON)
			leave(leg, slot);
		else if (slot && !note->recording)
			*slot = (struct leg_recording){0};
		return;
	}
	if (!slot || slot->state == RECORDING_ON || slot->state == RECORDING_LEAVING) {
		let_go(t, note->recording); /* the leg went in the meantime */
		return;
	}
	bool is_wanted = slot->state == RECORDING_PENDING;
	slot->recording = note->recording;
	slot->state = RECORDING_ON;
	name_right(leg, slot, true);
	if (!is_wanted)
		leave(leg, slot);
}

void recorder_retry(struct leg *leg)
{
	for (int i = 0; i < LEG_RECORDINGS_MAX; i++)
		if (leg->recordings[i].state == RECORDING_LEAVING)
			leave(leg, &leg->recordings[i]);
}

void recorder_leave_all(struct leg *leg)
{
	for (int i = 0; i < LEG_RECORDINGS_MAX; i++)
		if (leg->recordings[i].state == RECORDING_ON || leg->recordings[i].state == RECORDING_LEAVING)
			leave(leg, &leg->recordings[i]);
}

static void push(
	struct leg *leg, struct recording *r, int channel, const struct rtp *rtp, int law, int64_t now_ns)
{
	if (!recording_push(r, channel, rtp, law, now_ns))
		atomic_fetch_add_explicit(&leg->thread->media->recorder->dropped, 1, memory_order_relaxed);
}

void recorder_heard(struct leg *leg, const struct rtp *rtp, int law, int64_t now_ns)
{
	struct leg *peer = leg->bridge;

	for (int i = 0; i < LEG_RECORDINGS_MAX; i++) {
		if (leg->recordings[i].state == RECORDING_ON)
			push(leg, leg->recordings[i].recording, RECORDING_LEFT, rtp, law, now_ns);
		if (leg->right_of[i])
			push(leg, leg->right_of[i], RECORDING_RIGHT, rtp, law, now_ns);
		if (peer && peer->recordings[i].state == RECORDING_ON && peer->recordings[i].other == 0)
			push(leg, peer->recordings[i].recording, RECORDING_RIGHT, rtp, law, now_ns);
	}
}
