/* RIFF/WAVE headers: reading what people upload, writing what we record. Pure over byte arrays. */
#pragma once
#include <stddef.h>
#include <stdint.h>

#define WAV_HEADER_BYTES 44
#define WAV_CHANNELS_MAX 8

enum wav_coding { WAV_PCM16, WAV_ALAW, WAV_ULAW };

struct wav {
	enum wav_coding coding;
	int channels;	    /* 1..8 */
	int rate_hz;	    /* 8000..48000 */
	size_t data_offset; /* where the samples start */
	size_t data_bytes;  /* as the header says, cut to what the file has, whole frames only */
	size_t size_offset; /* where the data chunk's 32-bit size stands */
	size_t frame_bytes;
};

/* Reads the chunks at the head of a file of file_bytes, of which `head` holds the first n. 0; -EINVAL: no WAV
 * file; -ENOTSUP: a coding, rate or channel count we do not take. *ret_wav is untouched on failure. */
int wav_parse(const uint8_t *head, size_t n, size_t file_bytes, struct wav *ret_wav);
/* Writes the header of a 16-bit PCM file with data_bytes of samples (cut at 4 GB). */
void wav_header(uint8_t ret_header[static WAV_HEADER_BYTES], int channels, int rate_hz, uint64_t data_bytes);
