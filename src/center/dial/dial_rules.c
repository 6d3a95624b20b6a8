/* See dial_rules.h. ITU-T E.164 and E.123. */
#include "center/dial/dial_rules.h"
#include "base/str.h"

#include <string.h>

#define SHORT_MAX 6 /* digits: 110, 1888, 118181 are dialled as they are */

static bool has(const char *text)
{
	return text && *text;
}

/* Digits with a "+" in front or without, * and # anywhere. 0 when it is no number, else the number of digits.
 */
static int bare(const char *dialled, char *ret_number)
{
	size_t n = 0;
	int digits = 0;

	for (const char *p = dialled; *p; p++) {
		bool is_digit = *p >= '0' && *p <= '9';
		if (*p != '+' && strchr(" -.()/", *p))
			continue;
		if (!is_digit && *p != '*' && *p != '#' && (*p != '+' || n > 0))
			return 0;
		digits += is_digit;
		if (n + 1 >= DIAL_NUMBER_MAX || digits > DIAL_DIGITS_MAX)
			return 0;
		ret_number[n++] = *p;
	}
	ret_number[n] = '\0';
	return digits;
}

/* The canonical form of a bare number, or of the beginning of one. */
static void canonical(const struct dial_rules *r, const char *number, bool is_whole, char *ret_text)
{
	bool is_short = is_whole && strlen(number) <= SHORT_MAX;

	if (number[0] == '+' || !has(r->country) || strpbrk(number, "*#")) {
		str_put(ret_text, DIAL_NUMBER_MAX, number);
	} else if (has(r->international) && str_starts_with(number, r->international)) {
		str_printf(ret_text, DIAL_NUMBER_MAX, "+%s", number + strlen(r->international));
	} else if (is_short) {
		str_put(ret_text, DIAL_NUMBER_MAX, number);
	} else if (has(r->national) && str_starts_with(number, r->national)) {
		str_printf(ret_text, DIAL_NUMBER_MAX, "+%s%s", r->country, number + strlen(r->national));
	} else {
		str_printf(ret_text, DIAL_NUMBER_MAX, "+%s%s", r->country, number);
	}
}

int dial_prefix_length(const struct dial_rules *r, const char *number, const char *prefix)
{
	char beginning[DIAL_NUMBER_MAX], text[DIAL_NUMBER_MAX];

	if (!has(prefix))
		return 0;
	if (!bare(prefix, beginning))
		return -1;
	if (str_starts_with(number, beginning))
		return (int)strlen(beginning);
	canonical(r, beginning, false, text);
	return str_starts_with(number, text) ? (int)strlen(text) : -1;
}

bool dial_has_prefix(const struct dial_rules *r, const char *number, const char *prefix)
{
	return dial_prefix_length(r, number, prefix) >= 0;
}

void dial_canonical(const struct dial_rules *r, const char *number, char *ret_number)
{
	char digits[DIAL_NUMBER_MAX], text[DIAL_NUMBER_MAX];

	if (!bare(number, digits))
		return;
	canonical(r, digits, true, text);
	(void)str_put(ret_number, DIAL_NUMBER_MAX, text);
}

enum dial_verdict dial_judge(const struct dial_rules *r, const char *dialled, char *ret_number)
{
	char number[DIAL_NUMBER_MAX], text[DIAL_NUMBER_MAX], other[DIAL_NUMBER_MAX];

	if (!dialled || !bare(dialled, number))
		return DIAL_NO_NUMBER;
	for (int i = 0; i < r->n_emergency; i++)
		if (bare(r->emergency[i], other) && str_equal(other, number)) {
			str_put(ret_number, DIAL_NUMBER_MAX, number);
			return DIAL_EMERGENCY;
		}
	canonical(r, number, true, text);
	for (int i = 0; i < r->n_forbidden; i++)
		if (dial_has_prefix(r, text, r->forbidden[i]) || str_starts_with(number, r->forbidden[i]))
			return DIAL_FORBIDDEN;
	str_put(ret_number, DIAL_NUMBER_MAX, text);
	return DIAL_FINE;
}

void dial_write(const struct dial_rules *r, const char *number, enum dial_format format, char *ret_text)
{
	const char *digits = number[0] == '+' ? number + 1 : number;
	bool is_ours = number[0] == '+' && has(r->country) && str_starts_with(digits, r->country);

	if (format == DIAL_DIGITS)
		str_put(ret_text, DIAL_NUMBER_MAX, digits);
	else if (format == DIAL_NATIONAL && is_ours)
		str_printf(ret_text, DIAL_NUMBER_MAX, "%s%s", has(r->national) ? r->national : "",
			digits + strlen(r->country));
	else if (format == DIAL_NATIONAL && number[0] == '+')
		str_printf(ret_text, DIAL_NUMBER_MAX, "%s%s", has(r->international) ? r->international : "00",
			digits);
	else
		str_put(ret_text, DIAL_NUMBER_MAX, number);
}

enum dial_format dial_format_named(const char *name)
{
	static const char *const names[] = {"e164", "digits", "national", "as_dialled"};

	for (int i = 0; i < 4; i++)
		if (str_equal(names[i], name))
			return (enum dial_format)i;
	return DIAL_E164;
}
