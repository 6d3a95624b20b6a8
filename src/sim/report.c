/* The report as JSON, and the theory that may stand beside it. */
#include "sim/report.h"

#include <math.h>

static bool is_plain_queue(const struct scenario_queue *q)
{
	const struct route_queue *set = &q->set;

	return q->aht_dist == SCENARIO_EXP && set->n_asks == 0 && set->n_rings == 0 && set->wrap_up_ms == 0 &&
	       set->max_wait_ms == 0 && set->max_estimate_ms == 0 && set->capacity == 0 &&
	       set->keep_free == 0 && !set->is_left_without_agents;
}

bool sim_is_erlang(const struct scenario *s, int queue, struct erlang *ret_erlang)
{
	const struct scenario_queue *q = &s->queues.at[queue];
	struct erlang e = {q->arrivals_per_h[0], q->aht_s, q->patience_s, 0};

	if (s->has_profile || !is_plain_queue(q))
		return false;
	VEC_EACH(&s->groups, i)
	{
		const struct scenario_group *g = &s->groups.at[i];
		bool is_serving = false;
		VEC_EACH(&g->serves, k)
		is_serving = is_serving || g->serves.at[k].queue == (uint64_t)queue + 1;
		if (!is_serving)
			continue;
		if (g->serves.len != 1 || g->answer_delay_s > 0 || g->no_answer_pct > 0 ||
			g->capacity[q->set.channel] != 1)
			return false;
		e.agents += g->count;
	}
	if (e.agents == 0)
		return false;
	*ret_erlang = e;
	return true;
}

/* All put() return false when memory is out; json_object_set_new releases the value in any case. */
static bool put_number(json_t *obj, const char *key, double value)
{
	return json_object_set_new(obj, key, isnan(value) ? json_null() : json_real(value)) == 0;
}

static bool put_count(json_t *obj, const char *key, int64_t value)
{
	return json_object_set_new(obj, key, json_integer(value)) == 0;
}

static const char *const interval_names[SIM_INTERVALS] = {
	"service_level", "asa_s", "occupancy", "abandon_rate"};

static bool put_intervals(json_t *obj, const struct sim_figures *f)
{
	json_t *intervals = json_object(), *lags = json_object(), *doubtful = json_array();
	bool is_fine = intervals && lags && doubtful;

	for (int i = 0; is_fine && i < SIM_INTERVALS; i++) {
		const struct interval *v = &f->intervals[i];
		json_t *pair = isnan(v->low) ? json_null() : json_pack("[f,f]", v->low, v->high);
		is_fine = json_object_set_new(intervals, interval_names[i], pair) == 0 &&
			  put_number(lags, interval_names[i], v->lag1);
		if (is_fine && v->is_correlated)
			is_fine = json_array_append_new(doubtful, json_string(interval_names[i])) == 0;
	}
	/* Each takes its reference whatever happens. */
	is_fine = json_object_set_new(obj, "ci99", intervals) == 0 && is_fine;
	is_fine = json_object_set_new(obj, "lag1", lags) == 0 && is_fine;
	return json_object_set_new(obj, "ci99_too_narrow", doubtful) == 0 && is_fine;
}

static bool put_counts(json_t *obj, const struct tally_contacts *c)
{
	return put_count(obj, "offered", c->offered) && put_count(obj, "answered", c->answered) &&
	       put_count(obj, "abandoned", c->abandoned) &&
	       put_count(obj, "short_abandoned", c->short_abandoned) &&
	       put_count(obj, "overflowed_out", c->overflowed_out) && put_count(obj, "refused", c->refused) &&
	       put_count(obj, "unfinished", c->unfinished);
}

static bool put_levels(json_t *obj, const struct sim_figures *f)
{
	json_t *levels = json_object();
	bool is_fine = levels != NULL;

	for (int i = 0; is_fine && i < SIM_LEVELS; i++)
		is_fine = put_number(levels, sim_level_names[i], f->levels[i]);
	return json_object_set_new(obj, "service_levels", levels) == 0 && is_fine;
}

static bool put_figures(json_t *obj, const struct sim_figures *f)
{
	return put_counts(obj, &f->sum) && put_number(obj, "service_level", f->levels[SIM_SL_DEFAULT]) &&
	       put_levels(obj, f) && put_number(obj, "abandon_rate", f->abandon_rate) &&
	       put_number(obj, "asa_s", f->asa_s) && put_number(obj, "aht_s", f->aht_s) &&
	       put_number(obj, "occupancy", f->occupancy) && put_number(obj, "wait_p50_s", f->wait_p50_s) &&
	       put_number(obj, "wait_p90_s", f->wait_p90_s) && put_number(obj, "wait_p99_s", f->wait_p99_s) &&
	       put_count(obj, "agents", f->n_agents) && put_intervals(obj, f);
}

/* What the formulas say of the queue, in the same figures. Nothing when they do not apply. */
static bool put_theory(json_t *obj, const struct scenario *s, int queue)
{
	const struct scenario_queue *q = &s->queues.at[queue];
	struct erlang_target target = {ERLANG_SL_DEFAULT, q->service_level_s, q->short_abandon_s, 0};
	struct erlang_within soon;
	struct erlang_result r;
	struct erlang e;
	double level;

	if (!sim_is_erlang(s, queue, &e) || erlang_solve(&e, &r) < 0 ||
		erlang_service_level(&e, &target, &level) < 0 || erlang_within(&e, target.short_s, &soon) < 0)
		return true;
	return json_object_set_new(obj, "theory",
		       json_pack("{s:s,s:f,s:f,s:f,s:f}", "model",
			       isinf(e.patience_s) ? "erlang_c" : "erlang_a", "service_level", level, "asa_s",
			       r.asa_s, "occupancy", r.occupancy, "abandon_rate",
			       fmax(0, r.abandon - soon.abandoned) / (1 - soon.abandoned))) == 0;
}

static bool put_queues(json_t *doc, const struct scenario *s, const struct tally *t)
{
	json_t *queues = json_array(), *all = json_object();
	struct sim_figures f = sim_figures(s, t, SIM_ALL, 0.99);
	bool is_fine = queues && all && put_figures(all, &f);

	for (size_t i = 0; is_fine && i < s->queues.len; i++) {
		json_t *one = json_pack("{s:s}", "id", s->queues.at[i].id);
		f = sim_figures(s, t, (int)i, 0.99);
		is_fine = one && put_number(one, "service_level_s", s->queues.at[i].service_level_s) &&
			  put_figures(one, &f) && put_theory(one, s, (int)i);
		is_fine = json_array_append_new(queues, one) == 0 && is_fine;
	}
	is_fine = json_object_set_new(doc, "queues", queues) == 0 && is_fine;
	return json_object_set_new(doc, "all", all) == 0 && is_fine;
}

json_t *sim_report(const struct scenario *s, const struct tally *t, uint64_t seed)
{
	json_t *doc = json_object();
	bool is_fine =
		doc && put_count(doc, "seed", (int64_t)seed) && put_count(doc, "runs", t->n_runs) &&
		put_number(doc, "duration_h", s->duration_h) && put_number(doc, "warmup_h", s->warmup_h) &&
		put_number(doc, "simulated_s", (double)t->simulated_ms / 1000) &&
		put_count(doc, "inputs", (int64_t)t->inputs) && put_count(doc, "batches", tally_batches(t)) &&
		put_number(doc, "batch_s", (double)t->batch_ms / 1000) && put_queues(doc, s, t);

	if (!is_fine) {
		json_decref(doc);
		return NULL;
	}
	return doc;
}
