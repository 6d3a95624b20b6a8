/* Recordings as files: vaults, what vouches for them, Ogg/Opus, keys masked, several people in a channel. */
#include "harness/test.h"
#include "base/alloc.h"
#include "base/str.h"
#include "media/codec/law.h"
#include "media/detect/tone_meter.h"
#include "media/record/mask.h"
#include "media/record/ogg_opus.h"
#include "media/record/playback.h"
#include "media/record/recording.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define RATE 8000
static const uint8_t key[VAULT_KEY_BYTES] = {1, 2, 3};
static char folder[64], path[128];

static bool begin(const char *name)
{
	law_init();
	str_put(folder, sizeof(folder), "/tmp/markaz-record-XXXXXX");
	return mkdtemp(folder) && str_printf(path, sizeof(path), "%s/%s", folder, name) == 0;
}

static void end(void)
{
	unlink(path);
	rmdir(folder);
}

static int give_key(void *arg, uint32_t id, uint8_t *ret_key)
{
	(void)arg;
	if (id != 7)
		return -ENOKEY;
	memcpy(ret_key, key, sizeof(key));
	return 0;
}

static int16_t tone(int hz, int64_t at, int rate_hz)
{
	return (int16_t)lrint(8000 * sin(2 * M_PI * hz * (double)at / rate_hz));
}

/* How much of channel c of n samples is a tone of hz, in dB. */
static double tone_db(const int16_t *samples, size_t n, int channels, int c, int hz, int rate_hz)
{
	struct tone_meter m;
	float tone_level, level;

	tone_meter_start(&m, hz, rate_hz);
	for (size_t i = 0; i < n; i++)
		tone_meter_add(&m, &samples[i * (size_t)channels + (size_t)c], 1);
	tone_meter_result(&m, &tone_level, &level);
	return level < -50 ? -120 : (double)tone_level;
}

/* Seconds of 440 Hz left and 1000 Hz right. 0 or -errno; the hash. */
static int fill(bool is_encrypted, double seconds, uint8_t hash[static FILE_HASH_BYTES])
{
	struct sink_format format = {.channels = 2,
		.rate_hz = RATE,
		.inner = VAULT_PCM16,
		.key = is_encrypted ? key : NULL,
		.key_id = 7};
	struct sink s;
	size_t taken;
	int err = sink_open(&s, path, &format);

	for (int64_t i = 0; err == 0 && i < (int64_t)(seconds * RATE); i++) {
		int16_t frame[2] = {tone(440, i, RATE), tone(1000, i, RATE)};
		err = sink_append(&s, frame, sizeof(frame), &taken);
	}
	if (err == 0)
		err = sink_end(&s, hash);
	if (s.fd >= 0)
		sink_close(&s);
	return err;
}

static void check_file(bool is_encrypted)
{
	uint8_t hash[FILE_HASH_BYTES], again[FILE_HASH_BYTES], head[64];
	_cleanup_alloc_ int16_t *samples = alloc_array(RATE, 4);
	struct playback *p = NULL;
	struct playback_info info;

	CHECK(begin("call.wav") && samples);
	CHECK_INT(fill(is_encrypted, 3.3, hash), 0);
	CHECK_INT(file_hash_read(path, 0, again), 0);
	CHECK(memcmp(hash, again, sizeof(hash)) == 0);
	CHECK_INT(playback_open(&p, path, give_key, NULL), 0);
	playback_look(p, &info);
	CHECK_INT(info.is_encrypted, is_encrypted);
	CHECK_INT(info.is_cut, false);
	CHECK_INT(info.samples, 26400);
	CHECK_INT(info.bytes, 44 + 26400 * 4);
	CHECK_INT(playback_samples(p, 13001, samples, RATE), RATE);
	CHECK_INT(samples[0], tone(440, 13001, RATE));
	CHECK(tone_db(samples, RATE, 2, 0, 440, RATE) > -1 && tone_db(samples, RATE, 2, 1, 1000, RATE) > -1);
	/* The same bytes whichever way they are asked for. */
	for (int64_t at = 0; at < 2000; at += 37) {
		uint8_t one[50], other[50];
		CHECK_INT(playback_bytes(p, at, one, sizeof(one)), sizeof(one));
		CHECK_INT(playback_wav(p, -1, at, other, sizeof(other)), sizeof(other));
		CHECK(memcmp(one, other, sizeof(one)) == 0);
	}
	CHECK_INT(playback_wav_size(p, 1), 44 + 26400 * 2);
	CHECK_INT(playback_wav(p, 1, 44, head, 64), 64);
	CHECK_INT((int16_t)(head[2] | head[3] << 8), tone(1000, 1, RATE));
	CHECK_INT(playback_wav(p, 0, playback_wav_size(p, 0), head, 64), 0);
	CHECK_INT(playback_wav(p, 2, 0, head, 64), -EINVAL);
	CHECK_INT(playback_verify(p), 0);
	playback_free(p);
	end();
}

