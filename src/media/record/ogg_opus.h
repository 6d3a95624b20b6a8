/* Ogg/Opus files (RFC 7845): writing what was recorded, reading it again at any place. Every channel is a
 * stream of its own (mapping family 255): one side of a call is never heard in the other.
 *
 * Must not know where the bytes lie: they come and go by callbacks. Files are input of strangers: whatever is
 * in them, the answer is an error. Fuzzed. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define OGG_OPUS_CHANNELS_MAX 8
#define OGG_OPUS_BIT_RATE 24000 /* a channel */

struct opus_writer;
/* Takes bytes of the file in order. 0 or -errno, which ends the writing. */
typedef int opus_bytes_handler(void *arg, const void *bytes, size_t n);
/* rate_hz: 8000, 12000, 16000, 24000 or 48000. 0, -EINVAL, -ENOMEM, or what on_bytes said. */
int opus_writer_new(
	struct opus_writer **ret_writer, int channels, int rate_hz, opus_bytes_handler *on_bytes, void *arg);
/* n samples of each channel, interleaved. 0 or -errno. */
int opus_writer_add(struct opus_writer *w, const int16_t *samples, size_t n);
/* What is left, and the stream's end. 0 or -errno. */
int opus_writer_end(struct opus_writer *w);
void opus_writer_free(struct opus_writer *w); /* NULL is fine */

struct opus_reader;
/* Up to n bytes from offset; 0 at the end; -errno. */
typedef ssize_t opus_read_handler(void *arg, int64_t offset, void *buffer, size_t n);
/* Looks at every page once. 0; -EINVAL: no Ogg/Opus, or damaged; -ENOTSUP: more channels than we take;
 * -ENOMEM; -errno of reading. */
int opus_reader_new(struct opus_reader **ret_reader, opus_read_handler *on_read, void *arg);
void opus_reader_free(struct opus_reader *r); /* NULL is fine */
int opus_reader_channels(const struct opus_reader *r);
int opus_reader_rate(const struct opus_reader *r);	  /* of what was encoded, and of what is read */
int64_t opus_reader_samples(const struct opus_reader *r); /* of each channel */
/* Up to n samples of each channel from sample `from`, interleaved. How many; 0 at the end; -errno. */
ssize_t opus_reader_read(struct opus_reader *r, int64_t from, int16_t *ret_samples, size_t n);
