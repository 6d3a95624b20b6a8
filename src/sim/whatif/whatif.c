/* See whatif.h. */
#include "sim/whatif/whatif.h"
#include "base/alloc.h"
#include "base/jsonx.h"
#include "route/outline.h"
#include "route/save.h"
#include "sim/whatif/whatif_parts.h"

#include <errno.h>

struct whatif {
	struct whatif_options options;
	struct record_reader *reader;
	struct route *route; /* decides what was decided: the log does not say it */
	struct route_actions actions;
	struct day day;
	struct figures recorded;
	struct change change;
	uint64_t run;
	bool is_left;	    /* until the next run */
	bool is_checkpoint; /* of the run that is read anyway: what it says is known */
	bool is_different;
};

int whatif_new(struct whatif **ret_whatif, const struct whatif_options *options)
{
	struct whatif *w = alloc_zero(sizeof(*w));
	int err = w ? record_reader_new(&w->reader) : -ENOMEM;

	if (err < 0) {
		alloc_free(w);
		return err;
	}
	w->options = *options;
	w->recorded.options = &w->options;
	w->change.options = &w->options;
	w->day.start_ms = INT64_MAX;
	w->is_left = true;
	*ret_whatif = w;
	return 0;
}

void whatif_free(struct whatif *w)
{
	if (!w)
		return;
	record_reader_free(w->reader);
	route_free(w->route);
	route_actions_free(&w->actions);
	day_free(&w->day);
	whatif_figures_free(&w->recorded);
	change_free(&w->change);
	alloc_free(w);
}

int whatif_change(struct whatif *w, const json_t *change, char ret_why[static WHATIF_WHY_SIZE])
{
	change_free(&w->change);
	w->change = (struct change){.options = &w->options};
	return change_read(&w->change, change, &w->options, ret_why);
}

static int begin_run(struct whatif *w, const struct record *r)
{
	struct route *route;
	int err = route_new(&route, 1);

	if (err < 0)
		return err;
	route_free(w->route);
	w->route = route;
	w->run = r->run;
	w->is_left = false;
	if (w->day.last_ms)
		whatif_figures_cut(&w->recorded, w->day.last_ms, true);
	day_run(&w->day, &w->options, r->wall_ms);
	return w->day.err;
}

static int step(struct whatif *w, const struct record *r)
{
	if (r->rc == -ENOMEM)
		return 0;
	int rc = route_step(w->route, &r->input, r->now_ms, &w->actions);
	if (rc == -ENOMEM)
		return rc;
	w->is_different |= rc != r->rc || record_hash(&w->actions) != r->hash;
	whatif_figures_step(&w->recorded, &r->input, r->wall_ms, rc, &w->actions);
	struct record now = *r;
	now.rc = rc; /* not what the log claims */
	day_step(&w->day, &w->options, &now, r->wall_ms, &w->actions);
	return w->recorded.is_short ? -ENOMEM : w->day.err;
}

struct outlining {
	struct whatif *w;
	const struct record *record;
};

/* What the engine of a checkpoint holds, as if it had been told just now. */
static void outline(const struct route_input *in, void *arg)
{
	struct outlining *o = arg;
	struct record r = *o->record;
	const struct route_actions none = {0};

	r.input = *in;
	r.rc = 0;
	whatif_figures_step(&o->w->recorded, in, r.wall_ms, 0, &none);
	day_step(&o->w->day, &o->w->options, &r, r.wall_ms, &none);
}

/* The log is read from a checkpoint on. */
static int set_up(struct whatif *w, const struct record *r)
{
	struct outlining o = {w, r};
	int err = route_load(w->route, r->state, r->n_state);

	if (err == 0 && route_digest(w->route) != r->digest)
		err = -EINVAL;
	if (err == -EINVAL) /* another engine's: what follows cannot be decided */
		w->is_left = true;
	if (err == 0)
		route_outline(w->route, outline, &o);
	return err == -ENOMEM ? err : w->day.err;
}

static int take(struct whatif *w, const struct record *r)
{
	if (r->wall_ms >= w->options.to_ms)
		return 1;
	switch (r->kind) {
	case RECORD_RUN:
		w->is_checkpoint = w->route && !w->is_left && r->run == w->run;
		return w->is_checkpoint ? 0 : begin_run(w, r);
	case RECORD_INPUT:
		return w->is_left || w->is_checkpoint ? 0 : step(w, r);
	case RECORD_STATE:
		if (w->is_left || w->is_checkpoint) {
			w->is_checkpoint = false;
			return 0;
		}
		return set_up(w, r);
	default:
		return 0;
	}
}

