/* The change of a what-if, read from JSON and applied to configurations. See whatif_parts.h and
 * docs/replay.md. */
#include "base/alloc.h"
#include "base/id.h"
#include "base/str.h"
#include "sim/scenario_read.h"
#include "sim/whatif/whatif_parts.h"

#include <errno.h>
#include <stdlib.h>

#define SECONDS_MAX 86400.0
#define LIST_MAX 2000 /* skills or queues of one agent */

/* scenario_read.h's reader, with what is needed to know names. */
struct change_reader {
	struct scenario_reader base;
	struct change *c;
};

static struct change_reader *ours(struct scenario_reader *r)
{
	return (struct change_reader *)r; /* its first member */
}

/* --- names --------------------------------------------------------------------------------------------- */
static int find(struct scenario_reader *r, const char *text, const struct whatif_name *names, int n,
	const char *what, uint64_t *ret_id)
{
	uint64_t id = 0;

	if (!text)
		return scenario_refuse(r, "must be the name or id of a %s, as text", what);
	if (id_parse(text, &id) < 0)
		id = 0;
	for (int i = 0; i < n; i++)
		if (names[i].id == id || str_equal(names[i].name, text)) {
			*ret_id = names[i].id;
			return 0;
		}
	return scenario_refuse(r, "there is no %s \"%.60s\"", what, text);
}

static int find_queue(struct scenario_reader *r, const json_t *v, uint64_t *ret_id)
{
	const struct whatif_options *o = ours(r)->c->options;

	return find(r, json_string_value(v), o->queues, o->n_queues, "queue", ret_id);
}

static int find_agent(struct scenario_reader *r, const json_t *v, uint64_t *ret_id)
{
	const struct whatif_options *o = ours(r)->c->options;

	return find(r, json_string_value(v), o->agents, o->n_agents, "agent", ret_id);
}

static int read_level(struct scenario_reader *r, const json_t *v, int *ret_level)
{
	json_int_t level = json_is_integer(v) ? json_integer_value(v) : 0;

	if (level < 1 || level > ROUTE_LEVEL_MAX)
		return scenario_refuse(r, "must be a level from 1 to %d", ROUTE_LEVEL_MAX);
	*ret_level = (int)level;
	return 0;
}

/* {"name": level, ...}; each is handed to on_skill. */
static int read_skills(struct scenario_reader *r, const json_t *value, int max,
	int (*on_skill)(void *arg, uint64_t skill, int level), void *arg)
{
	const struct whatif_options *o = ours(r)->c->options;
	const char *key;
	json_t *v;

	if (!json_is_object(value) || json_object_size(value) > (size_t)max)
		return scenario_refuse(
			r, "must be an object of at most %d skills, like {\"english\": 5}", max);
	json_object_foreach((json_t *)(uintptr_t)value, key, v)
	{
		size_t depth = scenario_enter(r, key);
		uint64_t skill = 0;
		int level = 0;
		int err = find(r, key, o->skills, o->n_skills, "skill", &skill);
		if (err == 0)
			err = read_level(r, v, &level);
		if (err == 0)
			err = on_skill(arg, skill, level);
		if (err < 0)
			return err;
		scenario_leave(r, depth);
	}
	return 0;
}

/* --- queues -------------------------------------------------------------------------------------------- */
static int read_order(
	struct scenario_reader *r, const json_t *value, void *object, const struct scenario_field *f)
{
	int choice = 0;
	struct scenario_field at = *f;

	at.at = 0;
	int err = scenario_read_choice(r, value, &choice, &at);
	if (err == 0)
		((struct route_queue *)object)->is_by_due = choice == 1;
	return err;
}

static int add_ask(void *arg, uint64_t skill, int level)
{
	struct route_queue *q = arg;

	q->asks[q->n_asks++] = (struct route_ask){.skill = skill, .level = (uint8_t)level};
	return 0;
}

