/* Inside the flow room: one contact's walk. Plain data, so that a step can work on a copy and a failed step
 * leaves the run as it was. */
#pragma once
#include "flow/flow_doc.h"

enum flow_state {
	FLOW_NEW,
	FLOW_PLAYING,
	FLOW_LISTENING, /* waits for a digit until due_ms */
	FLOW_QUEUED,
	FLOW_RECORDING,
	FLOW_TRANSFERRING,
	FLOW_RECEIVING,
	FLOW_ENDED,
	FLOW_STATES,
};
extern const char *const flow_state_names[FLOW_STATES];

struct flow_variable {
	char name[FLOW_NAME_MAX], value[FLOW_VALUE_MAX];
	bool is_masked;
};
struct flow_run {
	struct flow *flow;
	enum flow_state state;
	int node;
	int tries; /* failed ones in this menu or collect */
	int steps; /* nodes entered since the outside last made the run wait; see FLOW_STEPS_MAX */
	bool is_answered;
	int64_t due_ms;			  /* INT64_MAX: no deadline */
	char digits[FLOW_DIGITS_MAX + 1]; /* of the collect under way */
	char typed[FLOW_DIGITS_MAX + 1];  /* pressed during a say, for the next menu or collect */
	struct {
		struct flow_variable *at;
		size_t len, room;
	} vars;
};

/* The variable, or NULL. */
struct flow_variable *flow_run_find(const struct flow_run *run, const char *name);
/* As flow_run_set, with the mask. */
int flow_run_put(struct flow_run *run, const char *name, const char *value, bool is_masked);
/* Index of the language the caller hears now. */
int flow_run_language(const struct flow_run *run);
