/* Results as JSON, for screens and the log (docs/protocol.md). PURE. */
#pragma once
#include "rule/rule.h"

/* {"queue", "priority", "head_start_s", "target_s", "skills", "excluded", "preferred_agent", "patience_s",
 * "is_stopped", "applied", "failed"}. The caller owns it; NULL when memory is out. */
json_t *rule_result_json(const struct rule_result *result);
/* [{"rule", "name", "version", "note"}] of the rules that said something. */
json_t *rule_applied_json(const struct rule_result *result);
