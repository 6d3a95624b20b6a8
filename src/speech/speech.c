/* Text to speech: a few workers over a table of jobs. One job per distinct sound, however many ask for it.
 *
 * One mutex guards the table; no program runs, no file is touched and no handler is called under it. It is
 * here, and not a mailbox, because several workers take from one queue and several requests join one job.
 * Invariant: every request in a job gets exactly one result; a job is in the table until its results go out.
 */
#include "speech/speech.h"
#include "base/alloc.h"
#include "base/map.h"
#include "base/str.h"
#include "base/vec.h"
#include "speech/cache.h"
#include "speech/program.h"
#include "speech/sound.h"
#include "speech/text.h"

#include <errno.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define WORKERS_MAX 8
#define RUN_TIMEOUT_MS 10000
#define VOICES_TIMEOUT_MS 2000
#define VOICES_BYTES_MAX 65536
#define OUTPUT_BYTES_MAX 16777216
#define SPEED "150" /* words a minute: slower than the default, for telephones */
#define RECIPE "1"  /* raised when sound_prepare changes what it makes */

struct waiter { /* of speech_make, on its stack */
	struct speech_result result;
	bool is_done;
};
struct request {
	uint64_t ref;
	struct waiter *waiter; /* NULL: the handler is told */
};
struct job {
	char name[CACHE_NAME_SIZE], text[SPEECH_TEXT_MAX];
	int language;
	struct {
		struct request *at;
		size_t len, room;
	} requests;
	struct job *next;
};
struct speech {
	struct speech_config config;
	char voices[SPEECH_LANGUAGES][SPEECH_VOICE_MAX];
	speech_handler *on_result;
	void *arg;
	int stop_fd; /* readable once stopping */

	pthread_mutex_t mutex;
	pthread_cond_t has_work, has_result;
	struct strmap jobs; /* by name: waiting and running */
	struct job *first, **last;
	size_t n_requests;
	bool is_stopping;
	pthread_mutex_t trimming; /* one worker at a time looks through the folder */
	int64_t cache_bytes;	  /* guarded by trimming */
	pthread_t workers[WORKERS_MAX];
	int n_workers;
};

static int speak(struct speech *s, const struct job *job, struct text *output)
{
	const char *const argv[] = {s->config.program, "-b", "1", "-s", SPEED, "-v", s->voices[job->language],
		"--stdin", "--stdout", NULL};
	struct program_limits limits = {OUTPUT_BYTES_MAX, RUN_TIMEOUT_MS, s->stop_fd};
	int err = program_run(argv, job->text, &limits, output);

	return err == -E2BIG ? -EINVAL : err == -EACCES || err == -ENOTDIR ? -ENOENT : err;
}

static void count_cache(struct speech *s, const char *name, size_t bytes)
{
	pthread_mutex_lock(&s->trimming);
	s->cache_bytes += (int64_t)bytes;
	/* Below the limit by a tenth, so that not every new text looks through the folder. */
	if (s->cache_bytes > s->config.cache_bytes_max)
		cache_trim(
			s->config.cache_directory, s->config.cache_bytes_max / 10 * 9, name, &s->cache_bytes);
	pthread_mutex_unlock(&s->trimming);
}

static int make_sound(struct speech *s, const struct job *job)
{
	_cleanup_text_ struct text output = {0};
	struct sound sound = {0};
	int err = speak(s, job, &output);

	if (err == 0)
		err = sound_parse_wav((const uint8_t *)output.data, output.len, &sound);
	if (err == 0)
		err = sound_prepare(&sound);
	if (err == 0)
		err = cache_store(s->config.cache_directory, job->name, sound.samples, sound.n);
	if (err == 0)
		count_cache(s, job->name, SOUND_WAV_HEADER + sound.n * 2);
	sound_free(&sound);
	return err == -ENODATA ? -EINVAL : err;
}

static void run_job(struct speech *s, const struct job *job, struct speech_result *result)
{
	/* It may have been made between the asker's look and this one. */
	result->error = cache_find(s->config.cache_directory, job->name, result->path);
	if (result->error == -ENOENT)
		result->error = make_sound(s, job);
	if (result->error == 0)
		result->error = cache_find(s->config.cache_directory, job->name, result->path);
}

