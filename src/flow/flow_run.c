/* A run's variables, and a run as JSON. What is masked (card codes, PINs) never leaves memory: it is neither
 * saved nor listed, so after a restart a masked variable is unset and a masked entry under way starts over.
 */
#include "flow/flow_state.h"
#include "base/alloc.h"
#include "base/id.h"
#include "base/str.h"
#include "base/vec.h"

#include <assert.h>
#include <errno.h>

const char *const flow_state_names[FLOW_STATES] = {
	"new", "playing", "listening", "queued", "recording", "transferring", "receiving", "ended"};

int flow_run_new(struct flow *f, struct flow_run **ret_run)
{
	struct flow_run *run = alloc_zero(sizeof(*run));

	if (!run)
		return -ENOMEM;
	run->flow = flow_ref(f);
	run->node = FLOW_NO_NODE;
	run->due_ms = INT64_MAX;
	*ret_run = run;
	return 0;
}

void flow_run_free(struct flow_run *run)
{
	if (!run)
		return;
	VEC_FREE(&run->vars);
	flow_unref(run->flow);
	alloc_free(run);
}

struct flow_variable *flow_run_find(const struct flow_run *run, const char *name)
{
	VEC_EACH(&run->vars, i)
	if (str_equal(run->vars.at[i].name, name))
		return &run->vars.at[i];
	return NULL;
}

int flow_run_put(struct flow_run *run, const char *name, const char *value, bool is_masked)
{
	struct flow_variable *v = flow_run_find(run, name);

	if (!flow_is_variable_name(name, strlen(name)))
		return strlen(name) >= FLOW_NAME_MAX ? -E2BIG : -EINVAL;
	if (strlen(value) >= FLOW_VALUE_MAX || (!v && run->vars.len >= FLOW_VARS_MAX))
		return -E2BIG;
	if (!str_is_utf8(value, strlen(value)))
		return -EINVAL;
	if (!v) {
		if (!VEC_RESERVE(&run->vars, run->vars.len + 1))
			return -ENOMEM;
		assert(run->vars.at);
		v = &run->vars.at[run->vars.len];
		run->vars.len++;
		*v = (struct flow_variable){0};
		str_put(v->name, sizeof(v->name), name);
	}
	str_put(v->value, sizeof(v->value), value);
	v->is_masked = is_masked;
	return 0;
}

int flow_run_set(struct flow_run *run, const char *name, const char *value)
{
	return flow_run_put(run, name, value ? value : "", false);
}

const char *flow_run_get(const struct flow_run *run, const char *name)
{
	const struct flow_variable *v = flow_run_find(run, name);

	return v ? v->value : NULL;
}

int flow_run_inherit(struct flow_run *run, const struct flow_run *from)
{
	VEC_EACH(&from->vars, i)
	{
		const struct flow_variable *v = &from->vars.at[i];
		int err = flow_run_put(run, v->name, v->value, v->is_masked);
		if (err < 0)
			return err;
	}
	run->is_answered = from->is_answered;
	run->steps = from->steps;
	return 0;
}

int flow_run_language(const struct flow_run *run)
{
	int language = flow_language_index(flow_run_get(run, "language"));

	return language >= 0 ? language : run->flow->language;
}

int64_t flow_next_due(const struct flow_run *run)
{
	return run->due_ms;
}

json_t *flow_run_vars(const struct flow_run *run)
{
	json_t *vars = json_object();

	VEC_EACH(&run->vars, i)
	{
		const struct flow_variable *v = &run->vars.at[i];
		if (json_object_set_new(vars, v->name, json_string(v->is_masked ? "***" : v->value)) < 0) {
			json_decref(vars);
			return NULL;
		}
	}
	return vars;
}

static bool is_masking(const struct flow_run *run)
{
	return run->node >= 0 && run->flow->nodes[run->node].is_masked;
}

static json_t *save_vars(const struct flow_run *run)
{
	json_t *vars = json_object();

	VEC_EACH(&run->vars, i)
	{
		const struct flow_variable *v = &run->vars.at[i];
		if (!v->is_masked && json_object_set_new(vars, v->name, json_string(v->value)) < 0) {
			json_decref(vars);
			return NULL;
		}
	}
	return vars;
}

