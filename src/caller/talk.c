/* What a caller does on a call that is up: presses keys, notices that a person is there, speaks, says
 * goodbye.
 *
 * A caller cannot know from signalling that the music gave way to a person. Tests know by a tone (--hear);
 * otherwise two quiet seconds after all keys were pressed mean it: queue music and prompts have none, a
 * listening person does. Where the person's room is never quiet that is missed; so a caller who speaks begins
 * once the menu is over, and begins anew when a person is noticed. */
#include "base/str.h"
#include "caller/call.h"

#include <errno.h>

#define QUIET_DB (-45.0f)
#define QUIET_REPORTS 2	      /* seconds */
#define SETTLE_MS 6000	      /* after the last key: the menu's own pause is not a person */
#define TONE_CLEAR_DB (-6.0f) /* the tone is most of what is heard */
#define FIRST_DIGIT_MS 1000
#define DIGIT_PAUSE_MS 1000
#define DIGIT_MS 120
#define DIGIT_STEP_MS 250
#define GOODBYE_MS 4000
#define UNHEARD_HZ 1000 /* measured for the level only */

static struct call *call_of_timer(struct timer *t, size_t offset)
{
	return (struct call *)((char *)t - offset);
}

static int language_of(const struct call *call)
{
	return call->person ? people_language_digit(call->person->language) - '1' : CALLER_LANGUAGES - 1;
}

static void play(struct call *call, const struct media_command *command)
{
	if (media_send(call->caller->media, command) < 0)
		call_hang_up(call, "audio_overloaded");
}

static void play_one(struct call *call, const char *what, bool is_looped)
{
	struct media_command m = {.kind = MEDIA_PLAY, .group = call->leg, .leg = call->leg};

	str_put(m.play.list[0].path, MEDIA_PATH_MAX, what);
	m.play.n = 1;
	m.play.is_looped = is_looped;
	play(call, &m);
}

static void add(struct media_command *m, const char *path)
{
	if (*path && m->play.n < MEDIA_PLAYLIST_MAX)
		str_put(m->play.list[m->play.n++].path, MEDIA_PATH_MAX, path);
}

/* Sentences with pauses in which the other side may speak, over and over. */
static void play_sentences(struct call *call)
{
	struct media_command m = {.kind = MEDIA_PLAY, .group = call->leg, .leg = call->leg};
	const struct media_source *said = call->caller->sentences[language_of(call)];

	add(&m, "silence:700");
	for (int i = 0; i < 3; i++) {
		add(&m, said[i].path);
		add(&m, i ? "silence:5000" : "silence:2500");
	}
	add(&m, said[3].path);
	m.play.is_looped = true;
	play(call, &m);
}

static void on_goodbye_over(struct timer *t, int64_t now_ms)
{
	(void)now_ms;
	call_hang_up(call_of_timer(t, offsetof(struct call, timer_end)), "goodbye");
}

static void on_talked(struct timer *t, int64_t now_ms)
{
	struct call *call = call_of_timer(t, offsetof(struct call, timer_end));
	const char *goodbye = call->caller->sentences[language_of(call)][PEOPLE_SENTENCES - 1].path;

	if (!call->caller->speech || !*goodbye) {
		call_hang_up(call, "goodbye");
		return;
	}
	call->is_saying_goodbye = true;
	play_one(call, goodbye, false);
	if (timer_set(&call->caller->timers, t, now_ms + GOODBYE_MS, on_goodbye_over) < 0)
		call_hang_up(call, "goodbye");
}

static void start_talking(struct call *call)
{
	struct caller *c = call->caller;

	timer_cancel(&c->timers, &call->timer_end);
	if (call->talk_ms &&
		timer_set(&c->timers, &call->timer_end, c->now_ms + call->talk_ms, on_talked) < 0)
		call_hang_up(call, "memory");
}

static void on_digit_due(struct timer *t, int64_t now_ms);

static void press(struct call *call, char digit)
{
	if (call->caller->options->dtmf == CALLER_DTMF_INFO) {
		struct sip_command s = {.kind = SIP_DTMF_INFO,
			.leg = call->leg,
			.dtmf = {.digit = digit, .duration_ms = DIGIT_MS}};
		if (sip_send(call->caller->sip, &s) < 0)
			call_hang_up(call, "signalling_overloaded");
		return;
	}
	struct media_command m = {.kind = MEDIA_DTMF_SEND, .group = call->leg, .leg = call->leg};
	m.dtmf.digits[0] = digit;
	m.dtmf.duration_ms = DIGIT_MS;
	play(call, &m);
}

