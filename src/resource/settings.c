/* The installation's own facts: exactly one row a tenant. */
#include "resource/descriptors.h"

#include <stdio.h>
#include <string.h>

static const char *const notices[] = {"never", "whisper", "always", NULL};
static const char *const languages[] = {"fa", "ar", "zh", "en", NULL};

static const char *const formats[] = {"wav", "opus", NULL};
static const char *const recorded[] = {"never", "always", "on_demand", NULL};

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
	{"country_code", FIELD_TEXT, .max = 4, .form = FORM_DIGITS,
		.doc = "Country calling code numbers without one belong to, like 98; none: numbers are "
		       "dialled as "
		       "written."},
	{"national_prefix", FIELD_TEXT, .max = 4, .form = FORM_DIGITS,
		.doc = "What people dial before a number of another town, like 0."},
	{"international_prefix", FIELD_TEXT, .max = 6, .fallback = "\"00\"", .form = FORM_DIGITS,
		.doc = "What people dial before a country code, like 00."},
	{"forbidden_prefixes", FIELD_LIST, .max = 200, .form = FORM_PREFIX,
		.doc = "Beginnings of numbers nobody may call, like +98909 or +882; emergency numbers always "
		       "may."},
	{"emergency_numbers", FIELD_LIST, .max = 20, .fallback = "[\"112\"]", .form = FORM_PHONE,
		.doc = "Short numbers everybody may always call, dialled exactly as written."},
	{"outside_calls_max", FIELD_INT, .fallback = "0", .max = 1000000,
		.doc = "Most calls over all trunks at once; 0 for no limit. Emergency calls always pass."},
	{"outside_calls_per_second", FIELD_INT, .fallback = "0", .max = 10000,
		.doc = "Most calls over all trunks begun in a second; 0 for no limit."},
	{"voicemail_queue", FIELD_REF, .ref = "queue",
		.doc = "Queue (channel message) in which the messages flows leave for queues are worked off; "
		       "none: "
		       "they are only kept."},
	{"feature_ready", FIELD_TEXT, .max = 6, .fallback = "\"*1\"",
		.doc = "Dialled on a telephone: ready. Letters are *, # and digits; none: no such code."},
	{"feature_break", FIELD_TEXT, .max = 6, .fallback = "\"*2\"",
		.doc = "Dialled on a telephone: on break."},
	{"feature_listen", FIELD_TEXT, .max = 6, .fallback = "\"*3\"",
		.doc = "Dialled on a supervisor's telephone, with an extension behind it: listen there."},
	{"feature_pick_up", FIELD_TEXT, .max = 6, .fallback = "\"*8\"",
		.doc = "Dialled on a telephone: take the call that rings at a colleague of the same team."},
	{"feature_voicemail", FIELD_TEXT, .max = 6, .fallback = "\"*97\"",
		.doc = "Dialled on a telephone: hear one's own messages."},
	{"feature_greeting", FIELD_TEXT, .max = 6, .fallback = "\"*98\"",
		.doc = "Dialled on a telephone: record what callers hear before they leave a message."},
	{"park_first", FIELD_INT, .fallback = "71", .min = 1, .max = 999999,
		.doc = "First slot of parked calls; telephones dial a slot to take what is parked there."},
	{"park_last", FIELD_INT, .fallback = "79", .min = 1, .max = 999999, .doc = "Last slot."},
	{"park_return_s", FIELD_INT, .fallback = "120", .min = 10, .max = 3600,
		.doc = "Seconds after which a parked call rings at who parked it, then goes to its queue."},
	{"is_conference_kept", FIELD_BOOL, .fallback = "true",
		.doc = "When the agent who has a conference leaves, the others stay in it."},
	{"supervision_notice", FIELD_CHOICE, .fallback = "\"whisper\"", .choices = notices,
		.doc = "When agents are told that a supervisor is in their call: never, from whispering on, "
		       "always."},
	{"is_supervision_beeped", FIELD_BOOL, .fallback = "false",
		.doc = "What agents are told of supervision is beeped to them, too."},
	{"fax_station", FIELD_TEXT, .max = 20, .form = FORM_ADDRESS,
		.doc = "Our number as other fax machines show it: digits, + and spaces, at most 20."},
	{"fax_header", FIELD_TEXT, .max = 50,
		.doc = "Line on top of each page we send, in Latin letters; none: no line."},
	{"fax_tries", FIELD_INT, .fallback = "3", .min = 1, .max = 20,
		.doc = "How often a fax is tried before it is given up."},
	{"fax_retry_s", FIELD_INT, .fallback = "120", .min = 5, .max = 86400,
		.doc = "Seconds between two tries of a fax."},
	{"recording_format", FIELD_CHOICE, .fallback = "\"opus\"", .choices = formats,
		.doc = "How recordings are kept once their call is over: wav as they were recorded, opus "
		       "compressed to a tenth."},
	{"is_recording_encrypted", FIELD_BOOL, .fallback = "true",
		.doc = "Whether recordings are encrypted on the disk."},
	{"recording_key_days", FIELD_INT, .fallback = "30", .min = 1, .max = 3650,
		.doc = "Days after which new recordings get another key."},
	{"is_recording_masked", FIELD_BOOL, .fallback = "true",
		.doc = "Whether the tones of telephone keys are left out of recordings."},
	{"recording_beep_s", FIELD_INT, .fallback = "0", .max = 600,
		.doc = "Seconds between beeps that tell everybody in the call it is recorded; 0: no beep."},
	{"recording_pause_max_s", FIELD_INT, .fallback = "300", .max = 3600,
		.doc = "Seconds after which a paused recording goes on by itself; 0: never."},
	{"recording_disk_reserve_mb", FIELD_INT, .fallback = "200", .max = 1000000,
		.doc = "Megabytes that stay free: with less, no new recording begins, and an alarm says so; "
		       "0: no matter."},
	{"record_outbound", FIELD_CHOICE, .fallback = "\"always\"", .choices = recorded,
		.doc = "Whether outbound calls without a queue are recorded."},
	{"record_internal", FIELD_CHOICE, .fallback = "\"never\"", .choices = recorded,
		.doc = "Whether calls between people of the house are recorded."},
	{"agents_hear_own", FIELD_BOOL, .fallback = "false",
		.doc = "Whether agents may listen to the recordings of their own contacts."},
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
	{"allowed_addresses", FIELD_LIST, .max = 64,
		.doc = "Addresses never banned for wrong passwords and never slowed down, like the office: "
		       "192.0.2.7 or 192.0.2.0/24. Those of trunks are so by themselves."},
	{"flood_packets", FIELD_INT, .fallback = "500", .max = 1000000,
		.doc = "SIP packets a second heard from an address nobody knows; 0: no limit."},
	{"flood_requests", FIELD_INT, .fallback = "100", .max = 1000000,
		.doc = "SIP requests a second answered to an address nobody knows; 0: no limit."},
	{"flood_network_times", FIELD_INT, .fallback = "10", .min = 1, .max = 1000,
		.doc = "So many times as much is heard from a whole network (256 addresses)."},
	{"flood_known_times", FIELD_INT, .fallback = "50", .min = 1, .max = 1000,
		.doc = "So many times as much is heard from trunks, allowed addresses, and where somebody "
		       "signed in within the last hour."},
	{"ban_failures", FIELD_INT, .fallback = "20", .max = 10000,
		.doc = "Wrong telephone passwords from an address within an hour before it is banned; 0: "
		       "never."},
	{"ban_minutes", FIELD_INT, .fallback = "10", .min = 1, .max = 10080,
		.doc = "Minutes the first ban of an address lasts; each further one twice as long."},
	{"ban_max_hours", FIELD_INT, .fallback = "24", .min = 1, .max = 8760,
		.doc = "Hours a ban lasts at most."},
	{"is_abroad_restricted", FIELD_BOOL, .fallback = "true",
		.doc = "Whether calls outside may only go to the own country (country_code) and the allowed "
		       "ones."},
	{"allowed_countries", FIELD_LIST, .max = 200, .form = FORM_PREFIX,
		.doc = "Beginnings of numbers abroad that may be called, like +971 or +44."},
	{"call_costs", FIELD_LIST, .max = 500,
		.doc = "What a minute costs by the number's beginning, like +44=0.05; the longest fits."},
	{"cost_max_hour", FIELD_INT, .fallback = "0", .max = 100000000,
		.doc = "When calls of all cost so much within an hour, calls outside are stopped; 0: no "
		       "limit."},
	{"cost_max_day", FIELD_INT, .fallback = "0", .max = 100000000,
		.doc = "When calls of all cost so much within a day, calls outside are stopped; 0: no "
		       "limit."},
	{"user_cost_max_day", FIELD_INT, .fallback = "0", .max = 100000000,
		.doc = "When calls of one person cost so much within a day, that person's are stopped; 0: no "
		       "limit."},
	{"user_calls_max_hour", FIELD_INT, .fallback = "300", .max = 100000,
		.doc = "When one person makes so many calls outside within an hour, that person's are "
		       "stopped; "
		       "0: no limit."},
	{"night_from", FIELD_TEXT, .max = 5, .doc = "When the night begins for calls outside, like 22:00."},
	{"night_until", FIELD_TEXT, .max = 5, .doc = "When it ends, like 07:00."},
	{"night_calls_max_hour", FIELD_INT, .fallback = "0", .max = 100000,
		.doc = "When one person makes so many calls outside within an hour of the night, that "
		       "person's "
		       "are stopped; 0: nobody calls outside at night."},
	{"keep_audit_days", FIELD_INT, .fallback = "0", .max = KEEP_DAYS_MAX,
		.doc = "Days after which audit entries are removed; 0: never."},
};
/* "+44=0.05": what a minute costs. */
static bool is_cost(const char *text)
{
	const char *p = text + (*text == '+');
	size_t n = strspn(p, "0123456789");

	if (n == 0 || n > 20 || p[n] != '=')
		return false;
	p += n + 1;
	n = strspn(p, "0123456789");
	if (n == 0 || n > 6)
		return false;
	if (p[n] == '.') {
		p += n + 1;
		n = strspn(p, "0123456789");
		return n >= 1 && n <= 3 && !p[n];
	}
	return !p[n];
}

