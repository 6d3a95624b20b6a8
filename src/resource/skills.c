/* What agents can do and queues ask for. */
#include "resource/descriptors.h"

static const struct field fields[] = {
	{"name", FIELD_TEXT, .is_required = true, .is_unique = true, .min = 1, .max = 100,
		.doc = "What people call the skill."},
	{"description", FIELD_TEXT, .max = 1000, .form = FORM_PROSE, .doc = "What having the skill means."},
};
const struct resource resource_skill = {.name = "skill",
	.path = "skills",
	.doc = "Something an agent can do and a queue can ask for, with a proficiency from 1 to 10.",
	FIELDS(fields),
	.read = MAY_NOTHING,
	.write = MAY_CHANGE_CONFIG,
	.label_field = "name"};
