/* From a JSON document to an immutable struct flow: the document's own level, issues and references. The
 * nodes' fields are read in flow_fields.c and flow_lists.c, the graph is judged in flow_check.c. All issues
 * are found in one pass. */
#include "flow/flow_reader.h"
#include "base/alloc.h"
#include "base/id.h"
#include "base/str.h"
#include "base/vec.h"

#include <errno.h>
#include <stdio.h>

const char *const flow_language_names[FLOW_LANGUAGES] = {"fa", "ar", "zh", "en"};
const char *const flow_node_type_names[FLOW_NODE_TYPES] = {"say", "hours", "menu", "collect", "set", "branch",
	"queue", "voicemail", "transfer", "hang_up", "goto_flow", "fax", "record", "extension", "ring_group"};

int flow_language_index(const char *name)
{
	for (int i = 0; name && i < FLOW_LANGUAGES; i++)
		if (str_equal(name, flow_language_names[i]))
			return i;
	return -1;
}

void flow_issues_free(struct flow_issues *issues)
{
	VEC_FREE(issues);
}

void flow_issue_add(
	struct flow_reader *r, enum flow_severity severity, const char *code, const char *format, ...)
{
	struct flow_issue issue = {.is_warning = severity == FLOW_WARN};
	char message[1024];
	va_list ap;

	if (severity == FLOW_REFUSE)
		r->is_refused = true;
	if (r->issues->len >= FLOW_ISSUES_MAX)
		return;
	va_start(ap, format);
	vsnprintf(message, sizeof(message), format, ap);
	va_end(ap);
	str_put(issue.message, sizeof(issue.message), message);
	str_put(issue.code, sizeof(issue.code), code);
	str_put(issue.field, sizeof(issue.field), r->field);
	if (r->node >= 0)
		str_put(issue.node, sizeof(issue.node), r->f->nodes[r->node].name);
	if (VEC_PUSH(r->issues, issue) < 0)
		r->err = -ENOMEM;
}

void *flow_reader_alloc(struct flow_reader *r, size_t n, size_t size)
{
	void *p = arena_alloc(&r->f->arena, n ? n * size : 1);

	if (!p)
		r->err = -ENOMEM;
	return p;
}

const char *flow_reader_copy(struct flow_reader *r, const char *s)
{
	const char *copy = arena_strdup(&r->f->arena, s);

	if (!copy)
		r->err = -ENOMEM;
	return copy;
}

void flow_reader_reference(struct flow_reader *r, const char *kind, uint64_t id)
{
	struct flow_reference ref = {.id = id};
	struct {
		struct flow_reference *at;
		size_t len, room;
	} list = {r->f->references, r->f->n_references, r->f->references_room};

	str_put(ref.kind, sizeof(ref.kind), kind);
	if (r->node >= 0)
		str_put(ref.node, sizeof(ref.node), r->f->nodes[r->node].name);
	if (VEC_PUSH(&list, ref) < 0)
		r->err = -ENOMEM;
	r->f->references = list.at;
	r->f->n_references = list.len;
	r->f->references_room = list.room;
}

static bool is_node_name(const char *s)
{
	size_t n = strlen(s);

	return n > 0 && n < FLOW_NAME_MAX &&
	       strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") == n;
}

/* The type of a node object, or FLOW_NODE_TYPES after its refusal. */
static enum flow_node_type read_type(struct flow_reader *r, const json_t *node)
{
	const char *type = jsonx_text(node, "type", NULL);

	r->field = "type";
	for (int i = 0; type && i < FLOW_NODE_TYPES; i++)
		if (str_equal(type, flow_node_type_names[i]))
			return (enum flow_node_type)i;
	if (!type) {
		flow_issue_add(r, FLOW_REFUSE, "missing_type",
			"say what this node is, for example \"type\": \"say\"");
		return FLOW_NODE_TYPES;
	}
	const char *near = flow_nearest(type, flow_node_type_names, FLOW_NODE_TYPES);
	flow_issue_add(r, FLOW_REFUSE, "unknown_type", "there is no node type \"%.48s\"%s%s%s", type,
		near ? "; did you mean \""
		     : "; use say, hours, menu, collect, set, branch, queue, voicemail, transfer, "
		       "hang_up, goto_flow, fax, record, extension or ring_group",
		near ? near : "", near ? "\"?" : "");
	return FLOW_NODE_TYPES;
}

/* Names first, so that exits may point forward. */
static void read_names(struct flow_reader *r, json_t *nodes)
{
	const char *key;
	json_t *v;

	json_object_foreach(nodes, key, v)
	{
		struct flow_node *node = &r->f->nodes[r->f->n_nodes];

		r->node = FLOW_NO_NODE;
		r->field = "nodes";
		if (!is_node_name(key))
			flow_issue_add(r, FLOW_REFUSE, "bad_node_name",
				"\"%.64s\": a node's name has 1 to 63 letters of A-Z a-z 0-9 _ -; use "
				"\"title\" for people",
				key);
		node->name = flow_reader_copy(r, key);
		if (!node->name || strmap_put(&r->names, key, (void *)(intptr_t)(r->f->n_nodes + 1)) < 0) {
			r->err = -ENOMEM;
			return;
		}
		r->f->n_nodes++;
	}
}