/* Takes the job out of the table and tells everyone. */
static void finish(struct speech *s, struct job *job, struct speech_result *result)
{
	pthread_mutex_lock(&s->mutex);
	strmap_remove(&s->jobs, job->name);
	s->n_requests -= job->requests.len;
	VEC_EACH(&job->requests, i)
	{
		struct waiter *waiter = job->requests.at[i].waiter;
		if (!waiter)
			continue;
		waiter->result = *result;
		waiter->is_done = true;
	}
	pthread_cond_broadcast(&s->has_result);
	pthread_mutex_unlock(&s->mutex);
	VEC_EACH(&job->requests, i)
	{
		result->ref = job->requests.at[i].ref;
		if (!job->requests.at[i].waiter)
			s->on_result(result, s->arg);
	}
	VEC_FREE(&job->requests);
	alloc_free(job);
}

static struct job *take(struct speech *s)
{
	pthread_mutex_lock(&s->mutex);
	while (!s->first && !s->is_stopping)
		pthread_cond_wait(&s->has_work, &s->mutex);
	struct job *job = s->first;
	if (job) {
		s->first = job->next;
		if (!s->first)
			s->last = &s->first;
	}
	pthread_mutex_unlock(&s->mutex);
	return job;
}

static void *work(void *arg)
{
	struct speech *s = arg;
	struct job *job;

	pthread_setname_np(pthread_self(), "speech");
	while ((job = take(s))) {
		struct speech_result result = {0};
		pthread_mutex_lock(&s->mutex);
		bool is_stopping = s->is_stopping;
		pthread_mutex_unlock(&s->mutex);
		if (is_stopping)
			result.error = -ECANCELED;
		else
			run_job(s, job, &result);
		finish(s, job, &result);
	}
	return NULL;
}

/* The cleaned text, its language and its name in the cache; -EINVAL. */
static int prepare(struct speech *s, const char *text, const char *language, struct job *job)
{
	job->language = speech_language_index(language);
	if (job->language < 0 || !text || speech_clean_text(text, job->text) < 0)
		return -EINVAL;
	const char *const parts[] = {RECIPE, s->config.program, s->voices[job->language], SPEED, job->text};
	cache_name(parts, sizeof(parts) / sizeof(*parts), job->name);
	return 0;
}

/* Finds or adds the job called like draft. The mutex is held. */
static struct job *join(struct speech *s, const struct job *draft)
{
	struct job *job = strmap_get(&s->jobs, draft->name);

	if (job)
		return job;
	job = alloc_dup(draft, sizeof(*draft));
	if (!job || strmap_put(&s->jobs, job->name, job) < 0) {
		alloc_free(job);
		return NULL;
	}
	return job;
}

static int submit(struct speech *s, const struct job *draft, struct request request)
{
	int err = 0;

	pthread_mutex_lock(&s->mutex);
	if (s->is_stopping)
		err = -ECANCELED;
	else if (s->n_requests >= SPEECH_WAITING_MAX)
		err = -ENOBUFS;
	struct job *job = err == 0 ? join(s, draft) : NULL;
	if (err == 0 && !job)
		err = -ENOMEM;
	bool is_new = job && job->requests.len == 0;
	if (err == 0)
		err = VEC_PUSH(&job->requests, request);
	if (err == 0) {
		s->n_requests++;
		if (is_new) {
			*s->last = job;
			s->last = &job->next;
			pthread_cond_signal(&s->has_work);
		}
	} else if (is_new) {
		strmap_remove(&s->jobs, job->name);
		alloc_free(job);
	}
	pthread_mutex_unlock(&s->mutex);
	return err;
}

int speech_cached(
	struct speech *s, const char *text, const char *language, char ret_path[static SPEECH_PATH_MAX])
{
	struct job draft = {0};
	int err = prepare(s, text, language, &draft);

	return err < 0 ? err : cache_find(s->config.cache_directory, draft.name, ret_path);
}

int speech_request(struct speech *s, const char *text, const char *language, uint64_t ref)
{
	struct speech_result result = {.ref = ref};
	struct job draft = {0};
	int err = prepare(s, text, language, &draft);

	if (err < 0)
		return err;
	if (cache_find(s->config.cache_directory, draft.name, result.path) == 0) {
		s->on_result(&result, s->arg);
		return 0;
	}
	return submit(s, &draft, (struct request){.ref = ref});
}

int speech_make(
	struct speech *s, const char *text, const char *language, char ret_path[static SPEECH_PATH_MAX])
{
	struct waiter waiter = {0};
	struct job draft = {0};
	int err = prepare(s, text, language, &draft);

