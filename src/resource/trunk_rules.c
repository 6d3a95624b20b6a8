/* See trunk_rules.h. */
#include "resource/trunk_rules.h"
#include "base/str.h"

#include <stdio.h>
#include <string.h>

#define DIALLED "+0123456789*#"
#define DIGITS "0123456789"

static bool is_price(const char *text)
{
	size_t whole = strspn(text, DIGITS);

	if (whole == 0 || whole > 6)
		return false;
	if (text[whole] == '\0')
		return true;
	size_t part = strspn(text + whole + 1, DIGITS);
	return text[whole] == '.' && part >= 1 && part <= 6 && text[whole + 1 + part] == '\0';
}

static bool is_number_rule(const char *text)
{
	size_t from = strspn(text, DIALLED);

	return text[from] == '=' && text[from + 1 + strspn(text + from + 1, DIALLED)] == '\0' &&
	       strlen(text) > 1;
}

static bool is_rate(const char *text)
{
	size_t from = strspn(text, "+" DIGITS);

	return from > 0 && text[from] == '=' && is_price(text + from + 1);
}

static void check_list(const json_t *value, const char *name, bool (*is_good)(const char *),
	const char *advice, struct issues *issues)
{
	const json_t *list = json_object_get(value, name), *one;
	char pointer[96];
	size_t i;

	json_array_foreach(list, i, one)
	{
		snprintf(pointer, sizeof(pointer), "/%s/%zu", name, i);
		if (!json_string_value(one) || !is_good(json_string_value(one)))
			issue_add(issues, pointer, "bad_form", "%s", advice);
	}
}

void check_number_rules(const json_t *value, const char *name, struct issues *issues)
{
	check_list(value, name, is_number_rule,
		"Write beginning=replacement, like +98=0; 9= takes away, =9 puts in front", issues);
}

void check_rates(const json_t *value, const char *name, struct issues *issues)
{
	check_list(value, name, is_rate, "Write beginning=price a minute, like +98912=0.025", issues);
}

void check_price(const json_t *value, const char *name, struct issues *issues)
{
	const char *text = jsonx_text(value, name, NULL);
	char pointer[96];

	snprintf(pointer, sizeof(pointer), "/%s", name);
	if (text && !is_price(text))
		issue_add(issues, pointer, "bad_form", "Write a price a minute, like 0.025");
}
