/* The words rules speak in: each one checks what it is given, in the language of the house, and writes it
 * into the wish of the run. A name that means nothing fails the rule. */
#include "base/str.h"
#include "rule/sandbox.h"

#include <string.h>

static struct rule_wish *wish_of(lua_State *L)
{
	struct sandbox *s = sandbox_of(L);

	s->has_said = true;
	return s->wish;
}

/* --- arguments
 * --------------------------------------------------------------------------------------------------------
 */

static lua_Integer whole(lua_State *L, int arg, lua_Integer min, lua_Integer max)
{
	lua_Integer n = luaL_checkinteger(L, arg);

	if (n < min || n > max)
		luaL_argerror(L, arg,
			lua_pushfstring(L, "must be from %I to %I", (LUAI_UACINT)min, (LUAI_UACINT)max));
	return n;
}

static uint64_t named(lua_State *L, enum rule_name_kind kind, const char *name)
{
	static const char *const kinds[] = {"queue", "skill", "agent"};
	struct sandbox *s = sandbox_of(L);
	uint64_t id = s->names->find(kind, name, s->names->arg);

	if (!id)
		luaL_error(L, "there is no %s called \"%s\"", kinds[kind], name);
	return id;
}

/* "last_agent" and "account_owner" mean whom the facts name, or nobody (0). */
static uint64_t agent(lua_State *L, int arg)
{
	struct sandbox *s = sandbox_of(L);
	const char *name = luaL_checkstring(L, arg);
	bool is_last = strcmp(name, "last_agent") == 0;

	if (!is_last && strcmp(name, "account_owner") != 0)
		return named(L, RULE_AGENT, name);
	name = is_last ? facts_text(s, "history", "last_agent") : facts_text(s, "customer", "account_owner");
	return name ? s->names->find(RULE_AGENT, name, s->names->arg) : 0; /* who left is nobody */
}

/* --- where to, and in what order
 * ------------------------------------------------------------------------------------- */

static int say_queue(lua_State *L)
{
	wish_of(L)->queue = named(L, RULE_QUEUE, luaL_checkstring(L, 1));
	return 0;
}

static int say_priority(lua_State *L)
{
	struct rule_wish *w = wish_of(L);
	int sum = w->priority + (int)whole(L, 1, -RULE_PRIORITY_MAX, RULE_PRIORITY_MAX);

	w->priority = sum > RULE_PRIORITY_MAX	 ? RULE_PRIORITY_MAX
		      : sum < -RULE_PRIORITY_MAX ? -RULE_PRIORITY_MAX
						 : sum;
	return 0;
}

static int say_head_start(lua_State *L)
{
	struct rule_wish *w = wish_of(L);
	int sum = w->head_start_s + (int)whole(L, 1, 0, RULE_SECONDS_MAX);

	w->head_start_s = sum > RULE_SECONDS_MAX ? RULE_SECONDS_MAX : sum;
	return 0;
}

static int say_target(lua_State *L)
{
	wish_of(L)->target_s = (int)whole(L, 1, 1, RULE_SECONDS_MAX);
	return 0;
}

/* --- who
 * --------------------------------------------------------------------------------------------------------------
 */

static void add_ask(lua_State *L, struct ask ask)
{
	struct rule_wish *w = wish_of(L);

	for (int i = 0; i < w->n_asks; i++) {
		const struct ask *a = &w->asks[i];
		if (a->skill == ask.skill && a->level == ask.level && a->kind == ask.kind &&
			a->any == ask.any)
			return;
	}
	if (w->n_asks == ASKS_MAX)
		luaL_error(L, "too many skills are asked: at most %d", ASKS_MAX);
	w->asks[w->n_asks++] = ask;
}

static int ask_one(lua_State *L, enum ask_kind kind)
{
	uint64_t skill = named(L, RULE_SKILL, luaL_checkstring(L, 1));
	lua_Integer level = lua_isnoneornil(L, 2) ? 1 : whole(L, 2, 1, ASK_LEVEL_MAX);

	add_ask(L, (struct ask){.skill = skill, .level = (uint8_t)level, .kind = (uint8_t)kind});
	return 0;
}

static int say_require(lua_State *L)
{
	return ask_one(L, ASK_REQUIRED);
}

static int say_always(lua_State *L)
{
	return ask_one(L, ASK_FIXED);
}

static int say_prefer(lua_State *L)
{
	return ask_one(L, ASK_PREFERRED);
}

static int say_never(lua_State *L)
{
	return ask_one(L, ASK_NOT);
}

/* The highest number of a set of alternatives so far. */
static uint8_t last_set(const struct rule_wish *w)
{
	uint8_t last = 0;

	for (int i = 0; i < w->n_asks; i++)
		last = w->asks[i].any > last ? w->asks[i].any : last;
	return last;
}

