/* See phrase_mail.h. Sentences are built so that no number has to agree with its noun; a telephone number is
 * read digit by digit. The Chinese is in traditional characters, as in phrase.c. */
#include "flow/phrase_mail.h"
#include "base/str.h"

#include <errno.h>
#include <string.h>

#define SPELLED_SIZE 128

enum { FA, AR, ZH, EN, LANGUAGES };

static const struct {
	const char *key, *text[LANGUAGES];
} phrases[] = {
	{"keys", {"برای شنیدن دوباره یک، پیام بعدی دو، پاک کردن سه، پیام قبلی چهار، و برای پیام "
		  "خوش‌آمد "
		  "نُه "
		  "را فشار دهید.",
			 "للإعادة اضغط واحد، للرسالة التالية اثنين، للحذف ثلاثة، للرسالة السابقة أربعة، "
			 "ولتسجيل "
			 "الترحيب تسعة.",
			 "重聽請按一，下一則請按二，刪除請按三，上一則請按四，錄製問候語請按九。",
			 "To hear it again press 1, next message 2, delete 3, previous message 4, your "
			 "greeting 9."}},
	{"none", {"پیامی ندارید.", "لا توجد رسائل.", "您沒有留言。", "You have no messages."}},
	{"no_more", {"پیام دیگری نیست.", "لا توجد رسائل أخرى.", "沒有其他留言了。",
			    "There are no more messages."}},
	{"removed", {"پیام پاک شد.", "حُذفت الرسالة.", "留言已刪除。", "The message was deleted."}},
	{"record_greeting",
		{"پس از بوق پیام خوش‌آمد خود را بگویید و در پایان "
		 "مربع "
		 "را "
		 "فشار "
		 "دهید.",
			"سجّل ترحيبك بعد الصافرة ثم اضغط مربع.", "請在提示音後錄製問候語，完成後請按井字鍵。",
			"Record your greeting after the tone, then press the hash key."}},
	{"greeting_keys", {"برای شنیدن یک، برای نگه داشتن دو، و برای ضبط دوباره سه را فشار دهید.",
				  "للاستماع اضغط واحد، للحفظ اثنين، للتسجيل من جديد ثلاثة.",
				  "收聽請按一，儲存請按二，重新錄製請按三。",
				  "To hear it press 1, to keep it press 2, to record it again press 3."}},
	{"greeting_kept", {"پیام خوش‌آمد ذخیره شد.", "حُفظ الترحيب.", "問候語已儲存。",
				  "Your greeting is in use."}},
};

static int language_index(const char *language)
{
	static const char *const names[LANGUAGES] = {"fa", "ar", "zh", "en"};

	for (int i = 0; language && i < LANGUAGES; i++)
		if (strncmp(language, names[i], 2) == 0)
			return i;
	return EN;
}

const char *phrase_mail_text(const char *language, const char *key)
{
	for (size_t i = 0; i < sizeof(phrases) / sizeof(*phrases); i++)
		if (str_equal(phrases[i].key, key))
			return phrases[i].text[language_index(language)];
	return NULL;
}

int phrase_mail_counts(const char *language, int unheard, int heard, char *ret_text, size_t size)
{
	static const char *const counted[LANGUAGES] = {
		"پیام‌های تازه: %d. پیام‌های شنیده‌شده: %d.",
		"الرسائل الجديدة: %d. الرسائل المسموعة: %d.", "新留言：%d。舊留言：%d。",
		"New messages: %d. Old messages: %d."};
	char whole[256];

	if (str_printf(whole, sizeof(whole), counted[language_index(language)], unheard, heard) < 0 ||
		strlen(whole) >= size)
		return -E2BIG;
	return str_put(ret_text, size, whole);
}

/* "+98 21" becomes "9 8 2 1"; what is no digit is not read. */
static void spell(const char *number, char ret[static SPELLED_SIZE])
{
	size_t n = 0;

	for (; *number && n + 3 < SPELLED_SIZE; number++)
		if (*number >= '0' && *number <= '9') {
			if (n > 0)
				ret[n++] = ' ';
			ret[n++] = *number;
		}
	ret[n] = '\0';
}

static int day_text(int l, int days_ago, char *ret, size_t size)
{
	static const char *const today[LANGUAGES] = {"امروز", "اليوم", "今天", "Today"};
	static const char *const yesterday[LANGUAGES] = {"دیروز", "أمس", "昨天", "Yesterday"};
	static const char *const before[LANGUAGES] = {
		"%d روز پیش", "عدد الأيام الماضية %d", "%d天前", "%d days ago"};

	if (days_ago <= 1)
		return str_put(ret, size, days_ago == 1 ? yesterday[l] : today[l]);
	return str_printf(ret, size, before[l], days_ago);
}

int phrase_mail_introduction(
	const char *language, const struct phrase_mail *what, char *ret_text, size_t size)
{
	static const char *const with_number[LANGUAGES] = {"پیام %d، از %s. %s، ساعت %d و %d دقیقه.",
		"الرسالة %d، من %s. %s، الساعة %d و %d دقيقة.", "第%d則留言，來自%s。%s%d點%d分。",
		"Message %d, from %s. %s at %d:%02d."};
	static const char *const without[LANGUAGES] = {"پیام %d. %s، ساعت %d و %d دقیقه.",
		"الرسالة %d. %s، الساعة %d و %d دقيقة.", "第%d則留言。%s%d點%d分。",
		"Message %d. %s at %d:%02d."};
	int l = language_index(language);
	char number[SPELLED_SIZE], day[64], whole[384];

	spell(what->from ? what->from : "", number);
	int err = day_text(l, what->days_ago, day, sizeof(day));
	if (err == 0)
		err = *number ? str_printf(whole, sizeof(whole), with_number[l], what->number, number, day,
					what->hour, what->minute)
			      : str_printf(whole, sizeof(whole), without[l], what->number, day, what->hour,
					what->minute);
	if (err < 0 || strlen(whole) >= size)
		return -E2BIG;
	return str_put(ret_text, size, whole);
}
