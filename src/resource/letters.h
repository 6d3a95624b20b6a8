/* Texts as people type them, made canonical: digits of any script, marks that came with a copy, white space.
 * Pure. */
#pragma once
#include "resource/resource.h"

#include <stddef.h>

/* Letters (code points) in well-formed UTF-8. */
size_t letters_count(const char *s);
/* Copies n bytes of s without white space at either end into ret_text (n + 1 bytes); returns the length. */
size_t letters_trim(const char *s, size_t n, char *ret_text);
/* Control characters in s: never allowed, except line ends and tabs where is_prose. */
bool letters_have_controls(const char *s, bool is_prose);
/* Persian, Arabic and full-width digits become ASCII, in place (the text only shrinks). */
void letters_fold_digits(char *s);
/* Brings s into its form in place. NULL when it fits, else a sentence that says what is expected. */
const char *letters_to_form(char *s, enum field_form form);
