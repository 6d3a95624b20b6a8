/* What a caller hears: prompts and spoken texts of the flow, announcements, and music under them. One list is
 * spoken at a time; it starts once every part of it is a file (speech may have to be made first). Music has
 * a layer of its own: announcements duck it, and it goes on.
 *
 * Invariant: each list asked for by the flow is answered with exactly one FLOW_PLAY_ENDED, unless it was
 * stopped. */
#include "base/id.h"
#include "base/log.h"
#include "base/str.h"
#include "center/record/mailbox.h"

#include <errno.h>

static void start_if_ready(struct interaction *ix);

void play_forget(struct interaction *ix)
{
	struct center *c = ix->center;

	if (ix->play.ref)
		map_remove(&c->plays, ix->play.ref);
	for (int i = 0; i < ix->play.n; i++)
		if (ix->play.speech[i])
			map_remove(&c->speeches, ix->play.speech[i]);
	ix->play.ref = 0;
	ix->play.n = ix->play.awaited = 0;
	ix->play.is_announcement = ix->play.is_flow = false;
	if (ix->music)
		map_remove(&c->plays, ix->music);
	ix->music = 0;
}

static void stop_layer(struct interaction *ix, enum media_layer layer)
{
	if (ix->customer)
		call_leg_send_media(ix->customer,
			&(struct media_command){.kind = MEDIA_PLAY_STOP, .play = {.layer = layer}});
}

void play_stop(struct interaction *ix)
{
	bool was_sounding = ix->play.is_sounding, had_music = ix->music != 0;

	play_forget(ix);
	ix->play.is_sounding = false;
	if (was_sounding)
		stop_layer(ix, MEDIA_LAYER_SPEECH);
	if (had_music)
		stop_layer(ix, MEDIA_LAYER_MUSIC);
}

/* A new list to speak; the music stays. */
static bool play_begin(struct interaction *ix)
{
	uint64_t music = ix->music;

	ix->music = 0;
	play_forget(ix);
	ix->music = music;
	ix->play.ref = ix->center->next_ref++;
	return map_put(&ix->center->plays, ix->play.ref, ix) == 0;
}

/* Adds a text to the list: at once when its speech is cached, otherwise it is awaited. */
static void add_text(struct interaction *ix, const char *text, const char *language)
{
	struct center *c = ix->center;
	int i = ix->play.n;
	char path[SPEECH_PATH_MAX];

	if (i == CENTER_PLAY_PARTS_MAX || str_is_blank(text))
		return;
	ix->play.list[i].path[0] = '\0';
	ix->play.speech[i] = 0;
	ix->play.n++;
	if (speech_cached(c->parts.speech, text, language, path) == 0) {
		str_put(ix->play.list[i].path, MEDIA_PATH_MAX, path);
		return;
	}
	uint64_t ref = c->next_ref++;
	if (map_put(&c->speeches, ref, ix) < 0)
		return;
	ix->play.speech[i] = ref;
	ix->play.awaited++;
	if (speech_request(c->parts.speech, text, language, ref) < 0) {
		log_warn("center", ix->id, "a sentence is skipped: too much speech is waiting to be made");
		map_remove(&c->speeches, ref);
		ix->play.speech[i] = 0;
		ix->play.awaited--;
	}
}

static void add_file(struct interaction *ix, const char *path)
{
	if (ix->play.n < CENTER_PLAY_PARTS_MAX) {
		ix->play.speech[ix->play.n] = 0;
		str_put(ix->play.list[ix->play.n++].path, MEDIA_PATH_MAX, path);
	}
}

static void add_prompt(struct interaction *ix, uint64_t id, const char *language)
{
	struct center *c = ix->center;
	const struct prompt *p = map_get(&c->snapshot->prompt_by_id, id);
	char path[MEDIA_PATH_MAX], text[ID_TEXT_SIZE];
	const char *words = p ? p->texts[snapshot_language(language)] : NULL;

	if (p && p->has_audio) {
		str_printf(
			path, sizeof(path), "%s/prompts/%s.wav", c->parts.data_directory, id_text(id, text));
		add_file(ix, path);
	} else if (words) {
		add_text(ix, words, language);
	} else if (!p && mailbox_greeting(c, id, path)) { /* of whom a message is for */
		add_file(ix, path);
	} else {
		log_warn("center", ix->id, "prompt %s has neither audio nor a text in %s: skipped",
			id_text(id, text), language);
	}
}

void play_says(struct interaction *ix, const struct flow_action *a)
{
	if (!play_begin(ix))
		return;
	ix->play.is_flow = true;
	for (int i = 0; i < a->n_say; i++) {
		const struct flow_say *say = &a->say[i];
		const char *language = say->language[0] ? say->language : ix->language;
		if (say->prompt)
			add_prompt(ix, say->prompt, language);
		else
			add_text(ix, say->text, language);
	}
	start_if_ready(ix);
}

void play_parts(struct interaction *ix, const struct play_part *parts, int n)
{
	if (!play_begin(ix))
		return;
	ix->play.is_flow = true;
	for (int i = 0; i < n; i++) {
		if (parts[i].path)
			add_file(ix, parts[i].path);
		else
			add_text(ix, parts[i].text, ix->language);
	}
	start_if_ready(ix);
}

