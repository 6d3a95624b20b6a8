/* Hearing one's messages, and recording one's greeting, by telephone.
 *
 * The caller hears how many there are, then one after the other, the new ones first: who left it, when, and
 * the message; then which keys there are. Keys work at any time: 1 again, 2 next, 3 remove, 4 the one before,
 * 9 the greeting, # the end. For a greeting: # ends the recording; then 1 hears it, 2 keeps it, 3 records it
 * anew.
 *
 * Invariants: at most one question to the loader is under way (is_asking); the sound of a message lies in
 * memory (fd) while it is the one being heard; a greeting counts only once it was kept. */
#include "base/id.h"
#include "base/log.h"
#include "base/str.h"
#include "center/dial/dial.h"
#include "center/record/mailbox.h"
#include "flow/phrase.h"
#include "flow/phrase_mail.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define SILENCE_MAX 3	/* times the keys are said and nothing follows */
#define SILENCE_MS 8000 /* after what was said */
#define GREETING_MAX_MS (60 * 1000)
#define TEXT_SIZE 512

enum mail_stage {
	MAIL_STAGE_COUNTS,    /* how many there are is said */
	MAIL_STAGE_MESSAGE,   /* the one at `at`, and the keys */
	MAIL_STAGE_NOTICE,    /* a sentence; the message at `at` follows, or the keys */
	MAIL_STAGE_KEYS,      /* nothing more to hear: keys */
	MAIL_STAGE_ASK,	      /* the greeting will be recorded */
	MAIL_STAGE_RECORDING, /* the greeting is being recorded */
	MAIL_STAGE_KEEP,      /* kept or not */
};
struct mailbox_call {
	enum mail_stage stage;
	uint64_t account;
	json_t *rows; /* messages, the new ones first */
	int at, n, silences;
	int fd;		   /* the sound being heard; -1: none */
	uint64_t greeting; /* recording it under this number; 0: not */
	bool is_asking, is_recording;
};

/* --- what is heard
 * ----------------------------------------------------------------------------------------------------------
 */

static void say(struct interaction *ix, const char *text)
{
	play_parts(ix, &(struct play_part){.text = text}, 1);
}

static const char *phrase(const struct interaction *ix, const char *key)
{
	return phrase_mail_text(ix->language, key);
}

static void quiet(struct timer *t, int64_t now_ms)
{
	struct interaction *ix = (struct interaction *)((char *)t - offsetof(struct interaction, flow_timer));
	struct mailbox_call *m = ix->mailbox;

	(void)now_ms;
	if (++m->silences >= SILENCE_MAX) {
		call_end(ix, "feature_done", 0);
		return;
	}
	say(ix, phrase(ix, m->stage == MAIL_STAGE_KEEP ? "greeting_keys" : "keys"));
}

static void await_key(struct interaction *ix)
{
	struct center *c = ix->center;

	if (timer_set(&c->timers, &ix->flow_timer, c->now_ms + SILENCE_MS, quiet) < 0)
		call_end(ix, "no_memory", 0);
}

static void drop_sound(struct mailbox_call *m)
{
	if (m->fd >= 0)
		close(m->fd);
	m->fd = -1;
}

static const json_t *row_at(const struct mailbox_call *m)
{
	return m->at < m->n ? json_array_get(m->rows, (size_t)m->at) : NULL;
}

static void ask_loader(struct interaction *ix, struct lookup *ask)
{
	struct mailbox_call *m = ix->mailbox;

	if (!ask) {
		call_end(ix, "no_memory", 0);
		return;
	}
	ask->interaction = ix->id;
	ask->mail.fd = -1;
	m->is_asking = true;
	center_loader_ask(ix->center, ask);
}

/* The message at `at`: its sound is fetched, then it is played. */
static void begin_message(struct interaction *ix)
{
	struct mailbox_call *m = ix->mailbox;
	const json_t *row = row_at(m);
	struct lookup *ask;

	m->silences = 0;
	drop_sound(m);
	if (!row) {
		m->stage = MAIL_STAGE_KEYS;
		say(ix, phrase(ix, m->n ? "no_more" : "none"));
		return;
	}
	m->stage = MAIL_STAGE_MESSAGE;
	if (m->is_asking)
		return; /* what comes is for another one, and asks again */
	ask = alloc_zero(sizeof(*ask));
	if (ask) {
		ask->mail.kind = MAIL_SOUND;
		(void)str_put(ask->mail.path, sizeof(ask->mail.path), jsonx_text(row, "path", ""));
	}
	ask_loader(ix, ask);
}

