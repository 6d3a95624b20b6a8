/* People who sign in, take contacts or are rung. */
#include "base/str.h"
#include "resource/descriptors.h"
#include "resource/letters.h"

#include <string.h>

static const char *const roles[] = {"agent", "supervisor", "administrator", "connector", NULL};
static const char *const languages[] = {"fa", "ar", "zh-Hant", "en", NULL};
static const char *const calendars[] = {"gregorian", "jalali", "hijri", NULL};
static const char *const digits[] = {"latin", "persian", "arabic", "han", NULL};
static const char *const themes[] = {"auto", "light", "dark", NULL};
static const char *const devices[] = {"browser", "phone", "uri", NULL};

static const char *const scopes[] = {"all", "teams", NULL};
static const char *const srtps[] = {"off", "optional", "required", "required_tls", NULL};

static const struct field fields[] = {
	{"login", FIELD_TEXT, .is_required = true, .is_unique = true, .min = 3, .max = 64, .form = FORM_LOGIN,
		.doc = "What the person signs in with."},
	{"name", FIELD_TEXT, .is_required = true, .min = 1, .max = 100,
		.doc = "The person's name as others see it."},
	{"roles", FIELD_LIST, .is_required = true, .min = 1, .max = 4, .choices = roles,
		.doc = "What the person may do."},
	{"team", FIELD_REF, .ref = "team", .doc = "The team the person belongs to."},
	{"supervises", FIELD_CHOICE, .fallback = "\"all\"", .choices = scopes,
		.doc = "Whose calls a supervisor sees, hears and enters: everybody's, or those of teams: the "
		       "own "
		       "one and supervised_teams."},
	{"supervised_teams", FIELD_REFS, .ref = "team", .max = USER_TEAMS_MAX,
		.doc = "With supervises teams: the teams beside the own one."},
	{"skills", FIELD_SKILLS, .ref = "skill", .max = 100,
		.doc = "What the person can do, with a proficiency from 1 to 10."},
	{"capacity", FIELD_REF, .ref = "capacity_profile",
		.doc = "How many contacts of which kinds at once; none means the defaults: one call, four "
		       "chats, five e-mails."},
	{"language", FIELD_CHOICE, .fallback = "\"en\"", .choices = languages,
		.doc = "Language of the person's screens."},
	{"calendar", FIELD_CHOICE, .fallback = "\"gregorian\"", .choices = calendars,
		.doc = "Calendar of the person's screens."},
	{"digits", FIELD_CHOICE, .fallback = "\"latin\"", .choices = digits,
		.doc = "Digits of the person's screens."},
	{"theme", FIELD_CHOICE, .fallback = "\"auto\"", .choices = themes,
		.doc = "Light or dark screens; auto follows the system."},
	{"is_active", FIELD_BOOL, .fallback = "true", .doc = "Whether the person may sign in and be rung."},
	{"password", FIELD_SECRET, .min = 10, .max = 256,
		.doc = "Password for signing in: at least 10 letters."},
	{"device", FIELD_CHOICE, .fallback = "\"browser\"", .choices = devices,
		.doc = "What rings: the browser, a registered telephone, or any SIP address or number."},
	{"device_uri", FIELD_TEXT, .max = 255, .doc = "SIP address or number that rings when device is uri."},
	{"sip_login", FIELD_TEXT, .is_unique = true, .min = 1, .max = 64, .form = FORM_LOGIN,
		.doc = "User name with which the person's telephone registers."},
	{"sip_password", FIELD_SECRET, .min = 8, .max = 127,
		.doc = "Password with which the person's telephone registers."},
	{"srtp", FIELD_CHOICE, .fallback = "\"off\"", .choices = srtps,
		.doc = "Encrypted sound (SRTP) with the person's telephone: optional offers it, required "
		       "refuses calls "
		       "without, required_tls also lets it register over TLS only: else the keys travel in "
		       "the clear."},
	{"is_always_ready", FIELD_BOOL, .fallback = "false",
		.doc = "Ready from the start without signing in, like a desk telephone."},
	{"is_auto_answer", FIELD_BOOL, .fallback = "false",
		.doc = "Calls connect at once after a short tone instead of ringing."},
	{"extension", FIELD_TEXT, .is_unique = true, .min = 1, .max = 10, .form = FORM_DIGITS,
		.doc = "Short number colleagues dial."},
	{"caller_id", FIELD_REF, .ref = "caller_id",
		.doc = "Number shown on the person's calls outside; none: the trunk's."},
};

unsigned user_permissions(const json_t *user)
{
	const json_t *list = json_object_get(user, "roles"), *role;
	const unsigned everybody = MAY_SEE_HISTORY | MAY_LISTEN;
	unsigned permissions = MAY_NOTHING;
	size_t i;

	json_array_foreach(list, i, role) permissions |=
		json_is_string(role) ? role_permissions(json_string_value(role)) : MAY_NOTHING;
	if (str_equal(jsonx_text(user, "supervises", NULL), "teams") && permissions & everybody)
		permissions = (permissions & ~everybody) | MAY_SEE_TEAMS;
	return permissions;
}

static void check_device(json_t *value, struct issues *issues)
{
	const char *uri = jsonx_text(value, "device_uri", NULL);
	char number[256];

	if (str_equal(jsonx_text(value, "device", NULL), "uri") && json_object_get(value, "device_uri") &&
		!uri)
		issue_add(issues, "/device_uri", "required", "Give the SIP address or number that rings");
	if (!uri || str_starts_with(uri, "sip:") || str_starts_with(uri, "sips:")) {
		size_t n = uri ? strlen(uri) : 0;
		if (uri && (n < 7 || strcspn(uri, " <>\"") != n))
			issue_add(issues, "/device_uri", "bad_form", "Write it like sip:name@host");
		return;
	}
	str_put(number, sizeof(number), uri);
	const char *wrong = letters_to_form(number, FORM_PHONE);
	if (wrong)
		issue_add(issues, "/device_uri", "bad_form", "Write sip:name@host or a number");
	else if (jsonx_set_text(value, "device_uri", number) < 0)
		issue_add(
			issues, "/device_uri", "no_memory", "The server is short of memory: try again later");
}

static void check(json_t *value, struct issues *issues)
{
	const char *password = jsonx_text(value, "password", NULL);

	if (password && str_equal_nocase(password, jsonx_text(value, "login", NULL)))
		issue_add(issues, "/password", "too_simple", "The password must differ from the login");
	if (jsonx_text(value, "sip_password", NULL) && json_is_null(json_object_get(value, "sip_login")))
		issue_add(issues, "/sip_login", "required",
			"A telephone's password needs its user name: fill in sip_login");
	check_device(value, issues);
}
const struct resource resource_user = {.name = "user",
	.path = "users",
	.doc = "A person who signs in, takes contacts or is rung.",
	FIELDS(fields),
	.read = MAY_READ_CONFIG,
	.write = MAY_CHANGE_USERS,
	.check = check,
	.label_field = "name"};
