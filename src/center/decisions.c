/* Why this agent? Decisions that routing still keeps, in the words of docs/protocol.md. Only reads. */
#include "center/state.h"

static const char *const hows[] = {[ROUTE_BY_ORDER] = "order",
	[ROUTE_BY_PREFERENCE] = "preference",
	[ROUTE_BY_HAND] = "hand",
	[ROUTE_BY_SHARE] = "share"};
static const char *const strategies[ROUTE_STRATEGIES] = {[ROUTE_LONGEST_IDLE] = "longest_idle",
	[ROUTE_LEAST_OCCUPIED] = "least_occupied",
	[ROUTE_MOST_SKILLED] = "most_skilled",
	[ROUTE_FEWEST_CONTACTS] = "fewest_contacts",
	[ROUTE_ROUND_ROBIN] = "round_robin",
	[ROUTE_RING_ALL] = "ring_all",
	[ROUTE_TOP_DOWN] = "top_down",
	[ROUTE_WEIGHTED] = "weighted"};
static const char *const verdicts[ROUTE_VERDICTS] = {[ROUTE_CHOSEN] = "chosen",
	[ROUTE_OUTRANKED] = "outranked",
	[ROUTE_LACKS_SKILL] = "lacks_skill",
	[ROUTE_NOT_AVAILABLE] = "not_available",
	[ROUTE_AT_CAPACITY] = "at_capacity",
	[ROUTE_IN_WRAP_UP] = "in_wrap_up",
	[ROUTE_RESTING] = "resting",
	[ROUTE_EXCLUDED] = "excluded",
	[ROUTE_NOT_REACHED] = "not_reached"};

static json_t *candidates_json(const struct route_decision *d)
{
	json_t *list = json_array();

	for (int i = 0; i < d->n_candidates; i++) {
		const struct route_candidate *k = &d->candidates[i];
		json_array_append_new(
			list, json_pack("{s:o,s:s,s:i,s:i,s:I,s:I}", "agent", json_id(k->agent), "verdict",
				      verdicts[k->verdict], "level", k->level, "unmet", k->unmet, "key",
				      (json_int_t)k->key, "idle_ms", (json_int_t)k->idle_ms));
	}
	return list;
}

static json_t *decision_json(const struct center *c, const struct route_decision *d)
{
	return json_pack("{s:I,s:o,s:I,s:o,s:o,s:s,s:s,s:i,s:i,s:I,s:I,s:i,s:o}", "decision",
		(json_int_t)d->number, "segment", json_id(d->segment), "at",
		(json_int_t)(center_wall(c) - (c->now_ms - d->at_ms)), "queue", json_id(d->queue), "agent",
		json_id(d->agent), "how", hows[d->how], "strategy", strategies[d->strategy], "ring", d->ring,
		"priority", d->priority, "waited_ms", (json_int_t)d->waited_ms, "config_version",
		(json_int_t)d->config_version, "n_considered", d->n_considered, "candidates",
		candidates_json(d));
}

json_t *decisions_json(struct center *c, const struct decisions_wish *w)
{
	json_t *list = json_array();
	struct route_decision *d = alloc_zero(sizeof(*d));

	for (int i = 0; list && d && i < w->n; i++)
		if (route_explain(c->route, w->list[i].decision, d) == 0 && d->segment == w->list[i].segment)
			json_array_append_new(list, decision_json(c, d));
	if (!d) {
		json_decref(list);
		return NULL;
	}
	alloc_free(d);
	return list;
}
