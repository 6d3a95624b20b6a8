/* The audio threads' side of recordings: who is heard in which channel. Nothing here blocks or allocates. */
#include "media/codec/codec.h"
#include "media/leg.h"
#include "media/record/recorder_parts.h"

#include <errno.h>
#include <string.h>

#define TARGETS_MAX 32 /* recordings one leg is heard in */

struct target {
	struct recording *recording;
	uint8_t channel;
};

static void refused(struct leg *leg, uint64_t ref, int err)
{
	engine_leg_event(leg, MEDIA_RECORD_ENDED, ref, err);
}

static bool is_wide(const struct leg *leg)
{
	const struct codec *codec = codec_get(leg->codec);

	return codec && codec->rate_hz == CODEC_WIDE_HZ;
}

/* 16 kHz when somebody speaks wideband now: a recording keeps its rate. */
static int rate_of(const struct leg *leg)
{
	bool wide = is_wide(leg);

	for (int i = 0; i < leg->n_hears && !wide; i++)
		wide = is_wide(leg->hears[i].leg);
	return wide ? CODEC_WIDE_HZ : CODEC_NARROW_HZ;
}

void recorder_begin(struct leg *leg, const struct media_command *c)
{
	struct leg_recording *slot = NULL;
	struct recorder_message m = {.kind = RECORDER_BEGIN,
		.thread = leg->thread,
		.at_ns = leg->thread->now_ns,
		.rate_hz = rate_of(leg),
		.command = *c};

	for (int i = 0; i < LEG_RECORDINGS_MAX; i++) {
		if (leg->recordings[i].state == RECORDING_NONE)
			slot = &leg->recordings[i];
		else if (leg->recordings[i].ref == c->ref) {
			refused(leg, c->ref, -EEXIST);
			return;
		}
	}
	int err = slot ? recorder_send(leg->thread->media->recorder, &m) : -ENOBUFS;
	if (err < 0) {
		refused(leg, c->ref, err);
		return;
	}
	*slot = (struct leg_recording){.state = RECORDING_PENDING,
		.ref = c->ref,
		.is_fed = c->other != 0 || c->record.n_channels > 2};
	if (c->other != 0)
		recorder_feed(leg, c->ref, c->other, RECORDING_RIGHT, true);
}

static struct leg_recording *find_slot(struct leg *leg, uint64_t ref)
{
	for (int i = 0; leg && i < LEG_RECORDINGS_MAX; i++)
		if (leg->recordings[i].state != RECORDING_NONE && leg->recordings[i].ref == ref)
			return &leg->recordings[i];
	return NULL;
}

static void forget_feed(struct leg *speaker, struct leg_feed *f)
{
	*f = (struct leg_feed){0};
	speaker->n_feeds--;
}

void recorder_feed(struct leg *leg, uint64_t ref, uint64_t other, int channel, bool is_on)
{
	struct leg_recording *slot = find_slot(leg, ref);
	struct leg *speaker = leg_find(leg->thread, other);
	struct leg_feed *unused = NULL;

	if (!slot || !speaker || channel < 0 || channel >= MEDIA_CHANNELS_MAX)
		return;
	for (int i = 0; i < LEG_FEEDS_MAX; i++) {
		struct leg_feed *f = &speaker->feeds[i];
		if (f->leg == leg->id && f->ref == ref && f->channel == channel) {
			if (!is_on)
				forget_feed(speaker, f);
			return;
		}
		if (f->leg == 0)
			unused = f;
	}
	if (!is_on || !unused)
		return;
	*unused = (struct leg_feed){.leg = leg->id,
		.ref = ref,
		.channel = (uint8_t)channel,
		.recording = slot->state == RECORDING_ON ? slot->recording : NULL};
	speaker->n_feeds++;
}

/* The recording is there, or is not any more (NULL): for all who are to be heard in it. */
static void name_to_feeds(struct leg *leg, uint64_t ref, struct recording *r)
{
	struct audio_thread *t = leg->thread;

	VEC_EACH(&t->legs, i)
	for (int k = 0; k < LEG_FEEDS_MAX; k++) {
		struct leg_feed *f = &t->legs.at[i]->feeds[k];
		if (f->leg != leg->id || f->ref != ref)
			continue;
		f->recording = r;
		if (!r)
			forget_feed(t->legs.at[i], f);
	}
}

static bool let_go(struct audio_thread *t, struct recording *r)
{
	struct recorder_message m = {.kind = RECORDER_LEFT, .recording = r, .at_ns = t->now_ns};

	return recorder_send(t->media->recorder, &m) == 0;
}

