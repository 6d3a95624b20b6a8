/* The interpreter: one input moves the run and lists actions. A table of node types, each with what it does
 * when entered and what it makes of an input; both answer with the next node or with a verdict.
 *
 * Invariants: a step works on a copy of the run, so an error changes nothing; a deadline exists exactly while
 * listening; every walk ends in waiting or hang-up (FLOW_STEPS_MAX). */
#include "flow/flow_step.h"
#include "base/alloc.h"
#include "base/str.h"
#include "base/vec.h"

#include <assert.h>
#include <errno.h>

static const struct {
	int (*enter)(struct step *s);
	int (*on_input)(struct step *s, const struct flow_input *input); /* NULL: the node never waits */
} types[FLOW_NODE_TYPES] = {
	[FLOW_SAY_NODE] = {flow_say_enter, flow_say_input},
	[FLOW_HOURS_NODE] = {flow_hours_enter, NULL},
	[FLOW_MENU_NODE] = {flow_menu_enter, flow_menu_input},
	[FLOW_COLLECT_NODE] = {flow_collect_enter, flow_collect_input},
	[FLOW_SET_NODE] = {flow_set_enter, NULL},
	[FLOW_BRANCH_NODE] = {flow_branch_enter, NULL},
	[FLOW_QUEUE_NODE] = {flow_queue_enter, flow_queue_input},
	[FLOW_VOICEMAIL_NODE] = {flow_voicemail_enter, flow_voicemail_input},
	[FLOW_TRANSFER_NODE] = {flow_transfer_enter, flow_transfer_input},
	[FLOW_HANG_UP_NODE] = {flow_hang_up_enter, flow_hang_up_input},
	[FLOW_GOTO_NODE] = {flow_goto_enter, NULL},
	[FLOW_FAX_NODE] = {flow_fax_enter, flow_fax_input},
	[FLOW_RECORD_NODE] = {flow_record_enter, NULL},
	[FLOW_EXTENSION_NODE] = {flow_ring_enter, flow_transfer_input},
	[FLOW_RING_GROUP_NODE] = {flow_ring_enter, flow_transfer_input},
};

static bool is_hidden(const struct flow_node *node)
{
	return node && node->type == FLOW_COLLECT_NODE && node->is_masked;
}

/* What must not be kept is kept out of recordings, too, from the question to whatever follows. False: memory
 * is out. */
static bool hide_digits(struct step *s, const struct flow_node *before)
{
	if (is_hidden(before) == is_hidden(s->node))
		return true;
	struct flow_action *a = flow_act(s, FLOW_RECORD_CALL);
	if (a)
		str_put(a->reason, sizeof(a->reason), is_hidden(s->node) ? "hide" : "show");
	return a;
}

static int enter(struct step *s, int node)
{
	const struct flow_node *before =
		s->run->node == FLOW_NO_NODE ? NULL : &s->run->flow->nodes[s->run->node];

	s->node = &s->run->flow->nodes[node];
	s->run->node = node;
	s->run->tries = 0;
	s->run->digits[0] = '\0';
	s->run->due_ms = INT64_MAX;
	if (s->run->steps >= FLOW_STEPS_MAX)
		return flow_act_hang_up(s, "flow_error", "the flow turns in a circle");
	s->run->steps++;
	if (!flow_act(s, FLOW_ENTER) || !hide_digits(s, before))
		return VERDICT_ERROR;
	return types[s->node->type].enter(s);
}

static int start(struct step *s)
{
	const struct flow *f = s->run->flow;

	for (int i = 0; i < f->n_variables; i++) {
		int err = flow_run_get(s->run, f->variables[i].name) ? 0 : flow_assign(s, &f->variables[i]);
		if (err == -ENOMEM)
			s->err = err;
		if (err == -ENOMEM)
			return VERDICT_ERROR;
	}
	return f->start;
}

/* Whether the input belongs to the state at all; digits and times are judged by the node. */
static bool is_fitting(const struct flow_run *run, const struct flow_input *input)
{
	switch (input->kind) {
	case FLOW_START:
		return run->state == FLOW_NEW;
	case FLOW_PLAY_ENDED:
		return run->state == FLOW_PLAYING;
	case FLOW_DIGIT:
		return run->state != FLOW_NEW && run->state != FLOW_ENDED && input->digit &&
		       strchr("0123456789*#ABCD", input->digit);
	case FLOW_TIME:
		return run->due_ms != INT64_MAX;
	case FLOW_QUEUE_ENDED:
	case FLOW_AGENT_ENDED:
		return run->state == FLOW_QUEUED;
	case FLOW_RECORD_ENDED:
		return run->state == FLOW_RECORDING;
	case FLOW_FAX_ENDED:
		return run->state == FLOW_RECEIVING;
	case FLOW_TRANSFER_ENDED:
		return run->state == FLOW_TRANSFERRING;
	default:
		return false;
	}
}

/* The circle guard counts nodes since something outside took its time: a caller's key, a wait, a
 * conversation. A message played to nobody, a full queue or a failed transfer is not that. */
static bool is_outside(const struct flow_input *input)
{
	return input->kind == FLOW_START || input->kind == FLOW_DIGIT || input->kind == FLOW_AGENT_ENDED ||
	       (input->kind == FLOW_QUEUE_ENDED && (str_equal(input->result, "overflow") ||
							   str_equal(input->result, "caller_pressed"))) ||
	       (input->kind == FLOW_FAX_ENDED && str_equal(input->result, "received")) ||
	       (input->kind == FLOW_RECORD_ENDED && str_equal(input->result, "recorded"));
}

static int walk(struct step *s, const struct flow_input *input)
{
	int next;

	if (is_outside(input) && input->kind != FLOW_START)
		s->run->steps = 0;
	if (input->kind == FLOW_START) {
		next = start(s);
	} else {
		s->node = &s->run->flow->nodes[s->run->node];
		assert(types[s->node->type].on_input);
		next = types[s->node->type].on_input(s, input);
	}
	while (next >= 0)
		next = enter(s, next);
	if (next == VERDICT_LOST)
		next = flow_act_hang_up(s, "flow_error", "too many variables");
	if (s->err < 0)
		return s->err;
	return next == VERDICT_UNFIT ? -EINVAL : 0;
}

int flow_step(struct flow_run *run, const struct flow_input *input, const struct flow_env *env,
	int64_t now_ms, struct flow_actions *actions)
{
	struct flow_run work = *run;
	struct step s = {.run = &work, .env = env, .now_ms = now_ms, .actions = actions};

	actions->len = 0;
	if (!is_fitting(run, input))
		return -EINVAL;
	if (input->kind == FLOW_TIME && now_ms < run->due_ms)
		return 0;
	work.vars.at = NULL;
	work.vars.len = work.vars.room = 0;
	if (!VEC_RESERVE(&work.vars, run->vars.len + 1))
		return -ENOMEM;
	if (run->vars.len > 0)
		memcpy(work.vars.at, run->vars.at, run->vars.len * sizeof(*run->vars.at));
	work.vars.len = run->vars.len;
	int err = walk(&s, input);
	if (err < 0) {
		actions->len = 0;
		VEC_FREE(&work.vars);
		return err;
	}
	VEC_FREE(&run->vars);
	*run = work;
	return 0;
}
