/* The interpreter: every node type and exit, and what a document is refused for. */
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

static const char reception[] =
	"{\"format\":1,\"language\":\"en\",\"start\":\"greet\",\"nodes\":{"
	"\"greet\":{\"type\":\"say\",\"say\":[{\"text\":{\"en\":\"Hello {caller.name}\",\"fa\":\"سلام "
	"{caller.name}\"}},"
	"{\"prompt\":\"0000000000003\"}],\"next\":\"open\",\"position\":{\"x\":1,\"y\":2.5}},"
	"\"open\":{\"type\":\"hours\",\"hours\":\"0000000000002\",\"open\":\"menu\",\"closed\":\"vm\"},"
	"\"menu\":{\"type\":\"menu\",\"say\":[{\"text\":{\"en\":\"Sales 1, code 2, partner 3\",\"fa\":\"فروش "
	"۱\"}}],"
	"\"options\":{\"1\":{\"label\":\"Sales\",\"next\":\"sales\"},\"2\":{\"label\":\"Code\",\"next\":"
	"\"code\"},"
	"\"3\":{\"label\":\"Partner\",\"next\":\"out\"},\"*\":{\"label\":\"Other\",\"next\":\"other\"}},"
	"\"tries\":2,\"timeout_s\":4,\"invalid_say\":[{\"text\":{\"en\":\"No such "
	"choice\",\"fa\":\"نه\"}}],\"on_fail\":\"sales\"},"
	"\"sales\":{\"type\":\"queue\",\"queue\":\"" Q
	"\",\"priority\":5,\"skills\":[{\"skill\":\"0000000000006\",\"level\":7}],"
	"\"exit_digit\":\"9\",\"overflow\":\"vm\",\"no_agents\":\"vm\",\"full\":\"bye\",\"closed\":\"bye\","
	"\"caller_pressed\":\"menu\",\"after\":\"bye\"},"
	"\"code\":{\"type\":\"collect\",\"say\":[{\"text\":{\"en\":\"Your "
	"code\",\"fa\":\"کد\"}}],\"variable\":\"pin\",\"min\":4,\"max\":6,"
	"\"is_masked\":true,\"tries\":2,\"timeout_s\":3,\"next\":\"vip\",\"on_fail\":\"sales\"},"
	"\"vip\":{\"type\":\"branch\",\"variable\":\"pin\",\"cases\":["
	"{\"op\":\"equals\",\"value\":\"1234\",\"next\":\"mark\"},{\"op\":\"starts_with\",\"value\":\"99\","
	"\"next\":\"other\"},"
	"{\"op\":\"in\",\"values\":[\"5555\",\"6666\"],\"next\":\"bye\"},{\"op\":\"greater\",\"value\":"
	"\"900000\",\"next\":\"out\"}],"
	"\"otherwise\":\"sales\"},"
	"\"mark\":{\"type\":\"set\",\"set\":{\"language\":\"fa\",\"who\":\"VIP {caller.name} "
	"{pin}\"},\"next\":\"bye\"},"
	"\"vm\":{\"type\":\"voicemail\",\"queue\":\"" Q
	"\",\"limit_s\":60,\"silence_s\":4,\"next\":\"bye\",\"too_short\":\"menu\"},"
	"\"out\":{\"type\":\"transfer\",\"target\":\"+49{digits}\",\"timeout_s\":20,\"on_fail\":\"sales\","
	"\"busy\":\"vm\"},"
	"\"other\":{\"type\":\"goto_flow\",\"flow\":\"0000000000004\"},"
	"\"bye\":{\"type\":\"hang_up\",\"say\":[{\"phrase\":\"goodbye\"}],\"reason\":\"done\"}},"
	"\"variables\":{\"digits\":\"301234\"}}";

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

static bool is_open(uint64_t hours, void *arg)
{
	return hours == 2 && *(bool *)arg;
}

/* One call under test. */
struct call {
	struct flow *flow;
	struct flow_run *run;
	struct flow_actions did;
	struct flow_issues issues;
	bool is_open;
	int64_t now;
	char path[4096]; /* what happened, in short */
};

static void note(struct call *c, const char *format, ...)
{
	size_t n = strlen(c->path);
	va_list ap;

	va_start(ap, format);
	vsnprintf(c->path + n, sizeof(c->path) - n, format, ap);
	va_end(ap);
}

static void note_action(struct call *c, const struct flow_action *a)
{
	static const char *const names[] = {"?", ">", "chose:", "answer", "play", "stop", "queue", "record",
		"record_call:", "transfer", "hang_up:", "goto", "missed:", "fax"};

	note(c, " %s", names[a->kind]);
	if (a->kind == FLOW_ENTER)
		note(c, "%s", a->node);
	else if (a->kind == FLOW_CHOSE)
		note(c, "%s=%s", a->digits, a->label);
	else if (a->kind == FLOW_HANG_UP || a->kind == FLOW_MISSED || a->kind == FLOW_RECORD_CALL)
		note(c, "%s", a->reason);
	for (int i = 0; a->kind == FLOW_PLAY && i < a->n_say; i++)
		note(c, "[%s]", a->say[i].prompt ? "#" : a->say[i].text);
}

