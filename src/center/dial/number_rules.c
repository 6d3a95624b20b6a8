/* See number_rules.h. */
#include "center/dial/number_rules.h"
#include "base/str.h"

#include <string.h>

bool number_rules_apply(const char *const *rules, int n, const char *number, char *ret_number)
{
	const char *best = NULL;
	size_t best_len = 0;
	char text[DIAL_NUMBER_MAX];

	for (int i = 0; i < n; i++) {
		const char *sign = strchr(rules[i], '=');
		size_t len = sign ? (size_t)(sign - rules[i]) : 0;
		if (!sign || strncmp(number, rules[i], len) != 0 || (best && len <= best_len))
			continue;
		best = sign + 1;
		best_len = len;
	}
	if (!best || str_printf(text, sizeof(text), "%s%s", best, number + best_len) < 0)
		return false;
	(void)str_put(ret_number, DIAL_NUMBER_MAX, text);
	return true;
}
