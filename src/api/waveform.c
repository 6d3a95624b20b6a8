/* A recording's loudness over time, for drawing. It is computed once and kept beside the file
 * (<file>.peaks.json); a recording still being written is computed each time. */
#include "api/handlers.h"
#include "api/recordings.h"
#include "base/alloc.h"
#include "base/str.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PEAKS_MAX 1000
#define CHANNELS_MAX VAULT_CHANNELS_MAX
#define READ_SAMPLES 8192
#define PEAKS_FILE_MAX 262144

struct peaks {
	int channels, points;
	int16_t at[CHANNELS_MAX][PEAKS_MAX]; /* largest magnitude */
};

/* Folds n samples of each channel, of which the first is number `from` of `total`, into p. */
static void fold(struct peaks *p, const int16_t *samples, int64_t n, int64_t from, int64_t total)
{
	for (int64_t i = 0; i < n; i++) {
		int64_t point = (from + i) * p->points / total;
		for (int c = 0; c < p->channels; c++) {
			int v = abs(samples[i * p->channels + c]);
			if (v > p->at[c][point])
				p->at[c][point] = (int16_t)(v > INT16_MAX ? INT16_MAX : v);
		}
	}
}

static int read_peaks(struct playback *playback, const struct playback_info *info, struct peaks *p)
{
	_cleanup_alloc_ int16_t *samples =
		alloc_array(READ_SAMPLES, (size_t)info->channels * sizeof(*samples));

	if (!samples)
		return -ENOMEM;
	p->channels = info->channels < CHANNELS_MAX ? info->channels : CHANNELS_MAX;
	p->points = info->samples < PEAKS_MAX ? (int)info->samples : PEAKS_MAX;
	for (int64_t at = 0; at < info->samples;) {
		ssize_t n = playback_samples(playback, at, samples, READ_SAMPLES);
		if (n <= 0)
			return (int)n; /* cut short while we read: the rest is silence */
		fold(p, samples, n, at, info->samples);
		at += n;
	}
	return 0;
}

static json_t *peaks_json(const struct peaks *p, const struct playback_info *info)
{
	json_t *channels = json_array();

	for (int c = 0; c < p->channels; c++) {
		json_t *points = json_array();
		for (int i = 0; i < p->points; i++)
			json_array_append_new(
				points, json_integer((p->at[c][i] * 100 + INT16_MAX / 2) / INT16_MAX));
		json_array_append_new(channels, points);
	}
	return json_pack("{s:I, s:i, s:o}", "duration_ms", (json_int_t)(info->samples * 1000 / info->rate_hz),
		"channels", p->channels, "peaks", channels);
}

/* The waveform of a recording as JSON. 0, or what opening it said. */
static int measure(struct exchange *x, const char *path, json_t **ret_json)
{
	_cleanup_alloc_ struct peaks *p = alloc_zero(sizeof(*p));
	struct playback *playback = NULL;
	struct playback_info info;
	int err = p ? recording_play(x, path, &playback) : -ENOMEM;

	if (err == 0) {
		playback_look(playback, &info);
		err = read_peaks(playback, &info, p);
		json_t *json = err == 0 ? peaks_json(p, &info) : NULL;
		if (json)
			*ret_json = json;
		else if (err == 0)
			err = -ENOMEM;
	}
	playback_free(playback);
	return err;
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
		err = measure(x, path, &json);
		if (err == 0)
			keep(path, kept, json);
	}
	if (err == 0)
		reply_json(x, 200, json);
	else
		recording_problem(x, err);
}