TEST(a_recording_is_read_back_plain)
{
	check_file(false);
}

TEST(a_recording_is_read_back_encrypted)
{
	check_file(true);
}

TEST(an_encrypted_file_says_nothing_to_whoever_has_no_key)
{
	uint8_t hash[FILE_HASH_BYTES], bytes[4096];
	struct playback *p = NULL;

	CHECK(begin("call.wav"));
	CHECK_INT(fill(true, 1, hash), 0);
	CHECK_INT(playback_open(&p, path, NULL, NULL), -ENOKEY);
	int fd = open(path, O_RDONLY);
	ssize_t n = pread(fd, bytes, sizeof(bytes), VAULT_HEAD_BYTES);
	close(fd);
	/* Nearly all values occur: nothing of a tone's shape is left. */
	bool seen[256] = {0};
	int kinds = 0;
	for (ssize_t i = 0; i < n; i++) {
		kinds += !seen[bytes[i]];
		seen[bytes[i]] = true;
	}
	CHECK(kinds > 250);
	end();
}

/* What an attacker with the file but without the key can do: each shows, and nothing of it is heard. */
static int damage(int how)
{
	uint8_t a[16384 + VAULT_OVERHEAD], b[sizeof(a)];
	size_t stride = 16000 + VAULT_OVERHEAD;
	int fd = open(path, O_RDWR);
	off_t first = VAULT_HEAD_BYTES, second = first + (off_t)stride, third = second + (off_t)stride;
	bool is_done = false;

	switch (how) {
	case 0: /* a byte */
		is_done = pread(fd, a, 1, second + 500) == 1 &&
			  (a[0] ^= 1, pwrite(fd, a, 1, second + 500) == 1);
		break;
	case 1: /* two chunks swapped */
		is_done = pread(fd, a, stride, first) == (ssize_t)stride &&
			  pread(fd, b, stride, second) == (ssize_t)stride &&
			  pwrite(fd, b, stride, first) == (ssize_t)stride &&
			  pwrite(fd, a, stride, second) == (ssize_t)stride;
		break;
	case 2: /* one repeated in place of the next */
		is_done = pread(fd, a, stride, second) == (ssize_t)stride &&
			  pwrite(fd, a, stride, third) == (ssize_t)stride;
		break;
	case 3: /* cut at a chunk's edge */
		is_done = ftruncate(fd, third) == 0;
		break;
	case 4: /* cut anywhere */
		is_done = ftruncate(fd, third - 77) == 0;
		break;
	case 5: /* the head */
		is_done = pread(fd, a, 1, 30) == 1 && (a[0] ^= 4, pwrite(fd, a, 1, 30) == 1);
		break;
	default: /* something behind the end */
		is_done = pwrite(fd, "extra", 5, lseek(fd, 0, SEEK_END)) == 5;
		break;
	}
	close(fd);
	return is_done ? 0 : -EIO;
}

TEST(tampering_shows)
{
	for (int how = 0; how < 7; how++) {
		uint8_t hash[FILE_HASH_BYTES], now[FILE_HASH_BYTES];
		struct playback *p = NULL;
		CHECK(begin("call.wav"));
		CHECK_INT(fill(true, 2.2, hash), 0);
		CHECK_INT(damage(how), 0);
		CHECK_INT(file_hash_read(path, 0, now), 0);
		CHECK(memcmp(hash, now, sizeof(hash)) != 0);
		CHECK_INT(playback_open(&p, path, give_key, NULL), 0);
		CHECK_INT(playback_verify(p), -EBADMSG);
		playback_free(p);
		end();
	}
}

