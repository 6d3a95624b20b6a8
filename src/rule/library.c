/* What of Lua's library rules may use: functions whose work is bounded by their arguments and whose result
 * depends on nothing else. Left out, each for a reason: patterns (string.find, match, gsub: some take for
 * ever), rep and sort (work nobody counts, order by chance), load and require (foreign code), pcall (a rule
 * could catch its own limit), next and Lua's own pairs (order by chance), metatables and raw access (the
 * walls), coroutines, os, io, debug, math.random. */
#include "rule/sandbox.h"

#include <lualib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- guards
 * ------------------------------------------------------------------------------------------------------------
 */

/* Calls the function in upvalue 1 with the same arguments, having charged for the first one's size. */
static int charged(lua_State *L)
{
	int n = lua_gettop(L);

	for (int i = 1; i <= n; i++)
		sandbox_charge(L, (int64_t)lua_rawlen(L, i));
	lua_pushvalue(L, lua_upvalueindex(1));
	lua_insert(L, 1);
	lua_call(L, n, LUA_MULTRET);
	return lua_gettop(L);
}

/* (library on the top): its function name, guarded, into the table below it. */
static void take(lua_State *L, const char *name)
{
	lua_getfield(L, -1, name);
	lua_pushcclosure(L, charged, 1);
	lua_setfield(L, -3, name);
}

static int frozen(lua_State *L)
{
	return luaL_error(L, "this cannot be changed");
}

/* upvalues: the table, its name */
static int find_member(lua_State *L)
{
	lua_pushvalue(L, 2);
	if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL)
		return 1;
	const char *library = lua_tostring(L, lua_upvalueindex(2)), *name = lua_tostring(L, 2);
	bool is_pattern = name && strstr(" find match gmatch gsub ", name) && strcmp(library, "string") == 0;
	return luaL_error(L, "%s.%s is not part of the language%s", library, name ? name : "?",
		is_pattern ? ": use contains, starts_with or ends_with" : "");
}

/* The table on the top becomes one that can only be read. */
static void freeze(lua_State *L, const char *name)
{
	lua_newtable(L);
	lua_createtable(L, 0, 3);
	lua_pushvalue(L, -3);
	lua_pushstring(L, name);
	lua_pushcclosure(L, find_member, 2);
	lua_setfield(L, -2, "__index");
	sandbox_define(L, "__newindex", frozen);
	lua_pushboolean(L, 0);
	lua_setfield(L, -2, "__metatable");
	lua_setmetatable(L, -2);
	lua_remove(L, -2);
}

/* --- ours instead of Lua's
 * ------------------------------------------------------------------------------------------- */

/* Without addresses: they differ from run to run. */
static int plain_tostring(lua_State *L)
{
	luaL_checkany(L, 1);
	switch (lua_type(L, 1)) {
	case LUA_TNIL:
	case LUA_TBOOLEAN:
	case LUA_TNUMBER:
	case LUA_TSTRING:
		luaL_tolstring(L, 1, NULL);
		return 1;
	default:
		lua_pushstring(L, luaL_typename(L, 1));
		return 1;
	}
}

static int plain_format(lua_State *L)
{
	int n = lua_gettop(L);
	size_t len;
	const char *format = luaL_checklstring(L, 1, &len);

	for (const char *p = strchr(format, '%'); p; p = strchr(p, '%')) {
		p += 1 + strspn(p + 1, "-+ #0123456789.");
		luaL_argcheck(L, *p && strchr("%dsfgxXeE", *p), 1, "only %d %s %f %g %e %x and %% are known");
		p++;
	}
	for (int i = 2; i <= n; i++) {
		int type = lua_type(L, i);
		luaL_argcheck(L,
			type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TBOOLEAN ||
				type == LUA_TNIL,
			i, "a text or number is expected");
	}
	return charged(L);
}

struct key {
	lua_Number number;
	const char *text; /* NULL: a number */
	size_t len;
	lua_Integer whole;
	bool is_whole;
};

static int by_key(const void *a, const void *b)
{
	const struct key *x = a, *y = b;

	if (!x->text != !y->text)
		return x->text ? 1 : -1;
	if (!x->text && x->is_whole && y->is_whole)
		return x->whole < y->whole ? -1 : x->whole > y->whole;
	if (!x->text)
		return x->number < y->number ? -1 : x->number > y->number;
	int order = memcmp(x->text, y->text, x->len < y->len ? x->len : y->len);
	return order ? order : x->len < y->len ? -1 : x->len > y->len;
}

/* The table's keys, sorted, as a list on the top. */
static void push_sorted_keys(lua_State *L, int table)
{
	size_t n = 0;

	for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1))
		n++;
	sandbox_charge(L, (int64_t)n * 8);
	struct key *keys = lua_newuserdatauv(L, (n + 1) * sizeof(*keys), 0);
	n = 0;
	for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
		int type = lua_type(L, -2);
		if (type != LUA_TNUMBER && type != LUA_TSTRING)
			luaL_error(L, "pairs goes over tables whose keys are texts and numbers");
		keys[n] = (struct key){.number = type == LUA_TNUMBER ? lua_tonumber(L, -2) : 0,
			.is_whole = lua_isinteger(L, -2) != 0,
			.whole = type == LUA_TNUMBER ? lua_tointeger(L, -2) : 0};
		if (type == LUA_TSTRING)
			keys[n].text = lua_tolstring(L, -2, &keys[n].len);
		n++;
	}
	qsort(keys, n, sizeof(*keys), by_key);
	lua_createtable(L, (int)n, 0);
	for (size_t i = 0; i < n; i++) {
		if (keys[i].text)
			lua_pushlstring(L, keys[i].text, keys[i].len);
		else if (keys[i].is_whole)
			lua_pushinteger(L, keys[i].whole);
		else
			lua_pushnumber(L, keys[i].number);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	lua_remove(L, -2);
}

