/* One number that rings several people or telephones outside the queues. */
#include "base/str.h"
#include "resource/descriptors.h"

static const char *const strategies[] = {"ring_all", "in_order", "round_robin", NULL};
static const char *const afters[] = {"hang_up", "voicemail", "extension", "queue", NULL};

static const struct field fields[] = {
	{"number", FIELD_TEXT, .is_required = true, .is_unique = true, .min = 1, .max = 10,
		.form = FORM_DIGITS, .doc = "Short number that is dialled."},
	{"name", FIELD_TEXT, .is_required = true, .min = 1, .max = 100, .doc = "What people call the group."},
	{"users", FIELD_REFS, .ref = "user", .max = 32, .doc = "People whose devices ring, in this order."},
	{"extensions", FIELD_REFS, .ref = "extension", .max = 32,
		.doc = "Extensions that ring, in this order, after the people."},
	{"numbers", FIELD_LIST, .max = 8, .form = FORM_PHONE,
		.doc = "Numbers outside that ring, in this order, after the extensions."},
	{"strategy", FIELD_CHOICE, .fallback = "\"ring_all\"", .choices = strategies,
		.doc = "Whether all ring at once, one after the other, or beginning with the next each "
		       "time."},
	{"ring_timeout_s", FIELD_INT, .fallback = "20", .min = 5, .max = 120,
		.doc = "Seconds each of them rings; with ring_all, all of them."},
	{"then", FIELD_CHOICE, .fallback = "\"hang_up\"", .choices = afters,
		.doc = "What happens when nobody answers."},
	{"then_extension", FIELD_REF, .ref = "extension", .doc = "The extension, when that is what happens."},
	{"then_queue", FIELD_REF, .ref = "queue", .doc = "The queue, when that is what happens."},
	{"voicemail_user", FIELD_REF, .ref = "user",
		.doc = "Whose voicemail messages of the group are; none: they are with the recordings."},
	{"greeting", FIELD_REF, .ref = "prompt",
		.doc = "What callers hear before the tone of the voicemail."},
	{"is_active", FIELD_BOOL, .fallback = "true", .doc = "Whether it can be called."},
};

static void check(json_t *value, struct issues *issues)
{
	const char *then = jsonx_text(value, "then", "");

	if (str_equal(then, "extension") && json_is_null(json_object_get(value, "then_extension")))
		issue_add(issues, "/then_extension", "required", "Name the extension to call then");
	if (str_equal(then, "queue") && json_is_null(json_object_get(value, "then_queue")))
		issue_add(issues, "/then_queue", "required", "Name the queue callers go to then");
}

const struct resource resource_ring_group = {.name = "ring_group",
	.path = "ring-groups",
	.doc = "One number that rings several people or telephones.",
	FIELDS(fields),
	.read = MAY_READ_CONFIG,
	.write = MAY_CHANGE_CONFIG,
	.check = check,
	.label_field = "number"};
