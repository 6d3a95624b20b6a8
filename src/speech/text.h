/* What may be given to a speech program, and the voice for it. Pure. */
#pragma once
#include "speech/speech.h"

#include <stddef.h>

#define SPEECH_LANGUAGES 4
#define SPEECH_VOICE_MAX 48

/* The index of "fa", "ar", "zh", "en", or -1. */
int speech_language_index(const char *language);
/* Copies text without control characters, bidirectional controls and the square brackets some engines read as
 * phonemes; white space becomes single spaces. 0, -EINVAL (not UTF-8, too long, or nothing in it to speak).
 */
int speech_clean_text(const char *text, char ret_text[static SPEECH_TEXT_MAX]);
/* The best Mandarin voice in the table that "espeak-ng --voices=zh" prints; false when it names none. */
bool speech_pick_mandarin(const char *table, char ret_voice[static SPEECH_VOICE_MAX]);
