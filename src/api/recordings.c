/* Recordings: the sound with Range, and its loudness over time for drawing.
 *
 * The waveform is computed once and kept beside the file (<file>.peaks.json); a recording still being written
 * is computed each time. Must not know: who made the file. */
#include "api/handlers.h"
#include "api/history.h"
#include "api/problem.h"
#include "api/server.h"
#include "base/alloc.h"
#include "base/id.h"
#include "base/log.h"
#include "media/codec/law.h"
#include "media/record/wav.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PEAKS_MAX 1000
#define WAV_HEAD_BYTES 65536
#define READ_BYTES 65536
#define PEAKS_FILE_MAX 65536

bool recording_file(const struct exchange *x, const json_t *row, char ret_path[static RECORDING_PATH_MAX])
{
	const char *path = jsonx_text(row, "path", "");

	/* The log is ours, but a path that leaves the folder is never opened. */
	return path[0] && path[0] != '/' && !strstr(path, "..") &&
	       str_printf(ret_path, RECORDING_PATH_MAX, "%s/recordings/%s", x->api->config.data_directory,
		       path) == 0;
}

/* The file of recording {id}; false: answered. */
static bool recording_path(struct exchange *x, char ret_path[static RECORDING_PATH_MAX], uint64_t *ret_id)
{
	_cleanup_json_ json_t *row = NULL;

	if (!parameter_id(x, 0, ret_id))
		return false;
	int result = store_recording(x->reader, x->who.tenant, *ret_id, &row);
	if (result != 0) {
		problem_store(x, result, NULL);
		return false;
	}
	if (!recording_file(x, row, ret_path)) {
		problem(x, PROBLEM_NOT_FOUND, "This recording has no file.");
		return false;
	}
	return true;
}

/* Who listened to it, once for a playing: a player asks for the rest of a file in many pieces. */
static void note_listening(struct exchange *x, uint64_t id)
{
	const char *range = x->request.range;
	struct store_actor actor = actor_of(x);

	if (*range && !str_starts_with(range, "bytes=0-"))
		return;
	int err = store_note_audit(x->api->parts.store, &actor, "listened", "recording", id, NULL);
	if (err < 0)
		log_warn("api", 0, "an entry of the audit log could not be written: %s", strerror(-err));
}

void recording_audio_get(struct exchange *x)
{
	char path[RECORDING_PATH_MAX], etag[64];
	struct stat st;
	uint64_t id;

	if (!recording_path(x, path, &id))
		return;
	int err = stat(path, &st) < 0 ? -errno : 0;
	if (err == 0) {
		str_printf(etag, sizeof(etag), "%llx-%llx", (unsigned long long)st.st_mtim.tv_sec,
			(unsigned long long)st.st_size);
		reply_header(x, "Cache-Control", "private, no-cache");
		err = reply_file(x, path, "audio/wav", etag);
	}
	if (err == 0 && x->response.status < 300)
		note_listening(x, id);
	if (err < 0)
		problem(x, PROBLEM_NOT_FOUND, "The recording's file is not there (any more).");
}

/* --- waveform
 * ----------------------------------------------------------------------------------------------------------
 */
struct peaks {
	int channels, points;
	int16_t at[2][PEAKS_MAX]; /* largest magnitude */
};

static int sample_at(const struct wav *w, const unsigned char *p)
{
	if (w->coding == WAV_PCM16)
		return (int16_t)(p[0] | p[1] << 8);
	return law_linear[w->coding == WAV_ALAW][*p];
}

/* Folds whole frames, of which the first is number `frame`, into p. */
static void fold(struct peaks *p, const struct wav *w, const unsigned char *data, size_t frames, size_t frame)
{
	size_t total = w->data_bytes / w->frame_bytes, sample_bytes = w->frame_bytes / (size_t)w->channels;

	for (size_t i = 0; i < frames; i++) {
		size_t point = (frame + i) * (size_t)p->points / total;
		for (int c = 0; c < p->channels; c++) {
			int v = abs(sample_at(w, data + i * w->frame_bytes + (size_t)c * sample_bytes));
			if (v > p->at[c][point])
				p->at[c][point] = (int16_t)(v > INT16_MAX ? INT16_MAX : v);
		}
	}
}

