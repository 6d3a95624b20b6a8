/* Speech with the real program, with programs that misbehave, and the sound and cache below it. */
#include "harness/test.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/str.h"
#include "speech/cache.h"
#include "speech/program.h"
#include "speech/sound.h"
#include "speech/speech.h"
#include "speech/text.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* A folder of its own for each test. */
struct place {
	char directory[64];
	struct speech *speech;
	atomic_int n_results, n_errors;
	char path[SPEECH_PATH_MAX];
};

static void on_result(const struct speech_result *result, void *arg)
{
	struct place *p = arg;

	atomic_fetch_add(&p->n_errors, result->error != 0);
	atomic_fetch_add(&p->n_results, 1);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static void place_close(struct place *p)
{
	speech_stop(p->speech);
	if (p->directory[0] && nftw(p->directory, remove_one, 8, FTW_DEPTH | FTW_PHYS) != 0)
		test_fail(__FILE__, __LINE__, "cannot remove %s", p->directory);
}
#define _cleanup_place_ __attribute__((cleanup(place_close)))

static int place_open(struct place *p, const char *program)
{
	struct speech_config config = {.workers = 2, .cache_bytes_max = 50000000};

	str_put(p->directory, sizeof(p->directory), "/tmp/speech-test-XXXXXX");
	if (!mkdtemp(p->directory))
		return -errno;
	snprintf(config.cache_directory, sizeof(config.cache_directory), "%s/a/cache", p->directory);
	str_put(config.program, sizeof(config.program), program);
	return speech_start(&p->speech, &config, on_result, p);
}

/* A shell script as the program; its path. */
static const char *script(struct place *p, const char *text)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/program", p->directory);
	FILE *f = fopen(path, "w");
	fprintf(f, "#!/bin/sh\n%s\n", text);
	fclose(f);
	chmod(path, 0700);
	return path;
}

static int place_with_script(struct place *p, const char *text)
{
	struct speech_config config = {.workers = 2, .cache_bytes_max = 50000000};

	str_put(p->directory, sizeof(p->directory), "/tmp/speech-test-XXXXXX");
	if (!mkdtemp(p->directory))
		return -errno;
	snprintf(config.cache_directory, sizeof(config.cache_directory), "%s/cache", p->directory);
	str_put(config.program, sizeof(config.program), script(p, text));
	return speech_start(&p->speech, &config, on_result, p);
}

static size_t load(const char *path, uint8_t **ret)
{
	struct stat st;
	int fd = open(path, O_RDONLY);

	*ret = NULL;
	if (fd < 0 || fstat(fd, &st) < 0)
		return 0;
	*ret = alloc_zero((size_t)st.st_size + 1);
	ssize_t n = read(fd, *ret, (size_t)st.st_size);
	close(fd);
	return n > 0 ? (size_t)n : 0;
}

/* Seconds and loudness in dBFS of a cached file. */
static bool measure(const char *path, double *ret_seconds, double *ret_loudness, int *ret_peak)
{
	uint8_t *data;
	struct sound s = {0};
	double sum = 0;
	size_t size = load(path, &data);
	bool is_right = size > 44 && sound_parse_wav(data, size, &s) == 0 && s.rate == 16000 &&
			data[22] == 1 && data[34] == 16 && size == 44 + s.n * 2;

	*ret_peak = 0;
	for (size_t i = 0; i < s.n; i++) {
		sum += (double)s.samples[i] * s.samples[i];
		*ret_peak = abs(s.samples[i]) > *ret_peak ? abs(s.samples[i]) : *ret_peak;
	}
	*ret_seconds = (double)s.n / 16000;
	*ret_loudness = s.n ? 20 * log10(sqrt(sum / (double)s.n) / 32768 + 1e-9) : -99;
	sound_free(&s);
	alloc_free(data);
	return is_right;
}

