/* Any bytes as a business rule: compiled and run over samples, inside its limits. Names mean something when
 * they begin with a letter, so that all words are reached. */
#include "rule/rule.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t find(enum rule_name_kind kind, const char *name, void *arg)
{
	(void)arg;
	return name[0] >= 'A' ? (uint64_t)kind * 256 + (uint64_t)(unsigned char)name[0] : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct rule_names names = {find, NULL};
	struct rule_issues issues;
	struct rule_set *set = NULL;
	struct rule_result result;
	char *text = malloc(size + 1);

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	const struct rule rules[] = {{1, "first", text, 1}, {2, "second", "priority(1)", 1}};
	if (rule_set_new(rules, 2, &names, &set, &issues) == 0) {
		for (int k = 0; k < 48; k += 13) {
			_cleanup_json_ json_t *facts = rule_sample(k);
			rule_set_run(set, facts, &result);
			const struct rule_wish *w = &result.wish;
			if (w->n_asks > ASKS_MAX || w->n_excluded > RULE_EXCLUDED_MAX ||
				w->priority > RULE_PRIORITY_MAX || w->priority < -RULE_PRIORITY_MAX)
				abort();
			for (int i = 0; i < w->n_asks; i++)
				if (!w->asks[i].skill || w->asks[i].level < 1 ||
					w->asks[i].level > ASK_LEVEL_MAX)
					abort();
		}
		rule_set_free(set);
	}
	free(text);
	return 0;
}
