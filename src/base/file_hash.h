/* The hash a kept file is vouched for by (BLAKE2b, 32 bytes). A file that is written for long has a head that
 * is put right again and again; so the hash goes over the bytes behind the head as they are appended, and
 * over the head last. Whoever reads the file later gets the same hash without knowing what the file is:
 *
 *   file begins with    head
 *   "RIFF"              44 bytes (the WAV header as we write it)
 *   "MKZSND01"          64 bytes (docs/recordings.md)
 *   anything else       none */
#pragma once
#include <sodium.h>
#include <stddef.h>
#include <stdint.h>

#define FILE_HASH_BYTES 32
#define FILE_HASH_TEXT_SIZE (2 * FILE_HASH_BYTES + 1)
#define FILE_HEAD_MAX 64

#define FILE_HASH_ALIGN 64
struct file_hash {
	/* A crypto_generichash_state at the first address that is aligned as it wants, wherever this lies;
	 * so it is not copied. */
	unsigned char room[sizeof(crypto_generichash_state) + FILE_HASH_ALIGN];
};

void file_hash_start(struct file_hash *h);
/* The next bytes behind the head. */
void file_hash_add(struct file_hash *h, const void *bytes, size_t n);
/* The head (n_head 0: none); *h itself stays as it is and may be added to. */
void file_hash_end(
	const struct file_hash *h, const void *head, size_t n_head, uint8_t ret_hash[static FILE_HASH_BYTES]);
/* Bytes of the head of a file that begins with these n bytes. */
size_t file_hash_head(const uint8_t *begin, size_t n);
/* Reads the whole file at path. deadline_ms: on the monotonic clock, 0 for none. 0; -ETIMEDOUT; -errno.
 * Any thread; blocks. */
int file_hash_read(const char *path, int64_t deadline_ms, uint8_t ret_hash[static FILE_HASH_BYTES]);
/* As lower-case hexadecimal text. */
void file_hash_text(const uint8_t *hash, char ret_text[static FILE_HASH_TEXT_SIZE]);