TEST(four_languages_are_spoken_evenly_and_cached)
{
	static const char *const texts[][2] = {{"fa", "شما نفر سوم در صف هستید."},
		{"ar", "ترتيبك في قائمة الانتظار هو الثالث."}, {"zh", "您目前排在第三位。"},
		{"en", "You are number 3 in line."}};
	_cleanup_place_ struct place p = {0};
	char again[SPEECH_PATH_MAX];

	CHECK_INT(place_open(&p, ""), 0);
	for (size_t i = 0; i < 4; i++) {
		double seconds, loudness;
		int peak;
		CHECK_INT(speech_cached(p.speech, texts[i][1], texts[i][0], again), -ENOENT);
		CHECK_INT(speech_make(p.speech, texts[i][1], texts[i][0], p.path), 0);
		CHECK(measure(p.path, &seconds, &loudness, &peak));
		if (seconds < 0.8 || seconds > 6 || loudness < -24 || loudness > -17 || peak > 23200)
			printf("# %s: %.2f s, %.1f dBFS, peak %d\n", texts[i][0], seconds, loudness, peak);
		CHECK(seconds > 0.8 && seconds < 6 && loudness > -24 && loudness < -17 && peak <= 23200);
		CHECK_INT(speech_cached(p.speech, texts[i][1], texts[i][0], again), 0);
		CHECK_STR(again, p.path);
		CHECK_INT(speech_request(p.speech, texts[i][1], texts[i][0], i), 0);
		CHECK_INT(atomic_load(&p.n_results), i + 1);
	}
	/* Another language is another sound. */
	CHECK_INT(speech_cached(p.speech, texts[3][1], "fa", again), -ENOENT);
}

TEST(hostile_texts_do_no_harm)
{
	static const char *const texts[] = {
		"$(touch /tmp/speech-was-here); `touch /tmp/speech-was-here` | rm -rf /", "--version",
		"-w /tmp/speech-was-here hello", "-f /etc/passwd", "a\x01\x1b[31mb\x7f\r\n\tc",
		"<speak><audio src=\"/etc/passwd\"/></speak>", "[[h@l'oU]] {x}", "%s%n%p", "'\"\\",
		"\u202eabc\u2066"};
	_cleanup_place_ struct place p = {0};

	CHECK_INT(place_open(&p, ""), 0);
	unlink("/tmp/speech-was-here");
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		int err = speech_make(p.speech, texts[i], "en", p.path);
		if (err != (i == 8 ? -EINVAL : 0))
			printf("# %zu: %d\n", i, err);
		CHECK_INT(err, i == 8 ? -EINVAL : 0);
		CHECK(access("/tmp/speech-was-here", F_OK) < 0);
	}
}

TEST(what_cannot_be_spoken_is_refused)
{
	_cleanup_place_ struct place p = {0};
	static char big[SPEECH_TEXT_MAX + 1];

	CHECK_INT(place_open(&p, ""), 0);
	memset(big, 'x', SPEECH_TEXT_MAX);
	CHECK_INT(speech_make(p.speech, "", "en", p.path), -EINVAL);
	CHECK_INT(speech_make(p.speech, " \n\u202e..!", "en", p.path), -EINVAL);
	CHECK_INT(speech_make(p.speech, NULL, "en", p.path), -EINVAL);
	CHECK_INT(speech_make(p.speech, "x", "de", p.path), -EINVAL);
	CHECK_INT(speech_make(p.speech, "x", NULL, p.path), -EINVAL);
	CHECK_INT(speech_make(p.speech, "\xff\xfe", "en", p.path), -EINVAL);
	CHECK_INT(speech_make(p.speech, big, "en", p.path), -EINVAL);
	CHECK_INT(speech_request(p.speech, big, "en", 1), -EINVAL);
	CHECK_INT(atomic_load(&p.n_results), 0);
}

TEST(a_missing_or_failing_program_is_told)
{
	_cleanup_place_ struct place p = {0}, q = {0}, r = {0};

	CHECK_INT(place_open(&p, "/no/such/program"), 0);
	CHECK_INT(speech_make(p.speech, "x", "en", p.path), -ENOENT);
	CHECK(strstr(speech_error_text(-ENOENT), "espeak-ng"));
	CHECK_INT(place_with_script(&q, "exit 3"), 0);
	CHECK_INT(speech_make(q.speech, "x", "en", q.path), -EIO);
	CHECK_INT(place_with_script(&r, "echo this is no sound"), 0);
	CHECK_INT(speech_make(r.speech, "x", "en", r.path), -EINVAL);
}

