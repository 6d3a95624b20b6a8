/* Figures of a period. Today's come from the centre's own fold, which also feeds the live view; other periods
 * are folded here from the event log by the same code (event/kpi.h), so a figure is equal to the digit
 * wherever it is shown. */
#include "api/asked.h"
#include "api/handlers.h"
#include "api/problem.h"
#include "api/reach.h"
#include "api/server.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "event/kpi.h"

#include <errno.h>
#include <string.h>
#include <unicode/ucal.h>
#include <unicode/ustring.h>

#define DAY_MS (INT64_C(24) * 3600 * 1000)
#define PERIOD_MAX_MS (366 * DAY_MS)
/* What was open when the period began (a caller waiting, an agent signed in) began within this. */
#define LOOK_BACK_MS DAY_MS
#define EVENTS_PER_READ 10000
#define ROWS_PER_READ 1000
#define EVENTS_MAX 20000000 /* folded for one answer */

/* --- today, from the centre
 * -------------------------------------------------------------------------------------------- */
/* 0 and *ret_json, -ENOBUFS, -ETIMEDOUT, -ENOMEM. */
static int ask_center(struct exchange *x, int64_t from_ms, int64_t to_ms, json_t **ret_json)
{
	struct asked *a = asked_new();

	if (!a)
		return -ENOMEM;
	return asked_wait(a,
		center_figures(x->api->parts.center, x->who.tenant, from_ms, to_ms, asked_on_json, a),
		ret_json);
}

/* --- other periods, from the log
 * --------------------------------------------------------------------------------------- */
struct folding {
	struct kpi_fold *fold;
	uint64_t tenant, next_seq;
	int64_t until_ms;
	int error;
	bool is_over;
	size_t n, total;
};

static bool on_event(const struct event *e, void *arg)
{
	struct folding *g = arg;

	g->next_seq = e->seq + 1;
	g->n++;
	if (e->at_ms >= g->until_ms) {
		g->is_over = true;
		return false;
	}
	if (!e->tenant || e->tenant == g->tenant)
		g->error = kpi_apply(g->fold, e);
	return g->error == 0;
}

static int fold_events(struct store_reader *rd, struct folding *g, int64_t from_ms)
{
	g->next_seq = store_seq_at(rd, from_ms > LOOK_BACK_MS ? from_ms - LOOK_BACK_MS : 0);
	while (g->next_seq && !g->is_over) {
		g->n = 0;
		int err = store_events(rd, g->next_seq, EVENTS_PER_READ, on_event, g);
		if (err < 0 || g->error < 0)
			return err < 0 ? err : g->error;
		if (g->n == 0)
			break;
		g->total += g->n;
		if (g->total > EVENTS_MAX)
			return -E2BIG;
	}
	return 0;
}

typedef int row_handler(const json_t *row, void *arg);

/* Calls on_row for each row of a resource. 0, what on_row returned, or -errno. */
static int each_row(struct exchange *x, const char *resource, row_handler *on_row, void *arg)
{
	for (uint64_t after = 0;;) {
		_cleanup_json_ json_t *rows = NULL;
		json_t *row;
		size_t i;
		int err = store_list(x->reader, resource_by_name(resource), x->who.tenant, after,
			ROWS_PER_READ, NULL, false, &rows);

		json_array_foreach(rows, i, row)
		{
			after = jsonx_id(row, "id");
			err = err == 0 ? on_row(row, arg) : err;
		}
		if (err != 0 || json_array_size(rows) < ROWS_PER_READ)
			return err > 0 ? -EIO : err;
	}
}

struct report {
	struct kpi_fold *fold;
	int64_t from_ms, to_ms, now_ms;
	json_t *list;
};

static int set_rule(const json_t *queue, void *arg)
{
	struct kpi_queue_rule rule = {.queue = jsonx_id(queue, "id"),
		.short_abandon_ms = (int32_t)jsonx_int(queue, "short_abandon_ms", 5000),
		.service_level_ms = (int32_t)jsonx_int(queue, "service_level_s", 20) * 1000};

	return kpi_set_rule(arg, &rule);
}

static int append(struct report *r, const char *name, uint64_t id, const struct kpi_counts *counts)
{
	json_t *json = kpi_to_json(counts);

	if (!json || jsonx_set_id(json, name, id) < 0 || json_array_append(r->list, json) < 0) {
		json_decref(json);
		return -ENOMEM;
	}
	json_decref(json);
	return 0;
}

static int add_queue(const json_t *row, void *arg)
{
	struct report *r = arg;
	struct kpi_counts counts = {0};
	uint64_t id = jsonx_id(row, "id");
	int err = kpi_queue_counts(r->fold, id, r->from_ms, r->to_ms, r->now_ms, &counts);

	return err < 0 ? err : append(r, "queue", id, &counts);
}

static int add_agent(const json_t *row, void *arg)
{
	struct report *r = arg;
	struct kpi_counts counts = {0};
	uint64_t id = jsonx_id(row, "id");

	if (!(auth_permissions(row) & MAY_HANDLE))
		return 0;
	int err = kpi_agent_counts(r->fold, id, r->from_ms, r->to_ms, r->now_ms, &counts);
	return err < 0 ? err : append(r, "agent", id, &counts);
}