static void introduce(const struct interaction *ix, const json_t *row, int number, char ret[static TEXT_SIZE])
{
	const struct snapshot *s = ix->center->snapshot;
	int64_t left = jsonx_int(row, "left_at", 0), today = snapshot_day_start(s, center_wall(ix->center)),
		day = snapshot_day_start(s, left), minute = (left - day) / 60000;
	struct phrase_mail what = {.number = number,
		.from = jsonx_text(row, "from", ""),
		.days_ago = (int)((today - day + 12 * 3600000) / 86400000),
		.hour = (int)(minute / 60 % 24),
		.minute = (int)(minute % 60)};

	if (phrase_mail_introduction(ix->language, &what, ret, TEXT_SIZE) < 0)
		ret[0] = '\0';
}

static void play_message(struct interaction *ix, int fd)
{
	struct mailbox_call *m = ix->mailbox;
	const json_t *row = row_at(m);
	char path[64], text[TEXT_SIZE];

	m->fd = fd;
	introduce(ix, row, m->at + 1, text);
	(void)str_printf(path, sizeof(path), "/proc/self/fd/%d", fd);
	struct play_part parts[] = {
		{.text = text}, {.path = path}, {.path = "silence:500"}, {.text = phrase(ix, "keys")}};
	play_parts(ix, parts, 4);
	if (json_is_null(json_object_get(row, "heard_at"))) {
		mail_mark(ix->center, jsonx_id(row, "id"), jsonx_id(row, "interaction"),
			jsonx_id(row, "owner"), "heard", ix->dial ? ix->dial->user : 0);
		json_object_set_new((json_t *)(uintptr_t)row, "heard_at",
			json_integer((json_int_t)center_wall(ix->center)));
	}
}

/* --- what is found
 * ----------------------------------------------------------------------------------------------------------
 */

/* New ones first, each kind the oldest first: the list comes newest first. */
static json_t *in_order(const json_t *rows)
{
	json_t *ordered = json_array();

	for (int want = 0; want < 2; want++)
		for (size_t i = json_array_size(rows); i-- > 0;) {
			json_t *row = json_array_get(rows, i);
			if ((int)!json_is_null(json_object_get(row, "heard_at")) == want)
				json_array_append(ordered, row);
		}
	return ordered;
}

static void list_found(struct interaction *ix, const struct lookup *found)
{
	struct mailbox_call *m = ix->mailbox;
	char text[TEXT_SIZE];
	int unheard = 0;
	size_t i;
	json_t *row;

	json_decref(m->rows);
	m->rows = in_order(found->mail.rows);
	m->n = (int)json_array_size(m->rows);
	m->at = 0;
	json_array_foreach(m->rows, i, row) unheard += json_is_null(json_object_get(row, "heard_at"));
	m->stage = MAIL_STAGE_COUNTS;
	if (found->mail.err < 0)
		(void)str_put(text, sizeof(text), phrase_text(ix->language, "sorry_error"));
	else if (phrase_mail_counts(ix->language, unheard, m->n - unheard, text, sizeof(text)) < 0)
		text[0] = '\0';
	say(ix, text);
}

void mailbox_call_found(struct interaction *ix, struct lookup *found)
{
	struct mailbox_call *m = ix->mailbox;
	const json_t *row = row_at(m);

	m->is_asking = false;
	if (found->mail.kind == MAIL_LIST) {
		list_found(ix, found);
		return;
	}
	if (m->stage != MAIL_STAGE_MESSAGE)
		return;
	if (!row || !str_equal(jsonx_text(row, "path", ""), found->mail.path)) {
		begin_message(ix); /* a key led on meanwhile */
		return;
	}
	if (found->mail.err < 0) {
		m->at++;
		m->stage = MAIL_STAGE_NOTICE;
		say(ix, phrase_text(ix->language, "sorry_error"));
		return;
	}
	play_message(ix, found->mail.fd);
	found->mail.fd = -1; /* the call's now */
}

/* --- greeting
 * ----------------------------------------------------------------------------------------------------------
 */

static bool greeting_path(
	const struct center *c, uint64_t owner, const char *end, char ret[static MEDIA_PATH_MAX])
{
	char text[ID_TEXT_SIZE];

	return str_printf(ret, MEDIA_PATH_MAX, "%s/greetings/%s.wav%s", c->parts.data_directory,
		       id_text(owner, text), end) == 0;
}

bool mailbox_greeting(const struct center *c, uint64_t owner, char ret_path[static MEDIA_PATH_MAX])
{
	struct stat st;

	return owner && greeting_path(c, owner, "", ret_path) && stat(ret_path, &st) == 0;
}