TEST(a_damaged_chunk_is_silence_and_the_rest_is_heard)
{
	uint8_t hash[FILE_HASH_BYTES];
	_cleanup_alloc_ int16_t *samples = alloc_array(2 * RATE, 4);
	struct playback *p = NULL;
	struct playback_info info;

	CHECK(begin("call.wav") && samples);
	CHECK_INT(fill(true, 2.2, hash), 0);
	CHECK_INT(damage(0), 0); /* in the second half second */
	CHECK_INT(playback_open(&p, path, give_key, NULL), 0);
	CHECK_INT(playback_samples(p, 0, samples, 2 * RATE), 2 * RATE);
	playback_look(p, &info);
	CHECK_INT(info.damaged_chunks, 1);
	CHECK(tone_db(samples, RATE / 2, 2, 0, 440, RATE) > -1);
	CHECK(tone_db(samples + RATE, RATE / 2, 2, 0, 440, RATE) == -120);
	CHECK(tone_db(samples + 2 * RATE, RATE / 2, 2, 0, 440, RATE) > -1);
	playback_free(p);
	end();
}

TEST_OOM(opening_survives_without_memory)
{
	uint8_t hash[FILE_HASH_BYTES];
	struct playback *p = NULL;
	int16_t samples[200];

	CHECK(begin("call.wav"));
	int err = fill(true, 0.1, hash);
	if (err == 0)
		err = playback_open(&p, path, give_key, NULL);
	if (err == 0)
		err = playback_samples(p, 0, samples, 100) == 100 ? 0 : -EIO;
	playback_free(p);
	end();
	if (err == -ENOMEM)
		return;
	CHECK_INT(err, 0);
}

/* --- Ogg/Opus */

struct bytes {
	uint8_t *at;
	size_t n, room;
};

static int keep_bytes(void *arg, const void *more, size_t n)
{
	struct bytes *b = arg;

	if (b->n + n > b->room)
		return -ENOSPC;
	memcpy(b->at + b->n, more, n);
	b->n += n;
	return 0;
}

static ssize_t read_bytes(void *arg, int64_t offset, void *buffer, size_t n)
{
	const struct bytes *b = arg;
	size_t left = offset < (int64_t)b->n ? b->n - (size_t)offset : 0;

	n = n < left ? n : left;
	memcpy(buffer, b->at + offset, n);
	return (ssize_t)n;
}

static int compress(struct bytes *b, int channels, int rate_hz, int64_t samples)
{
	struct opus_writer *w = NULL;
	int err = opus_writer_new(&w, channels, rate_hz, keep_bytes, b);

	for (int64_t i = 0; err == 0 && i < samples; i++) {
		int16_t frame[2] = {tone(440, i, rate_hz), tone(1000, i, rate_hz)};
		err = opus_writer_add(w, frame, 1);
	}
	if (err == 0)
		err = opus_writer_end(w);
	opus_writer_free(w);
	return err;
}

TEST(opus_keeps_length_channels_and_places)
{
	_cleanup_alloc_ uint8_t *room = alloc_zero(1 << 20);
	_cleanup_alloc_ int16_t *samples = alloc_array(RATE, 4);
	struct bytes b = {room, 0, 1 << 20};
	struct opus_reader *r = NULL;

	CHECK(room && samples);
	CHECK_INT(compress(&b, 2, RATE, 10 * RATE + 123), 0);
	CHECK(b.n < 10 * 2 * 24000 / 8 * 3 / 2);
	CHECK_INT(opus_reader_new(&r, read_bytes, &b), 0);
	CHECK_INT(opus_reader_channels(r), 2);
	CHECK_INT(opus_reader_rate(r), RATE);
	CHECK_INT(opus_reader_samples(r), 10 * RATE + 123);
	/* Forwards and backwards, each side alone in its channel. */
	for (int second = 0; second < 9; second++) {
		int64_t from = (second * 7 % 9) * RATE + 400;
		CHECK_INT(opus_reader_read(r, from, samples, RATE), RATE);
		CHECK(tone_db(samples, RATE, 2, 0, 440, RATE) > -1);
		CHECK(tone_db(samples, RATE, 2, 1, 1000, RATE) > -1);
		CHECK(tone_db(samples, RATE, 2, 0, 1000, RATE) < -40);
	}
	CHECK_INT(opus_reader_read(r, 10 * RATE + 100, samples, RATE), 23);
	CHECK_INT(opus_reader_read(r, 10 * RATE + 123, samples, RATE), 0);
	opus_reader_free(r);
}

