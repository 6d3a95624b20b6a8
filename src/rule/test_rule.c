/* Business rules: the language, the walls, and what happens when a rule fails. */
#include "harness/test.h"
#include "base/alloc.h"
#include "base/str.h"
#include "rule/names.h"
#include "rule/show.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* --- helpers
 * -----------------------------------------------------------------------------------------------------------
 */

static uint64_t find(enum rule_name_kind kind, const char *name, void *arg)
{
	static const char *const names[3][6] = {{"Support", "Night team", NULL},
		{"persian", "chinese", "sales", "support", "trainee", NULL}, {"mina", "reza", NULL}};

	(void)arg;
	for (uint64_t i = 0; names[kind][i]; i++)
		if (str_equal_nocase(names[kind][i], name))
			return 10 * (uint64_t)(kind + 1) + i;
	return 0;
}
static const struct rule_names names = {find, NULL};

static struct rule_result result; /* of the last run */

/* Runs texts (NULL ends) as one set over facts in JSON. 0, 1 when an issue was found, -ENOMEM. */
static int run_list(const char *const *texts, const char *facts)
{
	struct rule rules[8];
	static const char *const called[] = {"one", "two", "three", "four", "five", "six", "seven", "eight"};
	struct rule_issues issues;
	struct rule_set *set = NULL;
	_cleanup_json_ json_t *j = json_loads(facts, 0, NULL);
	int n = 0;

	for (; texts[n]; n++)
		rules[n] = (struct rule){
			.id = (uint64_t)n + 1, .name = called[n], .text = texts[n], .version = n + 5};
	int err = rule_set_new(rules, n, &names, &set, &issues);
	if (err < 0)
		return err;
	rule_set_run(set, j, &result);
	rule_set_free(set);
	return issues.n > 0;
}

static int run(const char *text, const char *facts)
{
	const char *const texts[] = {text, NULL};

	return run_list(texts, facts);
}

/* The failure of one text, as "line: message"; "" when there is none. */
static const char *failure(const char *text)
{
	static char shown[RULE_MESSAGE_SIZE + 16];

	shown[0] = '\0';
	if (run(text, "{\"caller\": {\"number\": \"+98912\"}, \"customer\": null, \"history\": {}}") != 0)
		return "does not compile";
	if (result.n_failures)
		snprintf(shown, sizeof(shown), "%d: %s", result.failures[0].line, result.failures[0].message);
	return shown;
}

static bool has(const char *text, const char *part)
{
	bool is_in = strstr(text, part) != NULL;

	if (!is_in)
		printf("# \"%s\" is not in \"%s\"\n", part, text);
	return is_in;
}

#define MINA                                                                                                 \
	"{\"caller\": {\"number\": \"+98912\", \"name\": \"Mina\"},"                                         \
	"\"customer\": {\"is_vip\": true, \"language\": \"zh\", \"numbers\": [\"+98912\", \"+98913\"],"      \
	"\"account_owner\": \"reza\"},"                                                                      \
	"\"contact\": {\"channel\": \"voice\", \"variables\": {\"order_value\": \"1200\"}, \"chosen\": "     \
	"{\"menu\": \"Complaint\"}},"                                                                        \
	"\"queue\": {\"name\": \"Support\", \"waiting\": 7, \"estimate_s\": 300},"                           \
	"\"history\": {\"contacts_7_days\": 4, \"last_agent\": \"mina\", \"since_last_s\": 3600},"           \
	"\"time\": {\"hour\": 21, \"minute\": 5, \"weekday\": \"friday\", \"date\": \"2026-11-27\"}}"

/* --- the language
 * ------------------------------------------------------------------------------------------------------ */

