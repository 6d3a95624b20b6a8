/* Descriptors and the checking of values. */
#include "harness/test.h"
#include "base/alloc.h"
#include "base/str.h"
#include "resource/letters.h"
#include "resource/resource.h"

#include <stdlib.h>

/* Checks JSON text as a new row (or a patch); the first issue is "pointer code", "" when there is none. */
static char first[160];

static json_t *checked(const char *name, const char *text, bool is_create)
{
	struct issues issues = {0};
	json_t *value = json_loads(text, 0, NULL);
	bool is_right = resource_check(resource_by_name(name), value, is_create, &issues);

	first[0] = '\0';
	if (issues.n)
		str_printf(first, sizeof(first), "%s %s", issues.at[0].pointer, issues.at[0].code);
	if (is_right != (issues.n == 0))
		str_put(first, sizeof(first), "contradiction");
	return value;
}

static const char *issue_of(const char *name, const char *text, bool is_create)
{
	json_decref(checked(name, text, is_create));
	return first;
}

TEST(every_descriptor_is_complete)
{
	for (int i = 0; resources[i]; i++) {
		const struct resource *r = resources[i];
		CHECK(resource_by_name(r->name) == r && resource_by_path(r->path) == r);
		CHECK(r->doc && resource_field(r, r->label_field));
		for (int k = 0; k < r->n_fields; k++) {
			const struct field *f = &r->fields[k];
			CHECK(f->doc && f->doc[strlen(f->doc) - 1] == '.');
			CHECK(resource_field(r, f->name) == f);
			CHECK((f->type == FIELD_CHOICE) <= (f->choices != NULL));
			bool is_ref =
				f->type == FIELD_REF || f->type == FIELD_REFS || f->type == FIELD_SKILLS;
			CHECK(is_ref == (f->ref != NULL));
			CHECK(!is_ref || resource_by_name(f->ref));
			CHECK(f->type != FIELD_INT || f->max > f->min);
			CHECK(f->type != FIELD_BOOL || f->fallback);
			CHECK(f->type != FIELD_SECRET || f->max > 0);
		}
	}
	CHECK(resource_by_name("nothing") == NULL);
	CHECK(resource_by_path("nothing") == NULL);
}

TEST(every_fallback_passes_its_own_check)
{
	for (int i = 0; resources[i]; i++)
		for (int k = 0; k < resources[i]->n_fields; k++) {
			const struct field *f = &resources[i]->fields[k];
			struct issues issues = {0};
			if (!f->fallback)
				continue;
			_cleanup_json_ json_t *value = json_object();
			json_t *fallback = json_loads(f->fallback, JSON_DECODE_ANY, NULL);
			CHECK(fallback != NULL);
			json_object_set_new(value, f->name, fallback);
			CHECK(resource_check(resources[i], value, false, &issues));
		}
}

TEST(a_new_queue_gets_its_fallbacks)
{
	_cleanup_json_ json_t *q = checked("queue", "{\"name\":\"  \u0641\u0631\u0648\u0634 \"}", true);

	CHECK_STR(first, "");
	CHECK_STR(jsonx_text(q, "name", NULL), "\u0641\u0631\u0648\u0634");
	CHECK_INT(jsonx_int(q, "ring_timeout_s", -1), 20);
	CHECK_INT(jsonx_int(q, "service_level_s", -1), 18);
	CHECK_INT(jsonx_int(q, "priority", -1), 0);
	CHECK(json_is_true(json_object_get(q, "is_position_announced")));
	CHECK(json_is_null(json_object_get(q, "music")));
	CHECK(json_is_array(json_object_get(q, "teams")));
}

TEST(a_new_queue_has_the_service_level_of_its_channel)
{
	static const struct {
		const char *text;
		int s, pct;
	} cases[] = {{"{\"name\":\"q\"}", 18, 80}, {"{\"name\":\"q\",\"channel\":\"chat\"}", 10, 90},
		{"{\"name\":\"q\",\"channel\":\"email\"}", 86400, 100},
		{"{\"name\":\"q\",\"channel\":\"email\",\"service_level_s\":3600}", 3600, 100}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_json_ json_t *q = checked("queue", cases[i].text, true);
		CHECK_STR(first, "");
		CHECK_INT(jsonx_int(q, "service_level_s", -1), cases[i].s);
		CHECK_INT(jsonx_int(q, "service_level_target_pct", -1), cases[i].pct);
	}
	_cleanup_json_ json_t *patch = checked("queue", "{\"channel\":\"email\"}", false);
	CHECK(!json_object_get(patch, "service_level_s"));
	CHECK_STR(issue_of("queue", "{\"name\":\"q\",\"channel\":7}", true), "/channel not_a_choice");
}

