/* A scenario's agents: groups of equals, whom they serve and when they are there. */
#include "base/str.h"
#include "sim/scenario_read.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define MINUTES_OF_DAY (24 * 60)

struct serving {
	char id[SCENARIO_NAME_SIZE];
	int level, position;
};

static int read_serves_one(struct scenario_reader *r, const json_t *value, struct scenario_group *g)
{
	static const struct scenario_field fields[] = {
		{"id", scenario_read_name, offsetof(struct serving, id), 0, 0, true, NULL},
		{"level", scenario_read_int, offsetof(struct serving, level), 1, ROUTE_LEVEL_MAX, false,
			NULL},
		{"position", scenario_read_int, offsetof(struct serving, position), 0, UINT16_MAX, false,
			NULL},
		{0},
	};
	struct serving serving = {.level = 1};
	int err = json_is_string(value) ? scenario_read_name(r, value, &serving, &fields[0])
					: scenario_read_object(r, value, fields, &serving);

	if (err < 0)
		return err;
	int place = scenario_queue_place(r->s, serving.id);
	if (place < 0)
		return scenario_refuse(r, "there is no queue \"%s\"", serving.id);
	VEC_EACH(&g->serves, i)
	if (g->serves.at[i].queue == (uint64_t)place + 1)
		return scenario_refuse(r, "the queue \"%s\" stands here twice", serving.id);
	return VEC_PUSH(&g->serves, (struct route_serves){(uint64_t)place + 1, (uint8_t)serving.level,
					    (uint16_t)serving.position});
}

static int compare_serves(const void *a, const void *b)
{
	const struct route_serves *x = a, *y = b;

	return x->queue < y->queue ? -1 : x->queue > y->queue;
}

static int read_serves(
	struct scenario_reader *r, const json_t *value, void *object, const struct scenario_field *f)
{
	struct scenario_group *g = object;

	(void)f;
	if (!json_is_array(value) || json_array_size(value) > SCENARIO_SERVES_MAX)
		return scenario_refuse(r, "must be a list of at most %d queues", SCENARIO_SERVES_MAX);
	for (size_t i = 0; i < json_array_size(value); i++) {
		size_t depth = scenario_enter_at(r, i);
		int err = read_serves_one(r, json_array_get(value, i), g);
		if (err < 0)
			return err;
		scenario_leave(r, depth);
	}
	if (g->serves.len)
		qsort(g->serves.at, g->serves.len, sizeof(g->serves.at[0]), compare_serves);
	return 0;
}

static int read_by_channel(
	struct scenario_reader *r, const json_t *value, void *object, const struct scenario_field *f)
{
	int *numbers = (int *)(void *)((char *)object + f->at);
	struct scenario_field fields[6] = {0};

	for (int i = 0; scenario_channels[i]; i++)
		fields[i] = (struct scenario_field){scenario_channels[i], scenario_read_int,
			(size_t)i * sizeof(int), f->min, f->max, false, NULL};
	return scenario_read_object(r, value, fields, numbers);
}

static void stay(struct scenario_group *g, int from, int to)
{
	for (int minute = from; minute < to; minute++) {
		int m = minute % SCENARIO_MINUTES_OF_WEEK;
		g->there[m / 8] |= (uint8_t)(1u << (m % 8));
	}
}

/* [from, to] in hours; past midnight when to is before from. */
static int read_span(struct scenario_reader *r, const json_t *value, int *ret_from, int *ret_to)
{
	double from = json_number_value(json_array_get(value, 0)),
	       to = json_number_value(json_array_get(value, 1));

	if (json_array_size(value) != 2 || !json_is_number(json_array_get(value, 0)) ||
		!json_is_number(json_array_get(value, 1)) ||
		!(from >= 0 && from <= 24 && to >= 0 && to <= 24) || from == to)
		return scenario_refuse(
			r, "must be two different hours of the day from 0 to 24, like [8, 16.5]");
	*ret_from = (int)lround(from * 60);
	*ret_to = (int)lround(to * 60);
	if (*ret_to <= *ret_from)
		*ret_to += MINUTES_OF_DAY;
	return 0;
}

/* Days of the week as bits, from the list, or all seven without one. */
static int read_days(struct scenario_reader *r, const json_t *days, unsigned *ret_days)
{
	unsigned set = 0;
	size_t depth = scenario_enter(r, "days");

	if (days && (!json_is_array(days) || json_array_size(days) < 1 || json_array_size(days) > 7))
		return scenario_refuse(r, "must be a list of days from 0 (the first of the run) to 6");
	for (size_t i = 0; i < json_array_size(days); i++) {
		json_int_t day = json_integer_value(json_array_get(days, i));
		if (!json_is_integer(json_array_get(days, i)) || day < 0 || day > 6)
			return scenario_refuse(
				r, "must be a list of days from 0 (the first of the run) to 6");
		set |= 1u << day;
	}
	scenario_leave(r, depth);
	*ret_days = days ? set : 0x7f;
	return 0;
}

