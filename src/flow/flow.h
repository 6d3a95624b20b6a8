/* The flow interpreter: what a caller hears and may choose. PURE: no I/O, clock, thread, randomness or log.
 *
 * A flow is a JSON document (docs/flow.md) with typed, validated nodes, checked once into an immutable struct
 * flow. A run is one contact's walk through it: flow_step(run, input, now) moves it and lists the actions
 * that follow. A run holds its own version of the flow: editing never disturbs a contact on its way. A run
 * can be saved as JSON and loaded again.
 *
 * Node types: say, hours, menu, collect, set, branch, queue, voicemail, transfer, hang_up, goto_flow,
 * extension, ring_group, fax, record. Every way out of a node is named and leads to a node; a run that meets
 * a dead end or loops without waiting more than FLOW_STEPS_MAX times hangs up with reason "flow_error" and
 * says where. */
#pragma once
#include "base/jsonx.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FLOW_NODES_MAX 500
#define FLOW_STEPS_MAX 200 /* nodes passed without waiting for the outside */
#define FLOW_VARS_MAX 64
#define FLOW_NAME_MAX 64
#define FLOW_VALUE_MAX 256
#define FLOW_TEXT_MAX 1000
#define FLOW_SAY_MAX 8
#define FLOW_DIGITS_MAX 32
#define FLOW_DOCUMENT_MAX 262144

struct flow; /* immutable, reference counted (atomic) */
struct flow_run;

/* What is wrong with a document, for the editor and for people. */
struct flow_issue {
	bool is_warning;	   /* false: the document is refused */
	char node[FLOW_NAME_MAX];  /* "" = the document */
	char field[FLOW_NAME_MAX]; /* "" = the node */
	char code[48];		   /* stable: "unknown_node", "menu_too_long", "no_exit_to_person", ... */
	char message[256];	   /* English, says what to do */
};
struct flow_issues {
	struct flow_issue *at;
	size_t len, room;
};
void flow_issues_free(struct flow_issues *issues);

/* Checks doc; on success *ret_flow holds one reference. Issues are added to *ret_issues (zero-initialised by
 * the caller, released with flow_issues_free), in the error case too. 0 (warnings possible), -EINVAL (issues
 * say why), -ENOMEM. */
int flow_parse(
	const json_t *doc, uint64_t id, int version, struct flow **ret_flow, struct flow_issues *ret_issues);
struct flow *flow_ref(struct flow *f);
void flow_unref(struct flow *f);
uint64_t flow_id(const struct flow *f);
int flow_version(const struct flow *f);
const char *flow_language(const struct flow *f); /* default language: "fa", "ar", "zh", "en" */
/* Every id the document refers to, so that the owner can check that they exist: kind "queue", "prompt",
 * "hours", "flow", "skill", "user". The list belongs to the flow. */
struct flow_reference {
	char kind[16];
	uint64_t id;
	char node[FLOW_NAME_MAX];
};
size_t flow_references(const struct flow *f, const struct flow_reference **ret_list);

/* Facts about the outside, passed with each step; the owner evaluates them (hours_is_open below is the pure
 * helper). */
struct flow_env {
	bool (*is_open)(
		uint64_t hours, void *arg); /* is this opening-hours calendar open now? unknown ids: closed */
	void *arg;
};

enum flow_input_kind {
	FLOW_START = 1,
	FLOW_PLAY_ENDED, /* the last PLAY is over */
	FLOW_DIGIT,
	FLOW_TIME,	     /* the deadline of flow_next_due passed */
	FLOW_QUEUE_ENDED,    /* result: "overflow", "no_agents", "full", "too_long" (the estimated wait),
				"closed", "caller_pressed" (an agent's answer ends the run) */
	FLOW_RECORD_ENDED,   /* result: "recorded", "too_short", "failed" */
	FLOW_TRANSFER_ENDED, /* result: "busy", "no_answer", "failed" (success ends the run) */
	FLOW_FAX_ENDED,	     /* result: "received", "failed" */
	FLOW_AGENT_ENDED, /* the agent's side hung up and the caller stayed: a queue node's "after" exit, if
			     it has one */
};
struct flow_input {
	enum flow_input_kind kind;
	char digit;
	char result[32];
};

