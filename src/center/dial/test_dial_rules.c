/* Numbers as people dial them. */
#include "harness/test.h"
#include "base/str.h"
#include "center/dial/dial_rules.h"

static const char *const forbidden[] = {"+98909", "00882", "0900"};
static const char *const emergency[] = {"112", "110"};
static const struct dial_rules iran = {"98", "0", "00", forbidden, 3, emergency, 2};
static const struct dial_rules unknown = {.emergency = emergency, .n_emergency = 2};

static const char *judged(const struct dial_rules *r, const char *dialled)
{
	static char number[DIAL_NUMBER_MAX];

	str_put(number, sizeof(number), "?");
	switch (dial_judge(r, dialled, number)) {
	case DIAL_FINE:
	case DIAL_EMERGENCY:
		return number;
	case DIAL_FORBIDDEN:
		return "forbidden";
	default:
		return "none";
	}
}

TEST(numbers_become_what_the_world_understands)
{
	CHECK_STR(judged(&iran, "021 1234-5678"), "+982112345678");
	CHECK_STR(judged(&iran, "2112345678"), "+982112345678");
	CHECK_STR(judged(&iran, "00442071838750"), "+442071838750");
	CHECK_STR(judged(&iran, "+44 (207) 183.8750"), "+442071838750");
	CHECK_STR(judged(&iran, "1888"), "1888");
	CHECK_STR(judged(&iran, "*111#"), "*111#");
	CHECK_STR(judged(&unknown, "02112345678"), "02112345678");
	CHECK_STR(judged(&unknown, "+98 21 12345678"), "+982112345678");
}

TEST(what_is_no_number_is_said)
{
	static const char *const wrong[] = {"", " ", "+", "bob", "12a", "1+2", "++1", "sip:bob@example.org",
		"1;2", "1\n2", "\xdb\xb1\xdb\xb2", "*", "123456789012345678901234567890123"};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		CHECK_STR(judged(&iran, wrong[i]), "none");
	CHECK_STR(judged(&iran, NULL), "none");
}

TEST(forbidden_numbers_stay_forbidden_however_they_are_written)
{
	CHECK_STR(judged(&iran, "09091234567"), "forbidden");
	CHECK_STR(judged(&iran, "9091234567"), "forbidden");
	CHECK_STR(judged(&iran, "00989091234567"), "forbidden");
	CHECK_STR(judged(&iran, "+98 909 1234567"), "forbidden");
	CHECK_STR(judged(&iran, "+88213000000"), "forbidden");
	CHECK_STR(judged(&iran, "0900 1234567"), "forbidden");
	CHECK_STR(judged(&iran, "09121234567"), "+989121234567");
}

TEST(emergency_numbers_are_always_allowed)
{
	static const char *const all[] = {"1", "+"};
	struct dial_rules strict = {
		.forbidden = all, .n_forbidden = 2, .emergency = emergency, .n_emergency = 2};

	CHECK_STR(judged(&strict, "112"), "112");
	CHECK_STR(judged(&strict, "1 1 0"), "110");
	CHECK_STR(judged(&strict, "1120"), "forbidden");
}

TEST(trunks_get_numbers_as_they_want_them)
{
	char text[DIAL_NUMBER_MAX];

	dial_write(&iran, "+982112345678", DIAL_E164, text);
	CHECK_STR(text, "+982112345678");
	dial_write(&iran, "+982112345678", DIAL_DIGITS, text);
	CHECK_STR(text, "982112345678");
	dial_write(&iran, "+982112345678", DIAL_NATIONAL, text);
	CHECK_STR(text, "02112345678");
	dial_write(&iran, "+442071838750", DIAL_NATIONAL, text);
	CHECK_STR(text, "00442071838750");
	dial_write(&iran, "112", DIAL_NATIONAL, text);
	CHECK_STR(text, "112");
	CHECK(dial_has_prefix(&iran, "+982112345678", "021"));
	CHECK(dial_has_prefix(&iran, "+982112345678", "+98"));
	CHECK(dial_has_prefix(&iran, "+442071838750", "00"));
	CHECK(!dial_has_prefix(&iran, "+442071838750", "0"));
	CHECK(dial_has_prefix(&iran, "1888", "18"));
	CHECK(dial_has_prefix(&iran, "1888", ""));
	CHECK_INT(dial_format_named("national"), DIAL_NATIONAL);
	CHECK_INT(dial_format_named(NULL), DIAL_E164);
}
