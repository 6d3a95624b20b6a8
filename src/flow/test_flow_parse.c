/* Documents: every mistake is named, all of them at once, with a hint; sizes are limited. */
#include "harness/test.h"
#include "base/id.h"
#include "base/str.h"
#include "base/vec.h"
#include "flow/flow.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define Q "0000000000001" /* ids: queue 1, hours 2, prompt 3, flow 4, user 5, skill 6 */
#define DOC(nodes) "{\"format\":1,\"language\":\"en\",\"start\":\"a\",\"nodes\":{" nodes "}}"
#define BYE ",\"z\":{\"type\":\"hang_up\"}"
#define SAY "\"say\":[{\"text\":\"x\"}]"

static const char good[] = DOC("\"a\":{\"type\":\"hang_up\"}");

static json_t *load(const char *text)
{
	json_error_t e;
	json_t *doc = json_loads(text, 0, &e);

	if (!doc)
		printf("# bad test document: %s at %d: %s\n", e.text, e.position, text + e.position);
	return doc;
}

/* 0 and a flow, or the error. */
static int parse(const char *text, struct flow **ret, struct flow_issues *issues)
{
	_cleanup_json_ json_t *doc = load(text);

	return flow_parse(doc, 77, 3, ret, issues);
}

/* Whether some issue has this code at this node. */
static bool has(const struct flow_issues *issues, const char *node, const char *code)
{
	VEC_EACH(issues, i)
	if (str_equal(issues->at[i].code, code) && str_equal(issues->at[i].node, node))
		return issues->at[i].message[0] != '\0';
	return false;
}

TEST(each_mistake_is_named)
{
	static const struct {
		const char *doc, *node, *code;
		int err;
	} cases[] = {
		{"[]", "", "bad_document", -EINVAL},
		{"{}", "", "missing_nodes", -EINVAL},
		{"{\"format\":2,\"language\":\"de\"}", "", "unknown_format", -EINVAL},
		{"{\"format\":2,\"language\":\"de\"}", "", "unknown_language", -EINVAL},
		{"{\"format\":1,\"language\":\"en\",\"nodes\":{\"a\":{\"type\":\"hang_up\"}}}", "",
			"missing_start", -EINVAL},
		{DOC("\"a\":7"), "a", "bad_node", -EINVAL},
		{DOC("\"a\":{}"), "a", "missing_type", -EINVAL},
		{DOC("\"a\":{\"type\":\"manu\"}"), "a", "unknown_type", -EINVAL},
		{DOC("\"a b\":{\"type\":\"hang_up\"}"), "", "bad_node_name", -EINVAL},
		{DOC("\"a\":{\"type\":\"say\"}"), "a", "missing_field", -EINVAL},
		{DOC("\"a\":{\"type\":\"say\"," SAY "}"), "a", "missing_exit", -EINVAL},
		{DOC("\"a\":{\"type\":\"say\"," SAY ",\"next\":\"zz\"}" BYE), "a", "unknown_node", -EINVAL},
		{DOC("\"a\":{\"type\":\"say\"," SAY ",\"next\":7}" BYE), "a", "bad_value", -EINVAL},
		{DOC("\"a\":{\"type\":\"say\",\"say\":[{}],\"next\":\"z\"}" BYE), "a", "bad_say", -EINVAL},
		{DOC("\"a\":{\"type\":\"say\",\"say\":[{\"text\":\"{A}\"}],\"next\":\"z\"}" BYE), "a",
			"bad_variable", -EINVAL},
		{DOC("\"a\":{\"type\":\"say\",\"say\":[{\"text\":{\"de\":\"x\"}}],\"next\":\"z\"}" BYE), "a",
			"unknown_language", -EINVAL},
		{DOC("\"a\":{\"type\":\"say\",\"say\":[{\"phrase\":\"x\"}],\"next\":\"z\"}" BYE), "a",
			"unknown_phrase", -EINVAL},
		{DOC("\"a\":{\"type\":\"say\",\"say\":[{\"prompt\":\"@welcome\"}],\"next\":\"z\"}" BYE), "a",
			"name_not_resolved", -EINVAL},
		{DOC("\"a\":{\"type\":\"record\",\"act\":\"erase\",\"next\":\"z\"}" BYE), "a", "out_of_range",
			-EINVAL},
		{DOC("\"a\":{\"type\":\"goto_flow\",\"flow\":\"x\"}"), "a", "bad_id", -EINVAL},
		{DOC("\"a\":{\"type\":\"voicemail\",\"next\":\"z\"}" BYE), "a", "no_owner", -EINVAL},
		{DOC("\"a\":{\"type\":\"queue\",\"queue\":\"" Q
		     "\",\"exit_digit\":\"1\",\"overflow\":\"z\"}" BYE),
			"a", "missing_exit", -EINVAL},
		{DOC("\"a\":{\"type\":\"queue\",\"queue\":\"" Q
		     "\",\"priority\":1.5,\"overflow\":\"z\"}" BYE),
			"a", "out_of_range", -EINVAL},
		{DOC("\"a\":{\"type\":\"queue\",\"queue\":\"" Q "\",\"skills\":[{\"skill\":\"" Q
		     "\",\"level\":11}],\"overflow\":\"z\"}" BYE),
			"a", "out_of_range", -EINVAL},
		{DOC("\"a\":{\"type\":\"menu\"," SAY
		     ",\"options\":{\"12\":{\"next\":\"z\"}},\"on_fail\":\"z\"}" BYE),
			"a", "bad_digit", -EINVAL},
		{DOC("\"a\":{\"type\":\"menu\"," SAY ",\"options\":[],\"on_fail\":\"z\"}" BYE), "a",
			"bad_options", -EINVAL},
		{DOC("\"a\":{\"type\":\"collect\"," SAY
		     ",\"variable\":\"V\",\"min\":9,\"max\":3,\"next\":\"z\",\"on_fail\":\"z\"}" BYE),
			"a", "bad_variable", -EINVAL},
		{DOC("\"a\":{\"type\":\"collect\"," SAY
		     ",\"variable\":\"v\",\"min\":9,\"max\":3,\"next\":\"z\",\"on_fail\":\"z\"}" BYE),
			"a", "out_of_range", -EINVAL},
		{DOC("\"a\":{\"type\":\"branch\",\"variable\":\"v\",\"cases\":[{\"op\":\"is\",\"next\":\"z\"}"
		     "],\"otherwise\":\"z\"}" BYE),
			"a", "bad_case", -EINVAL},
		{DOC("\"a\":{\"type\":\"branch\",\"variable\":\"v\",\"cases\":[{\"op\":\"less\",\"value\":"
		     "\"x\",\"next\":\"z\"}],"
		     "\"otherwise\":\"z\"}" BYE),
			"a", "bad_case", -EINVAL},
		{DOC("\"a\":{\"type\":\"set\",\"set\":{\"language\":\"de\"},\"next\":\"z\"}" BYE), "a",
			"unknown_language", -EINVAL},
		{DOC("\"a\":{\"type\":\"set\",\"set\":{\"x\":\"1\"},\"next\":\"a\"}"), "a", "endless_circle",
			-EINVAL},
		{DOC("\"a\":{\"type\":\"hang_up\",\"colour\":1}"), "a", "unknown_field", 0},
		{DOC("\"a\":{\"type\":\"hang_up\",\"position\":1}"), "a", "bad_position", 0},
		{DOC("\"a\":{\"type\":\"hang_up\"}" BYE), "z", "unreachable_node", 0},
		{DOC("\"a\":{\"type\":\"say\",\"say\":[{\"text\":\"{x}\"}],\"next\":\"z\"}" BYE), "a",
			"unknown_variable", 0},
		{DOC("\"a\":{\"type\":\"say\",\"say\":[{\"text\":{\"fa\":\"x\"}},{\"text\":\"x\"}],\"next\":"
		     "\"z\"}" BYE),
			"a", "missing_language", 0},
		{DOC("\"a\":{\"type\":\"menu\"," SAY
		     ",\"options\":{\"1\":{\"next\":\"z\"}},\"on_fail\":\"z\"}" BYE),
			"a", "no_exit_to_person", 0},
		{DOC("\"a\":{\"type\":\"menu\"," SAY
		     ",\"options\":{\"1\":{\"next\":\"z\"}},\"on_fail\":\"z\"}" BYE),
			"a", "missing_label", 0},
		{DOC("\"a\":{\"type\":\"menu\"," SAY
		     ",\"options\":{\"1\":{\"next\":\"z\"},\"2\":{\"next\":\"z\"},\"3\":{\"next\":\"z\"},"
		     "\"4\":{\"next\":\"z\"},\"5\":{\"next\":\"z\"}},\"on_fail\":\"z\"}" BYE),
			"a", "menu_too_long", 0},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct flow *f = NULL;
		struct flow_issues issues = {0};
		int err = parse(cases[i].doc, &f, &issues);
		bool is_found = has(&issues, cases[i].node, cases[i].code);
		if (err != cases[i].err || !is_found)
			printf("# case %zu: %s\n", i, cases[i].code);
		for (size_t k = 0; !is_found && k < issues.len; k++)
			printf("#   %s.%s %s: %s\n", issues.at[k].node, issues.at[k].field, issues.at[k].code,
				issues.at[k].message);
		flow_unref(f);
		flow_issues_free(&issues);
		CHECK(err == cases[i].err && is_found);
	}
}

