/* A scenario's queues: demand, figures, and the settings routing gets. */
#include "base/str.h"
#include "sim/scenario_read.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

static int read_arrivals(
	struct scenario_reader *r, const json_t *value, void *object, const struct scenario_field *f)
{
	struct scenario_queue *q = object;
	size_t n = json_is_array(value) ? json_array_size(value) : 1;

	if (!json_is_number(value) && n != 24 && n != SCENARIO_HOURS_OF_WEEK)
		return scenario_refuse(r,
			"must be a number, or a list of 24 (hours of a day) or 168 (hours of "
			"a week) numbers");
	for (size_t i = 0; i < SCENARIO_HOURS_OF_WEEK; i++) {
		size_t depth = strlen(r->pointer);
		const json_t *rate = value;
		struct scenario_field at = *f;

		if (json_is_array(value)) {
			scenario_enter_at(r, i % n);
			rate = json_array_get(value, i % n);
			r->s->has_profile = true;
		}
		at.at = (size_t)((char *)&q->arrivals_per_h[i] - (char *)object);
		int err = scenario_read_double(r, rate, object, &at);
		if (err < 0)
			return err;
		scenario_leave(r, depth);
	}
	return 0;
}

static int read_patience(
	struct scenario_reader *r, const json_t *value, void *object, const struct scenario_field *f)
{
	if (!json_is_null(value))
		return scenario_read_double(r, value, object, f);
	((struct scenario_queue *)object)->patience_s = INFINITY;
	return 0;
}

struct ring { /* as read; routing's own has smaller numbers */
	int32_t after_ms;
	int level, relax;
};

static int read_ring(struct scenario_reader *r, const json_t *value, struct route_queue *set)
{
	struct ring ring = {.level = ROUTE_LEVEL_MAX};
	static const struct scenario_field fields[] = {
		{"after_s", scenario_read_ms, offsetof(struct ring, after_ms), 0, SCENARIO_SECONDS_MAX, true,
			NULL},
		{"level", scenario_read_int, offsetof(struct ring, level), 1, ROUTE_LEVEL_MAX, false, NULL},
		{"relax", scenario_read_int, offsetof(struct ring, relax), 0, ROUTE_LEVEL_MAX, false, NULL},
		{0},
	};
	const struct route_ring *last = set->n_rings ? &set->rings[set->n_rings - 1] : NULL;
	int err = scenario_read_object(r, value, fields, &ring);

	if (err < 0)
		return err;
	if (!last && ring.after_ms != 0)
		return scenario_refuse(r, "the first ring begins after 0 seconds");
	if (last && (ring.after_ms <= last->after_ms || ring.level < last->level || ring.relax < last->relax))
		return scenario_refuse(
			r, "each ring begins later than the one before and reaches at least as far");
	set->rings[set->n_rings++] =
		(struct route_ring){ring.after_ms, (uint8_t)ring.level, (uint8_t)ring.relax};
	return 0;
}

static int read_rings(
	struct scenario_reader *r, const json_t *value, void *object, const struct scenario_field *f)
{
	struct scenario_queue *q = object;

	(void)f;
	if (!json_is_array(value) || json_array_size(value) > ROUTE_RINGS_MAX)
		return scenario_refuse(r, "must be a list of at most %d rings", ROUTE_RINGS_MAX);
	for (size_t i = 0; i < json_array_size(value); i++) {
		size_t depth = scenario_enter_at(r, i);
		int err = read_ring(r, json_array_get(value, i), &q->set);
		if (err < 0)
			return err;
		scenario_leave(r, depth);
	}
	return 0;
}

static int read_mix(
	struct scenario_reader *r, const json_t *value, void *object, const struct scenario_field *f)
{
	static const struct scenario_field fields[] = {
		{"idle", scenario_read_int, offsetof(struct route_mix, idle), 0, 1000, false, NULL},
		{"skill", scenario_read_int, offsetof(struct route_mix, skill), 0, 1000, false, NULL},
		{"occupancy", scenario_read_int, offsetof(struct route_mix, occupancy), 0, 1000, false, NULL},
		{"contacts", scenario_read_int, offsetof(struct route_mix, contacts), 0, 1000, false, NULL},
		{0},
	};

	return scenario_read_object(r, value, fields, (char *)object + f->at);
}

static int read_without_agents(
	struct scenario_reader *r, const json_t *value, void *object, const struct scenario_field *f)
{
	struct scenario_queue *q = object;

	q->set.is_left_without_agents = true;
	return scenario_read_ms(r, value, object, f);
}

static const char *const dists[] = {"exp", "lognormal", "const", NULL};
const char *const scenario_channels[] = {"voice", "chat", "email", "message", "task", NULL};
static const char *const strategies[] = {"longest_idle", "least_occupied", "most_skilled", "fewest_contacts",
	"round_robin", "ring_all", "top_down", "weighted", NULL};

