/* The list of all resources, and what roles may do. Must not know how rows are stored. */
#include "resource/resource.h"
#include "base/str.h"
#include "resource/descriptors.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const struct resource *const resources[] = {&resource_setting, &resource_skill, &resource_team,
	&resource_break_reason, &resource_disposition, &resource_prompt, &resource_hours, &resource_trunk,
	&resource_capacity_profile, &resource_caller_id, &resource_user, &resource_queue, &resource_extension,
	&resource_ring_group, &resource_flow, &resource_number, &resource_customer, &resource_business_rule,
	&resource_recorder, &resource_trunk_group, NULL};

const struct resource *resource_by_name(const char *name)
{
	for (int i = 0; resources[i]; i++)
		if (str_equal(resources[i]->name, name))
			return resources[i];
	return NULL;
}

const struct resource *resource_by_path(const char *path)
{
	for (int i = 0; resources[i]; i++)
		if (str_equal(resources[i]->path, path))
			return resources[i];
	return NULL;
}

const struct field *resource_field(const struct resource *r, const char *name)
{
	for (int i = 0; i < r->n_fields; i++)
		if (str_equal(r->fields[i].name, name))
			return &r->fields[i];
	return NULL;
}

unsigned role_permissions(const char *role)
{
	if (str_equal(role, "agent"))
		return MAY_HANDLE | MAY_DIAL | MAY_SEE_CUSTOMERS | MAY_CHANGE_CUSTOMERS;
	if (str_equal(role, "supervisor"))
		return MAY_SEE_LIVE | MAY_SEE_HISTORY | MAY_LISTEN | MAY_READ_CONFIG | MAY_STEER_AGENTS |
		       MAY_SUPERVISE | MAY_SEE_CUSTOMERS | MAY_CHANGE_CUSTOMERS;
	if (str_equal(role, "administrator"))
		return MAY_SEE_LIVE | MAY_SEE_HISTORY | MAY_LISTEN | MAY_READ_CONFIG | MAY_CHANGE_CONFIG |
		       MAY_CHANGE_USERS | MAY_SEE_AUDIT | MAY_STEER_AGENTS | MAY_SEE_CUSTOMERS |
		       MAY_ERASE_PEOPLE | MAY_CHANGE_CUSTOMERS | MAY_OPEN_CONTACTS;
	if (str_equal(role, "connector"))
		return MAY_OPEN_CONTACTS | MAY_DIAL;
	return MAY_NOTHING;
}

void issue_add(struct issues *issues, const char *pointer, const char *code, const char *format, ...)
{
	va_list ap;

	if (issues->n >= ISSUES_MAX)
		return;
	struct issue *i = &issues->at[issues->n++];
	str_put(i->pointer, sizeof(i->pointer), pointer);
	str_put(i->code, sizeof(i->code), code);
	va_start(ap, format);
	vsnprintf(i->message, sizeof(i->message), format, ap);
	va_end(ap);
	/* vsnprintf may have cut inside a letter. */
	char whole[sizeof(i->message)];
	size_t n = strlen(i->message);
	while (n > 0 && !str_is_utf8(i->message, n))
		n--;
	str_put_n(whole, sizeof(whole), i->message, n);
	str_put(i->message, sizeof(i->message), whole);
}
