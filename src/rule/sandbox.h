/* The walls around Lua: memory and steps, what of its library a rule may use, and one protected call with its
 * failure as a line and a sentence. Knows nothing of what rules are for.
 *
 * Invariants: no error of Lua leaves sandbox_call and sandbox_compile; while the hook counts, nothing runs
 * longer than its steps; functions made here never run unprotected. */
#pragma once
#include "rule/rule.h"

#include <lauxlib.h>
#include <lua.h>

struct sandbox {
	lua_State *L;
	size_t live;	/* bytes handed out */
	size_t made;	/* bytes asked for since the run began: what a run may use, however it is collected */
	bool is_short;	/* the system has no memory */
	bool is_greedy; /* more than its share was asked for */
	bool is_running; /* a rule runs: its limits hold */
	int64_t steps, steps_max;
	int line; /* of the failure */
	char message[RULE_MESSAGE_SIZE];
	/* of the run, for the words */
	const json_t *facts;
	const struct rule_names *names;
	struct rule_wish *wish;
	char *note; /* RULE_NOTE_SIZE bytes */
	bool has_said;
};

/* Starts Lua with the safe part of its library. 0 or -ENOMEM. */
int sandbox_open(struct sandbox *s);
void sandbox_close(struct sandbox *s);
/* The sandbox of L. */
struct sandbox *sandbox_of(lua_State *L);
/* Compiles text and keeps it under *ret_ref. 0; -EINVAL (line and message say why); -ENOMEM. */
int sandbox_compile(struct sandbox *s, const char *text, int *ret_ref);
/* Runs what is kept under ref. 0; -EINVAL (line and message say why). Adds its steps to *total, and fails
 * when that would exceed RULE_SET_STEPS_MAX. */
int sandbox_call(struct sandbox *s, int ref, int64_t *total);
/* Between runs: collects what they left behind. */
void sandbox_collect(struct sandbox *s);
/* Counts work that Lua's machine does not see; raises the error when it is too much. */
void sandbox_charge(lua_State *L, int64_t steps);
/* Adds a function to the words of the language. Only from words_open (protected). */
void sandbox_define(lua_State *L, const char *name, lua_CFunction f);

/* library.c: what of Lua's own library stays; leaves the table of words on the stack. Protected. */
void library_open(lua_State *L);
/* words.c: what rules say. Protected; the table of words is on the top. */
void words_open(lua_State *L);
/* facts.c: makes the groups of facts. Protected. */
void facts_open(lua_State *L);
/* Pushes the group called name (nil when the facts have none) and returns true; false when there is no such
 * group in the language. Protected. */
bool facts_push(lua_State *L, const char *name);
/* A text of the facts; NULL when absent. Borrowed. */
const char *facts_text(const struct sandbox *s, const char *group, const char *field);
