/* See sink.h. */
#include "media/record/sink.h"
#include "base/alloc.h"
#include "base/str.h"
#include "media/record/wav.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES_MAX 1024
#define CHUNKS_PER_SECOND 2 /* what a crash may take of an encrypted recording */
#define OGG_CHUNK_BYTES 16384
#define WAV_BYTES_MAX (UINT32_MAX - 65536)

static int make_folders(const char *path)
{
	char folder[PATH_BYTES_MAX];

	if (str_put(folder, sizeof(folder), path) < 0)
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
		if (put <= 0)
			return put < 0 ? -errno : -EIO;
		done += (size_t)put;
	}
	return 0;
}

static size_t head_bytes(const struct sink *s)
{
	if (s->is_encrypted)
		return VAULT_HEAD_BYTES;
	return s->format.inner == VAULT_PCM16 ? WAV_HEADER_BYTES : 0;
}

static int put_head(struct sink *s)
{
	if (!s->is_encrypted && s->format.inner == VAULT_PCM16)
		wav_header(s->head, s->format.channels, s->format.rate_hz,
			(uint64_t)(s->bytes - WAV_HEADER_BYTES));
	int err = write_all(s->fd, s->head, head_bytes(s), 0);
	if (err == 0)
		s->head_bytes = s->bytes;
	return err;
}

static int make_vault(struct sink *s)
{
	struct vault_head h = {.key_id = s->format.key_id,
		.rate_hz = (uint32_t)s->format.rate_hz,
		.inner = s->format.inner,
		.channels = (uint8_t)s->format.channels};
	size_t frame = 2 * (size_t)s->format.channels;

	h.chunk_bytes = h.inner == VAULT_OGG
				? (uint32_t)(OGG_CHUNK_BYTES / frame * frame)
				: (uint32_t)((size_t)s->format.rate_hz / CHUNKS_PER_SECOND * frame);
	s->chunk_bytes = h.chunk_bytes;
	s->clear = alloc_zero(s->chunk_bytes);
	s->chunk = alloc_zero(s->chunk_bytes + VAULT_OVERHEAD);
	if (!s->clear || !s->chunk)
		return -ENOMEM;
	vault_head_make(&h, s->head);
	vault_begin(&s->vault, s->format.key, s->head);
	return 0;
}

int sink_open(struct sink *s, const char *path, const struct sink_format *format)
{
	*s = (struct sink){.fd = -1, .format = *format, .is_encrypted = format->key != NULL};
	int err = s->is_encrypted ? make_vault(s) : 0;

	s->format.key = NULL;
	s->bytes = (int64_t)head_bytes(s);
	file_hash_start(&s->hash);
	if (err == 0)
		s->fd = open_file(path);
	if (err == 0)
		err = s->fd < 0 ? s->fd : put_head(s);
	if (err < 0) {
		if (s->fd >= 0)
			unlink(path);
		sink_close(s);
	}
	return err;
}

/* At the file's end; only then it counts. */
static int put(struct sink *s, const void *bytes, size_t n)
{
	int err = write_all(s->fd, bytes, n, s->bytes);

	if (err < 0)
		return err;
	file_hash_add(&s->hash, bytes, n);
	s->bytes += (int64_t)n;
	return 0;
}

static int put_chunk(struct sink *s, bool is_last)
{
	struct vault was = s->vault;

	vault_seal(&s->vault, s->clear, s->fill, is_last, s->chunk);
	int err = put(s, s->chunk, s->fill + VAULT_OVERHEAD);
	if (err < 0)
		s->vault = was; /* the next try seals it anew, with another nonce */
	else
		s->fill = 0;
	return err;
}

int sink_append(struct sink *s, const void *bytes, size_t n, size_t *ret_taken)
{
	size_t taken = 0;
	int err = 0;

	if (!s->is_encrypted) {
		err = put(s, bytes, n);
		*ret_taken = err < 0 ? 0 : n;
		return err;
	}
	while (taken < n) {
		if (s->fill == s->chunk_bytes)
			err = put_chunk(s, false);
		if (err < 0)
			break;
		size_t room = s->chunk_bytes - s->fill, more = n - taken < room ? n - taken : room;
		memcpy(s->clear + s->fill, (const uint8_t *)bytes + taken, more);
		s->fill += more;
		taken += more;
	}
	/* A full chunk goes at once: a crash must not take more than it has to. */
	if (err == 0 && s->fill == s->chunk_bytes)
		err = put_chunk(s, false);
	*ret_taken = taken;
	return err;
}

int sink_mark(struct sink *s)
{
	return s->head_bytes != s->bytes && !s->is_encrypted ? put_head(s) : 0;
}

int sink_sync(struct sink *s)
{
	int err = sink_mark(s);

	return err == 0 && fdatasync(s->fd) < 0 ? -errno : err;
}

int sink_end(struct sink *s, uint8_t ret_hash[static FILE_HASH_BYTES])
{
	int err = s->is_encrypted ? put_chunk(s, true) : 0;
	/* A write that failed half-way may have left something behind the end. */
	int late = ftruncate(s->fd, s->bytes) < 0 ? -errno : sink_sync(s);

	file_hash_end(&s->hash, s->head, head_bytes(s), ret_hash);
	return err < 0 ? err : late;
}

void sink_close(struct sink *s)
{
	if (s->fd >= 0)
		close(s->fd);
	if (s->clear)
		sodium_memzero(s->clear, s->chunk_bytes);
	sodium_memzero(&s->vault, sizeof(s->vault));
	alloc_free(s->clear);
	alloc_free(s->chunk);
	s->clear = s->chunk = NULL;
	s->fd = -1;
}

int64_t sink_bytes_max(const struct sink *s)
{
	return s->is_encrypted ? INT64_MAX / 4 : WAV_BYTES_MAX;
}