static void tidy_greeting(struct center *c, const char *name, bool is_start)
{
	char text[ID_TEXT_SIZE], path[MEDIA_PATH_MAX];
	uint64_t owner;

	(void)str_put(text, sizeof(text), name);
	const char *end = name + strlen(text);
	bool is_kept = str_equal(end, ".wav"),
	     is_new = str_starts_with(end, ".wav.new"); /* of uploads, too */
	if (!is_kept && !is_new)
		return; /* none of ours */
	if (id_parse(text, &owner) < 0 ||
		str_printf(path, sizeof(path), "%s/greetings/%s", c->parts.data_directory, name) < 0)
		return;
	bool is_owned = snapshot_user(c->snapshot, owner) || snapshot_extension(c->snapshot, owner);
	/* One that was neither kept nor taken back: only at a start no call can be about it. */
	if ((!is_owned || (is_new && is_start)) && unlink(path) < 0)
		log_error("center", 0, "%s cannot be removed: %s", path, strerror(errno));
}

void mailbox_tidy_greetings(struct center *c, bool is_start)
{
	char folder[MEDIA_PATH_MAX];
	DIR *d = str_printf(folder, sizeof(folder), "%s/greetings", c->parts.data_directory) == 0
			 ? opendir(folder)
			 : NULL;

	if (!d)
		return; /* nobody recorded one */
	for (struct dirent *e; (e = readdir(d));)
		tidy_greeting(c, e->d_name, is_start);
	closedir(d);
}

static void ask_greeting(struct interaction *ix)
{
	ix->mailbox->stage = MAIL_STAGE_ASK;
	struct play_part parts[] = {{.text = phrase(ix, "record_greeting")}, {.path = "tone:beep"}};
	play_parts(ix, parts, 2);
}

static void begin_recording(struct interaction *ix)
{
	struct center *c = ix->center;
	struct mailbox_call *m = ix->mailbox;
	struct media_command cmd = {
		.kind = MEDIA_RECORD, .ref = id_new(), .record = {.limit_ms = GREETING_MAX_MS}};
	char folder[MEDIA_PATH_MAX];

	if (m->is_recording)
		return;
	if (str_printf(folder, sizeof(folder), "%s/greetings", c->parts.data_directory) < 0 ||
		!greeting_path(c, m->account, ".new", cmd.record.path) ||
		map_put(&c->recordings, cmd.ref, ix) < 0) {
		call_end(ix, "no_memory", 0);
		return;
	}
	mkdir(folder, 0750);
	unlink(cmd.record.path);
	m->stage = MAIL_STAGE_RECORDING;
	m->greeting = cmd.ref;
	m->is_recording = true;
	ix->n_recordings++;
	call_leg_send_media(ix->customer, &cmd);
}

static void stop_recording(struct interaction *ix)
{
	if (ix->customer)
		call_leg_send_media(ix->customer,
			&(struct media_command){.kind = MEDIA_RECORD_STOP, .ref = ix->mailbox->greeting});
}

void mailbox_call_recorded(struct interaction *ix, const struct media_event *e)
{
	struct mailbox_call *m = ix->mailbox;

	m->is_recording = false;
	if (ix->is_ending)
		return;
	if (e->reason < 0 || e->record.duration_ms < VOICEMAIL_SHORT_MS) {
		ask_greeting(ix);
		return;
	}
	m->stage = MAIL_STAGE_KEEP;
	m->silences = 0;
	say(ix, phrase(ix, "greeting_keys"));
}

static void hear_greeting(struct interaction *ix)
{
	char path[MEDIA_PATH_MAX];

	if (!greeting_path(ix->center, ix->mailbox->account, ".new", path))
		return;
	struct play_part parts[] = {{.path = path}, {.text = phrase(ix, "greeting_keys")}};
	play_parts(ix, parts, 2);
}

static void keep_greeting(struct interaction *ix)
{
	struct center *c = ix->center;
	struct mailbox_call *m = ix->mailbox;
	char from[MEDIA_PATH_MAX], to[MEDIA_PATH_MAX];
	bool is_kept = greeting_path(c, m->account, ".new", from) && greeting_path(c, m->account, "", to) &&
		       rename(from, to) == 0;

	if (!is_kept)
		log_error("center", ix->id, "a greeting cannot be kept: %s", strerror(errno));
	m->stage = MAIL_STAGE_KEYS;
	say(ix, is_kept ? phrase(ix, "greeting_kept") : phrase_text(ix->language, "sorry_error"));
}

/* --- keys
 * ------------------------------------------------------------------------------------------------------------
 */

