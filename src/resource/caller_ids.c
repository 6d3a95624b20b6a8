/* The numbers called people may see, and who may show them. A number that is not here is never shown for a
 * call an agent makes. */
#include "resource/descriptors.h"

static const struct field fields[] = {
	{"number", FIELD_TEXT, .is_required = true, .is_unique = true, .min = 1, .max = 63,
		.form = FORM_PHONE, .doc = "Number shown, as the trunk's provider wants it."},
	{"name", FIELD_TEXT, .max = 100, .doc = "Name shown with it, and in the agent's list."},
	{"is_withheld", FIELD_BOOL, .fallback = "false",
		.doc = "Whether the number is hidden from the called side (the trunk still learns it)."},
	{"trunks", FIELD_REFS, .ref = "trunk", .max = 100,
		.doc = "Trunks it may be shown on; none means all."},
	{"teams", FIELD_REFS, .ref = "team", .max = 100,
		.doc = "Teams that may choose it; none means everybody."},
};
const struct resource resource_caller_id = {.name = "caller_id",
	.path = "caller-ids",
	.doc = "A number that called people may see, and who may show it.",
	FIELDS(fields),
	.read = MAY_READ_CONFIG,
	.write = MAY_CHANGE_CONFIG,
	.label_field = "number"};
