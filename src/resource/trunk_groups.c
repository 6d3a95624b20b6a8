/* Trunks that stand in for each other: which numbers they dial together, and who goes first. */
#include "resource/descriptors.h"

static const char *const strategies[] = {"in_order", "weighted", "least_cost", NULL};

static const struct field fields[] = {
	{"name", FIELD_TEXT, .is_required = true, .is_unique = true, .min = 1, .max = 100,
		.doc = "What people call the group."},
	{"prefixes", FIELD_LIST, .max = 200, .form = FORM_PREFIX,
		.doc = "Beginnings of numbers it dials, like +98; of several groups the longest beginning "
		       "that "
		       "fits "
		       "decides; none means all numbers no other group names."},
	{"trunks", FIELD_REFS, .ref = "trunk", .min = 1, .max = 16,
		.doc = "Trunks the calls go over, in this order; when one fails, the next is tried."},
	{"strategy", FIELD_CHOICE, .fallback = "\"in_order\"", .choices = strategies,
		.doc = "Who goes first: as listed, in the proportion of the trunks' weights, or the cheapest "
		       "for "
		       "the "
		       "number."},
	{"is_enabled", FIELD_BOOL, .fallback = "true", .doc = "Whether the group is used."},
};

static void check(json_t *value, struct issues *issues)
{
	const json_t *trunks = json_object_get(value, "trunks");

	if (trunks && json_array_size(trunks) == 0)
		issue_add(issues, "/trunks", "required", "Name at least one trunk");
}

const struct resource resource_trunk_group = {.name = "trunk_group",
	.path = "trunk-groups",
	.doc = "Trunks that stand in for each other, and the numbers they dial.",
	FIELDS(fields),
	.read = MAY_READ_CONFIG,
	.write = MAY_CHANGE_CONFIG,
	.check = check,
	.label_field = "name"};
