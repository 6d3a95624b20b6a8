/* The interpreter: one input moves the run and lists actions. A table of node types, each with what it does
 * when entered and what it makes of an input; both answer with the next node or with one of the verdicts
 * below.
 *
 * Invariants: a step works on a copy of the run, so an error changes nothing; a deadline exists exactly while
 * listening; every walk ends in waiting or hang-up (FLOW_STEPS_MAX). */
#include "flow/flow_state.h"
#include "flow/flow_text.h"
#include "flow/phrase.h"
#include "base/alloc.h"
#include "base/str.h"
#include "base/vec.h"

#include <assert.h>
#include <errno.h>

enum {
	VERDICT_WAIT = -10,  /* the run waits for the outside */
	VERDICT_UNFIT = -11, /* the input does not fit the state */
	VERDICT_ERROR = -12, /* step->err says */
	VERDICT_LOST = -13,  /* a variable could not be set: the flow is wrong */
};

struct step {
	struct flow_run *run;
	const struct flow_node *node;
	const struct flow_env *env;
	int64_t now_ms;
	struct flow_actions *actions;
	int err;
};

void flow_actions_free(struct flow_actions *a)
{
	VEC_FREE(a);
}

/* A zeroed action at the end of the list, naming the node; NULL with s->err. Valid until the next one. */
static struct flow_action *act(struct step *s, enum flow_action_kind kind)
{
	if (!VEC_RESERVE(s->actions, s->actions->len + 1)) {
		s->err = -ENOMEM;
		return NULL;
	}
	struct flow_action *a = &s->actions->at[s->actions->len++];
	memset(a, 0, sizeof(*a));
	a->kind = kind;
	if (s->node) {
		str_put(a->node, sizeof(a->node), s->node->name);
		str_put(a->node_type, sizeof(a->node_type), flow_node_type_names[s->node->type]);
	}
	return a;
}

static void answer(struct step *s)
{
	if (!s->run->is_answered && act(s, FLOW_ANSWER))
		s->run->is_answered = true;
}

static int wait_in(struct step *s, enum flow_state state)
{
	s->run->state = state;
	s->run->due_ms = INT64_MAX;
	return s->err < 0 ? VERDICT_ERROR : VERDICT_WAIT;
}

static int listen_now(struct step *s)
{
	int verdict = wait_in(s, FLOW_LISTENING);

	s->run->due_ms = s->now_ms + s->node->timeout_s * INT64_C(1000);
	return verdict;
}

static int hang_up(struct step *s, const char *reason, const char *label)
{
	struct flow_action *a = act(s, FLOW_HANG_UP);

	if (a) {
		str_put(a->reason, sizeof(a->reason), reason);
		str_put(a->label, sizeof(a->label), label);
	}
	return wait_in(s, FLOW_ENDED);
}

static int follow(struct step *s, enum flow_exit exit)
{
	if (s->node->exit[exit] == FLOW_NO_NODE)
		return hang_up(s, "flow_error", "the flow has no way on from here");
	return s->node->exit[exit];
}

/* --- texts
 * ------------------------------------------------------------------------------------------------------ */

/* Masked values never reach a text: texts are cached as sound, logged and shown. */
static const char *spoken_value(const char *name, void *arg)
{
	const struct flow_variable *v = flow_run_find(arg, name);

	return v && !v->is_masked ? v->value : NULL;
}

static void add_text(struct flow_action *a, const char *text, int language, struct flow_run *run)
{
	struct flow_say *say = &a->say[a->n_say];

	if (!text)
		return;
	flow_text_fill(text, FLOW_FILL_SPOKEN, language < 2, spoken_value, run, say->text, sizeof(say->text));
	if (str_is_blank(say->text))
		return;
	str_put(say->language, sizeof(say->language), flow_language_names[language]);
	a->n_say++;
}

static void add_item(struct flow_action *a, const struct flow_item *item, struct flow_run *run)
{
	int language = flow_run_language(run);

	assert(a->n_say < FLOW_SAY_MAX);
	if (item->prompt) {
		str_put(a->say[a->n_say].language, sizeof(a->say[0].language), flow_language_names[language]);
		a->say[a->n_say++].prompt = item->prompt;
		return;
	}
	if (item->phrase) {
		add_text(a, phrase_text(flow_language_names[language], item->phrase), language, run);
		return;
	}
	if (!item->text[language])
		language = run->flow->language;
	for (int i = 0; !item->text[language] && i < FLOW_LANGUAGES; i++)
		if (item->text[i])
			language = i;
	add_text(a, item->text[language], language, run);
}

