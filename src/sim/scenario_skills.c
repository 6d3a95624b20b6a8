/* Skills in a scenario: names become ids in the order they are first met. */
#include "base/str.h"
#include "sim/scenario_read.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* The id of a skill's name, made when it is new; negative: -ENOMEM or refused. */
static int64_t skill_id(struct scenario_reader *r, const char *name)
{
	struct scenario *s = r->s;
	char *copy;

	if (str_is_blank(name) || strlen(name) >= SCENARIO_NAME_SIZE)
		return scenario_refuse(r, "a skill's name has 1 to %d bytes", SCENARIO_NAME_SIZE - 1);
	VEC_EACH(&s->skills, i)
	if (str_equal(s->skills.at[i], name))
		return (int64_t)i + 1;
	if (s->skills.len == SCENARIO_SKILLS_MAX)
		return scenario_refuse(r, "more than %d different skills", SCENARIO_SKILLS_MAX);
	copy = alloc_strdup(name);
	if (!copy || VEC_PUSH(&s->skills, copy) < 0) {
		alloc_free(copy);
		return -ENOMEM;
	}
	return (int64_t)s->skills.len;
}

/* {"name": level}: each is handed to take with its id and level. */
static int read_skills(struct scenario_reader *r, const json_t *value,
	int (*take)(struct scenario_reader *, void *, uint64_t, int), void *object)
{
	const char *name;
	json_t *level;

	if (!json_is_object(value))
		return scenario_refuse(r, "must be an object of levels, like {\"persian\": 5}");
	json_object_foreach((json_t *)(uintptr_t)value, name, level)
	{
		size_t depth = scenario_enter(r, name);
		json_int_t n = json_integer_value(level);
		if (!json_is_integer(level) || n < 1 || n > ROUTE_LEVEL_MAX)
			return scenario_refuse(r, "a level is a whole number from 1 to %d", ROUTE_LEVEL_MAX);
		int64_t id = skill_id(r, name);
		int err = id < 0 ? (int)id : take(r, object, (uint64_t)id, (int)n);
		if (err < 0)
			return err;
		scenario_leave(r, depth);
	}
	return 0;
}

static int ask(struct scenario_reader *r, struct route_queue *set, struct route_ask a)
{
	if (set->n_asks == ROUTE_ASKS_MAX)
		return scenario_refuse(r, "a queue asks at most %d skills", ROUTE_ASKS_MAX);
	set->asks[set->n_asks++] = a;
	return 0;
}

static int take_required(struct scenario_reader *r, void *object, uint64_t skill, int level)
{
	return ask(r, object, (struct route_ask){skill, (uint8_t)level, 0, ROUTE_REQUIRED});
}

static int take_preferred(struct scenario_reader *r, void *object, uint64_t skill, int level)
{
	return ask(r, object, (struct route_ask){skill, (uint8_t)level, 0, ROUTE_PREFERRED});
}

static int take_held(struct scenario_reader *r, void *object, uint64_t skill, int level)
{
	struct scenario_group *g = object;

	(void)r;
	return VEC_PUSH(&g->skills, (struct route_skill){skill, level});
}

int scenario_read_required(
	struct scenario_reader *r, const json_t *value, void *object, const struct scenario_field *f)
{
	(void)f;
	return read_skills(r, value, take_required, &((struct scenario_queue *)object)->set);
}

int scenario_read_preferred(
	struct scenario_reader *r, const json_t *value, void *object, const struct scenario_field *f)
{
	(void)f;
	return read_skills(r, value, take_preferred, &((struct scenario_queue *)object)->set);
}

static int compare_skills(const void *a, const void *b)
{
	const struct route_skill *x = a, *y = b;

	return x->skill < y->skill ? -1 : x->skill > y->skill;
}

int scenario_read_held(
	struct scenario_reader *r, const json_t *value, void *object, const struct scenario_field *f)
{
	struct scenario_group *g = object;
	int err = read_skills(r, value, take_held, g);

	(void)f;
	if (err == 0 && g->skills.len)
		qsort(g->skills.at, g->skills.len, sizeof(g->skills.at[0]), compare_skills);
	return err;
}
