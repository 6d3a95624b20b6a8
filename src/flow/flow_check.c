/* What only the whole graph shows: nodes nobody reaches, circles that never wait, callers who cannot get to a
 * person, menus too long to remember, texts missing in a language, variables nobody sets. */
#include "flow/flow_reader.h"
#include "base/str.h"

#include <errno.h>
#include <string.h>

#define MENU_OPTIONS_GOOD 4   /* more than this nobody remembers */
#define MENU_LETTERS_GOOD 200 /* about 15 seconds of speech */
#define SAY_LETTERS_GOOD 400

void flow_each_exit(const struct flow_node *node, void (*on_exit)(int target, void *arg), void *arg)
{
	for (int e = 0; e < FLOW_EXITS; e++)
		if (node->exit[e] != FLOW_NO_NODE)
			on_exit(node->exit[e], arg);
	for (int i = 0; i < node->n_options; i++)
		on_exit(node->options[i].next, arg);
	for (int i = 0; i < node->n_cases; i++)
		on_exit(node->cases[i].next, arg);
}

struct walk {
	bool is_in[FLOW_NODES_MAX];
	bool is_hit;
	int pending[FLOW_NODES_MAX], n_pending;
};

static void on_reached(int target, void *arg)
{
	struct walk *w = arg;

	if (w->is_in[target])
		return;
	w->is_in[target] = true;
	w->pending[w->n_pending++] = target;
}

static void on_exit_hits(int target, void *arg)
{
	struct walk *w = arg;

	w->is_hit = w->is_hit || w->is_in[target];
}

static void check_reachable(struct flow_reader *r)
{
	struct walk w = {0};

	on_reached(r->f->start, &w);
	while (w.n_pending > 0)
		flow_each_exit(&r->f->nodes[w.pending[--w.n_pending]], on_reached, &w);
	for (r->node = 0; r->node < r->f->n_nodes; r->node++)
		if (!w.is_in[r->node])
			flow_issue_add(r, FLOW_WARN, "unreachable_node",
				"nothing leads here: connect it or delete it");
}

/* Marks every node from which a node of w can be reached. */
static void spread_back(const struct flow *f, struct walk *w)
{
	bool is_changed = true;

	while (is_changed) {
		is_changed = false;
		for (int i = 0; i < f->n_nodes; i++) {
			w->is_hit = false;
			if (!w->is_in[i])
				flow_each_exit(&f->nodes[i], on_exit_hits, w);
			is_changed = is_changed || w->is_hit;
			w->is_in[i] = w->is_in[i] || w->is_hit;
		}
	}
}

static bool is_passing(enum flow_node_type type)
{
	return type == FLOW_HOURS_NODE || type == FLOW_SET_NODE || type == FLOW_BRANCH_NODE;
}

static void check_circles(struct flow_reader *r)
{
	struct walk w = {0};

	for (int i = 0; i < r->f->n_nodes; i++)
		w.is_in[i] = !is_passing(r->f->nodes[i].type);
	spread_back(r->f, &w);
	for (r->node = 0; r->node < r->f->n_nodes; r->node++)
		if (!w.is_in[r->node])
			flow_issue_add(r, FLOW_REFUSE, "endless_circle",
				"from here the flow turns in a circle and the caller never hears anything: "
				"give it a way out");
}

/* Another flow counts as a way to a person: it is checked by itself. */
static void check_person(struct flow_reader *r)
{
	struct walk w = {0};

	for (int i = 0; i < r->f->n_nodes; i++) {
		enum flow_node_type type = r->f->nodes[i].type;
		w.is_in[i] = type == FLOW_QUEUE_NODE || type == FLOW_TRANSFER_NODE ||
			     type == FLOW_GOTO_NODE || type == FLOW_EXTENSION_NODE ||
			     type == FLOW_RING_GROUP_NODE;
	}
	spread_back(r->f, &w);
	for (r->node = 0; r->node < r->f->n_nodes; r->node++) {
		enum flow_node_type type = r->f->nodes[r->node].type;
		if ((type == FLOW_MENU_NODE || type == FLOW_COLLECT_NODE) && !w.is_in[r->node])
			flow_issue_add(r, FLOW_WARN, "no_exit_to_person",
				"from here no way leads to a queue or a transfer: let callers reach a "
				"person");
	}
}

