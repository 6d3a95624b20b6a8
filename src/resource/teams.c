/* Groups of people. */
#include "resource/descriptors.h"

static const struct field fields[] = {
	{"name", FIELD_TEXT, .is_required = true, .is_unique = true, .min = 1, .max = 100,
		.doc = "What people call the team."},
	{"description", FIELD_TEXT, .max = 1000, .form = FORM_PROSE, .doc = "What the team is for."},
};
const struct resource resource_team = {.name = "team",
	.path = "teams",
	.doc = "A group of people; a queue can be served by teams.",
	FIELDS(fields),
	.read = MAY_NOTHING,
	.write = MAY_CHANGE_CONFIG,
	.label_field = "name"};
