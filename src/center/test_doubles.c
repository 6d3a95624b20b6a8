/* See test_doubles.h. Defined here instead of linked; store_append and store_health pass through here
 * (--wrap) on their way to the store. */
#include "center/test_doubles.h"
#include "media/record/playback.h"
#include "sip/sip_note.h"
#include "base/str.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* --- sip/
 * -----------------------------------------------------------------------------------------------------------
 */

struct sdp double_phone_sdp(void)
{
	struct sdp s = {.has_audio = true,
		.port = 4000,
		.ptime_ms = 20,
		.n_formats = 2,
		.formats = {{SDP_PCMA, 8}, {SDP_TELEPHONE_EVENT, 101}}};

	(void)str_put(s.address, sizeof(s.address), "192.0.2.9");
	return s;
}

void double_sip_says(struct world *w, enum sip_event_kind kind, uint64_t leg, int code, bool is_remote)
{
	struct sip_event e = {.kind = kind, .leg = leg, .code = code, .is_remote = is_remote};

	e.has_sdp = kind == SIP_ANSWERED || kind == SIP_REINVITED;
	e.sdp = double_phone_sdp();
	center_on_sip(&e, w->center);
}

struct siprec world_siprec;

struct siprec *siprec_new(void)
{
	return alloc_zero(sizeof(struct siprec));
}

void siprec_free(struct siprec *siprec)
{
	alloc_free(siprec);
}

int sip_send(struct sip *sip, const struct sip_command *cmd)
{
	struct world *w = (struct world *)(void *)sip;

	if (w->is_sip_full)
		return -ENOBUFS;
	if (cmd->kind == SIP_CONFIGURE) {
		sip_directory_free(cmd->directory);
		return 0;
	}
	(void)VEC_PUSH(&w->sip, *cmd);
	if ((cmd->kind == SIP_CALL || cmd->kind == SIP_REINVITE) && cmd->siprec) {
		world_siprec = *cmd->siprec;
		siprec_free(cmd->siprec);
	}
	if (cmd->kind == SIP_RESTORE)
		alloc_free(cmd->restore.note);
	if (w->is_sip_silent)
		return 0;
	if (cmd->kind == SIP_ANSWER)
		double_sip_says(w, SIP_ANSWERED, cmd->leg, 200, false);
	else if (cmd->kind == SIP_HANG_UP || cmd->kind == SIP_REJECT)
		double_sip_says(w, SIP_ENDED, cmd->leg, cmd->code, false);
	return 0;
}

struct sip_directory *sip_directory_new(int n_trunks, int n_accounts)
{
	struct sip_directory *d = alloc_zero(sizeof(*d));

	if (!d)
		return NULL;
	d->trunks = alloc_array((size_t)n_trunks + 1, sizeof(*d->trunks));
	d->accounts = alloc_array((size_t)n_accounts + 1, sizeof(*d->accounts));
	if (d->trunks && d->accounts)
		return d;
	sip_directory_free(d);
	return NULL;
}

void sip_directory_free(struct sip_directory *d)
{
	if (!d)
		return;
	alloc_free(d->trunks);
	alloc_free(d->accounts);
	alloc_free(d);
}

/* --- media/
 * ---------------------------------------------------------------------------------------------------------
 */

void double_media_says(struct world *w, struct media_event *e, enum media_event_kind kind, uint64_t leg)
{
	e->kind = kind;
	e->leg = leg;
	center_on_media(e, w->center);
}

/* layer -1: all of them */
static void play_replaced(struct world *w, uint64_t leg, uint64_t group, uint64_t next_ref, int layer)
{
	for (int i = 0; i < WORLD_RECORDINGS_MAX; i++)
		if (w->playing[i].leg == leg && (layer < 0 || (int)w->playing[i].layer == layer)) {
			struct media_event e = {.group = group, .ref = w->playing[i].ref, .reason = 1};
			w->playing[i].leg = 0;
			double_media_says(w, &e, MEDIA_PLAY_ENDED, leg);
		}
	for (int i = 0; next_ref && i < WORLD_RECORDINGS_MAX; i++)
		if (!w->playing[i].leg) {
			w->playing[i].leg = leg;
			w->playing[i].ref = next_ref;
			w->playing[i].group = group;
			w->playing[i].layer = (enum media_layer)layer;
			return;
		}
}

