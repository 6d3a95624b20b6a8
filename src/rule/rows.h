/* The rules that run, from the rows of their resource. PURE. */
#pragma once
#include "rule/rule.h"

/* Fills rules (borrowed from rows) with those that are active, by position, then id. The number of active
 * ones: what exceeds RULES_MAX is left out. -ENOMEM. */
int rule_rows_active(const json_t *rows, struct rule rules[static RULES_MAX]);
