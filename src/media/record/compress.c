/* See compress.h. */
#include "media/record/compress.h"
#include "base/alloc.h"
#include "base/disk.h"
#include "base/str.h"
#include "media/record/ogg_opus.h"
#include "media/record/sink.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#define BLOCK_SAMPLES 4096
#define PATH_BYTES_MAX 1024

struct work {
	const struct compress_wish *wish;
	struct playback *playback;
	struct playback_info info;
	struct sink sink;
	struct opus_writer *writer;
	int16_t *samples;
	int64_t done;
};

static int on_bytes(void *arg, const void *bytes, size_t n)
{
	struct work *w = arg;
	size_t taken;

	return sink_append(&w->sink, bytes, n, &taken);
}

static int open_sink(struct work *w)
{
	uint8_t key[VAULT_KEY_BYTES];
	struct sink_format format = {.channels = w->info.channels,
		.rate_hz = w->info.rate_hz,
		.inner = VAULT_OGG,
		.key = w->info.is_encrypted ? key : NULL,
		.key_id = w->info.key_id};
	int err = w->info.is_encrypted ? w->wish->on_key(w->wish->arg, w->info.key_id, key) : 0;

	if (err == 0 && unlink(w->wish->to) < 0 && errno != ENOENT)
		err = -errno;
	if (err == 0)
		err = sink_open(&w->sink, w->wish->to, &format);
	sodium_memzero(key, sizeof(key));
	return err;
}

static int begin(struct work *w)
{
	int err = playback_open(&w->playback, w->wish->from, w->wish->on_key, w->wish->arg);

	if (err < 0)
		return err;
	playback_look(w->playback, &w->info);
	if (w->info.is_opus)
		return -EALREADY;
	w->samples = alloc_array(BLOCK_SAMPLES, (size_t)w->info.channels * sizeof(*w->samples));
	if (!w->samples)
		return -ENOMEM;
	err = open_sink(w);
	return err < 0 ? err : opus_writer_new(&w->writer, w->info.channels, w->info.rate_hz, on_bytes, w);
}

static int copy(struct work *w)
{
	for (;;) {
		ssize_t n = playback_samples(w->playback, w->done, w->samples, BLOCK_SAMPLES);
		if (n <= 0)
			return (int)n;
		if (w->wish->is_over && atomic_load(w->wish->is_over))
			return -ECANCELED;
		int err = opus_writer_add(w->writer, w->samples, (size_t)n);
		if (err < 0)
			return err;
		w->done += n;
	}
}

/* Silence in place of what does not open must not become the truth. */
static int check(struct work *w)
{
	uint8_t hash[FILE_HASH_BYTES];
	char text[FILE_HASH_TEXT_SIZE];

	playback_look(w->playback, &w->info);
	if (w->done != w->info.samples || w->info.damaged_chunks > 0 || w->info.is_cut)
		return -EBADMSG;
	if (!w->wish->hash)
		return 0;
	int err = file_hash_read(w->wish->from, 0, hash);
	if (err < 0)
		return err;
	file_hash_text(hash, text);
	return str_equal(text, w->wish->hash) ? 0 : -EBADMSG;
}

static int sync_folder(const char *path)
{
	char folder[PATH_BYTES_MAX];
	const char *slash = strrchr(path, '/');

	if (!slash || str_put_n(folder, sizeof(folder), path, (size_t)(slash - path)) < 0)
		return slash ? -ENAMETOOLONG : 0;
	return disk_sync(folder);
}

int recording_compress(const struct compress_wish *wish, struct compressed *ret_compressed)
{
	struct work w = {.wish = wish, .sink = {.fd = -1}};
	struct compressed c = {0};
	int err = begin(&w);

	if (err == 0)
		err = copy(&w);
	if (err == 0)
		err = opus_writer_end(w.writer);
	if (err == 0 && !wish->is_as_heard)
		err = check(&w);
	if (err == 0)
		err = sink_end(&w.sink, c.hash);
	if (err == 0)
		err = sync_folder(wish->to);
	c.bytes = w.sink.bytes;
	c.samples = w.done;
	if (err < 0 && w.sink.fd >= 0)
		unlink(wish->to);
	sink_close(&w.sink);
	opus_writer_free(w.writer);
	playback_free(w.playback);
	alloc_free(w.samples);
	if (err == 0)
		*ret_compressed = c;
	return err;
}
