/* Two looks at each frame: is it one pure tone (beeps, information and fax tones), and is nearly all of it
 * where call progress tones lie (busy, congestion, ringing: told apart by their cadence alone, since their
 * pitch differs from country to country). */
#include "media/detect/amd_tones.h"

#include <math.h>
#include <string.h>

#define FRAME_MS 20
#define AUDIBLE_DB (-45)
#define PURE_SHARE 0.85F
#define PURE_SIDE 0.08F
#define SAME_HZ 20
#define RUN_TONE 5 /* frames from which on a run is no vowel */
#define RUN_GAP 2  /* frames of something else that do not end a run: phase reversals of ANSam */
#define QUIETER_DB 12

#define PROGRESS_SHARE 0.92F
#define STEADY_DB 2.5F
#define PROGRESS_TONE 15 /* frames from which on a steady progress tone is no vowel */
#define SAME_MS 60
#define HELD_FRAMES 50
#define SIT_FRAMES 24

void tones_start(struct tones *t)
{
	memset(t, 0, sizeof(*t));
}

static int run_ms(const struct tone_run *run)
{
	return run->n * FRAME_MS - FRAME_MS; /* both edges' windows hold some of it */
}

static bool is_near(float hz, float low, float high)
{
	return hz >= low && hz <= high;
}

/* E.180: 950, 1400, 1800 Hz, 330 ms each; the American ones are a little off and shorter. */
static enum media_detected sit_add(struct tones *t, const struct tone_run *run)
{
	static const float low[] = {885, 1340, 1740}, high[] = {1015, 1460, 1830};
	int ms = run_ms(run);
	bool follows = t->sit_step == 0 || run->first - t->sit_ended <= 6;

	if (!follows)
		t->sit_step = 0;
	if (ms < 160 || ms > 480 || !is_near(run->hz, low[t->sit_step], high[t->sit_step])) {
		t->sit_step = 0;
		return 0;
	}
	t->sit_ended = run->first + run->n;
	if (++t->sit_step < 3)
		return 0;
	t->sit_step = 0;
	return MEDIA_SIT;
}

/* T.30 4.1: 0.5 s each 3.5 s. After speech only a second one tells it from a beep. */
static enum media_detected calling_add(struct tones *t, const struct tone_run *run, bool has_spoken)
{
	int ms = run_ms(run);
	int64_t since = (run->first - t->calling_ended) * FRAME_MS;
	bool is_second = t->calling_ended > 0 && since > 2500 && since < 3500;

	if (ms < 400 || ms > 620 || !is_near(run->hz, 1062, 1138))
		return 0;
	t->calling_ended = run->first + run->n;
	return !has_spoken || is_second ? MEDIA_FAX_CALLING : 0;
}

static enum media_detected beep_add(struct tones *t, const struct tone_run *run, float level_db)
{
	int ms = run_ms(run);

	if (ms < 100 || ms > 1200 || !is_near(run->hz, 390, 2330) || level_db > run->level_db - QUIETER_DB)
		return 0;
	if (!is_near(run->hz, 330, 660) && t->sit_step != 1)
		return t->sit_step == 0 ? MEDIA_BEEP : 0;
	/* It may be the first of a busy tone's or of an information tone's: what follows will tell. */
	t->held = *run;
	t->held_until = t->frame + (t->sit_step == 1 ? SIT_FRAMES : HELD_FRAMES);
	return 0;
}

static enum media_detected run_end(struct tones *t, float level_db, bool has_spoken)
{
	struct tone_run run = t->run;
	enum media_detected what;

	t->run = (struct tone_run){0};
	if (run.n < RUN_TONE)
		return 0;
	what = sit_add(t, &run);
	if (!what)
		what = calling_add(t, &run, has_spoken);
	if (!what && has_spoken)
		what = beep_add(t, &run, level_db);
	return what;
}

/* A lone beep is one when nothing like it follows. */
static enum media_detected held_over(struct tones *t)
{
	if (t->held.n == 0)
		return 0;
	if (t->sit_step > 1 || (t->run.n >= RUN_TONE && fabsf(t->run.hz - t->held.hz) < 2 * SAME_HZ)) {
		t->held.n = 0;
		return 0;
	}
	if (t->frame < t->held_until)
		return 0;
	t->held.n = 0;
	return MEDIA_BEEP;
}

static enum media_detected pure(struct tones *t, const struct spectrum_frame *f, bool has_spoken)
{
	struct tone_run *run = &t->run;
	bool is_pure = f->level_db >= AUDIBLE_DB && f->peak_share >= PURE_SHARE && f->side_share <= PURE_SIDE;
	enum media_detected what = 0;

