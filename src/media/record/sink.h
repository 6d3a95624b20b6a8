/* The file a recording goes into: WAV, or the same samples in a vault (vault.h). Appended to only, but for
 * the head of a WAV, which tells the sizes and is put right at each sync. Hashed as it grows
 * (base/file_hash.h), so that its end can be vouched for without reading it again.
 *
 * Invariant: after a failed write the file's end is where it was; the same bytes may be offered again.
 * Must not know what the samples are. Blocks: the writer's thread only. */
#pragma once
#include "base/file_hash.h"
#include "media/record/vault.h"

#include <stdbool.h>

struct sink_format {
	int channels, rate_hz;
	enum vault_inner inner;
	const uint8_t *key; /* VAULT_KEY_BYTES; NULL: not encrypted. Copied */
	uint32_t key_id;
};
struct sink {
	int fd;
	struct sink_format format; /* its key is gone */
	bool is_encrypted;
	int64_t bytes;	    /* of the file, head and all */
	int64_t head_bytes; /* what the head of a WAV says of the file's length */
	struct file_hash hash;
	uint8_t head[FILE_HEAD_MAX];
	struct vault vault;
	uint8_t *clear, *chunk; /* the chunk that is being filled, and room to seal it in */
	size_t fill, chunk_bytes;
};

/* Makes the file (it must not exist; missing folders are made). 0, -EEXIST, -errno. */
int sink_open(struct sink *s, const char *path, const struct sink_format *format);
/* Takes n bytes (whole frames). 0, or -errno with the bytes that were taken (whole frames, too). */
int sink_append(struct sink *s, const void *bytes, size_t n, size_t *ret_taken);
/* Makes the head true: what was written is played even when this process dies now. 0 or -errno. */
int sink_mark(struct sink *s);
/* As sink_mark, and the disk holds it all. 0 or -errno. */
int sink_sync(struct sink *s);
/* The last chunk, the head, the disk; then what vouches for the file. 0 or -errno (the hash is that of what
 * is there). Once. */
int sink_end(struct sink *s, uint8_t ret_hash[static FILE_HASH_BYTES]);
/* Closes; nothing is written. All zero is fine when fd is -1. */
void sink_close(struct sink *s);
/* Bytes of samples between head and end that a file of the format holds for n frames. */
int64_t sink_bytes_max(const struct sink *s);