TEST(rules_say_what_they_want)
{
	CHECK_INT(
		run("if customer and customer.is_vip then\n"
		    "  priority(10) priority(5) head_start(60) target(20) note \"VIP\" note \"twice\"\n"
		    "end\n"
		    "if time.hour >= 20 then queue \"night TEAM\" end\n"
		    "require(\"sales\", 3) always(\"persian\") prefer(\"support\", 7) never(\"trainee\", 2)\n"
		    "any_of{\"sales\", support = 4}\n"
		    "exclude \"mina\" exclude \"mina\"\n"
		    "prefer_agent(\"account_owner\", 45)",
			MINA),
		0);
	const struct rule_wish *w = &result.wish;
	CHECK_INT(result.n_failures, 0);
	CHECK_INT(w->priority, 15);
	CHECK_INT(w->head_start_s, 60);
	CHECK_INT(w->target_s, 20);
	CHECK_INT(w->queue, 11);
	CHECK_INT(w->n_asks, 6);
	CHECK(w->asks[0].skill == 22 && w->asks[0].level == 3 && w->asks[0].kind == ASK_REQUIRED);
	CHECK(w->asks[1].skill == 20 && w->asks[1].level == 1 && w->asks[1].kind == ASK_FIXED);
	CHECK(w->asks[2].skill == 23 && w->asks[2].level == 7 && w->asks[2].kind == ASK_PREFERRED);
	CHECK(w->asks[3].skill == 24 && w->asks[3].level == 2 && w->asks[3].kind == ASK_NOT);
	CHECK(w->asks[4].skill == 22 && w->asks[4].any == 1 && w->asks[5].skill == 23 &&
		w->asks[5].level == 4 && w->asks[5].any == 1);
	CHECK(w->n_excluded == 1 && w->excluded[0] == 30);
	CHECK(w->preferred_agent == 31 && w->patience_s == 45);
	CHECK_INT(result.n_applied, 1);
	CHECK_STR(result.applied[0].name, "one");
	CHECK_INT(result.applied[0].version, 5);
	CHECK_STR(result.applied[0].note, "VIP; twice");
}

TEST(facts_are_read_as_they_are)
{
	CHECK_STR(failure("assert(customer == nil)"), "");
	CHECK_STR(failure("assert(history.since_last_s == math.huge and history.last_agent == nil)"), "");
	CHECK_STR(failure("assert(contact.variables.anything == nil)"), "");
	CHECK_INT(run("assert(caller.number == '+98912' and customer.language == \"zh\")\n"
		      "assert(#customer.numbers == 2 and customer.numbers[2] == '+98913')\n"
		      "assert(customer.notes == nil)\n"
		      "assert(tonumber(contact.variables.order_value) > 1000)\n"
		      "assert(contact.chosen.menu == 'Complaint' and queue.waiting == 7)\n"
		      "assert(history.since_last_s < 3 * days and time.weekday == 'friday')\n"
		      "assert(contains(caller.name, 'in') and starts_with(caller.number, '+98') and "
		      "ends_with('abc', 'bc'))\n"
		      "assert(one_of(time.weekday, 'thursday', 'friday') and not one_of(1, 2, 3))\n"
		      "assert(caller.name:upper() == 'MINA' and string.format('%03d', 7) == '007')",
			  MINA),
		0);
	CHECK_INT(result.n_failures, 0);
	CHECK_INT(result.n_applied, 0);
}

TEST(nobody_is_meant_by_special_names_without_facts)
{
	CHECK_STR(
		failure("prefer_agent('last_agent', 30) exclude('last_agent') exclude('account_owner')"), "");
	CHECK_INT(result.wish.preferred_agent, 0);
	CHECK_INT(result.wish.n_excluded, 0);
	CHECK_INT(run("prefer_agent('last_agent')", MINA), 0);
	CHECK_INT(result.wish.preferred_agent, 30);
	CHECK_INT(result.wish.patience_s, 30);
}