static void on_menu_over(struct timer *t, int64_t now_ms)
{
	struct call *call = call_of_timer(t, offsetof(struct call, timer_digit));

	(void)now_ms;
	if (call->state == CALL_UP && !call->person_ms)
		play_sentences(call);
}

/* The next key, or the first word after the last one. */
static void set_digit_timer(struct call *call, int64_t wait_ms)
{
	struct caller *c = call->caller;
	int err = 0;

	if (call->digits[0])
		err = timer_set(&c->timers, &call->timer_digit, c->now_ms + wait_ms, on_digit_due);
	else if (c->speech)
		err = timer_set(&c->timers, &call->timer_digit, c->now_ms + SETTLE_MS, on_menu_over);
	if (err < 0)
		call_hang_up(call, "memory");
}

static void on_digit_due(struct timer *t, int64_t now_ms)
{
	struct call *call = call_of_timer(t, offsetof(struct call, timer_digit));
	char digit = call->digits[0];

	if (call->state != CALL_UP || !digit)
		return;
	memmove(call->digits, call->digits + 1, strlen(call->digits));
	call->pressed_ms = now_ms;
	if (digit == 'L')
		digit = (char)('1' + language_of(call));
	if (digit != ',')
		press(call, digit);
	if (call->state == CALL_UP)
		set_digit_timer(call, digit == ',' ? DIGIT_PAUSE_MS : DIGIT_STEP_MS);
}

/* Whether a voice is waited for: then patience runs until it is heard. */
static bool is_listening(const struct call *call)
{
	return !call->is_incoming && (call->caller->options->hear_hz || call->caller->speech);
}

void talk_begin(struct call *call)
{
	struct caller *c = call->caller;
	struct media_command m = {.kind = MEDIA_TONE_MEASURE, .group = call->leg, .leg = call->leg};

	m.tone.frequency_hz = c->options->hear_hz ? c->options->hear_hz : UNHEARD_HZ;
	if (is_listening(call) || c->options->hear_hz)
		play(call, &m);
	if (c->speech && call->is_incoming)
		play_sentences(call);
	else
		play_one(call,
			c->speech || str_equal(c->options->audio, "silence") ? "silence:1000"
									     : c->options->audio,
			true);
	call->pressed_ms = c->now_ms;
	if (!call->is_incoming)
		set_digit_timer(call, FIRST_DIGIT_MS);
	if (!is_listening(call))
		start_talking(call);
}

void talk_heard(struct call *call, float tone_db, float level_db)
{
	struct caller *c = call->caller;
	bool is_quiet = level_db < QUIET_DB;
	bool is_settled = !call->digits[0] && c->now_ms - call->pressed_ms >= SETTLE_MS;

	if (call->state != CALL_UP)
		return;
	if (!is_quiet && tone_db > call->tone_db) {
		call->tone_db = tone_db;
		call->level_db = level_db;
	}
	call->quiet_reports = is_quiet && is_settled ? call->quiet_reports + 1 : 0;
	bool is_there = c->options->hear_hz ? !is_quiet && tone_db > TONE_CLEAR_DB
					    : call->quiet_reports >= QUIET_REPORTS;
	if (call->person_ms || !is_there || !(is_listening(call) || c->options->hear_hz))
		return;
	call->person_ms = c->now_ms;
	report_person(call, tone_db, level_db);
	if (!is_listening(call))
		return;
	if (c->speech)
		play_sentences(call);
	start_talking(call);
}

int talk_ask_sentences(struct caller *c)
{
	static const char *const languages[CALLER_LANGUAGES] = {"fa", "ar", "zh", "en"};

	for (int l = 0; l < CALLER_LANGUAGES; l++)
		for (int i = 0; i < PEOPLE_SENTENCES; i++) {
			int err = speech_request(c->speech, people_sentence(languages[l], i), languages[l],
				(uint64_t)l * PEOPLE_SENTENCES + (uint64_t)i + 1);
			if (err < 0)
				return err;
		}
	return 0;
}

void talk_speech(struct caller *c, const struct speech_result *result)
{
	if (result->error || result->ref < 1 || result->ref > (uint64_t)CALLER_LANGUAGES * PEOPLE_SENTENCES)
		return;
	size_t i = result->ref - 1;
	str_put(c->sentences[i / PEOPLE_SENTENCES][i % PEOPLE_SENTENCES].path, MEDIA_PATH_MAX, result->path);
}
