/* What callers hear and choose. The document's own rules belong to the flow room; here it is only kept in
 * bounds. */
#include "resource/descriptors.h"

#include <stdlib.h>

#define DOCUMENT_BYTES_MAX 262144

static const struct field fields[] = {
	{"name", FIELD_TEXT, .is_required = true, .is_unique = true, .min = 1, .max = 100,
		.doc = "What people call the flow."},
	{"document", FIELD_JSON, .is_required = true,
		.doc = "The flow's nodes, as docs/flow.md describes them."},
	{"published_version", FIELD_INT, .min = 1, .max = INT64_MAX, .is_read_only = true,
		.doc = "Counts up with each change of the document."},
};

static void check(json_t *value, struct issues *issues)
{
	const json_t *document = json_object_get(value, "document");

	if (!document)
		return;
	if (!json_is_object(document))
		issue_add(issues, "/document", "wrong_type", "The document must be an object");
	else if (json_dumpb(document, NULL, 0, JSON_COMPACT) > DOCUMENT_BYTES_MAX)
		issue_add(issues, "/document", "too_long", "At most %d bytes: split the flow in two",
			DOCUMENT_BYTES_MAX);
}
const struct resource resource_flow = {.name = "flow",
	.path = "flows",
	.doc = "What callers hear and may choose, step by step.",
	FIELDS(fields),
	.read = MAY_READ_CONFIG,
	.write = MAY_CHANGE_CONFIG,
	.check = check,
	.label_field = "name"};
