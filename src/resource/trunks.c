/* Lines to the outside. */
#include "base/str.h"
#include "resource/descriptors.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static const char *const transports[] = {"udp", "tcp", "tls", NULL};

static const char *const formats[] = {"e164", "digits", "national", "as_dialled", NULL};

static const char *const srtps[] = {"off", "optional", "required", NULL};

static const struct field fields[] = {
	{"name", FIELD_TEXT, .is_required = true, .is_unique = true, .min = 1, .max = 100,
		.doc = "What people call the trunk."},
	{"transport", FIELD_CHOICE, .fallback = "\"udp\"", .choices = transports, .doc = "How SIP travels."},
	{"is_accepted_by_address", FIELD_BOOL, .fallback = "false",
		.doc = "Calls from the addresses are accepted as this trunk's."},
	{"addresses", FIELD_LIST, .max = 16,
		.doc = "Addresses of the other side: 192.0.2.7, 192.0.2.0/24 or 192.0.2.7:5062."},
	{"is_accepted_by_digest", FIELD_BOOL, .fallback = "false",
		.doc = "Calls that prove login and password are accepted as this trunk's."},
	{"is_registered_outwards", FIELD_BOOL, .fallback = "false",
		.doc = "We register at the other side with login and password."},
	{"proxy", FIELD_TEXT, .max = 255,
		.doc = "Where calls and registrations go: sip:host or sip:host:port."},
	{"login", FIELD_TEXT, .max = 63, .doc = "User name at the other side."},
	{"password", FIELD_SECRET, .min = 1, .max = 127,
		.doc = "Password at the other side; stored encrypted."},
	{"prefixes", FIELD_LIST, .max = 100, .form = FORM_PREFIX,
		.doc = "Beginnings of numbers this trunk dials, like +98; none means all."},
	{"position", FIELD_INT, .fallback = "0", .max = 1000,
		.doc = "Of the trunks that may dial a number the lowest goes first; the others when it "
		       "fails."},
	{"number_format", FIELD_CHOICE, .fallback = "\"e164\"", .choices = formats,
		.doc = "How the other side wants numbers: +98211234, 98211234, 0211234, or as they were "
		       "dialled."},
	{"caller_id", FIELD_TEXT, .max = 63, .form = FORM_ADDRESS, .doc = "Number shown on outbound calls."},
	{"calls_max", FIELD_INT, .fallback = "0", .max = 100000,
		.doc = "Most calls at once; 0 for no limit."},
	{"qualify_interval_s", FIELD_INT, .fallback = "60", .max = 3600,
		.doc = "Seconds between checks that the other side answers; 0 for never."},
	{"has_t38", FIELD_BOOL, .fallback = "true",
		.doc = "Whether faxes are asked and allowed to travel as T.38; otherwise as sound."},
	{"srtp", FIELD_CHOICE, .fallback = "\"off\"", .choices = srtps,
		.doc = "Encrypted sound (SRTP) on our calls: optional offers it, required refuses calls "
		       "without. What "
		       "the other side offers encrypted is always taken so."},
	{"is_enabled", FIELD_BOOL, .fallback = "true", .doc = "Whether the trunk is used."},
};

static bool is_port(const char *s)
{
	int64_t port;

	return str_to_int(s, 1, 65535, &port) == 0;
}

static bool is_literal(const char *host, int *ret_bits)
{
	unsigned char raw[16];

	*ret_bits = strchr(host, ':') ? 128 : 32;
	return inet_pton(*ret_bits == 128 ? AF_INET6 : AF_INET, host, raw) == 1;
}

/* "192.0.2.7", "192.0.2.0/24", "192.0.2.7:5062", "2001:db8::/32", "[2001:db8::7]:5062". */
static bool is_address(const char *text)
{
	char host[64];
	int64_t prefix;
	int bits;

	if (str_put(host, sizeof(host), text) < 0)
		return false;
	char *slash = strchr(host, '/'), *colon = strrchr(host, ':'), *bracket = strchr(host, ']');
	if (slash) {
		*slash = '\0';
		return is_literal(host, &bits) && str_to_int(slash + 1, 0, bits, &prefix) == 0;
	}
	if (host[0] == '[' && bracket) {
		*bracket = '\0';
		return is_literal(host + 1, &bits) &&
		       (!bracket[1] || (bracket[1] == ':' && is_port(bracket + 2)));
	}
	if (colon && strchr(host, ':') == colon) {
		*colon = '\0';
		return is_literal(host, &bits) && is_port(colon + 1);
	}
	return is_literal(host, &bits);
}

static void check_addresses(const json_t *value, struct issues *issues)
{
	const json_t *list = json_object_get(value, "addresses"), *one;
	char pointer[96];
	size_t i;

	if (jsonx_bool(value, "is_accepted_by_address", false) && list && json_array_size(list) == 0)
		issue_add(
			issues, "/addresses", "required", "Give the addresses from which calls are accepted");
	json_array_foreach(list, i, one)
	{
		snprintf(pointer, sizeof(pointer), "/addresses/%zu", i);
		if (!is_address(json_string_value(one)))
			issue_add(issues, pointer, "bad_form",
				"Write 192.0.2.7, 192.0.2.0/24 or 192.0.2.7:5062");
	}
}

static void check(json_t *value, struct issues *issues)
{
	const char *proxy = jsonx_text(value, "proxy", NULL), *login = jsonx_text(value, "login", NULL);
	bool registers = jsonx_bool(value, "is_registered_outwards", false);
	bool challenges = jsonx_bool(value, "is_accepted_by_digest", false);

	check_addresses(value, issues);
	if (proxy && ((!str_starts_with(proxy, "sip:") && !str_starts_with(proxy, "sips:")) ||
			     strlen(proxy) < 6 || strcspn(proxy, " <>\"") != strlen(proxy)))
		issue_add(issues, "/proxy", "bad_form", "Write sip:host or sip:host:port");
	if (registers && json_object_get(value, "proxy") && !proxy)
		issue_add(issues, "/proxy", "required", "Say where to register: sip:host");
	if ((registers || challenges) && json_object_get(value, "login") && !login)
		issue_add(issues, "/login", "required", "Registration and digest need a user name");
}
const struct resource resource_trunk = {.name = "trunk",
	.path = "trunks",
	.doc = "A SIP line to a provider or another exchange.",
	FIELDS(fields),
	.read = MAY_READ_CONFIG,
	.write = MAY_CHANGE_CONFIG,
	.check = check,
	.label_field = "name"};