TEST(rings_widen)
{
	static const struct {
		const char *rings, *issue;
	} cases[] = {{"[]", ""}, {"[{\"after_s\":30},{\"after_s\":60,\"relax\":10}]", ""},
		{"[{\"after_s\":30,\"teams\":[\"01jd3s8k2m4qa\"],\"agents\":[]}]", ""},
		{"[{\"after_s\":30,\"teams\":[\"01jd3s8k2m4qa\",\"01jd3s8k2m4qa\"]}]",
			"/rings/0/teams wrong_type"},
		{"[{\"after_s\":30},{\"after_s\":30}]", "/rings/1/after_s out_of_range"},
		{"[{\"after_s\":0}]", "/rings/0/after_s out_of_range"},
		{"[{\"relax\":2}]", "/rings/0/after_s out_of_range"},
		{"[{\"after_s\":9,\"relax\":3},{\"after_s\":10,\"relax\":2}]", "/rings/1/relax out_of_range"},
		{"[{\"after_s\":9,\"relax\":11}]", "/rings/0/relax out_of_range"},
		{"[{\"after_s\":9,\"width\":11}]", "/rings/0 unknown_field"}, {"[7]", "/rings/0 wrong_type"},
		{"{}", "/rings too_many"}, {"[{},{},{},{},{}]", "/rings too_many"}};
	char text[256];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		str_printf(text, sizeof(text), "{\"name\":\"q\",\"rings\":%s}", cases[i].rings);
		CHECK_STR(issue_of("queue", text, true), cases[i].issue);
	}
	_cleanup_json_ json_t *q = checked("queue", "{\"rings\":[{\"after_s\":9}]}", false);
	const json_t *ring = json_array_get(json_object_get(q, "rings"), 0);
	CHECK_INT(jsonx_int(ring, "relax", -1), 0);
	CHECK(json_is_array(json_object_get(ring, "teams")) &&
		json_is_array(json_object_get(ring, "agents")));
}

TEST(skill_expressions_of_queues_are_checked)
{
	CHECK_STR(issue_of("queue", "{\"skill_expression\":\"persian >= 5 and (a or b)\"}", false), "");
	CHECK_STR(issue_of("queue", "{\"skill_expression\":\"persian >= \"}", false),
		"/skill_expression bad_form");
	CHECK_STR(issue_of("queue",
			  "{\"skills\":[{\"skill\":\"01jd3s8k2m4qa\",\"level\":1}],\"skill_expression\":"
			  "\"a and b and c and d and e and f and g and h and i and j and k and l and m and n "
			  "and o "
			  "and p\"}",
			  false),
		"/skill_expression too_many");
}

TEST(capacity_profiles_have_the_usual_defaults)
{
	_cleanup_json_ json_t *p = checked("capacity_profile", "{\"name\":\"all\"}", true);

	CHECK_STR(first, "");
	CHECK_INT(jsonx_int(p, "voice_max", -1), 1);
	CHECK_INT(jsonx_int(p, "chat_max", -1) * jsonx_int(p, "chat_load", -1), 100);
	CHECK_INT(jsonx_int(p, "email_max", -1) * jsonx_int(p, "email_load", -1), 100);
	CHECK_INT(json_array_size(json_object_get(p, "voice_interrupts")), 2);
	CHECK_STR(issue_of("capacity_profile", "{\"name\":\"x\",\"voice_max\":2}", true),
		"/voice_max out_of_range");
	CHECK_STR(issue_of("capacity_profile", "{\"name\":\"x\",\"chat_interrupts\":[\"fax\"]}", true),
		"/chat_interrupts/0 not_a_choice");
}

TEST(a_patch_holds_only_what_changes)
{
	_cleanup_json_ json_t *q = checked("queue",
		"{\"wrap_up_s\":\"\u06f4\u06f5\",\"id\":\"x\",\"version\":3,\"created_at\":\"y\",\"music\":"
		"null}",
		false);

	CHECK_STR(first, "");
	CHECK_INT(json_object_size(q), 2);
	CHECK_INT(jsonx_int(q, "wrap_up_s", -1), 45);
}

