/* Sentences for waiting callers, by language. Numbers are written as words, in the form the sentence asks
 * for: a speech engine left to itself gets Arabic agreement, Persian ordinals and the Chinese liang wrong.
 *
 * The Chinese is in traditional characters, in words that every region uses, to be spoken as Mandarin. */
#include "flow/phrase.h"
#include "base/str.h"

#include <errno.h>
#include <string.h>

#define MINUTES_MAX 30
#define MS_PER_MINUTE 60000
#define WORDS_MAX 99 /* positions beyond are said as a plain number */
#define WORD_SIZE 96

enum { FA, AR, ZH, EN, LANGUAGES };

static const char *const names[LANGUAGES] = {"fa", "ar", "zh", "en"};

static const struct {
	const char *key, *text[LANGUAGES];
} phrases[] = {
	{"please_wait", {"لطفاً منتظر بمانید.", "يُرجى الانتظار.", "請稍候。", "Please hold the line."}},
	{"leave_message", {"لطفاً پس از شنیدن بوق پیام خود را بگذارید.", "يُرجى ترك رسالتكم بعد سماع الصافرة.",
				  "請在提示音之後留言。", "Please leave a message after the tone."}},
	{"goodbye", {"از تماس شما سپاسگزاریم. خدانگهدار.", "شكراً لاتصالكم. مع السلامة.",
			    "感謝您的來電，再見。", "Thank you for calling. Goodbye."}},
	{"closed", {"در حال حاضر خارج از ساعت کاری هستیم.", "نحن الآن خارج أوقات العمل.",
			   "現在不是服務時間。", "We are closed at the moment."}},
	{"busy_agents", {"همه‌ی همکاران ما مشغول پاسخ‌گویی هستند.",
				"جميع موظفينا مشغولون حالياً.", "客服人員正在忙碌中。",
				"All our agents are busy at the moment."}},
	{"transferring", {"تماس شما در حال انتقال است.", "جارٍ تحويل مكالمتكم.", "正在為您轉接。",
				 "We are transferring your call."}},
	{"sorry_error",
		{"متأسفانه مشکلی پیش آمده است. لطفاً بعداً دوباره تماس بگیرید.",
			"نعتذر، حدث خطأ. يُرجى معاودة الاتصال لاحقاً.", "很抱歉，發生了問題，請稍後再來電。",
			"Sorry, something went wrong. Please call again later."}},
	{"invalid_choice", {"این گزینه معتبر نیست.", "هذا الاختيار غير صحيح.", "您的選擇無效。",
				   "That is not a valid choice."}},
	{"no_input", {"چیزی دریافت نشد.", "لم نستلم أي اختيار.", "沒有收到您的輸入。",
			     "We did not receive anything."}},
};

static int language_index(const char *language)
{
	for (int i = 0; language && i < LANGUAGES; i++)
		if (str_equal(language, names[i]))
			return i;
	return EN;
}

const char *phrase_text(const char *language, const char *key)
{
	for (size_t i = 0; i < sizeof(phrases) / sizeof(*phrases); i++)
		if (str_equal(phrases[i].key, key))
			return phrases[i].text[language_index(language)];
	return NULL;
}

/* Persian. */

static const char *const fa_small[] = {"", "یک", "دو", "سه", "چهار", "پنج", "شش", "هفت", "هشت", "نه", "ده",
	"یازده", "دوازده", "سیزده", "چهارده", "پانزده", "شانزده", "هفده", "هجده", "نوزده"};
static const char *const fa_tens[] = {"", "", "بیست", "سی", "چهل", "پنجاه", "شصت", "هفتاد", "هشتاد", "نود"};

/* 1 to 99 as words: "bist o panj". */
static void fa_number(int n, char ret[static WORD_SIZE])
{
	if (n < 20)
		str_put(ret, WORD_SIZE, fa_small[n]);
	else
		str_printf(ret, WORD_SIZE, "%s%s%s", fa_tens[n / 10], n % 10 ? " و " : "", fa_small[n % 10]);
}

/* The ordinal: -om, but sevom for 3 and a joiner after 30's long vowel. */
static void fa_ordinal(int n, char ret[static WORD_SIZE])
{
	char tens[WORD_SIZE];

	fa_number(n, tens);
	if (n != 13 && n % 10 == 3) {
		tens[0] = '\0';
		if (n > 20)
			str_printf(tens, sizeof(tens), "%s و ", fa_tens[n / 10]);
		str_printf(ret, WORD_SIZE, "%sسوم", tens);
		return;
	}
	str_printf(ret, WORD_SIZE, "%s%s", tens, n == 30 ? "\u200cام" : "م");
}

/* Arabic. */

/* "after about", so the genitive; minutes are feminine: 3-10 the numeral is masculine with a plural, from 11
 * a singular. */
static const char *const ar_minutes[MINUTES_MAX + 1] = {"", "دقيقة واحدة", "دقيقتين", "ثلاث دقائق",
	"أربع دقائق", "خمس دقائق", "ست دقائق", "سبع دقائق", "ثماني دقائق", "تسع دقائق", "عشر دقائق",
	"إحدى عشرة دقيقة", "اثنتي عشرة دقيقة", "ثلاث عشرة دقيقة", "أربع عشرة دقيقة", "خمس عشرة دقيقة",
	"ست عشرة دقيقة", "سبع عشرة دقيقة", "ثماني عشرة دقيقة", "تسع عشرة دقيقة", "عشرين دقيقة",
	"إحدى وعشرين دقيقة", "اثنتين وعشرين دقيقة", "ثلاث وعشرين دقيقة", "أربع وعشرين دقيقة",
	"خمس وعشرين دقيقة", "ست وعشرين دقيقة", "سبع وعشرين دقيقة", "ثماني وعشرين دقيقة", "تسع وعشرين دقيقة",
	"ثلاثين دقيقة"};