TEST(damaged_opus_is_refused_or_ends)
{
	_cleanup_alloc_ uint8_t *room = alloc_zero(1 << 20);
	int16_t samples[960];
	struct bytes b = {room, 0, 1 << 20};
	struct opus_reader *r = NULL;

	CHECK(room);
	CHECK_INT(compress(&b, 1, 16000, 32000), 0);
	room[b.n / 2] ^= 0x55;
	CHECK_INT(opus_reader_new(&r, read_bytes, &b), -EINVAL);
	room[b.n / 2] ^= 0x55;
	b.n -= 10;
	CHECK_INT(opus_reader_new(&r, read_bytes, &b), 0); /* the torn page does not count */
	CHECK(opus_reader_samples(r) < 32000);
	CHECK_INT(opus_reader_read(r, 0, samples, 960), 960);
	opus_reader_free(r);
	b.n = 20;
	CHECK_INT(opus_reader_new(&r, read_bytes, &b), -EINVAL);
	CHECK_INT(opus_writer_new(NULL, 9, 8000, keep_bytes, &b), -EINVAL);
	CHECK_INT(opus_writer_new(NULL, 1, 11025, keep_bytes, &b), -EINVAL);
}

/* --- one recording, fed by hand */

static struct recording *new_recording(int channels, bool is_masked)
{
	struct recording *r = NULL;
	struct recording_wish wish = {
		.path = path, .channels = channels, .rate_hz = RATE, .is_masked = is_masked};

	return recording_new(&r, &wish) == 0 ? r : NULL;
}

/* 20 ms of the sum of two tones, the n-th frame of this leg; frame by frame the writer follows. */
static bool say(struct recording *r, uint64_t leg, int channel, int n, int hz, int other_hz)
{
	uint8_t bytes[160];
	struct frame f = {.at = n * 160,
		.leg = leg,
		.ts = (uint32_t)n * 160u + 77,
		.ssrc = (uint32_t)leg,
		.seq = (uint16_t)n,
		.n = sizeof(bytes),
		.channel = (uint8_t)channel,
		.codec = SDP_PCMU};

	for (int i = 0; i < 160; i++) {
		int64_t at = (int64_t)n * 160 + i;
		int v = (hz ? tone(hz, at, RATE) : 0) + (other_hz ? tone(other_hz, at, RATE) : 0);
		bytes[i] = law_encode(0, (int16_t)(v / 2));
	}
	return recording_push(r, &f, bytes);
}

static int read_back(struct recording *r, int16_t *samples, size_t n)
{
	struct playback *p = NULL;
	int err = recording_end(r);

	recording_free(r);
	if (err == 0)
		err = playback_open(&p, path, NULL, NULL);
	if (err == 0)
		err = (int)playback_samples(p, 0, samples, n);
	playback_free(p);
	return err;
}

TEST(several_people_are_added_in_a_channel_and_nobody_twice)
{
	_cleanup_alloc_ int16_t *samples = alloc_array(RATE, 6);

	CHECK(begin("three.wav") && samples);
	struct recording *r = new_recording(3, false);
	CHECK(r);
	for (int n = 0; n < 60; n++) {
		CHECK(say(r, 1, 0, n, 440, 0));
		CHECK(say(r, 2, 1, n, 700, 0));
		CHECK(say(r, 2, 1, n, 700, 0)); /* the network said it twice */
		CHECK(say(r, 3, 1, n, 1000, 0));
		CHECK(say(r, 4, 2, n, 1500, 0));
		CHECK_INT(recording_advance(r, n * 160 - 1600), 0);
	}
	CHECK_INT(recording_advance(r, 60 * 160), 0);
	CHECK_INT(read_back(r, samples, RATE), RATE);
	CHECK(tone_db(samples, RATE, 3, 0, 440, RATE) > -1);
	CHECK(tone_db(samples, RATE, 3, 1, 700, RATE) > -4);
	CHECK(tone_db(samples, RATE, 3, 1, 1000, RATE) > -4);
	CHECK(tone_db(samples, RATE, 3, 2, 1500, RATE) > -1);
	/* Twice would be twice as loud as the other. */
	CHECK(fabs(tone_db(samples, RATE, 3, 1, 700, RATE) - tone_db(samples, RATE, 3, 1, 1000, RATE)) < 1);
	end();
}

