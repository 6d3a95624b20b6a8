/* See playback.h. */
#include "media/record/playback.h"
#include "base/alloc.h"
#include "media/codec/law.h"
#include "media/record/ogg_opus.h"
#include "media/record/wav.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD_BYTES 4096
#define BLOCK_SAMPLES 1024

struct playback {
	int fd;
	struct playback_info info;
	int64_t file_bytes;
	/* vault */
	struct vault_head head;
	uint8_t file_head[VAULT_HEAD_BYTES];
	struct vault vault; /* its key; number and tag are set for each chunk */
	int64_t clear_bytes;
	uint8_t *chunk, *clear;
	int64_t chunk_number; /* in `clear`; -1: none */
	/* what it holds */
	struct wav wav; /* is_opus: unused. data_offset as seen by playback_bytes */
	uint8_t wav_head[WAV_HEADER_BYTES];
	struct opus_reader *opus;
};

/* --- a vault's clear bytes
 * -----------------------------------------------------------------------------------------------------------
 */

static size_t chunk_clear_bytes(const struct playback *p, int64_t number)
{
	int64_t left = p->clear_bytes - number * (int64_t)p->head.chunk_bytes;

	return left > (int64_t)p->head.chunk_bytes ? p->head.chunk_bytes : left > 0 ? (size_t)left : 0;
}

/* The chunk's clear bytes into p->clear; what does not open is silence. 0 or -errno. */
static int load_chunk(struct playback *p, int64_t number, size_t n)
{
	int64_t offset = vault_offset(&p->head, (uint64_t)number);

	if (p->chunk_number == number)
		return 0;
	p->chunk_number = -1;
	p->vault.number = (uint64_t)number;
	memset(p->vault.before, 0, sizeof(p->vault.before));
	if (number > 0 &&
		pread(p->fd, p->vault.before, VAULT_TAG_BYTES, offset - VAULT_TAG_BYTES) != VAULT_TAG_BYTES)
		return -EIO;
	ssize_t got = pread(p->fd, p->chunk, n + VAULT_OVERHEAD, offset);
	if (got < 0)
		return -errno;
	if (got != (ssize_t)(n + VAULT_OVERHEAD) ||
		vault_open(&p->vault, p->chunk, (size_t)got, p->clear) < 0) {
		memset(p->clear, 0, p->head.chunk_bytes);
		p->info.damaged_chunks++;
	}
	p->chunk_number = number;
	return 0;
}

static ssize_t vault_bytes(struct playback *p, int64_t offset, void *buffer, size_t n)
{
	size_t done = 0;

	while (done < n && offset < p->clear_bytes) {
		int64_t number = offset / p->head.chunk_bytes;
		size_t in = (size_t)(offset % p->head.chunk_bytes), size = chunk_clear_bytes(p, number);
		int err = load_chunk(p, number, size);
		if (err < 0)
			return err;
		size_t more = n - done < size - in ? n - done : size - in;
		memcpy((uint8_t *)buffer + done, p->clear + in, more);
		done += more;
		offset += (int64_t)more;
	}
	return (ssize_t)done;
}

/* How much the vault holds, by its length and the word of its last chunk. */
static int measure_vault(struct playback *p)
{
	int64_t stride = (int64_t)p->head.chunk_bytes + VAULT_OVERHEAD,
		body = p->file_bytes - VAULT_HEAD_BYTES;
	int64_t whole = body / stride, rest = body % stride, last = rest > 0 ? whole : whole - 1;
	uint8_t word[VAULT_WORD_BYTES];
	bool is_last = false;

	p->clear_bytes = whole * (int64_t)p->head.chunk_bytes;
	p->info.is_cut = true;
	if (last < 0)
		return 0;
	if (pread(p->fd, word, sizeof(word), vault_offset(&p->head, (uint64_t)last)) != sizeof(word))
		return 0; /* torn inside the word */
	size_t said = vault_word(word, &is_last);
	if (rest > 0 && is_last && (int64_t)said + VAULT_OVERHEAD == rest)
		p->clear_bytes += (int64_t)said;
	else if (rest > 0)
		is_last = false;
	p->info.is_cut = !is_last;
	return 0;
}

static int open_vault(struct playback *p, playback_key_handler *on_key, void *arg)
{
	uint8_t key[VAULT_KEY_BYTES];
	int err = on_key ? on_key(arg, p->head.key_id, key) : -ENOKEY;

	if (err < 0)
		return err;
	vault_begin(&p->vault, key, p->file_head);
	sodium_memzero(key, sizeof(key));
	p->info.is_encrypted = true;
	p->info.key_id = p->head.key_id;
	p->chunk = alloc_zero(p->head.chunk_bytes + VAULT_OVERHEAD);
	p->clear = alloc_zero(p->head.chunk_bytes);
	return p->chunk && p->clear ? measure_vault(p) : -ENOMEM;
}

/* --- what is in it
 * -----------------------------------------------------------------------------------------------------------
 */