static const char *const ar_units[] = {"", "الأول", "الثاني", "الثالث", "الرابع", "الخامس", "السادس",
	"السابع", "الثامن", "التاسع", "العاشر"};
static const char *const ar_tens[] = {
	"", "", "العشرون", "الثلاثون", "الأربعون", "الخمسون", "الستون", "السبعون", "الثمانون", "التسعون"};

static void ar_ordinal(int n, char ret[static WORD_SIZE])
{
	/* One is "al-hadi" inside a compound. */
	const char *unit = n > 10 && n % 10 == 1 ? "الحادي" : ar_units[n % 10];

	if (n <= 10)
		str_put(ret, WORD_SIZE, ar_units[n]);
	else if (n < 20)
		str_printf(ret, WORD_SIZE, "%s عشر", unit);
	else
		str_printf(ret, WORD_SIZE, "%s%s%s", unit, n % 10 ? " و" : "", ar_tens[n / 10]);
}

/* Chinese. */

static const char *const zh_digits[] = {"", "一", "二", "三", "四", "五", "六", "七", "八", "九"};

static void zh_number(int n, char ret[static WORD_SIZE])
{
	str_printf(ret, WORD_SIZE, "%s%s%s", n >= 20 ? zh_digits[n / 10] : "", n >= 10 ? "十" : "",
		zh_digits[n % 10]);
}

/* English digits are read well by every engine. */
static void position_sentence(int language, int n, char ret[static 192])
{
	static const char *const next[LANGUAGES] = {"شما نفر بعدی در صف هستید.",
		"أنت التالي في قائمة الانتظار.", "您是下一位。", "You are next in line."};
	static const char *const counted[LANGUAGES] = {"شما نفر %s در صف هستید.",
		"ترتيبك في قائمة الانتظار هو %s.", "您目前排在第%s位。", "You are number %s in line."};
	static const char *const numbered[LANGUAGES] = {"شماره‌ی شما در صف %d است.",
		"رقمك في قائمة الانتظار هو %d.", "您目前排在第%d位。", "You are number %d in line."};
	static void (*const words[LANGUAGES])(int, char[static WORD_SIZE]) = {
		fa_ordinal, ar_ordinal, zh_number, NULL};
	char word[WORD_SIZE];

	ret[0] = '\0';
	if (n == 1) {
		str_put(ret, 192, next[language]);
	} else if (n > 1 && n <= WORDS_MAX && words[language]) {
		words[language](n, word);
		str_printf(ret, 192, counted[language], word);
	} else if (n > 1) {
		str_printf(ret, 192, numbered[language], n);
	}
}

static void estimate_sentence(int language, int64_t estimate_ms, char ret[static 192])
{
	static const char *const about[LANGUAGES] = {"زمان انتظار حدود %s دقیقه است.",
		"مدة الانتظار المتوقعة حوالي %s.", "預計等待時間約%s分鐘。",
		"The estimated wait is about %s."};
	static const char *const longer[LANGUAGES] = {"زمان انتظار بیش از نیم ساعت است.",
		"مدة الانتظار المتوقعة أكثر من نصف ساعة.", "預計等待時間超過半小時。",
		"The estimated wait is more than half an hour."};
	int64_t minutes = estimate_ms / MS_PER_MINUTE + (estimate_ms % MS_PER_MINUTE > 0);
	char word[WORD_SIZE];

	ret[0] = '\0';
	if (estimate_ms < 0)
		return;
	if (minutes < 1)
		minutes = 1;
	if (minutes > MINUTES_MAX) {
		str_put(ret, 192, longer[language]);
		return;
	}
	if (language == FA)
		fa_number((int)minutes, word);
	else if (language == AR)
		str_put(word, sizeof(word), ar_minutes[minutes]);
	else if (language == ZH && minutes == 2)
		str_put(word, sizeof(word), "兩");
	else if (language == ZH)
		zh_number((int)minutes, word);
	else
		str_printf(word, sizeof(word), "%d minute%s", (int)minutes, minutes == 1 ? "" : "s");
	str_printf(ret, 192, about[language], word);
}

int phrase_queue_status(const char *language, int position, int64_t estimate_ms, char *ret_text, size_t size)
{
	static const char *const thanks[LANGUAGES] = {"از شکیبایی شما سپاسگزاریم.", "شكراً لانتظاركم.",
		"感謝您的耐心等候。", "Thank you for waiting."};
	int l = language_index(language);
	char place[192], wait[192], whole[512];
	const char *gap = l == ZH ? "" : " ";

	position_sentence(l, position, place);
	estimate_sentence(l, estimate_ms, wait);
	if (str_printf(whole, sizeof(whole), "%s%s%s%s%s", place, place[0] ? gap : "", wait,
		    wait[0] ? gap : "", thanks[l]) < 0 ||
		strlen(whole) >= size)
		return -E2BIG;
	return str_put(ret_text, size, whole);
}
