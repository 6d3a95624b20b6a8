/* Who calls: names and numbers of four countries, and what they say. Pure data.
 *
 * The numbers are of ranges set aside for fiction where a country has one; the first PEOPLE_KNOWN of them
 * stand in examples/demo-centre/customers.json. */
#pragma once

#define PEOPLE_SENTENCES 5

struct person {
	const char *name, *number, *language; /* "fa", "ar", "zh", "en" */
};

extern const struct person people[];
extern const int n_people;
/* Sentence i (0..PEOPLE_SENTENCES - 1) in a language of the table. */
const char *people_sentence(const char *language, int i);
/* What a caller of this language presses in a language menu (fa 1, ar 2, zh 3, en 4). */
char people_language_digit(const char *language);