static int feed(struct call *c, enum flow_input_kind kind, char digit, const char *result)
{
	struct flow_input input = {.kind = kind, .digit = digit};
	struct flow_env env = {is_open, &c->is_open};

	str_put(input.result, sizeof(input.result), result);
	c->path[0] = '\0';
	int err = flow_step(c->run, &input, &env, c->now, &c->did);
	VEC_EACH(&c->did, i)
	note_action(c, &c->did.at[i]);
	return err;
}

static const char *digit(struct call *c, char d)
{
	return feed(c, FLOW_DIGIT, d, "") == 0 ? c->path : "error";
}

static const char *ended(struct call *c, enum flow_input_kind kind, const char *result)
{
	return feed(c, kind, 0, result) == 0 ? c->path : "error";
}

static const char *at(struct call *c, int64_t now)
{
	c->now = now;
	return feed(c, FLOW_TIME, 0, "") == 0 ? c->path : "error";
}

static int call_open(struct call *c, const char *text)
{
	*c = (struct call){.is_open = true, .now = 1000};
	int err = parse(text, &c->flow, &c->issues);
	return err < 0 ? err : flow_run_new(c->flow, &c->run);
}

static void call_close(struct call *c)
{
	flow_run_free(c->run);
	flow_unref(c->flow);
	flow_actions_free(&c->did);
	flow_issues_free(&c->issues);
}
#define _cleanup_call_ __attribute__((cleanup(call_close)))

TEST(a_caller_is_greeted_chooses_and_waits)
{
	_cleanup_call_ struct call c;

	CHECK_INT(call_open(&c, reception), 0);
	CHECK_INT(c.issues.len, 1); /* {pin} in a text */
	CHECK_STR(c.issues.at[0].code, "masked_in_text");
	CHECK_INT(flow_run_set(c.run, "caller.name", "Sara"), 0);
	CHECK_STR(ended(&c, FLOW_START, ""), " >greet answer play[Hello Sara][#]");
	CHECK_INT(flow_next_due(c.run), INT64_MAX);
	CHECK_STR(ended(&c, FLOW_PLAY_ENDED, ""), " >open >menu play[Sales 1, code 2, partner 3]");
	CHECK_STR(ended(&c, FLOW_PLAY_ENDED, ""), "");
	CHECK_INT(flow_next_due(c.run), 5000);
	CHECK_STR(digit(&c, '1'), " chose:1=Sales >sales queue");
	const struct flow_action *a = &c.did.at[2];
	CHECK(a->queue == 1 && a->priority == 5 && a->n_skills == 1 && a->skills[0].skill == 6 &&
		a->skills[0].level == 7);
	CHECK_INT(a->exit_digit, '9');
	CHECK_STR(a->node_type, "queue");
	CHECK_STR(digit(&c, '5'), "");
	CHECK_STR(ended(&c, FLOW_AGENT_ENDED, ""), " >bye play[Thank you for calling. Goodbye.]");
	CHECK_STR(digit(&c, '5'), "");
	CHECK_STR(ended(&c, FLOW_PLAY_ENDED, ""), " hang_up:done");
	CHECK_INT(feed(&c, FLOW_DIGIT, '1', ""), -EINVAL);
	CHECK_INT(feed(&c, FLOW_START, 0, ""), -EINVAL);
}

static int to_menu(struct call *c)
{
	int err = call_open(c, reception);

	if (err == 0)
		err = feed(c, FLOW_START, 0, "");
	if (err == 0)
		err = feed(c, FLOW_PLAY_ENDED, 0, "");
	return err;
}

TEST(a_menu_repeats_and_gives_up_at_the_exact_time)
{
	_cleanup_call_ struct call c;

	CHECK_INT(to_menu(&c), 0);
	ended(&c, FLOW_PLAY_ENDED, "");
	CHECK_STR(at(&c, 4999), "");
	CHECK_INT(flow_next_due(c.run), 5000);
	CHECK_STR(at(&c, 5000),
		" missed:no_input play[We did not receive anything.][Sales 1, code 2, partner 3]");
	CHECK_INT(feed(&c, FLOW_TIME, 0, ""), -EINVAL);
	CHECK_STR(digit(&c, '7'), " stop missed:invalid >sales queue");
	CHECK_STR(c.did.at[1].digits, "7");
}

TEST(a_wrong_key_is_explained_and_a_key_stops_the_prompt)
{
	_cleanup_call_ struct call c;

	CHECK_INT(to_menu(&c), 0);
	CHECK(c.did.at[1].kind == FLOW_ENTER && c.did.at[2].is_barge_in);
	CHECK_STR(digit(&c, '#'), " stop missed:invalid play[No such choice][Sales 1, code 2, partner 3]");
	CHECK_INT(feed(&c, FLOW_DIGIT, 'x', ""), -EINVAL);
	CHECK_INT(feed(&c, FLOW_DIGIT, 0, ""), -EINVAL);
	CHECK_STR(digit(&c, '*'), " stop chose:*=Other >other goto");
	CHECK_INT(c.did.at[3].flow, 4);
	CHECK_INT(feed(&c, FLOW_PLAY_ENDED, 0, ""), -EINVAL);
}

