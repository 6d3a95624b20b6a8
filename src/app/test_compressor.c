/* Recordings become Opus: what is heard stays, one whole file is there whatever happens, and what is damaged,
 * held or deleted is left alone. */
#include "app/compressor.h"
#include "base/clock.h"
#include "base/file_hash.h"
#include "base/id.h"
#include "base/str.h"
#include "media/detect/tone_meter.h"
#include "media/record/playback.h"
#include "media/record/sink.h"
#include "store/people/retention.h"
#include "store/store_fixture.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define RATE 8000
#define DAY "2026/11/22"
#define PATIENCE_MS 60000

static const struct store_actor actor = {.tenant = 1, .user = 77, .address = "127.0.0.1", .agent = "test"};

struct call {
	uint64_t interaction, recording, last_seq;
	char path[64]; /* below recordings/ */
};

static int give_key(void *arg, uint32_t id, uint8_t *ret_key)
{
	struct store_recording_key key;
	int err = store_recording_key(arg, id, &key);

	if (err == 0)
		memcpy(ret_key, key.key, VAULT_KEY_BYTES);
	return err;
}

static int16_t tone(int hz, int64_t at)
{
	return (int16_t)lrint(8000 * sin(2 * M_PI * hz * (double)at / RATE));
}

/* 440 Hz left, 1000 Hz right, and 100 Hz more for each channel after them. */
static int write_sound(struct fixture *f, const struct call *c, int channels, double seconds,
	bool is_encrypted, struct sink *s, uint8_t hash[static FILE_HASH_BYTES])
{
	struct store_recording_key key = {0};
	char path[400];
	size_t taken;
	int err = is_encrypted ? store_recording_key_current(f->store, f->reader, 1, 0, &key) : 0;
	struct sink_format format = {.channels = channels,
		.rate_hz = RATE,
		.inner = VAULT_PCM16,
		.key = is_encrypted ? key.key : NULL,
		.key_id = key.id};

	str_printf(path, sizeof(path), "%s/recordings/%s", f->directory, c->path);
	if (err == 0)
		err = sink_open(s, path, &format);
	for (int64_t i = 0; err == 0 && i < (int64_t)(seconds * RATE); i++) {
		int16_t frame[8];
		for (int k = 0; k < channels; k++)
			frame[k] = tone(k == 0 ? 440 : 900 + 100 * k, i);
		err = sink_append(s, frame, 2 * (size_t)channels, &taken);
	}
	if (err == 0)
		err = sink_end(s, hash);
	sink_close(s);
	return err;
}

/* A call that is over, its recording sealed. */
static bool record(struct fixture *f, struct call *c, int channels, double seconds, bool is_encrypted)
{
	uint8_t hash[FILE_HASH_BYTES];
	char text[FILE_HASH_TEXT_SIZE], id[ID_TEXT_SIZE];
	struct sink s;

	*c = (struct call){.interaction = id_new(), .recording = id_new()};
	str_printf(c->path, sizeof(c->path), DAY "/%s.wav%s", id_text(c->recording, id),
		is_encrypted ? ".mkz" : "");
	if (write_sound(f, c, channels, seconds, is_encrypted, &s, hash) < 0)
		return false;
	file_hash_text(hash, text);
	struct event list[] = {{.type = EVENT_INTERACTION_STARTED,
				       .from = "+989121110000",
				       .reason = "inbound",
				       .text = "voice"},
		{.type = EVENT_RECORDING_STARTED, .text = c->path, .reason = "call"},
		{.type = EVENT_RECORDING_ENDED,
			.duration_ms = (int64_t)(seconds * 1000),
			.number = s.bytes,
			.reason = "stopped"},
		{.type = EVENT_RECORDING_SEALED, .number = s.bytes, .name = "wav", .text = text},
		{.type = EVENT_INTERACTION_ENDED, .duration_ms = 1000, .reason = "customer_hung_up"}};
	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		list[i].at_ms = clock_wall_ms();
		list[i].interaction = c->interaction;
		list[i].ref = i > 0 && i < 4 ? c->recording : 0;
		c->last_seq = fixture_append(f, &list[i]);
	}
	return c->last_seq && fixture_wait(f, c->last_seq);
}

static bool want_opus(struct fixture *f)
{
	return fixture_update(f, "setting", 1, "{\"recording_format\":\"opus\"}", NULL) == STORE_OK;
}

static bool await(struct fixture *f, const char *sql, int64_t value)
{
	int64_t until = clock_mono_ms() + PATIENCE_MS;

	while (clock_mono_ms() < until) {
		if (fixture_int(f, sql) == value)
			return true;
		usleep(10000);
	}
	return false;
}

#define OPUS_SQL "SELECT count(*) FROM recording WHERE format = 'opus'"

/* Files below recordings/<day>. */
static int count_files(const struct fixture *f)
{
	char folder[400];
	struct dirent *e;
	int n = 0;

	str_printf(folder, sizeof(folder), "%s/recordings/" DAY, f->directory);
	DIR *d = opendir(folder);
	while (d && (e = readdir(d)))
		n += e->d_name[0] != '.';
	if (d)
		closedir(d);
	return n;
}

