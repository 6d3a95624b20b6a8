/* See sandbox.h. Steps are counted by Lua's count hook. Memory is counted by the allocator: a run that asked
 * for more than its share is allowed to go on to its next instruction, where the hook stops it with the line;
 * one that asks for far more in one piece is refused at once. The collector rests during a run and
 * works behind each, so that what a run may use does not depend on what ran before it. */
#include "rule/sandbox.h"
#include "base/alloc.h"
#include "base/str.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOOK_STEPS 1000
#define CHUNK_NAME "rule"
#define GREEDY_FACTOR 4 /* of RULE_MEMORY_MAX: refused in the middle of an instruction */

struct sandbox *sandbox_of(lua_State *L)
{
	return *(struct sandbox **)lua_getextraspace(L);
}

/* --- limits
 * ------------------------------------------------------------------------------------------------------------
 */

/* Raises the error with the line the rule is at. */
static void stop(lua_State *L, lua_Debug *at, const char *why, long limit, const char *unit)
{
	lua_getinfo(L, "l", at);
	lua_pushfstring(L, CHUNK_NAME ":%d: %s (at most %d %s)", at->currentline, why, (int)limit, unit);
	lua_error(L);
}

static void on_count(lua_State *L, lua_Debug *at)
{
	struct sandbox *s = sandbox_of(L);

	if (s->is_greedy)
		stop(L, at, "the rule uses too much memory", RULE_MEMORY_MAX >> 10, "KB");
	s->steps += HOOK_STEPS;
	if (s->steps > s->steps_max)
		stop(L, at, "the rule does not come to an end", RULE_STEPS_MAX, "steps");
}

void sandbox_charge(lua_State *L, int64_t steps)
{
	struct sandbox *s = sandbox_of(L);

	s->steps += steps;
	if (s->steps > s->steps_max)
		luaL_error(L, "the rule does not come to an end (at most %d steps)", RULE_STEPS_MAX);
}

static void *lua_allocate(void *arg, void *p, size_t old_size, size_t size)
{
	struct sandbox *s = arg;

	if (!p)
		old_size = 0;
	if (size == 0) {
		s->live -= old_size;
		alloc_free(p);
		return NULL;
	}
	if (size > old_size) {
		s->made += size;
		bool is_too_much = s->is_running && s->made > (size_t)RULE_MEMORY_MAX * GREEDY_FACTOR;
		if (s->is_running && s->made > RULE_MEMORY_MAX && !s->is_greedy) {
			s->is_greedy = true;
			/* Allowed at any moment, as from a signal: the next instruction stops. */
			lua_sethook(s->L, on_count, LUA_MASKCOUNT, 1);
		}
		if (is_too_much || s->live + size > RULE_SET_MEMORY_MAX) {
			s->is_greedy = true;
			return NULL;
		}
	}
	void *grown = alloc_resize(p, size);
	if (grown)
		s->live += size - old_size;
	else
		s->is_short = true;
	return grown;
}

/* --- failures
 * --------------------------------------------------------------------------------------------------------
 */

/* What Lua says, in words that help people who do not know it. */
static const char *hint_for(const char *message)
{
	static const struct {
		const char *says, *hint;
	} hints[] = {
		{"attempt to index a nil value (global 'customer')",
			"customer is nil for a caller who is not known: write if customer and customer..."},
		{"attempt to compare nil with", "a fact may be missing: ask for it first (x and x > 3)"},
		{"attempt to compare number with nil",
			"a fact may be missing: ask for it first (x and x > 3)"},
		{"attempt to compare string with number", "a text is made a number by tonumber(...)"},
		{"attempt to compare number with string", "a text is made a number by tonumber(...)"},
		{"attempt to perform arithmetic on a string", "a text is made a number by tonumber(...)"},
	};

	for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++)
		if (strstr(message, hints[i].says))
			return hints[i].hint;
	return NULL;
}

/* "rule:3: message" into line and message. */
static void keep_failure(struct sandbox *s, const char *what)
{
	static const char prefix[] = CHUNK_NAME ":";

	if (str_starts_with(what, prefix)) {
		char *end;
		long line = strtol(what + sizeof(prefix) - 1, &end, 10);
		if (*end == ':' && end[1] == ' ') {
			s->line = (int)line;
			what = end + 2;
		}
	}
	const char *hint = hint_for(what);
	str_printf(s->message, sizeof(s->message), "%s%s%s", what, hint ? ": " : "", hint ? hint : "");
}

/* Runs before the stack is unwound: the place of errors raised inside a function of the library. */
static int on_error(lua_State *L)
{
	struct sandbox *s = sandbox_of(L);
	const char *what = lua_tostring(L, 1);
	lua_Debug at;

	s->line = 0;
	for (int level = 1; lua_getstack(L, level, &at) && !s->line; level++) {
		lua_getinfo(L, "l", &at);
		s->line = at.currentline > 0 ? at.currentline : 0;
	}
	keep_failure(s, what ? what : "error() needs a text");
	return 1;
}

/* After a failed protected call: 0 is not among them. */
static int failure(struct sandbox *s, int status)
{
	if (s->is_short) {
		s->line = 0;
		str_put(s->message, sizeof(s->message), "the server is short of memory");
		return -ENOMEM;
	}
	if (s->is_greedy) {
		if (status == LUA_ERRMEM)
			s->line = 0;
		str_printf(s->message, sizeof(s->message), "the rule uses too much memory (at most %d KB)",
			RULE_MEMORY_MAX >> 10);
	} else if (status == LUA_ERRERR) {
		str_put(s->message, sizeof(s->message), "the rule fails while it fails");
	}
	return -EINVAL;
}

