/* The lists inside a node - things to say, options, cases, assignments, skills - and the small values they
 * are made of. */
#include "flow/flow_reader.h"
#include "flow/flow_text.h"
#include "flow/phrase.h"
#include "base/id.h"
#include "base/str.h"
#include "base/vec.h"

#include <errno.h>

const char *const flow_op_names[FLOW_OPS] = {
	"equals", "not_equals", "starts_with", "in", "greater", "less", "is_set"};

/* Edit distance, cut off at 20 letters. */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[21];
	size_t n = strlen(b);

	if (strlen(a) > 20 || n > 20)
		return 99;
	for (unsigned j = 0; j <= n; j++)
		row[j] = j;
	for (unsigned i = 1; a[i - 1]; i++) {
		unsigned corner = row[0];
		row[0] = i;
		for (unsigned j = 1; j <= n; j++) {
			unsigned best = corner + (a[i - 1] != b[j - 1]);
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			corner = row[j];
			row[j] = best;
		}
	}
	return row[n];
}

const char *flow_nearest(const char *word, const char *const *names, size_t n)
{
	const char *best = NULL;
	unsigned best_distance = 3; /* one or two slips of the finger, more is another word */

	for (size_t i = 0; i < n; i++) {
		unsigned d = distance(word, names[i]);
		if (d < best_distance && d < strlen(names[i])) {
			best_distance = d;
			best = names[i];
		}
	}
	return best;
}

int flow_reader_target(struct flow_reader *r, const json_t *v)
{
	const char *name = json_string_value(v), *names[FLOW_NODES_MAX];
	intptr_t place = name ? (intptr_t)strmap_get(&r->names, name) : 0;

	if (place)
		return (int)place - 1;
	if (!name) {
		flow_issue_add(r, FLOW_REFUSE, "bad_value", "here stands the name of a node");
		return FLOW_NO_NODE;
	}
	for (int i = 0; i < r->f->n_nodes; i++)
		names[i] = r->f->nodes[i].name;
	const char *near = flow_nearest(name, names, (size_t)r->f->n_nodes);
	flow_issue_add(r, FLOW_REFUSE, "unknown_node", "there is no node \"%.63s\"%s%s%s", name,
		near ? "; did you mean \"" : ": add it or choose another", near ? near : "",
		near ? "\"?" : "");
	return FLOW_NO_NODE;
}

uint64_t flow_reader_id(struct flow_reader *r, const json_t *v, const char *kind)
{
	const char *s = json_string_value(v);
	uint64_t id;

	if (s && id_parse(s, &id) == 0) {
		flow_reader_reference(r, kind, id);
		return id;
	}
	if (s && *s == '@')
		flow_issue_add(r, FLOW_REFUSE, "name_not_resolved",
			"\"%.63s\" is a name: import the flow with \"markaz apply\", which puts the id of "
			"the %s here",
			s, kind);
	else
		flow_issue_add(
			r, FLOW_REFUSE, "bad_id", "here stands the id of a %s: 13 letters and digits", kind);
	return 0;
}

static void note_use(struct flow_reader *r, const char *name, bool is_spoken)
{
	struct flow_use use = {.node = r->node, .is_spoken = is_spoken};

	str_put(use.name, sizeof(use.name), name);
	if (r->uses.len < FLOW_USES_MAX && VEC_PUSH(&r->uses, use) < 0)
		r->err = -ENOMEM;
}

static void on_name_spoken(const char *name, void *arg)
{
	note_use(arg, name, true);
}

static void on_name_read(const char *name, void *arg)
{
	note_use(arg, name, false);
}

const char *flow_reader_text(struct flow_reader *r, const json_t *v, size_t max, bool is_spoken)
{
	const char *s = json_string_value(v);
	char error[128];

	if (!s)
		flow_issue_add(r, FLOW_REFUSE, "bad_value", "\"%.48s\" is a text", r->field);
	else if (strlen(s) > max)
		flow_issue_add(r, FLOW_REFUSE, "text_too_large",
			"this text has %zu bytes; at most %zu are allowed", strlen(s), max);
	else if (flow_text_check(s, is_spoken ? on_name_spoken : on_name_read, r, error) < 0)
		flow_issue_add(r, FLOW_REFUSE, "bad_variable", "%s", error);
	else
		return flow_reader_copy(r, s);
	return NULL;
}

static void read_texts(struct flow_reader *r, const json_t *v, struct flow_item *item)
{
	const char *key;
	json_t *text;

	if (json_is_string(v)) {
		item->text[r->f->language] = flow_reader_text(r, v, FLOW_TEXT_MAX - 1, true);
		r->languages |= 1u << r->f->language;
		return;
	}
	if (!json_is_object(v) || json_object_size(v) == 0) {
		flow_issue_add(r, FLOW_REFUSE, "bad_say",
			"\"text\" is a text or {\"fa\": ..., \"ar\": ..., \"zh\": ..., \"en\": ...}");
		return;
	}
	json_object_foreach((json_t *)v, key, text)
	{
		int language = flow_language_index(key);

		if (language < 0) {
			flow_issue_add(
				r, FLOW_REFUSE, "unknown_language", "\"%.20s\" is not fa, ar, zh or en", key);
			continue;
		}
		item->text[language] = flow_reader_text(r, text, FLOW_TEXT_MAX - 1, true);
		r->languages |= 1u << language;
	}
}

