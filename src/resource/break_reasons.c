/* Why an agent is not taking contacts. */
#include "resource/descriptors.h"

static const struct field fields[] = {
	{"name", FIELD_TEXT, .is_required = true, .is_unique = true, .min = 1, .max = 100,
		.doc = "What agents choose, like \"Lunch\"."},
	{"is_paid", FIELD_BOOL, .fallback = "true", .doc = "Whether the time counts as paid."},
};
const struct resource resource_break_reason = {.name = "break_reason",
	.path = "break-reasons",
	.doc = "A reason an agent gives when going on a break.",
	FIELDS(fields),
	.read = MAY_NOTHING,
	.write = MAY_CHANGE_CONFIG,
	.label_field = "name"};
