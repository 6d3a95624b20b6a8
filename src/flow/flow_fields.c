/* The fields of every node type, as a table: what docs/flow.md says in words. One reader goes over it, so
 * that each type is checked the same way: unknown fields warn, missing and ill-typed ones refuse, limits are
 * named. */
#include "flow/flow_reader.h"
#include "base/id.h"
#include "base/str.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

enum field_kind {
	FIELD_END,
	FIELD_SAY,
	FIELD_EXIT, /* min: which exit; fallback: the exit taken where it is absent, or -1 */
	FIELD_INT,
	FIELD_BOOL,
	FIELD_ID,
	FIELD_DIGIT, /* fallback: the digit when absent */
	FIELD_TEXT,  /* max: bytes */
	FIELD_VARIABLE,
	FIELD_OPTIONS,
	FIELD_CASES,
	FIELD_SETS,
	FIELD_SKILLS,
};
struct field {
	const char *name;
	enum field_kind kind;
	size_t at;
	int min, max, fallback;
	bool is_required;
	const char *reference;
};

#define AT(member) offsetof(struct flow_node, member)
#define EXIT(name, which)                                                                                    \
	{                                                                                                    \
		name, FIELD_EXIT, .min = which, .fallback = FLOW_NO_NODE, .is_required = true                \
	}
#define EXIT_OR(name, which, other)                                                                          \
	{                                                                                                    \
		name, FIELD_EXIT, .min = which, .fallback = other                                            \
	}
#define REPROMPT(name, member)                                                                               \
	{                                                                                                    \
		name, FIELD_SAY, AT(member), .max = FLOW_REPROMPT_MAX                                        \
	}