/* "22:30" */
static bool is_time(const char *text)
{
	return strlen(text) == 5 && text[2] == ':' && strspn(text, "0123456789") == 2 &&
	       strspn(text + 3, "0123456789") == 2 && strncmp(text, "24", 2) < 0 && text[3] < '6';
}

static void check_defence(const json_t *value, struct issues *issues)
{
	static const char *const times[] = {"night_from", "night_until"};
	const json_t *one;
	char pointer[64];
	size_t i;

	json_array_foreach(json_object_get(value, "allowed_addresses"), i, one)
	{
		snprintf(pointer, sizeof(pointer), "/allowed_addresses/%zu", i);
		if (!resource_is_address(json_string_value(one)))
			issue_add(issues, pointer, "bad_form", "Write 192.0.2.7 or 192.0.2.0/24");
	}
	json_array_foreach(json_object_get(value, "call_costs"), i, one)
	{
		snprintf(pointer, sizeof(pointer), "/call_costs/%zu", i);
		if (!json_is_string(one) || !is_cost(json_string_value(one)))
			issue_add(issues, pointer, "bad_form", "Write a beginning and a price: +44=0.05");
	}
	for (i = 0; i < 2; i++) {
		const char *text = jsonx_text(value, times[i], NULL);
		snprintf(pointer, sizeof(pointer), "/%s", times[i]);
		if (text && *text && !is_time(text))
			issue_add(issues, pointer, "bad_form", "Write a time of the day, like 22:30");
	}
}

static void check(json_t *value, struct issues *issues)
{
	int64_t first = jsonx_int(value, "park_first", 71), last = jsonx_int(value, "park_last", 79);

	static const char *const codes[] = {"feature_ready", "feature_break", "feature_listen",
		"feature_pick_up", "feature_voicemail", "feature_greeting"};
	char pointer[40];

	check_defence(value, issues);
	if (last < first || last - first > 999)
		issue_add(issues, "/park_last", "out_of_range",
			"The last slot is not below the first, and there are at most 1000");

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		const char *code = jsonx_text(value, codes[i], NULL);
		if (!code || ((*code == '*' || *code == '#') && strspn(code, "*#0123456789") == strlen(code)))
			continue;
		snprintf(pointer, sizeof(pointer), "/%s", codes[i]);
		issue_add(issues, pointer, "bad_form", "Begin with * or #, then digits: like *1");
	}
}

const struct resource resource_setting = {.name = "setting",
	.path = "settings",
	.doc = "The installation's own facts: exactly one row.",
	FIELDS(fields),
	.read = MAY_NOTHING,
	.write = MAY_CHANGE_CONFIG,
	.check = check,
	.label_field = "organisation",
	.is_single = true};
