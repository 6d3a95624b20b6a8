/* See rules.h. The result of a run is kept with the rules until the next one: between rules_run and rules_log
 * nothing else happens on the centre's thread. */
#include "center/routing/rules.h"
#include "base/id.h"
#include "base/log.h"
#include "base/str.h"
#include "center/state.h"
#include "flow/day.h"
#include "rule/names.h"
#include "rule/rows.h"
#include "rule/show.h"

#include <errno.h>
#include <stdlib.h>

#define PAGE 1000
#define FAILURE_EVERY_MS 60000
#define MINUTE_MS 60000

struct failing { /* a rule that failed: remembered, so that it is not said with every contact */
	struct rule_failure last;
	int64_t said_mono, at_wall;
	int unsaid; /* times since it was said */
	int64_t times;
};
struct rules {
	struct rule_set *set;
	struct rule_book *book;
	struct rule_result result; /* of the last run */
	bool has_result;
	struct failing failing[RULES_MAX];
	int n_failing;
	int64_t minute; /* of *now, wall */
	struct day_time now;
};

/* --- loading
 * -----------------------------------------------------------------------------------------------------------
 */

static int rows_of(struct store_reader *reader, uint64_t tenant, const char *resource, json_t **ret_rows)
{
	_cleanup_json_ json_t *all = json_array();

	for (uint64_t after = 0; all;) {
		_cleanup_json_ json_t *page = NULL;
		int err = store_list(
			reader, resource_by_name(resource), tenant, after, PAGE, NULL, false, &page);
		if (err)
			return err < 0 ? err : -EIO;
		if (json_array_extend(all, page) < 0)
			return -ENOMEM;
		if (json_array_size(page) < PAGE) {
			*ret_rows = TAKE_PTR(all);
			return 0;
		}
		after = jsonx_id(json_array_get(page, PAGE - 1), "id");
	}
	return -ENOMEM;
}

static int load_names(struct store_reader *reader, uint64_t tenant, struct rules *r)
{
	static const char *const resource_of[] = {
		[RULE_QUEUE] = "queue", [RULE_SKILL] = "skill", [RULE_AGENT] = "user"};
	int err = rule_book_new(&r->book);

	for (int kind = 0; kind <= RULE_AGENT && err == 0; kind++) {
		_cleanup_json_ json_t *rows = NULL;
		err = rows_of(reader, tenant, resource_of[kind], &rows);
		if (err == 0)
			err = rule_book_add_all(r->book, (enum rule_name_kind)kind, rows);
	}
	return err;
}

static int compile(struct rules *r, const json_t *rows)
{
	struct rule_names names = rule_book_names(r->book);
	struct rule list[RULES_MAX];
	struct rule_issues issues;
	int n = rule_rows_active(rows, list), err;

	if (n > RULES_MAX) {
		log_error("center", 0, "only the first %d of %d business rules run: join some", RULES_MAX, n);
		n = RULES_MAX;
	}
	err = n < 0 ? n : rule_set_new(list, n, &names, &r->set, &issues);
	for (int i = 0; err == 0 && i < issues.n; i++)
		log_error("center", 0, "the business rule \"%s\" is left out: line %d: %s",
			list[issues.at[i].rule].name, issues.at[i].line, issues.at[i].message);
	return err;
}

int rules_load(struct store_reader *reader, uint64_t tenant, struct rules **ret_rules)
{
	_cleanup_json_ json_t *rows = NULL;
	struct rules *r;
	int err = rows_of(reader, tenant, "business_rule", &rows);

	if (err < 0)
		return err;
	if (json_array_size(rows) == 0) {
		*ret_rules = NULL;
		return 0;
	}
	r = alloc_zero(sizeof(*r));
	err = r ? load_names(reader, tenant, r) : -ENOMEM;
	if (err == 0)
		err = compile(r, rows);
	if (err < 0) {
		rules_free(r);
		return err;
	}
	*ret_rules = r;
	return 0;
}

void rules_free(struct rules *r)
{
	if (!r)
		return;
	rule_set_free(r->set);
	rule_book_free(r->book);
	alloc_free(r);
}

/* --- failures
 * ---------------------------------------------------------------------------------------------------------
 */

static struct failing *failing_of(struct rules *r, uint64_t rule)
{
	for (int i = 0; i < r->n_failing; i++)
		if (r->failing[i].last.rule == rule)
			return &r->failing[i];
	if (r->n_failing == RULES_MAX)
		return NULL;
	r->failing[r->n_failing] = (struct failing){.said_mono = INT64_MIN / 2};
	return &r->failing[r->n_failing++];
}

static void say_failure(struct interaction *ix, struct rules *r, const struct rule_failure *f)
{
	struct center *c = ix->center;
	struct failing *known = failing_of(r, f->rule);
	char text[RULE_MESSAGE_SIZE + 64];

	if (!known)
		return;
	known->last = *f;
	known->at_wall = center_wall(c);
	known->times++;
	known->unsaid++;
	if (c->now_ms - known->said_mono < FAILURE_EVERY_MS)
		return;
	str_printf(text, sizeof(text), known->unsaid > 1 ? "%s (%d times since it was said last)" : "%s",
		f->message, known->unsaid);
	known->said_mono = c->now_ms;
	known->unsaid = 0;
	log_warn("center", ix->id, "the business rule \"%s\" failed in line %d: %s", f->name, f->line, text);
	emit(c, &(struct event){.type = EVENT_RULE_FAILED,
			.interaction = ix->id,
			.ref = f->rule,
			.name = f->name,
			.number = f->line,
			.text = text});
}