/* upvalues: the keys, the index of the last one given */
static int next_sorted(lua_State *L)
{
	lua_Integer i = lua_tointeger(L, lua_upvalueindex(2)) + 1;

	lua_pushinteger(L, i);
	lua_replace(L, lua_upvalueindex(2));
	if (lua_rawgeti(L, lua_upvalueindex(1), i) == LUA_TNIL)
		return 1;
	lua_pushvalue(L, -1);
	lua_gettable(L, 1);
	return 2;
}

static int sorted_pairs(lua_State *L)
{
	luaL_checktype(L, 1, LUA_TTABLE);
	push_sorted_keys(L, 1);
	lua_pushinteger(L, 0);
	lua_pushcclosure(L, next_sorted, 2);
	lua_pushvalue(L, 1);
	lua_pushnil(L);
	return 3;
}

/* Where part begins in text, or NULL. Charged: it looks at every letter. */
static const char *find_part(lua_State *L)
{
	size_t len, part_len;
	const char *text = luaL_optlstring(L, 1, "", &len), *part = luaL_checklstring(L, 2, &part_len);

	sandbox_charge(L, (int64_t)(len + part_len));
	return memmem(text, len, part, part_len);
}

static int contains(lua_State *L)
{
	lua_pushboolean(L, find_part(L) != NULL);
	return 1;
}

static int starts_with(lua_State *L)
{
	size_t len, part_len;
	const char *text = luaL_optlstring(L, 1, "", &len), *part = luaL_checklstring(L, 2, &part_len);

	lua_pushboolean(L, len >= part_len && memcmp(text, part, part_len) == 0);
	return 1;
}

static int ends_with(lua_State *L)
{
	size_t len, part_len;
	const char *text = luaL_optlstring(L, 1, "", &len), *part = luaL_checklstring(L, 2, &part_len);

	lua_pushboolean(L, len >= part_len && memcmp(text + len - part_len, part, part_len) == 0);
	return 1;
}

/* one_of(value, a, b, ...) */
static int one_of(lua_State *L)
{
	int n = lua_gettop(L), is_in = 0;

	luaL_checkany(L, 1);
	for (int i = 2; i <= n && !is_in; i++)
		is_in = lua_rawequal(L, 1, i);
	lua_pushboolean(L, is_in);
	return 1;
}

/* --- opening
 * ----------------------------------------------------------------------------------------------------------
 */

/* A table with these functions of the library that open makes; NULL ends the list. */
static void open_part(lua_State *L, lua_CFunction open, const char *const *names)
{
	lua_newtable(L);
	lua_pushcfunction(L, open);
	lua_call(L, 0, 1);
	for (; *names; names++)
		take(L, *names);
	lua_pop(L, 1);
}

/* Texts keep only the safe methods: ("x"):upper(). The string library is on the top. */
static void open_methods(lua_State *L)
{
	lua_pushliteral(L, "");
	lua_createtable(L, 0, 2);
	lua_pushvalue(L, -3);
	lua_setfield(L, -2, "__index");
	lua_pushboolean(L, 0);
	lua_setfield(L, -2, "__metatable");
	lua_setmetatable(L, -2);
	lua_pop(L, 1);
}

static void open_string(lua_State *L)
{
	static const char *const names[] = {"len", "sub", "upper", "lower", "format", NULL};

	open_part(L, luaopen_string, names);
	/* plain_format wants Lua's own as its upvalue, as charged does. */
	lua_getfield(L, -1, "format");
	lua_getupvalue(L, -1, 1);
	lua_pushcclosure(L, plain_format, 1);
	lua_setfield(L, -3, "format");
	lua_pop(L, 1);
	freeze(L, "string");
	open_methods(L);
	lua_setfield(L, -2, "string");
}

void library_open(lua_State *L)
{
	static const char *const base[] = {"assert", "error", "ipairs", "select", "tonumber", "type", NULL};
	static const char *const of_math[] = {"floor", "ceil", "abs", "min", "max", NULL};
	static const char *const of_table[] = {"insert", "remove", "concat", NULL};

	open_part(L, luaopen_base, base);
	open_string(L);
	open_part(L, luaopen_math, of_math);
	lua_pushnumber(L, (lua_Number)HUGE_VAL);
	lua_setfield(L, -2, "huge");
	freeze(L, "math");
	lua_setfield(L, -2, "math");
	open_part(L, luaopen_table, of_table);
	freeze(L, "table");
	lua_setfield(L, -2, "table");
	sandbox_define(L, "tostring", plain_tostring);
	sandbox_define(L, "pairs", sorted_pairs);
	sandbox_define(L, "contains", contains);
	sandbox_define(L, "starts_with", starts_with);
	sandbox_define(L, "ends_with", ends_with);
	sandbox_define(L, "one_of", one_of);
	lua_pushinteger(L, 60);
	lua_setfield(L, -2, "minutes");
	lua_pushinteger(L, 3600);
	lua_setfield(L, -2, "hours");
	lua_pushinteger(L, 86400);
	lua_setfield(L, -2, "days");
}
