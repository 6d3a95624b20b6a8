/* Short numbers for people and telephones that take no contacts from queues: a door telephone, the warehouse,
 * the manager. Whether a number is taken by another kind of row (a person's extension, a ring group) no field
 * can say; the centre then takes the first of: extension, ring group, person, and says so in its log. */
#include "resource/descriptors.h"

static const struct field fields[] = {
	{"number", FIELD_TEXT, .is_required = true, .is_unique = true, .min = 1, .max = 10,
		.form = FORM_DIGITS, .doc = "Short number that is dialled."},
	{"name", FIELD_TEXT, .is_required = true, .min = 1, .max = 100, .doc = "Who or what answers there."},
	{"user", FIELD_REF, .ref = "user",
		.doc = "The person whose device rings; none: a telephone of its own."},
	{"sip_login", FIELD_TEXT, .is_unique = true, .min = 1, .max = 64, .form = FORM_LOGIN,
		.doc = "User name with which a telephone of its own registers."},
	{"sip_password", FIELD_SECRET, .min = 8, .max = 127,
		.doc = "Password with which a telephone of its own registers."},
	{"ring_timeout_s", FIELD_INT, .fallback = "25", .min = 5, .max = 120,
		.doc = "Seconds it rings before the call goes elsewhere."},
	{"forward_to", FIELD_TEXT, .max = 63, .form = FORM_ADDRESS,
		.doc = "Extension or number called when nobody answers, or it is busy."},
	{"has_voicemail", FIELD_BOOL, .fallback = "false",
		.doc = "Whether callers nobody answers may leave a message."},
	{"greeting", FIELD_REF, .ref = "prompt",
		.doc = "What callers hear before the tone; none: a spoken text."},
	{"voicemail_max_s", FIELD_INT, .fallback = "120", .min = 5, .max = 600,
		.doc = "Longest message in seconds."},
	{"may_dial_out", FIELD_BOOL, .fallback = "false",
		.doc = "Whether its own telephone may call numbers outside; emergency numbers always."},
	{"is_active", FIELD_BOOL, .fallback = "true", .doc = "Whether it can be called."},
};

static void check(json_t *value, struct issues *issues)
{
	const char *user = jsonx_text(value, "user", NULL), *login = jsonx_text(value, "sip_login", NULL);

	if (user && login)
		issue_add(issues, "/sip_login", "too_many",
			"Either a person's device rings or a telephone of its own: set one of user and "
			"sip_login to "
			"null");
	if (jsonx_text(value, "sip_password", NULL) && json_is_null(json_object_get(value, "sip_login")))
		issue_add(issues, "/sip_login", "required",
			"A telephone's password needs its user name: fill in sip_login");
}

const struct resource resource_extension = {.name = "extension",
	.path = "extensions",
	.doc = "A short number of a person or of a telephone of its own.",
	FIELDS(fields),
	.read = MAY_READ_CONFIG,
	.write = MAY_CHANGE_CONFIG,
	.check = check,
	.label_field = "number"};
