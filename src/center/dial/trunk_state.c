/* See trunk_state.h. */
#include "center/dial/trunk_state.h"
#include "base/str.h"

#include <string.h>

struct trunk_figures *trunk_state_now(struct trunk_state *s, int64_t wall_ms)
{
	int64_t quarter = wall_ms / TRUNK_INTERVAL_MS;
	int i = (int)(quarter % TRUNK_INTERVALS);

	if (s->at[i].quarter != quarter) {
		memset(&s->at[i], 0, sizeof(s->at[i]));
		s->at[i].quarter = quarter;
	}
	return &s->at[i].figures;
}

static void add(struct trunk_figures *sum, const struct trunk_figures *f)
{
	sum->attempts += f->attempts;
	sum->answered += f->answered;
	sum->busy += f->busy;
	sum->no_answer += f->no_answer;
	sum->rejected += f->rejected;
	sum->failed += f->failed;
	sum->blocked += f->blocked;
	sum->talk_ms += f->talk_ms;
	sum->incoming += f->incoming;
	sum->incoming_talk_ms += f->incoming_talk_ms;
	sum->mos_sum_x100 += f->mos_sum_x100;
	sum->mos_calls += f->mos_calls;
}

void trunk_state_sum(const struct trunk_state *s, int64_t wall_ms, int n, struct trunk_figures *ret_sum)
{
	int64_t quarter = wall_ms / TRUNK_INTERVAL_MS;
	struct trunk_figures sum = {0};

	for (int i = 0; i < TRUNK_INTERVALS; i++)
		if (s->at[i].quarter <= quarter && s->at[i].quarter > quarter - n)
			add(&sum, &s->at[i].figures);
	*ret_sum = sum;
}

void trunk_state_begun(struct trunk_state *s, int64_t wall_ms)
{
	int64_t second = wall_ms / 1000;

	if (second != s->second) {
		s->begun_before = second == s->second + 1 ? s->begun : 0;
		s->begun = 0;
		s->second = second;
	}
	s->begun++;
}

int trunk_state_rate(const struct trunk_state *s, int64_t wall_ms)
{
	int64_t second = wall_ms / 1000;

	return second == s->second ? s->begun_before : second == s->second + 1 ? s->begun : 0;
}

static bool is_networks(int code, bool has_rung)
{
	return (code >= 500 && code < 600) || code == 0 || (code == 408 && !has_rung);
}

enum trunk_outcome trunk_outcome_of(int code, bool has_rung)
{
	if (code >= 200 && code < 300)
		return TRUNK_ANSWERED;
	if (code == 486 || code == 600)
		return TRUNK_BUSY;
	if (is_networks(code, has_rung))
		return TRUNK_FAILED;
	return code == 480 || code == 408 || code == 487 ? TRUNK_NO_ANSWER : TRUNK_REJECTED;
}

bool trunk_fails_over(int code, bool has_rung, bool has_media)
{
	return !has_media && is_networks(code, has_rung);
}

void trunk_state_outcome(struct trunk_state *s, enum trunk_outcome outcome, int64_t wall_ms)
{
	struct trunk_figures *f = trunk_state_now(s, wall_ms);

	f->answered += outcome == TRUNK_ANSWERED;
	f->busy += outcome == TRUNK_BUSY;
	f->no_answer += outcome == TRUNK_NO_ANSWER;
	f->rejected += outcome == TRUNK_REJECTED;
	f->failed += outcome == TRUNK_FAILED;
	s->answered[s->n_answered++ % TRUNK_SAMPLE] = outcome == TRUNK_ANSWERED;
}

void trunk_state_mos(struct trunk_state *s, int mos_x100, int64_t wall_ms)
{
	struct trunk_figures *f = trunk_state_now(s, wall_ms);

	f->mos_sum_x100 += mos_x100;
	f->mos_calls++;
	s->mos_x100[s->n_mos++ % TRUNK_MOS_SAMPLE] = (int16_t)mos_x100;
}

void trunk_state_step_back(struct trunk_state *s, int64_t until_ms, const char *why)
{
	if (until_ms > s->back_until_ms)
		s->back_until_ms = until_ms;
	(void)str_put(s->back_why, sizeof(s->back_why), why);
}

bool trunk_state_judge(struct trunk_state *s, const struct trunk_bounds *bounds, int64_t now_ms)
{
	int n = s->n_answered < TRUNK_SAMPLE ? s->n_answered : TRUNK_SAMPLE, answered = 0, mos = 0;
	int n_mos = s->n_mos < TRUNK_MOS_SAMPLE ? s->n_mos : TRUNK_MOS_SAMPLE;
	char why[64];

	for (int i = 0; i < n; i++)
		answered += s->answered[i];
	for (int i = 0; i < n_mos; i++)
		mos += s->mos_x100[i];
	if (bounds->asr_min_pct && n >= TRUNK_SAMPLE_MIN && answered * 100 < bounds->asr_min_pct * n)
		(void)str_printf(why, sizeof(why), "ASR %d %% is below %d %%", answered * 100 / n,
			bounds->asr_min_pct);
	else if (bounds->mos_min_x100 && n_mos >= TRUNK_MOS_MIN && mos < bounds->mos_min_x100 * n_mos)
		(void)str_printf(why, sizeof(why), "MOS %d.%02d is below %d.%02d", mos / n_mos / 100,
			mos / n_mos % 100, bounds->mos_min_x100 / 100, bounds->mos_min_x100 % 100);
	else
		return false;
	s->n_answered = s->n_mos = 0;
	trunk_state_step_back(s, now_ms + bounds->back_ms, why);
	return true;
}

bool trunk_state_is_back(const struct trunk_state *s, int64_t now_ms)
{
	return s->back_until_ms > now_ms;
}

int trunk_asr_pct(const struct trunk_figures *f)
{
	return f->attempts ? (int)(f->answered * 100 / f->attempts) : -1;
}

int trunk_ner_pct(const struct trunk_figures *f)
{
	int64_t effective = f->answered + f->busy + f->no_answer + f->rejected;

	return f->attempts ? (int)(effective * 100 / f->attempts) : -1;
}

int64_t trunk_acd_ms(const struct trunk_figures *f)
{
	return f->answered ? f->talk_ms / f->answered : -1;
}
