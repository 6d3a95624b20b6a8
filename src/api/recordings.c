/* Recordings: what is known of one, and its sound with Range, as WAV or Opus, deciphered as it goes out.
 * Must not know: who made the file. */
#include "api/recordings.h"
#include "api/asked.h"
#include "api/handlers.h"
#include "api/history.h"
#include "api/problem.h"
#include "api/reach.h"
#include "api/server.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/file_hash.h"
#include "base/id.h"
#include "base/log.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>

#define CHECK_MS 2000 /* a longer look at a file is the doctor's */

bool recording_file(const struct exchange *x, const json_t *row, char ret_path[static RECORDING_PATH_MAX])
{
	const char *path = jsonx_text(row, "path", "");

	/* The log is ours, but a path that leaves the folder is never opened. */
	return path[0] && path[0] != '/' && !strstr(path, "..") &&
	       str_printf(ret_path, RECORDING_PATH_MAX, "%s/recordings/%s", x->api->config.data_directory,
		       path) == 0;
}

int recording_key(void *arg, uint32_t id, uint8_t *ret_key)
{
	struct store_recording_key key;
	int err = store_recording_key(arg, id, &key);

	if (err == 0)
		memcpy(ret_key, key.key, VAULT_KEY_BYTES);
	sodium_memzero(&key, sizeof(key));
	return err;
}

int recording_play(struct exchange *x, const char *path, struct playback **ret_playback)
{
	return playback_open(ret_playback, path, recording_key, x->reader);
}

/* A recording of a call of theirs, or what was left for one of their people. */
static bool is_of_teams(struct exchange *x, const json_t *row)
{
	_cleanup_json_ json_t *contact = NULL;

	if (str_equal(jsonx_text(row, "kind", ""), "voicemail"))
		return jsonx_id(row, "owner") != x->who.user && reach_has_agent(x, jsonx_id(row, "owner"));
	if (reach_has_agent(x, jsonx_id(row, "agent")))
		return jsonx_id(row, "agent") != x->who.user; /* of oneself: as the house allows it */
	return !jsonx_id(row, "agent") &&
	       store_interaction(x->reader, x->who.tenant, jsonx_id(row, "interaction"), &contact) == 0 &&
	       reach_has_contact(x, contact);
}

/* People hear what was left for them, what was left for the queues they serve or lies before them, and, where
 * the house allows it, themselves. What its owner removed is there for supervisors alone. */
static bool may_hear(struct exchange *x, const json_t *row)
{
	_cleanup_json_ json_t *settings = NULL;
	uint64_t owner = jsonx_id(row, "owner");

	if (x->who.permissions & MAY_LISTEN)
		return true;
	if (reach_is_limited(x) && is_of_teams(x, row))
		return true;
	if (str_equal(jsonx_text(row, "kind", ""), "voicemail")) {
		uint64_t queue = jsonx_id(row, "work_queue");
		return json_is_null(json_object_get(row, "removed_at")) &&
		       voicemail_may_hear(
			       x, jsonx_id(row, "id"), owner, queue ? queue : jsonx_id(row, "queue"));
	}
	if (!(x->who.permissions & MAY_HANDLE))
		return false;
	return jsonx_id(row, "agent") == x->who.user &&
	       store_list(x->reader, resource_by_name("setting"), x->who.tenant, 0, 1, NULL, false,
		       &settings) == 0 &&
	       jsonx_bool(json_array_get(settings, 0), "agents_hear_own", false);
}

/* The row of recording {id}, if this person may hear it; what they may not looks like what does not exist.
 * NULL: answered. */
static json_t *recording_row(struct exchange *x, uint64_t *ret_id)
{
	json_t *row = NULL;

	if (!parameter_id(x, 0, ret_id))
		return NULL;
	int result = store_recording(x->reader, x->who.tenant, *ret_id, &row);
	if (result == 0 && !may_hear(x, row)) {
		json_decref(row);
		result = STORE_NOT_FOUND;
	}
	if (result == 0)
		return row;
	problem_store(x, result, NULL);
	return NULL;
}

bool recording_path(struct exchange *x, char ret_path[static RECORDING_PATH_MAX], uint64_t *ret_id)
{
	_cleanup_json_ json_t *row = recording_row(x, ret_id);

	if (!row)
		return false;
	if (recording_file(x, row, ret_path))
		return true;
	problem(x, PROBLEM_NOT_FOUND,
		json_is_integer(json_object_get(row, "deleted_at"))
			? "This recording was deleted: see deleted_at and deleted_by."
			: "This recording has no file.");
	return false;
}