static int read_peaks(int fd, const struct wav *w, struct peaks *p)
{
	_cleanup_alloc_ unsigned char *buffer = alloc_zero(READ_BYTES);
	size_t total = w->data_bytes / w->frame_bytes, per_read = READ_BYTES / w->frame_bytes;

	if (!buffer)
		return -ENOMEM;
	p->channels = w->channels;
	p->points = total < PEAKS_MAX ? (int)total : PEAKS_MAX;
	for (size_t frame = 0; frame < total;) {
		size_t want = total - frame < per_read ? total - frame : per_read;
		ssize_t n = pread(
			fd, buffer, want * w->frame_bytes, (off_t)(w->data_offset + frame * w->frame_bytes));
		if (n < (ssize_t)w->frame_bytes)
			return n < 0 ? -errno : 0; /* cut short while we read: the rest is silence */
		fold(p, w, buffer, (size_t)n / w->frame_bytes, frame);
		frame += (size_t)n / w->frame_bytes;
	}
	return 0;
}

static json_t *peaks_json(const struct peaks *p, const struct wav *w)
{
	json_t *channels = json_array();

	for (int c = 0; c < p->channels; c++) {
		json_t *points = json_array();
		for (int i = 0; i < p->points; i++)
			json_array_append_new(
				points, json_integer((p->at[c][i] * 100 + INT16_MAX / 2) / INT16_MAX));
		json_array_append_new(channels, points);
	}
	return json_pack("{s:I, s:i, s:o}", "duration_ms",
		(json_int_t)(w->data_bytes / w->frame_bytes) * 1000 / w->rate_hz, "channels", p->channels,
		"peaks", channels);
}

/* The waveform of a WAV file as JSON. 0, -EINVAL (no WAV), -errno. */
static int measure(const char *path, json_t **ret_json)
{
	_cleanup_alloc_ unsigned char *head = alloc_zero(WAV_HEAD_BYTES);
	_cleanup_alloc_ struct peaks *p = alloc_zero(sizeof(*p));
	struct stat st;
	struct wav w = {.frame_bytes = 1, .rate_hz = 1};

	if (!head || !p)
		return -ENOMEM;
	law_init();
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	ssize_t n = fstat(fd, &st) < 0 ? -1 : pread(fd, head, WAV_HEAD_BYTES, 0);
	int err = n < 0 ? -errno : wav_parse(head, (size_t)n, (size_t)st.st_size, &w);
	if (err == 0)
		err = read_peaks(fd, &w, p);
	close(fd);
	if (err < 0)
		return err;
	*ret_json = peaks_json(p, &w);
	return *ret_json ? 0 : -ENOMEM;
}

/* A kept waveform at least as new as the recording, or NULL. */
static json_t *load_kept(const char *path, const char *kept)
{
	struct stat recording, st;

	if (stat(path, &recording) < 0 || stat(kept, &st) < 0 || st.st_size > PEAKS_FILE_MAX ||
		st.st_mtime < recording.st_mtime)
		return NULL;
	return json_load_file(kept, 0, NULL);
}

/* Keeping is a convenience: failing to costs only time. */
static void keep(const char *path, const char *kept, const json_t *json)
{
	char beside[RECORDING_PATH_MAX + 32];
	struct stat st;
	static _Atomic unsigned serial;

	/* One that may still grow is not kept. */
	if (stat(path, &st) < 0 || time(NULL) - st.st_mtime < 5)
		return;
	snprintf(beside, sizeof(beside), "%s.%u", kept, serial++);
	if (json_dump_file(json, beside, JSON_COMPACT) < 0 || rename(beside, kept) < 0)
		unlink(beside);
}

void recording_waveform_get(struct exchange *x)
{
	char path[RECORDING_PATH_MAX], kept[RECORDING_PATH_MAX + 16];
	uint64_t id;

	if (!recording_path(x, path, &id))
		return;
	snprintf(kept, sizeof(kept), "%s.peaks.json", path);
	json_t *json = load_kept(path, kept);
	int err = 0;
	if (!json) {
		err = measure(path, &json);
		if (err == 0)
			keep(path, kept, json);
	}
	if (err == 0)
		reply_json(x, 200, json);
	else if (err == -ENOMEM)
		problem_store(x, err, NULL);
	else
		problem(x, PROBLEM_NOT_FOUND, "The recording's file is not there (any more), or is damaged.");
}