/* The whole report as JSON. */
static int report_json(struct exchange *x, struct report *r, json_t **ret_json)
{
	_cleanup_json_ json_t *queues = json_array(), *agents = json_array();
	struct kpi_counts all = {0};
	int err =
		queues && agents ? kpi_house_counts(r->fold, r->from_ms, r->to_ms, r->now_ms, &all) : -ENOMEM;

	r->list = queues;
	if (err == 0)
		err = each_row(x, "queue", add_queue, r);
	r->list = agents;
	if (err == 0)
		err = each_row(x, "user", add_agent, r);
	if (err < 0)
		return err;
	*ret_json = json_pack("{s:I, s:I, s:o, s:O, s:O}", "from_at", (json_int_t)r->from_ms, "to_at",
		(json_int_t)r->to_ms, "all", kpi_to_json(&all), "queues", queues, "agents", agents);
	return *ret_json ? 0 : -ENOMEM;
}

static int fold_period(struct exchange *x, int64_t from_ms, int64_t to_ms, json_t **ret_json)
{
	struct folding g = {.tenant = x->who.tenant, .until_ms = to_ms};
	struct report r = {.from_ms = from_ms, .to_ms = to_ms, .now_ms = clock_wall_ms()};
	int err = kpi_new(&g.fold);

	if (err < 0)
		return err;
	r.fold = g.fold;
	err = each_row(x, "queue", set_rule, g.fold);
	if (err == 0)
		err = fold_events(x->reader, &g, from_ms);
	if (err == 0)
		err = report_json(x, &r, ret_json);
	kpi_free(g.fold);
	return err;
}

/* --- the period
 * -------------------------------------------------------------------------------------------------------- */
/* The last midnight before now in an IANA time zone; in UTC when the zone is unknown. */
static int64_t midnight(const char *zone, int64_t now_ms)
{
	UErrorCode status = U_ZERO_ERROR;
	UChar name[128];
	UCalendar *calendar;

	u_uastrncpy(name, zone, sizeof(name) / sizeof(name[0]) - 1);
	name[sizeof(name) / sizeof(name[0]) - 1] = 0;
	calendar = ucal_open(name, -1, "en", UCAL_GREGORIAN, &status);
	if (U_FAILURE(status))
		return now_ms - now_ms % DAY_MS;
	ucal_setMillis(calendar, (UDate)now_ms, &status);
	ucal_set(calendar, UCAL_HOUR_OF_DAY, 0);
	ucal_set(calendar, UCAL_MINUTE, 0);
	ucal_set(calendar, UCAL_SECOND, 0);
	ucal_set(calendar, UCAL_MILLISECOND, 0);
	int64_t at = (int64_t)ucal_getMillis(calendar, &status);
	ucal_close(calendar);
	return U_FAILURE(status) ? now_ms - now_ms % DAY_MS : at;
}

static int64_t today(struct exchange *x, int64_t now_ms)
{
	_cleanup_json_ json_t *rows = NULL;

	store_list(x->reader, resource_by_name("setting"), x->who.tenant, 0, 1, NULL, false, &rows);
	return midnight(jsonx_text(json_array_get(rows, 0), "time_zone", "UTC"), now_ms);
}

void kpis_get(struct exchange *x)
{
	int64_t now = clock_wall_ms(), today_ms = today(x, now), from_ms, to_ms;
	json_t *json = NULL;

	if (!argument_int(x, "from_at", 0, INT64_MAX / 2, today_ms, &from_ms) ||
		!argument_int(x, "to_at", 0, INT64_MAX / 2, now, &to_ms))
		return;
	if (from_ms >= to_ms || to_ms - from_ms > PERIOD_MAX_MS) {
		problem(x, PROBLEM_INVALID, "from_at must be before to_at, by at most 366 days.");
		return;
	}
	int err = from_ms >= today_ms ? ask_center(x, from_ms, to_ms, &json)
				      : fold_period(x, from_ms, to_ms, &json);
	if (err == -E2BIG) {
		problem(x, PROBLEM_INVALID, "This period holds more than %d events: choose a shorter one.",
			EVENTS_MAX);
		return;
	}
	if (err != 0) {
		problem_store(x, err, NULL);
		return;
	}
	/* The contract's names, whichever way the figures came. */
	json_object_set_new(json, "from_at", json_integer(from_ms));
	json_object_set_new(json, "to_at", json_integer(to_ms));
	reach_filter(x, json_object_get(json, "agents"), "agent");
	json_object_del(json, "from");
	json_object_del(json, "to");
	reply_json(x, 200, json);
}

void kpi_definitions_get(struct exchange *x)
{
	struct kpi_counts none = {0};
	_cleanup_json_ json_t *all = kpi_to_json(&none);
	json_t *json = json_object(), *value;
	const char *name;

	json_object_foreach(all, name, value)
	{
		const char *definition = kpi_definition(name), *inner;
		json_t *part;
		if (definition)
			json_object_set_new(json, name, json_string(definition));
		json_object_foreach(value, inner, part) if (kpi_definition(inner))
			json_object_set_new(json, inner, json_string(kpi_definition(inner)));
	}
	reply_json(x, 200, json);
}