/* Plays first (a fixed phrase where it has no items) and then items. False: there was nothing to play. */
static bool play(
	struct step *s, const struct flow_items *first, const char *phrase, const struct flow_items *items)
{
	answer(s);
	struct flow_action *a = act(s, FLOW_PLAY);
	int language = flow_run_language(s->run);

	if (!a)
		return true; /* s->err is set */
	for (int i = 0; first && i < first->n; i++)
		add_item(a, &first->at[i], s->run);
	if (phrase && a->n_say == 0)
		add_text(a, phrase_text(flow_language_names[language], phrase), language, s->run);
	for (int i = 0; items && i < items->n; i++)
		add_item(a, &items->at[i], s->run);
	a->is_barge_in = s->node->barge_in;
	if (a->n_say == 0)
		s->actions->len--;
	else
		wait_in(s, FLOW_PLAYING);
	return a->n_say > 0;
}

/* What play is followed by: waiting for its end, or what would come after it. */
static int waiting(struct step *s)
{
	return s->err < 0 ? VERDICT_ERROR : VERDICT_WAIT;
}

/* --- say, hang_up, hours, set, branch, goto_flow
 * --------------------------------------------------------------- */

static bool is_bargeable(const struct step *s)
{
	return s->run->state == FLOW_PLAYING && s->node->barge_in;
}

static int say_enter(struct step *s)
{
	if (!s->node->barge_in)
		s->run->typed[0] = '\0';
	if (s->run->typed[0])
		return follow(s, FLOW_EXIT_NEXT); /* a caller who types ahead knows the way */
	return play(s, &s->node->say, NULL, NULL) ? waiting(s) : follow(s, FLOW_EXIT_NEXT);
}

static int say_input(struct step *s, const struct flow_input *input)
{
	if (input->kind == FLOW_PLAY_ENDED)
		return follow(s, FLOW_EXIT_NEXT);
	if (input->kind != FLOW_DIGIT)
		return VERDICT_UNFIT;
	if (!is_bargeable(s))
		return waiting(s);
	s->run->typed[0] = input->digit;
	s->run->typed[1] = '\0';
	act(s, FLOW_STOP);
	return follow(s, FLOW_EXIT_NEXT);
}

static int hang_up_now(struct step *s)
{
	char reason[48];

	flow_text_fill(s->node->reason ? s->node->reason : "flow_ended", FLOW_FILL_VALUE, false, spoken_value,
		s->run, reason, sizeof(reason));
	return hang_up(s, reason, "");
}

static int hang_up_enter(struct step *s)
{
	return s->node->say.n > 0 && play(s, &s->node->say, NULL, NULL) ? waiting(s) : hang_up_now(s);
}

static int hang_up_input(struct step *s, const struct flow_input *input)
{
	if (input->kind == FLOW_DIGIT)
		return waiting(s);
	return input->kind == FLOW_PLAY_ENDED ? hang_up_now(s) : VERDICT_UNFIT;
}

static int hours_enter(struct step *s)
{
	bool is_open = s->env && s->env->is_open && s->env->is_open(s->node->hours, s->env->arg);

	return follow(s, is_open ? FLOW_EXIT_OPEN : FLOW_EXIT_CLOSED);
}

static int assign(struct step *s, const struct flow_assignment *a)
{
	char value[FLOW_VALUE_MAX];

	flow_text_fill(a->value, FLOW_FILL_VALUE, false, spoken_value, s->run, value, sizeof(value));
	if (str_equal(a->name, "language") && flow_language_index(value) < 0)
		return 0; /* the caller goes on in the language there was */
	return flow_run_put(s->run, a->name, value, false);
}

static int set_enter(struct step *s)
{
	for (int i = 0; i < s->node->n_sets; i++) {
		int err = assign(s, &s->node->sets[i]);
		if (err == -ENOMEM)
			s->err = err;
		if (err < 0)
			return err == -ENOMEM ? VERDICT_ERROR : VERDICT_LOST;
	}
	return follow(s, FLOW_EXIT_NEXT);
}

