/* The nodes that speak, decide and hand over: say, hang_up, hours, set, branch, goto_flow, queue, voicemail,
 * transfer. */
#include "flow/flow_step.h"
#include "flow/flow_text.h"
#include "base/str.h"

#include <errno.h>
#include <string.h>

bool flow_is_bargeable(const struct step *s)
{
	return s->run->state == FLOW_PLAYING && s->node->barge_in;
}

int flow_say_enter(struct step *s)
{
	if (!s->node->barge_in)
		s->run->typed[0] = '\0';
	if (s->run->typed[0])
		return flow_follow(s, FLOW_EXIT_NEXT); /* a caller who types ahead knows the way */
	return flow_act_play(s, &s->node->say, NULL, NULL) ? flow_waiting(s) : flow_follow(s, FLOW_EXIT_NEXT);
}

int flow_say_input(struct step *s, const struct flow_input *input)
{
	if (input->kind == FLOW_PLAY_ENDED)
		return flow_follow(s, FLOW_EXIT_NEXT);
	if (input->kind != FLOW_DIGIT)
		return VERDICT_UNFIT;
	if (!flow_is_bargeable(s))
		return flow_waiting(s);
	s->run->typed[0] = input->digit;
	s->run->typed[1] = '\0';
	flow_act(s, FLOW_STOP);
	return flow_follow(s, FLOW_EXIT_NEXT);
}

static int hang_up_now(struct step *s)
{
	char reason[48];

	flow_text_fill(s->node->reason ? s->node->reason : "flow_ended", FLOW_FILL_VALUE, false,
		flow_spoken_value, s->run, reason, sizeof(reason));
	return flow_act_hang_up(s, reason, "");
}

int flow_hang_up_enter(struct step *s)
{
	return s->node->say.n > 0 && flow_act_play(s, &s->node->say, NULL, NULL) ? flow_waiting(s)
										 : hang_up_now(s);
}

int flow_hang_up_input(struct step *s, const struct flow_input *input)
{
	if (input->kind == FLOW_DIGIT)
		return flow_waiting(s);
	return input->kind == FLOW_PLAY_ENDED ? hang_up_now(s) : VERDICT_UNFIT;
}

int flow_hours_enter(struct step *s)
{
	bool is_open = s->env && s->env->is_open && s->env->is_open(s->node->hours, s->env->arg);

	return flow_follow(s, is_open ? FLOW_EXIT_OPEN : FLOW_EXIT_CLOSED);
}

int flow_assign(struct step *s, const struct flow_assignment *a)
{
	char value[FLOW_VALUE_MAX];

	flow_text_fill(a->value, FLOW_FILL_VALUE, false, flow_spoken_value, s->run, value, sizeof(value));
	if (str_equal(a->name, "language") && flow_language_index(value) < 0)
		return 0; /* the caller goes on in the language there was */
	return flow_run_put(s->run, a->name, value, false);
}