static void record_begins(struct world *w, const struct media_command *cmd)
{
	for (int i = 0; i < WORLD_RECORDINGS_MAX; i++)
		if (!w->recording[i].ref) {
			struct media_event e = {.group = cmd->group, .ref = cmd->ref};
			w->recording[i].ref = cmd->ref;
			w->recording[i].leg = cmd->leg;
			w->recording[i].group = cmd->group;
			double_media_says(w, &e, MEDIA_RECORD_STARTED, cmd->leg);
			return;
		}
}

void double_record_ends(struct world *w, uint64_t ref, uint64_t leg)
{
	for (int i = 0; i < WORLD_RECORDINGS_MAX; i++)
		if (w->recording[i].ref && (w->recording[i].ref == ref || w->recording[i].leg == leg)) {
			struct media_event e = {.group = w->recording[i].group,
				.ref = w->recording[i].ref,
				.record = {.duration_ms = w->recorded_ms, .bytes = w->recorded_ms * 16}};
			w->recording[i].ref = 0;
			double_media_says(w, &e, MEDIA_RECORD_ENDED, w->recording[i].leg);
		}
}

static void answer_media(struct world *w, const struct media_command *cmd)
{
	struct media_event e = {.group = cmd->group};

	switch (cmd->kind) {
	case MEDIA_LEG_OPEN:
		(void)str_put(e.opened.address, sizeof(e.opened.address), "192.0.2.1");
		(void)str_put(e.opened.ufrag, sizeof(e.opened.ufrag), "ufra");
		(void)str_put(e.opened.password, sizeof(e.opened.password), "passwordpasswordpassword");
		(void)str_put(e.opened.fingerprint, sizeof(e.opened.fingerprint), "sha-256 AB:CD");
		e.opened.port = 20000;
		double_media_says(w, &e, MEDIA_LEG_OPENED, cmd->leg);
		break;
	case MEDIA_LEG_CLOSE:
		play_replaced(w, cmd->leg, cmd->group, 0, -1);
		if (!w->is_recorder_silent)
			double_record_ends(w, 0, cmd->leg);
		double_media_says(w, &e, MEDIA_LEG_CLOSED, cmd->leg);
		break;
	case MEDIA_PLAY:
		play_replaced(w, cmd->leg, cmd->group, cmd->ref, (int)cmd->play.layer);
		break;
	case MEDIA_PLAY_STOP:
		play_replaced(w, cmd->leg, cmd->group, 0, (int)cmd->play.layer);
		break;
	default:
		break;
	}
}

static void hears_nobody(struct world *w, uint64_t leg)
{
	for (size_t i = w->hears.len; i-- > 0;)
		if (w->hears.at[i].leg == leg || w->hears.at[i].other == leg)
			VEC_REMOVE(&w->hears, i);
}

bool world_hears(const struct world *w, uint64_t leg, uint64_t other)
{
	VEC_EACH(&w->hears, i)
	if (w->hears.at[i].leg == leg && w->hears.at[i].other == other)
		return true;
	return false;
}

static void hear(struct world *w, uint64_t leg, uint64_t other, bool is_on)
{
	for (size_t i = w->hears.len; i-- > 0;)
		if (w->hears.at[i].leg == leg && w->hears.at[i].other == other)
			VEC_REMOVE(&w->hears, i);
	if (is_on)
		(void)VEC_PUSH(&w->hears, (struct hear){leg, other});
}

/* Whom leg hears and leg part; who hears leg without being heard stays. */
static void parts(struct world *w, uint64_t leg)
{
	for (size_t i = w->hears.len; i-- > 0;)
		if (w->hears.at[i].other == leg && world_hears(w, leg, w->hears.at[i].leg))
			VEC_REMOVE(&w->hears, i);
	for (size_t i = w->hears.len; i-- > 0;)
		if (w->hears.at[i].leg == leg)
			VEC_REMOVE(&w->hears, i);
}

/* As media.h promises it. */
static void follow_hearing(struct world *w, const struct media_command *cmd)
{
	if (cmd->kind == MEDIA_HEAR) {
		hear(w, cmd->leg, cmd->other, cmd->hear.is_on);
	} else if (cmd->kind == MEDIA_BRIDGE) {
		parts(w, cmd->leg);
		parts(w, cmd->other);
		hear(w, cmd->leg, cmd->other, true);
		hear(w, cmd->other, cmd->leg, true);
	} else if (cmd->kind == MEDIA_UNBRIDGE || cmd->kind == MEDIA_LEG_CLOSE) {
		hears_nobody(w, cmd->leg);
	}
}