static bool compare(const char *value, const struct flow_case *c)
{
	int64_t a, b;

	switch (c->op) {
	case FLOW_EQUALS:
		return str_equal(value, c->values[0]);
	case FLOW_NOT_EQUALS:
		return !str_equal(value, c->values[0]);
	case FLOW_STARTS_WITH:
		return str_starts_with(value, c->values[0]);
	case FLOW_IN:
		for (int i = 0; i < c->n_values; i++)
			if (str_equal(value, c->values[i]))
				return true;
		return false;
	case FLOW_GREATER:
	case FLOW_LESS:
		if (str_to_int(value, INT64_MIN, INT64_MAX, &a) < 0 ||
			str_to_int(c->values[0], INT64_MIN, INT64_MAX, &b) < 0)
			return false;
		return c->op == FLOW_GREATER ? a > b : a < b;
	default:
		return *value != '\0';
	}
}

static int branch_enter(struct step *s)
{
	const char *value = flow_run_get(s->run, s->node->variable);

	for (int i = 0; i < s->node->n_cases; i++)
		if (compare(value ? value : "", &s->node->cases[i]))
			return s->node->cases[i].next;
	return follow(s, FLOW_EXIT_OTHERWISE);
}

static int goto_enter(struct step *s)
{
	struct flow_action *a = act(s, FLOW_GOTO);

	if (a)
		a->flow = s->node->flow;
	return wait_in(s, FLOW_ENDED);
}

/* --- menu, collect
 * ---------------------------------------------------------------------------------------------- */

/* No valid answer: once more with a hint, or out. reason: "invalid" or "no_input". */
static int missed(struct step *s, const char *reason, const char *digits)
{
	bool is_invalid = str_equal(reason, "invalid");
	struct flow_action *a = act(s, FLOW_MISSED);

	if (a) {
		str_put(a->reason, sizeof(a->reason), reason);
		str_put(a->digits, sizeof(a->digits), s->node->is_masked ? "***" : digits);
	}
	s->run->typed[0] = s->run->digits[0] = '\0';
	s->run->due_ms = INT64_MAX;
	if (++s->run->tries >= s->node->tries)
		return follow(s, FLOW_EXIT_FAIL);
	return play(s, is_invalid ? &s->node->invalid_say : &s->node->no_input_say,
		       is_invalid ? "invalid_choice" : "no_input", &s->node->say)
		       ? waiting(s)
		       : listen_now(s);
}

static void chose(struct step *s, const char *digits, const char *label)
{
	struct flow_action *a = act(s, FLOW_CHOSE);

	if (!a)
		return;
	str_put(a->digits, sizeof(a->digits), s->node->is_masked ? "***" : digits);
	str_put(a->label, sizeof(a->label), label);
}

static int menu_digit(struct step *s, char digit)
{
	for (int i = 0; i < s->node->n_options; i++)
		if (s->node->options[i].digit == digit) {
			chose(s, (char[]){digit, '\0'}, s->node->options[i].label);
			return s->node->options[i].next;
		}
	return missed(s, "invalid", (char[]){digit, '\0'});
}

static int menu_enter(struct step *s)
{
	char digit = s->node->barge_in ? s->run->typed[0] : '\0';

	s->run->typed[0] = '\0';
	if (digit)
		return menu_digit(s, digit);
	return play(s, NULL, NULL, &s->node->say) ? waiting(s) : listen_now(s);
}

static int menu_input(struct step *s, const struct flow_input *input)
{
	switch (input->kind) {
	case FLOW_PLAY_ENDED:
		return listen_now(s);
	case FLOW_TIME:
		return missed(s, "no_input", "");
	case FLOW_DIGIT:
		if (s->run->state == FLOW_PLAYING && !s->node->barge_in)
			return waiting(s);
		if (s->run->state == FLOW_PLAYING)
			act(s, FLOW_STOP);
		s->run->state = FLOW_LISTENING;
		return menu_digit(s, input->digit);
	default:
		return VERDICT_UNFIT;
	}
}

static int collected(struct step *s)
{
	char digits[FLOW_DIGITS_MAX + 1];
	int err;

	memcpy(digits, s->run->digits, sizeof(digits));
	if (strlen(digits) < (size_t)s->node->min)
		return missed(s, digits[0] ? "invalid" : "no_input", digits);
	memset(s->run->digits, 0, sizeof(s->run->digits));
	chose(s, digits, "");
	err = flow_run_put(s->run, s->node->variable, digits, s->node->is_masked);
	memset(digits, 0, sizeof(digits));
	if (err == -ENOMEM)
		s->err = err;
	if (err < 0)
		return err == -ENOMEM ? VERDICT_ERROR : VERDICT_LOST;
	return follow(s, FLOW_EXIT_NEXT);
}

