/* What people dial, made into a number the world understands, and who may not call it: E.164 by the
 * installation's country, forbidden beginnings, emergency numbers; and back into what a trunk wants. PURE.
 *
 * Must not know: trunks, agents, the configuration's rows. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#define DIAL_NUMBER_MAX 64 /* bytes of a number, with its NUL */
#define DIAL_DIGITS_MAX 32 /* of a number people may call; E.164 itself has 15 */

struct dial_rules {		   /* texts are borrowed; NULL and "" are the same */
	const char *country;	   /* "98"; none: numbers are left as they are written */
	const char *national;	   /* "0": before a number of another town */
	const char *international; /* "00": before a country code */
	const char *const *forbidden;
	int n_forbidden;
	const char *const *emergency;
	int n_emergency;
};
enum dial_verdict {
	DIAL_FINE = 1,
	DIAL_EMERGENCY, /* always allowed, dialled exactly as written, by any trunk */
	DIAL_NO_NUMBER, /* not one */
	DIAL_FORBIDDEN,
};
enum dial_format { DIAL_E164, DIAL_DIGITS, DIAL_NATIONAL, DIAL_AS_DIALLED };

/* ret_number (DIAL_NUMBER_MAX bytes; untouched unless FINE or EMERGENCY): "+98211234", or as it was written
 * when the country is unknown or the number is a short one. Spaces, dashes, dots, brackets and slashes are
 * dropped; digits of other scripts are no digits here (screens fold them). */
enum dial_verdict dial_judge(const struct dial_rules *rules, const char *dialled, char *ret_number);
/* Whether number (as judged) begins with prefix, however that is written: +98.., 0098.., 021... "" begins
 * all. */
bool dial_has_prefix(const struct dial_rules *rules, const char *number, const char *prefix);
/* How much of number the prefix is, in letters; negative when number does not begin with it. */
int dial_prefix_length(const struct dial_rules *rules, const char *number, const char *prefix);
/* Somebody's number as it came from outside, in the canonical form where it can be; else as it is. */
void dial_canonical(const struct dial_rules *rules, const char *number, char *ret_number);
/* The number as a trunk wants it. */
void dial_write(const struct dial_rules *rules, const char *number, enum dial_format format, char *ret_text);
/* "e164", "digits", "national", "as_dialled"; anything else is DIAL_E164. */
enum dial_format dial_format_named(const char *name);
