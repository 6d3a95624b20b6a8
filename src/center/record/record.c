/* Recordings: of calls (stereo: customer left, everybody else right) and voicemail (mono). Files lie in
 * recordings/YYYY/MM/DD/<id>.wav, or .wav.mkz when encrypted, below the data folder; the log holds the path
 * below recordings/. A recording that fails never hurts the call. */
#include "base/alloc.h"
#include "base/file_hash.h"
#include "base/id.h"
#include "base/log.h"
#include "base/str.h"
#include "center/record/mailbox.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sodium.h>
#include <sys/stat.h>
#include <time.h>

#define DAY_MS INT64_C(86400000)
#define VOICEMAIL_LIMIT_MS (3 * 60 * 1000)
#define VOICEMAIL_SILENCE_MS 5000

static int make_path(struct center *c, uint64_t id, char *ret_relative, size_t relative_size, char *ret_full,
	size_t full_size)
{
	char day[16], text[ID_TEXT_SIZE], folder[MEDIA_PATH_MAX];
	time_t now = (time_t)(center_wall(c) / 1000);
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(day, sizeof(day), "%Y/%m/%d", &tm);
	if (str_printf(ret_relative, relative_size, "%s/%s.wav%s", day, id_text(id, text),
		    c->snapshot->record.is_encrypted ? ".mkz" : "") < 0 ||
		str_printf(ret_full, full_size, "%s/recordings/%s", c->parts.data_directory, ret_relative) <
			0)
		return -ENAMETOOLONG;
	str_put(folder, sizeof(folder), ret_full);
	/* Three levels at most, made in place: mkdir on an existing folder is the usual, cheap case. */
	for (char *p = folder + 1; *p; p++)
		if (*p == '/') {
			*p = '\0';
			mkdir(folder, 0750);
			*p = '/';
		}
	return 0;
}

/* Under which key, and that a new one is made in time: this one is good until it is there. */
static bool set_key(struct center *c, struct media_command *cmd)
{
	const struct record_settings *r = &c->snapshot->record;
	struct lookup *ask;

	cmd->record.is_digits_masked = r->is_masked;
	cmd->record.disk_reserve_mb = r->disk_reserve_mb;
	if (!r->is_encrypted)
		return true;
	bool is_old = r->key.created_ms < center_wall(c) - r->key_days * DAY_MS;
	if ((is_old || !r->has_key) && !c->is_key_asked && (ask = alloc_zero(sizeof(*ask)))) {
		ask->is_config = c->is_key_asked = true;
		center_loader_ask(c, ask);
	}
	cmd->record.is_encrypted = true;
	cmd->record.key_id = r->key.id;
	memcpy(cmd->record.key, r->key.key, sizeof(cmd->record.key));
	return r->has_key;
}

/* what: of a recording that begins, whose voicemail it will be. */
static bool start(struct interaction *ix, struct media_command *cmd, const struct recording *what)
{
	struct center *c = ix->center;
	char relative[MEDIA_PATH_MAX], work_queue[ID_TEXT_SIZE];
	uint64_t id = id_new();

	if (!set_key(c, cmd)) {
		log_error("center", ix->id, "there is no key for recordings: nothing is recorded");
		return false;
	}
	if (make_path(c, id, relative, sizeof(relative), cmd->record.path, sizeof(cmd->record.path)) < 0) {
		log_error("center", ix->id, "the recordings folder's name is too long: nothing is recorded");
		return false;
	}
	ix->recording = *what;
	ix->recording.id = id;
	ix->recording.is_running = true;
	ix->recording.started_mono = c->now_ms;
	if (map_put(&c->recordings, id, ix) < 0) {
		ix->recording.is_running = false;
		return false;
	}
	ix->n_recordings++;
	cmd->ref = id;
	emit(c, &(struct event){.type = EVENT_RECORDING_STARTED,
			.interaction = ix->id,
			.queue = what->queue,
			.agent = what->owner,
			.ref = id,
			.name = what->deliver_to ? id_text(what->deliver_to, work_queue) : NULL,
			.text = relative,
			.reason = what->is_voicemail ? "voicemail" : "call"});
	call_leg_send_media(ix->customer, cmd);
	sodium_memzero(cmd->record.key, sizeof(cmd->record.key));
	return true;
}

bool record_start(struct interaction *ix)
{
	struct media_command cmd = {.kind = MEDIA_RECORD, .record = {.is_stereo = true}};

	if ((ix->recording.is_running && !ix->recording.is_stopping) || !ix->customer ||
		!start(ix, &cmd, &(struct recording){0}))
		return false;
	record_tell(ix);
	return true;
}