void recording_problem(struct exchange *x, int err)
{
	if (err == -ENOMEM)
		problem_store(x, err, NULL);
	else if (err == -ENOKEY)
		problem(x, PROBLEM_NOT_FOUND,
			"The key of this recording was erased: nobody can hear it any more.");
	else if (err == -EBADMSG)
		problem(x, PROBLEM_UNAVAILABLE,
			"The key of this recording does not open: put the secret.key of this data directory "
			"back.");
	else
		problem(x, PROBLEM_NOT_FOUND, "The recording's file is not there (any more), or is damaged.");
}

/* --- integrity
 * ----------------------------------------------------------------------------------------------------------
 */

/* "whole", "broken": not what the log vouches for; "unknown": nothing is vouched for yet, or no time. */
static const char *integrity(const struct exchange *x, const json_t *row, int64_t deadline_ms)
{
	const char *sealed = jsonx_text(row, "hash", NULL);
	char path[RECORDING_PATH_MAX], text[FILE_HASH_TEXT_SIZE];
	uint8_t hash[FILE_HASH_BYTES];

	if (!sealed || !recording_file(x, row, path))
		return "unknown";
	int err = file_hash_read(path, deadline_ms, hash);
	if (err == -ENOENT)
		return "broken";
	if (err < 0)
		return "unknown";
	file_hash_text(hash, text);
	return str_equal(text, sealed) ? "whole" : "broken";
}

void recordings_complete(const struct exchange *x, json_t *rows)
{
	static const char *const sides[] = {"customer", "agent"};
	int64_t deadline_ms = clock_mono_ms() + CHECK_MS;
	size_t i;
	json_t *row;

	json_array_foreach(rows, i, row)
	{
		bool is_call = str_equal(jsonx_text(row, "kind", ""), "call");
		json_t *channels = json_array();
		for (int k = 0; k < (is_call ? 2 : 1); k++)
			json_array_append_new(channels, json_string(sides[k]));
		json_object_set_new(row, "channels", channels);
		json_object_set_new(row, "integrity", json_string(integrity(x, row, deadline_ms)));
	}
}

void recording_get(struct exchange *x)
{
	uint64_t id;
	_cleanup_json_ json_t *row = recording_row(x, &id), *rows = json_array();

	if (!row || !rows || json_array_append(rows, row) < 0)
		return;
	recordings_complete(x, rows);
	reply_json(x, 200, json_incref(row));
}

/* --- sound
 * ----------------------------------------------------------------------------------------------------------
 */

/* Who listened to it, once for a playing: a player asks for the rest of a file in many pieces. */
static void note_listening(struct exchange *x, uint64_t id)
{
	const char *range = x->request.range;
	struct store_actor actor = actor_of(x);

	if (*range && !str_starts_with(range, "bytes=0-"))
		return;
	int err = store_note_audit(x->api->parts.store, &actor, "listened", "recording", id, NULL);
	if (err < 0)
		log_warn("api", 0, "an entry of the audit log could not be written: %s", strerror(-err));
}

struct sound {
	struct playback *playback;
	bool is_wav; /* else as it lies, deciphered */
	int channel; /* -1: all */
};

static ssize_t sound_read(void *arg, int64_t offset, void *buffer, size_t n)
{
	struct sound *s = arg;

	return s->is_wav ? playback_wav(s->playback, s->channel, offset, buffer, n)
			 : playback_bytes(s->playback, offset, buffer, n);
}

static void sound_free(void *arg)
{
	struct sound *s = arg;

	playback_free(s->playback);
	alloc_free(s);
}

/* ?format=wav|opus&channel=0; WAV unless Opus is asked for, so that what a program got yesterday it gets
 * tomorrow, however recordings are kept by then. False: answered. */
static bool read_wishes(struct exchange *x, const struct playback_info *info, struct sound *s)
{
	const char *format = query_get(&x->request.query, "format");
	int64_t channel;

	if (!argument_int(x, "channel", 0, info->channels - 1, -1, &channel))
		return false;
	s->channel = (int)channel;
	s->is_wav = str_is_blank(format) || str_equal(format, "wav");
	if (!s->is_wav && !str_equal(format, "opus")) {
		problem(x, PROBLEM_INVALID, "format must be wav or opus.");
		return false;
	}
	if (!s->is_wav && channel >= 0) {
		problem(x, PROBLEM_INVALID, "One channel is given as WAV alone: ask for format=wav.");
		return false;
	}
	return true;
}

/* As Opus, though it is kept as WAV: made for this answer, whole, and forgotten after it. Another piece would
 * cost the same again: nobody is told that pieces can be had. False: answered. */
static bool send_made(struct exchange *x, const char *path, struct sound *s)
{
	struct playback *wav = s->playback;
	struct playback_info info;

	playback_look(wav, &info);
	s->playback = NULL;
	bool is_made = recording_opus(x, path, &info, &s->playback);
	playback_free(wav);
	if (!is_made)
		return false;
	playback_look(s->playback, &info);
	reply_header(x, "Cache-Control", "private, no-cache");
	struct body_source source = {.read = sound_read, .free = sound_free, .arg = s};
	reply_whole(x, &source, info.bytes, "audio/ogg; codecs=opus");
	return true;
}