TEST(all_mistakes_are_told_at_once_with_a_hint)
{
	struct flow *f = NULL;
	struct flow_issues issues = {0};

	CHECK_INT(parse(DOC("\"a\":{\"type\":\"mneu\"},\"b\":{\"type\":\"say\"," SAY ",\"nxt\":\"aa\"},"
			    "\"long\":{\"type\":\"say\"," SAY ",\"next\":\"lung\"}"),
			  &f, &issues),
		-EINVAL);
	CHECK_INT(issues.len, 4);
	CHECK_STR(issues.at[0].message, "there is no node type \"mneu\"; did you mean \"menu\"?");
	CHECK(has(&issues, "b", "missing_exit") && has(&issues, "b", "unknown_field") &&
		has(&issues, "long", "unknown_node"));
	CHECK_STR(issues.at[3].message, "there is no node \"lung\"; did you mean \"long\"?");
	CHECK_STR(issues.at[3].field, "next");
	flow_issues_free(&issues);
}

TEST(sizes_are_limited)
{
	_cleanup_json_ json_t *doc = load(good), *many = load(good);
	struct flow *f = NULL;
	struct flow_issues issues = {0};
	static char big[FLOW_DOCUMENT_MAX + 1];
	char name[16];

	memset(big, 'x', sizeof(big) - 1);
	json_object_set_new(doc, "note", json_string(big));
	CHECK_INT(flow_parse(doc, 1, 1, &f, &issues), -EINVAL);
	CHECK(has(&issues, "", "document_too_large"));
	for (int i = 0; i < FLOW_NODES_MAX; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		json_object_set_new(
			json_object_get(many, "nodes"), name, json_pack("{ss}", "type", "hang_up"));
	}
	CHECK_INT(flow_parse(many, 1, 1, &f, &issues), -EINVAL);
	CHECK(has(&issues, "", "too_many_nodes"));
	flow_issues_free(&issues);
}
