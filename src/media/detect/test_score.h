/* How often the detector errs: runs trials and counts. Shared by the unit test and `bench_detect`. */
#pragma once
#include "media/detect/amd.h"
#include "media/detect/test_corpus.h"

#define SCORE_TIMES_MAX 20000

struct score_row {
	int humans, human_called_machine, human_unsure, machines, machine_called_human, machine_unsure, beeps,
		beeps_heard, beeps_false;
};

struct score {
	struct score_row all, by_line[LINE_KINDS], by_language[CORPUS_LANGUAGES];
	const char *languages[CORPUS_LANGUAGES];
	int n_languages;
	int human_ms[SCORE_TIMES_MAX], n_human;	    /* from the greeting's end to the verdict */
	int machine_ms[SCORE_TIMES_MAX], n_machine; /* from the greeting's begin */
	bool is_talkative;			    /* prints every error */
};

/* Runs every greeting of the corpus on every line, variants times. 0 or -ENOMEM. */
int score_run(struct score *s, const struct corpus *c, int variants);
/* One JSON object a line: all, each line, each language, times. */
void score_print(struct score *s);
double score_rate(int errors, int of);
