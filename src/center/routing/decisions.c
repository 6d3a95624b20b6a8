/* Why this agent? Decisions that routing still keeps, in the words of docs/protocol.md. Only reads. */
#include "center/routing/old_decisions.h"
#include "center/state.h"
#include "route/words.h"

static json_t *candidates_json(const struct route_decision *d)
{
	json_t *list = json_array();

	for (int i = 0; i < d->n_candidates; i++) {
		const struct route_candidate *k = &d->candidates[i];
		json_array_append_new(
			list, json_pack("{s:o,s:s,s:i,s:i,s:I,s:I}", "agent", json_id(k->agent), "verdict",
				      route_verdict_word(k->verdict), "level", k->level, "unmet", k->unmet,
				      "key", (json_int_t)k->key, "idle_ms", (json_int_t)k->idle_ms));
	}
	return list;
}

json_t *decision_json(const struct route_decision *d, int64_t wall_ms)
{
	return json_pack("{s:I,s:o,s:I,s:o,s:o,s:s,s:s,s:i,s:i,s:I,s:I,s:i,s:o}", "decision",
		(json_int_t)d->number, "segment", json_id(d->segment), "at", (json_int_t)wall_ms, "queue",
		json_id(d->queue), "agent", json_id(d->agent), "how", route_how_word(d->how), "strategy",
		route_strategy_word(d->strategy), "ring", d->ring, "priority", d->priority, "waited_ms",
		(json_int_t)d->waited_ms, "config_version", (json_int_t)d->config_version, "n_considered",
		d->n_considered, "candidates", candidates_json(d));
}

json_t *decisions_json(struct center *c, const struct decisions_wish *w)
{
	json_t *list = json_array();
	struct route_decision *d = alloc_zero(sizeof(*d));

	for (int i = 0; list && d && i < w->n; i++)
		if (route_explain(c->route, w->list[i].decision, d) == 0 && d->segment == w->list[i].segment)
			json_array_append_new(
				list, decision_json(d, center_wall(c) - (c->now_ms - d->at_ms)));
	if (!d) {
		json_decref(list);
		return NULL;
	}
	alloc_free(d);
	return list;
}
