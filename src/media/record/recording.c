/* Placement and file of one recording.
 *
 * Invariants: the file holds exactly `written` frames behind its header; window slots not yet heard hold
 * silence; a sample is written once, frames that come later than that are dropped. */
#include "media/record/recording.h"
#include "base/alloc.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define JUMP_MAX (2 * LAW_RATE_HZ) /* a timestamp further off its arrival than this is a new beginning */
#define DRIFT_FRAMES 100	   /* arrivals are judged once per so many frames */
#define DRIFT_MAX 40		   /* samples: 5 ms */
#define LOUD 200		   /* linear; about -44 dBFS: less is silence */
#define WRITE_SAMPLES 2048
#define BYTES_MAX (UINT32_MAX - 65536)

static int make_folders(const char *path)
{
	char folder[MEDIA_PATH_MAX];
	int err = str_put(folder, sizeof(folder), path);

	if (err < 0)
		return -ENAMETOOLONG;
	for (char *p = folder + 1; (p = strchr(p, '/')); p++) {
		*p = 0;
		if (mkdir(folder, 0750) < 0 && errno != EEXIST)
			return -errno;
		*p = '/';
	}
	return 0;
}

static int open_file(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);

	if (fd < 0 && errno == ENOENT) {
		int err = make_folders(path);
		if (err < 0)
			return err;
		fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	}
	return fd < 0 ? -errno : fd;
}

static int write_all(int fd, const void *bytes, size_t n, off_t at)
{
	for (size_t done = 0; done < n;) {
		ssize_t put = pwrite(fd, (const char *)bytes + done, n - done, at + (off_t)done);
		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return -errno;
		done += (size_t)put;
	}
	return 0;
}

static int channels(const struct recording *r)
{
	return r->is_stereo ? 2 : 1;
}

static int put_header(struct recording *r)
{
	uint8_t header[WAV_HEADER_BYTES];

	wav_header(header, channels(r), LAW_RATE_HZ, (uint64_t)(r->written * 2 * channels(r)));
	r->header_samples = r->written;
	return write_all(r->fd, header, sizeof(header), 0);
}

int recording_new(struct recording **ret_recording, const char *path, bool is_stereo)
{
	struct recording *r = alloc_zero(sizeof(*r));

	if (!r)
		return -ENOMEM;
	r->is_stereo = is_stereo;
	r->fd = -1;
	r->frames = alloc_array(FRAMES_MAX, sizeof(*r->frames));
	r->window = alloc_array(WINDOW_SAMPLES, sizeof(*r->window));
	int err = r->frames && r->window ? 0 : -ENOMEM;
	if (err == 0) {
		/* Touched here, so that the audio thread meets no page fault. */
		memset(r->frames, 0, FRAMES_MAX * sizeof(*r->frames));
		r->fd = open_file(path);
		err = r->fd < 0 ? r->fd : put_header(r);
		if (err < 0 && r->fd >= 0)
			unlink(path);
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
	if (r->fd >= 0)
		close(r->fd);
	alloc_free(r->frames);
	alloc_free(r->window);
	alloc_free(r);
}

bool recording_push(struct recording *r, int channel, const struct rtp *rtp, int law, int64_t now_ns)
{
	uint32_t head = atomic_load_explicit(&r->head, memory_order_relaxed);

	if (atomic_load_explicit(&r->is_ended, memory_order_relaxed))
		return true;
	/* A frame of the ring is at most 20 ms; longer packets take several. */
	for (size_t at = 0; at < rtp->n; at += FRAME_BYTES_MAX) {
		size_t n = rtp->n - at < FRAME_BYTES_MAX ? rtp->n - at : FRAME_BYTES_MAX;
		if (head - atomic_load_explicit(&r->tail, memory_order_acquire) == FRAMES_MAX)
			return false;
		struct frame *f = &r->frames[head % FRAMES_MAX];
		f->at = (now_ns - r->started_ns) / SAMPLE_NS + (int64_t)at;
		f->ts = rtp->ts + (uint32_t)at;
		f->ssrc = rtp->ssrc;
		f->channel = (uint8_t)channel;
		f->law = (uint8_t)law;
		f->n = (uint8_t)n;
		memcpy(f->bytes, rtp->payload + at, n);
		atomic_store_explicit(&r->head, ++head, memory_order_release);
	}
	return true;
}

/* The position of a frame. Over each window of frames the least delay is measured; when it wandered off by
 * more than a few milliseconds (skewed clocks), the placement moves by as much. */
static int64_t place(struct placement *p, const struct frame *f)
{
	int64_t position = p->base_at + (int32_t)(f->ts - p->base_ts);
	int64_t late = f->at - position;

	if (!p->is_started || p->ssrc != f->ssrc || late > JUMP_MAX || late < -JUMP_MAX) {
		*p = (struct placement){
			.is_started = true, .ssrc = f->ssrc, .base_ts = f->ts, .base_at = f->at};
		return f->at;
	}
	p->base_ts = f->ts;
	p->base_at = position;
	if (p->n == 0 || late < p->earliest)
		p->earliest = late;
	/* Ahead of its arrival nothing can have been said: that is corrected at once. */
	if (late < -DRIFT_MAX || ++p->n == DRIFT_FRAMES) {
		if (p->earliest > DRIFT_MAX || p->earliest < -DRIFT_MAX)
			p->base_at += p->earliest;
		p->n = 0;
	}
	return position;
}

static int16_t clip(int sample)
{
	return (int16_t)(sample > 32767 ? 32767 : sample < -32768 ? -32768 : sample);
}

/* Writes what lies before `until` and empties the window behind it. */
static int flush(struct recording *r, int64_t until)
{
	int16_t samples[WRITE_SAMPLES * 2];

	while (r->written < until) {
		int n = 0;
		off_t offset = WAV_HEADER_BYTES + r->written * 2 * channels(r);
		int64_t position = r->written;
		for (; n < WRITE_SAMPLES && position < until; n++, position++) {
			int16_t *slot = r->window[position % WINDOW_SAMPLES];
			if (abs(slot[0]) > LOUD || abs(slot[1]) > LOUD)
				r->last_loud = position;
			if (r->is_stereo) {
				samples[2 * n] = slot[0];
				samples[2 * n + 1] = slot[1];
			} else {
				samples[n] = clip(slot[0] + slot[1]);
			}
			slot[0] = slot[1] = 0;
		}
		int err = write_all(r->fd, samples, (size_t)(n * channels(r)) * sizeof(samples[0]), offset);
		if (err < 0)
			return err;
		r->written = position;
	}
	return 0;
}

static int take_frame(struct recording *r, const struct frame *f)
{
	int64_t position = place(&r->placements[f->channel], f);
	int64_t end = position + f->n;
	int err = 0;

	if (r->limit > 0 && end > r->limit)
		end = r->limit;
	/* The writer was held up for long: make room in the order of arrival. */
	if (end - r->written > WINDOW_SAMPLES)
		err = flush(r, end - WINDOW_SAMPLES / 2);
	for (int64_t at = position; at < end; at++)
		if (at >= r->written)
			r->window[at % WINDOW_SAMPLES][f->channel] =
				law_linear[f->law][f->bytes[at - position]];
	return err;
}

int recording_advance(struct recording *r, int64_t until)
{
	uint32_t head = atomic_load_explicit(&r->head, memory_order_acquire);
	uint32_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);
	int err = 0;

	for (; tail != head && err == 0; tail++) {
		err = take_frame(r, &r->frames[tail % FRAMES_MAX]);
		atomic_store_explicit(&r->tail, tail + 1, memory_order_release);
	}
	int64_t samples_max = (int64_t)BYTES_MAX / (2 * channels(r));
	int64_t limit = r->limit > 0 && r->limit < samples_max ? r->limit : samples_max;
	if (err == 0)
		err = flush(r, until < limit ? until : limit);
	if (err < 0)
		return err;
	if (r->written >= limit)
		return 1;
	return r->silence_limit > 0 && r->written - r->last_loud >= r->silence_limit ? 2 : 0;
}