struct flow_say {		  /* one thing to play, in order */
	uint64_t prompt;	  /* uploaded or spoken prompt; 0: text */
	char text[FLOW_TEXT_MAX]; /* to be spoken, variables already filled in */
	char language[12];
};
enum flow_action_kind {
	FLOW_ENTER = 1, /* path made visible: node (and its type) entered; for the event log */
	FLOW_CHOSE,  /* the caller chose: node, digit or collected text (masked when the node says so), label
		      */
	FLOW_ANSWER, /* pick up now (before the first PLAY; flows may ring first) */
	FLOW_PLAY,   /* play say[0..n_say); answer with FLOW_PLAY_ENDED. Replaces what plays */
	FLOW_STOP,   /* stop playing (barge-in); no FLOW_PLAY_ENDED follows */
	FLOW_QUEUE,  /* enter queue with priority and skills */
	FLOW_RECORD, /* voicemail: limit_ms, silence_ms; queue or user it belongs to; deliver_to: a queue of
			messages in which it is worked off (0: as the house does it) */
	FLOW_RECORD_CALL, /* of the call itself; reason: start, stop, pause, resume; or hide, show: digits
			     that must not be kept are about to be entered, and were (a masked collect) */
	FLOW_TRANSFER,	  /* call target (number or sip: URI) and connect; timeout_s */
	FLOW_HANG_UP,	  /* reason */
	FLOW_GOTO,   /* continue in another flow: flow id; the owner starts a new run there (flow_run_inherit)
		      */
	FLOW_MISSED, /* the caller gave no valid answer: reason "invalid" (digits) or "no_input"; for the
			event log */
	FLOW_FAX,    /* receive a fax; queue: where it is delivered, 0: kept only */
	FLOW_RING,   /* ring extension or ring_group; ends as TRANSFER does */
};
struct flow_action {
	enum flow_action_kind kind;
	char node[FLOW_NAME_MAX], node_type[16];
	struct flow_say say[FLOW_SAY_MAX];
	int n_say;
	bool is_barge_in;
	uint64_t queue, user, flow, deliver_to, extension, ring_group;
	int priority;
	struct {
		uint64_t skill;
		int level;
	} skills[8];
	int n_skills;
	char exit_digit; /* QUEUE: the caller may press this to leave (caller_pressed); 0: none */
	int32_t limit_ms, silence_ms;
	int timeout_s;
	char target[256], reason[48], digits[FLOW_DIGITS_MAX + 1], label[128];
};
struct flow_actions {
	struct flow_action *at;
	size_t len, room;
};
void flow_actions_free(struct flow_actions *a);

/* A run over f (takes a reference). Variables may be set before START: "caller.number", "caller.name",
 * "called.number", "language", "time.hour"... */
int flow_run_new(struct flow *f, struct flow_run **ret_run);
void flow_run_free(struct flow_run *run);
/* 0, -E2BIG (name or value too long, too many), -EINVAL (bad name). */
int flow_run_set(struct flow_run *run, const char *name, const char *value);
const char *flow_run_get(const struct flow_run *run, const char *name);
/* For FLOW_GOTO: a new run takes over variables (masks included), whether the call was answered, and the
 * guard against circles. Before START. 0, -E2BIG, -ENOMEM. */
int flow_run_inherit(struct flow_run *run, const struct flow_run *from);
/* All variables as a JSON object of texts; masked ones as "***". NULL when memory is out. */
json_t *flow_run_vars(const struct flow_run *run);
/* Applies one input; fills *actions (cleared first; zero-initialised by the caller once). 0, -EINVAL (the
 * input does not fit the state), -ENOMEM; on any error nothing changed. A FLOW_TIME before its time and
 * digits nobody asked for are 0 without actions. env is needed by hours nodes only; without it everything is
 * closed. */
int flow_step(struct flow_run *run, const struct flow_input *input, const struct flow_env *env,
	int64_t now_ms, struct flow_actions *actions);
/* When FLOW_TIME is wanted, on the clock of now_ms; INT64_MAX: no deadline. */
int64_t flow_next_due(const struct flow_run *run);
/* Whole state as JSON and back (for restart). Times are relative to now_ms. Masked values never leave memory:
 * they are left out, so after loading a masked variable is unset and a masked entry under way starts over.
 * Load: 0, -EINVAL (not a saved run of this flow and version), -ENOMEM; save: NULL when memory is out. */
json_t *flow_run_save(const struct flow_run *run, int64_t now_ms);
int flow_run_load(struct flow *f, const json_t *saved, int64_t now_ms, struct flow_run **ret_run);
