/* Skill expressions: what they mean, and what people are told when they are wrong. */
#include "harness/test.h"
#include "base/str.h"
#include "resource/expression.h"

#include <errno.h>
#include <stdio.h>

static const char *const names[] = {"", "persian", "english", "sales", "support", "trainee", "vip",
	"data base", "\u0641\u0627\u0631\u0633\u06cc", "a", "b", "c", "d", "e", "f", "g", "h", "i", "j",
	NULL};

static uint64_t skill_of(const char *name, void *arg)
{
	(void)arg;
	for (uint64_t i = 1; names[i]; i++)
		if (str_equal_nocase(names[i], name))
			return i;
	return 0;
}

/* The asks as text: kind, name, level, set of alternatives. */
static const char *shown(const char *text)
{
	static char out[600];
	static const char *const kinds[] = {"", "!", "?", "-"};
	struct ask asks[ASKS_MAX];
	struct ask_error error;
	int n = ask_parse(text, skill_of, NULL, asks, &error);

	out[0] = '\0';
	if (n < 0)
		snprintf(out, sizeof(out), "%d: %s", error.column, error.message);
	for (int i = 0; i < n; i++) {
		size_t used = strlen(out);
		snprintf(out + used, sizeof(out) - used, "%s%s%s%d", i ? " " : "", kinds[asks[i].kind],
			names[asks[i].skill], asks[i].level);
		used = strlen(out);
		if (asks[i].any)
			snprintf(out + used, sizeof(out) - used, "/%d", asks[i].any);
	}
	return out;
}

TEST(expressions_become_alternatives)
{
	CHECK_STR(shown(NULL), "");
	CHECK_STR(shown("  "), "");
	CHECK_STR(shown("persian"), "persian1");
	CHECK_STR(shown("persian >= 5 and (sales or support >= 3) and not trainee prefer vip >= 7, english"),
		"persian5 sales1/1 support3/1 -trainee1 ?vip7 ?english1");
	CHECK_STR(shown("a and b or c"), "a1/1 c1/1 b1/2 c1/2");
	CHECK_STR(shown("a and (b or c)"), "a1 b1/1 c1/1");
	CHECK_STR(shown("always persian >= 5 and sales"), "!persian5 sales1");
	CHECK_STR(shown("always (persian or english)"), "!persian1/1 !english1/1");
	CHECK_STR(shown("prefer a, b or c >= 2"), "?a1 ?b1/1 ?c2/1");
	CHECK_STR(shown("prefer a and b"), "?a1 ?b1");
	CHECK_STR(shown("prefer vip >= 3, vip >= 7"), "?vip3 ?vip7");
}

TEST(not_goes_down_to_the_terms)
{
	CHECK_STR(shown("not trainee"), "-trainee1");
	CHECK_STR(shown("not not sales"), "sales1");
	CHECK_STR(shown("trainee < 4"), "-trainee4");
	CHECK_STR(shown("not (trainee < 4)"), "trainee4");
	CHECK_STR(shown("not (a or b)"), "-a1 -b1");
	CHECK_STR(shown("not (a and b)"), "-a1/1 -b1/1");
	CHECK_STR(shown("always not a"), "-a1");
}

TEST(letters_of_any_script_and_case)
{
	CHECK_STR(shown("Persian AND SALES Prefer VIP"), "persian1 sales1 ?vip1");
	CHECK_STR(shown("\u0641\u0627\u0631\u0633\u06cc >= \u06f5"), "\u0641\u0627\u0631\u0633\u06cc5");
	CHECK_STR(shown("\u0641\u0627\u0631\u0633\u06cc\u2265\u0661\u0660"),
		"\u0641\u0627\u0631\u0633\u06cc10");
	CHECK_STR(shown("\"data base\">=3"), "data base3");
	CHECK_STR(shown("\"Data Base\" and sales"), "data base1 sales1");
}