const char *world_plays(const struct world *w, uint64_t leg)
{
	for (size_t i = w->media.len; i-- > 0;) {
		const struct media_command *cmd = &w->media.at[i];
		if (cmd->leg == leg && cmd->kind == MEDIA_PLAY)
			return cmd->play.list[0].path;
		if (cmd->leg == leg && (cmd->kind == MEDIA_PLAY_STOP || cmd->kind == MEDIA_LEG_CLOSE))
			return "";
	}
	return "";
}

static void follow_legs(struct world *w, const struct media_command *cmd);

int media_send(struct media *media, const struct media_command *cmd)
{
	struct world *w = (struct world *)(void *)media;

	if (w->is_media_full)
		return -ENOBUFS;
	(void)VEC_PUSH(&w->media, *cmd);
	follow_hearing(w, cmd);
	follow_legs(w, cmd);
	if (cmd->kind == MEDIA_RECORD)
		record_begins(w, cmd);
	else if (cmd->kind == MEDIA_RECORD_STOP && !w->is_recorder_silent)
		double_record_ends(w, cmd->ref, 0);
	else if (!w->is_media_silent)
		answer_media(w, cmd);
	return 0;
}

char world_repaired[MEDIA_PATH_MAX];

/* --- a media process that outlives the centre */

static struct outlived *outlived(struct world *w, uint64_t leg)
{
	VEC_EACH(&w->outlived, i)
	if (w->outlived.at[i].leg == leg)
		return &w->outlived.at[i];
	return NULL;
}

static void forget_leg(struct world *w, uint64_t leg)
{
	for (size_t i = w->outlived.len; i-- > 0;)
		if (w->outlived.at[i].leg == leg) {
			alloc_free(w->outlived.at[i].note);
			VEC_REMOVE(&w->outlived, i);
		}
}

void double_media_forgets(struct world *w)
{
	while (w->outlived.len)
		forget_leg(w, w->outlived.at[0].leg);
	VEC_FREE(&w->outlived);
}

static void follow_legs(struct world *w, const struct media_command *cmd)
{
	struct outlived *l = outlived(w, cmd->leg);

	if (!w->is_outliving)
		return;
	if (cmd->kind == MEDIA_LEG_OPEN)
		(void)VEC_PUSH(&w->outlived,
			(struct outlived){
				.leg = cmd->leg, .group = cmd->group, .is_webrtc = cmd->open.is_webrtc});
	else if (cmd->kind == MEDIA_LEG_CLOSE)
		forget_leg(w, cmd->leg);
	else if (l && (cmd->kind == MEDIA_RECORD || cmd->kind == MEDIA_RECORD_STOP))
		l->recording = cmd->kind == MEDIA_RECORD ? cmd->ref : 0;
}

bool media_outlives(const struct media *media)
{
	return ((const struct world *)(const void *)media)->is_outliving;
}

const struct media_found *media_found(const struct media *media, size_t i)
{
	static struct media_found found[16];
	static struct sip_note dialogs[16];
	const struct world *w = (const struct world *)(const void *)media;

	if (!w->is_outliving || i >= w->outlived.len || i >= 16)
		return NULL;
	const struct outlived *l = &w->outlived.at[i];
	struct media_found *f = &found[i];
	dialogs[i] = (struct sip_note){.bytes = sizeof(dialogs[i]), .leg = l->leg};
	*f = (struct media_found){.group = l->group,
		.leg = l->leg,
		.is_webrtc = l->is_webrtc,
		.is_ready = true,
		.n_recordings = l->recording != 0};
	f->recordings[0] = (struct media_found_recording){.ref = l->recording, .duration_ms = 3000};
	for (int k = 0; k < WORLD_RECORDINGS_MAX; k++)
		if (w->playing[k].leg == l->leg && w->playing[k].ref)
			f->plays[w->playing[k].layer] = w->playing[k].ref;
	f->notes[MEDIA_NOTE_CALL] = (const uint8_t *)l->note;
	f->n_notes[MEDIA_NOTE_CALL] = l->n;
	f->notes[MEDIA_NOTE_SIP] = (const uint8_t *)&dialogs[i];
	f->n_notes[MEDIA_NOTE_SIP] = l->is_webrtc ? 0 : sizeof(dialogs[i]);
	return f;
}