TEST(who_types_ahead_is_not_made_to_listen)
{
	_cleanup_call_ struct call c;

	CHECK_INT(call_open(&c, reception), 0);
	feed(&c, FLOW_START, 0, "");
	CHECK_STR(digit(&c, '1'), " stop >open >menu chose:1=Sales >sales queue");
}

TEST(every_way_out_of_a_queue)
{
	static const struct {
		enum flow_input_kind kind;
		const char *result, *path;
	} ways[] = {
		{FLOW_QUEUE_ENDED, "overflow", " >vm play[Please leave a message after the tone.]"},
		{FLOW_QUEUE_ENDED, "no_agents", " >vm play[Please leave a message after the tone.]"},
		{FLOW_QUEUE_ENDED, "too_long", " >vm play[Please leave a message after the tone.]"},
		{FLOW_QUEUE_ENDED, "full", " >bye play[Thank you for calling. Goodbye.]"},
		{FLOW_QUEUE_ENDED, "closed", " >bye play[Thank you for calling. Goodbye.]"},
		{FLOW_QUEUE_ENDED, "caller_pressed", " >menu play[Sales 1, code 2, partner 3]"},
		{FLOW_AGENT_ENDED, "", " >bye play[Thank you for calling. Goodbye.]"},
		{FLOW_QUEUE_ENDED, "else", "error"},
		{FLOW_PLAY_ENDED, "", "error"},
	};

	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		_cleanup_call_ struct call c;
		CHECK_INT(to_menu(&c), 0);
		digit(&c, '1');
		CHECK_STR(ended(&c, ways[i].kind, ways[i].result), ways[i].path);
	}
}

TEST(outside_hours_a_message_is_taken)
{
	_cleanup_call_ struct call c;

	CHECK_INT(call_open(&c, reception), 0);
	c.is_open = false;
	feed(&c, FLOW_START, 0, "");
	CHECK_STR(ended(&c, FLOW_PLAY_ENDED, ""), " >open >vm play[Please leave a message after the tone.]");
	CHECK_STR(digit(&c, '#'), " stop record");
	CHECK_INT(c.did.at[1].queue, 1);
	CHECK_INT(c.did.at[1].limit_ms, 60000);
	CHECK_INT(c.did.at[1].silence_ms, 4000);
	CHECK_STR(digit(&c, '#'), "");
	CHECK_INT(feed(&c, FLOW_RECORD_ENDED, 0, "what"), -EINVAL);
	CHECK_STR(ended(&c, FLOW_RECORD_ENDED, "too_short"), " >menu play[Sales 1, code 2, partner 3]");
	CHECK_STR(digit(&c, '1'), " stop chose:1=Sales >sales queue");
	ended(&c, FLOW_QUEUE_ENDED, "overflow");
	CHECK_STR(ended(&c, FLOW_PLAY_ENDED, ""), " record");
	CHECK_STR(ended(&c, FLOW_RECORD_ENDED, "recorded"), " >bye play[Thank you for calling. Goodbye.]");
}

TEST(a_transfer_goes_out_and_comes_back)
{
	_cleanup_call_ struct call c;

	CHECK_INT(to_menu(&c), 0);
	CHECK_STR(digit(&c, '3'), " stop chose:3=Partner >out transfer");
	CHECK_STR(c.did.at[3].target, "+49301234");
	CHECK_INT(c.did.at[3].timeout_s, 20);
	CHECK_STR(digit(&c, '3'), "");
	CHECK_STR(ended(&c, FLOW_TRANSFER_ENDED, "no_answer"), " >sales queue");
	CHECK_STR(ended(&c, FLOW_QUEUE_ENDED, "caller_pressed"), " >menu play[Sales 1, code 2, partner 3]");
	digit(&c, '3');
	CHECK_STR(
		ended(&c, FLOW_TRANSFER_ENDED, "busy"), " >vm play[Please leave a message after the tone.]");
}

TEST(a_transfer_never_dials_what_a_caller_made_up)
{
	static const char *const bad[] = {"1 2", "1@evil.example", "1;x=y", "a<b", "abc", "\xd9\xa1", ""};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		_cleanup_call_ struct call c;
		CHECK_INT(call_open(&c, reception), 0);
		CHECK_INT(flow_run_set(c.run, "digits", bad[i]), 0);
		feed(&c, FLOW_START, 0, "");
		feed(&c, FLOW_PLAY_ENDED, 0, "");
		CHECK_STR(digit(&c, '3'), *bad[i] ? " stop chose:3=Partner >out >sales queue"
						  : " stop chose:3=Partner >out transfer");
	}
}

static const char *enter_code(struct call *c, const char *digits)
{
	digit(c, '2');
	for (; digits[1]; digits++)
		digit(c, *digits);
	return digit(c, *digits);
}