TEST(skill_expressions_are_a_word)
{
	CHECK_STR(failure("any_of{'sales', 'support'} skills 'persian >= 5 and (sales or chinese) prefer "
			  "support'"),
		"");
	CHECK_INT(result.wish.n_asks, 6);
	CHECK(result.wish.asks[2].skill == 20 && result.wish.asks[2].level == 5 && !result.wish.asks[2].any);
	CHECK(result.wish.asks[3].any == 2 && result.wish.asks[4].any == 2);
	CHECK_INT(result.wish.asks[5].kind, ASK_PREFERRED);
	CHECK_STR(
		failure("\nskills 'sales or'"), "2: column 9 of the skills: After \"or\" a skill is missing");
}

TEST(rules_run_in_order_until_one_stops)
{
	static const char *const texts[] = {"priority(1)", "queue 'Support' stop()", "priority(100)", NULL};

	CHECK_INT(run_list(texts, "{}"), 0);
	CHECK_INT(result.wish.priority, 1);
	CHECK_INT(result.wish.queue, 10);
	CHECK_INT(result.n_applied, 2);
	CHECK(result.wish.is_stopped);
}

TEST(a_rule_that_fails_says_nothing_and_the_others_go_on)
{
	static const char *const texts[] = {
		"priority(1)", "priority(10)\nqueue 'nowhere'", "priority(2)", NULL};

	CHECK_INT(run_list(texts, "{}"), 0);
	CHECK_INT(result.wish.priority, 3);
	CHECK_INT(result.n_applied, 2);
	CHECK_INT(result.n_failures, 1);
	CHECK_INT(result.failures[0].rule, 2);
	CHECK_INT(result.failures[0].version, 6);
	CHECK_INT(result.failures[0].line, 2);
	CHECK_STR(result.failures[0].message, "there is no queue called \"nowhere\"");
}

TEST(a_text_that_is_no_rule_is_left_out_with_its_line)
{
	struct rule rules[] = {
		{1, "good", "priority(1)", 1}, {2, "bad", "\n\nif x then", 1}, {3, "good", "", 1}};
	struct rule_issues issues;
	struct rule_set *set = NULL;

	CHECK_INT(rule_set_new(rules, 3, &names, &set, &issues), 0);
	CHECK_INT(rule_set_len(set), 2);
	rule_set_free(set);
	CHECK_INT(issues.n, 1);
	CHECK_INT(issues.at[0].rule, 1);
	CHECK_INT(issues.at[0].line, 3);
	CHECK(has(issues.at[0].message, "'end' expected"));
}

TEST(mistakes_are_explained)
{
	CHECK(has(failure("\nif customer.is_vip then priority(1) end"), "2: "));
	CHECK(has(failure("if customer.is_vip then priority(1) end"),
		"customer is nil for a caller who is not known"));
	CHECK(has(failure("priority(caller.nmae)"), "caller has no field \"nmae\"; it has number, name"));
	CHECK(has(failure("priority('a')"), "number expected"));
	CHECK(has(failure("priority(5000)"), "must be from -1000 to 1000"));
	CHECK(has(failure("require('sales', 11)"), "must be from 1 to 10"));
	CHECK(has(failure("require('welding')"), "there is no skill called \"welding\""));
	CHECK(has(failure("exclude('nobody')"), "there is no agent called \"nobody\""));
	CHECK(has(failure("prioriti(5)"), "there is nothing called \"prioriti\" here"));
	CHECK(has(failure("priority = 5"), "priority is a word of the language: write priority(...)"));
	CHECK(has(failure("total = 5"), "write local before \"total\""));
	CHECK(has(failure("caller.number = '1'"), "facts cannot be changed"));
	CHECK(has(failure("caller 'x'"), "caller is no word"));
	CHECK(has(failure("local s = caller.number s = s < 5"), "a text is made a number by tonumber"));
	CHECK(has(failure("error 'my own reason'"), "1: my own reason"));
	CHECK(has(failure("error {}"), "1: error() needs a text"));
	CHECK(has(failure("any_of{}"), "name at least one skill"));
}

/* --- the walls
 * -----------------------------------------------------------------------------------------------------------
 */