static bool add_music(const struct interaction *ix, uint64_t id, struct media_command *play)
{
	const struct prompt *p = map_get(&ix->center->snapshot->prompt_by_id, id);
	char text[ID_TEXT_SIZE];

	if (!p || !p->has_audio || play->play.n == MEDIA_PLAYLIST_MAX)
		return false;
	str_printf(play->play.list[play->play.n++].path, MEDIA_PATH_MAX, "%s/prompts/%s.wav",
		ix->center->parts.data_directory, id_text(id, text));
	return true;
}

/* The queue's list, else its own piece, else the house's, else the built-in one. */
void play_music_list(const struct interaction *ix, struct media_command *ret_play)
{
	const struct snapshot *s = ix->center->snapshot;
	const struct queue *q = snapshot_queue(s, ix->segment.queue);

	ret_play->play.n = 0;
	ret_play->play.is_from_start = q && !q->is_music_shared;
	for (int i = 0; q && i < q->n_playlist; i++)
		(void)add_music(ix, q->playlist[i], ret_play);
	if (ret_play->play.n > 0 || (q && add_music(ix, q->music, ret_play)) ||
		add_music(ix, s->music, ret_play))
		return;
	ret_play->play.n = 1;
	str_put(ret_play->play.list[0].path, MEDIA_PATH_MAX, ix->center->music_path);
}

void play_music(struct interaction *ix)
{
	struct media_command cmd = {.kind = MEDIA_PLAY,
		.ref = ix->center->next_ref++,
		.play = {.is_looped = true, .layer = MEDIA_LAYER_MUSIC}};
	bool was_sounding = ix->play.is_sounding;

	play_forget(ix);
	ix->play.is_sounding = false;
	if (was_sounding)
		stop_layer(ix, MEDIA_LAYER_SPEECH);
	if (!ix->customer || ix->customer->state == LEG_CLOSING ||
		map_put(&ix->center->plays, cmd.ref, ix) < 0)
		return;
	ix->music = cmd.ref;
	play_music_list(ix, &cmd);
	call_leg_send_media(ix->customer, &cmd);
}

void play_entry(struct interaction *ix)
{
	const struct queue *q = snapshot_queue(ix->center->snapshot, ix->segment.queue);

	if (!q || !map_get(&ix->center->snapshot->prompt_by_id, q->greeting)) {
		play_music(ix);
		return;
	}
	if (!play_begin(ix))
		return;
	ix->play.is_announcement = true;
	add_prompt(ix, q->greeting, ix->language);
	start_if_ready(ix);
}

void play_announcement(struct interaction *ix, const char *text, uint64_t prompt)
{
	if (!play_begin(ix))
		return;
	ix->play.is_announcement = true;
	add_text(ix, text, ix->language);
	if (prompt)
		add_prompt(ix, prompt, ix->language);
	start_if_ready(ix);
}

/* An empty list (nothing could be spoken) is over at once, but by message, so that a flow cannot run in
 * circles here. */
static void end_without_playing(struct interaction *ix)
{
	struct media_event over = {
		.kind = MEDIA_PLAY_ENDED, .group = ix->id, .ref = ix->play.ref, .reason = -ENOENT};

	center_on_media(&over, ix->center);
}

static void start_if_ready(struct interaction *ix)
{
	struct media_command cmd = {.kind = MEDIA_PLAY, .ref = ix->play.ref};

	if (ix->play.awaited > 0 || !ix->play.ref)
		return;
	for (int i = 0; i < ix->play.n; i++)
		if (ix->play.list[i].path[0])
			cmd.play.list[cmd.play.n++] = ix->play.list[i];
	if (cmd.play.n == 0 || !ix->customer || ix->customer->state == LEG_CLOSING) {
		end_without_playing(ix);
		return;
	}
	ix->play.is_sounding = true;
	call_leg_send_media(ix->customer, &cmd);
}

void play_on_speech(struct center *c, const struct speech_result *r)
{
	struct interaction *ix = map_remove(&c->speeches, r->ref);

	if (!ix)
		return;
	for (int i = 0; i < ix->play.n; i++) {
		if (ix->play.speech[i] != r->ref)
			continue;
		ix->play.speech[i] = 0;
		ix->play.awaited--;
		if (r->error)
			log_warn("center", ix->id, "a sentence could not be spoken: error %d", r->error);
		else
			str_put(ix->play.list[i].path, MEDIA_PATH_MAX, r->path);
	}
	start_if_ready(ix);
}

void play_on_ended(struct center *c, uint64_t ref, int reason)
{
	struct interaction *ix = map_get(&c->plays, ref);

	if (ix && ix->music == ref) {
		log_warn("center", ix->id, "the music ended: error %d", reason);
		map_remove(&c->plays, ref);
		ix->music = 0;
		return;
	}
	if (!ix || ix->play.ref != ref)
		return; /* replaced or stopped by us */
	uint64_t music = ix->music;
	bool was_flow = ix->play.is_flow, was_announcement = ix->play.is_announcement;
	if (reason < 0)
		log_warn("center", ix->id, "playing ended early: error %d", reason);
	ix->music = 0;
	play_forget(ix);
	ix->music = music;
	ix->play.is_sounding = false;
	if (ix->mailbox)
		mailbox_call_played(ix);
	else if (was_flow && ix->run)
		flow_feed(ix, &(struct flow_input){.kind = FLOW_PLAY_ENDED});
	else if (was_announcement && !music && ix->stage == STAGE_QUEUED && !ix->segment.is_answered)
		play_music(ix);
}