static void leave(struct leg *leg, struct leg_recording *slot)
{
	if (slot->state == RECORDING_ON && slot->is_fed)
		name_to_feeds(leg, slot->ref, NULL);
	slot->state = RECORDING_LEAVING;
	if (let_go(leg->thread, slot->recording))
		*slot = (struct leg_recording){0};
}

void recorder_end(struct leg *leg, uint64_t ref)
{
	struct leg_recording *slot = find_slot(leg, ref);

	if (slot && slot->state == RECORDING_PENDING)
		slot->state = RECORDING_CANCELLED;
	else if (slot && slot->state == RECORDING_ON)
		leave(leg, slot);
}

void recorder_pause(struct leg *leg, uint64_t ref, bool is_on)
{
	struct leg_recording *slot = find_slot(leg, ref);

	if (!slot)
		return;
	slot->is_paused = is_on;
	if (slot->state == RECORDING_ON)
		slot->recording->is_paused = is_on;
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
	slot->recording->is_paused = slot->is_paused;
	slot->state = RECORDING_ON;
	if (slot->is_fed)
		name_to_feeds(leg, slot->ref, slot->recording);
	if (!is_wanted)
		leave(leg, slot);
}

void recorder_retry(struct leg *leg)
{
	recorder_watch(leg->thread->media->recorder, leg->thread->now_ns / 1000000);
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

static void add_target(struct target *targets, int *n, struct recording *r, uint8_t channel)
{
	if (r && *n < TARGETS_MAX && !r->is_paused)
		targets[(*n)++] = (struct target){.recording = r, .channel = channel};
}

/* Where what the leg says is kept: in its own recordings, in those it was named for, and on the right of
 * whoever hears it. */
static int find_targets(const struct leg *leg, struct target targets[static TARGETS_MAX])
{
	int n = 0;

	for (int i = 0; i < LEG_RECORDINGS_MAX; i++)
		if (leg->recordings[i].state == RECORDING_ON)
			add_target(targets, &n, leg->recordings[i].recording, RECORDING_LEFT);
	for (int i = 0; leg->n_feeds > 0 && i < LEG_FEEDS_MAX; i++)
		if (leg->feeds[i].leg != 0)
			add_target(targets, &n, leg->feeds[i].recording, leg->feeds[i].channel);
	for (int k = 0; k < leg->n_heard_by; k++) {
		const struct leg_recording *slots = leg->heard_by[k]->recordings;
		for (int i = 0; i < LEG_RECORDINGS_MAX; i++)
			if (slots[i].state == RECORDING_ON && !slots[i].is_fed)
				add_target(targets, &n, slots[i].recording, RECORDING_RIGHT);
	}
	return n;
}

void recorder_fetch(const struct leg *leg)
{
	struct target targets[TARGETS_MAX];
	int n = find_targets(leg, targets);

	for (int i = 0; i < n; i++)
		recording_fetch(targets[i].recording);
}

void recorder_fetch_place(const struct leg *leg)
{
	struct target targets[TARGETS_MAX];
	int n = find_targets(leg, targets);

	for (int i = 0; i < n; i++)
		recording_fetch_place(targets[i].recording);
}

/* Elapsed time in samples of the recording. */
static int64_t arrival(const struct recording *r, int64_t now_ns)
{
	return (now_ns - r->started_ns) / 1000 * r->rate_hz / 1000000;
}

void recorder_heard(struct leg *leg, const struct rtp *rtp, enum sdp_codec codec, int64_t now_ns)
{
	struct target targets[TARGETS_MAX];
	int n = find_targets(leg, targets);
	struct frame f = {.leg = leg->id,
		.ts = rtp->ts,
		.ssrc = rtp->ssrc,
		.seq = rtp->seq,
		.n = (uint16_t)rtp->n,
		.codec = (uint8_t)codec};

	for (int i = 0; i < n; i++) {
		f.at = arrival(targets[i].recording, now_ns);
		f.channel = targets[i].channel;
		if (!recording_push(targets[i].recording, &f, rtp->payload))
			recorder_count_dropped(leg->thread->media->recorder);
	}
}

void recorder_pressed(struct leg *leg, int64_t now_ns)
{
	struct target targets[TARGETS_MAX];
	int n = find_targets(leg, targets);
	struct frame f = {.leg = leg->id, .is_key = true};

	for (int i = 0; i < n; i++) {
		f.at = arrival(targets[i].recording, now_ns);
		f.channel = targets[i].channel;
		if (targets[i].recording->is_masked)
			recording_push(targets[i].recording, &f, NULL);
	}
}