/* One digit of an entry: the terminator ends it, * starts it over, letters and a foreign # are not heard. */
static int collect_digit(struct step *s, char digit)
{
	size_t n = strlen(s->run->digits);

	if (s->node->digit && digit == s->node->digit)
		return collected(s);
	if (digit == '*') {
		s->run->digits[0] = '\0';
	} else if (digit >= '0' && digit <= '9') {
		s->run->digits[n] = digit;
		s->run->digits[n + 1] = '\0';
		if (n + 1 >= (size_t)s->node->max)
			return collected(s);
	}
	return listen_now(s);
}

static int collect_enter(struct step *s)
{
	char digit = s->node->barge_in ? s->run->typed[0] : '\0';

	s->run->typed[0] = '\0';
	if (digit)
		return collect_digit(s, digit);
	return play(s, NULL, NULL, &s->node->say) ? waiting(s) : listen_now(s);
}

static int collect_input(struct step *s, const struct flow_input *input)
{
	switch (input->kind) {
	case FLOW_PLAY_ENDED:
		return listen_now(s);
	case FLOW_TIME:
		return collected(s);
	case FLOW_DIGIT:
		if (s->run->state == FLOW_PLAYING && !s->node->barge_in)
			return waiting(s);
		if (s->run->state == FLOW_PLAYING)
			act(s, FLOW_STOP);
		s->run->state = FLOW_LISTENING;
		return collect_digit(s, input->digit);
	default:
		return VERDICT_UNFIT;
	}
}

/* --- queue, voicemail, transfer
 * --------------------------------------------------------------------------------- */

static int queue_enter(struct step *s)
{
	s->run->typed[0] = '\0';
	answer(s);
	struct flow_action *a = act(s, FLOW_QUEUE);

	if (a) {
		a->queue = s->node->queue;
		a->priority = s->node->priority;
		a->exit_digit = (char)s->node->digit;
		a->n_skills = s->node->n_skills;
		for (int i = 0; i < a->n_skills; i++) {
			a->skills[i].skill = s->node->skills[i].skill;
			a->skills[i].level = s->node->skills[i].level;
		}
	}
	return wait_in(s, FLOW_QUEUED);
}

struct result_exit {
	const char *result;
	enum flow_exit exit;
};

/* Follows the exit of a result; unknown results do not fit. */
static int follow_result(struct step *s, const char *result, const struct result_exit *table)
{
	for (; table->result; table++)
		if (str_equal(result, table->result))
			return follow(s, table->exit);
	return VERDICT_UNFIT;
}

static int queue_input(struct step *s, const struct flow_input *input)
{
	static const struct result_exit exits[] = {{"overflow", FLOW_EXIT_OVERFLOW},
		{"no_agents", FLOW_EXIT_NO_AGENTS}, {"full", FLOW_EXIT_FULL}, {"closed", FLOW_EXIT_CLOSED},
		{"caller_pressed", FLOW_EXIT_PRESSED}, {NULL, 0}};

	if (input->kind == FLOW_DIGIT)
		return waiting(s); /* the queue itself listens for exit_digit */
	if (input->kind == FLOW_AGENT_ENDED)
		return s->node->exit[FLOW_EXIT_AFTER] == FLOW_NO_NODE ? hang_up(s, "agent_ended", "")
								      : follow(s, FLOW_EXIT_AFTER);
	return input->kind == FLOW_QUEUE_ENDED ? follow_result(s, input->result, exits) : VERDICT_UNFIT;
}

static int record(struct step *s)
{
	struct flow_action *a = act(s, FLOW_RECORD);

	if (a) {
		a->queue = s->node->queue;
		a->user = s->node->user;
		a->limit_ms = s->node->limit_s * 1000;
		a->silence_ms = s->node->silence_s * 1000;
	}
	return wait_in(s, FLOW_RECORDING);
}

static int voicemail_enter(struct step *s)
{
	s->run->typed[0] = '\0';
	return play(s, &s->node->say, "leave_message", NULL) ? waiting(s) : record(s);
}