static double level(const int16_t *samples, size_t n, int channels, int c, int hz)
{
	struct tone_meter m;
	float tone_level, all;

	tone_meter_start(&m, hz, RATE);
	for (size_t i = 0; i < n; i++)
		tone_meter_add(&m, &samples[i * (size_t)channels + (size_t)c], 1);
	tone_meter_result(&m, &tone_level, &all);
	return all < -50 ? -120 : (double)tone_level;
}

/* The row's file: whole by the log's hash, as long as it was, each channel with its own tone. */
static void check_sound(struct fixture *f, const struct call *c, int channels, double seconds, bool is_opus)
{
	static int16_t samples[RATE * 8];
	uint8_t hash[FILE_HASH_BYTES];
	char path[400], text[FILE_HASH_TEXT_SIZE];
	struct playback *p = NULL;
	struct playback_info info = {0};
	json_t *row = NULL;

	CHECK_INT(store_recording(f->reader, 1, c->recording, &row), 0);
	CHECK_STR(jsonx_text(row, "format", ""), is_opus ? "opus" : "wav");
	str_printf(path, sizeof(path), "%s/recordings/%s", f->directory, jsonx_text(row, "path", "none"));
	CHECK_INT(file_hash_read(path, 0, hash), 0);
	file_hash_text(hash, text);
	CHECK_STR(text, jsonx_text(row, "hash", ""));
	CHECK_INT(jsonx_int(row, "duration_ms", 0), (int64_t)(seconds * 1000));
	CHECK_INT(playback_open(&p, path, give_key, f->reader), 0);
	playback_look(p, &info);
	CHECK_INT(info.bytes > 0 && info.is_opus, is_opus);
	CHECK_INT(info.channels, channels);
	CHECK_INT(info.samples, (int64_t)(seconds * RATE));
	CHECK_INT(playback_samples(p, RATE / 2, samples, RATE), RATE);
	for (int k = 0; k < channels; k++) {
		int own = k == 0 ? 440 : 900 + 100 * k;
		CHECK(level(samples, RATE, channels, k, own) > -1.5);
		CHECK(level(samples, RATE, channels, k, k == 0 ? 1000 : 440) < -30);
	}
	playback_free(p);
	json_decref(row);
}

static void becomes_opus(int channels, bool is_encrypted)
{
	struct compressor *compressor = NULL;
	struct fixture f;
	struct call c;
	struct stat was, is;
	char path[400];

	CHECK(fixture_open(&f));
	CHECK(want_opus(&f));
	CHECK_INT(compressor_start(&compressor, f.store, f.directory), 0);
	CHECK(record(&f, &c, channels, 3.5, is_encrypted));
	str_printf(path, sizeof(path), "%s/recordings/%s", f.directory, c.path);
	CHECK_INT(stat(path, &was), 0);
	check_sound(&f, &c, channels, 3.5, false);
	compressor_wake(compressor, c.last_seq);
	CHECK(await(&f, OPUS_SQL, 1));
	CHECK(await(&f, "SELECT count(*) FROM file_removal", 0));
	check_sound(&f, &c, channels, 3.5, true);
	CHECK(stat(path, &is) < 0 && errno == ENOENT);
	CHECK_INT(count_files(&f), 1);
	CHECK(fixture_int(&f, "SELECT bytes FROM recording") < was.st_size / 3);
	CHECK_INT(fixture_int(&f, "SELECT count(*) FROM fact WHERE key = 'recording_compressing'"), 0);
	compressor_stop(compressor);
	fixture_remove(&f);
}

TEST(stereo_becomes_opus)
{
	becomes_opus(2, false);
}

TEST(encrypted_stereo_becomes_encrypted_opus)
{
	becomes_opus(2, true);
}

TEST(one_channel_and_five_become_opus)
{
	becomes_opus(1, true);
	becomes_opus(5, false);
}

TEST(what_is_kept_as_wav_waits_until_opus_is_wished)
{
	struct compressor *compressor = NULL;
	struct fixture f;
	struct call c;

	CHECK(fixture_open(&f));
	CHECK(fixture_update(&f, "setting", 1, "{\"recording_format\":\"wav\"}", NULL) == STORE_OK);
	CHECK(record(&f, &c, 2, 1, false));
	struct store_wav wav;
	CHECK_INT(store_wav_next(f.reader, 0, &wav), 0);
	CHECK_INT(compressor_start(&compressor, f.store, f.directory), 0);
	CHECK(want_opus(&f));
	compressor_wake(compressor, 0);
	CHECK(await(&f, OPUS_SQL, 1));
	compressor_stop(compressor);
	fixture_remove(&f);
}

