/* The inside of the caller program: what its files share. Not for other rooms. Everything here runs on the
 * thread of caller_run. */
#pragma once
#include "base/map.h"
#include "base/vec.h"
#include "caller/caller.h"
#include "caller/people.h"
#include "loop/mailbox.h"
#include "loop/timers.h"
#include "media/media.h"
#include "sip/sip.h"
#include "speech/speech.h"

#define CALLER_MAILBOX_MAX 8192
#define CALLER_ENDING_MS 40000 /* no SIP_ENDED by then: longer than any SIP transaction lives */
#define CALLER_LANGUAGES 4

enum call_state {
	CALL_OPENING, /* waiting for our audio's address */
	CALL_CALLING, /* INVITE is out, or theirs rings */
	CALL_UP,
	CALL_ENDING, /* our BYE is out, or all that is left is to close the audio */
};

struct caller;

struct call {
	struct caller *caller;
	uint64_t leg; /* the same number in sip/ and media/, and its media group */
	int number;   /* 1, 2, 3... in order of starting */
	enum call_state state;
	bool is_incoming, has_sip, has_media, is_saying_goodbye;
	const struct person *person; /* NULL: a number of the pattern */
	char from[SIP_NUMBER_MAX], to[SIP_NUMBER_MAX];
	char digits[CALLER_DIGITS_MAX];		 /* what is left to press */
	int32_t talk_ms, patience_ms, answer_ms; /* as drawn; 0: endless, endless, at once */
	struct sdp local, remote;
	bool has_remote;
	struct timer timer_end, timer_digit, timer_limit, timer_answer;
	int64_t started_ms, answered_ms, person_ms, pressed_ms, ended_ms; /* monotonic; 0: not (yet) */
	int64_t started_us, hung_up_us; /* monotonic; finer, for measuring how soon an agent is rung again */
	int quiet_reports;
	float tone_db, level_db; /* best report of the tone, and the level beside it */
	bool is_ended_by_peer;
	int code;
	char reason[64];
	struct media_stats stats;
};

enum note_kind { NOTE_SIP, NOTE_MEDIA, NOTE_SPEECH };
struct caller_note {
	enum note_kind kind;
	union {
		struct sip_event sip;
		struct media_event media;
		struct speech_result speech;
	};
};

struct caller {
	const struct caller_options *options;
	struct mailbox *mailbox;
	struct sip *sip;
	struct media *media;
	struct speech *speech; /* NULL: audio is not "speech" */
	struct timers timers;
	struct timer timer_start;
	struct map calls; /* by leg */
	int64_t now_ms, started_ms;
	int n_started, n_over, n_answered, n_failed;
	bool is_stopping;
	uint64_t random;
	struct media_source sentences[CALLER_LANGUAGES][PEOPLE_SENTENCES]; /* "" until spoken */
	struct caller_note note; /* being handled: too large for the stack of a deep call */
};

/* caller.c: an even draw from range, and from [0, n). */
int32_t caller_draw(struct caller *c, struct caller_range range);
uint32_t caller_draw_index(struct caller *c, uint32_t n);

/* call.c: starts a call of our own. 0, -ENOMEM, -ENOBUFS (nothing started). */
int call_place(struct caller *c);
/* call.c: takes an incoming one, or turns it away with the right answer. */
void call_take(struct caller *c, const struct sip_event *e);
void call_on_sip(struct call *call, const struct sip_event *e);
void call_on_media(struct call *call, const struct media_event *e);
/* call.c: BYE, CANCEL or a refusal, whichever fits; the call ends when sip/ and media/ say so. */
void call_hang_up(struct call *call, const char *reason);

/* talk.c: what is heard and said once a call is up. */
void talk_begin(struct call *call);
void talk_heard(struct call *call, float tone_db, float level_db);
void talk_speech(struct caller *c, const struct speech_result *result);
int talk_ask_sentences(struct caller *c);

/* report.c: a line for the owner. */
void report_started(const struct call *call);
void report_answered(const struct call *call);
/* The tone's share and the level of the second in which the person was noticed, dB. The tone may have begun
 * in the middle of it, which lowers the share: who wants to know how clear it was takes report_ended's. */
void report_person(const struct call *call, float tone_db, float level_db);
/* Carries the share of the tone in the clearest second of the call, and the level in that second, dB. */
void report_ended(const struct call *call);
void report_ready(const struct caller *c, uint16_t port);
void report_summary(const struct caller *c);
