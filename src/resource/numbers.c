/* What callers dial, and where it leads. */
#include "resource/descriptors.h"

#include <stdio.h>

const char *const spoken_languages[] = {"fa", "ar", "zh", "en", NULL};

static const struct field fields[] = {
	{"number", FIELD_TEXT, .is_required = true, .is_unique = true, .min = 1, .max = 64,
		.form = FORM_ADDRESS,
		.doc = "What is dialled: \"+98...\", short digits, or a SIP user name."},
	{"name", FIELD_TEXT, .max = 100, .doc = "What people call the number."},
	{"flow", FIELD_REF, .ref = "flow",
		.doc = "Flow the caller enters; either this or one of the next three."},
	{"queue", FIELD_REF, .ref = "queue", .doc = "Queue the caller enters."},
	{"extension", FIELD_REF, .ref = "extension", .doc = "Extension that rings."},
	{"ring_group", FIELD_REF, .ref = "ring_group", .doc = "Ring group that rings."},
	{"trunk", FIELD_REF, .ref = "trunk", .doc = "Only calls from this trunk; none means any."},
	{"language", FIELD_CHOICE, .fallback = "\"en\"", .choices = spoken_languages,
		.doc = "Language the caller hears first."},
	{"fax_queue", FIELD_REF, .ref = "queue",
		.doc = "Queue of messages that faxes to this number go to. With a flow or a queue, too: a "
		       "fax is "
		       "recognised by its tone. Alone: the number is a fax line."},
	{"is_active", FIELD_BOOL, .fallback = "true", .doc = "Whether calls to the number are taken."},
	{"is_web", FIELD_BOOL, .fallback = "false",
		.doc = "Whether customers may call it from a page: /visit/ and the number."},
	{"has_video", FIELD_BOOL, .fallback = "false",
		.doc = "Whether camera and screen may be shown in calls from a page."},
};

static void check(json_t *value, struct issues *issues)
{
	static const char *const places[] = {"flow", "queue", "extension", "ring_group", "fax_queue"};
	char pointer[32];
	int n = 0;
	bool has_fax = false;

	for (int i = 0; i < 5; i++) {
		const json_t *v = json_object_get(value, places[i]);
		/* Rows of before there were the last two, and patches: the store checks the whole row. */
		if (!v && i < 2)
			return;
		if (!v || json_is_null(v))
			continue;
		has_fax |= i == 4;
		if (i == 4)
			continue; /* beside any of the others */
		snprintf(pointer, sizeof(pointer), "/%s", places[i]);
		if (++n == 2)
			issue_add(issues, pointer, "too_many",
				"Calls go to one place: set the others of flow, queue, extension and "
				"ring_group to "
				"null");
	}
	if (n == 0 && !has_fax)
		issue_add(issues, "/flow", "required",
			"Say where calls go: a flow, a queue, an extension, a ring group or a fax queue");
}
const struct resource resource_number = {.name = "number",
	.path = "numbers",
	.doc = "A number callers dial, and where it leads.",
	FIELDS(fields),
	.read = MAY_READ_CONFIG,
	.write = MAY_CHANGE_CONFIG,
	.check = check,
	.label_field = "number"};
