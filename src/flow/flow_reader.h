/* Inside the flow room: what the document's readers share - the flow being built, the issues found, and where
 * we are. */
#pragma once
#include "base/map.h"
#include "flow/flow_doc.h"

struct flow_use { /* a variable read by a text or a branch */
	char name[FLOW_NAME_MAX];
	int node;
	bool is_spoken;
};
#define FLOW_USES_MAX 2000

struct flow_reader {
	struct flow *f;
	struct flow_issues *issues;
	struct strmap names; /* node name -> index + 1 */
	struct {
		struct flow_use *at;
		size_t len, room;
	} uses;
	int node; /* being read, or FLOW_NO_NODE */
	const char *field;
	unsigned languages; /* bit per language some text is written in */
	bool is_refused;
	int err; /* -ENOMEM once memory ran out */
};

enum flow_severity { FLOW_REFUSE, FLOW_WARN };
/* Notes an issue at the reader's node and field. Beyond FLOW_ISSUES_MAX only the refusal is remembered. */
void flow_issue_add(struct flow_reader *r, enum flow_severity severity, const char *code, const char *format,
	...) __attribute__((format(printf, 4, 5)));
/* A copy in the flow's arena; NULL sets r->err. */
const char *flow_reader_copy(struct flow_reader *r, const char *s);
void *flow_reader_alloc(struct flow_reader *r, size_t n, size_t size);
void flow_reader_reference(struct flow_reader *r, const char *kind, uint64_t id);
/* The node named by v, or FLOW_NO_NODE with an issue. */
int flow_reader_target(struct flow_reader *r, const json_t *v);
/* The id in v, noted as a reference of kind; 0 with an issue. */
uint64_t flow_reader_id(struct flow_reader *r, const json_t *v, const char *kind);
/* A text of at most max letters' bytes whose {variables} are well formed; NULL with an issue. is_spoken: for
 * callers' ears. */
const char *flow_reader_text(struct flow_reader *r, const json_t *v, size_t max, bool is_spoken);
/* The nearest of the n names to word, for "did you mean"; NULL when none is near. */
const char *flow_nearest(const char *word, const char *const *names, size_t n);

/* Reads say lists, options, cases, sets, skills into the node. */
void flow_read_items(struct flow_reader *r, const json_t *v, int max, struct flow_items *ret_items);
void flow_read_options(struct flow_reader *r, const json_t *v, struct flow_node *node);
void flow_read_cases(struct flow_reader *r, const json_t *v, struct flow_node *node);
void flow_read_sets(struct flow_reader *r, const json_t *v, struct flow_assignment **ret_sets, int *ret_n);
void flow_read_skills(struct flow_reader *r, const json_t *v, struct flow_node *node);
/* Reads all fields of one node of known type. */
void flow_read_node(struct flow_reader *r, const json_t *doc, struct flow_node *node);
/* Warnings and refusals that need the whole graph. */
void flow_check(struct flow_reader *r);