TEST(digits_are_collected_and_masked)
{
	_cleanup_call_ struct call c;

	CHECK_INT(to_menu(&c), 0);
	flow_run_set(c.run, "caller.name", "Ali");
	CHECK_STR(digit(&c, '2'), " stop chose:2=Code >code record_call:hide play[Your code]");
	CHECK_STR(digit(&c, '9'), " stop");
	CHECK_STR(digit(&c, '*'), "");
	CHECK_STR(digit(&c, '1'), "");
	c.now = 2000;
	CHECK_STR(digit(&c, '2'), "");
	CHECK_INT(flow_next_due(c.run), 5000);
	digit(&c, '3');
	digit(&c, 'A');
	digit(&c, '4');
	CHECK_STR(digit(&c, '#'),
		" chose:***= >vip record_call:show >mark >bye play[از تماس شما سپاسگزاریم. خدانگهدار.]");
	CHECK_STR(c.did.at[5].say[0].language, "fa");
	CHECK_STR(flow_run_get(c.run, "pin"), "1234");
	CHECK_STR(flow_run_get(c.run, "who"), "VIP Ali ");
	_cleanup_json_ json_t *vars = flow_run_vars(c.run);
	CHECK_STR(jsonx_text(vars, "pin", ""), "***");
	_cleanup_json_ json_t *saved = flow_run_save(c.run, c.now);
	char *text = jsonx_dump(saved);
	CHECK(text && !strstr(text, "\"1234\"") && !strstr(text, "pin"));
	free(text);
}

TEST(an_entry_ends_by_length_by_time_or_after_its_tries)
{
	static const struct {
		const char *digits, *path;
	} entries[] = {
		{"990000", " chose:***= >vip record_call:show >other goto"},
		{"5555#", " chose:***= >vip record_call:show >bye play[Thank you for calling. Goodbye.]"},
		{"950000", " chose:***= >vip record_call:show >out transfer"},
		{"000000", " chose:***= >vip record_call:show >sales queue"},
		{"12#", " missed:invalid play[That is not a valid choice.][Your code]"},
		{"#", " stop missed:no_input play[We did not receive anything.][Your code]"},
	};

	for (size_t i = 0; i < sizeof(entries) / sizeof(*entries); i++) {
		_cleanup_call_ struct call c;
		CHECK_INT(to_menu(&c), 0);
		CHECK_STR(enter_code(&c, entries[i].digits), entries[i].path);
	}
	_cleanup_call_ struct call c;
	CHECK_INT(to_menu(&c), 0);
	enter_code(&c, "6666");
	CHECK_STR(at(&c, 3999), "");
	CHECK_STR(
		at(&c, 4000), " chose:***= >vip record_call:show >bye play[Thank you for calling. Goodbye.]");
}

TEST(an_entry_is_given_up_after_its_tries)
{
	_cleanup_call_ struct call c;

	CHECK_INT(to_menu(&c), 0);
	enter_code(&c, "12");
	CHECK_STR(at(&c, 4000), " missed:invalid play[That is not a valid choice.][Your code]");
	ended(&c, FLOW_PLAY_ENDED, "");
	CHECK_STR(at(&c, 7000), " missed:no_input >sales record_call:show queue");
}

TEST(texts_are_safe_from_what_callers_are_called)
{
	static const struct {
		const char *language, *name, *text;
	} cases[] = {
		{"en", "Sara", "Hello Sara"}, {"en", "{pin}", "Hello {pin}"},
		{"en", "a\xe2\x80\xae\nb", "Hello ab"}, {"en", "سارا", "Hello \u2068سارا\u2069"},
		{"fa", "سارا", "سلام سارا"}, {"fa", "Sara", "سلام \u2068Sara\u2069"},
		{"zh", "سارا", "Hello \u2068سارا\u2069"}, /* no Chinese: the flow's own language */
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		_cleanup_call_ struct call c;
		CHECK_INT(call_open(&c, reception), 0);
		CHECK_INT(flow_run_set(c.run, "language", cases[i].language), 0);
		CHECK_INT(flow_run_set(c.run, "caller.name", cases[i].name), 0);
		feed(&c, FLOW_START, 0, "");
		CHECK_STR(c.did.at[2].say[0].text, cases[i].text);
	}
}