static int voicemail_input(struct step *s, const struct flow_input *input)
{
	static const struct result_exit exits[] = {{"recorded", FLOW_EXIT_NEXT},
		{"too_short", FLOW_EXIT_TOO_SHORT}, {"failed", FLOW_EXIT_FAIL}, {NULL, 0}};

	if (input->kind == FLOW_PLAY_ENDED)
		return record(s);
	if (input->kind == FLOW_RECORD_ENDED)
		return follow_result(s, input->result, exits);
	if (input->kind != FLOW_DIGIT)
		return VERDICT_UNFIT;
	if (!is_bargeable(s))
		return waiting(s);
	act(s, FLOW_STOP);
	return record(s);
}

/* A number of digits + * #, or a sip: or sips: address without anything that could end it early. */
static bool is_target(const char *s)
{
	for (const char *p = s; *p; p++)
		if (*p <= 0x20 || *p >= 0x7f)
			return false;
	if (str_starts_with(s, "sip:") || str_starts_with(s, "sips:")) {
		const char *rest = strchr(s, ':') + 1;
		return *rest && !strpbrk(rest, "\"<>\\,") && rest[strspn(rest, "@:;?")] == *rest;
	}
	size_t n = strlen(s), plus = *s == '+';
	return n > plus && n <= 33 && strspn(s + plus, "0123456789*#") == n - plus;
}

static int transfer_enter(struct step *s)
{
	char target[256];

	s->run->typed[0] = '\0';
	if (flow_text_fill(s->node->target, FLOW_FILL_TARGET, false, spoken_value, s->run, target,
		    sizeof(target)) < 0 ||
		!is_target(target))
		return follow(s, FLOW_EXIT_FAIL);
	answer(s);
	struct flow_action *a = act(s, FLOW_TRANSFER);
	if (a) {
		str_put(a->target, sizeof(a->target), target);
		a->timeout_s = s->node->timeout_s;
	}
	return wait_in(s, FLOW_TRANSFERRING);
}

static int transfer_input(struct step *s, const struct flow_input *input)
{
	static const struct result_exit exits[] = {{"busy", FLOW_EXIT_BUSY},
		{"no_answer", FLOW_EXIT_NO_ANSWER}, {"failed", FLOW_EXIT_FAIL}, {NULL, 0}};

	if (input->kind == FLOW_DIGIT)
		return waiting(s);
	return input->kind == FLOW_TRANSFER_ENDED ? follow_result(s, input->result, exits) : VERDICT_UNFIT;
}

/* --- the walk
 * --------------------------------------------------------------------------------------------------- */

static const struct {
	int (*enter)(struct step *s);
	int (*on_input)(struct step *s, const struct flow_input *input); /* NULL: the node never waits */
} types[FLOW_NODE_TYPES] = {
	[FLOW_SAY_NODE] = {say_enter, say_input},
	[FLOW_HOURS_NODE] = {hours_enter, NULL},
	[FLOW_MENU_NODE] = {menu_enter, menu_input},
	[FLOW_COLLECT_NODE] = {collect_enter, collect_input},
	[FLOW_SET_NODE] = {set_enter, NULL},
	[FLOW_BRANCH_NODE] = {branch_enter, NULL},
	[FLOW_QUEUE_NODE] = {queue_enter, queue_input},
	[FLOW_VOICEMAIL_NODE] = {voicemail_enter, voicemail_input},
	[FLOW_TRANSFER_NODE] = {transfer_enter, transfer_input},
	[FLOW_HANG_UP_NODE] = {hang_up_enter, hang_up_input},
	[FLOW_GOTO_NODE] = {goto_enter, NULL},
};

static int enter(struct step *s, int node)
{
	s->node = &s->run->flow->nodes[node];
	s->run->node = node;
	s->run->tries = 0;
	s->run->digits[0] = '\0';
	s->run->due_ms = INT64_MAX;
	if (s->run->steps >= FLOW_STEPS_MAX)
		return hang_up(s, "flow_error", "the flow turns in a circle");
	s->run->steps++;
	if (!act(s, FLOW_ENTER))
		return VERDICT_ERROR;
	return types[s->node->type].enter(s);
}

static int start(struct step *s)
{
	const struct flow *f = s->run->flow;

	for (int i = 0; i < f->n_variables; i++) {
		int err = flow_run_get(s->run, f->variables[i].name) ? 0 : assign(s, &f->variables[i]);
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
		next = hang_up(s, "flow_error", "too many variables");
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
