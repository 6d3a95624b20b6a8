/* Voices for the scripted peers of the end-to-end tests: a tone as frames of 20 ms, and frames as samples.
 *
 *     voice_tool encode g722|opus HZ SECONDS > frames
 *     voice_tool decode g722|opus < frames > s16 samples (16000 and 48000 Hz)
 *
 * Frames are a length of two bytes (big endian) and that many bytes. */
#include <errno.h>
#include <math.h>
#include <opus/opus.h>
#include <spandsp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FRAMES_A_SECOND 50
#define RATE_MAX 48000
#define SAMPLES_MAX (RATE_MAX * 3 / 25) /* Opus: 120 ms */
#define BYTES_MAX 1500
#define SECONDS_MAX 60
#define LOUDNESS 9000

struct voice {
	int rate; /* of its samples */
	g722_encode_state_t *g722_out;
	g722_decode_state_t *g722_in;
	OpusEncoder *opus_out;
	OpusDecoder *opus_in;
};

static int voice_open(struct voice *v, const char *codec)
{
	int err;

	memset(v, 0, sizeof(*v));
	if (strcmp(codec, "g722") == 0) {
		v->rate = 16000;
		v->g722_out = g722_encode_init(NULL, 64000, 0);
		v->g722_in = g722_decode_init(NULL, 64000, 0);
		return v->g722_out && v->g722_in ? 0 : -ENOMEM;
	}
	if (strcmp(codec, "opus") != 0)
		return -EINVAL;
	v->rate = RATE_MAX;
	v->opus_out = opus_encoder_create(v->rate, 1, OPUS_APPLICATION_VOIP, &err);
	v->opus_in = opus_decoder_create(v->rate, 1, &err);
	return v->opus_out && v->opus_in ? 0 : -ENOMEM;
}

static void voice_close(struct voice *v)
{
	if (v->g722_out)
		g722_encode_free(v->g722_out);
	if (v->g722_in)
		g722_decode_free(v->g722_in);
	if (v->opus_out)
		opus_encoder_destroy(v->opus_out);
	if (v->opus_in)
		opus_decoder_destroy(v->opus_in);
}

static int encode(struct voice *v, double hz, int seconds)
{
	int16_t samples[RATE_MAX / FRAMES_A_SECOND];
	uint8_t bytes[BYTES_MAX];
	int n = v->rate / FRAMES_A_SECOND;

	for (int frame = 0; frame < seconds * FRAMES_A_SECOND; frame++) {
		for (int i = 0; i < n; i++)
			samples[i] =
				(int16_t)lround(LOUDNESS * sin(2 * M_PI * hz * (frame * n + i) / v->rate));
		int len = v->opus_out ? opus_encode(v->opus_out, samples, n, bytes, BYTES_MAX)
				      : g722_encode(v->g722_out, bytes, samples, n);
		if (len <= 0)
			return -EIO;
		putchar(len >> 8);
		putchar(len & 0xff);
		if (fwrite(bytes, 1, (size_t)len, stdout) != (size_t)len)
			return -EIO;
	}
	return 0;
}

static int decode(struct voice *v)
{
	int16_t samples[SAMPLES_MAX];
	uint8_t bytes[BYTES_MAX];

	for (int high = getchar(); high != EOF; high = getchar()) {
		size_t len = (size_t)high << 8 | (size_t)(getchar() & 0xff);
		if (len == 0 || len > BYTES_MAX || fread(bytes, 1, len, stdin) != len)
			return -EINVAL;
		/* G.722: two samples a byte; SAMPLES_MAX holds more than a packet of it */
		int n = v->opus_in ? opus_decode(v->opus_in, bytes, (opus_int32)len, samples, SAMPLES_MAX, 0)
				   : g722_decode(v->g722_in, samples, bytes, (int)len);
		if (n <= 0 || fwrite(samples, 2, (size_t)n, stdout) != (size_t)n)
			return -EINVAL;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct voice v;
	int err = -EINVAL;

	if (argc < 3 || voice_open(&v, argv[2]) < 0) {
		fprintf(stderr, "usage: voice_tool encode|decode g722|opus [HZ SECONDS]\n");
		return 2;
	}
	if (strcmp(argv[1], "encode") == 0 && argc == 5) {
		double hz = strtod(argv[3], NULL);
		long seconds = strtol(argv[4], NULL, 10);
		if (hz > 0 && hz < v.rate / 2.0 && seconds > 0 && seconds <= SECONDS_MAX)
			err = encode(&v, hz, (int)seconds);
	} else if (strcmp(argv[1], "decode") == 0) {
		err = decode(&v);
	}
	voice_close(&v);
	return err < 0 ? 1 : 0;
}