/* {"text": "...", "language": "fa"}: said in that language to everyone. */
static void read_fixed(
	struct flow_reader *r, const json_t *text, const json_t *language, struct flow_item *item)
{
	int index = flow_language_index(json_string_value(language));

	if (index < 0 || !json_is_string(text)) {
		flow_issue_add(r, FLOW_REFUSE, "bad_say",
			"with \"language\" (fa, ar, zh or en), \"text\" is one text in that language");
		return;
	}
	item->is_fixed = true;
	item->text[index] = flow_reader_text(r, text, FLOW_TEXT_MAX - 1, true);
}

static void read_item(struct flow_reader *r, const json_t *v, struct flow_item *item)
{
	const json_t *text = json_object_get(v, "text"), *prompt = json_object_get(v, "prompt");
	const json_t *phrase = json_object_get(v, "phrase"), *language = json_object_get(v, "language");

	if (!!text + !!prompt + !!phrase != 1 || json_object_size(v) != 1u + (text && language)) {
		flow_issue_add(r, FLOW_REFUSE, "bad_say",
			"each thing to say is {\"text\": ...}, {\"prompt\": \"<id>\"} or {\"phrase\": "
			"\"<key>\"}");
		return;
	}
	if (text && language) {
		read_fixed(r, text, language, item);
	} else if (text) {
		read_texts(r, text, item);
	} else if (prompt) {
		item->prompt = flow_reader_id(r, prompt, "prompt");
	} else if (json_is_string(phrase) && phrase_text("en", json_string_value(phrase))) {
		item->phrase = flow_reader_copy(r, json_string_value(phrase));
	} else {
		flow_issue_add(
			r, FLOW_REFUSE, "unknown_phrase", "there is no such phrase; docs/flow.md lists them");
	}
}

void flow_read_items(struct flow_reader *r, const json_t *v, int max, struct flow_items *ret_items)
{
	size_t n = json_array_size(v);

	if (!json_is_array(v) || n == 0) {
		flow_issue_add(r, FLOW_REFUSE, "bad_say", "\"%s\" is a list with at least one thing to say",
			r->field);
		return;
	}
	if (n > (size_t)max) {
		flow_issue_add(r, FLOW_REFUSE, "say_too_long", "\"%s\" has at most %d parts; join texts",
			r->field, max);
		return;
	}
	ret_items->at = flow_reader_alloc(r, n, sizeof(*ret_items->at));
	for (size_t i = 0; ret_items->at && i < n; i++) {
		read_item(r, json_array_get(v, i), &ret_items->at[i]);
		ret_items->n = (int)i + 1;
	}
}

void flow_read_options(struct flow_reader *r, const json_t *v, struct flow_node *node)
{
	size_t n = json_object_size(v);
	const char *key;
	json_t *option;

	if (!json_is_object(v) || n == 0 || n > FLOW_OPTIONS_MAX) {
		flow_issue_add(r, FLOW_REFUSE, "bad_options",
			"\"options\" has 1 to %d entries like \"1\": {\"label\": \"Sales\", \"next\": "
			"\"<node>\"}",
			FLOW_OPTIONS_MAX);
		return;
	}
	node->options = flow_reader_alloc(r, n, sizeof(*node->options));
	if (!node->options)
		return;
	json_object_foreach((json_t *)v, key, option)
	{
		struct flow_option *o = &node->options[node->n_options];
		const char *label = jsonx_text(option, "label", "");

		if (!*key || key[1] || !strchr("0123456789*#", *key)) {
			flow_issue_add(r, FLOW_REFUSE, "bad_digit",
				"option \"%.20s\": a caller presses one of 0-9, * and #", key);
			continue;
		}
		if (str_is_blank(label))
			flow_issue_add(r, FLOW_WARN, "missing_label",
				"option %s has no \"label\"; reports need one", key);
		o->digit = *key;
		o->label = flow_reader_copy(r, label);
		o->next = flow_reader_target(r, json_object_get(option, "next"));
		node->n_options++;
	}
}