TEST(a_language_menu_speaks_each_language_in_its_own_voice)
{
	_cleanup_call_ struct call c;

	CHECK_INT(call_open(&c,
			  DOC("\"a\":{\"type\":\"menu\",\"say\":[{\"text\":\"فارسی\",\"language\":\"fa\"},"
			      "{\"text\":\"中文\",\"language\":\"zh\"}],\"options\":{\"3\":{\"label\":\"zh\","
			      "\"next\":\"b\"}},"
			      "\"on_fail\":\"z\"},\"b\":{\"type\":\"set\",\"set\":{\"language\":\"{x}\"},"
			      "\"next\":\"q\"},"
			      "\"q\":{\"type\":\"queue\",\"queue\":\"" Q "\",\"overflow\":\"z\"},"
			      "\"z\":{\"type\":\"hang_up\",\"say\":[{\"phrase\":\"goodbye\"}]}")),
		0);
	CHECK_INT(c.issues.len, 1); /* {x} */
	CHECK_STR(ended(&c, FLOW_START, ""), " >a answer play[فارسی][中文]");
	CHECK_STR(c.did.at[2].say[0].language, "fa");
	CHECK_STR(c.did.at[2].say[1].language, "zh");
	flow_run_set(c.run, "x", "zh");
	CHECK_STR(digit(&c, '3'), " stop chose:3=zh >b >q queue");
	CHECK_STR(ended(&c, FLOW_QUEUE_ENDED, "overflow"), " >z play[感謝您的來電，再見。]");
	CHECK_STR(ended(&c, FLOW_PLAY_ENDED, ""), " hang_up:flow_ended");
}

/* A prompt that must be heard, an entry ended by "*", one without a terminator, a message for a user. */
static const char strict[] =
	DOC("\"a\":{\"type\":\"say\",\"say\":[{\"text\":\"Law\"}],\"barge_in\":false,\"next\":\"m\"},"
	    "\"m\":{\"type\":\"menu\",\"say\":[{\"text\":\"Menu\"}],\"barge_in\":false,\"tries\":1,\"timeout_"
	    "s\":60,"
	    "\"options\":{\"1\":{\"label\":\"star\",\"next\":\"star\"},\"2\":{\"label\":\"none\",\"next\":"
	    "\"none\"}},\"on_fail\":\"v\"},"
	    "\"star\":{\"type\":\"collect\",\"say\":[{\"text\":\"Star\"}],\"variable\":\"x\",\"min\":0,"
	    "\"terminator\":\"*\","
	    "\"next\":\"v\",\"on_fail\":\"z\"},"
	    "\"none\":{\"type\":\"collect\",\"say\":[{\"text\":\"None\"}],\"variable\":\"x\",\"max\":3,"
	    "\"terminator\":\"\","
	    "\"barge_in\":false,\"next\":\"q\",\"on_fail\":\"z\"},"
	    "\"v\":{\"type\":\"voicemail\",\"user\":\"0000000000005\",\"say\":[{\"text\":\"Speak\"}],\"barge_"
	    "in\":false,\"next\":\"z\","
	    "\"failed\":\"q\"},"
	    "\"q\":{\"type\":\"queue\",\"queue\":\"" Q "\",\"overflow\":\"z\"},"
	    "\"z\":{\"type\":\"hang_up\",\"reason\":\"x={x}\"}");

static int to_strict_menu(struct call *c)
{
	int err = call_open(c, strict);

	if (err == 0)
		err = feed(c, FLOW_START, 0, "");
	if (err == 0)
		err = feed(c, FLOW_DIGIT, '1', "");
	if (err == 0)
		err = c->path[0] ? -EBUSY : feed(c, FLOW_PLAY_ENDED, 0, "");
	if (err == 0)
		err = feed(c, FLOW_DIGIT, '1', "");
	if (err == 0)
		err = c->path[0] ? -EBUSY : feed(c, FLOW_PLAY_ENDED, 0, "");
	return err;
}

TEST(what_must_be_heard_is_heard)
{
	_cleanup_call_ struct call c, d, e;

	CHECK_INT(to_strict_menu(&c), 0);
	CHECK_STR(at(&c, 60999), "");
	CHECK_STR(at(&c, 61000), " missed:no_input >v play[Speak]");
	CHECK_STR(digit(&c, '1'), "");
	CHECK_STR(ended(&c, FLOW_PLAY_ENDED, ""), " record");
	CHECK(c.did.at[0].user == 5 && c.did.at[0].queue == 0 && c.did.at[0].limit_ms == 120000);
	CHECK_STR(ended(&c, FLOW_RECORD_ENDED, "failed"), " >q queue");
	CHECK_STR(ended(&c, FLOW_AGENT_ENDED, ""), " hang_up:agent_hung_up");
	CHECK_INT(to_strict_menu(&d), 0);
	CHECK_STR(digit(&d, '1'), " chose:1=star >star play[Star]");
	CHECK_STR(digit(&d, '7'), " stop");
	CHECK_STR(digit(&d, '#'), "");
	CHECK_STR(digit(&d, '*'), " chose:7= >v play[Speak]");
	ended(&d, FLOW_PLAY_ENDED, "");
	CHECK_STR(ended(&d, FLOW_RECORD_ENDED, "too_short"), " >z hang_up:x=7");
	CHECK_INT(to_strict_menu(&e), 0);
	CHECK_STR(digit(&e, '2'), " chose:2=none >none play[None]");
	CHECK_STR(digit(&e, '9'), "");
	CHECK_STR(ended(&e, FLOW_PLAY_ENDED, ""), "");
	CHECK_STR(digit(&e, '#'), "");
	digit(&e, '1');
	digit(&e, '2');
	CHECK_STR(digit(&e, '3'), " chose:123= >q queue");
	CHECK_STR(ended(&e, FLOW_QUEUE_ENDED, "no_agents"), " >z hang_up:x=123");
}