void rules_inherit(struct rules *r, const struct rules *old)
{
	if (!r || !old)
		return;
	for (int i = 0; i < old->n_failing; i++)
		if (rule_set_version(r->set, old->failing[i].last.rule) == old->failing[i].last.version)
			r->failing[r->n_failing++] = old->failing[i];
}

json_t *rules_failures(const struct rules *r)
{
	json_t *list = json_array();

	for (int i = 0; r && i < r->n_failing; i++) {
		const struct failing *f = &r->failing[i];
		json_array_append_new(
			list, json_pack("{s:o, s:s, s:I, s:i, s:s, s:I, s:I}", "rule", json_id(f->last.rule),
				      "name", f->last.name, "version", (json_int_t)f->last.version, "line",
				      f->last.line, "message", f->last.message, "at", (json_int_t)f->at_wall,
				      "times", (json_int_t)f->times));
	}
	return list;
}

/* --- one contact
 * ------------------------------------------------------------------------------------------------------ */

uint64_t rules_run(struct interaction *ix, uint64_t queue, bool is_movable)
{
	struct rules *r = ix->center->snapshot->rules;

	if (!r)
		return queue;
	int64_t wall = center_wall(ix->center);
	if (wall / MINUTE_MS != r->minute) /* the calendar costs more than all rules together */
		day_time(ix->center->snapshot->time_zone, wall, &r->now);
	r->minute = wall / MINUTE_MS;
	_cleanup_json_ json_t *facts = rules_facts(ix, queue, &r->now);
	if (!facts) /* rather none than with half the truth */
		return queue;
	rule_set_run(r->set, facts, &r->result);
	r->has_result = true;
	for (int i = 0; i < r->result.n_failures && i < RULE_FAILURES_MAX; i++)
		say_failure(ix, r, &r->result.failures[i]);
	uint64_t wanted = r->result.wish.queue;
	return is_movable && wanted && snapshot_queue(ix->center->snapshot, wanted) ? wanted : queue;
}

static void fill_asks(struct interaction *ix, const struct rule_wish *w, struct route_input *in)
{
	uint8_t sets = 0;

	for (int i = 0; i < in->n_asks; i++)
		sets = in->asks[i].any > sets ? in->asks[i].any : sets;
	if (in->n_asks + w->n_asks > ROUTE_ASKS_MAX) {
		log_warn("center", ix->id,
			"flow and business rules ask for more than %d skills: the rules' are left out",
			ROUTE_ASKS_MAX);
		return;
	}
	for (int i = 0; i < w->n_asks; i++) {
		const struct ask *a = &w->asks[i];
		in->asks[in->n_asks++] = (struct route_ask){.skill = a->skill,
			.level = a->level,
			.any = a->any ? (uint8_t)(a->any + sets) : 0,
			.kind = a->kind};
	}
}

static void fill_excluded(const struct rule_wish *w, struct route_input *in)
{
	for (int i = 0; i < w->n_excluded && in->n_excluded < ROUTE_EXCLUDED_MAX; i++) {
		bool is_in = false;
		for (int k = 0; k < in->n_excluded; k++)
			is_in |= in->excluded[k] == w->excluded[i];
		if (!is_in)
			in->excluded[in->n_excluded++] = w->excluded[i];
	}
}

void rules_fill(struct interaction *ix, struct route_input *in)
{
	_Static_assert((int)ASK_REQUIRED == (int)ROUTE_REQUIRED && (int)ASK_FIXED == (int)ROUTE_FIXED &&
			       (int)ASK_PREFERRED == (int)ROUTE_PREFERRED && (int)ASK_NOT == (int)ROUTE_NOT,
		"kinds of asks are routing's");
	const struct rules *r = ix->center->snapshot->rules;

	if (!r || !r->has_result)
		return;
	const struct rule_wish *w = &r->result.wish;
	const struct agent *preferred =
		w->preferred_agent ? map_get(&ix->center->agents, w->preferred_agent) : NULL;
	int64_t head_start_ms = in->head_start_ms + w->head_start_s * INT64_C(1000);

	in->priority += w->priority;
	in->head_start_ms =
		head_start_ms > ROUTE_EXTEND_MAX_MS ? ROUTE_EXTEND_MAX_MS : (int32_t)head_start_ms;
	if (w->target_s)
		in->target_ms = w->target_s * 1000;
	fill_asks(ix, w, in);
	fill_excluded(w, in);
	/* Waiting for somebody who is not there would be for nothing. */
	if (preferred && preferred->is_available) {
		in->preferred_agent = w->preferred_agent;
		in->preferred_patience_ms = w->patience_s * 1000;
	}
}

void rules_log(struct interaction *ix, uint64_t wanted)
{
	struct rules *r = ix->center->snapshot->rules;

	if (!r || !r->has_result)
		return;
	r->has_result = false;
	if (!r->result.n_applied)
		return;
	_cleanup_json_ json_t *applied = rule_applied_json(&r->result);
	char *text = NULL;
	/* A text that is cut is no list any more: rather fewer rules. */
	while (applied && (text = jsonx_dump(applied)) && strlen(text) > EVENT_TEXT_MAX) {
		free(text);
		json_array_remove(applied, json_array_size(applied) - 1);
	}
	emit(ix->center, &(struct event){.type = EVENT_RULE_APPLIED,
				 .interaction = ix->id,
				 .segment = ix->segment.id,
				 .queue = ix->segment.queue,
				 .ref = wanted,
				 .number = r->result.n_applied,
				 .text = text});
	free(text);
}
