/* What is special about business rules: the text is checked before it is saved. */
#pragma once
#include "api/exchange.h"

/* Adds what is wrong with a rule's text ("/text", "line 3: ..."), as it would run with the queues, skills and
 * people there are. 0, a store_result or -errno. Worker thread. */
int business_rule_check(struct exchange *x, const char *text, struct issues *issues);