TEST(a_program_is_ended_when_its_time_is_up_or_its_output_too_large)
{
	struct program_limits limits = {1000, 200, -1};
	const char *const sleeper[] = {"/bin/sh", "-c", "sleep 30 & sleep 30", NULL};
	const char *const closer[] = {"/bin/sh", "-c", "exec >&-; sleep 30", NULL};
	const char *const flood[] = {"/bin/sh", "-c", "yes", NULL};
	const char *const reader[] = {"/bin/cat", NULL};
	int64_t begin = clock_mono_ms();
	struct text out = {0};

	CHECK_INT(program_run(sleeper, "", &limits, &out), -ETIMEDOUT);
	CHECK_INT(program_run(closer, "", &limits, &out), -ETIMEDOUT);
	limits.timeout_ms = 10000;
	CHECK_INT(program_run(flood, "", &limits, &out), -E2BIG);
	CHECK(clock_mono_ms() - begin < 8000);
	text_free(&out);
	CHECK_INT(program_run(reader, "from memory", &limits, &out), 0);
	CHECK_STR(out.data, "from memory");
	text_free(&out);
}

TEST(our_environment_and_files_stay_ours)
{
	struct program_limits limits = {5000, 10000, -1};
	const char *const env[] = {"env", NULL}, *const files[] = {"/bin/ls", "/proc/self/fd", NULL};
	struct text out = {0};
	int fd = open("/dev/null", O_RDONLY); /* without CLOEXEC */

	setenv("MARKAZ_SECRET", "swordfish", 1);
	int err = program_run(env, "", &limits, &out);
	bool is_hidden = out.data && !strstr(out.data, "swordfish");
	text_free(&out);
	CHECK(err == 0 && is_hidden);
	err = program_run(files, "", &limits, &out);
	bool is_bare = str_equal(out.data, "0\n1\n2\n3\n"); /* 3 is ls's own */
	text_free(&out);
	close(fd);
	CHECK(err == 0 && is_bare);
}

TEST(one_run_serves_all_who_ask_for_the_same)
{
	_cleanup_place_ struct place p = {0};
	char log[128], text[512];

	str_put(p.directory, sizeof(p.directory), "/tmp/speech-test-XXXXXX");
	CHECK(mkdtemp(p.directory));
	snprintf(log, sizeof(log), "%s/log", p.directory);
	snprintf(text, sizeof(text),
		"test \"$1\" = --voices=zh && exit 1\necho run >> %s\nwhile [ ! -e %s/go ]; do sleep 0.02; "
		"done\nexec espeak-ng \"$@\"",
		log, p.directory);
	struct speech_config config = {.workers = 2, .cache_bytes_max = 50000000};
	snprintf(config.cache_directory, sizeof(config.cache_directory), "%s/cache", p.directory);
	str_put(config.program, sizeof(config.program), script(&p, text));
	CHECK_INT(speech_start(&p.speech, &config, on_result, &p), 0);
	for (int i = 0; i < 20; i++)
		CHECK_INT(speech_request(p.speech, "the same for all", "en", (uint64_t)i), 0);
	snprintf(text, sizeof(text), "%s/go", p.directory);
	close(open(text, O_CREAT | O_WRONLY, 0600));
	CHECK_INT(speech_make(p.speech, "the same for all", "en", p.path), 0);
	for (int i = 0; i < 500 && atomic_load(&p.n_results) < 20; i++)
		usleep(10000);
	CHECK_INT(atomic_load(&p.n_results), 20);
	CHECK_INT(atomic_load(&p.n_errors), 0);
	struct stat st;
	CHECK_INT(stat(log, &st), 0);
	CHECK_INT(st.st_size, 4);
}

TEST(stopping_ends_what_runs_and_answers_all)
{
	_cleanup_place_ struct place p = {0};
	int64_t begin = clock_mono_ms();
	char text[32];

	CHECK_INT(place_with_script(&p, "test \"$1\" = --voices=zh && exit 1; sleep 30"), 0);
	for (int i = 0; i < SPEECH_WAITING_MAX; i++) {
		snprintf(text, sizeof(text), "text %d", i);
		CHECK_INT(speech_request(p.speech, text, "en", 1), 0);
	}
	CHECK_INT(speech_request(p.speech, "one more", "en", 1), -ENOBUFS);
	speech_stop(TAKE_PTR(p.speech));
	CHECK_INT(atomic_load(&p.n_results), SPEECH_WAITING_MAX);
	CHECK_INT(atomic_load(&p.n_errors), SPEECH_WAITING_MAX);
	CHECK(clock_mono_ms() - begin < 9000);
}

