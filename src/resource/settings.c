/* The installation's own facts: exactly one row a tenant. */
#include "resource/descriptors.h"

static const char *const languages[] = {"fa", "ar", "zh", "en", NULL};

#define KEEP_DAYS_MAX 36500

static const struct field fields[] = {
	{"organisation", FIELD_TEXT, .is_required = true, .min = 1, .max = 200, .fallback = "\"Markaz\"",
		.doc = "Name of the house, spoken and shown."},
	{"default_language", FIELD_CHOICE, .fallback = "\"en\"", .choices = languages,
		.doc = "Language callers hear when nothing else says so."},
	{"time_zone", FIELD_TEXT, .min = 1, .max = 64, .fallback = "\"UTC\"",
		.doc = "IANA time zone of reports, like Asia/Tehran."},
	{"sip_realm", FIELD_TEXT, .min = 1, .max = 63, .fallback = "\"markaz\"",
		.doc = "Realm telephones register in; it is part of their stored passwords."},
	{"public_address", FIELD_TEXT, .max = 63,
		.doc = "Address the outside reaches this server at; none means what the system says."},
	{"music", FIELD_REF, .ref = "prompt",
		.doc = "The house music for those who wait; none means the built-in one."},
	{"vip_head_start_s", FIELD_INT, .fallback = "0", .max = 3600,
		.doc = "Seconds a customer with priority counts as having waited already."},
	{"value_head_start_s", FIELD_INT, .fallback = "1", .max = 600,
		.doc = "Seconds each point of a customer's value counts as having waited already."},
	{"keep_recordings_days", FIELD_INT, .fallback = "0", .max = KEEP_DAYS_MAX,
		.doc = "Days after which recordings of calls are removed; 0: never."},
	{"keep_voicemails_days", FIELD_INT, .fallback = "0", .max = KEEP_DAYS_MAX,
		.doc = "Days after which voicemail is removed; 0: never."},
	{"keep_texts_days", FIELD_INT, .fallback = "0", .max = KEEP_DAYS_MAX,
		.doc = "Days after which notes and messages of contacts are removed; 0: never."},
	{"keep_people_days", FIELD_INT, .fallback = "0", .max = KEEP_DAYS_MAX,
		.doc = "Days after which names and numbers are taken out of contacts; figures stay; 0: "
		       "never."},
	{"keep_events_days", FIELD_INT, .fallback = "0", .max = KEEP_DAYS_MAX,
		.doc = "Days after which archived months of the event log are removed; 0: never."},
	{"keep_audit_days", FIELD_INT, .fallback = "0", .max = KEEP_DAYS_MAX,
		.doc = "Days after which audit entries are removed; 0: never."},
};
const struct resource resource_setting = {.name = "setting",
	.path = "settings",
	.doc = "The installation's own facts: exactly one row.",
	FIELDS(fields),
	.read = MAY_NOTHING,
	.write = MAY_CHANGE_CONFIG,
	.label_field = "organisation",
	.is_single = true};