/* The required skills; what the queue's expression asks beyond them goes, too. */
static int read_asks(
	struct scenario_reader *r, const json_t *value, void *object, const struct scenario_field *f)
{
	struct route_queue *q = object;

	(void)f;
	q->n_asks = 0;
	return read_skills(r, value, ROUTE_ASKS_MAX, add_ask, q);
}

struct ring {
	int32_t after_ms;
	int level, relax;
};

static int read_ring(struct scenario_reader *r, const json_t *value, struct route_queue *q)
{
	struct ring ring = {.level = ROUTE_LEVEL_MAX};
	static const struct scenario_field fields[] = {
		{"after_s", scenario_read_ms, offsetof(struct ring, after_ms), 0, SECONDS_MAX, true, NULL},
		{"level", scenario_read_int, offsetof(struct ring, level), 1, ROUTE_LEVEL_MAX, false, NULL},
		{"relax", scenario_read_int, offsetof(struct ring, relax), 0, ROUTE_LEVEL_MAX, false, NULL},
		{0},
	};
	const struct route_ring *last = q->n_rings ? &q->rings[q->n_rings - 1] : NULL;
	int err = scenario_read_object(r, value, fields, &ring);

	if (err < 0)
		return err;
	if (last ? ring.after_ms <= last->after_ms : ring.after_ms != 0)
		return scenario_refuse(
			r, "the first ring begins after 0 seconds, each other later than the one before");
	q->rings[q->n_rings++] = (struct route_ring){ring.after_ms, (uint8_t)ring.level, (uint8_t)ring.relax};
	return 0;
}

static int read_rings(
	struct scenario_reader *r, const json_t *value, void *object, const struct scenario_field *f)
{
	struct route_queue *q = object;
	size_t i;
	json_t *v;

	(void)f;
	if (!json_is_array(value) || json_array_size(value) > ROUTE_RINGS_MAX)
		return scenario_refuse(r, "must be a list of at most %d rings", ROUTE_RINGS_MAX);
	q->n_rings = 0;
	json_array_foreach(value, i, v)
	{
		size_t depth = scenario_enter_at(r, i);
		int err = read_ring(r, v, q);
		if (err < 0)
			return err;
		scenario_leave(r, depth);
	}
	return 0;
}

static const char *const strategies[] = {"longest_idle", "least_occupied", "most_skilled", "fewest_contacts",
	"round_robin", "ring_all", "top_down", "weighted", NULL};
static const char *const orders[] = {"waiting", "due", NULL};

#define AT(member) offsetof(struct route_queue, member)
#define SECONDS(name, member, least)                                                                         \
	{                                                                                                    \
		name, scenario_read_ms, AT(member), least, SECONDS_MAX, false, NULL                          \
	}
#define NUMBER(name, member, least, most)                                                                    \
	{                                                                                                    \
		name, scenario_read_int, AT(member), least, most, false, NULL                                \
	}
#define CLAIM(name, member)                                                                                  \
	{                                                                                                    \
		name, scenario_read_bool, AT(member), 0, 0, false, NULL                                      \
	}