/* any_of{"sales", support = 3}: names in the list, or names with a level; in the order of their names. */
static int say_any_of(lua_State *L)
{
	uint8_t any = (uint8_t)(last_set(wish_of(L)) + 1);
	int n = 0;

	luaL_checktype(L, 1, LUA_TTABLE);
	lua_getfield(L, LUA_REGISTRYINDEX, "rule.pairs");
	lua_pushvalue(L, 1);
	lua_call(L, 1, 3); /* 2: the iterator; 3: the table; 4: nil */
	for (;; n++) {
		lua_settop(L, 4);
		lua_pushvalue(L, 2);
		lua_pushvalue(L, 3);
		lua_pushnil(L);
		lua_call(L, 2, 2);
		if (lua_isnil(L, 5))
			break;
		bool is_listed = lua_type(L, 5) == LUA_TNUMBER;
		const char *name = is_listed ? luaL_checkstring(L, 6) : lua_tostring(L, 5);
		lua_Integer level = is_listed ? 1 : whole(L, 6, 1, ASK_LEVEL_MAX);
		add_ask(L, (struct ask){.skill = named(L, RULE_SKILL, name),
				   .level = (uint8_t)level,
				   .any = any,
				   .kind = ASK_REQUIRED});
	}
	luaL_argcheck(L, n > 0, 1, "name at least one skill: any_of{\"sales\", support = 3}");
	return 0;
}

static uint64_t find_skill(const char *name, void *arg)
{
	const struct sandbox *s = arg;

	return s->names->find(RULE_SKILL, name, s->names->arg);
}

/* skills "persian >= 5 and (sales or support)": the language of queues. */
static int say_skills(lua_State *L)
{
	struct sandbox *s = sandbox_of(L);
	const char *text = luaL_checkstring(L, 1);
	struct ask asks[ASKS_MAX];
	struct ask_error error;
	uint8_t sets = last_set(wish_of(L));

	sandbox_charge(L, 1000);
	int n = ask_parse(text, find_skill, s, asks, &error);
	if (n < 0)
		return luaL_error(L, "column %d of the skills: %s", error.column, error.message);
	for (int i = 0; i < n; i++) {
		if (asks[i].any)
			asks[i].any = (uint8_t)(asks[i].any + sets);
		add_ask(L, asks[i]);
	}
	return 0;
}

static int say_exclude(lua_State *L)
{
	struct rule_wish *w = wish_of(L);
	uint64_t id = agent(L, 1);

	for (int i = 0; i < w->n_excluded; i++)
		if (w->excluded[i] == id)
			return 0;
	if (!id)
		return 0;
	if (w->n_excluded == RULE_EXCLUDED_MAX)
		return luaL_error(L, "too many are excluded: at most %d", RULE_EXCLUDED_MAX);
	w->excluded[w->n_excluded++] = id;
	return 0;
}

static int say_prefer_agent(lua_State *L)
{
	struct rule_wish *w = wish_of(L);
	uint64_t id = agent(L, 1);
	lua_Integer patience = lua_isnoneornil(L, 2) ? 30 : whole(L, 2, 0, RULE_SECONDS_MAX);

	if (id) {
		w->preferred_agent = id;
		w->patience_s = (int)patience;
	}
	return 0;
}

/* --- how to go on
 * ---------------------------------------------------------------------------------------------------- */

static int say_stop(lua_State *L)
{
	wish_of(L)->is_stopped = true;
	return 0;
}

static int say_note(lua_State *L)
{
	struct sandbox *s = sandbox_of(L);
	const char *text = luaL_checkstring(L, 1);
	size_t used = strlen(s->note);

	luaL_argcheck(L, str_is_utf8(text, strlen(text)), 1, "this is no UTF-8 text");
	s->has_said = true;
	/* Cut is fine: a note is for reading. */
	str_printf(s->note + used, RULE_NOTE_SIZE - used, "%s%s", used ? "; " : "", text);
	return 0;
}

void words_open(lua_State *L)
{
	static const luaL_Reg words[] = {{"priority", say_priority}, {"head_start", say_head_start},
		{"target", say_target}, {"require", say_require}, {"always", say_always},
		{"prefer", say_prefer}, {"never", say_never}, {"any_of", say_any_of}, {"skills", say_skills},
		{"exclude", say_exclude}, {"prefer_agent", say_prefer_agent}, {"stop", say_stop},
		{"note", say_note}, {NULL, NULL}};

	luaL_setfuncs(L, words, 0);
	lua_pushcfunction(L, say_queue); /* facts.c calls it: queue is a group of facts, too */
	lua_setfield(L, LUA_REGISTRYINDEX, "rule.queue");
	lua_getfield(L, -1, "pairs");
	lua_setfield(L, LUA_REGISTRYINDEX, "rule.pairs");
}
