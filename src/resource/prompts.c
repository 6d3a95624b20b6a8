/* What is played: a text to be spoken, an uploaded file, or music. */
#include "base/str.h"
#include "resource/descriptors.h"

static const char *const kinds[] = {"speech", "file", "music", NULL};

static const struct field fields[] = {
	{"name", FIELD_TEXT, .is_required = true, .is_unique = true, .min = 1, .max = 100,
		.doc = "What people call the prompt."},
	{"kind", FIELD_CHOICE, .fallback = "\"speech\"", .choices = kinds,
		.doc = "Spoken from its texts, played from a file, or music."},
	{"texts", FIELD_TEXTS, .max = 1000, .form = FORM_PROSE, .doc = "What is spoken, by language."},
	{"audio_ms", FIELD_INT, .max = INT64_MAX, .is_read_only = true,
		.doc = "Length of the uploaded audio in milliseconds; null when there is none."},
};

static void check(json_t *value, struct issues *issues)
{
	const json_t *texts = json_object_get(value, "texts");

	if (str_equal(jsonx_text(value, "kind", NULL), "speech") && texts && json_object_size(texts) == 0)
		issue_add(issues, "/texts", "required", "Write what is spoken in at least one language");
}
const struct resource resource_prompt = {.name = "prompt",
	.path = "prompts",
	.doc = "Something that is played to callers.",
	FIELDS(fields),
	.read = MAY_READ_CONFIG,
	.write = MAY_CHANGE_CONFIG,
	.check = check,
	.label_field = "name"};