TEST(wrong_values_are_named)
{
	CHECK_STR(issue_of("queue", "{}", true), "/name required");
	CHECK_STR(issue_of("queue", "{\"name\":\" \"}", true), "/name required");
	CHECK_STR(issue_of("queue", "{\"name\":null}", false), "/name required");
	CHECK_STR(issue_of("queue", "{\"name\":5}", false), "/name wrong_type");
	CHECK_STR(issue_of("queue", "{\"name\":\"a\\u0007\"}", false), "/name bad_letter");
	CHECK_STR(issue_of("queue", "{\"ring_timeout_s\":4}", false), "/ring_timeout_s out_of_range");
	CHECK_STR(issue_of("queue", "{\"ring_timeout_s\":1.5}", false), "/ring_timeout_s wrong_type");
	CHECK_STR(issue_of("queue", "{\"strategy\":\"random\"}", false), "/strategy not_a_choice");
	CHECK_STR(issue_of("queue", "{\"is_active\":1}", false), "/is_active wrong_type");
	CHECK_STR(issue_of("queue", "{\"music\":\"zz\"}", false), "/music wrong_type");
	CHECK_STR(issue_of("queue", "{\"colour\":1}", false), "/colour unknown_field");
	CHECK_STR(issue_of("queue", "{\"teams\":[\"0000000000001\",\"0000000000001\"]}", false),
		"/teams/1 double");
	CHECK_STR(issue_of("queue", "{\"skills\":[{\"skill\":\"0000000000001\",\"level\":11}]}", false),
		"/skills/0 out_of_range");
	CHECK_STR(issue_of("queue", "[]", true), " wrong_type");
	CHECK_STR(issue_of("prompt", "{\"texts\":{\"de\":\"x\"}}", false), "/texts unknown_language");
	CHECK_STR(issue_of("prompt", "{\"name\":\"a\"}", true), "/texts required");
}

TEST(users)
{
	_cleanup_json_ json_t *u = checked("user",
		"{\"login\":\" Zahra.A@Example "
		"\",\"name\":\"\u0632\u0647\u0631\u0627\",\"roles\":[\"agent\"],"
		"\"extension\":\"\u06f2\u06f0\u06f1\",\"device\":\"uri\",\"device_uri\":\"0912 345 67 89\"}",
		true);
	CHECK_STR(first, "");
	CHECK_STR(jsonx_text(u, "login", NULL), "zahra.a@example");
	CHECK_STR(jsonx_text(u, "extension", NULL), "201");
	CHECK_STR(jsonx_text(u, "device_uri", NULL), "09123456789");
	CHECK(json_object_get(u, "password") == NULL);
	CHECK_STR(issue_of("user", "{\"roles\":[]}", false), "/roles required");
	CHECK_STR(issue_of("user", "{\"roles\":[\"king\"]}", false), "/roles/0 not_a_choice");
	CHECK_STR(issue_of("user", "{\"login\":\"ab\"}", false), "/login too_short");
	CHECK_STR(issue_of("user", "{\"login\":\"a b c\"}", false), "/login bad_form");
	CHECK_STR(issue_of("user", "{\"password\":\"short\"}", false), "/password too_short");
	CHECK_STR(issue_of("user", "{\"login\":\"longenough1\",\"password\":\"LongEnough1\"}", false),
		"/password too_simple");
	CHECK_STR(
		issue_of("user", "{\"device\":\"uri\",\"device_uri\":null}", false), "/device_uri required");
	CHECK_STR(issue_of("user", "{\"sip_login\":null,\"sip_password\":\"12345678\"}", false),
		"/sip_login required");
}

TEST(numbers_are_folded_and_lead_to_one_place)
{
	_cleanup_json_ json_t *n = checked("number",
		"{\"number\":\"+\u06f9\u06f8 (21) \u0661\u0662\u0663-4567\",\"queue\":\"0000000000001\"}",
		true);
	CHECK_STR(first, "");
	CHECK_STR(jsonx_text(n, "number", NULL), "+98211234567");
	CHECK_STR(issue_of("number", "{\"number\":\"support\",\"flow\":\"0000000000001\"}", true), "");
	CHECK_STR(issue_of("number", "{\"number\":\"100\"}", true), "/flow required");
	CHECK_STR(issue_of("number", "{\"number\":\"\u0645\",\"flow\":\"0000000000001\"}", true),
		"/number bad_form");
	CHECK_STR(
		issue_of("number",
			"{\"number\":\"100\",\"flow\":\"0000000000001\",\"queue\":\"0000000000001\"}", true),
		"/queue too_many");
}