static void read_nodes(struct flow_reader *r, json_t *nodes)
{
	const char *key;
	json_t *v;
	int i = 0;

	r->f->nodes = flow_reader_alloc(r, json_object_size(nodes), sizeof(*r->f->nodes));
	if (r->f->nodes)
		read_names(r, nodes);
	if (r->err < 0)
		return;
	json_object_foreach(nodes, key, v)
	{
		struct flow_node *node = &r->f->nodes[i];

		r->node = i++;
		r->field = "";
		for (int e = 0; e < FLOW_EXITS; e++)
			node->exit[e] = FLOW_NO_NODE;
		if (!json_is_object(v)) {
			flow_issue_add(r, FLOW_REFUSE, "bad_node", "a node is an object: {\"type\": ...}");
			continue;
		}
		node->type = read_type(r, v);
		if (node->type != FLOW_NODE_TYPES)
			flow_read_node(r, v, node);
	}
	r->node = FLOW_NO_NODE;
}

static void read_start(struct flow_reader *r, const json_t *doc)
{
	r->field = "start";
	if (!json_object_get(doc, "start"))
		flow_issue_add(r, FLOW_REFUSE, "missing_start",
			"name the first node, for example \"start\": \"greet\"");
	else
		r->f->start = flow_reader_target(r, json_object_get(doc, "start"));
}

static void read_head(struct flow_reader *r, const json_t *doc)
{
	const char *language = jsonx_text(doc, "language", NULL);
	const json_t *v = json_object_get(doc, "format");

	r->field = "format";
	if (!json_is_integer(v) || json_integer_value(v) != 1)
		flow_issue_add(r, FLOW_REFUSE, "unknown_format",
			"write \"format\": 1; this program knows no other format");
	r->field = "language";
	r->f->language = flow_language_index(language);
	if (r->f->language < 0) {
		flow_issue_add(r, FLOW_REFUSE, "unknown_language",
			"write \"language\": \"fa\", \"ar\", \"zh\" or \"en\"");
		r->f->language = flow_language_index("en");
	}
	r->field = "variables";
	v = json_object_get(doc, "variables");
	if (v)
		flow_read_sets(r, v, &r->f->variables, &r->f->n_variables);
}

static void read_unknown(struct flow_reader *r, const json_t *doc)
{
	static const char *const known[] = {
		"format", "language", "start", "nodes", "variables", "name", "note"};
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)doc, key, v)
	{
		bool is_known = false;

		for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
			is_known = is_known || str_equal(key, known[i]);
		r->field = key;
		if (!is_known)
			flow_issue_add(r, FLOW_WARN, "unknown_field",
				"\"%.48s\" means nothing here and is left out", key);
	}
}

static void read_document(struct flow_reader *r, const json_t *doc)
{
	json_t *nodes = json_object_get(doc, "nodes");

	r->field = "";
	if (!json_is_object(doc)) {
		flow_issue_add(
			r, FLOW_REFUSE, "bad_document", "a flow is a JSON object; docs/flow.md shows one");
		return;
	}
	if (json_dumpb(doc, NULL, 0, JSON_COMPACT) > FLOW_DOCUMENT_MAX) {
		flow_issue_add(r, FLOW_REFUSE, "document_too_large",
			"a flow has at most %d bytes; move a part to another flow", FLOW_DOCUMENT_MAX);
		return;
	}
	read_unknown(r, doc);
	read_head(r, doc);
	r->field = "nodes";
	if (!json_is_object(nodes) || json_object_size(nodes) == 0) {
		flow_issue_add(
			r, FLOW_REFUSE, "missing_nodes", "\"nodes\" is an object of at least one node");
		return;
	}
	if (json_object_size(nodes) > FLOW_NODES_MAX) {
		flow_issue_add(r, FLOW_REFUSE, "too_many_nodes",
			"a flow has at most %d nodes; move a part to another flow", FLOW_NODES_MAX);
		return;
	}
	read_nodes(r, nodes);
	if (r->err < 0)
		return;
	read_start(r, doc);
	flow_check(r);
}

int flow_parse(
	const json_t *doc, uint64_t id, int version, struct flow **ret_flow, struct flow_issues *ret_issues)
{
	struct flow_reader r = {.node = FLOW_NO_NODE, .field = "", .issues = ret_issues};

	r.f = alloc_zero(sizeof(*r.f));
	if (!r.f)
		return -ENOMEM;
	atomic_init(&r.f->refs, 1);
	r.f->id = id;
	r.f->version = version;
	read_document(&r, doc);
	strmap_free(&r.names);
	VEC_FREE(&r.uses);
	if (r.err < 0 || r.is_refused) {
		flow_unref(r.f);
		return r.err < 0 ? r.err : -EINVAL;
	}
	*ret_flow = r.f;
	return 0;
}

struct flow *flow_ref(struct flow *f)
{
	atomic_fetch_add_explicit(&f->refs, 1, memory_order_relaxed);
	return f;
}

void flow_unref(struct flow *f)
{
	if (!f || atomic_fetch_sub_explicit(&f->refs, 1, memory_order_acq_rel) > 1)
		return;
	arena_free(&f->arena);
	alloc_free(f->references);
	alloc_free(f);
}

uint64_t flow_id(const struct flow *f)
{
	return f->id;
}

int flow_version(const struct flow *f)
{
	return f->version;
}

const char *flow_language(const struct flow *f)
{
	return flow_language_names[f->language];
}

size_t flow_references(const struct flow *f, const struct flow_reference **ret_list)
{
	*ret_list = f->references;
	return f->n_references;
}