static const struct field say_fields[] = {
	{"say", FIELD_SAY, AT(say), .max = FLOW_SAY_MAX, .is_required = true},
	{"barge_in", FIELD_BOOL, AT(barge_in), .fallback = 1},
	EXIT("next", FLOW_EXIT_NEXT),
	{0},
};
static const struct field hours_fields[] = {
	{"hours", FIELD_ID, AT(hours), .is_required = true, .reference = "hours"},
	EXIT("open", FLOW_EXIT_OPEN),
	EXIT("closed", FLOW_EXIT_CLOSED),
	{0},
};
static const struct field menu_fields[] = {
	{"say", FIELD_SAY, AT(say), .max = FLOW_PROMPT_MAX, .is_required = true},
	{"options", FIELD_OPTIONS, .is_required = true},
	{"tries", FIELD_INT, AT(tries), 1, 9, 3},
	{"timeout_s", FIELD_INT, AT(timeout_s), 1, 60, 5},
	REPROMPT("invalid_say", invalid_say),
	REPROMPT("no_input_say", no_input_say),
	{"barge_in", FIELD_BOOL, AT(barge_in), .fallback = 1},
	EXIT("on_fail", FLOW_EXIT_FAIL),
	{0},
};
static const struct field collect_fields[] = {
	{"say", FIELD_SAY, AT(say), .max = FLOW_PROMPT_MAX, .is_required = true},
	{"variable", FIELD_VARIABLE, AT(variable), .is_required = true},
	{"min", FIELD_INT, AT(min), 0, FLOW_DIGITS_MAX, 1},
	{"max", FIELD_INT, AT(max), 1, FLOW_DIGITS_MAX, FLOW_DIGITS_MAX},
	{"terminator", FIELD_DIGIT, AT(digit), .fallback = '#'},
	{"is_masked", FIELD_BOOL, AT(is_masked)},
	{"tries", FIELD_INT, AT(tries), 1, 9, 3},
	{"timeout_s", FIELD_INT, AT(timeout_s), 1, 60, 5},
	REPROMPT("invalid_say", invalid_say),
	REPROMPT("no_input_say", no_input_say),
	{"barge_in", FIELD_BOOL, AT(barge_in), .fallback = 1},
	EXIT("next", FLOW_EXIT_NEXT),
	EXIT("on_fail", FLOW_EXIT_FAIL),
	{0},
};
static const struct field set_fields[] = {
	{"set", FIELD_SETS, .is_required = true},
	EXIT("next", FLOW_EXIT_NEXT),
	{0},
};
static const struct field branch_fields[] = {
	{"variable", FIELD_VARIABLE, AT(variable), .is_required = true},
	{"cases", FIELD_CASES, .is_required = true},
	EXIT("otherwise", FLOW_EXIT_OTHERWISE),
	{0},
};
static const struct field queue_fields[] = {
	{"queue", FIELD_ID, AT(queue), .is_required = true, .reference = "queue"},
	{"priority", FIELD_INT, AT(priority), -1000, 1000, 0},
	{"skills", FIELD_SKILLS},
	{"exit_digit", FIELD_DIGIT, AT(digit)},
	EXIT("overflow", FLOW_EXIT_OVERFLOW),
	EXIT_OR("no_agents", FLOW_EXIT_NO_AGENTS, FLOW_EXIT_OVERFLOW),
	EXIT_OR("full", FLOW_EXIT_FULL, FLOW_EXIT_OVERFLOW),
	EXIT_OR("too_long", FLOW_EXIT_TOO_LONG, FLOW_EXIT_OVERFLOW),
	EXIT_OR("closed", FLOW_EXIT_CLOSED, FLOW_EXIT_OVERFLOW),
	EXIT_OR("caller_pressed", FLOW_EXIT_PRESSED, FLOW_NO_NODE),
	EXIT_OR("after", FLOW_EXIT_AFTER, FLOW_NO_NODE),
	{0},
};
static const struct field voicemail_fields[] = {
	{"say", FIELD_SAY, AT(say), .max = FLOW_SAY_MAX},
	{"queue", FIELD_ID, AT(queue), .reference = "queue"},
	{"user", FIELD_ID, AT(user), .reference = "user"},
	{"deliver_to", FIELD_ID, AT(deliver_to), .reference = "queue"},
	{"limit_s", FIELD_INT, AT(limit_s), 5, 600, 120},
	{"silence_s", FIELD_INT, AT(silence_s), 1, 30, 5},
	{"barge_in", FIELD_BOOL, AT(barge_in), .fallback = 1},
	EXIT("next", FLOW_EXIT_NEXT),
	EXIT_OR("too_short", FLOW_EXIT_TOO_SHORT, FLOW_EXIT_NEXT),
	EXIT_OR("failed", FLOW_EXIT_FAIL, FLOW_EXIT_NEXT),
	{0},
};
static const struct field transfer_fields[] = {
	{"target", FIELD_TEXT, AT(target), .max = 255, .is_required = true},
	{"timeout_s", FIELD_INT, AT(timeout_s), 5, 120, 30},
	EXIT("on_fail", FLOW_EXIT_FAIL),
	EXIT_OR("busy", FLOW_EXIT_BUSY, FLOW_EXIT_FAIL),
	EXIT_OR("no_answer", FLOW_EXIT_NO_ANSWER, FLOW_EXIT_FAIL),
	{0},
};
static const struct field hang_up_fields[] = {
	{"say", FIELD_SAY, AT(say), .max = FLOW_SAY_MAX},
	{"reason", FIELD_TEXT, AT(reason), .max = 47},
	{0},
};
static const struct field goto_fields[] = {
	{"flow", FIELD_ID, AT(flow), .is_required = true, .reference = "flow"},
	{0},
};
static const struct field fax_fields[] = {
	{"queue", FIELD_ID, AT(queue), .reference = "queue"},
	EXIT("next", FLOW_EXIT_NEXT),
	EXIT_OR("failed", FLOW_EXIT_FAIL, FLOW_EXIT_NEXT),
	{0},
};
static const struct field record_fields[] = {
	{"act", FIELD_TEXT, AT(reason), .max = 10, .is_required = true},
	EXIT("next", FLOW_EXIT_NEXT),
	{0},
};
#define RINGS                                                                                                \
	EXIT("on_fail", FLOW_EXIT_FAIL), EXIT_OR("busy", FLOW_EXIT_BUSY, FLOW_EXIT_FAIL),                    \
		EXIT_OR("no_answer", FLOW_EXIT_NO_ANSWER, FLOW_EXIT_FAIL),                                   \
	{                                                                                                    \
		0                                                                                            \
	}
