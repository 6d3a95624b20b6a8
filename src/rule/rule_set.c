/* A set of compiled rules, and one run of them all. What a rule says is collected beside what those before it
 * said, and taken over when it ended well. */
#include "base/alloc.h"
#include "base/str.h"
#include "rule/sandbox.h"

#include <errno.h>
#include <string.h>

struct compiled {
	uint64_t id;
	int64_t version;
	char name[RULE_NAME_SIZE];
	int ref;
};
struct rule_set {
	struct sandbox sandbox;
	struct rule_names names;
	int n;
	struct compiled rules[];
};

static void add_issue(struct rule_issues *issues, int rule, int line, const char *message)
{
	if (issues->n == RULE_ISSUES_MAX)
		return;
	struct rule_issue *issue = &issues->at[issues->n++];
	issue->rule = rule;
	issue->line = line;
	str_put(issue->message, sizeof(issue->message), message);
}

/* 0, -EINVAL with an issue, -ENOMEM. */
static int compile(struct rule_set *set, const struct rule *rule, int index, struct rule_issues *issues)
{
	struct compiled *c = &set->rules[set->n];
	size_t len = rule->text ? strlen(rule->text) : 0;
	int err;

	if (len > RULE_TEXT_MAX || !str_is_utf8(rule->text ? rule->text : "", len)) {
		char message[80];
		str_printf(message, sizeof(message),
			len > RULE_TEXT_MAX ? "too long: at most %d bytes" : "this is no UTF-8 text",
			RULE_TEXT_MAX);
		add_issue(issues, index, 0, message);
		return -EINVAL;
	}
	err = sandbox_compile(&set->sandbox, len ? rule->text : "", &c->ref);
	if (err == -EINVAL)
		add_issue(issues, index, set->sandbox.line, set->sandbox.message);
	if (err < 0)
		return err;
	c->id = rule->id;
	c->version = rule->version;
	str_put(c->name, sizeof(c->name), rule->name);
	set->n++;
	return 0;
}

int rule_set_new(const struct rule *rules, int n, const struct rule_names *names, struct rule_set **ret_set,
	struct rule_issues *issues)
{
	struct rule_set *set;
	int err;

	issues->n = 0;
	if (n < 0 || n > RULES_MAX)
		return -EINVAL;
	set = alloc_zero(sizeof(*set) + (size_t)n * sizeof(set->rules[0]));
	if (!set)
		return -ENOMEM;
	set->names = *names;
	err = sandbox_open(&set->sandbox);
	for (int i = 0; i < n && err != -ENOMEM; i++)
		err = compile(set, &rules[i], i, issues);
	if (err == -ENOMEM) {
		rule_set_free(set);
		return err;
	}
	*ret_set = set;
	return 0;
}

void rule_set_free(struct rule_set *set)
{
	if (set)
		sandbox_close(&set->sandbox);
	alloc_free(set);
}

int rule_set_len(const struct rule_set *set)
{
	return set->n;
}

int64_t rule_set_version(const struct rule_set *set, uint64_t rule)
{
	for (int i = 0; i < set->n; i++)
		if (set->rules[i].id == rule)
			return set->rules[i].version;
	return -1;
}

static void keep_failure(const struct rule_set *set, const struct compiled *c, struct rule_result *result)
{
	if (result->n_failures++ >= RULE_FAILURES_MAX)
		return;
	struct rule_failure *f = &result->failures[result->n_failures - 1];
	f->rule = c->id;
	f->version = c->version;
	f->line = set->sandbox.line;
	str_put(f->name, sizeof(f->name), c->name);
	str_put(f->message, sizeof(f->message), set->sandbox.message);
}

static void keep_applied(const struct compiled *c, const char *note, struct rule_result *result)
{
	if (result->n_applied == RULE_APPLIED_MAX)
		return;
	struct rule_said *said = &result->applied[result->n_applied++];
	said->rule = c->id;
	said->version = c->version;
	str_put(said->name, sizeof(said->name), c->name);
	str_put(said->note, sizeof(said->note), note);
}

void rule_set_run(struct rule_set *set, const json_t *facts, struct rule_result *ret_result)
{
	struct sandbox *s = &set->sandbox;
	int64_t steps = 0;

	ret_result->wish = (struct rule_wish){0};
	ret_result->n_applied = ret_result->n_failures = 0;
	s->facts = facts;
	s->names = &set->names;
	for (int i = 0; i < set->n && !ret_result->wish.is_stopped; i++) {
		struct rule_wish wish = ret_result->wish;
		char note[RULE_NOTE_SIZE] = "";
		s->wish = &wish;
		s->note = note;
		int err = sandbox_call(s, set->rules[i].ref, &steps);
		s->wish = NULL;
		s->note = NULL;
		if (err < 0) {
			keep_failure(set, &set->rules[i], ret_result);
			continue;
		}
		ret_result->wish = wish;
		if (s->has_said)
			keep_applied(&set->rules[i], note, ret_result);
	}
	s->facts = NULL;
	sandbox_collect(s);
}