/* --- opening
 * ----------------------------------------------------------------------------------------------------------
 */

void sandbox_define(lua_State *L, const char *name, lua_CFunction f)
{
	lua_pushcfunction(L, f);
	lua_setfield(L, -2, name);
}

static int no_globals(lua_State *L)
{
	const char *name = lua_tostring(L, 2);

	lua_pushvalue(L, lua_upvalueindex(1));
	if (name && lua_getfield(L, -1, name) == LUA_TFUNCTION)
		return luaL_error(L, "%s is a word of the language: write %s(...)", name, name);
	return luaL_error(L, "write local before \"%s\": rules keep nothing", name ? name : "this");
}

/* What a name means that is no local: a group of facts, or a word. */
static int find_global(lua_State *L)
{
	const char *name = lua_tostring(L, 2);

	if (lua_type(L, 2) != LUA_TSTRING)
		return luaL_error(L, "there is nothing of this name here");
	if (facts_push(L, name))
		return 1;
	lua_pushvalue(L, 2);
	if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL)
		return 1;
	return luaL_error(L, "there is nothing called \"%s\" here", name);
}

/* The registry gets "rule.env": the empty table all rules see as their globals. */
static int open_protected(lua_State *L)
{
	library_open(L);
	facts_open(L);
	words_open(L);
	lua_newtable(L);
	lua_createtable(L, 0, 3);
	lua_pushvalue(L, -3);
	lua_pushcclosure(L, find_global, 1);
	lua_setfield(L, -2, "__index");
	lua_pushvalue(L, -3);
	lua_pushcclosure(L, no_globals, 1);
	lua_setfield(L, -2, "__newindex");
	lua_pushboolean(L, 0);
	lua_setfield(L, -2, "__metatable");
	lua_setmetatable(L, -2);
	lua_setfield(L, LUA_REGISTRYINDEX, "rule.env");
	return 0;
}

/* Unreachable: everything that can raise is called protected. */
static int on_panic(lua_State *L)
{
	(void)L;
	__builtin_trap();
}

int sandbox_open(struct sandbox *s)
{
	*s = (struct sandbox){0};
	s->L = lua_newstate(lua_allocate, s);
	if (!s->L)
		return -ENOMEM;
	lua_atpanic(s->L, on_panic);
	*(struct sandbox **)lua_getextraspace(s->L) = s;
	lua_gc(s->L, LUA_GCSTOP);
	lua_pushcfunction(s->L, open_protected);
	if (lua_pcall(s->L, 0, 0, 0) == LUA_OK)
		return 0;
	sandbox_close(s);
	return -ENOMEM;
}

void sandbox_close(struct sandbox *s)
{
	if (s->L)
		lua_close(s->L);
	s->L = NULL;
}

/* --- compiling and running
 * ------------------------------------------------------------------------------------------- */

/* (text) -> reference; raises what is wrong with the text. */
static int compile_protected(lua_State *L)
{
	const char *text = lua_touserdata(L, 1);

	if (luaL_loadbufferx(L, text, strlen(text), "=" CHUNK_NAME, "t") != LUA_OK)
		return lua_error(L);
	lua_getfield(L, LUA_REGISTRYINDEX, "rule.env");
	lua_setupvalue(L, -2, 1);
	lua_pushinteger(L, luaL_ref(L, LUA_REGISTRYINDEX));
	return 1;
}

int sandbox_compile(struct sandbox *s, const char *text, int *ret_ref)
{
	lua_State *L = s->L;

	s->is_short = s->is_greedy = false;
	s->line = 0;
	s->message[0] = '\0';
	lua_pushcfunction(L, compile_protected);
	lua_pushlightuserdata(L, (void *)text);
	int status = lua_pcall(L, 1, 1, 0), err = 0;
	if (status == LUA_OK) {
		*ret_ref = (int)lua_tointeger(L, -1);
	} else {
		const char *what = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "";
		keep_failure(s, what);
		err = failure(s, status);
	}
	lua_settop(L, 0);
	sandbox_collect(s);
	return err;
}

int sandbox_call(struct sandbox *s, int ref, int64_t *total)
{
	lua_State *L = s->L;
	int64_t left = RULE_SET_STEPS_MAX - *total;
	int err = 0;

	s->is_short = s->is_greedy = s->has_said = false;
	s->steps = 0;
	s->steps_max = left < RULE_STEPS_MAX ? left : RULE_STEPS_MAX;
	s->made = 0;
	s->line = 0;
	s->message[0] = '\0';
	if (left <= 0) {
		str_printf(s->message, sizeof(s->message),
			"the rules before this one used all the steps (%d)", RULE_SET_STEPS_MAX);
		return -EINVAL;
	}
	lua_pushcfunction(L, on_error);
	lua_rawgeti(L, LUA_REGISTRYINDEX, ref);
	lua_sethook(L, on_count, LUA_MASKCOUNT, HOOK_STEPS);
	s->is_running = true;
	int status = lua_pcall(L, 0, 0, 1);
	s->is_running = false;
	lua_sethook(L, NULL, 0, 0);
	if (status != LUA_OK || s->is_greedy)
		err = failure(s, status);
	*total += s->steps;
	lua_settop(L, 0);
	return err ? -EINVAL : 0;
}

void sandbox_collect(struct sandbox *s)
{
	lua_gc(s->L, LUA_GCCOLLECT);
}
