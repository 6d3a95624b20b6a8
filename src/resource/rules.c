/* How contacts are treated before they enter a queue. The text's own rules belong to the rule room; here it
 * is only kept in bounds. */
#include "resource/descriptors.h"

static const struct field fields[] = {
	{"name", FIELD_TEXT, .is_required = true, .is_unique = true, .min = 1, .max = 100,
		.doc = "What people call the rule; it is shown where it applied."},
	{"description", FIELD_TEXT, .max = 1000, .form = FORM_PROSE, .doc = "What the rule is for."},
	{"position", FIELD_INT, .fallback = "100", .min = 0, .max = 100000,
		.doc = "Rules run in this order, the lowest first; the older one first where it is the "
		       "same."},
	{"is_active", FIELD_BOOL, .fallback = "true", .doc = "Whether the rule runs."},
	{"text", FIELD_TEXT, .is_required = true, .min = 1, .max = 16000, .form = FORM_PROSE,
		.doc = "The rule in Lua, as docs/rules.md describes it."},
};
const struct resource resource_business_rule = {.name = "business_rule",
	.path = "business-rules",
	.doc = "A short program that says how a contact about to enter a queue is treated.",
	FIELDS(fields),
	.read = MAY_READ_CONFIG,
	.write = MAY_CHANGE_CONFIG,
	.label_field = "name"};
