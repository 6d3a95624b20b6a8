/* See people.h. */
#include "caller/people.h"
#include "base/str.h"

const struct person people[] = {
	{"مریم احمدی", "+982155501001", "fa"},
	{"علی رضایی", "+982155501002", "fa"},
	{"فاطمة الزهراء", "+96615550103", "ar"},
	{"陳美玲", "+886255500104", "zh"},
	{"Alice Brown", "+442079460105", "en"},
	{"خالد المنصور", "+96615550106", "ar"},
	{"王志明", "+886255500107", "zh"},
	{"James Carter", "+442079460108", "en"},
	{"سارا محمدی", "+982155501009", "fa"},
	{"حسین کریمی", "+982155501010", "fa"},
	{"نورة العتيبي", "+96615550111", "ar"},
	{"林淑芬", "+886255500112", "zh"},
	{"Grace Miller", "+442079460113", "en"},
	{"زهرا حسینی", "+982155501014", "fa"},
	{"يوسف الحربي", "+96615550115", "ar"},
	{"張家豪", "+886255500116", "zh"},
	{"Oliver Smith", "+442079460117", "en"},
	{"رضا موسوی", "+982155501018", "fa"},
	{"مريم القحطاني", "+96615550119", "ar"},
	{"Emma Wilson", "+442079460120", "en"},
};
const int n_people = sizeof(people) / sizeof(people[0]);

static const char *const sentences[][PEOPLE_SENTENCES] = {
	{"سلام، روز بخیر. ممنون که جواب دادید.", "سفارش من هنوز به دستم نرسیده است.",
		"هفته پیش هم برای همین موضوع تماس گرفتم.", "بله، شماره سفارش را دارم.",
		"خیلی ممنون از راهنمایی شما."},
	{"مرحبا، شكرا على الرد.", "طلبي لم يصل حتى الآن.", "اتصلت الأسبوع الماضي بخصوص نفس الموضوع.",
		"نعم، رقم الطلب معي.", "شكرا جزيلا على مساعدتك."},
	{"您好，謝謝您接聽。", "我的訂單還沒有收到。", "我上個星期也打過電話問這件事。",
		"好的，我有訂單號碼。", "非常感謝您的幫忙。"},
	{"Hello, good morning. Thank you for taking my call.", "My order has not arrived yet.",
		"I called about the same thing last week.", "Yes, I have the order number here.",
		"Thank you very much for your help."},
};

static int language_index(const char *language)
{
	static const char *const languages[] = {"fa", "ar", "zh"};

	for (int i = 0; i < 3; i++)
		if (str_equal(language, languages[i]))
			return i;
	return 3;
}

const char *people_sentence(const char *language, int i)
{
	return sentences[language_index(language)][i];
}

char people_language_digit(const char *language)
{
	return (char)('1' + language_index(language));
}