static const struct field extension_fields[] = {
	{"extension", FIELD_ID, AT(extension), .is_required = true, .reference = "extension"},
	RINGS,
};
static const struct field ring_group_fields[] = {
	{"ring_group", FIELD_ID, AT(group), .is_required = true, .reference = "ring_group"},
	RINGS,
};
static const struct field *const tables[FLOW_NODE_TYPES] = {
	[FLOW_SAY_NODE] = say_fields,
	[FLOW_HOURS_NODE] = hours_fields,
	[FLOW_MENU_NODE] = menu_fields,
	[FLOW_COLLECT_NODE] = collect_fields,
	[FLOW_SET_NODE] = set_fields,
	[FLOW_BRANCH_NODE] = branch_fields,
	[FLOW_QUEUE_NODE] = queue_fields,
	[FLOW_VOICEMAIL_NODE] = voicemail_fields,
	[FLOW_TRANSFER_NODE] = transfer_fields,
	[FLOW_HANG_UP_NODE] = hang_up_fields,
	[FLOW_GOTO_NODE] = goto_fields,
	[FLOW_FAX_NODE] = fax_fields,
	[FLOW_RECORD_NODE] = record_fields,
	[FLOW_EXTENSION_NODE] = extension_fields,
	[FLOW_RING_GROUP_NODE] = ring_group_fields,
};

static void read_int(struct flow_reader *r, const struct field *field, const json_t *v, int *ret)
{
	json_int_t n = json_integer_value(v);

	if (json_is_integer(v) && n >= field->min && n <= field->max)
		*ret = (int)n;
	else
		flow_issue_add(r, FLOW_REFUSE, "out_of_range", "\"%s\" is a whole number from %d to %d",
			field->name, field->min, field->max);
}

static void read_bool(struct flow_reader *r, const struct field *field, const json_t *v, int *ret)
{
	if (json_is_boolean(v))
		*ret = json_is_true(v);
	else
		flow_issue_add(r, FLOW_REFUSE, "bad_value", "\"%s\" is true or false", field->name);
}

static void read_digit(struct flow_reader *r, const struct field *field, const json_t *v, int *ret)
{
	const char *s = json_string_value(v);

	if (json_is_null(v) || (s && !*s))
		*ret = 0;
	else if (s && !s[1] && strchr("0123456789*#", *s))
		*ret = (unsigned char)*s;
	else
		flow_issue_add(r, FLOW_REFUSE, "bad_digit", "\"%s\" is one of 0-9, * and #, or \"\" for none",
			field->name);
}

static void read_variable(struct flow_reader *r, const json_t *v, const char **ret)
{
	const char *s = json_string_value(v);

	if (s && flow_is_variable_name(s, strlen(s)))
		*ret = flow_reader_copy(r, s);
	else
		flow_issue_add(r, FLOW_REFUSE, "bad_variable",
			"a variable's name begins with a-z and holds a-z 0-9 _ . up to %d letters",
			FLOW_NAME_MAX - 1);
}

static void read_field(
	struct flow_reader *r, const struct field *field, const json_t *v, struct flow_node *node)
{
	void *at = (char *)node + field->at;

	switch (field->kind) {
	case FIELD_SAY:
		flow_read_items(r, v, field->max, at);
		break;
	case FIELD_EXIT:
		node->exit[field->min] = flow_reader_target(r, v);
		break;
	case FIELD_INT:
		read_int(r, field, v, at);
		break;
	case FIELD_BOOL:
		read_bool(r, field, v, at);
		break;
	case FIELD_ID:
		*(uint64_t *)at = flow_reader_id(r, v, field->reference);
		break;
	case FIELD_DIGIT:
		read_digit(r, field, v, at);
		break;
	case FIELD_TEXT:
		*(const char **)at = flow_reader_text(r, v, (size_t)field->max, false);
		break;
	case FIELD_VARIABLE:
		read_variable(r, v, at);
		break;
	case FIELD_OPTIONS:
		flow_read_options(r, v, node);
		break;
	case FIELD_CASES:
		flow_read_cases(r, v, node);
		break;
	case FIELD_SETS:
		flow_read_sets(r, v, &node->sets, &node->n_sets);
		break;
	case FIELD_SKILLS:
		flow_read_skills(r, v, node);
		break;
	case FIELD_END:
		break;
	}
}

