/* Business rules: short Lua texts that say how a contact about to enter a queue is to be treated. PURE: facts
 * in, a result out; the same rules, facts and names give the same result. The language is described in
 * docs/rules.md.
 *
 * A set holds the rules in the order in which they run. Each one reads the facts and says what it wants by
 * calling words (queue, priority, require...). What a rule says counts as a whole or, when it fails, not at
 * all; the other rules go on.
 *
 * Sandbox: no input or output, no clock, no chance, no loading of code, no globals (nothing can be kept from
 * one run to the next or changed for the next rule), bounded steps and memory, no pattern matching. Only this
 * room knows Lua. */
#pragma once
#include "base/jsonx.h"
#include "resource/expression.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RULES_MAX 100		    /* of a set */
#define RULE_TEXT_MAX 16000	    /* bytes */
#define RULE_STEPS_MAX 100000	    /* of Lua's machine, one rule run once */
#define RULE_SET_STEPS_MAX 500000   /* all rules of a set run once */
#define RULE_MEMORY_MAX (256 << 10) /* bytes one rule may ask for in one run, used again or not */
#define RULE_SET_MEMORY_MAX (16 << 20)
#define RULE_NAME_SIZE 128
#define RULE_NOTE_SIZE 160
#define RULE_MESSAGE_SIZE 224
#define RULE_ISSUES_MAX 16
#define RULE_APPLIED_MAX 32
#define RULE_FAILURES_MAX 8
#define RULE_EXCLUDED_MAX 4
#define RULE_PRIORITY_MAX 1000	     /* of one contact, either sign */
#define RULE_SECONDS_MAX (24 * 3600) /* of head start, target, patience */

enum rule_name_kind { RULE_QUEUE, RULE_SKILL, RULE_AGENT };
struct rule_names {
	/* The id of what is called name (any case; an agent: login or name), 0 when there is none. */
	uint64_t (*find)(enum rule_name_kind kind, const char *name, void *arg);
	void *arg;
};

struct rule { /* borrowed for the call */
	uint64_t id;
	const char *name, *text;
	int64_t version;
};
struct rule_issue {
	int rule; /* index in the list given */
	int line; /* of the text; 0: of the whole */
	char message[RULE_MESSAGE_SIZE];
};
struct rule_issues {
	struct rule_issue at[RULE_ISSUES_MAX];
	int n;
};

struct rule_said { /* a rule that said something */
	uint64_t rule;
	int64_t version;
	char name[RULE_NAME_SIZE];
	char note[RULE_NOTE_SIZE]; /* its notes, joined by "; " */
};
struct rule_failure {
	uint64_t rule;
	int64_t version;
	char name[RULE_NAME_SIZE];
	int line;
	char message[RULE_MESSAGE_SIZE];
};
struct rule_wish {		    /* what the rules want together */
	uint64_t queue;		    /* 0: the queue it was going to */
	int priority;		    /* to add; -RULE_PRIORITY_MAX..RULE_PRIORITY_MAX */
	int head_start_s, target_s; /* 0: none said */
	struct ask asks[ASKS_MAX];  /* `any` counts from 1 */
	int n_asks;
	uint64_t excluded[RULE_EXCLUDED_MAX];
	int n_excluded;
	uint64_t preferred_agent; /* 0: nobody */
	int patience_s;
	bool is_stopped; /* by stop(): rules behind it were not run */
};
struct rule_result {
	struct rule_wish wish;
	struct rule_said applied[RULE_APPLIED_MAX]; /* in the order they ran; later ones are left out */
	int n_applied;
	struct rule_failure failures[RULE_FAILURES_MAX];
	int n_failures; /* may exceed those kept */
};

struct rule_set; /* belongs to one thread at a time */

/* Compiles the rules in their order. One that is no Lua, or too long, is left out and added to *issues
 * (cleared first). names: kept; its arg outlives the set. 0, -EINVAL (more than RULES_MAX), -ENOMEM. The
 * caller owns *ret_set. */
int rule_set_new(const struct rule *rules, int n, const struct rule_names *names, struct rule_set **ret_set,
	struct rule_issues *issues);
/* NULL is fine. */
void rule_set_free(struct rule_set *set);
/* The number of rules that compiled. */
int rule_set_len(const struct rule_set *set);
/* The version of a rule of the set; -1 when it is none of it. */
int64_t rule_set_version(const struct rule_set *set, uint64_t rule);
/* Runs the rules over facts (docs/rules.md names the groups and their fields; a group or field that is absent
 * or null is nil). Never fails as a whole: a rule that fails is a failure in the result. O(rules), bounded by
 * RULE_SET_STEPS_MAX. */
void rule_set_run(struct rule_set *set, const json_t *facts, struct rule_result *ret_result);

/* What is wrong with one text: compiles it, and runs it over sample facts (known and unknown callers, VIPs,
 * repeated contacts, days and nights). Fills *issues (cleared first; none: it is fine), rule 0. 0 or -ENOMEM.
 */
int rule_check(const char *text, const struct rule_names *names, struct rule_issues *issues);
/* The k-th sample of rule_check, owned by the caller; NULL behind the last one or when memory is out. */
json_t *rule_sample(int k);