static void send_kept(struct exchange *x, struct sound *s, const struct playback_info *info, uint64_t id)
{
	char etag[96];
	bool is_wav = s->is_wav;

	s->is_wav = is_wav && (info->is_opus || s->channel >= 0);
	int64_t total = s->is_wav ? playback_wav_size(s->playback, s->channel) : info->bytes;
	/* As WAV it is of the same length before and after it was compressed: whoever listens goes on. */
	str_printf(etag, sizeof(etag), "%llx-%llx-%d%d", (unsigned long long)id, (unsigned long long)total,
		is_wav, s->channel + 1);
	reply_header(x, "Cache-Control", "private, no-cache");
	struct body_source source = {.read = sound_read, .free = sound_free, .arg = s};
	reply_source(x, &source, total, is_wav ? "audio/wav" : "audio/ogg; codecs=opus", etag);
}

static void send_sound(struct exchange *x, const char *path, struct sound *s, uint64_t id)
{
	struct playback_info info;

	playback_look(s->playback, &info);
	if (!read_wishes(x, &info, s))
		sound_free(s);
	else if (s->is_wav || info.is_opus)
		send_kept(x, s, &info, id);
	else if (!send_made(x, path, s))
		sound_free(s);
}

void recording_audio_get(struct exchange *x)
{
	char path[RECORDING_PATH_MAX];
	uint64_t id;

	if (!recording_path(x, path, &id))
		return;
	struct sound *s = alloc_zero(sizeof(*s));
	int err = s ? recording_play(x, path, &s->playback) : -ENOMEM;
	if (err < 0) {
		alloc_free(s);
		recording_problem(x, err);
		return;
	}
	send_sound(x, path, s, id);
	if (x->response.status < 300)
		note_listening(x, id);
}

/* --- deletion and legal hold
 * ----------------------------------------------------------------------------------------------------------
 */

void recording_delete(struct exchange *x)
{
	struct store_actor actor = actor_of(x);
	struct issues issues = {0};
	uint64_t id;

	if (!parameter_id(x, 0, &id))
		return;
	int result = store_recording_delete(x->api->parts.store, id, &actor, &issues);
	if (result == STORE_CONFLICT)
		problem(x, PROBLEM_HELD, "%s.",
			issues.n ? issues.at[0].message : "A legal hold keeps this recording");
	else if (result != 0)
		problem_store(x, result, &issues);
	else
		reply_empty(x, 204);
}

typedef int keep(struct store *s, uint64_t id, bool is_kept, const struct store_actor *actor);

static void hold_put(struct exchange *x, keep *do_keep)
{
	_cleanup_json_ json_t *body = body_object(x);
	struct store_actor actor = actor_of(x);
	json_t *is_kept = json_object_get(body, "is_kept");
	uint64_t id;

	if (!body || !parameter_id(x, 0, &id))
		return;
	if (!json_is_boolean(is_kept)) {
		problem(x, PROBLEM_INVALID, "is_kept must be true or false.");
		return;
	}
	int result = do_keep(x->api->parts.store, id, json_is_true(is_kept), &actor);
	if (result != 0)
		problem_store(x, result, NULL);
	else
		reply_empty(x, 204);
}

void recording_hold_put(struct exchange *x)
{
	hold_put(x, store_recording_keep);
}

void interaction_keep_put(struct exchange *x)
{
	hold_put(x, store_interaction_keep);
}

/* --- wishes
 * ----------------------------------------------------------------------------------------------------------
 */

void recording_act_post(struct exchange *x)
{
	_cleanup_json_ json_t *body = body_object(x);
	json_t *answer = NULL;
	uint64_t id;

	if (!body || !parameter_id(x, 0, &id) || !reach_lets_change(x, id, "recording"))
		return;
	struct asked *a = asked_new();
	int err = -ENOMEM;
	if (a)
		err = asked_wait(a,
			center_record(
				x->api->parts.center, id, jsonx_text(body, "act", ""), asked_on_json, a),
			&answer);
	if (err < 0) {
		problem_store(x, err, NULL);
		return;
	}
	const char *code = jsonx_text(answer, "code", NULL);
	if (!code)
		reply_json(x, 200, answer);
	else if (str_equal(code, "not_found"))
		problem(x, PROBLEM_NOT_FOUND, "There is no such call under way.");
	else if (str_equal(code, "invalid_act"))
		problem(x, PROBLEM_INVALID, "act must be start, stop, pause or resume.");
	else
		problem(x, PROBLEM_CONFLICT, "The call is not recorded, or cannot be now.");
	if (code)
		json_decref(answer);
}