static void fill_default(struct flow_reader *r, const struct field *field, struct flow_node *node)
{
	if (field->is_required)
		flow_issue_add(r, FLOW_REFUSE, field->kind == FIELD_EXIT ? "missing_exit" : "missing_field",
			field->kind == FIELD_EXIT ? "\"%s\" must name the node to go to"
						  : "\"%s\" is needed here",
			field->name);
	else if (field->kind == FIELD_INT || field->kind == FIELD_BOOL || field->kind == FIELD_DIGIT)
		*(int *)(void *)((char *)node + field->at) = field->fallback;
}

static bool is_known_field(const struct field *table, const char *key)
{
	static const char *const common[] = {"type", "title", "note", "position"};

	for (const struct field *field = table; field->name; field++)
		if (str_equal(field->name, key))
			return true;
	for (size_t i = 0; i < sizeof(common) / sizeof(*common); i++)
		if (str_equal(common[i], key))
			return true;
	return false;
}

static void warn_unknown(struct flow_reader *r, const struct field *table, const json_t *doc)
{
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)doc, key, v)
	{
		const char *names[32];
		size_t n = 0;

		if (is_known_field(table, key))
			continue;
		for (const struct field *field = table; field->name && n < 32; field++)
			names[n++] = field->name;
		const char *near = flow_nearest(key, names, n);
		r->field = key;
		flow_issue_add(r, FLOW_WARN, "unknown_field",
			"\"%.48s\" means nothing here and is left out%s%s%s", key,
			near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
	}
}

static void check_position(struct flow_reader *r, const json_t *doc)
{
	const json_t *v = json_object_get(doc, "position");

	r->field = "position";
	if (v && (!json_is_number(json_object_get(v, "x")) || !json_is_number(json_object_get(v, "y"))))
		flow_issue_add(r, FLOW_WARN, "bad_position", "a position is {\"x\": number, \"y\": number}");
}

/* What ties several fields of one node together. */
static void check_node(struct flow_reader *r, const struct flow_node *node)
{
	if (node->type == FLOW_COLLECT_NODE && node->min > node->max) {
		r->field = "min";
		flow_issue_add(r, FLOW_REFUSE, "out_of_range", "\"min\" must not be above \"max\"");
	}
	if (node->type == FLOW_RECORD_NODE && !r->is_refused && !str_equal(node->reason, "start") &&
		!str_equal(node->reason, "stop") && !str_equal(node->reason, "pause") &&
		!str_equal(node->reason, "resume")) {
		r->field = "act";
		flow_issue_add(r, FLOW_REFUSE, "out_of_range", "\"act\" is start, stop, pause or resume");
	}
	if (node->type == FLOW_VOICEMAIL_NODE && (node->queue != 0) == (node->user != 0) && !r->is_refused) {
		r->field = "queue";
		flow_issue_add(r, FLOW_REFUSE, "no_owner",
			"a voicemail belongs to one \"queue\" or to one \"user\"");
	}
	if (node->type == FLOW_QUEUE_NODE && node->digit && node->exit[FLOW_EXIT_PRESSED] == FLOW_NO_NODE) {
		r->field = "caller_pressed";
		flow_issue_add(r, FLOW_REFUSE, "missing_exit",
			"with \"exit_digit\", \"caller_pressed\" must name a node");
	}
}

void flow_read_node(struct flow_reader *r, const json_t *doc, struct flow_node *node)
{
	const struct field *table = tables[node->type];

	for (const struct field *field = table; field->name; field++) {
		const json_t *v = json_object_get(doc, field->name);
		r->field = field->name;
		/* The default goes in first: a refused value then leaves something sane for the checks that
		 * follow. */
		if (!v || !field->is_required)
			fill_default(r, field, node);
		if (v)
			read_field(r, field, v, node);
	}
	for (const struct field *field = table; field->name; field++)
		if (field->kind == FIELD_EXIT && node->exit[field->min] == FLOW_NO_NODE &&
			field->fallback >= 0)
			node->exit[field->min] = node->exit[field->fallback];
	warn_unknown(r, table, doc);
	check_position(r, doc);
	check_node(r, node);
}
