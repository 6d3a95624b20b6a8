/* See letters.h. */
#include "resource/letters.h"
#include "base/str.h"

#include <string.h>

size_t letters_count(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

/* White space a name may be pasted with: ASCII, no-break space, ideographic space. Its length, or 0. */
static size_t space_length(const char *s, size_t n)
{
	if (n >= 1 && strchr(" \t\r\n\v\f", s[0]) && s[0])
		return 1;
	if (n >= 2 && memcmp(s, "\xc2\xa0", 2) == 0)
		return 2;
	if (n >= 3 && memcmp(s, "\xe3\x80\x80", 3) == 0)
		return 3;
	return 0;
}

size_t letters_trim(const char *s, size_t n, char *ret_text)
{
	size_t len;

	while ((len = space_length(s, n))) {
		s += len;
		n -= len;
	}
	for (bool more = true; more && n > 0;) {
		more = false;
		for (len = 1; len <= 3 && len <= n && !more; len++)
			if (space_length(s + n - len, len) == len) {
				n -= len;
				more = true;
			}
	}
	memcpy(ret_text, s, n);
	ret_text[n] = '\0';
	return n;
}

bool letters_have_controls(const char *s, bool is_prose)
{
	for (const unsigned char *p = (const unsigned char *)s; *p; p++) {
		if (is_prose && (*p == '\n' || *p == '\t' || *p == '\r'))
			continue;
		if (*p < 0x20 || *p == 0x7f || (*p == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0))
			return true;
	}
	return false;
}

/* The ASCII digit of the letter at s and its length in bytes; 0 when it is none. */
static char digit_of(const unsigned char *s, size_t *ret_length)
{
	*ret_length = 2;
	if (s[0] == 0xdb && s[1] >= 0xb0 && s[1] <= 0xb9) /* U+06F0 Persian */
		return (char)('0' + s[1] - 0xb0);
	if (s[0] == 0xd9 && s[1] >= 0xa0 && s[1] <= 0xa9) /* U+0660 Arabic */
		return (char)('0' + s[1] - 0xa0);
	*ret_length = 3;
	if (s[0] == 0xef && s[1] == 0xbc && s[2] >= 0x90 && s[2] <= 0x99) /* U+FF10 full width */
		return (char)('0' + s[2] - 0x90);
	return 0;
}

void letters_fold_digits(char *s)
{
	char *to = s;

	while (*s) {
		size_t len;
		char digit = digit_of((const unsigned char *)s, &len);
		if (digit) {
			*to++ = digit;
			s += len;
		} else {
			*to++ = *s++;
		}
	}
	*to = '\0';
}

/* What numbers are written with for the eye: spaces, hyphens, brackets, dots, slashes and direction marks. */
static size_t ornament_length(const char *s)
{
	static const char *const marks[] = {"\u00a0", "\u2010", "\u2011", "\u2012", "\u2013", "\u200e",
		"\u200f", "\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068",
		"\u2069"};

	if (strchr(" -().\t/", *s))
		return 1;
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (str_starts_with(s, marks[i]))
			return strlen(marks[i]);
	return 0;
}

static void drop_ornaments(char *s)
{
	char *to = s;

	while (*s) {
		size_t len = ornament_length(s);
		if (len)
			s += len;
		else
			*to++ = *s++;
	}
	*to = '\0';
}

static const char *to_phone(char *s)
{
	static const char want[] =
		"A number is \"+\" and 7 to 15 digits (\"+982112345678\") or 1 to 20 digits";
	letters_fold_digits(s);
	drop_ornaments(s);
	const char *digits = s[0] == '+' ? s + 1 : s;
	size_t n = strlen(digits);

	if (strspn(digits, "0123456789") != n)
		return want;
	return s[0] == '+' ? (n >= 7 && n <= 15 ? NULL : want) : (n >= 1 && n <= 20 ? NULL : want);
}

static const char *to_prefix(char *s)
{
	letters_fold_digits(s);
	drop_ornaments(s);
	size_t n = strlen(s + (*s == '+'));

	return strspn(s + (*s == '+'), "0123456789") == n && n <= 15 && *s
		       ? NULL
		       : "The beginning of a number: \"+\" or not, then at most 15 digits";
}

static const char *to_address(char *s)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	char folded[256];
	size_t len;

	if (str_put(folded, sizeof(folded), s) < 0)
		return "At most 250 letters";
	letters_fold_digits(folded);
	size_t skip = 0;
	while (folded[skip] && (len = ornament_length(folded + skip)))
		skip += len;
	if (folded[skip] == '+' || (folded[skip] >= '0' && folded[skip] <= '9'))
		return to_phone(s);
	return *s && strspn(s, letters) == strlen(s) ? NULL
						     : "A number, or a SIP user name of the letters a-z, "
						       "digits, dot, hyphen and underscore";
}

const char *letters_to_form(char *s, enum field_form form)
{
	switch (form) {
	case FORM_LOGIN:
		letters_fold_digits(s);
		for (char *p = s; *p; p++)
			if (*p >= 'A' && *p <= 'Z')
				*p = (char)(*p - 'A' + 'a');
		return strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789._@-") == strlen(s)
			       ? NULL
			       : "Only the letters a-z, digits and . _ @ -";
	case FORM_DIGITS:
		letters_fold_digits(s);
		return strspn(s, "0123456789") == strlen(s) ? NULL : "Only digits";
	case FORM_PHONE:
		return to_phone(s);
	case FORM_PREFIX:
		return to_prefix(s);
	case FORM_ADDRESS:
		return to_address(s);
	case FORM_PLAIN:
	case FORM_PROSE:
		break;
	}
	return NULL;
}