ssize_t playback_bytes(struct playback *p, int64_t offset, void *buffer, size_t n)
{
	size_t done = 0;

	if (offset < 0)
		return -EINVAL;
	if (!p->info.is_encrypted) {
		ssize_t got = pread(p->fd, buffer, n, offset);
		return got < 0 ? -errno : got;
	}
	if (p->info.is_opus)
		return vault_bytes(p, offset, buffer, n);
	if (offset < WAV_HEADER_BYTES) {
		done = (size_t)(WAV_HEADER_BYTES - offset);
		done = done < n ? done : n;
		memcpy(buffer, p->wav_head + offset, done);
	}
	ssize_t got = done == n ? 0
				: vault_bytes(p, offset + (int64_t)done - WAV_HEADER_BYTES,
					  (uint8_t *)buffer + done, n - done);
	return got < 0 ? got : (ssize_t)done + got;
}

static ssize_t read_for_opus(void *arg, int64_t offset, void *buffer, size_t n)
{
	return playback_bytes(arg, offset, buffer, n);
}

static int open_opus(struct playback *p)
{
	p->info.is_opus = true;
	p->info.bytes = p->info.is_encrypted ? p->clear_bytes : p->file_bytes;
	int err = opus_reader_new(&p->opus, read_for_opus, p);
	if (err < 0)
		return err;
	p->info.channels = opus_reader_channels(p->opus);
	p->info.rate_hz = opus_reader_rate(p->opus);
	p->info.samples = opus_reader_samples(p->opus);
	return 0;
}

static int open_sealed_wav(struct playback *p)
{
	int channels = p->head.channels, rate_hz = (int)p->head.rate_hz;
	size_t frame = 2 * (size_t)channels;

	p->clear_bytes -= p->clear_bytes % (int64_t)frame;
	wav_header(p->wav_head, channels, rate_hz, (uint64_t)p->clear_bytes);
	p->wav = (struct wav){.coding = WAV_PCM16,
		.channels = channels,
		.rate_hz = rate_hz,
		.data_offset = WAV_HEADER_BYTES,
		.data_bytes = (size_t)p->clear_bytes,
		.frame_bytes = frame};
	p->info.bytes = p->clear_bytes + WAV_HEADER_BYTES;
	return 0;
}

static int open_inner(
	struct playback *p, const uint8_t *head, size_t n, playback_key_handler *on_key, void *arg)
{
	int err;

	if (n >= VAULT_HEAD_BYTES && memcmp(head, "MKZSND", 6) == 0) {
		err = vault_head_read(head, n, &p->head);
		memcpy(p->file_head, head, sizeof(p->file_head));
		if (err == 0)
			err = open_vault(p, on_key, arg);
		if (err == 0)
			err = p->head.inner == VAULT_OGG ? open_opus(p) : open_sealed_wav(p);
	} else if (n >= 4 && memcmp(head, "OggS", 4) == 0) {
		return open_opus(p);
	} else {
		p->info.bytes = p->file_bytes;
		err = wav_parse(head, n, (size_t)p->file_bytes, &p->wav);
		/* While it is being written the head runs behind: the file's length is the truth. */
		if (err == 0 && p->wav.data_bytes == 0) {
			size_t there = (size_t)p->file_bytes - p->wav.data_offset;
			p->wav.data_bytes = there - there % p->wav.frame_bytes;
		}
	}
	if (err < 0 || p->info.is_opus)
		return err;
	p->info.channels = p->wav.channels;
	p->info.rate_hz = p->wav.rate_hz;
	p->info.samples = (int64_t)(p->wav.data_bytes / p->wav.frame_bytes);
	return 0;
}

int playback_open(struct playback **ret_playback, const char *path, playback_key_handler *on_key, void *arg)
{
	uint8_t head[HEAD_BYTES];
	struct stat st;
	struct playback *p = alloc_zero(sizeof(*p));

	if (!p)
		return -ENOMEM;
	law_init();
	p->chunk_number = -1;
	p->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	int err = p->fd < 0 || fstat(p->fd, &st) < 0 ? -errno : 0;
	if (err == 0) {
		p->file_bytes = st.st_size;
		ssize_t n = pread(p->fd, head, sizeof(head), 0);
		err = n < 0 ? -errno : open_inner(p, head, (size_t)n, on_key, arg);
	}
	if (err < 0) {
		playback_free(p);
		return err;
	}
	*ret_playback = p;
	return 0;
}

void playback_free(struct playback *p)
{
	if (!p)
		return;
	opus_reader_free(p->opus);
	if (p->fd >= 0)
		close(p->fd);
	if (p->clear)
		sodium_memzero(p->clear, p->head.chunk_bytes);
	alloc_free(p->clear);
	alloc_free(p->chunk);
	sodium_memzero(&p->vault, sizeof(p->vault));
	alloc_free(p);
}

void playback_look(const struct playback *p, struct playback_info *ret_info)
{
	*ret_info = p->info;
}