static int store_aged(const char *directory, const char *name, int age_s)
{
	static const int16_t samples[500];
	char path[SPEECH_PATH_MAX];
	struct timespec times[2] = {{time(NULL) - age_s, 0}, {time(NULL) - age_s, 0}};
	int err = cache_store(directory, name, samples, 478); /* 1000 bytes with the header */

	snprintf(path, sizeof(path), "%s/%s.wav", directory, name);
	return err < 0 ? err : utimensat(AT_FDCWD, path, times, 0);
}

TEST(the_longest_untouched_go_first)
{
	_cleanup_place_ struct place p = {0};
	char names[5][CACHE_NAME_SIZE], path[SPEECH_PATH_MAX];
	int64_t bytes = 0;

	str_put(p.directory, sizeof(p.directory), "/tmp/speech-test-XXXXXX");
	CHECK(mkdtemp(p.directory));
	for (int i = 0; i < 5; i++) {
		const char *part = (const char *[]){"a", "b", "c", "d", "e"}[i];
		cache_name(&part, 1, names[i]);
		CHECK_INT(store_aged(p.directory, names[i], 100 - i), 0);
	}
	CHECK_INT(cache_find(p.directory, names[1], path), 0); /* touched now */
	CHECK_INT(cache_trim(p.directory, 3000, names[0], &bytes), 0);
	CHECK_INT(bytes, 3000);
	CHECK_INT(cache_find(p.directory, names[0], path), 0); /* kept */
	CHECK_INT(cache_find(p.directory, names[1], path), 0);
	CHECK_INT(cache_find(p.directory, names[2], path), -ENOENT);
	CHECK_INT(cache_find(p.directory, names[3], path), -ENOENT);
	CHECK_INT(cache_find(p.directory, names[4], path), 0);
	CHECK_INT(cache_open("/proc/no/such"), -ENOENT);
	CHECK_INT(cache_open(""), -ENAMETOOLONG);
}

TEST(mandarin_takes_the_voice_that_speaks_tones)
{
	char voice[SPEECH_VOICE_MAX] = "none";

	CHECK(speech_pick_mandarin(
		"Pty Language Age/Gender VoiceName File Other\n 5  cmn  --/M  Chinese  sit/cmn (zh 5)\n"
		" 5  cmn-latn-pinyin --/M Pinyin sit/cmn-Latn-pinyin (zh 5)\n 5 zh --/M x mb/mb-cn1\n",
		voice));
	CHECK_STR(voice, "cmn-latn-pinyin");
	CHECK(speech_pick_mandarin(" 5  zh --/M  Mandarin  zh\n", voice));
	CHECK_STR(voice, "zh");
	CHECK(!speech_pick_mandarin("", voice));
	CHECK(!speech_pick_mandarin(" 5 zh --/M chinese-mb-cn1 mb/mb-cn1\n", voice));
}

TEST(a_broken_wav_is_refused)
{
	uint8_t wav[200];
	struct sound s = {0};
	int16_t quiet[50] = {0};

	sound_wav_header(50, wav);
	memcpy(wav + 44, quiet, 100);
	CHECK_INT(sound_parse_wav(wav, 144, &s), 0);
	CHECK_INT(s.n, 50);
	CHECK_INT(sound_prepare(&s), -ENODATA);
	sound_free(&s);
	for (size_t n = 0; n < 44; n++)
		CHECK_INT(sound_parse_wav(wav, n, &s), -EINVAL);
	memset(wav + 40, 0xff, 4); /* a length nobody knew */
	CHECK_INT(sound_parse_wav(wav, 144, &s), 0);
	CHECK_INT(s.n, 50);
	sound_free(&s);
	for (size_t at = 0; at < 36; at++) {
		uint8_t was = wav[at];
		for (int v = 0; v < 256; v += 51) {
			wav[at] = (uint8_t)v;
			if (sound_parse_wav(wav, 144, &s) == 0)
				sound_free(&s);
		}
		wav[at] = was;
	}
}

TEST_OOM(a_sound_survives_lack_of_memory)
{
	struct sound s = {.rate = 22050, .n = 2205};

	s.samples = alloc_array(s.n, sizeof(*s.samples));
	if (!s.samples)
		return;
	for (size_t i = 0; i < s.n; i++)
		s.samples[i] = (int16_t)(8000 * sin((double)i * 0.1));
	int err = sound_prepare(&s);
	CHECK(err == -ENOMEM || (err == 0 && s.rate == 16000 && s.n > 1560 && s.n < 1640));
	sound_free(&s);
}
