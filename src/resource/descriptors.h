/* The descriptors, one file each; only resource.c lists them. */
#pragma once
#include "resource/resource.h"

extern const struct resource resource_skill, resource_team, resource_user, resource_queue, resource_number,
	resource_trunk, resource_flow, resource_hours, resource_prompt, resource_break_reason,
	resource_disposition, resource_customer, resource_setting, resource_capacity_profile,
	resource_business_rule, resource_caller_id, resource_extension, resource_ring_group,
	resource_recorder, resource_trunk_group;

#define FIELDS(list) .fields = (list), .n_fields = (int)(sizeof(list) / sizeof((list)[0]))
/* Languages of what callers hear; NULL-terminated: fa, ar, zh, en. */
extern const char *const spoken_languages[];
/* Channels of contacts; NULL-terminated, in the order of routing's. */
extern const char *const channel_names[];
