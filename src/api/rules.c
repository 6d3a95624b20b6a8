/* Business rules: checked before they are saved, checked and tried without being saved. */
#include "api/asked.h"
#include "api/auth.h"
#include "api/handlers.h"
#include "api/problem.h"
#include "api/rules_http.h"
#include "api/server.h"
#include "base/alloc.h"
#include "rule/names.h"
#include "rule/rows.h"
#include "rule/show.h"

#include <errno.h>

#define LIST_CHUNK 1000

/* --- what the store says
 * ---------------------------------------------------------------------------------------------- */

/* All rows of a resource, page by page. 0, a store_result or -errno. */
static int read_all(struct exchange *x, const char *resource, json_t **ret_rows)
{
	_cleanup_json_ json_t *all = json_array();

	for (uint64_t after = 0; all;) {
		_cleanup_json_ json_t *page = NULL;
		int result = store_list(x->reader, resource_by_name(resource), x->who.tenant, after,
			LIST_CHUNK, NULL, false, &page);
		if (result != 0)
			return result;
		if (json_array_extend(all, page) < 0)
			return -ENOMEM;
		size_t n = json_array_size(page);
		if (n < LIST_CHUNK) {
			*ret_rows = TAKE_PTR(all);
			return 0;
		}
		after = jsonx_id(json_array_get(page, n - 1), "id");
	}
	return -ENOMEM;
}

static int read_names(struct exchange *x, struct rule_book **ret_book)
{
	static const char *const resource_of[] = {
		[RULE_QUEUE] = "queue", [RULE_SKILL] = "skill", [RULE_AGENT] = "user"};
	struct rule_book *book = NULL;
	int result = rule_book_new(&book);

	for (int kind = 0; kind <= RULE_AGENT && result == 0; kind++) {
		_cleanup_json_ json_t *rows = NULL;
		result = read_all(x, resource_of[kind], &rows);
		if (result == 0)
			result = rule_book_add_all(book, (enum rule_name_kind)kind, rows);
	}
	if (result == 0)
		*ret_book = book;
	else
		rule_book_free(book);
	return result;
}

static int check(struct exchange *x, const char *text, struct rule_issues *issues)
{
	struct rule_book *book = NULL;
	int result = read_names(x, &book);

	if (result != 0)
		return result;
	struct rule_names names = rule_book_names(book);
	result = rule_check(text, &names, issues);
	rule_book_free(book);
	return result;
}

int business_rule_check(struct exchange *x, const char *text, struct issues *issues)
{
	struct rule_issues found;
	int result = check(x, text, &found);

	for (int i = 0; result == 0 && i < found.n; i++) {
		const struct rule_issue *f = &found.at[i];
		if (f->line)
			issue_add(issues, "/text", "invalid", "line %d: %s", f->line, f->message);
		else
			issue_add(issues, "/text", "invalid", "%s", f->message);
	}
	return result;
}

/* --- business-rules/check
 * ---------------------------------------------------------------------------------------------- */

void rule_check_post(struct exchange *x)
{
	_cleanup_json_ json_t *body = body_object(x);
	const char *text = jsonx_text(body, "text", NULL);
	struct rule_issues found;
	json_t *list;

	if (!body)
		return;
	if (!text) {
		problem(x, PROBLEM_INVALID, "Send the rule as \"text\".");
		return;
	}
	int result = check(x, text, &found);
	if (result != 0) {
		problem_store(x, result, NULL);
		return;
	}
	list = json_array();
	for (int i = 0; i < found.n; i++)
		json_array_append_new(list,
			json_pack("{s:i, s:s}", "line", found.at[i].line, "message", found.at[i].message));
	reply_json(x, 200, json_pack("{s:o}", "issues", list));
}

/* --- business-rules/failures
 * ------------------------------------------------------------------------------------------------ */

void rule_failures_get(struct exchange *x)
{
	struct asked *a = asked_new();
	json_t *list = NULL;
	int result = -ENOMEM;

	if (a)
		result = asked_wait(a, center_rule_failures(x->api->parts.center, asked_on_json, a), &list);
	if (result != 0)
		problem_store(x, result, NULL);
	else
		reply_json(x, 200, json_pack("{s:o}", "items", list));
}

/* --- business-rules/try
 * ------------------------------------------------------------------------------------------------ */

/* The facts given, over those of an unknown caller. NULL when memory is out. */
static json_t *complete_facts(const json_t *given)
{
	_cleanup_json_ json_t *facts = rule_sample(0);
	const char *name;
	json_t *group;

	if (!facts)
		return NULL;
	json_object_foreach((json_t *)given, name, group)
	{
		json_t *own = json_object_get(facts, name);
		bool is_part = json_is_object(own) && json_is_object(group);
		if ((is_part ? json_object_update(own, group) : json_object_set(facts, name, group)) < 0)
			return NULL;
	}
	return json_incref(facts);
}

/* Answers with the result of these rules, or with what is wrong with the only one. */
static void try_rules(
	struct exchange *x, const struct rule *rules, int n, const json_t *facts, struct rule_book *book)
{
	struct rule_names names = rule_book_names(book);
	struct rule_result *result = alloc_zero(sizeof(*result));
	struct rule_issues found;
	struct rule_set *set = NULL;
	int err = result ? rule_set_new(rules, n, &names, &set, &found) : -ENOMEM;

	if (err < 0) {
		problem_store(x, err, NULL);
	} else if (n == 1 && !rules[0].id && found.n) {
		struct issues issues = {0};
		issue_add(&issues, "/text", "invalid", "line %d: %s", found.at[0].line, found.at[0].message);
		problem_issues(x, &issues);
	} else {
		rule_set_run(set, facts, result);
		reply_json(x, 200, rule_result_json(result));
	}
	rule_set_free(set);
	alloc_free(result);
}

void rule_try_post(struct exchange *x)
{
	_cleanup_json_ json_t *body = body_object(x), *rows = NULL, *facts = NULL;
	const json_t *text = json_object_get(body, "text"), *given = json_object_get(body, "facts");
	struct rule rules[RULES_MAX] = {{.name = "", .text = json_string_value(text), .version = 0}};
	struct rule_book *book = NULL;
	int n = 1;

	if (!body)
		return;
	if ((text && !json_is_string(text) && !json_is_null(text)) || (given && !json_is_object(given))) {
		problem(x, PROBLEM_INVALID,
			"Send \"text\" (a rule, or null for all that are saved) and \"facts\" (an object).");
		return;
	}
	int result = read_names(x, &book);
	if (result == 0 && !json_is_string(text)) {
		result = read_all(x, "business_rule", &rows);
		n = result == 0 ? rule_rows_active(rows, rules) : 0;
		if (n > RULES_MAX)
			n = RULES_MAX;
	}
	facts = complete_facts(given);
	if (result == 0 && (n < 0 || !facts))
		result = -ENOMEM;
	if (result == 0)
		try_rules(x, rules, n, facts, book);
	else
		problem_store(x, result, NULL);
	rule_book_free(book);
}
