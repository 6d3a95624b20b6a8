/* A recording kept as WAV, made Ogg/Opus for one who asks (docs/recordings.md): by the compressor's own code,
 * into a file that loses its name as soon as it is open, so that nothing stays behind.
 *
 * Invariants: at most as many at once as leave a worker free, and OPUS_AT_ONCE; each has a place, whose file
 * a process that died leaves until the next one takes the place. Whoever goes away ends the work. */
#include "api/recordings.h"
#include "api/problem.h"
#include "api/server.h"
#include "media/record/compress.h"

#include <errno.h>
#include <unistd.h>

/* A recording this long is made in the time an answer may take (ANSWER_TIMEOUT_S) on a slow machine, too. */
#define OPUS_CHANNEL_SECONDS_MAX 7200

static int places(const struct api *a)
{
	int n = a->n_workers - 1;

	return n < 1 ? 1 : n < OPUS_AT_ONCE ? n : OPUS_AT_ONCE;
}

/* The number of a place that is ours now; -1: all are taken. */
static int take_place(struct api *a)
{
	unsigned taken = atomic_load(&a->opus_places);

	for (int i = 0; i < places(a);) {
		if (taken & 1u << i)
			i++;
		else if (atomic_compare_exchange_weak(&a->opus_places, &taken, taken | 1u << i))
			return i;
		else
			i = 0;
	}
	return -1;
}

static int make(struct exchange *x, const char *path, int place, struct playback **ret_playback)
{
	char to[RECORDING_PATH_MAX];
	struct compressed made;
	struct compress_wish wish = {.from = path,
		.to = to,
		.on_key = recording_key,
		.arg = x->reader,
		.is_as_heard = true,
		.is_over = x->is_unwanted};
	int err = str_printf(to, sizeof(to), "%s/listening/%d.opus", x->api->config.data_directory, place);

	if (err == 0)
		err = recording_compress(&wish, &made);
	if (err < 0)
		return err;
	err = recording_play(x, to, ret_playback);
	unlink(to);
	return err;
}

static void refuse(struct exchange *x, int err)
{
	if (err == -ECANCELED)
		problem(x, PROBLEM_UNAVAILABLE, "Nobody waits for this any more, or the server stops.");
	else if (err == -ENOSPC || err == -EDQUOT || err == -EROFS || err == -EIO)
		problem(x, PROBLEM_UNAVAILABLE,
			"The disk has no room to make Opus of it. Ask for format=wav.");
	else
		recording_problem(x, err);
}

bool recording_opus(struct exchange *x, const char *path, const struct playback_info *info,
	struct playback **ret_playback)
{
	if (info->samples / info->rate_hz * info->channels > OPUS_CHANNEL_SECONDS_MAX) {
		problem(x, PROBLEM_INVALID,
			"This recording is kept as WAV and too long to be made Opus on request: ask for "
			"format=wav.");
		return false;
	}
	int place = take_place(x->api);
	if (place < 0) {
		problem(x, PROBLEM_UNAVAILABLE,
			"Other recordings are being made Opus now. Try again soon, or ask for format=wav.");
		return false;
	}
	int err = make(x, path, place, ret_playback);
	atomic_fetch_and(&x->api->opus_places, ~(1u << place));
	if (err < 0)
		refuse(x, err);
	return err == 0;
}
