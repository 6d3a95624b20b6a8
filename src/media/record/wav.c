/* RIFF/WAVE headers. Chunk sizes come from files of strangers: each is checked against what is there. */
#include "media/record/wav.h"

#include <errno.h>
#include <string.h>

#define CHUNKS_MAX 64
#define FORMAT_PCM 1
#define FORMAT_ALAW 6
#define FORMAT_ULAW 7
#define FORMAT_EXTENSIBLE 0xfffe

static uint32_t get32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static void put32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

static void put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

static int read_format(const uint8_t *chunk, uint32_t bytes, struct wav *wav)
{
	if (bytes < 16)
		return -EINVAL;
	uint16_t format = get16(chunk), bits = get16(chunk + 14);

	if (format == FORMAT_EXTENSIBLE && bytes >= 26)
		format = get16(chunk + 24);
	wav->channels = get16(chunk + 2);
	uint32_t rate_hz = get32(chunk + 4);
	if (format == FORMAT_PCM && bits == 16)
		wav->coding = WAV_PCM16;
	else if (format == FORMAT_ALAW && bits == 8)
		wav->coding = WAV_ALAW;
	else if (format == FORMAT_ULAW && bits == 8)
		wav->coding = WAV_ULAW;
	else
		return -ENOTSUP;
	if (wav->channels < 1 || wav->channels > WAV_CHANNELS_MAX || rate_hz < 8000 || rate_hz > 48000)
		return -ENOTSUP;
	wav->rate_hz = (int)rate_hz;
	wav->frame_bytes = (size_t)wav->channels * (wav->coding == WAV_PCM16 ? 2 : 1);
	return 0;
}

int wav_parse(const uint8_t *head, size_t n, size_t file_bytes, struct wav *ret_wav)
{
	struct wav wav = {0};
	size_t at = 12;

	if (n < 12 || memcmp(head, "RIFF", 4) != 0 || memcmp(head + 8, "WAVE", 4) != 0)
		return -EINVAL;
	for (int i = 0; i < CHUNKS_MAX && at + 8 <= n; i++) {
		const uint8_t *chunk = head + at;
		uint32_t bytes = get32(chunk + 4);
		at += 8;
		if (memcmp(chunk, "data", 4) == 0) {
			if (wav.frame_bytes == 0)
				return -EINVAL;
			size_t there = file_bytes > at ? file_bytes - at : 0;
			wav.size_offset = at - 4;
			wav.data_offset = at;
			wav.data_bytes = bytes < there ? bytes : there;
			wav.data_bytes -= wav.data_bytes % wav.frame_bytes;
			*ret_wav = wav;
			return 0;
		}
		if (bytes > n - at)
			return -EINVAL;
		if (memcmp(chunk, "fmt ", 4) == 0) {
			int err = read_format(head + at, bytes, &wav);
			if (err < 0)
				return err;
		}
		at += (size_t)bytes + (bytes & 1);
	}
	return -EINVAL;
}

void wav_header(uint8_t ret_header[static WAV_HEADER_BYTES], int channels, int rate_hz, uint64_t data_bytes)
{
	uint8_t *h = ret_header;
	uint64_t bytes_max = UINT32_MAX - WAV_HEADER_BYTES;
	uint32_t bytes = (uint32_t)(data_bytes < bytes_max ? data_bytes : bytes_max);

	memcpy(h, "RIFF", 4);
	put32(h + 4, bytes + WAV_HEADER_BYTES - 8);
	memcpy(h + 8, "WAVEfmt ", 8);
	put32(h + 16, 16);
	put16(h + 20, FORMAT_PCM);
	put16(h + 22, (uint16_t)channels);
	put32(h + 24, (uint32_t)rate_hz);
	put32(h + 28, (uint32_t)(rate_hz * channels * 2));
	put16(h + 32, (uint16_t)(channels * 2));
	put16(h + 34, 16);
	memcpy(h + 36, "data", 4);
	put32(h + 40, bytes);
}
