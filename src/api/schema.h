/* JSON Schemas from a short notation and from descriptors. PURE.
 *
 * Notation: properties separated by spaces, "name:type"; "name?:type" may be absent. Types: id int num bool
 * text any, Name (another schema), [type], =a|b|c (one of), {type} (object of these); a trailing ? also
 * allows null. */
#pragma once
#include "base/jsonx.h"
#include "resource/resource.h"

/* {"type":"object",...} of the notation; NULL when memory is out. The notation is ours: a mistake in it
 * asserts. */
json_t *schema_object(const char *notation);
/* One type of the notation. */
json_t *schema_type(const char *type);
/* {"$ref":"#/components/schemas/name"} */
json_t *schema_ref(const char *name);
/* "break_reason" + suffix -> "BreakReasonPatch". */
void schema_name(const char *resource, const char *suffix, char ret_name[static 64]);
enum schema_use { SCHEMA_ROW, SCHEMA_CREATE, SCHEMA_PATCH };
/* The schema of a resource's row as read, as created, or as changed. */
json_t *schema_resource(const struct resource *r, enum schema_use use);
/* A schema that the given value fits: objects with all keys required; null reads as a number that may be
 * missing. */
json_t *schema_like(const json_t *value);
