/* Recordings whose process died are made whole again: what was written counts, what was torn does not. */
#include "media/media.h"
#include "media/record/vault.h"
#include "media/record/wav.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

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

static int repair_wav(
	int fd, const struct stat *st, const uint8_t *head, size_t n_head, int64_t *ret_duration_ms)
{
	uint8_t size[4];
	struct wav wav;
	int err = wav_parse(head, n_head, (size_t)st->st_size, &wav);

	if (err < 0)
		return err;
	/* The length of the file is the truth, not what the header said when the process died. */
	uint64_t there = (uint64_t)st->st_size - wav.data_offset;
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

/* Whole chunks stay; what the last one lacks was never written whole. The chain is not looked at: that takes
 * the key, and is done by whoever reads it. */
static int repair_vault(int fd, const struct stat *st, const struct vault_head *h, int64_t *ret_duration_ms)
{
	uint64_t stride = h->chunk_bytes + VAULT_OVERHEAD, body = (uint64_t)st->st_size - VAULT_HEAD_BYTES;
	uint64_t whole = body / stride, clear = whole * h->chunk_bytes, rest = body % stride;
	uint8_t word[VAULT_WORD_BYTES];
	bool is_last = false;
	int err = 0;

	if (rest > 0) {
		ssize_t n = pread(fd, word, sizeof(word), vault_offset(h, whole));
		if (n < 0)
			return -errno;
		size_t said = n == (ssize_t)sizeof(word) ? vault_word(word, &is_last) : SIZE_MAX;
		if (is_last && said < h->chunk_bytes && said + VAULT_OVERHEAD <= rest) {
			clear += said;
			rest -= said + VAULT_OVERHEAD;
		}
		if (rest > 0 && (ftruncate(fd, st->st_size - (off_t)rest) < 0 || fdatasync(fd) < 0))
			err = -errno;
	}
	*ret_duration_ms =
		h->inner == VAULT_PCM16 ? (int64_t)(clear / (2u * h->channels)) * 1000 / h->rate_hz : 0;
	return err;
}

static int repair_fd(int fd, int64_t *ret_duration_ms)
{
	uint8_t head[4096];
	struct vault_head h;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	ssize_t n = pread(fd, head, sizeof(head), 0);
	if (n < 0)
		return -errno;
	if (vault_head_read(head, (size_t)n, &h) == 0)
		return repair_vault(fd, &st, &h, ret_duration_ms);
	return repair_wav(fd, &st, head, (size_t)n, ret_duration_ms);
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