static int read_shift(struct scenario_reader *r, const json_t *shift, unsigned days, struct scenario_group *g)
{
	bool is_list = json_is_array(json_array_get(shift, 0));
	size_t depth = scenario_enter(r, "shift"), n = is_list ? json_array_size(shift) : 1;

	if (n > 24)
		return scenario_refuse(r, "at most 24 parts of a day");
	for (size_t i = 0; i < n; i++) {
		int from = 0, to = MINUTES_OF_DAY;
		int err = shift ? read_span(r, is_list ? json_array_get(shift, i) : shift, &from, &to) : 0;
		if (err < 0)
			return err;
		for (int day = 0; day < 7; day++)
			if (days & (1u << day))
				stay(g, day * MINUTES_OF_DAY + from, day * MINUTES_OF_DAY + to);
	}
	scenario_leave(r, depth);
	return 0;
}

#define GROUP(member) offsetof(struct scenario_group, member)
static const struct scenario_field group_fields[] = {
	{"count", scenario_read_int, GROUP(count), 0, SCENARIO_AGENTS_MAX, true, NULL},
	{"queues", read_serves, 0, 0, 0, true, NULL},
	{"skills", scenario_read_held, 0, 0, 0, false, NULL},
	{"shift", scenario_read_later, 0, 0, 0, false, NULL},
	{"days", scenario_read_later, 0, 0, 0, false, NULL},
	{"capacity", read_by_channel, GROUP(capacity), 0, ROUTE_CAPACITY_MAX, false, NULL},
	{"load", read_by_channel, GROUP(load), 0, ROUTE_LOAD_MAX, false, NULL},
	{"answer_delay_s", scenario_read_double, GROUP(answer_delay_s), 0, SCENARIO_SECONDS_MAX, false, NULL},
	{"no_answer_pct", scenario_read_double, GROUP(no_answer_pct), 0, 100, false, NULL},
	{"back_after_s", scenario_read_double, GROUP(back_after_s), 0.001, SCENARIO_SECONDS_MAX, false, NULL},
	{0},
};

static int check_delay(struct scenario_reader *r, const struct scenario_group *g)
{
	VEC_EACH(&g->serves, i)
	{
		const struct scenario_queue *q = &r->s->queues.at[g->serves.at[i].queue - 1];
		if (g->answer_delay_s * 1000 > q->set.ring_timeout_ms)
			return scenario_refuse(r,
				"answer_delay_s (%g) is longer than ring_timeout_s (%g) of the queue \"%s\": "
				"nobody would be answered",
				g->answer_delay_s, q->set.ring_timeout_ms / 1000.0, q->id);
	}
	return 0;
}

static int read_group(struct scenario_reader *r, const json_t *value, struct scenario_group *g)
{
	const json_t *shift = json_object_get(value, "shift"), *days = json_object_get(value, "days");
	unsigned on_days = 0;
	int err;

	*g = (struct scenario_group){.back_after_s = 60, .is_always_there = !shift && !days};
	for (int i = 0; scenario_channels[i]; i++) {
		g->capacity[i] = 1;
		g->load[i] = -1;
	}
	err = scenario_read_object(r, value, group_fields, g);
	if (err == 0)
		err = read_days(r, days, &on_days);
	if (err == 0)
		err = read_shift(r, shift, on_days, g);
	if (err == 0)
		err = check_delay(r, g);
	/* One call or three chats: by default the contacts an agent may have of a channel fill it. */
	for (int i = 0; i < ROUTE_CHANNELS; i++)
		if (g->load[i] < 0)
			g->load[i] = g->capacity[i] ? ROUTE_LOAD_MAX / g->capacity[i] : 0;
	if (!g->is_always_there)
		r->s->has_profile = true;
	return err;
}

int scenario_read_groups(struct scenario_reader *r, const json_t *value)
{
	if (!json_is_array(value) || json_array_size(value) > SCENARIO_GROUPS_MAX)
		return scenario_refuse(
			r, "must be a list of at most %d groups of agents", SCENARIO_GROUPS_MAX);
	if (!VEC_RESERVE(&r->s->groups, json_array_size(value) + 1))
		return -ENOMEM;
	for (size_t i = 0; i < json_array_size(value); i++) {
		size_t depth = scenario_enter_at(r, i);
		struct scenario_group *g = &r->s->groups.at[r->s->groups.len++];
		int err = read_group(r, json_array_get(value, i), g);
		if (err < 0)
			return err;
		r->s->n_agents += g->count;
		if (r->s->n_agents > SCENARIO_AGENTS_MAX)
			return scenario_refuse(r, "more than %d agents in all", SCENARIO_AGENTS_MAX);
		scenario_leave(r, depth);
	}
	return 0;
}