int whatif_feed(struct whatif *w, const uint8_t *data, size_t n, size_t *ret_at)
{
	struct record r;
	size_t at = 0;
	int err = 0;

	while (err == 0 && (err = record_next(w->reader, data, n, &at, &r)) == 1)
		err = take(w, &r);
	if (err == -EINVAL)
		w->is_left = true;
	if (err < 0 && ret_at)
		*ret_at = at;
	return err;
}

/* --- the report
 * ------------------------------------------------------------------------------------------------------
 */
/* Changed minus unchanged, where both are numbers. */
static json_t *difference(const json_t *from, const json_t *to)
{
	json_t *o = json_object(), *v;
	const char *key;

	json_object_foreach((json_t *)(uintptr_t)from, key, v)
	{
		const json_t *other = json_object_get(to, key);
		double d = json_number_value(other) - json_number_value(v);
		json_t *difference = !json_is_number(v) || !json_is_number(other) ? json_null()
				     : json_is_integer(v) ? json_integer((json_int_t)d)
							  : json_real(d);
		if (json_object_set_new(o, key, difference) < 0)
			break;
	}
	return o;
}

static json_t *compared(const struct figures *recorded, const struct figures *same,
	const struct figures *changed, uint64_t queue)
{
	json_t *a = whatif_figures_json(recorded, queue), *b = whatif_figures_json(same, queue),
	       *c = whatif_figures_json(changed, queue);
	json_t *o = json_pack("{s:o,s:o,s:o,s:o}", "recorded", a, "unchanged", b, "changed", c, "difference",
		b && c ? difference(b, c) : NULL);

	return o;
}

static json_t *queue_report(const struct whatif *w, const struct past *p, const struct figures *same,
	const struct figures *changed, uint64_t queue)
{
	json_t *o = compared(&w->recorded, same, changed, queue);
	int64_t i = (int64_t)(uintptr_t)map_get(&p->queue_at, queue) - 1;

	if (!o || jsonx_set_id(o, "queue", queue) < 0 ||
		jsonx_set_int(o, "patience_seen", i >= 0 ? p->queues.at[i].n_left : 0) < 0 ||
		jsonx_set_int(o, "patience_drawn", i >= 0 ? p->queues.at[i].n_stayed : 0) < 0) {
		json_decref(o);
		return NULL;
	}
	return o;
}

static json_t *report(const struct whatif *w, const struct past *p, const struct figures *same,
	const struct figures *changed)
{
	json_t *o = json_object(), *list = json_array();
	int err = 0;

	VEC_EACH(&changed->queues, i)
	{
		const struct queue_figures *q = &changed->queues.at[i];
		json_t *row = queue_report(w, p, same, changed, q->queue);
		if (err == 0)
			err = json_array_append_new(list, row);
		else
			json_decref(row);
	}
	if (err == 0)
		err = json_object_set(o, "queues", list);
	json_decref(list);
	if (err == 0)
		err = json_object_set_new(o, "all", compared(&w->recorded, same, changed, 0));
	if (err == 0)
		err = jsonx_set_int(o, "from", w->options.from_ms);
	if (err == 0)
		err = jsonx_set_int(o, "to", w->options.to_ms);
	if (err == 0)
		err = jsonx_set_int(o, "seed", (int64_t)w->options.seed);
	if (err == 0)
		err = jsonx_set_int(o, "simulated_from", w->day.start_ms);
	/* Where the recorded decisions are this engine's, too: else the recorded figures are those of a
	 * replay. */
	if (err == 0)
		err = jsonx_set_bool(o, "is_identical", !w->is_different);
	if (err < 0) {
		json_decref(o);
		return NULL;
	}
	return o;
}

int whatif_run(struct whatif *w, json_t **ret_report)
{
	const struct change none = {.options = &w->options};
	struct figures same = {.options = &w->options}, changed = {.options = &w->options};
	struct past past = {0};
	json_t *o = NULL;
	int err = day_close(&w->day, &w->options);

	if (err == 0 && w->day.given.len == 0)
		return -ENODATA;
	/* Behind its last record nothing is known: neither side may count hours of it. */
	if (w->day.last_ms < w->options.to_ms)
		w->options.to_ms = w->day.last_ms + 1;
	whatif_figures_cut(&w->recorded, w->options.to_ms, false);
	if (err == 0)
		err = past_new(&past, &w->day, w->options.seed);
	if (err == 0)
		err = whatif_simulate(&w->day, &past, &none, &w->options, &same);
	if (err == 0)
		err = whatif_simulate(&w->day, &past, &w->change, &w->options, &changed);
	if (err == 0)
		err = (o = report(w, &past, &same, &changed)) ? 0 : -ENOMEM;
	if (err == 0)
		*ret_report = o;
	past_free(&past);
	whatif_figures_free(&same);
	whatif_figures_free(&changed);
	return err;
}