TEST(nothing_dangerous_is_there)
{
	static const char *const gone[] = {"os", "io", "debug", "load", "loadstring", "dofile", "loadfile",
		"require_", "collectgarbage", "print", "coroutine", "pcall", "xpcall", "rawset", "rawget",
		"rawequal", "rawlen", "setmetatable", "getmetatable", "next", "package", "_G", "utf8",
		"warn"};
	char text[120];

	for (size_t i = 0; i < sizeof(gone) / sizeof(gone[0]); i++) {
		snprintf(text, sizeof(text), "local x = %s", gone[i]);
		CHECK(has(failure(text), "there is nothing called"));
	}
	CHECK(has(failure("string.rep('a', 1000)"), "string.rep is not part of the language"));
	CHECK(has(failure("local x = ('a'):rep(1000)"), "string.rep is not part of the language"));
	CHECK(has(failure("string.find('aaa', 'a*a*a*b')"), "use contains, starts_with or ends_with"));
	CHECK(has(failure("local x = ('a'):gsub('a', 'b')"), "use contains, starts_with or ends_with"));
	CHECK(has(failure("math.random()"), "math.random is not part of the language"));
	CHECK(has(failure("table.sort({})"), "table.sort is not part of the language"));
	CHECK(has(failure("string.upper = nil"), "cannot be changed"));
	CHECK(has(failure("table.insert(string, 'x')"), "cannot be changed"));
	CHECK_INT(run("\x1bLua", "{}"), 1); /* no bytecode */
}

TEST(no_addresses_are_shown)
{
	CHECK_STR(failure("assert(tostring({}) == 'table' and tostring(pairs) == 'function')"), "");
	CHECK_STR(failure("assert(tostring(caller) == 'userdata' and tostring(1.5) == '1.5')"), "");
	CHECK(has(failure("local x = string.format('%p', {})"), "are known"));
	CHECK(has(failure("local x = string.format('%s', {})"), "a text or number is expected"));
	CHECK(has(failure("local x = ('%p'):format({})"), "are known"));
	CHECK(has(failure("local x = string.format('%q', 1)"), "are known"));
	CHECK_STR(failure("assert(string.format('100%% %s %5.1f', 'a', 2) == '100% a   2.0')"), "");
}

TEST(pairs_goes_in_order)
{
	CHECK_STR(
		failure("local seen = ''\n"
			"for k, v in pairs{zebra = 1, apple = 2, mango = 3, 10, 20, [1.5] = 4, fig = 5} do\n"
			"  seen = seen .. k .. '=' .. v .. ' '\n"
			"end\n"
			"assert(seen == '1=10 1.5=4 2=20 apple=2 fig=5 mango=3 zebra=1 ', seen)"),
		"");
	CHECK(has(failure("for k in pairs{[{}] = 1} do end"), "whose keys are texts and numbers"));
	CHECK(has(failure("for k in pairs(caller) do end"), "table expected"));
	CHECK_STR(failure("for k in pairs{} do error 'x' end"), "");
}

TEST(what_does_not_end_is_ended)
{
	static const char *const endless[] = {"\nwhile true do end", "\nfor i = 1, 1e15 do end",
		"\nlocal function f() return f() end f()", "\n::again:: goto again",
		"\nlocal t = {} while true do t = {contains('a', 'b')} end",
		"\nlocal s = caller.number while true do s = s:upper() end",
		"\nlocal t = {} for i = 1, 3000 do t[i] = i end while true do table.insert(t, 1, 1) "
		"table.remove(t, 1) "
		"end",
		"\nlocal t = {} for i = 1, 3000 do t[i] = i end while true do table.concat(t) end",
		"\nwhile true do for k in pairs{1, 2, 3} do end end", "\nwhile true do skills 'sales' end"};

	for (size_t i = 0; i < sizeof(endless) / sizeof(endless[0]); i++) {
		const char *what = failure(endless[i]);
		bool is_ended = strstr(what, "2: the rule does not come to an end") ||
				strstr(what, "2: the rule uses too much memory");
		if (!is_ended)
			test_fail(__FILE__, __LINE__, "%s: %s", endless[i], what);
	}
}