/* --- samples
 * -----------------------------------------------------------------------------------------------------------
 */

static void to_linear(const struct wav *w, const uint8_t *bytes, size_t values, int16_t *ret_samples)
{
	if (w->coding == WAV_PCM16)
		for (size_t i = 0; i < values; i++)
			ret_samples[i] = (int16_t)(bytes[2 * i] | bytes[2 * i + 1] << 8);
	else
		law_decode_n(w->coding == WAV_ALAW, bytes, ret_samples, values);
}

ssize_t playback_samples(struct playback *p, int64_t from, int16_t *ret_samples, size_t n)
{
	uint8_t bytes[BLOCK_SAMPLES * 2];
	size_t frame = p->wav.frame_bytes, done = 0;

	if (p->opus)
		return opus_reader_read(p->opus, from, ret_samples, n);
	if (from < 0 || from >= p->info.samples)
		return from < 0 ? -EINVAL : 0;
	if ((int64_t)n > p->info.samples - from)
		n = (size_t)(p->info.samples - from);
	while (done < n) {
		size_t want = (n - done) * frame < sizeof(bytes) ? (n - done) * frame
								 : sizeof(bytes) / frame * frame;
		ssize_t got = playback_bytes(p,
			(int64_t)p->wav.data_offset + (from + (int64_t)done) * (int64_t)frame, bytes, want);
		if (got < 0)
			return got;
		size_t frames = (size_t)got / frame;
		if (frames == 0)
			break; /* cut short while we read */
		to_linear(&p->wav, bytes, frames * (size_t)p->info.channels,
			ret_samples + done * (size_t)p->info.channels);
		done += frames;
	}
	return (ssize_t)done;
}

/* --- as WAV
 * -----------------------------------------------------------------------------------------------------------
 */

static int channels_of(const struct playback *p, int channel)
{
	return channel < 0 ? p->info.channels : 1;
}

int64_t playback_wav_size(const struct playback *p, int channel)
{
	return WAV_HEADER_BYTES + p->info.samples * 2 * channels_of(p, channel);
}

/* Whole frames of the wanted channels as little-endian bytes. */
static ssize_t frames_as_bytes(struct playback *p, int channel, int64_t from, uint8_t *ret_bytes, size_t n)
{
	int16_t samples[BLOCK_SAMPLES * VAULT_CHANNELS_MAX];
	int wanted = channels_of(p, channel), all = p->info.channels;
	ssize_t got = playback_samples(p, from, samples, n < BLOCK_SAMPLES ? n : BLOCK_SAMPLES);

	for (ssize_t i = 0; i < got; i++)
		for (int c = 0; c < wanted; c++) {
			uint16_t v = (uint16_t)samples[i * all + (channel < 0 ? c : channel)];
			*ret_bytes++ = (uint8_t)v;
			*ret_bytes++ = (uint8_t)(v >> 8);
		}
	return got;
}

ssize_t playback_wav(struct playback *p, int channel, int64_t offset, void *buffer, size_t n)
{
	uint8_t header[WAV_HEADER_BYTES], block[BLOCK_SAMPLES * 2 * VAULT_CHANNELS_MAX];
	int64_t frame = 2 * channels_of(p, channel), total = playback_wav_size(p, channel);
	size_t done = 0;

	if (offset < 0 || channel >= p->info.channels)
		return -EINVAL;
	wav_header(header, channels_of(p, channel), p->info.rate_hz, (uint64_t)(total - WAV_HEADER_BYTES));
	while (done < n && offset + (int64_t)done < total) {
		int64_t at = offset + (int64_t)done;
		size_t more = n - done, skip = (size_t)at;
		const uint8_t *from = header;
		size_t there = sizeof(header);
		if (at >= WAV_HEADER_BYTES) {
			ssize_t got = frames_as_bytes(p, channel, (at - WAV_HEADER_BYTES) / frame, block,
				(more + (size_t)frame) / (size_t)frame + 1);
			if (got <= 0)
				return got < 0 ? got : (ssize_t)done;
			from = block;
			there = (size_t)got * (size_t)frame;
			skip = (size_t)((at - WAV_HEADER_BYTES) % frame);
		}
		more = more < there - skip ? more : there - skip;
		memcpy((uint8_t *)buffer + done, from + skip, more);
		done += more;
	}
	return (ssize_t)done;
}

int playback_verify(struct playback *p)
{
	if (!p->info.is_encrypted)
		return 0;
	int64_t chunks = (p->file_bytes - VAULT_HEAD_BYTES + p->head.chunk_bytes + VAULT_OVERHEAD - 1) /
			 (p->head.chunk_bytes + VAULT_OVERHEAD);
	p->chunk_number = -1;
	p->info.damaged_chunks = 0;
	for (int64_t i = 0; i < chunks; i++) {
		int err = load_chunk(p, i, chunk_clear_bytes(p, i));
		if (err < 0)
			return err;
	}
	return p->info.damaged_chunks > 0 || p->info.is_cut ? -EBADMSG : 0;
}
