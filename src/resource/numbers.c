/* What callers dial, and where it leads. */
#include "resource/descriptors.h"

const char *const spoken_languages[] = {"fa", "ar", "zh", "en", NULL};

static const struct field fields[] = {
	{"number", FIELD_TEXT, .is_required = true, .is_unique = true, .min = 1, .max = 64,
		.form = FORM_ADDRESS,
		.doc = "What is dialled: \"+98...\", short digits, or a SIP user name."},
	{"name", FIELD_TEXT, .max = 100, .doc = "What people call the number."},
	{"flow", FIELD_REF, .ref = "flow", .doc = "Flow the caller enters; either this or queue."},
	{"queue", FIELD_REF, .ref = "queue", .doc = "Queue the caller enters; either this or flow."},
	{"trunk", FIELD_REF, .ref = "trunk", .doc = "Only calls from this trunk; none means any."},
	{"language", FIELD_CHOICE, .fallback = "\"en\"", .choices = spoken_languages,
		.doc = "Language the caller hears first."},
	{"is_active", FIELD_BOOL, .fallback = "true", .doc = "Whether calls to the number are taken."},
};

static void check(json_t *value, struct issues *issues)
{
	const json_t *flow = json_object_get(value, "flow"), *queue = json_object_get(value, "queue");

	if (!flow || !queue)
		return; /* a patch: the store checks the whole row */
	if (json_is_null(flow) && json_is_null(queue))
		issue_add(issues, "/flow", "required", "Say where calls go: a flow or a queue");
	if (!json_is_null(flow) && !json_is_null(queue))
		issue_add(issues, "/queue", "too_many",
			"Calls go to a flow or to a queue, not both: set one of them to null");
}
const struct resource resource_number = {.name = "number",
	.path = "numbers",
	.doc = "A number callers dial, and where it leads.",
	FIELDS(fields),
	.read = MAY_READ_CONFIG,
	.write = MAY_CHANGE_CONFIG,
	.check = check,
	.label_field = "number"};