/* The names administrators know them by. */
static const struct scenario_field queue_fields[] = {
	{"id", scenario_read_later, 0, 0, 0, false, NULL},
	{"name", scenario_read_later, 0, 0, 0, false, NULL},
	{"strategy", scenario_read_choice, AT(strategy), 0, 0, false, strategies},
	NUMBER("weight_idle", mix.idle, 0, 1000),
	NUMBER("weight_skill", mix.skill, 0, 1000),
	NUMBER("weight_occupancy", mix.occupancy, 0, 1000),
	NUMBER("weight_contacts", mix.contacts, 0, 1000),
	{"order", read_order, 0, 0, 0, false, orders},
	NUMBER("priority", priority, 0, 100),
	SECONDS("age_s", age_ms, 0),
	NUMBER("share_pct", share_pct, 0, 100),
	{"skills", read_asks, 0, 0, 0, false, NULL},
	{"rings", read_rings, 0, 0, 0, false, NULL},
	NUMBER("per_agent_max", per_agent_max, 0, 100),
	NUMBER("keep_free", keep_free, 0, 1000),
	SECONDS("ring_timeout_s", ring_timeout_ms, 1),
	NUMBER("misses_max", misses_max, 0, 100),
	SECONDS("wrap_up_s", wrap_up_ms, 0),
	SECONDS("service_level_s", target_ms, 1),
	SECONDS("warn_s", warn_ms, 0),
	NUMBER("capacity", capacity, 0, 100000),
	SECONDS("max_wait_s", max_wait_ms, 0),
	SECONDS("max_estimate_s", max_estimate_ms, 0),
	CLAIM("is_left_without_agents", is_left_without_agents),
	SECONDS("no_agents_s", no_agents_ms, 0),
	CLAIM("is_left_when_closed", is_left_when_closed),
	SECONDS("announce_first_s", announce_first_ms, 0),
	SECONDS("announce_every_s", announce_every_ms, 0),
	SECONDS("handle_estimate_s", handle_estimate_ms, 1),
	{0},
};

/* "id" or "name"/"login" says whom an entry is about. */
static const json_t *who(const json_t *entry, const char *name)
{
	const json_t *id = json_object_get(entry, "id");

	return id ? id : json_object_get(entry, name);
}

/* Names nobody knows are refused here: the reader would point to another command's help. */
static int check_names(struct scenario_reader *r, const json_t *entry)
{
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)(uintptr_t)entry, key, v)
	{
		const struct scenario_field *f = queue_fields;
		while (f->name && !str_equal(f->name, key))
			f++;
		if (f->name)
			continue;
		scenario_enter(r, key);
		return scenario_refuse(r, "there is no setting of this name; docs/replay.md lists them");
	}
	return 0;
}

static int read_queue(struct scenario_reader *r, const json_t *entry)
{
	struct route_queue trial = {0};
	struct queue_edit edit = {.settings = entry};
	int err = check_names(r, entry);

	if (err == 0)
		err = scenario_read_object(r, entry, queue_fields, &trial);

	if (err == 0 && !who(entry, "name"))
		err = scenario_refuse(r, "which queue? Give its \"name\" or \"id\"");
	if (err == 0)
		err = find_queue(r, who(entry, "name"), &edit.id);
	return err < 0 ? err : VEC_PUSH(&ours(r)->c->queues, edit);
}

/* --- agents -------------------------------------------------------------------------------------------- */
struct list {
	struct route_skill *skills;
	int n;
};

static int add_skill(void *arg, uint64_t skill, int level)
{
	struct list *l = arg;

	l->skills[l->n++] = (struct route_skill){skill, level};
	return 0;
}

static int by_skill(const void *a, const void *b)
{
	uint64_t x = ((const struct route_skill *)a)->skill, y = ((const struct route_skill *)b)->skill;

	return (x > y) - (x < y);
}

static int by_queue(const void *a, const void *b)
{
	uint64_t x = ((const struct route_serves *)a)->queue, y = ((const struct route_serves *)b)->queue;

	return (x > y) - (x < y);
}

static int read_held(struct scenario_reader *r, const json_t *value, struct agent_edit *e)
{
	struct list l = {.skills = arena_alloc(&ours(r)->c->arena,
				 (json_object_size(value) + 1) * sizeof(struct route_skill))};

	if (!l.skills)
		return -ENOMEM;
	int err = read_skills(r, value, LIST_MAX, add_skill, &l);
	if (err < 0)
		return err;
	qsort(l.skills, (size_t)l.n, sizeof(*l.skills), by_skill);
	for (int i = 1; i < l.n; i++)
		if (l.skills[i].skill == l.skills[i - 1].skill)
			return scenario_refuse(r, "the same skill twice");
	e->skills = l.skills;
	e->n_skills = l.n;
	e->has_skills = true;
	return 0;
}

