/* Lines to the outside. */
#include "base/str.h"
#include "resource/descriptors.h"
#include "resource/trunk_rules.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static const char *const transports[] = {"udp", "tcp", "tls", NULL};

static const char *const formats[] = {"e164", "digits", "national", "as_dialled", NULL};

static const char *const policies[] = {"any", "allowed", "own", NULL};

static const char *const incoming_formats[] = {"as_is", "e164", NULL};

static const char *const srtps[] = {"off", "optional", "required", "required_tls", NULL};

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
	{"calls_per_second", FIELD_INT, .fallback = "0", .max = 1000,
		.doc = "Most calls begun in a second, both ways; 0 for no limit."},
	{"first_answer_ms", FIELD_INT, .fallback = "2000", .min = 250, .max = 8000,
		.doc = "Milliseconds within which the other side has to say anything to a call of ours; then "
		       "the "
		       "next trunk is tried."},
	{"weight", FIELD_INT, .fallback = "100", .max = 1000,
		.doc = "Share of the calls in a group whose strategy is weighted; 0: only when the others "
		       "fail."},
	{"cost_per_minute", FIELD_TEXT, .max = 14,
		.doc = "What a minute costs, like 0.025, where rates say nothing; in the currency of all "
		       "trunks."},
	{"rates", FIELD_LIST, .max = 500,
		.doc = "What a minute costs by the number's beginning: +98912=0.025; the longest one that "
		       "fits "
		       "counts."},
	{"asr_min_pct", FIELD_INT, .fallback = "0", .max = 100,
		.doc = "When fewer percent of its calls are answered, the trunk steps back for a while; 0: "
		       "never."},
	{"mos_min_tenths", FIELD_INT, .fallback = "0", .max = 45,
		.doc = "When its calls sound worse than this (MOS in tenths, 35 is 3.5), the trunk steps "
		       "back for "
		       "a "
		       "while; 0: never."},
	{"step_back_s", FIELD_INT, .fallback = "300", .min = 10, .max = 86400,
		.doc = "Seconds for which a trunk that does badly goes behind the others."},
	{"register_expires_s", FIELD_INT, .fallback = "300", .min = 60, .max = 86400,
		.doc = "Seconds a registration of ours shall last; the other side may say otherwise."},
	{"register_retry_s", FIELD_INT, .fallback = "30", .min = 1, .max = 1800,
		.doc = "Seconds after which a failed registration is tried again; twice as long each time, "
		       "up to "
		       "half an hour."},
	{"out_called_rules", FIELD_LIST, .max = 50,
		.doc = "How called numbers are written for the other side, after number_format: +98=0 "
		       "replaces a "
		       "beginning, 9= takes it away, =9 puts it in front; the longest that fits is carried "
		       "out."},
	{"out_caller_rules", FIELD_LIST, .max = 50, .doc = "The same for the number shown on calls of ours."},
	{"in_called_rules", FIELD_LIST, .max = 50,
		.doc = "The same for the number called, of calls that come in: as our numbers have it."},
	{"in_caller_rules", FIELD_LIST, .max = 50,
		.doc = "The same for the caller's number, of calls that come in."},
	{"in_number_format", FIELD_CHOICE, .fallback = "\"as_is\"", .choices = incoming_formats,
		.doc = "Callers' numbers as they come, after the rules, or made E.164 by the country of the "
		       "settings."},
	{"caller_id_policy", FIELD_CHOICE, .fallback = "\"any\"", .choices = policies,
		.doc = "Which number may be shown over it: any the rules give, one of caller_ids_allowed "
		       "(else its "
		       "own), or its own alone."},
	{"caller_ids_allowed", FIELD_LIST, .max = 100, .form = FORM_PREFIX,
		.doc = "Numbers, or beginnings of numbers, that may be shown over it."},
	{"is_identity_asserted", FIELD_BOOL, .fallback = "false",
		.doc = "Whether calls carry P-Asserted-Identity: the trunk's own number, else the one "
		       "shown."},
	{"is_identity_believed", FIELD_BOOL, .fallback = "true",
		.doc = "Whether P-Asserted-Identity in its calls says who calls, instead of From."},
	{"is_diversion_sent", FIELD_BOOL, .fallback = "false",
		.doc = "Whether a caller who is forwarded over it brings along the number first called "
		       "(Diversion) and User-to-User."},
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

bool resource_is_address(const char *text)
{
	return text && is_address(text);
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
	check_price(value, "cost_per_minute", issues);
	check_rates(value, "rates", issues);
	check_number_rules(value, "out_called_rules", issues);
	check_number_rules(value, "out_caller_rules", issues);
	check_number_rules(value, "in_called_rules", issues);
	check_number_rules(value, "in_caller_rules", issues);
	if (str_equal(jsonx_text(value, "caller_id_policy", NULL), "own") &&
		json_object_get(value, "caller_id") && !jsonx_text(value, "caller_id", NULL))
		issue_add(issues, "/caller_id", "required", "Say which number is its own");
	if (proxy && ((!str_starts_with(proxy, "sip:") && !str_starts_with(proxy, "sips:")) ||
			     strlen(proxy) < 6 || strcspn(proxy, " <>\"") != strlen(proxy)))
		issue_add(issues, "/proxy", "bad_form", "Write sip:host or sip:host:port");
	if (str_equal(jsonx_text(value, "srtp", NULL), "required_tls") &&
		json_object_get(value, "transport") &&
		!str_equal(jsonx_text(value, "transport", NULL), "tls"))
		issue_add(
			issues, "/transport", "required", "Encrypted over TLS only needs the transport tls");
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
