/* Prompts' sound: uploaded recordings (kept as they came, once their header was understood) and spoken texts.
 *
 * Invariant: data/prompts/<id>.wav is whole: it is written beside, synced and renamed. */
#include "api/config_changed.h"
#include "api/handlers.h"
#include "api/keep_file.h"
#include "api/problem.h"
#include "api/server.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/id.h"
#include "media/record/wav.h"
#include "speech/speech.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define PROMPT_PATH_MAX KEEP_PATH_MAX
#define SPOKEN_BYTES_MAX 4000
#define AUDIO_TYPE "audio/wav"

static const char *const languages[] = {"fa", "ar", "zh", "en", NULL};

static void prompt_path(const struct api *a, uint64_t id, char ret_path[static PROMPT_PATH_MAX])
{
	char text[ID_TEXT_SIZE];

	str_printf(
		ret_path, PROMPT_PATH_MAX, "%s/prompts/%s.wav", a->config.data_directory, id_text(id, text));
}

/* The prompt's row, or NULL (answered). */
static json_t *prompt_row(struct exchange *x, uint64_t id)
{
	json_t *row = NULL;
	int result = store_get(x->reader, resource_by_name("prompt"), x->who.tenant, id, false, &row);

	if (result != 0)
		problem_store(x, result, NULL);
	return result == 0 ? row : NULL;
}

void prompt_audio_put(struct exchange *x)
{
	const struct request *rq = &x->request;
	struct store_actor actor = actor_of(x);
	struct issues issues = {0};
	char path[PROMPT_PATH_MAX];
	struct wav wav;
	uint64_t id;

	if (!parameter_id(x, 0, &id))
		return;
	_cleanup_json_ json_t *row = prompt_row(x, id), *patch = NULL, *changed = NULL;
	if (!row)
		return;
	int err = rq->body ? wav_parse(rq->body, rq->body_len, rq->body_len, &wav) : -EINVAL;
	if (err < 0 || wav.data_bytes == 0) {
		problem(x, PROBLEM_INVALID,
			err == -ENOTSUP ? "Send 16-bit PCM, A-law or mu-law, mono or stereo, 8 to 48 kHz."
					: "This is no WAV file with sound in it. Save the recording as WAV "
					  "and send it again.");
		return;
	}
	int64_t duration_ms = (int64_t)(wav.data_bytes / wav.frame_bytes) * 1000 / wav.rate_hz;
	prompt_path(x->api, id, path);
	err = keep_file(path, rq->body, rq->body_len);
	patch = json_pack("{s:s, s:I}", "kind",
		str_equal(jsonx_text(row, "kind", ""), "music") ? "music" : "file", "audio_ms",
		(json_int_t)duration_ms);
	if (err == 0)
		err = patch ? store_update(x->api->parts.store, resource_by_name("prompt"), id, 0, patch,
				      &actor, &changed, &issues)
			    : -ENOMEM;
	if (err != 0) {
		problem_store(x, err, &issues);
		return;
	}
	config_changed(x, resource_by_name("prompt"), id);
	reply_empty(x, 204);
}

static bool is_language(const char *s)
{
	for (int i = 0; languages[i]; i++)
		if (str_equal(languages[i], s))
			return true;
	return false;
}

static int reply_sound(struct exchange *x, const char *path)
{
	char etag[64];
	struct stat st;

	if (stat(path, &st) < 0)
		return -errno;
	str_printf(etag, sizeof(etag), "%llx-%llx",
		(unsigned long long)st.st_mtim.tv_sec * 1000000000ull +
			(unsigned long long)st.st_mtim.tv_nsec,
		(unsigned long long)st.st_size);
	reply_header(x, "Cache-Control", "private, no-cache");
	return reply_file(x, path, AUDIO_TYPE, etag);
}

/* Answers with text, spoken. */
static void speak(struct exchange *x, const char *text, const char *language)
{
	char path[SPEECH_PATH_MAX];
	int err = x->api->parts.speech ? speech_make(x->api->parts.speech, text, language, path) : -ENOENT;

	if (err == 0)
		err = reply_sound(x, path);
	if (err == -EINVAL)
		problem(x, PROBLEM_INVALID, "This text cannot be spoken in the language \"%s\".", language);
	else if (err == -ENOENT)
		problem(x, PROBLEM_UNAVAILABLE,
			"No speech program is installed: install espeak-ng, or upload a recording.");
	else if (err < 0)
		problem_store(x, err, NULL);
}

void prompt_audio_get(struct exchange *x)
{
	const char *language = query_get(&x->request.query, "language");
	char path[PROMPT_PATH_MAX];
	uint64_t id;

	if (!parameter_id(x, 0, &id))
		return;
	_cleanup_json_ json_t *row = prompt_row(x, id);
	if (!row)
		return;
	if (!str_is_blank(language) && !is_language(language)) {
		problem(x, PROBLEM_INVALID, "language must be fa, ar, zh or en.");
		return;
	}
	prompt_path(x->api, id, path);
	if (!str_equal(jsonx_text(row, "kind", ""), "speech") && reply_sound(x, path) == 0)
		return;
	const json_t *texts = json_object_get(row, "texts");
	for (int i = 0; str_is_blank(language) && languages[i]; i++)
		language = jsonx_text(texts, languages[i], NULL) ? languages[i] : NULL;
	const char *text = str_is_blank(language) ? NULL : jsonx_text(texts, language, NULL);
	if (str_is_blank(text))
		problem(x, PROBLEM_NOT_FOUND,
			"This prompt has no recording and no text in that language yet.");
	else
		speak(x, text, language);
}

void prompt_preview_post(struct exchange *x)
{
	_cleanup_json_ json_t *body = body_object(x);

	if (!body)
		return;
	const char *text = jsonx_text(body, "text", NULL), *language = jsonx_text(body, "language", NULL);
	if (str_is_blank(text) || strlen(text) > SPOKEN_BYTES_MAX || !is_language(language))
		problem(x, PROBLEM_INVALID,
			"Send \"text\" (at most %d bytes) and \"language\" (fa, ar, zh or en).",
			SPOKEN_BYTES_MAX);
	else
		speak(x, text, language);
}
