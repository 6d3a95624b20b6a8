/* Text to speech, cached. Speaks through a program (espeak-ng by default) in worker threads of its own; the
 * result is a WAV file (16 kHz mono s16) in the cache folder, named by a hash of engine, voice, speed and
 * text. The text reaches the program on standard input, never on a command line. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#define SPEECH_PATH_MAX 256
#define SPEECH_TEXT_MAX 2000	/* bytes of one text */
#define SPEECH_WAITING_MAX 1000 /* requests not yet answered */
struct speech;

struct speech_config {
	char cache_directory[SPEECH_PATH_MAX];
	char program[SPEECH_PATH_MAX]; /* "" = espeak-ng */
	int workers;		       /* 1..8 */
	int64_t cache_bytes_max;       /* least recently used files go first */
};
struct speech_result {
	uint64_t ref;
	/* 0, -ENOENT program missing, -EINVAL text or language not speakable, -ETIMEDOUT, -ENOSPC, -EIO the
	 * program failed (it does not know the voice, for example), -ECANCELED speech_stop came first,
	 * -ENOMEM, -errno of the cache folder */
	int error;
	char path[SPEECH_PATH_MAX];
};
/* Called on a worker thread, or on the caller's when cached: only post to a mailbox. */
typedef void speech_handler(const struct speech_result *result, void *arg);

/* Starts the workers and makes the cache folder. A missing program is no error here: each request then says
 * -ENOENT. 0, -EINVAL (workers), -ENAMETOOLONG, -ENOMEM, -errno (the folder cannot be made). */
int speech_start(
	struct speech **ret_speech, const struct speech_config *config, speech_handler *on_result, void *arg);
/* The file for text in language ("fa","ar","zh","en"), when already cached: 0 and ret_path; -ENOENT
 * otherwise. Any thread. */
int speech_cached(
	struct speech *s, const char *text, const char *language, char ret_path[static SPEECH_PATH_MAX]);
/* Asks for it; exactly one result follows. 0, -ENOBUFS when too much is waiting, -EINVAL. Any thread. */
int speech_request(struct speech *s, const char *text, const char *language, uint64_t ref);
/* Synchronous, for prompts at save time and for tests: waits for a worker (not to be called from a handler).
 * Errors as in speech_result, or -ENOBUFS. */
int speech_make(
	struct speech *s, const char *text, const char *language, char ret_path[static SPEECH_PATH_MAX]);
/* Ends what runs (the programs are killed); everything still waiting gets -ECANCELED before this returns.
 * NULL is fine. */
void speech_stop(struct speech *s);
/* What is wrong, for people: a sentence for each error of speech_result. Static text. */
const char *speech_error_text(int error);
