/* Sound at rest, encrypted: a head of 64 bytes in the clear, then chunks, each sealed for itself with
 * XChaCha20-Poly1305 (libsodium) under a key of the file's own, so that any place is read without what lies
 * before it. Each chunk is bound to its number and to the tag of the one before: what is cut out, swapped or
 * replaced does not open. docs/recordings.md says the same byte by byte.
 *
 * Everything here is pure but for the nonces; it must not know where bytes come from or who holds keys. Heads
 * and chunks are peer input: whatever they say, the answer is an error. Fuzzed. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VAULT_HEAD_BYTES 64
#define VAULT_KEY_BYTES 32
#define VAULT_WORD_BYTES 4
#define VAULT_NONCE_BYTES 24
#define VAULT_TAG_BYTES 16
#define VAULT_OVERHEAD (VAULT_WORD_BYTES + VAULT_NONCE_BYTES + VAULT_TAG_BYTES)
#define VAULT_CHUNK_MAX (1 << 18) /* clear bytes of a chunk that is read */
#define VAULT_SALT_BYTES 24
#define VAULT_CHANNELS_MAX 8

enum vault_inner { VAULT_PCM16 = 1, VAULT_OGG = 2 };

struct vault_head {
	uint32_t key_id, rate_hz, chunk_bytes; /* chunk_bytes: of every chunk but the last, in the clear */
	enum vault_inner inner;
	uint8_t channels;
	uint8_t salt[VAULT_SALT_BYTES];
};
struct vault { /* one file's secrets, and where its chain stands */
	uint8_t key[VAULT_KEY_BYTES];
	uint8_t before[VAULT_TAG_BYTES]; /* tag of the chunk before; zeros at the beginning */
	uint64_t number;		 /* of the next chunk */
};

/* Writes the head with a new random salt. */
void vault_head_make(struct vault_head *h, uint8_t ret_bytes[static VAULT_HEAD_BYTES]);
/* 0, -EINVAL: none of ours, or with impossible numbers. */
int vault_head_read(const uint8_t *bytes, size_t n, struct vault_head *ret_head);
/* The file's own key, from a recording key and the head; number 0. */
void vault_begin(struct vault *v, const uint8_t key[static VAULT_KEY_BYTES],
	const uint8_t head[static VAULT_HEAD_BYTES]);
/* The chunk's bytes (n + VAULT_OVERHEAD) to ret_chunk; the chain goes on. */
void vault_seal(struct vault *v, const uint8_t *clear, size_t n, bool is_last, uint8_t *ret_chunk);
/* Bytes in the clear of a chunk that begins with this word, and whether it is the file's last one. */
size_t vault_word(const uint8_t word[static VAULT_WORD_BYTES], bool *ret_is_last);
/* The inverse of vault_seal for a chunk of n bytes in all; ret_clear has room for n - VAULT_OVERHEAD, and may
 * be NULL to look only. 0 (the chain goes on), -EINVAL (n does not fit its word), -EBADMSG (damaged, moved,
 * or not with this key). */
int vault_open(struct vault *v, const uint8_t *chunk, size_t n, uint8_t *ret_clear);
/* Where the chunk with this number lies in the file. */
static inline int64_t vault_offset(const struct vault_head *h, uint64_t number)
{
	return VAULT_HEAD_BYTES + (int64_t)number * (int64_t)(h->chunk_bytes + VAULT_OVERHEAD);
}
