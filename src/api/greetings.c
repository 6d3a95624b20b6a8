/* The greeting of one's own voicemail as a file: what people recorded in the browser, or have. By telephone
 * it is recorded with a code (center/record/mailbox_phone.c); both write greetings/<user>.wav, and the last
 * one counts.
 *
 * Invariant: what lies there is a WAV that callers can be played, at most GREETING_MAX_MS long. */
#include "api/handlers.h"
#include "api/keep_file.h"
#include "api/problem.h"
#include "api/server.h"
#include "base/id.h"
#include "base/log.h"
#include "base/str.h"
#include "media/record/wav.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define GREETING_MIN_MS 500
#define GREETING_MAX_MS 60000 /* as by telephone */

static void greeting_path(const struct exchange *x, char ret_path[static KEEP_PATH_MAX])
{
	char text[ID_TEXT_SIZE];

	(void)str_printf(ret_path, KEEP_PATH_MAX, "%s/greetings/%s.wav", x->api->config.data_directory,
		id_text(x->who.user, text));
}

static void note(struct exchange *x, const char *action, int64_t duration_ms)
{
	struct store_actor actor = actor_of(x);
	_cleanup_json_ json_t *details = json_pack("{s:I}", "duration_ms", (json_int_t)duration_ms);
	int err = store_note_audit(x->api->parts.store, &actor, action, "user", x->who.user, details);

	if (err < 0)
		log_warn("api", 0, "an entry of the audit log could not be written: %s", strerror(-err));
}

void greeting_get(struct exchange *x)
{
	char path[KEEP_PATH_MAX], etag[64];
	struct stat st;

	greeting_path(x, path);
	if (stat(path, &st) < 0) {
		problem(x, PROBLEM_NOT_FOUND,
			"You have no greeting of your own yet: callers hear the usual one.");
		return;
	}
	(void)str_printf(etag, sizeof(etag), "%llx-%llx",
		(unsigned long long)st.st_mtim.tv_sec * 1000000000ull +
			(unsigned long long)st.st_mtim.tv_nsec,
		(unsigned long long)st.st_size);
	reply_header(x, "Cache-Control", "private, no-cache");
	int err = reply_file(x, path, "audio/wav", etag);
	if (err < 0)
		problem_store(x, err, NULL);
}

void greeting_put(struct exchange *x)
{
	const struct request *rq = &x->request;
	char path[KEEP_PATH_MAX];
	struct wav wav;
	int err = rq->body ? wav_parse(rq->body, rq->body_len, rq->body_len, &wav) : -EINVAL;

	if (err < 0 || wav.data_bytes == 0) {
		problem(x, PROBLEM_INVALID,
			err == -ENOTSUP ? "Send 16-bit PCM, A-law or mu-law, mono or stereo, 8 to 48 kHz."
					: "This is no WAV file with sound in it. Save the recording as WAV "
					  "and send it again.");
		return;
	}
	int64_t duration_ms = (int64_t)(wav.data_bytes / wav.frame_bytes) * 1000 / wav.rate_hz;
	if (wav.channels > 2 || duration_ms < GREETING_MIN_MS || duration_ms > GREETING_MAX_MS) {
		problem(x, PROBLEM_INVALID,
			wav.channels > 2 ? "Send mono or stereo."
					 : "A greeting is between half a second and a minute long.");
		return;
	}
	greeting_path(x, path);
	err = keep_file(path, rq->body, rq->body_len);
	if (err < 0) {
		problem_store(x, err, NULL);
		return;
	}
	note(x, "greeting_changed", duration_ms);
	reply_empty(x, 204);
}

void greeting_delete(struct exchange *x)
{
	char path[KEEP_PATH_MAX];

	greeting_path(x, path);
	if (unlink(path) == 0)
		note(x, "greeting_removed", 0);
	else if (errno != ENOENT) { /* gone already is as good */
		problem_store(x, -errno, NULL);
		return;
	}
	reply_empty(x, 204);
}