/* Peak of 160 samples around. */
static int peak(const int16_t *samples, int64_t from, int64_t to)
{
	int max = 0;

	for (int64_t i = from; i < to; i++)
		max = abs(samples[i]) > max ? abs(samples[i]) : max;
	return max;
}

TEST(keys_are_not_heard_not_even_their_beginning)
{
	static const int rows[] = {697, 770, 852, 941}, columns[] = {1209, 1336, 1477, 1633};
	_cleanup_alloc_ int16_t *samples = alloc_array(4 * RATE, 2);

	for (int key_no = 0; key_no < 16; key_no++) {
		CHECK(begin("keys.wav") && samples);
		struct recording *r = new_recording(1, true);
		CHECK(r);
		/* A second of voice (300 Hz), 100 ms of key, a second of voice. */
		for (int n = 0; n < 105; n++) {
			bool is_key = n >= 50 && n < 55;
			CHECK(say(r, 1, 0, n, is_key ? rows[key_no / 4] : 300,
				is_key ? columns[key_no % 4] : 0));
			CHECK_INT(recording_advance(r, n * 160 - 1600), 0);
		}
		CHECK_INT(recording_advance(r, 105 * 160), 0);
		CHECK_INT(read_back(r, samples, 105 * 160), 105 * 160);
		CHECK_INT(peak(samples, 50 * 160, 55 * 160), 0);
		CHECK(peak(samples, 40 * 160, 46 * 160) > 3000 && peak(samples, 60 * 160, 70 * 160) > 3000);
		end();
	}
}

TEST(a_key_told_beside_the_sound_hushes_what_leaked)
{
	_cleanup_alloc_ int16_t *samples = alloc_array(4 * RATE, 2);

	CHECK(begin("keys.wav") && samples);
	struct recording *r = new_recording(1, true);
	CHECK(r);
	for (int n = 0; n < 100; n++) {
		CHECK(say(r, 1, 0, n, n == 49 ? 697 : 300, n == 49 ? 1209 : 0)); /* 20 ms leaked */
		struct frame f = {.at = 50 * 160, .leg = 1, .is_key = true};
		CHECK(n != 50 || recording_push(r, &f, NULL));
		CHECK_INT(recording_advance(r, n * 160 - 1600), 0);
	}
	CHECK_INT(recording_advance(r, 100 * 160), 0);
	CHECK_INT(read_back(r, samples, 100 * 160), 100 * 160);
	CHECK_INT(peak(samples, 49 * 160, 50 * 160), 0);
	CHECK(peak(samples, 30 * 160, 40 * 160) > 3000);
	end();
}

/* Voices are no keys: harmonics, noise and single tones of a key stay. */
TEST(what_is_no_key_is_heard)
{
	struct mask m = {0};
	int16_t samples[160];
	unsigned chance = 9;
	int64_t masked = 0;

	for (int n = 0; n < 500; n++) {
		for (int i = 0; i < 160; i++) {
			int64_t at = n * 160 + i;
			double f0 = 110 + 30 * sin((double)at / 4000), v = 0;
			for (int h = 1; h < 15; h++)
				v += sin(2 * M_PI * f0 * h * (double)at / RATE) / h;
			chance = chance * 1664525u + 1013904223u;
			samples[i] = n % 3 == 0	  ? (int16_t)(v * 3000)
				     : n % 3 == 1 ? (int16_t)(chance >> 18)
						  : tone(697, at, RATE);
		}
		struct mask_span span = mask_add(&m, RATE, n * 160, samples, 160);
		masked += span.to > span.from ? span.to - span.from : 0;
	}
	CHECK(masked < 500 * 160 / 50);
}
