/* Greetings for tests and the bench: made by espeak-ng in four languages, kept in a folder so that they are
 * made once, and put on lines of several kinds. Everything is decided by numbers passed in: the same trial is
 * the same samples. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CORPUS_RATE_HZ 8000
#define CORPUS_LANGUAGES 4

enum line_kind {
	LINE_CLEAN,
	LINE_QUIET,
	LINE_WHITE,
	LINE_BABBLE,
	LINE_HUM,
	LINE_ECHO,
	LINE_GAPS,
	LINE_KINDS
};

struct greeting {
	const char *language, *voice, *text;
	bool is_machine;
	int speed; /* words a minute */
	int16_t *samples;
	size_t n; /* without the silence around it */
};

struct corpus {
	struct greeting *greetings;
	int n;
};

struct trial { /* one call, as the line delivers it */
	int16_t *samples;
	size_t n;
	int begin_ms, end_ms; /* of the greeting */
	int beep_ms;	      /* when its beep ends; 0: none */
	int beep_hz;
};

/* Makes what the folder does not have yet (voices: 1.. per language) and loads all. 0, or -errno: -ENOENT
 * without espeak-ng. */
int corpus_load(struct corpus *ret_corpus, const char *folder, int voices);
void corpus_free(struct corpus *c);
/* Greeting i on a line of this kind, with variant choosing level, pauses, beep and chance. 0 or -ENOMEM. */
int trial_make(struct trial *ret_trial, const struct corpus *c, int i, enum line_kind line, uint32_t variant);
void trial_free(struct trial *t);
const char *line_name(enum line_kind line);