#define QUEUE(member) offsetof(struct scenario_queue, member)
#define SET(member) QUEUE(set.member)
#define WAIT_MAX SCENARIO_SECONDS_MAX
static const struct scenario_field queue_fields[] = {
	{"id", scenario_read_name, QUEUE(id), 0, 0, true, NULL},
	{"arrivals_per_h", read_arrivals, QUEUE(arrivals_per_h), 0, SCENARIO_RATE_MAX, true, NULL},
	{"aht_s", scenario_read_double, QUEUE(aht_s), 0.001, SCENARIO_SECONDS_MAX, true, NULL},
	{"aht_dist", scenario_read_choice, QUEUE(aht_dist), 0, 0, false, dists},
	{"aht_cv", scenario_read_double, QUEUE(aht_cv), 0, 10, false, NULL},
	{"patience_s", read_patience, QUEUE(patience_s), 0.001, SCENARIO_SECONDS_MAX, false, NULL},
	{"service_level_s", scenario_read_double, QUEUE(service_level_s), 0, SCENARIO_SECONDS_MAX, false,
		NULL},
	{"short_abandon_s", scenario_read_double, QUEUE(short_abandon_s), 0, SCENARIO_SECONDS_MAX, false,
		NULL},
	{"priority", scenario_read_int, SET(priority), -ROUTE_PRIORITY_MAX, ROUTE_PRIORITY_MAX, false, NULL},
	{"skills", scenario_read_required, 0, 0, 0, false, NULL},
	{"preferred_skills", scenario_read_preferred, 0, 0, 0, false, NULL},
	{"channel", scenario_read_choice, SET(channel), 0, 0, false, scenario_channels},
	{"strategy", scenario_read_choice, SET(strategy), 0, 0, false, strategies},
	{"mix", read_mix, SET(mix), 0, 0, false, NULL},
	{"is_by_due", scenario_read_bool, SET(is_by_due), 0, 0, false, NULL},
	{"age_s", scenario_read_ms, SET(age_ms), 0, ROUTE_EXTEND_MAX_MS / 1000, false, NULL},
	{"share_pct", scenario_read_int, SET(share_pct), 0, 100, false, NULL},
	{"rings", read_rings, 0, 0, 0, false, NULL},
	{"per_agent_max", scenario_read_int, SET(per_agent_max), 0, ROUTE_CAPACITY_MAX, false, NULL},
	{"keep_free", scenario_read_int, SET(keep_free), 0, SCENARIO_AGENTS_MAX, false, NULL},
	{"ring_timeout_s", scenario_read_ms, SET(ring_timeout_ms), 0.001, SCENARIO_SECONDS_MAX, false, NULL},
	{"misses_max", scenario_read_int, SET(misses_max), 0, 100, false, NULL},
	{"wrap_up_s", scenario_read_ms, SET(wrap_up_ms), 0, SCENARIO_SECONDS_MAX, false, NULL},
	{"target_s", scenario_read_ms, SET(target_ms), 0, WAIT_MAX, false, NULL},
	{"max_wait_s", scenario_read_ms, SET(max_wait_ms), 0, WAIT_MAX, false, NULL},
	{"max_estimate_s", scenario_read_ms, SET(max_estimate_ms), 0, WAIT_MAX, false, NULL},
	{"no_agents_s", read_without_agents, SET(no_agents_ms), 0, WAIT_MAX, false, NULL},
	{"capacity", scenario_read_int, SET(capacity), 0, 1e6, false, NULL},
	{0},
};

/* Place of the queue with this id, or -1. */
int scenario_queue_place(const struct scenario *s, const char *id)
{
	VEC_EACH(&s->queues, i)
	if (str_equal(s->queues.at[i].id, id))
		return (int)i;
	return -1;
}

static int read_queue(struct scenario_reader *r, const json_t *value)
{
	struct scenario_queue q = {
		.aht_cv = 0.5, .patience_s = INFINITY, .service_level_s = 20, .short_abandon_s = 5};
	int err;

	q.set = (struct route_queue){.id = r->s->queues.len + 1, .ring_timeout_ms = 20000, .misses_max = 1};
	q.set.mix = (struct route_mix){1, 60, 1, 10};
	err = scenario_read_object(r, value, queue_fields, &q);
	if (err < 0)
		return err;
	if (scenario_queue_place(r->s, q.id) >= 0)
		return scenario_refuse(r, "another queue has the id \"%s\" already", q.id);
	if (q.set.is_by_due && q.set.target_ms == 0)
		q.set.target_ms = (int32_t)lround(q.service_level_s * 1000);
	return VEC_PUSH(&r->s->queues, q);
}

int scenario_read_queues(
	struct scenario_reader *r, const json_t *value, void *object, const struct scenario_field *f)
{
	(void)object, (void)f;
	if (!json_is_array(value) || json_array_size(value) < 1 ||
		json_array_size(value) > SCENARIO_QUEUES_MAX)
		return scenario_refuse(r, "must be a list of 1 to %d queues", SCENARIO_QUEUES_MAX);
	for (size_t i = 0; i < json_array_size(value); i++) {
		size_t depth = scenario_enter_at(r, i);
		int err = read_queue(r, json_array_get(value, i));
		if (err < 0)
			return err;
		scenario_leave(r, depth);
	}
	return 0;
}