void media_claim(struct media *media, uint64_t leg)
{
	struct outlived *l = outlived((struct world *)(void *)media, leg);

	if (l)
		l->is_claimed = true;
}

int media_keep(struct media *media, uint64_t leg, enum media_note note, const void *bytes, size_t n)
{
	struct outlived *l = outlived((struct world *)(void *)media, leg);

	if (!l || note != MEDIA_NOTE_CALL)
		return 0;
	alloc_free(l->note);
	l->note = alloc_dup(bytes, n);
	l->n = l->note ? n : 0;
	return l->note ? 0 : -ENOBUFS;
}

void media_resume(struct media *media)
{
	struct world *w = (struct world *)(void *)media;

	for (size_t i = w->outlived.len; i-- > 0;)
		if (!w->outlived.at[i].is_claimed) {
			hears_nobody(w, w->outlived.at[i].leg);
			forget_leg(w, w->outlived.at[i].leg);
		}
	VEC_EACH(&w->outlived, i)
	w->outlived.at[i].is_claimed = false;
}

bool media_speaks(enum sdp_codec codec)
{
	return codec != SDP_CODEC_NONE;
}

int media_recording_repair(const char *path, int64_t *ret_duration_ms)
{
	(void)str_put(world_repaired, sizeof(world_repaired), path);
	*ret_duration_ms = 4000;
	return 0;
}

/* Every recording that is opened again sounds the same. */
struct playback {
	int unused;
};
static struct playback the_playback;

int playback_open(struct playback **ret_playback, const char *path, playback_key_handler *on_key, void *arg)
{
	(void)path;
	(void)on_key;
	(void)arg;
	*ret_playback = &the_playback;
	return 0;
}

void playback_free(struct playback *p)
{
	(void)p;
}

ssize_t playback_wav(struct playback *p, int channel, int64_t offset, void *buffer, size_t n)
{
	(void)p;
	(void)channel;
	if (offset > 0 || n < 4)
		return 0;
	memcpy(buffer, "RIFF", 4);
	return 4;
}

/* --- speech/
 * -------------------------------------------------------------------------------------------------------- */

int speech_cached(
	struct speech *s, const char *text, const char *language, char ret_path[static SPEECH_PATH_MAX])
{
	struct world *w = (struct world *)(void *)s;

	(void)language;
	if (w->speech != SPEECH_CACHED)
		return -ENOENT;
	snprintf(ret_path, SPEECH_PATH_MAX, "/speech/%zu.wav", strlen(text));
	return 0;
}

int speech_request(struct speech *s, const char *text, const char *language, uint64_t ref)
{
	struct world *w = (struct world *)(void *)s;

	(void)text, (void)language;
	if (w->speech == SPEECH_FULL)
		return -ENOBUFS;
	return VEC_PUSH(&w->spoken, ref);
}

/* --- store/ on its way
 * ---------------------------------------------------------------------------------------------- */

static struct world *logging;

int __real_store_append(struct store *s, const struct event *e, uint64_t *ret_seq);
int __wrap_store_append(struct store *s, const struct event *e, uint64_t *ret_seq);
void __real_store_health(const struct store *s, struct store_health *ret_health);
void __wrap_store_health(const struct store *s, struct store_health *ret_health);

void double_store_tells(struct world *w)
{
	logging = w;
}

int __wrap_store_append(struct store *s, const struct event *e, uint64_t *ret_seq)
{
	struct logged l = {.e = *e};

	(void)str_put(l.reason, sizeof(l.reason), e->reason);
	(void)str_put(l.name, sizeof(l.name), e->name);
	(void)str_put(l.text, sizeof(l.text), e->text);
	(void)str_put(l.to, sizeof(l.to), e->to);
	if (logging && logging->events_kept == 0) {
		*ret_seq = 0;
		return 0;
	}
	if (logging && logging->events_kept > 0)
		logging->events_kept--;
	if (logging)
		(void)VEC_PUSH(&logging->log, l);
	return __real_store_append(s, e, ret_seq);
}

void __wrap_store_health(const struct store *s, struct store_health *ret_health)
{
	__real_store_health(s, ret_health);
	if (logging && logging->is_store_full)
		ret_health->backlog = STORE_BACKLOG_MAX;
}
