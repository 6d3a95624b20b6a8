/* See file_hash.h. */
#include "base/file_hash.h"
#include "base/alloc.h"
#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define READ_BYTES 65536
#define WAV_HEAD_BYTES 44
#define SOUND_HEAD_BYTES 64

static crypto_generichash_state *state_of(const struct file_hash *h)
{
	uintptr_t at = (uintptr_t)h->room + FILE_HASH_ALIGN - 1;

	return (void *)(at & ~(uintptr_t)(FILE_HASH_ALIGN - 1));
}

void file_hash_start(struct file_hash *h)
{
	crypto_generichash_init(state_of(h), NULL, 0, FILE_HASH_BYTES);
}

void file_hash_add(struct file_hash *h, const void *bytes, size_t n)
{
	crypto_generichash_update(state_of(h), bytes, n);
}

void file_hash_end(
	const struct file_hash *h, const void *head, size_t n_head, uint8_t ret_hash[static FILE_HASH_BYTES])
{
	struct file_hash copy;

	memcpy(state_of(&copy), state_of(h), sizeof(crypto_generichash_state));
	if (n_head > 0)
		crypto_generichash_update(state_of(&copy), head, n_head);
	crypto_generichash_final(state_of(&copy), ret_hash, FILE_HASH_BYTES);
}

size_t file_hash_head(const uint8_t *begin, size_t n)
{
	if (n >= WAV_HEAD_BYTES && memcmp(begin, "RIFF", 4) == 0)
		return WAV_HEAD_BYTES;
	if (n >= SOUND_HEAD_BYTES && memcmp(begin, "MKZSND01", 8) == 0)
		return SOUND_HEAD_BYTES;
	return 0;
}

static int read_all(int fd, int64_t deadline_ms, uint8_t ret_hash[static FILE_HASH_BYTES])
{
	_cleanup_alloc_ uint8_t *block = alloc_zero(READ_BYTES);
	uint8_t head[FILE_HEAD_MAX];
	struct file_hash h;

	if (!block)
		return -ENOMEM;
	ssize_t n = pread(fd, head, sizeof(head), 0);
	if (n < 0)
		return -errno;
	size_t n_head = file_hash_head(head, (size_t)n);
	file_hash_start(&h);
	for (off_t at = (off_t)n_head; (n = pread(fd, block, READ_BYTES, at)) > 0; at += n) {
		file_hash_add(&h, block, (size_t)n);
		if (deadline_ms && clock_mono_ms() > deadline_ms)
			return -ETIMEDOUT;
	}
	if (n < 0)
		return -errno;
	file_hash_end(&h, head, n_head, ret_hash);
	return 0;
}

int file_hash_read(const char *path, int64_t deadline_ms, uint8_t ret_hash[static FILE_HASH_BYTES])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return -errno;
	int err = read_all(fd, deadline_ms, ret_hash);
	close(fd);
	return err;
}

void file_hash_text(const uint8_t *hash, char ret_text[static FILE_HASH_TEXT_SIZE])
{
	sodium_bin2hex(ret_text, FILE_HASH_TEXT_SIZE, hash, FILE_HASH_BYTES);
}