	if (err < 0 || cache_find(s->config.cache_directory, draft.name, ret_path) == 0)
		return err;
	err = submit(s, &draft, (struct request){.waiter = &waiter});
	if (err < 0)
		return err;
	pthread_mutex_lock(&s->mutex);
	while (!waiter.is_done)
		pthread_cond_wait(&s->has_result, &s->mutex);
	pthread_mutex_unlock(&s->mutex);
	if (waiter.result.error == 0)
		str_put(ret_path, SPEECH_PATH_MAX, waiter.result.path);
	return waiter.result.error;
}

static void choose_voices(struct speech *s)
{
	static const char *const usual[SPEECH_LANGUAGES] = {"fa", "ar", "cmn", "en"};
	const char *const argv[] = {s->config.program, "--voices=zh", NULL};
	struct program_limits limits = {VOICES_BYTES_MAX, VOICES_TIMEOUT_MS, -1};
	_cleanup_text_ struct text table = {0};

	for (int i = 0; i < SPEECH_LANGUAGES; i++)
		str_put(s->voices[i], SPEECH_VOICE_MAX, usual[i]);
	if (program_run(argv, "", &limits, &table) == 0 && table.data)
		speech_pick_mandarin(table.data, s->voices[speech_language_index("zh")]);
}

static struct speech *speech_new(const struct speech_config *config, speech_handler *on_result, void *arg)
{
	struct speech *s = alloc_zero(sizeof(*s));

	if (!s)
		return NULL;
	s->config = *config;
	if (!s->config.program[0])
		str_put(s->config.program, sizeof(s->config.program), "espeak-ng");
	s->on_result = on_result;
	s->arg = arg;
	s->last = &s->first;
	s->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	pthread_mutex_init(&s->mutex, NULL);
	pthread_mutex_init(&s->trimming, NULL);
	pthread_cond_init(&s->has_work, NULL);
	pthread_cond_init(&s->has_result, NULL);
	return s;
}

int speech_start(
	struct speech **ret_speech, const struct speech_config *config, speech_handler *on_result, void *arg)
{
	if (config->workers < 1 || config->workers > WORKERS_MAX || config->cache_bytes_max < 0)
		return -EINVAL;
	if (sodium_init() < 0)
		return -EIO;
	int err = cache_open(config->cache_directory);
	if (err < 0)
		return err;
	struct speech *s = speech_new(config, on_result, arg);
	if (!s)
		return -ENOMEM;
	if (s->stop_fd < 0)
		err = -EMFILE;
	if (err == 0)
		err = cache_trim(config->cache_directory, config->cache_bytes_max, "-", &s->cache_bytes);
	if (err == 0)
		choose_voices(s);
	while (err == 0 && s->n_workers < config->workers) {
		err = -pthread_create(&s->workers[s->n_workers], NULL, work, s);
		s->n_workers += err == 0;
	}
	if (err < 0) {
		speech_stop(s);
		return err;
	}
	*ret_speech = s;
	return 0;
}

void speech_stop(struct speech *s)
{
	if (!s)
		return;
	pthread_mutex_lock(&s->mutex);
	s->is_stopping = true;
	pthread_cond_broadcast(&s->has_work);
	pthread_mutex_unlock(&s->mutex);
	if (s->stop_fd >= 0)
		eventfd_write(s->stop_fd, 1);
	for (int i = 0; i < s->n_workers; i++)
		pthread_join(s->workers[i], NULL);
	strmap_free(&s->jobs);
	pthread_cond_destroy(&s->has_work);
	pthread_cond_destroy(&s->has_result);
	pthread_mutex_destroy(&s->mutex);
	pthread_mutex_destroy(&s->trimming);
	if (s->stop_fd >= 0)
		close(s->stop_fd);
	alloc_free(s);
}

const char *speech_error_text(int error)
{
	switch (error) {
	case 0:
		return "spoken";
	case -ENOENT:
		return "the speech program is missing: install the package espeak-ng or configure another "
		       "program";
	case -EINVAL:
		return "this text cannot be spoken: it needs letters or digits, at most 1999 bytes, in fa, "
		       "ar, zh or en";
	case -ETIMEDOUT:
		return "the speech program took too long and was ended: shorten the text";
	case -ENOSPC:
		return "the disk of the speech cache is full: make room";
	case -EIO:
		return "the speech program failed: try it by hand with this text and voice";
	case -ECANCELED:
		return "the server was stopping";
	case -ENOBUFS:
		return "too many texts are waiting to be spoken: try again in a moment";
	default:
		return "the speech cache's folder cannot be used: check its path and permissions";
	}
}