TEST(greed_is_refused)
{
	static const char *const greedy[] = {"local s = 'aaaaaaaa' while true do s = s .. s end",
		"local t = {} while true do t[#t + 1] = {} end",
		"local t = {} for i = 1, 1e9 do t[i] = i end",
		"local function f(n) return 1 + f(n + 1) end f(1)",
		"local function f(...) return f(1, ...) end f()",
		"local s = 'x' for i = 1, 20 do s = s .. s .. s end",
		"local t = {} while true do t[1] = ('x'):upper() .. #t t[#t + 1] = t[1] .. #t end"};

	for (size_t i = 0; i < sizeof(greedy) / sizeof(greedy[0]); i++) {
		const char *what = failure(greedy[i]);
		CHECK(has(what, "too much memory (at most 256 KB)"));
	}
}

TEST(all_rules_together_are_bounded)
{
	static const char *const texts[] = {"while true do end", "while true do end", "while true do end",
		"while true do end", "while true do end", "priority(1)", NULL};

	CHECK_INT(run_list(texts, "{}"), 0);
	CHECK_INT(result.n_failures, 6);
	CHECK(has(result.failures[5].message, "the rules before this one used all the steps"));
	CHECK_INT(result.wish.priority, 0);
}

TEST(a_wall_hit_is_no_lasting_damage)
{
	static const char *const texts[] = {"local s = 'aaaaaaaa' while true do s = s .. s end",
		"while true do end", "local function f(n) return 1 + f(n + 1) end f(1)",
		"priority(3) note(tostring(1 + 1))", NULL};

	CHECK_INT(run_list(texts, "{}"), 0);
	CHECK_INT(result.n_failures, 3);
	CHECK_INT(result.wish.priority, 3);
	CHECK_STR(result.applied[0].note, "2");
}

TEST(nothing_is_kept_between_runs)
{
	static const char text[] = "local n = 0\n"
				   "local t = {}\n"
				   "local function count() n = n + 1 t[#t + 1] = n end\n"
				   "count() count()\n"
				   "priority(n + #t)";
	struct rule rules[] = {{1, "count", text, 1}, {2, "breaks", "string = nil", 1},
		{3, "breaks", "_ENV.string = nil", 1}, {4, "breaks", "_ENV = {} x = 1", 1},
		{5, "count", text, 1}};
	struct rule_issues issues;
	struct rule_set *set = NULL;
	_cleanup_json_ json_t *facts = json_object();

	CHECK_INT(rule_set_new(rules, 5, &names, &set, &issues), 0);
	CHECK_INT(rule_set_len(set), 5);
	for (int i = 0; i < 2000; i++) {
		rule_set_run(set, facts, &result);
		if (result.wish.priority != 8 || result.n_failures > 3)
			break;
	}
	rule_set_free(set);
	CHECK_INT(result.wish.priority, 8);
	CHECK(result.n_failures <= 3);
}

/* Two sets, one fresh and one with a past, and the same facts: the same result to the last byte. */
TEST(the_same_facts_give_the_same_result)
{
	static const char text[] = "local sum = 0\n"
				   "for k, v in pairs{a = 1, b = 2, c = 3, d = 4} do sum = sum * 7 + v end\n"
				   "priority(sum % 100) note(caller.number .. sum)\n"
				   "any_of{support = 2, sales = 1, persian = 3}\n"
				   "if history.contacts_7_days > 2 then exclude 'last_agent' end";
	struct rule rule = {1, "one", text, 1};
	struct rule_issues issues;
	static struct rule_result first, second; /* static: the bytes between the fields are equal, too */
	struct rule_set *a = NULL, *b = NULL;

	CHECK_INT(rule_set_new(&rule, 1, &names, &a, &issues), 0);
	CHECK_INT(rule_set_new(&rule, 1, &names, &b, &issues), 0);
	for (int i = 0; i < 200; i++) {
		_cleanup_json_ json_t *past = rule_sample(i % 48);
		rule_set_run(a, past, &first);
	}
	for (int k = 0; k < 48; k++) {
		_cleanup_json_ json_t *facts = rule_sample(k);
		memset(&first, 0, sizeof(first));
		memset(&second, 0, sizeof(second));
		rule_set_run(a, facts, &first);
		rule_set_run(b, facts, &second);
		if (memcmp(&first, &second, sizeof(first)) != 0 || first.n_failures) {
			test_fail(__FILE__, __LINE__, "sample %d differs", k);
			break;
		}
	}
	rule_set_free(a);
	rule_set_free(b);
}

