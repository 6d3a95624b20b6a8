/* How a contact turned out. */
#include "resource/descriptors.h"

static const struct field fields[] = {
	{"name", FIELD_TEXT, .is_required = true, .is_unique = true, .min = 1, .max = 100,
		.doc = "What agents choose after a contact."},
	{"description", FIELD_TEXT, .max = 1000, .form = FORM_PROSE, .doc = "When to choose it."},
};
const struct resource resource_disposition = {.name = "disposition",
	.path = "dispositions",
	.doc = "How a contact turned out, chosen in wrap-up.",
	FIELDS(fields),
	.read = MAY_NOTHING,
	.write = MAY_CHANGE_CONFIG,
	.label_field = "name"};