TEST(extensions_ring_groups_and_caller_ids)
{
	json_t *v = checked("extension", "{\"number\":\"\u06f2\u06f0\u06f1\",\"name\":\"Door\"}", true);
	CHECK_STR(first, "");
	CHECK_STR(jsonx_text(v, "number", ""), "201");
	CHECK_INT(jsonx_int(v, "ring_timeout_s", 0), 25);
	json_decref(v);
	CHECK_STR(issue_of("extension",
			  "{\"number\":\"7\",\"name\":\"x\",\"user\":\"0000000000001\",\"sip_login\":\"d\"}",
			  true),
		"/sip_login too_many");
	CHECK_STR(issue_of("extension", "{\"number\":\"7a\",\"name\":\"x\"}", true), "/number bad_form");
	CHECK_STR(issue_of("extension", "{\"number\":\"7\",\"name\":\"x\",\"sip_password\":\"longenough\"}",
			  true),
		"/sip_login required");
	CHECK_STR(issue_of("ring_group", "{\"number\":\"7\",\"name\":\"x\",\"then\":\"queue\"}", true),
		"/then_queue required");
	CHECK_STR(issue_of("ring_group", "{\"number\":\"7\",\"name\":\"x\",\"then\":\"extension\"}", true),
		"/then_extension required");
	CHECK_STR(issue_of("ring_group", "{\"number\":\"7\",\"name\":\"x\",\"numbers\":[\"who\"]}", true),
		"/numbers/0 bad_form");
	CHECK_STR(issue_of("ring_group", "{\"number\":\"7\",\"name\":\"x\"}", true), "");
	CHECK_STR(issue_of("caller_id", "{\"number\":\"+98 21 1000\"}", true), "");
	CHECK_STR(issue_of("caller_id", "{\"number\":\"bob\"}", true), "/number bad_form");
	CHECK_STR(issue_of("setting", "{\"feature_ready\":\"12\"}", false), "/feature_ready bad_form");
	CHECK_STR(issue_of("setting", "{\"feature_ready\":\"*12\",\"feature_break\":null}", false), "");
	CHECK_STR(issue_of("number", "{\"number\":\"9\",\"extension\":\"0000000000001\"}", true), "");
	CHECK_STR(issue_of("number",
			  "{\"number\":\"9\",\"queue\":\"0000000000001\",\"ring_group\":\"0000000000001\"}",
			  true),
		"/ring_group too_many");
}

TEST(rules_and_prices_of_trunks)
{
	CHECK_STR(
		issue_of("trunk", "{\"out_called_rules\":[\"+98=0\",\"9=\",\"=9\",\"#31#=*\"]}", false), "");
	CHECK_STR(issue_of("trunk", "{\"out_called_rules\":[\"=\"]}", false), "/out_called_rules/0 bad_form");
	CHECK_STR(issue_of("trunk", "{\"in_caller_rules\":[\"+98\"]}", false), "/in_caller_rules/0 bad_form");
	CHECK_STR(issue_of("trunk", "{\"in_called_rules\":[\"a=b\"]}", false), "/in_called_rules/0 bad_form");
	CHECK_STR(issue_of("trunk", "{\"out_caller_rules\":[\"1=2=3\"]}", false),
		"/out_caller_rules/0 bad_form");
	CHECK_STR(issue_of("trunk", "{\"rates\":[\"+98912=0.025\",\"0098=12\"]}", false), "");
	CHECK_STR(issue_of("trunk", "{\"rates\":[\"=1\"]}", false), "/rates/0 bad_form");
	CHECK_STR(issue_of("trunk", "{\"rates\":[\"+98=cheap\"]}", false), "/rates/0 bad_form");
	CHECK_STR(issue_of("trunk", "{\"cost_per_minute\":\"0.0125\"}", false), "");
	CHECK_STR(issue_of("trunk", "{\"cost_per_minute\":\"1,5\"}", false), "/cost_per_minute bad_form");
	CHECK_STR(issue_of("trunk", "{\"cost_per_minute\":\"1.\"}", false), "/cost_per_minute bad_form");
	CHECK_STR(issue_of("trunk", "{\"name\":\"t\",\"caller_id_policy\":\"own\"}", true),
		"/caller_id required");
	CHECK_STR(issue_of("trunk_group", "{\"name\":\"g\"}", true), "/trunks required");
	CHECK_STR(issue_of("trunk_group", "{\"name\":\"g\",\"strategy\":\"luck\"}", false),
		"/strategy not_a_choice");
}