/* "queue", or {"queue": "queue", "level": 2}. */
static int read_serve(struct scenario_reader *r, const json_t *v, struct route_serves *ret)
{
	const json_t *level = json_object_get(v, "level");
	int n = 1;
	int err = find_queue(r, json_is_object(v) ? json_object_get(v, "queue") : v, &ret->queue);

	if (err == 0 && level)
		err = read_level(r, level, &n);
	ret->level = (uint8_t)n;
	return err;
}

static int read_serves(struct scenario_reader *r, const json_t *value, struct agent_edit *e)
{
	size_t n = json_array_size(value), i;
	json_t *v;

	if (!json_is_array(value) || n > LIST_MAX)
		return scenario_refuse(r, "must be a list of queues");
	struct route_serves *list = arena_alloc(&ours(r)->c->arena, (n + 1) * sizeof(*list));
	if (!list)
		return -ENOMEM;
	json_array_foreach(value, i, v)
	{
		size_t depth = scenario_enter_at(r, i);
		int err = read_serve(r, v, &list[i]);
		if (err < 0)
			return err;
		list[i].position = (uint16_t)i;
		scenario_leave(r, depth);
	}
	qsort(list, n, sizeof(*list), by_queue);
	for (i = 1; i < n; i++)
		if (list[i].queue == list[i - 1].queue)
			return scenario_refuse(r, "the same queue twice");
	e->serves = list;
	e->n_serves = (int)n;
	e->has_serves = true;
	return 0;
}

static int read_added(struct scenario_reader *r, const json_t *entry)
{
	struct change *c = ours(r)->c;
	const json_t *n = json_object_get(entry, "add"), *like = json_object_get(entry, "like");
	uint64_t agent = 0;

	if (!json_is_integer(n) || json_integer_value(n) < 1 ||
		json_integer_value(n) + (json_int_t)c->added.len > WHATIF_ADD_MAX)
		return scenario_refuse(
			r, "\"add\" must be a number of agents, at most %d in all", WHATIF_ADD_MAX);
	if (json_object_size(entry) != 2 || !like)
		return scenario_refuse(
			r, "say whom the new ones are like: {\"add\": 2, \"like\": \"login\"}");
	int err = find_agent(r, like, &agent);
	for (json_int_t i = 0; err == 0 && i < json_integer_value(n); i++)
		err = VEC_PUSH(&c->added, (struct added){ADDED_ID + c->added.len, agent});
	return err;
}

static int read_edit(struct scenario_reader *r, const json_t *entry, struct agent_edit *e)
{
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)(uintptr_t)entry, key, v)
	{
		size_t depth = scenario_enter(r, key);
		int err = 0;
		if (str_equal(key, "serves"))
			err = read_serves(r, v, e);
		else if (str_equal(key, "skills"))
			err = read_held(r, v, e);
		else if (str_equal(key, "is_removed") && json_is_boolean(v))
			e->is_removed = json_is_true(v);
		else if (str_equal(key, "is_removed"))
			err = scenario_refuse(r, "must be true or false");
		else if (!str_equal(key, "id") && !str_equal(key, "login"))
			err = scenario_refuse(
				r, "there is no field of this name here; docs/replay.md lists them");
		if (err < 0)
			return err;
		scenario_leave(r, depth);
	}
	return 0;
}

static int read_agent(struct scenario_reader *r, const json_t *entry)
{
	struct agent_edit e = {0};

	if (!json_is_object(entry))
		return scenario_refuse(r, "must be an object {...}");
	if (json_object_get(entry, "add"))
		return read_added(r, entry);
	if (!who(entry, "login"))
		return scenario_refuse(r, "which agent? Give \"login\" or \"id\", or \"add\" and \"like\"");
	int err = find_agent(r, who(entry, "login"), &e.id);
	if (err == 0)
		err = read_edit(r, entry, &e);
	return err < 0 ? err : VEC_PUSH(&ours(r)->c->agents, e);
}

