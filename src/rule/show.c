/* See show.h. */
#include "rule/show.h"
#include "base/id.h"

#include <string.h>

/* A new text, or null for 0. */
static json_t *id_json(uint64_t id)
{
	char text[ID_TEXT_SIZE];

	return id ? json_string(id_text(id, text)) : json_null();
}

static json_t *asks_json(const struct rule_wish *w)
{
	static const char *const kinds[] = {[ASK_REQUIRED] = "required",
		[ASK_FIXED] = "always",
		[ASK_PREFERRED] = "preferred",
		[ASK_NOT] = "not"};
	json_t *list = json_array();

	for (int i = 0; i < w->n_asks; i++)
		json_array_append_new(list,
			json_pack("{s:o, s:i, s:i, s:s}", "skill", id_json(w->asks[i].skill), "level",
				w->asks[i].level, "any", w->asks[i].any, "kind", kinds[w->asks[i].kind]));
	return list;
}

static json_t *excluded_json(const struct rule_wish *w)
{
	json_t *list = json_array();

	for (int i = 0; i < w->n_excluded; i++)
		json_array_append_new(list, id_json(w->excluded[i]));
	return list;
}

json_t *rule_applied_json(const struct rule_result *result)
{
	json_t *list = json_array();

	for (int i = 0; i < result->n_applied; i++) {
		const struct rule_said *r = &result->applied[i];
		json_array_append_new(
			list, json_pack("{s:o, s:s, s:I, s:s}", "rule", id_json(r->rule), "name", r->name,
				      "version", (json_int_t)r->version, "note", r->note));
	}
	return list;
}

static json_t *failed_json(const struct rule_result *result)
{
	json_t *list = json_array();

	for (int i = 0; i < result->n_failures && i < RULE_FAILURES_MAX; i++) {
		const struct rule_failure *f = &result->failures[i];
		json_array_append_new(list,
			json_pack("{s:o, s:s, s:I, s:i, s:s}", "rule", id_json(f->rule), "name", f->name,
				"version", (json_int_t)f->version, "line", f->line, "message", f->message));
	}
	return list;
}

json_t *rule_result_json(const struct rule_result *result)
{
	const struct rule_wish *w = &result->wish;

	return json_pack("{s:o, s:i, s:i, s:i, s:o, s:o, s:o, s:i, s:b, s:o, s:o}", "queue",
		id_json(w->queue), "priority", w->priority, "head_start_s", w->head_start_s, "target_s",
		w->target_s, "skills", asks_json(w), "excluded", excluded_json(w), "preferred_agent",
		id_json(w->preferred_agent), "patience_s", w->patience_s, "is_stopped", w->is_stopped,
		"applied", rule_applied_json(result), "failed", failed_json(result));
}