TEST(held_and_damaged_recordings_stay_as_they_are)
{
	struct compressor *compressor = NULL;
	struct fixture f;
	struct call held, of_held, damaged, fine;
	char path[400];

	CHECK(fixture_open(&f));
	CHECK(want_opus(&f));
	CHECK(record(&f, &held, 2, 2, true) && record(&f, &of_held, 2, 2, true) &&
		record(&f, &damaged, 2, 2, false) && record(&f, &fine, 2, 2, false));
	CHECK_INT(store_recording_keep(f.store, held.recording, true, &actor), 0);
	CHECK_INT(store_interaction_keep(f.store, of_held.interaction, true, &actor), 0);
	str_printf(path, sizeof(path), "%s/recordings/%s", f.directory, damaged.path);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	CHECK(fd >= 0 && pwrite(fd, "x", 1, 5000) == 1);
	close(fd);
	CHECK_INT(compressor_start(&compressor, f.store, f.directory), 0);
	CHECK(await(&f, OPUS_SQL, 1));
	compressor_stop(compressor); /* it has come past all of them: the last one is done */
	check_sound(&f, &fine, 2, 2, true);
	CHECK_INT(fixture_int(&f, "SELECT count(*) FROM recording WHERE format = 'wav'"), 3);
	CHECK_INT(count_files(&f), 4);
	/* The hold over, it goes the way of the others. */
	CHECK_INT(store_recording_keep(f.store, held.recording, false, &actor), 0);
	CHECK_INT(compressor_start(&compressor, f.store, f.directory), 0);
	CHECK(await(&f, OPUS_SQL, 2));
	compressor_stop(compressor);
	fixture_remove(&f);
}

TEST(what_was_deleted_meanwhile_stays_deleted)
{
	struct issues issues = {0};
	struct fixture f;
	struct call c;
	struct store_wav wav;
	char opus[64], path[400];
	bool is_taken = true;

	CHECK(fixture_open(&f));
	CHECK(want_opus(&f));
	CHECK(record(&f, &c, 2, 1, false));
	CHECK_INT(store_wav_next(f.reader, 0, &wav), 1);
	CHECK_INT(wav.id, c.recording);
	str_printf(opus, sizeof(opus), "%.*s.opus", (int)strlen(c.path) - 4, c.path);
	CHECK_INT(store_compress_begin(f.store, opus), 0);
	str_printf(path, sizeof(path), "%s/recordings/%s", f.directory, opus);
	FILE *made = fopen(path, "w");
	CHECK(made && fputs("a sound", made) >= 0 && fclose(made) == 0);
	CHECK_INT(store_recording_delete(f.store, c.recording, &actor, &issues), 0);
	CHECK_INT(count_files(&f), 1); /* the new one, of which nobody knows yet */
	struct store_compressed done = {.wav = wav, .bytes = 7, .hash = "00"};
	CHECK_INT(store_compress_done(f.store, &done, &is_taken), 0);
	CHECK(!is_taken);
	CHECK_INT(count_files(&f), 0);
	CHECK_INT(fixture_int(&f, "SELECT count(*) FROM recording WHERE path IS NOT NULL"), 0);
	fixture_remove(&f);
}

/* The child compresses until it is killed. */
static void compress_until_killed(const char *directory)
{
	struct compressor *compressor;
	struct store *store;

	if (store_open(&store, directory, NULL, NULL) < 0 ||
		compressor_start(&compressor, store, directory) < 0)
		_exit(1);
	for (;;)
		pause();
}

TEST(kill_9_at_any_moment_leaves_one_whole_file)
{
	enum { CALLS = 4, KILLS = 6 };
	struct compressor *compressor = NULL;
	struct fixture f;
	struct call calls[CALLS];

	CHECK(fixture_open(&f));
	CHECK(want_opus(&f));
	for (int i = 0; i < CALLS; i++)
		CHECK(record(&f, &calls[i], 2, 20, i & 1));
	for (int k = 0; k < KILLS; k++) {
		fixture_shut(&f);
		pid_t pid = fork();
		if (pid == 0)
			compress_until_killed(f.directory);
		usleep((useconds_t)(20000 + 37000 * k));
		kill(pid, SIGKILL);
		CHECK(waitpid(pid, NULL, 0) == pid);
		CHECK(fixture_reopen(&f));
		for (int i = 0; i < CALLS; i++) {
			json_t *row = NULL;
			CHECK_INT(store_recording(f.reader, 1, calls[i].recording, &row), 0);
			bool is_opus = str_equal(jsonx_text(row, "format", ""), "opus");
			json_decref(row);
			check_sound(&f, &calls[i], 2, 20, is_opus);
		}
	}
	CHECK_INT(compressor_start(&compressor, f.store, f.directory), 0);
	CHECK(await(&f, OPUS_SQL, CALLS));
	CHECK(await(&f, "SELECT count(*) FROM file_removal", 0));
	compressor_stop(compressor);
	CHECK_INT(count_files(&f), CALLS); /* nothing half-made is left */
	for (int i = 0; i < CALLS; i++)
		check_sound(&f, &calls[i], 2, 20, true);
	fixture_remove(&f);
}
