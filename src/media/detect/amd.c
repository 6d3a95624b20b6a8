/* The verdict on a voice.
 *
 * People say a short greeting and wait; machines speak on. The levels of all frames since the start are kept,
 * and the stretches of voice are found anew in the whole of them at each frame: what is voice and what is
 * background shows only once both were heard, and a greeting that began with the first sample gets its true
 * edges a moment later. */
#include "media/detect/amd.h"

#include <string.h>

#define AMD_TONE (-100)
#define AMD_HOLE (-101)
#define HISTOGRAM 92

#define AUDIBLE_DB (-46)
#define PEAK_FRAMES 6	 /* so many frames are as loud as the peak: a click is no voice */
#define FLOOR_PERCENT 20 /* of frames lie below the background's level */
#define ABOVE_FLOOR_DB 10
#define BELOW_PEAK_DB 20
#define BELOW_PEAK_MIN_DB 8
#define CONTRAST_DB 9  /* less between peak and floor over a second is steady noise */
#define PAUSE_FRAMES 7 /* shorter ones are inside a word */
#define WORD_FRAMES 4  /* shorter ones are clicks */

#define MACHINE_SPAN_MS 2000
#define HUMAN_SPAN_MS 1900
#define MACHINE_WORDS 7

static int ms(int frames)
{
	return frames * AMD_FRAME_MS;
}

void amd_start(struct amd *a, int32_t limit_ms, bool is_tones_only)
{
	memset(a, 0, sizeof(*a));
	spectrum_start(&a->spectrum);
	tones_start(&a->tones);
	a->limit_ms = limit_ms <= 0 ? AMD_LIMIT_DEFAULT_MS : limit_ms;
	if (a->limit_ms > AMD_LIMIT_MAX_MS)
		a->limit_ms = AMD_LIMIT_MAX_MS;
	a->is_tones_only = is_tones_only;
}

/* The level above which a frame is voice; false: nothing stands out. */
static bool threshold(const struct amd *a, int *ret_db)
{
	int histogram[HISTOGRAM] = {0}, n = 0, n_holes = 0, peak = HISTOGRAM - 1, background = HISTOGRAM - 1;

	for (int i = 0; i < a->n_levels; i++)
		if (a->level_db[i] > -HISTOGRAM) {
			histogram[-a->level_db[i]]++;
			n++;
		} else {
			n_holes += a->level_db[i] == AMD_HOLE;
		}
	for (int db = 0, above = 0; db < HISTOGRAM; db++) {
		above += histogram[db];
		if (above >= PEAK_FRAMES && peak == HISTOGRAM - 1)
			peak = db;
		if (above * 100 >= n * (100 - FLOOR_PERCENT)) {
			background = db;
			break;
		}
	}
	/* A line that is mute between words has no background to compare with. */
	bool is_steady =
		ms(a->n_levels) >= 1000 && n_holes * 4 < a->n_levels && background - peak < CONTRAST_DB;
	if (n < PEAK_FRAMES || -peak < AUDIBLE_DB || is_steady)
		return false;
	int db = -background + ABOVE_FLOOR_DB;
	if (db < -peak - BELOW_PEAK_DB)
		db = -peak - BELOW_PEAK_DB;
	*ret_db = db < -peak - BELOW_PEAK_MIN_DB ? db : -peak - BELOW_PEAK_MIN_DB;
	return true;
}

/* Takes the stretch [from, to) of voice into the picture. */
static void take_word(struct amd_speech *s, int from, int to)
{
	if (to - from < WORD_FRAMES)
		return;
	if (s->n_words++ == 0)
		s->first = from;
	else if (from - s->last > s->longest_pause)
		s->longest_pause = from - s->last;
	s->last = to;
	s->voiced += to - from;
}

void amd_speech_now(const struct amd *a, struct amd_speech *ret_speech)
{
	struct amd_speech s = {0};
	int db, from = -1, to = -1;

	if (threshold(a, &db)) {
		for (int i = 0; i < a->n_levels; i++) {
			if (a->level_db[i] < db)
				continue;
			if (from >= 0 && i - to >= PAUSE_FRAMES) {
				take_word(&s, from, to);
				from = -1;
			}
			from = from < 0 ? i : from;
			to = i + 1;
		}
		if (from >= 0)
			take_word(&s, from, to);
	}
	*ret_speech = s;
}

static void say(struct amd *a, enum media_detected what, int percent)
{
	struct amd_verdict v = {
		.what = what, .after_ms = (int32_t)(a->n_frames * AMD_FRAME_MS), .percent = (uint8_t)percent};

	if (a->n_waiting < AMD_WAITING_MAX)
		a->waiting[a->n_waiting++] = v;
	if (what != MEDIA_BEEP) {
		a->is_decided = true;
		a->decided = what;
		a->is_over = what != MEDIA_MACHINE;
	}
}

