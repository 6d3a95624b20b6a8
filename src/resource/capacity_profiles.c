/* How many contacts of which kinds a person has at once. The defaults stand in fields' fallbacks only: who
 * has no profile has one made of them. */
#include "resource/descriptors.h"

/* One contact of a channel, or several; what each takes of an agent; what a new one may interrupt. The desk
 * can hold one call, whatever a profile says. */
#define CHANNEL(name, title, most, fallback_most, fallback_load, fallback_interrupts)                        \
	{name "_max", FIELD_INT, .fallback = fallback_most, .max = (most),                                   \
		.doc = "Most " title " a person has at once; 0 for none."},                                  \
		{name "_load", FIELD_INT, .fallback = fallback_load, .max = 100,                             \
			.doc = "Per cent of a person that one of the " title " takes; all together 100."},   \
	{                                                                                                    \
		name "_interrupts", FIELD_LIST,                                                              \
			.fallback = fallback_interrupts, .max = 5, .choices = channel_names,                 \
			.doc = "Channels whose contacts do not stand in the way of new " title "."           \
	}

static const struct field fields[] = {
	{"name", FIELD_TEXT, .is_required = true, .is_unique = true, .min = 1, .max = 100,
		.doc = "What people call the profile."},
	CHANNEL("voice", "calls", 1, "1", "100", "[\"email\", \"task\"]"),
	CHANNEL("chat", "chats", 100, "4", "25", "[]"),
	CHANNEL("email", "e-mails", 100, "5", "20", "[]"),
	CHANNEL("message", "messages", 100, "4", "25", "[]"),
	CHANNEL("task", "tasks", 100, "5", "20", "[]"),
};
const struct resource resource_capacity_profile = {.name = "capacity_profile",
	.path = "capacity-profiles",
	.doc = "How many contacts of which kinds a person has at once.",
	FIELDS(fields),
	.read = MAY_READ_CONFIG,
	.write = MAY_CHANGE_CONFIG,
	.label_field = "name"};
