/* Recorders of others: every call that matches is sent to them, too (SIPREC, RFC 7866). */
#include "base/str.h"
#include "resource/descriptors.h"

#include <string.h>

static const struct field fields[] = {
	{"name", FIELD_TEXT, .is_required = true, .is_unique = true, .min = 1, .max = 100,
		.doc = "What people call the recorder."},
	{"uri", FIELD_TEXT, .is_required = true, .min = 6, .max = 255,
		.doc = "Where recording sessions go: sip:recorder@host:port; add ;transport=tcp when it can, "
		       "the messages "
		       "are large."},
	{"queues", FIELD_REFS, .ref = "queue", .max = 500,
		.doc = "Calls of these queues are sent; none means all calls."},
	{"percent", FIELD_INT, .fallback = "100", .min = 1, .max = 100,
		.doc = "How many of these calls are sent."},
	{"is_enabled", FIELD_BOOL, .fallback = "true", .doc = "Whether it is used."},
};

static void check(json_t *value, struct issues *issues)
{
	const char *uri = jsonx_text(value, "uri", NULL);

	if (uri && ((!str_starts_with(uri, "sip:") && !str_starts_with(uri, "sips:")) ||
			   strcspn(uri, " <>\"\r\n") != strlen(uri)))
		issue_add(issues, "/uri", "bad_form", "Write sip:recorder@host or sip:recorder@host:port");
}

const struct resource resource_recorder = {.name = "recorder",
	.path = "recorders",
	.doc = "A recorder of others that calls are sent to (SIPREC).",
	FIELDS(fields),
	.read = MAY_READ_CONFIG,
	.write = MAY_CHANGE_CONFIG,
	.check = check,
	.label_field = "name"};
