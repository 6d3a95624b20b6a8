/* From what a speech engine wrote to what is played: WAV in, 16 kHz mono s16 out, evenly loud, without
 * long silences. Pure memory; knows nothing of files and programs. */
#pragma once
#include <stddef.h>
#include <stdint.h>

#define SOUND_RATE 16000
#define SOUND_WAV_HEADER 44
#define SOUND_SECONDS_MAX 180

struct sound {
	int rate;
	int16_t *samples; /* released with sound_free */
	size_t n;
};
void sound_free(struct sound *s);

/* Reads a WAV file in memory: PCM, 16 bits, 1 or 2 channels (mixed), 8 to 48 kHz. A data chunk longer than
 * the file (an engine writing to a pipe knows no length) ends with the file. 0, -EINVAL (not such a file, or
 * longer than SOUND_SECONDS_MAX), -ENOMEM. */
int sound_parse_wav(const uint8_t *data, size_t size, struct sound *ret_sound);
/* To SOUND_RATE: trimmed, resampled, brought to about -20 dBFS with peaks below -3 dBFS, edges faded. In
 * place. 0, -ENODATA (nothing but silence), -ENOMEM. */
int sound_prepare(struct sound *s);
/* The header of a mono s16 WAV of n samples at SOUND_RATE. */
void sound_wav_header(size_t n, uint8_t ret_header[static SOUND_WAV_HEADER]);