TEST(trunks)
{
	CHECK_STR(issue_of("trunk", "{\"name\":\"t\",\"is_accepted_by_address\":true}", true),
		"/addresses required");
	CHECK_STR(
		issue_of("trunk",
			"{\"addresses\":[\"192.0.2.7\",\"192.0.2.0/24\",\"192.0.2.7:5062\",\"2001:db8::1\"]}",
			false),
		"");
	CHECK_STR(issue_of("trunk", "{\"addresses\":[\"192.0.2.0/33\"]}", false), "/addresses/0 bad_form");
	CHECK_STR(issue_of("trunk", "{\"addresses\":[\"host\"]}", false), "/addresses/0 bad_form");
	CHECK_STR(issue_of("trunk", "{\"proxy\":\"example.org\"}", false), "/proxy bad_form");
	CHECK_STR(issue_of("trunk", "{\"name\":\"t\",\"is_registered_outwards\":true,\"proxy\":\"sip:a.b\"}",
			  true),
		"/login required");
}

TEST(hours_and_flows_and_customers)
{
	_cleanup_json_ json_t *h = checked("hours",
		"{\"name\":\"h\",\"time_zone\":\"Asia/"
		"Tehran\",\"spans\":[{\"days\":[\"sat\"],\"from\":\"\u06f0\u06f8:\u06f0\u06f0\","
		"\"to\":\"24:00\"}],\"holidays\":[{\"date\":\"2026-03-21\",\"name\":\"Nowruz\",\"spans\":[]}]"
		"}",
		true);
	CHECK_STR(first, "");
	CHECK_STR(jsonx_text(json_array_get(json_object_get(h, "spans"), 0), "from", NULL), "08:00");
	CHECK_STR(issue_of("hours", "{\"spans\":[{\"days\":[],\"from\":\"08:00\",\"to\":\"09:00\"}]}", false),
		"/spans/0 bad_days");
	CHECK_STR(issue_of("hours", "{\"spans\":[{\"days\":[\"mon\"],\"from\":\"8:00\",\"to\":\"09:00\"}]}",
			  false),
		"/spans/0 bad_time");
	CHECK_STR(issue_of("hours", "{\"spans\":[7]}", false), "/spans/0 bad_days");
	CHECK_STR(issue_of("hours", "{\"holidays\":[{\"date\":\"2026-02-29\"}]}", false),
		"/holidays/0 bad_date");
	CHECK_STR(issue_of("flow", "{\"name\":\"f\",\"document\":[]}", true), "/document wrong_type");
	CHECK_STR(issue_of("flow", "{\"document\":{},\"published_version\":9}", false), "");
	CHECK_STR(issue_of("customer", "{\"email\":\"a@\"}", false), "/email bad_form");
	CHECK_STR(issue_of("customer", "{\"numbers\":[\"abc\"]}", false), "/numbers/0 bad_form");
}

TEST(roles_are_sets_of_permissions)
{
	CHECK(role_permissions("agent") & MAY_HANDLE);
	CHECK(!(role_permissions("agent") & (MAY_SEE_HISTORY | MAY_CHANGE_CONFIG)));
	CHECK(role_permissions("supervisor") & MAY_STEER_AGENTS);
	CHECK(!(role_permissions("supervisor") & MAY_CHANGE_USERS));
	CHECK(role_permissions("administrator") & MAY_CHANGE_USERS);
	CHECK_INT(role_permissions("king"), MAY_NOTHING);
	CHECK_INT(role_permissions(NULL), MAY_NOTHING);
}

TEST(issues_are_bounded_and_never_cut_inside_a_letter)
{
	struct issues issues = {0};

	for (int i = 0; i < 2 * ISSUES_MAX; i++)
		issue_add(&issues, "/x", "code", "%0221d\u0645\u0645", i);
	CHECK_INT(issues.n, ISSUES_MAX);
	CHECK_INT(strlen(issues.at[0].message), 223);
	CHECK(str_is_utf8(issues.at[0].message, 223));
}

/* jansson through our door, so that the sweep reaches it too. */
TEST_OOM(checking_survives_without_memory)
{
	struct issues issues = {0};

	json_set_alloc_funcs(alloc_zero, alloc_free);
	json_t *value =
		json_loads("{\"login\":\"zahra\",\"name\":\"z\",\"roles\":[\"agent\"],\"skills\":[{\"skill\":"
			   "\"0000000000001\",\"level\":3}],\"device_uri\":\"123\"}",
			0, NULL);
	if (value) {
		bool is_right = resource_check(resource_by_name("user"), value, true, &issues);
		if (!alloc_has_failed() && !is_right)
			test_fail(__FILE__, __LINE__, "%s %s", issues.at[0].pointer, issues.at[0].code);
		json_decref(value);
	}
	json_set_alloc_funcs(malloc, free);
}