TEST(variables_have_limits)
{
	_cleanup_call_ struct call c;
	char name[FLOW_NAME_MAX + 1], value[FLOW_VALUE_MAX + 1];

	CHECK_INT(call_open(&c, reception), 0);
	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	memset(value, 'v', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	CHECK_INT(flow_run_set(c.run, name, "x"), -E2BIG);
	CHECK_INT(flow_run_set(c.run, "a", value), -E2BIG);
	CHECK_INT(flow_run_set(c.run, "A", "x"), -EINVAL);
	CHECK_INT(flow_run_set(c.run, "", "x"), -EINVAL);
	CHECK_INT(flow_run_set(c.run, "a", "\xff"), -EINVAL);
	CHECK_INT(flow_run_set(c.run, "a", NULL), 0);
	for (int i = 1; i < FLOW_VARS_MAX; i++) {
		snprintf(name, sizeof(name), "v%d", i);
		CHECK_INT(flow_run_set(c.run, name, "x"), 0);
	}
	CHECK_INT(flow_run_set(c.run, "one.more", "x"), -E2BIG);
	CHECK_INT(flow_run_set(c.run, "v1", "y"), 0);
	CHECK_STR(flow_run_get(c.run, "v1"), "y");
	feed(&c, FLOW_START, 0, "");
	feed(&c, FLOW_PLAY_ENDED, 0, "");
	CHECK_STR(enter_code(&c, "1234#"), " chose:***= hang_up:flow_error");
	CHECK_STR(c.did.at[1].label, "too many variables");
}

TEST(another_flow_takes_over)
{
	_cleanup_call_ struct call c;
	struct flow_run *next;

	CHECK_INT(to_menu(&c), 0);
	enter_code(&c, "990000");
	CHECK_INT(flow_run_new(c.flow, &next), 0);
	CHECK_INT(flow_run_inherit(next, c.run), 0);
	flow_run_free(c.run);
	c.run = next;
	CHECK_STR(flow_run_get(c.run, "pin"), "990000");
	_cleanup_json_ json_t *vars = flow_run_vars(c.run);
	CHECK_STR(jsonx_text(vars, "pin", ""), "***");
	CHECK_STR(ended(&c, FLOW_START, ""), " >greet play[Hello ][#]");
}

/* Circles: through variables nobody can see before, and through messages nobody hears. */
static const char circle[] =
	"{\"format\":1,\"language\":\"en\",\"start\":\"a\",\"nodes\":{"
	"\"a\":{\"type\":\"branch\",\"variable\":\"x\",\"cases\":[{\"op\":\"is_set\",\"next\":\"b\"}],"
	"\"otherwise\":\"a2\"},"
	"\"a2\":{\"type\":\"set\",\"set\":{\"y\":\"1\"},\"next\":\"a\"},"
	"\"b\":{\"type\":\"say\",\"say\":[{\"text\":\"round\"}],\"next\":\"b\"}}}";

TEST(a_circle_ends_in_a_hang_up_that_says_where)
{
	_cleanup_call_ struct call c, d;

	CHECK_INT(call_open(&c, circle), 0);
	CHECK_INT(call_open(&d, circle), 0);
	CHECK_INT(feed(&c, FLOW_START, 0, ""), 0);
	const struct flow_action *last = &c.did.at[c.did.len - 1];
	CHECK(last->kind == FLOW_HANG_UP && strcmp(last->reason, "flow_error") == 0 && last->node[0] == 'a');
	CHECK_INT(c.did.len, FLOW_STEPS_MAX + 1);
	flow_run_set(d.run, "x", "1");
	feed(&d, FLOW_START, 0, "");
	for (int i = 0; i < FLOW_STEPS_MAX - 2; i++)
		CHECK_STR(ended(&d, FLOW_PLAY_ENDED, ""), " >b play[round]");
	CHECK_STR(ended(&d, FLOW_PLAY_ENDED, ""), " hang_up:flow_error");
}

TEST(references_are_listed_and_versions_kept)
{
	_cleanup_call_ struct call c;
	const struct flow_reference *list;
	struct flow_run *other;

	CHECK_INT(call_open(&c, reception), 0);
	CHECK_INT(flow_id(c.flow), 77);
	CHECK_INT(flow_version(c.flow), 3);
	CHECK_STR(flow_language(c.flow), "en");
	CHECK_INT(flow_references(c.flow, &list), 6);
	CHECK(strcmp(list[0].kind, "prompt") == 0 && list[0].id == 3 && strcmp(list[0].node, "greet") == 0);
	/* The flow goes away under a running contact. */
	flow_unref(c.flow);
	c.flow = NULL;
	CHECK_STR(ended(&c, FLOW_START, ""), " >greet answer play[Hello ][#]");
	_cleanup_json_ json_t *saved = flow_run_save(c.run, c.now), *doc = load(reception);
	CHECK_INT(flow_parse(doc, 77, 4, &c.flow, &c.issues), 0);
	CHECK_INT(flow_run_load(c.flow, saved, c.now, &other), -EINVAL);
}

TEST(a_broken_save_is_refused)
{
	static const char *const bad[] = {"{}", "[]", "{\"node\":\"nowhere\"}", "{\"state\":\"dancing\"}",
		"{\"state\":\"queued\"}", "{\"tries\":-1}", "{\"steps\":100000}", "{\"digits\":\"x\"}",
		"{\"vars\":{\"A\":\"x\"}}", "{\"vars\":{\"a\":7}}",
		"{\"state\":\"listening\",\"node\":\"menu\",\"due_in_ms\":99999999}", "{\"node\":\"\"}"};
	_cleanup_call_ struct call c;
	struct flow_run *other = NULL;

	CHECK_INT(to_menu(&c), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		_cleanup_json_ json_t *saved = flow_run_save(c.run, c.now), *change = load(bad[i]);
		if (json_object_size(change) > 0)
			json_object_update(saved, change);
		CHECK_INT(flow_run_load(c.flow, json_object_size(change) > 0 ? saved : change, c.now, &other),
			-EINVAL);
	}
}

/* A deterministic walk; after each step the run is saved, loaded, and both must go on alike. */
static unsigned next_random(unsigned *seed)
{
	*seed = *seed * 1103515245 + 12345;
	return *seed >> 16;
}

static int random_input(struct call *c, unsigned r)
{
	static const char digits[] = "0123456789*#";
	static const char *const results[] = {
		"overflow", "full", "caller_pressed", "recorded", "too_short", "busy", "failed"};
	static const enum flow_input_kind kinds[] = {
		FLOW_PLAY_ENDED, FLOW_QUEUE_ENDED, FLOW_RECORD_ENDED, FLOW_TRANSFER_ENDED, FLOW_TIME};

	if (r % 3 == 0)
		return feed(c, FLOW_DIGIT, digits[r / 3 % 12], "");
	if (flow_next_due(c->run) != INT64_MAX)
		c->now += 900;
	return feed(c, kinds[r / 3 % 5], 0, results[r / 15 % 7]);
}

TEST(a_saved_run_goes_on_as_if_nothing_had_happened)
{
	_cleanup_json_ json_t *doc = load(reception);
	unsigned seed = 7;

	json_object_del(json_object_get(json_object_get(doc, "nodes"), "code"), "is_masked");
	for (int round = 0; round < 40; round++) {
		_cleanup_call_ struct call a = {.now = 1000, .is_open = round % 2},
					   b = {.now = 1000, .is_open = round % 2};
		CHECK_INT(flow_parse(doc, 77, 3, &a.flow, &a.issues), 0);
		b.flow = flow_ref(a.flow);
		CHECK_INT(flow_run_new(a.flow, &a.run), 0);
		CHECK_INT(flow_run_new(a.flow, &b.run), 0);
		CHECK_INT(feed(&a, FLOW_START, 0, ""), 0);
		feed(&b, FLOW_START, 0, "");
		for (int i = 0; i < 60; i++) {
			_cleanup_json_ json_t *saved = flow_run_save(b.run, b.now);
			unsigned r = next_random(&seed);
			flow_run_free(TAKE_PTR(b.run));
			b.now = a.now + 5000 * i; /* another clock after the restart */
			CHECK_INT(flow_run_load(b.flow, saved, b.now, &b.run), 0);
			int err = random_input(&a, r);
			CHECK_INT(random_input(&b, r), err);
			CHECK_STR(b.path, a.path);
			CHECK((flow_next_due(a.run) == INT64_MAX) == (flow_next_due(b.run) == INT64_MAX));
			if (flow_next_due(a.run) != INT64_MAX && flow_next_due(a.run) > a.now)
				CHECK_INT(flow_next_due(b.run) - b.now, flow_next_due(a.run) - a.now);
		}
	}
}

/* As the importer does: every "@name" becomes an id. */
static void resolve(json_t *v)
{
	const char *key;
	json_t *child;
	void *next;
	size_t i;

	json_object_foreach_safe(v, next, key, child)
	{
		const char *s = json_string_value(child);
		if (s && *s == '@')
			json_object_set_new(
				v, key, json_string(strcmp(s, "@office") == 0 ? "0000000000002" : Q));
		else
			resolve(child);
	}
	json_array_foreach(v, i, child) resolve(child);
}

TEST(a_flow_says_what_is_recorded)
{
	_cleanup_call_ struct call c;
	static const char doc[] =
		"{\"format\":1,\"language\":\"en\",\"start\":\"on\",\"nodes\":{"
		"\"on\":{\"type\":\"record\",\"act\":\"start\",\"next\":\"pin\"},"
		"\"pin\":{\"type\":\"collect\",\"say\":[{\"text\":\"Code\"}],\"variable\":\"pin\",\"min\":2,"
		"\"max\":2,\"is_masked\":true,\"next\":\"off\",\"on_fail\":\"bye\"},"
		"\"off\":{\"type\":\"record\",\"act\":\"stop\",\"next\":\"bye\"},"
		"\"bye\":{\"type\":\"hang_up\"}}}";

	CHECK_INT(call_open(&c, doc), 0);
	CHECK_STR(
		ended(&c, FLOW_START, ""), " >on record_call:start >pin record_call:hide answer play[Code]");
	CHECK_STR(digit(&c, '4'), " stop");
	CHECK_STR(
		digit(&c, '2'), " chose:***= >off record_call:show record_call:stop >bye hang_up:flow_ended");
}

TEST(the_demo_centres_flow_is_without_blame)
{
	_cleanup_json_ json_t *doc =
		json_load_file(SOURCE_ROOT "/examples/demo-centre/flows/main.json", 0, NULL);
	_cleanup_call_ struct call c = {.is_open = true};

	CHECK(doc);
	resolve(doc);
	int err = flow_parse(doc, 1, 1, &c.flow, &c.issues);
	VEC_EACH(&c.issues, i)
	printf("# %s.%s: %s\n", c.issues.at[i].node, c.issues.at[i].field, c.issues.at[i].message);
	CHECK_INT(err, 0);
	CHECK_INT(c.issues.len, 0);
	CHECK_INT(flow_run_new(c.flow, &c.run), 0);
	CHECK_STR(ended(&c, FLOW_START, ""),
		" >known >language answer play[برای فارسی، عدد یک را بزنید.][للعربية، اضغطوا اثنان.]"
		"[中文請按三。][For English, press 4.]");
	CHECK_STR(digit(&c, '3'), " stop chose:3=Chinese >speak_zh >named >greet play[#]");
	CHECK_STR(ended(&c, FLOW_PLAY_ENDED, ""),
		" >open >menu play[訂購請按一，技術支援請按二，留言請按三。]");
	CHECK_STR(digit(&c, '2'), " stop chose:2=Support >support queue");
	CHECK_STR(ended(&c, FLOW_QUEUE_ENDED, "overflow"), " >sorry_busy play[客服人員正在忙碌中。]");
	CHECK_STR(ended(&c, FLOW_PLAY_ENDED, ""), " >message play[請在提示音之後留言。]");
	CHECK_STR(ended(&c, FLOW_PLAY_ENDED, ""), " record");
	CHECK_STR(ended(&c, FLOW_RECORD_ENDED, "recorded"), " >bye play[感謝您的來電，再見。]");
}

TEST_OOM(memory_may_run_out_anywhere)
{
	static const struct {
		enum flow_input_kind kind;
		char digit;
	} walk[] = {{FLOW_START, 0}, {FLOW_PLAY_ENDED, 0}, {FLOW_DIGIT, '2'}, {FLOW_DIGIT, '1'},
		{FLOW_DIGIT, '2'}, {FLOW_DIGIT, '3'}, {FLOW_DIGIT, '4'}, {FLOW_DIGIT, '#'}};
	_cleanup_call_ struct call c = {0};
	int err = call_open(&c, reception);

	CHECK(err == 0 || err == -ENOMEM);
	for (size_t i = 0; err == 0 && i < sizeof(walk) / sizeof(*walk); i++) {
		int64_t due = flow_next_due(c.run);
		err = feed(&c, walk[i].kind, walk[i].digit, "");
		CHECK(err == 0 || (err == -ENOMEM && c.did.len == 0 && flow_next_due(c.run) == due));
	}
	if (err == 0) {
		_cleanup_json_ json_t *saved = flow_run_save(c.run, 0);
		struct flow_run *other = NULL;
		err = flow_run_load(c.flow, saved, 0, &other);
		CHECK(err == 0 || err == -ENOMEM);
		flow_run_free(other);
	}
}

TEST(a_fax_is_received_or_not)
{
	static const char doc[] =
		DOC("\"a\":{\"type\":\"fax\",\"queue\":\"" Q "\",\"next\":\"z\",\"failed\":\"y\"},"
		    "\"y\":{\"type\":\"hang_up\",\"reason\":\"nothing\"},"
		    "\"z\":{\"type\":\"hang_up\",\"reason\":\"thanks\"}");
	_cleanup_call_ struct call c, d;

	CHECK_INT(call_open(&c, doc), 0);
	CHECK_INT(feed(&c, FLOW_START, 0, ""), 0);
	CHECK(strstr(c.path, ">a answer fax"));
	CHECK_INT(feed(&c, FLOW_DIGIT, '1', ""), 0);
	CHECK_STR(c.path, "");
	CHECK_INT(feed(&c, FLOW_FAX_ENDED, 0, "received"), 0);
	CHECK(strstr(c.path, "hang_up:thanks"));
	CHECK_INT(call_open(&d, doc), 0);
	CHECK_INT(feed(&d, FLOW_START, 0, ""), 0);
	CHECK_INT(feed(&d, FLOW_FAX_ENDED, 0, "nonsense"), -EINVAL);
	CHECK_INT(feed(&d, FLOW_FAX_ENDED, 0, "failed"), 0);
	CHECK(strstr(d.path, "hang_up:nothing"));
}