static void read_values(struct flow_reader *r, const json_t *v, struct flow_case *c)
{
	const json_t *list = json_object_get(v, c->op == FLOW_IN ? "values" : "value");
	size_t n = c->op == FLOW_IN ? json_array_size(list) : 1;

	if (c->op == FLOW_IS_SET)
		return;
	if (n == 0 || n > FLOW_CASE_VALUES_MAX) {
		flow_issue_add(r, FLOW_REFUSE, "bad_case", "\"in\" needs \"values\": a list of 1 to %d texts",
			FLOW_CASE_VALUES_MAX);
		return;
	}
	c->values = flow_reader_alloc(r, n, sizeof(*c->values));
	for (size_t i = 0; c->values && i < n; i++) {
		const char *s = json_string_value(c->op == FLOW_IN ? json_array_get(list, i) : list);
		int64_t number;
		if (!s || strlen(s) >= FLOW_VALUE_MAX)
			flow_issue_add(r, FLOW_REFUSE, "bad_case",
				"a case compares with a text of at most %d bytes", FLOW_VALUE_MAX - 1);
		else if ((c->op == FLOW_GREATER || c->op == FLOW_LESS) &&
			 str_to_int(s, INT64_MIN, INT64_MAX, &number) < 0)
			flow_issue_add(r, FLOW_REFUSE, "bad_case",
				"\"greater\" and \"less\" compare with a whole number, as a text");
		c->values[i] = flow_reader_copy(r, s);
		c->n_values = (int)i + 1;
	}
}

static void read_case(struct flow_reader *r, const json_t *v, struct flow_case *c)
{
	const char *op = jsonx_text(v, "op", "");

	while (c->op < FLOW_OPS && !str_equal(op, flow_op_names[c->op]))
		c->op++;
	c->next = FLOW_NO_NODE;
	if (c->op == FLOW_OPS) {
		flow_issue_add(r, FLOW_REFUSE, "bad_case",
			"\"op\" is equals, not_equals, starts_with, in, greater, less or is_set");
		return;
	}
	read_values(r, v, c);
	c->next = flow_reader_target(r, json_object_get(v, "next"));
}

void flow_read_cases(struct flow_reader *r, const json_t *v, struct flow_node *node)
{
	size_t n = json_array_size(v);

	if (n == 0 || n > FLOW_CASES_MAX) {
		flow_issue_add(r, FLOW_REFUSE, "bad_cases",
			"\"cases\" is a list of 1 to %d like {\"op\": \"equals\", \"value\": \"vip\", "
			"\"next\": \"<node>\"}",
			FLOW_CASES_MAX);
		return;
	}
	node->cases = flow_reader_alloc(r, n, sizeof(*node->cases));
	for (size_t i = 0; node->cases && i < n; i++) {
		read_case(r, json_array_get(v, i), &node->cases[i]);
		node->n_cases = (int)i + 1;
	}
}

void flow_read_sets(struct flow_reader *r, const json_t *v, struct flow_assignment **ret_sets, int *ret_n)
{
	struct flow_assignment *sets;
	size_t n = json_object_size(v);
	const char *key;
	json_t *value;

	if (!json_is_object(v) || n > FLOW_SETS_MAX || (n == 0 && r->node >= 0)) {
		flow_issue_add(r, FLOW_REFUSE, "bad_set",
			"\"%s\" has 1 to %d entries like \"language\": \"en\"", r->field, FLOW_SETS_MAX);
		return;
	}
	sets = flow_reader_alloc(r, n, sizeof(*sets));
	if (!sets)
		return;
	*ret_sets = sets;
	json_object_foreach((json_t *)v, key, value)
	{
		const char *text = flow_reader_text(r, value, FLOW_VALUE_MAX - 1, false);

		if (!flow_is_variable_name(key, strlen(key)))
			flow_issue_add(r, FLOW_REFUSE, "bad_variable",
				"\"%.40s\": a variable's name begins with a-z and holds a-z 0-9 _ .", key);
		else if (str_equal(key, "language") && text && !strchr(text, '{') &&
			 flow_language_index(text) < 0)
			flow_issue_add(r, FLOW_REFUSE, "unknown_language",
				"\"language\" is set to fa, ar, zh or en");
		sets[*ret_n].name = flow_reader_copy(r, key);
		sets[(*ret_n)++].value = text;
	}
}

void flow_read_skills(struct flow_reader *r, const json_t *v, struct flow_node *node)
{
	size_t n = json_array_size(v);

	if (!json_is_array(v) || n > sizeof(((struct flow_action *)0)->skills) /
						 sizeof(((struct flow_action *)0)->skills[0])) {
		flow_issue_add(r, FLOW_REFUSE, "bad_skills",
			"\"skills\" is a list of at most 8 {\"skill\": \"<id>\", \"level\": 1-10}");
		return;
	}
	node->skills = flow_reader_alloc(r, n, sizeof(*node->skills));
	for (size_t i = 0; node->skills && i < n; i++) {
		const json_t *skill = json_array_get(v, i);
		int64_t level = jsonx_int(skill, "level", 1);

		if (level < 1 || level > 10)
			flow_issue_add(r, FLOW_REFUSE, "out_of_range", "a skill's \"level\" is 1 to 10");
		node->skills[i].skill = flow_reader_id(r, json_object_get(skill, "skill"), "skill");
		node->skills[i].level = (int)level;
		node->n_skills = (int)i + 1;
	}
}
