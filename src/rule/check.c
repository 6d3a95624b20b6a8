/* A rule before it is saved: compiled, then run over samples of what calls here may look like, so that what
 * only shows when it runs (a name that means nothing, a customer who is not known) shows now. */
#include "base/str.h"
#include "rule/rule.h"

#include <errno.h>
#include <string.h>

#define HOURS 4
#define DAYS 3
#define CALLERS 4

static json_t *customer_sample(int k)
{
	if (k == 0)
		return json_null();
	return json_pack("{s:s, s:s, s:[s], s:s, s:s, s:s, s:b, s:i, s:s?}", "id", "0000000000001", "name",
		"Mina Karimi", "numbers", "+989121234567", "email", "mina@example.org", "language",
		k == 2 ? "zh" : "fa", "notes", "", "is_vip", k == 2, "value", k * 30, "account_owner", NULL);
}

/* Who never called, who calls now and then, a VIP, and one whose complaint comes again and again. */
static json_t *history_sample(int k)
{
	static const struct {
		int contacts, abandoned, since_s;
		const char *result;
	} samples[CALLERS] = {{0, 0, 0, NULL}, {1, 0, 5 * 86400, "answered"}, {3, 0, 7200, "answered"},
		{6, 2, 900, "abandoned"}};

	json_t *since = samples[k].contacts ? json_integer(samples[k].since_s) : json_null();
	return json_pack("{s:i, s:i, s:o, s:n, s:s?, s:n, s:s?}", "contacts_7_days", samples[k].contacts,
		"abandoned_today", samples[k].abandoned, "since_last_s", since, "last_agent", "last_queue",
		k ? "Support" : NULL, "last_disposition", "last_result", samples[k].result);
}

json_t *rule_sample(int k)
{
	static const int hours[HOURS] = {10, 14, 21, 3};
	static const struct {
		const char *name, *date;
	} days[DAYS] = {{"monday", "2026-11-23"}, {"friday", "2026-11-27"}, {"sunday", "2026-11-29"}};

	if (k < 0 || k >= HOURS * DAYS * CALLERS)
		return NULL;
	int caller = k % CALLERS, hour = hours[k / CALLERS % HOURS], day = k / CALLERS / HOURS;
	return json_pack("{s:{s:s, s:s}, s:o, s:{s:s, s:s, s:s, s:{}, s:{}}, s:{s:s, s:s, s:i, s:i}, s:o, "
			 "s:{s:i, s:i, s:s, s:s}}",
		"caller", "number", "+989121234567", "name", caller ? "Mina Karimi" : "", "customer",
		customer_sample(caller), "contact", "channel", "voice", "called", "+982112345678", "language",
		"en", "variables", "chosen", "queue", "id", "0000000000002", "name", "Support", "waiting",
		caller * 3, "estimate_s", caller ? caller * 60 : -1, "history", history_sample(caller),
		"time", "hour", hour, "minute", 30, "weekday", days[day].name, "date", days[day].date);
}

static bool is_known(const struct rule_issues *issues, const struct rule_failure *f)
{
	for (int i = 0; i < issues->n; i++)
		if (issues->at[i].line == f->line && str_equal(issues->at[i].message, f->message))
			return true;
	return issues->n == RULE_ISSUES_MAX;
}

static void add_failures(const struct rule_result *result, struct rule_issues *issues)
{
	for (int i = 0; i < result->n_failures && i < RULE_FAILURES_MAX; i++) {
		const struct rule_failure *f = &result->failures[i];
		if (is_known(issues, f))
			continue;
		issues->at[issues->n].rule = 0;
		issues->at[issues->n].line = f->line;
		str_put(issues->at[issues->n].message, sizeof(issues->at[0].message), f->message);
		issues->n++;
	}
}

int rule_check(const char *text, const struct rule_names *names, struct rule_issues *issues)
{
	const struct rule rule = {.id = 1, .name = "rule", .text = text, .version = 1};
	struct rule_set *set = NULL;
	struct rule_result result;
	int err = rule_set_new(&rule, 1, names, &set, issues);

	if (err < 0)
		return err;
	for (int k = 0; issues->n == 0 && k < HOURS * DAYS * CALLERS; k++) {
		_cleanup_json_ json_t *facts = rule_sample(k);
		if (!facts) {
			err = -ENOMEM;
			break;
		}
		rule_set_run(set, facts, &result);
		add_failures(&result, issues);
	}
	rule_set_free(set);
	return err;
}