json_t *flow_run_save(const struct flow_run *run, int64_t now_ms)
{
	_cleanup_json_ json_t *saved = json_object();
	json_t *vars = save_vars(run);
	bool is_waiting = run->due_ms != INT64_MAX;

	if (json_object_set_new(saved, "vars", vars) < 0 || jsonx_set_int(saved, "format", 1) < 0 ||
		jsonx_set_id(saved, "flow", run->flow->id) < 0 ||
		jsonx_set_int(saved, "version", run->flow->version) < 0 ||
		jsonx_set_text(saved, "state", flow_state_names[run->state]) < 0 ||
		jsonx_set_text(saved, "node", run->node >= 0 ? run->flow->nodes[run->node].name : "") < 0 ||
		jsonx_set_int(saved, "tries", run->tries) < 0 ||
		jsonx_set_int(saved, "steps", run->steps) < 0 ||
		jsonx_set_bool(saved, "is_answered", run->is_answered) < 0 ||
		jsonx_set_text(saved, "digits", is_masking(run) ? "" : run->digits) < 0 ||
		jsonx_set_text(saved, "typed", run->typed) < 0 ||
		(is_waiting && jsonx_set_int(saved, "due_in_ms", run->due_ms - now_ms) < 0))
		return NULL;
	return TAKE_PTR(saved);
}

static int load_vars(struct flow_run *run, const json_t *vars)
{
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)vars, key, v)
	{
		int err = json_is_string(v) ? flow_run_put(run, key, json_string_value(v), false) : -EINVAL;
		if (err < 0)
			return err == -E2BIG ? -EINVAL : err;
	}
	return 0;
}

/* Whether a state can be had in a node of this type. */
static bool fits(enum flow_state state, const struct flow_node *node)
{
	switch (state) {
	case FLOW_PLAYING:
		return node->type == FLOW_SAY_NODE || node->type == FLOW_MENU_NODE ||
		       node->type == FLOW_COLLECT_NODE || node->type == FLOW_VOICEMAIL_NODE ||
		       node->type == FLOW_HANG_UP_NODE;
	case FLOW_LISTENING:
		return node->type == FLOW_MENU_NODE || node->type == FLOW_COLLECT_NODE;
	case FLOW_QUEUED:
		return node->type == FLOW_QUEUE_NODE;
	case FLOW_RECORDING:
		return node->type == FLOW_VOICEMAIL_NODE;
	case FLOW_RECEIVING:
		return node->type == FLOW_FAX_NODE;
	case FLOW_TRANSFERRING:
		return node->type == FLOW_TRANSFER_NODE || node->type == FLOW_EXTENSION_NODE ||
		       node->type == FLOW_RING_GROUP_NODE;
	default:
		return true;
	}
}

static int load_digits(char *ret, const json_t *saved, const char *key)
{
	const char *s = jsonx_text(saved, key, "");

	if (strspn(s, "0123456789*#ABCD") != strlen(s))
		return -EINVAL;
	return str_put(ret, FLOW_DIGITS_MAX + 1, s) < 0 ? -EINVAL : 0;
}

static int load_place(struct flow_run *run, const json_t *saved)
{
	const char *state = jsonx_text(saved, "state", ""), *node = jsonx_text(saved, "node", "");
	int64_t tries = jsonx_int(saved, "tries", -1), steps = jsonx_int(saved, "steps", -1);

	while (run->state < FLOW_STATES && !str_equal(state, flow_state_names[run->state]))
		run->state++;
	for (int i = 0; i < run->flow->n_nodes; i++)
		if (str_equal(node, run->flow->nodes[i].name))
			run->node = i;
	if (run->state == FLOW_STATES || tries < 0 || tries > 9 || steps < 0 || steps > FLOW_STEPS_MAX)
		return -EINVAL;
	if ((run->state == FLOW_NEW) != (run->node == FLOW_NO_NODE))
		return -EINVAL;
	if (run->node >= 0 && !fits(run->state, &run->flow->nodes[run->node]))
		return -EINVAL;
	run->tries = (int)tries;
	run->steps = (int)steps;
	run->is_answered = jsonx_bool(saved, "is_answered", false);
	return 0;
}

static int load_due(struct flow_run *run, const json_t *saved, int64_t now_ms)
{
	int64_t due = jsonx_int(saved, "due_in_ms", INT64_MAX);

	if (run->state != FLOW_LISTENING)
		return 0;
	/* A deadline that passed while nobody was there is due now. */
	if (due > INT64_C(60000))
		return -EINVAL;
	run->due_ms = now_ms + (due > 0 ? due : 0);
	return 0;
}

int flow_run_load(struct flow *f, const json_t *saved, int64_t now_ms, struct flow_run **ret_run)
{
	struct flow_run *run;
	int err;

	if (jsonx_int(saved, "format", 0) != 1 || jsonx_id(saved, "flow") != f->id ||
		jsonx_int(saved, "version", -1) != f->version)
		return -EINVAL;
	err = flow_run_new(f, &run);
	if (err < 0)
		return err;
	err = load_place(run, saved);
	if (err == 0)
		err = load_due(run, saved, now_ms);
	if (err == 0)
		err = load_digits(run->digits, saved, "digits");
	if (err == 0)
		err = load_digits(run->typed, saved, "typed");
	if (err == 0)
		err = load_vars(run, json_object_get(saved, "vars"));
	if (err < 0) {
		flow_run_free(run);
		return err;
	}
	*ret_run = run;
	return 0;
}