void record_voicemail(struct interaction *ix, const struct flow_action *a)
{
	struct media_command cmd = {.kind = MEDIA_RECORD,
		.record = {.limit_ms = a->limit_ms ? a->limit_ms : VOICEMAIL_LIMIT_MS,
			.silence_limit_ms = a->silence_ms ? a->silence_ms : VOICEMAIL_SILENCE_MS}};
	struct recording what = {
		.is_voicemail = true, .queue = a->queue, .owner = a->user, .deliver_to = a->deliver_to};

	if ((ix->recording.is_running && !ix->recording.is_stopping) || !start(ix, &cmd, &what))
		flow_feed_result(ix, FLOW_RECORD_ENDED, "failed");
}

void record_stop(struct interaction *ix)
{
	if (!ix->recording.is_running || ix->recording.is_stopping || !ix->customer)
		return;
	ix->recording.is_stopping = true;
	record_forget(ix);
	call_leg_send_media(
		ix->customer, &(struct media_command){.kind = MEDIA_RECORD_STOP, .ref = ix->recording.id});
}

static const char *reason_text(int reason)
{
	switch (reason) {
	case 0:
		return "stopped";
	case 1:
		return "limit";
	case 2:
		return "silence";
	default:
		return reason == -ENOSPC || reason == -EDQUOT ? "disk_full" : "failed";
	}
}

void record_on_alarm(struct center *c, const struct media_event *e)
{
	const char *reason = e->reason == -ETIMEDOUT			    ? "disk_slow"
			     : e->reason == -ENOSPC || e->reason == -EDQUOT ? "disk_full"
									    : "disk_error";

	json_decref(c->record_alarm);
	c->record_alarm = NULL;
	if (e->reason < 0) {
		log_error("center", 0, "recordings are being lost: %s", strerror(-e->reason));
		c->record_alarm = json_pack("{s:s,s:I,s:s}", "kind", "recording", "since",
			(json_int_t)center_wall(c), "reason", reason);
	} else {
		log_info("center", 0, "recordings are written again");
	}
	alarms_changed(c, c->alarms);
}

/* The log vouches for the file from now on. */
static void seal(struct center *c, struct interaction *ix, const struct media_event *e)
{
	char hash[FILE_HASH_TEXT_SIZE];

	file_hash_text(e->record.hash, hash);
	struct event sealed = {.type = EVENT_RECORDING_SEALED,
		.interaction = ix->id,
		.ref = e->ref,
		.number = e->record.bytes,
		.duration_ms = e->record.lost_ms,
		.name = "wav",
		.text = hash};
	emit(c, &sealed);
	if (c->parts.on_sealed)
		c->parts.on_sealed(sealed.seq, c->parts.on_sealed_arg);
}

static void voicemail_over(struct interaction *ix, const struct media_event *e)
{
	bool is_short = e->record.duration_ms < VOICEMAIL_SHORT_MS;

	if (!ix->is_ending)
		flow_feed_result(ix, FLOW_RECORD_ENDED,
			e->reason < 0 ? "failed"
			: is_short    ? "too_short"
				      : "recorded");
}

/* Each recording ends once here, also when the call or a later recording of it went on or ended before. */
void record_on_media(struct center *c, const struct media_event *e)
{
	struct interaction *ix = e->kind == MEDIA_RECORD_ENDED ? map_remove(&c->recordings, e->ref) : NULL;

	if (!ix)
		return;
	ix->n_recordings--;
	if (ix->mailbox) { /* a greeting is no recording of a call */
		mailbox_call_recorded(ix, e);
		call_forget_if_over(ix);
		return;
	}
	if (e->reason < 0)
		log_error("center", ix->id, "recording stopped: %s", reason_text(e->reason));
	if (e->ref == ix->recording.id && ix->recording.is_voicemail &&
		e->record.duration_ms >= VOICEMAIL_SHORT_MS)
		voicemail_left(ix, e->ref, e->record.duration_ms);
	emit(c, &(struct event){.type = EVENT_RECORDING_ENDED,
			.interaction = ix->id,
			.ref = e->ref,
			.duration_ms = e->record.duration_ms,
			.number = e->record.bytes,
			.reason = reason_text(e->reason)});
	if (e->record.bytes > 0)
		seal(c, ix, e);
	if (e->ref == ix->recording.id) {
		ix->recording.is_running = false;
		record_forget(ix);
		if (ix->recording.is_voicemail)
			voicemail_over(ix, e);
		else if (ix->stage == STAGE_TALKING && ix->segment.is_answered)
			call_push(ix); /* the screen's sign that it is recorded goes out */
	}
	call_forget_if_over(ix);
}
