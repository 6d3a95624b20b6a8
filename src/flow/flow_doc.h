/* Inside the flow room: a checked document as plain structs. Everything hangs in one arena and never changes
 * after flow_parse; nothing outside src/flow/ includes this header. */
#pragma once
#include "base/arena.h"
#include "flow/flow.h"

#include <stdatomic.h>

#define FLOW_LANGUAGES 4
#define FLOW_OPTIONS_MAX 12
#define FLOW_CASES_MAX 32
#define FLOW_CASE_VALUES_MAX 64
#define FLOW_SETS_MAX 16
#define FLOW_REPROMPT_MAX 2 /* items of invalid_say and no_input_say */
#define FLOW_PROMPT_MAX                                                                                      \
	(FLOW_SAY_MAX - FLOW_REPROMPT_MAX) /* items of a prompt that may be said again after them */
#define FLOW_ISSUES_MAX 200

enum flow_node_type {
	FLOW_SAY_NODE,
	FLOW_HOURS_NODE,
	FLOW_MENU_NODE,
	FLOW_COLLECT_NODE,
	FLOW_SET_NODE,
	FLOW_BRANCH_NODE,
	FLOW_QUEUE_NODE,
	FLOW_VOICEMAIL_NODE,
	FLOW_TRANSFER_NODE,
	FLOW_HANG_UP_NODE,
	FLOW_GOTO_NODE,
	FLOW_FAX_NODE,
	FLOW_RECORD_NODE,
	FLOW_EXTENSION_NODE,
	FLOW_RING_GROUP_NODE,
	FLOW_NODE_TYPES,
};

enum flow_exit {
	FLOW_EXIT_NEXT,
	FLOW_EXIT_OPEN,
	FLOW_EXIT_CLOSED,
	FLOW_EXIT_FAIL,
	FLOW_EXIT_OTHERWISE,
	FLOW_EXIT_OVERFLOW,
	FLOW_EXIT_NO_AGENTS,
	FLOW_EXIT_FULL,
	FLOW_EXIT_TOO_LONG,
	FLOW_EXIT_PRESSED,
	FLOW_EXIT_AFTER,
	FLOW_EXIT_TOO_SHORT,
	FLOW_EXIT_BUSY,
	FLOW_EXIT_NO_ANSWER,
	FLOW_EXITS,
};
#define FLOW_NO_NODE (-1)

/* One item of a say list: a prompt, a fixed phrase, or texts by language (NULL where there is none). */
struct flow_item {
	uint64_t prompt;
	const char *phrase;
	const char *text[FLOW_LANGUAGES];
	bool is_fixed; /* one text in its own language, whatever the caller speaks: a language menu */
};
struct flow_items {
	struct flow_item *at;
	int n;
};
struct flow_option {
	char digit;
	const char *label;
	int next;
};
enum flow_op {
	FLOW_EQUALS,
	FLOW_NOT_EQUALS,
	FLOW_STARTS_WITH,
	FLOW_IN,
	FLOW_GREATER,
	FLOW_LESS,
	FLOW_IS_SET,
	FLOW_OPS
};
struct flow_case {
	enum flow_op op;
	const char **values;
	int n_values, next;
};
struct flow_assignment {
	const char *name, *value;
};
struct flow_skill {
	uint64_t skill;
	int level;
};

struct flow_node {
	const char *name;
	enum flow_node_type type;
	int exit[FLOW_EXITS]; /* index of a node, or FLOW_NO_NODE */
	struct flow_items say, invalid_say, no_input_say;
	int tries, timeout_s, min, max, priority, limit_s, silence_s;
	int barge_in, is_masked; /* booleans, kept as int for the field table */
	int digit;		 /* terminator of collect, exit_digit of queue; 0: none */
	uint64_t hours, queue, user, flow, deliver_to, extension, group;
	const char *variable, *target, *reason;
	struct flow_option *options;
	struct flow_case *cases;
	struct flow_assignment *sets;
	struct flow_skill *skills;
	int n_options, n_cases, n_sets, n_skills;
};

struct flow {
	atomic_int refs;
	struct arena arena;
	uint64_t id;
	int version, language; /* index into flow_language_names */
	struct flow_node *nodes;
	int n_nodes, start;
	struct flow_assignment *variables; /* set at START unless the owner set them before */
	int n_variables;
	struct flow_reference *references;
	size_t n_references, references_room;
};

extern const char *const flow_language_names[FLOW_LANGUAGES];
extern const char *const flow_node_type_names[FLOW_NODE_TYPES];
extern const char *const flow_op_names[FLOW_OPS];

/* The index of a language name, or -1. */
int flow_language_index(const char *name);
/* Persian and Arabic, the first two names. */
static inline bool flow_language_is_rtl(int index)
{
	return index == 0 || index == 1;
}
/* 1 to 63 of a-z 0-9 _ . and beginning with a letter. */
bool flow_is_variable_name(const char *name, size_t n);
/* Every node index that node leads to, in a fixed order: calls on_exit for each. */
void flow_each_exit(const struct flow_node *node, void (*on_exit)(int target, void *arg), void *arg);
