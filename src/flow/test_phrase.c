/* What waiting callers are told: grammar of numbers in four languages. */
#include "harness/test.h"
#include "base/str.h"
#include "flow/phrase.h"

#include <errno.h>

static const char *const languages[] = {"fa", "ar", "zh", "en"};
static char text[512];

static const char *say(const char *language, int position, int64_t estimate_ms)
{
	return phrase_queue_status(language, position, estimate_ms, text, sizeof(text)) == 0 ? text : "error";
}

TEST(english)
{
	CHECK_STR(say("en", 1, -1), "You are next in line. Thank you for waiting.");
	CHECK_STR(say("en", 2, 1),
		"You are number 2 in line. The estimated wait is about 1 minute. Thank you for waiting.");
	CHECK_STR(say("en", 25, 60001),
		"You are number 25 in line. The estimated wait is about 2 minutes. Thank you for waiting.");
	CHECK_STR(say("en", 3, 30 * 60000),
		"You are number 3 in line. The estimated wait is about 30 minutes. Thank you for waiting.");
	CHECK_STR(say("de", 0, 30 * 60000 + 1),
		"The estimated wait is more than half an hour. Thank you for waiting.");
	CHECK_STR(say(NULL, 120, INT64_MAX), "You are number 120 in line. The estimated wait is more than "
					     "half an hour. Thank you for waiting.");
	CHECK_STR(say("en", 0, 0), "The estimated wait is about 1 minute. Thank you for waiting.");
}

TEST(persian)
{
	CHECK_STR(say("fa", 1, -1), "شما نفر بعدی در صف هستید. از شکیبایی شما سپاسگزاریم.");
	CHECK_STR(say("fa", 2, 60000),
		"شما نفر دوم در صف هستید. زمان انتظار حدود یک دقیقه است. از شکیبایی شما سپاسگزاریم.");
	CHECK(strstr(say("fa", 3, 11 * 60000), "نفر سوم در صف") && strstr(text, "یازده دقیقه"));
	CHECK(strstr(say("fa", 11, 21 * 60000), "نفر یازدهم در صف") && strstr(text, "بیست و یک دقیقه"));
	CHECK(strstr(say("fa", 13, 30 * 60000), "نفر سیزدهم در صف") && strstr(text, "سی دقیقه"));
	CHECK(strstr(say("fa", 23, -1), "نفر بیست و سوم در صف"));
	CHECK(strstr(say("fa", 25, 31 * 60000), "نفر بیست و پنجم در صف") && strstr(text, "بیش از نیم ساعت"));
	CHECK(strstr(say("fa", 30, -1), "نفر سی\u200cام در صف"));
	CHECK(strstr(say("fa", 100, -1), "100"));
}

TEST(arabic)
{
	CHECK_STR(say("ar", 1, -1), "أنت التالي في قائمة الانتظار. شكراً لانتظاركم.");
	CHECK(strstr(say("ar", 2, 60000), "هو الثاني.") && strstr(text, "دقيقة واحدة."));
	CHECK(strstr(say("ar", 3, 2 * 60000), "هو الثالث.") && strstr(text, "حوالي دقيقتين."));
	CHECK(strstr(say("ar", 11, 3 * 60000), "هو الحادي عشر.") && strstr(text, "ثلاث دقائق."));
	CHECK(strstr(say("ar", 25, 11 * 60000), "هو الخامس والعشرون.") && strstr(text, "إحدى عشرة دقيقة."));
	CHECK(strstr(say("ar", 21, 25 * 60000), "هو الحادي والعشرون.") && strstr(text, "خمس وعشرين دقيقة."));
	CHECK(strstr(say("ar", 10, 10 * 60000), "هو العاشر.") && strstr(text, "عشر دقائق."));
	CHECK(strstr(say("ar", 40, 31 * 60000), "هو الأربعون.") && strstr(text, "أكثر من نصف ساعة."));
}

TEST(chinese)
{
	CHECK_STR(say("zh", 1, -1), "您是下一位。感謝您的耐心等候。");
	CHECK_STR(say("zh", 2, 2 * 60000), "您目前排在第二位。預計等待時間約兩分鐘。感謝您的耐心等候。");
	CHECK(strstr(say("zh", 3, 60000), "第三位") && strstr(text, "約一分鐘"));
	CHECK(strstr(say("zh", 11, 12 * 60000), "第十一位") && strstr(text, "約十二分鐘"));
	CHECK(strstr(say("zh", 25, 20 * 60000), "第二十五位") && strstr(text, "約二十分鐘"));
	CHECK(strstr(say("zh", 90, 31 * 60000), "第九十位") && strstr(text, "超過半小時"));
}

TEST(every_number_gives_a_sentence)
{
	for (size_t l = 0; l < 4; l++)
		for (int n = 0; n < 120; n++) {
			CHECK_INT(phrase_queue_status(languages[l], n, n * 30000, text, sizeof(text)), 0);
			CHECK(str_is_utf8(text, strlen(text)) && !strstr(text, "  "));
		}
	CHECK_INT(phrase_queue_status("fa", -5, INT64_MIN, text, sizeof(text)), 0);
	CHECK_INT(phrase_queue_status("fa", 1, 1, text, 20), -E2BIG);
}

TEST(fixed_sentences_exist_in_every_language)
{
	static const char *const keys[] = {"please_wait", "leave_message", "goodbye", "closed", "busy_agents",
		"transferring", "sorry_error", "invalid_choice", "no_input"};

	for (size_t k = 0; k < sizeof(keys) / sizeof(*keys); k++)
		for (size_t l = 0; l < 4; l++) {
			const char *s = phrase_text(languages[l], keys[k]);
			CHECK(s && *s && str_is_utf8(s, strlen(s)));
			CHECK(l == 3 || strcmp(s, phrase_text("en", keys[k])) != 0);
		}
	CHECK(phrase_text("en", "nothing") == NULL);
	CHECK(phrase_text("en", NULL) == NULL);
}
