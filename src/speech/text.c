/* Texts and voices; see text.h. */
#include "speech/text.h"
#include "base/str.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int speech_language_index(const char *language)
{
	static const char *const names[SPEECH_LANGUAGES] = {"fa", "ar", "zh", "en"};

	for (int i = 0; language && i < SPEECH_LANGUAGES; i++)
		if (str_equal(language, names[i]))
			return i;
	return -1;
}

/* Bytes of well-formed UTF-8 at p that are not to be spoken; 0: none. */
static size_t unspoken(const unsigned char *p)
{
	if (p[0] < 0x20 || p[0] == 0x7f || p[0] == '[' || p[0] == ']')
		return 1;
	if ((p[0] == 0xc2 && p[1] < 0xa0) || (p[0] == 0xd8 && p[1] == 0x9c))
		return 2; /* C1 controls, Arabic letter mark */
	if (p[0] == 0xe2 && p[1] == 0x80 && (p[2] == 0x8e || p[2] == 0x8f || (p[2] >= 0xa8 && p[2] <= 0xae)))
		return 3; /* direction marks, line separators, embeddings */
	if (p[0] == 0xe2 && p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9)
		return 3; /* isolates */
	return p[0] == 0xef && p[1] == 0xbb && p[2] == 0xbf ? 3 : 0;
}

static bool is_white(unsigned char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '[' || c == ']';
}

static bool is_spoken(unsigned char c)
{
	return c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

int speech_clean_text(const char *text, char ret_text[static SPEECH_TEXT_MAX])
{
	const unsigned char *p = (const unsigned char *)text;
	char out[SPEECH_TEXT_MAX];
	size_t n = 0, length = strlen(text);
	bool has_sound = false;

	if (length >= SPEECH_TEXT_MAX || !str_is_utf8(text, length))
		return -EINVAL;
	while (*p) {
		size_t skip = unspoken(p);
		if (is_white(*p)) {
			if (n > 0 && out[n - 1] != ' ')
				out[n++] = ' ';
			p++;
		} else if (skip > 0) {
			p += skip;
		} else {
			has_sound = has_sound || is_spoken(*p);
			out[n++] = (char)*p++;
		}
	}
	while (n > 0 && out[n - 1] == ' ')
		n--;
	out[n] = '\0';
	if (!has_sound)
		return -EINVAL;
	memcpy(ret_text, out, n + 1);
	return 0;
}

/* Debian 12's espeak-ng 1.51 speaks the tone numbers of its plain "cmn" voice in English ("hao two"); the
 * pinyin voice of every version speaks them as tones. */
bool speech_pick_mandarin(const char *table, char ret_voice[static SPEECH_VOICE_MAX])
{
	int best = 0;

	for (const char *line = table; line; line = strchr(line, '\n')) {
		char language[48] = "", name[80] = "", file[80] = "";
		line += *line == '\n';
		if (sscanf(line, " %*d %47s %*s %79s %79s", language, name, file) != 3 ||
			str_starts_with(file, "mb/"))
			continue;
		int worth = str_equal(language, "cmn-latn-pinyin") ? 3
			    : str_equal(language, "cmn")	   ? 2
			    : str_starts_with(language, "zh")	   ? 1
								   : 0;
		if (worth > best) {
			best = worth;
			str_put(ret_voice, SPEECH_VOICE_MAX, language);
		}
	}
	return best > 0;
}