static void remove_message(struct interaction *ix)
{
	struct mailbox_call *m = ix->mailbox;
	const json_t *row = row_at(m);

	if (!row)
		return;
	mail_mark(ix->center, jsonx_id(row, "id"), jsonx_id(row, "interaction"), jsonx_id(row, "owner"),
		"removed", ix->dial ? ix->dial->user : 0);
	json_array_remove(m->rows, (size_t)m->at);
	m->n--;
	m->stage = MAIL_STAGE_NOTICE;
	say(ix, phrase(ix, "removed"));
}

static void greeting_digit(struct interaction *ix, char digit)
{
	struct mailbox_call *m = ix->mailbox;

	if (m->stage == MAIL_STAGE_RECORDING && digit == '#')
		stop_recording(ix);
	else if (m->stage == MAIL_STAGE_KEEP && digit == '1')
		hear_greeting(ix);
	else if (m->stage == MAIL_STAGE_KEEP && digit == '2')
		keep_greeting(ix);
	else if (m->stage == MAIL_STAGE_KEEP && digit == '3')
		ask_greeting(ix);
}

void mailbox_call_digit(struct interaction *ix, char digit)
{
	struct mailbox_call *m = ix->mailbox;

	timer_cancel(&ix->center->timers, &ix->flow_timer);
	if (m->stage >= MAIL_STAGE_ASK) {
		greeting_digit(ix, digit);
		return;
	}
	if (!m->rows)
		return; /* the list is not here yet */
	switch (digit) {
	case '1':
		begin_message(ix);
		break;
	case '2':
		m->at += m->at < m->n;
		begin_message(ix);
		break;
	case '3':
		remove_message(ix);
		break;
	case '4':
		m->at -= m->at > 0;
		begin_message(ix);
		break;
	case '9':
		drop_sound(m);
		ask_greeting(ix);
		break;
	case '#':
		call_end(ix, "feature_done", 0);
		break;
	default:
		m->stage = MAIL_STAGE_KEYS;
		say(ix, phrase(ix, "keys"));
	}
}

/* What was said is over. */
static void go_on(struct interaction *ix)
{
	switch (ix->mailbox->stage) {
	case MAIL_STAGE_COUNTS:
	case MAIL_STAGE_NOTICE:
		begin_message(ix);
		break;
	case MAIL_STAGE_ASK:
		begin_recording(ix);
		break;
	case MAIL_STAGE_MESSAGE:
	case MAIL_STAGE_KEYS:
	case MAIL_STAGE_KEEP:
		await_key(ix);
		break;
	case MAIL_STAGE_RECORDING:
		break;
	}
}

void mailbox_call_played(struct interaction *ix)
{
	if (!ix->is_ending)
		go_on(ix);
}

/* --- the call
 * ----------------------------------------------------------------------------------------------------------
 */

static void caller_gone(struct party *p, const char *reason)
{
	call_end(p->interaction, str_equal(reason, "media_lost") ? reason : "customer_hung_up", 0);
}

const struct party_kind mailbox_caller_kind = {
	.name = "voicemail", .offer = "internal", .on_failed = caller_gone, .on_ended = caller_gone};

void mailbox_call_begin(struct interaction *ix)
{
	struct mailbox_call *m = alloc_zero(sizeof(*m));
	struct lookup *ask = m ? alloc_zero(sizeof(*ask)) : NULL;
	const struct user *u = snapshot_user(ix->center->snapshot, ix->dial->user);

	if (!ask) {
		alloc_free(m);
		call_end(ix, "no_memory", 503);
		return;
	}
	m->fd = -1;
	m->account = ix->dial->user;
	ix->mailbox = m;
	ix->stage = STAGE_FLOW;
	if (u && !str_is_blank(u->language))
		str_put(ix->language, sizeof(ix->language), u->language);
	call_answer(ix);
	if (str_equal(ix->dial->how, "greeting")) {
		alloc_free(ask);
		m->rows = json_array();
		ask_greeting(ix);
		return;
	}
	ask->mail.kind = MAIL_LIST;
	ask->mail.n_owners = mailbox_boxes(ix->center, m->account, ask->mail.owners);
	ask_loader(ix, ask);
}

void mailbox_call_free(struct interaction *ix)
{
	struct mailbox_call *m = TAKE_PTR(ix->mailbox);
	char path[MEDIA_PATH_MAX];

	if (!m)
		return;
	if (m->greeting && greeting_path(ix->center, m->account, ".new", path))
		unlink(path);
	drop_sound(m);
	json_decref(m->rows);
	alloc_free(m);
}