int recording_sync(struct recording *r)
{
	int err = r->header_samples != r->written ? put_header(r) : 0;

	if (err == 0 && fdatasync(r->fd) < 0)
		err = -errno;
	return err;
}

static int repair_fd(int fd, int64_t *ret_duration_ms)
{
	uint8_t head[4096], size[4];
	struct wav wav;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	ssize_t n = pread(fd, head, sizeof(head), 0);
	if (n < 0)
		return -errno;
	int err = wav_parse(head, (size_t)n, (size_t)st.st_size, &wav);
	if (err < 0)
		return err;
	/* The length of the file is the truth, not what the header said when the process died. */
	uint64_t there = (uint64_t)st.st_size - wav.data_offset;
	uint64_t data_bytes = there - there % wav.frame_bytes;
	if (data_bytes > UINT32_MAX - wav.data_offset)
		return -EFBIG;
	*ret_duration_ms = (int64_t)(data_bytes / wav.frame_bytes) * 1000 / wav.rate_hz;
	uint32_t said = head[wav.size_offset] | (uint32_t)head[wav.size_offset + 1] << 8 |
			(uint32_t)head[wav.size_offset + 2] << 16 | (uint32_t)head[wav.size_offset + 3] << 24;
	if (there == data_bytes && said == data_bytes)
		return 0;
	if (ftruncate(fd, (off_t)(wav.data_offset + data_bytes)) < 0)
		return -errno;
	uint32_t riff = (uint32_t)(wav.data_offset + data_bytes - 8), data = (uint32_t)data_bytes;
	for (int i = 0; i < 4; i++)
		size[i] = (uint8_t)(riff >> (8 * i));
	err = write_all(fd, size, sizeof(size), 4);
	for (int i = 0; i < 4; i++)
		size[i] = (uint8_t)(data >> (8 * i));
	if (err == 0)
		err = write_all(fd, size, sizeof(size), (off_t)wav.size_offset);
	return err == 0 && fdatasync(fd) < 0 ? -errno : err;
}

int media_recording_repair(const char *path, int64_t *ret_duration_ms)
{
	int64_t duration_ms = 0;
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	int err = repair_fd(fd, &duration_ms);
	close(fd);
	if (err == 0)
		*ret_duration_ms = duration_ms;
	return err;
}