/* How long a silence ends a greeting of span_ms: the longer it was, the likelier it only draws breath. */
static int patience_ms(int span_ms)
{
	if (span_ms <= 700)
		return 640;
	return span_ms <= 1200 ? 740 : 860;
}

static int human_percent(const struct amd_speech *s, int span_ms)
{
	int percent = span_ms <= 900 ? 95 : span_ms <= 1400 ? 88 : 75;

	return s->n_words > 3 ? percent - 10 : percent;
}

static void at_limit(struct amd *a, const struct amd_speech *s, int span_ms)
{
	if (a->is_tones_only)
		say(a, MEDIA_UNSURE, 0);
	else if (s->n_words == 0)
		say(a, a->tones.has_ringing ? MEDIA_RINGING : MEDIA_SILENCE, 90);
	else if (span_ms > HUMAN_SPAN_MS * 3 / 4)
		say(a, MEDIA_MACHINE, 60);
	else
		say(a, MEDIA_UNSURE, 50);
}

/* Tones are neither voice nor silence. */
static int silent_since(const struct amd *a, int from)
{
	int n = 0;

	for (int i = from; i < a->n_levels; i++)
		n += a->level_db[i] != AMD_TONE;
	return n;
}

static void judge(struct amd *a)
{
	struct amd_speech s = {0};

	if (!a->is_tones_only)
		amd_speech_now(a, &s);
	int span_ms = ms(s.last - s.first), silence_ms = ms(silent_since(a, s.last));

	if (s.n_words > 0 && (span_ms >= MACHINE_SPAN_MS || s.n_words >= MACHINE_WORDS))
		say(a, MEDIA_MACHINE, span_ms >= MACHINE_SPAN_MS + 500 ? 95 : 85);
	else if (s.n_words > 0 && silence_ms >= patience_ms(span_ms))
		say(a, span_ms <= HUMAN_SPAN_MS ? MEDIA_HUMAN : MEDIA_MACHINE,
			span_ms <= HUMAN_SPAN_MS ? human_percent(&s, span_ms) : 75);
	else if (a->n_frames * AMD_FRAME_MS >= a->limit_ms)
		at_limit(a, &s, span_ms);
}

static void remember(struct amd *a, const struct spectrum_frame *f, int n_tone)
{
	int db = (int)f->level_db;

	if (a->n_levels == AMD_FRAMES_MAX)
		return;
	a->level_db[a->n_levels++] = (int8_t)(db > 0 ? 0 : db <= -85 ? AMD_HOLE : db);
	for (int i = 1; i <= n_tone && i <= a->n_levels; i++)
		a->level_db[a->n_levels - i] = AMD_TONE;
}

static void tone_said(struct amd *a, enum media_detected what)
{
	if (what != MEDIA_BEEP) {
		/* After a machine's greeting only its beep is news, but a line that went busy ends the wait.
		 */
		a->is_over = true;
		if (!a->is_decided)
			say(a, what, 95);
		return;
	}
	if (!a->is_decided && !a->is_tones_only)
		say(a, MEDIA_MACHINE, 95);
	if (a->decided == MEDIA_MACHINE)
		say(a, MEDIA_BEEP, 90);
}

static bool has_spoken(const struct amd *a)
{
	struct amd_speech s;

	if (a->is_decided)
		return a->decided == MEDIA_MACHINE;
	amd_speech_now(a, &s);
	return s.n_words > 0;
}

static void frame(struct amd *a)
{
	struct spectrum_frame f;

	spectrum_add(&a->spectrum, a->part, &f);
	a->n_frames++;
	struct tones_step step = tones_add(&a->tones, &f, has_spoken(a));
	if (!a->is_decided)
		remember(a, &f, step.n_tone);
	if (step.what)
		tone_said(a, step.what);
	if (!a->is_decided)
		judge(a);
	if (a->n_frames * AMD_FRAME_MS >= a->limit_ms + AMD_BEEP_WAIT_MS)
		a->is_over = true;
}

struct amd_verdict amd_add(struct amd *a, const int16_t *samples, size_t n)
{
	struct amd_verdict verdict = {0};

	while (n > 0 && !a->is_over) {
		size_t take = (size_t)(SPECTRUM_HOP - a->n_part);
		take = n < take ? n : take;
		memcpy(a->part + a->n_part, samples, take * sizeof(*samples));
		a->n_part += (int)take;
		samples += take;
		n -= take;
		if (a->n_part == SPECTRUM_HOP) {
			a->n_part = 0;
			frame(a);
		}
	}
	if (a->n_waiting > 0) {
		verdict = a->waiting[0];
		a->n_waiting--;
		memmove(a->waiting, a->waiting + 1, sizeof(*a->waiting) * (size_t)a->n_waiting);
	}
	return verdict;
}

bool amd_is_over(const struct amd *a)
{
	return a->is_over && a->n_waiting == 0;
}