	if (is_pure && run->n > 0 && fabsf(f->peak_hz - run->hz) <= SAME_HZ) {
		run->n += 1 + run->n_gap;
		run->n_gap = 0;
		run->hz += (f->peak_hz - run->hz) / 8;
		run->level_db = fmaxf(run->level_db, f->level_db);
	} else if (is_pure || (run->n > 0 && ++run->n_gap > RUN_GAP)) {
		what = run_end(t, f->level_db, has_spoken);
		if (is_pure)
			*run = (struct tone_run){
				.n = 1, .hz = f->peak_hz, .level_db = f->level_db, .first = t->frame};
	}
	/* T.30 4.1: 2.6 to 4 s; nobody beeps that long, and without a greeting nobody beeps. */
	if (run->n >= (has_spoken ? 65 : 35) && is_near(run->hz, 2070, 2130))
		return MEDIA_FAX_ANSWERING;
	return what ? what : held_over(t);
}

/* ---- cadence ---- */

static bool is_same(int a, int b)
{
	return a - b <= SAME_MS && b - a <= SAME_MS;
}

static bool is_within(int x, int low, int high)
{
	return x >= low && x <= high;
}

static enum media_detected cadence_name(const struct cadence *c)
{
	int on = c->on_ms[0], off = c->off_ms[0], on2 = c->on_ms[1], off2 = c->off_ms[1];

	/* UK: 400 on, 350 off, 225 on, 525 off. */
	if (is_same(on + off, 750) && is_same(on2 + off2, 750) && !is_same(on, on2))
		return MEDIA_CONGESTION;
	if (!is_same(on, on2) || !is_same(off, off2) || !is_same(on, off))
		return 0;
	if (is_within(on, 140, 310))
		return MEDIA_CONGESTION; /* fast busy */
	if (is_within(on, 311, 620))
		return MEDIA_BUSY;
	return is_within(on, 621, 820) ? MEDIA_CONGESTION : 0; /* China */
}

static void cadence_pair(struct cadence *c, int off_ms)
{
	if (c->n_pairs == TONES_PAIRS) {
		c->on_ms[0] = c->on_ms[1];
		c->off_ms[0] = c->off_ms[1];
		c->n_pairs--;
	}
	c->on_ms[c->n_pairs] = c->this_on_ms;
	c->off_ms[c->n_pairs++] = off_ms;
}

static void cadence_reset(struct cadence *c)
{
	*c = (struct cadence){0};
}

static enum media_detected cadence_rise(struct cadence *c, const struct spectrum_frame *f)
{
	enum media_detected what = 0;

	if (c->this_on_ms > 0) {
		cadence_pair(c, c->n * FRAME_MS + FRAME_MS / 2);
		if (c->n_pairs == TONES_PAIRS)
			what = cadence_name(c);
	}
	c->is_on = true;
	c->n = 1;
	c->n_unsteady = 0;
	c->level_db = f->level_db;
	return what;
}

static void cadence_fall(struct tones *t)
{
	struct cadence *c = &t->cadence;
	int on_ms = c->n * FRAME_MS - FRAME_MS / 2;

	if (on_ms < 100 || c->n_unsteady > 2 + c->n / 8) {
		cadence_reset(c);
		return;
	}
	t->has_ringing |= c->n >= PROGRESS_TONE;
	c->this_on_ms = on_ms;
	c->is_on = false;
	c->n = 1;
}

static enum media_detected cadence(struct tones *t, const struct spectrum_frame *f)
{
	struct cadence *c = &t->cadence;
	bool is_on = f->level_db >= AUDIBLE_DB && f->progress_share >= PROGRESS_SHARE;
	enum media_detected what = 0;

	if (is_on && !c->is_on) {
		what = cadence_rise(c, f);
	} else if (is_on) {
		c->level_db = fmaxf(c->level_db, f->level_db);
		/* Two tones close to each other beat; over three frames their crest shows. */
		float crest_db = fmaxf(f->level_db, fmaxf(c->before_db[0], c->before_db[1]));
		c->n_unsteady += crest_db < c->level_db - STEADY_DB;
		c->n++;
	} else if (c->is_on) {
		cadence_fall(t);
	} else if (c->this_on_ms > 0) {
		/* One frame may still hold the tone's end; after that the pause must be one. */
		if (++c->n > 2 && f->level_db > c->level_db - QUIETER_DB)
			cadence_reset(c);
	}
	c->before_db[1] = c->before_db[0];
	c->before_db[0] = f->level_db;
	return what;
}

struct tones_step tones_add(struct tones *t, const struct spectrum_frame *f, bool has_spoken)
{
	struct tones_step step = {0};
	const struct cadence *c = &t->cadence;

	t->frame++;
	step.what = pure(t, f, has_spoken);
	enum media_detected busy = cadence(t, f);
	if (busy)
		step.what = busy;
	if (t->run.n >= RUN_TONE && t->run.n_gap == 0)
		step.n_tone = t->run.n;
	if (c->is_on && c->n >= PROGRESS_TONE && c->n_unsteady <= 2 + c->n / 8 && c->n > step.n_tone)
		step.n_tone = c->n;
	return step;
}
