/* Placement and file of one recording.
 *
 * Invariants: the file holds exactly `written - owed` samples of each channel; window slots not yet heard
 * hold silence; a sample is written once, frames that come later than that are dropped. */
#include "media/record/recording.h"
#include "base/alloc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define LOUD 200 /* linear; about -44 dBFS: less is silence */
#define WRITE_BYTES 8192
#define OWED_PER_ROUND 64000 /* samples of silence paid back at once: a disk that is back is not flooded */
#define FRAME_SPACE(n) ((sizeof(struct frame) + (n) + 7) & ~(size_t)7)
#define USUAL_FRAME_BYTES 200 /* 20 ms of G.711 */
#define SKIP_CODEC 255	      /* the rest of the ring up to its edge holds nothing */

/* Pages of its own, of which only those that are used take memory. */
static uint8_t *map_ring(void)
{
	void *p = mmap(NULL, RING_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

int recording_new(struct recording **ret_recording, const struct recording_wish *wish)
{
	struct recording *r = alloc_zero(sizeof(*r));
	struct sink_format format = {.channels = wish->channels,
		.rate_hz = wish->rate_hz,
		.inner = VAULT_PCM16,
		.key = wish->key,
		.key_id = wish->key_id};

	if (!r)
		return -ENOMEM;
	r->channels = wish->channels;
	r->rate_hz = wish->rate_hz;
	r->is_masked = wish->is_masked;
	r->window_samples = WINDOW_SAMPLES_8K * (wish->rate_hz / LAW_RATE_HZ);
	r->sink.fd = -1;
	r->ring = map_ring();
	r->window = alloc_array((size_t)r->window_samples, (size_t)r->channels * sizeof(*r->window));
	int err = r->ring && r->window ? 0 : -ENOMEM;
	if (err == 0) {
		/* Touched here, so that the audio thread meets no page fault. */
		memset(r->ring, 0, RING_USUAL_BYTES);
		err = sink_open(&r->sink, wish->path, &format);
	}
	if (err < 0) {
		recording_free(r);
		return err;
	}
	*ret_recording = r;
	return 0;
}

void recording_free(struct recording *r)
{
	if (!r)
		return;
	for (int i = 0; i < TRACKS_MAX; i++)
		track_forget(&r->tracks[i]);
	sink_close(&r->sink);
	if (r->ring)
		munmap(r->ring, RING_BYTES);
	alloc_free(r->window);
	alloc_free(r);
}

void recording_fetch(const struct recording *r)
{
	__builtin_prefetch(r);
	__builtin_prefetch(&r->head, 1);
	__builtin_prefetch(&r->ring);
}

void recording_fetch_place(const struct recording *r)
{
	uint64_t head = atomic_load_explicit(&r->head, memory_order_relaxed);
	bool is_empty = head == atomic_load_explicit(&r->tail, memory_order_relaxed);
	const uint8_t *to = r->ring + (is_empty ? 0 : (head - r->origin) % RING_BYTES);

	for (size_t at = 0; at < USUAL_FRAME_BYTES; at += CACHE_LINE)
		__builtin_prefetch(to + at, 1);
}

bool recording_push(struct recording *r, const struct frame *frame, const uint8_t *payload)
{
	uint64_t head = atomic_load_explicit(&r->head, memory_order_relaxed);
	uint64_t tail = atomic_load_explicit(&r->tail, memory_order_acquire);
	/* An empty ring begins anew: a writer that keeps up leaves most of it untouched, which keeps a
	 * recording small in memory. The writer sees the origin with the head that follows. */
	if (head == tail)
		r->origin = head;
	size_t at = (head - r->origin) % RING_BYTES;
	size_t space = FRAME_SPACE(frame->n), to_edge = RING_BYTES - at;
	size_t skip = to_edge < space ? to_edge : 0;

	if (atomic_load_explicit(&r->is_ended, memory_order_relaxed) || frame->n > FRAME_BYTES_MAX)
		return true;
	if (head + skip + space - tail > RING_BYTES) {
		atomic_fetch_add_explicit(&r->dropped, 1, memory_order_relaxed);
		return false;
	}
	if (skip >= sizeof(struct frame)) {
		struct frame edge = {.codec = SKIP_CODEC};
		memcpy(r->ring + at, &edge, sizeof(edge));
	}
	head += skip;
	uint8_t *to = r->ring + (head - r->origin) % RING_BYTES;
	memcpy(to, frame, sizeof(*frame));
	if (frame->n > 0)
		memcpy(to + sizeof(*frame), payload, frame->n);
	atomic_store_explicit(&r->head, head + space, memory_order_release);
	return true;
}

/* The window's length is a power of two: a division for each sample would cost more than all the rest. */
static int place_in_window(const struct recording *r, int64_t position)
{
	return (int)(position & (r->window_samples - 1));
}

static int16_t *slot(const struct recording *r, int64_t position)
{
	return r->window + place_in_window(r, position) * r->channels;
}

/* Silence for what the disk did not take, as far as it takes it now. */
static int pay(struct recording *r, int64_t most)
{
	static const uint8_t zeros[WRITE_BYTES];
	size_t frame_bytes = 2 * (size_t)r->channels, whole = sizeof(zeros) / frame_bytes, taken = 0;
	int err = 0;

	for (; r->owed > 0 && most > 0 && err == 0; most -= (int64_t)whole) {
		size_t n = r->owed < (int64_t)whole ? (size_t)r->owed : whole;
		err = sink_append(&r->sink, zeros, n * frame_bytes, &taken);
		r->owed -= (int64_t)(taken / frame_bytes);
	}
	return err;
}

/* n samples of each channel; what is not taken is owed and lost. */
static int put(struct recording *r, const int16_t *samples, int n)
{
	size_t frame_bytes = 2 * (size_t)r->channels, taken = 0;
	int err = pay(r, OWED_PER_ROUND);

	if (err == 0 && r->owed == 0)
		err = sink_append(&r->sink, samples, (size_t)n * frame_bytes, &taken);
	int64_t missing = n - (int64_t)(taken / frame_bytes);
	r->owed += missing;
	r->lost += missing;
	return err;
}

static void note_loud(struct recording *r, const int16_t *at, int n)
{
	for (int i = n * r->channels - 1; i >= 0; i--)
		if (abs(at[i]) > LOUD) {
			r->last_loud = r->written + i / r->channels;
			return;
		}
}

/* Writes what lies before `until` and empties the window behind it, up to the window's edge at once. */
static int flush(struct recording *r, int64_t until)
{
	int err = 0;

	while (r->written < until) {
		int to_edge = r->window_samples - place_in_window(r, r->written);
		int n = until - r->written < to_edge ? (int)(until - r->written) : to_edge;
		int16_t *at = slot(r, r->written);
		if (r->silence_limit > 0)
			note_loud(r, at, n);
		int failed = put(r, at, n);
		err = failed < 0 ? failed : err;
		memset(at, 0, (size_t)n * (size_t)r->channels * sizeof(*at));
		r->written += n;
	}
	return err;
}

static struct track *find_track(struct recording *r, const struct frame *f)
{
	struct track *oldest = &r->tracks[0];

	for (int i = 0; i < TRACKS_MAX; i++) {
		struct track *t = &r->tracks[i];
		if (t->leg == f->leg && t->channel == f->channel && t->leg != 0)
			return t;
		if (t->leg == 0 || (oldest->leg != 0 && t->used_at < oldest->used_at))
			oldest = oldest->leg == 0 ? oldest : t;
	}
	track_forget(oldest);
	*oldest = (struct track){.leg = f->leg, .channel = f->channel};
	return oldest;
}

/* Nothing of this is heard: what waits in the window becomes silence, what comes later stays out. */
static void hush(struct recording *r, int channel, struct mask_span span)
{
	if (span.to <= span.from)
		return;
	int64_t from = span.from > r->written ? span.from : r->written;
	int64_t end = r->written + r->window_samples;
	for (int64_t at = from; at < span.to && at < end; at++)
		slot(r, at)[channel] = 0;
	if (span.to > r->masked_until[channel])
		r->masked_until[channel] = span.to;
}

static void add_run(int16_t *at, int step, const int16_t *samples, int64_t n)
{
	for (int64_t i = 0; i < n; i++, at += step) {
		int sum = *at + samples[i];
		*at = (int16_t)(sum > INT16_MAX ? INT16_MAX : sum < INT16_MIN ? INT16_MIN : sum);
	}
}

static void add(struct recording *r, int channel, int64_t position, const int16_t *samples, int64_t n)
{
	int64_t masked = r->masked_until[channel];
	int64_t begin = r->written > masked ? r->written : masked;

	for (int64_t i = begin > position ? begin - position : 0; i < n;) {
		int64_t to_edge = r->window_samples - place_in_window(r, position + i);
		int64_t run = n - i < to_edge ? n - i : to_edge;
		add_run(slot(r, position + i) + channel, r->channels, samples + i, run);
		i += run;
	}
}

static struct mask_span around_key(const struct recording *r, const struct frame *f)
{
	return (struct mask_span){.from = f->at - (int64_t)MASK_BEFORE_MS * 2 * r->rate_hz / 1000,
		.to = f->at + (int64_t)MASK_AFTER_MS * r->rate_hz / 1000};
}

static int take_frame(struct recording *r, const struct frame *f, const uint8_t *payload)
{
	int16_t samples[TRACK_SAMPLES_MAX];
	int channel = f->channel < r->channels ? f->channel : 0, err = 0;

	if (f->is_key) {
		hush(r, channel, around_key(r, f));
		return 0;
	}
	struct track *t = find_track(r, f);
	t->used_at = f->at;
	int64_t position = track_place(t, f, r->rate_hz);
	int64_t n = position < 0 ? 0 : (int64_t)track_decode(t, f, payload, r->rate_hz, samples);
	if (n == 0)
		return 0;
	if (r->limit > 0 && position + n > r->limit)
		n = r->limit - position;
	/* The writer was held up for long: make room in the order of arrival. */
	if (position + n - r->written > r->window_samples)
		err = flush(r, position + n - r->window_samples / 2);
	if (n > 0)
		add(r, channel, position, samples, n);
	if (n > 0 && r->is_masked)
		hush(r, channel, mask_add(&t->mask, r->rate_hz, position, samples, (size_t)n));
	return err;
}

static int drain(struct recording *r)
{
	uint64_t head = atomic_load_explicit(&r->head, memory_order_acquire);
	uint64_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);
	int err = 0;

	while (tail != head) {
		size_t position = (tail - r->origin) % RING_BYTES, to_edge = RING_BYTES - position;
		const uint8_t *at = r->ring + position;
		struct frame f = {.codec = SKIP_CODEC};
		if (to_edge >= sizeof(f))
			memcpy(&f, at, sizeof(f));
		if (f.codec == SKIP_CODEC) {
			tail += to_edge;
		} else {
			int failed = take_frame(r, &f, at + sizeof(f));
			err = failed < 0 ? failed : err;
			tail += FRAME_SPACE(f.n);
		}
		atomic_store_explicit(&r->tail, tail, memory_order_release);
	}
	return err;
}

int recording_advance(struct recording *r, int64_t until)
{
	int err = drain(r);
	int64_t samples_max = sink_bytes_max(&r->sink) / (2 * r->channels);
	int64_t limit = r->limit > 0 && r->limit < samples_max ? r->limit : samples_max;
	int failed = flush(r, until < limit ? until : limit);

	if (r->written >= limit)
		return 1;
	if (r->silence_limit > 0 && r->written - r->last_loud >= r->silence_limit)
		return 2;
	return failed < 0 ? failed : err;
}

int recording_mark(struct recording *r)
{
	return sink_mark(&r->sink);
}

int recording_sync(struct recording *r)
{
	return sink_sync(&r->sink);
}

int recording_end(struct recording *r)
{
	int err = pay(r, INT64_MAX);
	int failed = sink_end(&r->sink, r->hash);

	return err < 0 ? err : failed;
}

int64_t recording_lost_ms(const struct recording *r)
{
	/* A frame the ring refused was 20 ms of one channel, as nearly all are. */
	uint64_t dropped = atomic_load_explicit(&r->dropped, memory_order_relaxed);

	return r->lost * 1000 / r->rate_hz + (int64_t)dropped * 20 / (r->channels > 0 ? r->channels : 1);
}

int64_t recording_duration_ms(const struct recording *r)
{
	return (r->written - r->owed) * 1000 / r->rate_hz;
}