int flow_set_enter(struct step *s)
{
	for (int i = 0; i < s->node->n_sets; i++) {
		int err = flow_assign(s, &s->node->sets[i]);
		if (err == -ENOMEM)
			s->err = err;
		if (err < 0)
			return err == -ENOMEM ? VERDICT_ERROR : VERDICT_LOST;
	}
	return flow_follow(s, FLOW_EXIT_NEXT);
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

int flow_branch_enter(struct step *s)
{
	const char *value = flow_run_get(s->run, s->node->variable);

	for (int i = 0; i < s->node->n_cases; i++)
		if (compare(value ? value : "", &s->node->cases[i]))
			return s->node->cases[i].next;
	return flow_follow(s, FLOW_EXIT_OTHERWISE);
}

int flow_goto_enter(struct step *s)
{
	struct flow_action *a = flow_act(s, FLOW_GOTO);

	if (a)
		a->flow = s->node->flow;
	return flow_wait_in(s, FLOW_ENDED);
}

int flow_queue_enter(struct step *s)
{
	s->run->typed[0] = '\0';
	flow_act_answer(s);
	struct flow_action *a = flow_act(s, FLOW_QUEUE);

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
	return flow_wait_in(s, FLOW_QUEUED);
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
			return flow_follow(s, table->exit);
	return VERDICT_UNFIT;
}

int flow_queue_input(struct step *s, const struct flow_input *input)
{
	static const struct result_exit exits[] = {{"overflow", FLOW_EXIT_OVERFLOW},
		{"no_agents", FLOW_EXIT_NO_AGENTS}, {"full", FLOW_EXIT_FULL},
		{"too_long", FLOW_EXIT_TOO_LONG}, {"closed", FLOW_EXIT_CLOSED},
		{"caller_pressed", FLOW_EXIT_PRESSED}, {NULL, 0}};

	if (input->kind == FLOW_DIGIT)
		return flow_waiting(s); /* the queue itself listens for exit_digit */
	if (input->kind == FLOW_AGENT_ENDED)
		return s->node->exit[FLOW_EXIT_AFTER] == FLOW_NO_NODE
			       ? flow_act_hang_up(s, "agent_hung_up", "")
			       : flow_follow(s, FLOW_EXIT_AFTER);
	return input->kind == FLOW_QUEUE_ENDED ? follow_result(s, input->result, exits) : VERDICT_UNFIT;
}

int flow_record_enter(struct step *s)
{
	struct flow_action *a = flow_act(s, FLOW_RECORD_CALL);

	if (!a)
		return VERDICT_ERROR;
	str_put(a->reason, sizeof(a->reason), s->node->reason);
	return flow_follow(s, FLOW_EXIT_NEXT);
}

static int record(struct step *s)
{
	struct flow_action *a = flow_act(s, FLOW_RECORD);

	if (a) {
		a->queue = s->node->queue;
		a->user = s->node->user;
		a->deliver_to = s->node->deliver_to;
		a->limit_ms = s->node->limit_s * 1000;
		a->silence_ms = s->node->silence_s * 1000;
	}
	return flow_wait_in(s, FLOW_RECORDING);
}

int flow_voicemail_enter(struct step *s)
{
	s->run->typed[0] = '\0';
	return flow_act_play(s, &s->node->say, "leave_message", NULL) ? flow_waiting(s) : record(s);
}

int flow_voicemail_input(struct step *s, const struct flow_input *input)
{
	static const struct result_exit exits[] = {{"recorded", FLOW_EXIT_NEXT},
		{"too_short", FLOW_EXIT_TOO_SHORT}, {"failed", FLOW_EXIT_FAIL}, {NULL, 0}};

	if (input->kind == FLOW_PLAY_ENDED)
		return record(s);
	if (input->kind == FLOW_RECORD_ENDED)
		return follow_result(s, input->result, exits);
	if (input->kind != FLOW_DIGIT)
		return VERDICT_UNFIT;
	if (!flow_is_bargeable(s))
		return flow_waiting(s);
	flow_act(s, FLOW_STOP);
	return record(s);
}

int flow_fax_enter(struct step *s)
{
	s->run->typed[0] = '\0';
	flow_act_answer(s);
	struct flow_action *a = flow_act(s, FLOW_FAX);

	if (a)
		a->queue = s->node->queue;
	return flow_wait_in(s, FLOW_RECEIVING);
}

int flow_fax_input(struct step *s, const struct flow_input *input)
{
	static const struct result_exit exits[] = {
		{"received", FLOW_EXIT_NEXT}, {"failed", FLOW_EXIT_FAIL}, {NULL, 0}};

	if (input->kind == FLOW_DIGIT)
		return flow_waiting(s); /* the sound of a modem */
	return input->kind == FLOW_FAX_ENDED ? follow_result(s, input->result, exits) : VERDICT_UNFIT;
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

int flow_transfer_enter(struct step *s)
{
	char target[256];

	s->run->typed[0] = '\0';
	if (flow_text_fill(s->node->target, FLOW_FILL_TARGET, false, flow_spoken_value, s->run, target,
		    sizeof(target)) < 0 ||
		!is_target(target))
		return flow_follow(s, FLOW_EXIT_FAIL);
	flow_act_answer(s);
	struct flow_action *a = flow_act(s, FLOW_TRANSFER);
	if (a) {
		str_put(a->target, sizeof(a->target), target);
		a->timeout_s = s->node->timeout_s;
	}
	return flow_wait_in(s, FLOW_TRANSFERRING);
}

int flow_ring_enter(struct step *s)
{
	s->run->typed[0] = '\0';
	struct flow_action *a = flow_act(s, FLOW_RING);
	if (a) {
		a->extension = s->node->extension;
		a->ring_group = s->node->group;
	}
	return flow_wait_in(s, FLOW_TRANSFERRING);
}

int flow_transfer_input(struct step *s, const struct flow_input *input)
{
	static const struct result_exit exits[] = {{"busy", FLOW_EXIT_BUSY},
		{"no_answer", FLOW_EXIT_NO_ANSWER}, {"failed", FLOW_EXIT_FAIL}, {NULL, 0}};

	if (input->kind == FLOW_DIGIT)
		return flow_waiting(s);
	return input->kind == FLOW_TRANSFER_ENDED ? follow_result(s, input->result, exits) : VERDICT_UNFIT;
}
