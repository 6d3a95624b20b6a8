/* The facts as Lua sees them: groups that can only be read, and read the JSON object of the run on demand (a
 * rule that looks at one field costs one field). Lists and objects inside are given as copies.
 *
 * A field a group does not have is an error that names those it has, so that a slip of the pen is found at
 * save and is not taken for "nothing". `customer` has the fields of the customer resource; variables and
 * chosen have whatever the flow gave them. */
#include "base/str.h"
#include "resource/resource.h"
#include "rule/sandbox.h"

#include <math.h>
#include <string.h>

#define DEPTH_MAX 4
#define GROUP_META "facts"

struct group {
	const char *name, *in; /* in: the group it is a field of; NULL: of its own */
	const char *const *fields;
	const char *resource; /* its fields are meant; fields: besides these */
};
static const char *const of_caller[] = {"number", "name", NULL};
static const char *const of_contact[] = {"channel", "called", "language", "variables", "chosen", NULL};
static const char *const of_queue[] = {"id", "name", "waiting", "estimate_s", NULL};
static const char *const of_history[] = {"contacts_7_days", "abandoned_today", "since_last_s", "last_agent",
	"last_queue", "last_disposition", "last_result", NULL};
static const char *const of_time[] = {"hour", "minute", "weekday", "date", NULL};
static const char *const of_customer[] = {"id", NULL};
static const struct group groups[] = {
	{"caller", .fields = of_caller},
	{"customer", .fields = of_customer, .resource = "customer"},
	{"contact", .fields = of_contact},
	{"queue", .fields = of_queue},
	{"history", .fields = of_history},
	{"time", .fields = of_time},
	{"variables", .in = "contact"},
	{"chosen", .in = "contact"},
};
#define N_GROUPS (sizeof(groups) / sizeof(groups[0]))

static const json_t *values_of(const struct sandbox *s, const struct group *g)
{
	const json_t *from = g->in ? json_object_get(s->facts, g->in) : s->facts;

	return json_object_get(from, g->name);
}

const char *facts_text(const struct sandbox *s, const char *group, const char *field)
{
	const char *text = jsonx_text(json_object_get(s->facts, group), field, NULL);

	return str_is_blank(text) ? NULL : text;
}

static void push_value(lua_State *L, const json_t *v, int depth);

static void push_inner(lua_State *L, const json_t *v, int depth)
{
	const char *key;
	json_t *part;
	size_t i;

	if (depth >= DEPTH_MAX)
		luaL_error(L, "this fact is nested too deeply");
	luaL_checkstack(L, 4, NULL);
	lua_newtable(L);
	json_array_foreach(v, i, part)
	{
		sandbox_charge(L, 1);
		push_value(L, part, depth + 1);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	json_object_foreach((json_t *)v, key, part)
	{
		sandbox_charge(L, 1);
		push_value(L, part, depth + 1);
		lua_setfield(L, -2, key);
	}
}

static void push_value(lua_State *L, const json_t *v, int depth)
{
	switch (v ? json_typeof(v) : JSON_NULL) {
	case JSON_STRING:
		lua_pushlstring(L, json_string_value(v), json_string_length(v));
		break;
	case JSON_INTEGER:
		lua_pushinteger(L, json_integer_value(v));
		break;
	case JSON_REAL:
		lua_pushnumber(L, json_real_value(v));
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		lua_pushboolean(L, json_is_true(v));
		break;
	case JSON_NULL:
		lua_pushnil(L);
		break;
	case JSON_ARRAY:
	case JSON_OBJECT:
		push_inner(L, v, depth);
		break;
	}
}

static bool has_field(const struct group *g, const char *name)
{
	const struct resource *r = g->resource ? resource_by_name(g->resource) : NULL;

	for (const char *const *f = g->fields; f && *f; f++)
		if (strcmp(*f, name) == 0)
			return true;
	return r && resource_field(r, name);
}

static int say_fields(lua_State *L, const struct group *g, const char *name)
{
	const struct resource *r = g->resource ? resource_by_name(g->resource) : NULL;
	char list[160] = "";
	size_t used = 0;

	for (int i = 0; used < sizeof(list); i++) {
		bool is_own = g->fields[i] != NULL;
		if (!is_own && !r)
			break;
		const char *field = is_own ? g->fields[i] : r->fields[0].name;
		str_printf(list + used, sizeof(list) - used, "%s%s", i ? ", " : "", field);
		used = strlen(list);
		if (!is_own)
			break;
	}
	return luaL_error(L, "%s has no field \"%s\"; it has %s%s", g->name, name, list, r ? "..." : "");
}

/* Pushes the sub-group of g called name. */
static bool push_inside(lua_State *L, const struct group *g, const char *name)
{
	for (size_t i = 0; i < N_GROUPS; i++)
		if (groups[i].in && strcmp(groups[i].in, g->name) == 0 && strcmp(groups[i].name, name) == 0) {
			lua_rawgetp(L, LUA_REGISTRYINDEX, &groups[i]);
			return true;
		}
	return false;
}

static int find_fact(lua_State *L)
{
	const struct group *const *g = luaL_checkudata(L, 1, GROUP_META);
	const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "?";

	if (push_inside(L, *g, name))
		return 1;
	const json_t *v = json_object_get(values_of(sandbox_of(L), *g), name);
	if (!v && (*g)->fields && !has_field(*g, name))
		return say_fields(L, *g, name);
	/* "Longer ago than anything" reads better than a missing number. */
	if ((!v || json_is_null(v)) && strcmp(name, "since_last_s") == 0)
		lua_pushnumber(L, (lua_Number)HUGE_VAL);
	else
		push_value(L, v, 0);
	return 1;
}

static int no_change(lua_State *L)
{
	return luaL_error(L, "facts cannot be changed");
}

/* queue "night": the group of facts is the word, too. */
static int call_group(lua_State *L)
{
	const struct group *const *g = luaL_checkudata(L, 1, GROUP_META);

	if (strcmp((*g)->name, "queue") != 0)
		return luaL_error(L, "%s is no word: it holds facts", (*g)->name);
	lua_getfield(L, LUA_REGISTRYINDEX, "rule.queue");
	lua_replace(L, 1);
	lua_call(L, lua_gettop(L) - 1, 0);
	return 0;
}

bool facts_push(lua_State *L, const char *name)
{
	struct sandbox *s = sandbox_of(L);

	for (size_t i = 0; i < N_GROUPS; i++) {
		if (groups[i].in || strcmp(groups[i].name, name) != 0)
			continue;
		const json_t *v = values_of(s, &groups[i]);
		if (groups[i].resource && (!v || json_is_null(v)))
			lua_pushnil(L);
		else
			lua_rawgetp(L, LUA_REGISTRYINDEX, &groups[i]);
		return true;
	}
	return false;
}

void facts_open(lua_State *L)
{
	luaL_newmetatable(L, GROUP_META);
	sandbox_define(L, "__index", find_fact);
	sandbox_define(L, "__newindex", no_change);
	sandbox_define(L, "__call", call_group);
	lua_pushboolean(L, 0);
	lua_setfield(L, -2, "__metatable");
	lua_pop(L, 1);
	for (size_t i = 0; i < N_GROUPS; i++) {
		const struct group **g = lua_newuserdatauv(L, sizeof(*g), 0);
		*g = &groups[i];
		luaL_setmetatable(L, GROUP_META);
		lua_rawsetp(L, LUA_REGISTRYINDEX, &groups[i]);
	}
}
