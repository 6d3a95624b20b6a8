/* Why this agent? The log names the decisions of a contact's offers, the centre explains those that routing
 * still keeps, the routing log gives the others once more, and the business rules that applied stand in the
 * log, too. */
#include "api/asked.h"
#include "api/handlers.h"
#include "api/problem.h"
#include "api/reach.h"
#include "api/server.h"
#include "base/id.h"
#include "center/routing/old_decisions.h"

#include <errno.h>

/* The decisions that the contact's events name, each once. Their number. */
static int named_decisions(const json_t *events, struct center_decision *ret_list, int max)
{
	int n = 0;
	size_t i;
	json_t *e;

	json_array_foreach(events, i, e)
	{
		const json_t *data = json_object_get(e, "data");
		struct center_decision d = {
			(uint64_t)jsonx_int(data, "decision", 0), jsonx_id(data, "segment")};
		bool is_known = false;
		if (!str_equal(jsonx_text(e, "type", NULL), "offer.made") || !d.decision || n == max)
			continue;
		for (int k = 0; k < n; k++) /* one of ring all has many offers */
			is_known |= ret_list[k].decision == d.decision && ret_list[k].segment == d.segment;
		if (!is_known)
			ret_list[n++] = d;
	}
	return n;
}

/* The business rules that applied when this segment began. */
static json_t *rules_of(const json_t *events, uint64_t segment)
{
	size_t i;
	json_t *e;

	json_array_foreach(events, i, e)
	{
		const json_t *data = json_object_get(e, "data");
		if (!str_equal(jsonx_text(e, "type", NULL), "rule.applied") ||
			jsonx_id(data, "segment") != segment)
			continue;
		json_t *list = json_loads(jsonx_text(data, "rules", "[]"), 0, NULL);
		if (json_is_array(list))
			return list;
		json_decref(list); /* cut off by the limit of an event's text */
	}
	return json_array();
}

static bool was_rung(const json_t *events, const json_t *decision, uint64_t agent)
{
	size_t i;
	json_t *e;

	json_array_foreach(events, i, e)
	{
		const json_t *data = json_object_get(e, "data");
		if (str_equal(jsonx_text(e, "type", NULL), "offer.made") &&
			jsonx_id(data, "agent") == agent &&
			jsonx_int(data, "decision", 0) == jsonx_int(decision, "decision", -1) &&
			jsonx_id(data, "segment") == jsonx_id(decision, "segment"))
			return true;
	}
	return false;
}

/* Ring all: routing names the first it chose; all whom the log says it rang were chosen. */
static void mark_chosen(const json_t *events, const json_t *decision)
{
	size_t i;
	json_t *c;

	if (!str_equal(jsonx_text(decision, "strategy", NULL), "ring_all"))
		return;
	json_array_foreach(json_object_get(decision, "candidates"), i, c)
	{
		if (was_rung(events, decision, jsonx_id(c, "agent")))
			(void)jsonx_set_text(c, "verdict", "chosen");
	}
}

/* Puts those that routing keeps no more, derived anew from the routing log, before those it still has. 0 or
 * -errno. */
static int add_older(struct exchange *x, uint64_t interaction, const struct center_decision *list, int n,
	json_t *decisions)
{
	struct center_decision missing[CENTER_DECISIONS_MAX];
	_cleanup_json_ json_t *older = NULL;
	int n_missing = 0;
	size_t i;
	json_t *d;

	for (int k = 0; k < n; k++) {
		bool is_kept = false;
		json_array_foreach(decisions, i, d)
		{
			is_kept |= (uint64_t)jsonx_int(d, "decision", 0) == list[k].decision &&
				   jsonx_id(d, "segment") == list[k].segment;
		}
		if (!is_kept)
			missing[n_missing++] = list[k];
	}
	if (n_missing == 0)
		return 0;
	int err = old_decisions(x->reader, id_wall_ms(interaction), missing, n_missing, &older);
	if (err < 0)
		return err;
	json_array_foreach(older, i, d)
	{
		if (json_array_insert(decisions, i, d) < 0)
			return -ENOMEM;
	}
	return 0;
}

static void answer(struct exchange *x, const json_t *events, json_t *decisions, int n_named)
{
	int n_kept = (int)json_array_size(decisions);
	size_t i;
	json_t *d;

	if (n_named > 0 && n_kept == 0) {
		json_decref(decisions);
		problem(x, PROBLEM_DECISION_NOT_KEPT,
			"The reasons of this contact's offers are older than the server's routing log.");
		return;
	}
	json_array_foreach(decisions, i, d)
	{
		mark_chosen(events, d);
		json_object_set_new(d, "rules", rules_of(events, jsonx_id(d, "segment")));
	}
	reply_json(x, 200, json_pack("{s:o,s:i}", "decisions", decisions, "n_not_kept", n_named - n_kept));
}

void decisions_get(struct exchange *x)
{
	_cleanup_json_ json_t *interaction = NULL;
	struct center_decision list[CENTER_DECISIONS_MAX];
	json_t *decisions = NULL;
	uint64_t id;

	if (!parameter_id(x, 0, &id))
		return;
	int result = store_interaction(x->reader, x->who.tenant, id, &interaction);
	if (result == 0 && !reach_has_contact(x, interaction))
		result = STORE_NOT_FOUND;
	if (result != 0) {
		problem_store(x, result, NULL);
		return;
	}
	const json_t *events = json_object_get(interaction, "events");
	int n = named_decisions(events, list, CENTER_DECISIONS_MAX);
	struct asked *a = asked_new();
	if (!a)
		result = -ENOMEM;
	else
		result = asked_wait(
			a, center_decisions(x->api->parts.center, list, n, asked_on_json, a), &decisions);
	if (result >= 0)
		result = add_older(x, id, list, n, decisions);
	if (result < 0) {
		json_decref(decisions);
		problem_store(x, result, NULL);
	} else
		answer(x, events, decisions, n);
}