/* --- before saving
 * ---------------------------------------------------------------------------------------------------- */

static const char *issue_of(const char *text)
{
	static char shown[RULE_MESSAGE_SIZE + 16];
	struct rule_issues issues;

	if (rule_check(text, &names, &issues) < 0)
		return "no memory";
	shown[0] = '\0';
	if (issues.n)
		snprintf(shown, sizeof(shown), "%d: %s", issues.at[0].line, issues.at[0].message);
	return shown;
}

TEST(samples_find_what_only_shows_when_it_runs)
{
	CHECK_STR(issue_of("if time.hour >= 20 then queue 'Night team' end"), "");
	CHECK_STR(issue_of("if time.hour >= 20 then\n queue 'Nigth team' end"),
		"2: there is no queue called \"Nigth team\"");
	CHECK(has(issue_of("if customer.is_vip then priority(1) end"), "1: attempt to index a nil value"));
	CHECK_STR(issue_of("if customer and customer.is_vip then priority(1) end"), "");
	CHECK(has(issue_of("if customer and customer.vip then priority(1) end"),
		"customer has no field \"vip\"; it has id, name..."));
	CHECK(has(issue_of("if history.abandoned_today > 0 then\n\n require('repair') end"),
		"3: there is no skill called \"repair\""));
	CHECK(has(issue_of("while true do end"), "1: the rule does not come to an end"));
	CHECK(has(issue_of("x ="), "1: unexpected symbol near <eof>"));
	CHECK_STR(issue_of(""), "");
	CHECK(has(issue_of("\xff"), "0: this is no UTF-8 text"));
}

TEST(too_much_is_said)
{
	static char text[RULE_TEXT_MAX + 2];
	struct rule_issues issues;
	struct rule_set *set = NULL;

	memset(text, ' ', sizeof(text) - 1);
	CHECK(has(issue_of(text), "too long: at most 16000 bytes"));
	text[RULE_TEXT_MAX] = '\0';
	CHECK_STR(issue_of(text), "");
	memset(text, '(', RULE_TEXT_MAX);
	CHECK(has(issue_of(text), "overflow"));
	CHECK_INT(rule_set_new(NULL, RULES_MAX + 1, &names, &set, &issues), -EINVAL);
	CHECK_INT(rule_set_new(NULL, 0, &names, &set, &issues), 0);
	rule_set_run(set, NULL, &result);
	CHECK_INT(result.n_applied, 0);
	rule_set_free(set);
}

/* --- the documentation
 * -------------------------------------------------------------------------------------------------- */

static uint64_t find_anything(enum rule_name_kind kind, const char *name, void *arg)
{
	(void)arg;
	return name[0] ? (uint64_t)kind + 1 : 0;
}

TEST(examples_of_the_documentation_are_right)
{
	static const struct rule_names anything = {find_anything, NULL};
	FILE *f = fopen(RULES_DOC, "r");
	char line[1000], text[4000] = "";
	bool is_inside = false;
	int n = 0;

	CHECK(f);
	while (fgets(line, sizeof(line), f)) {
		struct rule_issues issues;
		if (!str_starts_with(line, "```")) {
			if (is_inside)
				snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s", line);
			continue;
		}
		if (is_inside) {
			if (rule_check(text, &anything, &issues) < 0 || issues.n)
				test_fail(RULES_DOC, n, "line %d: %s of\n%s", issues.at[0].line,
					issues.at[0].message, text);
			n++;
		}
		is_inside = str_starts_with(line, "```lua");
		text[0] = '\0';
	}
	fclose(f);
	CHECK(n >= 6);
}