/* --- all ----------------------------------------------------------------------------------------------- */
static int read_list(
	struct scenario_reader *r, const json_t *value, void *object, const struct scenario_field *f)
{
	size_t i;
	json_t *v;

	(void)object;
	if (!json_is_array(value))
		return scenario_refuse(r, "must be a list [...]");
	json_array_foreach(value, i, v)
	{
		size_t depth = scenario_enter_at(r, i);
		int err = str_equal(f->name, "agents") ? read_agent(r, v) : read_queue(r, v);
		if (err < 0)
			return err;
		scenario_leave(r, depth);
	}
	return 0;
}

int change_read(
	struct change *c, const json_t *doc, const struct whatif_options *o, char why[static WHATIF_WHY_SIZE])
{
	static const struct scenario_field fields[] = {
		{"agents", read_list, 0, 0, 0, false, NULL},
		{"queues", read_list, 0, 0, 0, false, NULL},
		{"comment", scenario_read_later, 0, 0, 0, false, NULL},
		{0},
	};
	struct change_reader r = {.base = {.why = why}, .c = c};

	_Static_assert(WHATIF_WHY_SIZE >= SCENARIO_WHY_SIZE, "the reader writes so much");
	c->options = o;
	return scenario_read_object(&r.base, doc, fields, c);
}

void change_free(struct change *c)
{
	arena_free(&c->arena);
	VEC_FREE(&c->added);
	VEC_FREE(&c->agents);
	VEC_FREE(&c->queues);
}

/* Read once without an error, it reads again. */
static void edit_queue(const struct change *c, struct route_queue *q)
{
	char why[WHATIF_WHY_SIZE];
	struct change_reader r = {.base = {.why = why}, .c = (struct change *)(uintptr_t)c};

	VEC_EACH(&c->queues, i)
	if (c->queues.at[i].id == q->id)
		(void)scenario_read_object(&r.base, c->queues.at[i].settings, queue_fields, q);
	if (q->warn_ms > q->target_ms)
		q->warn_ms = q->target_ms;
}

/* false: the agent is gone. */
static bool edit_agent(const struct change *c, struct route_agent *a)
{
	bool is_kept = true;

	VEC_EACH(&c->agents, i)
	{
		const struct agent_edit *e = &c->agents.at[i];
		if (e->id != a->id)
			continue;
		is_kept &= !e->is_removed;
		if (e->has_serves) {
			a->serves = e->serves;
			a->n_serves = e->n_serves;
		}
		if (e->has_skills) {
			a->skills = e->skills;
			a->n_skills = e->n_skills;
		}
	}
	return is_kept;
}

int change_apply(const struct change *c, const struct route_config *from, struct arena *arena,
	struct route_config *ret_to)
{
	struct route_queue *queues = arena_alloc(arena, ((size_t)from->n_queues + 1) * sizeof(*queues));
	struct route_agent *agents =
		arena_alloc(arena, ((size_t)from->n_agents + c->added.len + 1) * sizeof(*agents));
	int n = 0;

	if (!queues || !agents)
		return -ENOMEM;
	for (int i = 0; i < from->n_queues; i++) {
		queues[i] = from->queues[i];
		edit_queue(c, &queues[i]);
	}
	for (int i = 0; i < from->n_agents; i++) {
		agents[n] = from->agents[i];
		n += edit_agent(c, &agents[n]);
	}
	for (size_t k = 0; k < c->added.len; k++)
		for (int i = 0; i < from->n_agents; i++)
			if (from->agents[i].id == c->added.at[k].like) {
				agents[n] = from->agents[i];
				(void)edit_agent(c, &agents[n]);
				agents[n++].id = c->added.at[k].id;
			}
	*ret_to = (struct route_config){from->version, queues, from->n_queues, agents, n};
	return 0;
}