static size_t letters(const char *s)
{
	size_t n = 0;

	for (; s && *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static void check_length(struct flow_reader *r, const struct flow_items *items, bool is_menu)
{
	size_t good = is_menu ? MENU_LETTERS_GOOD : SAY_LETTERS_GOOD, longest = 0;

	for (int language = 0; language < FLOW_LANGUAGES; language++) {
		size_t n = 0;
		for (int i = 0; i < items->n; i++)
			for (int l = 0; l < FLOW_LANGUAGES; l++)
				n += l == language || items->at[i].is_fixed ? letters(items->at[i].text[l])
									    : 0;
		longest = n > longest ? n : longest;
	}
	if (longest > good)
		flow_issue_add(r, FLOW_WARN, "text_too_long",
			"%zu letters are long to listen to: keep it below %zu", longest, good);
}

static void check_languages(struct flow_reader *r, const struct flow_items *items)
{
	for (int i = 0; i < items->n; i++) {
		const struct flow_item *item = &items->at[i];
		unsigned missing = 0;
		if (item->prompt || item->phrase || item->is_fixed)
			continue;
		for (int language = 0; language < FLOW_LANGUAGES; language++)
			missing |= (r->languages >> language & 1 && str_is_blank(item->text[language]))
				   << language;
		for (int language = 0; language < FLOW_LANGUAGES; language++)
			if (missing >> language & 1)
				flow_issue_add(r, FLOW_WARN, "missing_language",
					"part %d has no text in \"%s\"; callers hear another language", i + 1,
					flow_language_names[language]);
	}
}

static void check_says(struct flow_reader *r)
{
	for (r->node = 0; r->node < r->f->n_nodes; r->node++) {
		const struct flow_node *node = &r->f->nodes[r->node];
		bool is_menu = node->type == FLOW_MENU_NODE;
		r->field = "say";
		check_length(r, &node->say, is_menu);
		check_languages(r, &node->say);
		r->field = "invalid_say";
		check_languages(r, &node->invalid_say);
		r->field = "no_input_say";
		check_languages(r, &node->no_input_say);
		r->field = "options";
		if (is_menu && node->n_options > MENU_OPTIONS_GOOD)
			flow_issue_add(r, FLOW_WARN, "menu_too_long",
				"%d choices are hard to remember: offer at most %d", node->n_options,
				MENU_OPTIONS_GOOD);
	}
}

/* Collects who is set and who is masked: the map's value tells them apart. */
static int gather(struct flow_reader *r, struct strmap *set)
{
	static char is_plain, is_masked;
	int err = 0;

	for (int i = 0; i < r->f->n_variables && err == 0; i++)
		err = strmap_put(set, r->f->variables[i].name, &is_plain);
	for (int i = 0; i < r->f->n_nodes && err == 0; i++) {
		const struct flow_node *node = &r->f->nodes[i];
		for (int k = 0; k < node->n_sets && err == 0; k++)
			err = strmap_put(set, node->sets[k].name, &is_plain);
		bool is_collect = node->type == FLOW_COLLECT_NODE && node->variable;
		if (err == 0 && is_collect && node->is_masked)
			err = strmap_put(set, node->variable, &is_masked);
		else if (err == 0 && is_collect && !strmap_get(set, node->variable))
			err = strmap_put(set, node->variable, &is_plain);
	}
	for (size_t i = 0; i < r->uses.len && err == 0; i++) {
		const struct flow_use *use = &r->uses.at[i];
		const void *found = strmap_get(set, use->name);
		r->node = use->node;
		if (found == &is_masked)
			flow_issue_add(r, FLOW_WARN, "masked_in_text",
				"{%s} is masked and stays empty in texts", use->name);
		else if (!found && !strchr(use->name, '.') && !str_equal(use->name, "language"))
			flow_issue_add(r, FLOW_WARN, "unknown_variable",
				"nothing sets {%s}: it will be empty", use->name);
	}
	return err;
}

static void check_variables(struct flow_reader *r)
{
	struct strmap set = {0};

	r->field = "";
	if (gather(r, &set) < 0)
		r->err = -ENOMEM;
	strmap_free(&set);
}

void flow_check(struct flow_reader *r)
{
	r->field = "";
	/* A graph with refused exits would give false alarms. */
	if (!r->is_refused) {
		check_reachable(r);
		check_circles(r);
		check_person(r);
	}
	check_says(r);
	check_variables(r);
	r->node = FLOW_NO_NODE;
}