TEST(what_is_said_twice_is_asked_once)
{
	CHECK_STR(shown("sales and sales"), "sales1");
	CHECK_STR(shown("sales >= 3 and sales >= 5"), "sales5");
	CHECK_STR(shown("sales >= 3 or sales >= 5"), "sales3");
	CHECK_STR(shown("a and (a or b)"), "a1");
	CHECK_STR(shown("always a >= 5 and a >= 3"), "!a5");
	CHECK_STR(shown("a >= 5 and always a >= 3"), "a5 !a3");
	CHECK_STR(shown("a < 3 and a < 5"), "-a3");
}

TEST(wrong_ones_say_where_and_what_to_do)
{
	CHECK_STR(shown("sales or"), "9: After \"or\" a skill is missing");
	CHECK_STR(shown("sales and or support"), "11: After \"and\" a skill is missing");
	CHECK_STR(shown("\u0641\u0627\u0631\u0633\u06cc and nobody"),
		"11: There is no skill called \"nobody\"");
	CHECK_STR(shown("sales >= 11"), "10: A level is a whole number from 1 to 10");
	CHECK_STR(shown("sales >= 0"), "10: A level is a whole number from 1 to 10");
	CHECK_STR(shown("sales >="), "9: A level is a whole number from 1 to 10");
	CHECK_STR(shown("sales = 3"), "7: Write \">=\" or \"<\" and a level here, not \"=\"");
	CHECK_STR(shown("(sales"), "7: Here \"and\", \"or\" or \")\" is expected");
	CHECK_STR(shown("sales)"), "6: Here \"and\", \"or\" or \"prefer\" is expected, not \")\"");
	CHECK_STR(shown("\"sales"), "1: The closing \" is missing");
	CHECK_STR(shown("5 and sales"),
		"1: Here a skill is expected, not a number; a name of digits stands in quotes");
	CHECK(strstr(shown("a or not b"), "cannot join a skill that is asked with"));
	CHECK(strstr(shown("always a or b"), "put \"always\" before the whole alternative"));
	CHECK(strstr(shown("data base"), "There is no skill called \"data\""));
	CHECK(strstr(shown("sales support"), "7: Before this, \"and\", \"or\""));
	CHECK(strstr(shown("prefer not a"), "no place behind \"prefer\""));
	CHECK(strstr(shown("prefer always a"), "no place behind \"prefer\""));
	CHECK_STR(shown("prefer"), "7: After \"prefer\" a skill is missing");
	CHECK_STR(shown("prefer a,"), "10: After \",\" a skill is missing");
	CHECK(strstr(shown("a prefer b prefer c"), "expected, not \"prefer\""));
	CHECK(strstr(shown("a \x80"), "no UTF-8"));
}

TEST(limits_are_said)
{
	char deep[200] = "", *s = deep;

	CHECK(strstr(
		shown("(a and b and c) or (d and e and f) or (g and h and i)"), "Too many alternatives"));
	CHECK_STR(shown("(a and b) or (c and d)"), "a1/1 c1/1 a1/2 d1/2 b1/3 c1/3 b1/4 d1/4");
	for (int i = 0; i < 40; i++)
		*s++ = '(';
	CHECK(strstr(shown(deep), "Nested too deeply"));
	s = deep;
	for (int i = 0; i < 20; i++)
		s += snprintf(s, (size_t)(deep + sizeof(deep) - s), "not ");
	CHECK(strstr(shown(deep), "Nested too deeply"));
	/* Long to write, short to ask: whoever has a >= 3 has a. */
	CHECK_STR(
		shown("a or b or a >= 2 or (c and d and e and f and g and h and i and a >= 3)"), "a1/1 b1/1");
}

TEST(outputs_stay_on_failure)
{
	struct ask asks[ASKS_MAX] = {{.skill = 77}};
	struct ask_error error;

	CHECK_INT(ask_parse("sales and nobody", skill_of, NULL, asks, &error), -EINVAL);
	CHECK_INT(asks[0].skill, 77);
}
