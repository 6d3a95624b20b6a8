/* See the header. */
#include "media/detect/test_score.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct outcome {
	enum media_detected what;
	int after_ms, n_beeps, n_beeps_right;
};

static struct outcome judge(struct amd *a, const struct trial *t)
{
	struct outcome o = {0};

	amd_start(a, 8000, false);
	for (size_t at = 0; at + 160 <= t->n; at += 160) {
		struct amd_verdict v = amd_add(a, t->samples + at, 160);
		if (v.what == MEDIA_BEEP) {
			int late = v.after_ms - t->beep_ms;
			o.n_beeps++;
			o.n_beeps_right += t->beep_ms > 0 && late > -200 && late < 1500;
		} else if (v.what) {
			o.what = v.what;
			o.after_ms = v.after_ms;
		}
	}
	return o;
}

static void count(
	struct score_row *r, const struct greeting *g, const struct trial *t, const struct outcome *o)
{
	if (g->is_machine) {
		r->machines++;
		r->machine_called_human += o->what == MEDIA_HUMAN;
		r->machine_unsure += o->what != MEDIA_HUMAN && o->what != MEDIA_MACHINE;
		/* Who was taken for a person is not listened to any more. */
		r->beeps += t->beep_ms > 0 && o->what == MEDIA_MACHINE;
		r->beeps_heard += o->what == MEDIA_MACHINE && o->n_beeps_right > 0;
	} else {
		r->humans++;
		r->human_called_machine += o->what == MEDIA_MACHINE;
		r->human_unsure += o->what != MEDIA_HUMAN && o->what != MEDIA_MACHINE;
	}
	r->beeps_false += o->n_beeps - o->n_beeps_right > 0;
}

static int language(struct score *s, const char *name)
{
	for (int i = 0; i < s->n_languages; i++)
		if (strcmp(s->languages[i], name) == 0)
			return i;
	s->languages[s->n_languages] = name;
	return s->n_languages++;
}

static void keep_times(
	struct score *s, const struct greeting *g, const struct trial *t, const struct outcome *o)
{
	if (!g->is_machine && o->what == MEDIA_HUMAN && s->n_human < SCORE_TIMES_MAX)
		s->human_ms[s->n_human++] = o->after_ms - t->end_ms;
	if (g->is_machine && o->what == MEDIA_MACHINE && s->n_machine < SCORE_TIMES_MAX)
		s->machine_ms[s->n_machine++] = o->after_ms - t->begin_ms;
}

static void complain(
	const struct greeting *g, const struct trial *t, const struct outcome *o, enum line_kind line)
{
	bool is_right = o->what == (g->is_machine ? MEDIA_MACHINE : MEDIA_HUMAN);
	bool is_beep_right = o->n_beeps == (g->is_machine && is_right ? 1 : 0);

	if (!is_right || !is_beep_right)
		printf("# %s %s %d on %s: %s after %d ms (spoken %d..%d, beep %d Hz until %d), beeps %d "
		       "right %d: %.60s\n",
			g->is_machine ? "machine" : "human", g->voice, g->speed, line_name(line),
			media_detected_name(o->what), o->after_ms, t->begin_ms, t->end_ms, t->beep_hz,
			t->beep_ms, o->n_beeps, o->n_beeps_right, g->text);
}

static int score_one(struct score *s, struct amd *a, const struct corpus *c, int i, uint32_t kind)
{
	const struct greeting *g = &c->greetings[i];
	enum line_kind line = kind % LINE_KINDS;
	struct trial t;
	int err = trial_make(&t, c, i, line, kind / LINE_KINDS);

	if (err < 0)
		return err;
	struct outcome o = judge(a, &t);
	count(&s->all, g, &t, &o);
	count(&s->by_line[line], g, &t, &o);
	count(&s->by_language[language(s, g->language)], g, &t, &o);
	keep_times(s, g, &t, &o);
	if (s->is_talkative)
		complain(g, &t, &o, line);
	trial_free(&t);
	return 0;
}

int score_run(struct score *s, const struct corpus *c, int variants)
{
	static struct amd a;
	int err = 0;

	for (int i = 0; i < c->n; i++)
		for (int kind = 0; kind < LINE_KINDS * variants && err == 0; kind++)
			err = score_one(s, &a, c, i, (uint32_t)kind);
	return err;
}

double score_rate(int errors, int of)
{
	return of > 0 ? 100.0 * errors / of : 0;
}

static void print_row(const char *what, const char *name, const struct score_row *r)
{
	printf("{\"name\":\"detect\",\"%s\":\"%s\",\"humans\":%d,\"human_called_machine_percent\":%.2f,"
	       "\"human_unsure_percent\":%"
	       ".2f,\"machines\":%d,\"machine_called_human_percent\":%.2f,\"machine_unsure_percent\":%.2f,"
	       "\"beeps\":%d,"
	       "\"beeps_missed_percent\":%.2f,\"calls_with_false_beep_percent\":%.2f}\n",
		what, name, r->humans, score_rate(r->human_called_machine, r->humans),
		score_rate(r->human_unsure, r->humans), r->machines,
		score_rate(r->machine_called_human, r->machines), score_rate(r->machine_unsure, r->machines),
		r->beeps, score_rate(r->beeps - r->beeps_heard, r->beeps),
		score_rate(r->beeps_false, r->humans + r->machines));
}

static int by_size(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static int percentile(int *times, int n, int percent)
{
	qsort(times, (size_t)n, sizeof(*times), by_size);
	return n > 0 ? times[(n - 1) * percent / 100] : 0;
}

void score_print(struct score *s)
{
	print_row("all", "all", &s->all);
	for (int i = 0; i < LINE_KINDS; i++)
		print_row("line", line_name((enum line_kind)i), &s->by_line[i]);
	for (int i = 0; i < s->n_languages; i++)
		print_row("language", s->languages[i], &s->by_language[i]);
	printf("{\"name\":\"detect_times\",\"human_after_end_p50_ms\":%d,\"human_after_end_p95_ms\":%d,"
	       "\"human_after_end_max_ms\":%"
	       "d,\"machine_after_begin_p50_ms\":%d,\"machine_after_begin_p95_ms\":%d}\n",
		percentile(s->human_ms, s->n_human, 50), percentile(s->human_ms, s->n_human, 95),
		percentile(s->human_ms, s->n_human, 100), percentile(s->machine_ms, s->n_machine, 50),
		percentile(s->machine_ms, s->n_machine, 95));
	fflush(stdout);
}