/* --- names and results as others see them
 * ------------------------------------------------------------------------------ */

TEST_OOM(names_mean_one_row)
{
	static const char rows[] = "[{\"id\": \"0000000000005\", \"login\": \"mina\", \"name\": \"Mina K\"},"
				   "{\"id\": \"0000000000006\", \"login\": \"m2\", \"name\": \"Mina K\"},"
				   "{\"id\": \"0000000000007\", \"login\": \"reza\", \"name\": \"mina\"}]";
	_cleanup_json_ json_t *people = json_loads(rows, 0, NULL);
	struct rule_book *book = NULL;

	if (rule_book_new(&book) < 0)
		return;
	if (rule_book_add_all(book, RULE_AGENT, people) == 0 &&
		rule_book_add_all(book, RULE_QUEUE, people) == 0) {
		struct rule_names n = rule_book_names(book);
		CHECK_INT(n.find(RULE_AGENT, "MINA", n.arg), 5);
		CHECK_INT(n.find(RULE_AGENT, "reza", n.arg), 7);
		CHECK_INT(n.find(RULE_AGENT, "Mina K", n.arg), 0); /* two people */
		CHECK_INT(n.find(RULE_AGENT, "nobody", n.arg), 0);
		CHECK_INT(n.find(RULE_QUEUE, "mina", n.arg), 7);
		CHECK_INT(n.find(RULE_SKILL, "mina", n.arg), 0);
	}
	rule_book_free(book);
}

TEST(results_are_shown)
{
	static const char *const texts[] = {
		"queue 'Support' priority(3) note 'why'", "any_of{'sales', 'support'}", "\nnever()", NULL};

	CHECK_INT(run_list(texts, "{}"), 0);
	_cleanup_json_ json_t *j = rule_result_json(&result);
	CHECK_STR(jsonx_text(j, "queue", ""), "000000000000a");
	CHECK_INT(jsonx_int(j, "priority", 0), 3);
	CHECK(json_is_null(json_object_get(j, "preferred_agent")));
	const json_t *skills = json_object_get(j, "skills"), *applied = json_object_get(j, "applied");
	CHECK_INT(json_array_size(skills), 2);
	CHECK_STR(jsonx_text(json_array_get(skills, 1), "kind", ""), "required");
	CHECK_INT(jsonx_int(json_array_get(skills, 1), "any", 0), 1);
	CHECK_INT(json_array_size(applied), 2);
	CHECK_STR(jsonx_text(json_array_get(applied, 0), "note", ""), "why");
	CHECK_INT(jsonx_int(json_array_get(json_object_get(j, "failed"), 0), "line", 0), 2);
}

TEST_OOM(memory_may_run_out_at_any_moment)
{
	static const char text[] = "local t = {} for i = 1, 20 do t[i] = 'x' .. i end\n"
				   "for k, v in pairs(t) do end priority(#t) any_of{'sales', support = 2}";
	struct rule rule = {1, "one", text, 1};
	struct rule_issues issues;
	struct rule_set *set = NULL;
	int err = rule_set_new(&rule, 1, &names, &set, &issues);

	if (err == -ENOMEM)
		return;
	if (err == 0)
		rule_set_run(set, NULL, &result);
	rule_set_free(set);
	CHECK_INT(err, 0);
	CHECK_INT(result.n_failures, alloc_has_failed() ? 1 : 0);
	CHECK_INT(result.wish.priority, alloc_has_failed() ? 0 : 20);
	if (alloc_has_failed())
		CHECK_STR(result.failures[0].message, "the server is short of memory");
}
